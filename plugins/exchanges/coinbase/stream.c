#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/request.h>

#include "coinbase.h"

#define SILENCE_MS 5000u                    /* heartbeats come every second */
#define SPACING_NS (COINBASE_NS_PER_S / 4)  /* half of the messages the venue takes */
#define GATHER_NS (20 * COINBASE_NS_PER_MS) /* wishes that come together leave together */
#define CHECK_NS COINBASE_NS_PER_S
#define ACK_NS (5 * COINBASE_NS_PER_S)
#define SNAPSHOT_NS (20 * COINBASE_NS_PER_S) /* a book of megabytes takes its time */
#define PROVEN_NS (10 * COINBASE_NS_PER_S)
#define BACKOFF_FIRST_NS (COINBASE_NS_PER_S / 4)
#define BACKOFF_MAX_NS (30 * COINBASE_NS_PER_S)
#define MESSAGE_ROOM 1800u /* of SOFIA_REQUEST_BYTES, so that a last product always fits */

int coinbase_market_start(struct coinbase *c)
{
    struct sofia_stream_open open = {.size = sizeof(open),
                                     .purpose = SOFIA_STREAM_MARKET,
                                     .origin = ORIGIN_WS,
                                     .silence_ms = SILENCE_MS,
                                     .cookie = STREAM_COOKIE_MARKET};

    sofia_backoff_init(&c->market.backoff, BACKOFF_FIRST_NS, BACKOFF_MAX_NS, 50,
                       (uint64_t)c->host->now_ns(c->host));
    snprintf(open.path, sizeof(open.path), "%s", coinbase_stream_path(c, ORIGIN_WS));
    return c->host->exchange->stream_open(c->host, &open, &c->market.stream);
}

void coinbase_market_stop(struct coinbase *c)
{
    sofia_timer_stop(c->host, &c->market.send_timer);
    sofia_timer_stop(c->host, &c->market.check_timer);
    sofia_stream_end(c->host, &c->market.stream);
    c->market.up = 0;
}

/* ---- subscriptions ---- */

/* What a message says, in the order in which they are due. */
enum { SAY_DROP_LEVEL2, SAY_DROP_TRADES, SAY_LEVEL2, SAY_TRADES, SAY_COUNT };

static const struct {
    uint32_t endpoint;
    const char *head;
} says[SAY_COUNT] = {
    {ENDPOINT_WS_LEVEL2, "{\"type\":\"unsubscribe\",\"channel\":\"level2\",\"product_ids\":["},
    {ENDPOINT_WS_TRADES,
     "{\"type\":\"unsubscribe\",\"channel\":\"market_trades\",\"product_ids\":["},
    {ENDPOINT_WS_LEVEL2, "{\"type\":\"subscribe\",\"channel\":\"level2\",\"product_ids\":["},
    {ENDPOINT_WS_TRADES, "{\"type\":\"subscribe\",\"channel\":\"market_trades\",\"product_ids\":["},
};

static int is_due(const struct coinbase *c, const struct coinbase_symbol *symbol, uint32_t say)
{
    switch (say) {
    case SAY_DROP_LEVEL2:
        return (symbol->dropping & DROP_LEVEL2) != 0;
    case SAY_DROP_TRADES:
        return (symbol->dropping & DROP_TRADES) != 0;
    case SAY_LEVEL2:
        return symbol->wanted && symbol->level2 == PRODUCT_NONE &&
               symbol->not_before_mono_ns <= c->host->mono_ns(c->host);
    default:
        return symbol->wanted && symbol->trades == PRODUCT_NONE;
    }
}

static void said(struct coinbase *c, struct coinbase_symbol *symbol, uint32_t say)
{
    switch (say) {
    case SAY_DROP_LEVEL2:
        symbol->dropping &= ~DROP_LEVEL2;
        symbol->level2 = PRODUCT_NONE;
        break;
    case SAY_DROP_TRADES:
        symbol->dropping &= ~DROP_TRADES;
        symbol->trades = PRODUCT_NONE;
        break;
    case SAY_LEVEL2:
        symbol->level2 = PRODUCT_ASKED;
        break;
    default:
        symbol->trades = PRODUCT_ASKED;
        break;
    }
    symbol->asked_mono_ns = c->host->mono_ns(c->host);
}

