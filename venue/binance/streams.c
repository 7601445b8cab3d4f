/* Market data frames: what the engine reports becomes what the streams say. */
#include <stdlib.h>
#include <string.h>

#include "../faults/faults.h"
#include "binance.h"

/* One event to everyone who listens. The text is the bare data object; it is cleared. */
static void publish(struct venue *v, int64_t now_ns, struct vn_feed *feed, struct vn_text *data)
{
    struct vn_blob *raw = NULL;
    struct vn_blob *wrapped = NULL;
    bool lost = vn_faults_has(v, VN_FAULT_DROP_MARKET) &&
                vn_faults_event(v, VN_BINANCE, VN_FAULT_DROP_MARKET, feed->symbol->name) != NULL;
    for (size_t i = 0; i < feed->conn_count && !lost; i++) {
        struct bn_conn *conn = feed->conns[i];
        if (conn->combined && wrapped == NULL) {
            struct vn_text text = {0};
            vn_text_add(&text, "{\"stream\":");
            vn_text_add_json(&text, feed->name);
            vn_text_add(&text, ",\"data\":");
            vn_text_add_n(&text, data->data, data->len);
            vn_text_add_char(&text, '}');
            wrapped = vn_blob_from(&text);
            vn_text_release(&text);
        } else if (!conn->combined && raw == NULL) {
            raw = vn_blob_new(data->data, data->len);
        }
        struct vn_blob *blob = conn->combined ? wrapped : raw;
        blob->refs++;
        vn_conn_send(v, &conn->base, now_ns, 0, blob);
    }
    vn_blob_drop(raw);
    vn_blob_drop(wrapped);
    vn_text_clear(data);
}

static bool has_listener(const struct vn_feed *feed)
{
    return feed != NULL && feed->conn_count > 0;
}

/* Streams show milliseconds; a connection that asked for microseconds gets them by its own subscription, which the
 * simulator does not offer on market streams. */
static void add_ms(struct venue *v, struct vn_text *out, const char *name, int64_t ns)
{
    vn_text_addf(out, ",\"%s\":", name);
    vn_text_add_i64(out, vn_server_ns(v, ns) / VN_MS);
}

static void add_event(struct venue *v, struct vn_text *out, const char *event, int64_t now_ns,
                      const struct vn_symbol *symbol)
{
    vn_text_addf(out, "{\"e\":\"%s\"", event);
    add_ms(v, out, "E", now_ns);
    vn_text_add(out, ",\"s\":");
    vn_text_add_json(out, symbol->name);
}

static void add_price(struct vn_text *out, const char *name, int64_t value)
{
    vn_text_addf(out, ",\"%s\":", name);
    vn_text_add_fixed(out, value, 8);
}

/* ---- book ---- */

void vn_on_level(struct venue *v, struct vn_symbol *symbol, int side, int64_t price)
{
    struct vn_depth *depth = &bn_of(v)->depths[symbol->index];
    for (int i = 0; i < 2; i++) {
        if (!depth->watched[i]) {
            continue;
        }
        struct vn_touched *t = side == VN_BUY ? &depth->bids[i] : &depth->asks[i];
        if (t->count > 0 && t->prices[t->count - 1] == price) {
            continue;
        }
        t->prices = vn_grow(t->prices, t->count, &t->cap, sizeof(int64_t));
        t->prices[t->count++] = price;
    }
}

static int by_price(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;
    return (*x > *y) - (*x < *y);
}

static void add_touched(struct vn_text *out, const char *name, struct vn_touched *t,
                        const struct vn_symbol *symbol, int side)
{
    if (t->count > 1) {
        qsort(t->prices, t->count, sizeof(int64_t), by_price);
    }
    vn_text_addf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < t->count; i++) {
        if (i > 0 && t->prices[i] == t->prices[i - 1]) {
            continue;
        }
        vn_text_add_char(out, '[');
        vn_text_add_fixed(out, t->prices[i], 8);
        vn_text_add_char(out, ',');
        vn_text_add_fixed(out, vn_book_qty(symbol, side, t->prices[i]), 8);
        vn_text_add(out, "],");
    }
    vn_text_trim_comma(out);
    vn_text_add_char(out, ']');
    t->count = 0;
}

