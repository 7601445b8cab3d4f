/* New orders: from parameters to a spec, from the engine's verdict to a reply. */
#include <string.h>

#include "binance.h"

/* ---- which parameters a type needs ---- */

#define NEEDS_TIF 1u
#define NEEDS_PRICE 2u
#define NEEDS_STOP 4u
#define NEEDS_QTY 8u
#define QTY_OR_QUOTE 16u

static const unsigned needs_of[VN_TYPE_COUNT] = {
    [VN_LIMIT] = NEEDS_TIF | NEEDS_QTY | NEEDS_PRICE,
    [VN_LIMIT_MAKER] = NEEDS_QTY | NEEDS_PRICE,
    [VN_MARKET] = QTY_OR_QUOTE,
    [VN_STOP_LOSS] = NEEDS_QTY | NEEDS_STOP,
    [VN_STOP_LOSS_LIMIT] = NEEDS_TIF | NEEDS_QTY | NEEDS_PRICE | NEEDS_STOP,
    [VN_TAKE_PROFIT] = NEEDS_QTY | NEEDS_STOP,
    [VN_TAKE_PROFIT_LIMIT] = NEEDS_TIF | NEEDS_QTY | NEEDS_PRICE | NEEDS_STOP,
};

static bool check_presence(struct vn_call *call, const char *name, bool needed)
{
    if (needed) {
        return vn_need(call, name) != NULL;
    }
    if (vn_arg(call, name) != NULL) {
        vn_fail(call, 400, -1106, "Parameter '%s' sent when not required.", name);
        return false;
    }
    return true;
}

static bool check_needs(struct vn_call *call, enum vn_type type)
{
    unsigned needs = needs_of[type];
    if (needs & QTY_OR_QUOTE) {
        if (vn_arg(call, "quantity") != NULL && !check_presence(call, "quoteOrderQty", false)) {
            return false;
        }
        if (vn_arg(call, "quoteOrderQty") == NULL && vn_need(call, "quantity") == NULL) {
            return false;
        }
    } else if (!check_presence(call, "quoteOrderQty", false) ||
               !check_presence(call, "quantity", needs & NEEDS_QTY)) {
        return false;
    }
    return check_presence(call, "timeInForce", needs & NEEDS_TIF) &&
           check_presence(call, "price", needs & NEEDS_PRICE) &&
           check_presence(call, "stopPrice", needs & NEEDS_STOP);
}

/* ---- values ---- */

/* Decimal text with at most 8 decimals; the characters were checked before. */
static bool read_decimal(struct vn_call *call, const char *name, int64_t *ret_value)
{
    const char *text = vn_arg(call, name);
    if (text == NULL) {
        return true;
    }
    const char *point = strchr(text, '.');
    if (point != NULL && strlen(point + 1) > 8) {
        vn_fail(call, 400, -1111, "Parameter '%s' has too much precision.", name);
        return false;
    }
    if (vn_fixed_parse(text, strlen(text), 8, ret_value) < 0) {
        vn_fail(call, 400, -1108, "Parameter '%s' was too large.", name);
        return false;
    }
    return true;
}

static bool read_words(struct vn_call *call, struct vn_order_spec *spec)
{
    const char *side = vn_need(call, "side");
    if (side == NULL) {
        return false;
    }
    spec->side = vn_side_read(side);
    if (spec->side == 0) {
        vn_fail(call, 400, -1117, "Invalid side.");
        return false;
    }
    const char *type = vn_need(call, "type");
    if (type == NULL) {
        return false;
    }
    spec->type = vn_type_read(type);
    if (spec->type == VN_TYPE_INVALID) {
        vn_fail(call, 400, -1116, "Invalid orderType.");
        return false;
    }
    const char *tif = vn_arg(call, "timeInForce");
    spec->tif = tif == NULL ? VN_GTC : vn_tif_read(tif);
    if (spec->tif == VN_TIF_INVALID) {
        vn_fail(call, 400, -1115, "Invalid timeInForce.");
        return false;
    }
    return true;
}

