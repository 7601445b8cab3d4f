/* Public REST: reference data, prices, the book, trades, candles. */
#include <string.h>

#include "kraken.h"

void vk_do_time(struct vk_call *call)
{
    int64_t seconds = vn_server_ns(call->v, call->now_ns) / VN_SECOND;
    struct vn_text rfc = {0};
    vk_add_time(&rfc, call->v, call->now_ns);
    vn_text_addf(&call->out, "{\"unixtime\":%lld,\"rfc1123\":\"%.19s\"}", (long long)seconds,
                 rfc.data);
    vn_text_release(&rfc);
}

void vk_do_system(struct vk_call *call)
{
    vn_text_addf(&call->out, "{\"status\":\"%s\",\"timestamp\":\"", vk_of(call->v)->system);
    vk_add_time(&call->out, call->v, call->now_ns);
    vn_text_add(&call->out, "\"}");
}

/* ---- reference data ---- */

/* The name is one of a comma list; a missing list names everything. */
static bool is_listed(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; at != NULL && *at != '\0';) {
        size_t n = strcspn(at, ",");
        if (n == len && memcmp(at, name, n) == 0) {
            return true;
        }
        at += n + (at[n] == ',');
    }
    return false;
}

void vk_do_assets(struct vk_call *call)
{
    const char *list = vk_arg(call, "asset");
    bool modern = vk_arg_int(call, "assetVersion", 0) == 1;
    vn_text_add_char(&call->out, '{');
    for (int i = 0; i < call->v->engine.asset_count; i++) {
        const struct vn_asset *asset = &call->v->engine.assets[i];
        const char *id = modern ? asset->name : vk_asset_id(call->v, asset);
        bool named = list == NULL || is_listed(list, id) || is_listed(list, asset->name) ||
                     is_listed(list, vk_asset_alt(asset));
        if (named && vk_is_ascii(asset->name)) {
            vn_text_addf(&call->out,
                         "\"%s\":{\"aclass\":\"currency\",\"altname\":\"%s\",\"decimals\":%d,"
                         "\"display_decimals\":5,\"status\":\"enabled\"},",
                         id, vk_asset_alt(asset), asset->places);
        }
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, '}');
}

static void print_pair(const struct venue *v, const struct vn_symbol *s, struct vn_text *out,
                       bool modern)
{
    char id[VK_PAIR];
    char alt[VK_PAIR];
    char ws1[VK_PAIR];
    vk_pair_id(s, id);
    vk_pair_alt(s, alt);
    vk_pair_ws1(s, ws1);
    if (modern || vk_of(v)->settings.modern_names) {
        vk_pair_v2(s, id);
    }
    vn_text_addf(out, "\"%s\":{\"altname\":\"%s\",\"wsname\":\"%s\",\"aclass_base\":\"currency\",",
                 id, alt, ws1);
    vn_text_addf(out, "\"base\":\"%s\",\"aclass_quote\":\"currency\",\"quote\":\"%s\",",
                 modern ? s->base->name : vk_asset_id(v, s->base),
                 modern ? s->quote->name : vk_asset_id(v, s->quote));
    vn_text_addf(out,
                 "\"lot\":\"unit\",\"pair_decimals\":%d,\"lot_decimals\":%d,\"cost_decimals\":%d,"
                 "\"lot_multiplier\":1,\"leverage_buy\":[],\"leverage_sell\":[],\"fees\":[],"
                 "\"fees_maker\":[],\"fee_volume_currency\":\"ZUSD\",\"margin_call\":80,"
                 "\"margin_stop\":40,",
                 vk_price_places(s), vk_qty_places(s), s->quote->places);
    vn_text_add(out, "\"ordermin\":");
    vk_add_quoted(out, s->rules.min_qty, 8);
    vn_text_add(out, ",\"costmin\":");
    vn_text_add_plain(out, s->rules.min_notional);
    vn_text_add(out, ",\"tick_size\":");
    vk_add_quoted(out, s->rules.tick, vk_price_places(s));
    if (!vk_of(v)->settings.no_status) {
        vn_text_addf(out, ",\"status\":\"%s\"", vk_status_word(s));
    }
    vn_text_add(out, "},");
}

