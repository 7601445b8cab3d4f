/* Subscriptions, quotes and trades of the public stream. */
#include <criterion/criterion.h>

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

TestSuite(kraken_market, .init = init, .fini = fini);

Test(kraken_market, both_streams_are_opened_and_silence_is_noticed)
{
    cr_assert_eq(rig.fake.opened_count, 2);
    cr_expect_str_eq(rig.fake.opened[0].path, "/v2");
    cr_expect_eq(rig.fake.opened[0].purpose, SOFIA_STREAM_MARKET);
    cr_expect_eq(rig.fake.opened[1].purpose, SOFIA_STREAM_PRIVATE);
    cr_expect_leq(rig.fake.opened[0].silence_ms, 30000);
    cr_expect_leq(rig.fake.opened[1].silence_ms, 30000);
    cr_expect_gt(rig.fake.opened[0].silence_ms, 0);
}

Test(kraken_market, a_wish_becomes_three_subscriptions_and_the_reference_channel)
{
    rig_market_up(&rig);
    kraken_exchange.subscribe(rig.self, 1, "BTC/USD", 1);
    fake_clear(&rig.fake);
    cr_assert(rig_fire(&rig, TIMER_SUBSCRIBE));
    cr_assert_eq(rig.fake.request_count, 4);
    cr_expect_not_null(
        strstr(fake_part(rig_sent(&rig, 0), SOFIA_PART_BODY), "\"channel\":\"instrument\""));
    cr_expect_not_null(strstr(fake_part(rig_sent(&rig, 1), SOFIA_PART_BODY),
                              "\"channel\":\"book\",\"depth\":25,\"snapshot\":true,\"symbol\":["
                              "\"BTC/USD\"]}"));
    cr_expect_not_null(strstr(fake_part(rig_sent(&rig, 2), SOFIA_PART_BODY),
                              "\"channel\":\"ticker\",\"event_trigger\":\"bbo\""));
    cr_expect_not_null(strstr(fake_part(rig_sent(&rig, 3), SOFIA_PART_BODY),
                              "\"channel\":\"trade\",\"snapshot\":false"));
}

Test(kraken_market, a_subscription_nobody_confirms_makes_a_new_connection)
{
    rig_market_up(&rig);
    kraken_exchange.subscribe(rig.self, 1, "BTC/USD", 1);
    rig_fire(&rig, TIMER_SUBSCRIBE);
    rig_fire(&rig, TIMER_MARKET_CHECK);
    rig_market(&rig, "{\"channel\":\"heartbeat\"}");
    rig_fire(&rig, TIMER_MARKET_CHECK);
    cr_expect_eq(rig.fake.restart_count, 1);
    cr_expect_str_eq(rig.fake.restart_reason, "subscription not confirmed");
}

Test(kraken_market, a_connection_without_heartbeats_is_replaced)
{
    rig_subscribed(&rig);
    rig_fire(&rig, TIMER_MARKET_CHECK);
    rig_market(&rig, "{\"channel\":\"heartbeat\"}");
    rig_fire(&rig, TIMER_MARKET_CHECK);
    cr_expect_eq(rig.fake.restart_count, 0);
    rig_fire(&rig, TIMER_MARKET_CHECK);
    cr_expect_eq(rig.fake.restart_count, 1);
}

Test(kraken_market, a_healthy_connection_is_pinged)
{
    rig_subscribed(&rig);
    fake_clear(&rig.fake);
    rig_fire(&rig, TIMER_MARKET_CHECK);
    cr_assert_eq(rig.fake.request_count, 1);
    cr_expect_eq(rig_sent(&rig, 0)->endpoint, ENDPOINT_WS_PING);
    cr_expect_eq(rig.fake.restart_count, 0);
}

Test(kraken_market, a_refused_symbol_is_down_and_the_others_live_on)
{
    rig_market_up(&rig);
    kraken_exchange.subscribe(rig.self, 1, "BTC/USD", 1);
    rig_fire(&rig, TIMER_SUBSCRIBE);
    rig_market(&rig, "{\"error\":\"Currency pair not supported BTC/USD\",\"method\":\"subscribe\","
                     "\"success\":false,\"symbol\":\"BTC/USD\",\"time_in\":\"x\"}");
    const struct sofia_event_channel *down = fake_event(&rig.fake, SOFIA_EV_CHANNEL, 0);
    cr_assert_not_null(down);
    cr_expect_eq(down->state, SOFIA_CHANNEL_DOWN);
    rig_fire(&rig, TIMER_MARKET_CHECK);
    rig_market(&rig, "{\"channel\":\"heartbeat\"}");
    rig_fire(&rig, TIMER_MARKET_CHECK);
    cr_expect_eq(rig.fake.restart_count, 0);
}

