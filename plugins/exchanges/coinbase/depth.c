#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "coinbase.h"

#define PROVEN_NS                                                                                  \
    (10 * COINBASE_NS_PER_S) /* a book that lived so long is asked for again at once */

/* ---- losing a book ---- */

void coinbase_depth_lose(struct coinbase *c, struct coinbase_symbol *symbol, const char *reason,
                         uint32_t channel_state)
{
    int64_t now_ns = c->host->mono_ns(c->host);

    if (symbol->level2 == PRODUCT_LIVE) {
        sofia_emit_book_invalid(c->host, symbol->instrument, c->market.generation);
        if (now_ns - symbol->live_mono_ns >= PROVEN_NS) {
            sofia_backoff_reset(&c->market.backoff);
        }
        symbol->not_before_mono_ns = now_ns + sofia_backoff_next_ns(&c->market.backoff);
    }
    sofia_book_clear(&symbol->book);
    sofia_emit_channel(c->host, SOFIA_CHANNEL_MARKET, symbol->instrument, c->market.generation,
                       channel_state, reason);
}

/* Another snapshot costs a new subscription, as nothing else makes the venue send one. */
static void start_over(struct coinbase *c, struct coinbase_symbol *symbol, const char *reason)
{
    coinbase_depth_lose(c, symbol, reason, SOFIA_CHANNEL_RESYNC);
    symbol->level2 = PRODUCT_ASKED;
    symbol->asked_mono_ns = c->host->mono_ns(c->host);
    symbol->dropping |= DROP_LEVEL2;
    coinbase_market_wake(c);
}

int coinbase_resync(void *self, uint32_t instrument)
{
    struct coinbase *c = self;
    struct coinbase_symbol *symbol = coinbase_symbol_of(&c->symbols, instrument);

    if (symbol == NULL) {
        return SOFIA_ENOENT;
    }
    if (symbol->level2 == PRODUCT_LIVE) {
        start_over(c, symbol, "asked for by the core");
    }
    return SOFIA_OK;
}

/* ---- reading levels ---- */

struct change {
    uint32_t side; /* SOFIA_SIDE_BUY: a bid */
    struct sofia_level level;
};

/* {"side":"bid","event_time":"...","price_level":"68900.00","new_quantity":"0.5"} */
static int read_change(struct sofia_json *cur, struct change *ret_change)
{
    struct sofia_slice key;
    struct sofia_slice side = {0};

    ret_change->level.price = ret_change->level.qty = sofia_decimal_absent();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "side")) {
            sofia_json_string(cur, &side);
        } else if (sofia_json_is(key, "price_level")) {
            coinbase_json_decimal(cur, &ret_change->level.price);
        } else if (sofia_json_is(key, "new_quantity")) {
            coinbase_json_decimal(cur, &ret_change->level.qty);
        }
    }
    ret_change->side = sofia_slice_is(side, "bid")     ? SOFIA_SIDE_BUY
                       : sofia_slice_is(side, "offer") ? SOFIA_SIDE_SELL
                                                       : 0;
    if (ret_change->side == 0 || sofia_decimal_sign(ret_change->level.price) <= 0 ||
        sofia_decimal_is_absent(ret_change->level.qty) ||
        sofia_decimal_sign(ret_change->level.qty) < 0) {
        sofia_json_fail(cur);
    }
    return cur->status == 0;
}

static struct sofia_event_book *book_event(struct coinbase *c, struct sofia_event_book *room,
                                           const struct coinbase_symbol *symbol, uint32_t flags,
                                           int64_t ts_ns)
{
    sofia_event_init(&room->head, SOFIA_EV_BOOK, offsetof(struct sofia_event_book, levels),
                     symbol->instrument);
    room->head.generation = c->market.generation;
    room->head.ts_venue_ns = ts_ns;
    room->flags = flags;
    return room;
}

static int emit_sized(struct coinbase *c, struct sofia_event_book *book)
{
    book->head.size = (uint32_t)SOFIA_EVENT_BOOK_SIZE(book->bid_count + book->ask_count);
    return sofia_emit(c->host, &book->head);
}

/* ---- snapshots ---- */

