#include <stdlib.h>
#include <string.h>

#include "binance.h"

#define SCRATCH_LEVELS_LEAST 4000u /* a diff may touch more levels than a small snapshot holds */

/* ---- the descriptor ---- */

static const struct sofia_origin origins[ORIGIN_COUNT] = {
    [ORIGIN_REST] = {.size = sizeof(struct sofia_origin), .name = "rest"},
    [ORIGIN_STREAM] = {.size = sizeof(struct sofia_origin), .name = "stream"},
    [ORIGIN_WS_API] = {.size = sizeof(struct sofia_origin), .name = "ws_api"},
};

/* What public captures show; the venue's own figures replace them when exchangeInfo has been read.
 */
static const struct sofia_bucket buckets[BUCKET_COUNT] = {
    [BUCKET_WEIGHT_1M] = {.size = sizeof(struct sofia_bucket),
                          .scope = SOFIA_SCOPE_IP,
                          .kind = SOFIA_BUCKET_WINDOW,
                          .reserve_percent = 20,
                          .limit = 6000,
                          .window_ns = 60 * BINANCE_NS_PER_S,
                          .name = "weight-1m"},
    [BUCKET_RAW_5M] = {.size = sizeof(struct sofia_bucket),
                       .scope = SOFIA_SCOPE_IP,
                       .kind = SOFIA_BUCKET_WINDOW,
                       .reserve_percent = 20,
                       .limit = 300000,
                       .window_ns = 300 * BINANCE_NS_PER_S,
                       .name = "raw-5m"},
    [BUCKET_ORDERS_10S] = {.size = sizeof(struct sofia_bucket),
                           .scope = SOFIA_SCOPE_ACCOUNT,
                           .kind = SOFIA_BUCKET_WINDOW,
                           .reserve_percent = 20,
                           .limit = 100,
                           .window_ns = 10 * BINANCE_NS_PER_S,
                           .name = "orders-10s"},
    [BUCKET_ORDERS_1D] = {.size = sizeof(struct sofia_bucket),
                          .scope = SOFIA_SCOPE_ACCOUNT,
                          .kind = SOFIA_BUCKET_WINDOW,
                          .reserve_percent = 20,
                          .limit = 200000,
                          .window_ns = 86400 * BINANCE_NS_PER_S,
                          .name = "orders-1d"},
};

#define WEIGHT(n)                                                                                  \
    {                                                                                              \
        BUCKET_WEIGHT_1M + 1, n                                                                    \
    }
#define RAW                                                                                        \
    {                                                                                              \
        BUCKET_RAW_5M + 1, 1                                                                       \
    }
