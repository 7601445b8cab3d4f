#include <criterion/criterion.h>

#include <string.h>

#include <sofia/kit/decimal.h>

#include "draw.h"

struct form {
    const char *text;
    int64_t mantissa;
    int exponent;
};

Test(decimal, parse_gives_the_canonical_form)
{
    static const struct form forms[] = {
        {"0", 0, 0},
        {"-0", 0, 0},
        {"0.000", 0, 0},
        {"-0.00", 0, 0},
        {"00012.50", 125, -1},
        {"0.00000001", 1, -8},
        {"0.00001", 1, -5},
        {"9000", 9000, 0},
        {"9000.000", 9000, 0},
        {"-1.10", -11, -1},
        {"60000.00000000", 60000, 0},
        {"92233720368.54775807", INT64_MAX, -8},
        {"-92233720368.54775808", INT64_MIN, -8},
        {"9223372036854775807", INT64_MAX, 0},
        {"-9223372036854775808", INT64_MIN, 0},
        {"9223372036854775807.00000000000000000000", INT64_MAX, 0},
        {"5000000000000000000", 5000000000000000000, 0},
        {"100000000000000000000", 1000000000000000000, 2},
        {"9223372036854775807000000000000000000", INT64_MAX, 18},
        {"1000000000000000000000000000000000000", 1000000000000000000, 18},
        {"0.000000000000000000000000000000000001", 1, -36},
        {"0.000000000000000000000000000000000001000000", 1, -36},
        {"000000000000000000000000000000000000000000000000000000000001", 1, 0},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct sofia_decimal value = dec(forms[i].text);
        cr_assert_eq(value.mantissa, forms[i].mantissa, "%s", forms[i].text);
        cr_assert_eq(value.exponent, forms[i].exponent, "%s", forms[i].text);
        struct sofia_decimal same = sofia_decimal_of(forms[i].mantissa, forms[i].exponent);
        cr_assert_eq(memcmp(&value, &same, sizeof value), 0, "%s", forms[i].text);
    }
}

Test(decimal, parse_refuses_what_is_no_plain_number)
{
    static const char *texts[] = {
        "",
        "-",
        "+1",
        ".5",
        "5.",
        "-.5",
        "-5.",
        "1e5",
        "1E-8",
        " 1",
        "1 ",
        "1,5",
        "1.2.3",
        "--1",
        "NaN",
        "inf",
        "0x10",
        "1_000",
        "1.",
        ".",
        "1.0.0",
        "1.-5",
        "1a",
        "a1",
        "1.a",
        "1..0",
        "1.00.00",
        "-a",
        "99999999999999999999999999999999999999999x",
    };
    struct sofia_decimal untouched = sofia_decimal_of(7, 0);
    struct sofia_decimal value = untouched;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_assert_eq(sofia_decimal_parse(texts[i], strlen(texts[i]), &value), SOFIA_KIT_EPARSE,
                     "'%s'", texts[i]);
    }
    cr_assert_eq(sofia_decimal_parse(NULL, 0, &value), SOFIA_KIT_EPARSE);
    cr_assert_eq(sofia_decimal_parse("1\0", 2, &value), SOFIA_KIT_EPARSE);
    cr_assert_eq(memcmp(&value, &untouched, sizeof value), 0);
}

Test(decimal, parse_reads_exactly_the_length_given)
{
    struct sofia_decimal value;
    cr_assert_eq(sofia_decimal_parse("123.456", 5, &value), 0);
    cr_assert_eq(sofia_decimal_cmp(value, dec("123.4")), 0);
}

Test(decimal, parse_refuses_what_does_not_fit)
{
    static const char *texts[] = {
        "9223372036854775808",
        "-9223372036854775809",
        "92233720368.547758071",
        "92233720368.54775808",
        "18446744073709551616",
        "0.0000000000000000000000000000000000001",
        "9223372036854775808000000000000000000",
        "10000000000000000000000000000000000000000",
        "999999999999999999999999999999999999999999999999999999999999",
        "0.12345678901234567891",
    };
    struct sofia_decimal value;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_assert_eq(sofia_decimal_parse(texts[i], strlen(texts[i]), &value), SOFIA_KIT_ERANGE,
                     "%s", texts[i]);
    }
}

