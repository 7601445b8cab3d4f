/* There is no descriptor. */
#include "bad.h"

SOFIA_EXPORT const struct sofia_module sofia_module = {GOOD_HEAD, .kind = SOFIA_KIND_STRATEGY,
                                                       .id = "bad.strategy.empty", NO_OPTIONS};
