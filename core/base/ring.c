#include "base/ring.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#include "base/banned.h"

enum { CACHE_LINE = 64 };

struct ring_slot {
    _Atomic uint64_t turn;
    uint64_t len;
    _Alignas(16) unsigned char bytes[];
};

static struct ring_slot *slot_at(const struct ring *ring, uint64_t position)
{
    return (struct ring_slot *)(void *)(ring->memory + (position & ring->mask) * ring->stride);
}

int ring_init(struct ring *ring, enum ring_producers producers, size_t slot_size, size_t slot_count)
{
    size_t count = 2;

    if (slot_size == 0 || slot_size > (SIZE_MAX >> 8) || slot_count == 0 ||
        slot_count > (1u << 30) || producers <= RING_PRODUCERS_INVALID ||
        producers >= RING_PRODUCERS_COUNT) {
        return error_set(ERR_INVALID, "ring of %zu records of %zu bytes", slot_count, slot_size);
    }
    while (count < slot_count) {
        count *= 2;
    }
    size_t stride =
        (sizeof(struct ring_slot) + slot_size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    if (count > SIZE_MAX / stride) {
        return error_set(ERR_LIMIT, "ring of %zu records of %zu bytes", slot_count, slot_size);
    }
    unsigned char *memory = aligned_alloc(CACHE_LINE, count * stride);
    if (memory == NULL) {
        return error_set(ERR_NOMEM, "no memory for a ring of %zu bytes", count * stride);
    }
    /* Touched now, so that no page fault waits on the hot path. */
    memset(memory, 0, count * stride);

    ring->memory = memory;
    ring->stride = stride;
    ring->slot_size = slot_size;
    ring->mask = count - 1;
    ring->producers = producers;
    atomic_init(&ring->tail, 0);
    atomic_init(&ring->head, 0);
    atomic_init(&ring->dropped, 0);
    for (uint64_t i = 0; i < count; i++) {
        atomic_init(&slot_at(ring, i)->turn, i);
    }
    return 0;
}

void ring_release(struct ring *ring)
{
    if (ring != NULL) {
        free(ring->memory);
        ring->memory = NULL;
    }
}

/* Takes position *tail for this producer. False: another was faster, *tail is renewed. */
static bool take(struct ring *ring, uint64_t *tail)
{
    if (ring->producers == RING_ONE_PRODUCER) {
        atomic_store_explicit(&ring->tail, *tail + 1, memory_order_relaxed);
        return true;
    }
    return atomic_compare_exchange_weak_explicit(&ring->tail, tail, *tail + 1, memory_order_relaxed,
                                                 memory_order_relaxed);
}

void *ring_claim(struct ring *ring)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

    for (;;) {
        struct ring_slot *slot = slot_at(ring, tail);
        uint64_t turn = atomic_load_explicit(&slot->turn, memory_order_acquire);
        int64_t ahead = (int64_t)(turn - tail);

        if (ahead == 0) {
            if (take(ring, &tail)) {
                return slot->bytes;
            }
        } else if (ahead < 0) {
            /* The slot still holds the record of one lap ago. */
            atomic_fetch_add_explicit(&ring->dropped, 1, memory_order_relaxed);
            return NULL;
        } else {
            tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
        }
    }
}

void ring_publish(struct ring *ring, void *record, size_t len)
{
    struct ring_slot *slot =
        (struct ring_slot *)(void *)((unsigned char *)record - offsetof(struct ring_slot, bytes));
    /* A claimed slot still has the turn number of its position: nobody else may change it. */
    uint64_t turn = atomic_load_explicit(&slot->turn, memory_order_relaxed);

    slot->len = len <= ring->slot_size ? len : ring->slot_size;
    atomic_store_explicit(&slot->turn, turn + 1, memory_order_release);
}

int ring_push(struct ring *ring, const void *data, size_t len)
{
    if (len > ring->slot_size) {
        atomic_fetch_add_explicit(&ring->dropped, 1, memory_order_relaxed);
        return ERR_LIMIT;
    }
    void *record = ring_claim(ring);
    if (record == NULL) {
        return ERR_FULL;
    }
    if (len > 0) {
        memcpy(record, data, len);
    }
    ring_publish(ring, record, len);
    return 0;
}

const void *ring_peek(struct ring *ring, size_t *ret_len)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    struct ring_slot *slot = slot_at(ring, head);

    if (atomic_load_explicit(&slot->turn, memory_order_acquire) != head + 1) {
        return NULL;
    }
    *ret_len = slot->len;
    return slot->bytes;
}

void ring_pop(struct ring *ring)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    struct ring_slot *slot = slot_at(ring, head);

    if (atomic_load_explicit(&slot->turn, memory_order_relaxed) != head + 1) {
        return; /* nothing was peeked */
    }
    atomic_store_explicit(&slot->turn, head + ring->mask + 1, memory_order_release);
    atomic_store_explicit(&ring->head, head + 1, memory_order_relaxed);
}

uint64_t ring_dropped(struct ring *ring)
{
    return atomic_load_explicit(&ring->dropped, memory_order_relaxed);
}

size_t ring_count(struct ring *ring)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

    return tail > head ? (size_t)(tail - head) : 0;
}

size_t ring_capacity(const struct ring *ring)
{
    return (size_t)(ring->mask + 1);
}
