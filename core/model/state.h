/* All state of the engine, as the fold of its journal.
 *
 *     record 1, record 2, ... record n  --state_apply-->  orders, fills, ledger, latches, mode
 *
 * Nothing else changes it. The order path fills a record, appends it to the journal and applies it here; a restart applies the
 * same records in the same order and arrives at the same state, byte for byte. So there is one piece of code for "what happened"
 * and none for "how to recover it".
 *
 * Records that contradict the state (an order twice, a fill of an unknown order, an illegal transition) are never silently
 * dropped: structural ones are ERR_CORRUPT, an illegal transition is counted and the state stays.
 *
 * Memory: rows are taken from chunks. state_reserve makes room ahead of need (the end of a turn), so that state_apply between
 * intent and send allocates nothing.
 *
 * Owner: the engine. Thread: trade (or the one that replays). Errors: the error stack.
 */
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/index.h"
#include "model/ledger.h"
#include "model/names.h"
#include "model/order.h"
#include "model/record.h"

#define STATE_LATCHES 32
#define STATE_ORDERS_KEPT                                                                          \
    20000 /* orders that are done and still in memory, and as many that were never sent */

/* One engaged scope of the kill switch. */
struct latch {
    uint64_t epoch;
    uint32_t level; /* SOFIA_KILL_...; 0: free slot */
    uint32_t zero;
    int64_t at_ns;
    char scope[SOFIA_NAME_SIZE];
    char author[SOFIA_NAME_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

struct order_list {
    struct order *head;
    struct order *tail;
    uint32_t count;
};

struct state {
    struct names names;
    struct ledger ledger;

    struct order **chunks;
    uint32_t chunk_count;
    struct order *free_orders;
    uint32_t free_count;
    struct order_list live; /* not done, oldest first */
    struct order_list done; /* have been sent; oldest first; evicted beyond STATE_ORDERS_KEPT */
    struct order_list
        unsent; /* ended here: denied, shadow; the same. A flood of them evicts no order that lived */
    struct index by_id;
    struct index by_client;
    struct index by_venue;
    struct index by_request;
    struct index fills; /* every fill ever booked: 128 bits of its key */
    uint64_t *fill_tails;
    uint32_t fill_count;
    uint32_t fill_cap;

    struct latch latches[STATE_LATCHES];
    uint64_t kill_epoch; /* highest seen */
    struct record_mode mode;
    struct record_boot boot; /* the last one */
    struct record_day day;
    uint64_t boots;

    uint32_t keep; /* orders of each list that stay in memory; STATE_ORDERS_KEPT */
    uint64_t last_seq;
    uint64_t last_order_id;
    uint64_t illegal_transitions;
    uint64_t repeated_fills;
    uint32_t doubts; /* orders in doubt */
};

int state_init(struct state *state);
void state_release(struct state *state);

/* Makes room for `orders` more orders and as many fills and index entries. */
int state_reserve(struct state *state, uint32_t orders);

/* One record, in order of seq. ERR_CORRUPT, ERR_NOMEM, ERR_LIMIT. */
int state_apply(struct state *state, uint64_t seq, int64_t ts_ns, uint32_t kind,
                const void *payload, size_t len);

struct order *state_order(const struct state *state, uint64_t order_id);
struct order *state_order_by_client(const struct state *state, const char *client_id);
struct order *state_order_by_venue(const struct state *state, uint32_t account,
                                   const char *venue_id);
/* The order an earlier request of the same caller made; request_id 0 finds nothing. */
struct order *state_order_by_request(const struct state *state, uint32_t strategy,
                                     uint64_t request_id);

bool state_has_fill(const struct state *state, uint32_t account, const char *venue_id,
                    const char *fill_id);

struct position *state_position_of(struct state *state, const struct order *order);

/* Strongest latch level that covers this order's account, strategy and instrument; 0: none. */
const struct latch *state_latch_for(const struct state *state, uint32_t account, uint32_t strategy,
                                    uint32_t instrument);
const struct latch *state_latch(const struct state *state, const char *scope);
bool state_is_killed(const struct state *state);

#endif
