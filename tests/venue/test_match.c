/* Matching, money, and what the venue says about it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"

#define ORDER "/api/v3/order"
#define BUY(type, rest) "symbol=BTCUSDT&side=BUY&type=" type "&" rest
#define SELL(type, rest) "symbol=BTCUSDT&side=SELL&type=" type "&" rest

static struct desk d;

static void setup(void)
{
    desk_open(&d, NULL);
}

static void teardown(void)
{
    desk_close(&d);
}

TestSuite(venue_match, .init = setup, .fini = teardown);

static uint64_t ask(const char *who, const char *qty, const char *price)
{
    char text[160];
    snprintf(text, sizeof(text), SELL("LIMIT", "timeInForce=GTC&quantity=%s&price=%s"), qty, price);
    return desk_place(&d, who, text);
}

static uint64_t bid(const char *who, const char *qty, const char *price)
{
    char text[160];
    snprintf(text, sizeof(text), BUY("LIMIT", "timeInForce=GTC&quantity=%s&price=%s"), qty, price);
    return desk_place(&d, who, text);
}

static struct answer *order(const char *who, const char *params)
{
    return desk_signed(&d, who, "POST", ORDER, params);
}

static struct answer *query(const char *who, uint64_t id)
{
    char text[64];
    snprintf(text, sizeof(text), "symbol=BTCUSDT&orderId=%llu", (unsigned long long)id);
    return desk_signed(&d, who, "GET", ORDER, text);
}

static const char *balance(const char *who, const char *asset, const char *what)
{
    static char value[64];
    struct answer *a = desk_signed(&d, who, "GET", "/api/v3/account", "");
    for (int i = 0; i < 16; i++) {
        char path[32];
        snprintf(path, sizeof(path), "balances.%d.asset", i);
        const char *name = json_at(a->body, path);
        if (name != NULL && strcmp(name, asset) == 0) {
            snprintf(path, sizeof(path), "balances.%d.%s", i, what);
            snprintf(value, sizeof(value), "%s", json_at(a->body, path));
            return value;
        }
    }
    return "";
}

Test(venue_match, better_price_first_then_older_order)
{
    uint64_t late = ask("bob", "1", "60000.01");
    uint64_t first = ask("bob", "1", "60000");
    uint64_t second = ask("bob", "1", "60000");
    struct answer *a = order("alice", BUY("LIMIT", "timeInForce=IOC&quantity=1.5&price=60000.01"));
    IS(a->body, "fills.0.price", "60000.00000000");
    IS(a->body, "fills.0.qty", "1.00000000");
    IS(a->body, "fills.1.price", "60000.00000000");
    IS(a->body, "fills.1.qty", "0.50000000");
    IS(query("bob", first)->body, "status", "FILLED");
    IS(query("bob", second)->body, "status", "PARTIALLY_FILLED");
    IS(query("bob", second)->body, "executedQty", "0.50000000");
    IS(query("bob", late)->body, "status", "NEW");
}

Test(venue_match, taker_gets_the_makers_price)
{
    ask("bob", "1", "60000");
    struct answer *a = order("alice", BUY("LIMIT", "timeInForce=GTC&quantity=2&price=61000"));
    IS(a->body, "status", "PARTIALLY_FILLED");
    IS(a->body, "executedQty", "1.00000000");
    IS(a->body, "cummulativeQuoteQty", "60000.00000000");
    cr_assert_str_eq(balance("alice", "USDT", "locked"), "61000.00000000");
    cr_assert_str_eq(balance("alice", "USDT", "free"), "9879000.00000000");
}

Test(venue_match, ioc_expires_its_rest)
{
    ask("bob", "1", "60000");
    struct answer *a = order("alice", BUY("LIMIT", "timeInForce=IOC&quantity=1.5&price=60000"));
    IS(a->body, "status", "EXPIRED");
    IS(a->body, "executedQty", "1.00000000");
    IS(a->body, "expiryReason", "UNFILLED_IOC_QUANTITY_EXPIRED");
    cr_assert_str_eq(balance("alice", "USDT", "locked"), "0.00000000");
}

Test(venue_match, fok_is_all_or_nothing)
{
    ask("bob", "1", "60000");
    ask("bob", "1", "60001");
    struct answer *a = order("alice", BUY("LIMIT", "timeInForce=FOK&quantity=2&price=60000"));
    IS(a->body, "status", "EXPIRED");
    IS(a->body, "executedQty", "0.00000000");
    IS(a->body, "expiryReason", "UNFILLED_FOK_ORDER_EXPIRED");
    a = order("alice", BUY("LIMIT", "timeInForce=FOK&quantity=2&price=60001"));
    IS(a->body, "status", "FILLED");
}

Test(venue_match, fok_does_not_count_on_its_own_orders)
{
    ask("alice", "1", "60000");
    ask("bob", "1", "60000");
    struct answer *a = order("alice", BUY("LIMIT", "timeInForce=FOK&quantity=2&price=60000"));
    IS(a->body, "status", "EXPIRED");
    IS(a->body, "executedQty", "0.00000000");
    cr_assert_str_eq(desk_signed(&d, "bob", "GET", "/api/v3/myTrades", "symbol=BTCUSDT")->body,
                     "[]");
}

Test(venue_match, market_order_that_runs_out_of_book_expires)
{
    ask("bob", "1", "60000");
    bid("alice", "0.5", "60000");
    struct answer *a = order("alice", BUY("MARKET", "quantity=2"));
    IS(a->body, "status", "EXPIRED");
    IS(a->body, "executedQty", "0.50000000");
    IS(a->body, "expiryReason", "INSUFFICIENT_LIQUIDITY");
}

Test(venue_match, market_order_by_quote_quantity_leaves_a_remainder)
{
    ask("bob", "1", "60000");
    ask("bob", "1", "70000");
    bid("alice", "0.5", "60000");
    struct answer *a = order("alice", BUY("MARKET", "quoteOrderQty=65000.77"));
    IS(a->body, "status", "FILLED");
    IS(a->body, "executedQty",
       "1.00001000"); /* 0.5 at 60000, 0.50001 at 70000: one step more would cost 0.70 more */
    IS(a->body, "cummulativeQuoteQty", "65000.70000000");
    IS(a->body, "origQuoteOrderQty", "65000.77000000");
}

