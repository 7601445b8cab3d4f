/* Balances: absolute, and zero when they are not listed any more. */
#include <criterion/criterion.h>

#include <string.h>

#include "rig.h"

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(binance_account, .init = init, .fini = fini);

#define HEAD                                                                                       \
    "{\"makerCommission\":10,\"commissionRates\":{\"maker\":\"0.001\"},\"canTrade\":true,"         \
    "\"canWithdraw\":false,\"updateTime\":1767225606000,\"accountType\":\"SPOT\",\"balances\":["
#define TAIL "],\"permissions\":[\"SPOT\"],\"uid\":354937868}"
#define BTC "{\"asset\":\"BTC\",\"free\":\"0.00199800\",\"locked\":\"0.00000000\"}"
#define USDT "{\"asset\":\"USDT\",\"free\":\"820.00040000\",\"locked\":\"72.5\"}"

static const struct sofia_event_balance *balance(uint32_t n)
{
    const struct sofia_event_balance *event = fake_event(&rig.fake, SOFIA_EV_BALANCE, n);

    cr_assert_not_null(event);
    return event;
}

Test(binance_account, who_balances_and_the_end)
{
    rig_answer(&rig, ENDPOINT_ACCOUNT, 200, HEAD BTC "," USDT TAIL);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    const struct sofia_event_account *account = fake_event(&rig.fake, SOFIA_EV_ACCOUNT, 0);
    cr_assert_not_null(account);
    cr_expect_str_eq(account->identity, "354937868");
    cr_expect_eq(account->can_trade, 1);
    cr_expect_eq(account->can_withdraw, 2);
    cr_expect_str_eq(balance(0)->asset, "BTC");
    cr_expect_str_eq(text_of_wide(balance(0)->free), "0.001998");
    cr_expect_str_eq(text_of_wide(balance(1)->locked), "72.5");
    cr_expect_eq(balance(1)->source, SOFIA_REPORT_QUERY);
    const struct sofia_event_sync *sync = fake_event(&rig.fake, SOFIA_EV_SYNC, 0);
    cr_assert_not_null(sync);
    cr_expect_eq(sync->what, SOFIA_SYNC_ACCOUNT);
    cr_expect_eq(sync->found, 2);
}

Test(binance_account, an_asset_that_vanished_is_zero_once)
{
    rig_answer(&rig, ENDPOINT_ACCOUNT, 200, HEAD BTC "," USDT TAIL);
    fake_clear(&rig.fake);
    rig_answer(&rig, ENDPOINT_ACCOUNT, 200, HEAD USDT TAIL);
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_BALANCE), 2);
    cr_expect_str_eq(balance(1)->asset, "BTC");
    cr_expect_str_eq(text_of_wide(balance(1)->free), "0");
    cr_expect_str_eq(text_of_wide(balance(1)->locked), "0");
    cr_expect_eq(rig.fake.events[rig.fake.event_count - 1]->type, SOFIA_EV_SYNC);
}

Test(binance_account, an_asset_of_the_stream_is_swept_too)
{
    rig_streams_up(&rig);
    rig_user(&rig, "{\"event\":{\"e\":\"outboundAccountPosition\",\"E\":1,\"u\":2,\"B\":"
                   "[{\"a\":\"ETH\",\"f\":\"1.000000000000000001\",\"l\":\"0\"}]}}");
    cr_expect_str_eq(text_of_wide(balance(0)->free), "1.000000000000000001");
    fake_clear(&rig.fake);
    rig_answer(&rig, ENDPOINT_ACCOUNT, 200, HEAD TAIL);
    cr_expect_str_eq(balance(0)->asset, "ETH");
    cr_expect_str_eq(text_of_wide(balance(0)->free), "0");
}

Test(binance_account, an_account_that_may_not_trade_says_so)
{
    rig_answer(&rig, ENDPOINT_ACCOUNT, 200,
               "{\"canTrade\":false,\"balances\":[],\"uid\":9223372036854775807}");
    const struct sofia_event_account *account = fake_event(&rig.fake, SOFIA_EV_ACCOUNT, 0);
    cr_assert_not_null(account);
    cr_expect_eq(account->can_trade, 2);
    cr_expect_eq(account->can_withdraw, 0);
    cr_expect_str_eq(account->identity, "9223372036854775807");
}

Test(binance_account, a_torn_account_has_no_end)
{
    static const char *const bodies[] = {
        HEAD BTC ",", "{}", HEAD "{\"asset\":\"BTC\"}" TAIL,
        HEAD "{\"asset\":\"BTC\",\"free\":\"1e5\",\"locked\":\"0\"}" TAIL};

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        rig_answer(&rig, ENDPOINT_ACCOUNT, 200, bodies[i]);
        cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
        cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_SYNC), 0);
    }
}
