#include <string.h>
#include <strings.h>

#include "binance.h"
#include "errors.h"

static const char weight_header[] = "x-mbx-used-weight-";
static const char orders_header[] = "x-mbx-order-count-";
static const char retry_header[] = "retry-after";

/* Which bucket a pair of limit type and interval is; -1: one that is not kept. */
static int32_t find_bucket(int is_weight, int is_raw, char letter, int64_t count)
{
    if (is_weight) {
        return letter == 'm' && count == 1 ? BUCKET_WEIGHT_1M : -1;
    }
    if (is_raw) {
        return letter == 'm' && count == 5 ? BUCKET_RAW_5M : -1;
    }
    if (letter == 's' && count == 10) {
        return BUCKET_ORDERS_10S;
    }
    return letter == 'd' && count == 1 ? BUCKET_ORDERS_1D : -1;
}

int32_t binance_bucket_of(struct sofia_slice type, struct sofia_slice interval, int64_t count)
{
    int is_weight = sofia_slice_is(type, "REQUEST_WEIGHT");
    int is_raw = sofia_slice_is(type, "RAW_REQUESTS");

    if ((!is_weight && !is_raw && !sofia_slice_is(type, "ORDERS")) || interval.len == 0) {
        return -1;
    }
    return find_bucket(is_weight, is_raw, (char)(interval.at[0] | 0x20), count);
}

static void emit_usage(struct binance *b, uint32_t bucket, uint64_t used, uint64_t limit)
{
    struct sofia_event_usage usage;

    sofia_event_init(&usage.head, SOFIA_EV_USAGE, sizeof(usage), 0);
    usage.bucket = bucket;
    usage.used = used;
    usage.limit = limit;
    sofia_emit(b->host, &usage.head);
}

static int name_begins(struct sofia_slice name, const char *prefix)
{
    size_t len = strlen(prefix);

    return name.len >= len && strncasecmp(name.at, prefix, len) == 0;
}

/* "1m", "10S": the interval behind the prefix of a counting header. */
static int32_t bucket_of_header(struct sofia_slice name, size_t prefix_len, int is_weight)
{
    struct sofia_slice interval = {.at = name.at + prefix_len, .len = name.len - prefix_len};
    int64_t count = 0;

    if (interval.len < 2) {
        return -1;
    }
    interval.len--;
    if (sofia_slice_i64(interval, &count) != 0) {
        return -1;
    }
    return find_bucket(is_weight, 0, (char)(interval.at[interval.len] | 0x20), count);
}

static void take_count(struct binance *b, int32_t bucket, struct sofia_slice value)
{
    uint64_t used = 0;

    if (bucket >= 0 && sofia_slice_u64(value, &used) == 0) {
        emit_usage(b, (uint32_t)bucket, used, 0);
    }
}

static void take_header(struct binance *b, struct sofia_slice name, struct sofia_slice value,
                        uint32_t *retry_after_ms)
{
    uint64_t seconds = 0;

    if (name_begins(name, weight_header)) {
        take_count(b, bucket_of_header(name, sizeof(weight_header) - 1, 1), value);
    } else if (name_begins(name, orders_header)) {
        take_count(b, bucket_of_header(name, sizeof(orders_header) - 1, 0), value);
    } else if (name.len == sizeof(retry_header) - 1 && name_begins(name, retry_header) &&
               sofia_slice_u64(value, &seconds) == 0) {
        *retry_after_ms = seconds > UINT32_MAX / 1000 ? UINT32_MAX : (uint32_t)seconds * 1000u;
    }
}

static struct sofia_slice trimmed(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t')) {
        from++;
    }
    while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r')) {
        to--;
    }
    return (struct sofia_slice){.at = from, .len = (size_t)(to - from)};
}

uint32_t binance_usage_headers(struct binance *b, const struct sofia_answer *answer)
{
    const char *at = answer->headers != NULL ? answer->headers : "";
    const char *end = answer->headers != NULL ? at + answer->headers_len : at;
    uint32_t retry_after_ms = 0;

    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (line_end == NULL) {
            line_end = end;
        }
        const char *colon = memchr(at, ':', (size_t)(line_end - at));
        if (colon != NULL) {
            take_header(b, trimmed(at, colon), trimmed(colon + 1, line_end), &retry_after_ms);
        }
        at = line_end + 1;
    }
    return retry_after_ms;
}

/* {"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100,"count":3} */
static void take_limit(struct binance *b, struct sofia_json *cur)
{
    struct sofia_slice key;
    struct sofia_slice type = {0};
    struct sofia_slice interval = {0};
    int64_t number = 0;
    uint64_t limit = 0;
    uint64_t used = UINT64_MAX;

    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "rateLimitType")) {
            sofia_json_string(cur, &type);
        } else if (sofia_json_is(key, "interval")) {
            sofia_json_string(cur, &interval);
        } else if (sofia_json_is(key, "intervalNum")) {
            sofia_json_i64(cur, &number);
        } else if (sofia_json_is(key, "limit")) {
            sofia_json_u64(cur, &limit);
        } else if (sofia_json_is(key, "count")) {
            sofia_json_u64(cur, &used);
        }
    }
    int32_t bucket = cur->status == 0 ? binance_bucket_of(type, interval, number) : -1;
    if (bucket < 0) {
        return;
    }
    if (used != UINT64_MAX) {
        emit_usage(b, (uint32_t)bucket, used, limit);
    } else if (limit != 0 && b->limits[bucket] != limit) {
        emit_usage(b, (uint32_t)bucket, 0, limit);
    }
    if (limit != 0) {
        b->limits[bucket] = limit;
    }
}

int binance_usage_limits(struct binance *b, struct sofia_slice array)
{
    struct sofia_json cur;

    sofia_json_init(&cur, array.at, array.len);
    sofia_json_enter_array(&cur);
    while (sofia_json_next_element(&cur)) {
        take_limit(b, &cur);
    }
    return sofia_json_finish(&cur) == 0 ? SOFIA_OK : SOFIA_EPARSE;
}

static int64_t venue_now_ns(const struct binance *b)
{
    int64_t now_ns = 0;

    if (b->host->exchange->venue_now_ns(b->host, &now_ns) != SOFIA_OK) {
        now_ns = b->host->now_ns(b->host);
    }
    return now_ns;
}

uint32_t binance_usage_until(const struct binance *b, int64_t until_ms)
{
    int64_t wait_ms = until_ms - venue_now_ns(b) / BINANCE_NS_PER_MS;

    if (wait_ms <= 0) {
        return 0;
    }
    return wait_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)wait_ms;
}

void binance_usage_silence(struct binance *b, const struct binance_refusal *refusal,
                           uint32_t wait_ms)
{
    struct sofia_event_usage usage;
    uint32_t bucket = BUCKET_WEIGHT_1M;

    if (refusal->code == BINANCE_TOO_MANY_ORDERS) {
        bucket = strstr(refusal->msg, "DAY") != NULL ? BUCKET_ORDERS_1D : BUCKET_ORDERS_10S;
    }
    sofia_event_init(&usage.head, SOFIA_EV_USAGE, sizeof(usage), 0);
    usage.bucket = bucket;
    usage.blocked = refusal->http_status == 418 ? 2 : 1;
    usage.until_ns = venue_now_ns(b) + (int64_t)wait_ms * BINANCE_NS_PER_MS;
    sofia_emit(b->host, &usage.head);
}
