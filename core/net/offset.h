/* The venue's clock seen from here: an estimate with the most it can be wrong.
 *
 *        sent ─────────────── rtt ─────────────── received          monotonic
 *                     venue's answer: venue_ns
 *     venue time at `received` lies in [venue_ns, venue_ns + rtt]: the middle, give or take rtt / 2
 *
 * Kept against monotonic time, so a step of the local wall clock changes nothing here; but a step
 * also means that the machine may have slept, during which monotonic time stands still. So
 * offset_check_clock forgets everything when wall and monotonic time disagree about how much time
 * has passed, and offset_add does when the venue's clock has moved.
 *
 * Invariants: no estimate before min_samples samples; the bound grows with the age of the sample it
 * rests on; a lost estimate stays lost until new samples have come. Owner: one per venue account,
 * the engine. Thread: trade. Pure: no clock, no I/O.
 */
#ifndef NET_OFFSET_H
#define NET_OFFSET_H

#include <stdbool.h>
#include <stdint.h>

enum { OFFSET_SAMPLES = 16 };

struct offset_config {
    uint32_t min_samples;  /* 0: 5 */
    int64_t max_bound_ns;  /* a wider estimate is none. 0: 250 ms */
    int64_t max_age_ns;    /* of the sample it rests on. 0: 180 s */
    int64_t max_step_ns;   /* more than that between samples: a clock was moved. 0: 500 ms */
    int64_t resolution_ns; /* of the venue's time stamps. 0: 1 ms */
    uint32_t drift_ppm;    /* how far the two clocks may run apart. 0: 100 */
};

enum offset_state {
    OFFSET_INVALID = 0,
    OFFSET_GOOD = 1,
    OFFSET_TOO_FEW = 2, /* samples, since the start or since a clock moved */
    OFFSET_TOO_OLD = 3,
    OFFSET_TOO_WIDE = 4,
    OFFSET_STATE_COUNT
};

struct offset_sample {
    int64_t recv_mono_ns;
    int64_t half_rtt_ns;
    int64_t ahead_ns; /* venue time - monotonic time */
};

struct offset {
    struct offset_config config;
    struct offset_sample samples[OFFSET_SAMPLES];
    uint32_t count;
    uint32_t next;
    bool has_clock;
    int64_t wall_minus_mono_ns;
    uint64_t steps; /* clocks that moved, since the start */
};

void offset_init(struct offset *offset, const struct offset_config *config); /* NULL: defaults */

/* One question for the venue's time. ERR_INVALID: received before sent. ERR_STALE: the clock was
 * moved; this is the first of the new samples. */
int offset_add(struct offset *offset, int64_t sent_mono_ns, int64_t recv_mono_ns, int64_t venue_ns);

/* Called each turn or so: true when the local clocks disagree about the time passed; then
 * everything is forgotten. */
bool offset_check_clock(struct offset *offset, int64_t wall_ns, int64_t mono_ns);

void offset_forget(struct offset *offset); /* after the venue refused our time stamp */

/* The venue's time now, and the most it can be wrong; untouched unless OFFSET_GOOD. */
enum offset_state offset_venue_ns(const struct offset *offset, int64_t mono_ns,
                                  int64_t *ret_venue_ns, int64_t *ret_bound_ns);

#endif
