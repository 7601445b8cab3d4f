#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jsonl.h"

/* Says what failed, with the reason of errno. */
static int fail(const struct log_file *file, const char *what)
{
    char reason[128] = "";
    char text[512];

    if (strerror_r(errno, reason, sizeof(reason)) != 0) {
        reason[0] = '\0';
    }
    (void)snprintf(text, sizeof(text), "%s '%.300s': %s", what, file->path, reason);
    file->host->log(file->host, SOFIA_LOG_ERROR, text);
    return SOFIA_EFAIL;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, bytes, len);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return -1;
        }
        bytes += done;
        len -= (size_t)done;
    }
    return 0;
}

/* The name is durable only when its folder is. */
static int sync_folder(const struct log_file *file)
{
    char folder[LOG_PATH_SIZE];
    const char *slash = strrchr(file->path, '/');
    int fd = -1;
    int status = 0;

    (void)snprintf(folder, sizeof(folder), "%.*s", slash == NULL ? 1 : (int)(slash - file->path),
                   slash == NULL ? "." : file->path);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    status = fsync(fd);
    (void)close(fd);
    return status;
}

/* Where the last whole line ends, looking back from size. */
static int find_end(int fd, off_t size, off_t *ret_end)
{
    char piece[4096];

    while (size > 0) {
        size_t len = size < (off_t)sizeof(piece) ? (size_t)size : sizeof(piece);
        ssize_t got = pread(fd, piece, len, size - (off_t)len);

        if (got != (ssize_t)len) {
            return -1;
        }
        for (; len > 0 && piece[len - 1] != '\n'; len--) {
            size--;
        }
        if (len > 0) {
            break;
        }
    }
    *ret_end = size;
    return 0;
}

int log_open(struct log_file *file)
{
    struct stat about;
    off_t end = 0;
    int fd = open(file->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        return fail(file, "open");
    }
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) ||
        find_end(fd, about.st_size, &end) != 0 ||
        (end != about.st_size && ftruncate(fd, end) != 0) || sync_folder(file) != 0) {
        int status = fail(file, "prepare");

        (void)close(fd);
        return status;
    }
    file->fd = fd;
    file->size = (uint64_t)end;
    return SOFIA_OK;
}

void log_close(struct log_file *file)
{
    if (file->fd >= 0) {
        (void)close(file->fd);
        file->fd = -1;
    }
}

int log_sync(struct log_file *file)
{
    if (file->fd < 0 || !file->is_dirty) {
        return SOFIA_OK;
    }
    if (fdatasync(file->fd) != 0) {
        return fail(file, "sync");
    }
    file->is_dirty = 0;
    return SOFIA_OK;
}

/* x.2 -> x.3, x.1 -> x.2, x -> x.1; what would become x.<keep + 1> is overwritten by its successor.
 */
static int shift_names(const struct log_file *file)
{
    for (uint32_t n = file->keep; n > 0; n--) {
        char older[LOG_PATH_SIZE + 16];
        char newer[LOG_PATH_SIZE + 16];

        (void)snprintf(older, sizeof(older), "%s.%u", file->path, (unsigned)n);
        (void)snprintf(newer, sizeof(newer), n == 1 ? "%s" : "%s.%u", file->path, (unsigned)n - 1);
        if (rename(newer, older) != 0 && errno != ENOENT) {
            return -1;
        }
    }
    if (file->keep == 0 && unlink(file->path) != 0 && errno != ENOENT) {
        return -1;
    }
    return 0;
}

static int rotate(struct log_file *file)
{
    int status = log_sync(file);

    if (status != SOFIA_OK) {
        return status;
    }
    log_close(file);
    if (shift_names(file) != 0) {
        return fail(file, "rotate");
    }
    return log_open(file);
}

/* Does the path still mean the file that is open? Somebody else may have moved it away or cut it;
 * its size is read again too. */
static int is_current(struct log_file *file)
{
    struct stat open_one;
    struct stat named;

    if (fstat(file->fd, &open_one) != 0 || stat(file->path, &named) != 0 ||
        open_one.st_dev != named.st_dev || open_one.st_ino != named.st_ino) {
        return 0;
    }
    file->size = (uint64_t)open_one.st_size;
    return 1;
}

static int make_ready(struct log_file *file, size_t len)
{
    int status = SOFIA_OK;

    if (file->fd >= 0 && !is_current(file)) {
        status = log_sync(file);
        log_close(file);
    }
    if (status == SOFIA_OK && file->fd < 0) {
        status = log_open(file);
    }
    if (status == SOFIA_OK && file->size > 0 && file->size + len > file->rotate_bytes) {
        status = rotate(file);
    }
    return status;
}

int log_append(struct log_file *file, const char *bytes, size_t len)
{
    int status = make_ready(file, len);

    if (status != SOFIA_OK) {
        return status;
    }
    file->is_dirty = 1;
    if (write_all(file->fd, bytes, len) != 0) {
        status = fail(file, "write");
        if (ftruncate(file->fd, (off_t)file->size) != 0) {
            log_close(file); /* cut when it is opened again */
        }
        return status;
    }
    file->size += len;
    return SOFIA_OK;
}
