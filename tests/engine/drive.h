/* Two operators at once: one looks at everything, one places, cancels and halts.
 *
 * Owner: the test. Thread: each a thread of its own.
 */
#ifndef TESTS_ENGINE_DRIVE_H
#define TESTS_ENGINE_DRIVE_H

#include "rig.h"

/* Both for so long, one after the other started; returns when both are done. */
void drive(struct rig *rig, int seconds);

#endif
