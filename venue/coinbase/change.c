/* Orders that are there: cancels and edits, at once or, by fault, from a queue. */
#include <string.h>

#include "coinbase.h"

#define CANCELS_MAX 100

/* ---- cancel ---- */

static void cancel_now(struct venue *v, int64_t now_ns, struct vc_order *order)
{
    order->cancel_due_ns = 0;
    if (vn_order_is_open(order->order)) {
        order->cancel_message = "User requested cancel";
        vn_cancel(&v->engine, now_ns, order->order, order->order->original_id);
    }
}

static const char *cancel_one(struct vc_call *call, const char *uuid)
{
    struct vc_order *order = vc_order_find(call, uuid);
    if (order == NULL) {
        return "UNKNOWN_CANCEL_ORDER";
    }
    if (order->order == NULL || (vc_is_final(order) && order->order->state != VN_FILLED)) {
        return "COMMANDER_REJECTED_CANCEL_ORDER";
    }
    if (vc_is_final(order)) {
        return "ORDER_IS_FULLY_FILLED";
    }
    if (order->cancel_due_ns != 0) {
        return "DUPLICATE_CANCEL_REQUEST";
    }
    if (order->edit_due_ns != 0) {
        return "ORDER_IS_BEING_REPLACED";
    }
    const struct vn_fault *fault = vc_fault(call->v, VC_FAULT_QUEUE_CANCEL, order->symbol->name);
    order->cancel_due_ns = call->now_ns + (fault == NULL ? 0 : fault->ms * VN_MS);
    vc_order_touch(call->state, order);
    vc_user_flush(call->v, call->now_ns); /* CANCEL_QUEUED is told in any case */
    if (fault == NULL) {
        cancel_now(call->v, call->now_ns, order);
    } else {
        call->state->queued++;
    }
    return NULL;
}

void vc_do_cancel(struct vc_call *call)
{
    const struct vn_json *ids = vn_json_get(call->body, "order_ids");
    size_t count = 0;
    if (ids == NULL || ids->kind != VN_JSON_ARRAY || ids->child == NULL) {
        vc_invalid(call, "order_ids is required");
        return;
    }
    for (const struct vn_json *id = ids->child; id != NULL; id = id->next) {
        if (id->kind != VN_JSON_STRING || ++count > CANCELS_MAX) {
            vc_invalid(call,
                       count > CANCELS_MAX ? "Too many orderIDs entered, limit is %d"
                                           : "order_ids are strings (at most %d)",
                       CANCELS_MAX);
            return;
        }
    }
    vn_text_add(&call->out, "{\"results\":[");
    for (const struct vn_json *id = ids->child; id != NULL; id = id->next) {
        const char *why = cancel_one(call, id->text);
        vn_text_addf(&call->out, "{\"success\":%s", why == NULL ? "true" : "false");
        vc_add_text(&call->out, "failure_reason",
                    why == NULL ? "UNKNOWN_CANCEL_FAILURE_REASON" : why);
        vc_add_text(&call->out, "order_id", id->text);
        vn_text_add(&call->out, "},");
    }
    vn_text_trim_comma(&call->out);
    vn_text_add(&call->out, "]}");
}

/* ---- edit ---- */

/* Why not; either text may be NULL. */
struct verdict {
    const char *edit;
    const char *preview;
};

struct numbers {
    int64_t price;
    int64_t qty;
};

static struct verdict edit_no(const char *reason)
{
    return (struct verdict){reason, "UNKNOWN_PREVIEW_FAILURE_REASON"};
}

static struct verdict edit_unlike(const char *preview)
{
    return (struct verdict){"UNKNOWN_EDIT_ORDER_FAILURE_REASON", preview};
}

static struct verdict check_state(const struct vc_order *order)
{
    if (order == NULL) {
        return edit_no("ORDER_NOT_FOUND");
    }
    if (order->config.kind != VC_LIMIT_GTC) {
        return edit_no("ONLY_LIMIT_ORDER_EDITS_SUPPORTED");
    }
    if (vc_is_final(order)) {
        return edit_no("ONLY_OPEN_ORDERS_CAN_BE_EDITED");
    }
    if (order->cancel_due_ns != 0) {
        return edit_no("CANNOT_EDIT_ORDER_PENDING_CANCEL");
    }
    if (order->edit_due_ns != 0) {
        return edit_no("ORDER_IS_ALREADY_BEING_REPLACED");
    }
    return (struct verdict){NULL, NULL};
}

