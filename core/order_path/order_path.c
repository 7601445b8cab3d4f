/* The life of an order, top to bottom. Each station is in a file of its own name. */
#include "order_path/path.h"

#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/str.h"
#include "net/net.h"
#include "store/journal.h"

/* ---- 1. admit: from an intent to a journaled order ---- */

typedef bool (*station_fn)(struct path *path, struct passage *passage);

static const station_fn stations[] = {
    station_intake, /* is it an order at all, whose, on which branch */
    station_rules,  /* would the venue take it */
    station_risk,   /* may we want it */
    station_kill,   /* may anything pass */
    station_gate,   /* does it leave, or stay in the shadow */
};

static bool walk(struct path *path, struct passage *passage)
{
    for (size_t i = 0; i < sizeof(stations) / sizeof(stations[0]); i++) {
        if (!stations[i](path, passage)) {
            return false;
        }
    }
    return true;
}

/* The intent, and what refused or kept it. From here on the order exists. */
static int journal_order(struct path *path, struct passage *passage, bool passed, uint64_t *ret_seq)
{
    int rc = path_record(path, RECORD_INTENT, &passage->intent, sizeof(passage->intent), ret_seq);
    if (rc != 0) {
        return rc;
    }
    passage->legs_mono_ns[LEG_JOURNAL] = clock_mono_ns(path->timer);
    passage->verdict.order_id = passage->intent.order_id;
    if (!passed) {
        path->counts.denied++;
        return path_record(path, RECORD_VERDICT, &passage->verdict, sizeof(passage->verdict),
                           ret_seq);
    }
    if (passage->intent.branch == SOFIA_BRANCH_SHADOW) {
        path->counts.shadowed++;
        return path_record(path, RECORD_SHADOW, &passage->verdict, sizeof(passage->verdict),
                           ret_seq);
    }
    return 0;
}

static void begin(struct path *path, const struct admit_request *request, struct passage *passage)
{
    memset(passage, 0, sizeof(*passage));
    passage->asked = request->intent;
    passage->intent.order_id = request->order_id;
    passage->intent.strategy = request->strategy;
    passage->intent.origin = request->origin;
    passage->intent.replaces = request->replaces;
    passage->original = state_order(path->state, request->replaces);
    passage->intent.created_ns = clock_now_ns(path->clock);
    passage->verdict.value = sofia_decimal_absent();
    passage->verdict.limit = sofia_decimal_absent();
    passage->legs_mono_ns[LEG_INTAKE] = clock_mono_ns(path->timer);
}

static void tell(const struct path *path, const struct passage *passage, bool passed,
                 struct admit_result *ret_result)
{
    const struct order *order = state_order(path->state, passage->intent.order_id);
    memset(ret_result, 0, sizeof(*ret_result));
    ret_result->order_id = passage->intent.order_id;
    ret_result->seq = path->state->last_seq;
    ret_result->verdict = passage->verdict;
    if (order != NULL) {
        ret_result->state = order->pub.state;
        if (passed && ret_result->state == SOFIA_STATE_DENIED &&
            path->refusal.order_id == order->pub.order_id) {
            ret_result->verdict = path->refusal;
        }
    } else {
        ret_result->state = !passed ? SOFIA_STATE_DENIED
                            : passage->intent.branch == SOFIA_BRANCH_SHADOW
                                ? SOFIA_STATE_SHADOW
                                : SOFIA_STATE_PENDING_NEW;
    }
}

uint64_t path_next_order_id(struct path *path)
{
    if (path->next_order_id <= path->state->last_order_id) {
        path->next_order_id = path->state->last_order_id + 1;
    }
    return path->next_order_id++;
}

/* A request id that was seen before names the order it made then. */
static bool is_repeat(const struct path *path, const struct admit_request *request,
                      struct admit_result *ret_result)
{
    const struct order *order =
        state_order_by_request(path->state, request->strategy, request->intent.request_id);
    if (order == NULL) {
        return false;
    }
    memset(ret_result, 0, sizeof(*ret_result));
    ret_result->order_id = order->pub.order_id;
    ret_result->seq = order->last_seq;
    ret_result->state = order->pub.state;
    ret_result->repeated = true;
    return true;
}

