/* The adapter as a whole: what one configured instance owns, and who does what.
 *
 *     plugin.c   module, endpoint table, life cycle            encode.c  questions and orders -> requests
 *     config.c   options, URL sets                             sign.c    parameters, signature
 *     parse.c    answers -> events + verdict                   errors.c  what a refusal means
 *     replace.c  answers to changes of an order
 *     orders.c   order and trade objects of answers            account.c balances, who we are
 *     info.c     exchangeInfo piece by piece -> instruments    map.c     words, symbol table
 *     stream.c   market stream: subscriptions, quotes, trades  depth.c   keeping a book in step
 *     user.c     private stream: reports, fills, balances      usage.c   limits and what is used of them
 *     events.c   small helpers to emit
 *
 * Invariants: all memory is allocated in create and when market data of a symbol is first wanted,
 * none per order or event. Nothing here waits, reads a clock or opens a socket: time and bytes are
 * given.
 *
 * Owner: the core, through the handle that create returned. Thread: [trade] after create.
 */
#ifndef BINANCE_H
#define BINANCE_H

#include <sofia/exchange.h>
#include <sofia/kit/adapter.h>
#include <sofia/kit/backoff.h>
#include <sofia/kit/json.h>
#include <sofia/options.h>

#include "depth.h"
#include "errors.h"
#include "map.h"

#define BINANCE_NS_PER_MS INT64_C(1000000)
#define BINANCE_NS_PER_S INT64_C(1000000000)

#define BINANCE_KEY_TEXT 160
#define BINANCE_INFO_ROOM 65536u /* one symbol of exchangeInfo, permission sets and all */
#define BINANCE_ASKED 256        /* questions that may be open at a time */
#define BINANCE_ASSETS 512       /* assets ever seen with a balance */

enum { ORIGIN_REST, ORIGIN_STREAM, ORIGIN_WS_API, ORIGIN_COUNT };

enum { BUCKET_WEIGHT_1M, BUCKET_RAW_5M, BUCKET_ORDERS_10S, BUCKET_ORDERS_1D, BUCKET_COUNT };

enum {
    ENDPOINT_ORDER_PLACE,
    ENDPOINT_ORDER_CANCEL,
    ENDPOINT_CANCEL_ALL,
    ENDPOINT_ORDER_QUERY,
    ENDPOINT_OPEN_ORDERS,
    ENDPOINT_ACCOUNT,
    ENDPOINT_MY_TRADES,
    ENDPOINT_TIME,
    ENDPOINT_EXCHANGE_INFO,
    ENDPOINT_DEPTH,
    ENDPOINT_ORDER_AMEND,
    ENDPOINT_CANCEL_REPLACE,
    ENDPOINT_WS_SUBSCRIBE,
    ENDPOINT_WS_UNSUBSCRIBE,
    ENDPOINT_WS_USER_SUBSCRIBE,
    ENDPOINT_WS_SESSION_STATUS,
    ENDPOINT_COUNT
};

/* Both connections tell everything for so long, so that nothing is in flight on the one that is closed. */
#define BINANCE_OVERLAP_NS (2 * BINANCE_NS_PER_S)

/* Cookies of timers and of streams. */
enum {
    TIMER_DEPTH = 1,
    TIMER_SUBSCRIBE,
    TIMER_MARKET_CHECK,
    TIMER_USER,
    TIMER_ACCOUNT,
    TIMER_MARKET_SWITCH,
    TIMER_USER_SWITCH
};
enum { STREAM_COOKIE_MARKET = 1, STREAM_COOKIE_USER };

struct binance_config {
    sofia_handle api_key; /* 0: public data only */
    sofia_handle api_secret;
    uint32_t algorithm; /* SOFIA_SIGN_... */
    uint32_t order_timeout_ms;
    uint32_t depth_limit;
    uint32_t symbol_limit;
    uint32_t wanted_count;      /* 0: every symbol up to symbol_limit */
    uint32_t stream_max_age_ms; /* then a successor is made */
    int64_t recv_window_ms;
    char url[ORIGIN_COUNT][SOFIA_URL_SIZE];
};

/* What a question was about. Answers do not repeat it: an empty list names no symbol, and of a
 * cancelled order the venue shows the cancel's id where the order's own should be. */
