#include "depth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "binance.h"

#define HELD_BYTES (256u * 1024u) /* some seconds of a busy book */
#define BACKOFF_FIRST_NS (BINANCE_NS_PER_S / 4)
#define BACKOFF_MAX_NS (30 * BINANCE_NS_PER_S)
#define PROVEN_NS                                                                                  \
    (10 * BINANCE_NS_PER_S) /* a book that lived so long begins with short waits again */

/* One diff in `held`: this, then the event of head.size bytes, padded to 8. */
struct held {
    uint64_t first; /* U */
    uint64_t last;  /* u */
    uint64_t bytes; /* of this record, padding included */
};

void binance_depth_release(struct binance_depth *depth)
{
    free(depth->held);
    memset(depth, 0, sizeof(*depth));
}

/* Memory comes with the first wish for this book and stays for the life of the instance. */
static int prepare(struct binance *b, struct binance_symbol *symbol)
{
    struct binance_depth *depth = &symbol->depth;

    if (depth->held != NULL) {
        return SOFIA_OK;
    }
    depth->held = malloc(HELD_BYTES);
    if (depth->held == NULL) {
        return SOFIA_ENOMEM;
    }
    uint64_t seed = (uint64_t)b->host->now_ns(b->host) + binance_symbol_index(&b->symbols, symbol);
    sofia_backoff_init(&depth->backoff, BACKOFF_FIRST_NS, BACKOFF_MAX_NS, 50, seed);
    return SOFIA_OK;
}

static void arm(struct binance *b, int64_t due_mono_ns)
{
    struct binance_market *market = &b->market;
    int64_t delay_ns = due_mono_ns - b->host->mono_ns(b->host);

    if (market->depth_timer != 0) {
        if (market->depth_due_mono_ns <= due_mono_ns) {
            return;
        }
        sofia_timer_stop(b->host, &market->depth_timer);
    }
    market->depth_due_mono_ns = due_mono_ns;
    b->host->timer(b->host, delay_ns > 0 ? delay_ns : 0, TIMER_DEPTH, &market->depth_timer);
}

static void wait(struct binance *b, struct binance_symbol *symbol, int64_t least_ns)
{
    struct binance_depth *depth = &symbol->depth;
    int64_t delay_ns = sofia_backoff_next_ns(&depth->backoff);

    depth->state = DEPTH_PAUSED;
    depth->due_mono_ns = b->host->mono_ns(b->host) + (delay_ns > least_ns ? delay_ns : least_ns);
    arm(b, depth->due_mono_ns);
}

static void ask(struct binance *b, struct binance_symbol *symbol)
{
    struct binance_depth *depth = &symbol->depth;
    struct sofia_request request;
    uint64_t id = 0;

    depth->state = DEPTH_ASKED;
    depth->epoch++;
    if (binance_encode_depth(b, symbol, &request) != SOFIA_OK ||
        b->host->exchange->request(b->host, &request, &id) != SOFIA_OK) {
        wait(b, symbol, 0);
    }
}

void binance_depth_begin(struct binance *b, struct binance_symbol *symbol)
{
    if (symbol->depth.state == DEPTH_IDLE && prepare(b, symbol) == SOFIA_OK) {
        binance_emit_channel(b, SOFIA_CHANNEL_MARKET, symbol->instrument, SOFIA_CHANNEL_RESYNC,
                             "waiting for the snapshot");
        ask(b, symbol);
    }
}

void binance_depth_end(struct binance *b, struct binance_symbol *symbol, const char *reason)
{
    struct binance_depth *depth = &symbol->depth;

    if (depth->state == DEPTH_LIVE) {
        sofia_emit_book_invalid(b->host, symbol->instrument, b->market.generation);
    }
    depth->state = DEPTH_IDLE;
    depth->epoch++;
    depth->held_used = 0;
    binance_emit_channel(b, SOFIA_CHANNEL_MARKET, symbol->instrument, SOFIA_CHANNEL_DOWN, reason);
}

