/* The symbol filters: what a request must satisfy before it reaches the engine. Integers only. */
#include <string.h>

#include "binance.h"

static bool fits_grid(int64_t value, int64_t min, int64_t max, int64_t step)
{
    return (min == 0 || value >= min) && (max == 0 || value <= max) &&
           (step == 0 || value % step == 0);
}

static bool is_market(const struct vn_order_spec *spec)
{
    return spec->type == VN_MARKET;
}

static const char *check_price(const struct vn_order_spec *spec)
{
    const struct vn_rules *r = &spec->symbol->rules;
    bool fine =
        (spec->price == 0 || fits_grid(spec->price, r->min_price, r->max_price, r->tick)) &&
        (spec->stop_price == 0 || fits_grid(spec->stop_price, r->min_price, r->max_price, r->tick));
    return fine ? NULL : "PRICE_FILTER";
}

static const char *check_qty(const struct vn_order_spec *spec, int64_t ref)
{
    const struct vn_rules *r = &spec->symbol->rules;
    if (spec->quote_order_qty >
        0) { /* the engine works in whole steps; only the size can be wrong */
        int down = VN_AMOUNT_PLACES - spec->symbol->price_places - spec->symbol->qty_places;
        amount_t about = ref == 0 ? 0 : spec->quote_order_qty / vn_pow10(down) / ref;
        return r->market_max_qty > 0 && about > r->market_max_qty ? "MARKET_LOT_SIZE" : NULL;
    }
    if (!fits_grid(spec->qty, r->min_qty, r->max_qty, r->step)) {
        return "LOT_SIZE";
    }
    if (is_market(spec) &&
        !fits_grid(spec->qty, r->market_min_qty, r->market_max_qty, r->market_step)) {
        return "MARKET_LOT_SIZE";
    }
    return NULL;
}

static int64_t reference(const struct vn_order_spec *spec, int64_t now_ns)
{
    const struct vn_symbol *symbol = spec->symbol;
    int64_t average = symbol->rules.average_minutes == 0
                          ? symbol->last_price
                          : vn_average_price(symbol, now_ns, symbol->rules.average_minutes);
    return average;
}

static const char *check_percent(const struct vn_order_spec *spec, int64_t ref)
{
    const struct vn_rules *r = &spec->symbol->rules;
    if (spec->price == 0 || ref == 0) {
        return NULL;
    }
    bool buy = spec->side == VN_BUY || !r->percent_by_side;
    amount_t price = (amount_t)spec->price * 100000000;
    amount_t up = (amount_t)ref * (buy ? r->bid_up : r->ask_up);
    amount_t down = (amount_t)ref * (buy ? r->bid_down : r->ask_down);
    if (price > up || price < down) {
        return r->percent_by_side ? "PERCENT_PRICE_BY_SIDE" : "PERCENT_PRICE";
    }
    return NULL;
}

static const char *check_notional(const struct vn_order_spec *spec, int64_t ref)
{
    const struct vn_symbol *symbol = spec->symbol;
    const struct vn_rules *r = &symbol->rules;
    const char *name = r->old_min_notional ? "MIN_NOTIONAL" : "NOTIONAL";
    bool market = spec->price == 0;
    bool min_applies = r->min_notional > 0 && (!market || r->min_to_market);
    bool max_applies = r->max_notional > 0 && !r->old_min_notional && (!market || r->max_to_market);
    int64_t price = market ? ref : spec->price;
    amount_t notional =
        vn_amount_product(price, symbol->price_places, spec->qty, symbol->qty_places);
    if (spec->quote_order_qty > 0) {
        notional = spec->quote_order_qty;
    } else if (market && ref == 0) {
        return min_applies || max_applies ? name
                                          : NULL; /* never traded: no price to value it with */
    }
    return (min_applies && notional < r->min_notional) ||
                   (max_applies && notional > r->max_notional)
               ? name
               : NULL;
}

static const char *check_counts(const struct vn_order_spec *spec)
{
    const struct vn_rules *r = &spec->symbol->rules;
    const struct vn_holding *holding = vn_holding_get(spec->account, spec->symbol);
    bool stop = spec->type >= VN_STOP_LOSS && spec->type <= VN_TAKE_PROFIT_LIMIT;
    if (r->max_orders > 0 && holding->open_count >= r->max_orders) {
        return "MAX_NUM_ORDERS";
    }
    if (stop && r->max_stop_orders > 0 && holding->stop_count >= r->max_stop_orders) {
        return "MAX_NUM_ALGO_ORDERS";
    }
    if (r->max_position > 0 && spec->side == VN_BUY) {
        const struct vn_balance *base = &spec->account->balances[spec->symbol->base->index];
        amount_t open =
            (holding->open_buy_qty + spec->qty) * vn_amount_of(1, spec->symbol->qty_places);
        if (base->free + base->locked + open > r->max_position) {
            return "MAX_POSITION";
        }
    }
    return NULL;
}

