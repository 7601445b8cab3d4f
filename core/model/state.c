#include "model/state.h"

#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/str.h"
#include "model/state_replace.h"
#include "model/state_rows.h"

typedef int (*apply_fn)(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload);

int state_init(struct state *state)
{
    memset(state, 0, sizeof(*state));
    state->keep = STATE_ORDERS_KEPT;
    return state_reserve(state, 256);
}

void state_release(struct state *state)
{
    names_release(&state->names);
    ledger_release(&state->ledger);
    rows_release(state);
    memset(state, 0, sizeof(*state));
}

static struct order *known_order(struct state *state, uint64_t order_id, const char *what)
{
    struct order *order = state_order(state, order_id);
    if (order == NULL) {
        (void)error_set(ERR_CORRUPT, "%s of order %llu, which no intent announced", what,
                        (unsigned long long)order_id);
    }
    return order;
}

static int apply_boot(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    (void)seq;
    (void)ts_ns;
    memcpy(&state->boot, payload, sizeof(state->boot));
    state->boots++;
    return 0;
}

static int apply_name(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    (void)seq;
    (void)ts_ns;
    return names_apply(&state->names, payload);
}

static void fill_order(struct state *state, struct order *order, const struct record_intent *intent)
{
    struct sofia_order *pub = &order->pub;
    pub->size = sizeof(*pub);
    pub->instrument = intent->instrument;
    pub->side = intent->side;
    pub->type = intent->type;
    pub->tif = intent->tif;
    pub->flags = intent->flags;
    pub->branch = intent->branch;
    pub->origin = intent->origin;
    pub->position_side = intent->position_side;
    pub->margin_mode = intent->margin_mode;
    pub->order_id = intent->order_id;
    pub->replaces = intent->replaces;
    pub->created_ns = intent->created_ns;
    pub->qty = intent->qty;
    pub->price = intent->price;
    pub->quote_qty = intent->quote_qty;
    pub->stop_price = intent->stop_price;
    pub->filled_qty = sofia_decimal_of(0, 0);
    memcpy(pub->client_id, intent->client_id, sizeof(pub->client_id));
    memcpy(pub->tag, intent->tag, sizeof(pub->tag));
    const struct record_name *name = names_get(&state->names, NAME_INSTRUMENT, intent->instrument);
    if (name != NULL) {
        memcpy(pub->venue_symbol, name->venue_symbol, sizeof(pub->venue_symbol));
    }
    (void)str_copy(pub->strategy, sizeof(pub->strategy),
                   names_text(&state->names, NAME_STRATEGY, intent->strategy));
    order->account = intent->account;
    order->strategy = intent->strategy;
    order->effect = intent->effect;
    order->request_id = intent->request_id;
    order->told_qty = sofia_decimal_of(0, 0);
    order->carried = sofia_decimal_of(0, 0);
    order->base_state = SOFIA_STATE_PENDING_NEW;
}

static int apply_intent(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    const struct record_intent *intent = payload;
    const struct record_name *name = names_get(&state->names, NAME_INSTRUMENT, intent->instrument);
    if (name == NULL || state_order(state, intent->order_id) != NULL) {
        return error_set(ERR_CORRUPT, "intent of order %llu: %s",
                         (unsigned long long)intent->order_id,
                         name == NULL ? "undeclared instrument" : "the order exists already");
    }
    struct position *position =
        ledger_position(&state->ledger, intent->account, intent->strategy, name->base, name->quote);
    struct order *order = position == NULL ? NULL : rows_take(state);
    if (order == NULL) {
        return ERR_NOMEM;
    }
    fill_order(state, order, intent);
    order->position = (uint32_t)(position - state->ledger.positions);
    order->pub.updated_ns = ts_ns;
    order->last_seq = seq;
    replace_join(state, order);
    int rc = rows_index(state, order);
    if (rc != 0) {
        return rc;
    }
    state->last_order_id =
        intent->order_id > state->last_order_id ? intent->order_id : state->last_order_id;
    return rows_after(state, order);
}

/* Moves the base state if the table allows it; otherwise counts. */
static void move(struct state *state, struct order *order, uint32_t to)
{
    bool undecided = order_is_pending_replacement(order);
    if (!order_transition_is_legal(order->base_state, to)) {
        state->illegal_transitions++;
        return;
    }
    order->base_state = to;
    if (undecided && to != SOFIA_STATE_PENDING_NEW) {
        replace_decide(state, order, order->last_seq, order->pub.updated_ns);
    }
}

