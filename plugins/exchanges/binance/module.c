/* What the loader reads first. On its own, so that another plugin can be built around the adapter. */
#include <sofia/module.h>

#include "binance.h"

SOFIA_EXPORT const struct sofia_module sofia_module = {
    .magic = SOFIA_MAGIC,
    .size = sizeof(struct sofia_module),
    .abi_major = SOFIA_ABI_MAJOR,
    .abi_minor = SOFIA_ABI_MINOR,
    .kind = SOFIA_KIND_EXCHANGE,
    .option_count = BINANCE_OPTION_COUNT,
    .option_size = sizeof(struct sofia_option),
    .id = "sofia.exchange.binance",
    .version = "0.1.0",
    .doc = "Binance Spot: REST orders, market streams, user data over the WebSocket API",
    .descriptor = &binance_exchange,
    .options = binance_options,
};