static int anything_due(const struct coinbase *c)
{
    for (uint32_t say = 0; say < SAY_COUNT; say++) {
        for (uint32_t i = 0; i < c->symbols.count; i++) {
            if (is_due(c, &c->symbols.rows[i], say)) {
                return 1;
            }
        }
    }
    return !c->market.heartbeats;
}

void coinbase_market_wake(struct coinbase *c)
{
    struct coinbase_market *market = &c->market;
    int64_t delay_ns = market->sent_mono_ns + SPACING_NS - c->host->mono_ns(c->host);

    if (!market->up || market->doomed || market->send_timer != 0) {
        return;
    }
    if (market->sent_mono_ns == 0 || delay_ns < GATHER_NS) {
        delay_ns = GATHER_NS;
    }
    c->host->timer(c->host, delay_ns, TIMER_MARKET_SEND, &market->send_timer);
}

static int post(struct coinbase *c, struct sofia_request_writer *w)
{
    uint64_t id = 0;
    int status = sofia_request_close(w);

    if (status == SOFIA_OK) {
        status = c->host->exchange->request(c->host, w->request, &id);
    }
    c->market.sent_mono_ns = c->host->mono_ns(c->host);
    return status;
}

static int say_heartbeats(struct coinbase *c)
{
    struct sofia_request request;
    struct sofia_request_writer w;

    sofia_request_open(&w, &request, ENDPOINT_WS_HEARTBEATS);
    request.stream = c->market.stream;
    sofia_request_text(&w, SOFIA_PART_BODY, "{\"type\":\"subscribe\",\"channel\":\"heartbeats\"}");
    c->market.heartbeats = post(c, &w) == SOFIA_OK;
    return 1;
}

/* One message for as many products as fit. Returns how many; the rest is left for the next one. */
static uint32_t say_products(struct coinbase *c, uint32_t say)
{
    struct sofia_request request;
    struct sofia_request_writer w;
    uint32_t count = 0;

    sofia_request_open(&w, &request, says[say].endpoint);
    request.stream = c->market.stream;
    sofia_request_text(&w, SOFIA_PART_BODY, says[say].head);
    for (uint32_t i = 0; i < c->symbols.count && request.used < MESSAGE_ROOM; i++) {
        struct coinbase_symbol *symbol = &c->symbols.rows[i];
        if (is_due(c, symbol, say)) {
            sofia_request_text(&w, SOFIA_PART_BODY, count == 0 ? "\"" : ",\"");
            sofia_request_json(&w, SOFIA_PART_BODY, sofia_slice_of(symbol->venue_symbol));
            sofia_request_text(&w, SOFIA_PART_BODY, "\"");
            said(c, symbol, say);
            count++;
        }
    }
    if (count == 0) {
        return 0;
    }
    sofia_request_text(&w, SOFIA_PART_BODY, "]}");
    if (post(c, &w) != SOFIA_OK) {
        coinbase_market_unsent(c);
    }
    return count;
}

static void send_due(struct coinbase *c)
{
    uint32_t sent = 0;

    if (!c->market.up || c->market.doomed) {
        return;
    }
    if (!c->market.heartbeats) {
        sent = (uint32_t)say_heartbeats(c);
    }
    for (uint32_t say = 0; sent == 0 && say < SAY_COUNT; say++) {
        sent = say_products(c, say);
    }
    if (anything_due(c)) {
        coinbase_market_wake(c);
    }
}

/* What was asked for and not confirmed is asked for again. */
void coinbase_market_unsent(struct coinbase *c)
{
    for (uint32_t i = 0; i < c->symbols.count; i++) {
        struct coinbase_symbol *symbol = &c->symbols.rows[i];
        if (symbol->level2 == PRODUCT_ASKED) {
            symbol->level2 = PRODUCT_NONE;
        }
        if (symbol->trades == PRODUCT_ASKED) {
            symbol->trades = PRODUCT_NONE;
        }
    }
    c->market.sent_mono_ns = c->host->mono_ns(c->host);
    coinbase_market_wake(c);
}

