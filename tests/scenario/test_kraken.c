/* The whole engine on the Kraken dialect: what the adapter must prove, with the venue's own ledger as the judge. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "engine/impl.h"
#include "rig.h"

/* The private stream says nothing of what happens from here on. */
#define MUTE "{\"kind\":\"mute_user\",\"count\":1000}"

static struct rig rig;

static void start_with(const char *extra)
{
    rig_start(&rig,
              &(struct rig_options){.venue = "kraken", .makers = true, .extra_exchange = extra});
    rig_ready(&rig);
}

static void start(void)
{
    start_with(NULL);
}

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

TestSuite(kraken, .init = start, .fini = finish);

static uint64_t buy(const char *type, const char *tif, const char *qty, const char *price)
{
    struct command_reply reply = rig_submit(&rig, "buy", type, tif, qty, price);

    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    return reply.order_id;
}

static uint64_t rest(void)
{
    return buy("limit", "gtc", "0.01", "55000");
}

static void expect(uint64_t order, const char *state)
{
    cr_assert_str_eq(rig_state(&rig, order), state, "order is %s", rig_state(&rig, order));
}

static void fault_on(const char *path, const char *kind, const char *more)
{
    char json[400];

    (void)snprintf(json, sizeof(json),
                   "{\"kind\":\"%s\",\"match\":{\"method\":\"POST\",\"path\":\"/0/private/%s\"}%s}",
                   kind, path, more);
    rig_fault(&rig, json);
}

/* ---- the ordinary day ---- */

