/* The file of JSON lines: what one is made of, and where it goes.
 *
 *     events --line_write--> [batch in memory] --log_append--> events.jsonl
 *                                                              events.jsonl.1  the one before
 *                                                              events.jsonl.2  ...
 *
 * A batch is written whole or not at all: when a write fails half way the file is cut back to where
 * it was, so that the batch can come again and no line is ever torn. A torn last line left by a
 * power cut is cut off when the file is opened; its events were not acknowledged and come again.
 *
 * Owner: the sink. Thread: [sink].
 */
#ifndef JSONL_H
#define JSONL_H

#include <sofia/event.h>
#include <sofia/host.h>
#include <sofia/kit/text.h>

#define JSONL_SCHEMA 1

/* Longest line; the largest event has about 1500 bytes of text, each of which may need six. */
#define LINE_ROOM 16384u

/* ---- one event as one line (line.c) ---- */

/* Appends the line with its line feed. SOFIA_OK also for an event that is not written (an unknown
 * type); SOFIA_ENOTSUP for an unknown one that must be understood. */
int line_write(const struct sofia_host *host, const struct sofia_event *event,
               struct sofia_text *text);

/* ---- members of an object (fields.c); each begins with a comma ---- */

void field_text(struct sofia_text *text, const char *name, const char *value);
/* A fixed array of an event: ends at its NUL or its size; bytes that are not UTF-8 become U+FFFD.
 */
void field_chars(struct sofia_text *text, const char *name, const char *chars, size_t cap);
#define FIELD_CHARS(text, name, array) field_chars((text), (name), (array), sizeof(array))
void field_bool(struct sofia_text *text, const char *name, uint32_t value);
void field_number(struct sofia_text *text, const char *name, uint32_t value);
/* As strings: a JSON number is a double to most readers. */
void field_u64(struct sofia_text *text, const char *name, uint64_t value);
void field_decimal(struct sofia_text *text, const char *name, struct sofia_decimal value);
void field_wide(struct sofia_text *text, const char *name, struct sofia_wide value);
/* "<name>" as ISO-8601 UTC with nanoseconds and "<name>_ns" as an integer; null when 0. */
void field_time(struct sofia_text *text, const char *name, int64_t ts_ns);
/* The word for a number; the number itself as text when it has none. */
void field_word(struct sofia_text *text, const char *name, uint32_t value, const char *const *words,
                uint32_t count);

/* ---- the file (file.c) ---- */

#define LOG_PATH_SIZE 4096

struct log_file {
    const struct sofia_host *host;
    char path[LOG_PATH_SIZE];
    int fd; /* -1: not open */
    uint32_t is_dirty;
    uint64_t size;
    uint64_t rotate_bytes;
    uint32_t keep; /* old files */
};

/* Each: SOFIA_OK, or SOFIA_EFAIL with the reason in the log. */
int log_open(struct log_file *file);
int log_append(struct log_file *file, const char *bytes, size_t len);
int log_sync(struct log_file *file);
void log_close(struct log_file *file);

#endif
