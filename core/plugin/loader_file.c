#include "plugin/loader_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#include "base/banned.h"

/* ---- where ---- */

static void list_folders(const char *const *folders, struct text *out)
{
    for (size_t i = 0; folders[i] != NULL; i++) {
        text_addf(out, "%s'%s'", i > 0 ? ", " : "", folders[i]);
    }
}

static void guess_in(const char *folder, struct str_guess *guess, char *buf, size_t cap)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        const char *before = guess->best;
        if (str_ends(entry->d_name, ".so")) {
            str_guess_try(guess, entry->d_name);
        }
        if (guess->best != before && str_copy(buf, cap, entry->d_name) == 0) {
            guess->best = buf; /* the entry's own name is gone with the next one */
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

static int not_found(const char *name, const char *const *folders)
{
    struct str_guess guess = str_guess_init(name);
    char best[NAME_MAX + 1];
    struct text where = {0};
    list_folders(folders, &where);
    for (size_t i = 0; folders[i] != NULL; i++) {
        guess_in(folders[i], &guess, best, sizeof(best));
    }
    int rc = error_set(ERR_NOT_FOUND, "plugin '%s': no such file in %s%s%s%s", name,
                       text_get(&where), guess.best != NULL ? " (did you mean '" : "",
                       guess.best != NULL ? guess.best : "", guess.best != NULL ? "'?)" : "");
    text_release(&where);
    return rc;
}

static int search(const char *name, const char *const *folders, char *ret_path, size_t cap)
{
    if (name[0] == '/') {
        return str_copy(ret_path, cap, name) == 0
                   ? 0
                   : error_set(ERR_LIMIT, "plugin '%.100s...': the path is too long", name);
    }
    if (name[0] == '\0' || strchr(name, '/') != NULL) {
        return error_set(ERR_INVALID, "plugin '%s': neither a file name nor an absolute path",
                         name);
    }
    for (size_t i = 0; folders[i] != NULL; i++) {
        struct stat status;
        if (str_format(ret_path, cap, "%s/%s", folders[i], name) == 0 &&
            lstat(ret_path, &status) == 0) {
            return 0;
        }
    }
    return not_found(name, folders);
}

/* The length of the allowed folder that holds the path; 0: none does. */
static size_t folder_of(const char *path, const char *const *folders)
{
    for (size_t i = 0; folders[i] != NULL; i++) {
        char *folder = realpath(folders[i], NULL);
        size_t len = folder != NULL ? strlen(folder) : 0;
        bool inside = len > 1 && strncmp(path, folder, len) == 0 && path[len] == '/';
        free(folder);
        if (inside) {
            return len;
        }
    }
    return 0;
}

/* ---- who may write it ---- */

static void check_writers(struct check *check, const char *what, const char *path,
                          const struct stat *status)
{
    uid_t us = geteuid();
    if (status->st_uid != 0 && status->st_uid != us) {
        check_found(check, "%s '%s' belongs to user %u, it must belong to root or to user %u", what,
                    path, (unsigned)status->st_uid, (unsigned)us);
    }
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        check_found(check, "%s '%s' can be written by %s (mode %04o): chmod go-w", what, path,
                    (status->st_mode & S_IWOTH) != 0 ? "everybody" : "its group",
                    (unsigned)(status->st_mode & 07777));
    }
}

/* Each folder from the allowed one down to the file: who can write a folder can replace what is in it. */
static void check_folders(struct check *check, char *path, size_t folder_len)
{
    for (char *slash = path + folder_len; slash != NULL; slash = strchr(slash + 1, '/')) {
        struct stat status;
        *slash = '\0';
        if (lstat(path, &status) != 0) {
            check_found(check, "folder '%s' cannot be read: %s", path, strerror(errno));
        } else {
            check_writers(check, "folder", path, &status);
        }
        *slash = '/';
    }
}

/* ---- what is in it ---- */

static int read_all(int fd, const char *path, struct plugin_file *file)
{
    size_t len = 0;
    while (len < file->len) {
        ssize_t got = read(fd, file->data + len, file->len - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0
                       ? error_set(ERR_IO, "plugin '%s' became shorter while it was read", path)
                       : error_set_errno("read plugin '%s'", path);
        }
        len += (size_t)got;
    }
    return 0;
}

static int hash(struct plugin_file *file)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    if (EVP_Digest(file->data, file->len, digest, &len, EVP_sha256(), NULL) != 1) {
        return error_set(ERR_CRYPTO, "plugin '%s': SHA-256 failed", file->path);
    }
    for (unsigned int i = 0; i < len && 2 * i + 2 < SHA256_TEXT_SIZE; i++) {
        file->sha256[2 * i] = digits[digest[i] >> 4];
        file->sha256[2 * i + 1] = digits[digest[i] & 15];
    }
    file->sha256[SHA256_TEXT_SIZE - 1] = '\0';
    return 0;
}

static int read_file(int fd, struct check *check, struct plugin_file *file)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return error_set_errno("plugin '%s'", file->path);
    }
    if (!S_ISREG(status.st_mode)) {
        return error_set(ERR_INVALID, "plugin '%s' is not a regular file", file->path);
    }
    if (status.st_size > PLUGIN_FILE_MAX) {
        return error_set(ERR_INVALID, "plugin '%s' has %lld bytes, at most %d are loaded",
                         file->path, (long long)status.st_size, PLUGIN_FILE_MAX);
    }
    check_writers(check, "file", file->path, &status);
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->len = (size_t)status.st_size;
    file->data = malloc(file->len + 1);
    if (file->data == NULL) {
        return error_set(ERR_NOMEM, "plugin '%s'", file->path);
    }
    int rc = read_all(fd, file->path, file);
    return rc != 0 ? rc : hash(file);
}

int plugin_file_open(const char *name, const char *const *folders, struct check *check,
                     struct plugin_file *ret_file)
{
    char path[PATH_MAX];
    struct plugin_file file = {0};
    int rc = search(name, folders, path, sizeof(path));
    if (rc != 0) {
        return rc;
    }
    file.path = realpath(path, NULL);
    if (file.path == NULL) {
        return error_set_errno("plugin '%s'", path);
    }
    size_t folder_len = folder_of(file.path, folders);
    if (folder_len == 0) {
        struct text where = {0};
        list_folders(folders, &where);
        rc = error_set(ERR_INVALID, "plugin '%s' lies at '%s', outside the plugin folders %s", name,
                       file.path, text_get(&where));
        text_release(&where);
        free(file.path);
        return rc;
    }
    check_folders(check, file.path, folder_len);
    int fd = open(file.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    rc = fd >= 0 ? read_file(fd, check, &file) : error_set_errno("open plugin '%s'", file.path);
    if (fd >= 0) {
        (void)close(fd);
    }
    if (rc != 0) {
        plugin_file_release(&file);
        return rc;
    }
    *ret_file = file;
    return 0;
}

void plugin_file_release(struct plugin_file *file)
{
    free(file->path);
    free(file->data);
    *file = (struct plugin_file){0};
}
