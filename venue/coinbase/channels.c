/* Market data channels: their snapshots, and what time and trades add to them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coinbase.h"

#define BUCKET_NS (300 * VN_SECOND)
#define TRADES_SHOWN 50

static struct vc_conn *listener(struct vn_conn *c, enum vc_channel channel,
                                const struct vn_symbol *symbol)
{
    return vc_listens(c, channel, symbol) ? (struct vc_conn *)c : NULL;
}

static bool anyone(const struct venue *v, enum vc_channel channel, const struct vn_symbol *symbol)
{
    for (const struct vn_conn *c = v->conn_list; c != NULL; c = c->next) {
        if (vc_listens(c, channel, symbol)) {
            return true;
        }
    }
    return false;
}

static void send_all(struct venue *v, int64_t now_ns, enum vc_channel channel,
                     const struct vn_symbol *symbol, struct vn_text *events)
{
    for (struct vn_conn *c = v->conn_list; c != NULL; c = c->next) {
        struct vc_conn *conn = listener(c, channel, symbol);
        if (conn != NULL) {
            vc_send(v, now_ns, conn, channel, symbol == NULL ? NULL : symbol->name, events);
        }
    }
    vn_text_release(events);
}

static void add_product(struct vn_text *out, const char *member, const struct vn_symbol *symbol)
{
    char name[2 * VN_NAME];
    vc_product_name(symbol, name);
    vn_text_addf(out, "\"%s\":", member);
    vn_text_add_json(out, name);
}

static void begin(struct vn_text *out, bool snapshot)
{
    vn_text_addf(out, "[{\"type\":\"%s\",", snapshot ? "snapshot" : "update");
}

/* ---- level2 ---- */

static void print_level(struct vn_text *out, const struct vn_symbol *symbol, int side,
                        const char *time, int64_t price, int64_t qty)
{
    vn_text_addf(out, "{\"side\":\"%s\",\"event_time\":%s", side == VN_BUY ? "bid" : "offer", time);
    vc_add_price(out, "price_level", symbol, price);
    vc_add_size(out, "new_quantity", symbol, qty);
    vn_text_add(out, "},");
}

/* Levels of nothing, far from the market: bytes for clients that have too little room. */
static void fill_up(const struct vc_state *state, struct vn_text *out,
                    const struct vn_symbol *symbol, const char *time)
{
    int64_t tick = symbol->rules.tick == 0 ? 1 : symbol->rules.tick;
    for (int64_t i = 1; (int64_t)out->len < state->modes.snapshot_bytes; i++) {
        if (vn_book_qty(symbol, VN_BUY, i * tick) == 0) {
            print_level(out, symbol, VN_BUY, time, i * tick, 0);
        }
    }
}

static void print_book(struct venue *v, struct vn_text *out, struct vn_symbol *symbol)
{
    static const char epoch[] = "\"1970-01-01T00:00:00Z\"";
    begin(out, true);
    add_product(out, "product_id", symbol);
    vn_text_add(out, ",\"updates\":[");
    for (int side = VN_BUY; side <= VN_SELL; side++) {
        const struct vn_book_side *book = vn_book_of(symbol, side);
        for (size_t i = book->count; i > 0; i--) {
            const struct vn_level *level = book->levels[i - 1];
            print_level(out, symbol, side, epoch, level->price, level->qty);
        }
    }
    fill_up(vc_state(v), out, symbol, epoch);
    vn_text_trim_comma(out);
    vn_text_add(out, "]}]");
}

void vc_on_level(struct venue *v, struct vn_symbol *symbol, int side, int64_t price)
{
    struct vc_market *m = &vc_state(v)->markets[symbol->index];
    for (size_t i = 0; i < m->touched_count; i++) {
        if (m->touched[i].price == price && m->touched[i].side == side) {
            return;
        }
    }
    m->touched = vn_grow(m->touched, m->touched_count, &m->touched_cap, sizeof(*m->touched));
    m->touched[m->touched_count++] = (struct vc_touched){price, side};
}

