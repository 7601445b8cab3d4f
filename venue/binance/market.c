/* Public data: exchangeInfo, depth, trades, tickers. */
#include <stdlib.h>
#include <string.h>

#include "../faults/faults.h"
#include "binance.h"

void vn_do_ping(struct vn_call *call)
{
    vn_text_add(&call->out, "{}");
}

void vn_do_time(struct vn_call *call)
{
    vn_text_add(&call->out, "{\"serverTime\":");
    vn_add_time(call, &call->out, call->now_ns);
    vn_text_add_char(&call->out, '}');
}

/* ---- which symbols a call asks for ---- */

/* It has no word for symbols that take only some orders. */
static const char *status_word(const struct vn_symbol *symbol)
{
    bool some = symbol->status == VN_LIMIT_ONLY || symbol->status == VN_POST_ONLY;
    return vn_status_word(some ? VN_TRADING : symbol->status);
}

static bool wanted(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; (at = strstr(at, name)) != NULL; at++) {
        if (at > list && at[-1] == '"' && at[len] == '"') {
            return true;
        }
    }
    return false;
}

/* Fails with -1121 if one of the list is unknown. */
static bool check_list(struct vn_call *call, const char *list)
{
    for (const char *at = strchr(list, '"'); at != NULL; at = strchr(at, '"')) {
        size_t len = strcspn(at + 1, "\"");
        char name[VN_NAME] = "";
        if (len < sizeof(name)) {
            memcpy(name, at + 1, len);
        }
        if (vn_symbol_find(&call->v->engine, name) == NULL) {
            vn_fail(call, 400, -1121, "Invalid symbol.");
            return false;
        }
        at += len + 2;
    }
    return true;
}

typedef void (*print_symbol_fn)(struct vn_call *call, struct vn_symbol *symbol);

/* One object for symbol=, an array for symbols= and for none. */
static void for_symbols(struct vn_call *call, print_symbol_fn print)
{
    const char *list = vn_arg(call, "symbols");
    if (vn_arg(call, "symbol") != NULL) {
        if (list != NULL) {
            vn_fail(call, 400, -1128, "Combination of optional parameters invalid.");
            return;
        }
        struct vn_symbol *symbol = vn_need_symbol(call);
        if (symbol != NULL) {
            print(call, symbol);
        }
        return;
    }
    if (list != NULL && !check_list(call, list)) {
        return;
    }
    struct vn_engine *e = &call->v->engine;
    vn_text_add_char(&call->out, '[');
    for (int i = 0; i < e->symbol_count; i++) {
        if (list == NULL || wanted(list, e->symbols[i].name)) {
            print(call, &e->symbols[i]);
            vn_text_add_char(&call->out, ',');
        }
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, ']');
}

/* ---- exchangeInfo ---- */

static void print_limits(const struct vn_call *call, struct vn_text *out)
{
    const struct venue_config *c = &call->v->config;
    vn_text_addf(
        out,
        "\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\","
        "\"intervalNum\":1,"
        "\"limit\":%u},{\"rateLimitType\":\"ORDERS\",\"interval\":\"SECOND\",\"intervalNum\":10,"
        "\"limit\":%u},"
        "{\"rateLimitType\":\"ORDERS\",\"interval\":\"DAY\",\"intervalNum\":1,\"limit\":%u},",
        c->weight_per_minute, c->orders_per_10s, c->orders_per_day);
    if (call->ws != NULL) {
        vn_text_addf(out,
                     "{\"rateLimitType\":\"CONNECTIONS\",\"interval\":\"MINUTE\",\"intervalNum\":5,"
                     "\"limit\":%u}]",
                     c->ws_connects_per_5min);
    } else {
        vn_text_addf(out,
                     "{\"rateLimitType\":\"RAW_REQUESTS\",\"interval\":\"MINUTE\",\"intervalNum\":"
                     "5,\"limit\":%u}]",
                     c->raw_per_5min);
    }
}

