/* The inside of a journal reader, shared with the verification at start. Private to
 * store/journal*.c.
 *
 *     journal_reader_next   records from a position on                           journal_reader.c
 *     journal_scan_end      the whole log with its chain; may its end be cut?    journal_verify.c
 *
 * Owner: whoever opened it. Thread: one at a time.
 */
#ifndef STORE_JOURNAL_SCAN_H
#define STORE_JOURNAL_SCAN_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "store/journal_format.h"
#include "store/journal_reader.h"

/* Why reading stopped. Only broken bytes can be the trace of an interrupted write. */
enum journal_damage {
    JOURNAL_DAMAGE_NONE = 0,
    JOURNAL_DAMAGE_BYTES = 1,
    JOURNAL_DAMAGE_ORDER =
        2, /* whole frames that do not follow each other, or a chain that does not fit */
    JOURNAL_DAMAGE_COUNT
};

struct journal_reader {
    char dir[PATH_MAX]; /* <state>/journal */
    uint8_t journal_id[JOURNAL_ID_SIZE];
    const _Atomic uint64_t *limit; /* deliver nothing beyond; NULL: no limit */
    uint64_t from_seq;
    int fd;
    uint64_t segment;
    uint64_t next_seq; /* of the next record in the file */
    enum journal_damage damage;

    uint8_t *buf; /* holds the file from buf_offset on */
    uint64_t buf_offset;
    size_t buf_len;
    size_t at; /* next frame in buf */

    EVP_MD_CTX *sha; /* NULL: the chain is not checked */
    uint8_t chain[JOURNAL_CHAIN_SIZE];
    struct journal_seal pending; /* records since the last seal: first_seq, records */
    int64_t last_ts_ns;
};

/* Where a verified log ends. */
struct journal_end {
    uint64_t segment; /* 0: there is none */
    uint64_t offset;  /* behind the last whole frame */
    uint64_t last_seq;
    uint64_t cut_bytes;                /* behind offset, no record */
    uint8_t chain[JOURNAL_CHAIN_SIZE]; /* with the unsealed records */
    uint64_t unsealed_first_seq;
    uint32_t unsealed_records; /* whole records after the last seal: a pump was interrupted */
    int64_t last_ts_ns;
};

int journal_scan_open(const char *dir, const uint8_t journal_id[JOURNAL_ID_SIZE], uint64_t from_seq,
                      bool with_chain, struct journal_reader **ret_reader);

/* power_lost: the machine went down since the log was written, so pages of the last batch may be
 * missing in the middle. */
int journal_scan_end(const char *dir, const uint8_t journal_id[JOURNAL_ID_SIZE], bool power_lost,
                     struct journal_end *ret_end);

/* "<state>/journal/id". ERR_NOT_FOUND: there is no journal. */
int journal_read_id(const char *dir, uint8_t ret_id[JOURNAL_ID_SIZE]);

#endif
