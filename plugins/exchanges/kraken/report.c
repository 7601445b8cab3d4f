#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/time.h>

#include "kraken.h"

#define SETS 256u /* orders are spread over sets of WAYS by their id */
#define WAYS 16u

struct kraken_orders {
    uint64_t heard;
    struct kraken_order rows[SETS][WAYS];
};

struct kraken_orders *kraken_orders_new(void)
{
    return calloc(1, sizeof(struct kraken_orders));
}

/* ---- the memory ---- */

static uint32_t set_of(struct sofia_slice id)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < id.len; i++) {
        hash = (hash ^ (unsigned char)id.at[i]) * 16777619u;
    }
    return hash % SETS;
}

static struct kraken_order *find(struct kraken_orders *orders, struct sofia_slice id)
{
    struct kraken_order *set = orders->rows[set_of(id)];

    for (uint32_t i = 0; id.len > 0 && i < WAYS; i++) {
        if (set[i].heard != 0 && sofia_slice_is(id, set[i].venue_id)) {
            return &set[i];
        }
    }
    return NULL;
}

const struct kraken_order *kraken_order_find(const struct kraken *k, struct sofia_slice venue_id)
{
    return find(k->orders, venue_id);
}

static int is_better_victim(const struct kraken_order *a, const struct kraken_order *b)
{
    int a_ended = a->heard == 0 || SOFIA_STATE_IS_TERMINAL(a->state);
    int b_ended = b->heard == 0 || SOFIA_STATE_IS_TERMINAL(b->state);

    return a_ended != b_ended ? a_ended : a->heard < b->heard;
}

static struct kraken_order *remember(struct kraken_orders *orders, struct sofia_slice id)
{
    struct kraken_order *set = orders->rows[set_of(id)];
    struct kraken_order *order = find(orders, id);

    if (order == NULL) {
        order = &set[0];
        for (uint32_t i = 1; i < WAYS; i++) {
            if (is_better_victim(&set[i], order)) {
                order = &set[i];
            }
        }
        memset(order, 0, sizeof(*order));
        order->qty = order->price = order->filled_qty = sofia_decimal_absent();
        sofia_slice_copy(id, order->venue_id, sizeof(order->venue_id));
    }
    order->heard = ++orders->heard;
    return order;
}

/* ---- one row ---- */

struct row {
    struct sofia_slice order_id;
    struct sofia_slice exec_id;
    struct sofia_slice exec_type;
    struct sofia_slice status;
    struct sofia_slice symbol;
    struct sofia_slice client_id;
    struct sofia_slice reason;
    struct sofia_slice fees;
    struct sofia_slice time;
    struct sofia_slice side;
    struct sofia_slice type;
    struct sofia_slice tif;
    struct sofia_slice liquidity;
    uint32_t post_only;
    struct sofia_decimal qty;
    struct sofia_decimal price;
    struct sofia_decimal filled_qty;
    struct sofia_decimal last_qty;
    struct sofia_decimal last_price;
    struct sofia_wide filled_quote;
    struct sofia_wide last_quote;
};

static struct sofia_slice *text_of(struct row *row, struct sofia_slice key)
{
    const struct {
        const char *name;
        struct sofia_slice *at;
    } texts[] = {
        {"order_id", &row->order_id},   {"exec_id", &row->exec_id},
        {"exec_type", &row->exec_type}, {"order_status", &row->status},
        {"symbol", &row->symbol},       {"cl_ord_id", &row->client_id},
        {"reason", &row->reason},       {"timestamp", &row->time},
        {"side", &row->side},           {"order_type", &row->type},
        {"time_in_force", &row->tif},   {"liquidity_ind", &row->liquidity},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (sofia_json_is(key, texts[i].name)) {
            return texts[i].at;
        }
    }
    return NULL;
}

static struct sofia_decimal *decimal_of(struct row *row, struct sofia_slice key)
{
    if (sofia_json_is(key, "order_qty")) {
        return &row->qty;
    }
    if (sofia_json_is(key, "limit_price")) {
        return &row->price;
    }
    if (sofia_json_is(key, "cum_qty")) {
        return &row->filled_qty;
    }
    if (sofia_json_is(key, "last_qty")) {
        return &row->last_qty;
    }
    return sofia_json_is(key, "last_price") ? &row->last_price : NULL;
}

