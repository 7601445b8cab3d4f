#include "publish/event.h"

#include <string.h>

#include "base/str.h"

static void head(struct sofia_event *event, uint16_t type, size_t size, uint64_t seq, int64_t ts_ns)
{
    event->size = (uint32_t)size;
    event->type = type;
    event->version = 1;
    event->seq = seq;
    event->ts_recv_ns = ts_ns;
}

static union published *add(struct published_set *set, uint16_t type, size_t size, uint64_t seq,
                            int64_t ts_ns)
{
    union published *event = &set->events[set->count++];
    memset(event, 0, sizeof(*event));
    head(&event->head, type, size, seq, ts_ns);
    return event;
}

void event_of_order(const struct state *state, const struct order *order,
                    struct sofia_event_order *ret_event)
{
    (void)state;
    memset(ret_event, 0, sizeof(*ret_event));
    head(&ret_event->head, SOFIA_EV_ORDER, sizeof(*ret_event), order->last_seq,
         order->pub.updated_ns);
    ret_event->head.instance = order->account;
    ret_event->head.instrument = order->pub.instrument;
    ret_event->order = order->pub;
    ret_event->order.size = sizeof(ret_event->order);
    ret_event->request_id = order->request_id;
}

void event_of_position(const struct state *state, const struct position *position,
                       struct sofia_event_position *ret_event)
{
    memset(ret_event, 0, sizeof(*ret_event));
    head(&ret_event->head, SOFIA_EV_POSITION, sizeof(*ret_event), state->last_seq, 0);
    ret_event->head.instance = position->account;
    (void)str_copy(ret_event->strategy, sizeof(ret_event->strategy),
                   names_text(&state->names, NAME_STRATEGY, position->strategy));
    memcpy(ret_event->asset, position->base, sizeof(ret_event->asset));
    memcpy(ret_event->quote, position->quote, sizeof(ret_event->quote));
    ret_event->qty = position->qty;
    ret_event->cost = position->cost;
    ret_event->realized = position->realized;
}

static void add_order(const struct state *state, const struct order *order, uint64_t seq,
                      int64_t ts_ns, struct published_set *set, const char *rule, const char *code,
                      const char *reason)
{
    union published *event = add(set, SOFIA_EV_ORDER, sizeof(event->order), seq, ts_ns);
    event_of_order(state, order, &event->order);
    event->head.seq = seq;
    event->head.ts_recv_ns = ts_ns;
    (void)str_copy(event->order.rule, sizeof(event->order.rule), rule);
    (void)str_copy(event->order.code, sizeof(event->order.code), code);
    (void)str_copy(event->order.reason, sizeof(event->order.reason), reason);
    set->strategy = order->strategy;
    set->is_order = true;
}

/* A record about a replacement may have changed its original too. */
static void add_original(const struct state *state, const struct order *order, uint64_t seq,
                         int64_t ts_ns, struct published_set *set)
{
    const struct order *original =
        order->pub.replaces == 0 ? NULL : state_order(state, order->pub.replaces);
    if (original != NULL && original->last_seq == seq) {
        add_order(state, original, seq, ts_ns, set, "", "", "");
    }
}

static void from_verdict(const struct state *state, const struct order *order, uint64_t seq,
                         int64_t ts_ns, const struct record_verdict *verdict, bool refused,
                         struct published_set *set)
{
    const char *rule = verdict->rule != 0 ? names_text(&state->names, NAME_RULE, verdict->rule)
                                          : station_name(verdict->station);
    union published *event = add(set, SOFIA_EV_VERDICT, sizeof(event->verdict), seq, ts_ns);
    event->verdict.order_id = verdict->order_id;
    event->verdict.refused = refused ? 1 : 0;
    event->verdict.value = verdict->value;
    event->verdict.limit = verdict->limit;
    (void)str_copy(event->verdict.rule, sizeof(event->verdict.rule), rule);
    memcpy(event->verdict.code, verdict->code, sizeof(event->verdict.code));
    add_order(state, order, seq, ts_ns, set, rule, verdict->code, verdict->reason);
    add_original(state, order, seq, ts_ns, set);
}

