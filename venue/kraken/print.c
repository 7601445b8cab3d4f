/* Numbers and times as this venue prints them. */
#include <stdio.h>
#include <string.h>

#include "kraken.h"

/* Decimals of a step at 10^-8. */
static int places_of(int64_t step)
{
    int places = 8;
    while (places > 0 && step > 0 && step % 10 == 0) {
        step /= 10;
        places--;
    }
    return places;
}

int vk_price_places(const struct vn_symbol *symbol)
{
    return places_of(symbol->rules.tick);
}

int vk_qty_places(const struct vn_symbol *symbol)
{
    return places_of(symbol->rules.step);
}

void vk_add_number(struct vn_text *out, int64_t value, int places)
{
    char buf[VN_AMOUNT_TEXT];
    vn_text_add(out, vn_fixed_print(value / vn_pow10(8 - places), places, buf));
}

void vk_add_quoted(struct vn_text *out, int64_t value, int places)
{
    vn_text_add_char(out, '"');
    vk_add_number(out, value, places);
    vn_text_add_char(out, '"');
}

void vk_add_amount(struct vn_text *out, amount_t value, int places)
{
    char buf[VN_AMOUNT_TEXT];
    vn_text_add(out, vn_amount_print(value, places, buf));
}

/* ---- time ---- */

/* Days since 1970 of a date of the Gregorian calendar, and back. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day)
{
    days += 719468;
    int64_t era = days / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    *ret_day = of_year - (153 * month + 2) / 5 + 1;
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = year + era * 400 + (*ret_month <= 2);
}

void vk_add_time(struct vn_text *out, const struct venue *v, int64_t true_ns)
{
    int64_t ns = vn_server_ns(v, true_ns);
    int64_t seconds = ns / VN_SECOND;
    int64_t of_day = seconds % 86400;
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    date_of(seconds / 86400, &year, &month, &day);
    vn_text_addf(out, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lld.%06lldZ", (long long)year,
                 (long long)month, (long long)day, (long long)(of_day / 3600),
                 (long long)(of_day / 60 % 60), (long long)(of_day % 60),
                 (long long)(ns % VN_SECOND / 1000));
}

void vk_add_seconds(struct vn_text *out, const struct venue *v, int64_t true_ns)
{
    int64_t ns = vn_server_ns(v, true_ns);
    vn_text_addf(out, "%lld.%06lld", (long long)(ns / VN_SECOND),
                 (long long)(ns % VN_SECOND / 1000));
}

/* Exactly `count` digits at text, -1 if they are not there. */
static int64_t digits(const char *text, int count)
{
    int64_t value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* Seconds east of UTC at the end of the text; false: neither Z nor an offset. */
static bool zone_read(const char *text, int64_t *ret_seconds)
{
    *ret_seconds = 0;
    if (strcmp(text, "Z") == 0) {
        return true;
    }
    int64_t hours = strlen(text) == 6 && text[3] == ':' ? digits(text + 1, 2) : -1;
    int64_t minutes = hours < 0 ? -1 : digits(text + 4, 2);
    if (minutes < 0 || (text[0] != '+' && text[0] != '-')) {
        return false;
    }
    *ret_seconds = (hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
    return true;
}

int64_t vk_time_read(const char *text)
{
    if (strlen(text) < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':') {
        return -1;
    }
    int64_t parts[] = {digits(text, 4),      digits(text + 5, 2),  digits(text + 8, 2),
                       digits(text + 11, 2), digits(text + 14, 2), digits(text + 17, 2)};
    for (size_t i = 0; i < 6; i++) {
        if (parts[i] < 0) {
            return -1;
        }
    }
    if (parts[0] < 1970 || parts[0] > 2200 || parts[1] < 1 || parts[1] > 12 || parts[2] < 1 ||
        parts[2] > 31 || parts[3] > 23 || parts[4] > 59 || parts[5] > 60) {
        return -1;
    }
    int64_t fraction_ns = 0;
    const char *rest = text + 19;
    if (*rest == '.') {
        size_t len = strspn(rest + 1, "0123456789");
        if (len < 1 || len > 9) {
            return -1;
        }
        fraction_ns = digits(rest + 1, (int)len) * vn_pow10(9 - (int)len);
        rest += 1 + len;
    }
    int64_t east = 0;
    if (!zone_read(rest, &east)) {
        return -1;
    }
    int64_t seconds = days_of(parts[0], parts[1], parts[2]) * 86400 + parts[3] * 3600 +
                      parts[4] * 60 + parts[5] - east;
    return seconds * VN_SECOND + fraction_ns;
}