/* The whole depth comes, millions of bytes of it; what is kept is the best of each side. */
static int read_snapshot(struct sofia_json *cur, struct coinbase_symbol *symbol)
{
    struct change change;

    sofia_book_clear(&symbol->book);
    sofia_json_enter_array(cur);
    while (sofia_json_next_element(cur)) {
        if (read_change(cur, &change)) {
            sofia_book_set(&symbol->book, change.side, change.level.price, change.level.qty);
        }
    }
    return cur->status == 0 ? SOFIA_OK : SOFIA_EPARSE;
}

static int emit_snapshot(struct coinbase *c, struct coinbase_symbol *symbol, int64_t ts_ns)
{
    struct sofia_event_book *whole = book_event(c, c->whole, symbol, SOFIA_BOOK_SNAPSHOT, ts_ns);

    whole->bid_count = sofia_book_count(&symbol->book, SOFIA_SIDE_BUY);
    whole->ask_count = sofia_book_count(&symbol->book, SOFIA_SIDE_SELL);
    for (uint32_t i = 0; i < whole->bid_count; i++) {
        whole->levels[i] = *sofia_book_level(&symbol->book, SOFIA_SIDE_BUY, i);
    }
    for (uint32_t i = 0; i < whole->ask_count; i++) {
        whole->levels[whole->bid_count + i] = *sofia_book_level(&symbol->book, SOFIA_SIDE_SELL, i);
    }
    whole->head.size = (uint32_t)SOFIA_EVENT_BOOK_SIZE(whole->bid_count + whole->ask_count);
    return sofia_emit_book(c->host, whole, c->part);
}

/* A side that has let levels go and has run short does not show what the venue has; a book that is
 * crossed has lost a message. */
static const char *flaw_of(const struct coinbase *c, const struct sofia_book *book)
{
    const uint32_t sides[] = {SOFIA_SIDE_BUY, SOFIA_SIDE_SELL};

    if (sofia_book_crossed(book)) {
        return "the book is crossed";
    }
    for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
        if (sofia_book_truncated(book, sides[i]) > 0 &&
            sofia_book_count(book, sides[i]) < c->config.depth_limit / 4) {
            return "the known part of the book has been used up";
        }
    }
    return NULL;
}

static void take_snapshot(struct coinbase *c, struct coinbase_symbol *symbol,
                          struct sofia_json *cur, int64_t ts_ns)
{
    if (read_snapshot(cur, symbol) != SOFIA_OK) {
        start_over(c, symbol, "an unreadable snapshot");
        return;
    }
    const char *flaw = flaw_of(c, &symbol->book);
    if (flaw == NULL && emit_snapshot(c, symbol, ts_ns) != SOFIA_OK) {
        flaw = "the event queue is full";
    }
    int was_live = symbol->level2 == PRODUCT_LIVE;
    symbol->level2 = PRODUCT_LIVE;
    if (flaw != NULL) {
        start_over(c, symbol, flaw);
        return;
    }
    symbol->live_mono_ns = c->host->mono_ns(c->host);
    if (!was_live) {
        sofia_emit_channel(c->host, SOFIA_CHANNEL_MARKET, symbol->instrument, c->market.generation,
                           SOFIA_CHANNEL_UP, "");
    }
}

/* ---- updates ---- */

/* Bids gather at the front of the event, asks at its end; they are moved together to leave. */
struct batch {
    struct sofia_event_book *event;
    uint32_t bids;
    uint32_t asks;
};

static int flush(struct coinbase *c, const struct coinbase_symbol *symbol, struct batch *batch,
                 int64_t ts_ns)
{
    if (batch->bids + batch->asks == 0) {
        return SOFIA_OK;
    }
    struct sofia_event_book *event = book_event(c, batch->event, symbol, 0, ts_ns);
    event->bid_count = batch->bids;
    event->ask_count = batch->asks;
    memmove(event->levels + batch->bids, event->levels + SOFIA_BOOK_PART_LEVELS - batch->asks,
            batch->asks * sizeof(struct sofia_level));
    batch->bids = batch->asks = 0;
    return emit_sized(c, event);
}

/* Asks are filled from the end backwards, so their order turns round: of one price only the last
 * word counts, and the core takes them as they come. So a batch holds each price once. */
static int holds_ask(const struct batch *batch, struct sofia_decimal price)
{
    for (uint32_t i = 0; i < batch->asks; i++) {
        if (sofia_decimal_cmp(batch->event->levels[SOFIA_BOOK_PART_LEVELS - 1 - i].price, price) ==
            0) {
            return 1;
        }
    }
    return 0;
}

