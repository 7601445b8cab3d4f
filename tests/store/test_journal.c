/* The journal: what goes in comes out, once and in order; what is full, late or locked says so. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "store_dir.h"

static char dir[PATH_MAX];

static void make_dir(void)
{
    store_dir_make(dir);
}

static void remove_dir(void)
{
    store_dir_remove(dir);
}

TestSuite(journal, .init = make_dir, .fini = remove_dir);

static struct journal *open_journal(struct journal_open_info *ret_info)
{
    struct journal_config config = store_config(dir);
    struct journal *journal = NULL;

    cr_assert_eq(journal_open(&config, &journal, ret_info), 0, "%s", error_text());
    return journal;
}

static void append(struct journal *journal, uint64_t first, uint64_t last)
{
    for (uint64_t seq = first; seq <= last; seq++) {
        uint64_t got = 0;
        cr_assert_eq(pattern_append(journal, seq, JOURNAL_PAYLOAD_MAX, &got), 0);
        cr_assert_eq(got, seq);
    }
}

/* Appends in another process that ends without closing anything, as if it was killed. */
static void append_and_die(uint64_t first, uint64_t last, uint64_t pump_until)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        struct journal_config config = store_config(dir);
        struct journal *journal = NULL;
        bool ok = journal_open(&config, &journal, NULL) == 0;
        for (uint64_t seq = first; ok && seq <= last; seq++) {
            ok = pattern_append(journal, seq, JOURNAL_PAYLOAD_MAX, NULL) == 0;
            ok = ok && (seq > pump_until || journal_pump(journal) == 0);
        }
        _exit(ok ? 0 : 1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int check_pattern(void *context, const struct journal_record *record)
{
    uint64_t *next = context;

    cr_assert_eq(record->seq, *next);
    cr_assert(pattern_is(record));
    cr_assert_eq((uintptr_t)record->payload % 8, 0);
    (*next)++;
    return 0;
}

static uint64_t replayed(const struct journal *journal, uint64_t from_seq)
{
    uint64_t next = from_seq;

    cr_assert_eq(journal_replay(journal, from_seq, check_pattern, &next), 0, "%s", error_text());
    return next - 1;
}

Test(journal, gives_back_what_was_appended)
{
    struct journal_open_info info;
    struct journal *journal = open_journal(&info);

    cr_assert(info.fresh && !info.reboot);
    append(journal, 1, 40);
    cr_assert_eq(journal_appended_seq(journal), 40);
    cr_assert_eq(journal_synced_seq(journal), 0);
    cr_assert_eq(replayed(journal, 1), 0, "nothing is delivered before it is synced");
    cr_assert_eq(journal_pump(journal), 0);
    cr_assert_eq(journal_written_seq(journal), 40);
    cr_assert(journal_is_synced(journal, 40) && !journal_is_synced(journal, 41));
    cr_assert_eq(replayed(journal, 1), 40);
    cr_assert_eq(replayed(journal, 17), 40);
    cr_assert_eq(journal_close(journal), 0);
}

Test(journal, numbers_go_on_after_a_restart)
{
    struct journal_open_info info;
    struct journal *journal = open_journal(NULL);

    append(journal, 1, 10);
    cr_assert_eq(journal_close(journal), 0, "close pumps what is left");
    journal = open_journal(&info);
    cr_assert(!info.fresh && !info.reboot);
    cr_assert_eq(info.last_seq, 10);
    cr_assert_eq(info.ring_records, 0);
    append(journal, 11, 20);
    cr_assert_eq(journal_pump(journal), 0);
    cr_assert_eq(replayed(journal, 1), 20);
    journal_close(journal);
}

Test(journal, keeps_what_only_the_ring_held)
{
    struct journal_open_info info;

    append_and_die(1, 30, 12);
    struct journal *journal = open_journal(&info);
    cr_assert(!info.reboot && !info.fresh);
    cr_assert_eq(info.ring_records, 18);
    cr_assert_eq(info.last_seq, 30);
    cr_assert(journal_is_synced(journal, 30));
    cr_assert_eq(replayed(journal, 1), 30);
    journal_close(journal);
    cr_assert_eq(journal_verify(dir, NULL), 0, "%s", error_text());
}

Test(journal, keeps_the_ring_through_a_change_of_its_size)
{
    struct journal_config config = store_config(dir);
    struct journal_open_info info;
    struct journal *journal = NULL;

    append_and_die(1, 30, 12);
    config.ring_bytes = 300 * 1024;
    cr_assert_eq(journal_open(&config, &journal, &info), 0, "%s", error_text());
    cr_assert_eq(info.ring_records, 18);
    cr_assert(!info.reboot);
    struct journal_health health;
    journal_get_health(journal, &health);
    cr_assert_eq(health.ring_bytes, 512 * 1024);
    append(journal, 31, 60);
    journal_close(journal);
    journal = open_journal(&info);
    cr_assert(!info.reboot);
    cr_assert_eq(info.last_seq, 60);
    journal_close(journal);
}

Test(journal, refuses_what_is_no_record)
{
    struct journal *journal = open_journal(NULL);
    uint8_t payload[JOURNAL_PAYLOAD_MAX + 1] = {0};

    cr_assert_eq(journal_append(journal, 0, 1, 0, payload, 1, NULL), ERR_INVALID);
    cr_assert_eq(journal_append(journal, 0xffff, 1, 0, payload, 1, NULL), ERR_INVALID);
    cr_assert_eq(journal_append(journal, 1, 1, 0, payload, sizeof(payload), NULL), ERR_INVALID);
    cr_assert_eq(journal_append(journal, 1, 1, 0, payload, SIZE_MAX - 8, NULL), ERR_INVALID);
    cr_assert_eq(journal_append(journal, 1, 1, 0, NULL, 0, NULL), 0);
    cr_assert_eq(journal_append(journal, 0xfffe, 1, 0, payload, JOURNAL_PAYLOAD_MAX, NULL), 0);
    cr_assert_eq(journal_appended_seq(journal), 2);
    journal_close(journal);
}

Test(journal, full_ring_refuses_and_never_overwrites)
{
    struct journal *journal = open_journal(NULL);
    uint64_t seq = 1;

    while (pattern_append(journal, seq, JOURNAL_PAYLOAD_MAX, NULL) == 0) {
        seq++;
    }
    cr_assert_gt(seq, 100);
    cr_assert_eq(journal_appended_seq(journal), seq - 1);
    cr_assert_not(journal_has_room(journal, JOURNAL_FOR_CANCEL, 1));
    cr_assert_eq(journal_pump(journal), 0);
    cr_assert(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 2));
    for (int lap = 0; lap < 20; lap++) {
        while (pattern_append(journal, seq, JOURNAL_PAYLOAD_MAX, NULL) == 0) {
            seq++;
        }
        cr_assert_eq(journal_pump(journal), 0);
    }
    cr_assert_eq(replayed(journal, 1), seq - 1);
    journal_close(journal);
}

