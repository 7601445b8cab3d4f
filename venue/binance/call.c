/* What stands between a frame and its handler, the same for REST and the WebSocket API. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binance.h"

void vn_fail(struct vn_call *call, int status, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(call->message, sizeof(call->message), format, args);
    va_end(args);
    call->status = status;
    call->code = code;
}

const char *vn_arg(const struct vn_call *call, const char *name)
{
    return vn_params_get(&call->params, name);
}

static void fail_missing(struct vn_call *call, const char *name)
{
    vn_fail(call, 400, -1102,
            "Mandatory parameter '%s' was not sent, was empty/null, or malformed.", name);
}

const char *vn_need(struct vn_call *call, const char *name)
{
    const char *value = vn_arg(call, name);
    if (value == NULL || value[0] == '\0') {
        fail_missing(call, name);
        return NULL;
    }
    return value;
}

struct vn_symbol *vn_need_symbol(struct vn_call *call)
{
    const char *name = vn_need(call, "symbol");
    if (name == NULL) {
        return NULL;
    }
    struct vn_symbol *symbol = vn_symbol_find(&call->v->engine, name);
    if (symbol == NULL) {
        vn_fail(call, 400, -1121, "Invalid symbol.");
    }
    return symbol;
}

int64_t vn_arg_int(const struct vn_call *call, const char *name, int64_t otherwise)
{
    const char *text = vn_arg(call, name);
    int64_t value = otherwise;
    return text == NULL || vn_fixed_parse(text, strlen(text), 0, &value) < 0 ? otherwise : value;
}

/* Milliseconds or microseconds, told apart by their size. */
int64_t vn_arg_ns(const struct vn_call *call, const char *name, int64_t otherwise_ns)
{
    int64_t value = vn_arg_int(call, name, -1);
    if (value < 0) {
        return otherwise_ns;
    }
    bool millis = value <= VN_TIME_MAX_NS / VN_MS;
    int64_t unit = millis ? VN_MS : 1000;
    int64_t ns = value <= VN_TIME_MAX_NS / unit ? value * unit : VN_TIME_MAX_NS;
    return ns - vn_server_ns(call->v, 0);
}

void vn_add_time(const struct vn_call *call, struct vn_text *out, int64_t ns)
{
    vn_text_add_i64(out, vn_server_ns(call->v, ns) / (call->micro ? 1000 : VN_MS));
}

/* ---- parameters: names, then characters ---- */

static bool word_in(const char *list, const char *word)
{
    size_t len = strlen(word);
    if (len == 0 || strchr(word, ' ') != NULL) {
        return false;
    }
    for (const char *at = list; (at = strstr(at, word)) != NULL; at++) {
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}

#define DECIMALS "quantity price stopPrice icebergQty quoteOrderQty newQty"
#define INTEGERS                                                                                   \
    "orderId cancelOrderId timestamp startTime endTime fromId limit strategyId strategyType "      \
    "trailingDelta pegOffsetValue"
#define CLIENT_IDS                                                                                 \
    "newClientOrderId origClientOrderId cancelOrigClientOrderId cancelNewClientOrderId"

static bool is_decimal(const char *text)
{
    size_t whole = strspn(text, "0123456789");
    if (whole < 1 || whole > 20) {
        return false;
    }
    if (text[whole] == '\0') {
        return true;
    }
    size_t part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    return part >= 1 && part <= 20 && text[whole + 1 + part] == '\0';
}

static bool is_integer(const char *text)
{
    size_t len = strspn(text, "0123456789");
    return len >= 1 && len <= 20 && text[len] == '\0';
}

static bool is_client_id(const char *text)
{
    size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    return len >= 1 && len <= 36 && text[len] == '\0';
}

static bool is_symbol(const char *text)
{
    size_t characters = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        bool fine = *p >= 0x80 || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
                    *p == '-' || *p == '_' || *p == '.';
        if (!fine) {
            return false;
        }
        characters += (*p & 0xC0) != 0x80;
    }
    return characters >= 1 && characters <= 50;
}

/* ["A","B"]: no space, upper case. */
static bool is_symbol_list(const char *text)
{
    size_t len = strlen(text);
    if (len < 4 || text[0] != '[' || text[len - 1] != ']') {
        return false;
    }
    char name[VN_NAME];
    for (const char *at = text + 1; *at == '"';) {
        size_t n = strcspn(at + 1, "\"");
        if (at[1 + n] != '"' || n == 0 || n >= sizeof(name)) {
            return false;
        }
        memcpy(name, at + 1, n);
        name[n] = '\0';
        at += n + 2;
        if (!is_symbol(name)) {
            return false;
        }
        if (*at == ']') {
            return at[1] == '\0';
        }
        if (*at++ != ',') {
            return false;
        }
    }
    return false;
}

