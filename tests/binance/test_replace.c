/* Changes of an order: the bytes that leave, and what each of the venue's answers becomes. */
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

TestSuite(binance_replace, .init = init, .fini = fini);

static struct sofia_decimal number(const char *text)
{
    struct sofia_decimal value;

    cr_assert_eq(sofia_decimal_parse(text, strlen(text), &value), 0);
    return value;
}

static struct sofia_order original(const char *filled)
{
    struct sofia_order order = rig_order();

    order.order_id = 42;
    order.filled_qty = number(filled);
    snprintf(order.venue_id, sizeof(order.venue_id), "9000000123");
    return order;
}

static struct sofia_order replacement(const struct sofia_order *of, const char *qty,
                                      const char *price)
{
    struct sofia_order order = *of;

    order.order_id = 43;
    order.replaces = of->order_id;
    order.qty = number(qty);
    order.price = number(price);
    order.venue_id[0] = '\0';
    snprintf(order.client_id, sizeof(order.client_id), "cb7-000043");
    return order;
}

static int encode(const char *filled, const char *qty, const char *price)
{
    struct sofia_order old = original(filled);
    struct sofia_order new = replacement(&old, qty, price);

    return binance_exchange.encode_replace(rig.self, &old, &new, &request);
}

static void expect_body(uint32_t endpoint, const char *wanted)
{
    const char *body = fake_part(&request, SOFIA_PART_BODY);
    const char *rest = strstr(body, "&recvWindow=2000&timestamp=1767225600000&signature=");

    cr_assert_not_null(rest, "%s", body);
    cr_expect_eq((size_t)(rest - body), strlen(wanted), "%s", body);
    cr_expect_eq(strncmp(body, wanted, strlen(wanted)), 0, "%s", body);
    cr_expect_str_eq(fake_part(&request, SOFIA_PART_QUERY), "");
    cr_expect_eq(request.endpoint, endpoint);
    cr_expect_eq(request.timeout_ms, 12000);
    cr_expect_neq(request.accept_until_ns, 0);
}

Test(binance_replace, a_smaller_quantity_is_an_amend_that_keeps_the_place)
{
    cr_assert_eq(encode("0.0005", "0.001", "60000"), 0);
    expect_body(ENDPOINT_ORDER_AMEND,
                "symbol=BTCUSDT&orderId=9000000123&newClientOrderId=cb7-000043&newQty=0.001");
}

Test(binance_replace, anything_else_is_a_cancel_of_an_unfilled_order_and_a_new_one)
{
    cr_assert_eq(encode("0", "0.002", "59000"), 0);
    expect_body(ENDPOINT_CANCEL_REPLACE,
                "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.002&price=59000"
                "&newClientOrderId=cb7-000043&newOrderRespType=FULL"
                "&cancelReplaceMode=STOP_ON_FAILURE&cancelRestrictions=ONLY_NEW"
                "&cancelOrderId=9000000123");
    cr_assert_eq(encode("0", "0.003", "60000"), 0);
    cr_expect_eq(request.endpoint, ENDPOINT_CANCEL_REPLACE);
    cr_assert_eq(encode("0", "0.001", "59000"), 0);
    cr_expect_eq(request.endpoint, ENDPOINT_CANCEL_REPLACE);
}

Test(binance_replace, an_order_with_fills_can_only_become_smaller)
{
    cr_expect_eq(encode("0.0001", "0.002", "59000"), SOFIA_ENOTSUP);
    cr_expect_eq(encode("0.0001", "0.003", "60000"), SOFIA_ENOTSUP);
    cr_expect_eq(encode("0.0001", "0.001", "60000"), 0);
}

/* ---- answers ---- */

static const struct sofia_event_report *report(uint32_t n)
{
    const struct sofia_event_report *event = fake_event(&rig.fake, SOFIA_EV_REPORT, n);

    cr_assert_not_null(event);
    return event;
}

