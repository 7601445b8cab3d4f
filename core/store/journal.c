#include "store/journal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "store/journal_recover.h"

#include "base/banned.h"

#define MIB ((size_t)1024 * 1024)
#define RING_BYTES_DEFAULT (16 * MIB)
#define RING_BYTES_MIN ((size_t)64 * 1024)
#define RING_BYTES_MAX (4096 * MIB)
#define SEGMENT_BYTES_DEFAULT (64 * MIB)
#define LATE_NS_DEFAULT INT64_C(2000000000)
/* A cancel writes a handful of records; they must all find room once the first one did. */
#define CANCEL_ROOM ((size_t)2 * JOURNAL_FRAME_MAX)

_Static_assert(JOURNAL_PAYLOAD_MAX + sizeof(struct journal_head) == JOURNAL_FRAME_MAX,
               "largest frame");

struct journal {
    struct journal_place place;
    struct journal_ring ring;
    size_t segment_bytes;
    int64_t late_ns;

    /* trade */
    _Alignas(64) uint64_t head_pos;
    uint64_t next_seq;
    uint64_t tail_seen; /* last value read of the ring's tail: the line is fetched only when room
                           seems short */
    uint64_t watch_seq; /* was the newest at watch_mono_ns */
    int64_t watch_mono_ns;
    _Atomic bool late;

    /* trade writes, persist reads */
    _Alignas(64) _Atomic uint64_t appended_pos;
    _Atomic uint64_t appended_seq;

    /* persist writes, everybody reads */
    _Alignas(64) _Atomic uint64_t written_seq;
    _Atomic uint64_t synced_seq;
    _Atomic int state;

    /* persist */
    _Alignas(64) struct journal_log log;
    uint64_t copied_pos;
    uint64_t batch_end;
    bool batch_open;
    int failure;
    char reason[JOURNAL_REASON_SIZE]; /* written once, before state becomes JOURNAL_FAILED */
};

/* ---- life ---- */

static size_t round_ring(size_t wanted)
{
    size_t bytes = RING_BYTES_MIN;

    if (wanted == 0) {
        return RING_BYTES_DEFAULT;
    }
    while (bytes < wanted && bytes < RING_BYTES_MAX) {
        bytes *= 2;
    }
    return bytes;
}

static void release(struct journal *journal)
{
    journal_log_release(&journal->log);
    journal_ring_release(&journal->ring);
    journal_place_release(&journal->place);
    free(journal);
}

static int open_parts(struct journal *journal, const struct journal_config *config,
                      struct journal_open_info *ret_info)
{
    struct journal_io *io = config->io != NULL ? config->io : journal_io_real();
    int status = journal_place_init(&journal->place, config);

    if (status == 0) {
        status = journal_log_init(&journal->log, io, journal->place.dir, journal->place.id);
    }
    if (status == 0) {
        status = journal_recover(&journal->place, round_ring(config->ring_bytes), &journal->log,
                                 &journal->ring, ret_info);
    }
    return status;
}

int journal_open(const struct journal_config *config, struct journal **ret_journal,
                 struct journal_open_info *ret_info)
{
    struct journal_open_info info = {0};
    struct journal *journal = aligned_alloc(64, sizeof(*journal));

    if (journal == NULL) {
        return error_set(ERR_NOMEM, "no memory for the journal");
    }
    memset(journal, 0, sizeof(*journal));
    journal->place.lock_fd = -1;
    journal->log.fd = -1;
    int status = open_parts(journal, config, &info);
    if (status != 0) {
        release(journal);
        return error_append("journal of '%s'", config->state_dir);
    }
    journal->segment_bytes =
        config->segment_bytes != 0 ? config->segment_bytes : SEGMENT_BYTES_DEFAULT;
    journal->late_ns = config->late_ns != 0 ? config->late_ns : LATE_NS_DEFAULT;
    journal->next_seq = info.last_seq + 1;
    journal->watch_seq = info.last_seq;
    atomic_init(&journal->appended_seq, info.last_seq);
    atomic_init(&journal->written_seq, info.last_seq);
    atomic_init(&journal->synced_seq, info.last_seq);
    atomic_init(&journal->state, JOURNAL_OK);
    *ret_journal = journal;
    if (ret_info != NULL) {
        *ret_info = info;
    }
    return 0;
}

int journal_close(struct journal *journal)
{
    int status = 0;

    if (journal == NULL) {
        return 0;
    }
    while (status == 0 && journal_synced_seq(journal) < journal_appended_seq(journal)) {
        status = journal_pump(journal);
    }
    if (status == 0 && journal->failure == 0) {
        status = journal_place_close(&journal->place, &journal->ring, journal_synced_seq(journal));
    }
    release(journal);
    return status;
}