Test(venue_match, commission_comes_out_of_what_is_received)
{
    ask("bob", "0.002", "60000");
    struct answer *a = order("alice", BUY("LIMIT", "timeInForce=GTC&quantity=0.002&price=60000"));
    IS(a->body, "fills.0.commission", "0.00000200");
    IS(a->body, "fills.0.commissionAsset", "BTC");
    cr_assert_str_eq(balance("alice", "BTC", "free"), "100.00199800");
    cr_assert_str_eq(balance("alice", "USDT", "free"), "9999880.00000000");
    cr_assert_str_eq(balance("bob", "BTC", "free"), "99.99800000");
    cr_assert_str_eq(balance("bob", "USDT", "free"), "10000119.88000000");
}

Test(venue_match, commission_in_bnb_when_it_suffices)
{
    desk_place(&d, "bob",
               "symbol=BNBUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=600");
    desk_place(&d, "doc",
               "symbol=BNBUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=600");
    ACCEPTED(
        desk_post_admin(&d, "/_fault", "{\"kind\":\"fees\",\"account\":\"alice\",\"bnb\":true}"));
    ask("bob", "1", "60000");
    struct answer *a = order("alice", BUY("LIMIT", "timeInForce=GTC&quantity=0.5&price=60000"));
    IS(a->body, "fills.0.commissionAsset", "BNB");
    IS(a->body, "fills.0.commission", "0.03750000"); /* 30000 * 0.001 * 0.75 / 600 */
    ACCEPTED(desk_post_admin(&d, "/_transfer",
                             "{\"account\":\"alice\",\"asset\":\"BNB\",\"amount\":\"-999.96\"}"));
    a = order("alice", BUY("LIMIT", "timeInForce=GTC&quantity=0.5&price=60000"));
    IS(a->body, "fills.0.commissionAsset", "BTC"); /* 0.0025 BNB are left: not enough */
}

Test(venue_match, default_response_type_depends_on_the_order_type)
{
    struct answer *a = order("alice", BUY("LIMIT", "timeInForce=GTC&quantity=1&price=100"));
    cr_assert_not_null(json_at(a->body, "fills"));
    a = order("alice", BUY("LIMIT_MAKER", "quantity=1&price=100"));
    cr_assert_null(json_at(a->body, "status"));
    a = order("alice",
              BUY("LIMIT", "timeInForce=GTC&quantity=1&price=100&newOrderRespType=RESULT"));
    IS(a->body, "status", "NEW");
    cr_assert_null(json_at(a->body, "fills"));
}

