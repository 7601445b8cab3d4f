/* The orders this dialect tells of: registered when they come, printed for REST, found by id and by list. */
#include <stdlib.h>
#include <string.h>

#include "coinbase.h"

/* ---- registering ---- */

static char *client_key(const struct vn_account *account, const char *client_id)
{
    struct vn_text text = {0};
    vn_text_addf(&text, "%llu:%s", (unsigned long long)account->uid, client_id);
    return vn_text_take(&text);
}

struct vc_order *vc_order_add(struct venue *v, struct vn_account *account, struct vn_symbol *symbol,
                              enum vn_side side, const char *client_id,
                              const struct vc_config *config, int64_t now_ns)
{
    struct vc_state *state = vc_state(v);
    struct vc_order *order = vn_alloc(sizeof(*order));
    vc_uuid(v, VC_UUID_ORDER, state->order_count, order->id);
    order->index = state->order_count;
    order->account = account;
    order->symbol = symbol;
    order->side = side;
    order->config = *config;
    order->created_ns = now_ns;
    order->reject_reason = "REJECT_REASON_UNSPECIFIED";
    order->cancel_message = "";
    memcpy(order->client_id, client_id, strlen(client_id) + 1);
    state->orders =
        vn_grow(state->orders, state->order_count, &state->order_cap, sizeof(struct vc_order *));
    state->orders[state->order_count++] = order;
    vn_table_put_text(&state->by_uuid, order->id, order);
    char *key = client_key(account, client_id);
    if (vn_table_get_text(&state->by_client, key) == NULL) {
        vn_table_put_text(&state->by_client, key, order);
    }
    free(key);
    return order;
}

struct vc_order *vc_order_by_client(struct vc_state *state, const struct vn_account *account,
                                    const char *client_id)
{
    char *key = client_key(account, client_id);
    struct vc_order *order = vn_table_get_text(&state->by_client, key);
    free(key);
    return order;
}

void vc_order_touch(struct vc_state *state, struct vc_order *order)
{
    if (order->dirty) {
        return;
    }
    order->dirty = true;
    order->next_dirty = NULL;
    *state->dirty_tail = order;
    state->dirty_tail = &order->next_dirty;
}

/* ---- finding ---- */

bool vc_is_visible(const struct venue *v, int64_t now_ns, int64_t created_ns)
{
    int64_t delay_ms = (int64_t)v->config.visibility_delay_ms;
    int64_t young_ms = vc_state(v)->modes.young_ms;
    delay_ms = young_ms > delay_ms ? young_ms : delay_ms;
    return now_ns - created_ns >= delay_ms * VN_MS;
}

struct vc_order *vc_order_find(struct vc_call *call, const char *uuid)
{
    struct vc_order *order = vn_table_get_text(&call->state->by_uuid, uuid);
    bool mine = order != NULL && order->account == call->account;
    return mine && vc_is_visible(call->v, call->now_ns, order->created_ns) ? order : NULL;
}

/* ---- sums ---- */

amount_t vc_order_fees(const struct vc_order *order)
{
    amount_t sum = 0;
    const struct vn_fill *fill = order->order == NULL ? NULL : order->order->first_fill;
    for (; fill != NULL; fill = fill->next_of_order) {
        sum += fill->fee;
    }
    return sum;
}

int64_t vc_order_fills(const struct vc_order *order)
{
    int64_t count = 0;
    const struct vn_fill *fill = order->order == NULL ? NULL : order->order->first_fill;
    for (; fill != NULL; fill = fill->next_of_order) {
        count++;
    }
    return count;
}

/* Value by size, cut at ten decimals: more digits than any grid. */
amount_t vc_order_average(const struct vc_order *order)
{
    if (order->order == NULL || order->order->filled == 0) {
        return 0;
    }
    amount_t filled = order->order->filled;
    amount_t whole = order->order->cum_quote / filled;
    amount_t rest = order->order->cum_quote % filled;
    int64_t unit = vn_pow10(order->symbol->qty_places);
    return vn_amount_floor(whole * unit + rest * unit / filled, 10);
}

/* ---- printing ---- */

static void print_edits(const struct venue *v, struct vn_text *out, const struct vc_order *order)
{
    vn_text_add(out, ",\"edit_history\":[");
    for (size_t i = 0; i < order->edit_count; i++) {
        vn_text_add(out, "{\"price\":");
        vn_text_add_json(out, order->edits[i].price);
        vc_add_text(out, "size", order->edits[i].size);
        vn_text_add(out, ",\"replace_accept_timestamp\":");
        vc_add_time(v, out, order->edits[i].time_ns);
        vn_text_add(out, "},");
    }
    vn_text_trim_comma(out);
    vn_text_add_char(out, ']');
}

