#include "metrics/registry.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/str.h"

#include "base/banned.h"

/* A gauge without a sample. No sum of dollars or seconds is this number by accident. */
#define NO_SAMPLE INT64_MIN

/* One series. Everything but the atomics is written before the series is linked and never again. */
struct metric {
    struct metric *_Atomic next;
    const struct metric_family *family;
    _Atomic uint64_t count; /* counter; histogram: sum in ns */
    _Atomic int64_t level;  /* gauge, in units of 10^exponent */
    char values[METRICS_LABELS_MAX][METRICS_VALUE_SIZE];
    _Atomic uint64_t buckets[]; /* histogram: bound_count + 1 */
};

struct metrics_list {
    struct metric *_Atomic first;
    struct metric *last;
    uint32_t count;
};

struct metrics {
    pthread_mutex_t registration; /* last and count of every list */
    struct metrics_list lists[METRIC_COUNT];
    struct metric *refused;
};

struct metrics *metrics_new(void)
{
    struct metrics *metrics = calloc(1, sizeof(*metrics));

    if (metrics == NULL) {
        (void)error_set(ERR_NOMEM, "no memory for the metrics registry");
        return NULL;
    }
    (void)pthread_mutex_init(&metrics->registration, NULL);
    metrics->refused = metrics_series(metrics, METRIC_SERIES_REFUSED, METRIC_NO_LABELS);
    if (metrics->refused == NULL) {
        (void)error_set(ERR_NOMEM, "no memory for the metrics registry");
        return metrics_free(metrics);
    }
    return metrics;
}

struct metrics *metrics_free(struct metrics *metrics)
{
    if (metrics == NULL) {
        return NULL;
    }
    for (size_t id = 0; id < METRIC_COUNT; id++) {
        struct metric *metric = atomic_load(&metrics->lists[id].first);

        while (metric != NULL) {
            struct metric *next = atomic_load(&metric->next);

            free(metric);
            metric = next;
        }
    }
    (void)pthread_mutex_destroy(&metrics->registration);
    free(metrics);
    return NULL;
}

/* Is value one of "a|b|c"? */
static bool is_listed(const char *list, const char *value)
{
    size_t len = strcspn(value, "|");

    for (const char *at = list; at != NULL; at = strchr(at, '|')) {
        at += at == list ? 0 : 1;
        if (strncmp(at, value, len) == 0 && (at[len] == '|' || at[len] == '\0')) {
            return value[len] == '\0';
        }
    }
    return false;
}

static bool is_label_value(const struct metric_label_def *label, const char *value)
{
    size_t len = strnlen(value, METRICS_VALUE_SIZE);

    if (len == 0 || len == METRICS_VALUE_SIZE || !str_is_utf8(value, len, NULL)) {
        return false;
    }
    return label->values == NULL || is_listed(label->values, value);
}

static bool is_label_set(const struct metric_family *family, const char *const *values)
{
    uint32_t expected = metric_family_label_count(family);

    for (uint32_t i = 0; i < expected; i++) {
        if (values[i] == NULL || !is_label_value(&family->labels[i], values[i])) {
            return false;
        }
    }
    return values[expected] == NULL;
}

static bool has_values(const struct metric *metric, const char *const *values)
{
    for (uint32_t i = 0; values[i] != NULL; i++) {
        if (strcmp(metric->values[i], values[i]) != 0) {
            return false;
        }
    }
    return true;
}

static struct metric *find(const struct metrics_list *list, const char *const *values)
{
    struct metric *metric = atomic_load_explicit(&list->first, memory_order_acquire);

    while (metric != NULL && !has_values(metric, values)) {
        metric = atomic_load_explicit(&metric->next, memory_order_acquire);
    }
    return metric;
}

static struct metric *metric_new(const struct metric_family *family, const char *const *values)
{
    size_t buckets = family->bound_count == 0 ? 0 : (size_t)family->bound_count + 1;
    struct metric *metric = calloc(1, sizeof(*metric) + buckets * sizeof(metric->buckets[0]));

    if (metric == NULL) {
        return NULL;
    }
    metric->family = family;
    atomic_init(&metric->level, NO_SAMPLE);
    for (uint32_t i = 0; values[i] != NULL; i++) {
        (void)str_copy(metric->values[i], sizeof(metric->values[i]), values[i]);
    }
    return metric;
}