static void read_row(struct sofia_json *cur, struct row *row)
{
    struct sofia_slice key;

    memset(row, 0, sizeof(*row));
    row->qty = row->price = row->filled_qty = sofia_decimal_absent();
    row->last_qty = row->last_price = sofia_decimal_absent();
    row->filled_quote = row->last_quote = sofia_wide_absent();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        struct sofia_slice *text = text_of(row, key);
        struct sofia_decimal *decimal = decimal_of(row, key);
        if (sofia_json_null(cur)) {
            continue;
        }
        if (text != NULL) {
            sofia_json_string(cur, text);
        } else if (decimal != NULL) {
            sofia_json_decimal(cur, decimal);
        } else if (sofia_json_is(key, "cum_cost")) {
            sofia_json_wide(cur, &row->filled_quote);
        } else if (sofia_json_is(key, "cost")) {
            sofia_json_wide(cur, &row->last_quote);
        } else if (sofia_json_is(key, "post_only")) {
            sofia_json_bool(cur, &row->post_only);
        } else if (sofia_json_is(key, "fees")) {
            sofia_json_raw(cur, &row->fees);
        }
    }
    if (row->order_id.len == 0 || row->order_id.len >= SOFIA_VENUE_ID_SIZE ||
        row->exec_id.len >= SOFIA_FILL_ID_SIZE || row->exec_type.len == 0) {
        sofia_json_fail(cur);
    }
}

static void keep_decimal(struct sofia_decimal told, struct sofia_decimal *kept)
{
    if (!sofia_decimal_is_absent(told)) {
        *kept = told;
    }
}

static void keep_text(struct sofia_slice told, char *kept, size_t cap)
{
    if (told.len > 0) {
        sofia_slice_copy(told, kept, cap);
    }
}

/* What the row says replaces what is remembered; what it leaves out stays. */
static struct kraken_order *merge(struct kraken *k, const struct row *row, int64_t ts_ns)
{
    struct kraken_order *order = remember(k->orders, row->order_id);

    keep_text(row->client_id, order->client_id, sizeof(order->client_id));
    keep_text(row->symbol, order->symbol, sizeof(order->symbol));
    keep_decimal(row->qty, &order->qty);
    keep_decimal(row->price, &order->price);
    if (sofia_decimal_cmp(row->filled_qty, order->filled_qty) > 0) {
        order->filled_qty = row->filled_qty;
    }
    order->side = row->side.len > 0 ? kraken_side_of(row->side) : order->side;
    order->type = row->type.len > 0 ? kraken_type_of(row->type) : order->type;
    order->tif = row->tif.len > 0 ? kraken_tif_of(row->tif) : order->tif;
    order->flags |= row->post_only ? SOFIA_ORDER_POST_ONLY : 0;
    if (sofia_slice_is(row->exec_type, "amended") && ts_ns > order->amended_ns) {
        order->amended_ns = ts_ns;
    }
    return order;
}

/* [{"asset":"USD","qty":0.3458}] : the sum of the first asset; a second one is rare and is said. */
static int read_fees(struct kraken *k, const struct row *row, struct sofia_event_fill *fill)
{
    struct sofia_json cur;
    struct sofia_slice key;

    if (row->fees.len == 0) {
        return SOFIA_OK;
    }
    sofia_json_init(&cur, row->fees.at, row->fees.len);
    sofia_json_enter_array(&cur);
    while (sofia_json_next_element(&cur)) {
        struct sofia_slice asset = {0};
        struct sofia_wide qty = sofia_wide_zero();
        char name[SOFIA_ASSET_SIZE];
        sofia_json_enter_object(&cur);
        while (sofia_json_next_key(&cur, &key)) {
            if (sofia_json_is(key, "asset")) {
                sofia_json_string(&cur, &asset);
            } else if (sofia_json_is(key, "qty")) {
                sofia_json_wide(&cur, &qty);
            }
        }
        kraken_asset_name(&k->assets, asset, name);
        if (fill->fee_asset[0] == '\0') {
            memcpy(fill->fee_asset, name, sizeof(fill->fee_asset));
        }
        if (strcmp(fill->fee_asset, name) != 0) {
            sofia_log(k->host, SOFIA_LOG_WARN,
                      "a trade with fees in %s and %s: the second is not "
                      "booked",
                      fill->fee_asset, name);
        } else if (sofia_wide_add(fill->fee, qty, &fill->fee) != 0) {
            sofia_json_fail(&cur);
        }
    }
    return sofia_json_finish(&cur) == 0 ? SOFIA_OK : SOFIA_EPARSE;
}

