/* Everything the venue must refuse, by name, with HTTP status and code: the last section of the fact sheet. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"

#define ORDER "/api/v3/order"
#define LIMIT(qty, price)                                                                          \
    "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=" qty "&price=" price

static struct desk d;

static void setup(void)
{
    desk_open(&d, NULL);
}

static void teardown(void)
{
    desk_close(&d);
}

TestSuite(venue_refuse, .init = setup, .fini = teardown);

/* A resting ask at 60000 and bid at 59000 of bob, and a last price of 60000. */
static void make_market(void)
{
    desk_place(&d, "bob",
               "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=2&price=60000");
    desk_place(&d, "bob",
               "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=59000");
    desk_place(&d, "alice",
               "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=60000");
}

static struct answer *order(const char *params)
{
    return desk_signed(&d, "alice", "POST", ORDER, params);
}

/* ---- key ---- */

Test(venue_refuse, no_key)
{
    REFUSED(desk_raw(&d, "GET", "/api/v3/account?timestamp=1&signature=00", NULL, NULL), 401,
            -2014);
}

Test(venue_refuse, malformed_key)
{
    REFUSED(desk_raw(&d, "GET", "/api/v3/account?timestamp=1&signature=00", "not a key!", NULL),
            401, -2014);
}

Test(venue_refuse, unknown_key)
{
    REFUSED(desk_raw(&d, "GET", "/api/v3/account?timestamp=1&signature=00", "nobody", NULL), 401,
            -2015);
}

Test(venue_refuse, key_without_trade_permission)
{
    REFUSED(desk_signed(&d, "reader", "POST", ORDER, LIMIT("1", "100")), 401, -2015);
    ACCEPTED(desk_signed(&d, "reader", "GET", "/api/v3/account", ""));
}

/* ---- signature ---- */

static struct answer *send_signed_by(const char *secret, const char *payload, const char *sent)
{
    char hex[65];
    char target[1024];
    desk_hmac(secret, payload, hex);
    snprintf(target, sizeof(target), "/api/v3/openOrders?%s&signature=%s", sent, hex);
    return desk_raw(&d, "GET", target, "alice", NULL);
}

Test(venue_refuse, wrong_secret)
{
    char payload[64];
    snprintf(payload, sizeof(payload), "symbol=BTCUSDT&timestamp=%lld", (long long)(d.now_ns / MS));
    ACCEPTED(send_signed_by("sa", payload, payload));
    REFUSED(send_signed_by("sx", payload, payload), 400, -1022);
}

Test(venue_refuse, signature_over_unencoded_text)
{
    char plain[128];
    char encoded[128];
    snprintf(plain, sizeof(plain), "symbol=这是测试币456&timestamp=%lld",
             (long long)(d.now_ns / MS));
    snprintf(
        encoded, sizeof(encoded),
        "symbol=%%E8%%BF%%99%%E6%%98%%AF%%E6%%B5%%8B%%E8%%AF%%95%%E5%%B8%%81456&timestamp=%lld",
        (long long)(d.now_ns / MS));
    ACCEPTED(send_signed_by("sa", encoded, encoded));
    REFUSED(send_signed_by("sa", plain, encoded), 400, -1022);
    REFUSED(send_signed_by("sa", plain, plain), 400, -1022);
}

Test(venue_refuse, signature_not_last)
{
    char payload[64];
    char hex[65];
    char target[256];
    snprintf(payload, sizeof(payload), "symbol=BTCUSDT&timestamp=%lld", (long long)(d.now_ns / MS));
    desk_hmac("sa", payload, hex);
    snprintf(target, sizeof(target), "/api/v3/openOrders?signature=%s&%s", hex, payload);
    REFUSED(desk_raw(&d, "GET", target, "alice", NULL), 400, -1022);
}

