/* What the core offers to a plugin: one struct of functions per instance, handed over in `create`.
 *
 *     plugin: create(host, &self)   keep host; it is valid until destroy has returned
 *             host->log(host, SOFIA_LOG_INFO, "started");
 *
 * The common part is for all kinds. What only one kind may do hangs below it (host->exchange, host->strategy, host->sink) and
 * is NULL for the others: a strategy cannot send bytes, an exchange cannot place an order, a risk rule can do neither.
 *
 * Each function says whether it is *local*, *post* or *view* (abi.h) and on which thread it may be called. The first argument
 * is always the host itself.
 *
 * Life of a host: filled before create is called, the same until destroy has returned, one for each
 * instance. Two instances of one module have two hosts and share nothing, so keep state behind the
 * self pointer and not in static variables.
 *
 * Cost: local calls and views are tens of nanoseconds and do not allocate; a post copies what it is
 * given, so the caller's struct may be on its stack. Signing costs what the algorithm costs.
 *
 * Order: posts of one callback are carried out in the order in which they were made, after the
 * callback and before the next event. Timers fire on the instance's own thread, never early.
 *
 * Trust: a plugin runs inside the process. The checks made here catch mistakes and shortcuts and name
 * who made them; they are no wall against code that means harm.
 *
 * What is missing here is missing on purpose: no allocation on the plugin's behalf, no sockets, no files, no environment, no thread
 * to start. A plugin that needs one of them is asking the wrong side, or is a sink.
 *
 * Errors: a negative status changes nothing, and the output stays as it was. EAGAIN always comes with a later WRITABLE; EDENIED
 * means "never from here", ENOENT "not yet or not any more", EINVAL a mistake in the call.
 *
 * Extensions: host->extension(host, "sofia.<name>/<n>") returns a struct that starts with its size, or NULL. What is not in
 * ABI 1 arrives this way first.
 */
#ifndef SOFIA_HOST_H
#define SOFIA_HOST_H

#include <sofia/abi.h>
#include <sofia/event.h>
#include <sofia/instrument.h>
#include <sofia/order.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The adapter's request is declared in exchange.h; here it is only passed through. */
struct sofia_host;
struct sofia_request;

/* Position and open quantity of one (strategy, base asset), as the core counts it. Quantities in base. */
struct sofia_position {
    uint32_t size;
    uint32_t reserved;
    struct sofia_wide qty; /* attributed; negative is impossible on spot unless fills are missing */
    struct sofia_wide working_buy; /* live, pending and in-doubt orders */
    struct sofia_wide working_sell;
    struct sofia_wide cost;
    struct sofia_wide realized;
    char asset[SOFIA_ASSET_SIZE];
    char quote[SOFIA_ASSET_SIZE];
};

/* Top of a book with its age. Absent prices: that side is empty. A top that is not valid is shown all the same, for logs and
 * displays; a strategy that quotes from it will be denied by the market rules anyway. */
struct sofia_top {
    uint32_t size;
    uint32_t valid; /* 1: synced, not crossed, fresh. 0: do not trade on it */
    int64_t age_ns;
    struct sofia_decimal bid;
    struct sofia_decimal bid_qty;
    struct sofia_decimal ask;
    struct sofia_decimal ask_qty;
};

/* ---- for exchange adapters ---- */

/* Purposes of a stream. A PRIVATE one carries the account's own orders: while it is down, the account takes no new orders, because
 * nobody would see what becomes of them.
 *
 * A connection that stays open. The host connects, reconnects with backoff and numbers each connection (generation). */
#define SOFIA_STREAM_MARKET 1u
#define SOFIA_STREAM_PRIVATE 2u
struct sofia_stream_open {
    uint32_t size;
    uint32_t purpose;    /* SOFIA_STREAM_... */
    uint32_t origin;     /* index in the descriptor's origins */
    uint32_t silence_ms; /* nothing received for so long: close and reconnect */
    uint64_t cookie;     /* returned in on_stream and on_frame */
    char path[256];      /* with query */
    uint32_t max_age_ms; /* after so long a second connection is made beside it; 0: never */
    uint32_t reserved;
};

