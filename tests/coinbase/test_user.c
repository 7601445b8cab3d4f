/* The private stream: subscription, rows of orders, gaps. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

#define ID "6647d29e-5411-45d6-b376-06310b8f3cdd"

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
    rig_streams_up(&rig, 1);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(user, .init = init, .fini = fini);

static const struct sofia_event_channel *last_channel(void)
{
    uint32_t count = fake_count(&rig.fake, SOFIA_EV_CHANNEL);

    return count == 0 ? NULL : fake_event(&rig.fake, SOFIA_EV_CHANNEL, count - 1);
}

#define ROW_OF(id, client, status, filled, leaves, rest)                                           \
    "{\"order_id\":\"" id "\",\"client_order_id\":\"" client "\",\"status\":\"" status             \
    "\",\"cumulative_quantity\":\"" filled "\",\"leaves_quantity\":\"" leaves                      \
    "\",\"avg_price\":\"60000\",\"number_of_fills\":\"1\","                                        \
    "\"total_fees\":\"0.144\",\"order_side\":\"BUY\",\"product_id\":\"BTC-USD\"" rest "}"
#define ROW(status, filled, leaves) ROW_OF(ID, "acme-000001", status, filled, leaves, "")

static void frame(uint64_t number, const char *type, const char *orders)
{
    static char text[32768];

    snprintf(
        text, sizeof(text),
        "{\"channel\":\"user\",\"client_id\":\"\",\"timestamp\":\"2026-01-01T00:00:03Z\","
        "\"sequence_num\":%llu,\"events\":[{\"type\":\"%s\",\"orders\":[%s],\"positions\":{}}]}",
        (unsigned long long)number, type, orders);
    rig_user(&rig, text);
}

/* A snapshot batch of n rows. */
static void batch(uint64_t number, int n)
{
    static char rows[32768];
    size_t used = 0;

    rows[0] = '\0';
    for (int i = 0; i < n; i++) {
        used += (size_t)snprintf(rows + used, sizeof(rows) - used,
                                 "%s{\"order_id\":\"o%d\",\"client_order_id\":\"c%d\",\"status\":"
                                 "\"OPEN\",\"cumulative_quantity\":\"0\"}",
                                 i == 0 ? "" : ",", i, i);
    }
    frame(number, "snapshot", rows);
}

Test(user, heartbeats_are_asked_for_at_once_and_the_orders_with_a_token)
{
    cr_assert_str_eq(fake_part(&rig.fake.requests[0], SOFIA_PART_BODY),
                     "{\"type\":\"subscribe\",\"channel\":\"heartbeats\"}");
    const char *second = fake_part(&rig.fake.requests[1], SOFIA_PART_BODY);
    cr_assert_eq(strncmp(second, "{\"type\":\"subscribe\",\"channel\":\"user\",\"jwt\":\"eyJ", 47),
                 0, "%s", second);
    cr_assert_eq(rig.fake.requests[1].stream, 102);
    cr_assert_eq(last_channel()->state, SOFIA_CHANNEL_RESYNC);
}

Test(user, a_new_connection_has_a_new_token)
{
    char first[2048];

    snprintf(first, sizeof(first), "%s", fake_part(&rig.fake.requests[1], SOFIA_PART_BODY));
    fake_clear(&rig.fake);
    rig_streams_up(&rig, 2);
    cr_assert_str_neq(fake_part(&rig.fake.requests[1], SOFIA_PART_BODY), first);
}

Test(user, the_snapshot_ends_with_a_batch_that_is_not_full)
{
    static const int counts[] = {0, 1, 49};

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        rig_streams_up(&rig, (uint32_t)i + 2);
        fake_clear(&rig.fake);
        batch(0, counts[i]);
        cr_assert_eq(last_channel()->state, SOFIA_CHANNEL_UP, "%d orders", counts[i]);
        cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), (uint32_t)counts[i]);
    }
}

Test(user, a_full_batch_waits_for_the_next_one)
{
    batch(0, 50);
    cr_assert_eq(last_channel()->state, SOFIA_CHANNEL_RESYNC);
    batch(1, 1);
    cr_assert_eq(last_channel()->state, SOFIA_CHANNEL_UP);
}

Test(user, when_exactly_full_batches_end_a_timer_ends_them)
{
    batch(0, 50);
    batch(1, 50);
    cr_assert_eq(last_channel()->state, SOFIA_CHANNEL_RESYNC);
    cr_assert_eq(rig_fire(&rig, TIMER_USER), 1);
    cr_assert_eq(last_channel()->state, SOFIA_CHANNEL_UP);
    cr_assert_eq(rig.fake.restart_count, 0);
}

Test(user, without_an_answer_there_is_a_new_connection)
{
    rig_fire(&rig, TIMER_USER);
    cr_assert_eq(last_channel()->state, SOFIA_CHANNEL_DOWN);
    rig_fire(&rig, TIMER_USER);
    cr_assert_eq(rig.fake.restart_count, 1);
}

Test(user, a_refused_token_is_tried_again_later)
{
    rig_user(&rig, "{\"type\":\"error\",\"message\":\"authentication failure\"}");
    uint32_t before = rig.fake.request_count;
    cr_assert_eq(rig.c->user.state, USER_CONNECTED);
    rig_fire(&rig, TIMER_USER);
    cr_assert_eq(rig.fake.request_count, before + 1);
    cr_assert_eq(rig.c->user.state, USER_ASKED);
}

