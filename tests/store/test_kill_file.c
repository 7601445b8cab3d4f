/* kill_switch_state.json: written and read back; absent, unreadable and valid are three answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <sofia/event.h>

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "store/kill_file.h"
#include "store_dir.h"

static char dir[PATH_MAX];
static char path[PATH_MAX];

static void make_dir(void)
{
    store_dir_make(dir);
    (void)str_format(path, sizeof(path), "%s/kill_switch_state.json", dir);
}

static void remove_dir(void)
{
    store_dir_remove(dir);
}

TestSuite(kill_file, .init = make_dir, .fini = remove_dir);

static struct record_kill event(const char *scope, uint32_t level, uint64_t epoch,
                                const char *reason)
{
    struct record_kill kill = {.epoch = epoch, .level = level, .at_ns = 1700000000123456789};

    (void)str_copy(kill.scope, sizeof(kill.scope), scope);
    (void)str_copy(kill.author, sizeof(kill.author), "ops");
    (void)str_copy(kill.reason, sizeof(kill.reason), reason);
    return kill;
}

static void apply(struct kill_file *file, const char *scope, uint32_t level, uint64_t epoch,
                  const char *reason)
{
    struct record_kill kill = event(scope, level, epoch, reason);

    cr_assert_eq(kill_file_apply(file, &kill), 0);
}

static struct kill_file *new_file(void)
{
    struct kill_file *file = calloc(1, sizeof(*file));

    cr_assert_not_null(file);
    file->arming = ARMING_AUTO;
    return file;
}

static char *written(const struct kill_file *file)
{
    char *text = NULL;
    size_t len = 0;

    cr_assert_eq(kill_file_write(path, file), 0, "%s", error_text());
    cr_assert_eq(file_read(path, 1 << 20, &text, &len), 0);
    return text;
}

Test(kill_file, latches_follow_the_events)
{
    struct kill_file *file = new_file();

    apply(file, "all", SOFIA_KILL_HOLD, 1, "a");
    apply(file, "symbol:BTC/USDT", SOFIA_KILL_CANCEL, 2, "b");
    apply(file, "all", SOFIA_KILL_CANCEL, 3, "c");
    cr_assert_eq(file->latch_count, 2);
    cr_assert_eq(file->latches[0].level, SOFIA_KILL_CANCEL);
    cr_assert_eq(file->epoch, 3);
    apply(file, "all", SOFIA_KILL_CLEAR, 3, "done");
    cr_assert_eq(file->latch_count, 1);
    cr_assert_str_eq(file->latches[0].scope, "symbol:BTC/USDT");
    apply(file, "never engaged", SOFIA_KILL_CLEAR, 3, "done");
    cr_assert_eq(file->latch_count, 1);
    cr_assert_eq(file->event_count, 5);
    free(file);
}

Test(kill_file, gives_back_what_was_written)
{
    struct kill_file *file = new_file();
    struct kill_file *back = new_file();

    apply(file, "all", SOFIA_KILL_FLATTEN, UINT64_MAX, "quote \" backslash \\ line\nend \x01");
    apply(file, "account:x", SOFIA_KILL_HOLD, 2, "");
    char *text = written(file);
    cr_assert_not_null(strstr(text, "\"state\": \"ENGAGED\""), "%s", text);
    cr_assert_not_null(strstr(text, "\"at\": \"2023-11-14T22:13:20.123456789Z\""), "%s", text);
    cr_assert_eq(kill_file_read(path, back), 0, "%s", error_text());
    cr_assert_eq(memcmp(file, back, sizeof(*file)), 0);
    apply(file, "all", SOFIA_KILL_CLEAR, 3, "");
    apply(file, "account:x", SOFIA_KILL_CLEAR, 3, "");
    free(text);
    text = written(file);
    cr_assert_not_null(strstr(text, "\"state\": \"AUTO\""), "%s", text);
    cr_assert_eq(kill_file_read(path, back), 0);
    cr_assert_eq(back->latch_count, 0);
    free(text);
    free(file);
    free(back);
}

Test(kill_file, keeps_the_newest_events_and_any_text_stays_readable)
{
    struct kill_file *file = new_file();
    struct kill_file *back = new_file();
    char reason[SOFIA_REASON_SIZE];

    /* A two-byte character that the size of the field cuts in half, and bytes that grow sixfold. */
    memset(reason, 0x02, sizeof(reason) - 1);
    reason[SOFIA_REASON_SIZE - 2] = (char)0xc3;
    reason[SOFIA_REASON_SIZE - 1] = '\0';
    for (uint64_t i = 1; i <= 300; i++) {
        char scope[SOFIA_NAME_SIZE];
        (void)str_format(scope, sizeof(scope), "symbol:%llu", (unsigned long long)(i % 32));
        apply(file, scope, SOFIA_KILL_HOLD, i, reason);
    }
    cr_assert_eq(file->event_count, KILL_FILE_EVENTS);
    cr_assert_eq(file->events[0].epoch, 300 - KILL_FILE_EVENTS + 1);
    cr_assert_eq(file->events[KILL_FILE_EVENTS - 1].epoch, 300);
    struct record_kill one_more = event("one too many", SOFIA_KILL_HOLD, 301, "");
    cr_assert_eq(kill_file_apply(file, &one_more), ERR_FULL);
    cr_assert_eq(kill_file_write(path, file), 0, "%s", error_text());
    cr_assert_eq(kill_file_read(path, back), 0, "%s", error_text());
    cr_assert_eq(back->event_count, KILL_FILE_EVENTS);
    cr_assert_eq(back->latch_count, 32);
    free(file);
    free(back);
}

