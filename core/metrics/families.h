/* Which metrics exist: one table, read by the registry, the documentation and the rules.
 *
 * A family is a name with a type, a unit, a sentence and at most four labels. A label either has a
 * closed list of values (`values`, separated by '|') or takes names from the configuration: venues,
 * instruments, plugins, queues. Nothing that grows with trading (order ids, reasons) is ever a
 * label. `max_series` bounds each family, so that a mistake cannot fill the memory of whoever
 * scrapes.
 *
 * Names follow the conventions of Prometheus: base units, the unit in the name, _total on counters
 * and only there, times as _timestamp_seconds.
 *
 * Invariants (tested): the table is sorted by name, names are unique, bounds ascend and print as
 * they measure. Numbers of metric_id are internal to the process and may change.
 *
 * Owner: nobody, constants. Thread: any.
 */
#ifndef METRICS_FAMILIES_H
#define METRICS_FAMILIES_H

#include <stdint.h>

#define METRICS_LABELS_MAX 4
#define METRICS_BOUNDS_MAX 20

enum metric_id {
    METRIC_INVALID = 0,
    METRIC_API_LATENCY,
    METRIC_ORDER_LATENCY,
    METRIC_PROCESS_START,
    METRIC_BUILD_INFO,
    METRIC_DROPPED_EVENTS,
    METRIC_JOURNAL_LAG,
    METRIC_ORDER_LEG,
    METRIC_PLUGIN_UP,
    METRIC_QUEUE_DEPTH,
    METRIC_SERIES_REFUSED,
    METRIC_SINK_LAG,
    METRIC_SLOW_CALLBACKS,
    METRIC_CLOCK_OFFSET,
    METRIC_DAILY_LOSS_LIMIT,
    METRIC_DISK_FREE,
    METRIC_ERRORS,
    METRIC_FILLS,
    METRIC_KILL_ACTIVE,
    METRIC_MODE,
    METRIC_ORDERS_DENIED,
    METRIC_ORDERS_OPEN,
    METRIC_ORDERS,
    METRIC_ORDERS_UNKNOWN,
    METRIC_PNL,
    METRIC_POSITION_LIMIT,
    METRIC_POSITION,
    METRIC_DISCREPANCIES,
    METRIC_RECONCILED_AT,
    METRIC_WS_CONNECTED,
    METRIC_WS_LAST_MESSAGE,
    METRIC_COUNT
};

struct metric_label_def {
    const char *name;
    const char *values; /* "buy|sell": closed; NULL: names from the configuration */
};

/* Upper bound of a bucket, once as a number and once as it is printed ("le"). */
struct metric_bound {
    int64_t ns;
    const char *text;
};

struct metric_family {
    const char *name;
    const char *unit; /* "seconds", "usd", "bytes"; "" for counts and states */
    const char *help;
    uint32_t type;   /* SOFIA_METRIC_... */
    int8_t exponent; /* gauges keep whole multiples of 10^exponent */
    uint8_t bound_count;
    uint16_t max_series;
    const struct metric_bound *bounds;                  /* histograms; ascending, without +Inf */
    struct metric_label_def labels[METRICS_LABELS_MAX]; /* the first without a name ends the list */
};

/* The family of a valid id. */
const struct metric_family *metric_family(enum metric_id id);
uint32_t metric_family_label_count(const struct metric_family *family);

#endif
