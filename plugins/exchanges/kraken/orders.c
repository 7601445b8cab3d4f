#include "orders.h"

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "kraken.h"
#include "report.h"

struct row {
    struct sofia_slice pair;
    struct sofia_slice status;
    struct sofia_slice trades;
    uint32_t side;
    uint32_t type;
    uint32_t tif;
    uint32_t post_only;
    int64_t opened_ns;
    int64_t closed_ns;
    struct sofia_decimal qty;
    struct sofia_decimal price;
    struct sofia_decimal filled_qty;
    struct sofia_wide cost;
    char client_id[SOFIA_CLIENT_ID_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

int kraken_json_seconds(struct sofia_json *cur, int64_t *ret_ns)
{
    struct sofia_decimal value = sofia_decimal_absent();
    struct sofia_decimal whole;
    int64_t ns = 0;

    if (sofia_json_null(cur)) {
        return 0;
    }
    if (sofia_json_decimal(cur, &value) != 0 ||
        sofia_decimal_to_step(value, sofia_decimal_of(1, -9), SOFIA_ROUND_FLOOR, &whole) != 0 ||
        sofia_decimal_rescale(whole, -9, &ns) != 0) {
        sofia_json_fail(cur);
        return SOFIA_EPARSE;
    }
    *ret_ns = ns;
    return 0;
}

static void read_words(struct sofia_json *cur, struct sofia_slice key, struct row *row)
{
    struct sofia_slice text = {0};

    if (sofia_json_null(cur) || sofia_json_string(cur, &text) != 0) {
        return;
    }
    if (sofia_json_is(key, "type")) {
        row->side = kraken_side_of(text);
    } else if (sofia_json_is(key, "ordertype")) {
        row->type = kraken_type_of(text);
    } else {
        row->pair = text;
    }
}

static void read_description(struct sofia_json *cur, struct row *row)
{
    struct sofia_slice key;

    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "pair") || sofia_json_is(key, "type") ||
            sofia_json_is(key, "ordertype")) {
            read_words(cur, key, row);
        } else if (sofia_json_is(key, "price")) {
            sofia_json_decimal(cur, &row->price);
        }
    }
}

static void read_member(struct sofia_json *cur, struct sofia_slice key, struct row *row)
{
    struct sofia_slice text = {0};

    if (sofia_json_is(key, "descr")) {
        read_description(cur, row);
    } else if (sofia_json_is(key, "status")) {
        sofia_json_string(cur, &row->status);
    } else if (sofia_json_is(key, "cl_ord_id")) {
        sofia_json_text(cur, row->client_id, sizeof(row->client_id));
    } else if (sofia_json_is(key, "reason")) {
        sofia_json_text(cur, row->reason, sizeof(row->reason));
    } else if (sofia_json_is(key, "vol")) {
        sofia_json_decimal(cur, &row->qty);
    } else if (sofia_json_is(key, "vol_exec")) {
        sofia_json_decimal(cur, &row->filled_qty);
    } else if (sofia_json_is(key, "cost")) {
        sofia_json_wide(cur, &row->cost);
    } else if (sofia_json_is(key, "opentm")) {
        kraken_json_seconds(cur, &row->opened_ns);
    } else if (sofia_json_is(key, "closetm")) {
        kraken_json_seconds(cur, &row->closed_ns);
    } else if (sofia_json_is(key, "trades")) {
        sofia_json_raw(cur, &row->trades);
    } else if (sofia_json_is(key, "timeinforce") && !sofia_json_null(cur)) {
        sofia_json_string(cur, &text);
        row->tif = kraken_tif_of(text);
    } else if (sofia_json_is(key, "oflags") && !sofia_json_null(cur)) {
        sofia_json_string(cur, &text);
        row->post_only = text.len >= 4 && memmem(text.at, text.len, "post", 4) != NULL;
    }
}

