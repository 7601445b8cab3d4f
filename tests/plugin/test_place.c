/* Where a file lies, whom it belongs to and who may write it, before anybody looks inside. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "fixture.h"

static struct room room;

static void set_up(void)
{
    room_init(&room);
    room_copy(&room, MODULES "/plain.so", "plain.so");
}

static void tear_down(void)
{
    room_release(&room);
}

TestSuite(loader_place, .init = set_up, .fini = tear_down);

static void allow(const char *name, mode_t mode)
{
    cr_assert_eq(chmod(room_path(&room, name), mode), 0);
}

Test(loader_place, a_good_file_in_a_good_folder_loads)
{
    (void)must_load(room.path, "plain.so", 0);
}

Test(loader_place, a_file_that_everybody_can_write)
{
    allow("plain.so", 0646);
    const char *message = must_refuse(room.path, "plain.so", 0);
    must_say(message, "can be written by everybody (mode 0646)");
    must_say(message, room_path(&room, "plain.so"));
}

Test(loader_place, a_file_that_its_group_can_write)
{
    allow("plain.so", 0664);
    must_say(must_refuse(room.path, "plain.so", 0), "can be written by its group (mode 0664)");
}

Test(loader_place, a_folder_that_its_group_can_write)
{
    allow(".", 0775);
    must_say(must_refuse(room.path, "plain.so", 0), "folder '");
    must_say(must_refuse(room.path, "plain.so", 0), "can be written by its group (mode 0775)");
}

/* A sticky folder keeps others from removing a file, not from adding one. */
Test(loader_place, a_sticky_folder_that_everybody_can_write)
{
    allow(".", 01777);
    must_say(must_refuse(room.path, "plain.so", 0), "can be written by everybody (mode 1777)");
}

Test(loader_place, a_folder_between_that_its_group_can_write)
{
    cr_assert_eq(mkdir(room_path(&room, "inner"), 0755), 0);
    room_copy(&room, MODULES "/plain.so", "inner/plain.so");
    (void)must_load(room.path, room_path(&room, "inner/plain.so"), 0);
    allow("inner", 0775);
    must_say(must_refuse(room.path, room_path(&room, "inner/plain.so"), 0),
             "inner' can be written by its group");
}

Test(loader_place, a_file_of_somebody_else)
{
    if (geteuid() != 0) {
        cr_skip("only root can give a file away");
    }
    cr_assert_eq(chown(room_path(&room, "plain.so"), 12345, 0), 0);
    must_say(must_refuse(room.path, "plain.so", 0),
             "belongs to user 12345, it must belong to root or to user 0");
}

Test(loader_place, a_folder_of_somebody_else)
{
    if (geteuid() != 0) {
        cr_skip("only root can give a folder away");
    }
    cr_assert_eq(chown(room.path, 12345, 0), 0);
    must_say(must_refuse(room.path, "plain.so", 0), "folder '");
    must_say(error_message(), "belongs to user 12345");
}

Test(loader_place, a_link_out_of_the_folder)
{
    cr_assert_eq(symlink(MODULES "/plain.so", room_path(&room, "link.so")), 0);
    const char *message = must_refuse(room.path, "link.so", 0);
    must_say(message, "outside the plugin folders");
    must_say(message, "/tests/modules/plain.so");
    must_say(message, room.path);
}

Test(loader_place, an_absolute_path_outside)
{
    must_say(must_refuse(room.path, MODULES "/plain.so", 0), "outside the plugin folders");
}

/* /tmp/x is no folder above /tmp/xy. */
Test(loader_place, a_folder_whose_name_only_begins_the_same)
{
    char path[PATH_MAX];
    cr_assert_eq(mkdir(room_path(&room, "a"), 0755), 0);
    cr_assert_eq(mkdir(room_path(&room, "ab"), 0755), 0);
    room_copy(&room, MODULES "/plain.so", "ab/plain.so");
    cr_assert_eq(str_copy(path, sizeof(path), room_path(&room, "a")), 0);
    must_say(must_refuse(path, room_path(&room, "ab/plain.so"), 0), "outside the plugin folders");
}

