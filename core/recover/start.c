#include "recover/start.h"

#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"

#define RETRY_NS (500 * CLOCK_NS_PER_MS)
#define SAMPLE_NS (100 * CLOCK_NS_PER_MS)
#define ANSWER_TIMEOUT_NS (30 * CLOCK_NS_PER_S)
#define CLOCK_EVERY_NS (30 * CLOCK_NS_PER_S)
#define DIFFERING_READS 4
#define RULES_EVERY_NS (600 * CLOCK_NS_PER_S)
#define PATROL_EVERY_NS (1 * CLOCK_NS_PER_S)
#define PATROL_ROUND_NS (10 * CLOCK_NS_PER_S)
#define HALTED_EVERY_NS                                                                            \
    (30 * CLOCK_NS_PER_S) /* while something does not trade: nobody tells when it does again */

void start_init(struct start *start, struct path *path, struct doubts *doubts,
                bool accept_differences, int64_t compare_every_ns)
{
    memset(start, 0, sizeof(*start));
    start->path = path;
    start->doubts = doubts;
    start->accept_differences = accept_differences;
    start->clock_every_ns = CLOCK_EVERY_NS;
    start->compare_every_ns = compare_every_ns;
}

const char *start_step_name(enum start_step step)
{
    static const char *const names[START_STEP_COUNT] = {
        "idle",        "the venue's clock", "instrument rules", "the private stream",
        "open orders", "orders in doubt",   "balances",         "done"};
    return (unsigned)step < START_STEP_COUNT ? names[step] : "?";
}

/* ---- settle: what the journal itself can tell ---- */

static void settle_order(struct start *start, struct order *order)
{
    if (order->pub.branch != SOFIA_BRANCH_LIVE || order_is_done(order)) {
        return;
    }
    if (order->send_count == 0) {
        (void)path_conclude(start->path, order, SOFIA_STATE_REJECTED, KNOWN_BY_RESTART,
                            "journaled and never sent before the restart");
        return;
    }
    uint32_t asked = order->pub.replaces == 0 ? SOFIA_DOUBT_PLACE : SOFIA_DOUBT_REPLACE;
    if (order->base_state == SOFIA_STATE_PENDING_NEW && (order->pub.doubt & asked) == 0) {
        (void)path_doubt(start->path, order, asked, true, KNOWN_BY_RESTART,
                         "sent before the restart, no answer journaled");
    }
    path_settle_replacement(start->path, order);
    if (order->cancel_pending && (order->pub.doubt & SOFIA_DOUBT_CANCEL) == 0) {
        (void)path_doubt(start->path, order, SOFIA_DOUBT_CANCEL, true, KNOWN_BY_RESTART,
                         "cancel sent before the restart, no answer journaled");
    }
}

void start_settle(struct start *start)
{
    struct order *next;
    for (struct order *order = start->path->state->live.head; order != NULL; order = next) {
        next = order->next;
        settle_order(start, order);
    }
}

/* ---- steps ---- */

static struct start_account *slot_of(struct start *start, uint32_t account)
{
    struct path_account *found = path_account(start->path, account);
    return found == NULL ? NULL : &start->accounts[found - start->path->accounts];
}

static void enter(struct start *start, struct path_account *account, enum start_step step)
{
    struct start_account *slot = &start->accounts[account - start->path->accounts];
    slot->step = account->fatal ? START_IDLE : step; /* stopped: its reason stays as it is */
    slot->waiting = false;
    if (account->fatal) {
        return;
    }
    slot->due_mono_ns = clock_mono_ns(start->path->clock);
    if (step == START_DONE) {
        account->reconciled = true;
        account->why[0] = '\0';
        slot->difference[0] = '\0';
        slot->compare_due_mono_ns = slot->due_mono_ns + start->compare_every_ns;
        log_info("start", "account reconciled");
        return;
    }
    (void)str_format(account->why, sizeof(account->why), "not reconciled (%.70s): waiting for %s",
                     slot->why, start_step_name(step));
}

void start_account(struct start *start, uint32_t id, const char *why)
{
    struct path_account *account = path_account(start->path, id);
    if (account == NULL || account->fatal) {
        return;
    }
    account->reconciled = false;
    struct start_account *slot = slot_of(start, id);
    slot->samples = 0;
    slot->differing_reads = 0;
    (void)str_copy(slot->why, sizeof(slot->why), why);
    log_info("start", "reconciling: %s", why);
    int64_t now;
    bool known = slot->rules_known && exchange_venue_now_ns(account->exchange, &now) == 0;
    enter(start, account, known ? START_PRIVATE : START_CLOCK);
}