static void print_info(struct vn_call *call, struct vn_symbol *symbol)
{
    struct vn_text *out = &call->out;
    vn_text_add(out, "{\"symbol\":");
    vn_text_add_json(out, symbol->name);
    vn_text_addf(out, ",\"status\":\"%s\",\"baseAsset\":", status_word(symbol));
    vn_text_add_json(out, symbol->base->name);
    vn_text_add(out, ",\"baseAssetPrecision\":8,\"quoteAsset\":");
    vn_text_add_json(out, symbol->quote->name);
    vn_text_add(
        out, ",\"quotePrecision\":8,\"quoteAssetPrecision\":8,\"baseCommissionPrecision\":8,"
             "\"quoteCommissionPrecision\":8,\"orderTypes\":[\"LIMIT\",\"LIMIT_MAKER\",\"MARKET\","
             "\"STOP_LOSS\","
             "\"STOP_LOSS_LIMIT\",\"TAKE_PROFIT\",\"TAKE_PROFIT_LIMIT\"],\"icebergAllowed\":false,"
             "\"ocoAllowed\":false,\"otoAllowed\":false,\"opoAllowed\":false,"
             "\"quoteOrderQtyMarketAllowed\":true,"
             "\"allowTrailingStop\":false,\"cancelReplaceAllowed\":true,\"amendAllowed\":true,"
             "\"pegInstructionsAllowed\":false,\"isSpotTradingAllowed\":true,"
             "\"isMarginTradingAllowed\":false,"
             "\"filters\":[");
    vn_filters_print(out, symbol);
    vn_text_addf(
        out,
        "],\"permissions\":[],\"permissionSets\":%s,\"defaultSelfTradePreventionMode\":\"%s\",",
        "[[\"SPOT\"]]", vn_stp_word(symbol->default_stp));
    vn_text_add(out, "\"allowedSelfTradePreventionModes\":[");
    for (unsigned mode = 1; mode < VN_STP_COUNT; mode++) {
        if (symbol->allowed_stp & 1u << mode) {
            vn_text_addf(out, "\"%s\",", vn_stp_word((enum vn_stp)mode));
        }
    }
    vn_text_trim_comma(out);
    vn_text_add(out, "]}");
}

static bool is_listed(const struct vn_call *call, const struct vn_symbol *symbol)
{
    const char *one = vn_arg(call, "symbol");
    const char *list = vn_arg(call, "symbols");
    const char *status = vn_arg(call, "symbolStatus");
    const char *permissions = vn_arg(call, "permissions");
    return (one == NULL || strcmp(one, symbol->name) == 0) &&
           (list == NULL || wanted(list, symbol->name)) &&
           (status == NULL || strcmp(status, status_word(symbol)) == 0) &&
           (permissions == NULL || strstr(permissions, "SPOT") != NULL);
}

void vn_do_exchange_info(struct vn_call *call)
{
    const char *list = vn_arg(call, "symbols");
    bool named = vn_arg(call, "symbol") != NULL || list != NULL;
    if ((vn_arg(call, "symbol") != NULL && (list != NULL || vn_need_symbol(call) == NULL)) ||
        (named && (vn_arg(call, "permissions") != NULL || vn_arg(call, "symbolStatus") != NULL))) {
        if (call->status == 200) {
            vn_fail(call, 400, -1128, "Combination of optional parameters invalid.");
        }
        return;
    }
    if (list != NULL && !check_list(call, list)) {
        return;
    }
    struct vn_engine *e = &call->v->engine;
    vn_text_add(&call->out, "{\"timezone\":\"UTC\",\"serverTime\":");
    vn_add_time(call, &call->out, call->now_ns);
    vn_text_add_char(&call->out, ',');
    print_limits(call, &call->out);
    vn_text_add(&call->out, ",\"exchangeFilters\":[],\"symbols\":[");
    for (int i = 0; i < e->symbol_count; i++) {
        if (is_listed(call, &e->symbols[i])) {
            print_info(call, &e->symbols[i]);
            vn_text_add_char(&call->out, ',');
        }
    }
    vn_text_trim_comma(&call->out);
    vn_text_add(&call->out, "]}");
}

