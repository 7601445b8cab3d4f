/* Cannot live with this core's minor. */
#include "bad.h"

static const struct sofia_strategy descriptor = {GOOD_STRATEGY};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,
    .abi_minor_needed = SOFIA_ABI_MINOR + 7,
    .kind = SOFIA_KIND_STRATEGY,
    .id = "bad.strategy.minor",
    NO_OPTIONS,
    .descriptor = &descriptor,
};
