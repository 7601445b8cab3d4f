/* The venue's rules are kept before the venue sees an order: at each bound it passes and the venue takes it, one step beyond it
 * is DENIED here and nothing has left. */
#include <criterion/criterion.h>
#include <string.h>

#include "rig.h"

static struct rig rig;

static void start(void)
{
    rig_start(&rig, &(struct rig_options){
                        .makers = true,
                        .symbols = "BTC/USDT, ETH/USDT, WHOLE/BTC, NICKEL/USDT, SHIB/USDT"});
    rig_ready(&rig);
    rig_run_ms(&rig, 3000);
}

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

TestSuite(rules, .init = start, .fini = finish);

static void denied_on(const char *instrument, const char *code, const char *side, const char *type,
                      const char *tif, const char *qty, const char *price)
{
    uint64_t sent = rig_sent(&rig, SOFIA_CLASS_TRADE);
    int before = rig_orders_at_venue(&rig);
    struct command_reply reply = rig_submit_on(&rig, instrument, side, type, tif, qty, price);
    cr_assert_str_eq(reply.code, code, "%s %s at %s: '%s' %s", instrument, qty,
                     price == NULL ? "market" : price, reply.code, reply.text);
    cr_assert_eq(reply.station, STATION_RULES);
    cr_assert_eq(reply.state, SOFIA_STATE_DENIED);
    rig_run_ms(&rig, 50);
    cr_assert_eq(rig_orders_at_venue(&rig), before);
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_TRADE), sent);
}

static void denied(const char *code, const char *qty, const char *price)
{
    denied_on("BTC/USDT", code, "buy", "limit", "gtc", qty, price);
}

static uint64_t taken_on(const char *instrument, const char *side, const char *type,
                         const char *tif, const char *qty, const char *price)
{
    struct command_reply reply = rig_submit_on(&rig, instrument, side, type, tif, qty, price);
    cr_assert_str_eq(reply.code, "", "%s %s at %s: %s", instrument, qty,
                     price == NULL ? "market" : price, reply.text);
    rig_run_ms(&rig, 100);
    cr_assert_neq(rig_order(&rig, reply.order_id)->base_state, SOFIA_STATE_REJECTED,
                  "the venue refused %s %s at %s", instrument, qty,
                  price == NULL ? "market" : price);
    return reply.order_id;
}

static void taken(const char *qty, const char *price)
{
    (void)taken_on("BTC/USDT", "buy", "limit", "gtc", qty, price);
}

/* Refused, but by a later station: the venue's rule itself is kept. */
static void passes_the_rules(const char *qty, const char *price)
{
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", qty, price);
    cr_assert_neq(reply.station, STATION_RULES, "%s", reply.text);
}

/* ---- price ---- */

Test(rules, a_price_on_the_tick_is_taken)
{
    taken("0.001", "55000.01");
    taken("0.001", "55000.010");
}

Test(rules, a_price_between_two_ticks_is_denied)
{
    denied("PRICE_TICK", "0.001", "55000.001");
    denied("PRICE_TICK", "0.001", "55000.019");
}

Test(rules, the_highest_price_passes_and_a_tick_more_is_denied)
{
    denied("PRICE_RANGE", "0.00002", "1000000.01");
    denied("PRICE_BAND", "0.00002", "1000000");
}

Test(rules, the_lowest_price_is_the_venues)
{
    denied_on("NICKEL/USDT", "PRICE_RANGE", "buy", "limit", "gtc", "100", "0.05");
}

Test(rules, a_tick_counts_from_zero_and_not_from_the_lowest_price)
{
    denied_on("NICKEL/USDT", "PRICE_TICK", "buy", "limit", "gtc", "3", "9.52");
    (void)taken_on("NICKEL/USDT", "buy", "limit", "gtc", "3", "9.5");
}

Test(rules, a_rule_of_zero_is_no_rule)
{
    (void)taken_on("SHIB/USDT", "buy", "limit", "gtc", "1000000", "0.00001");
    (void)taken_on("SHIB/USDT", "buy", "market", "", "1", NULL);
}

/* ---- quantity ---- */

Test(rules, a_quantity_on_the_lot_is_taken)
{
    taken("0.00101", "55000");
}

Test(rules, a_quantity_between_two_lots_is_denied)
{
    denied("QTY_LOT", "0.001001", "55000");
    denied("QTY_LOT", "0.0010000001", "55000");
}