int order_admit(struct path *path, const struct admit_request *request,
                struct admit_result *ret_result)
{
    struct passage passage;
    uint64_t seq = 0;
    if (path->failed) {
        return error_set(ERR_WRONG_STATE, "no new orders: %s", path->failure);
    }
    if (is_repeat(path, request, ret_result)) {
        return 0;
    }
    begin(path, request, &passage);
    if (passage.intent.order_id == 0 && !request->dry_run) {
        passage.intent.order_id = path_next_order_id(path);
    }
    bool passed = walk(path, &passage);
    if (passage.intent.instrument == 0 || request->dry_run) {
        tell(path, &passage, passed, ret_result); /* nothing to journal it under */
        return 0;
    }
    int rc = journal_order(path, &passage, passed, &seq);
    if (rc != 0) {
        return error_append("order %llu", (unsigned long long)passage.intent.order_id);
    }
    path->counts.admitted++;
    struct order *order = state_order(path->state, passage.intent.order_id);
    if (order != NULL && order->pub.state == SOFIA_STATE_PENDING_NEW) {
        crash_point(CRASH_AFTER_INTENT);
        memcpy(path->legs_ns, passage.legs_mono_ns, sizeof(path->legs_ns));
        order_release(path, order, seq);
    }
    tell(path, &passage, passed, ret_result);
    return 0;
}

/* ---- 1b. amend: an intent that replaces a live order ---- */

int order_amend(struct path *path, const struct admit_request *request, uint64_t original_id,
                struct admit_result *ret_result)
{
    struct admit_request whole = *request;
    struct sofia_intent *intent = &whole.intent;
    const struct order *original = state_order(path->state, original_id);
    if (original == NULL) {
        return error_set(ERR_NOT_FOUND, "no order %llu", (unsigned long long)original_id);
    }
    whole.replaces = original_id;
    whole.strategy = original->strategy;
    intent->size = sizeof(*intent);
    intent->instrument = original->pub.instrument;
    intent->side = original->pub.side;
    intent->type = original->pub.type;
    intent->tif = original->pub.tif;
    intent->flags = original->pub.flags;
    intent->quote_qty = sofia_decimal_absent();
    intent->stop_price = sofia_decimal_absent();
    if (sofia_decimal_is_absent(intent->qty)) {
        intent->qty = original->pub.qty;
    }
    if (sofia_decimal_is_absent(intent->price)) {
        intent->price = original->pub.price;
    }
    int rc = order_admit(path, &whole, ret_result);
    if (rc == 0 && ret_result->repeated &&
        state_order(path->state, ret_result->order_id)->pub.replaces != original_id) {
        return error_set(ERR_EXISTS, "order %llu was made by this very request",
                         (unsigned long long)ret_result->order_id);
    }
    return rc;
}

/* ---- 2. release: from a journaled order to bytes at the venue ---- */

static void deny(struct path *path, struct order *order, const char *code, const char *reason)
{
    struct record_verdict verdict = {.order_id = order->pub.order_id,
                                     .station = STATION_RELEASE,
                                     .value = sofia_decimal_absent(),
                                     .limit = sofia_decimal_absent()};
    (void)str_copy(verdict.code, sizeof(verdict.code), code);
    (void)str_copy(verdict.reason, sizeof(verdict.reason), reason);
    if (order->send_count >
        0) { /* it was sent once and refused for certain: the venue's end, not ours */
        (void)path_conclude(path, order, SOFIA_STATE_REJECTED, KNOWN_BY_ANSWER, reason);
        return;
    }
    path->counts.denied++;
    path->refusal = verdict;
    (void)path_record(path, RECORD_VERDICT, &verdict, sizeof(verdict), NULL);
}

static void park(struct path *path, const struct order *order, uint64_t intent_seq,
                 int64_t until_mono_ns, bool wants_clock)
{
    int64_t now = clock_mono_ns(path->clock);
    for (uint32_t i = 0; i < path->parked_count; i++) {
        if (path->parked[i].order_id == order->pub.order_id) {
            path->parked[i].until_mono_ns = until_mono_ns;
            return;
        }
    }
    path->parked[path->parked_count++] = (struct parked){.order_id = order->pub.order_id,
                                                         .intent_seq = intent_seq,
                                                         .since_mono_ns = now,
                                                         .until_mono_ns = until_mono_ns,
                                                         .wants_clock = wants_clock};
}

static struct order *original_of(const struct path *path, const struct order *order)
{
    return order->pub.replaces == 0 ? NULL : state_order(path->state, order->pub.replaces);
}

/* A replacement that waited: is its original still what it was meant to replace? */
static const char *why_not_replace_now(const struct path *path, const struct order *order)
{
    const struct order *original = original_of(path, order);
    if (order->pub.replaces == 0) {
        return NULL;
    }
    if (original == NULL || SOFIA_STATE_IS_TERMINAL(original->base_state)) {
        return "the order it replaces is over";
    }
    if (original->replaced_by != order->pub.order_id || original->cancel_pending ||
        original->pub.doubt != 0) {
        return "the order it replaces is being changed otherwise";
    }
    return sofia_decimal_cmp(order->pub.qty, original->pub.filled_qty) > 0
               ? NULL
               : "the order it replaces has filled that much already";
}

