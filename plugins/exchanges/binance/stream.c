#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/request.h>

#include "binance.h"

#define SILENCE_MS 60000u /* the venue pings every 20 s */
/* The venue takes 5 messages a second on a connection, pongs counted, and hangs up at the sixth. */
#define SEND_SPACING_NS (BINANCE_NS_PER_S * 2 / 5)
#define GATHER_NS (20 * BINANCE_NS_PER_MS) /* wishes that come together leave together */
#define CHECK_NS (10 * BINANCE_NS_PER_S)
#define MESSAGE_ROOM 1800u /* of SOFIA_REQUEST_BYTES, so that a last symbol always fits */

/* State of a subscription on the connection that is up. */
enum { SUBSCRIPTION_NONE, SUBSCRIPTION_ASKED, SUBSCRIPTION_ACTIVE };

static const char *const channels[] = {"@bookTicker", "@trade", "@depth@100ms"};

int binance_market_start(struct binance *b)
{
    struct sofia_stream_open open = {.size = sizeof(open),
                                     .purpose = SOFIA_STREAM_MARKET,
                                     .origin = ORIGIN_STREAM,
                                     .silence_ms = SILENCE_MS,
                                     .cookie = STREAM_COOKIE_MARKET,
                                     .max_age_ms = b->config.stream_max_age_ms};

    snprintf(open.path, sizeof(open.path), "/stream");
    return b->host->exchange->stream_open(b->host, &open, &b->market.stream);
}

void binance_market_stop(struct binance *b)
{
    sofia_timer_stop(b->host, &b->market.send_timer);
    sofia_timer_stop(b->host, &b->market.check_timer);
    sofia_timer_stop(b->host, &b->market.depth_timer);
    sofia_timer_stop(b->host, &b->market.switch_timer);
    sofia_stream_end(b->host, &b->market.stream);
    b->market.up = 0;
}

/* ---- subscriptions ---- */

static int is_due(const struct binance_symbol *symbol, uint32_t wanted)
{
    return symbol->wanted == wanted && (symbol->subscribed == SUBSCRIPTION_NONE) == (wanted != 0);
}

static void send_soon(struct binance *b)
{
    struct binance_market *market = &b->market;
    int64_t now_ns = b->host->mono_ns(b->host);
    int64_t delay_ns = market->sent_mono_ns + SEND_SPACING_NS - now_ns;

    if (!market->up || market->send_timer != 0) {
        return;
    }
    if (market->sent_mono_ns == 0 || delay_ns < GATHER_NS) {
        delay_ns = GATHER_NS;
    }
    b->host->timer(b->host, delay_ns, TIMER_SUBSCRIBE, &market->send_timer);
}

static void add_names(struct sofia_request_writer *w, const struct binance_symbol *symbol,
                      int first)
{
    for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
        sofia_request_text(w, SOFIA_PART_BODY, first && i == 0 ? "\"" : ",\"");
        sofia_request_json(w, SOFIA_PART_BODY, sofia_slice_of(symbol->stream));
        sofia_request_text(w, SOFIA_PART_BODY, channels[i]);
        sofia_request_text(w, SOFIA_PART_BODY, "\"");
    }
}

/* One message for as many symbols as fit. Returns how many; the rest is left for the next one. */
static uint32_t send_batch(struct binance *b, uint32_t wanted)
{
    struct sofia_request request;
    struct sofia_request_writer w;
    uint64_t id = 0;
    uint32_t count = 0;
    uint64_t message_id = ++b->market.next_id;

    sofia_request_open(&w, &request, wanted ? ENDPOINT_WS_SUBSCRIBE : ENDPOINT_WS_UNSUBSCRIBE);
    request.stream = b->market.stream;
    sofia_request_text(&w, SOFIA_PART_BODY,
                       wanted ? "{\"method\":\"SUBSCRIBE\",\"params\":["
                              : "{\"method\":\"UNSUBSCRIBE\",\"params\":[");
    for (uint32_t i = 0; i < b->symbols.count && request.used < MESSAGE_ROOM; i++) {
        struct binance_symbol *symbol = &b->symbols.rows[i];
        if (is_due(symbol, wanted)) {
            add_names(&w, symbol, count == 0);
            symbol->subscribed = wanted ? SUBSCRIPTION_ASKED : SUBSCRIPTION_NONE;
            symbol->message_id = message_id;
            count++;
        }
    }
    if (count == 0) {
        return 0;
    }
    sofia_request_text(&w, SOFIA_PART_BODY, "],\"id\":");
    sofia_request_int(&w, SOFIA_PART_BODY, (int64_t)message_id);
    sofia_request_text(&w, SOFIA_PART_BODY, "}");
    request.cookie = message_id;
    int status = sofia_request_close(&w);
    if (status == SOFIA_OK) {
        status = b->host->exchange->request(b->host, &request, &id);
    }
    if (status != SOFIA_OK) {
        binance_market_unsent(b);
    }
    return count;
}

