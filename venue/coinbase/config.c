/* order_configuration: read from JSON, printed as it was written, checked against the product. */
#include <string.h>

#include "coinbase.h"

const struct vc_refusal vc_insufficient_fund = {"INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND",
                                                "Insufficient balance in source account"};
const struct vc_refusal vc_crossing_post_only = {"INVALID_LIMIT_PRICE_POST_ONLY",
                                                 "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY",
                                                 "Limit price would cross the book"};
const struct vc_refusal vc_no_liquidity = {"INVALID_NO_LIQUIDITY", "PREVIEW_INVALID_NO_LIQUIDITY",
                                           "There is no liquidity for this order"};
const struct vc_refusal vc_unsupported = {"UNSUPPORTED_ORDER_CONFIGURATION",
                                          "PREVIEW_INVALID_ORDER_CONFIG",
                                          "Unsupported order configuration"};
const struct vc_refusal vc_duplicate_id = {"DUPLICATE_CLIENT_ORDER_ID",
                                           "UNKNOWN_PREVIEW_FAILURE_REASON",
                                           "client_order_id was used before"};

const struct vc_refusal vc_untradable = {
    "UNTRADABLE_PRODUCT", "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE", "The product cannot be traded"};

static const struct vc_refusal price_precision = {"INVALID_PRICE_PRECISION",
                                                  "PREVIEW_INVALID_PRICE_PRECISION",
                                                  "Too many decimals in order price"};
static const struct vc_refusal size_precision = {"INVALID_SIZE_PRECISION",
                                                 "PREVIEW_INVALID_SIZE_PRECISION",
                                                 "Too many decimals in order amount"};
static const struct vc_refusal quote_precision = {"INVALID_SIZE_PRECISION",
                                                  "PREVIEW_INVALID_QUOTE_SIZE_PRECISION",
                                                  "Too many decimals in order amount"};
static const struct vc_refusal quote_orders = {"QUOTE_ORDERS_NOT_ALLOWED_FOR_PRODUCT",
                                               "PREVIEW_INVALID_ORDER_CONFIG",
                                               "A size in quote money is not allowed here"};
static const struct vc_refusal no_end_time = {"GTD_ORDERS_MUST_HAVE_END_TIME",
                                              "PREVIEW_INVALID_END_TIME", "end_time is required"};
static const struct vc_refusal past_end_time = {
    "END_TIME_IS_IN_THE_PAST", "PREVIEW_INVALID_END_TIME", "end_time is in the past"};
static const struct vc_refusal trading_disabled = {"TRADING_DISABLED", "PREVIEW_TRADING_DISABLED",
                                                   "Trading is disabled for this product"};
static const struct vc_refusal entry_disabled = {"ORDER_ENTRY_DISABLED",
                                                 "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE",
                                                 "Order is not allowed in the market's state"};
/* Of these the venue gives the preview's reason only. */
#define BY_PREVIEW(name, preview, message)                                                         \
    static const struct vc_refusal name = {"UNKNOWN_FAILURE_REASON", preview, message}
BY_PREVIEW(base_too_small, "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL", "Order size is too small");
BY_PREVIEW(base_too_large, "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE", "Order size is too large");
BY_PREVIEW(quote_too_small, "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL", "Order value is too small");
BY_PREVIEW(quote_too_large, "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE", "Order value is too large");
BY_PREVIEW(price_too_large, "PREVIEW_INVALID_PRICE_TOO_LARGE", "Order price is too large");
BY_PREVIEW(stop_below_last, "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE", "Stop price is too low");
BY_PREVIEW(stop_above_last, "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE", "Stop price is too high");
BY_PREVIEW(stop_above_limit, "PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE", "Stop price is above limit");
BY_PREVIEW(stop_below_limit, "PREVIEW_STOP_PRICE_BELOW_LIMIT_PRICE", "Stop price is below limit");

/* ---- reading ---- */

/* A decimal text, or nothing; false: failed. */
static bool read_number(struct vc_call *call, const struct vn_json *node, const char *name,
                        char *ret_text)
{
    const struct vn_json *member = vn_json_get(node, name);
    int64_t value = 0;
    ret_text[0] = '\0';
    if (member == NULL || member->kind == VN_JSON_NULL) {
        return true;
    }
    if (member->kind != VN_JSON_STRING) {
        vc_invalid(call, "%s is not a string", name);
        return false;
    }
    if (member->text[0] == '\0') {
        return true;
    }
    if (strlen(member->text) >= VC_NUMBER || vc_number_read(member->text, &value) == -1) {
        vc_invalid(call, "%s is not a positive decimal", name);
        return false;
    }
    memcpy(ret_text, member->text, strlen(member->text) + 1);
    return true;
}

