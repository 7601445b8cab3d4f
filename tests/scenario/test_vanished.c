/* Orders our journal has and the venue does not: after a lost journal of theirs, a reset of a test network, a restart in a storm. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

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

TestSuite(vanished, .init = start, .fini = finish);

static struct path *path(void)
{
    return engine_path(rig.engine);
}

/* Journaled here, never seen there. */
static uint64_t forge_sent(void)
{
    struct record_intent intent = {.order_id = path_next_order_id(path()),
                                   .created_ns = rig.clock.wall_ns,
                                   .account = path()->accounts[0].id,
                                   .instrument = 1,
                                   .side = SOFIA_SIDE_BUY,
                                   .type = SOFIA_TYPE_LIMIT,
                                   .tif = SOFIA_TIF_GTC,
                                   .branch = SOFIA_BRANCH_LIVE,
                                   .qty = sofia_decimal_of(1, -3),
                                   .price = sofia_decimal_of(55000, 0),
                                   .quote_qty = sofia_decimal_absent(),
                                   .stop_price = sofia_decimal_absent()};
    path_client_id(path(), intent.client_id);
    struct record_send send = {.order_id = intent.order_id,
                               .what = SEND_PLACE,
                               .attempt = 1,
                               .accept_until_ns = rig.clock.wall_ns + 200 * CLOCK_NS_PER_MS,
                               .sent_ns = rig.clock.wall_ns};
    cr_assert_eq(path_record(path(), RECORD_INTENT, &intent, sizeof(intent), NULL), 0);
    cr_assert_eq(path_record(path(), RECORD_SEND, &send, sizeof(send), NULL), 0);
    return intent.order_id;
}

/* Far more than there are tasks: what found none at first must be asked for all the same. */
Test(vanished, no_order_in_doubt_is_forgotten_however_many_there_are)
{
    uint64_t ids[DOUBT_TASKS + 60];
    size_t count = sizeof(ids) / sizeof(ids[0]);
    for (size_t i = 0; i < count; i++) {
        ids[i] = forge_sent();
        rig_run_ms(&rig, i % 100 == 0 ? 5 : 0);
    }
    rig_kill(&rig);
    rig_restart(&rig);
    cr_assert_eq(path()->state->doubts, count, "%u", path()->state->doubts);
    for (int i = 0; i < 6000 && !path()->accounts[0].reconciled; i++) {
        cr_assert(path()->state->doubts > 0 || rig.engine->doubts.count == 0);
        rig_run_ms(&rig, 100);
    }
    cr_assert(path()->accounts[0].reconciled, "%s, %u in doubt", path()->accounts[0].why,
              path()->state->doubts);
    for (size_t i = 0; i < count; i++) {
        cr_assert_str_eq(rig_state(&rig, ids[i]), "REJECTED", "order %zu", i);
    }
}
