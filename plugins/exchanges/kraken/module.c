/* What the loader reads first. */
#include <sofia/module.h>

#include "kraken.h"

SOFIA_EXPORT const struct sofia_module sofia_module = {
    .magic = SOFIA_MAGIC,
    .size = sizeof(struct sofia_module),
    .abi_major = SOFIA_ABI_MAJOR,
    .abi_minor = SOFIA_ABI_MINOR,
    .kind = SOFIA_KIND_EXCHANGE,
    .option_count = KRAKEN_OPTION_COUNT,
    .option_size = sizeof(struct sofia_option),
    .id = "sofia.exchange.kraken",
    .version = "0.1.0",
    .doc = "Kraken Spot: REST or WebSocket orders, WebSocket v2 market and account data",
    .descriptor = &kraken_exchange,
    .options = kraken_options,
};
