/* Orders and questions as the exact bytes that leave. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

static struct rig rig;
static struct sofia_request request;

static void init(void)
{
    rig_init(&rig);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(binance_encode, .init = init, .fini = fini);

/* The part of a form before its signature, which must be the last parameter and well formed. */
static const char *unsigned_part(uint32_t part)
{
    static char text[SOFIA_REQUEST_BYTES];
    const char *form = fake_part(&request, part);
    const char *signature = strstr(form, "&signature=");

    cr_assert_not_null(signature, "%s", form);
    cr_assert_eq(strspn(signature + 11, "0123456789abcdef"), 64);
    cr_assert_eq(strlen(signature + 11), 64);
    snprintf(text, sizeof(text), "%.*s", (int)(signature - form), form);
    return text;
}

static const char timing[] = "&recvWindow=2000&timestamp=1767225600000";

static void expect_form(uint32_t part, const char *wanted)
{
    char text[1024];

    snprintf(text, sizeof(text), "%s%s", wanted, timing);
    cr_expect_str_eq(unsigned_part(part), text);
}

static int submit(const struct sofia_order *order)
{
    return binance_exchange.encode_submit(rig.self, order, &request);
}

Test(binance_encode, a_limit_order)
{
    struct sofia_order order = rig_order();

    cr_assert_eq(submit(&order), 0);
    expect_form(SOFIA_PART_BODY,
                "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.002&price=60000"
                "&newClientOrderId=cb7-000042&newOrderRespType=FULL");
    cr_expect_str_eq(fake_part(&request, SOFIA_PART_HEADER),
                     "Content-Type: application/x-www-form-urlencoded\nX-MBX-APIKEY: <key>");
    cr_expect_str_eq(fake_part(&request, SOFIA_PART_QUERY), "");
    cr_expect_eq(request.endpoint, ENDPOINT_ORDER_PLACE);
    cr_expect_eq(request.timeout_ms, 12000);
    cr_expect_eq(request.accept_until_ns, (FAKE_VENUE_NOW_MS + 2000) * 1000000);
}

Test(binance_encode, the_times_in_force)
{
    struct sofia_order order = rig_order();

    order.side = SOFIA_SIDE_SELL;
    order.tif = SOFIA_TIF_IOC;
    cr_assert_eq(submit(&order), 0);
    cr_expect_not_null(
        strstr(unsigned_part(SOFIA_PART_BODY), "side=SELL&type=LIMIT&timeInForce=IOC&"));
    order.tif = SOFIA_TIF_FOK;
    cr_assert_eq(submit(&order), 0);
    cr_expect_not_null(strstr(unsigned_part(SOFIA_PART_BODY), "&timeInForce=FOK&"));
    order.tif = 0;
    cr_expect_lt(submit(&order), 0);
}

Test(binance_encode, post_only_is_a_limit_maker_without_time_in_force)
{
    struct sofia_order order = rig_order();

    order.flags = SOFIA_ORDER_POST_ONLY;
    cr_assert_eq(submit(&order), 0);
    expect_form(SOFIA_PART_BODY,
                "symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.002&price=60000"
                "&newClientOrderId=cb7-000042&newOrderRespType=FULL");
    order.tif = SOFIA_TIF_IOC;
    cr_expect_lt(submit(&order), 0);
}

Test(binance_encode, a_market_order_has_a_quantity_only)
{
    struct sofia_order order = rig_order();

    order.type = SOFIA_TYPE_MARKET;
    order.tif = 0;
    order.price = sofia_decimal_absent();
    cr_assert_eq(submit(&order), 0);
    expect_form(SOFIA_PART_BODY, "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.002"
                                 "&newClientOrderId=cb7-000042&newOrderRespType=FULL");
}

