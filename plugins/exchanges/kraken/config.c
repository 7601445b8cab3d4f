#include <string.h>

#include "kraken.h"

#define ROW .size = sizeof(struct sofia_option)
/* The venue wants 2 s when the order arrives, and some of it is spent on the way. */
#define REST_DEADLINE_LEAST_NS (3 * KRAKEN_NS_PER_S)

const struct kraken_tier kraken_tiers[3] = {
    {"starter", 15, 60, 46 * KRAKEN_NS_PER_S, 60 * KRAKEN_NS_PER_S, 60},
    {"intermediate", 20, 125, 40 * KRAKEN_NS_PER_S, 54 * KRAKEN_NS_PER_S, 80},
    {"pro", 20, 180, 20 * KRAKEN_NS_PER_S, 48 * KRAKEN_NS_PER_S, 225},
};

const struct sofia_option kraken_options[KRAKEN_OPTION_COUNT] = {
    {ROW, .type = SOFIA_OPTION_CHOICE, .name = "mode", .default_text = "testnet",
     .choices = "testnet|live",
     .doc = "live: the venue. testnet: Kraken has none, so only loopback URLs (sofia-venue) do"},
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "rest_url", .default_text = "",
     .doc = "base URL of the REST API, without /0; empty: by mode"},
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "ws_url", .default_text = "",
     .doc = "base URL of the public WebSocket, without /v2; empty: by mode"},
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "ws_auth_url", .default_text = "",
     .doc = "base URL of the private WebSocket, without /v2; empty: by mode"},
    {ROW, .type = SOFIA_OPTION_LIST, .name = "symbols", .default_text = "",
     .doc = "instruments to declare, as BTC/USD; empty: all up to symbol_limit"},
    {ROW, .type = SOFIA_OPTION_INT, .name = "symbol_limit", .default_text = "64", .min_text = "1",
     .max_text = "512", .doc = "most instruments if symbols is empty"},
    {ROW, .type = SOFIA_OPTION_SECRET, .name = "api_key", .default_text = "",
     .flags = SOFIA_OPTION_IDENTIFIER, .doc = "API key, the public half; empty: public data only"},
    {ROW, .type = SOFIA_OPTION_SECRET, .name = "api_secret", .default_text = "",
     .doc = "the private key as the venue shows it (base64)"},
    {ROW, .type = SOFIA_OPTION_CHOICE, .name = "tier", .default_text = "intermediate",
     .choices = "starter|intermediate|pro", .doc = "verification tier, which sets the rate limits"},
    {ROW, .type = SOFIA_OPTION_CHOICE, .name = "order_entry", .default_text = "rest",
     .choices = "rest|ws", .doc = "how orders and cancels are sent"},
    {ROW, .type = SOFIA_OPTION_DURATION, .name = "deadline", .default_text = "5s",
     .min_text = "500ms", .max_text = "60s",
     .doc = "how long the venue may take to accept an order; at least 3s with REST"},
    {ROW, .type = SOFIA_OPTION_DURATION, .name = "visibility_lag", .default_text = "60s",
     .min_text = "0s", .max_text = "10m",
     .doc = "how long after its deadline an order may still be missing from listings"},
    {ROW, .type = SOFIA_OPTION_CHOICE, .name = "depth", .default_text = "25",
     .choices = "10|25|100|500|1000", .doc = "levels a side of the book"},
    {ROW, .type = SOFIA_OPTION_LIST, .name = "unchecked_books", .default_text = "",
     .doc = "pairs whose book is kept though its checksum is wrong at the venue"},
};

static const struct {
    const char *option;
    const char *scheme;
    const char *suffix;
    const char *live;
} urls[ORIGIN_COUNT] = {
    [ORIGIN_REST] = {"rest_url", "http", "/0", "https://api.kraken.com"},
    [ORIGIN_WS] = {"ws_url", "ws", "/v2", "wss://ws.kraken.com"},
    [ORIGIN_WS_AUTH] = {"ws_auth_url", "ws", "/v2", "wss://ws-auth.kraken.com"},
};

