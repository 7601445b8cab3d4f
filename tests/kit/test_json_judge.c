/* cJSON as the judge: on generated and on mutated messages both must agree about what is JSON and
 * what it says. cJSON is more lenient in a few known places; those are named below, and nothing
 * else is excused. */
#include <criterion/criterion.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/json.h>
#include <sofia/kit/text.h>

#include "draw.h"

static cJSON *judge_parse(const char *text, size_t len)
{
    return cJSON_ParseWithLengthOpts(text, len + 1, NULL, 1);
}

static void compare(struct sofia_json *cur, const cJSON *judge, const char *text);

static void compare_string(struct sofia_slice raw, const char *judge, const char *text)
{
    char buf[512];
    size_t len = 0;
    cr_assert_eq(sofia_json_unescape(raw, buf, sizeof buf, &len), 0, "%s", text);
    cr_assert_str_eq(buf, judge, "%s", text);
    cr_assert(strlen(buf) != len || sofia_json_is(raw, judge), "%s", text);
}

static void compare_number(struct sofia_slice token, const cJSON *judge, const char *text)
{
    /* The judge has doubles only, so this is as far as it can judge; exactness has its own tests.
     */
    char copy[128];
    cr_assert_lt(token.len, sizeof copy);
    memcpy(copy, token.at, token.len);
    copy[token.len] = '\0';
    char *end = NULL;
    double value = strtod(copy, &end);
    cr_assert_eq(*end, '\0');
    cr_assert(value == judge->valuedouble, "%s", text);
    struct sofia_json cur;
    int64_t integer = 0;
    sofia_json_init(&cur, token.at, token.len);
    if (sofia_json_i64(&cur, &integer) == 0) {
        cr_assert((double)integer == judge->valuedouble, "%s", text);
    }
    struct sofia_decimal exact;
    sofia_json_init(&cur, token.at, token.len);
    if (sofia_json_decimal(&cur, &exact) == 0) {
        char printed[SOFIA_DECIMAL_TEXT];
        cr_assert_gt(sofia_decimal_print(exact, printed, sizeof printed), 0);
        cr_assert(strtod(printed, NULL) == judge->valuedouble, "%s", text);
    }
}

static void compare_container(struct sofia_json *cur, const cJSON *judge, const char *text)
{
    const cJSON *child = judge->child;
    struct sofia_slice key;
    if (cJSON_IsObject(judge)) {
        cr_assert_eq(sofia_json_enter_object(cur), 0, "%s", text);
        while (sofia_json_next_key(cur, &key)) {
            cr_assert_not_null(child, "%s", text);
            compare_string(key, child->string, text);
            compare(cur, child, text);
            child = child->next;
        }
    } else {
        cr_assert_eq(sofia_json_enter_array(cur), 0, "%s", text);
        while (sofia_json_next_element(cur)) {
            cr_assert_not_null(child, "%s", text);
            compare(cur, child, text);
            child = child->next;
        }
    }
    cr_assert_null(child, "%s", text);
}

static void compare(struct sofia_json *cur, const cJSON *judge, const char *text)
{
    struct sofia_slice slice;
    uint32_t flag = 7;
    if (cJSON_IsObject(judge) || cJSON_IsArray(judge)) {
        compare_container(cur, judge, text);
    } else if (cJSON_IsString(judge)) {
        cr_assert_eq(sofia_json_string(cur, &slice), 0, "%s", text);
        compare_string(slice, judge->valuestring, text);
    } else if (cJSON_IsNumber(judge)) {
        cr_assert_eq(sofia_json_peek(cur), SOFIA_JSON_NUMBER, "%s", text);
        cr_assert_eq(sofia_json_raw(cur, &slice), 0, "%s", text);
        compare_number(slice, judge, text);
    } else if (cJSON_IsBool(judge)) {
        cr_assert_eq(sofia_json_bool(cur, &flag), 0, "%s", text);
        cr_assert_eq(flag, (uint32_t)cJSON_IsTrue(judge), "%s", text);
    } else {
        cr_assert(sofia_json_null(cur), "%s", text);
    }
}

