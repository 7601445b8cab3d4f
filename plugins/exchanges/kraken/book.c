#include "book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/time.h>

#include "kraken.h"

#define CHECKED_LEVELS 10u
#define BACKOFF_FIRST_NS (KRAKEN_NS_PER_S / 4)
#define BACKOFF_MAX_NS (30 * KRAKEN_NS_PER_S)
#define PROVEN_NS                                                                                  \
    (10 * KRAKEN_NS_PER_S) /* a book that lived so long begins with short waits again */
#define ALARM_FAILURES 5u

/* ---- checksum ---- */

uint32_t kraken_crc32(uint32_t crc, const char *bytes, size_t len)
{
    static const uint32_t nibbles[16] = {0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu,
                                         0x76dc4190u, 0x6b6b51f4u, 0x4db26158u, 0x5005713cu,
                                         0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu,
                                         0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu};

    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned char)bytes[i];
        crc = (crc >> 4) ^ nibbles[crc & 15u];
        crc = (crc >> 4) ^ nibbles[crc & 15u];
    }
    return ~crc;
}

/* Digits without point and leading zeros are the number counted in its last place. */
static int sum_number(struct sofia_decimal value, uint32_t precision, uint32_t *sum)
{
    int64_t mantissa = 0;
    struct sofia_text text;
    char room[24];

    if (sofia_decimal_rescale(value, -(int)precision, &mantissa) != 0) {
        return SOFIA_EINVAL;
    }
    sofia_text_init(&text, room, sizeof(room));
    sofia_text_i64(&text, mantissa);
    *sum = kraken_crc32(*sum, text.at, text.len);
    return SOFIA_OK;
}

int kraken_book_checksum(const struct sofia_book *book, uint32_t price_precision,
                         uint32_t qty_precision, uint32_t *ret_sum)
{
    static const uint32_t sides[] = {SOFIA_SIDE_SELL, SOFIA_SIDE_BUY};
    uint32_t sum = 0;

    for (size_t s = 0; s < 2; s++) {
        for (uint32_t i = 0; i < CHECKED_LEVELS; i++) {
            const struct sofia_level *level = sofia_book_level(book, sides[s], i);
            if (level == NULL) {
                break;
            }
            if (sum_number(level->price, price_precision, &sum) != SOFIA_OK ||
                sum_number(level->qty, qty_precision, &sum) != SOFIA_OK) {
                return SOFIA_EINVAL;
            }
        }
    }
    *ret_sum = sum;
    return SOFIA_OK;
}

/* ---- life ---- */

void kraken_book_release(struct kraken_book *book)
{
    free(book->memory);
    memset(book, 0, sizeof(*book));
}

/* Memory comes with the first wish for this book and stays for the life of the instance. */
static int prepare(struct kraken *k, struct kraken_symbol *symbol)
{
    struct kraken_book *book = &symbol->book;
    uint32_t cap = 2 * k->config.depth + 256; /* beyond the depth within one message */

    if (book->memory != NULL) {
        return SOFIA_OK;
    }
    book->memory = calloc(2 * (size_t)cap, sizeof(*book->memory));
    if (book->memory == NULL) {
        return SOFIA_ENOMEM;
    }
    sofia_book_init(&book->book, book->memory, book->memory + cap, cap);
    sofia_backoff_init(&book->backoff, BACKOFF_FIRST_NS, BACKOFF_MAX_NS, 50,
                       (uint64_t)k->host->now_ns(k->host) + (uint64_t)(symbol - k->symbols.rows));
    return SOFIA_OK;
}

static void tell(struct kraken *k, const struct kraken_symbol *symbol, uint32_t state,
                 const char *reason)
{
    sofia_emit_channel(k->host, SOFIA_CHANNEL_MARKET, symbol->instrument, k->market.generation,
                       state, reason);
}

