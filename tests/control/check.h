/* Facts that are checked, and counted when false.
 *
 * Owner: the program. Thread: main.
 */
#ifndef TESTS_CONTROL_CHECK_H
#define TESTS_CONTROL_CHECK_H

#include <stdio.h>

extern int check_failed;
extern int check_count;

#define CHECK(fact)                                                                                \
    do {                                                                                           \
        check_count++;                                                                             \
        if (!(fact)) {                                                                             \
            check_failed++;                                                                        \
            fprintf(stderr, "%s:%d: in %s: not true: %s\n", __FILE__, __LINE__, __func__, #fact);  \
        }                                                                                          \
    } while (0)

#endif
