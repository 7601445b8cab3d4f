/* A price-level book of bounded depth in the caller's memory: what adapters keep in step with a
 * venue's stream and what the market layer reads.
 *
 *     bids, best first              asks, best first
 *     60000.10   0.50               60000.20   1.10
 *     60000.00   2.00               60000.30   0.05
 *     59999.80   0.75               60001.00   4.00
 *
 * In memory each side is sorted the other way round, the best level at the end: nearly every change
 * is near the top, so it moves few levels, and finding a price starts at the top and doubles its
 * steps.
 *
 * Invariants, after every call:
 *   - no two levels of a side have the same price (by value: 1.0 is 1.00), none has quantity 0;
 *   - bids fall and asks rise from the best;
 *   - a side holds at most `max` levels. If one more comes, the worst level is let go, or is the
 *     newcomer itself; each is counted in `truncated`. From then on the levels below the last one
 *     are unknown, not empty: a side with truncated > 0 that has become short needs a new snapshot.
 *   - a call that fails changes nothing.
 *
 * The book does not judge its content: a crossed book (bid at or above ask) is kept as told and
 * shown by sofia_book_crossed, because only the adapter knows whether it means a lost message. It
 * has no clock; the time is given.
 *
 * Memory: two arrays of `cap` levels, 32 bytes a level, nothing else.
 *
 * Owner: the caller, of struct and memory. Thread: one writer and no readers meanwhile.
 * Allocation: none. Errors: the codes of <sofia/kit/decimal.h>.
 */
#ifndef SOFIA_KIT_BOOK_H
#define SOFIA_KIT_BOOK_H

#include <stddef.h>
#include <stdint.h>

#include <sofia/decimal.h>
#include <sofia/event.h>
#include <sofia/order.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sofia_book_side {
    struct sofia_level *levels; /* worst first, best last */
    uint32_t count;
    uint32_t max;       /* levels kept at most, <= the memory */
    uint64_t truncated; /* levels let go since the last clear */
};

/* Read through the functions; the fields are here so that the book can live in the caller's
 * structs. */
struct sofia_book {
    struct sofia_book_side sides[2]; /* 0 bids, 1 asks */
    int64_t touched_ns;              /* last sign of life; INT64_MIN before the first */
    uint32_t cap;                    /* levels of memory a side */
    uint32_t reserved;
};

/* What taking liquidity from one side would give. */
struct sofia_book_take {
    struct sofia_wide qty;      /* what can be had, at most what was asked */
    struct sofia_wide notional; /* sum of price * qty over it; divided by qty: the average price */
    struct sofia_decimal worst; /* price of the last level touched; absent if none was */
    uint32_t levels;            /* levels touched */
    uint32_t reserved;
};

/* `bids` and `asks` hold `cap` levels each. The book is empty and has never been touched. */
void sofia_book_init(struct sofia_book *book, struct sofia_level *bids, struct sofia_level *asks,
                     uint32_t cap);

/* Keeps at most `max` levels a side (0 or more than cap: cap); levels beyond it are let go now and
 * counted. */
void sofia_book_limit(struct sofia_book *book, uint32_t max);

/* Forgets all levels and the truncation counts, for a snapshot to follow or because the book is no
 * longer to be trusted. The limit stays. The age is that of never touched. */
void sofia_book_clear(struct sofia_book *book);

/* `side` below is SOFIA_SIDE_BUY for bids, SOFIA_SIDE_SELL for asks; any other value behaves as a
 * side that is empty (reading) or gives ERANGE (writing). */

/* Sets the absolute quantity at a price; 0 deletes the level (deleting what is not there is fine:
 * venues say that too). EABSENT if price or qty is absent, ERANGE if qty is negative or either is
 * no valid decimal. */
int sofia_book_set(struct sofia_book *book, uint32_t side, struct sofia_decimal price,
                   struct sofia_decimal qty);

/* A sign of life of the stream at now_ns, with or without a change. Never goes backwards. */
void sofia_book_touch(struct sofia_book *book, int64_t now_ns);

/* Nanoseconds since the last touch, at least 0; INT64_MAX if there was none. */
int64_t sofia_book_age_ns(const struct sofia_book *book, int64_t now_ns);

uint32_t sofia_book_count(const struct sofia_book *book, uint32_t side);
uint64_t sofia_book_truncated(const struct sofia_book *book, uint32_t side);

/* The n-th level, 0 the best; NULL if there are not so many. Good until the next change. This is
 * the depth walk: for (i = 0; (level = sofia_book_level(book, side, i)) != NULL; i++) */
const struct sofia_level *sofia_book_level(const struct sofia_book *book, uint32_t side,
                                           uint32_t n);

/* The best level: 0, or EABSENT if the side is empty (output untouched). */
int sofia_book_top(const struct sofia_book *book, uint32_t side, struct sofia_level *ret_level);

/* 1 if the best bid is at or above the best ask; 0 if not, or if a side is empty. */
int sofia_book_crossed(const struct sofia_book *book);

/* What an order would find that takes from `side` (a buyer takes from SOFIA_SIDE_SELL) up to `qty`,
 * at prices no worse than `limit` (absent: any). ERANGE if qty is negative or a sum does not fit,
 * EABSENT if it is absent. An empty side is no error: qty is 0 then. */
int sofia_book_take(const struct sofia_book *book, uint32_t side, struct sofia_decimal qty,
                    struct sofia_decimal limit, struct sofia_book_take *ret_take);

#ifdef __cplusplus
}
#endif
#endif
