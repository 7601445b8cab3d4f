#include <string.h>

#include "book.h"
#include "order.h"
#include "text.h"

/* ---- money ---- */

/* The fee in BNB, or -1 when BNB cannot pay it. */
static amount_t fee_in_bnb(struct vn_engine *e, const struct vn_account *a,
                           const struct vn_symbol *symbol, amount_t quote, int64_t rate)
{
    struct vn_asset *bnb = vn_asset_find(e, "BNB");
    if (!a->fee_in_bnb || bnb == NULL) {
        return -1;
    }
    amount_t value =
        vn_share(vn_share(quote, rate, VN_AMOUNT_PLACES), a->bnb_rate, VN_AMOUNT_PLACES);
    amount_t fee = -1;
    if (symbol->quote == bnb) {
        fee = value;
    }
    for (int i = 0; i < e->symbol_count && fee < 0; i++) {
        const struct vn_symbol *pair = &e->symbols[i];
        if (pair->base == bnb && pair->quote == symbol->quote && pair->last_price > 0) {
            fee = value * vn_pow10(pair->price_places) / pair->last_price;
        }
    }
    fee = fee < 0 ? -1 : vn_amount_floor(fee, bnb->places);
    return fee <= a->balances[bnb->index].free ? fee : -1;
}

/* The commission of a fill: out of what was received, in BNB, or in quote money whatever was received. */
static void charge(struct vn_engine *e, const struct vn_order *order, struct vn_fill *fill,
                   amount_t received)
{
    const struct vn_account *a = order->account;
    struct vn_symbol *symbol = order->symbol;
    if (order->fee_in_quote) {
        int64_t rate = fill->maker ? order->maker_rate : order->taker_rate;
        fill->fee_asset = symbol->quote;
        fill->fee = vn_share(fill->quote, rate, order->fee_places);
        return;
    }
    int64_t rate = fill->maker ? a->maker_rate : a->taker_rate;
    fill->fee_asset = order->side == VN_BUY ? symbol->base : symbol->quote;
    fill->fee = vn_share(received, rate, fill->fee_asset->places);
    amount_t in_bnb = fee_in_bnb(e, a, symbol, fill->quote, rate);
    if (in_bnb >= 0) {
        fill->fee_asset = vn_asset_find(e, "BNB");
        fill->fee = in_bnb;
    }
}

/* One side of a trade: pays, receives, is charged. */
static void settle(struct vn_engine *e, struct vn_order *order, struct vn_fill *fill)
{
    struct vn_account *a = order->account;
    struct vn_symbol *symbol = order->symbol;
    bool buys = order->side == VN_BUY;
    struct vn_asset *got = buys ? symbol->base : symbol->quote;
    struct vn_asset *paid = buys ? symbol->quote : symbol->base;
    amount_t qty = vn_amount_of(fill->qty, symbol->qty_places);
    amount_t received = buys ? qty : fill->quote;
    amount_t pays = buys ? fill->quote : qty;

    order->filled += fill->qty;
    order->cum_quote += fill->quote;
    order->state = vn_order_left(order) == 0 ? VN_FILLED : VN_PARTIAL;
    if (order->locked > 0) { /* everything but a market buy pays out of what it locked */
        vn_order_lock(order, vn_order_lock_need(order));
    }
    a->balances[paid->index].free -= pays;
    a->balances[got->index].free += received;

    charge(e, order, fill, received);
    a->balances[fill->fee_asset->index].free -= fill->fee;
    fill->fee_asset->fees += fill->fee;
    a->touched |= 1u << got->index | 1u << paid->index | 1u << fill->fee_asset->index;
}

static void keep_fill(struct vn_order *order, const struct vn_fill *made)
{
    if (order->account->house) {
        return;
    }
    struct vn_fill *fill = vn_alloc(sizeof(*fill));
    *fill = *made;
    fill->order = order;
    struct vn_holding *holding = vn_holding_get(order->account, order->symbol);
    holding->fills =
        vn_grow(holding->fills, holding->fill_count, &holding->fill_cap, sizeof(struct vn_fill *));
    holding->fills[holding->fill_count++] = fill;
    if (order->last_fill != NULL) {
        order->last_fill->next_of_order = fill;
    } else {
        order->first_fill = fill;
    }
    order->last_fill = fill;
}

