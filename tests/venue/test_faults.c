/* Every fault on command, as docs/venue.md names them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"

#define ORDER "/api/v3/order"
#define BID "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=100"
#define ON_ORDER "\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/order\"}"

static struct desk d;

static void setup(void)
{
    desk_open(&d, NULL);
}

static void teardown(void)
{
    desk_close(&d);
}

TestSuite(venue_faults, .init = setup, .fini = teardown);

static void fault(const char *json)
{
    ACCEPTED(desk_post_admin(&d, "/_fault", json));
}

static struct answer *place(const char *client_id)
{
    char text[160];
    snprintf(text, sizeof(text), BID "&newClientOrderId=%s", client_id);
    return desk_signed(&d, "alice", "POST", ORDER, text);
}

/* What the ledger says: the order exists or not. */
static bool exists(const char *client_id)
{
    char needle[64];
    snprintf(needle, sizeof(needle), "\"clientOrderId\":\"%s\"", client_id);
    return strstr(venue_ledger(d.v), needle) != NULL;
}

Test(venue_faults, delay_of_a_reply)
{
    fault("{\"kind\":\"delay\"," ON_ORDER ",\"ms\":3000}");
    struct answer *a = place("x");
    cr_assert_eq(a->kind, 0u);
    cr_assert(exists("x"));
    desk_pass(&d, 2999 * MS);
    cr_assert_eq(a->kind, 0u);
    desk_pass(&d, 1 * MS);
    ACCEPTED(a);
    ACCEPTED(place("y")); /* it was one time only */
}

Test(venue_faults, slow_execution_meets_the_time_gate)
{
    fault("{\"kind\":\"slow\"," ON_ORDER ",\"ms\":4000}");
    struct answer *a = place("x");
    cr_assert_not(exists("x"));
    REFUSED(desk_signed(&d, "alice", "GET", ORDER, "symbol=BTCUSDT&origClientOrderId=x"), 400,
            -2013);
    desk_pass(&d, 4000 * MS);
    ACCEPTED(a);
    cr_assert(exists("x")); /* it came after the query that did not find it */
    fault("{\"kind\":\"slow\"," ON_ORDER ",\"ms\":5001}");
    a = place("y");
    desk_pass(&d, 5001 * MS);
    REFUSED(a, 400, -1021);
    cr_assert_not(exists("y")); /* after timestamp + recvWindow nothing can enter any more */
}

Test(venue_faults, connection_dropped_before_executing)
{
    fault("{\"kind\":\"drop_before\"," ON_ORDER "}");
    cr_assert_eq(place("x")->kind, VENUE_OUT_CLOSE);
    cr_assert_not(exists("x"));
}

Test(venue_faults, connection_dropped_after_executing)
{
    fault("{\"kind\":\"drop_after\"," ON_ORDER "}");
    cr_assert_eq(place("x")->kind, VENUE_OUT_CLOSE);
    cr_assert(exists("x"));
}

Test(venue_faults, no_reply_at_all)
{
    fault("{\"kind\":\"no_reply\"," ON_ORDER "}");
    struct answer *a = place("x");
    desk_pass(&d, 60 * SECOND);
    cr_assert_eq(a->kind, 0u);
    cr_assert(exists("x"));
}

Test(venue_faults, error_with_and_without_execution)
{
    fault("{\"kind\":\"error\"," ON_ORDER
          ",\"status\":503,\"code\":-1008,\"msg\":\"Server is currently overloaded\","
          "\"execute\":true}");
    REFUSED(place("x"), 503, -1008);
    cr_assert(exists("x"));
    fault("{\"kind\":\"error\"," ON_ORDER ",\"status\":500,\"code\":-1000,\"execute\":false}");
    REFUSED(place("y"), 500, -1000);
    cr_assert_not(exists("y"));
}