void start_again(struct start *start, uint32_t id, const char *why)
{
    struct start_account *slot = slot_of(start, id);
    if (slot != NULL) {
        slot->rules_known = false;
        start_account(start, id, why);
    }
}

/* Every own live order is asked for unless the listing has just confirmed it. */
static void query_the_rest(struct start *start, uint32_t account)
{
    for (struct order *order = start->path->state->live.head; order != NULL; order = order->next) {
        if (order->account != account || order->pub.branch != SOFIA_BRANCH_LIVE) {
            continue;
        }
        if (order_fills_are_missing(order)) {
            doubts_want_fills(start->doubts, order);
        }
        doubts_want_query(start->doubts, order, "reconciliation");
    }
}

static bool is_settled(const struct start *start, uint32_t account)
{
    if (start->doubts->missed_from != 0) {
        return false; /* some have not even been asked for */
    }
    for (uint32_t i = 0; i < DOUBT_TASKS; i++) {
        const struct doubt_task *task = &start->doubts->tasks[i];
        const struct order *order =
            task->step == DOUBT_FREE ? NULL : state_order(start->path->state, task->order_id);
        if (order != NULL && order->account == account) {
            return false;
        }
    }
    for (const struct order *order = start->path->state->live.head; order != NULL;
         order = order->next) {
        if (order->account == account &&
            (order->pub.doubt != 0 || order_fills_are_missing(order))) {
            return false;
        }
    }
    return true;
}

static enum call_kind kind_of(enum start_step step)
{
    static const enum call_kind kinds[START_STEP_COUNT] = {
        [START_CLOCK] = CALL_TIME,
        [START_INSTRUMENTS] = CALL_INSTRUMENTS,
        [START_ORDERS] = CALL_OPEN_ORDERS,
        [START_ACCOUNT] = CALL_ACCOUNT,
    };
    return kinds[step];
}

static int ask(struct start *start, struct path_account *account, struct start_account *slot)
{
    uint64_t cookie = COOKIE_START | account->id;
    switch ((int)slot->step) {
    case START_CLOCK:
        return exchange_time(account->exchange, cookie);
    case START_INSTRUMENTS:
        return exchange_instruments(account->exchange, cookie);
    case START_ORDERS:
        return exchange_open_orders(account->exchange, "", cookie);
    case START_ACCOUNT:
        slot->fills_at_read = start->path->counts.fills;
        return exchange_account(account->exchange, cookie);
    default:
        return ERR_WRONG_STATE;
    }
}

static void step_waiting_for_nothing(struct start *start, struct path_account *account,
                                     struct start_account *slot)
{
    slot->due_mono_ns = clock_mono_ns(start->path->clock) + SAMPLE_NS;
    if (slot->step == START_PRIVATE && slot->private_up) {
        enter(start, account, START_ORDERS);
    } else if (slot->step == START_DOUBT && is_settled(start, account->id)) {
        enter(start, account, START_ACCOUNT);
    }
}

static bool something_is_halted(const struct start *start, uint32_t account)
{
    const struct market *market = start->path->market;
    for (uint32_t i = 0; i < market->cap; i++) {
        const struct market_item *item = market->items[i];
        if (item != NULL && item->account == account &&
            item->rules.status != SOFIA_STATUS_TRADING) {
            return true;
        }
    }
    return false;
}

/* A stream can live and be mute. So each live order is asked for in its turn, one a second, a round at most every ten. */
static void patrol(struct start *start, uint32_t account, struct start_account *slot)
{
    int64_t now = clock_mono_ns(start->path->clock);
    if (now < slot->patrol_due_mono_ns) {
        return;
    }
    for (const struct order *o = start->path->state->live.head; o != NULL; o = o->next) {
        bool settled = o->pub.doubt != 0 || SOFIA_STATE_IS_TERMINAL(o->base_state) ||
                       o->pub.branch != SOFIA_BRANCH_LIVE || o->pub.venue_id[0] == '\0';
        if (o->account == account && !settled && o->pub.order_id > slot->patrol_order_id) {
            slot->patrol_order_id = o->pub.order_id;
            slot->patrol_due_mono_ns = now + PATROL_EVERY_NS;
            doubts_want_query(start->doubts, o, "patrol");
            return;
        }
    }
    slot->patrol_order_id = 0;
    slot->patrol_due_mono_ns = now + PATROL_ROUND_NS;
}

