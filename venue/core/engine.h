/* The matching engine: symbols, accounts, orders, fills. Knows no wire format and no dialect.
 *
 *     vn_place ──► checks balance, post-only, duplicate id ──► locks funds ──► matches by price, then time ──► rests
 *                                                                   │
 *                     struct vn_listener  ◄── reports in the order in which they happened
 *
 * Invariants, each tested:
 *   - per asset: sum of all free + locked + collected fees == sum of all deposits;
 *   - an order's filled + prevented + open quantity == its quantity; a terminal order locks nothing;
 *   - the book is never crossed after a call has returned;
 *   - at one price the older order trades first.
 *
 * Orders of ordinary accounts and their fills are kept for ever; those of house accounts (the makers) are freed when
 * they end, so that a venue may run for days.
 *
 * Owner: struct venue. Thread: the caller's.
 */
#ifndef SOFIA_VENUE_CORE_ENGINE_H
#define SOFIA_VENUE_CORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "amount.h"
#include "random.h"
#include "table.h"

#define VN_CLIENT_ID 132
#define VN_NAME 64
#define VN_ASSETS 32
#define VN_SYMBOLS 32
#define VN_TRADES_KEPT 4096u /* public trades per symbol */

enum vn_side { VN_BUY = 1, VN_SELL = 2 };

enum vn_type {
    VN_TYPE_INVALID = 0,
    VN_LIMIT,
    VN_LIMIT_MAKER,
    VN_MARKET,
    VN_STOP_LOSS,
    VN_STOP_LOSS_LIMIT,
    VN_TAKE_PROFIT,
    VN_TAKE_PROFIT_LIMIT,
    VN_TYPE_COUNT
};

enum vn_tif { VN_TIF_INVALID = 0, VN_GTC, VN_IOC, VN_FOK, VN_TIF_COUNT };

enum vn_state {
    VN_STATE_INVALID = 0,
    VN_NEW,
    VN_PARTIAL,
    VN_FILLED,
    VN_CANCELED,
    VN_EXPIRED,
    VN_EXPIRED_IN_MATCH,
    VN_STATE_COUNT
};

enum vn_stp {
    VN_STP_INVALID = 0,
    VN_STP_NONE,
    VN_STP_EXPIRE_TAKER,
    VN_STP_EXPIRE_MAKER,
    VN_STP_EXPIRE_BOTH,
    VN_STP_DECREMENT,
    VN_STP_TRANSFER,
    VN_STP_COUNT
};

enum vn_status {
    VN_STATUS_INVALID = 0,
    VN_TRADING,
    VN_HALT,
    VN_BREAK,
    VN_CANCEL_ONLY,
    VN_END_OF_DAY,
    VN_LIMIT_ONLY, /* no market orders */
    VN_POST_ONLY,  /* nothing that could take */
    VN_STATUS_COUNT
};

/* Why an order expired. */
enum vn_expiry {
    VN_EXPIRY_NONE = 0,
    VN_EXPIRY_IOC,
    VN_EXPIRY_FOK,
    VN_EXPIRY_LIQUIDITY,
    VN_EXPIRY_STP,
    VN_EXPIRY_TIME
};

/* Outcome of vn_place, vn_cancel, vn_amend, vn_replace. */
enum vn_result {
    VN_OK = 0,
    VN_CLOSED = -1,      /* the symbol does not take orders */
    VN_FUNDS = -2,       /* free balance too small */
    VN_WOULD_MATCH = -3, /* post-only and marketable */
    VN_DUPLICATE = -4,   /* that client id is open */
    VN_WOULD_TRIGGER = -5,
    VN_NO_LIQUIDITY = -6, /* a quote quantity that buys less than one step */
    VN_UNKNOWN = -7,      /* no such open order */
    VN_RESTRICTED = -8,   /* the condition of a cancel is not met */
    VN_BAD_AMEND = -9
};

