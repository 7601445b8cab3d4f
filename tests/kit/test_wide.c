#include <criterion/criterion.h>

#include <string.h>

#include <sofia/kit/decimal.h>

#include "draw.h"

#define I128_MAX "170141183460469231731687303715884105727"
#define I128_MIN "-170141183460469231731687303715884105728"

Test(wide, holds_the_extremes_of_128_bits)
{
    struct sofia_wide most = wide(I128_MAX);
    struct sofia_wide least = wide(I128_MIN);
    struct sofia_wide value = sofia_wide_zero();
    cr_assert_eq(most.hi, INT64_MAX);
    cr_assert_eq(most.lo, UINT64_MAX);
    cr_assert_eq(least.hi, INT64_MIN);
    cr_assert_eq(least.lo, 0);
    cr_assert_str_eq(wide_text(most), I128_MAX);
    cr_assert_str_eq(wide_text(least), I128_MIN);
    cr_assert_eq(sofia_wide_parse("170141183460469231731687303715884105728", 39, &value),
                 SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_wide_parse("-170141183460469231731687303715884105729", 40, &value),
                 SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_wide_neg(least, &value), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_wide_abs(least, &value), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_wide_add(most, wide("1"), &value), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_wide_sub(least, wide("1"), &value), SOFIA_KIT_ERANGE);
    cr_assert(sofia_wide_is_zero(value));
    cr_assert_eq(sofia_wide_add(most, least, &value), 0);
    cr_assert_str_eq(wide_text(value), "-1");
    cr_assert_eq(sofia_wide_sub(least, least, &value), 0);
    cr_assert_str_eq(wide_text(value), "0");
    cr_assert_eq(sofia_wide_neg(most, &value), 0);
    cr_assert_str_eq(wide_text(value), "-" I128_MAX);
}

Test(wide, the_longest_text_fits_its_buffer)
{
    struct sofia_wide value = {.lo = 0, .hi = INT64_MIN, .exponent = SOFIA_EXPONENT_MAX};
    cr_assert_str_eq(wide_text(value), I128_MIN "000000000000000000");
    value.exponent = SOFIA_EXPONENT_MIN;
    cr_assert_str_eq(wide_text(value), "-170.141183460469231731687303715884105728");
    cr_assert_str_eq(wide_text(wide("-0.000000000000000000000000000000000001")),
                     "-0.000000000000000000000000000000000001");
}

Test(wide, keeps_eighteen_fractional_digits)
{
    struct sofia_wide sum;
    cr_assert_eq(
        sofia_wide_add(wide("123456789012.123456789012345678"), wide("0.000000000000000322"), &sum),
        0);
    cr_assert_str_eq(wide_text(sum), "123456789012.123456789012346");
    char buf[SOFIA_DECIMAL_TEXT];
    cr_assert_eq(sofia_wide_print_fixed(sum, 18, buf, sizeof buf), 31);
    cr_assert_str_eq(buf, "123456789012.123456789012346000");
}

Test(wide, a_sum_of_far_apart_exponents_is_exact_or_refused)
{
    struct sofia_wide sum = sofia_wide_zero();
    struct sofia_wide huge = wide(I128_MAX "000000000000000000");
    struct sofia_wide tiny = wide("0.000000000000000000000000000000000001");
    cr_assert_eq(sofia_wide_add(huge, tiny, &sum), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_wide_sub(tiny, huge, &sum), SOFIA_KIT_ERANGE);
    cr_assert(sofia_wide_is_zero(sum));
    cr_assert_eq(sofia_wide_cmp(huge, tiny), 1);
    cr_assert_eq(sofia_wide_cmp(tiny, huge), -1);
    cr_assert_eq(sofia_wide_add(wide("100"), tiny, &sum), 0);
    cr_assert_str_eq(wide_text(sum), "100.000000000000000000000000000000000001");
    /* Scaled to tenths the first operand is past 127 bits; the difference may be or not. */
    cr_assert_eq(sofia_wide_sub(wide("100000000000000000000000000000000000000"),
                                wide("9999999999999999999999999999999999999.5"), &sum),
                 SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_wide_sub(wide("20000000000000000000000000000000000000"),
                                wide("3999999999999999999999999999999999999.5"), &sum),
                 0);
    cr_assert_str_eq(wide_text(sum), "16000000000000000000000000000000000000.5");
}

Test(wide, absent_is_no_number)
{
    struct sofia_wide absent = sofia_wide_absent();
    struct sofia_wide one = wide("1");
    struct sofia_wide value = one;
    struct sofia_decimal narrow;
    char buf[SOFIA_DECIMAL_TEXT];
    cr_assert(sofia_wide_is_absent(absent));
    cr_assert_not(sofia_wide_is_zero(absent));
    cr_assert_eq(sofia_wide_sign(absent), 0);
    cr_assert_eq(sofia_wide_add(absent, one, &value), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_wide_sub(one, absent, &value), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_wide_neg(absent, &value), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_wide_abs(absent, &value), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_wide_mul(one, absent, 0, SOFIA_ROUND_FLOOR, &value), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_wide_div(absent, one, 0, SOFIA_ROUND_FLOOR, &value), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_wide_quantize(absent, 0, SOFIA_ROUND_FLOOR, &value), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_wide_narrow(absent, &narrow), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_wide_print(absent, buf, sizeof buf), SOFIA_KIT_EABSENT);
    cr_assert_str_eq(wide_text(value), "1");
    cr_assert_eq(sofia_wide_cmp(absent, wide(I128_MIN)), -1);
    cr_assert_eq(sofia_wide_cmp(wide(I128_MIN), absent), 1);
    cr_assert_eq(sofia_wide_cmp(absent, absent), 0);
}

