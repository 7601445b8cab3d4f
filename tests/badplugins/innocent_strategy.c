/* Nothing is wrong here: what is refused elsewhere is refused for its one fault. */
#include "bad.h"

static const struct sofia_strategy descriptor = {GOOD_STRATEGY};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_STRATEGY, .id = "bad.strategy.innocent",
    NO_OPTIONS, .descriptor = &descriptor,
};
