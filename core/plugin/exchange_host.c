/* The calls an exchange adapter may make: host->exchange and its timers. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "keys/keys.h"
#include "plugin/exchange_impl.h"

static struct exchange *exchange_of(const struct sofia_host *host)
{
    return ((struct instance *)host->impl)->owner;
}

static int host_emit(const struct sofia_host *host, const struct sofia_event *event)
{
    return event == NULL ? SOFIA_EINVAL : exchange_queue_event(exchange_of(host), event);
}

static int status_of(int rc)
{
    switch (rc) {
    case 0:
        return SOFIA_OK;
    case ERR_DENIED:
        return SOFIA_EDENIED;
    case ERR_NOT_FOUND:
        return SOFIA_ENOENT;
    case ERR_STALE:
        return SOFIA_ESTALE;
    case ERR_LIMIT:
        return SOFIA_ESPACE;
    case ERR_FULL:
    case EXCHANGE_ERR_BUDGET:
    case EXCHANGE_ERR_NOT_READY:
        return SOFIA_EAGAIN;
    default:
        return SOFIA_EFAIL;
    }
}

/* Public or read only: anything else is an attempt to go round the order path. */
static int host_request(const struct sofia_host *host, const struct sofia_request *request,
                        uint64_t *ret_id)
{
    struct exchange *x = exchange_of(host);
    struct exchange_call call = {.kind = CALL_ADAPTER};
    if (!SOFIA_HAS(sofia_request, request, bytes)) {
        return SOFIA_EINVAL;
    }
    int rc = exchange_check_request(x, request, SOFIA_CLASS_READ);
    rc = rc != 0 ? rc : exchange_dispatch(x, request, &call, ret_id);
    if (rc != 0) {
        log_warn("exchange", "%s", error_message());
    }
    return status_of(rc);
}

static int host_stream_open(const struct sofia_host *host, const struct sofia_stream_open *open,
                            sofia_handle *ret_stream)
{
    if (!SOFIA_HAS(sofia_stream_open, open, path) || ret_stream == NULL) {
        return SOFIA_EINVAL;
    }
    return exchange_stream_add(exchange_of(host), open, ret_stream);
}

static int host_stream_close(const struct sofia_host *host, sofia_handle handle)
{
    struct stream_slot *stream = exchange_stream_find(exchange_of(host), handle);
    if (stream == NULL) {
        return SOFIA_ESTALE;
    }
    exchange_stream_drop(stream, false, "closed by the adapter");
    return SOFIA_OK;
}

static int host_stream_restart(const struct sofia_host *host, sofia_handle handle,
                               const char *reason)
{
    struct stream_slot *stream = exchange_stream_find(exchange_of(host), handle);
    if (stream == NULL) {
        return SOFIA_ESTALE;
    }
    /* The adapter asked for it inside a callback: it is told by on_close, never from here. */
    log_info("exchange", "%s: the adapter restarts a stream: %s", host->name(host), reason);
    if (stream->socket != 0) {
        net_ws_close(stream->exchange->net, stream->socket, 1000);
    }
    return SOFIA_OK;
}

static int host_stream_switch(const struct sofia_host *host, sofia_handle handle)
{
    struct stream_slot *stream = exchange_stream_find(exchange_of(host), handle);
    return stream == NULL ? SOFIA_ESTALE : status_of(exchange_stream_switch(stream));
}

static int host_venue_now(const struct sofia_host *host, int64_t *ret_now_ns)
{
    return exchange_venue_now_ns(exchange_of(host), ret_now_ns) == 0 ? SOFIA_OK : SOFIA_ENOENT;
}

static int host_sign(const struct sofia_host *host, uint32_t algorithm, sofia_handle secret,
                     const void *data, size_t len, uint8_t *sig, size_t cap, size_t *ret_len)
{
    struct exchange *x = exchange_of(host);
    return status_of(keys_sign(x->instance.keys, secret, (enum key_algorithm)algorithm, data, len,
                               sig, cap, ret_len));
}

static int host_secret_put(const struct sofia_host *host, const char *label, const void *bytes,
                           size_t len, sofia_handle *ret_secret)
{
    return status_of(keys_put(exchange_of(host)->instance.keys, bytes, len, label, ret_secret));
}

static int host_secret_drop(const struct sofia_host *host, sofia_handle secret)
{
    return status_of(keys_drop(exchange_of(host)->instance.keys, secret));
}

static int host_key_text(const struct sofia_host *host, sofia_handle secret, char *buf, size_t cap,
                         size_t *ret_len)
{
    return status_of(keys_identifier(exchange_of(host)->instance.keys, secret, buf, cap, ret_len));
}

