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

/* ---- streams ---- */

Test(kraken, a_skipped_sequence_is_noticed_and_the_fill_is_fetched)
{
    rig_fault(&rig, "{\"kind\":\"sequence_skip\",\"count\":1}");
    uint64_t order = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 5000);
    expect(order, "FILLED");
    uint64_t next = rest();
    rig_run_ms(&rig, 500);
    expect(next, "NEW");
}

Test(kraken, repeated_frames_and_replayed_snapshots_count_fills_once)
{
    rig_fault(&rig, "{\"kind\":\"sequence_twice\",\"count\":5}");
    uint64_t order = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 500);
    rig_fault(&rig, "{\"kind\":\"replay\"}");
    rig_run_ms(&rig, 1000);
    expect(order, "FILLED");
}

Test(kraken, sparse_frames_are_completed_from_memory)
{
    rig_fault(&rig, "{\"kind\":\"sparse\",\"count\":10}");
    uint64_t order = rest();
    uint64_t filled = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 2000);
    expect(order, "NEW");
    expect(filled, "FILLED");
}

Test(kraken, an_execution_nobody_knows_keeps_the_order)
{
    rig_fault(&rig, "{\"kind\":\"unknown_exec\",\"count\":1}");
    uint64_t order = rest();
    rig_run_ms(&rig, 2000);
    expect(order, "NEW");
}

Test(kraken, the_filled_frame_that_never_comes_is_not_missed)
{
    rig_fault(&rig, "{\"kind\":\"no_filled\",\"count\":1}");
    uint64_t order = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 1000);
    expect(order, "FILLED");
}

Test(kraken, tokens_that_die_with_the_connection_are_renewed)
{
    rig_fault(&rig, "{\"kind\":\"tokens\"}");
    rig_fault(&rig, "{\"kind\":\"close\",\"close\":1001}");
    rig_run_ms(&rig, 5000);
    rig_ready(&rig);
    uint64_t order = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 500);
    expect(order, "FILLED");
}

Test(kraken, what_filled_while_the_stream_was_away_is_fetched)
{
    uint64_t order = buy("limit", "gtc", "0.01", "55000");
    rig_run_ms(&rig, 300);
    rig_fault(&rig, MUTE);
    uint64_t filled = buy("limit", "ioc", "0.01", "61000");
    rig_fault(&rig, "{\"kind\":\"close\",\"close\":1006}");
    rig_run_ms(&rig, 6000);
    expect(order, "NEW");
    expect(filled, "FILLED");
}

static bool book_is_live(void)
{
    const struct market *market = engine_path(rig.engine)->market;

    for (uint32_t i = 0; i < market->cap; i++) {
        if (market->items[i] != NULL && strcmp(market->items[i]->rules.name, "BTC/USDT") == 0) {
            return market->items[i]->book_valid;
        }
    }
    return false;
}

Test(kraken, a_wrong_checksum_resyncs_the_book)
{
    cr_assert(book_is_live());
    rig_fault(&rig, "{\"kind\":\"bad_checksum\",\"match\":{\"symbol\":\"BTCUSDT\"},\"count\":1}");
    int64_t waited = 0;
    while (book_is_live() && waited < 20000) {
        rig_run_ms(&rig, 5);
        waited += 5;
    }
    cr_assert(!book_is_live(), "the book was believed");
    rig_run_ms(&rig, 3000);
    cr_assert(book_is_live());
}

Test(kraken, numbers_without_trailing_zeros_are_the_same_book)
{
    rig_fault(&rig, "{\"kind\":\"bare_numbers\",\"count\":50}");
    for (int i = 0; i < 200; i++) {
        rig_run_ms(&rig, 10);
        cr_assert(book_is_live());
    }
}

Test(kraken, maintenance_and_cancel_only_stop_new_orders)
{
    rig_fault(&rig, "{\"kind\":\"system\",\"system\":\"cancel_only\"}");
    rig_run_ms(&rig, 200);
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    cr_assert_str_neq(reply.code, "", "cancel_only");
    rig_fault(&rig, "{\"kind\":\"system\",\"system\":\"maintenance\"}");
    rig_run_ms(&rig, 200);
    reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    cr_assert_str_neq(reply.code, "", "maintenance");
    rig_fault(&rig, "{\"kind\":\"system\",\"system\":\"online\"}");
    rig_run_ms(&rig, 200);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
    uint64_t order = rest();
    rig_run_ms(&rig, 300);
    expect(order, "NEW");
}

