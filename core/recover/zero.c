#include "recover/zero.h"

#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"

#define LISTING_TIMEOUT_NS (20 * CLOCK_NS_PER_S)
#define WAIT_MAX_NS (5 * CLOCK_NS_PER_S)

void zero_init(struct zero *zero, struct path *path, int64_t interval_ns, int64_t margin_ns)
{
    memset(zero, 0, sizeof(*zero));
    zero->path = path;
    zero->interval_ns = interval_ns;
    zero->margin_ns = margin_ns;
}

static void begin(struct zero *zero)
{
    memset(zero->accounts, 0, sizeof(zero->accounts));
    zero->rounds = 0;
    zero->due_mono_ns = 0;
    zero->round_mono_ns = 0;
    zero->wait_ns = zero->interval_ns;
}

void zero_stop(struct zero *zero)
{
    zero->stopping = true;
    zero->proven = false;
    begin(zero);
}

void zero_kick(struct zero *zero)
{
    begin(zero);
}

/* ---- what is in scope ---- */

/* The latch to work on: engaged at cancel or beyond and not proven zero. */
static const struct latch *work(const struct zero *zero)
{
    const struct state *state = zero->path->state;
    for (int i = 0; i < STATE_LATCHES; i++) {
        const struct latch *latch = &state->latches[i];
        if (latch->level >= SOFIA_KILL_CANCEL && latch->zero == 0) {
            return latch;
        }
    }
    return NULL;
}

static bool order_in_scope(const struct zero *zero, const struct order *order)
{
    if (zero->stopping) {
        return true;
    }
    const struct latch *latch =
        state_latch_for(zero->path->state, order->account, order->strategy, order->pub.instrument);
    return latch != NULL && latch->level >= SOFIA_KILL_CANCEL;
}

/* Orders that are not ours are touched only when a whole exclusive account is stopped. */
static bool strangers_in_scope(const struct zero *zero, const struct path_account *account)
{
    if (zero->stopping || !account->exclusive) {
        return false;
    }
    const struct latch *latch = state_latch_for(zero->path->state, account->id, 0, 0);
    return latch != NULL && latch->level >= SOFIA_KILL_CANCEL;
}

/* ---- a round ---- */

static void cancel_ours(struct zero *zero)
{
    struct order *next;
    for (struct order *order = zero->path->state->live.head; order != NULL; order = next) {
        next = order->next;
        if (order->pub.branch != SOFIA_BRANCH_LIVE || !order_in_scope(zero, order) ||
            SOFIA_STATE_IS_TERMINAL(order->base_state)) {
            continue;
        }
        if (order_cancel(zero->path, order->pub.order_id) != 0) {
            log_debug("zero", "%s", error_message());
        }
    }
}

/* Could the venue still accept something sent before? */
static bool windows_are_over(const struct zero *zero, const struct path_account *account)
{
    int64_t now;
    if (exchange_venue_now_ns(account->exchange, &now) != 0) {
        return false;
    }
    const struct order_list *lists[] = {&zero->path->state->live, &zero->path->state->done};
    for (size_t i = 0; i < 2; i++) {
        uint32_t looked = 0;
        for (const struct order *o = lists[i]->tail; o != NULL && looked < 512; o = o->prev) {
            looked++;
            if (o->account == account->id && o->pub.venue_id[0] == '\0' && o->send_count > 0 &&
                o->base_state != SOFIA_STATE_REJECTED &&
                now <= o->accept_until_ns + zero->margin_ns) {
                return false;
            }
        }
    }
    return true;
}

static void list(struct zero *zero, struct path_account *account, struct zero_account *seen)
{
    int64_t now = clock_mono_ns(zero->path->clock);
    if (seen->waiting && now - seen->since_mono_ns < LISTING_TIMEOUT_NS) {
        return;
    }
    seen->found = 0;
    seen->after_windows = windows_are_over(zero, account);
    seen->waiting = exchange_open_orders(account->exchange, "", COOKIE_ZERO | account->id) == 0;
    seen->since_mono_ns = now;
    if (!seen->waiting) {
        log_debug("zero", "cannot list the open orders now: %s", error_message());
    }
}

/* ---- is it zero? ---- */

static bool ours_are_over(const struct zero *zero)
{
    for (const struct order *order = zero->path->state->live.head; order != NULL;
         order = order->next) {
        if (order->pub.branch == SOFIA_BRANCH_LIVE && order_in_scope(zero, order)) {
            return false;
        }
    }
    return true;
}

/* An engine that stops need not ask an account with which it never came into touch: nothing has been sent, and nothing of ours is
 * live by the journal. */
static bool is_untouched(const struct zero *zero, const struct path_account *account)
{
    return zero->stopping && !account->reconciled &&
           exchange_sent_count(account->exchange, SOFIA_CLASS_TRADE) == 0;
}

static bool is_zero(const struct zero *zero)
{
    if (!ours_are_over(zero)) {
        return false;
    }
    for (int i = 0; i < PATH_ACCOUNTS; i++) {
        const struct path_account *account = &zero->path->accounts[i];
        if (account->id != 0 && !is_untouched(zero, account) &&
            (zero->accounts[i].empty_reads < 2 || !windows_are_over(zero, account))) {
            return false;
        }
    }
    return true;
}

static void journal_zero(struct zero *zero, const struct latch *latch)
{
    struct record_kill record = {
        .epoch = latch->epoch, .level = latch->level, .zero = 1, .at_ns = latch->at_ns};
    memcpy(record.scope, latch->scope, sizeof(record.scope));
    memcpy(record.author, latch->author, sizeof(record.author));
    memcpy(record.reason, latch->reason, sizeof(record.reason));
    if (path_record(zero->path, RECORD_KILL, &record, sizeof(record), NULL) == 0) {
        log_info("zero", "kill switch over %s: nothing is open, read twice", record.scope);
    }
}

