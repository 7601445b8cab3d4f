/* The market stream: subscriptions within the venue's pace, quotes, trades. */
#include <criterion/criterion.h>

#include <stdio.h>
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

TestSuite(binance_market, .init = init, .fini = fini);

Test(binance_market, the_combined_stream_is_opened)
{
    cr_assert_eq(rig.fake.opened_count, 2);
    cr_expect_str_eq(rig.fake.opened[0].path, "/stream");
    cr_expect_eq(rig.fake.opened[0].origin, ORIGIN_STREAM);
    cr_expect_eq(rig.fake.opened[0].purpose, SOFIA_STREAM_MARKET);
    cr_expect_leq(rig.fake.opened[0].silence_ms, 60000);
}

Test(binance_market, wishes_that_come_together_leave_as_one_message)
{
    rig_streams_up(&rig);
    fake_clear(&rig.fake);
    cr_expect_eq(binance_exchange.subscribe(rig.self, 1, "BTCUSDT", 1), 0);
    cr_expect_eq(binance_exchange.subscribe(rig.self, 2, "这是测试币456", 1), 0);
    cr_expect_eq(binance_exchange.subscribe(rig.self, 3, "NOSUCH", 1), SOFIA_ENOENT);
    cr_assert(rig_fire(&rig, TIMER_SUBSCRIBE));
    cr_assert_eq(rig.fake.request_count, 1);
    cr_expect_eq(rig.fake.requests[0].endpoint, ENDPOINT_WS_SUBSCRIBE);
    cr_expect_eq(rig.fake.requests[0].stream, 101);
    cr_expect_str_eq(
        fake_part(&rig.fake.requests[0], SOFIA_PART_BODY),
        "{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@bookTicker\",\"btcusdt@trade\","
        "\"btcusdt@depth@100ms\",\"这是测试币456@bookTicker\",\"这是测试币456@trade\","
        "\"这是测试币456@depth@100ms\"],\"id\":1}");
}

Test(binance_market, messages_keep_the_venues_pace)
{
    rig_streams_up(&rig);
    fake_clear(&rig.fake);
    binance_exchange.subscribe(rig.self, 1, "BTCUSDT", 1);
    cr_assert(rig_fire(&rig, TIMER_SUBSCRIBE));
    binance_exchange.subscribe(rig.self, 2, "这是测试币456", 1);
    cr_expect_geq(fake_timer_of(&rig.fake, TIMER_SUBSCRIBE)->delay_ns, BINANCE_NS_PER_S / 5);
}

Test(binance_market, what_is_not_wanted_any_more_is_unsubscribed)
{
    rig_subscribed(&rig);
    fake_clear(&rig.fake);
    binance_exchange.subscribe(rig.self, 1, "BTCUSDT", 0);
    cr_assert(rig_fire(&rig, TIMER_SUBSCRIBE));
    cr_assert_eq(rig.fake.request_count, 1);
    cr_expect_not_null(strstr(fake_part(&rig.fake.requests[0], SOFIA_PART_BODY), "UNSUBSCRIBE"));
    fake_clear(&rig.fake);
    rig_market(&rig, "{\"stream\":\"btcusdt@bookTicker\",\"data\":{\"u\":1,\"s\":\"BTCUSDT\","
                     "\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}}");
    cr_expect_eq(rig.fake.event_count, 0);
}

Test(binance_market, many_symbols_need_several_messages)
{
    static char body[64000];
    size_t used = (size_t)snprintf(body, sizeof(body), "{\"symbols\":[");
    char symbol[16];

    for (int i = 0; i < 60; i++) {
        used += (size_t)snprintf(body + used, sizeof(body) - used,
                                 "%s{\"symbol\":\"A%dUSDT\",\"status\":\"TRADING\",\"baseAsset\":"
                                 "\"A%d\",\"quoteAsset\":\"USDT\"}",
                                 i == 0 ? "" : ",", i, i);
    }
    snprintf(body + used, sizeof(body) - used, "]}");
    rig_info_in(&rig, body, strlen(body), 4096);
    rig_streams_up(&rig);
    fake_clear(&rig.fake);
    for (int i = 0; i < 60; i++) {
        snprintf(symbol, sizeof(symbol), "A%dUSDT", i);
        binance_exchange.subscribe(rig.self, (uint32_t)i + 10, symbol, 1);
    }
    uint32_t messages = 0;
    size_t names = 0;
    while (rig_fire(&rig, TIMER_SUBSCRIBE)) {
        const struct sofia_request *request = &rig.fake.requests[rig.fake.request_count - 1];
        const char *text = fake_part(request, SOFIA_PART_BODY);
        cr_assert_leq(strlen(text), SOFIA_REQUEST_BYTES);
        for (const char *at = text; (at = strstr(at, "@depth")) != NULL; at++) {
            names++;
        }
        messages++;
    }
    cr_expect_eq(names, 60);
    cr_expect_gt(messages, 1);
    cr_expect_eq(rig.fake.request_count, messages);
}

