/* The program's log, from any thread, without a file write where it would hurt.
 *
 *     any thread                                          one other thread (persist)
 *     log_info("net", "connected host=%s", h) --> ring --> log_drain() --> stderr, logs/api.log
 *
 * Two modes. Direct (from log_init until log_start, after log_stop, and in tools): the caller
 * writes the line itself. Queued (between them): the line goes into a bounded ring and log_drain
 * writes it; what finds no room is counted, and the count is itself written as a line, so that a
 * gap in the log is never silent.
 *
 * A line is the same as JSON or
 *     ts=2026-03-01T12:00:00.123456789Z level=info area=net msg="connected host=venue"
 *
 * Invariants: a log call never blocks and never allocates in queued mode; text is cut at
 * LOG_TEXT_SIZE; control characters and quotes are escaped, so one call is one line; there is no
 * function that logs a secret.
 * Owner: one per process. Thread: log_* macros any; log_init, log_start, log_stop main; log_drain
 * the draining thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

enum log_level {
    LOG_LEVEL_INVALID = 0,
    LOG_DEBUG = 1, /* the numbers of sdk's SOFIA_LOG_* */
    LOG_INFO = 2,
    LOG_WARN = 3,
    LOG_ERROR = 4,
    LOG_LEVEL_COUNT
};

enum log_format { LOG_FORMAT_INVALID = 0, LOG_KEY_VALUE = 1, LOG_JSON = 2, LOG_FORMAT_COUNT };

enum { LOG_AREA_SIZE = 24, LOG_TEXT_SIZE = 464 };

struct log_options {
    enum log_level level;   /* least important level that is kept; 0: LOG_INFO */
    enum log_format format; /* 0: LOG_KEY_VALUE */
    const char *path; /* second copy of each line; NULL: none. Its folder must exist; re-opened when
                         rotated away */
    size_t queue_records; /* 0: 4096 */
    bool quiet;           /* nothing to stderr */
    bool journal_prefix;  /* "<6>" before each line on stderr, which the systemd journal takes as
                             priority */
    struct clock *clock;  /* NULL: the real one */
};

/* Until it is called, lines of LOG_INFO and above go to stderr. Errors: error stack. */
int log_init(const struct log_options *options);
void log_release(void); /* drains what is left, closes the file */

void log_start(void); /* queued from now on */
void log_stop(void);  /* direct again; the producers are gone or may lose nothing by writing */

/* Writes at most `max` queued lines; returns how many. Also reports new drops and re-opens a
 * rotated file. */
size_t log_drain(size_t max);

void log_set_level(enum log_level level);
bool log_is_on(enum log_level level);
uint64_t log_dropped(void);
uint64_t log_write_failures(void); /* lines the file or stderr did not take */

void log_write(enum log_level level, const char *area, const char *fmt, ...)
    __attribute__((format(__printf__, 3, 4)));

#define log_debug(area, ...) log_at(LOG_DEBUG, area, __VA_ARGS__)
#define log_info(area, ...) log_at(LOG_INFO, area, __VA_ARGS__)
#define log_warn(area, ...) log_at(LOG_WARN, area, __VA_ARGS__)
#define log_error(area, ...) log_at(LOG_ERROR, area, __VA_ARGS__)

/* The level is asked first, so that a silent line costs no formatting. */
#define log_at(level, area, ...)                                                                   \
    do {                                                                                           \
        if (log_is_on(level)) {                                                                    \
            log_write((level), (area), __VA_ARGS__);                                               \
        }                                                                                          \
    } while (0)

/* LOG_DEBUG for "debug" ...; LOG_LEVEL_INVALID for anything else. */
enum log_level log_level_of(const char *name);

#endif
