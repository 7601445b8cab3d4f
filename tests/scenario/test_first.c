#include <criterion/criterion.h>

#include "rig.h"

Test(first, a_limit_order_rests_and_is_cancelled)
{
    struct rig rig;
    rig_start(&rig, &(struct rig_options){.makers = true});
    rig_ready(&rig);
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    cr_assert_eq(reply.status, 0, "%s", reply.text);
    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    cr_assert_eq(rig_cancel(&rig, reply.order_id).status, 0);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "CANCELED");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    rig_compare(&rig);
    rig_free(&rig);
}

Test(first, a_market_order_fills_and_the_ledger_equals_the_venue)
{
    struct rig rig;
    rig_start(&rig, &(struct rig_options){.makers = true});
    rig_ready(&rig);
    struct command_reply reply = rig_submit(&rig, "buy", "market", "", "0.01", NULL);
    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "FILLED");
    rig_compare(&rig);
    rig_free(&rig);
}
