/* Books: snapshots, changes, holes. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

static struct rig rig;
static uint64_t number;

static void init(void)
{
    rig_init(&rig);
    rig_live(&rig);
    number = 3;
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(depth, .init = init, .fini = fini);

#define LEVEL(side, price, qty)                                                                    \
    "{\"side\":\"" side "\",\"event_time\":\"2026-01-01T00:00:02Z\",\"price_level\":\"" price      \
    "\",\"new_quantity\":\"" qty "\"}"

static void frame(const char *type, const char *product, const char *updates)
{
    char text[4096];

    snprintf(text, sizeof(text),
             "{\"channel\":\"l2_data\",\"client_id\":\"\",\"timestamp\":\"2026-01-01T00:00:02Z\","
             "\"sequence_num\":%llu,\"events\":[{\"type\":\"%s\",\"product_id\":\"%s\","
             "\"updates\":[%s]}]}",
             (unsigned long long)number++, type, product, updates);
    rig_market(&rig, text);
}

static const struct sofia_event_book *book(uint32_t n)
{
    return fake_event(&rig.fake, SOFIA_EV_BOOK, n);
}

static const struct sofia_event_channel *last_channel(void)
{
    uint32_t count = fake_count(&rig.fake, SOFIA_EV_CHANNEL);

    return count == 0 ? NULL : fake_event(&rig.fake, SOFIA_EV_CHANNEL, count - 1);
}

static void expect_lost(const char *why)
{
    cr_assert_eq(book(fake_count(&rig.fake, SOFIA_EV_BOOK) - 1)->flags, SOFIA_BOOK_INVALID);
    cr_assert_eq(last_channel()->state, SOFIA_CHANNEL_RESYNC);
    cr_assert_str_eq(last_channel()->reason, why);
}

Test(depth, a_change_is_told_with_bids_first)
{
    frame("update", "BTC-USD",
          LEVEL("offer", "68900.01", "0") "," LEVEL("bid", "68900.00",
                                                    "0.75") "," LEVEL("offer", "68900.02", "1"));
    const struct sofia_event_book *b = book(0);
    cr_assert_eq(b->flags, 0);
    cr_assert_eq(b->bid_count, 1);
    cr_assert_eq(b->ask_count, 2);
    cr_assert_str_eq(text_of_decimal(b->levels[0].qty), "0.75");
    cr_assert_eq(b->head.instrument, 1);
    cr_assert_eq(b->head.generation, 1);
    cr_assert_eq(b->head.ts_venue_ns, INT64_C(1767225602000000000));
    cr_assert_eq(b->head.size, SOFIA_EVENT_BOOK_SIZE(3));
    cr_assert_eq(sofia_book_count(&rig.c->symbols.rows[0].book, SOFIA_SIDE_SELL), 1);
}

Test(depth, the_last_word_on_a_price_counts)
{
    frame("update", "BTC-USD",
          LEVEL("offer", "68900.03", "1") "," LEVEL("offer", "68900.03", "2") "," LEVEL(
              "offer", "68900.03", "0.00000000"));
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_BOOK), 3, "each price once in an event");
    cr_assert_str_eq(text_of_decimal(book(2)->levels[0].qty), "0");
    cr_assert_eq(sofia_book_count(&rig.c->symbols.rows[0].book, SOFIA_SIDE_SELL), 1);
}

Test(depth, a_snapshot_replaces_the_book)
{
    frame("snapshot", "BTC-USD",
          LEVEL("bid", "100", "1") "," LEVEL("bid", "101", "2") "," LEVEL("offer", "102", "3"));
    const struct sofia_event_book *b = book(0);
    cr_assert_eq(b->flags, SOFIA_BOOK_SNAPSHOT);
    cr_assert_str_eq(text_of_decimal(b->levels[0].price), "101", "the best first");
    cr_assert_eq(b->bid_count, 2);
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_CHANNEL), 0, "it was up before");
}

Test(depth, changes_of_other_products_are_not_taken)
{
    frame("update", "ETH-USD", LEVEL("bid", "1", "1"));
    frame("update", "BTC-USDC", LEVEL("bid", "1", "1"));
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_BOOK), 0);
}

Test(depth, an_alias_takes_the_book_it_shares)
{
    coinbase_exchange.subscribe(rig.self, 2, "BTC-USDC", 1);
    rig_say_all(&rig);
    fake_clear(&rig.fake);
    frame("snapshot", "BTC-USD", LEVEL("bid", "100", "1") "," LEVEL("offer", "102", "3"));
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_BOOK), 2);
    cr_assert_eq(book(0)->head.instrument, 1);
    cr_assert_eq(book(1)->head.instrument, 2);
    cr_assert_eq(last_channel()->head.instrument, 2);
    cr_assert_eq(last_channel()->state, SOFIA_CHANNEL_UP);
}

Test(depth, changes_before_a_snapshot_are_dropped)
{
    rig_streams_up(&rig, 2);
    rig_say_all(&rig);
    fake_clear(&rig.fake);
    number = 0;
    frame("update", "BTC-USD", LEVEL("bid", "100", "1"));
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_BOOK), 0);
    frame("snapshot", "BTC-USD", LEVEL("bid", "100", "1") "," LEVEL("offer", "102", "3"));
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_BOOK), 1, "also before its confirmation");
    cr_assert_eq(last_channel()->state, SOFIA_CHANNEL_UP);
}

Test(depth, a_crossed_book_is_lost_and_read_again)
{
    frame("update", "BTC-USD", LEVEL("bid", "68900.02", "1"));
    expect_lost("the book is crossed");
    rig_fire(&rig, TIMER_MARKET_SEND);
    cr_assert_str_eq(fake_part(rig_last(&rig), SOFIA_PART_BODY),
                     "{\"type\":\"unsubscribe\",\"channel\":\"level2\",\"product_ids\":"
                     "[\"BTC-USD\"]}");
    frame("update", "BTC-USD", LEVEL("bid", "1", "1"));
    for (int i = 0; i < 5; i++) {
        rig_fire(&rig, TIMER_MARKET_CHECK);
        rig_say_all(&rig);
    }
    cr_assert_str_eq(fake_part(rig_last(&rig), SOFIA_PART_BODY),
                     "{\"type\":\"subscribe\",\"channel\":\"level2\",\"product_ids\":"
                     "[\"BTC-USD\"]}");
    fake_clear(&rig.fake);
    frame("snapshot", "BTC-USD", LEVEL("bid", "100", "1") "," LEVEL("offer", "102", "3"));
    cr_assert_eq(book(0)->flags, SOFIA_BOOK_SNAPSHOT);
    cr_assert_eq(last_channel()->state, SOFIA_CHANNEL_UP);
}

Test(depth, a_change_that_cannot_be_read_loses_the_book)
{
    static const char *const bad[] = {LEVEL("ask", "1", "1"), LEVEL("bid", "0", "1"),
                                      LEVEL("bid", "1", "-1"), LEVEL("bid", "1", ""),
                                      LEVEL("bid", "x", "1")};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        fini();
        init();
        frame("update", "BTC-USD", bad[i]);
        expect_lost("an unreadable change of the book");
    }
}

Test(depth, a_full_queue_loses_the_book)
{
    rig.fake.emit_room = 0;
    frame("update", "BTC-USD", LEVEL("bid", "68899.00", "1"));
    cr_assert_eq(rig.c->symbols.rows[0].dropping, DROP_LEVEL2);
}

Test(depth, the_core_may_ask_for_the_book_again)
{
    cr_assert_eq(coinbase_exchange.resync(rig.self, 1), 0);
    expect_lost("asked for by the core");
    cr_assert_eq(coinbase_exchange.resync(rig.self, 99), SOFIA_ENOENT);
}

/* A snapshot of 16 MiB: what the market of a big product may come to. */
Test(depth, a_snapshot_of_16_mib_gives_the_best_levels_of_each_side)
{
    enum { SIZE = 17 << 20 };
    char *text = malloc(SIZE);
    size_t used = 0;
    int price = 6000000;

    cr_assert_not_null(text);
    used += (size_t)snprintf(text, SIZE,
                             "{\"channel\":\"l2_data\",\"timestamp\":\"2026-01-01T00:00:02Z\","
                             "\"sequence_num\":%llu,\"events\":[{\"type\":\"snapshot\","
                             "\"product_id\":\"BTC-USD\",\"updates\":[",
                             (unsigned long long)number++);
    while (used < (16u << 20)) {
        used += (size_t)snprintf(text + used, SIZE - used,
                                 "{\"side\":\"bid\",\"event_time\":\"1970-01-01T00:00:00Z\","
                                 "\"price_level\":\"%d.5\",\"new_quantity\":\"1\"},"
                                 "{\"side\":\"offer\",\"event_time\":\"1970-01-01T00:00:00Z\","
                                 "\"price_level\":\"%d.5\",\"new_quantity\":\"2\"},",
                                 price, 12000001 - price);
        price--;
    }
    used += (size_t)snprintf(text + used - 1, SIZE - used + 1, "]}]}") - 1;
    cr_assert_eq(coinbase_exchange.on_frame(rig.self, 101, STREAM_COOKIE_MARKET, 1, text, used), 0);
    free(text);
    const struct sofia_event_book *first = book(0);
    cr_assert_eq(first->flags, SOFIA_BOOK_SNAPSHOT);
    cr_assert_str_eq(text_of_decimal(first->levels[0].price), "6000000.5");
    cr_assert_str_eq(text_of_decimal(first->levels[first->bid_count].price), "6000001.5");
    uint32_t levels = 0;
    for (uint32_t i = 0; i < fake_count(&rig.fake, SOFIA_EV_BOOK); i++) {
        levels += book(i)->bid_count + book(i)->ask_count;
        cr_assert_leq(book(i)->bid_count + book(i)->ask_count, SOFIA_BOOK_PART_LEVELS);
    }
    cr_assert_eq(levels, 2 * rig.c->config.depth_limit);
}

