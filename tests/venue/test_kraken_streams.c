/* Kraken's sockets: books that stay true, executions in their sequence, money in rows, orders on the socket, the switch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kraken_desk.h"
#include "venue/kraken/kraken.h"

static struct desk d;

static void open_desk(void)
{
    kraken_open(&d);
}

static void close_desk(void)
{
    kraken_check_ledger(&d);
    desk_close(&d);
}

TestSuite(kraken_streams, .init = open_desk, .fini = close_desk);

#define BUY "pair=XBTUSD&type=buy&ordertype=limit&"
#define SELL "pair=XBTUSD&type=sell&ordertype=limit&"

/* ---- a subscriber that keeps a book as the documentation says ---- */

struct side {
    struct vk_level levels[64];
    int count;
    bool bids;
};

static void side_put(struct side *s, int64_t price, int64_t qty)
{
    int at = 0;
    while (at < s->count && (s->bids ? s->levels[at].price > price : s->levels[at].price < price)) {
        at++;
    }
    bool here = at < s->count && s->levels[at].price == price;
    if (here && qty == 0) {
        memmove(&s->levels[at], &s->levels[at + 1],
                (size_t)(--s->count - at) * sizeof(s->levels[0]));
    } else if (here) {
        s->levels[at].qty = qty;
    } else if (qty != 0) {
        memmove(&s->levels[at + 1], &s->levels[at],
                (size_t)(s->count++ - at) * sizeof(s->levels[0]));
        s->levels[at] = (struct vk_level){price, qty};
    }
}

static int64_t fixed(const char *text)
{
    int64_t value = -1;
    vn_fixed_parse(text, strlen(text), 8, &value);
    return value;
}

/* Applies a book frame and cuts to the depth; true if the checksum fits. */
static bool apply(struct side sides[2], const char *frame, int depth)
{
    static const char *const names[] = {"bids", "asks"};
    struct vn_json *root = vn_json_parse(frame, strlen(frame));
    const struct vn_json *data = vn_json_get(root, "data")->child;
    if (strcmp(vn_json_text(root, "type", ""), "snapshot") == 0) {
        memset(sides, 0, 2 * sizeof(sides[0]));
        sides[0].bids = true;
    }
    for (int i = 0; i < 2; i++) {
        for (const struct vn_json *l = vn_json_get(data, names[i])->child; l != NULL; l = l->next) {
            side_put(&sides[i], fixed(vn_json_text(l, "price", "")),
                     fixed(vn_json_text(l, "qty", "")));
        }
        sides[i].count = sides[i].count < depth ? sides[i].count : depth;
    }
    uint32_t said = (uint32_t)vn_json_int(data, "checksum", 0);
    vn_json_free(root);
    return said ==
           vk_checksum(sides[1].levels, sides[1].count, sides[0].levels, sides[0].count, 1, 8);
}

static uint64_t subscribe(const char *params)
{
    char text[256];
    uint64_t conn = desk_ws(&d, "/v2");
    desk_drop_frames(&d, conn);
    snprintf(text, sizeof(text), "{\"method\":\"subscribe\",\"params\":{%s}}", params);
    desk_ws_text(&d, conn, text);
    return conn;
}

static int apply_all(uint64_t conn, struct side sides[2], int depth, int *ret_wrong)
{
    int frames = 0;
    *ret_wrong = 0;
    for (char *frame; (frame = desk_find(&d, conn, "\"channel\":\"book\",\"type\"")) != NULL;) {
        *ret_wrong += !apply(sides, frame, depth);
        frames++;
        free(frame);
    }
    return frames;
}

/* Orders at many prices come and go, so that levels fall out of the depth and come back. */
static void stir(int rounds)
{
    char body[128];
    char ids[64][32];
    unsigned dice = 7;
    for (int i = 0; i < rounds; i++) {
        dice = dice * 1103515245u + 12345u;
        unsigned step = dice >> 16 & 31;
        bool buys = (dice >> 24 & 1) != 0;
        if (i >= 64) {
            snprintf(body, sizeof(body), "txid=%s", ids[i % 64]);
            kraken(&d, "luke", "CancelOrder", body); /* may have been filled */
        }
        snprintf(body, sizeof(body), "%sprice=%u.%u&volume=0.0%u", buys ? BUY : SELL,
                 buys ? 49990 - step : 49985 + step, dice & 7, 1 + (dice >> 9 & 7));
        snprintf(ids[i % 64], sizeof(ids[0]), "%s", kraken_place(&d, "luke", body));
    }
}

