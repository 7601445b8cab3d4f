/* The required on_event is NULL. */
#include "bad.h"

static const struct sofia_strategy descriptor = {.size = sizeof(struct sofia_strategy),
                                                 GOOD_STRATEGY_LIFE};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_STRATEGY, .id = "bad.strategy.null",
    NO_OPTIONS, .descriptor = &descriptor,
};
