#include "map.h"

#include <stdlib.h>
#include <string.h>

#include <sofia/kit/adapter.h>

static const struct sofia_word sides[] = {
    {"BUY", SOFIA_SIDE_BUY, 0},
    {"SELL", SOFIA_SIDE_SELL, 0},
};

/* PENDING_CANCEL is documented as unused; should it ever come, the order is asked about. */
static const struct sofia_word states[] = {
    {"NEW", SOFIA_STATE_NEW, 0},           {"PARTIALLY_FILLED", SOFIA_STATE_PARTIALLY_FILLED, 0},
    {"FILLED", SOFIA_STATE_FILLED, 0},     {"CANCELED", SOFIA_STATE_CANCELED, 0},
    {"EXPIRED", SOFIA_STATE_EXPIRED, 0},   {"EXPIRED_IN_MATCH", SOFIA_STATE_EXPIRED, 0},
    {"REJECTED", SOFIA_STATE_REJECTED, 0}, {"PENDING_NEW", SOFIA_STATE_PENDING_NEW, 0},
};

static const struct sofia_word tifs[] = {
    {"GTC", SOFIA_TIF_GTC, 0},
    {"IOC", SOFIA_TIF_IOC, 0},
    {"FOK", SOFIA_TIF_FOK, 0},
};

static const struct sofia_word types[] = {
    {"LIMIT", SOFIA_TYPE_LIMIT, 0},
    {"MARKET", SOFIA_TYPE_MARKET, 0},
    {"LIMIT_MAKER", SOFIA_TYPE_LIMIT, SOFIA_ORDER_POST_ONLY},
};

static const struct sofia_word statuses[] = {
    {"TRADING", SOFIA_STATUS_TRADING, 0},   {"CANCEL_ONLY", SOFIA_STATUS_CANCEL_ONLY, 0},
    {"HALT", SOFIA_STATUS_HALTED, 0},       {"BREAK", SOFIA_STATUS_HALTED, 0},
    {"END_OF_DAY", SOFIA_STATUS_HALTED, 0},
};

static const struct sofia_word features[] = {
    {"LIMIT", SOFIA_CAN_LIMIT | SOFIA_CAN_IOC | SOFIA_CAN_FOK, 0},
    {"MARKET", SOFIA_CAN_MARKET, 0},
    {"LIMIT_MAKER", SOFIA_CAN_POST_ONLY, 0},
};

static uint32_t value_of(const struct sofia_word *word)
{
    return word != NULL ? word->value : 0;
}

uint32_t binance_side_of(const char *text, size_t len)
{
    return value_of(SOFIA_WORD(sides, ((struct sofia_slice){.at = text, .len = len})));
}

uint32_t binance_state_of(const char *text, size_t len)
{
    return value_of(SOFIA_WORD(states, ((struct sofia_slice){.at = text, .len = len})));
}

uint32_t binance_tif_of(const char *text, size_t len)
{
    return value_of(SOFIA_WORD(tifs, ((struct sofia_slice){.at = text, .len = len})));
}

uint32_t binance_type_of(const char *text, size_t len, uint32_t *ret_flags)
{
    const struct sofia_word *word =
        SOFIA_WORD(types, ((struct sofia_slice){.at = text, .len = len}));

    *ret_flags = word != NULL ? word->flags : 0;
    return value_of(word);
}

uint32_t binance_status_of(const char *text, size_t len)
{
    const struct sofia_word *word =
        SOFIA_WORD(statuses, ((struct sofia_slice){.at = text, .len = len}));

    return word != NULL ? word->value : SOFIA_STATUS_UNKNOWN;
}

uint32_t binance_feature_of(const char *text, size_t len)
{
    return value_of(SOFIA_WORD(features, ((struct sofia_slice){.at = text, .len = len})));
}

/* ---- symbols ---- */

int binance_symbols_init(struct binance_symbols *symbols, uint32_t capacity)
{
    uint32_t slot_count = 16;

    while (slot_count < 2 * capacity) {
        slot_count *= 2;
    }
    memset(symbols, 0, sizeof(*symbols));
    symbols->rows = calloc(capacity, sizeof(*symbols->rows));
    symbols->slots = calloc(slot_count, sizeof(*symbols->slots));
    if (symbols->rows == NULL || symbols->slots == NULL) {
        binance_symbols_release(symbols);
        return SOFIA_ENOMEM;
    }
    symbols->capacity = capacity;
    symbols->slot_mask = slot_count - 1;
    return SOFIA_OK;
}

void binance_symbols_release(struct binance_symbols *symbols)
{
    for (uint32_t i = 0; i < symbols->count; i++) {
        binance_depth_release(&symbols->rows[i].depth);
    }
    free(symbols->rows);
    free(symbols->slots);
    memset(symbols, 0, sizeof(*symbols));
}

static uint32_t hash_of(const char *text, size_t len)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    }
    return hash;
}

static uint32_t slot_of(const struct binance_symbols *symbols, const char *text, size_t len)
{
    uint32_t slot = hash_of(text, len) & symbols->slot_mask;

    while (symbols->slots[slot] != 0) {
        const char *name = symbols->rows[symbols->slots[slot] - 1].venue_symbol;
        if (strlen(name) == len && memcmp(name, text, len) == 0) {
            break;
        }
        slot = (slot + 1) & symbols->slot_mask;
    }
    return slot;
}

struct binance_symbol *binance_symbol_find(const struct binance_symbols *symbols, const char *text,
                                           size_t len)
{
    uint32_t row = symbols->slots[slot_of(symbols, text, len)];

    return row != 0 ? &symbols->rows[row - 1] : NULL;
}

struct binance_symbol *binance_symbol_of(const struct binance_symbols *symbols, uint32_t instrument)
{
    for (uint32_t i = 0; instrument != 0 && i < symbols->count; i++) {
        if (symbols->rows[i].instrument == instrument) {
            return &symbols->rows[i];
        }
    }
    return NULL;
}

/* Symbols go into JSON and URLs: nothing that would end a string there, but letters of any script.
 */
static int is_symbol(const char *text, size_t len)
{
    if (len == 0 || len >= SOFIA_NAME_SIZE) {
        return 0;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= ' ' || c == '"' || c == '\\' || c == 0x7f) {
            return 0;
        }
    }
    return 1;
}

struct binance_symbol *binance_symbol_add(struct binance_symbols *symbols, const char *text,
                                          size_t len)
{
    if (!is_symbol(text, len)) {
        return NULL;
    }
    uint32_t slot = slot_of(symbols, text, len);
    if (symbols->slots[slot] != 0) {
        return &symbols->rows[symbols->slots[slot] - 1];
    }
    if (symbols->count == symbols->capacity) {
        return NULL;
    }
    struct binance_symbol *symbol = &symbols->rows[symbols->count++];
    symbols->slots[slot] = symbols->count;
    memcpy(symbol->venue_symbol, text, len);
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        symbol->stream[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return symbol;
}

uint32_t binance_symbol_index(const struct binance_symbols *symbols,
                              const struct binance_symbol *symbol)
{
    return (uint32_t)(symbol - symbols->rows);
}
