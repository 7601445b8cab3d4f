#include "publish/sink.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/ring.h"
#include "base/str.h"
#include "model/state.h"
#include "plugin/loader.h"
#include "publish/event.h"
#include "store/journal.h"

#define BATCH 64
#define POLL_NS (20 * CLOCK_NS_PER_MS)
#define CURSOR_EVERY_NS CLOCK_NS_PER_S
#define RING_SLOTS 4096
#define RING_SLOT_SIZE 512
#define PATH_SIZE 512

struct sink {
    struct instance instance;
    const struct sofia_sink *desc;
    struct sink_config config;
    struct sofia_host_sink host;
    struct state state; /* own fold of the journal */
    struct journal_reader *reader;
    struct ring ring;
    pthread_t thread;
    bool running;
    _Atomic bool stop;
    _Atomic uint64_t cursor; /* last record the plugin has accepted */
    uint64_t delivered_from; /* records up to here were delivered before this start */
    union published batch[BATCH + EVENTS_PER_RECORD];
    const struct sofia_event *pointers[BATCH + EVENTS_PER_RECORD];
    uint32_t batch_count;
    uint64_t batch_seq; /* last record in the batch */
    uint64_t saved_cursor;
    pthread_mutex_t page_lock;
    char page_name[SOFIA_NAME_SIZE];
    char page_type[128];
    char *page;
    size_t page_len;
};

static struct sink *sink_of(const struct sofia_host *host)
{
    return ((struct instance *)host->impl)->owner;
}

/* ---- the host's calls ---- */

static int host_metrics(const struct sofia_host *host, sofia_metric_visit_fn visit, void *ctx)
{
    struct sink *s = sink_of(host);
    return s->config.metrics(s->config.ctx, visit, ctx);
}

static int host_page_put(const struct sofia_host *host, const char *name, const char *type,
                         const void *bytes, size_t len)
{
    struct sink *s = sink_of(host);
    char *copy = malloc(len + 1);
    if (copy == NULL) {
        return SOFIA_ENOMEM;
    }
    memcpy(copy, bytes, len);
    copy[len] = '\0';
    pthread_mutex_lock(&s->page_lock);
    char *old = s->page;
    s->page = copy;
    s->page_len = len;
    (void)str_copy(s->page_name, sizeof(s->page_name), name);
    (void)str_copy(s->page_type, sizeof(s->page_type), type);
    pthread_mutex_unlock(&s->page_lock);
    free(old);
    return SOFIA_OK;
}

static int host_state_path(const struct sofia_host *host, const char *name, char *buf, size_t cap)
{
    struct sink *s = sink_of(host);
    if (name == NULL || name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL) {
        return SOFIA_EINVAL;
    }
    return str_format(buf, cap, "%s/%s", s->config.state_dir, name) == 0 ? SOFIA_OK : SOFIA_ESPACE;
}

/* Names from the sink's own fold: what an event's instrument was called when it was journaled. */
static int host_instrument(const struct sofia_host *host, uint32_t id,
                           struct sofia_instrument *ret_instrument)
{
    const struct sink *s = sink_of(host);
    const struct record_name *name = names_get(&s->state.names, NAME_INSTRUMENT, id);
    if (name == NULL) {
        return SOFIA_ENOENT;
    }
    memset(ret_instrument, 0, sizeof(*ret_instrument));
    ret_instrument->size = sizeof(*ret_instrument);
    memcpy(ret_instrument->name, name->name, sizeof(ret_instrument->name));
    memcpy(ret_instrument->venue_symbol, name->venue_symbol, sizeof(ret_instrument->venue_symbol));
    memcpy(ret_instrument->base, name->base, sizeof(ret_instrument->base));
    memcpy(ret_instrument->quote, name->quote, sizeof(ret_instrument->quote));
    return SOFIA_OK;
}

int sink_page(struct sink *s, const char *name, char **ret_bytes, size_t *ret_len,
              char ret_type[128])
{
    int rc = ERR_NOT_FOUND;
    pthread_mutex_lock(&s->page_lock);
    if (s->page != NULL && strcmp(s->page_name, name) == 0) {
        char *copy = malloc(s->page_len + 1);
        if (copy != NULL) {
            memcpy(copy, s->page, s->page_len + 1);
            *ret_bytes = copy;
            *ret_len = s->page_len;
            (void)str_copy(ret_type, 128, s->page_type);
        }
        rc = copy == NULL ? ERR_NOMEM : 0;
    }
    pthread_mutex_unlock(&s->page_lock);
    return rc;
}

/* ---- the cursor ---- */

static void cursor_path(const struct sink *s, char *buf, size_t cap)
{
    (void)str_format(buf, cap, "%s/sinks/%s.cursor", s->config.state_dir, s->instance.name);
}

