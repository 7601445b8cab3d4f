#include "market/market.h"

#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/str.h"

void market_init(struct market *market, int64_t stale_ns)
{
    memset(market, 0, sizeof(*market));
    market->stale_ns = stale_ns;
}

void market_release(struct market *market)
{
    for (uint32_t i = 0; i < market->cap; i++) {
        free(market->items[i]);
    }
    free(market->items);
    memset(market, 0, sizeof(*market));
}

int market_peg(struct market *market, const char *asset, const char *to, uint32_t band_bps)
{
    if (market->peg_count == MARKET_PEGS) {
        return error_set(ERR_LIMIT, "more than %d pegs", MARKET_PEGS);
    }
    struct market_peg *peg = &market->pegs[market->peg_count];
    if (str_copy(peg->asset, sizeof(peg->asset), asset) != 0 ||
        str_copy(peg->to, sizeof(peg->to), to) != 0) {
        return error_set(ERR_LIMIT, "peg '%s' to '%s': name too long", asset, to);
    }
    peg->band_bps = band_bps;
    market->peg_count++;
    return 0;
}

static int grow(struct market *market, uint32_t id)
{
    if (id <= market->cap) {
        return 0;
    }
    uint32_t cap = market->cap == 0 ? 64 : market->cap;
    while (cap < id) {
        cap *= 2;
    }
    struct market_item **items = realloc(market->items, cap * sizeof(struct market_item *));
    if (items == NULL) {
        return error_set(ERR_NOMEM, "table of %u instruments", cap);
    }
    memset(&items[market->cap], 0, (cap - market->cap) * sizeof(struct market_item *));
    market->items = items;
    market->cap = cap;
    return 0;
}

static void forget_top(struct market_item *item)
{
    item->has_ticker = false;
    item->book_valid = false;
    item->bid = sofia_decimal_absent();
    item->bid_qty = sofia_decimal_absent();
    item->ask = sofia_decimal_absent();
    item->ask_qty = sofia_decimal_absent();
    item->top_mono_ns = 0;
    sofia_book_clear(&item->book);
}

int market_declare(struct market *market, uint32_t id, uint32_t account, struct exchange *exchange,
                   const struct sofia_instrument *rules, struct market_item **ret_item)
{
    int rc = grow(market, id);
    if (rc != 0) {
        return rc;
    }
    struct market_item *item = market->items[id - 1];
    if (item == NULL) {
        item = calloc(1, sizeof(*item));
        if (item == NULL) {
            return error_set(ERR_NOMEM, "instrument '%s'", rules->name);
        }
        sofia_book_init(&item->book, item->bids, item->asks, MARKET_LEVELS);
        item->last = sofia_decimal_absent();
        forget_top(item);
        market->items[id - 1] = item;
    }
    item->id = id;
    item->account = account;
    item->exchange = exchange;
    item->rules = *rules;
    item->declared = true;
    if (ret_item != NULL) {
        *ret_item = item;
    }
    return 0;
}

struct market_item *market_item(const struct market *market, uint32_t id)
{
    return id == 0 || id > market->cap ? NULL : market->items[id - 1];
}

/* ---- events ---- */

static void apply_ticker(struct market_item *item, const struct sofia_event_ticker *ticker,
                         int64_t mono_ns)
{
    item->bid = ticker->bid;
    item->bid_qty = ticker->bid_qty;
    item->ask = ticker->ask;
    item->ask_qty = ticker->ask_qty;
    item->has_ticker = true;
    item->top_mono_ns = mono_ns;
}

static void top_from_book(struct market_item *item)
{
    struct sofia_level level;
    bool bid = sofia_book_top(&item->book, SOFIA_SIDE_BUY, &level) == 0;
    item->bid = bid ? level.price : sofia_decimal_absent();
    item->bid_qty = bid ? level.qty : sofia_decimal_absent();
    bool ask = sofia_book_top(&item->book, SOFIA_SIDE_SELL, &level) == 0;
    item->ask = ask ? level.price : sofia_decimal_absent();
    item->ask_qty = ask ? level.qty : sofia_decimal_absent();
}

/* False: a level could not be applied, the book is not what the venue has. */
static bool apply_levels(struct market_item *item, const struct sofia_event_book *event)
{
    for (uint32_t i = 0; i < event->bid_count + event->ask_count; i++) {
        uint32_t side = i < event->bid_count ? SOFIA_SIDE_BUY : SOFIA_SIDE_SELL;
        if (sofia_book_set(&item->book, side, event->levels[i].price, event->levels[i].qty) != 0) {
            return false;
        }
    }
    return true;
}

