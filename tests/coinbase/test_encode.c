#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(encode, .init = init, .fini = fini);

static const char *body_of(const struct sofia_order *order)
{
    static struct sofia_request request;

    cr_assert_eq(coinbase_encode_submit(rig.self, order, &request), 0, "%s", rig.fake.log);
    cr_assert_not_null(
        strstr(fake_part(&request, SOFIA_PART_HEADER), "\nContent-Type: application/json"));
    return fake_part(&request, SOFIA_PART_BODY);
}

static int refused(const struct sofia_order *order)
{
    struct sofia_request request;

    return coinbase_encode_submit(rig.self, order, &request);
}

#define HEAD "{\"client_order_id\":\"acme-000001\",\"product_id\":\"BTC-USD\",\"side\":\"BUY\","

Test(encode, a_limit_order_has_one_configuration)
{
    struct sofia_order order = rig_order();

    cr_assert_str_eq(body_of(&order),
                     HEAD "\"order_configuration\":{\"limit_limit_gtc\":{\"base_size\":\"0.002\","
                          "\"limit_price\":\"60000\",\"post_only\":false}}}");
}

Test(encode, post_only_says_so)
{
    struct sofia_order order = rig_order();

    order.flags = SOFIA_ORDER_POST_ONLY;
    cr_assert_not_null(strstr(body_of(&order), "\"limit_price\":\"60000\",\"post_only\":true}}}"));
}

Test(encode, immediate_or_cancel_is_the_smart_routed_one)
{
    struct sofia_order order = rig_order();

    order.tif = SOFIA_TIF_IOC;
    cr_assert_str_eq(body_of(&order),
                     HEAD "\"order_configuration\":{\"sor_limit_ioc\":{\"base_size\":\"0.002\","
                          "\"limit_price\":\"60000\"}}}");
}

Test(encode, fill_or_kill)
{
    struct sofia_order order = rig_order();

    order.tif = SOFIA_TIF_FOK;
    cr_assert_str_eq(body_of(&order),
                     HEAD "\"order_configuration\":{\"limit_limit_fok\":{\"base_size\":\"0.002\","
                          "\"limit_price\":\"60000\"}}}");
}

Test(encode, a_market_order_is_sized_in_base_on_both_sides)
{
    struct sofia_order order = rig_order();

    order.type = SOFIA_TYPE_MARKET;
    order.tif = 0;
    order.price = sofia_decimal_absent();
    cr_assert_str_eq(body_of(&order), HEAD "\"order_configuration\":{\"market_market_ioc\":{"
                                           "\"base_size\":\"0.002\"}}}");
    order.side = SOFIA_SIDE_SELL;
    cr_assert_not_null(strstr(body_of(&order), "\"side\":\"SELL\""));
}

Test(encode, eighteen_digits_are_printed_without_an_exponent)
{
    struct sofia_order order = rig_order();

    order.qty = dec("0.000000000000000001");
    order.price = dec("0.00000001");
    cr_assert_not_null(strstr(body_of(&order), "\"base_size\":\"0.000000000000000001\""));
    cr_assert_not_null(strstr(body_of(&order), "\"limit_price\":\"0.00000001\""));
}

Test(encode, what_the_venue_has_not_is_refused_here)
{
    struct sofia_order order = rig_order();

    order.tif = SOFIA_TIF_IOC;
    order.flags = SOFIA_ORDER_POST_ONLY;
    cr_expect_eq(refused(&order), SOFIA_EINVAL, "post-only and immediate");
    order = rig_order();
    order.tif = 9;
    cr_expect_eq(refused(&order), SOFIA_EINVAL, "an unknown time in force");
    order = rig_order();
    order.type = 7;
    cr_expect_eq(refused(&order), SOFIA_EINVAL, "an unknown type");
    order = rig_order();
    order.side = 0;
    cr_expect_eq(refused(&order), SOFIA_EINVAL, "no side");
    order = rig_order();
    order.price = sofia_decimal_absent();
    cr_expect_eq(refused(&order), SOFIA_EINVAL, "no price");
    order = rig_order();
    order.qty = dec("0");
    cr_expect_eq(refused(&order), SOFIA_EINVAL, "nothing");
    order = rig_order();
    order.client_id[0] = '\0';
    cr_expect_eq(refused(&order), SOFIA_EINVAL, "an empty id removes all protection");
}

