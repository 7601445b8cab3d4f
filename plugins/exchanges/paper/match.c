/* What the market does to orders: desk.h says when they are filled. */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "desk.h"

static struct sofia_decimal lesser(struct sofia_decimal a, struct sofia_decimal b)
{
    return sofia_decimal_cmp(a, b) <= 0 ? a : b;
}

static int is_some(struct sofia_decimal value)
{
    return sofia_decimal_sign(value) > 0;
}

static const struct desk_side *other_side(const struct desk_symbol *symbol, uint32_t side)
{
    return side == SOFIA_SIDE_BUY ? &symbol->ask : &symbol->bid;
}

/* How much better for the order's owner the first price is: above 0 for a buyer if it is lower. */
static int better(uint32_t side, struct sofia_decimal price, struct sofia_decimal than)
{
    int order = sofia_decimal_cmp(price, than);

    return side == SOFIA_SIDE_BUY ? -order : order;
}

static int rest_of(const struct desk_order *order, struct sofia_decimal *ret_rest)
{
    return sofia_decimal_sub(order->qty, order->filled, ret_rest);
}

/* ---- taking ---- */

int desk_reaches(const struct desk_symbol *symbol, const struct desk_order *order)
{
    const struct desk_side *other = other_side(symbol, order->side);

    if (!symbol->quoted || sofia_decimal_is_absent(other->price)) {
        return 0;
    }
    return order->type == SOFIA_TYPE_MARKET || better(order->side, other->price, order->price) >= 0;
}

struct sofia_decimal desk_takeable(const struct desk_symbol *symbol, const struct desk_order *order)
{
    const struct desk_side *other = other_side(symbol, order->side);
    struct sofia_decimal rest;

    if (!desk_reaches(symbol, order) || !is_some(other->left) || rest_of(order, &rest) != 0) {
        return sofia_decimal_absent();
    }
    return lesser(rest, other->left);
}

/* Where an order that rests stands: behind what is displayed at its price. */
static void queue_up(const struct desk_symbol *symbol, struct desk_order *order)
{
    const struct desk_side *own = order->side == SOFIA_SIDE_BUY ? &symbol->bid : &symbol->ask;
    int is_first =
        sofia_decimal_is_absent(own->price) || better(order->side, own->price, order->price) > 0;

    if (order->queue == DESK_QUEUE_KNOWN) {
        if (is_first) {
            order->ahead = sofia_decimal_of(0, 0); /* nobody is displayed at its price any more */
        }
        return;
    }
    if (is_first || sofia_decimal_cmp(own->price, order->price) == 0) {
        order->queue = DESK_QUEUE_KNOWN;
        order->ahead = is_first ? sofia_decimal_of(0, 0) : own->shown;
        return;
    }
    order->queue = DESK_QUEUE_UNKNOWN;
}

void desk_take(struct desk *desk, struct desk_order *order, int64_t now_ns)
{
    struct desk_symbol *symbol = &desk->symbols[order->symbol];
    struct desk_side *other = order->side == SOFIA_SIDE_BUY ? &symbol->ask : &symbol->bid;
    struct sofia_decimal qty = desk_takeable(symbol, order);
    struct sofia_decimal left;

    if (!sofia_decimal_is_absent(qty) && sofia_decimal_sub(other->left, qty, &left) == 0 &&
        desk_book(desk, order, qty, other->price, SOFIA_LIQUIDITY_TAKER, now_ns) == SOFIA_OK) {
        other->left = left;
    }
    if (order->type == SOFIA_TYPE_MARKET) {
        return;
    }
    if (desk_reaches(symbol, order)) {
        order->queue = DESK_QUEUE_TAKING;
    } else {
        order->queue = order->queue == DESK_QUEUE_TAKING ? DESK_QUEUE_UNKNOWN : order->queue;
        queue_up(symbol, order);
    }
}

/* ---- the end of a step ---- */

static void close_order(struct desk *desk, const struct desk_order *order)
{
    uint32_t row = (uint32_t)(order - desk->orders);

    for (uint32_t i = 0; i < desk->open_count; i++) {
        if (desk->open[i] == row) {
            desk->open_count--;
            memmove(&desk->open[i], &desk->open[i + 1],
                    (desk->open_count - i) * sizeof(desk->open[0]));
            return;
        }
    }
}

void desk_settle(struct desk *desk, struct desk_order *order, uint32_t ended_as, int64_t now_ns)
{
    const struct desk_symbol *symbol = &desk->symbols[order->symbol];

    order->ts_ns = now_ns;
    if (ended_as != 0) {
        order->state = ended_as;
    } else if (sofia_decimal_cmp(order->filled, order->qty) >= 0) {
        order->state = SOFIA_STATE_FILLED;
    } else if (is_some(order->filled)) {
        order->state = SOFIA_STATE_PARTIALLY_FILLED;
    }
    if (!desk_is_open(order)) {
        desk_unlock(desk, order);
        close_order(desk, order);
    }
    desk->owner.on_order(desk->owner.ctx, order);
    desk->owner.on_asset(desk->owner.ctx, desk_asset(desk, symbol->base));
    desk->owner.on_asset(desk->owner.ctx, desk_asset(desk, symbol->quote));
}

