/* Sums the risk rules ask for: exposure per base and in total, P&L. All of them count working and in-doubt orders in full. */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "order_path/path.h"

#define USD_DIGITS (-8)

static struct sofia_wide times(struct sofia_wide a, struct sofia_wide b, uint32_t rounding)
{
    struct sofia_wide product;
    if (sofia_wide_is_zero(a)) {
        return sofia_wide_zero(); /* nothing is worth nothing, also without a mark */
    }
    return sofia_wide_mul(a, b, USD_DIGITS, rounding, &product) == 0 ? product
                                                                     : sofia_wide_absent();
}

static struct sofia_wide plus(struct sofia_wide a, struct sofia_wide b)
{
    struct sofia_wide sum;
    return sofia_wide_add(a, b, &sum) == 0 ? sum : sofia_wide_absent();
}

static struct sofia_wide minus(struct sofia_wide a, struct sofia_wide b)
{
    struct sofia_wide difference;
    return sofia_wide_sub(a, b, &difference) == 0 ? difference : sofia_wide_absent();
}

static struct sofia_wide size_of(struct sofia_wide a)
{
    struct sofia_wide positive;
    return sofia_wide_abs(a, &positive) == 0 ? positive : sofia_wide_absent();
}

/* ---- exposure ---- */

struct sofia_wide path_exposure_usd(const struct path *path, const char *base, uint32_t side,
                                    struct sofia_wide more)
{
    const struct ledger *ledger = &path->state->ledger;
    struct sofia_wide up = side == SOFIA_SIDE_BUY ? more : sofia_wide_zero();
    struct sofia_wide down = side == SOFIA_SIDE_SELL ? more : sofia_wide_zero();
    struct sofia_wide held = sofia_wide_zero();
    for (uint32_t i = 0; i < ledger->position_count; i++) {
        const struct position *p = &ledger->positions[i];
        if (strcmp(p->base, base) == 0) {
            held = plus(held, p->qty);
            up = plus(up, p->working_buy);
            down = plus(down, p->working_sell);
        }
    }
    struct sofia_wide high = size_of(plus(held, up));
    struct sofia_wide low = size_of(minus(held, down));
    struct sofia_wide worst = sofia_wide_cmp(high, low) > 0 ? high : low;
    if (sofia_wide_is_absent(high) || sofia_wide_is_absent(low)) {
        return sofia_wide_absent();
    }
    return times(worst, market_usd(path->market, base, clock_mono_ns(path->clock)),
                 SOFIA_ROUND_AWAY);
}

static bool seen_before(const struct ledger *ledger, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++) {
        if (strcmp(ledger->positions[i].base, ledger->positions[at].base) == 0) {
            return true;
        }
    }
    return false;
}

struct sofia_wide path_exposure_total_usd(const struct path *path, const char *base, uint32_t side,
                                          struct sofia_wide more)
{
    const struct ledger *ledger = &path->state->ledger;
    struct sofia_wide total = sofia_wide_zero();
    bool counted = base == NULL;
    for (uint32_t i = 0; i < ledger->position_count; i++) {
        const char *name = ledger->positions[i].base;
        if (seen_before(ledger, i)) {
            continue;
        }
        bool mine = base != NULL && strcmp(name, base) == 0;
        counted = counted || mine;
        total = plus(total, path_exposure_usd(path, name, side, mine ? more : sofia_wide_zero()));
    }
    if (!counted) {
        total = plus(total, path_exposure_usd(path, base, side, more));
    }
    return total;
}

/* ---- profit and loss ---- */

/* Where this position could be closed now: the bid for a long, the ask for a short. */
static struct sofia_wide exit_price(const struct path *path, const struct position *p)
{
    int64_t now = clock_mono_ns(path->clock);
    for (uint32_t i = 0; i < path->market->cap; i++) {
        const struct market_item *item = path->market->items[i];
        struct sofia_top top;
        if (item == NULL || item->account != p->account || strcmp(item->rules.base, p->base) != 0 ||
            strcmp(item->rules.quote, p->quote) != 0) {
            continue;
        }
        market_top(path->market, item, now, &top);
        if (top.valid) {
            return sofia_wide_of(sofia_wide_sign(p->qty) > 0 ? top.bid : top.ask);
        }
    }
    return sofia_wide_absent();
}

static struct sofia_wide position_pnl_usd(const struct path *path, const struct position *p)
{
    struct sofia_wide value = sofia_wide_is_zero(p->qty)
                                  ? sofia_wide_zero()
                                  : times(p->qty, exit_price(path, p), SOFIA_ROUND_FLOOR);
    struct sofia_wide pnl = minus(plus(p->realized, minus(value, p->cost)), p->fees_quote);
    if (sofia_wide_is_absent(pnl) || sofia_wide_is_zero(pnl)) {
        return pnl;
    }
    return times(pnl, market_usd(path->market, p->quote, clock_mono_ns(path->clock)),
                 SOFIA_ROUND_FLOOR);
}

struct sofia_wide path_pnl_usd(struct path *path)
{
    const struct ledger *ledger = &path->state->ledger;
    int64_t now = clock_mono_ns(path->clock);
    if (path->pnl_mono_ns == now && path->pnl_fills == path->state->fill_count) {
        return path->pnl_usd;
    }
    struct sofia_wide total = sofia_wide_zero();
    for (uint32_t i = 0; i < ledger->position_count; i++) {
        total = plus(total, position_pnl_usd(path, &ledger->positions[i]));
    }
    for (uint32_t i = 0; i < ledger->asset_count; i++) {
        const struct asset *asset = &ledger->assets[i];
        if (!sofia_wide_is_zero(asset->third_fees)) {
            total =
                minus(total, times(asset->third_fees, market_usd(path->market, asset->name, now),
                                   SOFIA_ROUND_AWAY));
        }
    }
    path->pnl_usd = total;
    path->pnl_mono_ns = now;
    path->pnl_fills = path->state->fill_count;
    return total;
}

struct sofia_wide path_day_pnl_usd(struct path *path)
{
    return minus(path_pnl_usd(path), path->state->day.pnl_usd);
}
