#include "keys/nonce.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"

#include "base/banned.h"

static const char mark[8] = "nonce/1";

struct nonce_page {
    char mark[8];
    _Atomic uint64_t last;
};
_Static_assert(sizeof(struct nonce_page) == 16, "what the file holds");

struct nonce {
    struct nonce_page *page;
};

static int map_page(struct nonce *nonce, int fd, const char *path)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || (st.st_size == 0 && ftruncate(fd, sizeof(*nonce->page)) != 0)) {
        return error_set_errno("%s", path);
    }
    if (st.st_size != 0 && st.st_size != sizeof(*nonce->page)) {
        return error_set(ERR_PARSE, "%s has %lld bytes instead of %zu", path, (long long)st.st_size,
                         sizeof(*nonce->page));
    }
    void *page = mmap(NULL, sizeof(*nonce->page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) {
        return error_set_errno("%s", path);
    }
    nonce->page = page;
    if (nonce->page->mark[0] == '\0' && atomic_load(&nonce->page->last) == 0) {
        memcpy(nonce->page->mark, mark, sizeof(mark)); /* new, or the power went before the mark */
    }
    return memcmp(nonce->page->mark, mark, sizeof(mark)) == 0
               ? 0
               : error_set(ERR_PARSE, "%s does not hold the last number given", path);
}

int nonce_open(const char *dir, const char *name, struct nonce **ret_nonce)
{
    char path[512];
    int rc = file_make_dirs(dir, 0700);
    if (rc != 0 || str_format(path, sizeof(path), "%s/%s", dir, name) != 0) {
        return rc != 0 ? rc : error_set(ERR_LIMIT, "%s/%s is too long", dir, name);
    }
    struct nonce *nonce = calloc(1, sizeof(*nonce));
    if (nonce == NULL) {
        return error_set(ERR_NOMEM, "%s", path);
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    rc = fd < 0 ? error_set_errno("%s", path) : map_page(nonce, fd, path);
    if (fd >= 0) {
        (void)close(fd);
    }
    if (rc != 0) {
        nonce_close(nonce);
        return rc;
    }
    *ret_nonce = nonce;
    return 0;
}

struct nonce *nonce_close(struct nonce *nonce)
{
    if (nonce != NULL && nonce->page != NULL) {
        (void)munmap(nonce->page, sizeof(*nonce->page));
    }
    free(nonce);
    return NULL;
}

uint64_t nonce_next(struct nonce *nonce, int64_t now_ns)
{
    uint64_t now = now_ns > 0 ? (uint64_t)now_ns : 0;
    uint64_t last = atomic_load(&nonce->page->last);
    uint64_t next;
    do {
        next = now > last ? now : last + 1;
    } while (!atomic_compare_exchange_weak(&nonce->page->last, &last, next));
    return next;
}
