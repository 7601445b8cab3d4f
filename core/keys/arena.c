#include "keys/arena.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"

#include "base/banned.h"

int arena_init(struct arena *arena, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t usable = (size + page - 1) / page * page;
    size_t total = usable + 2 * page;
    unsigned char *mapping = mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (mapping == MAP_FAILED) {
        return error_set_errno("memory for secrets");
    }
    unsigned char *bytes = mapping + page;
    /* Not being left out of a dump, or readable in a child, is a failure; not being locked is told
     * to the operator, because a container may forbid it where nothing can be swapped anyway. */
    if (mprotect(bytes, usable, PROT_READ | PROT_WRITE) != 0 ||
        madvise(bytes, usable, MADV_DONTDUMP) != 0 ||
        madvise(bytes, usable, MADV_WIPEONFORK) != 0) {
        int status = error_set_errno("protect memory for secrets");
        (void)munmap(mapping, total);
        return status;
    }
    *arena = (struct arena){
        .bytes = bytes,
        .size = usable,
        .mapping = mapping,
        .mapping_size = total,
        .is_locked = mlock(bytes, usable) == 0,
    };
    return 0;
}

void arena_release(struct arena *arena)
{
    if (arena == NULL || arena->mapping == NULL) {
        return;
    }
    OPENSSL_cleanse(arena->bytes, arena->size);
    (void)munmap(arena->mapping, arena->mapping_size);
    *arena = (struct arena){0};
}
