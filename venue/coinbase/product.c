/* Products: the venue's symbols as Coinbase names and describes them, their books and their last trades. */
#include <string.h>

#include "coinbase.h"

/* ---- names ---- */

static bool is_plain(const char *name)
{
    return name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] == '\0';
}

bool vc_is_product(const struct vn_symbol *symbol)
{
    return is_plain(symbol->base->name) && is_plain(symbol->quote->name);
}

void vc_product_name(const struct vn_symbol *symbol, char *ret_name)
{
    size_t len = strlen(symbol->base->name);
    memcpy(ret_name, symbol->base->name, len);
    ret_name[len] = '-';
    memcpy(ret_name + len + 1, symbol->quote->name, strlen(symbol->quote->name) + 1);
}

/* BTC-USDC, where BTC-USD is the product; false: no dollars. */
static bool alias_name(const struct vn_symbol *symbol, char *ret_name)
{
    vc_product_name(symbol, ret_name);
    size_t len = strlen(ret_name);
    ret_name[len] = 'C';
    ret_name[len + 1] = '\0';
    return strcmp(symbol->quote->name, "USD") == 0;
}

bool vc_is_alias(const struct vn_symbol *symbol, const char *name)
{
    char own[2 * VN_NAME];
    vc_product_name(symbol, own);
    return strcmp(own, name) != 0;
}

struct vn_symbol *vc_product_find(struct venue *v, const char *name)
{
    char own[2 * VN_NAME];
    bool aliases = vc_state(v)->modes.aliases;
    for (int i = 0; i < v->engine.symbol_count; i++) {
        struct vn_symbol *symbol = &v->engine.symbols[i];
        vc_product_name(symbol, own);
        if (vc_is_product(symbol) && strcmp(own, name) == 0) {
            return symbol;
        }
        if (aliases && alias_name(symbol, own) && strcmp(own, name) == 0) {
            return symbol;
        }
    }
    return NULL;
}

/* The product that the path or the query names; NULL: failed. */
static struct vn_symbol *product_of(struct vc_call *call, const char *name)
{
    struct vn_symbol *symbol = name == NULL ? NULL : vc_product_find(call->v, name);
    if (name == NULL || name[0] == '\0') {
        vc_invalid(call, "product_id is required");
    } else if (symbol == NULL) {
        vc_fail(call, 404, "NOT_FOUND", "Product %s not supported", name);
    }
    return symbol;
}

/* Money against dollars is counted in cents, whatever the price grid is. */
int64_t vc_quote_increment(const struct vn_symbol *symbol)
{
    return strncmp(symbol->quote->name, "USD", 3) == 0 ? 1000000 : 1;
}

/* ---- time ---- */

void vc_do_time(struct vc_call *call)
{
    int64_t ms = vn_server_ns(call->v, call->now_ns) / VN_MS;
    vn_text_add(&call->out, "{\"iso\":");
    vc_add_time(call->v, &call->out, call->now_ns);
    vn_text_addf(&call->out, ",\"epochSeconds\":\"%lld\",\"epochMillis\":\"%lld\"}",
                 (long long)(ms / 1000), (long long)ms);
}

/* ---- products ---- */

static void print_states(struct vn_text *out, const struct vn_symbol *symbol)
{
    enum vn_status status = symbol->status;
    vc_add_text(out, "status", status == VN_END_OF_DAY ? "offline" : "online");
    vc_add_bool(out, "is_disabled", status == VN_END_OF_DAY);
    vc_add_bool(out, "trading_disabled", status == VN_HALT || status == VN_END_OF_DAY);
    vc_add_bool(out, "cancel_only", status == VN_CANCEL_ONLY);
    vc_add_bool(out, "limit_only", status == VN_LIMIT_ONLY);
    vc_add_bool(out, "post_only", status == VN_POST_ONLY);
    vc_add_bool(out, "auction_mode", status == VN_BREAK);
}