void binance_depth_lose(struct binance *b, struct binance_symbol *symbol, const char *reason)
{
    struct binance_depth *depth = &symbol->depth;

    if (depth->state == DEPTH_IDLE) {
        return;
    }
    if (depth->state == DEPTH_LIVE) {
        if (b->host->mono_ns(b->host) - depth->live_mono_ns >= PROVEN_NS) {
            sofia_backoff_reset(&depth->backoff);
        }
        sofia_emit_book_invalid(b->host, symbol->instrument, b->market.generation);
        binance_emit_channel(b, SOFIA_CHANNEL_MARKET, symbol->instrument, SOFIA_CHANNEL_RESYNC,
                             reason);
    }
    depth->epoch++;
    depth->held_used = 0;
    wait(b, symbol, 0);
}

void binance_depth_timer(struct binance *b)
{
    int64_t now_ns = b->host->mono_ns(b->host);

    b->market.depth_timer = 0;
    for (uint32_t i = 0; i < b->symbols.count; i++) {
        struct binance_symbol *symbol = &b->symbols.rows[i];
        if (symbol->depth.state != DEPTH_PAUSED) {
            continue;
        }
        if (symbol->depth.due_mono_ns <= now_ns) {
            ask(b, symbol);
        } else {
            arm(b, symbol->depth.due_mono_ns);
        }
    }
}

/* ---- reading levels ---- */

static void read_level(struct sofia_json *cur, struct sofia_level *ret_level)
{
    ret_level->price = sofia_decimal_absent();
    ret_level->qty = sofia_decimal_absent();
    sofia_json_enter_array(cur);
    if (sofia_json_next_element(cur)) {
        sofia_json_decimal(cur, &ret_level->price);
    }
    if (sofia_json_next_element(cur)) {
        sofia_json_decimal(cur, &ret_level->qty);
    }
    sofia_json_leave(cur);
    if (sofia_decimal_sign(ret_level->price) <= 0 || sofia_decimal_is_absent(ret_level->qty) ||
        sofia_decimal_sign(ret_level->qty) < 0) {
        sofia_json_fail(cur);
    }
}

static uint32_t read_side(struct binance *b, struct sofia_json *cur, uint32_t from)
{
    uint32_t count = 0;

    sofia_json_enter_array(cur);
    while (sofia_json_next_element(cur)) {
        if (from + count == b->scratch_levels) {
            sofia_json_fail(cur);
            return count;
        }
        read_level(cur, &b->scratch->levels[from + count]);
        count++;
    }
    return count;
}

/* Asks stand behind the bids in the event; should they come first in the text, they wait as text.
 */
struct sides {
    struct sofia_slice late_asks;
    uint32_t has_bids;
    uint32_t has_asks;
    uint32_t bids;
    uint32_t asks;
};

static void read_asks(struct binance *b, struct sofia_json *cur, struct sides *sides)
{
    if (sides->has_bids) {
        sides->asks = read_side(b, cur, sides->bids);
    } else {
        sofia_json_raw(cur, &sides->late_asks);
    }
    sides->has_asks = 1;
}

static void read_bids(struct binance *b, struct sofia_json *cur, struct sides *sides)
{
    struct sofia_json late;

    if (sides->has_bids) {
        sofia_json_fail(cur); /* a second list would overwrite the asks */
        return;
    }
    sides->bids = read_side(b, cur, 0);
    sides->has_bids = 1;
    if (sides->has_asks) {
        sofia_json_init(&late, sides->late_asks.at, sides->late_asks.len);
        sides->asks = read_side(b, &late, sides->bids);
        if (sofia_json_finish(&late) != 0) {
            sofia_json_fail(cur);
        }
    }
}

/* The scratch event, complete but for its levels, which are there already. */
static struct sofia_event_book *seal(struct binance *b, const struct binance_symbol *symbol,
                                     const struct sides *sides, uint32_t flags, int64_t time_ms)
{
    struct sofia_event_book *book = b->scratch;
    uint32_t levels = sides->bids + sides->asks;
    size_t head = offsetof(struct sofia_event_book, levels);

    sofia_event_init(&book->head, SOFIA_EV_BOOK, head, symbol->instrument);
    book->head.size = (uint32_t)SOFIA_EVENT_BOOK_SIZE(levels);
    book->head.generation = b->market.generation;
    book->head.ts_venue_ns = binance_ms_to_ns(time_ms);
    book->flags = flags;
    book->bid_count = sides->bids;
    book->ask_count = sides->asks;
    return book;
}

