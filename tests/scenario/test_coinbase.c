/* The whole engine on the Coinbase dialect: no list of executions in the stream, no cancel by client id, no proof of absence. */
#include <criterion/criterion.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

#define LIMIT_BUY "buy", "limit", "gtc", "0.01", "55000"
#define ORDERS "\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/brokerage/orders\"}"
#define CANCELS "\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/brokerage/orders/batch_cancel\"}"
#define LISTINGS "\"match\":{\"path\":\"/api/v3/brokerage/orders/historical/batch\"}"

static struct rig rig;

static void start(void)
{
    rig_start(&rig, &(struct rig_options){.venue = "coinbase", .makers = true});
    rig_ready(&rig);
}

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

TestSuite(coinbase, .init = start, .fini = finish);
TestSuite(coinbase_unknown, .init = start); /* ends with an order nobody knows about */

static uint64_t submit(const char *side, const char *type, const char *tif, const char *qty,
                       const char *price)
{
    struct command_reply reply = rig_submit(&rig, side, type, tif, qty, price);
    cr_assert_eq(reply.status, 0, "%s", reply.text);
    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    return reply.order_id;
}

static void expect_state(uint64_t id, const char *state)
{
    for (int i = 0; i < 300 && strcmp(rig_state(&rig, id), state) != 0; i++) {
        rig_run_ms(&rig, 10);
    }
    cr_assert_str_eq(rig_state(&rig, id), state);
}

/* ---- orders ---- */