static void print_sums(const struct venue *v, struct vn_text *out, const struct vc_order *order)
{
    const struct vn_order *o = order->order;
    amount_t fees = vc_order_fees(order);
    amount_t value = o == NULL ? 0 : o->cum_quote;
    int64_t filled = o == NULL ? 0 : o->filled;
    amount_t percent = o == NULL || o->qty == 0 ? 0 : (amount_t)filled * 10000 / o->qty;
    vc_add_plain(out, "completion_percentage", vn_amount_of((int64_t)percent, 2));
    vc_add_size(out, "filled_size", order->symbol, filled);
    vc_add_plain(out, "average_filled_price", vc_order_average(order));
    vn_text_addf(out, ",\"fee\":\"\",\"number_of_fills\":\"%lld\"",
                 (long long)vc_order_fills(order));
    vc_add_plain(out, "filled_value", value);
    vc_add_plain(out, "total_fees", fees);
    vc_add_plain(out, "total_value_after_fees",
                 order->side == VN_BUY ? value + fees : value - fees);
    vc_add_plain(out, "outstanding_hold_amount", o == NULL ? 0 : o->locked);
    vn_text_add(out, ",\"last_fill_time\":");
    if (o == NULL || o->last_fill == NULL) {
        vn_text_add(out, "null");
    } else {
        vc_add_time(v, out, o->last_fill->time_ns);
    }
}

static void print_replace(const struct venue *v, struct vn_text *out, const struct vc_order *order)
{
    vn_text_add(out, ",\"current_pending_replace\":");
    if (order->edit_due_ns == 0) {
        vn_text_add(out, "null");
        return;
    }
    vn_text_add(out, "{\"price\":");
    vn_text_add_json(out, order->edit.price);
    vc_add_text(out, "size", order->edit.size);
    vn_text_add(out, ",\"replace_accept_timestamp\":");
    vc_add_time(v, out, order->edit.time_ns);
    vn_text_add_char(out, '}');
}

static const char *trigger_word(const struct vc_order *order)
{
    if (order->order == NULL || !vn_order_is_stop(order->order)) {
        return "INVALID_ORDER_TYPE";
    }
    return order->order->working ? "STOP_TRIGGERED" : "STOP_PENDING";
}

void vc_order_print(const struct venue *v, struct vn_text *out, const struct vc_order *order)
{
    char uuid[VC_UUID];
    char product[2 * VN_NAME];
    vc_product_name(order->symbol, product);
    vc_uuid(v, VC_UUID_USER, order->account->uid, uuid);
    vn_text_addf(out, "{\"order_id\":\"%s\"", order->id);
    vc_add_text(out, "client_order_id", order->client_id);
    vc_add_text(out, "product_id", product);
    vc_add_text(out, "user_id", uuid);
    vn_text_add(out, ",\"order_configuration\":");
    vc_config_print(out, &order->config);
    vc_add_text(out, "side", vc_side_word(order->side));
    vc_add_text(out, "status", vc_status_word(order));
    vc_add_text(out, "time_in_force", vc_tif_word(&order->config));
    vn_text_add(out, ",\"created_time\":");
    vc_add_time(v, out, order->created_ns);
    print_sums(v, out, order);
    bool in_quote = order->config.quote_size[0] != '\0';
    vc_add_bool(out, "pending_cancel", order->cancel_due_ns != 0);
    vc_add_bool(out, "size_in_quote", in_quote);
    vc_add_bool(out, "size_inclusive_of_fees", in_quote);
    vc_add_text(out, "trigger_status", trigger_word(order));
    vc_add_text(out, "order_type", vc_type_word(&order->config));
    vc_add_text(out, "reject_reason", order->reject_reason);
    vn_text_add(out, ",\"reject_message\":\"\"");
    vc_add_text(out, "cancel_message", order->cancel_message);
    vc_add_bool(out, "settled", vc_is_final(order));
    vn_text_add(out, ",\"product_type\":\"SPOT\",\"order_placement_source\":\"RETAIL_ADVANCED\","
                     "\"is_liquidation\":false");
    print_edits(v, out, order);
    print_replace(v, out, order);
    vc_portfolio_of(v, order->account, uuid);
    vn_text_add(out, ",\"leverage\":\"\",\"margin_type\":\"UNKNOWN_MARGIN_TYPE\"");
    vc_add_text(out, "retail_portfolio_id", uuid);
    vn_text_add_char(out, '}');
}

void vc_do_order(struct vc_call *call)
{
    const struct vc_order *order = vc_order_find(call, call->id);
    if (order == NULL) {
        vc_fail(call, 404, "NOT_FOUND", "order with this orderID was not found");
        return;
    }
    vn_text_add(&call->out, "{\"order\":");
    vc_order_print(call->v, &call->out, order);
    vn_text_add_char(&call->out, '}');
}

