/* The Kraken Spot dialect: REST /0/public and /0/private, WebSocket v2 at /v2 (public) and /auth/v2 (private).
 *
 *     bytes ──► rest.c ──► key, signature, nonce, counters (gate.c, limits.c) ──► handler ──► engine
 *     frame ──► ws.c ──► token (token.c) ─────────────────────────────────────────┘   │
 *     reply, answer ◄────────────────────────────────────────────────────────────────┘
 *     frames ◄── feeds.c, book.c (market), user.c (executions, balances) ◄── engine reports
 *
 * REST and WebSocket share the order path (wish.c reads, place.c judges and sends, cancel.c, amend.c); only names and
 * envelopes differ. What the engine does not know of an order (its userref, its flags, why it ended) is in struct vk_note.
 *
 * Invariants: a nonce that was accepted stays the mark of its key for the life of the venue; the sequence of a private
 * subscription grows by one per frame; a book frame's checksum is that of the book the subscriber holds after it.
 *
 * Owner: struct venue. Thread: the caller's.
 */
#ifndef SOFIA_VENUE_KRAKEN_KRAKEN_H
#define SOFIA_VENUE_KRAKEN_KRAKEN_H

#include "../faults/faults.h"
#include "../inside.h"

#define VK_ERROR 160
#define VK_TXID 24 /* OABCDE-FGHIJ-KLMNOP */
#define VK_TOKEN 40
#define VK_DEPTH_MAX 1000
#define VK_TIER_MAX 4

/* ---- what every part needs ---- */

enum vk_fault {
    /* act at once */
    VK_FAULT_TIER = 0,           /* "tier": starter, intermediate, pro, none */
    VK_FAULT_SYSTEM,             /* "system": online, post_only, cancel_only, maintenance */
    VK_FAULT_MAINTENANCE_NOTICE, /* a status frame that announces it */
    VK_FAULT_TOKENS,             /* all tokens die */
    VK_FAULT_CLOSE,              /* "close": code of the close frame */
    VK_FAULT_REPLAY,             /* executions snapshots again, with old fills */
    VK_FAULT_RESTATE,            /* the engine restates the open orders of an account */
    VK_FAULT_SETTING,            /* switches: see struct vk_settings */
    VK_FAULT_AT_ONCE,
    /* on an event */
    VK_FAULT_RESULT_SHAPE = VK_FAULT_AT_ONCE, /* errors with "result":{} or null: "shape" */
    VK_FAULT_SPARSE,                          /* an executions row with the least members */
    VK_FAULT_SEQUENCE_SKIP,                   /* a number is left out */
    VK_FAULT_SEQUENCE_TWICE,                  /* a frame comes twice under one number */
    VK_FAULT_UNKNOWN_EXEC,                    /* an exec_type nobody knows */
    VK_FAULT_NO_FILLED,                       /* the filled frame never comes */
    VK_FAULT_BAD_CHECKSUM,
    VK_FAULT_CROSSED,      /* a book frame with a bid above the best ask */
    VK_FAULT_LOST_LEVEL,   /* a level is left out of a frame, the checksum knows it */
    VK_FAULT_BARE_NUMBERS, /* book numbers without trailing zeros */
    VK_FAULT_NO_HEARTBEAT,
    VK_FAULT_SILENCE,      /* nothing at all is sent on a connection */
    VK_FAULT_WS_NO_ANSWER, /* an order method is executed, the socket is dropped before the answer */
    VK_FAULT_WS_ERROR,     /* an order method answers with msg; "execute" or not */
    VK_FAULT_WORDS
};

#define VK_FAULT(i) VN_FAULT_OWN(VN_KRAKEN, i)

/* Where the real venue is unclear or changes its mind; set by the fault "kraken". */
struct vk_settings {
    char duplicate_error[VK_ERROR]; /* a second open order of that cl_ord_id */
    char unknown_error[VK_ERROR];   /* cancel, amend of what is not open */
    bool
        post_only_cancels; /* a crossing post-only order is accepted, then canceled; else refused */
    bool cancel_limited;   /* a single cancel is refused above the counter's threshold */
    bool fee_in_base;      /* what an order that says nothing pays its fee in */
    bool modern_names;     /* REST keys: BTC instead of XXBT */
    bool no_status;        /* AssetPairs rows without a status */
    int history_cost;
    int lockout_after; /* failures in a row */
    int lockout_seconds;
    int64_t order_lag_ns; /* REST does not see younger orders */
    int64_t fill_lag_ns;  /* REST does not see younger fills */
    int64_t event_lag_ns; /* executions come so much later than they happened */
    int flood;            /* messages a second on one connection */
};

