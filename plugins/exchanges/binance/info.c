#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "binance.h"
#include "orders.h"

/* One symbol of exchangeInfo as it is read; precisions are the bound where a step is off. */
struct symbol_fields {
    struct sofia_instrument rules;
    int64_t base_precision;
    int64_t quote_precision;
    uint32_t spot_allowed;
};

/* ---- filters ---- */

/* The members of all filters under one roof: each filter has a few of them. 0 means "rule off" and
 * becomes absent. */
struct filter_fields {
    struct sofia_slice type;
    struct sofia_decimal min_price, max_price, tick;
    struct sofia_decimal min_qty, max_qty, step;
    struct sofia_decimal min_notional, max_notional;
    struct sofia_decimal up, down, bid_up, bid_down, ask_up, ask_down;
    struct sofia_decimal max_position;
    uint32_t min_on_market;
    uint32_t max_on_market;
    int64_t max_orders;
};

static void read_filter(struct sofia_json *cur, struct filter_fields *ret_filter)
{
    struct filter_fields *f = ret_filter;
    const struct {
        const char *name;
        struct sofia_decimal *at;
    } numbers[] = {
        {"minPrice", &f->min_price},
        {"maxPrice", &f->max_price},
        {"tickSize", &f->tick},
        {"minQty", &f->min_qty},
        {"maxQty", &f->max_qty},
        {"stepSize", &f->step},
        {"minNotional", &f->min_notional},
        {"maxNotional", &f->max_notional},
        {"multiplierUp", &f->up},
        {"multiplierDown", &f->down},
        {"bidMultiplierUp", &f->bid_up},
        {"bidMultiplierDown", &f->bid_down},
        {"askMultiplierUp", &f->ask_up},
        {"askMultiplierDown", &f->ask_down},
        {"maxPosition", &f->max_position},
    };
    const size_t count = sizeof(numbers) / sizeof(numbers[0]);
    struct sofia_slice key;

    memset(f, 0, sizeof(*f));
    for (size_t i = 0; i < count; i++) {
        *numbers[i].at = sofia_decimal_absent();
    }
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "filterType")) {
            sofia_json_string(cur, &f->type);
        } else if (sofia_json_is(key, "applyToMarket") || sofia_json_is(key, "applyMinToMarket")) {
            sofia_json_bool(cur, &f->min_on_market);
        } else if (sofia_json_is(key, "applyMaxToMarket")) {
            sofia_json_bool(cur, &f->max_on_market);
        } else if (sofia_json_is(key, "maxNumOrders")) {
            sofia_json_i64(cur, &f->max_orders);
        } else {
            for (size_t i = 0; i < count; i++) {
                if (sofia_json_is(key, numbers[i].name)) {
                    sofia_json_decimal(cur, numbers[i].at);
                    *numbers[i].at = sofia_decimal_nonzero(*numbers[i].at);
                    break;
                }
            }
        }
    }
}

/* MIN_NOTIONAL and NOTIONAL may both be listed: the larger minimum counts. */
static void apply_notional(struct sofia_instrument *rules, const struct filter_fields *f)
{
    if (sofia_decimal_cmp(f->min_notional, rules->min_notional) > 0) {
        rules->min_notional = f->min_notional;
    }
    if (!sofia_decimal_is_absent(f->max_notional)) {
        rules->max_notional = f->max_notional;
    }
    rules->notional_flags |= f->min_on_market ? SOFIA_NOTIONAL_MIN_ON_MARKET : 0;
    rules->notional_flags |= f->max_on_market ? SOFIA_NOTIONAL_MAX_ON_MARKET : 0;
}

static void apply_percent(struct sofia_instrument *rules, const struct filter_fields *f,
                          int by_side)
{
    rules->bid_mult_up = by_side ? f->bid_up : f->up;
    rules->bid_mult_down = by_side ? f->bid_down : f->down;
    rules->ask_mult_up = by_side ? f->ask_up : f->up;
    rules->ask_mult_down = by_side ? f->ask_down : f->down;
}

