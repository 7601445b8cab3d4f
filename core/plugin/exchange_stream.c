/* Streams of an exchange: opened when the adapter wants them, opened again when they break, numbered each time. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "plugin/exchange_impl.h"

#define RETRY_FIRST_NS (250 * CLOCK_NS_PER_MS)
#define RETRY_MAX_NS (30 * CLOCK_NS_PER_S)
#define MESSAGE_MAX ((size_t)32 << 20) /* some venues send a book in one piece, 16 MiB of it */
#define SUCCESSOR_PATIENCE_NS (30 * CLOCK_NS_PER_S) /* until it must have taken over */

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

static void tell_adapter(struct stream_slot *stream, uint32_t state, uint32_t generation)
{
    struct exchange *x = stream->exchange;
    if (x->instance.quarantined || !x->started) {
        return;
    }
    guard_enter(&x->instance);
    x->desc->on_stream(x->instance.self, handle_of(stream), stream->open.cookie, state, generation);
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

/* ---- a connection that gets old has a successor before it ends ---- */

static void connect_successor(struct stream_slot *stream);

static void stop_timer(struct stream_slot *stream, uint64_t *timer)
{
    if (*timer != 0) {
        net_timer_cancel(stream->exchange->net, *timer);
        *timer = 0;
    }
}

static void drop_successor(struct stream_slot *stream)
{
    uint64_t socket = stream->next_socket;
    stream->next_socket = 0;
    stream->next_up = false;
    if (socket != 0) {
        net_ws_close(stream->exchange->net, socket, 1000);
    }
}

static void on_age(void *ctx);

static void age_later(struct stream_slot *stream, int64_t delay_ns)
{
    struct exchange *x = stream->exchange;
    stop_timer(stream, &stream->age_timer);
    if (net_timer_start(x->net, clock_mono_ns(x->instance.clock) + delay_ns, on_age, stream,
                        &stream->age_timer) != 0) {
        log_error("exchange", "%s: no timer for the age of a stream: %s", x->instance.name,
                  error_message());
    }
}

static void on_age(void *ctx)
{
    struct stream_slot *stream = ctx;
    struct exchange *x = stream->exchange;
    stream->age_timer = 0;
    if (!stream->up || !x->started) {
        return;
    }
    if (stream->next_socket != 0) {
        log_warn("exchange", "%s: the successor of a stream was not taken over path=%s",
                 x->instance.name, stream->open.path);
        uint32_t generation = stream->next_generation;
        bool was_up = stream->next_up;
        drop_successor(stream);
        if (was_up) {
            tell_adapter(stream, SOFIA_STREAM_LOST, generation);
        }
    } else {
        connect_successor(stream);
    }
    age_later(stream, SUCCESSOR_PATIENCE_NS);
}

static void begin_age(struct stream_slot *stream)
{
    if (stream->open.max_age_ms > 0) {
        age_later(stream, (int64_t)stream->open.max_age_ms * CLOCK_NS_PER_MS);
    }
}

int exchange_stream_switch(struct stream_slot *stream)
{
    struct exchange *x = stream->exchange;
    uint64_t old = stream->socket;
    if (!stream->next_up) {
        return error_set(ERR_NOT_FOUND, "%s: the stream has no successor", x->instance.name);
    }
    log_info("exchange", "%s: stream goes on generation=%u after=%u path=%s", x->instance.name,
             stream->next_generation, stream->net_generation, stream->open.path);
    stream->socket = stream->next_socket;
    stream->net_generation = stream->next_generation;
    stream->next_socket = 0;
    stream->next_up = false;
    net_ws_close(x->net, old, 1000);
    begin_age(stream);
    return 0;
}

static void on_open(void *ctx, uint64_t socket, uint32_t generation)
{
    struct stream_slot *stream = ctx;
    if (socket == stream->next_socket) {
        stream->next_generation = generation;
        stream->next_up = true;
        tell_adapter(stream, SOFIA_STREAM_SUCCESSOR, generation);
        return;
    }
    stream->socket = socket;
    stream->net_generation = generation;
    stream->up = true;
    stream->last_frame_ns = clock_now_ns(stream->exchange->instance.clock);
    sofia_backoff_reset(&stream->backoff);
    log_info("exchange", "%s: stream up generation=%u path=%s", stream->exchange->instance.name,
             generation, stream->open.path);
    begin_age(stream);
    tell_adapter(stream, SOFIA_STREAM_UP, generation);
}

static void on_frame(void *ctx, uint64_t socket, const char *bytes, size_t len, bool binary)
{
    struct stream_slot *stream = ctx;
    struct exchange *x = stream->exchange;
    bool next = stream->next_up && socket == stream->next_socket;
    bool current = stream->up && socket == stream->socket;
    if ((!current && !next) || x->instance.quarantined || !x->started) {
        return; /* what a dead connection left behind */
    }
    stream->last_frame_ns = clock_now_ns(x->instance.clock);
    (void)binary;
    guard_enter(&x->instance);
    int rc = x->desc->on_frame(x->instance.self, handle_of(stream), stream->open.cookie,
                               next ? stream->next_generation : stream->net_generation, bytes, len);
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

/* true: what ended was the successor, or a connection that has been replaced. */
static bool on_other_close(struct stream_slot *stream, const struct net_ws_end *end)
{
    if (stream->next_socket != 0 && end->socket == stream->next_socket) {
        bool was_up = stream->next_up;
        stream->next_socket = 0;
        stream->next_up = false;
        if (was_up) {
            tell_adapter(stream, SOFIA_STREAM_LOST, stream->next_generation);
        }
        return true;
    }
    return end->socket != stream->socket;
}

/* The old one died before its successor was complete: the successor is the connection from here on. */
static void promote(struct stream_slot *stream)
{
    uint64_t socket = stream->next_socket;
    stream->next_socket = 0;
    stream->next_up = false;
    on_open(stream, socket, stream->next_generation);
}

static void on_close(void *ctx, const struct net_ws_end *end)
{
    struct stream_slot *stream = ctx;
    bool was_up = stream->up;
    if (on_other_close(stream, end)) {
        return;
    }
    stream->socket = 0;
    stream->up = false;
    stop_timer(stream, &stream->age_timer);
    if (!stream->wanted) {
        return;
    }
    log_warn("exchange", "%s: stream lost generation=%u path=%s: %s",
             stream->exchange->instance.name, end->generation, stream->open.path, end->text);
    if (was_up) {
        tell_adapter(stream, SOFIA_STREAM_LOST, end->generation);
    }
    if (stream->next_up) {
        promote(stream);
        return;
    }
    drop_successor(stream);
    retry_later(stream);
}

static int open_socket(struct stream_slot *stream, uint64_t *ret_socket, uint32_t *ret_generation)
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
    int rc = net_ws_open(x->net, &config, ret_socket, ret_generation);
    if (rc != 0) {
        log_warn("exchange", "%s: stream cannot be opened: %s", x->instance.name, error_message());
        *ret_socket = 0;
    }
    return rc;
}

static void connect_stream(struct stream_slot *stream)
{
    if (open_socket(stream, &stream->socket, &stream->net_generation) != 0) {
        retry_later(stream);
    }
}

static void connect_successor(struct stream_slot *stream)
{
    (void)open_socket(stream, &stream->next_socket, &stream->next_generation);
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
        if (stream->wanted || stream->socket != 0 || stream->next_socket != 0) {
            continue;
        }
        uint32_t generation = stream->generation + 1;
        memset(stream, 0, sizeof(*stream));
        stream->exchange = x;
        stream->wanted = true;
        stream->generation = generation;
        memcpy(&stream->open, open,
               open->size < sizeof(stream->open) ? open->size : sizeof(stream->open));
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
    stop_timer(stream, &stream->retry_timer);
    stop_timer(stream, &stream->age_timer);
    drop_successor(stream);
    if (socket != 0) {
        net_ws_close(x->net, socket, 1000);
    } else {
        retry_later(stream);
    }
    if (wanted && was_up) {
        tell_adapter(stream, SOFIA_STREAM_LOST, stream->net_generation);
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