static void arm(struct kraken *k, int64_t due_mono_ns)
{
    struct kraken_market *market = &k->market;
    int64_t delay_ns = due_mono_ns - k->host->mono_ns(k->host);

    if (market->book_timer != 0) {
        if (market->book_due_mono_ns <= due_mono_ns) {
            return;
        }
        sofia_timer_stop(k->host, &market->book_timer);
    }
    market->book_due_mono_ns = due_mono_ns;
    k->host->timer(k->host, delay_ns > 0 ? delay_ns : 0, TIMER_BOOKS, &market->book_timer);
}

void kraken_book_begin(struct kraken *k, struct kraken_symbol *symbol)
{
    if (symbol->book.state == BOOK_IDLE && prepare(k, symbol) == SOFIA_OK) {
        symbol->book.state = BOOK_WAITING;
        tell(k, symbol, SOFIA_CHANNEL_RESYNC, "waiting for the snapshot");
    }
}

void kraken_book_end(struct kraken *k, struct kraken_symbol *symbol, const char *reason)
{
    if (symbol->book.state == BOOK_LIVE) {
        sofia_emit_book_invalid(k->host, symbol->instrument, k->market.generation);
    }
    symbol->book.state = BOOK_IDLE;
    tell(k, symbol, SOFIA_CHANNEL_DOWN, reason);
}

void kraken_book_lose(struct kraken *k, struct kraken_symbol *symbol, const char *reason)
{
    struct kraken_book *book = &symbol->book;

    if (book->state == BOOK_IDLE || book->state == BOOK_PAUSED) {
        return;
    }
    if (book->state == BOOK_LIVE) {
        if (k->host->mono_ns(k->host) - book->live_mono_ns >= PROVEN_NS) {
            sofia_backoff_reset(&book->backoff);
            book->failures = 0;
        }
        sofia_emit_book_invalid(k->host, symbol->instrument, k->market.generation);
        tell(k, symbol, SOFIA_CHANNEL_RESYNC, reason);
    }
    book->failures++;
    if (book->failures % ALARM_FAILURES == 0) {
        sofia_log(k->host, SOFIA_LOG_ERROR, "book of %s lost %u times in a row: %s", symbol->symbol,
                  book->failures, reason);
    }
    book->state = BOOK_PAUSED;
    book->due_mono_ns = k->host->mono_ns(k->host) + sofia_backoff_next_ns(&book->backoff);
    arm(k, book->due_mono_ns);
}

void kraken_book_timer(struct kraken *k)
{
    int64_t now_ns = k->host->mono_ns(k->host);

    k->market.book_timer = 0;
    for (uint32_t i = 0; i < k->symbols.count; i++) {
        struct kraken_symbol *symbol = &k->symbols.rows[i];
        if (symbol->book.state != BOOK_PAUSED) {
            continue;
        }
        if (symbol->book.due_mono_ns <= now_ns) {
            symbol->book.state = BOOK_WAITING;
            kraken_market_renew_book(k, symbol);
        } else {
            arm(k, symbol->book.due_mono_ns);
        }
    }
}

/* ---- messages ---- */

struct book_message {
    struct sofia_slice symbol;
    struct sofia_slice sides[2]; /* raw arrays: bids, asks */
    struct sofia_slice time;
    uint64_t checksum;
    uint32_t has_checksum;
};

/* {"price":45283.0,"qty":0.25000000} */
static void read_level(struct sofia_json *cur, struct sofia_level *ret_level)
{
    struct sofia_slice key;

    ret_level->price = ret_level->qty = sofia_decimal_absent();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "price")) {
            sofia_json_decimal(cur, &ret_level->price);
        } else if (sofia_json_is(key, "qty")) {
            sofia_json_decimal(cur, &ret_level->qty);
        }
    }
    if (sofia_decimal_sign(ret_level->price) <= 0 || sofia_decimal_is_absent(ret_level->qty) ||
        sofia_decimal_sign(ret_level->qty) < 0) {
        sofia_json_fail(cur);
    }
}

