/* Memory for structs that hold what must be aligned beyond what malloc promises (rings, whose ends lie on cache lines of
 * their own).
 *
 * Owner: the caller, who frees with free. Thread: any. Errors: NULL without memory.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MEM_CACHE_LINE ((size_t)64)

static inline void *mem_aligned(size_t size)
{
    size_t rounded = (size + MEM_CACHE_LINE - 1) & ~(MEM_CACHE_LINE - 1);
    void *memory = aligned_alloc(MEM_CACHE_LINE, rounded);
    return memory == NULL ? NULL : memset(memory, 0, rounded);
}

#endif
