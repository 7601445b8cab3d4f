/* Values out of the cursor, and strings out of their escapes. */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "decimal_core.h"
#include "json_core.h"

static int take(struct sofia_json *cur, uint32_t kind, struct sofia_slice *ret_token)
{
    int status = sofia_json_expect(cur, kind);
    return status != 0 ? status : sofia_json_take(cur, kind, ret_token);
}

static int unfit(struct sofia_json *cur, struct sofia_slice token)
{
    return sofia_json_fail_at(cur, SOFIA_JSON_EVALUE, (size_t)(token.at - cur->text));
}

int sofia_json_string(struct sofia_json *cur, struct sofia_slice *ret_raw)
{
    struct sofia_slice token;
    int status = take(cur, SOFIA_JSON_STRING, &token);
    if (status == 0) {
        ret_raw->at = token.at + 1;
        ret_raw->len = token.len - 2;
    }
    return status;
}

int sofia_json_i64(struct sofia_json *cur, int64_t *ret_value)
{
    struct sofia_slice token;
    int status = take(cur, SOFIA_JSON_NUMBER, &token);
    if (status == 0 && sofia_slice_i64(token, ret_value) != 0) {
        return unfit(cur, token);
    }
    return status;
}

int sofia_json_u64(struct sofia_json *cur, uint64_t *ret_value)
{
    struct sofia_slice token;
    int status = take(cur, SOFIA_JSON_NUMBER, &token);
    if (status == 0 && sofia_slice_u64(token, ret_value) != 0) {
        return unfit(cur, token);
    }
    return status;
}

int sofia_json_bool(struct sofia_json *cur, uint32_t *ret_value)
{
    struct sofia_slice token;
    int status = take(cur, SOFIA_JSON_BOOL, &token);
    if (status == 0) {
        *ret_value = token.at[0] == 't';
    }
    return status;
}

int sofia_json_null(struct sofia_json *cur)
{
    struct sofia_slice token;
    return sofia_json_peek(cur) == SOFIA_JSON_NULL &&
           sofia_json_take(cur, SOFIA_JSON_NULL, &token) == 0;
}

/* The text of a decimal: a number token, or the inside of a string. */
static int take_number_text(struct sofia_json *cur, struct sofia_slice *ret_token, int *ret_quoted)
{
    int quoted = sofia_json_peek(cur) == SOFIA_JSON_STRING;
    int status =
        quoted ? sofia_json_string(cur, ret_token) : take(cur, SOFIA_JSON_NUMBER, ret_token);
    *ret_quoted = quoted;
    return status;
}

/* 12.5e-3, known to be a JSON number: the part before the e, then the exponent moved. */
static int parse_scientific(struct sofia_slice token, size_t e, struct sofia_wide *ret_value)
{
    struct sofia_wide value;
    int status = sofia_wide_parse(token.at, e, &value);
    if (status != 0) {
        return status;
    }
    size_t at = e + 1;
    int negative = token.at[at] == '-';
    at += token.at[at] == '-' || token.at[at] == '+';
    int shift = 0;
    for (; at < token.len; at++) {
        /* 1000 is far outside and far from overflow. */
        shift = shift < 1000 ? shift * 10 + (token.at[at] - '0') : shift;
    }
    return sofia_wide_make(value.hi < 0, sofia_mag128(&value),
                           value.exponent + (negative ? -shift : shift), ret_value);
}

static size_t find_e(struct sofia_slice token)
{
    for (size_t i = 0; i < token.len; i++) {
        if (token.at[i] == 'e' || token.at[i] == 'E') {
            return i;
        }
    }
    return token.len;
}

int sofia_json_wide(struct sofia_json *cur, struct sofia_wide *ret_value)
{
    struct sofia_slice token;
    int quoted = 0;
    int status = take_number_text(cur, &token, &quoted);
    if (status != 0) {
        return status;
    }
    size_t e = quoted ? token.len : find_e(token);
    status = e < token.len ? parse_scientific(token, e, ret_value)
                           : sofia_wide_parse(token.at, token.len, ret_value);
    return status != 0 ? unfit(cur, token) : 0;
}

