#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/ring.h"
#include "base/str.h"

#include "base/banned.h"

enum { DEFAULT_QUEUE = 4096, PATH_SIZE = 512, LINE_SIZE = LOG_TEXT_SIZE * 6 + 160 };

struct record {
    int64_t ts_ns;
    enum log_level level;
    char area[LOG_AREA_SIZE];
    char text[LOG_TEXT_SIZE];
};

static struct {
    struct ring ring;
    bool ready; /* the ring exists */
    _Atomic bool queued;
    _Atomic int level;
    _Atomic uint64_t write_failures;
    pthread_mutex_t writing; /* one line at a time; the trade thread never takes it while queued */
    enum log_format format;
    bool quiet;
    bool journal_prefix;
    int fd; /* of the file, or -1 */
    char path[PATH_SIZE];
    uint64_t reported_drops;
    struct clock *clock;
} the = {
    .level = LOG_INFO, .writing = PTHREAD_MUTEX_INITIALIZER, .format = LOG_KEY_VALUE, .fd = -1};

static const char *const level_names[LOG_LEVEL_COUNT] = {"invalid", "debug", "info", "warn",
                                                         "error"};

enum log_level log_level_of(const char *name)
{
    for (int i = LOG_DEBUG; i < LOG_LEVEL_COUNT; i++) {
        if (str_eq(name, level_names[i])) {
            return (enum log_level)i;
        }
    }
    return LOG_LEVEL_INVALID;
}

static int open_file(void)
{
    the.fd = open(the.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    return the.fd >= 0 ? 0 : error_set_errno("open log '%s'", the.path);
}

int log_init(const struct log_options *options)
{
    size_t records = options->queue_records > 0 ? options->queue_records : DEFAULT_QUEUE;

    if (the.ready) {
        return error_set(ERR_WRONG_STATE, "the log is open already");
    }
    the.path[0] = '\0';
    if (options->path != NULL) {
        if (str_copy(the.path, sizeof(the.path), options->path) != 0) {
            return error_set(ERR_LIMIT, "path of the log is too long: '%s'", options->path);
        }
        if (open_file() != 0) {
            return error_code();
        }
    }
    if (ring_init(&the.ring, RING_MANY_PRODUCERS, sizeof(struct record), records) != 0) {
        if (the.fd >= 0) {
            close(the.fd);
            the.fd = -1;
        }
        return error_append("log queue");
    }
    the.ready = true;
    the.format = options->format != LOG_FORMAT_INVALID ? options->format : LOG_KEY_VALUE;
    the.quiet = options->quiet;
    the.journal_prefix = options->journal_prefix;
    the.clock = options->clock;
    the.reported_drops = 0;
    log_set_level(options->level != LOG_LEVEL_INVALID ? options->level : LOG_INFO);
    return 0;
}

void log_release(void)
{
    log_stop();
    if (!the.ready) {
        return;
    }
    while (log_drain(DEFAULT_QUEUE) > 0) {
    }
    if (the.fd >= 0) {
        close(the.fd);
        the.fd = -1;
    }
    ring_release(&the.ring);
    the.ready = false;
}

void log_start(void)
{
    atomic_store_explicit(&the.queued, the.ready, memory_order_release);
}

void log_stop(void)
{
    atomic_store_explicit(&the.queued, false, memory_order_release);
}

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&the.level, (int)level, memory_order_relaxed);
}

bool log_is_on(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&the.level, memory_order_relaxed);
}

uint64_t log_dropped(void)
{
    return the.ready ? ring_dropped(&the.ring) : 0;
}

uint64_t log_write_failures(void)
{
    return atomic_load_explicit(&the.write_failures, memory_order_relaxed);
}

/* Text for a quoted value: the escapes of JSON, which logfmt readers understand too. */
static void add_escaped(struct text *line, const char *from)
{
    for (; *from != '\0'; from++) {
        unsigned char c = (unsigned char)*from;
        if (c == '"' || c == '\\') {
            text_add_n(line, "\\", 1);
            text_add_n(line, from, 1);
        } else if (c < 0x20 || c == 0x7f) {
            text_addf(line, "\\u%04x", c);
        } else {
            text_add_n(line, from, 1);
        }
    }
}

static void put_line(const struct record *record, struct text *line)
{
    char when[CLOCK_UTC_TEXT] = "";
    const char *level = level_names[record->level];

    (void)clock_print_utc(record->ts_ns, when, sizeof(when));
    if (the.format == LOG_JSON) {
        text_addf(line, "{\"ts\":\"%s\",\"level\":\"%s\",\"area\":\"%s\",\"msg\":\"", when, level,
                  record->area);
        add_escaped(line, record->text);
        text_add(line, "\"}\n");
    } else {
        text_addf(line, "ts=%s level=%s area=%s msg=\"", when, level, record->area);
        add_escaped(line, record->text);
        text_add(line, "\"\n");
    }
}

