#include "store/journal_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/str.h"

#include "base/banned.h"

int journal_segment_path(const char *dir, uint64_t number, char *buf, size_t cap)
{
    if (str_format(buf, cap, "%s/%08llu.log", dir, (unsigned long long)number) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", dir);
    }
    return 0;
}

int journal_log_init(struct journal_log *log, struct journal_io *io, const char *dir,
                     const uint8_t journal_id[JOURNAL_ID_SIZE])
{
    *log = (struct journal_log){.io = io, .fd = -1, .next_seq = 1};
    memcpy(log->journal_id, journal_id, JOURNAL_ID_SIZE);
    if (str_copy(log->dir, sizeof(log->dir), dir) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", dir);
    }
    log->sha = EVP_MD_CTX_new();
    if (log->sha == NULL) {
        return error_set(ERR_NOMEM, "no memory for a hash");
    }
    return 0;
}

void journal_log_release(struct journal_log *log)
{
    if (log == NULL) {
        return;
    }
    if (log->fd >= 0) {
        close(log->fd);
    }
    EVP_MD_CTX_free(log->sha);
    log->sha = NULL;
    log->fd = -1;
}

static bool is_no_space(int reason)
{
    return reason == ENOSPC || reason == EDQUOT;
}

/* The status of a failed call: space may come back, anything else is final. */
static int failed(int reason, const char *what, const char *path)
{
    return error_set(is_no_space(reason) ? ERR_FULL : ERR_IO, "%s '%s': %s", what, path,
                     strerrordesc_np(reason));
}

