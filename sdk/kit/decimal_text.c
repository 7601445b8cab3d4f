/* Decimals from and to text. Both directions are on the path of every market-data message and every
 * order. */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "decimal_core.h"

/* Far outside every shape, far inside int. */
#define EXPONENT_FAR 1000

struct scan {
    int negative;
    int exponent;
    u128 mag;
};

static int is_digit(char c)
{
    return (unsigned)(unsigned char)c - '0' < 10u;
}

static int clamp(ptrdiff_t count)
{
    return count > EXPONENT_FAR ? EXPONENT_FAR : (int)count;
}

/* Appends the digits at p to *mag; stops before `end` or the first other character. 19 digits
 * always fit a word. */
static const char *run_short(const char *p, const char *end, u128 *mag)
{
    uint64_t word = (uint64_t)*mag;
    while (p < end && is_digit(*p)) {
        word = word * 10u + (uint64_t)(unsigned char)(*p - '0');
        p++;
    }
    *mag = word;
    return p;
}

static const char *run_long(const char *p, const char *end, u128 *mag, int *overflow)
{
    u128 sum = *mag;
    while (p < end && is_digit(*p)) {
        if (__builtin_mul_overflow(sum, (u128)10, &sum) ||
            __builtin_add_overflow(sum, (u128)(unsigned char)(*p - '0'), &sum)) {
            *overflow = 1;
        }
        p++;
    }
    *mag = sum;
    return p;
}

static const char *run(const char *p, const char *end, int is_short, u128 *mag, int *overflow)
{
    return is_short ? run_short(p, end, mag) : run_long(p, end, mag, overflow);
}

/* Trailing zeros are looked at first, from the end: they become part of the exponent and never of
 * the mantissa, so 60000.00000000 costs five multiplications and no division. */
static int scan_text(const char *text, size_t len, struct scan *ret_scan)
{
    struct scan scan = {.negative = len > 0 && text[0] == '-'};
    const char *first = len > 0 ? text + scan.negative : text;
    const char *end = len > 0 ? text + len : text;
    if (first == end || !is_digit(*first)) {
        return SOFIA_KIT_EPARSE;
    }
    const char *last = end;
    while (last > first && last[-1] == '0') {
        last--;
    }
    int is_short = end - first <= 19;
    int overflow = 0;
    const char *p = run(first, last, is_short, &scan.mag, &overflow);
    if (p == last && is_short) {
        (void)run_short(p, end, &scan.mag);
    } else if (p == last) {
        scan.exponent = clamp(end - last);
    } else if (*p != '.' || p + 1 == end) {
        return SOFIA_KIT_EPARSE;
    } else {
        const char *fraction = p + 1;
        p = run(fraction, last, is_short, &scan.mag, &overflow);
        if (p != last) {
            return SOFIA_KIT_EPARSE;
        }
        scan.exponent = -clamp(last - fraction);
    }
    if (overflow) {
        return SOFIA_KIT_ERANGE;
    }
    scan.negative = scan.negative && scan.mag != 0;
    *ret_scan = scan;
    return 0;
}

int sofia_decimal_parse(const char *text, size_t len, struct sofia_decimal *ret_value)
{
    struct scan scan;
    int status = scan_text(text, len, &scan);
    if (status != 0) {
        return status;
    }
    if (scan.mag <= INT64_MAX && scan.exponent <= 0 && scan.exponent >= SOFIA_EXPONENT_MIN) {
        /* What scan_text found is canonical already. */
        int64_t mag = (int64_t)(uint64_t)scan.mag;
        struct sofia_decimal value = {
            .mantissa = scan.negative ? -mag : mag,
            .exponent = (int8_t)scan.exponent,
        };
        *ret_value = value;
        return 0;
    }
    return sofia_decimal_make(scan.negative, scan.mag, scan.exponent, ret_value);
}

int sofia_wide_parse(const char *text, size_t len, struct sofia_wide *ret_value)
{
    struct scan scan;
    int status = scan_text(text, len, &scan);
    return status != 0 ? status
                       : sofia_wide_make(scan.negative, scan.mag, scan.exponent, ret_value);
}

