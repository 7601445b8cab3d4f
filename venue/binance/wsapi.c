/* One request frame of the WebSocket API: {"id":…,"method":…,"params":{…}} → {"id":…,"status":…,"result":…}. */
#include <stdlib.h>
#include <string.h>

#include "../faults/faults.h"
#include "binance.h"

/* ---- parameters ---- */

static bool read_params(struct vn_call *call, const struct vn_json *params)
{
    for (const struct vn_json *m = params == NULL ? NULL : params->child; m != NULL; m = m->next) {
        if (vn_params_get(&call->params, m->name) != NULL) {
            call->params.duplicate = m->name;
            continue;
        }
        if (call->params.count == VN_PARAMS) {
            call->params.overflow = true;
            return true;
        }
        const char *value = m->kind == VN_JSON_NULL ? "" : m->text;
        if (value == NULL) { /* a list: its own text */
            return false;
        }
        call->params.items[call->params.count++] =
            (struct vn_param){.name = m->name, .value = value};
    }
    return true;
}

/* Lists keep their JSON text as value; the copies live in storage. */
static void read_lists(struct vn_call *call, const struct vn_json *params)
{
    struct vn_text all = {0};
    size_t starts[VN_PARAMS];
    int count = 0;
    for (const struct vn_json *m = params->child; m != NULL && count < VN_PARAMS; m = m->next) {
        starts[count++] = all.len;
        if (m->text == NULL) {
            vn_text_add_n(&all, m->raw, m->raw_len);
        } else {
            vn_text_add(&all, m->text);
        }
        vn_text_add_n(&all, "", 1);
    }
    memset(&call->params, 0, sizeof(call->params));
    call->params.storage = vn_text_take(&all);
    int i = 0;
    for (const struct vn_json *m = params->child; m != NULL && i < count; m = m->next, i++) {
        if (vn_params_get(&call->params, m->name) != NULL) {
            call->params.duplicate = m->name;
            continue;
        }
        call->params.items[call->params.count++] =
            (struct vn_param){.name = m->name, .value = call->params.storage + starts[i]};
    }
}

/* ---- signature: sorted by name, raw UTF-8 ---- */

