/* Public channels beside the book: instrument, ticker, trade, ohlc. */
#include <stdlib.h>
#include <string.h>

#include "kraken.h"

static void begin(struct vn_text *out, const char *channel, bool snapshot)
{
    vn_text_addf(out, "{\"channel\":\"%s\",\"type\":\"%s\",\"data\":", channel,
                 snapshot ? "snapshot" : "update");
}

/* ---- instrument ---- */

static void print_pair(struct vn_text *out, const struct vn_symbol *s)
{
    char pair[VK_PAIR];
    vk_pair_v2(s, pair);
    vn_text_addf(out,
                 "{\"symbol\":\"%s\",\"base\":\"%s\",\"quote\":\"%s\",\"status\":\"%s\","
                 "\"price_precision\":%d,\"price_increment\":",
                 pair, s->base->name, s->quote->name, vk_status_word(s), vk_price_places(s));
    vk_add_number(out, s->rules.tick, vk_price_places(s));
    vn_text_addf(out, ",\"qty_precision\":%d,\"qty_increment\":", vk_qty_places(s));
    if (s->rules.step == 1) {
        vn_text_add(out, "1e-08"); /* as the venue prints it */
    } else {
        vk_add_number(out, s->rules.step, vk_qty_places(s));
    }
    vn_text_add(out, ",\"qty_min\":");
    vk_add_number(out, s->rules.min_qty, 8);
    vn_text_addf(out, ",\"cost_precision\":%d,\"cost_min\":", s->quote->places);
    vk_add_amount(out, s->rules.min_notional, 8);
    vn_text_add(out, ",\"marginable\":false,\"has_index\":true},");
}

static void instrument(struct venue *v, int64_t now_ns, struct vk_conn *conn,
                       const struct vn_symbol *only)
{
    struct vn_text out = {0};
    begin(&out, "instrument", only == NULL);
    vn_text_add(&out, "{\"assets\":[");
    for (int i = 0; only == NULL && i < v->engine.asset_count; i++) {
        const struct vn_asset *asset = &v->engine.assets[i];
        if (vk_is_ascii(asset->name)) {
            vn_text_addf(&out,
                         "{\"id\":\"%s\",\"status\":\"enabled\",\"precision\":%d,"
                         "\"precision_display\":5,\"borrowable\":false,\"collateral_value\":0.0,"
                         "\"margin_rate\":0.0},",
                         asset->name, asset->places);
        }
    }
    vn_text_trim_comma(&out);
    vn_text_add(&out, "],\"pairs\":[");
    for (int i = 0; i < v->engine.symbol_count; i++) {
        const struct vn_symbol *s = &v->engine.symbols[i];
        if (vk_offers(s) && (only == NULL || only == s)) {
            print_pair(&out, s);
        }
    }
    vn_text_trim_comma(&out);
    vn_text_add(&out, "]}}");
    vk_send(v, conn, now_ns, 0, &out);
    vn_text_release(&out);
}

static void instrument_changed(struct venue *v, int64_t now_ns, const struct vn_symbol *symbol)
{
    for (struct vk_conn *conn = vk_first(v); conn != NULL; conn = vk_next(conn)) {
        for (const struct vk_sub *sub = conn->subs; sub != NULL; sub = sub->next) {
            if (sub->channel == VK_INSTRUMENT) {
                instrument(v, now_ns, conn, symbol);
            }
        }
    }
}

/* Rules change by fault; who listens is told at the next tick. */
void vk_instrument_tick(struct venue *v, int64_t now_ns)
{
    for (int i = 0; i < v->engine.symbol_count; i++) {
        const struct vn_symbol *s = &v->engine.symbols[i];
        struct vk_shown *shown = &vk_of(v)->shown[i];
        bool same = shown->status == s->status && shown->tick == s->rules.tick &&
                    shown->step == s->rules.step && shown->min_qty == s->rules.min_qty;
        bool first = shown->status == VN_STATUS_INVALID;
        *shown = (struct vk_shown){s->status, s->rules.tick, s->rules.step, s->rules.min_qty};
        if (!same && !first && vk_offers(s)) {
            instrument_changed(v, now_ns, s);
        }
    }
}

/* ---- ticker ---- */

static void add_price(struct vn_text *out, const struct vn_symbol *s, const char *name,
                      int64_t price)
{
    vn_text_addf(out, ",\"%s\":", name);
    vk_add_number(out, price, vk_price_places(s));
}