/* The list of filters is open: one nobody knows is no reason to lose the symbol. */
static void apply_filter(struct sofia_instrument *rules, const struct filter_fields *f)
{
    if (sofia_slice_is(f->type, "PRICE_FILTER")) {
        rules->min_price = f->min_price;
        rules->max_price = f->max_price;
        rules->tick = f->tick;
    } else if (sofia_slice_is(f->type, "LOT_SIZE")) {
        rules->min_qty = f->min_qty;
        rules->max_qty = f->max_qty;
        rules->lot = f->step;
    } else if (sofia_slice_is(f->type, "MARKET_LOT_SIZE")) {
        rules->market_min_qty = f->min_qty;
        rules->market_max_qty = f->max_qty;
        rules->market_lot = f->step;
    } else if (sofia_slice_is(f->type, "MIN_NOTIONAL") || sofia_slice_is(f->type, "NOTIONAL")) {
        apply_notional(rules, f);
    } else if (sofia_slice_is(f->type, "PERCENT_PRICE")) {
        apply_percent(rules, f, 0);
    } else if (sofia_slice_is(f->type, "PERCENT_PRICE_BY_SIDE")) {
        apply_percent(rules, f, 1);
    } else if (sofia_slice_is(f->type, "MAX_POSITION")) {
        rules->max_position = f->max_position;
    } else if (sofia_slice_is(f->type, "MAX_NUM_ORDERS") && f->max_orders > 0 &&
               f->max_orders <= UINT32_MAX) {
        rules->max_open_orders = (uint32_t)f->max_orders;
    }
}

/* ---- one symbol ---- */

static void read_order_types(struct sofia_json *cur, struct sofia_instrument *rules)
{
    struct sofia_slice text = {0};

    sofia_json_enter_array(cur);
    while (sofia_json_next_element(cur)) {
        if (sofia_json_string(cur, &text) == 0) {
            rules->features |= binance_feature_of(text.at, text.len);
        }
    }
}

static void read_filters(struct sofia_json *cur, struct sofia_instrument *rules)
{
    struct filter_fields filter;

    sofia_json_enter_array(cur);
    while (sofia_json_next_element(cur)) {
        read_filter(cur, &filter);
        if (cur->status == 0) {
            apply_filter(rules, &filter);
        }
    }
}

static void read_symbol(struct sofia_json *cur, struct symbol_fields *ret_fields)
{
    struct sofia_instrument *rules = &ret_fields->rules;
    struct sofia_slice key;
    struct sofia_slice text = {0};

    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "symbol")) {
            sofia_json_text(cur, rules->venue_symbol, sizeof(rules->venue_symbol));
        } else if (sofia_json_is(key, "status")) {
            if (sofia_json_string(cur, &text) == 0) {
                rules->status = binance_status_of(text.at, text.len);
            }
        } else if (sofia_json_is(key, "baseAsset")) {
            sofia_json_text(cur, rules->base, sizeof(rules->base));
        } else if (sofia_json_is(key, "quoteAsset")) {
            sofia_json_text(cur, rules->quote, sizeof(rules->quote));
        } else if (sofia_json_is(key, "baseAssetPrecision")) {
            sofia_json_i64(cur, &ret_fields->base_precision);
        } else if (sofia_json_is(key, "quoteAssetPrecision")) {
            sofia_json_i64(cur, &ret_fields->quote_precision);
        } else if (sofia_json_is(key, "isSpotTradingAllowed")) {
            sofia_json_bool(cur, &ret_fields->spot_allowed);
        } else if (sofia_json_is(key, "orderTypes")) {
            read_order_types(cur, rules);
        } else if (sofia_json_is(key, "filters")) {
            read_filters(cur, rules);
        }
    }
}

/* Where a step filter is off, the precision of the asset is still a bound. */
static struct sofia_decimal step_or(struct sofia_decimal step, int64_t precision)
{
    if (!sofia_decimal_is_absent(step) || precision < 0 || precision > -SOFIA_EXPONENT_MIN) {
        return step;
    }
    return sofia_decimal_of(1, (int)-precision);
}

