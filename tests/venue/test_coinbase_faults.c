/* Bad days on the Coinbase dialect: what a fault does, and that the ledger stays true. */
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

TestSuite(coinbase_faults, .init = open_desk, .fini = close_desk);

#define LIMIT(size, price)                                                                         \
    "{\"limit_limit_gtc\":{\"base_size\":\"" size "\",\"limit_price\":\"" price "\"}}"
#define BTC "[\"BTC-USD\"]"
#define ORDERS "\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/brokerage/orders\"}"

static void fault(const char *json)
{
    struct answer *a = desk_post_admin(&d, "/_fault", json);
    cr_assert_eq(a->status, 200u, "%s", a->body);
}

static size_t orders_of(const char *client_id)
{
    size_t count = 0;
    char text[64];
    snprintf(text, sizeof(text), "\"clientOrderId\":\"%s\"", client_id);
    for (const char *at = venue_ledger(d.v); (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    return count;
}

static struct answer *buy(const char *client_id)
{
    return coinbase_order(&d, "carol", client_id, "BTC-USD", "BUY", LIMIT("1", "50000"));
}

/* A connection with this channel; its first frames are gone. */
static uint64_t watch(const char *target, const char *key, const char *channel,
                      const char *products)
{
    uint64_t conn = desk_ws(&d, target);
    coinbase_subscribe(&d, conn, key, channel, products);
    desk_drop_frames(&d, conn);
    return conn;
}

static char *frame_of(uint64_t conn)
{
    char *frame = desk_next(&d, conn);
    cr_assert_not_null(frame);
    return frame;
}

static void next_is(uint64_t conn, const char *path, const char *want)
{
    char *frame = frame_of(conn);
    IS(frame, path, want);
    free(frame);
}

/* ---- requests ---- */

Test(coinbase_faults, a_reply_is_swallowed_after_the_order_was_placed)
{
    fault("{\"kind\":\"no_reply\"," ORDERS "}");
    cr_assert_eq(buy("lost-1")->kind, 0u);
    fault("{\"kind\":\"drop_after\"," ORDERS "}");
    cr_assert_eq(buy("lost-2")->kind, VENUE_OUT_CLOSE);
    fault("{\"kind\":\"drop_before\"," ORDERS "}");
    cr_assert_eq(buy("lost-3")->kind, VENUE_OUT_CLOSE);
    cr_assert_eq(orders_of("lost-1") + orders_of("lost-2"), 2u);
    cr_assert_eq(orders_of("lost-3"), 0u);
    /* the same request with the same id finds its order and makes no second one */
    IS(buy("lost-1")->body, "success", "true");
    cr_assert_eq(orders_of("lost-1"), 1u);
}

Test(coinbase_faults, an_order_is_placed_late)
{
    fault("{\"kind\":\"slow\",\"ms\":3000," ORDERS "}");
    struct answer *a = buy("late-1");
    cr_assert_eq(a->kind, 0u);
    cr_assert_eq(orders_of("late-1"), 0u);
    desk_pass(&d, 3100 * MS);
    cr_assert_eq(orders_of("late-1"), 1u);
    ACCEPTED(a);
}

Test(coinbase_faults, a_server_error_before_and_after_the_order)
{
    fault("{\"kind\":\"error\",\"status\":500,\"execute\":true," ORDERS "}");
    struct answer *a = buy("e-1");
    cr_assert_eq(a->status, 500u);
    IS(a->body, "error", "INTERNAL");
    fault("{\"kind\":\"error\",\"status\":503,\"execute\":false," ORDERS "}");
    cr_assert_eq(buy("e-2")->status, 503u);
    fault("{\"kind\":\"html\",\"status\":502,\"execute\":true," ORDERS "}");
    a = buy("e-3");
    cr_assert_eq(a->status, 502u);
    cr_assert_str_eq(a->content_type, "text/html");
    fault("{\"kind\":\"timeout\",\"ms\":10,\"execute\":true," ORDERS "}");
    a = buy("e-4");
    desk_pass(&d, 20 * MS);
    cr_assert_eq(a->status, 504u);
    cr_assert_eq(orders_of("e-1") + orders_of("e-3") + orders_of("e-4"), 3u);
    cr_assert_eq(orders_of("e-2"), 0u);
}

Test(coinbase_faults, too_many_requests_by_command_places_nothing)
{
    fault("{\"kind\":\"rate_limit\"," ORDERS "}");
    struct answer *a = buy("r-1");
    cr_assert_eq(a->status, 429u);
    IS(a->body, "errors.0.id", "rate_limit_exceeded");
    cr_assert_eq(orders_of("r-1"), 0u);
}

Test(coinbase_faults, half_a_body_after_the_order_was_placed)
{
    fault("{\"kind\":\"half_body\"," ORDERS "}");
    struct answer *a = buy("h-1");
    cr_assert_lt(a->send_len, a->body_len);
    cr_assert_eq(orders_of("h-1"), 1u);
}

Test(coinbase_faults, young_orders_are_not_found)
{
    char path[96];
    char body[96];
    fault("{\"kind\":\"coinbase_mode\",\"young_ms\":800}");
    const char *id = coinbase_place(&d, "carol", "y-1", "BTC-USD", "BUY", LIMIT("1", "50000"));
    snprintf(path, sizeof(path), "/orders/historical/%s", id);
    snprintf(body, sizeof(body), "{\"order_ids\":[\"%s\"]}", id);
    cr_assert_eq(coinbase(&d, "carol", "GET", path, NULL)->status, 404u);
    struct answer *a = coinbase(&d, "carol", "POST", "/orders/batch_cancel", body);
    IS(a->body, "results.0.failure_reason", "UNKNOWN_CANCEL_ORDER");
    a = coinbase(&d, "carol", "GET", "/orders/historical/batch", NULL);
    cr_assert_null(json_at(a->body, "orders.0"));
    desk_pass(&d, 800 * MS);
    coinbase_order_is(&d, "carol", id, "status", "OPEN");
}

Test(coinbase_faults, fields_and_words_that_nobody_knows)
{
    const char *id = coinbase_place(&d, "carol", "w-1", "BTC-USD", "BUY", LIMIT("1", "50000"));
    fault("{\"kind\":\"extra_field\",\"match\":{\"path\":\"/api/v3/brokerage/orders/*\"}}");
    coinbase_order_is(&d, "carol", id, "status", "OPEN");
    fault("{\"kind\":\"extra_field\",\"match\":{\"path\":\"/api/v3/brokerage/accounts\"}}");
    struct answer *a = coinbase(&d, "carol", "GET", "/accounts", NULL);
    IS(a->body, "zz_nobody_knows.a.0", "1");
    fault("{\"kind\":\"unknown_enum\",\"match\":{\"path\":\"/api/v3/brokerage/orders/*\"}}");
    coinbase_order_is(&d, "carol", id, "status", "NOBODY_KNOWS_OPEN");
}

Test(coinbase_faults, a_misspelt_member_or_word_is_refused)
{
    cr_assert_eq(
        desk_post_admin(&d, "/_fault", "{\"kind\":\"coinbase_mode\",\"hold\":\"x\"}")->status,
        400u);
    cr_assert_eq(desk_post_admin(&d, "/_fault", "{\"kind\":\"drop_frame\",\"yung_ms\":1}")->status,
                 400u);
}

/* ---- frames ---- */

Test(coinbase_faults, a_dropped_frame_leaves_a_gap_in_the_numbers)
{
    uint64_t conn = watch("/", NULL, "level2", BTC);
    fault("{\"kind\":\"drop_market\",\"match\":{\"symbol\":\"BTC-USD\"}}");
    buy("g-1");
    cr_assert_null(desk_next(&d, conn));
    buy("g-2");
    next_is(conn, "sequence_num", "3"); /* 0 and 1 were the subscription, 2 is lost */
    fault("{\"kind\":\"drop_frame\"}");
    buy("g-3");
    cr_assert_null(desk_next(&d, conn));
    buy("g-4");
    next_is(conn, "sequence_num", "5");
}

Test(coinbase_faults, a_frame_twice_has_one_number)
{
    uint64_t conn = watch("/", NULL, "level2", BTC);
    fault("{\"kind\":\"duplicate_frame\"}");
    buy("g-1");
    next_is(conn, "sequence_num", "2");
    next_is(conn, "sequence_num", "2");
    buy("g-2");
    next_is(conn, "sequence_num", "3");
}

Test(coinbase_faults, a_late_frame_comes_behind_younger_ones)
{
    uint64_t conn = watch("/", NULL, "level2", BTC);
    fault("{\"kind\":\"reorder_frame\",\"ms\":50}");
    buy("g-1");
    buy("g-2");
    desk_pass(&d, 60 * MS);
    next_is(conn, "sequence_num", "3");
    next_is(conn, "sequence_num", "2");
}

Test(coinbase_faults, a_connection_breaks_within_a_frame)
{
    uint64_t conn = watch("/", NULL, "level2", BTC);
    fault("{\"kind\":\"cut_frame\"}");
    cr_assert_not(desk_is_closed(&d, conn));
    buy("c-1");
    cr_assert_null(desk_next(&d, conn), "a frame that never ended was read");
    cr_assert(desk_is_closed(&d, conn));
    buy("c-2");
    cr_assert_null(desk_next(&d, conn), "something followed a broken frame");
}

Test(coinbase_faults, a_channel_that_nobody_knows)
{
    uint64_t conn = watch("/", NULL, "level2", BTC);
    fault("{\"kind\":\"unknown_channel\"}");
    buy("g-1");
    next_is(conn, "channel", "nobody_knows");
    next_is(conn, "channel", "l2_data");
}

static void snapshot_has(long bytes)
{
    char json[96];
    snprintf(json, sizeof(json), "{\"kind\":\"coinbase_mode\",\"snapshot_bytes\":%ld}", bytes);
    buy("b-1");
    fault(json);
    uint64_t conn = desk_ws(&d, "/");
    coinbase_subscribe(&d, conn, NULL, "level2", BTC);
    free(desk_next(&d, conn));
    char *frame = frame_of(conn);
    cr_assert_gt(strlen(frame), (size_t)bytes);
    IS(frame, "events.0.updates.0.price_level", "50000");
    IS(frame, "events.0.updates.1.new_quantity", "0"); /* padding changes no book */
    free(frame);
}

Test(coinbase_faults, a_snapshot_of_more_than_a_megabyte)
{
    snapshot_has(1L << 20);
}

Test(coinbase_faults, a_snapshot_of_more_than_ten_megabytes)
{
    snapshot_has(10L << 20);
}

/* ---- user events ---- */

Test(coinbase_faults, user_events_come_late_as_they_are_then)
{
    uint64_t conn = watch("/user", "carol", "user", NULL);
    fault("{\"kind\":\"late_user\",\"ms\":700}");
    buy("u-1");
    coinbase_order(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("0.4", "50000"));
    cr_assert_null(desk_next(&d, conn));
    desk_pass(&d, 900 * MS);
    char *frame = frame_of(conn);
    IS(frame, "events.0.orders.0.cumulative_quantity", "0.4");
    free(frame);
    cr_assert_null(desk_next(&d, conn));
}

Test(coinbase_faults, user_events_vanish_or_come_twice)
{
    uint64_t conn = watch("/user", "carol", "user", NULL);
    fault("{\"kind\":\"mute_user\",\"count\":2}");
    buy("u-1");
    cr_assert_null(desk_next(&d, conn));
    fault("{\"kind\":\"duplicate_report\"}");
    buy("u-2");
    next_is(conn, "events.0.orders.0.status", "PENDING");
    next_is(conn, "events.0.orders.0.status", "PENDING");
    next_is(conn, "events.0.orders.0.status", "OPEN");
}

Test(coinbase_faults, words_and_fields_that_nobody_knows_in_a_user_event)
{
    uint64_t conn = watch("/user", "carol", "user", NULL);
    fault("{\"kind\":\"unknown_enum\"}");
    fault("{\"kind\":\"extra_field\"}");
    buy("u-1");
    char *frame = frame_of(conn);
    IS(frame, "events.0.orders.0.status", "NOBODY_KNOWS_PENDING");
    IS(frame, "events.0.orders.0.zz_nobody_knows.a.1", "x");
    free(frame);
    next_is(conn, "events.0.orders.0.status", "OPEN");
}

Test(coinbase_faults, a_status_jumps_from_pending_to_filled)
{
    uint64_t conn = watch("/user", "carol", "user", NULL);
    fault("{\"kind\":\"skip_open\"}");
    buy("u-1");
    coinbase_order(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "50000"));
    next_is(conn, "events.0.orders.0.status", "PENDING");
    next_is(conn, "events.0.orders.0.status", "FILLED");
    cr_assert_null(desk_next(&d, conn));
}

Test(coinbase_faults, an_accepted_order_fails_afterwards)
{
    uint64_t conn = watch("/user", "carol", "user", NULL);
    fault("{\"kind\":\"async_failed\",\"msg\":\"TOO_MANY_OPEN_ORDERS\"}");
    const char *id = coinbase_place(&d, "carol", "f-1", "BTC-USD", "BUY", LIMIT("1", "50000"));
    char *frame = frame_of(conn);
    IS(frame, "events.0.orders.0.status", "FAILED");
    IS(frame, "events.0.orders.0.reject_reason", "TOO_MANY_OPEN_ORDERS");
    free(frame);
    coinbase_order_is(&d, "carol", id, "status", "FAILED");
    coinbase_order_is(&d, "carol", id, "reject_reason", "TOO_MANY_OPEN_ORDERS");
    coinbase_order_is(&d, "carol", id, "outstanding_hold_amount", "0");
    cr_assert_eq(orders_of("f-1"), 0u);
    IS(buy("f-1")->body, "success_response.order_id", id); /* its id is used up */
}

Test(coinbase_faults, a_queued_cancel_is_overtaken_by_a_fill)
{
    char body[96];
    uint64_t conn = watch("/user", "carol", "user", NULL);
    const char *id = coinbase_place(&d, "carol", "q-1", "BTC-USD", "BUY", LIMIT("1", "50000"));
    fault("{\"kind\":\"queue_cancel\",\"ms\":500}");
    snprintf(body, sizeof(body), "{\"order_ids\":[\"%s\"]}", id);
    coinbase(&d, "carol", "POST", "/orders/batch_cancel", body);
    desk_drop_frames(&d, conn);
    coinbase_order(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("0.3", "50000"));
    char *frame = frame_of(conn);
    IS(frame, "events.0.orders.0.status", "CANCEL_QUEUED");
    IS(frame, "events.0.orders.0.cumulative_quantity", "0.3");
    free(frame);
    desk_pass(&d, 600 * MS);
    next_is(conn, "events.0.orders.0.status", "CANCELLED");
    coinbase_order_is(&d, "carol", id, "filled_size", "0.3");
}

Test(coinbase_faults, a_revoked_key_loses_its_user_channel)
{
    uint64_t conn = watch("/user", "carol", "user", NULL);
    fault("{\"kind\":\"key\",\"key\":\"carol\",\"revoked\":true}");
    cr_assert(desk_is_closed(&d, conn));
}

Test(coinbase_faults, connections_are_dropped_by_kind)
{
    uint64_t user = watch("/user", "carol", "user", NULL);
    uint64_t market = watch("/", NULL, "level2", BTC);
    fault("{\"kind\":\"disconnect\",\"match\":{\"path\":\"user\",\"dialect\":\"coinbase\"}}");
    cr_assert(desk_is_closed(&d, user));
    cr_assert_not(desk_is_closed(&d, market));
}

/* ---- determinism ---- */

/* Everything that a scripted day with makers and faults says, as one text. */
static char *day(uint64_t seed)
{
    static struct desk own;
    struct vn_text said = {0};
    struct venue_config config = desk_config();
    config.seed = seed;
    config.makers = true;
    config.shuffle = true;
    coinbase_open_with(&own, config);
    desk_post_admin(&own, "/_fault", "{\"kind\":\"drop_frame\",\"probability\":\"0.2\"}");
    uint64_t conn = desk_ws(&own, "/user");
    coinbase_subscribe(&own, conn, "carol", "user", NULL);
    for (int i = 0; i < 20; i++) {
        char id[16];
        snprintf(id, sizeof(id), "d-%d", i);
        struct answer *a = coinbase_order(&own, "carol", id, "BTC-USD", i % 2 == 0 ? "BUY" : "SELL",
                                          "{\"market_market_ioc\":{\"base_size\":\"0.01\"}}");
        vn_text_add(&said, a->body);
        desk_pass(&own, SECOND);
        coinbase_check_ledger(&own);
    }
    for (char *frame = desk_next(&own, conn); frame != NULL; frame = desk_next(&own, conn)) {
        vn_text_add(&said, frame);
        free(frame);
    }
    vn_text_add(&said, coinbase(&own, "carol", "GET", "/orders/historical/fills", NULL)->body);
    desk_close(&own);
    return vn_text_take(&said);
}

Test(coinbase_faults, equal_seeds_make_equal_days)
{
    char *first = day(5);
    char *second = day(5);
    char *other = day(6);
    cr_assert_not_null(strstr(first, "\"liquidity_indicator\":\"TAKER\""));
    cr_assert_str_eq(first, second);
    cr_assert_str_neq(first, other);
    free(first);
    free(second);
    free(other);
}
