/* The narrow shape: int64 mantissa. Sums and grid work run in 128 bits; what does not fit there on
 * the way goes through the wide shape's 512-bit path or is out of range by argument (see each
 * place). */
#include <sofia/kit/decimal.h>

#include "decimal_core.h"

struct sofia_decimal sofia_decimal_absent(void)
{
    struct sofia_decimal value = {.exponent = SOFIA_EXPONENT_ABSENT};
    return value;
}

struct sofia_decimal sofia_decimal_of(int64_t mantissa, int exponent)
{
    struct sofia_decimal value = sofia_decimal_absent();
    if (exponent != SOFIA_EXPONENT_ABSENT) {
        (void)sofia_decimal_make(mantissa < 0, sofia_mag64(mantissa), exponent, &value);
    }
    return value;
}

int sofia_decimal_is_absent(struct sofia_decimal value)
{
    return value.exponent == SOFIA_EXPONENT_ABSENT;
}

int sofia_decimal_is_zero(struct sofia_decimal value)
{
    return value.exponent != SOFIA_EXPONENT_ABSENT && value.mantissa == 0;
}

int sofia_decimal_sign(struct sofia_decimal value)
{
    if (value.exponent == SOFIA_EXPONENT_ABSENT) {
        return 0;
    }
    return (value.mantissa > 0) - (value.mantissa < 0);
}

int sofia_decimal_cmp(struct sofia_decimal a, struct sofia_decimal b)
{
    if (a.exponent == b.exponent) {
        return a.exponent == SOFIA_EXPONENT_ABSENT
                   ? 0
                   : (a.mantissa > b.mantissa) - (a.mantissa < b.mantissa);
    }
    if (a.exponent == SOFIA_EXPONENT_ABSENT || b.exponent == SOFIA_EXPONENT_ABSENT) {
        return a.exponent == SOFIA_EXPONENT_ABSENT ? -1 : 1;
    }
    int sign = sofia_decimal_sign(a);
    int other = sofia_decimal_sign(b);
    if (sign != other || sign == 0) {
        return (sign > other) - (sign < other);
    }
    /* Same sign, neither zero. 2^63 * 10^19 fits 128 bits; 20 places apart, the coarser one is the
     * larger. */
    int apart = a.exponent - b.exponent;
    if (apart > 19 || apart < -19) {
        return apart > 0 ? sign : -sign;
    }
    u128 left = (u128)sofia_mag64(a.mantissa) * sofia_pow10[apart > 0 ? apart : 0];
    u128 right = (u128)sofia_mag64(b.mantissa) * sofia_pow10[apart < 0 ? -apart : 0];
    return sign * sofia_order(left, right);
}

int sofia_decimal_neg(struct sofia_decimal a, struct sofia_decimal *ret_value)
{
    int status = sofia_exponent_check(a.exponent);
    if (status != 0) {
        return status;
    }
    return sofia_decimal_make(a.mantissa > 0, sofia_mag64(a.mantissa), a.exponent, ret_value);
}

int sofia_decimal_abs(struct sofia_decimal a, struct sofia_decimal *ret_value)
{
    int status = sofia_exponent_check(a.exponent);
    if (status != 0) {
        return status;
    }
    return sofia_decimal_make(0, sofia_mag64(a.mantissa), a.exponent, ret_value);
}

/* a + b with each operand's sign given apart, so that INT64_MIN can be subtracted. */
static int add_signed(struct sofia_decimal a, struct sofia_decimal b, int flip,
                      struct sofia_decimal *ret_value)
{
    int status = sofia_exponent_check2(a.exponent, b.exponent);
    if (status != 0) {
        return status;
    }
    i128 left = a.mantissa;
    i128 right = flip ? -(i128)b.mantissa : (i128)b.mantissa;
    int apart = a.exponent - b.exponent;
    int exponent = apart > 0 ? b.exponent : a.exponent;
    if (apart != 0) {
        /* Up to 18 places the scaled mantissa and the sum stay below 2^127. */
        if (apart > 18 || apart < -18) {
            struct sofia_wide sum;
            struct sofia_wide wide_a = sofia_wide_of(a);
            struct sofia_wide wide_b = sofia_wide_of(b);
            status =
                flip ? sofia_wide_sub(wide_a, wide_b, &sum) : sofia_wide_add(wide_a, wide_b, &sum);
            return status != 0 ? status : sofia_wide_narrow(sum, ret_value);
        }
        if (apart > 0) {
            left *= (i128)sofia_pow10[apart];
        } else {
            right *= (i128)sofia_pow10[-apart];
        }
    }
    i128 sum = left + right;
    u128 mag = sum < 0 ? (u128)-sum : (u128)sum;
    return sofia_decimal_make(sum < 0, mag, exponent, ret_value);
}

int sofia_decimal_add(struct sofia_decimal a, struct sofia_decimal b,
                      struct sofia_decimal *ret_value)
{
    return add_signed(a, b, 0, ret_value);
}

int sofia_decimal_sub(struct sofia_decimal a, struct sofia_decimal b,
                      struct sofia_decimal *ret_value)
{
    return add_signed(a, b, 1, ret_value);
}