static void complete(struct symbol_fields *fields)
{
    struct sofia_instrument *rules = &fields->rules;

    rules->tick = step_or(rules->tick, fields->quote_precision);
    rules->lot = step_or(rules->lot, fields->base_precision);
    memcpy(rules->settle, rules->quote, sizeof(rules->settle));
    if (!fields->spot_allowed && rules->status == SOFIA_STATUS_TRADING) {
        rules->status = SOFIA_STATUS_HALTED;
    }
}

static void emit_instrument(struct binance *b, const struct sofia_instrument *rules)
{
    struct sofia_event_instrument event;

    sofia_event_init(&event.head, SOFIA_EV_INSTRUMENT, sizeof(event), 0);
    event.instrument = *rules;
    if (sofia_emit(b->host, &event.head) != SOFIA_OK) {
        b->info.lost++;
    }
}

static int32_t take_symbol(struct binance *b, struct sofia_slice value)
{
    struct sofia_json cur;
    struct symbol_fields fields = {.base_precision = -1, .quote_precision = -1, .spot_allowed = 1};
    struct sofia_instrument *rules = &fields.rules;

    sofia_rules_init(rules);
    sofia_json_init(&cur, value.at, value.len);
    read_symbol(&cur, &fields);
    int broken = sofia_json_finish(&cur) != 0 || rules->base[0] == '\0' || rules->quote[0] == '\0';
    int len = snprintf(rules->name, sizeof(rules->name), "%s/%s", rules->base, rules->quote);
    if (len >= (int)sizeof(rules->name) || !binance_config_wants(b, rules->name)) {
        return 0;
    }
    if (broken) {
        sofia_log(b->host, SOFIA_LOG_WARN, "symbol %s of exchangeInfo is not readable, left out",
                  rules->venue_symbol);
        return 0;
    }
    struct binance_symbol *symbol =
        binance_symbol_add(&b->symbols, rules->venue_symbol, strlen(rules->venue_symbol));
    if (symbol == NULL) {
        b->info.skipped++;
        return 0;
    }
    complete(&fields);
    symbol->rules = *rules;
    symbol->listing = b->info.listing;
    b->info.found++;
    emit_instrument(b, rules);
    return 0;
}

/* ---- the stream of values ---- */

static int32_t on_value(void *ctx, struct sofia_slice key, int64_t index, struct sofia_slice value)
{
    struct binance *b = ctx;
    struct sofia_json cur;
    struct sofia_slice raw = {0};
    int64_t code = 0;
    size_t len = 0;

    sofia_json_init(&cur, value.at, value.len);
    if (index >= 0) {
        b->info.seen++;
        return take_symbol(b, value);
    }
    if (sofia_json_is(key, "rateLimits")) {
        binance_usage_limits(b, value);
    } else if (sofia_json_is(key, "code") && sofia_json_i64(&cur, &code) == 0 && code < 0 &&
               code > INT32_MIN) {
        b->info.code = (int32_t)code;
    } else if (sofia_json_is(key, "msg") && sofia_json_string(&cur, &raw) == 0 &&
               sofia_json_unescape(raw, b->info.msg, sizeof(b->info.msg), &len) != 0) {
        b->info.msg[0] = '\0';
    }
    return 0;
}

int binance_info_piece(void *self, const struct sofia_answer *answer, const char *bytes, size_t len)
{
    struct binance *b = self;
    struct binance_info *info = &b->info;

    if (answer->endpoint != ENDPOINT_EXCHANGE_INFO) {
        return SOFIA_EINVAL;
    }
    if (info->request_id != answer->request_id) {
        info->request_id = answer->request_id;
        info->listing++;
        info->seen = info->found = info->skipped = info->lost = 0;
        info->code = 0;
        info->msg[0] = '\0';
        sofia_json_stream_init(&info->stream, "symbols", info->room, BINANCE_INFO_ROOM, on_value,
                               b);
    }
    return sofia_json_stream_feed(&info->stream, bytes, len) == 0 ? SOFIA_OK : SOFIA_EPARSE;
}

