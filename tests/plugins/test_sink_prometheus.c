/* The page as a scraper sees it: the core's own registry in, the sink as it is shipped, a strict
 * reader behind it. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "metrics/registry.h"

#include "exposition.h"
#include "fake_host.h"

struct desk {
    struct fake_host fake;
    const struct sofia_sink *sink;
    void *self;
    struct metrics *metrics;
    struct exposition page;
};

static void from_registry(void *source, sofia_metric_visit_fn visit, void *ctx)
{
    metrics_visit(source, visit, ctx);
}

static void open_desk(struct desk *desk)
{
    const struct sofia_module *module = fake_module_load("sink_prometheus");

    memset(desk, 0, sizeof(*desk));
    fake_host_init(&desk->fake, module);
    desk->metrics = metrics_new();
    cr_assert_not_null(desk->metrics);
    desk->fake.metrics = from_registry;
    desk->fake.metrics_source = desk->metrics;
    desk->sink = module->descriptor;
    cr_assert_eq(desk->sink->create(&desk->fake.host, &desk->self), SOFIA_OK);
}

static void close_desk(struct desk *desk)
{
    desk->sink->stop(desk->self);
    desk->sink->destroy(desk->self);
    exposition_release(&desk->page);
    metrics_free(desk->metrics);
    fake_host_release(&desk->fake);
}

static void look(struct desk *desk)
{
    cr_assert_eq(desk->sink->on_tick(desk->self), SOFIA_OK);
    exposition_release(&desk->page);
    cr_assert_eq(exposition_read(&desk->page, desk->fake.page), 0, "%s in\n%s", desk->page.error,
                 desk->fake.page);
}

static void assert_shown(const struct desk *desk, const char *series, const char *value)
{
    const char *shown = exposition_value(&desk->page, series);

    cr_assert_not_null(shown, "%s is not in\n%s", series, desk->fake.page);
    cr_assert_str_eq(shown, value, "%s", series);
}

static void fill(struct desk *desk)
{
    struct metrics *metrics = desk->metrics;

    cr_assert_eq(metrics_announce(metrics, "binance"), 0);
    cr_assert_eq(metrics_announce(metrics, "second"), 0);
    metric_add(
        metrics_series(metrics, METRIC_ORDERS, METRIC_LABELS("binance", "buy", "live", "success")),
        42);
    metric_set_decimal(metrics_series(metrics, METRIC_PNL, METRIC_LABELS("realized")),
                       fake_wide("-12.34567891"));
    metric_set_ns(
        metrics_series(metrics, METRIC_WS_LAST_MESSAGE, METRIC_LABELS("binance", "market")),
        INT64_C(1772366400123456789));
    metric_set(metrics_series(metrics, METRIC_BUILD_INFO, METRIC_LABELS("1.0.0", "abc", "1.0")), 1);
    for (int i = 0; i < 3; i++) {
        metric_observe_ns(
            metrics_series(metrics, METRIC_ORDER_LATENCY, METRIC_LABELS("binance", "place")),
            INT64_C(40000000) << i);
    }
}

Test(sink_prometheus, the_page_of_a_full_registry_is_strictly_right)
{
    struct desk desk;

    open_desk(&desk);
    fill(&desk);
    look(&desk);
    cr_assert_str_eq(desk.fake.page_name, "metrics");
    cr_assert_str_eq(desk.fake.page_type, "text/plain; version=0.0.4; charset=utf-8");
    assert_shown(&desk,
                 "trading_orders_total{venue=\"binance\",side=\"buy\",mode=\"live\",status="
                 "\"success\"}",
                 "42");
    assert_shown(&desk, "trading_pnl_usd{component=\"realized\"}", "-12.34567891");
    assert_shown(&desk,
                 "trading_ws_last_message_timestamp_seconds{venue=\"binance\",channel=\"market\"}",
                 "1772366400.123456789");
    assert_shown(&desk, "sofia_series_refused_total", "0");
    close_desk(&desk);
}

Test(sink_prometheus, a_histogram_has_cumulative_buckets_sum_and_count)
{
    struct desk desk;

    open_desk(&desk);
    fill(&desk);
    look(&desk);
    assert_shown(&desk, "order_latency_seconds_bucket{venue=\"binance\",op=\"place\",le=\"0.025\"}",
                 "0");
    assert_shown(&desk, "order_latency_seconds_bucket{venue=\"binance\",op=\"place\",le=\"0.1\"}",
                 "2");
    assert_shown(&desk, "order_latency_seconds_bucket{venue=\"binance\",op=\"place\",le=\"1.0\"}",
                 "3");
    assert_shown(&desk, "order_latency_seconds_bucket{venue=\"binance\",op=\"place\",le=\"+Inf\"}",
                 "3");
    assert_shown(&desk, "order_latency_seconds_sum{venue=\"binance\",op=\"place\"}", "0.28");
    assert_shown(&desk, "order_latency_seconds_count{venue=\"binance\",op=\"place\"}", "3");
    close_desk(&desk);
}

Test(sink_prometheus, a_gauge_without_a_value_is_not_on_the_page)
{
    struct desk desk;

    open_desk(&desk);
    (void)metrics_series(desk.metrics, METRIC_KILL_ACTIVE, METRIC_NO_LABELS);
    look(&desk);
    cr_assert_null(strstr(desk.fake.page, "kill_switch"));
    close_desk(&desk);
}

/* Names and help texts nobody would choose, as one gauge. */
static void hostile(void *source, sofia_metric_visit_fn visit, void *ctx)
{
    const struct sofia_metric_label labels[] = {{"queue", "a\"b\\c\nd"}, {"other", "\xc3\xa4"}};
    const struct sofia_metric metric = {.size = sizeof(metric),
                                        .type = SOFIA_METRIC_GAUGE,
                                        .name = "sofia_queue_depth",
                                        .unit = "",
                                        .help = "one \\ two\nthree \"four\"",
                                        .labels = labels,
                                        .label_count = 2,
                                        .value = "1"};

    (void)source;
    visit(ctx, &metric);
}

