/* What the desk says, in the words of the core. */
#include <stdio.h>
#include <string.h>

#include "paper.h"

int64_t paper_now_ns(const struct paper *p)
{
    int64_t now_ns = 0;

    return p->host->exchange->venue_now_ns(p->host, &now_ns) == SOFIA_OK ? now_ns
                                                                         : p->host->now_ns(p->host);
}

int paper_emit_order(struct paper *p, const struct desk_order *order, uint32_t source)
{
    struct sofia_event_report report;

    sofia_report_init(&report, source, p->desk.symbols[order->symbol].instrument);
    report.head.ts_venue_ns = order->ts_ns;
    report.state = order->state;
    report.side = order->side;
    report.type = order->type;
    report.tif = order->tif;
    report.order_flags = order->flags;
    report.qty = order->qty;
    report.price = order->price;
    report.filled_qty = order->filled;
    report.filled_quote = order->filled_quote;
    memcpy(report.client_id, order->client_id, sizeof(report.client_id));
    memcpy(report.venue_id, order->venue_id, sizeof(report.venue_id));
    memcpy(report.reason, order->reason, sizeof(report.reason));
    return sofia_emit(p->host, &report.head);
}

int paper_emit_fill(struct paper *p, const struct desk_order *order, const struct desk_fill *fill,
                    uint32_t source)
{
    struct sofia_event_fill event;

    sofia_fill_init(&event, source, p->desk.symbols[order->symbol].instrument);
    event.head.ts_venue_ns = fill->ts_ns;
    event.side = order->side;
    event.liquidity = fill->liquidity;
    event.qty = fill->qty;
    event.price = fill->price;
    event.fee = fill->fee;
    memcpy(event.fee_asset, fill->fee_asset, sizeof(event.fee_asset));
    memcpy(event.fill_id, fill->fill_id, sizeof(event.fill_id));
    memcpy(event.venue_id, order->venue_id, sizeof(event.venue_id));
    memcpy(event.client_id, order->client_id, sizeof(event.client_id));
    return sofia_emit(p->host, &event.head);
}

int paper_emit_asset(struct paper *p, const struct desk_asset *asset, uint32_t source)
{
    return sofia_emit_balance(p->host, source, asset->name, asset->free, asset->locked,
                              paper_now_ns(p));
}

/* ---- the desk's owner ---- */

static void count(struct paper *p, int status)
{
    p->lost += status != SOFIA_OK ? 1u : 0u;
}

static void on_fill(void *ctx, const struct desk_order *order, const struct desk_fill *fill)
{
    struct paper *p = ctx;

    count(p, paper_emit_fill(p, order, fill, p->source));
}

static void on_order(void *ctx, const struct desk_order *order)
{
    struct paper *p = ctx;

    count(p, paper_emit_order(p, order, p->source));
}

static void on_asset(void *ctx, const struct desk_asset *asset)
{
    struct paper *p = ctx;

    count(p, paper_emit_asset(p, asset, SOFIA_REPORT_STREAM));
}

struct desk_owner paper_desk_owner(struct paper *p)
{
    return (struct desk_owner){
        .ctx = p, .on_fill = on_fill, .on_order = on_order, .on_asset = on_asset};
}
