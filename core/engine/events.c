/* What exchanges bring, and what the order path wants done: the tables between the rooms. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/impl.h"
#include "model/index.h"

struct engine_exchange *engine_exchange_of(struct engine *e, const struct exchange *exchange)
{
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        if (e->exchanges[i].exchange == exchange) {
            return &e->exchanges[i];
        }
    }
    return NULL;
}

/* ---- instruments ---- */

static bool is_same_name(const struct record_name *known, const struct sofia_instrument *rules)
{
    return known != NULL && str_eq(known->base, rules->base) &&
           str_eq(known->quote, rules->quote) && str_eq(known->venue_symbol, rules->venue_symbol);
}

static uint32_t instrument_id(struct engine *e, uint32_t account,
                              const struct sofia_instrument *rules)
{
    struct record_name record;
    uint32_t id = names_find(&e->state.names, NAME_INSTRUMENT, account, rules->name);
    if (id != 0 && is_same_name(names_get(&e->state.names, NAME_INSTRUMENT, id), rules)) {
        return id;
    }
    names_next(&e->state.names, NAME_INSTRUMENT, account, rules->name, &record);
    record.id = id != 0 ? id : record.id;
    (void)str_copy(record.venue_symbol, sizeof(record.venue_symbol), rules->venue_symbol);
    (void)str_copy(record.base, sizeof(record.base), rules->base);
    (void)str_copy(record.quote, sizeof(record.quote), rules->quote);
    return path_record(&e->path, RECORD_NAME, &record, sizeof(record), NULL) == 0 ? record.id : 0;
}

static void declare(struct engine *e, struct engine_exchange *x,
                    const struct sofia_event_instrument *event)
{
    struct market_item *item;
    uint32_t id = instrument_id(e, x->account, &event->instrument);
    if (id == 0 ||
        market_declare(&e->market, id, x->account, x->exchange, &event->instrument, &item) != 0) {
        log_error("engine", "instrument %s cannot be declared: %s", event->instrument.name,
                  error_message());
        return;
    }
    if (!item->wanted) {
        item->wanted =
            exchange_subscribe(x->exchange, id, event->instrument.venue_symbol, true) == 0;
    }
}

/* ---- events of an exchange ---- */

static void offer_sinks(struct engine *e, const struct sofia_event *event)
{
    for (uint32_t i = 0; i < e->sink_count; i++) {
        sink_offer(e->sinks[i], event);
    }
}

static void on_market(struct engine *e, struct engine_exchange *x, const struct sofia_event *event)
{
    if (market_apply(&e->market, event, clock_mono_ns(&e->clock.clock))) {
        const struct sofia_exchange *desc = exchange_descriptor(x->exchange);
        struct instance *instance = exchange_instance(x->exchange);
        log_warn("engine", "%s: the book of instrument %u is read again", instance->name,
                 event->instrument);
        guard_enter(instance);
        (void)desc->resync(instance->self, event->instrument);
        guard_leave(instance, "resync");
    }
    engine_tell_strategies(e, event, 0, false);
    if (event->type != SOFIA_EV_BOOK) {
        offer_sinks(e, event);
    }
}

static void hold(struct engine *e, const char *scope, const char *reason)
{
    if (state_latch(&e->state, scope) != NULL) {
        return;
    }
    struct record_kill kill = {.epoch = e->state.kill_epoch + 1,
                               .level = SOFIA_KILL_HOLD,
                               .at_ns = clock_now_ns(&e->clock.clock)};
    (void)str_copy(kill.scope, sizeof(kill.scope), scope);
    (void)str_copy(kill.author, sizeof(kill.author), "engine");
    (void)str_copy(kill.reason, sizeof(kill.reason), reason);
    (void)path_record(&e->path, RECORD_KILL, &kill, sizeof(kill), NULL);
    log_error("kill", "hold over %s: %s", scope, reason);
}

/* What was proven absent must not live: if it does, no proof of this account is worth anything until a person has looked. */
static void hold_risen(struct engine *e, const struct order *order,
                       const struct sofia_event_report *report)
{
    char scope[SOFIA_NAME_SIZE];
    if (!order->absent || SOFIA_STATE_IS_TERMINAL(report->state)) {
        return;
    }
    (void)str_format(scope, sizeof(scope), "account:%.36s",
                     names_text(&e->state.names, NAME_ACCOUNT, order->account));
    hold(e, scope, "an order that was proven absent lives at the venue");
}

