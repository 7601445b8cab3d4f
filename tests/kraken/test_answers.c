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

TestSuite(kraken_answers, .init = init, .fini = fini);

static const struct sofia_event_report *report(uint32_t n)
{
    const struct sofia_event_report *event = fake_event(&rig.fake, SOFIA_EV_REPORT, n);

    cr_assert_not_null(event);
    return event;
}

static const struct sofia_event_sync *sync_event(void)
{
    const struct sofia_event_sync *event = fake_event(&rig.fake, SOFIA_EV_SYNC, 0);

    cr_assert_not_null(event);
    return event;
}

#define ROW(status, executed, more)                                                                \
    "\"" TXID "\":{\"refid\":\"None\",\"userref\":0," more "\"status\":\"" status                  \
    "\",\"opentm\":1790359700.1234,\"starttm\":0,\"expiretm\":0,\"descr\":{\"pair\":\"XBTUSD\","   \
    "\"type\":\"buy\",\"ordertype\":\"limit\",\"price\":\"83744.3\",\"price2\":\"0\","             \
    "\"leverage\":\"none\",\"order\":\"buy 0.01\",\"close\":\"\"},\"vol\":\"0.01000000\","         \
    "\"vol_exec\":\"" executed "\",\"cost\":\"334.97720\",\"fee\":\"0.83744\","                    \
    "\"price\":\"83700.0\",\"stopprice\":\"0.00000\",\"limitprice\":\"0.00000\",\"misc\":\"\","    \
    "\"oflags\":\"fciq\"}"
#define MINE "\"cl_ord_id\":\"" CLIENT_ID "\","

Test(kraken_answers, a_placed_order_is_new_under_both_ids)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(&rig, &order);

    rig_result(&rig, &request, "{\"descr\":{\"order\":\"buy\"},\"txid\":[\"" TXID "\"]}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_eq(report(0)->state, SOFIA_STATE_NEW);
    cr_expect_str_eq(report(0)->venue_id, TXID);
    cr_expect_str_eq(report(0)->client_id, CLIENT_ID);
    cr_expect_eq(report(0)->head.instrument, 1);
}

/* What a mere check gets back must never be taken for a live order. */
Test(kraken_answers, an_answer_without_an_order_id_is_no_order)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(&rig, &order);

    rig_result(&rig, &request, "{\"descr\":{\"order\":\"buy 0.01 XBTUSD @ limit 83744.3\"}}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 0);
}