Test(kraken_streams, a_book_stays_true_while_levels_leave_its_depth_and_return)
{
    struct side sides[2];
    int wrong = 0;
    stir(70);
    uint64_t conn = subscribe("\"channel\":\"book\",\"symbol\":[\"BTC/USD\"],\"depth\":10");
    cr_assert_eq(apply_all(conn, sides, 10, &wrong), 1);
    cr_assert_eq(wrong, 0);
    cr_assert_eq(sides[0].count, 10, "deep enough to lose levels");
    stir(300);
    cr_assert_gt(apply_all(conn, sides, 10, &wrong), 100);
    cr_assert_eq(wrong, 0);
    cr_assert(sides[0].levels[0].price < sides[1].levels[0].price);
}

Test(kraken_streams, a_book_of_less_than_ten_levels_and_an_empty_one_have_checksums)
{
    struct side sides[2];
    int wrong = 0;
    uint64_t conn = subscribe("\"channel\":\"book\",\"symbol\":[\"BTC/USD\"]");
    kraken_place(&d, "kate", BUY "price=50000&volume=0.1");
    kraken_place(&d, "kate", SELL "price=60000&volume=0.1");
    KRAKEN_FINE(kraken(&d, "kate", "CancelAll", ""));
    cr_assert_eq(apply_all(conn, sides, 10, &wrong), 5);
    cr_assert_eq(wrong, 0);
    cr_assert_eq(sides[0].count + sides[1].count, 0);
}

/* One frame per fault; the subscriber notices each. */
Test(kraken_streams, books_that_lie_are_found_out)
{
    static const char *const kinds[] = {"bad_checksum", "crossed_book", "lost_level"};
    struct side sides[2];
    int wrong = 0;
    kraken_place(&d, "kate", SELL "price=60000&volume=0.1");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char fault[128];
        uint64_t conn = subscribe("\"channel\":\"book\",\"symbol\":[\"BTC/USD\"]");
        apply_all(conn, sides, 10, &wrong);
        cr_assert_eq(wrong, 0);
        snprintf(fault, sizeof(fault), "{\"kind\":\"%s\",\"match\":{\"symbol\":\"BTC/USD\"}}",
                 kinds[i]);
        kraken_fault(&d, fault);
        kraken_place(&d, "kate", BUY "price=50000&volume=0.1");
        cr_assert_eq(apply_all(conn, sides, 10, &wrong), 1);
        cr_assert_eq(wrong, 1, "%s", kinds[i]);
        bool crossed = sides[0].count > 0 && sides[0].levels[0].price > sides[1].levels[0].price;
        cr_assert_eq(crossed, i == 1);
        KRAKEN_FINE(kraken(&d, "kate", "CancelAll", ""));
        kraken_place(&d, "kate", SELL "price=60000&volume=0.1");
        venue_ws_closed(d.v, d.now_ns, conn);
    }
}

Test(kraken_streams, numbers_can_lose_their_zeros)
{
    kraken_fault(&d, "{\"kind\":\"bare_numbers\",\"count\":1}");
    kraken_place(&d, "kate", BUY "price=50000&volume=0.1");
    uint64_t conn = subscribe("\"channel\":\"book\",\"symbol\":[\"BTC/USD\"]");
    char *frame = desk_find(&d, conn, "snapshot\",\"data");
    IS(frame, "data.0.bids.0.price", "50000.0");
    IS(frame, "data.0.bids.0.qty", "0.1");
    free(frame);
}

/* ---- public channels ---- */

Test(kraken_streams, the_status_comes_first_and_heartbeats_when_nothing_else_does)
{
    uint64_t conn = desk_ws(&d, "/v2");
    char *frame = desk_next(&d, conn);
    IS(frame, "channel", "status");
    IS(frame, "data.0.system", "online");
    free(frame);
    desk_pass(&d, 5 * SECOND);
    cr_assert_null(desk_next(&d, conn), "no heartbeat without a subscription");
    desk_ws_text(
        &d, conn,
        "{\"method\":\"subscribe\",\"params\":{\"channel\":\"trade\",\"symbol\":[\"BTC/USD\"]}}");
    desk_drop_frames(&d, conn);
    desk_pass(&d, 1100 * MS);
    frame = desk_next(&d, conn);
    cr_assert_str_eq(frame, "{\"channel\":\"heartbeat\"}");
    free(frame);
    kraken_fault(&d, "{\"kind\":\"no_heartbeat\",\"count\":-1}");
    desk_pass(&d, 10 * SECOND);
    cr_assert_null(desk_next(&d, conn));
    kraken_fault(&d, "{\"kind\":\"clear\"}");
}

