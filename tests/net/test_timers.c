#include <criterion/criterion.h>

#include "base/status.h"
#include "net/timers.h"

static char fired[32];
static int fired_count;

static void fire(void *ctx)
{
    fired[fired_count++] = *(const char *)ctx;
    fired[fired_count] = '\0';
}

static void fire_all(struct timers *timers, int64_t now_ns)
{
    fired_count = 0;
    fired[0] = '\0';
    (void)timers_fire_due(timers, now_ns);
}

Test(timers, fire_in_the_order_of_deadlines_then_of_starts)
{
    static char names[] = "abcdef";
    static const int64_t deadlines[] = {50, 10, 30, 10, 70, 30};
    struct timers timers;

    cr_assert_eq(timers_init(&timers, 8), 0);
    for (int i = 0; i < 6; i++) {
        cr_assert_eq(timers_start(&timers, deadlines[i], fire, &names[i], NULL), 0);
    }
    cr_assert_eq(timers_next_mono_ns(&timers), 10);
    fire_all(&timers, 9);
    cr_assert_str_eq(fired, "");
    fire_all(&timers, 50);
    cr_assert_str_eq(fired, "bdcfa");
    cr_assert_eq(timers_next_mono_ns(&timers), 70);
    fire_all(&timers, 70);
    cr_assert_str_eq(fired, "e");
    cr_assert_eq(timers_next_mono_ns(&timers), INT64_MAX);
    timers_release(&timers);
}

Test(timers, an_old_handle_never_hits_a_new_timer)
{
    static char names[] = "xy";
    struct timers timers;
    uint64_t old = 0;
    uint64_t young = 0;

    cr_assert_eq(timers_init(&timers, 1), 0);
    cr_assert_eq(timers_start(&timers, 1, fire, &names[0], &old), 0);
    cr_assert_eq(timers_start(&timers, 1, fire, &names[1], NULL), ERR_FULL);
    timers_cancel(&timers, old);
    cr_assert_eq(timers_next_mono_ns(&timers), INT64_MAX);
    cr_assert_eq(timers_start(&timers, 1, fire, &names[1], &young), 0);
    timers_cancel(&timers, old);
    timers_cancel(&timers, 0);
    timers_cancel(&timers, UINT64_MAX);
    fire_all(&timers, 1);
    cr_assert_str_eq(fired, "y");
    timers_release(&timers);
}

Test(timers, cancelled_ones_leave_the_rest_in_order)
{
    static char names[] = "abcdefgh";
    struct timers timers;
    uint64_t handles[8];

    cr_assert_eq(timers_init(&timers, 8), 0);
    for (int i = 0; i < 8; i++) {
        cr_assert_eq(timers_start(&timers, (i * 5) % 8, fire, &names[i], &handles[i]), 0);
    }
    timers_cancel(&timers, handles[0]); /* due 0 */
    timers_cancel(&timers, handles[3]); /* due 7 */
    timers_cancel(&timers, handles[7]); /* due 3 */
    fire_all(&timers, 100);
    cr_assert_str_eq(fired, "fcebg");
    timers_release(&timers);
}

static struct timers *restarted;

static void fire_and_restart(void *ctx)
{
    fire(ctx);
    cr_assert_eq(timers_start(restarted, 10, fire_and_restart, ctx, NULL), 0);
}

Test(timers, one_that_starts_itself_again_in_the_past_fires_once_per_call)
{
    static char names[] = "ab";
    struct timers timers;

    cr_assert_eq(timers_init(&timers, 8), 0);
    restarted = &timers;
    cr_assert_eq(timers_start(&timers, 10, fire_and_restart, &names[0], NULL), 0);
    cr_assert_eq(timers_start(&timers, 10, fire, &names[1], NULL), 0);
    fire_all(&timers, 20);
    cr_assert_str_eq(fired, "ab");
    fire_all(&timers, 20);
    cr_assert_str_eq(fired, "a");
    cr_assert_eq(timers_next_mono_ns(&timers), 10);
    timers_release(&timers);
}
