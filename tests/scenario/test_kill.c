#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/str.h"
#include "engine/impl.h"
#include "rig.h"

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

TestSuite(kill, .init = start, .fini = finish);

static const struct latch *latch_all(void)
{
    return state_latch(engine_path(rig.engine)->state, "all");
}

Test(kill, engaging_cancels_everything_and_proves_zero)
{
    for (int i = 0; i < 5; i++) {
        (void)rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
        rig_run_ms(&rig, 20);
    }
    cr_assert_eq(rig_open_at_venue(&rig), 5);
    cr_assert_eq(rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL).status, 0);
    rig_run_ms(&rig, 3000);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    cr_assert_not_null(latch_all());
    cr_assert_eq(latch_all()->zero, 1, "zero is not proven");
}

Test(kill, nothing_is_sent_while_engaged)
{
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    cr_assert_str_eq(reply.code, "KILL_SWITCH");
    cr_assert_eq(reply.state, SOFIA_STATE_DENIED);
    rig_run_ms(&rig, 200);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(kill, the_raised_flag_alone_stops_an_order_before_its_first_byte)
{
    (void)kill_raise(engine_path(rig.engine)->kill, SOFIA_KILL_CANCEL);
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    cr_assert_str_eq(reply.code, "KILL_SWITCH");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
    kill_settled(engine_path(rig.engine)->kill, 1);
}

Test(kill, hold_lets_reductions_pass_and_refuses_new_risk)
{
    (void)rig_submit(&rig, "buy", "market", "", "0.01", NULL);
    rig_run_ms(&rig, 200);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_HOLD);
    cr_assert_str_eq(rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000").code, "KILL_SWITCH");
    struct command_reply exit = rig_submit(&rig, "sell", "market", "", "0.005", NULL);
    cr_assert_str_eq(exit.code, "", "%s", exit.text);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, exit.order_id), "FILLED");
}

