/* WebSocket: who may subscribe to what, how frames are numbered, what the channels say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coinbase_desk.h"

static struct desk d;

static void open_desk(void)
{
    coinbase_open(&d);
}

static void close_desk(void)
{
    coinbase_check_ledger(&d);
    desk_close(&d);
}

TestSuite(coinbase_streams, .init = open_desk, .fini = close_desk);

#define LIMIT(size, price)                                                                         \
    "{\"limit_limit_gtc\":{\"base_size\":\"" size "\",\"limit_price\":\"" price "\"}}"
#define BTC "[\"BTC-USD\"]"

/* The next frame has this member; it is freed. */
static void next_is(uint64_t conn, const char *path, const char *want)
{
    char *frame = desk_next(&d, conn);
    cr_assert_not_null(frame, "no frame where %s is to be %s", path, want);
    IS(frame, path, want);
    free(frame);
}

static void error_is(uint64_t conn, const char *want)
{
    char *frame = desk_next(&d, conn);
    cr_assert_not_null(frame);
    IS(frame, "type", "error");
    IS(frame, "message", want);
    cr_assert_null(json_at(frame, "sequence_num"));
    free(frame);
    cr_assert_null(desk_next(&d, conn));
}

Test(coinbase_streams, a_subscription_is_confirmed_and_numbered_from_zero)
{
    uint64_t conn = desk_ws(&d, "/");
    coinbase_subscribe(&d, conn, NULL, "heartbeats", NULL);
    char *frame = desk_next(&d, conn);
    IS(frame, "channel", "subscriptions");
    IS(frame, "sequence_num", "0");
    IS(frame, "events.0.subscriptions.heartbeats.0", "heartbeats");
    free(frame);
    coinbase_subscribe(&d, conn, NULL, "level2", "[\"BTC-USD\",\"ETH-USD\"]");
    frame = desk_next(&d, conn);
    IS(frame, "events.0.subscriptions.level2.1", "ETH-USD");
    IS(frame, "sequence_num", "1");
    free(frame);
    next_is(conn, "sequence_num", "2");
    next_is(conn, "sequence_num", "3");
}

Test(coinbase_streams, level2_is_a_snapshot_and_then_changes)
{
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "60000"));
    uint64_t conn = desk_ws(&d, "/");
    coinbase_subscribe(&d, conn, NULL, "level2", BTC);
    next_is(conn, "channel", "subscriptions");
    char *frame = desk_next(&d, conn);
    IS(frame, "channel", "l2_data");
    IS(frame, "events.0.type", "snapshot");
    IS(frame, "events.0.updates.0.side", "offer");
    IS(frame, "events.0.updates.0.price_level", "60000");
    IS(frame, "events.0.updates.0.new_quantity", "1");
    free(frame);
    coinbase_place(&d, "carol", "t-1", "BTC-USD", "BUY", LIMIT("3", "60000"));
    frame = desk_next(&d, conn);
    IS(frame, "events.0.type", "update");
    IS(frame, "events.0.updates.0.new_quantity", "0");
    IS(frame, "events.0.updates.1.side", "bid");
    IS(frame, "events.0.updates.1.new_quantity", "2");
    free(frame);
    cr_assert_null(desk_next(&d, conn));
}

Test(coinbase_streams, heartbeats_come_each_second_and_twice_when_asked_twice)
{
    uint64_t conn = desk_ws(&d, "/user");
    coinbase_subscribe(&d, conn, NULL, "heartbeats", NULL);
    desk_drop_frames(&d, conn);
    desk_pass(&d, 2 * SECOND);
    next_is(conn, "events.0.heartbeat_counter", "0");
    next_is(conn, "events.0.heartbeat_counter", "1");
    coinbase_subscribe(&d, conn, NULL, "heartbeats", NULL);
    desk_drop_frames(&d, conn);
    desk_pass(&d, SECOND);
    next_is(conn, "events.0.heartbeat_counter", "2");
    next_is(conn, "events.0.heartbeat_counter", "2");
    cr_assert_null(desk_next(&d, conn));
}

