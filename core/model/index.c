#include "model/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define CELL_REMOVED (INDEX_NONE - 1)

void index_release(struct index *index)
{
    free(index->cells);
    memset(index, 0, sizeof(*index));
}

uint64_t index_mix(uint64_t value)
{
    value ^= value >> 33;
    value *= UINT64_C(0xff51afd7ed558ccd);
    value ^= value >> 33;
    value *= UINT64_C(0xc4ceb9fe1a85ec53);
    return value ^ (value >> 33);
}

uint64_t index_hash(uint64_t seed, const char *text)
{
    uint64_t hash = seed ^ UINT64_C(0xcbf29ce484222325);
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return index_mix(hash);
}

static void place(struct index_cell *cells, size_t cap, uint64_t key, uint32_t slot)
{
    size_t at = (size_t)index_mix(key) & (cap - 1);
    while (cells[at].slot < CELL_REMOVED) {
        at = (at + 1) & (cap - 1);
    }
    cells[at] = (struct index_cell){.key = key, .slot = slot};
}

int index_reserve(struct index *index, size_t more)
{
    if (index->cap != 0 && (index->used + more) * 2 <= index->cap) {
        return 0;
    }
    size_t cap = 64;
    while (cap < (index->live + more) * 4) {
        cap *= 2;
    }
    struct index_cell *cells = malloc(cap * sizeof(*cells));
    if (cells == NULL) {
        return error_set(ERR_NOMEM, "index of %zu cells", cap);
    }
    for (size_t i = 0; i < cap; i++) {
        cells[i] = (struct index_cell){.key = 0, .slot = INDEX_NONE};
    }
    for (size_t i = 0; i < index->cap; i++) {
        if (index->cells[i].slot < CELL_REMOVED) {
            place(cells, cap, index->cells[i].key, index->cells[i].slot);
        }
    }
    free(index->cells);
    index->cells = cells;
    index->cap = cap;
    index->used = index->live;
    return 0;
}

int index_put(struct index *index, uint64_t key, uint32_t slot)
{
    if ((index->used + 1) * 2 > index->cap) {
        return error_set(ERR_FULL, "index is full at %zu entries", index->live);
    }
    place(index->cells, index->cap, key, slot);
    index->used++;
    index->live++;
    return 0;
}

void index_remove(struct index *index, uint64_t key, uint32_t slot)
{
    if (index->cap == 0) {
        return;
    }
    size_t at = (size_t)index_mix(key) & (index->cap - 1);
    while (index->cells[at].slot != INDEX_NONE) {
        if (index->cells[at].slot == slot && index->cells[at].key == key) {
            index->cells[at].slot = CELL_REMOVED;
            index->live--;
            return;
        }
        at = (at + 1) & (index->cap - 1);
    }
}

uint32_t index_next(const struct index *index, uint64_t key, size_t *cursor)
{
    if (index->cap == 0) {
        return INDEX_NONE;
    }
    size_t start = (size_t)index_mix(key) & (index->cap - 1);
    for (size_t step = *cursor; step < index->cap; step++) {
        const struct index_cell *cell = &index->cells[(start + step) & (index->cap - 1)];
        if (cell->slot == INDEX_NONE) {
            break;
        }
        if (cell->slot != CELL_REMOVED && cell->key == key) {
            *cursor = step + 1;
            return cell->slot;
        }
    }
    *cursor = index->cap;
    return INDEX_NONE;
}
