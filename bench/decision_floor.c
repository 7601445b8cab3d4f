/* The least a decision can cost here: eight checks by function pointer, two atomic loads, one row into a table.
 *
 *     bench_decision_floor ORDERS
 *
 * No journal, no views, no verdicts: a bound to divide by, not a program to imitate.
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"

#define CHECKS 8
#define SLOTS 65536u /* power of two */

struct row {
    uint64_t id;
    int64_t price;
    int64_t qty;
    int64_t created_ns;
    uint32_t instrument;
    uint32_t side;
    uint32_t state;
    uint32_t reserved;
    char client_id[40];
    uint64_t rest[5];
};
_Static_assert(sizeof(struct row) == 128, "two cache lines");

struct limits {
    int64_t tick;
    int64_t lot;
    int64_t max_qty;
    int64_t max_price;
    int64_t max_position;
    int64_t position;
    int64_t max_age_ns;
    uint32_t open;
    uint32_t max_open;
};

typedef bool (*check_fn)(const struct limits *limits, const struct row *row, int64_t now_ns);

static bool refuses_tick(const struct limits *l, const struct row *r, int64_t now_ns)
{
    (void)now_ns;
    return r->price % l->tick != 0;
}

static bool refuses_lot(const struct limits *l, const struct row *r, int64_t now_ns)
{
    (void)now_ns;
    return r->qty % l->lot != 0;
}

static bool refuses_qty(const struct limits *l, const struct row *r, int64_t now_ns)
{
    (void)now_ns;
    return r->qty > l->max_qty;
}

static bool refuses_price(const struct limits *l, const struct row *r, int64_t now_ns)
{
    (void)now_ns;
    return r->price > l->max_price;
}

static bool refuses_notional(const struct limits *l, const struct row *r, int64_t now_ns)
{
    (void)now_ns;
    return (__extension__(__int128) r->price * r->qty) >
           (__extension__(__int128) l->max_price * l->max_qty);
}

static bool refuses_position(const struct limits *l, const struct row *r, int64_t now_ns)
{
    (void)now_ns;
    return l->position + r->qty > l->max_position;
}

static bool refuses_open(const struct limits *l, const struct row *r, int64_t now_ns)
{
    (void)now_ns;
    (void)r;
    return l->open >= l->max_open;
}

static bool refuses_age(const struct limits *l, const struct row *r, int64_t now_ns)
{
    return now_ns - r->created_ns > l->max_age_ns;
}

/* volatile: the compiler must not see through the table, as it cannot see through a plugin. */
static check_fn volatile checks[CHECKS] = {refuses_tick,  refuses_lot,      refuses_qty,
                                           refuses_price, refuses_notional, refuses_position,
                                           refuses_open,  refuses_age};
static _Atomic uint32_t killed;
static _Atomic uint32_t live = 1;

static bool decide(struct row *table, const struct limits *limits, const struct row *row,
                   int64_t now_ns)
{
    for (int i = 0; i < CHECKS; i++) {
        if (checks[i](limits, row, now_ns)) {
            return false;
        }
    }
    if (atomic_load_explicit(&killed, memory_order_acquire) != 0 ||
        atomic_load_explicit(&live, memory_order_acquire) == 0) {
        return false;
    }
    uint64_t slot = (row->id * UINT64_C(0x9E3779B97F4A7C15)) >> 48;
    table[slot & (SLOTS - 1)] = *row;
    return true;
}

int main(int argc, char **argv)
{
    struct samples samples;
    const struct limits limits = {.tick = 1000000,
                                  .lot = 1000,
                                  .max_qty = 100000000,
                                  .max_price = INT64_C(100000000000000),
                                  .max_position = 10000000000,
                                  .max_age_ns = INT64_C(5000000000),
                                  .max_open = 100};
    if (argc != 2) {
        bench_fail("usage: bench_decision_floor ORDERS");
    }
    size_t orders = bench_number(argv[1], 1000000);
    size_t warm = orders / 10;
    struct row *table = aligned_alloc(64, SLOTS * sizeof(*table));
    if (table == NULL) {
        bench_fail("no memory");
    }
    memset(table, 0, SLOTS * sizeof(*table));
    samples_init(&samples, orders);
    for (size_t i = 0; i < orders + warm; i++) {
        struct row row = {.id = i + 1,
                          .price = INT64_C(3000000000000) + (int64_t)(i % 7) * 1000000,
                          .qty = 100000,
                          .created_ns = bench_now_ns(),
                          .side = 1,
                          .state = 1};
        int64_t before = bench_now_ns();
        bool passed = decide(table, &limits, &row, before);
        int64_t spent = bench_now_ns() - before;
        if (!passed) {
            bench_fail("order %zu was refused", i);
        }
        if (i >= warm) {
            samples_add(&samples, spent);
        }
    }
    printf("{\"bench\":\"decision\",\"client\":\"floor\",\"orders\":%zu,\"rules\":%d", orders,
           CHECKS);
    samples_print(&samples, "walk");
    printf(",\"rss_kib\":%" PRId64 "}\n", bench_rss_kib());
    samples_release(&samples);
    free(table);
    return 0;
}
