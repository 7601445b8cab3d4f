/* The Binance Spot dialect: REST /api/v3, market streams, WebSocket API with user data.
 *
 *     bytes ──► rest.c / wsapi.c ──► params ──► gates (limits, key, signature, time) ──► handler ──► engine
 *                                                                                          │
 *     bytes ◄── reply (HTTP or envelope)  ◄────────────────────────────────────────────────┘
 *     frames ◄── streams.c (market), user.c (account)  ◄── engine reports
 *
 * REST and WebSocket API share the handlers; only the frame around a call differs.
 * Owner: struct venue. Thread: the caller's.
 */
#ifndef SOFIA_VENUE_BINANCE_BINANCE_H
#define SOFIA_VENUE_BINANCE_BINANCE_H

#include "../inside.h"

/* ---- state ---- */

/* Fixed windows aligned to the clock. */
struct vn_window {
    int64_t length_ns;
    int64_t index;
    uint32_t used;
};

struct vn_order_count {
    struct vn_window ten_seconds;
    struct vn_window day;
    uint32_t credit; /* for first fills, not given back yet */
    int64_t credit_ns;
};

struct vn_limits {
    struct vn_window weight;
    struct vn_window raw;
    struct vn_window connects;
    int64_t banned_until_ns;
    int bans;               /* how often; each is longer */
    uint32_t over;          /* requests refused with 429 in this window */
    struct vn_table orders; /* account uid -> struct vn_order_count */
};

struct bn_state {
    struct vn_limits limits;
    struct vn_table feeds; /* stream name -> struct vn_feed */
    struct vn_feed *feed_list;
    struct vn_depth *depths; /* one per symbol */
};

struct bn_state *bn_of(const struct venue *v);

/* ---- calls ---- */

struct bn_conn;
struct vn_feed;
struct vn_depth;
struct vn_call;
typedef void (*vn_handler_fn)(struct vn_call *call);

enum vn_security { VN_PUBLIC = 1, VN_SIGNED_READ, VN_SIGNED_TRADE, VN_SESSION };

struct vn_route {
    const char *method; /* REST; NULL: WebSocket API only */
    const char *path;
    const char *ws; /* NULL: REST only */
    uint32_t weight;
    bool free_on_success;
    enum vn_security security;
    const char *params; /* space separated; " name " must occur to be legal */
    vn_handler_fn handler;
    uint32_t (*weigh)(const struct vn_call *call); /* weight that depends on parameters */
};

struct vn_call {
    struct venue *v;
    int64_t now_ns;
    struct bn_conn *ws; /* NULL: REST */
    const struct vn_route *route;
    struct vn_params params;
    struct vn_key *key;
    bool micro;
    int status; /* 200 until a handler fails */
    int code;
    char message[320];
    int64_t retry_after_s; /* 0: none */
    uint32_t charged;
    bool counts_order;  /* the reply carries the order counts */
    bool has_data;      /* an error whose "data" is in out */
    struct vn_text out; /* result or data */
};