int coinbase_subscribe(void *self, uint32_t instrument, const char *venue_symbol, uint32_t wanted)
{
    struct coinbase *c = self;
    struct coinbase_symbol *symbol =
        coinbase_symbol_find(&c->symbols, sofia_slice_of(venue_symbol));

    if (symbol == NULL) {
        return SOFIA_ENOENT;
    }
    symbol->instrument = instrument;
    if (symbol->wanted == (wanted != 0)) {
        return SOFIA_OK;
    }
    symbol->wanted = wanted != 0;
    if (!symbol->wanted) {
        symbol->dropping |= symbol->level2 != PRODUCT_NONE ? DROP_LEVEL2 : 0;
        symbol->dropping |= symbol->trades != PRODUCT_NONE ? DROP_TRADES : 0;
        coinbase_depth_lose(c, symbol, "not wanted any more", SOFIA_CHANNEL_DOWN);
    }
    coinbase_market_wake(c);
    return SOFIA_OK;
}

/* ---- the connection ---- */

static void forget(struct coinbase *c, const char *reason)
{
    for (uint32_t i = 0; i < c->symbols.count; i++) {
        struct coinbase_symbol *symbol = &c->symbols.rows[i];
        if (symbol->wanted) {
            coinbase_depth_lose(c, symbol, reason, SOFIA_CHANNEL_DOWN);
        }
        symbol->level2 = symbol->trades = PRODUCT_NONE;
        symbol->dropping = 0;
        symbol->not_before_mono_ns = 0;
    }
}

void coinbase_market_stream(struct coinbase *c, uint32_t state, uint32_t generation)
{
    struct coinbase_market *market = &c->market;

    forget(c, "connection lost");
    market->generation = generation;
    market->up = state == SOFIA_STREAM_UP;
    market->heartbeats = market->doomed = 0;
    market->sent_mono_ns = 0;
    market->up_mono_ns = c->host->mono_ns(c->host);
    memset(&market->sequence, 0, sizeof(market->sequence));
    sofia_timer_stop(c->host, &market->send_timer);
    sofia_timer_stop(c->host, &market->check_timer);
    if (market->up) {
        coinbase_market_wake(c);
        c->host->timer(c->host, CHECK_NS, TIMER_MARKET_CHECK, &market->check_timer);
    }
}

/* A new connection, after a wait that grows: the books are out of trust at once. */
static void doom(struct coinbase *c, const char *reason)
{
    struct coinbase_market *market = &c->market;

    if (market->doomed) {
        return;
    }
    if (c->host->mono_ns(c->host) - market->up_mono_ns >= PROVEN_NS) {
        sofia_backoff_reset(&market->backoff);
    }
    sofia_log(c->host, SOFIA_LOG_WARN, "the market stream is made anew: %s", reason);
    forget(c, reason);
    market->doomed = 1;
    sofia_timer_stop(c->host, &market->send_timer);
    sofia_timer_stop(c->host, &market->check_timer);
    c->host->timer(c->host, sofia_backoff_next_ns(&market->backoff), TIMER_MARKET_CHECK,
                   &market->check_timer);
}

/* A subscription that nobody confirmed in time: this connection is not what it seems. */
static void check(struct coinbase *c)
{
    int64_t now_ns = c->host->mono_ns(c->host);

    for (uint32_t i = 0; i < c->symbols.count; i++) {
        const struct coinbase_symbol *symbol = &c->symbols.rows[i];
        int64_t age_ns = now_ns - symbol->asked_mono_ns;
        if (!symbol->wanted || (symbol->dropping & DROP_LEVEL2) != 0) {
            continue;
        }
        if ((symbol->level2 == PRODUCT_ASKED || symbol->trades == PRODUCT_ASKED) &&
            age_ns >= ACK_NS) {
            doom(c, "a subscription was not confirmed");
            return;
        }
        if (symbol->level2 == PRODUCT_ACKED && age_ns >= SNAPSHOT_NS) {
            doom(c, "no snapshot came");
            return;
        }
    }
    if (anything_due(c)) {
        coinbase_market_wake(c);
    }
    c->host->timer(c->host, CHECK_NS, TIMER_MARKET_CHECK, &c->market.check_timer);
}