struct vn_asset {
    char name[VN_NAME];
    int index;
    int places;         /* what is booked in it is a multiple of 10^-places */
    amount_t deposited; /* deposits - withdrawals over all accounts */
    amount_t fees;      /* collected */
};

/* The instrument rules; 0 switches a rule off. Prices and quantities at the symbol's places, multipliers at 10^-8. */
struct vn_rules {
    int64_t min_price;
    int64_t max_price;
    int64_t tick;
    int64_t min_qty;
    int64_t max_qty;
    int64_t step;
    int64_t market_min_qty;
    int64_t market_max_qty;
    int64_t market_step;
    amount_t min_notional;
    amount_t max_notional;
    bool min_to_market;
    bool max_to_market;
    bool old_min_notional; /* listed as MIN_NOTIONAL instead of NOTIONAL */
    bool percent_by_side;
    int64_t bid_up;
    int64_t bid_down;
    int64_t ask_up;
    int64_t ask_down;
    int average_minutes;
    int max_orders;
    int max_stop_orders;
    int max_amends;
    amount_t max_position;
};

struct vn_level {
    int64_t price;
    int64_t qty;
    struct vn_order *head;
    struct vn_order *tail;
    struct vn_level *next_free;
};

/* Levels sorted so that the best is the last: bids ascending, asks descending. */
struct vn_book_side {
    struct vn_level **levels;
    size_t count;
    size_t cap;
    int side;
};

struct vn_trade {
    uint64_t id;
    uint64_t aggregate_id;
    int64_t price;
    int64_t qty;
    amount_t quote;
    int64_t time_ns;
    bool buyer_is_maker;
};

/* Sums over ten seconds, so that an average over minutes needs no walk over trades. */
struct vn_bucket {
    int64_t index; /* time / 10 s */
    amount_t quote;
    amount_t qty; /* at the symbol's places */
};

#define VN_BUCKETS 64

struct vn_symbol {
    char name[VN_NAME];
    int index;
    struct vn_asset *base;
    struct vn_asset *quote;
    int price_places;
    int qty_places;
    enum vn_status status;
    struct vn_rules rules;
    enum vn_stp default_stp;
    uint32_t allowed_stp; /* bit 1 << mode */
    struct vn_book_side bids;
    struct vn_book_side asks;
    uint64_t update_id;
    uint64_t next_trade_id;
    uint64_t next_aggregate_id;
    int64_t last_price;      /* 0: never traded */
    int64_t open_price;      /* start price, for the makers */
    struct vn_trade *trades; /* ring of VN_TRADES_KEPT */
    uint64_t trade_count;    /* ever */
    struct vn_order *stops;
    struct vn_bucket buckets[VN_BUCKETS];
    int64_t first_price; /* since the venue started */
    int64_t high_price;
    int64_t low_price;
    amount_t base_volume;
    amount_t quote_volume;
};

struct vn_balance {
    amount_t free;
    amount_t locked;
    amount_t deposited; /* initial and later deposits - withdrawals */
};

struct vn_fill {
    uint64_t trade_id;
    struct vn_order *order;
    int64_t price;
    int64_t qty;
    amount_t quote;
    amount_t fee;
    struct vn_asset *fee_asset;
    int64_t time_ns;
    bool maker;
    struct vn_fill *next_of_order;
};

/* What one account has in one symbol. */
struct vn_holding {
    struct vn_order **orders; /* by id, ascending */
    size_t order_count;
    size_t order_cap;
    struct vn_fill **fills; /* by trade id, ascending */
    size_t fill_count;
    size_t fill_cap;
    struct vn_order *open; /* oldest first */
    struct vn_order *open_tail;
    int open_count;
    int stop_count;
    amount_t open_buy_qty;
    struct vn_table by_client_id; /* the youngest order of that id */
};

