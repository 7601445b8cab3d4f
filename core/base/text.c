#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

#include "base/banned.h"

/* Room for more bytes and the terminator. */
static bool grow(struct text *text, size_t more)
{
    if (text->status != 0) {
        return false;
    }
    if (more >= SIZE_MAX / 2 - text->len) {
        text->status = ERR_LIMIT;
        return false;
    }
    size_t need = text->len + more + 1;
    if (need <= text->cap) {
        return true;
    }
    size_t cap = text->cap < 256 ? 256 : text->cap;
    while (cap < need) {
        cap *= 2;
    }
    char *data = realloc(text->data, cap);
    if (data == NULL) {
        text->status = ERR_NOMEM;
        return false;
    }
    text->data = data;
    text->cap = cap;
    return true;
}

void text_add_n(struct text *text, const char *data, size_t len)
{
    if (grow(text, len)) {
        if (len > 0) {
            memcpy(text->data + text->len, data, len);
        }
        text->len += len;
        text->data[text->len] = '\0';
    }
}

void text_add(struct text *text, const char *str)
{
    text_add_n(text, str, strlen(str));
}

void text_addf(struct text *text, const char *fmt, ...)
{
    va_list args;
    va_list again;

    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n > 0 && grow(text, (size_t)n)) {
        (void)vsnprintf(text->data + text->len, (size_t)n + 1, fmt, again);
        text->len += (size_t)n;
    }
    va_end(again);
}

const char *text_get(const struct text *text)
{
    return text->data != NULL ? text->data : "";
}

void text_clear(struct text *text)
{
    text->len = 0;
    text->status = 0;
    if (text->data != NULL) {
        text->data[0] = '\0';
    }
}

void text_release(struct text *text)
{
    if (text != NULL) {
        free(text->data);
        *text = (struct text){0};
    }
}