Test(kraken_streams, instrument_tells_every_pair_and_what_changes)
{
    uint64_t conn = subscribe("\"channel\":\"instrument\"");
    char *frame = desk_find(&d, conn, "snapshot\",\"data");
    IS(frame, "data.pairs.0.symbol", "BTC/USD");
    cr_assert_not_null(strstr(frame, "\"symbol\":\"BTC/USD\",\"base\":\"BTC\",\"quote\":\"USD\","
                                     "\"status\":\"online\",\"price_precision\":1,"
                                     "\"price_increment\":0.1,\"qty_precision\":8,"
                                     "\"qty_increment\":1e-08,\"qty_min\":0.00005000"));
    free(frame);
    kraken_fault(&d, "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"BTC/USD\"},"
                     "\"status\":\"POST_ONLY\"}");
    desk_pass(&d, 200 * MS);
    frame = desk_find(&d, conn, "\"instrument\",\"type\":\"update\"");
    cr_assert_not_null(frame);
    IS(frame, "data.pairs.0.symbol", "BTC/USD");
    IS(frame, "data.pairs.0.status", "post_only");
    free(frame);
}

Test(kraken_streams, trades_and_tickers_and_candles_follow_a_trade)
{
    uint64_t trades = subscribe("\"channel\":\"trade\",\"symbol\":[\"BTC/USD\"]");
    uint64_t ticker =
        subscribe("\"channel\":\"ticker\",\"symbol\":[\"BTC/USD\"],\"snapshot\":false");
    uint64_t candles = subscribe("\"channel\":\"ohlc\",\"symbol\":[\"BTC/USD\"],\"interval\":1");
    kraken_place(&d, "luke", SELL "price=60000&volume=0.3");
    kraken_place(&d, "kate", BUY "price=60000&volume=0.1");
    char *frame = desk_find(&d, trades, "\"trade\",\"type\":\"update\"");
    IS(frame, "data.0.price", "60000.0");
    IS(frame, "data.0.qty", "0.10000000");
    IS(frame, "data.0.side", "buy");
    IS(frame, "data.0.trade_id", "700001");
    free(frame);
    frame = desk_find(&d, ticker, "\"ticker\",\"type\":\"update\"");
    IS(frame, "data.0.last", "60000.0");
    free(frame);
    frame = desk_find(&d, candles, "\"ohlc\",\"type\":\"update\"");
    IS(frame, "data.0.volume", "0.10000000");
    IS(frame, "data.0.interval_begin", "2026-01-01T00:00:00.000000Z");
    free(frame);
}

/* ---- executions ---- */

static char *next_execution(uint64_t conn, const char *exec_type, const char *sequence)
{
    char *frame = desk_find(&d, conn, "\"channel\":\"executions\"");
    cr_assert_not_null(frame, "no %s", exec_type);
    IS(frame, "data.0.exec_type", exec_type);
    IS(frame, "sequence", sequence);
    return frame;
}

Test(kraken_streams, an_order_is_pending_then_new_then_traded_then_filled)
{
    uint64_t conn = kraken_stream(&d, "kate", "executions");
    char txid[64];
    snprintf(txid, sizeof(txid), "%s",
             kraken_place(&d, "kate", BUY "price=60000&volume=0.2&cl_ord_id=mine"));
    char *frame = next_execution(conn, "pending_new", "2");
    IS(frame, "data.0.cl_ord_id", "mine");
    IS(frame, "data.0.order_id", txid);
    IS(frame, "data.0.limit_price", "60000.0");
    IS(frame, "data.0.order_qty", "0.20000000");
    free(frame);
    frame = next_execution(conn, "new", "3");
    cr_assert_null(json_at(frame, "data.0.symbol"), "the second row is sparse");
    free(frame);
    kraken_place(&d, "luke", SELL "price=60000&volume=0.2");
    frame = next_execution(conn, "trade", "4");
    IS(frame, "data.0.order_status", "partially_filled"); /* though it is all of it */
    IS(frame, "data.0.cum_qty", "0.20000000");
    IS(frame, "data.0.last_price", "60000.0");
    IS(frame, "data.0.liquidity_ind", "m");
    IS(frame, "data.0.fees.0.asset", "USD");
    IS(frame, "data.0.fees.0.qty", "12.0000000000000");
    free(frame);
    frame = next_execution(conn, "filled", "5");
    IS(frame, "data.0.order_status", "filled");
    free(frame);
    kraken_order_is(&d, "kate", txid, "status", "closed");
    kraken_order_is(&d, "kate", txid, "cost", "12000.0000000000000");
    kraken_order_is(&d, "kate", txid, "fee", "12.0000000000000");
}

