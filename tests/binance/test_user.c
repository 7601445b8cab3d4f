/* The private stream: subscribing, watching over it, and its events. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
    binance_exchange.on_stream(rig.self, 102, STREAM_COOKIE_USER, SOFIA_STREAM_UP, 1);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(binance_user, .init = init, .fini = fini);

static uint32_t channel(void)
{
    uint32_t count = fake_count(&rig.fake, SOFIA_EV_CHANNEL);
    const struct sofia_event_channel *event =
        count > 0 ? fake_event(&rig.fake, SOFIA_EV_CHANNEL, count - 1) : NULL;

    return event != NULL && event->channel == SOFIA_CHANNEL_PRIVATE ? event->state : 0;
}

static void subscribed(void)
{
    cr_assert_eq(rig_user(&rig, "{\"id\":\"s1\",\"status\":200,\"result\":{\"subscriptionId\":0}}"),
                 0);
}

static const struct sofia_event_report *report(uint32_t n)
{
    const struct sofia_event_report *event = fake_event(&rig.fake, SOFIA_EV_REPORT, n);

    cr_assert_not_null(event);
    return event;
}

Test(binance_user, it_subscribes_with_a_signature_as_soon_as_it_is_up)
{
    cr_assert_eq(rig.fake.request_count, 1);
    const struct sofia_request *request = &rig.fake.requests[0];
    cr_expect_eq(request->endpoint, ENDPOINT_WS_USER_SUBSCRIBE);
    cr_expect_eq(request->stream, 102);
    const char *text = fake_part(request, SOFIA_PART_BODY);
    cr_expect_not_null(
        strstr(text, "{\"id\":\"s1\",\"method\":\"userDataStream.subscribe.signature\""));
    cr_expect_not_null(strstr(text, "\"apiKey\":\"<key>\""));
    cr_expect_eq(channel(), SOFIA_CHANNEL_RESYNC);
    subscribed();
    cr_expect_eq(channel(), SOFIA_CHANNEL_UP);
    cr_expect_str_eq(rig.fake.opened[1].path, "/ws-api/v3");
    cr_expect_eq(rig.fake.opened[1].purpose, SOFIA_STREAM_PRIVATE);
}

Test(binance_user, it_waits_for_the_clock)
{
    rig.fake.venue_now_ns = 0;
    binance_exchange.on_stream(rig.self, 102, STREAM_COOKIE_USER, SOFIA_STREAM_LOST, 1);
    fake_clear(&rig.fake);
    binance_exchange.on_stream(rig.self, 102, STREAM_COOKIE_USER, SOFIA_STREAM_UP, 2);
    cr_expect_eq(rig.fake.request_count, 0);
    rig.fake.venue_now_ns = FAKE_VENUE_NOW_NS;
    cr_assert(rig_fire(&rig, TIMER_USER));
    cr_expect_eq(rig.fake.request_count, 1);
}

Test(binance_user, no_answer_to_the_subscription_ends_the_connection)
{
    cr_assert(rig_fire(&rig, TIMER_USER));
    cr_expect_eq(rig.fake.restart_count, 1);
    cr_expect_eq(channel(), SOFIA_CHANNEL_DOWN);
}

Test(binance_user, an_active_subscription_is_as_good)
{
    rig_user(&rig, "{\"id\":\"s1\",\"status\":400,\"error\":{\"code\":-2035,\"msg\":\"active\"}}");
    cr_expect_eq(channel(), SOFIA_CHANNEL_UP);
}

Test(binance_user, used_up_subscriptions_need_a_new_connection)
{
    rig_user(&rig,
             "{\"id\":\"s1\",\"status\":400,\"error\":{\"code\":-2042,\"msg\":\"too many\"}}");
    cr_expect_eq(rig.fake.restart_count, 1);
}

Test(binance_user, a_refusal_is_tried_again_when_the_venue_allows)
{
    fake_clear(&rig.fake);
    rig_user(&rig, "{\"id\":\"s1\",\"status\":429,\"error\":{\"code\":-1003,\"msg\":\"Too many\","
                   "\"data\":{\"serverTime\":1767225600000,\"retryAfter\":1767225690000}}}");
    cr_expect_geq(fake_timer_of(&rig.fake, TIMER_USER)->delay_ns, 89 * BINANCE_NS_PER_S);
    const struct sofia_event_usage *usage = fake_event(&rig.fake, SOFIA_EV_USAGE, 0);
    cr_assert_not_null(usage);
    cr_expect_eq(usage->blocked, 1);
    cr_expect_geq(usage->until_ns, FAKE_VENUE_NOW_NS + 89 * BINANCE_NS_PER_S);
    cr_expect_leq(usage->until_ns, FAKE_VENUE_NOW_NS + 91 * BINANCE_NS_PER_S);
    cr_assert(rig_fire(&rig, TIMER_USER));
    cr_expect_eq(rig.fake.request_count, 1);
}

Test(binance_user, a_lost_key_stops_trading)
{
    rig_answer(&rig, ENDPOINT_ACCOUNT, 200, "{\"canTrade\":true,\"balances\":[],\"uid\":5}");
    subscribed();
    fake_clear(&rig.fake);
    rig_user(&rig,
             "{\"id\":null,\"status\":401,\"error\":{\"code\":-2015,\"msg\":\"Invalid key\"}}");
    const struct sofia_event_account *account = fake_event(&rig.fake, SOFIA_EV_ACCOUNT, 0);
    cr_assert_not_null(account);
    cr_expect_eq(account->can_trade, 2);
    cr_expect_str_eq(account->identity, "5");
    cr_expect_eq(channel(), SOFIA_CHANNEL_DOWN);
    cr_expect_eq(rig.fake.log_level, SOFIA_LOG_ERROR);
}

Test(binance_user, it_is_probed_every_half_minute)
{
    subscribed();
    fake_clear(&rig.fake);
    cr_expect_eq(fake_timer_of(&rig.fake, TIMER_USER)->delay_ns, 30 * BINANCE_NS_PER_S);
    cr_assert(rig_fire(&rig, TIMER_USER));
    cr_assert_eq(rig.fake.request_count, 1);
    cr_expect_str_eq(fake_part(&rig.fake.requests[0], SOFIA_PART_BODY),
                     "{\"id\":\"p2\",\"method\":\"session.status\"}");
    rig_user(&rig,
             "{\"id\":\"p2\",\"status\":200,\"result\":{\"apiKey\":null,\"userDataStream\":true}}");
    cr_assert(rig_fire(&rig, TIMER_USER));
    cr_expect_eq(rig.fake.restart_count, 0);
    cr_expect_eq(rig.fake.request_count, 2);
}

Test(binance_user, a_probe_without_an_answer_ends_the_connection)
{
    subscribed();
    rig_fire(&rig, TIMER_USER);
    cr_assert(rig_fire(&rig, TIMER_USER));
    cr_expect_eq(rig.fake.restart_count, 1);
    cr_expect_eq(channel(), SOFIA_CHANNEL_DOWN);
}

Test(binance_user, a_stream_that_died_silently_is_subscribed_anew)
{
    subscribed();
    rig_fire(&rig, TIMER_USER);
    fake_clear(&rig.fake);
    rig_user(&rig, "{\"id\":\"p2\",\"status\":200,\"result\":{\"userDataStream\":false}}");
    cr_expect_eq(channel(), SOFIA_CHANNEL_RESYNC);
    cr_assert(rig_fire(&rig, TIMER_USER));
    cr_expect_eq(rig.fake.request_count, 1);
    rig_user(&rig, "{\"id\":\"s3\",\"status\":200,\"result\":{\"subscriptionId\":1}}");
    cr_expect_eq(channel(), SOFIA_CHANNEL_UP);
}

Test(binance_user, a_terminated_stream_is_subscribed_anew)
{
    subscribed();
    fake_clear(&rig.fake);
    rig_user(&rig, "{\"subscriptionId\":0,\"event\":{\"e\":\"eventStreamTerminated\",\"E\":1}}");
    cr_expect_eq(channel(), SOFIA_CHANNEL_RESYNC);
    cr_assert(rig_fire(&rig, TIMER_USER));
    cr_expect_eq(rig.fake.requests[0].endpoint, ENDPOINT_WS_USER_SUBSCRIBE);
}

Test(binance_user, a_shutdown_of_the_venues_server_is_obeyed)
{
    subscribed();
    rig_user(&rig, "{\"event\":{\"e\":\"serverShutdown\",\"E\":1770123456789}}");
    cr_expect_eq(rig.fake.restart_count, 1);
}

Test(binance_user, a_lost_connection_is_told_once)
{
    subscribed();
    fake_clear(&rig.fake);
    binance_exchange.on_stream(rig.self, 102, STREAM_COOKIE_USER, SOFIA_STREAM_LOST, 1);
    binance_exchange.on_stream(rig.self, 102, STREAM_COOKIE_USER, SOFIA_STREAM_LOST, 1);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_CHANNEL), 1);
    cr_expect_eq(channel(), SOFIA_CHANNEL_DOWN);
    cr_expect_null(fake_timer_of(&rig.fake, TIMER_USER));
}

/* ---- events ---- */

