/* Writes JSON into a growing text; commas come by themselves.
 *
 *     out_open(text, NULL, '{');  out_str(text, "state", "NEW");  out_close(text, '}');
 *
 * A NULL key writes an element of an array. Texts that are not UTF-8 have their bad bytes replaced, so that the result is
 * always valid. Amounts are strings and an empty one is null: "not known" is not zero.
 *
 * Owner: the caller. Thread: any, one at a time. Errors: text.status, once at the end.
 */
#ifndef CONTROL_OUT_H
#define CONTROL_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

void out_open(struct text *text, const char *key, char bracket);
void out_close(struct text *text, char bracket);
void out_str(struct text *text, const char *key, const char *value);
void out_amount(struct text *text, const char *key, const char *value);
void out_u64(struct text *text, const char *key, uint64_t value);
void out_i64(struct text *text, const char *key, int64_t value);
void out_bool(struct text *text, const char *key, bool value);

/* A number that may exceed 2^53, as a string. */
void out_id(struct text *text, const char *key, uint64_t value);

/* "<key>": RFC 3339 with nanoseconds, "<key>_ns": the same as a string of digits. 0 is null. */
void out_time(struct text *text, const char *key, int64_t ts_ns);

#endif