/* ---- diffs ---- */

static void hold(struct binance_depth *depth, uint64_t first, uint64_t last,
                 const struct sofia_event_book *book)
{
    struct held record = {.first = first, .last = last};

    record.bytes = sizeof(record) + ((book->head.size + 7u) & ~7u);
    if (record.bytes > HELD_BYTES - depth->held_used) {
        depth->held_used = 0; /* the hole shows when the snapshot comes */
    }
    if (record.bytes > HELD_BYTES) {
        return;
    }
    memcpy(depth->held + depth->held_used, &record, sizeof(record));
    memcpy(depth->held + depth->held_used + sizeof(record), book, book->head.size);
    depth->held_used += record.bytes;
}

static void apply(struct binance *b, struct binance_symbol *symbol, uint64_t first, uint64_t last,
                  const struct sofia_event_book *book)
{
    struct binance_depth *depth = &symbol->depth;

    if (last <= depth->last_id) {
        return;
    }
    if (first > depth->last_id + 1) {
        binance_depth_lose(b, symbol, "gap in the depth stream");
        return;
    }
    if (sofia_emit_book(b->host, book, b->part) != SOFIA_OK) {
        binance_depth_lose(b, symbol, "the event queue is full");
        return;
    }
    depth->last_id = last;
}

/* {"e":"depthUpdate","E":..,"s":"BTCUSDT","U":157,"u":160,"b":[["0.0024","10"]],"a":[..]} */
int binance_depth_diff(struct binance *b, struct sofia_json *cur)
{
    struct sofia_slice key;
    struct sofia_slice text = {0};
    struct sides sides = {0};
    uint64_t first = 0;
    uint64_t last = 0;
    int64_t time_ms = 0;

    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "s")) {
            sofia_json_string(cur, &text);
        } else if (sofia_json_is(key, "E")) {
            sofia_json_i64(cur, &time_ms);
        } else if (sofia_json_is(key, "U")) {
            sofia_json_u64(cur, &first);
        } else if (sofia_json_is(key, "u")) {
            sofia_json_u64(cur, &last);
        } else if (sofia_json_is(key, "b")) {
            read_bids(b, cur, &sides);
        } else if (sofia_json_is(key, "a")) {
            read_asks(b, cur, &sides);
        }
    }
    struct binance_symbol *symbol = binance_symbol_find(&b->symbols, text.at, text.len);
    if (symbol == NULL || !symbol->wanted) {
        return cur->status == 0 ? SOFIA_OK : SOFIA_EPARSE;
    }
    if (cur->status != 0 || !sides.has_bids || !sides.has_asks || first == 0 || last < first ||
        last >= INT64_MAX) {
        binance_depth_lose(b, symbol, "unreadable depth message");
        return SOFIA_EPARSE;
    }
    binance_depth_begin(b, symbol);
    if (symbol->depth.state == DEPTH_IDLE) {
        return SOFIA_ENOMEM;
    }
    const struct sofia_event_book *book = seal(b, symbol, &sides, 0, time_ms);
    if (symbol->depth.state == DEPTH_LIVE) {
        apply(b, symbol, first, last, book);
    } else {
        hold(&symbol->depth, first, last, book);
    }
    return SOFIA_OK;
}

/* ---- snapshots ---- */

/* Do the held diffs continue a snapshot with this id without a hole? */
static int continues(const struct binance_depth *depth, uint64_t id)
{
    for (size_t at = 0; at < depth->held_used;) {
        struct held record;
        memcpy(&record, depth->held + at, sizeof(record));
        if (record.last > id) {
            if (record.first > id + 1) {
                return 0;
            }
            id = record.last;
        }
        at += record.bytes;
    }
    return 1;
}

static void replay_held(struct binance *b, struct binance_symbol *symbol)
{
    struct binance_depth *depth = &symbol->depth;

    for (size_t at = 0; at < depth->held_used && depth->state == DEPTH_LIVE;) {
        struct held record;
        memcpy(&record, depth->held + at, sizeof(record));
        const void *event = depth->held + at + sizeof(record);
        apply(b, symbol, record.first, record.last, event);
        at += record.bytes;
    }
    depth->held_used = 0;
}