Test(decimal, print_writes_plain_digits)
{
    cr_assert_str_eq(dec_text(sofia_decimal_of(1, -8)), "0.00000001");
    cr_assert_str_eq(dec_text(sofia_decimal_of(-1, -5)), "-0.00001");
    cr_assert_str_eq(dec_text(sofia_decimal_of(9, 3)), "9000");
    cr_assert_str_eq(dec_text(sofia_decimal_of(INT64_MAX, -8)), "92233720368.54775807");
    cr_assert_str_eq(dec_text(sofia_decimal_of(INT64_MIN, 0)), "-9223372036854775808");
    cr_assert_str_eq(dec_text(sofia_decimal_of(INT64_MIN, 18)),
                     "-9223372036854775808000000000000000000");
    cr_assert_str_eq(dec_text(sofia_decimal_of(INT64_MIN, -36)),
                     "-0.000000000000000009223372036854775808");
    cr_assert_str_eq(dec_text(sofia_decimal_of(0, -8)), "0");
    cr_assert_str_eq(dec_text(sofia_decimal_of(105, -1)), "10.5");
}

Test(decimal, print_drops_the_zeros_of_a_form_that_is_not_canonical)
{
    struct sofia_decimal value = {.mantissa = 1000, .exponent = -4};
    cr_assert_str_eq(dec_text(value), "0.1");
}

Test(decimal, print_says_how_long_and_refuses_a_short_buffer)
{
    char buf[8];
    memset(buf, 'x', sizeof buf);
    cr_assert_eq(sofia_decimal_print(dec("-12.5"), buf, 6), 5);
    cr_assert_str_eq(buf, "-12.5");
    cr_assert_eq(buf[6], 'x');
    cr_assert_eq(sofia_decimal_print(dec("-12.5"), buf, 5), SOFIA_KIT_ESPACE);
    cr_assert_str_eq(buf, "-12.5");
    cr_assert_eq(sofia_decimal_print(dec("1"), buf, 0), SOFIA_KIT_ESPACE);
}

Test(decimal, print_fixed_pads_and_never_loses_a_digit)
{
    char buf[SOFIA_DECIMAL_TEXT];
    cr_assert_eq(sofia_decimal_print_fixed(dec("60000"), 2, buf, sizeof buf), 8);
    cr_assert_str_eq(buf, "60000.00");
    cr_assert_eq(sofia_decimal_print_fixed(dec("0.001"), 5, buf, sizeof buf), 7);
    cr_assert_str_eq(buf, "0.00100");
    cr_assert_eq(sofia_decimal_print_fixed(dec("-0.5"), 1, buf, sizeof buf), 4);
    cr_assert_str_eq(buf, "-0.5");
    cr_assert_eq(sofia_decimal_print_fixed(dec("0"), 3, buf, sizeof buf), 5);
    cr_assert_str_eq(buf, "0.000");
    cr_assert_eq(sofia_decimal_print_fixed(dec("7"), 0, buf, sizeof buf), 1);
    cr_assert_str_eq(buf, "7");
    cr_assert_eq(sofia_decimal_print_fixed(dec("100000000000000000000"), 1, buf, sizeof buf), 23);
    cr_assert_str_eq(buf, "100000000000000000000.0");
    cr_assert_eq(sofia_decimal_print_fixed(dec("0.001"), 2, buf, sizeof buf), SOFIA_KIT_EINEXACT);
    cr_assert_eq(sofia_decimal_print_fixed(dec("1"), -1, buf, sizeof buf), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_decimal_print_fixed(dec("1"), 37, buf, sizeof buf), SOFIA_KIT_ERANGE);
}

Test(decimal, absent_is_no_number_and_not_zero)
{
    struct sofia_decimal absent = sofia_decimal_absent();
    struct sofia_decimal one = sofia_decimal_of(1, 0);
    struct sofia_decimal value = one;
    struct sofia_wide product;
    char buf[SOFIA_DECIMAL_TEXT];
    int64_t mantissa = 0;

    cr_assert(sofia_decimal_is_absent(absent));
    cr_assert_not(sofia_decimal_is_zero(absent));
    cr_assert_eq(sofia_decimal_sign(absent), 0);
    cr_assert(sofia_decimal_is_zero(sofia_decimal_of(0, 0)));
    cr_assert_not(sofia_decimal_is_absent(sofia_decimal_of(0, 0)));
    cr_assert_eq(sofia_decimal_add(absent, one, &value), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_decimal_add(one, absent, &value), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_decimal_sub(one, absent, &value), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_decimal_neg(absent, &value), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_decimal_abs(absent, &value), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_decimal_mul(absent, one, &product), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_decimal_is_multiple(absent, one), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_decimal_to_step(one, absent, SOFIA_ROUND_FLOOR, &value), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_decimal_rescale(absent, 0, &mantissa), SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_decimal_print(absent, buf, sizeof buf), SOFIA_KIT_EABSENT);
    cr_assert_eq(memcmp(&value, &one, sizeof value), 0);
    cr_assert(sofia_wide_is_absent(sofia_wide_of(absent)));
    cr_assert(sofia_decimal_is_absent(sofia_decimal_of(1, 127)));
    cr_assert(sofia_decimal_is_absent(sofia_decimal_of(1, -37)));
    cr_assert(sofia_decimal_is_absent(sofia_decimal_of(INT64_MAX, 19)));
}