Test(venue_refuse, ed25519_signature_of_another_text)
{
    char target[512];
    snprintf(target, sizeof(target),
             "/api/v3/"
             "account?timestamp=%lld&signature="
             "inDT086KVIP8vgUfw5sV3VTkescWztiAGlf4x8FLKHM4NInsn0c1kYVLoGMO8cyj"
             "fR6vmTku2YQE0gtfVVlfCw%%3D%%3D",
             (long long)(d.now_ns / MS));
    REFUSED(desk_raw(&d, "GET", target, "edkey", NULL), 400, -1022);
}

Test(venue_refuse, no_timestamp)
{
    REFUSED(desk_raw(&d, "GET", "/api/v3/account?signature=00", "alice", NULL), 400, -1102);
}

Test(venue_refuse, no_signature)
{
    REFUSED(desk_raw(&d, "GET", "/api/v3/account?timestamp=1767225601234", "alice", NULL), 400,
            -1102);
}

Test(venue_refuse, empty_mandatory_value)
{
    REFUSED(
        desk_raw(&d, "GET", "/api/v3/account?timestamp=1767225601234&signature=", "alice", NULL),
        400, -1102);
}

Test(venue_refuse, empty_optional_value)
{
    REFUSED(order(LIMIT("1", "100") "&newClientOrderId="), 400, -1105);
}

/* ---- time ---- */

static struct answer *at_time(int64_t offset_ms, const char *window)
{
    char payload[128];
    snprintf(payload, sizeof(payload), "%stimestamp=%lld", window,
             (long long)(d.now_ns / MS + offset_ms));
    return send_signed_by("sa", payload, payload);
}

Test(venue_refuse, timestamp_a_second_ahead)
{
    ACCEPTED(at_time(999, ""));
    struct answer *a = at_time(1000, "");
    REFUSED(a, 400, -1021);
    MESSAGE(a, "Timestamp for this request was 1000ms ahead of the server's time.");
}

Test(venue_refuse, timestamp_older_than_the_window)
{
    ACCEPTED(at_time(-5000, ""));
    struct answer *a = at_time(-5001, "");
    REFUSED(a, 400, -1021);
    MESSAGE(a, "Timestamp for this request is outside of the recvWindow.");
    ACCEPTED(at_time(-2000, "recvWindow=2000.5&"));
    REFUSED(at_time(-2001, "recvWindow=2000.5&"), 400, -1021);
}

Test(venue_refuse, window_above_a_minute)
{
    ACCEPTED(at_time(0, "recvWindow=60000&"));
    REFUSED(at_time(0, "recvWindow=60001&"), 400, -1102);
}

/* ---- parameters ---- */

Test(venue_refuse, unknown_parameter)
{
    REFUSED(order(LIMIT("1", "100") "&reduceOnly=true"), 400, -1104);
    REFUSED(desk_get(&d, "/api/v3/time?foo=1"), 400, -1104);
}

Test(venue_refuse, duplicate_parameter)
{
    REFUSED(order(LIMIT("1", "100") "&side=BUY"), 400, -1101);
}

Test(venue_refuse, query_wins_over_body)
{
    char text[256];
    char hex[65];
    char target[256];
    char body[512];
    snprintf(text, sizeof(text),
             "symbol=ETHUSDT"
             "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=3000"
             "&timestamp=%lld",
             (long long)(d.now_ns / MS));
    desk_hmac("sa", text, hex);
    snprintf(target, sizeof(target), "%s?symbol=ETHUSDT", ORDER);
    snprintf(body, sizeof(body), "%s&signature=%s", text + strlen("symbol=ETHUSDT"), hex);
    struct answer *a = desk_raw(&d, "POST", target, "alice", body);
    ACCEPTED(a);
    IS(a->body, "symbol", "ETHUSDT");
}

Test(venue_refuse, illegal_characters)
{
    static const char *const bad[] = {
        LIMIT("-1", "100"),
        LIMIT("%2B1", "100"),
        LIMIT("1e3", "100"),
        LIMIT("1", "1%2C5"),
        LIMIT("1", ".5"),
        LIMIT("1", "5."),
        LIMIT("NaN", "100"),
        LIMIT("123456789012345678901", "100"),
        LIMIT("1", "100") "&newClientOrderId=a.b",
        LIMIT("1", "100") "&newClientOrderId=1234567890123456789012345678901234567",
        "symbol=btcusdt&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=100",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        REFUSED(order(bad[i]), 400, -1100);
    }
}

