/* Cancel, cancel all, cancel-replace, amend. */
#include <string.h>

#include "binance.h"

/* The engine knows an order at once; only queries are late. */
static struct vn_order *find_order(struct vn_call *call, struct vn_symbol *symbol,
                                   const char *id_name, const char *client_name)
{
    const char *id = vn_arg(call, id_name);
    const char *client = vn_arg(call, client_name);
    if (id == NULL && client == NULL) {
        vn_need(call, id_name);
        return NULL;
    }
    struct vn_account *account = call->key->account;
    struct vn_order *order = NULL;
    if (id != NULL) {
        order = vn_order_find(&call->v->engine, account, symbol,
                              (uint64_t)vn_arg_int(call, id_name, 0));
    } else {
        order = vn_order_by_client(account, symbol, client);
    }
    if (order != NULL && id != NULL && client != NULL && strcmp(order->client_id, client) != 0) {
        order = NULL;
    }
    if (order == NULL || !vn_order_is_open(order)) {
        vn_result_fail(call, VN_UNKNOWN);
        return NULL;
    }
    return order;
}

static bool check_restrictions(struct vn_call *call, const struct vn_order *order)
{
    const char *wanted = vn_arg(call, "cancelRestrictions");
    if (wanted == NULL) {
        return true;
    }
    bool only_new = strcmp(wanted, "ONLY_NEW") == 0;
    if (!only_new && strcmp(wanted, "ONLY_PARTIALLY_FILLED") != 0) {
        vn_fail(call, 400, -1145, "Invalid cancelRestrictions");
        return false;
    }
    if (order->state != (only_new ? VN_NEW : VN_PARTIAL)) {
        vn_result_fail(call, VN_RESTRICTED);
        return false;
    }
    return true;
}

static void cancel_one(struct vn_call *call, struct vn_order *order, const char *cancel_id,
                       struct vn_text *out)
{
    char original_id[VN_CLIENT_ID];
    memcpy(original_id, order->client_id, sizeof(original_id));
    vn_cancel(&call->v->engine, call->now_ns, order, cancel_id);
    vn_print_cancel(call, out, order, original_id);
}

void vn_do_order_cancel(struct vn_call *call)
{
    struct vn_symbol *symbol = vn_need_symbol(call);
    struct vn_order *order =
        symbol == NULL ? NULL : find_order(call, symbol, "orderId", "origClientOrderId");
    if (order != NULL && check_restrictions(call, order)) {
        cancel_one(call, order, vn_arg(call, "newClientOrderId"), &call->out);
    }
}

void vn_do_cancel_all(struct vn_call *call)
{
    struct vn_symbol *symbol = vn_need_symbol(call);
    if (symbol == NULL) {
        return;
    }
    struct vn_holding *holding = vn_holding_get(call->key->account, symbol);
    if (holding->open == NULL) {
        vn_result_fail(call, VN_UNKNOWN);
        return;
    }
    vn_text_add_char(&call->out, '[');
    while (holding->open != NULL) {
        cancel_one(call, holding->open, NULL, &call->out);
        vn_text_add_char(&call->out, ',');
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, ']');
}

/* ---- cancel-replace ---- */

/* The error a leg left in the call, as an object; the call is clean after it. */
static void take_error(struct vn_call *call, struct vn_text *out)
{
    vn_text_addf(out, "{\"code\":%d,\"msg\":", call->code);
    vn_text_add_json(out, call->message);
    vn_text_add_char(out, '}');
    call->status = 200;
    call->code = 0;
}

static bool cancel_leg(struct vn_call *call, struct vn_symbol *symbol, struct vn_text *out)
{
    struct vn_order *order = find_order(call, symbol, "cancelOrderId", "cancelOrigClientOrderId");
    if (order == NULL || !check_restrictions(call, order)) {
        take_error(call, out);
        return false;
    }
    cancel_one(call, order, vn_arg(call, "cancelNewClientOrderId"), out);
    return true;
}

static bool order_leg(struct vn_call *call, const struct vn_order_spec *spec, bool over_limit,
                      struct vn_text *out)
{
    if (over_limit) {
        vn_order_count_open(call, spec->account);
        call->retry_after_s = 0;
    } else {
        vn_order_send(call, spec);
    }
    if (call->code != 0) {
        take_error(call, out);
        return false;
    }
    vn_text_add_n(out, call->out.data, call->out.len);
    vn_text_clear(&call->out);
    return true;
}

static void print_legs(struct vn_call *call, bool cancelled, const char *order_word,
                       const struct vn_text *cancel, const struct vn_text *order)
{
    vn_text_addf(&call->out,
                 "{\"cancelResult\":\"%s\",\"newOrderResult\":\"%s\",\"cancelResponse\":",
                 cancelled ? "SUCCESS" : "FAILURE", order_word);
    vn_text_add_n(&call->out, cancel->data, cancel->len);
    vn_text_add(&call->out, ",\"newOrderResponse\":");
    if (order->len == 0) {
        vn_text_add(&call->out, "null");
    } else {
        vn_text_add_n(&call->out, order->data, order->len);
    }
    vn_text_add_char(&call->out, '}');
}