/* ---- trades ---- */

static void count_trade(struct vn_symbol *symbol, const struct vn_trade *trade)
{
    symbol->trades[symbol->trade_count++ % VN_TRADES_KEPT] = *trade;
    symbol->last_price = trade->price;
    symbol->first_price = symbol->first_price == 0 ? trade->price : symbol->first_price;
    symbol->high_price = trade->price > symbol->high_price ? trade->price : symbol->high_price;
    bool lower = symbol->low_price == 0 || trade->price < symbol->low_price;
    symbol->low_price = lower ? trade->price : symbol->low_price;
    symbol->base_volume += vn_amount_of(trade->qty, symbol->qty_places);
    symbol->quote_volume += trade->quote;
    int64_t index = trade->time_ns / 10000000000;
    struct vn_bucket *bucket = &symbol->buckets[index % VN_BUCKETS];
    if (bucket->index != index) {
        *bucket = (struct vn_bucket){.index = index};
    }
    bucket->quote += trade->quote;
    bucket->qty += trade->qty;
}

const struct vn_trade *vn_trade_back(const struct vn_symbol *symbol, uint64_t i)
{
    if (i >= symbol->trade_count || i >= VN_TRADES_KEPT) {
        return NULL;
    }
    return &symbol->trades[(symbol->trade_count - 1 - i) % VN_TRADES_KEPT];
}

int64_t vn_average_price(const struct vn_symbol *symbol, int64_t now_ns, int minutes)
{
    amount_t quote = 0;
    amount_t qty = 0;
    int64_t last = now_ns / 10000000000;
    int64_t span = (int64_t)minutes * 6;
    span = span < VN_BUCKETS ? span : VN_BUCKETS;
    for (int64_t index = last - span + 1; index <= last; index++) {
        const struct vn_bucket *bucket = &symbol->buckets[index % VN_BUCKETS];
        if (bucket->index == index) {
            quote += bucket->quote;
            qty += bucket->qty;
        }
    }
    if (qty == 0) {
        return symbol->last_price;
    }
    int down = VN_AMOUNT_PLACES - symbol->price_places - symbol->qty_places;
    return (int64_t)(quote / vn_pow10(down) / qty);
}

static void fill_side(struct vn_engine *e, int64_t now_ns, struct vn_order *order,
                      const struct vn_trade *trade, bool maker)
{
    struct vn_fill fill = {.trade_id = trade->id,
                           .order = order,
                           .price = trade->price,
                           .qty = trade->qty,
                           .quote = trade->quote,
                           .time_ns = now_ns,
                           .maker = maker};
    settle(e, order, &fill);
    keep_fill(order, &fill);
    if (maker) {
        vn_book_reduce(e, order, trade->qty);
    }
    if (vn_order_left(order) == 0) {
        vn_order_end(e, now_ns, order, VN_FILLED, VN_EVENT_TRADE);
    }
    vn_report(e, order, VN_EVENT_TRADE, now_ns, &fill);
}

static void trade(struct vn_engine *e, int64_t now_ns, struct vn_order *taker,
                  struct vn_order *maker, int64_t qty)
{
    struct vn_symbol *symbol = taker->symbol;
    if (e->taker_aggregate == 0 || e->taker_price != maker->price) {
        e->taker_aggregate = symbol->next_aggregate_id++;
        e->taker_price = maker->price;
    }
    amount_t quote = vn_amount_product(maker->price, symbol->price_places, qty, symbol->qty_places);
    struct vn_trade t = {.id = symbol->next_trade_id++,
                         .aggregate_id = e->taker_aggregate,
                         .price = maker->price,
                         .qty = qty,
                         .quote = vn_amount_floor(quote, symbol->quote->places),
                         .time_ns = now_ns,
                         .buyer_is_maker = maker->side == VN_BUY};
    count_trade(symbol, &t);
    fill_side(e, now_ns, maker, &t, true);
    fill_side(e, now_ns, taker, &t, false);
    if (e->listener.trade != NULL) {
        e->listener.trade(e->listener.ctx, symbol, &t);
    }
}

/* ---- self-trade prevention ---- */