/* A number that is not there is read as 0, and 0 is no price and no size. */
static struct verdict check_numbers(const struct vc_order *order, const struct vc_edit *edit,
                                    struct numbers *ret_numbers)
{
    const struct vn_rules *r = &order->symbol->rules;
    struct numbers n = {0, 0};
    if (vc_number_read(edit->price, &n.price) < 0 || (r->tick != 0 && n.price % r->tick != 0)) {
        return edit_no("INVALID_EDITED_PRICE");
    }
    if (vc_number_read(edit->size, &n.qty) < 0 || (r->step != 0 && n.qty % r->step != 0) ||
        n.qty < r->min_qty || (r->max_qty != 0 && n.qty > r->max_qty)) {
        return edit_no("INVALID_EDITED_SIZE");
    }
    if (n.price == order->order->price && n.qty == order->order->qty) {
        return edit_no("EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST");
    }
    if (n.qty <= order->order->filled) {
        return edit_no("CANNOT_EDIT_TO_BELOW_FILLED_SIZE");
    }
    *ret_numbers = n;
    return (struct verdict){NULL, NULL};
}

static struct verdict verdict_of(enum vn_result result)
{
    switch (result) {
    case VN_OK:
        return (struct verdict){NULL, NULL};
    case VN_FUNDS:
        return edit_unlike(vc_insufficient_fund.preview);
    case VN_WOULD_MATCH:
        return edit_unlike(vc_crossing_post_only.preview);
    case VN_UNKNOWN:
        return edit_no("ONLY_OPEN_ORDERS_CAN_BE_EDITED");
    case VN_CLOSED:
    case VN_DUPLICATE:
    case VN_WOULD_TRIGGER:
    case VN_NO_LIQUIDITY:
    case VN_RESTRICTED:
    case VN_BAD_AMEND:
        break;
    }
    return edit_no("COMMANDER_REJECTED_EDIT_ORDER");
}

static struct verdict edit_now(struct venue *v, int64_t now_ns, struct vc_order *order)
{
    struct numbers n;
    struct vc_edit edit = order->edit;
    order->edit_due_ns = 0;
    struct verdict verdict = check_numbers(order, &edit, &n);
    if (verdict.edit != NULL) { /* a fill overtook it */
        vc_order_touch(vc_state(v), order);
        vc_user_flush(v, now_ns);
        return verdict;
    }
    struct vc_config before = order->config;
    memcpy(order->config.limit_price, edit.price, sizeof(edit.price));
    memcpy(order->config.base_size, edit.size, sizeof(edit.size));
    enum vn_result result = vn_replace(&v->engine, now_ns, order->order, n.price, n.qty);
    if (result != VN_OK) {
        order->config = before;
        return verdict_of(result);
    }
    if (order->edit_count == VC_EDITS_SHOWN) {
        memmove(order->edits, order->edits + 1, (VC_EDITS_SHOWN - 1) * sizeof(edit));
        order->edit_count--;
    }
    edit.time_ns = now_ns;
    order->edits[order->edit_count++] = edit;
    return verdict;
}

/* The text of a member; "" when it is missing; false: failed. */
static bool read_text(struct vc_call *call, const char *name, char *ret_text)
{
    const struct vn_json *node = vn_json_get(call->body, name);
    ret_text[0] = '\0';
    if (node == NULL || node->kind == VN_JSON_NULL) {
        return true;
    }
    if (node->kind != VN_JSON_STRING || strlen(node->text) >= VC_NUMBER) {
        vc_invalid(call, "%s is not a decimal string", name);
        return false;
    }
    memcpy(ret_text, node->text, strlen(node->text) + 1);
    return true;
}

