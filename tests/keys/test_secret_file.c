#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "keys/keys.h"

static struct keys *keys;
static char dir[64];

static const char *in_dir(const char *name)
{
    static char path[160];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void begin(void)
{
    memcpy(dir, "/tmp/sofia-keys-XXXXXX", 23);
    cr_assert_not_null(mkdtemp(dir));
    cr_assert_eq(keys_new(4, &keys), 0);
}

static void end(void)
{
    char command[128];

    keys = keys_free(keys);
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    cr_assert_eq(system(command), 0);
}

TestSuite(secret_file, .init = begin, .fini = end);

static void write_file(const char *name, const char *text, size_t len, mode_t mode)
{
    cr_assert_eq(file_write_atomic(in_dir(name), text, len, mode), 0, "%s", error_text());
}

static int load(const char *scheme, const char *name)
{
    char spec[256];
    uint64_t handle = 0;

    snprintf(spec, sizeof(spec), "%s%s", scheme, name);
    return keys_load(keys, spec, "api_secret", &handle);
}

static void check_content(const char *spec, const char *expected)
{
    char buf[KEYS_SECRET_MAX];
    size_t len = 0;
    uint64_t handle = 0;

    cr_assert_eq(keys_load(keys, spec, "api_secret", &handle), 0, "%s", error_text());
    cr_assert_eq(keys_copy_text(keys, handle, buf, sizeof(buf), &len), 0);
    cr_assert_eq(len, strlen(expected));
    cr_assert_arr_eq(buf, expected, len);
    cr_assert_eq(keys_drop(keys, handle), 0);
}

Test(secret_file, line_end_is_not_part_of_the_secret)
{
    char spec[256];

    snprintf(spec, sizeof(spec), "file:%s", in_dir("k"));
    write_file("k", "s3cret\r\n", 8, 0600);
    check_content(spec, "s3cret");
    write_file("k", "two\nlines\n", 10, 0400);
    check_content(spec, "two\nlines");
}

Test(secret_file, modes_that_let_others_in_are_refused_with_the_remedy)
{
    static const mode_t refused[] = {0644, 0604, 0660, 0620, 0666, 0610, 0601};
    static const mode_t accepted[] = {0600, 0400, 0640, 0440, 0700};

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        write_file("k", "x", 1, refused[i]);
        cr_assert_eq(load("file:", in_dir("k")), ERR_DENIED, "mode %o", (unsigned)refused[i]);
    }
    cr_assert_not_null(strstr(error_message(), "secret api_secret: '"));
    cr_assert_not_null(strstr(error_message(), "has mode 0601, others could use it: chmod 600"),
                       "%s", error_message());
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        struct keys *fresh = NULL;
        char spec[256];
        uint64_t handle = 0;
        write_file("k", "x", 1, accepted[i]);
        snprintf(spec, sizeof(spec), "file:%s", in_dir("k"));
        cr_assert_eq(keys_new(1, &fresh), 0);
        cr_assert_eq(keys_load(fresh, spec, "k", &handle), 0, "mode %o: %s", (unsigned)accepted[i],
                     error_message());
        keys_free(fresh);
    }
}

Test(secret_file, links_folders_and_pipes_are_refused)
{
    char target[160];

    write_file("k", "x", 1, 0600);
    snprintf(target, sizeof(target), "%s", in_dir("k"));
    cr_assert_eq(symlink(target, in_dir("soft")), 0);
    cr_assert_eq(load("file:", in_dir("soft")), ERR_DENIED);
    cr_assert_not_null(strstr(error_message(), "symbolic link"));
    cr_assert_eq(load("file:", dir), ERR_DENIED);
    cr_assert_eq(mkfifo(in_dir("fifo"), 0600), 0);
    cr_assert_eq(load("file:", in_dir("fifo")), ERR_DENIED);
    cr_assert_not_null(strstr(error_message(), "not a regular file"));
    cr_assert_eq(link(target, in_dir("hard")), 0);
    cr_assert_eq(load("file:", in_dir("hard")), ERR_DENIED);
    cr_assert_not_null(strstr(error_message(), "2 names"));
}

Test(secret_file, missing_empty_and_huge_are_refused)
{
    static char huge[KEYS_SECRET_MAX + 1];

    memset(huge, 'a', sizeof(huge));
    cr_assert_eq(load("file:", in_dir("none")), ERR_NOT_FOUND);
    write_file("k", "", 0, 0600);
    cr_assert_eq(load("file:", in_dir("k")), ERR_LIMIT);
    write_file("k", "\n\n", 2, 0600);
    cr_assert_eq(load("file:", in_dir("k")), ERR_INVALID);
    write_file("k", "a\0b", 3, 0600);
    cr_assert_eq(load("file:", in_dir("k")), ERR_INVALID);
    write_file("k", huge, sizeof(huge), 0600);
    cr_assert_eq(load("file:", in_dir("k")), ERR_LIMIT);
    write_file("k", huge, KEYS_SECRET_MAX, 0600);
    cr_assert_eq(load("file:", in_dir("k")), 0);
}

Test(secret_file, a_refused_file_takes_no_place)
{
    write_file("k", "x", 1, 0644);
    for (int i = 0; i < 10; i++) {
        cr_assert_eq(load("file:", in_dir("k")), ERR_DENIED);
    }
    write_file("k", "x", 1, 0600);
    cr_assert_eq(load("file:", in_dir("k")), 0);
}

Test(secret_file, credentials_come_from_their_directory_only)
{
    cr_assert_eq(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    cr_assert_eq(load("cred:", "venue-key"), ERR_NOT_FOUND);
    cr_assert_not_null(strstr(error_message(), "$CREDENTIALS_DIRECTORY"));
    cr_assert_eq(setenv("CREDENTIALS_DIRECTORY", dir, 1), 0);
    write_file("venue-key", "from systemd", 12, 0400);
    check_content("cred:venue-key", "from systemd");
    cr_assert_eq(load("cred:", "../venue-key"), ERR_INVALID);
    cr_assert_eq(load("cred:", ".."), ERR_INVALID);
    cr_assert_eq(load("cred:", ""), ERR_INVALID);
    cr_assert_eq(load("cred:", "other"), ERR_NOT_FOUND);
}

Test(secret_file, a_file_of_another_user_is_refused)
{
    /* Only root can make one; everyone else asks a file that is surely somebody else's and private.
     */
    if (geteuid() == 0) {
        write_file("k", "x", 1, 0600);
        cr_assert_eq(chown(in_dir("k"), 65534, 65534), 0);
        cr_assert_eq(load("file:", in_dir("k")), ERR_DENIED);
        cr_assert_not_null(strstr(error_message(), "belongs to user 65534"));
    } else {
        cr_assert_neq(load("file:", "/etc/shadow"), 0);
    }
}
