/* The Coinbase Advanced Trade dialect, spot: REST under /api/v3/brokerage, market data and user data over WebSocket.
 *
 *     request ──► rest.c ──► auth.c (token, scope), rate.c ──► handler ──► engine
 *                                                                 │
 *     reply   ◄── JSON; a refused order is HTTP 200 too ◄─────────┘
 *     frames  ◄── channels.c (market), user.c (orders) ◄── engine reports, one counter per connection
 *
 * Keys sign for the host api.coinbase.com, whatever address the socket has. The market endpoint is "/", the user endpoint
 * "/user". Products are the venue's symbols written BASE-QUOTE; their commission is quote money on top of the price.
 *
 * Owner: struct venue. Thread: the caller's.
 */
#ifndef SOFIA_VENUE_COINBASE_COINBASE_H
#define SOFIA_VENUE_COINBASE_COINBASE_H

#include "../faults/faults.h"
#include "../inside.h"

#define VC_HOST "api.coinbase.com"
#define VC_BASE "/api/v3/brokerage"
#define VC_UUID 37
#define VC_NUMBER 48
#define VC_TIME 40
#define VC_CLIENT_ID_MAX 128
#define VC_FEE_PLACES 16
#define VC_EDITS_SHOWN 5

/* ---- orders ---- */

enum vc_kind {
    VC_KIND_INVALID = 0,
    VC_MARKET_IOC,
    VC_MARKET_FOK,
    VC_SOR_IOC,
    VC_LIMIT_GTC,
    VC_LIMIT_GTD,
    VC_LIMIT_FOK,
    VC_STOP_GTC,
    VC_STOP_GTD,
    VC_BRACKET_GTC,
    VC_BRACKET_GTD,
    VC_TWAP_GTD,
    VC_SCALED_GTC,
    VC_KIND_COUNT
};

/* order_configuration: its numbers as they were written, "" where nothing was. */
struct vc_config {
    enum vc_kind kind;
    char base_size[VC_NUMBER];
    char quote_size[VC_NUMBER];
    char limit_price[VC_NUMBER];
    char stop_price[VC_NUMBER];
    char end_time[VC_TIME];
    bool stop_up;
    bool post_only;
};

struct vc_edit {
    char price[VC_NUMBER];
    char size[VC_NUMBER];
    int64_t time_ns;
};

/* What this dialect knows of an order. Kept for ever, whoever placed the order. */
struct vc_order {
    char id[VC_UUID];
    size_t index; /* in vc_state.orders */
    struct vn_account *account;
    struct vn_symbol *symbol;
    enum vn_side side;
    char client_id[VN_CLIENT_ID];
    struct vc_config config;
    struct vn_order *order; /* NULL: accepted by the front end, refused behind it */
    int64_t created_ns;
    int64_t seen_ns; /* user events are held back until then */
    const char *reject_reason;
    const char *cancel_message;
    int64_t cancel_due_ns; /* 0: none is queued */
    int64_t edit_due_ns;   /* 0: none is queued */
    struct vc_edit edit;   /* the queued one */
    struct vc_edit edits[VC_EDITS_SHOWN];
    size_t edit_count;
    bool dirty; /* its state is still to be told */
    struct vc_order *next_dirty;
};

struct vc_fill {
    const struct vc_order *order;
    const struct vn_fill *fill;
};

/* ---- state ---- */

struct vc_second {
    int64_t index;
    uint32_t used;
};

struct vc_nonce {
    char *text; /* key and nonce */
    int64_t until_ns;
    struct vc_nonce *next;
};

/* An answer under market/ that is given again. */
struct vc_cached {
    char *target;
    char *body;
    int64_t until_ns;
    struct vc_cached *next;
};

struct vc_touched {
    int64_t price;
    int side;
};

/* Of one symbol: what the next frames have to say. */
struct vc_market {
    struct vc_touched *touched;
    size_t touched_count;
    size_t touched_cap;
    uint64_t trades_told; /* of symbol->trade_count, by market_trades */
    uint64_t trades_ticked;
    enum vn_status status_told;
};

/* What the documentation leaves open, and POST /_fault {"kind":"mode"} decides. */
struct vc_modes {
    bool refuse_duplicates; /* DUPLICATE_CLIENT_ORDER_ID, else the old order is answered */
    bool refuse_limits;     /* a limit above the maximum is 400, else the maximum */
    bool html_rate;         /* 429 as an HTML page */
    bool hold_maker;        /* an open buy holds the maker's commission, else the taker's */
    bool reuse_nonces;
    bool aliases;            /* BTC-USDC is the book of BTC-USD: shown, not traded */
    int64_t market_cache_ms; /* answers under market/ are that old at most; no-cache passes by */
    uint32_t private_per_s;
    uint32_t public_per_s;
    int64_t young_ms;       /* orders younger than this are not found */
    int64_t snapshot_bytes; /* a level2 snapshot is filled up to so many */
};

