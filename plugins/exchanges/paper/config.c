#include <string.h>

#include <sofia/kit/decimal.h>

#include "paper.h"

#define ROW .size = sizeof(struct sofia_option)

static const struct sofia_option balance_columns[] = {
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "asset", .flags = SOFIA_OPTION_REQUIRED,
     .doc = "what is held, as the reference venue writes it"},
    {ROW, .type = SOFIA_OPTION_DECIMAL, .name = "amount", .flags = SOFIA_OPTION_REQUIRED,
     .min_text = "0", .doc = "how much of it, at each start"},
};

const struct sofia_option paper_options[PAPER_OPTION_COUNT] = {
    {ROW, .type = SOFIA_OPTION_CHOICE, .name = "feed", .default_text = "binance",
     .choices = "binance", .doc = "whose public market data orders are filled against"},
    {ROW, .type = SOFIA_OPTION_CHOICE, .name = "mode", .default_text = "testnet",
     .choices = "testnet|live", .doc = "which of its URLs apply; its data is public in either"},
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "rest_url", .default_text = "",
     .doc = "base URL of its REST API; empty: by mode"},
    {ROW, .type = SOFIA_OPTION_TEXT, .name = "stream_url", .default_text = "",
     .doc = "base URL of its market streams; empty: by mode"},
    {ROW, .type = SOFIA_OPTION_LIST, .name = "symbols", .default_text = "",
     .doc = "instruments to declare, as BTC/USDT; empty: all up to symbol_limit"},
    {ROW, .type = SOFIA_OPTION_INT, .name = "symbol_limit", .default_text = "64", .min_text = "1",
     .max_text = "256", .doc = "most instruments if symbols is empty"},
    {ROW, .type = SOFIA_OPTION_INT, .name = "depth_limit", .default_text = "1000", .min_text = "5",
     .max_text = "5000", .doc = "levels a side in a book snapshot"},
    {ROW, .type = SOFIA_OPTION_DURATION, .name = "stream_max_age", .default_text = "23h",
     .min_text = "5s", .max_text = "24h",
     .doc = "a connection this old gets a successor before it is closed"},
    {ROW, .type = SOFIA_OPTION_ROWS, .name = "balances", .default_text = "",
     .rows = balance_columns, .row_count = sizeof(balance_columns) / sizeof(balance_columns[0]),
     .doc = "what the account holds at each start"},
    {ROW, .type = SOFIA_OPTION_DECIMAL, .name = "maker_bps", .unit = "bps", .default_text = "10",
     .min_text = "0", .max_text = "1000", .doc = "fee of what rested, of the asset received"},
    {ROW, .type = SOFIA_OPTION_DECIMAL, .name = "taker_bps", .unit = "bps", .default_text = "10",
     .min_text = "0", .max_text = "1000", .doc = "fee of what took, of the asset received"},
};

static int read_balance(struct paper *p, uint32_t row)
{
    const struct sofia_host *host = p->host;
    const char *name = NULL;
    const char *amount = NULL;

    if (host->option_cell(host, "balances", row, "asset", &name) != SOFIA_OK ||
        host->option_cell(host, "balances", row, "amount", &amount) != SOFIA_OK) {
        return SOFIA_EINVAL;
    }
    uint32_t known = p->desk.asset_count;
    struct desk_asset *asset = desk_asset(&p->desk, name);
    if (asset == NULL || p->desk.asset_count == known) {
        sofia_config_report(host, "balances",
                            asset == NULL ? "too many assets, or a name that is too long"
                                          : "an asset is there twice");
        return SOFIA_EINVAL;
    }
    return sofia_wide_parse(amount, strlen(amount), &asset->free) == 0 ? SOFIA_OK : SOFIA_EINVAL;
}

int paper_config_read(struct paper *p)
{
    const struct sofia_host *host = p->host;
    uint32_t count = host->option_count(host, "balances");
    int status = count > 0 ? SOFIA_OK : SOFIA_EINVAL;

    if (count == 0) {
        sofia_config_report(host, "balances", "an account that holds nothing cannot trade");
    }
    for (uint32_t i = 0; status == SOFIA_OK && i < count; i++) {
        status = read_balance(p, i);
    }
    if (host->option_decimal(host, "maker_bps", &p->desk.maker_bps) != SOFIA_OK ||
        host->option_decimal(host, "taker_bps", &p->desk.taker_bps) != SOFIA_OK) {
        return SOFIA_EINVAL;
    }
    return status;
}
