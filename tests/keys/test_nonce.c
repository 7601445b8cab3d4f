/* Numbers that only grow: across restarts, processes and clocks. */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "keys/nonce.h"

#define T0 1790000000000000000LL

static char dir[64];

static void make_dir(void)
{
    snprintf(dir, sizeof(dir), "/tmp/sofia-nonce-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
}

static void remove_dir(void)
{
    char command[100];
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    cr_expect_eq(system(command), 0);
}

TestSuite(nonce, .init = make_dir, .fini = remove_dir);

static struct nonce *open_one(const char *name)
{
    struct nonce *nonce = NULL;
    cr_assert_eq(nonce_open(dir, name, &nonce), 0, "%s", error_text());
    return nonce;
}

Test(nonce, it_follows_the_clock_and_never_repeats)
{
    struct nonce *nonce = open_one("a");
    cr_assert_eq(nonce_next(nonce, T0), (uint64_t)T0);
    cr_assert_eq(nonce_next(nonce, T0), (uint64_t)T0 + 1, "the clock stood still");
    cr_assert_eq(nonce_next(nonce, T0 - 3600000000000), (uint64_t)T0 + 2, "the clock went back");
    cr_assert_eq(nonce_next(nonce, T0 + 1000), (uint64_t)T0 + 1000);
    nonce_close(nonce);
}

Test(nonce, it_survives_a_process_that_is_killed)
{
    pid_t child = fork();
    if (child == 0) {
        struct nonce *nonce = open_one("a");
        (void)nonce_next(nonce, T0 + 500);
        (void)kill(getpid(), SIGKILL);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
    struct nonce *nonce = open_one("a");
    cr_assert_eq(nonce_next(nonce, T0), (uint64_t)T0 + 501);
    nonce_close(nonce);
}

Test(nonce, two_processes_never_give_the_same)
{
    enum { MANY = 20000 };
    struct nonce *nonce = open_one("a");
    int pipes[2];
    cr_assert_eq(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        struct nonce *other = open_one("a");
        uint64_t sum = 0;
        for (int i = 0; i < MANY; i++) {
            sum += nonce_next(other, 1);
        }
        (void)!write(pipes[1], &sum, sizeof(sum));
        _exit(0);
    }
    uint64_t mine = 0;
    uint64_t theirs = 0;
    for (int i = 0; i < MANY; i++) {
        mine += nonce_next(nonce, 1);
    }
    cr_assert_eq(read(pipes[0], &theirs, sizeof(theirs)), (ssize_t)sizeof(theirs));
    cr_assert_eq(waitpid(child, NULL, 0), child);
    /* All numbers from 1 to 2 * MANY, each once. */
    cr_assert_eq(mine + theirs, (uint64_t)MANY * (2 * MANY + 1));
    nonce_close(nonce);
}

Test(nonce, each_key_has_its_own)
{
    struct nonce *a = open_one("a");
    struct nonce *b = open_one("b");
    (void)nonce_next(a, T0 + 10);
    cr_assert_eq(nonce_next(b, T0), (uint64_t)T0);
    nonce_close(a);
    nonce_close(b);
}

Test(nonce, a_file_that_is_not_one_is_refused_and_left_alone)
{
    char path[100];
    struct nonce *nonce = NULL;
    const char *const contents[] = {"123456789", "something else!!"};
    snprintf(path, sizeof(path), "%s/a", dir);
    for (size_t i = 0; i < 2; i++) {
        char back[32] = "";
        FILE *file = fopen(path, "w");
        fputs(contents[i], file);
        fclose(file);
        cr_assert_eq(nonce_open(dir, "a", &nonce), ERR_PARSE);
        file = fopen(path, "r");
        cr_assert_not_null(fgets(back, sizeof(back), file));
        fclose(file);
        cr_assert_str_eq(back, contents[i]);
    }
}