/* The pairs a comma list names, NULL: all. False: failed, one is unknown. */
static bool pairs_read(struct vk_call *call, const char *list, uint32_t *ret_mask)
{
    *ret_mask = 0;
    for (int i = 0; list == NULL && i < call->v->engine.symbol_count; i++) {
        *ret_mask |= vk_offers(&call->v->engine.symbols[i]) ? 1u << i : 0;
    }
    for (const char *at = list; at != NULL && *at != '\0';) {
        size_t n = strcspn(at, ",");
        char name[VK_PAIR] = "";
        memcpy(name, at, n < sizeof(name) ? n : sizeof(name) - 1);
        const struct vn_symbol *symbol = vk_pair_read(call->v, name);
        if (symbol == NULL) {
            vk_fail(call, "EQuery:Unknown asset pair");
            return false;
        }
        *ret_mask |= 1u << symbol->index;
        at += n + (at[n] == ',');
    }
    return true;
}

void vk_do_pairs(struct vk_call *call)
{
    uint32_t mask = 0;
    if (!pairs_read(call, vk_arg(call, "pair"), &mask)) {
        return;
    }
    bool modern = vk_arg_int(call, "assetVersion", 0) == 1;
    vn_text_add_char(&call->out, '{');
    for (int i = 0; i < call->v->engine.symbol_count; i++) {
        if ((mask & 1u << i) != 0) {
            print_pair(call->v, &call->v->engine.symbols[i], &call->out, modern);
        }
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, '}');
}

/* ---- prices ---- */

static void add_best(struct vn_text *out, const struct vn_symbol *s, char name, int side)
{
    int64_t price = vn_book_best(s, side);
    int64_t qty = price == 0 ? 0 : vn_book_qty(s, side, price);
    vn_text_addf(out, "\"%c\":[", name);
    vk_add_quoted(out, price, vk_price_places(s));
    vn_text_addf(out, ",\"%lld\",", (long long)(qty / vn_pow10(8)));
    vk_add_quoted(out, qty, 3);
    vn_text_add(out, "],");
}

static void add_twice(struct vn_text *out, char name, int64_t value, int places)
{
    vn_text_addf(out, "\"%c\":[", name);
    vk_add_quoted(out, value, places);
    vn_text_add_char(out, ',');
    vk_add_quoted(out, value, places);
    vn_text_add(out, "],");
}

static int64_t average(const struct vn_symbol *s)
{
    amount_t qty = s->base_volume / vn_pow10(10); /* at 10^-8 */
    return qty == 0 ? 0 : (int64_t)(s->quote_volume / vn_pow10(2) / qty);
}

static void print_ticker(const struct vn_symbol *s, struct vn_text *out)
{
    int places = vk_price_places(s);
    const struct vn_trade *last = vn_trade_back(s, 0);
    add_best(out, s, 'a', VN_SELL);
    add_best(out, s, 'b', VN_BUY);
    vn_text_add(out, "\"c\":[");
    vk_add_quoted(out, s->last_price, places);
    vn_text_add_char(out, ',');
    vk_add_quoted(out, last == NULL ? 0 : last->qty, 8);
    vn_text_add(out, "],");
    add_twice(out, 'v', (int64_t)(s->base_volume / vn_pow10(10)), 8);
    add_twice(out, 'p', average(s), places);
    vn_text_addf(out, "\"t\":[%llu,%llu],", (unsigned long long)s->trade_count,
                 (unsigned long long)s->trade_count);
    add_twice(out, 'l', s->low_price, places);
    add_twice(out, 'h', s->high_price, places);
    vn_text_add(out, "\"o\":");
    vk_add_quoted(out, s->first_price, places);
}

/* The key of an answer follows the spelling of the question. */
static void add_key(struct vk_call *call, const struct vn_symbol *s)
{
    char name[VK_PAIR];
    const char *asked = vk_arg(call, "pair");
    if ((asked != NULL && strchr(asked, '/') != NULL) || vk_of(call->v)->settings.modern_names) {
        vk_pair_v2(s, name);
    } else {
        vk_pair_id(s, name);
    }
    vn_text_addf(&call->out, "\"%s\":", name);
}

