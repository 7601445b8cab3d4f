/* Keeping a book in step: the cases of the documented procedure, and the ones people paid for. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "rig.h"

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
    rig_subscribed(&rig);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(binance_depth, .init = init, .fini = fini);

static int diff(uint64_t first, uint64_t last)
{
    char frame[512];

    snprintf(frame, sizeof(frame),
             "{\"stream\":\"btcusdt@depth@100ms\",\"data\":{\"e\":\"depthUpdate\","
             "\"E\":1767225600100,\"s\":\"BTCUSDT\",\"U\":%llu,\"u\":%llu,"
             "\"b\":[[\"60000.00000000\",\"%llu\"],[\"59990.00000000\",\"0.00000000\"]],\"a\":[]}}",
             (unsigned long long)first, (unsigned long long)last, (unsigned long long)last);
    return rig_market(&rig, frame);
}

/* Answers the newest depth request. */
static void snapshot(uint64_t id)
{
    char body[256];

    cr_assert_gt(rig.fake.request_count, 0, "no snapshot has been asked for");
    snprintf(body, sizeof(body),
             "{\"lastUpdateId\":%llu,\"bids\":[[\"60000.00000000\",\"1.50000000\"]],"
             "\"asks\":[[\"60000.01000000\",\"0.70000000\"]]}",
             (unsigned long long)id);
    struct sofia_request request = rig.fake.requests[rig.fake.request_count - 1];
    cr_assert_eq(request.endpoint, ENDPOINT_DEPTH);
    rig.fake.request_count = 0;
    rig_answer_to(&rig, &request, 200, body);
}

static const struct sofia_event_book *book(uint32_t n)
{
    const struct sofia_event_book *event = fake_event(&rig.fake, SOFIA_EV_BOOK, n);

    cr_assert_not_null(event, "no book event %u", n);
    return event;
}

static uint32_t books(void)
{
    return fake_count(&rig.fake, SOFIA_EV_BOOK);
}

/* The state last told about the channel; 0: nothing. */
static uint32_t channel(void)
{
    uint32_t count = fake_count(&rig.fake, SOFIA_EV_CHANNEL);
    const struct sofia_event_channel *event =
        count > 0 ? fake_event(&rig.fake, SOFIA_EV_CHANNEL, count - 1) : NULL;

    return event != NULL ? event->state : 0;
}

Test(binance_depth, the_snapshot_is_asked_for_when_the_subscription_is_confirmed)
{
    cr_assert_eq(rig.fake.request_count, 2);
    cr_expect_eq(rig.fake.requests[0].endpoint, ENDPOINT_WS_SUBSCRIBE);
    cr_expect_str_eq(fake_part(&rig.fake.requests[1], SOFIA_PART_QUERY),
                     "symbol=BTCUSDT&limit=1000");
    cr_expect_eq(rig.fake.requests[1].weight, 50);
    cr_expect_eq(channel(), SOFIA_CHANNEL_RESYNC);
}

Test(binance_depth, snapshot_then_what_was_held)
{
    diff(90, 95);
    diff(96, 102);
    diff(103, 104);
    cr_expect_eq(books(), 0, "nothing is told before the snapshot");
    snapshot(100);
    cr_assert_eq(books(), 3);
    cr_expect_eq(book(0)->flags, SOFIA_BOOK_SNAPSHOT);
    cr_expect_eq(book(0)->bid_count, 1);
    cr_expect_eq(book(0)->ask_count, 1);
    cr_expect_str_eq(text_of_decimal(book(0)->levels[0].price), "60000");
    cr_expect_str_eq(text_of_decimal(book(0)->levels[1].price), "60000.01");
    cr_expect_eq(book(1)->flags, 0);
    cr_expect_str_eq(text_of_decimal(book(1)->levels[0].qty), "102");
    cr_expect_str_eq(text_of_decimal(book(1)->levels[1].qty), "0", "a deletion is passed on");
    cr_expect_str_eq(text_of_decimal(book(2)->levels[0].qty), "104");
    cr_expect_eq(book(2)->head.ts_venue_ns, INT64_C(1767225600100000000));
    cr_expect_eq(book(2)->head.generation, 1);
    cr_expect_eq(channel(), SOFIA_CHANNEL_UP);
}

Test(binance_depth, a_snapshot_without_anything_held_is_a_book)
{
    snapshot(100);
    cr_expect_eq(books(), 1);
    cr_expect_eq(channel(), SOFIA_CHANNEL_UP);
    diff(101, 101);
    cr_expect_eq(books(), 2);
}

