/* Not a module of ours. */
#include "bad.h"

static const struct sofia_strategy descriptor = {GOOD_STRATEGY};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    .magic = SOFIA_MAGIC + 1,
    GOOD_SIZE,
    GOOD_ABI,
    GOOD_VERSION,
    .kind = SOFIA_KIND_STRATEGY,
    .id = "bad.strategy.magic",
    NO_OPTIONS,
    .descriptor = &descriptor,
};
