/* Its sofia_module is larger than this core knows. */
#include "bad.h"

static const struct sofia_strategy descriptor = {GOOD_STRATEGY};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_MAGIC,
    .size = sizeof(struct sofia_module) + 8,
    GOOD_ABI,
    GOOD_VERSION,
    .kind = SOFIA_KIND_STRATEGY,
    .id = "bad.strategy.newer",
    NO_OPTIONS,
    .descriptor = &descriptor,
};
