#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "coinbase.h"
#include "orders.h"

/* A row of the user channel. It tells the order's state with sums, never one execution: the
 * executions are asked for by the order's id, and the sums say that some are missing. */
struct row {
    struct coinbase_order_fields order;
    struct sofia_decimal leaves;
    char cancel_reason[SOFIA_REASON_SIZE];
};

static void read_reason(struct sofia_json *cur, char *buf, size_t cap)
{
    struct sofia_slice text = {0};

    if (!sofia_json_null(cur) && sofia_json_string(cur, &text) == 0 && text.len > 0 &&
        buf[0] == '\0') {
        sofia_slice_copy(text, buf, cap);
    }
}

static void read_word(struct sofia_json *cur, struct sofia_slice key, struct row *row)
{
    struct coinbase_order_fields *order = &row->order;
    struct sofia_slice text = {0};

    if (sofia_json_is(key, "status")) {
        sofia_json_string(cur, &order->status);
    } else if (sofia_json_is(key, "product_id")) {
        sofia_json_string(cur, &order->product);
    } else if (sofia_json_is(key, "order_side") || sofia_json_is(key, "side")) {
        sofia_json_string(cur, &text);
        order->side = coinbase_side_of(text);
    } else if (sofia_json_is(key, "time_in_force") && !sofia_json_null(cur)) {
        sofia_json_string(cur, &text);
        order->tif = coinbase_tif_of(text);
    } else if (sofia_json_is(key, "order_type") && !sofia_json_null(cur)) {
        sofia_json_string(cur, &text);
        order->type = coinbase_type_of(text);
    } else if (sofia_json_is(key, "reject_reason") || sofia_json_is(key, "reject_Reason")) {
        read_reason(cur, order->reason, sizeof(order->reason));
    } else if (sofia_json_is(key, "cancel_reason")) {
        read_reason(cur, row->cancel_reason, sizeof(row->cancel_reason));
    }
}

static void read_row(struct sofia_json *cur, struct row *row)
{
    struct coinbase_order_fields *order = &row->order;
    struct sofia_slice key;
    uint32_t post_only = 0;

    memset(row, 0, sizeof(*row));
    order->qty = order->price = order->filled_qty = row->leaves = sofia_decimal_absent();
    order->filled_quote = sofia_wide_absent();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "order_id")) {
            coinbase_json_id(cur, order->venue_id, sizeof(order->venue_id));
        } else if (sofia_json_is(key, "client_order_id")) {
            coinbase_json_id(cur, order->client_id, sizeof(order->client_id));
        } else if (sofia_json_is(key, "cumulative_quantity")) {
            coinbase_json_decimal(cur, &order->filled_qty);
        } else if (sofia_json_is(key, "leaves_quantity")) {
            coinbase_json_decimal(cur, &row->leaves);
        } else if (sofia_json_is(key, "limit_price")) {
            coinbase_json_decimal(cur, &order->price);
        } else if (sofia_json_is(key, "filled_value")) {
            coinbase_json_wide(cur, &order->filled_quote);
        } else if (sofia_json_is(key, "post_only")) {
            coinbase_json_flag(cur, &post_only);
            order->flags = post_only ? SOFIA_ORDER_POST_ONLY : 0;
        } else {
            read_word(cur, key, row);
        }
    }
    if (order->type == SOFIA_TYPE_MARKET) {
        order->tif = 0;
    }
    /* The size is not told. What is left is zero on the rows of orders that have ended. */
    if (sofia_decimal_sign(row->leaves) > 0) {
        sofia_decimal_add(order->filled_qty, row->leaves, &order->qty);
    }
}

int coinbase_report_emit(struct coinbase *c, struct sofia_json *cur, int64_t ts_ns,
                         uint32_t *ret_ended)
{
    struct row row;
    struct sofia_event_report report;

    read_row(cur, &row);
    if (row.order.venue_id[0] == '\0' || row.order.status.len == 0 ||
        sofia_decimal_is_absent(row.order.filled_qty)) {
        sofia_json_fail(cur);
    }
    if (cur->status != 0) {
        return SOFIA_EPARSE;
    }
    if (row.order.reason[0] == '\0') {
        memcpy(row.order.reason, row.cancel_reason, sizeof(row.order.reason));
    }
    coinbase_order_report(c, &row.order, SOFIA_REPORT_STREAM, &report);
    report.head.generation = c->user.generation;
    report.head.ts_venue_ns = ts_ns;
    *ret_ended |= SOFIA_STATE_IS_TERMINAL(report.state) ? 1u : 0u;
    return sofia_emit(c->host, &report.head);
}
