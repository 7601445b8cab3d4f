/* Counts what one thread does between two calls: allocations, by who asked for them, and sends on sockets.
 *
 *     LD_PRELOAD=bench_count.so bench_order ...
 *     count_begin() ... order ... count_end(&counts)
 *
 * A library of its own, because only a preloaded one sees the calls of libcurl and OpenSSL too. Allocations are split by the
 * return address: the engine (the program itself and its plugins) or a library. What libc allocates for its callers
 * (strdup) counts as a library's. Thread: the one that calls count_begin.
 */
#ifndef BENCH_COUNT_H
#define BENCH_COUNT_H

#include <stdint.h>

struct counts {
    uint64_t engine_to_send; /* allocations until the first byte was handed to a socket */
    uint64_t library_to_send;
    uint64_t engine; /* all of them */
    uint64_t library;
    uint64_t sends; /* send, sendto, sendmsg, write, writev on sockets */
    uint64_t sent_bytes;
};

__attribute__((visibility("default"))) void count_begin(void);
__attribute__((visibility("default"))) void count_end(struct counts *ret_counts);

typedef void (*count_begin_fn)(void);
typedef void (*count_end_fn)(struct counts *ret_counts);

#endif
