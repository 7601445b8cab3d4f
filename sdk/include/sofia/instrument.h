/* Instruments: what can be traded, under which rules.
 *
 * An instrument is a u32 that is valid in one process run only. What lasts is its name, "BTC/USDT" at instance "binance":
 * journal, SQLite, REST and configuration speak names, callbacks speak numbers. An exchange adapter declares instruments by
 * emitting SOFIA_EV_INSTRUMENT (event.h) with this struct; the core assigns the number. Declaring the same name again
 * replaces the rules (a venue changed its tick size), never the number.
 *
 * Grids: price must be a multiple of tick, quantity of lot, counted from zero. A rule that does not exist at the venue is
 * absent (exponent 127), which is not zero. The core enforces every rule here before an order leaves (station "rules").
 *
 * Fields for derivatives (multiplier, expiry, strike, settle) are part of ABI 1 so that adding such a venue later changes no
 * struct; spot adapters leave them absent or 0.
 *
 * Owner: whoever holds the struct; plain data. Thread: any.
 */
#ifndef SOFIA_INSTRUMENT_H
#define SOFIA_INSTRUMENT_H

#include <sofia/abi.h>
#include <sofia/decimal.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SOFIA_INSTRUMENT_SPOT 1u
#define SOFIA_INSTRUMENT_PERPETUAL 2u
#define SOFIA_INSTRUMENT_FUTURE 3u
#define SOFIA_INSTRUMENT_OPTION 4u

#define SOFIA_STATUS_TRADING 1u
#define SOFIA_STATUS_CANCEL_ONLY 2u /* no new orders; cancels pass */
#define SOFIA_STATUS_HALTED 3u      /* no new orders; cancels pass */
#define SOFIA_STATUS_UNKNOWN 4u     /* a word of the venue nobody knows: not tradable */

/* Which order features the instrument takes (bits). */
#define SOFIA_CAN_LIMIT 1u
#define SOFIA_CAN_MARKET 2u
#define SOFIA_CAN_POST_ONLY 4u
#define SOFIA_CAN_IOC 8u
#define SOFIA_CAN_FOK 16u
#define SOFIA_CAN_AMEND 32u

/* When the notional bounds apply to market orders, which have no price of their own (bits). */
#define SOFIA_NOTIONAL_MIN_ON_MARKET 1u
#define SOFIA_NOTIONAL_MAX_ON_MARKET 2u

/* One instrument with every rule of its venue. An adapter fills it from the venue's listing and emits it; a strategy reads it
 * to put prices and quantities on the grid before it asks, instead of being denied. */
struct sofia_instrument {
    uint32_t size;
    uint32_t kind;
    uint32_t status;
    uint32_t features;
    uint32_t notional_flags;
    /* counted by the core with pending and in-doubt orders */
    uint32_t max_open_orders;           /* per account on this instrument; 0: no rule */
    int64_t expiry_ns;                  /* 0: none */
    char name[SOFIA_NAME_SIZE];         /* "BTC/USDT" */
    char venue_symbol[SOFIA_NAME_SIZE]; /* "BTCUSDT", as the wire wants it */
    char base[SOFIA_ASSET_SIZE];
    char quote[SOFIA_ASSET_SIZE];
    char settle[SOFIA_ASSET_SIZE]; /* spot: the quote */
    struct sofia_decimal tick;     /* price step */
    struct sofia_decimal lot;      /* quantity step */
    struct sofia_decimal min_price;
    struct sofia_decimal max_price;
    struct sofia_decimal min_qty;
    struct sofia_decimal max_qty;
    struct sofia_decimal
        market_lot; /* extra rules for market orders; absent: only the ones above */
    struct sofia_decimal market_min_qty;
    struct sofia_decimal market_max_qty;
    struct sofia_decimal min_notional; /* price * quantity, in quote */
    struct sofia_decimal max_notional;
    struct sofia_decimal bid_mult_up; /* buy price <= reference * up, >= reference * down */
    struct sofia_decimal bid_mult_down;
    struct sofia_decimal ask_mult_up;
    struct sofia_decimal ask_mult_down;
    struct sofia_decimal multiplier; /* contract size in base; spot: absent means 1 */
    struct sofia_decimal strike;
    struct sofia_decimal max_position; /* base held + working buys */
};

#ifdef __cplusplus
}
#endif
#endif
