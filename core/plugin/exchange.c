#include "plugin/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "plugin/exchange_impl.h"

/* The estimate is used a little in the past: venues tolerate late time stamps, not early ones. */
/* Orders that may be unanswered at once: more are denied, never queued. */
#define TRADE_CONNECTIONS 4
#define VENUE_TIME_MARGIN_NS (2 * CLOCK_NS_PER_MS)

/* The endpoint that may be asked for nothing, to keep connections open. */
static const struct sofia_endpoint *warm_endpoint(const struct sofia_exchange *desc,
                                                  uint32_t origin)
{
    for (uint32_t i = 0; i < desc->endpoint_count; i++) {
        const struct sofia_endpoint *endpoint = &desc->endpoints[i];
        if (endpoint->origin == origin && (endpoint->flags & SOFIA_ENDPOINT_WARM) != 0 &&
            endpoint->class_ == SOFIA_CLASS_PUBLIC && strcmp(endpoint->method, "GET") == 0) {
            return endpoint;
        }
    }
    return NULL;
}

static const char *warm_target(const struct sofia_exchange *desc, uint32_t origin)
{
    const struct sofia_endpoint *endpoint = warm_endpoint(desc, origin);
    return endpoint == NULL ? NULL : endpoint->path;
}

static int add_origins(struct exchange *x, const struct exchange_config *config)
{
    for (uint32_t i = 0; i < x->desc->origin_count; i++) {
        char url[256] = "";
        int rc = x->desc->origin_url(x->instance.self, i, url, sizeof(url));
        if (rc != 0 || url[0] == '\0') {
            return error_set(ERR_INVALID, "%s gives no URL for its origin '%s'", x->instance.name,
                             x->desc->origins[i].name);
        }
        struct net_origin_config origin = {
            .url = url,
            .trust = config->trust,
            .warm_target = warm_target(x->desc, i),
            .connections = {
                [NET_CLASS_TRADE] = TRADE_CONNECTIONS, [NET_CLASS_CANCEL] = TRADE_CONNECTIONS}};
        rc = net_origin_add(x->net, &origin, &x->origins[i]);
        if (rc != 0) {
            return error_append("%s: origin '%s' at %s", x->instance.name, x->desc->origins[i].name,
                                url);
        }
    }
    return 0;
}

static int create_adapter(struct exchange *x)
{
    guard_enter(&x->instance);
    int rc = x->desc->create(&x->instance.host, &x->instance.self);
    guard_leave(&x->instance, "create");
    return rc == 0 ? 0
                   : error_set(ERR_INVALID, "%s: the adapter refused its options (status %d)",
                               x->instance.name, rc);
}

int exchange_new(const struct exchange_config *config, uint32_t number, const char *name,
                 const struct module *module, const struct config_bound *options, struct keys *keys,
                 struct clock *clock, struct exchange **ret_exchange)
{
    struct exchange *x = mem_aligned(sizeof(*x));
    if (x == NULL) {
        return error_set(ERR_NOMEM, "exchange '%s'", name);
    }
    instance_init(&x->instance, number, name, module, options, keys, clock);
    x->instance.owner = x;
    x->desc = x->instance.desc->descriptor;
    x->net = config->net;
    x->owner = config->owner;
    x->running_clock = config->running_clock;
    x->budgets = config->budgets;
    offset_init(&x->offset, &config->offset);
    x->nonce_dir = config->nonce_dir;
    exchange_host_init(x);
    int rc = exchange_queue_init(x, config->queue_records);
    rc = rc != 0 ? rc : exchange_local_init(x);
    rc = rc != 0 ? rc : create_adapter(x);
    rc = rc != 0 ? rc : add_origins(x, config);
    rc = rc != 0 ? rc : exchange_add_buckets(x);
    if (rc != 0) {
        exchange_free(x);
        return rc;
    }
    *ret_exchange = x;
    return 0;
}

struct exchange *exchange_free(struct exchange *x)
{
    if (x != NULL) {
        if (x->instance.self != NULL) {
            x->desc->destroy(x->instance.self);
        }
        exchange_queue_release(x);
        exchange_local_release(x);
        exchange_host_release(x);
        free(x);
    }
    return NULL;
}

struct instance *exchange_instance(struct exchange *x)
{
    return &x->instance;
}

const struct sofia_exchange *exchange_descriptor(const struct exchange *x)
{
    return x->desc;
}

int exchange_start(struct exchange *x)
{
    x->started = true;
    guard_enter(&x->instance);
    int rc = x->desc->start(x->instance.self);
    guard_leave(&x->instance, "start");
    if (rc != 0) {
        x->started = false;
        return error_set(ERR_WRONG_STATE, "%s did not start (status %d)", x->instance.name, rc);
    }
    return 0;
}