/* Registration is held. Linked with release, so that a visitor that sees it sees all of it. */
static struct metric *add(struct metrics_list *list, const struct metric_family *family,
                          const char *const *values)
{
    struct metric *metric = NULL;

    if (list->count >= family->max_series) {
        return NULL;
    }
    metric = metric_new(family, values);
    if (metric == NULL) {
        return NULL;
    }
    atomic_store_explicit(list->last == NULL ? &list->first : &list->last->next, metric,
                          memory_order_release);
    list->last = metric;
    list->count++;
    return metric;
}

struct metric *metrics_series(struct metrics *metrics, enum metric_id id, const char *const *values)
{
    const struct metric_family *family = metric_family(id);
    struct metrics_list *list = &metrics->lists[id];
    bool allowed = is_label_set(family, values);
    struct metric *metric = allowed ? find(list, values) : NULL;

    /* Only what is new takes the lock: whoever counts what is there waits for nobody. */
    if (allowed && metric == NULL) {
        (void)pthread_mutex_lock(&metrics->registration);
        metric = find(list, values);
        if (metric == NULL) {
            metric = add(list, family, values);
        }
        (void)pthread_mutex_unlock(&metrics->registration);
    }
    if (metric == NULL) {
        metric_add(metrics->refused, 1);
    }
    return metric;
}

/* Fills the labels from `at` on with every combination and registers each. */
static int announce(struct metrics *metrics, enum metric_id id, const char **values, uint32_t at,
                    const char *venue)
{
    const struct metric_family *family = metric_family(id);
    const char *list = NULL;
    int status = 0;

    if (at == metric_family_label_count(family)) {
        values[at] = NULL;
        return metrics_series(metrics, id, values) == NULL
                   ? error_set(ERR_LIMIT, "metric %s refuses venue '%s'", family->name, venue)
                   : 0;
    }
    list = family->labels[at].values;
    if (list == NULL) {
        values[at] = venue;
        return announce(metrics, id, values, at + 1, venue);
    }
    while (status == 0 && list != NULL) {
        char word[METRICS_VALUE_SIZE];
        const char *end = strchr(list, '|');

        (void)str_copy_n(word, sizeof(word), list,
                         end == NULL ? strlen(list) : (size_t)(end - list));
        values[at] = word;
        status = announce(metrics, id, values, at + 1, venue);
        list = end == NULL ? NULL : end + 1;
    }
    return status;
}

/* Only the venue is open: the whole label set is known as soon as the venue is. */
static bool is_announced(const struct metric_family *family)
{
    bool has_venue = false;

    if (family->type == SOFIA_METRIC_GAUGE) {
        return false;
    }
    for (uint32_t i = 0; i < metric_family_label_count(family); i++) {
        bool is_venue = strcmp(family->labels[i].name, "venue") == 0;

        if (family->labels[i].values == NULL && !is_venue) {
            return false;
        }
        has_venue = has_venue || is_venue;
    }
    return has_venue;
}

