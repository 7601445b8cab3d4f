/* Limits: what headers count, and when the venue wants silence. */
#include <criterion/criterion.h>

#include <string.h>

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

TestSuite(binance_usage, .init = init, .fini = fini);

static void answer(uint32_t status, const char *headers, const char *body)
{
    struct sofia_answer a = {.size = sizeof(a),
                             .endpoint = ENDPOINT_ORDER_PLACE,
                             .outcome = SOFIA_ANSWER_OK,
                             .http_status = status,
                             .headers = headers,
                             .headers_len = strlen(headers),
                             .body = body,
                             .body_len = strlen(body)};

    fake_clear(&rig.fake);
    rig.result = (struct sofia_result){.size = sizeof(rig.result)};
    cr_assert_eq(binance_exchange.on_answer(rig.self, &a, &rig.result), 0);
}

static const struct sofia_event_usage *usage(uint32_t n)
{
    const struct sofia_event_usage *event = fake_event(&rig.fake, SOFIA_EV_USAGE, n);

    cr_assert_not_null(event);
    return event;
}

Test(binance_usage, headers_count_in_any_case)
{
    answer(200,
           "HTTP/1.1 200 OK\r\nX-MBX-USED-WEIGHT: 12\r\nX-Mbx-Used-Weight-1M: 12\r\n"
           "x-mbx-order-count-10s:3\r\nX-MBX-ORDER-COUNT-1D:   41\r\nX-MBX-ORDER-COUNT-7H: 9\r\n"
           "x-mbx-used-weight-1m: many\r\nx-mbx-used-weight-: 5\r\nno colon",
           "{}");
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_USAGE), 3);
    cr_expect_eq(usage(0)->bucket, BUCKET_WEIGHT_1M);
    cr_expect_eq(usage(0)->used, 12);
    cr_expect_eq(usage(0)->limit, 0);
    cr_expect_eq(usage(0)->blocked, 0);
    cr_expect_eq(usage(1)->bucket, BUCKET_ORDERS_10S);
    cr_expect_eq(usage(1)->used, 3);
    cr_expect_eq(usage(2)->bucket, BUCKET_ORDERS_1D);
    cr_expect_eq(usage(2)->used, 41);
}

Test(binance_usage, retry_after_is_seconds_from_now)
{
    answer(429, "retry-after: 20\n", "{\"code\":-1003,\"msg\":\"Too many requests.\"}");
    cr_expect_eq(rig.result.retry_after_ms, 20000);
    cr_expect_eq(usage(0)->bucket, BUCKET_WEIGHT_1M);
    cr_expect_eq(usage(0)->blocked, 1);
    cr_expect_eq(usage(0)->until_ns, FAKE_VENUE_NOW_NS + 20 * BINANCE_NS_PER_S);
}

Test(binance_usage, a_ban_silences_everything)
{
    answer(418, "Retry-After: 259200\r\n", "<html>");
    cr_expect_eq(rig.result.retry_after_ms, 259200000);
    cr_expect_eq(usage(0)->blocked, 2);
}

Test(binance_usage, a_ban_tells_its_end_in_words)
{
    answer(418, "",
           "{\"code\":-1003,\"msg\":\"Way too much; IP banned until 1767225900000. Use ws.\"}");
    cr_expect_eq(rig.result.retry_after_ms, 300000);
    cr_expect_eq(usage(0)->blocked, 2);
}

Test(binance_usage, a_ban_without_a_date_is_at_least_two_minutes)
{
    answer(418, "", "{\"code\":-1003,\"msg\":\"Banned.\"}");
    cr_expect_eq(rig.result.retry_after_ms, 120000);
}

Test(binance_usage, too_many_orders_silences_orders_not_questions)
{
    answer(429, "Retry-After: 4\r\n",
           "{\"code\":-1015,\"msg\":\"Too many new orders; current limit is 100 orders per 10 "
           "SECOND.\"}");
    cr_expect_eq(usage(0)->bucket, BUCKET_ORDERS_10S);
    cr_expect_eq(usage(0)->blocked, 1);
    cr_expect_eq(rig.result.retry_after_ms, 4000);
    answer(429, "",
           "{\"code\":-1015,\"msg\":\"Too many new orders; limit is 200000 orders per 1 DAY.\"}");
    cr_expect_eq(usage(0)->bucket, BUCKET_ORDERS_1D);
    cr_expect_eq(rig.result.retry_after_ms, 10000);
}

Test(binance_usage, a_busy_server_is_no_limit)
{
    answer(503, "", "{\"code\":-1008,\"msg\":\"Overloaded.\"}");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_USAGE), 0);
    cr_expect_eq(rig.result.retry_after_ms, 120000);
}

Test(binance_usage, an_absurd_retry_after_does_not_overflow)
{
    answer(429, "Retry-After: 18446744073709551615\r\n", "");
    cr_expect_eq(rig.result.retry_after_ms, UINT32_MAX);
    cr_expect_gt(usage(0)->until_ns, FAKE_VENUE_NOW_NS);
}
