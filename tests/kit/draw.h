/* Seeded draws for the property tests of the kit: the same numbers on every machine and in every
 * run, so that a failure can be repeated. */
#ifndef TESTS_KIT_DRAW_H
#define TESTS_KIT_DRAW_H

#include <stdint.h>

#include <sofia/kit/decimal.h>

struct draw {
    uint64_t state;
};

uint64_t draw_u64(struct draw *draw);

/* 0 .. below - 1 */
uint32_t draw_below(struct draw *draw, uint32_t below);

/* Mantissas of all lengths, small and extreme ones more often than chance would give; canonical. */
struct sofia_decimal draw_decimal(struct draw *draw, int exponent_min, int exponent_max);
struct sofia_wide draw_wide(struct draw *draw, int exponent_min, int exponent_max);

/* A decimal from its text; the test fails if there is none. */
struct sofia_decimal dec(const char *text);
struct sofia_wide wide(const char *text);

/* The text of a decimal, in one of a few static buffers. */
const char *dec_text(struct sofia_decimal value);
const char *wide_text(struct sofia_wide value);

#endif
