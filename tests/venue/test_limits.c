/* Rate limits, unfilled orders, and the rules of WebSocket connections. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"

#define ORDER "/api/v3/order"
#define LIMIT(qty, price)                                                                          \
    "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=" qty "&price=" price

static struct desk d;

static void teardown(void)
{
    desk_close(&d);
}

TestSuite(venue_limits, .fini = teardown);

static const char *header(const struct answer *a, const char *name)
{
    static char value[64];
    const char *at = strstr(a->headers, name);
    if (at == NULL) {
        return "";
    }
    at += strlen(name) + 2;
    size_t n = strcspn(at, "\n");
    memcpy(value, at, n);
    value[n] = '\0';
    return value;
}

Test(venue_limits, weight_is_counted_and_shown)
{
    desk_open(&d, NULL);
    cr_assert_str_eq(header(desk_get(&d, "/api/v3/ping"), "x-mbx-used-weight-1m"), "1");
    cr_assert_str_eq(
        header(desk_get(&d, "/api/v3/depth?symbol=BTCUSDT&limit=5000"), "x-mbx-used-weight-1m"),
        "251");
    cr_assert_str_eq(header(desk_get(&d, "/api/v3/exchangeInfo"), "x-mbx-used-weight-1m"), "271");
}

Test(venue_limits, orders_weigh_nothing_when_they_succeed)
{
    desk_open(&d, NULL);
    ACCEPTED(desk_signed(&d, "alice", "POST", ORDER, LIMIT("1", "100")));
    cr_assert_str_eq(header(desk_get(&d, "/api/v3/ping"), "x-mbx-used-weight-1m"), "1");
    REFUSED(desk_signed(&d, "alice", "POST", ORDER, LIMIT("0", "100")), 400, -1013);
    cr_assert_str_eq(header(desk_get(&d, "/api/v3/ping"), "x-mbx-used-weight-1m"), "3");
}

Test(venue_limits, weight_over_the_limit_is_429_until_the_minute_ends)
{
    struct venue_config c = desk_config();
    c.weight_per_minute = 50;
    desk_open(&d, &c);
    ACCEPTED(desk_get(&d, "/api/v3/exchangeInfo"));
    ACCEPTED(desk_get(&d, "/api/v3/exchangeInfo"));
    struct answer *a = desk_get(&d, "/api/v3/exchangeInfo");
    REFUSED(a, 429, -1003);
    cr_assert_str_eq(header(a, "retry-after"), "59"); /* 58.766 s are left of the clock's minute */
    desk_pass(&d, 58765 * MS);
    REFUSED(desk_get(&d, "/api/v3/exchangeInfo"), 429, -1003);
    desk_pass(&d, 1 * MS);
    ACCEPTED(desk_get(&d, "/api/v3/exchangeInfo"));
}

Test(venue_limits, traffic_in_spite_of_429_is_banned_and_sockets_close)
{
    struct venue_config c = desk_config();
    c.weight_per_minute = 25;
    desk_open(&d, &c);
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    ACCEPTED(desk_get(&d, "/api/v3/exchangeInfo"));
    for (int i = 0; i < 10; i++) {
        REFUSED(desk_get(&d, "/api/v3/exchangeInfo"), 429, -1003);
    }
    struct answer *a = desk_get(&d, "/api/v3/exchangeInfo");
    REFUSED(a, 418, -1003);
    cr_assert_str_eq(header(a, "retry-after"), "120");
    cr_assert(desk_is_closed(&d, conn));
    desk_pass(&d, 119 * SECOND);
    REFUSED(desk_get(&d, "/api/v3/ping"), 418, -1003);
    desk_pass(&d, 1 * SECOND);
    ACCEPTED(desk_get(&d, "/api/v3/ping"));
}

Test(venue_limits, unfilled_orders_over_the_limit)
{
    struct venue_config c = desk_config();
    c.orders_per_10s = 3;
    desk_open(&d, &c);
    for (int i = 0; i < 3; i++) {
        ACCEPTED(desk_signed(&d, "alice", "POST", ORDER, LIMIT("1", "100")));
    }
    struct answer *a = desk_signed(&d, "alice", "POST", ORDER, LIMIT("1", "100"));
    REFUSED(a, 429, -1015);
    cr_assert_str_eq(header(a, "retry-after"), "9");
    ACCEPTED(desk_signed(&d, "bob", "POST", ORDER, LIMIT("1", "100"))); /* another account */
    desk_pass(&d, 8766 * MS);
    ACCEPTED(desk_signed(&d, "alice", "POST", ORDER, LIMIT("1", "100")));
}

