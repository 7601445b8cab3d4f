/* Signed queries: orders, trades, account. A young order is invisible to them for a configured time. */
#include <string.h>

#include "binance.h"

static bool is_visible(const struct vn_call *call, int64_t ts_ns)
{
    return ts_ns + (int64_t)call->v->config.visibility_delay_ms * VN_MS <= call->now_ns;
}

static void fail_no_order(struct vn_call *call)
{
    vn_fail(call, 400, -2013, "Order does not exist.");
}

void vn_do_order_status(struct vn_call *call)
{
    struct vn_symbol *symbol = vn_need_symbol(call);
    if (symbol == NULL) {
        return;
    }
    const char *id = vn_arg(call, "orderId");
    const char *client = vn_arg(call, "origClientOrderId");
    if (id == NULL && client == NULL) {
        vn_fail(call, 400, -1102,
                "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!");
        return;
    }
    struct vn_account *account = call->key->account;
    struct vn_order *order = id != NULL ? vn_order_find(&call->v->engine, account, symbol,
                                                        (uint64_t)vn_arg_int(call, "orderId", 0))
                                        : vn_order_by_client(account, symbol, client);
    if (order == NULL || !is_visible(call, order->created_ns)) {
        fail_no_order(call);
        return;
    }
    if (id != NULL && client != NULL && strcmp(order->client_id, client) != 0) {
        vn_fail(call, 400, -2039, "Client order ID is not correct for this order ID");
        return;
    }
    vn_print_order(call, &call->out, order);
}

static void print_open(struct vn_call *call, const struct vn_symbol *symbol)
{
    const struct vn_holding *holding = call->key->account->holdings[symbol->index];
    const struct vn_order *order = holding == NULL ? NULL : holding->open;
    for (; order != NULL; order = order->open_next) {
        if (is_visible(call, order->created_ns)) {
            vn_print_order(call, &call->out, order);
            vn_text_add_char(&call->out, ',');
        }
    }
}

void vn_do_open_orders(struct vn_call *call)
{
    struct vn_symbol *symbol = NULL;
    if (vn_arg(call, "symbol") != NULL) {
        symbol = vn_need_symbol(call);
        if (symbol == NULL) {
            return;
        }
    }
    struct vn_engine *e = &call->v->engine;
    vn_text_add_char(&call->out, '[');
    for (int i = 0; i < e->symbol_count; i++) {
        if (symbol == NULL || symbol == &e->symbols[i]) {
            print_open(call, &e->symbols[i]);
        }
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, ']');
}

/* ---- history ---- */

struct range {
    int64_t start_ns;
    int64_t end_ns;
    int64_t limit;
    bool has_start;
    bool has_end;
};

static bool read_range(struct vn_call *call, struct range *ret_range)
{
    int64_t limit = vn_arg_int(call, "limit", 500);
    struct range r = {.start_ns = vn_arg_ns(call, "startTime", 0),
                      .end_ns = vn_arg_ns(call, "endTime", VN_TIME_MAX_NS - VN_MS) + VN_MS - 1,
                      .has_start = vn_arg(call, "startTime") != NULL,
                      .has_end = vn_arg(call, "endTime") != NULL,
                      .limit = limit < 1      ? 1
                               : limit > 1000 ? 1000
                                              : limit};
    if (r.has_start && r.has_end && r.end_ns - r.start_ns > 86400 * VN_SECOND + VN_MS) {
        vn_fail(call, 400, -1127, "More than 24 hours between startTime and endTime.");
        return false;
    }
    *ret_range = r;
    return true;
}