/* ---- when the next round is due ---- */

/* What a round can change. As long as it does, the next one follows at once. */
static struct zero_picture look(const struct zero *zero)
{
    struct zero_picture picture = {0};
    for (const struct order *o = zero->path->state->live.head; o != NULL; o = o->next) {
        bool ours = o->pub.branch == SOFIA_BRANCH_LIVE && order_in_scope(zero, o);
        picture.live += ours ? 1u : 0u;
    }
    for (int i = 0; i < PATH_ACCOUNTS; i++) {
        const struct path_account *account = &zero->path->accounts[i];
        if (account->id != 0) {
            picture.listed += zero->accounts[i].listed;
            picture.empty_reads +=
                zero->accounts[i].empty_reads < 2 ? zero->accounts[i].empty_reads : 2;
            picture.windows += windows_are_over(zero, account) ? 1u : 0u;
        }
    }
    return picture;
}

static bool is_budget_low(const struct zero *zero)
{
    for (int i = 0; i < PATH_ACCOUNTS; i++) {
        const struct path_account *account = &zero->path->accounts[i];
        if (account->id != 0 && exchange_budget_is_low(account->exchange)) {
            return true;
        }
    }
    return false;
}

/* Listing everything is the dearest question there is: without progress, or with little left to ask with, rounds grow apart. */
static bool is_round_due(struct zero *zero, int64_t now)
{
    struct zero_picture picture = look(zero);
    int64_t wait = zero->wait_ns;
    bool low = is_budget_low(zero);
    if (memcmp(&picture, &zero->picture, sizeof(picture)) != 0) {
        zero->picture = picture;
        wait = zero->interval_ns;
    }
    int64_t most = WAIT_MAX_NS > zero->interval_ns ? WAIT_MAX_NS : zero->interval_ns;
    wait = low ? most : wait;
    zero->wait_ns = wait;
    if (zero->rounds > 0 && now < zero->round_mono_ns + wait) {
        return false;
    }
    zero->round_mono_ns = now;
    zero->wait_ns = wait * 2 < most ? wait * 2 : most;
    return true;
}

int64_t zero_turn(struct zero *zero)
{
    const struct latch *latch = zero->stopping ? NULL : work(zero);
    int64_t now = clock_mono_ns(zero->path->clock);
    if ((!zero->stopping && latch == NULL) || zero->proven) {
        return INT64_MAX;
    }
    if (latch != NULL && latch->epoch != zero->epoch) {
        zero->epoch = latch->epoch;
        begin(zero);
    }
    if (now < zero->due_mono_ns) {
        return zero->due_mono_ns;
    }
    zero->due_mono_ns = now + zero->interval_ns;
    if (is_zero(zero)) {
        if (zero->stopping) {
            zero->proven = true;
        } else {
            journal_zero(zero, latch);
            begin(zero);
        }
        return zero->due_mono_ns;
    }
    if (!is_round_due(zero, now)) {
        return zero->due_mono_ns;
    }
    zero->rounds++;
    cancel_ours(zero);
    for (int i = 0; i < PATH_ACCOUNTS; i++) {
        if (zero->path->accounts[i].id != 0) {
            list(zero, &zero->path->accounts[i], &zero->accounts[i]);
        }
    }
    return zero->due_mono_ns;
}

/* ---- what the listing shows ---- */

static void cancel_stranger(struct zero *zero, struct path_account *account,
                            const struct sofia_event_report *report)
{
    struct exchange_prepared prepared;
    const struct market_item *item = market_item(zero->path->market, report->head.instrument);
    if (item == NULL) {
        log_error("zero", "an open order %s on an unknown symbol cannot be cancelled",
                  report->venue_id);
        return;
    }
    int rc = exchange_prepare_cancel_all(account->exchange, item->rules.venue_symbol, &prepared);
    rc = rc != 0 ? rc : exchange_send(account->exchange, &prepared);
    log_warn("zero", "order %s on %s is not ours: cancel-all %s", report->venue_id,
             item->rules.name, rc == 0 ? "sent" : error_message());
}

bool zero_on_listed(struct zero *zero, uint32_t account_id, const struct sofia_event_report *report)
{
    struct path_account *account = path_account(zero->path, account_id);
    if (account == NULL || (!zero->stopping && work(zero) == NULL)) {
        return false;
    }
    struct zero_account *seen = &zero->accounts[account - zero->path->accounts];
    const struct order *order = state_order_by_client(zero->path->state, report->client_id);
    bool counts = order != NULL ? order_in_scope(zero, order) : strangers_in_scope(zero, account);
    if (!counts || !seen->waiting) {
        return false;
    }
    seen->found++;
    if (order == NULL) {
        cancel_stranger(zero, account, report);
    }
    return true;
}

void zero_on_result(struct zero *zero, uint32_t account_id, const struct exchange_call *call,
                    const struct sofia_result *result)
{
    struct path_account *account = path_account(zero->path, account_id);
    if (account == NULL || call->kind != CALL_OPEN_ORDERS) {
        return;
    }
    struct zero_account *seen = &zero->accounts[account - zero->path->accounts];
    if (!seen->waiting) {
        return; /* of a listing nobody waits for any more */
    }
    seen->waiting = false;
    if (result->verdict != SOFIA_VERDICT_ACCEPTED) {
        return;
    }
    seen->listed = seen->found;
    if (seen->found > 0 || !ours_are_over(zero)) {
        seen->empty_reads = 0;
    } else if (seen->empty_reads == 0 || seen->after_windows) {
        seen->empty_reads++;
    }
}