void exchange_stop(struct exchange *x)
{
    if (!x->started) {
        return;
    }
    exchange_drop_calls(x);
    guard_enter(&x->instance);
    x->desc->stop(x->instance.self);
    guard_leave(&x->instance, "stop");
    x->started = false;
    for (uint32_t i = 0; i < EXCHANGE_STREAMS; i++) {
        if (x->streams[i].wanted) {
            exchange_stream_drop(&x->streams[i], false, "the engine is stopping");
        }
    }
    for (uint32_t i = 0; i < EXCHANGE_TIMERS; i++) {
        if (x->timers[i].busy) {
            net_timer_cancel(x->net, x->timers[i].net_timer);
            x->timers[i].busy = false;
        }
    }
}

int exchange_subscribe(struct exchange *x, uint32_t instrument, const char *venue_symbol,
                       bool wanted)
{
    if (x->instance.quarantined || !x->started) {
        return error_set(ERR_WRONG_STATE, "%s is stopped", x->instance.name);
    }
    guard_enter(&x->instance);
    int rc = x->desc->subscribe(x->instance.self, instrument, venue_symbol, wanted ? 1 : 0);
    guard_leave(&x->instance, "subscribe");
    return rc == 0 ? 0
                   : error_set(ERR_INVALID, "%s cannot subscribe to %s (status %d)",
                               x->instance.name, venue_symbol, rc);
}

/* ---- readiness and the venue's clock ---- */

bool exchange_is_ready(const struct exchange *x)
{
    int64_t now;
    if (x->instance.quarantined || !x->started || exchange_venue_now_ns(x, &now) != 0) {
        return false;
    }
    bool local = false;
    for (uint32_t i = 0; i < x->desc->endpoint_count; i++) {
        const struct sofia_endpoint *endpoint = &x->desc->endpoints[i];
        if (endpoint->class_ != SOFIA_CLASS_TRADE || strcmp(endpoint->method, "WS") == 0) {
            continue;
        }
        if (!exchange_is_local(endpoint)) {
            return net_origin_ready(x->net, x->origins[endpoint->origin], NET_CLASS_TRADE) > 0;
        }
        local = true;
    }
    /* What fills orders by itself does so against a market: without one it is not there. */
    return !local || exchange_streams_up(x, SOFIA_STREAM_MARKET) > 0;
}

int exchange_clock_sample(struct exchange *x, const struct exchange_call *call, int64_t server_ns)
{
    return offset_add(&x->offset, call->sent_mono_ns, call->done_mono_ns, server_ns);
}

int exchange_venue_now_ns(const struct exchange *x, int64_t *ret_now_ns)
{
    int64_t now;
    int64_t bound;
    if (offset_venue_ns(&x->offset, clock_mono_ns(x->instance.clock), &now, &bound) !=
        OFFSET_GOOD) {
        return error_set(EXCHANGE_ERR_CLOCK, "%s: the venue's clock is not known",
                         x->instance.name);
    }
    *ret_now_ns = now - bound - VENUE_TIME_MARGIN_NS;
    return 0;
}

int exchange_clock_offset_ns(const struct exchange *x, int64_t *ret_offset_ns,
                             int64_t *ret_error_ns)
{
    int64_t now;
    if (offset_venue_ns(&x->offset, clock_mono_ns(x->instance.clock), &now, ret_error_ns) !=
        OFFSET_GOOD) {
        return error_set(EXCHANGE_ERR_CLOCK, "%s: the venue's clock is not known",
                         x->instance.name);
    }
    *ret_offset_ns = now - clock_now_ns(x->instance.clock);
    return 0;
}

void exchange_clock_lost(struct exchange *x)
{
    offset_forget(&x->offset);
}

bool exchange_clock_check(struct exchange *x)
{
    return offset_check_clock(&x->offset, clock_now_ns(x->instance.clock),
                              clock_mono_ns(x->instance.clock));
}

bool exchange_on_warm(struct exchange *x, uint32_t origin)
{
    for (uint32_t i = 0; i < x->desc->origin_count; i++) {
        const struct sofia_endpoint *endpoint =
            x->origins[i] == origin ? warm_endpoint(x->desc, i) : NULL;
        if (endpoint != NULL) {
            struct sofia_request request = {.size = sizeof(request)};
            request.endpoint = (uint32_t)(endpoint - x->desc->endpoints);
            (void)exchange_charge(x, &request);
            return true;
        }
    }
    return false;
}

uint64_t exchange_sent_count(const struct exchange *x, uint32_t class_)
{
    return class_ <= SOFIA_CLASS_CANCEL ? x->sent[class_] : 0;
}
