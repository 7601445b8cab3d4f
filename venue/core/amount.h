/* Exact amounts of the loopback venue.
 *
 *     price, quantity   int64 at 10^-places of the symbol   (binance: 8 and 8)
 *     amount            128 bit at 10^-18                   (balances, notionals, fees)
 *
 * The venue is the judge of the engine's ledger, so it does not share the engine's decimal code: one bug must not be
 * able to agree with itself. Products of a price and a quantity are exact at 10^-18 as long as the places of both add
 * up to at most 18; what is booked is then rounded once, to the places of the asset, with a named direction.
 *
 * All symbols inside the venue that are not its public interface start with vn_.
 * Owner: values. Thread: any.
 */
#ifndef SOFIA_VENUE_CORE_AMOUNT_H
#define SOFIA_VENUE_CORE_AMOUNT_H

#include <stddef.h>
#include <stdint.h>

__extension__ typedef __int128 amount_t;

#define VN_AMOUNT_PLACES 18
#define VN_AMOUNT_TEXT 64

int64_t vn_pow10(int exponent); /* 0..18 */

/* Plain digits with an optional point; sign only where it is said. 0, -1 not a number, -2 too many decimals or too big. */
int vn_fixed_parse(const char *text, size_t len, int places, int64_t *ret_value);
int vn_amount_parse(const char *text, size_t len,
                    amount_t *ret_value); /* a leading '-' is accepted */

/* Exactly `places` decimals. buf holds VN_AMOUNT_TEXT. Returns buf. */
char *vn_fixed_print(int64_t value, int places, char *buf);
char *vn_amount_print(amount_t value, int places,
                      char *buf); /* digits beyond places must be zero or are cut */

/* All 18 decimals, trailing zeros removed. */
char *vn_amount_print_plain(amount_t value, char *buf);

amount_t vn_amount_of(int64_t value, int places);

/* value to 10^-places, toward zero or away from it (values here are never negative). */
amount_t vn_amount_floor(amount_t value, int places);
amount_t vn_amount_ceil(amount_t value, int places);

/* price * quantity at 10^-18, not rounded. */
amount_t vn_amount_product(int64_t price, int price_places, int64_t qty, int qty_places);

#endif