Test(journal, last_quarter_is_kept_for_cancels)
{
    struct journal *journal = open_journal(NULL);
    struct journal_health health;
    uint8_t payload[968] = {0};

    while (journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 1)) {
        cr_assert_eq(journal_append(journal, 1, 1, 0, payload, sizeof(payload), NULL), 0);
    }
    journal_get_health(journal, &health);
    cr_assert_eq(health.ring_used, 50000, "1000 bytes a record, refused below 16384 free");
    cr_assert_eq(health.state, JOURNAL_OK);
    cr_assert(journal_has_room(journal, JOURNAL_FOR_CANCEL, 1));
    cr_assert_not(journal_has_room(journal, JOURNAL_PURPOSE_INVALID, 1));
    cr_assert_eq(journal_pump(journal), 0);
    cr_assert(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 1));
    journal_close(journal);
}

Test(journal, a_disk_that_does_not_come_back_is_late)
{
    struct journal *journal = open_journal(NULL);
    struct journal_health health;
    const int64_t second = 1000000000;

    append(journal, 1, 1);
    cr_assert(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 10 * second));
    cr_assert(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 10 * second + 1));
    append(journal, 2, 2);
    cr_assert(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 12 * second - 1));
    cr_assert_not(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 12 * second));
    cr_assert(journal_has_room(journal, JOURNAL_FOR_CANCEL, 12 * second));
    journal_get_health(journal, &health);
    cr_assert(health.late);
    cr_assert_not_null(strstr(health.reason, "seq 1 is not on the disk"), "%s", health.reason);
    cr_assert_eq(journal_pump(journal), 0);
    cr_assert(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 12 * second));
    cr_assert(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 1000 * second), "idle is not late");
    journal_close(journal);
}

