/* Counters that drain: one per key for REST, one per account and pair for orders. */
#include <string.h>

#include "kraken.h"

static const struct vk_tier tiers[VK_TIER_MAX] = {
    {"pro", 20000000, 1000000, 180000000, 3750000, 225},
    {"intermediate", 20000000, 500000, 125000000, 2340000, 80},
    {"starter", 15000000, 330000, 60000000, 1000000, 60},
    {"none", INT64_MAX / 4, 0, INT64_MAX / 4, 0, 1000000},
};

const struct vk_tier *vk_tier_find(const char *name)
{
    for (size_t i = 0; i < VK_TIER_MAX; i++) {
        if (strcmp(tiers[i].name, name) == 0) {
            return &tiers[i];
        }
    }
    return NULL;
}

int64_t vk_counter_now(struct vk_counter *c, int64_t decay, int64_t now_ns)
{
    int64_t passed_ms = (now_ns - c->at_ns) / VN_MS;
    if (passed_ms > 0) {
        passed_ms = passed_ms < 1000000 ? passed_ms : 1000000; /* every counter is empty by then */
        int64_t drained = passed_ms * decay / 1000;
        c->used = c->used > drained ? c->used - drained : 0;
        c->at_ns = now_ns;
    }
    return c->used;
}

bool vk_rest_charge(struct vk_call *call, int cost)
{
    const struct vk_state *state = vk_of(call->v);
    struct vk_mark *mark = call->key->own;
    int64_t add = (int64_t)(cost < 0 ? state->settings.history_cost : cost) * 1000000;
    if (vk_counter_now(&mark->rest, state->tier->rest_decay, call->now_ns) + add >
        state->tier->rest_max) {
        vk_fail(call, "EAPI:Rate limit exceeded");
        return false;
    }
    mark->rest.used += add;
    return true;
}

/* What an action costs on an order of that age, beside its fixed cost. */
static int64_t age_cost(enum vk_action action, int64_t age_ns)
{
    static const int64_t ages[] = {5, 10, 15, 45, 90, 300};
    static const int64_t costs[][6] = {
        [VK_ADD] = {0, 0, 0, 0, 0, 0},
        [VK_AMEND] = {3, 2, 1, 0, 0, 0},
        [VK_EDIT] = {6, 5, 4, 2, 1, 0},
        [VK_CANCEL] = {8, 6, 5, 4, 2, 1},
    };
    for (size_t i = 0; i < 6 && age_ns >= 0; i++) {
        if (age_ns < ages[i] * VN_SECOND) {
            return costs[action][i];
        }
    }
    return 0;
}

void vk_engine_add(struct venue *v, int64_t now_ns, struct vn_account *a,
                   const struct vn_symbol *symbol, int64_t whole)
{
    struct vk_counter *c = &vk_desk_of(v, a)->engine[symbol->index];
    vk_counter_now(c, vk_of(v)->tier->engine_decay, now_ns);
    c->used += whole * 1000000;
}

bool vk_engine_charge(struct vk_call *call, struct vn_symbol *symbol, enum vk_action action,
                      int64_t age_ns)
{
    const struct vk_state *state = vk_of(call->v);
    struct vk_counter *c = &vk_desk_of(call->v, call->key->account)->engine[symbol->index];
    int64_t cost = (action != VK_CANCEL) + age_cost(action, age_ns);
    int64_t used = vk_counter_now(c, state->tier->engine_decay, call->now_ns);
    c->used += cost * 1000000;
    bool over = used + cost * 1000000 > state->tier->engine_max;
    if (over && (action != VK_CANCEL || state->settings.cancel_limited)) {
        c->used = used + (action != VK_CANCEL) *
                             1000000; /* the fixed part stays, the rest did not happen */
        vk_fail(call, "EOrder:Rate limit exceeded");
        return false;
    }
    return true;
}
