/* The risk view: what is held, working and in doubt, what the order would do to it, and what it is worth. */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "order_path/path.h"

static struct sofia_wide sum(struct sofia_wide a, struct sofia_wide b)
{
    struct sofia_wide out;
    return sofia_wide_add(a, b, &out) == 0 ? out : sofia_wide_absent();
}

static struct sofia_wide difference(struct sofia_wide a, struct sofia_wide b)
{
    struct sofia_wide out;
    return sofia_wide_sub(a, b, &out) == 0 ? out : sofia_wide_absent();
}

bool passage_is_reduction(const struct passage *passage)
{
    const struct order *original = passage->original;
    return original != NULL && sofia_decimal_cmp(passage->asked.qty, original->pub.qty) <= 0 &&
           sofia_decimal_cmp(passage->asked.price, original->pub.price) == 0;
}

/* ---- a replacement and its original count as one order: the larger quantity, the worse price ---- */

/* What this order adds to what counts already. */
static struct sofia_wide added_qty(const struct passage *passage)
{
    const struct order *original = passage->original;
    struct sofia_wide more = sofia_wide_of(passage->asked.qty);
    if (original == NULL) {
        return more;
    }
    more = difference(more, sofia_wide_of(original->pub.qty));
    return sofia_wide_sign(more) > 0 ? more : sofia_wide_zero();
}

/* What may become position by it: all of a new order; of a replacement, what the original counts already and what it adds. */
static struct sofia_wide whole_qty(const struct passage *passage)
{
    struct sofia_wide added = added_qty(passage);
    return passage->original == NULL ? added
                                     : sum(added, sofia_wide_of(order_open_qty(passage->original)));
}

/* The original's share of what is working; it would be replaced. */
static struct sofia_wide without_original(const struct passage *passage, uint32_t side,
                                          struct sofia_wide working)
{
    const struct order *original = passage->original;
    return original == NULL || original->pub.side != side
               ? working
               : difference(working, sofia_wide_of(order_open_qty(original)));
}

static struct sofia_decimal larger(struct sofia_decimal a, struct sofia_decimal b)
{
    return sofia_decimal_cmp(a, b) > 0 ? a : b;
}

static const struct position *find_position(const struct path *path, const struct passage *passage)
{
    const struct ledger *ledger = &path->state->ledger;
    for (uint32_t i = 0; i < ledger->position_count; i++) {
        const struct position *p = &ledger->positions[i];
        if (p->account == passage->intent.account && p->strategy == passage->intent.strategy &&
            strcmp(p->base, passage->item->rules.base) == 0 &&
            strcmp(p->quote, passage->item->rules.quote) == 0) {
            return p;
        }
    }
    return NULL;
}

/* Opposite sign, and no more than is held beyond what is already leaving. What could cross zero is opening. Making an order smaller
 * reduces what may come of it, whatever its side. */
static uint32_t effect_of(const struct sofia_risk_view *view, const struct passage *passage)
{
    bool buy = passage->asked.side == SOFIA_SIDE_BUY;
    int sign = sofia_wide_sign(view->position);
    if (passage_is_reduction(passage)) {
        return SOFIA_EFFECT_REDUCE;
    }
    if (sign == 0 || (sign > 0) == buy) {
        return SOFIA_EFFECT_OPEN;
    }
    struct sofia_wide held;
    struct sofia_wide leaving = buy ? view->working_buy : view->working_sell;
    if (sofia_wide_abs(view->position, &held) != 0 ||
        sofia_wide_cmp(sum(whole_qty(passage), leaving), held) > 0) {
        return SOFIA_EFFECT_FLIP;
    }
    return SOFIA_EFFECT_REDUCE;
}

static void view_orders(const struct path *path, const struct passage *passage,
                        struct sofia_risk_view *view)
{
    for (const struct order *o = path->state->live.head; o != NULL; o = o->next) {
        if (o->pub.branch != SOFIA_BRANCH_LIVE || o == passage->original) {
            continue;
        }
        bool here = o->pub.instrument == passage->intent.instrument;
        view->open_orders_total++;
        view->open_orders_instrument += here ? 1u : 0u;
        view->in_doubt += here && o->pub.doubt != 0 ? 1u : 0u;
    }
}

