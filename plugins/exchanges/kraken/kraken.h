/* The adapter as a whole: what one configured instance owns, and who does what.
 *
 *     plugin.c   module, endpoint table, life cycle            encode.c   questions and orders -> requests
 *     config.c   options, URLs, tier                           sign.c     nonce, API-Sign
 *     parse.c    answers -> events + verdict                   errors.c   what a refusal means
 *     orders.c   order and trade objects of REST               account.c  balances
 *     info.c     AssetPairs, Assets, instrument channel        map.c      words, assets, symbols
 *     stream.c   market stream: subscriptions, quotes, trades  book.c     book with checksum
 *     user.c     private stream: token, subscriptions          report.c   executions
 *     message.c  orders over the private stream            trades.c   fills by REST
 *
 * Invariants: all memory is allocated in create and when a book is first wanted, none per order or
 * event. Nothing here waits, reads a clock or opens a socket: time and bytes are given.
 *
 * Owner: the core, through the handle that create returned. Thread: [trade] after create.
 */
#ifndef KRAKEN_H
#define KRAKEN_H

#include <sofia/exchange.h>
#include <sofia/kit/adapter.h>
#include <sofia/kit/backoff.h>
#include <sofia/kit/json.h>
#include <sofia/options.h>

#include "book.h"
#include "errors.h"
#include "map.h"

#define KRAKEN_NS_PER_MS INT64_C(1000000)
#define KRAKEN_NS_PER_S INT64_C(1000000000)

#define KRAKEN_LANE 1u         /* of every private REST call: nonces must arrive in order */
#define KRAKEN_ASKED 512       /* questions and messages that may be open at a time */
#define KRAKEN_QUERY_TRADES 20 /* ids in one QueryTrades */
#define KRAKEN_TRADES_COST 4   /* of the REST counter; some pages of the venue say 2 */

enum { ORIGIN_REST, ORIGIN_WS, ORIGIN_WS_AUTH, ORIGIN_COUNT };

enum { BUCKET_PUBLIC, BUCKET_REST, BUCKET_ENGINE, BUCKET_COUNT };

enum {
    ENDPOINT_ADD_ORDER,
    ENDPOINT_AMEND_ORDER,
    ENDPOINT_CANCEL_ORDER,
    ENDPOINT_DEAD_MAN,
    ENDPOINT_QUERY_ORDERS,
    ENDPOINT_OPEN_ORDERS,
    ENDPOINT_CLOSED_ORDERS,
    ENDPOINT_BALANCE,
    ENDPOINT_TRADES_HISTORY,
    ENDPOINT_QUERY_TRADES,
    ENDPOINT_TOKEN,
    ENDPOINT_TIME,
    ENDPOINT_ASSET_PAIRS,
    ENDPOINT_ASSETS,
    ENDPOINT_WS_SUBSCRIBE,
    ENDPOINT_WS_UNSUBSCRIBE,
    ENDPOINT_WS_PING,
    ENDPOINT_WS_USER_SUBSCRIBE,
    ENDPOINT_WS_USER_UNSUBSCRIBE,
    ENDPOINT_WS_USER_PING,
    ENDPOINT_WS_ADD_ORDER,
    ENDPOINT_WS_AMEND_ORDER,
    ENDPOINT_WS_CANCEL_ORDER,
    ENDPOINT_COUNT
};

/* Cookies of timers and of streams. */
enum { TIMER_SUBSCRIBE = 1, TIMER_MARKET_CHECK, TIMER_BOOKS, TIMER_USER, TIMER_ACCOUNT };
enum { STREAM_COOKIE_MARKET = 1, STREAM_COOKIE_USER };

struct kraken_config {
    sofia_handle api_key; /* 0: public data only */
    sofia_handle api_secret;
    uint32_t order_timeout_ms;
    uint32_t depth;
    uint32_t symbol_limit;
    uint32_t wanted_count; /* 0: every pair up to symbol_limit */
    uint32_t tier;         /* row of kraken_tiers */
    uint32_t orders_by_ws;
    int64_t deadline_ns;
    int64_t visibility_lag_ns;
    char url[ORIGIN_COUNT][SOFIA_URL_SIZE];
};

