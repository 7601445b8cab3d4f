/* The ledger: what the fills did to each asset, and who owns the position.
 *
 *     fill ---> asset(account, "BTC")    baseline + traded - fees + transfers = what the venue must show
 *          \--> position(account, strategy, "BTC")   qty, cost, realised: what the strategy has done
 *
 * Two views of the same fill. The asset line is the whole account, compared with the venue's balances. The position line is
 * attributed: only fills of that strategy, less the fees taken in the base asset, since a journaled baseline; the owner's
 * wallet is not in it. A fill of a foreign order moves the asset line only.
 *
 * Cost basis: what opens adds its quote amount (a short subtracts it: cost has the sign of the position); what closes releases
 * cost * closed / held, rounded half-even to 18 fractional digits, and going flat releases all that is left, so no crumb of cost
 * survives a closed position, also when a fee in the base asset closes it. A fill through zero closes first and opens with the rest. The average price is derived for
 * display, never stored.
 *
 * Owner: struct state. Thread: trade (or the one that replays). Errors: ERR_LIMIT if a sum leaves 128 bits.
 */
#ifndef MODEL_LEDGER_H
#define MODEL_LEDGER_H

#include <stdint.h>

#include <sofia/decimal.h>

#include "model/record.h"

#define LEDGER_COST_DIGITS (-18)

struct asset {
    uint32_t account;
    uint32_t has_baseline;
    struct sofia_wide baseline;
    struct sofia_wide traded; /* signed: fills, own and foreign */
    struct sofia_wide fees;   /* paid in this asset */
    struct sofia_wide
        third_fees; /* the part of own fees that is neither base nor quote of its order (a discount token) */
    struct sofia_wide transfers; /* signed */
    struct sofia_wide free;      /* as the venue last told */
    struct sofia_wide locked;
    int64_t told_ns;
    char name[SOFIA_ASSET_SIZE];
};

struct position {
    uint32_t account;
    uint32_t strategy;
    char base[SOFIA_ASSET_SIZE];
    char quote[SOFIA_ASSET_SIZE];
    struct sofia_wide qty;
    struct sofia_wide cost;
    struct sofia_wide realized;   /* in quote, before fees in quote */
    struct sofia_wide fees_quote; /* fees taken in the quote asset */
    struct sofia_wide working_buy;
    struct sofia_wide working_sell;
    uint32_t open_orders;
};

struct ledger {
    struct asset *assets;
    uint32_t asset_count;
    uint32_t asset_cap;
    struct position *positions;
    uint32_t position_count;
    uint32_t position_cap;
};

void ledger_release(struct ledger *ledger);

/* Finds or makes the line. NULL without memory. Pointers live until the next call that makes one; indexes for ever. */
struct asset *ledger_asset(struct ledger *ledger, uint32_t account, const char *name);
const struct asset *ledger_asset_find(const struct ledger *ledger, uint32_t account,
                                      const char *name);
struct position *ledger_position(struct ledger *ledger, uint32_t account, uint32_t strategy,
                                 const char *base, const char *quote);

/* Books one fill. own: position is the strategy's line; NULL for a foreign fill. */
int ledger_fill(struct ledger *ledger, const struct record_fill *fill, const char *base,
                const char *quote, struct position *position);

int ledger_baseline(struct ledger *ledger, const struct record_baseline *record);

/* baseline + traded - fees + transfers */
int asset_expected(const struct asset *asset, struct sofia_wide *ret_total);

#endif
