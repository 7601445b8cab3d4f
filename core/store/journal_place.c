/* The folder of a journal: lock, id, boot. See journal_recover.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "store/journal_recover.h"

#include "base/banned.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

static void print_hex(const uint8_t *data, size_t len, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        ret_text[2 * i] = digits[data[i] >> 4];
        ret_text[2 * i + 1] = digits[data[i] & 15];
    }
    ret_text[2 * len] = '\0';
}

/* flock and not a pid file alone: the kernel lets go when the process is gone, however it went. */
static int take_lock(struct journal_place *place)
{
    char path[PATH_MAX];
    char holder[32] = {0};

    if (str_format(path, sizeof(path), "%s/lock", place->dir) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", place->dir);
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return error_set_errno("open lock '%s'", path);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int reason = errno;
        ssize_t n = pread(fd, holder, sizeof(holder) - 1, 0);
        close(fd);
        holder[n > 0 ? n : 0] = '\0';
        holder[strcspn(holder, "\n")] = '\0';
        errno = reason;
        return reason == EWOULDBLOCK
                   ? error_set(ERR_WRONG_STATE, "state directory '%s' is in use by process %s",
                               place->state_dir, holder[0] != '\0' ? holder : "?")
                   : error_set_errno("lock '%s'", path);
    }
    (void)str_format(holder, sizeof(holder), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, holder, strlen(holder), 0) < 0) {
        /* The pid is a courtesy; a full disk must not keep the engine from cancelling. */
        errno = 0;
    }
    place->lock_fd = fd;
    return 0;
}

static int make_id(struct journal_place *place)
{
    char path[PATH_MAX];
    char text[2 * JOURNAL_ID_SIZE + 2];

    if (getrandom(place->id, JOURNAL_ID_SIZE, 0) != JOURNAL_ID_SIZE) {
        return error_set_errno("random bytes");
    }
    print_hex(place->id, JOURNAL_ID_SIZE, text);
    text[2 * JOURNAL_ID_SIZE] = '\n';
    if (str_format(path, sizeof(path), "%s/id", place->dir) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", place->dir);
    }
    return file_write_atomic(path, text, 2 * JOURNAL_ID_SIZE + 1, 0600);
}

static int load_id(struct journal_place *place)
{
    char first[PATH_MAX];
    int status = journal_read_id(place->dir, place->id);

    if (status != ERR_NOT_FOUND) {
        return status;
    }
    status = journal_segment_path(place->dir, 1, first, sizeof(first));
    if (status == 0 && file_exists(first)) {
        return error_set(ERR_CORRUPT, "'%s/id' is missing beside an existing log", place->dir);
    }
    place->is_new = true;
    return status == 0 ? make_id(place) : status;
}

/* Another state directory, or a copy of this one, must never find this ring. */
static int name_ring(struct journal_place *place, const char *ring_dir)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    char text[PATH_MAX + 2 * JOURNAL_ID_SIZE + 2];
    char name[17];

    print_hex(place->id, JOURNAL_ID_SIZE, place->id_text);
    if (str_format(text, sizeof(text), "%s\n%s", place->state_dir, place->id_text) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", place->state_dir);
    }
    if (EVP_Digest(text, strlen(text), hash, NULL, EVP_sha256(), NULL) != 1) {
        return error_set(ERR_CRYPTO, "SHA-256 of the ring's name");
    }
    print_hex(hash, 8, name);
    if (str_format(place->ring_path, sizeof(place->ring_path), "%s/sofia-%s.ring",
                   ring_dir != NULL ? ring_dir : "/dev/shm", name) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", ring_dir);
    }
    return 0;
}

/* The kernel's file has no size that stat would tell, so file_read does not fit. */
static int read_boot_id(char *buf, size_t cap)
{
    int fd = open(BOOT_ID_PATH, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return error_set_errno("open '%s'", BOOT_ID_PATH);
    }
    ssize_t n = read(fd, buf, cap - 1);
    close(fd);
    if (n <= 0) {
        return error_set(ERR_IO, "'%s' is empty", BOOT_ID_PATH);
    }
    buf[n] = '\0';
    buf[strcspn(buf, "\n")] = '\0';
    return 0;
}

/* The boot file: "<boot> <nonce of the ring>" while a journal is open or was killed, "<boot> clean
 * <last seq>" after it was closed with everything on the disk, when there is no ring. */
