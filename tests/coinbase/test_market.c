/* The market stream: what is said, the sequence of frames, trades. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "rig.h"

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
    rig_live(&rig);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(market, .init = init, .fini = fini);

static const char *said(uint32_t n)
{
    return n < rig.fake.request_count ? fake_part(&rig.fake.requests[n], SOFIA_PART_BODY) : "";
}

static void beat(uint64_t number)
{
    char text[128];

    snprintf(text, sizeof(text), "{\"channel\":\"heartbeats\",\"sequence_num\":%llu,\"events\":[]}",
             (unsigned long long)number);
    rig_market(&rig, text);
}

Test(market, heartbeats_come_first_then_one_channel_a_message)
{
    coinbase_exchange.subscribe(rig.self, 3, "SHIB-USD", 1);
    rig_streams_up(&rig, 2);
    fake_clear(&rig.fake);
    cr_assert_leq(fake_timer_of(&rig.fake, TIMER_MARKET_SEND)->delay_ns, INT64_C(5000000000),
                  "the venue waits no longer than 5 s");
    rig_say_all(&rig);
    cr_assert_str_eq(said(0), "{\"type\":\"subscribe\",\"channel\":\"heartbeats\"}");
    cr_assert_str_eq(said(1), "{\"type\":\"subscribe\",\"channel\":\"level2\",\"product_ids\":"
                              "[\"BTC-USD\",\"SHIB-USD\"]}");
    cr_assert_str_eq(said(2), "{\"type\":\"subscribe\",\"channel\":\"market_trades\","
                              "\"product_ids\":[\"BTC-USD\",\"SHIB-USD\"]}");
    cr_assert_eq(rig.fake.request_count, 3);
}

Test(market, messages_keep_their_distance)
{
    rig_streams_up(&rig, 2);
    rig_fire(&rig, TIMER_MARKET_SEND);
    cr_assert_geq(fake_timer_of(&rig.fake, TIMER_MARKET_SEND)->delay_ns, INT64_C(250000000));
}

Test(market, a_gap_takes_all_books_out_of_trust_and_makes_a_new_connection)
{
    beat(4);
    const struct sofia_event_book *book = fake_event(&rig.fake, SOFIA_EV_BOOK, 0);
    cr_assert_eq(book->flags, SOFIA_BOOK_INVALID);
    const struct sofia_event_channel *channel = fake_event(&rig.fake, SOFIA_EV_CHANNEL, 0);
    cr_assert_eq(channel->state, SOFIA_CHANNEL_DOWN);
    cr_assert_eq(rig.fake.restart_count, 0, "after a wait");
    beat(5);
    beat(9);
    cr_assert_eq(rig_fire(&rig, TIMER_MARKET_CHECK), 1);
    cr_assert_eq(rig.fake.restart_count, 1, "once");
}

Test(market, waits_grow_when_gaps_come_one_after_the_other)
{
    int64_t last = 0;
    int64_t first = 0;

    for (uint32_t i = 0; i < 6; i++) {
        beat(100);
        last = fake_timer_of(&rig.fake, TIMER_MARKET_CHECK)->delay_ns;
        first = i == 0 ? last : first;
        rig_fire(&rig, TIMER_MARKET_CHECK);
        rig_streams_up(&rig, i + 2);
        beat(0);
    }
    cr_assert_gt(last, 4 * first);
}

Test(market, a_frame_that_comes_twice_or_late_is_dropped)
{
    const char *again = "{\"channel\":\"l2_data\",\"sequence_num\":2,\"events\":[{\"type\":"
                        "\"update\",\"product_id\":\"BTC-USD\",\"updates\":[{\"side\":\"bid\","
                        "\"price_level\":\"1\",\"new_quantity\":\"1\"}]}]}";

    rig_market(&rig, again);
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_BOOK), 0);
    cr_assert_eq(rig.c->market.sequence.late, 1);
    beat(3);
    cr_assert_eq(rig.c->market.doomed, 0);
}

Test(market, numbers_begin_anew_with_each_connection)
{
    rig_streams_up(&rig, 2);
    beat(0);
    beat(1);
    cr_assert_eq(rig.c->market.doomed, 0);
}

Test(market, an_error_has_no_number_and_leaves_the_subscription_unconfirmed)
{
    rig_streams_up(&rig, 2);
    rig_say_all(&rig);
    rig_market(&rig, "{\"type\":\"error\",\"message\":\"authentication failure\"}");
    cr_assert_eq(rig.c->market.doomed, 0);
    for (int i = 0; i < 6; i++) {
        rig_fire(&rig, TIMER_MARKET_CHECK);
    }
    cr_assert_eq(rig.fake.restart_count, 1, "5 s without a confirmation");
}

Test(market, a_message_that_did_not_leave_is_said_again)
{
    rig_streams_up(&rig, 2);
    rig_say_all(&rig);
    fake_clear(&rig.fake);
    rig_lose(&rig, ENDPOINT_WS_LEVEL2, SOFIA_ANSWER_NOT_SENT);
    rig_say_all(&rig);
    cr_assert_not_null(strstr(said(0), "\"level2\""));
}

Test(market, a_product_that_is_not_wanted_any_more_is_unsubscribed)
{
    coinbase_exchange.subscribe(rig.self, 1, "BTC-USD", 0);
    rig_say_all(&rig);
    cr_assert_str_eq(said(0), "{\"type\":\"unsubscribe\",\"channel\":\"level2\",\"product_ids\":"
                              "[\"BTC-USD\"]}");
    cr_assert_str_eq(said(1), "{\"type\":\"unsubscribe\",\"channel\":\"market_trades\","
                              "\"product_ids\":[\"BTC-USD\"]}");
    cr_assert_eq(rig.fake.request_count, 2);
}

Test(market, unknown_channels_and_members_are_passed_over)
{
    rig_market(&rig, "{\"channel\":\"tea_time\",\"sequence_num\":3,\"events\":[{\"x\":[1]}],"
                     "\"new\":{}}");
    rig_market(&rig, "{\"channel\":\"l2_data\",\"sequence_num\":4,\"events\":[{\"type\":\"poem\","
                     "\"product_id\":\"BTC-USD\",\"updates\":[]}]}");
    cr_assert_eq(rig.c->market.doomed, 0);
    cr_assert_eq(rig.fake.event_count, 0);
}

Test(market, what_cannot_be_read_makes_a_new_connection)
{
    cr_assert_neq(rig_market(&rig, "{\"channel\":\"l2_data\",\"sequence_num\":3,\"events\":["), 0);
    cr_assert_eq(rig.c->market.doomed, 1);
}

#define TRADE(id, price, side)                                                                     \
    "{\"trade_id\":\"" id "\",\"product_id\":\"BTC-USD\",\"price\":\"" price                       \
    "\",\"size\":\"0.3\",\"side\":\"" side "\",\"time\":\"2026-01-01T00:00:00Z\"}"

static void trades(uint64_t number, const char *type, const char *list)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "{\"channel\":\"market_trades\",\"sequence_num\":%llu,\"events\":[{\"type\":\"%s\","
             "\"trades\":[%s]}]}",
             (unsigned long long)number, type, list);
    rig_market(&rig, text);
}

Test(market, trades_are_told_in_order_once_and_from_the_takers_side)
{
    trades(3, "snapshot", TRADE("100", "1", "BUY"));
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_TRADE), 0, "history is no news");
    trades(4, "update",
           TRADE("103", "3", "SELL") "," TRADE("102", "2", "BUY") "," TRADE("99", "9", "BUY"));
    trades(5, "update", TRADE("103", "3", "SELL") "," TRADE("104", "4", "BUY"));
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_TRADE), 3);
    const struct sofia_event_trade *first = fake_event(&rig.fake, SOFIA_EV_TRADE, 0);
    cr_assert_str_eq(first->trade_id, "102");
    cr_assert_eq(first->aggressor, SOFIA_SIDE_SELL, "the maker bought");
    const struct sofia_event_trade *last = fake_event(&rig.fake, SOFIA_EV_TRADE, 2);
    cr_assert_str_eq(last->trade_id, "104");
}
