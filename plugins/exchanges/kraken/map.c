#include "map.h"

#include <stdlib.h>
#include <string.h>

#include <sofia/kit/adapter.h>

#define ALL                                                                                        \
    (SOFIA_CAN_LIMIT | SOFIA_CAN_MARKET | SOFIA_CAN_POST_ONLY | SOFIA_CAN_IOC | SOFIA_CAN_FOK |    \
     SOFIA_CAN_AMEND)

static const struct sofia_word sides[] = {
    {"buy", SOFIA_SIDE_BUY, 0},
    {"sell", SOFIA_SIDE_SELL, 0},
};

static const struct sofia_word types[] = {
    {"limit", SOFIA_TYPE_LIMIT, 0},
    {"market", SOFIA_TYPE_MARKET, 0},
};

/* REST prints upper case, the sockets lower. */
static const struct sofia_word tifs[] = {
    {"gtc", SOFIA_TIF_GTC, 0}, {"GTC", SOFIA_TIF_GTC, 0}, {"ioc", SOFIA_TIF_IOC, 0},
    {"IOC", SOFIA_TIF_IOC, 0}, {"fok", SOFIA_TIF_FOK, 0}, {"FOK", SOFIA_TIF_FOK, 0},
};

/* "open" is refined by the executed volume, see orders.c. */
static const struct sofia_word rest_states[] = {
    {"pending", SOFIA_STATE_PENDING_NEW, 0}, {"open", SOFIA_STATE_NEW, 0},
    {"closed", SOFIA_STATE_FILLED, 0},       {"canceled", SOFIA_STATE_CANCELED, 0},
    {"expired", SOFIA_STATE_EXPIRED, 0},
};

static const struct sofia_word states[] = {
    {"pending_new", SOFIA_STATE_PENDING_NEW, 0},
    {"new", SOFIA_STATE_NEW, 0},
    {"triggered", SOFIA_STATE_NEW, 0},
    {"partially_filled", SOFIA_STATE_PARTIALLY_FILLED, 0},
    {"filled", SOFIA_STATE_FILLED, 0},
    {"canceled", SOFIA_STATE_CANCELED, 0},
    {"expired", SOFIA_STATE_EXPIRED, 0},
};

/* Reducing only means margin, which a spot account does not have: nothing may be placed. */
static const struct sofia_word market_states[] = {
    {"online", SOFIA_STATUS_TRADING, ALL},
    {"post_only", SOFIA_STATUS_TRADING, SOFIA_CAN_LIMIT | SOFIA_CAN_POST_ONLY},
    {"limit_only", SOFIA_STATUS_TRADING, ALL & ~SOFIA_CAN_MARKET},
    {"cancel_only", SOFIA_STATUS_CANCEL_ONLY, ALL},
    {"reduce_only", SOFIA_STATUS_CANCEL_ONLY, ALL},
    {"maintenance", SOFIA_STATUS_HALTED, ALL},
    {"delisted", SOFIA_STATUS_HALTED, ALL},
    {"work_in_progress", SOFIA_STATUS_HALTED, ALL},
};

static uint32_t value_of(const struct sofia_word *word)
{
    return word != NULL ? word->value : 0;
}

uint32_t kraken_side_of(struct sofia_slice text)
{
    return value_of(SOFIA_WORD(sides, text));
}

uint32_t kraken_type_of(struct sofia_slice text)
{
    return value_of(SOFIA_WORD(types, text));
}

uint32_t kraken_tif_of(struct sofia_slice text)
{
    return value_of(SOFIA_WORD(tifs, text));
}

uint32_t kraken_rest_state_of(struct sofia_slice text)
{
    return value_of(SOFIA_WORD(rest_states, text));
}

uint32_t kraken_state_of(struct sofia_slice text)
{
    return value_of(SOFIA_WORD(states, text));
}

struct kraken_market_state kraken_market_state_of(struct sofia_slice text)
{
    const struct sofia_word *word = SOFIA_WORD(market_states, text);

    if (word == NULL) {
        return (struct kraken_market_state){.status = SOFIA_STATUS_UNKNOWN, .features = ALL};
    }
    return (struct kraken_market_state){.status = word->value, .features = word->flags};
}

/* ---- symbols ---- */

int kraken_symbols_init(struct kraken_symbols *symbols, uint32_t capacity)
{
    memset(symbols, 0, sizeof(*symbols));
    symbols->rows = calloc(capacity, sizeof(*symbols->rows));
    symbols->capacity = capacity;
    return symbols->rows != NULL ? SOFIA_OK : SOFIA_ENOMEM;
}

void kraken_symbols_release(struct kraken_symbols *symbols)
{
    for (uint32_t i = 0; i < symbols->count; i++) {
        kraken_book_release(&symbols->rows[i].book);
    }
    free(symbols->rows);
    memset(symbols, 0, sizeof(*symbols));
}