static void print_day(struct vn_text *out, const struct vn_symbol *symbol)
{
    int64_t last = symbol->last_price;
    int64_t first = symbol->first_price;
    vc_add_price(out, "price", symbol, last == 0 ? symbol->open_price : last);
    int64_t change = first == 0 ? 0 : (last - first) * 100000 / first; /* at 10^-3 percent */
    vn_text_addf(out, ",\"price_percentage_change_24h\":\"%s%lld.%03lld\"", change < 0 ? "-" : "",
                 (long long)((change < 0 ? -change : change) / 1000),
                 (long long)((change < 0 ? -change : change) % 1000));
    vc_add_plain(out, "volume_24h", symbol->base_volume);
    vc_add_plain(out, "approximate_quote_24h_volume", symbol->quote_volume);
}

/* Which names share this book. */
static void print_aliases(struct vn_text *out, const struct vn_symbol *symbol, bool aliases,
                          bool as_alias)
{
    char own[2 * VN_NAME];
    char other[2 * VN_NAME];
    bool dollars = alias_name(symbol, other);
    vc_product_name(symbol, own);
    vc_add_bool(out, "view_only", as_alias);
    vc_add_text(out, "alias", as_alias ? own : "");
    vn_text_add(out, ",\"alias_to\":[");
    if (aliases && dollars && !as_alias) {
        vn_text_add_json(out, other);
    }
    vn_text_add_char(out, ']');
}

static void print_product(const struct vc_call *call, struct vn_text *out,
                          const struct vn_symbol *symbol, const char *name)
{
    const struct vn_rules *r = &symbol->rules;
    bool as_alias = vc_is_alias(symbol, name);
    vn_text_add(out, "{\"product_id\":");
    vn_text_add_json(out, name);
    print_day(out, symbol);
    vc_add_size(out, "base_increment", symbol, r->step);
    vc_add_price(out, "quote_increment", symbol, vc_quote_increment(symbol));
    vc_add_price(out, "price_increment", symbol, r->tick);
    vc_add_size(out, "base_min_size", symbol, r->min_qty);
    vc_add_size(out, "base_max_size", symbol, r->max_qty);
    vc_add_plain(out, "quote_min_size", r->min_notional);
    vc_add_plain(out, "quote_max_size", r->max_notional);
    vc_add_text(out, "base_name", symbol->base->name);
    vc_add_text(out, "quote_name", symbol->quote->name);
    vc_add_text(out, "base_currency_id", symbol->base->name);
    vc_add_text(out, "quote_currency_id", as_alias ? "USDC" : symbol->quote->name);
    vc_add_text(out, "base_display_symbol", symbol->base->name);
    vc_add_text(out, "quote_display_symbol", symbol->quote->name);
    vc_add_text(out, "display_name", name);
    print_states(out, symbol);
    print_aliases(out, symbol, call->state->modes.aliases, as_alias);
    vn_text_add(out, ",\"watched\":false,\"new\":false,\"product_type\":\"SPOT\",\"product_venue\":"
                     "\"CBE\",\"fcm_trading_session_details\":null,"
                     "\"mid_market_price\":\"\"}");
}

static bool is_asked(const struct vc_call *call, const struct vn_symbol *symbol, const char *name)
{
    if (!vc_is_product(symbol)) {
        return false;
    }
    const char *type = vc_query_get(&call->query, "product_type");
    bool spot =
        type == NULL || strcmp(type, "SPOT") == 0 || strcmp(type, "UNKNOWN_PRODUCT_TYPE") == 0;
    return spot && vc_query_has(&call->query, "product_ids", name);
}

void vc_do_products(struct vc_call *call)
{
    int64_t offset = 0;
    const char *text = vc_query_get(&call->query, "offset");
    int64_t limit = vc_page_limit(call, 1000, 1000);
    if (text != NULL && vn_fixed_parse(text, strlen(text), 0, &offset) < 0) {
        vc_invalid(call, "invalid offset");
    }
    if (call->status != 200) {
        return;
    }
    int64_t found = 0;
    int64_t shown = 0;
    char names[2][2 * VN_NAME];
    vn_text_add(&call->out, "{\"products\":[");
    for (int i = 0; i < call->v->engine.symbol_count; i++) {
        const struct vn_symbol *symbol = &call->v->engine.symbols[i];
        bool twice = alias_name(symbol, names[1]) && call->state->modes.aliases;
        vc_product_name(symbol, names[0]);
        for (int k = 0; k <= (twice ? 1 : 0); k++) {
            if (is_asked(call, symbol, names[k]) && found++ >= offset && shown < limit) {
                print_product(call, &call->out, symbol, names[k]);
                vn_text_add_char(&call->out, ',');
                shown++;
            }
        }
    }
    vn_text_trim_comma(&call->out);
    vn_text_addf(&call->out,
                 "],\"num_products\":%lld,\"pagination\":{\"prev_cursor\":\"\",\"next_cursor\":"
                 "\"\",\"has_next\":%s,\"has_prev\":%s}}",
                 (long long)shown, offset + shown < found ? "true" : "false",
                 offset > 0 ? "true" : "false");
}