static void send_levels(struct venue *v, int64_t now_ns, struct vn_symbol *symbol)
{
    struct vc_market *m = &vc_state(v)->markets[symbol->index];
    if (m->touched_count > 0 && anyone(v, VC_LEVEL2, symbol)) {
        struct vn_text out = {0};
        struct vn_text time = {0};
        vc_add_time(v, &time, now_ns);
        begin(&out, false);
        add_product(&out, "product_id", symbol);
        vn_text_add(&out, ",\"updates\":[");
        for (size_t i = 0; i < m->touched_count; i++) {
            const struct vc_touched *t = &m->touched[i];
            print_level(&out, symbol, t->side, time.data, t->price,
                        vn_book_qty(symbol, t->side, t->price));
        }
        vn_text_trim_comma(&out);
        vn_text_add(&out, "]}]");
        vn_text_release(&time);
        send_all(v, now_ns, VC_LEVEL2, symbol, &out);
    }
    m->touched_count = 0;
}

/* ---- ticker ---- */

static void add_best(struct vn_text *out, const struct vn_symbol *symbol, int side,
                     const char *price_name, const char *qty_name)
{
    int64_t price = vn_book_best(symbol, side);
    vc_add_price(out, price_name, symbol, price);
    vc_add_size(out, qty_name, symbol, price == 0 ? 0 : vn_book_qty(symbol, side, price));
}

static void print_ticker(struct vn_text *out, const struct vn_symbol *symbol, bool batch)
{
    int64_t last = symbol->last_price == 0 ? symbol->open_price : symbol->last_price;
    int64_t high = symbol->high_price == 0 ? last : symbol->high_price;
    int64_t low = symbol->low_price == 0 ? last : symbol->low_price;
    int64_t first = symbol->first_price == 0 ? last : symbol->first_price;
    int64_t change = first == 0 ? 0 : (last - first) * 100000 / first;
    int64_t size = change < 0 ? -change : change;
    vn_text_add(out, "{\"type\":\"ticker\",");
    add_product(out, "product_id", symbol);
    vc_add_price(out, "price", symbol, last);
    vc_add_plain(out, "volume_24_h", symbol->base_volume);
    vc_add_price(out, "low_24_h", symbol, low);
    vc_add_price(out, "high_24_h", symbol, high);
    vc_add_price(out, "low_52_w", symbol, low);
    vc_add_price(out, "high_52_w", symbol, high);
    vn_text_addf(out, ",\"price_percent_chg_24_h\":\"%s%lld.%03lld\"", change < 0 ? "-" : "",
                 (long long)(size / 1000), (long long)(size % 1000));
    if (!batch) {
        add_best(out, symbol, VN_BUY, "best_bid", "best_bid_quantity");
        add_best(out, symbol, VN_SELL, "best_ask", "best_ask_quantity");
    }
    vn_text_add_char(out, '}');
}

static void print_tickers(struct vn_text *out, const struct vn_symbol *symbol, bool batch,
                          bool snapshot)
{
    begin(out, snapshot);
    vn_text_add(out, "\"tickers\":[");
    print_ticker(out, symbol, batch);
    vn_text_add(out, "]}]");
}

/* ---- market_trades ---- */

/* The count newest ones, newest first. */
static void print_trades(struct venue *v, struct vn_text *out, const struct vn_symbol *symbol,
                         uint64_t count, bool snapshot)
{
    const struct vn_trade *trade = NULL;
    begin(out, snapshot);
    vn_text_add(out, "\"trades\":[");
    for (uint64_t i = 0; i < count && (trade = vn_trade_back(symbol, i)) != NULL; i++) {
        vn_text_add_char(out, '{');
        vc_trade_print(v, out, symbol, trade);
        vn_text_add(out, "},");
    }
    vn_text_trim_comma(out);
    vn_text_add(out, "]}]");
}

