/* Slices: comparison and the integers that venues put into strings. */
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/text.h>

struct sofia_slice sofia_slice_of(const char *text)
{
    struct sofia_slice slice = {.at = text, .len = strlen(text)};
    return slice;
}

int sofia_slice_equal(struct sofia_slice a, struct sofia_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

int sofia_slice_is(struct sofia_slice slice, const char *text)
{
    return sofia_slice_equal(slice, sofia_slice_of(text));
}

int sofia_slice_begins(struct sofia_slice slice, const char *prefix)
{
    size_t len = strlen(prefix);
    return slice.len >= len && (len == 0 || memcmp(slice.at, prefix, len) == 0);
}

int sofia_slice_cmp(struct sofia_slice a, struct sofia_slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.at, b.at, common);
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

int sofia_slice_u64(struct sofia_slice slice, uint64_t *ret_value)
{
    uint64_t value = 0;
    int overflow = 0;
    for (size_t i = 0; i < slice.len; i++) {
        unsigned digit = (unsigned)(unsigned char)slice.at[i] - '0';
        if (digit > 9) {
            return SOFIA_KIT_EPARSE;
        }
        overflow |= __builtin_mul_overflow(value, (uint64_t)10, &value);
        overflow |= __builtin_add_overflow(value, (uint64_t)digit, &value);
    }
    if (slice.len == 0 || overflow) {
        return slice.len == 0 ? SOFIA_KIT_EPARSE : SOFIA_KIT_ERANGE;
    }
    *ret_value = value;
    return 0;
}

int sofia_slice_i64(struct sofia_slice slice, int64_t *ret_value)
{
    int negative = slice.len > 0 && slice.at[0] == '-';
    if (negative) {
        slice.at++;
        slice.len--;
    }
    uint64_t mag = 0;
    int status = sofia_slice_u64(slice, &mag);
    if (status != 0) {
        return status;
    }
    if (mag > (uint64_t)INT64_MAX + (negative ? 1u : 0u)) {
        return SOFIA_KIT_ERANGE;
    }
    *ret_value = (int64_t)(negative ? 0u - mag : mag);
    return 0;
}