struct kraken_symbol *kraken_symbol_find(const struct kraken_symbols *symbols,
                                         struct sofia_slice text)
{
    for (uint32_t i = 0; text.len != 0 && i < symbols->count; i++) {
        struct kraken_symbol *symbol = &symbols->rows[i];
        if (sofia_slice_is(text, symbol->symbol) || sofia_slice_is(text, symbol->altname) ||
            sofia_slice_is(text, symbol->id)) {
            return symbol;
        }
    }
    return NULL;
}

struct kraken_symbol *kraken_symbol_of(const struct kraken_symbols *symbols, uint32_t instrument)
{
    for (uint32_t i = 0; instrument != 0 && i < symbols->count; i++) {
        if (symbols->rows[i].instrument == instrument) {
            return &symbols->rows[i];
        }
    }
    return NULL;
}

struct kraken_symbol *kraken_symbol_add(struct kraken_symbols *symbols, const char *name)
{
    for (uint32_t i = 0; i < symbols->count; i++) {
        if (strcmp(symbols->rows[i].symbol, name) == 0) {
            return &symbols->rows[i];
        }
    }
    if (symbols->count == symbols->capacity) {
        return NULL;
    }
    struct kraken_symbol *symbol = &symbols->rows[symbols->count++];
    sofia_slice_copy(sofia_slice_of(name), symbol->symbol, sizeof(symbol->symbol));
    return symbol;
}

/* ---- assets ---- */

/* Names go into JSON, journals and URLs: nothing that would end a text there. */
static int is_plain(struct sofia_slice text, size_t cap)
{
    if (text.len == 0 || text.len >= cap) {
        return 0;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c <= ' ' || c == '"' || c == '\\' || c >= 0x7f) {
            return 0;
        }
    }
    return 1;
}

static struct sofia_slice modern(struct sofia_slice altname)
{
    if (sofia_slice_is(altname, "XBT")) {
        return sofia_slice_of("BTC");
    }
    return sofia_slice_is(altname, "XDG") ? sofia_slice_of("DOGE") : altname;
}

void kraken_asset_learn(struct kraken_assets *assets, struct sofia_slice id,
                        struct sofia_slice altname)
{
    if (!is_plain(id, SOFIA_ASSET_SIZE) || !is_plain(altname, SOFIA_ASSET_SIZE)) {
        return;
    }
    for (uint32_t i = 0; i < assets->count; i++) {
        if (sofia_slice_is(id, assets->rows[i].id)) {
            return;
        }
    }
    if (assets->count == KRAKEN_ASSETS) {
        return;
    }
    struct kraken_asset *asset = &assets->rows[assets->count++];
    sofia_slice_copy(id, asset->id, sizeof(asset->id));
    sofia_slice_copy(altname, asset->altname, sizeof(asset->altname));
}

static struct sofia_slice name_of(const struct kraken_assets *assets, struct sofia_slice text)
{
    for (uint32_t i = 0; i < assets->count; i++) {
        if (sofia_slice_is(text, assets->rows[i].id) ||
            sofia_slice_is(text, assets->rows[i].altname)) {
            return modern(sofia_slice_of(assets->rows[i].altname));
        }
    }
    return modern(text);
}

void kraken_asset_name(const struct kraken_assets *assets, struct sofia_slice text,
                       char ret_name[SOFIA_ASSET_SIZE])
{
    const char *point = text.len > 0 ? memchr(text.at, '.', text.len) : NULL;
    size_t base_len = point != NULL ? (size_t)(point - text.at) : text.len;
    struct sofia_slice base = name_of(assets, (struct sofia_slice){text.at, base_len});
    struct sofia_slice suffix = {text.len > 0 ? text.at + base_len : NULL, text.len - base_len};
    struct sofia_text out;

    sofia_text_init(&out, ret_name, SOFIA_ASSET_SIZE);
    sofia_text_add(&out, base);
    if (!sofia_slice_is(suffix, ".F")) {
        sofia_text_add(&out, suffix);
    }
}

int kraken_pair_name(struct sofia_slice wsname, char ret_name[SOFIA_NAME_SIZE])
{
    const char *slash = wsname.len > 0 ? memchr(wsname.at, '/', wsname.len) : NULL;
    struct sofia_text out;

    if (slash == NULL || !is_plain(wsname, SOFIA_NAME_SIZE)) {
        return SOFIA_EPARSE;
    }
    size_t base_len = (size_t)(slash - wsname.at);
    if (base_len == 0 || base_len + 1 == wsname.len) {
        return SOFIA_EPARSE;
    }
    sofia_text_init(&out, ret_name, SOFIA_NAME_SIZE);
    sofia_text_add(&out, modern((struct sofia_slice){wsname.at, base_len}));
    sofia_text_char(&out, '/');
    sofia_text_add(&out, modern((struct sofia_slice){slash + 1, wsname.len - base_len - 1}));
    return sofia_text_status(&out) == 0 ? SOFIA_OK : SOFIA_EPARSE;
}
