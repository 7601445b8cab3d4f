/* Products as instruments. */
#include <criterion/criterion.h>

#include <stdio.h>
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

TestSuite(info, .init = init, .fini = fini);

static const struct sofia_instrument *instrument_of(const char *name)
{
    const struct sofia_instrument *found = NULL;

    for (uint32_t i = 0; i < fake_count(&rig.fake, SOFIA_EV_INSTRUMENT); i++) {
        const struct sofia_event_instrument *e = fake_event(&rig.fake, SOFIA_EV_INSTRUMENT, i);
        if (strcmp(e->instrument.name, name) == 0) {
            found = &e->instrument;
        }
    }
    cr_assert_not_null(found, "no %s", name);
    return found;
}

Test(info, rules_are_those_of_the_listing)
{
    rig_products_in(&rig, rig_products, 7);
    const struct sofia_instrument *btc = instrument_of("BTC/USD");
    cr_expect_str_eq(btc->venue_symbol, "BTC-USD");
    cr_expect_str_eq(btc->base, "BTC");
    cr_expect_str_eq(btc->quote, "USD");
    cr_expect_eq(btc->status, SOFIA_STATUS_TRADING);
    cr_expect_str_eq(text_of_decimal(btc->tick), "0.01");
    cr_expect_str_eq(text_of_decimal(btc->lot), "0.00000001");
    cr_expect_str_eq(text_of_decimal(btc->min_qty), "0.00000001");
    cr_expect_str_eq(text_of_decimal(btc->max_qty), "3400");
    cr_expect_str_eq(text_of_decimal(btc->min_notional), "1");
    cr_expect_str_eq(text_of_decimal(btc->max_notional), "150000000");
    cr_expect_eq(btc->features, SOFIA_CAN_LIMIT | SOFIA_CAN_MARKET | SOFIA_CAN_POST_ONLY |
                                    SOFIA_CAN_IOC | SOFIA_CAN_FOK | SOFIA_CAN_AMEND);
    const struct sofia_event_sync *sync = fake_event(&rig.fake, SOFIA_EV_SYNC, 0);
    cr_expect_eq(sync->what, SOFIA_SYNC_INSTRUMENTS);
    cr_expect_eq(sync->found, 3);
}

Test(info, prices_stand_on_price_increment_and_not_on_quote_increment)
{
    rig_products_in(&rig, rig_products, 4096);
    cr_assert_str_eq(text_of_decimal(instrument_of("SHIB/USD")->tick), "0.00000001");
    cr_assert_str_eq(text_of_decimal(instrument_of("SHIB/USD")->lot), "1");
}

Test(info, an_alias_is_an_instrument_of_its_own_on_the_same_book)
{
    rig_products_in(&rig, rig_products, 4096);
    cr_assert_str_eq(instrument_of("BTC/USDC")->quote, "USDC");
    const struct coinbase_symbol *row =
        coinbase_symbol_find(&rig.c->symbols, sofia_slice_of("BTC-USDC"));
    cr_assert(coinbase_symbol_takes(row, sofia_slice_of("BTC-USD")));
    cr_assert(coinbase_symbol_takes(row, sofia_slice_of("BTC-USDC")));
    cr_assert_not(coinbase_symbol_takes(row, sofia_slice_of("BTC-USDT")));
    row = coinbase_symbol_find(&rig.c->symbols, sofia_slice_of("BTC-USD"));
    cr_assert_not(coinbase_symbol_takes(row, sofia_slice_of("BTC-USDC")));
}

static void list_with(const char *status, const char *flag)
{
    char body[1024];

    snprintf(body, sizeof(body),
             "{\"products\":[{\"product_id\":\"BTC-USD\",\"base_increment\":\"0.00000001\","
             "\"price_increment\":\"0.01\",\"base_currency_id\":\"BTC\",\"quote_currency_id\":"
             "\"USD\",\"product_type\":\"SPOT\",\"status\":\"%s\"%s}]}",
             status, flag);
    fake_clear(&rig.fake);
    rig_products_in(&rig, body, 100);
}

Test(info, each_state_of_a_product_has_its_meaning)
{
    static const struct {
        const char *status;
        const char *flag;
        uint32_t want;
    } rows[] = {
        {"online", "", SOFIA_STATUS_TRADING},
        {"online", ",\"is_disabled\":true", SOFIA_STATUS_HALTED},
        {"online", ",\"trading_disabled\":true", SOFIA_STATUS_HALTED},
        {"online", ",\"view_only\":true", SOFIA_STATUS_HALTED},
        {"online", ",\"cancel_only\":true", SOFIA_STATUS_CANCEL_ONLY},
        {"online", ",\"limit_only\":true", SOFIA_STATUS_TRADING},
        {"offline", "", SOFIA_STATUS_HALTED},
        {"internal", "", SOFIA_STATUS_HALTED},
        {"delisted", "", SOFIA_STATUS_HALTED},
        {"", "", SOFIA_STATUS_UNKNOWN},
        {"paused for tea", "", SOFIA_STATUS_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        list_with(rows[i].status, rows[i].flag);
        cr_expect_eq(instrument_of("BTC/USD")->status, rows[i].want, "%s%s", rows[i].status,
                     rows[i].flag);
    }
}

Test(info, limit_only_takes_no_market_orders_and_post_only_no_takers)
{
    list_with("online", ",\"limit_only\":true");
    uint32_t features = instrument_of("BTC/USD")->features;
    cr_expect_eq(features & SOFIA_CAN_MARKET, 0);
    cr_expect_neq(features & SOFIA_CAN_IOC, 0);
    list_with("online", ",\"post_only\":true");
    features = instrument_of("BTC/USD")->features;
    cr_expect_eq(features & (SOFIA_CAN_MARKET | SOFIA_CAN_IOC | SOFIA_CAN_FOK), 0);
    cr_expect_neq(features & SOFIA_CAN_POST_ONLY, 0);
    cr_expect_eq(coinbase_symbol_find(&rig.c->symbols, sofia_slice_of("BTC-USD"))->maker_only, 1);
    list_with("online", ",\"auction_mode\":true");
    cr_expect_eq(instrument_of("BTC/USD")->features & SOFIA_CAN_MARKET, 0);
}

Test(info, a_product_that_is_gone_is_not_traded_on_with_old_rules)
{
    list_with("online", "");
    cr_assert_eq(instrument_of("SHIB/USD")->status, SOFIA_STATUS_UNKNOWN);
    cr_assert_eq(instrument_of("BTC/USD")->status, SOFIA_STATUS_TRADING);
}

Test(info, a_product_without_a_grid_is_left_out)
{
    fake_clear(&rig.fake);
    rig_products_in(&rig,
                    "{\"products\":[{\"product_id\":\"ETH-USD\",\"base_currency_id\":\"ETH\","
                    "\"quote_currency_id\":\"USD\",\"status\":\"online\"},{\"product_id\":"
                    "\"X-PERP\",\"product_type\":\"FUTURE\",\"base_currency_id\":\"X\"}]}",
                    10);
    cr_assert_null(coinbase_symbol_find(&rig.c->symbols, sofia_slice_of("ETH-USD")));
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
}

Test(info, a_listing_that_is_torn_or_empty_changes_nothing)
{
    static const char *const bodies[] = {"{\"products\":[", "{\"products\":[]}", "<html>", ""};

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        fake_clear(&rig.fake);
        rig_products_in(&rig, bodies[i], 5);
        cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT, "%s", bodies[i]);
        cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_INSTRUMENT), 0, "%s", bodies[i]);
    }
}
