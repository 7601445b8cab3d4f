/* The way of an order through REST: create, read, fill, edit, cancel, and the lists. */
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

TestSuite(coinbase_rest, .init = open_desk, .fini = close_desk);

#define LIMIT(size, price)                                                                         \
    "{\"limit_limit_gtc\":{\"base_size\":\"" size "\",\"limit_price\":\"" price "\"}}"
#define MARKET(size) "{\"market_market_ioc\":{\"base_size\":\"" size "\"}}"
#define MARKET_QUOTE(size) "{\"market_market_ioc\":{\"quote_size\":\"" size "\"}}"

Test(coinbase_rest, time_is_text_of_the_server)
{
    struct answer *a = coinbase(&d, NULL, "GET", "/time", NULL);
    ACCEPTED(a);
    IS(a->body, "iso", "2026-01-01T00:00:01.234000Z");
    IS(a->body, "epochSeconds", "1767225601");
    IS(a->body, "epochMillis", "1767225601234");
}

Test(coinbase_rest, a_product_shows_its_grid_and_state)
{
    struct answer *a = coinbase(&d, "carol", "GET", "/products/SHIB-USDT", NULL);
    ACCEPTED(a);
    IS(a->body, "price_increment", "0.00000001");
    IS(a->body, "quote_increment", "0.01");
    IS(a->body, "base_increment", "1");
    IS(a->body, "status", "online");
    IS(a->body, "trading_disabled", "false");
    a = coinbase(&d, NULL, "GET", "/market/products?product_ids=BTC-USD&product_ids=ETH-USD", NULL);
    IS(a->body, "num_products", "2");
    IS(a->body, "products.1.product_id", "ETH-USD");
    a = coinbase(&d, NULL, "GET", "/market/products/NOPE-USD", NULL);
    cr_assert_eq(a->status, 404u);
    IS(a->body, "error", "NOT_FOUND");
}

Test(coinbase_rest, a_limit_order_rests_and_holds_price_and_commission)
{
    const char *id = coinbase_place(&d, "carol", "a-1", "BTC-USD", "BUY", LIMIT("0.1", "60000.0"));
    coinbase_order_is(&d, "carol", id, "status", "OPEN");
    coinbase_order_is(&d, "carol", id, "client_order_id", "a-1");
    coinbase_order_is(&d, "carol", id, "order_configuration.limit_limit_gtc.limit_price",
                      "60000.0");
    coinbase_order_is(&d, "carol", id, "outstanding_hold_amount", "6006");
    struct answer *a = coinbase(&d, "carol", "GET", "/accounts?limit=250", NULL);
    char *usd = strstr(a->body, "\"currency\":\"USD\",\"available_balance\"");
    cr_assert_not_null(usd);
    cr_assert_not_null(strstr(usd, "\"value\":\"993994\""));
    cr_assert_not_null(strstr(usd, "\"hold\":{\"value\":\"6006\""));
}

Test(coinbase_rest, a_fill_charges_quote_money_on_top)
{
    const char *maker = coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("0.5", "60000"));
    const char *taker = coinbase_place(&d, "carol", "t-1", "BTC-USD", "BUY", MARKET("0.2"));
    coinbase_order_is(&d, "carol", taker, "status", "FILLED");
    coinbase_order_is(&d, "carol", taker, "filled_value", "12000");
    coinbase_order_is(&d, "carol", taker, "total_fees", "12");
    coinbase_order_is(&d, "carol", taker, "total_value_after_fees", "12012");
    coinbase_order_is(&d, "dave", maker, "status", "OPEN");
    coinbase_order_is(&d, "dave", maker, "completion_percentage", "40");
    coinbase_order_is(&d, "dave", maker, "total_value_after_fees", "11988");
    struct answer *a = coinbase(&d, "carol", "GET", "/orders/historical/fills", NULL);
    IS(a->body, "fills.0.order_id", taker);
    IS(a->body, "fills.0.liquidity_indicator", "TAKER");
    IS(a->body, "fills.0.commission", "12");
    IS(a->body, "fills.0.size_in_quote", "false");
    IS(a->body, "cursor", "");
    cr_assert_eq(strlen(json_at(a->body, "fills.0.entry_id")), 64u);
}

