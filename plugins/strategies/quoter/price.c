/* Where the quotes should be. Exact decimals; each rounding moves a quote away from the middle. */
#include <sofia/kit/decimal.h>

#include "quoter.h"

/* The price step of an instrument that has none. */
#define FINEST_EXPONENT (-8)

static struct sofia_wide number(int64_t mantissa, int exponent)
{
    return sofia_wide_of(sofia_decimal_of(mantissa, exponent));
}

/* value * (10000 + bps) / 10000 */
static int scale_bps(struct sofia_wide value, struct sofia_wide bps, struct sofia_wide *ret_value)
{
    struct sofia_wide factor = {0};
    int status = sofia_wide_add(number(10000, 0), bps, &factor);

    if (status == 0) {
        status =
            sofia_wide_mul(factor, number(1, -4), QUOTER_EXPONENT, SOFIA_ROUND_HALF_EVEN, &factor);
    }
    if (status == 0) {
        status = sofia_wide_mul(value, factor, QUOTER_EXPONENT, SOFIA_ROUND_HALF_EVEN, ret_value);
    }
    return status;
}

static struct sofia_decimal tick_of(const struct sofia_instrument *rules)
{
    return sofia_decimal_sign(rules->tick) > 0 ? rules->tick : sofia_decimal_of(1, FINEST_EXPONENT);
}

static int to_tick(struct sofia_wide value, struct sofia_decimal tick, uint32_t rounding,
                   struct sofia_decimal *ret_price)
{
    struct sofia_wide rounded = {0};
    struct sofia_decimal narrow = {0};
    int status = sofia_wide_quantize(value, tick.exponent, rounding, &rounded);

    if (status == 0) {
        status = sofia_wide_narrow(rounded, &narrow);
    }
    if (status == 0) {
        status = sofia_decimal_to_step(narrow, tick, rounding, ret_price);
    }
    return status;
}

static int is_in_bounds(const struct sofia_instrument *rules, struct sofia_decimal price)
{
    return sofia_decimal_sign(price) > 0 &&
           (sofia_decimal_is_absent(rules->min_price) ||
            sofia_decimal_cmp(price, rules->min_price) >= 0) &&
           (sofia_decimal_is_absent(rules->max_price) ||
            sofia_decimal_cmp(price, rules->max_price) <= 0);
}

/* One quote, `offset_bps` away from the center, never at or beyond the other side of the book. */
static struct sofia_decimal quote(const struct sofia_instrument *rules, const struct sofia_top *top,
                                  uint32_t side, struct sofia_wide center,
                                  struct sofia_wide offset_bps)
{
    int is_buy = side == SOFIA_SIDE_BUY;
    struct sofia_decimal tick = tick_of(rules);
    struct sofia_decimal price = sofia_decimal_absent();
    struct sofia_decimal bound = sofia_decimal_absent();
    struct sofia_wide raw = {0};

    if (is_buy && sofia_wide_neg(offset_bps, &offset_bps) != 0) {
        return sofia_decimal_absent();
    }
    if (scale_bps(center, offset_bps, &raw) != 0 ||
        to_tick(raw, tick, is_buy ? SOFIA_ROUND_FLOOR : SOFIA_ROUND_CEILING, &price) != 0 ||
        (is_buy ? sofia_decimal_sub(top->ask, tick, &bound)
                : sofia_decimal_add(top->bid, tick, &bound)) != 0) {
        return sofia_decimal_absent();
    }
    if (is_buy ? sofia_decimal_cmp(price, bound) > 0 : sofia_decimal_cmp(price, bound) < 0) {
        price = bound;
    }
    return is_in_bounds(rules, price) ? price : sofia_decimal_absent();
}

static int find_mid(const struct sofia_top *top, struct sofia_wide *ret_mid)
{
    struct sofia_wide sum = {0};
    int status = sofia_wide_add(sofia_wide_of(top->bid), sofia_wide_of(top->ask), &sum);

    if (status == 0) {
        status =
            sofia_wide_mul(sum, number(5, -1), QUOTER_EXPONENT, SOFIA_ROUND_HALF_EVEN, ret_mid);
    }
    return status;
}