static void take_snapshot(struct binance *b, struct binance_symbol *symbol, uint64_t id,
                          const struct sides *sides)
{
    struct binance_depth *depth = &symbol->depth;

    if (!continues(depth, id)) {
        /* Older than what is held: ask again. What is held stays, a newer snapshot may fit it. */
        wait(b, symbol, 0);
        return;
    }
    if (sofia_emit_book(b->host, seal(b, symbol, sides, SOFIA_BOOK_SNAPSHOT, 0), b->part) !=
        SOFIA_OK) {
        sofia_emit_book_invalid(b->host, symbol->instrument,
                                b->market.generation); /* some of it may have got through */
        wait(b, symbol, 0);
        return;
    }
    depth->state = DEPTH_LIVE;
    depth->last_id = id;
    depth->live_mono_ns = b->host->mono_ns(b->host);
    replay_held(b, symbol);
    if (depth->state == DEPTH_LIVE) {
        binance_emit_channel(b, SOFIA_CHANNEL_MARKET, symbol->instrument, SOFIA_CHANNEL_UP, "");
    }
}

static int read_snapshot(struct binance *b, const struct sofia_answer *answer, uint64_t *ret_id,
                         struct sides *ret_sides)
{
    struct sofia_json cur;
    struct sofia_slice key;

    sofia_json_init(&cur, answer->body, answer->body != NULL ? answer->body_len : 0);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "lastUpdateId")) {
            sofia_json_u64(&cur, ret_id);
        } else if (sofia_json_is(key, "bids")) {
            read_bids(b, &cur, ret_sides);
        } else if (sofia_json_is(key, "asks")) {
            read_asks(b, &cur, ret_sides);
        }
    }
    if (sofia_json_finish(&cur) != 0 || *ret_id == 0 || *ret_id >= INT64_MAX ||
        !ret_sides->has_bids || !ret_sides->has_asks) {
        return SOFIA_EPARSE;
    }
    return SOFIA_OK;
}

/* NULL if the answer belongs to a request that has been given up since. */
static struct binance_symbol *asked_symbol(struct binance *b, const struct sofia_answer *answer)
{
    uint32_t index = (uint32_t)(answer->cookie & UINT32_MAX);
    uint32_t epoch = (uint32_t)(answer->cookie >> 32);

    if (index >= b->symbols.count) {
        return NULL;
    }
    struct binance_symbol *symbol = &b->symbols.rows[index];
    return symbol->depth.state == DEPTH_ASKED && symbol->depth.epoch == epoch ? symbol : NULL;
}

void binance_depth_answer(struct binance *b, const struct sofia_answer *answer,
                          struct sofia_result *ret_result)
{
    struct binance_symbol *symbol = asked_symbol(b, answer);
    struct sides sides = {0};
    uint64_t id = 0;
    int64_t least_ns = 0;

    ret_result->verdict = SOFIA_VERDICT_IN_DOUBT;
    ret_result->action = SOFIA_ACTION_NONE;
    if (answer->outcome != SOFIA_ANSWER_OK) {
        snprintf(ret_result->reason, sizeof(ret_result->reason), "%s",
                 answer->text != NULL ? answer->text : "no answer");
    } else if (answer->http_status != 200) {
        struct binance_refusal refusal;
        binance_refusal_of(b, answer, &refusal);
        binance_refuse(b, &refusal, ret_result);
        least_ns = (int64_t)ret_result->retry_after_ms * BINANCE_NS_PER_MS;
    } else {
        binance_usage_headers(b, answer);
        if (read_snapshot(b, answer, &id, &sides) == SOFIA_OK) {
            ret_result->verdict = SOFIA_VERDICT_ACCEPTED;
        } else {
            snprintf(ret_result->reason, sizeof(ret_result->reason), "no whole depth snapshot");
        }
    }
    if (symbol == NULL) {
        return;
    }
    if (ret_result->verdict == SOFIA_VERDICT_ACCEPTED) {
        take_snapshot(b, symbol, id, &sides);
    } else {
        wait(b, symbol, least_ns);
    }
}
