/* exchangeInfo: the same instruments however it is cut, and what its filters mean. */
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

TestSuite(binance_info, .init = init, .fini = fini);

static const struct sofia_instrument *instrument(uint32_t n)
{
    const struct sofia_event_instrument *event = fake_event(&rig.fake, SOFIA_EV_INSTRUMENT, n);

    cr_assert_not_null(event);
    return &event->instrument;
}

static uint32_t syncs(void)
{
    return fake_count(&rig.fake, SOFIA_EV_SYNC);
}

Test(binance_info, rules_of_a_symbol)
{
    rig_info_in(&rig, rig_info, strlen(rig_info), 4096);
    const struct sofia_instrument *btc = instrument(0);
    cr_expect_str_eq(btc->name, "BTC/USDT");
    cr_expect_str_eq(btc->venue_symbol, "BTCUSDT");
    cr_expect_str_eq(btc->base, "BTC");
    cr_expect_str_eq(btc->quote, "USDT");
    cr_expect_str_eq(btc->settle, "USDT");
    cr_expect_eq(btc->size, sizeof(*btc));
    cr_expect_eq(btc->kind, SOFIA_INSTRUMENT_SPOT);
    cr_expect_eq(btc->status, SOFIA_STATUS_TRADING);
    cr_expect_eq(btc->features, SOFIA_CAN_LIMIT | SOFIA_CAN_MARKET | SOFIA_CAN_POST_ONLY |
                                    SOFIA_CAN_IOC | SOFIA_CAN_FOK);
    cr_expect_str_eq(text_of_decimal(btc->tick), "0.01");
    cr_expect_str_eq(text_of_decimal(btc->max_price), "1000000");
    cr_expect_str_eq(text_of_decimal(btc->lot), "0.00001");
    cr_expect_str_eq(text_of_decimal(btc->min_qty), "0.00001");
    cr_expect_str_eq(text_of_decimal(btc->max_qty), "9000");
    cr_expect(sofia_decimal_is_absent(btc->market_lot), "a step of zero is a rule that is off");
    cr_expect(sofia_decimal_is_absent(btc->market_min_qty));
    cr_expect_str_eq(text_of_decimal(btc->market_max_qty), "112.2110882");
    cr_expect_str_eq(text_of_decimal(btc->min_notional), "5");
    cr_expect_str_eq(text_of_decimal(btc->max_notional), "9000000");
    cr_expect_eq(btc->notional_flags, SOFIA_NOTIONAL_MIN_ON_MARKET);
    cr_expect_str_eq(text_of_decimal(btc->bid_mult_up), "5");
    cr_expect_str_eq(text_of_decimal(btc->ask_mult_up), "4");
    cr_expect_str_eq(text_of_decimal(btc->ask_mult_down), "0.25");
    cr_expect_eq(btc->max_open_orders, 200);
    cr_expect(sofia_decimal_is_absent(btc->multiplier));
}

Test(binance_info, older_filters_and_letters_of_any_script)
{
    rig_info_in(&rig, rig_info, strlen(rig_info), 4096);
    const struct sofia_instrument *coin = instrument(1);
    cr_expect_str_eq(coin->name, "这是测试币/456");
    cr_expect_str_eq(coin->venue_symbol, "这是测试币456");
    cr_expect_eq(coin->status, SOFIA_STATUS_CANCEL_ONLY);
    cr_expect_eq(coin->features, SOFIA_CAN_LIMIT | SOFIA_CAN_IOC | SOFIA_CAN_FOK);
    cr_expect_str_eq(text_of_decimal(coin->lot), "0.0001", "the precision where no step is listed");
    cr_expect_str_eq(text_of_decimal(coin->tick), "0.00000001");
    cr_expect_str_eq(text_of_decimal(coin->min_notional), "0.001");
    cr_expect_str_eq(text_of_decimal(coin->bid_mult_down), "0.3");
    cr_expect_str_eq(text_of_decimal(coin->ask_mult_up), "3");
    cr_expect_str_eq(text_of_decimal(coin->max_position), "10.5");
}