struct binance_asked {
    uint64_t seq; /* the request's cookie */
    uint64_t order_id;
    char client_id[SOFIA_CLIENT_ID_SIZE];
    char venue_symbol[SOFIA_NAME_SIZE];
};

/* exchangeInfo while it arrives. */
struct binance_info {
    struct sofia_json_stream stream;
    char *room;
    uint64_t request_id; /* of the answer that is being read; 0: none */
    uint32_t listing;
    uint32_t seen;    /* symbols of any name */
    uint32_t found;   /* ... that are wanted */
    uint32_t skipped; /* more symbols than the table holds */
    uint32_t lost;    /* an instrument could not be handed on */
    int32_t code;     /* of an error body */
    char msg[SOFIA_REASON_SIZE];
};

struct binance_market {
    sofia_handle stream;
    uint32_t generation;
    uint32_t next_generation; /* of the successor; 0: none */
    uint32_t up;
    uint64_t next_id;     /* of a SUBSCRIBE message */
    int64_t sent_mono_ns; /* when the last message left */
    sofia_handle send_timer;
    sofia_handle check_timer;
    sofia_handle depth_timer;
    sofia_handle switch_timer;
    int64_t depth_due_mono_ns; /* of depth_timer */
};

enum { USER_DOWN, USER_CONNECTED, USER_ASKED, USER_UP };
struct binance_user {
    sofia_handle stream;
    uint32_t generation;
    uint32_t next_generation; /* of the successor; 0: none */
    uint32_t state;           /* USER_... */
    uint32_t channel;         /* last SOFIA_CHANNEL_... state told to the core */
    uint32_t probing;         /* a probe has not been answered yet */
    uint64_t next_id;
    uint64_t asked_id; /* of the open subscription request */
    uint64_t probe_id;
    sofia_handle timer;
    sofia_handle account_timer;
    sofia_handle switch_timer;
    struct sofia_backoff backoff;
};

struct binance_asset {
    uint32_t listing; /* number of the account listing that showed it last */
    char name[SOFIA_ASSET_SIZE];
};

struct binance {
    const struct sofia_host *host;
    struct binance_config config;
    struct binance_symbols symbols;
    struct binance_info info;
    struct binance_market market;
    struct binance_user user;
    uint64_t limits[BUCKET_COUNT]; /* as announced; 0: not yet */
    uint64_t asked_seq;
    struct binance_asked asked[BINANCE_ASKED];
    uint32_t account_listing;
    uint32_t asset_count;
    struct binance_asset assets[BINANCE_ASSETS];
    char identity[SOFIA_NAME_SIZE];
    struct sofia_event_book *scratch; /* one parsed book message */
    struct sofia_event_book *part;    /* a piece of it, SOFIA_BOOK_PART_LEVELS long */
    uint32_t scratch_levels;
};

/* ---- config.c ---- */
#define BINANCE_OPTION_COUNT 13
extern const struct sofia_option binance_options[BINANCE_OPTION_COUNT];
/* Reads and checks all options; says in the log what is wrong with them. */
int binance_config_read(const struct sofia_host *host, struct binance_config *ret_config);
/* True if the configuration wants this instrument ("BTC/USDT"). */
int binance_config_wants(const struct binance *b, const char *name);

/* ---- plugin.c ---- */
extern const struct sofia_exchange binance_exchange;
int binance_endpoint_has_body(uint32_t endpoint);

/* ---- encode.c ---- */
int binance_encode_submit(void *self, const struct sofia_order *order,
                          struct sofia_request *request);
int binance_encode_replace(void *self, const struct sofia_order *original,
                           const struct sofia_order *order, struct sofia_request *request);
int binance_encode_cancel(void *self, const struct sofia_order *order,
                          struct sofia_request *request);
int binance_encode_cancel_all(void *self, const char *venue_symbol, struct sofia_request *request);
int binance_encode_query(void *self, const struct sofia_order *order,
                         struct sofia_request *request);
int binance_encode_open_orders(void *self, const char *venue_symbol, struct sofia_request *request);
int binance_encode_account(void *self, struct sofia_request *request);
int binance_encode_trades(void *self, const struct sofia_trades_query *query,
                          struct sofia_request *request);