static const char amended[] =
    "{\"transactTime\":1767225607000,\"executionId\":75,\"amendedOrder\":{\"symbol\":\"BTCUSDT\","
    "\"orderId\":9000000123,\"orderListId\":-1,\"origClientOrderId\":\"cb7-000042\","
    "\"clientOrderId\":\"cb7-000043\",\"price\":\"60000.00000000\",\"qty\":\"0.00100000\","
    "\"executedQty\":\"0.00050000\",\"preventedQty\":\"0.00000000\",\"quoteOrderQty\":\"0."
    "00000000\",\"cumulativeQuoteQty\":\"30.00000000\",\"status\":\"PARTIALLY_FILLED\","
    "\"timeInForce\":\"GTC\",\"type\":\"LIMIT\",\"side\":\"BUY\",\"workingTime\":1767225601000,"
    "\"selfTradePreventionMode\":\"EXPIRE_MAKER\"}}";

Test(binance_replace, an_amended_order_is_reported_under_its_new_name)
{
    cr_assert_eq(rig_answer(&rig, ENDPOINT_ORDER_AMEND, 200, amended), 0);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_assert_eq(rig.fake.event_count, 1);
    cr_expect_str_eq(report(0)->client_id, "cb7-000043");
    cr_expect_str_eq(report(0)->venue_id, "9000000123");
    cr_expect_eq(report(0)->state, SOFIA_STATE_PARTIALLY_FILLED);
    cr_expect_str_eq(text_of_decimal(report(0)->qty), "0.001");
    cr_expect_str_eq(text_of_decimal(report(0)->filled_qty), "0.0005");
    cr_expect_eq(report(0)->head.ts_venue_ns, INT64_C(1767225607000000000));
}

Test(binance_replace, half_an_amended_order_is_in_doubt)
{
    cr_assert_eq(rig_answer(&rig, ENDPOINT_ORDER_AMEND, 200, "{\"transactTime\":1}"), 0);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    char half[300];
    snprintf(half, sizeof(half), "%.280s", amended);
    cr_assert_eq(rig_answer(&rig, ENDPOINT_ORDER_AMEND, 200, half), 0);
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    cr_expect_eq(rig.fake.event_count, 0);
}

