#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "keys/keys.h"

Test(process, hardening_forbids_dumps_and_onlookers)
{
    struct rlimit core;

    cr_assert_eq(keys_harden_process(), 0, "%s", error_text());
    cr_assert_eq(prctl(PR_GET_DUMPABLE), 0);
    cr_assert_eq(getrlimit(RLIMIT_CORE, &core), 0);
    cr_assert_eq(core.rlim_max, 0);
    cr_assert_eq(keys_harden_process(), 0, "a second time changes nothing");
}

Test(process, a_forked_child_does_not_inherit_the_bytes)
{
    struct keys *keys = NULL;
    uint64_t handle = 0;
    int status = 0;

    cr_assert_eq(keys_new(1, &keys), 0);
    cr_assert_eq(keys_put(keys, "secret", 6, "k", &handle), 0);
    pid_t child = fork();
    if (child == 0) {
        char buf[16] = "";
        size_t len = 0;
        int found = keys_copy_text(keys, handle, buf, sizeof(buf), &len) == 0 &&
                    memcmp(buf, "secret", 6) == 0;
        _exit(found ? 1 : 0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child read the parent's secret");
    keys_free(keys);
}

/* Flags of the mapping that contains the secret, as the kernel shows them. */
static int has_flags(const char *first, const char *second)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    int found = 0;

    while (fgets(line, sizeof(line), maps) != NULL) {
        if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, first) != NULL &&
            strstr(line, second) != NULL) {
            found++;
        }
    }
    fclose(maps);
    return found;
}

Test(process, the_memory_of_a_store_is_not_dumped_and_wiped_on_fork)
{
    struct keys *keys = NULL;
    int before = has_flags(" dd", " wf");

    cr_assert_eq(keys_new(4, &keys), 0);
    cr_assert_eq(has_flags(" dd", " wf"), before + 1);
#ifndef SOFIA_SANITIZED /* sanitizers turn mlock into nothing */
    if (keys_is_locked(keys)) {
        cr_assert_geq(has_flags(" lo", " wf"), 1);
    }
#endif
    keys_free(keys);
    cr_assert_eq(has_flags(" dd", " wf"), before);
}