/* A side that has let levels go and has run short does not show what the venue has. */
static bool is_hollow(const struct sofia_book *book)
{
    bool bids = sofia_book_truncated(book, SOFIA_SIDE_BUY) > 0 &&
                sofia_book_count(book, SOFIA_SIDE_BUY) < MARKET_LEVELS / 4;
    bool asks = sofia_book_truncated(book, SOFIA_SIDE_SELL) > 0 &&
                sofia_book_count(book, SOFIA_SIDE_SELL) < MARKET_LEVELS / 4;
    return bids || asks;
}

static bool apply_book(struct market_item *item, const struct sofia_event_book *event,
                       int64_t mono_ns)
{
    if ((event->flags & SOFIA_BOOK_INVALID) != 0) {
        sofia_book_clear(&item->book);
        item->book_valid = false;
        return false;
    }
    if ((event->flags & SOFIA_BOOK_SNAPSHOT) != 0) {
        sofia_book_clear(&item->book);
        item->book_valid = true;
    }
    if (!item->book_valid) {
        return false;
    }
    if (!apply_levels(item, event) || is_hollow(&item->book)) {
        item->book_valid = false;
        return true;
    }
    sofia_book_touch(&item->book, mono_ns);
    item->top_mono_ns = mono_ns;
    if (!item->has_ticker) {
        top_from_book(item);
    }
    return false;
}

bool market_apply(struct market *market, const struct sofia_event *event, int64_t mono_ns)
{
    struct market_item *item = market_item(market, event->instrument);
    if (item == NULL) {
        return false;
    }
    item->events++;
    switch (event->type) {
    case SOFIA_EV_TICKER:
        apply_ticker(item, (const struct sofia_event_ticker *)(const void *)event, mono_ns);
        return false;
    case SOFIA_EV_BOOK:
        return apply_book(item, (const struct sofia_event_book *)(const void *)event, mono_ns);
    case SOFIA_EV_TRADE:
        item->last = ((const struct sofia_event_trade *)(const void *)event)->price;
        item->last_mono_ns = mono_ns;
        return false;
    case SOFIA_EV_CHANNEL:
        item->channel_up =
            ((const struct sofia_event_channel *)(const void *)event)->state == SOFIA_CHANNEL_UP;
        if (!item->channel_up) {
            forget_top(item);
        }
        return false;
    default:
        return false;
    }
}

void market_distrust(struct market *market, const struct exchange *exchange)
{
    for (uint32_t i = 0; i < market->cap; i++) {
        if (market->items[i] != NULL && market->items[i]->exchange == exchange) {
            market->items[i]->channel_up = false;
            forget_top(market->items[i]);
        }
    }
}

/* ---- reading ---- */

void market_top(const struct market *market, const struct market_item *item, int64_t mono_ns,
                struct sofia_top *ret_top)
{
    memset(ret_top, 0, sizeof(*ret_top));
    ret_top->size = sizeof(*ret_top);
    ret_top->bid = item->bid;
    ret_top->bid_qty = item->bid_qty;
    ret_top->ask = item->ask;
    ret_top->ask_qty = item->ask_qty;
    ret_top->age_ns = item->top_mono_ns == 0 ? INT64_MAX : mono_ns - item->top_mono_ns;
    bool whole = !sofia_decimal_is_absent(item->bid) && !sofia_decimal_is_absent(item->ask);
    bool apart = whole && sofia_decimal_cmp(item->bid, item->ask) < 0;
    ret_top->valid = item->channel_up && apart && ret_top->age_ns <= market->stale_ns ? 1 : 0;
}

struct sofia_decimal market_mark(const struct market *market, const struct market_item *item,
                                 int64_t mono_ns)
{
    struct sofia_top top;
    struct sofia_decimal sum;
    struct sofia_wide half;
    struct sofia_decimal mark;
    market_top(market, item, mono_ns, &top);
    if (top.valid && sofia_decimal_add(top.bid, top.ask, &sum) == 0 &&
        sofia_decimal_mul(sum, sofia_decimal_of(5, -1), &half) == 0 &&
        sofia_wide_narrow(half, &mark) == 0) {
        return mark;
    }
    bool fresh = item->channel_up && item->last_mono_ns != 0 &&
                 mono_ns - item->last_mono_ns <= market->stale_ns;
    return fresh ? item->last : sofia_decimal_absent();
}
