/* The venue's words and names in Sofia's terms, and the table of symbols this instance deals with.
 *
 * Words: a text nobody knows maps to 0 ("not understood"), never to the nearest guess. Symbols:
 * base and quote come from exchangeInfo; a symbol text is never cut apart and never translated.
 *
 * Owner: struct binance; the rows are allocated at create and stay where they are. Thread: [trade].
 */
#ifndef BINANCE_MAP_H
#define BINANCE_MAP_H

#include <stddef.h>

#include <sofia/event.h>

#include "depth.h"

struct binance_symbol {
    uint32_t instrument; /* the core's number; 0: not told yet */
    uint32_t wanted;     /* market data is wanted */
    uint32_t subscribed; /* asked for on the connection that is up */
    uint32_t listing;    /* number of the exchangeInfo listing that named it last */
    uint64_t message_id; /* of the SUBSCRIBE that asked for it */
    uint64_t ticker_id;  /* newest told */
    uint64_t trade_id;
    char venue_symbol[SOFIA_NAME_SIZE];
    char stream[SOFIA_NAME_SIZE]; /* lower case, as stream names want it */
    struct sofia_instrument rules;
    struct binance_depth depth;
};

struct binance_symbols {
    struct binance_symbol *rows;
    uint32_t *slots; /* open addressing; row + 1, 0: free */
    uint32_t count;
    uint32_t capacity;
    uint32_t slot_mask;
};

int binance_symbols_init(struct binance_symbols *symbols, uint32_t capacity);
void binance_symbols_release(struct binance_symbols *symbols);
struct binance_symbol *binance_symbol_find(const struct binance_symbols *symbols, const char *text,
                                           size_t len);
struct binance_symbol *binance_symbol_of(const struct binance_symbols *symbols,
                                         uint32_t instrument);
/* The row of that venue symbol, made if it is new. NULL: the table is full or the text is no
 * symbol. */
struct binance_symbol *binance_symbol_add(struct binance_symbols *symbols, const char *text,
                                          size_t len);
uint32_t binance_symbol_index(const struct binance_symbols *symbols,
                              const struct binance_symbol *symbol);

uint32_t binance_side_of(const char *text, size_t len);
uint32_t binance_state_of(const char *text, size_t len);
uint32_t binance_tif_of(const char *text, size_t len);
/* Also the order flags that the type implies: LIMIT_MAKER is a post-only LIMIT. */
uint32_t binance_type_of(const char *text, size_t len, uint32_t *ret_flags);
uint32_t binance_status_of(const char *text, size_t len);
uint32_t binance_feature_of(const char *text, size_t len); /* of an order type */

#endif
