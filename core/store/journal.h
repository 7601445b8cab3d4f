/* The journal: the truth of which all state is the fold.
 *
 *     trade thread                                      persist thread, every few ms
 *     journal_append --> ring in shared memory  --journal_pump-->  <state>/journal/NNNNNNNN.log
 *        ~50 ns            survives kill -9        copies, seals (hash chain), fdatasync, frees
 *
 *     appended_seq  >=  written_seq  >=  synced_seq      published, any thread
 *       in the ring      in the file     on the disk
 *
 * Life: journal_open (recovers) -> append and pump, one thread each -> journal_close (pumps what is
 * left). After kill -9 the next open reads the ring beyond the last record of the log and appends
 * it there, synced, before anything else; so a record whose append returned 0 is never lost while
 * the machine stays up. After a reboot the ring is gone: ret_info.reboot says so until
 * journal_accept_boot is called, and the owner must ask the venues what is true.
 *
 * Invariants
 *   - records are numbered 1, 2, 3 ... without gaps; a record is delivered whole, once, in order,
 *     or not at all.
 *   - append makes no system call and never waits; a full ring is ERR_FULL, nothing is ever
 *     overwritten.
 *   - a failed write (other than "no space") or sync is final: a later success would prove nothing
 *     about the bytes before. What is in the ring stays there. "No space" is retried, from the
 *     byte where it stopped.
 *   - damage is named (file, offset, seq) and refused. Only an incomplete end is cut, and reported.
 *   - one journal per state directory: the lock is held from open to close.
 *
 * Owner: the engine. Thread: [trade] append, has_room; [persist] pump; [main] open, accept_boot,
 * close; the rest any. Errors: the error stack, except where said.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/journal_io.h"
#include "store/journal_reader.h"

enum { JOURNAL_PAYLOAD_MAX = 4096, JOURNAL_REASON_SIZE = 256 };

struct journal;

struct journal_config {
    const char *state_dir; /* made if absent, 0700 */
    const char *ring_dir;  /* NULL: /dev/shm */
    size_t ring_bytes;     /* 0: 16 MiB; rounded up to a power of two, at least 64 KiB */
    size_t segment_bytes;  /* 0: 64 MiB; a segment is closed when it has grown beyond */
    int64_t late_ns;       /* 0: 2 s; a record not synced for so long means the disk is late */
    struct journal_io *io; /* NULL: the real calls */
};

/* What journal_open found. */
struct journal_open_info {
    bool fresh;        /* there was no journal */
    bool reboot;       /* another boot, or the ring is gone: the last milliseconds may be lost */
    uint64_t last_seq; /* after recovery; the next record gets the number after it */
    uint64_t ring_records; /* how many were only in the ring and are in the log now */
    uint64_t cut_bytes;    /* an incomplete end that was cut; 0: none */
    uint64_t cut_offset;   /* where, in the last segment */
    uint64_t cut_segment;
};

enum journal_state {
    JOURNAL_STATE_INVALID = 0,
    JOURNAL_OK = 1,
    JOURNAL_DISK_FULL = 2, /* no space; retried at each pump */
    JOURNAL_FAILED = 3,    /* final */
    JOURNAL_STATE_COUNT
};

struct journal_health {
    enum journal_state state;
    bool late;                        /* as journal_has_room last saw it */
    char reason[JOURNAL_REASON_SIZE]; /* "" when OK */
    uint64_t appended_seq;
    uint64_t written_seq;
    uint64_t synced_seq;
    size_t ring_bytes;
    size_t ring_used;
};

enum journal_purpose {
    JOURNAL_PURPOSE_INVALID = 0,
    JOURNAL_FOR_NEW_RISK = 1, /* a quarter free, the disk neither full, failed nor late */
    JOURNAL_FOR_CANCEL = 2,   /* may use the last quarter, and goes on while the disk does not */
    JOURNAL_PURPOSE_COUNT
};

/* ERR_WRONG_STATE: another process holds the state directory. ERR_CORRUPT: damage, named. ERR_IO,
 * ERR_NOMEM. ret_info may be NULL. */
int journal_open(const struct journal_config *config, struct journal **ret_journal,
                 struct journal_open_info *ret_info);

/* Pumps until everything is synced or the disk refuses, then lets go of ring, log and lock. Then
 * the ring is deleted, unless something could not be written: that stays in it for the next open.
 * Returns the status of the last pump. NULL is taken. */
int journal_close(struct journal *journal);

/* For tests of what kill -9 leaves: lets go of memory, files and lock; nothing is pumped, the ring stays as it is. */
void journal_abandon(struct journal *journal);

/* The owner has compared its state with the venues after a reboot: the next open does not report it
 * again. */
int journal_accept_boot(struct journal *journal);

/* [trade] kind: 1 .. 0xfffe. 0, ERR_FULL, or ERR_INVALID (kind, or len > JOURNAL_PAYLOAD_MAX). Sets
 * no error text: full is an expected answer. ret_seq may be NULL. */
int journal_append(struct journal *journal, uint16_t kind, uint16_t version, int64_t ts_ns,
                   const void *payload, size_t len, uint64_t *ret_seq);

/* [trade] now_mono_ns: the turn's monotonic time; called at least once a turn with new risk, it is
 * what notices a frozen disk. */
bool journal_has_room(struct journal *journal, enum journal_purpose purpose, int64_t now_mono_ns);

/* [persist] Moves everything appended so far to the disk. 0: all of it is synced. ERR_FULL: no
 * space, call again. ERR_IO, ERR_CORRUPT, ERR_CRYPTO: failed for good, and again at each call. */
int journal_pump(struct journal *journal);

uint64_t journal_appended_seq(const struct journal *journal);
uint64_t journal_written_seq(const struct journal *journal);
uint64_t journal_synced_seq(const struct journal *journal);
bool journal_is_synced(const struct journal *journal, uint64_t seq);
void journal_get_health(const struct journal *journal, struct journal_health *ret_health);

/* 32 hex digits that no other journal has. */
const char *journal_id_text(const struct journal *journal);

/* Every synced record from from_seq (0 and 1: the first) on. The callback returns 0 to go on;
 * another value ends the replay and is returned. */
typedef int (*journal_replay_fn)(void *context, const struct journal_record *record);
int journal_replay(const struct journal *journal, uint64_t from_seq, journal_replay_fn callback,
                   void *context);

/* A reader for a consumer inside this process (a sink, the view) that must see each record once: it
 * delivers only what is synced, costs no system call while there is nothing new, and may lag as far
 * as it likes. The cursor must be closed before the journal. Keep the seq of the last record that
 * was dealt with to resume. */
int journal_cursor_open(const struct journal *journal, uint64_t from_seq,
                        struct journal_reader **ret_cursor);

#endif