Test(encode, a_product_for_makers_takes_no_takers)
{
    struct sofia_order order = rig_order();

    coinbase_symbol_find(&rig.c->symbols, sofia_slice_of("BTC-USD"))->maker_only = 1;
    cr_assert_eq(refused(&order), SOFIA_EINVAL);
    order.flags = SOFIA_ORDER_POST_ONLY;
    cr_assert_eq(refused(&order), SOFIA_OK);
}

Test(encode, a_cancel_names_the_venues_id_and_nothing_else)
{
    struct sofia_request request;
    struct sofia_order order = rig_order();

    cr_assert_eq(coinbase_encode_cancel(rig.self, &order, &request), SOFIA_ENOENT,
                 "there is no cancel by client id");
    memcpy(order.venue_id, "6647d29e-5411", 14);
    cr_assert_eq(coinbase_encode_cancel(rig.self, &order, &request), 0);
    cr_assert_str_eq(fake_part(&request, SOFIA_PART_BODY), "{\"order_ids\":[\"6647d29e-5411\"]}");
}

Test(encode, an_edit_gives_both_figures)
{
    struct sofia_request request;
    struct sofia_order order = rig_order();
    struct sofia_order changed = order;

    memcpy(order.venue_id, "6647d29e-5411", 14);
    changed.qty = dec("0.001");
    cr_assert_eq(coinbase_encode_replace(rig.self, &order, &changed, &request), 0);
    cr_assert_str_eq(fake_part(&request, SOFIA_PART_BODY),
                     "{\"order_id\":\"6647d29e-5411\",\"price\":\"60000\",\"size\":\"0.001\"}");
    order.venue_id[0] = '\0';
    cr_assert_eq(coinbase_encode_replace(rig.self, &order, &changed, &request), SOFIA_ENOENT);
}

Test(encode, an_order_is_asked_for_by_its_id_or_looked_for_in_a_listing)
{
    struct sofia_request request;
    struct sofia_order order = rig_order();

    memcpy(order.venue_id, "6647d29e-5411", 14);
    coinbase_encode_query(rig.self, &order, &request);
    cr_assert_str_eq(fake_part(&request, SOFIA_PART_QUERY), "order_ids=6647d29e-5411");
    order.venue_id[0] = '\0';
    coinbase_encode_query(rig.self, &order, &request);
    cr_assert_str_eq(fake_part(&request, SOFIA_PART_QUERY),
                     "product_ids=BTC-USD&start_date=2025-12-31T23%3A59%3A00.000Z&limit=250");
    memcpy(order.venue_symbol, "BTC-USDC", 9);
    coinbase_encode_query(rig.self, &order, &request);
    cr_assert_not_null(
        strstr(fake_part(&request, SOFIA_PART_QUERY), "product_ids=BTC-USDC&product_ids=BTC-USD&"),
        "an order may be shown under the name of its book");
}

Test(encode, fills_are_asked_for_by_order_alone)
{
    struct sofia_request request;
    struct sofia_trades_query query = {.size = sizeof(query),
                                       .venue_symbol = "BTC-USD",
                                       .venue_order_id = "6647d29e",
                                       .from = "a+b=="};

    coinbase_encode_trades(rig.self, &query, &request);
    cr_assert_str_eq(fake_part(&request, SOFIA_PART_QUERY),
                     "order_ids=6647d29e&limit=250&cursor=a%2Bb%3D%3D");
    query.venue_order_id[0] = query.from[0] = '\0';
    query.since_ns = INT64_C(1767225600000000000);
    coinbase_encode_trades(rig.self, &query, &request);
    cr_assert_str_eq(
        fake_part(&request, SOFIA_PART_QUERY),
        "product_ids=BTC-USD&start_sequence_timestamp=2026-01-01T00%3A00%3A00.000Z&limit=250");
}

