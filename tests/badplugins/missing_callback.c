/* An older, smaller descriptor that ends before the required on_event. */
#include "bad.h"

static const struct sofia_strategy descriptor = {.size = offsetof(struct sofia_strategy, on_event),
                                                 GOOD_STRATEGY_LIFE,
                                                 .on_event = bad_on_event};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_STRATEGY, .id = "bad.strategy.older",
    NO_OPTIONS, .descriptor = &descriptor,
};
