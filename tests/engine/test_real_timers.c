/* Timers on the real loop, whose starter lives by the clock of the turn: it stands still until the turn comes. */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "net/net.h"

struct starter {
    struct net *net;
    int64_t still_mono_ns;
    uint32_t fired;
    uint32_t turns;
};

static void fire(void *ctx)
{
    struct starter *s = ctx;
    s->fired++;
    cr_assert_eq(net_timer_start(s->net, s->still_mono_ns, fire, s, NULL), 0);
    cr_assert_lt(s->fired, 1000, "the loop fires this timer and does nothing else");
}

static void on_turn(void *ctx)
{
    struct starter *s = ctx;
    s->turns++;
}

Test(real_timers, one_that_is_always_due_leaves_the_loop_its_turn, .timeout = 20)
{
    struct starter s = {.still_mono_ns = clock_mono_ns(clock_real())};
    struct net_config config = {.on_turn = on_turn, .ctx = &s};
    cr_assert_eq(net_global_init(), 0);
    cr_assert_eq(net_new(&config, &s.net), 0);
    cr_assert_eq(net_timer_start(s.net, s.still_mono_ns, fire, &s, NULL), 0);
    for (int i = 0; i < 20; i++) {
        (void)net_turn(s.net, 20);
    }
    cr_assert_gt(s.turns, 0);
    cr_assert_leq(s.fired, 40, "%u times in 20 turns", s.fired);
    net_free(s.net);
    net_global_release();
}
