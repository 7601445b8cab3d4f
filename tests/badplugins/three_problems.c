/* Another major, an impossible id and no on_event: all three must be named in one message. */
#include "bad.h"

static const struct sofia_strategy descriptor = {.size = sizeof(struct sofia_strategy),
                                                 GOOD_STRATEGY_LIFE};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_MAGIC,
    GOOD_SIZE,
    .abi_major = SOFIA_ABI_MAJOR + 1,
    GOOD_VERSION,
    .kind = SOFIA_KIND_STRATEGY,
    .id = "Bad Strategy!",
    NO_OPTIONS,
    .descriptor = &descriptor,
};
