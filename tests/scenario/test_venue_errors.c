/* Every row of the venue's error table, for placements: what the order becomes, what the account may do next, and that one
 * intent never is two orders. Cancels are in test_cancel_errors.c. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"

#define LIMIT_BUY "buy", "limit", "gtc", "0.01", "55000"

static struct rig rig;

static void start(void)
{
    rig_start(&rig, &(struct rig_options){.makers = true});
    rig_ready(&rig);
}

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

TestSuite(venue_errors, .init = start, .fini = finish);

static void fault_on_order(const char *kind, const char *more)
{
    char json[400];
    (void)snprintf(json, sizeof(json),
                   "{\"kind\":\"%s\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/order\"}%s}",
                   kind, more);
    rig_fault(&rig, json);
}

static void fault_error(int status, int code, const char *msg, bool execute)
{
    char more[300];
    (void)snprintf(more, sizeof(more), ",\"status\":%d,\"code\":%d,\"msg\":\"%s\",\"execute\":%s",
                   status, code, msg, execute ? "true" : "false");
    fault_on_order("error", more);
}

static const struct path_account *account(void)
{
    return &engine_path(rig.engine)->accounts[0];
}

/* ---- a refusal that is certain ---- */

static void expect_refused(int status, int code, const char *msg)
{
    fault_error(status, code, msg, false);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_str_eq(reply.code, "", "%s", reply.text);
    rig_run_ms(&rig, 50);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED", "is %s",
                     rig_state(&rig, reply.order_id));
    cr_assert_eq(rig_order(&rig, reply.order_id)->send_count, 1, "sent %u times",
                 rig_order(&rig, reply.order_id)->send_count);
    rig_run_ms(&rig, 1000);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

static void expect_going_on(void)
{
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_str_eq(reply.code, "", "%s", reply.text);
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
}

#define REFUSED(name, status, code, msg)                                                           \
    Test(venue_errors, name)                                                                       \
    {                                                                                              \
        expect_refused(status, code, msg);                                                         \
        expect_going_on();                                                                         \
    }

REFUSED(a_filter_failure_is_rejected, 400, -1013, "Filter failure: PRICE_FILTER")
REFUSED(an_unsupported_combination_is_rejected, 400, -1014, "Unsupported order combination.")
REFUSED(an_unsupported_operation_is_rejected, 400, -1020, "This operation is not supported.")
REFUSED(illegal_characters_are_rejected, 400, -1100, "Illegal characters found in a parameter.")
REFUSED(a_missing_parameter_is_rejected, 400, -1102, "Mandatory parameter was not sent.")
REFUSED(an_unread_parameter_is_rejected, 400, -1104, "Not all sent parameters were read.")
REFUSED(too_much_precision_is_rejected, 400, -1111, "Precision is over the maximum defined.")
REFUSED(an_unknown_symbol_is_rejected, 400, -1121, "Invalid symbol.")
REFUSED(a_bad_combination_is_rejected, 400, -1128, "Combination of optional parameters invalid.")
REFUSED(insufficient_balance_is_rejected, 400, -2010,
        "Account has insufficient balance for requested action.")
REFUSED(a_post_only_that_would_take_is_rejected, 400, -2010,
        "Order would immediately match and take.")
REFUSED(a_closed_market_is_rejected, 400, -2010, "Market is closed.")
REFUSED(a_text_nobody_knows_is_rejected_by_its_code, 400, -2010, "Words of another day.")

/* ---- the account is stopped ---- */

static void expect_stopped(int status, int code, const char *msg)
{
    expect_refused(status, code, msg);
    struct command_reply next = rig_submit(&rig, LIMIT_BUY);
    cr_assert_str_eq(next.code, "ACCOUNT_STOPPED", "'%s' %s", next.code, next.text);
    cr_assert_not_null(strstr(next.text, msg), "the reason is not the venue's: %s", next.text);
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_TRADE), 1);
}

Test(venue_errors, unauthorized_stops_the_account)
{
    expect_stopped(401, -1002, "You are not authorized to execute this request.");
}

Test(venue_errors, a_wrong_signature_stops_the_account)
{
    expect_stopped(400, -1022, "Signature for this request is not valid.");
}