static bool is_stop(enum vc_kind kind)
{
    return kind == VC_STOP_GTC || kind == VC_STOP_GTD;
}

static bool is_market(enum vc_kind kind)
{
    return kind == VC_MARKET_IOC || kind == VC_MARKET_FOK;
}

/* Kinds whose members are not read, because they are refused as a whole. */
static bool is_foreign(enum vc_kind kind)
{
    return kind >= VC_BRACKET_GTC && kind <= VC_SCALED_GTC;
}

static bool read_words(struct vc_call *call, const struct vn_json *node, struct vc_config *config)
{
    const char *direction = vn_json_text(node, "stop_direction", "");
    const char *end_time = vn_json_text(node, "end_time", "");
    const struct vn_json *post_only = vn_json_get(node, "post_only");
    int64_t end_ns = 0;
    if (is_stop(config->kind)) {
        config->stop_up = strcmp(direction, "STOP_DIRECTION_STOP_UP") == 0;
        if (!config->stop_up && strcmp(direction, "STOP_DIRECTION_STOP_DOWN") != 0) {
            vc_invalid(call, "invalid stop_direction");
            return false;
        }
    }
    if (end_time[0] != '\0' &&
        (strlen(end_time) >= VC_TIME || vc_time_read(end_time, &end_ns) < 0)) {
        vc_invalid(call, "invalid end_time");
        return false;
    }
    memcpy(config->end_time, end_time, strlen(end_time) + 1);
    if (post_only != NULL && post_only->kind != VN_JSON_BOOL) {
        vc_invalid(call, "post_only is not a boolean");
        return false;
    }
    config->post_only = vn_json_bool(node, "post_only", false);
    return true;
}

static bool check_presence(struct vc_call *call, const struct vc_config *config)
{
    if ((config->base_size[0] != '\0') == (config->quote_size[0] != '\0')) {
        vc_invalid(call, "exactly one of base_size and quote_size is required");
        return false;
    }
    if (!is_market(config->kind) && config->limit_price[0] == '\0') {
        vc_invalid(call, "limit_price is required");
        return false;
    }
    if (is_stop(config->kind) && config->stop_price[0] == '\0') {
        vc_invalid(call, "stop_price is required");
        return false;
    }
    return true;
}

bool vc_config_read(struct vc_call *call, const struct vn_json *node, struct vc_config *ret_config)
{
    struct vc_config config = {.kind = VC_KIND_INVALID};
    if (node == NULL || node->kind != VN_JSON_OBJECT || node->child == NULL ||
        node->child->next != NULL || node->child->kind != VN_JSON_OBJECT) {
        vc_invalid(call, "order_configuration has exactly one member");
        return false;
    }
    config.kind = vc_kind_read(node->child->name);
    if (config.kind == VC_KIND_INVALID) {
        vc_invalid(call, "unknown order_configuration %s", node->child->name);
        return false;
    }
    const struct vn_json *c = node->child;
    if (!read_number(call, c, "base_size", config.base_size) ||
        !read_number(call, c, "quote_size", config.quote_size) ||
        !read_number(call, c, "limit_price", config.limit_price) ||
        !read_number(call, c, "stop_price", config.stop_price) || !read_words(call, c, &config)) {
        return false;
    }
    if (!is_foreign(config.kind) && !check_presence(call, &config)) {
        return false;
    }
    *ret_config = config;
    return true;
}

/* ---- printing ---- */

static void add_number(struct vn_text *out, const char *name, const char *value)
{
    if (value[0] != '\0') {
        vn_text_addf(out, "\"%s\":\"%s\",", name, value);
    }
}

