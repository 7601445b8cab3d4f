/* A strict reader of the Prometheus text format 0.0.4, for tests: it accepts what the format's
 * description promises and nothing else, and keeps the samples for questions.
 *
 * Checked: HELP and TYPE once per family and before its samples, families not interleaved, names,
 * label syntax and escapes, numbers, counters ending in _total, buckets ascending and cumulative
 * with a +Inf that equals _count, no series twice.
 *
 * Owner: the test. Thread: one.
 */
#ifndef EXPOSITION_H
#define EXPOSITION_H

#include <stddef.h>

#define EXPOSITION_SAMPLES 2048

struct exposition {
    size_t count;
    struct {
        char *series; /* name{a="b"}: as on the page */
        char *value;
    } samples[EXPOSITION_SAMPLES];
    size_t families;
    char error[256]; /* "" when the page is right */
};

/* 0, or -1 with error set. Release in both cases. */
int exposition_read(struct exposition *page, const char *text);
void exposition_release(struct exposition *page);

/* The value of a series, written as on the page; NULL: it is not there. */
const char *exposition_value(const struct exposition *page, const char *series);

#endif