void vc_do_product(struct vc_call *call)
{
    const struct vn_symbol *symbol = product_of(call, call->id);
    if (symbol != NULL) {
        print_product(call, &call->out, symbol, call->id);
    }
}

/* ---- books ---- */

static void print_side(struct vn_text *out, const char *name, const struct vn_symbol *symbol,
                       const struct vn_book_side *side, int64_t limit)
{
    vn_text_addf(out, ",\"%s\":[", name);
    for (size_t i = side->count; i > 0 && (int64_t)(side->count - i) < limit; i--) {
        vn_text_add(out, "{\"price\":");
        vn_text_add_plain(out, vn_amount_of(side->levels[i - 1]->price, symbol->price_places));
        vc_add_size(out, "size", symbol, side->levels[i - 1]->qty);
        vn_text_add(out, "},");
    }
    vn_text_trim_comma(out);
    vn_text_add_char(out, ']');
}

static void print_book(struct vc_call *call, const struct vn_symbol *symbol, int64_t limit)
{
    char name[2 * VN_NAME];
    struct vn_text *out = &call->out;
    vc_product_name(symbol, name);
    vn_text_add(out, "{\"product_id\":");
    vn_text_add_json(out, name);
    print_side(out, "bids", symbol, &symbol->bids, limit);
    print_side(out, "asks", symbol, &symbol->asks, limit);
    vn_text_add(out, ",\"time\":");
    vc_add_time(call->v, out, call->now_ns);
    vn_text_add_char(out, '}');
}

/* last is the middle here, which may lie between two ticks: no price of a trade. */
static void print_middle(struct vn_text *out, const struct vn_symbol *symbol)
{
    int64_t bid = vn_book_best(symbol, VN_BUY);
    int64_t ask = vn_book_best(symbol, VN_SELL);
    if (bid == 0 || ask == 0) {
        vn_text_add(
            out, ",\"last\":\"\",\"mid_market\":\"\",\"spread_bps\":\"\",\"spread_absolute\":\"\"");
        return;
    }
    amount_t middle = vn_amount_of(bid + ask, symbol->price_places) / 2;
    vc_add_plain(out, "last", middle);
    vc_add_plain(out, "mid_market", middle);
    amount_t spread = vn_amount_of(ask - bid, symbol->price_places);
    int64_t bps = (int64_t)((amount_t)(ask - bid) * 2 * 10000000 / (bid + ask)); /* at 10^-3 */
    vc_add_plain(out, "spread_bps", vn_amount_of(bps, 3));
    vc_add_plain(out, "spread_absolute", spread);
}

void vc_do_book(struct vc_call *call)
{
    const struct vn_symbol *symbol = product_of(call, vc_query_get(&call->query, "product_id"));
    int64_t limit = symbol == NULL ? -1 : vc_page_limit(call, 1000, 1000);
    if (limit < 0) {
        return;
    }
    vn_text_add(&call->out, "{\"pricebook\":");
    print_book(call, symbol, limit);
    print_middle(&call->out, symbol);
    vn_text_add_char(&call->out, '}');
}

void vc_do_best(struct vc_call *call)
{
    vn_text_add(&call->out, "{\"pricebooks\":[");
    for (int i = 0; i < call->v->engine.symbol_count; i++) {
        char name[2 * VN_NAME];
        vc_product_name(&call->v->engine.symbols[i], name);
        if (is_asked(call, &call->v->engine.symbols[i], name)) {
            print_book(call, &call->v->engine.symbols[i], 1);
            vn_text_add_char(&call->out, ',');
        }
    }
    vn_text_trim_comma(&call->out);
    vn_text_add(&call->out, "]}");
}