static void read_row(struct sofia_json *cur, struct row *row)
{
    struct sofia_slice key;

    memset(row, 0, sizeof(*row));
    row->qty = row->price = row->filled_qty = sofia_decimal_absent();
    row->cost = sofia_wide_absent();
    row->tif = SOFIA_TIF_GTC;
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        read_member(cur, key, row);
    }
    if (row->status.len == 0 || sofia_decimal_is_absent(row->filled_qty)) {
        sofia_json_fail(cur);
    }
}

static uint32_t state_of(const struct row *row)
{
    uint32_t state = kraken_rest_state_of(row->status);

    if (state == SOFIA_STATE_NEW && sofia_decimal_sign(row->filled_qty) > 0) {
        return SOFIA_STATE_PARTIALLY_FILLED;
    }
    return state;
}

/* Does the stream know more than this row? */
static int is_stale(const struct kraken_order *known, uint32_t state, const struct row *row)
{
    if (known == NULL || SOFIA_STATE_IS_TERMINAL(state)) {
        return 0;
    }
    return SOFIA_STATE_IS_TERMINAL(known->state) ||
           sofia_decimal_cmp(row->filled_qty, known->filled_qty) < 0;
}

static int emit_row(struct kraken *k, struct sofia_slice txid, const struct row *row,
                    struct kraken_rows *rows)
{
    struct sofia_event_report report;
    struct kraken_symbol *symbol = kraken_symbol_find(&k->symbols, row->pair);
    uint32_t state = state_of(row);

    if (is_stale(kraken_order_find(k, txid), state, row)) {
        return SOFIA_OK;
    }
    if (rows->symbol != NULL && rows->symbol[0] != '\0' &&
        (symbol == NULL || strcmp(symbol->symbol, rows->symbol) != 0)) {
        return SOFIA_OK;
    }
    sofia_report_init(&report, rows->source, kraken_instrument(k, symbol));
    report.head.ts_venue_ns = row->closed_ns != 0 ? row->closed_ns : row->opened_ns;
    report.state = state;
    report.side = row->side;
    report.type = row->type;
    report.tif = row->type == SOFIA_TYPE_MARKET ? 0 : row->tif;
    report.order_flags = row->post_only ? SOFIA_ORDER_POST_ONLY : 0;
    report.qty = row->qty;
    report.price =
        row->type == SOFIA_TYPE_MARKET ? sofia_decimal_absent() : sofia_decimal_nonzero(row->price);
    report.filled_qty = row->filled_qty;
    report.filled_quote = row->cost;
    snprintf(report.client_id, sizeof(report.client_id), "%s",
             row->client_id[0] == '\0' && rows->client_id != NULL ? rows->client_id
                                                                  : row->client_id);
    sofia_slice_copy(txid, report.venue_id, sizeof(report.venue_id));
    if (state == 0) {
        snprintf(report.reason, sizeof(report.reason), "unknown status %.*s",
                 (int)(row->status.len < 64 ? row->status.len : 64), row->status.at);
    } else if (SOFIA_STATE_IS_TERMINAL(state) && state != SOFIA_STATE_FILLED) {
        memcpy(report.reason, row->reason, sizeof(report.reason));
    }
    rows->reported++;
    return sofia_emit(k->host, &report.head);
}

int kraken_orders_emit(struct kraken *k, struct sofia_slice object, struct kraken_rows *rows)
{
    struct sofia_json cur;
    struct sofia_slice txid;
    struct row row;
    int status = SOFIA_OK;

    sofia_json_init(&cur, object.at, object.len);
    sofia_json_enter_object(&cur);
    while (status == SOFIA_OK && sofia_json_next_key(&cur, &txid)) {
        read_row(&cur, &row);
        if (txid.len == 0 || txid.len >= SOFIA_VENUE_ID_SIZE) {
            sofia_json_fail(&cur);
        }
        if (cur.status == 0) {
            rows->found++;
            rows->trades = row.trades;
            status = emit_row(k, txid, &row, rows);
        }
    }
    return status == SOFIA_OK && sofia_json_finish(&cur) != 0 ? SOFIA_EPARSE : status;
}

