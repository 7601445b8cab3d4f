/* What every program here measures with: one duration per order, the process's CPU time and memory, one line of JSON.
 *
 * All numbers are integers: nanoseconds and KiB. Owner: the program. Thread: one.
 */
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

struct samples {
    int64_t *ns;
    size_t count;
    size_t cap;
};

/* Memory is touched now, so that no page fault falls into a measurement. Ends the program when there is none. */
void samples_init(struct samples *samples, size_t cap);
void samples_release(struct samples *samples);
void samples_add(struct samples *samples, int64_t ns);

/* Sorts, then prints  ,"<name>_p50_ns":..,"<name>_p99_ns":..,"<name>_p999_ns":..,"<name>_mean_ns":..  */
void samples_print(struct samples *samples, const char *name);

int64_t bench_now_ns(void);        /* monotonic */
int64_t bench_cpu_ns(void);        /* user and system, all threads of this process */
int64_t bench_thread_cpu_ns(void); /* of the calling thread */
int64_t bench_rss_kib(void);

/* A whole number from the command line between 1 and max; else ends the program with a sentence. */
size_t bench_number(const char *text, size_t max);

/* Ends the program: what was measured would mean nothing. */
_Noreturn void bench_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