static void replace(struct vn_call *call, const struct vn_order_spec *spec, bool stop_on_failure,
                    bool over_limit)
{
    struct vn_text cancel = {0};
    struct vn_text order = {0};
    bool cancelled = cancel_leg(call, spec->symbol, &cancel);
    bool attempted = cancelled || !stop_on_failure;
    bool placed = attempted && order_leg(call, spec, over_limit, &order);
    if (!attempted) {
        vn_order_count_add(call->v, spec->account, call->now_ns);
    }
    print_legs(call, cancelled,
               placed      ? "SUCCESS"
               : attempted ? "FAILURE"
                           : "NOT_ATTEMPTED",
               &cancel, &order);
    vn_text_release(&cancel);
    vn_text_release(&order);
    if (cancelled && placed) {
        call->counts_order = true;
        return;
    }
    call->has_data = true;
    if (cancelled != placed) {
        vn_fail(call, over_limit && stop_on_failure ? 429 : 409, -2021,
                "Order cancel-replace partially failed.");
    } else {
        vn_fail(call, 400, -2022, "Order cancel-replace failed.");
    }
}

void vn_do_cancel_replace(struct vn_call *call)
{
    const char *mode = vn_need(call, "cancelReplaceMode");
    if (mode == NULL) {
        return;
    }
    bool stop = strcmp(mode, "STOP_ON_FAILURE") == 0;
    const char *over = vn_arg(call, "orderRateLimitExceededMode");
    bool cancel_only = over != NULL && strcmp(over, "CANCEL_ONLY") == 0;
    if (!stop && strcmp(mode, "ALLOW_FAILURE") != 0) {
        vn_fail(call, 400, -1130, "Data sent for parameter 'cancelReplaceMode' is not valid.");
        return;
    }
    if (over != NULL && !cancel_only && strcmp(over, "DO_NOTHING") != 0) {
        vn_fail(call, 400, -1130,
                "Data sent for parameter 'orderRateLimitExceededMode' is not valid.");
        return;
    }
    if (vn_arg(call, "cancelOrderId") == NULL && vn_need(call, "cancelOrigClientOrderId") == NULL) {
        return;
    }
    struct vn_order_spec spec;
    if (!vn_order_read(call, &spec)) {
        return;
    }
    bool over_limit = !vn_order_count_open(call, spec.account);
    if (over_limit && !cancel_only) {
        return;
    }
    if (over_limit) {
        call->status = 200;
        call->code = 0;
    }
    replace(call, &spec, stop, over_limit);
}

/* ---- amend ---- */

static void print_amended(struct vn_call *call, const struct vn_order *order, const char *before)
{
    struct vn_text *out = &call->out;
    vn_text_add(out, "{\"transactTime\":");
    vn_add_time(call, out, call->now_ns);
    vn_text_addf(out, ",\"executionId\":%llu,\"amendedOrder\":{\"symbol\":",
                 (unsigned long long)(call->v->engine.next_execution_id - 1));
    vn_text_add_json(out, order->symbol->name);
    vn_text_addf(out, ",\"orderId\":%llu,\"orderListId\":-1,\"origClientOrderId\":",
                 (unsigned long long)order->id);
    vn_text_add_json(out, before);
    vn_text_add(out, ",\"clientOrderId\":");
    vn_text_add_json(out, order->client_id);
    vn_text_add(out, ",\"price\":");
    vn_text_add_fixed(out, order->price, 8);
    vn_text_add(out, ",\"qty\":");
    vn_text_add_fixed(out, order->qty, 8);
    vn_text_add(out, ",\"executedQty\":");
    vn_text_add_fixed(out, order->filled, 8);
    vn_text_add(out, ",\"preventedQty\":");
    vn_text_add_fixed(out, order->prevented, 8);
    vn_text_add(out, ",\"quoteOrderQty\":");
    vn_text_add_amount(out, order->quote_order_qty, 8);
    vn_text_add(out, ",\"cumulativeQuoteQty\":");
    vn_text_add_amount(out, order->cum_quote, 8);
    vn_text_addf(out,
                 ",\"status\":\"%s\",\"timeInForce\":\"%s\",\"type\":\"%s\",\"side\":\"%s\","
                 "\"workingTime\":",
                 vn_state_word(order->state), vn_tif_word(order->tif), vn_type_word(order->type),
                 vn_side_word(order->side));
    vn_add_time(call, out, order->working_ns);
    vn_text_addf(out, ",\"selfTradePreventionMode\":\"%s\"}}", vn_stp_word(order->stp));
}

void vn_do_amend(struct vn_call *call)
{
    struct vn_symbol *symbol = vn_need_symbol(call);
    const char *text = symbol == NULL ? NULL : vn_need(call, "newQty");
    if (text == NULL) {
        return;
    }
    int64_t new_qty = 0;
    if (vn_fixed_parse(text, strlen(text), symbol->qty_places, &new_qty) < 0) {
        vn_fail(call, 400, -1111, "Parameter 'newQty' has too much precision.");
        return;
    }
    struct vn_order *order = find_order(call, symbol, "orderId", "origClientOrderId");
    if (order == NULL) {
        if (call->code == -2011) {
            vn_fail(call, 400, -2038, "Unknown order sent.");
        }
        return;
    }
    const struct vn_rules *r = &symbol->rules;
    if (r->max_amends > 0 && order->amends >= r->max_amends) {
        vn_fail(call, 400, -2038, "Filter failure: MAX_NUM_ORDER_AMENDS");
        return;
    }
    if (r->step > 0 && new_qty % r->step != 0) {
        vn_fail(call, 400, -1013, "Filter failure: LOT_SIZE");
        return;
    }
    char before[VN_CLIENT_ID];
    memcpy(before, order->client_id, sizeof(before));
    enum vn_result result =
        vn_amend(&call->v->engine, call->now_ns, order, new_qty, vn_arg(call, "newClientOrderId"));
    if (result != VN_OK) {
        vn_result_fail(call, result);
        return;
    }
    print_amended(call, order, before);
}