Test(kraken_streams, ends_carry_their_reason_and_no_symbol)
{
    uint64_t conn = kraken_stream(&d, "kate", "executions");
    kraken_place(&d, "luke", SELL "price=60000&volume=0.1");
    kraken_place(&d, "kate", BUY "price=60000&volume=0.3&timeinforce=IOC");
    char *frame = desk_find(&d, conn, "\"canceled\"");
    IS(frame, "data.0.reason", "IOC remainder");
    IS(frame, "data.0.cum_qty", "0.10000000");
    cr_assert_null(json_at(frame, "data.0.symbol"));
    free(frame);
    kraken_place(&d, "kate", SELL "price=60000&volume=0.1");
    kraken_place(&d, "kate", BUY "price=60000&volume=0.1");
    frame = desk_find(&d, conn, "Self trade prevention");
    cr_assert_not_null(frame);
    free(frame);
    kraken_place(&d, "kate", BUY "price=50000&volume=0.1&timeinforce=GTD&expiretm=%2B5");
    desk_pass(&d, 6 * SECOND);
    frame = desk_find(&d, conn, "\"exec_type\":\"expired\"");
    cr_assert_not_null(frame);
    IS(frame, "data.0.order_status", "expired");
    free(frame);
}

Test(kraken_streams, a_snapshot_has_the_open_orders_and_the_last_fifty_fills)
{
    kraken_place(&d, "luke", SELL "price=60000&volume=6");
    for (int i = 0; i < 55; i++) {
        kraken_place(&d, "kate", BUY "price=60000&volume=0.1");
    }
    kraken_place(&d, "kate", BUY "price=50000&volume=0.1");
    uint64_t conn = desk_ws(&d, "/auth/v2");
    char text[256];
    snprintf(
        text, sizeof(text),
        "{\"method\":\"subscribe\",\"params\":{\"channel\":\"executions\",\"snap_trades\":true,"
        "\"token\":\"%s\"},\"req_id\":1}",
        kraken_token(&d, "kate"));
    desk_ws_text(&d, conn, text);
    char *frame = desk_find(&d, conn, "\"maxratecount\"");
    cr_assert_not_null(frame);
    free(frame);
    frame = desk_find(&d, conn, "snapshot\",\"data");
    IS(frame, "sequence", "1");
    IS(frame, "data.0.exec_type", "new");
    IS(frame, "data.50.exec_type", "trade");
    cr_assert_null(json_at(frame, "data.51.exec_type"));
    free(frame);
}

Test(kraken_streams, an_amend_keeps_the_id_and_the_fills)
{
    uint64_t conn = kraken_stream(&d, "kate", "executions");
    char body[128];
    char txid[64];
    snprintf(txid, sizeof(txid), "%s", kraken_place(&d, "kate", BUY "price=59000&volume=0.5"));
    kraken_place(&d, "luke", SELL "price=59000&volume=0.2");
    snprintf(body, sizeof(body), "txid=%s&limit_price=59100&order_qty=0.4", txid);
    KRAKEN_FINE(kraken(&d, "kate", "AmendOrder", body));
    char *frame = desk_find(&d, conn, "\"amended\"");
    IS(frame, "data.0.order_id", txid);
    IS(frame, "data.0.limit_price", "59100.0");
    IS(frame, "data.0.cum_qty", "0.20000000");
    free(frame);
    kraken_order_is(&d, "kate", txid, "vol", "0.40000000");
    snprintf(body, sizeof(body), "txid=%s&order_qty=0.1", txid); /* below its fill */
    KRAKEN_FINE(kraken(&d, "kate", "AmendOrder", body));
    kraken_order_is(&d, "kate", txid, "status", "canceled");
    kraken_order_is(&d, "kate", txid, "vol_exec", "0.20000000");
}

