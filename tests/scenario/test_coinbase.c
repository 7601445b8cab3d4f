/* The whole engine on the Coinbase dialect. */
#include <criterion/criterion.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

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

Test(coinbase, a_limit_order_rests_and_is_cancelled)
{
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    rig_run_ms(&rig, 300);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    cr_assert_eq(rig_cancel(&rig, reply.order_id).status, 0);
    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "CANCELED");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(coinbase, a_market_order_fills_by_the_executions_that_were_asked_for)
{
    struct command_reply reply = rig_submit(&rig, "buy", "market", "", "0.01", NULL);
    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    rig_run_ms(&rig, 1000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "FILLED");
}