Test(venue_faults, html_pages)
{
    static const unsigned statuses[] = {502, 503, 504, 403};
    for (size_t i = 0; i < 4; i++) {
        char text[160];
        snprintf(text, sizeof(text),
                 "{\"kind\":\"html\"," ON_ORDER ",\"status\":%u,\"execute\":false}", statuses[i]);
        fault(text);
        struct answer *a = place("x");
        cr_assert_eq(a->status, statuses[i]);
        cr_assert_str_eq(a->content_type, "text/html");
        cr_assert_not_null(strstr(a->body, "<html>"));
        cr_assert_not(exists("x"));
    }
}

Test(venue_faults, half_a_body)
{
    fault("{\"kind\":\"half_body\"," ON_ORDER "}");
    struct answer *a = place("x");
    cr_assert_eq(a->status, 200u);
    cr_assert_lt(a->send_len, a->body_len);
    cr_assert(exists("x"));
}

Test(venue_faults, timeout_with_and_without_execution)
{
    fault("{\"kind\":\"timeout\"," ON_ORDER ",\"execute\":true}");
    struct answer *a = place("x");
    desk_pass(&d, 9999 * MS);
    cr_assert_eq(a->kind, 0u);
    desk_pass(&d, 1 * MS);
    REFUSED(a, 504, -1007);
    cr_assert(exists("x"));
    fault("{\"kind\":\"timeout\"," ON_ORDER ",\"execute\":false,\"ms\":200}");
    a = place("y");
    desk_pass(&d, 200 * MS);
    REFUSED(a, 504, -1007);
    cr_assert_not(exists("y"));
}

Test(venue_faults, rate_limit_and_ban)
{
    fault("{\"kind\":\"rate_limit\"," ON_ORDER ",\"retry_after\":7}");
    struct answer *a = place("x");
    REFUSED(a, 429, -1003);
    cr_assert_not_null(strstr(a->headers, "retry-after: 7\n"));
    cr_assert_not(exists("x"));
    fault("{\"kind\":\"rate_limit\"," ON_ORDER ",\"status\":418,\"retry_after\":120}");
    REFUSED(place("x"), 418, -1003);
    fault("{\"kind\":\"ban\",\"seconds\":30}");
    REFUSED(desk_get(&d, "/api/v3/ping"), 418, -1003);
    desk_pass(&d, 30 * SECOND);
    ACCEPTED(desk_get(&d, "/api/v3/ping"));
}

Test(venue_faults, frequency_every_and_count)
{
    fault("{\"kind\":\"drop_after\"," ON_ORDER ",\"every\":3}");
    static const uint32_t want[] = {1, 1, 3, 1, 1, 3};
    for (size_t i = 0; i < 6; i++) {
        cr_assert_eq(desk_signed(&d, "alice", "POST", ORDER, BID)->kind, want[i]);
    }
    fault("{\"kind\":\"clear\"}");
    fault("{\"kind\":\"drop_after\"," ON_ORDER ",\"count\":2}");
    static const uint32_t twice[] = {3, 3, 1};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(desk_signed(&d, "alice", "POST", ORDER, BID)->kind, twice[i]);
    }
}

Test(venue_faults, probability_is_of_the_seed)
{
    int hits[2] = {0, 0};
    for (int run = 0; run < 2; run++) {
        desk_close(&d);
        desk_open(&d, NULL);
        fault("{\"kind\":\"drop_after\",\"match\":{\"path\":\"/api/v3/"
              "time\"},\"probability\":\"0.25\"}");
        for (int i = 0; i < 400; i++) {
            hits[run] += desk_get(&d, "/api/v3/time")->kind == VENUE_OUT_CLOSE;
        }
    }
    cr_assert_eq(hits[0], hits[1]);
    cr_assert_gt(hits[0], 60);
    cr_assert_lt(hits[0], 140);
}