Test(venue_errors, a_malformed_key_stops_the_account)
{
    expect_stopped(401, -2014, "API-key format invalid.");
}

Test(venue_errors, a_refused_key_stops_the_account)
{
    expect_stopped(401, -2015, "Invalid API-key, IP, or permissions for action.");
}

Test(venue_errors, a_key_that_lost_its_trade_permission_stops_the_account)
{
    rig_fault(&rig, "{\"kind\":\"key\",\"key\":\"key1\",\"trade\":false}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
    cr_assert_str_eq(rig_submit(&rig, LIMIT_BUY).code, "ACCOUNT_STOPPED");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(venue_errors, an_account_that_is_stopped_can_still_cancel)
{
    struct command_reply open = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 100);
    fault_error(401, -2015, "Invalid API-key, IP, or permissions for action.", false);
    (void)rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 100);
    cr_assert(account()->fatal);
    cr_assert_eq(rig_cancel(&rig, open.order_id).status, 0);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, open.order_id), "CANCELED");
}

/* ---- the outcome is not known ---- */

static void expect_unknown_then(const char *state, int copies)
{
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 20);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "UNKNOWN", "is %s",
                     rig_state(&rig, reply.order_id));
    rig_run_ms(&rig, 3000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), state, "is %s",
                     rig_state(&rig, reply.order_id));
    cr_assert_eq(rig_order(&rig, reply.order_id)->send_count, 1);
    cr_assert_eq(rig_copies_at_venue(&rig, reply.order_id), copies);
    cr_assert_eq(rig_orders_at_venue(&rig), copies);
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

#define UNKNOWN(name, status, code, msg)                                                           \
    Test(venue_errors, name##_and_executed)                                                        \
    {                                                                                              \
        fault_error(status, code, msg, true);                                                      \
        expect_unknown_then("NEW", 1);                                                             \
    }                                                                                              \
    Test(venue_errors, name##_and_not_executed)                                                    \
    {                                                                                              \
        fault_error(status, code, msg, false);                                                     \
        expect_unknown_then("REJECTED", 0);                                                        \
    }

UNKNOWN(an_unknown_error, 400, -1000, "An unknown error occurred.")
UNKNOWN(an_internal_disconnect, 400, -1001, "Internal error; unable to process your request.")
UNKNOWN(an_unexpected_response, 400, -1006, "An unexpected response was received.")
UNKNOWN(a_timeout_of_the_venue, 504, -1007, "Timeout waiting for response from backend server.")
UNKNOWN(a_busy_server, 503, -1008, "Server is currently overloaded.")
UNKNOWN(a_venue_shutting_down, 400, -1016, "This service is no longer available.")
UNKNOWN(a_refusal_inside_a_server_error, 500, -2010, "Account has insufficient balance.")
UNKNOWN(a_code_nobody_knows, 400, -1999, "A code of tomorrow.")
UNKNOWN(a_duplicate, 400, -2010, "Duplicate order sent.")

#define UNREADABLE(name, kind, more, state, copies)                                                \
    Test(venue_errors, name)                                                                       \
    {                                                                                              \
        fault_on_order(kind, more);                                                                \
        expect_unknown_then(state, copies);                                                        \
    }

UNREADABLE(a_gateway_page_502_and_executed, "html", ",\"status\":502,\"execute\":true", "NEW", 1)
UNREADABLE(a_gateway_page_502_and_not_executed, "html", ",\"status\":502,\"execute\":false",
           "REJECTED", 0)
UNREADABLE(a_gateway_page_503_and_executed, "html", ",\"status\":503,\"execute\":true", "NEW", 1)
UNREADABLE(a_gateway_page_504_and_executed, "html", ",\"status\":504,\"execute\":true", "NEW", 1)
UNREADABLE(a_page_with_status_200_proves_nothing, "html", ",\"status\":200,\"execute\":true", "NEW",
           1)
UNREADABLE(half_an_answer, "half_body", "", "NEW", 1)
UNREADABLE(a_connection_lost_before_the_answer, "drop_after", "", "NEW", 1)
UNREADABLE(a_connection_lost_before_the_order, "drop_before", "", "REJECTED", 0)

Test(venue_errors, an_answer_that_never_comes_is_unknown_after_the_time_out)
{
    fault_on_order("no_reply", "");
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 400);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "PENDING_NEW");
    rig_run_ms(&rig, 150);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "UNKNOWN");
    rig_run_ms(&rig, 2000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    cr_assert_eq(rig_orders_at_venue(&rig), 1);
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(venue_errors, an_order_that_the_venue_works_on_late_is_not_declared_absent)
{
    fault_on_order("slow", ",\"ms\":150");
    fault_error(504, -1007, "Timeout waiting for response from backend server.", true);
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 3000);
    cr_assert_eq(rig_copies_at_venue(&rig, reply.order_id), 1);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(venue_errors, while_the_outcome_is_unknown_a_second_order_is_another_order)
{
    fault_error(503, -1008, "Server is currently overloaded.", true);
    struct command_reply first = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 20);
    struct command_reply next = rig_submit(&rig, LIMIT_BUY);
    cr_assert_str_eq(next.code, "BACK_OFF", "'%s'", next.code);
    rig_run_ms(&rig, 2000);
    cr_assert_eq(rig_copies_at_venue(&rig, first.order_id), 1);
}

