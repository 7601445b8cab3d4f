/* What can be traded, under which rules: AssetPairs and Assets of REST, and the instrument and status
 * channels, which know the moment. */
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "kraken.h"

#define FEATURES                                                                                   \
    (SOFIA_CAN_LIMIT | SOFIA_CAN_MARKET | SOFIA_CAN_POST_ONLY | SOFIA_CAN_IOC | SOFIA_CAN_FOK |    \
     SOFIA_CAN_AMEND)
#define PRECISION_MAX 18

struct pair {
    struct sofia_slice altname;
    struct sofia_slice wsname;
    struct sofia_slice base;
    struct sofia_slice quote;
    struct sofia_slice status;
    struct sofia_slice symbol; /* instrument channel */
    int64_t price_precision;   /* -1: not told */
    int64_t qty_precision;
    struct sofia_decimal tick;
    struct sofia_decimal min_qty;
    struct sofia_decimal min_cost;
};

/* ---- telling the core ---- */

static uint32_t worse(uint32_t a, uint32_t b)
{
    return a > b ? a : b; /* TRADING < CANCEL_ONLY < HALTED < UNKNOWN */
}

/* The pair's state as the sockets have it, else as REST had it, under the state of the whole venue. A
 * pair nobody gave a state is not tradable. */
static void apply_states(const struct kraken *k, const struct kraken_symbol *symbol,
                         struct sofia_instrument *rules)
{
    const struct kraken_market_state *system = &k->market.system;
    const struct kraken_market_state *own =
        symbol->live.status != 0 ? &symbol->live : &symbol->rest;

    rules->status = own->status != 0 ? own->status : SOFIA_STATUS_UNKNOWN;
    rules->features = FEATURES & (own->status != 0 ? own->features : FEATURES);
    if (system->status != 0) {
        rules->status = worse(rules->status, system->status);
        rules->features &= system->features;
    }
}

int kraken_info_tell(struct kraken *k, struct kraken_symbol *symbol, int anew)
{
    struct sofia_event_instrument event;

    sofia_event_init(&event.head, SOFIA_EV_INSTRUMENT, sizeof(event), 0);
    event.instrument = symbol->rules;
    apply_states(k, symbol, &event.instrument);
    if (!anew && memcmp(&event.instrument, &symbol->told, sizeof(symbol->told)) == 0) {
        return SOFIA_OK;
    }
    int status = sofia_emit(k->host, &event.head);
    if (status == SOFIA_OK) {
        symbol->told = event.instrument;
    }
    return status;
}

/* ---- rules ---- */

static struct sofia_decimal step_of(int64_t precision)
{
    return sofia_decimal_of(1, -(int)precision);
}

static int is_precision(int64_t precision)
{
    return precision >= 0 && precision <= PRECISION_MAX;
}

/* The tick may be coarser than the last digit that is allowed, never finer. */
static void apply_rules(const struct kraken *k, struct kraken_symbol *symbol,
                        const struct pair *pair)
{
    struct sofia_instrument *rules = &symbol->rules;

    if (is_precision(pair->price_precision)) {
        symbol->price_precision = (uint32_t)pair->price_precision;
        rules->tick = step_of(pair->price_precision);
    }
    if (sofia_decimal_cmp(pair->tick, rules->tick) > 0) {
        rules->tick = pair->tick;
    }
    if (is_precision(pair->qty_precision)) {
        symbol->qty_precision = (uint32_t)pair->qty_precision;
        rules->lot = step_of(pair->qty_precision);
    }
    if (!sofia_decimal_is_absent(pair->min_qty)) {
        rules->min_qty = sofia_decimal_nonzero(pair->min_qty);
    }
    if (!sofia_decimal_is_absent(pair->min_cost)) {
        rules->min_notional = sofia_decimal_nonzero(pair->min_cost);
    }
    rules->notional_flags = SOFIA_NOTIONAL_MIN_ON_MARKET;
    rules->max_open_orders = kraken_tiers[k->config.tier].open_orders;
}

static void pair_init(struct pair *pair)
{
    memset(pair, 0, sizeof(*pair));
    pair->price_precision = pair->qty_precision = -1;
    pair->tick = pair->min_qty = pair->min_cost = sofia_decimal_absent();
}

static struct sofia_slice *text_of(struct pair *pair, struct sofia_slice key)
{
    const struct {
        const char *name;
        struct sofia_slice *at;
    } texts[] = {
        {"altname", &pair->altname}, {"wsname", &pair->wsname}, {"base", &pair->base},
        {"quote", &pair->quote},     {"status", &pair->status}, {"symbol", &pair->symbol},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (sofia_json_is(key, texts[i].name)) {
            return texts[i].at;
        }
    }
    return NULL;
}

