/* The market as the engine sees it: instruments with their rules, tops, books, marks, and what an asset is worth in USD.
 *
 *     INSTRUMENT, TICKER, BOOK, TRADE, CHANNEL events --> market_apply --> top, book, mark --> view, strategies
 *
 * A picture that stands still is the dangerous one. Everything here carries its age; `valid` is true only for a top that is
 * synced (its channel says UP), not crossed and younger than the configured limit. What is not valid is absent for risk.
 *
 * Values in USD: USD is 1; a pegged asset is 1 as long as no live mark contradicts its band; everything else is the live mark of
 * an instrument whose quote has a value. No mark, no value, no new risk.
 *
 * Invariants: an instrument's number is its NAME number in the journal; items are never removed.
 * Owner: the engine. Thread: trade. Errors: the error stack.
 */
#ifndef MARKET_MARKET_H
#define MARKET_MARKET_H

#include <stdbool.h>
#include <stdint.h>

#include <sofia/event.h>
#include <sofia/host.h>
#include <sofia/kit/book.h>

struct exchange;

#define MARKET_PEGS 16
#define MARKET_LEVELS 64 /* kept per side */

struct market_item {
    uint32_t id;      /* NAME_INSTRUMENT */
    uint32_t account; /* NAME_ACCOUNT */
    struct exchange *exchange;
    struct sofia_instrument rules;
    bool declared; /* rules are from this run */
    bool channel_up;
    bool wanted;
    bool has_ticker;
    struct sofia_decimal bid;
    struct sofia_decimal bid_qty;
    struct sofia_decimal ask;
    struct sofia_decimal ask_qty;
    struct sofia_decimal last; /* price of the last public trade */
    int64_t top_mono_ns;       /* when the top was last confirmed; 0: never */
    int64_t last_mono_ns;
    uint64_t events;
    bool book_valid;
    struct sofia_book book;
    struct sofia_level bids[MARKET_LEVELS];
    struct sofia_level asks[MARKET_LEVELS];
};

struct market_peg {
    char asset[SOFIA_ASSET_SIZE];
    char to[SOFIA_ASSET_SIZE];
    uint32_t band_bps;
};

struct market {
    struct market_item **items; /* by id - 1; NULL where not declared in this run */
    uint32_t cap;
    struct market_peg pegs[MARKET_PEGS];
    uint32_t peg_count;
    int64_t stale_ns; /* a top older than this is not valid */
};

void market_init(struct market *market, int64_t stale_ns);
void market_release(struct market *market);
int market_peg(struct market *market, const char *asset, const char *to, uint32_t band_bps);

/* Declares or redeclares under the journal's number. */
int market_declare(struct market *market, uint32_t id, uint32_t account, struct exchange *exchange,
                   const struct sofia_instrument *rules, struct market_item **ret_item);
struct market_item *market_item(const struct market *market, uint32_t id);

/* TICKER, BOOK, TRADE, CHANNEL of one instrument. true: the book was lost, ask the adapter to resync. */
bool market_apply(struct market *market, const struct sofia_event *event, int64_t mono_ns);

/* Nothing of this exchange is to be trusted (its stream is down). */
void market_distrust(struct market *market, const struct exchange *exchange);

void market_top(const struct market *market, const struct market_item *item, int64_t mono_ns,
                struct sofia_top *ret_top);

/* Middle of a valid top, else a fresh last trade; absent if neither. */
struct sofia_decimal market_mark(const struct market *market, const struct market_item *item,
                                 int64_t mono_ns);

/* Worth of one unit in USD; absent: not known now. */
struct sofia_wide market_usd(const struct market *market, const char *asset, int64_t mono_ns);

#endif
