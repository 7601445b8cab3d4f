/* Rate budgets: what a venue still lets us ask, and when.
 *
 *      limit ┬──────────── cap of RESERVED uses: cancels
 *            ├──────────── cap of RECOVERY: questions whose answers tell what lives; a quarter of the reserve is not theirs
 *            │  reserve
 *            ├──────────── cap of everything else: market data, an adapter's own questions, new orders
 *            │  used
 *          0 ┴────────────
 *
 * A bucket counts in fixed windows aligned to the venue's clock, or refills continuously. It
 * belongs to a scope, a text such as "binance ip" or "binance account main": instances that name
 * the same scope and bucket share it, as they do at the venue.
 *
 * Invariants: used is the larger of what we booked and what the venue reported in the window; a
 * request is booked in all its buckets or in none; a blocked scope lets nothing pass, whoever asks.
 * Time is the venue's (local wall time plus the clock offset): its windows begin there.
 * Owner: the trade thread's engine. Thread: that one. Pure: no clock, no I/O.
 */
#ifndef NET_BUDGET_H
#define NET_BUDGET_H

#include <stddef.h>
#include <stdint.h>

enum { BUDGET_BUCKETS = 1024, BUDGET_SCOPES = 512, BUDGET_NAME_SIZE = 64 };

struct budget;

enum budget_kind {
    BUDGET_KIND_INVALID = 0,
    BUDGET_WINDOW = 1, /* fixed windows aligned to the clock; used starts at 0 in each */
    BUDGET_DECAY = 2,  /* used falls by limit per window_ns, all the time */
    BUDGET_KIND_COUNT
};

enum budget_use {
    BUDGET_USE_INVALID = 0,
    BUDGET_ORDINARY = 1,
    BUDGET_RESERVED = 2, /* may use the reserve */
    BUDGET_RECOVERY =
        3, /* may use three quarters of it: no question stands in the way of a cancel */
    BUDGET_USE_COUNT
};

enum budget_block {
    BUDGET_BLOCK_INVALID = 0,
    BUDGET_BLOCK_LIMITED =
        1, /* 429: nothing until then, and only reserved uses of the bucket for the rest of its window */
    BUDGET_BLOCK_BANNED = 2, /* 418: nothing until then */
    BUDGET_BLOCK_COUNT
};

struct budget_spec {
    const char *scope;
    const char *name; /* "weight-1m" */
    enum budget_kind kind;
    uint64_t limit;
    int64_t window_ns;
    uint32_t reserve_percent;
};

struct budget_charge {
    uint32_t bucket;
    uint32_t amount;
};

int budget_new(struct budget **ret_budget);
struct budget *budget_free(struct budget *budget);

/* The bucket of this scope and name, made if it is new. ERR_EXISTS: there with another kind or
 * window; a smaller limit and a larger reserve win. ERR_INVALID, ERR_FULL. */
int budget_add(struct budget *budget, const struct budget_spec *spec, uint32_t *ret_bucket);

/* ask: could these be booked now? take: book them. 0; ERR_AGAIN with the time at which asking again
 * makes sense (not a promise); ERR_LIMIT: more than the cap even of an empty bucket. The last two
 * set no error text: they are expected answers. */
int budget_ask(struct budget *budget, const struct budget_charge *charges, size_t count,
               enum budget_use use, int64_t venue_ns, int64_t *ret_until_ns);
int budget_take(struct budget *budget, const struct budget_charge *charges, size_t count,
                enum budget_use use, int64_t venue_ns, int64_t *ret_until_ns);

/* Booked, and certainly never reached the venue. */
void budget_give_back(struct budget *budget, const struct budget_charge *charges, size_t count,
                      int64_t venue_ns);

/* What an answer's headers say was used in the window in which the answer was made. */
void budget_report_used(struct budget *budget, uint32_t bucket, uint64_t used, int64_t venue_ns);
void budget_limit_set(struct budget *budget, uint32_t bucket, uint64_t limit);
/* Another speed of refilling, from this time on. Nothing happens to a bucket that counts in windows. */
void budget_window_set(struct budget *budget, uint32_t bucket, int64_t window_ns, int64_t venue_ns);

/* What cancelling everything live would cost, summed over those who share the bucket: this, or the
 * percentage if that is more, is kept from ordinary uses. */
void budget_reserve_change(struct budget *budget, uint32_t bucket, int64_t delta);

/* A 429 or 418 about this bucket: its whole scope is silent until then. Never shortens a block. ERR_INVALID. */
int budget_blocked_until(struct budget *budget, uint32_t bucket, enum budget_block block,
                         int64_t until_ns);

uint64_t budget_used(struct budget *budget, uint32_t bucket, int64_t venue_ns);
uint64_t budget_limit(const struct budget *budget, uint32_t bucket);

#endif