Test(rules, the_smallest_quantity_is_the_venues)
{
    denied("QTY_RANGE", "0.000009", "55000");
    denied_on("NICKEL/USDT", "QTY_RANGE", "buy", "limit", "gtc", "0.25", "9.5");
    (void)taken_on("NICKEL/USDT", "buy", "limit", "gtc", "0.5", "9.5");
}

Test(rules, the_largest_quantity_passes_and_a_lot_more_is_denied)
{
    passes_the_rules("150", "55000");
    denied("QTY_RANGE", "9000.00001", "55000");
}

/* ---- value ---- */

Test(rules, the_smallest_value_is_taken_and_a_lot_less_is_denied)
{
    taken("0.0001", "50000");
    denied("NOTIONAL", "0.00009", "55000");
    denied("NOTIONAL", "0.0001", "49999.99");
}

Test(rules, the_largest_value_passes_and_more_is_denied)
{
    passes_the_rules("180", "50000");
    denied("NOTIONAL", "180", "50000.01");
}

Test(rules, a_market_order_below_the_smallest_value_is_denied)
{
    denied_on("BTC/USDT", "NOTIONAL", "buy", "market", "", "0.00002", NULL);
    (void)taken_on("BTC/USDT", "buy", "market", "", "0.0001", NULL);
}

/* ---- market lots ---- */

Test(rules, a_market_quantity_has_its_own_largest)
{
    denied_on("BTC/USDT", "MARKET_QTY_RANGE", "buy", "market", "", "112.21109", NULL);
    struct command_reply reply = rig_submit(&rig, "buy", "market", "", "112.21108", NULL);
    cr_assert_neq(reply.station, STATION_RULES, "%s", reply.text);
}

Test(rules, a_market_quantity_has_its_own_lot)
{
    denied_on("WHOLE/BTC", "MARKET_QTY_LOT", "buy", "market", "", "7", NULL);
    denied_on("WHOLE/BTC", "MARKET_QTY_RANGE", "buy", "market", "", "4", NULL);
    (void)taken_on("WHOLE/BTC", "buy", "market", "", "5", NULL);
    (void)taken_on("WHOLE/BTC", "buy", "limit", "gtc", "7", "0.0001");
}

/* ---- band around the mark ---- */

Test(rules, a_price_far_below_the_mark_is_denied)
{
    denied("PRICE_BAND", "0.01", "5000");
    taken("0.001", "13000");
}

Test(rules, a_price_far_above_the_mark_is_denied)
{
    denied_on("BTC/USDT", "PRICE_BAND", "sell", "limit", "gtc", "0.001", "400000");
    (void)taken_on("BTC/USDT", "sell", "limit", "gtc", "0.001", "290000");
}

/* ---- how many ---- */

Test(rules, one_order_more_than_the_venue_keeps_is_denied)
{
    uint64_t first = taken_on("WHOLE/BTC", "buy", "limit", "gtc", "5", "0.0001");
    (void)taken_on("WHOLE/BTC", "buy", "limit", "gtc", "5", "0.0001");
    (void)taken_on("WHOLE/BTC", "buy", "limit", "gtc", "5", "0.0001");
    denied_on("WHOLE/BTC", "MAX_NUM_ORDERS", "buy", "limit", "gtc", "5", "0.0001");
    cr_assert_eq(rig_cancel(&rig, first).status, 0);
    rig_run_ms(&rig, 100);
    (void)taken_on("WHOLE/BTC", "buy", "limit", "gtc", "5", "0.0001");
}

Test(rules, an_order_in_doubt_counts_among_the_open_ones)
{
    rig_fault(
        &rig,
        "{\"kind\":\"drop_before\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/order\"}}");
    struct command_reply doubtful =
        rig_submit_on(&rig, "WHOLE/BTC", "buy", "limit", "gtc", "5", "0.0001");
    rig_run_ms(&rig, 10);
    cr_assert_str_eq(rig_state(&rig, doubtful.order_id), "UNKNOWN");
    (void)taken_on("WHOLE/BTC", "buy", "limit", "gtc", "5", "0.0001");
    (void)taken_on("WHOLE/BTC", "buy", "limit", "gtc", "5", "0.0001");
    denied_on("WHOLE/BTC", "MAX_NUM_ORDERS", "buy", "limit", "gtc", "5", "0.0001");
}