struct vc_state {
    struct vc_modes modes;
    struct vc_order **orders; /* in the order in which they came */
    size_t order_count;
    size_t order_cap;
    struct vc_fill *fills;
    size_t fill_count;
    size_t fill_cap;
    struct vn_table by_uuid;
    struct vn_table by_id;     /* engine's order id */
    struct vn_table by_client; /* "uid:client_order_id", the first order of that id for ever */
    struct vc_order *dirty;
    struct vc_order **dirty_tail;
    const struct vc_config *placing; /* of the create call that is running */
    size_t queued;                   /* cancels and edits that wait */
    struct vc_nonce *nonces;         /* oldest first */
    struct vc_nonce **nonces_tail;
    struct vn_table nonce_set;
    struct vc_cached *cache;
    struct vc_second public_second;
    struct vc_second message_second; /* WebSocket messages without a token */
    struct vn_table private_seconds; /* account uid -> struct vc_second */
    struct vc_market markets[VN_SYMBOLS];
};

struct vc_state *vc_state(const struct venue *v);

/* ---- a request ---- */

struct vc_pair {
    const char *name;
    const char *value;
};

struct vc_query {
    struct vc_pair *items;
    size_t count;
    size_t cap;
    char *storage;
    bool broken;
};

void vc_query_read(struct vc_query *q, const char *text);
void vc_query_release(struct vc_query *q);
const char *vc_query_get(const struct vc_query *q, const char *name); /* NULL: not sent */
size_t vc_query_count(const struct vc_query *q, const char *name);
bool vc_query_has(const struct vc_query *q, const char *name,
                  const char *value); /* true also when the name was not sent at all */

struct vc_call;
typedef void (*vc_handler_fn)(struct vc_call *call);

struct vc_call {
    struct venue *v;
    struct vc_state *state;
    int64_t now_ns;
    const struct venue_request *request;
    struct vc_query query;
    char id[128]; /* what stands for {…} in the path */
    struct vn_key *key;
    struct vn_account *account;
    struct vn_json *body;
    int status;
    const char *content_type;
    bool limited; /* the reply carries the rate headers */
    struct vc_second *second;
    struct vn_text out;
};