Test(coinbase_streams, the_user_channel_tells_the_states_of_an_order)
{
    uint64_t conn = desk_ws(&d, "/user");
    coinbase_subscribe(&d, conn, "carol", "user", NULL);
    next_is(conn, "channel", "subscriptions");
    next_is(conn, "events.0.type", "snapshot");
    const char *id = coinbase_place(&d, "carol", "u-1", "BTC-USD", "BUY", LIMIT("1", "60000"));
    next_is(conn, "events.0.orders.0.status", "PENDING");
    char *frame = desk_next(&d, conn);
    IS(frame, "events.0.orders.0.status", "OPEN");
    IS(frame, "events.0.orders.0.order_id", id);
    IS(frame, "events.0.orders.0.leaves_quantity", "1");
    IS(frame, "events.0.orders.0.post_only", "false");
    free(frame);
    coinbase_place(&d, "dave", "x", "BTC-USD", "SELL", LIMIT("0.4", "60000"));
    frame = desk_next(&d, conn);
    IS(frame, "events.0.orders.0.cumulative_quantity", "0.4");
    IS(frame, "events.0.orders.0.avg_price", "60000");
    IS(frame, "events.0.orders.0.total_fees", "24");
    free(frame);
    char body[80];
    snprintf(body, sizeof(body), "{\"order_ids\":[\"%s\"]}", id);
    coinbase(&d, "carol", "POST", "/orders/batch_cancel", body);
    next_is(conn, "events.0.orders.0.status", "CANCEL_QUEUED");
    frame = desk_next(&d, conn);
    IS(frame, "events.0.orders.0.status", "CANCELLED");
    IS(frame, "events.0.orders.0.leaves_quantity", "0");
    IS(frame, "events.0.orders.0.cumulative_quantity", "0.4");
    IS(frame, "events.0.orders.0.cancel_reason", "User requested cancel");
    free(frame);
    cr_assert_null(desk_next(&d, conn));
}

/* The orders of a user snapshot, frame by frame: "50 50 1 ". */
static void snapshot_sizes(int orders, const char *want)
{
    char sizes[64] = "";
    char id[16];
    for (int i = 0; i < orders; i++) {
        snprintf(id, sizeof(id), "s-%d", i);
        coinbase_place(&d, "carol", id, "BTC-USD", "BUY", LIMIT("0.001", "50000"));
    }
    uint64_t conn = desk_ws(&d, "/user");
    coinbase_subscribe(&d, conn, "carol", "user", NULL);
    next_is(conn, "channel", "subscriptions");
    for (char *frame = desk_next(&d, conn); frame != NULL; frame = desk_next(&d, conn)) {
        int rows = 0;
        for (const char *at = frame; (at = strstr(at, "\"order_id\"")) != NULL; at++) {
            rows++;
        }
        snprintf(sizes + strlen(sizes), sizeof(sizes) - strlen(sizes), "%d ", rows);
        free(frame);
    }
    cr_assert_str_eq(sizes, want);
}

Test(coinbase_streams, a_snapshot_of_no_orders_is_one_empty_frame)
{
    snapshot_sizes(0, "0 ");
}

Test(coinbase_streams, a_snapshot_of_49_orders_is_one_frame)
{
    snapshot_sizes(49, "49 ");
}

Test(coinbase_streams, a_snapshot_of_50_orders_ends_with_an_empty_frame)
{
    snapshot_sizes(50, "50 0 ");
}

Test(coinbase_streams, a_snapshot_of_101_orders_is_three_frames)
{
    snapshot_sizes(101, "50 50 1 ");
}

Test(coinbase_streams, trades_come_in_batches_newest_first)
{
    uint64_t conn = desk_ws(&d, "/");
    coinbase_subscribe(&d, conn, NULL, "market_trades", BTC);
    next_is(conn, "channel", "subscriptions");
    next_is(conn, "events.0.type", "snapshot");
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "60000"));
    coinbase_place(&d, "dave", "m-2", "BTC-USD", "SELL", LIMIT("1", "60001"));
    coinbase_place(&d, "carol", "t-1", "BTC-USD", "BUY", LIMIT("2", "60001"));
    cr_assert_null(desk_next(&d, conn));
    desk_pass(&d, 300 * MS);
    char *frame = desk_next(&d, conn);
    IS(frame, "events.0.trades.0.price", "60001");
    IS(frame, "events.0.trades.1.price", "60000");
    IS(frame, "events.0.trades.0.side", "SELL");
    free(frame);
}