static void on_report(struct engine *e, struct engine_exchange *x,
                      const struct sofia_event_report *report)
{
    bool listed =
        report->source == SOFIA_REPORT_LISTING && zero_on_listed(&e->zero, x->account, report);
    const struct order *known = state_order_by_client(&e->state, report->client_id);
    if (listed && known == NULL) {
        return; /* a stranger the cancel loop is dealing with */
    }
    path_on_report(&e->path, x->account, report);
    if (known == NULL) {
        known = state_order_by_venue(&e->state, x->account, report->venue_id);
    }
    if (known != NULL && report->state != 0) {
        doubts_on_report(&e->doubts, known->pub.order_id);
        hold_risen(e, known, report);
    }
}

static void account_fatal(void *ctx, uint32_t account, const char *reason);

/* Two adapters of one kind that reach the same account would each see the other's orders as strange and spend its money twice. */
static const char *twin_of(const struct engine *e, const struct engine_exchange *x,
                           const char *identity)
{
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        const struct engine_exchange *other = &e->exchanges[i];
        const struct record_name *name = names_get(&e->state.names, NAME_ACCOUNT, other->account);
        const struct path_account *account =
            path_account((struct path *)(uintptr_t)&e->path, other->account);
        if (other != x && !account->fatal && name != NULL &&
            exchange_descriptor(other->exchange) == exchange_descriptor(x->exchange) &&
            str_eq(name->venue_symbol, identity)) {
            return exchange_instance(other->exchange)->name;
        }
    }
    return NULL;
}

static void on_account(struct engine *e, struct engine_exchange *x,
                       const struct sofia_event_account *account)
{
    const char *twin = account->identity[0] == '\0' ? NULL : twin_of(e, x, account->identity);
    if (twin != NULL) {
        struct path_account *mine = path_account(&e->path, x->account);
        mine->fatal = true;
        (void)str_format(mine->why, sizeof(mine->why),
                         "it is the same account at the venue as '%s' (%s)", twin,
                         account->identity);
        account_fatal(e, x->account, mine->why);
        return;
    }
    const struct record_name *known = names_get(&e->state.names, NAME_ACCOUNT, x->account);
    if (known != NULL && account->identity[0] != '\0' &&
        !str_eq(known->venue_symbol, account->identity)) {
        struct record_name record = *known;
        (void)str_copy(record.venue_symbol, sizeof(record.venue_symbol), account->identity);
        (void)path_record(&e->path, RECORD_NAME, &record, sizeof(record), NULL);
    }
    start_on_event(&e->start, x->account, &account->head);
}

static void on_channel(struct engine *e, struct engine_exchange *x,
                       const struct sofia_event_channel *channel)
{
    if (channel->channel == SOFIA_CHANNEL_PRIVATE) {
        log_info("engine", "%s: private channel state=%u %s", exchange_instance(x->exchange)->name,
                 channel->state, channel->reason);
        start_on_event(&e->start, x->account, &channel->head);
        engine_tell_strategies(e, &channel->head, 0, false);
        offer_sinks(e, &channel->head);
        return;
    }
    on_market(e, x, &channel->head);
}

static void on_event(void *ctx, struct exchange *exchange, const struct sofia_event *event)
{
    struct engine *e = ctx;
    struct engine_exchange *x = engine_exchange_of(e, exchange);
    const void *body = event;
    switch (event->type) {
    case SOFIA_EV_INSTRUMENT:
        declare(e, x, body);
        return;
    case SOFIA_EV_TICKER:
    case SOFIA_EV_BOOK:
    case SOFIA_EV_TRADE:
        on_market(e, x, event);
        return;
    case SOFIA_EV_CHANNEL:
        on_channel(e, x, body);
        return;
    case SOFIA_EV_REPORT:
        on_report(e, x, body);
        return;
    case SOFIA_EV_FILL:
        path_on_fill(&e->path, x->account, body);
        return;
    case SOFIA_EV_BALANCE:
        start_on_event(&e->start, x->account, event);
        return;
    case SOFIA_EV_ACCOUNT:
        on_account(e, x, body);
        return;
    case SOFIA_EV_SYNC:
        doubts_on_sync(&e->doubts, body);
        return;
    case SOFIA_EV_TIME:
        x->server_ns = ((const struct sofia_event_time *)body)->server_ns;
        return;
    default:
        return;
    }
}

