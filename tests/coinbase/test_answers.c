/* Answers about orders and fills. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "orders.h"
#include "rig.h"

#define ID "6647d29e-5411-45d6-b376-06310b8f3cdd"

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(answers, .init = init, .fini = fini);

/* ---- placing ---- */

static void place(const char *body)
{
    struct sofia_request request;
    struct sofia_order order = rig_order();

    cr_assert_eq(coinbase_encode_submit(rig.self, &order, &request), 0);
    fake_clear(&rig.fake);
    cr_assert_eq(rig_answer_to(&rig, &request, 200, body), 0);
}

#define RESPONSE                                                                                   \
    "\"success_response\":{\"order_id\":\"" ID                                                     \
    "\",\"product_id\":\"BTC-USD\",\"side\":\"BUY\",\"client_order_id\":\"acme-000001\","          \
    "\"attached_order_id\":\"\"}"

Test(answers, success_is_accepted_and_not_yet_resting)
{
    place("{\"success\":true," RESPONSE ",\"order_configuration\":{\"limit_limit_gtc\":{}}}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    const struct sofia_event_report *report = rig_report(&rig, 0);
    cr_assert_eq(report->state, SOFIA_STATE_PENDING_NEW);
    cr_assert_eq(report->source, SOFIA_REPORT_ANSWER);
    cr_assert_str_eq(report->venue_id, ID);
    cr_assert_str_eq(report->client_id, "acme-000001");
}

Test(answers, members_of_older_answers_do_not_count)
{
    place("{\"success\":true,\"failure_reason\":\"UNKNOWN_FAILURE_REASON\",\"order_id\":"
          "\"X\"," RESPONSE "}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_assert_str_eq(rig_report(&rig, 0)->venue_id, ID);
    place("{\"success\":true,\"order_id\":\"X\",\"success_response\":{}}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT, "success without an order id");
}

Test(answers, what_is_not_whole_is_in_doubt)
{
    static const char *const bodies[] = {"",   "{",    "{\"success\":true," RESPONSE, "{}",
                                         "[]", "null", "{\"success\":\"yes\"}"};

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        place(bodies[i]);
        cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT, "%s", bodies[i]);
        cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 0);
    }
}