/* ---- candles, status ---- */

static void print_candles(struct vn_text *out, const struct vn_symbol *symbol, int64_t now_ns,
                          bool snapshot)
{
    struct vc_candle c;
    int64_t start_ns = now_ns - now_ns % BUCKET_NS;
    if (!vc_candle_at(symbol, start_ns, BUCKET_NS, &c)) { /* none traded: the last price */
        int64_t last = symbol->last_price == 0 ? symbol->open_price : symbol->last_price;
        c = (struct vc_candle){start_ns, last, last, last, last, 0};
    }
    begin(out, snapshot);
    vn_text_add(out, "\"candles\":[{");
    vc_candle_print(out, symbol, &c);
    vn_text_add_char(out, ',');
    add_product(out, "product_id", symbol);
    vn_text_add(out, "}]}]");
}

static const char *status_message(enum vn_status status)
{
    return status == VN_TRADING ? "" : vn_status_word(status);
}

static void print_status(struct vn_text *out, const struct vn_symbol *symbol, bool snapshot)
{
    begin(out, snapshot);
    vn_text_add(out, "\"products\":[{\"product_type\":\"SPOT\",");
    add_product(out, "id", symbol);
    vc_add_text(out, "base_currency", symbol->base->name);
    vc_add_text(out, "quote_currency", symbol->quote->name);
    vc_add_size(out, "base_increment", symbol, symbol->rules.step);
    vc_add_price(out, "quote_increment", symbol, vc_quote_increment(symbol));
    vn_text_addf(out, ",\"display_name\":\"%s/%s\"", symbol->base->name, symbol->quote->name);
    vc_add_text(out, "status", symbol->status == VN_END_OF_DAY ? "offline" : "online");
    vc_add_text(out, "status_message", status_message(symbol->status));
    vc_add_plain(out, "min_market_funds", symbol->rules.min_notional);
    vn_text_add(out, "}]}]");
}

/* ---- opening ---- */

static void open_one(struct venue *v, int64_t now_ns, struct vc_conn *conn, enum vc_channel channel,
                     struct vn_symbol *symbol)
{
    struct vn_text out = {0};
    switch (channel) {
    case VC_LEVEL2:
        print_book(v, &out, symbol);
        break;
    case VC_TICKER:
    case VC_TICKER_BATCH:
        print_tickers(&out, symbol, channel == VC_TICKER_BATCH, true);
        break;
    case VC_TRADES:
        print_trades(v, &out, symbol, TRADES_SHOWN, true);
        break;
    case VC_CANDLES:
        print_candles(&out, symbol, now_ns, true);
        break;
    case VC_STATUS:
        print_status(&out, symbol, true);
        break;
    case VC_HEARTBEATS:
    case VC_USER:
    case VC_FUTURES:
    case VC_CHANNEL_INVALID:
    case VC_CHANNEL_COUNT:
        return;
    }
    vc_send(v, now_ns, conn, channel, symbol->name, &out);
    vn_text_release(&out);
}

void vc_channel_open(struct venue *v, int64_t now_ns, struct vc_conn *conn, enum vc_channel channel,
                     uint32_t symbols)
{
    for (int i = 0; i < v->engine.symbol_count; i++) {
        if ((symbols & 1u << i) != 0) {
            open_one(v, now_ns, conn, channel, &v->engine.symbols[i]);
        }
    }
    if (channel == VC_USER) {
        vc_user_snapshot(v, now_ns, conn);
    }
}

/* ---- what happens ---- */

void vc_on_done(struct venue *v, struct vn_symbol *symbol, int64_t now_ns)
{
    struct vc_market *m = &vc_state(v)->markets[symbol->index];
    send_levels(v, now_ns, symbol);
    if (m->trades_ticked != symbol->trade_count && anyone(v, VC_TICKER, symbol)) {
        struct vn_text out = {0};
        print_tickers(&out, symbol, false, false);
        send_all(v, now_ns, VC_TICKER, symbol, &out);
    }
    m->trades_ticked = symbol->trade_count;
    vc_user_flush(v, now_ns);
}