Test(coinbase_rest, a_quote_size_includes_its_commission)
{
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "50000"));
    const char *id = coinbase_place(&d, "carol", "q-1", "BTC-USD", "BUY", MARKET_QUOTE("1001.00"));
    coinbase_order_is(&d, "carol", id, "status", "FILLED");
    coinbase_order_is(&d, "carol", id, "filled_size", "0.02");
    coinbase_order_is(&d, "carol", id, "total_value_after_fees", "1001");
    coinbase_order_is(&d, "carol", id, "size_in_quote", "true");
    struct answer *a = coinbase(&d, "carol", "GET", "/orders/historical/fills", NULL);
    IS(a->body, "fills.0.size_in_quote", "true");
    IS(a->body, "fills.0.size", "1000");
}

Test(coinbase_rest, what_an_ioc_leaves_is_cancelled_with_its_fills)
{
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("0.5", "60000"));
    const char *id =
        coinbase_place(&d, "carol", "i-1", "BTC-USD", "BUY",
                       "{\"sor_limit_ioc\":{\"base_size\":\"2\",\"limit_price\":\"60000\"}}");
    coinbase_order_is(&d, "carol", id, "status", "CANCELLED");
    coinbase_order_is(&d, "carol", id, "filled_size", "0.5");
    id = coinbase_place(&d, "carol", "f-1", "BTC-USD", "BUY",
                        "{\"limit_limit_fok\":{\"base_size\":\"1\",\"limit_price\":\"60000\"}}");
    coinbase_order_is(&d, "carol", id, "status", "CANCELLED");
    coinbase_order_is(&d, "carol", id, "number_of_fills", "0");
}

Test(coinbase_rest, a_gtd_order_expires)
{
    const char *id = coinbase_place(
        &d, "carol", "g-1", "BTC-USD", "BUY",
        "{\"limit_limit_gtd\":{\"base_size\":\"1\",\"limit_price\":\"60000\",\"post_only\":true,"
        "\"end_time\":\"2026-01-01T00:00:05Z\"}}");
    coinbase_order_is(&d, "carol", id, "status", "OPEN");
    desk_pass(&d, 4 * SECOND);
    coinbase_order_is(&d, "carol", id, "status", "EXPIRED");
    coinbase_order_is(&d, "carol", id, "time_in_force", "GOOD_UNTIL_DATE_TIME");
}

Test(coinbase_rest, a_stop_waits_for_the_last_trade)
{
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "60000"));
    coinbase_place(&d, "carol", "t-1", "BTC-USD", "BUY", MARKET("0.1"));
    const char *id = coinbase_place(
        &d, "carol", "s-1", "BTC-USD", "BUY",
        "{\"stop_limit_stop_limit_gtc\":{\"base_size\":\"0.1\",\"limit_price\":\"62000\","
        "\"stop_price\":\"61000\",\"stop_direction\":\"STOP_DIRECTION_STOP_UP\"}}");
    coinbase_order_is(&d, "carol", id, "trigger_status", "STOP_PENDING");
    coinbase_place(&d, "dave", "m-2", "BTC-USD", "SELL", LIMIT("1", "61000"));
    coinbase_place(&d, "carol", "t-2", "BTC-USD", "BUY", MARKET("1"));
    coinbase_order_is(&d, "carol", id, "status", "FILLED");
    coinbase_order_is(&d, "carol", id, "trigger_status", "STOP_TRIGGERED");
}

