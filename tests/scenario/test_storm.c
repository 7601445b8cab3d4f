/* A busy strategy, a venue having a bad day, and an engine that dies now and then: in the end both books are equal. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "rig.h"

#define SEEDS 12

static const char *const faults[] = {
    "{\"kind\":\"drop_after\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/"
    "order\"},\"count\":1}",
    "{\"kind\":\"drop_before\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/"
    "order\"},\"count\":1}",
    "{\"kind\":\"drop_after\",\"match\":{\"method\":\"DELETE\",\"path\":\"/api/v3/"
    "order\"},\"count\":1}",
    "{\"kind\":\"error\",\"status\":503,\"code\":-1001,\"execute\":true,\"match\":{\"method\":"
    "\"POST\",\"path\":\"/api/v3/order\"},\"count\":1}",
    "{\"kind\":\"error\",\"status\":502,\"code\":-1006,\"execute\":false,\"match\":{\"method\":"
    "\"POST\",\"path\":\"/api/v3/order\"},\"count\":1}",
    "{\"kind\":\"html\",\"status\":504,\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/"
    "order\"},\"count\":1}",
    "{\"kind\":\"half_body\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/"
    "order\"},\"count\":1}",
    "{\"kind\":\"timeout\",\"execute\":true,\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/"
    "order\"},\"count\":1}",
    "{\"kind\":\"duplicate_report\",\"count\":3}",
    "{\"kind\":\"reorder_report\",\"count\":3}",
    "{\"kind\":\"drop_report\",\"count\":2}",
    "{\"kind\":\"mute_user\",\"ms\":700}",
    "{\"kind\":\"drop_market\",\"count\":3}",
    "{\"kind\":\"disconnect\"}",
    "{\"kind\":\"delay\",\"ms\":300,\"count\":2}",
    "{\"kind\":\"extra_field\",\"count\":2}",
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

ParameterizedTestParameters(storm, both_books_are_equal_after_a_bad_day)
{
    static uint64_t seeds[SEEDS];
    for (uint64_t i = 0; i < SEEDS; i++) {
        seeds[i] = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return cr_make_param_array(uint64_t, seeds, SEEDS);
}

static void one_moment(struct rig *rig, uint64_t *random)
{
    uint64_t dice = next_random(random) % 100;
    if (dice < 12) {
        rig_fault(rig, faults[next_random(random) % (sizeof(faults) / sizeof(faults[0]))]);
    } else if (dice < 14) {
        rig_kill(rig);
        rig_restart(rig);
    }
    rig_run_ms(rig, (int64_t)(next_random(random) % 150));
}

ParameterizedTest(uint64_t *seed, storm, both_books_are_equal_after_a_bad_day, .timeout = 120)
{
    struct rig rig;
    uint64_t random = *seed;
    rig_start(&rig,
              &(struct rig_options){
                  .makers = true,
                  .seed = *seed & 0xffff,
                  .quoter = "  instrument: BTC/USDT\n  order_qty: 0.002\n  max_inventory: 0.02\n"
                            "  spread_bps: 6\n  refresh: 100ms\n  take_every: 3\n  levels: 2\n  "
                            "backoff: 50ms\n  backoff_max: 200ms\n"});
    rig_ready(&rig);
    for (int i = 0; i < 300; i++) {
        one_moment(&rig, &random);
    }
    rig_fault(&rig, "{\"kind\":\"clear\"}");
    rig_ready(&rig);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    rig_run_ms(&rig, 8000);
    cr_assert_gt(rig_orders_at_venue(&rig), 20,
                 "seed %llx: hardly anything was traded (%d orders, %llu denied, %llu fills)",
                 (unsigned long long)*seed, rig_orders_at_venue(&rig),
                 (unsigned long long)engine_path(rig.engine)->counts.denied,
                 (unsigned long long)engine_path(rig.engine)->counts.fills);
    cr_assert_eq(rig_open_at_venue(&rig), 0, "seed %llx", (unsigned long long)*seed);
    rig_compare(&rig);
    rig_free(&rig);
}
