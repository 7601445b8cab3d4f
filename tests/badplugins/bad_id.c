/* The id is not vendor.kind.name in lower case. */
#include "bad.h"

static const struct sofia_strategy descriptor = {GOOD_STRATEGY};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_STRATEGY, .id = "Bad Strategy!",
    NO_OPTIONS, .descriptor = &descriptor,
};
