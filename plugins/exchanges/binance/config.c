#include <string.h>

#include "binance.h"

#define VENUE_TIMEOUT_MS 10000u
#define ROW .size = sizeof(struct sofia_option)

const struct sofia_option binance_options[BINANCE_OPTION_COUNT] = {
    {ROW, .type = SOFIA_OPTION_CHOICE, .name = "mode", .default_text = "testnet",
     .choices = "testnet|live", .doc = "which set of URLs applies"},
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "rest_url", .default_text = "",
     .doc = "base URL of the REST API; empty: by mode"},
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "stream_url", .default_text = "",
     .doc = "base URL of the market streams, without /stream; empty: by mode"},
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "ws_api_url", .default_text = "",
     .doc = "base URL of the WebSocket API, without /ws-api/v3; empty: by mode"},
    {ROW, .type = SOFIA_OPTION_LIST, .name = "symbols", .default_text = "",
     .doc = "instruments to declare, as BTC/USDT; empty: all up to symbol_limit"},
    {ROW, .type = SOFIA_OPTION_INT, .name = "symbol_limit", .default_text = "64", .min_text = "1",
     .max_text = "4096", .doc = "most instruments if symbols is empty"},
    {ROW, .type = SOFIA_OPTION_SECRET, .name = "api_key", .default_text = "",
     .flags = SOFIA_OPTION_IDENTIFIER, .doc = "API key, the public half; empty: public data only"},
    {ROW, .type = SOFIA_OPTION_SECRET, .name = "api_secret", .default_text = "",
     .doc = "HMAC secret, or the Ed25519 private key as PKCS#8"},
    {ROW, .type = SOFIA_OPTION_CHOICE, .name = "key_type", .default_text = "hmac",
     .choices = "hmac|ed25519", .doc = "what api_secret is"},
    {ROW, .type = SOFIA_OPTION_DURATION, .name = "recv_window", .default_text = "2s",
     .min_text = "100ms", .max_text = "60s",
     .doc = "how long after its time stamp the venue may still take a request"},
    {ROW, .type = SOFIA_OPTION_DURATION, .name = "order_timeout", .default_text = "12s",
     .min_text = "100ms", .max_text = "60s",
     .doc = "how long to wait for the answer to an order; more than 10s except on loopback"},
    {ROW, .type = SOFIA_OPTION_INT, .name = "depth_limit", .default_text = "1000", .min_text = "5",
     .max_text = "5000", .doc = "levels a side in a book snapshot"},
    {ROW, .type = SOFIA_OPTION_DURATION, .name = "stream_max_age", .default_text = "23h",
     .min_text = "5s", .max_text = "24h",
     .doc = "a connection this old gets a successor before it is closed; the venue ends it at 24h"},
};

/* Which text belongs to which origin and mode; `suffix` is what the venue prints behind the base
 * and people copy. */
static const struct {
    const char *option;
    const char *scheme;
    const char *suffix;
    const char *testnet;
    const char *live;
} urls[ORIGIN_COUNT] = {
    [ORIGIN_REST] = {"rest_url", "http", "/api", "https://testnet.binance.vision",
                     "https://api.binance.com"},
    [ORIGIN_STREAM] = {"stream_url", "ws", "/stream", "wss://stream.testnet.binance.vision",
                       "wss://stream.binance.com:9443"},
    [ORIGIN_WS_API] = {"ws_api_url", "ws", "/ws-api/v3", "wss://ws-api.testnet.binance.vision",
                       "wss://ws-api.binance.com:443"},
};

static int read_url(const struct sofia_host *host, uint32_t origin, int is_live, char *ret_url)
{
    int status =
        sofia_config_url(host, urls[origin].option, urls[origin].scheme, urls[origin].suffix,
                         is_live ? urls[origin].live : urls[origin].testnet, ret_url);

    if (status == SOFIA_OK && is_live && sofia_url_is_loopback(ret_url)) {
        sofia_config_report(host, urls[origin].option,
                            "a loopback address contradicts mode: live; use mode: testnet");
        return SOFIA_EINVAL;
    }
    return status;
}

