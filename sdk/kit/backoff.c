/* Exponential backoff. The generator is splitmix64: eight bytes of state, every seed is good, also
 * 0. */
#include <sofia/kit/backoff.h>

__extension__ typedef unsigned __int128 u128;

static int64_t between(int64_t value, int64_t least, int64_t most)
{
    if (value < least) {
        return least;
    }
    return value > most ? most : value;
}

static uint64_t next_random(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void sofia_backoff_init(struct sofia_backoff *backoff, int64_t first_ns, int64_t max_ns,
                        uint32_t jitter_pct, uint64_t seed)
{
    int64_t most = between(max_ns, 1, SOFIA_BACKOFF_MOST_NS);
    int64_t first = between(first_ns, 1, most);
    struct sofia_backoff fresh = {
        .first_ns = first,
        .max_ns = most,
        .ceiling_ns = first,
        .random = seed,
        .jitter_pct = jitter_pct > 100 ? 100 : jitter_pct,
    };
    *backoff = fresh;
}

int64_t sofia_backoff_next_ns(struct sofia_backoff *backoff)
{
    int64_t ceiling = backoff->ceiling_ns;
    /* A day in ns times 100 is far below 2^63. */
    uint64_t spread = (uint64_t)ceiling * backoff->jitter_pct / 100u;
    /* The high half of a product maps 64 random bits to 0 .. spread without the bias of a modulo.
     */
    uint64_t off = (uint64_t)(((u128)next_random(&backoff->random) * (spread + 1u)) >> 64);
    backoff->ceiling_ns = ceiling > backoff->max_ns / 2 ? backoff->max_ns : ceiling * 2;
    if (backoff->attempts < UINT32_MAX) {
        backoff->attempts++;
    }
    int64_t delay = ceiling - (int64_t)off;
    return delay < 1 ? 1 : delay;
}

void sofia_backoff_reset(struct sofia_backoff *backoff)
{
    backoff->ceiling_ns = backoff->first_ns;
    backoff->attempts = 0;
}
