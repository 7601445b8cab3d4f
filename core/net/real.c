#include "net/real.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>
#include <openssl/ssl.h>

#include "base/error.h"
#include "base/log.h"

#include "base/banned.h"

static void on_lws_log(int level, const char *line)
{
    size_t len = strcspn(line, "\n");

    (void)level;
    log_debug("net", "websocket: %.*s", (int)len, line);
}

int net_global_init(void)
{
    /* OpenSSL reads its configuration file here and not in the first handshake. */
    if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, NULL) != 1) {
        return error_set(ERR_CRYPTO, "OpenSSL does not start");
    }
    if (curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK) {
        return error_set(ERR_NOMEM, "libcurl does not start");
    }
    lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
    (void)signal(SIGPIPE, SIG_IGN);
    return 0;
}

void net_global_release(void)
{
    curl_global_cleanup();
}

/* ---- the turn ---- */

/* Lanes first: their results become done requests; those are told, which may make new work. */
void real_drain(struct real *real)
{
    if (real->draining) {
        return;
    }
    real->draining = true;
    bool more = true;
    while (more) {
        more = http_drain_one(real);
        if (http_deliver(real) + ws_deliver(real) > 0) {
            real->base.dirty = true;
            more = true;
        }
    }
    real->draining = false;
}

static void on_spin(uv_idle_t *idle)
{
    (void)idle; /* its presence keeps the loop from sleeping */
}

static bool is_pending(const struct real *real)
{
    return real->hot != NULL || real->done.first != NULL || ws_is_pending(real);
}

/* Just before the loop sleeps: whatever the timers and the owner's own calls left behind is told
 * first. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct real *real = prepare->data;

    real_drain(real);
    net_turn_done(&real->base);
    if (is_pending(real)) {
        (void)uv_idle_start(&real->spin, on_spin);
    } else {
        (void)uv_idle_stop(&real->spin);
    }
}

static void on_async(uv_async_t *async)
{
    struct real *real = async->data;

    if (atomic_exchange(&real->woken, false) && real->base.config.on_wakeup != NULL) {
        real->base.dirty = true;
        real->base.config.on_wakeup(real->base.config.ctx);
    }
}

static void on_wait(uv_timer_t *timer)
{
    (void)timer; /* it woke the loop, that is all */
}

static void on_timer(uv_timer_t *timer);

