#include "report.h"

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "binance.h"
#include "orders.h"

struct report_fields {
    struct sofia_slice symbol;
    struct sofia_slice execution; /* x */
    struct sofia_slice status;    /* X */
    struct sofia_slice expiry;    /* eR */
    uint32_t side;
    uint32_t type;
    uint32_t tif;
    uint32_t flags;
    uint32_t is_maker;
    int64_t execution_id;
    int64_t trade_id;
    int64_t time_ms;
    struct sofia_decimal qty;
    struct sofia_decimal price;
    struct sofia_decimal filled_qty;
    struct sofia_decimal last_qty;
    struct sofia_decimal last_price;
    struct sofia_wide filled_quote;
    struct sofia_wide last_quote;
    struct sofia_wide fee;
    char client_id[SOFIA_CLIENT_ID_SIZE];
    char orig_id[SOFIA_CLIENT_ID_SIZE];
    char venue_id[SOFIA_VENUE_ID_SIZE];
    char fee_asset[SOFIA_ASSET_SIZE];
    char reject[SOFIA_REASON_SIZE];
};

/* Upper and lower case letters are different members here. Each of these says where the value of
 * one kind goes; NULL: the letter is not of that kind. */
static struct sofia_decimal *decimal_of(struct report_fields *f, char letter)
{
    switch (letter) {
    case 'q':
        return &f->qty;
    case 'p':
        return &f->price;
    case 'z':
        return &f->filled_qty;
    case 'l':
        return &f->last_qty;
    case 'L':
        return &f->last_price;
    default:
        return NULL;
    }
}

static struct sofia_wide *wide_of(struct report_fields *f, char letter)
{
    switch (letter) {
    case 'n':
        return &f->fee;
    case 'Z':
        return &f->filled_quote;
    case 'Y':
        return &f->last_quote;
    default:
        return NULL;
    }
}

static int64_t *integer_of(struct report_fields *f, char letter)
{
    switch (letter) {
    case 'T':
        return &f->time_ms;
    case 't':
        return &f->trade_id;
    case 'I':
        return &f->execution_id;
    default:
        return NULL;
    }
}

static void read_word(struct sofia_json *cur, char letter, struct report_fields *f)
{
    struct sofia_slice text = {0};
    uint32_t flags = 0;

    if (sofia_json_string(cur, &text) != 0) {
        return;
    }
    switch (letter) {
    case 's':
        f->symbol = text;
        break;
    case 'x':
        f->execution = text;
        break;
    case 'X':
        f->status = text;
        break;
    case 'S':
        f->side = binance_side_of(text.at, text.len);
        break;
    case 'f':
        f->tif = binance_tif_of(text.at, text.len);
        break;
    default: /* 'o' */
        f->type = binance_type_of(text.at, text.len, &flags);
        f->flags = flags;
        break;
    }
}

static void read_text(struct sofia_json *cur, char letter, struct report_fields *f)
{
    switch (letter) {
    case 'c':
        sofia_json_text(cur, f->client_id, sizeof(f->client_id));
        break;
    case 'C':
        sofia_json_text(cur, f->orig_id, sizeof(f->orig_id));
        break;
    case 'r':
        sofia_json_text(cur, f->reject, sizeof(f->reject));
        break;
    case 'N':
        sofia_json_text(cur, f->fee_asset, sizeof(f->fee_asset));
        break;
    default: /* 'i' */
        sofia_json_id(cur, f->venue_id, sizeof(f->venue_id));
        break;
    }
}

/* What is not named here is skipped by the cursor itself. */
static void read_letter(struct sofia_json *cur, char letter, struct report_fields *f)
{
    if (decimal_of(f, letter) != NULL) {
        sofia_json_decimal(cur, decimal_of(f, letter));
    } else if (wide_of(f, letter) != NULL) {
        sofia_json_wide(cur, wide_of(f, letter));
    } else if (integer_of(f, letter) != NULL) {
        sofia_json_i64(cur, integer_of(f, letter));
    } else if (strchr("sxXSfo", letter) != NULL) {
        read_word(cur, letter, f);
    } else if (strchr("cCrNi", letter) != NULL) {
        read_text(cur, letter, f);
    } else if (letter == 'm') {
        sofia_json_bool(cur, &f->is_maker);
    }
}

static int read_report(struct sofia_slice event, struct report_fields *f)
{
    struct sofia_json cur;
    struct sofia_slice key;

    memset(f, 0, sizeof(*f));
    f->trade_id = -1;
    f->qty = f->price = f->filled_qty = sofia_decimal_absent();
    f->last_qty = f->last_price = sofia_decimal_absent();
    f->filled_quote = f->last_quote = sofia_wide_absent();
    f->fee = sofia_wide_zero();
    sofia_json_init(&cur, event.at, event.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (key.len == 1) {
            read_letter(&cur, key.at[0], f);
        } else if (sofia_json_is(key, "eR")) {
            sofia_json_string(&cur, &f->expiry);
        }
    }
    if (sofia_json_finish(&cur) != 0 || f->venue_id[0] == '\0' || f->status.len == 0 ||
        sofia_decimal_is_absent(f->filled_qty)) {
        return SOFIA_EPARSE;
    }
    return SOFIA_OK;
}