const char *vn_filter_check(struct venue *v, int64_t now_ns, const struct vn_order_spec *spec)
{
    (void)v;
    int64_t ref = reference(spec, now_ns);
    const char *failed = check_price(spec);
    failed = failed != NULL ? failed : check_percent(spec, ref);
    failed = failed != NULL ? failed : check_qty(spec, ref);
    failed = failed != NULL ? failed : check_notional(spec, ref);
    return failed != NULL ? failed : check_counts(spec);
}

/* ---- exchangeInfo ---- */

static void add_fixed(struct vn_text *out, const char *name, int64_t value)
{
    vn_text_addf(out, ",\"%s\":", name);
    vn_text_add_fixed(out, value, 8);
}

static void add_multiplier(struct vn_text *out, const char *name, int64_t value)
{
    vn_text_addf(out, ",\"%s\":", name);
    vn_text_add_plain(out, vn_amount_of(value, 8));
}

static void print_grid(struct vn_text *out, const char *type, const char *const names[3],
                       int64_t min, int64_t max, int64_t step)
{
    vn_text_addf(out, "{\"filterType\":\"%s\"", type);
    add_fixed(out, names[0], min);
    add_fixed(out, names[1], max);
    add_fixed(out, names[2], step);
    vn_text_add(out, "},");
}

static void print_notional(struct vn_text *out, const struct vn_rules *r)
{
    vn_text_addf(out, "{\"filterType\":\"%s\",\"minNotional\":",
                 r->old_min_notional ? "MIN_NOTIONAL" : "NOTIONAL");
    vn_text_add_amount(out, r->min_notional, 8);
    if (r->old_min_notional) {
        vn_text_addf(out, ",\"applyToMarket\":%s", r->min_to_market ? "true" : "false");
    } else {
        vn_text_addf(
            out, ",\"applyMinToMarket\":%s,\"maxNotional\":", r->min_to_market ? "true" : "false");
        vn_text_add_amount(out, r->max_notional, 8);
        vn_text_addf(out, ",\"applyMaxToMarket\":%s", r->max_to_market ? "true" : "false");
    }
    vn_text_addf(out, ",\"avgPriceMins\":%d},", r->average_minutes);
}

static void print_percent(struct vn_text *out, const struct vn_rules *r)
{
    if (r->percent_by_side) {
        vn_text_add(out, "{\"filterType\":\"PERCENT_PRICE_BY_SIDE\"");
        add_multiplier(out, "bidMultiplierUp", r->bid_up);
        add_multiplier(out, "bidMultiplierDown", r->bid_down);
        add_multiplier(out, "askMultiplierUp", r->ask_up);
        add_multiplier(out, "askMultiplierDown", r->ask_down);
    } else {
        vn_text_add(out, "{\"filterType\":\"PERCENT_PRICE\"");
        add_multiplier(out, "multiplierUp", r->bid_up);
        add_multiplier(out, "multiplierDown", r->bid_down);
    }
    vn_text_addf(out, ",\"avgPriceMins\":%d},", r->average_minutes);
}

void vn_filters_print(struct vn_text *out, const struct vn_symbol *symbol)
{
    static const char *const price_names[] = {"minPrice", "maxPrice", "tickSize"};
    static const char *const qty_names[] = {"minQty", "maxQty", "stepSize"};
    const struct vn_rules *r = &symbol->rules;
    print_grid(out, "PRICE_FILTER", price_names, r->min_price, r->max_price, r->tick);
    print_grid(out, "LOT_SIZE", qty_names, r->min_qty, r->max_qty, r->step);
    print_grid(out, "MARKET_LOT_SIZE", qty_names, r->market_min_qty, r->market_max_qty,
               r->market_step);
    print_notional(out, r);
    print_percent(out, r);
    vn_text_addf(out,
                 "{\"filterType\":\"MAX_NUM_ORDERS\",\"maxNumOrders\":%d},"
                 "{\"filterType\":\"MAX_NUM_ALGO_ORDERS\",\"maxNumAlgoOrders\":%d},"
                 "{\"filterType\":\"MAX_NUM_ORDER_AMENDS\",\"maxNumOrderAmends\":%d}",
                 r->max_orders, r->max_stop_orders, r->max_amends);
    if (r->max_position > 0) {
        vn_text_add(out, ",{\"filterType\":\"MAX_POSITION\",\"maxPosition\":");
        vn_text_add_amount(out, r->max_position, 8);
        vn_text_add_char(out, '}');
    }
}
