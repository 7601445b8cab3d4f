#include <stdio.h>
#include <string.h>

#include "coinbase.h"

#define ROW .size = sizeof(struct sofia_option)

const struct sofia_option coinbase_options[COINBASE_OPTION_COUNT] = {
    {ROW, .type = SOFIA_OPTION_CHOICE, .name = "mode", .default_text = "testnet",
     .choices = "testnet|live",
     .doc = "live, or testnet: only with all URLs on a loopback address (sofia-venue)"},
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "rest_url", .default_text = "",
     .doc = "base URL of the REST API, without /api/v3/brokerage; empty: the venue's"},
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "ws_url", .default_text = "",
     .doc = "URL of the market data streams; empty: the venue's"},
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "ws_user_url", .default_text = "",
     .doc = "URL of the private stream; empty: the venue's"},
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "auth_host", .default_text = "api.coinbase.com",
     .doc = "host that tokens are made out to, whatever address is connected to"},
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "portfolio", .default_text = "",
     .doc = "uuid of the portfolio the key must belong to; empty: any"},
    {ROW, .type = SOFIA_OPTION_LIST, .name = "symbols", .default_text = "",
     .doc = "instruments to declare, as BTC/USD; empty: all up to symbol_limit"},
    {ROW, .type = SOFIA_OPTION_INT, .name = "symbol_limit", .default_text = "50", .min_text = "1",
     .max_text = "256", .doc = "most instruments if symbols is empty"},
    {ROW, .type = SOFIA_OPTION_SECRET, .name = "api_key", .default_text = "",
     .flags = SOFIA_OPTION_IDENTIFIER,
     .doc = "name of the key, organizations/.../apiKeys/... or a UUID; empty: public data only"},
    {ROW, .type = SOFIA_OPTION_SECRET, .name = "api_secret", .default_text = "",
     .doc = "the private key: PEM (P-256 or Ed25519) or base64 of an Ed25519 seed"},
    {ROW, .type = SOFIA_OPTION_DURATION, .name = "order_timeout", .default_text = "10s",
     .min_text = "100ms", .max_text = "60s", .doc = "how long to wait for the answer to an order"},
    {ROW, .type = SOFIA_OPTION_INT, .name = "depth_limit", .default_text = "400", .min_text = "100",
     .max_text = "2000", .doc = "levels a side that are taken from a book snapshot"},
};

static const struct {
    const char *option;
    const char *scheme;
    const char *suffix;
    const char *live;
} urls[ORIGIN_COUNT] = {
    [ORIGIN_REST] = {"rest_url", "http", "/api/v3/brokerage", "https://api.coinbase.com"},
    [ORIGIN_WS] = {"ws_url", "ws", "", "wss://advanced-trade-ws.coinbase.com"},
    [ORIGIN_WS_USER] = {"ws_user_url", "ws", "", "wss://advanced-trade-ws-user.coinbase.com"},
};

/* All three must be the real thing or all three must be local, and which of them `mode` says. The
 * venue's own sandbox keeps no state: an order sent there is never heard of again. */
static int check_urls(const struct sofia_host *host, const struct coinbase_config *config,
                      int is_live)
{
    int local = sofia_url_is_loopback(config->url[ORIGIN_REST]);

    for (uint32_t i = ORIGIN_WS; i < ORIGIN_COUNT; i++) {
        if (sofia_url_is_loopback(config->url[i]) != local) {
            sofia_config_report(
                host, urls[i].option,
                "rest_url, ws_url and ws_user_url must all be loopback addresses or none");
            return SOFIA_EINVAL;
        }
    }
    if (!is_live && !local) {
        sofia_config_report(host, "mode",
                            "Coinbase has no test network that keeps orders: run sofia-venue and "
                            "set rest_url, ws_url and ws_user_url to its loopback addresses");
        return SOFIA_EINVAL;
    }
    if (is_live && local) {
        sofia_config_report(host, "mode", "loopback URLs contradict mode: live; use mode: testnet");
        return SOFIA_EINVAL;
    }
    return SOFIA_OK;
}

static int read_urls(const struct sofia_host *host, struct coinbase_config *config)
{
    const char *mode = NULL;
    int status = SOFIA_OK;

    if (host->option_text(host, "mode", &mode) != SOFIA_OK || mode == NULL) {
        return SOFIA_EINVAL;
    }
    for (uint32_t i = 0; i < ORIGIN_COUNT; i++) {
        if (sofia_config_url(host, urls[i].option, urls[i].scheme, urls[i].suffix, urls[i].live,
                             config->url[i]) != SOFIA_OK) {
            status = SOFIA_EINVAL;
        }
    }
    return status == SOFIA_OK ? check_urls(host, config, strcmp(mode, "live") == 0) : status;
}

/* A host as tokens name it: no scheme, no port, no path. */
static int read_texts(const struct sofia_host *host, struct coinbase_config *config)
{
    const char *auth_host = NULL;
    const char *portfolio = NULL;

    if (host->option_text(host, "auth_host", &auth_host) != SOFIA_OK ||
        host->option_text(host, "portfolio", &portfolio) != SOFIA_OK) {
        return SOFIA_EINVAL;
    }
    if (auth_host[0] == '\0' || strlen(auth_host) >= sizeof(config->auth_host) ||
        strpbrk(auth_host, "/: \"\\") != NULL) {
        sofia_config_report(host, "auth_host",
                            "must be the name of a host, without scheme, port and path");
        return SOFIA_EINVAL;
    }
    if (strlen(portfolio) >= sizeof(config->portfolio)) {
        sofia_config_report(host, "portfolio", "is too long for a uuid");
        return SOFIA_EINVAL;
    }
    snprintf(config->auth_host, sizeof(config->auth_host), "%s", auth_host);
    snprintf(config->portfolio, sizeof(config->portfolio), "%s", portfolio);
    return SOFIA_OK;
}

static int read_numbers(const struct sofia_host *host, struct coinbase_config *config)
{
    int64_t order_timeout_ns = 0;
    int64_t depth_limit = 0;
    int64_t symbol_limit = 0;

    if (host->option_duration_ns(host, "order_timeout", &order_timeout_ns) != SOFIA_OK ||
        host->option_int(host, "depth_limit", &depth_limit) != SOFIA_OK ||
        host->option_int(host, "symbol_limit", &symbol_limit) != SOFIA_OK) {
        return SOFIA_EINVAL;
    }
    config->order_timeout_ms = (uint32_t)(order_timeout_ns / COINBASE_NS_PER_MS);
    config->depth_limit = (uint32_t)depth_limit;
    config->symbol_limit = (uint32_t)symbol_limit;
    config->wanted_count = host->option_count(host, "symbols");
    return SOFIA_OK;
}

int coinbase_config_read(const struct sofia_host *host, struct coinbase_config *ret_config)
{
    int status = read_numbers(host, ret_config);

    if (read_urls(host, ret_config) != SOFIA_OK) {
        status = SOFIA_EINVAL;
    }
    if (read_texts(host, ret_config) != SOFIA_OK) {
        status = SOFIA_EINVAL;
    }
    if (sofia_config_keys(host, &ret_config->api_key, &ret_config->api_secret) != SOFIA_OK) {
        status = SOFIA_EINVAL;
    }
    return status;
}
