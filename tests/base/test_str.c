#include <criterion/criterion.h>

#include <string.h>

#include "base/status.h"
#include "base/str.h"

Test(str, copy_cuts_and_says_so)
{
    char buf[4];

    cr_assert_eq(str_copy(buf, sizeof(buf), "abc"), 0);
    cr_assert_str_eq(buf, "abc");
    cr_assert_eq(str_copy(buf, sizeof(buf), "abcd"), ERR_LIMIT);
    cr_assert_str_eq(buf, "abc");
    cr_assert_eq(str_copy(buf, 0, ""), ERR_LIMIT);
    cr_assert_eq(str_copy_n(buf, sizeof(buf), "xyz", 2), 0);
    cr_assert_str_eq(buf, "xy");
    cr_assert_eq(str_format(buf, sizeof(buf), "%d", 1234), ERR_LIMIT);
}

Test(str, comparisons)
{
    cr_assert(str_eq("a", "a"));
    cr_assert_not(str_eq("a", "b"));
    cr_assert(str_eq(NULL, NULL));
    cr_assert_not(str_eq(NULL, ""));
    cr_assert(str_eq_n("ab", "abc", 2));
    cr_assert_not(str_eq_n("ab", "abc", 3));
    cr_assert(str_starts("file:x", "file:"));
    cr_assert_not(str_starts("fil", "file:"));
    cr_assert(str_ends("a.yaml", ".yaml"));
    cr_assert_not(str_ends("yaml", ".yaml"));
}

static int64_t number(const char *text)
{
    int64_t value = 77;

    cr_assert_eq(str_to_i64(text, strlen(text), &value), 0, "%s", text);
    return value;
}

Test(str, integers_reach_both_ends)
{
    cr_assert_eq(number("0"), 0);
    cr_assert_eq(number("-12"), -12);
    cr_assert_eq(number("9223372036854775807"), INT64_MAX);
    cr_assert_eq(number("-9223372036854775808"), INT64_MIN);
}

Test(str, what_is_not_an_integer_is_refused_and_the_output_untouched)
{
    static const char *const bad[] = {"", "-", "+1", "1 ", " 1", "1.0", "0x1", "1e3", "--1"};
    int64_t value = 77;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_eq(str_to_i64(bad[i], strlen(bad[i]), &value), ERR_PARSE, "'%s'", bad[i]);
    }
    cr_assert_eq(str_to_i64("9223372036854775808", 19, &value), ERR_LIMIT);
    cr_assert_eq(str_to_i64("-9223372036854775809", 20, &value), ERR_LIMIT);
    cr_assert_eq(value, 77);
}

Test(str, utf8_valid_and_not)
{
    static const struct {
        const char *text;
        size_t len;
        bool good;
        size_t at;
    } rows[] = {
        {"plain", 5, true, 0},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, true, 0},
        {"a\xff", 2, false, 1},
        {"ab\xc0\xaf", 4, false, 2}, /* overlong */
        {"\xed\xa0\x80", 3, false, 0},
        {"\xf4\x90\x80\x80", 4, false, 0}, /* surrogate, beyond the last plane */
        {"\xe2\x82", 2, false, 0},
        {"\xe0\x80\x80", 3, false, 0},
        {"x\x80", 2, false, 1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t at = 0;
        cr_assert_eq(str_is_utf8(rows[i].text, rows[i].len, &at), rows[i].good, "row %zu", i);
        cr_assert_eq(at, rows[i].at, "row %zu", i);
    }
}

Test(str, distance_counts_edits_and_swaps)
{
    cr_assert_eq(str_distance("", ""), 0);
    cr_assert_eq(str_distance("abc", ""), 3);
    cr_assert_eq(str_distance("kitten", "sitting"), 3);
    cr_assert_eq(str_distance("recv_window", "recv_windwo"), 1);
    cr_assert_eq(str_distance("ab", "ba"), 1);
    cr_assert_eq(str_distance("plugin", "plugin"), 0);
}

static const char *guess_of(const char *word)
{
    static const char *const known[] = {"api_key", "api_secret", "recv_window", "symbols"};
    struct str_guess guess = str_guess_init(word);

    for (size_t i = 0; i < 4; i++) {
        str_guess_try(&guess, known[i]);
    }
    return guess.best;
}

Test(str, guesses_the_near_and_not_the_far)
{
    cr_assert_str_eq(guess_of("api_kye"), "api_key");
    cr_assert_str_eq(guess_of("symbol"), "symbols");
    cr_assert_str_eq(guess_of("apisecret"), "api_secret");
    cr_assert_null(guess_of("leverage"));
    cr_assert_null(guess_of("x"));
}

Test(str, text_grows_and_formats)
{
    struct text text = {0};

    cr_assert_str_eq(text_get(&text), "");
    for (int i = 0; i < 1000; i++) {
        text_addf(&text, "%d,", i);
    }
    text_add(&text, "end");
    cr_assert_eq(text.status, 0);
    cr_assert_eq(strlen(text_get(&text)), text.len);
    cr_assert_str_eq(text_get(&text) + text.len - 7, "999,end");
    text_clear(&text);
    cr_assert_str_eq(text_get(&text), "");
    text_add_n(&text, "abc", 2);
    cr_assert_str_eq(text_get(&text), "ab");
    text_release(&text);
    cr_assert_null(text.data);
}