/* Applies one side and writes what changed at the end of the scratch event. */
static int apply_side(struct kraken *k, struct kraken_symbol *symbol, uint32_t side,
                      struct sofia_slice levels, uint32_t *used)
{
    struct sofia_json cur;

    if (levels.len == 0) {
        return SOFIA_OK;
    }
    sofia_json_init(&cur, levels.at, levels.len);
    sofia_json_enter_array(&cur);
    while (sofia_json_next_element(&cur)) {
        struct sofia_level *level = &k->scratch->levels[*used];
        if (*used == k->scratch_levels) {
            return SOFIA_ESPACE;
        }
        read_level(&cur, level);
        if (cur.status != 0 ||
            sofia_book_set(&symbol->book.book, side, level->price, level->qty) != 0) {
            return SOFIA_EPARSE;
        }
        *used += 1;
    }
    return sofia_json_finish(&cur) == 0 ? SOFIA_OK : SOFIA_EPARSE;
}

/* What is beyond the depth is no longer told about: the core must forget it too. */
static int cut_side(struct kraken *k, struct kraken_symbol *symbol, uint32_t side, uint32_t *used)
{
    const struct sofia_book *book = &symbol->book.book;
    const struct sofia_level *level;

    for (uint32_t i = k->config.depth; (level = sofia_book_level(book, side, i)) != NULL; i++) {
        if (*used == k->scratch_levels) {
            return SOFIA_ESPACE;
        }
        k->scratch->levels[*used] =
            (struct sofia_level){.price = level->price, .qty = sofia_decimal_of(0, 0)};
        *used += 1;
    }
    return SOFIA_OK;
}

static int apply(struct kraken *k, struct kraken_symbol *symbol, const struct book_message *message,
                 uint32_t *ret_bids, uint32_t *ret_used)
{
    struct sofia_book *book = &symbol->book.book;
    uint32_t used = 0;
    int status = apply_side(k, symbol, SOFIA_SIDE_BUY, message->sides[0], &used);

    if (status == SOFIA_OK) {
        status = cut_side(k, symbol, SOFIA_SIDE_BUY, &used);
    }
    *ret_bids = used;
    if (status == SOFIA_OK) {
        status = apply_side(k, symbol, SOFIA_SIDE_SELL, message->sides[1], &used);
    }
    if (status == SOFIA_OK) {
        status = cut_side(k, symbol, SOFIA_SIDE_SELL, &used);
    }
    *ret_used = used;
    sofia_book_limit(book, k->config.depth);
    sofia_book_limit(book, 0);
    return status;
}

/* Why the book is not to be believed; NULL: it is. */
static const char *find_fault(struct kraken *k, const struct kraken_symbol *symbol,
                              const struct book_message *message)
{
    const struct sofia_book *book = &symbol->book.book;
    uint32_t sum = 0;

    if (sofia_book_crossed(book)) {
        return "the book is crossed";
    }
    if (kraken_config_unchecked(k, symbol->symbol)) {
        return NULL;
    }
    if (!message->has_checksum) {
        return "a book message without a checksum";
    }
    if (kraken_book_checksum(book, symbol->price_precision, symbol->qty_precision, &sum) !=
        SOFIA_OK) {
        return "a number has more digits than its pair allows";
    }
    return sum == message->checksum ? NULL : "wrong checksum";
}

static int emit(struct kraken *k, struct kraken_symbol *symbol, const struct book_message *message,
                uint32_t bids, uint32_t used, uint32_t flags)
{
    struct sofia_event_book *book = k->scratch;
    int64_t ts_ns = 0;

    (void)sofia_time_parse(message->time, &ts_ns);
    sofia_event_init(&book->head, SOFIA_EV_BOOK, offsetof(struct sofia_event_book, levels),
                     symbol->instrument);
    book->head.size = (uint32_t)SOFIA_EVENT_BOOK_SIZE(used);
    book->head.generation = k->market.generation;
    book->head.ts_venue_ns = ts_ns;
    book->flags = flags;
    book->bid_count = bids;
    book->ask_count = used - bids;
    return sofia_emit_book(k->host, book, k->part);
}

