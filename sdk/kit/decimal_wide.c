/* The wide shape: 128-bit mantissa. Each operation tries 128-bit arithmetic first and falls back to
 * 512 bits, so that only the result can be out of range. */
#include <sofia/kit/decimal.h>

#include "decimal_core.h"

struct sofia_wide sofia_wide_absent(void)
{
    struct sofia_wide value = {.exponent = SOFIA_EXPONENT_ABSENT};
    return value;
}

struct sofia_wide sofia_wide_zero(void)
{
    struct sofia_wide value = {.exponent = 0};
    return value;
}

struct sofia_wide sofia_wide_of(struct sofia_decimal value)
{
    struct sofia_wide wide = sofia_wide_absent();
    if (sofia_exponent_check(value.exponent) == 0) {
        (void)sofia_wide_make(value.mantissa < 0, sofia_mag64(value.mantissa), value.exponent,
                              &wide);
    }
    return wide;
}

int sofia_wide_is_absent(struct sofia_wide value)
{
    return value.exponent == SOFIA_EXPONENT_ABSENT;
}

int sofia_wide_is_zero(struct sofia_wide value)
{
    return value.exponent != SOFIA_EXPONENT_ABSENT && value.hi == 0 && value.lo == 0;
}

int sofia_wide_sign(struct sofia_wide value)
{
    if (value.exponent == SOFIA_EXPONENT_ABSENT || (value.hi == 0 && value.lo == 0)) {
        return 0;
    }
    return value.hi < 0 ? -1 : 1;
}

/* Magnitudes that are not zero, at different exponents. A scaled mantissa past 128 bits is above
 * any mantissa. */
static int cmp_scaled(u128 coarse, u128 fine, int apart)
{
    u128 scaled = 0;
    if (apart > POW10_MAX || __builtin_mul_overflow(coarse, sofia_pow10[apart], &scaled)) {
        return 1;
    }
    return sofia_order(scaled, fine);
}

int sofia_wide_cmp(struct sofia_wide a, struct sofia_wide b)
{
    if (sofia_wide_is_absent(a) || sofia_wide_is_absent(b)) {
        return sofia_wide_is_absent(b) - sofia_wide_is_absent(a);
    }
    int sign = sofia_wide_sign(a);
    int other = sofia_wide_sign(b);
    if (sign != other || sign == 0) {
        return (sign > other) - (sign < other);
    }
    u128 left = sofia_mag128(&a);
    u128 right = sofia_mag128(&b);
    int apart = a.exponent - b.exponent;
    if (apart == 0) {
        return sign * sofia_order(left, right);
    }
    return apart > 0 ? sign * cmp_scaled(left, right, apart)
                     : -sign * cmp_scaled(right, left, -apart);
}

int sofia_wide_neg(struct sofia_wide a, struct sofia_wide *ret_value)
{
    int status = sofia_exponent_check(a.exponent);
    return status != 0
               ? status
               : sofia_wide_make(sofia_wide_sign(a) > 0, sofia_mag128(&a), a.exponent, ret_value);
}

int sofia_wide_abs(struct sofia_wide a, struct sofia_wide *ret_value)
{
    int status = sofia_exponent_check(a.exponent);
    return status != 0 ? status : sofia_wide_make(0, sofia_mag128(&a), a.exponent, ret_value);
}

static int add_big(int negative_a, u128 a, int negative_b, u128 b, int apart, int exponent,
                   struct sofia_wide *ret_value)
{
    struct big left = sofia_big_of(a);
    struct big right = sofia_big_of(b);
    sofia_big_mul_pow10(apart > 0 ? &left : &right, apart > 0 ? apart : -apart);
    if (negative_a == negative_b) {
        struct big sum = sofia_big_add(&left, &right);
        return sofia_wide_make_big(negative_a, &sum, exponent, ret_value);
    }
    int order = sofia_big_cmp(&left, &right);
    struct big rest = order >= 0 ? sofia_big_sub(&left, &right) : sofia_big_sub(&right, &left);
    int negative = order >= 0 ? negative_a : negative_b;
    return sofia_wide_make_big(negative && order != 0, &rest, exponent, ret_value);
}

static int add_signed(struct sofia_wide a, struct sofia_wide b, int flip,
                      struct sofia_wide *ret_value)
{
    int status = sofia_exponent_check2(a.exponent, b.exponent);
    if (status != 0) {
        return status;
    }
    int negative_a = a.hi < 0;
    int negative_b = (b.hi < 0) != (flip != 0);
    u128 left = sofia_mag128(&a);
    u128 right = sofia_mag128(&b);
    int apart = a.exponent - b.exponent;
    int exponent = apart > 0 ? b.exponent : a.exponent;
    int steps = apart < 0 ? -apart : apart;
    u128 scaled_left = left;
    u128 scaled_right = right;
    if (steps > POW10_MAX ||
        __builtin_mul_overflow(apart > 0 ? left : right, sofia_pow10[steps],
                               apart > 0 ? &scaled_left : &scaled_right) ||
        ((scaled_left | scaled_right) >> 127) != 0) {
        return add_big(negative_a, left, negative_b, right, apart, exponent, ret_value);
    }
    if (negative_a == negative_b) {
        return sofia_wide_make(negative_a && (scaled_left | scaled_right) != 0,
                               scaled_left + scaled_right, exponent, ret_value);
    }
    int order = sofia_order(scaled_left, scaled_right);
    u128 rest = order >= 0 ? scaled_left - scaled_right : scaled_right - scaled_left;
    int negative = order >= 0 ? negative_a : negative_b;
    return sofia_wide_make(negative && order != 0, rest, exponent, ret_value);
}