Test(binance_info, any_cut_gives_the_same)
{
    size_t len = strlen(rig_info);

    for (size_t cut = 1; cut < len; cut++) {
        struct sofia_answer a = {.size = sizeof(a),
                                 .endpoint = ENDPOINT_EXCHANGE_INFO,
                                 .outcome = SOFIA_ANSWER_OK,
                                 .http_status = 200,
                                 .request_id = 1000 + cut};
        fake_clear(&rig.fake);
        cr_assert_eq(binance_exchange.on_piece(rig.self, &a, rig_info, cut), 0);
        cr_assert_eq(binance_exchange.on_piece(rig.self, &a, rig_info + cut, len - cut), 0);
        binance_exchange.on_answer(rig.self, &a, &rig.result);
        cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED, "cut at %zu", cut);
        cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_INSTRUMENT), 2, "cut at %zu", cut);
        cr_assert_str_eq(text_of_decimal(instrument(0)->tick), "0.01");
        cr_assert_str_eq(instrument(1)->venue_symbol, "这是测试币456");
        cr_assert_eq(syncs(), 1);
    }
    fake_clear(&rig.fake);
    rig_info_in(&rig, rig_info, len, 1);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_INSTRUMENT), 2);
    cr_expect_eq(syncs(), 1);
}

Test(binance_info, torn_anywhere_there_is_no_end)
{
    size_t len = strlen(rig_info);

    for (size_t cut = 0; cut < len; cut++) {
        fake_clear(&rig.fake);
        rig_info_in(&rig, rig_info, cut, 512);
        cr_assert_eq(syncs(), 0, "cut at %zu", cut);
    }
}

Test(binance_info, limits_that_differ_are_announced)
{
    rig.b->limits[BUCKET_ORDERS_10S] = 100;
    rig_info_in(&rig, rig_info, strlen(rig_info), 4096);
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_USAGE), 1);
    const struct sofia_event_usage *usage = fake_event(&rig.fake, SOFIA_EV_USAGE, 0);
    cr_expect_eq(usage->bucket, BUCKET_ORDERS_10S);
    cr_expect_eq(usage->limit, 50);
    cr_expect_eq(usage->used, 0);
}

#define SYMBOL(name, base, status)                                                                 \
    "{\"symbol\":\"" name "\",\"status\":\"" status "\",\"baseAsset\":\"" base                     \
    "\",\"quoteAsset\":\"USDT\",\"filters\":[]}"

Test(binance_info, statuses)
{
    static const struct {
        const char *text;
        uint32_t status;
    } words[] = {{"TRADING", SOFIA_STATUS_TRADING},
                 {"HALT", SOFIA_STATUS_HALTED},
                 {"BREAK", SOFIA_STATUS_HALTED},
                 {"END_OF_DAY", SOFIA_STATUS_HALTED},
                 {"CANCEL_ONLY", SOFIA_STATUS_CANCEL_ONLY},
                 {"AUCTION_MATCH", SOFIA_STATUS_UNKNOWN}};
    char body[512];

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        fake_clear(&rig.fake);
        snprintf(body, sizeof(body),
                 "{\"symbols\":[{\"symbol\":\"BTCUSDT\",\"status\":\"%s\",\"baseAsset\":\"BTC\","
                 "\"quoteAsset\":\"USDT\"}]}",
                 words[i].text);
        rig_info_in(&rig, body, strlen(body), 64);
        cr_expect_eq(instrument(0)->status, words[i].status, "%s", words[i].text);
    }
    fake_clear(&rig.fake);
    snprintf(body, sizeof(body),
             "{\"symbols\":[{\"symbol\":\"BTCUSDT\",\"status\":\"TRADING\",\"baseAsset\":\"BTC\","
             "\"isSpotTradingAllowed\":false,\"quoteAsset\":\"USDT\"}]}");
    rig_info_in(&rig, body, strlen(body), 64);
    cr_expect_eq(instrument(0)->status, SOFIA_STATUS_HALTED);
}

