/* One HTTP request: faults, token, rate, handler, reply. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coinbase.h"

#define JSON_TYPE "application/json"

/* ---- failing ---- */

void vc_fail(struct vc_call *call, int status, const char *error, const char *format, ...)
{
    char message[320];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    call->status = status;
    vn_text_clear(&call->out);
    vn_text_add(&call->out, "{\"error\":");
    vn_text_add_json(&call->out, error);
    vc_add_text(&call->out, "error_details", message);
    vc_add_text(&call->out, "message", message);
    vn_text_add_char(&call->out, '}');
}

void vc_invalid(struct vc_call *call, const char *format, ...)
{
    char message[320];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    vc_fail(call, 400, "INVALID_ARGUMENT", "%s", message);
}

/* As the gateway in front of the service speaks. */
static void gateway_fail(struct vc_call *call, int status, int code, const char *message)
{
    call->status = status;
    vn_text_clear(&call->out);
    vn_text_addf(&call->out, "{\"error\":\"%s\",\"code\":%d,\"message\":\"%s\",\"details\":[]}",
                 message, code, message);
}

/* ---- routes ---- */

struct route {
    const char *method;
    const char *path;    /* below the base; {} stands for one part */
    uint32_t permission; /* 0: public */
    vc_handler_fn handler;
};

static const struct route routes[] = {
    {"GET", "/time", 0, vc_do_time},
    {"GET", "/market/products", 0, vc_do_products},
    {"GET", "/market/products/{}", 0, vc_do_product},
    {"GET", "/market/products/{}/ticker", 0, vc_do_ticker},
    {"GET", "/market/products/{}/candles", 0, vc_do_candles},
    {"GET", "/market/product_book", 0, vc_do_book},
    {"GET", "/products", VENUE_MAY_READ, vc_do_products},
    {"GET", "/products/{}", VENUE_MAY_READ, vc_do_product},
    {"GET", "/products/{}/ticker", VENUE_MAY_READ, vc_do_ticker},
    {"GET", "/products/{}/candles", VENUE_MAY_READ, vc_do_candles},
    {"GET", "/product_book", VENUE_MAY_READ, vc_do_book},
    {"GET", "/best_bid_ask", VENUE_MAY_READ, vc_do_best},
    {"GET", "/key_permissions", VENUE_MAY_ALL | VENUE_MAY_TRANSFER, vc_do_permissions},
    {"GET", "/accounts", VENUE_MAY_READ, vc_do_accounts},
    {"GET", "/accounts/{}", VENUE_MAY_READ, vc_do_account},
    {"GET", "/portfolios", VENUE_MAY_READ, vc_do_portfolios},
    {"GET", "/transaction_summary", VENUE_MAY_READ, vc_do_summary},
    {"POST", "/orders", VENUE_MAY_TRADE, vc_do_create},
    {"POST", "/orders/preview", VENUE_MAY_TRADE, vc_do_preview},
    {"POST", "/orders/edit", VENUE_MAY_TRADE, vc_do_edit},
    {"POST", "/orders/edit_preview", VENUE_MAY_TRADE, vc_do_edit_preview},
    {"POST", "/orders/batch_cancel", VENUE_MAY_TRADE, vc_do_cancel},
    {"GET", "/orders/historical/batch", VENUE_MAY_READ, vc_do_batch},
    {"GET", "/orders/historical/fills", VENUE_MAY_READ, vc_do_fills},
    {"GET", "/orders/historical/{}", VENUE_MAY_READ, vc_do_order},
};

/* The part that {} stands for goes to ret_id. */
static bool fits(const char *pattern, const char *path, char *ret_id, size_t cap)
{
    size_t len = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '{') {
            len = strcspn(path, "/");
            if (len == 0 || len >= cap) {
                return false;
            }
            memcpy(ret_id, path, len);
            ret_id[len] = '\0';
            path += len;
            pattern++;
        } else if (*pattern != *path++) {
            return false;
        }
    }
    return *path == '\0' && (len == 0 || vn_percent_decode(ret_id));
}

static const struct route *route_of(struct vc_call *call, const char *method, const char *path)
{
    bool known = false;
    size_t base = strlen(VC_BASE);
    for (size_t i = 0; strncmp(path, VC_BASE, base) == 0 && i < sizeof(routes) / sizeof(routes[0]);
         i++) {
        char id[sizeof(call->id)] = "";
        if (!fits(routes[i].path, path + base, id, sizeof(id))) {
            continue;
        }
        known = true;
        if (strcmp(routes[i].method, method) == 0) {
            memcpy(call->id, id, sizeof(id));
            return &routes[i];
        }
    }
    if (known) {
        gateway_fail(call, 405, 12, "Method Not Allowed");
    } else {
        gateway_fail(call, 404, 5, "Not Found");
    }
    return NULL;
}

