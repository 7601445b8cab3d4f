/* One strategy instance: events in, posts out.
 *
 *     turn: strategy_deliver(event) ... --callbacks post--> bounded queue --strategy_take_post--> order path
 *
 * A post is remembered, not acted on: it enters the order path after the callback has returned. Views are answered at once by
 * the owner's table from the engine's state; a strategy sees its own orders and positions only.
 *
 * Owner: the engine. Thread: trade.
 */
#ifndef PLUGIN_STRATEGY_H
#define PLUGIN_STRATEGY_H

#include <sofia/strategy.h>

#include "base/ring.h"
#include "plugin/instance.h"

struct strategy;
struct net;

#define STRATEGY_POSTS                                                                             \
    64 /* waiting at most, and carried out in a turn at most; more answer EAGAIN */
#define STRATEGY_RATE 256 /* orders in a second; more answer EAGAIN. Cancels do not count */
#define STRATEGY_FLOOD 10 /* seconds in a row beyond the rate that stop the strategy */
#define STRATEGY_TIMERS 32
#define STRATEGY_SUBSCRIPTIONS 32

enum post_kind {
    POST_INVALID = 0,
    POST_SUBMIT = 1,
    POST_CANCEL = 2,
    POST_CANCEL_ALL = 3,
    POST_REPLACE = 4,
    POST_COUNT
};

struct post {
    enum post_kind kind;
    uint64_t order_id;
    uint64_t replaces;   /* REPLACE: the order to change; order_id is the replacement's */
    uint32_t instrument; /* CANCEL_ALL; 0: all */
    struct sofia_intent intent;
};

/* Views and numbers, from above. All [trade]. */
struct strategy_owner {
    void *ctx;
    uint64_t (*next_order_id)(void *ctx);
    int (*order)(void *ctx, const struct strategy *s, uint64_t order_id, struct sofia_order *ret);
    uint32_t (*open_orders)(void *ctx, const struct strategy *s, uint64_t *ret_ids, uint32_t cap);
    int (*position)(void *ctx, const struct strategy *s, uint32_t instrument,
                    struct sofia_position *ret);
    int (*balance)(void *ctx, const struct strategy *s, uint32_t instrument, const char *asset,
                   struct sofia_wide *ret_free, struct sofia_wide *ret_locked);
    int (*top)(void *ctx, uint32_t instrument, struct sofia_top *ret);
    uint32_t (*depth)(void *ctx, uint32_t instrument, uint32_t side, struct sofia_level *ret,
                      uint32_t cap);
    int (*instrument_find)(void *ctx, const char *name, uint32_t *ret);
    int (*instrument)(void *ctx, uint32_t id, struct sofia_instrument *ret);
    bool (*can_replace)(void *ctx, uint32_t instrument); /* does its venue change orders */
    bool (*may_post)(void *ctx);                         /* recovered and not stopping */
    void (*posted)(void *ctx);                           /* something waits: run the turn's posts */
};

int strategy_new(const struct strategy_owner *owner, struct net *net, uint32_t number,
                 const char *name, const struct module *module, const struct config_bound *options,
                 struct clock *clock, struct strategy **ret_strategy);
struct strategy *strategy_free(struct strategy *strategy);

struct instance *strategy_instance(struct strategy *strategy);
/* NAME_STRATEGY, set once declared. */
uint32_t strategy_id(const struct strategy *strategy);
void strategy_set_id(struct strategy *strategy, uint32_t id);

/* The net, once the trade thread's exists: timers need it. */
int strategy_start(struct strategy *strategy);
void strategy_stop(struct strategy *strategy);
bool strategy_is_running(const struct strategy *strategy);

void strategy_deliver(struct strategy *strategy, const struct sofia_event *event);

/* The oldest post; false if none. */
bool strategy_take_post(struct strategy *strategy, struct post *ret_post);

uint32_t strategy_posts(const struct strategy *strategy); /* how many wait */

/* After its posts were taken: tells a strategy that was refused one with EAGAIN that there is room again. */
void strategy_tell_writable(struct strategy *strategy);

/* Names it asked market data of. */
uint32_t strategy_subscriptions(const struct strategy *strategy);
const char *strategy_subscription(const struct strategy *strategy, uint32_t index);

#endif