Test(venue_match, a_filled_market_order_sent_again_trades_again)
{
    ask("bob", "10", "60000");
    bid("alice", "0.1", "60000");
    ACCEPTED(order("alice", BUY("MARKET", "quantity=1&newClientOrderId=same")));
    ACCEPTED(order("alice", BUY("MARKET", "quantity=1&newClientOrderId=same")));
    cr_assert_str_eq(balance("alice", "BTC", "free"), "102.09790000");
}

Test(venue_match, a_cancel_renames_the_order)
{
    ACCEPTED(
        order("alice", BUY("LIMIT", "timeInForce=GTC&quantity=1&price=100&newClientOrderId=mine")));
    struct answer *a =
        desk_signed(&d, "alice", "DELETE", ORDER,
                    "symbol=BTCUSDT&origClientOrderId=mine&newClientOrderId=cancel-1");
    ACCEPTED(a);
    IS(a->body, "origClientOrderId", "mine");
    IS(a->body, "clientOrderId", "cancel-1");
    IS(a->body, "status", "CANCELED");
    REFUSED(desk_signed(&d, "alice", "GET", ORDER, "symbol=BTCUSDT&origClientOrderId=mine"), 400,
            -2013);
    IS(desk_signed(&d, "alice", "GET", ORDER, "symbol=BTCUSDT&origClientOrderId=cancel-1")->body,
       "status", "CANCELED");
    ACCEPTED(
        order("alice",
              BUY("LIMIT",
                  "timeInForce=GTC&quantity=1&price=100&newClientOrderId=mine"))); /* free again */
}

Test(venue_match, a_canceled_order_keeps_its_fills)
{
    uint64_t id = bid("alice", "2", "60000");
    ask("bob", "0.5", "60000");
    char text[64];
    snprintf(text, sizeof(text), "symbol=BTCUSDT&orderId=%llu", (unsigned long long)id);
    struct answer *a = desk_signed(&d, "alice", "DELETE", ORDER, text);
    IS(a->body, "status", "CANCELED");
    IS(a->body, "executedQty", "0.50000000");
    cr_assert_str_eq(balance("alice", "USDT", "locked"), "0.00000000");
}

Test(venue_match, cancel_all_ends_every_order_of_the_symbol_only)
{
    bid("alice", "1", "100");
    bid("alice", "1", "101");
    desk_place(&d, "alice",
               "symbol=ETHUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=100");
    struct answer *a = desk_signed(&d, "alice", "DELETE", "/api/v3/openOrders", "symbol=BTCUSDT");
    ACCEPTED(a);
    IS(a->body, "0.status", "CANCELED");
    IS(a->body, "1.status", "CANCELED");
    cr_assert_null(json_at(a->body, "2"));
    IS(desk_signed(&d, "alice", "GET", "/api/v3/openOrders", "")->body, "0.symbol", "ETHUSDT");
}

Test(venue_match, queries_do_not_see_a_young_order)
{
    desk_close(&d);
    struct venue_config c = desk_config();
    c.visibility_delay_ms = 2000;
    desk_open(&d, &c);
    uint64_t id = bid("alice", "1", "100");
    desk_pass(&d, 1999 * MS);
    REFUSED(query("alice", id), 400, -2013);
    cr_assert_str_eq(desk_signed(&d, "alice", "GET", "/api/v3/openOrders", "symbol=BTCUSDT")->body,
                     "[]");
    desk_pass(&d, 1 * MS);
    ACCEPTED(query("alice", id));
}

Test(venue_match, stop_orders_wake_when_the_price_reaches_them)
{
    ask("bob", "1", "60000");
    bid("alice", "0.1", "60000");
    uint64_t stop = desk_place(
        &d, "alice",
        SELL("STOP_LOSS_LIMIT", "timeInForce=GTC&quantity=1&price=58000&stopPrice=59000"));
    IS(query("alice", stop)->body, "isWorking", "false");
    bid("bob", "5", "59000");
    ask("doc", "0.5", "59000");
    IS(query("alice", stop)->body, "status", "FILLED");
    IS(query("alice", stop)->body, "executedQty", "1.00000000");
    IS(query("alice", stop)->body, "cummulativeQuoteQty", "59000.00000000");
}

