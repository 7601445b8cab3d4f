/* The journal on a disk that fails: what is final, what is tried again, what the ring keeps. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/error.h"
#include "store_dir.h"

static char dir[PATH_MAX];
static struct faulty faulty;

static void make_dir(void)
{
    store_dir_make(dir);
    faulty_init(&faulty);
}

static void remove_dir(void)
{
    store_dir_remove(dir);
}

TestSuite(journal_faults, .init = make_dir, .fini = remove_dir);

static struct journal *open_faulty(void)
{
    struct journal_config config = store_config(dir);
    struct journal *journal = NULL;

    config.io = &faulty.io;
    cr_assert_eq(journal_open(&config, &journal, NULL), 0, "%s", error_text());
    return journal;
}

static void append(struct journal *journal, uint64_t first, uint64_t last)
{
    for (uint64_t seq = first; seq <= last; seq++) {
        cr_assert_eq(pattern_append(journal, seq, JOURNAL_PAYLOAD_MAX, NULL), 0);
    }
}

/* Opens with a good disk; everything appended must be there once. */
static void expect_all(uint64_t last)
{
    struct journal_config config = store_config(dir);
    struct journal_open_info info;
    struct journal *journal = NULL;

    cr_assert_eq(journal_open(&config, &journal, &info), 0, "%s", error_text());
    cr_assert_eq(info.last_seq, last);
    cr_assert_not(info.reboot);
    journal_close(journal);
    cr_assert_eq(pattern_count(dir), (int64_t)last);
    cr_assert_eq(journal_verify(dir, NULL), 0, "%s", error_text());
}

Test(journal_faults, no_space_is_retried_and_loses_nothing)
{
    for (size_t taken = 0; taken < 400; taken += 33) {
        struct journal_health health;
        struct journal *journal = open_faulty();
        uint64_t last = journal_appended_seq(journal);

        append(journal, last + 1, last + 5);
        faulty.reason = ENOSPC;
        faulty.short_write = taken;
        faulty.fail_write_from = faulty.writes + 1;
        faulty.fail_write_until = faulty.writes + 4;
        int refused = 0;
        while (journal_pump(journal) != 0) {
            refused++;
            cr_assert_eq(error_code(), ERR_FULL);
            journal_get_health(journal, &health);
            cr_assert_eq(health.state, JOURNAL_DISK_FULL);
            cr_assert_not_null(strstr(health.reason, "no space left"), "%s", health.reason);
            cr_assert_not(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 1));
            cr_assert(journal_has_room(journal, JOURNAL_FOR_CANCEL, 1));
            append(journal, journal_appended_seq(journal) + 1, journal_appended_seq(journal) + 1);
        }
        cr_assert_geq(refused, 2);
        cr_assert_eq(journal_pump(journal), 0);
        cr_assert(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 1));
        cr_assert(journal_is_synced(journal, journal_appended_seq(journal)));
        last = journal_appended_seq(journal);
        cr_assert_eq(journal_close(journal), 0);
        expect_all(last);
    }
}

Test(journal_faults, no_space_until_the_end_keeps_the_records_in_the_ring)
{
    struct journal *journal = open_faulty();

    append(journal, 1, 5);
    cr_assert_eq(journal_pump(journal), 0);
    append(journal, 6, 20);
    faulty.reason = ENOSPC;
    faulty.short_write = 100;
    faulty.fail_write_from = faulty.writes + 1;
    cr_assert_eq(journal_close(journal), ERR_FULL);
    cr_assert_eq(pattern_count(dir), 5, "the torn record is not delivered");
    expect_all(20);
}

Test(journal_faults, reader_goes_on_through_a_torn_end_and_a_restart)
{
    for (size_t taken = 8; taken < 1500; taken += 120) {
        struct journal_config config = store_config(dir);
        struct journal_reader *reader = NULL;
        struct journal_record record;
        struct journal *journal = open_faulty();
        uint64_t next = journal_appended_seq(journal) + 1;
        int status = 0;

        append(journal, next, next + 9);
        cr_assert_eq(journal_reader_open(dir, next, &reader), 0);
        faulty.reason = ENOSPC;
        faulty.short_write = taken;
        faulty.fail_write_from = faulty.writes + 1;
        faulty.fail_write_until = 0;
        cr_assert_eq(journal_close(journal), ERR_FULL);
        while ((status = journal_reader_next(reader, &record)) == 1) {
            cr_assert(record.seq == next++ && pattern_is(&record));
        }
        cr_assert_eq(status, 0, "%s", error_text());
        cr_assert_eq(journal_open(&config, &journal, NULL), 0, "%s", error_text());
        append(journal, journal_appended_seq(journal) + 1, journal_appended_seq(journal) + 3);
        cr_assert_eq(journal_pump(journal), 0);
        while ((status = journal_reader_next(reader, &record)) == 1) {
            cr_assert(record.seq == next++ && pattern_is(&record));
        }
        cr_assert_eq(status, 0, "%s", error_text());
        cr_assert_eq(next, journal_appended_seq(journal) + 1);
        journal_reader_close(reader);
        journal_close(journal);
    }
}