Test(venue_faults, other_requests_are_left_alone)
{
    fault("{\"kind\":\"drop_before\"," ON_ORDER "}");
    ACCEPTED(desk_get(&d, "/api/v3/time"));
    ACCEPTED(desk_signed(&d, "alice", "GET", "/api/v3/openOrders", ""));
    cr_assert_eq(place("x")->kind, VENUE_OUT_CLOSE);
}

/* ---- user stream ---- */

static int reports(uint64_t conn)
{
    int count = 0;
    char *frame = NULL;
    while ((frame = desk_find(&d, conn, "executionReport")) != NULL) {
        count++;
        free(frame);
    }
    return count;
}

Test(venue_faults, user_stream_alive_but_mute)
{
    uint64_t conn = desk_user_stream(&d, "alice");
    fault("{\"kind\":\"mute_user\",\"count\":-1}");
    ACCEPTED(place("x"));
    cr_assert_eq(reports(conn), 0);
    desk_ws_text(&d, conn, "{\"id\":1,\"method\":\"session.status\"}");
    char *reply = desk_next(&d, conn);
    IS(reply, "result.userDataStream", "true");
    free(reply);
    fault("{\"kind\":\"clear\"}");
    ACCEPTED(place("y"));
    cr_assert_eq(reports(conn), 1);
}

Test(venue_faults, duplicate_reports)
{
    uint64_t conn = desk_user_stream(&d, "alice");
    fault("{\"kind\":\"duplicate_report\"}");
    ACCEPTED(place("x"));
    cr_assert_eq(reports(conn), 2);
    ACCEPTED(place("y"));
    cr_assert_eq(reports(conn), 1);
}

Test(venue_faults, missing_reports)
{
    uint64_t conn = desk_user_stream(&d, "alice");
    fault("{\"kind\":\"drop_report\",\"match\":{\"symbol\":\"BTCUSDT\"}}");
    ACCEPTED(place("x"));
    cr_assert_eq(reports(conn), 0);
    ACCEPTED(place("y"));
    cr_assert_eq(reports(conn), 1);
}

Test(venue_faults, reordered_reports)
{
    uint64_t conn = desk_user_stream(&d, "alice");
    fault("{\"kind\":\"reorder_report\",\"ms\":50}");
    ACCEPTED(place("first"));
    ACCEPTED(place("second"));
    char *frame = desk_find(&d, conn, "executionReport");
    IS(frame, "event.c", "second");
    free(frame);
    desk_pass(&d, 50 * MS);
    frame = desk_find(&d, conn, "executionReport");
    IS(frame, "event.c", "first");
    free(frame);
}

Test(venue_faults, unknown_words_and_fields)
{
    uint64_t conn = desk_user_stream(&d, "alice");
    fault("{\"kind\":\"unknown_enum\"}");
    fault("{\"kind\":\"extra_field\"}");
    ACCEPTED(place("x"));
    char *frame = desk_find(&d, conn, "executionReport");
    IS(frame, "event.X", "NOBODY_KNOWS_NEW");
    IS(frame, "event.zz.a.1", "x");
    free(frame);
    fault("{\"kind\":\"unknown_enum\",\"match\":{\"path\":\"/api/v3/exchangeInfo\"}}");
    fault("{\"kind\":\"extra_field\",\"match\":{\"path\":\"/api/v3/exchangeInfo\"}}");
    struct answer *a = desk_get(&d, "/api/v3/exchangeInfo");
    IS(a->body, "symbols.0.filters.0.filterType", "NOBODY_KNOWS");
    cr_assert_not_null(json_at(a->body, "zzNobodyKnows"));
}

/* ---- market data ---- */

Test(venue_faults, depth_gap)
{
    uint64_t conn = desk_ws(&d, "/stream?streams=btcusdt@depth@100ms");
    fault("{\"kind\":\"drop_market\",\"match\":{\"symbol\":\"BTCUSDT\"}}");
    ACCEPTED(place("x"));
    desk_pass(&d, 100 * MS);
    cr_assert_null(desk_next(&d, conn));
    ACCEPTED(place("y"));
    desk_pass(&d, 100 * MS);
    char *frame = desk_next(&d, conn);
    IS(frame, "data.U", "1000002"); /* 1000001 was lost */
    free(frame);
}

