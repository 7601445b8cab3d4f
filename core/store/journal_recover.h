/* What journal_open does before the first append. Private to store/journal*.c.
 *
 *     lock -> id -> log: verify, cut an incomplete end, seal
 *                -> ring: copy what the log lacks
 *                -> ring: emptied, or made new
 *
 * Each step may be killed and done again: the ring is emptied only after its records are synced in
 * the log.
 *
 * Owner: the journal. Thread: [main]. Errors: the error stack.
 */
#ifndef STORE_JOURNAL_RECOVER_H
#define STORE_JOURNAL_RECOVER_H

#include "store/journal.h"
#include "store/journal_log.h"
#include "store/journal_ring.h"
#include "store/journal_scan.h"

/* The folder of a journal and what is known about its past. */
struct journal_place {
    char state_dir[PATH_MAX]; /* real path */
    char dir[PATH_MAX];       /* <state>/journal */
    char ring_path[PATH_MAX];
    uint8_t id[JOURNAL_ID_SIZE];
    char id_text[2 * JOURNAL_ID_SIZE + 1];
    int lock_fd;
    char boot[64];      /* the kernel's id of this boot */
    char accepted[128]; /* content of the boot file: a boot and a ring whose continuity is known */
    bool is_new;        /* the id was made now */
    bool has_history;   /* there is a boot file: a journal was open here before */
    bool same_boot;     /* and the machine has not been down since */
    bool was_clean;     /* it was closed with everything on the disk ... */
    uint64_t clean_seq; /* ... up to here */
};

int journal_place_init(struct journal_place *place, const struct journal_config *config);
void journal_place_release(struct journal_place *place);

/* Is this the ring, in this boot, that was accepted last? */
bool journal_place_is_accepted(const struct journal_place *place, const struct journal_ring *ring);
int journal_place_accept(struct journal_place *place, const struct journal_ring *ring);

/* Everything is on the disk: the next open needs no ring, and shared memory is given back. */
int journal_place_close(struct journal_place *place, const struct journal_ring *ring,
                        uint64_t last_seq);

int journal_recover(struct journal_place *place, size_t ring_bytes, struct journal_log *log,
                    struct journal_ring *ret_ring, struct journal_open_info *ret_info);

/* Frames in the ring from `from` on, one after the other, with the numbers from next_seq on; at
 * most up to position `to`. ERR_CORRUPT: the frame at *ret_end is broken or out of order. */
int journal_ring_walk(const struct journal_ring *ring, uint64_t from, uint64_t to,
                      uint64_t next_seq, struct journal_batch *ret_batch, uint64_t *ret_end);

#endif