static int write_at(struct journal_log *log, int fd, const uint8_t *data, size_t len,
                    uint64_t offset, size_t *done)
{
    while (*done < len) {
        ssize_t n =
            log->io->pwrite(log->io, fd, data + *done, len - *done, (off_t)(offset + *done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n == 0) {
            errno = ENOSPC; /* a file that takes nothing and gives no reason */
        }
        if (n <= 0) {
            return failed(errno, "write log in", log->dir);
        }
        *done += (size_t)n;
    }
    return 0;
}

static int sync_dir(struct journal_log *log)
{
    int fd = log->io->open(log->io, log->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

    if (fd < 0) {
        return failed(errno, "open folder", log->dir);
    }
    int status = 0;
    if (log->io->fdatasync(log->io, fd) != 0) {
        status = error_set_errno("sync folder '%s'", log->dir);
    }
    close(fd);
    return status != 0 ? ERR_IO : 0;
}

static int fill_segment(struct journal_log *log, int fd)
{
    struct journal_segment_head head = {
        .version = JOURNAL_FORMAT_VERSION,
        .size = sizeof(head),
        .number = log->segment + 1,
        .first_seq = log->next_seq,
    };
    size_t done = 0;

    memcpy(head.magic, JOURNAL_SEGMENT_MAGIC, sizeof(head.magic));
    memcpy(head.journal_id, log->journal_id, JOURNAL_ID_SIZE);
    memcpy(head.chain, log->chain, JOURNAL_CHAIN_SIZE);
    head.crc = crc32c(0, &head, offsetof(struct journal_segment_head, crc));
    int status = write_at(log, fd, (const uint8_t *)&head, sizeof(head), 0, &done);
    if (status == 0 && log->io->fdatasync(log->io, fd) != 0) {
        (void)error_set_errno("sync new segment in '%s'", log->dir);
        status = ERR_IO;
    }
    return status;
}

int journal_log_rotate(struct journal_log *log)
{
    char path[PATH_MAX];
    char tmp[PATH_MAX];

    if (journal_segment_path(log->dir, log->segment + 1, path, sizeof(path)) != 0 ||
        str_format(tmp, sizeof(tmp), "%s/segment.new", log->dir) != 0) {
        return error_set(ERR_IO, "path too long: '%s'", log->dir);
    }
    int fd = log->io->open(log->io, tmp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return failed(errno, "create segment", tmp);
    }
    int status = fill_segment(log, fd);
    if (status == 0 && rename(tmp, path) != 0) {
        status = failed(errno, "rename to", path);
    }
    if (status == 0) {
        status = sync_dir(log);
    }
    if (status != 0) {
        close(fd);
        return status;
    }
    if (log->fd >= 0) {
        close(log->fd);
    }
    log->fd = fd;
    log->segment++;
    log->offset = sizeof(struct journal_segment_head);
    return 0;
}

int journal_log_open_segment(struct journal_log *log, uint64_t number, uint64_t offset)
{
    char path[PATH_MAX];
    int status = journal_segment_path(log->dir, number, path, sizeof(path));

    if (status != 0) {
        return status;
    }
    int fd = log->io->open(log->io, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) {
        return failed(errno, "open", path);
    }
    off_t end = lseek(fd, 0, SEEK_END);
    if (end != (off_t)offset) {
        if (end < (off_t)offset || log->io->ftruncate(log->io, fd, (off_t)offset) != 0 ||
            log->io->fdatasync(log->io, fd) != 0) {
            status = failed(errno, "cut the incomplete end of", path);
            close(fd);
            return status;
        }
    }
    log->fd = fd;
    log->segment = number;
    log->offset = offset;
    return 0;
}

void journal_log_begin_seal(struct journal_log *log, const struct journal_batch *batch,
                            const uint8_t chain[JOURNAL_CHAIN_SIZE])
{
    struct journal_seal_frame *seal = &log->seal;

    *seal = (struct journal_seal_frame){
        .head = {.length = sizeof(*seal),
                 .seq = batch->last_seq,
                 .ts_ns = batch->ts_ns,
                 .kind = JOURNAL_KIND_SEAL,
                 .version = JOURNAL_FORMAT_VERSION},
        .seal = {.first_seq = batch->first_seq, .records = batch->records},
    };
    memcpy(seal->seal.chain, chain, JOURNAL_CHAIN_SIZE);
    seal->head.crc = journal_frame_crc((const uint8_t *)seal, sizeof(*seal));
    log->batch = batch->bytes;
    log->batch_len = batch->len;
    log->batch_done = 0;
    log->batch_last_seq = batch->last_seq;
}

int journal_log_begin(struct journal_log *log, const struct journal_batch *batch)
{
    uint8_t chain[EVP_MAX_MD_SIZE];

    if (EVP_DigestInit_ex(log->sha, EVP_sha256(), NULL) != 1 ||
        EVP_DigestUpdate(log->sha, log->chain, JOURNAL_CHAIN_SIZE) != 1 ||
        EVP_DigestUpdate(log->sha, batch->bytes, batch->len) != 1 ||
        EVP_DigestFinal_ex(log->sha, chain, NULL) != 1) {
        return error_set(ERR_CRYPTO, "SHA-256 of the journal");
    }
    journal_log_begin_seal(log, batch, chain);
    return 0;
}

int journal_log_write(struct journal_log *log)
{
    if (log->batch_done < log->batch_len) {
        int status =
            write_at(log, log->fd, log->batch, log->batch_len, log->offset, &log->batch_done);
        if (status != 0) {
            return status;
        }
    }
    size_t sealed = log->batch_done - log->batch_len;
    int status = write_at(log, log->fd, (const uint8_t *)&log->seal, sizeof(log->seal),
                          log->offset + log->batch_len, &sealed);
    log->batch_done = log->batch_len + sealed;
    return status;
}

int journal_log_sync(struct journal_log *log)
{
    if (log->io->fdatasync(log->io, log->fd) != 0) {
        (void)error_set_errno("sync log in '%s'", log->dir);
        return ERR_IO;
    }
    log->offset += log->batch_len + sizeof(log->seal);
    log->next_seq = log->batch_last_seq + 1;
    memcpy(log->chain, log->seal.seal.chain, JOURNAL_CHAIN_SIZE);
    return 0;
}
