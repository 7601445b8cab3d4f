#include "net/timers.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/status.h"
#include "net/handle.h"

#include "base/banned.h"

#define NOT_PLACED UINT32_MAX

int timers_init(struct timers *timers, uint32_t cap)
{
    *timers = (struct timers){.cap = cap};
    timers->slots = calloc(cap, sizeof(*timers->slots));
    timers->heap = calloc(cap, sizeof(*timers->heap));
    if (timers->slots == NULL || timers->heap == NULL) {
        timers_release(timers);
        return error_set(ERR_NOMEM, "no memory for %u timers", cap);
    }
    for (uint32_t i = 0; i < cap; i++) {
        timers->heap[i] = i;
        timers->slots[i].place = NOT_PLACED;
    }
    return 0;
}

void timers_release(struct timers *timers)
{
    free(timers->slots);
    free(timers->heap);
    *timers = (struct timers){0};
}

static bool is_before(const struct timers *timers, uint32_t a, uint32_t b)
{
    const struct timer_slot *x = &timers->slots[timers->heap[a]];
    const struct timer_slot *y = &timers->slots[timers->heap[b]];

    if (x->deadline_mono_ns != y->deadline_mono_ns) {
        return x->deadline_mono_ns < y->deadline_mono_ns;
    }
    return x->order < y->order;
}

static void swap(struct timers *timers, uint32_t a, uint32_t b)
{
    uint32_t slot = timers->heap[a];

    timers->heap[a] = timers->heap[b];
    timers->heap[b] = slot;
    timers->slots[timers->heap[a]].place = a;
    timers->slots[timers->heap[b]].place = b;
}

static void sift_up(struct timers *timers, uint32_t at)
{
    while (at > 0 && is_before(timers, at, (at - 1) / 2)) {
        swap(timers, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct timers *timers, uint32_t at)
{
    for (;;) {
        uint32_t first = at;

        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < timers->count && is_before(timers, child, first)) {
                first = child;
            }
        }
        if (first == at) {
            return;
        }
        swap(timers, at, first);
        at = first;
    }
}

static void take_out(struct timers *timers, uint32_t at)
{
    uint32_t last = --timers->count;

    if (at != last) {
        swap(timers, at, last);
        sift_up(timers, at);
        sift_down(timers, at);
    }
    timers->slots[timers->heap[last]].place = NOT_PLACED;
}

int timers_start(struct timers *timers, int64_t deadline_mono_ns, void (*fire)(void *ctx),
                 void *ctx, uint64_t *ret_timer)
{
    if (fire == NULL) {
        return error_set(ERR_INVALID, "a timer without a function");
    }
    if (timers->count == timers->cap) {
        return error_set(ERR_FULL, "all %u timers are running", timers->cap);
    }
    uint32_t at = timers->count++;
    struct timer_slot *slot = &timers->slots[timers->heap[at]];
    slot->deadline_mono_ns = deadline_mono_ns;
    slot->order = timers->started++;
    slot->fire = fire;
    slot->ctx = ctx;
    slot->generation++;
    slot->place = at;
    uint64_t timer = handle_make(timers->heap[at], slot->generation);
    sift_up(timers, at);
    if (ret_timer != NULL) {
        *ret_timer = timer;
    }
    return 0;
}

void timers_cancel(struct timers *timers, uint64_t timer)
{
    uint32_t number = handle_slot(timer);

    if (number >= timers->cap) {
        return;
    }
    struct timer_slot *slot = &timers->slots[number];
    if (slot->place != NOT_PLACED && slot->generation == handle_generation(timer)) {
        take_out(timers, slot->place);
    }
}

int64_t timers_next_mono_ns(const struct timers *timers)
{
    return timers->count == 0 ? INT64_MAX : timers->slots[timers->heap[0]].deadline_mono_ns;
}

bool timers_fire_due(struct timers *timers, int64_t now_mono_ns)
{
    uint64_t end = timers->started;
    bool any = false;

    while (timers->count > 0 && timers_next_mono_ns(timers) <= now_mono_ns) {
        struct timer_slot *slot = &timers->slots[timers->heap[0]];
        if (slot->order >= end) {
            break;
        }
        take_out(timers, 0);
        slot->fire(slot->ctx);
        any = true;
    }
    return any;
}