int sofia_json_decimal(struct sofia_json *cur, struct sofia_decimal *ret_value)
{
    struct sofia_slice token;
    int quoted = 0;
    int status = take_number_text(cur, &token, &quoted);
    if (status != 0) {
        return status;
    }
    size_t e = quoted ? token.len : find_e(token);
    if (e < token.len) {
        struct sofia_wide wide;
        status = parse_scientific(token, e, &wide);
        status = status != 0 ? status : sofia_wide_narrow(wide, ret_value);
    } else {
        status = sofia_decimal_parse(token.at, token.len, ret_value);
    }
    return status != 0 ? unfit(cur, token) : 0;
}

static size_t put_utf8(uint32_t point, char out[4])
{
    if (point < 0x80u) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800u) {
        out[0] = (char)(0xc0u | point >> 6);
        out[1] = (char)(0x80u | (point & 63u));
        return 2;
    }
    if (point < 0x10000u) {
        out[0] = (char)(0xe0u | point >> 12);
        out[1] = (char)(0x80u | (point >> 6 & 63u));
        out[2] = (char)(0x80u | (point & 63u));
        return 3;
    }
    out[0] = (char)(0xf0u | point >> 18);
    out[1] = (char)(0x80u | (point >> 12 & 63u));
    out[2] = (char)(0x80u | (point >> 6 & 63u));
    out[3] = (char)(0x80u | (point & 63u));
    return 4;
}

/* The next stretch of a raw string: the bytes up to an escape, or one escape resolved into room. */
static int next_stretch(struct sofia_slice raw, size_t *at, char room[4],
                        struct sofia_slice *ret_part)
{
    const char *begin = raw.at + *at;
    const char *slash = memchr(begin, '\\', raw.len - *at);
    if (slash != begin) {
        ret_part->at = begin;
        ret_part->len = slash == NULL ? raw.len - *at : (size_t)(slash - begin);
        *at += ret_part->len;
        return 0;
    }
    uint32_t point = 0;
    if (sofia_json_scan_escape(raw.at, raw.len, at, &point) != 0) {
        return SOFIA_JSON_ESYNTAX;
    }
    ret_part->at = room;
    ret_part->len = put_utf8(point, room);
    return 0;
}

int sofia_json_unescape(struct sofia_slice raw, char *buf, size_t cap, size_t *ret_len)
{
    size_t len = 0;
    size_t at = 0;
    if (cap == 0) {
        return SOFIA_JSON_ESPACE;
    }
    while (at < raw.len) {
        char room[4];
        struct sofia_slice part;
        int status = next_stretch(raw, &at, room, &part);
        if (status != 0) {
            return status;
        }
        if (part.len > cap - 1 - len) {
            return SOFIA_JSON_ESPACE;
        }
        memcpy(buf + len, part.at, part.len);
        len += part.len;
    }
    buf[len] = '\0';
    *ret_len = len;
    return 0;
}

int sofia_json_is(struct sofia_slice raw, const char *text)
{
    /* Most comparisons of a walk fail, and fail here. */
    if (raw.len > 0 && raw.at[0] != '\\' && raw.at[0] != text[0]) {
        return 0;
    }
    struct sofia_slice want = sofia_slice_of(text);
    if (raw.len == 0 || memchr(raw.at, '\\', raw.len) == NULL) {
        return sofia_slice_equal(raw, want);
    }
    size_t at = 0;
    while (at < raw.len) {
        char room[4];
        struct sofia_slice part;
        if (next_stretch(raw, &at, room, &part) != 0 || part.len > want.len ||
            memcmp(part.at, want.at, part.len) != 0) {
            return 0;
        }
        want.at += part.len;
        want.len -= part.len;
    }
    return want.len == 0;
}
