/* The default is above the maximum of the same option. */
#include "bad.h"

static const struct sofia_option options[] = {{.size = sizeof(struct sofia_option),
                                               .type = SOFIA_OPTION_INT,
                                               .name = "levels",
                                               .default_text = "4",
                                               .max_text = "3",
                                               .doc = "levels"}};

static const struct sofia_strategy descriptor = {GOOD_STRATEGY};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,
    .kind = SOFIA_KIND_STRATEGY,
    .id = "bad.strategy.range",
    .options = options,
    .option_count = COUNT(options),
    .option_size = sizeof(struct sofia_option),
    .descriptor = &descriptor,
};
