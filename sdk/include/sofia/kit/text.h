/* Bytes in the caller's memory: slices to look at, a bounded builder to write with, hex and base64.
 *
 * A slice is a view of bytes that somebody else owns; it is not NUL-terminated. It stays good as
 * long as the memory it was cut from: a slice of a message dies with the message.
 *
 * The builder writes requests, signing payloads and JSON without allocation and without a way to
 * overrun:
 *
 *     struct sofia_text text;
 *     char room[512];
 *     sofia_text_init(&text, room, sizeof room);
 *     sofia_text_str(&text, "/api/v3/order?");
 *     sofia_text_param(&text, "symbol", sofia_slice_of("BTCUSDT"));
 *     sofia_text_str(&text, "&price=");
 *     sofia_text_decimal(&text, price);
 *     if (sofia_text_status(&text) != 0) ...       one check at the end is enough
 *
 *     room  |B|T|C|U|S|D|T|0|...............|      always NUL-terminated (if cap > 0)
 *            <--- len ---->                cap
 *
 * Rules of the builder:
 *   - an append that does not fit writes nothing, sets the status to SOFIA_KIT_ESPACE, and every
 *     later append writes nothing either: the text never has a hole in it.
 *   - a decimal that is absent (or invalid) sets the status in the same way: an order with a price
 *     that is not there must not become text.
 *   - the status is sticky until sofia_text_clear.
 *
 * Owner: the caller, of struct and memory. Thread: any, one at a time. Locale: none, bytes only.
 * Allocation: none. Errors: the codes of <sofia/kit/decimal.h>.
 */
#ifndef SOFIA_KIT_TEXT_H
#define SOFIA_KIT_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include <sofia/decimal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- slices ---- */

struct sofia_slice {
    const char *at; /* may be NULL if len is 0 */
    size_t len;
};

/* The slice of a NUL-terminated text, without the NUL. */
struct sofia_slice sofia_slice_of(const char *text);

/* 1 if the bytes are the same; _is compares with a NUL-terminated text. Not constant in time: never
 * compare secrets with these. */
int sofia_slice_equal(struct sofia_slice a, struct sofia_slice b);
int sofia_slice_is(struct sofia_slice slice, const char *text);
int sofia_slice_begins(struct sofia_slice slice, const char *prefix);

/* Byte order, a prefix before its extension: -1, 0, 1. */
int sofia_slice_cmp(struct sofia_slice a, struct sofia_slice b);

/* The whole slice as an integer: [-] digits, nothing else. EPARSE or ERANGE. Venues
 * send ids in strings. */
int sofia_slice_u64(struct sofia_slice slice, uint64_t *ret_value);
int sofia_slice_i64(struct sofia_slice slice, int64_t *ret_value);

/* ---- the builder ---- */

struct sofia_text {
    char *at;       /* the caller's memory */
    size_t len;     /* bytes written, without the NUL */
    size_t cap;     /* size of the memory; one byte of it is for the NUL */
    int32_t status; /* 0 or the first thing that went wrong */
    uint32_t reserved;
};

/* The memory may be used again after _clear; nothing needs a release. */
void sofia_text_init(struct sofia_text *text, char *room, size_t cap);
void sofia_text_clear(struct sofia_text *text);
int sofia_text_status(const struct sofia_text *text);
struct sofia_slice sofia_text_slice(const struct sofia_text *text);

/* As it is. _str takes a NUL-terminated text. */
void sofia_text_bytes(struct sofia_text *text, const void *bytes, size_t len);
void sofia_text_add(struct sofia_text *text, struct sofia_slice slice);
void sofia_text_str(struct sofia_text *text, const char *str);
void sofia_text_char(struct sofia_text *text, char c);

/* Numbers, plain decimal digits. _fixed prints exactly `places` fractional digits (see
 * sofia_decimal_print_fixed: a digit that would be lost is an error, not rounded away). */
void sofia_text_u64(struct sofia_text *text, uint64_t value);
void sofia_text_i64(struct sofia_text *text, int64_t value);
void sofia_text_decimal(struct sofia_text *text, struct sofia_decimal value);
void sofia_text_decimal_fixed(struct sofia_text *text, struct sofia_decimal value, int places);
void sofia_text_wide(struct sofia_text *text, struct sofia_wide value);

/* Percent-encoding of RFC 3986: A-Z a-z 0-9 - _ . ~ stay, every other byte becomes %XX with
 * upper-case digits. Venues sign this text, so it is exact: a different but equivalent encoding has
 * another signature. */
void sofia_text_percent(struct sofia_text *text, struct sofia_slice slice);

/* The encoding of application/x-www-form-urlencoded: as above, but a space becomes '+'. This is
 * what Python's urlencode writes and what Kraken's examples sign. */
void sofia_text_form(struct sofia_text *text, struct sofia_slice slice);

/* key=value, the value percent-encoded, the key as it is; '&' goes before it unless the text is
 * empty or ends in '?'. */
void sofia_text_param(struct sofia_text *text, const char *key, struct sofia_slice value);

/* The inside of a JSON string, without the quotes: quote, backslash and control bytes are escaped,
 * everything else (UTF-8 included) is copied. _json_str writes the quotes too. */
void sofia_text_json(struct sofia_text *text, struct sofia_slice slice);
void sofia_text_json_str(struct sofia_text *text, struct sofia_slice slice);

/* Lower-case hex; base64 with padding (RFC 4648 section 4); the URL alphabet without padding
 * (section 5, what JSON web tokens use). */
void sofia_text_hex(struct sofia_text *text, const void *bytes, size_t len);
void sofia_text_base64(struct sofia_text *text, const void *bytes, size_t len);
void sofia_text_base64url(struct sofia_text *text, const void *bytes, size_t len);

/* ---- decoding ---- */

/* Strict: an even number of hex digits of either case. EPARSE, or ESPACE if cap is too small; then
 * the buffer holds nothing of use. */
int sofia_hex_decode(struct sofia_slice text, uint8_t *buf, size_t cap, size_t *ret_len);

/* Strict RFC 4648 section 4: padded, no white space, unused bits zero. So one secret has one text,
 * and a truncated one is found out here and not by the venue. EPARSE or ESPACE as above. */
int sofia_base64_decode(struct sofia_slice text, uint8_t *buf, size_t cap, size_t *ret_len);

#ifdef __cplusplus
}
#endif
#endif