void vc_config_print(struct vn_text *out, const struct vc_config *config)
{
    vn_text_addf(out, "{\"%s\":{", vc_kind_word(config->kind));
    add_number(out, "base_size", config->base_size);
    add_number(out, "quote_size", config->quote_size);
    add_number(out, "limit_price", config->limit_price);
    add_number(out, "stop_price", config->stop_price);
    add_number(out, "end_time", config->end_time);
    if (is_stop(config->kind)) {
        vn_text_addf(out, "\"stop_direction\":\"STOP_DIRECTION_STOP_%s\",",
                     config->stop_up ? "UP" : "DOWN");
    }
    if (config->kind == VC_LIMIT_GTC || config->kind == VC_LIMIT_GTD) {
        vn_text_addf(out, "\"post_only\":%s,", config->post_only ? "true" : "false");
    }
    if (!is_stop(config->kind)) {
        vn_text_add(out, "\"rfq_disabled\":false,");
    }
    vn_text_trim_comma(out);
    vn_text_add(out, "}}");
}

/* An order that came by another dialect, in these words. */
void vc_config_of(const struct vn_order *order, struct vc_config *ret_config)
{
    struct vc_config config = {.kind = VC_LIMIT_GTC};
    char text[VN_AMOUNT_TEXT];
    const struct vn_symbol *symbol = order->symbol;
    if (order->type == VN_MARKET) {
        config.kind = VC_MARKET_IOC;
    } else if (vn_order_is_stop(order)) {
        config.kind = VC_STOP_GTC;
        vn_amount_print_plain(vn_amount_of(order->stop_price, symbol->price_places), text);
        memcpy(config.stop_price, text, strlen(text) + 1);
        bool loss = order->type == VN_STOP_LOSS || order->type == VN_STOP_LOSS_LIMIT;
        config.stop_up = (order->side == VN_BUY) == loss;
    } else if (order->tif == VN_IOC || order->tif == VN_FOK) {
        config.kind = order->tif == VN_IOC ? VC_SOR_IOC : VC_LIMIT_FOK;
    }
    vn_amount_print_plain(vn_amount_of(order->qty, symbol->qty_places), text);
    memcpy(config.base_size, text, strlen(text) + 1);
    if (order->price != 0) {
        vn_amount_print_plain(vn_amount_of(order->price, symbol->price_places), text);
        memcpy(config.limit_price, text, strlen(text) + 1);
    }
    config.post_only = order->type == VN_LIMIT_MAKER;
    *ret_config = config;
}

/* ---- checking ---- */

static const struct vc_refusal *check_state(const struct vn_symbol *symbol,
                                            const struct vc_config *config)
{
    switch (symbol->status) {
    case VN_TRADING:
        return NULL;
    case VN_HALT:
        return &trading_disabled;
    case VN_END_OF_DAY:
        return &vc_untradable;
    case VN_LIMIT_ONLY:
        return is_market(config->kind) ? &entry_disabled : NULL;
    case VN_POST_ONLY:
        return config->post_only ? NULL : &entry_disabled;
    case VN_BREAK:
    case VN_CANCEL_ONLY:
    case VN_STATUS_INVALID:
    case VN_STATUS_COUNT:
        break;
    }
    return &entry_disabled;
}

static const struct vc_refusal *check_size(const struct vc_config *config,
                                           struct vn_order_spec *spec)
{
    const struct vn_rules *r = &spec->symbol->rules;
    int64_t quote = 0;
    if (config->quote_size[0] != '\0') {
        if (vc_number_read(config->quote_size, &quote) < 0 ||
            quote % vc_quote_increment(spec->symbol) != 0) {
            return &quote_precision;
        }
        spec->quote_order_qty = vn_amount_of(quote, 8);
        return spec->quote_order_qty < r->min_notional   ? &quote_too_small
               : spec->quote_order_qty > r->max_notional ? &quote_too_large
                                                         : NULL;
    }
    if (vc_number_read(config->base_size, &spec->qty) < 0 ||
        (r->step != 0 && spec->qty % r->step != 0)) {
        return &size_precision;
    }
    return spec->qty < r->min_qty                      ? &base_too_small
           : r->max_qty != 0 && spec->qty > r->max_qty ? &base_too_large
                                                       : NULL;
}

static const struct vc_refusal *check_price(const struct vc_config *config,
                                            struct vn_order_spec *spec)
{
    const struct vn_symbol *symbol = spec->symbol;
    const struct vn_rules *r = &symbol->rules;
    if (config->limit_price[0] == '\0') {
        return NULL;
    }
    if (vc_number_read(config->limit_price, &spec->price) < 0 ||
        (r->tick != 0 && spec->price % r->tick != 0)) {
        return &price_precision;
    }
    if (r->max_price != 0 && spec->price > r->max_price) {
        return &price_too_large;
    }
    amount_t value =
        vn_amount_product(spec->price, symbol->price_places, spec->qty, symbol->qty_places);
    return value < r->min_notional                           ? &quote_too_small
           : r->max_notional != 0 && value > r->max_notional ? &quote_too_large
                                                             : NULL;
}

