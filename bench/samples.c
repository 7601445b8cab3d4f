#include "samples.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

void samples_init(struct samples *samples, size_t cap)
{
    samples->ns = malloc(cap * sizeof(samples->ns[0]));
    if (samples->ns == NULL) {
        bench_fail("no memory for %zu samples", cap);
    }
    memset(samples->ns, 0xff, cap * sizeof(samples->ns[0]));
    samples->count = 0;
    samples->cap = cap;
}

void samples_release(struct samples *samples)
{
    free(samples->ns);
    memset(samples, 0, sizeof(*samples));
}

void samples_add(struct samples *samples, int64_t ns)
{
    if (samples->count < samples->cap) {
        samples->ns[samples->count++] = ns;
    }
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;
    return (*x > *y) - (*x < *y);
}

static int64_t quantile(const struct samples *samples, size_t per_mille)
{
    return samples->count == 0 ? 0 : samples->ns[(samples->count - 1) * per_mille / 1000];
}

void samples_print(struct samples *samples, const char *name)
{
    int64_t sum = 0;
    qsort(samples->ns, samples->count, sizeof(samples->ns[0]), compare);
    for (size_t i = 0; i < samples->count; i++) {
        sum += samples->ns[i];
    }
    printf(",\"%s_p50_ns\":%" PRId64 ",\"%s_p99_ns\":%" PRId64 ",\"%s_p999_ns\":%" PRId64
           ",\"%s_mean_ns\":%" PRId64,
           name, quantile(samples, 500), name, quantile(samples, 990), name, quantile(samples, 999),
           name, samples->count == 0 ? 0 : sum / (int64_t)samples->count);
}

static int64_t read_clock(clockid_t which)
{
    struct timespec t;
    (void)clock_gettime(which, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t bench_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t bench_cpu_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t bench_thread_cpu_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

int64_t bench_rss_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1) {
        bench_fail("/proc/self/statm cannot be read");
    }
    (void)fclose(file);
    return (int64_t)pages * sysconf(_SC_PAGESIZE) / 1024;
}

size_t bench_number(const char *text, size_t max)
{
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value < 1 || value > max) {
        bench_fail("'%s' is not a number from 1 to %zu", text, max);
    }
    return (size_t)value;
}

void bench_fail(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)fputs("bench: ", stderr);
    (void)vfprintf(stderr, fmt, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(1);
}
