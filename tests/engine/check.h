/* Facts that are checked from several threads, and counted when false.
 *
 * Owner: the program. Thread: any.
 */
#ifndef TESTS_ENGINE_CHECK_H
#define TESTS_ENGINE_CHECK_H

#include <stdatomic.h>
#include <stdio.h>

extern _Atomic int check_failed;
extern _Atomic int check_count;

#define CHECK(fact, ...)                                                                           \
    do {                                                                                           \
        check_count++;                                                                             \
        if (!(fact)) {                                                                             \
            check_failed++;                                                                        \
            fprintf(stderr, "%s:%d: in %s: not true: %s: ", __FILE__, __LINE__, __func__, #fact);  \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fputc('\n', stderr);                                                                   \
        }                                                                                          \
    } while (0)

#endif