static int end_inside(struct state *state, uint64_t seq, int64_t ts_ns, uint64_t order_id,
                      uint32_t to)
{
    struct order *order = known_order(state, order_id, "verdict");
    if (order == NULL) {
        return ERR_CORRUPT;
    }
    rows_before(state, order);
    order_touch(order, seq, ts_ns);
    move(state, order, to);
    return rows_after(state, order);
}

static int apply_verdict(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    const struct record_verdict *verdict = payload;
    return end_inside(state, seq, ts_ns, verdict->order_id, SOFIA_STATE_DENIED);
}

static int apply_shadow(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    const struct record_verdict *verdict = payload;
    return end_inside(state, seq, ts_ns, verdict->order_id, SOFIA_STATE_SHADOW);
}

static int apply_send(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    const struct record_send *send = payload;
    struct order *order = known_order(state, send->order_id, "send");
    if (order == NULL) {
        return ERR_CORRUPT;
    }
    rows_before(state, order);
    if (send->what == SEND_CANCEL) {
        order->cancel_pending = true;
        order->cancel_count++;
        order->cancel_sent_ns = send->sent_ns;
        order->cancel_accept_until_ns = send->accept_until_ns;
        memcpy(order->pub.cancel_id, send->cancel_id, sizeof(order->pub.cancel_id));
        replace_want_cancel(state, order);
    } else {
        order->send_count++;
        order->sent_ns = send->sent_ns;
        order->accept_until_ns = send->accept_until_ns;
    }
    if (send->what == SEND_REPLACE) {
        replace_sent(state, order, seq, ts_ns);
    }
    order_touch(order, seq, ts_ns);
    return rows_after(state, order);
}

/* A venue's word about the state. FILLED is only noted: the fills bring the state there. */
static void hear_state(struct state *state, struct order *order, uint32_t told)
{
    if (told == 0) {
        return;
    }
    order->told_state = told;
    if (told == SOFIA_STATE_FILLED) {
        order->told_qty = order->pub.qty;
        told = order->base_state == SOFIA_STATE_PENDING_NEW ? SOFIA_STATE_NEW : order->base_state;
    }
    bool behind = told == SOFIA_STATE_NEW && order->base_state == SOFIA_STATE_PARTIALLY_FILLED;
    bool late = SOFIA_STATE_IS_TERMINAL(order->base_state) && !SOFIA_STATE_IS_TERMINAL(told) &&
                told != SOFIA_STATE_PENDING_NEW && order->base_state != SOFIA_STATE_REJECTED &&
                order->base_state != SOFIA_STATE_DENIED;
    if (behind || late || told == SOFIA_STATE_PENDING_NEW) {
        return; /* an old picture, overtaken on its way */
    }
    move(state, order, told);
}

static int apply_report(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    const struct record_report *report = payload;
    struct order *order = known_order(state, report->order_id, "report");
    if (order == NULL) {
        return ERR_CORRUPT;
    }
    struct order *original = replace_taken_over_by(state, order, report);
    rows_before(state, order);
    order_touch(order, seq, ts_ns);
    int rc = original == NULL ? 0 : replace_take_over(state, original, order, seq, ts_ns);
    if (rc == 0 && report->venue_id[0] != '\0' && order->pub.venue_id[0] == '\0') {
        memcpy(order->pub.venue_id, report->venue_id, sizeof(order->pub.venue_id));
        rc = rows_index_venue(state, order);
    }
    if (rc != 0) {
        return rc;
    }
    if (sofia_decimal_cmp(report->filled_qty, order->told_qty) > 0) {
        order->told_qty = report->filled_qty;
    }
    if (report->about == SEND_CANCEL && report->state == 0) {
        order->cancel_pending = false; /* the venue refused the cancel; the order lives on */
    }
    hear_state(state, order, report->state);
    order->absent = order->absent || report->source == KNOWN_BY_ABSENCE;
    if (report->venue_seq > order->venue_seq) {
        order->venue_seq = report->venue_seq;
    }
    if (report->ts_venue_ns > order->told_ns) {
        order->told_ns = report->ts_venue_ns;
    }
    if (SOFIA_STATE_IS_TERMINAL(order->base_state)) {
        order->cancel_pending = false;
    }
    return rows_after(state, order);
}

