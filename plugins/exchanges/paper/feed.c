/* The reference market: the venue's own adapter without a key, on a host that listens. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "paper.h"

/* Adapters that may be the feed; they are known by their descriptor and nothing else. */
extern const struct sofia_exchange binance_exchange;

/* Options of the feed which paper does not have: it has no key, and the rest never matters without one. */
static const struct {
    const char *name;
    const char *instead; /* the option of paper's whose text it gets */
    const char *text;
    int64_t ns;
} settled[] = {
    {"ws_api_url", "stream_url", NULL, 0},
    {"key_type", NULL, "hmac", 0},
    {"recv_window", NULL, "", INT64_C(2000000000)},
    {"order_timeout", NULL, "", INT64_C(12000000000)},
};

static struct paper *paper_of(const struct sofia_host *host)
{
    const char *at = (const char *)host;

    return (struct paper *)(uintptr_t)(at - offsetof(struct paper, feed) -
                                       offsetof(struct paper_feed, host));
}

/* ---- the host the feed sees ---- */

static int option_text(const struct sofia_host *host, const char *name, const char **ret_text)
{
    const struct sofia_host *real = paper_of(host)->host;

    for (size_t i = 0; i < sizeof(settled) / sizeof(settled[0]); i++) {
        if (strcmp(settled[i].name, name) != 0) {
            continue;
        }
        if (settled[i].instead != NULL) {
            return real->option_text(real, settled[i].instead, ret_text);
        }
        *ret_text = settled[i].text;
        return SOFIA_OK;
    }
    return real->option_text(real, name, ret_text);
}

static int option_duration_ns(const struct sofia_host *host, const char *name, int64_t *ret_ns)
{
    const struct sofia_host *real = paper_of(host)->host;

    for (size_t i = 0; i < sizeof(settled) / sizeof(settled[0]); i++) {
        if (strcmp(settled[i].name, name) == 0) {
            *ret_ns = settled[i].ns;
            return SOFIA_OK;
        }
    }
    return real->option_duration_ns(real, name, ret_ns);
}

/* No key, whatever it asks for. */
static int option_secret(const struct sofia_host *host, const char *name, sofia_handle *ret_secret)
{
    (void)host;
    (void)name;
    *ret_secret = 0;
    return SOFIA_OK;
}

static int is_same(const struct sofia_endpoint *a, const struct sofia_endpoint *b)
{
    return a->class_ == b->class_ && strcmp(a->method, b->method) == 0 &&
           strcmp(a->path, b->path) == 0;
}

/* What the feed may ask for is what paper declares as well: nothing but public data. */
int paper_feed_adopt(const struct paper *p, struct sofia_request *request)
{
    const struct sofia_exchange *feed = p->feed.desc;

    for (uint32_t i = PAPER_FEED; i < PAPER_ENDPOINT_COUNT; i++) {
        if (request->endpoint < feed->endpoint_count &&
            is_same(&feed->endpoints[request->endpoint], &paper_endpoints[i])) {
            request->endpoint = i;
            return SOFIA_OK;
        }
    }
    return SOFIA_EDENIED;
}

static int request_public(const struct sofia_host *host, const struct sofia_request *request,
                          uint64_t *ret_id)
{
    struct paper *p = paper_of(host);
    struct sofia_request ours = *request;
    int status = paper_feed_adopt(p, &ours);

    return status == SOFIA_OK ? p->host->exchange->request(p->host, &ours, ret_id) : status;
}

/* The feed counts in its own budgets: those of the same name are ours. */
static int emit_usage(struct paper *p, const struct sofia_event_usage *usage)
{
    struct sofia_event_usage ours = *usage;
    const char *name = p->feed.desc->buckets[usage->bucket].name;

    for (ours.bucket = 0; ours.bucket < PAPER_BUCKET_COUNT; ours.bucket++) {
        if (strcmp(paper_buckets[ours.bucket].name, name) == 0) {
            return sofia_emit(p->host, &ours.head);
        }
    }
    return SOFIA_OK;
}

static void learn(struct paper *p, const struct sofia_instrument *rules)
{
    if (desk_symbol_put(&p->desk, rules->venue_symbol, rules->base, rules->quote) == NULL) {
        sofia_log(p->host, SOFIA_LOG_WARN, "%s cannot be traded here: too many symbols or assets",
                  rules->name);
    }
}

