/* The id says exchange, the kind says strategy. */
#include "bad.h"

static const struct sofia_strategy descriptor = {GOOD_STRATEGY};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_STRATEGY, .id = "bad.exchange.confused",
    NO_OPTIONS, .descriptor = &descriptor,
};
