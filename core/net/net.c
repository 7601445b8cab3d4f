#include "net/net.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "net/impl.h"

#include "base/banned.h"

int net_init(struct net *net, const struct net_config *config, const struct net_transport *ops)
{
    net->ops = ops;
    net->config = *config;
    net->config.clock = config->clock != NULL ? config->clock : clock_real();
    net->config.max_requests = config->max_requests != 0 ? config->max_requests : 256;
    net->config.max_timers = config->max_timers != 0 ? config->max_timers : 256;
    net->config.max_sockets = config->max_sockets != 0 ? config->max_sockets : 16;
    return timers_init(&net->timers, net->config.max_timers);
}

void net_release(struct net *net)
{
    timers_release(&net->timers);
}

struct net *net_free(struct net *net)
{
    if (net != NULL) {
        net->closing = true;
        net->ops->free(net);
    }
    return NULL;
}

void net_turn_done(struct net *net)
{
    if (net->dirty) {
        net->dirty = false;
        if (net->config.on_turn != NULL) {
            net->config.on_turn(net->config.ctx);
        }
    }
}

void net_text_set(char *text, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, NET_TEXT_SIZE, fmt, args);
    va_end(args);
}

int net_run(struct net *net)
{
    return net->ops->run(net);
}

int net_turn(struct net *net, uint32_t max_wait_ms)
{
    return net->ops->turn(net, max_wait_ms);
}

void net_stop(struct net *net)
{
    net->ops->stop(net);
}

void net_wakeup(struct net *net)
{
    net->ops->wakeup(net);
}

int64_t net_next_due_mono_ns(struct net *net)
{
    return net->ops->next_due_mono_ns(net);
}

int net_origin_add(struct net *net, const struct net_origin_config *config, uint32_t *ret_origin)
{
    if (net->origin_count == NET_ORIGINS) {
        return error_set(ERR_FULL, "more than %d origins", NET_ORIGINS);
    }
    uint32_t number = net->origin_count;
    int status = origin_init(&net->origins[number], config);
    if (status == 0) {
        net->origin_count++;
        status = net->ops->origin_add(net, number);
        if (status < 0) {
            net->origin_count--;
        }
    }
    if (status < 0) {
        (void)error_append("origin '%s'", config->url != NULL ? config->url : "");
        return status;
    }
    *ret_origin = number;
    return 0;
}

uint32_t net_origin_ready(struct net *net, uint32_t origin, enum net_class class_)
{
    if (origin >= net->origin_count || class_ <= NET_CLASS_INVALID || class_ >= NET_CLASS_COUNT) {
        return 0;
    }
    return net->ops->origin_ready(net, origin, class_);
}

void net_origin_resolve(struct net *net, uint32_t origin)
{
    if (origin < net->origin_count) {
        net->ops->origin_resolve(net, origin);
    }
}

