/* Arithmetic on the exact numbers of <sofia/decimal.h>. Static helpers, no allocation, no locale,
 * no errno.
 *
 * Life of a number:
 *
 *     text --parse--> decimal --mul--> wide --quantize (rounding named)--> wide --print--> text
 *
 * Rules that hold for every function:
 *   - exact, or refused: a result that does not fit gives SOFIA_KIT_ERANGE, one that would need
 *     rounding where no rounding was named gives SOFIA_KIT_EINEXACT.
 *   - the output is untouched on failure.
 *   - an absent operand gives SOFIA_KIT_EABSENT (comparison: see there). It is never zero.
 *   - results are canonical: the exponent is the one nearest to zero at which the value is exact.
 *     So a fraction has no trailing zeros, an integer that fits its shape has exponent 0, and
 *     zero is {0, 0}. Equal results are equal bytes. Operands need not be canonical.
 *   - an operand whose exponent is neither absent nor in -36 .. 18 gives SOFIA_KIT_ERANGE.
 *
 * Owner: the caller. Thread: any.
 */
#ifndef SOFIA_KIT_DECIMAL_H
#define SOFIA_KIT_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#include <sofia/decimal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Status of every kit function: 0 or one of these. */
#define SOFIA_KIT_EPARSE (-1)   /* the text is not a plain decimal number */
#define SOFIA_KIT_ERANGE (-2)   /* the result does not fit its shape */
#define SOFIA_KIT_EINEXACT (-3) /* the result needs rounding and SOFIA_ROUND_EXACT was asked */
#define SOFIA_KIT_EABSENT (-4)  /* an operand is absent */
#define SOFIA_KIT_EZERO (-5)    /* division by zero, step of zero */
#define SOFIA_KIT_ESPACE (-6)   /* the buffer is too small */

/* Rounding is always named. TOWARD_ZERO is what a venue's step needs for a quantity; FLOOR and
 * CEILING are what a passive price needs (bid down, ask up); HALF_EVEN is for display. A value that
 * is none of these acts as EXACT. */
#define SOFIA_ROUND_EXACT 1u
#define SOFIA_ROUND_TOWARD_ZERO 2u
#define SOFIA_ROUND_AWAY 3u
#define SOFIA_ROUND_FLOOR 4u
#define SOFIA_ROUND_CEILING 5u
#define SOFIA_ROUND_HALF_EVEN 6u

/* Longest text any value prints to, with sign, point and NUL. */
#define SOFIA_DECIMAL_TEXT 64

/* ---- the narrow shape ---- */

struct sofia_decimal sofia_decimal_absent(void);

/* mantissa * 10^exponent in canonical form; absent if that is out of range. */
struct sofia_decimal sofia_decimal_of(int64_t mantissa, int exponent);

/* [-] digits [. digits], at least one digit on each side of a point that is there; no '+',
 * exponent, space, NaN, leading point. Leading zeros are accepted (venues print them). len is the
 * exact length; no NUL is needed. */
int sofia_decimal_parse(const char *text, size_t len, struct sofia_decimal *ret_value);

/* Plain digits, never an exponent; no trailing zeros. Returns the length written (without the NUL)
 * or a status. The _fixed variant prints exactly `places` (0 .. 36) fractional digits and fails
 * with EINEXACT if that would lose one; its text can be up to 96 bytes long. */
int sofia_decimal_print(struct sofia_decimal value, char *buf, size_t cap);
int sofia_decimal_print_fixed(struct sofia_decimal value, int places, char *buf, size_t cap);

int sofia_decimal_is_absent(struct sofia_decimal value);
int sofia_decimal_is_zero(struct sofia_decimal value); /* 0 for absent */
int sofia_decimal_sign(struct sofia_decimal value);    /* -1 0 1; 0 for absent */

/* By value: -1, 0, 1. Absent sorts below everything and equals absent, so that tables can be
 * sorted; a limit check must ask is_absent first. */
int sofia_decimal_cmp(struct sofia_decimal a, struct sofia_decimal b);

int sofia_decimal_neg(struct sofia_decimal a, struct sofia_decimal *ret_value);
int sofia_decimal_abs(struct sofia_decimal a, struct sofia_decimal *ret_value);
int sofia_decimal_add(struct sofia_decimal a, struct sofia_decimal b,
                      struct sofia_decimal *ret_value);
int sofia_decimal_sub(struct sofia_decimal a, struct sofia_decimal b,
                      struct sofia_decimal *ret_value);
int sofia_decimal_mul(struct sofia_decimal a, struct sofia_decimal b, struct sofia_wide *ret_value);

/* Grid work. is_multiple: 1, 0 or a status (EZERO for a step of zero: the caller decides what "no
 * rule" means). The sign of the step does not matter; zero is a multiple of every step. */
int sofia_decimal_is_multiple(struct sofia_decimal value, struct sofia_decimal step);
int sofia_decimal_to_step(struct sofia_decimal value, struct sofia_decimal step, uint32_t rounding,
                          struct sofia_decimal *ret_value);

/* The mantissa of value at 10^exponent: 1.23 at -4 is 12300. EINEXACT if digits would be lost. */
int sofia_decimal_rescale(struct sofia_decimal value, int exponent, int64_t *ret_mantissa);

/* ---- the wide shape ---- */

struct sofia_wide sofia_wide_absent(void);
struct sofia_wide sofia_wide_zero(void);
struct sofia_wide sofia_wide_of(struct sofia_decimal value); /* absent stays absent */
int sofia_wide_parse(const char *text, size_t len, struct sofia_wide *ret_value);
int sofia_wide_print(struct sofia_wide value, char *buf, size_t cap);
int sofia_wide_print_fixed(struct sofia_wide value, int places, char *buf, size_t cap);
int sofia_wide_is_absent(struct sofia_wide value);
int sofia_wide_is_zero(struct sofia_wide value);
int sofia_wide_sign(struct sofia_wide value);
int sofia_wide_cmp(struct sofia_wide a, struct sofia_wide b);
int sofia_wide_neg(struct sofia_wide a, struct sofia_wide *ret_value);
int sofia_wide_abs(struct sofia_wide a, struct sofia_wide *ret_value);
int sofia_wide_add(struct sofia_wide a, struct sofia_wide b, struct sofia_wide *ret_value);
int sofia_wide_sub(struct sofia_wide a, struct sofia_wide b, struct sofia_wide *ret_value);

/* Products and quotients are rounded to 10^exponent with the named rounding (EXACT: refused if
 * inexact). The intermediate is wide enough for any operands, so only the result can be out of
 * range. */
int sofia_wide_mul(struct sofia_wide a, struct sofia_wide b, int exponent, uint32_t rounding,
                   struct sofia_wide *ret_value);
int sofia_wide_div(struct sofia_wide a, struct sofia_wide b, int exponent, uint32_t rounding,
                   struct sofia_wide *ret_value);
int sofia_wide_quantize(struct sofia_wide value, int exponent, uint32_t rounding,
                        struct sofia_wide *ret_value);

/* To the narrow shape: exact or ERANGE; use quantize first to round. */
int sofia_wide_narrow(struct sofia_wide value, struct sofia_decimal *ret_value);

#ifdef __cplusplus
}
#endif
#endif