Test(kraken_streams, an_edit_is_a_new_order)
{
    char body[128];
    char txid[64];
    snprintf(txid, sizeof(txid), "%s", kraken_place(&d, "kate", BUY "price=59000&volume=0.5"));
    snprintf(body, sizeof(body), "txid=%s&pair=XBTUSD&price=59100", txid);
    const struct answer *a = kraken(&d, "kate", "EditOrder", body);
    KRAKEN_FINE(a);
    IS(a->body, "result.originaltxid", txid);
    cr_assert_str_neq(json_at(a->body, "result.txid"), txid);
    kraken_order_is(&d, "kate", txid, "status", "canceled");
}

/* ---- balances ---- */

Test(kraken_streams, a_trade_is_two_rows_of_money_with_one_reference)
{
    uint64_t conn = kraken_stream(&d, "kate", "balances");
    kraken_place(&d, "luke", SELL "price=60000&volume=0.1");
    kraken_place(&d, "kate", BUY "price=60000&volume=0.1");
    char *base = desk_find(&d, conn, "\"channel\":\"balances\"");
    char *quote = desk_find(&d, conn, "\"channel\":\"balances\"");
    IS(base, "sequence", "2");
    IS(base, "data.0.asset", "BTC");
    IS(base, "data.0.amount", "0.10000000");
    IS(base, "data.0.balance", "100.10000000");
    IS(quote, "sequence", "3");
    IS(quote, "data.0.amount", "-6000.0000000000000");
    IS(quote, "data.0.fee", "6.0000000000000");
    IS(quote, "data.0.balance", "9993994.0000000000000");
    char ref[64];
    snprintf(ref, sizeof(ref), "%s", json_at(base, "data.0.ref_id"));
    IS(quote, "data.0.ref_id", ref);
    free(base);
    free(quote);
    cr_assert_eq(venue_transfer(d.v, d.now_ns, "kate", "ETH", "-1.5"), 0);
    desk_pass(&d, 0);
    char *out = desk_find(&d, conn, "\"withdrawal\"");
    IS(out, "data.0.amount", "-1.50000000");
    free(out);
}

Test(kraken_streams, the_money_of_an_open_order_is_held_with_its_fee)
{
    kraken_place(&d, "kate", BUY "price=50000&volume=0.1");
    const struct answer *a = kraken(&d, "kate", "BalanceEx", "");
    IS(a->body, "result.ZUSD.balance", "10000000.0000000000000");
    IS(a->body, "result.ZUSD.hold_trade", "5005.0000000000000");
    kraken_place(&d, "kate", BUY "price=50000&volume=0.1&oflags=fcib");
    a = kraken(&d, "kate", "BalanceEx", "");
    IS(a->body, "result.ZUSD.hold_trade", "10005.0000000000000");
}

Test(kraken_streams, a_fee_is_taken_in_base_where_that_is_wished)
{
    kraken_place(&d, "luke", SELL "price=60000&volume=0.2");
    kraken_place(&d, "kate", BUY "price=60000&volume=0.1&oflags=fcib");
    IS(kraken(&d, "kate", "Balance", "")->body, "result.XXBT", "100.09990000");
    kraken_fault(&d, "{\"kind\":\"kraken\",\"fee_in_base\":true}");
    kraken_place(&d, "kate", BUY "price=60000&volume=0.1");
    IS(kraken(&d, "kate", "Balance", "")->body, "result.XXBT", "100.19980000");
}

/* ---- orders on the socket ---- */

#define ORDER                                                                                      \
    "\"order_type\":\"limit\",\"side\":\"buy\",\"symbol\":\"BTC/USD\",\"order_qty\":0.1,"          \
    "\"limit_price\":50000.0,\"cl_ord_id\":\"sock\""

