/* What happens on the way of an order beside it: no metric series is made there, and every callback of a plugin is watched. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/str.h"
#include "engine/impl.h"
#include "rig.h"

#define LIMIT_BUY "buy", "limit", "gtc", "0.01", "55000"

static struct rig rig;

static void start(void)
{
    rig_start(&rig, &(struct rig_options){.makers = true});
    rig_ready(&rig);
}

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

TestSuite(watch, .init = start, .fini = finish);

static struct path *path(void)
{
    return engine_path(rig.engine);
}

/* ---- nothing is made on the way of an order ---- */

static void count_denied_series(void *ctx, const struct sofia_metric *metric)
{
    uint32_t *count = ctx;
    *count += strcmp(metric->name, "trading_orders_denied_total") == 0 ||
                      strcmp(metric->name, "trading_orders_denied") == 0
                  ? 1u
                  : 0u;
}

static uint32_t denied_series(void)
{
    uint32_t count = 0;
    metrics_visit(rig.engine->metrics, count_denied_series, &count);
    return count;
}

Test(watch, a_first_denial_makes_no_metric_series)
{
    uint32_t before = denied_series();
    cr_assert_geq(before, STATION_COUNT - 1 + path()->rule_count);
    cr_assert_str_eq(rig_submit(&rig, "buy", "limit", "gtc", "1", "55000").code, "MAX_ORDER_USD");
    cr_assert_str_eq(rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000.001").code,
                     "PRICE_TICK");
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    cr_assert_str_eq(rig_submit(&rig, LIMIT_BUY).code, "KILL_SWITCH");
    cr_assert_eq(denied_series(), before);
}

/* ---- the watch over callbacks ---- */

static uint64_t callbacks_of(struct instance *instance)
{
    return atomic_load(&instance->callbacks);
}

/* What runs unwatched can hang the trade thread without a name. */
Test(watch, every_question_an_adapter_encodes_is_watched)
{
    struct exchange *exchange = path()->accounts[0].exchange;
    struct instance *instance = exchange_instance(exchange);
    struct command_reply open = rig_submit(&rig, LIMIT_BUY);
    struct sofia_trades_query query = {.size = sizeof(query), .order_id = open.order_id};
    rig_run_ms(&rig, 100);
    const struct sofia_order *order = &rig_order(&rig, open.order_id)->pub;
    (void)str_copy(query.venue_symbol, sizeof(query.venue_symbol), order->venue_symbol);
    (void)str_copy(query.venue_order_id, sizeof(query.venue_order_id), order->venue_id);
    uint64_t before = callbacks_of(instance);
    cr_assert_eq(exchange_query(exchange, order, 0), 0);
    cr_assert_eq(callbacks_of(instance), before + 1);
    cr_assert_eq(exchange_open_orders(exchange, "", 0), 0);
    cr_assert_eq(callbacks_of(instance), before + 2);
    cr_assert_eq(exchange_account(exchange, 0), 0);
    cr_assert_eq(callbacks_of(instance), before + 3);
    cr_assert_eq(exchange_trades(exchange, &query, 0), 0);
    cr_assert_eq(callbacks_of(instance), before + 4);
    cr_assert_eq(exchange_time(exchange, 0), 0);
    cr_assert_eq(callbacks_of(instance), before + 5);
    cr_assert_eq(exchange_instruments(exchange, 0), 0);
    cr_assert_eq(callbacks_of(instance), before + 6);
    cr_assert_eq(atomic_load(&instance->entered_mono_ns), 0, "still inside");
}

static int heard(void *self, const struct sofia_event *event)
{
    (void)self;
    (void)event;
    return SOFIA_OK;
}

Test(watch, what_a_rule_hears_is_watched)
{
    struct instance *rule = path()->rules[0].instance;
    struct sofia_module module = *rule->desc;
    struct sofia_risk risk = *(const struct sofia_risk *)rule->desc->descriptor;
    const struct sofia_module *real = rule->desc;
    risk.on_event = heard;
    module.descriptor = &risk;
    rule->desc = &module;
    uint64_t before = callbacks_of(rule);
    (void)rig_command(&rig, COMMAND_KILL, "symbol:ETH/USDT", SOFIA_KILL_HOLD);
    uint64_t after = callbacks_of(rule);
    rule->desc = real;
    cr_assert_gt(after, before);
}
