#include "map.h"

#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/time.h>

#include "coinbase.h"

static const struct sofia_word sides[] = {
    {"BUY", SOFIA_SIDE_BUY, 0},
    {"SELL", SOFIA_SIDE_SELL, 0},
};

static const struct sofia_word tifs[] = {
    {"GOOD_UNTIL_CANCELLED", SOFIA_TIF_GTC, 0},
    {"IMMEDIATE_OR_CANCEL", SOFIA_TIF_IOC, 0},
    {"FILL_OR_KILL", SOFIA_TIF_FOK, 0},
};

static const struct sofia_word types[] = {
    {"LIMIT", SOFIA_TYPE_LIMIT, 0},
    {"Limit", SOFIA_TYPE_LIMIT, 0},
    {"MARKET", SOFIA_TYPE_MARKET, 0},
    {"Market", SOFIA_TYPE_MARKET, 0},
    {"LIMIT_ORDER_TYPE", SOFIA_TYPE_LIMIT, 0},
    {"MARKET_ORDER_TYPE", SOFIA_TYPE_MARKET, 0},
};

/* NEW here means: lives; what has been filled decides between the two names of that. */
static const struct sofia_word states[] = {
    {"PENDING", SOFIA_STATE_PENDING_NEW, 0},
    {"QUEUED", SOFIA_STATE_PENDING_NEW, 0},
    {"OPEN", SOFIA_STATE_NEW, 0},
    {"CANCEL_QUEUED", SOFIA_STATE_NEW, 0},
    {"EDIT_QUEUED", SOFIA_STATE_NEW, 0},
    {"FILLED", SOFIA_STATE_FILLED, 0},
    {"CANCELLED", SOFIA_STATE_CANCELED, 0},
    {"EXPIRED", SOFIA_STATE_EXPIRED, 0},
    {"FAILED", SOFIA_STATE_REJECTED, 0},
};

static uint32_t value_of(const struct sofia_word *word)
{
    return word != NULL ? word->value : 0;
}

uint32_t coinbase_side_of(struct sofia_slice text)
{
    return value_of(SOFIA_WORD(sides, text));
}

uint32_t coinbase_tif_of(struct sofia_slice text)
{
    return value_of(SOFIA_WORD(tifs, text));
}

uint32_t coinbase_type_of(struct sofia_slice text)
{
    return value_of(SOFIA_WORD(types, text));
}

uint32_t coinbase_state_of(struct sofia_slice status, struct sofia_decimal filled)
{
    uint32_t state = value_of(SOFIA_WORD(states, status));
    int has_fills = sofia_decimal_sign(filled) > 0;

    if (state == SOFIA_STATE_NEW && has_fills) {
        return SOFIA_STATE_PARTIALLY_FILLED;
    }
    if (state == SOFIA_STATE_REJECTED && has_fills) {
        return SOFIA_STATE_CANCELED; /* it lived: its fills stay */
    }
    return state;
}

/* ---- numbers ---- */

#define NUMBER_TEXT 96

/* The digits of a string or number token, made regular. 0: there is nothing. */
static size_t number_text(struct sofia_json *cur, char buf[NUMBER_TEXT])
{
    struct sofia_slice text = {0};
    size_t len = 0;

    if (sofia_json_null(cur)) {
        return 0;
    }
    if (sofia_json_peek(cur) == SOFIA_JSON_STRING) {
        sofia_json_string(cur, &text);
    } else {
        sofia_json_raw(cur, &text);
    }
    if (cur->status != 0 || text.len == 0) {
        return 0;
    }
    if (text.len > NUMBER_TEXT - 2) {
        sofia_json_fail(cur);
        return 0;
    }
    if (text.at[0] == '.') {
        buf[len++] = '0';
    }
    memcpy(buf + len, text.at, text.len);
    len += text.len;
    if (buf[len - 1] == '.') {
        len--;
    }
    return len;
}

void coinbase_json_decimal(struct sofia_json *cur, struct sofia_decimal *ret_value)
{
    char text[NUMBER_TEXT];
    size_t len = number_text(cur, text);

    *ret_value = sofia_decimal_absent();
    if (len == 0) {
        return;
    }
    int status = sofia_decimal_parse(text, len, ret_value);
    if (status != 0 && status != SOFIA_KIT_ERANGE) {
        sofia_json_fail(cur);
    }
}