static int emit_fill(struct kraken *k, const struct row *row, const struct kraken_order *order,
                     uint32_t instrument, int64_t ts_ns)
{
    struct sofia_event_fill fill;

    sofia_fill_init(&fill, SOFIA_REPORT_STREAM, instrument);
    if (row->exec_id.len == 0 || order->side == 0 || sofia_decimal_sign(row->last_qty) <= 0 ||
        sofia_decimal_sign(row->last_price) <= 0 || read_fees(k, row, &fill) != SOFIA_OK) {
        return SOFIA_EPARSE;
    }
    fill.head.generation = k->user.generation;
    fill.head.ts_venue_ns = ts_ns;
    fill.side = order->side;
    fill.liquidity = sofia_slice_is(row->liquidity, "m")   ? SOFIA_LIQUIDITY_MAKER
                     : sofia_slice_is(row->liquidity, "t") ? SOFIA_LIQUIDITY_TAKER
                                                           : 0;
    fill.qty = row->last_qty;
    fill.price = row->last_price;
    fill.quote_qty = row->last_quote;
    sofia_slice_copy(row->exec_id, fill.fill_id, sizeof(fill.fill_id));
    memcpy(fill.venue_id, order->venue_id, sizeof(fill.venue_id));
    memcpy(fill.client_id, order->client_id, sizeof(fill.client_id));
    return sofia_emit(k->host, &fill.head);
}

/* Reasons with which the venue cancels what it never accepted. */
static int is_refusal(struct sofia_slice reason)
{
    static const char *const prefixes[] = {"Post only", "Insufficient", "Order minimum",
                                           "Cost minimum", "Rejected"};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (sofia_slice_begins(reason, prefixes[i])) {
            return 1;
        }
    }
    return 0;
}

/* The last trade of an order may still say partially_filled. */
static uint32_t state_of(const struct row *row, const struct kraken_order *order)
{
    uint32_t state = kraken_state_of(row->status);

    if (sofia_slice_is(row->exec_type, "filled")) {
        return SOFIA_STATE_FILLED;
    }
    if (state == SOFIA_STATE_PARTIALLY_FILLED && !sofia_decimal_is_absent(order->qty) &&
        sofia_decimal_cmp(order->filled_qty, order->qty) >= 0) {
        return SOFIA_STATE_FILLED;
    }
    if (state == SOFIA_STATE_CANCELED && !order->was_new &&
        sofia_decimal_sign(order->filled_qty) <= 0 && is_refusal(row->reason)) {
        return SOFIA_STATE_REJECTED;
    }
    if (state == SOFIA_STATE_NEW && sofia_decimal_sign(order->filled_qty) > 0) {
        return SOFIA_STATE_PARTIALLY_FILLED; /* amended or refilled after a part was filled */
    }
    return state;
}