static void from_fill(const struct state *state, uint64_t seq, int64_t ts_ns,
                      const struct record_fill *fill, struct published_set *set)
{
    union published *event = add(set, SOFIA_EV_FILL, sizeof(event->fill), seq, ts_ns);
    const struct order *order = state_order(state, fill->order_id);
    event->head.instance = fill->account;
    event->head.instrument = fill->instrument;
    event->head.ts_venue_ns = fill->ts_venue_ns;
    event->fill.side = fill->side;
    event->fill.liquidity = fill->liquidity;
    event->fill.order_id = fill->order_id;
    event->fill.qty = fill->qty;
    event->fill.price = fill->price;
    event->fill.quote_qty = fill->quote_qty;
    event->fill.fee = fill->fee;
    memcpy(event->fill.fee_asset, fill->fee_asset, sizeof(event->fill.fee_asset));
    memcpy(event->fill.fill_id, fill->fill_id, sizeof(event->fill.fill_id));
    memcpy(event->fill.venue_id, fill->venue_id, sizeof(event->fill.venue_id));
    if (order == NULL) {
        return;
    }
    memcpy(event->fill.client_id, order->pub.client_id, sizeof(event->fill.client_id));
    add_order(state, order, seq, ts_ns, set, "", "", "");
    event = &set->events[set->count++];
    event_of_position(state, &state->ledger.positions[order->position], &event->position);
    event->head.seq = seq;
    event->head.ts_recv_ns = ts_ns;
    add_original(state, order, seq, ts_ns, set);
}

static void from_kill(const struct record_kill *kill, uint64_t seq, int64_t ts_ns,
                      struct published_set *set)
{
    union published *event = add(set, SOFIA_EV_KILL, sizeof(event->kill), seq, ts_ns);
    event->kill.level = kill->level;
    event->kill.zero = kill->zero;
    event->kill.epoch = kill->epoch;
    memcpy(event->kill.scope, kill->scope, sizeof(event->kill.scope));
    memcpy(event->kill.author, kill->author, sizeof(event->kill.author));
    memcpy(event->kill.reason, kill->reason, sizeof(event->kill.reason));
}

static void from_mode(const struct record_mode *mode, uint64_t seq, int64_t ts_ns,
                      struct published_set *set)
{
    union published *event = add(set, SOFIA_EV_MODE, sizeof(event->mode), seq, ts_ns);
    event->mode.branch = mode->branch;
    event->mode.arming = mode->arming;
    memcpy(event->mode.author, mode->author, sizeof(event->mode.author));
    memcpy(event->mode.reason, mode->reason, sizeof(event->mode.reason));
}

static void from_balance(const struct record_balance *balance, uint64_t seq, int64_t ts_ns,
                         struct published_set *set)
{
    union published *event = add(set, SOFIA_EV_BALANCE, sizeof(event->balance), seq, ts_ns);
    event->head.instance = balance->account;
    event->balance.free = balance->free;
    event->balance.locked = balance->locked;
    memcpy(event->balance.asset, balance->asset, sizeof(event->balance.asset));
}

/* Every payload about one order begins with its id. */
static const struct order *order_of(const struct state *state, const void *payload)
{
    uint64_t order_id;
    memcpy(&order_id, payload, sizeof(order_id));
    return state_order(state, order_id);
}

void event_from_record(const struct state *state, uint64_t seq, int64_t ts_ns, uint32_t kind,
                       const void *payload, struct published_set *ret_set)
{
    const struct order *order;
    ret_set->count = 0;
    ret_set->strategy = 0;
    ret_set->is_order = false;
    switch (kind) {
    case RECORD_INTENT:
    case RECORD_SEND:
    case RECORD_DOUBT:
    case RECORD_REPORT:
        order = order_of(state, payload);
        if (order != NULL) {
            const char *reason =
                kind == RECORD_REPORT  ? ((const struct record_report *)payload)->reason
                : kind == RECORD_DOUBT ? ((const struct record_doubt *)payload)->reason
                                       : "";
            add_order(state, order, seq, ts_ns, ret_set, "", "", reason);
            add_original(state, order, seq, ts_ns, ret_set);
        }
        return;
    case RECORD_VERDICT:
    case RECORD_SHADOW:
        order = order_of(state, payload);
        if (order != NULL) {
            from_verdict(state, order, seq, ts_ns, payload, kind == RECORD_VERDICT, ret_set);
        }
        return;
    case RECORD_FILL:
        from_fill(state, seq, ts_ns, payload, ret_set);
        return;
    case RECORD_KILL:
        from_kill(payload, seq, ts_ns, ret_set);
        return;
    case RECORD_MODE:
        from_mode(payload, seq, ts_ns, ret_set);
        return;
    case RECORD_BALANCE:
        from_balance(payload, seq, ts_ns, ret_set);
        return;
    default:
        return;
    }
}