void vn_fail(struct vn_call *call, int status, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
const char *vn_arg(const struct vn_call *call, const char *name); /* NULL: not sent */
const char *vn_need(struct vn_call *call, const char *name);      /* NULL: failed with -1102 */
struct vn_symbol *vn_need_symbol(struct vn_call *call);           /* NULL: failed */
int64_t vn_arg_int(const struct vn_call *call, const char *name, int64_t otherwise);
/* A time parameter on the true clock, ns. Saturates, so that differences of two of them fit. */
#define VN_TIME_MAX_NS (INT64_MAX / 2)
int64_t vn_arg_ns(const struct vn_call *call, const char *name, int64_t otherwise_ns);
void vn_add_time(const struct vn_call *call, struct vn_text *out, int64_t ns);

/* Everything between the frame and the handler; call->params and route are set. */
void vn_call_run(struct vn_call *call);
void vn_call_release(struct vn_call *call);
const struct vn_route *vn_route_rest(const char *method, const char *path, bool *ret_path_known);
const struct vn_route *vn_route_ws(const char *name);
bool vn_check_parameters(struct vn_call *call);

/* ---- gates ---- */

bool vn_signature_fits(const struct vn_key *key, const char *payload, size_t len,
                       const char *signature);
bool vn_check_time(struct vn_call *call);

bool vn_limit_charge(struct vn_call *call, uint32_t weight); /* false: failed with 429 or 418 */
void vn_limit_refund(struct vn_call *call, uint32_t weight);
bool vn_limit_connect(struct venue *v, int64_t now_ns);
uint32_t vn_window_used(struct vn_window *w, int64_t now_ns);
struct vn_order_count *vn_order_count_of(struct venue *v, const struct vn_account *a,
                                         int64_t now_ns);
bool vn_order_count_open(struct vn_call *call, struct vn_account *a); /* false: failed with -1015 */
void vn_order_count_add(struct venue *v, const struct vn_account *a, int64_t now_ns);
void vn_order_count_credit(struct venue *v, const struct vn_account *a, int64_t now_ns,
                           uint32_t credit);
void vn_limit_force(struct venue *v, int64_t now_ns, int64_t seconds); /* a ban, by fault */

/* ---- filters ---- */

/* NULL: passes; else the name of the filter that does not. */
const char *vn_filter_check(struct venue *v, int64_t now_ns, const struct vn_order_spec *spec);
void vn_filters_print(struct vn_text *out, const struct vn_symbol *symbol);

/* ---- handlers ---- */

void vn_do_ping(struct vn_call *call);
void vn_do_time(struct vn_call *call);
void vn_do_exchange_info(struct vn_call *call);
void vn_do_depth(struct vn_call *call);
void vn_do_trades(struct vn_call *call);
void vn_do_historical_trades(struct vn_call *call);
void vn_do_agg_trades(struct vn_call *call);
void vn_do_klines(struct vn_call *call);
int64_t vn_page_limit(const struct vn_call *call);
int64_t vn_change_percent(const struct vn_symbol *s); /* at 10^-3 */
amount_t vn_weighted_average(const struct vn_symbol *s);
void vn_do_avg_price(struct vn_call *call);
void vn_do_ticker_24hr(struct vn_call *call);
void vn_do_ticker_price(struct vn_call *call);
void vn_do_ticker_book(struct vn_call *call);
void vn_do_order_place(struct vn_call *call);
void vn_do_order_test(struct vn_call *call);
void vn_do_order_cancel(struct vn_call *call);
void vn_do_cancel_all(struct vn_call *call);
void vn_do_cancel_replace(struct vn_call *call);
void vn_do_amend(struct vn_call *call);
void vn_do_order_status(struct vn_call *call);
void vn_do_open_orders(struct vn_call *call);
void vn_do_all_orders(struct vn_call *call);
void vn_do_my_trades(struct vn_call *call);
void vn_do_account(struct vn_call *call);
void vn_do_rate_limit_order(struct vn_call *call);
void vn_do_commission(struct vn_call *call);
void vn_do_gone(struct vn_call *call);
void vn_do_session_logon(struct vn_call *call);
void vn_do_session_status(struct vn_call *call);
void vn_do_session_logout(struct vn_call *call);
void vn_do_session_subscriptions(struct vn_call *call);
void vn_do_subscribe(struct vn_call *call);
void vn_do_subscribe_signature(struct vn_call *call);
void vn_do_unsubscribe(struct vn_call *call);

/* Shared by the trading handlers (place.c). */
bool vn_order_read(struct vn_call *call, struct vn_order_spec *ret_spec);
void vn_order_send(struct vn_call *call, const struct vn_order_spec *spec);
void vn_result_fail(struct vn_call *call, enum vn_result result);

/* ---- printing orders ---- */

void vn_print_order(const struct vn_call *call, struct vn_text *out,
                    const struct vn_order *order); /* GET order */
void vn_print_new_order(const struct vn_call *call, struct vn_text *out,
                        const struct vn_order *order, const char *response_type);
void vn_print_cancel(const struct vn_call *call, struct vn_text *out, const struct vn_order *order,
                     const char *original_id);
void vn_print_depth(struct vn_text *out, const struct vn_symbol *symbol, size_t limit,
                    const char *bids, const char *asks);

/* ---- connections, streams, user data ---- */

enum vn_conn_kind { VN_CONN_RAW = 1, VN_CONN_COMBINED, VN_CONN_API };

#define VN_SUBSCRIPTIONS 64

struct vn_subscription {
    int64_t id;
    struct vn_account *account;
    struct vn_key *key;
    bool by_logon;
};

struct bn_conn {
    struct vn_conn base;
    enum vn_conn_kind kind;
    int64_t last_pong_ns;
    int64_t next_ping_ns;
    char pings[2][24]; /* payloads of the last two pings: what a pong must echo to count */
    int64_t frame_second;
    uint32_t frames;
    bool micro;
    bool rate_limits;
    bool combined; /* as SET_PROPERTY changes it */
    struct vn_feed **feeds;
    size_t feed_count;
    size_t feed_cap;
    struct vn_key *logon;
    int64_t logon_ns;
    struct vn_subscription subscriptions[VN_SUBSCRIPTIONS];
    int subscription_count;
    int64_t next_subscription;
};

/* The connections of this dialect, youngest first. */
struct bn_conn *bn_first(const struct venue *v);
struct bn_conn *bn_next(const struct bn_conn *conn);

int bn_ws_open(struct venue *v, int64_t now_ns, uint64_t id, const char *target);
void bn_ws_recv(struct venue *v, int64_t now_ns, struct vn_conn *base, uint32_t opcode,
                const void *bytes, size_t len);
void bn_ws_closed(struct venue *v, struct vn_conn *base);
void vn_conns_tick(struct venue *v, int64_t now_ns);

enum vn_feed_kind {
    VN_FEED_BOOK_TICKER = 1,
    VN_FEED_TRADE,
    VN_FEED_AGG_TRADE,
    VN_FEED_DIFF,
    VN_FEED_PARTIAL,
    VN_FEED_MINI_TICKER,
    VN_FEED_TICKER,
    VN_FEED_KLINE,
    VN_FEED_SILENT /* a legal name without data here */
};

struct vn_interval;

struct vn_feed {
    char *name;
    enum vn_feed_kind kind;
    struct vn_symbol *symbol;
    int levels;
    int interval_ms;
    const struct vn_interval *interval; /* of KLINE */
    struct bn_conn **conns;
    size_t conn_count;
    size_t conn_cap;
    struct vn_feed *next;
};

/* Levels touched since the last event of an interval. */
struct vn_touched {
    int64_t *prices;
    size_t count;
    size_t cap;
};

struct vn_depth {
    struct vn_touched bids[2]; /* 100 ms, 1000 ms */
    struct vn_touched asks[2];
    uint64_t first_id[2];
    bool watched[2];
    int64_t best_bid;
    int64_t best_ask;
    int64_t best_bid_qty;
    int64_t best_ask_qty;
    struct vn_feed *book_ticker;
    struct vn_feed *trade;
    struct vn_feed *agg_trade;
    struct vn_trade aggregate; /* of the running match */
    uint64_t aggregate_first;
    bool has_aggregate;
};

int vn_feeds_open(struct venue *v, int64_t now_ns, struct bn_conn *conn, const char *names,
                  char separator);
bool vn_feed_subscribe(struct venue *v, struct bn_conn *conn,
                       const char *name); /* false: too many */
void vn_feed_unsubscribe(struct venue *v, struct bn_conn *conn, const char *name);
void vn_feed_leave_all(struct venue *v, struct bn_conn *conn);
const struct vn_interval *vn_interval_find(const char *name); /* NULL: no such interval */
bool vn_kline_push(const struct venue *v, const struct vn_feed *feed, int64_t now_ns,
                   struct vn_text *out); /* false: nothing to say now */
void vn_feeds_tick(struct venue *v, int64_t now_ns);
void vn_feeds_release(struct venue *v); /* and the depths */
void vn_streams_recv(struct venue *v, int64_t now_ns, struct bn_conn *conn, const char *text,
                     size_t len);
void vn_on_level(struct venue *v, struct vn_symbol *symbol, int side, int64_t price);
void vn_on_trade(struct venue *v, struct vn_symbol *symbol, const struct vn_trade *trade);
void vn_on_done(struct venue *v, struct vn_symbol *symbol, int64_t now_ns);

void vn_user_report(struct venue *v, const struct vn_report *report);
void vn_user_positions(struct venue *v, int64_t now_ns);
void vn_user_moved(struct venue *v, int64_t now_ns, struct vn_account *a,
                   const struct vn_asset *asset, amount_t delta);
void vn_user_terminated(struct venue *v, int64_t now_ns, struct bn_conn *conn,
                        int64_t subscription_id);

void vn_wsapi_recv(struct venue *v, int64_t now_ns, struct bn_conn *conn, const char *text,
                   size_t len);
void vn_binance_http(struct venue *v, int64_t now_ns, const struct venue_request *request,
                     bool deferred);

#endif
