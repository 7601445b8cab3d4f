#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "metrics/registry.h"

/* The visit as text: one line a series, "name{label=value,}value" with ";bound:count" appended. */
struct dump {
    char text[16384];
    size_t len;
    uint32_t lines;
};

__attribute__((format(__printf__, 2, 3))) static void put(struct dump *dump, const char *fmt, ...)
{
    va_list args;
    int len = 0;

    va_start(args, fmt);
    len = vsnprintf(dump->text + dump->len, sizeof(dump->text) - dump->len, fmt, args);
    va_end(args);
    cr_assert(len >= 0 && (size_t)len < sizeof(dump->text) - dump->len);
    dump->len += (size_t)len;
}

static void dump_one(void *ctx, const struct sofia_metric *metric)
{
    struct dump *dump = ctx;

    put(dump, "%s{", metric->name);
    for (uint32_t i = 0; i < metric->label_count; i++) {
        put(dump, "%s=%s,", metric->labels[i].name, metric->labels[i].value);
    }
    put(dump, "}%s", metric->value);
    if (metric->type == SOFIA_METRIC_HISTOGRAM) {
        for (uint32_t i = 0; i < metric->bucket_count; i++) {
            put(dump, ";%s:%" PRIu64, metric->bucket_bounds[i], metric->bucket_counts[i]);
        }
        put(dump, ";%" PRIu64, metric->bucket_counts[metric->bucket_count]);
    }
    put(dump, "\n");
    dump->lines++;
}

static const char *dump_all(const struct metrics *metrics)
{
    static struct dump dump;

    memset(&dump, 0, sizeof(dump));
    metrics_visit(metrics, dump_one, &dump);
    return dump.text;
}

static void assert_shown(const struct metrics *metrics, const char *line)
{
    const char *text = dump_all(metrics);

    cr_assert_not_null(strstr(text, line), "'%s' is not in\n%s", line, text);
}

static void assert_not_shown(const struct metrics *metrics, const char *line)
{
    const char *text = dump_all(metrics);

    cr_assert_null(strstr(text, line), "'%s' is in\n%s", line, text);
}

static void assert_bounds_print_as_they_measure(const struct metric_family *family)
{
    for (uint32_t i = 0; i < family->bound_count; i++) {
        struct sofia_decimal bound = {0};
        const char *text = family->bounds[i].text;

        cr_assert_eq(sofia_decimal_parse(text, strlen(text), &bound), 0);
        cr_assert_eq(sofia_decimal_cmp(bound, sofia_decimal_of(family->bounds[i].ns, -9)), 0, "%s",
                     text);
        cr_assert_not_null(strchr(text, '.'), "'%s' is not a canonical float", text);
        cr_assert(i == 0 || family->bounds[i].ns > family->bounds[i - 1].ns);
    }
}

Test(metrics, the_table_is_sorted_and_follows_the_conventions)
{
    const char *before = "";

    for (int id = METRIC_INVALID + 1; id < METRIC_COUNT; id++) {
        const struct metric_family *family = metric_family((enum metric_id)id);
        size_t len = 0;

        cr_assert_not_null(family->name, "metric %d has no row", id);
        len = strlen(family->name);
        cr_assert_lt(strcmp(before, family->name), 0, "%s after %s", family->name, before);
        before = family->name;
        cr_assert_neq(family->help[0], '\0');
        cr_assert_gt(family->max_series, 0);
        cr_assert_eq(family->type == SOFIA_METRIC_COUNTER,
                     len > 6 && strcmp(family->name + len - 6, "_total") == 0, "%s", family->name);
        if (family->unit[0] != '\0') {
            size_t unit = strlen(family->unit);

            cr_assert(len > unit && strcmp(family->name + len - unit, family->unit) == 0, "%s",
                      family->name);
        }
        cr_assert_eq(family->type == SOFIA_METRIC_HISTOGRAM, family->bound_count > 0);
        cr_assert_leq(family->bound_count, METRICS_BOUNDS_MAX);
        assert_bounds_print_as_they_measure(family);
    }
}

Test(metrics, a_counter_counts_and_the_same_labels_are_the_same_series)
{
    struct metrics *metrics = metrics_new();
    struct metric *fills =
        metrics_series(metrics, METRIC_FILLS, METRIC_LABELS("binance", "buy", "live"));

    cr_assert_not_null(fills);
    assert_shown(metrics, "trading_fills_total{venue=binance,side=buy,mode=live,}0\n");
    metric_add(fills, 2);
    metric_add(metrics_series(metrics, METRIC_FILLS, METRIC_LABELS("binance", "buy", "live")), 40);
    metric_add(metrics_series(metrics, METRIC_FILLS, METRIC_LABELS("binance", "sell", "live")), 1);
    assert_shown(metrics, "trading_fills_total{venue=binance,side=buy,mode=live,}42\n");
    assert_shown(metrics, "trading_fills_total{venue=binance,side=sell,mode=live,}1\n");
    metrics_free(metrics);
}