Test(decimal, an_exponent_out_of_range_is_refused)
{
    struct sofia_decimal bad = {.mantissa = 1, .exponent = 40};
    struct sofia_decimal one = sofia_decimal_of(1, 0);
    struct sofia_decimal value;
    struct sofia_wide product;
    char buf[SOFIA_DECIMAL_TEXT];
    cr_assert_eq(sofia_decimal_add(bad, one, &value), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_decimal_mul(one, bad, &product), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_decimal_to_step(bad, one, SOFIA_ROUND_FLOOR, &value), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_decimal_print(bad, buf, sizeof buf), SOFIA_KIT_ERANGE);
    cr_assert(sofia_wide_is_absent(sofia_wide_of(bad)));
}

Test(decimal, compares_by_value_across_exponents)
{
    /* Ascending; each is compared with each. */
    static const char *texts[] = {
        "-9223372036854775808000000000000000000",
        "-9223372036854775808",
        "-1.1",
        "-1",
        "-0.000000000000000000000000000000000001",
        "0",
        "0.000000000000000000000000000000000001",
        "0.00000001",
        "0.1",
        "0.99999999",
        "1",
        "1.000000000000000001",
        "92233720368.54775807",
        "9223372036854775806",
        "9223372036854775807",
        "9223372036854775807000000000000000000",
    };
    size_t count = sizeof texts / sizeof texts[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            int want = (i > j) - (i < j);
            cr_assert_eq(sofia_decimal_cmp(dec(texts[i]), dec(texts[j])), want, "%s %s", texts[i],
                         texts[j]);
            cr_assert_eq(sofia_wide_cmp(wide(texts[i]), wide(texts[j])), want, "%s %s", texts[i],
                         texts[j]);
        }
    }
    struct sofia_decimal one = {.mantissa = 10000, .exponent = -4};
    cr_assert_eq(sofia_decimal_cmp(one, dec("1")), 0);
    struct sofia_decimal zero = {.mantissa = 0, .exponent = -30};
    cr_assert_eq(sofia_decimal_cmp(zero, dec("0")), 0);
}

Test(decimal, absent_sorts_below_everything)
{
    struct sofia_decimal absent = sofia_decimal_absent();
    cr_assert_eq(sofia_decimal_cmp(absent, absent), 0);
    cr_assert_eq(sofia_decimal_cmp(absent, sofia_decimal_of(INT64_MIN, 18)), -1);
    cr_assert_eq(sofia_decimal_cmp(sofia_decimal_of(INT64_MIN, 18), absent), 1);
    cr_assert_eq(sofia_decimal_cmp(dec("0"), absent), 1);
}

Test(decimal, sums_are_exact_or_refused)
{
    struct sofia_decimal value = dec("42");
    cr_assert_eq(sofia_decimal_add(dec("0.1"), dec("0.2"), &value), 0);
    cr_assert_str_eq(dec_text(value), "0.3");
    cr_assert_eq(sofia_decimal_add(dec("0.95"), dec("0.05"), &value), 0);
    cr_assert_eq(value.exponent, 0);
    cr_assert_eq(sofia_decimal_sub(dec("1"), dec("0.00000001"), &value), 0);
    cr_assert_str_eq(dec_text(value), "0.99999999");
    cr_assert_eq(sofia_decimal_sub(dec("5"), dec("5.0"), &value), 0);
    cr_assert_str_eq(dec_text(value), "0");
    cr_assert_eq(sofia_decimal_add(dec("9223372036854775807"), dec("-0"), &value), 0);
    cr_assert_str_eq(dec_text(value), "9223372036854775807");
    cr_assert_eq(sofia_decimal_sub(dec("0"), dec("-9223372036854775807"), &value), 0);
    cr_assert_eq(value.mantissa, INT64_MAX);

    value = dec("42");
    cr_assert_eq(sofia_decimal_add(dec("9223372036854775807"), dec("1"), &value), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_decimal_sub(dec("0"), dec("-9223372036854775808"), &value),
                 SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_decimal_add(dec("92233720368.54775807"), dec("0.00000001"), &value),
                 SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_decimal_add(dec("1000000000000000000000000000000000000"),
                                   dec("0.000000000000000000000000000000000001"), &value),
                 SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_decimal_add(dec("9000000000000000000"), dec("0.1"), &value),
                 SOFIA_KIT_ERANGE);
    cr_assert_str_eq(dec_text(value), "42");
    /* Past 64 bits, but the zeros bring it back into the shape. */
    cr_assert_eq(sofia_decimal_add(dec("9223372036854775807"), dec("3"), &value), 0);
    cr_assert_str_eq(dec_text(value), "9223372036854775810");
}

