/* An order as the different replies show it. */
#include <string.h>

#include "binance.h"

static void add_member(struct vn_text *out, const char *name)
{
    vn_text_addf(out, ",\"%s\":", name);
}

static void add_price(struct vn_text *out, const char *name, int64_t value)
{
    add_member(out, name);
    vn_text_add_fixed(out, value, 8);
}

static void add_amount(struct vn_text *out, const char *name, amount_t value)
{
    add_member(out, name);
    vn_text_add_amount(out, value, 8);
}

static void add_time(const struct vn_call *call, struct vn_text *out, const char *name, int64_t ns)
{
    add_member(out, name);
    vn_add_time(call, out, ns);
}

/* {"symbol":…, and with a cancel's reply the order's own id first. */
static void add_identity(struct vn_text *out, const struct vn_order *order, const char *original_id)
{
    vn_text_add(out, "{\"symbol\":");
    vn_text_add_json(out, order->symbol->name);
    if (original_id != NULL) {
        add_member(out, "origClientOrderId");
        vn_text_add_json(out, original_id);
    }
    add_member(out, "orderId");
    vn_text_add_u64(out, order->id);
    vn_text_add(out, ",\"orderListId\":-1,\"clientOrderId\":");
    vn_text_add_json(out, order->client_id);
}

static void add_words(struct vn_text *out, const struct vn_order *order)
{
    vn_text_addf(out, ",\"status\":\"%s\",\"timeInForce\":\"%s\",\"type\":\"%s\",\"side\":\"%s\"",
                 vn_state_word(order->state), vn_tif_word(order->tif), vn_type_word(order->type),
                 vn_side_word(order->side));
}

static void add_prevention(struct vn_text *out, const struct vn_order *order)
{
    vn_text_addf(out, ",\"selfTradePreventionMode\":\"%s\"", vn_stp_word(order->stp));
    if (order->prevented > 0) {
        add_price(out, "preventedQuantity", order->prevented);
    }
    if (order->state == VN_EXPIRED && vn_expiry_word(order->expiry) != NULL) {
        vn_text_addf(out, ",\"expiryReason\":\"%s\"", vn_expiry_word(order->expiry));
    }
    if (order->has_strategy) {
        vn_text_addf(out, ",\"strategyId\":%lld,\"strategyType\":%lld",
                     (long long)order->strategy_id, (long long)order->strategy_type);
    }
}

void vn_print_order(const struct vn_call *call, struct vn_text *out, const struct vn_order *order)
{
    add_identity(out, order, NULL);
    add_price(out, "price", order->price);
    add_price(out, "origQty", order->qty);
    add_price(out, "executedQty", order->filled);
    add_amount(out, "cummulativeQuoteQty", order->cum_quote);
    add_words(out, order);
    add_price(out, "stopPrice", order->stop_price);
    add_price(out, "icebergQty", 0);
    add_time(call, out, "time", order->created_ns);
    add_time(call, out, "updateTime", order->updated_ns);
    vn_text_addf(out, ",\"isWorking\":%s", order->working ? "true" : "false");
    if (order->working) {
        add_time(call, out, "workingTime", order->working_ns);
    } else {
        vn_text_add(out, ",\"workingTime\":-1");
    }
    add_amount(out, "origQuoteOrderQty", order->quote_order_qty);
    add_prevention(out, order);
    vn_text_add_char(out, '}');
}

static void add_fills(struct vn_text *out, const struct vn_order *order)
{
    vn_text_add(out, ",\"fills\":[");
    for (const struct vn_fill *fill = order->first_fill; fill != NULL; fill = fill->next_of_order) {
        vn_text_add(out, "{\"price\":");
        vn_text_add_fixed(out, fill->price, 8);
        add_price(out, "qty", fill->qty);
        add_amount(out, "commission", fill->fee);
        add_member(out, "commissionAsset");
        vn_text_add_json(out, fill->fee_asset->name);
        vn_text_addf(out, ",\"tradeId\":%llu},", (unsigned long long)fill->trade_id);
    }
    vn_text_trim_comma(out);
    vn_text_add_char(out, ']');
}

void vn_print_new_order(const struct vn_call *call, struct vn_text *out,
                        const struct vn_order *order, const char *response_type)
{
    add_identity(out, order, NULL);
    add_time(call, out, "transactTime", order->created_ns);
    if (strcmp(response_type, "ACK") == 0) {
        vn_text_add_char(out, '}');
        return;
    }
    add_price(out, "price", order->price);
    add_price(out, "origQty", order->qty);
    add_price(out, "executedQty", order->filled);
    add_amount(out, "origQuoteOrderQty", order->quote_order_qty);
    add_amount(out, "cummulativeQuoteQty", order->cum_quote);
    add_words(out, order);
    if (order->stop_price > 0) {
        add_price(out, "stopPrice", order->stop_price);
    }
    if (order->working) {
        add_time(call, out, "workingTime", order->working_ns);
    } else {
        vn_text_add(out, ",\"workingTime\":-1");
    }
    if (strcmp(response_type, "FULL") == 0) {
        add_fills(out, order);
    }
    add_prevention(out, order);
    vn_text_add_char(out, '}');
}

void vn_print_cancel(const struct vn_call *call, struct vn_text *out, const struct vn_order *order,
                     const char *original_id)
{
    add_identity(out, order, original_id);
    add_time(call, out, "transactTime", order->updated_ns);
    add_price(out, "price", order->price);
    add_price(out, "origQty", order->qty);
    add_price(out, "executedQty", order->filled);
    add_amount(out, "origQuoteOrderQty", order->quote_order_qty);
    add_amount(out, "cummulativeQuoteQty", order->cum_quote);
    add_words(out, order);
    if (order->stop_price > 0) {
        add_price(out, "stopPrice", order->stop_price);
    }
    add_prevention(out, order);
    vn_text_add_char(out, '}');
}