static void send_due(struct binance *b)
{
    if (!b->market.up) {
        return;
    }
    if (send_batch(b, 1) == 0 && send_batch(b, 0) == 0) {
        return;
    }
    b->market.sent_mono_ns = b->host->mono_ns(b->host);
    for (uint32_t i = 0; i < b->symbols.count; i++) {
        if (is_due(&b->symbols.rows[i], 1) || is_due(&b->symbols.rows[i], 0)) {
            send_soon(b);
            return;
        }
    }
}

/* What was asked for and not confirmed is asked for again. */
void binance_market_unsent(struct binance *b)
{
    for (uint32_t i = 0; i < b->symbols.count; i++) {
        if (b->symbols.rows[i].subscribed == SUBSCRIPTION_ASKED) {
            b->symbols.rows[i].subscribed = SUBSCRIPTION_NONE;
        }
    }
    b->market.sent_mono_ns = b->host->mono_ns(b->host);
    send_soon(b);
}

int binance_subscribe(void *self, uint32_t instrument, const char *venue_symbol, uint32_t wanted)
{
    struct binance *b = self;
    struct binance_symbol *symbol =
        binance_symbol_find(&b->symbols, venue_symbol, strlen(venue_symbol));

    if (symbol == NULL) {
        return SOFIA_ENOENT;
    }
    symbol->instrument = instrument;
    if (symbol->wanted == (wanted != 0)) {
        return SOFIA_OK;
    }
    symbol->wanted = wanted != 0;
    if (!symbol->wanted) {
        binance_depth_end(b, symbol, "not wanted any more");
    }
    send_soon(b);
    return SOFIA_OK;
}

int binance_resync(void *self, uint32_t instrument)
{
    struct binance *b = self;
    struct binance_symbol *symbol = binance_symbol_of(&b->symbols, instrument);

    if (symbol == NULL) {
        return SOFIA_ENOENT;
    }
    binance_depth_lose(b, symbol, "asked for by the core");
    return SOFIA_OK;
}

/* ---- the connection ---- */

/* Everything is subscribed once more on the successor, while the books go on with what the old connection tells. */
static void begin_succession(struct binance *b, uint32_t generation)
{
    b->market.next_generation = generation;
    b->market.sent_mono_ns = 0;
    sofia_timer_stop(b->host, &b->market.send_timer);
    for (uint32_t i = 0; i < b->symbols.count; i++) {
        b->symbols.rows[i].subscribed = SUBSCRIPTION_NONE;
    }
    send_soon(b);
}

/* What has a book was subscribed on the old connection, which goes on alone. */
static void end_succession(struct binance *b)
{
    b->market.next_generation = 0;
    sofia_timer_stop(b->host, &b->market.switch_timer);
    for (uint32_t i = 0; i < b->symbols.count; i++) {
        struct binance_symbol *symbol = &b->symbols.rows[i];
        symbol->subscribed =
            symbol->depth.state != DEPTH_IDLE ? SUBSCRIPTION_ACTIVE : SUBSCRIPTION_NONE;
    }
    send_soon(b);
}