#define REPORT(c, C, x, X, z, more)                                                                \
    "{\"subscriptionId\":0,\"event\":{\"e\":\"executionReport\",\"E\":1767225600009,"              \
    "\"s\":\"BTCUSDT\",\"c\":" c ",\"S\":\"BUY\",\"o\":\"LIMIT\",\"f\":\"GTC\","                   \
    "\"q\":\"0.00200000\",\"p\":\"60000.00000000\",\"P\":\"0.00000000\",\"F\":\"0.00000000\","     \
    "\"g\":-1,\"C\":" C ",\"x\":\"" x "\",\"X\":\"" X "\",\"r\":\"NONE\",\"i\":9000000123,"        \
    "\"z\":\"" z "\",\"T\":1767225600007,\"I\":8100045,\"w\":false,\"M\":true,"                    \
    "\"O\":1767225600007,\"Z\":\"47.99960000\",\"Q\":\"0.00000000\",\"V\":\"EXPIRE_MAKER\"," more  \
    "}}"
#define NO_TRADE                                                                                   \
    "\"l\":\"0.00000000\",\"L\":\"0.00000000\",\"n\":\"0\",\"N\":null,\"t\":-1,\"m\":false"
#define TRADE                                                                                      \
    "\"l\":\"0.00080000\",\"L\":\"59999.50000000\",\"Y\":\"47.99960000\",\"n\":\"0.00000080\","    \
    "\"N\":\"BTC\",\"t\":700001,\"m\":true"