/* {"error":…,"error_details":…,"message":…} */
void vc_fail(struct vc_call *call, int status, const char *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void vc_invalid(struct vc_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* 400 INVALID_ARGUMENT */

void vc_http(struct venue *v, int64_t now_ns, const struct venue_request *request, bool deferred);

/* auth.c */
struct vn_key *vc_token_key(struct venue *v, int64_t now_ns, const char *text, size_t len,
                            const char *uri, const char **ret_why);
bool vc_authenticate(struct vc_call *call, const char *method, const char *path);
bool vc_allowed(struct vc_call *call, uint32_t permission); /* false: failed with 403 */

/* rate.c */
bool vc_rate_take(struct vc_call *call, bool is_private); /* false: failed with 429 */
void vc_rate_refuse(struct vc_call *call);                /* the words of 429 */
void vc_rate_headers(const struct vc_call *call, struct vn_item *item);

/* cache.c: a kept answer, if there is a young one; an answer to keep. */
bool vc_cache_get(struct vc_call *call);
void vc_cache_put(struct vc_call *call);
void vc_cache_release(struct vc_state *state);

/* ---- words, numbers, times ---- */

void vc_uuid(const struct venue *v, uint64_t kind, uint64_t number, char ret_uuid[VC_UUID]);
#define VC_UUID_ORDER 1u
#define VC_UUID_USER 2u
#define VC_UUID_PORTFOLIO 3u
#define VC_UUID_WALLET 4u
#define VC_UUID_TRADE 5u
#define VC_UUID_PREVIEW 6u

void vc_add_time(const struct venue *v, struct vn_text *out, int64_t ns);   /* quoted */
int vc_time_read(const char *text, int64_t *ret_ns);                        /* RFC 3339; -1: none */
void vc_add_text(struct vn_text *out, const char *name, const char *value); /* ,"name":"value" */
void vc_add_plain(struct vn_text *out, const char *name, amount_t value);   /* ,"name":"1.5" */
void vc_add_price(struct vn_text *out, const char *name, const struct vn_symbol *symbol,
                  int64_t price);
void vc_add_size(struct vn_text *out, const char *name, const struct vn_symbol *symbol,
                 int64_t qty);
void vc_add_bool(struct vn_text *out, const char *name, bool value);

/* A positive plain decimal: 0, -1 not one (sign, exponent, blank, zero), -2 more decimals than fit. */
int vc_number_read(const char *text, int64_t *ret_value);

const char *vc_side_word(enum vn_side side);
const char *vc_kind_word(enum vc_kind kind);
enum vc_kind vc_kind_read(const char *word);
const char *vc_type_word(const struct vc_config *config);
const char *vc_tif_word(const struct vc_config *config);
const char *vc_status_word(const struct vc_order *order);
bool vc_is_final(const struct vc_order *order);

/* ---- products ---- */

void vc_product_name(const struct vn_symbol *symbol, char *ret_name); /* VN_NAME * 2 bytes */
struct vn_symbol *vc_product_find(struct venue *v, const char *name); /* an alias too */
bool vc_is_alias(const struct vn_symbol *symbol, const char *name);   /* of a product found */
int64_t vc_quote_increment(const struct vn_symbol *symbol);
bool vc_is_product(const struct vn_symbol *symbol); /* has a name this venue would give */
void vc_do_time(struct vc_call *call);
void vc_do_products(struct vc_call *call);
void vc_do_product(struct vc_call *call);
void vc_do_book(struct vc_call *call);
void vc_do_best(struct vc_call *call);
void vc_do_ticker(struct vc_call *call);
void vc_do_candles(struct vc_call *call);

struct vc_candle {
    int64_t start_ns;
    int64_t open;
    int64_t high;
    int64_t low;
    int64_t close;
    int64_t qty;
};
/* The candle of length_ns that begins at start_ns; false: no trade in it. */
bool vc_candle_at(const struct vn_symbol *symbol, int64_t start_ns, int64_t length_ns,
                  struct vc_candle *ret_candle);
void vc_candle_print(struct vn_text *out, const struct vn_symbol *symbol,
                     const struct vc_candle *candle); /* members without braces */
void vc_trade_print(const struct venue *v, struct vn_text *out, const struct vn_symbol *symbol,
                    const struct vn_trade *trade); /* members without braces */

/* ---- accounts ---- */

void vc_do_accounts(struct vc_call *call);
void vc_do_account(struct vc_call *call);
void vc_do_summary(struct vc_call *call);
void vc_do_permissions(struct vc_call *call);
void vc_do_portfolios(struct vc_call *call);
void vc_portfolio_of(const struct venue *v, const struct vn_account *a, char ret_uuid[VC_UUID]);

/* ---- placing ---- */

struct vc_refusal {
    const char *reason;  /* new_order_failure_reason */
    const char *preview; /* preview_failure_reason */
    const char *message;
};

extern const struct vc_refusal vc_insufficient_fund;
extern const struct vc_refusal vc_crossing_post_only;
extern const struct vc_refusal vc_no_liquidity;
extern const struct vc_refusal vc_unsupported;
extern const struct vc_refusal vc_untradable;
extern const struct vc_refusal vc_duplicate_id;

/* config.c: from JSON; false: failed with 400. */
bool vc_config_read(struct vc_call *call, const struct vn_json *node, struct vc_config *ret_config);
void vc_config_print(struct vn_text *out, const struct vc_config *config); /* {"kind":{…}} */
void vc_config_of(const struct vn_order *order, struct vc_config *ret_config);
/* Fills what the engine needs; NULL: fine. */
const struct vc_refusal *vc_config_check(struct venue *v, int64_t now_ns,
                                         const struct vc_config *config,
                                         struct vn_order_spec *spec);

void vc_do_create(struct vc_call *call);
void vc_do_preview(struct vc_call *call);
void vc_do_edit(struct vc_call *call);
void vc_do_edit_preview(struct vc_call *call);
void vc_do_cancel(struct vc_call *call);
void vc_queue_tick(struct venue *v, int64_t now_ns); /* queued cancels and edits that are due */

/* ---- orders and fills ---- */

struct vc_order *vc_order_add(struct venue *v, struct vn_account *account, struct vn_symbol *symbol,
                              enum vn_side side, const char *client_id,
                              const struct vc_config *config, int64_t now_ns);
struct vc_order *vc_order_find(struct vc_call *call, const char *uuid); /* the caller's, visible */
struct vc_order *vc_order_by_client(struct vc_state *state, const struct vn_account *account,
                                    const char *client_id);
void vc_order_touch(struct vc_state *state, struct vc_order *order); /* its state is to be told */
bool vc_is_visible(const struct venue *v, int64_t now_ns, int64_t created_ns);
amount_t vc_order_fees(const struct vc_order *order);
int64_t vc_order_fills(const struct vc_order *order);
amount_t vc_order_average(const struct vc_order *order);
void vc_order_print(const struct venue *v, struct vn_text *out, const struct vc_order *order);
void vc_do_order(struct vc_call *call);
void vc_do_batch(struct vc_call *call);
void vc_do_fills(struct vc_call *call);
/* A time filter on the true clock, untouched when it was not sent; false: failed. */
bool vc_query_time(struct vc_call *call, const char *name, int64_t *ret_ns);
/* limit: the page, between 1 and max; -1: failed. */
int64_t vc_page_limit(struct vc_call *call, int64_t otherwise, int64_t max);

/* ---- WebSocket ---- */

enum vc_channel {
    VC_CHANNEL_INVALID = 0,
    VC_HEARTBEATS,
    VC_STATUS,
    VC_TICKER,
    VC_TICKER_BATCH,
    VC_LEVEL2,
    VC_TRADES,
    VC_CANDLES,
    VC_USER,
    VC_FUTURES,
    VC_CHANNEL_COUNT
};

struct vc_conn {
    struct vn_conn base;
    bool user_endpoint;
    bool subscribed;                    /* ever, rightly */
    uint64_t sequence;                  /* of the next frame */
    int64_t active_ns;                  /* last data or accepted message */
    int64_t idle_ns;                    /* how long it may be silent */
    uint32_t symbols[VC_CHANNEL_COUNT]; /* subscribed products, a bit each */
    uint32_t all;                       /* channels subscribed without products, a bit each */
    uint32_t heartbeats;                /* how many subscriptions of it: each beats */
    uint64_t beat;
    struct vn_account *account; /* of user; NULL: none */
    struct vn_key *key;
};

int vc_ws_open(struct venue *v, int64_t now_ns, uint64_t conn, const char *target);
void vc_ws_recv(struct venue *v, int64_t now_ns, struct vn_conn *conn, uint32_t opcode,
                const void *bytes, size_t len);
void vc_ws_closed(struct venue *v, struct vn_conn *conn);
void vc_ws_tick(struct venue *v, int64_t now_ns);
void vc_ws_key_changed(struct venue *v, int64_t now_ns, struct vn_key *key);
/* A frame of these events (a JSON array) with the next number. symbol: for faults, may be NULL. */
void vc_send(struct venue *v, int64_t now_ns, struct vc_conn *conn, enum vc_channel channel,
             const char *symbol, const struct vn_text *events);
void vc_ws_error(struct venue *v, int64_t now_ns, struct vc_conn *conn, const char *message);
bool vc_listens(const struct vn_conn *conn, enum vc_channel channel,
                const struct vn_symbol *symbol); /* symbol NULL: channels without products */
const char *vc_channel_word(enum vc_channel channel);

/* channels.c */
void vc_channel_open(struct venue *v, int64_t now_ns, struct vc_conn *conn, enum vc_channel channel,
                     uint32_t symbols); /* the snapshot */
void vc_channels_tick(struct venue *v, int64_t now_ns);
void vc_on_level(struct venue *v, struct vn_symbol *symbol, int side, int64_t price);
void vc_on_done(struct venue *v, struct vn_symbol *symbol, int64_t now_ns);

/* user.c */
void vc_user_snapshot(struct venue *v, int64_t now_ns, struct vc_conn *conn);
void vc_user_pending(struct venue *v, int64_t now_ns, struct vc_order *order);
void vc_user_flush(struct venue *v, int64_t now_ns); /* tells what is dirty */

/* ---- faults of its own ---- */

enum vc_fault {
    VC_FAULT_MODE = 0, /* at once */
    VC_FAULT_NOW,
    VC_FAULT_DROP_FRAME = VC_FAULT_NOW,
    VC_FAULT_DUPLICATE_FRAME,
    VC_FAULT_REORDER_FRAME,
    VC_FAULT_CUT_FRAME,
    VC_FAULT_UNKNOWN_CHANNEL,
    VC_FAULT_LATE_USER,
    VC_FAULT_QUEUE_CANCEL,
    VC_FAULT_QUEUE_EDIT,
    VC_FAULT_SKIP_OPEN,
    VC_FAULT_ASYNC_FAILED,
    VC_FAULT_COUNT
};

extern const char *const vc_fault_words[];
extern const char *const vc_fault_members[];
int vc_fault_act(struct venue *v, int64_t now_ns, int word, const struct vn_fault *fault,
                 const struct vn_json *command);
/* The fault that applies, or NULL; counts it. */
const struct vn_fault *vc_fault(struct venue *v, enum vc_fault word, const char *symbol);

#endif
