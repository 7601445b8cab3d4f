#include "store/journal_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "store/journal_log.h"
#include "store/journal_scan.h"

#include "base/banned.h"

enum { BUFFER_SIZE = 256 * 1024, ID_TEXT_SIZE = 2 * JOURNAL_ID_SIZE };

_Static_assert(BUFFER_SIZE > 2 * JOURNAL_FRAME_MAX, "a frame fits into the buffer");

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int journal_read_id(const char *dir, uint8_t ret_id[JOURNAL_ID_SIZE])
{
    char path[PATH_MAX];
    char *text = NULL;
    size_t len = 0;

    if (str_format(path, sizeof(path), "%s/id", dir) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", dir);
    }
    int status = file_read(path, ID_TEXT_SIZE + 1, &text, &len);
    if (status != 0) {
        return status;
    }
    if (len != ID_TEXT_SIZE + 1) {
        status = ERR_CORRUPT;
    }
    for (size_t i = 0; i < JOURNAL_ID_SIZE && status == 0; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            status = ERR_CORRUPT;
            break;
        }
        ret_id[i] = (uint8_t)(high << 4 | low);
    }
    free(text);
    return status == 0 ? 0 : error_set(ERR_CORRUPT, "'%s' is not the id of a journal", path);
}

/* ---- segments ---- */

static bool segment_exists(const struct journal_reader *reader, uint64_t number)
{
    char path[PATH_MAX];

    return journal_segment_path(reader->dir, number, path, sizeof(path)) == 0 && file_exists(path);
}

static int damaged(struct journal_reader *reader, enum journal_damage damage, const char *what)
{
    reader->damage = damage;
    return error_set(ERR_CORRUPT, "%s/%08llu.log offset %llu seq %llu: %s", reader->dir,
                     (unsigned long long)reader->segment,
                     (unsigned long long)(reader->buf_offset + reader->at),
                     (unsigned long long)reader->next_seq, what);
}

static int read_segment_head(struct journal_reader *reader, int fd, uint64_t number,
                             struct journal_segment_head *ret_head)
{
    struct journal_segment_head head;
    ssize_t n = pread(fd, &head, sizeof(head), 0);

    if (n < 0) {
        return error_set_errno("read segment %llu in '%s'", (unsigned long long)number,
                               reader->dir);
    }
    if (n != (ssize_t)sizeof(head) ||
        memcmp(head.magic, JOURNAL_SEGMENT_MAGIC, sizeof(head.magic)) != 0 ||
        head.version != JOURNAL_FORMAT_VERSION || head.size != sizeof(head) ||
        head.crc != crc32c(0, &head, offsetof(struct journal_segment_head, crc)) ||
        head.number != number ||
        memcmp(head.journal_id, reader->journal_id, JOURNAL_ID_SIZE) != 0) {
        reader->segment = number;
        reader->buf_offset = 0;
        reader->at = 0;
        return damaged(reader, JOURNAL_DAMAGE_ORDER, "the segment head is not of this journal");
    }
    *ret_head = head;
    return 0;
}

static int open_segment(struct journal_reader *reader, uint64_t number, int *ret_fd,
                        struct journal_segment_head *ret_head)
{
    char path[PATH_MAX];
    int status = journal_segment_path(reader->dir, number, path, sizeof(path));

    if (status != 0) {
        return status;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return error_set_errno("open '%s'", path);
    }
    status = read_segment_head(reader, fd, number, ret_head);
    if (status != 0) {
        close(fd);
        return status;
    }
    *ret_fd = fd;
    return 0;
}

static void use_segment(struct journal_reader *reader, int fd,
                        const struct journal_segment_head *head)
{
    if (reader->fd >= 0) {
        close(reader->fd);
    }
    reader->fd = fd;
    reader->segment = head->number;
    reader->next_seq = head->first_seq;
    reader->buf_offset = sizeof(*head);
    reader->buf_len = 0;
    reader->at = 0;
}

/* From the segment that ends to the one that exists after it. */
static int next_segment(struct journal_reader *reader)
{
    struct journal_segment_head head;
    int fd = -1;

    if (reader->at != reader->buf_len) {
        return damaged(reader, JOURNAL_DAMAGE_ORDER, "the segment ends inside a record");
    }
    if (reader->sha != NULL && reader->pending.records > 0) {
        return damaged(reader, JOURNAL_DAMAGE_ORDER, "the segment ends without a seal");
    }
    int status = open_segment(reader, reader->segment + 1, &fd, &head);
    if (status != 0) {
        return status;
    }
    if (head.first_seq != reader->next_seq ||
        (reader->sha != NULL && memcmp(head.chain, reader->chain, JOURNAL_CHAIN_SIZE) != 0)) {
        status = damaged(reader, JOURNAL_DAMAGE_ORDER, "the next segment does not follow this one");
        close(fd);
        return status;
    }
    use_segment(reader, fd, &head);
    return 0;
}

