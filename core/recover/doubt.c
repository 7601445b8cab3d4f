#include "recover/doubt.h"

#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"

#define MISSED_PER_TURN 16

void doubts_init(struct doubts *doubts, struct path *path, const struct doubt_config *config)
{
    memset(doubts, 0, sizeof(*doubts));
    doubts->path = path;
    doubts->config = *config;
}

static struct doubt_task *find(struct doubts *doubts, uint64_t order_id, bool fills)
{
    for (uint32_t i = 0; i < DOUBT_TASKS; i++) {
        struct doubt_task *task = &doubts->tasks[i];
        if (task->step != DOUBT_FREE && task->order_id == order_id &&
            (task->step == DOUBT_FILLS) == fills) {
            return task;
        }
    }
    return NULL;
}

/* Without a free task: every live order from this id on is looked at again as tasks end. */
static void remember_missed(struct doubts *doubts, uint64_t order_id)
{
    if (doubts->missed_from == 0) {
        log_error("doubt", "more than %d orders to ask for: the others, from order %llu on, wait",
                  DOUBT_TASKS, (unsigned long long)order_id);
    }
    if (doubts->missed_from == 0 || order_id < doubts->missed_from) {
        doubts->missed_from = order_id;
    }
}

static struct doubt_task *add(struct doubts *doubts, uint64_t order_id, enum doubt_step step,
                              int64_t delay_ns)
{
    for (uint32_t i = 0; i < DOUBT_TASKS; i++) {
        struct doubt_task *task = &doubts->tasks[i];
        if (task->step == DOUBT_FREE) {
            memset(task, 0, sizeof(*task));
            task->step = step;
            task->order_id = order_id;
            task->delay_ns = delay_ns;
            task->due_mono_ns = clock_mono_ns(doubts->path->clock) + delay_ns;
            doubts->count++;
            return task;
        }
    }
    remember_missed(doubts, order_id);
    return NULL;
}

static void end(struct doubts *doubts, struct doubt_task *task)
{
    task->step = DOUBT_FREE;
    doubts->count--;
}

static void later(struct doubts *doubts, struct doubt_task *task)
{
    task->waiting = false;
    task->delay_ns =
        task->delay_ns * 2 > doubts->config.max_ns ? doubts->config.max_ns : task->delay_ns * 2;
    task->due_mono_ns = clock_mono_ns(doubts->path->clock) + task->delay_ns;
}

void doubts_want_query(struct doubts *doubts, const struct order *order, const char *reason)
{
    struct doubt_task *task = find(doubts, order->pub.order_id, false);
    if (task != NULL) {
        return;
    }
    log_at(order->pub.doubt != 0 ? LOG_INFO : LOG_DEBUG, "doubt", "asking for order %llu (%s): %s",
           (unsigned long long)order->pub.order_id, order_shown_name(&order->pub), reason);
    (void)add(doubts, order->pub.order_id, DOUBT_QUERY, doubts->config.first_ns);
}

void doubts_want_fills(struct doubts *doubts, const struct order *order)
{
    if (find(doubts, order->pub.order_id, true) == NULL) {
        (void)add(doubts, order->pub.order_id, DOUBT_FILLS, doubts->config.first_ns);
    }
}

/* ---- is there still something to ask? ---- */

static bool is_settled(const struct doubt_task *task, const struct order *order)
{
    if (task->step == DOUBT_FILLS) {
        return !task->last && !order_fills_are_missing(order);
    }
    if (order->pub.doubt != 0) {
        return false;
    }
    /* A question that failed is no answer: as long as the order lives only an answer ends the task. */
    return task->asked > 0 && !task->waiting && SOFIA_STATE_IS_TERMINAL(order->base_state);
}

/* Can the venue still accept this placement? Only its own clock can say no, and only where its "unknown" is proof. */
static bool window_is_over(const struct doubts *doubts, const struct order *order)
{
    const struct path_account *account = path_account(doubts->path, order->account);
    int64_t venue_now;
    int64_t waited = clock_now_ns(doubts->path->clock) - order->sent_ns;
    if (account == NULL || order->accept_until_ns == 0 ||
        (exchange_descriptor(account->exchange)->features & SOFIA_EXCHANGE_PROVES_ABSENCE) == 0 ||
        exchange_venue_now_ns(account->exchange, &venue_now) != 0) {
        return false;
    }
    return venue_now > order->accept_until_ns + doubts->config.margin_ns &&
           waited > doubts->config.server_timeout_ns + doubts->config.margin_ns;
}

