/* When an order is filled, at which price, and how much of it. */
#include <criterion/criterion.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

#define BUY SOFIA_SIDE_BUY
#define SELL SOFIA_SIDE_SELL
#define GTC SOFIA_TIF_GTC

static struct rig rig;

static void start(void)
{
    rig_init(&rig);
    rig_quote(&rig, "100", "2", "101", "3");
}

static void finish(void)
{
    rig_release(&rig);
}

TestSuite(desk, .init = start, .fini = finish);

#define must_fill(text) cr_expect_str_eq(rig.told.fills, text)
#define must_be(order, state_word) cr_expect_eq((order)->state, SOFIA_STATE_##state_word)

Test(desk, a_market_order_takes_what_is_displayed_and_the_rest_expires)
{
    struct desk_order *order = rig_submit(&rig, BUY, 0, "5", NULL);
    must_fill("buy 3@101 taker");
    must_be(order, EXPIRED);
    order = rig_submit(&rig, SELL, 0, "1.5", NULL);
    must_fill("buy 3@101 taker; sell 1.5@100 taker");
    must_be(order, FILLED);
}

Test(desk, what_was_displayed_is_taken_once)
{
    (void)rig_submit(&rig, BUY, 0, "2", NULL);
    (void)rig_submit(&rig, BUY, 0, "2", NULL);
    must_fill("buy 2@101 taker; buy 1@101 taker");
    cr_expect_null(rig_submit(&rig, BUY, 0, "1", NULL));
    rig_quote(&rig, "100", "2", "101", "3"); /* the same figures: nothing new */
    cr_expect_null(rig_submit(&rig, BUY, 0, "1", NULL));
    rig_quote(&rig, "100", "2", "101", "0.5");
    cr_expect_not_null(rig_submit(&rig, BUY, 0, "1", NULL));
    must_fill("buy 2@101 taker; buy 1@101 taker; buy 0.5@101 taker");
}

Test(desk, an_ioc_takes_what_it_reaches_and_expires)
{
    struct desk_order *order = rig_submit(&rig, BUY, SOFIA_TIF_IOC, "4", "102");
    must_fill("buy 3@101 taker");
    must_be(order, EXPIRED);
    order = rig_submit(&rig, SELL, SOFIA_TIF_IOC, "1", "100.5");
    must_be(order, EXPIRED);
    cr_expect_eq(rig.told.fill_count, 1);
}

Test(desk, a_fok_is_filled_whole_or_not_at_all)
{
    struct desk_order *order = rig_submit(&rig, BUY, SOFIA_TIF_FOK, "3.1", "102");
    must_be(order, EXPIRED);
    must_fill("");
    order = rig_submit(&rig, BUY, SOFIA_TIF_FOK, "3", "101");
    must_be(order, FILLED);
    must_fill("buy 3@101 taker");
}

Test(desk, a_post_only_order_rests_or_is_refused)
{
    cr_expect_null(rig_submit(&rig, BUY, RIG_POST, "1", "101"));
    cr_expect_str_eq(rig.refusal, "a post-only order would take");
    must_be(rig_submit(&rig, BUY, RIG_POST, "1", "100.9"), NEW);
    must_be(rig_submit(&rig, SELL, RIG_POST, "1", "100.1"), NEW);
    must_fill("");
}

Test(desk, the_rest_of_a_limit_goes_on_taking_what_it_reaches)
{
    struct desk_order *order = rig_submit(&rig, BUY, GTC, "5", "103");
    must_fill("buy 3@101 taker");
    must_be(order, PARTIALLY_FILLED);
    rig_print(&rig, SELL, "101", "9"); /* it is not resting: prints are others' business */
    rig_quote(&rig, "100", "2", "102", "0.5");
    must_fill("buy 3@101 taker; buy 0.5@102 taker");
    rig_quote(&rig, "100", "2", "104", "9");
    must_be(order, PARTIALLY_FILLED);
    rig_print(&rig, SELL, "103", "1"); /* now it rests, and is the best there is */
    must_fill("buy 3@101 taker; buy 0.5@102 taker; buy 1@103 maker");
    rig_print(&rig, SELL, "103", "1");
    must_be(order, FILLED);
}

Test(desk, what_is_displayed_ahead_trades_first)
{
    struct desk_order *order = rig_submit(&rig, BUY, GTC, "1", "100");
    rig_print(&rig, SELL, "100", "1.5");
    must_fill("");
    rig_print(&rig, SELL, "100", "0.75");
    must_fill("buy 0.25@100 maker");
    must_be(order, PARTIALLY_FILLED);
    rig_print(&rig, SELL, "100", "9");
    must_fill("buy 0.25@100 maker; buy 0.75@100 maker");
    must_be(order, FILLED);
}

Test(desk, a_seller_waits_in_the_same_way)
{
    (void)rig_submit(&rig, SELL, GTC, "1", "101");
    rig_print(&rig, BUY, "101", "3");
    must_fill("");
    rig_print(&rig, BUY, "101", "0.5");
    rig_print(&rig, BUY, "101.5", "0.1");
    must_fill("sell 0.5@101 maker; sell 0.1@101 maker");
}

Test(desk, a_print_of_the_own_side_fills_nothing)
{
    (void)rig_submit(&rig, BUY, GTC, "1", "100.5");
    (void)rig_submit(&rig, SELL, GTC, "1", "102");
    rig_print(&rig, BUY, "100.5", "9");
    rig_print(&rig, SELL, "102", "9");
    rig_print(&rig, SELL, "101", "9");
    must_fill("");
}