int sofia_wide_add(struct sofia_wide a, struct sofia_wide b, struct sofia_wide *ret_value)
{
    return add_signed(a, b, 0, ret_value);
}

int sofia_wide_sub(struct sofia_wide a, struct sofia_wide b, struct sofia_wide *ret_value)
{
    return add_signed(a, b, 1, ret_value);
}

/* num * 10^shift / den, rounded, at 10^exponent. */
static int ratio_big(int negative, struct big num, struct big den, int shift, int exponent,
                     uint32_t rounding, struct sofia_wide *ret_value)
{
    sofia_big_mul_pow10(shift > 0 ? &num : &den, shift > 0 ? shift : -shift);
    struct big quot;
    struct big rest;
    sofia_big_div(&num, &den, &quot, &rest);
    struct big twice = sofia_big_add(&rest, &rest);
    int odd = (int)(quot.limb[0] & 1u);
    int up = sofia_round_up(rounding, negative, odd, rest.used == 0, sofia_big_cmp(&twice, &den));
    if (up < 0) {
        return up;
    }
    if (up > 0) {
        struct big one = sofia_big_of(1);
        quot = sofia_big_add(&quot, &one);
    }
    return sofia_wide_make_big(negative && quot.used != 0, &quot, exponent, ret_value);
}

/* The same in 128 bits; num * 10^shift and den * 10^-shift are known to fit and den stays below
 * 2^127. */
static int ratio_small(int negative, u128 num, u128 den, int exponent, uint32_t rounding,
                       struct sofia_wide *ret_value)
{
    u128 quot = num / den;
    u128 rest = num - quot * den;
    int up = sofia_round_up(rounding, negative, (int)(quot & 1u), rest == 0,
                            sofia_order(rest * 2u, den));
    if (up < 0) {
        return up;
    }
    quot = up > 0 ? quot + 1u : quot;
    return sofia_wide_make(negative && quot != 0, quot, exponent, ret_value);
}

static int exponent_ok(int a, int b, int target)
{
    int status = sofia_exponent_check2(a, b);
    if (status == 0 && sofia_exponent_check(target) != 0) {
        status = SOFIA_KIT_ERANGE;
    }
    return status;
}

/* Whether num * 10^shift (or den * 10^-shift) fits; scales in place if it does. */
static int scale_small(u128 *num, u128 *den, int shift)
{
    int steps = shift < 0 ? -shift : shift;
    u128 scaled = 0;
    u128 *side = shift < 0 ? den : num;
    if (steps > POW10_MAX || __builtin_mul_overflow(*side, sofia_pow10[steps], &scaled)) {
        return 0;
    }
    if ((shift < 0 ? scaled : *den) >> 127 != 0) {
        return 0;
    }
    *side = scaled;
    return 1;
}

int sofia_wide_mul(struct sofia_wide a, struct sofia_wide b, int exponent, uint32_t rounding,
                   struct sofia_wide *ret_value)
{
    int status = exponent_ok(a.exponent, b.exponent, exponent);
    if (status != 0) {
        return status;
    }
    u128 left = sofia_mag128(&a);
    u128 right = sofia_mag128(&b);
    int negative = (a.hi < 0) != (b.hi < 0);
    int shift = a.exponent + b.exponent - exponent;
    u128 product = 0;
    u128 one = 1;
    if (!__builtin_mul_overflow(left, right, &product) && scale_small(&product, &one, shift)) {
        return ratio_small(negative, product, one, exponent, rounding, ret_value);
    }
    struct big big_left = sofia_big_of(left);
    struct big big_right = sofia_big_of(right);
    struct big num = sofia_big_mul(&big_left, &big_right);
    return ratio_big(negative, num, sofia_big_of(1), shift, exponent, rounding, ret_value);
}

int sofia_wide_div(struct sofia_wide a, struct sofia_wide b, int exponent, uint32_t rounding,
                   struct sofia_wide *ret_value)
{
    int status = exponent_ok(a.exponent, b.exponent, exponent);
    if (status != 0) {
        return status;
    }
    u128 num = sofia_mag128(&a);
    u128 den = sofia_mag128(&b);
    if (den == 0) {
        return SOFIA_KIT_EZERO;
    }
    int negative = (a.hi < 0) != (b.hi < 0);
    int shift = a.exponent - b.exponent - exponent;
    if (scale_small(&num, &den, shift)) {
        return ratio_small(negative, num, den, exponent, rounding, ret_value);
    }
    return ratio_big(negative, sofia_big_of(num), sofia_big_of(den), shift, exponent, rounding,
                     ret_value);
}

int sofia_wide_quantize(struct sofia_wide value, int exponent, uint32_t rounding,
                        struct sofia_wide *ret_value)
{
    struct sofia_wide one = {.lo = 1};
    return sofia_wide_mul(value, one, exponent, rounding, ret_value);
}

int sofia_wide_narrow(struct sofia_wide value, struct sofia_decimal *ret_value)
{
    int status = sofia_exponent_check(value.exponent);
    return status != 0
               ? status
               : sofia_decimal_make(value.hi < 0, sofia_mag128(&value), value.exponent, ret_value);
}
