/* WebSocket v2: connections, their limits and life, and the methods of a frame. */
#include <stdlib.h>
#include <string.h>

#include "kraken.h"

#define IDLE_NS (60 * VN_SECOND) /* without any activity a connection is closed */
#define CONNECTS_NS (600 * VN_SECOND)

struct vk_conn *vk_first(const struct venue *v)
{
    struct vn_conn *conn = v->conn_list;
    while (conn != NULL && conn->dialect != VN_KRAKEN) {
        conn = conn->next;
    }
    return (struct vk_conn *)conn;
}

struct vk_conn *vk_next(const struct vk_conn *conn)
{
    struct vn_conn *next = conn->base.next;
    while (next != NULL && next->dialect != VN_KRAKEN) {
        next = next->next;
    }
    return (struct vk_conn *)next;
}

void vk_send(struct venue *v, struct vk_conn *conn, int64_t due_ns, uint64_t seq,
             struct vn_text *text)
{
    if (conn->mute) {
        vn_text_clear(text);
        return;
    }
    conn->last_sent_ns = due_ns;
    vn_conn_send(v, &conn->base, due_ns, seq, vn_blob_from(text));
}

/* ---- status ---- */

void vk_status_send(struct venue *v, int64_t now_ns, struct vk_conn *conn)
{
    const struct vk_state *state = vk_of(v);
    struct vn_text text = {0};
    vn_text_addf(&text,
                 "{\"channel\":\"status\",\"type\":\"update\",\"data\":[{\"version\":\"2.0.10\","
                 "\"system\":\"%s\",\"api_version\":\"v2\",\"connection_id\":%llu,"
                 "\"upcoming_maintenance\":[",
                 state->system, 18125794168470749634ULL - (unsigned long long)conn->base.id);
    if (state->notice_ns != 0) {
        vn_text_add(&text, "{\"start_time\":\"");
        vk_add_time(&text, v, state->notice_ns);
        vn_text_add(&text, "\"}");
    }
    vn_text_add(&text, "],\"emergency\":[]}]}");
    vk_send(v, conn, now_ns, 0, &text);
    vn_text_release(&text);
}

void vk_status_all(struct venue *v, int64_t now_ns)
{
    for (struct vk_conn *conn = vk_first(v); conn != NULL; conn = vk_next(conn)) {
        vk_status_send(v, now_ns, conn);
    }
}

/* ---- opening and closing ---- */

/* 150 attempts in any ten minutes; whoever goes beyond waits ten. */
static bool may_connect(struct vk_state *state, int64_t now_ns)
{
    size_t cap = sizeof(state->connects_ns) / sizeof(state->connects_ns[0]);
    int64_t *slot = &state->connects_ns[state->connect_count % cap];
    if (now_ns < state->refuse_until_ns) {
        return false;
    }
    if (state->connect_count >= cap && now_ns - *slot < CONNECTS_NS) {
        state->refuse_until_ns = now_ns + CONNECTS_NS;
        return false;
    }
    *slot = now_ns;
    state->connect_count++;
    return true;
}

int vk_ws_open(struct venue *v, int64_t now_ns, uint64_t id, const char *target)
{
    size_t len = strcspn(target, "?");
    bool open = len == 3 && strncmp(target, "/v2", len) == 0;
    bool secret = len == 8 && strncmp(target, "/auth/v2", len) == 0;
    if (!open && !secret) {
        return vn_error(v, VENUE_EREFUSED, "nobody serves %s", target);
    }
    if (!may_connect(vk_of(v), now_ns)) {
        return vn_error(v, VENUE_EREFUSED, "too many connections");
    }
    struct vk_conn *conn = vn_alloc(sizeof(*conn));
    vn_conn_add(v, now_ns, &conn->base, id, VN_KRAKEN);
    conn->secret = secret;
    conn->last_sent_ns = now_ns;
    conn->last_heard_ns = now_ns;
    vk_status_send(v, now_ns, conn);
    return 0;
}

void vk_ws_closed(struct venue *v, struct vn_conn *base)
{
    struct vk_conn *conn = (struct vk_conn *)base;
    while (conn->subs != NULL) {
        vk_sub_free(conn, conn->subs);
    }
    vn_conn_remove(v, base);
    free(conn);
}

