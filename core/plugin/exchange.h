/* One exchange instance: an account at a venue, spoken to through its adapter.
 *
 *     order path --prepare--> adapter encodes --send--> net ... answer --> adapter parses --> events, result --> owner
 *
 * This is the only place where bytes of an adapter reach the net layer, and the place that keeps promise 1: a request of class
 * trade is accepted from exchange_prepare_submit and _replace only, a request the adapter asks for by itself must be public or read, and
 * its bytes must match the endpoint it claims. Whatever breaks that rule quarantines the adapter by name and sends nothing.
 *
 * Two steps, because the journal stands between them: prepare encodes and signs (and may fail harmlessly), the caller journals
 * the send, then send hands the bytes over. From send on the outcome is a result, exactly once per accepted call.
 *
 * Everything that comes back is queued, events before the result of the request that brought them, and handed to the owner by
 * exchange_drain at the turn: order events first, then market events; tickers are conflated per instrument.
 *
 * Owner: the engine. Thread: trade. Errors: the error stack.
 */
#ifndef PLUGIN_EXCHANGE_H
#define PLUGIN_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include <sofia/exchange.h>

#include "base/status.h"
#include "net/offset.h"
#include "plugin/instance.h"

struct exchange;
struct net;
struct net_trust;
struct budget;

enum exchange_status {
    EXCHANGE_ERR_BUDGET = STATUS_GROUP_PLUGIN, /* no budget left before exchange_wait_ns */
    EXCHANGE_ERR_NOT_READY =
        STATUS_GROUP_PLUGIN - 1, /* no connection on which it would leave at once */
    EXCHANGE_ERR_ENCODE = STATUS_GROUP_PLUGIN - 2, /* the adapter refused to encode */
    EXCHANGE_ERR_CLOCK =
        STATUS_GROUP_PLUGIN - 3, /* the venue's clock is not known well enough to sign */
};

/* What a request was for. */
enum call_kind {
    CALL_INVALID = 0,
    CALL_SUBMIT = 1,
    CALL_REPLACE = 2,
    CALL_CANCEL = 3,
    CALL_CANCEL_ALL = 4,
    CALL_QUERY = 5,
    CALL_OPEN_ORDERS = 6,
    CALL_ACCOUNT = 7,
    CALL_TRADES = 8,
    CALL_TIME = 9,
    CALL_INSTRUMENTS = 10,
    CALL_ADAPTER = 11, /* the adapter's own */
    CALL_DEAD_MAN = 12,
    CALL_COUNT
};

struct exchange_call {
    enum call_kind kind;
    uint64_t order_id; /* SUBMIT, CANCEL, QUERY, TRADES of an order */
    uint64_t cookie;   /* the caller's */
    int64_t sent_ns;
    int64_t done_ns;
    int64_t sent_mono_ns;
    int64_t done_mono_ns;
    uint32_t http_status;
    char symbol[SOFIA_NAME_SIZE]; /* CANCEL_ALL, OPEN_ORDERS, TRADES */
};

/* Upward calls, fixed at init. All [trade], from exchange_drain only, except may_send. */
struct exchange_owner {
    void *ctx;
    void (*on_event)(void *ctx, struct exchange *exchange, const struct sofia_event *event);
    void (*on_result)(void *ctx, struct exchange *exchange, const struct exchange_call *call,
                      const struct sofia_result *result);
    /* `count` events about the account found no room: what the owner knows of orders, fills and balances has holes. */
    void (*on_lost)(void *ctx, struct exchange *exchange, uint32_t count);
    /* The last look before the first byte of an order: false stops it (NOT_SENT). Must only look. */
    bool (*may_send)(void *ctx, const struct exchange *exchange, uint64_t order_id);
};

/* A request that is encoded and signed, not sent. */
struct exchange_prepared {
    struct exchange_call call;
    struct sofia_request request;
};

struct exchange_config {
    struct net *net;
    struct net_trust *trust;
    struct clock
        *running_clock;     /* for round trips; the instance clock stands still during a turn */
    struct budget *budgets; /* shared by all instances of the process */
    struct exchange_owner owner;
    struct offset_config offset; /* zero: defaults */
    uint32_t queue_records;      /* 0: 8192 */
    const char *nonce_dir;       /* where the last nonce of each key is kept */
};

/* Creates the adapter and its origins. instance fields come from instance_init. */
int exchange_new(const struct exchange_config *config, uint32_t number, const char *name,
                 const struct module *module, const struct config_bound *options, struct keys *keys,
                 struct clock *clock, struct exchange **ret_exchange);
