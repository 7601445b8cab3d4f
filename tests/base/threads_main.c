/* Rings and log under real threads. A plain program, because ThreadSanitizer does not start under
 * Criterion. */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/ring.h"

enum { PRODUCERS = 3, RECORDS = 20000, SLOTS = 64 };

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

struct record {
    uint32_t producer;
    uint32_t number;
    uint64_t check; /* a torn record does not fit its own sum */
};

struct producer {
    struct ring *ring;
    uint32_t id;
    uint64_t refused;
};

static struct record record_of(uint32_t producer, uint32_t number)
{
    return (struct record){producer, number,
                           ((uint64_t)producer << 32 | number) * UINT64_C(0x9e3779b97f4a7c15)};
}

static void *produce(void *arg)
{
    struct producer *self = arg;

    for (uint32_t i = 0; i < RECORDS; i++) {
        struct record record = record_of(self->id, i);
        while (ring_push(self->ring, &record, sizeof(record)) != 0) {
            self->refused++;
            sched_yield();
        }
    }
    return NULL;
}

static void check_ring(enum ring_producers kind, uint32_t producers)
{
    struct ring ring;
    struct producer self[PRODUCERS] = {0};
    pthread_t threads[PRODUCERS];
    uint32_t next[PRODUCERS] = {0};
    uint64_t seen = 0;
    uint64_t refused = 0;

    CHECK(ring_init(&ring, kind, sizeof(struct record), SLOTS) == 0);
    for (uint32_t i = 0; i < producers; i++) {
        self[i] = (struct producer){.ring = &ring, .id = i};
        CHECK(pthread_create(&threads[i], NULL, produce, &self[i]) == 0);
    }
    while (seen < (uint64_t)producers * RECORDS) {
        size_t len = 0;
        const struct record *record = ring_peek(&ring, &len);
        if (record == NULL) {
            sched_yield();
            continue;
        }
        CHECK(len == sizeof(*record) && record->producer < producers);
        CHECK(record->number == next[record->producer]);
        CHECK(record->check == record_of(record->producer, record->number).check);
        next[record->producer]++;
        ring_pop(&ring);
        seen++;
    }
    for (uint32_t i = 0; i < producers; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        refused += self[i].refused;
    }
    CHECK(ring_dropped(&ring) == refused);
    CHECK(ring_count(&ring) == 0);
    ring_release(&ring);
}

static void *write_lines(void *arg)
{
    const char *name = arg;

    for (int i = 0; i < 2000; i++) {
        log_info("t", "from=%s n=%d.", name, i);
    }
    return NULL;
}

/* Every line is whole, and lines plus counted drops are what was logged. */
static void check_log_file(const char *path)
{
    char *data = NULL;
    size_t len = 0;
    uint64_t lines = 0;

    CHECK(file_read(path, 16u << 20, &data, &len) == 0);
    for (char *line = data; *line != '\0';) {
        char *stop = strchr(line, '\n');
        CHECK(stop != NULL && strncmp(line, "ts=20", 5) == 0 && stop[-1] == '"');
        lines += strstr(line, "area=t ") != NULL && strstr(line, "area=t ") < stop;
        line = stop + 1;
    }
    CHECK(lines + log_dropped() == (uint64_t)PRODUCERS * 2000);
    free(data);
}

static void check_log(void)
{
    static char names[PRODUCERS][2] = {"a", "b", "c"};
    char dir[] = "/tmp/sofia-threads-XXXXXX";
    char path[128];
    pthread_t threads[PRODUCERS];

    CHECK(mkdtemp(dir) != NULL);
    snprintf(path, sizeof(path), "%s/api.log", dir);
    struct log_options options = {.path = path, .quiet = true, .queue_records = 256};
    CHECK(log_init(&options) == 0);
    log_start();
    for (int i = 0; i < PRODUCERS; i++) {
        CHECK(pthread_create(&threads[i], NULL, write_lines, names[i]) == 0);
    }
    for (int i = 0; i < 200; i++) {
        (void)log_drain(64);
        log_set_level(LOG_INFO); /* the level may change at any time */
        sched_yield();
    }
    for (int i = 0; i < PRODUCERS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    while (log_drain(64) > 0) {
    }
    check_log_file(path);
    log_release();
    unlink(path);
    rmdir(dir);
}

int main(void)
{
    check_ring(RING_ONE_PRODUCER, 1);
    check_ring(RING_MANY_PRODUCERS, PRODUCERS);
    check_log();
    return 0;
}
