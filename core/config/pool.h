/* Memory of one configuration: given out in pieces, wiped and freed together, because some pieces
 * hold secrets. Private to core/config. Owner: the config. */
#ifndef CONFIG_POOL_H
#define CONFIG_POOL_H

#include <stddef.h>

struct pool_chunk;

struct pool {
    struct pool_chunk *chunks;
    size_t total;
};

/* Zeroed and aligned for anything. NULL: no memory, or more than POOL_MAX in all. */
void *pool_alloc(struct pool *pool, size_t size);
char *pool_text(struct pool *pool, const char *data, size_t len);
void pool_release(struct pool *pool);

#endif
