/* What the tests of the store share: a folder of their own, records whose content follows from
 * their number, and a disk that fails on command. */
#ifndef TESTS_STORE_DIR_H
#define TESTS_STORE_DIR_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/journal.h"

/* In memory if the machine has /dev/shm, so that thousands of syncs cost nothing. */
void store_dir_make(char ret_path[PATH_MAX]);
void store_dir_remove(const char *path);

/* Ring and log under dir; 64 KiB of ring. */
struct journal_config store_config(const char *dir);

/* The one ring file in dir. */
void store_ring_path(const char *dir, char ret_path[PATH_MAX]);
void store_segment_path(const char *dir, unsigned number, char ret_path[PATH_MAX]);

/* The record number seq: kind, length and every byte follow from it. */
size_t pattern_fill(uint64_t seq, uint8_t payload[JOURNAL_PAYLOAD_MAX]);
int pattern_append(struct journal *journal, uint64_t seq, size_t max_len, uint64_t *ret_seq);
bool pattern_is(const struct journal_record *record);

/* Replays dir with a reader; the number of records, all of them true and in order, or the reader's
 * status. -1000: a record that nobody wrote. */
int64_t pattern_count(const char *dir);

struct faulty {
    struct journal_io io;
    _Atomic int writes; /* calls so far */
    _Atomic int syncs;
    _Atomic int opens;
    int fail_write_from;  /* the n-th call and those after it fail; 0: none */
    int fail_write_until; /* exclusive; 0: for ever */
    int fail_sync_from;
    int fail_sync_until;
    int fail_open_from;
    int fail_open_until;
    int reason;          /* errno */
    size_t short_write;  /* a failing write first takes this many bytes */
    _Atomic bool frozen; /* writes wait while it is true */
};
void faulty_init(struct faulty *faulty);

#endif
