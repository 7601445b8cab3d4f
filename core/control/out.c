#include "control/out.h"

#include <string.h>

#include "base/clock.h"

#include "base/banned.h"

static void escaped(struct text *text, const char *value)
{
    size_t len = strlen(value);
    size_t at = 0;
    while (at < len) {
        size_t good = 0;
        if (str_is_utf8(value + at, len - at, &good)) {
            good = len - at;
        }
        for (size_t i = at; i < at + good; i++) {
            unsigned char byte = (unsigned char)value[i];
            if (byte == '"' || byte == '\\') {
                text_addf(text, "\\%c", byte);
            } else if (byte < 0x20 || byte == 0x7f) {
                text_addf(text, "\\u%04x", byte);
            } else {
                text_add_n(text, value + i, 1);
            }
        }
        at += good;
        if (at < len) {
            text_add(text, "\\ufffd");
            at++;
        }
    }
}

static void begin(struct text *text, const char *key)
{
    char last = text->len == 0 ? '{' : text->data[text->len - 1];
    if (last != '{' && last != '[' && last != ':') {
        text_add(text, ",");
    }
    if (key != NULL) {
        text_addf(text, "\"%s\":", key);
    }
}

void out_open(struct text *text, const char *key, char bracket)
{
    begin(text, key);
    text_add_n(text, &bracket, 1);
}

void out_close(struct text *text, char bracket)
{
    text_add_n(text, &bracket, 1);
}

void out_str(struct text *text, const char *key, const char *value)
{
    begin(text, key);
    text_add(text, "\"");
    escaped(text, value == NULL ? "" : value);
    text_add(text, "\"");
}

void out_amount(struct text *text, const char *key, const char *value)
{
    if (value == NULL || value[0] == '\0') {
        begin(text, key);
        text_add(text, "null");
        return;
    }
    out_str(text, key, value);
}

void out_u64(struct text *text, const char *key, uint64_t value)
{
    begin(text, key);
    text_addf(text, "%llu", (unsigned long long)value);
}

void out_i64(struct text *text, const char *key, int64_t value)
{
    begin(text, key);
    text_addf(text, "%lld", (long long)value);
}

void out_bool(struct text *text, const char *key, bool value)
{
    begin(text, key);
    text_add(text, value ? "true" : "false");
}

void out_id(struct text *text, const char *key, uint64_t value)
{
    begin(text, key);
    text_addf(text, "\"%llu\"", (unsigned long long)value);
}

void out_time(struct text *text, const char *key, int64_t ts_ns)
{
    char utc[CLOCK_UTC_TEXT];
    char key_ns[64];
    (void)str_format(key_ns, sizeof(key_ns), "%s_ns", key);
    if (ts_ns <= 0 || clock_print_utc(ts_ns, utc, sizeof(utc)) != 0) {
        out_amount(text, key, "");
        out_amount(text, key_ns, "");
        return;
    }
    out_str(text, key, utc);
    out_id(text, key_ns, (uint64_t)ts_ns);
}