Test(binance_replace, a_refused_amend_is_rejected)
{
    rig_answer(&rig, ENDPOINT_ORDER_AMEND, 400,
               "{\"code\":-2038,\"msg\":\"The order amendment was rejected.\"}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_REJECTED);
    rig_answer(&rig, ENDPOINT_ORDER_AMEND, 503, "{\"code\":-1008,\"msg\":\"overloaded\"}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
}

#define CANCELLED                                                                                  \
    "{\"symbol\":\"BTCUSDT\",\"origClientOrderId\":\"cb7-000042\",\"orderId\":9000000123,"         \
    "\"orderListId\":-1,\"clientOrderId\":\"kFmDPX\",\"transactTime\":1767225607000,"              \
    "\"price\":\"60000.00000000\",\"origQty\":\"0.00200000\",\"executedQty\":\"0.00000000\","      \
    "\"cummulativeQuoteQty\":\"0.00000000\",\"status\":\"CANCELED\",\"timeInForce\":\"GTC\","      \
    "\"type\":\"LIMIT\",\"side\":\"BUY\"}"
#define PLACED                                                                                     \
    "{\"symbol\":\"BTCUSDT\",\"orderId\":9000000124,\"orderListId\":-1,"                           \
    "\"clientOrderId\":\"cb7-000043\",\"transactTime\":1767225607000,\"price\":\"59000."           \
    "00000000\","                                                                                  \
    "\"origQty\":\"0.00200000\",\"executedQty\":\"0.00000000\",\"cummulativeQuoteQty\":\"0\","     \
    "\"status\":\"NEW\",\"timeInForce\":\"GTC\",\"type\":\"LIMIT\",\"side\":\"BUY\",\"fills\":[]}"
#define LEGS(a, b, cancel, order)                                                                  \
    "{\"cancelResult\":\"" a "\",\"newOrderResult\":\"" b "\",\"cancelResponse\":" cancel          \
    ",\"newOrderResponse\":" order "}"
#define FAILED(code, legs) "{\"code\":" code ",\"msg\":\"Order cancel-replace.\",\"data\":" legs "}"
#define ERROR(code, msg) "{\"code\":" code ",\"msg\":\"" msg "\"}"

static void answer(uint32_t status, const char *body, uint32_t verdict, uint32_t events)
{
    cr_assert_eq(rig_answer(&rig, ENDPOINT_CANCEL_REPLACE, status, body), 0);
    cr_expect_eq(rig.result.verdict, verdict, "%s: %s", body, rig.result.reason);
    cr_expect_eq(rig.fake.event_count, events, "%s", body);
}

Test(binance_replace, both_legs_done_are_the_end_of_one_order_and_the_other)
{
    answer(200, LEGS("SUCCESS", "SUCCESS", CANCELLED, PLACED), SOFIA_VERDICT_ACCEPTED, 2);
    cr_expect_str_eq(report(0)->client_id, "cb7-000042");
    cr_expect_eq(report(0)->state, SOFIA_STATE_CANCELED);
    cr_expect_str_eq(report(1)->client_id, "cb7-000043");
    cr_expect_str_eq(report(1)->venue_id, "9000000124");
    cr_expect_eq(report(1)->state, SOFIA_STATE_NEW);
}

Test(binance_replace, a_cancel_that_failed_leaves_the_original)
{
    answer(400,
           FAILED("-2022",
                  LEGS("FAILURE", "NOT_ATTEMPTED", ERROR("-2011", "Unknown order sent."), "null")),
           SOFIA_VERDICT_REJECTED, 0);
    cr_expect_eq(rig.result.venue_code, -2011);
    cr_expect_str_eq(rig.result.reason, "Unknown order sent.");
}

Test(binance_replace, a_new_order_that_failed_leaves_nothing_and_says_so)
{
    answer(409,
           FAILED("-2021", LEGS("SUCCESS", "FAILURE", CANCELLED,
                                ERROR("-2010", "Order would immediately match and take."))),
           SOFIA_VERDICT_REJECTED, 1);
    cr_expect_str_eq(report(0)->client_id, "cb7-000042");
    cr_expect_eq(report(0)->state, SOFIA_STATE_CANCELED);
    cr_expect_str_eq(rig.result.reason,
                     "cancelled, not replaced: Order would immediately match and take.");
}

Test(binance_replace, what_a_leg_does_not_know_is_in_doubt)
{
    answer(409,
           FAILED("-2021",
                  LEGS("SUCCESS", "FAILURE", CANCELLED, ERROR("-1006", "Unexpected response"))),
           SOFIA_VERDICT_IN_DOUBT, 1);
}

Test(binance_replace, two_lives_or_half_an_answer_are_in_doubt)
{
    answer(409, FAILED("-2021", LEGS("FAILURE", "SUCCESS", ERROR("-2011", "x"), PLACED)),
           SOFIA_VERDICT_IN_DOUBT, 0);
    answer(200, LEGS("SUCCESS", "SUCCESS", "{}", PLACED), SOFIA_VERDICT_IN_DOUBT, 1);
    answer(200, "{\"cancelResult\":\"SUCCESS\"}", SOFIA_VERDICT_IN_DOUBT, 1);
    answer(400, ERROR("-2022", "no data"), SOFIA_VERDICT_IN_DOUBT, 1);
    answer(409, "{\"code\":-2021,\"msg\":\"x\",\"data\":{\"cancelResult\":\"SUCC",
           SOFIA_VERDICT_IN_DOUBT, 1);
    answer(504, FAILED("-2021", LEGS("SUCCESS", "FAILURE", CANCELLED, ERROR("-2010", "x"))),
           SOFIA_VERDICT_IN_DOUBT, 1);
}

Test(binance_replace, a_refusal_before_either_leg_is_one)
{
    answer(429, ERROR("-1015", "Too many new orders"), SOFIA_VERDICT_REJECTED, 1);
    answer(400, ERROR("-1013", "Filter failure: PRICE_FILTER"), SOFIA_VERDICT_REJECTED, 1);
}
