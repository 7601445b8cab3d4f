/* Streams that lie, stop, repeat themselves and come back: prices are either fresh or absent, fills are booked once. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "engine/impl.h"
#include "plugin/exchange_impl.h"
#include "rig.h"

#define LIMIT_BUY "buy", "limit", "gtc", "0.001", "55000"

static struct rig rig;

static void start(void)
{
    rig_start(&rig, &(struct rig_options){.makers = true, .extra_engine = "  stale: 2s\n"});
    rig_ready(&rig);
    rig_run_ms(&rig, 500);
}

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

TestSuite(streams, .init = start, .fini = finish);
TestSuite(venues, .fini = finish);

static const struct market_item *btc(void)
{
    const struct market *market = engine_path(rig.engine)->market;
    for (uint32_t i = 0; i < market->cap; i++) {
        if (market->items[i] != NULL && strcmp(market->items[i]->rules.name, "BTC/USDT") == 0) {
            return market->items[i];
        }
    }
    cr_assert_fail("no BTC/USDT");
    return NULL;
}

static bool top_is_valid(void)
{
    struct sofia_top top = {0};
    market_top(engine_path(rig.engine)->market, btc(), clock_mono_ns(&rig.clock.clock), &top);
    return top.valid != 0;
}

static const struct path_account *account(void)
{
    return &engine_path(rig.engine)->accounts[0];
}

static uint32_t fills(void)
{
    return engine_path(rig.engine)->state->fill_count;
}

static void expect_going_on(void)
{
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_str_eq(reply.code, "", "%s", reply.text);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
}

/* ---- market data ---- */

Test(streams, a_gap_in_the_book_invalidates_it_until_it_is_read_again)
{
    bool was_invalid = false;
    cr_assert(btc()->book_valid);
    rig_fault(&rig, "{\"kind\":\"drop_market\",\"match\":{\"symbol\":\"BTCUSDT\"},\"count\":3}");
    for (int i = 0; i < 400; i++) {
        rig_run_ms(&rig, 10);
        was_invalid = was_invalid || !btc()->book_valid;
    }
    cr_assert(was_invalid, "nobody noticed the gap");
    rig_run_ms(&rig, 15000);
    cr_assert(btc()->book_valid, "the book never came back");
    cr_assert(top_is_valid());
    expect_going_on();
}

Test(streams, a_market_stream_that_falls_silent_leaves_no_price)
{
    rig_fault(&rig, "{\"kind\":\"drop_market\",\"count\":-1}");
    rig_run_ms(&rig, 2500);
    cr_assert_not(top_is_valid());
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_eq(reply.state, SOFIA_STATE_DENIED, "an order passed without a price");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
    rig_fault(&rig, "{\"kind\":\"clear\"}");
    rig_run_ms(&rig, 20000);
    cr_assert(top_is_valid());
    expect_going_on();
}

Test(streams, without_prices_a_cancel_passes)
{
    struct command_reply open = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 200);
    rig_fault(&rig, "{\"kind\":\"drop_market\",\"count\":-1}");
    rig_run_ms(&rig, 2500);
    cr_assert_eq(rig_cancel(&rig, open.order_id).status, 0);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, open.order_id), "CANCELED");
}

Test(streams, a_lost_market_connection_invalidates_at_once_and_comes_back)
{
    rig_fault(&rig, "{\"kind\":\"disconnect\",\"match\":{\"path\":\"stream\"}}");
    rig_run_ms(&rig, 10);
    cr_assert_not(top_is_valid(), "a price of a stream that is gone");
    rig_run_ms(&rig, 20000);
    cr_assert(top_is_valid(), "no price 20 s after a disconnect");
    expect_going_on();
}