static void heartbeat(struct venue *v, int64_t now_ns, struct vk_conn *conn)
{
    struct vn_text text = {0};
    if (vn_faults_event(v, VN_KRAKEN, VK_FAULT(VK_FAULT_NO_HEARTBEAT), NULL) != NULL) {
        conn->last_sent_ns = now_ns;
        return;
    }
    vn_text_add(&text, "{\"channel\":\"heartbeat\"}");
    vk_send(v, conn, now_ns, 0, &text);
    vn_text_release(&text);
}

void vk_conns_tick(struct venue *v, int64_t now_ns)
{
    for (struct vk_conn *conn = vk_first(v); conn != NULL; conn = vk_next(conn)) {
        if (conn->base.closing) {
            continue;
        }
        if (vn_faults_has(v, VK_FAULT(VK_FAULT_SILENCE)) &&
            vn_faults_event(v, VN_KRAKEN, VK_FAULT(VK_FAULT_SILENCE), NULL) != NULL) {
            conn->mute = true;
        }
        if (conn->subs == NULL && now_ns - conn->last_heard_ns > IDLE_NS) {
            vn_conn_close(v, &conn->base, now_ns, 1000, "");
        } else if (conn->subs != NULL && now_ns - conn->last_sent_ns >= VN_SECOND) {
            heartbeat(v, now_ns, conn);
        }
    }
}

/* ---- answers ---- */

void vk_add_times(struct vk_call *call, struct vn_text *out, const char *time_in)
{
    vn_text_addf(out, "\"time_in\":\"%s\",\"time_out\":\"", time_in);
    vk_add_time(out, call->v, call->now_ns);
    vn_text_add_char(out, '"');
}

/* The frame a method is answered with: result or error. */
struct answer {
    const char *method;
    const char *req_id;
    size_t req_id_len;
    const char *time_in;
    uint64_t seq;
};

static void answer(struct vk_call *call, const struct answer *a)
{
    struct vn_text text = {0};
    vn_text_add(&text, "{\"method\":");
    vn_text_add_json(&text, a->method);
    if (call->error[0] != '\0') {
        vn_text_add(&text, ",\"error\":");
        vn_text_add_json(&text, call->error);
        vn_text_add(&text, ",\"success\":false,");
    } else {
        vn_text_addf(&text, ",\"result\":%s,\"success\":true,",
                     call->out.len == 0 ? "{}" : call->out.data);
    }
    vk_add_times(call, &text, a->time_in);
    if (a->req_id != NULL) {
        vn_text_add(&text, ",\"req_id\":");
        vn_text_add_n(&text, a->req_id, a->req_id_len);
    }
    vn_text_add_char(&text, '}');
    vk_send(call->v, call->ws, call->now_ns, a->seq, &text);
    vn_text_release(&text);
}

static void pong(struct vk_call *call, const struct answer *a)
{
    struct vn_text text = {0};
    vn_text_add(&text, "{\"method\":\"pong\",");
    if (a->req_id != NULL) {
        vn_text_add(&text, "\"req_id\":");
        vn_text_add_n(&text, a->req_id, a->req_id_len);
        vn_text_add_char(&text, ',');
    }
    vk_add_times(call, &text, a->time_in);
    vn_text_add_char(&text, '}');
    vk_send(call->v, call->ws, call->now_ns, 0, &text);
    vn_text_release(&text);
}

/* ---- order methods ---- */

static void add_order(struct vk_call *call)
{
    struct vk_wish wish;
    if (!vk_wish_read_ws(call, &wish)) {
        return;
    }
    const struct vn_order *order = vk_place(call, &wish);
    if (call->error[0] != '\0') {
        return;
    }
    char id[VK_TXID] = "";
    if (order != NULL) {
        vk_id_print('O', order->id, id);
    }
    vn_text_addf(&call->out, "{\"order_id\":\"%s\"", id);
    if (wish.client_id != NULL) {
        vn_text_add(&call->out, ",\"cl_ord_id\":");
        vn_text_add_json(&call->out, wish.client_id);
    }
    if (wish.has_userref) {
        vn_text_addf(&call->out, ",\"order_userref\":%lld", (long long)wish.userref);
    }
    vn_text_add_char(&call->out, '}');
}

