#include "net/offset.h"

#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"

#include "base/banned.h"

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value != 0 ? value : otherwise;
}

void offset_init(struct offset *offset, const struct offset_config *config)
{
    *offset = (struct offset){0};
    if (config != NULL) {
        offset->config = *config;
    }
    struct offset_config *c = &offset->config;
    c->min_samples = (uint32_t)or_default(c->min_samples, 5);
    c->min_samples = c->min_samples < OFFSET_SAMPLES ? c->min_samples : OFFSET_SAMPLES;
    c->max_bound_ns = or_default(c->max_bound_ns, 250 * CLOCK_NS_PER_MS);
    c->max_age_ns = or_default(c->max_age_ns, 180 * CLOCK_NS_PER_S);
    c->max_step_ns = or_default(c->max_step_ns, 500 * CLOCK_NS_PER_MS);
    c->resolution_ns = or_default(c->resolution_ns, CLOCK_NS_PER_MS);
    c->drift_ppm = (uint32_t)or_default(c->drift_ppm, 100);
}

void offset_forget(struct offset *offset)
{
    offset->count = 0;
    offset->next = 0;
}

static int64_t age_of(const struct offset_sample *sample, int64_t mono_ns)
{
    return mono_ns > sample->recv_mono_ns ? mono_ns - sample->recv_mono_ns : 0;
}

static int64_t bound_of(const struct offset *offset, const struct offset_sample *sample,
                        int64_t mono_ns)
{
    /* Divided first: a sample of years ago must not overflow. */
    int64_t drift_ns = age_of(sample, mono_ns) / 1000000 * offset->config.drift_ppm;

    return sample->half_rtt_ns + offset->config.resolution_ns + drift_ns;
}

/* The sample that can be least wrong now; with equal quality the newest. */
static const struct offset_sample *best(const struct offset *offset, int64_t mono_ns)
{
    const struct offset_sample *found = NULL;

    for (uint32_t i = 0; i < offset->count; i++) {
        const struct offset_sample *sample = &offset->samples[i];
        if (age_of(sample, mono_ns) > offset->config.max_age_ns) {
            continue;
        }
        if (found == NULL || bound_of(offset, sample, mono_ns) < bound_of(offset, found, mono_ns)) {
            found = sample;
        }
    }
    return found;
}

int offset_add(struct offset *offset, int64_t sent_mono_ns, int64_t recv_mono_ns, int64_t venue_ns)
{
    if (recv_mono_ns < sent_mono_ns) {
        return error_set(ERR_INVALID, "an answer before its question");
    }
    struct offset_sample sample = {
        .recv_mono_ns = recv_mono_ns,
        .half_rtt_ns = (recv_mono_ns - sent_mono_ns + 1) / 2,
    };
    sample.ahead_ns = venue_ns + sample.half_rtt_ns - recv_mono_ns;

    const struct offset_sample *known = best(offset, recv_mono_ns);
    bool has_moved = false;
    if (known != NULL) {
        int64_t step_ns = sample.ahead_ns - known->ahead_ns;
        int64_t slack_ns = bound_of(offset, known, recv_mono_ns) + sample.half_rtt_ns;
        step_ns = step_ns < 0 ? -step_ns : step_ns;
        has_moved = step_ns > slack_ns + offset->config.max_step_ns;
    }
    if (has_moved) {
        offset->steps++;
        offset_forget(offset);
    }
    offset->samples[offset->next] = sample;
    offset->next = (offset->next + 1) % OFFSET_SAMPLES;
    offset->count += offset->count < OFFSET_SAMPLES ? 1 : 0;
    return has_moved ? error_set(ERR_STALE, "the venue's clock moved against ours") : 0;
}

bool offset_check_clock(struct offset *offset, int64_t wall_ns, int64_t mono_ns)
{
    int64_t difference_ns = wall_ns - mono_ns;
    int64_t step_ns = difference_ns - offset->wall_minus_mono_ns;
    bool has_moved = offset->has_clock && (step_ns > offset->config.max_step_ns ||
                                           -step_ns > offset->config.max_step_ns);

    /* Slewing moves both clocks alike; what differs is a step, or a sleep of the machine. Small
     * ones are left to add up. */
    if (!offset->has_clock || has_moved) {
        offset->wall_minus_mono_ns = difference_ns;
        offset->has_clock = true;
    }
    if (has_moved) {
        offset->steps++;
        offset_forget(offset);
    }
    return has_moved;
}

enum offset_state offset_venue_ns(const struct offset *offset, int64_t mono_ns,
                                  int64_t *ret_venue_ns, int64_t *ret_bound_ns)
{
    if (offset->count < offset->config.min_samples) {
        return OFFSET_TOO_FEW;
    }
    const struct offset_sample *sample = best(offset, mono_ns);
    if (sample == NULL) {
        return OFFSET_TOO_OLD;
    }
    int64_t bound_ns = bound_of(offset, sample, mono_ns);
    if (bound_ns > offset->config.max_bound_ns) {
        return OFFSET_TOO_WIDE;
    }
    *ret_venue_ns = mono_ns + sample->ahead_ns;
    *ret_bound_ns = bound_ns;
    return OFFSET_GOOD;
}
