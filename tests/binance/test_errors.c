/* One row each of the venue's error table, and what HTTP alone can and cannot prove. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

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

TestSuite(binance_errors, .init = init, .fini = fini);

static void expect(uint32_t endpoint, uint32_t status, const char *body, uint32_t verdict,
                   uint32_t action)
{
    cr_assert_eq(rig_answer(&rig, endpoint, status, body), 0);
    cr_expect_eq(rig.result.verdict, verdict, "verdict %u for %u %s", rig.result.verdict, status,
                 body);
    cr_expect_eq(rig.result.action, action, "action %u for %u %s", rig.result.action, status, body);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 0);
}

#define PLACE ENDPOINT_ORDER_PLACE
#define CANCEL ENDPOINT_ORDER_CANCEL
#define REJECTED SOFIA_VERDICT_REJECTED
#define NOT_SENT SOFIA_VERDICT_NOT_SENT
#define IN_DOUBT SOFIA_VERDICT_IN_DOUBT
#define ROW(name, endpoint, status, code, msg, verdict, action)                                    \
    Test(binance_errors, name)                                                                     \
    {                                                                                              \
        expect(endpoint, status, "{\"code\":" #code ",\"msg\":\"" msg "\"}", verdict,              \
               SOFIA_ACTION_##action);                                                             \
        cr_expect_eq(rig.result.venue_code, code);                                                 \
        cr_expect_str_eq(rig.result.reason, msg);                                                  \
    }

ROW(m1000_unknown, PLACE, 400, -1000, "An unknown error occurred.", IN_DOUBT, RECONCILE)
ROW(m1001_disconnected, PLACE, 400, -1001, "Internal error.", IN_DOUBT, RECONCILE)
ROW(m1002_unauthorized, PLACE, 401, -1002, "You are not authorized.", REJECTED, FATAL)
ROW(m1003_too_many_requests, PLACE, 429, -1003, "Too many requests.", NOT_SENT, BACK_OFF)
ROW(m1003_banned, CANCEL, 418, -1003, "Way too many requests.", NOT_SENT, BACK_OFF)
ROW(m1006_unexpected_response, PLACE, 400, -1006, "Execution status unknown.", IN_DOUBT, RECONCILE)
ROW(m1007_timeout, PLACE, 400, -1007, "Send status unknown.", IN_DOUBT, RECONCILE)
ROW(m1007_timeout_of_a_gateway, PLACE, 504, -1007, "Send status unknown.", IN_DOUBT, RECONCILE)
ROW(m1008_server_busy, PLACE, 503, -1008, "Server is currently overloaded.", IN_DOUBT, BACK_OFF)
ROW(m1013_filter, PLACE, 400, -1013, "Filter failure: LOT_SIZE", REJECTED, REFRESH)
ROW(m1014_combination, PLACE, 400, -1014, "Unsupported order combination.", REJECTED, NONE)
ROW(m1015_too_many_orders, PLACE, 429, -1015, "Too many new orders.", REJECTED, BACK_OFF)
ROW(m1016_shutting_down, PLACE, 400, -1016, "This service is no longer available.", IN_DOUBT,
    RECONCILE)
ROW(m1020_unsupported, PLACE, 400, -1020, "This operation is not supported.", REJECTED, NONE)
ROW(m1021_timestamp, PLACE, 400, -1021, "Timestamp for this request is outside of the recvWindow.",
    NOT_SENT, RESYNC_CLOCK)
ROW(m1022_signature, PLACE, 400, -1022, "Signature for this request is not valid.", REJECTED, FATAL)
ROW(m1034_connections, PLACE, 400, -1034, "Too many connections.", NOT_SENT, BACK_OFF)
ROW(m1100_characters, PLACE, 400, -1100, "Illegal characters found.", REJECTED, NONE)
ROW(m1102_missing, PLACE, 400, -1102, "Mandatory parameter was not sent.", REJECTED, NONE)
ROW(m1104_unread, PLACE, 400, -1104, "Not all sent parameters were read.", REJECTED, NONE)
ROW(m1106_not_required, PLACE, 400, -1106, "Parameter sent when not required.", REJECTED, NONE)
ROW(m1111_precision, PLACE, 400, -1111, "Too much precision.", REJECTED, REFRESH)
ROW(m1115_tif, PLACE, 400, -1115, "Invalid timeInForce.", REJECTED, NONE)
ROW(m1116_type, PLACE, 400, -1116, "Invalid orderType.", REJECTED, NONE)
ROW(m1117_side, PLACE, 400, -1117, "Invalid side.", REJECTED, NONE)
ROW(m1121_symbol, PLACE, 400, -1121, "Invalid symbol.", REJECTED, REFRESH)
ROW(m1128_combination, PLACE, 400, -1128, "Combination invalid.", REJECTED, NONE)
ROW(m1130_data, PLACE, 400, -1130, "Invalid data.", REJECTED, NONE)
ROW(m1131_recv_window, PLACE, 400, -1131, "recvWindow must be less than 60000.", REJECTED, NONE)
ROW(m1135_json, PLACE, 400, -1135, "Invalid JSON.", REJECTED, NONE)
ROW(m1145_restrictions, CANCEL, 400, -1145, "Invalid cancelRestrictions.", REJECTED, NONE)
ROW(m1151_repeated, PLACE, 400, -1151, "Symbol is present multiple times.", REJECTED, NONE)
ROW(m12xx_formats, PLACE, 400, -1220, "Not supported.", REJECTED, NONE)
ROW(m2010_post_only, PLACE, 400, -2010, "Order would immediately match and take.", REJECTED, NONE)
ROW(m2010_balance, PLACE, 400, -2010, "Account has insufficient balance for requested action.",
    REJECTED, RECONCILE)
ROW(m2010_closed, PLACE, 400, -2010, "Market is closed.", REJECTED, REFRESH)
ROW(m2010_duplicate, PLACE, 400, -2010, "Duplicate order sent.", IN_DOUBT, ADOPT)
ROW(m2011_cancel_of_unknown, CANCEL, 400, -2011, "Unknown order sent.", REJECTED, GONE)
ROW(m2013_no_such_order_on_a_cancel, CANCEL, 400, -2013, "Order does not exist.", REJECTED, GONE)
ROW(m2014_key_format, PLACE, 401, -2014, "API-key format invalid.", REJECTED, FATAL)
ROW(m2015_key_rejected, PLACE, 401, -2015, "Invalid API-key, IP, or permissions for action.",
    REJECTED, FATAL)
ROW(m2021_replace_partial, PLACE, 409, -2021, "Order cancel-replace partially failed.", IN_DOUBT,
    RECONCILE)
ROW(m2022_replace_failed, PLACE, 400, -2022, "Order cancel-replace failed.", IN_DOUBT, RECONCILE)
ROW(m2026_archived_on_a_cancel, CANCEL, 400, -2026, "Order was canceled or expired.", REJECTED,
    GONE)
ROW(m2035_subscription_active, PLACE, 400, -2035, "Subscription is active.", REJECTED, NONE)
ROW(m2038_amend, PLACE, 400, -2038, "The order amendment was rejected.", REJECTED, NONE)
ROW(m2039_id_mismatch, CANCEL, 400, -2039, "Client order ID is not correct.", REJECTED, RECONCILE)
ROW(a_code_nobody_knows, PLACE, 400, -7777, "Something new.", IN_DOUBT, RECONCILE)
ROW(a_5xx_with_a_definite_code_proves_nothing, PLACE, 500, -1013, "Filter failure: LOT_SIZE",
    IN_DOUBT, RECONCILE)
ROW(a_duplicate_behind_a_5xx_is_still_adopted, PLACE, 500, -2010, "Duplicate order sent.", IN_DOUBT,
    ADOPT)

Test(binance_errors, http_without_a_code)
{
    static const uint32_t unknown[] = {300, 400, 401, 404, 409, 500, 502, 503, 504, 599};

    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        expect(PLACE, unknown[i], "<html><body>Bad Gateway</body></html>", IN_DOUBT,
               SOFIA_ACTION_RECONCILE);
        expect(PLACE, unknown[i], "", IN_DOUBT, SOFIA_ACTION_RECONCILE);
        expect(PLACE, unknown[i], "{\"code\":-2010,\"msg\":\"Acc", IN_DOUBT,
               SOFIA_ACTION_RECONCILE);
    }
    expect(PLACE, 403, "<html>WAF</html>", NOT_SENT, SOFIA_ACTION_BACK_OFF);
    expect(PLACE, 429, "", NOT_SENT, SOFIA_ACTION_BACK_OFF);
    expect(PLACE, 418, "", NOT_SENT, SOFIA_ACTION_BACK_OFF);
}

Test(binance_errors, success_that_is_no_order_is_in_doubt)
{
    static const char *const bodies[] = {
        "",
        "{}",
        "[]",
        "null",
        "<html>",
        "{\"symbol\":\"BTCUSDT\",\"orderId\":9000000123,\"clientOrd",
        "{\"symbol\":\"BTCUSDT\",\"clientOrderId\":\"a\"}",
        "{\"symbol\":\"BTCUSDT\",\"orderId\":9000000123}",
        "{\"symbol\":\"BTCUSDT\",\"orderId\":1e3,\"clientOrderId\":\"a\"}",
        "{\"symbol\":\"BTCUSDT\",\"orderId\":1,\"clientOrderId\":\"a\",\"executedQty\":\"NaN\"}",
        "{\"code\":-1000,\"msg\":\"x\"}",
    };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        expect(PLACE, 200, bodies[i], IN_DOUBT, SOFIA_ACTION_RECONCILE);
        expect(CANCEL, 200, bodies[i], IN_DOUBT, SOFIA_ACTION_RECONCILE);
    }
}

Test(binance_errors, transport)
{
    struct sofia_answer a = {.size = sizeof(a), .endpoint = PLACE, .text = "connection refused"};

    rig.result = (struct sofia_result){.size = sizeof(rig.result)};
    a.outcome = SOFIA_ANSWER_NOT_SENT;
    cr_assert_eq(binance_exchange.on_answer(rig.self, &a, &rig.result), 0);
    cr_expect_eq(rig.result.verdict, NOT_SENT);
    cr_expect_eq(rig.result.action, SOFIA_ACTION_RETRY);
    cr_expect_str_eq(rig.result.reason, "connection refused");
    a.outcome = SOFIA_ANSWER_IN_DOUBT;
    a.text = NULL;
    cr_assert_eq(binance_exchange.on_answer(rig.self, &a, &rig.result), 0);
    cr_expect_eq(rig.result.verdict, IN_DOUBT);
    cr_expect_eq(rig.result.action, SOFIA_ACTION_RECONCILE);
}

Test(binance_errors, a_long_message_is_cut_between_characters)
{
    char body[512];
    char msg[256];

    memset(msg, 'x', sizeof(msg));
    snprintf(msg + SOFIA_REASON_SIZE - 3, 32, "测测测");
    snprintf(body, sizeof(body), "{\"code\":-2010,\"msg\":\"%s\"}", msg);
    expect(PLACE, 400, body, REJECTED, SOFIA_ACTION_NONE);
    cr_expect_eq(strlen(rig.result.reason), SOFIA_REASON_SIZE - 3);
}

Test(binance_errors, cancel_all_with_nothing_open_is_a_success)
{
    expect(ENDPOINT_CANCEL_ALL, 400, "{\"code\":-2011,\"msg\":\"Unknown order sent.\"}",
           SOFIA_VERDICT_ACCEPTED, SOFIA_ACTION_NONE);
    expect(ENDPOINT_CANCEL_ALL, 500, "{\"code\":-2011,\"msg\":\"Unknown order sent.\"}", IN_DOUBT,
           SOFIA_ACTION_RECONCILE);
}