void journal_abandon(struct journal *journal)
{
    if (journal != NULL) {
        release(journal);
    }
}

int journal_accept_boot(struct journal *journal)
{
    return journal_place_accept(&journal->place, &journal->ring);
}

/* ---- trade ---- */

static size_t free_bytes(struct journal *journal)
{
    journal->tail_seen =
        atomic_load_explicit(&journal->ring.header->tail_pos, memory_order_acquire);
    return journal->ring.bytes - (size_t)(journal->head_pos - journal->tail_seen);
}

/* Room for the frame and for the zero length behind it. */
static bool fits(struct journal *journal, size_t padded)
{
    size_t need = padded + sizeof(uint64_t);

    return journal->ring.bytes - (size_t)(journal->head_pos - journal->tail_seen) >= need ||
           free_bytes(journal) >= need;
}

int journal_append(struct journal *journal, uint16_t kind, uint16_t version, int64_t ts_ns,
                   const void *payload, size_t len, uint64_t *ret_seq)
{
    uint32_t length = (uint32_t)(sizeof(struct journal_head) + len);
    size_t padded = journal_padded(sizeof(struct journal_head) + len);

    if (kind == 0 || kind == JOURNAL_KIND_SEAL || len > JOURNAL_PAYLOAD_MAX) {
        return ERR_INVALID;
    }
    if (!fits(journal, padded)) {
        return ERR_FULL;
    }
    uint8_t *frame = journal_ring_at(&journal->ring, journal->head_pos);
    struct journal_head head = {
        .seq = journal->next_seq, .ts_ns = ts_ns, .kind = kind, .version = version};
    memset(frame + padded - 8, 0, 16); /* the padding, and the length that ends a scan */
    memcpy(frame, &head, sizeof(head));
    if (len > 0) {
        memcpy(frame + sizeof(head), payload, len);
    }
    head.crc = journal_frame_crc(frame, length);
    memcpy(frame + offsetof(struct journal_head, crc), &head.crc, sizeof(head.crc));
    /* From here on the record exists: a kill before this store leaves nothing, one after it the
     * whole record. */
    __atomic_store_n((uint32_t *)(void *)frame, length, __ATOMIC_RELEASE);
    atomic_store_explicit(&journal->ring.header->head_seq, head.seq, memory_order_release);

    journal->head_pos += padded;
    journal->next_seq++;
    atomic_store_explicit(&journal->appended_pos, journal->head_pos, memory_order_release);
    atomic_store_explicit(&journal->appended_seq, head.seq, memory_order_release);
    if (ret_seq != NULL) {
        *ret_seq = head.seq;
    }
    return 0;
}

/* The newest record of a while ago is still not synced. Measured from here, because a persist
 * thread that hangs in a write cannot say so. */
static bool is_late(struct journal *journal, int64_t now_mono_ns)
{
    if (journal_synced_seq(journal) >= journal->watch_seq) {
        journal->watch_seq = journal->next_seq - 1;
        journal->watch_mono_ns = now_mono_ns;
    }
    bool late = journal_synced_seq(journal) < journal->watch_seq &&
                now_mono_ns - journal->watch_mono_ns >= journal->late_ns;
    atomic_store_explicit(&journal->late, late, memory_order_relaxed);
    return late;
}

bool journal_has_room(struct journal *journal, enum journal_purpose purpose, int64_t now_mono_ns)
{
    bool late = is_late(journal, now_mono_ns);
    size_t room = free_bytes(journal);

    if (purpose == JOURNAL_FOR_CANCEL) {
        return room >= CANCEL_ROOM;
    }
    return purpose == JOURNAL_FOR_NEW_RISK && !late && room >= journal->ring.bytes / 4 &&
           atomic_load_explicit(&journal->state, memory_order_acquire) == JOURNAL_OK;
}

/* ---- persist ---- */

/* Space that is missing may come back; everything else ends the journal. */
static int give_up(struct journal *journal, int status)
{
    if (status == ERR_FULL) {
        atomic_store_explicit(&journal->state, JOURNAL_DISK_FULL, memory_order_release);
        return status;
    }
    (void)str_copy(journal->reason, sizeof(journal->reason), error_message());
    journal->failure = status;
    atomic_store_explicit(&journal->state, JOURNAL_FAILED, memory_order_release);
    return status;
}

/* Everything appended by now becomes one batch. The checksums are looked at once more, so that what
 * a stray pointer did to the ring does not reach the disk as truth. */