/* Offset of a level from the center: half the spread, and `level` steps. */
static int find_offset(const struct quoter_settings *settings, uint32_t level,
                       struct sofia_wide *ret_bps)
{
    struct sofia_wide half = {0};
    struct sofia_wide steps = {0};
    int status = sofia_wide_mul(sofia_wide_of(settings->spread_bps), number(5, -1), QUOTER_EXPONENT,
                                SOFIA_ROUND_HALF_EVEN, &half);

    if (status == 0) {
        status = sofia_wide_mul(sofia_wide_of(settings->level_step_bps), number((int64_t)level, 0),
                                QUOTER_EXPONENT, SOFIA_ROUND_HALF_EVEN, &steps);
    }
    if (status == 0) {
        status = sofia_wide_add(half, steps, ret_bps);
    }
    return status;
}

int prices_compute(const struct quoter_settings *settings, const struct sofia_instrument *rules,
                   const struct sofia_top *top, struct sofia_wide inventory,
                   struct quoter_prices *ret_prices)
{
    struct quoter_prices prices = {0};
    struct sofia_wide skew = {0};
    struct sofia_wide center = {0};

    if (find_mid(top, &prices.mid) != 0 ||
        sofia_wide_mul(inventory, sofia_wide_of(settings->skew_bps), QUOTER_EXPONENT,
                       SOFIA_ROUND_HALF_EVEN, &skew) != 0 ||
        sofia_wide_neg(skew, &skew) != 0 || scale_bps(prices.mid, skew, &center) != 0 ||
        sofia_wide_sign(center) <= 0) {
        return SOFIA_EFAIL;
    }
    for (uint32_t level = 0; level < QUOTER_LEVELS; level++) {
        struct sofia_wide offset = {0};

        prices.bids[level] = sofia_decimal_absent();
        prices.asks[level] = sofia_decimal_absent();
        if (level < settings->levels && find_offset(settings, level, &offset) == 0) {
            prices.bids[level] = quote(rules, top, SOFIA_SIDE_BUY, center, offset);
            prices.asks[level] = quote(rules, top, SOFIA_SIDE_SELL, center, offset);
        }
    }
    *ret_prices = prices;
    return SOFIA_OK;
}

int prices_taker(const struct quoter_settings *settings, const struct sofia_instrument *rules,
                 const struct sofia_top *top, uint32_t side, struct sofia_decimal *ret_price)
{
    int is_buy = side == SOFIA_SIDE_BUY;
    struct sofia_wide slack = sofia_wide_of(settings->spread_bps);
    struct sofia_wide raw = {0};

    if ((!is_buy && sofia_wide_neg(slack, &slack) != 0) ||
        scale_bps(sofia_wide_of(is_buy ? top->ask : top->bid), slack, &raw) != 0) {
        return SOFIA_EFAIL;
    }
    return to_tick(raw, tick_of(rules), is_buy ? SOFIA_ROUND_CEILING : SOFIA_ROUND_FLOOR,
                   ret_price);
}

int prices_moved(const struct quoter_settings *settings, struct sofia_wide mid,
                 struct sofia_decimal price, struct sofia_decimal wanted)
{
    struct sofia_wide distance = {0};
    struct sofia_wide tolerance = {0};

    if (sofia_wide_sub(sofia_wide_of(price), sofia_wide_of(wanted), &distance) != 0 ||
        sofia_wide_abs(distance, &distance) != 0 ||
        sofia_wide_mul(mid, sofia_wide_of(settings->reprice_bps), QUOTER_EXPONENT,
                       SOFIA_ROUND_HALF_EVEN, &tolerance) != 0 ||
        sofia_wide_mul(tolerance, number(1, -4), QUOTER_EXPONENT, SOFIA_ROUND_HALF_EVEN,
                       &tolerance) != 0) {
        return 1;
    }
    return sofia_wide_cmp(distance, tolerance) > 0;
}
