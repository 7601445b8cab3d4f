#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/request.h>
#include <sofia/kit/time.h>

#include "kraken.h"

#define SILENCE_MS 30000u                 /* the venue beats once a second */
#define GATHER_NS (20 * KRAKEN_NS_PER_MS) /* wishes that come together leave together */
#define RETRY_NS (2 * KRAKEN_NS_PER_S)
#define CHECK_NS (10 * KRAKEN_NS_PER_S)
#define MESSAGE_ROOM 1800u /* of SOFIA_REQUEST_BYTES, so that a last symbol always fits */

/* State of a subscription on the connection that is up. */
enum { SUBSCRIPTION_NONE, SUBSCRIPTION_ASKED, SUBSCRIPTION_ACTIVE, SUBSCRIPTION_REFUSED };

int kraken_market_start(struct kraken *k)
{
    struct sofia_stream_open open = {.size = sizeof(open),
                                     .purpose = SOFIA_STREAM_MARKET,
                                     .origin = ORIGIN_WS,
                                     .silence_ms = SILENCE_MS,
                                     .cookie = STREAM_COOKIE_MARKET};

    snprintf(open.path, sizeof(open.path), "/v2");
    return k->host->exchange->stream_open(k->host, &open, &k->market.stream);
}

void kraken_market_stop(struct kraken *k)
{
    sofia_timer_stop(k->host, &k->market.send_timer);
    sofia_timer_stop(k->host, &k->market.check_timer);
    sofia_timer_stop(k->host, &k->market.book_timer);
    sofia_stream_end(k->host, &k->market.stream);
    k->market.up = 0;
}

/* ---- the venue's clock ---- */

void kraken_clock_hear(struct kraken *k, struct sofia_slice time_out)
{
    int64_t venue_ns = 0;

    if (sofia_time_parse(time_out, &venue_ns) != 0) {
        return;
    }
    struct kraken_clock *clock = &k->clock;
    clock->ahead_ns[clock->next] = venue_ns - k->host->mono_ns(k->host);
    clock->next = (clock->next + 1) % KRAKEN_CLOCK_SAMPLES;
    clock->count += clock->count < KRAKEN_CLOCK_SAMPLES ? 1 : 0;
}

int kraken_clock_now(const struct kraken *k, int64_t *ret_now_ns)
{
    const struct kraken_clock *clock = &k->clock;
    int64_t best = INT64_MIN;

    if (clock->count == 0) {
        return SOFIA_ENOENT;
    }
    for (uint32_t i = 1; i <= clock->count; i++) {
        int64_t ahead_ns =
            clock->ahead_ns[(clock->next + KRAKEN_CLOCK_SAMPLES - i) % KRAKEN_CLOCK_SAMPLES];
        best = ahead_ns > best ? ahead_ns : best;
    }
    *ret_now_ns = k->host->mono_ns(k->host) + best;
    return SOFIA_OK;
}

void kraken_ping(struct kraken *k, sofia_handle stream, uint32_t endpoint)
{
    struct sofia_request request;
    struct sofia_request_writer w;
    uint64_t id = 0;

    sofia_request_open(&w, &request, endpoint);
    request.stream = stream;
    sofia_request_text(&w, SOFIA_PART_BODY, "{\"method\":\"ping\",\"req_id\":");
    sofia_request_int(&w, SOFIA_PART_BODY, (int64_t)++k->asked_seq);
    sofia_request_text(&w, SOFIA_PART_BODY, "}");
    if (sofia_request_close(&w) == SOFIA_OK) {
        (void)k->host->exchange->request(k->host, &request, &id);
    }
}

/* ---- subscriptions ---- */

static int is_due(const struct kraken_symbol *symbol, uint32_t wanted)
{
    if (wanted) {
        return symbol->wanted && symbol->subscribed == SUBSCRIPTION_NONE;
    }
    return !symbol->wanted &&
           (symbol->subscribed == SUBSCRIPTION_ASKED || symbol->subscribed == SUBSCRIPTION_ACTIVE);
}

static void send_later(struct kraken *k, int64_t delay_ns)
{
    if (k->market.up && k->market.send_timer == 0) {
        k->host->timer(k->host, delay_ns, TIMER_SUBSCRIBE, &k->market.send_timer);
    }
}

/* One message about some symbols of one channel; what belongs to the channel stands in `more`. */
static int send_message(struct kraken *k, uint32_t subscribe, const char *channel, const char *more,
                        struct sofia_slice symbols, uint64_t req_id)
{
    struct sofia_request request;
    struct sofia_request_writer w;
    uint64_t id = 0;

