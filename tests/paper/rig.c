#include "rig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

struct sofia_decimal rig_decimal(const char *text)
{
    struct sofia_decimal value = sofia_decimal_absent();

    if (text != NULL) {
        cr_assert_eq(sofia_decimal_parse(text, strlen(text), &value), 0, "%s", text);
    }
    return value;
}

static void on_fill(void *ctx, const struct desk_order *order, const struct desk_fill *fill)
{
    struct rig *rig = ctx;
    char qty[SOFIA_DECIMAL_TEXT];
    char price[SOFIA_DECIMAL_TEXT];
    size_t used = strlen(rig->told.fills);

    sofia_decimal_print(fill->qty, qty, sizeof(qty));
    sofia_decimal_print(fill->price, price, sizeof(price));
    snprintf(rig->told.fills + used, sizeof(rig->told.fills) - used, "%s%s %s@%s %s",
             used > 0 ? "; " : "", order->side == SOFIA_SIDE_BUY ? "buy" : "sell", qty, price,
             fill->liquidity == SOFIA_LIQUIDITY_TAKER ? "taker" : "maker");
    rig->told.fill_count++;
}

static void on_order(void *ctx, const struct desk_order *order)
{
    struct rig *rig = ctx;

    cr_assert_neq(order->number, 0);
    rig->told.order_count++;
}

static void on_asset(void *ctx, const struct desk_asset *asset)
{
    struct rig *rig = ctx;

    cr_assert_geq(sofia_wide_sign(asset->free), 0, "%s is below zero", asset->name);
    cr_assert_geq(sofia_wide_sign(asset->locked), 0, "%s: locked is below zero", asset->name);
    rig->told.asset_count++;
}

void rig_init(struct rig *rig)
{
    memset(rig, 0, sizeof(*rig));
    struct desk_owner owner = {
        .ctx = rig, .on_fill = on_fill, .on_order = on_order, .on_asset = on_asset};
    cr_assert_eq(desk_init(&rig->desk, &owner, "life", 2), SOFIA_OK);
    desk_asset(&rig->desk, "A")->free = sofia_wide_of(rig_decimal("10"));
    desk_asset(&rig->desk, "B")->free = sofia_wide_of(rig_decimal("1000"));
    rig->symbol = desk_symbol_put(&rig->desk, "AB", "A", "B");
    cr_assert_not_null(rig->symbol);
    rig->symbol->instrument = 1;
}

void rig_release(struct rig *rig)
{
    desk_release(&rig->desk);
}

void rig_quote(struct rig *rig, const char *bid, const char *bid_qty, const char *ask,
               const char *ask_qty)
{
    struct sofia_event_ticker top = {.bid = rig_decimal(bid),
                                     .bid_qty = rig_decimal(bid_qty),
                                     .ask = rig_decimal(ask),
                                     .ask_qty = rig_decimal(ask_qty)};

    desk_quote(&rig->desk, rig->symbol, &top, ++rig->now_ns);
}

void rig_print(struct rig *rig, uint32_t aggressor, const char *price, const char *qty)
{
    struct sofia_event_trade print = {
        .aggressor = aggressor, .price = rig_decimal(price), .qty = rig_decimal(qty)};

    desk_trade(&rig->desk, rig->symbol, &print, ++rig->now_ns);
}

struct desk_order *rig_submit(struct rig *rig, uint32_t side, uint32_t tif, const char *qty,
                              const char *price)
{
    char id[SOFIA_CLIENT_ID_SIZE];
    struct desk_ticket ticket = {.side = side,
                                 .type = price == NULL ? SOFIA_TYPE_MARKET : SOFIA_TYPE_LIMIT,
                                 .tif = tif == RIG_POST ? SOFIA_TIF_GTC : tif,
                                 .flags = tif == RIG_POST ? SOFIA_ORDER_POST_ONLY : 0,
                                 .qty = rig_decimal(qty),
                                 .price = rig_decimal(price),
                                 .symbol = "AB",
                                 .client_id = id};

    snprintf(id, sizeof(id), "c%llu", (unsigned long long)++rig->ids);
    rig->refusal = NULL;
    return desk_submit(&rig->desk, &ticket, ++rig->now_ns, &rig->refusal);
}

const char *rig_money(struct rig *rig, const char *asset)
{
    static char text[2 * SOFIA_DECIMAL_TEXT];
    const struct desk_asset *found = desk_asset(&rig->desk, asset);
    int len = sofia_wide_print(found->free, text, SOFIA_DECIMAL_TEXT);

    cr_assert_gt(len, 0);
    text[len] = '/';
    cr_assert_gt(sofia_wide_print(found->locked, text + len + 1, SOFIA_DECIMAL_TEXT), 0);
    return text;
}