Test(venue_faults, stale_snapshot)
{
    ACCEPTED(place("x"));
    fault("{\"kind\":\"stale_snapshot\",\"match\":{\"symbol\":\"BTCUSDT\"}}");
    ACCEPTED(place("y"));
    struct answer *a = desk_get(&d, "/api/v3/depth?symbol=BTCUSDT");
    IS(a->body, "lastUpdateId", "1000001");
    IS(a->body, "bids.0.1", "1.00000000");
    a = desk_get(&d, "/api/v3/depth?symbol=BTCUSDT");
    IS(a->body, "lastUpdateId", "1000002");
}

Test(venue_faults, pings_stop)
{
    fault("{\"kind\":\"no_ping\",\"count\":-1}");
    uint64_t conn = desk_ws(&d, "/stream");
    desk_pass(&d, 50 * SECOND);
    for (const struct frame *f = d.frames; f != NULL; f = f->next) {
        cr_assert(f->conn != conn || f->opcode != VENUE_WS_PING);
    }
}

/* ---- at once ---- */

Test(venue_faults, clock_skew)
{
    fault("{\"kind\":\"clock\",\"offset_ms\":-1500}");
    IS(desk_get(&d, "/api/v3/time")->body, "serverTime", "1767225599734");
    REFUSED(place("x"), 400, -1021); /* our clock is now a second and a half ahead of the venue's */
    fault("{\"kind\":\"clock\",\"offset_ms\":6000}");
    REFUSED(place("x"), 400, -1021);
    fault("{\"kind\":\"clock\",\"offset_ms\":0}");
    ACCEPTED(place("x"));
}

Test(venue_faults, server_shutdown_is_announced_on_every_connection)
{
    uint64_t combined = desk_ws(&d, "/stream");
    uint64_t raw = desk_ws(&d, "/ws/btcusdt@trade");
    uint64_t api = desk_ws(&d, "/ws-api/v3");
    fault("{\"kind\":\"server_shutdown\"}");
    char *frame = desk_next(&d, combined);
    IS(frame, "stream", "!serverShutdown");
    free(frame);
    frame = desk_next(&d, raw);
    IS(frame, "e", "serverShutdown");
    free(frame);
    frame = desk_next(&d, api);
    IS(frame, "event.e", "serverShutdown");
    free(frame);
}

Test(venue_faults, disconnect_by_kind_of_connection)
{
    uint64_t stream = desk_ws(&d, "/stream");
    uint64_t api = desk_ws(&d, "/ws-api/v3");
    fault("{\"kind\":\"disconnect\",\"match\":{\"path\":\"ws-api\"}}");
    cr_assert(desk_is_closed(&d, api));
    cr_assert_not(desk_is_closed(&d, stream));
    fault("{\"kind\":\"disconnect\"}");
    cr_assert(desk_is_closed(&d, stream));
}

Test(venue_faults, rules_change_while_running)
{
    fault("{\"kind\":\"symbol\",\"match\":{\"symbol\":\"BTCUSDT\"},\"tickSize\":\"0.5\"}");
    IS(desk_get(&d, "/api/v3/exchangeInfo?symbol=BTCUSDT")->body, "symbols.0.filters.0.tickSize",
       "0.50000000");
    REFUSED(
        desk_signed(&d, "alice", "POST", ORDER,
                    "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=100.01"),
        400, -1013);
}

Test(venue_faults, key_revoked_in_mid_session)
{
    uint64_t conn = desk_user_stream(&d, "alice");
    fault("{\"kind\":\"key\",\"key\":\"alice\",\"revoked\":true}");
    char *frame = desk_next(&d, conn);
    IS(frame, "id", "null");
    IS(frame, "status", "401");
    IS(frame, "error.code", "-2015");
    free(frame);
    REFUSED(place("x"), 401, -2015);
    fault("{\"kind\":\"key\",\"key\":\"alice\",\"revoked\":false}");
    ACCEPTED(place("x"));
    fault("{\"kind\":\"key\",\"key\":\"alice\",\"trade\":false}");
    REFUSED(place("y"), 401, -2015);
}