/* Again, because time may have passed since the stations were walked: 0, or why it is denied. */
static const char *recheck(const struct path *path, const struct order *order,
                           const char **ret_code)
{
    const struct latch *latch;
    const struct path_account *account =
        path_account((struct path *)(uintptr_t)path, order->account);
    if (kill_refuses(path->kill, path->state, order->account, order->strategy,
                     order->pub.instrument, order->pub.origin, order->effect, &latch) != 0) {
        *ret_code = "KILL_SWITCH";
        return latch == NULL ? "the kill switch is engaged" : latch->reason;
    }
    if (account == NULL || account->fatal || !account->can_trade) {
        *ret_code = "ACCOUNT_STOPPED";
        return account == NULL ? "no such account" : account->why;
    }
    if (order->send_count == 0 && !account->reconciled) {
        *ret_code = "NOT_RECONCILED";
        return account->why;
    }
    const char *not_amendable = why_not_replace_now(path, order);
    if (not_amendable != NULL) {
        *ret_code = "NOT_AMENDABLE";
        return not_amendable;
    }
    if (order->send_count == 0 && account->back_off_until_mono_ns > clock_mono_ns(path->clock)) {
        *ret_code = "BACK_OFF";
        return "the venue asked for a pause (rate limit)";
    }
    if (clock_now_ns(path->clock) - order->pub.created_ns > path->max_age_ns) {
        *ret_code = "TOO_OLD";
        return "it waited longer than orders.max_age";
    }
    return NULL;
}

static int journal_send(struct path *path, struct order *order, uint32_t what,
                        const struct exchange_prepared *prepared, const char *cancel_id)
{
    struct record_send send = {
        .order_id = order->pub.order_id,
        .what = what,
        .attempt = 1 + (what == SEND_CANCEL ? order->cancel_count : order->send_count),
        .accept_until_ns = prepared->request.accept_until_ns,
        .sent_ns = clock_now_ns(path->clock)};
    (void)str_copy(send.cancel_id, sizeof(send.cancel_id), cancel_id);
    return path_record(path, RECORD_SEND, &send, sizeof(send), NULL);
}

/* Why it cannot leave now; parks what may leave later. */
static void not_now(struct path *path, struct order *order, uint64_t intent_seq, int status,
                    struct exchange *exchange)
{
    int64_t wait = exchange_wait_ns(exchange);
    if (status == EXCHANGE_ERR_BUDGET && wait != 0 && path->parked_count < PATH_PARKED) {
        park(path, order, intent_seq, wait, false);
        return;
    }
    deny(path, order,
         status == EXCHANGE_ERR_BUDGET ? "NO_BUDGET"
         : status == ERR_UNSUPPORTED   ? "NOT_AMENDABLE"
                                       : "CANNOT_SEND",
         error_message());
}

/* The adapter makes the bytes: of a new order, or of a change of one that lives. */
static int encode(const struct path *path, const struct order *order, struct exchange *exchange,
                  struct exchange_prepared *ret_prepared)
{
    const struct order *original = original_of(path, order);
    if (original == NULL) {
        return exchange_prepare_submit(exchange, &order->pub, ret_prepared);
    }
    struct sofia_order replacement = order->pub;
    replacement.filled_qty = original->pub.filled_qty;
    return exchange_prepare_replace(exchange, &original->pub, &replacement, ret_prepared);
}

void order_release(struct path *path, struct order *order, uint64_t intent_seq)
{
    struct exchange_prepared prepared;
    struct path_account *account = path_account(path, order->account);
    const char *code = NULL;
    const char *reason = recheck(path, order, &code);
    if (reason != NULL) {
        deny(path, order, code, reason);
        return;
    }
    if (path->durable && !journal_is_synced(path->journal, intent_seq)) {
        if (path->parked_count < PATH_PARKED) {
            park(path, order, intent_seq, 0, false);
        } else {
            deny(path, order, "TOO_MANY_WAIT", "too many orders wait for the disk");
        }
        return;
    }
    if (!exchange_is_ready(account->exchange)) {
        deny(path, order, "NO_CONNECTION", "no connection on which the order would leave at once");
        return;
    }
    int rc = encode(path, order, account->exchange, &prepared);
    path->legs_ns[LEG_SIGN] = clock_mono_ns(path->timer);
    if (rc != 0) {
        not_now(path, order, intent_seq, rc, account->exchange);
        return;
    }
    uint32_t what = order->pub.replaces == 0 ? SEND_PLACE : SEND_REPLACE;
    if (journal_send(path, order, what, &prepared, "") != 0) {
        return; /* path_record has stopped the path; the order stays unsent and a restart says so */
    }
    crash_point(CRASH_AFTER_SEND);
    rc = exchange_send(account->exchange, &prepared);
    path->legs_ns[LEG_WRITE] = clock_mono_ns(path->timer);
    if (rc != 0) {
        (void)path_conclude(path, order, SOFIA_STATE_REJECTED, KNOWN_BY_NOT_SENT, error_message());
        return;
    }
    path->counts.sent++;
}