Test(desk, traded_through_is_filled_at_its_own_price_up_to_what_was_printed)
{
    struct desk_order *order = rig_submit(&rig, BUY, GTC, "1", "100");
    rig_print(&rig, SELL, "99.9", "0.4");
    must_fill("buy 0.4@100 maker");
    rig_print(&rig, BUY, "99", "5"); /* whoever began it: the price has been beyond */
    must_fill("buy 0.4@100 maker; buy 0.6@100 maker");
    must_be(order, FILLED);
}

Test(desk, deeper_than_the_best_price_nobody_knows_the_queue)
{
    (void)rig_submit(&rig, BUY, GTC, "1", "99");
    rig_print(&rig, SELL, "99", "50");
    must_fill("");
    rig_quote(&rig, "99", "4", "101", "3"); /* its price is the best one now: 4 are ahead */
    rig_print(&rig, SELL, "99", "4");
    must_fill("");
    rig_print(&rig, SELL, "99", "0.2");
    must_fill("buy 0.2@99 maker");
    rig_quote(&rig, "98", "4", "101", "3"); /* nobody is at its price any more */
    rig_print(&rig, SELL, "99", "0.3");
    must_fill("buy 0.2@99 maker; buy 0.3@99 maker");
}

Test(desk, a_better_quote_is_ahead_of_nobody)
{
    (void)rig_submit(&rig, BUY, GTC, "1", "100.5");
    rig_print(&rig, SELL, "100.5", "0.5");
    must_fill("buy 0.5@100.5 maker");
}

Test(desk, orders_share_a_print_best_price_first_then_oldest)
{
    struct desk_order *low = rig_submit(&rig, BUY, GTC, "1", "100.2");
    struct desk_order *old = rig_submit(&rig, BUY, GTC, "1", "100.4");
    struct desk_order *young = rig_submit(&rig, BUY, GTC, "1", "100.4");
    rig_print(&rig, SELL, "100.1", "1.5");
    must_fill("buy 1@100.4 maker; buy 0.5@100.4 maker");
    must_be(old, FILLED);
    must_be(young, PARTIALLY_FILLED);
    must_be(low, NEW);
    rig_print(&rig, SELL, "100.1", "0.7");
    must_be(young, FILLED);
    must_be(low, PARTIALLY_FILLED);
}

Test(desk, without_a_quote_nothing_is_taken)
{
    desk_blind(&rig.desk);
    cr_expect_null(rig_submit(&rig, BUY, 0, "1", NULL));
    cr_expect_null(rig_submit(&rig, BUY, GTC, "1", "90"));
    rig_quote(&rig, NULL, NULL, "101", "3");
    cr_expect_null(rig_submit(&rig, SELL, 0, "1", NULL));
    cr_expect_str_eq(rig.refusal, "nothing is displayed on the other side");
    must_be(rig_submit(&rig, SELL, GTC, "1", "90"), NEW);
}

Test(desk, what_is_no_order_is_refused)
{
    cr_expect_null(rig_submit(&rig, 3, GTC, "1", "100"));
    cr_expect_null(rig_submit(&rig, BUY, GTC, "0", "100"));
    cr_expect_null(rig_submit(&rig, BUY, GTC, "1", "0"));
    cr_expect_null(rig_submit(&rig, BUY, 9, "1", "100"));
    struct desk_order *order = rig_submit(&rig, BUY, GTC, "1", "90");
    rig.ids--;
    cr_expect_null(rig_submit(&rig, BUY, GTC, "1", "90"));
    cr_expect_str_eq(rig.refusal, "this client id has been used");
    must_be(order, NEW);
}

Test(desk, orders_are_found_by_either_id_and_an_older_life_is_recognised)
{
    const struct desk_order *order = rig_submit(&rig, BUY, GTC, "1", "90");
    cr_expect_eq(desk_find(&rig.desk, order->client_id, ""), order);
    cr_expect_eq(desk_find(&rig.desk, "", order->venue_id), order);
    cr_expect_null(desk_find(&rig.desk, "nobody", order->venue_id));
    cr_expect_not(desk_is_older(&rig.desk, order->venue_id));
    cr_expect(desk_is_older(&rig.desk, "Plif-1"));
    cr_expect(desk_is_older(&rig.desk, "Plife2-1"));
    cr_expect_not(desk_is_older(&rig.desk, ""));
}

Test(desk, the_oldest_that_ended_makes_room_and_open_orders_never_do)
{
    for (uint32_t i = 0; i < DESK_ORDERS; i++) {
        cr_assert_not_null(rig_submit(&rig, BUY, GTC, "0.001", "90"), "%u: %s", i, rig.refusal);
    }
    cr_expect_null(rig_submit(&rig, BUY, GTC, "0.001", "90"));
    cr_expect_str_eq(rig.refusal, "too many open orders");
    struct desk_order *tenth = desk_find(&rig.desk, "c10", "");
    desk_cancel(&rig.desk, tenth, ++rig.now_ns, "");
    must_be(tenth, CANCELED);
    cr_expect_eq(rig_submit(&rig, BUY, GTC, "0.001", "90"), tenth);
    cr_expect_null(desk_find(&rig.desk, "c10", ""));
    cr_expect_eq(rig.desk.open_count, DESK_ORDERS);
}