/* ---- self-trade prevention ---- */

static struct answer *cross_myself(const char *mode)
{
    char text[192];
    snprintf(text, sizeof(text),
             BUY("LIMIT", "timeInForce=GTC&quantity=1&price=60000&selfTradePreventionMode=%s"),
             mode);
    return order("alice", text);
}

Test(venue_match, stp_expires_the_maker)
{
    uint64_t mine = ask("alice", "2", "60000");
    struct answer *a = cross_myself("EXPIRE_MAKER");
    IS(a->body, "status", "NEW");
    IS(query("alice", mine)->body, "status", "EXPIRED_IN_MATCH");
    cr_assert_str_eq(balance("alice", "BTC", "locked"), "0.00000000");
}

Test(venue_match, stp_expires_the_taker)
{
    uint64_t mine = ask("alice", "2", "60000");
    struct answer *a = cross_myself("EXPIRE_TAKER");
    IS(a->body, "status", "EXPIRED_IN_MATCH");
    IS(a->body, "preventedQuantity", "1.00000000");
    IS(query("alice", mine)->body, "status", "NEW");
    cr_assert_str_eq(balance("alice", "USDT", "locked"), "0.00000000");
}

Test(venue_match, stp_expires_both)
{
    uint64_t mine = ask("alice", "2", "60000");
    IS(cross_myself("EXPIRE_BOTH")->body, "status", "EXPIRED_IN_MATCH");
    IS(query("alice", mine)->body, "status", "EXPIRED_IN_MATCH");
}

Test(venue_match, stp_decrements_both)
{
    uint64_t mine = ask("alice", "2", "60000");
    struct answer *a = cross_myself("DECREMENT");
    IS(a->body, "status", "EXPIRED_IN_MATCH");
    a = query("alice", mine);
    IS(a->body, "status", "NEW");
    IS(a->body, "preventedQuantity", "1.00000000");
    cr_assert_str_eq(balance("alice", "BTC", "locked"), "1.00000000");
    a = order("bob", BUY("LIMIT", "timeInForce=GTC&quantity=2&price=60000"));
    IS(a->body, "executedQty", "1.00000000"); /* what is left of it */
    IS(query("alice", mine)->body, "status", "FILLED");
}

Test(venue_match, stp_none_trades_with_itself_under_one_trade_id)
{
    desk_place(&d, "alice",
               "symbol=ETHBTC&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.05");
    struct answer *a = order("alice", "symbol=ETHBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity="
                                      "1&price=0.05&selfTradePreventionMode=NONE");
    IS(a->body, "status", "FILLED");
    a = desk_signed(&d, "alice", "GET", "/api/v3/myTrades", "symbol=ETHBTC");
    char first[32];
    snprintf(first, sizeof(first), "%s", json_at(a->body, "0.id"));
    IS(a->body, "1.id", first);
}

/* ---- cancel-replace and amend ---- */

#define REPLACE "/api/v3/order/cancelReplace"
#define NEW_LEG(price) BUY("LIMIT", "timeInForce=GTC&quantity=1&price=" price)

Test(venue_match, cancel_replace_succeeds_as_a_pair)
{
    ACCEPTED(order("alice", NEW_LEG("100") "&newClientOrderId=old"));
    struct answer *a = desk_signed(
        &d, "alice", "POST", REPLACE,
        NEW_LEG("101") "&cancelReplaceMode=STOP_ON_FAILURE&cancelOrigClientOrderId=old");
    ACCEPTED(a);
    IS(a->body, "cancelResult", "SUCCESS");
    IS(a->body, "newOrderResult", "SUCCESS");
    IS(a->body, "cancelResponse.status", "CANCELED");
    IS(a->body, "newOrderResponse.price", "101.00000000");
}

Test(venue_match, cancel_replace_stops_on_a_failed_cancel)
{
    struct answer *a =
        desk_signed(&d, "alice", "POST", REPLACE,
                    NEW_LEG("101") "&cancelReplaceMode=STOP_ON_FAILURE&cancelOrderId=5");
    REFUSED(a, 400, -2022);
    IS(a->body, "data.cancelResult", "FAILURE");
    IS(a->body, "data.newOrderResult", "NOT_ATTEMPTED");
    IS(a->body, "data.cancelResponse.code", "-2011");
    IS(a->body, "data.newOrderResponse", "null");
    IS(desk_signed(&d, "alice", "GET", "/api/v3/rateLimit/order", "")->body, "0.count", "1");
}