Test(venue_limits, a_cancel_gives_nothing_back_and_a_first_fill_does)
{
    desk_open(&d, NULL);
    uint64_t id = desk_place(&d, "bob", LIMIT("1", "100"));
    char text[64];
    snprintf(text, sizeof(text), "symbol=BTCUSDT&orderId=%llu", (unsigned long long)id);
    ACCEPTED(desk_signed(&d, "bob", "DELETE", ORDER, text));
    desk_pass(&d, SECOND);
    IS(desk_signed(&d, "bob", "GET", "/api/v3/rateLimit/order", "")->body, "0.count", "1");
    for (int i = 0; i < 6; i++) {
        desk_place(&d, "bob",
                   "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=60000");
    }
    desk_place(&d, "alice",
               "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=60000");
    desk_pass(&d, SECOND);
    IS(desk_signed(&d, "bob", "GET", "/api/v3/rateLimit/order", "")->body, "0.count",
       "2"); /* 7 - 5 as maker */
    IS(desk_signed(&d, "alice", "GET", "/api/v3/rateLimit/order", "")->body, "0.count",
       "0"); /* 1 - 1 as taker */
}

Test(venue_limits, an_accepted_order_shows_its_counts)
{
    desk_open(&d, NULL);
    struct answer *a = desk_signed(&d, "alice", "POST", ORDER, LIMIT("1", "100"));
    cr_assert_str_eq(header(a, "x-mbx-order-count-10s"), "1");
    cr_assert_str_eq(header(a, "x-mbx-order-count-1d"), "1");
}

/* ---- market streams ---- */

Test(venue_limits, sixth_frame_within_a_second_disconnects)
{
    desk_open(&d, NULL);
    uint64_t conn = desk_ws(&d, "/stream");
    for (int i = 0; i < 4; i++) {
        desk_ws_text(&d, conn, "{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":1}");
    }
    venue_ws_recv(d.v, d.now_ns, conn, VENUE_WS_PONG, "", 0); /* pongs count */
    desk_pass(&d, 0);
    cr_assert_not(desk_is_closed(&d, conn));
    desk_ws_text(&d, conn, "{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":1}");
    cr_assert(desk_is_closed(&d, conn));
}

Test(venue_limits, five_frames_each_second_are_fine)
{
    desk_open(&d, NULL);
    uint64_t conn = desk_ws(&d, "/stream");
    for (int i = 0; i < 20; i++) {
        desk_ws_text(&d, conn, "{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":1}");
        desk_pass(&d, 200 * MS);
    }
    cr_assert_not(desk_is_closed(&d, conn));
}

static void subscribe_many(uint64_t conn, int from, int count)
{
    struct vn_text text = {0};
    vn_text_add(&text, "{\"method\":\"SUBSCRIBE\",\"id\":1,\"params\":[");
    for (int i = from; i < from + count; i++) {
        vn_text_addf(&text, "\"x%d@trade\",", i);
    }
    vn_text_trim_comma(&text);
    vn_text_add(&text, "]}");
    desk_ws_text(&d, conn, text.data);
    vn_text_release(&text);
}

Test(venue_limits, more_than_1024_streams_disconnect)
{
    desk_open(&d, NULL);
    uint64_t conn = desk_ws(&d, "/stream");
    subscribe_many(conn, 0, 1024);
    cr_assert_not(desk_is_closed(&d, conn));
    subscribe_many(conn, 1024, 1);
    cr_assert(desk_is_closed(&d, conn));
}

Test(venue_limits, upper_case_stream_names_stay_silent)
{
    desk_open(&d, NULL);
    uint64_t upper = desk_ws(&d, "/stream?streams=BTCUSDT@bookTicker");
    uint64_t lower = desk_ws(&d, "/stream?streams=btcusdt@bookTicker");
    desk_place(&d, "alice", LIMIT("1", "100"));
    cr_assert_null(desk_next(&d, upper));
    char *frame = desk_next(&d, lower);
    cr_assert_not_null(frame);
    free(frame);
}

static uint64_t pinged(uint64_t conn, char *ret_payload, size_t cap)
{
    uint64_t count = 0;
    for (const struct frame *f = d.frames; f != NULL; f = f->next) {
        if (f->conn == conn && f->opcode == VENUE_WS_PING) {
            snprintf(ret_payload, cap, "%s", f->text);
            count++;
        }
    }
    return count;
}

Test(venue_limits, no_pong_for_a_minute_disconnects)
{
    desk_open(&d, NULL);
    uint64_t conn = desk_ws(&d, "/stream");
    char payload[32];
    desk_pass(&d, 19 * SECOND);
    cr_assert_eq(pinged(conn, payload, sizeof(payload)), 0u);
    desk_pass(&d, 40 * SECOND);
    cr_assert_eq(pinged(conn, payload, sizeof(payload)), 2u);
    cr_assert_not(desk_is_closed(&d, conn));
    desk_pass(&d, 2 * SECOND);
    cr_assert(desk_is_closed(&d, conn));
}

