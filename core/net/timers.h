/* One-shot timers of a net: a heap ordered by deadline, then by the order of their start.
 *
 * Invariants: no allocation after init; a handle names one start of one slot, so an old handle
 * never hits a new timer. Owner: the net. Thread: the net's.
 */
#ifndef NET_TIMERS_H
#define NET_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer_slot {
    int64_t deadline_mono_ns;
    uint64_t order;
    void (*fire)(void *ctx);
    void *ctx;
    uint32_t generation;
    uint32_t place; /* index in heap; UINT32_MAX: free */
};

struct timers {
    struct timer_slot *slots;
    uint32_t *heap; /* slot numbers; behind count: the free ones */
    uint32_t cap;
    uint32_t count;
    uint64_t started;
};

int timers_init(struct timers *timers, uint32_t cap);
void timers_release(struct timers *timers);

int timers_start(struct timers *timers, int64_t deadline_mono_ns, void (*fire)(void *ctx),
                 void *ctx, uint64_t *ret_timer);
void timers_cancel(struct timers *timers, uint64_t timer);

int64_t timers_next_mono_ns(const struct timers *timers); /* INT64_MAX: none */

/* Takes out and calls what is due at now, in order; false: nothing was. A timer started meanwhile waits for the next call,
 * even if it is due: its starter may live by a clock that stands still during a turn, and would start it for ever. */
bool timers_fire_due(struct timers *timers, int64_t now_mono_ns);

#endif
