#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

static char dir[64];

static const char *in_dir(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void make_dir(void)
{
    memcpy(dir, "/tmp/sofia-file-XXXXXX", 23);
    cr_assert_not_null(mkdtemp(dir));
}

static int entries(void)
{
    DIR *d = opendir(dir);
    int n = 0;

    while (readdir(d) != NULL) {
        n++;
    }
    closedir(d);
    return n - 2;
}

TestSuite(file, .init = make_dir);

Test(file, atomic_write_replaces_and_leaves_no_temporary)
{
    char *data = NULL;
    size_t len = 0;
    struct stat st;

    cr_assert_eq(file_write_atomic(in_dir("a"), "old", 3, 0600), 0, "%s", error_text());
    cr_assert_eq(file_write_atomic(in_dir("a"), "newer", 5, 0600), 0);
    cr_assert_eq(file_read(in_dir("a"), 100, &data, &len), 0);
    cr_assert_eq(len, 5);
    cr_assert_str_eq(data, "newer");
    free(data);
    cr_assert_eq(stat(in_dir("a"), &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0600);
    cr_assert_eq(entries(), 1);
    unlink(in_dir("a"));
    rmdir(dir);
}

Test(file, a_write_that_fails_keeps_the_old_content)
{
    cr_assert_eq(file_make_dirs(in_dir("target/inside"), 0700), 0);
    cr_assert_neq(file_write_atomic(in_dir("target"), "x", 1, 0600),
                  0); /* a folder cannot be renamed over */
    cr_assert(file_exists(in_dir("target/inside")));
    cr_assert_eq(entries(), 1);
    cr_assert_eq(file_write_atomic("/nonexistent/x", "x", 1, 0600), ERR_NOT_FOUND);
}

Test(file, read_is_bounded_and_names_the_limit)
{
    char *data = NULL;
    size_t len = 0;

    cr_assert_eq(file_write_atomic(in_dir("a"), "12345", 5, 0600), 0);
    cr_assert_eq(file_read(in_dir("a"), 4, &data, &len), ERR_LIMIT);
    cr_assert_null(data);
    cr_assert_not_null(strstr(error_message(), "5 bytes, at most 4"));
    cr_assert_eq(file_read(in_dir("a"), 5, &data, &len), 0);
    free(data);
}

Test(file, read_refuses_what_is_not_a_regular_file)
{
    char *data = NULL;
    size_t len = 0;

    cr_assert_eq(mkfifo(in_dir("fifo"), 0600), 0);
    cr_assert_eq(file_read(in_dir("fifo"), 10, &data, &len), ERR_INVALID);
    cr_assert_eq(file_read(dir, 10, &data, &len), ERR_INVALID);
    cr_assert_eq(file_read(in_dir("none"), 10, &data, &len), ERR_NOT_FOUND);
}

Test(file, folders_are_made_with_their_parents)
{
    cr_assert_eq(file_make_dirs(in_dir("a/b/c"), 0750), 0);
    cr_assert_eq(file_make_dirs(in_dir("a/b/c"), 0750), 0);
    cr_assert(file_exists(in_dir("a/b/c")));
    cr_assert_eq(file_write_atomic(in_dir("plain"), "", 0, 0600), 0);
    cr_assert_neq(file_make_dirs(in_dir("plain"), 0750), 0);
    cr_assert_neq(file_make_dirs(in_dir("plain/x"), 0750), 0);
    cr_assert_neq(file_make_dirs("", 0750), 0);
}
