/* Market streams, user data and the WebSocket API. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"

#define ORDER "/api/v3/order"
#define BID(qty, price)                                                                            \
    "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=" qty "&price=" price
#define ASK(qty, price)                                                                            \
    "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=" qty "&price=" price

static struct desk d;

static void setup(void)
{
    desk_open(&d, NULL);
}

static void teardown(void)
{
    desk_close(&d);
}

TestSuite(venue_streams, .init = setup, .fini = teardown);

/* ---- market ---- */

Test(venue_streams, combined_frames_are_wrapped_and_raw_ones_are_bare)
{
    uint64_t combined = desk_ws(&d, "/stream?streams=btcusdt@bookTicker");
    uint64_t raw = desk_ws(&d, "/ws/btcusdt@bookTicker");
    desk_place(&d, "alice", BID("1", "100"));
    char *frame = desk_next(&d, combined);
    IS(frame, "stream", "btcusdt@bookTicker");
    IS(frame, "data.b", "100.00000000");
    IS(frame, "data.B", "1.00000000");
    free(frame);
    frame = desk_next(&d, raw);
    IS(frame, "s", "BTCUSDT");
    cr_assert_null(json_at(frame, "e"));
    free(frame);
}

Test(venue_streams, subscribe_list_unsubscribe)
{
    uint64_t conn = desk_ws(&d, "/stream");
    static const char *const talk[][2] = {
        {"{\"method\":\"SUBSCRIBE\",\"params\":[\"btcusdt@trade\"],\"id\":1}",
         "{\"result\":null,\"id\":1}"},
        {"{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":\"two\"}",
         "{\"result\":[\"btcusdt@trade\"],\"id\":\"two\"}"},
        {"{\"method\":\"UNSUBSCRIBE\",\"params\":[\"btcusdt@trade\"],\"id\":null}",
         "{\"result\":null,\"id\":null}"},
        {"{\"method\":\"LIST_SUBSCRIPTIONS\",\"id\":3}", "{\"result\":[],\"id\":3}"},
        {"{\"method\":\"GET_PROPERTY\",\"params\":[\"combined\"],\"id\":4}",
         "{\"result\":true,\"id\":4}"},
    };
    for (size_t i = 0; i < sizeof(talk) / sizeof(talk[0]); i++) {
        desk_ws_text(&d, conn, talk[i][0]);
        char *reply = desk_next(&d, conn);
        cr_assert_str_eq(reply, talk[i][1]);
        free(reply);
        desk_pass(&d, SECOND);
    }
    desk_ws_text(&d, conn, "{nonsense");
    char *reply = desk_next(&d, conn);
    IS(reply, "error.code", "3");
    free(reply);
}

Test(venue_streams, trade_and_aggregate_trade)
{
    uint64_t trades = desk_ws(&d, "/ws/btcusdt@trade");
    uint64_t aggregates = desk_ws(&d, "/ws/btcusdt@aggTrade");
    desk_place(&d, "bob", ASK("1", "60000"));
    desk_place(&d, "bob", ASK("1", "60000"));
    desk_place(&d, "bob", ASK("1", "60001"));
    desk_place(&d, "alice", BID("3", "60001"));
    for (int i = 0; i < 3; i++) {
        char *frame = desk_next(&d, trades);
        IS(frame, "m", "false"); /* the buyer was the taker */
        IS(frame, "q", "1.00000000");
        free(frame);
    }
    char *frame = desk_next(&d, aggregates);
    IS(frame, "q", "2.00000000"); /* two trades at one price by one taker */
    IS(frame, "f", "700001");
    IS(frame, "l", "700002");
    free(frame);
    frame = desk_next(&d, aggregates);
    IS(frame, "p", "60001.00000000");
    free(frame);
}