static int emit_report(struct kraken *k, const struct row *row, struct kraken_order *order,
                       uint32_t instrument, int64_t ts_ns)
{
    struct sofia_event_report report;

    sofia_report_init(&report, SOFIA_REPORT_STREAM, instrument);
    report.head.generation = k->user.generation;
    report.head.ts_venue_ns = ts_ns;
    report.state = state_of(row, order);
    report.side = order->side;
    report.type = order->type;
    report.tif = order->type == SOFIA_TYPE_MARKET ? 0 : order->tif;
    report.order_flags = order->flags;
    report.qty = order->qty;
    report.price = sofia_decimal_nonzero(order->price);
    report.filled_qty = order->filled_qty;
    report.filled_quote = row->filled_quote;
    memcpy(report.client_id, order->client_id, sizeof(report.client_id));
    memcpy(report.venue_id, order->venue_id, sizeof(report.venue_id));
    if (report.state == 0) {
        snprintf(report.reason, sizeof(report.reason), "unknown execution %.*s %.*s",
                 (int)(row->exec_type.len < 32 ? row->exec_type.len : 32), row->exec_type.at,
                 (int)(row->status.len < 32 ? row->status.len : 32),
                 row->status.at != NULL ? row->status.at : "");
    } else if (SOFIA_STATE_IS_TERMINAL(report.state)) {
        sofia_slice_copy(row->reason, report.reason, sizeof(report.reason));
    }
    if (report.state != 0 && !SOFIA_STATE_IS_TERMINAL(order->state)) {
        order->state = report.state;
    }
    order->was_new |= report.state != 0 && report.state != SOFIA_STATE_PENDING_NEW;
    return sofia_emit(k->host, &report.head);
}

uint32_t kraken_instrument(struct kraken *k, struct kraken_symbol *symbol)
{
    if (symbol == NULL) {
        return 0;
    }
    if (symbol->instrument == 0) {
        symbol->instrument = sofia_instrument_number(k->host, symbol->symbol);
    }
    return symbol->instrument;
}

/* A trade without id, side or size is no fill: what it was has to be asked for. */
static int is_whole_trade(const struct row *row, const struct kraken_order *order)
{
    return row->exec_id.len > 0 && order->side != 0 && !sofia_decimal_is_absent(row->last_qty) &&
           !sofia_decimal_is_absent(row->last_price);
}

/* The fill goes first, so that the report of a filled order finds it counted. */
static int take(struct kraken *k, struct row *row)
{
    int64_t ts_ns = 0;
    int status = SOFIA_OK;

    (void)sofia_time_parse(row->time, &ts_ns);
    struct kraken_order *order = merge(k, row, ts_ns);
    uint32_t instrument =
        kraken_instrument(k, kraken_symbol_find(&k->symbols, sofia_slice_of(order->symbol)));
    if (sofia_slice_is(row->exec_type, "trade")) {
        if (!is_whole_trade(row, order)) {
            row->status = sofia_slice_of("a trade that is not told whole");
        } else {
            status = emit_fill(k, row, order, instrument, ts_ns);
            if (row->status.len == 0) {
                return status; /* a trade of a snapshot: about the order itself it says nothing */
            }
        }
    }
    return status == SOFIA_OK ? emit_report(k, row, order, instrument, ts_ns) : status;
}

/* Where the stream was faster and has told whose order it is, the answer says nothing new. Where it left
 * that out, the answer is what ties the two ids together. */
int kraken_order_answered(struct kraken *k, const struct kraken_asked *asked, const char *venue_id)
{
    struct sofia_event_report report;
    struct kraken_order *known = find(k->orders, sofia_slice_of(venue_id));

    if (known != NULL && known->client_id[0] != '\0') {
        return SOFIA_OK;
    }
    sofia_report_init(
        &report, SOFIA_REPORT_ANSWER,
        kraken_instrument(k, kraken_symbol_find(&k->symbols, sofia_slice_of(asked->symbol))));
    report.state = SOFIA_STATE_NEW;
    if (known != NULL) {
        memcpy(known->client_id, asked->client_id, sizeof(known->client_id));
        memcpy(known->symbol, asked->symbol, sizeof(known->symbol));
        report.state = known->state != 0 ? known->state : SOFIA_STATE_NEW;
        report.filled_qty = known->filled_qty;
    }
    memcpy(report.client_id, asked->client_id, sizeof(report.client_id));
    snprintf(report.venue_id, sizeof(report.venue_id), "%s", venue_id);
    return sofia_emit(k->host, &report.head);
}

int kraken_report_frame(struct kraken *k, struct sofia_slice data)
{
    struct sofia_json cur;
    struct row row;
    int status = SOFIA_OK;

    sofia_json_init(&cur, data.at, data.len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        read_row(&cur, &row);
        if (cur.status == 0) {
            status = take(k, &row);
        }
    }
    return status == SOFIA_OK && sofia_json_finish(&cur) != 0 ? SOFIA_EPARSE : status;
}
