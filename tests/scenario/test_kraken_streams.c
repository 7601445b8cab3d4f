/* The whole engine on the Kraken dialect: frames that are lost, repeated, odd or late, books that are wrong, a venue that changes its
 * state, and counters. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "engine/impl.h"
#include "rig.h"

/* The private stream says nothing of what happens from here on. */
#define MUTE "{\"kind\":\"mute_user\",\"count\":1000}"

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

TestSuite(kraken_streams, .init = start, .fini = finish);

static uint64_t buy(const char *type, const char *tif, const char *qty, const char *price)
{
    struct command_reply reply = rig_submit(&rig, "buy", type, tif, qty, price);

    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    return reply.order_id;
}

static uint64_t rest(void)
{
    return buy("limit", "gtc", "0.01", "55000");
}

static void expect(uint64_t order, const char *state)
{
    cr_assert_str_eq(rig_state(&rig, order), state, "order is %s", rig_state(&rig, order));
}

static void fault_on(const char *path, const char *kind, const char *more)
{
    char json[400];

    (void)snprintf(json, sizeof(json),
                   "{\"kind\":\"%s\",\"match\":{\"method\":\"POST\",\"path\":\"/0/private/%s\"}%s}",
                   kind, path, more);
    rig_fault(&rig, json);
}

/* ---- streams ---- */

Test(kraken_streams, a_skipped_sequence_is_noticed_and_the_fill_is_fetched)
{
    rig_fault(&rig, "{\"kind\":\"sequence_skip\",\"count\":1}");
    uint64_t order = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 5000);
    expect(order, "FILLED");
    uint64_t next = rest();
    rig_run_ms(&rig, 500);
    expect(next, "NEW");
}

Test(kraken_streams, repeated_frames_and_replayed_snapshots_count_fills_once)
{
    rig_fault(&rig, "{\"kind\":\"sequence_twice\",\"count\":5}");
    uint64_t order = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 500);
    rig_fault(&rig, "{\"kind\":\"replay\"}");
    rig_run_ms(&rig, 1000);
    expect(order, "FILLED");
}

Test(kraken_streams, sparse_frames_are_completed_from_memory)
{
    rig_fault(&rig, "{\"kind\":\"sparse\",\"count\":10}");
    uint64_t order = rest();
    uint64_t filled = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 2000);
    expect(order, "NEW");
    expect(filled, "FILLED");
}

Test(kraken_streams, an_execution_nobody_knows_keeps_the_order)
{
    rig_fault(&rig, "{\"kind\":\"unknown_exec\",\"count\":1}");
    uint64_t order = rest();
    rig_run_ms(&rig, 2000);
    expect(order, "NEW");
}

Test(kraken_streams, the_filled_frame_that_never_comes_is_not_missed)
{
    rig_fault(&rig, "{\"kind\":\"no_filled\",\"count\":1}");
    uint64_t order = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 1000);
    expect(order, "FILLED");
}

Test(kraken_streams, tokens_that_die_with_the_connection_are_renewed)
{
    rig_fault(&rig, "{\"kind\":\"tokens\"}");
    rig_fault(&rig, "{\"kind\":\"close\",\"close\":1001}");
    rig_run_ms(&rig, 5000);
    rig_ready(&rig);
    uint64_t order = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 500);
    expect(order, "FILLED");
}

Test(kraken_streams, what_filled_while_the_stream_was_away_is_fetched)
{
    uint64_t order = buy("limit", "gtc", "0.01", "55000");
    rig_run_ms(&rig, 300);
    rig_fault(&rig, MUTE);
    uint64_t filled = buy("limit", "ioc", "0.01", "61000");
    rig_fault(&rig, "{\"kind\":\"close\",\"close\":1006}");
    rig_run_ms(&rig, 6000);
    expect(order, "NEW");
    expect(filled, "FILLED");
}

static bool book_is_live(void)
{
    const struct market *market = engine_path(rig.engine)->market;

    for (uint32_t i = 0; i < market->cap; i++) {
        if (market->items[i] != NULL && strcmp(market->items[i]->rules.name, "BTC/USDT") == 0) {
            return market->items[i]->book_valid;
        }
    }
    return false;
}

Test(kraken_streams, a_wrong_checksum_resyncs_the_book)
{
    cr_assert(book_is_live());
    rig_fault(&rig, "{\"kind\":\"bad_checksum\",\"match\":{\"symbol\":\"BTCUSDT\"},\"count\":1}");
    int64_t waited = 0;
    while (book_is_live() && waited < 20000) {
        rig_run_ms(&rig, 5);
        waited += 5;
    }
    cr_assert(!book_is_live(), "the book was believed");
    rig_run_ms(&rig, 3000);
    cr_assert(book_is_live());
}