Test(kraken_answers, a_cancel_is_done_only_when_the_order_says_so)
{
    struct sofia_order order = rig_order();
    struct sofia_request request;

    snprintf(order.venue_id, sizeof(order.venue_id), "%s", TXID);
    kraken_exchange.encode_cancel(rig.self, &order, &request);
    rig_result(&rig, &request, "{\"count\":1}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_eq(rig.fake.event_count, 0, "no report: nothing proves its end");
    rig_result(&rig, &request, "{\"count\":0,\"pending\":true}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    rig_result(&rig, &request, "{\"count\":0}");
    cr_expect_eq(rig.result.action, SOFIA_ACTION_GONE);
    rig_error(&rig, &request, "EOrder:Unknown order");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_REJECTED);
    cr_expect_eq(rig.result.action, SOFIA_ACTION_GONE);
}

Test(kraken_answers, the_limit_is_in_descr_and_the_average_is_no_price_of_ours)
{
    struct sofia_order order = rig_order();

    snprintf(order.venue_id, sizeof(order.venue_id), "%s", TXID);
    struct sofia_request request = rig_query(&rig, &order);
    rig_result(&rig, &request, "{" ROW("open", "0.00400000", MINE) "}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_eq(report(0)->state, SOFIA_STATE_PARTIALLY_FILLED);
    cr_expect_str_eq(text_of_decimal(report(0)->price), "83744.3");
    cr_expect_str_eq(text_of_decimal(report(0)->filled_qty), "0.004");
    cr_expect_str_eq(text_of_wide(report(0)->filled_quote), "334.9772");
    cr_expect_eq(report(0)->head.ts_venue_ns, INT64_C(1790359700123400000));
    cr_expect_eq(sync_event()->what, SOFIA_SYNC_ORDER);
    cr_expect_eq(sync_event()->absent, 0);
    cr_expect_eq(sync_event()->order_id, 42);
}

Test(kraken_answers, states_of_rest)
{
    static const struct {
        const char *row;
        uint32_t state;
    } rows[] = {
        {"{" ROW("pending", "0.00000000", MINE) "}", SOFIA_STATE_PENDING_NEW},
        {"{" ROW("open", "0.00000000", MINE) "}", SOFIA_STATE_NEW},
        {"{" ROW("closed", "0.01000000", MINE) "}", SOFIA_STATE_FILLED},
        {"{" ROW("closed", "0.00999999", MINE) "}", SOFIA_STATE_FILLED}, /* dust left */
        {"{" ROW("canceled", "0.00400000", MINE) "}", SOFIA_STATE_CANCELED},
        {"{" ROW("expired", "0.00000000", MINE) "}", SOFIA_STATE_EXPIRED},
        {"{" ROW("melted", "0.00000000", MINE) "}", 0},
    };
    struct sofia_order order = rig_order();

    snprintf(order.venue_id, sizeof(order.venue_id), "%s", TXID);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sofia_request request = rig_query(&rig, &order);
        fake_clear(&rig.fake);
        rig_result(&rig, &request, rows[i].row);
        cr_expect_eq(report(0)->state, rows[i].state, "%s", rows[i].row);
    }
}

Test(kraken_answers, a_cancelled_order_keeps_what_it_executed)
{
    struct sofia_order order = rig_order();

    snprintf(order.venue_id, sizeof(order.venue_id), "%s", TXID);
    struct sofia_request request = rig_query(&rig, &order);
    rig_result(&rig, &request,
               "{" ROW("canceled", "0.00400000", "\"reason\":\"User requested\",") "}");
    cr_expect_eq(report(0)->state, SOFIA_STATE_CANCELED);
    cr_expect_str_eq(text_of_decimal(report(0)->filled_qty), "0.004");
    cr_expect_str_eq(report(0)->reason, "User requested");
    cr_expect_str_eq(report(0)->client_id, CLIENT_ID, "the question knows whom it is about");
}

/* The venue finds client ids among the open and among the ended orders, not in one question. */
Test(kraken_answers, not_among_the_open_orders_is_no_absence_yet)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_query(&rig, &order);

    fake_clear(&rig.fake);
    rig_result(&rig, &request, "{\"open\":{}}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_eq(rig.fake.event_count, 0, "nothing is said yet");
    cr_assert_eq(rig.fake.request_count, 1);
    struct sofia_request closed = *rig_sent(&rig, 0);
    cr_expect_eq(closed.endpoint, ENDPOINT_CLOSED_ORDERS);
    cr_expect_not_null(strstr(fake_part(&closed, SOFIA_PART_BODY), "cl_ord_id=" CLIENT_ID));
    rig_result(&rig, &closed, "{\"closed\":{},\"count\":0}");
    cr_expect_eq(sync_event()->absent, 1);
    cr_expect_eq(sync_event()->order_id, 42);
}

Test(kraken_answers, found_among_the_ended_orders)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_query(&rig, &order);

    fake_clear(&rig.fake);
    rig_result(&rig, &request, "{\"open\":{}}");
    struct sofia_request closed = *rig_sent(&rig, 0);
    rig_result(&rig, &closed, "{\"closed\":{" ROW("closed", "0.01", MINE) "},\"count\":1}");
    cr_expect_eq(report(0)->state, SOFIA_STATE_FILLED);
    cr_expect_eq(sync_event()->absent, 0);
}