static int take_batch(struct journal *journal)
{
    struct journal_batch batch;
    uint64_t to = atomic_load_explicit(&journal->appended_pos, memory_order_acquire);
    uint64_t end = 0;

    if (to == journal->copied_pos) {
        return 0;
    }
    int status = journal_ring_walk(&journal->ring, journal->copied_pos, to, journal->log.next_seq,
                                   &batch, &end);
    if (status == 0 && end != to) {
        status =
            error_set(ERR_CORRUPT, "the ring is damaged at position %llu", (unsigned long long)end);
    }
    if (status == 0) {
        status = journal_log_begin(&journal->log, &batch);
    }
    if (status == 0) {
        journal->batch_end = end;
        journal->batch_open = true;
    }
    return status;
}

static int finish_batch(struct journal *journal)
{
    int status = journal_log_write(&journal->log);

    if (status != 0) {
        return status;
    }
    uint64_t seq = journal->log.batch_last_seq;
    atomic_store_explicit(&journal->written_seq, seq, memory_order_release);
    status = journal_log_sync(&journal->log);
    if (status != 0) {
        return status;
    }
    journal->batch_open = false;
    journal->copied_pos = journal->batch_end;
    atomic_store_explicit(&journal->synced_seq, seq, memory_order_release);
    atomic_store_explicit(&journal->ring.header->tail_pos, journal->copied_pos,
                          memory_order_release);
    return 0;
}

int journal_pump(struct journal *journal)
{
    int status = 0;

    if (journal->failure != 0) {
        return error_set(journal->failure, "%s", journal->reason);
    }
    if (!journal->batch_open && journal->log.offset >= journal->segment_bytes) {
        status = journal_log_rotate(&journal->log);
    }
    if (status == 0 && !journal->batch_open) {
        status = take_batch(journal);
    }
    if (status == 0 && journal->batch_open) {
        status = finish_batch(journal);
    }
    if (status != 0) {
        return give_up(journal, status);
    }
    atomic_store_explicit(&journal->state, JOURNAL_OK, memory_order_release);
    return 0;
}

/* ---- any thread ---- */

uint64_t journal_appended_seq(const struct journal *journal)
{
    return atomic_load_explicit(&journal->appended_seq, memory_order_acquire);
}

uint64_t journal_written_seq(const struct journal *journal)
{
    return atomic_load_explicit(&journal->written_seq, memory_order_acquire);
}

uint64_t journal_synced_seq(const struct journal *journal)
{
    return atomic_load_explicit(&journal->synced_seq, memory_order_acquire);
}

bool journal_is_synced(const struct journal *journal, uint64_t seq)
{
    return journal_synced_seq(journal) >= seq;
}

void journal_get_health(const struct journal *journal, struct journal_health *ret_health)
{
    uint64_t tail = atomic_load_explicit(&journal->ring.header->tail_pos, memory_order_acquire);
    uint64_t head = atomic_load_explicit(&journal->appended_pos, memory_order_acquire);
    struct journal_health health = {
        .state = (enum journal_state)atomic_load_explicit(&journal->state, memory_order_acquire),
        .late = atomic_load_explicit(&journal->late, memory_order_relaxed),
        .appended_seq = journal_appended_seq(journal),
        .written_seq = journal_written_seq(journal),
        .synced_seq = journal_synced_seq(journal),
        .ring_bytes = journal->ring.bytes,
        .ring_used = (size_t)(head - tail),
    };

    if (health.state == JOURNAL_FAILED) {
        memcpy(health.reason, journal->reason, sizeof(health.reason));
    } else if (health.state == JOURNAL_DISK_FULL) {
        (void)str_format(health.reason, sizeof(health.reason),
                         "no space left for the log in '%.180s'; trying again", journal->place.dir);
    } else if (health.late) {
        (void)str_format(
            health.reason, sizeof(health.reason), "seq %llu is not on the disk since %lld ms",
            (unsigned long long)health.synced_seq + 1, (long long)(journal->late_ns / 1000000));
    }
    *ret_health = health;
}

const char *journal_id_text(const struct journal *journal)
{
    return journal->place.id_text;
}

int journal_cursor_open(const struct journal *journal, uint64_t from_seq,
                        struct journal_reader **ret_cursor)
{
    struct journal_reader *cursor = NULL;
    int status = journal_scan_open(journal->place.dir, journal->place.id, from_seq, false, &cursor);

    if (status == 0) {
        cursor->limit = &journal->synced_seq;
        *ret_cursor = cursor;
    }
    return status;
}

int journal_replay(const struct journal *journal, uint64_t from_seq, journal_replay_fn callback,
                   void *context)
{
    struct journal_reader *cursor = NULL;
    struct journal_record record;
    int status = journal_cursor_open(journal, from_seq, &cursor);

    if (status != 0) {
        return status;
    }
    for (;;) {
        status = journal_reader_next(cursor, &record);
        if (status != 1) {
            break;
        }
        status = callback(context, &record);
        if (status != 0) {
            break;
        }
    }
    journal_reader_close(cursor);
    return status;
}
