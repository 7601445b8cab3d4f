/* The executions channel: what happens to the account's orders, and a memory of them.
 *
 *     pending_new   everything about the order            sparse frames that follow name only
 *     new           order_id, status                      the order_id, so what the first one said is
 *     trade         order_id, exec_id, last_qty ...  ---> remembered per order
 *     filled        order_id, cum_qty (no quantity of its own: the trades had it)
 *     canceled      order_id, reason
 *
 * A fill is a `trade` with an exec_id and nothing else. What is not understood keeps the order and
 * has it asked for. The memory only fills in what frames leave out; which state counts is decided by
 * the core. It holds some thousand orders and forgets the one that was heard of longest ago, the
 * ended ones first.
 *
 * Owner: struct kraken. Thread: [trade].
 */
#ifndef KRAKEN_REPORT_H
#define KRAKEN_REPORT_H

#include <sofia/event.h>
#include <sofia/kit/text.h>

struct kraken;

struct kraken_order {
    uint64_t heard; /* when, counted in calls; 0: free */
    uint32_t state; /* last SOFIA_STATE_... told by the stream; 0: none */
    uint32_t was_new;
    uint32_t side;
    uint32_t type;
    uint32_t tif;
    uint32_t flags;
    int64_t amended_ns;
    struct sofia_decimal qty;
    struct sofia_decimal price;
    struct sofia_decimal filled_qty;
    char venue_id[SOFIA_VENUE_ID_SIZE];
    char client_id[SOFIA_CLIENT_ID_SIZE];
    char symbol[SOFIA_NAME_SIZE];
};

struct kraken_orders;

struct kraken_orders *kraken_orders_new(void); /* free() ends it */
/* NULL: never heard of, or forgotten. */
const struct kraken_order *kraken_order_find(const struct kraken *k, struct sofia_slice venue_id);
/* The venue has answered that the order asked for lives under this id. */
struct kraken_asked;
int kraken_order_answered(struct kraken *k, const struct kraken_asked *asked, const char *venue_id);
/* `data` of the executions channel. EPARSE: not what was promised; else the status of emitting. */
int kraken_report_frame(struct kraken *k, struct sofia_slice data);

#endif
