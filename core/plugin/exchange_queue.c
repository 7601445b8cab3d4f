/* What an adapter emitted, until the turn hands it to the owner.
 *
 * Two rings: what concerns the account (reports, fills, balances, results) and market data. Tickers are kept as the newest of an
 * instrument only. If the market ring is full, books would have holes: all books of this exchange are then read again. If the
 * account's ring is full, orders and fills would have holes: the owner is told after the drain, before anything new can leave, and
 * all streams start over, because word of a stream that went down or came up may be among what is lost.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "plugin/exchange_impl.h"

#define URGENT_SLOT 1024
#define MARKET_SLOT 16384

int exchange_queue_init(struct exchange *x, uint32_t records)
{
    size_t count = records == 0 ? 8192 : records;
    int rc = ring_init(&x->urgent, RING_ONE_PRODUCER, URGENT_SLOT, count);
    rc = rc != 0 ? rc : ring_init(&x->market, RING_ONE_PRODUCER, MARKET_SLOT, 512);
    x->tickers = calloc(EXCHANGE_TICKERS, sizeof(*x->tickers));
    x->fresh = calloc(EXCHANGE_TICKERS, sizeof(*x->fresh));
    if (rc == 0 && (x->tickers == NULL || x->fresh == NULL)) {
        rc = error_set(ERR_NOMEM, "event queues of %s", x->instance.name);
    }
    return rc;
}

void exchange_queue_release(struct exchange *x)
{
    ring_release(&x->urgent);
    ring_release(&x->market);
    free(x->tickers);
    free(x->fresh);
}

static bool is_market(uint32_t type)
{
    return type == SOFIA_EV_BOOK || type == SOFIA_EV_TRADE || type == SOFIA_EV_TICKER;
}

static void stamp(struct exchange *x, struct sofia_event *event)
{
    event->instance = x->instance.number;
    event->seq = ++x->event_seq;
    event->ts_recv_ns = clock_now_ns(x->instance.clock);
    event->ts_recv_mono_ns = clock_mono_ns(x->instance.clock);
}

static void conflate(struct exchange *x, const struct sofia_event_ticker *ticker)
{
    struct sofia_event_ticker *slot = &x->tickers[ticker->head.instrument];
    bool waiting = slot->head.size != 0;
    *slot = *ticker;
    stamp(x, &slot->head);
    if (!waiting) {
        x->fresh[x->fresh_count++] = ticker->head.instrument;
    }
}

int exchange_queue_event(struct exchange *x, const struct sofia_event *event)
{
    if (event->size < sizeof(*event) || event->type == 0 || event->type == QUEUED_RESULT) {
        return SOFIA_EINVAL;
    }
    if (event->type == SOFIA_EV_TICKER && event->size >= sizeof(struct sofia_event_ticker) &&
        event->instrument < EXCHANGE_TICKERS) {
        conflate(x, (const struct sofia_event_ticker *)(const void *)event);
        return SOFIA_OK;
    }
    bool market = is_market(event->type);
    size_t max = market ? MARKET_SLOT : URGENT_SLOT;
    struct ring *ring = market ? &x->market : &x->urgent;
    if (event->size > max) {
        return SOFIA_EINVAL;
    }
    struct sofia_event *slot = ring_claim(ring);
    if (slot == NULL) {
        x->lost_books = x->lost_books || market;
        x->lost_account += market ? 0u : 1u;
        return SOFIA_EAGAIN;
    }
    memcpy(slot, event, event->size);
    stamp(x, slot);
    ring_publish(ring, slot, event->size);
    return SOFIA_OK;
}

void exchange_queue_result(struct exchange *x, const struct exchange_call *call,
                           const struct sofia_result *result)
{
    struct queued_result *slot = ring_claim(&x->urgent);
    if (slot == NULL) {
        struct exchange_call lost =
            *call; /* no room even for a result: hand it over now rather than lose it */
        x->owner.on_result(x->owner.ctx, x, &lost, result);
        return;
    }
    memset(&slot->head, 0, sizeof(slot->head));
    slot->head.size = sizeof(*slot);
    slot->head.type = QUEUED_RESULT;
    slot->call = *call;
    slot->result = *result;
    ring_publish(&x->urgent, slot, sizeof(*slot));
}

static void hand_over(struct exchange *x, const struct sofia_event *event)
{
    if (event->type == QUEUED_RESULT) {
        const struct queued_result *queued = (const struct queued_result *)(const void *)event;
        x->owner.on_result(x->owner.ctx, x, &queued->call, &queued->result);
        return;
    }
    if (event->type == SOFIA_EV_USAGE) {
        exchange_use_usage(x, (const struct sofia_event_usage *)(const void *)event);
    }
    x->owner.on_event(x->owner.ctx, x, event);
}

static bool drain_ring(struct exchange *x, struct ring *ring)
{
    bool any = false;
    size_t len;
    for (const void *record; (record = ring_peek(ring, &len)) != NULL;) {
        hand_over(x, record);
        ring_pop(ring);
        any = true;
    }
    return any;
}

static bool drain_tickers(struct exchange *x)
{
    uint32_t count = x->fresh_count;
    x->fresh_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct sofia_event_ticker ticker = x->tickers[x->fresh[i]];
        x->tickers[x->fresh[i]].head.size = 0;
        hand_over(x, &ticker.head);
    }
    return count > 0;
}

bool exchange_drain(struct exchange *x)
{
    bool any = drain_ring(x, &x->urgent);
    any = drain_ring(x, &x->market) || any;
    any = drain_tickers(x) || any;
    if (x->lost_account > 0) {
        uint32_t lost = x->lost_account;
        x->lost_account = 0;
        x->lost_books = false;
        x->owner.on_lost(x->owner.ctx, x, lost);
        exchange_restart_streams(x, "order events were lost");
    }
    if (x->lost_books) {
        x->lost_books = false;
        log_warn("exchange", "%s: market queue overflowed, streams start over", x->instance.name);
        exchange_restart_streams(x, "market queue overflowed");
    }
    return any;
}