Test(kraken_answers, an_unknown_id_is_the_word_for_absent)
{
    struct sofia_order order = rig_order();

    snprintf(order.venue_id, sizeof(order.venue_id), "%s", TXID);
    struct sofia_request request = rig_query(&rig, &order);
    rig_error(&rig, &request, "EOrder:Invalid order");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_eq(sync_event()->absent, 1);
}

Test(kraken_answers, the_listing_of_open_orders_and_of_one_symbol)
{
    struct sofia_request request;

    kraken_exchange.encode_open_orders(rig.self, "", &request);
    rig_result(
        &rig, &request,
        "{\"open\":{" ROW(
            "open", "0",
            MINE) ",\"OFOREI-GNXXX-XXXXXX\":{\"refid\":null,"
                  "\"status\":\"open\",\"opentm\":1790359700,\"descr\":{\"pair\":\"ETHEUR\","
                  "\"type\":\"sell\",\"ordertype\":\"stop-loss\",\"price\":\"1\"},\"vol\":\"1\","
                  "\"vol_exec\":\"0\",\"cost\":\"0\",\"misc\":\"\"}}}");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 2);
    cr_expect_eq(report(0)->source, SOFIA_REPORT_LISTING);
    cr_expect_str_eq(report(1)->client_id, "");
    cr_expect_eq(report(1)->type, 0, "a type nobody knows");
    cr_expect_eq(sync_event()->what, SOFIA_SYNC_OPEN_ORDERS);
    cr_expect_eq(sync_event()->found, 2);
    fake_clear(&rig.fake);
    kraken_exchange.encode_open_orders(rig.self, "DOGE/USD", &request);
    rig_result(&rig, &request, "{\"open\":{" ROW("open", "0", MINE) "}}");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 0);
    cr_expect_eq(sync_event()->found, 0);
}

/* REST may show an order open for a minute after the stream has told its end. */
Test(kraken_answers, a_row_that_knows_less_than_the_stream_is_left_out)
{
    struct sofia_order order = rig_order();

    rig_user_up(&rig);
    rig_user(&rig, "{\"channel\":\"executions\",\"type\":\"update\",\"sequence\":1,\"data\":[{"
                   "\"order_id\":\"" TXID "\",\"exec_type\":\"filled\",\"order_status\":\"filled\","
                   "\"cum_qty\":0.01,\"symbol\":\"BTC/USD\",\"side\":\"buy\"}]}");
    snprintf(order.venue_id, sizeof(order.venue_id), "%s", TXID);
    struct sofia_request request = rig_query(&rig, &order);
    fake_clear(&rig.fake);
    rig_result(&rig, &request, "{" ROW("open", "0.00400000", MINE) "}");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 0);
    cr_expect_eq(sync_event()->absent, 0);
    rig_result(&rig, &request, "{" ROW("closed", "0.01000000", MINE) "}");
    cr_expect_eq(report(0)->state, SOFIA_STATE_FILLED);
}

Test(kraken_answers, a_row_does_not_open_again_what_the_stream_has_ended)
{
    struct sofia_order order = rig_order();

    rig_user_up(&rig);
    rig_user(&rig, "{\"channel\":\"executions\",\"type\":\"update\",\"sequence\":1,\"data\":[{"
                   "\"order_id\":\"" TXID "\",\"exec_type\":\"canceled\",\"order_status\":"
                   "\"canceled\",\"symbol\":\"BTC/USD\",\"side\":\"buy\"}]}");
    snprintf(order.venue_id, sizeof(order.venue_id), "%s", TXID);
    struct sofia_request request = rig_query(&rig, &order);
    fake_clear(&rig.fake);
    rig_result(&rig, &request, "{" ROW("open", "0", MINE) "}");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 0);
}