struct vn_account {
    char name[VN_NAME];
    uint64_t uid;
    bool house; /* makers: not limited, not kept */
    bool can_trade;
    bool fee_in_bnb;
    int64_t maker_rate; /* at 10^-8 */
    int64_t taker_rate;
    int64_t bnb_rate; /* share of the fee that remains when paid in BNB, at 10^-8 */
    struct vn_balance balances[VN_ASSETS];
    uint32_t touched; /* bit per asset: changed since the last report */
    int64_t updated_ns;
    struct vn_holding *holdings[VN_SYMBOLS];
};

struct vn_order {
    uint64_t id;
    struct vn_account *account;
    struct vn_symbol *symbol;
    char client_id[VN_CLIENT_ID];   /* after a cancel: the cancel's id */
    char original_id[VN_CLIENT_ID]; /* the id it was placed with */
    enum vn_side side;
    enum vn_type type;
    enum vn_tif tif;
    enum vn_stp stp;
    enum vn_state state;
    enum vn_expiry expiry;
    int64_t price;
    int64_t stop_price;
    int64_t qty;
    int64_t filled;
    int64_t prevented;
    amount_t quote_order_qty;
    amount_t cum_quote;
    amount_t locked; /* of base when selling, of quote when buying */
    int64_t created_ns;
    int64_t updated_ns;
    int64_t working_ns;
    int64_t strategy_id;
    int64_t strategy_type;
    int64_t expire_ns; /* 0: good till canceled */
    int64_t hold_rate;
    int64_t
        maker_rate; /* of fee_in_quote: those of the moment it was placed, so that what it holds pays */
    int64_t taker_rate;
    int fee_places;
    bool fee_in_quote;
    bool working;
    bool has_strategy;
    int amends;
    int origin; /* the caller's mark: through whom it was placed */
    struct vn_order *expiring_next;
    struct vn_level *level;
    struct vn_order *level_prev;
    struct vn_order *level_next;
    struct vn_order *open_prev;
    struct vn_order *open_next;
    struct vn_order *stop_next;
    struct vn_fill *first_fill;
    struct vn_fill *last_fill;
};

enum vn_event {
    VN_EVENT_NEW = 1,
    VN_EVENT_TRADE,
    VN_EVENT_CANCELED,
    VN_EVENT_EXPIRED,
    VN_EVENT_REPLACED,
    VN_EVENT_PREVENTED
};

/* One step of an order's life. Valid during the callback. */
struct vn_report {
    enum vn_event event;
    const struct vn_order *order;
    const struct vn_fill *fill; /* TRADE */
    uint64_t execution_id;
    int64_t time_ns;
    int64_t prevented_qty; /* PREVENTED: in this match */
    uint64_t prevented_match_id;
    const struct vn_order *counter; /* PREVENTED: the other order */
};

struct vn_listener {
    void *ctx;
    void (*order)(void *ctx, const struct vn_report *report);
    void (*trade)(void *ctx, struct vn_symbol *symbol, const struct vn_trade *trade);
    void (*level)(void *ctx, struct vn_symbol *symbol, int side, int64_t price);
    void (*done)(void *ctx, struct vn_symbol *symbol, int64_t now_ns); /* end of one engine call */
};

struct vn_engine {
    struct vn_listener listener;
    struct vn_asset assets[VN_ASSETS];
    int asset_count;
    struct vn_symbol symbols[VN_SYMBOLS];
    int symbol_count;
    struct vn_account **accounts;
    size_t account_count;
    size_t account_cap;
    struct vn_table orders; /* by id; house orders only while open */
    struct vn_level *free_levels;
    uint64_t next_order_id;
    uint64_t next_execution_id;
    uint64_t next_prevented_id;
    uint64_t next_server_id;  /* client ids the venue invents */
    uint64_t taker_aggregate; /* aggregate id of the running match, 0 none */
    int64_t taker_price;
    struct vn_order *expiring;  /* those with an expire_ns */
    struct vn_order *graveyard; /* ended house orders, freed when the running call returns */
};