static void prevented(struct vn_engine *e, int64_t now_ns, struct vn_order *order,
                      struct vn_order *counter, int64_t qty, uint64_t match_id)
{
    order->prevented += qty;
    order->expiry = VN_EXPIRY_STP;
    vn_book_reduce(e, order, qty);
    bool ends = vn_order_left(order) == 0;
    if (ends) {
        vn_order_end(e, now_ns, order, VN_EXPIRED_IN_MATCH, VN_EVENT_TRADE);
    } else if (order->locked > 0) {
        vn_order_lock(order, vn_order_lock_need(order));
    }
    order->updated_ns = now_ns;
    uint64_t id = e->next_execution_id++;
    if (e->listener.order == NULL || order->account->house) {
        return;
    }
    struct vn_report report = {.event = VN_EVENT_PREVENTED,
                               .order = order,
                               .execution_id = id,
                               .time_ns = now_ns,
                               .prevented_qty = qty,
                               .prevented_match_id = match_id,
                               .counter = counter};
    e->listener.order(e->listener.ctx, &report);
}

/* True if the taker may go on matching. */
static bool prevent_self_trade(struct vn_engine *e, int64_t now_ns, struct vn_order *taker,
                               struct vn_order *maker)
{
    uint64_t id = e->next_prevented_id++;
    int64_t maker_left = vn_order_left(maker);
    int64_t taker_left = vn_order_left(taker);
    int64_t both = maker_left < taker_left ? maker_left : taker_left;
    bool decrement = taker->stp == VN_STP_DECREMENT || taker->stp == VN_STP_TRANSFER;
    if (decrement) {
        prevented(e, now_ns, maker, taker, both, id);
        prevented(e, now_ns, taker, maker, both, id);
        return vn_order_left(taker) > 0;
    }
    if (taker->stp != VN_STP_EXPIRE_TAKER) {
        prevented(e, now_ns, maker, taker, maker_left, id);
    }
    if (taker->stp != VN_STP_EXPIRE_MAKER) {
        prevented(e, now_ns, taker, maker, taker_left, id);
        return false;
    }
    return true;
}

/* ---- matching ---- */

static bool reaches(const struct vn_order *taker, int64_t price)
{
    if (taker->price == 0) {
        return true;
    }
    return taker->side == VN_BUY ? price <= taker->price : price >= taker->price;
}

static bool can_pay(const struct vn_order *taker, int64_t price, int64_t qty)
{
    if (taker->side == VN_SELL || taker->locked > 0) {
        return true;
    }
    const struct vn_symbol *symbol = taker->symbol;
    amount_t cost = vn_amount_product(price, symbol->price_places, qty, symbol->qty_places);
    if (taker->fee_in_quote) {
        cost = vn_with_fee(symbol, cost, taker->taker_rate, taker->fee_places);
    }
    return cost <= taker->account->balances[symbol->quote->index].free;
}

static void match(struct vn_engine *e, int64_t now_ns, struct vn_order *taker)
{
    struct vn_book_side *book = vn_book_of(taker->symbol, taker->side == VN_BUY ? VN_SELL : VN_BUY);
    e->taker_aggregate = 0;
    while (vn_order_is_open(taker) && vn_order_left(taker) > 0) {
        struct vn_level *level = vn_book_top(book);
        if (level == NULL || !reaches(taker, level->price)) {
            return;
        }
        struct vn_order *maker = level->head;
        if (maker->account == taker->account && taker->stp != VN_STP_NONE) {
            if (!prevent_self_trade(e, now_ns, taker, maker)) {
                return;
            }
            continue;
        }
        int64_t left = vn_order_left(taker);
        int64_t qty = vn_order_left(maker);
        qty = qty < left ? qty : left;
        if (!can_pay(taker, level->price, qty)) {
            return;
        }
        trade(e, now_ns, taker, maker, qty);
    }
}

/* Quantity that the order would trade at its limit; its own account's orders count only if they may trade. */
static int64_t available(const struct vn_order *taker)
{
    struct vn_book_side *book = vn_book_of(taker->symbol, taker->side == VN_BUY ? VN_SELL : VN_BUY);
    int64_t sum = 0;
    for (size_t i = book->count; i > 0 && sum < taker->qty; i--) {
        if (!reaches(taker, book->levels[i - 1]->price)) {
            break;
        }
        for (const struct vn_order *o = book->levels[i - 1]->head; o != NULL; o = o->level_next) {
            bool own = o->account == taker->account && taker->stp != VN_STP_NONE;
            sum += own ? 0 : vn_order_left(o);
        }
    }
    return sum;
}

