#include <criterion/criterion.h>

#include "base/status.h"
#include "net/impl.h"

/* Only compared with NULL here. */
static char byte;
#define SOME_TRUST ((struct net_trust *)(void *)&byte)

static int parse(const char *url, const char *connect_to, struct origin *origin)
{
    struct net_origin_config config = {.url = url, .trust = SOME_TRUST, .connect_to = connect_to};

    return origin_init(origin, &config);
}

Test(origin, urls_are_taken_apart)
{
    struct origin origin;

    cr_assert_eq(parse("https://api.binance.com", NULL, &origin), 0);
    cr_assert_str_eq(origin.host, "api.binance.com");
    cr_assert_str_eq(origin.prefix, "");
    cr_assert(origin.tls && !origin.is_ws && origin.port == 443);
    cr_assert_eq(parse("wss://stream.binance.com:9443/stream/", NULL, &origin), 0);
    cr_assert_str_eq(origin.host, "stream.binance.com");
    cr_assert_str_eq(origin.prefix, "/stream");
    cr_assert(origin.tls && origin.is_ws && origin.port == 9443);
    cr_assert_eq(parse("http://[::1]:80", NULL, &origin), 0);
    cr_assert_str_eq(origin.host, "::1");
    cr_assert_eq(parse("ws://localhost", NULL, &origin), 0);
    cr_assert(!origin.tls && origin.port == 80);
    cr_assert_eq(parse("https://venue.example", "127.0.0.1:8443", &origin), 0);
    cr_assert_str_eq(origin.host, "venue.example");
    cr_assert_str_eq(origin.to_host, "127.0.0.1");
    cr_assert(origin.port == 443 && origin.to_port == 8443);
}

Test(origin, without_tls_only_to_this_machine)
{
    struct origin origin;
    struct net_origin_config no_trust = {.url = "https://api.binance.com"};

    cr_assert_eq(parse("http://api.binance.com", NULL, &origin), NET_ERR_INSECURE);
    cr_assert_eq(parse("ws://localhost.example.com", NULL, &origin), NET_ERR_INSECURE);
    cr_assert_eq(parse("http://127.0.0.1:80", "api.binance.com:80", &origin), NET_ERR_INSECURE);
    cr_assert_eq(origin_init(&origin, &no_trust), ERR_INVALID);
}

Test(origin, what_is_no_url_is_refused)
{
    static const char *const urls[] = {
        "",           "api.binance.com", "ftp://localhost",    "https://",        "https://:443",
        "https://a:", "https://a:0",     "https://a:65536",    "https://a:44x",   "https://u@a",
        "https://[a", "https://[::1]x",  "https://a/b?c=d",    "https://a/b c",   "https://a b",
        "https://[]", "https://a:-1",    "https://a:99999999", "https://a\r\nb/",
    };
    struct origin origin;

    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        cr_expect_eq(parse(urls[i], NULL, &origin), ERR_INVALID, "%s", urls[i]);
    }
}