static void cancel_one(struct vk_call *call, const struct answer *a, const char *name,
                       const char *text)
{
    struct vn_order *order = strcmp(name, "order_id") == 0
                                 ? vk_order_find(call->v, call->key->account, text)
                                 : vk_order_by_client(call->v, call->key->account, text, true);
    call->error[0] = '\0';
    vn_text_clear(&call->out);
    if (vk_cancel(call, order)) {
        vn_text_addf(&call->out, "{\"%s\":", name);
        vn_text_add_json(&call->out, text);
        vn_text_add_char(&call->out, '}');
    }
    answer(call, a);
}

static void cancel_userref(struct vk_call *call, const struct answer *a, const char *text)
{
    struct vn_params form = {.count = 1};
    form.items[0] = (struct vn_param){.name = "txid", .value = text};
    struct vk_call one = {.v = call->v, .now_ns = call->now_ns, .key = call->key, .ws = call->ws};
    one.args.form = form;
    vk_do_cancel(&one);
    vn_text_clear(&one.out);
    if (one.error[0] == '\0') {
        vn_text_addf(&one.out, "{\"order_userref\":%s}", text);
    }
    answer(&one, a);
    vn_text_release(&one.out);
}

/* One answer per order, all with the same req_id. */
static void cancel_order(struct vk_call *call, const struct answer *a)
{
    static const char *const lists[] = {"order_id", "cl_ord_id", "order_userref"};
    int sent = 0;
    for (size_t i = 0; i < 3; i++) {
        const struct vn_json *list = vn_json_get(call->args.json, lists[i]);
        bool array = list != NULL && list->kind == VN_JSON_ARRAY;
        for (const struct vn_json *m = array ? list->child : NULL; m != NULL; m = m->next) {
            const char *text = m->text == NULL ? "" : m->text;
            sent++;
            if (i == 2) {
                cancel_userref(call, a, text);
            } else {
                cancel_one(call, a, lists[i], text);
            }
        }
    }
    if (sent == 0) {
        vk_fail(call, "EGeneral:Invalid arguments");
        answer(call, a);
    }
}

static void batch_cancel(struct vk_call *call)
{
    const struct vn_json *list = vn_json_get(call->args.json, "orders");
    int sent = 0;
    int count = 0;
    for (const struct vn_json *m = list == NULL ? NULL : list->child; m != NULL; m = m->next) {
        sent++;
    }
    if (sent < 2 || sent > 50) {
        vk_fail(call, "EGeneral:Invalid arguments:orders");
        return;
    }
    for (const struct vn_json *m = list->child; m != NULL; m = m->next) {
        const char *text = m->text == NULL ? "" : m->text;
        struct vn_order *order = vk_order_find(call->v, call->key->account, text);
        order = order != NULL ? order : vk_order_by_client(call->v, call->key->account, text, true);
        count += vk_cancel(call, order);
    }
    if (count > 0) {
        call->error[0] = '\0';
        vn_text_addf(&call->out, "{\"count\":%d}", count);
    }
}

/* ---- frames ---- */

struct method {
    const char *name;
    void (*handler)(struct vk_call *call); /* NULL: answers by itself */
};

static const struct method methods[] = {
    {"add_order", add_order},         {"amend_order", vk_do_amend},
    {"cancel_order", NULL},           {"batch_cancel", batch_cancel},
    {"cancel_all", vk_do_cancel_all}, {"cancel_all_orders_after", vk_do_cancel_after},
};

static const struct method *method_find(const char *name)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].name, name) == 0) {
            return &methods[i];
        }
    }
    return NULL;
}

static bool authenticate(struct vk_call *call)
{
    const char *text = vk_arg(call, "token");
    if (!call->ws->secret) {
        vk_fail(call, "Private data and trading are unavailable on this endpoint. Try "
                      "ws-auth.kraken.com");
        return false;
    }
    const struct vk_token *token = text == NULL ? NULL : vk_token_find(call->v, call->now_ns, text);
    if (token == NULL) {
        vk_fail(call, "ESession:Invalid session");
        return false;
    }
    if ((token->key->permissions & VENUE_MAY_TRADE) == 0) {
        vk_fail(call, "EGeneral:Permission denied");
        return false;
    }
    call->key = token->key;
    return true;
}