void vk_do_ticker(struct vk_call *call)
{
    uint32_t mask = 0;
    if (!pairs_read(call, vk_arg(call, "pair"), &mask)) {
        return;
    }
    vn_text_add_char(&call->out, '{');
    for (int i = 0; i < call->v->engine.symbol_count; i++) {
        if ((mask & 1u << i) != 0) {
            add_key(call, &call->v->engine.symbols[i]);
            vn_text_add_char(&call->out, '{');
            print_ticker(&call->v->engine.symbols[i], &call->out);
            vn_text_add(&call->out, "},");
        }
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, '}');
}

/* ---- the book ---- */

static void print_side(struct venue *v, int64_t now_ns, const struct vn_symbol *s,
                       const struct vn_book_side *side, int count, struct vn_text *out)
{
    for (int i = 0; i < count && (size_t)i < side->count; i++) {
        const struct vn_level *level = side->levels[side->count - 1 - (size_t)i];
        vn_text_add_char(out, '[');
        vk_add_quoted(out, level->price, vk_price_places(s));
        vn_text_add_char(out, ',');
        vk_add_quoted(out, level->qty, 3);
        vn_text_addf(out, ",%lld],", (long long)(vn_server_ns(v, now_ns) / VN_SECOND));
    }
    vn_text_trim_comma(out);
}

static void print_depth(struct venue *v, int64_t now_ns, struct vn_symbol *s, int count,
                        struct vn_text *out)
{
    vn_text_add(out, "{\"asks\":[");
    print_side(v, now_ns, s, &s->asks, count, out);
    vn_text_add(out, "],\"bids\":[");
    print_side(v, now_ns, s, &s->bids, count, out);
    vn_text_add(out, "]}");
}

void vk_snapshot(struct venue *v, struct vn_symbol *symbol, struct vn_text *out)
{
    print_depth(v, v->now_ns, symbol, 500, out);
}

void vk_do_depth(struct vk_call *call)
{
    struct vn_symbol *symbol = vk_arg_pair(call);
    int64_t count = vk_arg_int(call, "count", vk_arg(call, "count") == NULL ? 100 : -1);
    if (symbol == NULL) {
        return;
    }
    if (count < 1 || count > 500) {
        vk_fail(call, "EGeneral:Invalid arguments");
        return;
    }
    const struct vn_fault *stale =
        vn_faults_event(call->v, VN_KRAKEN, VN_FAULT_STALE, symbol->name);
    vn_text_add_char(&call->out, '{');
    add_key(call, symbol);
    if (stale != NULL) {
        vn_text_add(&call->out, vn_fault_snapshot(stale, VN_KRAKEN, symbol));
    } else {
        print_depth(call->v, call->now_ns, symbol, (int)count, &call->out);
    }
    vn_text_add_char(&call->out, '}');
}

/* ---- trades and candles ---- */

void vk_do_trades(struct vk_call *call)
{
    struct vn_symbol *symbol = vk_arg_pair(call);
    int64_t count = vk_arg_int(call, "count", 1000);
    int64_t since = vk_arg_int(call, "since", 0);
    since = since < INT64_MAX / VN_SECOND ? since * VN_SECOND : since; /* seconds or nanoseconds */
    if (symbol == NULL) {
        return;
    }
    vn_text_add_char(&call->out, '{');
    add_key(call, symbol);
    vn_text_add_char(&call->out, '[');
    uint64_t i = 0;
    while (vn_trade_back(symbol, i) != NULL && (int64_t)i < count &&
           vn_server_ns(call->v, vn_trade_back(symbol, i)->time_ns) > since) {
        i++;
    }
    int64_t last_ns = since;
    for (; i > 0; i--) {
        const struct vn_trade *t = vn_trade_back(symbol, i - 1);
        vn_text_add_char(&call->out, '[');
        vk_add_quoted(&call->out, t->price, vk_price_places(symbol));
        vn_text_add_char(&call->out, ',');
        vk_add_quoted(&call->out, t->qty, 8);
        vn_text_add_char(&call->out, ',');
        vk_add_seconds(&call->out, call->v, t->time_ns);
        vn_text_addf(&call->out, ",\"%c\",\"l\",\"\",%llu],", t->buyer_is_maker ? 's' : 'b',
                     (unsigned long long)t->id);
        last_ns = vn_server_ns(call->v, t->time_ns);
    }
    vn_text_trim_comma(&call->out);
    vn_text_addf(&call->out, "],\"last\":\"%lld\"}", (long long)last_ns);
}

