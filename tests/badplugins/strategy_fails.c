/* Returns an error from its first event. */
#include "bad.h"

static int on_event(void *self, const struct sofia_event *event)
{
    (void)self;
    (void)event;
    return SOFIA_EFAIL;
}

static const struct sofia_strategy descriptor = {
    .size = sizeof(descriptor), GOOD_STRATEGY_LIFE, .on_event = on_event};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_STRATEGY, .id = "bad.strategy.fails",
    NO_OPTIONS, .descriptor = &descriptor,
};
