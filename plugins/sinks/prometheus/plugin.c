/* sofia.sink.prometheus: once per tick, all metrics as one page for the control port. */
#include <stdlib.h>

#include <sofia/module.h>

#include "render.h"

#define FIRST_ROOM (64u * 1024)
#define MOST_ROOM (8u * 1024 * 1024)

struct prometheus {
    const struct sofia_host *host;
    const char *page;
    char *room;
    size_t cap;
    uint32_t is_failing; /* the failure that lasts has been logged */
};

static int create(const struct sofia_host *host, void **ret_self)
{
    struct prometheus *sink = calloc(1, sizeof(*sink));
    int status = SOFIA_ENOMEM;

    if (sink == NULL) {
        return status;
    }
    sink->host = host;
    sink->cap = FIRST_ROOM;
    sink->room = malloc(sink->cap);
    if (sink->room != NULL) {
        status = host->option_text(host, "page", &sink->page);
    }
    if (status != SOFIA_OK) {
        free(sink->room);
        free(sink);
        return status;
    }
    *ret_self = sink;
    return SOFIA_OK;
}

static void destroy(void *self)
{
    struct prometheus *sink = self;

    if (sink != NULL) {
        free(sink->room);
        free(sink);
    }
}

static int grow(struct prometheus *sink)
{
    char *room = NULL;

    if (sink->cap >= MOST_ROOM) {
        return SOFIA_ESPACE;
    }
    room = realloc(sink->room, sink->cap * 2);
    if (room == NULL) {
        return SOFIA_ENOMEM;
    }
    sink->room = room;
    sink->cap *= 2;
    return SOFIA_OK;
}

static int put_page(struct prometheus *sink)
{
    const struct sofia_host *host = sink->host;
    struct sofia_text text;
    int status = SOFIA_OK;

    sofia_text_init(&text, sink->room, sink->cap);
    while ((status = render_page(host, &text)) == SOFIA_ESPACE) {
        status = grow(sink);
        if (status != SOFIA_OK) {
            return status;
        }
        sofia_text_init(&text, sink->room, sink->cap);
    }
    if (status != SOFIA_OK) {
        return status;
    }
    return host->sink->page_put(host, sink->page, "text/plain; version=0.0.4; charset=utf-8",
                                text.at, text.len);
}

/* A page that could not be made leaves the last one in place; said once, when it begins. */
static int on_tick(void *self)
{
    struct prometheus *sink = self;
    int status = put_page(sink);

    if (status != SOFIA_OK && !sink->is_failing) {
        sink->host->log(sink->host, SOFIA_LOG_ERROR, "the metrics page cannot be made");
    }
    sink->is_failing = status != SOFIA_OK;
    return status;
}

/* So that the page is there before the first tick. */
static int start(void *self)
{
    (void)on_tick(self);
    return SOFIA_OK;
}

static int on_events(void *self, const struct sofia_event *const *events, uint32_t count)
{
    (void)self; /* what happens is counted by the core; nothing is asked for in `interests` */
    (void)events;
    (void)count;
    return SOFIA_OK;
}

static void stop(void *self)
{
    (void)on_tick(self);
}

static const struct sofia_option options[] = {
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_TEXT,
     .name = "page",
     .default_text = "metrics",
     .doc = "name of the page; the control port serves metrics at /metrics"},
};

static const struct sofia_sink descriptor = {
    .size = sizeof(descriptor),
    .interests = 0,
    .create = create,
    .start = start,
    .on_events = on_events,
    .on_tick = on_tick,
    .stop = stop,
    .destroy = destroy,
    .interval_ms = 1000,
};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    .magic = SOFIA_MAGIC,
    .size = sizeof(struct sofia_module),
    .abi_major = SOFIA_ABI_MAJOR,
    .abi_minor = SOFIA_ABI_MINOR,
    .kind = SOFIA_KIND_SINK,
    .option_count = sizeof(options) / sizeof(options[0]),
    .option_size = sizeof(struct sofia_option),
    .id = "sofia.sink.prometheus",
    .version = "1.0.0",
    .doc = "all metrics as a page for Prometheus",
    .descriptor = &descriptor,
    .options = options,
};
