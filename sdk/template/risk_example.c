/* A risk rule to start from: no more than so many new orders a minute.
 *
 *     ORDER events (PENDING_NEW) --on_event--> times of the last orders
 *                                                     |
 *     intent, view.now_ns ----------check------------>+--> pass, or refuse with the numbers
 *
 * It shows the split every rule with a memory has: `check` is pure and may be called as often as the
 * core likes, also for drills; only `on_event` changes state, and the core replays it from the
 * journal at start, so a restart forgets nothing. Reducing orders pass: the way out stays open. */
#include <stdio.h>
#include <stdlib.h>

#include <sofia/kit/decimal.h>
#include <sofia/module.h>

#define WINDOW_NS INT64_C(60000000000)
#define MOST 1000u

struct example {
    uint32_t limit;
    uint32_t next;       /* where the next time goes */
    int64_t times[MOST]; /* of the last MOST orders, a ring; 0: not used yet */
};

static int create(const struct sofia_host *host, void **ret_self)
{
    struct example *self = calloc(1, sizeof(*self));
    int64_t limit = 0;
    int status;

    if (self == NULL) {
        return SOFIA_ENOMEM;
    }
    status = host->option_int(host, "max_orders_per_minute", &limit);
    if (status != SOFIA_OK) {
        free(self);
        return status;
    }
    self->limit = (uint32_t)limit; /* bounded by the table */
    *ret_self = self;
    return SOFIA_OK;
}

static void destroy(void *self)
{
    free(self);
}

/* [trade] ret_verdict comes zeroed: leaving it alone means pass. */
static int check(const void *self, const struct sofia_intent *intent,
                 const struct sofia_risk_view *view, struct sofia_verdict *ret_verdict)
{
    const struct example *example = self;
    uint32_t count = 0;

    (void)intent;
    ret_verdict->value = sofia_decimal_absent();
    ret_verdict->limit = sofia_decimal_absent();
    if (view->effect == SOFIA_EFFECT_REDUCE) {
        return SOFIA_OK;
    }
    for (uint32_t i = 0; i < MOST; i++) {
        if (example->times[i] != 0 && example->times[i] > view->now_ns - WINDOW_NS) {
            count++;
        }
    }
    if (count < example->limit) {
        return SOFIA_OK;
    }
    ret_verdict->refuse = 1;
    ret_verdict->value = sofia_decimal_of((int64_t)count + 1, 0);
    ret_verdict->limit = sofia_decimal_of((int64_t)example->limit, 0);
    snprintf(ret_verdict->code, sizeof(ret_verdict->code), "MAX_ORDERS_PER_MINUTE");
    snprintf(ret_verdict->reason, sizeof(ret_verdict->reason),
             "this would be order %u of the last minute, max_orders_per_minute is %u", count + 1,
             example->limit);
    return SOFIA_OK;
}

static int on_event(void *self, const struct sofia_event *event)
{
    struct example *example = self;

    if (event->type == SOFIA_EV_ORDER &&
        ((const struct sofia_event_order *)event)->order.state == SOFIA_STATE_PENDING_NEW &&
        ((const struct sofia_event_order *)event)->order.doubt == 0) {
        example->times[example->next] = event->ts_recv_ns;
        example->next = (example->next + 1) % MOST;
    }
    return SOFIA_OK;
}

static const struct sofia_option options[] = {
    {.size = sizeof(struct sofia_option),
     .type = SOFIA_OPTION_INT,
     .flags = SOFIA_OPTION_LIMIT,
     .name = "max_orders_per_minute",
     .default_text = "60",
     .min_text = "1",
     .max_text = "1000",
     .doc = "most new orders in sixty seconds"},
};

static const struct sofia_risk descriptor = {
    .size = sizeof(descriptor),
    .create = create,
    .destroy = destroy,
    .check = check,
    .on_event = on_event,
};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    .magic = SOFIA_MAGIC,
    .size = sizeof(struct sofia_module),
    .abi_major = SOFIA_ABI_MAJOR,
    .abi_minor = SOFIA_ABI_MINOR,
    .kind = SOFIA_KIND_RISK,
    .option_count = sizeof(options) / sizeof(options[0]),
    .option_size = sizeof(struct sofia_option),
    .id = "example.risk.example",
    .version = "0.1.0",
    .doc = "limits new orders a minute",
    .descriptor = &descriptor,
    .options = options,
};
