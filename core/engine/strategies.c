/* Strategies: what they see, and what they have posted. */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/impl.h"

#define POSTS_PER_TURN STRATEGY_POSTS /* of each strategy */

/* ---- views ---- */

static uint64_t next_order_id(void *ctx)
{
    struct engine *e = ctx;
    return path_next_order_id(&e->path);
}

static int view_order(void *ctx, const struct strategy *s, uint64_t order_id,
                      struct sofia_order *ret)
{
    struct engine *e = ctx;
    const struct order *order = state_order(&e->state, order_id);
    if (order == NULL || order->strategy != strategy_id(s)) {
        return SOFIA_ENOENT;
    }
    *ret = order->pub;
    ret->size = sizeof(*ret);
    return SOFIA_OK;
}

static uint32_t view_open_orders(void *ctx, const struct strategy *s, uint64_t *ret_ids,
                                 uint32_t cap)
{
    struct engine *e = ctx;
    uint32_t count = 0;
    for (const struct order *o = e->state.live.head; o != NULL && count < cap; o = o->next) {
        if (o->strategy == strategy_id(s)) {
            ret_ids[count++] = o->pub.order_id;
        }
    }
    return count;
}

static int view_position(void *ctx, const struct strategy *s, uint32_t instrument,
                         struct sofia_position *ret)
{
    struct engine *e = ctx;
    const struct market_item *item = market_item(&e->market, instrument);
    if (item == NULL) {
        return SOFIA_ENOENT;
    }
    memset(ret, 0, sizeof(*ret));
    ret->size = sizeof(*ret);
    (void)str_copy(ret->asset, sizeof(ret->asset), item->rules.base);
    (void)str_copy(ret->quote, sizeof(ret->quote), item->rules.quote);
    for (uint32_t i = 0; i < e->state.ledger.position_count; i++) {
        const struct position *p = &e->state.ledger.positions[i];
        if (p->account == item->account && p->strategy == strategy_id(s) &&
            str_eq(p->base, item->rules.base) && str_eq(p->quote, item->rules.quote)) {
            ret->qty = p->qty;
            ret->working_buy = p->working_buy;
            ret->working_sell = p->working_sell;
            ret->cost = p->cost;
            ret->realized = p->realized;
        }
    }
    return SOFIA_OK;
}

static int view_balance(void *ctx, const struct strategy *s, uint32_t instrument, const char *asset,
                        struct sofia_wide *ret_free, struct sofia_wide *ret_locked)
{
    struct engine *e = ctx;
    const struct market_item *item = market_item(&e->market, instrument);
    const struct asset *found =
        item == NULL ? NULL : ledger_asset_find(&e->state.ledger, item->account, asset);
    (void)s;
    if (found == NULL) {
        return SOFIA_ENOENT;
    }
    *ret_free = found->free;
    *ret_locked = found->locked;
    return SOFIA_OK;
}

static int view_top(void *ctx, uint32_t instrument, struct sofia_top *ret)
{
    struct engine *e = ctx;
    const struct market_item *item = market_item(&e->market, instrument);
    if (item == NULL) {
        return SOFIA_ENOENT;
    }
    market_top(&e->market, item, clock_mono_ns(&e->clock.clock), ret);
    return SOFIA_OK;
}

static uint32_t view_depth(void *ctx, uint32_t instrument, uint32_t side, struct sofia_level *ret,
                           uint32_t cap)
{
    struct engine *e = ctx;
    const struct market_item *item = market_item(&e->market, instrument);
    uint32_t count = 0;
    const struct sofia_level *level;
    while (item != NULL && item->book_valid && count < cap &&
           (level = sofia_book_level(&item->book, side, count)) != NULL) {
        ret[count++] = *level;
    }
    return count;
}

/* "BTC/USDT" or "instance:BTC/USDT". */
static bool is_named(const struct engine *e, const struct market_item *item, const char *name)
{
    const char *colon = strchr(name, ':');
    const char *account = names_text(&e->state.names, NAME_ACCOUNT, item->account);
    return strcmp(item->rules.name, colon == NULL ? name : colon + 1) == 0 &&
           (colon == NULL || str_eq_n(account, name, (size_t)(colon - name)));
}

