#include <stdlib.h>
#include <string.h>

#include <sofia/module.h>

#include "coinbase.h"

#define MODULE_VERSION "0.1.0"

/* ---- the descriptor ---- */

static const struct sofia_origin origins[ORIGIN_COUNT] = {
    [ORIGIN_REST] = {.size = sizeof(struct sofia_origin), .name = "rest"},
    [ORIGIN_WS] = {.size = sizeof(struct sofia_origin), .name = "ws"},
    [ORIGIN_WS_USER] = {.size = sizeof(struct sofia_origin), .name = "ws_user"},
};

/* The venue counts 30 private and 10 public requests in a second and does not say where its seconds
 * begin. A bucket that is full lets `limit` pass at once and as much again in each window, so these
 * stay below its figures in any second one may cut out: 15 + 15 and 4 + 6. */
static const struct sofia_bucket buckets[BUCKET_COUNT] = {
    [BUCKET_PRIVATE] = {.size = sizeof(struct sofia_bucket),
                        .scope = SOFIA_SCOPE_ACCOUNT,
                        .kind = SOFIA_BUCKET_DECAY,
                        .reserve_percent = 20,
                        .limit = 15,
                        .window_ns = COINBASE_NS_PER_S,
                        .name = "private"},
    [BUCKET_PUBLIC] = {.size = sizeof(struct sofia_bucket),
                       .scope = SOFIA_SCOPE_IP,
                       .kind = SOFIA_BUCKET_DECAY,
                       .reserve_percent = 0,
                       .limit = 4,
                       .window_ns = COINBASE_NS_PER_S * 2 / 3,
                       .name = "public"},
    [BUCKET_MESSAGES] = {.size = sizeof(struct sofia_bucket),
                         .scope = SOFIA_SCOPE_IP,
                         .kind = SOFIA_BUCKET_DECAY,
                         .reserve_percent = 0,
                         .limit = 4,
                         .window_ns = COINBASE_NS_PER_S,
                         .name = "messages"},
};

#define PRIVATE                                                                                    \
    {                                                                                              \
        BUCKET_PRIVATE + 1, 1                                                                      \
    }
#define PUBLIC_                                                                                    \
    {                                                                                              \
        BUCKET_PUBLIC + 1, 1                                                                       \
    }
