/* Requests that never leave the process: method LOCAL. They walk every station a request of the network walks, up to and
 * including the last look at the kill switch; then, instead of bytes going out, the request's body comes back as its answer, at
 * the net's next turn and never inside the call that sent it. So an adapter that fills orders itself (practice, simulation) is
 * held to the same order path as one that speaks to a venue, and the ledger hears of nothing that did not walk it. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "plugin/exchange_impl.h"

bool exchange_is_local(const struct sofia_endpoint *endpoint)
{
    return strcmp(endpoint->method, "LOCAL") == 0;
}

int exchange_local_init(struct exchange *x)
{
    for (uint32_t i = 0; i < x->desc->endpoint_count; i++) {
        if (exchange_is_local(&x->desc->endpoints[i])) {
            x->local_bodies = calloc(EXCHANGE_CALLS, sizeof(*x->local_bodies));
            return x->local_bodies != NULL
                       ? 0
                       : error_set(ERR_NOMEM, "local requests of %s", x->instance.name);
        }
    }
    return 0;
}

void exchange_local_release(struct exchange *x)
{
    free(x->local_bodies);
    x->local_bodies = NULL;
}

static void on_due(void *ctx)
{
    struct call_slot *slot = ctx;
    struct exchange *x = slot->exchange;
    const struct sofia_endpoint *endpoint = &x->desc->endpoints[slot->endpoint];
    const char *body = x->local_bodies[slot - x->calls];
    slot->local_timer = 0;
    if (endpoint->class_ == SOFIA_CLASS_TRADE && !exchange_still_allowed(slot)) {
        exchange_answer(slot, SOFIA_ANSWER_NOT_SENT, "", 0,
                        "no longer allowed when it was about to leave");
        return;
    }
    exchange_answer(slot, SOFIA_ANSWER_OK, body, slot->local_len, "");
}

int exchange_local_send(struct exchange *x, const struct sofia_request *request,
                        struct call_slot *slot)
{
    char *body = x->local_bodies[slot - x->calls];
    slot->local_len = 0;
    for (uint32_t i = 0; i < request->segment_count; i++) {
        const struct sofia_segment *s = &request->segments[i];
        memcpy(body + slot->local_len, request->bytes + s->offset, s->len);
        slot->local_len += s->len;
    }
    return net_timer_start(x->net, clock_mono_ns(x->instance.clock), on_due, slot,
                           &slot->local_timer);
}