/* On a cancel `c` is the id of the cancel and `C` the order's own. Some versions print "null" for
 * none. */
static const char *order_key(const struct report_fields *f)
{
    if (f->orig_id[0] != '\0' && strcmp(f->orig_id, "null") != 0) {
        return f->orig_id;
    }
    return f->client_id;
}

static void print_reason(const struct report_fields *f, uint32_t state, char *buf, size_t cap)
{
    if (state == 0) {
        snprintf(buf, cap, "unknown status %.*s", (int)(f->status.len < 64 ? f->status.len : 64),
                 f->status.at);
    } else if (state == SOFIA_STATE_REJECTED) {
        snprintf(buf, cap, "%s", f->reject);
    } else if (f->expiry.len > 0) {
        snprintf(buf, cap, "%.*s", (int)(f->expiry.len < 100 ? f->expiry.len : 100), f->expiry.at);
    } else if (sofia_slice_is(f->status, "EXPIRED_IN_MATCH")) {
        snprintf(buf, cap, "self-trade prevention");
    }
}

static int emit_fill(struct binance *b, const struct report_fields *f, uint32_t instrument)
{
    struct sofia_event_fill fill;

    sofia_event_init(&fill.head, SOFIA_EV_FILL, sizeof(fill), instrument);
    fill.head.generation = b->user.generation;
    fill.head.ts_venue_ns = binance_ms_to_ns(f->time_ms);
    fill.source = SOFIA_REPORT_STREAM;
    fill.side = f->side;
    fill.liquidity = f->is_maker ? SOFIA_LIQUIDITY_MAKER : SOFIA_LIQUIDITY_TAKER;
    fill.qty = f->last_qty;
    fill.price = f->last_price;
    fill.quote_qty = f->last_quote;
    fill.fee = f->fee;
    memcpy(fill.fee_asset, f->fee_asset, sizeof(fill.fee_asset));
    memcpy(fill.venue_id, f->venue_id, sizeof(fill.venue_id));
    snprintf(fill.client_id, sizeof(fill.client_id), "%s", order_key(f));
    binance_fill_id(fill.fill_id, sizeof(fill.fill_id), f->trade_id, f->symbol);
    return sofia_emit(b->host, &fill.head);
}

static int emit_report(struct binance *b, const struct report_fields *f, uint32_t instrument)
{
    struct sofia_event_report report;

    sofia_event_init(&report.head, SOFIA_EV_REPORT, sizeof(report), instrument);
    report.head.generation = b->user.generation;
    report.head.ts_venue_ns = binance_ms_to_ns(f->time_ms);
    report.source = SOFIA_REPORT_STREAM;
    report.state = binance_state_of(f->status.at, f->status.len);
    report.side = f->side;
    report.type = f->type;
    report.tif = f->type == SOFIA_TYPE_MARKET ? 0 : f->tif;
    report.order_flags = f->flags;
    report.venue_seq = f->execution_id > 0 ? (uint64_t)f->execution_id : 0;
    report.qty = f->qty;
    report.price = sofia_decimal_nonzero(f->price);
    report.filled_qty = f->filled_qty;
    report.filled_quote = f->filled_quote;
    if (sofia_wide_sign(report.filled_quote) < 0) {
        report.filled_quote = sofia_wide_absent();
    }
    snprintf(report.client_id, sizeof(report.client_id), "%s", order_key(f));
    memcpy(report.venue_id, f->venue_id, sizeof(report.venue_id));
    print_reason(f, report.state, report.reason, sizeof(report.reason));
    return sofia_emit(b->host, &report.head);
}

/* The fill goes first, so that the report of a filled order finds it counted. The state is decided
 * by X alone. */
int binance_report_emit(struct binance *b, struct sofia_slice event)
{
    struct report_fields fields;
    int is_trade;
    int status = read_report(event, &fields);

    if (status != SOFIA_OK) {
        return status;
    }
    is_trade = sofia_slice_is(fields.execution, "TRADE");
    if (is_trade &&
        (fields.trade_id < 0 || fields.side == 0 || sofia_decimal_sign(fields.last_qty) <= 0 ||
         sofia_decimal_sign(fields.last_price) <= 0)) {
        return SOFIA_EPARSE;
    }
    uint32_t instrument = binance_instrument(b, fields.symbol);
    if (is_trade) {
        status = emit_fill(b, &fields, instrument);
    }
    return status == SOFIA_OK ? emit_report(b, &fields, instrument) : status;
}