/* A quote is told when it changes. Until the first change the book's own top is what is displayed. */
static void look_at_book(struct paper *p, struct desk_symbol *symbol,
                         const struct sofia_event_book *book)
{
    struct sofia_event_ticker top;

    if (symbol->quoted || (book->flags & SOFIA_BOOK_SNAPSHOT) == 0) {
        return;
    }
    top.bid = top.bid_qty = top.ask = top.ask_qty = sofia_decimal_absent();
    for (uint32_t i = 0; i < book->bid_count + book->ask_count; i++) {
        const struct sofia_level *level = &book->levels[i];
        if (i < book->bid_count && sofia_decimal_cmp(level->price, top.bid) > 0) {
            top.bid = level->price;
            top.bid_qty = level->qty;
        } else if (i >= book->bid_count && (sofia_decimal_is_absent(top.ask) ||
                                            sofia_decimal_cmp(level->price, top.ask) < 0)) {
            top.ask = level->price;
            top.ask_qty = level->qty;
        }
    }
    desk_quote(&p->desk, symbol, &top, paper_now_ns(p));
}

static void look(struct paper *p, const struct sofia_event *event)
{
    struct desk_symbol *symbol = desk_symbol_of(&p->desk, event->instrument);

    if (symbol == NULL) {
        return;
    }
    p->source = SOFIA_REPORT_STREAM;
    if (event->type == SOFIA_EV_TICKER) {
        desk_quote(&p->desk, symbol, (const struct sofia_event_ticker *)(const void *)event,
                   paper_now_ns(p));
    } else if (event->type == SOFIA_EV_TRADE) {
        desk_trade(&p->desk, symbol, (const struct sofia_event_trade *)(const void *)event,
                   paper_now_ns(p));
    } else {
        look_at_book(p, symbol, (const struct sofia_event_book *)(const void *)event);
    }
}

/* The core hears of the market first, then of what it did to orders. */
static int emit(const struct sofia_host *host, const struct sofia_event *event)
{
    struct paper *p = paper_of(host);

    if (event->type == SOFIA_EV_INSTRUMENT) {
        learn(p, &((const struct sofia_event_instrument *)(const void *)event)->instrument);
    }
    if (event->type == SOFIA_EV_USAGE) {
        return emit_usage(p, (const struct sofia_event_usage *)(const void *)event);
    }
    int status = p->host->exchange->emit(p->host, event);
    if (event->type == SOFIA_EV_TICKER || event->type == SOFIA_EV_TRADE ||
        event->type == SOFIA_EV_BOOK) {
        look(p, event);
    }
    return status;
}

static int stream_switch(const struct sofia_host *host, sofia_handle stream)
{
    struct paper *p = paper_of(host);
    int status = p->host->exchange->stream_switch(p->host, stream);

    p->successor = status == SOFIA_OK ? 0 : p->successor;
    return status;
}

int paper_feed_create(struct paper *p)
{
    struct paper_feed *feed = &p->feed;

    feed->desc = &binance_exchange;
    feed->host = *p->host;
    feed->exchange = *p->host->exchange;
    feed->exchange.emit = emit;
    feed->exchange.request = request_public;
    feed->exchange.stream_switch = stream_switch;
    feed->host.exchange = &feed->exchange;
    feed->host.option_text = option_text;
    feed->host.option_duration_ns = option_duration_ns;
    feed->host.option_secret = option_secret;
    return feed->desc->create(&feed->host, &feed->self);
}

/* ---- answers ---- */

static struct sofia_answer as_feeds(const struct paper *p, const struct sofia_answer *answer)
{
    const struct sofia_exchange *feed = p->feed.desc;
    struct sofia_answer out = *answer;

    for (uint32_t i = 0; i < feed->endpoint_count; i++) {
        if (is_same(&feed->endpoints[i], &paper_endpoints[answer->endpoint])) {
            out.endpoint = i;
        }
    }
    return out;
}

int paper_feed_answer(struct paper *p, const struct sofia_answer *answer,
                      struct sofia_result *ret_result)
{
    struct sofia_answer theirs = as_feeds(p, answer);

    return p->feed.desc->on_answer(p->feed.self, &theirs, ret_result);
}

int paper_feed_piece(struct paper *p, const struct sofia_answer *answer, const char *bytes,
                     size_t len)
{
    struct sofia_answer theirs = as_feeds(p, answer);

    return p->feed.desc->on_piece(p->feed.self, &theirs, bytes, len);
}