/* ---- asking ---- */

static int ask(struct doubts *doubts, struct doubt_task *task, const struct order *order)
{
    struct path_account *account = path_account(doubts->path, order->account);
    uint64_t cookie = COOKIE_DOUBT | (uint64_t)(task - doubts->tasks);
    if (account == NULL) {
        return error_set(ERR_NOT_FOUND, "no account for order %llu",
                         (unsigned long long)order->pub.order_id);
    }
    if (task->step == DOUBT_ORIGINAL) {
        const struct order *original = state_order(doubts->path->state, order->pub.replaces);
        return original == NULL ? error_set(ERR_NOT_FOUND, "order %llu is not in memory any more",
                                            (unsigned long long)order->pub.replaces)
                                : exchange_query(account->exchange, &original->pub, cookie);
    }
    if (task->step == DOUBT_QUERY) {
        return exchange_query(account->exchange, &order->pub, cookie);
    }
    if (task->step == DOUBT_LISTING) {
        return exchange_open_orders(account->exchange, order->pub.venue_symbol, cookie);
    }
    struct sofia_trades_query query = {.size = sizeof(query), .order_id = order->pub.order_id};
    (void)str_copy(query.venue_symbol, sizeof(query.venue_symbol), order->pub.venue_symbol);
    (void)str_copy(query.venue_order_id, sizeof(query.venue_order_id), order->pub.venue_id);
    (void)str_copy(query.from, sizeof(query.from), task->from);
    return exchange_trades(account->exchange, &query, cookie);
}

static void step(struct doubts *doubts, struct doubt_task *task)
{
    const struct order *order = state_order(doubts->path->state, task->order_id);
    if (order == NULL || is_settled(task, order)) {
        end(doubts, task);
        return;
    }
    if (task->waiting || task->due_mono_ns > clock_mono_ns(doubts->path->clock)) {
        return;
    }
    if (task->step == DOUBT_FILLS && order->pub.venue_id[0] == '\0') {
        later(doubts, task); /* its venue id comes with a report */
        return;
    }
    task->asked++;
    if (ask(doubts, task, order) != 0) {
        log_debug("doubt", "cannot ask now: %s", error_message());
        later(doubts, task);
        return;
    }
    task->waiting = true;
}

/* ---- what found no free task ---- */

static bool has_something_to_ask(const struct order *order)
{
    return order->pub.branch == SOFIA_BRANCH_LIVE && order->send_count > 0 &&
           (order->pub.doubt != 0 || !SOFIA_STATE_IS_TERMINAL(order->base_state) ||
            order_fills_are_missing(order));
}

static const struct order *oldest_missed(const struct doubts *doubts)
{
    const struct order *oldest = NULL;
    for (const struct order *o = doubts->path->state->live.head; o != NULL; o = o->next) {
        if (o->pub.order_id >= doubts->missed_from && has_something_to_ask(o) &&
            (oldest == NULL || o->pub.order_id < oldest->pub.order_id)) {
            oldest = o;
        }
    }
    return oldest;
}

static void take_up_missed(struct doubts *doubts)
{
    for (int i = 0; i < MISSED_PER_TURN && doubts->missed_from != 0 && doubts->count < DOUBT_TASKS;
         i++) {
        const struct order *order = oldest_missed(doubts);
        if (order == NULL) {
            doubts->missed_from = 0;
            return;
        }
        doubts->missed_from = order->pub.order_id + 1;
        if (order_fills_are_missing(order)) {
            doubts_want_fills(doubts, order);
        }
        if (order->pub.doubt != 0 || !SOFIA_STATE_IS_TERMINAL(order->base_state)) {
            doubts_want_query(doubts, order, "it had to wait");
        }
    }
}

int64_t doubts_turn(struct doubts *doubts)
{
    int64_t next = INT64_MAX;
    take_up_missed(doubts);
    if (doubts->missed_from != 0 && doubts->count < DOUBT_TASKS) {
        next = clock_mono_ns(doubts->path->clock);
    }
    for (uint32_t i = 0; doubts->count > 0 && i < DOUBT_TASKS; i++) {
        struct doubt_task *task = &doubts->tasks[i];
        if (task->step == DOUBT_FREE) {
            continue;
        }
        step(doubts, task);
        if (task->step != DOUBT_FREE && !task->waiting && task->due_mono_ns < next) {
            next = task->due_mono_ns;
        }
    }
    return next;
}