static size_t first_order(const struct vn_holding *holding, uint64_t id)
{
    size_t low = 0;
    size_t high = holding->order_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (holding->orders[mid]->id < id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

void vn_do_all_orders(struct vn_call *call)
{
    struct vn_symbol *symbol = vn_need_symbol(call);
    struct range r;
    if (symbol == NULL || !read_range(call, &r)) {
        return;
    }
    const struct vn_holding *holding = vn_holding_get(call->key->account, symbol);
    bool from_id = vn_arg(call, "orderId") != NULL;
    size_t i = from_id ? first_order(holding, (uint64_t)vn_arg_int(call, "orderId", 0)) : 0;
    if (!from_id && !r.has_start && holding->order_count > (size_t)r.limit) {
        i = holding->order_count - (size_t)r.limit;
    }
    vn_text_add_char(&call->out, '[');
    for (int64_t n = 0; i < holding->order_count && n < r.limit; i++) {
        const struct vn_order *order = holding->orders[i];
        if (order->created_ns < r.start_ns || order->created_ns > r.end_ns ||
            !is_visible(call, order->created_ns)) {
            continue;
        }
        vn_print_order(call, &call->out, order);
        vn_text_add_char(&call->out, ',');
        n++;
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, ']');
}

static void print_my_trade(const struct vn_call *call, struct vn_text *out,
                           const struct vn_fill *fill)
{
    vn_text_add(out, "{\"symbol\":");
    vn_text_add_json(out, fill->order->symbol->name);
    vn_text_addf(out, ",\"id\":%llu,\"orderId\":%llu,\"orderListId\":-1,\"price\":",
                 (unsigned long long)fill->trade_id, (unsigned long long)fill->order->id);
    vn_text_add_fixed(out, fill->price, 8);
    vn_text_add(out, ",\"qty\":");
    vn_text_add_fixed(out, fill->qty, 8);
    vn_text_add(out, ",\"quoteQty\":");
    vn_text_add_amount(out, fill->quote, 8);
    vn_text_add(out, ",\"commission\":");
    vn_text_add_amount(out, fill->fee, 8);
    vn_text_add(out, ",\"commissionAsset\":");
    vn_text_add_json(out, fill->fee_asset->name);
    vn_text_add(out, ",\"time\":");
    vn_add_time(call, out, fill->time_ns);
    vn_text_addf(out, ",\"isBuyer\":%s,\"isMaker\":%s,\"isBestMatch\":true},",
                 fill->order->side == VN_BUY ? "true" : "false", fill->maker ? "true" : "false");
}

/* symbol; +orderId; +startTime; +endTime; +fromId; +startTime+endTime; +orderId+fromId. */
static bool is_combination(const struct range *r, bool order_id, bool from_id)
{
    bool timed = r->has_start || r->has_end;
    return !(timed && (order_id || from_id));
}

static size_t first_fill(const struct vn_holding *holding, uint64_t id)
{
    size_t low = 0;
    size_t high = holding->fill_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (holding->fills[mid]->trade_id < id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static void print_order_trades(struct vn_call *call, const struct vn_order *order, uint64_t from,
                               int64_t limit)
{
    const struct vn_fill *fill = order == NULL ? NULL : order->first_fill;
    for (int64_t n = 0; fill != NULL && n < limit; fill = fill->next_of_order) {
        if (fill->trade_id >= from && is_visible(call, fill->time_ns)) {
            print_my_trade(call, &call->out, fill);
            n++;
        }
    }
}

static void print_symbol_trades(struct vn_call *call, const struct vn_holding *holding,
                                const struct range *r)
{
    bool from_id = vn_arg(call, "fromId") != NULL;
    size_t i = from_id ? first_fill(holding, (uint64_t)vn_arg_int(call, "fromId", 0)) : 0;
    if (!from_id && !r->has_start && !r->has_end && holding->fill_count > (size_t)r->limit) {
        i = holding->fill_count - (size_t)r->limit;
    }
    for (int64_t n = 0; i < holding->fill_count && n < r->limit; i++) {
        const struct vn_fill *fill = holding->fills[i];
        if (fill->time_ns >= r->start_ns && fill->time_ns <= r->end_ns &&
            is_visible(call, fill->time_ns)) {
            print_my_trade(call, &call->out, fill);
            n++;
        }
    }
}

void vn_do_my_trades(struct vn_call *call)
{
    struct vn_symbol *symbol = vn_need_symbol(call);
    struct range r;
    if (symbol == NULL || !read_range(call, &r)) {
        return;
    }
    bool by_order = vn_arg(call, "orderId") != NULL;
    if (!is_combination(&r, by_order, vn_arg(call, "fromId") != NULL)) {
        vn_fail(call, 400, -1128, "Combination of optional parameters invalid.");
        return;
    }
    vn_text_add_char(&call->out, '[');
    if (by_order) {
        const struct vn_order *order = vn_order_find(&call->v->engine, call->key->account, symbol,
                                                     (uint64_t)vn_arg_int(call, "orderId", 0));
        print_order_trades(call, order, (uint64_t)vn_arg_int(call, "fromId", 0), r.limit);
    } else {
        print_symbol_trades(call, vn_holding_get(call->key->account, symbol), &r);
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, ']');
}

/* ---- account ---- */

static void add_rates(struct vn_text *out, const struct vn_account *a)
{
    vn_text_add(out, "{\"maker\":");
    vn_text_add_fixed(out, a->maker_rate, 8);
    vn_text_add(out, ",\"taker\":");
    vn_text_add_fixed(out, a->taker_rate, 8);
    vn_text_add(out, ",\"buyer\":\"0.00000000\",\"seller\":\"0.00000000\"}");
}

void vn_do_account(struct vn_call *call)
{
    const struct vn_account *a = call->key->account;
    struct vn_text *out = &call->out;
    const char *omit = vn_arg(call, "omitZeroBalances");
    bool omit_zero = omit != NULL && strcmp(omit, "true") == 0;
    if (omit != NULL && !omit_zero && strcmp(omit, "false") != 0) {
        vn_fail(call, 400, -1130, "Data sent for parameter 'omitZeroBalances' is not valid.");
        return;
    }
    vn_text_addf(out,
                 "{\"makerCommission\":%lld,\"takerCommission\":%lld,\"buyerCommission\":0,"
                 "\"sellerCommission\":0,"
                 "\"commissionRates\":",
                 (long long)(a->maker_rate / 10000), (long long)(a->taker_rate / 10000));
    add_rates(out, a);
    vn_text_addf(out,
                 ",\"canTrade\":%s,\"canWithdraw\":true,\"canDeposit\":true,\"brokered\":false,"
                 "\"requireSelfTradePrevention\":false,\"preventSor\":false,\"updateTime\":",
                 a->can_trade ? "true" : "false");
    vn_add_time(call, out, a->updated_ns);
    vn_text_add(out, ",\"accountType\":\"SPOT\",\"balances\":[");
    const struct vn_engine *e = &call->v->engine;
    for (int i = 0; i < e->asset_count; i++) {
        const struct vn_balance *b = &a->balances[i];
        if (omit_zero && b->free == 0 && b->locked == 0) {
            continue;
        }
        vn_text_add(out, "{\"asset\":");
        vn_text_add_json(out, e->assets[i].name);
        vn_text_add(out, ",\"free\":");
        vn_text_add_amount(out, b->free, 8);
        vn_text_add(out, ",\"locked\":");
        vn_text_add_amount(out, b->locked, 8);
        vn_text_add(out, "},");
    }
    vn_text_trim_comma(out);
    vn_text_addf(out, "],\"permissions\":[\"SPOT\"],\"uid\":%llu}", (unsigned long long)a->uid);
}

void vn_do_rate_limit_order(struct vn_call *call)
{
    struct venue *v = call->v;
    struct vn_order_count *count = vn_order_count_of(v, call->key->account, call->now_ns);
    vn_text_addf(&call->out,
                 "[{\"rateLimitType\":\"ORDERS\",\"interval\":\"SECOND\",\"intervalNum\":10,"
                 "\"limit\":%u,\"count\":%u},"
                 "{\"rateLimitType\":\"ORDERS\",\"interval\":\"DAY\",\"intervalNum\":1,\"limit\":%"
                 "u,\"count\":%u}]",
                 v->config.orders_per_10s, count->ten_seconds.used, v->config.orders_per_day,
                 count->day.used);
}

void vn_do_commission(struct vn_call *call)
{
    struct vn_symbol *symbol = vn_need_symbol(call);
    if (symbol == NULL) {
        return;
    }
    const struct vn_account *a = call->key->account;
    static const char zero[] = "{\"maker\":\"0.00000000\",\"taker\":\"0.00000000\",\"buyer\":\"0."
                               "00000000\",\"seller\":\"0.00000000\"}";
    vn_text_add(&call->out, "{\"symbol\":");
    vn_text_add_json(&call->out, symbol->name);
    vn_text_add(&call->out, ",\"standardCommission\":");
    add_rates(&call->out, a);
    vn_text_addf(
        &call->out,
        ",\"specialCommission\":%s,\"taxCommission\":%s,\"discount\":{\"enabledForAccount\":%s,",
        zero, zero, a->fee_in_bnb ? "true" : "false");
    vn_text_add(&call->out, "\"enabledForSymbol\":true,\"discountAsset\":\"BNB\",\"discount\":");
    vn_text_add_fixed(&call->out, a->bnb_rate, 8);
    vn_text_add(&call->out, "}}");
}
