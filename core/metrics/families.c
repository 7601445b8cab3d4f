#include "metrics/families.h"

#include <stddef.h>

#include <sofia/host.h>

#include "base/banned.h"

#define COUNTER .type = SOFIA_METRIC_COUNTER, .unit = "", .exponent = 0
#define STATE .type = SOFIA_METRIC_GAUGE, .unit = "", .exponent = 0
#define DOLLARS .type = SOFIA_METRIC_GAUGE, .unit = "usd", .exponent = -8
#define SECONDS .type = SOFIA_METRIC_GAUGE, .unit = "seconds", .exponent = -9
#define BYTES .type = SOFIA_METRIC_GAUGE, .unit = "bytes", .exponent = 0
#define HISTOGRAM(table)                                                                           \
    .type = SOFIA_METRIC_HISTOGRAM, .unit = "seconds", .exponent = -9, .bounds = (table),          \
    .bound_count = sizeof(table) / sizeof((table)[0])

#define US(n) (INT64_C(1000) * (n))
#define MS(n) (INT64_C(1000000) * (n))

/* What a venue on the other side of a network takes. 0.1 and 1 are alert thresholds. */
static const struct metric_bound network_bounds[] = {
    {MS(1), "0.001"},    {US(2500), "0.0025"}, {MS(5), "0.005"},  {MS(10), "0.01"},
    {MS(25), "0.025"},   {MS(50), "0.05"},     {MS(100), "0.1"},  {MS(250), "0.25"},
    {MS(500), "0.5"},    {MS(1000), "1.0"},    {MS(2500), "2.5"}, {MS(5000), "5.0"},
    {MS(10000), "10.0"},
};

/* What our own stations take. */
static const struct metric_bound station_bounds[] = {
    {US(1), "0.000001"}, {US(2), "0.000002"}, {US(5), "0.000005"}, {US(10), "0.00001"},
    {US(20), "0.00002"}, {US(50), "0.00005"}, {US(100), "0.0001"}, {US(250), "0.00025"},
    {MS(1), "0.001"},    {MS(5), "0.005"},    {MS(25), "0.025"},   {MS(100), "0.1"},
    {MS(500), "0.5"},    {MS(2000), "2.0"},
};

#define SIDES "buy|sell"
#define MODES "live|shadow|canary"