static bool is_method(const char *method)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE"};

    for (size_t i = 0; method != NULL && i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(method, methods[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_text(const struct net_text *text)
{
    for (size_t i = 0; i < text->count; i++) {
        if (text->segments[i].len > 0 || text->segments[i].secret != 0) {
            return true;
        }
    }
    return false;
}

static int check_request(const struct net *net, const struct net_http_request *request)
{
    if (request->origin >= net->origin_count || net->origins[request->origin].is_ws) {
        return error_set(ERR_INVALID, "no http origin %u", request->origin);
    }
    if (request->class_ <= NET_CLASS_INVALID || request->class_ >= NET_CLASS_COUNT) {
        return error_set(ERR_INVALID, "no request class %d", (int)request->class_);
    }
    if (request->lane > NET_LANES) {
        return error_set(ERR_INVALID, "no lane %u", request->lane);
    }
    if (!is_method(request->method) || request->on_done == NULL || !has_text(&request->target)) {
        return error_set(ERR_INVALID, "a request needs a known method, a target and on_done");
    }
    bool has_body = has_text(&request->body);
    if (has_body && strcmp(request->method, "GET") == 0) {
        return error_set(ERR_INVALID, "a GET with a body");
    }
    if (!request->resend_safe && !has_body) {
        return error_set(NET_ERR_UNSAFE, "%s without a body could be sent twice", request->method);
    }
    return 0;
}

int net_http_send(struct net *net, const struct net_http_request *request, uint64_t *ret_request)
{
    uint64_t id = 0;

    if (net->closing) {
        return error_set(ERR_CLOSED, "the net is closing");
    }
    int status = check_request(net, request);
    if (status == 0) {
        status = net->ops->http_send(net, request, &id);
    }
    if (status == 0 && ret_request != NULL) {
        *ret_request = id;
    }
    return status;
}

enum net_outcome net_http_cancel(struct net *net, uint64_t request)
{
    return net->ops->http_cancel(net, request);
}

/* One line of the raw headers is `name`; its value without the blanks around it. */
static bool is_header(const char *line, size_t len, const char *name, const char **ret_value,
                      size_t *ret_len)
{
    size_t name_len = strlen(name);

    if (len <= name_len || line[name_len] != ':' || strncasecmp(line, name, name_len) != 0) {
        return false;
    }
    const char *value = line + name_len + 1;
    const char *end = line + len;
    while (value < end && (*value == ' ' || *value == '\t')) {
        value++;
    }
    while (end > value && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r')) {
        end--;
    }
    *ret_value = value;
    *ret_len = (size_t)(end - value);
    return true;
}

bool net_header(const char *headers, size_t headers_len, const char *name, const char **ret_value,
                size_t *ret_len)
{
    while (headers_len > 0) {
        const char *stop = memchr(headers, '\n', headers_len);
        size_t len = stop != NULL ? (size_t)(stop - headers) : headers_len;

        if (is_header(headers, len, name, ret_value, ret_len)) {
            return true;
        }
        len += stop != NULL ? 1 : 0;
        headers += len;
        headers_len -= len;
    }
    return false;
}

int net_ws_open(struct net *net, const struct net_ws_config *config, uint64_t *ret_socket,
                uint32_t *ret_generation)
{
    uint64_t socket = 0;
    uint32_t generation = 0;

    if (net->closing) {
        return error_set(ERR_CLOSED, "the net is closing");
    }
    if (config->origin >= net->origin_count || !net->origins[config->origin].is_ws) {
        return error_set(ERR_INVALID, "no ws origin %u", config->origin);
    }
    if (config->on_open == NULL || config->on_frame == NULL || config->on_close == NULL) {
        return error_set(ERR_INVALID, "a WebSocket needs on_open, on_frame and on_close");
    }
    int status = net->ops->ws_open(net, config, &socket, &generation);
    if (status == 0) {
        *ret_socket = socket;
        if (ret_generation != NULL) {
            *ret_generation = generation;
        }
    }
    return status;
}

int net_ws_send(struct net *net, uint64_t socket, const struct net_ws_message *message)
{
    return net->ops->ws_send(net, socket, message);
}

void net_ws_close(struct net *net, uint64_t socket, uint32_t close_code)
{
    net->ops->ws_close(net, socket, close_code);
}

int net_timer_start(struct net *net, int64_t deadline_mono_ns, void (*fire)(void *ctx), void *ctx,
                    uint64_t *ret_timer)
{
    int status = timers_start(&net->timers, deadline_mono_ns, fire, ctx, ret_timer);

    if (status == 0) {
        net->ops->timers_changed(net);
    }
    return status;
}

int net_timer_start_ms(struct net *net, uint32_t delay_ms, void (*fire)(void *ctx), void *ctx,
                       uint64_t *ret_timer)
{
    return net_timer_start(net, net_mono_ns(net) + delay_ms * CLOCK_NS_PER_MS, fire, ctx,
                           ret_timer);
}

void net_timer_cancel(struct net *net, uint64_t timer)
{
    timers_cancel(&net->timers, timer);
}
