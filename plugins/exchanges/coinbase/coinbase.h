/* The adapter as a whole: what one configured instance owns, and who does what.
 *
 *     plugin.c   module, endpoint table, life cycle            encode.c  questions and orders -> requests
 *     config.c   options, URLs                                 sign.c    tokens, and the pool of them
 *     parse.c    answers -> events + verdict                   errors.c  what a refusal means
 *     place.c    answers to orders, edits and cancels          account.c the key's rights, balances
 *     orders.c   order and fill objects of answers             frames.c  envelope, sequence, trades
 *     info.c     products piece by piece -> instruments        map.c     words, numbers, table of products
 *     stream.c   market stream: subscriptions, sequence        depth.c   level2 frames -> books
 *     user.c     private stream: subscription, sequence        report.c  rows of it -> reports
 *     walk.c     listings that come in pages
 *
 * Invariants: all memory is allocated in create, none per order or event. Nothing here waits, reads
 * a clock or opens a socket: time and bytes are given.
 *
 * Owner: the core, through the handle that create returned. Thread: [trade] after create.
 */
#ifndef COINBASE_H
#define COINBASE_H

#include <sofia/exchange.h>
#include <sofia/kit/adapter.h>
#include <sofia/kit/backoff.h>
#include <sofia/kit/book.h>
#include <sofia/kit/json.h>
#include <sofia/options.h>

#include "errors.h"
#include "map.h"
#include "sign.h"
#include "walk.h"

#define COINBASE_NS_PER_MS INT64_C(1000000)
#define COINBASE_NS_PER_S INT64_C(1000000000)

#define COINBASE_INFO_ROOM 65536u /* one product of the listing */
#define COINBASE_ASKED 256        /* questions that may be open at a time */
#define COINBASE_REFUSED 64       /* refusals that wait for a listing to agree */
#define COINBASE_TRADES 256       /* of a frame that are sorted together */
#define COINBASE_ASSETS 1024      /* assets ever seen in the account */
#define COINBASE_HOST_SIZE 128

enum { ORIGIN_REST, ORIGIN_WS, ORIGIN_WS_USER, ORIGIN_COUNT };

enum { BUCKET_PRIVATE, BUCKET_PUBLIC, BUCKET_MESSAGES, BUCKET_COUNT };

enum {
    ENDPOINT_ORDER_PLACE,
    ENDPOINT_ORDER_EDIT,
    ENDPOINT_ORDER_CANCEL,
    ENDPOINT_ORDERS,
    ENDPOINT_FILLS,
    ENDPOINT_ACCOUNTS,
    ENDPOINT_PERMISSIONS,
    ENDPOINT_PRODUCTS,
    ENDPOINT_MARKET_PRODUCTS,
    ENDPOINT_TIME,
    ENDPOINT_WS_HEARTBEATS,
    ENDPOINT_WS_LEVEL2,
    ENDPOINT_WS_TRADES,
    ENDPOINT_WS_USER_HEARTBEATS,
    ENDPOINT_WS_USER,
    ENDPOINT_COUNT
};

/* Cookies of timers and of streams. */
enum { TIMER_TOKENS = 1, TIMER_MARKET_SEND, TIMER_MARKET_CHECK, TIMER_USER, TIMER_ACCOUNT };
enum { STREAM_COOKIE_MARKET = 1, STREAM_COOKIE_USER };

struct coinbase_config {
    sofia_handle api_key; /* 0: public data only */
    sofia_handle api_secret;
    uint32_t order_timeout_ms;
    uint32_t depth_limit;
    uint32_t symbol_limit;
    uint32_t wanted_count; /* 0: every product up to symbol_limit */
    char url[ORIGIN_COUNT][SOFIA_URL_SIZE];
    char auth_host[COINBASE_HOST_SIZE]; /* what tokens name, whatever address is connected to */
    char portfolio[SOFIA_NAME_SIZE];    /* "": any */
};

/* What a question was about: answers do not repeat it. */
struct coinbase_asked {
    uint64_t seq; /* the request's cookie */
    uint64_t order_id;
    int64_t since_ns; /* orders by client id: from when on */
    uint32_t side;
    uint32_t pages; /* read so far */
    struct sofia_decimal qty;
    char client_id[SOFIA_CLIENT_ID_SIZE];
    char venue_id[SOFIA_VENUE_ID_SIZE];
    char venue_symbol[SOFIA_NAME_SIZE];
    char cursor[COINBASE_CURSOR_SIZE]; /* of the page that was asked for */
};

/* An order the venue turned away without saying that it is certain: a listing without it settles
 * it. */
