#include <criterion/criterion.h>

#include <sofia/kit/backoff.h>

#define SECOND INT64_C(1000000000)

Test(backoff, without_jitter_it_doubles_to_its_ceiling)
{
    static const int64_t want[] = {1, 2, 4, 8, 16, 30, 30, 30};
    struct sofia_backoff wait;
    sofia_backoff_init(&wait, SECOND, 30 * SECOND, 0, 1);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        cr_assert_eq(sofia_backoff_next_ns(&wait), want[i] * SECOND, "%zu", i);
        cr_assert_eq(wait.attempts, i + 1);
    }
}

Test(backoff, jitter_stays_in_its_band_and_fills_it)
{
    struct sofia_backoff wait;
    sofia_backoff_init(&wait, SECOND, SECOND, 50, 42);
    int64_t least = INT64_MAX;
    int64_t most = 0;
    for (int i = 0; i < 10000; i++) {
        int64_t delay = sofia_backoff_next_ns(&wait);
        cr_assert_geq(delay, SECOND / 2);
        cr_assert_leq(delay, SECOND);
        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
    }
    cr_assert_lt(least, SECOND / 2 + SECOND / 100);
    cr_assert_gt(most, SECOND - SECOND / 100);
}

Test(backoff, both_ends_of_the_band_are_possible)
{
    struct sofia_backoff wait;
    int seen[3] = {0, 0, 0};
    sofia_backoff_init(&wait, 2, 2, 50, 4);
    for (int i = 0; i < 200; i++) {
        int64_t delay = sofia_backoff_next_ns(&wait);
        cr_assert(delay == 1 || delay == 2);
        seen[delay]++;
    }
    cr_assert_gt(seen[1], 50);
    cr_assert_gt(seen[2], 50);
}

Test(backoff, the_same_seed_gives_the_same_delays_and_another_does_not)
{
    struct sofia_backoff a;
    struct sofia_backoff b;
    struct sofia_backoff c;
    int differ = 0;
    sofia_backoff_init(&a, SECOND, 60 * SECOND, 100, 7);
    sofia_backoff_init(&b, SECOND, 60 * SECOND, 100, 7);
    sofia_backoff_init(&c, SECOND, 60 * SECOND, 100, 8);
    for (int i = 0; i < 20; i++) {
        int64_t delay = sofia_backoff_next_ns(&a);
        cr_assert_eq(delay, sofia_backoff_next_ns(&b));
        differ += delay != sofia_backoff_next_ns(&c);
    }
    cr_assert_geq(differ, 19);
}

Test(backoff, the_sequence_of_a_seed_is_fixed)
{
    struct sofia_backoff wait;
    sofia_backoff_init(&wait, SECOND, 60 * SECOND, 50, 0);
    cr_assert_eq(sofia_backoff_next_ns(&wait), 558344596);
    cr_assert_eq(sofia_backoff_next_ns(&wait), 1568472003);
}

Test(backoff, reset_begins_anew_but_not_the_random_sequence)
{
    struct sofia_backoff wait;
    sofia_backoff_init(&wait, SECOND, 60 * SECOND, 50, 9);
    int64_t first = sofia_backoff_next_ns(&wait);
    for (int i = 0; i < 5; i++) {
        (void)sofia_backoff_next_ns(&wait);
    }
    sofia_backoff_reset(&wait);
    cr_assert_eq(wait.attempts, 0);
    int64_t again = sofia_backoff_next_ns(&wait);
    cr_assert_leq(again, SECOND);
    cr_assert_neq(again, first);
}

Test(backoff, values_out_of_range_are_brought_into_it)
{
    struct sofia_backoff wait;
    sofia_backoff_init(&wait, -5, 0, 500, 1);
    cr_assert_eq(wait.jitter_pct, 100);
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(sofia_backoff_next_ns(&wait), 1);
    }
    sofia_backoff_init(&wait, INT64_MAX, INT64_MAX, 0, 1);
    cr_assert_eq(sofia_backoff_next_ns(&wait), SOFIA_BACKOFF_MOST_NS);
    sofia_backoff_init(&wait, 10 * SECOND, SECOND, 0, 1);
    cr_assert_eq(sofia_backoff_next_ns(&wait), SECOND);
    sofia_backoff_init(&wait, 1, SOFIA_BACKOFF_MOST_NS, 100, 3);
    for (int i = 0; i < 200; i++) {
        int64_t delay = sofia_backoff_next_ns(&wait);
        cr_assert(delay >= 1 && delay <= SOFIA_BACKOFF_MOST_NS);
    }
}