Test(depth, a_side_that_has_been_used_up_is_read_again)
{
    static char text[200 * 128];
    size_t used = 0;

    fini();
    rig_prepare(&rig);
    fake_option(&rig.fake, "depth_limit", "100");
    rig_start(&rig);
    rig_products_in(&rig, rig_products, 4096);
    rig_live(&rig);
    number = 3;
    used += (size_t)snprintf(text, sizeof(text),
                             "{\"channel\":\"l2_data\",\"sequence_num\":3,"
                             "\"events\":[{\"type\":\"snapshot\","
                             "\"product_id\":\"BTC-USD\",\"updates\":["
                             "{\"side\":\"offer\",\"price_level\":\"999\","
                             "\"new_quantity\":\"1\"}");
    for (int i = 0; i < 150; i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 ",{\"side\":\"bid\",\"price_level\":\"%d\",\"new_quantity\":"
                                 "\"1\"}",
                                 500 - i);
    }
    snprintf(text + used, sizeof(text) - used, "]}]}");
    rig_market(&rig, text);
    cr_assert_eq(sofia_book_count(&rig.c->symbols.rows[0].book, SOFIA_SIDE_BUY), 100);
    number = 4;
    for (int i = 0; i < 76; i++) {
        char change[160];
        snprintf(change, sizeof(change),
                 "{\"side\":\"bid\",\"price_level\":\"%d\",\"new_quantity\":\"0\"}", 500 - i);
        frame("update", "BTC-USD", change);
    }
    expect_lost("the known part of the book has been used up");
}