#define TRADE(id, more)                                                                            \
    "\"" id "\":{\"ordertxid\":\"" TXID "\",\"postxid\":\"TKH2SE-M7IF5-CFI7LT\",\"pair\":"         \
    "\"XXBTZUSD\",\"time\":1790359701.9876,\"type\":\"buy\",\"ordertype\":\"limit\","              \
    "\"price\":\"83744.30000\",\"cost\":\"334.97720\",\"fee\":\"0.83744\",\"vol\":\"0.00400000\"," \
    "\"margin\":\"0.00000\",\"leverage\":\"0\",\"misc\":\"\",\"trade_id\":109116693" more "}"

Test(kraken_answers, pages_of_the_history_go_on_by_offset_until_the_count)
{
    struct sofia_trades_query query = {.size = sizeof(query), .since_ns = 1};
    struct sofia_request request;
    char room[20000];
    struct sofia_text page;

    kraken_exchange.encode_trades(rig.self, &query, &request);
    sofia_text_init(&page, room, sizeof(room));
    sofia_text_str(&page, "{\"error\":[],\"result\":{\"trades\":{");
    for (int i = 0; i < 50; i++) {
        char row[512];
        snprintf(row, sizeof(row),
                 "%s\"T%05d-AAAAA-BBBBBB\":{\"ordertxid\":\"" TXID
                 "\",\"pair\":\"XXBTZUSD\",\"time\":1790359701.9876,\"type\":\"buy\","
                 "\"price\":\"1\",\"cost\":\"1\",\"fee\":\"0\",\"vol\":\"1\"}",
                 i > 0 ? "," : "", i);
        sofia_text_str(&page, row);
    }
    sofia_text_str(&page, "},\"count\":51}}");
    rig_answer_to(&rig, &request, 200, room);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_FILL), 50);
    cr_expect_eq(sync_event()->more, 1);
    cr_expect_str_eq(sync_event()->next, "50");
    fake_clear(&rig.fake);
    snprintf(query.from, sizeof(query.from), "%s", "50");
    kraken_exchange.encode_trades(rig.self, &query, &request);
    rig_result(&rig, &request,
               "{\"trades\":{" TRADE("TZK4QH-8N2MD-5RWXCE", ",\"maker\":true") "},\"count\":51}");
    const struct sofia_event_fill *fill = fake_event(&rig.fake, SOFIA_EV_FILL, 0);
    cr_assert_not_null(fill);
    cr_expect_str_eq(fill->fill_id, "TZK4QH-8N2MD-5RWXCE");
    cr_expect_str_eq(fill->venue_id, TXID);
    cr_expect_str_eq(fill->fee_asset, "USD");
    cr_expect_eq(fill->liquidity, SOFIA_LIQUIDITY_MAKER);
    cr_expect_eq(fill->head.instrument, 1);
    cr_expect_eq(sync_event()->more, 0);
}

Test(kraken_answers, the_trades_of_an_order_are_asked_for_by_their_ids_twenty_at_a_time)
{
    struct sofia_trades_query query = {.size = sizeof(query), .order_id = 42};
    struct sofia_request request;
    char room[4096];
    struct sofia_text order;

    snprintf(query.venue_order_id, sizeof(query.venue_order_id), "%s", TXID);
    snprintf(query.venue_symbol, sizeof(query.venue_symbol), "%s", "BTC/USD");
    kraken_exchange.encode_trades(rig.self, &query, &request);
    cr_expect_not_null(strstr(fake_part(&request, SOFIA_PART_BODY), "trades=true"));
    sofia_text_init(&order, room, sizeof(room));
    sofia_text_str(&order, "{\"" TXID "\":{\"status\":\"closed\",\"vol_exec\":\"0.01\","
                           "\"trades\":[");
    for (int i = 0; i < 21; i++) {
        char id[64];
        snprintf(id, sizeof(id), "%s\"T%05d-AAAAA-BBBBBB\"", i > 0 ? "," : "", i);
        sofia_text_str(&order, id);
    }
    sofia_text_str(&order, "],\"descr\":{\"pair\":\"XBTUSD\",\"type\":\"buy\",\"ordertype\":"
                           "\"limit\",\"price\":\"1\"},\"vol\":\"0.01\",\"cost\":\"1\"}}");
    fake_clear(&rig.fake);
    rig_result(&rig, &request, room);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_assert_eq(rig.fake.request_count, 2);
    struct sofia_request last = *rig_sent(&rig, 1);
    cr_expect_not_null(strstr(fake_part(&last, SOFIA_PART_BODY), "txid=T00020-AAAAA-BBBBBB"));
    rig_result(&rig, &last, "{" TRADE("T00020-AAAAA-BBBBBB", "") "}");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_FILL), 1);
    cr_expect_eq(sync_event()->order_id, 42);
}

