/* Bytes nobody meant to send: requests and frames broken by a seeded hand. The venue answers each request once, in its
 * own words, and goes on; the parsers read the same however the bytes arrive. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "venue/core/random.h"
#include "venue/shell/codec.h"

#define ROUNDS 4000

static struct desk d;

static void setup(void)
{
    struct venue_config c = desk_config();
    c.weight_per_minute = 100000000;
    c.raw_per_5min = 100000000;
    c.ws_frames_per_s = 1000000;
    desk_open(&d, &c);
}

static void teardown(void)
{
    desk_close(&d);
}

TestSuite(venue_garbage, .init = setup, .fini = teardown, .timeout = 60);

static const char *const targets[] = {
    "/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22,%22ETHUSDT%22%5D",
    "/api/v3/depth?symbol=BTCUSDT&limit=10",
    "/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=1767225600000",
    "/api/v3/aggTrades?symbol=BTCUSDT&fromId=1",
    "/api/v3/historicalTrades?symbol=BTCUSDT&fromId=99999999999999999999",
    "/api/v3/account?timestamp=1767225601234&signature=00",
    "/_state",
};

Test(venue_garbage, broken_targets_are_answered_once)
{
    struct vn_random r = {.state = 1};
    for (int i = 0; i < ROUNDS; i++) {
        char target[256];
        snprintf(target, sizeof(target), "%s",
                 targets[vn_random_below(&r, sizeof(targets) / sizeof(targets[0]))]);
        desk_break(&r, target, strlen(target), sizeof(target));
        struct answer *a = desk_raw(&d, "GET", target, "alice", NULL);
        cr_assert_eq(a->kind, VENUE_OUT_HTTP, "%s", target);
        cr_assert(a->status >= 200 && a->status < 500, "%u for %s", a->status, target);
    }
}

/* The parameters are broken, the signature over them is right: what reaches the handlers. */
Test(venue_garbage, broken_orders_are_answered_in_the_venues_words)
{
    static const char *const orders[] = {
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1.5&price=100.25&"
        "newClientOrderId=a-1",
        "symbol=BTCUSDT&side=SELL&type=MARKET&quoteOrderQty=100",
        "symbol=ETHBTC&side=SELL&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=1&price=0.04&"
        "stopPrice=0.041",
        "symbol=BTCUSDT&orderId=9000000001&origClientOrderId=a-1&cancelRestrictions=ONLY_NEW",
    };
    static const char *const paths[] = {"/api/v3/order", "/api/v3/order", "/api/v3/order/test",
                                        "/api/v3/order/cancelReplace"};
    struct vn_random r = {.state = 2};
    for (int i = 0; i < ROUNDS; i++) {
        char params[256];
        snprintf(params, sizeof(params), "%s", orders[vn_random_below(&r, 4)]);
        desk_break(&r, params, strlen(params), sizeof(params));
        const char *path = paths[vn_random_below(&r, 4)];
        struct answer *a = desk_signed(&d, "alice", "POST", path, params);
        cr_assert(a->status == 200 || a->code != 0, "%u %s for %s", a->status, a->body, params);
        cr_assert_not_null(json_at(a->body, ""), "%s", a->body);
    }
    cr_assert_null(strstr(venue_ledger(d.v), "\"conserved\":false"));
}

static const char order_frame[] = "{\"id\":null,\"method\":\"order.place\",\"params\":{\"symbol\":"
                                  "\"BTCUSDT\",\"apiKey\":\"alice\","
                                  "\"timestamp\":1767225601234,\"signature\":\"00\"}}";

Test(venue_garbage, broken_frames_are_answered_with_json)
{
    static const char *const frames[] = {
        "{\"id\":1,\"method\":\"exchangeInfo\",\"params\":{\"symbols\":[\"BTCUSDT\",\"ETHBTC\"]}}",
        "{\"id\":\"x\",\"method\":\"depth\",\"params\":{\"symbol\":\"BTCUSDT\",\"limit\":5}}",
        order_frame,
        "{\"id\":2,\"method\":\"userDataStream.unsubscribe\",\"params\":{\"subscriptionId\":0}}",
    };
    struct vn_random r = {.state = 3};
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    for (int i = 0; i < ROUNDS; i++) {
        char frame[256];
        snprintf(frame, sizeof(frame), "%s", frames[vn_random_below(&r, 4)]);
        size_t len = desk_break(&r, frame, strlen(frame), sizeof(frame));
        venue_ws_recv(d.v, d.now_ns, conn, VENUE_WS_TEXT, frame, len);
        desk_pass(&d, 0);
        char *reply = desk_next(&d, conn);
        cr_assert_not_null(reply, "%s", frame);
        cr_assert_not_null(json_at(reply, "status"), "%s for %s", reply, frame);
        free(reply);
    }
    cr_assert_not(desk_is_closed(&d, conn));
}

