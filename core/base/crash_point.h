/* Places where a test makes the process die as kill -9 would, between two steps whose order matters.
 *
 *     SOFIA_CRASH_AT=after_send:7      the seventh time that place is passed
 *
 *     after_intent        the order is journaled, nothing has been sent
 *     after_send          the send is journaled, no byte has left
 *     before_report       the venue has spoken of an order, the journal does not know yet
 *     after_partial_fill  a fill is journaled and more of the order may follow
 *
 * Always compiled in, so that what is tested is what runs; without the variable a place costs one relaxed load.
 *
 * Owner: the process. Thread: arm on main before the others start; crash_point any.
 */
#ifndef BASE_CRASH_POINT_H
#define BASE_CRASH_POINT_H

#include <stdatomic.h>

enum crash_point {
    CRASH_POINT_NONE = 0,
    CRASH_AFTER_INTENT = 1,
    CRASH_AFTER_SEND = 2,
    CRASH_BEFORE_REPORT = 3,
    CRASH_AFTER_PARTIAL_FILL = 4,
    CRASH_POINT_COUNT
};

extern _Atomic int crash_point_armed;

/* spec: "place:n", n from 1; NULL or "" arms nothing. ERR_PARSE with the places that exist. */
int crash_point_arm(const char *spec);

/* Counts; does not return the n-th time. */
void crash_point_passed(void);

static inline void crash_point(enum crash_point place)
{
    if (atomic_load_explicit(&crash_point_armed, memory_order_relaxed) == (int)place) {
        crash_point_passed();
    }
}

#endif
