#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/str.h"

#include "base/banned.h"

int file_write_all(int fd, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return error_set_errno("write");
        }
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

/* The folder part of path: "" becomes ".", "/x" becomes "/". */
static int dir_of(const char *path, char *dir, size_t cap)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL) {
        return str_copy(dir, cap, ".");
    }
    return str_copy_n(dir, cap, path, slash == path ? 1 : (size_t)(slash - path));
}

int file_sync_dir_of(const char *path)
{
    char dir[PATH_MAX];

    if (dir_of(path, dir, sizeof(dir)) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", path);
    }
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return error_set_errno("open folder '%s'", dir);
    }
    int status = fsync(fd) == 0 ? 0 : error_set_errno("sync folder '%s'", dir);
    close(fd);
    return status;
}

static int fill(int fd, const char *tmp, const void *data, size_t len, mode_t mode)
{
    if (fchmod(fd, mode) != 0) {
        return error_set_errno("chmod '%s'", tmp);
    }
    if (file_write_all(fd, data, len) != 0) {
        return error_append("'%s'", tmp);
    }
    if (fsync(fd) != 0) {
        return error_set_errno("sync '%s'", tmp);
    }
    return 0;
}

int file_write_atomic(const char *path, const void *data, size_t len, mode_t mode)
{
    char tmp[PATH_MAX];

    if (str_format(tmp, sizeof(tmp), "%s.XXXXXX", path) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", path);
    }
    int fd = mkostemp(tmp, O_CLOEXEC);
    if (fd < 0) {
        return error_set_errno("create '%s'", tmp);
    }
    int status = fill(fd, tmp, data, len, mode);
    if (close(fd) != 0 && status == 0) {
        status = error_set_errno("close '%s'", tmp);
    }
    if (status == 0 && rename(tmp, path) != 0) {
        status = error_set_errno("rename '%s' to '%s'", tmp, path);
    }
    if (status != 0) {
        (void)unlink(tmp);
        return status;
    }
    return file_sync_dir_of(path);
}

static int read_fd(int fd, const char *path, size_t max, char **ret_data, size_t *ret_len)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return error_set_errno("stat '%s'", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return error_set(ERR_INVALID, "'%s' is not a regular file", path);
    }
    if (st.st_size < 0 || (uintmax_t)st.st_size > max) {
        return error_set(ERR_LIMIT, "'%s' has %lld bytes, at most %zu are read", path,
                         (long long)st.st_size, max);
    }
    size_t cap = (size_t)st.st_size;
    char *data = malloc(cap + 1);
    if (data == NULL) {
        return error_set(ERR_NOMEM, "no memory for '%s'", path);
    }
    size_t len = 0;
    while (len < cap) {
        ssize_t n = read(fd, data + len, cap - len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            int status = error_set_errno("read '%s'", path);
            free(data);
            return status;
        }
        if (n == 0) {
            break; /* it shrank meanwhile */
        }
        len += (size_t)n;
    }
    data[len] = '\0';
    *ret_data = data;
    *ret_len = len;
    return 0;
}

int file_read(const char *path, size_t max, char **ret_data, size_t *ret_len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        return error_set_errno("open '%s'", path);
    }
    int status = read_fd(fd, path, max, ret_data, ret_len);
    close(fd);
    return status;
}

int file_make_dirs(const char *path, mode_t mode)
{
    char part[PATH_MAX];

    if (str_copy(part, sizeof(part), path) != 0 || part[0] == '\0') {
        return error_set(ERR_LIMIT, "path too long or empty: '%s'", path);
    }
    for (char *at = part + 1;; at++) {
        if (*at != '/' && *at != '\0') {
            continue;
        }
        char kept = *at;
        *at = '\0';
        if (mkdir(part, mode) != 0 && errno != EEXIST) {
            return error_set_errno("make folder '%s'", part);
        }
        *at = kept;
        if (kept == '\0') {
            break;
        }
    }
    struct stat st;
    if (stat(path, &st) != 0) {
        return error_set_errno("stat '%s'", path);
    }
    if (!S_ISDIR(st.st_mode)) {
        return error_set(ERR_EXISTS, "'%s' is there and is not a folder", path);
    }
    return 0;
}

bool file_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}