static void add_qty(struct vn_text *out, const char *name, int64_t qty)
{
    vn_text_addf(out, ",\"%s\":", name);
    vk_add_number(out, qty, 8);
}

static void ticker(struct venue *v, int64_t now_ns, struct vk_conn *conn, const struct vn_symbol *s,
                   bool snapshot)
{
    struct vn_text out = {0};
    char pair[VK_PAIR];
    int64_t bid = vn_book_best(s, VN_BUY);
    int64_t ask = vn_book_best(s, VN_SELL);
    int64_t volume = (int64_t)(s->base_volume / vn_pow10(10));
    vk_pair_v2(s, pair);
    begin(&out, "ticker", snapshot);
    vn_text_addf(&out, "[{\"symbol\":\"%s\"", pair);
    add_price(&out, s, "bid", bid);
    add_qty(&out, "bid_qty", bid == 0 ? 0 : vn_book_qty(s, VN_BUY, bid));
    add_price(&out, s, "ask", ask);
    add_qty(&out, "ask_qty", ask == 0 ? 0 : vn_book_qty(s, VN_SELL, ask));
    add_price(&out, s, "last", s->last_price);
    add_qty(&out, "volume", volume);
    add_price(&out, s, "vwap", volume == 0 ? 0 : (int64_t)(s->quote_volume / vn_pow10(2) / volume));
    add_price(&out, s, "low", s->low_price);
    add_price(&out, s, "high", s->high_price);
    int64_t change = s->last_price - s->first_price;
    int64_t size = change < 0 ? -change : change;
    vn_text_addf(&out, ",\"change\":%s", change < 0 ? "-" : "");
    vk_add_number(&out, size, vk_price_places(s));
    int64_t percent = s->first_price == 0 ? 0 : (int64_t)((amount_t)size * 10000 / s->first_price);
    vn_text_addf(&out, ",\"change_pct\":%s%lld.%02lld,\"timestamp\":\"", change < 0 ? "-" : "",
                 (long long)(percent / 100), (long long)(percent % 100));
    vk_add_time(&out, v, now_ns);
    vn_text_add(&out, "\"}]}");
    vk_send(v, conn, now_ns, 0, &out);
    vn_text_release(&out);
}

/* ---- trade ---- */

static void print_trade(const struct venue *v, struct vn_text *out, const struct vn_symbol *s,
                        const struct vn_trade *t)
{
    char pair[VK_PAIR];
    vk_pair_v2(s, pair);
    vn_text_addf(out, "{\"symbol\":\"%s\",\"side\":\"%s\"", pair,
                 t->buyer_is_maker ? "sell" : "buy");
    add_price(out, s, "price", t->price);
    add_qty(out, "qty", t->qty);
    vn_text_addf(out, ",\"ord_type\":\"limit\",\"trade_id\":%llu,\"timestamp\":\"",
                 (unsigned long long)t->id);
    vk_add_time(out, v, t->time_ns);
    vn_text_add(out, "\"},");
}

static void trades(struct venue *v, int64_t now_ns, struct vk_conn *conn, const struct vn_symbol *s)
{
    struct vn_text out = {0};
    uint64_t count = 0;
    begin(&out, "trade", true);
    vn_text_add_char(&out, '[');
    while (count < 50 && vn_trade_back(s, count) != NULL) {
        count++;
    }
    for (; count > 0; count--) {
        print_trade(v, &out, s, vn_trade_back(s, count - 1));
    }
    vn_text_trim_comma(&out);
    vn_text_add(&out, "]}");
    vk_send(v, conn, now_ns, 0, &out);
    vn_text_release(&out);
}

/* ---- ohlc ---- */

static void candles(struct venue *v, int64_t now_ns, struct vk_conn *conn, const struct vk_sub *sub,
                    bool snapshot)
{
    struct vk_candle list[720];
    const struct vn_symbol *s = sub->symbol;
    int64_t length_ns = (int64_t)sub->depth * 60 * VN_SECOND;
    size_t count = vk_candles(s, length_ns, list, 720);
    struct vn_text out = {0};
    char pair[VK_PAIR];
    vk_pair_v2(s, pair);
    begin(&out, "ohlc", snapshot);
    vn_text_add_char(&out, '[');
    for (size_t i = snapshot || count == 0 ? 0 : count - 1; i < count; i++) {
        const struct vk_candle *c = &list[i];
        vn_text_addf(&out, "{\"symbol\":\"%s\"", pair);
        add_price(&out, s, "open", c->open);
        add_price(&out, s, "high", c->high);
        add_price(&out, s, "low", c->low);
        add_price(&out, s, "close", c->close);
        vn_text_addf(&out, ",\"trades\":%d", c->trades);
        add_qty(&out, "volume", c->qty);
        add_price(&out, s, "vwap", c->qty == 0 ? 0 : (int64_t)(c->quote / vn_pow10(2) / c->qty));
        vn_text_add(&out, ",\"interval_begin\":\"");
        vk_add_time(&out, v, c->start_ns);
        vn_text_addf(&out, "\",\"interval\":%d,\"timestamp\":\"", sub->depth);
        vk_add_time(&out, v, c->start_ns + length_ns);
        vn_text_add(&out, "\"},");
    }
    vn_text_trim_comma(&out);
    vn_text_add(&out, "]}");
    vk_send(v, conn, now_ns, 0, &out);
    vn_text_release(&out);
}