    sofia_request_open(&w, &request, subscribe ? ENDPOINT_WS_SUBSCRIBE : ENDPOINT_WS_UNSUBSCRIBE);
    request.stream = k->market.stream;
    sofia_request_text(&w, SOFIA_PART_BODY,
                       subscribe ? "{\"method\":\"subscribe\",\"params\":{\"channel\":\""
                                 : "{\"method\":\"unsubscribe\",\"params\":{\"channel\":\"");
    sofia_request_text(&w, SOFIA_PART_BODY, channel);
    sofia_request_text(&w, SOFIA_PART_BODY, "\"");
    sofia_request_text(&w, SOFIA_PART_BODY, more);
    if (symbols.len > 0) {
        sofia_request_text(&w, SOFIA_PART_BODY, ",\"symbol\":[");
        sofia_request_put(&w, SOFIA_PART_BODY, symbols.at, symbols.len);
        sofia_request_text(&w, SOFIA_PART_BODY, "]");
    }
    sofia_request_text(&w, SOFIA_PART_BODY, "},\"req_id\":");
    sofia_request_int(&w, SOFIA_PART_BODY, (int64_t)req_id);
    sofia_request_text(&w, SOFIA_PART_BODY, "}");
    int status = sofia_request_close(&w);
    return status == SOFIA_OK ? k->host->exchange->request(k->host, &request, &id) : status;
}

static int send_book(struct kraken *k, uint32_t subscribe, struct sofia_slice symbols,
                     uint64_t req_id)
{
    char more[64];

    snprintf(more, sizeof(more), subscribe ? ",\"depth\":%u,\"snapshot\":true" : ",\"depth\":%u",
             (unsigned)k->config.depth);
    return send_message(k, subscribe, "book", more, symbols, req_id);
}

/* Three messages for as many symbols as fit. Returns how many; the rest is left for the next turn. */
static uint32_t send_batch(struct kraken *k, uint32_t wanted)
{
    char room[MESSAGE_ROOM];
    struct sofia_text names;
    uint32_t count = 0;
    uint64_t req_id = ++k->asked_seq;

    sofia_text_init(&names, room, sizeof(room));
    for (uint32_t i = 0; i < k->symbols.count; i++) {
        struct kraken_symbol *symbol = &k->symbols.rows[i];
        if (!is_due(symbol, wanted) || names.len + 2 * SOFIA_NAME_SIZE > sizeof(room)) {
            continue;
        }
        sofia_text_str(&names, count > 0 ? "," : "");
        sofia_text_json_str(&names, sofia_slice_of(symbol->symbol));
        symbol->subscribed = wanted ? SUBSCRIPTION_ASKED : SUBSCRIPTION_NONE;
        symbol->message_id = req_id;
        count++;
    }
    if (count == 0) {
        return 0;
    }
    struct sofia_slice list = sofia_text_slice(&names);
    int status = send_book(k, wanted, list, req_id);
    if (status == SOFIA_OK) {
        status =
            send_message(k, wanted, "ticker", ",\"event_trigger\":\"bbo\"", list, ++k->asked_seq);
    }
    if (status == SOFIA_OK) {
        status = send_message(k, wanted, "trade", wanted ? ",\"snapshot\":false" : "", list,
                              ++k->asked_seq);
    }
    if (status != SOFIA_OK) {
        kraken_market_unsent(k);
    }
    return count;
}

static void describe(struct kraken *k)
{
    if (k->symbols.count > 0 && !k->market.described &&
        send_message(k, 1, "instrument", ",\"snapshot\":true", (struct sofia_slice){0},
                     ++k->asked_seq) == SOFIA_OK) {
        k->market.described = 1;
    }
}

static void send_due(struct kraken *k)
{
    if (!k->market.up) {
        return;
    }
    describe(k);
    if (send_batch(k, 1) == 0 && send_batch(k, 0) == 0) {
        return;
    }
    k->market.sent_mono_ns = k->host->mono_ns(k->host);
    for (uint32_t i = 0; i < k->symbols.count; i++) {
        if (is_due(&k->symbols.rows[i], 1) || is_due(&k->symbols.rows[i], 0)) {
            send_later(k, GATHER_NS);
            return;
        }
    }
}

void kraken_market_symbols(struct kraken *k)
{
    if (!k->market.described) {
        send_later(k, GATHER_NS);
    }
}

/* What was asked for and not confirmed is asked for again. */
void kraken_market_unsent(struct kraken *k)
{
    for (uint32_t i = 0; i < k->symbols.count; i++) {
        if (k->symbols.rows[i].subscribed == SUBSCRIPTION_ASKED) {
            k->symbols.rows[i].subscribed = SUBSCRIPTION_NONE;
        }
    }
    send_later(k, RETRY_NS);
}

