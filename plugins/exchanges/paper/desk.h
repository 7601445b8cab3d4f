/* The desk: the venue that exists only in this process. It keeps an account and its orders and decides
 * what would have been filled, from what a real market shows: best bid and offer, and prints.
 *
 *     desk_quote, desk_trade  --> [ orders, queue ahead of each ] --> on_fill, on_order, on_asset
 *     desk_submit, desk_cancel -->
 *
 * What is filled, and at which price:
 *   takes   a market order, or a limit that reaches the other side: at most what is displayed at the
 *           best price, at that price. What is left of a market order or an IOC expires. What is left
 *           of a GTC goes on taking with each new quote that it reaches, and rests when none does.
 *   rests   at its own price, in one of two ways: the market prints a price beyond it (traded through),
 *           or prints at it more than was displayed ahead of it. At most what was printed, shared by all
 *           orders here, best price first, then oldest.
 *
 * What was displayed is taken once: two orders cannot both have it before the market shows a new
 * figure. The queue ahead of an order deeper than the best price is not known until its price is the
 * best one; until then only a print beyond it fills it. Orders here never meet each other.
 *
 * Money: exact. A buy locks price * quantity, a sell its quantity; a fill releases its share. Fees are
 * taken from what is received, at 18 fractional digits, rounded up.
 *
 * Invariants: free and locked are never negative; an order's filled quantity is the sum of its fills; a
 * state that has ended stays. All memory is allocated in desk_init. Nothing here knows a host, a clock
 * or a wire.
 *
 * Owner: the adapter. Thread: [trade].
 */
#ifndef PAPER_DESK_H
#define PAPER_DESK_H

#include <stdint.h>

#include <sofia/event.h>

#define DESK_ORDERS 1024u /* open, and the youngest of those that ended */
#define DESK_FILLS 4096u  /* the youngest */
#define DESK_ASSETS 128u
#define DESK_SESSION_SIZE 20

struct desk_asset {
    char name[SOFIA_ASSET_SIZE];
    struct sofia_wide free;
    struct sofia_wide locked;
};

/* The best price of one side. Absent: that side is empty. */
struct desk_side {
    struct sofia_decimal price;
    struct sofia_decimal shown;
    struct sofia_decimal left; /* of it, not yet taken by orders of ours */
};

struct desk_symbol {
    uint32_t instrument; /* the core's number; 0: not told yet */
    uint32_t quoted;     /* 1: the sides are what the market shows now */
    struct desk_side bid;
    struct desk_side ask;
    char name[SOFIA_NAME_SIZE]; /* the venue's symbol */
    char base[SOFIA_ASSET_SIZE];
    char quote[SOFIA_ASSET_SIZE];
};

enum desk_queue {
    DESK_QUEUE_UNKNOWN = 0, /* deeper than the best price: nobody showed what is ahead */
    DESK_QUEUE_KNOWN = 1,   /* `ahead` must trade first */
    DESK_QUEUE_TAKING = 2,  /* the rest of an order that reaches the other side */
};

