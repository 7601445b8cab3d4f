/* What is wrong shows only behind two pointers, yet its constructor must not run. */
#include "part.h"

PART_MARK("SOFIA_MARK_LATE")

static const struct sofia_option options[] = {{.size = sizeof(struct sofia_option),
                                               .type = SOFIA_OPTION_DECIMAL,
                                               .name = "limit",
                                               .default_text = "much",
                                               .doc = "the default is no number"}};

static const struct sofia_risk risk = {
    .size = sizeof(risk), .create = part_create, .destroy = part_destroy};

SOFIA_EXPORT const struct sofia_module sofia_module = {PART_MODULE("marks_late", &risk),
                                                       .options = options, .option_count = 1,
                                                       .option_size = sizeof(struct sofia_option)};
