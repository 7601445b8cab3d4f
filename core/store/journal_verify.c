/* Where the log ends, and whether what lies behind may be cut. See journal_scan.h. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "store/journal_log.h"
#include "store/journal_scan.h"

#include "base/banned.h"

/* "00000012.log" is 12; anything else 0. */
static uint64_t segment_number(const char *name)
{
    int64_t number = 0;
    size_t len = strlen(name);

    if (len < 12 || !str_ends(name, ".log") || str_to_i64(name, len - 4, &number) != 0 ||
        number < 1) {
        return 0;
    }
    return (uint64_t)number;
}

static int highest_segment(const char *dir, uint64_t *ret_number)
{
    uint64_t highest = 0;
    DIR *folder = opendir(dir);

    if (folder == NULL) {
        return error_set_errno("open folder '%s'", dir);
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        uint64_t number = segment_number(entry->d_name);
        highest = number > highest ? number : highest;
    }
    closedir(folder);
    *ret_number = highest;
    return 0;
}

/* What lies behind broken bytes. */
struct behind {
    bool frames;        /* whole frames of this journal */
    bool later_batches; /* even of a batch after the one that is broken */
};

/* A frame that merely looks like one: its checksum must fit and its number must be one that may
 * come here. */
static struct behind look_behind(const uint8_t *bytes, size_t len, uint64_t next_seq)
{
    struct behind behind = {0};
    bool seal_seen = false;
    size_t at = 8;

    while (at + sizeof(struct journal_head) <= len) {
        struct journal_head head;
        if (journal_frame_check(bytes + at, len - at, &head) != JOURNAL_FRAME_GOOD ||
            head.seq < next_seq || head.seq - next_seq > len) {
            at += 8;
            continue;
        }
        behind.frames = true;
        behind.later_batches = behind.later_batches || seal_seen;
        seal_seen = seal_seen || head.kind == JOURNAL_KIND_SEAL;
        at += journal_padded(head.length);
    }
    return behind;
}

/* Reading stopped at broken or missing bytes in the last segment: is that the trace of an
 * interrupted write? */
static int judge_rest(const struct journal_reader *reader, uint64_t offset, bool power_lost,
                      int status, uint64_t *ret_cut)
{
    char path[PATH_MAX];
    char *bytes = NULL;
    size_t len = 0;

    if (journal_segment_path(reader->dir, reader->segment, path, sizeof(path)) != 0) {
        return ERR_LIMIT;
    }
    int failed = file_read(path, SIZE_MAX / 2, &bytes, &len);
    if (failed != 0) {
        return failed;
    }
    if (len <= offset) {
        free(bytes);
        *ret_cut = 0;
        return 0;
    }
    struct behind behind = look_behind((uint8_t *)bytes + offset, len - offset, reader->next_seq);
    free(bytes);
    /* A process that is killed leaves a file that ends early, never a hole. A power cut may lose
     * any page that was not synced, and the last batch is the only one that may not have been. */
    if (behind.frames && (!power_lost || behind.later_batches)) {
        if (status == 0) {
            status = error_set(
                ERR_CORRUPT,
                "%s offset %llu seq %llu: the length does not match, whole records follow", path,
                (unsigned long long)offset, (unsigned long long)reader->next_seq);
        }
        return status;
    }
    *ret_cut = len - offset;
    return 0;
}

static int finish(struct journal_reader *reader, bool power_lost, int status,
                  struct journal_end *ret_end)
{
    uint64_t offset = reader->buf_offset + reader->at;
    uint64_t cut = 0;
    uint8_t chain[EVP_MAX_MD_SIZE] = {0};

    if (status != 0 && (status != ERR_CORRUPT || reader->damage != JOURNAL_DAMAGE_BYTES)) {
        return status;
    }
    status = judge_rest(reader, offset, power_lost, status, &cut);
    if (status != 0) {
        return status;
    }
    memcpy(chain, reader->chain, JOURNAL_CHAIN_SIZE);
    if (reader->pending.records > 0 && EVP_DigestFinal_ex(reader->sha, chain, NULL) != 1) {
        return error_set(ERR_CRYPTO, "SHA-256 of the journal");
    }
    *ret_end = (struct journal_end){
        .segment = reader->segment,
        .offset = offset,
        .last_seq = reader->next_seq - 1,
        .cut_bytes = cut,
        .unsealed_first_seq = reader->pending.first_seq,
        .unsealed_records = reader->pending.records,
        .last_ts_ns = reader->last_ts_ns,
    };
    memcpy(ret_end->chain, chain, JOURNAL_CHAIN_SIZE);
    return 0;
}

int journal_scan_end(const char *dir, const uint8_t journal_id[JOURNAL_ID_SIZE], bool power_lost,
                     struct journal_end *ret_end)
{
    struct journal_reader *reader = NULL;
    struct journal_record record;
    uint64_t highest = 0;
    int status = highest_segment(dir, &highest);

    if (status != 0) {
        return status;
    }
    if (highest == 0) {
        *ret_end = (struct journal_end){0};
        return 0;
    }
    status = journal_scan_open(dir, journal_id, 1, true, &reader);
    if (status != 0) {
        return status;
    }
    do {
        status = journal_reader_next(reader, &record);
    } while (status == 1);
    if ((status == 0 || reader->damage == JOURNAL_DAMAGE_BYTES) && reader->segment < highest) {
        if (status == 0) {
            status =
                error_set(ERR_CORRUPT, "%s/%08llu.log is missing; the log goes on to %08llu", dir,
                          (unsigned long long)reader->segment + 1, (unsigned long long)highest);
        }
    } else {
        status = finish(reader, power_lost, status, ret_end);
    }
    journal_reader_close(reader);
    return status;
}

int journal_verify(const char *state_dir, uint64_t *ret_last_seq)
{
    char dir[PATH_MAX];
    uint8_t id[JOURNAL_ID_SIZE];
    struct journal_end end;

    if (str_format(dir, sizeof(dir), "%s/journal", state_dir) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", state_dir);
    }
    int status = journal_read_id(dir, id);
    if (status == 0) {
        status = journal_scan_end(dir, id, false, &end);
    }
    if (status == 0 && ret_last_seq != NULL) {
        *ret_last_seq = end.last_seq;
    }
    return status;
}
