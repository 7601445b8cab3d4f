#include <criterion/criterion.h>

#include <string.h>

#include "rig.h"

static struct rig rig;

static void init(void)
{
    memset(&rig, 0, sizeof(rig));
    fake_host_init(&rig.fake, "coinbase", coinbase_options, COINBASE_OPTION_COUNT);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(config, .init = init, .fini = fini);

static void loopback(void)
{
    fake_option(&rig.fake, "rest_url", "http://127.0.0.1:8080/api/v3/brokerage/");
    fake_option(&rig.fake, "ws_url", "ws://127.0.0.1:8080/");
    fake_option(&rig.fake, "ws_user_url", "ws://127.0.0.1:8080/user");
}

static const char *url_of(uint32_t origin)
{
    static char url[SOFIA_URL_SIZE];

    cr_assert_eq(coinbase_exchange.origin_url(rig.self, origin, url, sizeof(url)), 0);
    return url;
}

Test(config, testnet_is_refused_and_names_the_venue_that_can_be_used)
{
    rig_start(&rig);
    cr_assert_null(rig.self);
    cr_assert_not_null(strstr(rig.fake.log, "sofia-venue"), "%s", rig.fake.log);
}

Test(config, loopback_addresses_are_a_testnet)
{
    loopback();
    rig_start(&rig);
    cr_assert_not_null(rig.self, "%s", rig.fake.log);
    cr_assert_str_eq(url_of(ORIGIN_REST), "http://127.0.0.1:8080");
    cr_assert_str_eq(url_of(ORIGIN_WS), "ws://127.0.0.1:8080");
    cr_assert_str_eq(url_of(ORIGIN_WS_USER), "ws://127.0.0.1:8080");
    cr_assert_str_eq(rig.fake.opened[0].path, "/");
    cr_assert_eq(rig.fake.opened_count, 1, "without a key there is no private stream");
    cr_assert_eq(coinbase_exchange.origin_url(rig.self, 9, NULL, 0), SOFIA_ENOENT);
}

Test(config, the_path_of_a_streams_url_goes_with_the_stream)
{
    loopback();
    fake_option(&rig.fake, "api_key", RIG_KEY);
    fake_option(&rig.fake, "api_secret", RIG_PEM);
    rig_start(&rig);
    cr_assert_str_eq(rig.fake.opened[1].path, "/user");
    cr_assert_eq(rig.fake.opened[1].purpose, SOFIA_STREAM_PRIVATE);
}

Test(config, live_uses_the_venues_own_addresses)
{
    fake_option(&rig.fake, "mode", "live");
    rig_start(&rig);
    cr_assert_not_null(rig.self, "%s", rig.fake.log);
    cr_assert_str_eq(url_of(ORIGIN_REST), "https://api.coinbase.com");
    cr_assert_str_eq(url_of(ORIGIN_WS), "wss://advanced-trade-ws.coinbase.com");
    cr_assert_str_eq(url_of(ORIGIN_WS_USER), "wss://advanced-trade-ws-user.coinbase.com");
}

Test(config, live_on_a_loopback_address_is_a_contradiction)
{
    loopback();
    fake_option(&rig.fake, "mode", "live");
    rig_start(&rig);
    cr_assert_null(rig.self);
}

Test(config, two_worlds_at_once_are_refused)
{
    fake_option(&rig.fake, "rest_url", "http://127.0.0.1:8080");
    rig_start(&rig);
    cr_assert_null(rig.self);
    cr_assert_not_null(strstr(rig.fake.log, "all be loopback addresses or none"));
}

Test(config, the_host_of_tokens_is_independent_of_the_address)
{
    char uri[256];

    loopback();
    fake_option(&rig.fake, "auth_host", "api.example.com");
    rig_start(&rig);
    cr_assert_eq(coinbase_uri(rig.c, ENDPOINT_ORDER_PLACE, uri, sizeof(uri)), 0);
    cr_assert_str_eq(uri, "POST api.example.com/api/v3/brokerage/orders");
}

Test(config, a_host_of_tokens_with_scheme_or_port_is_refused)
{
    loopback();
    fake_option(&rig.fake, "auth_host", "https://api.coinbase.com");
    rig_start(&rig);
    cr_assert_null(rig.self);
}

Test(config, a_key_without_its_secret_is_refused)
{
    loopback();
    fake_option(&rig.fake, "api_key", RIG_KEY);
    rig_start(&rig);
    cr_assert_null(rig.self);
}

Test(config, a_secret_that_is_no_private_key_is_refused_without_being_shown)
{
    loopback();
    fake_option(&rig.fake, "api_key", RIG_KEY);
    fake_option(&rig.fake, "api_secret", "aGVsbG8gdGhlcmUsIEkgYW0gYW4gSE1BQyBzZWNyZXQh");
    rig_start(&rig);
    cr_assert_null(rig.self);
    cr_assert_not_null(strstr(rig.fake.log, "HMAC"), "%s", rig.fake.log);
    cr_assert_null(strstr(rig.fake.log, "aGVsbG8"));
}