void coinbase_json_wide(struct sofia_json *cur, struct sofia_wide *ret_value)
{
    char text[NUMBER_TEXT];
    size_t len = number_text(cur, text);

    *ret_value = sofia_wide_absent();
    if (len == 0) {
        return;
    }
    int status = sofia_wide_parse(text, len, ret_value);
    if (status != 0 && status != SOFIA_KIT_ERANGE) {
        sofia_json_fail(cur);
    }
}

void coinbase_json_flag(struct sofia_json *cur, uint32_t *ret_value)
{
    struct sofia_slice text = {0};

    *ret_value = 0;
    if (sofia_json_null(cur)) {
        return;
    }
    if (sofia_json_peek(cur) == SOFIA_JSON_BOOL) {
        sofia_json_bool(cur, ret_value);
    } else if (sofia_json_string(cur, &text) == 0) {
        *ret_value = sofia_slice_is(text, "true") ? 1u : 0u;
    }
}

void coinbase_json_time(struct sofia_json *cur, int64_t *ret_ns)
{
    struct sofia_slice text = {0};

    *ret_ns = 0;
    if (!sofia_json_null(cur) && sofia_json_string(cur, &text) == 0) {
        sofia_time_parse(text, ret_ns);
    }
}

/* ---- products ---- */

int coinbase_symbols_init(struct coinbase_symbols *symbols, uint32_t capacity, uint32_t depth)
{
    memset(symbols, 0, sizeof(*symbols));
    symbols->rows = calloc(capacity, sizeof(*symbols->rows));
    symbols->levels = calloc((size_t)capacity * 2 * depth, sizeof(*symbols->levels));
    if (symbols->rows == NULL || symbols->levels == NULL) {
        coinbase_symbols_release(symbols);
        return SOFIA_ENOMEM;
    }
    symbols->capacity = capacity;
    for (uint32_t i = 0; i < capacity; i++) {
        struct sofia_level *levels = symbols->levels + (size_t)i * 2 * depth;
        sofia_book_init(&symbols->rows[i].book, levels, levels + depth, depth);
    }
    return SOFIA_OK;
}

void coinbase_symbols_release(struct coinbase_symbols *symbols)
{
    free(symbols->rows);
    free(symbols->levels);
    memset(symbols, 0, sizeof(*symbols));
}

struct coinbase_symbol *coinbase_symbol_find(const struct coinbase_symbols *symbols,
                                             struct sofia_slice venue_symbol)
{
    for (uint32_t i = 0; i < symbols->count; i++) {
        if (sofia_slice_is(venue_symbol, symbols->rows[i].venue_symbol)) {
            return &symbols->rows[i];
        }
    }
    return NULL;
}

struct coinbase_symbol *coinbase_symbol_of(const struct coinbase_symbols *symbols,
                                           uint32_t instrument)
{
    for (uint32_t i = 0; instrument != 0 && i < symbols->count; i++) {
        if (symbols->rows[i].instrument == instrument) {
            return &symbols->rows[i];
        }
    }
    return NULL;
}

/* Product ids go into JSON and URLs. */
static int is_product(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                   "-_.") == len;
}

struct coinbase_symbol *coinbase_symbol_add(struct coinbase_symbols *symbols,
                                            const char *venue_symbol)
{
    struct coinbase_symbol *known = coinbase_symbol_find(symbols, sofia_slice_of(venue_symbol));

    if (known != NULL) {
        return known;
    }
    if (!is_product(venue_symbol) || symbols->count == symbols->capacity) {
        return NULL;
    }
    struct coinbase_symbol *symbol = &symbols->rows[symbols->count++];
    sofia_slice_copy(sofia_slice_of(venue_symbol), symbol->venue_symbol,
                     sizeof(symbol->venue_symbol));
    return symbol;
}

int coinbase_symbol_takes(const struct coinbase_symbol *symbol, struct sofia_slice product)
{
    return sofia_slice_is(product, symbol->venue_symbol) ||
           (symbol->alias[0] != '\0' && sofia_slice_is(product, symbol->alias));
}

/* The number is known once the core has taken the instrument in, which is after our event, so it is
 * asked for late. */
uint32_t coinbase_instrument(struct coinbase *c, struct sofia_slice venue_symbol)
{
    struct coinbase_symbol *symbol = coinbase_symbol_find(&c->symbols, venue_symbol);

    if (symbol == NULL) {
        return 0;
    }
    if (symbol->instrument == 0) {
        symbol->instrument = sofia_instrument_number(c->host, symbol->rules.name);
    }
    return symbol->instrument;
}