/* ---- answers ---- */

static void prove_absent(struct doubts *doubts, struct order *order)
{
    log_warn("doubt", "order %llu is proven absent at the venue",
             (unsigned long long)order->pub.order_id);
    doubts->proven_absent++;
    (void)path_conclude(doubts->path, order, SOFIA_STATE_REJECTED, KNOWN_BY_ABSENCE,
                        "the venue never got it: unknown after its acceptance window");
}

/* "No such order" is a hint; only repeated after the window, and with the listing agreeing, is it proof. */
static void heard_absent(struct doubts *doubts, struct doubt_task *task, const struct order *order)
{
    int64_t now = clock_mono_ns(doubts->path->clock);
    if (!window_is_over(doubts, order)) {
        task->first_absent_mono_ns = 0;
        return;
    }
    if (task->first_absent_mono_ns == 0) {
        task->first_absent_mono_ns = now;
        task->delay_ns = doubts->config.gap_ns;
        return;
    }
    if (now - task->first_absent_mono_ns >= doubts->config.gap_ns) {
        task->step = order_is_pending_replacement(order) ? DOUBT_ORIGINAL : DOUBT_LISTING;
        task->delay_ns = doubts->config.first_ns;
    }
}

void doubts_on_sync(struct doubts *doubts, const struct sofia_event_sync *sync)
{
    if (sync->what == SOFIA_SYNC_TRADES && sync->more != 0) {
        struct doubt_task *task = find(doubts, sync->order_id, true);
        if (task != NULL) {
            memcpy(task->from, sync->next, sizeof(task->from));
            task->more = true;
        }
        return;
    }
    if (sync->what != SOFIA_SYNC_ORDER || sync->absent == 0) {
        return;
    }
    struct doubt_task *task = find(doubts, sync->order_id, false);
    struct order *order = state_order(doubts->path->state, sync->order_id);
    if (task == NULL || order == NULL || task->step != DOUBT_QUERY) {
        return;
    }
    if (SOFIA_STATE_IS_TERMINAL(order->base_state)) {
        return;
    }
    task->absent = true;
    heard_absent(doubts, task, order);
}

void doubts_on_report(struct doubts *doubts, uint64_t order_id)
{
    struct doubt_task *task = doubts->count == 0 ? NULL : find(doubts, order_id, false);
    if (task != NULL) {
        task->absent = false;
        task->first_absent_mono_ns = 0;
    }
}

/* Has the venue said something about the order: what it is, or that it knows none? */
static bool has_spoken(const struct sofia_result *result)
{
    return result->verdict == SOFIA_VERDICT_ACCEPTED ||
           (result->verdict == SOFIA_VERDICT_REJECTED && result->action == SOFIA_ACTION_GONE);
}

/* The task may have ended while its question was under way, and another one taken its place. */
static bool is_answer_to(const struct doubt_task *task, const struct order *order,
                         const struct exchange_call *call)
{
    switch ((int)call->kind) {
    case CALL_QUERY: /* the SYNC event before this result may have moved the task on */
        return task->step != DOUBT_FILLS && (call->order_id == task->order_id ||
                                             (task->step == DOUBT_ORIGINAL && order != NULL &&
                                              call->order_id == order->pub.replaces));
    case CALL_OPEN_ORDERS:
        return task->step == DOUBT_LISTING;
    case CALL_TRADES:
        return task->step == DOUBT_FILLS && call->order_id == task->order_id;
    default:
        return false;
    }
}

/* A doubtful cancel whose order still lives is sent again: cancelling twice does no harm. */
static void after_query(struct doubts *doubts, struct doubt_task *task, struct order *order,
                        const struct sofia_result *result)
{
    uint32_t doubt = order->pub.doubt;
    if (!has_spoken(result) && !SOFIA_STATE_IS_TERMINAL(order->base_state)) {
        later(doubts, task); /* a question that got no answer settles nothing */
        return;
    }
    if (task->absent && !SOFIA_STATE_IS_TERMINAL(order->base_state)) {
        later(doubts, task); /* nothing to cancel either, until it is found or proven gone */
        return;
    }
    if (doubt == 0 || SOFIA_STATE_IS_TERMINAL(order->base_state)) {
        if (doubt != 0) {
            (void)path_doubt(doubts->path, order, doubt, false, KNOWN_BY_QUERY,
                             "the order has ended");
        }
        doubts->resolved++;
        end(doubts, task);
        return;
    }
    if (doubt == SOFIA_DOUBT_CANCEL && order->pub.venue_id[0] != '\0') {
        if (order_cancel(doubts->path, order->pub.order_id) != 0) {
            log_debug("doubt", "%s", error_message());
        }
    }
    later(doubts, task);
}

