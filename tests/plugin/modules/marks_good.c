/* Nothing is wrong: its constructor runs. The proof that the mark works. */
#include "part.h"

PART_MARK("SOFIA_MARK_GOOD")

static const struct sofia_risk risk = {.size = sizeof(risk), PART_RISK};

SOFIA_EXPORT const struct sofia_module sofia_module = {PART_MODULE("marks_good", &risk)};
