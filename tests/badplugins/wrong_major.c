/* Built for another major. */
#include "bad.h"

static const struct sofia_strategy descriptor = {GOOD_STRATEGY};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_MAGIC,
    GOOD_SIZE,
    .abi_major = SOFIA_ABI_MAJOR + 1,
    .abi_minor = 0,
    GOOD_VERSION,
    .kind = SOFIA_KIND_STRATEGY,
    .id = "bad.strategy.major",
    NO_OPTIONS,
    .descriptor = &descriptor,
};