Test(kraken, a_limit_order_rests_and_is_cancelled)
{
    uint64_t order = rest();

    rig_run_ms(&rig, 300);
    expect(order, "NEW");
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    cr_assert_eq(rig_cancel(&rig, order).status, 0);
    rig_run_ms(&rig, 500);
    expect(order, "CANCELED");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(kraken, a_market_order_fills_and_the_ledger_equals_the_venue)
{
    uint64_t order = buy("market", "", "0.01", NULL);

    rig_run_ms(&rig, 500);
    expect(order, "FILLED");
}

Test(kraken, an_ioc_takes_what_is_there_and_ends)
{
    uint64_t order = buy("limit", "ioc", "0.01", "61000");
    uint64_t nothing = buy("limit", "ioc", "0.01", "50000");

    rig_run_ms(&rig, 500);
    expect(order, "FILLED");
    cr_assert_str_neq(rig_state(&rig, nothing), "NEW");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(kraken, an_order_is_amended_in_place)
{
    uint64_t order = rest();

    rig_run_ms(&rig, 300);
    struct command_reply reply = rig_amend(&rig, order, "0.02", "54000");
    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    rig_run_ms(&rig, 500);
    expect(reply.order_id, "NEW");
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    cr_assert_eq(rig_orders_at_venue(&rig), 1, "the same order, not another");
    cr_assert_eq(rig_cancel(&rig, reply.order_id).status, 0);
    rig_run_ms(&rig, 500);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(kraken, a_restart_finds_orders_fills_and_balances)
{
    uint64_t rests = rest();
    uint64_t fills = buy("market", "", "0.01", NULL);

    rig_run_ms(&rig, 300);
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
    expect(rests, "NEW");
    expect(fills, "FILLED");
}

Test(kraken, the_kill_switch_cancels_everything_one_by_one)
{
    for (int i = 0; i < 5; i++) {
        (void)rest();
        rig_run_ms(&rig, 50);
    }
    cr_assert_eq(rig_open_at_venue(&rig), 5);
    cr_assert_eq(rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL).status, 0);
    rig_run_ms(&rig, 10000);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    cr_assert_eq(state_latch(engine_path(rig.engine)->state, "all")->zero, 1);
}

/* ---- doubt, at each cut ---- */

Test(kraken, an_answer_lost_after_the_order_rests_makes_one_order)
{
    fault_on("AddOrder", "drop_after", ",\"count\":1");
    rig_fault(&rig, MUTE);
    uint64_t order = rest();
    rig_run_ms(&rig, 20);
    expect(order, "UNKNOWN");
    rig_run_ms(&rig, 3000);
    expect(order, "NEW");
    cr_assert_eq(rig_copies_at_venue(&rig, order), 1);
}

Test(kraken, an_answer_lost_after_the_order_filled_is_found_among_the_ended_ones)
{
    fault_on("AddOrder", "drop_after", ",\"count\":1");
    rig_fault(&rig, MUTE);
    uint64_t order = buy("limit", "ioc", "0.01", "61000");
    rig_run_ms(&rig, 20);
    expect(order, "UNKNOWN");
    rig_run_ms(&rig, 6000);
    expect(order, "FILLED");
    cr_assert_eq(rig_copies_at_venue(&rig, order), 1);
}

Test(kraken, an_order_that_never_arrived_is_rejected_only_after_deadline_and_lag)
{
    fault_on("AddOrder", "drop_before", ",\"count\":1");
    uint64_t order = rest();
    rig_run_ms(&rig, 3500);
    expect(order, "UNKNOWN"); /* the deadline is over, the lag of the listings is not */
    rig_run_ms(&rig, 40000);  /* the REST counter spaces the questions */
    expect(order, "REJECTED");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

static void doubtful(const char *message, bool execute)
{
    char more[200];

    (void)snprintf(more, sizeof(more), ",\"msg\":\"%s\",\"execute\":%s,\"count\":1", message,
                   execute ? "true" : "false");
    fault_on("AddOrder", "error", more);
    rig_fault(&rig, MUTE);
    uint64_t order = rest();
    rig_run_ms(&rig, 20);
    expect(order, "UNKNOWN");
    rig_run_ms(&rig, execute ? 3000 : 40000); /* the REST counter spaces the questions */
    expect(order, execute ? "NEW" : "REJECTED");
    cr_assert_eq(rig_orders_at_venue(&rig), execute ? 1 : 0);
}

#define DOUBTFUL(name, message)                                                                    \
    Test(kraken, name##_and_it_lives)                                                              \
    {                                                                                              \
        doubtful(message, true);                                                                   \
    }                                                                                              \
    Test(kraken, name##_and_it_does_not)                                                           \
    {                                                                                              \
        doubtful(message, false);                                                                  \
    }

DOUBTFUL(service_busy, "EService:Busy")
DOUBTFUL(service_unavailable, "EService:Unavailable")
DOUBTFUL(service_timeout, "EService:Timeout")
DOUBTFUL(internal_error, "EGeneral:Internal error")
DOUBTFUL(an_error_nobody_knows, "EOrder:Never heard of")

Test(kraken, a_gateways_page_after_the_order_lives)
{
    fault_on("AddOrder", "html", ",\"execute\":true,\"count\":1");
    rig_fault(&rig, MUTE);
    uint64_t order = rest();
    rig_run_ms(&rig, 20);
    expect(order, "UNKNOWN");
    rig_run_ms(&rig, 4000);
    expect(order, "NEW");
    cr_assert_eq(rig_copies_at_venue(&rig, order), 1);
}

/* REST does not show the order for a while; nothing is concluded from that, and nothing sent twice. */
Test(kraken, a_listing_that_lags_makes_no_second_order)
{
    rig_fault(&rig, "{\"kind\":\"kraken\",\"order_lag_ms\":3000}");
    fault_on("AddOrder", "drop_after", ",\"count\":1");
    rig_fault(&rig, MUTE);
    uint64_t order = rest();
    rig_run_ms(&rig, 2500);
    expect(order, "UNKNOWN");
    rig_run_ms(&rig, 8000);
    expect(order, "NEW");
    cr_assert_eq(rig_copies_at_venue(&rig, order), 1);
}

Test(kraken, what_was_sent_and_never_answered_is_found_after_a_crash)
{
    fault_on("AddOrder", "delay", ",\"ms\":400,\"count\":1");
    uint64_t order = rest();
    rig_kill(&rig);
    rig_restart(&rig);
    expect(order, "UNKNOWN");
    rig_ready(&rig);
    expect(order, "NEW");
    cr_assert_eq(rig_copies_at_venue(&rig, order), 1);
}

Test(kraken, a_cancel_whose_answer_is_lost_is_settled)
{
    uint64_t order = rest();
    rig_run_ms(&rig, 300);
    fault_on("CancelOrder", "drop_before", ",\"count\":1");
    cr_assert_eq(rig_cancel(&rig, order).status, 0);
    rig_run_ms(&rig, 5000);
    expect(order, "CANCELED");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

/* ---- refusals that are certain ---- */

static void refused(const char *message)
{
    char more[200];

    (void)snprintf(more, sizeof(more), ",\"msg\":\"%s\",\"execute\":false,\"count\":1", message);
    fault_on("AddOrder", "error", more);
    uint64_t order = rest();
    rig_run_ms(&rig, 200);
    expect(order, "REJECTED");
    cr_assert_eq(rig_order(&rig, order)->send_count, 1);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(kraken, insufficient_funds_are_a_rejection)
{
    refused("EOrder:Insufficient funds");
}

Test(kraken, a_crossing_post_only_order_is_a_rejection)
{
    refused("EOrder:Post only order");
}

Test(kraken, the_engine_counter_refuses_and_is_waited_for)
{
    refused("EOrder:Rate limit exceeded");
    rig_run_ms(&rig, 6000);
    uint64_t order = rest();
    rig_run_ms(&rig, 300);
    expect(order, "NEW");
}

Test(kraken, one_bad_nonce_is_a_rejection_and_trading_goes_on)
{
    refused("EAPI:Invalid nonce");
    rig_run_ms(&rig, 500);
    uint64_t order = rest();
    rig_run_ms(&rig, 300);
    expect(order, "NEW");
}

Test(kraken, nonces_rise_over_a_crash)
{
    for (int i = 0; i < 3; i++) {
        uint64_t order = rest();
        rig_run_ms(&rig, 200);
        expect(order, "NEW");
        rig_kill(&rig);
        rig_restart(&rig);
        rig_ready(&rig);
    }
}

/* ---- the dead man's switch ---- */

/* Nobody renews it: the venue cancels everything, and the next engine understands what happened. */
Test(kraken, the_dead_mans_switch_trips_when_the_engine_is_gone)
{
    uint64_t order = rest();
    rig_run_ms(&rig, 2000);
    rig_kill(&rig);
    clock_sim_advance(&rig.clock, 120 * CLOCK_NS_PER_S);
    rig_restart(&rig);
    rig_ready(&rig);
    rig_run_ms(&rig, 2000);
    expect(order, "CANCELED");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(kraken, the_dead_mans_switch_is_renewed_while_the_engine_lives)
{
    uint64_t order = rest();
    rig_run_ms(&rig, 150000);
    expect(order, "NEW");
}

/* ---- an account that is locked out; nothing to compare, because nothing may be asked ---- */

static void release(void)
{
    rig_free(&rig);
}

TestSuite(kraken_lockout, .init = start, .fini = release);

Test(kraken_lockout, nothing_is_asked_while_it_lasts)
{
    fault_on("BalanceEx", "error",
             ",\"msg\":\"EGeneral:Temporary lockout\",\"execute\":false,"
             "\"count\":1");
    rig_kill(&rig);
    rig_restart(&rig);
    rig_run_ms(&rig, 5000);
    uint64_t sent = rig_sent(&rig, SOFIA_CLASS_READ);
    cr_assert_gt(sent, 0);
    rig_run_ms(&rig, 60000);
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_READ), sent, "asked during the lockout");
}

/* ---- orders as messages ---- */

static void start_ws(void)
{
    start_with("  order_entry: ws\n");
}

TestSuite(kraken_ws, .init = start_ws, .fini = finish);

Test(kraken_ws, orders_fills_amends_and_cancels)
{
    uint64_t order = rest();
    uint64_t filled = buy("market", "", "0.01", NULL);

    rig_run_ms(&rig, 500);
    expect(order, "NEW");
    expect(filled, "FILLED");
    struct command_reply reply = rig_amend(&rig, order, NULL, "54000");
    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    rig_run_ms(&rig, 500);
    expect(reply.order_id, "NEW");
    cr_assert_eq(rig_cancel(&rig, reply.order_id).status, 0);
    rig_run_ms(&rig, 1000);
    expect(reply.order_id, "CANCELED");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(kraken_ws, an_answer_that_never_comes_makes_one_order)
{
    rig_fault(&rig, "{\"kind\":\"ws_no_answer\",\"count\":1}");
    uint64_t order = rest();
    rig_run_ms(&rig, 20);
    rig_run_ms(&rig, 6000);
    expect(order, "NEW");
    cr_assert_eq(rig_copies_at_venue(&rig, order), 1);
}

Test(kraken_ws, a_certain_refusal_is_a_rejection)
{
    rig_fault(&rig,
              "{\"kind\":\"ws_error\",\"msg\":\"EOrder:Insufficient funds\",\"execute\":false,"
              "\"count\":1}");
    uint64_t order = rest();
    rig_run_ms(&rig, 500);
    expect(order, "REJECTED");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(kraken_ws, an_uncertain_refusal_of_an_order_that_lives)
{
    rig_fault(&rig,
              "{\"kind\":\"ws_error\",\"msg\":\"EService:Busy\",\"execute\":true,\"count\":1}");
    uint64_t order = rest();
    rig_run_ms(&rig, 3000);
    expect(order, "NEW");
    cr_assert_eq(rig_copies_at_venue(&rig, order), 1);
}
