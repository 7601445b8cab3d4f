/* The four system calls through which the journal touches its disk log, as a table, so that a test
 * can make the n-th write fail, a sync fail, or the disk freeze.
 *
 *     journal_io_real()                                what the engine uses
 *     struct faulty { struct journal_io io; ... };     a test's; the rest is found from io
 *
 * Each behaves as the system call of the same name: -1 and errno on failure.
 *
 * Owner: the real table belongs to nobody; another one to its creator, who keeps it until
 * journal_close. Thread: the thread that opens the journal, then the persist thread.
 */
#ifndef STORE_JOURNAL_IO_H
#define STORE_JOURNAL_IO_H

#include <stddef.h>
#include <sys/types.h>

struct journal_io {
    int (*open)(struct journal_io *io, const char *path, int flags, mode_t mode);
    ssize_t (*pwrite)(struct journal_io *io, int fd, const void *data, size_t len, off_t offset);
    int (*fdatasync)(struct journal_io *io, int fd);
    int (*ftruncate)(struct journal_io *io, int fd, off_t len);
};

struct journal_io *journal_io_real(void);

#endif
