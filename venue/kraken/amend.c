/* Orders that change: in place, and the old way by canceling and placing. */
#include <string.h>

#include "kraken.h"

static struct vn_order *order_read(struct vk_call *call)
{
    const char *txid = vk_arg(call, call->ws == NULL ? "txid" : "order_id");
    const char *client_id = vk_arg(call, "cl_ord_id");
    if ((txid == NULL) == (client_id == NULL)) {
        vk_fail(call, "EGeneral:Invalid arguments");
        return NULL;
    }
    struct vn_order *order = txid != NULL
                                 ? vk_order_find(call->v, call->key->account, txid)
                                 : vk_order_by_client(call->v, call->key->account, client_id, true);
    if (order == NULL || !vn_order_is_open(order)) {
        vk_fail(call, "%s", vk_of(call->v)->settings.unknown_error);
        return NULL;
    }
    return order;
}

/* A post-only amend that would take is refused; the order stays as it was. */
static bool would_take(const struct vn_order *order, int64_t price)
{
    int64_t best = vn_book_best(order->symbol, order->side == VN_BUY ? VN_SELL : VN_BUY);
    return best != 0 && (order->side == VN_BUY ? price >= best : price <= best);
}

static void fail_amend(struct vk_call *call, enum vn_result result)
{
    vk_fail(call, result == VN_FUNDS         ? "EOrder:Insufficient funds"
                  : result == VN_WOULD_MATCH ? "EOrder:Post only order"
                                             : "EGeneral:Invalid arguments");
}

static bool apply(struct vk_call *call, struct vn_order *order, int64_t price, int64_t qty)
{
    struct vk_state *state = vk_of(call->v);
    if (qty <= order->filled) { /* nothing is left of it */
        vk_engine_charge(call, order->symbol, VK_CANCEL,
                         call->now_ns - vk_note_of(call->v, order)->touched_ns);
        state->ending = VK_END_AMENDED;
        vn_cancel(&call->v->engine, call->now_ns, order, order->client_id);
        state->ending = VK_END_NONE;
        return true;
    }
    struct vk_note *note = vk_note_of(call->v, order);
    note->amends++;
    note->touched_ns = call->now_ns;
    enum vn_result result = vn_replace(&call->v->engine, call->now_ns, order, price, qty);
    if (result != VN_OK) {
        note->amends--;
        fail_amend(call, result);
    }
    return result == VN_OK;
}

static bool change_read(struct vk_call *call, const struct vn_order *order, int64_t *ret_price,
                        int64_t *ret_qty)
{
    const struct vn_symbol *s = order->symbol;
    const char *price = vk_arg(call, "limit_price");
    const char *qty = vk_arg(call, "order_qty");
    *ret_price = order->price;
    *ret_qty = order->qty;
    if ((price != NULL &&
         !vk_decimal_read(call, price, vk_price_places(s), "limit_price", ret_price)) ||
        (qty != NULL && !vk_decimal_read(call, qty, vk_qty_places(s), "order_qty", ret_qty))) {
        return false;
    }
    if (*ret_price == order->price && *ret_qty == order->qty) {
        vk_fail(call, "EGeneral:Invalid arguments:No amendable parameters");
        return false;
    }
    if (vn_order_is_stop(order) || order->type == VN_MARKET) {
        vk_fail(call, "EGeneral:Invalid arguments"); /* triggers cannot be amended here */
        return false;
    }
    return vk_judge_price(call, s, *ret_price, "limit_price") &&
           (*ret_qty <= order->filled || vk_judge_qty(call, s, *ret_qty, *ret_price));
}