/* ---- the venue's habits ---- */

Test(kraken, a_fill_that_rest_does_not_show_yet_is_not_taken_back)
{
    rig_fault(&rig, "{\"kind\":\"kraken\",\"fill_lag_ms\":4000}");
    uint64_t order = buy("limit", "ioc", "0.01", "61000");
    rig_run_ms(&rig, 500);
    expect(order, "FILLED");
    rig_run_ms(&rig, 6000);
    expect(order, "FILLED");
    cr_assert_eq(rig_copies_at_venue(&rig, order), 1);
}

Test(kraken, executions_that_come_after_the_answer)
{
    rig_fault(&rig, "{\"kind\":\"kraken\",\"event_lag_ms\":700}");
    uint64_t order = rest();
    uint64_t filled = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 300);
    expect(order, "NEW");
    rig_run_ms(&rig, 1500);
    expect(filled, "FILLED");
    rig_fault(&rig, "{\"kind\":\"kraken\",\"event_lag_ms\":0}");
}

Test(kraken, a_fee_in_base_is_booked_in_base)
{
    rig_fault(&rig, "{\"kind\":\"kraken\",\"fee_in_base\":true}");
    uint64_t order = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 3500);
    expect(order, "FILLED");
}

Test(kraken, a_post_only_order_that_is_accepted_and_cancelled_never_traded)
{
    rig_fault(&rig, "{\"kind\":\"kraken\",\"post_cancels\":true}");
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "post", "0.01", "61000");
    if (reply.code[0] == '\0') {
        rig_run_ms(&rig, 1000);
        cr_assert_str_neq(rig_state(&rig, reply.order_id), "FILLED");
    }
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(kraken, an_engine_restatement_is_followed)
{
    uint64_t order = rest();
    rig_run_ms(&rig, 300);
    rig_fault(&rig, "{\"kind\":\"restate\"}");
    rig_run_ms(&rig, 500);
    expect(order, "NEW");
    cr_assert_eq(rig_cancel(&rig, order).status, 0);
    rig_run_ms(&rig, 1000);
    expect(order, "CANCELED");
}

Test(kraken, rest_answers_that_are_pages_of_a_gateway_are_asked_again)
{
    fault_on("BalanceEx", "html", ",\"count\":2");
    fault_on("OpenOrders", "html", ",\"count\":2");
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
    uint64_t order = rest();
    rig_run_ms(&rig, 300);
    expect(order, "NEW");
}

Test(kraken, a_stream_that_falls_silent_is_replaced)
{
    uint64_t order = rest();
    rig_run_ms(&rig, 300);
    rig_fault(&rig, "{\"kind\":\"silence\",\"count\":2}");
    rig_run_ms(&rig, 60000);
    rig_ready(&rig);
    rig_run_ms(&rig, 3000);
    cr_assert(book_is_live());
    expect(order, "NEW");
    uint64_t next = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 1000);
    expect(next, "FILLED");
}

/* The model of the engine counter must be no more generous than the venue's own. */
Test(kraken, a_burst_of_orders_and_cancels_never_meets_the_venues_limit)
{
    int refused_by_venue = 0;

    for (int i = 0; i < 40; i++) {
        struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "55000");
        rig_run_ms(&rig, 100);
        if (reply.code[0] != '\0') {
            continue; /* held back here, which is the point */
        }
        const struct order *order = rig_order(&rig, reply.order_id);
        if (order->base_state == SOFIA_STATE_REJECTED) {
            refused_by_venue++;
            continue;
        }
        (void)rig_cancel(&rig, reply.order_id);
        rig_run_ms(&rig, 100);
    }
    cr_assert_eq(refused_by_venue, 0);
    rig_run_ms(&rig, 60000);
    cr_assert_eq(rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL).status, 0);
    rig_run_ms(&rig, 20000);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
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
