#include <sofia/module.h>

#include "paper.h"

SOFIA_EXPORT const struct sofia_module sofia_module = {
    .magic = SOFIA_MAGIC,
    .size = sizeof(struct sofia_module),
    .abi_major = SOFIA_ABI_MAJOR,
    .abi_minor = SOFIA_ABI_MINOR,
    .kind = SOFIA_KIND_EXCHANGE,
    .option_count = PAPER_OPTION_COUNT,
    .option_size = sizeof(struct sofia_option),
    .id = "sofia.exchange.paper",
    .version = "0.1.0",
    .doc = "Practice: orders are filled in this process against a venue's public market data",
    .descriptor = &paper_exchange,
    .options = paper_options,
};
