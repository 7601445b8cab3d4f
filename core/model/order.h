/* An order as the core keeps it, and the table of legal transitions.
 *
 *     PENDING_NEW --> NEW --> PARTIALLY_FILLED --> FILLED
 *          |           |            |
 *          |           +------------+-----> CANCELED | EXPIRED
 *          +--> REJECTED | DENIED | SHADOW
 *
 * Four things stand beside the state instead of being states, because each can be true in several of them:
 *   doubt           the outcome of the last place, cancel or replace is unknown; shown as UNKNOWN
 *   cancel_pending  a cancel is under way; shown as PENDING_CANCEL
 *   replace_pending a replacement is under way; shown as PENDING_REPLACE
 *   fills missing   the venue told a filled quantity whose executions have not all been booked yet
 * An order is done when its state is terminal and none of these holds; until then it counts against every limit with its
 * open quantity (what may still become position).
 *
 * FILLED is reached by booked fills only: a report saying so sets told_qty, and the state follows when the sum is there.
 *
 * A replacement is an order of its own that names its original (pub.replaces). Its quantity is the total: what the original has
 * filled belongs to it (carried). How it ends is for the venue to say:
 *
 *     refused       the replacement is REJECTED or DENIED, the original lives on as it was
 *     taken over    the same order at the venue was changed: its venue id, its fills so far and a cancel under way are the
 *                   replacement's from now on; the original is CANCELED and passes on whatever still comes under its name
 *     new order     the venue cancelled the original and made another order: each has its own reports and fills
 *
 * Until then the two count as one order of the larger quantity.
 *
 * Owner: struct state. Thread: trade (or the one that replays).
 */
#ifndef MODEL_ORDER_H
#define MODEL_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include <sofia/order.h>

#include "model/record.h"

struct order {
    struct sofia_order pub; /* what plugins see; pub.state is the shown state */
    uint32_t slot;
    uint32_t base_state; /* without PENDING_CANCEL */
    uint32_t account;
    uint32_t strategy;
    uint32_t effect;
    uint32_t send_count; /* of the placement; 0: never sent */
    uint32_t cancel_count;
    uint32_t fill_count;
    bool cancel_pending;
    bool replace_pending; /* replaced_by has been sent and is not decided */
    bool taken_over;      /* the same venue order lives on as replaced_by */
    bool cancel_wanted;   /* the original was cancelled while this was under way */
    bool listed_done;     /* which list it is in */
    bool unsent;          /* of those that are done: denied or shadow, it never left */
    bool absent;          /* it ended because the venue does not know it */
    bool counted;         /* counted_qty is in the position's working sums */
    struct sofia_decimal counted_qty;
    uint64_t replaced_by; /* its replacement, not decided or successful; 0: none */
    struct sofia_decimal
        carried; /* of filled_qty: what the original filled, if this is a venue order of its own */
    int64_t told_ns; /* latest venue time of a report */
    uint64_t request_id;
    uint64_t venue_seq;
    int64_t sent_ns;
    int64_t cancel_sent_ns;
    int64_t accept_until_ns;        /* of the placement, venue's clock */
    int64_t cancel_accept_until_ns; /* of the last cancel */
    struct sofia_decimal told_qty;  /* cumulative, as the venue told; never less than before */
    uint32_t told_state;            /* last state the venue told */
    uint32_t position;              /* index of its position in the ledger */
    struct order *next;             /* list of orders that are not done, or of those that are */
    struct order *prev;
    uint64_t last_seq; /* of the journal */
};

/* May base state `from` become `to`? Staying is always legal. */
bool order_transition_is_legal(uint32_t from, uint32_t to);

bool order_is_done(const struct order *order);
bool order_fills_are_missing(const struct order *order);

/* What may still become position: the rest of a live order, the unbooked part of a terminal one. Never negative. */
struct sofia_decimal order_open_qty(const struct order *order);

/* A replacement the venue has not decided about. */
bool order_is_pending_replacement(const struct order *order);
/* May it be replaced now? NULL, or why not. */
const char *order_why_not_amendable(const struct order *order);
/* What a replacement counts beside its live original, so that both together are the larger of the two. */
struct sofia_decimal order_excess_qty(const struct order *replacement,
                                      const struct order *original);

/* A record changed it. */
void order_touch(struct order *order, uint64_t seq, int64_t ts_ns);

/* Recomputes pub.state from the parts. */
void order_show(struct order *order);

/* "NEW", "PARTIALLY_FILLED" ...; UNKNOWN if in doubt and not terminal. */
const char *order_state_name(uint32_t state);
const char *order_shown_name(const struct sofia_order *order);
const char *order_side_name(uint32_t side);
const char *order_type_name(uint32_t type);
const char *order_tif_name(uint32_t tif);

#endif