static int is_choice(const struct sofia_host *host, const char *option, const char *choice)
{
    const char *text = NULL;

    return host->option_text(host, option, &text) == SOFIA_OK && text != NULL &&
           strcmp(text, choice) == 0;
}

/* All three must be the real thing or all three must be local, and they must be what `mode` says:
 * "testnet" with the venue's own address would be real money. */
static int read_urls(const struct sofia_host *host, struct kraken_config *config)
{
    int is_live = is_choice(host, "mode", "live");
    int status = SOFIA_OK;

    for (uint32_t i = 0; i < ORIGIN_COUNT; i++) {
        if (sofia_config_url(host, urls[i].option, urls[i].scheme, urls[i].suffix, urls[i].live,
                             config->url[i]) != SOFIA_OK) {
            status = SOFIA_EINVAL;
        }
    }
    for (uint32_t i = 0; status == SOFIA_OK && i < ORIGIN_COUNT; i++) {
        int local = sofia_url_is_loopback(config->url[i]);
        if (is_live && local) {
            sofia_config_report(host, urls[i].option,
                                "a loopback address contradicts mode: live; use mode: testnet");
            return SOFIA_EINVAL;
        }
        if (!is_live && !local) {
            sofia_config_report(host, urls[i].option,
                                "Kraken has no test network; run sofia-venue and give its loopback "
                                "address here, or set mode: live");
            return SOFIA_EINVAL;
        }
    }
    return status;
}

static int read_durations(const struct sofia_host *host, struct kraken_config *config)
{
    if (host->option_duration_ns(host, "deadline", &config->deadline_ns) != SOFIA_OK ||
        host->option_duration_ns(host, "visibility_lag", &config->visibility_lag_ns) != SOFIA_OK) {
        return SOFIA_EINVAL;
    }
    if (!config->orders_by_ws && config->deadline_ns < REST_DEADLINE_LEAST_NS) {
        sofia_config_report(host, "deadline", "order_entry: rest takes no deadline below 3s");
        return SOFIA_EINVAL;
    }
    /* The answer is waited for beyond the deadline: until then the venue may still say what it did. */
    config->order_timeout_ms =
        (uint32_t)((config->deadline_ns + 5 * KRAKEN_NS_PER_S) / KRAKEN_NS_PER_MS);
    return SOFIA_OK;
}

static int read_choices(const struct sofia_host *host, struct kraken_config *config)
{
    static const uint32_t depths[] = {10, 25, 100, 500, 1000};
    static const char *const texts[] = {"10", "25", "100", "500", "1000"};
    int64_t limit = 0;

    config->orders_by_ws = is_choice(host, "order_entry", "ws") ? 1 : 0;
    for (uint32_t i = 0; i < sizeof(kraken_tiers) / sizeof(kraken_tiers[0]); i++) {
        if (is_choice(host, "tier", kraken_tiers[i].name)) {
            config->tier = i;
        }
    }
    for (uint32_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
        if (is_choice(host, "depth", texts[i])) {
            config->depth = depths[i];
        }
    }
    if (config->depth == 0 || host->option_int(host, "symbol_limit", &limit) != SOFIA_OK) {
        return SOFIA_EINVAL;
    }
    config->symbol_limit = (uint32_t)limit;
    config->wanted_count = host->option_count(host, "symbols");
    return SOFIA_OK;
}

int kraken_config_read(const struct sofia_host *host, struct kraken_config *ret_config)
{
    int status = read_choices(host, ret_config);

    if (read_durations(host, ret_config) != SOFIA_OK) {
        status = SOFIA_EINVAL;
    }
    if (read_urls(host, ret_config) != SOFIA_OK) {
        status = SOFIA_EINVAL;
    }
    if (sofia_config_keys(host, &ret_config->api_key, &ret_config->api_secret) != SOFIA_OK) {
        status = SOFIA_EINVAL;
    }
    return status;
}

int kraken_config_wants(const struct kraken *k, const char *name)
{
    return sofia_config_lists(k->host, "symbols", name);
}

int kraken_config_unchecked(const struct kraken *k, const char *name)
{
    return k->host->option_count(k->host, "unchecked_books") > 0 &&
           sofia_config_lists(k->host, "unchecked_books", name);
}
