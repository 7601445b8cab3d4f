#include "orders.h"

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "binance.h"

void binance_fill_id(char *buf, size_t cap, int64_t trade_id, struct sofia_slice symbol)
{
    snprintf(buf, cap, "%lld@%.*s", (long long)trade_id,
             (int)(symbol.len < SOFIA_NAME_SIZE ? symbol.len : SOFIA_NAME_SIZE), symbol.at);
}

static void fields_init(struct binance_order_fields *fields)
{
    memset(fields, 0, sizeof(*fields));
    fields->qty = sofia_decimal_absent();
    fields->price = sofia_decimal_absent();
    fields->filled_qty = sofia_decimal_absent();
    fields->filled_quote = sofia_wide_absent();
}

static void read_status(struct sofia_json *cur, struct binance_order_fields *fields)
{
    struct sofia_slice text = {0};

    if (sofia_json_string(cur, &text) != 0) {
        return;
    }
    fields->has_status = 1;
    fields->state = binance_state_of(text.at, text.len);
    if (fields->state == 0) {
        snprintf(fields->reason, sizeof(fields->reason), "unknown status %.*s",
                 (int)(text.len < 64 ? text.len : 64), text.at);
    } else if (sofia_slice_is(text, "EXPIRED_IN_MATCH")) {
        snprintf(fields->reason, sizeof(fields->reason), "self-trade prevention");
    }
}

static void read_word(struct sofia_json *cur, struct sofia_slice key,
                      struct binance_order_fields *fields)
{
    struct sofia_slice text = {0};

    if (sofia_json_string(cur, &text) != 0) {
        return;
    }
    if (sofia_json_is(key, "side")) {
        fields->side = binance_side_of(text.at, text.len);
    } else if (sofia_json_is(key, "type")) {
        uint32_t flags = 0;
        fields->type = binance_type_of(text.at, text.len, &flags);
        fields->flags = flags;
    } else {
        fields->tif = binance_tif_of(text.at, text.len);
    }
}

/* Ids and times. True if the key was one of them. */
static int read_identity(struct sofia_json *cur, struct sofia_slice key,
                         struct binance_order_fields *fields, char *orig_id)
{
    if (sofia_json_is(key, "symbol")) {
        sofia_json_string(cur, &fields->symbol);
    } else if (sofia_json_is(key, "orderId")) {
        sofia_json_id(cur, fields->venue_id, sizeof(fields->venue_id));
    } else if (sofia_json_is(key, "clientOrderId")) {
        sofia_json_text(cur, fields->client_id, sizeof(fields->client_id));
    } else if (sofia_json_is(key, "origClientOrderId")) {
        sofia_json_text(cur, orig_id, SOFIA_CLIENT_ID_SIZE);
    } else if (sofia_json_is(key, "transactTime") || sofia_json_is(key, "updateTime")) {
        sofia_json_i64(cur, &fields->time_ms);
    } else {
        return 0;
    }
    return 1;
}

