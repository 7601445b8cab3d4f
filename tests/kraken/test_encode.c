/* Orders and questions as bytes. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
    rig.fake.nonce = 7;
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(kraken_encode, .init = init, .fini = fini);

static const char *body(const struct sofia_request *request)
{
    return fake_part(request, SOFIA_PART_BODY);
}

/* Venue clock 2026-01-01T00:00:00.000999999, deadline 5 s. */
Test(kraken_encode, a_limit_order)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(&rig, &order);

    cr_expect_str_eq(body(&request),
                     "nonce=7&pair=XBTUSD&type=buy&volume=0.01&ordertype=limit&price=83744.3&"
                     "timeinforce=GTC&cl_ord_id=" CLIENT_ID
                     "&deadline=2026-01-01T00%3A00%3A05.000Z");
    cr_expect_eq(request.endpoint, ENDPOINT_ADD_ORDER);
    cr_expect_str_eq(request.budget_symbol, "BTC/USD");
    cr_expect_eq(request.weight, 1);
    cr_expect_null(strstr(body(&request), "userref"));
}

/* Absence is proof only when the deadline is over and the listings have caught up. */
Test(kraken_encode, the_acceptance_window_is_the_deadline_and_the_lag_of_listings)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(&rig, &order);

    cr_expect_eq(request.accept_until_ns,
                 (FAKE_VENUE_NOW_MS + 5000) * INT64_C(1000000) + INT64_C(60000000000));
    cr_expect_gt(request.timeout_ms, 5000);
}

Test(kraken_encode, post_only_ioc_and_market)
{
    struct sofia_order order = rig_order();
    struct sofia_request request;

    order.flags = SOFIA_ORDER_POST_ONLY;
    request = rig_submit(&rig, &order);
    cr_expect_not_null(strstr(body(&request), "&timeinforce=GTC&oflags=post&"));
    order.flags = 0;
    order.tif = SOFIA_TIF_IOC;
    request = rig_submit(&rig, &order);
    cr_expect_not_null(strstr(body(&request), "&timeinforce=IOC&"));
    order.type = SOFIA_TYPE_MARKET;
    order.tif = 0;
    order.price = sofia_decimal_absent();
    request = rig_submit(&rig, &order);
    cr_expect_not_null(strstr(body(&request), "&ordertype=market&cl_ord_id="));
    cr_expect_null(strstr(body(&request), "price"));
}

/* Digits only: no exponent, no sign (it would make a price relative), no comma. */
Test(kraken_encode, amounts_are_plain_digits)
{
    struct sofia_order order = rig_order();

    order.qty = sofia_decimal_of(1, -8);
    order.price = sofia_decimal_of(83744, 2);
    struct sofia_request request = rig_submit(&rig, &order);
    cr_expect_not_null(strstr(body(&request), "&volume=0.00000001&"));
    cr_expect_not_null(strstr(body(&request), "&price=8374400&"));
    order.price = dec("-1");
    cr_expect_eq(kraken_exchange.encode_submit(rig.self, &order, &request), SOFIA_EINVAL);
    cr_expect_eq(request.segment_count, 0);
    order.price = sofia_decimal_absent();
    cr_expect_eq(kraken_exchange.encode_submit(rig.self, &order, &request), SOFIA_EINVAL);
}

Test(kraken_encode, client_ids_are_a_uuid_or_at_most_18_plain_characters)
{
    cr_expect(kraken_is_client_id(CLIENT_ID));
    cr_expect(kraken_is_client_id("0198f3b26c114a408d523e1f8a7c5b10"));
    cr_expect(kraken_is_client_id("a-short_one"));
    cr_expect(kraken_is_client_id("123456789012345678"));
    cr_expect(!kraken_is_client_id("1234567890123456789"));
    cr_expect(!kraken_is_client_id("1234567890123456789012"));
    cr_expect(!kraken_is_client_id(""));
    cr_expect(!kraken_is_client_id("0198f3b2-6c11-4a40-8d52-3e1f8a7c5bzz"));
    cr_expect(!kraken_is_client_id("0198f3b2x6c11-4a40-8d52-3e1f8a7c5b10"));
    struct sofia_order order = rig_order();
    struct sofia_request request;
    snprintf(order.client_id, sizeof(order.client_id), "%s", "not legal here");
    cr_expect_eq(kraken_exchange.encode_submit(rig.self, &order, &request), SOFIA_EINVAL);
}

Test(kraken_encode, nothing_is_placed_without_the_venues_clock)
{
    struct sofia_order order = rig_order();
    struct sofia_request request;

    rig.fake.venue_now_ns = 0;
    cr_expect_lt(kraken_exchange.encode_submit(rig.self, &order, &request), 0);
    cr_expect_eq(kraken_exchange.encode_cancel(rig.self, &order, &request), SOFIA_OK,
                 "a cancel needs no clock");
}

Test(kraken_encode, a_cancel_names_the_venues_id_once_it_is_known)
{
    struct sofia_order order = rig_order();
    struct sofia_request request;

    kraken_exchange.encode_cancel(rig.self, &order, &request);
    cr_expect_str_eq(body(&request), "nonce=7&cl_ord_id=" CLIENT_ID);
    snprintf(order.venue_id, sizeof(order.venue_id), "%s", TXID);
    kraken_exchange.encode_cancel(rig.self, &order, &request);
    cr_expect_str_eq(body(&request), "nonce=8&txid=" TXID);
}

