/* Rests an order on instrument 1 after a second; when that lives, submits another one and returns an error. */
#include "bad.h"

static int submit(const struct sofia_host *host)
{
    struct sofia_intent intent = {
        .size = sizeof(intent),
        .instrument = 1,
        .side = SOFIA_SIDE_BUY,
        .type = SOFIA_TYPE_LIMIT,
        .tif = SOFIA_TIF_GTC,
        .qty = {.mantissa = 1, .exponent = -3},
        .price = {.mantissa = 55000, .exponent = 0},
        .quote_qty = {.exponent = SOFIA_EXPONENT_ABSENT},
        .stop_price = {.exponent = SOFIA_EXPONENT_ABSENT},
    };
    uint64_t id = 0;

    return host->strategy->submit(host, &intent, &id);
}

static int on_event(void *self, const struct sofia_event *event)
{
    const struct sofia_host *host = self;
    const struct sofia_event_order *order = (const struct sofia_event_order *)(const void *)event;

    if (event->type == SOFIA_EV_READY) {
        return host->timer(host, INT64_C(1000000000), 0, NULL);
    }
    if (event->type == SOFIA_EV_TIMER) {
        return submit(self);
    }
    if (event->type == SOFIA_EV_ORDER && order->order.state == SOFIA_STATE_NEW) {
        (void)submit(self);
        return SOFIA_EFAIL;
    }
    return SOFIA_OK;
}

static const struct sofia_strategy descriptor = {
    .size = sizeof(descriptor), GOOD_STRATEGY_LIFE, .on_event = on_event};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_STRATEGY, .id = "bad.strategy.dies",
    NO_OPTIONS, .descriptor = &descriptor,
};