/* ---- the call ---- */

static bool read_body(struct vc_call *call)
{
    const struct venue_request *request = call->request;
    if (strcmp(request->method, "POST") != 0) {
        return true; /* some clients send a body with GET; nobody looks */
    }
    call->body = vn_json_parse(request->body, request->body_len);
    if (call->body == NULL || call->body->kind != VN_JSON_OBJECT) {
        vc_invalid(call, "the body is not a JSON object");
        return false;
    }
    return true;
}

static void execute(struct vc_call *call, const char *path)
{
    const struct route *route = route_of(call, call->request->method, path);
    if (route == NULL) {
        return;
    }
    bool is_private = route->permission != 0;
    if ((is_private && !vc_authenticate(call, call->request->method, path)) ||
        !vc_rate_take(call, is_private) || !read_body(call) ||
        (is_private && !vc_allowed(call, route->permission))) {
        return;
    }
    if (call->query.broken) {
        vc_invalid(call, "a broken escape in the query");
        return;
    }
    if (!vc_cache_get(call)) {
        route->handler(call);
        vc_cache_put(call);
    }
}

/* ---- faults on the reply ---- */

static void replace_by_fault(struct vc_call *call, const struct vn_effect *effect)
{
    const struct vn_fault *fault = effect->by[VN_FAULT_TIMEOUT];
    if (fault != NULL) {
        call->status = 504;
        call->content_type = "text/plain";
        vn_text_clear(&call->out);
        vn_text_add(&call->out, "upstream request timeout");
    }
    fault = effect->by[VN_FAULT_ERROR];
    if (fault != NULL) {
        call->content_type = JSON_TYPE;
        vc_fail(call, (int)fault->status, fault->status == 403 ? "PERMISSION_DENIED" : "INTERNAL",
                "%s", fault->message);
    }
    fault = effect->by[VN_FAULT_RATE_LIMIT];
    if (fault != NULL) {
        call->status = (int)fault->status;
        call->content_type = JSON_TYPE;
        vn_text_clear(&call->out);
        vc_rate_refuse(call);
    }
    if (effect->by[VN_FAULT_EXTRA_FIELD] != NULL) {
        vn_text_insert(&call->out, "{", "\"zz_nobody_knows\":{\"a\":[1,\"x\",null]},");
    }
    if (effect->by[VN_FAULT_UNKNOWN_ENUM] != NULL) {
        vn_text_insert(&call->out, "\"status\":\"", "NOBODY_KNOWS_");
    }
}

static void reply(struct vc_call *call, const struct vn_effect *effect, uint64_t seq)
{
    replace_by_fault(call, effect);
    struct vn_item *item = vn_item_new(&call->v->outbox, call->request->conn, VENUE_OUT_HTTP);
    item->seq = seq;
    item->status = (uint32_t)call->status;
    item->due_ns = call->now_ns;
    item->content_type = call->content_type;
    vc_rate_headers(call, item);
    vn_item_body(item, vn_blob_from(&call->out));
    vn_faults_reply(call->v, item, effect);
}

void vc_http(struct venue *v, int64_t now_ns, const struct venue_request *request, bool deferred)
{
    const char *query = NULL;
    char *path = vn_target_split(request->target, &query);
    struct vn_effect effect = {.execute = true};
    if (!deferred) {
        vn_faults_request(v, VN_COINBASE, request->method, path, &effect);
    }
    if (vn_faults_before(v, now_ns, request, &effect)) {
        free(path);
        return;
    }
    struct vc_call call = {.v = v,
                           .state = vc_state(v),
                           .now_ns = now_ns,
                           .request = request,
                           .status = 200,
                           .content_type = JSON_TYPE};
    bool reply_first = v->config.shuffle && vn_random_below(&v->random, 2) == 0;
    uint64_t seq = reply_first ? vn_outbox_reserve(&v->outbox) : 0;
    vc_query_read(&call.query, query);
    if (effect.execute) {
        execute(&call, path);
    }
    reply(&call, &effect, seq);
    vc_query_release(&call.query);
    vn_json_free(call.body);
    vn_text_release(&call.out);
    free(path);
}
