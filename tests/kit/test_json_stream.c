#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/json.h>

#include "draw.h"

/* Writes what it is given as "key#index=value;" so that a whole run can be compared as text. */
struct log {
    char text[2048];
    size_t len;
    int stop_after;
    int count;
};

static int32_t write_down(void *ctx, struct sofia_slice key, int64_t index,
                          struct sofia_slice value)
{
    struct log *log = ctx;
    int len = snprintf(log->text + log->len, sizeof log->text - log->len, "%.*s#%d=%.*s;",
                       (int)key.len, key.at, (int)index, (int)value.len, value.at);
    log->len += (size_t)len;
    cr_assert_lt(log->len, sizeof log->text);
    log->count++;
    return log->count == log->stop_after;
}

struct run {
    struct log log;
    int status;
    uint64_t offset;
};

static struct run run(const char *text, size_t len, const char *name, size_t cap, size_t piece)
{
    static char room[4096];
    struct run out = {.log = {.len = 0}};
    struct sofia_json_stream stream;
    cr_assert_leq(cap, sizeof room);
    sofia_json_stream_init(&stream, name, room, cap, write_down, &out.log);
    for (size_t at = 0; at < len; at += piece) {
        /* A copy of its own: a slice into an earlier piece would be found by the sanitizer. */
        size_t part = len - at < piece ? len - at : piece;
        char *copy = malloc(part);
        memcpy(copy, text + at, part);
        (void)sofia_json_stream_feed(&stream, copy, part);
        free(copy);
        (void)sofia_json_stream_feed(&stream, NULL, 0);
    }
    out.status = sofia_json_stream_finish(&stream);
    out.offset = stream.offset;
    return out;
}

#define INFO                                                                                       \
    " {\"timezone\" : \"U\\\"T]C\", \"serverTime\":15652, \"limits\":[{\"a\":[1]}, 2],"            \
    "\"symbols\":[ {\"symbol\":\"A}\",\"f\":[{}]} ,{\"symbol\":\"B\"}, 3,\"x\",null ],"            \
    "\"empty\":{}, \"last\":-1.5e3} "
#define INFO_LOG                                                                                   \
    "timezone#-1=\"U\\\"T]C\";serverTime#-1=15652;limits#-1=[{\"a\":[1]}, 2];"                     \
    "symbols#0={\"symbol\":\"A}\",\"f\":[{}]};symbols#1={\"symbol\":\"B\"};symbols#2=3;"           \
    "symbols#3=\"x\";symbols#4=null;empty#-1={};last#-1=-1.5e3;"

Test(json_stream, the_pieces_make_no_difference)
{
    const char *text = INFO;
    for (size_t piece = 1; piece <= strlen(text); piece++) {
        struct run got = run(text, strlen(text), "symbols", 64, piece);
        cr_assert_eq(got.status, 0, "piece %zu", piece);
        cr_assert_str_eq(got.log.text, INFO_LOG, "piece %zu", piece);
    }
}

Test(json_stream, a_document_that_is_an_array)
{
    const char *text = "[ {\"id\":1} , {\"id\":2},[]]";
    for (size_t piece = 1; piece <= strlen(text); piece++) {
        struct run got = run(text, strlen(text), NULL, 64, piece);
        cr_assert_eq(got.status, 0);
        cr_assert_str_eq(got.log.text, "#0={\"id\":1};#1={\"id\":2};#2=[];");
    }
    cr_assert_eq(run("[]", 2, NULL, 64, 2).status, 0);
}

Test(json_stream, an_error_answer_comes_through_readable)
{
    const char *text = "{\"code\":-1003,\"msg\":\"Way too much\"}";
    const char *want = "code#-1=-1003;msg#-1=\"Way too much\";";
    cr_assert_str_eq(run(text, strlen(text), "symbols", 64, 5).log.text, want);
    cr_assert_str_eq(run(text, strlen(text), NULL, 64, 5).log.text, want);
    cr_assert_eq(run(text, strlen(text), NULL, 64, 5).status, 0);
    const char *null_array = "{\"symbols\":null}";
    cr_assert_str_eq(run(null_array, strlen(null_array), "symbols", 64, 3).log.text,
                     "symbols#-1=null;");
}

Test(json_stream, the_named_array_is_found_by_the_meaning_of_its_key)
{
    const char *text = "{\"\\u0073ymbols\":[1],\"a\":{\"symbols\":[2]}}";
    struct run got = run(text, strlen(text), "symbols", 64, 4);
    cr_assert_eq(got.status, 0);
    cr_assert_str_eq(got.log.text, "\\u0073ymbols#0=1;a#-1={\"symbols\":[2]};");
}

struct refusal {
    const char *text;
    int status;
    uint64_t at;
};

