#include "model/ledger.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/str.h"

void ledger_release(struct ledger *ledger)
{
    free(ledger->assets);
    free(ledger->positions);
    memset(ledger, 0, sizeof(*ledger));
}

const struct asset *ledger_asset_find(const struct ledger *ledger, uint32_t account,
                                      const char *name)
{
    for (uint32_t i = 0; i < ledger->asset_count; i++) {
        if (ledger->assets[i].account == account && strcmp(ledger->assets[i].name, name) == 0) {
            return &ledger->assets[i];
        }
    }
    return NULL;
}

static int grow(void **items, size_t item_size, uint32_t count, uint32_t *cap)
{
    if (count < *cap) {
        return 0;
    }
    uint32_t bigger = *cap == 0 ? 64 : *cap * 2;
    void *grown = realloc(*items, bigger * item_size);
    if (grown == NULL) {
        return error_set(ERR_NOMEM, "ledger of %u lines", bigger);
    }
    *items = grown;
    *cap = bigger;
    return 0;
}

struct asset *ledger_asset(struct ledger *ledger, uint32_t account, const char *name)
{
    const struct asset *found = ledger_asset_find(ledger, account, name);
    if (found != NULL) {
        return &ledger->assets[found - ledger->assets];
    }
    void *items = ledger->assets;
    if (grow(&items, sizeof(struct asset), ledger->asset_count, &ledger->asset_cap) != 0) {
        return NULL;
    }
    ledger->assets = items;
    struct asset *asset = &ledger->assets[ledger->asset_count++];
    memset(asset, 0, sizeof(*asset));
    asset->account = account;
    (void)str_copy(asset->name, sizeof(asset->name), name);
    return asset;
}

struct position *ledger_position(struct ledger *ledger, uint32_t account, uint32_t strategy,
                                 const char *base, const char *quote)
{
    for (uint32_t i = 0; i < ledger->position_count; i++) {
        struct position *p = &ledger->positions[i];
        if (p->account == account && p->strategy == strategy && strcmp(p->base, base) == 0 &&
            strcmp(p->quote, quote) == 0) {
            return p;
        }
    }
    void *items = ledger->positions;
    if (grow(&items, sizeof(struct position), ledger->position_count, &ledger->position_cap) != 0) {
        return NULL;
    }
    ledger->positions = items;
    struct position *position = &ledger->positions[ledger->position_count++];
    memset(position, 0, sizeof(*position));
    position->account = account;
    position->strategy = strategy;
    (void)str_copy(position->base, sizeof(position->base), base);
    (void)str_copy(position->quote, sizeof(position->quote), quote);
    return position;
}

static int add_signed(struct sofia_wide *sum, struct sofia_wide amount, int negative)
{
    int rc = negative ? sofia_wide_sub(*sum, amount, sum) : sofia_wide_add(*sum, amount, sum);
    return rc == 0 ? 0 : error_set(ERR_LIMIT, "a ledger sum leaves its range");
}

static int move_asset(struct ledger *ledger, uint32_t account, const char *name,
                      struct sofia_wide amount, int negative)
{
    struct asset *asset = ledger_asset(ledger, account, name);
    return asset == NULL ? ERR_NOMEM : add_signed(&asset->traded, amount, negative);
}

/* whole * part / of; all of it when part is of. */
static int share(struct sofia_wide whole, struct sofia_wide part, struct sofia_wide of,
                 struct sofia_wide *ret)
{
    struct sofia_wide product;
    if (sofia_wide_cmp(part, of) == 0) {
        *ret = whole;
        return 0;
    }
    int rc = sofia_wide_mul(whole, part, LEDGER_COST_DIGITS, SOFIA_ROUND_HALF_EVEN, &product);
    rc = rc != 0 ? rc : sofia_wide_div(product, of, LEDGER_COST_DIGITS, SOFIA_ROUND_HALF_EVEN, ret);
    return rc == 0 ? 0 : error_set(ERR_LIMIT, "a cost basis leaves its range");
}

/* What closes releases its share of the cost and realises the difference; what opens adds to the cost. Cost has the sign of the
 * position: a short has received, not paid. */