static void switch_when_complete(struct binance *b)
{
    for (uint32_t i = 0; i < b->symbols.count; i++) {
        if (b->symbols.rows[i].wanted && b->symbols.rows[i].subscribed != SUBSCRIPTION_ACTIVE) {
            return;
        }
    }
    if (b->market.next_generation != 0 && b->market.switch_timer == 0) {
        b->host->timer(b->host, BINANCE_OVERLAP_NS, TIMER_MARKET_SWITCH, &b->market.switch_timer);
    }
}

static void switch_over(struct binance *b)
{
    if (b->market.next_generation != 0 &&
        b->host->exchange->stream_switch(b->host, b->market.stream) == SOFIA_OK) {
        b->market.generation = b->market.next_generation;
        b->market.next_generation = 0;
    }
}

void binance_market_stream(struct binance *b, uint32_t state, uint32_t generation)
{
    struct binance_market *market = &b->market;

    if (state == SOFIA_STREAM_SUCCESSOR) {
        begin_succession(b, generation);
        return;
    }
    if (state == SOFIA_STREAM_LOST && generation != 0 && generation == market->next_generation) {
        end_succession(b);
        return;
    }
    market->generation = generation;
    market->next_generation = 0;
    sofia_timer_stop(b->host, &market->switch_timer);
    market->up = state == SOFIA_STREAM_UP;
    market->sent_mono_ns = 0;
    sofia_timer_stop(b->host, &market->send_timer);
    sofia_timer_stop(b->host, &market->check_timer);
    for (uint32_t i = 0; i < b->symbols.count; i++) {
        struct binance_symbol *symbol = &b->symbols.rows[i];
        symbol->subscribed = SUBSCRIPTION_NONE;
        symbol->ticker_id = 0;
        symbol->trade_id = 0;
        if (symbol->wanted && (!market->up || symbol->depth.state != DEPTH_IDLE)) {
            binance_depth_end(b, symbol, "connection lost");
        }
    }
    if (market->up) {
        send_soon(b);
        b->host->timer(b->host, CHECK_NS, TIMER_MARKET_CHECK, &market->check_timer);
    }
}

/* A subscription that nobody confirmed for a whole period: this connection is not what it seems. */
static void check(struct binance *b)
{
    for (uint32_t i = 0; i < b->symbols.count; i++) {
        struct binance_symbol *symbol = &b->symbols.rows[i];
        if (symbol->subscribed == SUBSCRIPTION_ASKED && symbol->wanted &&
            b->host->mono_ns(b->host) - b->market.sent_mono_ns >= CHECK_NS) {
            b->host->exchange->stream_restart(b->host, b->market.stream,
                                              "subscription not confirmed");
            return;
        }
    }
    b->host->timer(b->host, CHECK_NS, TIMER_MARKET_CHECK, &b->market.check_timer);
}

void binance_market_timer(struct binance *b, uint64_t kind)
{
    if (kind == TIMER_SUBSCRIBE) {
        b->market.send_timer = 0;
        send_due(b);
    } else if (kind == TIMER_MARKET_SWITCH) {
        b->market.switch_timer = 0;
        switch_over(b);
    } else {
        b->market.check_timer = 0;
        check(b);
    }
}

/* ---- frames ---- */

static struct binance_symbol *wanted_symbol(struct binance *b, struct sofia_slice text)
{
    struct binance_symbol *symbol = binance_symbol_find(&b->symbols, text.at, text.len);

    return symbol != NULL && symbol->wanted ? symbol : NULL;
}

/* Of two connections both tell everything: what was told is not told again. Without a number it is taken. */
static int is_newer(uint64_t *last, uint64_t id)
{
    if (id != 0 && id <= *last) {
        return 0;
    }
    *last = id;
    return 1;
}

