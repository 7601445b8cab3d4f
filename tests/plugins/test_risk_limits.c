/* Every limit one tick below, at, and one tick above; and what happens when a number is missing. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "fake_host.h"

struct desk {
    struct fake_host fake;
    const struct sofia_risk *rule;
    void *self;
    struct sofia_intent intent;
    struct sofia_risk_view view;
    struct sofia_verdict verdict;
};

/* An order of 1 BTC at 100 that every limit lets pass. */
static void open_desk(struct desk *desk)
{
    const struct sofia_module *module = fake_module_load("risk_limits");

    memset(desk, 0, sizeof(*desk));
    fake_host_init(&desk->fake, module);
    fake_option(&desk->fake, "max_order_usd", "250");
    fake_option(&desk->fake, "max_position_usd", "1000");
    fake_option(&desk->fake, "max_symbol_exposure_usd", "600");
    fake_option(&desk->fake, "max_daily_loss_usd", "50");
    fake_option(&desk->fake, "max_open_orders", "3");
    fake_option(&desk->fake, "max_open_orders_total", "5");
    fake_option(&desk->fake, "max_order_qty", "BTC/USDT,2;ETH/USDT,30");
    desk->rule = module->descriptor;
    desk->intent = (struct sofia_intent){.size = sizeof(desk->intent),
                                         .side = SOFIA_SIDE_BUY,
                                         .type = SOFIA_TYPE_LIMIT,
                                         .tif = SOFIA_TIF_GTC,
                                         .qty = fake_decimal("1"),
                                         .price = fake_decimal("100")};
    desk->view = (struct sofia_risk_view){.size = sizeof(desk->view),
                                          .effect = SOFIA_EFFECT_OPEN,
                                          .branch = SOFIA_BRANCH_LIVE,
                                          .top_valid = 1,
                                          .mark = fake_decimal("100"),
                                          .quote_usd = fake_wide("1"),
                                          .order_value_usd = fake_wide("100"),
                                          .exposure_base_after_usd = fake_wide("100"),
                                          .exposure_total_after_usd = fake_wide("100"),
                                          .day_pnl_usd = fake_wide("0"),
                                          .instrument = {.size = sizeof(struct sofia_instrument),
                                                         .name = "BTC/USDT",
                                                         .base = "BTC",
                                                         .quote = "USDT"}};
}

static void create(struct desk *desk)
{
    cr_assert_eq(desk->rule->create(&desk->fake.host, &desk->self), SOFIA_OK);
}

static void close_desk(struct desk *desk)
{
    desk->rule->destroy(desk->self);
    fake_host_release(&desk->fake);
}

/* The code of the refusal; "" when it passed. */
static const char *ask(struct desk *desk)
{
    desk->verdict = (struct sofia_verdict){.size = sizeof(desk->verdict)};
    cr_assert_eq(desk->rule->check(desk->self, &desk->intent, &desk->view, &desk->verdict),
                 SOFIA_OK);
    cr_assert_eq(desk->verdict.refuse, desk->verdict.code[0] != '\0');
    return desk->verdict.code;
}

static void assert_measured(const struct desk *desk, const char *value, const char *limit)
{
    cr_assert_eq(sofia_decimal_cmp(desk->verdict.value, fake_decimal(value)), 0);
    cr_assert_eq(sofia_decimal_cmp(desk->verdict.limit, fake_decimal(limit)), 0);
    cr_assert_not_null(strstr(desk->verdict.reason, value), "%s", desk->verdict.reason);
    cr_assert_not_null(strstr(desk->verdict.reason, limit), "%s", desk->verdict.reason);
}

Test(risk_limits, an_order_inside_every_limit_passes)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    cr_assert_str_eq(ask(&desk), "");
    cr_assert(sofia_decimal_is_absent(desk.verdict.value));
    close_desk(&desk);
}