struct kraken_tier {
    const char *name;
    uint32_t rest_limit;
    uint32_t engine_limit;
    int64_t rest_window_ns; /* in which a full counter falls to zero */
    int64_t engine_window_ns;
    uint32_t open_orders; /* per pair */
};
extern const struct kraken_tier kraken_tiers[3];

/* What a request was about: answers and messages do not repeat it. */
enum {
    ASKED_NOTHING,
    ASKED_ORDER,
    ASKED_CANCEL,
    ASKED_AMEND,
    ASKED_QUERY,
    ASKED_TRADES,
    ASKED_LIST
};
struct kraken_asked {
    uint64_t seq; /* the request's cookie, or req_id of a message */
    uint64_t order_id;
    uint32_t what;   /* ASKED_... */
    uint32_t offset; /* TradesHistory */
    char client_id[SOFIA_CLIENT_ID_SIZE];
    char venue_id[SOFIA_VENUE_ID_SIZE];
    char symbol[SOFIA_NAME_SIZE];
};

struct kraken_market {
    sofia_handle stream;
    uint32_t generation;
    uint32_t up;
    uint32_t heard;     /* anything since the last check */
    uint32_t described; /* the instrument channel has been subscribed on this connection */
    struct kraken_market_state system; /* of the whole venue; status 0: not told */
    int64_t sent_mono_ns;              /* when subscriptions last left */
    sofia_handle send_timer;
    sofia_handle check_timer;
    sofia_handle book_timer;
    int64_t book_due_mono_ns;
};

/* The venue's clock as its messages tell it, in microseconds, where REST has only seconds. Each sample is the lower bound
 * "venue time - monotonic time >= this", so the largest of the last ones is the best. */
#define KRAKEN_CLOCK_SAMPLES 8
struct kraken_clock {
    int64_t ahead_ns[KRAKEN_CLOCK_SAMPLES];
    uint32_t count;
    uint32_t next;
};

/* What the account has of one asset; several rows of the venue (XXBT, XBT.F) may add up to it. */
#define KRAKEN_HOLDINGS 512
struct kraken_holding {
    uint32_t listing; /* number of the listing that showed it last */
    uint32_t reserved;
    struct sofia_wide free;
    struct sofia_wide locked;
    char asset[SOFIA_ASSET_SIZE];
};

enum { USER_DOWN, USER_WAITING, USER_TOKEN, USER_ASKED, USER_UP };
struct kraken_user {
    sofia_handle stream;
    sofia_handle token; /* 0: none */
    uint32_t generation;
    uint32_t state;          /* USER_... */
    uint32_t heard;          /* anything since the last probe */
    uint32_t channel;        /* last SOFIA_CHANNEL_... state told to the core */
    uint32_t acks;           /* of the two subscriptions, still missing */
    uint64_t token_request;  /* cookie of the token question that counts */
    uint64_t executions_seq; /* last sequence; 0: the snapshot has not come */
    uint64_t balances_seq;
    sofia_handle timer;
    sofia_handle account_timer;
    struct sofia_backoff backoff;
};

struct kraken {
    const struct sofia_host *host;
    struct kraken_config config;
    struct kraken_symbols symbols;
    struct kraken_assets assets;
    struct kraken_market market;
    struct kraken_user user;
    struct kraken_clock clock;
    struct kraken_orders *orders; /* what executions said of each order, see report.h */
    uint64_t asked_seq;
    struct kraken_asked asked[KRAKEN_ASKED];
    uint32_t bad_nonces; /* in a row */
    uint32_t account_listing;
    uint32_t holding_count;
    struct kraken_holding holdings[KRAKEN_HOLDINGS];
    struct sofia_event_book *scratch; /* one parsed book message */
    struct sofia_event_book *part;
    uint32_t scratch_levels;
};