static struct sofia_decimal *decimal_of(struct pair *pair, struct sofia_slice key)
{
    if (sofia_json_is(key, "tick_size") || sofia_json_is(key, "price_increment")) {
        return &pair->tick;
    }
    if (sofia_json_is(key, "ordermin") || sofia_json_is(key, "qty_min")) {
        return &pair->min_qty;
    }
    return sofia_json_is(key, "costmin") || sofia_json_is(key, "cost_min") ? &pair->min_cost : NULL;
}

/* One pair, of AssetPairs or of the instrument channel: they differ in names only. */
static void read_pair(struct sofia_json *cur, struct pair *pair)
{
    struct sofia_slice key;

    pair_init(pair);
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        struct sofia_slice *text = text_of(pair, key);
        struct sofia_decimal *decimal = decimal_of(pair, key);
        if (sofia_json_null(cur)) {
            continue;
        }
        if (text != NULL) {
            sofia_json_string(cur, text);
        } else if (decimal != NULL) {
            sofia_json_decimal(cur, decimal);
        } else if (sofia_json_is(key, "pair_decimals") || sofia_json_is(key, "price_precision")) {
            sofia_json_i64(cur, &pair->price_precision);
        } else if (sofia_json_is(key, "lot_decimals") || sofia_json_is(key, "qty_precision")) {
            sofia_json_i64(cur, &pair->qty_precision);
        }
    }
}

/* ---- AssetPairs ---- */

static void learn_assets(struct kraken *k, const struct pair *pair)
{
    const char *slash = memchr(pair->wsname.at, '/', pair->wsname.len);
    size_t base_len = (size_t)(slash - pair->wsname.at);

    kraken_asset_learn(&k->assets, pair->base, (struct sofia_slice){pair->wsname.at, base_len});
    kraken_asset_learn(&k->assets, pair->quote,
                       (struct sofia_slice){slash + 1, pair->wsname.len - base_len - 1});
}

/* 0: not ours to declare. 1: declared. Negative: could not be. */
static int declare(struct kraken *k, struct sofia_slice id, const struct pair *pair)
{
    char name[SOFIA_NAME_SIZE];

    if (kraken_pair_name(pair->wsname, name) != SOFIA_OK) {
        return 0;
    }
    learn_assets(k, pair);
    if (!kraken_config_wants(k, name)) {
        return 0;
    }
    struct kraken_symbol *symbol = kraken_symbol_add(&k->symbols, name);
    if (symbol == NULL || id.len >= sizeof(symbol->id) ||
        pair->altname.len >= sizeof(symbol->altname) || pair->altname.len == 0 ||
        !is_precision(pair->price_precision) || !is_precision(pair->qty_precision)) {
        return 0;
    }
    const char *slash = strchr(name, '/');
    sofia_slice_copy(id, symbol->id, sizeof(symbol->id));
    sofia_slice_copy(pair->altname, symbol->altname, sizeof(symbol->altname));
    sofia_rules_init(&symbol->rules);
    snprintf(symbol->rules.name, sizeof(symbol->rules.name), "%s", name);
    snprintf(symbol->rules.venue_symbol, sizeof(symbol->rules.venue_symbol), "%s", name);
    snprintf(symbol->rules.base, sizeof(symbol->rules.base), "%.*s", (int)(slash - name), name);
    snprintf(symbol->rules.quote, sizeof(symbol->rules.quote), "%s", slash + 1);
    snprintf(symbol->rules.settle, sizeof(symbol->rules.settle), "%s", slash + 1);
    apply_rules(k, symbol, pair);
    symbol->rest = (struct kraken_market_state){0, 0};
    if (pair->status.len > 0) {
        symbol->rest = kraken_market_state_of(pair->status);
    }
    int status = kraken_info_tell(k, symbol, 1);
    return status == SOFIA_OK ? 1 : status;
}

static void warn_of_missing(struct kraken *k)
{
    for (uint32_t i = 0; i < k->config.wanted_count; i++) {
        const char *wanted = NULL;
        if (k->host->option_item(k->host, "symbols", i, &wanted) == SOFIA_OK && wanted != NULL &&
            kraken_symbol_find(&k->symbols, sofia_slice_of(wanted)) == NULL) {
            sofia_log(k->host, SOFIA_LOG_WARN, "the venue lists no %s", wanted);
        }
    }
}

/* Names of assets that are in no pair; the pairs bring the others. After the pairs, because both take from a budget that may just
 * hold one of them. */