Test(risk_limits, order_value_passes_at_the_limit_and_not_one_tick_above)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    desk.view.order_value_usd = fake_wide("249.99999999");
    cr_assert_str_eq(ask(&desk), "");
    desk.view.order_value_usd = fake_wide("250.00");
    cr_assert_str_eq(ask(&desk), "");
    desk.view.order_value_usd = fake_wide("250.01");
    cr_assert_str_eq(ask(&desk), "MAX_ORDER_USD");
    assert_measured(&desk, "250.01", "250");
    cr_assert_str_eq(desk.verdict.reason, "order value of 250.01 USD is over max_order_usd 250");
    close_desk(&desk);
}

Test(risk_limits, a_value_over_by_less_than_is_shown_still_reads_as_over)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    desk.view.order_value_usd = fake_wide("250.000000000000000000000000000001");
    cr_assert_str_eq(ask(&desk), "MAX_ORDER_USD");
    assert_measured(&desk, "250.00000001", "250");
    close_desk(&desk);
}

static void name_instrument(struct desk *desk, const char *name)
{
    (void)snprintf(desk->view.instrument.name, sizeof(desk->view.instrument.name), "%s", name);
}

Test(risk_limits, order_quantity_is_limited_by_instrument)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    desk.intent.qty = fake_decimal("1.99999999");
    cr_assert_str_eq(ask(&desk), "");
    desk.intent.qty = fake_decimal("2");
    cr_assert_str_eq(ask(&desk), "");
    desk.intent.qty = fake_decimal("2.00000001");
    cr_assert_str_eq(ask(&desk), "MAX_ORDER_QTY");
    assert_measured(&desk, "2.00000001", "2");
    name_instrument(&desk, "ETH/USDT");
    cr_assert_str_eq(ask(&desk), "");
    name_instrument(&desk, "SOL/USDT");
    desk.intent.qty = fake_decimal("100000");
    cr_assert_str_eq(ask(&desk), "");
    close_desk(&desk);
}

Test(risk_limits, an_order_without_a_quantity_is_refused)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    desk.intent.qty = sofia_decimal_absent();
    cr_assert_str_eq(ask(&desk), "NO_QTY");
    desk.intent.qty = fake_decimal("0");
    cr_assert_str_eq(ask(&desk), "NO_QTY");
    desk.intent.qty = fake_decimal("-1");
    cr_assert_str_eq(ask(&desk), "NO_QTY");
    close_desk(&desk);
}

Test(risk_limits, base_exposure_passes_at_the_limit_and_not_one_tick_above)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    desk.view.exposure_total_after_usd = fake_wide("700");
    desk.view.exposure_base_after_usd = fake_wide("600");
    cr_assert_str_eq(ask(&desk), "");
    desk.view.exposure_base_after_usd = fake_wide("600.01");
    cr_assert_str_eq(ask(&desk), "MAX_EXPOSURE_BASE");
    assert_measured(&desk, "600.01", "600");
    close_desk(&desk);
}

Test(risk_limits, base_exposure_without_its_own_limit_has_the_total_one)
{
    struct desk desk;

    open_desk(&desk);
    fake_option(&desk.fake, "max_symbol_exposure_usd", "");
    create(&desk);
    desk.view.exposure_base_after_usd = fake_wide("1000");
    cr_assert_str_eq(ask(&desk), "");
    desk.view.exposure_base_after_usd = fake_wide("1000.01");
    cr_assert_str_eq(ask(&desk), "MAX_EXPOSURE_BASE");
    close_desk(&desk);
}

Test(risk_limits, total_exposure_passes_at_the_limit_and_not_one_tick_above)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    desk.view.exposure_total_after_usd = fake_wide("1000");
    cr_assert_str_eq(ask(&desk), "");
    desk.view.exposure_total_after_usd = fake_wide("1000.01");
    cr_assert_str_eq(ask(&desk), "MAX_EXPOSURE_TOTAL");
    assert_measured(&desk, "1000.01", "1000");
    close_desk(&desk);
}

