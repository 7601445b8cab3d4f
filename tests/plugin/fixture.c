#include "fixture.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"

void room_init(struct room *room)
{
    char name[] = "/tmp/sofia-loader-XXXXXX";
    cr_assert_not_null(mkdtemp(name));
    char *real = realpath(name, NULL);
    cr_assert_not_null(real);
    cr_assert_eq(str_copy(room->path, sizeof(room->path), real), 0);
    free(real);
    cr_assert_eq(chmod(room->path, 0755), 0);
    room->folders[0] = room->path;
    room->folders[1] = NULL;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void room_release(struct room *room)
{
    cr_expect_eq(nftw(room->path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

const char *room_path(const struct room *room, const char *name)
{
    static char path[PATH_MAX];
    cr_assert_eq(str_format(path, sizeof(path), "%s/%s", room->path, name), 0);
    return path;
}

void room_write(const struct room *room, const char *name, const void *data, size_t len)
{
    const char *path = room_path(room, name);
    cr_assert_eq(file_write_atomic(path, data, len, 0644), 0, "%s", error_message());
}

void room_copy(const struct room *room, const char *from, const char *name)
{
    char *data = NULL;
    size_t len = 0;
    cr_assert_eq(file_read(from, 64u << 20, &data, &len), 0, "%s", error_message());
    room_write(room, name, data, len);
    free(data);
}

const struct module *must_load(const char *folder, const char *name, uint32_t kind)
{
    const char *folders[] = {folder, NULL};
    struct loader_policy policy = {.folders = folders, .kind = kind};
    const struct module *module = NULL;
    cr_assert_eq(module_load(name, &policy, &module), 0, "%s", error_message());
    cr_assert_not_null(module);
    return module;
}

const char *must_refuse(const char *folder, const char *name, uint32_t kind)
{
    const char *folders[] = {folder, NULL};
    struct loader_policy policy = {.folders = folders, .kind = kind};
    const struct module *module = NULL;
    cr_assert_neq(module_load(name, &policy, &module), 0, "%s came in", name);
    cr_assert_null(module);
    return error_message();
}

void must_say(const char *message, const char *sentence)
{
    cr_expect_not_null(strstr(message, sentence), "expected '%s' in: %s", sentence, message);
}