static void candle_add(struct vk_candle *c, const struct vn_trade *t)
{
    c->open = c->trades == 0 ? t->price : c->open;
    c->high = t->price > c->high ? t->price : c->high;
    c->low = c->trades == 0 || t->price < c->low ? t->price : c->low;
    c->close = t->price;
    c->qty += t->qty;
    c->quote += t->quote;
    c->trades++;
}

size_t vk_candles(const struct vn_symbol *symbol, int64_t interval_ns, struct vk_candle *ret_list,
                  size_t cap)
{
    size_t count = 0;
    uint64_t i = 0;
    while (vn_trade_back(symbol, i) != NULL) {
        i++;
    }
    for (; i > 0; i--) {
        const struct vn_trade *t = vn_trade_back(symbol, i - 1);
        int64_t start_ns = t->time_ns - t->time_ns % interval_ns;
        if (count == 0 || ret_list[count - 1].start_ns != start_ns) {
            if (count == cap) {
                memmove(ret_list, ret_list + 1, (cap - 1) * sizeof(*ret_list));
                count--;
            }
            ret_list[count++] = (struct vk_candle){.start_ns = start_ns};
        }
        candle_add(&ret_list[count - 1], t);
    }
    return count;
}

#define CANDLES 720

static bool is_interval(int64_t minutes)
{
    static const int64_t known[] = {1, 5, 15, 30, 60, 240, 1440, 10080, 21600};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i] == minutes) {
            return true;
        }
    }
    return false;
}

static void print_candle(struct vk_call *call, const struct vn_symbol *s, const struct vk_candle *c)
{
    int places = vk_price_places(s);
    const int64_t prices[] = {c->open, c->high, c->low, c->close,
                              c->qty == 0 ? 0 : (int64_t)(c->quote / vn_pow10(2) / c->qty)};
    vn_text_addf(&call->out, "[%lld,", (long long)(vn_server_ns(call->v, c->start_ns) / VN_SECOND));
    for (size_t i = 0; i < 5; i++) {
        vk_add_quoted(&call->out, prices[i], places);
        vn_text_add_char(&call->out, ',');
    }
    vk_add_quoted(&call->out, c->qty, 8);
    vn_text_addf(&call->out, ",%d],", c->trades);
}

void vk_do_ohlc(struct vk_call *call)
{
    struct vn_symbol *symbol = vk_arg_pair(call);
    int64_t minutes = vk_arg_int(call, "interval", 1);
    int64_t since = vk_arg_int(call, "since", 0);
    if (symbol == NULL) {
        return;
    }
    if (!is_interval(minutes)) {
        vk_fail(call, "EGeneral:Invalid arguments");
        return;
    }
    struct vk_candle candles[CANDLES];
    size_t count = vk_candles(symbol, minutes * 60 * VN_SECOND, candles, CANDLES);
    vn_text_add_char(&call->out, '{');
    add_key(call, symbol);
    vn_text_add_char(&call->out, '[');
    for (size_t i = 0; i < count; i++) {
        if (candles[i].start_ns / VN_SECOND > since) {
            print_candle(call, symbol, &candles[i]);
        }
    }
    vn_text_trim_comma(&call->out);
    int64_t last = count < 2 ? 0 : candles[count - 2].start_ns;
    vn_text_addf(&call->out, "],\"last\":%lld}", (long long)(last / VN_SECOND));
}
