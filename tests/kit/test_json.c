#include <criterion/criterion.h>

#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/json.h>

#include "draw.h"

/* The status of a text that is only validated, and where it failed. */
static int status_of(const char *text, size_t len, size_t *ret_at)
{
    struct sofia_json cur;
    sofia_json_init(&cur, text, len);
    int status = sofia_json_finish(&cur);
    *ret_at = cur.error_at;
    return status;
}

Test(json, a_message_is_walked_in_any_order_of_keys)
{
    static const char *texts[] = {
        "{\"e\":\"trade\",\"t\":12345,\"p\":\"60000.10\",\"q\":0.5,\"m\":true,\"x\":null}",
        " { \"x\" : null , \"m\":true,\n\"q\":5e-1,\t\"p\":\"60000.1\",\"zz\":[1,{\"p\":9}],\r"
        "\"t\":12345,\"e\":\"trade\"} ",
    };
    for (size_t i = 0; i < 2; i++) {
        struct sofia_json cur;
        struct sofia_slice key;
        struct sofia_slice event = {.len = 0};
        struct sofia_decimal price = sofia_decimal_absent();
        struct sofia_decimal qty = sofia_decimal_absent();
        uint64_t id = 0;
        uint32_t maker = 0;
        int was_null = 0;
        sofia_json_init(&cur, texts[i], strlen(texts[i]));
        sofia_json_enter_object(&cur);
        while (sofia_json_next_key(&cur, &key)) {
            if (sofia_json_is(key, "e")) {
                sofia_json_string(&cur, &event);
            } else if (sofia_json_is(key, "t")) {
                sofia_json_u64(&cur, &id);
            } else if (sofia_json_is(key, "p")) {
                sofia_json_decimal(&cur, &price);
            } else if (sofia_json_is(key, "q")) {
                sofia_json_decimal(&cur, &qty);
            } else if (sofia_json_is(key, "m")) {
                sofia_json_bool(&cur, &maker);
            } else if (sofia_json_is(key, "x")) {
                was_null = sofia_json_null(&cur);
            }
        }
        cr_assert_eq(sofia_json_finish(&cur), 0);
        cr_assert(sofia_slice_is(event, "trade"));
        cr_assert_eq(id, 12345);
        cr_assert_eq(sofia_decimal_cmp(price, dec("60000.1")), 0);
        cr_assert_eq(sofia_decimal_cmp(qty, dec("0.5")), 0);
        cr_assert_eq(maker, 1);
        cr_assert_eq(was_null, 1);
    }
}

Test(json, nested_containers_are_walked)
{
    const char *text = "{\"bids\":[[\"10\",\"1\"],[\"9\",\"2\"]],\"asks\":[],\"n\":{}}";
    struct sofia_json cur;
    struct sofia_slice key;
    struct sofia_decimal sum = sofia_decimal_of(0, 0);
    int levels = 0;
    int members = 0;
    sofia_json_init(&cur, text, strlen(text));
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        members++;
        if (sofia_json_peek(&cur) != SOFIA_JSON_ARRAY) {
            continue;
        }
        sofia_json_enter_array(&cur);
        while (sofia_json_next_element(&cur)) {
            levels++;
            sofia_json_enter_array(&cur);
            while (sofia_json_next_element(&cur)) {
                struct sofia_decimal value;
                cr_assert_eq(sofia_json_decimal(&cur, &value), 0);
                cr_assert_eq(sofia_decimal_add(sum, value, &sum), 0);
            }
        }
    }
    cr_assert_eq(sofia_json_finish(&cur), 0);
    cr_assert_eq(levels, 2);
    cr_assert_eq(members, 3);
    cr_assert_str_eq(dec_text(sum), "22");
}

