/* A JSON scanner that allocates nothing and builds nothing: it walks the caller's text once, from
 * left to right, and hands out slices and exact numbers. For market data and order answers, where
 * a tree of nodes costs more than the message, and where a double must never touch a price.
 *
 *     {"e":"trade","p":"60000.10","q":0.5,"m":true}
 *      ^ cursor: enter_object -> next_key -> decimal -> next_key -> ... -> end of object -> finish
 *
 *     struct sofia_json cur;
 *     struct sofia_slice key;
 *     sofia_json_init(&cur, text, len);
 *     sofia_json_enter_object(&cur);
 *     while (sofia_json_next_key(&cur, &key)) {
 *         if (sofia_json_is(key, "p")) {
 *             sofia_json_decimal(&cur, &price);
 *         } else if (sofia_json_is(key, "fills")) {
 *             sofia_json_enter_array(&cur);
 *             while (sofia_json_next_element(&cur)) { ... }
 *         }                                    a value nobody asked for is skipped by itself
 *     }
 *     if (sofia_json_finish(&cur) != 0) { the message is not JSON, or not the JSON we expect }
 *
 * Invariants:
 *   - The first error is sticky: every later call does nothing and returns it (next_key and
 *     next_element return 0, so loops end). One check, of sofia_json_finish, is enough, provided
 *     that outputs have a value before the walk: a call that fails leaves its output untouched.
 *   - Everything up to the cursor has been validated, what was skipped too. After a finish of 0 the
 *     whole text was strict JSON (RFC 8259): no trailing bytes, comments, NaN, bare words, control
 *     characters in strings, leading zeros, lone surrogates or invalid UTF-8.
 *   - A container that was entered must be walked to its end (next_key or next_element returned 0)
 *     or left with sofia_json_leave before the outer walk goes on.
 *   - Keys may come in any order and more than once; the walk shows each. Keeping the first or the
 *     last is the caller's decision.
 *   - At most SOFIA_JSON_DEPTH containers are open at a time.
 *
 * Owner: the caller, of the cursor and of the text, which must outlive the slices. Thread: any, one
 * at a time. Allocation: none. Locale: none. Errors: the codes below, with an offset.
 */
#ifndef SOFIA_KIT_JSON_H
#define SOFIA_KIT_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <sofia/decimal.h>
#include <sofia/kit/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Containers open at one time, at most. Real messages have five. */
#define SOFIA_JSON_DEPTH 32u

/* Numbers of their own, apart from SOFIA_KIT_*. */
#define SOFIA_JSON_ESYNTAX (-20) /* not JSON at this offset */
#define SOFIA_JSON_EEND (-21)    /* JSON so far, but the text ends here */
#define SOFIA_JSON_ETRAIL (-22)  /* JSON, and then something else */
#define SOFIA_JSON_EDEPTH (-23)  /* too many open containers */
#define SOFIA_JSON_EKIND (-24)   /* JSON, but not the kind of value that was asked for */
#define SOFIA_JSON_EVALUE (-25)  /* the right kind, but does not fit: 1e400, "abc" as a price */
#define SOFIA_JSON_ESPACE (-26)  /* the caller's buffer is too small */
#define SOFIA_JSON_ESTOP (-27)   /* stream: the callback asked to stop */

/* Kinds of value. NONE: there is no value here (an error, or the end of a container). */
#define SOFIA_JSON_NONE 0u
#define SOFIA_JSON_OBJECT 1u
#define SOFIA_JSON_ARRAY 2u
#define SOFIA_JSON_STRING 3u
#define SOFIA_JSON_NUMBER 4u
#define SOFIA_JSON_BOOL 5u
#define SOFIA_JSON_NULL 6u

/* The cursor. Read status and error_at; leave the rest alone. */
struct sofia_json {
    const char *text;
    size_t len;
    size_t at;        /* next byte to look at */
    size_t error_at;  /* offset of the first error */
    int32_t status;   /* 0 or the first error */
    uint32_t objects; /* bit n: the container at depth n + 1 is an object */
    uint32_t depth;   /* open containers */
    uint32_t state;   /* what may come next */
};

void sofia_json_init(struct sofia_json *cur, const char *text, size_t len);

/* Skips whatever is left of all open containers, checks that nothing but white space follows, and
 * returns the sticky status. */
int sofia_json_finish(struct sofia_json *cur);

/* The kind of the value the cursor stands before. Looks at one byte, consumes nothing. */
uint32_t sofia_json_peek(struct sofia_json *cur);

/* ---- containers ---- */

int sofia_json_enter_object(struct sofia_json *cur);
int sofia_json_enter_array(struct sofia_json *cur);

/* 1: the cursor stands before a value, and *ret_key is the raw text of its key (between the quotes,
 * escapes not resolved; compare with sofia_json_is). 0: the container has ended and is left, or
 * there was an error. */
int sofia_json_next_key(struct sofia_json *cur, struct sofia_slice *ret_key);
int sofia_json_next_element(struct sofia_json *cur);

/* Skips to the end of the innermost open container and out of it. */
int sofia_json_leave(struct sofia_json *cur);

/* ---- values; each consumes one ---- */

int sofia_json_skip(struct sofia_json *cur);

