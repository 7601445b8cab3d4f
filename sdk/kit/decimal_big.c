/* 512-bit magnitudes for the operations whose intermediate does not fit 128 bits. Schoolbook, no
 * allocation. */
#include "decimal_core.h"

static void trim(struct big *value)
{
    while (value->used > 0 && value->limb[value->used - 1] == 0) {
        value->used--;
    }
}

struct big sofia_big_of(u128 value)
{
    struct big big = {.used = 2, .limb = {(uint64_t)value, (uint64_t)(value >> 64)}};
    trim(&big);
    return big;
}

static void mul_word(struct big *value, uint64_t factor)
{
    uint64_t carry = 0;
    for (uint32_t i = 0; i < value->used; i++) {
        u128 part = (u128)value->limb[i] * factor + carry;
        value->limb[i] = (uint64_t)part;
        carry = (uint64_t)(part >> 64);
    }
    if (carry != 0 && value->used < BIG_LIMBS) {
        value->limb[value->used++] = carry;
    }
}

void sofia_big_mul_pow10(struct big *value, int power)
{
    while (power >= 19) {
        mul_word(value, TEN_TO_19);
        power -= 19;
    }
    if (power > 0) {
        mul_word(value, (uint64_t)sofia_pow10[power]);
    }
}

struct big sofia_big_mul(const struct big *a, const struct big *b)
{
    struct big product = {.used = 0};
    for (uint32_t i = 0; i < a->used; i++) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < b->used && i + j < BIG_LIMBS; j++) {
            u128 part = (u128)a->limb[i] * b->limb[j] + product.limb[i + j] + carry;
            product.limb[i + j] = (uint64_t)part;
            carry = (uint64_t)(part >> 64);
        }
        if (i + b->used < BIG_LIMBS) {
            product.limb[i + b->used] = carry;
        }
    }
    product.used = BIG_LIMBS;
    trim(&product);
    return product;
}

struct big sofia_big_add(const struct big *a, const struct big *b)
{
    struct big sum = {.used = BIG_LIMBS};
    uint64_t carry = 0;
    for (uint32_t i = 0; i < BIG_LIMBS; i++) {
        u128 part = (u128)a->limb[i] + b->limb[i] + carry;
        sum.limb[i] = (uint64_t)part;
        carry = (uint64_t)(part >> 64);
    }
    trim(&sum);
    return sum;
}

struct big sofia_big_sub(const struct big *a, const struct big *b)
{
    struct big rest = {.used = BIG_LIMBS};
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < BIG_LIMBS; i++) {
        u128 part = (u128)a->limb[i] - b->limb[i] - borrow;
        rest.limb[i] = (uint64_t)part;
        borrow = (uint64_t)(part >> 64) & 1u;
    }
    trim(&rest);
    return rest;
}

int sofia_big_cmp(const struct big *a, const struct big *b)
{
    if (a->used != b->used) {
        return a->used > b->used ? 1 : -1;
    }
    for (uint32_t i = a->used; i-- > 0;) {
        if (a->limb[i] != b->limb[i]) {
            return a->limb[i] > b->limb[i] ? 1 : -1;
        }
    }
    return 0;
}

uint64_t sofia_big_div_word(struct big *value, uint64_t divisor)
{
    uint64_t rest = 0;
    for (uint32_t i = value->used; i-- > 0;) {
        u128 part = ((u128)rest << 64) | value->limb[i];
        value->limb[i] = (uint64_t)(part / divisor);
        rest = (uint64_t)(part % divisor);
    }
    trim(value);
    return rest;
}

static struct big shift_left(const struct big *value, unsigned bits)
{
    struct big out = {.used = BIG_LIMBS};
    uint64_t carry = 0;
    for (uint32_t i = 0; i < BIG_LIMBS; i++) {
        out.limb[i] = (value->limb[i] << bits) | carry;
        carry = bits == 0 ? 0 : value->limb[i] >> (64u - bits);
    }
    trim(&out);
    return out;
}