Test(venue_refuse, client_id_of_36_characters_passes)
{
    ACCEPTED(order(LIMIT("1", "100") "&newClientOrderId=123456789012345678901234567890123456"));
}

Test(venue_refuse, symbol_list_with_a_space)
{
    ACCEPTED(desk_get(&d, "/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22,%22ETHUSDT%22%5D"));
    REFUSED(desk_get(&d, "/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22,%20%22ETHUSDT%22%5D"), 400,
            -1100);
    REFUSED(desk_get(&d, "/api/v3/exchangeInfo?symbols=%5B%22btcusdt%22%5D"), 400, -1100);
}

Test(venue_refuse, more_decimals_than_the_asset_has)
{
    REFUSED(order(LIMIT("1.000000001", "100")), 400, -1111);
    REFUSED(order(LIMIT("1", "100.000000001")), 400, -1111);
}

Test(venue_refuse, unknown_symbol_side_type_and_time_in_force)
{
    REFUSED(order("symbol=NOPE&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=1"), 400,
            -1121);
    REFUSED(order("symbol=BTCUSDT&side=HOLD&type=LIMIT&timeInForce=GTC&quantity=1&price=1"), 400,
            -1117);
    REFUSED(order("symbol=BTCUSDT&side=BUY&type=GUESS&timeInForce=GTC&quantity=1&price=1"), 400,
            -1116);
    REFUSED(order("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTD&quantity=1&price=1"), 400,
            -1115);
    REFUSED(desk_get(&d, "/api/v3/depth?symbol=NOPE"), 400, -1121);
}

Test(venue_refuse, what_a_type_needs)
{
    REFUSED(order("symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=100"), 400, -1102);
    REFUSED(order("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=100"), 400, -1102);
    REFUSED(order("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1"), 400, -1102);
    REFUSED(order("symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=1"), 400, -1102);
    REFUSED(order("symbol=BTCUSDT&side=BUY&type=MARKET"), 400, -1102);
    REFUSED(
        order("symbol=BTCUSDT&side=BUY&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=1&price=1"),
        400, -1102);
    REFUSED(order("side=BUY&type=MARKET&quantity=1"), 400, -1102);
    REFUSED(order("symbol=BTCUSDT&type=MARKET&quantity=1"), 400, -1102);
}

Test(venue_refuse, what_a_type_does_not_take)
{
    REFUSED(order("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&timeInForce=GTC"), 400, -1106);
    REFUSED(order("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&price=100"), 400, -1106);
    REFUSED(order("symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&timeInForce=GTC&quantity=1&price=100"),
            400, -1106);
    REFUSED(order("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&quoteOrderQty=100"), 400, -1106);
    REFUSED(order(LIMIT("1", "100") "&stopPrice=90"), 400, -1106);
}

/* ---- the engine's refusals ---- */

Test(venue_refuse, symbol_that_does_not_trade)
{
    static const char *const states[] = {"HALT", "BREAK", "CANCEL_ONLY"};
    uint64_t id = desk_place(&d, "alice", LIMIT("1", "100"));
    char text[160];
    for (size_t i = 0; i < 3; i++) {
        snprintf(text, sizeof(text),
                 "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"BTCUSDT\"},\"status\":\"%s\"}",
                 states[i]);
        ACCEPTED(desk_post_admin(&d, "/_fault", text));
        struct answer *a = order(LIMIT("1", "100"));
        REFUSED(a, 400, -2010);
        MESSAGE(a, "Market is closed.");
    }
    snprintf(text, sizeof(text), "symbol=BTCUSDT&orderId=%llu", (unsigned long long)id);
    ACCEPTED(desk_signed(&d, "alice", "DELETE", ORDER, text));
}

