/* What orders do to balances: locking, releasing, booking. Every sum is made first and kept only if all of them fit. */
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "desk.h"

#define FEE_DIGITS (-18)

static struct desk_asset *base_of(struct desk *desk, const struct desk_order *order)
{
    return desk_asset(desk, desk->symbols[order->symbol].base);
}

static struct desk_asset *quote_of(struct desk *desk, const struct desk_order *order)
{
    return desk_asset(desk, desk->symbols[order->symbol].quote);
}

/* What the order gives away. */
static struct desk_asset *given_of(struct desk *desk, const struct desk_order *order)
{
    return order->side == SOFIA_SIDE_BUY ? quote_of(desk, order) : base_of(desk, order);
}

/* What so much of it costs in that asset. */
static int cost_of(const struct desk_order *order, struct sofia_decimal qty,
                   struct sofia_decimal price, struct sofia_wide *ret_cost)
{
    if (order->side == SOFIA_SIDE_BUY) {
        return sofia_decimal_mul(qty, price, ret_cost);
    }
    *ret_cost = sofia_wide_of(qty);
    return 0;
}

int desk_afford(struct desk *desk, const struct desk_order *order, struct sofia_decimal qty,
                struct sofia_decimal price)
{
    const struct desk_asset *given = given_of(desk, order);
    struct sofia_wide cost;

    return cost_of(order, qty, price, &cost) == 0 && sofia_wide_cmp(given->free, cost) >= 0
               ? SOFIA_OK
               : SOFIA_EINVAL;
}

int desk_lock(struct desk *desk, const struct desk_order *order)
{
    struct desk_asset *given = given_of(desk, order);
    struct sofia_wide cost;
    struct sofia_wide free_qty;
    struct sofia_wide locked;

    if (desk_afford(desk, order, order->qty, order->price) != SOFIA_OK ||
        cost_of(order, order->qty, order->price, &cost) != 0 ||
        sofia_wide_sub(given->free, cost, &free_qty) != 0 ||
        sofia_wide_add(given->locked, cost, &locked) != 0) {
        return SOFIA_EINVAL;
    }
    given->free = free_qty;
    given->locked = locked;
    return SOFIA_OK;
}

void desk_unlock(struct desk *desk, const struct desk_order *order)
{
    struct desk_asset *given = given_of(desk, order);
    struct sofia_decimal rest;
    struct sofia_wide cost;
    struct sofia_wide free_qty;
    struct sofia_wide locked;

    if (order->type == SOFIA_TYPE_MARKET) {
        return; /* it never locked anything */
    }
    if (sofia_decimal_sub(order->qty, order->filled, &rest) == 0 &&
        cost_of(order, rest, order->price, &cost) == 0 &&
        sofia_wide_add(given->free, cost, &free_qty) == 0 &&
        sofia_wide_sub(given->locked, cost, &locked) == 0) {
        given->free = free_qty;
        given->locked = locked;
    }
}

/* ---- one fill ---- */

struct booking {
    struct sofia_wide quote;  /* price * quantity */
    struct sofia_wide fee;    /* of what is received */
    struct sofia_wide free;   /* new figures of what is given ... */
    struct sofia_wide locked; /* ... */
    struct sofia_wide received;
    struct sofia_decimal filled;
    struct sofia_wide filled_quote;
};

/* A limit gives back what it had locked for this quantity and pays what it costs. */
static int pay(const struct desk_order *order, const struct desk_asset *given,
               struct sofia_decimal qty, struct sofia_decimal price, struct booking *ret)
{
    struct sofia_wide cost;
    struct sofia_wide was_locked;
    int rc = cost_of(order, qty, price, &cost);

    ret->free = given->free;
    ret->locked = given->locked;
    if (rc == 0 && order->type == SOFIA_TYPE_LIMIT) {
        rc = cost_of(order, qty, order->price, &was_locked);
        rc = rc != 0 ? rc : sofia_wide_sub(ret->locked, was_locked, &ret->locked);
        rc = rc != 0 ? rc : sofia_wide_add(ret->free, was_locked, &ret->free);
    }
    return rc != 0 ? rc : sofia_wide_sub(ret->free, cost, &ret->free);
}

static int fee_of(struct sofia_wide amount, struct sofia_decimal bps, struct sofia_wide *ret_fee)
{
    struct sofia_decimal rate = sofia_decimal_of(bps.mantissa, bps.exponent - 4);

    return sofia_wide_mul(amount, sofia_wide_of(rate), FEE_DIGITS, SOFIA_ROUND_CEILING, ret_fee);
}

static int receive(const struct desk_order *order, const struct desk_asset *taken,
                   struct sofia_decimal qty, struct sofia_decimal bps, struct booking *ret)
{
    struct sofia_wide amount = order->side == SOFIA_SIDE_BUY ? sofia_wide_of(qty) : ret->quote;
    int rc = fee_of(amount, bps, &ret->fee);

    rc = rc != 0 ? rc : sofia_wide_sub(amount, ret->fee, &amount);
    return rc != 0 ? rc : sofia_wide_add(taken->free, amount, &ret->received);
}

static struct desk_fill *keep(struct desk *desk, const struct desk_order *order,
                              struct sofia_decimal qty, struct sofia_decimal price,
                              const struct booking *booking)
{
    uint64_t number = ++desk->next_fill;
    struct desk_fill *fill = &desk->fills[number % DESK_FILLS];

    memset(fill, 0, sizeof(*fill));
    fill->order = order->number;
    fill->qty = qty;
    fill->price = price;
    fill->fee = booking->fee;
    snprintf(fill->fill_id, sizeof(fill->fill_id), "%s-%llu", desk->session,
             (unsigned long long)number);
    return fill;
}

int desk_book(struct desk *desk, struct desk_order *order, struct sofia_decimal qty,
              struct sofia_decimal price, uint32_t liquidity, int64_t now_ns)
{
    struct desk_asset *given = given_of(desk, order);
    struct desk_asset *taken =
        order->side == SOFIA_SIDE_BUY ? base_of(desk, order) : quote_of(desk, order);
    struct sofia_decimal bps =
        liquidity == SOFIA_LIQUIDITY_MAKER ? desk->maker_bps : desk->taker_bps;
    struct booking booking;
    int rc = sofia_decimal_mul(qty, price, &booking.quote);

    rc = rc != 0 ? rc : pay(order, given, qty, price, &booking);
    rc = rc != 0 ? rc : receive(order, taken, qty, bps, &booking);
    rc = rc != 0 ? rc : sofia_decimal_add(order->filled, qty, &booking.filled);
    rc = rc != 0 ? rc : sofia_wide_add(order->filled_quote, booking.quote, &booking.filled_quote);
    if (rc != 0) {
        return SOFIA_EFAIL;
    }
    given->free = booking.free;
    given->locked = booking.locked;
    taken->free = booking.received;
    order->filled = booking.filled;
    order->filled_quote = booking.filled_quote;
    struct desk_fill *fill = keep(desk, order, qty, price, &booking);
    fill->liquidity = liquidity;
    fill->ts_ns = now_ns;
    snprintf(fill->fee_asset, sizeof(fill->fee_asset), "%s", taken->name);
    desk->owner.on_fill(desk->owner.ctx, order, fill);
    return SOFIA_OK;
}
