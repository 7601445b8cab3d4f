/* What one unit of an asset is worth in USD. Pegs first, then live marks, two steps at most (BNB -> BTC -> USDT). */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "market/market.h"

#define VALUE_DIGITS (-18)
#define MAX_STEPS 3

static const struct market_peg *find_peg(const struct market *market, const char *asset)
{
    for (uint32_t i = 0; i < market->peg_count; i++) {
        if (strcmp(market->pegs[i].asset, asset) == 0) {
            return &market->pegs[i];
        }
    }
    return NULL;
}

/* |mark - 1| <= band; a peg nobody quotes stands. */
static bool peg_holds(const struct market *market, const struct market_peg *peg, int64_t mono_ns)
{
    struct sofia_wide one = sofia_wide_of(sofia_decimal_of(1, 0));
    struct sofia_wide band = sofia_wide_of(sofia_decimal_of((int64_t)peg->band_bps, -4));
    for (uint32_t i = 0; i < market->cap; i++) {
        const struct market_item *item = market->items[i];
        if (item == NULL || strcmp(item->rules.base, peg->asset) != 0 ||
            strcmp(item->rules.quote, peg->to) != 0) {
            continue;
        }
        struct sofia_decimal mark = market_mark(market, item, mono_ns);
        struct sofia_wide distance;
        if (!sofia_decimal_is_absent(mark) &&
            (sofia_wide_sub(sofia_wide_of(mark), one, &distance) != 0 ||
             sofia_wide_abs(distance, &distance) != 0 || sofia_wide_cmp(distance, band) > 0)) {
            return false;
        }
    }
    return true;
}

static struct sofia_wide value_of(const struct market *market, const char *asset, int64_t mono_ns,
                                  int steps);

static struct sofia_wide by_mark(const struct market *market, const struct market_item *item,
                                 int64_t mono_ns, int steps)
{
    struct sofia_decimal mark = market_mark(market, item, mono_ns);
    if (sofia_decimal_is_absent(mark)) {
        return sofia_wide_absent();
    }
    struct sofia_wide quote = value_of(market, item->rules.quote, mono_ns, steps - 1);
    struct sofia_wide value;
    if (sofia_wide_is_absent(quote) || sofia_wide_mul(sofia_wide_of(mark), quote, VALUE_DIGITS,
                                                      SOFIA_ROUND_HALF_EVEN, &value) != 0) {
        return sofia_wide_absent();
    }
    return value;
}

static struct sofia_wide value_of(const struct market *market, const char *asset, int64_t mono_ns,
                                  int steps)
{
    if (strcmp(asset, "USD") == 0) {
        return sofia_wide_of(sofia_decimal_of(1, 0));
    }
    if (steps == 0) {
        return sofia_wide_absent();
    }
    const struct market_peg *peg = find_peg(market, asset);
    if (peg != NULL && peg_holds(market, peg, mono_ns)) {
        return value_of(market, peg->to, mono_ns, steps - 1);
    }
    for (uint32_t i = 0; i < market->cap; i++) {
        const struct market_item *item = market->items[i];
        if (item != NULL && strcmp(item->rules.base, asset) == 0) {
            struct sofia_wide value = by_mark(market, item, mono_ns, steps);
            if (!sofia_wide_is_absent(value)) {
                return value;
            }
        }
    }
    return sofia_wide_absent();
}

struct sofia_wide market_usd(const struct market *market, const char *asset, int64_t mono_ns)
{
    return value_of(market, asset, mono_ns, MAX_STEPS);
}