Test(venue_match, cancel_replace_with_a_failed_new_order_leaves_nothing)
{
    ask("bob", "1", "60000");
    ACCEPTED(order("alice", NEW_LEG("100") "&newClientOrderId=old"));
    struct answer *a = desk_signed(
        &d, "alice", "POST", REPLACE,
        BUY("LIMIT_MAKER", "quantity=1&price=60000") "&cancelReplaceMode=STOP_ON_FAILURE&"
                                                     "cancelOrigClientOrderId=old");
    REFUSED(a, 409, -2021);
    IS(a->body, "data.cancelResult", "SUCCESS");
    IS(a->body, "data.newOrderResult", "FAILURE");
    IS(a->body, "data.newOrderResponse.code", "-2010");
    cr_assert_str_eq(desk_signed(&d, "alice", "GET", "/api/v3/openOrders", "")->body, "[]");
}

Test(venue_match, cancel_replace_may_go_on_after_a_failed_cancel)
{
    struct answer *a =
        desk_signed(&d, "alice", "POST", REPLACE,
                    NEW_LEG("101") "&cancelReplaceMode=ALLOW_FAILURE&cancelOrderId=5");
    REFUSED(a, 409, -2021);
    IS(a->body, "data.cancelResult", "FAILURE");
    IS(a->body, "data.newOrderResponse.status", "NEW");
}

Test(venue_match, cancel_replace_where_both_fail)
{
    ask("bob", "1", "60000");
    struct answer *a = desk_signed(
        &d, "alice", "POST", REPLACE,
        BUY("LIMIT_MAKER",
            "quantity=1&price=60000") "&cancelReplaceMode=ALLOW_FAILURE&cancelOrderId=5");
    REFUSED(a, 400, -2022);
    IS(a->body, "data.newOrderResult", "FAILURE");
}

Test(venue_match, cancel_replace_over_the_unfilled_limit)
{
    desk_close(&d);
    struct venue_config c = desk_config();
    c.orders_per_10s = 1;
    desk_open(&d, &c);
    ACCEPTED(order("alice", NEW_LEG("100") "&newClientOrderId=old"));
    const char *nothing =
        NEW_LEG("101") "&cancelReplaceMode=ALLOW_FAILURE&cancelOrigClientOrderId=old";
    REFUSED(desk_signed(&d, "alice", "POST", REPLACE, nothing), 429, -1015);
    const char *cancel =
        NEW_LEG("101") "&cancelReplaceMode=ALLOW_FAILURE&cancelOrigClientOrderId=old"
                       "&orderRateLimitExceededMode=CANCEL_ONLY";
    struct answer *a = desk_signed(&d, "alice", "POST", REPLACE, cancel);
    REFUSED(a, 409, -2021);
    IS(a->body, "data.cancelResult", "SUCCESS");
    IS(a->body, "data.newOrderResponse.code", "-1015");
}

Test(venue_match, amend_lowers_the_quantity_and_keeps_the_place)
{
    uint64_t first = ask("alice", "2", "60000");
    uint64_t second = ask("bob", "1", "60000");
    char text[96];
    snprintf(text, sizeof(text), "symbol=BTCUSDT&orderId=%llu&newQty=1", (unsigned long long)first);
    struct answer *a = desk_signed(&d, "alice", "PUT", "/api/v3/order/amend/keepPriority", text);
    ACCEPTED(a);
    IS(a->body, "amendedOrder.qty", "1.00000000");
    IS(a->body, "amendedOrder.status", "NEW");
    cr_assert_str_eq(balance("alice", "BTC", "locked"), "1.00000000");
    bid("doc", "1", "60000");
    IS(query("alice", first)->body, "status", "FILLED");
    IS(query("bob", second)->body, "status", "NEW");
    snprintf(text, sizeof(text), "symbol=BTCUSDT&orderId=%llu&newQty=2",
             (unsigned long long)second);
    REFUSED(desk_signed(&d, "bob", "PUT", "/api/v3/order/amend/keepPriority", text), 400, -2038);
}

/* ---- queries ---- */