Test(binance_depth, the_first_diff_may_begin_right_behind_the_snapshot)
{
    diff(101, 103);
    snapshot(100);
    cr_expect_eq(books(), 2);
    cr_expect_eq(channel(), SOFIA_CHANNEL_UP);
}

Test(binance_depth, a_snapshot_older_than_the_first_diff_is_asked_for_again)
{
    diff(102, 103);
    snapshot(100);
    cr_expect_eq(books(), 0);
    cr_expect_eq(channel(), SOFIA_CHANNEL_RESYNC);
    cr_expect_eq(rig.fake.request_count, 0, "not at once");
    cr_assert(rig_fire(&rig, TIMER_DEPTH));
    diff(104, 105);
    snapshot(104);
    cr_expect_eq(books(), 2, "snapshot and the diff that reaches beyond it");
    cr_expect_eq(channel(), SOFIA_CHANNEL_UP);
}

Test(binance_depth, old_and_repeated_diffs_are_ignored)
{
    snapshot(100);
    diff(101, 105);
    diff(101, 105);
    diff(90, 100);
    diff(104, 105);
    cr_expect_eq(books(), 2);
    diff(104, 107);
    cr_expect_eq(books(), 3, "an overlap is applied: quantities are absolute");
    cr_expect_eq(channel(), SOFIA_CHANNEL_UP);
}

Test(binance_depth, a_gap_invalidates_the_book_at_once)
{
    snapshot(100);
    diff(101, 105);
    diff(107, 110);
    cr_assert_eq(books(), 3);
    cr_expect_eq(book(2)->flags, SOFIA_BOOK_INVALID);
    cr_expect_eq(channel(), SOFIA_CHANNEL_RESYNC);
    diff(111, 112);
    cr_expect_eq(books(), 3, "nothing is applied to an invalid book");
    cr_assert(rig_fire(&rig, TIMER_DEPTH));
    snapshot(112);
    cr_expect_eq(book(3)->flags, SOFIA_BOOK_SNAPSHOT);
    cr_expect_eq(channel(), SOFIA_CHANNEL_UP);
}

Test(binance_depth, a_gap_among_what_is_held_costs_another_snapshot)
{
    diff(99, 101);
    diff(105, 106);
    snapshot(100);
    cr_expect_eq(books(), 0);
    cr_assert(rig_fire(&rig, TIMER_DEPTH));
    snapshot(106);
    cr_expect_eq(books(), 1);
    cr_expect_eq(channel(), SOFIA_CHANNEL_UP);
}

Test(binance_depth, waits_grow_and_a_proven_book_starts_over)
{
    int64_t last_ns = 0;

    snapshot(100);
    for (int i = 0; i < 4; i++) {
        diff(1000000u * (unsigned)(i + 1), 1000001u * (unsigned)(i + 1));
        const struct fake_timer *timer = fake_timer_of(&rig.fake, TIMER_DEPTH);
        cr_assert_not_null(timer);
        cr_expect_gt(timer->delay_ns, last_ns, "round %d", i);
        last_ns = timer->delay_ns;
        cr_assert(rig_fire(&rig, TIMER_DEPTH));
        snapshot(10u);
    }
    rig.fake.mono_ns += 11 * BINANCE_NS_PER_S;
    diff(9000000, 9000001);
    cr_expect_leq(fake_timer_of(&rig.fake, TIMER_DEPTH)->delay_ns, BINANCE_NS_PER_S / 4);
}

Test(binance_depth, a_late_answer_of_a_given_up_request_is_not_taken)
{
    struct sofia_request request = rig.fake.requests[1];

    binance_exchange.on_stream(rig.self, 101, STREAM_COOKIE_MARKET, SOFIA_STREAM_LOST, 1);
    fake_clear(&rig.fake);
    rig_answer_to(&rig, &request, 200, "{\"lastUpdateId\":5,\"bids\":[],\"asks\":[]}");
    cr_expect_eq(books(), 0);
}

Test(binance_depth, a_snapshot_of_the_old_connection_is_not_taken_on_the_new_one)
{
    struct sofia_request old = rig.fake.requests[1];

    binance_exchange.on_stream(rig.self, 101, STREAM_COOKIE_MARKET, SOFIA_STREAM_LOST, 1);
    binance_exchange.on_stream(rig.self, 101, STREAM_COOKIE_MARKET, SOFIA_STREAM_UP, 2);
    cr_assert(rig_fire(&rig, TIMER_SUBSCRIBE));
    binance_exchange.on_frame(rig.self, 101, STREAM_COOKIE_MARKET, 2, "{\"result\":null,\"id\":2}",
                              22);
    rig_answer_to(&rig, &old, 200, "{\"lastUpdateId\":5,\"bids\":[],\"asks\":[]}");
    cr_expect_eq(books(), 0);
    snapshot(7);
    cr_expect_eq(books(), 1);
}