/* ---- trades ---- */

static void read_trade(struct sofia_json *cur, struct sofia_event_fill *fill,
                       struct sofia_slice *ret_pair)
{
    struct sofia_slice key;
    struct sofia_slice side = {0};
    uint32_t is_maker = 0;

    *ret_pair = (struct sofia_slice){0};
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "ordertxid")) {
            sofia_json_text(cur, fill->venue_id, sizeof(fill->venue_id));
        } else if (sofia_json_is(key, "pair")) {
            sofia_json_string(cur, ret_pair);
        } else if (sofia_json_is(key, "time")) {
            kraken_json_seconds(cur, &fill->head.ts_venue_ns);
        } else if (sofia_json_is(key, "type")) {
            sofia_json_string(cur, &side);
        } else if (sofia_json_is(key, "price")) {
            sofia_json_decimal(cur, &fill->price);
        } else if (sofia_json_is(key, "vol")) {
            sofia_json_decimal(cur, &fill->qty);
        } else if (sofia_json_is(key, "cost")) {
            sofia_json_wide(cur, &fill->quote_qty);
        } else if (sofia_json_is(key, "fee")) {
            sofia_json_wide(cur, &fill->fee);
        } else if (sofia_json_is(key, "maker")) {
            sofia_json_bool(cur, &is_maker);
            fill->liquidity = is_maker ? SOFIA_LIQUIDITY_MAKER : SOFIA_LIQUIDITY_TAKER;
        }
    }
    fill->side = kraken_side_of(side);
    if (fill->venue_id[0] == '\0' || fill->side == 0 || sofia_decimal_sign(fill->price) <= 0 ||
        sofia_decimal_sign(fill->qty) <= 0) {
        sofia_json_fail(cur);
    }
}

/* The row does not say what the fee is in; the venue counts it in quote. Where the private stream has
 * told the same trade, its word came first and counts. */
static int emit_trade(struct kraken *k, struct sofia_slice id, struct sofia_slice pair,
                      struct sofia_event_fill *fill)
{
    struct kraken_symbol *symbol = kraken_symbol_find(&k->symbols, pair);
    const struct kraken_order *order = kraken_order_find(k, sofia_slice_of(fill->venue_id));

    fill->head.instrument = kraken_instrument(k, symbol);
    if (symbol != NULL) {
        memcpy(fill->fee_asset, symbol->rules.quote, sizeof(fill->fee_asset));
    }
    if (order != NULL) {
        memcpy(fill->client_id, order->client_id, sizeof(fill->client_id));
    }
    sofia_slice_copy(id, fill->fill_id, sizeof(fill->fill_id));
    return sofia_emit(k->host, &fill->head);
}

int kraken_trades_emit(struct kraken *k, struct sofia_slice object, uint32_t *ret_found)
{
    struct sofia_json cur;
    struct sofia_slice id;
    struct sofia_slice pair;
    struct sofia_event_fill fill;
    int status = SOFIA_OK;

    sofia_json_init(&cur, object.at, object.len);
    sofia_json_enter_object(&cur);
    while (status == SOFIA_OK && sofia_json_next_key(&cur, &id)) {
        sofia_fill_init(&fill, SOFIA_REPORT_QUERY, 0);
        read_trade(&cur, &fill, &pair);
        if (id.len == 0 || id.len >= SOFIA_FILL_ID_SIZE) {
            sofia_json_fail(&cur);
        }
        if (cur.status == 0) {
            *ret_found += 1;
            status = emit_trade(k, id, pair, &fill);
        }
    }
    return status == SOFIA_OK && sofia_json_finish(&cur) != 0 ? SOFIA_EPARSE : status;
}
