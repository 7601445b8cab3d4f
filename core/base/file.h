/* Files that people and other programs read: whole or not at all, and never larger than expected.
 *
 * file_write_atomic leaves either the old content or the new one under the name, also after a power
 * cut: it writes a temporary file beside it, syncs it, renames it over, syncs the folder.
 *
 * Owner: the caller. Thread: any but the trade thread, which writes no files. Errors: error stack.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* mode as for open, e.g. 0600; the umask does not apply. */
int file_write_atomic(const char *path, const void *data, size_t len, mode_t mode);

/* The whole file, terminated by a NUL that is not counted; the caller frees it. ERR_NOT_FOUND,
 * ERR_LIMIT when it is longer than max, ERR_IO. Only regular files: a pipe or device cannot make
 * the reader wait. */
int file_read(const char *path, size_t max, char **ret_data, size_t *ret_len);

/* The folder and its parents. mode is for folders that are made. */
int file_make_dirs(const char *path, mode_t mode);

bool file_exists(const char *path);

/* All of it, through short writes and interruptions. */
int file_write_all(int fd, const void *data, size_t len);

/* Syncs the folder that contains path, which makes a rename or a new file durable. */
int file_sync_dir_of(const char *path);

#endif