int metrics_announce(struct metrics *metrics, const char *venue)
{
    for (int id = METRIC_INVALID + 1; id < METRIC_COUNT; id++) {
        const char *values[METRICS_LABELS_MAX + 1] = {NULL};
        int status = 0;

        if (is_announced(metric_family((enum metric_id)id))) {
            status = announce(metrics, (enum metric_id)id, values, 0, venue);
        }
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

void metric_add(struct metric *metric, uint64_t count)
{
    if (metric != NULL) {
        assert(metric->family->type == SOFIA_METRIC_COUNTER);
        atomic_fetch_add_explicit(&metric->count, count, memory_order_relaxed);
    }
}

static void set_level(struct metric *metric, int64_t level)
{
    assert(metric->family->type == SOFIA_METRIC_GAUGE);
    atomic_store_explicit(&metric->level, level, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t value)
{
    if (metric != NULL) {
        metric_set_decimal(metric, sofia_wide_of(sofia_decimal_of(value, 0)));
    }
}

void metric_set_ns(struct metric *metric, int64_t ns)
{
    if (metric != NULL) {
        assert(metric->family->exponent == -9);
        set_level(metric, ns);
    }
}

void metric_set_decimal(struct metric *metric, struct sofia_wide value)
{
    struct sofia_wide rounded = {0};
    struct sofia_decimal narrow = {0};
    int64_t level = NO_SAMPLE;

    if (metric == NULL) {
        return;
    }
    if (sofia_wide_quantize(value, metric->family->exponent, SOFIA_ROUND_HALF_EVEN, &rounded) !=
            0 ||
        sofia_wide_narrow(rounded, &narrow) != 0 ||
        sofia_decimal_rescale(narrow, metric->family->exponent, &level) != 0) {
        level = NO_SAMPLE;
    }
    set_level(metric, level);
}

void metric_clear(struct metric *metric)
{
    if (metric != NULL) {
        set_level(metric, NO_SAMPLE);
    }
}

void metric_observe_ns(struct metric *metric, int64_t ns)
{
    uint32_t bucket = 0;

    if (metric == NULL) {
        return;
    }
    assert(metric->family->type == SOFIA_METRIC_HISTOGRAM);
    if (ns < 0) {
        ns = 0;
    }
    while (bucket < metric->family->bound_count && ns > metric->family->bounds[bucket].ns) {
        bucket++;
    }
    atomic_fetch_add_explicit(&metric->count, (uint64_t)ns, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->buckets[bucket], 1, memory_order_relaxed);
}

/* What one visit needs besides the series itself. */
struct visit {
    sofia_metric_visit_fn call;
    void *ctx;
    const struct metric_family *family;
    uint32_t label_count;
    char value[SOFIA_DECIMAL_TEXT];
    struct sofia_metric_label labels[METRICS_LABELS_MAX];
    const char *bounds[METRICS_BOUNDS_MAX];
    uint64_t counts[METRICS_BOUNDS_MAX + 1];
};

static void print_u64(uint64_t value, char *buf, size_t cap)
{
    struct sofia_wide wide = {.lo = value};

    (void)sofia_wide_print(wide, buf, cap);
}

/* False: the series has no sample. */
static bool read_value(struct visit *visit, const struct metric *metric)
{
    uint64_t count = atomic_load_explicit(&metric->count, memory_order_relaxed);
    int64_t level = atomic_load_explicit(&metric->level, memory_order_relaxed);
    uint64_t total = 0;

    switch (visit->family->type) {
    case SOFIA_METRIC_COUNTER:
        print_u64(count, visit->value, sizeof(visit->value));
        return true;
    case SOFIA_METRIC_GAUGE:
        if (level == NO_SAMPLE) {
            return false;
        }
        (void)sofia_decimal_print(sofia_decimal_of(level, visit->family->exponent), visit->value,
                                  sizeof(visit->value));
        return true;
    default:
        for (uint32_t i = 0; i <= visit->family->bound_count; i++) {
            total += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
            visit->counts[i] = total;
        }
        (void)sofia_wide_print((struct sofia_wide){.lo = count, .exponent = -9}, visit->value,
                               sizeof(visit->value));
        return true;
    }
}

static void visit_series(struct visit *visit, const struct metric *metric)
{
    const struct metric_family *family = visit->family;
    struct sofia_metric shown = {
        .size = sizeof(shown),
        .type = family->type,
        .name = family->name,
        .unit = family->unit,
        .help = family->help,
        .labels = visit->labels,
        .label_count = visit->label_count,
        .bucket_count = family->bound_count,
        .value = visit->value,
    };

    if (!read_value(visit, metric)) {
        return;
    }
    for (uint32_t i = 0; i < visit->label_count; i++) {
        visit->labels[i].value = metric->values[i];
    }
    if (family->type == SOFIA_METRIC_HISTOGRAM) {
        shown.bucket_bounds = visit->bounds;
        shown.bucket_counts = visit->counts;
    }
    visit->call(visit->ctx, &shown);
}

void metrics_visit(const struct metrics *metrics, sofia_metric_visit_fn call, void *ctx)
{
    struct visit visit = {.call = call, .ctx = ctx};

    for (int id = METRIC_INVALID + 1; id < METRIC_COUNT; id++) {
        const struct metric *metric =
            atomic_load_explicit(&metrics->lists[id].first, memory_order_acquire);

        visit.family = metric_family((enum metric_id)id);
        visit.label_count = metric_family_label_count(visit.family);
        for (uint32_t i = 0; i < visit.label_count; i++) {
            visit.labels[i].name = visit.family->labels[i].name;
        }
        for (uint32_t i = 0; i < visit.family->bound_count; i++) {
            visit.bounds[i] = visit.family->bounds[i].text;
        }
        while (metric != NULL) {
            visit_series(&visit, metric);
            metric = atomic_load_explicit(&metric->next, memory_order_acquire);
        }
    }
}
