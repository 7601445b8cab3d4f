#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sofia/kit/decimal.h>

#include "jsonl.h"

#define NS_PER_S INT64_C(1000000000)

static void name_of(struct sofia_text *text, const char *name)
{
    sofia_text_str(text, ",\"");
    sofia_text_str(text, name);
    sofia_text_str(text, "\":");
}

static int is_continuation(unsigned char byte)
{
    return (byte & 0xc0u) == 0x80u;
}

/* Length of the valid UTF-8 sequence at p; 0: there is none. Overlong forms, surrogates and what is
 * beyond Unicode show in the second byte. */
static size_t sequence_len(const unsigned char *p, size_t len)
{
    size_t need = p[0] < 0x80u ? 1u : p[0] < 0xe0u ? 2u : p[0] < 0xf0u ? 3u : 4u;

    if (need == 1) {
        return 1;
    }
    if (p[0] < 0xc2u || p[0] > 0xf4u || need > len) {
        return 0;
    }
    for (size_t i = 1; i < need; i++) {
        if (!is_continuation(p[i])) {
            return 0;
        }
    }
    if ((p[0] == 0xe0u && p[1] < 0xa0u) || (p[0] == 0xedu && p[1] > 0x9fu) ||
        (p[0] == 0xf0u && p[1] < 0x90u) || (p[0] == 0xf4u && p[1] > 0x8fu)) {
        return 0;
    }
    return need;
}

void field_chars(struct sofia_text *text, const char *name, const char *chars, size_t cap)
{
    size_t len = strnlen(chars, cap);
    size_t at = 0;

    name_of(text, name);
    sofia_text_char(text, '"');
    while (at < len) {
        size_t step = sequence_len((const unsigned char *)chars + at, len - at);

        if (step == 0) {
            sofia_text_str(text, "\\ufffd");
            at++;
        } else {
            sofia_text_json(text, (struct sofia_slice){.at = chars + at, .len = step});
            at += step;
        }
    }
    sofia_text_char(text, '"');
}

void field_text(struct sofia_text *text, const char *name, const char *value)
{
    field_chars(text, name, value, strlen(value));
}

void field_bool(struct sofia_text *text, const char *name, uint32_t value)
{
    name_of(text, name);
    sofia_text_str(text, value ? "true" : "false");
}

void field_number(struct sofia_text *text, const char *name, uint32_t value)
{
    name_of(text, name);
    sofia_text_u64(text, value);
}

void field_u64(struct sofia_text *text, const char *name, uint64_t value)
{
    name_of(text, name);
    sofia_text_char(text, '"');
    sofia_text_u64(text, value);
    sofia_text_char(text, '"');
}

void field_decimal(struct sofia_text *text, const char *name, struct sofia_decimal value)
{
    field_wide(text, name, sofia_wide_of(value));
}

void field_wide(struct sofia_text *text, const char *name, struct sofia_wide value)
{
    name_of(text, name);
    if (sofia_wide_is_absent(value)) {
        sofia_text_str(text, "null");
        return;
    }
    sofia_text_char(text, '"');
    sofia_text_wide(text, value);
    sofia_text_char(text, '"');
}

static int print_utc(int64_t ts_ns, char *buf, size_t cap)
{
    int64_t rest_ns = ts_ns % NS_PER_S;
    time_t seconds = 0;
    struct tm parts;
    size_t len = 0;

    if (rest_ns < 0) {
        rest_ns += NS_PER_S;
    }
    seconds = (time_t)((ts_ns - rest_ns) / NS_PER_S);
    if (gmtime_r(&seconds, &parts) == NULL) {
        return SOFIA_EINVAL;
    }
    len = strftime(buf, cap, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(buf + len, cap - len, ".%09uZ", (unsigned)rest_ns);
    return SOFIA_OK;
}

void field_time(struct sofia_text *text, const char *name, int64_t ts_ns)
{
    char utc[64] = "";

    name_of(text, name);
    if (ts_ns == 0 || print_utc(ts_ns, utc, sizeof(utc)) != SOFIA_OK) {
        sofia_text_str(text, "null");
    } else {
        sofia_text_json_str(text, sofia_slice_of(utc));
    }
    sofia_text_str(text, ",\"");
    sofia_text_str(text, name);
    sofia_text_str(text, "_ns\":");
    if (ts_ns == 0) {
        sofia_text_str(text, "null");
        return;
    }
    sofia_text_char(text, '"');
    sofia_text_i64(text, ts_ns);
    sofia_text_char(text, '"');
}

void field_word(struct sofia_text *text, const char *name, uint32_t value, const char *const *words,
                uint32_t count)
{
    if (value < count && words[value] != NULL) {
        field_text(text, name, words[value]);
        return;
    }
    name_of(text, name);
    sofia_text_char(text, '"');
    sofia_text_u64(text, value);
    sofia_text_char(text, '"');
}