Test(journal, second_engine_is_told_who_holds_the_directory)
{
    struct journal_config config = store_config(dir);
    struct journal *journal = open_journal(NULL);
    struct journal *second = NULL;
    char pid[32];

    cr_assert_eq(journal_open(&config, &second, NULL), ERR_WRONG_STATE);
    cr_assert_null(second);
    (void)str_format(pid, sizeof(pid), "in use by process %ld", (long)getpid());
    cr_assert_not_null(strstr(error_message(), pid), "%s", error_message());
    journal_close(journal);
    journal = open_journal(NULL);
    journal_close(journal);
}

Test(journal, changed_boot_is_reported_until_it_is_accepted)
{
    struct journal_open_info info;
    char path[PATH_MAX];
    char *text = NULL;
    size_t len = 0;
    struct journal *journal = open_journal(NULL);

    append(journal, 1, 5);
    journal_close(journal);
    (void)str_format(path, sizeof(path), "%s/journal/boot", dir);
    cr_assert_eq(file_read(path, 4096, &text, &len), 0);
    text[0] = text[0] == 'a' ? 'b' : 'a';
    cr_assert_eq(file_write_atomic(path, text, len, 0600), 0);
    free(text);

    journal = open_journal(&info);
    cr_assert(info.reboot && !info.fresh);
    journal_close(journal);
    journal = open_journal(&info);
    cr_assert(info.reboot, "still not accepted");
    cr_assert_eq(journal_accept_boot(journal), 0);
    journal_close(journal);
    journal = open_journal(&info);
    cr_assert_not(info.reboot);
    cr_assert_eq(info.last_seq, 5);
    journal_close(journal);
}

Test(journal, missing_ring_is_reported_as_reboot)
{
    struct journal_open_info info;
    char ring[PATH_MAX];

    append_and_die(1, 9, 4);
    store_ring_path(dir, ring);
    cr_assert_eq(unlink(ring), 0);
    struct journal *journal = open_journal(&info);
    cr_assert(info.reboot);
    cr_assert_eq(info.last_seq, 4);
    journal_close(journal);
    journal = open_journal(&info);
    cr_assert(info.reboot, "the new ring does not hide the old one's loss");
    journal_close(journal);
}

Test(journal, copied_state_directory_does_not_take_the_ring_of_the_original)
{
    struct journal_open_info info;
    char copy[PATH_MAX];
    char command[3 * PATH_MAX];

    append_and_die(1, 9, 4);
    (void)str_format(copy, sizeof(copy), "%s/copy", dir);
    cr_assert_eq(file_make_dirs(copy, 0700), 0);
    (void)str_format(command, sizeof(command), "cp -a %s/journal %s/", dir, copy);
    cr_assert_eq(system(command), 0);
    struct journal_config config = store_config(copy);
    struct journal *journal = NULL;
    config.ring_dir = dir;
    cr_assert_eq(journal_open(&config, &journal, &info), 0, "%s", error_text());
    cr_assert(info.reboot);
    cr_assert_eq(info.last_seq, 4);
    journal_close(journal);
}

Test(journal, ring_that_others_may_write_is_refused)
{
    struct journal_config config = store_config(dir);
    struct journal *journal = NULL;
    char ring[PATH_MAX];

    append_and_die(1, 1, 1);
    store_ring_path(dir, ring);
    cr_assert_eq(chmod(ring, 0666), 0);
    cr_assert_eq(journal_open(&config, &journal, NULL), ERR_DENIED);
    cr_assert_not_null(strstr(error_message(), "mode 666"), "%s", error_message());
}

