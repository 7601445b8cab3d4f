/* Private to the kit: the tokens of JSON, shared by the cursor and the stream.
 *
 * A scanner gets the whole text and an offset. If it likes what stands there it moves the offset
 * behind it and returns 0; else it leaves the offset at the byte that is wrong and returns
 * SOFIA_JSON_ESYNTAX, or SOFIA_JSON_EEND at the end of the text.
 *
 * Owner: the caller. Thread: any.
 */
#ifndef SOFIA_KIT_JSON_CORE_H
#define SOFIA_KIT_JSON_CORE_H

#include <stddef.h>
#include <stdint.h>

#include <sofia/kit/json.h>

/* What kind of value begins with this byte; SOFIA_JSON_NONE if none does. */
static inline uint32_t sofia_json_kind(char c)
{
    switch (c) {
    case '{':
        return SOFIA_JSON_OBJECT;
    case '[':
        return SOFIA_JSON_ARRAY;
    case '"':
        return SOFIA_JSON_STRING;
    case 't':
    case 'f':
        return SOFIA_JSON_BOOL;
    case 'n':
        return SOFIA_JSON_NULL;
    default:
        return c == '-' || (c >= '0' && c <= '9') ? SOFIA_JSON_NUMBER : SOFIA_JSON_NONE;
    }
}

int sofia_json_scan_string(const char *text, size_t len, size_t *at); /* with both quotes */
int sofia_json_scan_number(const char *text, size_t len, size_t *at);
int sofia_json_scan_word(const char *text, size_t len, size_t *at); /* true, false, null */

/* One escape, beginning with its backslash, to one code point. A surrogate pair is one escape. */
int sofia_json_scan_escape(const char *text, size_t len, size_t *at, uint32_t *ret_point);

/* The cursor's inside, for the value functions: stand before a value of this kind; take the token
 * that stands here (not a container); record an error at an offset. */
int sofia_json_expect(struct sofia_json *cur, uint32_t kind);
int sofia_json_take(struct sofia_json *cur, uint32_t kind, struct sofia_slice *ret_token);
int sofia_json_fail_at(struct sofia_json *cur, int status, size_t at);

static inline int sofia_json_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

#endif
