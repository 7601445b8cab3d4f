/* Fixed windows aligned to the clock: request weight and raw requests of the one address that exists on loopback, order
 * counts per account, connection attempts. */
#include <stdio.h>
#include <string.h>

#include "binance.h"

static void roll(struct vn_window *w, int64_t now_ns)
{
    int64_t index = now_ns / w->length_ns;
    if (index != w->index) {
        w->index = index;
        w->used = 0;
    }
}

uint32_t vn_window_used(struct vn_window *w, int64_t now_ns)
{
    roll(w, now_ns);
    return w->used;
}

static int64_t seconds_left(const struct vn_window *w, int64_t now_ns)
{
    return ((w->index + 1) * w->length_ns - now_ns + VN_SECOND - 1) / VN_SECOND;
}

static void drop_api_connections(struct venue *v, int64_t now_ns)
{
    for (struct bn_conn *conn = bn_first(v); conn != NULL; conn = bn_next(conn)) {
        vn_conn_close(v, &conn->base, now_ns, 1008, "banned");
    }
}

void vn_limit_force(struct venue *v, int64_t now_ns, int64_t seconds)
{
    bn_of(v)->limits.banned_until_ns = now_ns + seconds * VN_SECOND;
    drop_api_connections(v, now_ns);
}

static void fail_banned(struct vn_call *call)
{
    const struct vn_limits *limits = &bn_of(call->v)->limits;
    int64_t left_ns = limits->banned_until_ns - call->now_ns;
    call->retry_after_s = (left_ns + VN_SECOND - 1) / VN_SECOND;
    vn_fail(call, 418, -1003,
            "Way too much request weight used; IP banned until %lld. Please use WebSocket Streams "
            "for live "
            "updates to avoid bans.",
            (long long)(vn_server_ns(call->v, limits->banned_until_ns) / VN_MS));
}

static void fail_too_many(struct vn_call *call, const struct vn_window *w, const char *text)
{
    struct vn_limits *limits = &bn_of(call->v)->limits;
    call->retry_after_s = seconds_left(w, call->now_ns);
    limits->over++;
    if (limits->over > 10) { /* traffic that goes on in spite of 429 */
        int64_t minutes = 2LL << (limits->bans < 10 ? limits->bans : 10);
        limits->bans++;
        limits->over = 0;
        vn_limit_force(call->v, call->now_ns, minutes * 60 < 259200 ? minutes * 60 : 259200);
        fail_banned(call);
        return;
    }
    vn_fail(call, 429, -1003, "%s", text);
}

bool vn_limit_charge(struct vn_call *call, uint32_t weight)
{
    struct venue *v = call->v;
    struct vn_limits *limits = &bn_of(v)->limits;
    if (call->now_ns < limits->banned_until_ns) {
        fail_banned(call);
        return false;
    }
    if (vn_window_used(&limits->weight, call->now_ns) == 0) {
        limits->over = 0;
    }
    char text[160];
    if (vn_window_used(&limits->raw, call->now_ns) >= v->config.raw_per_5min) {
        snprintf(text, sizeof(text),
                 "Too many requests; current limit is %u requests per 5 minutes.",
                 v->config.raw_per_5min);
        fail_too_many(call, &limits->raw, text);
        return false;
    }
    limits->raw.used++;
    if (limits->weight.used + weight > v->config.weight_per_minute) {
        snprintf(text, sizeof(text),
                 "Too much request weight used; current limit is %u request weight per 1 MINUTE. "
                 "Please use "
                 "WebSocket Streams for live updates to avoid polling the API.",
                 v->config.weight_per_minute);
        fail_too_many(call, &limits->weight, text);
        return false;
    }
    limits->weight.used += weight;
    call->charged += weight;
    return true;
}

void vn_limit_refund(struct vn_call *call, uint32_t weight)
{
    struct vn_window *w = &bn_of(call->v)->limits.weight;
    w->used -= weight < w->used ? weight : w->used;
    call->charged -= weight < call->charged ? weight : call->charged;
}

bool vn_limit_connect(struct venue *v, int64_t now_ns)
{
    struct vn_window *w = &bn_of(v)->limits.connects;
    if (now_ns < bn_of(v)->limits.banned_until_ns ||
        vn_window_used(w, now_ns) >= v->config.ws_connects_per_5min) {
        return false;
    }
    w->used++;
    return true;
}

/* ---- unfilled orders ---- */

/* The venue gives credits back with a delay, to the window that runs then. */
#define CREDIT_DELAY_NS (100 * VN_MS)

static void give_back(struct vn_window *w, uint32_t credit)
{
    w->used -= credit < w->used ? credit : w->used;
}

struct vn_order_count *vn_order_count_of(struct venue *v, const struct vn_account *a,
                                         int64_t now_ns)
{
    struct vn_order_count *count = vn_table_get(&bn_of(v)->limits.orders, a->uid);
    if (count == NULL) {
        count = vn_alloc(sizeof(*count));
        count->ten_seconds.length_ns = 10 * VN_SECOND;
        count->day.length_ns = 86400 * VN_SECOND;
        vn_table_put(&bn_of(v)->limits.orders, a->uid, count);
    }
    roll(&count->ten_seconds, now_ns);
    roll(&count->day, now_ns);
    if (count->credit > 0 && now_ns >= count->credit_ns) {
        give_back(&count->ten_seconds, count->credit);
        give_back(&count->day, count->credit);
        count->credit = 0;
    }
    return count;
}

bool vn_order_count_open(struct vn_call *call, struct vn_account *a)
{
    struct venue *v = call->v;
    const struct vn_order_count *count = vn_order_count_of(v, a, call->now_ns);
    bool day_full = count->day.used >= v->config.orders_per_day;
    if (!day_full && count->ten_seconds.used < v->config.orders_per_10s) {
        return true;
    }
    call->retry_after_s = seconds_left(day_full ? &count->day : &count->ten_seconds, call->now_ns);
    vn_fail(call, 429, -1015, "Too many new orders; current limit is %u orders per %s.",
            day_full ? v->config.orders_per_day : v->config.orders_per_10s,
            day_full ? "1 DAY" : "10 SECOND");
    return false;
}

void vn_order_count_add(struct venue *v, const struct vn_account *a, int64_t now_ns)
{
    struct vn_order_count *count = vn_order_count_of(v, a, now_ns);
    if (count->day.used < v->config.orders_per_day) {
        count->ten_seconds.used++;
    }
    count->day.used++;
}

void vn_order_count_credit(struct venue *v, const struct vn_account *a, int64_t now_ns,
                           uint32_t credit)
{
    struct vn_order_count *count = vn_order_count_of(v, a, now_ns);
    count->credit += credit;
    count->credit_ns = now_ns + CREDIT_DELAY_NS;
}