/* Ways to sign. The key never leaves the host: the adapter hands over what is to be signed and gets raw bytes back (not hex, not
 * base64), because each venue wants them written differently. HMAC keys are the secret's text as it is, or what that text is the
 * base64 of (_BASE64); the others are private keys. */
#define SOFIA_SIGN_HMAC_SHA256 1u
#define SOFIA_SIGN_HMAC_SHA512 2u
#define SOFIA_SIGN_ED25519 3u
#define SOFIA_SIGN_ES256 4u
#define SOFIA_SIGN_RSA_SHA256 5u
#define SOFIA_SIGN_HMAC_SHA512_BASE64 6u
#define SOFIA_SIGNATURE_SIZE 512
#define SOFIA_DIGEST_SIZE 32

/* What only an exchange adapter may do. There is no way to send an order here: orders leave as the return value of encode_submit
 * and encode_replace. */
struct sofia_host_exchange {
    uint32_t size;
    uint32_t reserved;
    /* [trade] *local*: hands an event to the core. It is copied. EAGAIN: the queue is full; for anything but a ticker the
     * adapter must treat its picture as lost and resync. */
    int (*emit)(const struct sofia_host *host, const struct sofia_event *event);
    /* [trade] *post*: sends a request of class public or read that the adapter needs for itself (a depth snapshot, a stream
     * token). A request of class trade or cancel, or one whose bytes do not match its endpoint, stops the instance and is
     * reported by name: orders leave only as the return value of encode_*. Answer: exactly one on_answer. */
    int (*request)(const struct sofia_host *host, const struct sofia_request *request,
                   uint64_t *ret_id);
    /* [trade] *post*: wants a stream; state changes arrive in on_stream. */
    int (*stream_open)(const struct sofia_host *host, const struct sofia_stream_open *open,
                       sofia_handle *ret_stream);
    int (*stream_close)(const struct sofia_host *host, sofia_handle stream);
    /* [trade] *post*: drop this connection and make a new one (protocol error, sequence gap on all). */
    int (*stream_restart)(const struct sofia_host *host, sofia_handle stream, const char *reason);
    /* [trade] *local*: our best estimate of the venue's clock, never ahead of it. ENOENT before the first samples. */
    int (*venue_now_ns)(const struct sofia_host *host, int64_t *ret_now_ns);
    /* [trade] *local*: signs with a secret. Writes raw bytes, sets the length. */
    int (*sign)(const struct sofia_host *host, uint32_t algorithm, sofia_handle secret,
                const void *data, size_t len, uint8_t *sig, size_t cap, size_t *ret_len);
    /* [trade] *local*: makes a handle of a token received from the venue; the tape and the log show its label only. */
    int (*secret_put)(const struct sofia_host *host, const char *label, const void *bytes,
                      size_t len, sofia_handle *ret_secret);
    int (*secret_drop)(const struct sofia_host *host, sofia_handle secret);
    /* [trade] *local*: the public text of an API key (needed inside signed payloads of some venues). EDENIED unless the option
     * is declared as the key's identifier, not as a secret proper. */
    int (*key_text)(const struct sofia_host *host, sofia_handle secret, char *buf, size_t cap,
                    size_t *ret_len);
    /* [any] *local*: SHA-256 of public bytes, SOFIA_DIGEST_SIZE of them written. */
    int (*digest)(const struct sofia_host *host, const void *data, size_t len, uint8_t *ret_digest);
    /* [main][trade] *local*: a number above every one given for this key before, by any process on this state directory and also
     * after a crash: the wall clock in nanoseconds, or one more than the last. The first call for a key belongs into create,
     * because it opens a file; later ones do not. ESTALE: no such secret. EFAIL: the file cannot be trusted, which is logged. */
    int (*nonce)(const struct sofia_host *host, sofia_handle key, uint64_t *ret_nonce);
    /* [trade] *post*: the successor's picture is complete, the connection it replaces is closed without a word.
     * ENOENT: there is no successor. */
    int (*stream_switch)(const struct sofia_host *host, sofia_handle stream);
};

/* ---- for strategies ---- */

