/* Every byte of a small log, flipped and cut: damage is found or the end is cut; a record that
 * nobody wrote never comes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/crc32c.h"
#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "store_dir.h"

/* The files of a journal, to be put back before each try. */
struct image {
    char path[PATH_MAX];
    char *data;
    size_t len;
};

static char dir[PATH_MAX];
static struct image segment;
static struct image ring;
static struct image boot;

static void load(struct image *image)
{
    cr_assert_eq(file_read(image->path, 1 << 24, &image->data, &image->len), 0, "%s", error_text());
}

static void store(const struct image *image, size_t len)
{
    FILE *file = fopen(image->path, "w");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(image->data, 1, len, file), len);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(image->path, 0600), 0);
}

enum { RECORDS = 9, BATCH = 3, MAX_LEN = 24 };

/* Nine small records in three sealed batches. */
static void make_log(void)
{
    struct journal_config config;
    struct journal *journal = NULL;

    store_dir_make(dir);
    config = store_config(dir);
    cr_assert_eq(journal_open(&config, &journal, NULL), 0);
    for (uint64_t seq = 1; seq <= RECORDS; seq++) {
        cr_assert_eq(pattern_append(journal, seq, MAX_LEN, NULL), 0);
        if (seq % BATCH == 0) {
            cr_assert_eq(journal_pump(journal), 0);
        }
    }
    /* As if it was killed now: everything is in the log, the ring is still there. */
    store_segment_path(dir, 1, segment.path);
    store_ring_path(dir, ring.path);
    (void)str_format(boot.path, sizeof(boot.path), "%s/journal/boot", dir);
    load(&segment);
    load(&ring);
    load(&boot);
    cr_assert_eq(journal_close(journal), 0);
}

static void drop_log(void)
{
    free(segment.data);
    free(ring.data);
    free(boot.data);
    store_dir_remove(dir);
}

TestSuite(journal_damage, .init = make_log, .fini = drop_log, .timeout = 120);

enum past { PAST_INVALID = 0, SAME_BOOT, RING_GONE, REBOOTED };

static void restore(enum past past, size_t segment_len)
{
    store(&segment, segment_len);
    store(&ring, ring.len);
    if (past != SAME_BOOT) {
        cr_assert_eq(unlink(ring.path), 0);
    }
    boot.data[0] ^= past == REBOOTED ? 1 : 0;
    store(&boot, boot.len);
    boot.data[0] ^= past == REBOOTED ? 1 : 0;
}

/* What is left after opening: the number of records, or ERR_CORRUPT. */
static int64_t open_and_count(uint64_t *ret_cut)
{
    struct journal_config config = store_config(dir);
    struct journal_open_info info;
    struct journal *journal = NULL;
    int64_t before = pattern_count(dir);

    cr_assert_neq(before, -1000, "the reader delivered a record that nobody wrote");
    int status = journal_open(&config, &journal, &info);
    if (status != 0) {
        cr_assert_eq(status, ERR_CORRUPT, "%s", error_text());
        return status;
    }
    journal_close(journal);
    int64_t count = pattern_count(dir);
    cr_assert_eq(count, (int64_t)info.last_seq);
    cr_assert_eq(journal_verify(dir, NULL), 0, "%s", error_text());
    *ret_cut = info.cut_bytes;
    return count;
}

Test(journal_damage, every_flipped_byte_is_found_while_the_machine_stays_up)
{
    static const uint8_t masks[] = {0x01, 0x80, 0xff};

    for (size_t at = 0; at < segment.len; at++) {
        uint8_t mask = masks[at % sizeof(masks)];
        uint64_t cut = 0;
        segment.data[at] = (char)(segment.data[at] ^ mask);
        restore(SAME_BOOT, segment.len);
        int64_t count = open_and_count(&cut);
        segment.data[at] = (char)(segment.data[at] ^ mask);
        /* Only the last seal has nothing behind it that could speak for it; it holds no record. */
        if (at < segment.len - 80) {
            cr_assert_eq(count, ERR_CORRUPT, "byte %zu", at);
            cr_assert_not_null(strstr(error_message(), "00000001.log offset "), "%s",
                               error_message());
        } else {
            cr_assert_eq(count, RECORDS, "byte %zu", at);
            cr_assert_eq(cut, 80);
        }
    }
}

Test(journal_damage, flipped_byte_after_a_reboot_is_found_or_cut_from_the_last_batch)
{
    size_t cuts = 0;

    for (size_t at = 0; at < segment.len; at++) {
        uint64_t cut = 0;
        segment.data[at] = (char)(segment.data[at] ^ 0x10);
        restore(REBOOTED, segment.len);
        int64_t count = open_and_count(&cut);
        segment.data[at] = (char)(segment.data[at] ^ 0x10);
        if (count != ERR_CORRUPT) {
            cr_assert_geq(count, RECORDS - BATCH, "only the last batch may be cut, byte %zu", at);
            cr_assert_gt(cut, 0);
            cuts++;
        }
    }
    cr_assert_gt(cuts, 80);
    cr_assert_lt(cuts, segment.len / 2);
}