/* {"u":1000203,"s":"BTCUSDT","b":"60000.0","B":"1.5","a":"60000.1","A":"0.7"}: no type, no time */
static int take_ticker(struct binance *b, struct sofia_json *cur)
{
    struct sofia_event_ticker ticker;
    struct sofia_slice key;
    struct sofia_slice text = {0};
    uint64_t id = 0;

    sofia_event_init(&ticker.head, SOFIA_EV_TICKER, sizeof(ticker), 0);
    ticker.head.generation = b->market.generation;
    ticker.bid = ticker.bid_qty = ticker.ask = ticker.ask_qty = sofia_decimal_absent();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "s")) {
            sofia_json_string(cur, &text);
        } else if (sofia_json_is(key, "u")) {
            sofia_json_u64(cur, &id);
        } else if (sofia_json_is(key, "b")) {
            sofia_json_decimal(cur, &ticker.bid);
        } else if (sofia_json_is(key, "B")) {
            sofia_json_decimal(cur, &ticker.bid_qty);
        } else if (sofia_json_is(key, "a")) {
            sofia_json_decimal(cur, &ticker.ask);
        } else if (sofia_json_is(key, "A")) {
            sofia_json_decimal(cur, &ticker.ask_qty);
        }
    }
    if (cur->status != 0) {
        return SOFIA_EPARSE;
    }
    struct binance_symbol *symbol = wanted_symbol(b, text);
    if (symbol == NULL || !is_newer(&symbol->ticker_id, id)) {
        return SOFIA_OK;
    }
    ticker.head.instrument = symbol->instrument;
    if (sofia_decimal_sign(ticker.bid) <= 0 || sofia_decimal_sign(ticker.bid_qty) <= 0) {
        ticker.bid = ticker.bid_qty = sofia_decimal_absent(); /* an empty side is printed as 0 */
    }
    if (sofia_decimal_sign(ticker.ask) <= 0 || sofia_decimal_sign(ticker.ask_qty) <= 0) {
        ticker.ask = ticker.ask_qty = sofia_decimal_absent();
    }
    sofia_emit(b->host, &ticker.head); /* a full queue: the next one replaces it */
    return SOFIA_OK;
}

/* {"e":"trade","E":..,"s":"BTCUSDT","t":700002,"p":"60000","q":"0.0012","T":..,"m":false} */
static int take_trade(struct binance *b, struct sofia_json *cur)
{
    struct sofia_event_trade trade;
    struct sofia_slice key;
    struct sofia_slice text = {0};
    uint32_t buyer_is_maker = 0;
    int64_t time_ms = 0;
    uint64_t id = 0;

    sofia_event_init(&trade.head, SOFIA_EV_TRADE, sizeof(trade), 0);
    trade.head.generation = b->market.generation;
    trade.price = trade.qty = sofia_decimal_absent();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "s")) {
            sofia_json_string(cur, &text);
        } else if (sofia_json_is(key, "p")) {
            sofia_json_decimal(cur, &trade.price);
        } else if (sofia_json_is(key, "q")) {
            sofia_json_decimal(cur, &trade.qty);
        } else if (sofia_json_is(key, "T")) {
            sofia_json_i64(cur, &time_ms);
        } else if (sofia_json_is(key, "m")) {
            sofia_json_bool(cur, &buyer_is_maker);
        } else if (sofia_json_is(key, "t")) {
            sofia_json_u64(cur, &id);
            snprintf(trade.trade_id, sizeof(trade.trade_id), "%llu", (unsigned long long)id);
        }
    }
    if (cur->status != 0 || sofia_decimal_sign(trade.price) <= 0 ||
        sofia_decimal_sign(trade.qty) <= 0) {
        return SOFIA_EPARSE;
    }
    struct binance_symbol *symbol = wanted_symbol(b, text);
    if (symbol == NULL || !is_newer(&symbol->trade_id, id)) {
        return SOFIA_OK;
    }
    trade.head.instrument = symbol->instrument;
    trade.head.ts_venue_ns = binance_ms_to_ns(time_ms);
    trade.aggressor = buyer_is_maker ? SOFIA_SIDE_SELL : SOFIA_SIDE_BUY;
    sofia_emit(b->host, &trade.head);
    return SOFIA_OK;
}

static int has_suffix(struct sofia_slice text, const char *suffix)
{
    size_t len = strlen(suffix);

    return text.len >= len && memcmp(text.at + text.len - len, suffix, len) == 0;
}