/* ---- config.c ---- */
#define KRAKEN_OPTION_COUNT 14
extern const struct sofia_option kraken_options[KRAKEN_OPTION_COUNT];
int kraken_config_read(const struct sofia_host *host, struct kraken_config *ret_config);
int kraken_config_wants(const struct kraken *k, const char *name);
/* True for a pair whose checksums are known to be wrong at the venue. */
int kraken_config_unchecked(const struct kraken *k, const char *name);

/* ---- plugin.c ---- */
extern const struct sofia_exchange kraken_exchange;
extern const struct sofia_endpoint kraken_endpoints[ENDPOINT_COUNT];

/* ---- encode.c ---- */
int kraken_encode_submit(void *self, const struct sofia_order *order,
                         struct sofia_request *request);
int kraken_encode_replace(void *self, const struct sofia_order *original,
                          const struct sofia_order *order, struct sofia_request *request);
int kraken_encode_cancel(void *self, const struct sofia_order *order,
                         struct sofia_request *request);
int kraken_encode_cancel_all(void *self, const char *venue_symbol, struct sofia_request *request);
int kraken_encode_dead_man(void *self, uint32_t timeout_s, struct sofia_request *request);
int kraken_encode_query(void *self, const struct sofia_order *order, struct sofia_request *request);
int kraken_encode_open_orders(void *self, const char *venue_symbol, struct sofia_request *request);
int kraken_encode_account(void *self, struct sofia_request *request);
int kraken_encode_trades(void *self, const struct sofia_trades_query *query,
                         struct sofia_request *request);
int kraken_encode_time(void *self, struct sofia_request *request);
int kraken_encode_instruments(void *self, struct sofia_request *request);
/* The second half of a query by client id: the orders that have ended. */
int kraken_encode_closed(struct kraken *k, const struct kraken_asked *about,
                         struct sofia_request *request);
/* `ids` is a comma list. is_paid: the question that named the trades was charged for this one too. */
int kraken_encode_query_trades(struct kraken *k, const struct kraken_asked *about, const char *ids,
                               uint32_t is_paid, struct sofia_request *request);
int kraken_encode_token(struct kraken *k, struct sofia_request *request);
int kraken_encode_assets(struct kraken *k, struct sofia_request *request);
/* A request that could not be encoded, in words. */
int kraken_denied(const struct kraken *k, const char *what, int status);
int kraken_is_client_id(const char *id);
/* The deadline of a placement from now on, and from when on absence proves that it did not happen. */
int kraken_deadline(const struct kraken *k, struct sofia_request *request, char *buf, size_t cap);
/* What the engine counter takes for a cancel or an amend of this order now. */
uint32_t kraken_cancel_cost(const struct kraken *k, const struct sofia_order *order);
uint32_t kraken_amend_cost(const struct kraken *k, const struct sofia_order *order);
struct kraken_asked *kraken_remember(struct kraken *k, uint32_t what,
                                     const struct sofia_order *order);
struct kraken_asked *kraken_asked_of(struct kraken *k, uint64_t seq);

/* ---- message.c ---- */
int kraken_message_submit(struct kraken *k, const struct sofia_order *order,
                          struct sofia_request *request);
int kraken_message_replace(struct kraken *k, const struct sofia_order *original,
                           const struct sofia_order *order, struct sofia_request *request);
int kraken_message_cancel(struct kraken *k, const struct sofia_order *order,
                          struct sofia_request *request);

/* ---- parse.c ---- */
int kraken_on_answer(void *self, const struct sofia_answer *answer,
                     struct sofia_result *ret_result);
/* Judges and does what a refusal asks of the adapter itself: tells budgets, counts bad nonces. */
void kraken_refuse(struct kraken *k, const struct kraken_refusal *refusal, uint32_t endpoint,
                   struct sofia_result *ret_result);

int kraken_sync_emit(struct kraken *k, const struct kraken_asked *asked, uint32_t what,
                     uint32_t found, uint32_t absent);