/* ---- depth ---- */

static void print_levels(struct vn_text *out, const struct vn_book_side *side, size_t limit,
                         const struct vn_symbol *s)
{
    for (size_t i = side->count; i > 0 && side->count - i < limit; i--) {
        const struct vn_level *level = side->levels[i - 1];
        vn_text_add_char(out, '[');
        vn_text_add_fixed(out, level->price, s->price_places);
        vn_text_add_char(out, ',');
        vn_text_add_fixed(out, level->qty, s->qty_places);
        vn_text_add(out, "],");
    }
    vn_text_trim_comma(out);
}

void vn_print_depth(struct vn_text *out, const struct vn_symbol *symbol, size_t limit,
                    const char *bids, const char *asks)
{
    vn_text_add(out, "{\"lastUpdateId\":");
    vn_text_add_u64(out, symbol->update_id);
    vn_text_addf(out, ",\"%s\":[", bids);
    print_levels(out, &symbol->bids, limit, symbol);
    vn_text_addf(out, "],\"%s\":[", asks);
    print_levels(out, &symbol->asks, limit, symbol);
    vn_text_add(out, "]}");
}

void vn_do_depth(struct vn_call *call)
{
    struct vn_symbol *symbol = vn_need_symbol(call);
    if (symbol == NULL) {
        return;
    }
    int64_t limit = vn_arg_int(call, "limit", 100);
    limit = limit < 1 ? 1 : limit > 5000 ? 5000 : limit;
    const struct vn_fault *stale =
        vn_faults_event(call->v, VN_BINANCE, VN_FAULT_STALE, symbol->name);
    if (stale != NULL) {
        vn_text_add(&call->out, vn_fault_snapshot(stale, VN_BINANCE, symbol));
        return;
    }
    vn_print_depth(&call->out, symbol, (size_t)limit, "bids", "asks");
}

/* ---- trades ---- */

static void print_trade(const struct vn_call *call, struct vn_text *out, const struct vn_trade *t)
{
    vn_text_add(out, "{\"id\":");
    vn_text_add_u64(out, t->id);
    vn_text_add(out, ",\"price\":");
    vn_text_add_fixed(out, t->price, 8);
    vn_text_add(out, ",\"qty\":");
    vn_text_add_fixed(out, t->qty, 8);
    vn_text_add(out, ",\"quoteQty\":");
    vn_text_add_amount(out, t->quote, 8);
    vn_text_add(out, ",\"time\":");
    vn_add_time(call, out, t->time_ns);
    vn_text_addf(out, ",\"isBuyerMaker\":%s,\"isBestMatch\":true}",
                 t->buyer_is_maker ? "true" : "false");
}

int64_t vn_page_limit(const struct vn_call *call)
{
    int64_t limit = vn_arg_int(call, "limit", 500);
    return limit < 1 ? 1 : limit > 1000 ? 1000 : limit;
}

static void print_trades(struct vn_call *call, bool from_id)
{
    struct vn_symbol *symbol = vn_need_symbol(call);
    if (symbol == NULL) {
        return;
    }
    int64_t limit = vn_page_limit(call);
    uint64_t from = (uint64_t)vn_arg_int(call, "fromId", 0);
    int64_t back = limit;
    if (from_id && vn_arg(call, "fromId") != NULL) {
        back = from >= symbol->next_trade_id ? 0 : (int64_t)(symbol->next_trade_id - from);
    }
    vn_text_add_char(&call->out, '[');
    for (int64_t i = back, n = 0; i > 0 && n < limit; i--) {
        const struct vn_trade *t = vn_trade_back(symbol, (uint64_t)(i - 1));
        if (t != NULL) {
            print_trade(call, &call->out, t);
            vn_text_add_char(&call->out, ',');
            n++;
        }
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, ']');
}

