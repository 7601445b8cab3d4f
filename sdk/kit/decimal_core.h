/* Private to the kit: what the decimal files share. A number in flight is (negative, magnitude,
 * exponent); the two _make functions turn that into the canonical form of a shape or refuse it.
 *
 *     canonical = the exponent nearest to zero at which the value is exact
 *       5000      {5000, 0}      0.50   {5, -1}      10^20 as int64   {10^18, 2}
 *
 * Anything that does not fit 128 bits on the way goes through struct big: 512 bits, which is more
 * than any product, sum or scaled quotient of two valid operands can need, so no step in between
 * can overflow.
 *
 * Owner: the caller. Thread: any.
 */
#ifndef SOFIA_KIT_DECIMAL_CORE_H
#define SOFIA_KIT_DECIMAL_CORE_H

#include <stdint.h>

#include <sofia/kit/decimal.h>

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

#define TEN_TO_19 10000000000000000000ull
#define POW10_MAX 38
#define BIG_LIMBS 8

extern const u128 sofia_pow10[POW10_MAX + 1];

/* Little-endian limbs; used counts up to the highest limb that is not zero. */
struct big {
    uint32_t used;
    uint64_t limb[BIG_LIMBS];
};

int sofia_decimal_make(int negative, u128 mag, int exponent, struct sofia_decimal *ret_value);
int sofia_wide_make(int negative, u128 mag, int exponent, struct sofia_wide *ret_value);
int sofia_wide_make_big(int negative, const struct big *mag, int exponent,
                        struct sofia_wide *ret_value);

/* Brings the exponent as near to zero as the value and the limit allow. Does not check the limits.
 */
void sofia_settle(u128 limit, u128 *mag, int *exponent);

/* Whether a quotient is to go one up in magnitude: left is remainder <=> half of the divisor (-1 0
 * 1), exact says the remainder is zero. Returns 1, 0 or SOFIA_KIT_EINEXACT. */
int sofia_round_up(uint32_t rounding, int negative, int odd, int exact, int left);

struct big sofia_big_of(u128 value);
void sofia_big_mul_pow10(struct big *value, int power);
struct big sofia_big_mul(const struct big *a, const struct big *b);
struct big sofia_big_add(const struct big *a, const struct big *b);
struct big sofia_big_sub(const struct big *a, const struct big *b); /* a >= b */
int sofia_big_cmp(const struct big *a, const struct big *b);
uint64_t sofia_big_div_word(struct big *value, uint64_t divisor); /* returns the remainder */
void sofia_big_div(const struct big *num, const struct big *den, struct big *ret_quot,
                   struct big *ret_rest);

static inline int sofia_exponent_check(int exponent)
{
    if (exponent == SOFIA_EXPONENT_ABSENT) {
        return SOFIA_KIT_EABSENT;
    }
    return exponent < SOFIA_EXPONENT_MIN || exponent > SOFIA_EXPONENT_MAX ? SOFIA_KIT_ERANGE : 0;
}

static inline int sofia_exponent_check2(int a, int b)
{
    int status = sofia_exponent_check(a);
    return status != 0 ? status : sofia_exponent_check(b);
}

static inline uint64_t sofia_mag64(int64_t mantissa)
{
    return mantissa < 0 ? 0u - (uint64_t)mantissa : (uint64_t)mantissa;
}

static inline u128 sofia_mag128(const struct sofia_wide *value)
{
    u128 raw = ((u128)(uint64_t)value->hi << 64) | value->lo;
    return value->hi < 0 ? (u128)0 - raw : raw;
}

static inline int sofia_order(u128 a, u128 b)
{
    return (a > b) - (a < b);
}

#endif