Test(user, without_the_venues_clock_the_subscription_waits)
{
    rig.fake.venue_now_ns = 0;
    rig_streams_up(&rig, 2);
    cr_assert_eq(rig.c->user.state, USER_CONNECTED);
    rig.fake.venue_now_ns = FAKE_VENUE_NOW_NS;
    rig_fire(&rig, TIMER_USER);
    cr_assert_eq(rig.c->user.state, USER_ASKED);
}

Test(user, a_row_is_a_report_of_sums_and_never_a_fill)
{
    batch(0, 0);
    fake_clear(&rig.fake);
    frame(1, "update", ROW("OPEN", "0.0004", "0.0006"));
    const struct sofia_event_report *report = rig_report(&rig, 0);
    cr_assert_eq(report->state, SOFIA_STATE_PARTIALLY_FILLED);
    cr_assert_eq(report->source, SOFIA_REPORT_STREAM);
    cr_assert_str_eq(text_of_decimal(report->filled_qty), "0.0004");
    cr_assert_str_eq(text_of_decimal(report->qty), "0.001", "filled and left");
    cr_assert_str_eq(report->client_id, "acme-000001");
    cr_assert_str_eq(report->venue_id, ID);
    cr_assert_eq(report->head.ts_venue_ns, INT64_C(1767225603000000000));
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_FILL), 0);
    frame(2, "update", ROW("CANCEL_QUEUED", "0.0004", "0.0006"));
    cr_assert_eq(rig_report(&rig, 1)->state, SOFIA_STATE_PARTIALLY_FILLED);
    frame(3, "update", ROW("CANCELLED", "0.0004", "0"));
    cr_assert_eq(rig_report(&rig, 2)->state, SOFIA_STATE_CANCELED);
    cr_assert_str_eq(text_of_decimal(rig_report(&rig, 2)->qty), "absent",
                     "nothing left may mean ended");
}

Test(user, reasons_and_old_spellings_are_read)
{
    batch(0, 0);
    fake_clear(&rig.fake);
    frame(1, "update",
          ROW_OF(ID, "a", "FAILED", "0", "0", ",\"reject_Reason\":\"HOLD_FAILURE\"") "," ROW_OF(
              ID, "a", "CANCELLED", "0", "0",
              ",\"cancel_reason\":\"User requested cancel\"") "," ROW_OF(ID, "a", "OPEN", "0", "1",
                                                                         ",\"post_only\":\"true\","
                                                                         "\"limit_price\":"
                                                                         "\"60000\""));
    cr_assert_eq(rig_report(&rig, 0)->state, SOFIA_STATE_REJECTED);
    cr_assert_str_eq(rig_report(&rig, 0)->reason, "HOLD_FAILURE");
    cr_assert_str_eq(rig_report(&rig, 1)->reason, "User requested cancel");
    cr_assert_eq(rig_report(&rig, 2)->order_flags, SOFIA_ORDER_POST_ONLY);
    cr_assert_str_eq(text_of_decimal(rig_report(&rig, 2)->price), "60000");
}

Test(user, a_status_nobody_knows_is_asked_about)
{
    batch(0, 0);
    fake_clear(&rig.fake);
    frame(1, "update", ROW("ON_HOLIDAY", "0", "1"));
    cr_assert_eq(rig_report(&rig, 0)->state, 0);
    cr_assert_not_null(strstr(rig_report(&rig, 0)->reason, "ON_HOLIDAY"));
}

Test(user, an_id_longer_than_ours_is_no_reason_to_lose_the_frame)
{
    batch(0, 0);
    fake_clear(&rig.fake);
    frame(1, "update",
          ROW_OF(ID,
                 "somebody-elses-order-with-a-very-long-client-order-id-of-up-to-128-characters",
                 "OPEN", "0", "1", ""));
    cr_assert_str_eq(rig_report(&rig, 0)->client_id, "");
    cr_assert_str_eq(rig_report(&rig, 0)->venue_id, ID);
}

Test(user, after_a_change_the_balances_are_read)
{
    batch(0, 0);
    rig_fire(&rig, TIMER_ACCOUNT);
    cr_assert_eq(rig_last(&rig)->endpoint, ENDPOINT_ACCOUNTS);
    cr_assert_gt(fake_timer_of(&rig.fake, TIMER_ACCOUNT)->delay_ns, INT64_C(30000000000));
    frame(1, "update", ROW("FILLED", "0.001", "0"));
    cr_assert_leq(fake_timer_of(&rig.fake, TIMER_ACCOUNT)->delay_ns, INT64_C(1000000000));
}

Test(user, a_gap_means_a_full_reconciliation)
{
    batch(0, 0);
    fake_clear(&rig.fake);
    frame(2, "update", ROW("OPEN", "0", "1"));
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 1, "what it says is true all the same");
    cr_assert_eq(last_channel()->state, SOFIA_CHANNEL_DOWN);
    rig_fire(&rig, TIMER_USER);
    cr_assert_eq(rig.fake.restart_count, 1);
}

Test(user, a_frame_that_comes_twice_is_harmless)
{
    batch(0, 0);
    frame(1, "update", ROW("OPEN", "0", "1"));
    frame(1, "update", ROW("OPEN", "0", "1"));
    cr_assert_eq(rig.c->user.state, USER_UP);
}

Test(user, an_event_of_ours_that_cannot_be_read_is_never_lost_silently)
{
    batch(0, 0);
    frame(1, "update", "{\"order_id\":\"" ID "\",\"status\":\"OPEN\"}");
    cr_assert_eq(last_channel()->state, SOFIA_CHANNEL_DOWN);
    rig_streams_up(&rig, 2);
    batch(0, 0);
    rig.fake.emit_room = 0;
    frame(1, "update", ROW("OPEN", "0", "1"));
    cr_assert_eq(rig.c->user.state, USER_DOOMED);
}
