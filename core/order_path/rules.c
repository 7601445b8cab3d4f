/* Station 2, rules: would the venue take it? Every filter of the instrument, before any venue sees the order. */
#include <sofia/kit/decimal.h>

#include "order_path/path.h"

static bool is_set(struct sofia_decimal rule)
{
    return !sofia_decimal_is_absent(rule) && !sofia_decimal_is_zero(rule);
}

static bool refuse(struct passage *passage, const char *code, struct sofia_decimal value,
                   struct sofia_decimal limit, const char *what)
{
    char v[SOFIA_DECIMAL_TEXT] = "?";
    char l[SOFIA_DECIMAL_TEXT] = "?";
    (void)sofia_decimal_print(value, v, sizeof(v));
    (void)sofia_decimal_print(limit, l, sizeof(l));
    return passage_refuse_value(passage, STATION_RULES, code, value, limit, "%s: %s against %s",
                                what, v, l);
}

static bool check_range(struct passage *passage, struct sofia_decimal value,
                        struct sofia_decimal min, struct sofia_decimal max, const char *code,
                        const char *what)
{
    if (is_set(min) && sofia_decimal_cmp(value, min) < 0) {
        return refuse(passage, code, value, min, what);
    }
    if (is_set(max) && sofia_decimal_cmp(value, max) > 0) {
        return refuse(passage, code, value, max, what);
    }
    return true;
}

static bool check_step(struct passage *passage, struct sofia_decimal value,
                       struct sofia_decimal step, const char *code, const char *what)
{
    if (is_set(step) && sofia_decimal_is_multiple(value, step) != 1) {
        return refuse(passage, code, value, step, what);
    }
    return true;
}

static bool check_status(struct passage *passage, const struct sofia_instrument *rules)
{
    uint32_t need = passage->asked.type == SOFIA_TYPE_MARKET ? SOFIA_CAN_MARKET : SOFIA_CAN_LIMIT;
    need |= (passage->asked.flags & SOFIA_ORDER_POST_ONLY) != 0 ? SOFIA_CAN_POST_ONLY : 0u;
    need |= passage->asked.tif == SOFIA_TIF_IOC ? SOFIA_CAN_IOC : 0u;
    need |= passage->asked.tif == SOFIA_TIF_FOK ? SOFIA_CAN_FOK : 0u;
    if (rules->status != SOFIA_STATUS_TRADING) {
        return passage_refuse(passage, STATION_RULES, "NOT_TRADING", "%s is not trading now",
                              rules->name);
    }
    if ((rules->features & need) != need) {
        return passage_refuse(passage, STATION_RULES, "NOT_OFFERED",
                              "%s does not take this kind of order", rules->name);
    }
    return true;
}

static bool check_price(struct passage *passage, const struct sofia_instrument *rules)
{
    struct sofia_decimal price = passage->asked.price;
    return passage->asked.type == SOFIA_TYPE_MARKET ||
           (check_range(passage, price, rules->min_price, rules->max_price, "PRICE_RANGE",
                        "price outside the venue's range") &&
            check_step(passage, price, rules->tick, "PRICE_TICK", "price not on the tick"));
}

static bool check_qty(struct passage *passage, const struct sofia_instrument *rules)
{
    struct sofia_decimal qty = passage->asked.qty;
    if (!check_range(passage, qty, rules->min_qty, rules->max_qty, "QTY_RANGE",
                     "quantity outside the venue's range") ||
        !check_step(passage, qty, rules->lot, "QTY_LOT", "quantity not on the lot")) {
        return false;
    }
    return passage->asked.type != SOFIA_TYPE_MARKET ||
           (check_range(passage, qty, rules->market_min_qty, rules->market_max_qty,
                        "MARKET_QTY_RANGE", "market quantity outside the venue's range") &&
            check_step(passage, qty, rules->market_lot, "MARKET_QTY_LOT",
                       "market quantity not on the lot"));
}

/* A market order has no price: the venue uses an average we do not have, the mark is the estimate and the venue's answer the
 * judge. Without a mark the bound is left to the venue; the risk chain refuses unvalued orders anyway. */
static bool check_notional(struct path *path, struct passage *passage,
                           const struct sofia_instrument *rules)
{
    bool market = passage->asked.type == SOFIA_TYPE_MARKET;
    struct sofia_decimal price =
        market ? market_mark(path->market, passage->item, clock_mono_ns(path->clock))
               : passage->asked.price;
    struct sofia_wide notional;
    if (sofia_decimal_is_absent(price) ||
        sofia_decimal_mul(price, passage->asked.qty, &notional) != 0) {
        return true;
    }
    bool use_min = !market || (rules->notional_flags & SOFIA_NOTIONAL_MIN_ON_MARKET) != 0;
    bool use_max = !market || (rules->notional_flags & SOFIA_NOTIONAL_MAX_ON_MARKET) != 0;
    struct sofia_decimal shown = sofia_decimal_absent();
    (void)sofia_wide_narrow(notional, &shown);
    if (use_min && is_set(rules->min_notional) &&
        sofia_wide_cmp(notional, sofia_wide_of(rules->min_notional)) < 0) {
        return refuse(passage, "NOTIONAL", shown, rules->min_notional,
                      "value below the venue's minimum");
    }
    if (use_max && is_set(rules->max_notional) &&
        sofia_wide_cmp(notional, sofia_wide_of(rules->max_notional)) > 0) {
        return refuse(passage, "NOTIONAL", shown, rules->max_notional,
                      "value above the venue's maximum");
    }
    return true;
}