Test(venue_streams, partial_depth_is_a_snapshot)
{
    uint64_t conn = desk_ws(&d, "/stream?streams=btcusdt@depth5@100ms");
    for (int i = 0; i < 7; i++) {
        char text[128];
        snprintf(text, sizeof(text),
                 "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=%d", 100 + i);
        desk_place(&d, "alice", text);
    }
    desk_pass(&d, 100 * MS);
    char *frame = desk_next(&d, conn);
    IS(frame, "data.bids.0.0", "106.00000000");
    IS(frame, "data.bids.4.0", "102.00000000");
    cr_assert_null(json_at(frame, "data.bids.5"));
    free(frame);
}

/* A local book kept as the documentation tells: snapshot, then events without a gap; compared with a fresh snapshot. */
struct level {
    char price[32];
    char qty[32];
};

struct local_book {
    struct level levels[2][512];
    size_t count[2];
    unsigned long long id;
};

static void set_level(struct local_book *b, int side, const char *price, const char *qty)
{
    bool gone = strspn(qty, "0.") == strlen(qty);
    for (size_t i = 0; i < b->count[side]; i++) {
        if (strcmp(b->levels[side][i].price, price) == 0) {
            b->levels[side][i] = b->levels[side][b->count[side] - (gone ? 1 : 0)];
            b->count[side] -= gone;
            if (!gone) {
                snprintf(b->levels[side][i].price, 32, "%s", price);
                snprintf(b->levels[side][i].qty, 32, "%s", qty);
            }
            return;
        }
    }
    if (!gone) {
        cr_assert_lt(b->count[side], 511u);
        snprintf(b->levels[side][b->count[side]].price, 32, "%s", price);
        snprintf(b->levels[side][b->count[side]++].qty, 32, "%s", qty);
    }
}

static void take_side(struct local_book *b, int side, const struct vn_json *list)
{
    for (const struct vn_json *row = list == NULL ? NULL : list->child; row != NULL;
         row = row->next) {
        set_level(b, side, row->child->text, row->child->next->text);
    }
}

static void snapshot(struct local_book *b)
{
    struct answer *a = desk_get(&d, "/api/v3/depth?symbol=BTCUSDT&limit=5000");
    struct vn_json *root = vn_json_parse(a->body, a->body_len);
    memset(b, 0, sizeof(*b));
    b->id = strtoull(vn_json_text(root, "lastUpdateId", "0"), NULL, 10);
    take_side(b, 0, vn_json_get(root, "bids"));
    take_side(b, 1, vn_json_get(root, "asks"));
    vn_json_free(root);
}

static void apply(struct local_book *b, const char *text)
{
    struct vn_json *root = vn_json_parse(text, strlen(text));
    const struct vn_json *data = vn_json_get(root, "data");
    unsigned long long first = strtoull(vn_json_text(data, "U", "0"), NULL, 10);
    unsigned long long last = strtoull(vn_json_text(data, "u", "0"), NULL, 10);
    if (last > b->id) {
        cr_assert_leq(first, b->id + 1, "gap: have %llu, event starts at %llu", b->id, first);
        take_side(b, 0, vn_json_get(data, "b"));
        take_side(b, 1, vn_json_get(data, "a"));
        b->id = last;
    }
    vn_json_free(root);
}

static int by_price(const void *a, const void *b)
{
    const struct level *x = a;
    const struct level *y = b;
    return strcmp(x->price, y->price);
}

static void check_equal(struct local_book *a, struct local_book *b)
{
    for (int side = 0; side < 2; side++) {
        cr_assert_eq(a->count[side], b->count[side]);
        qsort(a->levels[side], a->count[side], sizeof(struct level), by_price);
        qsort(b->levels[side], b->count[side], sizeof(struct level), by_price);
        for (size_t i = 0; i < a->count[side]; i++) {
            cr_assert_str_eq(a->levels[side][i].price, b->levels[side][i].price);
            cr_assert_str_eq(a->levels[side][i].qty, b->levels[side][i].qty);
        }
    }
}

