/* The append-only disk log, writing side: segments, seals, syncs. Private to store/journal*.c.
 *
 *     journal_log_begin   the bytes of one batch, and its seal
 *     journal_log_write   as far as the disk takes them; goes on where it stopped
 *     journal_log_sync    the batch is durable
 *     journal_log_rotate  next segment, between batches
 *
 * Invariant: bytes are written at explicit offsets, so a write that is repeated after "no space"
 * writes the same bytes to the same place.
 *
 * Owner: the journal. Thread: [persist], before that the opening thread. Errors: the error stack;
 * ERR_FULL is "no space".
 */
#ifndef STORE_JOURNAL_LOG_H
#define STORE_JOURNAL_LOG_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "store/journal_format.h"
#include "store/journal_io.h"

struct journal_log {
    struct journal_io *io;
    char dir[PATH_MAX]; /* <state>/journal */
    uint8_t journal_id[JOURNAL_ID_SIZE];
    EVP_MD_CTX *sha;
    int fd;            /* -1: no segment */
    uint64_t segment;  /* number of the open one */
    uint64_t offset;   /* end of the last whole batch */
    uint64_t next_seq; /* of the next record to be written */
    uint8_t chain[JOURNAL_CHAIN_SIZE];

    const uint8_t *batch; /* the batch being written: bytes, then seal */
    size_t batch_len;
    size_t batch_done; /* of both together */
    uint64_t batch_last_seq;
    struct journal_seal_frame seal;
};

/* What one batch consists of. */
struct journal_batch {
    const uint8_t *bytes; /* whole frames; must stay until the batch is synced */
    size_t len;
    uint64_t first_seq;
    uint64_t last_seq;
    int64_t ts_ns; /* of the last record */
    uint32_t records;
};

int journal_log_init(struct journal_log *log, struct journal_io *io, const char *dir,
                     const uint8_t journal_id[JOURNAL_ID_SIZE]);
void journal_log_release(struct journal_log *log);

/* Opens an existing segment to append at offset. What lies beyond is cut off. */
int journal_log_open_segment(struct journal_log *log, uint64_t number, uint64_t offset);

/* Makes the next segment and closes the present one. */
int journal_log_rotate(struct journal_log *log);

int journal_log_begin(struct journal_log *log, const struct journal_batch *batch);

/* The same for records that stand in the file already and were not sealed; chain is the one that
 * includes them. */
void journal_log_begin_seal(struct journal_log *log, const struct journal_batch *batch,
                            const uint8_t chain[JOURNAL_CHAIN_SIZE]);

int journal_log_write(struct journal_log *log);
int journal_log_sync(struct journal_log *log);

/* "<dir>/00000001.log" */
int journal_segment_path(const char *dir, uint64_t number, char *buf, size_t cap);

#endif
