/* Binance as one of the dialects of the venue: its state, and what the common faults mean here. */
#include <stdlib.h>
#include <string.h>

#include "binance.h"

struct bn_state *bn_of(const struct venue *v)
{
    return v->own[VN_BINANCE];
}

static void init(struct venue *v)
{
    struct bn_state *state = vn_alloc(sizeof(*state));
    state->limits.weight.length_ns = 60 * VN_SECOND;
    state->limits.raw.length_ns = 300 * VN_SECOND;
    state->limits.connects.length_ns = 300 * VN_SECOND;
    state->depths = vn_alloc(VN_SYMBOLS * sizeof(*state->depths));
    v->own[VN_BINANCE] = state;
}

static void release(struct venue *v)
{
    struct bn_state *state = bn_of(v);
    if (state == NULL) {
        return;
    }
    vn_feeds_release(v);
    for (size_t i = 0; i < v->engine.account_count; i++) {
        free(vn_table_get(&state->limits.orders, v->engine.accounts[i]->uid));
    }
    vn_table_release(&state->limits.orders);
    free(state);
    v->own[VN_BINANCE] = NULL;
}

static void tick(struct venue *v, int64_t now_ns)
{
    vn_feeds_tick(v, now_ns);
    vn_conns_tick(v, now_ns);
}

static struct vn_symbol *symbol(struct venue *v, const char *name)
{
    return vn_symbol_find(&v->engine, name);
}

/* ---- faults ---- */

static void snapshot(struct venue *v, struct vn_symbol *s, struct vn_text *out)
{
    (void)v;
    vn_print_depth(out, s, 5000, "bids", "asks");
}

static void key_changed(struct venue *v, int64_t now_ns, struct vn_key *key)
{
    if (!key->revoked) {
        return;
    }
    for (struct bn_conn *conn = bn_first(v); conn != NULL; conn = bn_next(conn)) {
        bool uses = conn->logon == key;
        for (int i = 0; i < conn->subscription_count; i++) {
            uses = uses || conn->subscriptions[i].key == key;
        }
        if (uses) {
            static const char frame[] =
                "{\"id\":null,\"status\":401,\"error\":{\"code\":-2015,\"msg\":\"Invalid "
                "API-key, IP, or permissions for action.\"}}";
            vn_conn_send(v, &conn->base, now_ns, 0, vn_blob_new(frame, sizeof(frame) - 1));
        }
    }
}

static void notice(struct venue *v, int64_t now_ns, struct vn_conn *base)
{
    const struct bn_conn *conn = (const struct bn_conn *)base;
    struct vn_text text = {0};
    long long ms = vn_server_ns(v, now_ns) / VN_MS;
    if (conn->kind == VN_CONN_API) {
        vn_text_addf(&text, "{\"event\":{\"e\":\"serverShutdown\",\"E\":%lld}}", ms);
    } else if (conn->combined) {
        vn_text_addf(
            &text,
            "{\"stream\":\"!serverShutdown\",\"data\":{\"e\":\"serverShutdown\",\"E\":%lld}}", ms);
    } else {
        vn_text_addf(&text, "{\"e\":\"serverShutdown\",\"E\":%lld}", ms);
    }
    vn_conn_send(v, base, now_ns, 0, vn_blob_from(&text));
    vn_text_release(&text);
}

/* ---- /_state ---- */

static void print_state(struct venue *v, int64_t now_ns, struct vn_text *out)
{
    struct vn_limits *limits = &bn_of(v)->limits;
    vn_text_addf(out, "\"weight\":%u,\"bannedUntilNs\":%lld,",
                 vn_window_used(&limits->weight, now_ns), (long long)limits->banned_until_ns);
}

static void print_conn(const struct vn_conn *base, struct vn_text *out)
{
    const struct bn_conn *conn = (const struct bn_conn *)base;
    vn_text_addf(out, "\"streams\":%zu,\"subscriptions\":%d,", conn->feed_count,
                 conn->subscription_count);
}

static const char *conn_word(const struct vn_conn *base)
{
    return ((const struct bn_conn *)base)->kind == VN_CONN_API ? "ws-api" : "stream";
}

static const char *const paths[] = {"/api", "/sapi", "/ws", "/stream", "/ws-api", NULL};
static const char *const nothing[] = {NULL};

const struct vn_dialect vn_binance = {
    .name = "binance",
    .signatures = VN_SIGN_HMAC_SHA256 | VN_SIGN_ED25519,
    .paths = paths,
    .init = init,
    .release = release,
    .http = vn_binance_http,
    .ws_open = bn_ws_open,
    .ws_recv = bn_ws_recv,
    .ws_closed = bn_ws_closed,
    .tick = tick,
    .order = vn_user_report,
    .trade = vn_on_trade,
    .level = vn_on_level,
    .done = vn_on_done,
    .balances = vn_user_positions,
    .moved = vn_user_moved,
    .symbol = symbol,
    .fault_words = nothing,
    .fault_members = nothing,
    .snapshot = snapshot,
    .key_changed = key_changed,
    .ban = vn_limit_force,
    .notice = notice,
    .print_state = print_state,
    .print_conn = print_conn,
    .conn_word = conn_word,
};
