/* Streams of an exchange: opened when the adapter wants them, opened again when they break, numbered each time. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "plugin/exchange_impl.h"

#define RETRY_FIRST_NS (250 * CLOCK_NS_PER_MS)
#define RETRY_MAX_NS (30 * CLOCK_NS_PER_S)
#define MESSAGE_MAX ((size_t)32 << 20) /* some venues send a book in one piece, 16 MiB of it */

static sofia_handle handle_of(const struct stream_slot *stream)
{
    return HANDLE_OF(stream - stream->exchange->streams, stream->generation);
}

struct stream_slot *exchange_stream_find(struct exchange *x, sofia_handle handle)
{
    uint32_t at = HANDLE_SLOT(handle);
    if (at >= EXCHANGE_STREAMS || !x->streams[at].wanted ||
        x->streams[at].generation != HANDLE_GENERATION(handle)) {
        return NULL;
    }
    return &x->streams[at];
}

static void tell_adapter(struct stream_slot *stream, uint32_t state)
{
    struct exchange *x = stream->exchange;
    if (x->instance.quarantined || !x->started) {
        return;
    }
    guard_enter(&x->instance);
    x->desc->on_stream(x->instance.self, handle_of(stream), stream->open.cookie, state,
                       stream->net_generation);
    guard_leave(&x->instance, "on_stream");
}

static void connect_stream(struct stream_slot *stream);

static void on_retry(void *ctx)
{
    struct stream_slot *stream = ctx;
    stream->retry_timer = 0;
    if (stream->wanted && stream->socket == 0 && stream->exchange->started) {
        connect_stream(stream);
    }
}

static void retry_later(struct stream_slot *stream)
{
    struct exchange *x = stream->exchange;
    if (!stream->wanted || !x->started || stream->retry_timer != 0) {
        return;
    }
    int64_t due = clock_mono_ns(x->instance.clock) + sofia_backoff_next_ns(&stream->backoff);
    if (net_timer_start(x->net, due, on_retry, stream, &stream->retry_timer) != 0) {
        log_error("exchange", "%s: no timer to reconnect with: %s", x->instance.name,
                  error_message());
    }
}

static void on_open(void *ctx, uint64_t socket, uint32_t generation)
{
    struct stream_slot *stream = ctx;
    stream->socket = socket;
    stream->net_generation = generation;
    stream->up = true;
    stream->last_frame_ns = clock_now_ns(stream->exchange->instance.clock);
    sofia_backoff_reset(&stream->backoff);
    log_info("exchange", "%s: stream up generation=%u path=%s", stream->exchange->instance.name,
             generation, stream->open.path);
    tell_adapter(stream, SOFIA_STREAM_UP);
}

static void on_frame(void *ctx, uint64_t socket, const char *bytes, size_t len, bool binary)
{
    struct stream_slot *stream = ctx;
    struct exchange *x = stream->exchange;
    if (!stream->up || socket != stream->socket || x->instance.quarantined || !x->started) {
        return; /* what a dead connection left behind */
    }
    stream->last_frame_ns = clock_now_ns(x->instance.clock);
    (void)binary;
    guard_enter(&x->instance);
    int rc = x->desc->on_frame(x->instance.self, handle_of(stream), stream->open.cookie,
                               stream->net_generation, bytes, len);
    guard_leave(&x->instance, "on_frame");
    if (rc != 0) {
        log_warn("exchange", "%s: on_frame returned %d for %.120s", x->instance.name, rc, bytes);
    }
}

static void on_sent(void *ctx, uint64_t socket, uint64_t token, enum net_outcome outcome)
{
    struct stream_slot *stream = ctx;
    (void)socket;
    exchange_ws_sent(stream->exchange, token, outcome);
}