static int apply_doubt(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    const struct record_doubt *doubt = payload;
    struct order *order = known_order(state, doubt->order_id, "doubt");
    if (order == NULL) {
        return ERR_CORRUPT;
    }
    rows_before(state, order);
    uint32_t was = order->pub.doubt;
    order->pub.doubt = doubt->set ? was | doubt->bits : was & ~doubt->bits;
    if (doubt->set == 0 && (doubt->bits & SOFIA_DOUBT_CANCEL) != 0) {
        order->cancel_pending = false;
    }
    state->doubts += order->pub.doubt != 0 ? 1u : 0u;
    state->doubts -= was != 0 ? 1u : 0u;
    order->pub.updated_ns = ts_ns;
    order->last_seq = seq;
    return rows_after(state, order);
}

/* The order's side of a fill; a late one on a CANCELED order is booked and the state stays. */
static int order_fill(struct state *state, struct order *order, const struct record_fill *fill)
{
    struct sofia_decimal sum;
    if (sofia_decimal_add(order->pub.filled_qty, fill->qty, &sum) != 0) {
        return error_set(ERR_LIMIT, "filled quantity of order %llu leaves its range",
                         (unsigned long long)order->pub.order_id);
    }
    order->pub.filled_qty = sum;
    order->fill_count++;
    if (sofia_decimal_cmp(sum, order->told_qty) > 0) {
        order->told_qty = sum;
    }
    if (SOFIA_STATE_IS_TERMINAL(order->base_state)) {
        return 0;
    }
    bool whole = sofia_decimal_cmp(sum, order->pub.qty) >= 0;
    move(state, order, whole ? SOFIA_STATE_FILLED : SOFIA_STATE_PARTIALLY_FILLED);
    if (whole) {
        order->cancel_pending = false;
    }
    return 0;
}

static int apply_fill(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    const struct record_fill *fill = payload;
    const struct record_name *name = names_get(&state->names, NAME_INSTRUMENT, fill->instrument);
    if (name == NULL) {
        return error_set(ERR_CORRUPT, "fill '%s' on an undeclared instrument", fill->fill_id);
    }
    if (state_has_fill(state, fill->account, fill->venue_id, fill->fill_id)) {
        state->repeated_fills++;
        return 0;
    }
    int rc = rows_index_fill(state, fill);
    if (rc != 0) {
        return rc;
    }
    if (fill->order_id == 0) {
        return ledger_fill(&state->ledger, fill, name->base, name->quote, NULL);
    }
    struct order *order = known_order(state, fill->order_id, "fill");
    if (order == NULL) {
        return ERR_CORRUPT;
    }
    rows_before(state, order);
    order_touch(order, seq, ts_ns);
    rc = order_fill(state, order, fill);
    rc = rc != 0 ? rc
                 : ledger_fill(&state->ledger, fill, name->base, name->quote,
                               state_position_of(state, order));
    return rc != 0 ? rc : rows_after(state, order);
}

static int apply_balance(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    const struct record_balance *balance = payload;
    (void)seq;
    struct asset *asset = ledger_asset(&state->ledger, balance->account, balance->asset);
    if (asset == NULL) {
        return ERR_NOMEM;
    }
    asset->free = balance->free;
    asset->locked = balance->locked;
    asset->told_ns = ts_ns;
    return 0;
}

static int apply_baseline(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    (void)seq;
    (void)ts_ns;
    return ledger_baseline(&state->ledger, payload);
}

static int apply_kill(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    const struct record_kill *kill = payload;
    (void)seq;
    (void)ts_ns;
    struct latch *slot = NULL;
    for (int i = 0; i < STATE_LATCHES; i++) {
        struct latch *latch = &state->latches[i];
        if (latch->level != 0 && strcmp(latch->scope, kill->scope) == 0) {
            slot = latch;
            break;
        }
        slot = slot == NULL && latch->level == 0 ? latch : slot;
    }
    if (slot == NULL) {
        return error_set(ERR_FULL, "more than %d kill scopes", STATE_LATCHES);
    }
    state->kill_epoch = kill->epoch > state->kill_epoch ? kill->epoch : state->kill_epoch;
    memset(slot, 0, sizeof(*slot));
    if (kill->level == SOFIA_KILL_CLEAR) {
        return 0;
    }
    slot->epoch = kill->epoch;
    slot->level = kill->level;
    slot->zero = kill->zero;
    slot->at_ns = kill->at_ns;
    memcpy(slot->scope, kill->scope, sizeof(slot->scope));
    memcpy(slot->author, kill->author, sizeof(slot->author));
    memcpy(slot->reason, kill->reason, sizeof(slot->reason));
    return 0;
}

