#include "orders.h"

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "coinbase.h"

#define QUOTIENT_PLACES (-12) /* of a base quantity that is told in quote money */

void coinbase_json_id(struct sofia_json *cur, char *buf, size_t cap)
{
    struct sofia_slice text = {0};

    buf[0] = '\0';
    if (sofia_json_null(cur) || sofia_json_string(cur, &text) != 0 || text.len >= cap ||
        memchr(text.at, '\\', text.len) != NULL) {
        return;
    }
    sofia_slice_copy(text, buf, cap);
}

/* ---- orders ---- */

/* {"limit_limit_gtc":{"base_size":"0.001","limit_price":"60000.00","post_only":true}} */
static void read_configuration(struct sofia_json *cur, struct coinbase_order_fields *fields)
{
    struct sofia_slice kind;
    struct sofia_slice key;
    uint32_t post_only = 0;

    if (sofia_json_peek(cur) != SOFIA_JSON_OBJECT) {
        sofia_json_skip(cur);
        return;
    }
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &kind)) {
        if (sofia_json_peek(cur) != SOFIA_JSON_OBJECT) {
            continue;
        }
        sofia_json_enter_object(cur);
        while (sofia_json_next_key(cur, &key)) {
            if (sofia_json_is(key, "base_size")) {
                coinbase_json_decimal(cur, &fields->qty);
            } else if (sofia_json_is(key, "limit_price")) {
                coinbase_json_decimal(cur, &fields->price);
            } else if (sofia_json_is(key, "post_only")) {
                coinbase_json_flag(cur, &post_only);
                fields->flags |= post_only ? SOFIA_ORDER_POST_ONLY : 0;
            }
        }
    }
}

static void read_text(struct sofia_json *cur, char *buf, size_t cap)
{
    struct sofia_slice text = {0};

    if (!sofia_json_null(cur) && sofia_json_string(cur, &text) == 0 && text.len > 0) {
        sofia_slice_copy(text, buf, cap);
    }
}

static void read_reason(struct sofia_json *cur, struct coinbase_order_fields *fields)
{
    struct sofia_slice text = {0};

    if (!sofia_json_null(cur) && sofia_json_string(cur, &text) == 0 && text.len > 0 &&
        !sofia_slice_is(text, "REJECT_REASON_UNSPECIFIED") && fields->reason[0] == '\0') {
        sofia_slice_copy(text, fields->reason, sizeof(fields->reason));
    }
}

/* Words and ids. True if the key was one of them. */
static int read_word(struct sofia_json *cur, struct sofia_slice key,
                     struct coinbase_order_fields *fields)
{
    struct sofia_slice text = {0};

    if (sofia_json_is(key, "order_id")) {
        coinbase_json_id(cur, fields->venue_id, sizeof(fields->venue_id));
    } else if (sofia_json_is(key, "client_order_id")) {
        coinbase_json_id(cur, fields->client_id, sizeof(fields->client_id));
    } else if (sofia_json_is(key, "product_id")) {
        sofia_json_string(cur, &fields->product);
    } else if (sofia_json_is(key, "status")) {
        sofia_json_string(cur, &fields->status);
    } else if (sofia_json_is(key, "side")) {
        sofia_json_string(cur, &text);
        fields->side = coinbase_side_of(text);
    } else if (sofia_json_is(key, "order_type")) {
        sofia_json_string(cur, &text);
        fields->type = coinbase_type_of(text);
    } else if (sofia_json_is(key, "time_in_force")) {
        sofia_json_string(cur, &text);
        fields->tif = coinbase_tif_of(text);
    } else {
        return 0;
    }
    return 1;
}

static void read_history(struct sofia_json *cur, uint32_t *ret_edited)
{
    if (sofia_json_peek(cur) != SOFIA_JSON_ARRAY) {
        sofia_json_skip(cur);
        return;
    }
    sofia_json_enter_array(cur);
    while (sofia_json_next_element(cur)) {
        *ret_edited = 1;
    }
}

static void read_figure(struct sofia_json *cur, struct sofia_slice key,
                        struct coinbase_order_fields *fields)
{
    if (sofia_json_is(key, "order_configuration")) {
        read_configuration(cur, fields);
    } else if (sofia_json_is(key, "filled_size")) {
        coinbase_json_decimal(cur, &fields->filled_qty);
    } else if (sofia_json_is(key, "filled_value")) {
        coinbase_json_wide(cur, &fields->filled_quote);
    } else if (sofia_json_is(key, "created_time")) {
        coinbase_json_time(cur, &fields->created_ns);
    } else if (sofia_json_is(key, "edit_history")) {
        read_history(cur, &fields->edited);
    } else if (sofia_json_is(key, "reject_message") || sofia_json_is(key, "cancel_message")) {
        read_text(cur, fields->reason, sizeof(fields->reason));
    } else if (sofia_json_is(key, "reject_reason")) {
        read_reason(cur, fields);
    }
}

