/* The key's rights, and balances. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "rig.h"

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
}

/* Runs after the suite's own. */
static void init_closed(void)
{
    rig_release(&rig);
    rig_prepare(&rig);
    fake_option(&rig.fake, "api_key", RIG_KEY);
    fake_option(&rig.fake, "api_secret", RIG_PEM);
    fake_option(&rig.fake, "portfolio", RIG_PORTFOLIO);
    rig_start(&rig);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(account, .init = init, .fini = fini);

static void rights(const char *view, const char *trade, const char *transfer, const char *portfolio)
{
    char body[256];

    snprintf(body, sizeof(body),
             "{\"can_view\":%s,\"can_trade\":%s,\"can_transfer\":%s,\"portfolio_uuid\":\"%s\"}",
             view, trade, transfer, portfolio);
    rig_answer(&rig, ENDPOINT_PERMISSIONS, 200, body);
}

static void expect_fatal(const char *words)
{
    struct sofia_request request;
    const struct sofia_event_account *told = fake_event(&rig.fake, SOFIA_EV_ACCOUNT, 0);

    cr_assert_eq(rig.result.action, SOFIA_ACTION_FATAL);
    cr_assert_not_null(strstr(rig.result.reason, words), "%s", rig.result.reason);
    cr_assert_eq(told->can_trade, 2);
    cr_assert_eq(coinbase_encode_account(rig.self, &request), SOFIA_EDENIED);
}

Test(account, nothing_is_read_before_the_keys_rights_are_known, .init = init_closed)
{
    struct sofia_request request;

    cr_assert_eq(coinbase_encode_account(rig.self, &request), SOFIA_EAGAIN);
    cr_assert_eq(rig_last(&rig)->endpoint, ENDPOINT_PERMISSIONS);
    coinbase_encode_account(rig.self, &request);
    cr_assert_eq(rig.fake.request_count, 1, "asked once");
    rights("true", "true", "false", RIG_PORTFOLIO);
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_assert_eq(coinbase_encode_account(rig.self, &request), SOFIA_OK);
}

Test(account, rights_that_did_not_come_are_asked_for_again, .init = init_closed)
{
    struct sofia_request request;

    coinbase_encode_account(rig.self, &request);
    rig_lose(&rig, ENDPOINT_PERMISSIONS, SOFIA_ANSWER_IN_DOUBT);
    coinbase_encode_account(rig.self, &request);
    cr_assert_eq(rig.fake.request_count, 2);
    rig_answer(&rig, ENDPOINT_PERMISSIONS, 200, "{\"can_view\":true}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT, "silence is no right");
    coinbase_encode_account(rig.self, &request);
    cr_assert_eq(rig.fake.request_count, 3);
}

Test(account, a_key_that_may_transfer_is_refused, .init = init_closed)
{
    rights("true", "true", "true", RIG_PORTFOLIO);
    expect_fatal("may transfer");
}

Test(account, a_key_that_may_not_trade_is_refused, .init = init_closed)
{
    rights("true", "false", "false", RIG_PORTFOLIO);
    expect_fatal("may not trade");
}

Test(account, a_key_of_another_portfolio_is_refused, .init = init_closed)
{
    rights("true", "true", "false", "00000000-0000-4000-8000-000000000002");
    expect_fatal("another portfolio");
}

Test(account, the_portfolio_is_the_identity)
{
    rights("true", "true", "false", RIG_PORTFOLIO);
    const struct sofia_event_account *told = fake_event(&rig.fake, SOFIA_EV_ACCOUNT, 0);
    cr_assert_str_eq(told->identity, RIG_PORTFOLIO);
    cr_assert_eq(told->can_trade, 1);
    cr_assert_eq(told->can_withdraw, 2);
}

#define WALLET(currency, available, hold, rest)                                                    \
    "{\"uuid\":\"8bfc\",\"currency\":\"" currency                                                  \
    "\",\"available_balance\":{\"value\":\"" available "\",\"currency\":\"" currency               \
    "\"},\"deleted_at\":null,\"type\":\"ACCOUNT_TYPE_CRYPTO\","                                    \
    "\"hold\":{\"value\":\"" hold "\",\"currency\":\"" currency "\"}" rest "}"

static void read_account(const char *body)
{
    struct sofia_request request;

    cr_assert_eq(coinbase_encode_account(rig.self, &request), SOFIA_OK);
    fake_clear(&rig.fake);
    rig_answer_to(&rig, &request, 200, body);
}

static const struct sofia_event_balance *balance_of(const char *asset)
{
    for (uint32_t i = 0; i < fake_count(&rig.fake, SOFIA_EV_BALANCE); i++) {
        const struct sofia_event_balance *b = fake_event(&rig.fake, SOFIA_EV_BALANCE, i);
        if (strcmp(b->asset, asset) == 0) {
            return b;
        }
    }
    return NULL;
}

Test(account, what_is_held_is_not_available)
{
    read_account("{\"accounts\":[" WALLET("BTC", "1.23", "0.10", "") "],\"has_next\":false}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_assert_str_eq(text_of_wide(balance_of("BTC")->free), "1.23");
    cr_assert_str_eq(text_of_wide(balance_of("BTC")->locked), "0.1");
    const struct sofia_event_sync *sync = fake_event(&rig.fake, SOFIA_EV_SYNC, 0);
    cr_assert_eq(sync->what, SOFIA_SYNC_ACCOUNT);
}

Test(account, wallets_of_other_products_are_not_counted)
{
    read_account("{\"accounts\":[" WALLET(
        "BTC", "1", "0",
        ",\"platform\":\"ACCOUNT_PLATFORM_CONSUMER\"") "," WALLET("USDC", "7", "0",
                                                                  ",\"platform\":\"ACCOUNT_"
                                                                  "PLATFORM_INTX\"") "],\"has_"
                                                                                     "next\":"
                                                                                     "false}");
    cr_assert_not_null(balance_of("BTC"));
    cr_assert_null(balance_of("USDC"));
}

Test(account, pages_are_one_listing_and_what_it_leaves_out_is_zero)
{
    struct sofia_request request;

    read_account("{\"accounts\":[" WALLET("BTC", "1", "0", "") "," WALLET(
        "ETH", "2", "0", "") "],\"has_next\":false}");
    read_account(
        "{\"accounts\":[" WALLET("BTC", "1", "0", "") "],\"has_next\":true,\"cursor\":\"c\"}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    cr_assert_null(balance_of("ETH"), "perhaps on the next page");
    cr_assert_eq(coinbase_encode_account(rig.self, &request), SOFIA_OK);
    cr_assert_str_eq(fake_part(&request, SOFIA_PART_QUERY), "limit=250&cursor=c");
    rig_answer_to(&rig, &request, 200,
                  "{\"accounts\":[" WALLET("USD", "5", "0", "") "],\"has_next\":false}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_assert_not_null(balance_of("ETH"));
    cr_assert_str_eq(text_of_wide(balance_of("ETH")->free), "0");
}

Test(account, a_torn_listing_is_in_doubt)
{
    read_account("{\"accounts\":[" WALLET("BTC", "1", "0", "") "],\"has_next\":false");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    read_account("{\"accounts\":[{\"currency\":\"BTC\"}],\"has_next\":false}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
}
