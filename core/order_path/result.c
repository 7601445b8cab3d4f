/* What became of a request: accepted, rejected, not sent, or in doubt. Nobody guesses; what is not known is doubt. */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/log.h"
#include "base/str.h"
#include "order_path/path.h"

int path_conclude(struct path *path, struct order *order, uint32_t state, uint32_t source,
                  const char *reason)
{
    struct record_report record = {.order_id = order->pub.order_id,
                                   .state = state,
                                   .source = source,
                                   .about = SEND_PLACE,
                                   .filled_qty = sofia_decimal_absent()};
    (void)str_copy(record.reason, sizeof(record.reason), reason);
    int rc = path_record(path, RECORD_REPORT, &record, sizeof(record), NULL);
    if (rc == 0 && order->pub.doubt != 0 && SOFIA_STATE_IS_TERMINAL(state)) {
        rc = path_doubt(path, order, order->pub.doubt, false, source, reason);
    }
    return rc;
}

int path_doubt(struct path *path, struct order *order, uint32_t bits, bool set, uint32_t source,
               const char *reason)
{
    struct record_doubt record = {
        .order_id = order->pub.order_id, .bits = bits, .set = set ? 1 : 0, .source = source};
    (void)str_copy(record.reason, sizeof(record.reason), reason);
    path->counts.doubts += set ? 1u : 0u;
    return path_record(path, RECORD_DOUBT, &record, sizeof(record), NULL);
}

/* ---- what the adapter advises besides the verdict ---- */

static void follow_advice(struct path *path, struct path_account *account,
                          const struct sofia_result *result)
{
    int64_t until = clock_mono_ns(path->clock) + (int64_t)result->retry_after_ms * CLOCK_NS_PER_MS;
    switch (result->action) {
    case SOFIA_ACTION_FATAL:
        account->fatal = true;
        (void)str_copy(account->why, sizeof(account->why), result->reason);
        path->owner.account_fatal(path->owner.ctx, account->id, result->reason);
        break;
    case SOFIA_ACTION_BACK_OFF:
        if (until > account->back_off_until_mono_ns) {
            account->back_off_until_mono_ns = until;
        }
        break;
    case SOFIA_ACTION_RESYNC_CLOCK:
        path->owner.wants_clock(path->owner.ctx, account->id);
        break;
    case SOFIA_ACTION_REFRESH:
        path->owner.wants_rules(path->owner.ctx, account->id);
        break;
    default:
        break;
    }
}

static uint32_t known_by(const struct sofia_result *result)
{
    return result->verdict == SOFIA_VERDICT_NOT_SENT ? KNOWN_BY_NOT_SENT : KNOWN_BY_ANSWER;
}

/* ---- placements ---- */

/* A refusal that is certain and whose cause is our clock may be tried once more, as the same order. */
static bool retry_with_new_time(struct path *path, struct order *order,
                                const struct sofia_result *result)
{
    if (result->action != SOFIA_ACTION_RESYNC_CLOCK || order->send_count != 1 ||
        path->parked_count == PATH_PARKED || order->base_state != SOFIA_STATE_PENDING_NEW) {
        return false;
    }
    int64_t now = clock_mono_ns(path->clock);
    path->parked[path->parked_count++] = (struct parked){.order_id = order->pub.order_id,
                                                         .intent_seq = order->last_seq,
                                                         .since_mono_ns = now,
                                                         .until_mono_ns = now,
                                                         .wants_clock = true};
    path_audit(path, order->pub.order_id, "retry", "engine", "%s", result->reason);
    return true;
}

/* The venue looked at the placement, or never got it, for certain: what was asked for does not live. */
static void conclude_refused(struct path *path, struct order *order,
                             const struct sofia_result *result)
{
    if (order->base_state != SOFIA_STATE_PENDING_NEW || retry_with_new_time(path, order, result)) {
        return; /* the stream was faster and knows better */
    }
    path->counts.rejected++;
    (void)path_conclude(path, order, SOFIA_STATE_REJECTED, known_by(result), result->reason);
}

static void submit_result(struct path *path, struct order *order, const struct sofia_result *result)
{
    switch (result->verdict) {
    case SOFIA_VERDICT_ACCEPTED:
        path->counts.accepted++;
        if (order->base_state == SOFIA_STATE_PENDING_NEW) {
            (void)path_conclude(path, order, SOFIA_STATE_NEW, KNOWN_BY_ANSWER, "");
        }
        return;
    case SOFIA_VERDICT_REJECTED:
    case SOFIA_VERDICT_NOT_SENT:
        if (result->action == SOFIA_ACTION_ADOPT) {
            break; /* the venue says this id lives: ask it, believe nothing */
        }
        conclude_refused(path, order, result);
        return;
    default:
        break;
    }
    if (SOFIA_STATE_IS_TERMINAL(order->base_state) || order->pub.venue_id[0] != '\0') {
        return; /* known meanwhile */
    }
    if ((order->pub.doubt & SOFIA_DOUBT_PLACE) == 0) {
        (void)path_doubt(path, order, SOFIA_DOUBT_PLACE, true, 0, result->reason);
    }
    path->owner.wants_query(path->owner.ctx, order, result->reason);
}

