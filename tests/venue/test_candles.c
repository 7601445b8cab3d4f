/* Candles: what is asked for and what is pushed are the same, and a candle ends when it should. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"

#define KLINES "/api/v3/klines?symbol=BTCUSDT&interval="
#define LIMIT "symbol=BTCUSDT&type=LIMIT&timeInForce=GTC&quantity=1&"

static struct desk d;

static void setup(void)
{
    desk_open(&d, NULL);
}

static void teardown(void)
{
    desk_close(&d);
}

TestSuite(venue_candles, .init = setup, .fini = teardown);

static void trade(const char *price)
{
    char text[160];
    snprintf(text, sizeof(text), LIMIT "side=SELL&price=%s", price);
    desk_place(&d, "bob", text);
    snprintf(text, sizeof(text), LIMIT "side=BUY&price=%s", price);
    desk_place(&d, "alice", text);
}

/* To the start of the next minute of the venue's clock, and a bit. */
static void next_minute(void)
{
    desk_pass(&d, 60 * SECOND - d.now_ns % (60 * SECOND) + 10 * MS);
}

Test(venue_candles, pushed_and_asked_are_the_same)
{
    next_minute();
    uint64_t conn = desk_ws(&d, "/ws/btcusdt@kline_1m");
    trade("60000");
    trade("60500");
    trade("59500");
    trade("60100");
    desk_pass(&d, 2 * SECOND);
    char *frame = desk_next(&d, conn);
    const struct answer *a = desk_get(&d, KLINES "1m");
    static const char *const pairs[][3] = {
        {"k.o", "0.1", "60000.00000000"},
        {"k.h", "0.2", "60500.00000000"},
        {"k.l", "0.3", "59500.00000000"},
        {"k.c", "0.4", "60100.00000000"},
        {"k.v", "0.5", "4.00000000"},
        {"k.q", "0.7", "240100.00000000"},
        {"k.n", "0.8", "4"},
        {"k.V", "0.9", "4.00000000"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        IS(frame, pairs[i][0], pairs[i][2]);
        IS(a->body, pairs[i][1], pairs[i][2]);
    }
    char open_ms[32];
    snprintf(open_ms, sizeof(open_ms), "%s", json_at(frame, "k.t"));
    IS(a->body, "0.0", open_ms);
    IS(frame, "e", "kline");
    IS(frame, "k.i", "1m");
    IS(frame, "k.x", "false");
    free(frame);
}

Test(venue_candles, a_candle_says_once_that_it_is_closed)
{
    next_minute();
    trade("60000");
    desk_pass(&d, 30 * SECOND); /* the desk answers no pings: a connection lives a minute */
    uint64_t conn = desk_ws(&d, "/ws/btcusdt@kline_1m");
    desk_pass(&d, 30 * SECOND);
    char *frame = desk_find(&d, conn, "\"x\":true");
    cr_assert_not_null(frame);
    IS(frame, "k.n", "1");
    long long open_ms = strtoll(json_at(frame, "k.t"), NULL, 10);
    cr_assert_eq(strtoll(json_at(frame, "k.T"), NULL, 10), open_ms + 59999);
    cr_assert_eq(strtoll(json_at(frame, "E"), NULL, 10), open_ms + 60000);
    free(frame);
    desk_pass(&d, 3 * SECOND);
    frame = desk_next(&d, conn);
    IS(frame, "k.x", "false");
    IS(frame, "k.n", "0"); /* nothing traded: the last price goes on */
    IS(frame, "k.o", "60000.00000000");
    IS(frame, "k.h", "60000.00000000");
    IS(frame, "k.f", "-1");
    free(frame);
}

Test(venue_candles, intervals_are_those_of_the_venue)
{
    trade("60000");
    static const char *const good[] = {"1s", "1m", "15m", "4h", "12h", "1d", "3d", "1w", "1M"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char target[96];
        snprintf(target, sizeof(target), KLINES "%s", good[i]);
        const struct answer *a = desk_get(&d, target);
        ACCEPTED(a);
        IS(a->body, "0.8", "1");
    }
    REFUSED(desk_get(&d, KLINES "7m"), 400u, -1120);
    REFUSED(desk_get(&d, KLINES "60m"), 400u, -1120);
    REFUSED(desk_get(&d, KLINES "1"), 400u, -1120);
}

Test(venue_candles, weeks_begin_on_monday_and_months_on_the_first)
{
    trade("60000");
    const struct answer *a = desk_get(&d, KLINES "1w");
    long long monday_s = strtoll(json_at(a->body, "0.0"), NULL, 10) / 1000;
    cr_assert_eq((monday_s / 86400 + 3) % 7, 0, "%lld is no Monday", monday_s);
    a = desk_get(&d, KLINES "1M");
    IS(a->body, "0.0", "1767225600000"); /* 2026-01-01 */
    IS(a->body, "0.6", "1769903999999");
}

/* Cancel-only leaves the other data alone; a break ends all of it. */
Test(venue_candles, a_symbol_that_does_not_trade_pushes_none)
{
    uint64_t candles = desk_ws(&d, "/ws/btcusdt@kline_1s");
    uint64_t tickers = desk_ws(&d, "/ws/btcusdt@ticker");
    static const char *const states[][2] = {{"CANCEL_ONLY", "yes"}, {"BREAK", NULL}};
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        char fault[128];
        snprintf(fault, sizeof(fault),
                 "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"BTCUSDT\"},\"status\":\"%s\"}",
                 states[i][0]);
        ACCEPTED(desk_post_admin(&d, "/_fault", fault));
        desk_drop_frames(&d, candles);
        desk_drop_frames(&d, tickers);
        desk_pass(&d, 3 * SECOND);
        cr_assert_null(desk_next(&d, candles), "a candle in %s", states[i][0]);
        char *ticker = desk_next(&d, tickers);
        cr_assert_eq(ticker != NULL, states[i][1] != NULL, "tickers in %s", states[i][0]);
        free(ticker);
    }
}