/* A snapshot is emitted as the book that came out of it: best levels first, each once. */
static uint32_t fill_snapshot(struct kraken *k, const struct kraken_symbol *symbol,
                              uint32_t *ret_bids)
{
    static const uint32_t sides[] = {SOFIA_SIDE_BUY, SOFIA_SIDE_SELL};
    const struct sofia_level *level;
    uint32_t used = 0;

    for (size_t s = 0; s < 2; s++) {
        for (uint32_t i = 0; (level = sofia_book_level(&symbol->book.book, sides[s], i)) != NULL;
             i++) {
            k->scratch->levels[used++] = *level;
        }
        if (s == 0) {
            *ret_bids = used;
        }
    }
    return used;
}

static int take(struct kraken *k, struct kraken_symbol *symbol, const struct book_message *message,
                int is_snapshot)
{
    struct kraken_book *book = &symbol->book;
    uint32_t bids = 0;
    uint32_t used = 0;

    kraken_book_begin(k, symbol);
    if ((!is_snapshot && book->state != BOOK_LIVE) || book->state == BOOK_PAUSED ||
        book->memory == NULL) {
        return SOFIA_OK; /* changes of a book that is not here yet, or not any more */
    }
    if (is_snapshot) {
        sofia_book_clear(&book->book);
    }
    int status = apply(k, symbol, message, &bids, &used);
    const char *fault =
        status == SOFIA_OK ? find_fault(k, symbol, message) : "unreadable book message";
    if (fault != NULL) {
        kraken_book_lose(k, symbol, fault);
        return status;
    }
    if (is_snapshot) {
        used = fill_snapshot(k, symbol, &bids);
    }
    if (emit(k, symbol, message, bids, used, is_snapshot ? SOFIA_BOOK_SNAPSHOT : 0) != SOFIA_OK) {
        sofia_emit_book_invalid(k->host, symbol->instrument, k->market.generation);
        kraken_book_lose(k, symbol, "the event queue is full");
        return SOFIA_OK;
    }
    if (book->state != BOOK_LIVE) {
        book->state = BOOK_LIVE;
        book->live_mono_ns = k->host->mono_ns(k->host);
        tell(k, symbol, SOFIA_CHANNEL_UP, "");
    }
    return SOFIA_OK;
}

static void read_message(struct sofia_json *cur, struct book_message *ret_message)
{
    struct sofia_slice key;

    memset(ret_message, 0, sizeof(*ret_message));
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "symbol")) {
            sofia_json_string(cur, &ret_message->symbol);
        } else if (sofia_json_is(key, "bids")) {
            sofia_json_raw(cur, &ret_message->sides[0]);
        } else if (sofia_json_is(key, "asks")) {
            sofia_json_raw(cur, &ret_message->sides[1]);
        } else if (sofia_json_is(key, "timestamp")) {
            sofia_json_string(cur, &ret_message->time);
        } else if (sofia_json_is(key, "checksum")) {
            ret_message->has_checksum = sofia_json_u64(cur, &ret_message->checksum) == 0;
        }
    }
}

int kraken_book_frame(struct kraken *k, struct sofia_slice data, int is_snapshot)
{
    struct sofia_json cur;
    struct book_message message;
    int status = SOFIA_OK;

    sofia_json_init(&cur, data.at, data.len);
    sofia_json_enter_array(&cur);
    while (sofia_json_next_element(&cur)) {
        read_message(&cur, &message);
        struct kraken_symbol *symbol = kraken_symbol_find(&k->symbols, message.symbol);
        if (cur.status == 0 && symbol != NULL && symbol->wanted) {
            int taken = take(k, symbol, &message, is_snapshot);
            status = status == SOFIA_OK ? taken : status;
        }
    }
    return sofia_json_finish(&cur) == 0 ? status : SOFIA_EPARSE;
}
