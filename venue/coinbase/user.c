/* The user channel: states of orders, not executions. */
#include <string.h>

#include "coinbase.h"

#define SNAPSHOT_ROWS 50

static const char *channel_type_word(const struct vc_config *config)
{
    bool stop = config->kind == VC_STOP_GTC || config->kind == VC_STOP_GTD;
    return config->kind == VC_MARKET_IOC ? "Market" : stop ? "Stop Limit" : "Limit";
}

static void print_times(const struct venue *v, struct vn_text *out, const struct vc_order *order)
{
    vn_text_add(out, ",\"creation_time\":");
    vc_add_time(v, out, order->created_ns);
    vn_text_add(out, ",\"start_time\":\"0001-01-01T00:00:00Z\"");
    vc_add_text(out, "end_time",
                order->config.end_time[0] == '\0' ? "0001-01-01T00:00:00Z"
                                                  : order->config.end_time);
}

static void print_row(const struct venue *v, struct vn_text *out, const struct vc_order *order,
                      const char *status)
{
    const struct vn_order *o = order->order;
    char product[2 * VN_NAME];
    char uuid[VC_UUID];
    int64_t filled = o == NULL ? 0 : o->filled;
    int64_t left = o == NULL || !vn_order_is_open(o) ? 0 : vn_order_left(o);
    amount_t value = o == NULL ? 0 : o->cum_quote;
    amount_t fees = vc_order_fees(order);
    amount_t percent = o == NULL || o->qty == 0 ? 0 : (amount_t)filled * 10000 / o->qty;
    vc_product_name(order->symbol, product);
    vn_text_addf(out, "{\"order_id\":\"%s\"", order->id);
    vc_add_text(out, "client_order_id", order->client_id);
    vc_add_text(out, "product_id", product);
    vc_add_text(out, "product_type", "SPOT");
    vc_add_text(out, "order_side", vc_side_word(order->side));
    vc_add_text(out, "order_type", channel_type_word(&order->config));
    vc_add_text(out, "time_in_force", vc_tif_word(&order->config));
    vc_add_text(out, "status", status);
    vc_add_plain(out, "avg_price", vc_order_average(order));
    vc_add_size(out, "cumulative_quantity", order->symbol, filled);
    vc_add_size(out, "leaves_quantity", order->symbol, left);
    vc_add_plain(out, "completion_percentage", vn_amount_of((int64_t)percent, 2));
    vc_add_plain(out, "filled_value", value);
    vn_text_addf(out, ",\"number_of_fills\":\"%lld\"", (long long)vc_order_fills(order));
    vc_add_plain(out, "total_fees", fees);
    vc_add_plain(out, "total_value_after_fees",
                 order->side == VN_BUY ? value + fees : value - fees);
    vc_add_text(out, "limit_price", order->config.limit_price);
    vc_add_text(out, "stop_price", order->config.stop_price);
    vc_add_text(out, "post_only", order->config.post_only ? "true" : "false");
    vc_add_plain(out, "outstanding_hold_amount", o == NULL ? 0 : o->locked);
    vc_add_text(out, "cancel_reason", order->cancel_message);
    vc_add_text(out, "reject_reason", o == NULL ? order->reject_reason : "");
    vc_add_text(out, "trigger_status",
                o == NULL || !vn_order_is_stop(o) ? "INVALID_ORDER_TYPE"
                : o->working                      ? "STOP_TRIGGERED"
                                                  : "STOP_PENDING");
    vn_text_add(out, ",\"contract_expiry_type\":\"UNKNOWN_CONTRACT_EXPIRY_TYPE\","
                     "\"risk_managed_by\":\"UNKNOWN_RISK_MANAGEMENT_TYPE\"");
    vc_portfolio_of(v, order->account, uuid);
    vc_add_text(out, "retail_portfolio_id", uuid);
    print_times(v, out, order);
    vn_text_add_char(out, '}');
}

static const char positions[] =
    ",\"positions\":{\"perpetual_futures_positions\":[],\"expiring_futures_positions\":[]}}]";

/* ---- snapshot ---- */

