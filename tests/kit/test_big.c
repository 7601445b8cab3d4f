/* The 512-bit arithmetic behind the wide operations. Long division has corners that random numbers
 * practically never reach (a quotient limb estimated too large, and once more), so the operands
 * here are built of limbs that reach them. */
#include <criterion/criterion.h>

#include <string.h>

#include "../../sdk/kit/decimal_core.h"
#include "draw.h"

static struct big draw_big(struct draw *draw, uint32_t most)
{
    static const uint64_t limbs[] = {
        0, 0, 1, 2, UINT64_MAX, UINT64_MAX - 1, 1ull << 63, (1ull << 63) - 1, (1ull << 63) + 1,
    };
    struct big value = {.used = 0};
    uint32_t count = 1 + draw_below(draw, most);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t which = draw_below(draw, 12);
        value.limb[i] = which < 9 ? limbs[which] : draw_u64(draw) >> draw_below(draw, 64);
        value.used = value.limb[i] != 0 ? i + 1 : value.used;
    }
    return value;
}

static int same(const struct big *a, const struct big *b)
{
    return a->used == b->used && memcmp(a->limb, b->limb, sizeof a->limb) == 0;
}

Test(big, quotient_times_divisor_plus_rest_is_the_dividend)
{
    struct draw draw = {.state = 51};
    for (int i = 0; i < 200000; i++) {
        struct big num = draw_big(&draw, BIG_LIMBS);
        struct big den = draw_big(&draw, BIG_LIMBS);
        struct big quot;
        struct big rest;
        if (den.used == 0) {
            continue;
        }
        sofia_big_div(&num, &den, &quot, &rest);
        cr_assert_lt(sofia_big_cmp(&rest, &den), 0);
        struct big back = sofia_big_mul(&quot, &den);
        back = sofia_big_add(&back, &rest);
        cr_assert(same(&back, &num), "round %d", i);
    }
}

/* One estimate that is too large after its correction: the divisor must be added back. */
Test(big, a_quotient_limb_that_was_estimated_too_large_is_taken_back)
{
    struct big num = {.used = 4, .limb = {3, 0, 1ull << 63, (1ull << 63) - 1}};
    struct big den = {.used = 3, .limb = {1, 0, 1ull << 63}};
    struct big quot;
    struct big rest;
    sofia_big_div(&num, &den, &quot, &rest);
    struct big want = sofia_big_of(UINT64_MAX - 1);
    cr_assert(same(&quot, &want));
    struct big left = {.used = 3, .limb = {5, UINT64_MAX, (1ull << 63) - 1}};
    cr_assert(same(&rest, &left));
}

Test(big, sums_and_differences_carry_through_all_limbs)
{
    struct big one = sofia_big_of(1);
    struct big ones = {.used = 7};
    memset(ones.limb, 0xff, 7 * sizeof ones.limb[0]);
    struct big sum = sofia_big_add(&ones, &one);
    cr_assert_eq(sum.used, 8);
    cr_assert_eq(sum.limb[7], 1);
    cr_assert_eq(sum.limb[6], 0);
    struct big back = sofia_big_sub(&sum, &one);
    cr_assert(same(&back, &ones));
    struct big zero = sofia_big_sub(&ones, &ones);
    cr_assert_eq(zero.used, 0);
    cr_assert_eq(sofia_big_cmp(&sum, &ones), 1);
    cr_assert_eq(sofia_big_cmp(&ones, &sum), -1);
    cr_assert_eq(sofia_big_cmp(&ones, &back), 0);
}