static int find_instrument(void *ctx, const char *name, uint32_t *ret)
{
    struct engine *e = ctx;
    for (uint32_t i = 0; i < e->market.cap; i++) {
        const struct market_item *item = e->market.items[i];
        if (item != NULL && item->declared && is_named(e, item, name)) {
            *ret = item->id;
            return SOFIA_OK;
        }
    }
    return SOFIA_ENOENT;
}

static int view_instrument(void *ctx, uint32_t id, struct sofia_instrument *ret)
{
    struct engine *e = ctx;
    const struct market_item *item = market_item(&e->market, id);
    if (item == NULL) {
        return SOFIA_ENOENT;
    }
    *ret = item->rules;
    return SOFIA_OK;
}

static bool can_replace(void *ctx, uint32_t instrument)
{
    struct engine *e = ctx;
    const struct market_item *item = market_item(&e->market, instrument);
    return item != NULL && exchange_can_replace(item->exchange);
}

static bool may_post(void *ctx)
{
    const struct engine *e = ctx;
    return e->path.accepting && !e->stopping;
}

static void posted(void *ctx)
{
    (void)ctx; /* the turn that runs callbacks also runs posts */
}

struct strategy_owner engine_strategy_owner(struct engine *e)
{
    return (struct strategy_owner){.ctx = e,
                                   .next_order_id = next_order_id,
                                   .order = view_order,
                                   .open_orders = view_open_orders,
                                   .position = view_position,
                                   .balance = view_balance,
                                   .top = view_top,
                                   .depth = view_depth,
                                   .instrument_find = find_instrument,
                                   .instrument = view_instrument,
                                   .can_replace = can_replace,
                                   .may_post = may_post,
                                   .posted = posted};
}

/* ---- events ---- */

static bool is_wanted(const struct engine *e, const struct strategy *s,
                      const struct sofia_event *event)
{
    const struct market_item *item = market_item(&e->market, event->instrument);
    if (item == NULL) {
        return event->instrument == 0;
    }
    for (uint32_t i = 0; i < strategy_subscriptions(s); i++) {
        if (is_named(e, item, strategy_subscription(s, i))) {
            return true;
        }
    }
    return false;
}

void engine_tell_strategies(struct engine *e, const struct sofia_event *event, uint32_t strategy,
                            bool is_order)
{
    for (uint32_t i = 0; i < e->strategy_count; i++) {
        struct strategy *s = e->strategies[i];
        if (!e->ready_told || !strategy_is_running(s)) {
            continue;
        }
        bool own = is_order ? strategy_id(s) == strategy : is_wanted(e, s, event);
        if (own) {
            strategy_deliver(s, event);
        }
    }
}

/* Recovered orders and positions first, then READY, before any market data. */
static void tell_past(struct engine *e, struct strategy *s)
{
    struct sofia_event_order order;
    struct sofia_event_position position;
    for (const struct order *o = e->state.live.head; o != NULL; o = o->next) {
        if (o->strategy == strategy_id(s)) {
            event_of_order(&e->state, o, &order);
            order.head.flags = SOFIA_EVENT_REPLAYED;
            strategy_deliver(s, &order.head);
        }
    }
    for (uint32_t i = 0; i < e->state.ledger.position_count; i++) {
        if (e->state.ledger.positions[i].strategy == strategy_id(s)) {
            event_of_position(&e->state, &e->state.ledger.positions[i], &position);
            position.head.flags = SOFIA_EVENT_REPLAYED;
            strategy_deliver(s, &position.head);
        }
    }
}

void engine_start_strategies(struct engine *e)
{
    struct sofia_event ready = {.size = sizeof(ready), .type = SOFIA_EV_READY, .version = 1};
    ready.ts_recv_ns = clock_now_ns(&e->clock.clock);
    ready.ts_recv_mono_ns = clock_mono_ns(&e->clock.clock);
    for (uint32_t i = 0; i < e->strategy_count; i++) {
        struct strategy *s = e->strategies[i];
        if (strategy_start(s) != 0) {
            instance_quarantine(strategy_instance(s), "%s", error_message());
            continue;
        }
        tell_past(e, s);
        strategy_deliver(s, &ready);
    }
    e->ready_told = true;
}