Test(venue_garbage, broken_subscriptions_do_no_harm)
{
    static const char *const frames[] = {
        "{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@depth@100ms\",\"ethusdt@depth20\"]}",
        "{\"method\":\"UNSUBSCRIBE\",\"params\":[\"btcusdt@depth@100ms\"],\"id\":\"q\"}",
        "{\"method\":\"SET_PROPERTY\",\"params\":[\"combined\",true],\"id\":3}",
    };
    struct vn_random r = {.state = 4};
    uint64_t conn = desk_ws(&d, "/stream");
    for (int i = 0; i < ROUNDS && !desk_is_closed(&d, conn); i++) {
        char frame[192];
        snprintf(frame, sizeof(frame), "%s", frames[vn_random_below(&r, 3)]);
        desk_break(&r, frame, strlen(frame), sizeof(frame));
        desk_ws_text(&d, conn, frame);
        char *reply = desk_next(&d, conn);
        cr_assert_not_null(json_at(reply, ""), "%s", frame);
        free(reply);
    }
}

Test(venue_garbage, broken_faults_are_refused_or_taken)
{
    struct vn_random r = {.state = 5};
    for (int i = 0; i < ROUNDS; i++) {
        char json[160] = "{\"kind\":\"delay\",\"match\":{\"path\":\"/"
                         "none\",\"symbol\":\"X\"},\"count\":1,\"ms\":5}";
        desk_break(&r, json, strlen(json), sizeof(json));
        uint32_t status = desk_post_admin(&d, "/_fault", json)->status;
        cr_assert(status == 200 || status == 400, "%u", status);
        desk_post_admin(&d, "/_fault", "{\"kind\":\"clear\"}");
    }
}

/* ---- the shell's codec ---- */

static const char whole[] = "POST /api/v3/order?a=%41 HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY:  k \r\n"
                            "Content-Length: 7\r\n\r\nb=2&c=3GET / HTTP/1.1\r\n\r\n";

Test(venue_garbage, a_request_reads_the_same_in_any_pieces)
{
    size_t end = strlen(whole) - strlen("GET / HTTP/1.1\r\n\r\n");
    for (size_t have = 0; have <= strlen(whole); have++) {
        char buf[sizeof(whole) + 1];
        struct codec_request r;
        memcpy(buf, whole, have);
        int status = codec_request_read(buf, have, &r);
        cr_assert_eq(status, have < end ? CODEC_MORE : CODEC_READY, "%zu bytes", have);
        if (status == CODEC_READY) {
            cr_assert_eq(r.used, end);
            cr_assert_str_eq(r.request.target, "/api/v3/order?a=%41");
            cr_assert_str_eq(r.headers[1].value, "k");
            cr_assert_eq(r.request.body_len, 7u);
            cr_assert_eq(memcmp(r.request.body, "b=2&c=3", 7), 0);
            codec_request_release(&r);
        }
    }
}

Test(venue_garbage, chunks_read_the_same_in_any_pieces)
{
    static const char text[] =
        "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nb=2&\r\n3\r\nc=3\r\n0\r\n\r\n";
    for (size_t have = 0; have <= strlen(text); have++) {
        char buf[sizeof(text) + 1];
        struct codec_request r;
        memcpy(buf, text, have);
        int status = codec_request_read(buf, have, &r);
        cr_assert_eq(status, have < strlen(text) ? CODEC_MORE : CODEC_READY, "%zu bytes", have);
        if (status == CODEC_READY) {
            cr_assert_str_eq(r.request.body, "b=2&c=3");
            codec_request_release(&r);
        }
    }
}

Test(venue_garbage, broken_requests_and_frames_stay_inside_the_buffer)
{
    struct vn_random r = {.state = 6};
    for (int i = 0; i < 5 * ROUNDS; i++) {
        char *text = vn_alloc(sizeof(whole) + 16);
        memcpy(text, whole, sizeof(whole));
        size_t len = desk_break(&r, text, strlen(text), sizeof(whole) + 16);
        char *exact = vn_copy(text, len); /* an exact allocation: a step outside is seen */
        struct codec_request request;
        if (codec_request_read(exact, len, &request) == CODEC_READY) {
            cr_assert_leq(request.used, len);
            codec_request_release(&request);
        }
        struct codec_frame frame;
        memcpy(exact, text, len); /* the reader cut the first one up */
        if (codec_frame_read(exact, len, &frame) == CODEC_READY) {
            cr_assert_leq(frame.used, len);
        }
        free(exact);
        free(text);
    }
}

Test(venue_garbage, broken_requests_by_name)
{
    static const char *const bad[] = {
        "GET /x\r\n\r\n",
        "GET x HTTP/1.1\r\n\r\n",
        "GET /x SPDY/3\r\n\r\n",
        "GET /x HTTP/1.1\r\nnocolon\r\n\r\n",
        "POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /x HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        "POST /x HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char buf[256];
        struct codec_request r;
        snprintf(buf, sizeof(buf), "%s", bad[i]);
        cr_assert_eq(codec_request_read(buf, strlen(buf), &r), CODEC_BROKEN, "%s", bad[i]);
    }
}