#define REST(class, flag, verb, where, ...)                                                        \
    {                                                                                              \
        .size = sizeof(struct sofia_endpoint), .class_ = SOFIA_CLASS_##class, .flags = (flag),     \
        .origin = ORIGIN_REST, .method = verb, .path = "/api/v3/" where, .charges = {              \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define MESSAGE(class, where, operation, ...)                                                      \
    {                                                                                              \
        .size = sizeof(struct sofia_endpoint), .class_ = SOFIA_CLASS_##class, .origin = (where),   \
        .method = "WS", .path = operation, .charges = {                                            \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define SAFE SOFIA_ENDPOINT_RESEND_SAFE
#define STREAMED SOFIA_ENDPOINT_STREAMED

/* Weights of order calls are given back when they succeed; they are charged until the headers say
 * so. An order is charged to both order counters instead of to raw-5m, which a thousand orders a
 * second would not fill. */
static const struct sofia_endpoint endpoints[ENDPOINT_COUNT] = {
    [ENDPOINT_ORDER_PLACE] = REST(TRADE, 0, "POST", "order", WEIGHT(1), {BUCKET_ORDERS_10S + 1, 1},
                                  {BUCKET_ORDERS_1D + 1, 1}),
    [ENDPOINT_ORDER_CANCEL] = REST(CANCEL, 0, "DELETE", "order", WEIGHT(1), RAW),
    [ENDPOINT_CANCEL_ALL] = REST(CANCEL, 0, "DELETE", "openOrders", WEIGHT(1), RAW),
    [ENDPOINT_ORDER_QUERY] = REST(READ, SAFE, "GET", "order", WEIGHT(4), RAW),
    [ENDPOINT_OPEN_ORDERS] = REST(READ, SAFE, "GET", "openOrders", WEIGHT(6), RAW),
    [ENDPOINT_ACCOUNT] = REST(READ, SAFE, "GET", "account", WEIGHT(20), RAW),
    [ENDPOINT_MY_TRADES] = REST(READ, SAFE, "GET", "myTrades", WEIGHT(20), RAW),
    [ENDPOINT_TIME] = REST(PUBLIC, SAFE | SOFIA_ENDPOINT_WARM, "GET", "time", WEIGHT(1), RAW),
    [ENDPOINT_EXCHANGE_INFO] =
        REST(PUBLIC, SAFE | STREAMED, "GET", "exchangeInfo", WEIGHT(20), RAW),
    [ENDPOINT_DEPTH] = REST(PUBLIC, SAFE, "GET", "depth", WEIGHT(50), RAW),
    [ENDPOINT_ORDER_AMEND] = REST(TRADE, 0, "PUT", "order/amend/keepPriority", WEIGHT(4), RAW),
    [ENDPOINT_CANCEL_REPLACE] = REST(TRADE, 0, "POST", "order/cancelReplace", WEIGHT(1),
                                     {BUCKET_ORDERS_10S + 1, 1}, {BUCKET_ORDERS_1D + 1, 1}),
    [ENDPOINT_WS_SUBSCRIBE] = MESSAGE(PUBLIC, ORIGIN_STREAM, "SUBSCRIBE", {0, 0}),
    [ENDPOINT_WS_UNSUBSCRIBE] = MESSAGE(PUBLIC, ORIGIN_STREAM, "UNSUBSCRIBE", {0, 0}),
    [ENDPOINT_WS_USER_SUBSCRIBE] =
        MESSAGE(READ, ORIGIN_WS_API, "userDataStream.subscribe.signature", WEIGHT(2), RAW),
    [ENDPOINT_WS_SESSION_STATUS] = MESSAGE(READ, ORIGIN_WS_API, "session.status", WEIGHT(2), RAW),
};

int binance_endpoint_has_body(uint32_t endpoint)
{
    const char *method = endpoints[endpoint].method;

    return strcmp(method, "POST") == 0 || strcmp(method, "DELETE") == 0 ||
           strcmp(method, "PUT") == 0;
}

/* ---- life cycle ---- */

static int allocate(struct binance *b)
{
    uint32_t wanted = b->config.wanted_count;
    /* Some more rows than wishes: a symbol that was renamed takes a second one. */
    int status =
        binance_symbols_init(&b->symbols, wanted != 0 ? wanted + 16 : b->config.symbol_limit);

    if (status != SOFIA_OK) {
        return status;
    }
    b->scratch_levels = 2 * b->config.depth_limit;
    if (b->scratch_levels < SCRATCH_LEVELS_LEAST) {
        b->scratch_levels = SCRATCH_LEVELS_LEAST;
    }
    b->scratch = calloc(1, SOFIA_EVENT_BOOK_SIZE(b->scratch_levels));
    b->part = calloc(1, SOFIA_EVENT_BOOK_SIZE(SOFIA_BOOK_PART_LEVELS));
    b->info.room = malloc(BINANCE_INFO_ROOM);
    return b->scratch != NULL && b->part != NULL && b->info.room != NULL ? SOFIA_OK : SOFIA_ENOMEM;
}

static void destroy(void *self)
{
    struct binance *b = self;

    if (b == NULL) {
        return;
    }
    binance_symbols_release(&b->symbols);
    free(b->scratch);
    free(b->part);
    free(b->info.room);
    free(b);
}

static int create(const struct sofia_host *host, void **ret_self)
{
    struct binance *b = calloc(1, sizeof(*b));

    if (b == NULL) {
        return SOFIA_ENOMEM;
    }
    b->host = host;
    for (uint32_t i = 0; i < BUCKET_COUNT; i++) {
        b->limits[i] = buckets[i].limit;
    }
    int status = binance_config_read(host, &b->config);
    if (status == SOFIA_OK) {
        status = allocate(b);
    }
    if (status != SOFIA_OK) {
        destroy(b);
        return status;
    }
    *ret_self = b;
    return SOFIA_OK;
}

static int start(void *self)
{
    struct binance *b = self;
    int status = binance_market_start(b);

    return status == SOFIA_OK ? binance_user_start(b) : status;
}

static void stop(void *self)
{
    binance_market_stop(self);
    binance_user_stop(self);
}

static int origin_url(void *self, uint32_t origin, char *buf, size_t cap)
{
    const struct binance *b = self;

    if (origin >= ORIGIN_COUNT) {
        return SOFIA_ENOENT;
    }
    return sofia_url_copy(b->config.url[origin], strlen(b->config.url[origin]), buf, cap);
}

/* ---- callbacks that fan out ---- */

static void on_stream(void *self, sofia_handle stream, uint64_t cookie, uint32_t state,
                      uint32_t generation)
{
    (void)stream;
    if (cookie == STREAM_COOKIE_MARKET) {
        binance_market_stream(self, state, generation);
    } else {
        binance_user_stream(self, state, generation);
    }
}

static int on_frame(void *self, sofia_handle stream, uint64_t cookie, uint32_t generation,
                    const char *bytes, size_t len)
{
    const struct binance *b = self;
    uint32_t current = cookie == STREAM_COOKIE_MARKET ? b->market.generation : b->user.generation;
    uint32_t next =
        cookie == STREAM_COOKIE_MARKET ? b->market.next_generation : b->user.next_generation;

    (void)stream;
    if (generation != current && generation != next) {
        return SOFIA_OK; /* of a connection that is gone */
    }
    if (cookie == STREAM_COOKIE_MARKET) {
        return binance_market_frame(self, bytes, len);
    }
    return binance_user_frame(self, bytes, len);
}

static void on_timer(void *self, uint64_t cookie)
{
    struct binance *b = self;

    switch (cookie) {
    case TIMER_DEPTH:
        binance_depth_timer(b);
        break;
    case TIMER_SUBSCRIBE:
    case TIMER_MARKET_CHECK:
    case TIMER_MARKET_SWITCH:
        binance_market_timer(b, cookie);
        break;
    case TIMER_USER:
        binance_user_timer(b);
        break;
    case TIMER_USER_SWITCH:
        binance_user_switch(b);
        break;
    case TIMER_ACCOUNT:
        binance_user_account_timer(b);
        break;
    default:
        break;
    }
}

const struct sofia_exchange binance_exchange = {
    .size = sizeof(struct sofia_exchange),
    .features = SOFIA_EXCHANGE_PROVES_ABSENCE | SOFIA_EXCHANGE_AMEND,
    .origins = origins,
    .buckets = buckets,
    .endpoints = endpoints,
    .origin_count = ORIGIN_COUNT,
    .bucket_count = BUCKET_COUNT,
    .endpoint_count = ENDPOINT_COUNT,
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .encode_submit = binance_encode_submit,
    .encode_replace = binance_encode_replace,
    .encode_cancel = binance_encode_cancel,
    .encode_cancel_all = binance_encode_cancel_all,
    .encode_query = binance_encode_query,
    .encode_open_orders = binance_encode_open_orders,
    .encode_account = binance_encode_account,
    .encode_trades = binance_encode_trades,
    .encode_time = binance_encode_time,
    .encode_instruments = binance_encode_instruments,
    .on_answer = binance_on_answer,
    .on_piece = binance_info_piece,
    .on_stream = on_stream,
    .on_frame = on_frame,
    .on_timer = on_timer,
    .subscribe = binance_subscribe,
    .resync = binance_resync,
    .origin_url = origin_url,
};