/* A symbol that was there and is not any more must not be traded on with its old rules. */
static void retire_missing(struct binance *b)
{
    for (uint32_t i = 0; i < b->symbols.count; i++) {
        struct binance_symbol *symbol = &b->symbols.rows[i];
        if (symbol->listing != b->info.listing && symbol->rules.status != SOFIA_STATUS_UNKNOWN) {
            symbol->rules.status = SOFIA_STATUS_UNKNOWN;
            sofia_log(b->host, SOFIA_LOG_WARN, "%s is not listed any more", symbol->rules.name);
            emit_instrument(b, &symbol->rules);
        }
    }
}

static int is_listed(const struct binance *b, const char *name)
{
    for (uint32_t i = 0; i < b->symbols.count; i++) {
        if (b->symbols.rows[i].listing == b->info.listing &&
            strcmp(b->symbols.rows[i].rules.name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static void name_unlisted(const struct binance *b)
{
    for (uint32_t i = 0; i < b->config.wanted_count; i++) {
        const char *name = NULL;
        if (b->host->option_item(b->host, "symbols", i, &name) == SOFIA_OK && name != NULL &&
            !is_listed(b, name)) {
            sofia_log(b->host, SOFIA_LOG_WARN, "option symbols: the venue does not list %s", name);
        }
    }
    if (b->info.skipped > 0) {
        sofia_log(b->host, SOFIA_LOG_WARN, "%u symbols left out: symbol_limit is %u",
                  (unsigned)b->info.skipped, (unsigned)b->config.symbol_limit);
    }
}

static void conclude(struct binance *b, struct sofia_result *ret_result)
{
    struct sofia_event_sync sync;

    retire_missing(b);
    name_unlisted(b);
    sofia_event_init(&sync.head, SOFIA_EV_SYNC, sizeof(sync), 0);
    sync.what = SOFIA_SYNC_INSTRUMENTS;
    sync.found = b->info.found;
    if (b->info.lost == 0 && sofia_emit(b->host, &sync.head) == SOFIA_OK) {
        ret_result->verdict = SOFIA_VERDICT_ACCEPTED;
        ret_result->action = SOFIA_ACTION_NONE;
        return;
    }
    ret_result->verdict = SOFIA_VERDICT_IN_DOUBT;
    ret_result->action = SOFIA_ACTION_REFRESH;
    snprintf(ret_result->reason, sizeof(ret_result->reason), "instruments not taken in whole");
}

void binance_info_answer(struct binance *b, const struct sofia_answer *answer,
                         struct sofia_result *ret_result)
{
    struct binance_info *info = &b->info;
    struct binance_refusal refusal = {.http_status = answer->http_status, .code = info->code};
    int is_ours = info->request_id == answer->request_id && info->request_id != 0;
    int whole = is_ours && sofia_json_stream_finish(&info->stream) == 0;

    info->request_id = 0;
    refusal.retry_after_ms = binance_usage_headers(b, answer);
    if (answer->outcome != SOFIA_ANSWER_OK) {
        int unsent = answer->outcome == SOFIA_ANSWER_NOT_SENT;
        ret_result->verdict = unsent ? SOFIA_VERDICT_NOT_SENT : SOFIA_VERDICT_IN_DOUBT;
        ret_result->action = SOFIA_ACTION_REFRESH;
        snprintf(ret_result->reason, sizeof(ret_result->reason), "%s",
                 answer->text != NULL ? answer->text : "no answer");
    } else if (answer->http_status != 200) {
        memcpy(refusal.msg, info->msg, sizeof(refusal.msg));
        refusal.code = whole ? info->code : BINANCE_OK;
        binance_refuse(b, &refusal, ret_result);
    } else if (!whole || info->seen == 0) {
        ret_result->verdict = SOFIA_VERDICT_IN_DOUBT;
        ret_result->action = SOFIA_ACTION_REFRESH;
        snprintf(ret_result->reason, sizeof(ret_result->reason), "exchangeInfo was %s",
                 whole ? "without symbols" : "torn or no JSON");
    } else {
        conclude(b, ret_result);
    }
}