void coinbase_order_read(struct sofia_json *cur, struct coinbase_order_fields *ret_fields)
{
    struct sofia_slice key;

    memset(ret_fields, 0, sizeof(*ret_fields));
    ret_fields->qty = ret_fields->price = ret_fields->filled_qty = sofia_decimal_absent();
    ret_fields->filled_quote = sofia_wide_absent();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (!read_word(cur, key, ret_fields)) {
            read_figure(cur, key, ret_fields);
        }
    }
    if (ret_fields->venue_id[0] == '\0' || ret_fields->status.len == 0) {
        sofia_json_fail(cur);
    }
    if (ret_fields->type == SOFIA_TYPE_MARKET) {
        ret_fields->tif = 0;
    }
}

void coinbase_order_report(struct coinbase *c, const struct coinbase_order_fields *fields,
                           uint32_t source, struct sofia_event_report *ret_report)
{
    sofia_report_init(ret_report, source, coinbase_instrument(c, fields->product));
    ret_report->state = coinbase_state_of(fields->status, fields->filled_qty);
    ret_report->side = fields->side;
    ret_report->type = fields->type;
    ret_report->tif = fields->tif;
    ret_report->order_flags = fields->flags;
    ret_report->qty = fields->qty;
    ret_report->price = sofia_decimal_nonzero(fields->price);
    ret_report->filled_qty = fields->filled_qty;
    ret_report->filled_quote = fields->filled_quote;
    memcpy(ret_report->client_id, fields->client_id, sizeof(ret_report->client_id));
    memcpy(ret_report->venue_id, fields->venue_id, sizeof(ret_report->venue_id));
    memcpy(ret_report->reason, fields->reason, sizeof(ret_report->reason));
    if (ret_report->state == 0) {
        snprintf(ret_report->reason, sizeof(ret_report->reason), "unknown status %.*s",
                 (int)(fields->status.len < 64 ? fields->status.len : 64), fields->status.at);
    } else if (sofia_slice_is(fields->status, "FAILED") &&
               sofia_decimal_sign(fields->filled_qty) > 0) {
        sofia_log(c->host, SOFIA_LOG_ERROR, "order %s failed after it had been filled in part: %s",
                  fields->venue_id, fields->reason);
    }
}

/* ---- fills ---- */

struct fill_fields {
    struct sofia_slice entry_id;
    struct sofia_slice trade_type;
    struct sofia_slice product;
    struct sofia_slice liquidity;
    uint32_t side;
    uint32_t size_in_quote;
    int64_t time_ns;
    struct sofia_decimal price;
    struct sofia_decimal size;
    struct sofia_wide wide_size;
    struct sofia_wide commission;
    char venue_id[SOFIA_VENUE_ID_SIZE];
};

static void read_fill_word(struct sofia_json *cur, struct sofia_slice key, struct fill_fields *f)
{
    struct sofia_slice text = {0};

    if (sofia_json_is(key, "entry_id")) {
        sofia_json_string(cur, &f->entry_id);
    } else if (sofia_json_is(key, "trade_type")) {
        sofia_json_string(cur, &f->trade_type);
    } else if (sofia_json_is(key, "product_id")) {
        sofia_json_string(cur, &f->product);
    } else if (sofia_json_is(key, "liquidity_indicator")) {
        sofia_json_string(cur, &f->liquidity);
    } else if (sofia_json_is(key, "order_id")) {
        coinbase_json_id(cur, f->venue_id, sizeof(f->venue_id));
    } else if (sofia_json_is(key, "side")) {
        sofia_json_string(cur, &text);
        f->side = coinbase_side_of(text);
    }
}

static void read_fill(struct sofia_json *cur, struct fill_fields *f)
{
    struct sofia_slice key;

    memset(f, 0, sizeof(*f));
    f->price = f->size = sofia_decimal_absent();
    f->wide_size = sofia_wide_absent();
    f->commission = sofia_wide_zero();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "price")) {
            coinbase_json_decimal(cur, &f->price);
        } else if (sofia_json_is(key, "size")) {
            coinbase_json_wide(cur, &f->wide_size);
        } else if (sofia_json_is(key, "commission")) {
            coinbase_json_wide(cur, &f->commission);
        } else if (sofia_json_is(key, "trade_time")) {
            coinbase_json_time(cur, &f->time_ns);
        } else if (sofia_json_is(key, "size_in_quote")) {
            coinbase_json_flag(cur, &f->size_in_quote);
        } else {
            read_fill_word(cur, key, f);
        }
    }
    if (sofia_wide_is_absent(f->commission)) {
        f->commission = sofia_wide_zero();
    }
    if (f->venue_id[0] == '\0' || f->entry_id.len == 0) {
        sofia_json_fail(cur);
    }
}

