/* Canonical form and rounding: the two decisions every decimal operation ends with. */
#include "decimal_core.h"

#define E19 ((u128)TEN_TO_19)

const u128 sofia_pow10[POW10_MAX + 1] = {
    1ull,
    10ull,
    100ull,
    1000ull,
    10000ull,
    100000ull,
    1000000ull,
    10000000ull,
    100000000ull,
    1000000000ull,
    10000000000ull,
    100000000000ull,
    1000000000000ull,
    10000000000000ull,
    100000000000000ull,
    1000000000000000ull,
    10000000000000000ull,
    100000000000000000ull,
    1000000000000000000ull,
    E19,
    E19 * 10ull,
    E19 * 100ull,
    E19 * 1000ull,
    E19 * 10000ull,
    E19 * 100000ull,
    E19 * 1000000ull,
    E19 * 10000000ull,
    E19 * 100000000ull,
    E19 * 1000000000ull,
    E19 * 10000000000ull,
    E19 * 100000000000ull,
    E19 * 1000000000000ull,
    E19 * 10000000000000ull,
    E19 * 100000000000000ull,
    E19 * 1000000000000000ull,
    E19 * 10000000000000000ull,
    E19 * 100000000000000000ull,
    E19 * 1000000000000000000ull,
    E19 *E19,
};

/* The part of a strip that fits a machine word, where a remainder costs a multiplication. */
static void strip_word(uint64_t *mag, int *exponent)
{
    uint64_t m = *mag;
    int e = *exponent;
    while (e <= -8 && m % 100000000u == 0) {
        m /= 100000000u;
        e += 8;
    }
    while (e < 0 && m % 10u == 0) {
        m /= 10u;
        e++;
    }
    *mag = m;
    *exponent = e;
}

void sofia_settle(u128 limit, u128 *mag, int *exponent)
{
    if (*exponent == 0 && *mag <= limit) {
        return;
    }
    if (*mag == 0) {
        *exponent = 0;
        return;
    }
    while ((*exponent < 0 || *mag > limit) && *mag > UINT64_MAX) {
        u128 tenth = *mag / 10u;
        if (tenth * 10u != *mag) {
            return;
        }
        *mag = tenth;
        (*exponent)++;
    }
    if (*exponent < 0) {
        uint64_t word = (uint64_t)*mag;
        strip_word(&word, exponent);
        *mag = word;
    }
    while (*mag > limit && *mag % 10u == 0) {
        *mag /= 10u;
        (*exponent)++;
    }
    while (*exponent > 0 && *mag <= limit / 10u) {
        *mag *= 10u;
        (*exponent)--;
    }
}

int sofia_decimal_make(int negative, u128 mag, int exponent, struct sofia_decimal *ret_value)
{
    u128 limit = (u128)INT64_MAX + (negative ? 1u : 0u);
    sofia_settle(limit, &mag, &exponent);
    if (mag > limit || sofia_exponent_check(exponent) != 0) {
        return SOFIA_KIT_ERANGE;
    }
    uint64_t word = (uint64_t)mag;
    struct sofia_decimal value = {
        .mantissa = (int64_t)(negative ? 0u - word : word),
        .exponent = (int8_t)exponent,
    };
    *ret_value = value;
    return 0;
}

int sofia_wide_make(int negative, u128 mag, int exponent, struct sofia_wide *ret_value)
{
    u128 limit = (((u128)1 << 127) - 1u) + (negative ? 1u : 0u);
    sofia_settle(limit, &mag, &exponent);
    if (mag > limit || sofia_exponent_check(exponent) != 0) {
        return SOFIA_KIT_ERANGE;
    }
    u128 raw = negative ? (u128)0 - mag : mag;
    struct sofia_wide value = {
        .lo = (uint64_t)raw,
        .hi = (int64_t)(uint64_t)(raw >> 64),
        .exponent = (int8_t)exponent,
    };
    *ret_value = value;
    return 0;
}

int sofia_wide_make_big(int negative, const struct big *mag, int exponent,
                        struct sofia_wide *ret_value)
{
    struct big rest = *mag;
    while (rest.used > 2) {
        if (sofia_big_div_word(&rest, 10u) != 0) {
            return SOFIA_KIT_ERANGE;
        }
        exponent++;
    }
    u128 low = ((u128)rest.limb[1] << 64) | rest.limb[0];
    return sofia_wide_make(negative, low, exponent, ret_value);
}

int sofia_round_up(uint32_t rounding, int negative, int odd, int exact, int left)
{
    if (exact) {
        return 0;
    }
    switch (rounding) {
    case SOFIA_ROUND_TOWARD_ZERO:
        return 0;
    case SOFIA_ROUND_AWAY:
        return 1;
    case SOFIA_ROUND_FLOOR:
        return negative ? 1 : 0;
    case SOFIA_ROUND_CEILING:
        return negative ? 0 : 1;
    case SOFIA_ROUND_HALF_EVEN:
        return left > 0 || (left == 0 && odd);
    default:
        return SOFIA_KIT_EINEXACT;
    }
}