Test(wide, only_the_result_of_a_product_can_be_out_of_range)
{
    struct sofia_wide value = sofia_wide_zero();
    /* 254 bits in between, 1 at the end. */
    cr_assert_eq(sofia_wide_mul(wide(I128_MAX), wide("0.000000000000000000000000000000000001"), 0,
                                SOFIA_ROUND_TOWARD_ZERO, &value),
                 0);
    cr_assert_str_eq(wide_text(value), "170");
    cr_assert_eq(sofia_wide_mul(wide("100000000000000000000.000000000000000001"),
                                wide("0.100000000000000000000000000000000001"), -18,
                                SOFIA_ROUND_TOWARD_ZERO, &value),
                 0);
    cr_assert_str_eq(wide_text(value), "10000000000000000000.0000000000000001");
    cr_assert_eq(sofia_wide_mul(wide(I128_MAX), wide(I128_MAX), 0, SOFIA_ROUND_EXACT, &value),
                 SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_wide_mul(wide("0"), wide(I128_MIN), -8, SOFIA_ROUND_EXACT, &value), 0);
    cr_assert_str_eq(wide_text(value), "0");
    cr_assert_eq(sofia_wide_mul(wide("1.5"), wide("1.5"), -1, SOFIA_ROUND_EXACT, &value),
                 SOFIA_KIT_EINEXACT);
    cr_assert_eq(sofia_wide_mul(wide("1"), wide("1"), 19, SOFIA_ROUND_FLOOR, &value),
                 SOFIA_KIT_ERANGE);
}

Test(wide, a_quotient_is_rounded_where_asked)
{
    struct sofia_wide value = sofia_wide_absent();
    cr_assert_eq(sofia_wide_div(wide("1"), wide("3"), -18, SOFIA_ROUND_TOWARD_ZERO, &value), 0);
    cr_assert_str_eq(wide_text(value), "0.333333333333333333");
    cr_assert_eq(sofia_wide_div(wide("2"), wide("3"), -36, SOFIA_ROUND_HALF_EVEN, &value), 0);
    cr_assert_str_eq(wide_text(value), "0.666666666666666666666666666666666667");
    cr_assert_eq(sofia_wide_div(wide("-1"), wide("3"), 0, SOFIA_ROUND_FLOOR, &value), 0);
    cr_assert_str_eq(wide_text(value), "-1");
    cr_assert_eq(sofia_wide_div(wide("-1"), wide("3"), 0, SOFIA_ROUND_CEILING, &value), 0);
    cr_assert_str_eq(wide_text(value), "0");
    cr_assert_eq(sofia_wide_div(wide("1"), wide("3"), -8, SOFIA_ROUND_EXACT, &value),
                 SOFIA_KIT_EINEXACT);
    cr_assert_eq(sofia_wide_div(wide("1"), wide("8"), -3, SOFIA_ROUND_EXACT, &value), 0);
    cr_assert_str_eq(wide_text(value), "0.125");
    cr_assert_eq(sofia_wide_div(wide("1"), sofia_wide_zero(), 0, SOFIA_ROUND_FLOOR, &value),
                 SOFIA_KIT_EZERO);
    cr_assert_eq(sofia_wide_div(wide(I128_MAX), wide("0.000000000000000000000000000000000001"), 0,
                                SOFIA_ROUND_FLOOR, &value),
                 SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_wide_div(wide(I128_MIN), wide(I128_MIN), -36, SOFIA_ROUND_EXACT, &value), 0);
    cr_assert_str_eq(wide_text(value), "1");
    /* At 10^-36 the quotient has 74 digits; it is still the integer it is. */
    cr_assert_eq(sofia_wide_div(wide("100000000000000000000000000000000000000"), wide("1"), -36,
                                SOFIA_ROUND_EXACT, &value),
                 0);
    cr_assert_str_eq(wide_text(value), "100000000000000000000000000000000000000");
}

Test(wide, half_of_a_divisor_past_127_bits_is_still_half)
{
    struct sofia_wide value;
    struct sofia_wide den = {.lo = 330, .exponent = SOFIA_EXPONENT_MAX};
    cr_assert_eq(sofia_wide_div(wide(I128_MIN), den, 18, SOFIA_ROUND_HALF_EVEN, &value), 0);
    cr_assert_str_eq(wide_text(value), "-1000000000000000000");
    den.lo = 341;
    cr_assert_eq(sofia_wide_div(wide(I128_MIN), den, 18, SOFIA_ROUND_HALF_EVEN, &value), 0);
    cr_assert_str_eq(wide_text(value), "0");
}

Test(wide, narrow_is_exact_or_refused)
{
    struct sofia_decimal narrow = dec("42");
    cr_assert_eq(sofia_wide_narrow(wide("9223372036854775808"), &narrow), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_wide_narrow(wide("0.12345678901234567891"), &narrow), SOFIA_KIT_ERANGE);
    cr_assert_str_eq(dec_text(narrow), "42");
    cr_assert_eq(sofia_wide_narrow(wide("-9223372036854775808"), &narrow), 0);
    cr_assert_eq(narrow.mantissa, INT64_MIN);
    cr_assert_eq(sofia_wide_narrow(wide("100000000000000000000"), &narrow), 0);
    cr_assert_eq(narrow.exponent, 2);
    cr_assert_str_eq(wide_text(sofia_wide_of(narrow)), "100000000000000000000");
    cr_assert_eq(sofia_wide_of(narrow).exponent, 0);
}