static void flush_diff(struct venue *v, int64_t now_ns, struct vn_symbol *symbol, int window)
{
    struct vn_depth *depth = &bn_of(v)->depths[symbol->index];
    if (!depth->watched[window] || symbol->update_id < depth->first_id[window]) {
        return;
    }
    struct vn_text *out = &v->scratch;
    vn_text_clear(out);
    add_event(v, out, "depthUpdate", now_ns, symbol);
    vn_text_addf(out, ",\"U\":%llu,\"u\":%llu", (unsigned long long)depth->first_id[window],
                 (unsigned long long)symbol->update_id);
    add_touched(out, "b", &depth->bids[window], symbol, VN_BUY);
    add_touched(out, "a", &depth->asks[window], symbol, VN_SELL);
    vn_text_add_char(out, '}');
    depth->first_id[window] = symbol->update_id + 1;
    struct vn_text event = {0};
    vn_text_add_n(&event, out->data, out->len);
    for (struct vn_feed *feed = bn_of(v)->feed_list; feed != NULL; feed = feed->next) {
        bool same = feed->kind == VN_FEED_DIFF && feed->symbol == symbol &&
                    feed->interval_ms == (window == 0 ? 100 : 1000);
        if (same && feed->conn_count > 0) {
            vn_text_clear(out);
            vn_text_add_n(out, event.data, event.len);
            publish(v, now_ns, feed, out);
        }
    }
    vn_text_release(&event);
}

static void publish_top(struct venue *v, int64_t now_ns, struct vn_symbol *symbol)
{
    struct vn_depth *depth = &bn_of(v)->depths[symbol->index];
    int64_t bid = vn_book_best(symbol, VN_BUY);
    int64_t ask = vn_book_best(symbol, VN_SELL);
    int64_t bid_qty = vn_book_qty(symbol, VN_BUY, bid);
    int64_t ask_qty = vn_book_qty(symbol, VN_SELL, ask);
    bool same = bid == depth->best_bid && ask == depth->best_ask &&
                bid_qty == depth->best_bid_qty && ask_qty == depth->best_ask_qty;
    depth->best_bid = bid;
    depth->best_ask = ask;
    depth->best_bid_qty = bid_qty;
    depth->best_ask_qty = ask_qty;
    if (same || !has_listener(depth->book_ticker)) {
        return;
    }
    struct vn_text *out = &v->scratch;
    vn_text_clear(out);
    vn_text_addf(out, "{\"u\":%llu,\"s\":", (unsigned long long)symbol->update_id);
    vn_text_add_json(out, symbol->name);
    add_price(out, "b", bid);
    add_price(out, "B", bid_qty);
    add_price(out, "a", ask);
    add_price(out, "A", ask_qty);
    vn_text_add_char(out, '}');
    publish(v, now_ns, depth->book_ticker, out);
}

/* ---- trades ---- */

static void flush_aggregate(struct venue *v, int64_t now_ns, struct vn_symbol *symbol)
{
    struct vn_depth *depth = &bn_of(v)->depths[symbol->index];
    if (!depth->has_aggregate) {
        return;
    }
    depth->has_aggregate = false;
    const struct vn_trade *t = &depth->aggregate;
    struct vn_text *out = &v->scratch;
    vn_text_clear(out);
    add_event(v, out, "aggTrade", now_ns, symbol);
    vn_text_addf(out, ",\"a\":%llu", (unsigned long long)t->aggregate_id);
    add_price(out, "p", t->price);
    add_price(out, "q", t->qty);
    vn_text_addf(out, ",\"f\":%llu,\"l\":%llu", (unsigned long long)depth->aggregate_first,
                 (unsigned long long)t->id);
    add_ms(v, out, "T", t->time_ns);
    vn_text_addf(out, ",\"m\":%s,\"M\":true}", t->buyer_is_maker ? "true" : "false");
    publish(v, now_ns, depth->agg_trade, out);
}

void vn_on_trade(struct venue *v, struct vn_symbol *symbol, const struct vn_trade *t)
{
    struct vn_depth *depth = &bn_of(v)->depths[symbol->index];
    if (has_listener(depth->trade)) {
        struct vn_text *out = &v->scratch;
        vn_text_clear(out);
        add_event(v, out, "trade", t->time_ns, symbol);
        vn_text_addf(out, ",\"t\":%llu", (unsigned long long)t->id);
        add_price(out, "p", t->price);
        add_price(out, "q", t->qty);
        add_ms(v, out, "T", t->time_ns);
        vn_text_addf(out, ",\"m\":%s,\"M\":true}", t->buyer_is_maker ? "true" : "false");
        publish(v, t->time_ns, depth->trade, out);
    }
    if (!has_listener(depth->agg_trade)) {
        depth->has_aggregate = false;
        return;
    }
    if (depth->has_aggregate && depth->aggregate.aggregate_id == t->aggregate_id) {
        depth->aggregate.qty += t->qty;
        depth->aggregate.id = t->id;
        return;
    }
    flush_aggregate(v, t->time_ns, symbol);
    depth->aggregate = *t;
    depth->aggregate_first = t->id;
    depth->has_aggregate = true;
}