static void follow(const char *stream)
{
    static struct local_book mine;
    static struct local_book fresh;
    char target[96];
    desk_close(&d);
    struct venue_config c = desk_config();
    c.makers = true;
    desk_open(&d, &c);
    desk_pass(&d, SECOND);
    snprintf(target, sizeof(target), "/stream?streams=%s", stream);
    uint64_t conn = desk_ws(&d, target);
    desk_pass(&d, 250 * MS);
    snapshot(&mine);
    for (int i = 0; i <= 500; i++) {
        desk_pass(&d, i < 500
                          ? 100 * MS
                          : SECOND - d.now_ns % SECOND); /* ends with an event of either stream */
        char *frame = NULL;
        while ((frame = desk_next(&d, conn)) != NULL) {
            apply(&mine, frame);
            free(frame);
        }
    }
    snapshot(&fresh);
    cr_assert_eq(mine.id, fresh.id);
    check_equal(&mine, &fresh);
    cr_assert_gt(fresh.count[0], 5u);
}

Test(venue_streams, diff_depth_has_no_gap_and_ends_equal_to_the_book)
{
    follow("btcusdt@depth@100ms");
}

Test(venue_streams, slow_diff_depth_has_no_gap_either)
{
    follow("btcusdt@depth");
}

Test(venue_streams, a_removed_level_has_quantity_zero)
{
    uint64_t id = desk_place(&d, "alice", BID("1", "100"));
    uint64_t conn = desk_ws(&d, "/stream?streams=btcusdt@depth@100ms");
    char text[64];
    snprintf(text, sizeof(text), "symbol=BTCUSDT&orderId=%llu", (unsigned long long)id);
    ACCEPTED(desk_signed(&d, "alice", "DELETE", ORDER, text));
    desk_pass(&d, 100 * MS);
    char *frame = desk_next(&d, conn);
    IS(frame, "data.b.0.0", "100.00000000");
    IS(frame, "data.b.0.1", "0.00000000");
    free(frame);
}

Test(venue_streams, makers_are_deterministic)
{
    char *first = NULL;
    struct venue_config c = desk_config();
    c.makers = true;
    for (int run = 0; run < 2; run++) {
        desk_close(&d);
        desk_open(&d, &c);
        for (int i = 0; i < (run == 0 ? 100 : 10);
             i++) { /* the size of the steps does not matter */
            desk_pass(&d, run == 0 ? 100 * MS : SECOND);
        }
        struct answer *a = desk_get(&d, "/api/v3/depth?symbol=ETHBTC&limit=5000");
        if (run == 0) {
            first = vn_copy(a->body, a->body_len);
        } else {
            cr_assert_str_eq(a->body, first);
        }
    }
    free(first);
}

Test(venue_streams, makers_leave_a_market_in_every_symbol)
{
    struct venue_config c = desk_config();
    c.makers = true;
    desk_close(&d);
    desk_open(&d, &c);
    for (int minute = 0; minute < 10; minute++) {
        desk_pass(&d, 60 * SECOND);
        struct answer *a = desk_get(&d, "/api/v3/ticker/bookTicker");
        for (int i = 0; i < 9; i++) {
            char path[32];
            snprintf(path, sizeof(path), "%d.bidQty", i);
            cr_assert_str_neq(json_at(a->body, path), "0.00000000");
            snprintf(path, sizeof(path), "%d.askQty", i);
            cr_assert_str_neq(json_at(a->body, path), "0.00000000");
        }
    }
}

/* ---- user data ---- */

static char *event(uint64_t conn)
{
    char *frame = desk_next(&d, conn);
    cr_assert_not_null(frame, "an event was expected");
    return frame;
}

