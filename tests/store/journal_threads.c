/* Three threads on one journal, as in the engine: one appends, one pumps, one follows by cursor. A
 * program of its own because the thread sanitizer cannot start under Criterion. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "store_dir.h"

enum { RECORDS = 40000 };

static struct journal *journal;
static _Atomic bool appended_all;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n%s\n", __FILE__, __LINE__, #condition, error_text());      \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static void *append_all(void *unused)
{
    uint64_t seq = 1;

    (void)unused;
    while (seq <= RECORDS) {
        enum journal_purpose purpose = seq % 2 == 0 ? JOURNAL_FOR_NEW_RISK : JOURNAL_FOR_CANCEL;
        uint64_t got = 0;
        if (!journal_has_room(journal, purpose, (int64_t)seq)) {
            sched_yield();
            continue;
        }
        CHECK(pattern_append(journal, seq, 200, &got) == 0);
        CHECK(got == seq);
        seq++;
    }
    atomic_store(&appended_all, true);
    return NULL;
}

static void *pump(void *unused)
{
    (void)unused;
    while (!atomic_load(&appended_all) || journal_synced_seq(journal) < RECORDS) {
        struct timespec pause = {.tv_nsec = 200000};
        CHECK(journal_pump(journal) == 0);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static void *follow(void *unused)
{
    struct journal_reader *cursor = NULL;
    struct journal_record record;
    struct journal_health health;
    uint64_t next = 1;

    (void)unused;
    CHECK(journal_cursor_open(journal, 1, &cursor) == 0);
    while (next <= RECORDS) {
        int status = journal_reader_next(cursor, &record);
        CHECK(status >= 0);
        if (status == 0) {
            journal_get_health(journal, &health);
            CHECK(health.state == JOURNAL_OK);
            CHECK(health.synced_seq <= health.written_seq ||
                  health.written_seq <= health.appended_seq);
            sched_yield();
            continue;
        }
        CHECK(record.seq == next && pattern_is(&record));
        CHECK(journal_is_synced(journal, record.seq));
        next++;
    }
    journal_reader_close(cursor);
    return NULL;
}

static void follow_each_other(void)
{
    char dir[PATH_MAX];
    pthread_t threads[3];

    store_dir_make(dir);
    struct journal_config config = store_config(dir);
    CHECK(journal_open(&config, &journal, NULL) == 0);
    CHECK(pthread_create(&threads[0], NULL, append_all, NULL) == 0);
    CHECK(pthread_create(&threads[1], NULL, pump, NULL) == 0);
    CHECK(pthread_create(&threads[2], NULL, follow, NULL) == 0);
    for (int i = 0; i < 3; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(journal_close(journal) == 0);
    CHECK(pattern_count(dir) == RECORDS);
    CHECK(journal_verify(dir, NULL) == 0);
    store_dir_remove(dir);
}

static void *pump_once(void *unused)
{
    (void)unused;
    CHECK(journal_pump(journal) == 0);
    return NULL;
}

/* A disk that does not answer: appending goes on, new risk ends, cancels go on, and nothing is lost
 * when it comes back. */
static void freeze(void)
{
    char dir[PATH_MAX];
    pthread_t thread;
    struct faulty faulty;
    const int64_t second = 1000000000;

    store_dir_make(dir);
    faulty_init(&faulty);
    struct journal_config config = store_config(dir);
    config.io = &faulty.io;
    CHECK(journal_open(&config, &journal, NULL) == 0);
    int writes = faulty.writes;
    atomic_store(&faulty.frozen, true);
    CHECK(pattern_append(journal, 1, 200, NULL) == 0);
    CHECK(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, second));
    CHECK(pthread_create(&thread, NULL, pump_once, NULL) == 0);
    while (faulty.writes == writes) {
        sched_yield();
    }
    CHECK(pattern_append(journal, 2, 200, NULL) == 0);
    CHECK(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 2 * second));
    CHECK(!journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 3 * second));
    CHECK(journal_has_room(journal, JOURNAL_FOR_CANCEL, 3 * second));
    CHECK(pattern_append(journal, 3, 200, NULL) == 0);
    CHECK(journal_synced_seq(journal) == 0);
    atomic_store(&faulty.frozen, false);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(journal_synced_seq(journal) >= 1);
    CHECK(journal_has_room(journal, JOURNAL_FOR_NEW_RISK, 4 * second));
    CHECK(journal_close(journal) == 0);
    CHECK(pattern_count(dir) == 3);
    store_dir_remove(dir);
}

int main(void)
{
    follow_each_other();
    freeze();
    return 0;
}
