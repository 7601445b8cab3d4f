#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>

int desk_init(struct desk *desk, const struct desk_owner *owner, const char *session,
              uint32_t symbol_cap)
{
    memset(desk, 0, sizeof(*desk));
    desk->owner = *owner;
    desk->maker_bps = desk->taker_bps = sofia_decimal_of(0, 0);
    snprintf(desk->session, sizeof(desk->session), "%s", session);
    desk->symbol_cap = symbol_cap;
    desk->symbols = calloc(symbol_cap, sizeof(*desk->symbols));
    desk->orders = calloc(DESK_ORDERS, sizeof(*desk->orders));
    desk->fills = calloc(DESK_FILLS, sizeof(*desk->fills));
    return desk->symbols != NULL && desk->orders != NULL && desk->fills != NULL ? SOFIA_OK
                                                                                : SOFIA_ENOMEM;
}

void desk_release(struct desk *desk)
{
    free(desk->symbols);
    free(desk->orders);
    free(desk->fills);
    memset(desk, 0, sizeof(*desk));
}

/* ---- assets and symbols ---- */

struct desk_asset *desk_asset(struct desk *desk, const char *name)
{
    for (uint32_t i = 0; i < desk->asset_count; i++) {
        if (strcmp(desk->assets[i].name, name) == 0) {
            return &desk->assets[i];
        }
    }
    if (desk->asset_count == DESK_ASSETS || strlen(name) >= SOFIA_ASSET_SIZE) {
        return NULL;
    }
    struct desk_asset *asset = &desk->assets[desk->asset_count++];
    snprintf(asset->name, sizeof(asset->name), "%s", name);
    asset->free = asset->locked = sofia_wide_zero();
    return asset;
}

struct desk_symbol *desk_symbol_find(struct desk *desk, const char *name)
{
    for (uint32_t i = 0; i < desk->symbol_count; i++) {
        if (strcmp(desk->symbols[i].name, name) == 0) {
            return &desk->symbols[i];
        }
    }
    return NULL;
}

struct desk_symbol *desk_symbol_of(struct desk *desk, uint32_t instrument)
{
    for (uint32_t i = 0; instrument != 0 && i < desk->symbol_count; i++) {
        if (desk->symbols[i].instrument == instrument) {
            return &desk->symbols[i];
        }
    }
    return NULL;
}

struct desk_symbol *desk_symbol_put(struct desk *desk, const char *name, const char *base,
                                    const char *quote)
{
    struct desk_symbol *symbol = desk_symbol_find(desk, name);

    if (symbol == NULL) {
        if (desk->symbol_count == desk->symbol_cap || desk_asset(desk, base) == NULL ||
            desk_asset(desk, quote) == NULL) {
            return NULL;
        }
        symbol = &desk->symbols[desk->symbol_count++];
        snprintf(symbol->name, sizeof(symbol->name), "%s", name);
    }
    snprintf(symbol->base, sizeof(symbol->base), "%s", base);
    snprintf(symbol->quote, sizeof(symbol->quote), "%s", quote);
    return symbol;
}

/* ---- orders ---- */

int desk_is_open(const struct desk_order *order)
{
    return order->state == SOFIA_STATE_NEW || order->state == SOFIA_STATE_PARTIALLY_FILLED;
}

struct desk_order *desk_find(struct desk *desk, const char *client_id, const char *venue_id)
{
    for (uint32_t i = 0; i < DESK_ORDERS; i++) {
        struct desk_order *order = &desk->orders[i];
        if (order->number == 0) {
            continue;
        }
        if (client_id[0] != '\0' ? strcmp(order->client_id, client_id) == 0
                                 : strcmp(order->venue_id, venue_id) == 0) {
            return order;
        }
    }
    return NULL;
}

int desk_is_older(const struct desk *desk, const char *venue_id)
{
    size_t len = strlen(desk->session);

    return venue_id[0] == 'P' && strchr(venue_id, '-') != NULL &&
           (strncmp(venue_id + 1, desk->session, len) != 0 || venue_id[1 + len] != '-');
}

/* A row never used, or that of the order which ended and is the oldest. NULL: all are open. */
static struct desk_order *free_row(struct desk *desk)
{
    struct desk_order *oldest = NULL;

    for (uint32_t i = 0; i < DESK_ORDERS; i++) {
        struct desk_order *order = &desk->orders[i];
        if (order->number == 0) {
            return order;
        }
        if (!desk_is_open(order) && (oldest == NULL || order->number < oldest->number)) {
            oldest = order;
        }
    }
    return oldest;
}

