/* Candles from the trades that are kept: asked for, or pushed as a stream. */
#include <string.h>
#include <time.h>

#include "binance.h"

#define DAY_NS (86400 * VN_SECOND)
#define MONDAY_NS (4 * DAY_NS) /* the epoch was a Thursday */

struct vn_interval {
    const char *name;
    int64_t length_ns; /* 0: a month of the calendar */
};

static const struct vn_interval intervals[] = {
    {"1s", VN_SECOND},
    {"1m", 60 * VN_SECOND},
    {"3m", 180 * VN_SECOND},
    {"5m", 300 * VN_SECOND},
    {"15m", 900 * VN_SECOND},
    {"30m", 1800 * VN_SECOND},
    {"1h", 3600 * VN_SECOND},
    {"2h", 7200 * VN_SECOND},
    {"4h", 14400 * VN_SECOND},
    {"6h", 21600 * VN_SECOND},
    {"8h", 28800 * VN_SECOND},
    {"12h", 43200 * VN_SECOND},
    {"1d", DAY_NS},
    {"3d", 3 * DAY_NS},
    {"1w", 7 * DAY_NS},
    {"1M", 0},
};

const struct vn_interval *vn_interval_find(const char *name)
{
    for (size_t i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++) {
        if (strcmp(intervals[i].name, name) == 0) {
            return &intervals[i];
        }
    }
    return NULL;
}

/* [open_ns, end_ns) of a candle and the trades in it. */
struct kline {
    int64_t open_ns;
    int64_t end_ns;
    int64_t open;
    int64_t high;
    int64_t low;
    int64_t close;
    int64_t qty;
    amount_t quote;
    int64_t buy_qty;
    amount_t buy_quote;
    int64_t count;
    uint64_t first_id;
    uint64_t last_id;
};

static int64_t month_ns(struct tm date, int months_on)
{
    date.tm_mon += months_on;
    date.tm_mday = 1;
    date.tm_hour = 0;
    date.tm_min = 0;
    date.tm_sec = 0;
    return (int64_t)timegm(&date) * VN_SECOND;
}

static struct kline kline_at(const struct vn_interval *interval, int64_t ns)
{
    struct kline k = {0};
    if (interval->length_ns == 0) {
        time_t seconds = (time_t)(ns / VN_SECOND);
        struct tm date;
        gmtime_r(&seconds, &date);
        k.open_ns = month_ns(date, 0);
        k.end_ns = month_ns(date, 1);
        return k;
    }
    int64_t offset = interval->length_ns == 7 * DAY_NS ? MONDAY_NS : 0;
    k.open_ns = ns - (ns - offset) % interval->length_ns;
    k.end_ns = k.open_ns + interval->length_ns;
    return k;
}

static void kline_add(struct kline *k, const struct vn_trade *t)
{
    k->open = k->count == 0 ? t->price : k->open;
    k->high = t->price > k->high ? t->price : k->high;
    k->low = k->count == 0 || t->price < k->low ? t->price : k->low;
    k->close = t->price;
    k->qty += t->qty;
    k->quote += t->quote;
    k->buy_qty += t->buyer_is_maker ? 0 : t->qty;
    k->buy_quote += t->buyer_is_maker ? 0 : t->quote;
    k->first_id = k->count == 0 ? t->id : k->first_id;
    k->last_id = t->id;
    k->count++;
}

/* ---- asked for ---- */

static void print_row(const struct vn_call *call, const struct kline *k, struct vn_text *out)
{
    const int64_t values[] = {k->open, k->high, k->low, k->close, k->qty};
    vn_text_add_char(out, '[');
    vn_add_time(call, out, k->open_ns);
    for (size_t i = 0; i < 5; i++) {
        vn_text_add_char(out, ',');
        vn_text_add_fixed(out, values[i], 8);
    }
    vn_text_add_char(out, ',');
    vn_add_time(call, out, k->end_ns - VN_MS);
    vn_text_add_char(out, ',');
    vn_text_add_amount(out, k->quote, 8);
    vn_text_addf(out, ",%lld,", (long long)k->count);
    vn_text_add_fixed(out, k->buy_qty, 8);
    vn_text_add_char(out, ',');
    vn_text_add_amount(out, k->buy_quote, 8);
    vn_text_add(out, ",\"0\"],");
}

