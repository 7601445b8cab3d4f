/* Pairs, assets and the states of the venue. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>

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

TestSuite(kraken_info, .init = init, .fini = fini);

static const struct sofia_instrument *told(uint32_t n)
{
    const struct sofia_event_instrument *event = fake_event(&rig.fake, SOFIA_EV_INSTRUMENT, n);

    cr_assert_not_null(event);
    return &event->instrument;
}

static void list_again(void)
{
    struct sofia_request request;

    fake_clear(&rig.fake);
    kraken_encode_instruments(rig.self, &request);
    rig_result(&rig, &request, rig_pairs);
}

Test(kraken_info, a_pair_with_its_rules)
{
    list_again();
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_INSTRUMENT), 2);
    const struct sofia_instrument *btc = told(0);
    cr_expect_str_eq(btc->name, "BTC/USD");
    cr_expect_str_eq(btc->venue_symbol, "BTC/USD");
    cr_expect_str_eq(btc->base, "BTC");
    cr_expect_str_eq(btc->quote, "USD");
    cr_expect_str_eq(text_of_decimal(btc->tick), "0.1");
    cr_expect_str_eq(text_of_decimal(btc->lot), "0.00000001");
    cr_expect_str_eq(text_of_decimal(btc->min_qty), "0.00005");
    cr_expect_str_eq(text_of_decimal(btc->min_notional), "0.5");
    cr_expect_eq(btc->status, SOFIA_STATUS_TRADING);
    cr_expect_eq(btc->max_open_orders, 80);
    cr_expect(btc->features & SOFIA_CAN_AMEND);
    const struct sofia_event_sync *sync = fake_event(&rig.fake, SOFIA_EV_SYNC, 0);
    cr_assert_not_null(sync);
    cr_expect_eq(sync->what, SOFIA_SYNC_INSTRUMENTS);
    cr_expect_eq(sync->found, 2);
}

Test(kraken_info, a_tick_may_be_coarser_than_the_last_digit)
{
    list_again();
    cr_expect_str_eq(told(1)->name, "DOGE/USD");
    cr_expect_str_eq(text_of_decimal(told(1)->tick), "0.000001");
    cr_expect_eq(rig.k->symbols.rows[1].price_precision, 7, "the checksum wants all digits");
}

Test(kraken_info, a_pair_without_a_status_waits_for_the_instrument_channel)
{
    list_again();
    cr_expect_eq(told(1)->status, SOFIA_STATUS_UNKNOWN);
    rig_market_up(&rig);
    fake_clear(&rig.fake);
    rig_market(&rig,
               "{\"channel\":\"instrument\",\"type\":\"snapshot\",\"data\":{\"assets\":[{\"id\":"
               "\"BTC\",\"status\":\"enabled\"}],\"pairs\":[{\"symbol\":\"DOGE/USD\",\"base\":"
               "\"DOGE\",\"quote\":\"USD\",\"status\":\"online\",\"price_precision\":7,"
               "\"price_increment\":1e-06,\"qty_precision\":8,\"qty_increment\":1e-08,"
               "\"qty_min\":13.0,\"cost_min\":0.5,\"has_index\":true},{\"symbol\":\"NO/NE\","
               "\"status\":\"online\"}]}}");
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_INSTRUMENT), 1);
    cr_expect_eq(told(0)->status, SOFIA_STATUS_TRADING);
    cr_expect_str_eq(told(0)->name, "DOGE/USD");
    list_again();
    cr_expect_eq(told(1)->status, SOFIA_STATUS_TRADING, "the listing does not take it back");
}

static void pair_is(const char *word)
{
    char frame[256];

    snprintf(frame, sizeof(frame),
             "{\"channel\":\"instrument\",\"type\":\"update\",\"data\":{\"pairs\":[{\"symbol\":"
             "\"BTC/USD\",\"status\":\"%s\"}]}}",
             word);
    fake_clear(&rig.fake);
    rig_market(&rig, frame);
}

static void venue_is(const char *word)
{
    char frame[256];

    snprintf(frame, sizeof(frame),
             "{\"channel\":\"status\",\"type\":\"update\",\"data\":[{\"version\":\"2.0.10\","
             "\"system\":\"%s\",\"connection_id\":18125794168470749634,"
             "\"upcoming_maintenance\":[],\"emergency\":[]}]}",
             word);
    fake_clear(&rig.fake);
    cr_assert_eq(rig_market(&rig, frame), SOFIA_OK);
}

Test(kraken_info, states_of_a_pair_count)
{
    rig_market_up(&rig);
    list_again();
    pair_is("cancel_only");
    cr_expect_eq(told(0)->status, SOFIA_STATUS_CANCEL_ONLY);
    pair_is("post_only");
    cr_expect_eq(told(0)->status, SOFIA_STATUS_TRADING);
    cr_expect_eq(told(0)->features, SOFIA_CAN_LIMIT | SOFIA_CAN_POST_ONLY);
    pair_is("limit_only");
    cr_expect_eq(told(0)->features & SOFIA_CAN_MARKET, 0);
    cr_expect(told(0)->features & SOFIA_CAN_IOC);
    pair_is("reduce_only");
    cr_expect_eq(told(0)->status, SOFIA_STATUS_CANCEL_ONLY);
    pair_is("delisted");
    cr_expect_eq(told(0)->status, SOFIA_STATUS_HALTED);
    pair_is("something_new");
    cr_expect_eq(told(0)->status, SOFIA_STATUS_UNKNOWN);
    pair_is("online");
    cr_expect_eq(told(0)->status, SOFIA_STATUS_TRADING);
    pair_is("online");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_INSTRUMENT), 0, "no news");
}

Test(kraken_info, the_state_of_the_venue_lies_over_those_of_its_pairs)
{
    rig_market_up(&rig);
    list_again();
    venue_is("maintenance");
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_INSTRUMENT), 1, "the other one is unknown already");
    cr_expect_eq(told(0)->status, SOFIA_STATUS_HALTED);
    pair_is("online");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_INSTRUMENT), 0);
    venue_is("cancel_only");
    cr_expect_eq(told(0)->status, SOFIA_STATUS_CANCEL_ONLY);
    venue_is("post_only");
    cr_expect_eq(told(0)->features & SOFIA_CAN_MARKET, 0);
    venue_is("online");
    cr_expect_eq(told(0)->status, SOFIA_STATUS_TRADING);
    cr_expect(told(0)->features & SOFIA_CAN_MARKET);
}

Test(kraken_info, a_changed_precision_costs_the_book)
{
    rig_market_up(&rig);
    rig.k->symbols.rows[0].book.state = BOOK_LIVE;
    rig_market(&rig,
               "{\"channel\":\"instrument\",\"type\":\"update\",\"data\":{\"pairs\":[{\"symbol\":"
               "\"BTC/USD\",\"price_precision\":2}]}}");
    cr_expect_eq(rig.k->symbols.rows[0].book.state, BOOK_PAUSED);
    cr_expect_eq(rig.k->symbols.rows[0].price_precision, 2);
}

static const char *asset(const char *text)
{
    static char name[4][SOFIA_ASSET_SIZE];
    static unsigned int turn;

    turn++;
    kraken_asset_name(&rig.k->assets, sofia_slice_of(text), name[turn % 4]);
    return name[turn % 4];
}

Test(kraken_info, four_spellings_of_one_asset)
{
    struct sofia_request request;

    cr_expect_str_eq(asset("XXBT"), "BTC");
    cr_expect_str_eq(asset("XBT"), "BTC");
    cr_expect_str_eq(asset("BTC"), "BTC");
    cr_expect_str_eq(asset("ZUSD"), "USD");
    cr_expect_str_eq(asset("USD"), "USD");
    cr_expect_str_eq(asset("XXDG"), "DOGE");
    cr_expect_str_eq(asset("XDG"), "DOGE");
    cr_expect_str_eq(asset("XBT.F"), "BTC");
    cr_expect_str_eq(asset("XBT.M"), "BTC.M");
    cr_expect_str_eq(asset("ETH2.S"), "ETH2.S");
    cr_expect_str_eq(asset("USD.B"), "USD.B");
    /* Codes that begin with X and Z by themselves. */
    cr_expect_str_eq(asset("XTZ"), "XTZ");
    cr_expect_str_eq(asset("ZEC"), "ZEC");
    cr_expect_str_eq(asset("ZEUR"), "ZEUR", "not in any table yet");
    cr_expect_str_eq(asset(""), "");
    kraken_encode_assets(rig.k, &request);
    rig_result(&rig, &request,
               "{\"ZEUR\":{\"aclass\":\"currency\",\"altname\":\"EUR\",\"decimals\":4,"
               "\"status\":\"enabled\"},\"XXRP\":{\"altname\":\"XRP\"}}");
    cr_expect_str_eq(asset("ZEUR"), "EUR");
    cr_expect_str_eq(asset("XXRP"), "XRP");
    cr_expect_str_eq(asset("XRP"), "XRP");
}