Test(binance_user, a_trade_is_a_fill_and_then_a_report)
{
    cr_assert_eq(rig_user(&rig, REPORT("\"cb7-000042\"", "\"\"", "TRADE", "PARTIALLY_FILLED",
                                       "0.00080000", TRADE)),
                 0);
    const struct sofia_event_fill *fill = fake_event(&rig.fake, SOFIA_EV_FILL, 0);
    cr_assert_not_null(fill);
    cr_expect_eq(fill->source, SOFIA_REPORT_STREAM);
    cr_expect_eq(fill->side, SOFIA_SIDE_BUY);
    cr_expect_eq(fill->liquidity, SOFIA_LIQUIDITY_MAKER);
    cr_expect_str_eq(text_of_decimal(fill->qty), "0.0008");
    cr_expect_str_eq(text_of_decimal(fill->price), "59999.5");
    cr_expect_str_eq(text_of_wide(fill->quote_qty), "47.9996");
    cr_expect_str_eq(text_of_wide(fill->fee), "0.0000008");
    cr_expect_str_eq(fill->fee_asset, "BTC");
    cr_expect_str_eq(fill->fill_id, "700001@BTCUSDT");
    cr_expect_str_eq(fill->venue_id, "9000000123");
    cr_expect_str_eq(fill->client_id, "cb7-000042");
    cr_expect_eq(fill->head.instrument, 1);
    cr_expect_eq(fill->head.generation, 1);
    cr_expect_eq(report(0)->state, SOFIA_STATE_PARTIALLY_FILLED);
    cr_expect_eq(report(0)->venue_seq, 8100045);
    cr_expect_str_eq(text_of_decimal(report(0)->filled_qty), "0.0008");
    cr_expect_str_eq(report(0)->venue_id, "9000000123");
    cr_expect_eq(rig.fake.events[rig.fake.event_count - 1]->type, SOFIA_EV_REPORT);
}

Test(binance_user, on_a_cancel_the_order_is_named_by_C)
{
    rig_user(&rig, REPORT("\"cb7-c-000042\"", "\"cb7-000042\"", "CANCELED", "CANCELED",
                          "0.00080000", NO_TRADE));
    cr_expect_str_eq(report(0)->client_id, "cb7-000042");
    cr_expect_eq(report(0)->state, SOFIA_STATE_CANCELED);
    cr_expect_str_eq(text_of_decimal(report(0)->filled_qty), "0.0008");
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_FILL), 0);
}

Test(binance_user, an_empty_or_null_C_leaves_c)
{
    rig_user(&rig, REPORT("\"own\"", "\"\"", "CANCELED", "CANCELED", "0", NO_TRADE));
    rig_user(&rig, REPORT("\"own\"", "null", "NEW", "NEW", "0", NO_TRADE));
    rig_user(&rig, REPORT("\"own\"", "\"null\"", "NEW", "NEW", "0", NO_TRADE));
    for (uint32_t i = 0; i < 3; i++) {
        cr_expect_str_eq(report(i)->client_id, "own");
    }
}