struct coinbase_refused {
    int64_t mono_ns;
    char client_id[SOFIA_CLIENT_ID_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

/* The listing of products while it arrives. */
struct coinbase_info {
    struct sofia_json_stream stream;
    char *room;
    uint64_t request_id; /* of the answer that is being read; 0: none */
    uint32_t listing;
    uint32_t seen;    /* products of any name */
    uint32_t found;   /* ... that are wanted */
    uint32_t skipped; /* more products than the table holds */
    uint32_t lost;    /* an instrument could not be handed on */
};

/* A public trade while its frame is sorted. */
struct coinbase_trade {
    uint64_t id; /* 0: no number */
    uint32_t aggressor;
    int64_t time_ns;
    struct sofia_decimal price;
    struct sofia_decimal qty;
    struct sofia_slice product;
    struct sofia_slice id_text;
};

/* sequence_num of one connection: one counter over all channels, from 0. */
struct coinbase_sequence {
    uint64_t next;
    uint32_t known; /* a frame has come */
    uint32_t late;  /* frames that came twice or too late */
};

struct coinbase_market {
    sofia_handle stream;
    uint32_t generation;
    uint32_t up;
    uint32_t heartbeats; /* asked for on this connection */
    uint32_t doomed;     /* a new connection has been decided on; frames count no more */
    struct coinbase_sequence sequence;
    int64_t up_mono_ns;
    int64_t sent_mono_ns; /* when the last message left */
    sofia_handle send_timer;
    sofia_handle check_timer;
    struct sofia_backoff backoff;
};

enum { USER_DOWN, USER_DOOMED, USER_CONNECTED, USER_ASKED, USER_UP };
struct coinbase_user {
    sofia_handle stream;
    uint32_t generation;
    uint32_t state;      /* USER_... */
    uint32_t channel;    /* last SOFIA_CHANNEL_... state told to the core */
    uint32_t full_batch; /* the snapshot's last batch was full: another one follows, perhaps */
    struct coinbase_sequence sequence;
    int64_t up_mono_ns;
    sofia_handle timer;
    sofia_handle account_timer;
    int64_t account_due_mono_ns;
    struct sofia_backoff backoff;
};

struct coinbase_asset {
    uint32_t listing; /* number of the account listing that showed it last */
    char name[SOFIA_ASSET_SIZE];
};

/* The listing of queued orders that goes with the one of open orders. */
enum { QUEUED_NONE, QUEUED_ASKED, QUEUED_READ };

/* Rights of the key, asked for before anything else is. */
enum { GATE_CLOSED, GATE_ASKED, GATE_OPEN, GATE_REFUSED };

struct coinbase {
    const struct sofia_host *host;
    struct coinbase_config config;
    struct coinbase_signer signer;
    struct coinbase_symbols symbols;
    struct coinbase_info info;
    struct coinbase_market market;
    struct coinbase_user user;
    struct coinbase_walk open_orders;
    uint32_t listed;             /* reports of open_orders that are the last whole listing */
    struct coinbase_walk queued; /* orders that are open in all but name */
    uint32_t queued_state;       /* QUEUED_... */
    struct coinbase_walk accounts;
    uint32_t gate; /* GATE_... */
    uint32_t can_trade;
    uint32_t can_withdraw;
    uint32_t refused_count;
    struct coinbase_refused refused[COINBASE_REFUSED];
    struct sofia_backoff limited; /* waits after a 429 */
    uint64_t asked_seq;
    struct coinbase_asked asked[COINBASE_ASKED];
    uint32_t account_listing;
    uint32_t asset_count;
    struct coinbase_asset assets[COINBASE_ASSETS];
    char identity[SOFIA_NAME_SIZE]; /* the key's portfolio */
    struct sofia_event_book *whole; /* a snapshot as it is emitted, both sides of depth_limit */
    struct sofia_event_book *part;  /* a piece of it, SOFIA_BOOK_PART_LEVELS long */
    struct coinbase_trade *trades;  /* of one frame, COINBASE_TRADES of them */
};

/* ---- config.c ---- */
#define COINBASE_OPTION_COUNT 12
extern const struct sofia_option coinbase_options[COINBASE_OPTION_COUNT];
/* Reads and checks all options; says in the log what is wrong with them. */
int coinbase_config_read(const struct sofia_host *host, struct coinbase_config *ret_config);

/* ---- plugin.c ---- */
extern const struct sofia_exchange coinbase_exchange;
/* The path of a stream's URL, "/" if it names none. */
const char *coinbase_stream_path(const struct coinbase *c, uint32_t origin);

/* ---- encode.c ---- */
int coinbase_encode_submit(void *self, const struct sofia_order *order,
                           struct sofia_request *request);
int coinbase_encode_replace(void *self, const struct sofia_order *original,
                            const struct sofia_order *order, struct sofia_request *request);
int coinbase_encode_cancel(void *self, const struct sofia_order *order,
                           struct sofia_request *request);
int coinbase_encode_cancel_all(void *self, const char *venue_symbol, struct sofia_request *request);
int coinbase_encode_query(void *self, const struct sofia_order *order,
                          struct sofia_request *request);
int coinbase_encode_open_orders(void *self, const char *venue_symbol,
                                struct sofia_request *request);
int coinbase_encode_account(void *self, struct sofia_request *request);
int coinbase_encode_trades(void *self, const struct sofia_trades_query *query,
                           struct sofia_request *request);
int coinbase_encode_time(void *self, struct sofia_request *request);
int coinbase_encode_instruments(void *self, struct sofia_request *request);
/* The next page of the orders that are queued. */
int coinbase_encode_queued(struct coinbase *c, struct sofia_request *request);
int coinbase_encode_permissions(struct coinbase *c, struct sofia_request *request);
/* The page of orders behind this one, of the same question. */
int coinbase_encode_more(struct coinbase *c, const struct coinbase_asked *asked, const char *cursor,
                         struct sofia_request *request);
/* What the answer's question was about; NULL: too long ago. */
const struct coinbase_asked *coinbase_asked_of(const struct coinbase *c,
                                               const struct sofia_answer *answer);

/* ---- parse.c ---- */
int coinbase_on_answer(void *self, const struct sofia_answer *answer,
                       struct sofia_result *ret_result);
/* An answer with a status other than 2xx: judged, budgets and tokens told. */
void coinbase_refused(struct coinbase *c, const struct sofia_answer *answer,
                      struct sofia_result *ret_result);
/* The venue turned an order away and may still have it; and: it does not have it. NULL: nothing of
 * the kind, or not long enough ago. */
void coinbase_refused_put(struct coinbase *c, const char *client_id, const char *reason);
const char *coinbase_refused_of(struct coinbase *c, const char *client_id);

/* ---- place.c ---- */
void coinbase_place_answer(struct coinbase *c, const struct sofia_answer *answer,
                           struct sofia_result *ret_result);
void coinbase_edit_answer(const struct sofia_answer *answer, struct sofia_result *ret_result);
void coinbase_cancel_answer(struct coinbase *c, const struct sofia_answer *answer,
                            struct sofia_result *ret_result);

/* ---- account.c ---- */
void coinbase_gate_ask(struct coinbase *c);
void coinbase_gate_answer(struct coinbase *c, const struct sofia_answer *answer,
                          struct sofia_result *ret_result);
/* The question did not get an answer. */
void coinbase_gate_unanswered(struct coinbase *c);
void coinbase_account_answer(struct coinbase *c, const struct sofia_answer *answer,
                             struct sofia_result *ret_result);

/* ---- info.c ---- */
int coinbase_info_piece(void *self, const struct sofia_answer *answer, const char *bytes,
                        size_t len);
void coinbase_info_answer(struct coinbase *c, const struct sofia_answer *answer,
                          struct sofia_result *ret_result);

/* ---- depth.c ---- */
/* The array of events of an l2_data frame. SOFIA_EPARSE if it is not understood. */
int coinbase_depth_events(struct coinbase *c, struct sofia_slice events, int64_t ts_ns);
/* The book is not what the venue has any more. */
void coinbase_depth_lose(struct coinbase *c, struct coinbase_symbol *symbol, const char *reason,
                         uint32_t channel_state);

/* ---- stream.c ---- */
int coinbase_market_start(struct coinbase *c);
void coinbase_market_stop(struct coinbase *c);
void coinbase_market_stream(struct coinbase *c, uint32_t state, uint32_t generation);
int coinbase_market_frame(struct coinbase *c, const char *bytes, size_t len);
void coinbase_market_timer(struct coinbase *c, uint64_t kind);
/* A subscription message did not get out. */
void coinbase_market_unsent(struct coinbase *c);
/* Something is to be said on the stream: soon, and together. */
void coinbase_market_wake(struct coinbase *c);
int coinbase_subscribe(void *self, uint32_t instrument, const char *venue_symbol, uint32_t wanted);
int coinbase_resync(void *self, uint32_t instrument);

/* ---- frames.c ---- */
/* The array of events of a market_trades frame. */
int coinbase_trade_events(struct coinbase *c, struct sofia_slice events);

/* The envelope of a frame of either stream. */
struct coinbase_frame {
    struct sofia_slice channel;
    struct sofia_slice events;
    struct sofia_slice type;    /* "error": then no channel and no number */
    struct sofia_slice message; /* of an error */
    int64_t ts_ns;              /* 0: none told */
    uint64_t number;
    uint32_t has_number;
};
int coinbase_frame_read(const char *bytes, size_t len, struct coinbase_frame *ret_frame);
enum { SEQUENCE_NEXT, SEQUENCE_LATE, SEQUENCE_GAP };
int coinbase_sequence_take(struct coinbase_sequence *sequence, const struct coinbase_frame *frame);

/* ---- user.c ---- */
int coinbase_user_start(struct coinbase *c);
void coinbase_user_stop(struct coinbase *c);
void coinbase_user_stream(struct coinbase *c, uint32_t state, uint32_t generation);
int coinbase_user_frame(struct coinbase *c, const char *bytes, size_t len);
void coinbase_user_timer(struct coinbase *c);
void coinbase_user_account_timer(struct coinbase *c);
/* A request of ours on the private stream did not get out. */
void coinbase_user_unsent(struct coinbase *c);
/* Balances have changed: they are read anew, once for all changes that come together. */
void coinbase_account_later(struct coinbase *c);

/* ---- report.c ---- */
/* One row of the user channel as a REPORT; sets ret_ended if the order has ended. SOFIA_EPARSE: not
 * understood, nothing was emitted. */
int coinbase_report_emit(struct coinbase *c, struct sofia_json *cur, int64_t ts_ns,
                         uint32_t *ret_ended);

#endif
