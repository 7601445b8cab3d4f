/* A clock that stands still during a turn: read once when first asked after the last turn ended, the same until this one ends.
 *
 * So everything a turn decides, it decides at one time, and two readings in one decision cannot contradict each other.
 *
 * Owner: the engine. Thread: trade.
 */
#ifndef ENGINE_TURN_CLOCK_H
#define ENGINE_TURN_CLOCK_H

#include <stdbool.h>

#include "base/clock.h"

struct turn_clock {
    struct clock clock; /* first */
    struct clock *under;
    bool fixed;
    int64_t fixed_now_ns;
    int64_t fixed_mono_ns;
};

void turn_clock_init(struct turn_clock *clock, struct clock *under);
void turn_clock_move(struct turn_clock *clock); /* the turn is over */

#endif
