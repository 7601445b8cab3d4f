#include "config/pool.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { CHUNK_SIZE = 1 << 15, POOL_MAX = 1 << 28 };

struct pool_chunk {
    struct pool_chunk *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

void *pool_alloc(struct pool *pool, size_t size)
{
    if (size > POOL_MAX || pool->total > POOL_MAX) {
        return NULL;
    }
    size_t need = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    struct pool_chunk *chunk = pool->chunks;
    if (chunk == NULL || chunk->size - chunk->used < need) {
        size_t room = need > CHUNK_SIZE ? need : CHUNK_SIZE;
        chunk = calloc(1, sizeof(*chunk) + room);
        if (chunk == NULL) {
            return NULL;
        }
        chunk->size = room;
        chunk->next = pool->chunks;
        pool->chunks = chunk;
        pool->total += room;
    }
    void *piece = chunk->bytes + chunk->used;
    chunk->used += need;
    return piece;
}

char *pool_text(struct pool *pool, const char *data, size_t len)
{
    char *copy = pool_alloc(pool, len + 1);

    if (copy != NULL && len > 0) {
        memcpy(copy, data, len);
    }
    return copy;
}

void pool_release(struct pool *pool)
{
    while (pool->chunks != NULL) {
        struct pool_chunk *chunk = pool->chunks;
        pool->chunks = chunk->next;
        explicit_bzero(chunk->bytes, chunk->size);
        free(chunk);
    }
    pool->total = 0;
}
