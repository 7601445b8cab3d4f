#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "coinbase.h"

/* One product of the listing as it is read. */
struct product_fields {
    struct sofia_instrument rules;
    struct sofia_slice status;
    struct sofia_slice type;
    struct sofia_decimal quote_increment;
    uint32_t is_disabled;
    uint32_t trading_disabled;
    uint32_t cancel_only;
    uint32_t limit_only;
    uint32_t post_only;
    uint32_t auction_mode;
    uint32_t view_only;
    char alias[SOFIA_NAME_SIZE];
};

static int read_figure(struct sofia_json *cur, struct sofia_slice key, struct product_fields *f)
{
    const struct {
        const char *name;
        struct sofia_decimal *at;
    } numbers[] = {
        {"price_increment", &f->rules.tick},        {"quote_increment", &f->quote_increment},
        {"base_increment", &f->rules.lot},          {"base_min_size", &f->rules.min_qty},
        {"base_max_size", &f->rules.max_qty},       {"quote_min_size", &f->rules.min_notional},
        {"quote_max_size", &f->rules.max_notional},
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (sofia_json_is(key, numbers[i].name)) {
            coinbase_json_decimal(cur, numbers[i].at);
            *numbers[i].at = sofia_decimal_nonzero(*numbers[i].at);
            return 1;
        }
    }
    return 0;
}

static int read_flag(struct sofia_json *cur, struct sofia_slice key, struct product_fields *f)
{
    const struct {
        const char *name;
        uint32_t *at;
    } flags[] = {
        {"is_disabled", &f->is_disabled}, {"trading_disabled", &f->trading_disabled},
        {"cancel_only", &f->cancel_only}, {"limit_only", &f->limit_only},
        {"post_only", &f->post_only},     {"auction_mode", &f->auction_mode},
        {"view_only", &f->view_only},
    };

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (sofia_json_is(key, flags[i].name)) {
            coinbase_json_flag(cur, flags[i].at);
            return 1;
        }
    }
    return 0;
}

static void read_name(struct sofia_json *cur, struct sofia_slice key, struct product_fields *f)
{
    if (sofia_json_is(key, "product_id")) {
        sofia_json_text(cur, f->rules.venue_symbol, sizeof(f->rules.venue_symbol));
    } else if (sofia_json_is(key, "base_currency_id")) {
        sofia_json_text(cur, f->rules.base, sizeof(f->rules.base));
    } else if (sofia_json_is(key, "quote_currency_id")) {
        sofia_json_text(cur, f->rules.quote, sizeof(f->rules.quote));
    } else if (sofia_json_is(key, "alias")) {
        sofia_json_text(cur, f->alias, sizeof(f->alias));
    } else if (sofia_json_is(key, "status") && !sofia_json_null(cur)) {
        sofia_json_string(cur, &f->status);
    } else if (sofia_json_is(key, "product_type") && !sofia_json_null(cur)) {
        sofia_json_string(cur, &f->type);
    }
}

static void read_product(struct sofia_json *cur, struct product_fields *f)
{
    struct sofia_slice key;

    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (!read_figure(cur, key, f) && !read_flag(cur, key, f)) {
            read_name(cur, key, f);
        }
    }
}

static uint32_t status_of(const struct product_fields *f)
{
    static const struct sofia_word words[] = {
        {"online", SOFIA_STATUS_TRADING, 0},
        {"offline", SOFIA_STATUS_HALTED, 0},
        {"internal", SOFIA_STATUS_HALTED, 0},
        {"delisted", SOFIA_STATUS_HALTED, 0},
    };
    const struct sofia_word *word = SOFIA_WORD(words, f->status);

    if (word == NULL) {
        return SOFIA_STATUS_UNKNOWN;
    }
    if (f->is_disabled || f->trading_disabled || f->view_only) {
        return SOFIA_STATUS_HALTED;
    }
    return f->cancel_only ? SOFIA_STATUS_CANCEL_ONLY : word->value;
}

/* In post-only and auction mode nothing may take; the rest is said by the status. */
static uint32_t features_of(const struct product_fields *f)
{
    uint32_t features = SOFIA_CAN_LIMIT | SOFIA_CAN_POST_ONLY | SOFIA_CAN_AMEND;

    if (f->post_only || f->auction_mode) {
        return features;
    }
    features |= SOFIA_CAN_IOC | SOFIA_CAN_FOK;
    return f->limit_only ? features : features | SOFIA_CAN_MARKET;
}

/* Prices stand on price_increment; quote_increment is the grid of amounts of money and only stands
 * in where the other is missing. */
static void complete(struct product_fields *f)
{
    struct sofia_instrument *rules = &f->rules;

    if (sofia_decimal_is_absent(rules->tick)) {
        rules->tick = f->quote_increment;
    }
    rules->status = status_of(f);
    rules->features = features_of(f);
    rules->notional_flags = SOFIA_NOTIONAL_MIN_ON_MARKET | SOFIA_NOTIONAL_MAX_ON_MARKET;
    memcpy(rules->settle, rules->quote, sizeof(rules->settle));
}

static void emit_instrument(struct coinbase *c, const struct sofia_instrument *rules)
{
    struct sofia_event_instrument event;

    sofia_event_init(&event.head, SOFIA_EV_INSTRUMENT, sizeof(event), 0);
    event.instrument = *rules;
    if (sofia_emit(c->host, &event.head) != SOFIA_OK) {
        c->info.lost++;
    }
}

/* Without its grid a product cannot be traded: a price is never put on a grid that was guessed. */
static int is_broken(const struct product_fields *f)
{
    return f->rules.base[0] == '\0' || f->rules.quote[0] == '\0' ||
           (sofia_decimal_is_absent(f->rules.tick) &&
            sofia_decimal_is_absent(f->quote_increment)) ||
           sofia_decimal_is_absent(f->rules.lot);
}

