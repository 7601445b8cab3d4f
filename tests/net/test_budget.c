#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/status.h"
#include "net/budget.h"

#define S CLOCK_NS_PER_S
#define T0 (INT64_C(28333333) * 60 * S) /* a full minute */

static struct budget *budget;
static uint32_t weight; /* 100 a minute, 20 of them kept */
static uint32_t orders; /* 10 in ten seconds, none kept */

static void setup(void)
{
    struct budget_spec minute = {.scope = "b ip",
                                 .name = "weight",
                                 .kind = BUDGET_WINDOW,
                                 .limit = 100,
                                 .window_ns = 60 * S,
                                 .reserve_percent = 20};
    struct budget_spec ten = {.scope = "b account main",
                              .name = "orders",
                              .kind = BUDGET_WINDOW,
                              .limit = 10,
                              .window_ns = 10 * S};

    cr_assert_eq(budget_new(&budget), 0);
    cr_assert_eq(budget_add(budget, &minute, &weight), 0);
    cr_assert_eq(budget_add(budget, &ten, &orders), 0);
}

static void teardown(void)
{
    budget = budget_free(budget);
}

TestSuite(budget, .init = setup, .fini = teardown);

static int take(uint32_t bucket, uint32_t amount, enum budget_use use, int64_t now_ns,
                int64_t *ret_until_ns)
{
    struct budget_charge charge = {.bucket = bucket, .amount = amount};

    return budget_take(budget, &charge, 1, use, now_ns, ret_until_ns);
}

Test(budget, the_reserve_is_for_cancels)
{
    int64_t until_ns = 0;

    cr_assert_eq(take(weight, 80, BUDGET_ORDINARY, T0 + S, NULL), 0);
    cr_assert_eq(take(weight, 1, BUDGET_ORDINARY, T0 + S, &until_ns), ERR_AGAIN);
    cr_assert_eq(until_ns, T0 + 60 * S);
    cr_assert_eq(take(weight, 20, BUDGET_RESERVED, T0 + S, NULL), 0);
    cr_assert_eq(take(weight, 1, BUDGET_RESERVED, T0 + S, NULL), ERR_AGAIN);
    cr_assert_eq(budget_used(budget, weight, T0 + S), 100);
}

Test(budget, another_speed_of_refilling_counts_from_now_on)
{
    struct budget_spec spec = {.scope = "k key",
                               .name = "counter",
                               .kind = BUDGET_DECAY,
                               .limit = 20,
                               .window_ns = 40 * S};
    uint32_t counter = 0;

    cr_assert_eq(budget_add(budget, &spec, &counter), 0);
    cr_assert_eq(take(counter, 20, BUDGET_ORDINARY, T0, NULL), 0);
    cr_assert_eq(budget_used(budget, counter, T0 + 10 * S), 15, "half a unit a second");
    budget_window_set(budget, counter, 20 * S, T0 + 10 * S);
    cr_assert_eq(budget_used(budget, counter, T0 + 10 * S), 15);
    cr_assert_eq(budget_used(budget, counter, T0 + 20 * S), 5, "one unit a second");
    budget_window_set(budget, weight, S, T0);
    cr_assert_eq(take(weight, 80, BUDGET_ORDINARY, T0, NULL), 0);
    cr_assert_eq(budget_used(budget, weight, T0 + 30 * S), 80, "a window is as long as it is");
}

Test(budget, a_question_leaves_a_quarter_of_the_reserve_to_cancels)
{
    cr_assert_eq(take(weight, 96, BUDGET_RECOVERY, T0 + S, NULL), ERR_LIMIT);
    cr_assert_eq(take(weight, 95, BUDGET_RECOVERY, T0 + S, NULL), 0);
    cr_assert_eq(take(weight, 1, BUDGET_RECOVERY, T0 + S, NULL), ERR_AGAIN);
    cr_assert_eq(take(weight, 5, BUDGET_RESERVED, T0 + S, NULL), 0);
}

Test(budget, a_computed_reserve_above_the_percentage_is_kept)
{
    budget_reserve_change(budget, weight, 30);
    budget_reserve_change(budget, weight, 5); /* of another instance */
    cr_assert_eq(take(weight, 66, BUDGET_ORDINARY, T0 + S, NULL), ERR_LIMIT);
    cr_assert_eq(take(weight, 65, BUDGET_ORDINARY, T0 + S, NULL), 0);
    cr_assert_eq(take(weight, 1, BUDGET_ORDINARY, T0 + S, NULL), ERR_AGAIN);
    cr_assert_eq(take(weight, 35, BUDGET_RESERVED, T0 + S, NULL), 0);
}