/* ---- posts ---- */

static void cancel_all(struct engine *e, const struct strategy *s, uint32_t instrument)
{
    struct order *next;
    for (struct order *o = e->state.live.head; o != NULL; o = next) {
        next = o->next;
        if (o->strategy == strategy_id(s) && (instrument == 0 || o->pub.instrument == instrument) &&
            !SOFIA_STATE_IS_TERMINAL(o->base_state) && !o->cancel_pending && !o->cancel_wanted) {
            (void)order_cancel(&e->path, o->pub.order_id);
        }
    }
}

/* A post that could not even be journaled is told to the strategy as a denied order. */
static void tell_lost(struct strategy *s, const struct post *post)
{
    struct sofia_event_order event = {
        .head = {.size = sizeof(event), .type = SOFIA_EV_ORDER, .version = 1}};
    event.head.instrument = post->intent.instrument;
    event.order.size = sizeof(event.order);
    event.order.order_id = post->order_id;
    event.order.replaces = post->replaces;
    event.order.instrument = post->intent.instrument;
    event.order.side = post->intent.side;
    event.order.qty = post->intent.qty;
    event.order.price = post->intent.price;
    event.order.state = SOFIA_STATE_DENIED;
    event.request_id = post->intent.request_id;
    (void)str_copy(event.code, sizeof(event.code), "NOT_JOURNALED");
    (void)str_copy(event.reason, sizeof(event.reason), error_message());
    strategy_deliver(s, &event.head);
}

static void run_post(struct engine *e, struct strategy *s, const struct post *post)
{
    struct admit_result result;
    if (post->kind == POST_CANCEL) {
        if (order_cancel(&e->path, post->order_id) != 0) {
            log_debug("engine", "%s: %s", strategy_instance(s)->name, error_message());
        }
        return;
    }
    if (post->kind == POST_CANCEL_ALL) {
        cancel_all(e, s, post->instrument);
        return;
    }
    struct admit_request request = {.intent = post->intent,
                                    .strategy = strategy_id(s),
                                    .origin = SOFIA_ORIGIN_STRATEGY,
                                    .order_id = post->order_id};
    int rc = post->kind == POST_REPLACE ? order_amend(&e->path, &request, post->replaces, &result)
                                        : order_admit(&e->path, &request, &result);
    if (rc != 0 ||
        (result.state == SOFIA_STATE_DENIED && state_order(&e->state, post->order_id) == NULL)) {
        if (rc == 0) {
            (void)error_set(ERR_INVALID, "%s", result.verdict.reason);
        }
        tell_lost(s, post);
    }
}

void engine_contain_strategies(struct engine *e)
{
    for (uint32_t i = 0; i < e->strategy_count; i++) {
        struct instance *instance = strategy_instance(e->strategies[i]);
        if (!instance->quarantined) {
            continue;
        }
        if ((e->contained & (1u << i)) == 0) {
            e->contained |= 1u << i;
            path_audit(&e->path, 0, "plugin_stopped", "engine", "%s: %s", instance->name,
                       instance->why);
        }
        if (e->options.cancel_on_stop) {
            cancel_all(e, e->strategies[i], 0);
        }
    }
}

/* However many passes a turn has: what a strategy still wants then waits for the next one. */
void engine_renew_posts(struct engine *e)
{
    for (uint32_t i = 0; i < e->strategy_count; i++) {
        e->posts_left[i] = POSTS_PER_TURN;
    }
}

bool engine_posts_wait(const struct engine *e)
{
    for (uint32_t i = 0; i < e->strategy_count; i++) {
        if (strategy_posts(e->strategies[i]) > 0) {
            return true;
        }
    }
    return false;
}

bool engine_run_posts(struct engine *e)
{
    struct post post;
    bool any = false;
    for (uint32_t i = 0; i < e->strategy_count; i++) {
        while (e->posts_left[i] > 0 && strategy_take_post(e->strategies[i], &post)) {
            if (!strategy_is_running(e->strategies[i])) {
                continue; /* what it still wanted when it was stopped */
            }
            run_post(e, e->strategies[i], &post);
            e->posts_left[i]--;
            any = true;
        }
        strategy_tell_writable(e->strategies[i]);
    }
    return any;
}