void vk_do_amend(struct vk_call *call)
{
    int64_t deadline_ns = 0;
    int64_t price = 0;
    int64_t qty = 0;
    struct vn_order *order = order_read(call);
    if (order == NULL || !vk_deadline_read(call, vk_arg(call, "deadline"), &deadline_ns)) {
        return;
    }
    int64_t age_ns = call->now_ns - vk_note_of(call->v, order)->touched_ns;
    bool post = vk_arg_bool(call, "post_only", false);
    if (!vk_engine_charge(call, order->symbol, VK_AMEND, age_ns) || !vk_system_takes(call, post) ||
        !change_read(call, order, &price, &qty)) {
        return;
    }
    if (post && would_take(order, price)) {
        vk_fail(call, "EOrder:Post only order");
        return;
    }
    if (!apply(call, order, price, qty)) {
        return;
    }
    char id[VK_TXID];
    vk_id_print('T', ++vk_of(call->v)->next_amend << 40, id);
    vn_text_addf(&call->out, "{\"amend_id\":\"%s\"", id);
    if (call->ws != NULL) {
        const struct vk_note *note = vk_note_of(call->v, order);
        char txid[VK_TXID];
        vk_id_print('O', order->id, txid);
        vn_text_addf(&call->out, ",\"order_id\":\"%s\"", txid);
        if (note->has_client_id) {
            vn_text_add(&call->out, ",\"cl_ord_id\":");
            vn_text_add_json(&call->out, order->original_id);
        }
    }
    vn_text_add_char(&call->out, '}');
}

/* ---- EditOrder: a new order in the old one's stead, without its reference, its fills and its place ---- */

static bool edit_read(struct vk_call *call, const struct vn_order *order, struct vk_wish *wish)
{
    const struct vn_symbol *s = order->symbol;
    const char *price = vk_arg(call, "price");
    const char *volume = vk_arg(call, "volume");
    const char *flags = vk_arg(call, "oflags");
    *wish = (struct vk_wish){.symbol = order->symbol,
                             .side = order->side,
                             .type = VN_LIMIT,
                             .tif = VN_GTC,
                             .stp = order->stp,
                             .price = order->price,
                             .qty = vn_order_left(order),
                             .expire_ns = order->expire_ns,
                             .fee_base = !order->fee_in_quote,
                             .post = flags != NULL && strstr(flags, "post") != NULL};
    if ((order->type != VN_LIMIT && order->type != VN_LIMIT_MAKER) ||
        vk_arg(call, "cl_ord_id") != NULL || vk_note_of(call->v, order)->has_client_id) {
        vk_fail(call, "EGeneral:Invalid arguments");
        return false;
    }
    return (price == NULL ||
            vk_decimal_read(call, price, vk_price_places(s), "price", &wish->price)) &&
           (volume == NULL ||
            vk_decimal_read(call, volume, vk_qty_places(s), "volume", &wish->qty)) &&
           vk_judge_price(call, s, wish->price, "price") &&
           vk_judge_qty(call, s, wish->qty, wish->price);
}

void vk_do_edit(struct vk_call *call)
{
    const char *txid = vk_arg(call, "txid");
    const struct vn_symbol *pair = vk_arg_pair(call);
    struct vn_order *order = txid == NULL ? NULL : vk_order_find(call->v, call->key->account, txid);
    struct vk_wish wish;
    if (pair == NULL) {
        return;
    }
    if (order == NULL || order->symbol != pair || !vn_order_is_open(order)) {
        vk_fail(call, "%s", vk_of(call->v)->settings.unknown_error);
        return;
    }
    int64_t age_ns = call->now_ns - vk_note_of(call->v, order)->touched_ns;
    if (!vk_engine_charge(call, order->symbol, VK_EDIT, age_ns) || !edit_read(call, order, &wish) ||
        !vk_system_takes(call, wish.post)) {
        return;
    }
    vk_of(call->v)->ending = VK_END_USER;
    vn_cancel(&call->v->engine, call->now_ns, order, order->client_id);
    vk_of(call->v)->ending = VK_END_NONE;
    const struct vn_order *made = vk_place(call, &wish);
    if (made == NULL) {
        return;
    }
    char id[VK_TXID];
    vk_id_print('O', made->id, id);
    vn_text_addf(
        &call->out,
        "{\"status\":\"ok\",\"txid\":\"%s\",\"originaltxid\":\"%s\",\"orders_cancelled\":1,"
        "\"descr\":{\"order\":\"",
        id, txid);
    vk_describe(&call->out, wish.symbol, &wish);
    vn_text_add(&call->out, "\"}}");
}