Test(journal_faults, failed_write_is_final)
{
    struct journal_health health;
    struct journal *journal = open_faulty();

    append(journal, 1, 5);
    cr_assert_eq(journal_pump(journal), 0);
    append(journal, 6, 10);
    faulty.reason = EIO;
    faulty.short_write = 50;
    faulty.fail_write_from = faulty.writes + 1;
    faulty.fail_write_until = faulty.writes + 3;
    cr_assert_eq(journal_pump(journal), ERR_IO);
    int writes = faulty.writes;
    cr_assert_eq(journal_pump(journal), ERR_IO);
    cr_assert_eq(faulty.writes, writes, "it is not tried again");
    journal_get_health(journal, &health);
    cr_assert_eq(health.state, JOURNAL_FAILED);
    cr_assert_not_null(strstr(health.reason, "Input/output error"), "%s", health.reason);
    cr_assert_eq(health.synced_seq, 5);
    cr_assert_not(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 1));
    cr_assert(journal_has_room(journal, JOURNAL_FOR_CANCEL, 1));
    append(journal, 11, 12);
    cr_assert_eq(journal_close(journal), ERR_IO);
    expect_all(12);
}

Test(journal_faults, failed_sync_is_final_even_if_the_next_would_work)
{
    struct journal_health health;
    struct journal *journal = open_faulty();

    append(journal, 1, 5);
    faulty.reason = ENOSPC;
    faulty.fail_sync_from = faulty.syncs + 1;
    faulty.fail_sync_until = faulty.syncs + 2;
    cr_assert_eq(journal_pump(journal), ERR_IO);
    cr_assert_eq(journal_pump(journal), ERR_IO);
    cr_assert_eq(faulty.syncs, faulty.fail_sync_from);
    journal_get_health(journal, &health);
    cr_assert_eq(health.state, JOURNAL_FAILED);
    cr_assert_eq(health.written_seq, 5);
    cr_assert_eq(health.synced_seq, 0);
    cr_assert_gt(health.ring_used, 5 * 32, "what is not synced stays in the ring");
    cr_assert_eq(journal_close(journal), ERR_IO);
    expect_all(5);
}

Test(journal_faults, next_segment_without_space_is_retried)
{
    struct journal_config config = store_config(dir);
    struct journal *journal = NULL;

    config.io = &faulty.io;
    config.segment_bytes = 1;
    cr_assert_eq(journal_open(&config, &journal, NULL), 0);
    faulty.reason = ENOSPC;
    append(journal, 1, 3);
    faulty.fail_open_from = faulty.opens + 1;
    faulty.fail_open_until = faulty.opens + 3;
    cr_assert_eq(journal_pump(journal), ERR_FULL);
    cr_assert_eq(journal_pump(journal), ERR_FULL);
    cr_assert_eq(journal_pump(journal), 0, "%s", error_text());
    append(journal, 4, 6);
    faulty.short_write = 40;
    faulty.fail_write_from = faulty.writes + 1;
    faulty.fail_write_until = faulty.writes + 3;
    cr_assert_eq(journal_pump(journal), ERR_FULL);
    cr_assert_eq(journal_pump(journal), 0, "%s", error_text());
    cr_assert_eq(journal_close(journal), 0);
    expect_all(6);
}

Test(journal_faults, every_call_may_fail_and_nothing_is_lost)
{
    static const int reasons[] = {EIO, ENOSPC};

    for (size_t r = 0; r < 2; r++) {
        for (int n = 1; n <= 12; n++) {
            struct journal_config config = store_config(dir);
            struct journal *journal = NULL;

            faulty_init(&faulty);
            faulty.reason = reasons[r];
            *(n % 2 == 0 ? &faulty.fail_write_from : &faulty.fail_sync_from) = n / 2 + 1;
            faulty.short_write = 64;
            config.io = &faulty.io;
            config.segment_bytes = 2000;
            uint64_t acked = 0;
            if (journal_open(&config, &journal, NULL) == 0) {
                for (int i = 0; i < 20; i++) {
                    append(journal, journal_appended_seq(journal) + 1,
                           journal_appended_seq(journal) + 1);
                    (void)journal_pump(journal);
                }
                acked = journal_appended_seq(journal);
                (void)journal_close(journal);
                expect_all(acked);
            }
        }
    }
}

Test(journal_faults, stray_write_into_the_ring_does_not_reach_the_log)
{
    struct journal_health health;
    struct journal *journal = open_faulty();
    struct journal_config config = store_config(dir);
    char path[PATH_MAX];

    append(journal, 1, 5);
    cr_assert_eq(journal_pump(journal), 0);
    append(journal, 6, 8);
    store_ring_path(dir, path);
    /* Overwrites the number of the first record in the ring that is not synced yet. */
    journal_get_health(journal, &health);
    size_t first = 0;
    for (uint64_t seq = 1; seq <= 5; seq++) {
        uint8_t payload[JOURNAL_PAYLOAD_MAX];
        first += (32 + pattern_fill(seq, payload) + 7) / 8 * 8;
    }
    FILE *file = fopen(path, "r+");
    cr_assert_not_null(file);
    cr_assert_eq(fseek(file, (long)(4096 + first + 20), SEEK_SET), 0);
    cr_assert_neq(fputc(0x5a, file), EOF);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(journal_pump(journal), ERR_CORRUPT);
    cr_assert_eq(journal_close(journal), ERR_CORRUPT);
    cr_assert_eq(pattern_count(dir), 5);
    cr_assert_eq(journal_open(&config, &journal, NULL), ERR_CORRUPT);
    cr_assert_not_null(strstr(error_message(), "where seq 6 should stand"), "%s", error_message());
}