void kraken_market_renew_book(struct kraken *k, struct kraken_symbol *symbol)
{
    char room[2 * SOFIA_NAME_SIZE];
    struct sofia_text name;

    if (!k->market.up || !symbol->wanted) {
        return;
    }
    sofia_text_init(&name, room, sizeof(room));
    sofia_text_json_str(&name, sofia_slice_of(symbol->symbol));
    symbol->subscribed = SUBSCRIPTION_ASKED;
    symbol->message_id = ++k->asked_seq;
    k->market.sent_mono_ns = k->host->mono_ns(k->host);
    if (send_book(k, 0, sofia_text_slice(&name), ++k->asked_seq) != SOFIA_OK ||
        send_book(k, 1, sofia_text_slice(&name), symbol->message_id) != SOFIA_OK) {
        kraken_market_unsent(k);
    }
}

int kraken_subscribe(void *self, uint32_t instrument, const char *venue_symbol, uint32_t wanted)
{
    struct kraken *k = self;
    struct kraken_symbol *symbol = kraken_symbol_find(&k->symbols, sofia_slice_of(venue_symbol));

    if (symbol == NULL) {
        return SOFIA_ENOENT;
    }
    symbol->instrument = instrument;
    if (symbol->wanted == (wanted != 0)) {
        return SOFIA_OK;
    }
    symbol->wanted = wanted != 0;
    if (!symbol->wanted) {
        kraken_book_end(k, symbol, "not wanted any more");
    }
    send_later(k, GATHER_NS);
    return SOFIA_OK;
}

int kraken_resync(void *self, uint32_t instrument)
{
    struct kraken *k = self;
    struct kraken_symbol *symbol = kraken_symbol_of(&k->symbols, instrument);

    if (symbol == NULL) {
        return SOFIA_ENOENT;
    }
    kraken_book_lose(k, symbol, "asked for by the core");
    return SOFIA_OK;
}

void kraken_market_stream(struct kraken *k, uint32_t state, uint32_t generation)
{
    struct kraken_market *market = &k->market;

    market->generation = generation;
    market->up = state == SOFIA_STREAM_UP;
    market->sent_mono_ns = k->host->mono_ns(k->host);
    market->described = 0;
    market->heard = 1;
    sofia_timer_stop(k->host, &market->send_timer);
    sofia_timer_stop(k->host, &market->check_timer);
    sofia_timer_stop(k->host, &market->book_timer);
    for (uint32_t i = 0; i < k->symbols.count; i++) {
        struct kraken_symbol *symbol = &k->symbols.rows[i];
        symbol->subscribed = SUBSCRIPTION_NONE;
        if (symbol->wanted && (!market->up || symbol->book.state != BOOK_IDLE)) {
            kraken_book_end(k, symbol, "connection lost");
        }
    }
    if (market->up) {
        kraken_ping(k, market->stream, ENDPOINT_WS_PING);
        send_later(k, GATHER_NS);
        k->host->timer(k->host, CHECK_NS, TIMER_MARKET_CHECK, &market->check_timer);
    }
}

/* Nothing heard for a whole period, where the venue beats every second and answers pings, or a
 * subscription that nobody confirmed: this connection is not what it seems. */
static void check(struct kraken *k)
{
    if (!k->market.heard) {
        k->host->exchange->stream_restart(k->host, k->market.stream, "silent");
        return;
    }
    k->market.heard = 0;
    for (uint32_t i = 0; i < k->symbols.count; i++) {
        const struct kraken_symbol *symbol = &k->symbols.rows[i];
        if (symbol->subscribed == SUBSCRIPTION_ASKED && symbol->wanted &&
            k->host->mono_ns(k->host) - k->market.sent_mono_ns >= CHECK_NS) {
            k->host->exchange->stream_restart(k->host, k->market.stream,
                                              "subscription not confirmed");
            return;
        }
    }
    kraken_ping(k, k->market.stream, ENDPOINT_WS_PING);
    k->host->timer(k->host, CHECK_NS, TIMER_MARKET_CHECK, &k->market.check_timer);
}

void kraken_market_timer(struct kraken *k, uint64_t kind)
{
    if (kind == TIMER_SUBSCRIBE) {
        k->market.send_timer = 0;
        send_due(k);
    } else {
        k->market.check_timer = 0;
        check(k);
    }
}

/* ---- quotes and trades ---- */

