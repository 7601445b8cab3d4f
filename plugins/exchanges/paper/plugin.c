#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paper.h"

/* ---- the descriptor ---- */

static const struct sofia_origin origins[PAPER_ORIGIN_COUNT] = {
    [PAPER_ORIGIN_REST] = {.size = sizeof(struct sofia_origin), .name = "rest"},
    [PAPER_ORIGIN_STREAM] = {.size = sizeof(struct sofia_origin), .name = "stream"},
};

#define BUCKET(in_scope, part, most, seconds, text)                                                \
    {                                                                                              \
        .size = sizeof(struct sofia_bucket), .scope = (in_scope), .kind = SOFIA_BUCKET_WINDOW,     \
        .reserve_percent = (part), .limit = (most), .window_ns = (seconds)*INT64_C(1000000000),    \
        .name = (text)                                                                             \
    }

/* Named as the feed names them: it tells what is used of them, and its order limits are practised too. */
const struct sofia_bucket paper_buckets[PAPER_BUCKET_COUNT] = {
    [PAPER_WEIGHT_1M] = BUCKET(SOFIA_SCOPE_IP, 20, 6000, 60, "weight-1m"),
    [PAPER_RAW_5M] = BUCKET(SOFIA_SCOPE_IP, 20, 300000, 300, "raw-5m"),
    [PAPER_ORDERS_10S] = BUCKET(SOFIA_SCOPE_ACCOUNT, 20, 100, 10, "orders-10s"),
    [PAPER_ORDERS_1D] = BUCKET(SOFIA_SCOPE_ACCOUNT, 20, 200000, 86400, "orders-1d"),
};