/* What a reconciled account still asks from time to time: the venue's clock, its rules, the orders that live. */
static void step_done(struct start *start, struct path_account *account, struct start_account *slot)
{
    int64_t now = clock_mono_ns(start->path->clock);
    if (now >= slot->clock_due_mono_ns) {
        slot->clock_due_mono_ns = now + start->clock_every_ns;
        (void)exchange_time(account->exchange, COOKIE_START | account->id);
    }
    int64_t age = now - slot->rules_asked_mono_ns;
    if (age >= RULES_EVERY_NS ||
        (age >= HALTED_EVERY_NS && something_is_halted(start, account->id))) {
        slot->rules_asked_mono_ns = now;
        (void)exchange_instruments(account->exchange, COOKIE_START | account->id);
    }
    if (start->compare_every_ns > 0 && now >= slot->compare_due_mono_ns) {
        slot->compare_due_mono_ns = now + start->compare_every_ns;
        slot->fills_at_read = start->path->counts.fills;
        (void)exchange_account(account->exchange, COOKIE_START | START_COMPARES | account->id);
    }
    patrol(start, account->id, slot);
}

static void step_account(struct start *start, struct path_account *account,
                         struct start_account *slot)
{
    int64_t now = clock_mono_ns(start->path->clock);
    if (slot->waiting && now - slot->asked_mono_ns > ANSWER_TIMEOUT_NS) {
        slot->waiting = false;
    }
    if (slot->step == START_IDLE || slot->waiting || now < slot->due_mono_ns) {
        return;
    }
    if (slot->step == START_DONE) {
        step_done(start, account, slot);
        return;
    }
    if (slot->step == START_PRIVATE || slot->step == START_DOUBT) {
        step_waiting_for_nothing(start, account, slot);
        return;
    }
    if (ask(start, account, slot) == 0) {
        slot->waiting = true;
        slot->asked_mono_ns = now;
    } else {
        log_debug("start", "%s", error_message());
        slot->due_mono_ns = now + RETRY_NS;
    }
}

int64_t start_turn(struct start *start)
{
    int64_t next = INT64_MAX;
    for (int i = 0; i < PATH_ACCOUNTS; i++) {
        struct path_account *account = &start->path->accounts[i];
        struct start_account *slot = &start->accounts[i];
        if (account->id == 0) {
            continue;
        }
        if (exchange_clock_check(account->exchange) && slot->step == START_DONE) {
            slot->clock_due_mono_ns = 0;
            log_warn("start", "the local clock jumped; the venue's clock is sampled again");
        }
        step_account(start, account, slot);
        int64_t due = slot->step == START_DONE ? slot->clock_due_mono_ns
                      : slot->waiting          ? slot->asked_mono_ns + ANSWER_TIMEOUT_NS + 1
                                               : slot->due_mono_ns;
        if (slot->step != START_IDLE && due < next) {
            next = due;
        }
    }
    return next;
}

/* ---- comparing the ledger with the venue ---- */

static void set_baseline(struct start *start, uint32_t account, const struct asset *asset)
{
    struct record_baseline record = {.account = account, .what = BASELINE_START};
    if (sofia_wide_add(asset->free, asset->locked, &record.amount) != 0) {
        return;
    }
    (void)str_copy(record.asset, sizeof(record.asset), asset->name);
    (void)str_copy(record.author, sizeof(record.author), "engine");
    (void)str_copy(record.reason, sizeof(record.reason), "first sight of the account");
    (void)path_record(start->path, RECORD_BASELINE, &record, sizeof(record), NULL);
}

static bool is_first_sight(const struct start *start, uint32_t account)
{
    const struct ledger *ledger = &start->path->state->ledger;
    for (uint32_t i = 0; i < ledger->asset_count; i++) {
        if (ledger->assets[i].account == account && ledger->assets[i].has_baseline) {
            return false;
        }
    }
    return true;
}

/* Books a difference as a transfer nobody has proven; by the configuration's wish only. */
static void accept(struct start *start, const struct asset *asset, struct sofia_wide difference)
{
    struct record_baseline record = {
        .account = asset->account, .what = BASELINE_TRANSFER, .amount = difference};
    (void)str_copy(record.asset, sizeof(record.asset), asset->name);
    (void)str_copy(record.author, sizeof(record.author), "configuration");
    (void)str_copy(record.reason, sizeof(record.reason),
                   "transfer, unproven: venue and ledger differ");
    (void)path_record(start->path, RECORD_BASELINE, &record, sizeof(record), NULL);
}