Test(streams, a_stale_snapshot_is_not_taken_for_a_book)
{
    rig_fault(&rig, "{\"kind\":\"stale_snapshot\",\"match\":{\"symbol\":\"BTCUSDT\"}}");
    rig_run_ms(&rig, 2000);
    rig_fault(&rig, "{\"kind\":\"disconnect\",\"match\":{\"path\":\"stream\"}}");
    rig_run_ms(&rig, 30000);
    cr_assert(btc()->book_valid);
    struct sofia_top top = {0};
    market_top(engine_path(rig.engine)->market, btc(), clock_mono_ns(&rig.clock.clock), &top);
    cr_assert_lt(sofia_decimal_cmp(top.bid, top.ask), 0);
    struct sofia_level best;
    cr_assert_eq(sofia_book_top(&btc()->book, SOFIA_SIDE_BUY, &best), 0);
    cr_assert_eq(sofia_decimal_cmp(best.price, top.bid), 0, "book and ticker disagree");
}

Test(streams, a_venue_that_says_it_shuts_down_is_connected_to_again)
{
    rig_fault(&rig, "{\"kind\":\"server_shutdown\"}");
    rig_run_ms(&rig, 1000);
    rig_fault(&rig, "{\"kind\":\"disconnect\"}");
    rig_run_ms(&rig, 30000);
    cr_assert(account()->reconciled, "%s", account()->why);
    expect_going_on();
}

Test(streams, a_connection_lives_through_ten_minutes_of_pings)
{
    uint32_t down = 0;
    for (int i = 0; i < 600; i++) {
        rig_run_ms(&rig, 1000);
        down += account()->reconciled ? 0u : 1u;
    }
    cr_assert_eq(down, 0, "not reconciled in %u of 600 s", down);
}

/* ---- the private stream ---- */

Test(streams, a_lost_private_stream_closes_the_account_until_it_is_reconciled)
{
    rig_fault(&rig, "{\"kind\":\"disconnect\",\"match\":{\"path\":\"ws-api\"}}");
    rig_run_ms(&rig, 10);
    cr_assert_not(account()->reconciled);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_str_eq(reply.code, "NOT_RECONCILED", "'%s'", reply.code);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
    rig_run_ms(&rig, 20000);
    cr_assert(account()->reconciled, "%s", account()->why);
    expect_going_on();
}

Test(streams, a_cancel_passes_while_the_private_stream_is_gone)
{
    struct command_reply open = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 200);
    rig_fault(&rig, "{\"kind\":\"disconnect\",\"match\":{\"path\":\"ws-api\"}}");
    rig_run_ms(&rig, 10);
    cr_assert_eq(rig_cancel(&rig, open.order_id).status, 0);
    rig_run_ms(&rig, 500);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    rig_run_ms(&rig, 20000);
    cr_assert_str_eq(rig_state(&rig, open.order_id), "CANCELED");
}

Test(streams, fills_missed_while_the_private_stream_was_gone_are_fetched)
{
    struct command_reply open = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "59990");
    rig_run_ms(&rig, 100);
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    for (int i = 0; i < 300 && rig_open_at_venue(&rig) > 0; i++) {
        rig_run_ms(&rig, 1000);
    }
    cr_assert_eq(rig_open_at_venue(&rig), 0, "the market never came down to it; take another seed");
    rig_fault(&rig, "{\"kind\":\"clear\"}");
    rig_fault(&rig, "{\"kind\":\"disconnect\",\"match\":{\"path\":\"ws-api\"}}");
    rig_run_ms(&rig, 20000);
    cr_assert_str_eq(rig_state(&rig, open.order_id), "FILLED");
    cr_assert(account()->reconciled);
}