Test(coinbase_streams, ticker_candles_and_status_say_their_part)
{
    uint64_t conn = desk_ws(&d, "/");
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "60000"));
    const char *const channels[] = {"ticker", "ticker_batch", "candles", "status"};
    const char *const members[] = {"tickers.0.best_ask", "tickers.0.price", "candles.0.open",
                                   "products.0.id"};
    const char *const wants[] = {"60000", "60000", "60000", "BTC-USD"};
    for (size_t i = 0; i < 4; i++) {
        char path[64];
        coinbase_subscribe(&d, conn, NULL, channels[i], BTC);
        next_is(conn, "channel", "subscriptions");
        snprintf(path, sizeof(path), "events.0.%s", members[i]);
        next_is(conn, path, wants[i]);
    }
    coinbase_place(&d, "carol", "t-1", "BTC-USD", "BUY", LIMIT("0.5", "60000"));
    char *frame = desk_next(&d, conn);
    IS(frame, "events.0.tickers.0.volume_24_h", "0.5");
    free(frame);
    desk_pass(&d, 5 * SECOND);
    frame = desk_find(&d, conn, "ticker_batch");
    cr_assert_not_null(frame);
    cr_assert_null(json_at(frame, "events.0.tickers.0.best_bid"));
    free(frame);
    cr_assert_eq(venue_fault(d.v, d.now_ns,
                             "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"BTC-USD\"},"
                             "\"status\":\"CANCEL_ONLY\"}"),
                 0);
    desk_pass(&d, SECOND);
    frame = desk_find(&d, conn, "\"channel\":\"status\"");
    cr_assert_not_null(frame);
    IS(frame, "events.0.products.0.status_message", "CANCEL_ONLY");
    free(frame);
}

Test(coinbase_streams, one_counter_numbers_every_frame_of_a_connection)
{
    uint64_t conn = desk_ws(&d, "/");
    long next = 0;
    coinbase_subscribe(&d, conn, NULL, "heartbeats", NULL);
    coinbase_subscribe(&d, conn, "carol", "user", NULL);
    coinbase_subscribe(&d, conn, NULL, "level2", BTC);
    coinbase_subscribe(&d, conn, NULL, "market_trades", BTC);
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "60000"));
    coinbase_place(&d, "carol", "t-1", "BTC-USD", "BUY", LIMIT("2", "60000"));
    desk_pass(&d, 2 * SECOND);
    for (char *frame = desk_next(&d, conn); frame != NULL; frame = desk_next(&d, conn)) {
        cr_assert_eq(strtol(json_at(frame, "sequence_num"), NULL, 10), next++, "%s", frame);
        free(frame);
    }
    cr_assert_geq(next, 14);
}

Test(coinbase_streams, an_unsubscribed_channel_is_silent)
{
    uint64_t conn = desk_ws(&d, "/");
    coinbase_subscribe(&d, conn, NULL, "level2", BTC);
    desk_ws_text(&d, conn,
                 "{\"type\":\"unsubscribe\",\"channel\":\"level2\",\"product_ids\":" BTC "}");
    desk_drop_frames(&d, conn);
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "60000"));
    cr_assert_null(desk_next(&d, conn));
}

/* ---- refused ---- */

Test(coinbase_streams, without_a_subscription_in_five_seconds_it_is_closed)
{
    uint64_t quiet = desk_ws(&d, "/");
    uint64_t misspelt = desk_ws(&d, "/");
    coinbase_subscribe(&d, misspelt, NULL, "heartbeat", NULL);
    desk_pass(&d, 4900 * MS);
    cr_assert_not(desk_is_closed(&d, quiet));
    desk_pass(&d, 200 * MS);
    cr_assert(desk_is_closed(&d, quiet));
    cr_assert(desk_is_closed(&d, misspelt), "a refused subscription is none");
}

Test(coinbase_streams, a_bad_token_is_an_authentication_failure)
{
    uint64_t conn = desk_ws(&d, "/user");
    desk_ws_text(&d, conn, "{\"type\":\"subscribe\",\"channel\":\"user\",\"jwt\":\"a.b.c\"}");
    error_is(conn, "authentication failure");
    struct claims claims = coinbase_claims(&d, "carol", NULL);
    claims.nbf_s += 2;
    claims.exp_s += 2;
    char *token = coinbase_token(&d, &claims);
    struct vn_text text = {0};
    vn_text_addf(&text, "{\"type\":\"subscribe\",\"channel\":\"user\",\"jwt\":\"%s\"}", token);
    desk_ws_text(&d, conn, text.data);
    error_is(conn, "authentication failure");
    vn_text_release(&text);
    free(token);
}