static bool read_stp(struct vn_call *call, struct vn_order_spec *spec)
{
    const char *mode = vn_arg(call, "selfTradePreventionMode");
    spec->stp = mode == NULL ? spec->symbol->default_stp : vn_stp_read(mode);
    if (spec->stp == VN_STP_INVALID) {
        vn_fail(call, 400, -1130,
                "Data sent for parameter 'selfTradePreventionMode' is not valid.");
        return false;
    }
    if ((spec->symbol->allowed_stp & 1u << spec->stp) == 0) {
        vn_fail(call, 400, -1013,
                "This symbol does not allow the specified self-trade prevention mode.");
        return false;
    }
    return true;
}

static const char *response_type(const struct vn_call *call, enum vn_type type)
{
    const char *wanted = vn_arg(call, "newOrderRespType");
    return wanted != NULL ? wanted : type == VN_LIMIT || type == VN_MARKET ? "FULL" : "ACK";
}

static bool check_response_type(struct vn_call *call)
{
    const char *wanted = vn_arg(call, "newOrderRespType");
    if (wanted == NULL || strcmp(wanted, "ACK") == 0 || strcmp(wanted, "RESULT") == 0 ||
        strcmp(wanted, "FULL") == 0) {
        return true;
    }
    vn_fail(call, 400, -1130, "Data sent for parameter 'newOrderRespType' is not valid.");
    return false;
}

/* What no symbol here allows; exchangeInfo says so. */
static bool check_unsupported(struct vn_call *call)
{
    static const char *const names[] = {"icebergQty", "trailingDelta", "pegPriceType",
                                        "pegOffsetType", "pegOffsetValue"};
    static const char *const what[] = {"Iceberg", "Trailing stop", "Pegged", "Pegged", "Pegged"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (vn_arg(call, names[i]) != NULL) {
            vn_fail(call, 400, -1013, "%s orders are not supported for this symbol.", what[i]);
            return false;
        }
    }
    return true;
}

static bool check_strategy(struct vn_call *call, struct vn_order_spec *spec)
{
    spec->has_strategy = vn_arg(call, "strategyId") != NULL || vn_arg(call, "strategyType") != NULL;
    spec->strategy_id = vn_arg_int(call, "strategyId", 0);
    spec->strategy_type = vn_arg_int(call, "strategyType", 1000000);
    if (spec->strategy_type < 1000000) {
        vn_fail(call, 400, -1130, "Data sent for parameter 'strategyType' is not valid.");
        return false;
    }
    return true;
}

static bool check_filters(struct vn_call *call, const struct vn_order_spec *spec)
{
    const char *failed = NULL;
    unsigned needs = needs_of[spec->type];
    if (((needs & NEEDS_PRICE) && spec->price == 0) ||
        ((needs & NEEDS_STOP) && spec->stop_price == 0)) {
        failed = "PRICE_FILTER";
    } else if (spec->qty == 0 && spec->quote_order_qty == 0) {
        failed = "LOT_SIZE";
    } else {
        failed = vn_filter_check(call->v, call->now_ns, spec);
    }
    if (failed != NULL) {
        vn_fail(call, 400, -1013, "Filter failure: %s", failed);
    }
    return failed == NULL;
}

