#include <criterion/criterion.h>

#include <sofia/kit/decimal.h>

#include "draw.h"

static const uint32_t roundings[] = {
    SOFIA_ROUND_TOWARD_ZERO, SOFIA_ROUND_AWAY,      SOFIA_ROUND_FLOOR,
    SOFIA_ROUND_CEILING,     SOFIA_ROUND_HALF_EVEN,
};

/* A value and what it becomes at 0.01, one column for each of the roundings above. */
struct row {
    const char *value;
    const char *want[5];
};

static const struct row rows[] = {
    {"1.234", {"1.23", "1.24", "1.23", "1.24", "1.23"}},
    {"-1.234", {"-1.23", "-1.24", "-1.24", "-1.23", "-1.23"}},
    {"1.236", {"1.23", "1.24", "1.23", "1.24", "1.24"}},
    {"-1.236", {"-1.23", "-1.24", "-1.24", "-1.23", "-1.24"}},
    {"0.125", {"0.12", "0.13", "0.12", "0.13", "0.12"}},
    {"-0.125", {"-0.12", "-0.13", "-0.13", "-0.12", "-0.12"}},
    {"0.135", {"0.13", "0.14", "0.13", "0.14", "0.14"}},
    {"-0.135", {"-0.13", "-0.14", "-0.14", "-0.13", "-0.14"}},
    {"0.1250000000000001", {"0.12", "0.13", "0.12", "0.13", "0.13"}},
    {"-0.1249999999999999", {"-0.12", "-0.13", "-0.13", "-0.12", "-0.12"}},
    {"0.005", {"0", "0.01", "0", "0.01", "0"}},
    {"-0.005", {"0", "-0.01", "-0.01", "0", "0"}},
    {"0.995", {"0.99", "1", "0.99", "1", "1"}},
    {"-0.995", {"-0.99", "-1", "-1", "-0.99", "-1"}},
    {"0.00000000000000000000000000001", {"0", "0.01", "0", "0.01", "0"}},
    {"-0.00000000000000000000000000001", {"0", "-0.01", "-0.01", "0", "0"}},
    {"7", {"7", "7", "7", "7", "7"}},
    {"-7.25", {"-7.25", "-7.25", "-7.25", "-7.25", "-7.25"}},
};

Test(rounding, every_way_at_ties_and_beside_them_in_both_shapes)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t k = 0; k < 5; k++) {
            struct sofia_decimal value;
            struct sofia_wide quantum;
            struct sofia_wide product;
            struct sofia_wide quotient;
            const struct row *row = &rows[i];
            cr_assert_eq(sofia_decimal_to_step(dec(row->value), dec("0.01"), roundings[k], &value),
                         0);
            cr_assert_str_eq(dec_text(value), row->want[k], "%s %zu", row->value, k);
            cr_assert_eq(sofia_wide_quantize(wide(row->value), -2, roundings[k], &quantum), 0);
            cr_assert_str_eq(wide_text(quantum), row->want[k], "%s %zu", row->value, k);
            cr_assert_eq(sofia_wide_mul(wide(row->value), wide("-1"), -2, roundings[k], &product),
                         0);
            cr_assert_eq(sofia_wide_div(wide(row->value), wide("-1"), -2, roundings[k], &quotient),
                         0);
            cr_assert_eq(sofia_wide_cmp(product, quotient), 0, "%s %zu", row->value, k);
        }
    }
}

Test(rounding, exact_refuses_what_any_other_would_change)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sofia_decimal value = dec("42");
        struct sofia_wide quantum;
        int changes = sofia_decimal_cmp(dec(rows[i].value), dec(rows[i].want[0])) != 0;
        int want = changes ? SOFIA_KIT_EINEXACT : 0;
        cr_assert_eq(
            sofia_decimal_to_step(dec(rows[i].value), dec("0.01"), SOFIA_ROUND_EXACT, &value), want,
            "%s", rows[i].value);
        cr_assert_eq(sofia_wide_quantize(wide(rows[i].value), -2, SOFIA_ROUND_EXACT, &quantum),
                     want, "%s", rows[i].value);
        cr_assert_eq(sofia_wide_quantize(wide(rows[i].value), -2, 99, &quantum), want, "%s",
                     rows[i].value);
        if (changes) {
            cr_assert_str_eq(dec_text(value), "42");
        }
    }
}

