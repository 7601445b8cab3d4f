/* Bodies, queries and frames of Kraken's clients broken by a seeded hand, signed as they are: each is answered once, in
 * the envelope, and no money is made or lost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kraken_desk.h"

#define ROUNDS 3000

static struct desk d;

static void open_desk(void)
{
    kraken_open(&d);
    kraken_fault(&d, "{\"kind\":\"kraken\",\"flood\":1000000,\"lockout_after\":1000000000}");
}

static void close_desk(void)
{
    kraken_check_ledger(&d);
    desk_close(&d);
}

TestSuite(kraken_garbage, .init = open_desk, .fini = close_desk, .timeout = 60);

static const struct {
    const char *method;
    const char *body;
    bool json;
} calls[] = {
    {"AddOrder",
     "pair=XBTUSD&type=buy&ordertype=limit&price=50000.1&volume=0.1&oflags=post%2Cfciq"
     "&timeinforce=GTD&expiretm=%2B60&cl_ord_id=0198f3b2-6c11-7a40-9d52-3e1f8a7c5b10",
     false},
    {"AddOrder",
     "pair=XXBTZUSD&type=sell&ordertype=stop-loss-limit&price=40000&price2=39999.9&volume=0.1"
     "&deadline=2026-01-01T00:00:30.5Z&userref=-7&stptype=cancel-both",
     false},
    {"AddOrder",
     "\"pair\":\"BTC/USD\",\"type\":\"buy\",\"ordertype\":\"market\",\"volume\":\"0.1\"", true},
    {"AddOrderBatch",
     "\"pair\":\"XBTUSD\",\"orders\":[{\"ordertype\":\"limit\",\"type\":\"buy\",\"price\":"
     "\"50000\","
     "\"volume\":\"0.1\"},{\"ordertype\":\"limit\",\"type\":\"sell\",\"price\":\"60000\","
     "\"volume\":\"0.1\"}]",
     true},
    {"AmendOrder", "cl_ord_id=some&limit_price=50001.5&order_qty=0.2", false},
    {"CancelOrderBatch", "\"orders\":[\"OAAAAA-AAAAA-AAAAAA\",7],\"cl_ord_ids\":[\"some\"]", true},
    {"ClosedOrders", "start=1767225600.5&end=OAAAAA-AAAAA-AAAAAA&ofs=50&closetime=open", false},
    {"QueryOrders", "txid=OAAAAA-AAAAA-AAAAAA,OAAAAA-AAAAA-AAAAAA&trades=true", false},
    {"CancelAllOrdersAfter", "timeout=60", false},
    {"TradeBalance", "asset=ZUSD", false},
};

Test(kraken_garbage, broken_bodies_are_answered_in_the_envelope)
{
    struct vn_random r = {.state = 3};
    for (int i = 0; i < ROUNDS; i++) {
        size_t n = vn_random_below(&r, sizeof(calls) / sizeof(calls[0]));
        char body[512];
        snprintf(body, sizeof(body), "%s", calls[n].body);
        desk_break(&r, body, strlen(body), sizeof(body) - 1);
        struct kraken_call call = {
            .key = "kate", .method = calls[n].method, .body = body, .json = calls[n].json};
        const struct answer *a = kraken_send(&d, &call);
        cr_assert_eq(a->kind, VENUE_OUT_HTTP);
        struct vn_json *root = vn_json_parse(a->body, a->body_len);
        cr_assert(vn_json_get(root, "error") != NULL, "%s: %s", body, a->body);
        bool failed = vn_json_get(root, "error")->child != NULL;
        cr_assert_neq(failed, vn_json_get(root, "result") != NULL, "%s: %s", body, a->body);
        vn_json_free(root);
        if (i % 500 == 0) {
            desk_pass(&d, SECOND);
        }
    }
}

static const char *const queries[] = {
    "Depth?pair=XBTUSD&count=10",
    "Trades?pair=BTC/USD&since=1767225600&count=5",
    "OHLC?pair=XXBTZUSD&interval=5&since=0",
    "Ticker?pair=XBTUSD,ETHUSD",
    "AssetPairs?pair=XDGUSD&assetVersion=1",
    "Assets?asset=XXBT,USD",
};

Test(kraken_garbage, broken_queries_are_answered_once)
{
    struct vn_random r = {.state = 4};
    for (int i = 0; i < ROUNDS; i++) {
        char query[128];
        snprintf(query, sizeof(query), "%s",
                 queries[vn_random_below(&r, sizeof(queries) / sizeof(queries[0]))]);
        desk_break(&r, query, strlen(query), sizeof(query) - 1);
        const struct answer *a = kraken_public(&d, query);
        cr_assert_eq(a->kind, VENUE_OUT_HTTP, "%s", query);
        cr_assert_not_null(json_at(a->body, "error"), "%s: %s", query, a->body);
    }
}

static const char *const frames[] = {
    "{\"method\":\"subscribe\",\"params\":{\"channel\":\"book\",\"symbol\":[\"BTC/USD\",\"ETH/"
    "USD\"],"
    "\"depth\":25},\"req_id\":7}",
    "{\"method\":\"unsubscribe\",\"params\":{\"channel\":\"book\",\"symbol\":[\"BTC/"
    "USD\"],\"depth\":25}}",
    "{\"method\":\"ping\",\"req_id\":8}",
    "{\"method\":\"subscribe\",\"params\":{\"channel\":\"executions\",\"token\":\"T\"},\"req_id\":"
    "9}",
    "{\"method\":\"add_order\",\"params\":{\"order_type\":\"limit\",\"side\":\"buy\",\"symbol\":"
    "\"BTC/USD\",\"order_qty\":0.1,\"limit_price\":50000,\"expire_time\":\"2026-01-02T00:00:00Z\","
    "\"time_in_force\":\"gtd\",\"token\":\"T\"},\"req_id\":10}",
    "{\"method\":\"cancel_order\",\"params\":{\"order_id\":[\"OAAAAA-AAAAA-AAAAAA\"],\"cl_ord_id\":"
    "[\"a\"],\"order_userref\":[7],\"token\":\"T\"},\"req_id\":11}",
    "{\"method\":\"amend_order\",\"params\":{\"cl_ord_id\":\"a\",\"order_qty\":0.3,\"token\":\"T\"}"
    "}",
    "{\"method\":\"batch_cancel\",\"params\":{\"orders\":[\"a\",\"b\"],\"token\":\"T\"}}",
};

/* The token's place holder becomes a token that lives. */
static void fill_in(char *text, size_t cap, const char *token)
{
    char *at = strstr(text, "\"T\"");
    char rest[512];
    if (at != NULL && strlen(text) + strlen(token) < cap) {
        snprintf(rest, sizeof(rest), "%s", at + 2);
        snprintf(at + 1, cap - (size_t)(at + 1 - text), "%s%s", token, rest);
    }
}

Test(kraken_garbage, broken_frames_are_answered_and_the_socket_lives)
{
    struct vn_random r = {.state = 5};
    char token[64];
    const uint64_t conns[] = {desk_ws(&d, "/v2"), kraken_stream(&d, "kate", "balances")};
    snprintf(token, sizeof(token), "%s", kraken_token(&d, "kate"));
    for (int i = 0; i < ROUNDS; i++) {
        char text[1024];
        uint64_t conn = conns[i % 2];
        snprintf(text, sizeof(text), "%s",
                 frames[vn_random_below(&r, sizeof(frames) / sizeof(frames[0]))]);
        fill_in(text, sizeof(text), token);
        desk_break(&r, text, strlen(text), sizeof(text) - 1);
        desk_drop_frames(&d, conn);
        desk_ws_text(&d, conn, text);
        char *frame = desk_next(&d, conn);
        cr_assert_not_null(frame, "no answer to %s", text);
        struct vn_json *root = vn_json_parse(frame, strlen(frame));
        cr_assert_not_null(root, "%s", frame);
        vn_json_free(root);
        free(frame);
        cr_assert_not(desk_is_closed(&d, conn), "%s", text);
    }
}