static void load_cursor(struct sink *s)
{
    char path[PATH_SIZE];
    char *text = NULL;
    size_t len;
    int64_t value = 0;
    cursor_path(s, path, sizeof(path));
    if (file_read(path, 64, &text, &len) == 0) {
        while (len > 0 && text[len - 1] == '\n') {
            len--;
        }
        (void)str_to_i64(text, len, &value);
    }
    free(text);
    error_clear();
    s->delivered_from = value > 0 ? (uint64_t)value : 0;
    atomic_store(&s->cursor, s->delivered_from);
    s->saved_cursor = s->delivered_from;
}

static void save_cursor(struct sink *s)
{
    char path[PATH_SIZE];
    char text[32];
    uint64_t cursor = atomic_load(&s->cursor);
    if (cursor == s->saved_cursor) {
        return;
    }
    cursor_path(s, path, sizeof(path));
    int len = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)cursor);
    if (file_write_atomic(path, text, (size_t)len, 0600) == 0) {
        s->saved_cursor = cursor;
    } else {
        log_warn("sink", "%s: cursor not saved: %s", s->instance.name, error_message());
        error_clear();
    }
}

/* ---- batches ---- */

static bool wants(const struct sink *s, uint32_t type)
{
    switch (type) {
    case SOFIA_EV_KILL:
    case SOFIA_EV_MODE:
        return (s->desc->interests & SOFIA_WANT_CONTROL) != 0;
    case SOFIA_EV_TICKER:
    case SOFIA_EV_TRADE:
        return (s->desc->interests & SOFIA_WANT_MARKET) != 0;
    case SOFIA_EV_CHANNEL:
        return (s->desc->interests & SOFIA_WANT_CHANNELS) != 0;
    default:
        return (s->desc->interests & SOFIA_WANT_ORDERS) != 0;
    }
}

/* Offers the batch until it is taken or the sink stops. */
static bool deliver(struct sink *s)
{
    int64_t pause_ns = POLL_NS;
    for (uint32_t i = 0; i < s->batch_count; i++) {
        s->pointers[i] = &s->batch[i].head;
    }
    while (s->batch_count > 0) {
        guard_enter(&s->instance);
        int rc = s->desc->on_events(s->instance.self, s->pointers, s->batch_count);
        atomic_store(&s->instance.entered_mono_ns, 0);
        if (rc == 0) {
            break;
        }
        log_warn("sink", "%s: batch of %u refused with %d, offered again", s->instance.name,
                 s->batch_count, rc);
        if (atomic_load(&s->stop)) {
            return false;
        }
        struct timespec pause = {.tv_sec = pause_ns / CLOCK_NS_PER_S,
                                 .tv_nsec = pause_ns % CLOCK_NS_PER_S};
        (void)nanosleep(&pause, NULL);
        pause_ns = pause_ns * 2 > 5 * CLOCK_NS_PER_S ? 5 * CLOCK_NS_PER_S : pause_ns * 2;
    }
    s->batch_count = 0;
    if (s->batch_seq > atomic_load(&s->cursor)) {
        atomic_store(&s->cursor, s->batch_seq);
    }
    return true;
}

static void take_record(struct sink *s, const struct journal_record *record)
{
    struct published_set set;
    if (state_apply(&s->state, record->seq, record->ts_ns, record->kind, record->payload,
                    record->len) != 0) {
        log_error("sink", "%s: %s", s->instance.name, error_message());
        return;
    }
    s->batch_seq = record->seq;
    if (record->seq <= s->delivered_from) {
        return;
    }
    event_from_record(&s->state, record->seq, record->ts_ns, record->kind, record->payload, &set);
    for (uint32_t i = 0; i < set.count; i++) {
        if (wants(s, set.events[i].head.type)) {
            s->batch[s->batch_count++] = set.events[i];
        }
    }
}

/* True if there was something. */
static bool read_journal(struct sink *s)
{
    struct journal_record record;
    bool any = false;
    int rc = 0;
    while (s->batch_count < BATCH && (rc = journal_reader_next(s->reader, &record)) == 1) {
        take_record(s, &record);
        any = true;
    }
    if (rc < 0) {
        log_error("sink", "%s: %s", s->instance.name, error_message());
    }
    return deliver(s) && any;
}

static bool read_ring(struct sink *s)
{
    size_t len;
    const void *event;
    while (s->batch_count < BATCH && (event = ring_peek(&s->ring, &len)) != NULL) {
        memcpy(&s->batch[s->batch_count++], event, len);
        ring_pop(&s->ring);
    }
    bool any = s->batch_count > 0;
    (void)deliver(s);
    return any;
}

/* ---- the thread ---- */

static int64_t tick_ns(const struct sink *s)
{
    bool has = SOFIA_HAS(sofia_sink, s->desc, interval_ms) && s->desc->interval_ms != 0;
    return (has ? s->desc->interval_ms : 1000) * CLOCK_NS_PER_MS;
}

