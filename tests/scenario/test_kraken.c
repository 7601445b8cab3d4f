/* The whole engine on the Kraken dialect. */
#include <criterion/criterion.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

static struct rig rig;

static void start(void)
{
    rig_start(&rig, &(struct rig_options){.venue = "kraken", .makers = true});
    rig_ready(&rig);
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

Test(kraken, a_limit_order_rests_and_is_cancelled)
{
    uint64_t order = buy("limit", "gtc", "0.01", "55000");

    rig_run_ms(&rig, 300);
    cr_assert_str_eq(rig_state(&rig, order), "NEW");
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    cr_assert_eq(rig_cancel(&rig, order).status, 0);
    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, order), "CANCELED");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(kraken, a_market_order_fills_and_the_ledger_equals_the_venue)
{
    uint64_t order = buy("market", "", "0.01", NULL);

    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, order), "FILLED");
}
