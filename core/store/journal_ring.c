#include "store/journal_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/str.h"

#include "base/banned.h"

static uint32_t header_crc(const struct journal_ring_header *header)
{
    return crc32c(0, header, offsetof(struct journal_ring_header, crc));
}

/* MAP_POPULATE: a first touch in the trade thread would be a page fault of microseconds. */
static int map_views(int fd, const char *path, size_t bytes, struct journal_ring *ret_ring)
{
    size_t total = JOURNAL_RING_HEADER_BYTES + 2 * bytes;
    int prot = PROT_READ | PROT_WRITE;
    uint8_t *base = mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (base == MAP_FAILED) {
        return error_set_errno("reserve addresses for ring '%s'", path);
    }
    uint8_t *first = base + JOURNAL_RING_HEADER_BYTES;
    int flags = MAP_SHARED | MAP_FIXED | MAP_POPULATE;
    if (mmap(base, JOURNAL_RING_HEADER_BYTES + bytes, prot, flags, fd, 0) == MAP_FAILED ||
        mmap(first + bytes, bytes, prot, flags, fd, JOURNAL_RING_HEADER_BYTES) == MAP_FAILED) {
        int status = error_set_errno("map ring '%s'", path);
        munmap(base, total);
        return status;
    }
    *ret_ring = (struct journal_ring){
        .header = (struct journal_ring_header *)(void *)base,
        .data = first,
        .bytes = bytes,
        .mask = bytes - 1,
    };
    return 0;
}

void journal_ring_release(struct journal_ring *ring)
{
    if (ring != NULL && ring->header != NULL) {
        munmap(ring->header, JOURNAL_RING_HEADER_BYTES + 2 * ring->bytes);
        *ring = (struct journal_ring){0};
    }
}

void journal_ring_reset(struct journal_ring *ring)
{
    /* In this order a kill between the two leaves an empty ring, not a lap of old frames. */
    memset(journal_ring_at(ring, 0), 0, sizeof(struct journal_head));
    memset(
        journal_ring_at(ring, atomic_load_explicit(&ring->header->tail_pos, memory_order_relaxed)),
        0, sizeof(struct journal_head));
    atomic_store_explicit(&ring->header->tail_pos, 0, memory_order_release);
}

static int fill_header(struct journal_ring *ring, const uint8_t journal_id[JOURNAL_ID_SIZE])
{
    struct journal_ring_header *header = ring->header;

    memcpy(header->magic, JOURNAL_RING_MAGIC, sizeof(header->magic));
    header->version = JOURNAL_FORMAT_VERSION;
    header->data_bytes = ring->bytes;
    memcpy(header->journal_id, journal_id, JOURNAL_ID_SIZE);
    if (getrandom(header->nonce, JOURNAL_ID_SIZE, 0) != JOURNAL_ID_SIZE) {
        return error_set_errno("random bytes");
    }
    header->crc = header_crc(header);
    return 0;
}

int journal_ring_create(const char *path, const uint8_t journal_id[JOURNAL_ID_SIZE], size_t bytes,
                        struct journal_ring *ret_ring)
{
    char tmp[PATH_MAX];
    struct journal_ring ring = {0};

    if (str_format(tmp, sizeof(tmp), "%s.new", path) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", path);
    }
    (void)unlink(tmp); /* of a start that was killed here */
    int fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return error_set_errno("create ring '%s'", tmp);
    }
    /* Memory that is promised only by ftruncate can be missing later, as SIGBUS in the trade
     * thread. */
    int status = 0;
    int reason = posix_fallocate(fd, 0, (off_t)(JOURNAL_RING_HEADER_BYTES + bytes));
    if (reason != 0) {
        errno = reason;
        status = error_set_errno("%zu bytes of shared memory for ring '%s'", bytes, tmp);
    }
    if (status == 0) {
        status = map_views(fd, tmp, bytes, &ring);
    }
    close(fd);
    if (status == 0) {
        status = fill_header(&ring, journal_id);
    }
    if (status == 0 && rename(tmp, path) != 0) {
        status = error_set_errno("rename ring '%s'", tmp);
    }
    if (status != 0) {
        journal_ring_release(&ring);
        (void)unlink(tmp);
        return status;
    }
    *ret_ring = ring;
    return 0;
}

/* Shared memory is a place where anybody may put a file. */
static int check_file(int fd, const char *path, const uint8_t journal_id[JOURNAL_ID_SIZE],
                      size_t *ret_bytes)
{
    struct journal_ring_header header;
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return error_set_errno("stat ring '%s'", path);
    }
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
        return error_set(ERR_DENIED,
                         "ring '%s' is not a file of this user alone (owner %u, mode %03o)", path,
                         (unsigned)st.st_uid, (unsigned)st.st_mode & 0777);
    }
    if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
        memcmp(header.magic, JOURNAL_RING_MAGIC, sizeof(header.magic)) != 0 ||
        header.version != JOURNAL_FORMAT_VERSION || header.crc != header_crc(&header) ||
        memcmp(header.journal_id, journal_id, JOURNAL_ID_SIZE) != 0) {
        return error_set(ERR_CORRUPT, "ring '%s' is not this journal's ring", path);
    }
    uint64_t bytes = header.data_bytes;
    if (bytes < JOURNAL_RING_HEADER_BYTES || (bytes & (bytes - 1)) != 0 ||
        st.st_size != (off_t)(JOURNAL_RING_HEADER_BYTES + bytes)) {
        return error_set(ERR_CORRUPT, "ring '%s' has %lld bytes, its header says %llu", path,
                         (long long)st.st_size, (unsigned long long)bytes);
    }
    *ret_bytes = (size_t)bytes;
    return 0;
}

int journal_ring_open(const char *path, const uint8_t journal_id[JOURNAL_ID_SIZE],
                      struct journal_ring *ret_ring)
{
    size_t bytes = 0;
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0) {
        return error_set_errno("open ring '%s'", path);
    }
    int status = check_file(fd, path, journal_id, &bytes);
    if (status == 0) {
        status = map_views(fd, path, bytes, ret_ring);
    }
    close(fd);
    return status;
}