/* The text of one value of any kind, from its first byte to its last, validated. To be walked later
 * with a cursor of its own, or passed on. */
int sofia_json_raw(struct sofia_json *cur, struct sofia_slice *ret_value);

/* A string between its quotes, escapes not resolved. The slice is good for ids, symbols and enums,
 * which have no escapes on any venue; people's text goes through sofia_json_unescape. */
int sofia_json_string(struct sofia_json *cur, struct sofia_slice *ret_raw);

/* A number token that is an integer in range: no point, no exponent, no string. */
int sofia_json_i64(struct sofia_json *cur, int64_t *ret_value);
int sofia_json_u64(struct sofia_json *cur, uint64_t *ret_value);

/* "0.10" or 0.10: a decimal from a string or a number token, exactly. A number token may have an
 * exponent (1e-8), a string may not. EVALUE if it does not fit (use _wide for 18 fractional
 * digits) or the string is no number, which includes the empty string. */
int sofia_json_decimal(struct sofia_json *cur, struct sofia_decimal *ret_value);
int sofia_json_wide(struct sofia_json *cur, struct sofia_wide *ret_value);

int sofia_json_bool(struct sofia_json *cur, uint32_t *ret_value); /* 0 or 1 */

/* 1 and consumed if the value is null, else 0 and nothing consumed: for members that may be null,
 * ask this first. */
int sofia_json_null(struct sofia_json *cur);

/* ---- raw strings ---- */

/* Resolves the escapes of a raw slice this cursor gave. Writes UTF-8 and a NUL behind it; the text
 * itself may hold NUL bytes (\u0000), so mind the length. SOFIA_JSON_ESPACE if cap is too small
 * (raw.len + 1 is always enough), SOFIA_JSON_ESYNTAX if the slice is no inside of a JSON string. */
int sofia_json_unescape(struct sofia_slice raw, char *buf, size_t cap, size_t *ret_len);

/* 1 if the raw slice means this NUL-terminated text, escapes resolved: "\u0070" is "p". */
int sofia_json_is(struct sofia_slice raw, const char *text);

/* ---- documents too large to hold ---- */

/* A document comes in pieces of any size (a 5 MB exchangeInfo over HTTP), and only one value of it
 * is held at a time. Two shapes are understood:
 *
 *     array_name "symbols":  {"timezone":"UTC", "rateLimits":[...], "symbols":[ {...}, {...} ]}
 *                             ^ on_value(key "timezone", -1)          ^ on_value("symbols", 0), 1
 *     array_name NULL:       [ {...}, {...} ]         on_value(empty key, 0), 1, 2 ...
 *
 * Each element of the array is delivered by itself, each other top-level member as a whole, in the
 * order of the document. If the named member is not an array, or an object comes where the document
 * was to be an array, the members are delivered: an error answer {"code":-1003,"msg":"..."} comes
 * through readable. A value is delivered complete and validated; walk it with a cursor. A value (or
 * key) larger than the buffer ends the stream with SOFIA_JSON_ESPACE, whatever the pieces were.
 *
 * Values delivered before an error were real, but the document was not: act on them only after
 * sofia_json_stream_finish returned 0, or be able to take it back.
 */

/* Called for each value. The slices are good until the function returns. key is raw; index is -1
 * for a member. Return 0 to go on, anything else to end the stream with SOFIA_JSON_ESTOP. Do not
 * feed the stream from here. */
typedef int32_t sofia_json_value_fn(void *ctx, struct sofia_slice key, int64_t index,
                                    struct sofia_slice value);

/* Longest top-level key, in raw bytes. */
#define SOFIA_JSON_KEY 64u

struct sofia_json_stream {
    const char *array_name; /* the caller's, outlives the stream; may be NULL */
    sofia_json_value_fn *on_value;
    void *ctx;
    char *room;        /* the caller's: holds a value that is cut by a piece's end */
    size_t cap;        /* longest value */
    size_t held;       /* bytes in room */
    uint64_t offset;   /* bytes fed and accepted so far; at an error, where it is */
    uint64_t value_at; /* where the value now being read began */
    int64_t index;     /* of the next element, -1 outside the array */
    int32_t status;    /* 0 or the first error */
    uint32_t state;    /* what may come next */
    uint32_t inside;   /* 0 between values, else which sort of value */
    uint32_t open;     /* containers open inside the value */
    uint32_t quoting;  /* inside the value: 0 outside a string, 1 inside, 2 behind a backslash */
    uint32_t key_len;  /* bytes of key */
    uint32_t in_array; /* 1 in the named array, 2 in a document that is an array */
    uint32_t reserved;
    char key[SOFIA_JSON_KEY];
};

void sofia_json_stream_init(struct sofia_json_stream *stream, const char *array_name, char *room,
                            size_t cap, sofia_json_value_fn *on_value, void *ctx);

/* Returns the sticky status. A piece may be empty and may end anywhere, inside an escape too. */
int sofia_json_stream_feed(struct sofia_json_stream *stream, const char *piece, size_t len);

/* The document is over: 0 if it was complete, SOFIA_JSON_EEND if it was cut. */
int sofia_json_stream_finish(struct sofia_json_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
