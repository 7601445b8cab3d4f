/* Nothing is wrong in the source: the tests build it with linker options that are refused. */
#include "part.h"

static const struct sofia_risk risk = {.size = sizeof(risk), PART_RISK};

SOFIA_EXPORT const struct sofia_module sofia_module = {PART_MODULE("plain", &risk)};
