#include <criterion/criterion.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/error.h"

static int inner(void)
{
    return error_set(ERR_DENIED, "open '%s'", "x");
}

static int outer(void)
{
    if (inner() != 0) {
        return error_append("journal %d", 7);
    }
    return 0;
}

Test(error, set_returns_its_code_and_append_keeps_it)
{
    cr_assert_eq(outer(), ERR_DENIED);
    cr_assert_eq(error_code(), ERR_DENIED);
}

Test(error, message_reads_from_the_outermost_inwards)
{
    (void)outer();
    cr_assert_str_eq(error_message(), "journal 7: open 'x'");
}

Test(error, text_has_a_file_and_line_for_each_frame)
{
    (void)outer();
    const char *text = error_text();
    cr_assert_not_null(strstr(text, "ERR_DENIED open 'x' (tests/base/test_error.c:11)"), "%s",
                       text);
    cr_assert_not_null(strstr(text, "\n  in: journal 7 (tests/base/test_error.c:17)"), "%s", text);
}

Test(error, a_new_error_forgets_the_old_one)
{
    (void)outer();
    (void)error_set(ERR_INVALID, "second");
    cr_assert_str_eq(error_message(), "second");
    cr_assert_null(strstr(error_text(), "journal"));
}

Test(error, the_previous_message_may_be_an_argument)
{
    (void)inner();
    (void)error_set(ERR_WRONG_STATE, "because: %s", error_message());
    cr_assert_str_eq(error_message(), "because: open 'x'");
}

Test(error, errno_is_named_and_kept)
{
    errno = EACCES;
    cr_assert_eq(error_set_errno("open '%s'", "y"), ERR_IO);
    cr_assert_eq(errno, EACCES);
    cr_assert_str_eq(error_message(), "open 'y': Permission denied");
    errno = ENOENT;
    cr_assert_eq(error_set_errno("open"), ERR_NOT_FOUND);
}

Test(error, a_text_too_long_is_cut_and_marked)
{
    char longer[3000];

    memset(longer, 'a', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    (void)error_set(ERR_INVALID, "%s", longer);
    size_t len = strlen(error_message());
    cr_assert_lt(len, 1100);
    cr_assert_str_eq(error_message() + len - 3, "...");
    for (int i = 0; i < 200; i++) {
        (void)error_append("%s", longer);
    }
    cr_assert_lt(strlen(error_text()), 4096);
}

Test(error, clear_leaves_nothing)
{
    (void)outer();
    error_clear();
    cr_assert_eq(error_code(), 0);
    cr_assert_str_eq(error_message(), "");
    cr_assert_str_eq(error_text(), "");
}

static void *other_thread(void *seen)
{
    *(int *)seen = error_code();
    (void)error_set(ERR_FULL, "other");
    return NULL;
}

Test(error, each_thread_has_its_own_stack)
{
    pthread_t thread;
    int seen = 99;

    (void)inner();
    cr_assert_eq(pthread_create(&thread, NULL, other_thread, &seen), 0);
    pthread_join(thread, NULL);
    cr_assert_eq(seen, 0);
    cr_assert_eq(error_code(), ERR_DENIED);
}

Test(error, every_general_status_has_its_name)
{
    cr_assert_str_eq(status_name(0), "OK");
    cr_assert_str_eq(status_name(ERR_INVALID), "ERR_INVALID");
    cr_assert_str_eq(status_name(ERR_UNSUPPORTED), "ERR_UNSUPPORTED");
    cr_assert_str_eq(status_name(ERR_STALE), "ERR_STALE");
    cr_assert_str_eq(status_name(ERR_CRYPTO), "ERR_CRYPTO");
    cr_assert_str_eq(status_name(STATUS_GROUP_NET - 1), "ERR_OTHER");
    cr_assert_str_eq(status_name(1), "ERR_OTHER");
}
