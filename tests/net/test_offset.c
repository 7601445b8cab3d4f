#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/status.h"
#include "net/offset.h"

#define MS CLOCK_NS_PER_MS
#define AHEAD (INT64_C(1700000000) * CLOCK_NS_PER_S)

/* A venue whose clock is AHEAD of our monotonic one, asked at t; out and back are the two ways of
 * the answer. */
static int ask(struct offset *offset, int64_t t_ms, int64_t out_ms, int64_t back_ms,
               int64_t error_ms)
{
    return offset_add(offset, t_ms * MS, (t_ms + out_ms + back_ms) * MS,
                      AHEAD + (t_ms + out_ms + error_ms) * MS);
}

Test(offset, says_nothing_before_it_has_enough_samples)
{
    struct offset offset;
    int64_t venue_ns = 0;
    int64_t bound_ns = 0;

    offset_init(&offset, NULL);
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(offset_venue_ns(&offset, 1000 * MS, &venue_ns, &bound_ns), OFFSET_TOO_FEW);
        cr_assert_eq(ask(&offset, 1000 + i, 5, 5, 0), 0);
    }
    cr_assert_eq(offset_venue_ns(&offset, 1100 * MS, &venue_ns, &bound_ns), OFFSET_GOOD);
    cr_assert_eq(venue_ns, AHEAD + 1100 * MS);
}

Test(offset, the_quickest_answer_counts_and_the_bound_holds)
{
    static const int64_t ways[][2] = {{40, 2}, {3, 90}, {4, 1}, {70, 70}, {1, 30}, {20, 5}};
    struct offset offset;
    int64_t venue_ns = 0;
    int64_t bound_ns = 0;

    offset_init(&offset, NULL);
    for (int i = 0; i < 6; i++) {
        cr_assert_eq(ask(&offset, 1000 * i, ways[i][0], ways[i][1], 0), 0);
    }
    cr_assert_eq(offset_venue_ns(&offset, 6000 * MS, &venue_ns, &bound_ns), OFFSET_GOOD);
    int64_t error_ns = venue_ns - (AHEAD + 6000 * MS);
    cr_assert_leq(error_ns < 0 ? -error_ns : error_ns, bound_ns);
    cr_assert_lt(bound_ns, 5 * MS); /* that of the 4 + 1 ms answer, not of an average */
}

Test(offset, is_lost_when_too_old_or_too_wide)
{
    struct offset offset;
    int64_t venue_ns = 0;
    int64_t bound_ns = 0;

    offset_init(&offset, NULL);
    for (int i = 0; i < 6; i++) {
        cr_assert_eq(ask(&offset, i, 5, 5, 0), 0);
    }
    cr_assert_eq(offset_venue_ns(&offset, 179000 * MS, &venue_ns, &bound_ns), OFFSET_GOOD);
    cr_assert_gt(bound_ns, 20 * MS); /* it grew with age */
    cr_assert_eq(offset_venue_ns(&offset, 181000 * MS, &venue_ns, &bound_ns), OFFSET_TOO_OLD);
    offset_forget(&offset);
    for (int i = 0; i < 6; i++) {
        cr_assert_eq(ask(&offset, 200000 + i, 300, 300, 0), 0);
    }
    cr_assert_eq(offset_venue_ns(&offset, 200700 * MS, &venue_ns, &bound_ns), OFFSET_TOO_WIDE);
}

Test(offset, a_venue_clock_that_moved_forgets_the_old_samples)
{
    struct offset offset;
    int64_t venue_ns = 0;
    int64_t bound_ns = 0;

    offset_init(&offset, NULL);
    for (int i = 0; i < 6; i++) {
        cr_assert_eq(ask(&offset, i, 5, 5, 0), 0);
    }
    cr_assert_eq(ask(&offset, 100, 5, 5, 400), 0); /* within what is believed */
    cr_assert_eq(ask(&offset, 200, 5, 5, -2000), ERR_STALE);
    cr_assert_eq(offset.steps, 1);
    cr_assert_eq(offset_venue_ns(&offset, 300 * MS, &venue_ns, &bound_ns), OFFSET_TOO_FEW);
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(ask(&offset, 300 + i, 5, 5, -2000), 0);
    }
    cr_assert_eq(offset_venue_ns(&offset, 400 * MS, &venue_ns, &bound_ns), OFFSET_GOOD);
    cr_assert_eq(venue_ns, AHEAD + (400 - 2000) * MS);
}

Test(offset, a_step_of_the_local_clock_or_a_sleep_is_noticed)
{
    struct offset offset;
    int64_t venue_ns = 0;
    int64_t bound_ns = 0;

    offset_init(&offset, NULL);
    for (int i = 0; i < 6; i++) {
        cr_assert_eq(ask(&offset, i, 5, 5, 0), 0);
    }
    cr_assert_not(offset_check_clock(&offset, AHEAD, 100 * MS));
    cr_assert_not(offset_check_clock(&offset, AHEAD + 1000 * MS, 1100 * MS));
    cr_assert_not(offset_check_clock(&offset, AHEAD + 2400 * MS, 2100 * MS));
    cr_assert_eq(offset_venue_ns(&offset, 2100 * MS, &venue_ns, &bound_ns), OFFSET_GOOD);
    cr_assert(offset_check_clock(&offset, AHEAD + 9000 * MS, 2200 * MS));
    cr_assert_eq(offset_venue_ns(&offset, 2200 * MS, &venue_ns, &bound_ns), OFFSET_TOO_FEW);
    cr_assert_not(offset_check_clock(&offset, AHEAD + 9100 * MS, 2300 * MS));
    cr_assert(offset_check_clock(&offset, AHEAD + 1000 * MS, 2400 * MS)); /* backwards */
    cr_assert_eq(offset_add(&offset, 10, 9, AHEAD), ERR_INVALID);
}