static void deliver(int fd, const char *data, size_t len)
{
    /* Not file_write_all: a log that cannot be written must not disturb the error stack of its
     * caller. */
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            atomic_fetch_add_explicit(&the.write_failures, 1, memory_order_relaxed);
            return;
        }
        data += n;
        len -= (size_t)n;
    }
}

static void write_record(const struct record *record)
{
    static const char *const priorities[LOG_LEVEL_COUNT] = {"<6>", "<7>", "<6>", "<4>", "<3>"};
    /* Fixed: an escaped text is at most six times as long, so `line` never has to grow. */
    char storage[LINE_SIZE];
    struct text line = {.data = storage, .cap = sizeof(storage)};

    storage[0] = '\0';
    text_add(&line, priorities[record->level]);
    size_t prefix = line.len;
    put_line(record, &line);

    pthread_mutex_lock(&the.writing);
    if (!the.quiet) {
        size_t skip = the.journal_prefix ? 0 : prefix;
        deliver(STDERR_FILENO, line.data + skip, line.len - skip);
    }
    if (the.fd >= 0) {
        deliver(the.fd, line.data + prefix, line.len - prefix);
    }
    pthread_mutex_unlock(&the.writing);
}

__attribute__((format(__printf__, 4, 0))) static void fill_record(struct record *record,
                                                                  enum log_level level,
                                                                  const char *area, const char *fmt,
                                                                  va_list args)
{
    struct clock *clock = the.clock != NULL ? the.clock : clock_real();

    record->ts_ns = clock_now_ns(clock);
    record->level = level > LOG_LEVEL_INVALID && level < LOG_LEVEL_COUNT ? level : LOG_ERROR;
    (void)str_copy(record->area, sizeof(record->area), area);
    if (vsnprintf(record->text, sizeof(record->text), fmt, args) >= (int)sizeof(record->text)) {
        memcpy(record->text + sizeof(record->text) - 4, "...", 4);
    }
}

void log_write(enum log_level level, const char *area, const char *fmt, ...)
{
    int saved = errno;
    va_list args;

    va_start(args, fmt);
    if (atomic_load_explicit(&the.queued, memory_order_acquire)) {
        struct record *record = ring_claim(&the.ring);
        if (record != NULL) {
            fill_record(record, level, area, fmt, args);
            ring_publish(&the.ring, record, sizeof(*record));
        }
    } else {
        struct record record;
        fill_record(&record, level, area, fmt, args);
        write_record(&record);
    }
    va_end(args);
    errno = saved;
}

/* logrotate renames the file: what we hold open is no longer what the name means. */
static void follow_rotation(void)
{
    struct stat named;
    struct stat held;

    if (the.fd < 0) {
        return;
    }
    if (fstat(the.fd, &held) == 0 && stat(the.path, &named) == 0 && held.st_ino == named.st_ino &&
        held.st_dev == named.st_dev) {
        return;
    }
    int fd = open(the.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) {
        atomic_fetch_add_explicit(&the.write_failures, 1, memory_order_relaxed);
        return; /* the old file still takes the lines; tried again at the next drain */
    }
    pthread_mutex_lock(&the.writing);
    close(the.fd);
    the.fd = fd;
    pthread_mutex_unlock(&the.writing);
}

static void report_drops(void)
{
    uint64_t dropped = ring_dropped(&the.ring);
    struct record record = {.level = LOG_WARN, .area = "log"};

    if (dropped == the.reported_drops) {
        return;
    }
    record.ts_ns = clock_now_ns(the.clock != NULL ? the.clock : clock_real());
    (void)str_format(record.text, sizeof(record.text), "log lines dropped count=%llu total=%llu",
                     (unsigned long long)(dropped - the.reported_drops),
                     (unsigned long long)dropped);
    the.reported_drops = dropped;
    write_record(&record);
}

size_t log_drain(size_t max)
{
    size_t done = 0;
    size_t len = 0;

    if (!the.ready) {
        return 0;
    }
    const struct record *record = ring_peek(&the.ring, &len);
    if (record != NULL) {
        follow_rotation();
    }
    while (record != NULL && done < max) {
        write_record(record);
        ring_pop(&the.ring);
        done++;
        record = ring_peek(&the.ring, &len);
    }
    report_drops();
    return done;
}