/* All three must be the real thing or all three must be local: an order sent to one world while the
 * fills are read from the other is the worst of both. */
static int check_urls(const struct sofia_host *host, const struct binance_config *config)
{
    int local = sofia_url_is_loopback(config->url[ORIGIN_REST]);

    for (uint32_t i = ORIGIN_STREAM; i < ORIGIN_COUNT; i++) {
        if (sofia_url_is_loopback(config->url[i]) != local) {
            sofia_config_report(
                host, urls[i].option,
                "rest_url, stream_url and ws_api_url must all be loopback addresses or none");
            return SOFIA_EINVAL;
        }
    }
    return SOFIA_OK;
}

static int read_urls(const struct sofia_host *host, struct binance_config *config)
{
    const char *mode = NULL;
    int status = SOFIA_OK;

    if (host->option_text(host, "mode", &mode) != SOFIA_OK || mode == NULL) {
        return SOFIA_EINVAL;
    }
    for (uint32_t i = 0; i < ORIGIN_COUNT; i++) {
        if (read_url(host, i, strcmp(mode, "live") == 0, config->url[i]) != SOFIA_OK) {
            status = SOFIA_EINVAL;
        }
    }
    return status == SOFIA_OK ? check_urls(host, config) : status;
}

static int read_key(const struct sofia_host *host, struct binance_config *config)
{
    const char *type = NULL;

    if (host->option_text(host, "key_type", &type) != SOFIA_OK || type == NULL) {
        return SOFIA_EINVAL;
    }
    config->algorithm = strcmp(type, "ed25519") == 0 ? SOFIA_SIGN_ED25519 : SOFIA_SIGN_HMAC_SHA256;
    return sofia_config_keys(host, &config->api_key, &config->api_secret);
}

static int read_numbers(const struct sofia_host *host, struct binance_config *config)
{
    int64_t recv_window_ns = 0;
    int64_t order_timeout_ns = 0;
    int64_t max_age_ns = 0;
    int64_t depth_limit = 0;
    int64_t symbol_limit = 0;

    if (host->option_duration_ns(host, "recv_window", &recv_window_ns) != SOFIA_OK ||
        host->option_duration_ns(host, "order_timeout", &order_timeout_ns) != SOFIA_OK ||
        host->option_duration_ns(host, "stream_max_age", &max_age_ns) != SOFIA_OK ||
        host->option_int(host, "depth_limit", &depth_limit) != SOFIA_OK ||
        host->option_int(host, "symbol_limit", &symbol_limit) != SOFIA_OK) {
        return SOFIA_EINVAL;
    }
    config->recv_window_ms = recv_window_ns / BINANCE_NS_PER_MS;
    config->order_timeout_ms = (uint32_t)(order_timeout_ns / BINANCE_NS_PER_MS);
    config->stream_max_age_ms = (uint32_t)(max_age_ns / BINANCE_NS_PER_MS);
    config->depth_limit = (uint32_t)depth_limit;
    config->symbol_limit = (uint32_t)symbol_limit;
    config->wanted_count = host->option_count(host, "symbols");
    return SOFIA_OK;
}

int binance_config_read(const struct sofia_host *host, struct binance_config *ret_config)
{
    int status = read_numbers(host, ret_config);

    if (read_urls(host, ret_config) != SOFIA_OK) {
        status = SOFIA_EINVAL;
    }
    if (read_key(host, ret_config) != SOFIA_OK) {
        status = SOFIA_EINVAL;
    }
    if (!sofia_url_is_loopback(ret_config->url[ORIGIN_REST]) &&
        ret_config->order_timeout_ms <= VENUE_TIMEOUT_MS) {
        sofia_config_report(host, "order_timeout",
                            "the venue itself takes up to 10s; must be longer than that");
        status = SOFIA_EINVAL;
    }
    return status;
}

int binance_config_wants(const struct binance *b, const char *name)
{
    return sofia_config_lists(b->host, "symbols", name);
}