static const char pairs[] = "0001020304050607080910111213141516171819"
                            "2021222324252627282930313233343536373839"
                            "4041424344454647484950515253545556575859"
                            "6061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

/* Writes the digits of value backwards from end; returns where they begin. */
static char *digits_word(uint64_t value, char *end)
{
    while (value >= 100u) {
        end -= 2;
        memcpy(end, pairs + value % 100u * 2u, 2);
        value /= 100u;
    }
    if (value >= 10u) {
        end -= 2;
        memcpy(end, pairs + value * 2u, 2);
        return end;
    }
    *--end = (char)('0' + value);
    return end;
}

static char *digits(u128 mag, char *end)
{
    while (mag > UINT64_MAX) {
        uint64_t low = (uint64_t)(mag % TEN_TO_19);
        mag /= TEN_TO_19;
        char *begin = digits_word(low, end);
        end -= 19;
        memset(end, '0', (size_t)(begin - end));
    }
    return digits_word((uint64_t)mag, end);
}

/* Cheap and usual; when in doubt, no. */
static int is_settled(u128 mag, int exponent)
{
    if (mag == 0 || exponent >= 0) {
        return mag != 0 || exponent == 0;
    }
    return mag <= UINT64_MAX && (uint64_t)mag % 10u != 0;
}

/* One call for both shapes and both variants: places is the number of fractional digits, -1 for as
 * many as needed. */
static int print(int negative, u128 mag, int exponent, int places, char *buf, size_t cap)
{
    int status = sofia_exponent_check(exponent);
    if (status != 0) {
        return status;
    }
    if (!is_settled(mag, exponent)) {
        sofia_settle(~(u128)0, &mag, &exponent);
    }
    int fraction = exponent < 0 ? -exponent : 0;
    if (places >= 0 && fraction > places) {
        return SOFIA_KIT_EINEXACT;
    }
    char room[40];
    const char *begin = digits(mag, room + sizeof room);
    size_t count = (size_t)(room + sizeof room - begin);
    size_t after = (size_t)(places >= 0 ? places : fraction);
    size_t zeros_before = exponent > 0 ? (size_t)exponent : 0;
    size_t whole = count > (size_t)fraction ? count - (size_t)fraction : 0;
    size_t total = (size_t)(negative != 0) + (whole > 0 ? whole : 1) + zeros_before +
                   (after > 0 ? after + 1 : 0);
    if (total >= cap) {
        return SOFIA_KIT_ESPACE;
    }
    char *out = buf;
    if (negative) {
        *out++ = '-';
    }
    if (whole == 0) {
        *out++ = '0';
    }
    memcpy(out, begin, whole);
    out += whole;
    memset(out, '0', zeros_before);
    out += zeros_before;
    if (after > 0) {
        *out++ = '.';
        size_t lead = (size_t)fraction > count ? (size_t)fraction - count : 0;
        memset(out, '0', lead);
        out += lead;
        memcpy(out, begin + whole, count - whole);
        out += count - whole;
        memset(out, '0', after - (size_t)fraction);
        out += after - (size_t)fraction;
    }
    *out = '\0';
    return (int)total;
}

int sofia_decimal_print(struct sofia_decimal value, char *buf, size_t cap)
{
    return print(value.mantissa < 0, sofia_mag64(value.mantissa), value.exponent, -1, buf, cap);
}

int sofia_decimal_print_fixed(struct sofia_decimal value, int places, char *buf, size_t cap)
{
    if (places < 0 || places > -SOFIA_EXPONENT_MIN) {
        return SOFIA_KIT_ERANGE;
    }
    return print(value.mantissa < 0, sofia_mag64(value.mantissa), value.exponent, places, buf, cap);
}

int sofia_wide_print(struct sofia_wide value, char *buf, size_t cap)
{
    return print(value.hi < 0, sofia_mag128(&value), value.exponent, -1, buf, cap);
}

int sofia_wide_print_fixed(struct sofia_wide value, int places, char *buf, size_t cap)
{
    if (places < 0 || places > -SOFIA_EXPONENT_MIN) {
        return SOFIA_KIT_ERANGE;
    }
    return print(value.hi < 0, sofia_mag128(&value), value.exponent, places, buf, cap);
}