int sofia_decimal_mul(struct sofia_decimal a, struct sofia_decimal b, struct sofia_wide *ret_value)
{
    int status = sofia_exponent_check2(a.exponent, b.exponent);
    if (status != 0) {
        return status;
    }
    u128 mag = (u128)sofia_mag64(a.mantissa) * sofia_mag64(b.mantissa);
    int negative = (a.mantissa < 0) != (b.mantissa < 0);
    return sofia_wide_make(negative && mag != 0, mag, a.exponent + b.exponent, ret_value);
}

/* value = quot * step + rest in magnitudes, at the finer of the two exponents. quot matters only as
 * odd or even. */
struct grid {
    int exponent;
    int odd;
    struct big value;
    struct big step;
    struct big rest;
};

static int on_grid(struct sofia_decimal value, struct sofia_decimal step, struct grid *ret_grid)
{
    int status = sofia_exponent_check2(value.exponent, step.exponent);
    if (status != 0) {
        return status;
    }
    if (step.mantissa == 0) {
        return SOFIA_KIT_EZERO;
    }
    int apart = value.exponent - step.exponent;
    struct grid grid = {
        .exponent = apart > 0 ? step.exponent : value.exponent,
        .value = sofia_big_of(sofia_mag64(value.mantissa)),
        .step = sofia_big_of(sofia_mag64(step.mantissa)),
    };
    sofia_big_mul_pow10(apart > 0 ? &grid.value : &grid.step, apart > 0 ? apart : -apart);
    struct big quot;
    sofia_big_div(&grid.value, &grid.step, &quot, &grid.rest);
    grid.odd = (int)(quot.limb[0] & 1u);
    *ret_grid = grid;
    return 0;
}

/* The ordinary case: both fit a machine word at a common exponent. Returns 0 if it does not apply.
 */
static int small_grid(struct sofia_decimal value, struct sofia_decimal step, uint64_t *ret_value,
                      uint64_t *ret_step)
{
    int apart = value.exponent - step.exponent;
    if (sofia_exponent_check2(value.exponent, step.exponent) != 0 || step.mantissa == 0 ||
        apart > 18 || apart < -18) {
        return 0;
    }
    uint64_t scale = (uint64_t)sofia_pow10[apart < 0 ? -apart : apart];
    uint64_t a = sofia_mag64(value.mantissa);
    uint64_t b = sofia_mag64(step.mantissa);
    if (__builtin_mul_overflow(apart > 0 ? a : b, scale, apart > 0 ? &a : &b)) {
        return 0;
    }
    *ret_value = a;
    *ret_step = b;
    return 1;
}

int sofia_decimal_is_multiple(struct sofia_decimal value, struct sofia_decimal step)
{
    uint64_t mag = 0;
    uint64_t unit = 0;
    if (small_grid(value, step, &mag, &unit)) {
        return mag % unit == 0;
    }
    struct grid grid;
    int status = on_grid(value, step, &grid);
    return status != 0 ? status : grid.rest.used == 0;
}

int sofia_decimal_to_step(struct sofia_decimal value, struct sofia_decimal step, uint32_t rounding,
                          struct sofia_decimal *ret_value)
{
    int negative = value.mantissa < 0;
    uint64_t mag = 0;
    uint64_t unit = 0;
    if (small_grid(value, step, &mag, &unit)) {
        uint64_t rest = mag % unit;
        int left = sofia_order((u128)rest * 2u, unit);
        int up = sofia_round_up(rounding, negative, (int)(mag / unit & 1u), rest == 0, left);
        int exponent = value.exponent < step.exponent ? value.exponent : step.exponent;
        return up < 0 ? up
                      : sofia_decimal_make(negative, (u128)(mag - rest) + (up ? unit : 0u),
                                           exponent, ret_value);
    }
    struct grid grid;
    int status = on_grid(value, step, &grid);
    if (status != 0) {
        return status;
    }
    struct big twice = sofia_big_add(&grid.rest, &grid.rest);
    int up = sofia_round_up(rounding, negative, grid.odd, grid.rest.used == 0,
                            sofia_big_cmp(&twice, &grid.step));
    if (up < 0) {
        return up;
    }
    struct big result = sofia_big_sub(&grid.value, &grid.rest);
    if (up > 0) {
        result = sofia_big_add(&result, &grid.step);
    }
    struct sofia_wide wide;
    status = sofia_wide_make_big(negative, &result, grid.exponent, &wide);
    return status != 0 ? status : sofia_wide_narrow(wide, ret_value);
}

int sofia_decimal_rescale(struct sofia_decimal value, int exponent, int64_t *ret_mantissa)
{
    int status = sofia_exponent_check(value.exponent);
    if (status == 0 && sofia_exponent_check(exponent) != 0) {
        status = SOFIA_KIT_ERANGE;
    }
    if (status != 0) {
        return status;
    }
    int apart = value.exponent - exponent;
    if (value.mantissa == 0 || apart == 0) {
        *ret_mantissa = value.mantissa;
        return 0;
    }
    if (apart > 0) {
        int64_t scaled = 0;
        if (apart > 18 ||
            __builtin_mul_overflow(value.mantissa, (int64_t)sofia_pow10[apart], &scaled)) {
            return SOFIA_KIT_ERANGE;
        }
        *ret_mantissa = scaled;
        return 0;
    }
    int64_t unit = apart < -18 ? 0 : (int64_t)sofia_pow10[-apart];
    if (unit == 0 || value.mantissa % unit != 0) {
        return SOFIA_KIT_EINEXACT;
    }
    *ret_mantissa = value.mantissa / unit;
    return 0;
}