static void on_result(void *ctx, struct exchange *exchange, const struct exchange_call *call,
                      const struct sofia_result *result)
{
    struct engine *e = ctx;
    struct engine_exchange *x = engine_exchange_of(e, exchange);
    if (call->kind == CALL_TIME && result->verdict == SOFIA_VERDICT_ACCEPTED && x->server_ns != 0) {
        (void)exchange_clock_sample(exchange, call, x->server_ns);
        x->server_ns = 0;
    }
    engine_count_result(e, x, call, result);
    path_on_result(&e->path, x->account, call, result);
    switch (COOKIE_KIND(call->cookie)) {
    case COOKIE_DOUBT:
        doubts_on_result(&e->doubts, call, result);
        return;
    case COOKIE_ZERO:
        zero_on_result(&e->zero, x->account, call, result);
        return;
    case COOKIE_DEAD_MAN:
        dead_man_on_result(&e->dead_man, x->account, result);
        return;
    case COOKIE_START:
        start_on_result(&e->start, x->account, call, result);
        return;
    default:
        return;
    }
}

/* Listings may have had holes too: what they did not show was not necessarily not there. */
static void on_lost(void *ctx, struct exchange *exchange, uint32_t count)
{
    struct engine *e = ctx;
    struct engine_exchange *x = engine_exchange_of(e, exchange);
    log_error("engine", "%s: %u events about orders had no room; the account is read again",
              exchange_instance(exchange)->name, count);
    engine_count_lost(e, x, count);
    zero_kick(&e->zero);
    start_again(&e->start, x->account, "order events were lost, the queue was full");
}

static bool may_send(void *ctx, const struct exchange *exchange, uint64_t order_id)
{
    const struct engine *e = ctx;
    (void)exchange;
    return path_may_send(&e->path, order_id);
}

struct exchange_owner engine_exchange_owner(struct engine *e)
{
    return (struct exchange_owner){.ctx = e,
                                   .on_event = on_event,
                                   .on_result = on_result,
                                   .on_lost = on_lost,
                                   .may_send = may_send};
}

/* ---- what the order path wants done ---- */

void engine_tell_rules(struct engine *e, const struct published_set *set)
{
    for (uint32_t i = 0; i < e->rule_count; i++) {
        const struct sofia_risk *desc = e->rules[i].desc->descriptor;
        if (desc->on_event == NULL || e->rules[i].quarantined) {
            continue;
        }
        for (uint32_t j = 0; j < set->count; j++) {
            guard_enter(&e->rules[i]);
            int rc = desc->on_event(e->rules[i].self, &set->events[j].head);
            guard_leave(&e->rules[i], "on_event");
            if (rc < 0) {
                instance_quarantine(&e->rules[i], "on_event failed; it refuses every order now");
            }
        }
    }
}

static void on_record(void *ctx, uint64_t seq, int64_t ts_ns, uint32_t kind, const void *payload)
{
    struct engine *e = ctx;
    struct published_set set;
    event_from_record(&e->state, seq, ts_ns, kind, payload, &set);
    engine_tell_rules(e, &set);
    for (uint32_t i = 0; i < set.count; i++) {
        engine_tell_strategies(e, &set.events[i].head, set.strategy, set.is_order);
    }
    engine_count_record(e, kind, payload);
    if (kind == RECORD_KILL) {
        zero_kick(&e->zero);
    }
}

static void wants_query(void *ctx, struct order *order, const char *reason)
{
    struct engine *e = ctx;
    doubts_want_query(&e->doubts, order, reason);
}

static void wants_fills(void *ctx, struct order *order)
{
    struct engine *e = ctx;
    doubts_want_fills(&e->doubts, order);
}

/* True the first time this stranger is seen. */
static bool is_new_stranger(struct engine *e, const char *venue_id, const char *what)
{
    uint64_t hash = index_hash(index_hash(0, what), venue_id);
    for (uint32_t i = 0; i < e->stranger_count && i < ENGINE_STRANGERS; i++) {
        if (e->strangers[i] == hash) {
            return false;
        }
    }
    e->strangers[e->stranger_count++ % ENGINE_STRANGERS] = hash;
    return true;
}

/* Ours by its tag and unknown to our journal: perhaps a second engine. Foreign: noted once. */
static void strange_order(void *ctx, uint32_t account, const struct sofia_event_report *report)
{
    struct engine *e = ctx;
    char scope[SOFIA_NAME_SIZE];
    if (SOFIA_STATE_IS_TERMINAL(report->state) || !is_new_stranger(e, report->venue_id, "order")) {
        return;
    }
    if (!path_is_our_tag(&e->path, report->client_id)) {
        path_audit(&e->path, 0, "foreign_order", "engine", "%s order %s is not ours",
                   names_text(&e->state.names, NAME_ACCOUNT, account), report->venue_id);
        return;
    }
    (void)str_format(scope, sizeof(scope), "account:%.36s",
                     names_text(&e->state.names, NAME_ACCOUNT, account));
    path_audit(&e->path, 0, "unknown_own_order", "engine",
               "%s carries our tag, the journal has no such order", report->client_id);
    hold(e, scope,
         "an order with our tag is not in our journal: a second engine, or a lost journal");
}