Test(venue_limits, only_a_pong_with_the_payload_keeps_alive)
{
    desk_open(&d, NULL);
    uint64_t good = desk_ws(&d, "/stream");
    uint64_t bad = desk_ws(&d, "/stream");
    char payload[32] = "";
    for (int i = 0; i < 5; i++) {
        desk_pass(&d, 21 * SECOND);
        pinged(good, payload, sizeof(payload));
        venue_ws_recv(d.v, d.now_ns, good, VENUE_WS_PONG, payload, strlen(payload));
        venue_ws_recv(d.v, d.now_ns, bad, VENUE_WS_PONG, "", 0);
    }
    cr_assert_not(desk_is_closed(&d, good));
    cr_assert(desk_is_closed(&d, bad));
}

Test(venue_limits, a_connection_ends_at_its_maximum_age)
{
    struct venue_config c = desk_config();
    c.ws_max_age_ms = 30000;
    desk_open(&d, &c);
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    desk_pass(&d, 29 * SECOND);
    cr_assert_not(desk_is_closed(&d, conn));
    desk_pass(&d, 2 * SECOND);
    cr_assert(desk_is_closed(&d, conn));
}

Test(venue_limits, too_many_connections_are_refused)
{
    struct venue_config c = desk_config();
    c.ws_connects_per_5min = 2;
    desk_open(&d, &c);
    desk_ws(&d, "/stream");
    desk_ws(&d, "/stream");
    cr_assert_eq(venue_ws_open(d.v, d.now_ns, 9, "/stream"), VENUE_EREFUSED);
    desk_pass(&d, 300 * SECOND);
    cr_assert_eq(venue_ws_open(d.v, d.now_ns, 9, "/stream"), 0);
}

Test(venue_limits, a_path_nobody_serves)
{
    desk_open(&d, NULL);
    cr_assert_eq(venue_ws_open(d.v, d.now_ns, 9, "/ws-api/v2"), VENUE_EREFUSED);
}

/* ---- WebSocket API ---- */

static void refused(uint64_t conn, const char *status, const char *code)
{
    char *reply = desk_next(&d, conn);
    cr_assert_not_null(reply);
    IS(reply, "status", status);
    IS(reply, "error.code", code);
    free(reply);
}

Test(venue_limits, second_subscription_of_an_account)
{
    desk_open(&d, NULL);
    uint64_t conn = desk_user_stream(&d, "alice");
    desk_ws_signed(&d, conn, "alice", "2", "userDataStream.subscribe.signature", "");
    refused(conn, "400", "-2035");
    desk_ws_signed(&d, conn, "bob", "3", "userDataStream.subscribe.signature", "");
    char *reply = desk_next(&d, conn);
    IS(reply, "result.subscriptionId", "1");
    free(reply);
}

Test(venue_limits, session_subscription_without_logon)
{
    desk_open(&d, NULL);
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    desk_ws_text(&d, conn, "{\"id\":1,\"method\":\"userDataStream.subscribe\"}");
    refused(conn, "401", "-2015");
}

Test(venue_limits, logon_with_an_hmac_key)
{
    desk_open(&d, NULL);
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    desk_ws_signed(&d, conn, "alice", "1", "session.logon", "");
    refused(conn, "400", "-4056");
}

Test(venue_limits, frame_that_is_not_json)
{
    static const char *const bad[] = {"hello", "{\"id\":1", "[]",
                                      "{\"id\":1.5,\"method\":\"ping\"}",
                                      "{\"id\":1,\"method\":\"ping\",\"params\":[1]}"};
    desk_open(&d, NULL);
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        desk_ws_text(&d, conn, bad[i]);
        refused(conn, "400", "-1135");
    }
}

Test(venue_limits, unsubscribing_what_is_not_there)
{
    desk_open(&d, NULL);
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    desk_ws_text(&d, conn, "{\"id\":1,\"method\":\"userDataStream.unsubscribe\",\"params\":{}}");
    refused(conn, "400", "-2036");
}

Test(venue_limits, retry_after_of_the_socket_is_a_point_in_time)
{
    struct venue_config c = desk_config();
    c.orders_per_10s = 1;
    desk_open(&d, &c);
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    for (int i = 0; i < 2; i++) {
        desk_ws_signed(&d, conn, "alice", "1", "order.place", LIMIT("1", "100"));
    }
    free(desk_next(&d, conn));
    char *reply = desk_next(&d, conn);
    IS(reply, "status", "429");
    IS(reply, "error.code", "-1015");
    IS(reply, "error.data.retryAfter", "1767225610234"); /* nine whole seconds after 1.234 */
    free(reply);
}
