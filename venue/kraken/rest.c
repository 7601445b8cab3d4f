/* One HTTP request: faults, arguments, gate, handler, envelope. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kraken.h"

#define JSON_TYPE "application/json; charset=utf-8"

#define READ VENUE_MAY_READ
#define TRADE VENUE_MAY_TRADE
#define STREAM VENUE_MAY_STREAM

static const struct vk_route routes[] = {
    {"/0/public/Time", false, 0, 0, vk_do_time},
    {"/0/public/SystemStatus", false, 0, 0, vk_do_system},
    {"/0/public/Assets", false, 0, 0, vk_do_assets},
    {"/0/public/AssetPairs", false, 0, 0, vk_do_pairs},
    {"/0/public/Ticker", false, 0, 0, vk_do_ticker},
    {"/0/public/Depth", false, 0, 0, vk_do_depth},
    {"/0/public/OHLC", false, 0, 0, vk_do_ohlc},
    {"/0/public/Trades", false, 0, 0, vk_do_trades},
    {"/0/private/Balance", true, READ, 1, vk_do_balance},
    {"/0/private/BalanceEx", true, READ, 1, vk_do_balance_ex},
    {"/0/private/TradeBalance", true, READ, 1, vk_do_trade_balance},
    {"/0/private/OpenOrders", true, READ, 1, vk_do_open_orders},
    {"/0/private/ClosedOrders", true, READ, 1, vk_do_closed_orders},
    {"/0/private/QueryOrders", true, READ, 1, vk_do_query_orders},
    {"/0/private/TradesHistory", true, READ, -1, vk_do_trades_history},
    {"/0/private/QueryTrades", true, READ, -1, vk_do_query_trades},
    {"/0/private/GetApiKeyInfo", true, 0, 1, vk_do_key_info},
    {"/0/private/GetWebSocketsToken", true, STREAM, 1, vk_do_token},
    {"/0/private/AddOrder", true, TRADE, 0, vk_do_add},
    {"/0/private/AddOrderBatch", true, TRADE, 0, vk_do_add_batch},
    {"/0/private/AmendOrder", true, TRADE, 0, vk_do_amend},
    {"/0/private/EditOrder", true, TRADE, 0, vk_do_edit},
    {"/0/private/CancelOrder", true, TRADE, 0, vk_do_cancel},
    {"/0/private/CancelOrderBatch", true, TRADE, 0, vk_do_cancel_batch},
    {"/0/private/CancelAll", true, TRADE, 1, vk_do_cancel_all},
    {"/0/private/CancelAllOrdersAfter", true, TRADE, 1, vk_do_cancel_after},
};

const struct vk_route *vk_route_find(const char *path)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (strcmp(routes[i].path, path) == 0) {
            return &routes[i];
        }
    }
    return NULL;
}

/* ---- arguments ---- */

void vk_fail(struct vk_call *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(call->error, sizeof(call->error), format, args);
    va_end(args);
}

const char *vk_arg(const struct vk_call *call, const char *name)
{
    if (call->args.json == NULL) {
        return vn_params_get(&call->args.form, name);
    }
    return vn_json_text(call->args.json, name, NULL);
}

int64_t vk_arg_int(const struct vk_call *call, const char *name, int64_t otherwise)
{
    const char *text = vk_arg(call, name);
    int64_t value = otherwise;
    return text == NULL || vn_fixed_parse(text, strlen(text), 0, &value) < 0 ? otherwise : value;
}

bool vk_arg_bool(const struct vk_call *call, const char *name, bool otherwise)
{
    const char *text = vk_arg(call, name);
    if (text == NULL || text[0] == '\0') {
        return otherwise;
    }
    return strcmp(text, "true") == 0 || strcmp(text, "1") == 0 || strcmp(text, "True") == 0;
}

struct vn_symbol *vk_arg_pair(struct vk_call *call)
{
    const char *name = vk_arg(call, "pair");
    if (call->pair != NULL) {
        return call->pair;
    }
    if (name == NULL || name[0] == '\0') {
        vk_fail(call, "EGeneral:Invalid arguments");
        return NULL;
    }
    struct vn_symbol *symbol = vk_pair_read(call->v, name);
    if (symbol == NULL) {
        vk_fail(call, "EQuery:Unknown asset pair");
    }
    return symbol;
}

static bool is_json(const struct venue_request *request)
{
    const char *type = vn_header(request, "content-type");
    return type != NULL && strstr(type, "json") != NULL;
}