Test(budget, a_computed_reserve_below_the_percentage_changes_nothing)
{
    budget_reserve_change(budget, weight, 19);
    cr_assert_eq(take(weight, 80, BUDGET_ORDINARY, T0 + S, NULL), 0);
    cr_assert_eq(take(weight, 1, BUDGET_ORDINARY, T0 + S, NULL), ERR_AGAIN);
}

Test(budget, a_reserve_larger_than_the_limit_leaves_nothing_to_ordinary_uses)
{
    budget_reserve_change(budget, weight, 1000);
    cr_assert_eq(take(weight, 1, BUDGET_ORDINARY, T0 + S, NULL), ERR_LIMIT);
    cr_assert_eq(take(weight, 100, BUDGET_RESERVED, T0 + S, NULL), 0);
    budget_reserve_change(budget, weight, -1000);
    cr_assert_eq(take(weight, 80, BUDGET_ORDINARY, T0 + 61 * S, NULL), 0);
}

Test(budget, windows_begin_with_the_clock_not_with_the_first_use)
{
    cr_assert_eq(take(weight, 80, BUDGET_ORDINARY, T0 + 59 * S, NULL), 0);
    cr_assert_eq(take(weight, 1, BUDGET_ORDINARY, T0 + 60 * S - 1, NULL), ERR_AGAIN);
    cr_assert_eq(take(weight, 80, BUDGET_ORDINARY, T0 + 60 * S, NULL), 0);
    /* A clock set back does not open the old window again. */
    cr_assert_eq(take(weight, 1, BUDGET_ORDINARY, T0 + 30 * S, NULL), ERR_AGAIN);
}

Test(budget, the_larger_of_booked_and_reported_counts)
{
    cr_assert_eq(take(weight, 10, BUDGET_ORDINARY, T0, NULL), 0);
    budget_report_used(budget, weight, 4, T0);
    cr_assert_eq(budget_used(budget, weight, T0), 10);
    budget_report_used(budget, weight, 70, T0);
    cr_assert_eq(budget_used(budget, weight, T0), 70);
    cr_assert_eq(take(weight, 11, BUDGET_ORDINARY, T0, NULL), ERR_AGAIN);
    cr_assert_eq(take(weight, 10, BUDGET_ORDINARY, T0, NULL), 0);
    cr_assert_eq(budget_used(budget, weight, T0 + 60 * S), 0);
}

Test(budget, all_buckets_or_none)
{
    struct budget_charge charges[] = {{weight, 1}, {orders, 1}};
    int64_t until_ns = 0;

    for (int i = 0; i < 10; i++) {
        cr_assert_eq(budget_take(budget, charges, 2, BUDGET_ORDINARY, T0 + S, NULL), 0);
    }
    cr_assert_eq(budget_take(budget, charges, 2, BUDGET_ORDINARY, T0 + S, &until_ns), ERR_AGAIN);
    cr_assert_eq(until_ns, T0 + 10 * S);
    cr_assert_eq(budget_used(budget, weight, T0 + S), 10);
    budget_give_back(budget, charges, 2, T0 + S);
    cr_assert_eq(budget_used(budget, weight, T0 + S), 9);
    cr_assert_eq(budget_take(budget, charges, 2, BUDGET_ORDINARY, T0 + S, NULL), 0);
    struct budget_charge twice[] = {{weight, 40}, {weight, 41}};
    cr_assert_eq(budget_take(budget, twice, 2, BUDGET_ORDINARY, T0 + 60 * S, NULL), ERR_LIMIT);
    cr_assert_eq(budget_used(budget, weight, T0 + 60 * S), 0);
}

Test(budget, asking_books_nothing_and_too_much_is_never)
{
    struct budget_charge charge = {weight, 50};

    cr_assert_eq(budget_ask(budget, &charge, 1, BUDGET_ORDINARY, T0, NULL), 0);
    cr_assert_eq(budget_used(budget, weight, T0), 0);
    cr_assert_eq(take(weight, 81, BUDGET_ORDINARY, T0, NULL), ERR_LIMIT);
    cr_assert_eq(take(weight, 81, BUDGET_RESERVED, T0, NULL), 0);
    cr_assert_eq(take(99, 1, BUDGET_ORDINARY, T0, NULL), ERR_INVALID);
}