Test(decimal, negation_and_magnitude_refuse_the_one_value_without_a_twin)
{
    struct sofia_decimal value = dec("42");
    cr_assert_eq(sofia_decimal_neg(sofia_decimal_of(INT64_MIN, 0), &value), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_decimal_abs(sofia_decimal_of(INT64_MIN, -3), &value), SOFIA_KIT_ERANGE);
    cr_assert_str_eq(dec_text(value), "42");
    cr_assert_eq(sofia_decimal_neg(dec("1.5"), &value), 0);
    cr_assert_str_eq(dec_text(value), "-1.5");
    cr_assert_eq(sofia_decimal_abs(value, &value), 0);
    cr_assert_str_eq(dec_text(value), "1.5");
    cr_assert_eq(sofia_decimal_neg(dec("0"), &value), 0);
    cr_assert_str_eq(dec_text(value), "0");
}

Test(decimal, a_product_is_wide_and_exact)
{
    struct sofia_wide value = sofia_wide_absent();
    struct sofia_decimal price = {.mantissa = 6000000000000, .exponent = -8};
    struct sofia_decimal qty = {.mantissa = 100000000, .exponent = -8};
    cr_assert_eq(sofia_decimal_mul(price, qty, &value), 0);
    cr_assert_str_eq(wide_text(value), "60000");
    cr_assert_eq(sofia_decimal_mul(dec("0.1"), dec("-0.1"), &value), 0);
    cr_assert_str_eq(wide_text(value), "-0.01");
    struct sofia_decimal least = sofia_decimal_of(INT64_MIN, 0);
    cr_assert_eq(sofia_decimal_mul(least, least, &value), 0);
    cr_assert_str_eq(wide_text(value), "85070591730234615865843651857942052864");
    cr_assert_eq(sofia_decimal_mul(dec("0"), dec("-5"), &value), 0);
    cr_assert_str_eq(wide_text(value), "0");
    struct sofia_decimal tiny = sofia_decimal_of(1, -36);
    cr_assert_eq(sofia_decimal_mul(tiny, tiny, &value), SOFIA_KIT_ERANGE);
    cr_assert_str_eq(wide_text(value), "0");
}

Test(decimal, rescale_gives_the_mantissa_or_says_why_not)
{
    int64_t mantissa = 7;
    cr_assert_eq(sofia_decimal_rescale(dec("1.23"), -4, &mantissa), 0);
    cr_assert_eq(mantissa, 12300);
    cr_assert_eq(sofia_decimal_rescale(dec("-1200"), 2, &mantissa), 0);
    cr_assert_eq(mantissa, -12);
    cr_assert_eq(sofia_decimal_rescale(dec("0"), -36, &mantissa), 0);
    cr_assert_eq(mantissa, 0);
    mantissa = 7;
    cr_assert_eq(sofia_decimal_rescale(dec("1.23"), -1, &mantissa), SOFIA_KIT_EINEXACT);
    cr_assert_eq(sofia_decimal_rescale(dec("1"), 18, &mantissa), SOFIA_KIT_EINEXACT);
    cr_assert_eq(sofia_decimal_rescale(dec("0.000000000000000000000000000001"), 18, &mantissa),
                 SOFIA_KIT_EINEXACT);
    cr_assert_eq(sofia_decimal_rescale(dec("10"), -18, &mantissa), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_decimal_rescale(dec("1"), -36, &mantissa), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_decimal_rescale(dec("1"), -37, &mantissa), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_decimal_rescale(dec("1"), 127, &mantissa), SOFIA_KIT_ERANGE);
    cr_assert_eq(mantissa, 7);
}
