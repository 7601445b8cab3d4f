/* What the venue's answers to orders and questions become. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(binance_answers, .init = init, .fini = fini);

static const struct sofia_event_report *report(uint32_t n)
{
    const struct sofia_event_report *event = fake_event(&rig.fake, SOFIA_EV_REPORT, n);

    cr_assert_not_null(event);
    return event;
}

static const struct sofia_event_fill *fill(uint32_t n)
{
    const struct sofia_event_fill *event = fake_event(&rig.fake, SOFIA_EV_FILL, n);

    cr_assert_not_null(event);
    return event;
}

static const struct sofia_event_sync *sync_event(void)
{
    const struct sofia_event_sync *event = fake_event(&rig.fake, SOFIA_EV_SYNC, 0);

    cr_assert_not_null(event);
    return event;
}

static const char full[] =
    "{\"symbol\":\"BTCUSDT\",\"orderId\":9000000123,\"orderListId\":-1,\"clientOrderId\":\"cb7-"
    "000042\","
    "\"transactTime\":1767225600007,\"price\":\"60000.00000000\",\"origQty\":\"0.00200000\","
    "\"executedQty\":\"0.00200000\",\"origQuoteOrderQty\":\"0.00000000\","
    "\"cummulativeQuoteQty\":\"119.99960000\",\"status\":\"FILLED\",\"timeInForce\":\"GTC\","
    "\"type\":\"LIMIT\",\"side\":\"BUY\",\"workingTime\":1767225600007,"
    "\"selfTradePreventionMode\":\"EXPIRE_MAKER\",\"fills\":["
    "{\"price\":\"59999.50000000\",\"qty\":\"0.00080000\",\"commission\":\"0.00000080\","
    "\"commissionAsset\":\"BTC\",\"tradeId\":700001},"
    "{\"price\":\"60000.00000000\",\"qty\":\"0.00120000\",\"commission\":\"0.00010000\","
    "\"commissionAsset\":\"BNB\",\"tradeId\":700002}]}";

Test(binance_answers, a_full_answer_is_its_fills_and_then_the_report)
{
    cr_assert_eq(rig_answer(&rig, ENDPOINT_ORDER_PLACE, 200, full), 0);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_eq(rig.result.action, SOFIA_ACTION_NONE);
    cr_assert_eq(rig.fake.event_count, 3);
    cr_expect_eq(rig.fake.events[2]->type, SOFIA_EV_REPORT);
    const struct sofia_event_fill *first = fill(0);
    cr_expect_eq(first->head.instrument, 1);
    cr_expect_eq(first->source, SOFIA_REPORT_ANSWER);
    cr_expect_eq(first->side, SOFIA_SIDE_BUY);
    cr_expect_eq(first->liquidity, SOFIA_LIQUIDITY_TAKER);
    cr_expect_str_eq(text_of_decimal(first->qty), "0.0008");
    cr_expect_str_eq(text_of_decimal(first->price), "59999.5");
    cr_expect_str_eq(text_of_wide(first->fee), "0.0000008");
    cr_expect(sofia_wide_is_absent(first->quote_qty));
    cr_expect_str_eq(first->fee_asset, "BTC");
    cr_expect_str_eq(first->fill_id, "700001@BTCUSDT");
    cr_expect_str_eq(first->venue_id, "9000000123");
    cr_expect_str_eq(first->client_id, "cb7-000042");
    cr_expect_str_eq(fill(1)->fee_asset, "BNB");
    const struct sofia_event_report *r = report(0);
    cr_expect_eq(r->state, SOFIA_STATE_FILLED);
    cr_expect_eq(r->source, SOFIA_REPORT_ANSWER);
    cr_expect_eq(r->type, SOFIA_TYPE_LIMIT);
    cr_expect_eq(r->tif, SOFIA_TIF_GTC);
    cr_expect_eq(r->head.ts_venue_ns, INT64_C(1767225600007000000));
    cr_expect_str_eq(text_of_decimal(r->filled_qty), "0.002");
    cr_expect_str_eq(text_of_wide(r->filled_quote), "119.9996");
    cr_expect_str_eq(r->client_id, "cb7-000042");
    cr_expect_str_eq(r->venue_id, "9000000123");
}

Test(binance_answers, an_ack_says_accepted_and_no_more)
{
    rig_answer(&rig, ENDPOINT_ORDER_PLACE, 200,
               "{\"symbol\":\"BTCUSDT\",\"orderId\":9223372036854775807,\"orderListId\":-1,"
               "\"clientOrderId\":\"cb7-000042\",\"transactTime\":1767225600007}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_eq(report(0)->state, SOFIA_STATE_NEW);
    cr_expect_str_eq(report(0)->venue_id, "9223372036854775807");
    cr_expect(sofia_decimal_is_absent(report(0)->filled_qty));
}

Test(binance_answers, a_market_order_that_ran_out_of_book_is_expired_with_its_fill)
{
    rig_answer(&rig, ENDPOINT_ORDER_PLACE, 200,
               "{\"symbol\":\"BTCUSDT\",\"orderId\":5,\"clientOrderId\":\"m\",\"transactTime\":1,"
               "\"price\":\"0.00000000\",\"origQty\":\"2\",\"executedQty\":\"0.5\","
               "\"cummulativeQuoteQty\":\"-1.00000000\",\"status\":\"EXPIRED\","
               "\"expiryReason\":\"INSUFFICIENT_LIQUIDITY\",\"timeInForce\":\"GTC\","
               "\"type\":\"MARKET\",\"side\":\"SELL\",\"fills\":[{\"price\":\"1\",\"qty\":\"0.5\","
               "\"commission\":\"0\",\"commissionAsset\":\"USDT\",\"tradeId\":1}]}");
    const struct sofia_event_report *r = report(0);
    cr_expect_eq(r->state, SOFIA_STATE_EXPIRED);
    cr_expect_eq(r->tif, 0);
    cr_expect(sofia_decimal_is_absent(r->price), "a market order has no price");
    cr_expect(sofia_wide_is_absent(r->filled_quote), "a negative sum means unknown");
    cr_expect_str_eq(text_of_decimal(r->filled_qty), "0.5");
    cr_expect_str_eq(r->reason, "INSUFFICIENT_LIQUIDITY");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_FILL), 1);
}

Test(binance_answers, unknown_words_are_said_to_be_unknown)
{
    rig_answer(
        &rig, ENDPOINT_ORDER_PLACE, 200,
        "{\"symbol\":\"NOSUCH\",\"orderId\":5,\"clientOrderId\":\"m\",\"status\":\"RESTING\","
        "\"type\":\"PEGGED\",\"timeInForce\":\"GTD\",\"side\":\"BUY\",\"extra\":[{}],"
        "\"executedQty\":\"0\"}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_eq(report(0)->state, 0);
    cr_expect_eq(report(0)->type, 0);
    cr_expect_eq(report(0)->tif, 0);
    cr_expect_eq(report(0)->head.instrument, 0);
    cr_expect_str_eq(report(0)->reason, "unknown status RESTING");
}

Test(binance_answers, each_status_has_its_state)
{
    static const struct {
        const char *status;
        uint32_t state;
    } words[] = {
        {"NEW", SOFIA_STATE_NEW},
        {"PENDING_NEW", SOFIA_STATE_PENDING_NEW},
        {"PARTIALLY_FILLED", SOFIA_STATE_PARTIALLY_FILLED},
        {"FILLED", SOFIA_STATE_FILLED},
        {"CANCELED", SOFIA_STATE_CANCELED},
        {"PENDING_CANCEL", 0},
        {"REJECTED", SOFIA_STATE_REJECTED},
        {"EXPIRED", SOFIA_STATE_EXPIRED},
        {"EXPIRED_IN_MATCH", SOFIA_STATE_EXPIRED},
        {"new", 0},
        {"", 0},
    };
    char body[256];

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        fake_clear(&rig.fake);
        snprintf(body, sizeof(body),
                 "{\"symbol\":\"BTCUSDT\",\"orderId\":5,\"clientOrderId\":\"a\",\"status\":\"%s\"}",
                 words[i].status);
        rig_answer(&rig, ENDPOINT_ORDER_PLACE, 200, body);
        cr_expect_eq(report(0)->state, words[i].state, "%s", words[i].status);
    }
}

Test(binance_answers, a_fill_that_cannot_be_read_asks_for_reconciliation)
{
    rig_answer(
        &rig, ENDPOINT_ORDER_PLACE, 200,
        "{\"symbol\":\"BTCUSDT\",\"orderId\":5,\"clientOrderId\":\"a\",\"status\":\"FILLED\","
        "\"side\":\"BUY\",\"executedQty\":\"1\",\"fills\":[{\"price\":\"1\",\"qty\":\"one\"}]}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED, "the order lives all the same");
    cr_expect_eq(rig.result.action, SOFIA_ACTION_RECONCILE);
    cr_expect_eq(report(0)->state, SOFIA_STATE_FILLED);
}

Test(binance_answers, a_full_queue_asks_for_reconciliation)
{
    rig.fake.emit_room = 1;
    rig_answer(&rig, ENDPOINT_ORDER_PLACE, 200, full);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_eq(rig.result.action, SOFIA_ACTION_RECONCILE);
}

static const char cancelled[] =
    "{\"symbol\":\"BTCUSDT\",\"origClientOrderId\":\"cb7-000043\",\"orderId\":9000000124,"
    "\"orderListId\":-1,\"clientOrderId\":\"cb7-c-000043\",\"transactTime\":1767225606000,"
    "\"price\":\"59000.00000000\",\"origQty\":\"0.00500000\",\"executedQty\":\"0.00100000\","
    "\"origQuoteOrderQty\":\"0.00000000\",\"cummulativeQuoteQty\":\"59.00000000\","
    "\"status\":\"CANCELED\",\"timeInForce\":\"GTC\",\"type\":\"LIMIT_MAKER\",\"side\":\"BUY\","
    "\"selfTradePreventionMode\":\"EXPIRE_MAKER\"}";

Test(binance_answers, a_cancel_is_reported_under_the_orders_own_id)
{
    rig_answer(&rig, ENDPOINT_ORDER_CANCEL, 200, cancelled);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_str_eq(report(0)->client_id, "cb7-000043");
    cr_expect_eq(report(0)->state, SOFIA_STATE_CANCELED);
    cr_expect_eq(report(0)->order_flags, SOFIA_ORDER_POST_ONLY);
    cr_expect_str_eq(text_of_decimal(report(0)->filled_qty), "0.001");
}

Test(binance_answers, cancel_all_reports_each_order_and_those_of_lists)
{
    char body[4096];

    snprintf(body, sizeof(body), "[%s,{\"orderListId\":1,\"orders\":[],\"orderReports\":[%s,%s]}]",
             cancelled, cancelled, cancelled);
    rig_answer(&rig, ENDPOINT_CANCEL_ALL, 200, body);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 3);
    rig_answer(&rig, ENDPOINT_CANCEL_ALL, 200, "[{\"orderId\":1}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
}

static const char queried[] =
    "{\"symbol\":\"BTCUSDT\",\"orderId\":9000000124,\"orderListId\":-1,\"clientOrderId\":\"cb7-c-"
    "9\","
    "\"price\":\"59000.00000000\",\"origQty\":\"0.00500000\",\"executedQty\":\"0.00100000\","
    "\"cummulativeQuoteQty\":\"59.00000000\",\"status\":\"CANCELED\",\"timeInForce\":\"GTC\","
    "\"type\":\"LIMIT\",\"side\":\"BUY\",\"stopPrice\":\"0.00000000\",\"icebergQty\":\"0."
    "00000000\","
    "\"time\":1767225601000,\"updateTime\":1767225605000,\"isWorking\":true,"
    "\"workingTime\":1767225601000,\"origQuoteOrderQty\":\"0.00000000\","
    "\"selfTradePreventionMode\":\"EXPIRE_MAKER\"}";

Test(binance_answers, a_query_is_reported_under_the_id_that_was_asked_for)
{
    struct sofia_order order = rig_order();
    struct sofia_request request;

    binance_exchange.encode_query(rig.self, &order, &request);
    rig_answer_to(&rig, &request, 200, queried);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_str_eq(report(0)->client_id, "cb7-000042", "the answer shows the id of the cancel");
    cr_expect_eq(report(0)->source, SOFIA_REPORT_QUERY);
    cr_expect_eq(report(0)->head.ts_venue_ns, INT64_C(1767225605000000000));
    cr_expect_eq(sync_event()->what, SOFIA_SYNC_ORDER);
    cr_expect_eq(sync_event()->found, 1);
    cr_expect_eq(sync_event()->absent, 0);
    cr_expect_eq(sync_event()->order_id, 42);
    cr_expect_eq(sync_event()->head.instrument, 1);
}

Test(binance_answers, a_query_of_an_unknown_order_says_absent)
{
    struct sofia_order order = rig_order();
    struct sofia_request request;

    binance_exchange.encode_query(rig.self, &order, &request);
    rig_answer_to(&rig, &request, 400, "{\"code\":-2013,\"msg\":\"Order does not exist.\"}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_eq(sync_event()->absent, 1);
    cr_expect_eq(sync_event()->order_id, 42);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 0);
}

Test(binance_answers, a_failed_query_says_nothing_about_the_order)
{
    struct sofia_order order = rig_order();
    struct sofia_request request;

    binance_exchange.encode_query(rig.self, &order, &request);
    rig_answer_to(&rig, &request, 500, "{\"code\":-2013,\"msg\":\"Order does not exist.\"}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    rig_answer_to(&rig, &request, 200, "{\"orderId\":5}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    cr_expect_eq(rig.fake.event_count, 0);
}

Test(binance_answers, an_archived_order_ended_unfilled)
{
    struct sofia_order order = rig_order();
    struct sofia_request request;

    binance_exchange.encode_query(rig.self, &order, &request);
    rig_answer_to(&rig, &request, 400, "{\"code\":-2026,\"msg\":\"Order was archived.\"}");
    cr_expect_eq(report(0)->state, SOFIA_STATE_CANCELED);
    cr_expect_str_eq(report(0)->client_id, "cb7-000042");
    cr_expect_eq(sync_event()->found, 1);
}

Test(binance_answers, open_orders_end_with_their_number)
{
    struct sofia_request request;
    char body[4096];

    binance_exchange.encode_open_orders(rig.self, "BTCUSDT", &request);
    snprintf(body, sizeof(body), "[%s,%s]", queried, queried);
    rig_answer_to(&rig, &request, 200, body);
    cr_expect_eq(report(1)->source, SOFIA_REPORT_LISTING);
    cr_expect_str_eq(report(1)->client_id, "cb7-c-9");
    cr_expect_eq(sync_event()->what, SOFIA_SYNC_OPEN_ORDERS);
    cr_expect_eq(sync_event()->found, 2);
    cr_expect_eq(sync_event()->head.instrument, 1);
    fake_clear(&rig.fake);
    binance_exchange.encode_open_orders(rig.self, "", &request);
    rig_answer_to(&rig, &request, 200, "[]");
    cr_expect_eq(sync_event()->found, 0);
    cr_expect_eq(sync_event()->head.instrument, 0);
    fake_clear(&rig.fake);
    rig_answer_to(&rig, &request, 200, "[{\"orderId\":1,");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_SYNC), 0, "a torn listing is no listing");
}

static const char trade[] =
    "{\"symbol\":\"BTCUSDT\",\"id\":700001,\"orderId\":9000000123,\"orderListId\":-1,"
    "\"price\":\"59999.50000000\",\"qty\":\"0.00080000\",\"quoteQty\":\"47.99960000\","
    "\"commission\":\"0.00000080\",\"commissionAsset\":\"BTC\",\"time\":1767225600007,"
    "\"isBuyer\":true,\"isMaker\":false,\"isBestMatch\":true}";

Test(binance_answers, trades_are_fills_and_say_where_to_go_on)
{
    struct sofia_trades_query query = {.size = sizeof(query), .order_id = 42};
    struct sofia_request request;
    char body[1024];

    snprintf(query.venue_symbol, sizeof(query.venue_symbol), "BTCUSDT");
    binance_exchange.encode_trades(rig.self, &query, &request);
    snprintf(body, sizeof(body), "[%s]", trade);
    rig_answer_to(&rig, &request, 200, body);
    cr_expect_str_eq(fill(0)->fill_id, "700001@BTCUSDT", "the same id as in answer and stream");
    cr_expect_eq(fill(0)->source, SOFIA_REPORT_QUERY);
    cr_expect_eq(fill(0)->side, SOFIA_SIDE_BUY);
    cr_expect_eq(fill(0)->liquidity, SOFIA_LIQUIDITY_TAKER);
    cr_expect_str_eq(text_of_wide(fill(0)->quote_qty), "47.9996");
    cr_expect_str_eq(fill(0)->client_id, "");
    cr_expect_eq(sync_event()->what, SOFIA_SYNC_TRADES);
    cr_expect_eq(sync_event()->order_id, 42);
    cr_expect_eq(sync_event()->found, 1);
    cr_expect_eq(sync_event()->more, 0);
    cr_expect_str_eq(sync_event()->next, "700002");
}

Test(binance_answers, a_full_page_of_trades_has_more)
{
    struct sofia_trades_query query = {.size = sizeof(query)};
    struct sofia_request request;
    static char body[600000];
    size_t used = 0;

    snprintf(query.venue_symbol, sizeof(query.venue_symbol), "BTCUSDT");
    binance_exchange.encode_trades(rig.self, &query, &request);
    for (int i = 0; i < 1000; i++) {
        used +=
            (size_t)snprintf(body + used, sizeof(body) - used, "%c%s", i == 0 ? '[' : ',', trade);
    }
    snprintf(body + used, sizeof(body) - used, "]");
    rig_answer_to(&rig, &request, 200, body);
    cr_expect_eq(sync_event()->found, 1000);
    cr_expect_eq(sync_event()->more, 1);
}

Test(binance_answers, an_unreadable_trade_spoils_the_page)
{
    struct sofia_trades_query query = {.size = sizeof(query)};
    struct sofia_request request;

    snprintf(query.venue_symbol, sizeof(query.venue_symbol), "BTCUSDT");
    binance_exchange.encode_trades(rig.self, &query, &request);
    rig_answer_to(&rig, &request, 200, "[{\"id\":1,\"orderId\":2,\"price\":\"x\",\"qty\":\"1\"}]");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_SYNC), 0);
}

Test(binance_answers, the_venues_time)
{
    rig_answer(&rig, ENDPOINT_TIME, 200, "{\"serverTime\":1767225600123}");
    const struct sofia_event_time *event = fake_event(&rig.fake, SOFIA_EV_TIME, 0);
    cr_assert_not_null(event);
    cr_expect_eq(event->server_ns, INT64_C(1767225600123000000));
    rig_answer(&rig, ENDPOINT_TIME, 200, "{\"serverTime\":9223372036854775807}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    rig_answer(&rig, ENDPOINT_TIME, 200, "{}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_TIME), 1);
}
