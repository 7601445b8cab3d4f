/* sofia.strategy.quoter: events in, turns out. See quoter.h for the picture and README.md for the
 * options. */
#include <stdlib.h>

#include "quoter.h"

static int create(const struct sofia_host *host, void **ret_self)
{
    struct quoter *quoter = calloc(1, sizeof(*quoter));
    int status = SOFIA_ENOMEM;

    if (quoter == NULL) {
        return status;
    }
    quoter->host = host;
    quoter->take_next = SOFIA_SIDE_BUY;
    status = settings_read(host, &quoter->settings);
    if (status == SOFIA_OK) {
        status = host->strategy->subscribe(host, quoter->settings.instrument);
    }
    if (status != SOFIA_OK) {
        free(quoter);
        return status;
    }
    sofia_backoff_init(&quoter->backoff, quoter->settings.backoff_ns,
                       quoter->settings.backoff_max_ns, 0, 0);
    *ret_self = quoter;
    return SOFIA_OK;
}

static void destroy(void *self)
{
    free(self);
}

static int start(void *self)
{
    (void)self; /* nothing before READY */
    return SOFIA_OK;
}

/* The core cancels what on_stop says. */
static void stop(void *self)
{
    struct quoter *quoter = self;

    quoter->ready = 0;
}

static int arm_timer(struct quoter *quoter)
{
    sofia_handle timer = 0;

    return quoter->host->timer(quoter->host, quoter->settings.refresh_ns, 0, &timer);
}

static int on_ready(struct quoter *quoter)
{
    int is_first = !quoter->ready;

    quoter->ready = 1;
    quoter_turn(quoter);
    return is_first ? arm_timer(quoter) : SOFIA_OK;
}

static int on_timer(struct quoter *quoter)
{
    quoter->turns++;
    if (quoter->settings.take_every != 0 && quoter->take_side == 0 &&
        quoter->turns % quoter->settings.take_every == 0) {
        quoter->take_side = quoter->take_next;
    }
    quoter_turn(quoter);
    return arm_timer(quoter);
}

/* A live order nobody here has sent: recovered after a restart. It takes the first free place on
 * its side; more orders than places, and orders that are no quotes, are surplus. */
static struct own_order *adopt(struct quoter *quoter, const struct sofia_order *seen)
{
    struct own_order *order = orders_add(&quoter->orders, seen->order_id);
    uint32_t level = 0;

    if (order == NULL) {
        return NULL;
    }
    while (level < quoter->settings.levels &&
           orders_at(&quoter->orders, seen->side, level) != NULL) {
        level++;
    }
    order->side = seen->side;
    order->level = QUOTER_SURPLUS;
    order->price = seen->price;
    order->qty = seen->qty;
    if (level < quoter->settings.levels && seen->type == SOFIA_TYPE_LIMIT &&
        seen->tif == SOFIA_TIF_GTC) {
        order->level = level;
    }
    return order;
}

static void on_end(struct quoter *quoter, struct own_order *order,
                   const struct sofia_event_order *event)
{
    int was_ours_to_cancel = order->cancel_sent != 0;
    uint32_t state = event->order.state;

    orders_remove(&quoter->orders, order);
    if (state == SOFIA_STATE_DENIED || state == SOFIA_STATE_REJECTED) {
        quoter_back_off(quoter, event->code[0] == '\0' ? "rejected" : event->code, event->reason);
    } else if (was_ours_to_cancel) {
        quoter_turn(quoter); /* its place is free: do not wait for the next refresh */
    }
}

static int on_order(struct quoter *quoter, const struct sofia_event_order *event)
{
    const struct sofia_order *seen = &event->order;
    struct own_order *order = orders_find(&quoter->orders, seen->order_id);

    if (order == NULL) {
        if (SOFIA_STATE_IS_TERMINAL(seen->state)) {
            return SOFIA_OK;
        }
        order = adopt(quoter, seen);
        if (order == NULL) {
            quoter->host->log(quoter->host, SOFIA_LOG_ERROR,
                              "more live orders than this strategy can watch");
            return SOFIA_EFAIL;
        }
    }
    order->state = seen->state;
    order->doubt = seen->doubt;
    order->filled = seen->filled_qty;
    if (seen->state == SOFIA_STATE_NEW || seen->state == SOFIA_STATE_PARTIALLY_FILLED ||
        seen->state == SOFIA_STATE_FILLED) {
        order->cancel_sent = 0;
        sofia_backoff_reset(&quoter->backoff);
    }
    if (SOFIA_STATE_IS_TERMINAL(seen->state) && seen->doubt == 0) {
        on_end(quoter, order, event);
    }
    return SOFIA_OK;
}

static void on_book(struct quoter *quoter, const struct sofia_event_book *event)
{
    if (event->head.instrument == quoter->instrument && (event->flags & SOFIA_BOOK_INVALID)) {
        quoter_pull(quoter);
    }
}

static void on_channel(struct quoter *quoter, const struct sofia_event_channel *event)
{
    int is_here = event->head.instrument == 0 || event->head.instrument == quoter->instrument;

    if (is_here && event->state != SOFIA_CHANNEL_UP) {
        quoter_pull(quoter);
    }
}

static int on_event(void *self, const struct sofia_event *event)
{
    struct quoter *quoter = self;

    switch (event->type) {
    case SOFIA_EV_READY:
        return on_ready(quoter);
    case SOFIA_EV_TIMER:
        return on_timer(quoter);
    case SOFIA_EV_ORDER:
        return on_order(quoter, (const struct sofia_event_order *)event);
    case SOFIA_EV_BOOK:
        on_book(quoter, (const struct sofia_event_book *)event);
        return SOFIA_OK;
    case SOFIA_EV_CHANNEL:
        on_channel(quoter, (const struct sofia_event_channel *)event);
        return SOFIA_OK;
    case SOFIA_EV_WRITABLE:
        quoter->has_no_room = 0;
        quoter_turn(quoter);
        return SOFIA_OK;
    default:
        return SOFIA_OK;
    }
}

const struct sofia_strategy quoter_strategy = {
    .size = sizeof(quoter_strategy),
    .create = create,
    .start = start,
    .on_event = on_event,
    .stop = stop,
    .destroy = destroy,
};