Test(binance_depth, a_lost_connection_invalidates_and_the_next_starts_over)
{
    snapshot(100);
    binance_exchange.on_stream(rig.self, 101, STREAM_COOKIE_MARKET, SOFIA_STREAM_LOST, 1);
    cr_expect_eq(book(1)->flags, SOFIA_BOOK_INVALID);
    cr_expect_eq(channel(), SOFIA_CHANNEL_DOWN);
    fake_clear(&rig.fake);
    binance_exchange.on_stream(rig.self, 101, STREAM_COOKIE_MARKET, SOFIA_STREAM_UP, 2);
    cr_assert(rig_fire(&rig, TIMER_SUBSCRIBE));
    cr_expect_eq(rig.fake.requests[0].endpoint, ENDPOINT_WS_SUBSCRIBE);
    cr_expect_eq(rig_market(&rig, "{\"result\":null,\"id\":2}"), 0);
    cr_expect_eq(rig.fake.request_count, 1, "a frame of the old connection does not count");
    binance_exchange.on_frame(rig.self, 101, STREAM_COOKIE_MARKET, 2, "{\"result\":null,\"id\":2}",
                              22);
    snapshot(7);
    cr_expect_eq(book(0)->flags, SOFIA_BOOK_SNAPSHOT);
    cr_expect_eq(book(0)->head.generation, 2);
}

Test(binance_depth, a_refused_snapshot_is_asked_for_later)
{
    struct sofia_request request = rig.fake.requests[1];

    rig_answer_to(&rig, &request, 429, "{\"code\":-1003,\"msg\":\"Too many requests.\"}");
    cr_expect_geq(fake_timer_of(&rig.fake, TIMER_DEPTH)->delay_ns, 60 * BINANCE_NS_PER_S);
    cr_assert(rig_fire(&rig, TIMER_DEPTH));
    snapshot(100);
    cr_expect_eq(books(), 1);
}

Test(binance_depth, an_unreadable_snapshot_is_asked_for_later)
{
    static const char *const bodies[] = {
        "",
        "{",
        "{}",
        "{\"lastUpdateId\":5,\"bids\":[]}",
        "{\"lastUpdateId\":5,\"bids\":[[\"1\"]],\"asks\":[]}",
        "{\"lastUpdateId\":5,\"bids\":[[\"-1\",\"1\"]],\"asks\":[]}",
        "{\"lastUpdateId\":5,\"bids\":[[\"1\",\"-1\"]],\"asks\":[]}",
        "{\"lastUpdateId\":-5,\"bids\":[],\"asks\":[]}"};

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct sofia_request request = rig.fake.requests[rig.fake.request_count - 1];
        rig_answer_to(&rig, &request, 200, bodies[i]);
        cr_expect_eq(books(), 0, "%s", bodies[i]);
        cr_assert(rig_fire(&rig, TIMER_DEPTH), "%s", bodies[i]);
    }
}

Test(binance_depth, an_unreadable_diff_costs_the_book)
{
    snapshot(100);
    cr_expect_eq(rig_market(&rig, "{\"stream\":\"btcusdt@depth@100ms\",\"data\":{\"s\":\"BTCUSDT\","
                                  "\"U\":101,\"u\":102,\"b\":[[\"x\",\"1\"]],\"a\":[]}}"),
                 SOFIA_EPARSE);
    cr_expect_eq(book(1)->flags, SOFIA_BOOK_INVALID);
}

Test(binance_depth, asks_before_bids_and_data_before_stream_are_read_the_same)
{
    snapshot(100);
    cr_assert_eq(rig_market(&rig,
                            "{\"data\":{\"a\":[[\"3\",\"1\"]],\"b\":[[\"1\",\"2\"],[\"2\",\"3\"]],"
                            "\"u\":102,\"U\":101,\"s\":\"BTCUSDT\"},"
                            "\"stream\":\"btcusdt@depth@100ms\"}"),
                 0);
    cr_expect_eq(book(1)->bid_count, 2);
    cr_expect_eq(book(1)->ask_count, 1);
    cr_expect_str_eq(text_of_decimal(book(1)->levels[2].price), "3");
}

