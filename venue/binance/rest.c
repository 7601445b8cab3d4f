/* One HTTP request: faults, limits, key, signature, handler, reply with its headers. */
#include <stdlib.h>
#include <string.h>

#include "../faults/faults.h"
#include "binance.h"

#define JSON_TYPE "application/json;charset=UTF-8"

/* ---- reply ---- */

static void add_headers(struct vn_call *call, struct vn_item *item)
{
    struct venue *v = call->v;
    uint32_t used = vn_window_used(&bn_of(v)->limits.weight, call->now_ns);
    vn_item_header_u64(item, "x-mbx-used-weight", used);
    vn_item_header_u64(item, "x-mbx-used-weight-1m", used);
    if (call->counts_order && call->key != NULL && call->status < 300) {
        struct vn_order_count *count = vn_order_count_of(v, call->key->account, call->now_ns);
        vn_item_header_u64(item, "x-mbx-order-count-10s", count->ten_seconds.used);
        vn_item_header_u64(item, "x-mbx-order-count-1d", count->day.used);
    }
    if (call->retry_after_s > 0) {
        vn_item_header_u64(item, "retry-after", (uint64_t)call->retry_after_s);
    }
    char id[VN_CLIENT_ID];
    struct vn_random r = {.state = v->outbox.next_seq ^ v->config.seed};
    vn_item_header(item, "x-mbx-uuid", vn_fixed_print((int64_t)(vn_random_next(&r) >> 2), 0, id));
}

static void print_error(struct vn_call *call, struct vn_text *out)
{
    vn_text_addf(out, "{\"code\":%d,\"msg\":", call->code);
    vn_text_add_json(out, call->message);
    if (call->has_data) {
        vn_text_add(out, ",\"data\":");
        vn_text_add_n(out, call->out.data, call->out.len);
    }
    vn_text_add_char(out, '}');
}

static struct vn_item *make_reply(struct vn_call *call, uint64_t conn)
{
    struct vn_item *item = vn_item_new(&call->v->outbox, conn, VENUE_OUT_HTTP);
    item->status = (uint32_t)call->status;
    item->content_type = JSON_TYPE;
    add_headers(call, item);
    if (call->code == 0) {
        vn_item_body(item, vn_blob_from(&call->out));
    } else {
        struct vn_text text = {0};
        print_error(call, &text);
        vn_item_body(item, vn_blob_from(&text));
        vn_text_release(&text);
    }
    return item;
}

/* ---- signature ---- */

/* The signed bytes: query, then body, without the last pair, which must be the signature. */
static bool cut_signature(const char *query, size_t query_len, const char *body, size_t body_len,
                          struct vn_text *ret_payload)
{
    vn_text_add_n(ret_payload, query, query_len);
    size_t seam = body_len > 0 ? ret_payload->len : 0;
    vn_text_add_n(ret_payload, body, body_len);
    size_t at = ret_payload->len;
    while (at > 0 && ret_payload->data[at - 1] != '&') {
        at--;
    }
    size_t start = at < seam ? seam : at; /* a body that is nothing but the signature */
    if (strncmp(ret_payload->data + start, "signature=", 10) != 0) {
        return false;
    }
    ret_payload->len = start > seam && start > 0 ? start - 1 : start;
    ret_payload->data[ret_payload->len] = '\0';
    return true;
}

