/* The shared-memory ring under the journal: a file in /dev/shm, mapped so that no frame is ever
 * split. Private to store/journal*.c.
 *
 *     file:     | header page |  data (power of two)  |
 *     mapped:   | header page |  data  |  data again  |
 *                                   `--frame--'      runs on into the start of the data
 *
 * Positions count bytes since the ring was made and never wrap; position p lies at data[p & mask].
 * tail_pos is where the bytes begin that are not known to be on the disk; the scan of the next
 * start begins there. Behind the newest frame lies a zero length, written before that frame is
 * published, so that a scan ends there whatever an older lap left.
 *
 * Owner: the journal. Thread: tail_pos is written by persist, head_seq and data by trade.
 */
#ifndef STORE_JOURNAL_RING_H
#define STORE_JOURNAL_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "store/journal_format.h"

enum { JOURNAL_RING_HEADER_BYTES = 4096 };

struct journal_ring_header {
    char magic[8];
    uint32_t version;
    uint32_t reserved;
    uint64_t data_bytes;
    uint8_t journal_id[JOURNAL_ID_SIZE];
    uint8_t nonce[JOURNAL_ID_SIZE]; /* a ring that was made anew has another one */
    uint32_t crc;                   /* of all bytes before it */
    _Alignas(64) _Atomic uint64_t tail_pos;
    _Alignas(64) _Atomic uint64_t head_seq; /* of the newest frame */
};

struct journal_ring {
    struct journal_ring_header *header; /* NULL: not mapped */
    uint8_t *data;
    size_t bytes;
    uint64_t mask;
};

/* bytes: a power of two and a multiple of the page. The file appears under its name only when it is
 * complete. */
int journal_ring_create(const char *path, const uint8_t journal_id[JOURNAL_ID_SIZE], size_t bytes,
                        struct journal_ring *ret_ring);

/* ERR_NOT_FOUND; ERR_CORRUPT: there, but not this journal's ring; ERR_DENIED: others may write it.
 */
int journal_ring_open(const char *path, const uint8_t journal_id[JOURNAL_ID_SIZE],
                      struct journal_ring *ret_ring);
void journal_ring_release(struct journal_ring *ring);

/* Empties it: positions begin at 0 again, head_seq stays. */
void journal_ring_reset(struct journal_ring *ring);

static inline uint8_t *journal_ring_at(const struct journal_ring *ring, uint64_t pos)
{
    return ring->data + (pos & ring->mask);
}

#endif