Test(loader_place, a_path_that_climbs)
{
    must_say(must_refuse(room.path, "../plain.so", 0), "neither a file name nor an absolute path");
    must_say(must_refuse(room.path, "", 0), "neither a file name nor an absolute path");
}

Test(loader_place, the_first_folder_that_has_the_name_wins)
{
    const char *folders[] = {"/nowhere/at/all", room.path, MODULES, NULL};
    struct loader_policy policy = {.folders = folders};
    const struct module *module = NULL;
    cr_assert_eq(module_load("plain.so", &policy, &module), 0, "%s", error_message());
    cr_expect_str_eq(module_path(module), room_path(&room, "plain.so"));
    cr_assert_eq(module_load("older.so", &policy, &module), 0, "%s", error_message());
    cr_expect_str_eq(module_path(module), MODULES "/older.so");
}

Test(loader_place, a_name_that_is_not_there)
{
    const char *message = must_refuse(room.path, "plane.so", 0);
    cr_expect_eq(error_code(), ERR_NOT_FOUND);
    must_say(message, "plugin 'plane.so': no such file in '");
    must_say(message, "did you mean 'plain.so'?");
}

Test(loader_place, a_folder_is_no_plugin)
{
    cr_assert_eq(mkdir(room_path(&room, "folder.so"), 0755), 0);
    must_say(must_refuse(room.path, "folder.so", 0), "is not a regular file");
}

/* A pipe must not make the loader wait. */
Test(loader_place, a_pipe_is_no_plugin)
{
    cr_assert_eq(mkfifo(room_path(&room, "pipe.so"), 0644), 0);
    must_say(must_refuse(room.path, "pipe.so", 0), "is not a regular file");
}

Test(loader_place, a_link_to_nothing)
{
    cr_assert_eq(symlink("gone", room_path(&room, "link.so")), 0);
    (void)must_refuse(room.path, "link.so", 0);
    cr_expect_eq(error_code(), ERR_NOT_FOUND);
}

Test(loader_place, the_pinned_sha256_decides)
{
    const char *wrong = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    struct loader_policy policy = {.folders = room.folders, .sha256 = wrong};
    const struct module *module = NULL;
    char own[65];
    cr_assert_neq(module_load("plain.so", &policy, &module), 0);
    must_say(error_message(), "the configuration pins 0123456789abcdef");
    cr_assert_eq(str_copy(own, sizeof(own), strstr(error_message(), "sha256 is ") + 10), ERR_LIMIT);
    policy.sha256 = own;
    cr_assert_eq(module_load("plain.so", &policy, &module), 0, "%s", error_message());
    cr_expect_str_eq(module_sha256(module), own);
}

/* FIPS 180-2, its first example. */
Test(loader_place, sha256_is_sha256)
{
    const char *digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    struct loader_policy policy = {.folders = room.folders, .sha256 = digest};
    const struct module *module = NULL;
    room_write(&room, "abc.so", "abc", 3);
    cr_assert_neq(module_load("abc.so", &policy, &module), 0);
    cr_expect_null(strstr(error_message(), "sha256"), "%s", error_message());
    must_say(error_message(), "is not a shared object (no ELF header)");
}

Test(loader_place, every_problem_is_in_one_line)
{
    room_copy(&room, BAD "/three_problems.so", "three.so");
    allow("three.so", 0666);
    allow(".", 0775);
    const char *message = must_refuse(room.path, "three.so", SOFIA_KIND_RISK);
    must_say(message, "folder '");
    must_say(message, "mode 0666");
    must_say(message, "; built for ABI 2, this core has ABI 1; ");
    must_say(message, "is of kind strategy, the configuration expects risk");
    must_say(message, "has no on_event");
    cr_expect_null(strchr(message, '\n'));
}