void vn_on_done(struct venue *v, struct vn_symbol *symbol, int64_t now_ns)
{
    flush_aggregate(v, now_ns, symbol);
    publish_top(v, now_ns, symbol);
}

/* ---- periodic ---- */

static void print_ticker(struct venue *v, int64_t now_ns, const struct vn_feed *feed,
                         struct vn_text *out)
{
    const struct vn_symbol *s = feed->symbol;
    bool mini = feed->kind == VN_FEED_MINI_TICKER;
    add_event(v, out, mini ? "24hrMiniTicker" : "24hrTicker", now_ns, s);
    add_price(out, "c", s->last_price);
    add_price(out, "o", s->first_price);
    add_price(out, "h", s->high_price);
    add_price(out, "l", s->low_price);
    vn_text_add(out, ",\"v\":");
    vn_text_add_amount(out, s->base_volume, 8);
    vn_text_add(out, ",\"q\":");
    vn_text_add_amount(out, s->quote_volume, 8);
    if (!mini) {
        add_price(out, "p", s->last_price - s->first_price);
        int64_t bid = vn_book_best(s, VN_BUY);
        int64_t ask = vn_book_best(s, VN_SELL);
        add_price(out, "b", bid);
        add_price(out, "B", vn_book_qty(s, VN_BUY, bid));
        add_price(out, "a", ask);
        add_price(out, "A", vn_book_qty(s, VN_SELL, ask));
        const struct vn_trade *last = vn_trade_back(s, 0);
        vn_text_add(out, ",\"P\":");
        vn_text_add_fixed(out, vn_change_percent(s), 3);
        vn_text_add(out, ",\"w\":");
        vn_text_add_amount(out, vn_weighted_average(s), 8);
        add_price(out, "x", s->first_price);
        add_price(out, "Q", last == NULL ? 0 : last->qty);
        add_ms(v, out, "O", now_ns - 86400 * VN_SECOND);
        add_ms(v, out, "C", now_ns);
        vn_text_addf(out, ",\"F\":%lld,\"L\":%lld,\"n\":%llu",
                     last == NULL ? -1LL : (long long)(s->next_trade_id - s->trade_count),
                     last == NULL ? -1LL : (long long)last->id, (unsigned long long)s->trade_count);
    }
    vn_text_add_char(out, '}');
}

static void publish_periodic(struct venue *v, int64_t now_ns, struct vn_feed *feed)
{
    struct vn_text *out = &v->scratch;
    vn_text_clear(out);
    if (feed->kind == VN_FEED_PARTIAL) {
        vn_print_depth(out, feed->symbol, (size_t)feed->levels, "bids", "asks");
    } else if (feed->kind == VN_FEED_KLINE) {
        add_event(v, out, "kline", now_ns, feed->symbol);
        if (!vn_kline_push(v, feed, now_ns, out)) {
            return;
        }
        vn_text_add_char(out, '}');
    } else {
        print_ticker(v, now_ns, feed, out);
    }
    publish(v, now_ns, feed, out);
}

/* CANCEL_ONLY ends candles and nothing else. */
static bool has_candles(const struct vn_feed *feed)
{
    return feed->kind == VN_FEED_KLINE && feed->symbol->status != VN_CANCEL_ONLY;
}

void vn_feeds_tick(struct venue *v, int64_t now_ns)
{
    bool second = now_ns % VN_SECOND == 0;
    for (int i = 0; i < v->engine.symbol_count; i++) {
        struct vn_symbol *symbol = &v->engine.symbols[i];
        if (symbol->status == VN_BREAK) {
            continue;
        }
        flush_diff(v, now_ns, symbol, 0);
        if (second) {
            flush_diff(v, now_ns, symbol, 1);
        }
    }
    for (struct vn_feed *feed = bn_of(v)->feed_list; feed != NULL; feed = feed->next) {
        bool periodic = feed->kind == VN_FEED_PARTIAL || feed->kind == VN_FEED_MINI_TICKER ||
                        feed->kind == VN_FEED_TICKER || has_candles(feed);
        bool now = periodic && feed->symbol->status != VN_BREAK && feed->conn_count > 0;
        if (now && (second || feed->interval_ms == 100)) {
            publish_periodic(v, now_ns, feed);
        }
    }
}
