/* Two numbers in, every operation of both shapes, and the laws that must hold between the results.
 *
 * Input: one byte rounding, one byte exponent, then two texts with a space between them.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds) {
        abort();
    }
}

static void check_narrow_text(struct sofia_decimal value)
{
    char text[SOFIA_DECIMAL_TEXT];
    struct sofia_decimal again;
    int len = sofia_decimal_print(value, text, sizeof text);
    must(len > 0 && (size_t)len == strlen(text));
    must(sofia_decimal_parse(text, (size_t)len, &again) == 0);
    must(memcmp(&again, &value, sizeof value) == 0);
}

static void check_wide_text(struct sofia_wide value)
{
    char text[SOFIA_DECIMAL_TEXT];
    struct sofia_wide again;
    int len = sofia_wide_print(value, text, sizeof text);
    must(len > 0 && (size_t)len == strlen(text));
    must(sofia_wide_parse(text, (size_t)len, &again) == 0);
    must(memcmp(&again, &value, sizeof value) == 0);
}

static void check_narrow(struct sofia_decimal a, struct sofia_decimal b, uint32_t rounding)
{
    struct sofia_decimal sum;
    struct sofia_decimal back;
    struct sofia_wide product;
    struct sofia_wide other;
    check_narrow_text(a);
    must(sofia_decimal_cmp(a, b) == -sofia_decimal_cmp(b, a));
    must(sofia_decimal_cmp(a, b) == sofia_wide_cmp(sofia_wide_of(a), sofia_wide_of(b)));
    if (sofia_decimal_add(a, b, &sum) == 0) {
        must(sofia_decimal_sub(sum, b, &back) == 0);
        must(sofia_decimal_cmp(back, a) == 0);
        must(sofia_wide_add(sofia_wide_of(a), sofia_wide_of(b), &other) == 0);
        must(sofia_wide_cmp(other, sofia_wide_of(sum)) == 0);
    }
    if (sofia_decimal_mul(a, b, &product) == 0) {
        check_wide_text(product);
        must(sofia_wide_sign(product) == sofia_decimal_sign(a) * sofia_decimal_sign(b));
    }
    if (sofia_decimal_to_step(a, b, rounding, &sum) == 0) {
        must(sofia_decimal_is_multiple(sum, b) == 1);
        must(sofia_decimal_is_multiple(a, b) == (sofia_decimal_cmp(sum, a) == 0));
        must(rounding != SOFIA_ROUND_FLOOR || sofia_decimal_cmp(sum, a) <= 0);
        must(rounding != SOFIA_ROUND_CEILING || sofia_decimal_cmp(sum, a) >= 0);
    }
    int64_t mantissa = 0;
    if (sofia_decimal_rescale(a, b.exponent, &mantissa) == 0) {
        must(sofia_decimal_cmp(sofia_decimal_of(mantissa, b.exponent), a) == 0);
    }
}

static void check_wide(struct sofia_wide a, struct sofia_wide b, int exponent, uint32_t rounding)
{
    struct sofia_wide result;
    struct sofia_wide back;
    struct sofia_decimal narrow;
    check_wide_text(a);
    must(sofia_wide_cmp(a, b) == -sofia_wide_cmp(b, a));
    if (sofia_wide_add(a, b, &result) == 0) {
        check_wide_text(result);
        must(sofia_wide_sub(result, b, &back) == 0);
        must(sofia_wide_cmp(back, a) == 0);
    }
    if (sofia_wide_mul(a, b, exponent, SOFIA_ROUND_EXACT, &result) == 0 && !sofia_wide_is_zero(b)) {
        int status = sofia_wide_div(result, b, a.exponent, SOFIA_ROUND_EXACT, &back);
        must(status == 0 && sofia_wide_cmp(back, a) == 0);
    }
    if (sofia_wide_mul(a, b, exponent, rounding, &result) == 0) {
        check_wide_text(result);
    }
    if (sofia_wide_div(a, b, exponent, rounding, &result) == 0) {
        check_wide_text(result);
    }
    if (sofia_wide_quantize(a, exponent, rounding, &result) == 0) {
        must(sofia_wide_quantize(result, exponent, SOFIA_ROUND_EXACT, &back) == 0);
        must(memcmp(&back, &result, sizeof back) == 0);
    }
    if (sofia_wide_narrow(a, &narrow) == 0) {
        must(sofia_wide_cmp(sofia_wide_of(narrow), a) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3) {
        return 0;
    }
    uint32_t rounding = data[0] % 7u;
    int exponent = data[1] % 58 - 38;
    const char *text = (const char *)data + 2;
    size_t len = size - 2;
    const char *space = memchr(text, ' ', len);
    size_t first = space == NULL ? len : (size_t)(space - text);
    const char *second = space == NULL ? text : space + 1;
    size_t second_len = space == NULL ? len : len - first - 1;

    struct sofia_decimal a;
    struct sofia_decimal b;
    struct sofia_wide wide_a;
    struct sofia_wide wide_b;
    int status_a = sofia_wide_parse(text, first, &wide_a);
    int status_b = sofia_wide_parse(second, second_len, &wide_b);
    int narrow_a = sofia_decimal_parse(text, first, &a);
    int narrow_b = sofia_decimal_parse(second, second_len, &b);
    must((status_a == SOFIA_KIT_EPARSE) == (narrow_a == SOFIA_KIT_EPARSE));
    must(narrow_a != 0 || status_a == 0);
    if (narrow_a == 0 && narrow_b == 0) {
        check_narrow(a, b, rounding);
    }
    if (status_a == 0 && status_b == 0) {
        check_wide(wide_a, wide_b, exponent, rounding);
    }
    return 0;
}