/* NULL: fine; else the legal range, as the venue prints it. */
static const char *illegal(const struct vn_param *p)
{
    if (word_in(DECIMALS, p->name)) {
        return is_decimal(p->value) ? NULL : "^([0-9]{1,20})(\\.[0-9]{1,20})?$";
    }
    if (word_in(INTEGERS, p->name)) {
        return is_integer(p->value) ? NULL : "^[0-9]{1,20}$";
    }
    if (word_in(CLIENT_IDS, p->name)) {
        return is_client_id(p->value) ? NULL : "^[a-zA-Z0-9-_]{1,36}$";
    }
    if (strcmp(p->name, "symbol") == 0) {
        return is_symbol(p->value) ? NULL : "^[\\w\\-._&&[^a-z]]{1,50}$";
    }
    if (strcmp(p->name, "symbols") == 0) {
        return is_symbol_list(p->value) ? NULL : "^\\[(\"[A-Z0-9-_.]{1,50}\",?)+\\]$";
    }
    return NULL;
}

static bool is_legal_name(const struct vn_call *call, const char *name)
{
    const struct vn_route *route = call->route;
    if (word_in(route->params, name)) {
        return true;
    }
    if (call->ws != NULL && strcmp(name, "returnRateLimits") == 0) {
        return true;
    }
    if (route->security == VN_PUBLIC) {
        return false;
    }
    return word_in("recvWindow timestamp signature", name) ||
           (call->ws != NULL && strcmp(name, "apiKey") == 0);
}

bool vn_check_parameters(struct vn_call *call)
{
    const struct vn_params *p = &call->params;
    int read = 0;
    for (int i = 0; i < p->count; i++) {
        read += is_legal_name(call, p->items[i].name);
    }
    if (read < p->count) {
        vn_fail(call, 400, -1104,
                "Not all sent parameters were read; read '%d' parameter(s) but was sent '%d'.",
                read, p->count);
        return false;
    }
    for (int i = 0; i < p->count; i++) {
        if (p->items[i].value[0] == '\0') {
            vn_fail(call, 400, -1105, "Parameter '%s' was empty.", p->items[i].name);
            return false;
        }
        const char *range = illegal(&p->items[i]);
        if (range != NULL) {
            vn_fail(call, 400, -1100,
                    "Illegal characters found in parameter '%s'; legal range is '%s'.",
                    p->items[i].name, range);
            return false;
        }
    }
    return true;
}

/* ---- time ---- */

#define RECV_WINDOW_MAX_US 60000000

bool vn_check_time(struct vn_call *call)
{
    const char *text = vn_need(call, "timestamp");
    if (text == NULL) {
        return false;
    }
    int64_t timestamp = 0;
    if (!is_integer(text) || vn_fixed_parse(text, strlen(text), 0, &timestamp) < 0) {
        fail_missing(call, "timestamp");
        return false;
    }
    int64_t window_us = 5000000;
    const char *window = vn_arg(call, "recvWindow");
    if (window != NULL && vn_fixed_parse(window, strlen(window), 3, &window_us) < 0) {
        fail_missing(call, "recvWindow");
        return false;
    }
    if (window_us > RECV_WINDOW_MAX_US) {
        vn_fail(call, 400, -1102,
                "Parameter 'recvWindow' was not sent, was empty/null, or malformed. Cannot be "
                "greater than 60000.");
        return false;
    }
    int64_t sent_us = timestamp > 99999999999999LL ? timestamp : timestamp * 1000;
    int64_t server_us = vn_server_ns(call->v, call->now_ns) / 1000;
    if (sent_us >= server_us + 1000000) {
        vn_fail(call, 400, -1021,
                "Timestamp for this request was 1000ms ahead of the server's time.");
        return false;
    }
    if (server_us - sent_us > window_us) {
        vn_fail(call, 400, -1021, "Timestamp for this request is outside of the recvWindow.");
        return false;
    }
    return true;
}

/* ---- the run ---- */

static bool may(struct vn_call *call)
{
    uint32_t needed = call->route->security == VN_SIGNED_TRADE ? VENUE_MAY_TRADE : VENUE_MAY_READ;
    if (call->route->security == VN_SESSION) {
        needed = VENUE_MAY_STREAM;
    }
    if ((call->key->permissions & needed) == 0) {
        vn_fail(call, 401, -2015, "Invalid API-key, IP, or permissions for action.");
        return false;
    }
    return true;
}

static void run(struct vn_call *call)
{
    const struct vn_route *route = call->route;
    uint32_t weight = route->weigh == NULL ? route->weight : route->weigh(call);
    if (!vn_limit_charge(call, weight)) {
        return;
    }
    if (call->params.duplicate != NULL) {
        vn_fail(call, 400, -1101, "Duplicate values for parameter '%s' detected.",
                call->params.duplicate);
        return;
    }
    if (call->params.overflow || call->params.broken) {
        vn_fail(call, 400, call->params.overflow ? -1101 : -1100,
                call->params.overflow ? "Too many parameters."
                                      : "Illegal characters found in a parameter.");
        return;
    }
    if (route->security != VN_PUBLIC && (call->key == NULL || !vn_check_time(call) || !may(call))) {
        return; /* without a key the frame has said why */
    }
    if (!vn_check_parameters(call)) {
        return;
    }
    route->handler(call);
    if (call->status == 200 && route->free_on_success) {
        vn_limit_refund(call, weight);
    }
}

void vn_call_run(struct vn_call *call)
{
    if (call->status == 200) {
        run(call);
    } else {
        vn_limit_charge(call, call->route == NULL ? 1 : call->route->weight);
    }
}

void vn_call_release(struct vn_call *call)
{
    vn_params_release(&call->params);
    vn_text_release(&call->out);
}
