/* The file of a plugin: found, judged by place, owner and mode, read once and hashed.
 *
 * What is hashed and inspected is what is loaded, as long as nobody but root and us can write the file: that is checked on the
 * open file, before its bytes are read.
 *
 * Owner: main. Thread: main. Errors: the error stack (not found, unreadable); problems: check.
 */
#ifndef PLUGIN_LOADER_FILE_H
#define PLUGIN_LOADER_FILE_H

#include <stdint.h>
#include <sys/types.h>

#include "plugin/check.h"

enum { PLUGIN_FILE_MAX = 64 << 20, SHA256_TEXT_SIZE = 65 };

struct plugin_file {
    char *path; /* real */
    uint8_t *data;
    size_t len;
    dev_t device;
    ino_t inode;
    char sha256[SHA256_TEXT_SIZE];
};

int plugin_file_open(const char *name, const char *const *folders, struct check *check,
                     struct plugin_file *ret_file);
void plugin_file_release(struct plugin_file *file);

#endif
