/* The venue's words, numbers and names in Sofia's terms, and the table of products this instance
 * deals with.
 *
 * Words: a text nobody knows maps to 0 ("not understood"), never to the nearest guess. Products:
 * base and quote come from the listing; a product id is never cut apart.
 *
 * Aliases: BTC-USDC trades on the book of BTC-USD and only pays from another wallet. The venue
 * shows market data under the name of the book, so a row knows the name of its book.
 *
 * Owner: struct coinbase; the rows are allocated at create and stay where they are. Thread: [trade].
 */
#ifndef COINBASE_MAP_H
#define COINBASE_MAP_H

#include <stddef.h>

#include <sofia/event.h>
#include <sofia/kit/book.h>
#include <sofia/kit/json.h>

/* State of a product's market data on the connection that is up. */
enum { PRODUCT_NONE, PRODUCT_ASKED, PRODUCT_ACKED, PRODUCT_LIVE };
/* Bits of `dropping`. */
#define DROP_LEVEL2 1u
#define DROP_TRADES 2u

struct coinbase_symbol {
    uint32_t instrument; /* the core's number; 0: not told yet */
    uint32_t wanted;     /* market data is wanted */
    uint32_t level2;     /* PRODUCT_...; LIVE when the snapshot has come */
    uint32_t trades;     /* PRODUCT_...; LIVE when confirmed */
    uint32_t dropping;   /* DROP_...: to be unsubscribed */
    uint32_t listing;    /* number of the listing that named it last */
    uint32_t maker_only; /* the venue takes post-only orders and no others now */
    int64_t asked_mono_ns;
    int64_t live_mono_ns;       /* since when the book is */
    int64_t not_before_mono_ns; /* a book that was lost waits before it is asked for again */
    uint64_t last_trade;        /* trades up to this id have been told */
    struct sofia_book book;     /* what the core was told, to see a hole in it */
    char venue_symbol[SOFIA_NAME_SIZE];
    char alias[SOFIA_NAME_SIZE]; /* the product whose book it shares; "": its own */
    struct sofia_instrument rules;
};

struct coinbase_symbols {
    struct coinbase_symbol *rows;
    struct sofia_level *levels; /* memory of all books */
    uint32_t count;
    uint32_t capacity;
};

/* `depth` levels a side for each of `capacity` books. */
int coinbase_symbols_init(struct coinbase_symbols *symbols, uint32_t capacity, uint32_t depth);
void coinbase_symbols_release(struct coinbase_symbols *symbols);
struct coinbase_symbol *coinbase_symbol_find(const struct coinbase_symbols *symbols,
                                             struct sofia_slice venue_symbol);
struct coinbase_symbol *coinbase_symbol_of(const struct coinbase_symbols *symbols,
                                           uint32_t instrument);
/* The row of that product, made if it is new. NULL: the table is full or the text is no product. */
struct coinbase_symbol *coinbase_symbol_add(struct coinbase_symbols *symbols,
                                            const char *venue_symbol);
/* Does market data under that name belong to this row? */
int coinbase_symbol_takes(const struct coinbase_symbol *symbol, struct sofia_slice product);

struct coinbase;
/* The core's number of a product, 0 if it has none (yet). */
uint32_t coinbase_instrument(struct coinbase *c, struct sofia_slice venue_symbol);

uint32_t coinbase_side_of(struct sofia_slice text);
uint32_t coinbase_tif_of(struct sofia_slice text);
uint32_t coinbase_type_of(struct sofia_slice text); /* in any of its spellings */
/* Status and what has been filled: 0 for a word nobody knows. An order that waits for a cancel or
 * an edit lives on under its old terms. */
uint32_t coinbase_state_of(struct sofia_slice status, struct sofia_decimal filled);

/* Absent is spelled as null, "" or by leaving the member out; ".5" and "5." are numbers. A number
 * with more digits than the narrow shape holds is absent. */
void coinbase_json_decimal(struct sofia_json *cur, struct sofia_decimal *ret_value);
void coinbase_json_wide(struct sofia_json *cur, struct sofia_wide *ret_value);
/* "true" and true. */
void coinbase_json_flag(struct sofia_json *cur, uint32_t *ret_value);
/* A moment; null, "" and the year 1 are 0. */
void coinbase_json_time(struct sofia_json *cur, int64_t *ret_ns);

#endif