#define LOCAL(in_class, operation, ...)                                                            \
    {                                                                                              \
        .size = sizeof(struct sofia_endpoint), .class_ = SOFIA_CLASS_##in_class,                   \
        .method = "LOCAL", .path = (operation), .charges = {                                       \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define GET(where, flag, amount)                                                                   \
    {                                                                                              \
        .size = sizeof(struct sofia_endpoint), .class_ = SOFIA_CLASS_PUBLIC,                       \
        .flags = SOFIA_ENDPOINT_RESEND_SAFE | (flag), .method = "GET", .path = "/api/v3/" where,   \
        .charges = {                                                                               \
            {PAPER_WEIGHT_1M + 1, amount},                                                         \
            {PAPER_RAW_5M + 1, 1},                                                                 \
        },                                                                                         \
    }
#define MESSAGE(operation)                                                                         \
    {                                                                                              \
        .size = sizeof(struct sofia_endpoint), .class_ = SOFIA_CLASS_PUBLIC,                       \
        .origin = PAPER_ORIGIN_STREAM, .method = "WS", .path = (operation)                         \
    }

const struct sofia_endpoint paper_endpoints[PAPER_ENDPOINT_COUNT] = {
    [PAPER_SUBMIT] =
        LOCAL(TRADE, "paper.submit", {PAPER_ORDERS_10S + 1, 1}, {PAPER_ORDERS_1D + 1, 1}),
    [PAPER_CANCEL] = LOCAL(CANCEL, "paper.cancel", {0, 0}),
    [PAPER_CANCEL_ALL] = LOCAL(CANCEL, "paper.cancel_all", {0, 0}),
    [PAPER_QUERY] = LOCAL(READ, "paper.query", {0, 0}),
    [PAPER_OPEN_ORDERS] = LOCAL(READ, "paper.open_orders", {0, 0}),
    [PAPER_ACCOUNT] = LOCAL(READ, "paper.account", {0, 0}),
    [PAPER_TRADES] = LOCAL(READ, "paper.trades", {0, 0}),
    [PAPER_TIME] = GET("time", 0, 1),
    [PAPER_EXCHANGE_INFO] = GET("exchangeInfo", SOFIA_ENDPOINT_STREAMED, 20),
    [PAPER_DEPTH] = GET("depth", 0, 50),
    [PAPER_SUBSCRIBE] = MESSAGE("SUBSCRIBE"),
    [PAPER_UNSUBSCRIBE] = MESSAGE("UNSUBSCRIBE"),
};

/* ---- life cycle ---- */

static void destroy(void *self)
{
    struct paper *p = self;

    if (p == NULL) {
        return;
    }
    if (p->feed.self != NULL) {
        p->feed.desc->destroy(p->feed.self);
    }
    desk_release(&p->desk);
    free(p);
}

static int create(const struct sofia_host *host, void **ret_self)
{
    struct paper *p = calloc(1, sizeof(*p));
    int64_t symbol_limit = 0;
    char session[DESK_SESSION_SIZE];

    if (p == NULL) {
        return SOFIA_ENOMEM;
    }
    p->host = host;
    struct desk_owner owner = paper_desk_owner(p);
    snprintf(session, sizeof(session), "%llx", (unsigned long long)host->now_ns(host));
    int status = host->option_int(host, "symbol_limit", &symbol_limit);
    if (status == SOFIA_OK) {
        uint32_t wanted = host->option_count(host, "symbols");
        uint32_t cap = wanted != 0 ? wanted + 16 : (uint32_t)symbol_limit; /* some may be renamed */
        status = desk_init(&p->desk, &owner, session, cap);
    }
    if (status == SOFIA_OK) {
        status = paper_config_read(p);
    }
    if (status == SOFIA_OK) {
        status = paper_feed_create(p);
    }
    if (status != SOFIA_OK) {
        destroy(p);
        return status;
    }
    *ret_self = p;
    return SOFIA_OK;
}

static int start(void *self)
{
    struct paper *p = self;

    return p->feed.desc->start(p->feed.self);
}

static void stop(void *self)
{
    struct paper *p = self;

    p->feed.desc->stop(p->feed.self);
}

static int origin_url(void *self, uint32_t origin, char *buf, size_t cap)
{
    struct paper *p = self;

    /* The feed's first two are ours; what it has besides is for accounts. */
    return origin >= PAPER_ORIGIN_COUNT ? SOFIA_ENOENT
                                        : p->feed.desc->origin_url(p->feed.self, origin, buf, cap);
}

/* ---- callbacks ---- */

static int encode_time(void *self, struct sofia_request *request)
{
    struct paper *p = self;
    int status = p->feed.desc->encode_time(p->feed.self, request);

    return status == SOFIA_OK ? paper_feed_adopt(p, request) : status;
}

static int encode_instruments(void *self, struct sofia_request *request)
{
    struct paper *p = self;
    int status = p->feed.desc->encode_instruments(p->feed.self, request);

    return status == SOFIA_OK ? paper_feed_adopt(p, request) : status;
}

static int on_answer(void *self, const struct sofia_answer *answer, struct sofia_result *ret_result)
{
    struct paper *p = self;

    return answer->endpoint >= PAPER_FEED ? paper_feed_answer(p, answer, ret_result)
                                          : paper_answer(p, answer, ret_result);
}

static int on_piece(void *self, const struct sofia_answer *answer, const char *bytes, size_t len)
{
    return paper_feed_piece(self, answer, bytes, len);
}

static int is_about_successor(struct paper *p, uint32_t state, uint32_t generation)
{
    if (state == SOFIA_STREAM_SUCCESSOR) {
        p->successor = generation;
        return 1;
    }
    int was = state == SOFIA_STREAM_LOST && generation != 0 && generation == p->successor;

    p->successor = 0;
    return was;
}

/* The account is there while its market is: what is not seen cannot be filled against. */
static void on_stream(void *self, sofia_handle stream, uint64_t cookie, uint32_t state,
                      uint32_t generation)
{
    struct paper *p = self;
    int up = state == SOFIA_STREAM_UP;

    p->feed.desc->on_stream(p->feed.self, stream, cookie, state, generation);
    if (is_about_successor(p, state, generation)) {
        return; /* the market is told all the while */
    }
    desk_blind(&p->desk);
    sofia_emit_channel(p->host, SOFIA_CHANNEL_PRIVATE, 0, generation,
                       up ? SOFIA_CHANNEL_UP : SOFIA_CHANNEL_DOWN,
                       up ? "" : "the reference market was lost");
}

static int on_frame(void *self, sofia_handle stream, uint64_t cookie, uint32_t generation,
                    const char *bytes, size_t len)
{
    struct paper *p = self;

    return p->feed.desc->on_frame(p->feed.self, stream, cookie, generation, bytes, len);
}

static void on_timer(void *self, uint64_t cookie)
{
    struct paper *p = self;

    p->feed.desc->on_timer(p->feed.self, cookie);
}

static int subscribe(void *self, uint32_t instrument, const char *venue_symbol, uint32_t wanted)
{
    struct paper *p = self;
    struct desk_symbol *symbol = desk_symbol_find(&p->desk, venue_symbol);

    if (symbol == NULL) {
        return SOFIA_ENOENT;
    }
    symbol->instrument = instrument;
    symbol->quoted = wanted != 0 ? symbol->quoted : 0;
    return p->feed.desc->subscribe(p->feed.self, instrument, venue_symbol, wanted);
}

static int resync(void *self, uint32_t instrument)
{
    struct paper *p = self;

    return p->feed.desc->resync(p->feed.self, instrument);
}

const struct sofia_exchange paper_exchange = {
    .size = sizeof(struct sofia_exchange),
    .features = SOFIA_EXCHANGE_PROVES_ABSENCE,
    .origins = origins,
    .buckets = paper_buckets,
    .endpoints = paper_endpoints,
    .origin_count = PAPER_ORIGIN_COUNT,
    .bucket_count = PAPER_BUCKET_COUNT,
    .endpoint_count = PAPER_ENDPOINT_COUNT,
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .encode_submit = paper_encode_submit,
    .encode_cancel = paper_encode_cancel,
    .encode_cancel_all = paper_encode_cancel_all,
    .encode_query = paper_encode_query,
    .encode_open_orders = paper_encode_open_orders,
    .encode_account = paper_encode_account,
    .encode_trades = paper_encode_trades,
    .encode_time = encode_time,
    .encode_instruments = encode_instruments,
    .on_answer = on_answer,
    .on_piece = on_piece,
    .on_stream = on_stream,
    .on_frame = on_frame,
    .on_timer = on_timer,
    .subscribe = subscribe,
    .resync = resync,
    .origin_url = origin_url,
};