void real_arm_timer(struct real *real, uv_timer_t *timer, uv_timer_cb fire,
                    int64_t deadline_mono_ns)
{
    if (deadline_mono_ns == INT64_MAX) {
        (void)uv_timer_stop(timer);
        return;
    }
    int64_t left_ns = deadline_mono_ns - net_mono_ns(&real->base);
    uint64_t left_ms = 0;
    if (left_ns > 0) {
        /* Rounded up: a timer that fires early would spin until its time has come. */
        left_ms = (uint64_t)((left_ns + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS);
    }
    uv_update_time(&real->loop);
    (void)uv_timer_start(timer, fire, left_ms, 0);
}

static void timers_changed(struct net *net)
{
    struct real *real = real_of(net);

    real_arm_timer(real, &real->timer, on_timer, timers_next_mono_ns(&net->timers));
}

static void on_timer(uv_timer_t *timer)
{
    struct real *real = timer->data;
    int64_t now_mono_ns = net_mono_ns(&real->base);

    if (timers_fire_due(&real->base.timers, now_mono_ns)) {
        real->base.dirty = true;
    }
    /* Never for at once: the loop would fire it before it looks at anything else, and a starter whose clock stands still until
     * the turn comes would start it in the past for ever. */
    int64_t soonest_mono_ns = net_mono_ns(&real->base) + CLOCK_NS_PER_MS;
    int64_t next_mono_ns = timers_next_mono_ns(&real->base.timers);
    real_arm_timer(real, &real->timer, on_timer,
                   next_mono_ns < soonest_mono_ns ? soonest_mono_ns : next_mono_ns);
}

static int real_turn(struct net *net, uint32_t max_wait_ms)
{
    struct real *real = real_of(net);

    if (max_wait_ms > 0) {
        uv_update_time(&real->loop);
        (void)uv_timer_start(&real->wait, on_wait, max_wait_ms, 0);
    }
    (void)uv_run(&real->loop, max_wait_ms > 0 ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    (void)uv_timer_stop(&real->wait);
    real_drain(real);
    net_turn_done(net);
    return 0;
}

static int real_run(struct net *net)
{
    struct real *real = real_of(net);

    while (!atomic_load(&real->stopped)) {
        (void)uv_run(&real->loop, UV_RUN_ONCE);
        real_drain(real);
        net_turn_done(net);
    }
    atomic_store(&real->stopped, false);
    return 0;
}

static void real_stop(struct net *net)
{
    struct real *real = real_of(net);

    atomic_store(&real->stopped, true);
    (void)uv_async_send(&real->async);
}

static void real_wakeup(struct net *net)
{
    struct real *real = real_of(net);

    atomic_store(&real->woken, true);
    (void)uv_async_send(&real->async);
}

static int64_t real_next_due(struct net *net)
{
    struct real *real = real_of(net);

    return is_pending(real) ? net_mono_ns(net) : timers_next_mono_ns(&net->timers);
}

/* ---- origins ---- */

static int real_origin_add(struct net *net, uint32_t origin)
{
    return route_new(real_of(net), origin);
}

static void real_origin_resolve(struct net *net, uint32_t origin)
{
    route_resolve(real_of(net)->routes[origin]);
}

/* ---- life ---- */

void real_close_handle(uv_handle_t *handle)
{
    if (handle->loop != NULL && !uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

static void real_free(struct net *net)
{
    struct real *real = real_of(net);

    if (real->loop_ready) {
        ws_stop(real);
        http_stop(real);
        for (uint32_t i = 0; i < NET_ORIGINS; i++) {
            if (real->routes[i] != NULL) {
                route_stop(real->routes[i]);
            }
        }
        uv_handle_t *const handles[] = {
            (uv_handle_t *)&real->prepare, (uv_handle_t *)&real->spin, (uv_handle_t *)&real->async,
            (uv_handle_t *)&real->timer,   (uv_handle_t *)&real->wait, (uv_handle_t *)&real->expiry,
        };
        for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++) {
            real_close_handle(handles[i]);
        }
        /* Every handle is closing, so this ends: the last close callback leaves the loop empty. */
        (void)uv_run(&real->loop, UV_RUN_DEFAULT);
        ws_finish(real);
        (void)uv_run(&real->loop, UV_RUN_DEFAULT);
        (void)uv_loop_close(&real->loop);
    }
    for (uint32_t i = 0; i < NET_ORIGINS; i++) {
        real->routes[i] = route_free(real->routes[i]);
    }
    ws_release(real);
    http_release(real);
    net_release(net);
    free(real);
}

static const struct net_transport real_transport = {
    .origin_add = real_origin_add,
    .origin_ready = http_ready,
    .origin_resolve = real_origin_resolve,
    .http_send = http_send,
    .http_cancel = http_cancel,
    .ws_open = ws_open,
    .ws_send = ws_send,
    .ws_close = ws_close,
    .run = real_run,
    .turn = real_turn,
    .stop = real_stop,
    .wakeup = real_wakeup,
    .next_due_mono_ns = real_next_due,
    .timers_changed = timers_changed,
    .free = real_free,
};

static int start_loop(struct real *real)
{
    if (uv_loop_init(&real->loop) != 0) {
        return error_set(ERR_IO, "the event loop does not start");
    }
    real->loop_ready = true;
    if (uv_async_init(&real->loop, &real->async, on_async) != 0) {
        return error_set(ERR_IO, "the event loop has no wake-up");
    }
    (void)uv_prepare_init(&real->loop, &real->prepare);
    (void)uv_idle_init(&real->loop, &real->spin);
    (void)uv_timer_init(&real->loop, &real->timer);
    (void)uv_timer_init(&real->loop, &real->wait);
    (void)uv_timer_init(&real->loop, &real->expiry);
    real->prepare.data = real;
    real->async.data = real;
    real->timer.data = real;
    real->expiry.data = real;
    (void)uv_prepare_start(&real->prepare, on_prepare);
    return 0;
}

int net_new(const struct net_config *config, struct net **ret_net)
{
    struct real *real = calloc(1, sizeof(*real));

    if (real == NULL) {
        return error_set(ERR_NOMEM, "no memory for a net");
    }
    int status = net_init(&real->base, config, &real_transport);
    if (status == 0) {
        status = start_loop(real);
    }
    if (status == 0) {
        status = http_init(real);
    }
    if (status == 0) {
        status = ws_init(real);
    }
    if (status < 0) {
        (void)net_free(&real->base);
        return status;
    }
    *ret_net = &real->base;
    return 0;
}