Test(venue_streams, life_of_a_taker_order)
{
    desk_place(&d, "bob", ASK("0.0008", "59999.5"));
    desk_place(&d, "bob", ASK("1", "60000"));
    uint64_t conn = desk_user_stream(&d, "alice");
    desk_place(&d, "alice", BID("0.002", "60000") "&newClientOrderId=cb7-000042");
    char *e = event(conn);
    IS(e, "subscriptionId", "0");
    IS(e, "event.x", "NEW");
    IS(e, "event.X", "NEW");
    IS(e, "event.c", "cb7-000042");
    IS(e, "event.C", "");
    IS(e, "event.t", "-1");
    IS(e, "event.N", "null");
    free(e);
    e = event(conn);
    IS(e, "event.x", "TRADE");
    IS(e, "event.X", "PARTIALLY_FILLED");
    IS(e, "event.l", "0.00080000");
    IS(e, "event.L", "59999.50000000");
    IS(e, "event.n", "0.00000080");
    IS(e, "event.N", "BTC");
    IS(e, "event.z", "0.00080000");
    IS(e, "event.Z", "47.99960000");
    IS(e, "event.m", "false");
    free(e);
    e = event(conn);
    IS(e, "event.X", "FILLED");
    IS(e, "event.z", "0.00200000");
    free(e);
    e = event(conn);
    IS(e, "event.e", "outboundAccountPosition");
    IS(e, "event.B.0.a", "BTC");
    IS(e, "event.B.0.f", "100.00199800");
    free(e);
    cr_assert_null(desk_next(&d, conn));
}

Test(venue_streams, a_cancel_report_is_keyed_by_C)
{
    uint64_t conn = desk_user_stream(&d, "alice");
    desk_place(&d, "alice", BID("1", "100") "&newClientOrderId=mine");
    desk_drop_frames(&d, conn);
    ACCEPTED(desk_signed(&d, "alice", "DELETE", ORDER,
                         "symbol=BTCUSDT&origClientOrderId=mine&newClientOrderId=c-1"));
    char *e = event(conn);
    IS(e, "event.x", "CANCELED");
    IS(e, "event.X", "CANCELED");
    IS(e, "event.c", "c-1");
    IS(e, "event.C", "mine");
    free(e);
}