/* The segment that holds from_seq: the last one that begins at or before it. */
static int find_segment(struct journal_reader *reader)
{
    struct journal_segment_head head;
    int fd = -1;
    int status = open_segment(reader, 1, &fd, &head);

    if (status != 0) {
        return status;
    }
    if (head.first_seq != 1) {
        close(fd);
        return damaged(reader, JOURNAL_DAMAGE_ORDER, "the first segment does not begin with seq 1");
    }
    use_segment(reader, fd, &head);
    while (segment_exists(reader, reader->segment + 1)) {
        status = open_segment(reader, reader->segment + 1, &fd, &head);
        if (status != 0) {
            return status;
        }
        if (head.first_seq > reader->from_seq) {
            close(fd);
            break;
        }
        use_segment(reader, fd, &head);
    }
    return 0;
}

/* ---- life ---- */

int journal_scan_open(const char *dir, const uint8_t journal_id[JOURNAL_ID_SIZE], uint64_t from_seq,
                      bool with_chain, struct journal_reader **ret_reader)
{
    struct journal_reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL) {
        return error_set(ERR_NOMEM, "no memory for a journal reader");
    }
    reader->fd = -1;
    reader->next_seq = 1;
    reader->from_seq = with_chain || from_seq == 0 ? 1 : from_seq;
    reader->buf = malloc(BUFFER_SIZE);
    reader->sha = with_chain ? EVP_MD_CTX_new() : NULL;
    memcpy(reader->journal_id, journal_id, JOURNAL_ID_SIZE);
    int status = str_copy(reader->dir, sizeof(reader->dir), dir);
    if (reader->buf == NULL || (with_chain && reader->sha == NULL)) {
        status = error_set(ERR_NOMEM, "no memory for a journal reader");
    }
    if (status == 0) {
        /* With the chain, reading begins at the first byte. */
        status = find_segment(reader);
    }
    if (status != 0) {
        journal_reader_close(reader);
        return status;
    }
    *ret_reader = reader;
    return 0;
}

int journal_reader_open(const char *state_dir, uint64_t from_seq,
                        struct journal_reader **ret_reader)
{
    char dir[PATH_MAX];
    uint8_t id[JOURNAL_ID_SIZE];

    if (str_format(dir, sizeof(dir), "%s/journal", state_dir) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", state_dir);
    }
    int status = journal_read_id(dir, id);
    if (status == 0) {
        status = journal_scan_open(dir, id, from_seq, false, ret_reader);
    }
    return status;
}

void journal_reader_close(struct journal_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    if (reader->fd >= 0) {
        close(reader->fd);
    }
    EVP_MD_CTX_free(reader->sha);
    free(reader->buf);
    free(reader);
}

/* ---- reading ---- */

/* Reads on behind what is there. *ret_grew: something came. */
static int refill(struct journal_reader *reader, bool *ret_grew)
{
    /* A multiple of 8 is dropped, so that payloads stay aligned. */
    if (reader->at > 0) {
        memmove(reader->buf, reader->buf + reader->at, reader->buf_len - reader->at);
        reader->buf_offset += reader->at;
        reader->buf_len -= reader->at;
        reader->at = 0;
    }
    for (;;) {
        ssize_t n = pread(reader->fd, reader->buf + reader->buf_len, BUFFER_SIZE - reader->buf_len,
                          (off_t)(reader->buf_offset + reader->buf_len));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return error_set_errno("read segment %llu in '%s'", (unsigned long long)reader->segment,
                                   reader->dir);
        }
        reader->buf_len += (size_t)n;
        *ret_grew = n > 0;
        return 0;
    }
}