struct exchange *exchange_free(struct exchange *exchange);

struct instance *exchange_instance(struct exchange *exchange);
const struct sofia_exchange *exchange_descriptor(const struct exchange *exchange);

int exchange_start(struct exchange *exchange);
void exchange_stop(struct exchange *exchange);

/* Orders. prepare: EXCHANGE_ERR_*; nothing has happened. send: refused with EXCHANGE_ERR_* or a net status: nothing left, no
 * result will come; 0: exactly one on_result will. */
int exchange_prepare_submit(struct exchange *exchange, const struct sofia_order *order,
                            struct exchange_prepared *ret_prepared);
/* ERR_UNSUPPORTED: the venue, or its adapter for this change, cannot. */
int exchange_prepare_replace(struct exchange *exchange, const struct sofia_order *original,
                             const struct sofia_order *order,
                             struct exchange_prepared *ret_prepared);
bool exchange_can_replace(const struct exchange *exchange);
int exchange_prepare_cancel(struct exchange *exchange, const struct sofia_order *order,
                            struct exchange_prepared *ret_prepared);
int exchange_prepare_cancel_all(struct exchange *exchange, const char *venue_symbol,
                                struct exchange_prepared *ret_prepared);
int exchange_send(struct exchange *exchange, const struct exchange_prepared *prepared);

/* Arms the venue's dead man's switch, or takes it back (0). ERR_UNSUPPORTED: the venue has none. */
int exchange_dead_man(struct exchange *exchange, uint32_t timeout_s, uint64_t cookie);

/* Questions: prepared and sent in one; the answer is events and one on_result with this cookie. */
int exchange_query(struct exchange *exchange, const struct sofia_order *order, uint64_t cookie);
int exchange_open_orders(struct exchange *exchange, const char *venue_symbol, uint64_t cookie);
int exchange_account(struct exchange *exchange, uint64_t cookie);
int exchange_trades(struct exchange *exchange, const struct sofia_trades_query *query,
                    uint64_t cookie);
int exchange_time(struct exchange *exchange, uint64_t cookie);
int exchange_instruments(struct exchange *exchange, uint64_t cookie);

int exchange_subscribe(struct exchange *exchange, uint32_t instrument, const char *venue_symbol,
                       bool wanted);

/* Drops every stream and connects again (an operator's wish). */
void exchange_restart_streams(struct exchange *exchange, const char *reason);

/* Books the host's own request that keeps a connection of this origin warm. true: the origin is this exchange's. */
bool exchange_on_warm(struct exchange *exchange, uint32_t origin);

/* Hands everything queued to the owner; true if there was something. */
bool exchange_drain(struct exchange *exchange);

/* A connection on which an order would leave at once, the clock known, the adapter in good standing. */
bool exchange_is_ready(const struct exchange *exchange);
uint32_t exchange_streams_up(const struct exchange *exchange, uint32_t purpose);
int64_t exchange_last_frame_ns(const struct exchange *exchange, uint32_t purpose);

/* The answer to CALL_TIME: server_ns is what its TIME event said. */
int exchange_clock_sample(struct exchange *exchange, const struct exchange_call *call,
                          int64_t server_ns);
/* Once a turn: true when the local clocks jumped and the estimate was dropped. */
bool exchange_clock_check(struct exchange *exchange);
int exchange_venue_now_ns(const struct exchange *exchange, int64_t *ret_now_ns);
/* Venue's clock minus ours, and the most it can be wrong. */
int exchange_clock_offset_ns(const struct exchange *exchange, int64_t *ret_offset_ns,
                             int64_t *ret_error_ns);
void exchange_clock_lost(struct exchange *exchange);

/* Keeps as much budget from new orders as it costs to list everything twice and to cancel that many orders one by one. */
void exchange_reserve_for(struct exchange *exchange, uint32_t live_orders);

/* After EXCHANGE_ERR_BUDGET: monotonic time at which asking again makes sense; 0: now. */
int64_t exchange_wait_ns(const struct exchange *exchange);

/* Less than a quarter of some budget is left: what can wait should. */
bool exchange_budget_is_low(const struct exchange *exchange);

/* Number of requests sent, for the bench and for tests of "nothing was sent". */
uint64_t exchange_sent_count(const struct exchange *exchange, uint32_t class_);

#endif