void binance_order_read(struct sofia_json *cur, struct binance_order_fields *ret_fields)
{
    struct sofia_slice key;
    char orig_id[SOFIA_CLIENT_ID_SIZE] = "";

    fields_init(ret_fields);
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (read_identity(cur, key, ret_fields, orig_id)) {
            continue;
        }
        if (sofia_json_is(key, "price")) {
            sofia_json_decimal(cur, &ret_fields->price);
        } else if (sofia_json_is(key, "origQty") || sofia_json_is(key, "qty")) {
            sofia_json_decimal(cur, &ret_fields->qty);
        } else if (sofia_json_is(key, "executedQty")) {
            sofia_json_decimal(cur, &ret_fields->filled_qty);
        } else if (sofia_json_is(key, "cummulativeQuoteQty") ||
                   sofia_json_is(key, "cumulativeQuoteQty")) {
            sofia_json_wide(cur, &ret_fields->filled_quote);
        } else if (sofia_json_is(key, "status")) {
            read_status(cur, ret_fields);
        } else if (sofia_json_is(key, "side") || sofia_json_is(key, "type") ||
                   sofia_json_is(key, "timeInForce")) {
            read_word(cur, key, ret_fields);
        } else if (sofia_json_is(key, "expiryReason")) {
            sofia_json_text(cur, ret_fields->reason, sizeof(ret_fields->reason));
        } else if (sofia_json_is(key, "fills")) {
            sofia_json_raw(cur, &ret_fields->fills);
        }
    }
    if (ret_fields->venue_id[0] == '\0') {
        sofia_json_fail(cur);
    }
    memcpy(ret_fields->new_id, ret_fields->client_id, sizeof(ret_fields->new_id));
    if (orig_id[0] != '\0') {
        memcpy(ret_fields->client_id, orig_id, sizeof(orig_id));
    }
    if (sofia_wide_sign(ret_fields->filled_quote) < 0) {
        ret_fields->filled_quote = sofia_wide_absent(); /* the venue's way to say unknown */
    }
    if (ret_fields->type == SOFIA_TYPE_MARKET) {
        ret_fields->tif = 0;
    }
}

struct fill_fields {
    int64_t id;
    int64_t time_ms;
    struct sofia_slice symbol;
    uint32_t is_buyer;
    uint32_t is_maker;
    struct sofia_decimal price;
    struct sofia_decimal qty;
    struct sofia_wide quote_qty;
    struct sofia_wide fee;
    char fee_asset[SOFIA_ASSET_SIZE];
    char venue_id[SOFIA_VENUE_ID_SIZE];
};

/* An element of `fills` (tradeId) or of myTrades (id, orderId, isBuyer ...). */
static void read_fill(struct sofia_json *cur, struct fill_fields *ret_fill)
{
    struct sofia_slice key;

    memset(ret_fill, 0, sizeof(*ret_fill));
    ret_fill->id = -1;
    ret_fill->price = sofia_decimal_absent();
    ret_fill->qty = sofia_decimal_absent();
    ret_fill->quote_qty = sofia_wide_absent();
    ret_fill->fee = sofia_wide_zero();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "price")) {
            sofia_json_decimal(cur, &ret_fill->price);
        } else if (sofia_json_is(key, "qty")) {
            sofia_json_decimal(cur, &ret_fill->qty);
        } else if (sofia_json_is(key, "quoteQty")) {
            sofia_json_wide(cur, &ret_fill->quote_qty);
        } else if (sofia_json_is(key, "commission")) {
            sofia_json_wide(cur, &ret_fill->fee);
        } else if (sofia_json_is(key, "commissionAsset")) {
            sofia_json_text(cur, ret_fill->fee_asset, sizeof(ret_fill->fee_asset));
        } else if (sofia_json_is(key, "tradeId") || sofia_json_is(key, "id")) {
            sofia_json_i64(cur, &ret_fill->id);
        } else if (sofia_json_is(key, "orderId")) {
            sofia_json_id(cur, ret_fill->venue_id, sizeof(ret_fill->venue_id));
        } else if (sofia_json_is(key, "time")) {
            sofia_json_i64(cur, &ret_fill->time_ms);
        } else if (sofia_json_is(key, "isBuyer")) {
            sofia_json_bool(cur, &ret_fill->is_buyer);
        } else if (sofia_json_is(key, "isMaker")) {
            sofia_json_bool(cur, &ret_fill->is_maker);
        } else if (sofia_json_is(key, "symbol")) {
            sofia_json_string(cur, &ret_fill->symbol);
        }
    }
    if (ret_fill->id < 0 || sofia_decimal_sign(ret_fill->price) <= 0 ||
        sofia_decimal_sign(ret_fill->qty) <= 0) {
        sofia_json_fail(cur);
    }
}