/* Candles that begin within [start_ns, end_ns], oldest first; those without a trade are left out. */
static void print_rows(struct vn_call *call, const struct vn_symbol *symbol,
                       const struct vn_interval *interval, int64_t start_ns, int64_t end_ns)
{
    int64_t limit = vn_page_limit(call);
    int64_t kept =
        symbol->trade_count < VN_TRADES_KEPT ? (int64_t)symbol->trade_count : VN_TRADES_KEPT;
    struct kline k = {0};
    int64_t printed = 0;
    for (int64_t i = kept; i > 0 && printed < limit; i--) {
        const struct vn_trade *t = vn_trade_back(symbol, (uint64_t)(i - 1));
        struct kline own = kline_at(interval, t->time_ns);
        if (own.open_ns < start_ns || own.open_ns > end_ns) {
            continue;
        }
        if (k.count > 0 && k.open_ns != own.open_ns) {
            print_row(call, &k, &call->out);
            printed++;
        }
        if (k.open_ns != own.open_ns) {
            k = own;
        }
        kline_add(&k, t);
    }
    if (k.count > 0 && printed < limit) {
        print_row(call, &k, &call->out);
    }
}

void vn_do_klines(struct vn_call *call)
{
    struct vn_symbol *symbol = vn_need_symbol(call);
    const char *name = symbol == NULL ? NULL : vn_need(call, "interval");
    if (name == NULL) {
        return;
    }
    const struct vn_interval *interval = vn_interval_find(name);
    if (interval == NULL) {
        vn_fail(call, 400, -1120, "Invalid interval.");
        return;
    }
    int64_t length_ns = interval->length_ns == 0 ? 31 * DAY_NS : interval->length_ns;
    int64_t start = vn_arg_ns(call, "startTime", 0);
    int64_t end = vn_arg_ns(call, "endTime", VN_TIME_MAX_NS);
    if (start == 0) {
        start = call->now_ns - length_ns * vn_page_limit(call);
    }
    vn_text_add_char(&call->out, '[');
    print_rows(call, symbol, interval, start, end);
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, ']');
}

/* ---- pushed ---- */

/* The candle that holds this moment; without a trade its prices are the last one before it. */
static struct kline kline_of(const struct vn_symbol *symbol, const struct vn_interval *interval,
                             int64_t ns)
{
    struct kline k = kline_at(interval, ns);
    uint64_t back = 0;
    const struct vn_trade *t = vn_trade_back(symbol, back);
    while (t != NULL && t->time_ns >= k.open_ns) {
        t = vn_trade_back(symbol, ++back);
    }
    int64_t before = t == NULL ? symbol->open_price : t->price;
    while (back > 0) {
        t = vn_trade_back(symbol, --back);
        if (t->time_ns < k.end_ns) {
            kline_add(&k, t);
        }
    }
    if (k.count == 0) {
        k.open = k.high = k.low = k.close = before;
    }
    return k;
}

static void add_value(struct vn_text *out, const char *name, int64_t value)
{
    vn_text_addf(out, ",\"%s\":", name);
    vn_text_add_fixed(out, value, 8);
}

static void print_pushed(const struct venue *v, const struct vn_feed *feed, const struct kline *k,
                         bool closed, struct vn_text *out)
{
    vn_text_addf(out, ",\"k\":{\"t\":%lld,\"T\":%lld,\"s\":",
                 (long long)(vn_server_ns(v, k->open_ns) / VN_MS),
                 (long long)(vn_server_ns(v, k->end_ns) / VN_MS - 1));
    vn_text_add_json(out, feed->symbol->name);
    vn_text_addf(out, ",\"i\":\"%s\",\"f\":%lld,\"L\":%lld", feed->interval->name,
                 k->count == 0 ? -1LL : (long long)k->first_id,
                 k->count == 0 ? -1LL : (long long)k->last_id);
    add_value(out, "o", k->open);
    add_value(out, "c", k->close);
    add_value(out, "h", k->high);
    add_value(out, "l", k->low);
    add_value(out, "v", k->qty);
    vn_text_addf(out, ",\"n\":%lld,\"x\":%s,\"q\":", (long long)k->count,
                 closed ? "true" : "false");
    vn_text_add_amount(out, k->quote, 8);
    add_value(out, "V", k->buy_qty);
    vn_text_add(out, ",\"Q\":");
    vn_text_add_amount(out, k->buy_quote, 8);
    vn_text_add(out, ",\"B\":\"0\"}");
}

/* Called each full second. A candle is shown every two seconds, and once more when it has ended. */
bool vn_kline_push(const struct venue *v, const struct vn_feed *feed, int64_t now_ns,
                   struct vn_text *out)
{
    struct kline k = kline_of(feed->symbol, feed->interval, now_ns - 1);
    bool closed = k.end_ns == now_ns;
    if (!closed && now_ns / VN_SECOND % 2 != 0) {
        return false;
    }
    print_pushed(v, feed, &k, closed, out);
    return true;
}