Test(binance_user, the_state_is_X_never_x)
{
    rig_user(&rig, REPORT("\"a\"", "\"\"", "TRADE_PREVENTION", "NEW", "0", NO_TRADE));
    cr_expect_eq(report(0)->state, SOFIA_STATE_NEW);
    rig_user(&rig, REPORT("\"a\"", "\"\"", "TRADE_PREVENTION", "EXPIRED_IN_MATCH", "0", NO_TRADE));
    cr_expect_eq(report(1)->state, SOFIA_STATE_EXPIRED);
    cr_expect_str_eq(report(1)->reason, "self-trade prevention");
    rig_user(&rig, REPORT("\"a\"", "\"\"", "EXPIRED", "EXPIRED", "0",
                          NO_TRADE ",\"eR\":\"UNFILLED_IOC_QUANTITY_EXPIRED\""));
    cr_expect_str_eq(report(2)->reason, "UNFILLED_IOC_QUANTITY_EXPIRED");
    rig_user(&rig, REPORT("\"a\"", "\"\"", "WHATEVER", "HALF_BAKED", "0", NO_TRADE));
    cr_expect_eq(report(3)->state, 0);
    cr_expect_str_eq(report(3)->reason, "unknown status HALF_BAKED");
}

Test(binance_user, a_reject_has_its_reason)
{
    rig_user(&rig,
             "{\"event\":{\"e\":\"executionReport\",\"s\":\"BTCUSDT\",\"c\":\"a\",\"S\":\"SELL\","
             "\"o\":\"LIMIT_MAKER\",\"x\":\"REJECTED\",\"X\":\"REJECTED\",\"i\":5,\"z\":\"0\","
             "\"r\":\"WOULD_MATCH_IMMEDIATELY\"}}");
    cr_expect_eq(report(0)->state, SOFIA_STATE_REJECTED);
    cr_expect_eq(report(0)->order_flags, SOFIA_ORDER_POST_ONLY);
    cr_expect_str_eq(report(0)->reason, "WOULD_MATCH_IMMEDIATELY");
    cr_expect(sofia_decimal_is_absent(report(0)->qty));
}

Test(binance_user, ids_of_63_bits_are_kept_whole)
{
    rig_user(&rig,
             "{\"event\":{\"e\":\"executionReport\",\"s\":\"BTCUSDT\",\"c\":\"a\",\"S\":\"SELL\","
             "\"x\":\"TRADE\",\"X\":\"FILLED\",\"i\":9223372036854775807,\"z\":\"1\",\"l\":\"1\","
             "\"L\":\"2\",\"t\":9223372036854775806,\"I\":9223372036854775805}}");
    const struct sofia_event_fill *fill = fake_event(&rig.fake, SOFIA_EV_FILL, 0);
    cr_assert_not_null(fill);
    cr_expect_str_eq(fill->fill_id, "9223372036854775806@BTCUSDT");
    cr_expect_str_eq(fill->venue_id, "9223372036854775807");
    cr_expect_eq(report(0)->venue_seq, 9223372036854775805u);
}

Test(binance_user, a_report_that_cannot_be_read_forces_a_reconciliation)
{
    static const char *const frames[] = {
        "{\"event\":{\"e\":\"executionReport\",\"i\":5,\"X\":\"NEW\"}}",
        "{\"event\":{\"e\":\"executionReport\",\"X\":\"NEW\",\"z\":\"0\"}}",
        "{\"event\":{\"e\":\"executionReport\",\"i\":5,\"z\":\"0\"}}",
        "{\"event\":{\"e\":\"executionReport\",\"i\":5,\"X\":\"NEW\",\"z\":\"1e-8\"}}",
        "{\"event\":{\"e\":\"executionReport\",\"S\":\"BUY\",\"i\":5,\"x\":\"TRADE\",\"X\":"
        "\"FILLED\","
        "\"z\":\"1\",\"l\":\"1\",\"L\":\"0\",\"t\":5}}",
        "{\"event\":{\"e\":\"executionReport\",\"S\":\"BUY\",\"i\":5,\"x\":\"TRADE\",\"X\":"
        "\"FILLED\","
        "\"z\":\"1\",\"l\":\"1\",\"L\":\"1\",\"t\":-1}}",
        "{\"event\":{\"e\":\"outboundAccountPosition\",\"B\":[{\"a\":\"BTC\"}]}}",
        "{\"event\":{\"e\":\"outboundAccountPosition\"}}",
        "{\"event\":{\"e\":\"exec",
    };

    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        rig.fake.restart_count = 0;
        cr_expect_lt(rig_user(&rig, frames[i]), 0, "%s", frames[i]);
        cr_expect_eq(rig.fake.restart_count, 1, "%s", frames[i]);
    }
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 0);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_FILL), 0);
}

