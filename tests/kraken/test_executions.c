/* The executions channel: the states of an order in whatever order they come. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

static struct rig rig;
static int sequence;

static void init(void)
{
    rig_init(&rig);
    rig_user_up(&rig);
    fake_clear(&rig.fake);
    sequence = 0;
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(kraken_executions, .init = init, .fini = fini);

static int rows(const char *type, const char *data)
{
    char frame[4096];

    snprintf(frame, sizeof(frame),
             "{\"channel\":\"executions\",\"type\":\"%s\",\"sequence\":%d,\"data\":[%s]}", type,
             ++sequence, data);
    return rig_user(&rig, frame);
}

#define ID "\"order_id\":\"" TXID "\","
#define PENDING                                                                                    \
    "{" ID "\"cl_ord_id\":\"" CLIENT_ID "\",\"symbol\":\"BTC/USD\",\"side\":\"sell\","             \
    "\"order_type\":\"limit\",\"order_qty\":0.00500000,\"limit_price\":26500.0,"                   \
    "\"time_in_force\":\"gtc\",\"cum_cost\":0.0,\"exec_type\":\"pending_new\","                    \
    "\"order_status\":\"pending_new\",\"fee_ccy_pref\":\"fciq\","                                  \
    "\"timestamp\":\"2026-09-25T10:33:05.709950Z\"}"
#define NEW                                                                                        \
    "{" ID "\"exec_type\":\"new\",\"order_status\":\"new\","                                       \
    "\"timestamp\":\"2026-09-25T10:33:05.709982Z\"}"
#define FILL_OF(id, qty, cum)                                                                      \
    "{" ID "\"exec_id\":\"" id "\",\"exec_type\":\"trade\",\"trade_id\":62887576,"                 \
    "\"symbol\":\"BTC/USD\",\"side\":\"sell\",\"order_type\":\"limit\",\"last_qty\":" qty          \
    ",\"last_price\":26599.9,\"liquidity_ind\":\"t\",\"cost\":132.9995,"                           \
    "\"order_status\":\"partially_filled\",\"cum_qty\":" cum ",\"cum_cost\":132.9995,"             \
    "\"avg_price\":26599.9,\"fee_usd_equiv\":0.3458,\"fees\":[{\"asset\":\"USD\","                 \
    "\"qty\":0.3458}],\"timestamp\":\"2026-09-25T10:33:05.709993Z\"}"
#define FILL FILL_OF("TGBB7L-HT5LX-J3BZ4A", "0.00500000", "0.00500000")
#define FILLED                                                                                     \
    "{" ID "\"exec_type\":\"filled\",\"order_status\":\"filled\",\"cum_qty\":0.00500000,"          \
    "\"cum_cost\":132.9995,\"avg_price\":26599.9,\"timestamp\":\"2026-09-25T10:33:05.710020Z\"}"

static const struct sofia_event_report *report(uint32_t n)
{
    const struct sofia_event_report *event = fake_event(&rig.fake, SOFIA_EV_REPORT, n);

    cr_assert_not_null(event);
    return event;
}

static uint32_t state(uint32_t n)
{
    return report(n)->state;
}

static const struct sofia_event_fill *fill(uint32_t n)
{
    const struct sofia_event_fill *event = fake_event(&rig.fake, SOFIA_EV_FILL, n);

    cr_assert_not_null(event);
    return event;
}

Test(kraken_executions, the_life_of_an_order_in_sparse_frames)
{
    rows("update", PENDING);
    rows("update", NEW);
    rows("update", FILL);
    rows("update", FILLED);
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 4);
    cr_expect_eq(state(0), SOFIA_STATE_PENDING_NEW);
    cr_expect_eq(state(1), SOFIA_STATE_NEW);
    cr_expect_str_eq(report(1)->client_id, CLIENT_ID, "the frame did not have it");
    cr_expect_eq(report(1)->head.instrument, 1);
    cr_expect_eq(report(1)->side, SOFIA_SIDE_SELL);
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_FILL), 1, "filled has no quantity of its own");
    cr_expect_str_eq(fill(0)->fill_id, "TGBB7L-HT5LX-J3BZ4A");
    cr_expect_str_eq(text_of_decimal(fill(0)->qty), "0.005");
    cr_expect_str_eq(text_of_decimal(fill(0)->price), "26599.9");
    cr_expect_str_eq(text_of_wide(fill(0)->fee), "0.3458");
    cr_expect_str_eq(fill(0)->fee_asset, "USD");
    cr_expect_eq(fill(0)->liquidity, SOFIA_LIQUIDITY_TAKER);
    cr_expect_eq(fill(0)->head.ts_venue_ns, INT64_C(1790332385709993000));
    cr_expect_eq(state(2), SOFIA_STATE_FILLED, "all of it, whatever the word is");
    cr_expect_eq(state(3), SOFIA_STATE_FILLED);
    cr_expect_str_eq(text_of_decimal(report(3)->filled_qty), "0.005");
}

Test(kraken_executions, a_trade_before_new)
{
    rows("update", FILL_OF("TA", "0.001", "0.001"));
    rows("update", PENDING);
    rows("update", NEW);
    cr_expect_eq(state(0), SOFIA_STATE_PARTIALLY_FILLED);
    cr_expect_str_eq(fill(0)->venue_id, TXID);
    cr_expect_eq(state(2), SOFIA_STATE_PARTIALLY_FILLED, "new does not take the fill back");
    cr_expect_str_eq(text_of_decimal(report(2)->filled_qty), "0.001");
}

Test(kraken_executions, the_answer_after_the_executions_says_nothing_new)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(&rig, &order);

    rows("update", PENDING);
    rows("update", FILL);
    fake_clear(&rig.fake);
    rig_result(&rig, &request, "{\"txid\":[\"" TXID "\"]}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_eq(rig.fake.event_count, 0);
}

Test(kraken_executions, the_answer_ties_the_ids_where_the_stream_left_that_out)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(&rig, &order);

    rows("update", NEW);
    rows("update", FILL_OF("TA", "0.001", "0.001"));
    fake_clear(&rig.fake);
    rig_result(&rig, &request, "{\"txid\":[\"" TXID "\"]}");
    cr_expect_str_eq(report(0)->client_id, CLIENT_ID);
    cr_expect_str_eq(report(0)->venue_id, TXID);
    cr_expect_eq(state(0), SOFIA_STATE_PARTIALLY_FILLED);
    cr_expect_str_eq(text_of_decimal(report(0)->filled_qty), "0.001", "what it lacks is fetched");
}

Test(kraken_executions, a_replayed_snapshot_repeats_fills_under_the_same_id)
{
    rows("update", PENDING);
    rows("update", FILL);
    rows("snapshot", PENDING "," FILL);
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_FILL), 2);
    cr_expect_str_eq(fill(1)->fill_id, fill(0)->fill_id);
    cr_expect_str_eq(fill(1)->venue_id, fill(0)->venue_id);
}

Test(kraken_executions, a_cancel_after_a_part_keeps_the_fill_and_a_late_one_is_told)
{
    rows("update", PENDING);
    rows("update", NEW);
    rows("update", FILL_OF("TA", "0.001", "0.001"));
    rows("update", "{" ID "\"exec_type\":\"canceled\",\"order_status\":\"canceled\","
                   "\"reason\":\"User requested\",\"cancel_reason\":\"User requested\","
                   "\"timestamp\":\"2026-09-25T10:33:06Z\"}");
    cr_expect_eq(state(3), SOFIA_STATE_CANCELED);
    cr_expect_str_eq(report(3)->reason, "User requested");
    cr_expect_str_eq(text_of_decimal(report(3)->filled_qty), "0.001");
    rows("update", FILL_OF("TB", "0.002", "0.003"));
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_FILL), 2);
    cr_expect_str_eq(text_of_decimal(report(4)->filled_qty), "0.003");
}

Test(kraken_executions, expired_and_refused_on_arrival)
{
    rows("update", PENDING);
    rows("update", NEW);
    rows("update", "{" ID "\"exec_type\":\"expired\",\"order_status\":\"expired\"}");
    cr_expect_eq(state(2), SOFIA_STATE_EXPIRED);
    fake_clear(&rig.fake);
    rows("update", "{\"order_id\":\"OPOST0-AAAAA-BBBBBB\",\"cl_ord_id\":\"x\",\"exec_type\":"
                   "\"pending_new\",\"order_status\":\"pending_new\"}");
    rows("update", "{\"order_id\":\"OPOST0-AAAAA-BBBBBB\",\"exec_type\":\"canceled\","
                   "\"order_status\":\"canceled\",\"reason\":\"Post only order\"}");
    cr_expect_eq(state(1), SOFIA_STATE_REJECTED);
    cr_expect_str_eq(report(1)->reason, "Post only order");
}

Test(kraken_executions, a_word_nobody_knows_keeps_the_order_and_has_it_asked_for)
{
    rows("update", PENDING);
    rows("update", "{" ID "\"exec_type\":\"transmogrified\",\"order_status\":\"weird\","
                   "\"last_qty\":1,\"last_price\":2,\"exec_id\":\"TX\"}");
    cr_expect_eq(state(1), 0);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_FILL), 0);
}

Test(kraken_executions, amended_and_restated_tell_the_new_terms)
{
    rows("update", PENDING);
    rows("update", NEW);
    rows("update", "{" ID "\"exec_type\":\"amended\",\"order_status\":\"new\",\"order_qty\":0.004,"
                   "\"limit_price\":26501.0,\"timestamp\":\"2026-09-25T10:33:06Z\"}");
    cr_expect_eq(state(2), SOFIA_STATE_NEW);
    cr_expect_str_eq(text_of_decimal(report(2)->qty), "0.004");
    cr_expect_str_eq(text_of_decimal(report(2)->price), "26501");
    cr_expect_eq(kraken_order_find(rig.k, sofia_slice_of(TXID))->amended_ns,
                 INT64_C(1790332386000000000), "its age counts from here");
    rows("update",
         "{" ID "\"exec_type\":\"restated\",\"order_status\":\"new\",\"order_qty\":0.003}");
    cr_expect_str_eq(text_of_decimal(report(3)->qty), "0.003");
}

Test(kraken_executions, a_fee_in_base_is_booked_in_base)
{
    rows("update", PENDING);
    rows("update",
         "{" ID "\"exec_id\":\"TB\",\"exec_type\":\"trade\",\"last_qty\":0.001,"
         "\"last_price\":2,\"order_status\":\"partially_filled\",\"cum_qty\":0.001,"
         "\"fees\":[{\"asset\":\"XBT\",\"qty\":1e-06},{\"asset\":\"BTC\",\"qty\":1e-06}]}");
    cr_expect_str_eq(fill(0)->fee_asset, "BTC");
    cr_expect_str_eq(text_of_wide(fill(0)->fee), "0.000002");
    cr_expect_eq(fill(0)->side, SOFIA_SIDE_SELL, "remembered from pending_new");
}

Test(kraken_executions, a_trade_without_its_size_has_the_order_asked_for)
{
    rows("update", PENDING);
    rows("update", "{" ID "\"exec_type\":\"trade\",\"order_status\":\"partially_filled\"}");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_FILL), 0);
    cr_expect_eq(state(1), 0);
    cr_expect_eq(rig.fake.restart_count, 0);
}

Test(kraken_executions, a_fill_that_cannot_be_read_is_never_lost_silently)
{
    rows("update", PENDING);
    cr_expect_eq(rows("update", "{" ID "\"exec_id\":\"T1\",\"exec_type\":\"trade\",\"last_qty\":-1,"
                                "\"last_price\":2,\"order_status\":\"partially_filled\"}"),
                 SOFIA_EPARSE);
    cr_expect_eq(rig.fake.restart_count, 1);
}

Test(kraken_executions, the_dead_mans_switch_is_a_mass_cancel_with_a_reason)
{
    rows("update", PENDING);
    rows("update", NEW);
    rows("update", "{" ID "\"exec_type\":\"canceled\",\"order_status\":\"canceled\","
                   "\"reason\":\"CancelAllOrdersAfter Timeout\"}");
    cr_expect_eq(state(2), SOFIA_STATE_CANCELED);
    cr_expect_str_eq(report(2)->reason, "CancelAllOrdersAfter Timeout");
}

/* Thousands of ended orders go by; the live one is still remembered. */
Test(kraken_executions, the_memory_forgets_ended_orders_first)
{
    char row[256];

    rows("update", PENDING);
    rows("update", NEW);
    for (int i = 0; i < 20000; i++) {
        snprintf(row, sizeof(row),
                 "{\"order_id\":\"O%05d-AAAAA-BBBBBB\",\"exec_type\":\"canceled\","
                 "\"order_status\":\"canceled\"}",
                 i);
        rows("update", row);
        fake_clear(&rig.fake);
    }
    cr_assert_not_null(kraken_order_find(rig.k, sofia_slice_of(TXID)));
    rows("update", NEW);
    cr_expect_str_eq(report(0)->client_id, CLIENT_ID);
}