Test(sink_prometheus, quotes_backslashes_and_line_feeds_are_escaped)
{
    struct desk desk;

    open_desk(&desk);
    desk.fake.metrics = hostile;
    look(&desk);
    assert_shown(&desk, "sofia_queue_depth{queue=\"a\\\"b\\\\c\\nd\",other=\"\xc3\xa4\"}", "1");
    cr_assert_not_null(
        strstr(desk.fake.page, "# HELP sofia_queue_depth one \\\\ two\\nthree \"four\"\n"));
    close_desk(&desk);
}

static void from_the_future(void *source, sofia_metric_visit_fn visit, void *ctx)
{
    const struct sofia_metric metric = {
        .size = sizeof(metric), .type = 99, .name = "x", .help = "x", .value = "1"};

    visit(ctx, &metric);
    metrics_visit(source, visit, ctx);
}

Test(sink_prometheus, a_type_from_a_newer_core_is_left_out)
{
    struct desk desk;

    open_desk(&desk);
    desk.fake.metrics = from_the_future;
    look(&desk);
    cr_assert_eq(desk.page.families, 1);
    close_desk(&desk);
}

Test(sink_prometheus, a_page_larger_than_the_first_room_is_whole)
{
    struct desk desk;
    uint32_t bound = metric_family(METRIC_API_LATENCY)->max_series;

    open_desk(&desk);
    for (uint32_t i = 0; i < bound; i++) {
        char name[METRICS_VALUE_SIZE];

        (void)snprintf(name, sizeof(name), "GET /a/rather/long/path/of/an/endpoint/%u",
                       (unsigned)i);
        metric_observe_ns(
            metrics_series(desk.metrics, METRIC_API_LATENCY, METRIC_LABELS("v", name)), 1);
    }
    cr_assert_eq(desk.sink->on_tick(desk.self), SOFIA_OK);
    cr_assert_gt(desk.fake.page_len, 128u * 1024u);
    cr_assert_eq(strlen(desk.fake.page), desk.fake.page_len);
    cr_assert_not_null(strstr(desk.fake.page, "endpoint/255\"} 1\n"));
    close_desk(&desk);
}

Test(sink_prometheus, a_failure_that_lasts_is_said_once)
{
    struct desk desk;

    open_desk(&desk);
    desk.fake.page_status = SOFIA_EFAIL;
    cr_assert_lt(desk.sink->on_tick(desk.self), 0);
    cr_assert_lt(desk.sink->on_tick(desk.self), 0);
    cr_assert_eq(desk.fake.log_count, 1);
    desk.fake.page_status = SOFIA_OK;
    cr_assert_eq(desk.sink->on_tick(desk.self), SOFIA_OK);
    desk.fake.page_status = SOFIA_EFAIL;
    cr_assert_lt(desk.sink->on_tick(desk.self), 0);
    cr_assert_eq(desk.fake.log_count, 2);
    desk.fake.page_status = SOFIA_OK;
    close_desk(&desk);
}

static void assert_refused(const char *text, const char *why)
{
    static struct exposition page;

    cr_assert_eq(exposition_read(&page, text), -1, "accepted:\n%s", text);
    cr_assert_not_null(strstr(page.error, why), "'%s' for\n%s", page.error, text);
    exposition_release(&page);
}

#define HEAD "# HELP a_total x\n# TYPE a_total counter\n"
#define HISTOGRAM "# HELP h x\n# TYPE h histogram\n"

Test(sink_prometheus, the_reader_refuses_wrong_pages)
{
    assert_refused("a 1\n", "outside its family");
    assert_refused("# TYPE a_total counter\n", "not behind its HELP");
    assert_refused(HEAD "a_total 1", "does not end");
    assert_refused(HEAD "a_total one\n", "not a sample");
    assert_refused(HEAD "a_total 1e3\n", "not a sample");
    assert_refused(HEAD "a_total 1\na_total 2\n", "series twice");
    assert_refused(HEAD "a_total{x=\"\\t\"} 1\n", "not a sample");
    assert_refused(HEAD "a_total{x=y} 1\n", "not a sample");
    assert_refused(HEAD "a_total 1\n# HELP b x\n# TYPE b gauge\nb 1\n" HEAD, "comes twice");
    assert_refused("# HELP a x\n# TYPE a counter\na 1\n", "is a counter");
    assert_refused("# HELP a_total x\n# TYPE a_total gauge\n", "is a gauge");
    assert_refused(HISTOGRAM "h_bucket{le=\"1.0\"} 2\nh_bucket{le=\"+Inf\"} 1\n", "not ascending");
    assert_refused(HISTOGRAM "h_bucket{le=\"1\"} 2\n", "not canonical");
    assert_refused(HISTOGRAM "h_bucket{le=\"1.0\"} 2\nh_sum 1\nh_count 2\n", "not the +Inf");
    assert_refused(HISTOGRAM "h_bucket{le=\"+Inf\"} 2\nh_sum 1\nh_count 3\n", "not the +Inf");
    assert_refused(HISTOGRAM "h_bucket{le=\"+Inf\"} 2\nh_sum 1\n", "without _count");
}