Test(coinbase_rest, an_edit_changes_the_order_in_place)
{
    char body[160];
    const char *id = coinbase_place(&d, "carol", "e-1", "BTC-USD", "BUY", LIMIT("0.1", "60000"));
    snprintf(body, sizeof(body), "{\"order_id\":\"%s\",\"price\":\"61000\",\"size\":\"0.3\"}", id);
    struct answer *a = coinbase(&d, "carol", "POST", "/orders/edit_preview", body);
    IS(a->body, "order_total", "18318.3");
    coinbase_order_is(&d, "carol", id, "outstanding_hold_amount", "6006");
    a = coinbase(&d, "carol", "POST", "/orders/edit", body);
    IS(a->body, "success", "true");
    coinbase_order_is(&d, "carol", id, "client_order_id", "e-1");
    coinbase_order_is(&d, "carol", id, "order_configuration.limit_limit_gtc.base_size", "0.3");
    coinbase_order_is(&d, "carol", id, "outstanding_hold_amount", "18318.3");
    coinbase_order_is(&d, "carol", id, "edit_history.0.price", "61000");
}

Test(coinbase_rest, an_edit_that_crosses_trades)
{
    char body[160];
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("0.1", "60000"));
    const char *id = coinbase_place(&d, "carol", "e-1", "BTC-USD", "BUY", LIMIT("0.1", "59000"));
    snprintf(body, sizeof(body), "{\"order_id\":\"%s\",\"price\":\"60000\",\"size\":\"0.1\"}", id);
    IS(coinbase(&d, "carol", "POST", "/orders/edit", body)->body, "success", "true");
    coinbase_order_is(&d, "carol", id, "status", "FILLED");
}

/* The older order keeps its place when only the size goes down, and loses it when the size goes up. */
Test(coinbase_rest, a_smaller_size_keeps_the_place_a_larger_one_loses_it)
{
    char body[160];
    const char *first = coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("0.3", "60000"));
    const char *second =
        coinbase_place(&d, "dave", "m-2", "BTC-USD", "SELL", LIMIT("0.2", "60000"));
    snprintf(body, sizeof(body), "{\"order_id\":\"%s\",\"price\":\"60000\",\"size\":\"0.2\"}",
             first);
    coinbase(&d, "dave", "POST", "/orders/edit", body);
    coinbase_place(&d, "carol", "t-1", "BTC-USD", "BUY", MARKET("0.1"));
    coinbase_order_is(&d, "dave", first, "filled_size", "0.1");
    snprintf(body, sizeof(body), "{\"order_id\":\"%s\",\"price\":\"60000\",\"size\":\"0.4\"}",
             first);
    coinbase(&d, "dave", "POST", "/orders/edit", body);
    coinbase_place(&d, "carol", "t-2", "BTC-USD", "BUY", MARKET("0.1"));
    coinbase_order_is(&d, "dave", first, "filled_size", "0.1");
    coinbase_order_is(&d, "dave", second, "filled_size", "0.1");
}

Test(coinbase_rest, a_batch_cancel_answers_per_id)
{
    char body[160];
    const char *id = coinbase_place(&d, "carol", "c-1", "BTC-USD", "BUY", LIMIT("0.1", "60000"));
    snprintf(body, sizeof(body), "{\"order_ids\":[\"%s\",\"nobody\"]}", id);
    struct answer *a = coinbase(&d, "carol", "POST", "/orders/batch_cancel", body);
    ACCEPTED(a);
    IS(a->body, "results.0.success", "true");
    IS(a->body, "results.0.failure_reason", "UNKNOWN_CANCEL_FAILURE_REASON");
    IS(a->body, "results.1.success", "false");
    IS(a->body, "results.1.failure_reason", "UNKNOWN_CANCEL_ORDER");
    coinbase_order_is(&d, "carol", id, "status", "CANCELLED");
    coinbase_order_is(&d, "carol", id, "cancel_message", "User requested cancel");
    coinbase_order_is(&d, "carol", id, "outstanding_hold_amount", "0");
}