static int host_digest(const struct sofia_host *host, const void *data, size_t len,
                       uint8_t *ret_digest)
{
    (void)host;
    return status_of(keys_digest(data, len, ret_digest));
}

static int open_nonce(struct exchange *x, struct nonce_slot *slot, sofia_handle key)
{
    char name[KEYS_FINGERPRINT_SIZE];
    int rc = keys_fingerprint(x->instance.keys, key, name);
    if (rc == 0 && x->nonce_dir == NULL) {
        rc = error_set(ERR_NOT_FOUND, "there is no folder for nonces");
    }
    rc = rc != 0 ? rc : nonce_open(x->nonce_dir, name, &slot->nonce);
    if (rc != 0) {
        log_error("exchange", "%s: nonces: %s", x->instance.name, error_message());
        return status_of(rc);
    }
    slot->key = key;
    return SOFIA_OK;
}

static int host_nonce(const struct sofia_host *host, sofia_handle key, uint64_t *ret_nonce)
{
    struct exchange *x = exchange_of(host);
    for (uint32_t i = 0; i < EXCHANGE_NONCES; i++) {
        struct nonce_slot *slot = &x->nonces[i];
        int rc = slot->nonce == NULL ? open_nonce(x, slot, key) : SOFIA_OK;
        if (rc != SOFIA_OK) {
            return rc;
        }
        if (slot->key == key) {
            *ret_nonce = nonce_next(slot->nonce, clock_now_ns(x->instance.clock));
            return SOFIA_OK;
        }
    }
    return SOFIA_EAGAIN;
}

/* ---- timers ---- */

static void on_timer(void *ctx)
{
    struct timer_slot *slot = ctx;
    struct exchange *x = slot->exchange;
    slot->busy = false;
    if (x->instance.quarantined || !x->started) {
        return;
    }
    guard_enter(&x->instance);
    x->desc->on_timer(x->instance.self, slot->cookie);
    guard_leave(&x->instance, "on_timer");
}

static int host_timer(const struct sofia_host *host, int64_t delay_ns, uint64_t cookie,
                      sofia_handle *ret_timer)
{
    struct exchange *x = exchange_of(host);
    int64_t due = clock_mono_ns(x->instance.clock) + (delay_ns < 0 ? 0 : delay_ns);
    for (uint32_t i = 0; i < EXCHANGE_TIMERS; i++) {
        struct timer_slot *slot = &x->timers[i];
        if (slot->busy) {
            continue;
        }
        slot->exchange = x;
        slot->cookie = cookie;
        if (net_timer_start(x->net, due, on_timer, slot, &slot->net_timer) != 0) {
            return SOFIA_EAGAIN;
        }
        slot->busy = true;
        slot->generation++;
        if (ret_timer != NULL) {
            *ret_timer = HANDLE_OF(i, slot->generation);
        }
        return SOFIA_OK;
    }
    return SOFIA_EAGAIN;
}

static int host_timer_stop(const struct sofia_host *host, sofia_handle timer)
{
    struct exchange *x = exchange_of(host);
    uint32_t at = HANDLE_SLOT(timer);
    if (at >= EXCHANGE_TIMERS || !x->timers[at].busy ||
        x->timers[at].generation != HANDLE_GENERATION(timer)) {
        return SOFIA_ESTALE;
    }
    net_timer_cancel(x->net, x->timers[at].net_timer);
    x->timers[at].busy = false;
    return SOFIA_OK;
}

void exchange_host_init(struct exchange *x)
{
    x->host = (struct sofia_host_exchange){
        .size = sizeof(x->host),
        .emit = host_emit,
        .request = host_request,
        .stream_open = host_stream_open,
        .stream_close = host_stream_close,
        .stream_restart = host_stream_restart,
        .venue_now_ns = host_venue_now,
        .sign = host_sign,
        .secret_put = host_secret_put,
        .secret_drop = host_secret_drop,
        .key_text = host_key_text,
        .digest = host_digest,
        .nonce = host_nonce,
        .stream_switch = host_stream_switch,
    };
    x->instance.host.exchange = &x->host;
    x->instance.host.timer = host_timer;
    x->instance.host.timer_stop = host_timer_stop;
}

void exchange_host_release(struct exchange *x)
{
    for (uint32_t i = 0; i < EXCHANGE_NONCES; i++) {
        x->nonces[i].nonce = nonce_close(x->nonces[i].nonce);
    }
}
