/* Words, numbers, times and ids as Coinbase writes them. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "coinbase.h"

/* ---- ids ---- */

void vc_uuid(const struct venue *v, uint64_t kind, uint64_t number, char ret_uuid[VC_UUID])
{
    struct vn_random r = {.state = v->config.seed ^ kind << 56 ^ number * 0x9e3779b97f4a7c15ULL};
    uint64_t high = vn_random_next(&r);
    uint64_t low = vn_random_next(&r);
    snprintf(ret_uuid, VC_UUID, "%08llx-%04llx-4%03llx-%04llx-%012llx",
             (unsigned long long)(high >> 32), (unsigned long long)(high >> 16 & 0xFFFF),
             (unsigned long long)(high & 0xFFF),
             (unsigned long long)((low >> 48 & 0x3FFF) | 0x8000),
             (unsigned long long)(low & 0xFFFFFFFFFFFFULL));
}

/* ---- times ---- */

void vc_add_time(const struct venue *v, struct vn_text *out, int64_t ns)
{
    int64_t shown_ns = vn_server_ns(v, ns);
    time_t seconds = (time_t)(shown_ns / VN_SECOND);
    struct tm date;
    gmtime_r(&seconds, &date);
    vn_text_addf(out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%06lldZ\"", date.tm_year + 1900,
                 date.tm_mon + 1, date.tm_mday, date.tm_hour, date.tm_min, date.tm_sec,
                 (long long)(shown_ns % VN_SECOND / 1000));
}

/* count digits; -1: something else. */
static int digits(const char **at, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (**at < '0' || **at > '9') {
            return -1;
        }
        value = value * 10 + (*(*at)++ - '0');
    }
    return value;
}

static bool separator(const char **at, char c)
{
    if (**at != c) {
        return false;
    }
    (*at)++;
    return true;
}

/* ".123456789" at most; false: broken. */
static bool fraction(const char **at, int64_t *ret_ns)
{
    int64_t unit = VN_SECOND / 10;
    *ret_ns = 0;
    if (**at != '.') {
        return true;
    }
    (*at)++;
    if (**at < '0' || **at > '9') {
        return false;
    }
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        *ret_ns += unit * (**at - '0');
        unit /= 10;
    }
    return true;
}

/* "Z" or "+02:00"; false: broken. */
static bool zone(const char **at, int64_t *ret_seconds)
{
    *ret_seconds = 0;
    if (separator(at, 'Z')) {
        return true;
    }
    int sign = **at == '+' ? 1 : **at == '-' ? -1 : 0;
    if (sign == 0) {
        return false;
    }
    (*at)++;
    int hours = digits(at, 2);
    if (hours < 0 || !separator(at, ':')) {
        return false;
    }
    int minutes = digits(at, 2);
    *ret_seconds = sign * (hours * 3600 + minutes * 60);
    return minutes >= 0;
}

int vc_time_read(const char *text, int64_t *ret_ns)
{
    struct tm date = {0};
    int64_t part_ns = 0;
    int64_t offset_s = 0;
    date.tm_year = digits(&text, 4) - 1900;
    bool fits = separator(&text, '-');
    date.tm_mon = fits ? digits(&text, 2) - 1 : 0;
    fits = fits && separator(&text, '-');
    date.tm_mday = fits ? digits(&text, 2) : 0;
    fits = fits && separator(&text, 'T');
    date.tm_hour = fits ? digits(&text, 2) : 0;
    fits = fits && separator(&text, ':');
    date.tm_min = fits ? digits(&text, 2) : 0;
    fits = fits && separator(&text, ':');
    date.tm_sec = fits ? digits(&text, 2) : 0;
    fits = fits && date.tm_year >= 70 && date.tm_year < 300 && date.tm_mon >= 0 &&
           date.tm_mon < 12 && date.tm_mday >= 1 && date.tm_mday <= 31 && date.tm_hour >= 0 &&
           date.tm_hour < 24 && date.tm_min >= 0 && date.tm_min < 60 && date.tm_sec >= 0 &&
           date.tm_sec <= 60;
    if (!fits || !fraction(&text, &part_ns) || !zone(&text, &offset_s) || *text != '\0') {
        return -1;
    }
    *ret_ns = ((int64_t)timegm(&date) - offset_s) * VN_SECOND + part_ns;
    return 0;
}

/* ---- members ---- */

void vc_add_text(struct vn_text *out, const char *name, const char *value)
{
    vn_text_addf(out, ",\"%s\":", name);
    vn_text_add_json(out, value);
}

