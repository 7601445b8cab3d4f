#include <stdlib.h>
#include <string.h>

#include "kraken.h"
#include "report.h"

/* ---- the descriptor ---- */

static const struct sofia_origin origins[ORIGIN_COUNT] = {
    [ORIGIN_REST] = {.size = sizeof(struct sofia_origin), .name = "rest"},
    [ORIGIN_WS] = {.size = sizeof(struct sofia_origin), .name = "ws"},
    [ORIGIN_WS_AUTH] = {.size = sizeof(struct sofia_origin), .name = "ws_auth"},
};

/* Counters fall by limit per window. What stands here is safe for every tier; start tells what the configured one may. */
static const struct sofia_bucket buckets[BUCKET_COUNT] = {
    [BUCKET_PUBLIC] = {.size = sizeof(struct sofia_bucket),
                       .scope = SOFIA_SCOPE_IP,
                       .kind = SOFIA_BUCKET_DECAY,
                       .reserve_percent = 20,
                       .limit = 30,
                       .window_ns = 30 * KRAKEN_NS_PER_S,
                       .name = "public"},
    [BUCKET_REST] = {.size = sizeof(struct sofia_bucket),
                     .scope = SOFIA_SCOPE_KEY,
                     .kind = SOFIA_BUCKET_DECAY,
                     .reserve_percent = 40,
                     .limit = 20,
                     .window_ns = 46 * KRAKEN_NS_PER_S,
                     .name = "rest-counter"},
    [BUCKET_ENGINE] = {.size = sizeof(struct sofia_bucket),
                       .scope = SOFIA_SCOPE_ACCOUNT_SYMBOL,
                       .kind = SOFIA_BUCKET_DECAY,
                       .reserve_percent = 40,
                       .limit = 125,
                       .window_ns = 60 * KRAKEN_NS_PER_S,
                       .name = "engine-counter"},
};

#define COUNTER(n)                                                                                 \
    {                                                                                              \
        BUCKET_REST + 1, n                                                                         \
    }
#define ENGINE(n)                                                                                  \
    {                                                                                              \
        BUCKET_ENGINE + 1, n                                                                       \
    }
#define FREE                                                                                       \
    {                                                                                              \
        0, 0                                                                                       \
    }
#define SAFE SOFIA_ENDPOINT_RESEND_SAFE
#define REST(class, flag, verb, where, charge)                                                     \
    {                                                                                              \
        .size = sizeof(struct sofia_endpoint), .class_ = SOFIA_CLASS_##class, .flags = (flag),     \
        .origin = ORIGIN_REST, .method = (verb), .path = "/0/" where, .charges = {                 \
            charge                                                                                 \
        }                                                                                          \
    }
#define MESSAGE(class, where, operation, charge)                                                   \
    {                                                                                              \
        .size = sizeof(struct sofia_endpoint), .class_ = SOFIA_CLASS_##class, .origin = (where),   \
        .method = "WS", .path = (operation), .charges = {                                          \
            charge                                                                                 \
        }                                                                                          \
    }
#define PUBLIC_GET(flag, where)                                                                    \
    {                                                                                              \
        .size = sizeof(struct sofia_endpoint), .class_ = SOFIA_CLASS_PUBLIC,                       \
        .flags = SAFE | (flag), .origin = ORIGIN_REST, .method = "GET",                            \
        .path = "/0/public/" where, .charges = {                                                   \
            {BUCKET_PUBLIC + 1, 1}                                                                 \
        }                                                                                          \
    }

/* Private questions are POSTs and harmless to repeat: the copy is refused by its nonce. Placing and
 * cancelling are not in the REST counter; the age of an order decides what its cancel takes of the
 * engine's, see encode.c. The second halves of a question (ClosedOrders, QueryTrades) are paid for with
 * the first: a question that could only ever pay for its first half would never be answered. Dead man's
 * switch: the engine counter has no pair for it. */
