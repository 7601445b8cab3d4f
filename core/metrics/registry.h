/* The registry: one number for everything the engine counts, measures or states about itself.
 *
 *     trade thread --metric_add, _set, _observe-->  [series]  <--metrics_visit-- a sink's thread
 *     (relaxed atomics, no lock, no allocation)         |         (never locks, never blocks)
 *                                                       +-- found once by metrics_series, kept as
 *                                                           a pointer for ever
 *
 * Use: ask metrics_series once for each label set and keep the pointer; update through it. A series
 * is never removed, so the pointer is valid until metrics_free. Every update accepts NULL and does
 * nothing, so a refused series (bound reached, value not in the closed list) costs its number and
 * nothing else; refusals are counted in sofia_series_refused_total.
 *
 * Numbers are whole: a counter is a u64; a gauge is an i64 in units of 10^exponent of its family
 * (dollars to eight digits, seconds to the nanosecond); a histogram counts and sums nanoseconds. So
 * one atomic word holds each of them, a reader can never see half an update, and what is printed is
 * exactly what was stored. A gauge that was never set, or was set to something absent, has no
 * sample: "not known" is not zero.
 *
 * Invariants: counters never fall; the last bucket count of a visit is the sum of all buckets; the
 * visit shows families by name and, in a family, series in the order they were first asked for.
 *
 * Owner: the engine. Thread: metrics_series takes a mutex when the series is new; finding one, updates
 * and visits are lock-free from any thread. Errors: metrics_new and metrics_announce, in the error
 * stack.
 */
#ifndef METRICS_REGISTRY_H
#define METRICS_REGISTRY_H

#include <stdint.h>

#include <sofia/decimal.h>
#include <sofia/host.h>

#include "metrics/families.h"

/* Longest label value, NUL included. A longer one is refused, not cut: two cut names could meet. */
#define METRICS_VALUE_SIZE 64

struct metrics;
struct metric;

struct metrics *metrics_new(void); /* NULL: no memory */
struct metrics *metrics_free(struct metrics *metrics);

/* The series of a family with these label values, in the family's label order, ended by NULL; made
 * when it is not there yet. NULL when it is refused: wrong number of values, a value that is too
 * long, empty, not UTF-8 or outside a closed list, the family's bound, no memory. Not for hot
 * paths. */
struct metric *metrics_series(struct metrics *metrics, enum metric_id id,
                              const char *const *values);
#define METRIC_LABELS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define METRIC_NO_LABELS ((const char *const[]){NULL})

/* Makes every counter and histogram series whose labels are `venue` and closed lists, so that each
 * is shown as 0 from the start and a rate over the first event is right. ERR_LIMIT. */
int metrics_announce(struct metrics *metrics, const char *venue);

void metric_add(struct metric *metric, uint64_t count); /* counter */
void metric_set(struct metric *metric, int64_t value);  /* gauge, in whole units */
void metric_set_ns(struct metric *metric, int64_t ns);  /* gauge in seconds */
/* Gauge, rounded half-even to the family's exponent; absent or too large: no sample. */
void metric_set_decimal(struct metric *metric, struct sofia_wide value);
void metric_clear(struct metric *metric);                  /* gauge: not known any more */
void metric_observe_ns(struct metric *metric, int64_t ns); /* histogram; negative counts as 0 */

/* Calls visit for each series that has a sample. The struct and all it points at are valid during
 * that call. Values of one visit are read one after the other: each is whole, together they may be
 * a moment apart. */
void metrics_visit(const struct metrics *metrics, sofia_metric_visit_fn visit, void *ctx);

#endif
