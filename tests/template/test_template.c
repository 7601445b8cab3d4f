/* The plugins of the template do what their comments say. */
#include <criterion/criterion.h>

#include <string.h>

#include <sofia/kit/decimal.h>

#include "fake_host.h"

static int tell(const struct sofia_strategy *strategy, void *self, struct sofia_event *event,
                size_t size, uint32_t type)
{
    event->size = (uint32_t)size;
    event->type = (uint16_t)type;
    return strategy->on_event(self, event);
}

static void show(const struct sofia_strategy *strategy, void *self, const char *bid,
                 const char *ask)
{
    struct sofia_event_ticker event = {.head = {.instrument = 1}};

    event.bid = fake_decimal(bid);
    event.ask = fake_decimal(ask);
    cr_assert_eq(tell(strategy, self, &event.head, sizeof(event), SOFIA_EV_TICKER), SOFIA_OK);
}

Test(sdk_template, the_strategy_buys_once_after_a_dip)
{
    const struct sofia_module *module = fake_module_load("strategy_example");
    const struct sofia_strategy *strategy = module->descriptor;
    struct fake_host fake;
    struct sofia_event ready = {0};
    struct sofia_event_order gone = {.order = {.state = SOFIA_STATE_FILLED}};
    void *self = NULL;

    fake_host_init(&fake, module);
    fake_option(&fake, "instrument", "BTC/USDT");
    fake_option(&fake, "qty", "0.5");
    fake_option(&fake, "dip_bps", "100");
    fake_instrument(&fake, "BTC/USDT", "0.01", "0.001");
    cr_assert_eq(strategy->create(&fake.host, &self), SOFIA_OK);
    cr_assert_eq(strategy->start(self), SOFIA_OK);
    show(strategy, self, "1000", "1001");
    show(strategy, self, "900", "901");
    cr_assert_eq(fake.post_count, 0, "before READY");
    cr_assert_eq(tell(strategy, self, &ready, sizeof(ready), SOFIA_EV_READY), SOFIA_OK);
    show(strategy, self, "989", "990.01");
    cr_assert_eq(fake.post_count, 0, "one tick too high");
    show(strategy, self, "989", "990");
    cr_assert_eq(fake.post_count, 1);
    cr_assert_eq(sofia_decimal_cmp(fake.posts[0].intent.price, fake_decimal("990")), 0);
    show(strategy, self, "500", "501");
    show(strategy, self, "400", "401");
    cr_assert_eq(fake.post_count, 1, "while its order lives");
    gone.order.order_id = fake.posts[0].order_id;
    cr_assert_eq(tell(strategy, self, &gone.head, sizeof(gone), SOFIA_EV_ORDER), SOFIA_OK);
    show(strategy, self, "400", "401");
    cr_assert_eq(fake.post_count, 2);
    strategy->stop(self);
    strategy->destroy(self);
    fake_host_release(&fake);
}

Test(sdk_template, the_rule_refuses_the_order_after_the_last_allowed_one)
{
    const struct sofia_module *module = fake_module_load("risk_example");
    const struct sofia_risk *rule = module->descriptor;
    struct fake_host fake;
    struct sofia_event_order sent = {.head = {.type = SOFIA_EV_ORDER, .ts_recv_ns = 1000}};
    struct sofia_intent intent = {.size = sizeof(intent)};
    struct sofia_risk_view view = {
        .size = sizeof(view), .effect = SOFIA_EFFECT_OPEN, .now_ns = 2000};
    struct sofia_verdict verdict = {.size = sizeof(verdict)};
    void *self = NULL;

    fake_host_init(&fake, module);
    fake_option(&fake, "max_orders_per_minute", "2");
    cr_assert_eq(rule->create(&fake.host, &self), SOFIA_OK);
    sent.head.size = sizeof(sent);
    sent.order.state = SOFIA_STATE_PENDING_NEW;
    cr_assert_eq(rule->on_event(self, &sent.head), SOFIA_OK);
    cr_assert_eq(rule->check(self, &intent, &view, &verdict), SOFIA_OK);
    cr_assert_eq(verdict.refuse, 0);
    cr_assert_eq(rule->on_event(self, &sent.head), SOFIA_OK);
    cr_assert_eq(rule->check(self, &intent, &view, &verdict), SOFIA_OK);
    cr_assert_eq(verdict.refuse, 1);
    cr_assert_str_eq(verdict.code, "MAX_ORDERS_PER_MINUTE");
    verdict = (struct sofia_verdict){.size = sizeof(verdict)};
    view.effect = SOFIA_EFFECT_REDUCE;
    cr_assert_eq(rule->check(self, &intent, &view, &verdict), SOFIA_OK);
    cr_assert_eq(verdict.refuse, 0, "the way out is open");
    view.effect = SOFIA_EFFECT_OPEN;
    view.now_ns = INT64_C(60000001000);
    cr_assert_eq(rule->check(self, &intent, &view, &verdict), SOFIA_OK);
    cr_assert_eq(verdict.refuse, 0, "a minute later");
    rule->destroy(self);
    fake_host_release(&fake);
}

Test(sdk_template, the_sink_counts_a_repeated_batch_once)
{
    const struct sofia_module *module = fake_module_load("sink_example");
    const struct sofia_sink *sink = module->descriptor;
    struct fake_host fake;
    struct sofia_event fill = {.size = sizeof(fill), .type = SOFIA_EV_FILL, .seq = 7};
    struct sofia_event order = {.size = sizeof(order), .type = SOFIA_EV_ORDER, .seq = 8};
    const struct sofia_event *batch[] = {&fill, &order};
    void *self = NULL;

    fake_host_init(&fake, module);
    cr_assert_eq(sink->create(&fake.host, &self), SOFIA_OK);
    cr_assert_eq(sink->start(self), SOFIA_OK);
    cr_assert_eq(sink->on_events(self, batch, 2), SOFIA_OK);
    cr_assert_eq(sink->on_events(self, batch, 2), SOFIA_OK);
    cr_assert_eq(sink->on_tick(self), SOFIA_OK);
    cr_assert_str_eq(fake.log_text, "1 fills in the last minute");
    sink->stop(self);
    sink->destroy(self);
    fake_host_release(&fake);
}
