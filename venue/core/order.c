#include "order.h"

#include <stdlib.h>
#include <string.h>

#include "book.h"
#include "text.h"

bool vn_order_is_open(const struct vn_order *order)
{
    return order->state == VN_NEW || order->state == VN_PARTIAL;
}

bool vn_order_is_stop(const struct vn_order *order)
{
    return order->type >= VN_STOP_LOSS && order->type <= VN_TAKE_PROFIT_LIMIT;
}

int64_t vn_order_left(const struct vn_order *order)
{
    return order->qty - order->filled - order->prevented;
}

struct vn_order *vn_order_find(struct vn_engine *e, const struct vn_account *a,
                               const struct vn_symbol *symbol, uint64_t id)
{
    struct vn_order *order = vn_table_get(&e->orders, id);
    return order != NULL && order->account == a && order->symbol == symbol ? order : NULL;
}

struct vn_order *vn_order_by_client(struct vn_account *a, const struct vn_symbol *symbol,
                                    const char *client_id)
{
    struct vn_holding *holding = a->holdings[symbol->index];
    return holding == NULL ? NULL : vn_table_get_text(&holding->by_client_id, client_id);
}

void vn_order_invent_id(struct vn_engine *e, char *ret_id)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct vn_random r = {.state = ++e->next_server_id};
    for (int i = 0; i < 22; i++) {
        ret_id[i] = alphabet[vn_random_below(&r, sizeof(alphabet) - 1)];
    }
    ret_id[22] = '\0';
}

static void set_client_id(char *ret_id, const char *id)
{
    size_t len = strlen(id);
    len = len < VN_CLIENT_ID ? len : VN_CLIENT_ID - 1;
    memcpy(ret_id, id, len);
    ret_id[len] = '\0';
}

void vn_order_rename(struct vn_order *order, const char *client_id)
{
    struct vn_table *ids = &vn_holding_get(order->account, order->symbol)->by_client_id;
    if (vn_table_get_text(ids, order->client_id) == order) {
        vn_table_remove_text(ids, order->client_id);
    }
    set_client_id(order->client_id, client_id);
    vn_table_put_text(ids, order->client_id, order);
}

static void open_link(struct vn_holding *holding, struct vn_order *order)
{
    order->open_prev = holding->open_tail;
    if (holding->open_tail != NULL) {
        holding->open_tail->open_next = order;
    } else {
        holding->open = order;
    }
    holding->open_tail = order;
    holding->open_count++;
    holding->stop_count += vn_order_is_stop(order);
    if (order->side == VN_BUY) {
        holding->open_buy_qty += order->qty;
    }
}

static void open_unlink(struct vn_holding *holding, struct vn_order *order)
{
    if (order->open_prev != NULL) {
        order->open_prev->open_next = order->open_next;
    } else {
        holding->open = order->open_next;
    }
    if (order->open_next != NULL) {
        order->open_next->open_prev = order->open_prev;
    } else {
        holding->open_tail = order->open_prev;
    }
    order->open_prev = NULL;
    order->open_next = NULL;
    holding->open_count--;
    holding->stop_count -= vn_order_is_stop(order);
    if (order->side == VN_BUY) {
        holding->open_buy_qty -= order->qty;
    }
}

struct vn_order *vn_order_new(struct vn_engine *e, int64_t now_ns, const struct vn_order_spec *spec)
{
    struct vn_order *order = vn_alloc(sizeof(*order));
    order->id = e->next_order_id++;
    order->account = spec->account;
    order->symbol = spec->symbol;
    order->side = spec->side;
    order->type = spec->type;
    order->tif = spec->tif;
    order->stp = spec->stp;
    order->state = VN_NEW;
    order->price = spec->price;
    order->stop_price = spec->stop_price;
    order->qty = spec->qty;
    order->quote_order_qty = spec->quote_order_qty;
    order->has_strategy = spec->has_strategy;
    order->strategy_id = spec->strategy_id;
    order->strategy_type = spec->strategy_type;
    order->origin = spec->origin;
    order->fee_in_quote = spec->fee_in_quote;
    order->fee_places = spec->fee_places;
    order->hold_rate = spec->hold_rate;
    order->maker_rate = spec->account->maker_rate;
    order->taker_rate = spec->account->taker_rate;
    order->created_ns = now_ns;
    order->updated_ns = now_ns;
    if (spec->expire_ns != 0) {
        order->expire_ns = spec->expire_ns;
        order->expiring_next = e->expiring;
        e->expiring = order;
    }
    order->working = !vn_order_is_stop(order);
    order->working_ns = order->working ? now_ns : 0;
    struct vn_holding *holding = vn_holding_get(spec->account, spec->symbol);
    open_link(holding, order);
    vn_table_put(&e->orders, order->id, order);
    if (spec->account->house) {
        return order;
    }
    if (spec->client_id == NULL || spec->client_id[0] == '\0') {
        vn_order_invent_id(e, order->client_id);
    } else {
        set_client_id(order->client_id, spec->client_id);
    }
    memcpy(order->original_id, order->client_id, sizeof(order->original_id));
    holding->orders = vn_grow(holding->orders, holding->order_count, &holding->order_cap,
                              sizeof(struct vn_order *));
    holding->orders[holding->order_count++] = order;
    vn_table_put_text(&holding->by_client_id, order->client_id, order);
    return order;
}