static bool is_readable_fill(const struct sofia_event_fill *fill)
{
    return fill->fill_id[0] != '\0' && fill->venue_id[0] != '\0' &&
           fill->qty.exponent != SOFIA_EXPONENT_ABSENT &&
           fill->price.exponent != SOFIA_EXPONENT_ABSENT;
}

/* While an order of ours is in doubt its fills may come before we know its venue id: they will be fetched with it. */
static bool may_be_ours(const struct engine *e, uint32_t account, uint32_t instrument)
{
    for (const struct order *o = e->state.live.head; o != NULL; o = o->next) {
        if (o->account == account && o->pub.instrument == instrument &&
            o->pub.venue_id[0] == '\0' && o->send_count > 0) {
            return true;
        }
    }
    return false;
}

static void strange_fill(void *ctx, uint32_t account, const struct sofia_event_fill *fill)
{
    struct engine *e = ctx;
    const struct market_item *item = market_item(&e->market, fill->head.instrument);
    char scope[SOFIA_NAME_SIZE];
    if (item == NULL || may_be_ours(e, account, fill->head.instrument)) {
        return;
    }
    if (!is_readable_fill(fill)) {
        (void)str_format(scope, sizeof(scope), "symbol:%.40s", item->rules.name);
        hold(e, scope, "a fill cannot be read: positions of this symbol are not certain");
        return;
    }
    struct record_fill record = {.account = account,
                                 .instrument = item->id,
                                 .side = fill->side,
                                 .liquidity = fill->liquidity,
                                 .source = KNOWN_BY_STREAM,
                                 .ts_venue_ns = fill->head.ts_venue_ns,
                                 .qty = fill->qty,
                                 .price = fill->price,
                                 .quote_qty = fill->quote_qty,
                                 .fee = fill->fee};
    (void)str_copy(record.fee_asset, sizeof(record.fee_asset), fill->fee_asset);
    (void)str_copy(record.fill_id, sizeof(record.fill_id), fill->fill_id);
    (void)str_copy(record.venue_id, sizeof(record.venue_id), fill->venue_id);
    (void)path_record(&e->path, RECORD_FILL, &record, sizeof(record), NULL);
}

static void wants_clock(void *ctx, uint32_t account)
{
    struct engine *e = ctx;
    struct path_account *found = path_account(&e->path, account);
    exchange_clock_lost(found->exchange);
    start_account(&e->start, account, "the venue refused our time stamp");
}

static void wants_rules(void *ctx, uint32_t account)
{
    struct engine *e = ctx;
    (void)exchange_instruments(path_account(&e->path, account)->exchange, 0);
}

static void account_fatal(void *ctx, uint32_t account, const char *reason)
{
    struct engine *e = ctx;
    const char *name = names_text(&e->state.names, NAME_ACCOUNT, account);
    if (!is_new_stranger(e, name, "fatal")) {
        return;
    }
    log_error("engine", "account '%s' is stopped: %s", name, reason);
    path_audit(&e->path, 0, "account_stopped", "engine", "%s: %s", name, reason);
}

void engine_contain_exchanges(struct engine *e)
{
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        struct instance *instance = exchange_instance(e->exchanges[i].exchange);
        struct path_account *account = path_account(&e->path, e->exchanges[i].account);
        if (!instance->quarantined || account->fatal) {
            continue;
        }
        account->fatal = true;
        (void)str_format(account->why, sizeof(account->why), "its adapter is stopped: %s",
                         instance->why);
        market_distrust(&e->market, e->exchanges[i].exchange);
        account_fatal(e, account->id, account->why);
    }
}

struct path_owner engine_path_owner(struct engine *e)
{
    return (struct path_owner){.ctx = e,
                               .on_record = on_record,
                               .wants_query = wants_query,
                               .wants_fills = wants_fills,
                               .strange_order = strange_order,
                               .strange_fill = strange_fill,
                               .wants_clock = wants_clock,
                               .wants_rules = wants_rules,
                               .account_fatal = account_fatal};
}