Test(journal_damage, every_cut_is_found_by_the_ring_or_ends_at_a_record)
{
    for (size_t len = 0; len < segment.len; len++) {
        uint64_t cut = 0;
        restore(SAME_BOOT, len);
        int64_t count = open_and_count(&cut);
        if (len < segment.len - 80) {
            cr_assert_eq(count, ERR_CORRUPT, "the ring knows that %d were appended, length %zu",
                         RECORDS, len);
        } else {
            cr_assert_eq(count, RECORDS);
        }
        restore(RING_GONE, len);
        count = open_and_count(&cut);
        if (len < 88) {
            cr_assert_eq(count, ERR_CORRUPT, "length %zu", len);
        } else {
            cr_assert(count >= 0 && count <= RECORDS);
            cr_assert_lt(cut, 80);
        }
    }
}

Test(journal_damage, log_that_lost_its_end_after_a_clean_close_is_found)
{
    struct journal_config config = store_config(dir);
    struct journal *journal = NULL;

    cr_assert_eq(journal_open(&config, &journal, NULL), 0);
    cr_assert_eq(journal_close(journal), 0);
    cr_assert_not(file_exists(ring.path), "shared memory is given back");
    size_t batch = (segment.len - 88) / BATCH;
    store(&segment, segment.len - batch / 2);
    cr_assert_eq(journal_open(&config, &journal, NULL), ERR_CORRUPT);
    cr_assert_not_null(strstr(error_message(), "but was closed with 9"), "%s", error_message());
    store(&segment, segment.len);
    struct journal_open_info info;
    cr_assert_eq(journal_open(&config, &journal, &info), 0, "%s", error_text());
    cr_assert(!info.reboot && info.last_seq == RECORDS);
    cr_assert_eq(journal_close(journal), 0);
}

Test(journal_damage, forged_record_with_a_fitting_checksum_breaks_the_chain)
{
    struct journal_config config = store_config(dir);
    struct journal *journal = NULL;
    char *frame = segment.data + 88;
    uint32_t length = 0;

    /* Another time in the first record. */
    memcpy(&length, frame, 4);
    frame[16] = (char)(frame[16] ^ 1);
    uint32_t crc = crc32c(crc32c(0, &length, 4), frame + 8, (length + 7) / 8 * 8 - 8);
    memcpy(frame + 4, &crc, 4);
    restore(SAME_BOOT, segment.len);
    cr_assert_eq(journal_open(&config, &journal, NULL), ERR_CORRUPT);
    cr_assert_not_null(strstr(error_message(), "hash chain"), "%s", error_message());
    restore(REBOOTED, segment.len);
    cr_assert_eq(journal_open(&config, &journal, NULL), ERR_CORRUPT);
}

Test(journal_damage, missing_batch_is_found)
{
    struct journal_config config = store_config(dir);
    struct journal *journal = NULL;
    size_t at = 88;

    /* Takes out the second batch, seal included. */
    size_t start = 0;
    int seals = 0;
    while (seals < 2) {
        uint32_t length = 0;
        uint16_t kind = 0;
        memcpy(&length, segment.data + at, 4);
        memcpy(&kind, segment.data + at + 24, 2);
        at += (length + 7) / 8 * 8;
        if (kind == 0xffff) {
            seals++;
            start = seals == 1 ? at : start;
        }
    }
    memmove(segment.data + start, segment.data + at, segment.len - at);
    restore(SAME_BOOT, segment.len - (at - start));
    cr_assert_eq(journal_open(&config, &journal, NULL), ERR_CORRUPT);
    cr_assert_not_null(strstr(error_message(), "another number"), "%s", error_message());
}

Test(journal_damage, every_flipped_byte_of_the_ring_gives_true_records_or_none)
{
    struct journal_config config = store_config(dir);
    struct journal *journal = NULL;
    int refused = 0;

    /* Records 10 to 12 are only in the ring. */
    restore(SAME_BOOT, segment.len);
    cr_assert_eq(journal_open(&config, &journal, NULL), 0);
    for (uint64_t seq = RECORDS + 1; seq <= RECORDS + 3; seq++) {
        cr_assert_eq(pattern_append(journal, seq, MAX_LEN, NULL), 0);
    }
    free(ring.data);
    load(&ring);
    cr_assert_eq(journal_close(journal), 0);
    for (size_t at = 0; at < 4096 + 200; at++) {
        ring.data[at] = (char)(ring.data[at] ^ 0x40);
        restore(SAME_BOOT, segment.len);
        struct journal_open_info info;
        int status = journal_open(&config, &journal, &info);
        ring.data[at] = (char)(ring.data[at] ^ 0x40);
        if (status != 0) {
            cr_assert_eq(status, ERR_CORRUPT, "byte %zu: %s", at, error_text());
            refused++;
        } else {
            cr_assert_eq(info.last_seq, RECORDS + 3, "byte %zu", at);
            journal_close(journal);
        }
        cr_assert_geq(pattern_count(dir), RECORDS);
    }
    cr_assert_gt(refused, 150);
}
