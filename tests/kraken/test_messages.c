/* Orders over the private stream. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

static struct rig rig;

static void init(void)
{
    rig_prepare(&rig);
    fake_option(&rig.fake, "api_key", "public-half");
    fake_option(&rig.fake, "api_secret", KRAKEN_SECRET);
    fake_option(&rig.fake, "order_entry", "ws");
    fake_option(&rig.fake, "deadline", "500ms");
    rig_start(&rig);
    struct sofia_request request;
    kraken_encode_instruments(rig.self, &request);
    rig_result(&rig, &request, rig_pairs);
    kraken_instrument(rig.k, &rig.k->symbols.rows[0]);
    fake_clear(&rig.fake);
    rig_user_up(&rig);
    fake_clear(&rig.fake);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(kraken_messages, .init = init, .fini = fini);

static const struct sofia_event_report *report(uint32_t n)
{
    const struct sofia_event_report *event = fake_event(&rig.fake, SOFIA_EV_REPORT, n);

    cr_assert_not_null(event);
    return event;
}

static void reply(const struct sofia_request *request, const char *method, const char *more)
{
    char frame[512];

    snprintf(frame, sizeof(frame), "{\"method\":\"%s\",%s,\"req_id\":%llu}", method, more,
             (unsigned long long)request->cookie);
    rig_user(&rig, frame);
}

Test(kraken_messages, an_order_as_a_message)
{
    struct sofia_order order = rig_order();
    struct sofia_request request;
    char expected[512];

    order.flags = SOFIA_ORDER_POST_ONLY;
    request = rig_submit(&rig, &order);
    snprintf(expected, sizeof(expected),
             "{\"method\":\"add_order\",\"params\":{\"symbol\":\"BTC/USD\",\"side\":\"buy\","
             "\"order_qty\":0.01,\"order_type\":\"limit\",\"limit_price\":83744.3,"
             "\"time_in_force\":\"gtc\",\"post_only\":true,\"cl_ord_id\":\"" CLIENT_ID
             "\",\"deadline\":\"2026-01-01T00:00:00.500Z\",\"token\":\"<token>\"},\"req_id\":%llu}",
             (unsigned long long)request.cookie);
    cr_expect_str_eq(fake_part(&request, SOFIA_PART_BODY), expected);
    cr_expect_eq(request.endpoint, ENDPOINT_WS_ADD_ORDER);
    cr_expect_str_eq(request.budget_symbol, "BTC/USD");
}

/* The host says that the bytes left; what the venue says comes as a frame. Until then nobody knows. */
Test(kraken_messages, sent_is_in_doubt_and_the_answer_settles_it)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(&rig, &order);

    rig_answer_to(&rig, &request, 0, "");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    reply(&request, "add_order", "\"result\":{\"order_id\":\"" TXID "\"},\"success\":true");
    cr_expect_eq(report(0)->state, SOFIA_STATE_NEW);
    cr_expect_str_eq(report(0)->client_id, CLIENT_ID);
    cr_expect_str_eq(report(0)->venue_id, TXID);
}

Test(kraken_messages, a_certain_refusal_is_a_rejection_and_an_uncertain_one_is_asked_for)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(&rig, &order);

    reply(&request, "add_order", "\"error\":\"EOrder:Insufficient funds\",\"success\":false");
    cr_expect_eq(report(0)->state, SOFIA_STATE_REJECTED);
    cr_expect_str_eq(report(0)->reason, "EOrder:Insufficient funds");
    reply(&request, "add_order", "\"error\":\"EOrder:Insufficient funds\",\"success\":false");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 1, "told once");
    request = rig_submit(&rig, &order);
    reply(&request, "add_order", "\"error\":\"EService:Busy\",\"success\":false");
    cr_expect_eq(report(1)->state, 0);
    request = rig_submit(&rig, &order);
    reply(&request, "add_order", "\"error\":\"EOrder:Never heard of\"");
    cr_expect_eq(report(2)->state, 0, "no success is a failure");
}

Test(kraken_messages, an_empty_order_id_is_no_live_order)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(&rig, &order);

    reply(&request, "add_order", "\"result\":{\"order_id\":\"\"},\"success\":true");
    cr_expect_eq(report(0)->state, 0);
    cr_expect_str_eq(report(0)->venue_id, "");
}

Test(kraken_messages, a_stale_token_refuses_the_order_for_now_and_is_renewed)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(&rig, &order);

    reply(&request, "add_order", "\"error\":\"ESession:Invalid session\",\"success\":false");
    cr_expect_eq(report(0)->state, 0, "not accepted, but verify");
    cr_expect_eq(rig.k->user.state, USER_WAITING);
    cr_expect_lt(kraken_exchange.encode_submit(rig.self, &order, &request), 0,
                 "nothing leaves without a token");
}

Test(kraken_messages, a_cancel_and_an_amend_as_messages)
{
    struct sofia_order order = rig_order();
    struct sofia_order original = rig_order();
    struct sofia_request request;

    snprintf(order.venue_id, sizeof(order.venue_id), "%s", TXID);
    kraken_exchange.encode_cancel(rig.self, &order, &request);
    cr_expect_not_null(strstr(fake_part(&request, SOFIA_PART_BODY),
                              "\"method\":\"cancel_order\",\"params\":{\"order_id\":[\"" TXID
                              "\"],"));
    reply(&request, "cancel_order", "\"result\":{\"order_id\":\"" TXID "\"},\"success\":true");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 0);
    reply(&request, "cancel_order", "\"error\":\"EOrder:Unknown order\",\"success\":false");
    cr_expect_eq(report(0)->state, 0, "it may have filled: ask");
    snprintf(original.venue_id, sizeof(original.venue_id), "%s", TXID);
    order.venue_id[0] = '\0';
    snprintf(order.client_id, sizeof(order.client_id), "%s",
             "0198f3b2-6c11-4a40-8d52-3e1f8a7c5b12");
    order.qty = dec("0.02");
    kraken_exchange.encode_replace(rig.self, &original, &order, &request);
    cr_expect_not_null(strstr(fake_part(&request, SOFIA_PART_BODY),
                              "\"method\":\"amend_order\",\"params\":{\"order_id\":\"" TXID
                              "\",\"order_qty\":0.02,\"limit_price\":83744.3,"));
    reply(&request, "amend_order", "\"result\":{\"amend_id\":\"TTW6PD\"},\"success\":true");
    cr_expect_str_eq(report(1)->client_id, "0198f3b2-6c11-4a40-8d52-3e1f8a7c5b12");
    cr_expect_str_eq(report(1)->venue_id, TXID);
    cr_expect_eq(report(1)->state, SOFIA_STATE_NEW);
}

/* A cancel must not wait for the stream. */
Test(kraken_messages, without_the_stream_a_cancel_goes_by_rest)
{
    struct sofia_order order = rig_order();
    struct sofia_request request;

    kraken_exchange.on_stream(rig.self, 102, STREAM_COOKIE_USER, SOFIA_STREAM_LOST, rig.generation);
    cr_assert_eq(kraken_exchange.encode_cancel(rig.self, &order, &request), SOFIA_OK);
    cr_expect_eq(request.endpoint, ENDPOINT_CANCEL_ORDER);
}