static bool is_market(const struct vn_order *order)
{
    return order->type == VN_MARKET || order->type == VN_STOP_LOSS || order->type == VN_TAKE_PROFIT;
}

void vn_expire(struct vn_engine *e, int64_t now_ns, struct vn_order *order, enum vn_expiry why)
{
    order->expiry = why;
    vn_order_end(e, now_ns, order, VN_EXPIRED, VN_EVENT_EXPIRED);
}

/* A working order meets the book; what is left rests or expires. */
void vn_work(struct vn_engine *e, int64_t now_ns, struct vn_order *order)
{
    if (order->tif == VN_FOK && !is_market(order) && available(order) < order->qty) {
        vn_expire(e, now_ns, order, VN_EXPIRY_FOK);
        return;
    }
    match(e, now_ns, order);
    if (!vn_order_is_open(order)) {
        return;
    }
    if (is_market(order)) {
        vn_expire(e, now_ns, order, VN_EXPIRY_LIQUIDITY);
    } else if (order->tif == VN_IOC || order->tif == VN_FOK) {
        vn_expire(e, now_ns, order, order->tif == VN_IOC ? VN_EXPIRY_IOC : VN_EXPIRY_FOK);
    } else {
        vn_book_add(e, order);
    }
}

/* ---- stop orders ---- */

static bool triggers_upward(enum vn_side side, enum vn_type type)
{
    bool stop_loss = type == VN_STOP_LOSS || type == VN_STOP_LOSS_LIMIT;
    return (side == VN_BUY) == stop_loss;
}

static bool is_triggered(enum vn_side side, enum vn_type type, int64_t stop_price, int64_t last)
{
    if (last == 0) {
        return false;
    }
    return triggers_upward(side, type) ? last >= stop_price : last <= stop_price;
}

static void run_stops(struct vn_engine *e, int64_t now_ns, struct vn_symbol *symbol)
{
    struct vn_order **at = &symbol->stops;
    while (*at != NULL) {
        struct vn_order *stop = *at;
        if (!is_triggered(stop->side, stop->type, stop->stop_price, symbol->last_price)) {
            at = &stop->stop_next;
            continue;
        }
        vn_stop_remove(stop);
        stop->working = true;
        stop->working_ns = now_ns;
        vn_work(e, now_ns, stop);
        at = &symbol->stops; /* its trades may have moved the price */
    }
}

/* ---- placing ---- */

bool vn_is_marketable(const struct vn_order_spec *spec)
{
    int64_t best = vn_book_best(spec->symbol, spec->side == VN_BUY ? VN_SELL : VN_BUY);
    return best != 0 && (spec->side == VN_BUY ? spec->price >= best : spec->price <= best);
}

/* How much base a quote quantity trades: whole steps, level by level. One step more than the book has if the book is
 * too thin, so that the order ends EXPIRED and not FILLED. */
static int64_t qty_for_quote(const struct vn_order_spec *spec)
{
    const struct vn_symbol *symbol = spec->symbol;
    struct vn_book_side *book = vn_book_of(spec->symbol, spec->side == VN_BUY ? VN_SELL : VN_BUY);
    int64_t step = symbol->rules.step == 0 ? 1 : symbol->rules.step;
    int down = VN_AMOUNT_PLACES - symbol->price_places - symbol->qty_places;
    amount_t left = spec->quote_order_qty;
    int64_t sum = 0;
    for (size_t i = book->count; i > 0; i--) {
        const struct vn_level *level = book->levels[i - 1];
        amount_t most = left / vn_pow10(down) / level->price;
        if (most <= level->qty) {
            return sum + (int64_t)(most - most % step);
        }
        sum += level->qty;
        left -=
            vn_amount_product(level->price, symbol->price_places, level->qty, symbol->qty_places);
    }
    return sum + step;
}

/* What a market buy of spec->qty would cost in the present book. */
static amount_t cost_of(const struct vn_order_spec *spec)
{
    const struct vn_symbol *symbol = spec->symbol;
    int64_t left = spec->qty;
    amount_t cost = 0;
    for (size_t i = symbol->asks.count; i > 0 && left > 0; i--) {
        const struct vn_level *level = symbol->asks.levels[i - 1];
        int64_t qty = level->qty < left ? level->qty : left;
        cost += vn_amount_product(level->price, symbol->price_places, qty, symbol->qty_places);
        left -= qty;
    }
    return cost;
}

