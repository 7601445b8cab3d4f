#include "makers.h"

#include <stdlib.h>
#include <string.h>

/* Prices move in units of the grid: a grid unit is about 10^-5 of the price and a multiple of the tick. */
struct market {
    int64_t fair;   /* price */
    int64_t anchor; /* what the walk returns to */
    int64_t unit;
    int64_t lot; /* a usual quantity, a multiple of the step */
};

struct vn_makers {
    struct vn_random random;
    struct vn_account *quoter;
    struct vn_account *taker;
    struct market markets[VN_SYMBOLS];
};

static int64_t round_down(int64_t value, int64_t step)
{
    return step == 0 ? value : value - value % step;
}

static void market_init(struct market *m, const struct vn_symbol *symbol)
{
    const struct vn_rules *r = &symbol->rules;
    m->anchor = symbol->open_price;
    m->fair = symbol->open_price;
    m->unit = round_down(symbol->open_price / 50000, r->tick);
    m->unit = m->unit == 0 ? r->tick : m->unit;
    /* about a thousand of the quote's smallest useful orders */
    amount_t notional = r->min_notional * 1000;
    int down = VN_AMOUNT_PLACES - symbol->price_places - symbol->qty_places;
    m->lot = round_down((int64_t)(notional / vn_pow10(down) / symbol->open_price), r->step);
    m->lot = m->lot < 10 * r->step ? 10 * r->step : m->lot;
}

/* The house is rich, and becomes rich again when it has lost. */
static void provide(struct venue *v, struct vn_account *a)
{
    amount_t plenty = vn_amount_of(1000000000, 0);
    for (int i = 0; i < v->engine.asset_count; i++) {
        if (a->balances[i].free < plenty / 2) {
            vn_account_move(&v->engine, a, &v->engine.assets[i], plenty);
        }
        a->touched = 0;
    }
}

static void place(struct venue *v, int64_t now_ns, struct vn_account *a, struct vn_symbol *symbol,
                  enum vn_side side, enum vn_tif tif, int64_t price, int64_t qty)
{
    struct vn_order *order = NULL;
    struct vn_order_spec spec = {.account = a,
                                 .symbol = symbol,
                                 .side = side,
                                 .type = tif == VN_GTC ? VN_LIMIT_MAKER : VN_LIMIT,
                                 .tif = tif,
                                 .stp = VN_STP_EXPIRE_TAKER,
                                 .price = price,
                                 .qty = qty};
    if (price > 0 && qty > 0) {
        vn_place(&v->engine, now_ns, &spec, &order);
    }
}

static int64_t some_qty(struct vn_makers *m, const struct market *market,
                        const struct vn_symbol *symbol)
{
    int64_t percent = 40 + (int64_t)vn_random_below(&m->random, 160);
    return round_down(market->lot / 100 * percent, symbol->rules.step);
}

/* Price of the n-th rung, on the tick. */
static int64_t rung(const struct market *market, const struct vn_symbol *symbol, enum vn_side side,
                    int n)
{
    int64_t away = market->unit * (n + 1);
    int64_t price = side == VN_BUY ? market->fair - away : market->fair + away;
    return round_down(price, symbol->rules.tick);
}

static bool is_near(const struct market *market, const struct vn_order *order)
{
    int64_t away =
        order->side == VN_BUY ? market->fair - order->price : order->price - market->fair;
    return away >= market->unit / 2 && away <= market->unit * (VN_MAKER_LEVELS + 5);
}

/* Takes away what stands wrong. */
static void tidy(struct venue *v, int64_t now_ns, struct vn_symbol *symbol,
                 const struct market *market)
{
    struct vn_holding *holding = vn_holding_get(v->makers->quoter, symbol);
    struct vn_order *order = holding->open;
    while (order != NULL) {
        struct vn_order *next = order->open_next;
        if (!is_near(market, order)) {
            vn_cancel(&v->engine, now_ns, order, NULL);
        }
        order = next;
    }
}