Test(kraken_answers, balances_add_up_by_asset_and_tell_what_is_held)
{
    struct sofia_request request;
    const struct sofia_event_balance *balance;

    kraken_exchange.encode_account(rig.self, &request);
    rig_result(&rig, &request,
               "{\"ZUSD\":{\"balance\":\"2510.4471\",\"hold_trade\":\"418.7215\"},"
               "\"XXBT\":{\"balance\":\"0.5000000000\",\"hold_trade\":\"0.1\"},"
               "\"XBT.F\":{\"balance\":\"0.0100000000\",\"hold_trade\":\"0\"},"
               "\"ETH2.S\":{\"balance\":\"1\",\"hold_trade\":\"0\",\"credit\":\"2\","
               "\"credit_used\":\"0.5\"},\"QQQQQQ.X\":{\"balance\":1.5e-2}}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_BALANCE), 4);
    balance = fake_event(&rig.fake, SOFIA_EV_BALANCE, 0);
    cr_expect_str_eq(balance->asset, "USD");
    cr_expect_str_eq(text_of_wide(balance->free), "2091.7256");
    cr_expect_str_eq(text_of_wide(balance->locked), "418.7215");
    balance = fake_event(&rig.fake, SOFIA_EV_BALANCE, 1);
    cr_expect_str_eq(balance->asset, "BTC");
    cr_expect_str_eq(text_of_wide(balance->free), "0.41", "XXBT and XBT.F are one");
    balance = fake_event(&rig.fake, SOFIA_EV_BALANCE, 2);
    cr_expect_str_eq(balance->asset, "ETH2.S");
    cr_expect_str_eq(text_of_wide(balance->free), "2.5");
    cr_expect_eq(sync_event()->what, SOFIA_SYNC_ACCOUNT);
    fake_clear(&rig.fake);
    kraken_exchange.encode_account(rig.self, &request);
    rig_result(&rig, &request, "{\"ZUSD\":{\"balance\":\"1\",\"hold_trade\":\"0\"}}");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_BALANCE), 4, "what is gone is told as zero");
    balance = fake_event(&rig.fake, SOFIA_EV_BALANCE, 1);
    cr_expect(sofia_wide_is_zero(balance->free));
}

/* REST knows seconds only: without the streams' stamps it is no clock. */
Test(kraken_answers, the_time_is_taken_from_the_streams_and_confirmed_by_rest)
{
    struct sofia_request request;

    kraken_exchange.encode_time(rig.self, &request);
    rig_result(&rig, &request, "{\"unixtime\":1767225600,\"rfc1123\":\"x\"}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    rig_subscribed(&rig); /* time_out 2026-01-01T00:00:00.746032 */
    rig.fake.mono_ns += 1000;
    rig_result(&rig, &request, "{\"unixtime\":1767225600,\"rfc1123\":\"x\"}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    const struct sofia_event_time *time = fake_event(&rig.fake, SOFIA_EV_TIME, 0);
    cr_assert_not_null(time);
    cr_expect_eq(time->server_ns, INT64_C(1767225600746033000));
    rig_result(&rig, &request, "{\"unixtime\":1767225700,\"rfc1123\":\"x\"}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT, "the two disagree");
}
