/* The quoter: rests buy orders below and sell orders above the middle of the book, lowers both when
 * it holds much and raises both when it holds little.
 *
 *     book --mid--> center = mid * (1 - inventory * skew)
 *                     |
 *        ask 1 -------+ center * (1 + spread/2 + step)      one order per side and level;
 *        ask 0 -------+ center * (1 + spread/2)             an order is moved by cancelling it and,
 *        bid 0 -------+ center * (1 - spread/2)             when it is gone, sending another
 *        bid 1 -------+ center * (1 - spread/2 - step)
 *
 *     events --plugin.c--> own orders (orders.c) --turn.c: compare with prices (price.c)--> posts
 *
 * Invariants: at most `levels` quotes live on a side, those in doubt and being cancelled included;
 * a quote never reaches the other side of the book; inventory plus everything that could still fill
 * stays between min_inventory and max_inventory; nothing is submitted before READY, while the book
 * is not valid, or while backing off.
 *
 * Owner: the instance. Thread: [trade].
 */
#ifndef QUOTER_H
#define QUOTER_H

#include <sofia/kit/backoff.h>
#include <sofia/strategy.h>

#define QUOTER_LEVELS 3u
#define QUOTER_ORDERS 64u

/* Levels of orders that are no quotes. */
#define QUOTER_TAKER 90u
#define QUOTER_SURPLUS 91u /* found after a restart and in nobody's place: to be cancelled */

/* Products are kept to this digit until they meet the tick. */
#define QUOTER_EXPONENT (-18)

struct quoter_settings {
    char instrument[SOFIA_NAME_SIZE];
    struct sofia_decimal spread_bps;
    struct sofia_decimal level_step_bps;
    struct sofia_decimal skew_bps;
    struct sofia_decimal reprice_bps;
    struct sofia_decimal order_qty;
    struct sofia_decimal max_inventory;
    struct sofia_decimal min_inventory;
    uint32_t levels;
    uint32_t post_only;
    uint32_t take_every;
    int64_t refresh_ns;
    int64_t backoff_ns;
    int64_t backoff_max_ns;
};

int settings_read(const struct sofia_host *host, struct quoter_settings *ret_settings);

/* ---- prices ---- */

struct quoter_prices {
    struct sofia_wide mid;
    struct sofia_decimal bids[QUOTER_LEVELS]; /* absent: no quote there */
    struct sofia_decimal asks[QUOTER_LEVELS];
};

/* A negative status when they cannot be computed: no mid, or a skew beyond all prices. */
int prices_compute(const struct quoter_settings *settings, const struct sofia_instrument *rules,
                   const struct sofia_top *top, struct sofia_wide inventory,
                   struct quoter_prices *ret_prices);

/* Limit of an order that takes: the other side's price, and the spread beyond it. */
int prices_taker(const struct quoter_settings *settings, const struct sofia_instrument *rules,
                 const struct sofia_top *top, uint32_t side, struct sofia_decimal *ret_price);

/* More than reprice_bps of mid apart? */
int prices_moved(const struct quoter_settings *settings, struct sofia_wide mid,
                 struct sofia_decimal price, struct sofia_decimal wanted);

/* ---- own orders ---- */

struct own_order {
    uint64_t id;
    uint32_t side;
    uint32_t level;
    uint32_t state;
    uint32_t doubt;
    uint32_t cancel_sent;
    uint32_t reserved;
    struct sofia_decimal price;
    struct sofia_decimal qty;
    struct sofia_decimal filled;
};

struct own_orders {
    uint32_t count;
    struct own_order list[QUOTER_ORDERS];
};

struct own_order *orders_find(struct own_orders *orders, uint64_t id);
struct own_order *orders_at(struct own_orders *orders, uint32_t side, uint32_t level);
struct own_order *orders_add(struct own_orders *orders, uint64_t id); /* NULL: full */
void orders_remove(struct own_orders *orders, struct own_order *order);
uint32_t orders_count(const struct own_orders *orders, uint32_t side);

/* Its last request is not finished, or its outcome not known: hands off. */
int order_is_busy(const struct own_order *order);
struct sofia_wide order_remaining(const struct own_order *order);

/* ---- the instance ---- */

struct quoter {
    const struct sofia_host *host;
    struct quoter_settings settings;
    struct own_orders orders;
    struct sofia_backoff backoff;
    int64_t pause_until_mono_ns;
    uint32_t instrument; /* 0: no venue has declared it yet */
    uint32_t ready;
    uint32_t has_no_room; /* a post was answered with EAGAIN; until WRITABLE */
    uint32_t turns;       /* refreshes since start */
    uint32_t take_side;   /* side that is to take as soon as the other side's quotes are gone; 0 */
    uint32_t take_next;
};

extern const struct sofia_strategy quoter_strategy; /* the callbacks, for module.c */

/* Compares what is live with what should be, and posts the difference. */
void quoter_turn(struct quoter *quoter);

/* Cancels every quote that can be cancelled. */
void quoter_pull(struct quoter *quoter);

/* After a refusal: no new orders for a while, longer each time. */
void quoter_back_off(struct quoter *quoter, const char *code, const char *reason);

#endif