Test(metrics, a_counter_holds_more_than_63_bits)
{
    struct metrics *metrics = metrics_new();

    metric_add(metrics_series(metrics, METRIC_DROPPED_EVENTS, METRIC_LABELS("q")), UINT64_MAX);
    assert_shown(metrics, "sofia_dropped_events_total{queue=q,}18446744073709551615\n");
    metrics_free(metrics);
}

Test(metrics, a_gauge_has_no_sample_until_set_and_after_clear)
{
    struct metrics *metrics = metrics_new();
    struct metric *latch = metrics_series(metrics, METRIC_KILL_ACTIVE, METRIC_NO_LABELS);

    assert_not_shown(metrics, "trading_kill_switch_active");
    metric_set(latch, 0);
    assert_shown(metrics, "trading_kill_switch_active{}0\n");
    metric_clear(latch);
    assert_not_shown(metrics, "trading_kill_switch_active");
    metrics_free(metrics);
}

static struct sofia_wide wide(const char *text)
{
    struct sofia_wide value = {0};

    cr_assert_eq(sofia_wide_parse(text, strlen(text), &value), 0);
    return value;
}

Test(metrics, money_is_shown_exactly)
{
    struct metrics *metrics = metrics_new();
    struct metric *pnl = metrics_series(metrics, METRIC_PNL, METRIC_LABELS("realized"));

    metric_set_decimal(pnl, wide("-0.30000001"));
    assert_shown(metrics, "trading_pnl_usd{component=realized,}-0.30000001\n");
    metric_set_decimal(pnl, wide("9007199254.74099301"));
    assert_shown(metrics, "trading_pnl_usd{component=realized,}9007199254.74099301\n");
    metric_set(pnl, 1500);
    assert_shown(metrics, "trading_pnl_usd{component=realized,}1500\n");
    metrics_free(metrics);
}

Test(metrics, finer_money_is_rounded_half_even_to_the_eighth_digit)
{
    struct metrics *metrics = metrics_new();
    struct metric *pnl = metrics_series(metrics, METRIC_PNL, METRIC_LABELS("fees"));

    metric_set_decimal(pnl, wide("1.000000005"));
    assert_shown(metrics, "trading_pnl_usd{component=fees,}1\n");
    metric_set_decimal(pnl, wide("1.000000015"));
    assert_shown(metrics, "trading_pnl_usd{component=fees,}1.00000002\n");
    metrics_free(metrics);
}

Test(metrics, an_absent_or_impossible_amount_has_no_sample)
{
    struct metrics *metrics = metrics_new();
    struct metric *pnl = metrics_series(metrics, METRIC_PNL, METRIC_LABELS("unrealized"));

    metric_set(pnl, 5);
    metric_set_decimal(pnl, sofia_wide_absent());
    assert_not_shown(metrics, "trading_pnl_usd");
    metric_set(pnl, 5);
    metric_set_decimal(pnl, wide("99999999999999"));
    assert_not_shown(metrics, "trading_pnl_usd");
    metrics_free(metrics);
}

Test(metrics, times_are_seconds_to_the_nanosecond)
{
    struct metrics *metrics = metrics_new();

    metric_set_ns(metrics_series(metrics, METRIC_CLOCK_OFFSET, METRIC_LABELS("binance")), -1500001);
    metric_set_ns(metrics_series(metrics, METRIC_PROCESS_START, METRIC_NO_LABELS),
                  INT64_C(1772366400000000000));
    assert_shown(metrics, "trading_clock_offset_seconds{venue=binance,}-0.001500001\n");
    assert_shown(metrics, "process_start_time_seconds{}1772366400\n");
    metrics_free(metrics);
}

Test(metrics, a_histogram_puts_a_value_equal_to_a_bound_below_it)
{
    struct metrics *metrics = metrics_new();
    struct metric *latency =
        metrics_series(metrics, METRIC_ORDER_LATENCY, METRIC_LABELS("binance", "place"));

    metric_observe_ns(latency, INT64_C(1000000));
    metric_observe_ns(latency, INT64_C(1000001));
    metric_observe_ns(latency, INT64_C(60000000000));
    metric_observe_ns(latency, -1);
    assert_shown(metrics, "order_latency_seconds{venue=binance,op=place,}60.002000001;0.001:2;"
                          "0.0025:3;0.005:3;0.01:3;0.025:3;0.05:3;0.1:3;0.25:3;0.5:3;1.0:3;2.5:3;"
                          "5.0:3;10.0:3;4\n");
    metrics_free(metrics);
}