/* What only a strategy may do: ask. Everything it asks for walks the order path after the callback has returned; everything it sees
 * is a copy of the engine's state at this turn. A strategy sees its own orders and positions, the market of the instruments it
 * subscribed to, and the account's balances.
 *
 * submit, replace and cancel may be called from start, on_event and timers, at most 64 times between two turns; beyond that they answer
 * EAGAIN and a WRITABLE event follows. Orders, not cancels, also have a rate: 256 in a second, then EAGAIN until the second is over. A
 * strategy that asks for more than that ten seconds on end floods, and is stopped. Before READY and after stop they answer EDENIED.
 *
 * The order id that submit returns is final: the first ORDER event carries it, and so does every later one. An order that could
 * not even be journaled (disk full) comes back as DENIED with code NOT_JOURNALED. */
struct sofia_host_strategy {
    uint32_t size;
    uint32_t reserved;
    /* [trade] *post*: enters the order path after the callback has returned. The order id is valid at once; what becomes of it
     * arrives as ORDER events, the first of which may already be DENIED. EAGAIN: too many posts in this callback. */
    int (*submit)(const struct sofia_host *host, const struct sofia_intent *intent,
                  uint64_t *ret_order_id);
    /* [trade] *post*: own orders only. */
    int (*cancel)(const struct sofia_host *host, uint64_t order_id);
    /* [trade] *post*: all own orders on an instrument; 0: on all. */
    int (*cancel_all)(const struct sofia_host *host, uint32_t instrument);
    /* [trade] *post*: changes an own live limit order: qty is the new total (what is filled included), price the new limit; absent:
     * as it is. The returned id is the replacement's, an order of its own (order.replaces) that walks every station: follow
     * that one. ORDER events tell of both. DENIED or REJECTED: the original is as it was. ENOENT: not an order of this
     * strategy; ENOTSUP: its venue changes no orders. */
    int (*replace)(const struct sofia_host *host, uint64_t order_id, struct sofia_decimal qty,
                   struct sofia_decimal price, uint64_t *ret_order_id);
    /* [trade] *view* */
    int (*order)(const struct sofia_host *host, uint64_t order_id, struct sofia_order *ret_order);
    uint32_t (*open_orders)(const struct sofia_host *host, uint64_t *ret_order_ids, uint32_t cap);
    int (*position)(const struct sofia_host *host, uint32_t instrument,
                    struct sofia_position *ret_position);
    int (*balance)(const struct sofia_host *host, uint32_t instrument, const char *asset,
                   struct sofia_wide *ret_free, struct sofia_wide *ret_locked);
    int (*top)(const struct sofia_host *host, uint32_t instrument, struct sofia_top *ret_top);
    /* Up to cap levels of one side, best first; returns how many. */
    uint32_t (*depth)(const struct sofia_host *host, uint32_t instrument, uint32_t side,
                      struct sofia_level *ret_levels, uint32_t cap);
    /* [main][trade] *local*: asks for market data of an instrument; unknown names are remembered until a venue declares them. */
    int (*subscribe)(const struct sofia_host *host, const char *instrument);
};

/* ---- for sinks ---- */

/* Metrics are kept by the core in one registry; a sink visits them and writes them down in its own format. Counters only grow;
 * a gauge without a value now is not visited; a histogram's counts are cumulative. */
#define SOFIA_METRIC_COUNTER 1u
#define SOFIA_METRIC_GAUGE 2u
#define SOFIA_METRIC_HISTOGRAM 3u
/* Name and value of one label; both live during the visit. */
struct sofia_metric_label {
    const char *name;
    const char *value;
};
/* One series at the moment of the visit. Values are decimal texts: what is shown is what is. */
struct sofia_metric {
    uint32_t size;
    uint32_t type;
    const char *name;
    const char *unit;
    const char *help;
    const struct sofia_metric_label *labels;
    uint32_t label_count;
    uint32_t bucket_count;
    const char *value;                /* counter, gauge; histogram: the sum */
    const char *const *bucket_bounds; /* canonical texts, ascending, without +Inf */
    const uint64_t
        *bucket_counts; /* cumulative; one more than bucket_count: the last is the total */
};
/* [sink] Called once for each series, inside host->sink->metrics. */
typedef void (*sofia_metric_visit_fn)(void *ctx, const struct sofia_metric *metric);

