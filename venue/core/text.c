#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory)
{
    if (memory == NULL) {
        abort();
    }
    return memory;
}

void *vn_alloc(size_t size)
{
    return checked(calloc(1, size));
}

void *vn_grow(void *old, size_t count, size_t *cap, size_t item)
{
    if (count < *cap) {
        return old;
    }
    size_t more = *cap == 0 ? 8 : *cap * 2;
    while (more <= count) {
        more *= 2;
    }
    *cap = more;
    return checked(realloc(old, more * item));
}

char *vn_copy(const char *text, size_t len)
{
    char *copy = vn_alloc(len + 1);
    memcpy(copy, text, len);
    return copy;
}

void vn_text_release(struct vn_text *t)
{
    free(t->data);
    memset(t, 0, sizeof(*t));
}

void vn_text_clear(struct vn_text *t)
{
    t->len = 0;
    if (t->data != NULL) {
        t->data[0] = '\0';
    }
}

char *vn_text_take(struct vn_text *t)
{
    char *data = t->data == NULL ? vn_alloc(1) : t->data;
    memset(t, 0, sizeof(*t));
    return data;
}

static void reserve(struct vn_text *t, size_t more)
{
    if (t->len + more + 1 <= t->cap) {
        return;
    }
    size_t cap = t->cap == 0 ? 256 : t->cap;
    while (cap < t->len + more + 1) {
        cap *= 2;
    }
    t->data = checked(realloc(t->data, cap));
    t->cap = cap;
}

void vn_text_add_n(struct vn_text *t, const char *bytes, size_t len)
{
    reserve(t, len);
    memcpy(t->data + t->len, bytes, len);
    t->len += len;
    t->data[t->len] = '\0';
}

void vn_text_add(struct vn_text *t, const char *text)
{
    vn_text_add_n(t, text, strlen(text));
}

void vn_text_add_char(struct vn_text *t, char c)
{
    vn_text_add_n(t, &c, 1);
}

void vn_text_addf(struct vn_text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (need > 0) {
        reserve(t, (size_t)need);
        vsnprintf(t->data + t->len, (size_t)need + 1, format, again);
        t->len += (size_t)need;
    }
    va_end(again);
}

void vn_text_add_u64(struct vn_text *t, uint64_t value)
{
    char digits[24];
    size_t n = sizeof(digits);
    do {
        digits[--n] = (char)('0' + (int)(value % 10));
        value /= 10;
    } while (value > 0);
    vn_text_add_n(t, digits + n, sizeof(digits) - n);
}

void vn_text_add_i64(struct vn_text *t, int64_t value)
{
    if (value < 0) {
        vn_text_add_char(t, '-');
    }
    vn_text_add_u64(t, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void vn_text_add_json(struct vn_text *t, const char *text)
{
    vn_text_add_char(t, '"');
    const char *from = text;
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        vn_text_add_n(t, from, (size_t)(p - from));
        if (c < 0x20) {
            vn_text_addf(t, "\\u%04x", (unsigned)c);
        } else {
            vn_text_add_char(t, '\\');
            vn_text_add_char(t, (char)c);
        }
        from = p + 1;
    }
    vn_text_add(t, from);
    vn_text_add_char(t, '"');
}

void vn_text_add_fixed(struct vn_text *t, int64_t value, int places)
{
    char buf[VN_AMOUNT_TEXT];
    vn_text_add_char(t, '"');
    vn_text_add(t, vn_fixed_print(value, places, buf));
    vn_text_add_char(t, '"');
}

void vn_text_add_amount(struct vn_text *t, amount_t value, int places)
{
    char buf[VN_AMOUNT_TEXT];
    vn_text_add_char(t, '"');
    vn_text_add(t, vn_amount_print(value, places, buf));
    vn_text_add_char(t, '"');
}

void vn_text_add_plain(struct vn_text *t, amount_t value)
{
    char buf[VN_AMOUNT_TEXT];
    vn_text_add_char(t, '"');
    vn_text_add(t, vn_amount_print_plain(value, buf));
    vn_text_add_char(t, '"');
}

void vn_text_trim_comma(struct vn_text *t)
{
    if (t->len > 0 && t->data[t->len - 1] == ',') {
        t->data[--t->len] = '\0';
    }
}

void vn_text_insert(struct vn_text *t, const char *behind, const char *what)
{
    char *at = t->data == NULL ? NULL : strstr(t->data, behind);
    if (at == NULL) {
        return;
    }
    struct vn_text changed = {0};
    at += strlen(behind);
    vn_text_add_n(&changed, t->data, (size_t)(at - t->data));
    vn_text_add(&changed, what);
    vn_text_add(&changed, at);
    vn_text_release(t);
    *t = changed;
}
