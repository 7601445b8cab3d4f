#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "keys/slot.h"

#include "base/banned.h"

/* What makes a file unfit to hold a secret; asked of the open descriptor, so that it cannot be
 * exchanged in between. */
static int check(const struct stat *st, const char *path)
{
    if (!S_ISREG(st->st_mode)) {
        return error_set(ERR_DENIED, "'%s' is not a regular file", path);
    }
    if (st->st_uid != geteuid() && st->st_uid != 0) {
        return error_set(ERR_DENIED,
                         "'%s' belongs to user %u, neither to root nor to the user we run as (%u)",
                         path, (unsigned)st->st_uid, (unsigned)geteuid());
    }
    if ((st->st_mode & 037) != 0) {
        return error_set(ERR_DENIED, "'%s' has mode %04o, others could use it: chmod 600 '%s'",
                         path, (unsigned)(st->st_mode & 07777), path);
    }
    if (st->st_nlink != 1) {
        return error_set(ERR_DENIED, "'%s' has %lu names (hard links), one is allowed", path,
                         (unsigned long)st->st_nlink);
    }
    if (st->st_size < 1 || st->st_size > KEYS_SECRET_MAX) {
        return error_set(ERR_LIMIT, "'%s' has %lld bytes, a secret has 1 to %d", path,
                         (long long)st->st_size, KEYS_SECRET_MAX);
    }
    return 0;
}

static int read_all(int fd, const char *path, unsigned char *buf, size_t *ret_len)
{
    size_t len = 0;

    while (len < KEYS_SECRET_MAX) {
        ssize_t n = read(fd, buf + len, KEYS_SECRET_MAX - len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return error_set_errno("read '%s'", path);
        }
        if (n == 0) {
            break;
        }
        len += (size_t)n;
    }
    while (len > 0 && (buf[len - 1] == '\n' || buf[len - 1] == '\r')) {
        buf[--len] = 0;
    }
    if (len == 0) {
        return error_set(ERR_INVALID, "'%s' holds nothing but line ends", path);
    }
    if (memchr(buf, 0, len) != NULL) {
        return error_set(ERR_INVALID, "'%s' holds a zero byte; a secret is text", path);
    }
    *ret_len = len;
    return 0;
}

int secret_file_read(const char *path, unsigned char *buf, size_t *ret_len)
{
    struct stat st;
    /* O_NONBLOCK: a pipe put in its place must not make us wait. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0 && errno == ELOOP) {
        return error_set(ERR_DENIED, "'%s' is a symbolic link; name the file itself", path);
    }
    if (fd < 0) {
        return error_set_errno("open '%s'", path);
    }
    int status = fstat(fd, &st) == 0 ? check(&st, path) : error_set_errno("stat '%s'", path);
    if (status == 0) {
        status = read_all(fd, path, buf, ret_len);
    }
    close(fd);
    return status;
}
