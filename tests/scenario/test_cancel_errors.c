/* Every row of the venue's error table, for cancels: a cancel's answer alone never ends an order, and a cancel that may be
 * lost is sent again until the venue has spoken. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

#define LIMIT_BUY "buy", "limit", "gtc", "0.01", "55000"

static struct rig rig;
static uint64_t open_order;

static void start(void)
{
    rig_start(&rig, &(struct rig_options){.makers = true});
    rig_ready(&rig);
    open_order = rig_submit(&rig, LIMIT_BUY).order_id;
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, open_order), "NEW");
}

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

TestSuite(cancel_errors, .init = start, .fini = finish);

static void fault_on_cancel(const char *kind, const char *more)
{
    char json[400];
    (void)snprintf(
        json, sizeof(json),
        "{\"kind\":\"%s\",\"match\":{\"method\":\"DELETE\",\"path\":\"/api/v3/order\"}%s}", kind,
        more);
    rig_fault(&rig, json);
}

static void fault_error(int status, int code, const char *msg, bool execute)
{
    char more[300];
    (void)snprintf(more, sizeof(more), ",\"status\":%d,\"code\":%d,\"msg\":\"%s\",\"execute\":%s",
                   status, code, msg, execute ? "true" : "false");
    fault_on_cancel("error", more);
}

/* ---- the outcome is not known: the order must end canceled ---- */

static void expect_canceled_in_the_end(uint64_t cancels)
{
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    cr_assert_eq(rig_cancel(&rig, open_order).status, 0);
    rig_run_ms(&rig, 20);
    cr_assert_str_eq(rig_state(&rig, open_order), "UNKNOWN", "is %s", rig_state(&rig, open_order));
    rig_run_ms(&rig, 3000);
    cr_assert_str_eq(rig_state(&rig, open_order), "CANCELED", "is %s", rig_state(&rig, open_order));
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_CANCEL), cancels, "%llu cancels",
                 (unsigned long long)rig_sent(&rig, SOFIA_CLASS_CANCEL));
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

#define UNKNOWN(name, status, code, msg)                                                           \
    Test(cancel_errors, name##_and_executed)                                                       \
    {                                                                                              \
        fault_error(status, code, msg, true);                                                      \
        expect_canceled_in_the_end(1);                                                             \
    }                                                                                              \
    Test(cancel_errors, name##_and_not_executed)                                                   \
    {                                                                                              \
        fault_error(status, code, msg, false);                                                     \
        expect_canceled_in_the_end(2);                                                             \
    }

UNKNOWN(an_unknown_error, 400, -1000, "An unknown error occurred.")
UNKNOWN(an_internal_disconnect, 400, -1001, "Internal error; unable to process your request.")
UNKNOWN(an_unexpected_response, 400, -1006, "An unexpected response was received.")
UNKNOWN(a_timeout_of_the_venue, 504, -1007, "Timeout waiting for response from backend server.")
UNKNOWN(a_busy_server, 503, -1008, "Server is currently overloaded.")
UNKNOWN(a_venue_shutting_down, 400, -1016, "This service is no longer available.")
UNKNOWN(a_refusal_inside_a_server_error, 500, -2011, "Unknown order sent.")
UNKNOWN(a_code_nobody_knows, 400, -1999, "A code of tomorrow.")

#define UNREADABLE(name, kind, more, cancels)                                                      \
    Test(cancel_errors, name)                                                                      \
    {                                                                                              \
        fault_on_cancel(kind, more);                                                               \
        expect_canceled_in_the_end(cancels);                                                       \
    }

UNREADABLE(a_gateway_page_and_executed, "html", ",\"status\":502,\"execute\":true", 1)
UNREADABLE(a_gateway_page_and_not_executed, "html", ",\"status\":502,\"execute\":false", 2)
UNREADABLE(half_an_answer, "half_body", "", 1)
UNREADABLE(a_connection_lost_before_the_answer, "drop_after", "", 1)
UNREADABLE(a_connection_lost_before_the_cancel, "drop_before", "", 2)

Test(cancel_errors, an_answer_that_never_comes)
{
    fault_on_cancel("no_reply", "");
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    (void)rig_cancel(&rig, open_order);
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, open_order), "PENDING_CANCEL");
    rig_run_ms(&rig, 3000);
    cr_assert_str_eq(rig_state(&rig, open_order), "CANCELED");
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

/* ---- -2011: the query decides ---- */

Test(cancel_errors, unknown_order_while_it_lives_leaves_it_alive_and_cancellable)
{
    fault_error(400, -2011, "Unknown order sent.", false);
    (void)rig_cancel(&rig, open_order);
    rig_run_ms(&rig, 1000);
    cr_assert_str_eq(rig_state(&rig, open_order), "NEW", "is %s", rig_state(&rig, open_order));
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    cr_assert_eq(rig_cancel(&rig, open_order).status, 0);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, open_order), "CANCELED");
}