static void on_close(void *ctx, const struct net_ws_end *end)
{
    struct stream_slot *stream = ctx;
    bool was_up = stream->up;
    stream->socket = 0;
    stream->up = false;
    if (!stream->wanted) {
        return;
    }
    log_warn("exchange", "%s: stream lost generation=%u path=%s: %s",
             stream->exchange->instance.name, end->generation, stream->open.path, end->text);
    if (was_up) {
        tell_adapter(stream, SOFIA_STREAM_LOST);
    }
    retry_later(stream);
}

static void connect_stream(struct stream_slot *stream)
{
    struct exchange *x = stream->exchange;
    struct net_segment target = {.bytes = stream->open.path, .len = strlen(stream->open.path)};
    struct net_ws_config config = {
        .origin = x->origins[stream->open.origin],
        .target = {.segments = &target, .count = 1},
        .silence_ms = stream->open.silence_ms,
        .max_message = MESSAGE_MAX,
        .on_open = on_open,
        .on_frame = on_frame,
        .on_sent = on_sent,
        .on_close = on_close,
        .ctx = stream,
    };
    if (net_ws_open(x->net, &config, &stream->socket, &stream->net_generation) != 0) {
        log_warn("exchange", "%s: stream cannot be opened: %s", x->instance.name, error_message());
        stream->socket = 0;
        retry_later(stream);
    }
}

int exchange_stream_add(struct exchange *x, const struct sofia_stream_open *open,
                        sofia_handle *ret_stream)
{
    if (open->origin >= x->desc->origin_count ||
        memchr(open->path, '\0', sizeof(open->path)) == NULL) {
        return SOFIA_EINVAL;
    }
    for (uint32_t i = 0; i < EXCHANGE_STREAMS; i++) {
        struct stream_slot *stream = &x->streams[i];
        if (stream->wanted || stream->socket != 0) {
            continue;
        }
        uint32_t generation = stream->generation + 1;
        memset(stream, 0, sizeof(*stream));
        stream->exchange = x;
        stream->wanted = true;
        stream->generation = generation;
        stream->open = *open;
        sofia_backoff_init(&stream->backoff, RETRY_FIRST_NS, RETRY_MAX_NS, 50,
                           (uint64_t)clock_now_ns(x->instance.clock) + i);
        *ret_stream = handle_of(stream);
        connect_stream(stream);
        return SOFIA_OK;
    }
    return SOFIA_EAGAIN;
}

void exchange_stream_drop(struct stream_slot *stream, bool wanted, const char *reason)
{
    struct exchange *x = stream->exchange;
    bool was_up = stream->up;
    uint64_t socket = stream->socket;
    log_info("exchange", "%s: stream dropped path=%s: %s", x->instance.name, stream->open.path,
             reason);
    stream->up = false;
    stream->wanted = wanted;
    if (stream->retry_timer != 0) {
        net_timer_cancel(x->net, stream->retry_timer);
        stream->retry_timer = 0;
    }
    if (socket != 0) {
        net_ws_close(x->net, socket, 1000);
    } else {
        retry_later(stream);
    }
    if (wanted && was_up) {
        tell_adapter(stream, SOFIA_STREAM_LOST);
    }
}

void exchange_restart_streams(struct exchange *x, const char *reason)
{
    for (uint32_t i = 0; i < EXCHANGE_STREAMS; i++) {
        if (x->streams[i].wanted) {
            exchange_stream_drop(&x->streams[i], true, reason);
        }
    }
}

uint32_t exchange_streams_up(const struct exchange *x, uint32_t purpose)
{
    uint32_t up = 0;
    for (uint32_t i = 0; i < EXCHANGE_STREAMS; i++) {
        up += x->streams[i].up && x->streams[i].open.purpose == purpose ? 1u : 0u;
    }
    return up;
}

int64_t exchange_last_frame_ns(const struct exchange *x, uint32_t purpose)
{
    int64_t last = 0;
    for (uint32_t i = 0; i < EXCHANGE_STREAMS; i++) {
        const struct stream_slot *stream = &x->streams[i];
        if (stream->wanted && stream->open.purpose == purpose && stream->last_frame_ns > last) {
            last = stream->last_frame_ns;
        }
    }
    return last;
}
