/* Laws that must hold for any operands, on seeded draws. */
#include <criterion/criterion.h>

#include <string.h>

#include <sofia/kit/decimal.h>

#include "draw.h"

#define ROUNDS 40000

Test(decimal_laws, printed_and_parsed_is_the_same_bytes)
{
    struct draw draw = {.state = 1};
    for (int i = 0; i < ROUNDS; i++) {
        struct sofia_decimal narrow = draw_decimal(&draw, -36, 18);
        struct sofia_decimal narrow_again = dec(dec_text(narrow));
        cr_assert_eq(memcmp(&narrow, &narrow_again, sizeof narrow), 0, "%s", dec_text(narrow));
        struct sofia_wide value = draw_wide(&draw, -36, 18);
        struct sofia_wide again = wide(wide_text(value));
        cr_assert_eq(memcmp(&value, &again, sizeof value), 0, "%s", wide_text(value));
    }
}

Test(decimal_laws, canonical_forms_are_minimal)
{
    struct draw draw = {.state = 2};
    for (int i = 0; i < ROUNDS; i++) {
        struct sofia_decimal value = draw_decimal(&draw, -36, 18);
        cr_assert(value.exponent >= 0 || value.mantissa % 10 != 0);
        cr_assert(value.exponent <= 0 || value.mantissa > INT64_MAX / 10 ||
                  value.mantissa < INT64_MIN / 10);
    }
}

Test(decimal_laws, a_plus_b_minus_b_is_a)
{
    struct draw draw = {.state = 3};
    int narrow_sums = 0;
    int wide_sums = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct sofia_decimal a = draw_decimal(&draw, -12, 4);
        struct sofia_decimal b = draw_decimal(&draw, -12, 4);
        struct sofia_decimal sum;
        struct sofia_decimal back;
        if (sofia_decimal_add(a, b, &sum) == 0) {
            cr_assert_eq(sofia_decimal_sub(sum, b, &back), 0);
            cr_assert_eq(memcmp(&back, &a, sizeof a), 0, "%s %s", dec_text(a), dec_text(b));
            cr_assert_eq(sofia_decimal_add(b, a, &back), 0);
            cr_assert_eq(memcmp(&back, &sum, sizeof a), 0);
            narrow_sums++;
        }
        struct sofia_wide c = draw_wide(&draw, -36, 18);
        struct sofia_wide d = draw_wide(&draw, -36, 18);
        struct sofia_wide total;
        struct sofia_wide rest;
        if (sofia_wide_add(c, d, &total) == 0) {
            cr_assert_eq(sofia_wide_sub(total, d, &rest), 0);
            cr_assert_eq(memcmp(&rest, &c, sizeof c), 0, "%s %s", wide_text(c), wide_text(d));
            wide_sums++;
        }
    }
    cr_assert_gt(narrow_sums, ROUNDS / 4);
    cr_assert_gt(wide_sums, ROUNDS / 8);
}

Test(decimal_laws, a_times_b_divided_by_b_is_a)
{
    struct draw draw = {.state = 4};
    int products = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct sofia_decimal a = draw_decimal(&draw, -18, 9);
        struct sofia_decimal b = draw_decimal(&draw, -18, 9);
        struct sofia_wide product;
        struct sofia_wide same;
        struct sofia_wide back;
        if (sofia_decimal_is_zero(b) || sofia_decimal_mul(a, b, &product) != 0) {
            continue;
        }
        struct sofia_wide wide_a = sofia_wide_of(a);
        struct sofia_wide wide_b = sofia_wide_of(b);
        cr_assert_eq(sofia_wide_div(product, wide_b, wide_a.exponent, SOFIA_ROUND_EXACT, &back), 0);
        cr_assert_eq(memcmp(&back, &wide_a, sizeof back), 0, "%s %s", dec_text(a), dec_text(b));
        cr_assert_eq(sofia_wide_mul(wide_b, wide_a, -36, SOFIA_ROUND_EXACT, &same), 0);
        cr_assert_eq(memcmp(&same, &product, sizeof same), 0);
        products++;
    }
    cr_assert_gt(products, ROUNDS / 2);
}