Test(rounding, ties_beyond_a_machine_word)
{
    struct sofia_wide value;
    cr_assert_eq(sofia_wide_quantize(wide("12345678901234567890123456789012345.5"), 0,
                                     SOFIA_ROUND_HALF_EVEN, &value),
                 0);
    cr_assert_str_eq(wide_text(value), "12345678901234567890123456789012346");
    cr_assert_eq(sofia_wide_quantize(wide("12345678901234567890123456789012344.5"), 0,
                                     SOFIA_ROUND_HALF_EVEN, &value),
                 0);
    cr_assert_str_eq(wide_text(value), "12345678901234567890123456789012344");
    cr_assert_eq(sofia_wide_div(wide("-50000000000000000000000000000000000001"),
                                wide("100000000000000000000000000000000000000"), 0,
                                SOFIA_ROUND_HALF_EVEN, &value),
                 0);
    cr_assert_str_eq(wide_text(value), "-1");
    cr_assert_eq(sofia_wide_div(wide("-50000000000000000000000000000000000000"),
                                wide("100000000000000000000000000000000000000"), 0,
                                SOFIA_ROUND_HALF_EVEN, &value),
                 0);
    cr_assert_str_eq(wide_text(value), "0");
}

Test(rounding, a_coarse_target_rounds_to_thousands)
{
    struct sofia_wide value;
    cr_assert_eq(sofia_wide_quantize(wide("1500"), 3, SOFIA_ROUND_HALF_EVEN, &value), 0);
    cr_assert_str_eq(wide_text(value), "2000");
    cr_assert_eq(value.exponent, 0);
    cr_assert_eq(sofia_wide_quantize(wide("2500"), 3, SOFIA_ROUND_HALF_EVEN, &value), 0);
    cr_assert_str_eq(wide_text(value), "2000");
    cr_assert_eq(sofia_wide_quantize(wide("-1"), 18, SOFIA_ROUND_FLOOR, &value), 0);
    cr_assert_str_eq(wide_text(value), "-1000000000000000000");
}

Test(rounding, steps_need_not_be_powers_of_ten)
{
    struct sofia_decimal value;
    cr_assert_eq(sofia_decimal_to_step(dec("1.13"), dec("0.25"), SOFIA_ROUND_FLOOR, &value), 0);
    cr_assert_str_eq(dec_text(value), "1");
    cr_assert_eq(sofia_decimal_to_step(dec("1.13"), dec("0.25"), SOFIA_ROUND_CEILING, &value), 0);
    cr_assert_str_eq(dec_text(value), "1.25");
    cr_assert_eq(sofia_decimal_to_step(dec("1.125"), dec("0.25"), SOFIA_ROUND_HALF_EVEN, &value),
                 0);
    cr_assert_str_eq(dec_text(value), "1");
    cr_assert_eq(sofia_decimal_to_step(dec("1.375"), dec("0.25"), SOFIA_ROUND_HALF_EVEN, &value),
                 0);
    cr_assert_str_eq(dec_text(value), "1.5");
    cr_assert_eq(sofia_decimal_to_step(dec("7"), dec("-5"), SOFIA_ROUND_FLOOR, &value), 0);
    cr_assert_str_eq(dec_text(value), "5");
    cr_assert_eq(sofia_decimal_to_step(dec("7"), dec("0"), SOFIA_ROUND_FLOOR, &value),
                 SOFIA_KIT_EZERO);
    cr_assert_eq(
        sofia_decimal_to_step(dec("9223372036854775807"), dec("1000"), SOFIA_ROUND_CEILING, &value),
        0);
    cr_assert_str_eq(dec_text(value), "9223372036854776000");
    cr_assert_eq(
        sofia_decimal_to_step(dec("9223372036854775807"), dec("2"), SOFIA_ROUND_CEILING, &value),
        SOFIA_KIT_ERANGE);
}

Test(rounding, multiples_across_far_apart_exponents)
{
    cr_assert_eq(sofia_decimal_is_multiple(dec("60000.01"), dec("0.01")), 1);
    cr_assert_eq(sofia_decimal_is_multiple(dec("60000.015"), dec("0.01")), 0);
    cr_assert_eq(sofia_decimal_is_multiple(dec("-0.75"), dec("0.25")), 1);
    cr_assert_eq(sofia_decimal_is_multiple(dec("0"), dec("0.25")), 1);
    cr_assert_eq(sofia_decimal_is_multiple(dec("1"), dec("0")), SOFIA_KIT_EZERO);
    struct sofia_decimal tiny = sofia_decimal_of(7, -36);
    struct sofia_decimal huge = sofia_decimal_of(INT64_MAX, 18);
    cr_assert_eq(sofia_decimal_is_multiple(tiny, huge), 0);
    /* 9223372036854775807 is 7 times 1317624576693539401. */
    cr_assert_eq(sofia_decimal_is_multiple(huge, tiny), 1);
    cr_assert_eq(sofia_decimal_is_multiple(huge, sofia_decimal_of(11, -36)), 0);
    struct sofia_decimal value;
    cr_assert_eq(sofia_decimal_to_step(tiny, huge, SOFIA_ROUND_AWAY, &value), 0);
    cr_assert_eq(sofia_decimal_cmp(value, huge), 0);
    cr_assert_eq(sofia_decimal_to_step(tiny, huge, SOFIA_ROUND_HALF_EVEN, &value), 0);
    cr_assert(sofia_decimal_is_zero(value));
}
