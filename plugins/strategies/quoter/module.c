/* What the core reads before it calls anything here. */
#include <sofia/module.h>

#include "quoter.h"

#define OPTION .size = sizeof(struct sofia_option)
#define DECIMAL OPTION, .type = SOFIA_OPTION_DECIMAL
#define INT OPTION, .type = SOFIA_OPTION_INT
#define DURATION OPTION, .type = SOFIA_OPTION_DURATION

static const struct sofia_option options[] = {
    {OPTION, .type = SOFIA_OPTION_TEXT, .flags = SOFIA_OPTION_REQUIRED, .name = "instrument",
     .doc = "what to quote, as in BTC/USDT or binance:BTC/USDT"},
    {DECIMAL, .flags = SOFIA_OPTION_REQUIRED, .name = "order_qty", .unit = "base", .min_text = "0",
     .doc = "quantity of each order; cut to the instrument's lot"},
    {DECIMAL, .flags = SOFIA_OPTION_REQUIRED, .name = "max_inventory", .unit = "base",
     .doc = "most to hold, counting buy orders that could still fill"},
    {DECIMAL, .name = "min_inventory", .unit = "base", .default_text = "0",
     .doc = "least to hold, counting sell orders; below zero sells from the owner's wallet"},
    {DECIMAL, .name = "spread_bps", .unit = "bps", .default_text = "20", .min_text = "0",
     .max_text = "5000", .doc = "distance between the innermost bid and ask, of the middle price"},
    {INT, .name = "levels", .default_text = "1", .min_text = "1", .max_text = "3",
     .doc = "orders on each side"},
    {DECIMAL, .name = "level_step_bps", .unit = "bps", .default_text = "10", .min_text = "0",
     .max_text = "1000", .doc = "distance from one level to the next"},
    {DECIMAL, .name = "skew_bps_per_inventory", .unit = "bps/base", .default_text = "0",
     .min_text = "0", .doc = "how far one unit held moves all quotes down"},
    {DECIMAL, .name = "reprice_bps", .unit = "bps", .default_text = "2", .min_text = "0",
     .max_text = "1000", .doc = "an order this close to its wanted price is left alone"},
    {DURATION, .name = "refresh", .default_text = "1s", .min_text = "10ms", .max_text = "1h",
     .doc = "time between two looks at the book"},
    {OPTION, .type = SOFIA_OPTION_BOOL, .name = "post_only", .default_text = "true",
     .doc = "quotes are refused by the venue instead of taking"},
    {INT, .name = "take_every", .default_text = "0", .min_text = "0", .max_text = "1000000",
     .doc = "every so many refreshes one order takes from the book; 0: never"},
    {DURATION, .name = "backoff", .default_text = "2s", .min_text = "1ms", .max_text = "1h",
     .doc = "pause after an order was refused; doubles with each refusal in a row"},
    {DURATION, .name = "backoff_max", .default_text = "60s", .min_text = "1ms", .max_text = "1d",
     .doc = "longest such pause"},
};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    .magic = SOFIA_MAGIC,
    .size = sizeof(struct sofia_module),
    .abi_major = SOFIA_ABI_MAJOR,
    .abi_minor = SOFIA_ABI_MINOR,
    .kind = SOFIA_KIND_STRATEGY,
    .option_count = sizeof(options) / sizeof(options[0]),
    .option_size = sizeof(struct sofia_option),
    .id = "sofia.strategy.quoter",
    .version = "1.0.0",
    .doc = "two-sided quotes around the middle price, skewed by inventory",
    .descriptor = &quoter_strategy,
    .options = options,
};
