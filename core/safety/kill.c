#include "safety/kill.h"

#include <string.h>

#include "base/str.h"

static void raise_to(struct kill_switch *kill, uint32_t level)
{
    uint32_t now = atomic_load(&kill->raised);
    while (now < level && !atomic_compare_exchange_weak(&kill->raised, &now, level)) {
    }
}

/* Numbered before it is up: whoever settles an older raise sees the number and lowers nothing, or has lowered before. */
uint64_t kill_raise(struct kill_switch *kill, uint32_t level)
{
    uint64_t number = atomic_fetch_add(&kill->raises, 1) + 1;
    raise_to(kill, level);
    return number;
}

void kill_settled(struct kill_switch *kill, uint64_t raise)
{
    if (atomic_load(&kill->raises) != raise) {
        return;
    }
    uint32_t lowered = atomic_exchange(&kill->raised, 0);
    if (atomic_load(&kill->raises) != raise) {
        raise_to(
            kill,
            lowered); /* somebody raised meanwhile; only this thread sends, so nothing left in between */
    }
}

bool kill_level_allows(uint32_t level, uint32_t origin, uint32_t effect)
{
    switch (level) {
    case SOFIA_KILL_CLEAR:
        return true;
    case SOFIA_KILL_HOLD:
        return effect == SOFIA_EFFECT_REDUCE || origin == SOFIA_ORIGIN_KILL;
    default:
        return origin == SOFIA_ORIGIN_KILL;
    }
}

uint32_t kill_refuses(const struct kill_switch *kill, const struct state *state, uint32_t account,
                      uint32_t strategy, uint32_t instrument, uint32_t origin, uint32_t effect,
                      const struct latch **ret_latch)
{
    *ret_latch = NULL;
    uint32_t raised = atomic_load(&kill->raised);
    if (!kill_level_allows(raised, origin, effect)) {
        return raised;
    }
    if (kill->unreadable && !kill_level_allows(SOFIA_KILL_CANCEL, origin, effect)) {
        return SOFIA_KILL_CANCEL;
    }
    const struct latch *latch = state_latch_for(state, account, strategy, instrument);
    if (latch != NULL && !kill_level_allows(latch->level, origin, effect)) {
        *ret_latch = latch;
        return latch->level;
    }
    return 0;
}

bool kill_is_engaged(const struct kill_switch *kill, const struct state *state)
{
    return atomic_load(&kill->raised) != 0 || kill->unreadable || state_is_killed(state);
}

static const char *const level_names[] = {"clear", "hold", "cancel", "flatten"};

const char *kill_level_name(uint32_t level)
{
    return level < sizeof(level_names) / sizeof(level_names[0]) ? level_names[level] : "cancel";
}

uint32_t kill_level_of(const char *name)
{
    for (uint32_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
        if (str_eq(level_names[i], name)) {
            return i;
        }
    }
    return UINT32_MAX;
}

bool kill_scope_is_valid(const char *scope)
{
    static const char *const prefixes[] = {"account:", "strategy:", "symbol:"};
    if (strcmp(scope, "all") == 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (str_starts(scope, prefixes[i]) && scope[strlen(prefixes[i])] != '\0') {
            return true;
        }
    }
    return false;
}