Test(kraken_streams, an_order_is_added_amended_and_canceled_on_the_socket)
{
    uint64_t conn = desk_ws(&d, "/auth/v2");
    char text[160];
    char *frame = kraken_method(&d, conn, "kate", "add_order", ORDER);
    IS(frame, "success", "true");
    IS(frame, "result.cl_ord_id", "sock");
    char txid[64];
    snprintf(txid, sizeof(txid), "%s", json_at(frame, "result.order_id"));
    free(frame);
    frame = kraken_method(&d, conn, "kate", "amend_order",
                          "\"cl_ord_id\":\"sock\",\"limit_price\":50001.5");
    IS(frame, "success", "true");
    free(frame);
    kraken_order_is(&d, "kate", txid, "descr.price", "50001.5");
    snprintf(text, sizeof(text), "\"order_id\":[\"%s\",\"OAAAAA-AAAAA-AAAAAA\"]", txid);
    frame = kraken_method(&d, conn, "kate", "cancel_order", text);
    IS(frame, "result.order_id", txid);
    free(frame);
    frame = desk_find(&d, conn, "\"req_id\":7"); /* one answer per order */
    IS(frame, "error", "EOrder:Unknown order");
    free(frame);
}

Test(kraken_streams, an_order_that_is_only_checked_has_an_empty_id)
{
    uint64_t conn = desk_ws(&d, "/auth/v2");
    char *frame = kraken_method(&d, conn, "kate", "add_order", ORDER ",\"validate\":true");
    IS(frame, "result.order_id", "");
    free(frame);
    const struct answer *a =
        kraken(&d, "kate", "AddOrder", BUY "price=50000&volume=0.1&validate=true");
    KRAKEN_FINE(a);
    cr_assert_null(json_at(a->body, "result.txid"));
    cr_assert_not_null(strstr(kraken(&d, "kate", "OpenOrders", "")->body, "{\"open\":{}}"));
}

/* ---- the switch ---- */

Test(kraken_streams, the_switch_cancels_everything_once_and_is_then_off)
{
    uint64_t conn = kraken_stream(&d, "kate", "executions");
    KRAKEN_FINE(kraken(&d, "kate", "CancelAllOrdersAfter", "timeout=60"));
    kraken_place(&d, "kate", BUY "price=50000&volume=0.1");
    kraken_place(&d, "kate", "pair=ETHUSD&type=buy&ordertype=limit&price=2000&volume=1");
    kraken_place(&d, "luke", BUY "price=50000&volume=0.1");
    desk_pass(&d, 50 * SECOND);
    KRAKEN_FINE(kraken(&d, "kate", "CancelAllOrdersAfter", "timeout=60")); /* renewed */
    desk_pass(&d, 59 * SECOND);
    cr_assert_null(desk_find(&d, conn, "Cancel all orders after timeout"));
    desk_pass(&d, 2 * SECOND);
    for (int i = 0; i < 2; i++) {
        char *frame = desk_find(&d, conn, "Cancel all orders after timeout");
        cr_assert_not_null(frame);
        free(frame);
    }
    cr_assert_not_null(strstr(kraken(&d, "kate", "OpenOrders", "")->body, "{\"open\":{}}"));
    cr_assert_null(strstr(kraken(&d, "luke", "OpenOrders", "")->body, "{\"open\":{}}"));
    kraken_place(&d, "kate", BUY "price=50000&volume=0.1");
    desk_pass(&d, 300 * SECOND);
    cr_assert_null(strstr(kraken(&d, "kate", "OpenOrders", "")->body, "{\"open\":{}}"));
}

Test(kraken_streams, the_switch_is_disarmed_by_zero_and_waits_out_a_maintenance)
{
    KRAKEN_FINE(kraken(&d, "kate", "CancelAllOrdersAfter", "timeout=10"));
    const struct answer *a = kraken(&d, "kate", "CancelAllOrdersAfter", "timeout=0");
    IS(a->body, "result.triggerTime", "0");
    kraken_place(&d, "kate", BUY "price=50000&volume=0.1");
    desk_pass(&d, 20 * SECOND);
    cr_assert_null(strstr(kraken(&d, "kate", "OpenOrders", "")->body, "{\"open\":{}}"));
    KRAKEN_FINE(kraken(&d, "kate", "CancelAllOrdersAfter", "timeout=10"));
    kraken_fault(&d, "{\"kind\":\"system\",\"system\":\"maintenance\"}");
    desk_pass(&d, 20 * SECOND);
    cr_assert_null(strstr(kraken(&d, "kate", "OpenOrders", "")->body, "{\"open\":{}}"));
    kraken_fault(&d, "{\"kind\":\"system\",\"system\":\"online\"}");
    desk_pass(&d, 200 * MS);
    cr_assert_not_null(strstr(kraken(&d, "kate", "OpenOrders", "")->body, "{\"open\":{}}"));
}
