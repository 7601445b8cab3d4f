/* The turn of the trade thread, and how it ends. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "engine/impl.h"

#define SNAPSHOT_EVERY_NS (100 * CLOCK_NS_PER_MS)
#define STOP_TIMEOUT_NS (20 * CLOCK_NS_PER_S)
#define PASSES 16 /* a turn goes round again while something follows from what it did */

/* ---- becoming ready ---- */

static bool all_reconciled(const struct engine *e)
{
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        const struct path_account *account =
            path_account((struct path *)(uintptr_t)&e->path, e->exchanges[i].account);
        if (!account->reconciled && !account->fatal) {
            return false;
        }
    }
    return true;
}

static bool recovered_orders_are_over(struct engine *e)
{
    bool over = true;
    for (struct order *o = e->state.live.head, *next; o != NULL; o = next) {
        next = o->next;
        if (o->pub.branch != SOFIA_BRANCH_LIVE || o->strategy == 0) {
            continue;
        }
        over = false;
        if (!o->cancel_pending && !SOFIA_STATE_IS_TERMINAL(o->base_state) &&
            order_cancel(&e->path, o->pub.order_id) != 0) {
            log_debug("engine", "%s", error_message());
        }
    }
    return over;
}

/* Recovery first, then orders: nobody is told READY before every account agrees with its venue. */
static void become_ready(struct engine *e)
{
    if (e->path.accepting || e->stopping || !all_reconciled(e)) {
        return;
    }
    if (e->options.cancel_on_restart && !recovered_orders_are_over(e)) {
        return;
    }
    e->path.accepting = true;
    atomic_store(&e->accept_boot, true);
    log_info("engine", "ready: branch=%s", e->path.branch == SOFIA_BRANCH_LIVE ? "live" : "shadow");
    engine_start_strategies(e);
}

/* ---- stopping ---- */

static void begin_stop(struct engine *e)
{
    e->stopping = true;
    e->stop_deadline_mono_ns = clock_mono_ns(&e->clock.clock) + STOP_TIMEOUT_NS;
    log_info("engine", "stopping: %u open orders", e->state.live.count);
    for (uint32_t i = 0; i < e->strategy_count; i++) {
        strategy_stop(e->strategies[i]);
    }
    e->path.accepting = false;
    if (e->options.cancel_on_stop) {
        zero_stop(&e->zero);
    } else {
        e->zero.proven = true;
    }
}

void engine_stop_trading(struct engine *e)
{
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        exchange_stop(e->exchanges[i].exchange);
        (void)exchange_drain(e->exchanges[i].exchange);
    }
    e->stopped = true;
    net_stop(e->net);
}

static void go_on_stopping(struct engine *e)
{
    bool late = clock_mono_ns(&e->clock.clock) > e->stop_deadline_mono_ns;
    if (e->stopped || (!e->zero.proven && !late) || !dead_man_stop(&e->dead_man)) {
        return;
    }
    if (!e->zero.proven) {
        log_error("engine", "stopping although zero is not proven: %u orders may be open",
                  e->state.live.count);
    }
    engine_stop_trading(e);
}

/* ---- the turn ---- */

/* The watchdog could only raise the flag; now that the thread turns again it becomes a latch like any other. */
static void journal_stall(struct engine *e)
{
    struct command command = {.kind = COMMAND_KILL,
                              .kill = {.scope = "all", .level = SOFIA_KILL_CANCEL},
                              .author = "watchdog",
                              .reason = "the trade thread stalled"};
    struct command_reply reply;
    command.kill.raise = atomic_exchange(&e->stall_raise, 0);
    if (command.kill.raise != 0) {
        engine_execute(e, &command, &reply);
    }
}

/* A new trading day counts from the P&L of its first moment with marks; nothing else begins anew. */
static void roll_day(struct engine *e)
{
    struct record_day day = {.day_start_ns = clock_day_start_ns(clock_now_ns(&e->clock.clock))};
    if (e->state.day.day_start_ns >= day.day_start_ns) {
        return;
    }
    day.pnl_usd = path_pnl_usd(&e->path);
    if (day.pnl_usd.exponent != SOFIA_EXPONENT_ABSENT) {
        (void)path_record(&e->path, RECORD_DAY, &day, sizeof(day), NULL);
    }
}

