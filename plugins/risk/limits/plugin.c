/* sofia.risk.limits: how large an order, a position and a day's loss may become. README.md says
 * which limit an order that reduces a position passes. */
#include <stdlib.h>

#include <sofia/module.h>

#include "limits.h"

static int create(const struct sofia_host *host, void **ret_self)
{
    struct limits *limits = calloc(1, sizeof(*limits));
    int status = SOFIA_ENOMEM;

    if (limits != NULL) {
        status = limits_read(host, limits);
    }
    if (status != SOFIA_OK) {
        free(limits);
        return status;
    }
    *ret_self = limits;
    return SOFIA_OK;
}

static void destroy(void *self)
{
    free(self);
}

static int check(const void *self, const struct sofia_intent *intent,
                 const struct sofia_risk_view *view, struct sofia_verdict *ret_verdict)
{
    return limits_check(self, intent, view, ret_verdict);
}

static int config_check(void *self, const struct sofia_host *proposed)
{
    struct limits limits;

    (void)self;
    return limits_read(proposed, &limits);
}

/* Cannot fail: config_check has read the same values. Were they unreadable after all, the limits in
 * force stay in force. */
static void config_commit(void *self, const struct sofia_host *proposed)
{
    (void)limits_read(proposed, self);
}

#define LIVE_LIMIT (SOFIA_OPTION_LIVE | SOFIA_OPTION_LIMIT)

static const struct sofia_option qty_columns[] = {
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_TEXT,
     .flags = SOFIA_OPTION_REQUIRED,
     .name = "instrument",
     .doc = "name as in BTC/USDT"},
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_DECIMAL,
     .flags = SOFIA_OPTION_REQUIRED,
     .name = "qty",
     .unit = "base",
     .min_text = "0",
     .doc = "largest quantity of one order"},
};

static const struct sofia_option options[] = {
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_DECIMAL,
     .flags = SOFIA_OPTION_REQUIRED | LIVE_LIMIT,
     .name = "max_order_usd",
     .unit = "USD",
     .min_text = "0",
     .doc = "largest value of one order"},
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_ROWS,
     .flags = LIVE_LIMIT,
     .row_count = 2,
     .name = "max_order_qty",
     .default_text = "",
     .doc = "largest quantity of one order, by instrument",
     .rows = qty_columns},
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_DECIMAL,
     .flags = SOFIA_OPTION_REQUIRED | LIVE_LIMIT,
     .name = "max_position_usd",
     .unit = "USD",
     .min_text = "0",
     .doc = "largest gross exposure over all base assets, this order included"},
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_DECIMAL,
     .flags = LIVE_LIMIT,
     .name = "max_symbol_exposure_usd",
     .unit = "USD",
     .default_text = "",
     .min_text = "0",
     .doc = "largest exposure in one base asset, this order included; empty: max_position_usd"},
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_INT,
     .flags = LIVE_LIMIT,
     .name = "max_open_orders",
     .default_text = "20",
     .min_text = "0",
     .max_text = "10000",
     .doc = "most open orders on one instrument, those in doubt included"},
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_INT,
     .flags = LIVE_LIMIT,
     .name = "max_open_orders_total",
     .default_text = "100",
     .min_text = "0",
     .max_text = "10000",
     .doc = "most open orders on all instruments, those in doubt included"},
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_DECIMAL,
     .flags = SOFIA_OPTION_REQUIRED | LIVE_LIMIT,
     .name = "max_daily_loss_usd",
     .unit = "USD",
     .min_text = "0",
     .doc = "loss since the day began at which new risk is refused"},
};

static const struct sofia_risk descriptor = {
    .size = sizeof(descriptor),
    .create = create,
    .destroy = destroy,
    .check = check,
    .config_check = config_check,
    .config_commit = config_commit,
};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    .magic = SOFIA_MAGIC,
    .size = sizeof(struct sofia_module),
    .abi_major = SOFIA_ABI_MAJOR,
    .abi_minor = SOFIA_ABI_MINOR,
    .kind = SOFIA_KIND_RISK,
    .option_count = sizeof(options) / sizeof(options[0]),
    .option_size = sizeof(struct sofia_option),
    .id = "sofia.risk.limits",
    .version = "1.0.0",
    .doc = "size of orders, exposure, open orders and the day's loss",
    .descriptor = &descriptor,
    .options = options,
};
