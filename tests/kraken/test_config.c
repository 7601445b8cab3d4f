/* Options and what is refused about them. */
#include <criterion/criterion.h>

#include <string.h>

#include "rig.h"

static struct rig rig;

static void init(void)
{
    memset(&rig, 0, sizeof(rig));
    fake_host_init(&rig.fake, "kraken", kraken_options, KRAKEN_OPTION_COUNT);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(kraken_config, .init = init, .fini = fini);

static void loopback(void)
{
    fake_option(&rig.fake, "rest_url", "https://127.0.0.1:8443/0/");
    fake_option(&rig.fake, "ws_url", "wss://127.0.0.1:8443/v2");
    fake_option(&rig.fake, "ws_auth_url", "wss://localhost:8443/auth/v2");
}

Test(kraken_config, testnet_means_sofia_venue_because_there_is_no_other)
{
    rig_start(&rig);
    cr_expect_null(rig.self);
    cr_expect_not_null(strstr(rig.fake.log, "sofia-venue"), "%s", rig.fake.log);
}

Test(kraken_config, live_is_the_venue)
{
    char url[256];

    fake_option(&rig.fake, "mode", "live");
    rig_start(&rig);
    cr_assert_not_null(rig.self);
    cr_expect_eq(kraken_exchange.origin_url(rig.self, ORIGIN_REST, url, sizeof(url)), SOFIA_OK);
    cr_expect_str_eq(url, "https://api.kraken.com");
    kraken_exchange.origin_url(rig.self, ORIGIN_WS_AUTH, url, sizeof(url));
    cr_expect_str_eq(url, "wss://ws-auth.kraken.com");
    cr_expect_eq(kraken_exchange.origin_url(rig.self, ORIGIN_COUNT, url, sizeof(url)),
                 SOFIA_ENOENT);
    cr_expect_eq(kraken_exchange.origin_url(rig.self, ORIGIN_REST, url, 3), SOFIA_ESPACE);
    cr_expect_eq(rig.fake.opened_count, 1, "without a key there is no private stream");
}

Test(kraken_config, loopback_urls_lose_what_people_copy_along)
{
    char url[256];

    loopback();
    rig_start(&rig);
    cr_assert_not_null(rig.self, "%s", rig.fake.log);
    kraken_exchange.origin_url(rig.self, ORIGIN_REST, url, sizeof(url));
    cr_expect_str_eq(url, "https://127.0.0.1:8443");
    kraken_exchange.origin_url(rig.self, ORIGIN_WS_AUTH, url, sizeof(url));
    cr_expect_str_eq(url, "wss://localhost:8443/auth");
}

Test(kraken_config, live_on_a_loopback_address_is_refused)
{
    fake_option(&rig.fake, "mode", "live");
    loopback();
    rig_start(&rig);
    cr_expect_null(rig.self);
}

Test(kraken_config, half_a_key_is_refused)
{
    loopback();
    fake_option(&rig.fake, "api_key", "k");
    rig_start(&rig);
    cr_expect_null(rig.self);
    cr_expect_not_null(strstr(rig.fake.log, "api_secret"));
}

Test(kraken_config, rest_takes_no_deadline_below_three_seconds)
{
    loopback();
    fake_option(&rig.fake, "deadline", "500ms");
    rig_start(&rig);
    cr_expect_null(rig.self);
    cr_expect_not_null(strstr(rig.fake.log, "3s"));
}

Test(kraken_config, the_tier_sets_the_limits)
{
    loopback();
    fake_option(&rig.fake, "tier", "starter");
    rig_start(&rig);
    cr_assert_not_null(rig.self);
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_USAGE), 2);
    const struct sofia_event_usage *rest = fake_event(&rig.fake, SOFIA_EV_USAGE, 0);
    const struct sofia_event_usage *engine = fake_event(&rig.fake, SOFIA_EV_USAGE, 1);
    cr_expect_eq(rest->limit, 15);
    cr_expect_eq(engine->limit, 60);
    cr_expect_eq(rest->window_ns, 46 * KRAKEN_NS_PER_S);
    cr_expect_eq(kraken_exchange.buckets[engine->bucket].scope, SOFIA_SCOPE_ACCOUNT_SYMBOL);
}

/* The counters fall at most as fast as the venue's, whatever the tier. */
Test(kraken_config, no_bucket_refills_faster_than_the_venues_counter)
{
    static const double rest[] = {0.33, 0.5, 1.0};
    static const double engine[] = {1, 2.34, 3.75};

    for (size_t i = 0; i < 3; i++) {
        double rest_window = (double)kraken_tiers[i].rest_window_ns / 1e9;
        double engine_window = (double)kraken_tiers[i].engine_window_ns / 1e9;
        cr_expect_leq((double)kraken_tiers[i].rest_limit / rest_window, rest[i]);
        cr_expect_leq((double)kraken_tiers[i].engine_limit / engine_window, engine[i]);
    }
}
