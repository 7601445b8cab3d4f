#include <criterion/criterion.h>

#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/text.h>

#include "draw.h"

static struct sofia_slice slice(const char *bytes, size_t len)
{
    struct sofia_slice out = {.at = bytes, .len = len};
    return out;
}

Test(text, appends_one_after_the_other)
{
    char room[128];
    struct sofia_text text;
    sofia_text_init(&text, room, sizeof room);
    sofia_text_str(&text, "n=");
    sofia_text_u64(&text, UINT64_MAX);
    sofia_text_char(&text, ' ');
    sofia_text_i64(&text, INT64_MIN);
    sofia_text_char(&text, ' ');
    sofia_text_u64(&text, 0);
    sofia_text_bytes(&text, " ab", 2);
    sofia_text_decimal(&text, dec("0.00000001"));
    sofia_text_char(&text, ' ');
    sofia_text_decimal_fixed(&text, dec("1.5"), 3);
    sofia_text_char(&text, ' ');
    sofia_text_wide(&text, wide("-0.000000000000000001"));
    sofia_text_add(&text, slice("xyz", 1));
    cr_assert_eq(sofia_text_status(&text), 0);
    cr_assert_str_eq(room, "n=18446744073709551615 -9223372036854775808 0 a0.00000001 1.500 "
                           "-0.000000000000000001x");
    cr_assert_eq(text.len, strlen(room));
    cr_assert(sofia_slice_is(sofia_text_slice(&text), room));
    sofia_text_clear(&text);
    cr_assert_str_eq(room, "");
}

Test(text, what_does_not_fit_leaves_no_trace_and_nothing_follows_it)
{
    char room[10];
    struct sofia_text text;
    memset(room, 'x', sizeof room);
    sofia_text_init(&text, room, 6);
    sofia_text_str(&text, "abc");
    sofia_text_str(&text, "def");
    cr_assert_eq(sofia_text_status(&text), SOFIA_KIT_ESPACE);
    sofia_text_char(&text, 'g');
    cr_assert_str_eq(room, "abc");
    cr_assert_eq(text.len, 3);
    for (size_t i = 6; i < sizeof room; i++) {
        cr_assert_eq(room[i], 'x');
    }
    sofia_text_clear(&text);
    sofia_text_str(&text, "12345");
    cr_assert_eq(sofia_text_status(&text), 0);
    cr_assert_str_eq(room, "12345");
}

/* Every append against every capacity: never a byte past it, and all or nothing. */
Test(text, no_append_writes_past_any_capacity)
{
    char room[64];
    for (size_t cap = 0; cap < 40; cap++) {
        for (int which = 0; which < 12; which++) {
            struct sofia_text text;
            struct sofia_slice odd = slice("a b\"\n\xff", 6);
            memset(room, 'x', sizeof room);
            sofia_text_init(&text, room, cap);
            sofia_text_str(&text, "ab");
            switch (which) {
            case 0:
                sofia_text_u64(&text, UINT64_MAX);
                break;
            case 1:
                sofia_text_i64(&text, INT64_MIN);
                break;
            case 2:
                sofia_text_decimal(&text, dec("-12345.678"));
                break;
            case 3:
                sofia_text_decimal_fixed(&text, dec("-12345.678"), 9);
                break;
            case 4:
                sofia_text_percent(&text, odd);
                break;
            case 5:
                sofia_text_form(&text, odd);
                break;
            case 6:
                sofia_text_json_str(&text, odd);
                break;
            case 7:
                sofia_text_json(&text, odd);
                break;
            case 8:
                sofia_text_hex(&text, "12345", 5);
                break;
            case 9:
                sofia_text_base64(&text, "12345", 5);
                break;
            case 10:
                sofia_text_base64url(&text, "12345", 5);
                break;
            default:
                sofia_text_param(&text, "key", odd);
                break;
            }
            for (size_t i = cap; i < sizeof room; i++) {
                cr_assert_eq(room[i], 'x', "cap %zu append %d", cap, which);
            }
            size_t before = cap >= 3 ? 2 : 0;
            cr_assert(cap == 0 || strlen(room) == text.len);
            cr_assert(text.len == before || sofia_text_status(&text) == 0, "cap %zu append %d", cap,
                      which);
            cr_assert(cap < 30 || sofia_text_status(&text) == 0);
        }
    }
}

Test(text, an_absent_or_inexact_decimal_never_becomes_text)
{
    char room[32];
    struct sofia_text text;
    sofia_text_init(&text, room, sizeof room);
    sofia_text_str(&text, "price=");
    sofia_text_decimal(&text, sofia_decimal_absent());
    cr_assert_eq(sofia_text_status(&text), SOFIA_KIT_EABSENT);
    sofia_text_str(&text, "1");
    cr_assert_str_eq(room, "price=");
    sofia_text_clear(&text);
    sofia_text_decimal_fixed(&text, dec("1.25"), 1);
    cr_assert_eq(sofia_text_status(&text), SOFIA_KIT_EINEXACT);
    sofia_text_clear(&text);
    sofia_text_wide(&text, sofia_wide_absent());
    cr_assert_eq(sofia_text_status(&text), SOFIA_KIT_EABSENT);
}