Test(metrics, a_value_outside_a_closed_list_is_refused_and_counted)
{
    struct metrics *metrics = metrics_new();

    cr_assert_null(metrics_series(metrics, METRIC_MODE, METRIC_LABELS("liv")));
    cr_assert_null(metrics_series(metrics, METRIC_MODE, METRIC_LABELS("live|shadow")));
    cr_assert_not_null(metrics_series(metrics, METRIC_MODE, METRIC_LABELS("canary")));
    assert_shown(metrics, "sofia_series_refused_total{}2\n");
    metrics_free(metrics);
}

Test(metrics, wrong_number_or_shape_of_values_is_refused)
{
    struct metrics *metrics = metrics_new();
    char longest[METRICS_VALUE_SIZE + 1];

    memset(longest, 'x', sizeof(longest));
    longest[METRICS_VALUE_SIZE] = '\0';
    cr_assert_null(metrics_series(metrics, METRIC_PLUGIN_UP, METRIC_NO_LABELS));
    cr_assert_null(metrics_series(metrics, METRIC_PLUGIN_UP, METRIC_LABELS("a", "b")));
    cr_assert_null(metrics_series(metrics, METRIC_PLUGIN_UP, METRIC_LABELS("")));
    cr_assert_null(metrics_series(metrics, METRIC_PLUGIN_UP, METRIC_LABELS("\xff")));
    cr_assert_null(metrics_series(metrics, METRIC_PLUGIN_UP, METRIC_LABELS(longest)));
    longest[METRICS_VALUE_SIZE - 1] = '\0';
    cr_assert_not_null(metrics_series(metrics, METRIC_PLUGIN_UP, METRIC_LABELS(longest)));
    metrics_free(metrics);
}

Test(metrics, a_family_is_bounded_and_the_refused_series_is_harmless)
{
    struct metrics *metrics = metrics_new();
    uint32_t bound = metric_family(METRIC_PLUGIN_UP)->max_series;
    struct metric *last = NULL;

    for (uint32_t i = 0; i <= bound; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "p%u", (unsigned)i);
        last = metrics_series(metrics, METRIC_PLUGIN_UP, METRIC_LABELS(name));
        cr_assert_eq(last == NULL, i == bound);
    }
    metric_set(last, 1);
    metric_add(last, 1);
    metric_observe_ns(last, 1);
    cr_assert_not_null(metrics_series(metrics, METRIC_PLUGIN_UP, METRIC_LABELS("p0")));
    assert_shown(metrics, "sofia_series_refused_total{}1\n");
    metrics_free(metrics);
}

Test(metrics, announcing_a_venue_shows_every_closed_label_set_as_zero)
{
    struct metrics *metrics = metrics_new();

    cr_assert_eq(metrics_announce(metrics, "binance"), 0);
    assert_shown(metrics,
                 "trading_orders_total{venue=binance,side=sell,mode=canary,status=unknown,}0\n");
    assert_shown(metrics, "trading_errors_total{kind=rate_limit,venue=binance,}0\n");
    assert_shown(metrics, "order_latency_seconds{venue=binance,op=replace,}0;");
    assert_not_shown(metrics, "trading_orders_open");
    assert_not_shown(metrics, "api_latency_seconds");
    cr_assert_eq(metrics_announce(metrics, "binance"), 0);
    metrics_free(metrics);
}

static void assert_ascending(void *ctx, const struct sofia_metric *metric)
{
    const char **before = ctx;

    cr_assert_leq(strcmp(*before, metric->name), 0, "%s after %s", metric->name, *before);
    cr_assert_eq(metric->size, sizeof(*metric));
    *before = metric->name;
}

Test(metrics, families_come_together_and_by_name)
{
    struct metrics *metrics = metrics_new();
    const char *before = "";

    metric_set(metrics_series(metrics, METRIC_MODE, METRIC_LABELS("live")), 1);
    metric_set(metrics_series(metrics, METRIC_PLUGIN_UP, METRIC_LABELS("b")), 1);
    metric_set(metrics_series(metrics, METRIC_MODE, METRIC_LABELS("shadow")), 0);
    metric_set(metrics_series(metrics, METRIC_PLUGIN_UP, METRIC_LABELS("a")), 1);
    metrics_visit(metrics, assert_ascending, &before);
    cr_assert_str_eq(before, "trading_mode");
    metrics_free(metrics);
}