static bool edit_read(struct vc_call *call, struct vc_order **ret_order, struct vc_edit *ret_edit)
{
    const char *uuid = vn_json_text(call->body, "order_id", "");
    if (uuid[0] == '\0') {
        vc_invalid(call, "order_id is required");
        return false;
    }
    *ret_order = vc_order_find(call, uuid);
    return read_text(call, "price", ret_edit->price) && read_text(call, "size", ret_edit->size);
}

static void print_errors(struct vc_call *call, struct verdict verdict)
{
    vn_text_add(&call->out, "\"errors\":[");
    if (verdict.edit != NULL) {
        vn_text_add(&call->out, "{\"edit_failure_reason\":");
        vn_text_add_json(&call->out, verdict.edit);
        vc_add_text(&call->out, "preview_failure_reason", verdict.preview);
        vn_text_add_char(&call->out, '}');
    }
    vn_text_add_char(&call->out, ']');
}

void vc_do_edit(struct vc_call *call)
{
    struct vc_order *order = NULL;
    struct vc_edit edit = {.time_ns = 0};
    struct numbers n;
    if (!edit_read(call, &order, &edit)) {
        return;
    }
    struct verdict verdict = check_state(order);
    if (verdict.edit == NULL) {
        verdict = check_numbers(order, &edit, &n);
    }
    if (verdict.edit == NULL) {
        const struct vn_fault *fault = vc_fault(call->v, VC_FAULT_QUEUE_EDIT, order->symbol->name);
        edit.time_ns = call->now_ns;
        order->edit = edit;
        if (fault == NULL) {
            verdict = edit_now(call->v, call->now_ns, order);
        } else {
            order->edit_due_ns = call->now_ns + fault->ms * VN_MS;
            call->state->queued++;
            vc_order_touch(call->state, order);
            vc_user_flush(call->v, call->now_ns);
        }
    }
    vn_text_addf(&call->out, "{\"success\":%s,", verdict.edit == NULL ? "true" : "false");
    print_errors(call, verdict);
    vn_text_add_char(&call->out, '}');
}

void vc_do_edit_preview(struct vc_call *call)
{
    struct vc_order *order = NULL;
    struct vc_edit edit = {.time_ns = 0};
    struct numbers n = {0, 0};
    if (!edit_read(call, &order, &edit)) {
        return;
    }
    struct verdict verdict = check_state(order);
    if (verdict.edit == NULL) {
        verdict = check_numbers(order, &edit, &n);
    }
    vn_text_add_char(&call->out, '{');
    print_errors(call, verdict);
    if (verdict.edit == NULL) {
        const struct vn_symbol *symbol = order->symbol;
        amount_t value =
            vn_amount_product(n.price, symbol->price_places, n.qty, symbol->qty_places);
        amount_t fee = vn_amount_floor(value / 100000000 * order->order->maker_rate, VC_FEE_PLACES);
        vc_add_plain(&call->out, "order_total", order->side == VN_BUY ? value + fee : value - fee);
        vc_add_plain(&call->out, "commission_total", fee);
        vc_add_plain(&call->out, "quote_size", value);
        vc_add_size(&call->out, "base_size", symbol, n.qty);
        vc_add_price(&call->out, "best_bid", symbol, vn_book_best(symbol, VN_BUY));
        vc_add_price(&call->out, "best_ask", symbol, vn_book_best(symbol, VN_SELL));
        vc_add_plain(&call->out, "average_filled_price", vc_order_average(order));
        vn_text_add(&call->out, ",\"slippage\":\"0\"");
    }
    vn_text_add_char(&call->out, '}');
}

/* ---- the queue ---- */

void vc_queue_tick(struct venue *v, int64_t now_ns)
{
    struct vc_state *state = vc_state(v);
    for (size_t i = 0; state->queued > 0 && i < state->order_count; i++) {
        struct vc_order *order = state->orders[i];
        if (order->cancel_due_ns != 0 && order->cancel_due_ns <= now_ns) {
            state->queued--;
            cancel_now(v, now_ns, order);
        }
        if (order->edit_due_ns != 0 && order->edit_due_ns <= now_ns) {
            state->queued--;
            edit_now(v, now_ns, order);
        }
    }
}