/* {"symbol":"BTC/USD","bid":83744.2,"bid_qty":0.56,"ask":83744.3,"ask_qty":0.06,...} */
static void take_ticker(struct kraken *k, struct sofia_json *cur)
{
    struct sofia_event_ticker ticker;
    struct sofia_slice key;
    struct sofia_slice text = {0};

    sofia_event_init(&ticker.head, SOFIA_EV_TICKER, sizeof(ticker), 0);
    ticker.head.generation = k->market.generation;
    ticker.bid = ticker.bid_qty = ticker.ask = ticker.ask_qty = sofia_decimal_absent();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_null(cur)) {
            continue;
        }
        if (sofia_json_is(key, "symbol")) {
            sofia_json_string(cur, &text);
        } else if (sofia_json_is(key, "bid")) {
            sofia_json_decimal(cur, &ticker.bid);
        } else if (sofia_json_is(key, "bid_qty")) {
            sofia_json_decimal(cur, &ticker.bid_qty);
        } else if (sofia_json_is(key, "ask")) {
            sofia_json_decimal(cur, &ticker.ask);
        } else if (sofia_json_is(key, "ask_qty")) {
            sofia_json_decimal(cur, &ticker.ask_qty);
        }
    }
    struct kraken_symbol *symbol = kraken_symbol_find(&k->symbols, text);
    if (cur->status != 0 || symbol == NULL || !symbol->wanted) {
        return;
    }
    ticker.head.instrument = symbol->instrument;
    if (sofia_decimal_sign(ticker.bid) <= 0 || sofia_decimal_sign(ticker.bid_qty) <= 0) {
        ticker.bid = ticker.bid_qty = sofia_decimal_absent();
    }
    if (sofia_decimal_sign(ticker.ask) <= 0 || sofia_decimal_sign(ticker.ask_qty) <= 0) {
        ticker.ask = ticker.ask_qty = sofia_decimal_absent();
    }
    sofia_emit(k->host, &ticker.head); /* a full queue: the next one replaces it */
}

/* {"symbol":"BTC/USD","side":"buy","price":83744.3,"qty":0.01,"trade_id":109116693,"timestamp":..} */
static void take_trade(struct kraken *k, struct sofia_json *cur)
{
    struct sofia_event_trade trade;
    struct sofia_slice key;
    struct sofia_slice text = {0};
    struct sofia_slice side = {0};
    struct sofia_slice time = {0};

    sofia_event_init(&trade.head, SOFIA_EV_TRADE, sizeof(trade), 0);
    trade.head.generation = k->market.generation;
    trade.price = trade.qty = sofia_decimal_absent();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "symbol")) {
            sofia_json_string(cur, &text);
        } else if (sofia_json_is(key, "side")) {
            sofia_json_string(cur, &side);
        } else if (sofia_json_is(key, "price")) {
            sofia_json_decimal(cur, &trade.price);
        } else if (sofia_json_is(key, "qty")) {
            sofia_json_decimal(cur, &trade.qty);
        } else if (sofia_json_is(key, "trade_id")) {
            sofia_json_id(cur, trade.trade_id, sizeof(trade.trade_id));
        } else if (sofia_json_is(key, "timestamp")) {
            sofia_json_string(cur, &time);
        }
    }
    if (sofia_decimal_sign(trade.price) <= 0 || sofia_decimal_sign(trade.qty) <= 0) {
        sofia_json_fail(cur);
    }
    struct kraken_symbol *symbol = kraken_symbol_find(&k->symbols, text);
    if (cur->status != 0 || symbol == NULL || !symbol->wanted) {
        return;
    }
    trade.head.instrument = symbol->instrument;
    (void)sofia_time_parse(time, &trade.head.ts_venue_ns);
    trade.aggressor = kraken_side_of(side);
    sofia_emit(k->host, &trade.head);
}

static int take_rows(struct kraken *k, struct sofia_slice data,
                     void (*take)(struct kraken *k, struct sofia_json *cur))
{
    struct sofia_json cur;

    sofia_json_init(&cur, data.at, data.len);
    sofia_json_enter_array(&cur);
    while (sofia_json_next_element(&cur)) {
        take(k, &cur);
    }
    return sofia_json_finish(&cur) == 0 ? SOFIA_OK : SOFIA_EPARSE;
}

/* ---- frames ---- */

struct frame {
    struct sofia_slice method;
    struct sofia_slice channel;
    struct sofia_slice type;
    struct sofia_slice symbol;
    struct sofia_slice error;
    struct sofia_slice result;
    struct sofia_slice data;
    struct sofia_slice time_out;
    uint32_t success;
};