const struct sofia_endpoint kraken_endpoints[ENDPOINT_COUNT] = {
    [ENDPOINT_ADD_ORDER] = REST(TRADE, 0, "POST", "private/AddOrder", ENGINE(1)),
    [ENDPOINT_AMEND_ORDER] = REST(TRADE, 0, "POST", "private/AmendOrder", ENGINE(4)),
    [ENDPOINT_CANCEL_ORDER] = REST(CANCEL, 0, "POST", "private/CancelOrder", ENGINE(0)),
    [ENDPOINT_DEAD_MAN] = REST(CANCEL, 0, "POST", "private/CancelAllOrdersAfter", COUNTER(1)),
    [ENDPOINT_QUERY_ORDERS] = REST(READ, SAFE, "POST", "private/QueryOrders", COUNTER(1)),
    [ENDPOINT_OPEN_ORDERS] = REST(READ, SAFE, "POST", "private/OpenOrders", COUNTER(1)),
    [ENDPOINT_CLOSED_ORDERS] = REST(READ, SAFE, "POST", "private/ClosedOrders", COUNTER(0)),
    [ENDPOINT_BALANCE] = REST(READ, SAFE, "POST", "private/BalanceEx", COUNTER(1)),
    [ENDPOINT_TRADES_HISTORY] = REST(READ, SAFE, "POST", "private/TradesHistory", COUNTER(4)),
    [ENDPOINT_QUERY_TRADES] = REST(READ, SAFE, "POST", "private/QueryTrades", COUNTER(0)),
    [ENDPOINT_TOKEN] = REST(READ, SAFE, "POST", "private/GetWebSocketsToken", COUNTER(1)),
    [ENDPOINT_TIME] = PUBLIC_GET(SOFIA_ENDPOINT_WARM, "Time"),
    [ENDPOINT_ASSET_PAIRS] = PUBLIC_GET(0, "AssetPairs"),
    [ENDPOINT_ASSETS] = PUBLIC_GET(0, "Assets"),
    [ENDPOINT_WS_SUBSCRIBE] = MESSAGE(PUBLIC, ORIGIN_WS, "subscribe", FREE),
    [ENDPOINT_WS_UNSUBSCRIBE] = MESSAGE(PUBLIC, ORIGIN_WS, "unsubscribe", FREE),
    [ENDPOINT_WS_PING] = MESSAGE(PUBLIC, ORIGIN_WS, "ping", FREE),
    [ENDPOINT_WS_USER_SUBSCRIBE] = MESSAGE(READ, ORIGIN_WS_AUTH, "subscribe", FREE),
    [ENDPOINT_WS_USER_UNSUBSCRIBE] = MESSAGE(READ, ORIGIN_WS_AUTH, "unsubscribe", FREE),
    [ENDPOINT_WS_USER_PING] = MESSAGE(PUBLIC, ORIGIN_WS_AUTH, "ping", FREE),
    [ENDPOINT_WS_ADD_ORDER] = MESSAGE(TRADE, ORIGIN_WS_AUTH, "add_order", ENGINE(1)),
    [ENDPOINT_WS_AMEND_ORDER] = MESSAGE(TRADE, ORIGIN_WS_AUTH, "amend_order", ENGINE(4)),
    [ENDPOINT_WS_CANCEL_ORDER] = MESSAGE(CANCEL, ORIGIN_WS_AUTH, "cancel_order", ENGINE(0)),
};

/* ---- life cycle ---- */

static int allocate(struct kraken *k)
{
    uint32_t wanted = k->config.wanted_count;
    int status = kraken_symbols_init(&k->symbols, wanted != 0 ? wanted : k->config.symbol_limit);

    if (status != SOFIA_OK) {
        return status;
    }
    /* A message of changes and, behind it, the levels that fall off both ends. */
    k->scratch_levels = 8 * k->config.depth + 512;
    k->scratch = calloc(1, SOFIA_EVENT_BOOK_SIZE(k->scratch_levels));
    k->part = calloc(1, SOFIA_EVENT_BOOK_SIZE(SOFIA_BOOK_PART_LEVELS));
    k->orders = kraken_orders_new();
    return k->scratch != NULL && k->part != NULL && k->orders != NULL ? SOFIA_OK : SOFIA_ENOMEM;
}

static void destroy(void *self)
{
    struct kraken *k = self;

    if (k == NULL) {
        return;
    }
    kraken_symbols_release(&k->symbols);
    free(k->orders);
    free(k->scratch);
    free(k->part);
    free(k);
}

static int create(const struct sofia_host *host, void **ret_self)
{
    struct kraken *k = calloc(1, sizeof(*k));
    uint64_t nonce = 0;

    if (k == NULL) {
        return SOFIA_ENOMEM;
    }
    k->host = host;
    int status = kraken_config_read(host, &k->config);
    if (status == SOFIA_OK && k->config.api_key != 0) {
        status = host->exchange->nonce(host, k->config.api_key, &nonce); /* opens its file */
    }
    if (status == SOFIA_OK) {
        status = allocate(k);
    }
    if (status != SOFIA_OK) {
        destroy(k);
        return status;
    }
    *ret_self = k;
    return SOFIA_OK;
}