Test(coinbase_rest, orders_are_listed_page_by_page)
{
    char path[160];
    char id[16];
    char cursor[32];
    for (int i = 0; i < 5; i++) {
        snprintf(id, sizeof(id), "p-%d", i);
        coinbase_place(&d, "carol", id, "BTC-USD", "BUY", LIMIT("0.1", "60000"));
    }
    coinbase_place(&d, "dave", "x", "BTC-USD", "BUY", LIMIT("0.1", "60000"));
    struct answer *a =
        coinbase(&d, "carol", "GET", "/orders/historical/batch?limit=3&order_status=OPEN", NULL);
    IS(a->body, "orders.0.client_order_id", "p-4");
    IS(a->body, "orders.2.client_order_id", "p-2");
    IS(a->body, "has_next", "true");
    snprintf(cursor, sizeof(cursor), "%s", json_at(a->body, "cursor"));
    snprintf(path, sizeof(path), "/orders/historical/batch?limit=3&order_status=OPEN&cursor=%s",
             cursor);
    a = coinbase(&d, "carol", "GET", path, NULL);
    IS(a->body, "orders.1.client_order_id", "p-0");
    cr_assert_null(json_at(a->body, "orders.2.order_id"));
    IS(a->body, "has_next", "false");
}

Test(coinbase_rest, a_preview_changes_nothing)
{
    struct answer *a = coinbase(&d, "carol", "POST", "/orders/preview",
                                "{\"product_id\":\"BTC-USD\",\"side\":\"BUY\","
                                "\"order_configuration\":" LIMIT("1", "60000") "}");
    ACCEPTED(a);
    cr_assert_null(json_at(a->body, "errs.0"));
    IS(a->body, "order_total", "60060");
    IS(a->body, "commission_total", "60");
    a = coinbase(&d, "carol", "POST", "/orders/preview",
                 "{\"product_id\":\"BTC-USD\",\"side\":\"BUY\","
                 "\"order_configuration\":" LIMIT("100", "60000") "}");
    IS(a->body, "errs.0", "PREVIEW_INSUFFICIENT_FUND");
    a = coinbase(&d, "carol", "GET", "/orders/historical/batch", NULL);
    cr_assert_null(json_at(a->body, "orders.0"));
}

Test(coinbase_rest, an_ed25519_key_trades_on_the_same_account)
{
    const char *id = coinbase_place(&d, "eddie", "ed-1", "BTC-USD", "BUY", LIMIT("0.1", "60000"));
    coinbase_order_is(&d, "carol", id, "status", "OPEN");
}

Test(coinbase_rest, a_key_shows_what_it_may)
{
    struct answer *a = coinbase(&d, "viewer", "GET", "/key_permissions", NULL);
    IS(a->body, "can_view", "true");
    IS(a->body, "can_trade", "false");
    IS(a->body, "can_transfer", "false");
    IS(coinbase(&d, "mover", "GET", "/key_permissions", NULL)->body, "can_transfer", "true");
    char portfolio[64];
    snprintf(portfolio, sizeof(portfolio), "%s", json_at(a->body, "portfolio_uuid"));
    a = coinbase(&d, "carol", "GET", "/portfolios", NULL);
    IS(a->body, "portfolios.0.uuid", portfolio);
}

Test(coinbase_rest, books_and_trades_are_shown)
{
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "60000.5"));
    coinbase_place(&d, "dave", "m-2", "BTC-USD", "BUY", LIMIT("2", "59000"));
    struct answer *a = coinbase(&d, NULL, "GET", "/market/product_book?product_id=BTC-USD", NULL);
    IS(a->body, "pricebook.bids.0.price", "59000");
    IS(a->body, "pricebook.asks.0.size", "1");
    IS(a->body, "mid_market", "59500.25");
    IS(a->body, "spread_absolute", "1000.5");
    a = coinbase(&d, "carol", "GET", "/best_bid_ask?product_ids=BTC-USD", NULL);
    IS(a->body, "pricebooks.0.bids.0.size", "2");
    coinbase_place(&d, "carol", "t-1", "BTC-USD", "BUY", MARKET("0.25"));
    a = coinbase(&d, NULL, "GET", "/market/products/BTC-USD/ticker?limit=10", NULL);
    IS(a->body, "trades.0.side", "SELL"); /* the maker's */
    IS(a->body, "trades.0.size", "0.25");
    IS(a->body, "best_ask", "60000.5");
    a = coinbase(&d, NULL, "GET",
                 "/market/products/BTC-USD/"
                 "candles?start=1767225600&end=1767225660&granularity=ONE_MINUTE",
                 NULL);
    IS(a->body, "candles.0.start", "1767225600");
    IS(a->body, "candles.0.volume", "0.25");
    cr_assert_null(json_at(a->body, "candles.1.start"));
}