/* What only a sink may do: look at metrics, publish a page, write below the state directory. It cannot reach the trade thread at
 * all, so whatever it does, no order waits for it. */
struct sofia_host_sink {
    uint32_t size;
    uint32_t reserved;
    /* [sink] *local*: visits every metric series, families together, families by name. */
    int (*metrics)(const struct sofia_host *host, sofia_metric_visit_fn visit, void *ctx);
    /* [sink] *local*: publishes a page that the control port serves at /metrics (name "metrics"); the bytes are copied. */
    int (*page_put)(const struct sofia_host *host, const char *name, const char *content_type,
                    const void *bytes, size_t len);
    /* [sink] *local*: a path below the state directory the sink may write to; refuses "..", absolute and empty names. */
    int (*state_path)(const struct sofia_host *host, const char *name, char *buf, size_t cap);
};

/* ---- for all ----
 *
 * The struct grows at its end; abi_minor tells what it has. Texts returned here belong to the core. Options are read by the name
 * in the plugin's own table and cannot be missing: what the configuration leaves out has the table's default.
 *
 * A secret is read as a handle. What the handle stands for is written into requests by the host, at the last moment, and appears in
 * no log, no journal and no error message.
 */

struct sofia_host {
    uint32_t size;
    uint32_t abi_minor; /* of this core */
    void *impl;         /* the core's; not for plugins */
    const struct sofia_host_exchange *exchange;
    const struct sofia_host_strategy *strategy;
    const struct sofia_host_sink *sink;

    /* [any] *local* */
    void (*log)(const struct sofia_host *host, uint32_t level, const char *text);
    /* [any] *local*: UTC and monotonic; on [trade] both stand still during one turn. */
    int64_t (*now_ns)(const struct sofia_host *host);
    int64_t (*mono_ns)(const struct sofia_host *host);
    /* [any] *view*: name of this instance */
    const char *(*name)(const struct sofia_host *host);
    /* [any] *local*: NULL if this core has no such extension. */
    const void *(*extension)(const struct sofia_host *host, const char *id);

    /* Options of this instance: *view*, [main] in create, later [trade] or [sink]. Wrong name or type: ENOENT or EINVAL, which
     * is a mistake in the plugin, not in the configuration. Texts live until destroy. */
    int (*option_text)(const struct sofia_host *host, const char *name, const char **ret_text);
    int (*option_int)(const struct sofia_host *host, const char *name, int64_t *ret_value);
    int (*option_decimal)(const struct sofia_host *host, const char *name,
                          struct sofia_decimal *ret_value);
    int (*option_duration_ns)(const struct sofia_host *host, const char *name, int64_t *ret_ns);
    int (*option_bool)(const struct sofia_host *host, const char *name, uint32_t *ret_value);
    int (*option_secret)(const struct sofia_host *host, const char *name, sofia_handle *ret_secret);
    uint32_t (*option_count)(const struct sofia_host *host, const char *name); /* LIST and ROWS */
    int (*option_item)(const struct sofia_host *host, const char *name, uint32_t index,
                       const char **ret_text);
    int (*option_cell)(const struct sofia_host *host, const char *name, uint32_t row,
                       const char *column, const char **ret_text);

    /* [trade] *view*; for sinks [sink], and only the names are filled: instruments by name "BTC/USDT" (optionally "instance:BTC/USDT") and by number. */
    int (*instrument_find)(const struct sofia_host *host, const char *name,
                           uint32_t *ret_instrument);
    int (*instrument)(const struct sofia_host *host, uint32_t instrument,
                      struct sofia_instrument *ret_instrument);

    /* [trade] *post*: a TIMER event (strategy, sink: on_event; exchange: on_timer) after delay; once. */
    int (*timer)(const struct sofia_host *host, int64_t delay_ns, uint64_t cookie,
                 sofia_handle *ret_timer);
    int (*timer_stop)(const struct sofia_host *host, sofia_handle timer);
};

#ifdef __cplusplus
}
#endif
#endif