static bool drain_exchanges(struct engine *e)
{
    bool any = false;
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        any = exchange_drain(e->exchanges[i].exchange) || any;
    }
    return any;
}

static void on_wake(void *ctx)
{
    struct engine *e = ctx;
    e->wake_timer = 0; /* the turn itself follows from having been woken */
}

static void sleep_until(struct engine *e, int64_t due_mono_ns)
{
    if (e->wake_timer != 0 && e->wake_due_mono_ns <= due_mono_ns) {
        return;
    }
    net_timer_cancel(e->net, e->wake_timer);
    e->wake_timer = 0;
    e->wake_due_mono_ns = due_mono_ns;
    if (net_timer_start(e->net, due_mono_ns, on_wake, e, &e->wake_timer) != 0) {
        log_error("engine", "no timer to wake up with: %s", error_message());
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What time demands: questions, cancel loop, reconciliation. Returns when it wants to be called again. */
static int64_t run_clockwork(struct engine *e)
{
    int64_t next = doubts_turn(&e->doubts);
    next = earlier(next, zero_turn(&e->zero));
    next = earlier(next, dead_man_turn(&e->dead_man));
    next = earlier(next, start_turn(&e->start));
    if (order_release_parked(&e->path)) {
        next = earlier(next, clock_mono_ns(&e->clock.clock) + CLOCK_NS_PER_MS);
    }
    return next;
}

/* The reserve is what stopping would cost now, not a guess. */
static void reserve_budgets(struct engine *e)
{
    uint32_t live[ENGINE_EXCHANGES] = {0};
    for (const struct order *o = e->state.live.head; o != NULL; o = o->next) {
        for (uint32_t i = 0; i < e->exchange_count; i++) {
            bool here = e->exchanges[i].account == o->account && o->pub.branch == SOFIA_BRANCH_LIVE;
            live[i] += here ? 1u : 0u;
        }
    }
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        exchange_reserve_for(e->exchanges[i].exchange, live[i]);
    }
}

static void publish(struct engine *e)
{
    int64_t now = clock_mono_ns(&e->clock.clock);
    if (now >= e->next_snapshot_mono_ns) {
        e->next_snapshot_mono_ns = now + SNAPSHOT_EVERY_NS;
        roll_day(e);
        reserve_budgets(e);
        engine_fill_snapshot(e);
        engine_set_gauges(e);
    }
}

static void one_turn(struct engine *e)
{
    int64_t next = INT64_MAX;
    bool any = true;
    engine_renew_posts(e);
    if (atomic_load(&e->stop_asked) && !e->stopping) {
        begin_stop(e);
    }
    journal_stall(e);
    for (int pass = 0; any && pass < PASSES; pass++) {
        any = drain_exchanges(e);
        any = engine_run_commands(e) || any;
        engine_contain_exchanges(e);
        engine_contain_strategies(e);
        become_ready(e);
        any = engine_run_posts(e) || any;
        next = run_clockwork(e);
    }
    /* What is left over follows at once, but sockets have their turn before it. */
    if (any || engine_posts_wait(e)) {
        next = clock_mono_ns(&e->clock.clock);
    }
    if (e->stopping) {
        go_on_stopping(e);
    }
    publish(e);
    if (state_reserve(&e->state, 256) != 0) {
        log_error("engine", "no memory for more orders: %s", error_message());
    }
    if (!e->stopped) {
        sleep_until(e, earlier(next, e->next_snapshot_mono_ns));
    }
}

void engine_on_turn(void *ctx)
{
    struct engine *e = ctx;
    if (!e->begun || e->in_turn || e->stopped) {
        return;
    }
    e->in_turn = true;
    one_turn(e);
    e->in_turn = false;
    atomic_store_explicit(&e->turned_mono_ns, clock_mono_ns(e->real), memory_order_relaxed);
    turn_clock_move(&e->clock);
}
