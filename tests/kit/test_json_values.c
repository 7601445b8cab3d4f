#include <criterion/criterion.h>

#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/json.h>

#include "draw.h"

static struct sofia_json open(const char *text)
{
    struct sofia_json cur;
    sofia_json_init(&cur, text, strlen(text));
    return cur;
}

static int decimal_of(const char *text, struct sofia_decimal *ret_value)
{
    struct sofia_json cur = open(text);
    return sofia_json_decimal(&cur, ret_value);
}

Test(json_values, integers_are_exact_to_the_last_bit)
{
    int64_t value = 0;
    uint64_t id = 0;
    struct sofia_json cur = open("9007199254740993");
    cr_assert_eq(sofia_json_i64(&cur, &value), 0);
    cr_assert_eq(value, 9007199254740993);
    cur = open("-9223372036854775808");
    cr_assert_eq(sofia_json_i64(&cur, &value), 0);
    cr_assert_eq(value, INT64_MIN);
    cur = open("18446744073709551615");
    cr_assert_eq(sofia_json_u64(&cur, &id), 0);
    cr_assert_eq(id, UINT64_MAX);
    cr_assert_eq(sofia_json_finish(&cur), 0);
}

Test(json_values, integers_refuse_what_is_none)
{
    static const struct {
        const char *text;
        int status;
    } refusals[] = {
        {"9223372036854775808", SOFIA_JSON_EVALUE},
        {"1.0", SOFIA_JSON_EVALUE},
        {"1e3", SOFIA_JSON_EVALUE},
        {"\"1\"", SOFIA_JSON_EKIND},
        {"null", SOFIA_JSON_EKIND},
        {"[1]", SOFIA_JSON_EKIND},
        {"", SOFIA_JSON_EEND},
        {"x", SOFIA_JSON_ESYNTAX},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        int64_t value = 7;
        struct sofia_json cur = open(refusals[i].text);
        cr_assert_eq(sofia_json_i64(&cur, &value), refusals[i].status, "%s", refusals[i].text);
        cr_assert_eq(value, 7);
        cr_assert_eq(cur.error_at, 0);
    }
    uint64_t id = 7;
    struct sofia_json cur = open("-1");
    cr_assert_eq(sofia_json_u64(&cur, &id), SOFIA_JSON_EVALUE);
    cr_assert_eq(id, 7);
}

Test(json_values, decimals_come_from_strings_and_numbers)
{
    static const char *pairs[][2] = {
        {"\"0.10\"", "0.1"},
        {"0.10", "0.1"},
        {"-12", "-12"},
        {"1e-8", "0.00000001"},
        {"-1.25E+3", "-1250"},
        {"0e999", "0"},
        {"100e-2", "1"},
        {"1e18", "1000000000000000000"},
        {"\"92233720368.54775807\"", "92233720368.54775807"},
        {"0.1000000000000000055511151231257827", NULL},
        {"1e400", NULL},
        {"1e-400", NULL},
        {"1e99999999999999999999", NULL},
        {"1e-99999999999999999999", NULL},
        {"\"1e5\"", NULL},
        {"\"\"", NULL},
        {"\" 1\"", NULL},
        {"\"NaN\"", NULL},
        {"\"\\u0031\"", NULL},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct sofia_decimal value = dec("42");
        int status = decimal_of(pairs[i][0], &value);
        cr_assert_eq(status, pairs[i][1] == NULL ? SOFIA_JSON_EVALUE : 0, "%s", pairs[i][0]);
        cr_assert_str_eq(dec_text(value), pairs[i][1] == NULL ? "42" : pairs[i][1]);
    }
    struct sofia_decimal value;
    cr_assert_eq(decimal_of("null", &value), SOFIA_JSON_EKIND);
    cr_assert_eq(decimal_of("true", &value), SOFIA_JSON_EKIND);
    struct sofia_json cur = open("123456789012.123456789012345678");
    struct sofia_wide total;
    cr_assert_eq(sofia_json_wide(&cur, &total), 0);
    cr_assert_str_eq(wide_text(total), "123456789012.123456789012345678");
    cur = open("-1.7e-36");
    cr_assert_eq(sofia_json_wide(&cur, &total), SOFIA_JSON_EVALUE);
    cur = open("-17e-36");
    cr_assert_eq(sofia_json_wide(&cur, &total), 0);
    cr_assert_str_eq(wide_text(total), "-0.000000000000000000000000000000000017");
}

