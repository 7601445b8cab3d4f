/* The bytes of the journal: what lies in the ring and in the log segments. Private to
 * store/journal*.c.
 *
 *     segment  =  segment head | frame frame frame SEAL | frame SEAL | frame frame ...
 *                                `---- one pump ------'
 *     frame    =  head (32 bytes) | payload (0..4096) | zeros up to a multiple of 8
 *
 * A frame is the same bytes in the ring and on disk. The checksum covers the length and everything
 * after the checksum, padding included, so that no byte of a frame can change unseen. A seal is a
 * frame of its own kind that ends the bytes written by one pump:
 *
 *     chain(n) = SHA-256( chain(n-1) | all frames since the previous seal, as they lie on disk )
 *
 * chain(0) is 32 zero bytes. A segment head repeats the chain with which it begins, so that each
 * segment can be verified alone and a missing or exchanged one is seen. A seal carries the seq of
 * the record before it and takes no number itself. A sealed batch was synced before the next batch
 * was begun.
 *
 * Numbers are little-endian: the journal belongs to one machine (checked at compile time).
 * Owner: store. Thread: any, plain data.
 */
#ifndef STORE_JOURNAL_FORMAT_H
#define STORE_JOURNAL_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/crc32c.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the journal format is little-endian");

enum {
    JOURNAL_ID_SIZE = 16,
    JOURNAL_CHAIN_SIZE = 32,
    JOURNAL_FRAME_MAX = 32 + 4096,
    JOURNAL_FORMAT_VERSION = 1,
    JOURNAL_KIND_SEAL = 0xffff
};

#define JOURNAL_SEGMENT_MAGIC "SOFIALOG"
#define JOURNAL_RING_MAGIC "SOFIARNG"

struct journal_head {
    uint32_t length; /* head and payload, without the padding; in the ring published last */
    uint32_t crc;
    uint64_t seq;
    int64_t ts_ns;
    uint16_t kind;
    uint16_t version; /* of the payload */
    uint32_t reserved;
};

struct journal_seal {
    uint8_t chain[JOURNAL_CHAIN_SIZE];
    uint64_t first_seq;
    uint32_t records;
    uint32_t reserved;
};

struct journal_seal_frame {
    struct journal_head head;
    struct journal_seal seal;
};

struct journal_segment_head {
    char magic[8];
    uint32_t version;
    uint32_t size; /* of this head */
    uint64_t number;
    uint64_t first_seq; /* of the first record that will stand here */
    uint8_t journal_id[JOURNAL_ID_SIZE];
    uint8_t chain[JOURNAL_CHAIN_SIZE];
    uint32_t reserved;
    uint32_t crc; /* of all bytes before it */
};

_Static_assert(sizeof(struct journal_head) == 32, "frame head");
_Static_assert(sizeof(struct journal_seal_frame) == 80, "seal frame");
_Static_assert(sizeof(struct journal_segment_head) == 88, "segment head");

static inline size_t journal_padded(size_t length)
{
    return (length + 7) & ~(size_t)7;
}

/* frame: complete and padded; its length field is not read, because in the ring it is still zero.
 */
static inline uint32_t journal_frame_crc(const uint8_t *frame, uint32_t length)
{
    return crc32c(crc32c(0, &length, sizeof(length)), frame + 8, journal_padded(length) - 8);
}

enum journal_frame_check {
    JOURNAL_FRAME_INVALID = 0,
    JOURNAL_FRAME_GOOD = 1,
    JOURNAL_FRAME_SHORT = 2, /* more bytes are needed to judge */
    JOURNAL_FRAME_BAD = 3,
    JOURNAL_FRAME_CHECK_COUNT
};

static inline enum journal_frame_check journal_frame_check(const uint8_t *at, size_t available,
                                                           struct journal_head *ret_head)
{
    struct journal_head head;

    if (available < sizeof(head)) {
        return JOURNAL_FRAME_SHORT;
    }
    memcpy(&head, at, sizeof(head));
    if (head.length < sizeof(head) || head.length > JOURNAL_FRAME_MAX) {
        return JOURNAL_FRAME_BAD;
    }
    if (available < journal_padded(head.length)) {
        return JOURNAL_FRAME_SHORT;
    }
    if (head.crc != journal_frame_crc(at, head.length)) {
        return JOURNAL_FRAME_BAD;
    }
    *ret_head = head;
    return JOURNAL_FRAME_GOOD;
}

#endif