void vc_add_plain(struct vn_text *out, const char *name, amount_t value)
{
    vn_text_addf(out, ",\"%s\":", name);
    vn_text_add_plain(out, value);
}

void vc_add_price(struct vn_text *out, const char *name, const struct vn_symbol *symbol,
                  int64_t price)
{
    vc_add_plain(out, name, vn_amount_of(price, symbol->price_places));
}

void vc_add_size(struct vn_text *out, const char *name, const struct vn_symbol *symbol, int64_t qty)
{
    vc_add_plain(out, name, vn_amount_of(qty, symbol->qty_places));
}

void vc_add_bool(struct vn_text *out, const char *name, bool value)
{
    vn_text_addf(out, ",\"%s\":%s", name, value ? "true" : "false");
}

int vc_number_read(const char *text, int64_t *ret_value)
{
    char padded[VC_NUMBER + 1] = "0";
    size_t len = strlen(text);
    if (len == 0 || len >= VC_NUMBER) {
        return -1;
    }
    memcpy(padded + 1, text, len);
    /* ".19" is a number here, and stays ".19" when it is shown */
    const char *number = text[0] == '.' ? padded : text;
    int status = vn_fixed_parse(number, strlen(number), 8, ret_value);
    return status == 0 && *ret_value == 0 ? -1 : status;
}

/* ---- words ---- */

static const char *const kinds[] = {NULL,
                                    "market_market_ioc",
                                    "market_market_fok",
                                    "sor_limit_ioc",
                                    "limit_limit_gtc",
                                    "limit_limit_gtd",
                                    "limit_limit_fok",
                                    "stop_limit_stop_limit_gtc",
                                    "stop_limit_stop_limit_gtd",
                                    "trigger_bracket_gtc",
                                    "trigger_bracket_gtd",
                                    "twap_limit_gtd",
                                    "scaled_limit_gtc"};

_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == VC_KIND_COUNT, "one word per kind");

const char *vc_side_word(enum vn_side side)
{
    return side == VN_BUY ? "BUY" : "SELL";
}

const char *vc_kind_word(enum vc_kind kind)
{
    return kinds[kind];
}

enum vc_kind vc_kind_read(const char *word)
{
    for (int kind = 1; kind < VC_KIND_COUNT; kind++) {
        if (strcmp(kinds[kind], word) == 0) {
            return (enum vc_kind)kind;
        }
    }
    return VC_KIND_INVALID;
}

const char *vc_type_word(const struct vc_config *config)
{
    bool stop = config->kind == VC_STOP_GTC || config->kind == VC_STOP_GTD;
    return config->kind == VC_MARKET_IOC ? "MARKET" : stop ? "STOP_LIMIT" : "LIMIT";
}

const char *vc_tif_word(const struct vc_config *config)
{
    switch (config->kind) {
    case VC_MARKET_IOC:
    case VC_SOR_IOC:
        return "IMMEDIATE_OR_CANCEL";
    case VC_MARKET_FOK:
    case VC_LIMIT_FOK:
        return "FILL_OR_KILL";
    case VC_LIMIT_GTD:
    case VC_STOP_GTD:
    case VC_BRACKET_GTD:
    case VC_TWAP_GTD:
        return "GOOD_UNTIL_DATE_TIME";
    case VC_LIMIT_GTC:
    case VC_STOP_GTC:
    case VC_BRACKET_GTC:
    case VC_SCALED_GTC:
        return "GOOD_UNTIL_CANCELLED";
    case VC_KIND_INVALID:
    case VC_KIND_COUNT:
        break;
    }
    return "UNKNOWN_TIME_IN_FORCE";
}

static const char *open_word(const struct vc_order *order)
{
    return order->cancel_due_ns != 0 ? "CANCEL_QUEUED"
           : order->edit_due_ns != 0 ? "EDIT_QUEUED"
                                     : "OPEN";
}

const char *vc_status_word(const struct vc_order *order)
{
    if (order->order == NULL) {
        return "FAILED";
    }
    switch (order->order->state) {
    case VN_NEW:
    case VN_PARTIAL:
        return open_word(order);
    case VN_FILLED:
        return "FILLED";
    case VN_EXPIRED:
        return order->order->expiry == VN_EXPIRY_TIME ? "EXPIRED" : "CANCELLED";
    case VN_CANCELED:
    case VN_EXPIRED_IN_MATCH:
        return "CANCELLED";
    case VN_STATE_INVALID:
    case VN_STATE_COUNT:
        break;
    }
    return "UNKNOWN_ORDER_STATUS";
}

bool vc_is_final(const struct vc_order *order)
{
    return order->order == NULL || !vn_order_is_open(order->order);
}
