/* Names and words of the venue in Sofia's terms.
 *
 * One asset has up to three spellings and one pair four; none is computed from another by cutting
 * letters off, because real codes begin with X and Z too:
 *
 *     REST id    REST altname   Sofia and WS v2        pair: REST id XXBTZUSD, altname XBTUSD,
 *     XXBT       XBT            BTC                          WS v1 XBT/USD, WS v2 BTC/USD
 *
 * Only two altnames differ from the modern name (XBT, XDG); everything else comes from the venue's
 * tables. Balances have suffixes: X.F is spent like X; every other suffix is an asset of its own.
 *
 * Words: a text nobody knows maps to 0 ("not understood"), never to the nearest guess.
 *
 * Owner: struct kraken; the rows are allocated at create and stay where they are. Thread: [trade].
 */
#ifndef KRAKEN_MAP_H
#define KRAKEN_MAP_H

#include <sofia/event.h>
#include <sofia/kit/text.h>

#include "book.h"

/* A word for the state of a pair or of the venue: whether orders are taken, and which. */
struct kraken_market_state {
    uint32_t status;   /* SOFIA_STATUS_...; 0: not told */
    uint32_t features; /* SOFIA_CAN_... that are left */
};

struct kraken_symbol {
    uint32_t instrument; /* the core's number; 0: not told yet */
    uint32_t wanted;     /* market data is wanted */
    uint32_t subscribed; /* asked for on the connection that is up */
    uint32_t price_precision;
    uint32_t qty_precision;
    struct kraken_market_state rest; /* as AssetPairs had it */
    struct kraken_market_state live; /* as the instrument channel has it */
    uint64_t message_id;             /* of the message that asked for its book */
    char symbol[SOFIA_NAME_SIZE];    /* "BTC/USD": the instrument's name and WS v2's */
    char id[SOFIA_NAME_SIZE];        /* "XXBTZUSD" */
    char altname[SOFIA_NAME_SIZE];   /* "XBTUSD" */
    struct sofia_instrument rules;   /* without the states */
    struct sofia_instrument told;    /* as last emitted */
    struct kraken_book book;
};

struct kraken_symbols {
    struct kraken_symbol *rows;
    uint32_t count;
    uint32_t capacity;
};

int kraken_symbols_init(struct kraken_symbols *symbols, uint32_t capacity);
void kraken_symbols_release(struct kraken_symbols *symbols);
/* By any of its spellings: "BTC/USD", "XXBTZUSD", "XBTUSD". */
struct kraken_symbol *kraken_symbol_find(const struct kraken_symbols *symbols,
                                         struct sofia_slice text);
struct kraken_symbol *kraken_symbol_of(const struct kraken_symbols *symbols, uint32_t instrument);
/* The row of that WS v2 name, made if it is new. NULL: full, or no name. */
struct kraken_symbol *kraken_symbol_add(struct kraken_symbols *symbols, const char *name);

#define KRAKEN_ASSETS 1024
struct kraken_asset {
    char id[SOFIA_ASSET_SIZE];
    char altname[SOFIA_ASSET_SIZE];
};
struct kraken_assets {
    struct kraken_asset rows[KRAKEN_ASSETS];
    uint32_t count;
    uint32_t are_known; /* the whole list has been read */
};
/* Learns that id ("XXBT") and altname ("XBT") are one asset. A full table forgets nothing and learns
 * nothing; names it does not know are shown as the venue prints them. */
void kraken_asset_learn(struct kraken_assets *assets, struct sofia_slice id,
                        struct sofia_slice altname);
/* "XXBT", "XBT", "XBT.F", "SOL03.S" -> "BTC", "BTC", "BTC", "SOL03.S" */
void kraken_asset_name(const struct kraken_assets *assets, struct sofia_slice text,
                       char ret_name[SOFIA_ASSET_SIZE]);
/* "XBT/USD" (WS v1, as `wsname`) -> "BTC/USD" */
int kraken_pair_name(struct sofia_slice wsname, char ret_name[SOFIA_NAME_SIZE]);

uint32_t kraken_side_of(struct sofia_slice text);
uint32_t kraken_type_of(struct sofia_slice text);
uint32_t kraken_tif_of(struct sofia_slice text);
uint32_t kraken_rest_state_of(struct sofia_slice text);
/* order_status of the executions channel. */
uint32_t kraken_state_of(struct sofia_slice text);
struct kraken_market_state kraken_market_state_of(struct sofia_slice text);

#endif