void vn_do_trades(struct vn_call *call)
{
    print_trades(call, false);
}

void vn_do_historical_trades(struct vn_call *call)
{
    print_trades(call, true);
}

struct aggregate {
    struct vn_trade sum;
    uint64_t first;
    uint64_t last;
};

static void print_aggregate(const struct vn_call *call, struct vn_text *out,
                            const struct aggregate *a)
{
    vn_text_add(out, "{\"a\":");
    vn_text_add_u64(out, a->sum.aggregate_id);
    vn_text_add(out, ",\"p\":");
    vn_text_add_fixed(out, a->sum.price, 8);
    vn_text_add(out, ",\"q\":");
    vn_text_add_fixed(out, a->sum.qty, 8);
    vn_text_addf(out, ",\"f\":%llu,\"l\":%llu,\"T\":", (unsigned long long)a->first,
                 (unsigned long long)a->last);
    vn_add_time(call, out, a->sum.time_ns);
    vn_text_addf(out, ",\"m\":%s,\"M\":true},", a->sum.buyer_is_maker ? "true" : "false");
}

void vn_do_agg_trades(struct vn_call *call)
{
    struct vn_symbol *symbol = vn_need_symbol(call);
    if (symbol == NULL) {
        return;
    }
    int64_t limit = vn_page_limit(call);
    uint64_t from = (uint64_t)vn_arg_int(call, "fromId", 0);
    int64_t start = vn_arg_ns(call, "startTime", 0);
    int64_t end = vn_arg_ns(call, "endTime", VN_TIME_MAX_NS);
    bool bounded = from > 0 || start > 0;
    int64_t kept =
        symbol->trade_count < VN_TRADES_KEPT ? (int64_t)symbol->trade_count : VN_TRADES_KEPT;
    struct aggregate current = {0};
    uint64_t oldest = symbol->next_aggregate_id > (uint64_t)limit
                          ? symbol->next_aggregate_id - (uint64_t)limit
                          : 0;
    int64_t printed = 0;
    vn_text_add_char(&call->out, '[');
    for (int64_t i = kept; i > 0 && printed < limit; i--) {
        const struct vn_trade *t = vn_trade_back(symbol, (uint64_t)(i - 1));
        bool inside = t->time_ns >= start && t->time_ns <= end && t->aggregate_id >= from &&
                      (bounded || t->aggregate_id >= oldest);
        if (!inside) {
            continue;
        }
        if (current.first != 0 && current.sum.aggregate_id == t->aggregate_id) {
            current.sum.qty += t->qty;
            current.last = t->id;
            continue;
        }
        if (current.first != 0) {
            print_aggregate(call, &call->out, &current);
            printed++;
        }
        current = (struct aggregate){.sum = *t, .first = t->id, .last = t->id};
    }
    if (current.first != 0 && printed < limit) {
        print_aggregate(call, &call->out, &current);
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, ']');
}

/* ---- tickers ---- */

void vn_do_avg_price(struct vn_call *call)
{
    struct vn_symbol *symbol = vn_need_symbol(call);
    if (symbol == NULL) {
        return;
    }
    vn_text_add(&call->out, "{\"mins\":5,\"price\":");
    vn_text_add_fixed(&call->out, vn_average_price(symbol, call->now_ns, 5), 8);
    vn_text_add(&call->out, ",\"closeTime\":");
    const struct vn_trade *last = vn_trade_back(symbol, 0);
    vn_add_time(call, &call->out, last == NULL ? 0 : last->time_ns);
    vn_text_add_char(&call->out, '}');
}

static void print_price(struct vn_call *call, struct vn_symbol *symbol)
{
    vn_text_add(&call->out, "{\"symbol\":");
    vn_text_add_json(&call->out, symbol->name);
    vn_text_add(&call->out, ",\"price\":");
    vn_text_add_fixed(&call->out, symbol->last_price, 8);
    vn_text_add_char(&call->out, '}');
}