static int apply_mode(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    (void)seq;
    (void)ts_ns;
    memcpy(&state->mode, payload, sizeof(state->mode));
    return 0;
}

static int apply_audit(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    (void)state;
    (void)seq;
    (void)ts_ns;
    (void)payload;
    return 0; /* kept for people; nothing follows from it */
}

static int apply_day(struct state *state, uint64_t seq, int64_t ts_ns, const void *payload)
{
    (void)seq;
    (void)ts_ns;
    memcpy(&state->day, payload, sizeof(state->day));
    return 0;
}

static const struct {
    apply_fn apply;
    size_t size;
} table[RECORD_COUNT] = {
    [RECORD_BOOT] = {apply_boot, sizeof(struct record_boot)},
    [RECORD_NAME] = {apply_name, sizeof(struct record_name)},
    [RECORD_INTENT] = {apply_intent, sizeof(struct record_intent)},
    [RECORD_VERDICT] = {apply_verdict, sizeof(struct record_verdict)},
    [RECORD_SEND] = {apply_send, sizeof(struct record_send)},
    [RECORD_REPORT] = {apply_report, sizeof(struct record_report)},
    [RECORD_DOUBT] = {apply_doubt, sizeof(struct record_doubt)},
    [RECORD_FILL] = {apply_fill, sizeof(struct record_fill)},
    [RECORD_BALANCE] = {apply_balance, sizeof(struct record_balance)},
    [RECORD_BASELINE] = {apply_baseline, sizeof(struct record_baseline)},
    [RECORD_KILL] = {apply_kill, sizeof(struct record_kill)},
    [RECORD_MODE] = {apply_mode, sizeof(struct record_mode)},
    [RECORD_AUDIT] = {apply_audit, sizeof(struct record_audit)},
    [RECORD_DAY] = {apply_day, sizeof(struct record_day)},
    [RECORD_SHADOW] = {apply_shadow, sizeof(struct record_verdict)},
};

int state_apply(struct state *state, uint64_t seq, int64_t ts_ns, uint32_t kind,
                const void *payload, size_t len)
{
    if (kind == 0 || kind >= RECORD_COUNT || len < table[kind].size) {
        return error_set(ERR_CORRUPT, "journal record %llu: kind %u with %zu bytes",
                         (unsigned long long)seq, kind, len);
    }
    if (seq <= state->last_seq) {
        return error_set(ERR_CORRUPT, "journal record %llu comes after %llu",
                         (unsigned long long)seq, (unsigned long long)state->last_seq);
    }
    state->last_seq = seq;
    int rc = table[kind].apply(state, seq, ts_ns, payload);
    return rc == 0 ? 0
                   : error_append("journal record %llu (%s)", (unsigned long long)seq,
                                  record_kind_name(kind));
}

const struct latch *state_latch(const struct state *state, const char *scope)
{
    for (int i = 0; i < STATE_LATCHES; i++) {
        if (state->latches[i].level != 0 && strcmp(state->latches[i].scope, scope) == 0) {
            return &state->latches[i];
        }
    }
    return NULL;
}

bool state_is_killed(const struct state *state)
{
    for (int i = 0; i < STATE_LATCHES; i++) {
        if (state->latches[i].level != 0) {
            return true;
        }
    }
    return false;
}

static bool covers(const struct state *state, const char *scope, uint32_t account,
                   uint32_t strategy, uint32_t instrument)
{
    const struct names *names = &state->names;
    if (strcmp(scope, "all") == 0) {
        return true;
    }
    if (str_starts(scope, "account:") || str_starts(scope, "venue:")) {
        return str_eq(strchr(scope, ':') + 1, names_text(names, NAME_ACCOUNT, account));
    }
    if (str_starts(scope, "strategy:")) {
        return str_eq(scope + 9, names_text(names, NAME_STRATEGY, strategy));
    }
    if (str_starts(scope, "symbol:")) {
        return str_eq(scope + 7, names_text(names, NAME_INSTRUMENT, instrument));
    }
    return true; /* a scope nobody understands covers everything */
}

const struct latch *state_latch_for(const struct state *state, uint32_t account, uint32_t strategy,
                                    uint32_t instrument)
{
    const struct latch *worst = NULL;
    for (int i = 0; i < STATE_LATCHES; i++) {
        const struct latch *latch = &state->latches[i];
        if (latch->level != 0 && (worst == NULL || latch->level > worst->level) &&
            covers(state, latch->scope, account, strategy, instrument)) {
            worst = latch;
        }
    }
    return worst;
}
