#include "store/journal_recover.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

#include "base/banned.h"

static uint32_t length_at(const struct journal_ring *ring, uint64_t pos)
{
    uint32_t length;

    memcpy(&length, journal_ring_at(ring, pos), sizeof(length));
    return length;
}

static int broken_ring(uint64_t pos, uint64_t seq)
{
    return error_set(ERR_CORRUPT,
                     "the ring is damaged at position %llu, where seq %llu should stand",
                     (unsigned long long)pos, (unsigned long long)seq);
}

int journal_ring_walk(const struct journal_ring *ring, uint64_t from, uint64_t to,
                      uint64_t next_seq, struct journal_batch *ret_batch, uint64_t *ret_end)
{
    struct journal_batch batch = {.bytes = journal_ring_at(ring, from), .first_seq = next_seq};
    uint64_t pos = from;
    int status = 0;

    while (pos < to && length_at(ring, pos) != 0) {
        struct journal_head head;
        if (journal_frame_check(journal_ring_at(ring, pos), to - pos, &head) !=
                JOURNAL_FRAME_GOOD ||
            head.seq != next_seq || head.kind == JOURNAL_KIND_SEAL) {
            status = broken_ring(pos, next_seq);
            break;
        }
        pos += journal_padded(head.length);
        batch.last_seq = next_seq++;
        batch.ts_ns = head.ts_ns;
        batch.records++;
    }
    batch.len = (size_t)(pos - from);
    *ret_batch = batch;
    *ret_end = pos;
    return status;
}

/* Where the first record begins that the log does not have; ring records that it has are passed
 * over. */
static int find_first_missing(const struct journal_ring *ring, uint64_t next_seq, uint64_t *ret_pos)
{
    uint64_t pos = atomic_load_explicit(&ring->header->tail_pos, memory_order_acquire);
    uint64_t end = pos + ring->bytes;
    struct journal_head head;

    while (pos < end && length_at(ring, pos) != 0) {
        if (journal_frame_check(journal_ring_at(ring, pos), end - pos, &head) !=
            JOURNAL_FRAME_GOOD) {
            return broken_ring(pos, next_seq);
        }
        if (head.seq > next_seq) {
            return error_set(ERR_CORRUPT, "the log ends with seq %llu, the ring begins with %llu",
                             (unsigned long long)next_seq - 1, (unsigned long long)head.seq);
        }
        if (head.seq == next_seq) {
            break;
        }
        pos += journal_padded(head.length);
    }
    *ret_pos = pos;
    return 0;
}

static int write_batch(struct journal_log *log)
{
    int status = journal_log_write(log);

    return status == 0 ? journal_log_sync(log) : status;
}

/* careful: the machine has not been down, so the ring is whole or somebody damaged it. After a
 * reboot (with a ring in a folder that outlives it) what can be proven is taken and the rest is not
 * there. */
static int rescue(const struct journal_ring *ring, bool careful, struct journal_log *log,
                  uint64_t *ret_records)
{
    struct journal_batch batch = {0};
    uint64_t start = 0;
    uint64_t end = 0;
    int status = find_first_missing(ring, log->next_seq, &start);

    if (status == 0) {
        uint64_t limit =
            atomic_load_explicit(&ring->header->tail_pos, memory_order_relaxed) + ring->bytes;
        status = journal_ring_walk(ring, start, limit, log->next_seq, &batch, &end);
    }
    if (status != 0 && careful) {
        return status;
    }
    if (batch.records > 0) {
        status = journal_log_begin(log, &batch);
        if (status == 0) {
            status = write_batch(log);
        }
        if (status != 0) {
            return status;
        }
    }
    uint64_t newest = atomic_load_explicit(&ring->header->head_seq, memory_order_relaxed);
    if (careful && log->next_seq - 1 < newest) {
        return error_set(ERR_CORRUPT, "log and ring end with seq %llu, but %llu was appended",
                         (unsigned long long)log->next_seq - 1, (unsigned long long)newest);
    }
    *ret_records = batch.records;
    return 0;
}

static int open_log(const struct journal_place *place, struct journal_log *log,
                    struct journal_open_info *info)
{
    struct journal_end end;
    int status = journal_scan_end(place->dir, place->id, !place->same_boot, &end);

    if (status != 0) {
        return status;
    }
    info->cut_bytes = end.cut_bytes;
    info->cut_offset = end.cut_bytes > 0 ? end.offset : 0;
    info->cut_segment = end.cut_bytes > 0 ? end.segment : 0;
    log->next_seq = end.last_seq + 1;
    memcpy(log->chain, end.chain, JOURNAL_CHAIN_SIZE);
    if (end.segment == 0) {
        if (place->has_history) {
            return error_set(ERR_CORRUPT, "the log segments in '%s' are missing", place->dir);
        }
        return journal_log_rotate(log);
    }
    status = journal_log_open_segment(log, end.segment, end.offset);
    if (status == 0 && end.unsealed_records > 0) {
        struct journal_batch tail = {
            .first_seq = end.unsealed_first_seq,
            .last_seq = end.last_seq,
            .ts_ns = end.last_ts_ns,
            .records = end.unsealed_records,
        };
        journal_log_begin_seal(log, &tail, end.chain);
        status = write_batch(log);
    }
    return status;
}

/* Empty, of the wanted size. */
static int renew_ring(const struct journal_place *place, size_t ring_bytes, uint64_t last_seq,
                      struct journal_ring *ring)
{
    if (ring->header != NULL && ring->bytes != ring_bytes) {
        journal_ring_release(ring);
    }
    if (ring->header == NULL) {
        int status = journal_ring_create(place->ring_path, place->id, ring_bytes, ring);
        if (status != 0) {
            return status;
        }
    } else {
        journal_ring_reset(ring);
    }
    atomic_store_explicit(&ring->header->head_seq, last_seq, memory_order_release);
    return 0;
}

int journal_recover(struct journal_place *place, size_t ring_bytes, struct journal_log *log,
                    struct journal_ring *ret_ring, struct journal_open_info *ret_info)
{
    struct journal_open_info info = {0};
    struct journal_ring ring = {0};
    int status = open_log(place, log, &info);

    if (status != 0) {
        return status;
    }
    status = journal_ring_open(place->ring_path, place->id, &ring);
    if (status == 0) {
        status = rescue(&ring, place->same_boot, log, &info.ring_records);
        if (status != 0) {
            (void)error_append("ring '%s'", place->ring_path);
        }
    } else if (status == ERR_NOT_FOUND) {
        status = 0;
    }
    info.last_seq = log->next_seq - 1;
    if (status == 0 && place->was_clean && info.last_seq < place->clean_seq) {
        status = error_set(ERR_CORRUPT, "the log ends with seq %llu, but was closed with %llu",
                           (unsigned long long)info.last_seq, (unsigned long long)place->clean_seq);
    }
    info.fresh = info.last_seq == 0 && !place->has_history;
    bool continues =
        place->same_boot && (place->was_clean || journal_place_is_accepted(place, &ring));
    info.reboot = !info.fresh && !continues;
    if (status == 0) {
        status = renew_ring(place, ring_bytes, info.last_seq, &ring);
    }
    if (status == 0 && !info.reboot) {
        status = journal_place_accept(place, &ring);
    }
    if (status != 0) {
        journal_ring_release(&ring);
        return status;
    }
    *ret_ring = ring;
    *ret_info = info;
    return 0;
}