struct vk_tier {
    const char *name;
    int64_t rest_max;   /* in millionths */
    int64_t rest_decay; /* in millionths a second */
    int64_t engine_max;
    int64_t engine_decay;
    int open_orders; /* per pair */
};

/* A counter that drains. */
struct vk_counter {
    int64_t used; /* in millionths */
    int64_t at_ns;
};

/* Of one account. */
struct vk_desk {
    struct vn_account *account;
    struct vk_counter engine[VN_SYMBOLS];
    int64_t switch_ns; /* the dead man's switch fires then; 0: off */
    uint64_t ledger;   /* rows of its ledger so far */
};

/* Of one key: vn_key.own. */
struct vk_mark {
    uint64_t nonce; /* the highest accepted */
    uint64_t recent[64];
    size_t recent_count;
    int failures;
    int64_t locked_until_ns;
    struct vk_counter rest;
};

struct vk_token {
    char text[VK_TOKEN];
    struct vn_key *key;
    int64_t made_ns;
    int users; /* connections with a private subscription made with it */
    bool dead;
    struct vk_token *next;
};

enum vk_end {
    VK_END_NONE = 0,
    VK_END_USER,
    VK_END_SWITCH,
    VK_END_POST_ONLY,
    VK_END_IOC,
    VK_END_FOK,
    VK_END_LIQUIDITY,
    VK_END_STP,
    VK_END_EXPIRED,
    VK_END_AMENDED
};

/* What Kraken knows of an order beside the engine. */
struct vk_note {
    bool has_client_id;
    bool has_userref;
    bool fee_base;
    bool fee_said; /* the order chose */
    bool post;
    bool quote_volume; /* viqc */
    bool known;        /* placed through this dialect */
    int64_t userref;
    int64_t touched_ns; /* created or last amended: the age that cancels are charged by */
    int64_t display;
    enum vk_end end;
    int amends;
};

struct vk_conn;

/* What the instrument channel said of a pair. */
struct vk_shown {
    enum vn_status status;
    int64_t tick;
    int64_t step;
    int64_t min_qty;
};

struct vk_state {
    struct vk_settings settings;
    const struct vk_tier *tier;
    const char *system;    /* status of the whole */
    int64_t notice_ns;     /* an announced maintenance, 0 none */
    struct vn_table desks; /* account uid -> struct vk_desk */
    struct vn_table notes; /* order id -> struct vk_note */
    struct vk_token *tokens;
    uint64_t next_token;
    uint64_t next_amend;
    int64_t stranger_locked_ns; /* callers with an unknown key */
    int stranger_failures;
    const struct vk_wish *placing; /* the order the engine is being told of */
    enum vk_end ending;            /* why the running cancel is made */
    uint32_t touched;              /* symbols whose book changed in the running engine call */
    int64_t connects_ns[150];      /* rolling: the last 150 attempts */
    size_t connect_count;
    struct vk_shown shown[VN_SYMBOLS];
    int64_t refuse_until_ns;
};

struct vk_state *vk_of(const struct venue *v);
struct vk_desk *vk_desk_of(struct venue *v, struct vn_account *a);
struct vk_note *vk_note_of(struct venue *v, const struct vn_order *order);

/* ---- names.c ---- */

struct vk_asset_name {
    const char *engine;
    const char *id;  /* XXBT */
    const char *alt; /* XBT */
};

#define VK_PAIR (2 * VN_NAME + 4)

const char *vk_asset_id(const struct venue *v,
                        const struct vn_asset *asset); /* as REST spells it */
