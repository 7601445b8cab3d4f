#include "plugin/strategy.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "net/net.h"
#include "plugin/loader.h"

struct strategy_timer {
    struct strategy *strategy;
    bool busy;
    uint32_t generation;
    uint64_t net_timer;
    uint64_t cookie;
};

struct strategy {
    struct instance instance;
    const struct sofia_strategy *desc;
    struct strategy_owner owner;
    struct sofia_host_strategy host;
    struct net *net;
    uint32_t id;
    bool started;
    bool was_full;
    bool refused_in_second; /* an order was, for the rate */
    uint32_t orders_in_second;
    uint32_t flooded_seconds; /* in a row */
    int64_t second_mono_ns;   /* when the one that counts now began */
    struct post posts[STRATEGY_POSTS];
    uint32_t post_head;
    uint32_t post_count;
    struct strategy_timer timers[STRATEGY_TIMERS];
    char subscriptions[STRATEGY_SUBSCRIPTIONS][SOFIA_NAME_SIZE];
    uint32_t subscription_count;
};

static struct strategy *strategy_of(const struct sofia_host *host)
{
    return ((struct instance *)host->impl)->owner;
}

/* ---- posts ---- */

static bool rate_is_used_up(const struct strategy *s)
{
    return s->orders_in_second >= STRATEGY_RATE &&
           clock_mono_ns(s->instance.clock) < s->second_mono_ns + CLOCK_NS_PER_S;
}

/* Seconds are counted from the first order of each. One that was too short is no flood; ten in a row are. */
static bool take_rate(struct strategy *s)
{
    int64_t now = clock_mono_ns(s->instance.clock);
    if (now >= s->second_mono_ns + CLOCK_NS_PER_S) {
        bool calm = !s->refused_in_second || now >= s->second_mono_ns + 2 * CLOCK_NS_PER_S;
        s->flooded_seconds = calm ? 0 : s->flooded_seconds;
        s->second_mono_ns = now;
        s->orders_in_second = 0;
        s->refused_in_second = false;
    }
    if (s->orders_in_second < STRATEGY_RATE) {
        s->orders_in_second++;
        return true;
    }
    s->was_full = true;
    if (!s->refused_in_second) {
        s->refused_in_second = true;
        s->flooded_seconds++;
        log_warn("strategy", "%s: more than %d orders in a second", s->instance.name,
                 STRATEGY_RATE);
    }
    if (s->flooded_seconds >= STRATEGY_FLOOD) {
        instance_quarantine(&s->instance, "it floods: more than %d orders a second, %d seconds on",
                            STRATEGY_RATE, STRATEGY_FLOOD);
    }
    return false;
}

static int put(struct strategy *s, struct post *post)
{
    if (!s->started || s->instance.quarantined || !s->owner.may_post(s->owner.ctx)) {
        return SOFIA_EDENIED;
    }
    if (s->post_count == STRATEGY_POSTS) {
        s->was_full = true;
        return SOFIA_EAGAIN;
    }
    if (post->kind != POST_CANCEL && post->kind != POST_CANCEL_ALL && !take_rate(s)) {
        return SOFIA_EAGAIN;
    }
    if (post->kind == POST_SUBMIT || post->kind == POST_REPLACE) {
        post->order_id = s->owner.next_order_id(s->owner.ctx);
    }
    s->posts[(s->post_head + s->post_count++) % STRATEGY_POSTS] = *post;
    s->owner.posted(s->owner.ctx);
    return SOFIA_OK;
}

bool strategy_take_post(struct strategy *s, struct post *ret_post)
{
    if (s->post_count == 0) {
        return false;
    }
    *ret_post = s->posts[s->post_head];
    s->post_head = (s->post_head + 1) % STRATEGY_POSTS;
    s->post_count--;
    return true;
}

uint32_t strategy_posts(const struct strategy *s)
{
    return s->post_count;
}

static int host_submit(const struct sofia_host *host, const struct sofia_intent *intent,
                       uint64_t *ret_order_id)
{
    struct strategy *s = strategy_of(host);
    struct post post = {.kind = POST_SUBMIT};
    if (!SOFIA_HAS(sofia_intent, intent, tag) || intent->size > sizeof(*intent)) {
        return SOFIA_EINVAL;
    }
    post.intent = *intent;
    post.intent.tag[sizeof(post.intent.tag) - 1] = '\0';
    int rc = put(s, &post);
    if (rc == SOFIA_OK && ret_order_id != NULL) {
        *ret_order_id = post.order_id;
    }
    return rc;
}

static int host_cancel(const struct sofia_host *host, uint64_t order_id)
{
    struct strategy *s = strategy_of(host);
    struct post post = {.kind = POST_CANCEL, .order_id = order_id};
    struct sofia_order order;
    if (s->owner.order(s->owner.ctx, s, order_id, &order) != SOFIA_OK) {
        return SOFIA_ENOENT;
    }
    return put(s, &post);
}

static int host_cancel_all(const struct sofia_host *host, uint32_t instrument)
{
    struct post post = {.kind = POST_CANCEL_ALL, .instrument = instrument};
    return put(strategy_of(host), &post);
}