/* price against mark * multiplier; the venue's reference may differ a little, its answer is final. */
static bool check_band(struct path *path, struct passage *passage,
                       const struct sofia_instrument *rules)
{
    bool buy = passage->asked.side == SOFIA_SIDE_BUY;
    struct sofia_decimal up = buy ? rules->bid_mult_up : rules->ask_mult_up;
    struct sofia_decimal down = buy ? rules->bid_mult_down : rules->ask_mult_down;
    struct sofia_decimal mark =
        market_mark(path->market, passage->item, clock_mono_ns(path->clock));
    struct sofia_wide price = sofia_wide_of(passage->asked.price);
    struct sofia_wide bound;
    if (passage->asked.type == SOFIA_TYPE_MARKET || sofia_decimal_is_absent(mark)) {
        return true;
    }
    if (is_set(up) && sofia_decimal_mul(mark, up, &bound) == 0 &&
        sofia_wide_cmp(price, bound) > 0) {
        return refuse(passage, "PRICE_BAND", passage->asked.price, up, "price above mark times");
    }
    if (is_set(down) && sofia_decimal_mul(mark, down, &bound) == 0 &&
        sofia_wide_cmp(price, bound) < 0) {
        return refuse(passage, "PRICE_BAND", passage->asked.price, down, "price below mark times");
    }
    return true;
}

/* Base already ours: what the venue told last or what our fills say, whichever is more; one of them may be a moment behind. */
static struct sofia_wide held(const struct path *path, const struct passage *passage)
{
    const struct asset *asset =
        ledger_asset_find(&path->state->ledger, passage->intent.account, passage->item->rules.base);
    struct sofia_wide told = sofia_wide_zero();
    struct sofia_wide expected = sofia_wide_zero();
    if (asset != NULL) {
        (void)sofia_wide_add(asset->free, asset->locked, &told);
        (void)asset_expected(asset, &expected);
    }
    return sofia_wide_cmp(told, expected) > 0 ? told : expected;
}

/* Base held, free or locked, and all open buys of this instrument, this one included. */
static bool check_position(struct path *path, struct passage *passage,
                           const struct sofia_instrument *rules)
{
    struct sofia_wide after = held(path, passage);
    int rc = sofia_wide_add(after, sofia_wide_of(passage->asked.qty), &after);
    if (passage->asked.side != SOFIA_SIDE_BUY || !is_set(rules->max_position)) {
        return true;
    }
    for (const struct order *o = path->state->live.head; o != NULL; o = o->next) {
        if (o->account != passage->intent.account || o->pub.side != SOFIA_SIDE_BUY ||
            o->pub.instrument != passage->intent.instrument) {
            continue;
        }
        if (o == passage->original) { /* the new quantity has its fills in it, which are held */
            rc = rc != 0 ? rc : sofia_wide_sub(after, sofia_wide_of(o->pub.filled_qty), &after);
        } else {
            rc = rc != 0 ? rc : sofia_wide_add(after, sofia_wide_of(order_open_qty(o)), &after);
        }
    }
    if (rc == 0 && sofia_wide_cmp(after, sofia_wide_of(rules->max_position)) <= 0) {
        return true;
    }
    struct sofia_decimal shown = sofia_decimal_absent();
    (void)sofia_wide_narrow(after, &shown);
    return refuse(passage, "MAX_POSITION", shown, rules->max_position,
                  "more of the base asset than the venue lets an account hold");
}

static bool check_count(struct path *path, struct passage *passage,
                        const struct sofia_instrument *rules)
{
    uint32_t open = 0;
    for (const struct order *o = path->state->live.head; o != NULL; o = o->next) {
        open += o != passage->original && o->account == passage->intent.account &&
                        o->pub.instrument == passage->intent.instrument &&
                        o->pub.branch == SOFIA_BRANCH_LIVE
                    ? 1u
                    : 0u;
    }
    if (rules->max_open_orders != 0 && open >= rules->max_open_orders) {
        return refuse(passage, "MAX_NUM_ORDERS", sofia_decimal_of((int64_t)open + 1, 0),
                      sofia_decimal_of((int64_t)rules->max_open_orders, 0),
                      "more open orders than the venue takes");
    }
    return true;
}

bool station_rules(struct path *path, struct passage *passage)
{
    const struct sofia_instrument *rules = &passage->item->rules;
    return check_status(passage, rules) && check_price(passage, rules) &&
           check_qty(passage, rules) && check_notional(path, passage, rules) &&
           check_band(path, passage, rules) && check_count(path, passage, rules) &&
           check_position(path, passage, rules);
}