/* ---- lists ---- */

int64_t vc_page_limit(struct vc_call *call, int64_t otherwise, int64_t max)
{
    const char *text = vc_query_get(&call->query, "limit");
    int64_t limit = otherwise;
    if (text != NULL && text[0] != '\0' &&
        (vn_fixed_parse(text, strlen(text), 0, &limit) < 0 || limit < 0)) {
        vc_invalid(call, "invalid limit");
        return -1;
    }
    if (limit > max && call->state->modes.refuse_limits) {
        vc_invalid(call, "limit is greater than %lld", (long long)max);
        return -1;
    }
    limit = limit == 0 ? otherwise : limit;
    return limit > max ? max : limit;
}

struct filter {
    int64_t start_ns;
    int64_t end_ns;
    size_t below; /* only orders before this index */
};

bool vc_query_time(struct vc_call *call, const char *name, int64_t *ret_ns)
{
    const char *text = vc_query_get(&call->query, name);
    if (text == NULL || text[0] == '\0') {
        return true;
    }
    if (vc_time_read(text, ret_ns) < 0) {
        vc_invalid(call, "invalid %s", name);
        return false;
    }
    *ret_ns -= vn_server_ns(call->v, 0);
    return true;
}

static bool filter_read(struct vc_call *call, struct filter *ret_filter)
{
    const struct vc_query *q = &call->query;
    const char *cursor = vc_query_get(q, "cursor");
    int64_t below = (int64_t)call->state->order_count;
    struct filter f = {.start_ns = INT64_MIN, .end_ns = INT64_MAX};
    if (vc_query_count(q, "order_status") > 1) {
        for (size_t i = 0; i < q->count; i++) {
            if (strcmp(q->items[i].name, "order_status") == 0 &&
                strcmp(q->items[i].value, "OPEN") == 0) {
                vc_invalid(call, "OPEN cannot be combined with other order statuses");
                return false;
            }
        }
    }
    if (cursor != NULL && cursor[0] != '\0' &&
        (vn_fixed_parse(cursor, strlen(cursor), 0, &below) < 0 ||
         below > (int64_t)call->state->order_count)) {
        vc_invalid(call, "invalid cursor");
        return false;
    }
    if (!vc_query_time(call, "start_date", &f.start_ns) ||
        !vc_query_time(call, "end_date", &f.end_ns)) {
        return false;
    }
    f.below = (size_t)below;
    *ret_filter = f;
    return true;
}

static bool passes(const struct vc_call *call, const struct filter *f, const struct vc_order *order)
{
    const struct vc_query *q = &call->query;
    char product[2 * VN_NAME];
    bool open = !vc_is_final(order); /* dates do not restrict these */
    if (order->account != call->account ||
        !vc_is_visible(call->v, call->now_ns, order->created_ns) ||
        (!open && (order->created_ns < f->start_ns || order->created_ns >= f->end_ns))) {
        return false;
    }
    vc_product_name(order->symbol, product);
    return vc_query_has(q, "order_ids", order->id) && vc_query_has(q, "product_ids", product) &&
           vc_query_has(q, "order_status", vc_status_word(order)) &&
           vc_query_has(q, "time_in_forces", vc_tif_word(&order->config)) &&
           vc_query_has(q, "order_types", vc_type_word(&order->config)) &&
           vc_query_has(q, "order_side", vc_side_word(order->side)) &&
           vc_query_has(q, "product_type", "SPOT") &&
           vc_query_has(q, "order_placement_source", "RETAIL_ADVANCED");
}

/* Newest first. The cursor is the index that comes next. Names it does not know are ignored, singular ones too. */
void vc_do_batch(struct vc_call *call)
{
    struct filter f;
    int64_t limit = vc_page_limit(call, 1000, 1000);
    if (limit < 0 || !filter_read(call, &f)) {
        return;
    }
    int64_t shown = 0;
    size_t at = f.below;
    bool more = false;
    vn_text_add(&call->out, "{\"orders\":[");
    for (; at > 0; at--) {
        const struct vc_order *order = call->state->orders[at - 1];
        if (!passes(call, &f, order)) {
            continue;
        }
        if (shown == limit) {
            more = true;
            break;
        }
        vc_order_print(call->v, &call->out, order);
        vn_text_add_char(&call->out, ',');
        shown++;
    }
    vn_text_trim_comma(&call->out);
    vn_text_addf(&call->out, "],\"sequence\":\"0\",\"has_next\":%s,\"cursor\":\"",
                 more ? "true" : "false");
    if (more) {
        vn_text_add_u64(&call->out, at);
    }
    vn_text_add(&call->out, "\"}");
}
