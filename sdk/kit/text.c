/* The bounded builder. Every append goes through claim(), the one place that knows about room. */
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/text.h>

#define SOFIA_FIXED_TEXT 96

void sofia_text_init(struct sofia_text *text, char *room, size_t cap)
{
    struct sofia_text fresh = {.at = room, .cap = cap};
    *text = fresh;
    sofia_text_clear(text);
}

void sofia_text_clear(struct sofia_text *text)
{
    text->len = 0;
    text->status = 0;
    if (text->cap > 0) {
        text->at[0] = '\0';
    }
}

int sofia_text_status(const struct sofia_text *text)
{
    return text->status;
}

struct sofia_slice sofia_text_slice(const struct sofia_text *text)
{
    struct sofia_slice slice = {.at = text->at, .len = text->len};
    return slice;
}

static void fail(struct sofia_text *text, int status)
{
    if (text->status == 0) {
        text->status = status;
    }
}

/* Room for len more bytes and the NUL, which is written; NULL if there is none or the builder has
 * failed before. */
static char *claim(struct sofia_text *text, size_t len)
{
    if (text->status != 0) {
        return NULL;
    }
    if (text->cap == 0 || len > text->cap - 1 - text->len) {
        fail(text, SOFIA_KIT_ESPACE);
        return NULL;
    }
    char *at = text->at + text->len;
    text->len += len;
    at[len] = '\0';
    return at;
}

void sofia_text_bytes(struct sofia_text *text, const void *bytes, size_t len)
{
    char *at = claim(text, len);
    if (at != NULL && len > 0) {
        memcpy(at, bytes, len);
    }
}

void sofia_text_add(struct sofia_text *text, struct sofia_slice slice)
{
    sofia_text_bytes(text, slice.at, slice.len);
}

void sofia_text_str(struct sofia_text *text, const char *str)
{
    sofia_text_bytes(text, str, strlen(str));
}

void sofia_text_char(struct sofia_text *text, char c)
{
    sofia_text_bytes(text, &c, 1);
}

static void add_integer(struct sofia_text *text, uint64_t mag, int negative)
{
    char room[24];
    size_t at = sizeof room;
    do {
        room[--at] = (char)('0' + mag % 10u);
        mag /= 10u;
    } while (mag > 0);
    if (negative) {
        room[--at] = '-';
    }
    sofia_text_bytes(text, room + at, sizeof room - at);
}

void sofia_text_u64(struct sofia_text *text, uint64_t value)
{
    add_integer(text, value, 0);
}

void sofia_text_i64(struct sofia_text *text, int64_t value)
{
    add_integer(text, value < 0 ? 0u - (uint64_t)value : (uint64_t)value, value < 0);
}

static void add_printed(struct sofia_text *text, const char *printed, int len)
{
    if (len < 0) {
        fail(text, len);
        return;
    }
    sofia_text_bytes(text, printed, (size_t)len);
}

void sofia_text_decimal(struct sofia_text *text, struct sofia_decimal value)
{
    char room[SOFIA_DECIMAL_TEXT];
    add_printed(text, room, sofia_decimal_print(value, room, sizeof room));
}

void sofia_text_decimal_fixed(struct sofia_text *text, struct sofia_decimal value, int places)
{
    char room[SOFIA_FIXED_TEXT];
    add_printed(text, room, sofia_decimal_print_fixed(value, places, room, sizeof room));
}

void sofia_text_wide(struct sofia_text *text, struct sofia_wide value)
{
    char room[SOFIA_DECIMAL_TEXT];
    add_printed(text, room, sofia_wide_print(value, room, sizeof room));
}

static const char hex_upper[] = "0123456789ABCDEF";
static const char hex_lower[] = "0123456789abcdef";

static int is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

static void add_encoded(struct sofia_text *text, struct sofia_slice slice, int plus)
{
    size_t need = 0;
    for (size_t i = 0; i < slice.len; i++) {
        unsigned char c = (unsigned char)slice.at[i];
        need += is_unreserved(c) || (plus && c == ' ') ? 1 : 3;
    }
    char *out = claim(text, need);
    for (size_t i = 0; out != NULL && i < slice.len; i++) {
        unsigned char c = (unsigned char)slice.at[i];
        if (is_unreserved(c)) {
            *out++ = (char)c;
        } else if (plus && c == ' ') {
            *out++ = '+';
        } else {
            *out++ = '%';
            *out++ = hex_upper[c >> 4];
            *out++ = hex_upper[c & 15u];
        }
    }
}