static void fill_row(struct desk *desk, struct desk_order *order, const struct desk_ticket *ticket,
                     uint32_t symbol, int64_t now_ns)
{
    memset(order, 0, sizeof(*order));
    order->number = ++desk->next_order;
    order->symbol = symbol;
    order->side = ticket->side;
    order->type = ticket->type;
    order->tif = ticket->tif;
    order->flags = ticket->flags;
    order->state = SOFIA_STATE_NEW;
    order->qty = ticket->qty;
    order->price = ticket->type == SOFIA_TYPE_MARKET ? sofia_decimal_absent() : ticket->price;
    order->filled = order->ahead = sofia_decimal_of(0, 0);
    order->filled_quote = sofia_wide_zero();
    order->ts_ns = now_ns;
    snprintf(order->client_id, sizeof(order->client_id), "%s", ticket->client_id);
    snprintf(order->venue_id, sizeof(order->venue_id), "P%s-%llu", desk->session,
             (unsigned long long)order->number);
}

/* ---- placing ---- */

static const char *refuse_ticket(const struct desk_ticket *ticket)
{
    int limit = ticket->type == SOFIA_TYPE_LIMIT;

    if (ticket->side != SOFIA_SIDE_BUY && ticket->side != SOFIA_SIDE_SELL) {
        return "the side is neither buy nor sell";
    }
    if (sofia_decimal_sign(ticket->qty) <= 0) {
        return "the quantity is not above zero";
    }
    if (!limit && ticket->type != SOFIA_TYPE_MARKET) {
        return "an order type this exchange does not have";
    }
    if (limit && sofia_decimal_sign(ticket->price) <= 0) {
        return "the price is not above zero";
    }
    if (limit && (ticket->tif < SOFIA_TIF_GTC || ticket->tif > SOFIA_TIF_FOK)) {
        return "a time in force this exchange does not have";
    }
    return ticket->client_id[0] == '\0' ? "an order without a client id" : NULL;
}

/* What depends on the market and the account. The order is in its row, nothing is locked yet. */
static const char *refuse_order(struct desk *desk, const struct desk_order *order)
{
    const struct desk_symbol *symbol = &desk->symbols[order->symbol];
    struct sofia_decimal can = desk_takeable(symbol, order);

    if (!symbol->quoted) {
        return "the reference market shows no quote of this symbol";
    }
    if (order->type == SOFIA_TYPE_MARKET) {
        if (sofia_decimal_is_absent(can)) {
            return "nothing is displayed on the other side";
        }
        const struct desk_side *other = order->side == SOFIA_SIDE_BUY ? &symbol->ask : &symbol->bid;
        return desk_afford(desk, order, can, other->price) != SOFIA_OK ? "insufficient balance"
                                                                       : NULL;
    }
    if ((order->flags & SOFIA_ORDER_POST_ONLY) != 0 && desk_reaches(symbol, order)) {
        return "a post-only order would take";
    }
    return desk_lock(desk, order) != SOFIA_OK ? "insufficient balance" : NULL;
}

/* What becomes of an order that has taken what it could. */
static uint32_t end_of(const struct desk_order *order)
{
    int is_whole = sofia_decimal_cmp(order->filled, order->qty) >= 0;

    return !is_whole && (order->type == SOFIA_TYPE_MARKET || order->tif != SOFIA_TIF_GTC)
               ? SOFIA_STATE_EXPIRED
               : 0;
}

struct desk_order *desk_submit(struct desk *desk, const struct desk_ticket *ticket, int64_t now_ns,
                               const char **ret_reason)
{
    const char *reason = refuse_ticket(ticket);
    struct desk_symbol *symbol = desk_symbol_find(desk, ticket->symbol);
    struct desk_order *order = free_row(desk);

    if (reason == NULL && symbol == NULL) {
        reason = "a symbol the reference market does not list";
    }
    if (reason == NULL && desk_find(desk, ticket->client_id, "") != NULL) {
        reason = "this client id has been used";
    }
    if (reason == NULL && order == NULL) {
        reason = "too many open orders";
    }
    if (reason == NULL) {
        fill_row(desk, order, ticket, (uint32_t)(symbol - desk->symbols), now_ns);
        reason = refuse_order(desk, order);
        if (reason != NULL) {
            memset(order, 0, sizeof(*order));
        }
    }
    if (reason != NULL) {
        *ret_reason = reason;
        return NULL;
    }
    desk->open[desk->open_count++] = (uint32_t)(order - desk->orders);
    int all_or_none = order->type == SOFIA_TYPE_LIMIT && order->tif == SOFIA_TIF_FOK;
    if (!all_or_none || sofia_decimal_cmp(desk_takeable(symbol, order), order->qty) >= 0) {
        desk_take(desk, order, now_ns);
    }
    desk_settle(desk, order, end_of(order), now_ns);
    return order;
}

void desk_cancel(struct desk *desk, struct desk_order *order, int64_t now_ns, const char *reason)
{
    snprintf(order->reason, sizeof(order->reason), "%s", reason);
    desk_settle(desk, order, SOFIA_STATE_CANCELED, now_ns);
}