const char *vk_asset_alt(const struct vn_asset *asset);
struct vn_asset *vk_asset_read(struct venue *v, const char *name);
bool vk_is_ascii(const char *name);
bool vk_offers(const struct vn_symbol *symbol);                       /* its names are ASCII */
void vk_pair_v2(const struct vn_symbol *symbol, char *ret_name);      /* BTC/USD */
void vk_pair_alt(const struct vn_symbol *symbol, char *ret_name);     /* XBTUSD */
void vk_pair_ws1(const struct vn_symbol *symbol, char *ret_name);     /* XBT/USD */
void vk_pair_id(const struct vn_symbol *symbol, char *ret_name);      /* XXBTZUSD */
struct vn_symbol *vk_pair_read(struct venue *v, const char *name);    /* any of the four */
struct vn_symbol *vk_pair_read_v2(struct venue *v, const char *name); /* BTC/USD only */

/* Ids of orders (O), trades (T), amends (T), ledger rows (L): a number and its text. */
void vk_id_print(char letter, uint64_t number, char *ret_text);
bool vk_id_read(char letter, const char *text, uint64_t *ret_number);
uint64_t vk_fill_number(const struct vn_fill *fill);

const char *vk_type_word(enum vn_type type); /* limit, stop-loss-limit */
const char *vk_status_word(const struct vn_symbol *symbol);
const char *vk_end_word(enum vk_end end);

/* ---- print.c ---- */

int vk_price_places(const struct vn_symbol *symbol);
int vk_qty_places(const struct vn_symbol *symbol);
void vk_add_number(struct vn_text *out, int64_t value, int places); /* of 10^-8, without quotes */
void vk_add_quoted(struct vn_text *out, int64_t value, int places);
void vk_add_amount(struct vn_text *out, amount_t value, int places);         /* without quotes */
void vk_add_time(struct vn_text *out, const struct venue *v, int64_t ns);    /* RFC 3339, µs */
void vk_add_seconds(struct vn_text *out, const struct venue *v, int64_t ns); /* 1790359700.1234 */
int64_t vk_time_read(const char *text); /* RFC 3339 to ns; -1: none */

/* ---- calls ---- */

/* Arguments of a call: a form body, a JSON body, or the params of a frame. */
struct vk_args {
    struct vn_params form;
    struct vn_json *root;       /* owned, REST with a JSON body */
    const struct vn_json *json; /* NULL: form */
};

struct vk_call {
    struct venue *v;
    int64_t now_ns;
    struct vk_conn *ws; /* NULL: REST */
    bool held;          /* a fault held the request back: it was younger when it came */
    struct vk_args args;
    struct vn_key *key;     /* private calls */
    struct vn_symbol *pair; /* a row of a batch: the pair that stands beside it */
    char error[VK_ERROR];   /* "": none */
    struct vn_text out;     /* the result, JSON */
};

