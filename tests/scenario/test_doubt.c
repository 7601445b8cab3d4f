#include <criterion/criterion.h>
#include <string.h>

#include <sofia/kit/decimal.h>

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

TestSuite(doubt, .init = start, .fini = finish);

Test(doubt, a_lost_answer_makes_the_order_unknown_until_the_venue_speaks)
{
    rig_fault(&rig, "{\"kind\":\"drop_after\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/"
                    "order\"},\"count\":1}");
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"ms\":2000}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 20);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "UNKNOWN");
    cr_assert_eq(rig_orders_at_venue(&rig), 1);
    rig_run_ms(&rig, 1000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    cr_assert_eq(rig_orders_at_venue(&rig), 1, "an intent became two orders");
}

Test(doubt, an_order_that_never_arrived_is_proven_absent_and_only_then_rejected)
{
    rig_fault(&rig, "{\"kind\":\"drop_before\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/"
                    "order\"},\"count\":1}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "UNKNOWN");
    rig_run_ms(&rig, 2000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(doubt, an_order_in_doubt_counts_against_the_limits)
{
    rig_fault(&rig, "{\"kind\":\"drop_before\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/"
                    "order\"},\"count\":1}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 20);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "UNKNOWN");
    const struct ledger *ledger = &engine_path(rig.engine)->state->ledger;
    struct sofia_wide want = sofia_wide_of(sofia_decimal_of(1, -2));
    cr_assert_eq(sofia_wide_cmp(ledger->positions[0].working_buy, want), 0);
}