void vn_do_ticker_price(struct vn_call *call)
{
    for_symbols(call, print_price);
}

static void add_pair(struct vn_text *out, const char *price_name, int64_t price,
                     const char *qty_name, int64_t qty)
{
    vn_text_addf(out, ",\"%s\":", price_name);
    vn_text_add_fixed(out, price, 8);
    vn_text_addf(out, ",\"%s\":", qty_name);
    vn_text_add_fixed(out, qty, 8);
}

static void add_top(struct vn_text *out, const struct vn_symbol *symbol)
{
    int64_t bid = vn_book_best(symbol, VN_BUY);
    int64_t ask = vn_book_best(symbol, VN_SELL);
    add_pair(out, "bidPrice", bid, "bidQty", vn_book_qty(symbol, VN_BUY, bid));
    add_pair(out, "askPrice", ask, "askQty", vn_book_qty(symbol, VN_SELL, ask));
}

static void print_book_ticker(struct vn_call *call, struct vn_symbol *symbol)
{
    vn_text_add(&call->out, "{\"symbol\":");
    vn_text_add_json(&call->out, symbol->name);
    add_top(&call->out, symbol);
    vn_text_add_char(&call->out, '}');
}

void vn_do_ticker_book(struct vn_call *call)
{
    for_symbols(call, print_book_ticker);
}

int64_t vn_change_percent(const struct vn_symbol *s)
{
    amount_t change = (amount_t)(s->last_price - s->first_price) * 100000;
    return s->first_price == 0 ? 0 : (int64_t)(change / s->first_price);
}

amount_t vn_weighted_average(const struct vn_symbol *s)
{
    return s->base_volume == 0 ? 0
                               : s->quote_volume / (s->base_volume / vn_pow10(10)) * vn_pow10(8);
}

static void print_24hr(struct vn_call *call, struct vn_symbol *symbol)
{
    struct vn_text *out = &call->out;
    const struct vn_trade *last = vn_trade_back(symbol, 0);
    vn_text_add(out, "{\"symbol\":");
    vn_text_add_json(out, symbol->name);
    vn_text_add(out, ",\"priceChange\":");
    vn_text_add_fixed(out, symbol->last_price - symbol->first_price, 8);
    vn_text_add(out, ",\"priceChangePercent\":");
    vn_text_add_fixed(out, vn_change_percent(symbol), 3);
    vn_text_add(out, ",\"weightedAvgPrice\":");
    vn_text_add_amount(out, vn_weighted_average(symbol), 8);
    add_pair(out, "prevClosePrice", symbol->first_price, "lastPrice", symbol->last_price);
    vn_text_add(out, ",\"lastQty\":");
    vn_text_add_fixed(out, last == NULL ? 0 : last->qty, 8);
    add_top(out, symbol);
    add_pair(out, "openPrice", symbol->first_price, "highPrice", symbol->high_price);
    vn_text_add(out, ",\"lowPrice\":");
    vn_text_add_fixed(out, symbol->low_price, 8);
    vn_text_add(out, ",\"volume\":");
    vn_text_add_amount(out, symbol->base_volume, 8);
    vn_text_add(out, ",\"quoteVolume\":");
    vn_text_add_amount(out, symbol->quote_volume, 8);
    vn_text_add(out, ",\"openTime\":");
    vn_add_time(call, out, call->now_ns - 86400 * VN_SECOND);
    vn_text_add(out, ",\"closeTime\":");
    vn_add_time(call, out, call->now_ns);
    vn_text_addf(out, ",\"firstId\":%lld,\"lastId\":%lld,\"count\":%llu}",
                 last == NULL ? -1LL : (long long)(symbol->next_trade_id - symbol->trade_count),
                 last == NULL ? -1LL : (long long)last->id,
                 (unsigned long long)symbol->trade_count);
}

void vn_do_ticker_24hr(struct vn_call *call)
{
    for_symbols(call, print_24hr);
}
