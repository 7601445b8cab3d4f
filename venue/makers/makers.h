/* Who else trades here: house accounts that quote a ladder around a wandering fair price and now and then take.
 * Deterministic by seed and time; bounded: at most VN_MAKER_LEVELS orders per side and symbol, nothing is kept.
 * Owner: struct venue. Thread: the caller's. */
#ifndef SOFIA_VENUE_MAKERS_MAKERS_H
#define SOFIA_VENUE_MAKERS_MAKERS_H

#include "../inside.h"

#define VN_MAKER_LEVELS 20

void vn_makers_new(struct venue *v, int64_t now_ns);
void vn_makers_tick(struct venue *v, int64_t now_ns); /* once per VN_TICK_NS */
void vn_makers_free(struct venue *v);

#endif