void sofia_text_percent(struct sofia_text *text, struct sofia_slice slice)
{
    add_encoded(text, slice, 0);
}

void sofia_text_form(struct sofia_text *text, struct sofia_slice slice)
{
    add_encoded(text, slice, 1);
}

void sofia_text_param(struct sofia_text *text, const char *key, struct sofia_slice value)
{
    struct sofia_text before = *text;
    if (text->len > 0 && text->at[text->len - 1] != '?') {
        sofia_text_char(text, '&');
    }
    sofia_text_str(text, key);
    sofia_text_char(text, '=');
    sofia_text_percent(text, value);
    if (text->status != 0 && before.status == 0) {
        /* One append, so all of it or nothing. */
        text->len = before.len;
        if (text->cap > 0) {
            text->at[text->len] = '\0';
        }
    }
}

/* The character behind the backslash, 'u' for the long form, 0 for a byte that stays. */
static char json_escape(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return c < 0x20 ? 'u' : '\0';
    }
}

static void add_json(struct sofia_text *text, struct sofia_slice slice, int quotes)
{
    size_t need = quotes ? 2 : 0;
    for (size_t i = 0; i < slice.len; i++) {
        char escape = json_escape((unsigned char)slice.at[i]);
        need += escape == '\0' ? 1u : escape == 'u' ? 6u : 2u;
    }
    char *out = claim(text, need);
    if (out == NULL) {
        return;
    }
    if (quotes) {
        *out++ = '"';
    }
    for (size_t i = 0; i < slice.len; i++) {
        unsigned char c = (unsigned char)slice.at[i];
        char escape = json_escape(c);
        if (escape == '\0') {
            *out++ = (char)c;
            continue;
        }
        *out++ = '\\';
        *out++ = escape;
        if (escape == 'u') {
            memcpy(out, "00", 2);
            out[2] = hex_lower[c >> 4];
            out[3] = hex_lower[c & 15u];
            out += 4;
        }
    }
    if (quotes) {
        *out = '"';
    }
}

void sofia_text_json(struct sofia_text *text, struct sofia_slice slice)
{
    add_json(text, slice, 0);
}

void sofia_text_json_str(struct sofia_text *text, struct sofia_slice slice)
{
    add_json(text, slice, 1);
}

void sofia_text_hex(struct sofia_text *text, const void *bytes, size_t len)
{
    const unsigned char *in = bytes;
    /* A length whose double wraps cannot be the size of anything. */
    char *out = claim(text, len > SIZE_MAX / 2 ? SIZE_MAX : len * 2);
    for (size_t i = 0; out != NULL && i < len; i++) {
        *out++ = hex_lower[in[i] >> 4];
        *out++ = hex_lower[in[i] & 15u];
    }
}

static const char alphabet_plain[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void add_base64(struct sofia_text *text, const unsigned char *in, size_t len,
                       const char *alphabet, int pad)
{
    size_t tail = len % 3u;
    size_t tail_chars = tail == 0 ? 0 : pad ? 4 : tail + 1;
    char *out = claim(text, len > SIZE_MAX / 2 ? SIZE_MAX : len / 3u * 4u + tail_chars);
    if (out == NULL) {
        return;
    }
    for (; len >= 3; len -= 3, in += 3) {
        uint32_t bits = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
        *out++ = alphabet[bits >> 18];
        *out++ = alphabet[bits >> 12 & 63u];
        *out++ = alphabet[bits >> 6 & 63u];
        *out++ = alphabet[bits & 63u];
    }
    if (tail == 0) {
        return;
    }
    uint32_t bits = (uint32_t)in[0] << 16 | (tail == 2 ? (uint32_t)in[1] << 8 : 0u);
    out[0] = alphabet[bits >> 18];
    out[1] = alphabet[bits >> 12 & 63u];
    if (tail == 2) {
        out[2] = alphabet[bits >> 6 & 63u];
    } else if (pad) {
        out[2] = '=';
    }
    if (pad) {
        out[3] = '=';
    }
}

void sofia_text_base64(struct sofia_text *text, const void *bytes, size_t len)
{
    add_base64(text, bytes, len, alphabet_plain, 1);
}

void sofia_text_base64url(struct sofia_text *text, const void *bytes, size_t len)
{
    add_base64(text, bytes, len, alphabet_url, 0);
}