/* ---- an order the venue had, and does not know any more ---- */

static bool was_acknowledged(const struct order *order)
{
    return order->base_state != SOFIA_STATE_PENDING_NEW &&
           !SOFIA_STATE_IS_TERMINAL(order->base_state);
}

static void conclude_vanished(struct doubts *doubts, struct doubt_task *task, struct order *order)
{
    bool cancelled = order->cancel_pending || (order->pub.doubt & SOFIA_DOUBT_CANCEL) != 0;
    log_error("doubt", "order %llu has vanished: the venue confirmed it once and does not know it",
              (unsigned long long)order->pub.order_id);
    path_audit(doubts->path, order->pub.order_id, "vanished", "engine",
               "the venue confirmed it as %s and does not know it any more", order->pub.venue_id);
    doubts->vanished++;
    doubts->resolved++;
    (void)path_conclude(doubts->path, order, cancelled ? SOFIA_STATE_CANCELED : SOFIA_STATE_EXPIRED,
                        KNOWN_BY_ABSENCE,
                        "the venue does not know it: unknown twice, not in the listing");
    end(doubts, task);
}

/* Not in the listing either: what it may have traded is fetched before it ends. */
static void after_listing(struct doubts *doubts, struct doubt_task *task,
                          const struct sofia_result *result)
{
    if (result->verdict != SOFIA_VERDICT_ACCEPTED || !task->absent) {
        task->step = DOUBT_QUERY;
        later(doubts, task);
        return;
    }
    task->step = DOUBT_FILLS;
    task->last = true;
    task->delay_ns = doubts->config.first_ns;
    task->due_mono_ns = clock_mono_ns(doubts->path->clock);
}

static void after_last_fills(struct doubts *doubts, struct doubt_task *task, struct order *order,
                             const struct sofia_result *result)
{
    if (SOFIA_STATE_IS_TERMINAL(order->base_state)) {
        end(doubts, task); /* its fills were all of it */
    } else if (!has_spoken(result)) {
        later(doubts, task);
    } else if (task->more) {
        task->more = false;
        task->due_mono_ns = clock_mono_ns(doubts->path->clock);
    } else {
        conclude_vanished(doubts, task, order);
    }
}

void doubts_on_result(struct doubts *doubts, const struct exchange_call *call,
                      const struct sofia_result *result)
{
    uint32_t at = (uint32_t)(call->cookie & 0xffffu);
    if (at >= DOUBT_TASKS || doubts->tasks[at].step == DOUBT_FREE || !doubts->tasks[at].waiting) {
        return;
    }
    struct doubt_task *task = &doubts->tasks[at];
    struct order *order = state_order(doubts->path->state, task->order_id);
    if (!is_answer_to(task, order, call)) {
        return;
    }
    bool answered = result->verdict == SOFIA_VERDICT_ACCEPTED;
    task->waiting = false;
    if (order == NULL) {
        end(doubts, task);
        return;
    }
    if (call->kind == CALL_OPEN_ORDERS && was_acknowledged(order)) {
        after_listing(doubts, task, result);
        return;
    }
    if (call->kind == CALL_TRADES && task->last) {
        after_last_fills(doubts, task, order, result);
        return;
    }
    if (call->kind == CALL_OPEN_ORDERS && task->step == DOUBT_LISTING) {
        if (answered && (order->pub.doubt & (SOFIA_DOUBT_PLACE | SOFIA_DOUBT_REPLACE)) != 0) {
            prove_absent(doubts, order);
            doubts->resolved++;
            end(doubts, task);
            return;
        }
        task->step = DOUBT_QUERY;
        later(doubts, task);
        return;
    }
    if (call->kind == CALL_QUERY && call->order_id != task->order_id) {
        task->step = answered ? DOUBT_LISTING : DOUBT_QUERY;
        task->delay_ns = doubts->config.first_ns;
        later(doubts, task);
        return;
    }
    if (call->kind == CALL_QUERY) {
        after_query(doubts, task, order, result);
        return;
    }
    later(doubts, task);
}
