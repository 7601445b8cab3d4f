/* The tokens of JSON. */
#include <string.h>

#include "json_core.h"

static int wrong(size_t at, size_t len)
{
    return at < len ? SOFIA_JSON_ESYNTAX : SOFIA_JSON_EEND;
}

static int scan_hex4(const char *text, size_t len, size_t *at, uint32_t *ret_unit)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++, (*at)++) {
        if (*at == len) {
            return SOFIA_JSON_EEND;
        }
        char c = text[*at];
        if (c >= '0' && c <= '9') {
            unit = unit * 16u + (uint32_t)(c - '0');
        } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
            unit = unit * 16u + (uint32_t)((c | 0x20) - 'a' + 10);
        } else {
            return SOFIA_JSON_ESYNTAX;
        }
    }
    *ret_unit = unit;
    return 0;
}

/* Behind "\u": one unit, or two that make one point. A surrogate alone is refused. */
static int scan_unicode(const char *text, size_t len, size_t *at, uint32_t *ret_point)
{
    uint32_t unit = 0;
    size_t first = *at;
    int status = scan_hex4(text, len, at, &unit);
    if (status != 0) {
        return status;
    }
    if (unit < 0xd800u || unit > 0xdfffu) {
        *ret_point = unit;
        return 0;
    }
    if (unit > 0xdbffu) {
        *at = first;
        return SOFIA_JSON_ESYNTAX;
    }
    for (int i = 0; i < 2; i++, (*at)++) {
        if (*at == len || text[*at] != "\\u"[i]) {
            return wrong(*at, len);
        }
    }
    uint32_t low = 0;
    first = *at;
    status = scan_hex4(text, len, at, &low);
    if (status != 0) {
        return status;
    }
    if (low < 0xdc00u || low > 0xdfffu) {
        *at = first;
        return SOFIA_JSON_ESYNTAX;
    }
    *ret_point = 0x10000u + ((unit - 0xd800u) << 10) + (low - 0xdc00u);
    return 0;
}

int sofia_json_scan_escape(const char *text, size_t len, size_t *at, uint32_t *ret_point)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    size_t letter = *at + 1;
    if (letter >= len) {
        *at = len;
        return SOFIA_JSON_EEND;
    }
    if (text[letter] == 'u') {
        *at = letter + 1;
        return scan_unicode(text, len, at, ret_point);
    }
    const char *found = memchr(letters, text[letter], sizeof letters - 1);
    *at = letter;
    if (found == NULL) {
        return SOFIA_JSON_ESYNTAX;
    }
    *at = letter + 1;
    *ret_point = (uint32_t)(unsigned char)meanings[found - letters];
    return 0;
}

/* A sequence of two to four bytes, by the table of the Unicode standard: no overlong forms, no
 * surrogates, nothing above U+10FFFF. */
static int scan_utf8(const char *text, size_t len, size_t *at)
{
    unsigned char lead = (unsigned char)text[*at];
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    int more = 0;
    if (lead >= 0xc2 && lead <= 0xdf) {
        more = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        more = 2;
        low = lead == 0xe0 ? 0xa0 : low;
        high = lead == 0xed ? 0x9f : high;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        more = 3;
        low = lead == 0xf0 ? 0x90 : low;
        high = lead == 0xf4 ? 0x8f : high;
    } else {
        return SOFIA_JSON_ESYNTAX;
    }
    (*at)++;
    for (; more > 0; more--, (*at)++) {
        if (*at == len) {
            return SOFIA_JSON_EEND;
        }
        unsigned char c = (unsigned char)text[*at];
        if (c < low || c > high) {
            return SOFIA_JSON_ESYNTAX;
        }
        low = 0x80;
        high = 0xbf;
    }
    return 0;
}

static int is_plain(char c)
{
    return (signed char)c >= 0x20 && c != '"' && c != '\\';
}

static size_t skip_plain(const char *text, size_t len, size_t at)
{
    while (at < len && is_plain(text[at])) {
        at++;
    }
    return at;
}

int sofia_json_scan_string(const char *text, size_t len, size_t *at)
{
    size_t p = *at + 1;
    int status = 0;
    while (status == 0) {
        p = skip_plain(text, len, p);
        if (p == len) {
            status = SOFIA_JSON_EEND;
        } else if (text[p] == '"') {
            *at = p + 1;
            return 0;
        } else if (text[p] == '\\') {
            uint32_t point = 0;
            status = sofia_json_scan_escape(text, len, &p, &point);
        } else if ((unsigned char)text[p] < 0x20) {
            status = SOFIA_JSON_ESYNTAX;
        } else {
            status = scan_utf8(text, len, &p);
        }
    }
    *at = p;
    return status;
}

static int scan_digits(const char *text, size_t len, size_t *at)
{
    size_t p = *at;
    while (p < len && text[p] >= '0' && text[p] <= '9') {
        p++;
    }
    int status = p > *at ? 0 : wrong(p, len);
    *at = p;
    return status;
}

int sofia_json_scan_number(const char *text, size_t len, size_t *at)
{
    if (text[*at] == '-') {
        (*at)++;
    }
    int status = 0;
    if (*at < len && text[*at] == '0') {
        (*at)++; /* what follows a leading zero is not part of the number, and no token may follow
                    it */
    } else {
        status = scan_digits(text, len, at);
    }
    if (status == 0 && *at < len && text[*at] == '.') {
        (*at)++;
        status = scan_digits(text, len, at);
    }
    if (status == 0 && *at < len && (text[*at] == 'e' || text[*at] == 'E')) {
        (*at)++;
        if (*at < len && (text[*at] == '+' || text[*at] == '-')) {
            (*at)++;
        }
        status = scan_digits(text, len, at);
    }
    return status;
}

int sofia_json_scan_word(const char *text, size_t len, size_t *at)
{
    const char *word = text[*at] == 't' ? "true" : text[*at] == 'f' ? "false" : "null";
    for (; *word != '\0'; word++, (*at)++) {
        if (*at == len || text[*at] != *word) {
            return wrong(*at, len);
        }
    }
    return 0;
}