/* The member of a result that holds the rows: {"open":{..}}, {"closed":{..},"count":7}. */
int kraken_member_of(struct sofia_slice result, const char *name, struct sofia_slice *ret_member,
                     int64_t *ret_count);

/* ---- trades.c ---- */
void kraken_order_trades_answer(struct kraken *k, const struct kraken_asked *asked,
                                struct sofia_slice result, struct sofia_result *ret_result);
void kraken_trades_answer(struct kraken *k, const struct sofia_answer *answer,
                          struct sofia_slice object, int64_t count,
                          struct sofia_result *ret_result);
void kraken_history_answer(struct kraken *k, const struct sofia_answer *answer,
                           struct sofia_slice result, struct sofia_result *ret_result);

/* ---- account.c ---- */
void kraken_account_answer(struct kraken *k, struct sofia_slice result,
                           struct sofia_result *ret_result);

/* ---- report.c ---- */
/* The core's number, asked for late: it is known once the core has taken the instrument in. */
uint32_t kraken_instrument(struct kraken *k, struct kraken_symbol *symbol);

/* ---- info.c ---- */
void kraken_pairs_answer(struct kraken *k, struct sofia_slice result,
                         struct sofia_result *ret_result);
void kraken_assets_answer(struct kraken *k, struct sofia_slice result,
                          struct sofia_result *ret_result);
/* `data` of the instrument channel. */
int kraken_info_channel(struct kraken *k, struct sofia_slice data);
/* Declares the symbol if that says anything new; `anew`: in any case. */
int kraken_info_tell(struct kraken *k, struct kraken_symbol *symbol, int anew);
/* `data` of the status channel. */
int kraken_info_status(struct kraken *k, struct sofia_slice data);

/* ---- stream.c ---- */
int kraken_market_start(struct kraken *k);
void kraken_market_stop(struct kraken *k);
void kraken_market_stream(struct kraken *k, uint32_t state, uint32_t generation);
int kraken_market_frame(struct kraken *k, const char *bytes, size_t len);
void kraken_market_timer(struct kraken *k, uint64_t kind);
void kraken_market_unsent(struct kraken *k);
int kraken_subscribe(void *self, uint32_t instrument, const char *venue_symbol, uint32_t wanted);
int kraken_resync(void *self, uint32_t instrument);
/* Symbols have come or changed: subscribe what can be. */
void kraken_market_symbols(struct kraken *k);
/* Unsubscribes and subscribes the book of one symbol. */
void kraken_market_renew_book(struct kraken *k, struct kraken_symbol *symbol);
/* {"method":"ping"} on a stream. */
void kraken_ping(struct kraken *k, sofia_handle stream, uint32_t endpoint);
/* A message that carries time_out has just come. */
void kraken_clock_hear(struct kraken *k, struct sofia_slice time_out);
/* 0, or ENOENT before the first sample. */
int kraken_clock_now(const struct kraken *k, int64_t *ret_now_ns);

/* ---- user.c ---- */
int kraken_user_start(struct kraken *k);
void kraken_user_stop(struct kraken *k);
void kraken_user_stream(struct kraken *k, uint32_t state, uint32_t generation);
int kraken_user_frame(struct kraken *k, const char *bytes, size_t len);
void kraken_user_timer(struct kraken *k);
void kraken_user_account_timer(struct kraken *k);
void kraken_user_unsent(struct kraken *k);
/* The answer to the token question; an empty text: refused. */
void kraken_user_token(struct kraken *k, uint64_t cookie, const char *token);
/* The venue says the token is stale. */
void kraken_user_token_lost(struct kraken *k, const char *why);

/* ---- message.c: answers of order methods ---- */
struct kraken_reply {
    struct sofia_slice method;
    struct sofia_slice error;
    struct sofia_slice result;
    uint64_t req_id;
    uint32_t success;
};
int kraken_message_reply(struct kraken *k, const struct kraken_reply *reply);

#endif