Test(kill, a_scope_stops_its_own_and_nothing_else)
{
    (void)rig_command(&rig, COMMAND_KILL, "symbol:ETH/USDT", SOFIA_KILL_CANCEL);
    cr_assert_str_eq(rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000").code, "");
    (void)rig_command(&rig, COMMAND_KILL, "symbol:BTC/USDT", SOFIA_KILL_CANCEL);
    cr_assert_str_eq(rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000").code, "KILL_SWITCH");
}

Test(kill, resuming_is_refused_before_zero_is_proven)
{
    (void)rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    rig_run_ms(&rig, 200);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    cr_assert_lt(rig_command(&rig, COMMAND_RESUME, "all", 0).status, 0);
    rig_run_ms(&rig, 3000);
    cr_assert_eq(rig_command(&rig, COMMAND_RESUME, "all", 0).status, 0);
    cr_assert_null(latch_all());
    cr_assert_str_eq(rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000").code, "");
}

Test(kill, the_latch_and_its_loop_survive_a_kill_9)
{
    (void)rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    rig_run_ms(&rig, 200);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    rig_kill(&rig);
    rig_restart(&rig);
    cr_assert_not_null(latch_all(), "the latch is gone after a restart");
    rig_run_ms(&rig, 5000);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    cr_assert_eq(latch_all()->zero, 1);
}

Test(kill, an_unreadable_latch_file_is_engaged)
{
    char command[400];
    rig_stop(&rig);
    (void)str_format(command, sizeof(command), "echo '{' > %s/kill_switch_state.json",
                     rig.state_dir);
    cr_assert_eq(system(command), 0);
    rig_restart(&rig);
    rig_ready(&rig);
    cr_assert_str_eq(rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000").code, "KILL_SWITCH");
    cr_assert_eq(rig_command(&rig, COMMAND_RESUME, "all", 0).status, 0);
    cr_assert_str_eq(rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000").code, "");
}

Test(kill, a_latch_that_only_the_file_has_engages)
{
    char command[600];
    rig_stop(&rig);
    (void)str_format(
        command, sizeof(command),
        "cd %s && jq '.state=\"ENGAGED\" | .epoch=9 | "
        ".latches=[{at:\"2026-01-01T00:00:00.000000000Z\","
        "at_ns:1767225600000000000,scope:\"all\",level:\"cancel\",epoch:9,zero:false,author:"
        "\"panic\","
        "reason:\"by hand\"}]' kill_switch_state.json > x && mv x kill_switch_state.json",
        rig.state_dir);
    cr_assert_eq(system(command), 0);
    rig_restart(&rig);
    rig_ready(&rig);
    cr_assert_str_eq(rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000").code, "KILL_SWITCH");
    cr_assert_not_null(latch_all(), "engaged, but not by a latch of the journal");
}

Test(kill, an_order_in_doubt_keeps_the_loop_going_until_it_is_resolved)
{
    rig_fault(&rig, "{\"kind\":\"drop_after\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/"
                    "order\"},\"count\":1}");
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"ms\":5000}");
    (void)rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    rig_run_ms(&rig, 20);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    rig_run_ms(&rig, 20);
    cr_assert_eq(latch_all()->zero, 0);
    rig_run_ms(&rig, 5000);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    cr_assert_eq(latch_all()->zero, 1);
}

/* ---- what the loop costs ---- */

#define QUERY "\"match\":{\"method\":\"GET\",\"path\":\"/api/v3/order\"}"

Test(kill, rounds_without_progress_grow_apart_and_progress_brings_them_together)
{
    const struct zero *zero = &rig.engine->zero;
    rig_fault(&rig, "{\"kind\":\"drop_before\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/"
                    "order\"}}");
    rig_fault(&rig, "{\"kind\":\"error\"," QUERY ",\"status\":503,\"code\":-1000,\"execute\":false,"
                    "\"count\":-1}");
    (void)rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    rig_run_ms(&rig, 20);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    rig_run_ms(&rig, 30000);
    cr_assert_eq(latch_all()->zero, 0);
    cr_assert_geq(zero->rounds, 8, "%u rounds", zero->rounds);
    cr_assert_leq(zero->rounds, 20, "%u rounds in 30 s without progress", zero->rounds);
    rig_fault(&rig, "{\"kind\":\"clear\"}");
    for (int i = 0; i < 200 && engine_path(rig.engine)->state->doubts > 0; i++) {
        rig_run_ms(&rig, 10);
    }
    cr_assert_eq(engine_path(rig.engine)->state->doubts, 0);
    rig_run_ms(&rig, 500);
    cr_assert_eq(latch_all()->zero, 1, "not at once after the last doubt had ended");
}

Test(kill, zero_is_proven_within_a_few_rounds)
{
    for (int i = 0; i < 5; i++) {
        (void)rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
        rig_run_ms(&rig, 20);
    }
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    for (int i = 0; i < 100 && latch_all()->zero == 0; i++) {
        rig_run_ms(&rig, 10);
    }
    cr_assert_eq(latch_all()->zero, 1, "not in a second");
}

static void little_weight(struct venue_config *config)
{
    config->weight_per_minute = 400;
}

TestSuite(poor, .fini = finish);

Test(poor, with_little_budget_left_the_loop_waits_although_it_gets_on)
{
    rig_start(&rig, &(struct rig_options){.makers = true, .set_venue = little_weight});
    rig_ready(&rig);
    struct exchange *exchange = engine_path(rig.engine)->accounts[0].exchange;
    for (int i = 0; i < 60 && !exchange_budget_is_low(exchange); i++) {
        (void)exchange_account(exchange, 0);
        rig_run_ms(&rig, 5);
    }
    cr_assert(exchange_budget_is_low(exchange));
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    rig_run_ms(&rig, 1000);
    cr_assert_eq(rig.engine->zero.rounds, 1, "%u rounds", rig.engine->zero.rounds);
    rig_run_ms(&rig, 70000);
    cr_assert_eq(latch_all()->zero, 1);
}