Test(venue_faults, fees_switch_while_an_order_is_open)
{
    desk_place(&d, "bob",
               "symbol=BNBUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=600");
    desk_place(&d, "alice",
               "symbol=BNBUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=600");
    fault("{\"kind\":\"fees\",\"account\":\"alice\",\"bnb\":true}");
    uint64_t id = desk_place(
        &d, "alice", "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=60000");
    desk_place(&d, "bob",
               "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.5&price=60000");
    fault("{\"kind\":\"fees\",\"account\":\"alice\",\"bnb\":false}");
    desk_place(&d, "bob",
               "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.5&price=60000");
    char text[64];
    snprintf(text, sizeof(text), "symbol=BTCUSDT&orderId=%llu", (unsigned long long)id);
    struct answer *a = desk_signed(&d, "alice", "GET", "/api/v3/myTrades", text);
    IS(a->body, "0.commissionAsset", "BNB");
    IS(a->body, "1.commissionAsset", "BTC");
}

Test(venue_faults, faults_on_the_socket)
{
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    fault("{\"kind\":\"no_reply\",\"match\":{\"method\":\"WS\",\"path\":\"order.place\"}}");
    desk_ws_signed(&d, conn, "alice", "1", "order.place", BID "&newClientOrderId=w");
    cr_assert_null(desk_next(&d, conn));
    cr_assert(exists("w"));
    fault("{\"kind\":\"drop_after\",\"match\":{\"path\":\"order.*\"}}");
    desk_ws_signed(&d, conn, "alice", "2", "order.cancel", "symbol=BTCUSDT&origClientOrderId=w");
    cr_assert(desk_is_closed(&d, conn));
}

Test(venue_faults, what_is_no_fault_is_refused)
{
    cr_assert_eq(desk_post_admin(&d, "/_fault", "{\"kind\":\"earthquake\"}")->status, 400u);
    cr_assert_eq(desk_post_admin(&d, "/_fault", "not json")->status, 400u);
    cr_assert_eq(
        desk_post_admin(&d, "/_fault", "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"NOPE\"}}")
            ->status,
        400u);
    static const char *const misspelt[] = {
        "{\"kind\":\"delay\",\"cuont\":1}",
        "{\"kind\":\"delay\",\"match\":{\"pth\":\"/\"}}",
        "{\"kind\":\"delay\",\"match\":7}",
        "{\"kind\":\"delay\",\"probability\":\"0\"}",
        "{\"kind\":\"delay\",\"probability\":1.5}",
    };
    for (size_t i = 0; i < sizeof(misspelt) / sizeof(misspelt[0]); i++) {
        cr_assert_eq(desk_post_admin(&d, "/_fault", misspelt[i])->status, 400u, "%s", misspelt[i]);
    }
    cr_assert_eq(desk_post_admin(&d, "/_nothing", "{}")->status, 404u);
}

Test(venue_faults, reply_and_report_come_in_either_order)
{
    int reply_first = 0;
    struct venue_config c = desk_config();
    c.shuffle = true;
    desk_close(&d);
    desk_open(&d, &c);
    uint64_t conn = desk_user_stream(&d, "alice");
    for (int i = 0; i < 40; i++) {
        desk_drop_frames(&d, conn);
        desk_ws_signed(&d, conn, "alice", "7", "order.place", BID);
        char *frame = desk_next(&d, conn);
        reply_first += strstr(frame, "\"id\":7") != NULL;
        free(frame);
    }
    cr_assert_gt(reply_first, 5);
    cr_assert_lt(reply_first, 35);
}