static void tell_limit(struct kraken *k, uint32_t bucket, uint32_t limit, int64_t window_ns)
{
    struct sofia_event_usage usage;

    sofia_event_init(&usage.head, SOFIA_EV_USAGE, sizeof(usage), 0);
    usage.bucket = bucket;
    usage.limit = limit;
    usage.window_ns = window_ns;
    sofia_emit(k->host, &usage.head);
}

static int start(void *self)
{
    struct kraken *k = self;
    const struct kraken_tier *tier = &kraken_tiers[k->config.tier];

    tell_limit(k, BUCKET_REST, tier->rest_limit, tier->rest_window_ns);
    tell_limit(k, BUCKET_ENGINE, tier->engine_limit, tier->engine_window_ns);
    int status = kraken_market_start(k);
    return status == SOFIA_OK ? kraken_user_start(k) : status;
}

static void stop(void *self)
{
    kraken_market_stop(self);
    kraken_user_stop(self);
}

static int origin_url(void *self, uint32_t origin, char *buf, size_t cap)
{
    const struct kraken *k = self;

    if (origin >= ORIGIN_COUNT) {
        return SOFIA_ENOENT;
    }
    return sofia_url_copy(k->config.url[origin], strlen(k->config.url[origin]), buf, cap);
}

/* ---- callbacks that fan out ---- */

static void on_stream(void *self, sofia_handle stream, uint64_t cookie, uint32_t state,
                      uint32_t generation)
{
    (void)stream;
    if (cookie == STREAM_COOKIE_MARKET) {
        kraken_market_stream(self, state, generation);
    } else {
        kraken_user_stream(self, state, generation);
    }
}

static int on_frame(void *self, sofia_handle stream, uint64_t cookie, uint32_t generation,
                    const char *bytes, size_t len)
{
    const struct kraken *k = self;
    uint32_t current = cookie == STREAM_COOKIE_MARKET ? k->market.generation : k->user.generation;

    (void)stream;
    if (generation != current) {
        return SOFIA_OK; /* of a connection that is gone */
    }
    if (cookie == STREAM_COOKIE_MARKET) {
        return kraken_market_frame(self, bytes, len);
    }
    return kraken_user_frame(self, bytes, len);
}

static void on_timer(void *self, uint64_t cookie)
{
    struct kraken *k = self;

    switch (cookie) {
    case TIMER_SUBSCRIBE:
    case TIMER_MARKET_CHECK:
        kraken_market_timer(k, cookie);
        break;
    case TIMER_BOOKS:
        kraken_book_timer(k);
        break;
    case TIMER_USER:
        kraken_user_timer(k);
        break;
    case TIMER_ACCOUNT:
        kraken_user_account_timer(k);
        break;
    default:
        break;
    }
}

const struct sofia_exchange kraken_exchange = {
    .size = sizeof(struct sofia_exchange),
    .features = SOFIA_EXCHANGE_PROVES_ABSENCE | SOFIA_EXCHANGE_AMEND | SOFIA_EXCHANGE_DEAD_MAN,
    .origins = origins,
    .buckets = buckets,
    .endpoints = kraken_endpoints,
    .origin_count = ORIGIN_COUNT,
    .bucket_count = BUCKET_COUNT,
    .endpoint_count = ENDPOINT_COUNT,
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .encode_submit = kraken_encode_submit,
    .encode_replace = kraken_encode_replace,
    .encode_cancel = kraken_encode_cancel,
    .encode_cancel_all = kraken_encode_cancel_all,
    .encode_query = kraken_encode_query,
    .encode_open_orders = kraken_encode_open_orders,
    .encode_account = kraken_encode_account,
    .encode_trades = kraken_encode_trades,
    .encode_time = kraken_encode_time,
    .encode_instruments = kraken_encode_instruments,
    .on_answer = kraken_on_answer,
    .on_stream = on_stream,
    .on_frame = on_frame,
    .on_timer = on_timer,
    .subscribe = kraken_subscribe,
    .resync = kraken_resync,
    .origin_url = origin_url,
    .encode_dead_man = kraken_encode_dead_man,
};
