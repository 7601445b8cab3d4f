/* The dialect's table, its state, and what it hears from the engine. */
#include <stdlib.h>
#include <string.h>

#include "coinbase.h"

struct vc_state *vc_state(const struct venue *v)
{
    return v->own[VN_COINBASE];
}

/* ---- life ---- */

static void init(struct venue *v)
{
    struct vc_state *state = vn_alloc(sizeof(*state));
    state->modes.private_per_s = 30;
    state->modes.public_per_s = 10;
    state->dirty_tail = &state->dirty;
    state->nonces_tail = &state->nonces;
    v->own[VN_COINBASE] = state;
}

static void release(struct venue *v)
{
    struct vc_state *state = vc_state(v);
    if (state == NULL) {
        return;
    }
    for (size_t i = 0; i < state->order_count; i++) {
        free(state->orders[i]);
    }
    while (state->nonces != NULL) {
        struct vc_nonce *next = state->nonces->next;
        free(state->nonces->text);
        free(state->nonces);
        state->nonces = next;
    }
    for (size_t i = 0; i < v->engine.account_count; i++) {
        free(vn_table_get(&state->private_seconds, v->engine.accounts[i]->uid));
    }
    for (int i = 0; i < VN_SYMBOLS; i++) {
        free(state->markets[i].touched);
    }
    vc_cache_release(state);
    vn_table_release(&state->by_uuid);
    vn_table_release(&state->by_id);
    vn_table_release(&state->by_client);
    vn_table_release(&state->nonce_set);
    vn_table_release(&state->private_seconds);
    free(state->orders);
    free(state->fills);
    free(state);
    v->own[VN_COINBASE] = NULL;
}

/* ---- the engine's reports ---- */

static struct vc_order *order_new(struct venue *v, const struct vn_report *report)
{
    struct vc_state *state = vc_state(v);
    struct vn_order *order = vn_table_get(&v->engine.orders, report->order->id);
    struct vc_config config;
    if (state->placing != NULL) {
        config = *state->placing;
    } else {
        vc_config_of(order, &config);
    }
    struct vc_order *mine = vc_order_add(v, order->account, order->symbol, order->side,
                                         order->original_id, &config, report->time_ns);
    mine->order = order;
    vn_table_put(&state->by_id, order->id, mine);
    vc_user_pending(v, report->time_ns, mine);
    return mine;
}

static void fill_add(struct vc_state *state, const struct vc_order *order)
{
    state->fills =
        vn_grow(state->fills, state->fill_count, &state->fill_cap, sizeof(*state->fills));
    state->fills[state->fill_count++] = (struct vc_fill){order, order->order->last_fill};
}

static void on_order(struct venue *v, const struct vn_report *report)
{
    struct vc_state *state = vc_state(v);
    struct vc_order *order = report->event == VN_EVENT_NEW
                                 ? order_new(v, report)
                                 : vn_table_get(&state->by_id, report->order->id);
    if (order == NULL) {
        return;
    }
    if (report->event == VN_EVENT_TRADE) {
        fill_add(state, order);
    }
    vc_order_touch(state, order);
}

/* ---- time ---- */

static bool needs_ticks(const struct venue *v)
{
    const struct vc_state *state = vc_state(v);
    return state->queued > 0 || state->dirty != NULL;
}

static void tick(struct venue *v, int64_t now_ns)
{
    vc_queue_tick(v, now_ns);
    vc_user_flush(v, now_ns);
    vc_channels_tick(v, now_ns);
    vc_ws_tick(v, now_ns);
}

/* ---- /_state ---- */

static void print_conn(const struct vn_conn *c, struct vn_text *out)
{
    const struct vc_conn *conn = (const struct vc_conn *)c;
    vn_text_addf(out, "\"sequence\":%llu,\"heartbeats\":%u,", (unsigned long long)conn->sequence,
                 conn->heartbeats);
}

static const char *conn_word(const struct vn_conn *c)
{
    return ((const struct vc_conn *)c)->user_endpoint ? "user" : "market";
}

static const char *const paths[] = {VC_BASE, "/", "/user", NULL};

const struct vn_dialect vn_coinbase = {
    .name = "coinbase",
    .signatures = VN_SIGN_P256 | VN_SIGN_ED25519,
    .paths = paths,
    .init = init,
    .release = release,
    .http = vc_http,
    .ws_open = vc_ws_open,
    .ws_recv = vc_ws_recv,
    .ws_closed = vc_ws_closed,
    .needs_ticks = needs_ticks,
    .tick = tick,
    .order = on_order,
    .level = vc_on_level,
    .done = vc_on_done,
    .symbol = vc_product_find,
    .fault_words = vc_fault_words,
    .fault_now = VC_FAULT_NOW,
    .fault_members = vc_fault_members,
    .fault_act = vc_fault_act,
    .key_changed = vc_ws_key_changed,
    .print_conn = print_conn,
    .conn_word = conn_word,
};
