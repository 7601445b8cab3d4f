#include "store_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"

static void die(const char *what)
{
    perror(what);
    abort();
}

void store_dir_make(char ret_path[PATH_MAX])
{
    (void)str_format(ret_path, PATH_MAX, "%s/sofia-test-XXXXXX",
                     access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(ret_path) == NULL) {
        die("mkdtemp");
    }
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

void store_dir_remove(const char *path)
{
    if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0) {
        die("remove folder");
    }
}

struct journal_config store_config(const char *dir)
{
    return (struct journal_config){
        .state_dir = dir, .ring_dir = dir, .ring_bytes = 64 * 1024, .segment_bytes = 1 << 20};
}

void store_ring_path(const char *dir, char ret_path[PATH_MAX])
{
    char pattern[PATH_MAX];
    glob_t found;

    (void)str_format(pattern, sizeof(pattern), "%s/sofia-*.ring", dir);
    if (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc != 1) {
        die("one ring");
    }
    (void)str_copy(ret_path, PATH_MAX, found.gl_pathv[0]);
    globfree(&found);
}

void store_segment_path(const char *dir, unsigned number, char ret_path[PATH_MAX])
{
    (void)str_format(ret_path, PATH_MAX, "%s/journal/%08u.log", dir, number);
}

/* ---- pattern ---- */

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 31) * UINT64_C(0x7fb5d329728ea185);
    return x ^ x >> 27;
}

size_t pattern_fill(uint64_t seq, uint8_t payload[JOURNAL_PAYLOAD_MAX])
{
    size_t len = mix(seq) % 401;

    if (mix(seq + 7) % 50 == 0) {
        len = JOURNAL_PAYLOAD_MAX;
    }
    for (size_t i = 0; i < len; i++) {
        payload[i] = (uint8_t)mix(seq * 4099 + i);
    }
    return len;
}

static uint16_t pattern_kind(uint64_t seq)
{
    return (uint16_t)(1 + mix(seq + 3) % 1000);
}

int pattern_append(struct journal *journal, uint64_t seq, size_t max_len, uint64_t *ret_seq)
{
    uint8_t payload[JOURNAL_PAYLOAD_MAX];
    size_t len = pattern_fill(seq, payload);

    return journal_append(journal, pattern_kind(seq), 1, (int64_t)seq * 1000, payload,
                          len < max_len ? len : max_len, ret_seq);
}

bool pattern_is(const struct journal_record *record)
{
    uint8_t payload[JOURNAL_PAYLOAD_MAX];
    size_t len = pattern_fill(record->seq, payload);

    return record->kind == pattern_kind(record->seq) && record->version == 1 &&
           record->ts_ns == (int64_t)record->seq * 1000 && record->len <= len &&
           memcmp(record->payload, payload, record->len) == 0;
}

int64_t pattern_count(const char *dir)
{
    struct journal_reader *reader = NULL;
    struct journal_record record;
    int64_t count = 0;
    int status = journal_reader_open(dir, 1, &reader);

    while (status == 0 || status == 1) {
        status = journal_reader_next(reader, &record);
        if (status != 1) {
            break;
        }
        count++;
        if (record.seq != (uint64_t)count || !pattern_is(&record)) {
            status = -1000;
        }
    }
    journal_reader_close(reader);
    return status == 0 ? count : status;
}

/* ---- faults ---- */

static bool hits(int n, int from, int until)
{
    return from != 0 && n >= from && (until == 0 || n < until);
}

static int faulty_open(struct journal_io *io, const char *path, int flags, mode_t mode)
{
    struct faulty *faulty = (struct faulty *)(void *)io;

    if (hits(++faulty->opens, faulty->fail_open_from, faulty->fail_open_until)) {
        errno = faulty->reason;
        return -1;
    }
    return open(path, flags, mode);
}

static ssize_t faulty_pwrite(struct journal_io *io, int fd, const void *data, size_t len,
                             off_t offset)
{
    struct faulty *faulty = (struct faulty *)(void *)io;
    int n = ++faulty->writes;

    while (atomic_load(&faulty->frozen)) {
        struct timespec pause = {.tv_nsec = 1000000};
        nanosleep(&pause, NULL);
    }
    if (hits(n, faulty->fail_write_from, faulty->fail_write_until)) {
        size_t some = n == faulty->fail_write_from ? faulty->short_write : 0;
        if (some > 0 && some < len) {
            return pwrite(fd, data, some, offset);
        }
        errno = faulty->reason;
        return -1;
    }
    return pwrite(fd, data, len, offset);
}

static int faulty_fdatasync(struct journal_io *io, int fd)
{
    struct faulty *faulty = (struct faulty *)(void *)io;

    if (hits(++faulty->syncs, faulty->fail_sync_from, faulty->fail_sync_until)) {
        errno = faulty->reason;
        return -1;
    }
    return fdatasync(fd);
}

static int faulty_ftruncate(struct journal_io *io, int fd, off_t len)
{
    (void)io;
    return ftruncate(fd, len);
}

void faulty_init(struct faulty *faulty)
{
    memset(faulty, 0, sizeof(*faulty));
    faulty->io = (struct journal_io){
        .open = faulty_open,
        .pwrite = faulty_pwrite,
        .fdatasync = faulty_fdatasync,
        .ftruncate = faulty_ftruncate,
    };
}
