/* What the wrong modules have in common: everything that is right with them.
 *
 * Each file takes the pieces it needs and writes the one wrong thing itself, so that a refusal can have only one reason.
 *
 * Owner: nobody; compiled into each module.
 */
#ifndef BAD_H
#define BAD_H

#include <string.h>

#include <sofia/module.h>

#define GOOD_MAGIC .magic = SOFIA_MAGIC
#define GOOD_SIZE .size = sizeof(struct sofia_module)
#define GOOD_ABI .abi_major = SOFIA_ABI_MAJOR, .abi_minor = SOFIA_ABI_MINOR
#define GOOD_VERSION .version = "1.0.0", .doc = "wrong on purpose"
#define NO_OPTIONS .option_size = sizeof(struct sofia_option)
#define GOOD_HEAD GOOD_MAGIC, GOOD_SIZE, GOOD_ABI, GOOD_VERSION

static inline int bad_create(const struct sofia_host *host, void **ret_self)
{
    *ret_self = (void *)(uintptr_t)host; /* the host is all these instances remember */
    return SOFIA_OK;
}

static inline int bad_start(void *self)
{
    (void)self;
    return SOFIA_OK;
}

static inline void bad_stop(void *self)
{
    (void)self;
}

/* ---- strategy ---- */

static inline int bad_on_event(void *self, const struct sofia_event *event)
{
    (void)self;
    (void)event;
    return SOFIA_OK;
}

#define GOOD_STRATEGY_LIFE                                                                         \
    .create = bad_create, .start = bad_start, .stop = bad_stop, .destroy = bad_stop
#define GOOD_STRATEGY                                                                              \
    .size = sizeof(struct sofia_strategy), GOOD_STRATEGY_LIFE, .on_event = bad_on_event

/* ---- exchange ---- */

static inline int bad_encode_order(void *self, const struct sofia_order *order,
                                   struct sofia_request *request)
{
    (void)self;
    (void)order;
    (void)request;
    return SOFIA_ENOTSUP;
}

static inline int bad_encode_symbol(void *self, const char *venue_symbol,
                                    struct sofia_request *request)
{
    (void)self;
    (void)venue_symbol;
    (void)request;
    return SOFIA_ENOTSUP;
}

static inline int bad_encode_plain(void *self, struct sofia_request *request)
{
    (void)self;
    (void)request;
    return SOFIA_ENOTSUP;
}

static inline int bad_encode_trades(void *self, const struct sofia_trades_query *query,
                                    struct sofia_request *request)
{
    (void)self;
    (void)query;
    (void)request;
    return SOFIA_ENOTSUP;
}

static inline int bad_on_answer(void *self, const struct sofia_answer *answer,
                                struct sofia_result *ret_result)
{
    (void)self;
    (void)answer;
    ret_result->verdict = SOFIA_VERDICT_IN_DOUBT;
    return SOFIA_OK;
}

static inline void bad_on_stream(void *self, sofia_handle stream, uint64_t cookie, uint32_t state,
                                 uint32_t generation)
{
    (void)self;
    (void)stream;
    (void)cookie;
    (void)state;
    (void)generation;
}

static inline int bad_on_frame(void *self, sofia_handle stream, uint64_t cookie,
                               uint32_t generation, const char *bytes, size_t len)
{
    (void)self;
    (void)stream;
    (void)cookie;
    (void)generation;
    (void)bytes;
    (void)len;
    return SOFIA_OK;
}

static inline void bad_on_timer(void *self, uint64_t cookie)
{
    (void)self;
    (void)cookie;
}

static inline int bad_subscribe(void *self, uint32_t instrument, const char *venue_symbol,
                                uint32_t wanted)
{
    (void)self;
    (void)instrument;
    (void)venue_symbol;
    (void)wanted;
    return SOFIA_OK;
}

static inline int bad_resync(void *self, uint32_t instrument)
{
    (void)self;
    (void)instrument;
    return SOFIA_OK;
}

static inline int bad_origin_url(void *self, uint32_t origin, char *buf, size_t cap)
{
    static const char url[] = "http://127.0.0.1:1";

    (void)self;
    if (origin != 0 || cap < sizeof(url)) {
        return origin != 0 ? SOFIA_ENOENT : SOFIA_ESPACE;
    }
    memcpy(buf, url, sizeof(url));
    return SOFIA_OK;
}

#define BAD_ORIGIN                                                                                 \
    {                                                                                              \
        .size = sizeof(struct sofia_origin), .name = "rest"                                        \
    }
#define BAD_BUCKET                                                                                 \
    {                                                                                              \
        .size = sizeof(struct sofia_bucket), .scope = SOFIA_SCOPE_IP, .kind = SOFIA_BUCKET_WINDOW, \
        .reserve_percent = 10, .limit = 1000, .window_ns = INT64_C(60000000000), .name = "weight"  \
    }
#define BAD_ENDPOINT(class_number, method_name, path_text)                                         \
    {                                                                                              \
        .size = sizeof(struct sofia_endpoint), .class_ = (class_number), .method = (method_name),  \
        .path = (path_text), .charges = {                                                          \
            {.bucket = 1, .amount = 1}                                                             \
        }                                                                                          \
    }
#define COUNT(table) ((uint32_t)(sizeof(table) / sizeof((table)[0])))
#define GOOD_TABLES                                                                                \
    .origins = origins, .origin_count = COUNT(origins), .buckets = buckets,                        \
    .bucket_count = COUNT(buckets), .endpoints = endpoints, .endpoint_count = COUNT(endpoints)
#define GOOD_EXCHANGE                                                                              \
    .size = sizeof(struct sofia_exchange), .create = bad_create, .stop = bad_stop,                 \
    .destroy = bad_stop, .encode_submit = bad_encode_order, .encode_cancel = bad_encode_order,     \
    .encode_cancel_all = bad_encode_symbol, .encode_query = bad_encode_order,                      \
    .encode_open_orders = bad_encode_symbol, .encode_account = bad_encode_plain,                   \
    .encode_trades = bad_encode_trades, .encode_time = bad_encode_plain,                           \
    .encode_instruments = bad_encode_plain, .on_answer = bad_on_answer,                            \
    .on_stream = bad_on_stream, .on_frame = bad_on_frame, .on_timer = bad_on_timer,                \
    .subscribe = bad_subscribe, .resync = bad_resync, .origin_url = bad_origin_url

/* Fills a request with one piece of text. */
static inline void bad_request(struct sofia_request *request, uint32_t endpoint, uint32_t part,
                               const char *text)
{
    size_t len = strlen(text);

    memset(request, 0, sizeof(*request));
    request->size = sizeof(*request);
    request->endpoint = endpoint;
    request->segment_count = 1;
    request->used = (uint32_t)len;
    request->segments[0].part = part;
    request->segments[0].len = (uint32_t)len;
    memcpy(request->bytes, text, len);
}

#endif
