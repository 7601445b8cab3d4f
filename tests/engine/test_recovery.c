/* What a stepped engine does with answers that do not come, and with the time it waits for them. */
#include <criterion/criterion.h>

#include "model/order.h"
#include "tests/scenario/rig.h"

#define MS CLOCK_NS_PER_MS

/* After a stream was lost each live order is asked for; a venue that cannot answer has not confirmed it. */
Test(recovery, a_question_without_an_answer_confirms_nothing)
{
    struct rig rig;
    struct rig_options options = {.makers = true};
    rig_start(&rig, &options);
    rig_ready(&rig);
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    rig_fault(&rig, "{\"kind\":\"html\",\"status\":502,\"execute\":false,"
                    "\"match\":{\"method\":\"GET\",\"path\":\"/api/v3/order\"},\"count\":-1}");
    cr_assert_eq(rig_command(&rig, COMMAND_WS_RESTART, "", 0).status, 0);
    rig_run_ms(&rig, 5000);
    cr_assert(!engine_path(rig.engine)->accounts[0].reconciled, "reconciled without an answer");
    rig_fault(&rig, "{\"kind\":\"clear\"}");
    rig_run_ms(&rig, 10000);
    cr_assert(engine_path(rig.engine)->accounts[0].reconciled);
    cr_assert_eq(rig_cancel(&rig, reply.order_id).status, 0);
    rig_compare(&rig);
    rig_free(&rig);
}

/* An engine that waits for an answer sleeps: what is due next is never in the past. */
Test(recovery, waiting_for_an_answer_is_not_spinning)
{
    struct rig rig;
    struct rig_options options = {0};
    uint32_t spins = 0;
    rig_start(&rig, &options);
    rig_fault(
        &rig,
        "{\"kind\":\"delay\",\"match\":{\"path\":\"/api/v3/time\"},\"ms\":1000,\"count\":-1}");
    for (int i = 0; i < 300; i++) {
        engine_turn(rig.engine);
        spins += engine_next_due_mono_ns(rig.engine) <= rig.clock.steady_ns ? 1u : 0u;
        clock_sim_advance(&rig.clock, 5 * MS);
    }
    cr_assert_eq(spins, 0, "%u of 300 turns ask for the next one at once", spins);
    rig_free(&rig);
}