Test(coinbase_streams, the_token_of_a_request_is_none_of_a_socket)
{
    uint64_t conn = desk_ws(&d, "/user");
    struct claims claims =
        coinbase_claims(&d, "carol", "GET api.coinbase.com/api/v3/brokerage/accounts");
    char *token = coinbase_token(&d, &claims);
    struct vn_text text = {0};
    vn_text_addf(&text, "{\"type\":\"subscribe\",\"channel\":\"user\",\"jwt\":\"%s\"}", token);
    desk_ws_text(&d, conn, text.data);
    error_is(conn, "authentication failure");
    vn_text_release(&text);
    free(token);
}

Test(coinbase_streams, an_unknown_channel_is_an_authentication_failure)
{
    uint64_t conn = desk_ws(&d, "/");
    coinbase_subscribe(&d, conn, NULL, "heartbeat", NULL);
    error_is(conn, "authentication failure");
    coinbase_subscribe(&d, conn, NULL, "full", BTC);
    error_is(conn, "authentication failure");
}

Test(coinbase_streams, the_user_channel_needs_a_token)
{
    uint64_t conn = desk_ws(&d, "/user");
    coinbase_subscribe(&d, conn, NULL, "user", NULL);
    error_is(conn, "authentication failure");
    coinbase_subscribe(&d, conn, NULL, "futures_balance_summary", NULL);
    error_is(conn, "authentication failure");
}

Test(coinbase_streams, the_user_endpoint_has_no_market_channels)
{
    uint64_t conn = desk_ws(&d, "/user");
    coinbase_subscribe(&d, conn, "carol", "level2", BTC);
    error_is(conn, "authentication failure");
}

Test(coinbase_streams, the_market_endpoint_serves_the_user_channel_too)
{
    uint64_t conn = desk_ws(&d, "/");
    coinbase_subscribe(&d, conn, "carol", "user", NULL);
    next_is(conn, "channel", "subscriptions");
}

Test(coinbase_streams, nine_messages_without_a_token_in_a_second_are_too_many)
{
    uint64_t conn = desk_ws(&d, "/");
    for (int i = 0; i < 8; i++) {
        coinbase_subscribe(&d, conn, NULL, "heartbeats", NULL);
    }
    desk_drop_frames(&d, conn);
    coinbase_subscribe(&d, conn, NULL, "heartbeats", NULL);
    error_is(conn, "rate limit exceeded");
    coinbase_subscribe(&d, conn, "carol", "heartbeats", NULL);
    next_is(conn, "channel", "subscriptions");
}

Test(coinbase_streams, a_silent_connection_is_closed_within_90_seconds)
{
    uint64_t silent = desk_ws(&d, "/");
    uint64_t beating = desk_ws(&d, "/");
    coinbase_subscribe(&d, silent, NULL, "level2", BTC);
    coinbase_subscribe(&d, beating, NULL, "level2", BTC);
    coinbase_subscribe(&d, beating, NULL, "heartbeats", NULL);
    desk_pass(&d, 59 * SECOND);
    cr_assert_not(desk_is_closed(&d, silent));
    desk_pass(&d, 32 * SECOND);
    cr_assert(desk_is_closed(&d, silent));
    cr_assert_not(desk_is_closed(&d, beating));
}

Test(coinbase_streams, a_path_that_nobody_serves_is_refused)
{
    cr_assert_eq(venue_ws_open(d.v, d.now_ns, 77, "/user/x"), VENUE_EREFUSED);
}

Test(coinbase_streams, pings_are_answered)
{
    uint64_t conn = desk_ws(&d, "/");
    venue_ws_recv(d.v, d.now_ns, conn, VENUE_WS_PING, "hello", 5);
    struct venue_output out;
    cr_assert(venue_poll(d.v, d.now_ns, &out));
    cr_assert_eq(out.opcode, VENUE_WS_PONG);
    cr_assert_str_eq(out.body, "hello");
}
