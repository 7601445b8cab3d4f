#include <stdio.h>
#include <stdlib.h>
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

static void report(const struct sofia_host *host, const char *option, const char *what)
{
    char text[SOFIA_REASON_SIZE * 2];

    snprintf(text, sizeof(text), "option %s: %s", option, what);
    host->log(host, SOFIA_LOG_ERROR, text);
}

static int is_loopback(const char *url)
{
    const char *host = strstr(url, "://");

    if (host == NULL) {
        return 0;
    }
    host += 3;
    return strncmp(host, "127.", 4) == 0 || strncmp(host, "localhost", 9) == 0 ||
           strncmp(host, "[::1]", 5) == 0;
}

static void trim(char *url, const char *suffix)
{
    size_t len = strlen(url);
    size_t suffix_len = strlen(suffix);

    while (len > 0 && url[len - 1] == '/') {
        url[--len] = '\0';
    }
    if (len > suffix_len && strcmp(url + len - suffix_len, suffix) == 0) {
        url[len - suffix_len] = '\0';
    }
}

/* Takes "http" for http and https, "ws" for ws and wss. */
static int has_scheme(const char *url, const char *scheme)
{
    size_t len = strlen(scheme);

    if (strncmp(url, scheme, len) != 0) {
        return 0;
    }
    url += len;
    if (*url == 's') {
        url++;
    }
    return strncmp(url, "://", 3) == 0 && url[3] != '\0';
}

static int read_url(const struct sofia_host *host, uint32_t origin, int is_live, char *ret_url)
{
    const char *option = urls[origin].option;
    const char *text = NULL;

    if (host->option_text(host, option, &text) != SOFIA_OK || text == NULL) {
        text = "";
    }
    if (text[0] == '\0') {
        text = is_live ? urls[origin].live : urls[origin].testnet;
    }
    if (strlen(text) >= BINANCE_URL_SIZE) {
        report(host, option, "the URL is too long");
        return SOFIA_EINVAL;
    }
    snprintf(ret_url, BINANCE_URL_SIZE, "%s", text);
    trim(ret_url, urls[origin].suffix);
    if (!has_scheme(ret_url, urls[origin].scheme)) {
        report(host, option,
               origin == ORIGIN_REST ? "must begin with https:// (http:// on a loopback address)"
                                     : "must begin with wss:// (ws:// on a loopback address)");
        return SOFIA_EINVAL;
    }
    if (is_live && is_loopback(ret_url)) {
        report(host, option, "a loopback address contradicts mode: live; use mode: testnet");
        return SOFIA_EINVAL;
    }
    return SOFIA_OK;
}

/* All three must be the real thing or all three must be local: an order sent to one world while the
 * fills are read from the other is the worst of both. */
static int check_urls(const struct sofia_host *host, const struct binance_config *config)
{
    int local = is_loopback(config->url[ORIGIN_REST]);

    for (uint32_t i = ORIGIN_STREAM; i < ORIGIN_COUNT; i++) {
        if (is_loopback(config->url[i]) != local) {
            report(host, urls[i].option,
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
    if (host->option_secret(host, "api_key", &config->api_key) != SOFIA_OK) {
        config->api_key = 0;
    }
    if (host->option_secret(host, "api_secret", &config->api_secret) != SOFIA_OK) {
        config->api_secret = 0;
    }
    if ((config->api_key == 0) != (config->api_secret == 0)) {
        report(host, config->api_key == 0 ? "api_key" : "api_secret",
               "api_key and api_secret belong together; one of them is missing");
        return SOFIA_EINVAL;
    }
    return SOFIA_OK;
}

static int read_numbers(const struct sofia_host *host, struct binance_config *config)
{
    int64_t recv_window_ns = 0;
    int64_t order_timeout_ns = 0;
    int64_t depth_limit = 0;
    int64_t symbol_limit = 0;

    if (host->option_duration_ns(host, "recv_window", &recv_window_ns) != SOFIA_OK ||
        host->option_duration_ns(host, "order_timeout", &order_timeout_ns) != SOFIA_OK ||
        host->option_int(host, "depth_limit", &depth_limit) != SOFIA_OK ||
        host->option_int(host, "symbol_limit", &symbol_limit) != SOFIA_OK) {
        return SOFIA_EINVAL;
    }
    config->recv_window_ms = recv_window_ns / BINANCE_NS_PER_MS;
    config->order_timeout_ms = (uint32_t)(order_timeout_ns / BINANCE_NS_PER_MS);
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
    if (!is_loopback(ret_config->url[ORIGIN_REST]) &&
        ret_config->order_timeout_ms <= VENUE_TIMEOUT_MS) {
        report(host, "order_timeout", "the venue itself takes up to 10s; must be longer than that");
        status = SOFIA_EINVAL;
    }
    return status;
}

int binance_config_wants(const struct binance *b, const char *name)
{
    for (uint32_t i = 0; i < b->config.wanted_count; i++) {
        const char *wanted = NULL;
        if (b->host->option_item(b->host, "symbols", i, &wanted) == SOFIA_OK && wanted != NULL &&
            strcmp(wanted, name) == 0) {
            return 1;
        }
    }
    return b->config.wanted_count == 0;
}