Test(budget, after_429_nothing_then_only_cancels_for_the_window)
{
    int64_t until_ns = 0;

    cr_assert_eq(budget_blocked_until(budget, weight, BUDGET_BLOCK_LIMITED, T0 + 20 * S), 0);
    cr_assert_eq(take(weight, 1, BUDGET_RESERVED, T0 + 19 * S, &until_ns), ERR_AGAIN);
    cr_assert_eq(until_ns, T0 + 20 * S);
    cr_assert_eq(take(weight, 1, BUDGET_RESERVED, T0 + 20 * S, NULL), 0);
    cr_assert_eq(take(weight, 1, BUDGET_ORDINARY, T0 + 20 * S, &until_ns), ERR_AGAIN);
    cr_assert_eq(until_ns, T0 + 60 * S);
    cr_assert_eq(take(weight, 1, BUDGET_ORDINARY, T0 + 60 * S, NULL), 0);
    cr_assert_eq(take(orders, 1, BUDGET_ORDINARY, T0 + 19 * S, NULL), 0); /* another scope */
}

Test(budget, after_429_about_a_short_window_a_long_one_is_as_before)
{
    struct budget_spec day = {.scope = "b ip",
                              .name = "day",
                              .kind = BUDGET_WINDOW,
                              .limit = 1000,
                              .window_ns = 86400 * S};
    uint32_t long_one = UINT32_MAX;

    cr_assert_eq(budget_add(budget, &day, &long_one), 0);
    cr_assert_eq(budget_blocked_until(budget, weight, BUDGET_BLOCK_LIMITED, T0 + 20 * S), 0);
    cr_assert_eq(take(long_one, 1, BUDGET_ORDINARY, T0 + 19 * S, NULL), ERR_AGAIN);
    cr_assert_eq(take(long_one, 1, BUDGET_ORDINARY, T0 + 20 * S, NULL), 0);
}

Test(budget, after_418_nothing_and_the_ban_is_never_shortened)
{
    struct budget_charge charges[] = {{orders, 1}, {weight, 1}};
    int64_t until_ns = 0;

    cr_assert_eq(budget_blocked_until(budget, weight, BUDGET_BLOCK_BANNED, T0 + 300 * S), 0);
    cr_assert_eq(budget_blocked_until(budget, weight, BUDGET_BLOCK_BANNED, T0 + 100 * S), 0);
    cr_assert_eq(budget_take(budget, charges, 2, BUDGET_RESERVED, T0 + 299 * S, &until_ns),
                 ERR_AGAIN);
    cr_assert_eq(until_ns, T0 + 300 * S);
    cr_assert_eq(budget_take(budget, charges, 2, BUDGET_RESERVED, T0 + 300 * S, NULL), 0);
    cr_assert_eq(budget_blocked_until(budget, 99, BUDGET_BLOCK_BANNED, T0), ERR_INVALID);
}

Test(budget, same_scope_and_name_is_the_same_bucket)
{
    struct budget_spec again = {.scope = "b ip",
                                .name = "weight",
                                .kind = BUDGET_WINDOW,
                                .limit = 50,
                                .window_ns = 60 * S,
                                .reserve_percent = 10};
    uint32_t bucket = UINT32_MAX;

    cr_assert_eq(budget_add(budget, &again, &bucket), 0);
    cr_assert_eq(bucket, weight);
    cr_assert_eq(budget_limit(budget, weight), 50); /* the stricter of both */
    cr_assert_eq(take(weight, 41, BUDGET_ORDINARY, T0, NULL), ERR_LIMIT);
    again.window_ns = 10 * S;
    cr_assert_eq(budget_add(budget, &again, &bucket), ERR_EXISTS);
    again.scope = "b ip 2";
    cr_assert_eq(budget_add(budget, &again, &bucket), 0);
    cr_assert_neq(bucket, weight);
    again.limit = 0;
    cr_assert_eq(budget_add(budget, &again, &bucket), ERR_INVALID);
}

Test(budget, a_decaying_bucket_refills_all_the_time)
{
    struct budget_spec decay = {
        .scope = "k", .name = "counter", .kind = BUDGET_DECAY, .limit = 20, .window_ns = 40 * S};
    uint32_t bucket = 0;
    int64_t until_ns = 0;

    cr_assert_eq(budget_add(budget, &decay, &bucket), 0);
    cr_assert_eq(take(bucket, 20, BUDGET_ORDINARY, T0, NULL), 0);
    cr_assert_eq(take(bucket, 1, BUDGET_ORDINARY, T0 + S, &until_ns), ERR_AGAIN);
    cr_assert_eq(until_ns, T0 + 2 * S); /* half a unit a second */
    cr_assert_eq(take(bucket, 1, BUDGET_ORDINARY, until_ns, NULL), 0);
    cr_assert_eq(budget_used(budget, bucket, T0 + 12 * S), 15);
    cr_assert_eq(budget_used(budget, bucket, T0 + 100 * S), 0);
}
