/* Options: which URLs apply, and which combinations are refused before anything starts. */
#include <criterion/criterion.h>

#include <string.h>

#include "rig.h"

static struct rig rig;

static void init(void)
{
    memset(&rig, 0, sizeof(rig));
    fake_host_init(&rig.fake, "binance", binance_options, BINANCE_OPTION_COUNT);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(binance_config, .init = init, .fini = fini);

static const char *url(uint32_t origin)
{
    static char text[ORIGIN_COUNT][SOFIA_URL_SIZE];

    cr_assert_not_null(rig.self, "%s", rig.fake.log);
    cr_assert_eq(binance_exchange.origin_url(rig.self, origin, text[origin], sizeof(text[0])), 0);
    return text[origin];
}

Test(binance_config, the_test_network_is_the_default)
{
    rig_start(&rig);
    cr_expect_str_eq(url(ORIGIN_REST), "https://testnet.binance.vision");
    cr_expect_str_eq(url(ORIGIN_STREAM), "wss://stream.testnet.binance.vision");
    cr_expect_str_eq(url(ORIGIN_WS_API), "wss://ws-api.testnet.binance.vision");
    char small[8];
    cr_expect_eq(binance_exchange.origin_url(rig.self, ORIGIN_REST, small, sizeof(small)),
                 SOFIA_ESPACE);
    cr_expect_eq(binance_exchange.origin_url(rig.self, ORIGIN_COUNT, small, sizeof(small)),
                 SOFIA_ENOENT);
}

Test(binance_config, live)
{
    fake_option(&rig.fake, "mode", "live");
    rig_start(&rig);
    cr_expect_str_eq(url(ORIGIN_REST), "https://api.binance.com");
    cr_expect_str_eq(url(ORIGIN_STREAM), "wss://stream.binance.com:9443");
    cr_expect_str_eq(url(ORIGIN_WS_API), "wss://ws-api.binance.com:443");
}

Test(binance_config, given_urls_win_and_are_trimmed)
{
    fake_option(&rig.fake, "rest_url", "http://127.0.0.1:8080/");
    fake_option(&rig.fake, "stream_url", "ws://127.0.0.1:8080/prefix/stream");
    fake_option(&rig.fake, "ws_api_url", "ws://localhost:8080/ws-api/v3");
    rig_start(&rig);
    cr_expect_str_eq(url(ORIGIN_REST), "http://127.0.0.1:8080");
    cr_expect_str_eq(url(ORIGIN_STREAM), "ws://127.0.0.1:8080/prefix");
    cr_expect_str_eq(url(ORIGIN_WS_API), "ws://localhost:8080");
}

static void expect_refused(const char *word)
{
    rig_start(&rig);
    cr_expect_null(rig.self);
    cr_expect_gt(rig.fake.log_count, 0);
    cr_expect_not_null(strstr(rig.fake.log, word), "'%s' is not in: %s", word, rig.fake.log);
}

Test(binance_config, live_on_a_loopback_address_is_refused)
{
    fake_option(&rig.fake, "mode", "live");
    fake_option(&rig.fake, "ws_api_url", "wss://127.0.0.1:8080");
    expect_refused("contradicts mode: live");
}

Test(binance_config, half_a_loopback_venue_is_refused)
{
    fake_option(&rig.fake, "rest_url", "https://127.0.0.1:8080");
    expect_refused("must all be loopback");
}

Test(binance_config, a_wrong_scheme_is_refused)
{
    fake_option(&rig.fake, "rest_url", "wss://127.0.0.1:8080");
    expect_refused("rest_url");
}

Test(binance_config, a_url_without_a_host_is_refused)
{
    fake_option(&rig.fake, "stream_url", "wss://");
    expect_refused("stream_url");
}

Test(binance_config, half_a_key_is_refused)
{
    fake_option(&rig.fake, "api_key", FAKE_KEY);
    expect_refused("api_secret");
}

Test(binance_config, an_order_timeout_shorter_than_the_venues_is_refused)
{
    fake_option(&rig.fake, "order_timeout", "10s");
    expect_refused("order_timeout");
}

Test(binance_config, a_loopback_venue_may_be_impatient)
{
    fake_option(&rig.fake, "order_timeout", "200ms");
    fake_option(&rig.fake, "rest_url", "http://127.0.0.1:1");
    fake_option(&rig.fake, "stream_url", "ws://127.0.0.1:1");
    fake_option(&rig.fake, "ws_api_url", "ws://127.0.0.1:1");
    rig_start(&rig);
    cr_assert_not_null(rig.self);
    cr_expect_eq(rig.b->config.order_timeout_ms, 200);
}

Test(binance_config, stop_closes_what_start_opened)
{
    rig_init(&rig);
    rig_streams_up(&rig);
    binance_exchange.subscribe(rig.self, 1, "BTCUSDT", 1);
    binance_exchange.stop(rig.self);
    cr_expect_eq(rig.fake.closed_count, 2);
    for (uint32_t i = 0; i < FAKE_TIMERS; i++) {
        cr_expect_eq(rig.fake.timers[i].handle, 0);
    }
}