static int take_data(struct binance *b, struct sofia_json *cur, struct sofia_slice stream)
{
    if (has_suffix(stream, channels[0])) {
        return take_ticker(b, cur);
    }
    if (has_suffix(stream, channels[1])) {
        return take_trade(b, cur);
    }
    if (has_suffix(stream, channels[2])) {
        return binance_depth_diff(b, cur);
    }
    if (sofia_slice_is(stream, "!serverShutdown")) {
        b->host->exchange->stream_restart(b->host, b->market.stream,
                                          "the venue's server shuts down");
    }
    sofia_json_skip(cur);
    return SOFIA_OK;
}

/* The answer to a SUBSCRIBE: the books of its symbols can be asked for now. */
static void on_confirmed(struct binance *b, uint64_t message_id)
{
    for (uint32_t i = 0; i < b->symbols.count; i++) {
        struct binance_symbol *symbol = &b->symbols.rows[i];
        if (symbol->subscribed == SUBSCRIPTION_ASKED && symbol->message_id == message_id) {
            symbol->subscribed = SUBSCRIPTION_ACTIVE;
            if (symbol->wanted && symbol->depth.state == DEPTH_IDLE) {
                binance_depth_begin(b, symbol);
            }
        }
    }
    switch_when_complete(b);
}

struct frame {
    struct sofia_slice stream;
    struct sofia_slice late_data; /* came before the stream's name */
    struct sofia_slice type;      /* "e" of a bare event */
    struct sofia_slice error;     /* a code instead of a result */
    uint64_t id;
    uint32_t has_id;
    uint32_t has_result;
};

static int read_member(struct binance *b, struct sofia_json *cur, struct sofia_slice key,
                       struct frame *frame)
{
    if (sofia_json_is(key, "stream")) {
        return sofia_json_string(cur, &frame->stream);
    }
    if (sofia_json_is(key, "data")) {
        if (frame->stream.len != 0) {
            return take_data(b, cur, frame->stream);
        }
        return sofia_json_raw(cur, &frame->late_data);
    }
    if (sofia_json_is(key, "id") && sofia_json_peek(cur) == SOFIA_JSON_NUMBER) {
        frame->has_id = 1;
        return sofia_json_u64(cur, &frame->id);
    }
    if (sofia_json_is(key, "result")) {
        frame->has_result = 1;
    } else if (sofia_json_is(key, "error") || sofia_json_is(key, "code")) {
        return sofia_json_raw(cur, &frame->error);
    } else if (sofia_json_is(key, "e") && sofia_json_peek(cur) == SOFIA_JSON_STRING) {
        return sofia_json_string(cur, &frame->type);
    }
    return SOFIA_OK;
}

static void on_reply(struct binance *b, const struct frame *frame)
{
    if (frame->error.len != 0) { /* it stays unconfirmed, so `check` makes a new connection */
        sofia_log(b->host, SOFIA_LOG_WARN, "market stream refused a subscription: %.*s",
                  (int)(frame->error.len < 200 ? frame->error.len : 200), frame->error.at);
    } else if (frame->has_id && frame->has_result) {
        on_confirmed(b, frame->id);
    } else if (sofia_slice_is(frame->type, "serverShutdown")) {
        b->host->exchange->stream_restart(b->host, b->market.stream,
                                          "the venue's server shuts down");
    }
}

int binance_market_frame(struct binance *b, const char *bytes, size_t len)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct frame frame = {0};
    int status = SOFIA_OK;

    sofia_json_init(&cur, bytes, len);
    sofia_json_enter_object(&cur);
    while (status == SOFIA_OK && sofia_json_next_key(&cur, &key)) {
        status = read_member(b, &cur, key, &frame);
    }
    if (status != SOFIA_OK || sofia_json_finish(&cur) != 0) {
        return SOFIA_EPARSE;
    }
    if (frame.late_data.len != 0) {
        sofia_json_init(&cur, frame.late_data.at, frame.late_data.len);
        return take_data(b, &cur, frame.stream);
    }
    if (frame.stream.len == 0) {
        on_reply(b, &frame);
    }
    return SOFIA_OK;
}