static void fill_event(struct binance *b, const struct fill_fields *fields,
                       struct sofia_slice symbol, struct sofia_event_fill *ret_event)
{
    sofia_event_init(&ret_event->head, SOFIA_EV_FILL, sizeof(*ret_event),
                     binance_instrument(b, symbol));
    ret_event->head.ts_venue_ns = binance_ms_to_ns(fields->time_ms);
    ret_event->qty = fields->qty;
    ret_event->price = fields->price;
    ret_event->quote_qty = fields->quote_qty;
    ret_event->fee = fields->fee;
    memcpy(ret_event->fee_asset, fields->fee_asset, sizeof(ret_event->fee_asset));
    memcpy(ret_event->venue_id, fields->venue_id, sizeof(ret_event->venue_id));
    binance_fill_id(ret_event->fill_id, sizeof(ret_event->fill_id), fields->id, symbol);
}

/* Fills inside the answer to placing an order took liquidity: the order had not rested yet. */
static int emit_fills(struct binance *b, const struct binance_order_fields *fields, uint32_t source,
                      const char *client_id)
{
    struct sofia_json cur;
    struct fill_fields fill;
    struct sofia_event_fill event;
    int status = SOFIA_OK;

    if (fields->fills.len == 0) {
        return SOFIA_OK;
    }
    sofia_json_init(&cur, fields->fills.at, fields->fills.len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        read_fill(&cur, &fill);
        if (cur.status != 0) {
            break;
        }
        fill.time_ms = fields->time_ms;
        fill_event(b, &fill, fields->symbol, &event);
        event.source = source;
        event.side = fields->side;
        event.liquidity = SOFIA_LIQUIDITY_TAKER;
        memcpy(event.venue_id, fields->venue_id, sizeof(event.venue_id));
        snprintf(event.client_id, sizeof(event.client_id), "%s", client_id);
        status = sofia_emit(b->host, &event.head);
    }
    if (status == SOFIA_OK && sofia_json_finish(&cur) != 0) {
        status = SOFIA_EPARSE;
    }
    return status;
}

/* Fills go first, so that the report of a filled order finds them counted. */
int binance_order_emit(struct binance *b, const struct binance_order_fields *fields,
                       uint32_t source, const char *client_id)
{
    struct sofia_event_report report;
    const char *id = client_id != NULL && client_id[0] != '\0' ? client_id : fields->client_id;
    int fills = emit_fills(b, fields, source, id);

    sofia_event_init(&report.head, SOFIA_EV_REPORT, sizeof(report),
                     binance_instrument(b, fields->symbol));
    report.head.ts_venue_ns = binance_ms_to_ns(fields->time_ms);
    report.source = source;
    report.state =
        fields->has_status ? fields->state : SOFIA_STATE_NEW; /* ACK: accepted, no more */
    report.side = fields->side;
    report.type = fields->type;
    report.tif = fields->tif;
    report.order_flags = fields->flags;
    report.qty = fields->qty;
    report.price = sofia_decimal_nonzero(fields->price);
    report.filled_qty = fields->filled_qty;
    report.filled_quote = fields->filled_quote;
    snprintf(report.client_id, sizeof(report.client_id), "%s", id);
    memcpy(report.venue_id, fields->venue_id, sizeof(report.venue_id));
    memcpy(report.reason, fields->reason, sizeof(report.reason));
    int status = sofia_emit(b->host, &report.head);
    return fills != SOFIA_OK ? fills : status;
}

int binance_trade_emit(struct binance *b, struct sofia_json *cur, uint64_t *ret_id)
{
    struct fill_fields fill;
    struct sofia_event_fill event;

    read_fill(cur, &fill);
    if (fill.venue_id[0] == '\0') {
        sofia_json_fail(cur);
    }
    if (cur->status != 0) {
        return SOFIA_EPARSE;
    }
    fill_event(b, &fill, fill.symbol, &event);
    event.source = SOFIA_REPORT_QUERY;
    event.side = fill.is_buyer ? SOFIA_SIDE_BUY : SOFIA_SIDE_SELL;
    event.liquidity = fill.is_maker ? SOFIA_LIQUIDITY_MAKER : SOFIA_LIQUIDITY_TAKER;
    *ret_id = (uint64_t)fill.id;
    return sofia_emit(b->host, &event.head);
}
