/* Reading the journal's log, from any process, also while the engine writes it.
 *
 *     struct journal_reader *reader;
 *     if (journal_reader_open(state_dir, from_seq, &reader) == 0) {
 *         struct journal_record record;
 *         while ((status = journal_reader_next(reader, &record)) == 1) { ... }
 *     }                            0: nothing more now, ask again later;  negative: damaged
 *     journal_reader_close(reader);
 *
 * It sees what the persist thread has written, not what is only in the ring. Each record's checksum
 * and number are checked; the hash chain is checked when the journal is opened by the engine and by
 * journal_verify.
 *
 * Owner: the caller. Thread: one at a time. Errors: the error stack.
 */
#ifndef STORE_JOURNAL_READER_H
#define STORE_JOURNAL_READER_H

#include <stddef.h>
#include <stdint.h>

struct journal_reader;

struct journal_record {
    uint64_t seq;
    int64_t ts_ns;
    uint16_t kind;
    uint16_t version;
    size_t len;
    const void *payload; /* 8-byte aligned; valid until the next call */
};

/* from_seq 0 and 1: from the first record. ERR_NOT_FOUND: there is no journal. */
int journal_reader_open(const char *state_dir, uint64_t from_seq,
                        struct journal_reader **ret_reader);
void journal_reader_close(struct journal_reader *reader);

/* 1: a record; 0: no more now; ERR_CORRUPT with file, offset and seq; ERR_IO. */
int journal_reader_next(struct journal_reader *reader, struct journal_record *ret_record);

/* Reads the whole log with its hash chain, as the engine does at start, and changes nothing. An
 * incomplete end is no damage. ret_last_seq may be NULL. */
int journal_verify(const char *state_dir, uint64_t *ret_last_seq);

#endif
