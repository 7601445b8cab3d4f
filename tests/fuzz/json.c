/* Any bytes through the cursor and, in pieces, through the stream: both must agree whether it is
 * JSON, and what they hand out must stand up to a second look.
 *
 * Input: one byte size of the pieces, then the document.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/json.h>
#include <sofia/kit/text.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds) {
        abort();
    }
}

static int validate(const char *text, size_t len)
{
    struct sofia_json cur;
    sofia_json_init(&cur, text, len);
    int status = sofia_json_finish(&cur);
    must(status == 0 || cur.error_at <= len);
    return status;
}

/* Unescaped and escaped again, a string means what it meant. */
static void check_string(struct sofia_slice raw)
{
    static char plain[4096];
    static char quoted[6 * sizeof plain];
    size_t len = 0;
    if (raw.len >= sizeof plain) {
        return;
    }
    must(sofia_json_unescape(raw, plain, raw.len + 1, &len) == 0);
    must(len <= raw.len);
    must(strlen(plain) != len || sofia_json_is(raw, plain));
    struct sofia_text text;
    sofia_text_init(&text, quoted, sizeof quoted);
    struct sofia_slice bytes = {.at = plain, .len = len};
    sofia_text_json_str(&text, bytes);
    must(sofia_text_status(&text) == 0);
    must(validate(quoted, text.len) == 0);
}

/* Takes every value by the function for its kind. */
static void take(struct sofia_json *cur)
{
    struct sofia_slice slice;
    struct sofia_decimal decimal;
    uint32_t flag = 0;
    switch (sofia_json_peek(cur)) {
    case SOFIA_JSON_STRING:
        if (sofia_json_string(cur, &slice) == 0) {
            check_string(slice);
        }
        break;
    case SOFIA_JSON_NUMBER: {
        struct sofia_json look = *cur;
        if (sofia_json_decimal(&look, &decimal) == 0) {
            struct sofia_json wide_look = *cur;
            struct sofia_wide wide;
            must(sofia_json_wide(&wide_look, &wide) == 0);
            must(sofia_wide_cmp(wide, sofia_wide_of(decimal)) == 0);
        }
        (void)sofia_json_skip(cur);
        break;
    }
    case SOFIA_JSON_BOOL:
        must(sofia_json_bool(cur, &flag) != 0 || flag <= 1);
        break;
    default:
        (void)sofia_json_raw(cur, &slice);
        break;
    }
}

static int walk(const char *text, size_t len)
{
    struct sofia_json cur;
    struct sofia_slice key;
    sofia_json_init(&cur, text, len);
    uint32_t kind = sofia_json_peek(&cur);
    if (kind == SOFIA_JSON_OBJECT) {
        (void)sofia_json_enter_object(&cur);
        while (sofia_json_next_key(&cur, &key)) {
            check_string(key);
            take(&cur);
        }
    } else if (kind == SOFIA_JSON_ARRAY) {
        (void)sofia_json_enter_array(&cur);
        while (sofia_json_next_element(&cur)) {
            take(&cur);
        }
    } else {
        take(&cur);
    }
    return sofia_json_finish(&cur);
}

static int32_t on_value(void *ctx, struct sofia_slice key, int64_t index, struct sofia_slice value)
{
    uint32_t *count = ctx;
    (*count)++;
    must(index >= -1);
    must(key.len <= SOFIA_JSON_KEY);
    must(validate(value.at, value.len) == 0);
    return 0;
}

static int stream(const char *text, size_t len, size_t piece)
{
    static char room[1 << 16];
    struct sofia_json_stream in;
    uint32_t count = 0;
    sofia_json_stream_init(&in, "symbols", room, sizeof room, on_value, &count);
    for (size_t at = 0; at < len; at += piece) {
        (void)sofia_json_stream_feed(&in, text + at, len - at < piece ? len - at : piece);
    }
    return sofia_json_stream_finish(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    size_t len = size - 1;
    size_t piece = (size_t)(data[0] % 32u) + 1;
    /* Exactly as large as the document, so that one byte too far is found. */
    char *text = malloc(len == 0 ? 1 : len);
    must(text != NULL);
    memcpy(text, data + 1, len);

    int whole = validate(text, len);
    int walked = walk(text, len);
    must((whole == 0) == (walked == 0));
    int in_pieces = stream(text, len, piece);
    must(in_pieces == stream(text, len, len + 1));
    /* A scalar or an array, and a key that is too long, are JSON but not for this stream; it takes
     * one or two levels more than the cursor. */
    must(whole != 0 || in_pieces == 0 || in_pieces == SOFIA_JSON_EKIND ||
         in_pieces == SOFIA_JSON_ESPACE);
    must(in_pieces != 0 || whole == 0 || whole == SOFIA_JSON_EDEPTH);
    free(text);
    return 0;
}
