/* The stride of the option table is not a struct sofia_option. */
#include "bad.h"

static const struct sofia_option options[] = {{.size = sizeof(struct sofia_option),
                                               .type = SOFIA_OPTION_INT,
                                               .name = "levels",
                                               .default_text = "1",
                                               .doc = "levels"}};

static const struct sofia_strategy descriptor = {GOOD_STRATEGY};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,
    .kind = SOFIA_KIND_STRATEGY,
    .id = "bad.strategy.stride",
    .options = options,
    .option_count = COUNT(options),
    .option_size = 8,
    .descriptor = &descriptor,
};
