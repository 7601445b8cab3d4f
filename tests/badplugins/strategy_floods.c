/* Submits a thousand orders on instrument 1 in each callback, whatever the host answers. */
#include "bad.h"

static int on_event(void *self, const struct sofia_event *event)
{
    const struct sofia_host *host = self;
    struct sofia_intent intent = {
        .size = sizeof(intent),
        .instrument = 1,
        .side = SOFIA_SIDE_BUY,
        .type = SOFIA_TYPE_MARKET,
        .qty = {.mantissa = 1, .exponent = -3},
        .price = {.exponent = SOFIA_EXPONENT_ABSENT},
        .quote_qty = {.exponent = SOFIA_EXPONENT_ABSENT},
        .stop_price = {.exponent = SOFIA_EXPONENT_ABSENT},
    };
    uint64_t id = 0;

    (void)event;
    for (int i = 0; i < 1000; i++) {
        (void)host->strategy->submit(host, &intent, &id);
    }
    return SOFIA_OK;
}

static const struct sofia_strategy descriptor = {
    .size = sizeof(descriptor), GOOD_STRATEGY_LIFE, .on_event = on_event};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_STRATEGY, .id = "bad.strategy.floods",
    NO_OPTIONS, .descriptor = &descriptor,
};
