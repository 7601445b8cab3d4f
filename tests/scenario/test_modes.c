/* Shadow and live, the way from one to the other, and what configuration may do to the kill switch. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "engine/impl.h"
#include "rig.h"

#define LIMIT_BUY "buy", "limit", "gtc", "0.001", "55000"

static struct rig rig;

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

TestSuite(modes, .fini = finish);

static void start_with(const char *mode, const char *extra_engine)
{
    rig_start(&rig, &(struct rig_options){
                        .makers = true, .trading_mode = mode, .extra_engine = extra_engine});
    rig_ready(&rig);
}

static void restart_with(const char *mode, const char *extra_engine)
{
    rig.options.trading_mode = mode;
    rig.options.extra_engine = extra_engine;
    rig_restart(&rig);
    rig_ready(&rig);
}

static uint32_t branch(void)
{
    return engine_path(rig.engine)->branch;
}

static const struct latch *latch_all(void)
{
    return state_latch(engine_path(rig.engine)->state, "all");
}

static uint64_t open_one(void)
{
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_str_eq(reply.code, "", "%s", reply.text);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    return reply.order_id;
}

static int shadow_lines(void)
{
    char path[300];
    int lines = 0;
    int c;
    (void)snprintf(path, sizeof(path), "%s/shadow_orders.jsonl", rig.state_dir);
    FILE *file = fopen(path, "r");
    while (file != NULL && (c = fgetc(file)) != EOF) {
        lines += c == '\n' ? 1 : 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return lines;
}

/* ---- shadow ---- */

Test(modes, shadow_sends_nothing_and_writes_one_line_per_order)
{
    start_with("shadow", NULL);
    for (int i = 0; i < 7; i++) {
        struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
        cr_assert_eq(reply.state, SOFIA_STATE_SHADOW, "%s %s", reply.code, reply.text);
        rig_run_ms(&rig, 20);
    }
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_TRADE), 0);
    cr_assert_eq(shadow_lines(), 7);
}

Test(modes, a_denied_order_is_no_shadow_order)
{
    start_with("shadow", NULL);
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "55000.001");
    cr_assert_eq(reply.state, SOFIA_STATE_DENIED);
    rig_run_ms(&rig, 100);
    cr_assert_eq(shadow_lines(), 0);
}

Test(modes, shadow_orders_are_written_once_across_kill_9)
{
    start_with("shadow", NULL);
    for (int i = 0; i < 3; i++) {
        (void)rig_submit(&rig, LIMIT_BUY);
        rig_kill(&rig);
        rig_restart(&rig);
        rig_ready(&rig);
    }
    rig_run_ms(&rig, 100);
    cr_assert_eq(shadow_lines(), 3);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(modes, the_kill_switch_refuses_shadow_orders_too)
{
    start_with("shadow", NULL);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    cr_assert_str_eq(rig_submit(&rig, LIMIT_BUY).code, "KILL_SWITCH");
}

Test(modes, a_shadow_order_takes_nothing_from_the_live_limits)
{
    start_with("shadow", NULL);
    for (int i = 0; i < 50; i++) {
        struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
        cr_assert_eq(reply.state, SOFIA_STATE_SHADOW, "order %d: %s", i, reply.text);
    }
    const struct ledger *ledger = &engine_path(rig.engine)->state->ledger;
    for (uint32_t i = 0; i < ledger->position_count; i++) {
        cr_assert(sofia_wide_is_zero(ledger->positions[i].working_buy));
    }
}

/* ---- rollback ---- */

Test(modes, rollback_cancels_what_is_open_and_sends_nothing_more)
{
    start_with("live", NULL);
    (void)open_one();
    (void)open_one();
    cr_assert_eq(rig_command(&rig, COMMAND_ROLLBACK, "", 0).status, 0);
    rig_run_ms(&rig, 1000);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    cr_assert_eq(rig_submit(&rig, LIMIT_BUY).state, SOFIA_STATE_SHADOW);
    rig_run_ms(&rig, 100);
    cr_assert_eq(rig_orders_at_venue(&rig), 2);
    cr_assert_eq(shadow_lines(), 1);
}

Test(modes, after_a_rollback_the_same_configuration_stays_shadow)
{
    start_with("live", NULL);
    (void)rig_command(&rig, COMMAND_ROLLBACK, "", 0);
    rig_run_ms(&rig, 200);
    rig_stop(&rig);
    restart_with("live", NULL);
    cr_assert_eq(branch(), SOFIA_BRANCH_SHADOW);
    rig_kill(&rig);
    restart_with("live", NULL);
    cr_assert_eq(branch(), SOFIA_BRANCH_SHADOW, "a second restart went live");
}

Test(modes, after_a_rollback_a_changed_configuration_goes_live)
{
    start_with("live", NULL);
    (void)rig_command(&rig, COMMAND_ROLLBACK, "", 0);
    rig_run_ms(&rig, 200);
    rig_stop(&rig);
    restart_with("shadow", NULL);
    cr_assert_eq(branch(), SOFIA_BRANCH_SHADOW);
    rig_stop(&rig);
    restart_with("live", NULL);
    cr_assert_eq(branch(), SOFIA_BRANCH_LIVE);
    (void)open_one();
}

Test(modes, a_rollback_survives_a_kill_9_at_once)
{
    start_with("live", NULL);
    (void)open_one();
    (void)rig_command(&rig, COMMAND_ROLLBACK, "", 0);
    rig_kill(&rig);
    restart_with("live", NULL);
    cr_assert_eq(branch(), SOFIA_BRANCH_SHADOW);
    rig_run_ms(&rig, 1000);
    cr_assert_eq(rig_open_at_venue(&rig), 0, "what the rollback cancelled is open");
}

Test(modes, rollback_ends_an_order_that_waits_for_the_disk)
{
    start_with("live", "  durability: disk\n");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    (void)rig_command(&rig, COMMAND_ROLLBACK, "", 0);
    rig_run_ms(&rig, 500);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "DENIED");
}