Test(json, leave_skips_the_rest_of_one_container)
{
    const char *text = "{\"a\":[1,[2,3],{\"b\":4}],\"c\":5}";
    struct sofia_json cur;
    struct sofia_slice key;
    int64_t value = 0;
    sofia_json_init(&cur, text, strlen(text));
    sofia_json_enter_object(&cur);
    cr_assert(sofia_json_next_key(&cur, &key));
    sofia_json_enter_array(&cur);
    cr_assert(sofia_json_next_element(&cur));
    cr_assert_eq(sofia_json_leave(&cur), 0);
    cr_assert(sofia_json_next_key(&cur, &key));
    cr_assert(sofia_json_is(key, "c"));
    cr_assert_eq(sofia_json_i64(&cur, &value), 0);
    cr_assert_eq(value, 5);
    cr_assert_not(sofia_json_next_key(&cur, &key));
    cr_assert_eq(sofia_json_finish(&cur), 0);
}

Test(json, finish_validates_what_was_not_walked)
{
    const char *text = "{\"a\":[1,2],\"b\":[1,}";
    struct sofia_json cur;
    struct sofia_slice key;
    sofia_json_init(&cur, text, strlen(text));
    sofia_json_enter_object(&cur);
    cr_assert(sofia_json_next_key(&cur, &key));
    sofia_json_enter_array(&cur);
    cr_assert_eq(sofia_json_finish(&cur), SOFIA_JSON_ESYNTAX);
    cr_assert_eq(cur.error_at, strlen(text) - 1);
}

Test(json, valid_texts)
{
    static const char *texts[] = {
        "0",
        "-0",
        "-1.5e+3",
        "1E5",
        "\"\"",
        "true",
        "false",
        "null",
        "[]",
        "{}",
        " [ ] ",
        "[[],{}]",
        "{\"\":0}",
        "\"\\u0000\"",
        "\"\x7f\"",
        "[1 ,2]",
        "\"\xc3\xa9\"",
        "\"\xf0\x9f\x98\x80\"",
        "\"\\/\"",
        "123456789012345678901234567890.123456789e-99",
        "{\"a\":1,\"a\":2}",
        "\"\\ud83d\\ude00\"",
        "\t\r\n null \n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t at = 0;
        cr_assert_eq(status_of(texts[i], strlen(texts[i]), &at), 0, "%s at %zu", texts[i], at);
    }
}

struct refusal {
    const char *text;
    int status;
    size_t at;
};

