#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/status.h"

static void check_utc(int64_t ts_ns, const char *expected)
{
    char buf[CLOCK_UTC_TEXT];

    cr_assert_eq(clock_print_utc(ts_ns, buf, sizeof(buf)), 0);
    cr_assert_str_eq(buf, expected);
}

Test(clock, prints_known_instants)
{
    check_utc(0, "1970-01-01T00:00:00.000000000Z");
    check_utc(INT64_C(951827696123456789), "2000-02-29T12:34:56.123456789Z");
    check_utc(INT64_C(1709251199999999999), "2024-02-29T23:59:59.999999999Z");
    check_utc(INT64_C(1709251200000000000), "2024-03-01T00:00:00.000000000Z");
    check_utc(INT64_C(4107542400000000000), "2100-03-01T00:00:00.000000000Z");
    check_utc(-1, "1969-12-31T23:59:59.999999999Z");
}

Test(clock, refuses_a_buffer_too_small)
{
    char buf[CLOCK_UTC_TEXT - 1];

    cr_assert_eq(clock_print_utc(0, buf, sizeof(buf)), ERR_LIMIT);
}

Test(clock, day_starts_at_midnight_utc_also_before_1970)
{
    cr_assert_eq(clock_day_start_ns(INT64_C(1709251199999999999)), INT64_C(1709164800000000000));
    cr_assert_eq(clock_day_start_ns(INT64_C(1709164800000000000)), INT64_C(1709164800000000000));
    cr_assert_eq(clock_day_start_ns(-1), -CLOCK_NS_PER_DAY);
}

Test(clock, simulated_time_moves_only_when_told)
{
    struct clock_sim sim;

    clock_sim_init(&sim, 1000);
    int64_t mono_ns = clock_mono_ns(&sim.clock);
    cr_assert_gt(mono_ns, 0);
    cr_assert_eq(clock_now_ns(&sim.clock), 1000);
    clock_sim_advance(&sim, 500);
    cr_assert_eq(clock_now_ns(&sim.clock), 1500);
    cr_assert_eq(clock_mono_ns(&sim.clock), mono_ns + 500);
}

Test(clock, a_wall_step_backwards_leaves_the_monotonic_clock)
{
    struct clock_sim sim;

    clock_sim_init(&sim, 1000);
    int64_t mono_ns = clock_mono_ns(&sim.clock);
    clock_sim_set_wall(&sim, 10);
    clock_sim_advance(&sim, -100);
    cr_assert_eq(clock_now_ns(&sim.clock), 10);
    cr_assert_eq(clock_mono_ns(&sim.clock), mono_ns);
}

Test(clock, the_real_clock_is_of_this_age_and_goes_on)
{
    struct clock *clock = clock_real();
    int64_t first_ns = clock_mono_ns(clock);

    cr_assert_gt(clock_now_ns(clock), INT64_C(1700000000000000000));
    cr_assert_geq(clock_mono_ns(clock), first_ns);
}