Test(binance_depth, the_largest_numbers_of_the_venue)
{
    snapshot(9223372036854775800u);
    cr_assert_eq(rig_market(&rig, "{\"stream\":\"btcusdt@depth@100ms\",\"data\":{\"s\":\"BTCUSDT\","
                                  "\"U\":9223372036854775801,\"u\":9223372036854775802,"
                                  "\"b\":[[\"0.00000001\",\"92233720368.54775807\"]],\"a\":[]}}"),
                 0);
    cr_expect_str_eq(text_of_decimal(book(1)->levels[0].qty), "92233720368.54775807");
    cr_expect_str_eq(text_of_decimal(book(1)->levels[0].price), "0.00000001");
}

Test(binance_depth, a_deep_snapshot_goes_in_pieces_best_levels_first)
{
    static char body[200000];
    size_t used = 0;
    struct sofia_request request = rig.fake.requests[1];

    used += (size_t)snprintf(body, sizeof(body), "{\"lastUpdateId\":100,\"bids\":[");
    for (int i = 0; i < 1000; i++) {
        used += (size_t)snprintf(body + used, sizeof(body) - used, "%s[\"%d\",\"1\"]",
                                 i == 0 ? "" : ",", 5000 - i);
    }
    used += (size_t)snprintf(body + used, sizeof(body) - used, "],\"asks\":[");
    for (int i = 0; i < 300; i++) {
        used += (size_t)snprintf(body + used, sizeof(body) - used, "%s[\"%d\",\"2\"]",
                                 i == 0 ? "" : ",", 6000 + i);
    }
    snprintf(body + used, sizeof(body) - used, "]}");
    rig_answer_to(&rig, &request, 200, body);
    uint32_t bids = 0;
    uint32_t asks = 0;
    for (uint32_t i = 0; i < books(); i++) {
        cr_expect_eq(book(i)->flags, i == 0 ? SOFIA_BOOK_SNAPSHOT : 0u);
        cr_expect_leq(book(i)->head.size, 16384, "what one slot of the core's queue takes");
        cr_expect_eq(book(i)->head.size,
                     SOFIA_EVENT_BOOK_SIZE(book(i)->bid_count + book(i)->ask_count));
        if (book(i)->ask_count > 0) {
            char text[16];
            snprintf(text, sizeof(text), "%u", 6000 + asks);
            cr_expect_str_eq(text_of_decimal(book(i)->levels[book(i)->bid_count].price), text);
        }
        bids += book(i)->bid_count;
        asks += book(i)->ask_count;
    }
    cr_expect_eq(books(), 5);
    cr_expect_eq(bids, 1000);
    cr_expect_eq(asks, 300);
    cr_expect_eq(channel(), SOFIA_CHANNEL_UP);
}

Test(binance_depth, more_diffs_than_can_be_held_cost_another_snapshot_not_memory)
{
    for (uint64_t id = 1; id < 3000; id++) {
        diff(id, id);
    }
    snapshot(5);
    cr_expect_eq(books(), 0);
    cr_assert(rig_fire(&rig, TIMER_DEPTH));
    snapshot(2999);
    cr_expect_eq(books(), 1);
}

Test(binance_depth, a_full_queue_costs_the_book)
{
    snapshot(100);
    rig.fake.emit_room = 0;
    diff(101, 101);
    rig.fake.emit_room = UINT32_MAX;
    diff(102, 102);
    cr_expect_eq(books(), 1, "no diff after the one that got lost");
    cr_assert(rig_fire(&rig, TIMER_DEPTH));
    snapshot(102);
    cr_expect_eq(book(1)->flags, SOFIA_BOOK_SNAPSHOT);
}

Test(binance_depth, the_core_may_ask_for_a_fresh_book)
{
    snapshot(100);
    cr_expect_eq(binance_exchange.resync(rig.self, 1), 0);
    cr_expect_eq(book(1)->flags, SOFIA_BOOK_INVALID);
    cr_assert(rig_fire(&rig, TIMER_DEPTH));
    snapshot(101);
    cr_expect_eq(book(2)->flags, SOFIA_BOOK_SNAPSHOT);
    cr_expect_eq(binance_exchange.resync(rig.self, 99), SOFIA_ENOENT);
}

Test(binance_depth, when_no_request_can_be_made_it_tries_again)
{
    snapshot(100);
    diff(200, 201);
    rig.fake.request_status = SOFIA_EAGAIN;
    cr_assert(rig_fire(&rig, TIMER_DEPTH));
    rig.fake.request_status = 0;
    cr_assert(rig_fire(&rig, TIMER_DEPTH));
    snapshot(300);
    cr_expect_eq(channel(), SOFIA_CHANNEL_UP);
}
