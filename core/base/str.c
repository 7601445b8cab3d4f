#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"

#include "base/banned.h"

int str_copy_n(char *dst, size_t cap, const char *src, size_t len)
{
    if (cap == 0) {
        return ERR_LIMIT;
    }
    size_t n = len < cap ? len : cap - 1;
    memcpy(dst, src, n);
    dst[n] = '\0';
    return n == len ? 0 : ERR_LIMIT;
}

int str_copy(char *dst, size_t cap, const char *src)
{
    return str_copy_n(dst, cap, src, strlen(src));
}

int str_format(char *dst, size_t cap, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int n = vsnprintf(dst, cap, fmt, args);
    va_end(args);
    return n >= 0 && (size_t)n < cap ? 0 : ERR_LIMIT;
}

bool str_eq(const char *a, const char *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    return strcmp(a, b) == 0;
}

bool str_eq_n(const char *a, const char *b, size_t b_len)
{
    return strlen(a) == b_len && memcmp(a, b, b_len) == 0;
}

bool str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix)
{
    size_t len = strlen(text);
    size_t want = strlen(suffix);

    return len >= want && memcmp(text + len - want, suffix, want) == 0;
}

int str_to_i64(const char *text, size_t len, int64_t *ret_value)
{
    bool negative = len > 0 && text[0] == '-';
    size_t i = negative ? 1 : 0;
    int64_t value = 0;

    if (i == len) {
        return ERR_PARSE;
    }
    for (; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return ERR_PARSE;
        }
        int digit = text[i] - '0';
        /* Counted downwards: the most negative number has no positive twin. */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) {
            return ERR_LIMIT;
        }
    }
    if (!negative && value == INT64_MIN) {
        return ERR_LIMIT;
    }
    *ret_value = negative ? value : -value;
    return 0;
}

/* Length of the sequence that begins with this byte and its smallest code point; 0 for a byte that
 * begins none. */
static size_t sequence_length(unsigned char first, uint32_t *ret_least)
{
    if (first < 0x80) {
        *ret_least = 0;
        return 1;
    }
    if (first >= 0xc2 && first < 0xe0) {
        *ret_least = 0x80;
        return 2;
    }
    if (first >= 0xe0 && first < 0xf0) {
        *ret_least = 0x800;
        return 3;
    }
    if (first >= 0xf0 && first < 0xf5) {
        *ret_least = 0x10000;
        return 4;
    }
    return 0;
}

bool str_is_utf8(const char *text, size_t len, size_t *ret_at)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t i = 0;

    while (i < len) {
        uint32_t least = 0;
        size_t n = sequence_length(bytes[i], &least);
        bool good = n > 0 && i + n <= len;
        uint32_t point = good && n > 1 ? bytes[i] & (0xffu >> (n + 1)) : 0;

        for (size_t k = 1; good && k < n; k++) {
            good = (bytes[i + k] & 0xc0) == 0x80;
            point = point << 6 | (bytes[i + k] & 0x3fu);
        }
        if (good && n > 1) {
            good = point >= least && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
        }
        if (!good) {
            if (ret_at != NULL) {
                *ret_at = i;
            }
            return false;
        }
        i += n;
    }
    return true;
}

enum { WORD_MAX = 64 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned str_distance(const char *a, const char *b)
{
    size_t a_len = strnlen(a, WORD_MAX);
    size_t b_len = strnlen(b, WORD_MAX);
    unsigned rows[3][WORD_MAX + 1]; /* the row before last, the last, the present one */
    unsigned *before = rows[0];
    unsigned *last = rows[1];
    unsigned *row = rows[2];

    for (size_t j = 0; j <= b_len; j++) {
        last[j] = (unsigned)j;
        before[j] = 0;
    }
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned cost = a[i - 1] == b[j - 1] ? 0 : 1;
            unsigned best = least(least(row[j - 1] + 1, last[j] + 1), last[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                best = least(best, before[j - 2] + 1);
            }
            row[j] = best;
        }
        unsigned *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[b_len];
}

struct str_guess str_guess_init(const char *word)
{
    /* A third of the word may be wrong; more than that is another word. */
    unsigned tolerance = (unsigned)(strnlen(word, WORD_MAX) + 2) / 3;

    return (struct str_guess){.word = word, .best = NULL, .distance = tolerance + 1};
}

void str_guess_try(struct str_guess *guess, const char *candidate)
{
    unsigned distance = str_distance(guess->word, candidate);

    if (distance < guess->distance) {
        guess->best = candidate;
        guess->distance = distance;
    }
}