static int by_name(const void *a, const void *b)
{
    const struct vn_param *const *x = a;
    const struct vn_param *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static bool signature_fits(const struct vn_call *call, const struct vn_key *key,
                           const char *signature)
{
    const struct vn_param *sorted[VN_PARAMS];
    size_t count = 0;
    for (int i = 0; i < call->params.count; i++) {
        if (strcmp(call->params.items[i].name, "signature") != 0) {
            sorted[count++] = &call->params.items[i];
        }
    }
    qsort(sorted, count, sizeof(sorted[0]), by_name);
    struct vn_text payload = {0};
    for (size_t i = 0; i < count; i++) {
        vn_text_addf(&payload, "%s%s=%s", i == 0 ? "" : "&", sorted[i]->name, sorted[i]->value);
    }
    bool fits =
        vn_signature_fits(key, payload.len == 0 ? "" : payload.data, payload.len, signature);
    vn_text_release(&payload);
    return fits;
}

static void authenticate(struct vn_call *call)
{
    const char *api_key = vn_arg(call, "apiKey");
    bool session_call = call->route->security == VN_SESSION;
    if (api_key == NULL && call->ws->logon != NULL && !session_call) {
        if (call->ws->logon->revoked) {
            vn_fail(call, 401, -2015, "Invalid API-key, IP, or permissions for action.");
            return;
        }
        call->key = call->ws->logon;
        return;
    }
    if (vn_need(call, "apiKey") == NULL) {
        return;
    }
    struct vn_key *key = vn_key_find(call->v, VN_BINANCE, api_key);
    if (key == NULL || key->revoked) {
        vn_fail(call, 401, -2015, "Invalid API-key, IP, or permissions for action.");
        return;
    }
    if (vn_need(call, "timestamp") == NULL) {
        return;
    }
    const char *signature = vn_need(call, "signature");
    if (signature == NULL) {
        return;
    }
    if (!signature_fits(call, key, signature)) {
        vn_fail(call, 400, -1022, "Signature for this request is not valid.");
        return;
    }
    call->key = key;
}

/* ---- reply ---- */

static void add_limit(struct vn_text *out, const char *type, const char *interval, int num,
                      uint32_t limit, uint32_t used)
{
    vn_text_addf(out,
                 "{\"rateLimitType\":\"%s\",\"interval\":\"%s\",\"intervalNum\":%d,\"limit\":%u,"
                 "\"count\":%u},",
                 type, interval, num, limit, used);
}

static void add_limits(struct vn_call *call, struct vn_text *out)
{
    const char *wanted = vn_arg(call, "returnRateLimits");
    if (wanted == NULL ? !call->ws->rate_limits : strcmp(wanted, "false") == 0) {
        return;
    }
    struct venue *v = call->v;
    vn_text_add(out, ",\"rateLimits\":[");
    if (call->counts_order && call->key != NULL) {
        struct vn_order_count *count = vn_order_count_of(v, call->key->account, call->now_ns);
        add_limit(out, "ORDERS", "SECOND", 10, v->config.orders_per_10s, count->ten_seconds.used);
        add_limit(out, "ORDERS", "DAY", 1, v->config.orders_per_day, count->day.used);
    }
    add_limit(out, "REQUEST_WEIGHT", "MINUTE", 1, v->config.weight_per_minute,
              vn_window_used(&bn_of(v)->limits.weight, call->now_ns));
    vn_text_trim_comma(out);
    vn_text_add_char(out, ']');
}

static void add_error(struct vn_call *call, struct vn_text *out)
{
    vn_text_addf(out, ",\"error\":{\"code\":%d,\"msg\":", call->code);
    vn_text_add_json(out, call->message);
    if (call->has_data) {
        vn_text_add(out, ",\"data\":");
        vn_text_add_n(out, call->out.data, call->out.len);
    } else if (call->retry_after_s > 0) {
        vn_text_add(out, ",\"data\":{\"serverTime\":");
        vn_add_time(call, out, call->now_ns);
        vn_text_add(out, ",\"retryAfter\":");
        vn_add_time(call, out, call->now_ns + call->retry_after_s * VN_SECOND);
        vn_text_add_char(out, '}');
    }
    vn_text_add_char(out, '}');
}

static void print_reply(struct vn_call *call, const char *id, size_t id_len, struct vn_text *out)
{
    vn_text_add(out, "{\"id\":");
    vn_text_add_n(out, id, id_len);
    vn_text_addf(out, ",\"status\":%d", call->status);
    if (call->code == 0) {
        vn_text_add(out, ",\"result\":");
        vn_text_add_n(out, call->out.data, call->out.len);
    } else {
        add_error(call, out);
    }
    add_limits(call, out);
    vn_text_add_char(out, '}');
}

static void apply_faults(struct vn_call *call, const struct vn_effect *effect)
{
    if (effect->by[VN_FAULT_TIMEOUT] != NULL) {
        vn_fail(call, 504, -1007,
                "Timeout waiting for response from backend server. Send status unknown; "
                "execution status unknown.");
    }
    const struct vn_fault *fault = effect->by[VN_FAULT_ERROR];
    if (fault != NULL) {
        vn_fail(call, (int)fault->status, (int)fault->code, "%s", fault->message);
    }
    fault = effect->by[VN_FAULT_RATE_LIMIT];
    if (fault != NULL) {
        call->retry_after_s = fault->retry_after_s;
        vn_fail(call, (int)fault->status, -1003, "Too much request weight used.");
    }
    call->has_data = call->has_data && fault == NULL;
}

static void send_reply(struct vn_call *call, const struct vn_json *id,
                       const struct vn_effect *effect, uint64_t seq)
{
    struct venue *v = call->v;
    apply_faults(call, effect);
    if (effect->by[VN_FAULT_DROP_AFTER] != NULL) {
        struct vn_item *item = vn_item_new(&v->outbox, call->ws->base.id, VENUE_OUT_CLOSE);
        item->due_ns = call->now_ns;
        call->ws->base.closing = true;
        vn_item_push(&v->outbox, item);
        return;
    }
    if (effect->by[VN_FAULT_NO_REPLY] != NULL) {
        return;
    }
    int64_t due_ns = call->now_ns;
    due_ns += effect->by[VN_FAULT_DELAY] == NULL ? 0 : effect->by[VN_FAULT_DELAY]->ms * VN_MS;
    due_ns += effect->by[VN_FAULT_TIMEOUT] == NULL ? 0 : effect->by[VN_FAULT_TIMEOUT]->ms * VN_MS;
    bool revoked = call->code == -2015 && call->ws->logon != NULL && call->ws->logon->revoked;
    bool nameless = revoked || id == NULL;
    struct vn_text out = {0};
    print_reply(call, nameless ? "null" : id->raw, nameless ? 4 : id->raw_len, &out);
    vn_conn_send(v, &call->ws->base, due_ns, seq, vn_blob_from(&out));
    vn_text_release(&out);
}

/* ---- the call ---- */

static bool is_id(const struct vn_json *id)
{
    return id == NULL || id->kind == VN_JSON_NULL || id->kind == VN_JSON_STRING ||
           (id->kind == VN_JSON_NUMBER && strpbrk(id->text, ".eE") == NULL);
}

static void execute(struct vn_call *call, const struct vn_json *params)
{
    if (!read_params(call, params)) {
        read_lists(call, params);
    }
    if (call->route->security != VN_PUBLIC) {
        authenticate(call);
    }
    vn_call_run(call);
}

static void serve(struct vn_call *call, const struct vn_json *root)
{
    const char *method = vn_json_text(root, "method", "");
    const struct vn_json *params = vn_json_get(root, "params");
    const struct vn_json *id = vn_json_get(root, "id");
    struct venue *v = call->v;
    struct vn_effect effect = {.execute = true};
    vn_faults_request(v, VN_BINANCE, "WS", method, &effect);
    if (effect.by[VN_FAULT_DROP_BEFORE] != NULL) {
        struct vn_item *item = vn_item_new(&v->outbox, call->ws->base.id, VENUE_OUT_CLOSE);
        item->due_ns = call->now_ns;
        call->ws->base.closing = true;
        vn_item_push(&v->outbox, item);
        return;
    }
    bool reply_first = v->config.shuffle && vn_random_below(&v->random, 2) == 0;
    uint64_t seq = reply_first ? vn_outbox_reserve(&v->outbox) : 0;
    call->route = vn_route_ws(method);
    if (!is_id(id) || (params != NULL && params->kind != VN_JSON_OBJECT)) {
        vn_fail(call, 400, -1135, "Invalid JSON Request");
        id = is_id(id) ? id : NULL;
    } else if (call->route == NULL) {
        vn_fail(call, 400, -1020, "This operation is not supported.");
    } else if (effect.execute) {
        execute(call, params);
    }
    send_reply(call, id, &effect, seq);
}

void vn_wsapi_recv(struct venue *v, int64_t now_ns, struct bn_conn *conn, const char *text,
                   size_t len)
{
    struct vn_call call = {
        .v = v, .now_ns = now_ns, .ws = conn, .status = 200, .micro = conn->micro};
    struct vn_json *root = vn_json_parse(text, len);
    if (root == NULL || root->kind != VN_JSON_OBJECT) {
        struct vn_effect none = {.execute = true};
        vn_fail(&call, 400, -1135, "Invalid JSON Request");
        send_reply(&call, NULL, &none, 0);
    } else {
        serve(&call, root);
    }
    vn_call_release(&call);
    vn_json_free(root);
}