Test(binance_market, a_message_that_did_not_leave_is_sent_again)
{
    rig_streams_up(&rig);
    fake_clear(&rig.fake);
    binance_exchange.subscribe(rig.self, 1, "BTCUSDT", 1);
    rig.fake.request_status = SOFIA_EAGAIN;
    cr_assert(rig_fire(&rig, TIMER_SUBSCRIBE));
    rig.fake.request_status = 0;
    cr_assert(rig_fire(&rig, TIMER_SUBSCRIBE));
    cr_assert_eq(rig.fake.request_count, 1);
    struct sofia_answer a = {.size = sizeof(a),
                             .endpoint = ENDPOINT_WS_SUBSCRIBE,
                             .outcome = SOFIA_ANSWER_NOT_SENT,
                             .text = "closed"};
    cr_assert_eq(binance_exchange.on_answer(rig.self, &a, &rig.result), 0);
    cr_assert(rig_fire(&rig, TIMER_SUBSCRIBE));
    cr_expect_eq(rig.fake.request_count, 2);
}

Test(binance_market, a_subscription_nobody_confirms_ends_the_connection)
{
    rig_streams_up(&rig);
    binance_exchange.subscribe(rig.self, 1, "BTCUSDT", 1);
    cr_assert(rig_fire(&rig, TIMER_SUBSCRIBE));
    cr_assert(rig_fire(&rig, TIMER_MARKET_CHECK));
    cr_expect_eq(rig.fake.restart_count, 1);
    cr_expect_str_eq(rig.fake.restart_reason, "subscription not confirmed");
}

Test(binance_market, a_confirmed_subscription_is_left_alone)
{
    rig_subscribed(&rig);
    cr_assert(rig_fire(&rig, TIMER_MARKET_CHECK));
    cr_assert(rig_fire(&rig, TIMER_MARKET_CHECK));
    cr_expect_eq(rig.fake.restart_count, 0);
}

Test(binance_market, a_refused_subscription_is_said)
{
    rig_streams_up(&rig);
    binance_exchange.subscribe(rig.self, 1, "BTCUSDT", 1);
    rig_fire(&rig, TIMER_SUBSCRIBE);
    fake_clear(&rig.fake);
    cr_expect_eq(rig_market(&rig, "{\"error\":{\"code\":2,\"msg\":\"Invalid request\"},\"id\":1}"),
                 0);
    cr_expect_not_null(strstr(rig.fake.log, "Invalid request"));
    cr_expect_eq(rig_market(&rig, "{\"code\":3,\"msg\":\"Invalid JSON\"}"), 0);
    cr_expect_eq(rig.fake.request_count, 0, "not confirmed: no snapshot");
}

Test(binance_market, best_bid_and_offer)
{
    rig_subscribed(&rig);
    fake_clear(&rig.fake);
    cr_assert_eq(rig_market(&rig, "{\"stream\":\"btcusdt@bookTicker\",\"data\":{\"u\":1000203,"
                                  "\"s\":\"BTCUSDT\",\"b\":\"60000.00000000\",\"B\":\"1.50000000\","
                                  "\"a\":\"60000.01000000\",\"A\":\"0.70000000\"}}"),
                 0);
    const struct sofia_event_ticker *ticker = fake_event(&rig.fake, SOFIA_EV_TICKER, 0);
    cr_assert_not_null(ticker);
    cr_expect_eq(ticker->head.instrument, 1);
    cr_expect_eq(ticker->head.generation, 1);
    cr_expect_str_eq(text_of_decimal(ticker->bid), "60000");
    cr_expect_str_eq(text_of_decimal(ticker->bid_qty), "1.5");
    cr_expect_str_eq(text_of_decimal(ticker->ask), "60000.01");
    cr_expect_str_eq(text_of_decimal(ticker->ask_qty), "0.7");
}