static void view_position(const struct path *path, const struct passage *passage,
                          struct sofia_risk_view *view)
{
    const struct position *own = find_position(path, passage);
    const struct ledger *ledger = &path->state->ledger;
    struct sofia_wide qty = whole_qty(passage);
    view->position = own == NULL ? sofia_wide_zero() : own->qty;
    view->working_buy = own == NULL ? sofia_wide_zero()
                                    : without_original(passage, SOFIA_SIDE_BUY, own->working_buy);
    view->working_sell = own == NULL
                             ? sofia_wide_zero()
                             : without_original(passage, SOFIA_SIDE_SELL, own->working_sell);
    view->position_after = passage->asked.side == SOFIA_SIDE_BUY ? sum(view->position, qty)
                                                                 : difference(view->position, qty);
    view->reserved_exit =
        sofia_wide_sign(view->position) >= 0 ? view->working_sell : view->working_buy;
    view->account_position = sofia_wide_zero();
    for (uint32_t i = 0; i < ledger->position_count; i++) {
        const struct position *p = &ledger->positions[i];
        if (p->account == passage->intent.account &&
            strcmp(p->base, passage->item->rules.base) == 0) {
            view->account_position = sum(view->account_position, p->qty);
        }
    }
}

static void view_values(struct path *path, struct passage *passage, struct sofia_risk_view *view)
{
    const char *base = passage->item->rules.base;
    uint32_t side = passage->asked.side;
    struct sofia_wide more = added_qty(passage);
    struct sofia_decimal qty = passage->asked.qty;
    struct sofia_decimal price =
        passage->asked.type == SOFIA_TYPE_MARKET ? view->ask : passage->asked.price;
    struct sofia_wide notional;
    if (passage->original != NULL && !passage_is_reduction(passage)) {
        qty = larger(qty, passage->original->pub.qty);
        price = larger(price, passage->original->pub.price);
    }
    view->quote_usd =
        market_usd(path->market, passage->item->rules.quote, clock_mono_ns(path->clock));
    view->order_value_usd = sofia_wide_absent();
    bool priced = passage->asked.type != SOFIA_TYPE_MARKET || view->top_valid == 1;
    if (priced && sofia_decimal_mul(price, qty, &notional) == 0) {
        (void)sofia_wide_mul(notional, view->quote_usd, -8, SOFIA_ROUND_AWAY,
                             &view->order_value_usd);
    }
    view->exposure_base_usd = path_exposure_usd(path, base, side, sofia_wide_zero());
    view->exposure_base_after_usd = path_exposure_usd(path, base, side, more);
    view->exposure_total_usd = path_exposure_total_usd(path, NULL, side, sofia_wide_zero());
    view->exposure_total_after_usd = path_exposure_total_usd(path, base, side, more);
    view->day_pnl_usd = path_day_pnl_usd(path);
}

static struct sofia_wide free_of(const struct path *path, uint32_t account, const char *name)
{
    const struct asset *asset = ledger_asset_find(&path->state->ledger, account, name);
    return asset == NULL ? sofia_wide_absent() : asset->free;
}

void passage_view(struct path *path, struct passage *passage)
{
    struct sofia_risk_view *view = &passage->view;
    struct sofia_top top;
    int64_t now = clock_mono_ns(path->clock);
    memset(view, 0, sizeof(*view));
    view->size = sizeof(*view);
    view->branch = passage->intent.branch;
    view->origin = passage->intent.origin;
    view->now_ns = clock_now_ns(path->clock);
    view->instrument = passage->item->rules;
    market_top(path->market, passage->item, now, &top);
    view->top_valid = top.valid;
    view->top_age_ns = top.age_ns;
    view->bid = top.bid;
    view->ask = top.ask;
    view->mark = market_mark(path->market, passage->item, now);
    view_orders(path, passage, view);
    view_position(path, passage, view);
    view_values(path, passage, view);
    view->free_base = free_of(path, passage->intent.account, passage->item->rules.base);
    view->free_quote = free_of(path, passage->intent.account, passage->item->rules.quote);
    view->effect = effect_of(view, passage);
    passage->intent.effect = view->effect;
}