/* Batches of 50; the first that is smaller ends it, so 50 orders are followed by an empty one. */
void vc_user_snapshot(struct venue *v, int64_t now_ns, struct vc_conn *conn)
{
    struct vc_state *state = vc_state(v);
    size_t at = 0;
    size_t rows = SNAPSHOT_ROWS;
    struct vn_text out = {0};
    while (rows == SNAPSHOT_ROWS) {
        vn_text_clear(&out);
        vn_text_add(&out, "[{\"type\":\"snapshot\",\"orders\":[");
        for (rows = 0; at < state->order_count && rows < SNAPSHOT_ROWS; at++) {
            const struct vc_order *order = state->orders[at];
            if (order->account == conn->account && !vc_is_final(order) &&
                vc_listens(&conn->base, VC_USER, order->symbol)) {
                print_row(v, &out, order, vc_status_word(order));
                vn_text_add_char(&out, ',');
                rows++;
            }
        }
        vn_text_trim_comma(&out);
        vn_text_add_char(&out, ']');
        vn_text_add(&out, positions);
        vc_send(v, now_ns, conn, VC_USER, NULL, &out);
    }
    vn_text_release(&out);
}

/* ---- updates ---- */

static void tell(struct venue *v, int64_t now_ns, const struct vc_order *order, const char *status)
{
    const char *symbol = order->symbol->name;
    struct vn_text out = {0};
    vn_text_add(&out, "[{\"type\":\"update\",\"orders\":[");
    print_row(v, &out, order, status);
    vn_text_add_char(&out, ']');
    vn_text_add(&out, positions);
    if (vn_faults_event(v, VN_COINBASE, VN_FAULT_EXTRA_FIELD, symbol) != NULL) {
        vn_text_insert(&out, "\"orders\":[{", "\"zz_nobody_knows\":{\"a\":[1,\"x\",null]},");
    }
    if (vn_faults_event(v, VN_COINBASE, VN_FAULT_UNKNOWN_ENUM, symbol) != NULL) {
        vn_text_insert(&out, "\"status\":\"", "NOBODY_KNOWS_");
    }
    for (struct vn_conn *c = v->conn_list; c != NULL; c = c->next) {
        struct vc_conn *conn = (struct vc_conn *)c;
        if (vc_listens(c, VC_USER, order->symbol) && conn->account == order->account) {
            vc_send(v, now_ns, conn, VC_USER, symbol, &out);
        }
    }
    vn_text_release(&out);
}

/* True: its news wait. */
static bool is_late(struct venue *v, int64_t now_ns, struct vc_order *order)
{
    if (order->seen_ns == 0) {
        const struct vn_fault *late = vc_fault(v, VC_FAULT_LATE_USER, order->symbol->name);
        order->seen_ns = late == NULL ? 0 : now_ns + late->ms * VN_MS;
    }
    if (order->seen_ns > now_ns) {
        return true;
    }
    order->seen_ns = 0;
    return false;
}

void vc_user_pending(struct venue *v, int64_t now_ns, struct vc_order *order)
{
    if (!is_late(v, now_ns, order)) {
        tell(v, now_ns, order, "PENDING");
    }
}

static bool is_skipped(struct venue *v, const struct vc_order *order)
{
    bool rests = order->order != NULL && order->order->state == VN_NEW &&
                 order->cancel_due_ns == 0 && order->edit_due_ns == 0;
    return rests && vc_fault(v, VC_FAULT_SKIP_OPEN, order->symbol->name) != NULL;
}

void vc_user_flush(struct venue *v, int64_t now_ns)
{
    struct vc_state *state = vc_state(v);
    struct vc_order *order = state->dirty;
    state->dirty = NULL;
    state->dirty_tail = &state->dirty;
    while (order != NULL) {
        struct vc_order *next = order->next_dirty;
        order->dirty = false;
        if (is_late(v, now_ns, order)) {
            vc_order_touch(state, order);
        } else if (!is_skipped(v, order)) {
            tell(v, now_ns, order, vc_status_word(order));
        }
        order = next;
    }
}