Test(venue_streams, a_market_order_that_runs_dry_ends_expired)
{
    desk_place(&d, "bob", ASK("1", "60000"));
    desk_place(&d, "bob", BID("1", "50000"));
    desk_place(&d, "alice", BID("0.5", "60000"));
    uint64_t conn = desk_user_stream(&d, "alice");
    desk_place(&d, "alice", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1");
    static const char *const types[] = {"NEW", "TRADE", "EXPIRED"};
    for (int i = 0; i < 3; i++) {
        char *e = event(conn);
        IS(e, "event.x", types[i]);
        if (i == 2) {
            IS(e, "event.z", "0.50000000");
            IS(e, "event.eR", "INSUFFICIENT_LIQUIDITY");
        }
        free(e);
    }
}

Test(venue_streams, self_trade_prevention_is_reported)
{
    uint64_t conn = desk_user_stream(&d, "alice");
    desk_place(&d, "alice", ASK("1", "60000") "&newClientOrderId=maker");
    desk_drop_frames(&d, conn);
    desk_place(&d, "alice", BID("1", "60000"));
    free(event(conn)); /* NEW */
    char *e = event(conn);
    IS(e, "event.x", "TRADE_PREVENTION");
    IS(e, "event.X", "EXPIRED_IN_MATCH");
    IS(e, "event.c", "maker");
    IS(e, "event.B", "1.00000000");
    free(e);
}

Test(venue_streams, transfers_are_balance_updates)
{
    uint64_t conn = desk_user_stream(&d, "alice");
    ACCEPTED(desk_post_admin(&d, "/_transfer",
                             "{\"account\":\"alice\",\"asset\":\"BTC\",\"amount\":\"-0.1\"}"));
    char *e = event(conn);
    IS(e, "event.e", "balanceUpdate");
    IS(e, "event.d", "-0.10000000");
    free(e);
    cr_assert_eq(desk_post_admin(&d, "/_transfer",
                                 "{\"account\":\"alice\",\"asset\":\"BTC\",\"amount\":\"-1000\"}")
                     ->status,
                 400u);
}

Test(venue_streams, other_accounts_see_nothing)
{
    uint64_t conn = desk_user_stream(&d, "bob");
    desk_place(&d, "alice", BID("1", "100"));
    cr_assert_null(desk_next(&d, conn));
}

Test(venue_streams, events_before_the_subscription_are_lost)
{
    desk_place(&d, "alice", BID("1", "100"));
    uint64_t conn = desk_user_stream(&d, "alice");
    desk_pass(&d, SECOND);
    cr_assert_null(desk_next(&d, conn));
}

Test(venue_streams, unsubscribing_terminates)
{
    uint64_t conn = desk_user_stream(&d, "alice");
    desk_ws_text(
        &d, conn,
        "{\"id\":9,\"method\":\"userDataStream.unsubscribe\",\"params\":{\"subscriptionId\":0}}");
    char *frame = desk_find(&d, conn, "eventStreamTerminated");
    cr_assert_not_null(frame);
    free(frame);
    desk_place(&d, "alice", BID("1", "100"));
    cr_assert_null(desk_find(&d, conn, "executionReport"));
}

/* ---- WebSocket API ---- */

Test(venue_streams, orders_over_the_socket)
{
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    desk_ws_signed(&d, conn, "alice", "\"o42\"", "order.place",
                   "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=100&"
                   "newClientOrderId=w1&newOrderRespType=RESULT");
    char *reply = event(conn);
    IS(reply, "id", "o42");
    IS(reply, "status", "200");
    IS(reply, "result.status", "NEW");
    IS(reply, "rateLimits.0.rateLimitType", "ORDERS");
    IS(reply, "rateLimits.0.count", "1");
    free(reply);
    desk_ws_signed(&d, conn, "alice", "43", "order.status", "symbol=BTCUSDT&origClientOrderId=w1");
    reply = event(conn);
    IS(reply, "id", "43");
    IS(reply, "result.clientOrderId", "w1");
    free(reply);
    desk_ws_signed(&d, conn, "alice", "44", "openOrders.status", "symbol=BTCUSDT");
    reply = event(conn);
    IS(reply, "result.0.clientOrderId", "w1");
    free(reply);
    desk_ws_signed(&d, conn, "alice", "45", "order.cancel", "symbol=BTCUSDT&origClientOrderId=w1");
    reply = event(conn);
    IS(reply, "result.status", "CANCELED");
    free(reply);
    desk_ws_signed(&d, conn, "alice", "46", "account.status", "omitZeroBalances=true");
    reply = event(conn);
    IS(reply, "result.balances.0.asset", "BTC");
    free(reply);
}

Test(venue_streams, raw_unicode_over_the_socket)
{
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    desk_ws_signed(&d, conn, "alice", "1", "order.place",
                   "symbol=这是测试币456&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=1.5");
    char *reply = event(conn);
    IS(reply, "status", "200");
    IS(reply, "result.symbol", "这是测试币456");
    free(reply);
}

Test(venue_streams, rate_limits_can_be_left_out)
{
    uint64_t conn = desk_ws(&d, "/ws-api/v3?returnRateLimits=false");
    desk_ws_text(&d, conn, "{\"id\":1,\"method\":\"ping\"}");
    char *reply = event(conn);
    cr_assert_str_eq(reply, "{\"id\":1,\"status\":200,\"result\":{}}");
    free(reply);
}

Test(venue_streams, lists_are_parameters_too)
{
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    desk_ws_text(
        &d, conn,
        "{\"id\":1,\"method\":\"exchangeInfo\",\"params\":{\"symbols\":[\"BTCUSDT\",\"ETHBTC\"]}}");
    char *reply = event(conn);
    IS(reply, "result.symbols.1.symbol", "ETHBTC");
    cr_assert_null(json_at(reply, "result.symbols.2"));
    IS(reply, "result.rateLimits.3.rateLimitType", "CONNECTIONS");
    free(reply);
}