int coinbase_fill_id(const struct coinbase *c, struct sofia_slice entry_id,
                     char ret_id[SOFIA_FILL_ID_SIZE])
{
    uint8_t bytes[SOFIA_DIGEST_SIZE];
    struct sofia_text text;
    size_t len = 0;

    sofia_text_init(&text, ret_id, SOFIA_FILL_ID_SIZE);
    if (entry_id.len < SOFIA_FILL_ID_SIZE) {
        sofia_text_add(&text, entry_id);
        return SOFIA_OK;
    }
    if (sofia_hex_decode(entry_id, bytes, sizeof(bytes), &len) != 0) {
        len = sizeof(bytes);
        int status = c->host->exchange->digest(c->host, entry_id.at, entry_id.len, bytes);
        if (status != SOFIA_OK) {
            return status;
        }
    }
    sofia_text_base64url(&text, bytes, len);
    return sofia_text_status(&text) == 0 ? SOFIA_OK : SOFIA_ESPACE;
}

/* The size in base. Told in quote money it is a quotient, and the money is the exact figure. What
 * the narrow shape does not hold stays absent: the core then holds the symbol instead of guessing. */
static void put_size(const struct fill_fields *f, struct sofia_event_fill *fill)
{
    struct sofia_wide base = f->wide_size;

    if (f->size_in_quote) {
        fill->quote_qty = f->wide_size;
        if (sofia_wide_div(f->wide_size, sofia_wide_of(f->price), QUOTIENT_PLACES,
                           SOFIA_ROUND_HALF_EVEN, &base) != 0) {
            return;
        }
    }
    sofia_wide_narrow(base, &fill->qty);
}

/* Fees are taken in the quote currency of the product that was ordered, which the venue may show
 * under the name of the book it shares. */
static void put_fee(struct coinbase *c, const struct fill_fields *f,
                    const struct coinbase_asked *asked, struct sofia_event_fill *fill)
{
    const struct coinbase_symbol *symbol = coinbase_symbol_find(&c->symbols, f->product);

    if (asked != NULL && asked->venue_id[0] != '\0') {
        const struct coinbase_symbol *ordered =
            coinbase_symbol_find(&c->symbols, sofia_slice_of(asked->venue_symbol));
        symbol = ordered != NULL ? ordered : symbol;
    }
    fill->fee = f->commission;
    if (symbol != NULL) {
        memcpy(fill->fee_asset, symbol->rules.quote, sizeof(fill->fee_asset));
        fill->head.instrument = coinbase_instrument(c, sofia_slice_of(symbol->venue_symbol));
    }
}

int coinbase_fill_emit(struct coinbase *c, struct sofia_json *cur,
                       const struct coinbase_asked *asked)
{
    struct fill_fields f;
    struct sofia_event_fill fill;

    read_fill(cur, &f);
    if (cur->status != 0) {
        return SOFIA_EPARSE;
    }
    if (f.trade_type.len != 0 && !sofia_slice_is(f.trade_type, "FILL")) {
        sofia_log(c->host, SOFIA_LOG_ERROR,
                  "order %s: the venue booked a %.*s, which is no trade: look at the account",
                  f.venue_id, (int)(f.trade_type.len < 40 ? f.trade_type.len : 40),
                  f.trade_type.at);
        return SOFIA_OK;
    }
    sofia_fill_init(&fill, SOFIA_REPORT_QUERY, 0);
    fill.head.ts_venue_ns = f.time_ns;
    fill.side = f.side;
    if (sofia_slice_is(f.liquidity, "MAKER")) {
        fill.liquidity = SOFIA_LIQUIDITY_MAKER;
    } else if (sofia_slice_is(f.liquidity, "TAKER")) {
        fill.liquidity = SOFIA_LIQUIDITY_TAKER;
    }
    fill.price = f.price;
    put_size(&f, &fill);
    put_fee(c, &f, asked, &fill);
    memcpy(fill.venue_id, f.venue_id, sizeof(fill.venue_id));
    int status = coinbase_fill_id(c, f.entry_id, fill.fill_id);
    return status == SOFIA_OK ? sofia_emit(c->host, &fill.head) : status;
}