static int32_t take_product(struct coinbase *c, struct sofia_slice value)
{
    struct sofia_json cur;
    struct product_fields f = {.quote_increment = sofia_decimal_absent()};
    struct sofia_instrument *rules = &f.rules;

    sofia_rules_init(rules);
    sofia_json_init(&cur, value.at, value.len);
    read_product(&cur, &f);
    int broken = sofia_json_finish(&cur) != 0 || is_broken(&f);
    if (f.type.len != 0 && !sofia_slice_is(f.type, "SPOT")) {
        return 0;
    }
    int len = snprintf(rules->name, sizeof(rules->name), "%s/%s", rules->base, rules->quote);
    if (len >= (int)sizeof(rules->name) || !sofia_config_lists(c->host, "symbols", rules->name)) {
        return 0;
    }
    if (broken) {
        sofia_log(c->host, SOFIA_LOG_WARN, "product %s is not readable, left out",
                  rules->venue_symbol);
        return 0;
    }
    struct coinbase_symbol *symbol = coinbase_symbol_add(&c->symbols, rules->venue_symbol);
    if (symbol == NULL) {
        c->info.skipped++;
        return 0;
    }
    complete(&f);
    symbol->rules = *rules;
    symbol->maker_only = f.post_only || f.auction_mode;
    memcpy(symbol->alias, f.alias, sizeof(symbol->alias));
    symbol->listing = c->info.listing;
    c->info.found++;
    emit_instrument(c, rules);
    return 0;
}

static int32_t on_value(void *ctx, struct sofia_slice key, int64_t index, struct sofia_slice value)
{
    struct coinbase *c = ctx;

    (void)key;
    if (index < 0) {
        return 0;
    }
    c->info.seen++;
    return take_product(c, value);
}

int coinbase_info_piece(void *self, const struct sofia_answer *answer, const char *bytes,
                        size_t len)
{
    struct coinbase *c = self;
    struct coinbase_info *info = &c->info;

    if (answer->endpoint != ENDPOINT_PRODUCTS && answer->endpoint != ENDPOINT_MARKET_PRODUCTS) {
        return SOFIA_EINVAL;
    }
    if (info->request_id != answer->request_id) {
        info->request_id = answer->request_id;
        info->listing++;
        info->seen = info->found = info->skipped = info->lost = 0;
        sofia_json_stream_init(&info->stream, "products", info->room, COINBASE_INFO_ROOM, on_value,
                               c);
    }
    return sofia_json_stream_feed(&info->stream, bytes, len) == 0 ? SOFIA_OK : SOFIA_EPARSE;
}

/* A product that was there and is not any more must not be traded on with its old rules. */
static void retire_missing(struct coinbase *c)
{
    for (uint32_t i = 0; i < c->symbols.count; i++) {
        struct coinbase_symbol *symbol = &c->symbols.rows[i];
        if (symbol->listing != c->info.listing && symbol->rules.status != SOFIA_STATUS_UNKNOWN) {
            symbol->rules.status = SOFIA_STATUS_UNKNOWN;
            sofia_log(c->host, SOFIA_LOG_WARN, "%s is not listed any more", symbol->rules.name);
            emit_instrument(c, &symbol->rules);
        }
    }
}

static int is_listed(const struct coinbase *c, const char *name)
{
    for (uint32_t i = 0; i < c->symbols.count; i++) {
        if (c->symbols.rows[i].listing == c->info.listing &&
            strcmp(c->symbols.rows[i].rules.name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static void name_unlisted(const struct coinbase *c)
{
    for (uint32_t i = 0; i < c->config.wanted_count; i++) {
        const char *name = NULL;
        if (c->host->option_item(c->host, "symbols", i, &name) == SOFIA_OK && name != NULL &&
            !is_listed(c, name)) {
            sofia_log(c->host, SOFIA_LOG_WARN, "option symbols: the venue does not list %s", name);
        }
    }
    if (c->info.skipped > 0) {
        sofia_log(c->host, SOFIA_LOG_WARN, "%u products left out: symbol_limit is %u",
                  (unsigned)c->info.skipped, (unsigned)c->config.symbol_limit);
    }
}

static void conclude(struct coinbase *c, struct sofia_result *ret_result)
{
    struct sofia_event_sync sync;

    retire_missing(c);
    name_unlisted(c);
    sofia_event_init(&sync.head, SOFIA_EV_SYNC, sizeof(sync), 0);
    sync.what = SOFIA_SYNC_INSTRUMENTS;
    sync.found = c->info.found;
    if (c->info.lost == 0 && sofia_emit(c->host, &sync.head) == SOFIA_OK) {
        sofia_result_accept(ret_result);
        return;
    }
    sofia_result_doubt(ret_result, "instruments not taken in whole");
}

void coinbase_info_answer(struct coinbase *c, const struct sofia_answer *answer,
                          struct sofia_result *ret_result)
{
    struct coinbase_info *info = &c->info;
    int is_ours = info->request_id == answer->request_id && info->request_id != 0;
    int whole = is_ours && sofia_json_stream_finish(&info->stream) == 0;

    info->request_id = 0;
    if (answer->outcome != SOFIA_ANSWER_OK) {
        sofia_result_transport(answer, ret_result);
    } else if (answer->http_status < 200 || answer->http_status >= 300) {
        coinbase_refused(c, answer, ret_result); /* its body went through on_piece */
    } else if (!whole || info->seen == 0) {
        sofia_result_doubt(ret_result, whole ? "the listing has no products"
                                             : "the listing of products was torn or no JSON");
    } else {
        c->signer.refusals = 0;
        conclude(c, ret_result);
    }
}