#define REST(class, flag, verb, where, ...)                                                        \
    {                                                                                              \
        .size = sizeof(struct sofia_endpoint), .class_ = SOFIA_CLASS_##class, .flags = (flag),     \
        .origin = ORIGIN_REST, .method = (verb), .path = "/api/v3/brokerage/" where, .charges = {  \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define MESSAGE(class, where, channel)                                                             \
    {                                                                                              \
        .size = sizeof(struct sofia_endpoint), .class_ = SOFIA_CLASS_##class, .origin = (where),   \
        .method = "WS", .path = (channel), .charges = {                                            \
            {BUCKET_MESSAGES + 1, 1}                                                               \
        }                                                                                          \
    }
#define SAFE SOFIA_ENDPOINT_RESEND_SAFE
#define STREAMED SOFIA_ENDPOINT_STREAMED

static const struct sofia_endpoint endpoints[ENDPOINT_COUNT] = {
    [ENDPOINT_ORDER_PLACE] = REST(TRADE, 0, "POST", "orders", PRIVATE),
    [ENDPOINT_ORDER_EDIT] = REST(TRADE, 0, "POST", "orders/edit", PRIVATE),
    [ENDPOINT_ORDER_CANCEL] = REST(CANCEL, 0, "POST", "orders/batch_cancel", PRIVATE),
    [ENDPOINT_ORDERS] = REST(READ, SAFE, "GET", "orders/historical/batch", PRIVATE),
    [ENDPOINT_FILLS] = REST(READ, SAFE, "GET", "orders/historical/fills", PRIVATE),
    [ENDPOINT_ACCOUNTS] = REST(READ, SAFE, "GET", "accounts", PRIVATE),
    [ENDPOINT_PERMISSIONS] = REST(READ, SAFE, "GET", "key_permissions", PRIVATE),
    [ENDPOINT_PRODUCTS] = REST(READ, SAFE | STREAMED, "GET", "products", PRIVATE),
    [ENDPOINT_MARKET_PRODUCTS] = REST(PUBLIC, SAFE | STREAMED, "GET", "market/products", PUBLIC_),
    [ENDPOINT_TIME] = REST(PUBLIC, SAFE | SOFIA_ENDPOINT_WARM, "GET", "time", PUBLIC_),
    [ENDPOINT_WS_HEARTBEATS] = MESSAGE(PUBLIC, ORIGIN_WS, "heartbeats"),
    [ENDPOINT_WS_LEVEL2] = MESSAGE(PUBLIC, ORIGIN_WS, "level2"),
    [ENDPOINT_WS_TRADES] = MESSAGE(PUBLIC, ORIGIN_WS, "market_trades"),
    [ENDPOINT_WS_USER_HEARTBEATS] = MESSAGE(PUBLIC, ORIGIN_WS_USER, "heartbeats"),
    [ENDPOINT_WS_USER] = MESSAGE(READ, ORIGIN_WS_USER, "user"),
};

/* ---- life cycle ---- */

/* Where the path of a URL begins; its end if it has none. */
static const char *path_of(const char *url)
{
    const char *host = strstr(url, "://");
    const char *slash = host != NULL ? strchr(host + 3, '/') : NULL;

    return slash != NULL ? slash : url + strlen(url);
}

const char *coinbase_stream_path(const struct coinbase *c, uint32_t origin)
{
    const char *path = path_of(c->config.url[origin]);

    return path[0] != '\0' ? path : "/";
}

static int allocate(struct coinbase *c)
{
    uint32_t wanted = c->config.wanted_count;
    uint32_t depth = c->config.depth_limit;
    /* Some more rows than wishes: a product that was renamed takes a second one. */
    int status = coinbase_symbols_init(&c->symbols,
                                       wanted != 0 ? wanted + 8 : c->config.symbol_limit, depth);

    if (status == SOFIA_OK) {
        status = coinbase_walk_init(&c->open_orders, 1);
    }
    if (status == SOFIA_OK) {
        status = coinbase_walk_init(&c->queued, 1);
    }
    if (status == SOFIA_OK) {
        status = coinbase_walk_init(&c->accounts, 0);
    }
    if (status != SOFIA_OK) {
        return status;
    }
    c->whole = calloc(1, SOFIA_EVENT_BOOK_SIZE(2 * depth));
    c->part = calloc(1, SOFIA_EVENT_BOOK_SIZE(SOFIA_BOOK_PART_LEVELS));
    c->trades = calloc(COINBASE_TRADES, sizeof(*c->trades));
    c->info.room = malloc(COINBASE_INFO_ROOM);
    return c->whole != NULL && c->part != NULL && c->trades != NULL && c->info.room != NULL
               ? SOFIA_OK
               : SOFIA_ENOMEM;
}

static void destroy(void *self)
{
    struct coinbase *c = self;

    if (c == NULL) {
        return;
    }
    coinbase_symbols_release(&c->symbols);
    coinbase_walk_release(&c->open_orders);
    coinbase_walk_release(&c->queued);
    coinbase_walk_release(&c->accounts);
    free(c->whole);
    free(c->part);
    free(c->trades);
    free(c->info.room);
    free(c);
}

static int create(const struct sofia_host *host, void **ret_self)
{
    struct coinbase *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        return SOFIA_ENOMEM;
    }
    c->host = host;
    sofia_backoff_init(&c->limited, COINBASE_NS_PER_S, 60 * COINBASE_NS_PER_S, 25,
                       (uint64_t)host->now_ns(host) + 2);
    int status = coinbase_config_read(host, &c->config);
    if (status == SOFIA_OK) {
        status = coinbase_signer_init(c);
    }
    if (status == SOFIA_OK) {
        status = allocate(c);
    }
    if (status != SOFIA_OK) {
        destroy(c);
        return status;
    }
    *ret_self = c;
    return SOFIA_OK;
}

static int start(void *self)
{
    struct coinbase *c = self;
    int status = coinbase_market_start(c);

    if (c->signer.algorithm != 0) {
        coinbase_pool_fill(c);
    }
    return status == SOFIA_OK ? coinbase_user_start(c) : status;
}

static void stop(void *self)
{
    coinbase_market_stop(self);
    coinbase_user_stop(self);
    coinbase_signer_stop(self);
}

/* A stream's URL may name a path, as that of a venue on this machine does: it goes with the stream. */
static int origin_url(void *self, uint32_t origin, char *buf, size_t cap)
{
    const struct coinbase *c = self;

    if (origin >= ORIGIN_COUNT) {
        return SOFIA_ENOENT;
    }
    const char *url = c->config.url[origin];
    size_t len = origin == ORIGIN_REST ? strlen(url) : (size_t)(path_of(url) - url);
    return sofia_url_copy(url, len, buf, cap);
}

/* ---- callbacks that fan out ---- */

static void on_stream(void *self, sofia_handle stream, uint64_t cookie, uint32_t state,
                      uint32_t generation)
{
    (void)stream;
    if (cookie == STREAM_COOKIE_MARKET) {
        coinbase_market_stream(self, state, generation);
    } else {
        coinbase_user_stream(self, state, generation);
    }
}

static int on_frame(void *self, sofia_handle stream, uint64_t cookie, uint32_t generation,
                    const char *bytes, size_t len)
{
    const struct coinbase *c = self;
    uint32_t current = cookie == STREAM_COOKIE_MARKET ? c->market.generation : c->user.generation;

    (void)stream;
    if (generation != current) {
        return SOFIA_OK; /* of a connection that is gone */
    }
    if (cookie == STREAM_COOKIE_MARKET) {
        return coinbase_market_frame(self, bytes, len);
    }
    return coinbase_user_frame(self, bytes, len);
}

static void on_timer(void *self, uint64_t cookie)
{
    struct coinbase *c = self;

    switch (cookie) {
    case TIMER_TOKENS:
        coinbase_pool_fill(c);
        break;
    case TIMER_MARKET_SEND:
    case TIMER_MARKET_CHECK:
        coinbase_market_timer(c, cookie);
        break;
    case TIMER_USER:
        coinbase_user_timer(c);
        break;
    case TIMER_ACCOUNT:
        coinbase_user_account_timer(c);
        break;
    default:
        break;
    }
}

const struct sofia_exchange coinbase_exchange = {
    .size = sizeof(struct sofia_exchange),
    .features = SOFIA_EXCHANGE_AMEND,
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
    .encode_submit = coinbase_encode_submit,
    .encode_replace = coinbase_encode_replace,
    .encode_cancel = coinbase_encode_cancel,
    .encode_cancel_all = coinbase_encode_cancel_all,
    .encode_query = coinbase_encode_query,
    .encode_open_orders = coinbase_encode_open_orders,
    .encode_account = coinbase_encode_account,
    .encode_trades = coinbase_encode_trades,
    .encode_time = coinbase_encode_time,
    .encode_instruments = coinbase_encode_instruments,
    .on_answer = coinbase_on_answer,
    .on_piece = coinbase_info_piece,
    .on_stream = on_stream,
    .on_frame = on_frame,
    .on_timer = on_timer,
    .subscribe = coinbase_subscribe,
    .resync = coinbase_resync,
    .origin_url = origin_url,
};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    .magic = SOFIA_MAGIC,
    .size = sizeof(struct sofia_module),
    .abi_major = SOFIA_ABI_MAJOR,
    .abi_minor = SOFIA_ABI_MINOR,
    .kind = SOFIA_KIND_EXCHANGE,
    .option_count = COINBASE_OPTION_COUNT,
    .option_size = sizeof(struct sofia_option),
    .id = "sofia.exchange.coinbase",
    .version = MODULE_VERSION,
    .doc = "Coinbase Advanced Trade, spot: REST orders, market and user streams",
    .descriptor = &coinbase_exchange,
    .options = coinbase_options,
};