/* Item 2 of what the adapter must prove. */
Test(binance_encode, numbers_are_exact_text)
{
    static const struct {
        const char *value;
        const char *text;
    } numbers[] = {
        {"0.00000001", "quantity=0.00000001&"},
        {"0.00001", "quantity=0.00001&"},
        {"9000", "quantity=9000&"},
        {"9000.00000000", "quantity=9000&"},
        {"92233720368.54775807", "quantity=92233720368.54775807&"},
        {"0.30000000000000004", "quantity=0.30000000000000004&"},
        {"1000000000000000000", "quantity=1000000000000000000&"},
    };
    struct sofia_order order = rig_order();

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        order.qty = dec(numbers[i].value);
        cr_assert_eq(submit(&order), 0, "%s", numbers[i].value);
        cr_expect_not_null(strstr(unsigned_part(SOFIA_PART_BODY), numbers[i].text), "%s",
                           numbers[i].value);
    }
}

Test(binance_encode, what_is_no_amount_is_not_sent)
{
    struct sofia_order order = rig_order();
    const struct sofia_decimal bad[] = {dec("-1"),
                                        dec("0"),
                                        sofia_decimal_absent(),
                                        dec("NaN"),
                                        sofia_decimal_of(1, 20),
                                        sofia_decimal_of(1, -21)};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        order = rig_order();
        order.qty = bad[i];
        cr_expect_lt(submit(&order), 0, "quantity %zu", i);
        cr_expect_eq(request.segment_count, 0, "a refused request must not be sendable");
        order = rig_order();
        order.price = bad[i];
        cr_expect_lt(submit(&order), 0, "price %zu", i);
    }
    cr_expect_not_null(strstr(rig.fake.log, "order not encoded"));
}

Test(binance_encode, an_id_the_venue_would_refuse_is_not_sent)
{
    static const char *const bad[] = {"", "has.dot", "1234567890123456789012345678901234567",
                                      "ümlaut", "a b"};
    struct sofia_order order = rig_order();

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(order.client_id, sizeof(order.client_id), "%s", bad[i]);
        cr_expect_lt(submit(&order), 0, "'%s'", bad[i]);
    }
    snprintf(order.client_id, sizeof(order.client_id), "123456789012345678901234567890-_aZ09");
    cr_expect_eq(submit(&order), 0);
}

Test(binance_encode, nothing_signed_leaves_before_the_clock_is_known)
{
    struct sofia_order order = rig_order();

    rig.fake.venue_now_ns = 0;
    cr_expect_eq(submit(&order), SOFIA_EAGAIN);
    cr_expect_eq(binance_exchange.encode_account(rig.self, &request), SOFIA_EAGAIN);
    cr_expect_eq(binance_exchange.encode_time(rig.self, &request), 0);
    cr_expect_eq(binance_exchange.encode_instruments(rig.self, &request), 0);
}

Test(binance_encode, a_cancel_names_the_order_by_its_venue_id_once_known)
{
    struct sofia_order order = rig_order();

    cr_assert_eq(binance_exchange.encode_cancel(rig.self, &order, &request), 0);
    expect_form(SOFIA_PART_BODY,
                "symbol=BTCUSDT&origClientOrderId=cb7-000042&newClientOrderId=cb7-c-000042");
    snprintf(order.venue_id, sizeof(order.venue_id), "9223372036854775807");
    cr_assert_eq(binance_exchange.encode_cancel(rig.self, &order, &request), 0);
    expect_form(SOFIA_PART_BODY,
                "symbol=BTCUSDT&orderId=9223372036854775807&newClientOrderId=cb7-c-000042");
    cr_expect_eq(request.endpoint, ENDPOINT_ORDER_CANCEL);
    cr_expect_neq(request.accept_until_ns, 0);
}

Test(binance_encode, cancel_all_is_per_symbol)
{
    cr_assert_eq(binance_exchange.encode_cancel_all(rig.self, "BTCUSDT", &request), 0);
    expect_form(SOFIA_PART_BODY, "symbol=BTCUSDT");
    cr_expect_eq(request.endpoint, ENDPOINT_CANCEL_ALL);
    cr_expect_lt(binance_exchange.encode_cancel_all(rig.self, "", &request), 0);
}

