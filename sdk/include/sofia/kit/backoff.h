/* How long to wait before trying again: exponential backoff with jitter.
 *
 * A venue that goes down takes the connections of all its clients with it. If all come back after
 * exactly one second, and then after exactly two, they knock it over again; and a client that
 * retries without pause spends its request budget and is banned. So the wait doubles, and a random
 * part of it is taken off:
 *
 *     try        1      2      3      4      5      6 ...
 *     ceiling    1 s    2 s    4 s    8 s    16 s   30 s   30 s ...     first 1 s, most 30 s
 *     delay      anywhere between (100 - jitter_pct) % of the ceiling and the ceiling
 *
 * With jitter_pct 0 the delays are the ceilings; with 100 ("full jitter") they begin at nearly 0;
 * 50 is a good choice for reconnects: half the wait is certain, the other half spreads the crowd.
 *
 *     struct sofia_backoff wait;
 *     sofia_backoff_init(&wait, 1000000000, 30000000000, 50, seed);
 *     on failure:   timer_start(sofia_backoff_next_ns(&wait));
 *     on success:   sofia_backoff_reset(&wait);      but see below
 *
 * When to reset: not when the connection opens, but when it has proven itself (a login accepted,
 * the first message read, a minute survived). A venue that accepts and hangs up at once would else
 * be tried for ever at the first delay.
 *
 * Deterministic: the same seed and the same calls give the same delays, on every machine, so a run
 * can be replayed. In production the seed must differ between processes and instances (kernel
 * randomness), or the crowd stays in step. A reset starts the delays anew, not the random sequence.
 * The random numbers are no good for anything secret.
 *
 * It neither sleeps nor reads a clock; it computes. It has no last attempt: giving up after so many
 * tries is the caller's policy, `attempts` counts them.
 *
 * Invariants: 1 <= first_ns <= max_ns <= SOFIA_BACKOFF_MOST_NS; 0 <= jitter_pct <= 100;
 * every delay is in 1 .. max_ns.
 *
 * Owner: the caller. Thread: any, one at a time. Allocation: none. Errors: none; values out of
 * range are brought into it by init.
 */
#ifndef SOFIA_KIT_BACKOFF_H
#define SOFIA_KIT_BACKOFF_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One day. A longer wait between tries is a decision, not a backoff. */
#define SOFIA_BACKOFF_MOST_NS INT64_C(86400000000000)

struct sofia_backoff {
    int64_t first_ns;    /* first ceiling */
    int64_t max_ns;      /* last ceiling */
    int64_t ceiling_ns;  /* of the next delay */
    uint64_t random;     /* state of the generator */
    uint32_t jitter_pct; /* how much of a delay is random, in per cent */
    uint32_t attempts;   /* delays given since init or reset; stays at its greatest value */
};

void sofia_backoff_init(struct sofia_backoff *backoff, int64_t first_ns, int64_t max_ns,
                        uint32_t jitter_pct, uint64_t seed);

/* The delay before the next try; counts an attempt and doubles the ceiling. */
int64_t sofia_backoff_next_ns(struct sofia_backoff *backoff);

/* Success: the next delay is a first one again. */
void sofia_backoff_reset(struct sofia_backoff *backoff);

#ifdef __cplusplus
}
#endif
#endif