Test(kraken_market, a_flood_refusal_is_tried_again_later)
{
    rig_market_up(&rig);
    kraken_exchange.subscribe(rig.self, 1, "BTC/USD", 1);
    rig_fire(&rig, TIMER_SUBSCRIBE);
    fake_clear(&rig.fake);
    rig_market(&rig,
               "{\"error\":\"Exceeded msg rate\",\"method\":\"subscribe\",\"success\":false}");
    cr_assert_not_null(fake_timer_of(&rig.fake, TIMER_SUBSCRIBE));
    rig_fire(&rig, TIMER_SUBSCRIBE);
    cr_expect_eq(rig.fake.request_count, 3);
}

Test(kraken_market, a_quote)
{
    rig_subscribed(&rig);
    fake_clear(&rig.fake);
    cr_assert_eq(rig_market(&rig,
                            "{\"channel\":\"ticker\",\"type\":\"update\",\"data\":[{\"symbol\":"
                            "\"BTC/USD\",\"bid\":83744.2,\"bid_qty\":0.562,\"ask\":83744.3,"
                            "\"ask_qty\":1e-08,\"last\":null}]}"),
                 SOFIA_OK);
    const struct sofia_event_ticker *ticker = fake_event(&rig.fake, SOFIA_EV_TICKER, 0);
    cr_assert_not_null(ticker);
    cr_expect_str_eq(text_of_decimal(ticker->bid), "83744.2");
    cr_expect_str_eq(text_of_decimal(ticker->ask_qty), "0.00000001");
    cr_expect_eq(ticker->head.instrument, 1);
}

Test(kraken_market, trades_of_a_message_are_told_one_by_one)
{
    rig_subscribed(&rig);
    fake_clear(&rig.fake);
    rig_market(
        &rig,
        "{\"channel\":\"trade\",\"type\":\"update\",\"data\":[{\"symbol\":\"BTC/USD\",\"side\":"
        "\"sell\",\"price\":83744.3,\"qty\":0.01,\"ord_type\":\"limit\",\"trade_id\":109116693,"
        "\"timestamp\":\"2026-09-25T17:48:24.880679Z\"},{\"symbol\":\"BTC/USD\",\"side\":"
        "\"buy\",\"price\":83744.4,\"qty\":0.02,\"ord_type\":\"market\","
        "\"trade_id\":109116694,\"timestamp\":\"2026-09-25T17:48:24.880680Z\"}]}");
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_TRADE), 2);
    const struct sofia_event_trade *trade = fake_event(&rig.fake, SOFIA_EV_TRADE, 0);
    cr_expect_eq(trade->aggressor, SOFIA_SIDE_SELL);
    cr_expect_str_eq(trade->trade_id, "109116693");
    cr_expect_eq(trade->head.ts_venue_ns, INT64_C(1790358504880679000));
}

Test(kraken_market, a_lost_connection_ends_every_book)
{
    rig_subscribed(&rig);
    fake_clear(&rig.fake);
    kraken_exchange.on_stream(rig.self, 101, STREAM_COOKIE_MARKET, SOFIA_STREAM_LOST, 9);
    const struct sofia_event_channel *down = fake_event(&rig.fake, SOFIA_EV_CHANNEL, 0);
    cr_assert_not_null(down);
    cr_expect_eq(down->state, SOFIA_CHANNEL_DOWN);
    cr_expect_eq(rig.k->symbols.rows[0].book.state, BOOK_IDLE);
}

Test(kraken_market, heartbeats_and_unknown_channels_are_no_data)
{
    rig_market_up(&rig);
    fake_clear(&rig.fake);
    cr_expect_eq(rig_market(&rig, "{\"channel\":\"heartbeat\"}"), SOFIA_OK);
    cr_expect_eq(rig_market(&rig, "{\"channel\":\"new\",\"type\":\"update\",\"data\":{}}"),
                 SOFIA_OK);
    cr_expect_eq(rig_market(&rig, "{\"method\":\"pong\",\"req_id\":101,\"time_in\":\"x\"}"),
                 SOFIA_OK);
    cr_expect_eq(rig_market(&rig, "{\"channel\":"), SOFIA_EPARSE);
    cr_expect_eq(rig.fake.event_count, 0);
}

/* The best of the last samples: a late message says less than a fast one. */
Test(kraken_market, the_clock_is_never_ahead_and_keeps_the_best_sample)
{
    int64_t now_ns = 0;

    rig_market_up(&rig);
    cr_expect_eq(kraken_clock_now(rig.k, &now_ns), SOFIA_ENOENT);
    rig_market(&rig, "{\"method\":\"pong\",\"time_out\":\"2026-01-01T00:00:01.500000Z\"}");
    rig.fake.mono_ns += INT64_C(1000000000);
    rig_market(&rig, "{\"method\":\"pong\",\"time_out\":\"2026-01-01T00:00:02.100000Z\"}");
    cr_assert_eq(kraken_clock_now(rig.k, &now_ns), SOFIA_OK);
    cr_expect_eq(now_ns, INT64_C(1767225602500000000), "the second was 0.4 s under way");
}