static int boot_text(const struct journal_place *place, const uint8_t *nonce, char *buf, size_t cap)
{
    char ring[2 * JOURNAL_ID_SIZE + 1];

    print_hex(nonce, JOURNAL_ID_SIZE, ring);
    return str_format(buf, cap, "%s %s\n", place->boot, ring);
}

static int boot_path(const struct journal_place *place, char *buf, size_t cap)
{
    if (str_format(buf, cap, "%s/boot", place->dir) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", place->dir);
    }
    return 0;
}

bool journal_place_is_accepted(const struct journal_place *place, const struct journal_ring *ring)
{
    char text[sizeof(place->accepted)];

    return ring->header != NULL && boot_text(place, ring->header->nonce, text, sizeof(text)) == 0 &&
           strcmp(text, place->accepted) == 0;
}

static int write_boot(struct journal_place *place, const char *text)
{
    char path[PATH_MAX];
    int status = boot_path(place, path, sizeof(path));

    if (status == 0) {
        status = file_write_atomic(path, text, strlen(text), 0600);
    }
    if (status == 0) {
        (void)str_copy(place->accepted, sizeof(place->accepted), text);
    }
    return status;
}

int journal_place_accept(struct journal_place *place, const struct journal_ring *ring)
{
    char text[sizeof(place->accepted)];

    if (journal_place_is_accepted(place, ring)) {
        return 0;
    }
    (void)boot_text(place, ring->header->nonce, text, sizeof(text));
    return write_boot(place, text);
}

int journal_place_close(struct journal_place *place, const struct journal_ring *ring,
                        uint64_t last_seq)
{
    char text[sizeof(place->accepted)];
    int status = 0;

    /* A reboot that nobody has dealt with yet must be reported again. */
    if (journal_place_is_accepted(place, ring)) {
        (void)str_format(text, sizeof(text), "%s clean %llu\n", place->boot,
                         (unsigned long long)last_seq);
        status = write_boot(place, text);
    }
    if (status == 0 && unlink(place->ring_path) != 0) {
        status = error_set_errno("delete ring '%s'", place->ring_path);
    }
    return status;
}

/* "<boot> clean <seq>" */
static void read_clean(struct journal_place *place)
{
    const char *word = strchr(place->accepted, ' ');
    int64_t seq = 0;

    if (word != NULL && str_starts(word, " clean ")) {
        const char *digits = word + strlen(" clean ");
        if (str_to_i64(digits, strcspn(digits, "\n"), &seq) == 0 && seq >= 0) {
            place->was_clean = true;
            place->clean_seq = (uint64_t)seq;
        }
    }
}

/* A boot file that cannot be understood is one of another boot: the careful answer. */
static int load_boot(struct journal_place *place)
{
    char path[PATH_MAX];
    char *text = NULL;
    size_t len = 0;
    int status = read_boot_id(place->boot, sizeof(place->boot));

    if (status == 0) {
        status = boot_path(place, path, sizeof(path));
    }
    if (status != 0) {
        return status;
    }
    status = file_read(path, sizeof(place->accepted) - 1, &text, &len);
    if (status == ERR_NOT_FOUND) {
        return 0;
    }
    if (status != 0) {
        return status;
    }
    status = str_copy_n(place->accepted, sizeof(place->accepted), text, len);
    free(text);
    place->has_history = true;
    place->same_boot = str_starts(place->accepted, place->boot);
    read_clean(place);
    return status;
}

int journal_place_init(struct journal_place *place, const struct journal_config *config)
{
    *place = (struct journal_place){.lock_fd = -1};
    int status = file_make_dirs(config->state_dir, 0700);
    if (status != 0) {
        return status;
    }
    if (realpath(config->state_dir, place->state_dir) == NULL) {
        return error_set_errno("real path of '%s'", config->state_dir);
    }
    if (str_format(place->dir, sizeof(place->dir), "%s/journal", place->state_dir) != 0) {
        return error_set(ERR_LIMIT, "path too long: '%s'", place->state_dir);
    }
    status = file_make_dirs(place->dir, 0700);
    if (status == 0) {
        status = take_lock(place);
    }
    if (status == 0) {
        status = load_id(place);
    }
    if (status == 0) {
        status = name_ring(place, config->ring_dir);
    }
    return status == 0 ? load_boot(place) : status;
}

void journal_place_release(struct journal_place *place)
{
    if (place != NULL && place->lock_fd >= 0) {
        close(place->lock_fd);
        place->lock_fd = -1;
    }
}