static int take_change(struct coinbase *c, struct coinbase_symbol *symbol,
                       const struct change *change, struct batch *batch, int64_t ts_ns)
{
    int status = SOFIA_OK;

    if (sofia_book_set(&symbol->book, change->side, change->level.price, change->level.qty) != 0) {
        return SOFIA_EPARSE;
    }
    if (batch->bids + batch->asks == SOFIA_BOOK_PART_LEVELS ||
        (change->side == SOFIA_SIDE_SELL && holds_ask(batch, change->level.price))) {
        status = flush(c, symbol, batch, ts_ns);
    }
    if (change->side == SOFIA_SIDE_BUY) {
        batch->event->levels[batch->bids++] = change->level;
    } else {
        batch->event->levels[SOFIA_BOOK_PART_LEVELS - ++batch->asks] = change->level;
    }
    return status;
}

static void take_update(struct coinbase *c, struct coinbase_symbol *symbol, struct sofia_json *cur,
                        int64_t ts_ns)
{
    struct batch batch = {.event = c->part};
    struct change change;
    int status = SOFIA_OK;

    sofia_json_enter_array(cur);
    while (sofia_json_next_element(cur)) {
        if (status == SOFIA_OK && read_change(cur, &change)) {
            status = take_change(c, symbol, &change, &batch, ts_ns);
        }
    }
    if (cur->status != 0 || status == SOFIA_EPARSE) {
        start_over(c, symbol, "an unreadable change of the book");
        return;
    }
    if (status == SOFIA_OK) {
        status = flush(c, symbol, &batch, ts_ns);
    }
    const char *flaw = status != SOFIA_OK ? "the event queue is full" : flaw_of(c, &symbol->book);
    if (flaw != NULL) {
        start_over(c, symbol, flaw);
    }
}

/* ---- frames ---- */

static void take(struct coinbase *c, struct coinbase_symbol *symbol, struct sofia_slice updates,
                 int is_snapshot, int64_t ts_ns)
{
    struct sofia_json cur;
    int waits = symbol->level2 == PRODUCT_ASKED || symbol->level2 == PRODUCT_ACKED;

    if (!symbol->wanted || (symbol->dropping & DROP_LEVEL2) != 0) {
        return; /* the rest of a subscription that is being given up */
    }
    sofia_json_init(&cur, updates.at, updates.len);
    if (is_snapshot && (waits || symbol->level2 == PRODUCT_LIVE)) {
        take_snapshot(c, symbol, &cur, ts_ns);
    } else if (!is_snapshot && symbol->level2 == PRODUCT_LIVE) {
        take_update(c, symbol, &cur, ts_ns);
    }
}

/* {"type":"snapshot","product_id":"BTC-USD","updates":[...]} */
static int read_event(struct coinbase *c, struct sofia_json *cur, int64_t ts_ns)
{
    struct sofia_slice key;
    struct sofia_slice type = {0};
    struct sofia_slice product = {0};
    struct sofia_slice updates = {0};

    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "type")) {
            sofia_json_string(cur, &type);
        } else if (sofia_json_is(key, "product_id")) {
            sofia_json_string(cur, &product);
        } else if (sofia_json_is(key, "updates") && sofia_json_peek(cur) == SOFIA_JSON_ARRAY) {
            sofia_json_raw(cur, &updates);
        }
    }
    int is_snapshot = sofia_slice_is(type, "snapshot");
    if (cur->status != 0) {
        return SOFIA_EPARSE;
    }
    if (updates.len == 0 || (!is_snapshot && !sofia_slice_is(type, "update"))) {
        return SOFIA_OK; /* something new of the venue's */
    }
    for (uint32_t i = 0; i < c->symbols.count; i++) {
        if (coinbase_symbol_takes(&c->symbols.rows[i], product)) {
            take(c, &c->symbols.rows[i], updates, is_snapshot, ts_ns);
        }
    }
    return SOFIA_OK;
}

int coinbase_depth_events(struct coinbase *c, struct sofia_slice events, int64_t ts_ns)
{
    struct sofia_json cur;
    int status = SOFIA_OK;

    sofia_json_init(&cur, events.at, events.len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        status = read_event(c, &cur, ts_ns);
    }
    return status == SOFIA_OK && sofia_json_finish(&cur) != 0 ? SOFIA_EPARSE : status;
}
