/* The registry under real threads: one writer, one late registrar, one visitor that must never see
 * half a value or a counter that falls. A plain program, because ThreadSanitizer does not start
 * under Criterion. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "metrics/registry.h"

enum { ROUNDS = 200000, QUEUES = 60 };

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

struct shared {
    struct metrics *metrics;
    atomic_bool done;
};

struct seen {
    uint64_t orders;
    uint64_t observed;
    uint32_t queues;
};

/* The gauge alternates between two values that have no digit in common. */
static void *trade(void *arg)
{
    struct shared *shared = arg;
    struct metric *orders = metrics_series(shared->metrics, METRIC_ORDERS,
                                           METRIC_LABELS("v", "buy", "live", "success"));
    struct metric *pnl = metrics_series(shared->metrics, METRIC_PNL, METRIC_LABELS("realized"));
    struct metric *latency =
        metrics_series(shared->metrics, METRIC_ORDER_LATENCY, METRIC_LABELS("v", "place"));

    for (int i = 0; i < ROUNDS; i++) {
        metric_add(orders, 1);
        metric_set_decimal(pnl,
                           sofia_wide_of(i % 2 == 0 ? sofia_decimal_of(INT64_C(1111111111111), -8)
                                                    : sofia_decimal_of(INT64_C(-222222), 0)));
        metric_observe_ns(latency, INT64_C(3000000));
    }
    atomic_store(&shared->done, true);
    return NULL;
}

static void *register_late(void *arg)
{
    struct shared *shared = arg;

    for (int i = 0; i < QUEUES; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "queue-%d", i);
        metric_set(metrics_series(shared->metrics, METRIC_QUEUE_DEPTH, METRIC_LABELS(name)), i);
    }
    return NULL;
}

static void look(void *ctx, const struct sofia_metric *metric)
{
    struct seen *seen = ctx;

    if (strcmp(metric->name, "trading_orders_total") == 0) {
        uint64_t value = strtoull(metric->value, NULL, 10);

        CHECK(value >= seen->orders);
        seen->orders = value;
    } else if (strcmp(metric->name, "trading_pnl_usd") == 0) {
        CHECK(strcmp(metric->value, "11111.11111111") == 0 ||
              strcmp(metric->value, "-222222") == 0);
    } else if (strcmp(metric->name, "order_latency_seconds") == 0) {
        uint64_t total = metric->bucket_counts[metric->bucket_count];

        CHECK(total >= seen->observed);
        CHECK(metric->bucket_counts[1] == 0);
        CHECK(metric->bucket_counts[2] == total);
        seen->observed = total;
    } else if (strcmp(metric->name, "sofia_queue_depth") == 0) {
        CHECK(strncmp(metric->labels[0].value, "queue-", 6) == 0);
        CHECK(strcmp(metric->labels[0].value + 6, metric->value) == 0);
        seen->queues++;
    }
}

int main(void)
{
    struct shared shared = {.metrics = metrics_new()};
    struct seen seen = {0};
    pthread_t writer;
    pthread_t registrar;

    CHECK(shared.metrics != NULL);
    CHECK(pthread_create(&writer, NULL, trade, &shared) == 0);
    CHECK(pthread_create(&registrar, NULL, register_late, &shared) == 0);
    while (!atomic_load(&shared.done)) {
        metrics_visit(shared.metrics, look, &seen);
    }
    CHECK(pthread_join(writer, NULL) == 0);
    CHECK(pthread_join(registrar, NULL) == 0);
    seen.queues = 0;
    metrics_visit(shared.metrics, look, &seen);
    CHECK(seen.orders == ROUNDS);
    CHECK(seen.observed == ROUNDS);
    CHECK(seen.queues == QUEUES);
    metrics_free(shared.metrics);
    return 0;
}
