/* Moments as venues write them: RFC 3339 in UTC, "2026-01-01T00:00:03.123456Z", and nanoseconds since
 * the epoch, which is how Sofia counts.
 *
 * Owner: the caller. Thread: any. Allocation, locale, time zone data: none.
 */
#ifndef SOFIA_KIT_TIME_H
#define SOFIA_KIT_TIME_H

#include <stddef.h>
#include <stdint.h>

#include <sofia/kit/text.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SOFIA_TIME_TEXT 32

/* The whole slice: date, 'T' or a space, time, up to 9 fractional digits, and 'Z' or "+00:00".
 * EPARSE for anything else, for a date that does not exist, and for years that do not fit
 * (1678 .. 2262); the output is untouched then. */
int sofia_time_parse(struct sofia_slice text, int64_t *ret_ns);

/* "2026-01-01T00:00:03.123Z": milliseconds, cut off. Returns the length or ESPACE. */
int sofia_time_print(int64_t ns, char *buf, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
