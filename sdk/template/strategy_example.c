/* A strategy to start from: buys a little when the price has fallen some way below its highest point.
 *
 *     TICKER: bid grows -> remember it;  ask is `dip_bps` below it -> one IOC order, then begin again
 *
 * It shows the parts every strategy has: options, subscribing, READY, submitting, and hearing what
 * became of the order. It is no advice. */
#include <stdlib.h>

#include <sofia/kit/decimal.h>
#include <sofia/module.h>

struct example {
    const struct sofia_host *host;
    const char *name; /* lives until destroy */
    struct sofia_decimal qty;
    struct sofia_wide trigger; /* 1 - dip_bps / 10000 */
    struct sofia_decimal high; /* highest bid since the last order; absent: none seen */
    uint32_t instrument;       /* 0: not declared by a venue yet */
    uint32_t is_ready;
    uint64_t order_id; /* of the order under way; 0: none */
};

/* [main] Options are in the table below; the core has checked type and range of every value. */
static int create(const struct sofia_host *host, void **ret_self)
{
    struct example *self = calloc(1, sizeof(*self));
    struct sofia_decimal dip_bps;
    int status;

    if (self == NULL) {
        return SOFIA_ENOMEM;
    }
    self->host = host;
    self->high = sofia_decimal_absent();
    status = host->option_text(host, "instrument", &self->name);
    if (status == SOFIA_OK) {
        status = host->option_decimal(host, "qty", &self->qty);
    }
    if (status == SOFIA_OK) {
        status = host->option_decimal(host, "dip_bps", &dip_bps);
    }
    /* Money and prices are exact: no double anywhere, and each rounding has a name. */
    if (status == SOFIA_OK) {
        status = sofia_wide_sub(sofia_wide_of(sofia_decimal_of(10000, 0)), sofia_wide_of(dip_bps),
                                &self->trigger);
    }
    if (status == SOFIA_OK) {
        status = sofia_wide_mul(self->trigger, sofia_wide_of(sofia_decimal_of(1, -4)), -12,
                                SOFIA_ROUND_HALF_EVEN, &self->trigger);
    }
    if (status == SOFIA_OK) {
        status = host->strategy->subscribe(host, self->name);
    }
    if (status != SOFIA_OK) {
        free(self);
        return status;
    }
    *ret_self = self;
    return SOFIA_OK;
}

static void destroy(void *self)
{
    free(self);
}

static int start(void *self)
{
    (void)self; /* orders are accepted from READY on, not from here on */
    return SOFIA_OK;
}

static void stop(void *self)
{
    (void)self; /* the core cancels what the instance's on_stop says */
}

static int buy(struct example *self, struct sofia_decimal price)
{
    struct sofia_intent intent = {
        .size = sizeof(intent),
        .instrument = self->instrument,
        .side = SOFIA_SIDE_BUY,
        .type = SOFIA_TYPE_LIMIT,
        .tif = SOFIA_TIF_IOC,
        .qty = self->qty,
        .price = price,
        .quote_qty = sofia_decimal_absent(), /* a number that is not there is absent, not zero */
        .stop_price = sofia_decimal_absent(),
    };
    int status = self->host->strategy->submit(self->host, &intent, &self->order_id);

    return status == SOFIA_EAGAIN ? SOFIA_OK
                                  : status; /* too many posts now: the next ticker will do */
}

static int on_ticker(struct example *self, const struct sofia_event_ticker *event)
{
    struct sofia_wide limit;

    if (self->instrument == 0 &&
        self->host->instrument_find(self->host, self->name, &self->instrument) != SOFIA_OK) {
        return SOFIA_OK;
    }
    if (event->head.instrument != self->instrument || sofia_decimal_is_absent(event->bid) ||
        sofia_decimal_is_absent(event->ask)) {
        return SOFIA_OK;
    }
    if (sofia_decimal_cmp(event->bid, self->high) > 0) {
        self->high = event->bid;
    }
    if (!self->is_ready || self->order_id != 0 ||
        sofia_wide_mul(sofia_wide_of(self->high), self->trigger, -12, SOFIA_ROUND_FLOOR, &limit) !=
            0 ||
        sofia_wide_cmp(sofia_wide_of(event->ask), limit) > 0) {
        return SOFIA_OK;
    }
    self->high = sofia_decimal_absent();
    return buy(self, event->ask);
}

/* What became of the order, DENIED by a risk rule included. Doubt is not an end: wait for it. */
static void on_order(struct example *self, const struct sofia_event_order *event)
{
    if (event->order.order_id == self->order_id && event->order.doubt == 0 &&
        SOFIA_STATE_IS_TERMINAL(event->order.state)) {
        self->order_id = 0;
    }
}

/* [trade] Return within microseconds. An event is valid during the call only; types you do not know
 * are skipped. An error stops the strategy. */
static int on_event(void *self, const struct sofia_event *event)
{
    struct example *example = self;

    switch (event->type) {
    case SOFIA_EV_READY:
        example->is_ready = 1;
        return SOFIA_OK;
    case SOFIA_EV_TICKER:
        return on_ticker(example, (const struct sofia_event_ticker *)event);
    case SOFIA_EV_ORDER:
        on_order(example, (const struct sofia_event_order *)event);
        return SOFIA_OK;
    default:
        return SOFIA_OK;
    }
}

static const struct sofia_option options[] = {
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_TEXT,
     .flags = SOFIA_OPTION_REQUIRED,
     .name = "instrument",
     .doc = "what to buy, as in BTC/USDT"},
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_DECIMAL,
     .flags = SOFIA_OPTION_REQUIRED,
     .name = "qty",
     .unit = "base",
     .min_text = "0",
     .doc = "quantity of each order"},
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_DECIMAL,
     .name = "dip_bps",
     .unit = "bps",
     .default_text = "50",
     .min_text = "1",
     .max_text = "5000",
     .doc = "how far the price must have fallen"},
};

static const struct sofia_strategy descriptor = {
    .size = sizeof(descriptor),
    .create = create,
    .start = start,
    .on_event = on_event,
    .stop = stop,
    .destroy = destroy,
};

/* The one exported symbol. It is data: the core reads and judges it before it calls anything. */
SOFIA_EXPORT const struct sofia_module sofia_module = {
    .magic = SOFIA_MAGIC,
    .size = sizeof(struct sofia_module),
    .abi_major = SOFIA_ABI_MAJOR,
    .abi_minor = SOFIA_ABI_MINOR,
    .kind = SOFIA_KIND_STRATEGY,
    .option_count = sizeof(options) / sizeof(options[0]),
    .option_size = sizeof(struct sofia_option),
    .id = "example.strategy.example",
    .version = "0.1.0",
    .doc = "buys a little after the price has fallen",
    .descriptor = &descriptor,
    .options = options,
};
