/* Cancels of every kind, and the dead man's switch. */
#include <stdlib.h>
#include <string.h>

#include "kraken.h"

/* ---- finding ---- */

struct vn_order *vk_order_find(struct venue *v, const struct vn_account *a, const char *txid)
{
    uint64_t id = 0;
    if (!vk_id_read('O', txid, &id)) {
        return NULL;
    }
    struct vn_order *order = vn_table_get(&v->engine.orders, id);
    return order != NULL && order->account == a ? order : NULL;
}

struct vn_order *vk_order_by_client(const struct venue *v, const struct vn_account *a,
                                    const char *client_id, bool open)
{
    struct vn_order *found = NULL;
    for (int s = 0; s < v->engine.symbol_count; s++) {
        const struct vn_holding *h = a->holdings[s];
        struct vn_order *o = h == NULL ? NULL : vn_table_get_text(&h->by_client_id, client_id);
        if (o != NULL && (!open || vn_order_is_open(o)) && (found == NULL || o->id > found->id)) {
            found = o;
        }
    }
    return found;
}

/* ---- one ---- */

static void end(struct venue *v, int64_t now_ns, struct vn_order *order, enum vk_end why)
{
    struct vk_state *state = vk_of(v);
    state->ending = why;
    vn_cancel(&v->engine, now_ns, order, order->client_id);
    state->ending = VK_END_NONE;
}

bool vk_cancel(struct vk_call *call, struct vn_order *order)
{
    if (order == NULL || !vn_order_is_open(order)) {
        vk_fail(call, "%s", vk_of(call->v)->settings.unknown_error);
        return false;
    }
    int64_t age_ns = call->now_ns - vk_note_of(call->v, order)->touched_ns;
    if (!vk_engine_charge(call, order->symbol, VK_CANCEL, age_ns)) {
        return false;
    }
    end(call->v, call->now_ns, order, VK_END_USER);
    return true;
}

static bool is_number(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && strspn(text + (text[0] == '-'), "0123456789") == len - (text[0] == '-');
}

/* All open orders with that reference. */
static int cancel_group(struct vk_call *call, int64_t userref)
{
    int count = 0;
    for (int s = 0; s < call->v->engine.symbol_count; s++) {
        struct vn_holding *h = call->key->account->holdings[s];
        for (struct vn_order *o = h == NULL ? NULL : h->open; o != NULL;) {
            struct vn_order *next = o->open_next;
            const struct vk_note *note = vk_note_of(call->v, o);
            if (note->has_userref && note->userref == userref) {
                count += vk_cancel(call, o);
            }
            o = next;
        }
    }
    return count;
}

/* An order id or a reference. How many were canceled; 0: failed. */
static int cancel_text(struct vk_call *call, const char *text)
{
    if (is_number(text)) {
        int count = cancel_group(call, strtoll(text, NULL, 10));
        if (count == 0 && call->error[0] == '\0') {
            vk_fail(call, "%s", vk_of(call->v)->settings.unknown_error);
        }
        return count;
    }
    return vk_cancel(call, vk_order_find(call->v, call->key->account, text));
}

void vk_do_cancel(struct vk_call *call)
{
    const char *txid = vk_arg(call, "txid");
    const char *client_id = vk_arg(call, "cl_ord_id");
    if ((txid == NULL) == (client_id == NULL)) {
        vk_fail(call, "EGeneral:Invalid arguments");
        return;
    }
    if (!vk_system_cancels(call)) {
        return;
    }
    int count =
        txid != NULL
            ? cancel_text(call, txid)
            : vk_cancel(call, vk_order_by_client(call->v, call->key->account, client_id, true));
    if (call->error[0] == '\0') {
        vn_text_addf(&call->out, "{\"count\":%d}", count);
    }
}

/* ---- several ---- */

void vk_do_cancel_batch(struct vk_call *call)
{
    static const char *const lists[] = {"orders", "cl_ord_ids"};
    int sent = 0;
    int count = 0;
    for (size_t i = 0; i < 2 && call->args.json != NULL; i++) {
        const struct vn_json *list = vn_json_get(call->args.json, lists[i]);
        for (const struct vn_json *m = list == NULL ? NULL : list->child; m != NULL; m = m->next) {
            sent++;
        }
    }
    if (sent < 1 || sent > 50) {
        vk_fail(call, "EGeneral:Invalid arguments:orders");
        return;
    }
    if (!vk_system_cancels(call)) {
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        const struct vn_json *list = vn_json_get(call->args.json, lists[i]);
        for (const struct vn_json *m = list == NULL ? NULL : list->child; m != NULL; m = m->next) {
            const char *text = m->text == NULL ? "" : m->text;
            count +=
                i == 0
                    ? cancel_text(call, text)
                    : vk_cancel(call, vk_order_by_client(call->v, call->key->account, text, true));
        }
    }
    if (count > 0) {
        call->error[0] = '\0'; /* the rest were not open: the count says so */
        vn_text_addf(&call->out, "{\"count\":%d}", count);
    }
}

int vk_cancel_everything(struct venue *v, int64_t now_ns, struct vn_account *a, enum vk_end why)
{
    int count = 0;
    for (int s = 0; s < v->engine.symbol_count; s++) {
        struct vn_holding *h = a->holdings[s];
        if (h != NULL && h->open != NULL) {
            vk_engine_add(v, now_ns, a, &v->engine.symbols[s], 1);
        }
        while (h != NULL && h->open != NULL) {
            end(v, now_ns, h->open, why);
            count++;
        }
    }
    return count;
}

void vk_do_cancel_all(struct vk_call *call)
{
    if (vk_system_cancels(call)) {
        int count = vk_cancel_everything(call->v, call->now_ns, call->key->account, VK_END_USER);
        vn_text_addf(&call->out, "{\"count\":%d}", count);
    }
}

/* ---- the dead man's switch ---- */

void vk_do_cancel_after(struct vk_call *call)
{
    const char *text = vk_arg(call, "timeout");
    int64_t seconds = 0;
    if (text == NULL || vn_fixed_parse(text, strlen(text), 0, &seconds) < 0 || seconds >= 86400) {
        vk_fail(call, "EGeneral:Invalid arguments:timeout");
        return;
    }
    struct vk_desk *desk = vk_desk_of(call->v, call->key->account);
    desk->switch_ns = seconds == 0 ? 0 : call->now_ns + seconds * VN_SECOND;
    vn_text_add(&call->out, "{\"currentTime\":\"");
    vk_add_time(&call->out, call->v, call->now_ns);
    vn_text_add(&call->out, "\",\"triggerTime\":\"");
    if (seconds == 0) {
        vn_text_add_char(&call->out, '0');
    } else {
        vk_add_time(&call->out, call->v, desk->switch_ns);
    }
    vn_text_add(&call->out, "\"}");
}

void vk_switch_tick(struct venue *v, int64_t now_ns)
{
    bool down = strcmp(vk_of(v)->system, "maintenance") == 0;
    for (size_t i = 0; i < v->engine.account_count; i++) {
        struct vn_account *a = v->engine.accounts[i];
        struct vk_desk *desk = vn_table_get(&vk_of(v)->desks, a->uid);
        if (desk != NULL && desk->switch_ns != 0 && now_ns >= desk->switch_ns && !down) {
            desk->switch_ns = 0;
            vk_cancel_everything(v, now_ns, a, VK_END_SWITCH);
        }
    }
}
