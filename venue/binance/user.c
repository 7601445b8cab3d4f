/* User data: engine reports as events on the WebSocket API connections that subscribed to the account. */
#include <string.h>

#include "../faults/faults.h"
#include "binance.h"

static bool listens(const struct bn_conn *conn, const struct vn_account *a,
                    int64_t *ret_subscription)
{
    if (conn->kind != VN_CONN_API || conn->base.closing) {
        return false;
    }
    for (int i = 0; i < conn->subscription_count; i++) {
        const struct vn_subscription *s = &conn->subscriptions[i];
        if (s->account == a && !s->key->revoked) {
            *ret_subscription = s->id;
            return true;
        }
    }
    return false;
}

static bool anyone_listens(struct venue *v, const struct vn_account *a)
{
    int64_t id = 0;
    for (const struct bn_conn *conn = bn_first(v); conn != NULL; conn = bn_next(conn)) {
        if (listens(conn, a, &id)) {
            return true;
        }
    }
    return false;
}

/* The event object to all who listen; late by delay_ns without holding up what follows. */
static void send_event(struct venue *v, int64_t now_ns, const struct vn_account *a,
                       const struct vn_text *event, int64_t delay_ns)
{
    if (vn_faults_has(v, VN_FAULT_MUTE_USER) &&
        vn_faults_event(v, VN_BINANCE, VN_FAULT_MUTE_USER, NULL) != NULL) {
        return;
    }
    struct vn_text frame = {0};
    for (struct bn_conn *conn = bn_first(v); conn != NULL; conn = bn_next(conn)) {
        int64_t id = 0;
        if (!listens(conn, a, &id)) {
            continue;
        }
        vn_text_clear(&frame);
        vn_text_addf(&frame, "{\"subscriptionId\":%lld,\"event\":", (long long)id);
        vn_text_add_n(&frame, event->data, event->len);
        vn_text_add_char(&frame, '}');
        vn_conn_send(v, &conn->base, now_ns + delay_ns, 0, vn_blob_new(frame.data, frame.len));
    }
    vn_text_release(&frame);
}

static void add_ms(struct venue *v, struct vn_text *out, const char *name, int64_t ns)
{
    vn_text_addf(out, ",\"%s\":", name);
    vn_text_add_i64(out, vn_server_ns(v, ns) / VN_MS);
}

static void add_fixed(struct vn_text *out, const char *name, int64_t value)
{
    vn_text_addf(out, ",\"%s\":", name);
    vn_text_add_fixed(out, value, 8);
}

static void add_amount(struct vn_text *out, const char *name, amount_t value)
{
    vn_text_addf(out, ",\"%s\":", name);
    vn_text_add_amount(out, value, 8);
}

static void add_text(struct vn_text *out, const char *name, const char *value)
{
    vn_text_addf(out, ",\"%s\":", name);
    vn_text_add_json(out, value);
}

/* ---- executionReport ---- */

static const char *event_word(enum vn_event event)
{
    static const char *const words[] = {NULL,      "NEW",      "TRADE",           "CANCELED",
                                        "EXPIRED", "REPLACED", "TRADE_PREVENTION"};
    return words[event];
}

static void add_fill(struct vn_text *out, const struct vn_fill *fill)
{
    add_fixed(out, "l", fill == NULL ? 0 : fill->qty);
    add_fixed(out, "L", fill == NULL ? 0 : fill->price);
    add_amount(out, "Y", fill == NULL ? 0 : fill->quote);
    if (fill == NULL) {
        vn_text_add(out, ",\"n\":\"0\",\"N\":null,\"t\":-1,\"m\":false");
        return;
    }
    add_amount(out, "n", fill->fee);
    add_text(out, "N", fill->fee_asset->name);
    vn_text_addf(out, ",\"t\":%llu,\"m\":%s", (unsigned long long)fill->trade_id,
                 fill->maker ? "true" : "false");
}

static void add_prevention(struct vn_text *out, const struct vn_report *r)
{
    if (r->event != VN_EVENT_PREVENTED) {
        return;
    }
    vn_text_addf(out, ",\"v\":%llu", (unsigned long long)r->prevented_match_id);
    add_fixed(out, "A", r->order->prevented);
    add_fixed(out, "B", r->prevented_qty);
    vn_text_addf(out, ",\"u\":%llu,\"U\":%llu", (unsigned long long)r->counter->account->uid,
                 (unsigned long long)r->counter->id);
    add_text(out, "Cs", r->counter->symbol->name);
}

static void print_report(struct venue *v, struct vn_text *out, const struct vn_report *r,
                         bool odd_words)
{
    const struct vn_order *o = r->order;
    bool renamed = r->event == VN_EVENT_CANCELED;
    vn_text_add(out, "{\"e\":\"executionReport\"");
    add_ms(v, out, "E", r->time_ns);
    add_text(out, "s", o->symbol->name);
    add_text(out, "c", o->client_id);
    vn_text_addf(out, ",\"S\":\"%s\",\"o\":\"%s\",\"f\":\"%s\"", vn_side_word(o->side),
                 vn_type_word(o->type), vn_tif_word(o->tif));
    add_fixed(out, "q", o->qty);
    add_fixed(out, "p", o->price);
    add_fixed(out, "P", o->stop_price);
    add_fixed(out, "F", 0);
    vn_text_add(out, ",\"g\":-1");
    add_text(out, "C", renamed ? o->original_id : "");
    vn_text_addf(out, ",\"x\":\"%s%s\",\"X\":\"%s%s\",\"r\":\"NONE\",\"i\":%llu",
                 odd_words ? "NOBODY_KNOWS_" : "", event_word(r->event),
                 odd_words ? "NOBODY_KNOWS_" : "", vn_state_word(o->state),
                 (unsigned long long)o->id);
    add_fixed(out, "z", o->filled);
    add_fill(out, r->fill);
    add_ms(v, out, "T", r->time_ns);
    vn_text_addf(out, ",\"I\":%llu,\"w\":%s,\"M\":%s", (unsigned long long)r->execution_id,
                 o->working && vn_order_is_open(o) && o->level != NULL ? "true" : "false",
                 r->fill != NULL ? "true" : "false");
    add_ms(v, out, "O", o->created_ns);
    add_amount(out, "Z", o->cum_quote);
    add_amount(out, "Q", o->quote_order_qty);
    if (o->working) {
        add_ms(v, out, "W", o->working_ns);
    }
    add_text(out, "V", vn_stp_word(o->stp));
    if (o->has_strategy) {
        vn_text_addf(out, ",\"j\":%lld,\"J\":%lld", (long long)o->strategy_id,
                     (long long)o->strategy_type);
    }
    add_prevention(out, r);
    if (o->state == VN_EXPIRED && vn_expiry_word(o->expiry) != NULL) {
        add_text(out, "eR", vn_expiry_word(o->expiry));
    }
}