Test(venue_match, my_trades_page_by_id)
{
    ask("bob", "1", "60000");
    ask("bob", "1", "60001");
    ask("bob", "1", "60002");
    uint64_t id = bid("alice", "3", "61000");
    struct answer *a =
        desk_signed(&d, "alice", "GET", "/api/v3/myTrades", "symbol=BTCUSDT&limit=2&fromId=700001");
    IS(a->body, "0.id", "700001");
    IS(a->body, "1.price", "60001.00000000");
    cr_assert_null(json_at(a->body, "2"));
    a = desk_signed(&d, "alice", "GET", "/api/v3/myTrades", "symbol=BTCUSDT&fromId=700003");
    IS(a->body, "0.id", "700003");
    char text[64];
    snprintf(text, sizeof(text), "symbol=BTCUSDT&orderId=%llu", (unsigned long long)id);
    a = desk_signed(&d, "alice", "GET", "/api/v3/myTrades", text);
    cr_assert_not_null(json_at(a->body, "2.id"));
    IS(a->body, "2.isMaker", "false");
    IS(desk_signed(&d, "bob", "GET", "/api/v3/myTrades", "symbol=BTCUSDT")->body, "0.isMaker",
       "true");
}

Test(venue_match, all_orders_start_at_an_id)
{
    bid("alice", "1", "100");
    uint64_t second = bid("alice", "1", "101");
    bid("alice", "1", "102");
    char text[64];
    snprintf(text, sizeof(text), "symbol=BTCUSDT&orderId=%llu", (unsigned long long)second);
    struct answer *a = desk_signed(&d, "alice", "GET", "/api/v3/allOrders", text);
    IS(a->body, "0.price", "101.00000000");
    IS(a->body, "1.price", "102.00000000");
    cr_assert_null(json_at(a->body, "2"));
}

Test(venue_match, ids_may_start_above_two_to_the_53)
{
    desk_close(&d);
    struct venue_config c = desk_config();
    c.first_order_id = 9007199254740993;
    c.first_trade_id = 9007199254740995;
    desk_open(&d, &c);
    ask("bob", "1", "60000");
    struct answer *a = order("alice", BUY("LIMIT", "timeInForce=GTC&quantity=1&price=60000"));
    IS(a->body, "orderId", "9007199254740994");
    IS(a->body, "fills.0.tradeId", "9007199254740995");
    ACCEPTED(query("alice", 9007199254740994));
}

Test(venue_match, omit_zero_balances)
{
    venue_account_add(d.v, "poor", "USDT=5");
    struct venue_key key = {
        .account = "poor", .api_key = "poor", .secret = DOC_SECRET, .permissions = VENUE_MAY_ALL};
    cr_assert_eq(venue_key_add(d.v, &key), 0);
    struct answer *a = desk_signed(&d, "poor", "GET", "/api/v3/account", "omitZeroBalances=true");
    IS(a->body, "balances.0.asset", "USDT");
    cr_assert_null(json_at(a->body, "balances.1"));
}

Test(venue_match, order_test_touches_nothing)
{
    struct answer *a = desk_signed(&d, "alice", "POST", "/api/v3/order/test",
                                   BUY("LIMIT", "timeInForce=GTC&quantity=1&price=100"));
    cr_assert_str_eq(a->body, "{}");
    cr_assert_str_eq(desk_signed(&d, "alice", "GET", "/api/v3/openOrders", "")->body, "[]");
    REFUSED(desk_signed(&d, "alice", "POST", "/api/v3/order/test",
                        BUY("LIMIT", "timeInForce=GTC&quantity=1&price=0.001")),
            400, -1013);
}

Test(venue_match, unicode_symbol_trades)
{
    ACCEPTED(order("alice", "symbol=%E8%BF%99%E6%98%AF%E6%B5%8B%E8%AF%95%E5%B8%81456&side=BUY&type="
                            "LIMIT&timeInForce=GTC"
                            "&quantity=1&price=1.5"));
}

Test(venue_match, microseconds_on_request)
{
    struct venue_header header = {"X-MBX-TIME-UNIT", "MICROSECOND"};
    struct venue_request r = {.conn = ++d.next_conn,
                              .method = "GET",
                              .target = "/api/v3/time",
                              .headers = &header,
                              .header_count = 1};
    venue_http(d.v, d.now_ns, &r);
    desk_pass(&d, 0);
    IS(d.answers[r.conn % 64].body, "serverTime", "1767225601234000");
}