Test(answers, an_answer_about_another_order_is_adopted_not_believed)
{
    place("{\"success\":true,\"success_response\":{\"order_id\":\"" ID
          "\",\"client_order_id\":\"acme-000000\"}}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    cr_assert_eq(rig.result.action, SOFIA_ACTION_ADOPT);
    cr_assert_eq(rig.fake.log_level, SOFIA_LOG_ERROR);
}

/* ---- orders ---- */

#define ORDER_OF(id, client, side, size, status, filled, rest)                                     \
    "{\"order_id\":\"" id "\",\"client_order_id\":\"" client                                       \
    "\",\"product_id\":\"BTC-USD\",\"order_configuration\":{\"limit_limit_gtc\":{\"base_size\":"   \
    "\"" size "\",\"limit_price\":\"60000.00\",\"post_only\":true}},\"side\":\"" side              \
    "\",\"status\":\"" status "\",\"time_in_force\":\"GOOD_UNTIL_CANCELLED\","                     \
    "\"created_time\":\"2026-01-01T00:00:01.123456Z\",\"filled_size\":\"" filled                   \
    "\",\"filled_value\":\"0\",\"order_type\":\"LIMIT\",\"last_fill_time\":null" rest "}"
#define ORDER(status, filled, rest)                                                                \
    ORDER_OF(ID, "acme-000001", "BUY", "0.002", status, filled, rest)

static void query(const char *venue_id, const char *body)
{
    struct sofia_request request;
    struct sofia_order order = rig_order();

    snprintf(order.venue_id, sizeof(order.venue_id), "%s", venue_id);
    cr_assert_eq(coinbase_encode_query(rig.self, &order, &request), 0);
    fake_clear(&rig.fake);
    cr_assert_eq(rig_answer_to(&rig, &request, 200, body), 0);
}

static const struct sofia_event_sync *sync_of(void)
{
    return fake_event(&rig.fake, SOFIA_EV_SYNC, 0);
}

Test(answers, an_order_is_found_by_its_id)
{
    query(ID, "{\"orders\":[" ORDER("OPEN", "0.0004", "") "],\"has_next\":false}");
    const struct sofia_event_report *report = rig_report(&rig, 0);
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_assert_eq(report->state, SOFIA_STATE_PARTIALLY_FILLED);
    cr_assert_eq(report->source, SOFIA_REPORT_QUERY);
    cr_assert_str_eq(text_of_decimal(report->filled_qty), "0.0004");
    cr_assert_str_eq(text_of_decimal(report->qty), "0.002");
    cr_assert_str_eq(text_of_decimal(report->price), "60000");
    cr_assert_eq(report->side, SOFIA_SIDE_BUY);
    cr_assert_eq(report->tif, SOFIA_TIF_GTC);
    cr_assert_eq(report->order_flags, SOFIA_ORDER_POST_ONLY);
    cr_assert_eq(report->head.instrument, 1);
    cr_assert_eq(sync_of()->what, SOFIA_SYNC_ORDER);
    cr_assert_eq(sync_of()->found, 1);
    cr_assert_eq(sync_of()->order_id, 42);
}

Test(answers, each_status_with_and_without_fills)
{
    static const struct {
        const char *status;
        const char *filled;
        uint32_t state;
    } rows[] = {
        {"PENDING", "0", SOFIA_STATE_PENDING_NEW},
        {"QUEUED", "0", SOFIA_STATE_PENDING_NEW},
        {"OPEN", "0", SOFIA_STATE_NEW},
        {"OPEN", "0.0004", SOFIA_STATE_PARTIALLY_FILLED},
        {"EDIT_QUEUED", "0", SOFIA_STATE_NEW},
        {"EDIT_QUEUED", "1", SOFIA_STATE_PARTIALLY_FILLED},
        {"CANCEL_QUEUED", "0", SOFIA_STATE_NEW},
        {"CANCEL_QUEUED", "0.1", SOFIA_STATE_PARTIALLY_FILLED},
        {"FILLED", "1", SOFIA_STATE_FILLED},
        {"CANCELLED", "0", SOFIA_STATE_CANCELED},
        {"CANCELLED", "0.1", SOFIA_STATE_CANCELED},
        {"EXPIRED", "0", SOFIA_STATE_EXPIRED},
        {"FAILED", "0", SOFIA_STATE_REJECTED},
        {"FAILED", "0.00000000", SOFIA_STATE_REJECTED},
        {"FAILED", "0.1", SOFIA_STATE_CANCELED},
        {"UNKNOWN_ORDER_STATUS", "0", 0},
        {"CANCELED", "0", 0},
        {"SOMETHING_NEW", "0.1", 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(coinbase_state_of(sofia_slice_of(rows[i].status), dec(rows[i].filled)),
                     rows[i].state, "%s %s", rows[i].status, rows[i].filled);
    }
}

Test(answers, an_order_that_failed_after_fills_is_loud)
{
    query(ID, "{\"orders\":[" ORDER("FAILED", "0.0004",
                                    ",\"reject_reason\":\"HOLD_FAILURE\"") "],\"has_next\":false}");
    cr_assert_eq(rig_report(&rig, 0)->state, SOFIA_STATE_CANCELED);
    cr_assert_str_eq(rig_report(&rig, 0)->reason, "HOLD_FAILURE");
    cr_assert_eq(rig.fake.log_level, SOFIA_LOG_ERROR);
}

Test(answers, an_order_is_looked_for_through_all_pages)
{
    struct sofia_request next;

    query("", "{\"orders\":[" ORDER_OF("X", "other", "SELL", "1", "OPEN", "0",
                                       "") "],\"has_next\":true,\"cursor\":\"148401249\"}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT, "the answer is not there yet");
    cr_assert_null(sync_of());
    next = *rig_last(&rig);
    cr_assert_not_null(strstr(fake_part(&next, SOFIA_PART_QUERY), "start_date="));
    cr_assert_not_null(strstr(fake_part(&next, SOFIA_PART_QUERY), "&cursor=148401249"));
    fake_clear(&rig.fake);
    rig_answer_to(&rig, &next, 200,
                  "{\"orders\":[" ORDER("OPEN", "0", "") "],\"has_next\":true,\"cursor\":\"9\"}");
    cr_assert_eq(rig_report(&rig, 0)->state, SOFIA_STATE_NEW);
    cr_assert_eq(sync_of()->found, 1);
    cr_assert_eq(sync_of()->order_id, 42);
    cr_assert_eq(rig.fake.request_count, 0, "found: no further page");
}

Test(answers, only_the_last_page_can_say_absent)
{
    query("", "{\"orders\":[],\"has_next\":true,\"cursor\":\"1\"}");
    cr_assert_null(sync_of());
    struct sofia_request next = *rig_last(&rig);
    fake_clear(&rig.fake);
    rig_answer_to(&rig, &next, 200, "{\"orders\":[],\"has_next\":true,\"cursor\":\"1\"}");
    cr_assert_null(sync_of(), "the same cursor again proves nothing");
    cr_assert_eq(rig.fake.request_count, 0, "and is not walked for ever");
    query("", "{\"orders\":[],\"has_next\":false,\"cursor\":\"\"}");
    cr_assert_eq(sync_of()->absent, 1);
    query("", "{\"has_next\":false}");
    cr_assert_null(sync_of(), "an answer without a list is none");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
}

Test(answers, a_used_id_that_brings_back_another_order_is_loud)
{
    rig.fake.log_level = 0;
    query("", "{\"orders\":[" ORDER_OF(ID, "acme-000001", "SELL", "0.002", "OPEN", "0",
                                       "") "],\"has_next\":false}");
    cr_assert_eq(rig.fake.log_level, SOFIA_LOG_ERROR, "another side");
    rig.fake.log_level = 0;
    query("", "{\"orders\":[" ORDER_OF(ID, "acme-000001", "BUY", "0.003", "OPEN", "0",
                                       "") "],\"has_next\":false}");
    cr_assert_eq(rig.fake.log_level, SOFIA_LOG_ERROR, "another size");
    rig.fake.log_level = 0;
    query("",
          "{\"orders\":[" ORDER_OF(
              ID, "acme-000001", "BUY", "0.003", "OPEN", "0",
              ",\"edit_history\":[{\"price\":\"1\",\"size\":\"0.003\"}]") "],\"has_next\":false}");
    cr_assert_eq(rig.fake.log_level, 0, "one that was edited is the same");
}

Test(answers, a_refusal_without_a_reason_is_settled_by_listings_that_agree)
{
    static const char empty[] = "{\"orders\":[],\"has_next\":false}";

    place("{\"success\":false,\"error_response\":{\"new_order_failure_reason\":"
          "\"UNKNOWN_FAILURE_REASON\"}}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    query("", empty);
    cr_assert_eq(sync_of()->absent, 1, "too young to be believed");
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 0);
    rig.fake.mono_ns += INT64_C(11000000000);
    query("", empty);
    cr_assert_eq(rig_report(&rig, 0)->state, SOFIA_STATE_REJECTED);
    cr_assert_str_eq(rig_report(&rig, 0)->client_id, "acme-000001");
    cr_assert_eq(sync_of()->found, 1);
}

Test(answers, a_lost_order_that_was_not_refused_stays_unknown_for_ever)
{
    rig_lose(&rig, ENDPOINT_ORDER_PLACE, SOFIA_ANSWER_IN_DOUBT);
    rig.fake.mono_ns += INT64_C(86400000000000);
    query("", "{\"orders\":[],\"has_next\":false}");
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 0);
    cr_assert_eq(sync_of()->absent, 1);
}

/* ---- open orders ---- */

/* One question of the core: the adapter's own, about queued orders, has left before it. */
static struct sofia_request open_request;
static struct sofia_request queued_request;

static const char *ask_for_open(void)
{
    fake_clear(&rig.fake);
    cr_assert_eq(coinbase_encode_open_orders(rig.self, "", &open_request), 0);
    if (rig.fake.request_count > 0) {
        queued_request = *rig_last(&rig);
    }
    return fake_part(&open_request, SOFIA_PART_QUERY);
}

static void list(const char *body)
{
    ask_for_open();
    rig_answer_to(&rig, &queued_request, 200, "{\"orders\":[],\"has_next\":false}");
    rig_answer_to(&rig, &open_request, 200, body);
}

Test(answers, open_orders_are_told_when_the_last_page_has_come)
{
    cr_assert_str_eq(ask_for_open(), "order_status=OPEN&limit=1000");
    cr_assert_str_eq(fake_part(&queued_request, SOFIA_PART_QUERY),
                     "order_status=PENDING&order_status=QUEUED&order_status=CANCEL_QUEUED"
                     "&order_status=EDIT_QUEUED&limit=1000");
    rig_answer_to(&rig, &queued_request, 200,
                  "{\"orders\":[" ORDER_OF("Y", "queued", "BUY", "1", "PENDING", "0",
                                           "") "],\"has_next\":false,\"cursor\":\"\"}");
    rig_answer_to(&rig, &open_request, 200,
                  "{\"orders\":[" ORDER("OPEN", "0", "") "],\"has_next\":true,\"cursor\":\"c1\"}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT, "not the whole listing");
    cr_assert_eq(rig.fake.event_count, 0);
    cr_assert_str_eq(ask_for_open(), "order_status=OPEN&limit=1000&cursor=c1");
    cr_assert_eq(rig.fake.request_count, 0, "the queued ones are known");
    rig_answer_to(&rig, &open_request, 200,
                  "{\"orders\":[" ORDER_OF("X", "other", "SELL", "1", "OPEN", "0",
                                           "") "],\"has_next\":false,\"cursor\":\"\"}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 3);
    cr_assert_str_eq(rig_report(&rig, 0)->venue_id, "Y");
    cr_assert_str_eq(rig_report(&rig, 1)->venue_id, ID);
    cr_assert_eq(rig_report(&rig, 0)->source, SOFIA_REPORT_LISTING);
    cr_assert_eq(sync_of()->what, SOFIA_SYNC_OPEN_ORDERS);
    cr_assert_eq(sync_of()->found, 3);
    cr_assert_str_eq(ask_for_open(), "order_status=OPEN&limit=1000", "the next one begins anew");
    cr_assert_eq(rig.fake.request_count, 1);
}

Test(answers, without_the_queued_orders_a_listing_is_not_whole)
{
    static const char none[] = "{\"orders\":[],\"has_next\":false}";

    ask_for_open();
    rig_answer_to(&rig, &open_request, 200, none);
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT, "their answer has not come");
    ask_for_open();
    rig_answer_to(&rig, &queued_request, 503, "");
    rig_answer_to(&rig, &open_request, 200, none);
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT, "it was none");
    list(none);
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_assert_eq(sync_of()->found, 0);
}

Test(answers, queued_orders_come_in_pages_too)
{
    ask_for_open();
    rig_answer_to(&rig, &queued_request, 200,
                  "{\"orders\":[" ORDER_OF("Y", "queued", "BUY", "1", "PENDING", "0",
                                           "") "],\"has_next\":true,\"cursor\":\"q2\"}");
    cr_assert_not_null(strstr(fake_part(rig_last(&rig), SOFIA_PART_QUERY), "&cursor=q2"));
    queued_request = *rig_last(&rig);
    rig_answer_to(&rig, &queued_request, 200, "{\"orders\":[],\"has_next\":false}");
    rig_answer_to(&rig, &open_request, 200, "{\"orders\":[],\"has_next\":false}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_assert_eq(sync_of()->found, 1);
}

Test(answers, a_page_of_a_walk_that_was_given_up_is_not_taken)
{
    struct sofia_request old;

    coinbase_encode_open_orders(rig.self, "", &old);
    coinbase_walk_restart(&rig.c->open_orders);
    rig_answer_to(&rig, &old, 200, "{\"orders\":[],\"has_next\":false}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    cr_assert_eq(rig.c->open_orders.pages, 0);
}

Test(answers, a_torn_listing_is_none)
{
    list("{\"orders\":[" ORDER("OPEN", "0", "") "],\"has_next\":false");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    list("{\"orders\":[{\"order_id\":\"\"}],\"has_next\":false}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    cr_assert_eq(rig.c->open_orders.count, 0);
}

/* ---- fills ---- */

#define ENTRY "da70e2c1aa0f4a0d8ed1e0bb7d0b4d1c5ce1a2b3c4d5e6f708192a3b4c5d6e7f"
#define FILL(entry, size, rest)                                                                    \
    "{\"entry_id\":\"" entry "\",\"trade_id\":\"37d31b1e\",\"order_id\":\"" ID                     \
    "\",\"trade_time\":\"2026-01-01T00:00:02.826Z\",\"trade_type\":\"FILL\",\"price\":"            \
    "\"60000.00\",\"size\":\"" size "\",\"commission\":\"0.36\",\"product_id\":\"BTC-USD\","       \
    "\"liquidity_indicator\":\"MAKER\",\"side\":\"BUY\"" rest "}"

static void fills(const char *from, const char *symbol, const char *body)
{
    struct sofia_request request;
    struct sofia_trades_query q = {.size = sizeof(q), .order_id = 42};

    snprintf(q.venue_symbol, sizeof(q.venue_symbol), "%s", symbol);
    snprintf(q.venue_order_id, sizeof(q.venue_order_id), "%s", ID);
    snprintf(q.from, sizeof(q.from), "%s", from);
    cr_assert_eq(coinbase_encode_trades(rig.self, &q, &request), 0);
    fake_clear(&rig.fake);
    rig_answer_to(&rig, &request, 200, body);
}

static const struct sofia_event_fill *fill_of(uint32_t n)
{
    return fake_event(&rig.fake, SOFIA_EV_FILL, n);
}

Test(answers, an_execution_is_told_with_its_fee_in_quote_money)
{
    fills("", "BTC-USD", "{\"fills\":[" FILL("e1", "0.001", "") "],\"cursor\":\"\"}");
    const struct sofia_event_fill *fill = fill_of(0);
    cr_assert_not_null(fill);
    cr_assert_str_eq(fill->fill_id, "e1");
    cr_assert_str_eq(fill->venue_id, ID);
    cr_assert_str_eq(text_of_decimal(fill->qty), "0.001");
    cr_assert_str_eq(text_of_decimal(fill->price), "60000");
    cr_assert_str_eq(text_of_wide(fill->fee), "0.36");
    cr_assert_str_eq(fill->fee_asset, "USD");
    cr_assert_eq(fill->side, SOFIA_SIDE_BUY);
    cr_assert_eq(fill->liquidity, SOFIA_LIQUIDITY_MAKER);
    cr_assert_eq(fill->head.instrument, 1);
    cr_assert_eq(fill->head.ts_venue_ns, INT64_C(1767225602826000000));
    cr_assert_eq(sync_of()->what, SOFIA_SYNC_TRADES);
    cr_assert_eq(sync_of()->more, 0);
}

Test(answers, a_fee_is_paid_in_the_money_of_the_product_that_was_ordered)
{
    fills("", "BTC-USDC", "{\"fills\":[" FILL("e1", "0.001", "") "],\"cursor\":\"\"}");
    cr_assert_str_eq(fill_of(0)->fee_asset, "USDC", "whatever name the book has");
}

Test(answers, an_entry_id_of_64_digits_is_kept_whole_in_fewer_letters)
{
    char other[SOFIA_FILL_ID_SIZE];

    fills("", "BTC-USD", "{\"fills\":[" FILL(ENTRY, "0.001", "") "],\"cursor\":\"\"}");
    cr_assert_str_eq(fill_of(0)->fill_id, "2nDiwaoPSg2O0eC7fQtNHFzhorPE1eb3CBkqO0xdbn8");
    cr_assert_eq(coinbase_fill_id(rig.c,
                                  sofia_slice_of("not hex, and longer than the room for an id has, "
                                                 "which is sixty-three letters"),
                                  other),
                 0);
    cr_assert_eq(strlen(other), 43);
}

Test(answers, a_size_in_quote_money_becomes_a_size_in_base)
{
    fills("", "BTC-USD",
          "{\"fills\":[" FILL("e1", "30", ",\"size_in_quote\":true") "],\"cursor\":\"\"}");
    cr_assert_str_eq(text_of_decimal(fill_of(0)->qty), "0.0005");
    cr_assert_str_eq(text_of_wide(fill_of(0)->quote_qty), "30");
}

Test(answers, fractions_of_a_fill_are_not_measured_against_the_grid)
{
    fills("", "BTC-USD", "{\"fills\":[" FILL("e1", "0.9940357852882704", "") "],\"cursor\":\"\"}");
    cr_assert_str_eq(text_of_decimal(fill_of(0)->qty), "0.9940357852882704");
}

Test(answers, what_is_no_trade_is_loud_and_not_booked)
{
    fills("", "BTC-USD",
          "{\"fills\":[{\"entry_id\":\"e9\",\"order_id\":\"" ID
          "\",\"trade_type\":\"REVERSAL\",\"price\":\"1\",\"size\":\"1\"}],\"cursor\":\"\"}");
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_FILL), 0);
    cr_assert_eq(rig.fake.log_level, SOFIA_LOG_ERROR);
}

Test(answers, fills_are_read_over_pages_until_the_cursor_ends)
{
    fills(
        "", "BTC-USD",
        "{\"fills\":[" FILL("e1", "0.001", "") "," FILL("e2", "0.001", "") "],\"cursor\":\"p2\"}");
    cr_assert_eq(sync_of()->more, 1);
    cr_assert_str_eq(sync_of()->next, "p2");
    fills(
        "p2", "BTC-USD",
        "{\"fills\":[" FILL("e2", "0.001", "") "," FILL("e3", "0.001", "") "],\"cursor\":\"p3\"}");
    cr_assert_str_eq(fill_of(0)->fill_id, "e2", "the row at the boundary comes twice, by one name");
    cr_assert_eq(sync_of()->more, 1);
    fills("p3", "BTC-USD", "{\"fills\":[" FILL("e4", "0.001", "") "],\"cursor\":\"p3\"}");
    cr_assert_eq(sync_of()->more, 0, "a cursor that repeats is the end");
    fills("p3", "BTC-USD", "{\"fills\":[],\"cursor\":\"p4\"}");
    cr_assert_eq(sync_of()->more, 0, "an empty page is the end");
}

Test(answers, torn_fills_are_in_doubt)
{
    fills("", "BTC-USD", "{\"fills\":[" FILL("e1", "0.001", "") "]");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    fills("", "BTC-USD", "{\"fills\":[{\"entry_id\":\"\"}],\"cursor\":\"\"}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
}

/* ---- time ---- */

Test(answers, the_venues_clock_is_read_in_milliseconds)
{
    rig_answer(&rig, ENDPOINT_TIME, 200,
               "{\"iso\":\"2026-01-01T00:00:00Z\",\"epochSeconds\":\"1767225600\","
               "\"epochMillis\":\"1767225600123\"}");
    const struct sofia_event_time *time = fake_event(&rig.fake, SOFIA_EV_TIME, 0);
    cr_assert_eq(time->server_ns, INT64_C(1767225600123000000));
    rig_answer(&rig, ENDPOINT_TIME, 200, "{\"epochSeconds\":\"1767225600\"}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
}

/* ---- numbers ---- */

Test(answers, numbers_are_read_as_the_venue_spells_them)
{
    static const struct {
        const char *json;
        const char *value;
    } rows[] = {{"\"0.00000000\"", "0"}, {"\".19\"", "0.19"},
                {"\"5.\"", "5"},         {"\"\"", "absent"},
                {"null", "absent"},      {"12.5", "12.5"},
                {"\"0\"", "0"},          {"\"99999999999999999999.123456789\"", "absent"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sofia_json cur;
        struct sofia_decimal value;
        sofia_json_init(&cur, rows[i].json, strlen(rows[i].json));
        coinbase_json_decimal(&cur, &value);
        cr_expect_eq(sofia_json_finish(&cur), 0, "%s", rows[i].json);
        cr_expect_str_eq(text_of_decimal(value), rows[i].value, "%s", rows[i].json);
    }
}

Test(answers, what_is_no_number_fails)
{
    static const char *const bad[] = {"\"1e5\"", "\"+1\"", "\"NaN\"", "true", "{}", "\"1 2\""};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct sofia_json cur;
        struct sofia_decimal value;
        sofia_json_init(&cur, bad[i], strlen(bad[i]));
        coinbase_json_decimal(&cur, &value);
        cr_expect_neq(sofia_json_finish(&cur), 0, "%s", bad[i]);
    }
}