/* ---- how much ---- */

/* 5000 NICKEL: what is held, what is being bought, and this order. At the bound it passes this station; the limits refuse it. */
static void at_most(const char *qty, const char *lot_more)
{
    struct command_reply reply =
        rig_submit_on(&rig, "NICKEL/USDT", "buy", "limit", "gtc", qty, "10");
    cr_assert_str_eq(reply.code, "MAX_ORDER_USD", "%s: %s %s", qty, reply.code, reply.text);
    denied_on("NICKEL/USDT", "MAX_POSITION", "buy", "limit", "gtc", lot_more, "10");
}

Test(rules, as_much_as_an_account_may_hold_passes_and_a_lot_more_is_denied)
{
    at_most("5000", "5000.25");
}

Test(rules, what_is_being_bought_counts_until_it_is_cancelled)
{
    uint64_t open = taken_on("NICKEL/USDT", "buy", "limit", "gtc", "100", "10");
    at_most("4900", "4900.25");
    cr_assert_eq(rig_cancel(&rig, open).status, 0);
    rig_run_ms(&rig, 100);
    at_most("5000", "5000.25");
}

/* 100 bought, the fee of 0.1 % taken out of them; what is offered for sale is still held. */
Test(rules, what_is_held_counts_and_a_sale_frees_nothing_before_it_trades)
{
    (void)taken_on("NICKEL/USDT", "buy", "market", "", "100", NULL);
    rig_run_ms(&rig, 500);
    at_most("4900", "4900.25");
    (void)taken_on("NICKEL/USDT", "sell", "limit", "gtc", "50", "20");
    at_most("4900", "4900.25");
}

/* ---- rules that change while we run ---- */

Test(rules, a_halted_symbol_is_denied_after_the_venue_has_said_so_once)
{
    rig_fault(&rig, "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"BTCUSDT\"},\"status\":\"HALT\"}");
    struct command_reply first = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "55000");
    rig_run_ms(&rig, 500);
    if (first.code[0] == '\0') {
        cr_assert_str_eq(rig_state(&rig, first.order_id), "REJECTED");
    }
    denied("NOT_TRADING", "0.001", "55000");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(rules, a_symbol_that_trades_again_is_traded_again)
{
    rig_fault(&rig, "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"ETHUSDT\"},\"status\":\"HALT\"}");
    (void)rig_submit_on(&rig, "ETH/USDT", "buy", "limit", "gtc", "0.01", "2900");
    rig_run_ms(&rig, 500);
    denied_on("ETH/USDT", "NOT_TRADING", "buy", "limit", "gtc", "0.01", "2900");
    rig_fault(&rig,
              "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"ETHUSDT\"},\"status\":\"TRADING\"}");
    rig_run_ms(&rig, 60000);
    (void)taken_on("ETH/USDT", "buy", "limit", "gtc", "0.01", "2900");
}

Test(rules, another_symbol_goes_on_while_one_is_halted)
{
    rig_fault(&rig, "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"ETHUSDT\"},\"status\":\"HALT\"}");
    (void)rig_submit_on(&rig, "ETH/USDT", "buy", "limit", "gtc", "0.01", "2900");
    rig_run_ms(&rig, 500);
    taken("0.001", "55000");
}

Test(rules, a_tick_that_changed_is_read_again_after_one_refusal)
{
    rig_fault(&rig,
              "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"BTCUSDT\"},\"tickSize\":\"0.1\"}");
    struct command_reply first = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "55000.01");
    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, first.order_id), "REJECTED");
    denied("PRICE_TICK", "0.001", "55000.01");
    taken("0.001", "55000.1");
}

Test(rules, a_tick_that_changed_is_noticed_although_nothing_was_refused)
{
    rig_fault(&rig,
              "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"BTCUSDT\"},\"tickSize\":\"0.1\"}");
    rig_run_ms(&rig, 620000);
    denied("PRICE_TICK", "0.001", "55000.01");
}

Test(rules, an_instrument_nobody_declared_is_refused)
{
    struct command_reply reply = rig_submit_on(&rig, "DOGE/USDT", "buy", "limit", "gtc", "1", "1");
    cr_assert_lt(reply.status, 0);
    cr_assert_not_null(strstr(reply.text, "DOGE/USDT"), "%s", reply.text);
}