Test(json_stream, what_is_not_json_is_refused_at_the_same_place_in_any_pieces)
{
    static const struct refusal refusals[] = {
        {"", SOFIA_JSON_EEND, 0},
        {"{\"a\":1", SOFIA_JSON_EEND, 6},
        {"{\"symbols\":[{\"a\":1},", SOFIA_JSON_EEND, 20},
        {"{\"symbols\":[{\"a\":1}]", SOFIA_JSON_EEND, 20},
        {"{\"a\":1}x", SOFIA_JSON_ETRAIL, 7},
        {"{\"a\":1}}", SOFIA_JSON_ETRAIL, 7},
        {"{\"a\":tru}", SOFIA_JSON_ESYNTAX, 8},
        {"{\"a\":01}", SOFIA_JSON_ESYNTAX, 6},
        {"{\"a\":1\"b\":2}", SOFIA_JSON_ESYNTAX, 6},
        {"{\"a\":}", SOFIA_JSON_ESYNTAX, 5},
        {"{\"a\"1}", SOFIA_JSON_ESYNTAX, 4},
        {"{\"a\":[1}}", SOFIA_JSON_ESYNTAX, 7},
        {"{\"a\":1,}", SOFIA_JSON_ESYNTAX, 7},
        {"{,\"a\":1}", SOFIA_JSON_ESYNTAX, 1},
        {"{\"a\":\"\\x\"}", SOFIA_JSON_ESYNTAX, 7},
        {"{\"\\x\":1}", SOFIA_JSON_ESYNTAX, 3},
        {"{\"symbols\":[1,]}", SOFIA_JSON_ESYNTAX, 14},
        {"{\"symbols\":[,1]}", SOFIA_JSON_ESYNTAX, 12},
        {"{\"symbols\":[1 2]}", SOFIA_JSON_ESYNTAX, 14},
        {"{\"symbols\":[1}}", SOFIA_JSON_ESYNTAX, 13},
        {"[1]", SOFIA_JSON_EKIND, 0},
        {"null", SOFIA_JSON_EKIND, 0},
        {"x", SOFIA_JSON_ESYNTAX, 0},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *want = &refusals[i];
        size_t len = strlen(want->text);
        for (size_t piece = 1; piece <= len + 1; piece++) {
            struct run got = run(want->text, len, "symbols", 64, piece);
            cr_assert_eq(got.status, want->status, "%s in %zu", want->text, piece);
            cr_assert_eq(got.offset, want->at, "%s in %zu: %u", want->text, piece,
                         (unsigned)got.offset);
        }
    }
}

Test(json_stream, a_value_larger_than_the_buffer_ends_it_in_any_pieces)
{
    const char *text = "{\"a\":1,\"symbols\":[\"12345678\",\"123456789\"]}";
    for (size_t piece = 1; piece <= strlen(text); piece++) {
        struct run got = run(text, strlen(text), "symbols", 10, piece);
        cr_assert_eq(got.status, SOFIA_JSON_ESPACE, "piece %zu", piece);
        cr_assert_eq(got.offset, 29, "piece %zu: %u", piece, (unsigned)got.offset);
        cr_assert_str_eq(got.log.text, "a#-1=1;symbols#0=\"12345678\";");
        cr_assert_eq(run(text, strlen(text), "symbols", 11, piece).status, 0);
    }
}

Test(json_stream, a_key_too_long_is_refused)
{
    char text[128];
    char key[SOFIA_JSON_KEY + 2];
    memset(key, 'k', sizeof key);
    key[SOFIA_JSON_KEY] = '\0';
    int len = snprintf(text, sizeof text, "{\"%s\":1}", key);
    cr_assert_eq(run(text, (size_t)len, "symbols", 128, 7).status, 0);
    key[SOFIA_JSON_KEY] = 'k';
    key[SOFIA_JSON_KEY + 1] = '\0';
    len = snprintf(text, sizeof text, "{\"%s\":1}", key);
    cr_assert_eq(run(text, (size_t)len, "symbols", 128, 7).status, SOFIA_JSON_ESPACE);
}

Test(json_stream, the_callback_can_stop_it)
{
    const char *text = INFO;
    char room[64];
    struct log log = {.stop_after = 4};
    struct sofia_json_stream stream;
    sofia_json_stream_init(&stream, "symbols", room, sizeof room, write_down, &log);
    cr_assert_eq(sofia_json_stream_feed(&stream, text, strlen(text)), SOFIA_JSON_ESTOP);
    cr_assert_eq(log.count, 4);
    cr_assert_eq(sofia_json_stream_feed(&stream, text, strlen(text)), SOFIA_JSON_ESTOP);
    cr_assert_eq(sofia_json_stream_finish(&stream), SOFIA_JSON_ESTOP);
    cr_assert_eq(log.count, 4);
}

static int32_t count_symbols(void *ctx, struct sofia_slice key, int64_t index,
                             struct sofia_slice value)
{
    uint64_t *sum = ctx;
    struct sofia_json cur;
    struct sofia_slice name;
    uint64_t id = 0;
    if (index < 0) {
        return 0;
    }
    cr_assert(sofia_json_is(key, "symbols"));
    sofia_json_init(&cur, value.at, value.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &name)) {
        if (sofia_json_is(name, "id")) {
            sofia_json_u64(&cur, &id);
        }
    }
    cr_assert_eq(sofia_json_finish(&cur), 0);
    cr_assert_eq(id, (uint64_t)index);
    *sum += id;
    return 0;
}

Test(json_stream, five_megabytes_pass_through_two_kilobytes)
{
    char room[2048];
    char piece[2100];
    uint64_t sum = 0;
    struct sofia_json_stream stream;
    sofia_json_stream_init(&stream, "symbols", room, sizeof room, count_symbols, &sum);
    cr_assert_eq(sofia_json_stream_feed(&stream, "{\"symbols\":[", 12), 0);
    for (int i = 0; i < 2800; i++) {
        char padding[1800];
        memset(padding, 'x', sizeof padding);
        int len = snprintf(piece, sizeof piece, "%s{\"pad\":\"%.*s\",\"id\":%d}", i == 0 ? "" : ",",
                           (int)sizeof padding, padding, i);
        /* In two parts, so that each element is cut. */
        cr_assert_eq(sofia_json_stream_feed(&stream, piece, 700), 0);
        cr_assert_eq(sofia_json_stream_feed(&stream, piece + 700, (size_t)len - 700), 0);
    }
    cr_assert_eq(sofia_json_stream_feed(&stream, "]}", 2), 0);
    cr_assert_eq(sofia_json_stream_finish(&stream), 0);
    cr_assert_eq(sum, 2800u * 2799u / 2u);
}
