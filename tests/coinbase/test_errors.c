/* The table of errors, row by row, and every shape of body. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "rig.h"

#define HTML "<!DOCTYPE html><html><body>Too Many Requests</body></html>"
#define JSON(word) "{\"error\":\"" word "\",\"error_details\":\"d\",\"message\":\"m\"}"

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(errors, .init = init, .fini = fini);

static void expect(uint32_t endpoint, uint32_t status, const char *body, uint32_t verdict,
                   uint32_t action)
{
    cr_assert_eq(rig_answer(&rig, endpoint, status, body), SOFIA_OK);
    cr_expect_eq(rig.result.verdict, verdict, "%u on %u: verdict %u", status, endpoint,
                 rig.result.verdict);
    cr_expect_eq(rig.result.action, action, "%u on %u: action %u (%s)", status, endpoint,
                 rig.result.action, rig.result.reason);
    rig.c->signer.refusals = 0;
}

Test(errors, bodies_of_every_shape_are_read)
{
    static const struct {
        const char *body;
        const char *word;
        const char *text;
    } rows[] = {
        {JSON("INVALID_ARGUMENT"), "INVALID_ARGUMENT", "m"},
        {"{\"error\":\"NOT_FOUND\",\"error_details\":\"gone\"}", "NOT_FOUND", "gone"},
        {"{\"error\":\"unknown\",\"code\":13,\"message\":\"oops\",\"details\":[{\"type_url\":"
         "\"x\",\"value\":\"y\"}]}",
         "unknown", "oops"},
        {"{\"errors\":[{\"id\":\"rate_limit_exceeded\",\"message\":\"slow\"},{\"id\":\"b\"}]}",
         "rate_limit_exceeded", "slow"},
        {"Unauthorized", "", "Unauthorized"},
        {HTML, "", "an HTML page"},
        {"go/sg/7d1c", "", "go/sg/7d1c"},
        {"", "", "an empty or unreadable body"},
        {"{\"error\":\"INVALID_ARG", "", "{\"error\":\"INVALID_ARG"},
        {"{\"error\":{\"deep\":[1,2]},\"errors\":\"none\"}", "", ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct coinbase_refusal refusal = {.http_status = 400};
        coinbase_refusal_read(sofia_slice_of(rows[i].body), &refusal);
        cr_expect_str_eq(refusal.word, rows[i].word, "row %zu", i);
        cr_expect_str_eq(refusal.text, rows[i].text, "row %zu", i);
    }
}

Test(errors, a_bad_request_was_not_placed)
{
    expect(ENDPOINT_ORDER_PLACE, 400, JSON("INVALID_ARGUMENT"), SOFIA_VERDICT_REJECTED,
           SOFIA_ACTION_NONE);
    expect(ENDPOINT_ORDER_CANCEL, 400, JSON("INVALID_ARGUMENT"), SOFIA_VERDICT_REJECTED,
           SOFIA_ACTION_NONE);
}

Test(errors, unauthorized_asks_for_the_clock_and_one_more_token)
{
    expect(ENDPOINT_ORDER_PLACE, 401, "Unauthorized", SOFIA_VERDICT_NOT_SENT,
           SOFIA_ACTION_RESYNC_CLOCK);
    expect(ENDPOINT_ORDER_CANCEL, 401, "Unauthorized", SOFIA_VERDICT_NOT_SENT,
           SOFIA_ACTION_RESYNC_CLOCK);
    expect(ENDPOINT_ORDERS, 401, "Unauthorized", SOFIA_VERDICT_NOT_SENT, SOFIA_ACTION_RESYNC_CLOCK);
}

Test(errors, the_third_unauthorized_in_a_row_stops_the_account)
{
    rig_answer(&rig, ENDPOINT_ORDERS, 401, "Unauthorized");
    rig_answer(&rig, ENDPOINT_ORDERS, 401, "Unauthorized");
    cr_assert_eq(rig.result.action, SOFIA_ACTION_RESYNC_CLOCK);
    rig_answer(&rig, ENDPOINT_ORDERS, 401, "Unauthorized");
    cr_assert_eq(rig.result.action, SOFIA_ACTION_FATAL);
}

Test(errors, a_success_between_them_starts_the_count_anew)
{
    rig_answer(&rig, ENDPOINT_ORDERS, 401, "Unauthorized");
    rig_answer(&rig, ENDPOINT_ORDERS, 401, "Unauthorized");
    rig_answer(&rig, ENDPOINT_PERMISSIONS, 200, rig_rights);
    rig_answer(&rig, ENDPOINT_ORDERS, 401, "Unauthorized");
    cr_assert_eq(rig.result.action, SOFIA_ACTION_RESYNC_CLOCK);
}

Test(errors, requests_refused_together_count_once)
{
    struct sofia_answer a = {.size = sizeof(a),
                             .endpoint = ENDPOINT_ORDERS,
                             .outcome = SOFIA_ANSWER_OK,
                             .http_status = 401,
                             .sent_ns = 100,
                             .recv_ns = 200,
                             .body = "Unauthorized",
                             .body_len = 12};

    for (int i = 0; i < 5; i++) {
        cr_assert_eq(coinbase_exchange.on_answer(rig.self, &a, &rig.result), 0);
        cr_assert_eq(rig.result.action, SOFIA_ACTION_RESYNC_CLOCK);
    }
}

Test(errors, forbidden_is_fatal_when_the_venue_says_it_and_a_wait_when_the_edge_does)
{
    expect(ENDPOINT_ORDER_PLACE, 403, JSON("PERMISSION_DENIED"), SOFIA_VERDICT_NOT_SENT,
           SOFIA_ACTION_FATAL);
    expect(ENDPOINT_ORDERS, 403, JSON("PERMISSION_DENIED"), SOFIA_VERDICT_NOT_SENT,
           SOFIA_ACTION_FATAL);
    expect(ENDPOINT_ORDERS, 403, HTML, SOFIA_VERDICT_NOT_SENT, SOFIA_ACTION_BACK_OFF);
}

Test(errors, not_found_is_a_hint)
{
    expect(ENDPOINT_ORDER_CANCEL, 404, JSON("NOT_FOUND"), SOFIA_VERDICT_REJECTED,
           SOFIA_ACTION_GONE);
    expect(ENDPOINT_ORDER_PLACE, 404, JSON("NOT_FOUND"), SOFIA_VERDICT_REJECTED,
           SOFIA_ACTION_REFRESH);
    expect(ENDPOINT_ORDER_PLACE, 404, HTML, SOFIA_VERDICT_IN_DOUBT, SOFIA_ACTION_REFRESH);
}

Test(errors, too_many_leaves_an_order_in_doubt_and_waits_longer_each_time)
{
    expect(ENDPOINT_ORDER_PLACE, 429, HTML, SOFIA_VERDICT_IN_DOUBT, SOFIA_ACTION_BACK_OFF);
    uint32_t first = rig.result.retry_after_ms;
    expect(ENDPOINT_ORDERS, 429, "{\"errors\":[{\"id\":\"rate_limit_exceeded\"}]}",
           SOFIA_VERDICT_NOT_SENT, SOFIA_ACTION_BACK_OFF);
    expect(ENDPOINT_ORDERS, 429, HTML, SOFIA_VERDICT_NOT_SENT, SOFIA_ACTION_BACK_OFF);
    cr_assert_gt(rig.result.retry_after_ms, first);
    cr_assert_leq(first, 1000);
    const struct sofia_event_usage *usage = fake_event(&rig.fake, SOFIA_EV_USAGE, 0);
    cr_assert_not_null(usage);
    cr_assert_eq(usage->bucket, BUCKET_PRIVATE);
    cr_assert_eq(usage->blocked, 1);
    cr_assert_gt(usage->until_ns, FAKE_VENUE_NOW_NS);
}

Test(errors, a_failing_server_proves_nothing)
{
    static const uint32_t statuses[] = {500, 502, 503, 504, 520, 302, 418};

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        expect(ENDPOINT_ORDER_PLACE, statuses[i], "go/sg/1", SOFIA_VERDICT_IN_DOUBT,
               SOFIA_ACTION_RECONCILE);
        expect(ENDPOINT_ORDER_CANCEL, statuses[i], HTML, SOFIA_VERDICT_IN_DOUBT,
               SOFIA_ACTION_RECONCILE);
    }
}

Test(errors, what_the_transport_knows_is_believed)
{
    rig_lose(&rig, ENDPOINT_ORDER_PLACE, SOFIA_ANSWER_NOT_SENT);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_NOT_SENT);
    rig_lose(&rig, ENDPOINT_ORDER_PLACE, SOFIA_ANSWER_IN_DOUBT);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
}

/* ---- refused orders ---- */