/* ---- quotes ---- */

/* The same figures again are no new liquidity. */
static void show(struct desk_side *side, struct sofia_decimal price, struct sofia_decimal qty)
{
    if (sofia_decimal_is_absent(price) || sofia_decimal_cmp(side->price, price) != 0 ||
        sofia_decimal_cmp(side->shown, qty) != 0) {
        *side = (struct desk_side){.price = price, .shown = qty, .left = qty};
    }
}

static int is_of(const struct desk *desk, const struct desk_order *order,
                 const struct desk_symbol *symbol)
{
    return &desk->symbols[order->symbol] == symbol;
}

void desk_quote(struct desk *desk, struct desk_symbol *symbol, const struct sofia_event_ticker *top,
                int64_t now_ns)
{
    uint32_t rows[DESK_ORDERS];
    uint32_t count = desk->open_count;

    show(&symbol->bid, top->bid, top->bid_qty);
    show(&symbol->ask, top->ask, top->ask_qty);
    symbol->quoted = 1;
    memcpy(rows, desk->open, count * sizeof(rows[0])); /* orders end and leave the list meanwhile */
    for (uint32_t i = 0; i < count; i++) {
        struct desk_order *order = &desk->orders[rows[i]];
        struct sofia_decimal before = order->filled;
        if (!is_of(desk, order, symbol)) {
            continue;
        }
        if (order->queue != DESK_QUEUE_TAKING) {
            queue_up(symbol, order);
            continue;
        }
        desk_take(desk, order, now_ns);
        if (sofia_decimal_cmp(before, order->filled) != 0) {
            desk_settle(desk, order, 0, now_ns);
        }
    }
}

void desk_blind(struct desk *desk)
{
    for (uint32_t i = 0; i < desk->symbol_count; i++) {
        desk->symbols[i].quoted = 0;
    }
}

/* ---- prints ---- */

/* The open order this print reaches next: best price, then oldest. NULL: no other. */
static struct desk_order *next_reached(struct desk *desk, const struct desk_symbol *symbol,
                                       const struct sofia_event_trade *print)
{
    struct desk_order *best = NULL;

    for (uint32_t i = 0; i < desk->open_count; i++) {
        struct desk_order *order = &desk->orders[desk->open[i]];
        if (order->passed || order->queue == DESK_QUEUE_TAKING || !is_of(desk, order, symbol)) {
            continue;
        }
        int beyond = better(order->side, print->price, order->price);
        if (beyond < 0 || (beyond == 0 && print->aggressor == order->side)) {
            continue;
        }
        if (best == NULL ||
            (best->side == order->side && better(order->side, best->price, order->price) > 0)) {
            best = order;
        }
    }
    return best;
}

/* How much of the print comes past what was displayed ahead of the order. */
static struct sofia_decimal past_queue(struct desk_order *order,
                                       const struct sofia_event_trade *print)
{
    struct sofia_decimal past = sofia_decimal_of(0, 0);
    struct sofia_decimal gone;

    if (better(order->side, print->price, order->price) > 0) {
        order->queue = DESK_QUEUE_KNOWN; /* traded through: nothing is left ahead */
        order->ahead = sofia_decimal_of(0, 0);
        return print->qty;
    }
    if (order->queue == DESK_QUEUE_UNKNOWN) {
        return past;
    }
    gone = lesser(print->qty, order->ahead);
    if (sofia_decimal_sub(print->qty, gone, &past) != 0 ||
        sofia_decimal_sub(order->ahead, gone, &order->ahead) != 0) {
        return sofia_decimal_of(0, 0);
    }
    return past;
}

void desk_trade(struct desk *desk, struct desk_symbol *symbol,
                const struct sofia_event_trade *print, int64_t now_ns)
{
    struct sofia_decimal used = sofia_decimal_of(0, 0);
    struct sofia_decimal rest;
    struct sofia_decimal can;
    struct desk_order *order;

    for (uint32_t i = 0; i < desk->open_count; i++) {
        desk->orders[desk->open[i]].passed = 0;
    }
    while ((order = next_reached(desk, symbol, print)) != NULL) {
        order->passed = 1;
        if (sofia_decimal_sub(past_queue(order, print), used, &can) != 0 || !is_some(can) ||
            rest_of(order, &rest) != 0) {
            continue;
        }
        can = lesser(can, rest);
        if (desk_book(desk, order, can, order->price, SOFIA_LIQUIDITY_MAKER, now_ns) == SOFIA_OK &&
            sofia_decimal_add(used, can, &used) == 0) {
            desk_settle(desk, order, 0, now_ns);
        }
    }
}