static void shift_right(struct big *value, unsigned bits)
{
    if (bits == 0) {
        return;
    }
    for (uint32_t i = 0; i < value->used; i++) {
        uint64_t above = i + 1 < value->used ? value->limb[i + 1] : 0;
        value->limb[i] = (value->limb[i] >> bits) | (above << (64u - bits));
    }
    trim(value);
}

/* Subtracts digit * den from num at limb `at`; returns 1 if it went below zero. */
static int submul(uint64_t *num, const struct big *den, uint64_t digit)
{
    uint64_t carry = 0;
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < den->used; i++) {
        u128 part = (u128)den->limb[i] * digit + carry;
        carry = (uint64_t)(part >> 64);
        u128 left = (u128)num[i] - (uint64_t)part - borrow;
        num[i] = (uint64_t)left;
        borrow = (uint64_t)(left >> 64) & 1u;
    }
    u128 top = (u128)num[den->used] - carry - borrow;
    num[den->used] = (uint64_t)top;
    return (int)((uint64_t)(top >> 64) & 1u);
}

static void add_back(uint64_t *num, const struct big *den)
{
    uint64_t carry = 0;
    for (uint32_t i = 0; i < den->used; i++) {
        u128 part = (u128)num[i] + den->limb[i] + carry;
        num[i] = (uint64_t)part;
        carry = (uint64_t)(part >> 64);
    }
    num[den->used] += carry;
}

/* Knuth's estimate of one quotient limb from the three top limbs of the remainder and the two of
 * the divisor. It is never too small and at most one too large. */
static uint64_t estimate(const uint64_t *num, const struct big *den)
{
    uint32_t n = den->used;
    u128 top = ((u128)num[n] << 64) | num[n - 1];
    uint64_t first = den->limb[n - 1];
    u128 digit = num[n] >= first ? (u128)UINT64_MAX : top / first;
    u128 rest = top - digit * first;
    while (rest <= UINT64_MAX && digit * den->limb[n - 2] > ((rest << 64) | num[n - 2])) {
        digit--;
        rest += first;
    }
    return (uint64_t)digit;
}

void sofia_big_div(const struct big *num, const struct big *den, struct big *ret_quot,
                   struct big *ret_rest)
{
    struct big quot = *num;
    if (den->used == 1) {
        *ret_rest = sofia_big_of(sofia_big_div_word(&quot, den->limb[0]));
        *ret_quot = quot;
        return;
    }
    if (sofia_big_cmp(num, den) < 0) {
        *ret_rest = *num;
        *ret_quot = sofia_big_of(0);
        return;
    }
    unsigned bits = (unsigned)__builtin_clzll(den->limb[den->used - 1]);
    struct big d = shift_left(den, bits);
    uint64_t work[BIG_LIMBS + 1];
    for (uint32_t i = 0; i < BIG_LIMBS; i++) {
        uint64_t below = i > 0 && bits != 0 ? num->limb[i - 1] >> (64u - bits) : 0;
        work[i] = (num->limb[i] << bits) | below;
    }
    work[BIG_LIMBS] = bits == 0 ? 0 : num->limb[BIG_LIMBS - 1] >> (64u - bits);

    quot = (struct big){.used = BIG_LIMBS};
    for (uint32_t at = num->used - d.used + 1; at-- > 0;) {
        uint64_t digit = estimate(work + at, &d);
        if (submul(work + at, &d, digit) != 0) {
            digit--;
            add_back(work + at, &d);
        }
        quot.limb[at] = digit;
    }
    trim(&quot);
    struct big rest = {.used = d.used};
    for (uint32_t i = 0; i < d.used; i++) {
        rest.limb[i] = work[i];
    }
    trim(&rest);
    shift_right(&rest, bits);
    *ret_quot = quot;
    *ret_rest = rest;
}