/* Fixed tables of the venue's engine counter, at the edges of every age. */
Test(kraken_encode, a_cancel_costs_by_the_age_of_the_order)
{
    static const struct {
        int64_t age_s;
        uint32_t cancel;
        uint32_t amend;
    } rows[] = {{0, 8, 4},  {5, 8, 4},  {6, 6, 3},  {11, 5, 2},  {16, 4, 1},
                {45, 4, 1}, {46, 2, 1}, {91, 1, 1}, {301, 0, 1}, {9999, 0, 1}};
    struct sofia_order order = rig_order();

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        order.created_ns =
            rig.fake.host.now_ns(&rig.fake.host) - rows[i].age_s * INT64_C(1000000000);
        cr_expect_eq(kraken_cancel_cost(rig.k, &order), rows[i].cancel, "%ld s",
                     (long)rows[i].age_s);
        cr_expect_eq(kraken_amend_cost(rig.k, &order), rows[i].amend, "%ld s", (long)rows[i].age_s);
        struct sofia_request request;
        kraken_exchange.encode_cancel(rig.self, &order, &request);
        cr_expect_eq(request.weight, rows[i].cancel);
        cr_expect_str_eq(request.budget_symbol, "BTC/USD");
    }
}

Test(kraken_encode, an_amend_keeps_the_order_and_tells_the_whole_quantity)
{
    struct sofia_order original = rig_order();
    struct sofia_order order = rig_order();
    struct sofia_request request;

    snprintf(original.venue_id, sizeof(original.venue_id), "%s", TXID);
    order.qty = dec("0.02");
    order.price = dec("83745");
    cr_assert_eq(kraken_exchange.encode_replace(rig.self, &original, &order, &request), SOFIA_OK);
    cr_expect_str_eq(body(&request), "nonce=7&txid=" TXID "&order_qty=0.02&limit_price=83745&"
                                     "deadline=2026-01-01T00%3A00%3A05.000Z");
    cr_expect_eq(request.endpoint, ENDPOINT_AMEND_ORDER);
}

Test(kraken_encode, there_is_no_cancel_all_of_one_symbol)
{
    struct sofia_request request;

    cr_expect_eq(kraken_exchange.encode_cancel_all(rig.self, "BTC/USD", &request), SOFIA_ENOTSUP);
}

Test(kraken_encode, the_dead_mans_switch)
{
    struct sofia_request request;

    cr_assert_eq(kraken_exchange.encode_dead_man(rig.self, 60, &request), SOFIA_OK);
    cr_expect_str_eq(body(&request), "nonce=7&timeout=60");
    cr_expect_eq(kraken_endpoints[request.endpoint].class_, SOFIA_CLASS_CANCEL);
    cr_assert_eq(kraken_exchange.encode_dead_man(rig.self, 0, &request), SOFIA_OK);
    cr_expect_str_eq(body(&request), "nonce=8&timeout=0");
    cr_expect_lt(kraken_exchange.encode_dead_man(rig.self, 86400, &request), 0);
}

Test(kraken_encode, questions)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_query(&rig, &order);

    cr_expect_eq(request.endpoint, ENDPOINT_OPEN_ORDERS, "there is no query by client id");
    cr_expect_str_eq(body(&request), "nonce=7&cl_ord_id=" CLIENT_ID);
    snprintf(order.venue_id, sizeof(order.venue_id), "%s", TXID);
    request = rig_query(&rig, &order);
    cr_expect_eq(request.endpoint, ENDPOINT_QUERY_ORDERS);
    cr_expect_str_eq(body(&request), "nonce=8&txid=" TXID "&consolidate_taker=false");
    kraken_exchange.encode_account(rig.self, &request);
    cr_expect_str_eq(body(&request), "nonce=9");
    kraken_exchange.encode_open_orders(rig.self, "", &request);
    cr_expect_str_eq(body(&request), "nonce=10&trades=false");
    struct sofia_trades_query query = {.size = sizeof(query),
                                       .since_ns = INT64_C(1790359701987600000)};
    kraken_exchange.encode_trades(rig.self, &query, &request);
    cr_expect_str_eq(body(&request), "nonce=11&start=1790359700&ofs=0&consolidate_taker=false");
    cr_expect_eq(kraken_endpoints[request.endpoint].charges[0].amount, 4);
    snprintf(query.from, sizeof(query.from), "%s", "50");
    kraken_exchange.encode_trades(rig.self, &query, &request);
    cr_expect_not_null(strstr(body(&request), "&ofs=50&"));
}

Test(kraken_encode, every_private_question_is_a_post_with_a_body_and_class_read)
{
    for (uint32_t i = ENDPOINT_QUERY_ORDERS; i <= ENDPOINT_TOKEN; i++) {
        cr_expect_eq(kraken_endpoints[i].class_, SOFIA_CLASS_READ, "%s", kraken_endpoints[i].path);
        cr_expect_eq(kraken_endpoints[i].flags, SOFIA_ENDPOINT_RESEND_SAFE);
        cr_expect_str_eq(kraken_endpoints[i].method, "POST");
    }
}
