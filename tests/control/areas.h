/* The parts of control_threads, run one after another against one rig.
 *
 * Owner: main.c. Thread: main.
 */
#ifndef TESTS_CONTROL_AREAS_H
#define TESTS_CONTROL_AREAS_H

#include "base/status.h"
#include "check.h"
#include "rig.h"

void area_reads(struct rig *rig);
void area_refusals(struct rig *rig);
void area_orders(struct rig *rig);
void area_kill(struct rig *rig);
void area_cli(struct rig *rig);
void area_rough(struct rig *rig);

#endif