Test(modes, rollback_ends_an_order_in_doubt)
{
    start_with("live", NULL);
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    rig_fault(
        &rig,
        "{\"kind\":\"drop_after\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/order\"}}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 10);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "UNKNOWN");
    (void)rig_command(&rig, COMMAND_ROLLBACK, "", 0);
    rig_run_ms(&rig, 3000);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

/* ---- what configuration may do to the kill switch ---- */

Test(modes, kill_switch_on_engages_at_start)
{
    start_with("live", "  kill_switch: ON\n");
    cr_assert_not_null(latch_all());
    cr_assert_eq(latch_all()->level, SOFIA_KILL_CANCEL);
    cr_assert_str_eq(rig_submit(&rig, LIMIT_BUY).code, "KILL_SWITCH");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(modes, kill_switch_on_engages_again_at_the_next_start)
{
    start_with("live", "  kill_switch: ON\n");
    rig_run_ms(&rig, 1000);
    cr_assert_eq(rig_command(&rig, COMMAND_RESUME, "all", 0).status, 0);
    cr_assert_null(latch_all());
    rig_stop(&rig);
    restart_with("live", "  kill_switch: ON\n");
    cr_assert_not_null(latch_all());
}

static void expect_latch_survives(const char *arming)
{
    start_with("live", NULL);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    rig_run_ms(&rig, 1000);
    rig_stop(&rig);
    restart_with("live", arming);
    cr_assert_not_null(latch_all(), "configuration cleared the latch");
    cr_assert_str_eq(rig_submit(&rig, LIMIT_BUY).code, "KILL_SWITCH");
}

Test(modes, kill_switch_auto_clears_no_latch)
{
    expect_latch_survives("  kill_switch: AUTO\n");
}

Test(modes, kill_switch_off_clears_no_latch)
{
    expect_latch_survives("  kill_switch: 'OFF'\n");
}

Test(modes, a_latch_is_cleared_in_shadow_by_nobody_but_a_person)
{
    start_with("live", NULL);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    rig_run_ms(&rig, 1000);
    rig_stop(&rig);
    restart_with("shadow", NULL);
    cr_assert_not_null(latch_all());
    rig_stop(&rig);
    restart_with("live", NULL);
    cr_assert_not_null(latch_all());
}

/* ---- modes that are refused ---- */

static void expect_refused(const char *mode, const char *extra)
{
    start_with("live", NULL);
    rig_stop(&rig);
    rig.options.trading_mode = mode;
    rig.options.extra_engine = extra;
    cr_assert_neq(rig_try_restart(&rig), 0, "it started");
    restart_with("live", NULL);
}

Test(modes, trading_mode_canary_is_refused)
{
    expect_refused("canary", NULL);
}

Test(modes, mode_live_is_refused)
{
    expect_refused("live", "  mode: live\n");
}

Test(modes, a_trading_mode_nobody_knows_is_refused)
{
    expect_refused("paper", NULL);
}

/* ---- stop and restart ---- */

Test(modes, on_stop_keep_keeps)
{
    start_with("live", "  on_stop: keep\n");
    (void)open_one();
    rig_stop(&rig);
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    restart_with("live", "  on_stop: keep\n");
    cr_assert_eq(rig_open_at_venue(&rig), 1, "an order of an operator is nobody's to cancel");
}

static void run_quoter(const char *on_restart)
{
    rig_start(&rig,
              &(struct rig_options){
                  .makers = true,
                  .extra_engine = on_restart,
                  .quoter = "  instrument: BTC/USDT\n  order_qty: 0.001\n  max_inventory: 0.01\n"
                            "  spread_bps: 400\n  refresh: 1s\n"});
    rig_ready(&rig);
    rig_run_ms(&rig, 3000);
    cr_assert_gt(rig_open_at_venue(&rig), 0);
    rig_kill(&rig);
    rig.options.quoter = NULL; /* nobody is there who would place new ones */
}

Test(modes, on_restart_cancel_cancels_what_strategies_left)
{
    run_quoter("  on_restart: cancel\n");
    rig_restart(&rig);
    rig_ready(&rig);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(modes, on_restart_keep_keeps_what_strategies_left)
{
    run_quoter("  on_restart: keep\n  on_stop: keep\n");
    int open = rig_open_at_venue(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
    rig_run_ms(&rig, 500);
    cr_assert_eq(rig_open_at_venue(&rig), open);
}

Test(modes, a_restart_in_shadow_still_cancels_what_is_open)
{
    start_with("live", "  on_stop: keep\n");
    uint64_t order = open_one();
    rig_stop(&rig);
    restart_with("shadow", NULL);
    cr_assert_str_eq(rig_state(&rig, order), "NEW");
    cr_assert_eq(rig_cancel(&rig, order).status, 0);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, order), "CANCELED");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}