Test(encode, orders_of_a_key_that_was_refused_do_not_leave)
{
    struct sofia_order order = rig_order();

    rig.c->gate = GATE_REFUSED;
    cr_assert_eq(refused(&order), SOFIA_EDENIED);
}

static void list_open(const char *orders)
{
    struct sofia_request request;
    char body[1024];

    fake_clear(&rig.fake);
    cr_assert_eq(coinbase_encode_open_orders(rig.self, "", &request), 0);
    rig_answer_to(&rig, rig_last(&rig), 200, "{\"orders\":[],\"has_next\":false}");
    snprintf(body, sizeof(body), "{\"orders\":[%s],\"has_next\":false}", orders);
    rig_answer_to(&rig, &request, 200, body);
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
}

#define LISTED(id, product)                                                                        \
    "{\"order_id\":\"" id "\",\"product_id\":\"" product "\",\"status\":\"OPEN\"}"

Test(encode, cancel_all_names_what_the_last_listing_showed_once)
{
    struct sofia_request request;

    cr_assert_eq(coinbase_encode_cancel_all(rig.self, "BTC-USD", &request), SOFIA_ENOENT);
    list_open(LISTED("A", "BTC-USD") "," LISTED("B", "SHIB-USD") "," LISTED("C", "BTC-USD"));
    cr_assert_eq(coinbase_encode_cancel_all(rig.self, "BTC-USD", &request), 0);
    cr_assert_str_eq(fake_part(&request, SOFIA_PART_BODY), "{\"order_ids\":[\"A\",\"C\"]}");
    rig_answer_to(&rig, &request, 200,
                  "{\"results\":[{\"success\":true,\"order_id\":\"A\"},{\"success\":false,"
                  "\"failure_reason\":\"ORDER_IS_FULLY_FILLED\",\"order_id\":\"C\"}]}");
    cr_assert_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_assert_eq(coinbase_encode_cancel_all(rig.self, "BTC-USD", &request), SOFIA_ENOENT);
    list_open(LISTED("C", "BTC-USD"));
    cr_assert_eq(coinbase_encode_cancel_all(rig.self, "BTC-USD", &request), 0);
    cr_assert_str_eq(fake_part(&request, SOFIA_PART_BODY), "{\"order_ids\":[\"C\"]}");
}

Test(encode, cancel_all_fills_a_request_and_leaves_the_rest)
{
    struct sofia_request request;
    static char orders[16384];
    static char body[20000];
    size_t used = 0;

    for (int i = 0; i < 60; i++) {
        used += (size_t)snprintf(orders + used, sizeof(orders) - used,
                                 "%s{\"order_id\":\"6647d29e-5411-45d6-b376-06310b8f3c%02d\","
                                 "\"product_id\":\"BTC-USD\",\"status\":\"OPEN\"}",
                                 i == 0 ? "" : ",", i);
    }
    cr_assert_eq(coinbase_encode_open_orders(rig.self, "", &request), 0);
    rig_answer_to(&rig, rig_last(&rig), 200, "{\"orders\":[],\"has_next\":false}");
    snprintf(body, sizeof(body), "{\"orders\":[%s],\"has_next\":false}", orders);
    rig_answer_to(&rig, &request, 200, body);
    int requests = 0;
    while (coinbase_encode_cancel_all(rig.self, "BTC-USD", &request) == 0) {
        requests++;
    }
    cr_assert_gt(requests, 1);
    cr_assert_lt(requests, 5);
}
