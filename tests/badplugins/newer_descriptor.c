/* Its descriptor is larger than this core knows: it may rely on a callback that is never called. */
#include "bad.h"

static const struct sofia_strategy descriptor = {
    .size = sizeof(struct sofia_strategy) + 8, GOOD_STRATEGY_LIFE, .on_event = bad_on_event};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_STRATEGY, .id = "bad.strategy.newer",
    NO_OPTIONS, .descriptor = &descriptor,
};
