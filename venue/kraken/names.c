/* Four spellings of one thing, ids that are numbers in disguise, words. */
#include <stdio.h>
#include <string.h>

#include "kraken.h"

static const struct vk_asset_name names[] = {
    {"BTC", "XXBT", "XBT"},
    {"ETH", "XETH", "ETH"},
    {"DOGE", "XXDG", "XDG"},
    {"USD", "ZUSD", "USD"},
};

static const struct vk_asset_name *name_of(const char *engine)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i].engine, engine) == 0) {
            return &names[i];
        }
    }
    return NULL;
}

const char *vk_asset_id(const struct venue *v, const struct vn_asset *asset)
{
    const struct vk_asset_name *name = name_of(asset->name);
    return name == NULL || vk_of(v)->settings.modern_names ? asset->name : name->id;
}

const char *vk_asset_alt(const struct vn_asset *asset)
{
    const struct vk_asset_name *name = name_of(asset->name);
    return name == NULL ? asset->name : name->alt;
}

struct vn_asset *vk_asset_read(struct venue *v, const char *name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i].id, name) == 0 || strcmp(names[i].alt, name) == 0) {
            return vn_asset_find(&v->engine, names[i].engine);
        }
    }
    return vn_asset_find(&v->engine, name);
}

bool vk_is_ascii(const char *name)
{
    for (const char *p = name; *p != '\0'; p++) {
        if ((unsigned char)*p >= 0x80) {
            return false;
        }
    }
    return true;
}

bool vk_offers(const struct vn_symbol *symbol)
{
    return vk_is_ascii(symbol->name);
}

static void join(const char *base, const char *between, const char *quote, char *ret_name)
{
    snprintf(ret_name, VK_PAIR, "%s%s%s", base, between, quote);
}

void vk_pair_v2(const struct vn_symbol *symbol, char *ret_name)
{
    join(symbol->base->name, "/", symbol->quote->name, ret_name);
}

void vk_pair_alt(const struct vn_symbol *symbol, char *ret_name)
{
    join(vk_asset_alt(symbol->base), "", vk_asset_alt(symbol->quote), ret_name);
}

void vk_pair_ws1(const struct vn_symbol *symbol, char *ret_name)
{
    join(vk_asset_alt(symbol->base), "/", vk_asset_alt(symbol->quote), ret_name);
}

/* Old pairs are made of old ids; one later asset with an old id never got such a pair. */
void vk_pair_id(const struct vn_symbol *symbol, char *ret_name)
{
    const struct vk_asset_name *base = name_of(symbol->base->name);
    const struct vk_asset_name *quote = name_of(symbol->quote->name);
    if (base == NULL || quote == NULL || strcmp(base->alt, "XDG") == 0) {
        vk_pair_alt(symbol, ret_name);
        return;
    }
    join(base->id, "", quote->id, ret_name);
}

struct vn_symbol *vk_pair_read_v2(struct venue *v, const char *name)
{
    char spelled[VK_PAIR];
    for (int i = 0; i < v->engine.symbol_count; i++) {
        struct vn_symbol *symbol = &v->engine.symbols[i];
        vk_pair_v2(symbol, spelled);
        if (vk_offers(symbol) && strcmp(spelled, name) == 0) {
            return symbol;
        }
    }
    return NULL;
}

struct vn_symbol *vk_pair_read(struct venue *v, const char *name)
{
    static void (*const spell[])(const struct vn_symbol *, char *) = {vk_pair_alt, vk_pair_id,
                                                                      vk_pair_ws1, vk_pair_v2};
    char spelled[VK_PAIR];
    for (int i = 0; i < v->engine.symbol_count; i++) {
        struct vn_symbol *symbol = &v->engine.symbols[i];
        for (size_t k = 0; k < sizeof(spell) / sizeof(spell[0]) && vk_offers(symbol); k++) {
            spell[k](symbol, spelled);
            if (strcmp(spelled, name) == 0) {
                return symbol;
            }
        }
    }
    return NULL;
}

/* ---- ids ---- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* Odd, so that multiplying modulo 2^64 loses nothing; the other is its inverse. */
#define STIR 0x9E3779B97F4A7C15ULL
#define UNSTIR 0xF1DE83E19937733DULL

/* Thirteen digits of five bits hold the number, two more its check. */
void vk_id_print(char letter, uint64_t number, char *ret_text)
{
    uint64_t stirred = number * STIR;
    char digits[15];
    for (int i = 12; i >= 0; i--) {
        digits[i] = alphabet[stirred & 31];
        stirred >>= 5;
    }
    uint64_t check = number % 1021;
    digits[13] = alphabet[check >> 5];
    digits[14] = alphabet[check & 31];
    snprintf(ret_text, VK_TXID, "%c%.5s-%.5s-%.5s%c", letter, digits, digits + 5, digits + 10,
             alphabet[(check * 7 + (unsigned char)letter) & 31]);
}

bool vk_id_read(char letter, const char *text, uint64_t *ret_number)
{
    uint64_t stirred = 0;
    int read = 0;
    if (strlen(text) != 19 || text[0] != letter || text[6] != '-' || text[12] != '-') {
        return false;
    }
    for (int i = 1; read < 13; i++) {
        const char *digit = text[i] == '-' ? NULL : strchr(alphabet, text[i]);
        if (digit == NULL && text[i] != '-') {
            return false;
        }
        if (digit != NULL) {
            stirred = stirred << 5 | (uint64_t)(digit - alphabet);
            read++;
        }
    }
    char again[VK_TXID];
    *ret_number = stirred * UNSTIR;
    vk_id_print(letter, *ret_number, again);
    return strcmp(again, text) == 0;
}

uint64_t vk_fill_number(const struct vn_fill *fill)
{
    uint64_t symbol = (uint64_t)fill->order->symbol->index;
    return fill->trade_id << 6 | symbol << 1 | (fill->order->side == VN_SELL);
}

/* ---- words ---- */

const char *vk_type_word(enum vn_type type)
{
    static const char *const words[] = {
        NULL,        "limit",           "limit",       "market",
        "stop-loss", "stop-loss-limit", "take-profit", "take-profit-limit"};
    return words[type];
}

const char *vk_status_word(const struct vn_symbol *symbol)
{
    static const char *const words[] = {NULL,          "online",      "cancel_only", "cancel_only",
                                        "cancel_only", "cancel_only", "limit_only",  "post_only"};
    return words[symbol->status];
}

const char *vk_end_word(enum vk_end end)
{
    static const char *const words[] = {"",
                                        "User requested",
                                        "Cancel all orders after timeout",
                                        "Post only order",
                                        "IOC remainder",
                                        "FOK not filled",
                                        "Insufficient liquidity",
                                        "Self trade prevention",
                                        "Order expired",
                                        "Amended below the filled quantity"};
    return words[end];
}
