/* A desk that trades A against B, driven by short lines, and what it has told so far. */
#ifndef PAPER_RIG_H
#define PAPER_RIG_H

#include "desk.h"

struct told {
    char fills[1024]; /* "buy 0.5@101 taker; ..." */
    uint32_t fill_count;
    uint32_t order_count;
    uint32_t asset_count;
};

struct rig {
    struct desk desk;
    struct desk_symbol *symbol;
    struct told told;
    const char *refusal; /* of the last submit */
    int64_t now_ns;
    uint64_t ids;
};

/* 10 A and 1000 B; no fees. */
void rig_init(struct rig *rig);
void rig_release(struct rig *rig);
/* Prices and quantities as texts; NULL: that side is empty. */
void rig_quote(struct rig *rig, const char *bid, const char *bid_qty, const char *ask,
               const char *ask_qty);
void rig_print(struct rig *rig, uint32_t aggressor, const char *price, const char *qty);
/* price NULL: a market order. tif: one of SOFIA_TIF_..., or RIG_POST. NULL: refused. */
#define RIG_POST 100u
struct desk_order *rig_submit(struct rig *rig, uint32_t side, uint32_t tif, const char *qty,
                              const char *price);
struct sofia_decimal rig_decimal(const char *text);
/* "free/locked" of an asset. */
const char *rig_money(struct rig *rig, const char *asset);

#endif