Test(venue_refuse, insufficient_balance)
{
    ACCEPTED(order(LIMIT("100", "80000"))); /* of ten million */
    struct answer *a = order(LIMIT("25.00001", "80000"));
    REFUSED(a, 400, -2010);
    MESSAGE(a, "Account has insufficient balance for requested action.");
    ACCEPTED(order(LIMIT("25", "80000")));
    REFUSED(order(LIMIT("0.1", "100")), 400, -2010); /* all of it is locked */
}

Test(venue_refuse, post_only_that_would_take)
{
    make_market();
    struct answer *a = order("symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.1&price=60000");
    REFUSED(a, 400, -2010);
    MESSAGE(a, "Order would immediately match and take.");
    ACCEPTED(order("symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.1&price=59999.99"));
}

Test(venue_refuse, stop_that_would_trigger)
{
    make_market();
    struct answer *a = order("symbol=BTCUSDT&side=BUY&type=STOP_LOSS&quantity=0.1&stopPrice=60000");
    REFUSED(a, 400, -2010);
    MESSAGE(a, "Order would trigger immediately.");
    ACCEPTED(order("symbol=BTCUSDT&side=BUY&type=STOP_LOSS&quantity=0.1&stopPrice=60000.01"));
}

Test(venue_refuse, duplicate_of_an_open_client_id)
{
    ACCEPTED(order(LIMIT("1", "100") "&newClientOrderId=one"));
    struct answer *a = order(LIMIT("1", "100") "&newClientOrderId=one");
    REFUSED(a, 400, -2010);
    MESSAGE(a, "Duplicate order sent.");
}

Test(venue_refuse, account_that_may_not_trade)
{
    ACCEPTED(desk_post_admin(&d, "/_fault",
                             "{\"kind\":\"fees\",\"account\":\"alice\",\"canTrade\":false}"));
    REFUSED(order(LIMIT("1", "100")), 400, -2010);
}

/* ---- cancel and query ---- */

Test(venue_refuse, cancel_of_an_unknown_order)
{
    struct answer *a = desk_signed(&d, "alice", "DELETE", ORDER, "symbol=BTCUSDT&orderId=5");
    REFUSED(a, 400, -2011);
    MESSAGE(a, "Unknown order sent.");
}

Test(venue_refuse, cancel_of_a_terminal_order)
{
    uint64_t id = desk_place(&d, "alice", LIMIT("1", "100"));
    char text[64];
    snprintf(text, sizeof(text), "symbol=BTCUSDT&orderId=%llu", (unsigned long long)id);
    ACCEPTED(desk_signed(&d, "alice", "DELETE", ORDER, text));
    REFUSED(desk_signed(&d, "alice", "DELETE", ORDER, text), 400, -2011);
}

Test(venue_refuse, cancel_of_somebody_elses_order)
{
    uint64_t id = desk_place(&d, "alice", LIMIT("1", "100"));
    char text[64];
    snprintf(text, sizeof(text), "symbol=BTCUSDT&orderId=%llu", (unsigned long long)id);
    REFUSED(desk_signed(&d, "bob", "DELETE", ORDER, text), 400, -2011);
    REFUSED(desk_signed(&d, "bob", "GET", ORDER, text), 400, -2013);
}

Test(venue_refuse, cancel_restrictions)
{
    ACCEPTED(order(LIMIT("1", "100") "&newClientOrderId=r"));
    struct answer *a =
        desk_signed(&d, "alice", "DELETE", ORDER,
                    "symbol=BTCUSDT&origClientOrderId=r&cancelRestrictions=ONLY_PARTIALLY_FILLED");
    REFUSED(a, 400, -2011);
    MESSAGE(a, "Order was not canceled due to cancel restrictions.");
    REFUSED(desk_signed(&d, "alice", "DELETE", ORDER,
                        "symbol=BTCUSDT&origClientOrderId=r&cancelRestrictions=NOPE"),
            400, -1145);
    ACCEPTED(desk_signed(&d, "alice", "DELETE", ORDER,
                         "symbol=BTCUSDT&origClientOrderId=r&cancelRestrictions=ONLY_NEW"));
}