static bool has_funds(const struct vn_order_spec *spec)
{
    const struct vn_symbol *symbol = spec->symbol;
    const struct vn_balance *balances = spec->account->balances;
    if (spec->side == VN_SELL) {
        return vn_amount_of(spec->qty, symbol->qty_places) <= balances[symbol->base->index].free;
    }
    amount_t need = spec->quote_order_qty;
    if (spec->price != 0) {
        need = vn_amount_product(spec->price, symbol->price_places, spec->qty, symbol->qty_places);
        need = vn_amount_ceil(need, symbol->quote->places);
    } else if (need == 0 && spec->type == VN_MARKET) {
        need = cost_of(spec);
    }
    if (spec->fee_in_quote) {
        int64_t rate = spec->type == VN_LIMIT_MAKER ? spec->hold_rate : spec->account->taker_rate;
        rate = rate > spec->hold_rate ? rate : spec->hold_rate;
        need = vn_with_fee(symbol, need, rate, spec->fee_places);
    }
    return need <= balances[symbol->quote->index].free;
}

static bool takes(enum vn_status status, enum vn_type type)
{
    if (status == VN_LIMIT_ONLY) {
        return type != VN_MARKET && type != VN_STOP_LOSS && type != VN_TAKE_PROFIT;
    }
    return status == VN_TRADING || (status == VN_POST_ONLY && type == VN_LIMIT_MAKER);
}

static enum vn_result admit(struct vn_order_spec *spec)
{
    struct vn_symbol *symbol = spec->symbol;
    if (!takes(symbol->status, spec->type)) {
        return VN_CLOSED;
    }
    if (spec->client_id != NULL && spec->client_id[0] != '\0') {
        struct vn_order *twin = vn_order_by_client(spec->account, symbol, spec->client_id);
        if (twin != NULL && vn_order_is_open(twin)) {
            return VN_DUPLICATE;
        }
    }
    bool stop = spec->type >= VN_STOP_LOSS && spec->type <= VN_TAKE_PROFIT_LIMIT;
    if (stop && is_triggered(spec->side, spec->type, spec->stop_price, symbol->last_price)) {
        return VN_WOULD_TRIGGER;
    }
    if (spec->type == VN_LIMIT_MAKER && vn_is_marketable(spec)) {
        return VN_WOULD_MATCH;
    }
    if (spec->type == VN_MARKET && spec->quote_order_qty > 0) {
        spec->qty = qty_for_quote(spec);
        if (spec->qty == 0 || spec->qty < symbol->rules.min_qty) {
            return VN_NO_LIQUIDITY;
        }
    }
    return has_funds(spec) ? VN_OK : VN_FUNDS;
}

void vn_finish(struct vn_engine *e, int64_t now_ns, struct vn_symbol *symbol)
{
    run_stops(e, now_ns, symbol);
    if (e->listener.done != NULL) {
        e->listener.done(e->listener.ctx, symbol, now_ns);
    }
    vn_order_bury(e);
}

enum vn_result vn_place_check(const struct vn_order_spec *wanted)
{
    struct vn_order_spec spec = *wanted;
    return admit(&spec);
}

enum vn_result vn_place(struct vn_engine *e, int64_t now_ns, const struct vn_order_spec *wanted,
                        struct vn_order **ret_order)
{
    struct vn_order_spec spec = *wanted;
    enum vn_result result = admit(&spec);
    if (result != VN_OK) {
        return result;
    }
    struct vn_order *order = vn_order_new(e, now_ns, &spec);
    vn_order_lock(order, vn_order_lock_need(order));
    vn_report(e, order, VN_EVENT_NEW, now_ns, NULL);
    if (order->working) {
        vn_work(e, now_ns, order);
    } else {
        order->stop_next = order->symbol->stops;
        order->symbol->stops = order;
    }
    bool kept = !order->account->house || vn_order_is_open(order);
    vn_finish(e, now_ns, spec.symbol);
    *ret_order = kept ? order : NULL;
    return VN_OK;
}
