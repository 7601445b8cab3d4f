/* The token's file, and the address that may be listened on. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../store/store_dir.h"
#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "control/control.h"
#include "control/token.h"

static char dir[PATH_MAX];
static char path[PATH_MAX];

static void begin(void)
{
    store_dir_make(dir);
    (void)str_format(path, sizeof(path), "%.4000s/token", dir);
}

static void end(void)
{
    store_dir_remove(dir);
}

static void put(const char *text, mode_t mode)
{
    cr_assert_eq(file_write_atomic(path, text, strlen(text), mode), 0);
}

#define WORD "0123456789abcdef0123456789abcdef"

Test(token, is_made_once_and_private, .init = begin, .fini = end)
{
    struct token first;
    struct token again;
    struct stat info;
    cr_assert_eq(token_load(path, &first), 0);
    cr_expect_eq(first.len, 64);
    cr_assert_eq(stat(path, &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0600);
    cr_assert_eq(token_load(path, &again), 0);
    cr_expect_str_eq(first.text, again.text);
}

Test(token, readable_for_others_is_refused, .init = begin, .fini = end)
{
    struct token token;
    put(WORD "\n", 0640);
    cr_expect_eq(token_load(path, &token), ERR_DENIED);
    cr_expect(strstr(error_message(), "chmod 600") != NULL);
    put(WORD "\n", 0604);
    cr_expect_eq(token_load(path, &token), ERR_DENIED);
    put(WORD "\n", 0600);
    cr_expect_eq(token_load(path, &token), 0);
    cr_expect_str_eq(token.text, WORD);
}

Test(token, a_link_or_folder_is_refused, .init = begin, .fini = end)
{
    struct token token;
    char target[PATH_MAX];
    (void)str_format(target, sizeof(target), "%.4000s/target", dir);
    cr_assert_eq(file_write_atomic(target, WORD, strlen(WORD), 0600), 0);
    cr_assert_eq(symlink(target, path), 0);
    cr_expect_neq(token_load(path, &token), 0);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_expect_neq(token_load(path, &token), 0);
    cr_assert_eq(rmdir(path), 0);
}

Test(token, short_long_or_with_blanks_is_refused, .init = begin, .fini = end)
{
    struct token token;
    char long_word[200];
    put("short", 0600);
    cr_expect_eq(token_load(path, &token), ERR_INVALID);
    put(WORD " " WORD, 0600);
    cr_expect_eq(token_load(path, &token), ERR_INVALID);
    memset(long_word, 'a', sizeof(long_word));
    long_word[sizeof(long_word) - 1] = '\0';
    put(long_word, 0600);
    cr_expect_eq(token_load(path, &token), ERR_INVALID);
}

Test(token, equal_means_every_byte_and_the_length)
{
    struct token token = {.len = 4, .text = "abcd"};
    cr_expect(token_is(&token, "abcd", 4));
    cr_expect_not(token_is(&token, "abcx", 4));
    cr_expect_not(token_is(&token, "xbcd", 4));
    cr_expect_not(token_is(&token, "abc", 3));
    cr_expect_not(token_is(&token, "abcde", 5));
    cr_expect_not(token_is(&token, "", 0));
}

Test(control, an_address_beyond_this_machine_is_refused, .init = begin, .fini = end)
{
    static const char *const wrong[] = {
        "0.0.0.0", "192.168.1.1", "::", "127.0.0.1.5", "127.0.0.999", "", "eth0"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct control *control = NULL;
        struct control_config config = {
            .listen = wrong[i], .token_path = path, .socket_path = "", .view_path = ""};
        cr_expect_eq(control_new(&config, &control), ERR_UNSUPPORTED, "%s", wrong[i]);
        cr_expect_null(control);
        cr_expect(strstr(error_message(), "loopback") != NULL);
    }
}