static void tick_trades(struct venue *v, int64_t now_ns, struct vn_symbol *symbol)
{
    struct vc_market *m = &vc_state(v)->markets[symbol->index];
    if (m->trades_told != symbol->trade_count && anyone(v, VC_TRADES, symbol)) {
        struct vn_text out = {0};
        print_trades(v, &out, symbol, symbol->trade_count - m->trades_told, false);
        send_all(v, now_ns, VC_TRADES, symbol, &out);
    }
    m->trades_told = symbol->trade_count;
}

static void tick_status(struct venue *v, int64_t now_ns, struct vn_symbol *symbol)
{
    struct vc_market *m = &vc_state(v)->markets[symbol->index];
    if (m->status_told != symbol->status && m->status_told != VN_STATUS_INVALID &&
        anyone(v, VC_STATUS, symbol)) {
        struct vn_text out = {0};
        print_status(&out, symbol, false);
        send_all(v, now_ns, VC_STATUS, symbol, &out);
    }
    m->status_told = symbol->status;
}

static void tick_symbol(struct venue *v, int64_t now_ns, struct vn_symbol *symbol)
{
    tick_status(v, now_ns, symbol);
    if (now_ns / (250 * VN_MS) != (now_ns - VN_TICK_NS) / (250 * VN_MS)) {
        tick_trades(v, now_ns, symbol);
    }
    if (now_ns % VN_SECOND == 0 && anyone(v, VC_CANDLES, symbol)) {
        struct vn_text out = {0};
        print_candles(&out, symbol, now_ns, false);
        send_all(v, now_ns, VC_CANDLES, symbol, &out);
    }
    if (now_ns % (5 * VN_SECOND) == 0 && anyone(v, VC_TICKER_BATCH, symbol)) {
        struct vn_text out = {0};
        print_tickers(&out, symbol, true, false);
        send_all(v, now_ns, VC_TICKER_BATCH, symbol, &out);
    }
}

static void beat(struct venue *v, int64_t now_ns, struct vc_conn *conn)
{
    int64_t shown_ns = vn_server_ns(v, now_ns);
    time_t seconds = (time_t)(shown_ns / VN_SECOND);
    struct tm date;
    struct vn_text out = {0};
    gmtime_r(&seconds, &date);
    int64_t up_ns = now_ns - v->config.start_ns;
    vn_text_addf(&out,
                 "[{\"current_time\":\"%04d-%02d-%02d %02d:%02d:%02d.%09lld +0000 UTC "
                 "m=+%lld.%09lld\",\"heartbeat_counter\":%llu}]",
                 date.tm_year + 1900, date.tm_mon + 1, date.tm_mday, date.tm_hour, date.tm_min,
                 date.tm_sec, (long long)(shown_ns % VN_SECOND), (long long)(up_ns / VN_SECOND),
                 (long long)(up_ns % VN_SECOND), (unsigned long long)conn->beat);
    conn->beat++;
    for (uint32_t i = 0; i < conn->heartbeats; i++) { /* subscribed twice: beats twice */
        vc_send(v, now_ns, conn, VC_HEARTBEATS, NULL, &out);
    }
    vn_text_release(&out);
}

void vc_channels_tick(struct venue *v, int64_t now_ns)
{
    for (int i = 0; i < v->engine.symbol_count; i++) {
        tick_symbol(v, now_ns, &v->engine.symbols[i]);
    }
    if (now_ns % VN_SECOND != 0) {
        return;
    }
    for (struct vn_conn *c = v->conn_list; c != NULL; c = c->next) {
        struct vc_conn *conn = listener(c, VC_HEARTBEATS, NULL);
        if (conn != NULL) {
            beat(v, now_ns, conn);
        }
    }
}