void vk_feed_snapshot(struct venue *v, int64_t now_ns, struct vk_conn *conn, struct vk_sub *sub)
{
    if (sub->channel == VK_INSTRUMENT) {
        instrument(v, now_ns, conn, NULL);
    } else if (sub->channel == VK_TICKER) {
        ticker(v, now_ns, conn, sub->symbol, true);
    } else if (sub->channel == VK_TRADE) {
        trades(v, now_ns, conn, sub->symbol);
    } else if (sub->channel == VK_OHLC) {
        candles(v, now_ns, conn, sub, true);
    }
}

/* ---- from the engine ---- */

static bool is_lost(struct venue *v, const struct vn_symbol *symbol)
{
    return vn_faults_has(v, VN_FAULT_DROP_MARKET) &&
           vn_faults_event(v, VN_KRAKEN, VN_FAULT_DROP_MARKET, symbol->name) != NULL;
}

void vk_on_trade(struct venue *v, struct vn_symbol *symbol, const struct vn_trade *trade)
{
    for (struct vk_conn *conn = vk_first(v); conn != NULL; conn = vk_next(conn)) {
        for (const struct vk_sub *sub = conn->subs; sub != NULL; sub = sub->next) {
            if (sub->symbol != symbol) {
                continue;
            }
            if (sub->channel == VK_TRADE && !is_lost(v, symbol)) {
                struct vn_text out = {0};
                begin(&out, "trade", false);
                vn_text_add_char(&out, '[');
                print_trade(v, &out, symbol, trade);
                vn_text_trim_comma(&out);
                vn_text_add(&out, "]}");
                vk_send(v, conn, trade->time_ns, 0, &out);
                vn_text_release(&out);
            } else if (sub->channel == VK_TICKER && !sub->bbo) {
                ticker(v, trade->time_ns, conn, symbol, false);
            } else if (sub->channel == VK_OHLC) {
                candles(v, trade->time_ns, conn, sub, false);
            }
        }
    }
}

void vk_on_level(struct venue *v, struct vn_symbol *symbol, int side, int64_t price)
{
    (void)side;
    (void)price;
    vk_of(v)->touched |= 1u << symbol->index;
}

/* A new best price or quantity. */
static bool best_changed(struct vk_sub *sub)
{
    const struct vn_symbol *s = sub->symbol;
    int64_t bid = vn_book_best(s, VN_BUY);
    int64_t ask = vn_book_best(s, VN_SELL);
    const int64_t now[4] = {bid, bid == 0 ? 0 : vn_book_qty(s, VN_BUY, bid), ask,
                            ask == 0 ? 0 : vn_book_qty(s, VN_SELL, ask)};
    bool changed = memcmp(now, sub->best, sizeof(now)) != 0;
    memcpy(sub->best, now, sizeof(now));
    return changed;
}

void vk_on_done(struct venue *v, struct vn_symbol *symbol, int64_t now_ns)
{
    struct vk_state *state = vk_of(v);
    uint32_t bit = 1u << symbol->index;
    if ((state->touched & bit) == 0) {
        return;
    }
    state->touched &= ~bit;
    for (struct vk_conn *conn = vk_first(v); conn != NULL; conn = vk_next(conn)) {
        for (struct vk_sub *sub = conn->subs; sub != NULL; sub = sub->next) {
            if (sub->symbol == symbol && sub->channel == VK_BOOK) {
                vk_book_update(v, now_ns, conn, sub);
            } else if (sub->symbol == symbol && sub->channel == VK_TICKER && sub->bbo &&
                       best_changed(sub)) {
                ticker(v, now_ns, conn, symbol, false);
            }
        }
    }
}