static int position_trade(struct position *p, const struct record_fill *fill)
{
    int buys = fill->side == SOFIA_SIDE_BUY;
    int sign = sofia_wide_sign(p->qty);
    struct sofia_wide qty = sofia_wide_of(fill->qty);
    struct sofia_wide held = sofia_wide_zero();
    struct sofia_wide released = sofia_wide_zero();
    struct sofia_wide closing_quote = sofia_wide_zero();
    struct sofia_wide opening_quote = fill->quote_qty;
    int rc = sofia_wide_abs(p->qty, &held);
    if (rc == 0 && sign != 0 && (sign > 0) != (buys != 0)) {
        struct sofia_wide closing = sofia_wide_cmp(qty, held) < 0 ? qty : held;
        rc = share(p->cost, closing, held, &released);
        rc = rc != 0 ? rc : share(fill->quote_qty, closing, qty, &closing_quote);
        rc = rc != 0 ? rc : sofia_wide_sub(fill->quote_qty, closing_quote, &opening_quote);
    }
    rc = rc != 0 ? rc : add_signed(&p->qty, qty, !buys);
    rc = rc != 0 ? rc : add_signed(&p->cost, released, 1);
    rc = rc != 0 ? rc : add_signed(&p->cost, opening_quote, !buys);
    rc = rc != 0 ? rc : add_signed(&p->realized, closing_quote, buys);
    return rc != 0 ? rc : add_signed(&p->realized, released, 1);
}

/* A fee in the base asset is given away for nothing: the cost stays with what is left. When nothing is left it is realised. */
static int position_fee(struct position *p, const struct record_fill *fill)
{
    int sign = sofia_wide_sign(p->qty);
    int rc = add_signed(&p->qty, fill->fee, 1);
    if (rc != 0 || (sign != 0 && sofia_wide_sign(p->qty) == sign)) {
        return rc;
    }
    rc = add_signed(&p->realized, p->cost, 1);
    p->cost = sofia_wide_zero();
    return rc;
}

static int position_fill(struct position *p, const struct record_fill *fill)
{
    int rc = position_trade(p, fill);
    if (rc != 0 || sofia_wide_is_absent(fill->fee)) {
        return rc;
    }
    if (strcmp(fill->fee_asset, p->base) == 0) {
        return position_fee(p, fill);
    }
    if (strcmp(fill->fee_asset, p->quote) == 0) {
        return add_signed(&p->fees_quote, fill->fee, 0);
    }
    return 0;
}

int ledger_fill(struct ledger *ledger, const struct record_fill *fill, const char *base,
                const char *quote, struct position *position)
{
    int buys = fill->side == SOFIA_SIDE_BUY;
    int rc = position == NULL ? 0 : position_fill(position, fill);
    rc = rc != 0 ? rc : move_asset(ledger, fill->account, base, sofia_wide_of(fill->qty), !buys);
    rc = rc != 0 ? rc : move_asset(ledger, fill->account, quote, fill->quote_qty, buys);
    if (rc != 0 || sofia_wide_is_absent(fill->fee) || fill->fee_asset[0] == '\0') {
        return rc;
    }
    struct asset *paid = ledger_asset(ledger, fill->account, fill->fee_asset);
    if (paid == NULL) {
        return ERR_NOMEM;
    }
    bool third = strcmp(fill->fee_asset, base) != 0 && strcmp(fill->fee_asset, quote) != 0;
    rc = add_signed(&paid->fees, fill->fee, 0);
    return rc != 0 || !third || position == NULL ? rc : add_signed(&paid->third_fees, fill->fee, 0);
}

int ledger_baseline(struct ledger *ledger, const struct record_baseline *record)
{
    struct asset *asset = ledger_asset(ledger, record->account, record->asset);
    if (asset == NULL) {
        return ERR_NOMEM;
    }
    if (record->what == BASELINE_START) {
        asset->has_baseline = 1;
        return add_signed(&asset->baseline, record->amount, 0);
    }
    return add_signed(&asset->transfers, record->amount, 0);
}

int asset_expected(const struct asset *asset, struct sofia_wide *ret_total)
{
    struct sofia_wide total = asset->baseline;
    int rc = add_signed(&total, asset->traded, 0);
    rc = rc != 0 ? rc : add_signed(&total, asset->fees, 1);
    rc = rc != 0 ? rc : add_signed(&total, asset->transfers, 0);
    if (rc == 0) {
        *ret_total = total;
    }
    return rc;
}