/* ---- replacements ---- */

static void ask_for_original(struct path *path, const struct order *replacement, const char *reason)
{
    struct order *original = state_order(path->state, replacement->pub.replaces);
    if (original != NULL && !SOFIA_STATE_IS_TERMINAL(original->base_state)) {
        path->owner.wants_query(path->owner.ctx, original, reason);
    }
}

/* Accepted without a report of a new order: the venue has changed the one that was there. */
static void replace_result(struct path *path, struct order *order,
                           const struct sofia_result *result)
{
    bool refused =
        result->verdict == SOFIA_VERDICT_REJECTED || result->verdict == SOFIA_VERDICT_NOT_SENT;
    if (result->verdict == SOFIA_VERDICT_ACCEPTED) {
        path->counts.accepted++;
        if (order_is_pending_replacement(order)) {
            (void)path_take_over(path, order, KNOWN_BY_ANSWER);
            if (order->pub.doubt != 0) {
                (void)path_doubt(path, order, SOFIA_DOUBT_REPLACE, false, KNOWN_BY_ANSWER, "");
            }
        }
        path_settle_replacement(path, order);
    } else if (refused && result->action != SOFIA_ACTION_ADOPT) {
        conclude_refused(path, order, result);
        ask_for_original(path, order, "its replacement was refused");
    } else if (order_is_pending_replacement(order)) {
        if ((order->pub.doubt & SOFIA_DOUBT_REPLACE) == 0) {
            (void)path_doubt(path, order, SOFIA_DOUBT_REPLACE, true, 0, result->reason);
        }
        path->owner.wants_query(path->owner.ctx, order, result->reason);
        ask_for_original(path, order, result->reason);
    }
}

/* ---- cancels: the answer alone never ends an order ---- */

static void cancel_refused(struct path *path, struct order *order,
                           const struct sofia_result *result)
{
    struct record_report record = {.order_id = order->pub.order_id,
                                   .about = SEND_CANCEL,
                                   .source = known_by(result),
                                   .venue_code = result->venue_code,
                                   .filled_qty = sofia_decimal_absent()};
    (void)str_copy(record.reason, sizeof(record.reason), result->reason);
    (void)path_record(path, RECORD_REPORT, &record, sizeof(record), NULL);
}

static void cancel_result(struct path *path, struct order *order, const struct sofia_result *result)
{
    if (SOFIA_STATE_IS_TERMINAL(order->base_state)) {
        return;
    }
    switch (result->verdict) {
    case SOFIA_VERDICT_ACCEPTED:
        path->owner.wants_query(path->owner.ctx, order, "cancel accepted, end not reported yet");
        return;
    case SOFIA_VERDICT_REJECTED:
    case SOFIA_VERDICT_NOT_SENT:
        if (result->action == SOFIA_ACTION_RESYNC_CLOCK) {
            break; /* a cancel is owed until it is done: doubt sends it again with the right time */
        }
        cancel_refused(path, order, result);
        if (result->action == SOFIA_ACTION_GONE) {
            path->owner.wants_query(path->owner.ctx, order, result->reason);
        }
        return;
    default:
        break;
    }
    (void)path_doubt(path, order, SOFIA_DOUBT_CANCEL, true, 0, result->reason);
    path->owner.wants_query(path->owner.ctx, order, result->reason);
}

void path_on_result(struct path *path, uint32_t account_id, const struct exchange_call *call,
                    const struct sofia_result *result)
{
    struct path_account *account = path_account(path, account_id);
    if (account == NULL) {
        return;
    }
    follow_advice(path, account, result);
    if (call->kind != CALL_SUBMIT && call->kind != CALL_CANCEL && call->kind != CALL_REPLACE) {
        return;
    }
    struct order *order = state_order(path->state, call->order_id);
    if (order == NULL) {
        log_error("path", "result for order %llu, which is not known",
                  (unsigned long long)call->order_id);
        return;
    }
    if (call->kind == CALL_SUBMIT) {
        submit_result(path, order, result);
    } else if (call->kind == CALL_REPLACE) {
        replace_result(path, order, result);
    } else {
        cancel_result(path, path_successor(path, order), result);
    }
}
