#include "engine/turn_clock.h"

static void fix(struct turn_clock *clock)
{
    if (!clock->fixed) {
        clock->fixed = true;
        clock->fixed_now_ns = clock_now_ns(clock->under);
        clock->fixed_mono_ns = clock_mono_ns(clock->under);
    }
}

static int64_t turn_now(struct clock *clock)
{
    struct turn_clock *turn = (struct turn_clock *)(void *)clock;
    fix(turn);
    return turn->fixed_now_ns;
}

static int64_t turn_mono(struct clock *clock)
{
    struct turn_clock *turn = (struct turn_clock *)(void *)clock;
    fix(turn);
    return turn->fixed_mono_ns;
}

void turn_clock_init(struct turn_clock *clock, struct clock *under)
{
    *clock =
        (struct turn_clock){.clock = {.now_ns = turn_now, .mono_ns = turn_mono}, .under = under};
}

void turn_clock_move(struct turn_clock *clock)
{
    clock->fixed = false;
}