/* False: this asset differs; why says how. */
static bool asset_agrees(struct start *start, uint32_t at, bool last_read, char *why, size_t cap)
{
    const struct asset *asset = &start->path->state->ledger.assets[at];
    struct sofia_wide expected;
    struct sofia_wide told;
    struct sofia_wide difference;
    char e[SOFIA_DECIMAL_TEXT] = "?";
    char t[SOFIA_DECIMAL_TEXT] = "?";
    if (asset_expected(asset, &expected) != 0 ||
        sofia_wide_add(asset->free, asset->locked, &told) != 0 ||
        sofia_wide_sub(told, expected, &difference) != 0) {
        (void)str_format(why, cap, "balances of %s cannot be compared", asset->name);
        return false;
    }
    if (sofia_wide_is_zero(difference)) {
        return true;
    }
    if (start->accept_differences && last_read) {
        accept(start, asset, difference);
        return true;
    }
    (void)sofia_wide_print(expected, e, sizeof(e));
    (void)sofia_wide_print(told, t, sizeof(t));
    (void)str_format(why, cap, "the ledger expects %s %s and the venue shows %s", e, asset->name,
                     t);
    return false;
}

static void compare(struct start *start, struct path_account *account, struct start_account *slot)
{
    struct ledger *ledger = &start->path->state->ledger;
    uint32_t count = ledger->asset_count;
    bool first = is_first_sight(start, account->id);
    bool last_read = slot->differing_reads + 1 >= DIFFERING_READS;
    char why[SOFIA_REASON_SIZE] = "";
    bool agrees = true;
    for (uint32_t i = 0; i < count; i++) {
        if (ledger->assets[i].account != account->id) {
            continue;
        }
        if (first) {
            set_baseline(start, account->id, &ledger->assets[i]);
        } else if (!asset_agrees(start, i, last_read, why, sizeof(why))) {
            agrees = false;
        }
    }
    if (agrees && !account->can_trade) {
        (void)str_copy(account->why, sizeof(account->why), "the venue says this key cannot trade");
        slot->due_mono_ns = clock_mono_ns(start->path->clock) + 20 * RETRY_NS;
        return;
    }
    slot->differences = agrees ? 0 : 1;
    if (agrees) {
        slot->agreed_ns = clock_now_ns(start->path->clock);
        enter(start, account, START_DONE);
        return;
    }
    slot->differing_reads++;
    (void)str_copy(account->why, sizeof(account->why), why);
    if (slot->differing_reads == DIFFERING_READS) {
        log_error("start", "account stays closed: %s", why);
        path_audit(start->path, 0, "difference", "engine", "%s", why);
    }
    slot->due_mono_ns = clock_mono_ns(start->path->clock) +
                        (slot->differing_reads < DIFFERING_READS ? RETRY_NS : 20 * RETRY_NS);
}

/* ---- the same while running ---- */

/* Nothing is on its way that would explain a difference. */
static bool is_quiet(const struct start *start, uint32_t account, const struct start_account *slot)
{
    if (slot->fills_at_read != start->path->counts.fills) {
        return false;
    }
    for (const struct order *o = start->path->state->live.head; o != NULL; o = o->next) {
        if (o->account == account && (o->pub.doubt != 0 || order_fills_are_missing(o))) {
            return false;
        }
    }
    return true;
}

static uint32_t count_differences(struct start *start, uint32_t account, char *why, size_t cap)
{
    const struct ledger *ledger = &start->path->state->ledger;
    uint32_t differences = 0;
    for (uint32_t i = 0; i < ledger->asset_count; i++) {
        differences +=
            ledger->assets[i].account == account && !asset_agrees(start, i, false, why, cap) ? 1u
                                                                                             : 0u;
    }
    return differences;
}