/* Has what it waits for come? */
static bool may_leave(const struct path *path, const struct order *order,
                      const struct parked *waiting, int64_t now_mono_ns)
{
    const struct path_account *account =
        path_account((struct path *)(uintptr_t)path, order->account);
    int64_t venue_now_ns;
    return now_mono_ns >= waiting->until_mono_ns &&
           (!path->durable || journal_is_synced(path->journal, waiting->intent_seq)) &&
           (!waiting->wants_clock || exchange_venue_now_ns(account->exchange, &venue_now_ns) == 0);
}

bool order_release_parked(struct path *path)
{
    int64_t now = clock_mono_ns(path->clock);
    uint32_t count = path->parked_count;
    struct parked waiting[PATH_PARKED];
    memcpy(waiting, path->parked, count * sizeof(waiting[0]));
    path->parked_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct order *order = state_order(path->state, waiting[i].order_id);
        if (order == NULL || SOFIA_STATE_IS_TERMINAL(order->base_state)) {
            continue;
        }
        const char *code = NULL;
        bool over = recheck(path, order, &code) != NULL;
        if (over || may_leave(path, order, &waiting[i], now)) {
            order_release(path, order, waiting[i].intent_seq);
        } else {
            path->parked[path->parked_count++] = waiting[i];
        }
    }
    return path->parked_count > 0;
}

/* ---- 3. cancel: the short path, which nothing may refuse ---- */

/* Nothing of it is under way: it was never sent, or was refused for certain and waits for its second attempt. */
static bool is_at_home(const struct path *path, const struct order *order)
{
    for (uint32_t i = 0; i < path->parked_count; i++) {
        if (path->parked[i].order_id == order->pub.order_id) {
            return true;
        }
    }
    return order->send_count == 0;
}

/* What has to be cancelled at the venue so that nothing of this order lives: an order that was replaced lives as its replacement; of
 * one that is being replaced the venue still knows the original. */
static struct order *target_of_cancel(const struct path *path, struct order *order)
{
    struct order *original = original_of(path, order);
    if (original != NULL && original->replace_pending &&
        original->replaced_by == order->pub.order_id &&
        !SOFIA_STATE_IS_TERMINAL(original->base_state)) {
        return original;
    }
    struct order *next;
    while ((next = order->replaced_by == 0 ? NULL : state_order(path->state, order->replaced_by)) !=
               NULL &&
           (SOFIA_STATE_IS_TERMINAL(order->base_state) || !order_is_pending_replacement(next))) {
        order = next;
    }
    return order;
}

/* An order that is at home ends here, without the venue. */
static int cancel_unsent(struct path *path, struct order *order)
{
    deny(path, order, "CANCELED_UNSENT", "cancelled before it was sent");
    return 0;
}

int order_cancel(struct path *path, uint64_t order_id)
{
    struct exchange_prepared prepared;
    char cancel_id[SOFIA_CLIENT_ID_SIZE];
    struct order *order = state_order(path->state, order_id);
    if (order == NULL) {
        return error_set(ERR_NOT_FOUND, "no order %llu", (unsigned long long)order_id);
    }
    order = target_of_cancel(path, order);
    order_id = order->pub.order_id;
    if (SOFIA_STATE_IS_TERMINAL(order->base_state)) {
        return error_set(ERR_WRONG_STATE, "order %llu is %s", (unsigned long long)order_id,
                         order_state_name(order->base_state));
    }
    if (is_at_home(path, order)) {
        return cancel_unsent(path, order);
    }
    if (order->cancel_pending && (order->pub.doubt & SOFIA_DOUBT_CANCEL) == 0) {
        return error_set(ERR_WRONG_STATE, "a cancel of order %llu is under way",
                         (unsigned long long)order_id);
    }
    struct path_account *account = path_account(path, order->account);
    struct sofia_order pub = order->pub;
    path_client_id(path, cancel_id);
    memcpy(pub.cancel_id, cancel_id, sizeof(pub.cancel_id));
    int rc = exchange_prepare_cancel(account->exchange, &pub, &prepared);
    rc = rc != 0 ? rc : journal_send(path, order, SEND_CANCEL, &prepared, cancel_id);
    if (rc != 0) {
        return error_append("cancel of order %llu", (unsigned long long)order_id);
    }
    rc = exchange_send(account->exchange, &prepared);
    if (rc != 0) {
        struct record_report refused = {.order_id = order_id,
                                        .about = SEND_CANCEL,
                                        .source = KNOWN_BY_NOT_SENT,
                                        .filled_qty = sofia_decimal_absent()};
        (void)str_copy(refused.reason, sizeof(refused.reason), error_message());
        (void)path_record(path, RECORD_REPORT, &refused, sizeof(refused), NULL);
        return rc;
    }
    path->counts.cancels_sent++;
    return 0;
}