static void refuse(const char *response)
{
    char body[512];

    snprintf(body, sizeof(body), "{\"success\":false,\"error_response\":%s}", response);
    cr_assert_eq(rig_answer(&rig, ENDPOINT_ORDER_PLACE, 200, body), SOFIA_OK);
}

Test(errors, a_refusal_is_read_from_whichever_member_says_something)
{
    refuse("{\"error\":\"INSUFFICIENT_FUND\",\"message\":\"m\",\"error_details\":\"\","
           "\"preview_failure_reason\":\"PREVIEW_INSUFFICIENT_FUND\","
           "\"new_order_failure_reason\":\"INSUFFICIENT_FUND\"}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_REJECTED);
    cr_expect_eq(rig.result.action, SOFIA_ACTION_RECONCILE);
    cr_expect_str_eq(rig.result.reason, "INSUFFICIENT_FUND: m");
    refuse("{\"new_order_failure_reason\":\"INVALID_LIMIT_PRICE_POST_ONLY\"}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_REJECTED);
    refuse("{\"error\":\"INVALID_LIMIT_PRICE_POST_ONLY\","
           "\"new_order_failure_reason\":\"UNKNOWN_FAILURE_REASON\"}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_REJECTED);
    refuse("{\"error\":\"UNKNOWN_FAILURE_REASON\","
           "\"preview_failure_reason\":\"PREVIEW_INVALID_BASE_SIZE_TOO_SMALL\"}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_REJECTED);
    cr_expect_str_eq(rig.result.reason, "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL");
}

Test(errors, each_class_of_reasons_has_its_consequence)
{
    static const struct {
        const char *word;
        uint32_t verdict;
        uint32_t action;
    } rows[] = {
        {"INVALID_PRICE_PRECISION", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_REFRESH},
        {"INVALID_SIDE", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_NONE},
        {"INSUFFICIENT_FUNDS", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_RECONCILE},
        {"PREVIEW_INVALID_LEDGER_BALANCE", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_RECONCILE},
        {"INVALID_NO_LIQUIDITY", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_NONE},
        {"TRADING_DISABLED", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_REFRESH},
        {"ORDER_ENTRY_DISABLED", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_REFRESH},
        {"GEOFENCING_RESTRICTION", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_FATAL},
        {"DUPLICATE_CLIENT_ORDER_ID", SOFIA_VERDICT_IN_DOUBT, SOFIA_ACTION_ADOPT},
        {"COMMANDER_REJECTED_NEW_ORDER", SOFIA_VERDICT_IN_DOUBT, SOFIA_ACTION_RECONCILE},
        {"A_REASON_OF_NEXT_YEAR", SOFIA_VERDICT_IN_DOUBT, SOFIA_ACTION_RECONCILE},
        {"PREVIEW_A_REASON_OF_NEXT_YEAR", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_NONE},
        {"", SOFIA_VERDICT_IN_DOUBT, SOFIA_ACTION_RECONCILE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sofia_result result = {.size = sizeof(result)};
        coinbase_reason_judge(rows[i].word, "", &result);
        cr_expect_eq(result.verdict, rows[i].verdict, "%s", rows[i].word);
        cr_expect_eq(result.action, rows[i].action, "%s", rows[i].word);
        cr_expect_str_neq(result.reason, "");
    }
}

/* ---- cancels ---- */

static void cancel(const char *results)
{
    struct sofia_request request;
    struct sofia_order order = rig_order();
    char body[512];

    memcpy(order.venue_id, "A", 2);
    cr_assert_eq(coinbase_encode_cancel(rig.self, &order, &request), 0);
    snprintf(body, sizeof(body), "{\"results\":[%s]}", results);
    rig_answer_to(&rig, &request, 200, body);
}

#define RESULT(id, success, reason)                                                                \
    "{\"success\":" success ",\"failure_reason\":\"" reason "\",\"order_id\":\"" id "\"}"

Test(errors, a_cancel_is_judged_by_its_own_row_and_by_success_alone)
{
    cancel(RESULT("B", "false",
                  "UNKNOWN_CANCEL_ORDER") "," RESULT("A", "true", "UNKNOWN_CANCEL_FAILURE_REASON"));
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cancel(RESULT("A", "false",
                  "UNKNOWN_CANCEL_ORDER") "," RESULT("B", "true", "UNKNOWN_CANCEL_FAILURE_REASON"));
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_REJECTED);
    cr_expect_eq(rig.result.action, SOFIA_ACTION_GONE);
    cancel(RESULT("B", "true", "UNKNOWN_CANCEL_FAILURE_REASON"));
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT, "nothing was said about ours");
}

Test(errors, a_cancel_that_was_accepted_is_no_report_of_an_end)
{
    cancel(RESULT("A", "true", "UNKNOWN_CANCEL_FAILURE_REASON"));
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 0);
}

Test(errors, reasons_of_a_cancel)
{
    cancel(RESULT("A", "false", "ORDER_IS_FULLY_FILLED"));
    cr_expect_eq(rig.result.action, SOFIA_ACTION_GONE);
    cancel(RESULT("A", "false", "DUPLICATE_CANCEL_REQUEST"));
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cancel(RESULT("A", "false", "ORDER_IS_BEING_REPLACED"));
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT, "the cancel is owed");
    cancel(RESULT("A", "false", "COMMANDER_REJECTED_CANCEL_ORDER"));
    cr_expect_eq(rig.result.action, SOFIA_ACTION_GONE);
    cancel(RESULT("A", "false", "NEW_REASON"));
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
}

Test(errors, reasons_of_an_edit_come_in_an_array_or_alone)
{
    rig_answer(&rig, ENDPOINT_ORDER_EDIT, 200, "{\"success\":true,\"errors\":[]}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    rig_answer(&rig, ENDPOINT_ORDER_EDIT, 200,
               "{\"success\":false,\"errors\":[{\"edit_failure_reason\":"
               "\"INVALID_EDITED_PRICE\",\"preview_failure_reason\":\"UNKNOWN_PREVIEW\"}]}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_REJECTED);
    cr_expect_str_eq(rig.result.reason, "INVALID_EDITED_PRICE");
    rig_answer(&rig, ENDPOINT_ORDER_EDIT, 200,
               "{\"success\":false,\"errors\":{\"edit_failure_reason\":"
               "\"ONLY_OPEN_ORDERS_CAN_BE_EDITED\"}}");
    cr_expect_eq(rig.result.action, SOFIA_ACTION_GONE);
    rig_answer(&rig, ENDPOINT_ORDER_EDIT, 200, "{\"success\":false,\"errors\":[]}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    rig_answer(&rig, ENDPOINT_ORDER_EDIT, 200, "{}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
}
