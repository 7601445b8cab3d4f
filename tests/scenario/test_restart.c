#include <criterion/criterion.h>
#include <string.h>

#include <sofia/kit/decimal.h>

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

TestSuite(restart, .init = start, .fini = finish);

static void kill_and_restart(void)
{
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
}

Test(restart, orders_fills_and_balances_are_as_before)
{
    struct command_reply rests = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    struct command_reply fills = rig_submit(&rig, "buy", "market", "", "0.01", NULL);
    rig_run_ms(&rig, 200);
    kill_and_restart();
    cr_assert_str_eq(rig_state(&rig, rests.order_id), "NEW");
    cr_assert_str_eq(rig_state(&rig, fills.order_id), "FILLED");
}

Test(restart, what_was_sent_and_never_answered_is_found_at_the_venue)
{
    rig_fault(&rig, "{\"kind\":\"delay\",\"ms\":400,\"match\":{\"method\":\"POST\",\"path\":\"/api/"
                    "v3/order\"},\"count\":1}");
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    rig_kill(&rig);
    rig_restart(&rig);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "UNKNOWN");
    rig_ready(&rig);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    cr_assert_eq(rig_orders_at_venue(&rig), 1, "an intent became two orders");
}

Test(restart, a_fill_that_happened_while_we_were_dead_is_fetched)
{
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    rig_run_ms(&rig, 200);
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"ms\":100000}");
    struct command_reply filled = rig_submit(&rig, "buy", "limit", "ioc", "0.01", "61000");
    rig_kill(&rig);
    rig_fault(&rig, "{\"kind\":\"clear\"}");
    rig_restart(&rig);
    rig_ready(&rig);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    cr_assert_str_eq(rig_state(&rig, filled.order_id), "FILLED");
}

Test(restart, no_client_id_is_ever_given_twice)
{
    char first[SOFIA_CLIENT_ID_SIZE];
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    (void)memcpy(first, rig_order(&rig, reply.order_id)->pub.client_id, sizeof(first));
    kill_and_restart();
    reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    cr_assert_str_neq(first, rig_order(&rig, reply.order_id)->pub.client_id);
    rig_run_ms(&rig, 200);
}

Test(restart, many_restarts_add_nothing)
{
    (void)rig_submit(&rig, "buy", "market", "", "0.01", NULL);
    rig_run_ms(&rig, 200);
    uint32_t fills = engine_path(rig.engine)->state->fill_count;
    for (int i = 0; i < 5; i++) {
        kill_and_restart();
    }
    cr_assert_eq(engine_path(rig.engine)->state->fill_count, fills);
    cr_assert_eq(rig_orders_at_venue(&rig), 1);
}

Test(restart, a_stop_leaves_no_order_open)
{
    (void)rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    (void)rig_submit(&rig, "sell", "limit", "gtc", "0.01", "65000");
    rig_run_ms(&rig, 200);
    cr_assert_eq(rig_open_at_venue(&rig), 2);
    rig_stop(&rig);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    rig_restart(&rig);
    rig_ready(&rig);
}

Test(restart, a_difference_between_ledger_and_venue_keeps_the_account_closed)
{
    rig_stop(&rig);
    cr_assert_eq(venue_transfer(rig.venue, rig.clock.wall_ns, "me", "USDT", "500"), 0);
    rig_restart(&rig);
    rig_run_ms(&rig, 10000);
    cr_assert_not(engine_path(rig.engine)->accepting);
    cr_assert_str_eq(engine_path(rig.engine)->accounts[0].why,
                     "the ledger expects 100000 USDT and the venue shows 100500");
    cr_assert_eq(venue_transfer(rig.venue, rig.clock.wall_ns, "me", "USDT", "-500"), 0);
    rig_run_ms(&rig, 15000);
    cr_assert(engine_path(rig.engine)->accepting);
}

/* ---- stopping without a venue ---- */

#define NOBODY "{\"kind\":\"drop_before\",\"match\":{\"path\":\"/api/*\"},\"count\":-1}"

Test(restart, an_engine_that_never_reached_its_venue_stops_at_once)
{
    rig_stop(&rig);
    rig_fault(&rig, NOBODY);
    rig_restart(&rig);
    rig_run_ms(&rig, 2000);
    cr_assert_not(engine_path(rig.engine)->accounts[0].reconciled);
    cr_assert(engine_end(rig.engine, 5), "it waits, and there is nothing to wait for");
    rig_fault(&rig, "{\"kind\":\"clear\"}");
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
}

Test(restart, it_does_not_while_an_order_of_an_earlier_run_may_be_open)
{
    struct command_reply open = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    rig_run_ms(&rig, 200);
    rig_kill(&rig);
    rig_fault(&rig, NOBODY);
    rig_restart(&rig);
    rig_run_ms(&rig, 2000);
    cr_assert_not(engine_end(rig.engine, 50), "an order is left at the venue");
    rig_fault(&rig, "{\"kind\":\"clear\"}");
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
    cr_assert_str_eq(rig_state(&rig, open.order_id), "NEW");
}
