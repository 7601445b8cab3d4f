/* Journal records as the events plugins know: for strategies and risk rules at once, for sinks by cursor.
 *
 *     record, state after it --event_from_record--> ORDER, FILL, VERDICT, KILL, MODE, POSITION, BALANCE
 *
 * The same record and the same state give the same event, so what a sink writes after a restart is what a strategy saw before
 * it. A record may make no event (NAME) or up to four (a fill: FILL, ORDER, POSITION; and the ORDER that the first one replaces).
 *
 * Owner: the caller. Thread: the one that owns the state.
 */
#ifndef PUBLISH_EVENT_H
#define PUBLISH_EVENT_H

#include <stdint.h>

#include <sofia/event.h>

#include "model/state.h"

#define EVENTS_PER_RECORD 4

union published {
    struct sofia_event head;
    struct sofia_event_order order;
    struct sofia_event_fill fill;
    struct sofia_event_verdict verdict;
    struct sofia_event_position position;
    struct sofia_event_balance balance;
    struct sofia_event_kill kill;
    struct sofia_event_mode mode;
};

struct published_set {
    uint32_t count;
    uint32_t
        strategy; /* NAME_STRATEGY whose business the order events are; 0: an operator's order or nobody's */
    bool is_order; /* the events are about one order */
    union published events[EVENTS_PER_RECORD];
};

/* state: after the record was applied. */
void event_from_record(const struct state *state, uint64_t seq, int64_t ts_ns, uint32_t kind,
                       const void *payload, struct published_set *ret_set);

/* The order as an ORDER event; for what a strategy is told at start. */
void event_of_order(const struct state *state, const struct order *order,
                    struct sofia_event_order *ret_event);
void event_of_position(const struct state *state, const struct position *position,
                       struct sofia_event_position *ret_event);

#endif