Test(binance_encode, questions)
{
    struct sofia_order order = rig_order();

    cr_assert_eq(binance_exchange.encode_query(rig.self, &order, &request), 0);
    expect_form(SOFIA_PART_QUERY, "symbol=BTCUSDT&origClientOrderId=cb7-000042");
    cr_expect_str_eq(fake_part(&request, SOFIA_PART_HEADER), "X-MBX-APIKEY: <key>");
    cr_assert_eq(binance_exchange.encode_open_orders(rig.self, "BTCUSDT", &request), 0);
    expect_form(SOFIA_PART_QUERY, "symbol=BTCUSDT");
    cr_expect_eq(request.weight, 0);
    cr_assert_eq(binance_exchange.encode_open_orders(rig.self, "", &request), 0);
    cr_expect_str_eq(unsigned_part(SOFIA_PART_QUERY), timing + 1);
    cr_expect_eq(request.weight, 80);
    cr_assert_eq(binance_exchange.encode_account(rig.self, &request), 0);
    expect_form(SOFIA_PART_QUERY, "omitZeroBalances=true");
    cr_assert_eq(binance_exchange.encode_time(rig.self, &request), 0);
    cr_expect_eq(request.segment_count, 0);
    cr_assert_eq(binance_exchange.encode_instruments(rig.self, &request), 0);
    cr_expect_str_eq(fake_part(&request, SOFIA_PART_QUERY), "showPermissionSets=false");
}

Test(binance_encode, trades_ask_in_combinations_the_venue_has)
{
    struct sofia_trades_query query = {.size = sizeof(query), .since_ns = 1767225600123456789};

    snprintf(query.venue_symbol, sizeof(query.venue_symbol), "BTCUSDT");
    cr_assert_eq(binance_exchange.encode_trades(rig.self, &query, &request), 0);
    expect_form(SOFIA_PART_QUERY, "symbol=BTCUSDT&startTime=1767225600123&limit=1000");
    cr_expect_eq(request.weight, 0);
    snprintf(query.from, sizeof(query.from), "700003");
    cr_assert_eq(binance_exchange.encode_trades(rig.self, &query, &request), 0);
    expect_form(SOFIA_PART_QUERY, "symbol=BTCUSDT&fromId=700003&limit=1000");
    snprintf(query.venue_order_id, sizeof(query.venue_order_id), "9000000123");
    cr_assert_eq(binance_exchange.encode_trades(rig.self, &query, &request), 0);
    expect_form(SOFIA_PART_QUERY, "symbol=BTCUSDT&orderId=9000000123&fromId=700003&limit=1000");
    cr_expect_eq(request.weight, 5);
    query.from[0] = '\0';
    cr_assert_eq(binance_exchange.encode_trades(rig.self, &query, &request), 0);
    expect_form(SOFIA_PART_QUERY, "symbol=BTCUSDT&orderId=9000000123&limit=1000");
}

Test(binance_encode, endpoints_keep_the_promises_of_the_interface)
{
    const struct sofia_exchange *x = &binance_exchange;

    for (uint32_t i = 0; i < x->endpoint_count; i++) {
        const struct sofia_endpoint *e = &x->endpoints[i];
        int is_question = e->class_ == SOFIA_CLASS_PUBLIC || e->class_ == SOFIA_CLASS_READ;
        int is_message = strcmp(e->method, "WS") == 0;
        cr_expect_lt(e->origin, x->origin_count);
        cr_expect_eq((e->flags & SOFIA_ENDPOINT_RESEND_SAFE) != 0, is_question && !is_message,
                     "%s %s", e->method, e->path);
        for (int c = 0; c < SOFIA_ENDPOINT_CHARGES; c++) {
            cr_expect_leq(e->charges[c].bucket, x->bucket_count);
        }
    }
    for (uint32_t i = 0; i < x->bucket_count; i++) {
        cr_expect_geq(x->buckets[i].reserve_percent, 20);
    }
}