Test(kill_file, absent_is_not_unreadable)
{
    struct kill_file *file = new_file();

    cr_assert_eq(kill_file_read(path, file), ERR_NOT_FOUND);
    cr_assert_eq(file->arming, ARMING_AUTO, "untouched on failure");
    cr_assert_eq(file_make_dirs(path, 0700), 0);
    int status = kill_file_read(path, file);
    cr_assert(status < 0 && status != ERR_NOT_FOUND, "a folder in its place");
    free(file);
}

static void expect_unreadable(const char *text, size_t len)
{
    struct kill_file *file = new_file();
    FILE *out = fopen(path, "w");

    cr_assert_not_null(out);
    cr_assert_eq(fwrite(text, 1, len, out), len);
    cr_assert_eq(fclose(out), 0);
    int status = kill_file_read(path, file);
    cr_assert(status < 0 && status != ERR_NOT_FOUND, "taken as valid: %.*s", (int)len, text);
    free(file);
}

Test(kill_file, everything_else_is_unreadable)
{
    static const char *const wrong[] = {
        "",
        "{}",
        "[]",
        "null",
        "garbage",
        "{\"state\": \"AUTO\", \"arming\": \"AUTO\", \"latches\": []}",
        "{\"state\": \"AUTO\", \"arming\": \"MAYBE\", \"latches\": [], \"events\": []}",
        "{\"state\": \"AUTO\", \"arming\": 2, \"latches\": [], \"events\": []}",
        "{\"state\": \"OFF\", \"arming\": \"AUTO\", \"latches\": [], \"events\": []}",
        "{\"state\": \"ENGAGED\", \"arming\": \"AUTO\", \"latches\": [], \"events\": []}",
        "{\"state\": \"AUTO\", \"arming\": \"AUTO\", \"latches\": [{}], \"events\": []}",
        ("{\"state\": \"AUTO\", \"arming\": \"AUTO\", \"latches\": [{\"scope\": \"all\","
         " \"level\": \"hold\", \"epoch\": 1, \"at_ns\": 1}], \"events\": []}"),
        ("{\"state\": \"ENGAGED\", \"arming\": \"AUTO\", \"latches\": [{\"scope\": \"all\","
         " \"level\": \"clear\", \"epoch\": 1, \"at_ns\": 1}], \"events\": []}"),
        "{\"state\": \"AUTO\", \"arming\": \"AUTO\", \"latches\": [], \"events\": []} trailing",
    };
    static const char valid[] =
        "{\"state\": \"AUTO\", \"arming\": \"AUTO\", \"latches\": [], \"events\": []}";
    struct kill_file *file = new_file();

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        expect_unreadable(wrong[i], strlen(wrong[i]));
    }
    cr_assert_eq(file_write_atomic(path, valid, strlen(valid), 0600), 0);
    cr_assert_eq(kill_file_read(path, file), 0, "%s", error_text());
    free(file);
}

Test(kill_file, every_shortened_file_is_unreadable)
{
    struct kill_file *file = new_file();

    apply(file, "all", SOFIA_KILL_HOLD, 1, "a");
    char *text = written(file);
    size_t len = strlen(text);
    for (size_t keep = 0; keep < len - 1; keep++) { /* the last byte is the line end */
        expect_unreadable(text, keep);
    }
    free(text);
    free(file);
}