Test(journal, segments_follow_each_other)
{
    struct journal_config config = store_config(dir);
    struct journal *journal = NULL;
    char path[PATH_MAX];

    config.segment_bytes = 4000;
    cr_assert_eq(journal_open(&config, &journal, NULL), 0);
    for (uint64_t seq = 1; seq <= 200; seq++) {
        append(journal, seq, seq);
        cr_assert_eq(journal_pump(journal), 0);
    }
    store_segment_path(dir, 8, path);
    cr_assert(file_exists(path));
    cr_assert_eq(replayed(journal, 1), 200);
    cr_assert_eq(replayed(journal, 150), 200);
    journal_close(journal);
    cr_assert_eq(journal_verify(dir, NULL), 0, "%s", error_text());

    store_segment_path(dir, 5, path);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(journal_open(&config, &journal, NULL), ERR_CORRUPT);
    cr_assert_not_null(strstr(error_message(), "00000005.log is missing"), "%s", error_message());
}

Test(journal, lost_log_is_not_taken_for_a_new_one)
{
    struct journal_config config = store_config(dir);
    struct journal *journal = open_journal(NULL);
    char path[PATH_MAX];

    append(journal, 1, 5);
    journal_close(journal);
    store_segment_path(dir, 1, path);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(journal_open(&config, &journal, NULL), ERR_CORRUPT);
    (void)str_format(path, sizeof(path), "%s/journal/id", dir);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(journal_open(&config, &journal, NULL), ERR_CORRUPT, "the boot file remembers");
}

Test(journal, cursor_delivers_each_synced_record_once)
{
    struct journal *journal = open_journal(NULL);
    struct journal_reader *cursor = NULL;
    struct journal_record record;
    uint64_t next = 3;

    append(journal, 1, 4);
    cr_assert_eq(journal_pump(journal), 0);
    cr_assert_eq(journal_cursor_open(journal, 3, &cursor), 0, "%s", error_text());
    for (uint64_t last = 10; last < 200; last += 10) {
        append(journal, journal_appended_seq(journal) + 1, last);
        while (journal_reader_next(cursor, &record) == 1) {
            check_pattern(&next, &record);
        }
        cr_assert_eq(next, journal_synced_seq(journal) + 1);
        cr_assert_eq(journal_pump(journal), 0);
    }
    journal_reader_close(cursor);
    journal_close(journal);
}

Test(journal, reader_of_another_process_follows_the_engine)
{
    struct journal_config config = store_config(dir);
    struct journal_reader *reader = NULL;
    struct journal_record record;
    struct journal *journal = NULL;
    uint64_t next = 1;

    cr_assert_eq(journal_reader_open(dir, 1, &reader), ERR_NOT_FOUND);
    config.segment_bytes = 3000;
    cr_assert_eq(journal_open(&config, &journal, NULL), 0);
    cr_assert_eq(journal_reader_open(dir, 1, &reader), 0, "%s", error_text());
    for (uint64_t seq = 1; seq <= 100; seq++) {
        append(journal, seq, seq);
        cr_assert_eq(journal_reader_next(reader, &record), 0);
        cr_assert_eq(journal_pump(journal), 0);
        cr_assert_eq(journal_reader_next(reader, &record), 1, "%s", error_text());
        check_pattern(&next, &record);
    }
    journal_reader_close(reader);
    journal_close(journal);
}

static int stop_at_five(void *context, const struct journal_record *record)
{
    (void)context;
    return record->seq == 5 ? 77 : 0;
}

Test(journal, replay_ends_when_the_callback_says_so)
{
    struct journal *journal = open_journal(NULL);

    append(journal, 1, 9);
    cr_assert_eq(journal_pump(journal), 0);
    cr_assert_eq(journal_replay(journal, 1, stop_at_five, NULL), 77);
    journal_close(journal);
}