Test(binance_market, an_empty_side_is_absent)
{
    rig_subscribed(&rig);
    fake_clear(&rig.fake);
    rig_market(&rig, "{\"stream\":\"btcusdt@bookTicker\",\"data\":{\"u\":1,\"s\":\"BTCUSDT\","
                     "\"b\":\"0.00000000\",\"B\":\"0.00000000\",\"a\":\"2\",\"A\":\"1\"}}");
    const struct sofia_event_ticker *ticker = fake_event(&rig.fake, SOFIA_EV_TICKER, 0);
    cr_assert_not_null(ticker);
    cr_expect(sofia_decimal_is_absent(ticker->bid));
    cr_expect(sofia_decimal_is_absent(ticker->bid_qty));
    cr_expect_str_eq(text_of_decimal(ticker->ask), "2");
}

Test(binance_market, public_trades)
{
    rig_subscribed(&rig);
    fake_clear(&rig.fake);
    cr_assert_eq(rig_market(&rig, "{\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\","
                                  "\"E\":1767225600011,\"s\":\"BTCUSDT\",\"t\":700002,"
                                  "\"p\":\"60000.00000000\",\"q\":\"0.00120000\","
                                  "\"T\":1767225600007,\"m\":false,\"M\":true}}"),
                 0);
    rig_market(&rig, "{\"stream\":\"btcusdt@trade\",\"data\":{\"s\":\"BTCUSDT\",\"t\":700003,"
                     "\"p\":\"1\",\"q\":\"1\",\"T\":1,\"m\":true}}");
    const struct sofia_event_trade *trade = fake_event(&rig.fake, SOFIA_EV_TRADE, 0);
    cr_assert_not_null(trade);
    cr_expect_eq(trade->aggressor, SOFIA_SIDE_BUY);
    cr_expect_str_eq(trade->trade_id, "700002");
    cr_expect_str_eq(text_of_decimal(trade->qty), "0.0012");
    cr_expect_eq(trade->head.ts_venue_ns, INT64_C(1767225600007000000));
    trade = fake_event(&rig.fake, SOFIA_EV_TRADE, 1);
    cr_assert_not_null(trade);
    cr_expect_eq(trade->aggressor, SOFIA_SIDE_SELL, "the buyer was the maker");
}

Test(binance_market, a_shutdown_of_the_venues_server_is_obeyed)
{
    rig_subscribed(&rig);
    rig_market(&rig,
               "{\"stream\":\"!serverShutdown\",\"data\":{\"e\":\"serverShutdown\",\"E\":1}}");
    cr_expect_eq(rig.fake.restart_count, 1);
    rig_market(&rig, "{\"e\":\"serverShutdown\",\"E\":1770123456789}");
    cr_expect_eq(rig.fake.restart_count, 2);
}

Test(binance_market, what_is_not_understood_is_refused_or_ignored)
{
    rig_subscribed(&rig);
    fake_clear(&rig.fake);
    cr_expect_eq(rig_market(&rig, "{\"stream\":\"btcusdt@kline_1m\",\"data\":{\"e\":\"kline\"}}"),
                 0);
    cr_expect_eq(rig_market(&rig, "{}"), 0);
    cr_expect_eq(rig_market(&rig, ""), SOFIA_EPARSE);
    cr_expect_eq(rig_market(&rig, "[]"), SOFIA_EPARSE);
    cr_expect_eq(rig_market(&rig, "{\"stream\":\"btcusdt@trade\",\"data\":{\"s\":\"BTCUSDT\"}}"),
                 SOFIA_EPARSE);
    cr_expect_eq(rig_market(&rig, "{\"stream\":\"btcusdt@bookTicker\",\"data\":{\"s\":\"BTC"),
                 SOFIA_EPARSE);
    cr_expect_eq(rig_market(&rig, "{\"stream\":\"btcusdt@bookTicker\",\"data\":{\"s\":\"BTCUSDT\","
                                  "\"b\":\"1e400\"}}"),
                 SOFIA_EPARSE);
    cr_expect_eq(rig.fake.event_count, 0);
}
