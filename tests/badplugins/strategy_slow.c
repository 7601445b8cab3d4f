/* Spins for a fifth of a second in each callback. */
#include <time.h>

#include "bad.h"

static int64_t mono_ns(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int on_event(void *self, const struct sofia_event *event)
{
    int64_t end_ns = mono_ns() + 200000000;

    (void)self;
    (void)event;
    while (mono_ns() < end_ns) {
    }
    return SOFIA_OK;
}

static const struct sofia_strategy descriptor = {
    .size = sizeof(descriptor), GOOD_STRATEGY_LIFE, .on_event = on_event};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_STRATEGY, .id = "bad.strategy.slow",
    NO_OPTIONS, .descriptor = &descriptor,
};
