/* The kill switch, its deciding half: may this pass now? It never acts; the cancel loop is in recover/.
 *
 *     operator, trigger --raise--> flag (atomic, any thread) --trade thread--> KILL record --> latch in state
 *                                      |
 *                                      +--> kill_may_send: the last look before a byte leaves
 *
 * Levels: hold refuses new risk and lets strategy reductions pass; cancel and flatten let only cancels and kill-origin orders
 * pass. A latch that cannot be read counts as engaged at level cancel over everything.
 *
 * The flag exists so that activation needs no thread to be awake but the one that sends: it is set before the command is even
 * queued, and read before every send. The latch in the state is what is journaled, scoped and cleared.
 *
 * Owner: the engine. Thread: raise and read any; the rest trade.
 */
#ifndef SAFETY_KILL_H
#define SAFETY_KILL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/state.h"

struct kill_switch {
    /* Level asked for from outside the trade thread and not journaled yet; covers everything. Cleared when the KILL record
     * that answers it has been applied. */
    _Atomic uint32_t raised;
    _Atomic uint64_t raises; /* number of the last raise */
    bool unreadable;         /* latch file or configuration could not be read at start */
};

/* [any] Stops everything at once; returns the number of this raise. */
uint64_t kill_raise(struct kill_switch *kill, uint32_t level);

/* [trade] The raise numbered `raise` is journaled; lowers the flag unless somebody raised again meanwhile. */
void kill_settled(struct kill_switch *kill, uint64_t raise);

/* What a latch of this level lets pass. */
bool kill_level_allows(uint32_t level, uint32_t origin, uint32_t effect);

/* [trade] 0: passes. Else the level that refuses; *ret_latch is the latch, NULL when it is the flag or unreadable. */
uint32_t kill_refuses(const struct kill_switch *kill, const struct state *state, uint32_t account,
                      uint32_t strategy, uint32_t instrument, uint32_t origin, uint32_t effect,
                      const struct latch **ret_latch);

bool kill_is_engaged(const struct kill_switch *kill, const struct state *state);

/* "hold", "cancel", "flatten"; "clear" for 0. Back: 0xffffffff for no such word. */
const char *kill_level_name(uint32_t level);
uint32_t kill_level_of(const char *name);

/* Is this a scope the engine understands? "all", "account:x", "strategy:x", "symbol:x". */
bool kill_scope_is_valid(const char *scope);

#endif