void coinbase_market_timer(struct coinbase *c, uint64_t kind)
{
    if (kind == TIMER_MARKET_SEND) {
        c->market.send_timer = 0;
        send_due(c);
        return;
    }
    c->market.check_timer = 0;
    if (c->market.doomed) {
        c->host->exchange->stream_restart(c->host, c->market.stream,
                                          "the market stream is not in order");
    } else {
        check(c);
    }
}

/* ---- frames ---- */

/* Products of one channel that the venue says it sends. */
static void confirm(struct coinbase *c, struct sofia_json *cur, struct sofia_slice channel)
{
    struct sofia_slice product = {0};

    sofia_json_enter_array(cur);
    while (sofia_json_next_element(cur)) {
        if (sofia_json_peek(cur) != SOFIA_JSON_STRING || sofia_json_string(cur, &product) != 0) {
            continue;
        }
        for (uint32_t i = 0; i < c->symbols.count; i++) {
            struct coinbase_symbol *symbol = &c->symbols.rows[i];
            if (!coinbase_symbol_takes(symbol, product)) {
                continue;
            }
            if (sofia_slice_is(channel, "level2") && symbol->level2 == PRODUCT_ASKED) {
                symbol->level2 = PRODUCT_ACKED;
            } else if (sofia_slice_is(channel, "market_trades") &&
                       symbol->trades == PRODUCT_ASKED) {
                symbol->trades = PRODUCT_LIVE;
            }
        }
    }
}

/* [{"subscriptions":{"level2":["BTC-USD"],"heartbeats":["heartbeats"]}}] */
static int read_confirmation(struct coinbase *c, struct sofia_slice events)
{
    struct sofia_json cur;
    struct sofia_slice key;

    sofia_json_init(&cur, events.at, events.len);
    sofia_json_enter_array(&cur);
    while (sofia_json_next_element(&cur)) {
        sofia_json_enter_object(&cur);
        while (sofia_json_next_key(&cur, &key)) {
            if (!sofia_json_is(key, "subscriptions") ||
                sofia_json_peek(&cur) != SOFIA_JSON_OBJECT) {
                continue;
            }
            struct sofia_slice channel;
            sofia_json_enter_object(&cur);
            while (sofia_json_next_key(&cur, &channel)) {
                if (sofia_json_peek(&cur) == SOFIA_JSON_ARRAY) {
                    confirm(c, &cur, channel);
                }
            }
        }
    }
    return sofia_json_finish(&cur) == 0 ? SOFIA_OK : SOFIA_EPARSE;
}

static int take_frame(struct coinbase *c, const struct coinbase_frame *frame)
{
    if (sofia_slice_is(frame->type, "error")) { /* unconfirmed it stays, so `check` sees it */
        sofia_log(c->host, SOFIA_LOG_WARN, "the market stream says: %.*s",
                  (int)(frame->message.len < 200 ? frame->message.len : 200),
                  frame->message.at != NULL ? frame->message.at : "error");
        return SOFIA_OK;
    }
    if (frame->events.len == 0) {
        return SOFIA_OK;
    }
    if (sofia_slice_is(frame->channel, "l2_data")) {
        return coinbase_depth_events(c, frame->events, frame->ts_ns);
    }
    if (sofia_slice_is(frame->channel, "market_trades")) {
        return coinbase_trade_events(c, frame->events);
    }
    if (sofia_slice_is(frame->channel, "subscriptions")) {
        return read_confirmation(c, frame->events);
    }
    return SOFIA_OK; /* heartbeats, and what the venue may yet invent */
}

int coinbase_market_frame(struct coinbase *c, const char *bytes, size_t len)
{
    struct coinbase_frame frame;

    if (c->market.doomed) {
        return SOFIA_OK;
    }
    int status = coinbase_frame_read(bytes, len, &frame);
    if (status == SOFIA_OK) {
        int place = coinbase_sequence_take(&c->market.sequence, &frame);
        if (place == SEQUENCE_LATE) {
            return SOFIA_OK;
        }
        if (place == SEQUENCE_GAP) {
            doom(c, "a gap in the sequence of frames");
            return SOFIA_OK;
        }
        status = take_frame(c, &frame);
    }
    if (status != SOFIA_OK) {
        doom(c, "an unreadable frame");
    }
    return status;
}
