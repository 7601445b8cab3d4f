/* Where time comes from: a table of two functions, so that a run can be stepped by hand.
 *
 *     clock_real()                the machine's clocks
 *     clock_sim_init(&sim, t0)    stands still until a test moves it; pass &sim.clock
 *
 * now_ns is wall time, nanoseconds since 1970 UTC; it may step backwards. mono_ns only grows and
 * has no meaning beyond this boot; every interval, age and deadline uses it.
 *
 * Owner: clock_real belongs to nobody; a simulated clock to its creator. Thread: the real clock
 * any; a simulated one the stepping thread only.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_NS_PER_US INT64_C(1000)
#define CLOCK_NS_PER_MS INT64_C(1000000)
#define CLOCK_NS_PER_S INT64_C(1000000000)
#define CLOCK_NS_PER_DAY (INT64_C(86400) * CLOCK_NS_PER_S)

struct clock {
    int64_t (*now_ns)(struct clock *clock);
    int64_t (*mono_ns)(struct clock *clock);
};

struct clock_sim {
    struct clock clock; /* first: the functions find the rest from it */
    int64_t wall_ns;
    int64_t steady_ns;
};

struct clock *clock_real(void);

static inline int64_t clock_now_ns(struct clock *clock)
{
    return clock->now_ns(clock);
}

static inline int64_t clock_mono_ns(struct clock *clock)
{
    return clock->mono_ns(clock);
}

/* Monotonic time starts at one second, so that 0 can mean "never". */
void clock_sim_init(struct clock_sim *sim, int64_t now_ns);
void clock_sim_advance(struct clock_sim *sim,
                       int64_t delta_ns); /* both clocks; negative is ignored */
void clock_sim_set_wall(struct clock_sim *sim,
                        int64_t now_ns); /* a step of wall time alone, also backwards */

/* "2026-03-01T12:00:00.123456789Z", always 30 characters; cap >= CLOCK_UTC_TEXT. Years 0000-9999,
 * else ERR_LIMIT. No tz files are read, which gmtime_r may do. Returns 0 or a status. */
#define CLOCK_UTC_TEXT 31
int clock_print_utc(int64_t ts_ns, char *buf, size_t cap);

/* Start of the UTC day that contains ts_ns. */
int64_t clock_day_start_ns(int64_t ts_ns);

#endif
