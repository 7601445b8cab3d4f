/* A kind this core does not know. */
#include "bad.h"

static const struct sofia_strategy descriptor = {GOOD_STRATEGY};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD, .kind = 9, .id = "bad.strategy.kind", NO_OPTIONS, .descriptor = &descriptor,
};