static void ask_assets(struct kraken *k)
{
    struct sofia_request request;
    uint64_t id = 0;

    if (!k->assets.are_known && kraken_encode_assets(k, &request) == SOFIA_OK) {
        (void)k->host->exchange->request(k->host, &request, &id);
    }
}

void kraken_pairs_answer(struct kraken *k, struct sofia_slice result,
                         struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct sofia_slice id;
    struct pair pair;
    struct sofia_event_sync sync;
    int status = SOFIA_OK;

    sofia_event_init(&sync.head, SOFIA_EV_SYNC, sizeof(sync), 0);
    sync.what = SOFIA_SYNC_INSTRUMENTS;
    sofia_json_init(&cur, result.at, result.len);
    sofia_json_enter_object(&cur);
    while (status >= 0 && sofia_json_next_key(&cur, &id)) {
        read_pair(&cur, &pair);
        if (cur.status == 0) {
            status = declare(k, id, &pair);
            sync.found += status > 0 ? 1 : 0;
        }
    }
    if (status < 0 || sofia_json_finish(&cur) != 0) {
        sofia_result_doubt(ret_result, "the list of pairs was not read whole");
        return;
    }
    warn_of_missing(k);
    ask_assets(k);
    sofia_result_accept(ret_result);
    sofia_result_emitted(sofia_emit(k->host, &sync.head), ret_result);
    kraken_market_symbols(k);
}

/* {"XXBT":{"aclass":"currency","altname":"XBT","decimals":10,...}} */
void kraken_assets_answer(struct kraken *k, struct sofia_slice result,
                          struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct sofia_slice id;
    struct pair asset;

    sofia_json_init(&cur, result.at, result.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &id)) {
        read_pair(&cur, &asset);
        if (cur.status == 0 && asset.altname.len > 0) {
            kraken_asset_learn(&k->assets, id, asset.altname);
        }
    }
    if (sofia_json_finish(&cur) != 0) {
        sofia_result_doubt(ret_result, "the list of assets was not read whole");
        return;
    }
    k->assets.are_known = 1;
    sofia_result_accept(ret_result);
}

/* ---- channels ---- */

static int update(struct kraken *k, const struct pair *pair)
{
    struct kraken_symbol *symbol = kraken_symbol_find(&k->symbols, pair->symbol);

    if (symbol == NULL) {
        return SOFIA_OK;
    }
    uint32_t price_precision = symbol->price_precision;
    uint32_t qty_precision = symbol->qty_precision;
    apply_rules(k, symbol, pair);
    if (pair->status.len > 0) {
        symbol->live = kraken_market_state_of(pair->status);
    }
    if (price_precision != symbol->price_precision || qty_precision != symbol->qty_precision) {
        kraken_book_lose(k, symbol, "the precision of the pair has changed");
    }
    return kraken_info_tell(k, symbol, 0);
}

/* {"assets":[..],"pairs":[..]}: all at first, afterwards those that changed. */
int kraken_info_channel(struct kraken *k, struct sofia_slice data)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct pair pair;
    int status = SOFIA_OK;

    sofia_json_init(&cur, data.at, data.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (!sofia_json_is(key, "pairs")) {
            continue;
        }
        sofia_json_enter_array(&cur);
        while (sofia_json_next_element(&cur)) {
            read_pair(&cur, &pair);
            if (cur.status == 0 && status == SOFIA_OK) {
                status = update(k, &pair);
            }
        }
    }
    return sofia_json_finish(&cur) == 0 ? status : SOFIA_EPARSE;
}

/* [{"system":"online","upcoming_maintenance":[],...}] */
int kraken_info_status(struct kraken *k, struct sofia_slice data)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct sofia_slice system = {0};
    int status = SOFIA_OK;

    sofia_json_init(&cur, data.at, data.len);
    sofia_json_enter_array(&cur);
    while (sofia_json_next_element(&cur)) {
        sofia_json_enter_object(&cur);
        while (sofia_json_next_key(&cur, &key)) {
            if (sofia_json_is(key, "system")) {
                sofia_json_string(&cur, &system);
            }
        }
    }
    if (sofia_json_finish(&cur) != 0 || system.len == 0) {
        return SOFIA_EPARSE;
    }
    struct kraken_market_state state = kraken_market_state_of(system);
    if (state.status != k->market.system.status || state.features != k->market.system.features) {
        sofia_log(k->host, SOFIA_LOG_INFO, "the venue is %.*s", (int)system.len, system.at);
    }
    k->market.system = state;
    for (uint32_t i = 0; i < k->symbols.count; i++) {
        int told = kraken_info_tell(k, &k->symbols.rows[i], 0);
        status = status == SOFIA_OK ? told : status;
    }
    return status;
}