/* The oldest order of a full side gives way. */
static void make_room(struct venue *v, int64_t now_ns, struct vn_symbol *symbol, int side)
{
    struct vn_order *oldest = NULL;
    int count = 0;
    for (struct vn_order *o = vn_holding_get(v->makers->quoter, symbol)->open; o != NULL;
         o = o->open_next) {
        if ((int)o->side == side) {
            oldest = oldest == NULL ? o : oldest;
            count++;
        }
    }
    if (count >= VN_MAKER_LEVELS) {
        vn_cancel(&v->engine, now_ns, oldest, NULL);
    }
}

static void quote(struct venue *v, int64_t now_ns, struct vn_symbol *symbol,
                  const struct market *market, int rungs)
{
    struct vn_makers *m = v->makers;
    for (int i = 0; i < rungs; i++) {
        for (int side = VN_BUY; side <= VN_SELL; side++) {
            int n =
                rungs == VN_MAKER_LEVELS ? i : (int)vn_random_below(&m->random, VN_MAKER_LEVELS);
            int64_t price = rung(market, symbol, (enum vn_side)side, n);
            if (vn_book_qty(symbol, side, price) == 0) {
                make_room(v, now_ns, symbol, side);
                place(v, now_ns, m->quoter, symbol, (enum vn_side)side, VN_GTC, price,
                      some_qty(m, market, symbol));
            }
        }
    }
}

/* A marketable order now and then, small enough to leave a book behind. */
static void take(struct venue *v, int64_t now_ns, struct vn_symbol *symbol,
                 const struct market *market)
{
    struct vn_makers *m = v->makers;
    enum vn_side side = vn_random_below(&m->random, 2) == 0 ? VN_BUY : VN_SELL;
    int64_t best = vn_book_best(symbol, side == VN_BUY ? VN_SELL : VN_BUY);
    int64_t reach = market->unit * 3;
    int64_t price = side == VN_BUY ? market->fair + reach : market->fair - reach;
    price = round_down(price, symbol->rules.tick);
    if (best != 0) {
        place(v, now_ns, m->taker, symbol, side, VN_IOC, price, some_qty(m, market, symbol));
    }
}

static void wander(struct vn_makers *m, struct market *market)
{
    int64_t step = (int64_t)vn_random_below(&m->random, 3) - 1;
    int64_t home = (market->anchor - market->fair) / 400;
    int64_t fair = market->fair + step * market->unit / 2 + home;
    market->fair = fair > market->unit * (VN_MAKER_LEVELS + 2) ? fair : market->fair;
}

static void symbol_tick(struct venue *v, int64_t now_ns, struct vn_symbol *symbol)
{
    struct vn_makers *m = v->makers;
    struct market *market = &m->markets[symbol->index];
    if (symbol->status != VN_TRADING) {
        return;
    }
    wander(m, market);
    tidy(v, now_ns, symbol, market);
    quote(v, now_ns, symbol, market, 3);
    if (vn_random_below(&m->random, 5) == 0) {
        take(v, now_ns, symbol, market);
    }
}

static struct vn_account *house(struct venue *v, const char *name)
{
    struct vn_account *a = vn_account_new(&v->engine, name);
    a->house = true;
    a->maker_rate = 0;
    a->taker_rate = 0;
    provide(v, a);
    return a;
}

void vn_makers_new(struct venue *v, int64_t now_ns)
{
    struct vn_makers *m = vn_alloc(sizeof(*m));
    v->makers = m;
    m->random.state = v->config.seed ^ 0x6d616b657273ULL;
    m->quoter = house(v, "house-maker");
    m->taker = house(v, "house-taker");
    for (int i = 0; i < v->engine.symbol_count; i++) {
        struct vn_symbol *symbol = &v->engine.symbols[i];
        market_init(&m->markets[i], symbol);
        quote(v, now_ns, symbol, &m->markets[i], VN_MAKER_LEVELS);
        take(v, now_ns, symbol, &m->markets[i]); /* so that a last price exists */
        take(v, now_ns, symbol, &m->markets[i]);
    }
}

void vn_makers_tick(struct venue *v, int64_t now_ns)
{
    if (v->makers == NULL) {
        return;
    }
    provide(v, v->makers->quoter);
    provide(v, v->makers->taker);
    for (int i = 0; i < v->engine.symbol_count; i++) {
        symbol_tick(v, now_ns, &v->engine.symbols[i]);
    }
}

void vn_makers_free(struct venue *v)
{
    free(v->makers);
    v->makers = NULL;
}