struct desk_order {
    uint64_t number; /* 0: a row never used; grows with each order */
    uint32_t symbol;
    uint32_t side;
    uint32_t type;
    uint32_t tif;
    uint32_t flags;
    uint32_t state; /* SOFIA_STATE_NEW, PARTIALLY_FILLED or one that has ended */
    enum desk_queue queue;
    uint32_t passed; /* dealt with by the print that is being worked on */
    struct sofia_decimal qty;
    struct sofia_decimal price; /* absent: market */
    struct sofia_decimal filled;
    struct sofia_decimal ahead;
    struct sofia_wide filled_quote;
    int64_t ts_ns;
    char client_id[SOFIA_CLIENT_ID_SIZE];
    char venue_id[SOFIA_VENUE_ID_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

struct desk_fill {
    uint64_t order; /* number; 0: a row never used */
    uint32_t liquidity;
    struct sofia_decimal qty;
    struct sofia_decimal price;
    struct sofia_wide fee;
    int64_t ts_ns;
    char fee_asset[SOFIA_ASSET_SIZE];
    char fill_id[SOFIA_FILL_ID_SIZE];
};

/* Told after the change, fills before the order they belong to. */
struct desk_owner {
    void *ctx;
    void (*on_fill)(void *ctx, const struct desk_order *order, const struct desk_fill *fill);
    void (*on_order)(void *ctx, const struct desk_order *order);
    void (*on_asset)(void *ctx, const struct desk_asset *asset);
};

struct desk {
    struct desk_owner owner;
    struct sofia_decimal maker_bps;
    struct sofia_decimal taker_bps;
    char session[DESK_SESSION_SIZE]; /* part of every id, so that no two lives share one */
    uint64_t next_order;
    uint64_t next_fill;
    struct desk_asset assets[DESK_ASSETS];
    uint32_t asset_count;
    struct desk_symbol *symbols;
    uint32_t symbol_count;
    uint32_t symbol_cap;
    struct desk_order *orders;  /* DESK_ORDERS */
    struct desk_fill *fills;    /* DESK_FILLS, a ring */
    uint32_t open[DESK_ORDERS]; /* rows of open orders, oldest first */
    uint32_t open_count;
};

struct desk_ticket {
    uint32_t side;
    uint32_t type;
    uint32_t tif;
    uint32_t flags;
    struct sofia_decimal qty;
    struct sofia_decimal price;
    const char *symbol;
    const char *client_id;
};

/* ---- desk.c ---- */
int desk_init(struct desk *desk, const struct desk_owner *owner, const char *session,
              uint32_t symbol_cap);
void desk_release(struct desk *desk);

/* The asset's line, made if it is new. NULL: the table is full. */
struct desk_asset *desk_asset(struct desk *desk, const char *name);
/* NULL: the table is full. Known by its name: the pair is set again, quotes and orders stay. */
struct desk_symbol *desk_symbol_put(struct desk *desk, const char *name, const char *base,
                                    const char *quote);
struct desk_symbol *desk_symbol_find(struct desk *desk, const char *name);
struct desk_symbol *desk_symbol_of(struct desk *desk, uint32_t instrument);

/* By the client's id or, if that is "", the desk's own. NULL: not known (any more). */
struct desk_order *desk_find(struct desk *desk, const char *client_id, const char *venue_id);
/* True if the id was given by another life of the desk. */
int desk_is_older(const struct desk *desk, const char *venue_id);
int desk_is_open(const struct desk_order *order);

/* NULL: refused, and *ret_reason says why. Otherwise the order, which may have ended already. */
struct desk_order *desk_submit(struct desk *desk, const struct desk_ticket *ticket, int64_t now_ns,
                               const char **ret_reason);
/* Of an open order. */
void desk_cancel(struct desk *desk, struct desk_order *order, int64_t now_ns, const char *reason);

/* ---- money.c ---- */
/* SOFIA_EINVAL: not enough is free. */
int desk_lock(struct desk *desk, const struct desk_order *order);
/* Gives back what the rest of an order that ends has locked. */
void desk_unlock(struct desk *desk, const struct desk_order *order);
/* SOFIA_EINVAL: not enough is free to take that much at that price without a lock. */
int desk_afford(struct desk *desk, const struct desk_order *order, struct sofia_decimal qty,
                struct sofia_decimal price);
/* Books one fill and tells of it. Negative: a number left its range, nothing was booked. */
int desk_book(struct desk *desk, struct desk_order *order, struct sofia_decimal qty,
              struct sofia_decimal price, uint32_t liquidity, int64_t now_ns);

/* ---- match.c ---- */
/* What the market shows now; absent prices: nothing on that side. */
void desk_quote(struct desk *desk, struct desk_symbol *symbol, const struct sofia_event_ticker *top,
                int64_t now_ns);
/* What is displayed is not known any more: nothing takes until the next quote. */
void desk_blind(struct desk *desk);
void desk_trade(struct desk *desk, struct desk_symbol *symbol,
                const struct sofia_event_trade *print, int64_t now_ns);
/* Does the order reach the other side's best price? */
int desk_reaches(const struct desk_symbol *symbol, const struct desk_order *order);
/* What it could take at once. Absent: nothing. */
struct sofia_decimal desk_takeable(const struct desk_symbol *symbol,
                                   const struct desk_order *order);
/* Takes what is displayed, as far as it reaches; then sets its place in the queue. */
void desk_take(struct desk *desk, struct desk_order *order, int64_t now_ns);
/* The order changed: its new state, its end, word to the owner. */
void desk_settle(struct desk *desk, struct desk_order *order, uint32_t ended_as, int64_t now_ns);

#endif
