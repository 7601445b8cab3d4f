/* sofia.sink.jsonl: every order, fill, verdict, position, balance, kill, mode and channel event as
 * one line of JSON. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sofia/module.h>

#include "jsonl.h"

struct jsonl {
    const struct sofia_host *host;
    struct log_file file;
    uint32_t sync_each_batch;
    char *room;
    size_t cap;
};

/* The folders between the state directory and the file. */
static int make_folders(const struct sofia_host *host, const char *name)
{
    char part[LOG_PATH_SIZE];
    char path[LOG_PATH_SIZE];

    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        size_t len = (size_t)(slash - name);
        int status = SOFIA_EINVAL;

        if (len < sizeof(part)) {
            memcpy(part, name, len);
            part[len] = '\0';
            status = host->sink->state_path(host, part, path, sizeof(path));
        }
        if (status != SOFIA_OK) {
            return status;
        }
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            host->log(host, SOFIA_LOG_ERROR, "a folder of option 'file' cannot be made");
            return SOFIA_EFAIL;
        }
    }
    return SOFIA_OK;
}

static int configure(struct jsonl *sink)
{
    const struct sofia_host *host = sink->host;
    const char *name = NULL;
    int64_t rotate_bytes = 0;
    int64_t keep = 0;
    int status = host->option_text(host, "file", &name);

    if (status == SOFIA_OK) {
        status = host->option_int(host, "rotate_bytes", &rotate_bytes);
    }
    if (status == SOFIA_OK) {
        status = host->option_int(host, "keep", &keep);
    }
    if (status == SOFIA_OK) {
        status = host->option_bool(host, "sync_each_batch", &sink->sync_each_batch);
    }
    if (status == SOFIA_OK) {
        status = host->sink->state_path(host, name, sink->file.path, sizeof(sink->file.path));
    }
    if (status != SOFIA_OK) {
        host->log(host, SOFIA_LOG_ERROR, "option 'file' must be a path below the state directory");
        return status;
    }
    sink->file.host = host;
    sink->file.fd = -1;
    sink->file.rotate_bytes = (uint64_t)rotate_bytes; /* both bounded by the table */
    sink->file.keep = (uint32_t)keep;
    return make_folders(host, name);
}

static int create(const struct sofia_host *host, void **ret_self)
{
    struct jsonl *sink = calloc(1, sizeof(*sink));
    int status = SOFIA_ENOMEM;

    if (sink == NULL) {
        return status;
    }
    sink->host = host;
    status = configure(sink);
    if (status != SOFIA_OK) {
        free(sink);
        return status;
    }
    *ret_self = sink;
    return SOFIA_OK;
}

static void destroy(void *self)
{
    struct jsonl *sink = self;

    if (sink != NULL) {
        log_close(&sink->file);
        free(sink->room);
        free(sink);
    }
}

static int start(void *self)
{
    struct jsonl *sink = self;

    return log_open(&sink->file);
}

/* Room for `count` lines of the longest kind. */
static int reserve(struct jsonl *sink, uint32_t count)
{
    size_t need = (size_t)count * LINE_ROOM;
    char *room = NULL;

    if (need <= sink->cap) {
        return SOFIA_OK;
    }
    room = realloc(sink->room, need);
    if (room == NULL) {
        return SOFIA_ENOMEM;
    }
    sink->room = room;
    sink->cap = need;
    return SOFIA_OK;
}

static int on_events(void *self, const struct sofia_event *const *events, uint32_t count)
{
    struct jsonl *sink = self;
    struct sofia_text text;
    int status = count == 0 ? SOFIA_OK : reserve(sink, count);

    if (status != SOFIA_OK || count == 0) {
        return status;
    }
    sofia_text_init(&text, sink->room, sink->cap);
    for (uint32_t i = 0; i < count; i++) {
        status = line_write(sink->host, events[i], &text);
        if (status != SOFIA_OK) {
            sink->host->log(sink->host, SOFIA_LOG_ERROR,
                            "an event that must be understood is of a newer kind than this sink");
            return status;
        }
    }
    if (sofia_text_status(&text) != 0) {
        sink->host->log(sink->host, SOFIA_LOG_ERROR, "an event cannot be written as text");
        return SOFIA_EFAIL;
    }
    if (text.len > 0) {
        status = log_append(&sink->file, text.at, text.len);
    }
    if (status == SOFIA_OK && sink->sync_each_batch) {
        status = log_sync(&sink->file);
    }
    return status;
}

static int flush(void *self)
{
    struct jsonl *sink = self;

    return log_sync(&sink->file);
}

static void stop(void *self)
{
    struct jsonl *sink = self;

    (void)log_sync(&sink->file);
    log_close(&sink->file);
}

#define OPTION .size = sizeof(struct sofia_option)

static const struct sofia_option options[] = {
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "file", .default_text = "logs/events.jsonl",
     .doc = "path below the state directory"},
    {OPTION, .type = SOFIA_OPTION_INT, .name = "rotate_bytes", .unit = "bytes",
     .default_text = "67108864", .min_text = "1024", .max_text = "1099511627776",
     .doc = "a file that would become larger is closed, renamed to <file>.1 and begun anew"},
    {OPTION, .type = SOFIA_OPTION_INT, .name = "keep", .default_text = "9", .min_text = "0",
     .max_text = "1000", .doc = "old files that are kept"},
    {OPTION, .type = SOFIA_OPTION_BOOL, .name = "sync_each_batch", .default_text = "false",
     .doc = "lines survive a power cut before the cursor moves, not only a crash of the engine"},
};

static const struct sofia_sink descriptor = {
    .size = sizeof(descriptor),
    .interests = SOFIA_WANT_ORDERS | SOFIA_WANT_CONTROL | SOFIA_WANT_CHANNELS,
    .create = create,
    .start = start,
    .on_events = on_events,
    .flush = flush,
    .stop = stop,
    .destroy = destroy,
};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    .magic = SOFIA_MAGIC,
    .size = sizeof(struct sofia_module),
    .abi_major = SOFIA_ABI_MAJOR,
    .abi_minor = SOFIA_ABI_MINOR,
    .kind = SOFIA_KIND_SINK,
    .option_count = sizeof(options) / sizeof(options[0]),
    .option_size = sizeof(struct sofia_option),
    .id = "sofia.sink.jsonl",
    .version = "1.0.0",
    .doc = "every event as one line of JSON in a rotated file",
    .descriptor = &descriptor,
    .options = options,
};