/* b * q brackets a: the law of division that says nothing about how it is done. */
Test(decimal_laws, quotients_bracket_the_exact_value)
{
    struct draw draw = {.state = 5};
    int checked = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct sofia_wide a = draw_wide(&draw, -20, 4);
        struct sofia_wide b = draw_wide(&draw, -20, 4);
        int exponent = -(int)draw_below(&draw, 30);
        struct sofia_wide floor;
        struct sofia_wide ceiling;
        struct sofia_wide low;
        struct sofia_wide high;
        if (sofia_wide_sign(b) <= 0 ||
            sofia_wide_div(a, b, exponent, SOFIA_ROUND_FLOOR, &floor) != 0 ||
            sofia_wide_div(a, b, exponent, SOFIA_ROUND_CEILING, &ceiling) != 0 ||
            sofia_wide_mul(floor, b, -36, SOFIA_ROUND_EXACT, &low) != 0 ||
            sofia_wide_mul(ceiling, b, -36, SOFIA_ROUND_EXACT, &high) != 0) {
            continue;
        }
        struct sofia_wide unit = {.lo = 1, .exponent = (int8_t)exponent};
        struct sofia_wide apart;
        cr_assert_leq(sofia_wide_cmp(low, a), 0, "%s / %s", wide_text(a), wide_text(b));
        cr_assert_geq(sofia_wide_cmp(high, a), 0, "%s / %s", wide_text(a), wide_text(b));
        cr_assert_eq(sofia_wide_sub(ceiling, floor, &apart), 0);
        cr_assert(sofia_wide_is_zero(apart) || sofia_wide_cmp(apart, unit) == 0);
        cr_assert_eq(sofia_wide_is_zero(apart), sofia_wide_cmp(low, a) == 0);
        checked++;
    }
    cr_assert_gt(checked, 1000);
}

Test(decimal_laws, comparison_is_antisymmetric_and_agrees_with_subtraction)
{
    struct draw draw = {.state = 6};
    for (int i = 0; i < ROUNDS; i++) {
        struct sofia_decimal a = draw_decimal(&draw, -36, 18);
        struct sofia_decimal b = draw_decimal(&draw, -36, 18);
        struct sofia_decimal rest;
        int order = sofia_decimal_cmp(a, b);
        cr_assert_eq(order, -sofia_decimal_cmp(b, a));
        cr_assert_eq(order, sofia_wide_cmp(sofia_wide_of(a), sofia_wide_of(b)));
        if (sofia_decimal_sub(a, b, &rest) == 0) {
            cr_assert_eq(order, sofia_decimal_sign(rest), "%s %s", dec_text(a), dec_text(b));
        }
        struct sofia_wide c = draw_wide(&draw, -36, 18);
        struct sofia_wide d = draw_wide(&draw, -36, 18);
        struct sofia_wide left;
        order = sofia_wide_cmp(c, d);
        cr_assert_eq(order, -sofia_wide_cmp(d, c));
        if (sofia_wide_sub(c, d, &left) == 0) {
            cr_assert_eq(order, sofia_wide_sign(left), "%s %s", wide_text(c), wide_text(d));
        }
    }
}

Test(decimal_laws, a_step_is_the_nearest_multiple_on_its_side)
{
    struct draw draw = {.state = 7};
    for (int i = 0; i < ROUNDS; i++) {
        struct sofia_decimal value = draw_decimal(&draw, -12, 2);
        struct sofia_decimal step = draw_decimal(&draw, -12, 2);
        struct sofia_decimal floor;
        struct sofia_decimal ceiling;
        struct sofia_decimal apart;
        if (sofia_decimal_abs(step, &step) != 0 || sofia_decimal_is_zero(step) ||
            sofia_decimal_to_step(value, step, SOFIA_ROUND_FLOOR, &floor) != 0 ||
            sofia_decimal_to_step(value, step, SOFIA_ROUND_CEILING, &ceiling) != 0) {
            continue;
        }
        cr_assert_eq(sofia_decimal_is_multiple(floor, step), 1);
        cr_assert_eq(sofia_decimal_is_multiple(ceiling, step), 1);
        cr_assert_leq(sofia_decimal_cmp(floor, value), 0);
        cr_assert_geq(sofia_decimal_cmp(ceiling, value), 0);
        cr_assert_eq(sofia_decimal_is_multiple(value, step),
                     sofia_decimal_cmp(floor, ceiling) == 0);
        if (sofia_decimal_sub(ceiling, floor, &apart) == 0) {
            cr_assert(sofia_decimal_is_zero(apart) || sofia_decimal_cmp(apart, step) == 0);
        }
    }
}