Test(kraken_info, the_list_of_assets_is_asked_for_until_it_is_known)
{
    list_again();
    cr_assert_eq(rig.fake.request_count, 1);
    struct sofia_request assets = *rig_sent(&rig, 0);
    cr_expect_eq(assets.endpoint, ENDPOINT_ASSETS);
    rig_result(&rig, &assets, "{\"ZEUR\":{\"altname\":\"EUR\"}}");
    list_again();
    cr_expect_eq(rig.fake.request_count, 0);
}

Test(kraken_info, a_pair_is_found_by_each_of_its_names)
{
    static const char *const names[] = {"BTC/USD", "XBTUSD", "XXBTZUSD"};

    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(kraken_symbol_find(&rig.k->symbols, sofia_slice_of(names[i])),
                     &rig.k->symbols.rows[0]);
    }
    cr_expect_null(kraken_symbol_find(&rig.k->symbols, sofia_slice_of("XBT/USD")));
    cr_expect_null(kraken_symbol_find(&rig.k->symbols, sofia_slice_of("")));
}

Test(kraken_info, a_listing_that_is_torn_is_no_listing)
{
    struct sofia_request request;

    fake_clear(&rig.fake);
    kraken_encode_instruments(rig.self, &request);
    rig_answer_to(&rig, &request, 200, "{\"error\":[],\"result\":{\"XXBTZUSD\":{\"altname\":\"XB");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_SYNC), 0);
}