void vn_report(struct vn_engine *e, struct vn_order *order, enum vn_event event, int64_t now_ns,
               const struct vn_fill *fill)
{
    order->updated_ns = now_ns;
    order->account->updated_ns = now_ns;
    uint64_t id = e->next_execution_id++;
    if (e->listener.order == NULL || order->account->house) {
        return;
    }
    struct vn_report report = {
        .event = event, .order = order, .fill = fill, .execution_id = id, .time_ns = now_ns};
    e->listener.order(e->listener.ctx, &report);
}

amount_t vn_order_lock_need(const struct vn_order *order)
{
    const struct vn_symbol *symbol = order->symbol;
    int64_t left = vn_order_left(order);
    if (order->side == VN_SELL) {
        return vn_amount_of(left, symbol->qty_places);
    }
    if (order->price == 0) {
        return 0; /* a market buy pays as it goes */
    }
    amount_t need = vn_amount_product(order->price, symbol->price_places, left, symbol->qty_places);
    if (order->fee_in_quote) {
        return vn_with_fee(symbol, need, order->hold_rate, order->fee_places);
    }
    return vn_amount_ceil(need, symbol->quote->places);
}

amount_t vn_share(amount_t value, int64_t rate, int places)
{
    return vn_amount_floor(value / 100000000 * rate + value % 100000000 * rate / 100000000, places);
}

/* Rounded up: what is held for an order must pay for all its parts, whose commissions are rounded down. */
amount_t vn_with_fee(const struct vn_symbol *symbol, amount_t value, int64_t rate, int fee_places)
{
    int places = fee_places > symbol->quote->places ? fee_places : symbol->quote->places;
    amount_t fee = vn_share(value, rate, VN_AMOUNT_PLACES);
    return vn_amount_ceil(value + fee, places);
}

void vn_order_lock(struct vn_order *order, amount_t target)
{
    struct vn_asset *asset = order->side == VN_SELL ? order->symbol->base : order->symbol->quote;
    struct vn_balance *balance = &order->account->balances[asset->index];
    amount_t more = target - order->locked;
    balance->free -= more;
    balance->locked += more;
    order->locked = target;
    order->account->touched |= 1u << asset->index;
}

void vn_stop_remove(struct vn_order *order)
{
    struct vn_order **at = &order->symbol->stops;
    while (*at != NULL && *at != order) {
        at = &(*at)->stop_next;
    }
    if (*at == order) {
        *at = order->stop_next;
        order->stop_next = NULL;
    }
}

static void expiring_remove(struct vn_engine *e, struct vn_order *order)
{
    struct vn_order **at = &e->expiring;
    while (*at != NULL && *at != order) {
        at = &(*at)->expiring_next;
    }
    if (*at == order) {
        *at = order->expiring_next;
        order->expiring_next = NULL;
    }
}

static void leave_lists(struct vn_engine *e, struct vn_order *order)
{
    if (order->expire_ns != 0) {
        expiring_remove(e, order);
    }
    open_unlink(vn_holding_get(order->account, order->symbol), order);
    if (order->account->house) {
        vn_table_remove(&e->orders, order->id);
        order->open_next = e->graveyard;
        e->graveyard = order;
    }
}

void vn_order_end(struct vn_engine *e, int64_t now_ns, struct vn_order *order, enum vn_state state,
                  enum vn_event event)
{
    vn_book_remove(e, order);
    if (vn_order_is_stop(order)) {
        vn_stop_remove(order);
    }
    vn_order_lock(order, 0);
    order->state = state;
    leave_lists(e, order);
    if (event != VN_EVENT_TRADE) { /* the trade that filled it has its own report */
        vn_report(e, order, event, now_ns, NULL);
    }
}

void vn_order_bury(struct vn_engine *e)
{
    while (e->graveyard != NULL) {
        struct vn_order *next = e->graveyard->open_next;
        free(e->graveyard);
        e->graveyard = next;
    }
}