static const struct metric_family families[METRIC_COUNT] = {
    [METRIC_API_LATENCY] = {.name = "api_latency_seconds",
                            .help = "Time from sending a request to a venue to its whole answer",
                            HISTOGRAM(network_bounds),
                            .max_series = 256,
                            .labels = {{"venue", NULL}, {"endpoint", NULL}}},
    [METRIC_ORDER_LATENCY] = {.name = "order_latency_seconds",
                              .help = "Time from an order request's intake to the venue's answer",
                              HISTOGRAM(network_bounds),
                              .max_series = 64,
                              .labels = {{"venue", NULL}, {"op", "place|cancel|replace"}}},
    [METRIC_PROCESS_START] = {.name = "process_start_time_seconds",
                              .help = "When this process started, in seconds since 1970 UTC",
                              SECONDS,
                              .max_series = 1},
    [METRIC_BUILD_INFO] = {.name = "sofia_build_info",
                           .help = "Always 1; what is running is in the labels",
                           STATE,
                           .max_series = 1,
                           .labels = {{"version", NULL}, {"commit", NULL}, {"abi", NULL}}},
    [METRIC_DROPPED_EVENTS] = {.name = "sofia_dropped_events_total",
                               .help = "Events a bounded queue had no room for",
                               COUNTER,
                               .max_series = 64,
                               .labels = {{"queue", NULL}}},
    [METRIC_JOURNAL_LAG] = {.name = "sofia_journal_lag_records",
                            .help = "Journal records written and not yet on disk",
                            STATE,
                            .max_series = 1},
    [METRIC_ORDER_LEG] = {.name = "sofia_order_leg_seconds",
                          .help = "Time an order spends in each leg of its way",
                          HISTOGRAM(station_bounds),
                          .max_series = 64,
                          .labels = {{"venue", NULL},
                                     {"leg", "decide|risk|journal|sign|write|ack|fill"}}},
    [METRIC_PLUGIN_UP] = {.name = "sofia_plugin_up",
                          .help = "1 while the plugin instance is started, 0 when it was stopped",
                          STATE,
                          .max_series = 64,
                          .labels = {{"plugin", NULL}}},
    [METRIC_QUEUE_DEPTH] = {.name = "sofia_queue_depth",
                            .help = "Entries waiting in a bounded queue",
                            STATE,
                            .max_series = 64,
                            .labels = {{"queue", NULL}}},
    [METRIC_SERIES_REFUSED] = {.name = "sofia_series_refused_total",
                               .help = "Metric series refused because of a bound or a label value",
                               COUNTER,
                               .max_series = 1},
    [METRIC_SINK_LAG] = {.name = "sofia_sink_lag_records",
                         .help = "Journal records a sink has not taken yet",
                         STATE,
                         .max_series = 64,
                         .labels = {{"plugin", NULL}}},
    [METRIC_SLOW_CALLBACKS] = {.name = "sofia_slow_callbacks_total",
                               .help = "Callbacks of a plugin that exceeded their budget",
                               COUNTER,
                               .max_series = 64,
                               .labels = {{"plugin", NULL}}},
    [METRIC_CLOCK_OFFSET] = {.name = "trading_clock_offset_seconds",
                             .help = "The venue's clock minus ours, best estimate",
                             SECONDS,
                             .max_series = 16,
                             .labels = {{"venue", NULL}}},
    [METRIC_DAILY_LOSS_LIMIT] = {.name = "trading_daily_loss_limit_usd",
                                 .help = "Loss of one day at which new risk is refused",
                                 DOLLARS,
                                 .max_series = 1},
    [METRIC_DISK_FREE] = {.name = "trading_disk_free_bytes",
                          .help = "Free space on the file system of the state directory",
                          BYTES,
                          .max_series = 1},
    [METRIC_ERRORS] = {.name = "trading_errors_total",
                       .help = "Errors by kind",
                       COUNTER,
                       .max_series = 256,
                       .labels = {{"kind",
                                   "network|timeout|rate_limit|auth|rejected|protocol|clock|"
                                   "in_doubt|journal|plugin|internal"},
                                  {"venue", NULL}}},
    [METRIC_FILLS] = {.name = "trading_fills_total",
                      .help = "Identified executions booked",
                      COUNTER,
                      .max_series = 128,
                      .labels = {{"venue", NULL}, {"side", SIDES}, {"mode", MODES}}},
    [METRIC_KILL_ACTIVE] = {.name = "trading_kill_switch_active",
                            .help = "1 while any kill latch is engaged",
                            STATE,
                            .max_series = 1},
    [METRIC_MODE] = {.name = "trading_mode",
                     .help = "1 for the mode in force, 0 for the others",
                     STATE,
                     .max_series = 3,
                     .labels = {{"mode", MODES}}},
    [METRIC_ORDERS_DENIED] = {.name = "trading_orders_denied_total",
                              .help = "Orders refused inside, by the station or rule that refused",
                              COUNTER,
                              .max_series = 64,
                              .labels = {{"rule", NULL}}},
    [METRIC_ORDERS_OPEN] = {.name = "trading_orders_open",
                            .help = "Orders working, pending or in doubt",
                            STATE,
                            .max_series = 16,
                            .labels = {{"venue", NULL}}},
    [METRIC_ORDERS] = {.name = "trading_orders_total",
                       .help = "Orders by outcome; success is accepted by the venue",
                       COUNTER,
                       .max_series = 512,
                       .labels = {{"venue", NULL},
                                  {"side", SIDES},
                                  {"mode", MODES},
                                  {"status", "success|rejected|error|unknown|shadowed"}}},
    [METRIC_ORDERS_UNKNOWN] = {.name = "trading_orders_unknown",
                               .help = "Orders whose outcome is not known now",
                               STATE,
                               .max_series = 16,
                               .labels = {{"venue", NULL}}},
    [METRIC_PNL] = {.name = "trading_pnl_usd",
                    .help = "Profit and loss of the day by component; the sum is the day's result",
                    DOLLARS,
                    .max_series = 3,
                    .labels = {{"component", "realized|unrealized|fees"}}},
    [METRIC_POSITION_LIMIT] = {.name = "trading_position_limit_usd",
                               .help = "Largest gross exposure the rules allow",
                               DOLLARS,
                               .max_series = 1},
    [METRIC_POSITION] = {.name = "trading_position_usd",
                         .help = "Attributed position at the mark; negative is short",
                         DOLLARS,
                         .max_series = 256,
                         .labels = {{"venue", NULL}, {"symbol", NULL}}},
    [METRIC_DISCREPANCIES] = {.name = "trading_reconciliation_discrepancies",
                              .help = "Differences between our books and the venue's, last look",
                              STATE,
                              .max_series = 16,
                              .labels = {{"venue", NULL}}},
    [METRIC_RECONCILED_AT] = {.name = "trading_reconciliation_last_success_timestamp_seconds",
                              .help = "When our books last equalled the venue's",
                              SECONDS,
                              .max_series = 16,
                              .labels = {{"venue", NULL}}},
    [METRIC_WS_CONNECTED] = {.name = "trading_ws_connected",
                             .help = "1 while the stream is up and its picture complete",
                             STATE,
                             .max_series = 32,
                             .labels = {{"venue", NULL}, {"channel", "market|private"}}},
    [METRIC_WS_LAST_MESSAGE] = {.name = "trading_ws_last_message_timestamp_seconds",
                                .help = "When the stream last said anything",
                                SECONDS,
                                .max_series = 32,
                                .labels = {{"venue", NULL}, {"channel", "market|private"}}},
};

const struct metric_family *metric_family(enum metric_id id)
{
    return &families[id];
}

uint32_t metric_family_label_count(const struct metric_family *family)
{
    uint32_t count = 0;

    while (count < METRICS_LABELS_MAX && family->labels[count].name != NULL) {
        count++;
    }
    return count;
}