int binance_encode_time(void *self, struct sofia_request *request);
int binance_encode_instruments(void *self, struct sofia_request *request);
int binance_encode_depth(struct binance *b, const struct binance_symbol *symbol,
                         struct sofia_request *request);

/* ---- parse.c ---- */
/* The error object {"code":..,"msg":..[,"data":{"retryAfter":..}]}; what is unreadable leaves the
 * code 0. */
void binance_parse_error(const struct binance *b, struct sofia_slice body,
                         struct binance_refusal *refusal);
/* Judges, tells the budget if a limit was hit, and fills the result. */
void binance_refuse(struct binance *b, const struct binance_refusal *refusal,
                    struct sofia_result *ret_result);
/* The refusal in an answer with a status other than 2xx. */
void binance_refusal_of(struct binance *b, const struct sofia_answer *answer,
                        struct binance_refusal *ret_refusal);
int binance_on_answer(void *self, const struct sofia_answer *answer,
                      struct sofia_result *ret_result);

/* ---- replace.c ---- */
void binance_amend_answer(struct binance *b, const struct sofia_answer *answer,
                          struct sofia_result *ret_result);
/* The answer to cancel-replace: the one that says both, and the refusals that say what became of either. */
void binance_replace_answer(struct binance *b, const struct sofia_answer *answer,
                            struct sofia_result *ret_result);

/* ---- account.c ---- */
void binance_account_answer(struct binance *b, struct sofia_slice body,
                            struct sofia_result *ret_result);
/* One balance object of an answer or of the stream, as an event. */
int binance_balance_read(struct binance *b, struct sofia_json *cur, uint32_t source, int64_t ts_ns);
void binance_asset_seen(struct binance *b, const char *name);

/* ---- info.c ---- */
int binance_info_piece(void *self, const struct sofia_answer *answer, const char *bytes,
                       size_t len);
void binance_info_answer(struct binance *b, const struct sofia_answer *answer,
                         struct sofia_result *ret_result);

/* ---- stream.c ---- */
int binance_market_start(struct binance *b);
void binance_market_stop(struct binance *b);
void binance_market_stream(struct binance *b, uint32_t state, uint32_t generation);
int binance_market_frame(struct binance *b, const char *bytes, size_t len);
void binance_market_timer(struct binance *b, uint64_t kind);
/* A subscription message did not get out. */
void binance_market_unsent(struct binance *b);
int binance_subscribe(void *self, uint32_t instrument, const char *venue_symbol, uint32_t wanted);
int binance_resync(void *self, uint32_t instrument);

/* ---- user.c ---- */
int binance_user_start(struct binance *b);
void binance_user_stop(struct binance *b);
void binance_user_stream(struct binance *b, uint32_t state, uint32_t generation);
int binance_user_frame(struct binance *b, const char *bytes, size_t len);
void binance_user_timer(struct binance *b);
void binance_user_switch(struct binance *b);
void binance_user_account_timer(struct binance *b);
/* A request of ours on the private stream did not get out. */
void binance_user_unsent(struct binance *b, uint32_t endpoint);

/* ---- usage.c ---- */
/* What the headers of a REST answer say about limits. Returns Retry-After in ms, 0 if there is
 * none. */
uint32_t binance_usage_headers(struct binance *b, const struct sofia_answer *answer);
/* A rateLimits array of exchangeInfo (no counts) or of a WS API reply (with counts). */
int binance_usage_limits(struct binance *b, struct sofia_slice array);
/* The venue wants silence: of new orders, of this address, or (418) of everything for a while. */
void binance_usage_silence(struct binance *b, const struct binance_refusal *refusal,
                           uint32_t wait_ms);
/* How long from now until that moment of the venue's clock, in ms; 0 if it has passed. */
uint32_t binance_usage_until(const struct binance *b, int64_t until_ms);
int32_t binance_bucket_of(struct sofia_slice type, struct sofia_slice interval, int64_t count);

/* ---- events.c ---- */
int binance_emit_channel(struct binance *b, uint32_t channel, uint32_t instrument, uint32_t state,
                         const char *reason);
int binance_emit_account(struct binance *b, uint32_t can_trade, uint32_t can_withdraw);
/* The core's number of a venue symbol, 0 if it has none (yet). */
uint32_t binance_instrument(struct binance *b, struct sofia_slice venue_symbol);
int64_t binance_ms_to_ns(int64_t ms);

#endif
