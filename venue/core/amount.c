#include "amount.h"

#include <stdbool.h>
#include <string.h>

int64_t vn_pow10(int exponent)
{
    int64_t value = 1;
    for (int i = 0; i < exponent; i++) {
        value *= 10;
    }
    return value;
}

static int parse_digits(const char *text, size_t len, int places, amount_t *ret_value)
{
    amount_t value = 0;
    int decimals = -1;
    size_t digits = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '.' && decimals < 0 && digits > 0) {
            decimals = 0;
            continue;
        }
        if (c < '0' || c > '9') {
            return -1;
        }
        digits++;
        if (decimals >= 0) {
            if (decimals == places) {
                if (c != '0') {
                    return -2;
                }
                continue;
            }
            decimals++;
        }
        if (value > ((amount_t)1 << 122) / 10) {
            return -2;
        }
        value = value * 10 + (c - '0');
    }
    if (digits == 0 || (len > 0 && text[len - 1] == '.')) {
        return -1;
    }
    for (int i = decimals < 0 ? 0 : decimals; i < places; i++) {
        if (value > ((amount_t)1 << 122) / 10) {
            return -2;
        }
        value *= 10;
    }
    *ret_value = value;
    return 0;
}

int vn_fixed_parse(const char *text, size_t len, int places, int64_t *ret_value)
{
    amount_t value = 0;
    int status = parse_digits(text, len, places, &value);
    if (status < 0) {
        return status;
    }
    if (value > INT64_MAX) {
        return -2;
    }
    *ret_value = (int64_t)value;
    return 0;
}

int vn_amount_parse(const char *text, size_t len, amount_t *ret_value)
{
    bool negative = len > 0 && text[0] == '-';
    amount_t value = 0;
    int status = negative ? parse_digits(text + 1, len - 1, VN_AMOUNT_PLACES, &value)
                          : parse_digits(text, len, VN_AMOUNT_PLACES, &value);
    if (status < 0) {
        return status;
    }
    *ret_value = negative ? -value : value;
    return 0;
}

char *vn_amount_print(amount_t value, int places, char *buf)
{
    char reverse[VN_AMOUNT_TEXT];
    size_t n = 0;
    bool negative = value < 0;
    amount_t rest = negative ? -value : value;
    for (int i = places; i < VN_AMOUNT_PLACES; i++) {
        rest /= 10;
    }
    for (int i = 0; rest > 0 || i <= places; i++) {
        if (i == places && places > 0) {
            reverse[n++] = '.';
        }
        reverse[n++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    if (negative) {
        reverse[n++] = '-';
    }
    for (size_t i = 0; i < n; i++) {
        buf[i] = reverse[n - 1 - i];
    }
    buf[n] = '\0';
    return buf;
}

char *vn_fixed_print(int64_t value, int places, char *buf)
{
    char reverse[VN_AMOUNT_TEXT];
    size_t n = 0;
    bool negative = value < 0;
    uint64_t rest = negative ? 0 - (uint64_t)value : (uint64_t)value;
    for (int i = 0; rest > 0 || i <= places; i++) {
        if (i == places && places > 0) {
            reverse[n++] = '.';
        }
        reverse[n++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    if (negative) {
        reverse[n++] = '-';
    }
    for (size_t i = 0; i < n; i++) {
        buf[i] = reverse[n - 1 - i];
    }
    buf[n] = '\0';
    return buf;
}

char *vn_amount_print_plain(amount_t value, char *buf)
{
    vn_amount_print(value, VN_AMOUNT_PLACES, buf);
    size_t n = strlen(buf);
    while (buf[n - 1] == '0') {
        n--;
    }
    if (buf[n - 1] == '.') {
        n--;
    }
    buf[n] = '\0';
    return buf;
}

amount_t vn_amount_of(int64_t value, int places)
{
    return (amount_t)value * vn_pow10(VN_AMOUNT_PLACES - places);
}

amount_t vn_amount_floor(amount_t value, int places)
{
    return value - value % vn_pow10(VN_AMOUNT_PLACES - places);
}

amount_t vn_amount_ceil(amount_t value, int places)
{
    amount_t rest = value % vn_pow10(VN_AMOUNT_PLACES - places);
    return rest == 0 ? value : value - rest + vn_pow10(VN_AMOUNT_PLACES - places);
}

amount_t vn_amount_product(int64_t price, int price_places, int64_t qty, int qty_places)
{
    return (amount_t)price * qty * vn_pow10(VN_AMOUNT_PLACES - price_places - qty_places);
}