Test(coinbase, a_limit_order_rests_and_is_cancelled)
{
    uint64_t id = submit(LIMIT_BUY);
    rig_run_ms(&rig, 300);
    expect_state(id, "NEW");
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    cr_assert_eq(rig_cancel(&rig, id).status, 0);
    expect_state(id, "CANCELED");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(coinbase, a_market_order_fills_by_the_executions_that_were_asked_for)
{
    expect_state(submit("buy", "market", "", "0.01", NULL), "FILLED");
    expect_state(submit("sell", "market", "", "0.01", NULL), "FILLED");
}

Test(coinbase, immediate_orders_end_at_once)
{
    expect_state(submit("buy", "limit", "ioc", "0.01", "55000"), "CANCELED");
    expect_state(submit("buy", "limit", "ioc", "0.01", "70000"), "FILLED");
    expect_state(submit("sell", "limit", "fok", "0.01", "50000"), "FILLED");
}

Test(coinbase, a_post_only_order_that_would_take_is_refused)
{
    expect_state(submit("buy", "limit", "post", "0.01", "70000"), "REJECTED");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(coinbase, an_order_is_changed_where_it_stands)
{
    uint64_t id = submit(LIMIT_BUY);
    expect_state(id, "NEW");
    struct command_reply reply = rig_amend(&rig, id, "0.02", "54000");
    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    expect_state(reply.order_id, "NEW");
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    cr_assert_eq(rig_orders_at_venue(&rig), 1, "it is the same order");
}

Test(coinbase, an_order_that_fails_behind_the_door_is_rejected)
{
    rig_fault(&rig, "{\"kind\":\"async_failed\"}");
    expect_state(submit(LIMIT_BUY), "REJECTED");
}

Test(coinbase, a_cancel_in_the_queue_ends_the_order_when_the_venue_says_so)
{
    uint64_t id = submit(LIMIT_BUY);
    expect_state(id, "NEW");
    rig_fault(&rig, "{\"kind\":\"queue_cancel\",\"ms\":800}");
    cr_assert_eq(rig_cancel(&rig, id).status, 0);
    rig_run_ms(&rig, 400);
    cr_assert_str_eq(rig_state(&rig, id), "PENDING_CANCEL");
    expect_state(id, "CANCELED");
}

/* ---- doubt ---- */

/* The order is at the venue, its answer is not here, and the stream says nothing. */
static void expect_found(const char *fault)
{
    rig_fault(&rig, fault);
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    uint64_t id = submit(LIMIT_BUY);
    rig_run_ms(&rig, 20);
    cr_assert_str_eq(rig_state(&rig, id), "UNKNOWN");
    expect_state(id, "NEW");
    cr_assert_eq(rig_copies_at_venue(&rig, id), 1);
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(coinbase, a_lost_answer_is_found_in_the_listing)
{
    expect_found("{\"kind\":\"drop_after\"," ORDERS "}");
}

Test(coinbase, an_error_of_the_edge_after_the_fact_is_no_refusal)
{
    expect_found("{\"kind\":\"html\"," ORDERS ",\"status\":502,\"execute\":true}");
}

Test(coinbase, half_an_answer_is_no_answer)
{
    expect_found("{\"kind\":\"half_body\"," ORDERS "}");
}

Test(coinbase, a_lost_answer_is_told_by_the_stream)
{
    rig_fault(&rig, "{\"kind\":\"no_reply\"," ORDERS "}");
    uint64_t id = submit(LIMIT_BUY);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, id), "NEW", "long before the answer is given up");
    cr_assert_eq(rig_copies_at_venue(&rig, id), 1);
}

Test(coinbase_unknown, an_order_that_never_arrived_stays_so_and_counts)
{
    rig_fault(&rig, "{\"kind\":\"drop_before\"," ORDERS "}");
    uint64_t id = submit(LIMIT_BUY);
    rig_run_ms(&rig, 200000);
    cr_assert_str_eq(rig_state(&rig, id), "UNKNOWN",
                     "the venue cannot prove that it has not got it");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
    const struct ledger *ledger = &engine_path(rig.engine)->state->ledger;
    struct sofia_wide want = sofia_wide_of(sofia_decimal_of(1, -2));
    cr_assert_eq(sofia_wide_cmp(ledger->positions[0].working_buy, want), 0);
    rig_free(&rig);
}

Test(coinbase, too_many_requests_on_an_order_are_settled_by_listings_that_agree)
{
    rig_fault(&rig, "{\"kind\":\"rate_limit\"," ORDERS "}");
    uint64_t id = submit(LIMIT_BUY);
    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, id), "UNKNOWN");
    rig_run_ms(&rig, 12000);
    cr_assert_str_eq(rig_state(&rig, id), "REJECTED");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(coinbase, a_refused_token_is_replaced_and_the_order_sent_once)
{
    rig_fault(&rig, "{\"kind\":\"clock\",\"offset_ms\":-10000}");
    uint64_t id = submit(LIMIT_BUY);
    expect_state(id, "NEW");
    cr_assert_eq(rig_order(&rig, id)->send_count, 2, "one refused, one taken");
    cr_assert_eq(rig_copies_at_venue(&rig, id), 1);
}

Test(coinbase, a_lost_cancel_is_said_again)
{
    uint64_t id = submit(LIMIT_BUY);
    expect_state(id, "NEW");
    rig_fault(&rig, "{\"kind\":\"drop_before\"," CANCELS "}");
    cr_assert_eq(rig_cancel(&rig, id).status, 0);
    expect_state(id, "CANCELED");
}