Test(json, invalid_texts_and_where)
{
    static const struct refusal refusals[] = {
        {"", SOFIA_JSON_EEND, 0},
        {"  ", SOFIA_JSON_EEND, 2},
        {"NaN", SOFIA_JSON_ESYNTAX, 0},
        {"Infinity", SOFIA_JSON_ESYNTAX, 0},
        {"-Infinity", SOFIA_JSON_ESYNTAX, 1},
        {"nul", SOFIA_JSON_EEND, 3},
        {"nulL", SOFIA_JSON_ESYNTAX, 3},
        {"truex", SOFIA_JSON_ETRAIL, 4},
        {"True", SOFIA_JSON_ESYNTAX, 0},
        {"undefined", SOFIA_JSON_ESYNTAX, 0},
        {"'a'", SOFIA_JSON_ESYNTAX, 0},
        {"{} x", SOFIA_JSON_ETRAIL, 3},
        {"{}{}", SOFIA_JSON_ETRAIL, 2},
        {"1 2", SOFIA_JSON_ETRAIL, 2},
        {"[1,]", SOFIA_JSON_ESYNTAX, 3},
        {"[,1]", SOFIA_JSON_ESYNTAX, 1},
        {"[1 2]", SOFIA_JSON_ESYNTAX, 3},
        {"[1", SOFIA_JSON_EEND, 2},
        {"[1}", SOFIA_JSON_ESYNTAX, 2},
        {"[", SOFIA_JSON_EEND, 1},
        {"]", SOFIA_JSON_ESYNTAX, 0},
        {"{\"a\"}", SOFIA_JSON_ESYNTAX, 4},
        {"{\"a\":}", SOFIA_JSON_ESYNTAX, 5},
        {"{\"a\":1,}", SOFIA_JSON_ESYNTAX, 7},
        {"{a:1}", SOFIA_JSON_ESYNTAX, 1},
        {"{1:1}", SOFIA_JSON_ESYNTAX, 1},
        {"{\"a\":1]", SOFIA_JSON_ESYNTAX, 6},
        {"{\"a\":1", SOFIA_JSON_EEND, 6},
        {"{\"a\" 1}", SOFIA_JSON_ESYNTAX, 5},
        {"{,}", SOFIA_JSON_ESYNTAX, 1},
        {"01", SOFIA_JSON_ETRAIL, 1},
        {"[01]", SOFIA_JSON_ESYNTAX, 2},
        {"-", SOFIA_JSON_EEND, 1},
        {"+1", SOFIA_JSON_ESYNTAX, 0},
        {".5", SOFIA_JSON_ESYNTAX, 0},
        {"1.", SOFIA_JSON_EEND, 2},
        {"[1.]", SOFIA_JSON_ESYNTAX, 3},
        {"1e", SOFIA_JSON_EEND, 2},
        {"[1e+]", SOFIA_JSON_ESYNTAX, 4},
        {"0x10", SOFIA_JSON_ETRAIL, 1},
        {"1.5.5", SOFIA_JSON_ETRAIL, 3},
        {"\"", SOFIA_JSON_EEND, 1},
        {"\"a\\", SOFIA_JSON_EEND, 3},
        {"\"\\x\"", SOFIA_JSON_ESYNTAX, 2},
        {"\"\\u12g4\"", SOFIA_JSON_ESYNTAX, 5},
        {"\"\\u12\"", SOFIA_JSON_ESYNTAX, 5},
        {"\"\n\"", SOFIA_JSON_ESYNTAX, 1},
        {"\"a\tb\"", SOFIA_JSON_ESYNTAX, 2},
        {"\"\\ud83d\"", SOFIA_JSON_ESYNTAX, 7},
        {"\"\\ud83d\\n\"", SOFIA_JSON_ESYNTAX, 8},
        {"\"\\ud83d\\u0041\"", SOFIA_JSON_ESYNTAX, 9},
        {"\"\\ude00\"", SOFIA_JSON_ESYNTAX, 3},
        {"\"\x80\"", SOFIA_JSON_ESYNTAX, 1},
        {"\"\xc0\xaf\"", SOFIA_JSON_ESYNTAX, 1},
        {"\"\xc3\"", SOFIA_JSON_ESYNTAX, 2},
        {"\"\xc3", SOFIA_JSON_EEND, 2},
        {"\"\xe0\x80\x80\"", SOFIA_JSON_ESYNTAX, 2},
        {"\"\xed\xa0\x80\"", SOFIA_JSON_ESYNTAX, 2},
        {"\"\xf4\x90\x80\x80\"", SOFIA_JSON_ESYNTAX, 2},
        {"\"\xf8\x88\x80\x80\x80\"", SOFIA_JSON_ESYNTAX, 1},
        {"\xef\xbb\xbf{}", SOFIA_JSON_ESYNTAX, 0},
        {"/* a */ 1", SOFIA_JSON_ESYNTAX, 0},
        {"\f1", SOFIA_JSON_ESYNTAX, 0},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *want = &refusals[i];
        size_t at = 0;
        cr_assert_eq(status_of(want->text, strlen(want->text), &at), want->status, "%s",
                     want->text);
        cr_assert_eq(at, want->at, "%s: %zu", want->text, at);
    }
    size_t at = 0;
    cr_assert_eq(status_of("{}\0", 3, &at), SOFIA_JSON_ETRAIL);
    cr_assert_eq(status_of("\"a\0b\"", 5, &at), SOFIA_JSON_ESYNTAX);
    cr_assert_eq(at, 2);
    cr_assert_eq(status_of(NULL, 0, &at), SOFIA_JSON_EEND);
}

