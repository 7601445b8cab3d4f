/* Folders and files for tests of the loader.
 *
 * Owner: the test. Thread: one.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <limits.h>
#include <stddef.h>

#include "plugin/loader.h"

#define PLUGINS SOFIA_BINARY_DIR "/plugins"
#define MODULES SOFIA_BINARY_DIR "/tests/modules"
#define BAD SOFIA_BINARY_DIR "/badplugins"

/* A folder of its own under /tmp, mode 0755, removed by room_release. */
struct room {
    char path[PATH_MAX];
    const char *folders[2];
};
void room_init(struct room *room);
void room_release(struct room *room);

/* The path of a name in the room; valid until the next call. */
const char *room_path(const struct room *room, const char *name);

/* Copies a file into the room, mode 0644. */
void room_copy(const struct room *room, const char *from, const char *name);
void room_write(const struct room *room, const char *name, const void *data, size_t len);

/* The module, or the test fails with the loader's message. */
const struct module *must_load(const char *folder, const char *name, uint32_t kind);

/* The message of the refusal, or the test fails because there was none. Valid until the next error. */
const char *must_refuse(const char *folder, const char *name, uint32_t kind);

/* Fails unless the message contains the sentence. */
void must_say(const char *message, const char *sentence);

#endif
