/* kill -9 at random moments, also during recovery: every record whose append returned is there,
 * once, in order, and at most one more. Prints its seed; a seed as argument repeats the delays. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/str.h"
#include "store_dir.h"

enum { ROUNDS = 30 };

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n%s\n", __FILE__, __LINE__, #condition, error_text());      \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static char dir[PATH_MAX];
static _Atomic uint64_t *acked; /* shared with the child */

static void pause_us(int64_t us)
{
    struct timespec pause = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

    nanosleep(&pause, NULL);
}

static struct journal_config small_config(void)
{
    struct journal_config config = store_config(dir);

    config.segment_bytes = 300 * 1024;
    return config;
}

static void *pump(void *journal)
{
    for (;;) {
        CHECK(journal_pump(journal) == 0);
        pause_us(300);
    }
    return NULL;
}

static void run_child(void)
{
    struct journal_config config = small_config();
    struct journal *journal = NULL;
    struct journal_open_info info;
    pthread_t thread;

    CHECK(journal_open(&config, &journal, &info) == 0);
    CHECK(!info.reboot);
    CHECK(info.last_seq >= atomic_load(acked));
    CHECK(pthread_create(&thread, NULL, pump, journal) == 0);
    uint64_t seq = info.last_seq + 1;
    for (;;) {
        if (pattern_append(journal, seq, JOURNAL_PAYLOAD_MAX, NULL) == 0) {
            atomic_store(acked, seq);
            seq++;
        } else {
            pause_us(100);
        }
    }
}

/* The delay counts from the fork, so that some kills hit the recovery. */
static void kill_after(int64_t us)
{
    int status = 0;
    pid_t child = fork();

    CHECK(child >= 0);
    if (child == 0) {
        run_child();
    }
    pause_us(us);
    CHECK(kill(child, SIGKILL) == 0);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static uint64_t verify(void)
{
    struct journal_config config = small_config();
    struct journal *journal = NULL;
    struct journal_open_info info;

    CHECK(journal_open(&config, &journal, &info) == 0);
    CHECK(!info.reboot);
    CHECK(info.last_seq == atomic_load(acked) || info.last_seq == atomic_load(acked) + 1);
    CHECK(journal_close(journal) == 0);
    CHECK(pattern_count(dir) == (int64_t)info.last_seq);
    return info.ring_records;
}

int main(int argc, char **argv)
{
    int64_t seed = (int64_t)getpid();
    uint64_t rescued = 0;

    if (argc > 1) {
        CHECK(str_to_i64(argv[1], strlen(argv[1]), &seed) == 0);
    }
    printf("seed %lld\n", (long long)seed);
    unsigned short state[3] = {(unsigned short)seed, (unsigned short)(seed >> 16), 0x330e};
    acked = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(acked != MAP_FAILED);
    store_dir_make(dir);
    for (int round = 0; round < ROUNDS; round++) {
        kill_after(nrand48(state) % 25000);
        /* Every third time the next child has to recover by itself, and may be killed doing so. */
        if (round % 3 != 2) {
            rescued += verify();
        }
    }
    rescued += verify();
    printf("%llu records, %llu of them rescued from the ring\n",
           (unsigned long long)atomic_load(acked), (unsigned long long)rescued);
    CHECK(atomic_load(acked) > 1000);
    CHECK(rescued > 0);
    store_dir_remove(dir);
    return 0;
}
