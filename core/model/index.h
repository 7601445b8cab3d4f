/* Hash index from a 64-bit key to a slot number, for tables whose rows live elsewhere.
 *
 * Several slots may share a key (two texts can hash alike): the caller walks the candidates and compares the row itself, so
 * a collision costs time and never truth. Open addressing, linear probing, at most half full.
 *
 * Growth is explicit: index_reserve allocates, index_put does not, so that a put between intent and send never does.
 *
 * Owner: the caller. Thread: one at a time. Errors: ERR_NOMEM from reserve, ERR_FULL from put.
 */
#ifndef MODEL_INDEX_H
#define MODEL_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define INDEX_NONE UINT32_MAX

struct index_cell {
    uint64_t key;
    uint32_t slot; /* INDEX_NONE: never used; INDEX_NONE - 1: removed */
};

struct index {
    struct index_cell *cells;
    size_t cap;  /* power of two, or 0 */
    size_t used; /* live and removed cells */
    size_t live;
};

void index_release(struct index *index);
int index_reserve(struct index *index, size_t more);
int index_put(struct index *index, uint64_t key, uint32_t slot);
void index_remove(struct index *index, uint64_t key, uint32_t slot);

/* Candidates: start with *cursor = 0; returns slot numbers until INDEX_NONE. */
uint32_t index_next(const struct index *index, uint64_t key, size_t *cursor);

uint64_t index_hash(uint64_t seed, const char *text);
uint64_t index_mix(uint64_t value);

#endif
