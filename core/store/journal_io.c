#include "store/journal_io.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/banned.h"

static int real_open(struct journal_io *io, const char *path, int flags, mode_t mode)
{
    (void)io;
    return open(path, flags, mode);
}

static ssize_t real_pwrite(struct journal_io *io, int fd, const void *data, size_t len,
                           off_t offset)
{
    (void)io;
    return pwrite(fd, data, len, offset);
}

static int real_fdatasync(struct journal_io *io, int fd)
{
    (void)io;
    return fdatasync(fd);
}

static int real_ftruncate(struct journal_io *io, int fd, off_t len)
{
    (void)io;
    return ftruncate(fd, len);
}

struct journal_io *journal_io_real(void)
{
    static struct journal_io real = {
        .open = real_open,
        .pwrite = real_pwrite,
        .fdatasync = real_fdatasync,
        .ftruncate = real_ftruncate,
    };
    return &real;
}