static void run_method(struct vk_call *call, const struct method *method, struct answer *a)
{
    const struct vn_fault *error =
        vn_faults_event(call->v, VN_KRAKEN, VK_FAULT(VK_FAULT_WS_ERROR), NULL);
    bool silent =
        vn_faults_event(call->v, VN_KRAKEN, VK_FAULT(VK_FAULT_WS_NO_ANSWER), NULL) != NULL;
    bool reply_first = call->v->config.shuffle && vn_random_below(&call->v->random, 2) == 0;
    a->seq = reply_first ? vn_outbox_reserve(&call->v->outbox) : 0;
    bool cancels = method->handler == NULL;
    if (error != NULL && error->has_execute && !error->execute) {
        vk_fail(call, "%s", error->message);
        cancels = false;
    } else if (!authenticate(call)) {
        cancels = false;
    } else if (cancels && vk_system_cancels(call)) {
        a->seq = 0;
        cancel_order(call, a);
    } else if (!cancels) {
        method->handler(call);
    } else {
        cancels = false;
    }
    if (silent) {
        vn_conn_drop(call->v, &call->ws->base, call->now_ns);
    } else if (!cancels) {
        if (error != NULL) {
            vk_fail(call, "%s", error->message);
        }
        answer(call, a);
    }
}

static bool is_flood(struct vk_call *call)
{
    struct vk_conn *conn = call->ws;
    if (call->now_ns - conn->flood_second >= VN_SECOND) {
        conn->flood_second = call->now_ns;
        conn->flood = 0;
    }
    return ++conn->flood > vk_of(call->v)->settings.flood;
}

static bool is_integer(const struct vn_json *value)
{
    return value->kind == VN_JSON_NUMBER && strpbrk(value->text, ".eE") == NULL;
}

static void take_frame(struct vk_call *call, const struct vn_json *root, const char *time_in)
{
    static const struct vn_json empty = {.kind = VN_JSON_OBJECT};
    const struct vn_json *params = vn_json_get(root, "params");
    const struct vn_json *req_id = vn_json_get(root, "req_id");
    struct answer a = {.method = vn_json_text(root, "method", ""), .time_in = time_in};
    call->args.json = params == NULL ? &empty : params;
    if (req_id != NULL && is_integer(req_id)) {
        a.req_id = req_id->raw;
        a.req_id_len = req_id->raw_len;
    }
    const struct method *method = method_find(a.method);
    if (is_flood(call)) {
        vk_fail(call, "Exceeded msg rate");
        answer(call, &a);
    } else if (req_id != NULL && a.req_id == NULL) {
        vk_fail(call, "EGeneral:Invalid arguments:req_id");
        answer(call, &a);
    } else if (strcmp(a.method, "ping") == 0) {
        pong(call, &a);
    } else if (strcmp(a.method, "subscribe") == 0 || strcmp(a.method, "unsubscribe") == 0) {
        vk_subscription(call, a.method, a.req_id, a.req_id_len, time_in);
    } else if (method != NULL && call->args.json->kind == VN_JSON_OBJECT) {
        run_method(call, method, &a);
    } else {
        vk_fail(call, "Unsupported method: '%.60s'", a.method);
        answer(call, &a);
    }
}

static void recv_text(struct venue *v, int64_t now_ns, struct vk_conn *conn, const char *bytes,
                      size_t len)
{
    struct vk_call call = {.v = v, .now_ns = now_ns, .ws = conn};
    struct vn_json *root = vn_json_parse(bytes, len);
    struct vn_text time_in = {0};
    vk_add_time(&time_in, v, now_ns);
    if (root == NULL || root->kind != VN_JSON_OBJECT) {
        struct answer a = {.method = "", .time_in = time_in.data};
        vk_fail(&call, "Malformed request");
        answer(&call, &a);
    } else {
        take_frame(&call, root, time_in.data);
    }
    vn_json_free(root);
    vn_text_release(&time_in);
    vn_text_release(&call.out);
}

void vk_ws_recv(struct venue *v, int64_t now_ns, struct vn_conn *base, uint32_t opcode,
                const void *bytes, size_t len)
{
    struct vk_conn *conn = (struct vk_conn *)base;
    conn->last_heard_ns = now_ns;
    if (opcode == VENUE_WS_TEXT) {
        recv_text(v, now_ns, conn, bytes, len);
    } else if (opcode == VENUE_WS_PING) {
        vn_conn_frame(v, base, now_ns, 0, VENUE_WS_PONG, vn_blob_new(bytes, len));
    } else if (opcode == VENUE_WS_CLOSE) {
        vn_conn_close(v, base, now_ns, 1000, "");
    } else if (opcode != VENUE_WS_PONG) {
        vn_conn_close(v, base, now_ns, 1003, "text frames only");
    }
}
