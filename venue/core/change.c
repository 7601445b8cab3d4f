/* What happens to an order that is there: cancel, smaller, different, too old. */
#include "book.h"
#include "order.h"

enum vn_result vn_cancel(struct vn_engine *e, int64_t now_ns, struct vn_order *order,
                         const char *cancel_id)
{
    if (!vn_order_is_open(order)) {
        return VN_UNKNOWN;
    }
    struct vn_symbol *symbol = order->symbol;
    if (!order->account->house) {
        char invented[VN_CLIENT_ID];
        if (cancel_id == NULL || cancel_id[0] == '\0') {
            vn_order_invent_id(e, invented);
            cancel_id = invented;
        }
        vn_order_rename(order, cancel_id);
    }
    vn_order_end(e, now_ns, order, VN_CANCELED, VN_EVENT_CANCELED);
    vn_finish(e, now_ns, symbol);
    return VN_OK;
}

enum vn_result vn_amend(struct vn_engine *e, int64_t now_ns, struct vn_order *order,
                        int64_t new_qty, const char *new_client_id)
{
    if (!vn_order_is_open(order)) {
        return VN_UNKNOWN;
    }
    if (new_qty >= order->qty || new_qty <= order->filled + order->prevented) {
        return VN_BAD_AMEND;
    }
    int64_t less = order->qty - new_qty;
    order->qty = new_qty;
    order->amends++;
    if (order->side == VN_BUY) {
        vn_holding_get(order->account, order->symbol)->open_buy_qty -= less;
    }
    vn_book_reduce(e, order, less);
    vn_order_lock(order, vn_order_lock_need(order));
    char invented[VN_CLIENT_ID];
    if (new_client_id == NULL || new_client_id[0] == '\0') {
        vn_order_invent_id(e, invented);
        new_client_id = invented;
    }
    vn_order_rename(order, new_client_id);
    vn_report(e, order, VN_EVENT_REPLACED, now_ns, NULL);
    vn_finish(e, now_ns, order->symbol);
    return VN_OK;
}

/* What a resting buy would have to hold more than it does. */
static amount_t more_to_hold(const struct vn_order *order, int64_t new_price, int64_t new_qty)
{
    struct vn_order changed = *order;
    changed.price = new_price;
    changed.qty = new_qty;
    bool takes_now = vn_is_marketable(
        &(struct vn_order_spec){.symbol = order->symbol, .side = order->side, .price = new_price});
    if (takes_now && changed.taker_rate > changed.hold_rate) {
        changed.hold_rate = changed.taker_rate;
    }
    return vn_order_lock_need(&changed) - order->locked;
}

enum vn_result vn_replace(struct vn_engine *e, int64_t now_ns, struct vn_order *order,
                          int64_t new_price, int64_t new_qty)
{
    struct vn_symbol *symbol = order->symbol;
    if (!vn_order_is_open(order)) {
        return VN_UNKNOWN;
    }
    if (new_qty <= order->filled + order->prevented || new_price <= 0) {
        return VN_BAD_AMEND;
    }
    struct vn_order_spec spec = {.symbol = symbol, .side = order->side, .price = new_price};
    if (order->type == VN_LIMIT_MAKER && vn_is_marketable(&spec)) {
        return VN_WOULD_MATCH;
    }
    struct vn_asset *paid = order->side == VN_BUY ? symbol->quote : symbol->base;
    if (more_to_hold(order, new_price, new_qty) > order->account->balances[paid->index].free) {
        return VN_FUNDS;
    }
    bool keeps_place = new_price == order->price && new_qty <= order->qty;
    int64_t less = order->qty - new_qty;
    if (order->side == VN_BUY) {
        vn_holding_get(order->account, symbol)->open_buy_qty -= less;
    }
    if (keeps_place) {
        order->qty = new_qty;
        vn_book_reduce(e, order, less);
    } else {
        vn_book_remove(e, order);
        order->price = new_price;
        order->qty = new_qty;
    }
    order->amends++;
    vn_order_lock(order, vn_order_lock_need(order));
    vn_report(e, order, VN_EVENT_REPLACED, now_ns, NULL);
    if (!keeps_place && order->working) {
        vn_work(e, now_ns, order);
    }
    vn_finish(e, now_ns, symbol);
    return VN_OK;
}

void vn_expire_due(struct vn_engine *e, int64_t now_ns)
{
    struct vn_order *order = e->expiring;
    while (order != NULL) {
        if (order->expire_ns > now_ns) {
            order = order->expiring_next;
            continue;
        }
        struct vn_symbol *symbol = order->symbol;
        vn_expire(e, now_ns, order, VN_EXPIRY_TIME);
        vn_finish(e, now_ns, symbol);
        order = e->expiring; /* the list may look different now */
    }
}