/* One book, two dialects: a Binance client sells what a Coinbase client buys, and each is told in its own words. */
Test(coinbase_rest, dialects_trade_with_each_other)
{
    uint64_t binance = desk_user_stream(&d, "alice");
    uint64_t user = desk_ws(&d, "/user");
    coinbase_subscribe(&d, user, "carol", "user", NULL);
    desk_drop_frames(&d, user);
    desk_place(&d, "alice",
               "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=50000");
    const char *id = coinbase_place(&d, "carol", "both-1", "BTC-USDT", "BUY", MARKET("0.5"));
    coinbase_order_is(&d, "carol", id, "total_value_after_fees", "25025");
    char *frame = desk_find(&d, binance, "\"x\":\"TRADE\"");
    cr_assert_not_null(frame);
    IS(frame, "event.l", "0.50000000");
    IS(frame, "event.N", "USDT");
    free(frame);
    frame = desk_find(&d, user, "\"status\":\"FILLED\"");
    cr_assert_not_null(frame);
    IS(frame, "events.0.orders.0.product_id", "BTC-USDT");
    free(frame);
}

Test(coinbase_rest, an_alias_is_the_same_book_under_another_name)
{
    desk_post_admin(&d, "/_fault", "{\"kind\":\"coinbase_mode\",\"aliases\":\"on\"}");
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "60000"));
    struct answer *a = coinbase(&d, NULL, "GET", "/market/products/BTC-USDC", NULL);
    IS(a->body, "alias", "BTC-USD");
    IS(a->body, "quote_currency_id", "USDC");
    IS(a->body, "view_only", "true");
    a = coinbase(&d, NULL, "GET", "/market/products?product_ids=BTC-USD", NULL);
    IS(a->body, "products.0.alias_to.0", "BTC-USDC");
    a = coinbase_order(&d, "carol", "x", "BTC-USDC", "BUY", MARKET("0.1"));
    IS(a->body, "error_response.new_order_failure_reason", "UNTRADABLE_PRODUCT");
    uint64_t conn = desk_ws(&d, "/");
    coinbase_subscribe(&d, conn, NULL, "level2", "[\"BTC-USDC\"]");
    free(desk_next(&d, conn));
    char *frame = desk_next(&d, conn);
    IS(frame, "events.0.product_id", "BTC-USD");
    free(frame);
}

Test(coinbase_rest, market_answers_are_kept_for_a_while_when_switched)
{
    static const char path[] = "/market/product_book?product_id=BTC-USD";
    const struct venue_header fresh = {"Cache-Control", "no-cache"};
    desk_post_admin(&d, "/_fault", "{\"kind\":\"coinbase_mode\",\"market_cache_ms\":1000}");
    coinbase(&d, NULL, "GET", path, NULL);
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "60000"));
    cr_assert_null(json_at(coinbase(&d, NULL, "GET", path, NULL)->body, "pricebook.asks.0"));
    struct answer *a =
        desk_send(&d, "GET", BROKERAGE "/market/product_book?product_id=BTC-USD", &fresh, 1, NULL);
    IS(a->body, "pricebook.asks.0.price", "60000");
    a = coinbase(&d, "carol", "GET", "/product_book?product_id=BTC-USD", NULL);
    IS(a->body, "pricebook.asks.0.price", "60000");
    desk_pass(&d, SECOND);
    a = coinbase(&d, NULL, "GET", path, NULL);
    IS(a->body, "pricebook.asks.0.price", "60000");
}
