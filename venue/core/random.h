/* Seeded chance (splitmix64). The only source of it in the venue. */
#ifndef SOFIA_VENUE_CORE_RANDOM_H
#define SOFIA_VENUE_CORE_RANDOM_H

#include <stdint.h>

struct vn_random {
    uint64_t state;
};

static inline uint64_t vn_random_next(struct vn_random *r)
{
    uint64_t z = (r->state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/* 0 .. bound-1 */
static inline uint64_t vn_random_below(struct vn_random *r, uint64_t bound)
{
    return bound == 0 ? 0 : vn_random_next(r) % bound;
}

#endif