/* Ten megabytes of pairs nobody here trades. */
Test(kraken_info, a_large_instrument_snapshot)
{
    size_t cap = 11u << 20;
    char *frame = malloc(cap);
    size_t used = (size_t)snprintf(frame, cap,
                                   "{\"channel\":\"instrument\",\"type\":\"snapshot\","
                                   "\"data\":{\"assets\":[],\"pairs\":[");

    cr_assert_not_null(frame);
    rig_market_up(&rig);
    for (unsigned int i = 0; used < (10u << 20); i++) {
        used += (size_t)snprintf(frame + used, cap - used,
                                 "%s{\"symbol\":\"A%u/USD\",\"status\":\"online\","
                                 "\"price_precision\":1,\"qty_increment\":1e-08}",
                                 i > 0 ? "," : "", i);
    }
    used += (size_t)snprintf(frame + used, cap - used,
                             ",{\"symbol\":\"BTC/USD\",\"status\":\"cancel_only\"}]}}");
    fake_clear(&rig.fake);
    cr_expect_eq(rig_market(&rig, frame), SOFIA_OK);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_INSTRUMENT), 1);
    cr_expect_eq(told(0)->status, SOFIA_STATUS_CANCEL_ONLY);
    frame[used - 1] = '\0';
    cr_expect_eq(rig_market(&rig, frame), SOFIA_EPARSE);
    free(frame);
}