Test(streams, a_user_stream_that_is_mute_and_alive_is_noticed)
{
    struct command_reply open = rig_submit(&rig, "buy", "limit", "gtc", "0.01", "59990");
    rig_run_ms(&rig, 100);
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    for (int i = 0; i < 300 && rig_open_at_venue(&rig) > 0; i++) {
        rig_run_ms(&rig, 1000);
    }
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    rig_run_ms(&rig, 30000);
    cr_assert_str_eq(rig_state(&rig, open.order_id), "FILLED",
                     "filled half a minute ago and shown as %s", rig_state(&rig, open.order_id));
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(streams, reports_that_come_twice_count_once)
{
    rig_fault(&rig, "{\"kind\":\"duplicate_report\",\"count\":-1}");
    struct command_reply reply = rig_submit(&rig, "buy", "market", "", "0.02", NULL);
    rig_run_ms(&rig, 1000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "FILLED");
    cr_assert_eq(
        sofia_decimal_cmp(rig_order(&rig, reply.order_id)->pub.filled_qty, sofia_decimal_of(2, -2)),
        0);
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(streams, reports_in_the_wrong_order_end_in_the_right_state)
{
    rig_fault(&rig, "{\"kind\":\"reorder_report\",\"ms\":200,\"count\":-1,\"every\":2}");
    struct command_reply filled = rig_submit(&rig, "buy", "market", "", "0.02", NULL);
    struct command_reply open = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 50);
    (void)rig_cancel(&rig, open.order_id);
    rig_run_ms(&rig, 2000);
    cr_assert_str_eq(rig_state(&rig, filled.order_id), "FILLED");
    cr_assert_str_eq(rig_state(&rig, open.order_id), "CANCELED");
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(streams, reports_that_vanish_are_asked_for)
{
    rig_fault(&rig, "{\"kind\":\"drop_report\",\"count\":-1,\"every\":2}");
    for (int i = 0; i < 10; i++) {
        struct command_reply reply = rig_submit(&rig, "buy", "market", "", "0.001", NULL);
        rig_run_ms(&rig, 300);
        cr_assert_eq(reply.status, 0);
    }
    rig_run_ms(&rig, 2000);
    cr_assert_eq(fills() >= 10, true, "%u fills", fills());
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(streams, a_fill_that_was_reported_after_the_cancel_is_booked)
{
    rig_fault(&rig, "{\"kind\":\"reorder_report\",\"ms\":500,\"count\":1}");
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "ioc", "50", "60100");
    cr_assert_eq(reply.state, SOFIA_STATE_DENIED); /* more than the limits allow */
    reply = rig_submit(&rig, "buy", "limit", "ioc", "0.02", "60500");
    rig_run_ms(&rig, 2000);
    cr_assert_gt(fills(), 0);
    cr_assert(SOFIA_STATE_IS_TERMINAL(rig_order(&rig, reply.order_id)->base_state));
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

/* ---- words nobody knows ---- */

Test(streams, a_field_nobody_knows_disturbs_nothing)
{
    rig_fault(&rig, "{\"kind\":\"extra_field\",\"count\":-1}");
    rig_fault(&rig, "{\"kind\":\"extra_field\",\"match\":{\"path\":\"/api/v3/*\"},\"count\":-1}");
    expect_going_on();
    struct command_reply reply = rig_submit(&rig, "buy", "market", "", "0.001", NULL);
    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "FILLED");
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(streams, a_state_nobody_knows_in_a_report_is_asked_for)
{
    rig_fault(&rig, "{\"kind\":\"unknown_enum\"}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 2000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW", "is %s",
                     rig_state(&rig, reply.order_id));
}

Test(streams, a_state_nobody_knows_in_an_answer_is_asked_for)
{
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    rig_fault(
        &rig,
        "{\"kind\":\"unknown_enum\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/order\"}}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 2000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW", "is %s",
                     rig_state(&rig, reply.order_id));
    cr_assert_eq(rig_orders_at_venue(&rig), 1);
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

Test(streams, a_symbol_status_nobody_knows_is_not_trading_until_it_is_known_again)
{
    rig_stop(&rig);
    rig_fault(&rig, "{\"kind\":\"unknown_enum\",\"match\":{\"path\":\"/api/v3/exchangeInfo\"}}");
    rig_restart(&rig);
    rig_ready(&rig);
    rig_run_ms(&rig, 1000);
    cr_assert_str_eq(rig_submit(&rig, LIMIT_BUY).code, "NOT_TRADING");
    struct command_reply other =
        rig_submit_on(&rig, "ETH/USDT", "buy", "limit", "gtc", "0.01", "2900");
    cr_assert_str_eq(other.code, "", "%s", other.text);
    rig_run_ms(&rig, 60000);
    expect_going_on();
}

/* ---- numbers ---- */

Test(streams, fees_in_another_asset_in_the_middle_of_an_order_are_booked_to_the_last_digit)
{
    struct command_reply reply = rig_submit(&rig, "sell", "limit", "gtc", "0.03", "60010");
    rig_run_ms(&rig, 500);
    rig_fault(&rig, "{\"kind\":\"fees\",\"account\":\"me\",\"maker\":\"0.00075\",\"taker\":\"0."
                    "00075\",\"bnb\":true}");
    for (int i = 0; i < 300 && rig_open_at_venue(&rig) > 0; i++) {
        rig_run_ms(&rig, 1000);
        if (i == 20) {
            rig_fault(&rig, "{\"kind\":\"fees\",\"account\":\"me\",\"bnb\":false}");
        }
    }
    (void)rig_submit(&rig, "buy", "market", "", "0.012", NULL);
    rig_run_ms(&rig, 500);
    rig_fault(&rig, "{\"kind\":\"fees\",\"account\":\"me\",\"bnb\":true}");
    (void)rig_submit(&rig, "sell", "market", "", "0.007", NULL);
    rig_run_ms(&rig, 500);
    cr_assert_gt(fills(), 1);
    (void)reply;
}

static void large_ids(struct venue_config *config)
{
    config->first_order_id = UINT64_C(9007199254740993);
    config->first_trade_id = UINT64_C(9007199254740993);
}

Test(venues, ids_beyond_2_53_are_kept_to_the_last_digit)
{
    rig_start(&rig, &(struct rig_options){.makers = true, .set_venue = large_ids});
    rig_ready(&rig);
    for (int i = 0; i < 3; i++) {
        (void)rig_submit(&rig, "buy", "market", "", "0.001", NULL);
        rig_run_ms(&rig, 100);
    }
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 200);
    cr_assert_eq(strncmp(rig_order(&rig, reply.order_id)->pub.venue_id, "90071992547", 11), 0, "%s",
                 rig_order(&rig, reply.order_id)->pub.venue_id);
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
    cr_assert_eq(rig_cancel(&rig, reply.order_id).status, 0);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "CANCELED");
}

static void slow_queries(struct venue_config *config)
{
    config->visibility_delay_ms = 300;
}

Test(venues, a_venue_whose_queries_lag_loses_no_order)
{
    rig_start(&rig, &(struct rig_options){.makers = true, .set_venue = slow_queries});
    rig_ready(&rig);
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"count\":-1}");
    rig_fault(
        &rig,
        "{\"kind\":\"drop_after\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/order\"}}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 3000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW", "is %s",
                     rig_state(&rig, reply.order_id));
    rig_fault(&rig, "{\"kind\":\"clear\"}");
}

static void short_lives(struct venue_config *config)
{
    config->ws_max_age_ms = 20000;
}

Test(venues, connections_that_are_ended_by_age_are_replaced)
{
    rig_start(&rig, &(struct rig_options){.makers = true, .set_venue = short_lives});
    rig_ready(&rig);
    rig_run_ms(&rig, 65000);
    for (int i = 0; i < 200 && !account()->reconciled; i++) {
        rig_run_ms(&rig, 100);
    }
    for (int i = 0; i < 200 && !top_is_valid(); i++) {
        rig_run_ms(&rig, 100);
    }
    expect_going_on();
}

/* ---- planned: a successor before the venue ends the connection ---- */

static void minute_lives(struct venue_config *config)
{
    config->ws_max_age_ms = 60000;
}

/* One step of 50 ms at a time: the account stays open and the price valid in every one of them. */
static void expect_no_gap_for_ms(int64_t ms)
{
    for (int64_t at = 0; at < ms; at += 50) {
        rig_run_ms(&rig, 50);
        cr_assert(account()->reconciled, "closed after %lld ms: %s", (long long)at, account()->why);
        cr_assert(top_is_valid(), "no price after %lld ms", (long long)at);
    }
}

Test(venues, connections_that_get_old_are_replaced_without_a_gap)
{
    rig_start(&rig, &(struct rig_options){.makers = true,
                                          .set_venue = minute_lives,
                                          .extra_exchange = "  stream_max_age: 40s\n"});
    rig_ready(&rig);
    rig_run_ms(&rig, 1000);
    struct command_reply rests = rig_submit(&rig, LIMIT_BUY);
    expect_no_gap_for_ms(130000);
    cr_assert_str_eq(rig_state(&rig, rests.order_id), "NEW");
    expect_going_on();
}

Test(venues, fills_are_reported_once_while_two_connections_tell_them)
{
    rig_start(&rig, &(struct rig_options){.makers = true,
                                          .set_venue = minute_lives,
                                          .extra_exchange = "  stream_max_age: 10s\n"});
    rig_ready(&rig);
    for (int i = 0; i < 60; i++) { /* through several overlaps of two seconds */
        struct command_reply reply = rig_submit(&rig, "buy", "market", "", "0.001", NULL);
        cr_assert_str_eq(reply.code, "", "%s", reply.text);
        rig_run_ms(&rig, 400);
        cr_assert_str_eq(rig_state(&rig, reply.order_id), "FILLED");
    }
}

static void few_connects(struct venue_config *config)
{
    config->ws_max_age_ms = 60000;
    config->ws_connects_per_5min = 2; /* those of the start */
}

Test(venues, while_no_successor_can_be_made_the_old_connection_goes_on)
{
    rig_start(&rig, &(struct rig_options){.makers = true,
                                          .set_venue = few_connects,
                                          .extra_exchange = "  stream_max_age: 10s\n"});
    rig_ready(&rig);
    rig_run_ms(&rig, 1000);
    expect_no_gap_for_ms(50000);
    expect_going_on();
}

/* ---- a queue that is full ---- */

/* Nobody drains: as if the venue had sent more between two turns than the queue holds. */
static void fill_queue(struct exchange *exchange)
{
    struct sofia_event_usage nothing = {
        .head = {.size = sizeof(nothing), .type = SOFIA_EV_USAGE, .version = 1},
        .bucket = UINT32_MAX};
    for (int i = 0; i < 100000; i++) {
        if (exchange_queue_event(exchange, &nothing.head) != SOFIA_OK) {
            return;
        }
    }
    cr_assert_fail("a queue without a bound");
}

Test(streams, order_events_that_find_no_room_close_the_account_until_it_is_reconciled)
{
    struct exchange *exchange = engine_path(rig.engine)->accounts[0].exchange;
    struct command_reply open = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 200);
    struct command_reply taken = rig_submit(&rig, "buy", "market", "", "0.02", NULL);
    fill_queue(exchange);
    rig_run_ms(&rig, 50);
    cr_assert_not(account()->reconciled, "what was lost is not missed");
    cr_assert_not_null(strstr(account()->why, "order events were lost"), "%s", account()->why);
    cr_assert_eq(rig_submit(&rig, LIMIT_BUY).state, SOFIA_STATE_DENIED);
    cr_assert_eq(rig_cancel(&rig, open.order_id).status, 0);
    for (int i = 0; i < 300 && !account()->reconciled; i++) {
        rig_run_ms(&rig, 100);
    }
    cr_assert(account()->reconciled, "%s", account()->why);
    cr_assert_str_eq(rig_state(&rig, taken.order_id), "FILLED");
    cr_assert_str_eq(rig_state(&rig, open.order_id), "CANCELED");
    expect_going_on();
}

static void lose_one(struct exchange *exchange)
{
    struct sofia_event_report lost = {
        .head = {.size = sizeof(lost), .type = SOFIA_EV_REPORT, .version = 1}};
    fill_queue(exchange);
    cr_assert_eq(exchange_queue_event(exchange, &lost.head), SOFIA_EAGAIN);
}

Test(streams, events_lost_while_reconciling_begin_it_again)
{
    struct exchange *exchange = engine_path(rig.engine)->accounts[0].exchange;
    for (int i = 0; i < 20; i++) {
        lose_one(exchange);
        rig_run_ms(&rig, 100);
        cr_assert_not(account()->reconciled);
    }
    for (int i = 0; i < 300 && !account()->reconciled; i++) {
        rig_run_ms(&rig, 100);
    }
    cr_assert(account()->reconciled, "%s", account()->why);
}