/* Since 2026 the server signs what is percent-encoded: raw bytes that should have been encoded never verify. */
static bool is_encoded(const char *payload)
{
    return payload[strspn(
               payload, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%=&")] ==
           '\0';
}

static bool is_key_format(const char *key)
{
    size_t len = strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    return len >= 1 && len <= 128 && key[len] == '\0';
}

static void authenticate(struct vn_call *call, const struct venue_request *request,
                         const char *query)
{
    const char *api_key = vn_header(request, "x-mbx-apikey");
    if (api_key == NULL || !is_key_format(api_key)) {
        vn_fail(call, 401, -2014, "API-key format invalid.");
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
    struct vn_text payload = {0};
    bool fits = cut_signature(query, strlen(query), request->body, request->body_len, &payload) &&
                is_encoded(payload.data) &&
                vn_signature_fits(key, payload.data, payload.len, signature);
    vn_text_release(&payload);
    if (!fits) {
        vn_fail(call, 400, -1022, "Signature for this request is not valid.");
        return;
    }
    call->key = key;
}

/* ---- the call ---- */

static void read_time_unit(struct vn_call *call, const struct venue_request *request)
{
    const char *unit = vn_header(request, "x-mbx-time-unit");
    if (unit == NULL || strcmp(unit, "MILLISECOND") == 0 || strcmp(unit, "millisecond") == 0) {
        return;
    }
    if (strcmp(unit, "MICROSECOND") == 0 || strcmp(unit, "microsecond") == 0) {
        call->micro = true;
        return;
    }
    vn_fail(call, 400, -1194,
            "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.");
}

static void reply_unknown_path(struct venue *v, int64_t now_ns, const struct venue_request *request)
{
    const char *accept = vn_header(request, "accept");
    bool html = accept != NULL && strstr(accept, "text/html") != NULL;
    vn_reply(v, now_ns, request->conn, 404, html ? "text/html" : JSON_TYPE,
             html ? "<html><body><h2>404 Not found</h2></body></html>" : "");
}

static void execute(struct vn_call *call, const struct venue_request *request, const char *query)
{
    bool get = strcmp(request->method, "GET") == 0;
    vn_params_parse(&call->params, query, strlen(query), get ? "" : request->body,
                    get ? 0 : request->body_len);
    read_time_unit(call, request);
    if (call->status == 200 && call->route->security != VN_PUBLIC) {
        authenticate(call, request, query);
    }
    vn_call_run(call);
}

/* ---- faults on the reply ---- */

static void replace_by_fault(struct vn_call *call, const struct vn_effect *effect)
{
    const struct vn_fault *fault = effect->by[VN_FAULT_TIMEOUT];
    if (fault != NULL) {
        vn_fail(call, 504, -1007,
                "Timeout waiting for response from backend server. Send status unknown; "
                "execution status unknown.");
    }
    fault = effect->by[VN_FAULT_ERROR];
    if (fault != NULL) {
        vn_fail(call, (int)fault->status, (int)fault->code, "%s", fault->message);
    }
    fault = effect->by[VN_FAULT_RATE_LIMIT];
    if (fault != NULL) {
        call->retry_after_s = fault->retry_after_s;
        vn_fail(call, (int)fault->status, -1003, "%s",
                fault->status == 418
                    ? "Way too much request weight used; IP banned."
                    : "Too much request weight used; please use WebSocket Streams.");
    }
    if (fault != NULL || effect->by[VN_FAULT_TIMEOUT] != NULL ||
        effect->by[VN_FAULT_ERROR] != NULL) {
        call->has_data = false;
        return;
    }
    if (effect->by[VN_FAULT_EXTRA_FIELD] != NULL) {
        vn_text_insert(&call->out, "{", "\"zzNobodyKnows\":{\"a\":[1,\"x\",null]},");
    }
    if (effect->by[VN_FAULT_UNKNOWN_ENUM] != NULL) {
        vn_text_insert(&call->out, "\"filters\":[",
                       "{\"filterType\":\"NOBODY_KNOWS\",\"limit\":7},");
        vn_text_insert(&call->out, "\"status\":\"", "NOBODY_KNOWS_");
    }
}

static void send_reply(struct vn_call *call, const struct venue_request *request,
                       const struct vn_effect *effect, uint64_t seq)
{
    struct venue *v = call->v;
    replace_by_fault(call, effect);
    struct vn_item *item = make_reply(call, request->conn);
    item->seq = seq;
    item->due_ns = call->now_ns;
    vn_faults_reply(v, item, effect);
}

/* ---- entry ---- */

static void serve(struct venue *v, int64_t now_ns, const struct venue_request *request,
                  const char *path, const char *query, bool deferred)
{
    bool path_known = false;
    const struct vn_route *route = vn_route_rest(request->method, path, &path_known);
    struct vn_effect effect = {.execute = true};
    if (!deferred) {
        vn_faults_request(v, VN_BINANCE, request->method, path, &effect);
    }
    if (vn_faults_before(v, now_ns, request, &effect)) {
        return;
    }
    if (route == NULL && !path_known) {
        reply_unknown_path(v, now_ns, request);
        return;
    }
    struct vn_call call = {.v = v, .now_ns = now_ns, .route = route, .status = 200};
    bool reply_first = v->config.shuffle && vn_random_below(&v->random, 2) == 0;
    uint64_t seq = reply_first ? vn_outbox_reserve(&v->outbox) : 0;
    if (route == NULL) {
        vn_fail(&call, 405, -1020, "This operation is not supported.");
    } else if (effect.execute) {
        execute(&call, request, query);
    }
    send_reply(&call, request, &effect, seq);
    vn_call_release(&call);
}

void vn_binance_http(struct venue *v, int64_t now_ns, const struct venue_request *request,
                     bool deferred)
{
    const char *query = NULL;
    char *path = vn_target_split(request->target, &query);
    serve(v, now_ns, request, path, query, deferred);
    free(path);
}