/* Where cJSON 1.7 takes what RFC 8259 does not allow: bytes below 0x20 anywhere, a byte order mark
 * and invalid UTF-8, numbers as strtod reads them (leading zeros, no digit on one side of the
 * point), \u with bytes behind it that are not hex (taken for U+0000), and depth. */
static int judge_is_lenient(const char *text, const struct sofia_json *cur)
{
    size_t offset = cur->error_at;
    char at = text[offset];
    char before = offset > 0 ? text[offset - 1] : '\0';
    int in_number =
        before == '.' || (before == '-' && at == '.') || (before == '0' && at >= '0' && at <= '9');
    int in_hex = 0;
    for (size_t back = 2; back <= 5 && back <= offset; back++) {
        in_hex |= memcmp(text + offset - back, "\\u", 2) == 0;
    }
    return cur->status == SOFIA_JSON_EDEPTH || (unsigned char)at < 0x20 ||
           (unsigned char)at >= 0x80 || (unsigned char)before >= 0x80 || in_number || in_hex;
}

struct tally {
    int agreed_valid;
    int agreed_invalid;
    int excused;
};

static void judge_text(const char *text, size_t len, struct tally *tally)
{
    struct sofia_json cur;
    sofia_json_init(&cur, text, len);
    int status = sofia_json_finish(&cur);
    cJSON *judge = judge_parse(text, len);
    if (status == 0) {
        cr_assert_not_null(judge, "only we take: %s", text);
        sofia_json_init(&cur, text, len);
        compare(&cur, judge, text);
        cr_assert_eq(sofia_json_finish(&cur), 0);
        tally->agreed_valid++;
    } else if (judge != NULL) {
        cr_assert(judge_is_lenient(text, &cur), "only the judge takes (at %zu): %s", cur.error_at,
                  text);
        tally->excused++;
    } else {
        tally->agreed_invalid++;
    }
    cJSON_Delete(judge);
}

/* ---- messages ---- */

static void add_space(struct draw *draw, struct sofia_text *out)
{
    if (draw_below(draw, 8) == 0) {
        sofia_text_char(out, " \n\t\r"[draw_below(draw, 4)]);
    }
}

static void add_string(struct draw *draw, struct sofia_text *out)
{
    static const char *pieces[] = {
        "a",
        "BTCUSDT",
        "60000.10",
        "\\n",
        "\\\"",
        "\\\\",
        "\\/",
        "\\u00e9",
        "\\u20AC",
        " ",
        "\xc3\xa9",
        "\\ud83d\\ude00",
        "{[,:]}",
        "0.1",
        "\\t",
        "\\u0041",
        "\xf0\x9f\x98\x80",
    };
    sofia_text_char(out, '"');
    for (uint32_t i = draw_below(draw, 4); i > 0; i--) {
        sofia_text_str(out, pieces[draw_below(draw, sizeof pieces / sizeof pieces[0])]);
    }
    sofia_text_char(out, '"');
}

static void add_number(struct draw *draw, struct sofia_text *out)
{
    sofia_text_decimal(out, draw_decimal(draw, -12, 6));
    if (draw_below(draw, 6) == 0) {
        sofia_text_str(out, draw_below(draw, 2) == 0 ? "e-" : "E+");
        sofia_text_u64(out, draw_below(draw, 20));
    }
}