static int host_replace(const struct sofia_host *host, uint64_t order_id, struct sofia_decimal qty,
                        struct sofia_decimal price, uint64_t *ret_order_id)
{
    struct strategy *s = strategy_of(host);
    struct post post = {.kind = POST_REPLACE, .replaces = order_id};
    struct sofia_order order;
    if (s->owner.order(s->owner.ctx, s, order_id, &order) != SOFIA_OK) {
        return SOFIA_ENOENT;
    }
    if (!s->owner.can_replace(s->owner.ctx, order.instrument)) {
        return SOFIA_ENOTSUP;
    }
    post.intent = (struct sofia_intent){.size = sizeof(post.intent),
                                        .instrument = order.instrument,
                                        .side = order.side,
                                        .qty = qty,
                                        .price = price};
    int rc = put(s, &post);
    if (rc == SOFIA_OK && ret_order_id != NULL) {
        *ret_order_id = post.order_id;
    }
    return rc;
}

/* ---- views ---- */

static int host_order(const struct sofia_host *host, uint64_t order_id, struct sofia_order *ret)
{
    struct strategy *s = strategy_of(host);
    return s->owner.order(s->owner.ctx, s, order_id, ret);
}

static uint32_t host_open_orders(const struct sofia_host *host, uint64_t *ret_ids, uint32_t cap)
{
    struct strategy *s = strategy_of(host);
    return s->owner.open_orders(s->owner.ctx, s, ret_ids, cap);
}

static int host_position(const struct sofia_host *host, uint32_t instrument,
                         struct sofia_position *ret)
{
    struct strategy *s = strategy_of(host);
    return s->owner.position(s->owner.ctx, s, instrument, ret);
}

static int host_balance(const struct sofia_host *host, uint32_t instrument, const char *asset,
                        struct sofia_wide *ret_free, struct sofia_wide *ret_locked)
{
    struct strategy *s = strategy_of(host);
    return s->owner.balance(s->owner.ctx, s, instrument, asset, ret_free, ret_locked);
}

static int host_top(const struct sofia_host *host, uint32_t instrument, struct sofia_top *ret)
{
    struct strategy *s = strategy_of(host);
    return s->owner.top(s->owner.ctx, instrument, ret);
}

static uint32_t host_depth(const struct sofia_host *host, uint32_t instrument, uint32_t side,
                           struct sofia_level *ret, uint32_t cap)
{
    struct strategy *s = strategy_of(host);
    return s->owner.depth(s->owner.ctx, instrument, side, ret, cap);
}

static int host_find(const struct sofia_host *host, const char *name, uint32_t *ret)
{
    struct strategy *s = strategy_of(host);
    return s->owner.instrument_find(s->owner.ctx, name, ret);
}

static int host_instrument(const struct sofia_host *host, uint32_t id, struct sofia_instrument *ret)
{
    struct strategy *s = strategy_of(host);
    return s->owner.instrument(s->owner.ctx, id, ret);
}

static int host_subscribe(const struct sofia_host *host, const char *instrument)
{
    struct strategy *s = strategy_of(host);
    if (instrument == NULL || instrument[0] == '\0' || strlen(instrument) >= SOFIA_NAME_SIZE) {
        return SOFIA_EINVAL;
    }
    for (uint32_t i = 0; i < s->subscription_count; i++) {
        if (strcmp(s->subscriptions[i], instrument) == 0) {
            return SOFIA_OK;
        }
    }
    if (s->subscription_count == STRATEGY_SUBSCRIPTIONS) {
        return SOFIA_EAGAIN;
    }
    (void)str_copy(s->subscriptions[s->subscription_count++], SOFIA_NAME_SIZE, instrument);
    return SOFIA_OK;
}

/* ---- timers ---- */

static void on_timer(void *ctx)
{
    struct strategy_timer *timer = ctx;
    struct sofia_event_timer event = {
        .head = {.size = sizeof(event), .type = SOFIA_EV_TIMER, .version = 1},
        .cookie = timer->cookie};
    timer->busy = false;
    event.head.ts_recv_ns = clock_now_ns(timer->strategy->instance.clock);
    event.head.ts_recv_mono_ns = clock_mono_ns(timer->strategy->instance.clock);
    strategy_deliver(timer->strategy, &event.head);
}

static int host_timer(const struct sofia_host *host, int64_t delay_ns, uint64_t cookie,
                      sofia_handle *ret_timer)
{
    struct strategy *s = strategy_of(host);
    int64_t due = clock_mono_ns(s->instance.clock) + (delay_ns < 0 ? 0 : delay_ns);
    for (uint32_t i = 0; i < STRATEGY_TIMERS; i++) {
        struct strategy_timer *timer = &s->timers[i];
        if (timer->busy) {
            continue;
        }
        timer->strategy = s;
        timer->cookie = cookie;
        if (net_timer_start(s->net, due, on_timer, timer, &timer->net_timer) != 0) {
            return SOFIA_EAGAIN;
        }
        timer->busy = true;
        timer->generation++;
        if (ret_timer != NULL) {
            *ret_timer = ((uint64_t)timer->generation << 32) | (i + 1u);
        }
        return SOFIA_OK;
    }
    return SOFIA_EAGAIN;
}

