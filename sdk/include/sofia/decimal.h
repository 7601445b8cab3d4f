/* Exact numbers: the two decimal shapes that cross the plugin boundary.
 *
 *     value = mantissa * 10^exponent
 *
 *     sofia_decimal   int64 mantissa    prices and quantities on a venue's grid (the decimal of FIX SBE)
 *     sofia_wide      int128 mantissa   totals, fees, products, anything a venue may print with 18 fractional digits
 *
 * Binary floating point cannot hold 0.1, and an order for 0.30000000000000004 is refused or, worse, accepted. So
 * money is decimal from the wire to the report. Two values are compared by value, never by their fields: 1.0 and
 * 1.00 have different fields and are equal. "Not there" is a value of its own (exponent 127), different from zero:
 * a market order has no price, it does not have the price 0.
 *
 * Invariants: exponent is -36 .. 18, or 127 for absent; an absent value has mantissa 0. The reserved bytes are 0.
 * Everything here is plain data: copy it, store it, send it to another process. Arithmetic lives in
 * <sofia/kit/decimal.h>, which every plugin may link statically.
 *
 * Owner: the caller. Thread: any. Errors: none here.
 */
#ifndef SOFIA_DECIMAL_H
#define SOFIA_DECIMAL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SOFIA_EXPONENT_ABSENT 127
#define SOFIA_EXPONENT_MIN (-36)
#define SOFIA_EXPONENT_MAX 18

/* 16 bytes. */
struct sofia_decimal {
    int64_t mantissa;
    int8_t exponent;
    uint8_t reserved[7];
};

/* 24 bytes. The mantissa is two's complement: (hi << 64) | lo. Two words instead of a 128-bit type, because the
 * latter is not standard C and has different alignment in different compilers. */
struct sofia_wide {
    uint64_t lo;
    int64_t hi;
    int8_t exponent;
    uint8_t reserved[7];
};

#ifdef __cplusplus
}
#endif
#endif