static void read_member(struct sofia_json *cur, struct sofia_slice key, struct frame *frame)
{
    const struct {
        const char *name;
        struct sofia_slice *at;
    } texts[] = {
        {"method", &frame->method}, {"channel", &frame->channel}, {"type", &frame->type},
        {"symbol", &frame->symbol}, {"error", &frame->error},     {"time_out", &frame->time_out},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (sofia_json_is(key, texts[i].name)) {
            if (sofia_json_peek(cur) == SOFIA_JSON_STRING) {
                sofia_json_string(cur, texts[i].at);
            }
            return;
        }
    }
    if (sofia_json_is(key, "data")) {
        sofia_json_raw(cur, &frame->data);
    } else if (sofia_json_is(key, "result")) {
        sofia_json_raw(cur, &frame->result);
    } else if (sofia_json_is(key, "success") && sofia_json_peek(cur) == SOFIA_JSON_BOOL) {
        sofia_json_bool(cur, &frame->success);
    }
}

/* {"channel":"book","depth":10,"snapshot":true,"symbol":"BTC/USD"} */
static void on_confirmed(struct kraken *k, struct sofia_slice result)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct sofia_slice channel = {0};
    struct sofia_slice text = {0};

    sofia_json_init(&cur, result.at, result.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "channel")) {
            sofia_json_string(&cur, &channel);
        } else if (sofia_json_is(key, "symbol")) {
            sofia_json_string(&cur, &text);
        }
    }
    struct kraken_symbol *symbol = kraken_symbol_find(&k->symbols, text);
    if (sofia_json_finish(&cur) == 0 && symbol != NULL && sofia_slice_is(channel, "book") &&
        symbol->subscribed == SUBSCRIPTION_ASKED) {
        symbol->subscribed = SUBSCRIPTION_ACTIVE;
        if (symbol->wanted) {
            kraken_book_begin(k, symbol);
        }
    }
}

static void on_refused(struct kraken *k, const struct frame *frame)
{
    struct kraken_symbol *symbol = kraken_symbol_find(&k->symbols, frame->symbol);

    sofia_log(k->host, SOFIA_LOG_WARN, "market stream refused %.*s%s%s: %.*s",
              (int)(frame->method.len < 40 ? frame->method.len : 40), frame->method.at,
              symbol != NULL ? " of " : "", symbol != NULL ? symbol->symbol : "",
              (int)(frame->error.len < 200 ? frame->error.len : 200),
              frame->error.at != NULL ? frame->error.at : "");
    if (sofia_slice_begins(frame->error, "Exceeded msg rate")) {
        kraken_market_unsent(k);
    } else if (symbol != NULL && sofia_slice_is(frame->method, "subscribe") && symbol->wanted &&
               symbol->subscribed == SUBSCRIPTION_ASKED) {
        symbol->subscribed = SUBSCRIPTION_REFUSED;
        kraken_book_end(k, symbol, "the venue refuses the subscription");
    }
}

static int on_data(struct kraken *k, const struct frame *frame)
{
    int is_snapshot = sofia_slice_is(frame->type, "snapshot");

    if (sofia_slice_is(frame->channel, "book")) {
        return kraken_book_frame(k, frame->data, is_snapshot);
    }
    if (sofia_slice_is(frame->channel, "ticker")) {
        return take_rows(k, frame->data, take_ticker);
    }
    if (sofia_slice_is(frame->channel, "trade")) {
        return is_snapshot ? SOFIA_OK : take_rows(k, frame->data, take_trade);
    }
    if (sofia_slice_is(frame->channel, "instrument")) {
        return kraken_info_channel(k, frame->data);
    }
    return sofia_slice_is(frame->channel, "status") ? kraken_info_status(k, frame->data) : SOFIA_OK;
}

int kraken_market_frame(struct kraken *k, const char *bytes, size_t len)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct frame frame = {0};

    k->market.heard = 1;
    sofia_json_init(&cur, bytes, len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        read_member(&cur, key, &frame);
    }
    if (sofia_json_finish(&cur) != 0) {
        return SOFIA_EPARSE;
    }
    if (frame.method.len == 0) {
        return frame.data.len > 0 ? on_data(k, &frame) : SOFIA_OK;
    }
    kraken_clock_hear(k, frame.time_out);
    if (frame.success && sofia_slice_is(frame.method, "subscribe")) {
        on_confirmed(k, frame.result);
    } else if (!frame.success && !sofia_slice_is(frame.method, "pong")) {
        on_refused(k, &frame);
    }
    return SOFIA_OK;
}