static void compare_again(struct start *start, struct path_account *account,
                          struct start_account *slot)
{
    char why[SOFIA_REASON_SIZE] = "";
    if (!is_quiet(start, account->id, slot)) {
        slot->compare_due_mono_ns = clock_mono_ns(start->path->clock) + RETRY_NS;
        return;
    }
    slot->differences = count_differences(start, account->id, why, sizeof(why));
    if (slot->differences == 0) {
        slot->difference[0] = '\0';
        slot->agreed_ns = clock_now_ns(start->path->clock);
    } else if (strcmp(slot->difference, why) == 0) {
        log_error("start", "the account closes: %s", why);
        start_account(start, account->id, why);
    } else {
        (void)str_copy(slot->difference, sizeof(slot->difference), why);
        slot->compare_due_mono_ns = clock_mono_ns(start->path->clock) + RETRY_NS;
    }
}

/* ---- answers ---- */

static void heard_balance(struct start *start, uint32_t account,
                          const struct sofia_event_balance *balance)
{
    struct record_balance record = {.account = account,
                                    .free = balance->free,
                                    .locked = balance->locked,
                                    .expected = sofia_wide_absent()};
    const struct asset *asset =
        ledger_asset_find(&start->path->state->ledger, account, balance->asset);
    if (asset != NULL && asset->told_ns != 0 && sofia_wide_cmp(asset->free, balance->free) == 0 &&
        sofia_wide_cmp(asset->locked, balance->locked) == 0) {
        return; /* the same figures again */
    }
    (void)str_copy(record.asset, sizeof(record.asset), balance->asset);
    if (asset != NULL && asset->has_baseline) {
        (void)asset_expected(asset, &record.expected);
    }
    (void)path_record(start->path, RECORD_BALANCE, &record, sizeof(record), NULL);
}

void start_on_event(struct start *start, uint32_t account, const struct sofia_event *event)
{
    struct start_account *slot = slot_of(start, account);
    struct path_account *found = path_account(start->path, account);
    if (slot == NULL) {
        return;
    }
    if (event->type == SOFIA_EV_BALANCE) {
        heard_balance(start, account, (const struct sofia_event_balance *)(const void *)event);
    } else if (event->type == SOFIA_EV_ACCOUNT) {
        const struct sofia_event_account *told =
            (const struct sofia_event_account *)(const void *)event;
        found->can_trade = told->can_trade != 2;
    } else if (event->type == SOFIA_EV_CHANNEL) {
        const struct sofia_event_channel *channel =
            (const struct sofia_event_channel *)(const void *)event;
        if (channel->channel != SOFIA_CHANNEL_PRIVATE) {
            return;
        }
        bool was_up = slot->private_up;
        slot->private_up = channel->state == SOFIA_CHANNEL_UP;
        if (was_up && !slot->private_up) {
            start_account(start, account, channel->reason);
        }
    }
}

void start_on_result(struct start *start, uint32_t id, const struct exchange_call *call,
                     const struct sofia_result *result)
{
    struct path_account *account = path_account(start->path, id);
    struct start_account *slot = slot_of(start, id);
    int64_t now = clock_mono_ns(start->path->clock);
    if (slot != NULL && (call->cookie & START_COMPARES) != 0) {
        if (slot->step == START_DONE && result->verdict == SOFIA_VERDICT_ACCEPTED) {
            compare_again(start, account, slot);
        }
        return;
    }
    if (slot == NULL || slot->step == START_DONE || slot->step == START_IDLE) {
        return; /* a clock sample of the running engine, or too late */
    }
    if (call->kind != kind_of(slot->step)) {
        return;
    }
    slot->waiting = false;
    if (result->verdict != SOFIA_VERDICT_ACCEPTED) {
        slot->due_mono_ns = now + RETRY_NS;
        if (!account->fatal) {
            (void)str_format(account->why, sizeof(account->why), "not reconciled: %s: %.80s",
                             start_step_name(slot->step), result->reason);
        }
        return;
    }
    switch ((int)slot->step) {
    case START_CLOCK:
        slot->samples++;
        slot->due_mono_ns = now + SAMPLE_NS;
        if (slot->samples >= START_TIME_SAMPLES) {
            enter(start, account, slot->rules_known ? START_PRIVATE : START_INSTRUMENTS);
        }
        return;
    case START_INSTRUMENTS:
        slot->rules_known = true;
        slot->rules_asked_mono_ns = now;
        enter(start, account, START_PRIVATE);
        return;
    case START_ORDERS:
        query_the_rest(start, id);
        enter(start, account, START_DOUBT);
        return;
    case START_ACCOUNT:
        if (slot->fills_at_read != start->path->counts.fills) {
            slot->due_mono_ns = now + RETRY_NS; /* something traded between question and answer */
            return;
        }
        compare(start, account, slot);
        return;
    default:
        return;
    }
}