Test(coinbase, an_order_too_young_to_be_listed_is_not_taken_for_absent)
{
    rig_fault(&rig, "{\"kind\":\"coinbase_mode\",\"young_ms\":1500}");
    rig_fault(&rig, "{\"kind\":\"drop_after\"," ORDERS "}");
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    uint64_t id = submit(LIMIT_BUY);
    rig_run_ms(&rig, 1000);
    cr_assert_str_eq(rig_state(&rig, id), "UNKNOWN");
    expect_state(id, "NEW");
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

/* ---- restarts ---- */

Test(coinbase, orders_and_fills_are_there_after_a_crash)
{
    uint64_t open = submit(LIMIT_BUY);
    uint64_t filled = submit("buy", "market", "", "0.01", NULL);
    expect_state(filled, "FILLED");
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
    cr_assert_str_eq(rig_state(&rig, open), "NEW");
    cr_assert_str_eq(rig_state(&rig, filled), "FILLED");
}

Test(coinbase, an_order_sent_just_before_a_crash_is_found)
{
    uint64_t id = submit(LIMIT_BUY);
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
    expect_state(id, "NEW");
    cr_assert_eq(rig_copies_at_venue(&rig, id), 1);
}

Test(coinbase, a_fill_while_the_engine_is_dead_is_booked_afterwards)
{
    uint64_t id = submit("buy", "market", "", "0.01", NULL);
    rig_kill(&rig);
    venue_step(rig.venue, rig.clock.wall_ns + 100000000);
    rig_restart(&rig);
    rig_ready(&rig);
    expect_state(id, "FILLED");
}

/* ---- streams ---- */

Test(coinbase, a_gap_in_the_private_stream_is_noticed_and_reconciled)
{
    rig_fault(&rig, "{\"kind\":\"drop_frame\",\"count\":3}");
    uint64_t id = submit("buy", "market", "", "0.01", NULL);
    expect_state(id, "FILLED");
    rig_run_ms(&rig, 3000);
    rig_ready(&rig);
}

Test(coinbase, frames_that_come_twice_and_out_of_order_change_nothing)
{
    rig_fault(&rig, "{\"kind\":\"duplicate_frame\",\"every\":3,\"count\":20}");
    rig_fault(&rig, "{\"kind\":\"unknown_channel\",\"every\":5,\"count\":5}");
    uint64_t id = submit("buy", "market", "", "0.01", NULL);
    expect_state(id, "FILLED");
    rig_run_ms(&rig, 2000);
    rig_ready(&rig);
}

Test(coinbase, lost_connections_come_back)
{
    uint64_t id = submit(LIMIT_BUY);
    expect_state(id, "NEW");
    rig_fault(&rig, "{\"kind\":\"disconnect\"}");
    rig_run_ms(&rig, 3000);
    rig_ready(&rig);
    cr_assert_str_eq(rig_state(&rig, id), "NEW");
    expect_state(submit("buy", "market", "", "0.01", NULL), "FILLED");
}

Test(coinbase, user_events_that_come_late_are_overtaken_by_questions)
{
    rig_fault(&rig, "{\"kind\":\"late_user\",\"ms\":1500,\"count\":4}");
    expect_state(submit("buy", "market", "", "0.01", NULL), "FILLED");
}

/* ---- safety ---- */

Test(coinbase, the_kill_switch_ends_at_zero)
{
    for (int i = 0; i < 5; i++) {
        expect_state(submit(LIMIT_BUY), "NEW");
    }
    cr_assert_eq(rig_open_at_venue(&rig), 5);
    cr_assert_eq(rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL).status, 0);
    for (int i = 0; i < 100 && engine_path(rig.engine)->state->latches[0].zero == 0; i++) {
        rig_run_ms(&rig, 100);
    }
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    cr_assert_neq(engine_path(rig.engine)->state->latches[0].zero, 0, "read twice");
}

Test(coinbase, a_burst_stays_within_what_the_venue_allows_and_cancels_pass)
{
    uint64_t first = submit(LIMIT_BUY);
    expect_state(first, "NEW");
    for (int i = 0; i < 100; i++) {
        (void)rig_submit(&rig, "buy", "limit", "ioc", "0.001", "55000");
        rig_run_ms(&rig, 15);
    }
    uint64_t cancels = rig_sent(&rig, SOFIA_CLASS_CANCEL);
    cr_assert_eq(rig_cancel(&rig, first).status, 0);
    rig_run_ms(&rig, 20);
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_CANCEL), cancels + 1, "out of the reserve");
    expect_state(first, "CANCELED");
    cr_assert_eq(engine_path(rig.engine)->accounts[0].back_off_until_mono_ns, 0,
                 "the venue has never said: too many");
    cr_assert_gt(rig_orders_at_venue(&rig), 15);
    cr_assert_lt(rig_orders_at_venue(&rig), 50, "of a hundred in a second and a half");
}
