/* A bounded queue of records between threads: one consumer, one or many producers, nobody waits.
 *
 *        producer(s)  claim -> fill -> publish                  peek -> use -> pop  consumer
 *                                |                                |
 *       +------+------+------+---v--+------+------+------+------+-v----+
 *       | free | free |  ready     ...            | ready| free | free |   slots of one size
 *       +------+------+------+------+------+------+------+------+------+
 *
 * Each slot carries a turn number: position p may fill slot p % count when its turn is p, and may
 * be read when it is p + 1. So a slow producer in the middle of filling delays the consumer, never
 * corrupts it.
 *
 * Invariants: all memory is allocated and touched at init; push never blocks, allocates or makes a
 * system call; a record that finds no room is counted, and the number is never reset. Records of
 * one producer keep their order.
 * Owner: the creator. Thread: push, claim, publish by the producers; peek, pop by the one consumer;
 * counters any.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ring_producers {
    RING_PRODUCERS_INVALID = 0,
    RING_ONE_PRODUCER = 1,
    RING_MANY_PRODUCERS = 2,
    RING_PRODUCERS_COUNT
};

struct ring_slot;

struct ring {
    unsigned char *memory;
    size_t stride; /* bytes from slot to slot */
    size_t slot_size;
    uint64_t mask;
    enum ring_producers producers;
    _Alignas(64) _Atomic uint64_t tail; /* next position to claim */
    _Atomic uint64_t dropped;
    _Alignas(64) _Atomic uint64_t head; /* next position to read; only the consumer writes it */
};

/* slot_count is rounded up to a power of two; slot_size is the longest record. ERR_INVALID,
 * ERR_NOMEM. */
int ring_init(struct ring *ring, enum ring_producers producers, size_t slot_size,
              size_t slot_count);
void ring_release(struct ring *ring);

/* Copies len bytes in. ERR_FULL (counted) or ERR_LIMIT (longer than a slot; counted too). Sets no
 * error text: full is an expected answer on the hot path. */
int ring_push(struct ring *ring, const void *data, size_t len);

/* The same without a copy: room for slot_size bytes (16-byte aligned), or NULL and counted. What
 * was claimed must be published, with the length that was used, by the same thread and soon. */
void *ring_claim(struct ring *ring);
void ring_publish(struct ring *ring, void *record, size_t len);

/* The oldest record or NULL; valid until ring_pop. */
const void *ring_peek(struct ring *ring, size_t *ret_len);
void ring_pop(struct ring *ring);

uint64_t ring_dropped(struct ring *ring);
size_t ring_count(struct ring *ring); /* records inside, a moment ago */
size_t ring_capacity(const struct ring *ring);

#endif