Test(binance_info, a_symbol_that_vanished_cannot_be_traded)
{
    const char *body = "{\"symbols\":[" SYMBOL("BTCUSDT", "BTC", "TRADING") "]}";

    rig_info_in(&rig, body, strlen(body), 64);
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_INSTRUMENT), 2);
    cr_expect_str_eq(instrument(1)->venue_symbol, "这是测试币456");
    cr_expect_eq(instrument(1)->status, SOFIA_STATUS_UNKNOWN);
    fake_clear(&rig.fake);
    rig_info_in(&rig, body, strlen(body), 64);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_INSTRUMENT), 1, "said once");
}

Test(binance_info, one_unreadable_symbol_does_not_cost_the_others)
{
    const char *body =
        "{\"symbols\":[{\"symbol\":\"BADUSDT\",\"status\":\"TRADING\",\"baseAsset\":\"BAD\","
        "\"quoteAsset\":\"USDT\",\"filters\":[{\"filterType\":\"PRICE_FILTER\",\"tickSize\":"
        "\"0.1e5\"}]}," SYMBOL("BTCUSDT", "BTC", "TRADING") "]}";

    rig_info_in(&rig, body, strlen(body), 64);
    cr_expect_str_eq(instrument(0)->venue_symbol, "BTCUSDT");
    cr_expect_eq(syncs(), 1);
}

Test(binance_info, an_error_body_in_pieces_is_judged)
{
    struct sofia_answer a = {.size = sizeof(a),
                             .endpoint = ENDPOINT_EXCHANGE_INFO,
                             .outcome = SOFIA_ANSWER_OK,
                             .http_status = 429,
                             .request_id = 5000,
                             .headers = "Retry-After: 7\r\n",
                             .headers_len = 16};

    binance_exchange.on_piece(rig.self, &a, "{\"code\":-1003,\"m", 16);
    binance_exchange.on_piece(rig.self, &a, "sg\":\"Too many.\"}", 16);
    binance_exchange.on_answer(rig.self, &a, &rig.result);
    cr_expect_eq(rig.result.action, SOFIA_ACTION_BACK_OFF);
    cr_expect_eq(rig.result.retry_after_ms, 7000);
    cr_expect_eq(rig.result.venue_code, -1003);
    cr_expect_eq(syncs(), 0);
    a.http_status = 503;
    a.request_id = 5001;
    binance_exchange.on_piece(rig.self, &a, "<html>", 6);
    binance_exchange.on_answer(rig.self, &a, &rig.result);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
}

Test(binance_info, a_full_queue_means_read_it_again)
{
    rig.fake.emit_room = 1;
    rig_info_in(&rig, rig_info, strlen(rig_info), 4096);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    cr_expect_eq(rig.result.action, SOFIA_ACTION_REFRESH);
    cr_expect_eq(syncs(), 0);
}

static struct rig picky;

static void init_picky(const char *option, const char *text)
{
    memset(&picky, 0, sizeof(picky));
    fake_host_init(&picky.fake, "binance", binance_options, BINANCE_OPTION_COUNT);
    fake_option(&picky.fake, option, text);
    rig_start(&picky);
}

Test(binance_info, only_what_is_configured)
{
    init_picky("symbols", "这是测试币/456 ETH/USDT");
    rig_info_in(&picky, rig_info, strlen(rig_info), 4096);
    cr_expect_eq(fake_count(&picky.fake, SOFIA_EV_INSTRUMENT), 1);
    cr_expect_not_null(strstr(picky.fake.log, "ETH/USDT"), "%s", picky.fake.log);
    cr_expect_eq(fake_count(&picky.fake, SOFIA_EV_SYNC), 1);
    rig_release(&picky);
}

Test(binance_info, no_more_than_the_limit)
{
    init_picky("symbol_limit", "1");
    rig_info_in(&picky, rig_info, strlen(rig_info), 4096);
    cr_expect_eq(fake_count(&picky.fake, SOFIA_EV_INSTRUMENT), 1);
    cr_expect_not_null(strstr(picky.fake.log, "symbol_limit"), "%s", picky.fake.log);
    rig_release(&picky);
}