struct vn_order_spec {
    struct vn_account *account;
    struct vn_symbol *symbol;
    const char *client_id; /* NULL or "": the venue invents one */
    enum vn_side side;
    enum vn_type type;
    enum vn_tif tif;
    enum vn_stp stp;
    int64_t price;
    int64_t stop_price;
    int64_t qty;
    amount_t quote_order_qty;
    bool has_strategy;
    int64_t strategy_id;
    int64_t strategy_type;
    int64_t expire_ns; /* 0: never; vn_expire_due ends it */
    /* Commission as quote money beside the price, not out of what was received: a buyer holds and pays it on top. */
    bool fee_in_quote;
    int fee_places;    /* fee_in_quote: decimals of a commission */
    int64_t hold_rate; /* fee_in_quote: what a buy holds for it, at 10^-8 */
    int origin;
};

void vn_engine_init(struct vn_engine *e);
void vn_engine_release(struct vn_engine *e);

struct vn_asset *vn_asset_find(struct vn_engine *e, const char *name);
struct vn_asset *vn_asset_get(struct vn_engine *e, const char *name,
                              int places); /* made if new; NULL: full */
struct vn_symbol *vn_symbol_find(struct vn_engine *e, const char *name);
struct vn_symbol *vn_symbol_add(struct vn_engine *e, const char *name, const char *base,
                                const char *quote, int price_places, int qty_places);

struct vn_account *vn_account_new(struct vn_engine *e, const char *name);
struct vn_account *vn_account_find(struct vn_engine *e, const char *name);
/* Negative amount: withdrawal, VN_FUNDS if more than free. */
enum vn_result vn_account_move(struct vn_engine *e, struct vn_account *a, struct vn_asset *asset,
                               amount_t amount);
struct vn_holding *vn_holding_get(struct vn_account *a, const struct vn_symbol *symbol);

/* What vn_place would say. */
enum vn_result vn_place_check(const struct vn_order_spec *spec);
/* *ret_order is set only on VN_OK and is NULL for a house order that ended at once. */
enum vn_result vn_place(struct vn_engine *e, int64_t now_ns, const struct vn_order_spec *spec,
                        struct vn_order **ret_order);
/* cancel_id NULL or "": the venue invents one. */
enum vn_result vn_cancel(struct vn_engine *e, int64_t now_ns, struct vn_order *order,
                         const char *cancel_id);
enum vn_result vn_amend(struct vn_engine *e, int64_t now_ns, struct vn_order *order,
                        int64_t new_qty, const char *new_client_id);
/* Another price or another total quantity for a resting order, which may then trade. It keeps its place in the queue
 * only when nothing but the quantity went down; it keeps its ids always. */
enum vn_result vn_replace(struct vn_engine *e, int64_t now_ns, struct vn_order *order,
                          int64_t new_price, int64_t new_qty);
/* Ends the orders whose time is over. */
void vn_expire_due(struct vn_engine *e, int64_t now_ns);

struct vn_order *vn_order_find(struct vn_engine *e, const struct vn_account *a,
                               const struct vn_symbol *symbol, uint64_t id);
struct vn_order *vn_order_by_client(struct vn_account *a, const struct vn_symbol *symbol,
                                    const char *client_id);
bool vn_order_is_open(const struct vn_order *order);
bool vn_order_is_stop(const struct vn_order *order); /* of a stop type, triggered or not */
int64_t vn_order_left(const struct vn_order *order);

/* Quantity at a price; 0: no level. best: 0 if the side is empty. */
int64_t vn_book_qty(const struct vn_symbol *symbol, int side, int64_t price);
int64_t vn_book_best(const struct vn_symbol *symbol, int side);
struct vn_book_side *vn_book_of(struct vn_symbol *symbol, int side);

/* The i-th newest public trade (0 newest), NULL beyond what is kept. */
const struct vn_trade *vn_trade_back(const struct vn_symbol *symbol, uint64_t i);

/* Volume weighted average price of the last minutes, else the last price, else 0. */
int64_t vn_average_price(const struct vn_symbol *symbol, int64_t now_ns, int minutes);

#endif
