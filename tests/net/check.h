/* For test programs with their own main: facts that are checked, and counted when false.
 *
 * Owner: the program. Thread: main.
 */
#ifndef TESTS_NET_CHECK_H
#define TESTS_NET_CHECK_H

#include <stdio.h>

static int check_failed;
static int check_count;

#define CHECK(fact)                                                                                \
    do {                                                                                           \
        check_count++;                                                                             \
        if (!(fact)) {                                                                             \
            check_failed++;                                                                        \
            fprintf(stderr, "%s:%d: in %s: not true: %s\n", __FILE__, __LINE__, __func__, #fact);  \
        }                                                                                          \
    } while (0)

/* The exit status of main: nothing checked is a failure too. */
static inline int check_result(void)
{
    fprintf(stderr, "%d checks, %d failed\n", check_count, check_failed);
    return check_failed == 0 && check_count > 0 ? 0 : 1;
}

#endif