Test(cancel_errors, unknown_order_because_it_has_filled_is_found_filled)
{
    struct command_reply sold = rig_submit(&rig, "sell", "limit", "gtc", "0.01", "65000");
    rig_run_ms(&rig, 200);
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    struct command_reply taker = rig_submit(&rig, "sell", "limit", "ioc", "0.01", "55001");
    rig_run_ms(&rig, 1000);
    (void)rig_cancel(&rig, taker.order_id);
    (void)rig_cancel(&rig, sold.order_id);
    rig_run_ms(&rig, 2000);
    cr_assert_str_eq(rig_state(&rig, taker.order_id), "FILLED");
    cr_assert_str_eq(rig_state(&rig, sold.order_id), "CANCELED");
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(cancel_errors, unknown_order_although_it_was_canceled_is_found_canceled)
{
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    fault_error(400, -2011, "Unknown order sent.", true);
    (void)rig_cancel(&rig, open_order);
    rig_run_ms(&rig, 1000);
    cr_assert_str_eq(rig_state(&rig, open_order), "CANCELED");
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(cancel_errors, a_cancel_on_an_order_in_doubt_that_is_refused_proves_nothing)
{
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    rig_fault(&rig, "{\"kind\":\"timeout\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/"
                    "order\"},\"ms\":10,\"execute\":true}");
    fault_error(400, -2011, "Unknown order sent.", false);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 20);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "UNKNOWN");
    (void)rig_cancel(&rig, reply.order_id);
    rig_run_ms(&rig, 2000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW", "is %s",
                     rig_state(&rig, reply.order_id));
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

/* ---- the cancel certainly did nothing ---- */

Test(cancel_errors, a_refused_time_stamp_does_not_lose_the_cancel)
{
    rig_fault(&rig, "{\"kind\":\"clock\",\"offset_ms\":-5000}");
    (void)rig_cancel(&rig, open_order);
    rig_run_ms(&rig, 3000);
    cr_assert_str_eq(rig_state(&rig, open_order), "CANCELED", "is %s", rig_state(&rig, open_order));
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(cancel_errors, a_429_leaves_the_order_open_and_cancellable_after_the_pause)
{
    fault_on_cancel("rate_limit", ",\"status\":429,\"retry_after\":3");
    (void)rig_cancel(&rig, open_order);
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, open_order), "NEW");
    rig_run_ms(&rig, 3000);
    cr_assert_eq(rig_cancel(&rig, open_order).status, 0);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, open_order), "CANCELED");
}

Test(cancel_errors, a_refused_key_leaves_the_order_open_and_names_the_reason)
{
    fault_error(401, -2015, "Invalid API-key, IP, or permissions for action.", false);
    (void)rig_cancel(&rig, open_order);
    rig_run_ms(&rig, 1000);
    cr_assert_str_eq(rig_state(&rig, open_order), "NEW");
    cr_assert_str_eq(rig_submit(&rig, LIMIT_BUY).code, "ACCOUNT_STOPPED");
    cr_assert_eq(rig_cancel(&rig, open_order).status, 0, "a stopped account must try to cancel");
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, open_order), "CANCELED");
}

#define KILL_LOOP(name, status, code, msg)                                                         \
    Test(cancel_errors, name)                                                                      \
    {                                                                                              \
        fault_error(status, code, msg, false);                                                     \
        (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);                           \
        rig_run_ms(&rig, 8000);                                                                    \
        cr_assert_eq(rig_open_at_venue(&rig), 0);                                                  \
        cr_assert_eq(state_latch(engine_path(rig.engine)->state, "all")->zero, 1);                 \
    }

KILL_LOOP(the_kill_switch_goes_on_after_a_refused_time_stamp, 400, -1021,
          "Timestamp for this request is outside of the recvWindow.")
KILL_LOOP(the_kill_switch_goes_on_after_an_unknown_order, 400, -2011, "Unknown order sent.")
KILL_LOOP(the_kill_switch_goes_on_after_a_refused_key, 401, -2015,
          "Invalid API-key, IP, or permissions for action.")
KILL_LOOP(the_kill_switch_goes_on_after_a_busy_server, 503, -1008,
          "Server is currently overloaded.")
KILL_LOOP(the_kill_switch_goes_on_after_a_code_nobody_knows, 400, -1999, "A code of tomorrow.")