static void run_until_stopped(struct sink *s)
{
    int64_t next_tick = 0;
    int64_t next_flush = 0;
    const struct timespec pause = {.tv_nsec = POLL_NS};
    while (!atomic_load(&s->stop)) {
        bool any = read_journal(s);
        any = read_ring(s) || any;
        int64_t now = clock_mono_ns(s->config.clock);
        if (s->desc->on_tick != NULL && now >= next_tick) {
            next_tick = now + tick_ns(s);
            (void)s->desc->on_tick(s->instance.self);
        }
        if (now >= next_flush) {
            next_flush = now + CURSOR_EVERY_NS;
            if (s->desc->flush == NULL || s->desc->flush(s->instance.self) == 0) {
                save_cursor(s);
            }
        }
        if (!any) {
            (void)nanosleep(&pause, NULL);
        }
    }
}

static void *run(void *ctx)
{
    struct sink *s = ctx;
    int rc = s->desc->start(s->instance.self);
    if (rc != 0) {
        instance_quarantine(&s->instance, "start returned %d", rc);
        return NULL;
    }
    run_until_stopped(s);
    while (read_journal(s)) {
    }
    (void)read_ring(s);
    if (s->desc->on_tick != NULL) {
        (void)s->desc->on_tick(s->instance.self);
    }
    if (s->desc->flush == NULL || s->desc->flush(s->instance.self) == 0) {
        save_cursor(s);
    }
    s->desc->stop(s->instance.self);
    return NULL;
}

/* ---- life ---- */

int sink_new(const struct sink_config *config, uint32_t number, const char *name,
             const struct module *module, const struct config_bound *options,
             struct sink **ret_sink)
{
    char path[PATH_SIZE];
    struct sink *s = mem_aligned(sizeof(*s));
    if (s == NULL) {
        return error_set(ERR_NOMEM, "sink '%s'", name);
    }
    instance_init(&s->instance, number, name, module, options, NULL, config->clock);
    s->instance.owner = s;
    s->desc = s->instance.desc->descriptor;
    s->config = *config;
    s->host = (struct sofia_host_sink){.size = sizeof(s->host),
                                       .metrics = host_metrics,
                                       .page_put = host_page_put,
                                       .state_path = host_state_path};
    s->instance.host.sink = &s->host;
    s->instance.host.instrument = host_instrument;
    (void)pthread_mutex_init(&s->page_lock, NULL);
    int rc = str_format(path, sizeof(path), "%s/sinks", config->state_dir);
    rc = rc != 0 ? rc : file_make_dirs(path, 0700);
    rc = rc != 0 ? rc : state_init(&s->state);
    rc = rc != 0 ? rc : ring_init(&s->ring, RING_ONE_PRODUCER, RING_SLOT_SIZE, RING_SLOTS);
    if (rc == 0 && s->desc->create(&s->instance.host, &s->instance.self) != 0) {
        rc = error_set(ERR_INVALID, "sink '%s' refused its options", name);
    }
    if (rc != 0) {
        sink_free(s);
        return rc;
    }
    *ret_sink = s;
    return 0;
}

struct sink *sink_free(struct sink *s)
{
    if (s != NULL) {
        if (s->instance.self != NULL) {
            s->desc->destroy(s->instance.self);
        }
        state_release(&s->state);
        ring_release(&s->ring);
        (void)pthread_mutex_destroy(&s->page_lock);
        free(s->page);
        free(s);
    }
    return NULL;
}

int sink_start(struct sink *s)
{
    load_cursor(s);
    int rc = journal_cursor_open(s->config.journal, 0, &s->reader);
    if (rc != 0) {
        return error_append("sink '%s'", s->instance.name);
    }
    if (pthread_create(&s->thread, NULL, run, s) != 0) {
        return error_set(ERR_NOMEM, "thread of sink '%s'", s->instance.name);
    }
    s->running = true;
    return 0;
}

void sink_stop(struct sink *s)
{
    if (s->running) {
        atomic_store(&s->stop, true);
        (void)pthread_join(s->thread, NULL);
        s->running = false;
    }
    if (s->reader != NULL) {
        journal_reader_close(s->reader);
        s->reader = NULL;
    }
}

struct instance *sink_instance(struct sink *s)
{
    return &s->instance;
}

void sink_offer(struct sink *s, const struct sofia_event *event)
{
    if (wants(s, event->type) && event->size <= RING_SLOT_SIZE &&
        event->size <= sizeof(union published)) {
        (void)ring_push(&s->ring, event, event->size);
    }
}

uint64_t sink_cursor(const struct sink *s)
{
    return atomic_load(&((struct sink *)(uintptr_t)s)->cursor);
}

uint64_t sink_dropped(struct sink *s)
{
    return ring_dropped(&s->ring);
}