/* ---- the clock ---- */

Test(venue_errors, a_clock_that_jumped_is_read_again_and_the_order_is_retried_once)
{
    rig_fault(&rig, "{\"kind\":\"clock\",\"offset_ms\":-5000}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 1500);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW", "is %s: %s",
                     rig_state(&rig, reply.order_id), account()->why);
    cr_assert_eq(rig_order(&rig, reply.order_id)->send_count, 2);
    cr_assert_eq(rig_copies_at_venue(&rig, reply.order_id), 1);
    rig_run_ms(&rig, 3000);
    cr_assert(account()->reconciled, "%s", account()->why);
}

Test(venue_errors, a_clock_ahead_is_read_again_too)
{
    rig_fault(&rig, "{\"kind\":\"clock\",\"offset_ms\":5000}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 1500);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    cr_assert_eq(rig_order(&rig, reply.order_id)->send_count, 2);
}

Test(venue_errors, a_time_stamp_refused_twice_is_rejected)
{
    fault_error(400, -1021, "Timestamp for this request is outside of the recvWindow.", false);
    fault_error(400, -1021, "Timestamp for this request is outside of the recvWindow.", false);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 2000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
    cr_assert_eq(rig_order(&rig, reply.order_id)->send_count, 2);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(venue_errors, an_order_cancelled_between_its_two_attempts_is_not_sent_again)
{
    fault_error(400, -1021, "Timestamp for this request is outside of the recvWindow.", false);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 20);
    (void)rig_cancel(&rig, reply.order_id);
    rig_run_ms(&rig, 2000);
    cr_assert_eq(rig_open_at_venue(&rig), 0, "cancelled, and open at the venue");
    cr_assert(SOFIA_STATE_IS_TERMINAL(rig_order(&rig, reply.order_id)->base_state), "is %s",
              rig_state(&rig, reply.order_id));
}

Test(venue_errors, the_kill_switch_stops_the_second_attempt)
{
    fault_error(400, -1021, "Timestamp for this request is outside of the recvWindow.", false);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 20);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    rig_run_ms(&rig, 3000);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
    cr_assert_eq(state_latch(engine_path(rig.engine)->state, "all")->zero, 1);
}

/* ---- pauses ---- */

static uint64_t everything_sent(void)
{
    return rig_sent(&rig, SOFIA_CLASS_PUBLIC) + rig_sent(&rig, SOFIA_CLASS_READ) +
           rig_sent(&rig, SOFIA_CLASS_TRADE) + rig_sent(&rig, SOFIA_CLASS_CANCEL);
}

static void expect_pause(const char *state, int64_t pause_ms)
{
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 50);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), state);
    cr_assert_str_eq(rig_submit(&rig, LIMIT_BUY).code, "BACK_OFF");
    rig_run_ms(&rig, pause_ms - 200);
    cr_assert_str_eq(rig_submit(&rig, LIMIT_BUY).code, "BACK_OFF", "the pause ended early");
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_TRADE), 1, "an order left during the pause");
}