Test(kraken_streams, numbers_without_trailing_zeros_are_the_same_book)
{
    rig_fault(&rig, "{\"kind\":\"bare_numbers\",\"count\":50}");
    for (int i = 0; i < 200; i++) {
        rig_run_ms(&rig, 10);
        cr_assert(book_is_live());
    }
}

Test(kraken_streams, maintenance_and_cancel_only_stop_new_orders)
{
    rig_fault(&rig, "{\"kind\":\"system\",\"system\":\"cancel_only\"}");
    rig_run_ms(&rig, 200);
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    cr_assert_str_neq(reply.code, "", "cancel_only");
    rig_fault(&rig, "{\"kind\":\"system\",\"system\":\"maintenance\"}");
    rig_run_ms(&rig, 200);
    reply = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000");
    cr_assert_str_neq(reply.code, "", "maintenance");
    rig_fault(&rig, "{\"kind\":\"system\",\"system\":\"online\"}");
    rig_run_ms(&rig, 200);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
    uint64_t order = rest();
    rig_run_ms(&rig, 300);
    expect(order, "NEW");
}

/* ---- the venue's habits ---- */

Test(kraken_streams, a_fill_that_rest_does_not_show_yet_is_not_taken_back)
{
    rig_fault(&rig, "{\"kind\":\"kraken\",\"fill_lag_ms\":4000}");
    uint64_t order = buy("limit", "ioc", "0.01", "61000");
    rig_run_ms(&rig, 500);
    expect(order, "FILLED");
    rig_run_ms(&rig, 6000);
    expect(order, "FILLED");
    cr_assert_eq(rig_copies_at_venue(&rig, order), 1);
}

Test(kraken_streams, executions_that_come_after_the_answer)
{
    rig_fault(&rig, "{\"kind\":\"kraken\",\"event_lag_ms\":700}");
    uint64_t order = rest();
    uint64_t filled = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 300);
    expect(order, "NEW");
    rig_run_ms(&rig, 1500);
    expect(filled, "FILLED");
    rig_fault(&rig, "{\"kind\":\"kraken\",\"event_lag_ms\":0}");
}

Test(kraken_streams, a_fee_in_base_is_booked_in_base)
{
    rig_fault(&rig, "{\"kind\":\"kraken\",\"fee_in_base\":true}");
    uint64_t order = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 3500);
    expect(order, "FILLED");
}

Test(kraken_streams, a_post_only_order_that_is_accepted_and_cancelled_never_traded)
{
    rig_fault(&rig, "{\"kind\":\"kraken\",\"post_cancels\":true}");
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "post", "0.01", "61000");
    if (reply.code[0] == '\0') {
        rig_run_ms(&rig, 1000);
        cr_assert_str_neq(rig_state(&rig, reply.order_id), "FILLED");
    }
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(kraken_streams, an_engine_restatement_is_followed)
{
    uint64_t order = rest();
    rig_run_ms(&rig, 300);
    rig_fault(&rig, "{\"kind\":\"restate\"}");
    rig_run_ms(&rig, 500);
    expect(order, "NEW");
    cr_assert_eq(rig_cancel(&rig, order).status, 0);
    rig_run_ms(&rig, 1000);
    expect(order, "CANCELED");
}

Test(kraken_streams, rest_answers_that_are_pages_of_a_gateway_are_asked_again)
{
    fault_on("BalanceEx", "html", ",\"count\":2");
    fault_on("OpenOrders", "html", ",\"count\":2");
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
    uint64_t order = rest();
    rig_run_ms(&rig, 300);
    expect(order, "NEW");
}

Test(kraken_streams, a_stream_that_falls_silent_is_replaced)
{
    uint64_t order = rest();
    rig_run_ms(&rig, 300);
    rig_fault(&rig, "{\"kind\":\"silence\",\"count\":2}");
    rig_run_ms(&rig, 60000);
    rig_ready(&rig);
    rig_run_ms(&rig, 3000);
    cr_assert(book_is_live());
    expect(order, "NEW");
    uint64_t next = buy("market", "", "0.01", NULL);
    rig_run_ms(&rig, 1000);
    expect(next, "FILLED");
}

/* The model of the engine counter must be no more generous than the venue's own. */
Test(kraken_streams, a_burst_of_orders_and_cancels_never_meets_the_venues_limit)
{
    int refused_by_venue = 0;

    for (int i = 0; i < 40; i++) {
        struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "55000");
        rig_run_ms(&rig, 100);
        if (reply.code[0] != '\0') {
            continue; /* held back here, which is the point */
        }
        const struct order *order = rig_order(&rig, reply.order_id);
        if (order->base_state == SOFIA_STATE_REJECTED) {
            refused_by_venue++;
            continue;
        }
        (void)rig_cancel(&rig, reply.order_id);
        rig_run_ms(&rig, 100);
    }
    cr_assert_eq(refused_by_venue, 0);
    rig_run_ms(&rig, 60000);
    cr_assert_eq(rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL).status, 0);
    rig_run_ms(&rig, 20000);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}
