/* Who else trades on the account, or moves money, while the engine runs: the comparison of balances finds it. */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/impl.h"
#include "rig.h"

#define LIMIT_BUY "buy", "limit", "gtc", "0.001", "55000"
#define OFTEN "  reconcile_interval: 1s\n"

static struct rig rig;

static void start(void)
{
    rig_start(&rig, &(struct rig_options){.makers = true, .extra_engine = OFTEN});
    rig_ready(&rig);
}

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

TestSuite(balances, .init = start, .fini = finish);
TestSuite(accepted, .fini = finish);

static const struct path_account *account(void)
{
    return &engine_path(rig.engine)->accounts[0];
}

static void move(const char *amount)
{
    cr_assert_eq(venue_transfer(rig.venue, rig.clock.wall_ns, "me", "USDT", amount), 0);
}

static void wait_for(bool reconciled)
{
    for (int i = 0; i < 300 && account()->reconciled != reconciled; i++) {
        rig_run_ms(&rig, 100);
    }
    cr_assert_eq(account()->reconciled, reconciled, "%s", account()->why);
}

Test(balances, money_moved_while_running_closes_the_account)
{
    struct command_reply open = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 200);
    move("500");
    wait_for(false);
    cr_assert_not_null(strstr(account()->why, "the ledger expects 100000 USDT"), "%s",
                       account()->why);
    cr_assert_str_eq(rig_submit(&rig, LIMIT_BUY).code, "NOT_RECONCILED");
    rig_run_ms(&rig, 5000);
    cr_assert_not(account()->reconciled, "it forgot the difference");
    cr_assert_str_eq(account()->why, "the ledger expects 100000 USDT and the venue shows 100500");
    cr_assert_eq(rig_cancel(&rig, open.order_id).status, 0);
    move("-500");
    wait_for(true);
    cr_assert_str_eq(rig_submit(&rig, LIMIT_BUY).code, "");
}

Test(balances, a_difference_in_one_snapshot_alone_is_none)
{
    struct start_account *slot = &rig.engine->start.accounts[0];
    move("500");
    for (int i = 0; i < 1000 && slot->difference[0] == '\0'; i++) {
        rig_run_ms(&rig, 5);
    }
    cr_assert_neq(slot->difference[0], '\0');
    move("-500");
    for (int i = 0; i < 500; i++) {
        rig_run_ms(&rig, 10);
        cr_assert(account()->reconciled, "%s", account()->why);
    }
    cr_assert_eq(slot->difference[0], '\0');
}

/* Fills and snapshots cross on their way all the time. */
Test(balances, own_trades_are_no_difference)
{
    for (int i = 0; i < 200; i++) {
        (void)rig_submit(&rig, i % 2 == 0 ? "buy" : "sell", "market", "", "0.001", NULL);
        rig_run_ms(&rig, 105);
        cr_assert(account()->reconciled, "%s", account()->why);
    }
}

/* It has traded, and nobody could say so yet: doubt asks, and counts, and is no reason to suspect a stranger. */
Test(balances, what_an_order_in_doubt_may_have_moved_is_no_difference)
{
    rig_fault(&rig, "{\"kind\":\"drop_after\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/"
                    "order\"}}");
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    rig_fault(&rig, "{\"kind\":\"error\",\"match\":{\"method\":\"GET\",\"path\":\"/api/v3/order\"},"
                    "\"status\":503,\"code\":-1000,\"execute\":false,\"count\":-1}");
    struct command_reply taken = rig_submit(&rig, "buy", "market", "", "0.01", NULL);
    for (int i = 0; i < 50; i++) {
        rig_run_ms(&rig, 100);
        cr_assert(account()->reconciled, "%s", account()->why);
    }
    cr_assert_str_eq(rig_state(&rig, taken.order_id), "UNKNOWN");
    rig_fault(&rig, "{\"kind\":\"clear\"}");
    rig_run_ms(&rig, 3000);
    cr_assert_str_eq(rig_state(&rig, taken.order_id), "FILLED");
}

/* Reports that vanish are a difference too: the account is reconciled again and has its fills. */
Test(balances, a_missed_fill_is_found_by_what_it_cost)
{
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    struct command_reply taken = rig_submit(&rig, "buy", "market", "", "0.01", NULL);
    rig_run_ms(&rig, 20000);
    cr_assert_str_eq(rig_state(&rig, taken.order_id), "FILLED");
    cr_assert(account()->reconciled, "%s", account()->why);
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(accepted, a_difference_is_booked_where_the_configuration_says_so)
{
    rig_start(&rig, &(struct rig_options){.makers = true,
                                          .extra_engine = OFTEN "  on_difference: accept\n"});
    rig_ready(&rig);
    move("500");
    wait_for(false);
    wait_for(true);
    rig_run_ms(&rig, 5000);
    cr_assert(account()->reconciled);
}
