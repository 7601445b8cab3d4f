/* Kraken as one of the dialects of the venue: its state, and its line in the table. */
#include <stdlib.h>
#include <string.h>

#include "kraken.h"

struct vk_state *vk_of(const struct venue *v)
{
    return v->own[VN_KRAKEN];
}

struct vk_desk *vk_desk_of(struct venue *v, struct vn_account *a)
{
    struct vn_table *desks = &vk_of(v)->desks;
    struct vk_desk *desk = vn_table_get(desks, a->uid);
    if (desk == NULL) {
        desk = vn_alloc(sizeof(*desk));
        desk->account = a;
        vn_table_put(desks, a->uid, desk);
    }
    return desk;
}

struct vk_note *vk_note_of(struct venue *v, const struct vn_order *order)
{
    struct vn_table *notes = &vk_of(v)->notes;
    struct vk_note *note = vn_table_get(notes, order->id);
    if (note == NULL) {
        note = vn_alloc(sizeof(*note));
        note->touched_ns = order->created_ns;
        vn_table_put(notes, order->id, note);
    }
    return note;
}

static void init(struct venue *v)
{
    struct vk_state *state = vn_alloc(sizeof(*state));
    vk_settings_init(&state->settings);
    state->tier = vk_tier_find("pro");
    state->system = "online";
    v->own[VN_KRAKEN] = state;
    vk_instrument_tick(v, v->now_ns);
}

static void values_free(struct vn_table *t)
{
    for (size_t i = 0; i < t->cap; i++) {
        if (t->slots[i].used == 1) {
            free(t->slots[i].value);
        }
    }
    vn_table_release(t);
}

static void release(struct venue *v)
{
    struct vk_state *state = vk_of(v);
    if (state == NULL) {
        return;
    }
    values_free(&state->desks);
    values_free(&state->notes);
    while (state->tokens != NULL) {
        struct vk_token *next = state->tokens->next;
        free(state->tokens);
        state->tokens = next;
    }
    free(state);
    v->own[VN_KRAKEN] = NULL;
}

/* A switch that is armed goes off whether anybody is connected or not. */
static bool needs_ticks(const struct venue *v)
{
    const struct vn_table *desks = &vk_of(v)->desks;
    for (size_t i = 0; i < desks->cap; i++) {
        const struct vk_desk *desk = desks->slots[i].value;
        if (desks->slots[i].used == 1 && desk->switch_ns != 0) {
            return true;
        }
    }
    return false;
}

static void tick(struct venue *v, int64_t now_ns)
{
    vk_switch_tick(v, now_ns);
    vk_instrument_tick(v, now_ns);
    vk_conns_tick(v, now_ns);
}

static void key_changed(struct venue *v, int64_t now_ns, struct vn_key *key)
{
    (void)now_ns;
    for (struct vk_token *t = vk_of(v)->tokens; t != NULL && key->revoked; t = t->next) {
        t->dead = t->dead || t->key == key;
    }
}

static void ban(struct venue *v, int64_t now_ns, int64_t seconds)
{
    vk_of(v)->refuse_until_ns = now_ns + seconds * VN_SECOND;
    for (struct vk_conn *conn = vk_first(v); conn != NULL; conn = vk_next(conn)) {
        vn_conn_close(v, &conn->base, now_ns, 1008, "banned");
    }
}

static void notice(struct venue *v, int64_t now_ns, struct vn_conn *base)
{
    vk_status_send(v, now_ns, (struct vk_conn *)base);
}

/* ---- /_state ---- */

static void print_state(struct venue *v, int64_t now_ns, struct vn_text *out)
{
    const struct vk_state *state = vk_of(v);
    vn_text_addf(out, "\"kraken\":{\"system\":\"%s\",\"tier\":\"%s\",\"keys\":[", state->system,
                 state->tier->name);
    for (const struct vn_key *key = v->key_list; key != NULL; key = key->next) {
        struct vk_mark *mark = key->own;
        if (key->dialect == VN_KRAKEN && mark != NULL) {
            vn_text_add(out, "{\"key\":");
            vn_text_add_json(out, key->api_key);
            vn_text_addf(out, ",\"nonce\":\"%llu\",\"failures\":%d,\"rest\":%lld},",
                         (unsigned long long)mark->nonce, mark->failures,
                         (long long)(vk_counter_now(&mark->rest, state->tier->rest_decay, now_ns) /
                                     1000000));
        }
    }
    vn_text_trim_comma(out);
    vn_text_add(out, "],\"counters\":[");
    for (size_t i = 0; i < v->engine.account_count; i++) {
        struct vk_desk *desk = vn_table_get(&state->desks, v->engine.accounts[i]->uid);
        for (int s = 0; desk != NULL && s < v->engine.symbol_count; s++) {
            int64_t used = vk_counter_now(&desk->engine[s], state->tier->engine_decay, now_ns);
            if (used > 0) {
                vn_text_add(out, "{\"account\":");
                vn_text_add_json(out, v->engine.accounts[i]->name);
                vn_text_addf(out, ",\"symbol\":\"%s\",\"used\":\"%lld.%02lld\"},",
                             v->engine.symbols[s].name, (long long)(used / 1000000),
                             (long long)(used % 1000000 / 10000));
            }
        }
    }
    vn_text_trim_comma(out);
    vn_text_add(out, "]},");
}

static void print_conn(const struct vn_conn *base, struct vn_text *out)
{
    int count = 0;
    for (const struct vk_sub *s = ((const struct vk_conn *)base)->subs; s != NULL; s = s->next) {
        count++;
    }
    vn_text_addf(out, "\"subscriptions\":%d,", count);
}

static const char *conn_word(const struct vn_conn *base)
{
    return ((const struct vk_conn *)base)->secret ? "private" : "public";
}

static const char *const paths[] = {"/0/public", "/0/private", "/0", "/v2", "/auth/v2", NULL};

const struct vn_dialect vn_kraken = {
    .name = "kraken",
    .signatures = VN_SIGN_HMAC_SHA512,
    .paths = paths,
    .init = init,
    .release = release,
    .http = vk_http,
    .ws_open = vk_ws_open,
    .ws_recv = vk_ws_recv,
    .ws_closed = vk_ws_closed,
    .needs_ticks = needs_ticks,
    .tick = tick,
    .order = vk_user_report,
    .trade = vk_on_trade,
    .level = vk_on_level,
    .done = vk_on_done,
    .moved = vk_user_moved,
    .symbol = vk_pair_read,
    .fault_words = vk_fault_words,
    .fault_now = VK_FAULT_AT_ONCE,
    .fault_members = vk_fault_members,
    .fault_act = vk_fault_act,
    .snapshot = vk_snapshot,
    .key_changed = key_changed,
    .ban = ban,
    .notice = notice,
    .print_state = print_state,
    .print_conn = print_conn,
    .conn_word = conn_word,
};