void vk_fail(struct vk_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *vk_arg(const struct vk_call *call, const char *name); /* scalar; NULL: not sent */
int64_t vk_arg_int(const struct vk_call *call, const char *name, int64_t otherwise);
bool vk_arg_bool(const struct vk_call *call, const char *name, bool otherwise);
struct vn_symbol *vk_arg_pair(struct vk_call *call); /* NULL: failed */

struct vk_route {
    const char *path;
    bool secret; /* /0/private */
    uint32_t permission;
    int cost; /* of the REST counter; -1: history */
    void (*handler)(struct vk_call *call);
};

const struct vk_route *vk_route_find(const char *path);
void vk_http(struct venue *v, int64_t now_ns, const struct venue_request *request, bool deferred);

/* ---- gate.c, limits.c, token.c ---- */

/* Key, signature, nonce, permission, lockout: call->key is set, or the call has failed. */
void vk_gate(struct vk_call *call, const struct venue_request *request, const char *path,
             uint32_t permission);
bool vk_signature_fits(const struct vn_key *key, const char *path, const char *nonce,
                       const char *body, size_t body_len, const char *signature);

const struct vk_tier *vk_tier_find(const char *name);
bool vk_rest_charge(struct vk_call *call, int cost); /* false: failed */
int64_t vk_counter_now(struct vk_counter *c, int64_t decay, int64_t now_ns);

enum vk_action { VK_ADD, VK_AMEND, VK_EDIT, VK_CANCEL };
/* Charged on receipt. False: failed with EOrder:Rate limit exceeded. age_ns: of the order, < 0: none. */
bool vk_engine_charge(struct vk_call *call, struct vn_symbol *symbol, enum vk_action action,
                      int64_t age_ns);
void vk_engine_add(struct venue *v, int64_t now_ns, struct vn_account *a,
                   const struct vn_symbol *symbol, int64_t whole);

void vk_do_token(struct vk_call *call);
struct vk_token *vk_token_find(struct venue *v, int64_t now_ns, const char *text); /* NULL: stale */

/* ---- market.c, account.c, orders.c ---- */

void vk_do_time(struct vk_call *call);
void vk_do_system(struct vk_call *call);
void vk_do_assets(struct vk_call *call);
void vk_do_pairs(struct vk_call *call);
void vk_do_ticker(struct vk_call *call);
void vk_do_depth(struct vk_call *call);
void vk_do_ohlc(struct vk_call *call);
void vk_do_trades(struct vk_call *call);
void vk_do_balance(struct vk_call *call);
void vk_do_balance_ex(struct vk_call *call);
void vk_do_trade_balance(struct vk_call *call);
void vk_do_key_info(struct vk_call *call);
void vk_do_open_orders(struct vk_call *call);
void vk_do_closed_orders(struct vk_call *call);
void vk_do_query_orders(struct vk_call *call);
void vk_do_trades_history(struct vk_call *call);
void vk_do_query_trades(struct vk_call *call);

/* Candles of the last minutes from the kept trades, oldest first. */
struct vk_candle {
    int64_t start_ns;
    int64_t open;
    int64_t high;
    int64_t low;
    int64_t close;
    int64_t qty;
    amount_t quote;
    int trades;
};
size_t vk_candles(const struct vn_symbol *symbol, int64_t interval_ns, struct vk_candle *ret_list,
                  size_t cap);
void vk_snapshot(struct venue *v, struct vn_symbol *symbol, struct vn_text *out);

/* ---- wish.c, place.c ---- */

/* An order as it is asked for, whoever asks. */
struct vk_wish {
    struct vn_symbol *symbol;
    enum vn_side side;
    enum vn_type type;
    enum vn_tif tif;
    enum vn_stp stp;
    int64_t price; /* limit */
    int64_t trigger;
    int64_t qty;
    amount_t quote_qty;
    int64_t expire_ns;
    int64_t deadline_ns; /* true clock, 0 none */
    int64_t userref;
    const char *client_id; /* NULL: none */
    bool has_userref;
    bool has_close;
    bool post;
    bool fee_base;
    bool fee_quote;
    bool validate;
};

bool vk_wish_read_rest(struct vk_call *call, struct vk_wish *ret_wish);
bool vk_wish_read_ws(struct vk_call *call, struct vk_wish *ret_wish);
bool vk_client_id_is_legal(const char *id);
bool vk_deadline_read(struct vk_call *call, const char *text, int64_t *ret_deadline_ns);
bool vk_decimal_read(struct vk_call *call, const char *text, int places, const char *name,
                     int64_t *ret_value);

/* Judges and sends. NULL: failed, or only validated. */
struct vn_order *vk_place(struct vk_call *call, const struct vk_wish *wish);
bool vk_judge_price(struct vk_call *call, const struct vn_symbol *symbol, int64_t price,
                    const char *name);
bool vk_judge_qty(struct vk_call *call, const struct vn_symbol *symbol, int64_t qty, int64_t price);
bool vk_system_takes(struct vk_call *call, bool post); /* false: failed */
bool vk_system_cancels(struct vk_call *call);
void vk_describe(struct vn_text *out, const struct vn_symbol *symbol, const struct vk_wish *wish);
void vk_do_add(struct vk_call *call);
void vk_do_add_batch(struct vk_call *call);

/* ---- cancel.c, amend.c ---- */

struct vn_order *vk_order_find(struct venue *v, const struct vn_account *a, const char *txid);
struct vn_order *vk_order_by_client(const struct venue *v, const struct vn_account *a,
                                    const char *client_id, bool open);
bool vk_cancel(struct vk_call *call, struct vn_order *order);
int vk_cancel_everything(struct venue *v, int64_t now_ns, struct vn_account *a, enum vk_end why);
void vk_do_cancel(struct vk_call *call);
void vk_do_cancel_batch(struct vk_call *call);
void vk_do_cancel_all(struct vk_call *call);
void vk_do_cancel_after(struct vk_call *call);
void vk_do_amend(struct vk_call *call);
void vk_do_edit(struct vk_call *call);
void vk_switch_tick(struct venue *v, int64_t now_ns);

/* ---- WebSocket ---- */

enum vk_channel {
    VK_INSTRUMENT = 1,
    VK_TICKER,
    VK_TRADE,
    VK_BOOK,
    VK_OHLC,
    VK_EXECUTIONS,
    VK_BALANCES
};

struct vk_level {
    int64_t price;
    int64_t qty;
};

struct vk_sub {
    enum vk_channel channel;
    struct vn_symbol *symbol; /* NULL: private channels and instrument */
    int depth;                /* of book; minutes of ohlc */
    bool bbo;                 /* ticker at every best price */
    bool order_status;        /* executions: all of them, else opening and ending only */
    struct vn_account *account;
    struct vk_token *token;
    uint64_t sequence;
    struct vk_level *sent[2]; /* bids, asks: what the subscriber holds */
    int sent_count[2];
    int64_t best[4]; /* ticker: price and quantity of bid and ask */
    struct vk_sub *next;
};

struct vk_conn {
    struct vn_conn base;
    bool secret; /* ws-auth */
    bool mute;
    struct vk_sub *subs;
    int64_t last_sent_ns;
    int64_t last_heard_ns;
    int64_t flood_second;
    int flood;
};

struct vk_conn *vk_first(const struct venue *v);
struct vk_conn *vk_next(const struct vk_conn *conn);
void vk_send(struct venue *v, struct vk_conn *conn, int64_t due_ns, uint64_t seq,
             struct vn_text *text); /* clears the text */
int vk_ws_open(struct venue *v, int64_t now_ns, uint64_t conn, const char *target);
void vk_ws_recv(struct venue *v, int64_t now_ns, struct vn_conn *conn, uint32_t opcode,
                const void *bytes, size_t len);
void vk_ws_closed(struct venue *v, struct vn_conn *conn);
void vk_conns_tick(struct venue *v, int64_t now_ns);
void vk_status_send(struct venue *v, int64_t now_ns, struct vk_conn *conn);
void vk_status_all(struct venue *v, int64_t now_ns);

/* subscribe.c */
void vk_subscription(struct vk_call *call, const char *method, const char *req_id,
                     size_t req_id_len, const char *time_in);
void vk_sub_free(struct vk_conn *conn, struct vk_sub *sub);
void vk_add_times(struct vk_call *call, struct vn_text *out, const char *time_in);

/* feeds.c, book.c */
void vk_feed_snapshot(struct venue *v, int64_t now_ns, struct vk_conn *conn, struct vk_sub *sub);
void vk_on_trade(struct venue *v, struct vn_symbol *symbol, const struct vn_trade *trade);
void vk_on_level(struct venue *v, struct vn_symbol *symbol, int side, int64_t price);
void vk_on_done(struct venue *v, struct vn_symbol *symbol, int64_t now_ns);
void vk_instrument_tick(struct venue *v, int64_t now_ns);
void vk_book_snapshot(struct venue *v, int64_t now_ns, struct vk_conn *conn, struct vk_sub *sub);
void vk_book_update(struct venue *v, int64_t now_ns, struct vk_conn *conn, struct vk_sub *sub);
uint32_t vk_checksum(const struct vk_level *asks, int ask_count, const struct vk_level *bids,
                     int bid_count, int price_places, int qty_places);

/* user.c */
void vk_user_report(struct venue *v, const struct vn_report *report);
void vk_user_moved(struct venue *v, int64_t now_ns, struct vn_account *a,
                   const struct vn_asset *asset, amount_t delta);
void vk_executions_snapshot(struct venue *v, int64_t now_ns, struct vk_conn *conn,
                            struct vk_sub *sub, bool orders, bool trades);
void vk_balances_snapshot(struct venue *v, int64_t now_ns, struct vk_conn *conn,
                          struct vk_sub *sub);
void vk_restate(struct venue *v, int64_t now_ns, const struct vn_account *a);

/* faults.c */
extern const char *const vk_fault_words[];
extern const char *const vk_fault_members[];
int vk_fault_act(struct venue *v, int64_t now_ns, int word, const struct vn_fault *fault,
                 const struct vn_json *command);
void vk_settings_init(struct vk_settings *s);

#endif