static const struct vc_refusal *check_stop(const struct vc_config *config,
                                           struct vn_order_spec *spec)
{
    const struct vn_symbol *symbol = spec->symbol;
    int64_t last = symbol->last_price;
    if (vc_number_read(config->stop_price, &spec->stop_price) < 0 ||
        (symbol->rules.tick != 0 && spec->stop_price % symbol->rules.tick != 0)) {
        return &price_precision;
    }
    if (last != 0 && config->stop_up && spec->stop_price <= last) {
        return &stop_below_last;
    }
    if (last != 0 && !config->stop_up && spec->stop_price >= last) {
        return &stop_above_last;
    }
    if (spec->side == VN_BUY && spec->price < spec->stop_price) {
        return &stop_above_limit;
    }
    return spec->side == VN_SELL && spec->price > spec->stop_price ? &stop_below_limit : NULL;
}

static const struct vc_refusal *check_end(const struct venue *v, int64_t now_ns,
                                          const struct vc_config *config,
                                          struct vn_order_spec *spec)
{
    int64_t end_ns = 0;
    if (config->kind != VC_LIMIT_GTD && config->kind != VC_STOP_GTD) {
        return NULL;
    }
    if (config->end_time[0] == '\0' || vc_time_read(config->end_time, &end_ns) < 0) {
        return &no_end_time;
    }
    spec->expire_ns = end_ns - vn_server_ns(v, 0);
    return spec->expire_ns <= now_ns ? &past_end_time : NULL;
}

static void set_type(const struct vc_config *config, struct vn_order_spec *spec)
{
    spec->tif = VN_GTC;
    spec->type = config->post_only ? VN_LIMIT_MAKER : VN_LIMIT;
    if (is_market(config->kind)) {
        spec->type = VN_MARKET;
        spec->tif = VN_IOC;
    } else if (is_stop(config->kind)) {
        bool loss = (spec->side == VN_BUY) == config->stop_up;
        spec->type = loss ? VN_STOP_LOSS_LIMIT : VN_TAKE_PROFIT_LIMIT;
    } else if (config->kind == VC_SOR_IOC || config->kind == VC_LIMIT_FOK) {
        spec->tif = config->kind == VC_SOR_IOC ? VN_IOC : VN_FOK;
    }
}

/* Commission included: what is left of a quote size for the price itself. */
static amount_t without_fee(amount_t quote, int64_t rate)
{
    return vn_amount_floor(quote / (100000000 + rate) * 100000000 +
                               quote % (100000000 + rate) * 100000000 / (100000000 + rate),
                           VC_FEE_PLACES);
}

const struct vc_refusal *vc_config_check(struct venue *v, int64_t now_ns,
                                         const struct vc_config *config, struct vn_order_spec *spec)
{
    bool market = is_market(config->kind);
    if (config->kind == VC_MARKET_FOK || is_foreign(config->kind)) {
        return &vc_unsupported;
    }
    if (config->quote_size[0] != '\0' && (!market || spec->side == VN_SELL)) {
        return &quote_orders;
    }
    const struct vc_refusal *why = check_state(spec->symbol, config);
    why = why == NULL ? check_size(config, spec) : why;
    why = why == NULL ? check_price(config, spec) : why;
    why = why == NULL && is_stop(config->kind) ? check_stop(config, spec) : why;
    why = why == NULL ? check_end(v, now_ns, config, spec) : why;
    if (why != NULL) {
        return why;
    }
    set_type(config, spec);
    if (market && vn_book_best(spec->symbol, spec->side == VN_BUY ? VN_SELL : VN_BUY) == 0) {
        return &vc_no_liquidity;
    }
    const struct vn_account *a = spec->account;
    bool maker_hold = vc_state(v)->modes.hold_maker && !is_stop(config->kind);
    spec->stp = VN_STP_EXPIRE_TAKER;
    spec->fee_in_quote = true;
    spec->fee_places = VC_FEE_PLACES;
    spec->hold_rate = maker_hold ? a->maker_rate : a->taker_rate;
    spec->quote_order_qty = without_fee(spec->quote_order_qty, a->taker_rate);
    spec->origin = VN_COINBASE;
    return NULL;
}