static int host_timer_stop(const struct sofia_host *host, sofia_handle handle)
{
    struct strategy *s = strategy_of(host);
    uint32_t at = (uint32_t)(handle & 0xffffffffu) - 1;
    if (at >= STRATEGY_TIMERS || !s->timers[at].busy ||
        s->timers[at].generation != (uint32_t)(handle >> 32)) {
        return SOFIA_ESTALE;
    }
    net_timer_cancel(s->net, s->timers[at].net_timer);
    s->timers[at].busy = false;
    return SOFIA_OK;
}

/* ---- life ---- */

static void wire(struct strategy *s)
{
    s->host = (struct sofia_host_strategy){
        .size = sizeof(s->host),
        .submit = host_submit,
        .cancel = host_cancel,
        .cancel_all = host_cancel_all,
        .replace = host_replace,
        .order = host_order,
        .open_orders = host_open_orders,
        .position = host_position,
        .balance = host_balance,
        .top = host_top,
        .depth = host_depth,
        .subscribe = host_subscribe,
    };
    s->instance.host.strategy = &s->host;
    s->instance.host.instrument_find = host_find;
    s->instance.host.instrument = host_instrument;
    s->instance.host.timer = host_timer;
    s->instance.host.timer_stop = host_timer_stop;
}

int strategy_new(const struct strategy_owner *owner, struct net *net, uint32_t number,
                 const char *name, const struct module *module, const struct config_bound *options,
                 struct clock *clock, struct strategy **ret_strategy)
{
    struct strategy *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return error_set(ERR_NOMEM, "strategy '%s'", name);
    }
    instance_init(&s->instance, number, name, module, options, NULL, clock);
    s->instance.owner = s;
    s->desc = s->instance.desc->descriptor;
    s->owner = *owner;
    s->net = net;
    wire(s);
    int rc = s->desc->create(&s->instance.host, &s->instance.self);
    if (rc != 0) {
        strategy_free(s);
        return error_set(ERR_INVALID, "strategy '%s' refused its options (status %d)", name, rc);
    }
    *ret_strategy = s;
    return 0;
}

struct strategy *strategy_free(struct strategy *s)
{
    if (s != NULL) {
        if (s->instance.self != NULL) {
            s->desc->destroy(s->instance.self);
        }
        free(s);
    }
    return NULL;
}

struct instance *strategy_instance(struct strategy *s)
{
    return &s->instance;
}

uint32_t strategy_id(const struct strategy *s)
{
    return s->id;
}

void strategy_set_id(struct strategy *s, uint32_t id)
{
    s->id = id;
}

int strategy_start(struct strategy *s)
{
    s->started = true;
    guard_enter(&s->instance);
    int rc = s->desc->start(s->instance.self);
    guard_leave(&s->instance, "start");
    if (rc != 0) {
        s->started = false;
        return error_set(ERR_WRONG_STATE, "strategy '%s' did not start (status %d)",
                         s->instance.name, rc);
    }
    return 0;
}

void strategy_stop(struct strategy *s)
{
    if (!s->started) {
        return;
    }
    s->started = false;
    s->post_count = 0;
    for (uint32_t i = 0; i < STRATEGY_TIMERS; i++) {
        if (s->timers[i].busy) {
            net_timer_cancel(s->net, s->timers[i].net_timer);
            s->timers[i].busy = false;
        }
    }
    guard_enter(&s->instance);
    s->desc->stop(s->instance.self);
    guard_leave(&s->instance, "stop");
}

bool strategy_is_running(const struct strategy *s)
{
    return s->started && !s->instance.quarantined;
}

void strategy_deliver(struct strategy *s, const struct sofia_event *event)
{
    if (!strategy_is_running(s)) {
        return;
    }
    guard_enter(&s->instance);
    int rc = s->desc->on_event(s->instance.self, event);
    guard_leave(&s->instance, "on_event");
    if (rc < 0) {
        instance_quarantine(&s->instance, "on_event returned %d for an event of type %u", rc,
                            event->type);
    }
}

void strategy_tell_writable(struct strategy *s)
{
    struct sofia_event event = {.size = sizeof(event), .type = SOFIA_EV_WRITABLE, .version = 1};
    if (!s->was_full || s->post_count == STRATEGY_POSTS || rate_is_used_up(s)) {
        return;
    }
    s->was_full = false;
    event.ts_recv_ns = clock_now_ns(s->instance.clock);
    event.ts_recv_mono_ns = clock_mono_ns(s->instance.clock);
    strategy_deliver(s, &event);
}

uint32_t strategy_subscriptions(const struct strategy *s)
{
    return s->subscription_count;
}

const char *strategy_subscription(const struct strategy *s, uint32_t index)
{
    return s->subscriptions[index];
}