Test(venue_errors, a_429_is_obeyed_for_as_long_as_the_venue_says)
{
    fault_on_order("rate_limit", ",\"status\":429,\"retry_after\":7");
    expect_pause("REJECTED", 7000);
    rig_run_ms(&rig, 60000);
    expect_going_on();
}

Test(venue_errors, a_429_silences_everything)
{
    fault_on_order("rate_limit", ",\"status\":429,\"retry_after\":7");
    (void)rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 50);
    uint64_t sent = everything_sent();
    rig_run_ms(&rig, 6800);
    cr_assert_eq(everything_sent(), sent, "%llu requests during the pause",
                 (unsigned long long)(everything_sent() - sent));
    rig_run_ms(&rig, 60000);
}

Test(venue_errors, a_418_silences_everything)
{
    rig_fault(&rig, "{\"kind\":\"ban\",\"seconds\":30}");
    (void)rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 500);
    uint64_t sent = everything_sent();
    rig_run_ms(&rig, 29000);
    cr_assert_eq(everything_sent(), sent, "%llu requests during the ban",
                 (unsigned long long)(everything_sent() - sent));
    rig_run_ms(&rig, 150000);
    rig_ready(&rig);
    expect_going_on();
}

Test(venue_errors, too_many_orders_pauses_orders_and_not_cancels)
{
    expect_going_on();
    uint64_t open = engine_path(rig.engine)->state->last_order_id;
    fault_error(429, -1015, "Too many new orders; current limit is 100 orders per 10 SECOND.",
                false);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 50);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
    cr_assert_str_eq(rig_submit(&rig, LIMIT_BUY).code, "BACK_OFF");
    cr_assert_eq(rig_cancel(&rig, open).status, 0, "a cancel was refused");
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, open), "CANCELED");
    rig_run_ms(&rig, 20000);
    expect_going_on();
}

Test(venue_errors, an_order_without_budget_waits_and_is_sent_when_there_is_some)
{
    struct path *path = engine_path(rig.engine);
    fault_error(429, -1015, "Too many new orders; current limit is 100 orders per 10 SECOND.",
                false);
    (void)rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 50);
    while (path->accounts[0].back_off_until_mono_ns > rig.clock.steady_ns) {
        rig_run_ms(&rig, 10);
    }
    while (rig.clock.wall_ns / 1000000000 % 10 != 6) {
        rig_run_ms(&rig, 10); /* the venue's window of ten seconds is not over yet */
    }
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_str_eq(reply.code, "", "%s", reply.text);
    cr_assert_eq(path->parked_count, 1);
    cr_assert_eq(rig_order(&rig, reply.order_id)->send_count, 0, "journaled as sent");
    rig_run_ms(&rig, 4500);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW", "is %s",
                     rig_state(&rig, reply.order_id));
    cr_assert_eq(rig_copies_at_venue(&rig, reply.order_id), 1);
}

Test(venue_errors, an_order_that_waited_too_long_for_budget_is_denied_and_never_sent)
{
    fault_on_order("rate_limit", ",\"status\":429,\"retry_after\":2");
    (void)rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 2500);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_str_eq(reply.code, "", "%s", reply.text);
    rig_run_ms(&rig, 6000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "DENIED", "is %s",
                     rig_state(&rig, reply.order_id));
    cr_assert_eq(rig_order(&rig, reply.order_id)->send_count, 0);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(venue_errors, too_many_connections_pauses)
{
    fault_error(400, -1034, "Too many connections.", false);
    expect_pause("REJECTED", 60000);
}

Test(venue_errors, a_busy_server_is_left_alone_for_minutes)
{
    fault_error(503, -1008, "Server is currently overloaded.", false);
    expect_pause("UNKNOWN", 120000);
    rig_run_ms(&rig, 5000);
    expect_going_on();
}

Test(venue_errors, a_firewall_page_means_not_seen_and_a_long_pause)
{
    fault_on_order("html", ",\"status\":403,\"execute\":false");
    expect_pause("REJECTED", 300000);
    rig_run_ms(&rig, 5000);
    expect_going_on();
}