Test(venue_refuse, cancel_all_with_nothing_open)
{
    REFUSED(desk_signed(&d, "alice", "DELETE", "/api/v3/openOrders", "symbol=BTCUSDT"), 400, -2011);
}

Test(venue_refuse, query_of_an_unknown_order)
{
    REFUSED(desk_signed(&d, "alice", "GET", ORDER, "symbol=BTCUSDT&orderId=5"), 400, -2013);
    REFUSED(desk_signed(&d, "alice", "GET", ORDER, "symbol=BTCUSDT&origClientOrderId=x"), 400,
            -2013);
}

Test(venue_refuse, query_with_a_mismatched_pair)
{
    uint64_t id = desk_place(&d, "alice", LIMIT("1", "100") "&newClientOrderId=mine");
    char text[96];
    snprintf(text, sizeof(text), "symbol=BTCUSDT&orderId=%llu&origClientOrderId=other",
             (unsigned long long)id);
    REFUSED(desk_signed(&d, "alice", "GET", ORDER, text), 400, -2039);
}

Test(venue_refuse, query_without_an_id)
{
    REFUSED(desk_signed(&d, "alice", "GET", ORDER, "symbol=BTCUSDT"), 400, -1102);
}

Test(venue_refuse, trades_with_an_illegal_combination)
{
    REFUSED(desk_signed(&d, "alice", "GET", "/api/v3/myTrades",
                        "symbol=BTCUSDT&orderId=1&startTime=1767225600000"),
            400, -1128);
    REFUSED(desk_signed(&d, "alice", "GET", "/api/v3/myTrades",
                        "symbol=BTCUSDT&fromId=1&endTime=1767225600000"),
            400, -1128);
    ACCEPTED(
        desk_signed(&d, "alice", "GET", "/api/v3/myTrades", "symbol=BTCUSDT&orderId=1&fromId=1"));
}

Test(venue_refuse, range_of_more_than_a_day)
{
    REFUSED(desk_signed(&d, "alice", "GET", "/api/v3/myTrades",
                        "symbol=BTCUSDT&startTime=1767139200000&endTime=1767225600002"),
            400, -1127);
    ACCEPTED(desk_signed(&d, "alice", "GET", "/api/v3/myTrades",
                         "symbol=BTCUSDT&startTime=1767139200000&endTime=1767225600000"));
    REFUSED(desk_signed(&d, "alice", "GET", "/api/v3/allOrders",
                        "symbol=BTCUSDT&startTime=1767139200000&endTime=1767225600002"),
            400, -1127);
}

/* ---- routes ---- */

Test(venue_refuse, listen_keys_are_gone)
{
    static const char *const methods[] = {"POST", "PUT", "DELETE"};
    for (size_t i = 0; i < 3; i++) {
        struct answer *a = desk_raw(&d, methods[i], "/api/v3/userDataStream", "alice", NULL);
        cr_assert_eq(a->status, 410u);
        cr_assert_null(strstr(a->body, "listenKey"));
    }
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    desk_ws_text(
        &d, conn,
        "{\"id\":1,\"method\":\"userDataStream.start\",\"params\":{\"apiKey\":\"alice\"}}");
    char *reply = desk_next(&d, conn);
    IS(reply, "status", "410");
    free(reply);
}

Test(venue_refuse, retired_and_unknown_paths)
{
    cr_assert_eq(desk_get(&d, "/api/v1/ping")->status, 404u);
    cr_assert_eq(desk_get(&d, "/sapi/v1/system/status")->status, 404u);
}

Test(venue_refuse, time_unit_nobody_knows)
{
    struct venue_header header = {"x-mbx-time-unit", "HOURS"};
    struct venue_request r = {.conn = ++d.next_conn,
                              .method = "GET",
                              .target = "/api/v3/time",
                              .headers = &header,
                              .header_count = 1};
    venue_http(d.v, d.now_ns, &r);
    desk_pass(&d, 0);
    REFUSED(&d.answers[r.conn % 64], 400, -1194);
}