static void args_read(struct vk_call *call, const struct venue_request *request, const char *query)
{
    bool get = strcmp(request->method, "GET") == 0;
    if (!get && is_json(request)) {
        call->args.root = vn_json_parse(request->body, request->body_len);
        call->args.json = call->args.root;
        if (call->args.root == NULL || call->args.root->kind != VN_JSON_OBJECT) {
            vk_fail(call, "EGeneral:Invalid arguments");
        }
        return;
    }
    vn_params_parse(&call->args.form, query, strlen(query), get ? "" : request->body,
                    get ? 0 : request->body_len);
    if (call->args.form.broken || call->args.form.overflow || call->args.form.duplicate != NULL) {
        vk_fail(call, "EGeneral:Invalid arguments");
    }
}

static void args_release(struct vk_args *args)
{
    if (args->root != NULL) {
        vn_json_free(args->root);
    }
    vn_params_release(&args->form);
}

/* ---- the call ---- */

static void execute(struct vk_call *call, const struct venue_request *request, const char *path,
                    const char *query)
{
    const struct vk_route *route = vk_route_find(path);
    bool post = strcmp(request->method, "POST") == 0;
    if (route == NULL || (route->secret && !post)) {
        vk_fail(call, "EGeneral:Unknown method");
        return;
    }
    args_read(call, request, query);
    if (call->error[0] == '\0' && route->secret) {
        vk_gate(call, request, path, route->permission);
    }
    if (call->error[0] == '\0' &&
        (!route->secret || route->cost == 0 || vk_rest_charge(call, route->cost))) {
        route->handler(call);
    }
}

/* ---- the reply ---- */

static void print_error(struct vk_call *call, struct vn_text *body)
{
    const struct vn_fault *shape =
        vn_faults_event(call->v, VN_KRAKEN, VK_FAULT(VK_FAULT_RESULT_SHAPE), NULL);
    vn_text_add(body, "{\"error\":[");
    vn_text_add_json(body, call->error);
    vn_text_add_char(body, ']');
    if (shape != NULL) {
        vn_text_addf(body, ",\"result\":%s", strcmp(shape->message, "null") == 0 ? "null" : "{}");
    }
    vn_text_add_char(body, '}');
}

/* Faults that put words into the venue's mouth. The status of TIMEOUT and ERROR is 200: errors are in the envelope. */
static uint32_t speak_for_faults(struct vk_call *call, const struct vn_effect *effect)
{
    const struct vn_fault *error = effect->by[VN_FAULT_ERROR];
    uint32_t status = 200;
    if (effect->by[VN_FAULT_TIMEOUT] != NULL) {
        vk_fail(call, "EService:Timeout");
    }
    if (error != NULL) {
        vk_fail(call, "%s", error->message[0] == 'E' ? error->message : "EService:Unavailable");
    }
    if (effect->by[VN_FAULT_RATE_LIMIT] != NULL) {
        status = (uint32_t)effect->by[VN_FAULT_RATE_LIMIT]->status;
        vk_fail(call, "EGeneral:Too many requests");
    }
    return status;
}

static void reply(struct vk_call *call, const struct venue_request *request,
                  const struct vn_effect *effect, uint64_t seq)
{
    struct vn_text body = {0};
    uint32_t status = speak_for_faults(call, effect);
    if (call->error[0] != '\0') {
        print_error(call, &body);
    } else {
        vn_text_add(&body, "{\"error\":[],\"result\":");
        vn_text_add(&body, call->out.len == 0 ? "{}" : call->out.data);
        if (effect->by[VN_FAULT_EXTRA_FIELD] != NULL) {
            vn_text_add(&body, ",\"zzNobodyKnows\":{\"a\":[1,\"x\",null]}");
        }
        vn_text_add_char(&body, '}');
    }
    struct vn_item *item = vn_item_new(&call->v->outbox, request->conn, VENUE_OUT_HTTP);
    item->status = status;
    item->seq = seq;
    item->due_ns = call->now_ns;
    item->content_type = JSON_TYPE;
    vn_item_body(item, vn_blob_from(&body));
    vn_text_release(&body);
    vn_faults_reply(call->v, item, effect);
}

void vk_http(struct venue *v, int64_t now_ns, const struct venue_request *request, bool deferred)
{
    const char *query = NULL;
    char *path = vn_target_split(request->target, &query);
    struct vn_effect effect = {.execute = true};
    if (!deferred) {
        vn_faults_request(v, VN_KRAKEN, request->method, path, &effect);
    }
    if (!vn_faults_before(v, now_ns, request, &effect)) {
        struct vk_call call = {.v = v, .now_ns = now_ns, .held = deferred};
        bool reply_first = v->config.shuffle && vn_random_below(&v->random, 2) == 0;
        uint64_t seq = reply_first ? vn_outbox_reserve(&v->outbox) : 0;
        if (effect.execute) {
            execute(&call, request, path, query);
        }
        reply(&call, request, &effect, seq);
        args_release(&call.args);
        vn_text_release(&call.out);
    }
    free(path);
}
