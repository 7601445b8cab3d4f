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

/* The venue has an order that ended here: there is nothing to compare. */
static void finish_apart(void)
{
    rig_free(&rig);
}

TestSuite(vanished, .init = start, .fini = finish);
TestSuite(risen, .init = start, .fini = finish_apart);

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

/* ---- confirmed, and unknown later ---- */

static uint64_t forge_open(void)
{
    uint64_t id = forge_sent();
    struct record_report report = {.order_id = id,
                                   .state = SOFIA_STATE_NEW,
                                   .source = KNOWN_BY_ANSWER,
                                   .about = SEND_PLACE,
                                   .filled_qty = sofia_decimal_absent()};
    (void)snprintf(report.venue_id, sizeof(report.venue_id), "%llu",
                   900000000ULL + (unsigned long long)id);
    cr_assert_eq(path_record(path(), RECORD_REPORT, &report, sizeof(report), NULL), 0);
    return id;
}

Test(vanished, an_order_the_venue_does_not_know_any_more_ends_by_proof)
{
    uint64_t id = forge_open();
    rig_run_ms(&rig, 20000);
    cr_assert_str_eq(rig_state(&rig, id), "EXPIRED");
    cr_assert_eq(rig.engine->doubts.vanished, 1);
    cr_assert(rig_order(&rig, id)->absent);
    cr_assert(sofia_decimal_is_zero(order_open_qty(rig_order(&rig, id))), "it still counts");
}

Test(vanished, it_ends_at_a_start_too)
{
    uint64_t id = forge_open();
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
    cr_assert(SOFIA_STATE_IS_TERMINAL(rig_order(&rig, id)->base_state), "%s", rig_state(&rig, id));
    cr_assert(path()->accounts[0].reconciled);
}

/* 200 ms acceptance, 200 ms of the venue's work, 50 ms margin: younger than that it may only be hidden. */
Test(vanished, a_young_order_is_never_taken_for_gone)
{
    uint64_t id = forge_open();
    doubts_want_query(&rig.engine->doubts, rig_order(&rig, id), "test");
    rig_run_ms(&rig, 330);
    cr_assert_str_eq(rig_state(&rig, id), "NEW");
    rig_run_ms(&rig, 3000);
    cr_assert_str_eq(rig_state(&rig, id), "EXPIRED", "%s", rig_state(&rig, id));
}

Test(vanished, a_cancel_of_it_is_not_sent_for_ever)
{
    uint64_t id = forge_open();
    uint64_t before = rig_sent(&rig, SOFIA_CLASS_CANCEL);
    rig_fault(&rig, "{\"kind\":\"drop_before\",\"match\":{\"method\":\"DELETE\",\"path\":\"/api/v3/"
                    "order\"}}");
    cr_assert_eq(rig_cancel(&rig, id).status, 0);
    rig_run_ms(&rig, 5000);
    cr_assert_str_eq(rig_state(&rig, id), "CANCELED");
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_CANCEL) - before, 1, "%llu cancels",
                 (unsigned long long)(rig_sent(&rig, SOFIA_CLASS_CANCEL) - before));
}

Test(vanished, the_kill_switch_proves_zero_over_it)
{
    uint64_t id = forge_open();
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    for (int i = 0; i < 1000 && state_latch(path()->state, "all")->zero == 0; i++) {
        rig_run_ms(&rig, 10);
    }
    cr_assert_eq(state_latch(path()->state, "all")->zero, 1);
    cr_assert(SOFIA_STATE_IS_TERMINAL(rig_order(&rig, id)->base_state));
}

#define UNKNOWN                                                                                    \
    "{\"kind\":\"error\",\"match\":{\"method\":\"GET\",\"path\":\"/api/v3/"                        \
    "order\"},\"status\":400,\"code\":-2013,\"msg\":\"Order does not "                             \
    "exist.\",\"execute\":false,\"count"                                                           \
    "\":-1}"

/* Its query lies and the stream is mute; the fills are what counts. */
Test(vanished, its_fills_are_fetched_before_it_ends)
{
    struct command_reply open = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "59990");
    rig_run_ms(&rig, 100);
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    rig_fault(&rig, UNKNOWN);
    for (int i = 0; i < 300 && rig_open_at_venue(&rig) > 0; i++) {
        rig_run_ms(&rig, 1000);
    }
    cr_assert_eq(rig_open_at_venue(&rig), 0, "the market never came down to it; take another seed");
    rig_run_ms(&rig, 30000);
    cr_assert_str_eq(rig_state(&rig, open.order_id), "FILLED");
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(vanished, an_order_in_the_listing_is_not_gone_whatever_the_query_says)
{
    struct command_reply open = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "55000");
    rig_run_ms(&rig, 100);
    rig_fault(&rig, UNKNOWN);
    rig_run_ms(&rig, 60000);
    cr_assert_str_eq(rig_state(&rig, open.order_id), "NEW");
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(risen, an_order_that_was_proven_absent_and_lives_holds_its_account)
{
    struct command_reply open = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "55000");
    rig_run_ms(&rig, 100);
    cr_assert_eq(path_conclude(path(), state_order(path()->state, open.order_id),
                               SOFIA_STATE_EXPIRED, KNOWN_BY_ABSENCE, "test"),
                 0);
    rig_fault(&rig, "{\"kind\":\"disconnect\",\"match\":{\"path\":\"ws-api\"}}");
    rig_run_ms(&rig, 10000);
    cr_assert_not_null(state_latch(path()->state, "account:binance"));
    cr_assert_str_eq(rig_submit(&rig, "buy", "limit", "gtc", "0.001", "55000").code, "KILL_SWITCH");
}