Test(risk_limits, open_orders_are_counted_with_this_one)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    desk.view.open_orders_instrument = 2;
    desk.view.open_orders_total = 4;
    cr_assert_str_eq(ask(&desk), "");
    desk.view.open_orders_instrument = 3;
    cr_assert_str_eq(ask(&desk), "MAX_OPEN_ORDERS");
    assert_measured(&desk, "4", "3");
    desk.view.open_orders_instrument = 0;
    desk.view.open_orders_total = 5;
    cr_assert_str_eq(ask(&desk), "MAX_OPEN_ORDERS");
    assert_measured(&desk, "6", "5");
    close_desk(&desk);
}

Test(risk_limits, the_day_ends_when_the_loss_reaches_its_limit)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    desk.view.day_pnl_usd = fake_wide("-49.99999999");
    cr_assert_str_eq(ask(&desk), "");
    desk.view.day_pnl_usd = fake_wide("-50");
    cr_assert_str_eq(ask(&desk), "MAX_DAILY_LOSS");
    assert_measured(&desk, "50", "50");
    desk.view.day_pnl_usd = fake_wide("-50.01");
    cr_assert_str_eq(ask(&desk), "MAX_DAILY_LOSS");
    assert_measured(&desk, "50.01", "50");
    desk.view.day_pnl_usd = fake_wide("5000");
    cr_assert_str_eq(ask(&desk), "");
    close_desk(&desk);
}

Test(risk_limits, what_is_not_known_refuses_new_risk)
{
    struct desk desk;
    struct sofia_risk_view known;

    open_desk(&desk);
    create(&desk);
    known = desk.view;
    desk.view.order_value_usd = sofia_wide_absent();
    cr_assert_str_eq(ask(&desk), "NO_MARK");
    desk.view.quote_usd = sofia_wide_absent();
    cr_assert_str_eq(ask(&desk), "NO_USD_RATE");
    desk.view = known;
    desk.view.day_pnl_usd = sofia_wide_absent();
    cr_assert_str_eq(ask(&desk), "NO_DAY_PNL");
    desk.view = known;
    desk.view.exposure_base_after_usd = sofia_wide_absent();
    cr_assert_str_eq(ask(&desk), "NO_EXPOSURE");
    desk.view = known;
    desk.view.exposure_total_after_usd = sofia_wide_absent();
    cr_assert_str_eq(ask(&desk), "NO_EXPOSURE");
    close_desk(&desk);
}

static void lose_everything(struct sofia_risk_view *view)
{
    view->exposure_base_after_usd = fake_wide("99999");
    view->exposure_total_after_usd = fake_wide("99999");
    view->day_pnl_usd = fake_wide("-99999");
}

Test(risk_limits, a_reducing_order_passes_exposure_and_loss_and_nothing_else)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    desk.view.effect = SOFIA_EFFECT_REDUCE;
    lose_everything(&desk.view);
    cr_assert_str_eq(ask(&desk), "");
    desk.view.exposure_base_after_usd = sofia_wide_absent();
    desk.view.exposure_total_after_usd = sofia_wide_absent();
    desk.view.day_pnl_usd = sofia_wide_absent();
    desk.view.order_value_usd = sofia_wide_absent();
    cr_assert_str_eq(ask(&desk), "");
    desk.view.order_value_usd = fake_wide("250.01");
    cr_assert_str_eq(ask(&desk), "MAX_ORDER_USD");
    desk.view.order_value_usd = fake_wide("250");
    desk.intent.qty = fake_decimal("2.1");
    cr_assert_str_eq(ask(&desk), "MAX_ORDER_QTY");
    desk.intent.qty = fake_decimal("2");
    desk.view.open_orders_instrument = 3;
    cr_assert_str_eq(ask(&desk), "MAX_OPEN_ORDERS");
    close_desk(&desk);
}

