/* A piece of memory for secrets: locked, not dumped, wiped on fork, with an inaccessible page on
 * either side. Private to core/keys. Owner: the key store. */
#ifndef KEYS_ARENA_H
#define KEYS_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena {
    unsigned char *bytes;
    size_t size;   /* usable, whole pages */
    void *mapping; /* with the fences */
    size_t mapping_size;
    bool is_locked;
};

int arena_init(struct arena *arena, size_t size);
void arena_release(struct arena *arena); /* wipes it */

#endif
