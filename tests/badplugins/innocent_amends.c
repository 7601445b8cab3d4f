/* Nothing is wrong here: places an order, makes it smaller once it lives, and moves its price once that lives. What the host must
 * refuse is asked for too; a wrong answer stops it. */
#include "bad.h"

static const struct sofia_decimal as_it_is = {.exponent = SOFIA_EXPONENT_ABSENT};

static uint64_t follow; /* the order that is its own now */
static int step;

static int place(const struct sofia_host *host)
{
    struct sofia_intent intent = {
        .size = sizeof(intent),
        .instrument = 1,
        .side = SOFIA_SIDE_BUY,
        .type = SOFIA_TYPE_LIMIT,
        .tif = SOFIA_TIF_GTC,
        .qty = {.mantissa = 2, .exponent = -2},
        .price = {.mantissa = 55, .exponent = 3},
        .quote_qty = as_it_is,
        .stop_price = as_it_is,
    };

    if (host->instrument_find(host, "BTC/USDT", &intent.instrument) != SOFIA_OK) {
        return SOFIA_EFAIL;
    }
    return host->strategy->submit(host, &intent, &follow);
}

static int change(const struct sofia_host *host, struct sofia_decimal qty,
                  struct sofia_decimal price)
{
    uint64_t replacement = 0;
    int status = host->strategy->replace(host, follow, qty, price, &replacement);

    if (status != SOFIA_OK || replacement == 0 || replacement == follow) {
        return SOFIA_EFAIL;
    }
    follow = replacement;
    step++;
    return SOFIA_OK;
}

static int on_order(const struct sofia_host *host, const struct sofia_order *order)
{
    uint64_t unused = 0;

    if (order->order_id == follow && order->state == SOFIA_STATE_DENIED && step == 0) {
        follow = 0; /* the market is not known yet: with the next price */
    }
    if (order->order_id != follow || order->state != SOFIA_STATE_NEW) {
        return SOFIA_OK;
    }
    if (host->strategy->replace(host, follow + 1000, as_it_is, as_it_is, &unused) != SOFIA_ENOENT) {
        return SOFIA_EFAIL;
    }
    if (step == 0) {
        return change(host, (struct sofia_decimal){.mantissa = 1, .exponent = -2}, as_it_is);
    }
    if (step == 1) {
        return change(host, as_it_is, (struct sofia_decimal){.mantissa = 54, .exponent = 3});
    }
    return SOFIA_OK;
}

static int on_event(void *self, const struct sofia_event *event)
{
    const struct sofia_host *host = self;

    if (event->type == SOFIA_EV_READY) {
        follow = 0;
        step = 0;
        return host->strategy->subscribe(host, "BTC/USDT");
    }
    if (event->type == SOFIA_EV_TICKER && follow == 0) {
        return place(host);
    }
    if (event->type == SOFIA_EV_ORDER) {
        return on_order(host, &((const struct sofia_event_order *)(const void *)event)->order);
    }
    return SOFIA_OK;
}

static const struct sofia_strategy descriptor = {
    .size = sizeof(descriptor), GOOD_STRATEGY_LIFE, .on_event = on_event};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_STRATEGY, .id = "bad.strategy.amends",
    NO_OPTIONS, .descriptor = &descriptor,
};