Test(risk_limits, an_order_that_flips_counts_as_opening)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    desk.view.effect = SOFIA_EFFECT_FLIP;
    lose_everything(&desk.view);
    cr_assert_str_eq(ask(&desk), "MAX_DAILY_LOSS");
    close_desk(&desk);
}

Test(risk_limits, a_market_order_skips_no_limit)
{
    struct desk desk;
    struct sofia_risk_view known;

    open_desk(&desk);
    create(&desk);
    known = desk.view;
    desk.intent.type = SOFIA_TYPE_MARKET;
    desk.intent.tif = 0;
    desk.intent.price = sofia_decimal_absent();
    cr_assert_str_eq(ask(&desk), "");
    desk.view.order_value_usd = fake_wide("250.01");
    cr_assert_str_eq(ask(&desk), "MAX_ORDER_USD");
    desk.view = known;
    desk.view.exposure_total_after_usd = fake_wide("1000.01");
    cr_assert_str_eq(ask(&desk), "MAX_EXPOSURE_TOTAL");
    desk.view = known;
    desk.view.day_pnl_usd = fake_wide("-50");
    cr_assert_str_eq(ask(&desk), "MAX_DAILY_LOSS");
    close_desk(&desk);
}

Test(risk_limits, an_effect_that_is_not_known_counts_as_opening)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    desk.view.effect = 0;
    lose_everything(&desk.view);
    cr_assert_str_eq(ask(&desk), "MAX_DAILY_LOSS");
    close_desk(&desk);
}

Test(risk_limits, the_same_question_has_the_same_answer)
{
    struct desk desk;
    struct sofia_verdict first;

    open_desk(&desk);
    create(&desk);
    desk.view.order_value_usd = fake_wide("251");
    (void)ask(&desk);
    first = desk.verdict;
    for (int i = 0; i < 100; i++) {
        (void)ask(&desk);
    }
    cr_assert_eq(memcmp(&first, &desk.verdict, sizeof(first)), 0);
    close_desk(&desk);
}

Test(risk_limits, a_view_from_an_older_core_is_refused_by_failing)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    desk.view.size = (uint32_t)offsetof(struct sofia_risk_view, instrument);
    cr_assert_lt(desk.rule->check(desk.self, &desk.intent, &desk.view, &desk.verdict), 0);
    close_desk(&desk);
}

static void assert_create_fails(const char *rows, const char *word)
{
    struct desk desk;

    open_desk(&desk);
    fake_option(&desk.fake, "max_order_qty", rows);
    cr_assert_lt(desk.rule->create(&desk.fake.host, &desk.self), 0, "%s", rows);
    cr_assert_not_null(strstr(desk.fake.log_text, word), "%s", desk.fake.log_text);
    fake_host_release(&desk.fake);
}

Test(risk_limits, rows_that_cannot_be_meant_are_refused_by_name)
{
    assert_create_fails("BTC/USDT,2;BTC/USDT,3", "'BTC/USDT' is named twice");
    assert_create_fails("BTC/USDT,0", "above zero");
    assert_create_fails("BTC/USDT,1e3", "above zero");
    assert_create_fails(",1", "is no name");
}

Test(risk_limits, a_live_change_takes_effect_on_commit_only)
{
    struct desk desk;

    open_desk(&desk);
    create(&desk);
    desk.view.order_value_usd = fake_wide("300");
    fake_option(&desk.fake, "max_order_usd", "300");
    cr_assert_eq(desk.rule->config_check(desk.self, &desk.fake.host), SOFIA_OK);
    cr_assert_str_eq(ask(&desk), "MAX_ORDER_USD");
    desk.rule->config_commit(desk.self, &desk.fake.host);
    cr_assert_str_eq(ask(&desk), "");
    fake_option(&desk.fake, "max_order_qty", "BTC/USDT,-1");
    cr_assert_lt(desk.rule->config_check(desk.self, &desk.fake.host), 0);
    close_desk(&desk);
}
