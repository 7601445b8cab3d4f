/* Each symbol filter at its boundary: the last value that passes and the first that does not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"

#define ORDER "/api/v3/order"
#define LIMIT(qty, price)                                                                          \
    "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=" qty "&price=" price

static struct desk d;

static void setup(void)
{
    desk_open(&d, NULL);
}

static void teardown(void)
{
    desk_close(&d);
}

TestSuite(venue_filters, .init = setup, .fini = teardown);

/* A resting ask at 60000 and bid at 59000 of bob, and a last price of 60000. */
static void make_market(void)
{
    desk_place(&d, "bob",
               "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=2&price=60000");
    desk_place(&d, "bob",
               "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=59000");
    desk_place(&d, "alice",
               "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=60000");
}

static struct answer *order(const char *params)
{
    return desk_signed(&d, "alice", "POST", ORDER, params);
}

static void filter_refuses(const char *params, const char *filter)
{
    char want[96];
    struct answer *a = order(params);
    snprintf(want, sizeof(want), "Filter failure: %s", filter);
    REFUSED(a, 400, -1013);
    MESSAGE(a, want);
}

Test(venue_filters, price_filter)
{
    ACCEPTED(order(LIMIT("1", "100.01")));
    filter_refuses(LIMIT("1", "100.005"), "PRICE_FILTER");
    filter_refuses(LIMIT("1", "0"), "PRICE_FILTER");
    ACCEPTED(order("symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=1000000"));
    filter_refuses(
        "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=1000000.01",
        "PRICE_FILTER");
}

Test(venue_filters, price_filter_counts_ticks_from_zero)
{
    /* tick 0.05, minimum 0.07: 0.10 is legal, 0.07 itself is not */
    ACCEPTED(order("symbol=NICKELUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=100&price=0.1"));
    filter_refuses("symbol=NICKELUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=100&price=0.07",
                   "PRICE_FILTER");
    filter_refuses("symbol=NICKELUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=100&price=0.05",
                   "PRICE_FILTER");
}

Test(venue_filters, lot_size)
{
    ACCEPTED(
        order("symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.00001&price=600000"));
    filter_refuses(LIMIT("0.000015", "60000"), "LOT_SIZE");
    filter_refuses(LIMIT("0", "60000"), "LOT_SIZE");
    ACCEPTED(order(LIMIT("9000", "1")));
    filter_refuses(LIMIT("9000.00001", "1"), "LOT_SIZE");
}

Test(venue_filters, market_lot_size)
{
    make_market();
    struct answer *a = order("symbol=BTCUSDT&side=SELL&type=MARKET&quantity=112.2110882");
    cr_assert_neq(a->code, -1111);
    filter_refuses("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=112.21109", "MARKET_LOT_SIZE");
    ACCEPTED(order("symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.5"));
    filter_refuses("symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=8000000", "MARKET_LOT_SIZE");
}

Test(venue_filters, notional)
{
    ACCEPTED(order(LIMIT("0.05", "100")));
    filter_refuses(LIMIT("0.04999", "100"), "NOTIONAL");
    ACCEPTED(order("symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=9&price=1000000"));
    filter_refuses(
        "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=9.00001&price=1000000",
        "NOTIONAL");
}

Test(venue_filters, notional_of_a_market_order_uses_the_average)
{
    filter_refuses("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1", "NOTIONAL"); /* never traded */
    make_market();
    filter_refuses("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.00008", "NOTIONAL");
    ACCEPTED(order("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.00009"));
    filter_refuses("symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=4.99", "NOTIONAL");
    ACCEPTED(order("symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=5"));
}

Test(venue_filters, old_min_notional)
{
    ACCEPTED(order("symbol=NICKELUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=1"));
    filter_refuses("symbol=NICKELUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.95",
                   "MIN_NOTIONAL");
}

Test(venue_filters, percent_price_by_side)
{
    make_market();
    ACCEPTED(order(LIMIT("0.01", "12000")));
    filter_refuses(LIMIT("0.01", "11999.99"), "PERCENT_PRICE_BY_SIDE");
    ACCEPTED(order("symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=300000"));
    filter_refuses("symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=300000.01",
                   "PERCENT_PRICE_BY_SIDE");
}

Test(venue_filters, max_num_orders)
{
    for (int i = 0; i < 3; i++) {
        ACCEPTED(
            order("symbol=WHOLEBTC&side=SELL&type=LIMIT&timeInForce=GTC&quantity=10&price=0.0002"));
    }
    filter_refuses("symbol=WHOLEBTC&side=SELL&type=LIMIT&timeInForce=GTC&quantity=10&price=0.0002",
                   "MAX_NUM_ORDERS");
}

Test(venue_filters, max_num_algo_orders)
{
    make_market();
    for (int i = 0; i < 5; i++) {
        ACCEPTED(order("symbol=BTCUSDT&side=SELL&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=0.1&"
                       "price=50000&stopPrice=51000"));
    }
    filter_refuses("symbol=BTCUSDT&side=SELL&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=0.1&"
                   "price=50000&stopPrice=51000",
                   "MAX_NUM_ALGO_ORDERS");
}

Test(venue_filters, max_position)
{
    /* 1000 held, 5000 allowed */
    filter_refuses("symbol=NICKELUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=4000.25&price=1",
                   "MAX_POSITION");
    ACCEPTED(order("symbol=NICKELUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=4000&price=1"));
    filter_refuses("symbol=NICKELUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=1",
                   "MAX_POSITION");
}

Test(venue_filters, market_step)
{
    desk_place(&d, "bob",
               "symbol=WHOLEBTC&side=SELL&type=LIMIT&timeInForce=GTC&quantity=100&price=0.0002");
    desk_place(&d, "alice",
               "symbol=WHOLEBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=10&price=0.0002");
    ACCEPTED(order("symbol=WHOLEBTC&side=BUY&type=MARKET&quantity=15"));
    filter_refuses("symbol=WHOLEBTC&side=BUY&type=MARKET&quantity=16", "MARKET_LOT_SIZE");
}

Test(venue_filters, self_trade_mode_not_allowed)
{
    struct answer *a = order(LIMIT("1", "100") "&selfTradePreventionMode=NONE");
    REFUSED(a, 400, -1013);
    MESSAGE(a, "This symbol does not allow the specified self-trade prevention mode.");
}