bool vn_order_read(struct vn_call *call, struct vn_order_spec *ret_spec)
{
    struct vn_order_spec spec = {.account = call->key->account};
    spec.symbol = vn_need_symbol(call);
    if (spec.symbol == NULL || !read_words(call, &spec) || !check_needs(call, spec.type) ||
        !check_response_type(call) || !check_unsupported(call)) {
        return false;
    }
    int64_t quote_qty = 0;
    if (!read_decimal(call, "quantity", &spec.qty) || !read_decimal(call, "price", &spec.price) ||
        !read_decimal(call, "stopPrice", &spec.stop_price) ||
        !read_decimal(call, "quoteOrderQty", &quote_qty)) {
        return false;
    }
    spec.quote_order_qty = vn_amount_of(quote_qty, 8);
    spec.client_id = vn_arg(call, "newClientOrderId");
    if (!check_strategy(call, &spec) || !read_stp(call, &spec) || !check_filters(call, &spec)) {
        return false;
    }
    *ret_spec = spec;
    return true;
}

/* ---- the engine's verdict ---- */

void vn_result_fail(struct vn_call *call, enum vn_result result)
{
    switch (result) {
    case VN_OK:
        return;
    case VN_CLOSED:
        vn_fail(call, 400, -2010, "Market is closed.");
        return;
    case VN_FUNDS:
        vn_fail(call, 400, -2010, "Account has insufficient balance for requested action.");
        return;
    case VN_WOULD_MATCH:
        vn_fail(call, 400, -2010, "Order would immediately match and take.");
        return;
    case VN_DUPLICATE:
        vn_fail(call, 400, -2010, "Duplicate order sent.");
        return;
    case VN_WOULD_TRIGGER:
        vn_fail(call, 400, -2010, "Order would trigger immediately.");
        return;
    case VN_NO_LIQUIDITY:
        vn_fail(call, 400, -2010,
                "Order book liquidity is less than LOT_SIZE filter minimum quantity.");
        return;
    case VN_UNKNOWN:
        vn_fail(call, 400, -2011, "Unknown order sent.");
        return;
    case VN_RESTRICTED:
        vn_fail(call, 400, -2011, "Order was not canceled due to cancel restrictions.");
        return;
    case VN_BAD_AMEND:
        vn_fail(call, 400, -2038,
                "The requested quantity must be below the current and above the executed one.");
        return;
    }
}

void vn_order_send(struct vn_call *call, const struct vn_order_spec *spec)
{
    if (!spec->account->can_trade) {
        vn_fail(call, 400, -2010, "This account may not place or cancel orders.");
        return;
    }
    struct vn_order *order = NULL;
    enum vn_result result = vn_place(&call->v->engine, call->now_ns, spec, &order);
    if (result != VN_OK) {
        vn_result_fail(call, result);
        return;
    }
    call->counts_order = true;
    vn_print_new_order(call, &call->out, order, response_type(call, order->type));
}

void vn_do_order_place(struct vn_call *call)
{
    struct vn_order_spec spec;
    if (vn_order_read(call, &spec) && vn_order_count_open(call, spec.account)) {
        vn_order_send(call, &spec);
    }
}

void vn_do_order_test(struct vn_call *call)
{
    struct vn_order_spec spec;
    if (!vn_order_read(call, &spec)) {
        return;
    }
    const char *rates = vn_arg(call, "computeCommissionRates");
    if (rates == NULL || strcmp(rates, "true") != 0) {
        vn_text_add(&call->out, "{}");
        return;
    }
    vn_text_add(&call->out, "{\"standardCommissionForOrder\":{\"maker\":");
    vn_text_add_fixed(&call->out, spec.account->maker_rate, 8);
    vn_text_add(&call->out, ",\"taker\":");
    vn_text_add_fixed(&call->out, spec.account->taker_rate, 8);
    vn_text_add(&call->out,
                "},\"taxCommissionForOrder\":{\"maker\":\"0.00000000\",\"taker\":\"0.00000000\"},"
                "\"discount\":{\"enabledForAccount\":");
    vn_text_addf(&call->out, "%s,\"enabledForSymbol\":true,\"discountAsset\":\"BNB\",\"discount\":",
                 spec.account->fee_in_bnb ? "true" : "false");
    vn_text_add_fixed(&call->out, spec.account->bnb_rate, 8);
    vn_text_add(&call->out, "}}");
}