Test(json, every_beginning_of_a_message_is_cut_and_nothing_else)
{
    const char *text = "{\"a\":[1.5e3,\"x\\u00e9\\ud83d\\ude00\",true,null],\"b\":{\"c\":false}}";
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        size_t at = 0;
        cr_assert_eq(status_of(text, i, &at), SOFIA_JSON_EEND, "%zu", i);
        cr_assert_eq(at, i);
    }
}

Test(json, depth_is_bounded)
{
    char text[2 * SOFIA_JSON_DEPTH + 2];
    size_t at = 0;
    memset(text, '[', SOFIA_JSON_DEPTH);
    memset(text + SOFIA_JSON_DEPTH, ']', SOFIA_JSON_DEPTH);
    cr_assert_eq(status_of(text, 2 * SOFIA_JSON_DEPTH, &at), 0);
    memset(text, '[', SOFIA_JSON_DEPTH + 1);
    memset(text + SOFIA_JSON_DEPTH + 1, ']', SOFIA_JSON_DEPTH + 1);
    cr_assert_eq(status_of(text, sizeof text, &at), SOFIA_JSON_EDEPTH);
    cr_assert_eq(at, SOFIA_JSON_DEPTH);
}

Test(json, the_first_error_sticks)
{
    const char *text = "{\"a\":\"x\",\"b\":2}";
    struct sofia_json cur;
    struct sofia_slice key;
    int64_t value = 7;
    sofia_json_init(&cur, text, strlen(text));
    sofia_json_enter_object(&cur);
    cr_assert(sofia_json_next_key(&cur, &key));
    cr_assert_eq(sofia_json_i64(&cur, &value), SOFIA_JSON_EKIND);
    cr_assert_not(sofia_json_next_key(&cur, &key));
    cr_assert_eq(sofia_json_i64(&cur, &value), SOFIA_JSON_EKIND);
    cr_assert_eq(sofia_json_peek(&cur), SOFIA_JSON_NONE);
    cr_assert_not(sofia_json_null(&cur));
    cr_assert_eq(sofia_json_skip(&cur), SOFIA_JSON_EKIND);
    cr_assert_eq(sofia_json_leave(&cur), SOFIA_JSON_EKIND);
    cr_assert_eq(sofia_json_finish(&cur), SOFIA_JSON_EKIND);
    cr_assert_eq(cur.error_at, 5);
    cr_assert_eq(value, 7);
}

Test(json, calls_that_do_not_fit_the_place_are_refused)
{
    struct sofia_json cur;
    struct sofia_slice key;
    sofia_json_init(&cur, "[1]", 3);
    cr_assert_eq(sofia_json_enter_object(&cur), SOFIA_JSON_EKIND);
    sofia_json_init(&cur, "[1]", 3);
    sofia_json_enter_array(&cur);
    cr_assert_not(sofia_json_next_key(&cur, &key));
    cr_assert_eq(cur.status, SOFIA_JSON_EKIND);
    sofia_json_init(&cur, "{}", 2);
    sofia_json_enter_object(&cur);
    cr_assert_not(sofia_json_next_element(&cur));
    cr_assert_eq(cur.status, SOFIA_JSON_EKIND);
    sofia_json_init(&cur, "1", 1);
    cr_assert_not(sofia_json_next_element(&cur));
    cr_assert_eq(cur.status, SOFIA_JSON_EKIND);
    sofia_json_init(&cur, "1", 1);
    cr_assert_eq(sofia_json_leave(&cur), SOFIA_JSON_EKIND);
    sofia_json_init(&cur, "[1]", 3);
    sofia_json_enter_array(&cur);
    cr_assert_eq(sofia_json_skip(&cur), SOFIA_JSON_EKIND);
}