Test(json_values, true_false_and_null_are_not_each_other)
{
    uint32_t flag = 7;
    struct sofia_json cur = open("[true,false,null,1]");
    sofia_json_enter_array(&cur);
    cr_assert(sofia_json_next_element(&cur));
    cr_assert_not(sofia_json_null(&cur));
    cr_assert_eq(sofia_json_bool(&cur, &flag), 0);
    cr_assert_eq(flag, 1);
    cr_assert(sofia_json_next_element(&cur));
    cr_assert_eq(sofia_json_bool(&cur, &flag), 0);
    cr_assert_eq(flag, 0);
    cr_assert(sofia_json_next_element(&cur));
    cr_assert_eq(sofia_json_peek(&cur), SOFIA_JSON_NULL);
    cr_assert(sofia_json_null(&cur));
    cr_assert(sofia_json_next_element(&cur));
    cr_assert_eq(sofia_json_bool(&cur, &flag), SOFIA_JSON_EKIND);
    cr_assert_eq(flag, 0);
}

Test(json_values, raw_is_the_value_and_no_more)
{
    struct sofia_slice raw;
    struct sofia_json cur = open("[ {\"a\" : [1, 2]} , \"x\" ]");
    sofia_json_enter_array(&cur);
    cr_assert(sofia_json_next_element(&cur));
    cr_assert_eq(sofia_json_raw(&cur, &raw), 0);
    cr_assert(sofia_slice_is(raw, "{\"a\" : [1, 2]}"));
    cr_assert(sofia_json_next_element(&cur));
    cr_assert_eq(sofia_json_raw(&cur, &raw), 0);
    cr_assert(sofia_slice_is(raw, "\"x\""));
    cr_assert_not(sofia_json_next_element(&cur));
    cr_assert_eq(sofia_json_finish(&cur), 0);
}

Test(json_values, escapes_are_resolved)
{
    struct sofia_slice raw;
    char buf[64];
    size_t len = 0;
    struct sofia_json cur =
        open("\"\\\"\\\\\\/\\b\\f\\n\\r\\t \\u0041\\u00e9\\u20AC\\ud83d\\uDE00 \xc3\xa9\"");
    cr_assert_eq(sofia_json_string(&cur, &raw), 0);
    cr_assert_eq(sofia_json_unescape(raw, buf, sizeof buf, &len), 0);
    cr_assert_str_eq(buf, "\"\\/\b\f\n\r\t A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 \xc3\xa9");
    cr_assert_eq(len, strlen(buf));
    cr_assert(sofia_json_is(raw, buf));
    cr_assert_not(sofia_json_is(raw, "x"));

    cr_assert_eq(sofia_json_unescape(sofia_slice_of("a\\u0000b"), buf, sizeof buf, &len), 0);
    cr_assert_eq(len, 3);
    cr_assert_eq(memcmp(buf, "a\0b", 4), 0);
    cr_assert_eq(sofia_json_unescape(sofia_slice_of("abc"), buf, 3, &len), SOFIA_JSON_ESPACE);
    cr_assert_eq(sofia_json_unescape(sofia_slice_of("abc"), buf, 4, &len), 0);
    cr_assert_eq(sofia_json_unescape(sofia_slice_of("\\u20ac"), buf, 3, &len), SOFIA_JSON_ESPACE);
    cr_assert_eq(sofia_json_unescape(sofia_slice_of(""), buf, 0, &len), SOFIA_JSON_ESPACE);
    cr_assert_eq(sofia_json_unescape(sofia_slice_of("a\\"), buf, sizeof buf, &len),
                 SOFIA_JSON_ESYNTAX);
    cr_assert_eq(sofia_json_unescape(sofia_slice_of("\\ud800"), buf, sizeof buf, &len),
                 SOFIA_JSON_ESYNTAX);
}

Test(json_values, a_key_is_compared_by_its_meaning)
{
    cr_assert(sofia_json_is(sofia_slice_of("price"), "price"));
    cr_assert(sofia_json_is(sofia_slice_of("\\u0070rice"), "price"));
    cr_assert(sofia_json_is(sofia_slice_of(""), ""));
    cr_assert_not(sofia_json_is(sofia_slice_of("pric"), "price"));
    cr_assert_not(sofia_json_is(sofia_slice_of("prices"), "price"));
    cr_assert_not(sofia_json_is(sofia_slice_of("\\u0070ric"), "price"));
    cr_assert_not(sofia_json_is(sofia_slice_of("\\u0070rices"), "price"));
    cr_assert_not(sofia_json_is(sofia_slice_of("\\n"), "\\n"));
    cr_assert_not(sofia_json_is(sofia_slice_of("a\\u0000"), "a"));
    cr_assert(sofia_json_is(sofia_slice_of("\\\\n"), "\\n"));
}