static int check_chain(struct journal_reader *reader, const uint8_t *frame,
                       const struct journal_head *head)
{
    uint8_t chain[EVP_MAX_MD_SIZE];
    struct journal_seal seal;
    int ok = 1;

    if (reader->pending.first_seq == 0) {
        reader->pending.first_seq = reader->next_seq;
        ok = EVP_DigestInit_ex(reader->sha, EVP_sha256(), NULL) == 1 &&
             EVP_DigestUpdate(reader->sha, reader->chain, JOURNAL_CHAIN_SIZE) == 1;
    }
    if (head->kind != JOURNAL_KIND_SEAL) {
        reader->pending.records++;
        ok = ok && EVP_DigestUpdate(reader->sha, frame, journal_padded(head->length)) == 1;
        return ok ? 0 : error_set(ERR_CRYPTO, "SHA-256 of the journal");
    }
    if (!ok || EVP_DigestFinal_ex(reader->sha, chain, NULL) != 1) {
        return error_set(ERR_CRYPTO, "SHA-256 of the journal");
    }
    memcpy(&seal, frame + sizeof(*head), sizeof(seal));
    if (memcmp(chain, seal.chain, JOURNAL_CHAIN_SIZE) != 0 ||
        seal.first_seq != reader->pending.first_seq || seal.records != reader->pending.records) {
        return damaged(reader, JOURNAL_DAMAGE_ORDER, "the hash chain is broken before this seal");
    }
    memcpy(reader->chain, chain, JOURNAL_CHAIN_SIZE);
    reader->pending = (struct journal_seal){0};
    return 0;
}

/* The frame at `at` is whole. *ret_is_record: it is one, and wanted. */
static int take_frame(struct journal_reader *reader, const struct journal_head *head,
                      struct journal_record *ret_record, bool *ret_is_record)
{
    const uint8_t *frame = reader->buf + reader->at;
    bool is_seal = head->kind == JOURNAL_KIND_SEAL;

    if (is_seal
            ? head->length != sizeof(struct journal_seal_frame) || head->seq + 1 != reader->next_seq
            : head->seq != reader->next_seq) {
        return damaged(reader, JOURNAL_DAMAGE_ORDER, "a record with another number stands here");
    }
    if (reader->sha != NULL) {
        int status = check_chain(reader, frame, head);
        if (status != 0) {
            return status;
        }
    }
    reader->at += journal_padded(head->length);
    if (is_seal) {
        return 0;
    }
    reader->next_seq++;
    reader->last_ts_ns = head->ts_ns;
    if (head->seq >= reader->from_seq) {
        *ret_is_record = true;
        *ret_record = (struct journal_record){
            .seq = head->seq,
            .ts_ns = head->ts_ns,
            .kind = head->kind,
            .version = head->version,
            .len = head->length - sizeof(*head),
            .payload = frame + sizeof(*head),
        };
    }
    return 0;
}

/* At the end of what the file holds. 1: go on reading; 0: nothing more now. */
static int at_end(struct journal_reader *reader)
{
    bool grew = false;

    if (!segment_exists(reader, reader->segment + 1)) {
        return 0;
    }
    /* The writer may have added to this segment before it began the next. */
    int status = refill(reader, &grew);
    if (status == 0 && !grew) {
        status = next_segment(reader);
    }
    return status == 0 ? 1 : status;
}

int journal_reader_next(struct journal_reader *reader, struct journal_record *ret_record)
{
    bool reread = false;

    for (;;) {
        struct journal_head head;
        bool grew = false;
        bool is_record = false;
        int status = 0;

        if (reader->limit != NULL &&
            reader->next_seq > atomic_load_explicit(reader->limit, memory_order_acquire)) {
            return 0;
        }
        switch (
            journal_frame_check(reader->buf + reader->at, reader->buf_len - reader->at, &head)) {
        case JOURNAL_FRAME_GOOD:
            status = take_frame(reader, &head, ret_record, &is_record);
            break;
        case JOURNAL_FRAME_SHORT:
            status = refill(reader, &grew);
            if (status == 0 && !grew) {
                status = at_end(reader);
                if (status == 0) {
                    return 0;
                }
                status = status == 1 ? 0 : status;
            }
            break;
        case JOURNAL_FRAME_BAD:
        case JOURNAL_FRAME_INVALID:
        case JOURNAL_FRAME_CHECK_COUNT:
            /* The half of a record read before the writer was killed may be followed by what its
             * successor wrote: only bytes read in one piece are judged. */
            if (!reread) {
                reread = true;
                reader->buf_len = reader->at;
                status = refill(reader, &grew);
            } else {
                status =
                    damaged(reader, JOURNAL_DAMAGE_BYTES, "the bytes do not match their checksum");
            }
            break;
        }
        if (status != 0) {
            return status;
        }
        if (is_record) {
            return 1;
        }
    }
}
