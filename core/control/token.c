#include "control/token.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

#include "base/banned.h"

static int make(const char *path)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char random[32];
    char text[sizeof(random) * 2 + 1];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        return error_set_errno("no random bytes for the control token");
    }
    for (size_t i = 0; i < sizeof(random); i++) {
        text[2 * i] = digits[random[i] >> 4];
        text[2 * i + 1] = digits[random[i] & 15];
    }
    text[sizeof(random) * 2] = '\n';
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno == EEXIST ? 0 : error_set_errno("make '%s'", path);
    }
    int rc = fchmod(fd, 0600) == 0 ? file_write_all(fd, text, sizeof(text)) : -1;
    if (rc == 0) {
        rc = fsync(fd);
    }
    (void)close(fd);
    if (rc != 0) {
        (void)unlink(path);
        return error_set_errno("write '%s'", path);
    }
    return file_sync_dir_of(path);
}

static int check(int fd, const char *path)
{
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return error_set_errno("look at '%s'", path);
    }
    if (!S_ISREG(info.st_mode)) {
        return error_set(ERR_DENIED, "'%s' is not a plain file", path);
    }
    if (info.st_uid != geteuid() && info.st_uid != 0) {
        return error_set(ERR_DENIED, "'%s' belongs to user %u, not to %u or root", path,
                         (unsigned)info.st_uid, (unsigned)geteuid());
    }
    if ((info.st_mode & 077) != 0) {
        return error_set(ERR_DENIED, "'%s' has mode %03o, others may read it: chmod 600 it", path,
                         (unsigned)(info.st_mode & 0777));
    }
    return 0;
}

static int read_back(int fd, const char *path, struct token *ret_token)
{
    char text[TOKEN_MAX + 2];
    ssize_t n = read(fd, text, sizeof(text));
    if (n < 0) {
        return error_set_errno("read '%s'", path);
    }
    size_t len = (size_t)n;
    if (len > 0 && text[len - 1] == '\n') {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= 0x20 || text[i] >= 0x7f) {
            return error_set(ERR_INVALID, "'%s' holds more than one word", path);
        }
    }
    if (len < TOKEN_MIN || len > TOKEN_MAX) {
        return error_set(ERR_INVALID, "'%s' holds a token of %zu characters; %d to %d are needed",
                         path, len, TOKEN_MIN, TOKEN_MAX);
    }
    memset(ret_token, 0, sizeof(*ret_token));
    memcpy(ret_token->text, text, len);
    ret_token->len = len;
    return 0;
}

int token_load(const char *path, struct token *ret_token)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) {
        int rc = make(path);
        if (rc != 0) {
            return rc;
        }
        fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    }
    if (fd < 0) {
        return error_set_errno("open '%s'", path);
    }
    int rc = check(fd, path);
    rc = rc != 0 ? rc : read_back(fd, path, ret_token);
    (void)close(fd);
    return rc;
}

bool token_is(const struct token *token, const char *given, size_t len)
{
    unsigned different = len == token->len ? 0 : 1;
    for (size_t i = 0; i < token->len; i++) {
        unsigned char byte = i < len ? (unsigned char)given[i] : 0;
        different |= (unsigned)(byte ^ (unsigned char)token->text[i]);
    }
    return different == 0;
}