static void add_value(struct draw *draw, struct sofia_text *out, int depth)
{
    static const char *words[] = {"true", "false", "null"};
    uint32_t kind = draw_below(draw, depth > 4 ? 6 : 10);
    add_space(draw, out);
    if (kind < 2) {
        add_string(draw, out);
    } else if (kind < 5) {
        add_number(draw, out);
    } else if (kind < 6) {
        sofia_text_str(out, words[draw_below(draw, 3)]);
    } else {
        int object = kind < 8;
        sofia_text_char(out, object ? '{' : '[');
        for (uint32_t i = draw_below(draw, 4), first = 1; i > 0; i--, first = 0) {
            sofia_text_str(out, first ? "" : ",");
            add_space(draw, out);
            if (object) {
                add_string(draw, out);
                add_space(draw, out);
                sofia_text_char(out, ':');
            }
            add_value(draw, out, depth + 1);
        }
        add_space(draw, out);
        sofia_text_char(out, object ? '}' : ']');
    }
    add_space(draw, out);
}

#define ROUNDS 20000

Test(json_judge, agrees_on_generated_messages)
{
    static char room[1 << 16];
    struct draw draw = {.state = 31};
    struct tally tally = {0};
    for (int i = 0; i < ROUNDS; i++) {
        struct sofia_text out;
        sofia_text_init(&out, room, sizeof room);
        add_value(&draw, &out, 0);
        cr_assert_eq(sofia_text_status(&out), 0);
        judge_text(room, out.len, &tally);
    }
    cr_assert_eq(tally.agreed_valid, ROUNDS);
}

static const char *const messages[] = {
    "{\"e\":\"trade\",\"E\":1672515782136,\"s\":\"BTCUSDT\",\"t\":12345,\"p\":\"60000.10\",\"q\":"
    "\"0.00100000\",\"T\":1672515782136,\"m\":true,\"M\":false}",
    "{\"lastUpdateId\":1027024,\"bids\":[[\"4.00000000\",\"431.00000000\"]],\"asks\":[[\"4.0000\","
    "\"12.0\"],[]]}",
    "{\"symbol\":\"BTCUSDT\",\"orderId\":28,\"orderListId\":-1,\"clientOrderId\":\"6gCrw2kR\","
    "\"price\":\"0.1\",\"fills\":[{\"price\":\"4000.0\",\"tradeId\":56}],\"n\":null}",
    "{\"code\":-1121,\"msg\":\"Invalid \\\"symbol\\\".\\u00e9\\ud83d\\ude00\\n\"}",
    "[0.5, -0, 1e-8, 1.25E+3, {\"a\":{}}, [[]], \"\\\\\", true, null]",
};

/* Swaps, drops, doubles and overwrites bytes, mostly with those that mean something. */
static size_t mutate(struct draw *draw, char *text, size_t len)
{
    static const char bytes[] = "{}[],:\"\\0123456789.-+eEtrufalsn \n\t/ud8\x01\x80\xc3";
    for (uint32_t i = 1 + draw_below(draw, 3); i > 0 && len > 1; i--) {
        size_t at = draw_below(draw, (uint32_t)len);
        switch (draw_below(draw, 4)) {
        case 0:
            text[at] = bytes[draw_below(draw, sizeof bytes - 1)];
            break;
        case 1:
            memmove(text + at, text + at + 1, len - at - 1);
            len--;
            break;
        case 2:
            memmove(text + at + 1, text + at, len - at);
            len++;
            break;
        default: {
            size_t other = draw_below(draw, (uint32_t)len);
            char held = text[at];
            text[at] = text[other];
            text[other] = held;
            break;
        }
        }
    }
    text[len] = '\0';
    return len;
}

Test(json_judge, agrees_on_mutated_messages)
{
    struct draw draw = {.state = 32};
    struct tally tally = {0};
    for (int i = 0; i < 10 * ROUNDS; i++) {
        char text[512];
        const char *message = messages[draw_below(&draw, sizeof messages / sizeof messages[0])];
        size_t len = strlen(message);
        memcpy(text, message, len + 1);
        len = mutate(&draw, text, len);
        judge_text(text, len, &tally);
    }
    cr_assert_gt(tally.agreed_valid, ROUNDS);
    cr_assert_gt(tally.agreed_invalid, ROUNDS);
    cr_assert_lt(tally.excused, ROUNDS);
}