Test(text, percent_encodes_all_but_the_unreserved)
{
    char room[1024];
    char all[256];
    struct sofia_text text;
    for (int i = 0; i < 256; i++) {
        all[i] = (char)i;
    }
    sofia_text_init(&text, room, sizeof room);
    sofia_text_percent(&text, slice(all, 256));
    cr_assert_eq(text.len, 66u + 190u * 3u);
    sofia_text_clear(&text);
    sofia_text_percent(&text, sofia_slice_of("AZaz09-_.~ /+=&%\"\xc3\xa9"));
    cr_assert_str_eq(room, "AZaz09-_.~%20%2F%2B%3D%26%25%22%C3%A9");
    sofia_text_clear(&text);
    sofia_text_form(&text, sofia_slice_of("a b+c~*"));
    cr_assert_str_eq(room, "a+b%2Bc~%2A");
}

Test(text, parameters_are_joined)
{
    char room[64];
    struct sofia_text text;
    sofia_text_init(&text, room, sizeof room);
    sofia_text_param(&text, "symbol", sofia_slice_of("BTC/USDT"));
    sofia_text_param(&text, "side", sofia_slice_of("BUY"));
    cr_assert_str_eq(room, "symbol=BTC%2FUSDT&side=BUY");
    sofia_text_clear(&text);
    sofia_text_str(&text, "/api?");
    sofia_text_param(&text, "a", sofia_slice_of(""));
    sofia_text_param(&text, "b", sofia_slice_of("2"));
    cr_assert_str_eq(room, "/api?a=&b=2");
}

Test(text, json_escapes_what_json_forbids_and_nothing_else)
{
    char room[64];
    struct sofia_text text;
    sofia_text_init(&text, room, sizeof room);
    sofia_text_json_str(&text, slice("\"\\/\b\f\n\r\t\x01\x1f\0\x7f\xc3\xa9", 14));
    cr_assert_str_eq(room, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u0000\x7f\xc3\xa9\"");
    sofia_text_clear(&text);
    sofia_text_json(&text, sofia_slice_of("a\"b"));
    cr_assert_str_eq(room, "a\\\"b");
}

Test(slice, comparisons)
{
    cr_assert(sofia_slice_is(slice("abcd", 3), "abc"));
    cr_assert_not(sofia_slice_is(slice("abcd", 3), "abcd"));
    cr_assert_not(sofia_slice_is(slice("abcd", 3), "ab"));
    cr_assert(sofia_slice_is(slice(NULL, 0), ""));
    cr_assert(sofia_slice_equal(slice("a\0b", 3), slice("a\0b", 3)));
    cr_assert_not(sofia_slice_equal(slice("a\0b", 3), slice("a\0c", 3)));
    cr_assert(sofia_slice_begins(slice("abc", 3), "ab"));
    cr_assert(sofia_slice_begins(slice(NULL, 0), ""));
    cr_assert_not(sofia_slice_begins(slice("ab", 1), "ab"));
    cr_assert_eq(sofia_slice_cmp(slice("ab", 2), slice("abc", 3)), -1);
    cr_assert_eq(sofia_slice_cmp(slice("b", 1), slice("abc", 3)), 1);
    cr_assert_eq(sofia_slice_cmp(slice("\xff", 1), slice("a", 1)), 1);
    cr_assert_eq(sofia_slice_cmp(slice(NULL, 0), slice("", 0)), 0);
}

Test(slice, integers_are_whole_and_in_range)
{
    uint64_t value = 7;
    int64_t number = 7;
    cr_assert_eq(sofia_slice_u64(sofia_slice_of("18446744073709551615"), &value), 0);
    cr_assert_eq(value, UINT64_MAX);
    cr_assert_eq(sofia_slice_u64(sofia_slice_of("18446744073709551616"), &value), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_slice_u64(sofia_slice_of("99999999999999999999999x"), &value),
                 SOFIA_KIT_EPARSE);
    cr_assert_eq(sofia_slice_u64(sofia_slice_of(""), &value), SOFIA_KIT_EPARSE);
    cr_assert_eq(sofia_slice_u64(sofia_slice_of("-1"), &value), SOFIA_KIT_EPARSE);
    cr_assert_eq(sofia_slice_u64(sofia_slice_of("1.0"), &value), SOFIA_KIT_EPARSE);
    cr_assert_eq(value, UINT64_MAX);
    cr_assert_eq(sofia_slice_i64(sofia_slice_of("-9223372036854775808"), &number), 0);
    cr_assert_eq(number, INT64_MIN);
    cr_assert_eq(sofia_slice_i64(sofia_slice_of("9223372036854775808"), &number), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_slice_i64(sofia_slice_of("-9223372036854775809"), &number),
                 SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_slice_i64(sofia_slice_of("-"), &number), SOFIA_KIT_EPARSE);
    cr_assert_eq(sofia_slice_i64(sofia_slice_of("--1"), &number), SOFIA_KIT_EPARSE);
    cr_assert_eq(number, INT64_MIN);
}
