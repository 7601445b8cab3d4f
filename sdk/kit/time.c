#include <sofia/kit/time.h>

#include <stdio.h>

#include <sofia/kit/decimal.h>

#define NS_PER_S INT64_C(1000000000)
#define S_PER_DAY INT64_C(86400)

/* Days since 1970-01-01 of the proleptic Gregorian calendar; years begin in March, so that the leap
 * day is the last of one. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int days_in(int64_t year, int64_t month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

/* `count` digits at `at` of the text; -1 if they are not there. */
static int64_t digits(struct sofia_slice text, size_t at, size_t count)
{
    int64_t value = 0;

    if (at + count > text.len) {
        return -1;
    }
    for (size_t i = at; i < at + count; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return -1;
        }
        value = value * 10 + (text.at[i] - '0');
    }
    return value;
}

/* ".123456" as nanoseconds; *at moves behind it. */
static int64_t fraction(struct sofia_slice text, size_t *at)
{
    int64_t value = 0;
    int places = 0;

    if (*at >= text.len || text.at[*at] != '.') {
        return 0;
    }
    for (*at += 1; *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '9'; *at += 1) {
        value = value * 10 + (text.at[*at] - '0');
        if (++places > 9) {
            return -1;
        }
    }
    for (int i = places; i < 9; i++) {
        value *= 10;
    }
    return places > 0 ? value : -1;
}

static int has_marks(struct sofia_slice text)
{
    return text.len >= 20 && text.at[4] == '-' && text.at[7] == '-' &&
           (text.at[10] == 'T' || text.at[10] == ' ') && text.at[13] == ':' && text.at[16] == ':';
}

int sofia_time_parse(struct sofia_slice text, int64_t *ret_ns)
{
    if (!has_marks(text)) {
        return SOFIA_KIT_EPARSE;
    }
    int64_t year = digits(text, 0, 4);
    int64_t month = digits(text, 5, 2);
    int64_t day = digits(text, 8, 2);
    int64_t hour = digits(text, 11, 2);
    int64_t minute = digits(text, 14, 2);
    int64_t second = digits(text, 17, 2);
    size_t at = 19;
    int64_t nanos = fraction(text, &at);

    if (year < 1678 || year >= 2262 || month < 1 || month > 12 || day < 1 ||
        day > days_in(year, month) || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 60 || nanos < 0) {
        return SOFIA_KIT_EPARSE;
    }
    struct sofia_slice zone = {.at = text.at + at, .len = text.len - at};
    if (!sofia_slice_is(zone, "Z") && !sofia_slice_is(zone, "+00:00")) {
        return SOFIA_KIT_EPARSE;
    }
    int64_t seconds = days_of(year, month, day) * S_PER_DAY + hour * 3600 + minute * 60 + second;
    *ret_ns = seconds * NS_PER_S + nanos;
    return 0;
}

int sofia_time_print(int64_t ns, char *buf, size_t cap)
{
    int64_t seconds = ns / NS_PER_S - (ns % NS_PER_S < 0);
    int64_t days = seconds / S_PER_DAY - (seconds % S_PER_DAY < 0);
    int64_t in_day = seconds - days * S_PER_DAY;
    int64_t millis = (ns - seconds * NS_PER_S) / 1000000;
    int64_t z = days + 719468;
    int64_t era = z / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    int len =
        snprintf(buf, cap, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lld.%03lldZ",
                 (long long)(year + era * 400 + (month <= 2)), (long long)month,
                 (long long)(of_year - (153 * shifted + 2) / 5 + 1), (long long)(in_day / 3600),
                 (long long)(in_day / 60 % 60), (long long)(in_day % 60), (long long)millis);

    return len < 0 || (size_t)len >= cap ? SOFIA_KIT_ESPACE : len;
}