Test(binance_user, a_full_queue_forces_a_reconciliation)
{
    rig.fake.emit_room = 0;
    cr_expect_lt(rig_user(&rig, REPORT("\"a\"", "\"\"", "NEW", "NEW", "0", NO_TRADE)), 0);
    cr_expect_eq(rig.fake.restart_count, 1);
}

Test(binance_user, deposits_are_read_as_absolute_figures_once_for_all)
{
    subscribed();
    fake_clear(&rig.fake);
    rig_user(&rig, "{\"subscriptionId\":0,\"event\":{\"e\":\"balanceUpdate\",\"E\":1767225700110,"
                   "\"a\":\"BTC\",\"d\":\"-0.10000000\",\"T\":1767225700068}}");
    rig_user(&rig, "{\"subscriptionId\":0,\"event\":{\"e\":\"externalLockUpdate\",\"E\":1,"
                   "\"a\":\"BTC\",\"d\":\"0.01000000\",\"T\":1}}");
    cr_expect_eq(rig.fake.event_count, 0);
    cr_assert(rig_fire(&rig, TIMER_ACCOUNT));
    cr_assert_eq(rig.fake.request_count, 1);
    cr_expect_eq(rig.fake.requests[0].endpoint, ENDPOINT_ACCOUNT);
    cr_expect_null(fake_timer_of(&rig.fake, TIMER_ACCOUNT));
}

Test(binance_user, balances_of_the_stream_are_absolute)
{
    rig_user(
        &rig,
        "{\"subscriptionId\":0,\"event\":{\"e\":\"outboundAccountPosition\","
        "\"E\":1767225600009,\"u\":1767225600007,\"B\":[{\"a\":\"BTC\",\"f\":\"0.00079920\","
        "\"l\":\"0.00000000\"},{\"a\":\"USDT\",\"f\":\"820.00040000\",\"l\":\"72.00000000\"}]}}");
    const struct sofia_event_balance *balance = fake_event(&rig.fake, SOFIA_EV_BALANCE, 1);
    cr_assert_not_null(balance);
    cr_expect_str_eq(balance->asset, "USDT");
    cr_expect_str_eq(text_of_wide(balance->free), "820.0004");
    cr_expect_str_eq(text_of_wide(balance->locked), "72");
    cr_expect_eq(balance->source, SOFIA_REPORT_STREAM);
    cr_expect_eq(balance->head.ts_venue_ns, INT64_C(1767225600007000000));
}

Test(binance_user, events_nobody_knows_are_ignored)
{
    subscribed();
    fake_clear(&rig.fake);
    cr_expect_eq(
        rig_user(&rig, "{\"event\":{\"e\":\"listStatus\",\"E\":1,\"s\":\"BTCUSDT\",\"g\":2}}"), 0);
    cr_expect_eq(rig_user(&rig, "{\"event\":{\"e\":\"somethingNew\",\"x\":[{}]}}"), 0);
    cr_expect_eq(rig_user(&rig, "{\"event\":{}}"), 0);
    cr_expect_eq(rig_user(&rig, "{}"), 0);
    cr_expect_eq(rig.fake.event_count, 0);
    cr_expect_eq(rig.fake.restart_count, 0);
}

Test(binance_user, replies_tell_what_has_been_used)
{
    fake_clear(&rig.fake);
    rig_user(&rig,
             "{\"id\":\"s1\",\"status\":200,\"result\":{\"subscriptionId\":0},\"rateLimits\":["
             "{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",\"intervalNum\":1,"
             "\"limit\":6000,\"count\":70}]}");
    const struct sofia_event_usage *usage = fake_event(&rig.fake, SOFIA_EV_USAGE, 0);
    cr_assert_not_null(usage);
    cr_expect_eq(usage->bucket, BUCKET_WEIGHT_1M);
    cr_expect_eq(usage->used, 70);
}

Test(binance_user, without_a_key_there_is_no_private_stream)
{
    static struct rig open;

    fake_host_init(&open.fake, "binance", binance_options, BINANCE_OPTION_COUNT);
    rig_start(&open);
    cr_expect_eq(open.fake.opened_count, 1);
    struct sofia_order order = rig_order();
    struct sofia_request request;
    cr_expect_eq(binance_exchange.encode_submit(open.self, &order, &request), SOFIA_EDENIED);
    rig_release(&open);
}