static void count(struct venue *v, const struct vn_report *r)
{
    const struct vn_order *o = r->order;
    if (o->origin != VN_BINANCE) {
        return;
    }
    if (r->event == VN_EVENT_NEW) {
        vn_order_count_add(v, o->account, r->time_ns);
    } else if (r->event == VN_EVENT_TRADE && o->filled == r->fill->qty) {
        vn_order_count_credit(v, o->account, r->time_ns, r->fill->maker ? 5 : 1);
    }
}

void vn_user_report(struct venue *v, const struct vn_report *r)
{
    count(v, r);
    if (!anyone_listens(v, r->order->account)) {
        return;
    }
    const char *symbol = r->order->symbol->name;
    if (vn_faults_has(v, VN_FAULT_MISSING) &&
        vn_faults_event(v, VN_BINANCE, VN_FAULT_MISSING, symbol) != NULL) {
        return;
    }
    bool odd = vn_faults_has(v, VN_FAULT_UNKNOWN_ENUM) &&
               vn_faults_event(v, VN_BINANCE, VN_FAULT_UNKNOWN_ENUM, symbol);
    struct vn_text event = {0};
    print_report(v, &event, r, odd);
    if (vn_faults_has(v, VN_FAULT_EXTRA_FIELD) &&
        vn_faults_event(v, VN_BINANCE, VN_FAULT_EXTRA_FIELD, symbol) != NULL) {
        vn_text_add(&event, ",\"zz\":{\"a\":[1,\"x\",null]}");
    }
    vn_text_add_char(&event, '}');
    const struct vn_fault *late = vn_faults_has(v, VN_FAULT_REORDER)
                                      ? vn_faults_event(v, VN_BINANCE, VN_FAULT_REORDER, symbol)
                                      : NULL;
    send_event(v, r->time_ns, r->order->account, &event, late == NULL ? 0 : late->ms * VN_MS);
    if (vn_faults_has(v, VN_FAULT_DUPLICATE) &&
        vn_faults_event(v, VN_BINANCE, VN_FAULT_DUPLICATE, symbol) != NULL) {
        send_event(v, r->time_ns, r->order->account, &event, 0);
    }
    vn_text_release(&event);
}

/* ---- balances ---- */

static void print_position(struct venue *v, int64_t now_ns, const struct vn_account *a,
                           struct vn_text *out)
{
    vn_text_add(out, "{\"e\":\"outboundAccountPosition\"");
    add_ms(v, out, "E", now_ns);
    add_ms(v, out, "u", a->updated_ns);
    vn_text_add(out, ",\"B\":[");
    for (int i = 0; i < v->engine.asset_count; i++) {
        if ((a->touched & 1u << i) == 0) {
            continue;
        }
        vn_text_add(out, "{\"a\":");
        vn_text_add_json(out, v->engine.assets[i].name);
        add_amount(out, "f", a->balances[i].free);
        add_amount(out, "l", a->balances[i].locked);
        vn_text_add(out, "},");
    }
    vn_text_trim_comma(out);
    vn_text_add(out, "]}");
}

void vn_user_positions(struct venue *v, int64_t now_ns)
{
    for (size_t i = 0; i < v->engine.account_count; i++) {
        struct vn_account *a = v->engine.accounts[i];
        if (a->touched == 0) {
            continue;
        }
        if (!a->house && anyone_listens(v, a)) {
            struct vn_text event = {0};
            print_position(v, now_ns, a, &event);
            send_event(v, now_ns, a, &event, 0);
            vn_text_release(&event);
        }
    }
}

void vn_user_moved(struct venue *v, int64_t now_ns, struct vn_account *a,
                   const struct vn_asset *asset, amount_t delta)
{
    struct vn_text event = {0};
    vn_text_add(&event, "{\"e\":\"balanceUpdate\"");
    add_ms(v, &event, "E", now_ns);
    add_text(&event, "a", asset->name);
    add_amount(&event, "d", delta);
    add_ms(v, &event, "T", now_ns);
    vn_text_add_char(&event, '}');
    send_event(v, now_ns, a, &event, 0);
    vn_text_release(&event);
}

void vn_user_terminated(struct venue *v, int64_t now_ns, struct bn_conn *conn,
                        int64_t subscription_id)
{
    struct vn_text frame = {0};
    vn_text_addf(&frame, "{\"subscriptionId\":%lld,\"event\":{\"e\":\"eventStreamTerminated\"",
                 (long long)subscription_id);
    add_ms(v, &frame, "E", now_ns);
    vn_text_add(&frame, "}}");
    vn_conn_send(v, &conn->base, now_ns, 0, vn_blob_from(&frame));
    vn_text_release(&frame);
}
