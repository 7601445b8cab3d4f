/* Assets, symbols, accounts, holdings: the tables of the engine. */
#include <stdlib.h>
#include <string.h>

#include "book.h"
#include "engine.h"
#include "text.h"

void vn_engine_init(struct vn_engine *e)
{
    memset(e, 0, sizeof(*e));
    e->next_order_id = 1;
    e->next_execution_id = 1;
    e->next_prevented_id = 1;
}

static void holding_free(struct vn_holding *holding, bool house)
{
    if (holding == NULL) {
        return;
    }
    struct vn_order *open = house ? holding->open : NULL;
    while (open != NULL) {
        struct vn_order *next = open->open_next;
        free(open);
        open = next;
    }
    for (size_t i = 0; i < holding->order_count; i++) {
        free(holding->orders[i]);
    }
    for (size_t i = 0; i < holding->fill_count; i++) {
        free(holding->fills[i]);
    }
    free(holding->orders);
    free(holding->fills);
    vn_table_release(&holding->by_client_id);
    free(holding);
}

void vn_engine_release(struct vn_engine *e)
{
    vn_book_release(e);
    for (size_t i = 0; i < e->account_count; i++) {
        for (int s = 0; s < VN_SYMBOLS; s++) {
            holding_free(e->accounts[i]->holdings[s], e->accounts[i]->house);
        }
        free(e->accounts[i]);
    }
    free(e->accounts);
    for (int i = 0; i < e->symbol_count; i++) {
        free(e->symbols[i].trades);
    }
    vn_table_release(&e->orders);
}

static void set_name(char *ret_name, const char *name)
{
    size_t len = strlen(name);
    len = len < VN_NAME ? len : VN_NAME - 1;
    memcpy(ret_name, name, len);
    ret_name[len] = '\0';
}

struct vn_asset *vn_asset_find(struct vn_engine *e, const char *name)
{
    for (int i = 0; i < e->asset_count; i++) {
        if (strcmp(e->assets[i].name, name) == 0) {
            return &e->assets[i];
        }
    }
    return NULL;
}

struct vn_asset *vn_asset_get(struct vn_engine *e, const char *name, int places)
{
    struct vn_asset *asset = vn_asset_find(e, name);
    if (asset != NULL) {
        return asset;
    }
    if (e->asset_count == VN_ASSETS) {
        return NULL;
    }
    asset = &e->assets[e->asset_count];
    set_name(asset->name, name);
    asset->index = e->asset_count++;
    asset->places = places;
    return asset;
}

struct vn_symbol *vn_symbol_find(struct vn_engine *e, const char *name)
{
    for (int i = 0; i < e->symbol_count; i++) {
        if (strcmp(e->symbols[i].name, name) == 0) {
            return &e->symbols[i];
        }
    }
    return NULL;
}

struct vn_symbol *vn_symbol_add(struct vn_engine *e, const char *name, const char *base,
                                const char *quote, int price_places, int qty_places)
{
    if (e->symbol_count == VN_SYMBOLS) {
        return NULL;
    }
    struct vn_symbol *symbol = &e->symbols[e->symbol_count];
    memset(symbol, 0, sizeof(*symbol));
    set_name(symbol->name, name);
    symbol->index = e->symbol_count++;
    symbol->base = vn_asset_get(e, base, 8);
    symbol->quote = vn_asset_get(e, quote, 8);
    symbol->price_places = price_places;
    symbol->qty_places = qty_places;
    symbol->status = VN_TRADING;
    symbol->bids.side = VN_BUY;
    symbol->asks.side = VN_SELL;
    symbol->update_id = 1000000;
    symbol->next_trade_id = 1;
    symbol->next_aggregate_id = 1;
    symbol->default_stp = VN_STP_EXPIRE_MAKER;
    symbol->trades = vn_alloc(VN_TRADES_KEPT * sizeof(*symbol->trades));
    return symbol;
}

struct vn_account *vn_account_new(struct vn_engine *e, const char *name)
{
    struct vn_account *a = vn_alloc(sizeof(*a));
    set_name(a->name, name);
    e->accounts =
        vn_grow(e->accounts, e->account_count, &e->account_cap, sizeof(struct vn_account *));
    e->accounts[e->account_count++] = a;
    a->uid = 354937000 + e->account_count;
    a->can_trade = true;
    a->maker_rate = 100000;
    a->taker_rate = 100000;
    a->bnb_rate = 75000000;
    return a;
}

struct vn_account *vn_account_find(struct vn_engine *e, const char *name)
{
    for (size_t i = 0; i < e->account_count; i++) {
        if (strcmp(e->accounts[i]->name, name) == 0) {
            return e->accounts[i];
        }
    }
    return NULL;
}

enum vn_result vn_account_move(struct vn_engine *e, struct vn_account *a, struct vn_asset *asset,
                               amount_t amount)
{
    (void)e;
    struct vn_balance *balance = &a->balances[asset->index];
    if (balance->free + amount < 0) {
        return VN_FUNDS;
    }
    balance->free += amount;
    balance->deposited += amount;
    asset->deposited += amount;
    a->touched |= 1u << asset->index;
    return VN_OK;
}

struct vn_holding *vn_holding_get(struct vn_account *a, const struct vn_symbol *symbol)
{
    if (a->holdings[symbol->index] == NULL) {
        a->holdings[symbol->index] = vn_alloc(sizeof(struct vn_holding));
    }
    return a->holdings[symbol->index];
}
