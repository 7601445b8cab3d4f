/* Requests that become commands, and what the replies mean to the one who asked. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "control/body.h"
#include "control/impl.h"
#include "control/out.h"
#include "model/order.h"
#include "safety/kill.h"

#include "base/banned.h"

static void busy(struct session *s)
{
    problem_set(&s->problem, 503, "busy",
                "too many commands are waiting; nothing was done, try again");
}

static void begin(struct session *s, enum command_kind kind, int64_t limit_ns)
{
    s->command.kind = kind;
    (void)str_copy(s->command.author, sizeof(s->command.author), s->request.author);
    if (!wait_begin(s, limit_ns)) {
        busy(s);
    }
}

static int64_t kill_wait_ns(const struct session *s)
{
    return (int64_t)s->control->config.kill_wait_ms * CLOCK_NS_PER_MS;
}

/* ---- orders ---- */

static bool take_key(struct session *s)
{
    if (s->request.dry_run) {
        return true;
    }
    if (s->request.key[0] == '\0') {
        problem_set(&s->problem, 400, "key_missing",
                    "a new order, or a change of one, needs a header Idempotency-Key, e.g. -H "
                    "\"Idempotency-Key: $(uuidgen)\": "
                    "the same key is never two orders, so a repeat after a time-out is safe");
        return false;
    }
    s->command.order.request_id = key_request_id(s->request.key);
    if (!keys_seen_check(&s->control->keys, &s->command.order)) {
        problem_set(&s->problem, 422, "key_reused",
                    "this Idempotency-Key came before with another order; nothing was done");
        return false;
    }
    return true;
}

void act_order_new(struct session *s)
{
    if (body_order(text_get(&s->body), s->body.len, &s->command.order, &s->problem) != 0) {
        return;
    }
    s->command.order.dry_run = s->request.dry_run;
    if (!take_key(s)) {
        return;
    }
    begin(s, COMMAND_SUBMIT, REPLY_NS);
    if (s->problem.status != 0) {
        keys_seen_forget(&s->control->keys, s->command.order.request_id);
    }
}

void act_order_amend(struct session *s)
{
    struct command_order *order = &s->command.order;
    if (body_amend(text_get(&s->body), s->body.len, order, &s->problem) != 0) {
        return;
    }
    if (list_find_id(s->control, s->request.id, &order->replaces) != 0) {
        problem_set(&s->problem, 404, "order_unknown", "no order has this id");
        return;
    }
    order->dry_run = s->request.dry_run;
    if (!take_key(s)) {
        return;
    }
    begin(s, COMMAND_AMEND, REPLY_NS);
    if (s->problem.status != 0) {
        keys_seen_forget(&s->control->keys, order->request_id);
    }
}

void act_order_cancel(struct session *s)
{
    if (list_find_id(s->control, s->request.id, &s->command.order_id) != 0) {
        problem_set(&s->problem, 404, "order_unknown", "no order has this id");
        return;
    }
    begin(s, COMMAND_CANCEL, REPLY_NS);
}

/* ---- acts with an optional body ---- */

static void optional(struct session *s, enum command_kind kind, int64_t limit_ns)
{
    if (body_optional(text_get(&s->body), s->body.len, &s->command, &s->problem) == 0) {
        begin(s, kind, limit_ns);
    }
}

void act_cancel_all(struct session *s)
{
    optional(s, COMMAND_CANCEL_ALL, REPLY_NS);
}

void act_ws_restart(struct session *s)
{
    optional(s, COMMAND_WS_RESTART, REPLY_NS);
}

void act_rollback(struct session *s)
{
    optional(s, COMMAND_ROLLBACK, kill_wait_ns(s));
}

/* ---- kill switch ---- */

static void raised_only(struct session *s, const char *why)
{
    s->status = 202;
    out_open(&s->page, NULL, '{');
    out_str(&s->page, "status", "raised");
    out_bool(&s->page, "engaged", true);
    out_bool(&s->page, "journaled", false);
    out_str(&s->page, "scope", "all");
    out_str(&s->page, "detail", why);
    out_close(&s->page, '}');
}

/* A scope that names nothing would stop nothing while its author believes otherwise. */
static bool scope_is_known(struct session *s, const char *scope)
{
    const struct snapshot *p = snapshot_read(s->control->config.snapshots);
    const char *name = strchr(scope, ':') == NULL ? "" : strchr(scope, ':') + 1;
    struct str_guess guess = str_guess_init(name);
    bool known = str_eq(scope, "all");
    if (str_starts(scope, "account:")) {
        for (uint32_t i = 0; i < p->account_count; i++) {
            known = known || str_eq(p->accounts[i].name, name);
            str_guess_try(&guess, p->accounts[i].name);
        }
    } else if (str_starts(scope, "strategy:")) {
        for (uint32_t i = 0; i < p->plugin_count; i++) {
            bool is_strategy = p->plugins[i].kind == SOFIA_KIND_STRATEGY;
            known = known || (is_strategy && str_eq(p->plugins[i].name, name));
            if (is_strategy) {
                str_guess_try(&guess, p->plugins[i].name);
            }
        }
    } else if (str_starts(scope, "symbol:")) {
        known = p->market_count == SNAPSHOT_MARKETS; /* the list is cut: the engine decides */
        for (uint32_t i = 0; i < p->market_count; i++) {
            known = known || str_eq(p->markets[i].name, name);
            str_guess_try(&guess, p->markets[i].name);
        }
    }
    if (!known) {
        problem_add(&s->problem, "/scope",
                    "nothing here is called '%s'%s%s%s; \"all\" always works", name,
                    guess.best == NULL ? "" : "; did you mean ",
                    guess.best == NULL ? "" : guess.best, guess.best == NULL ? "" : "?");
        problem_set(&s->problem, 422, "bad_field", "1 mistake in the body; nothing was done");
    }
    return known;
}

void act_kill(struct session *s)
{
    if (body_kill(text_get(&s->body), s->body.len, &s->command, &s->problem) != 0 ||
        !scope_is_known(s, s->command.kill.scope)) {
        return;
    }
    /* The flag first: from here on nothing leaves, whatever becomes of the command. */
    s->command.kill.raise = kill_raise(s->control->config.kill, s->command.kill.level);
    s->command.kind = COMMAND_KILL;
    (void)str_copy(s->command.author, sizeof(s->command.author), s->request.author);
    if (!wait_begin(s, kill_wait_ns(s))) {
        raised_only(
            s, "the flag is raised and no new risk leaves; the command could not be queued, so "
               "open orders are not being cancelled yet: call again until the answer is 200");
    }
}

void act_resume(struct session *s)
{
    if (body_resume(text_get(&s->body), s->body.len, &s->command, &s->problem) == 0) {
        begin(s, COMMAND_RESUME, kill_wait_ns(s));
    }
}

/* ---- replies ---- */

static void refuse(struct session *s)
{
    const struct command_reply *r = &s->reply;
    const char *text = r->text[0] != '\0' ? r->text : status_name(r->status);
    bool is_new = r->kind == COMMAND_SUBMIT;
    switch (r->status) {
    case ERR_NOT_FOUND:
        if (is_new) {
            problem_add(&s->problem, "/symbol", "%s", text);
        }
        problem_set(&s->problem, is_new ? 422 : 404,
                    is_new                      ? "symbol_unknown"
                    : r->kind == COMMAND_CANCEL ? "order_unknown"
                    : r->kind == COMMAND_AMEND  ? "order_unknown"
                    : r->kind == COMMAND_RESUME ? "not_engaged"
                                                : "not_found",
                    "%s", text);
        break;
    case ERR_INVALID:
    case ERR_UNSUPPORTED:
        problem_set(&s->problem, 422, "refused", "%s", text);
        break;
    case ERR_WRONG_STATE:
    case ERR_EXISTS:
        problem_set(&s->problem, 409, "wrong_state", "%s", text);
        break;
    default:
        problem_set(&s->problem, 503, "not_now", "%s", text);
        break;
    }
    s->problem.order_id = r->kind == COMMAND_CANCEL && r->status != ERR_NOT_FOUND ? r->order_id : 0;
}

/* A refusal inside is the answer to the question, not a new order: 422 with where and why. */
static void tell_denied(struct session *s)
{
    const struct command_reply *r = &s->reply;
    const char *code = r->code[0] != '\0' ? r->code : "DENIED";
    problem_set(&s->problem, 422, code, "%s",
                r->text[0] != '\0' ? r->text : "the order was denied; its trace says why");
    s->problem.order_id = r->order_id;
    s->problem.state = order_state_name(SOFIA_STATE_DENIED);
    s->problem.station = r->station != 0 ? station_name(r->station) : NULL;
}

/* Without the view there are only the facts of the reply itself. */
static void put_order(struct session *s)
{
    const struct command_reply *r = &s->reply;
    struct text order = {0};
    if (r->order_id != 0 && list_put_order(s->control, r->order_id, &order) == 0) {
        text_add_n(&s->page, text_get(&order), order.len);
    } else {
        out_open(&s->page, NULL, '{');
        out_id(&s->page, "order_id", r->order_id);
        out_str(&s->page, "state", order_state_name(r->state));
        out_close(&s->page, '}');
    }
    text_release(&order);
}

static void tell_order(struct session *s)
{
    const struct command_reply *r = &s->reply;
    bool makes_one = r->kind == COMMAND_SUBMIT || r->kind == COMMAND_AMEND;
    if (s->command.order.dry_run) {
        out_open(&s->page, NULL, '{');
        out_bool(&s->page, "dry_run", true);
        out_bool(&s->page, "would_pass", r->state != SOFIA_STATE_DENIED);
        out_str(&s->page, "code", r->code);
        out_str(&s->page, "station", r->station != 0 ? station_name(r->station) : "");
        out_str(&s->page, "detail", r->text);
        out_close(&s->page, '}');
        return;
    }
    if (makes_one && r->state == SOFIA_STATE_DENIED) {
        tell_denied(s);
        return;
    }
    put_order(s);
    s->status = r->kind == COMMAND_CANCEL ? 202 : r->repeated ? 200 : 201;
    if (makes_one) {
        (void)str_format(s->location, sizeof(s->location), "/orders/%llu",
                         (unsigned long long)r->order_id);
    }
}

static void tell_count(struct session *s, const char *key)
{
    const struct command_reply *r = &s->reply;
    out_open(&s->page, NULL, '{');
    out_str(&s->page, "status", "ok");
    out_u64(&s->page, key, r->count);
    out_str(&s->page, "detail", r->text);
    out_close(&s->page, '}');
}

static void tell_kill(struct session *s, bool engaged)
{
    const struct command_reply *r = &s->reply;
    out_open(&s->page, NULL, '{');
    out_str(&s->page, "status", engaged ? "engaged" : "cleared");
    out_bool(&s->page, "engaged", engaged);
    out_bool(&s->page, "journaled", true);
    out_str(&s->page, "scope", s->command.kill.scope);
    if (engaged) {
        out_str(&s->page, "level", kill_level_name(s->command.kill.level));
    }
    out_u64(&s->page, "epoch", r->epoch);
    out_u64(&s->page, "journal_seq", r->seq);
    out_str(&s->page, "detail", r->text);
    out_close(&s->page, '}');
}

void act_tell(struct session *s)
{
    const struct command_reply *r = &s->reply;
    if (r->status != 0 && r->kind == COMMAND_KILL) {
        char why[COMMAND_TEXT_SIZE + 96];
        (void)str_format(why, sizeof(why),
                         "the flag is raised and no new risk leaves, but it could not be "
                         "journaled: %s. Call again until the answer is 200",
                         r->text);
        raised_only(s, why);
        return;
    }
    if (r->status != 0) {
        if (r->kind == COMMAND_SUBMIT || r->kind == COMMAND_AMEND) {
            keys_seen_forget(&s->control->keys, s->command.order.request_id);
        }
        refuse(s);
        return;
    }
    switch ((int)r->kind) {
    case COMMAND_SUBMIT:
    case COMMAND_AMEND:
    case COMMAND_CANCEL:
        tell_order(s);
        return;
    case COMMAND_KILL:
        tell_kill(s, true);
        return;
    case COMMAND_RESUME:
        tell_kill(s, false);
        return;
    case COMMAND_WS_RESTART:
        tell_count(s, "accounts");
        return;
    default:
        tell_count(s, "cancels_sent");
        return;
    }
}

void act_tell_late(struct session *s)
{
    log_warn("control", "%s: no answer in time", s->request.path);
    switch ((int)s->command.kind) {
    case COMMAND_KILL:
        raised_only(
            s, s->wait == WAIT_SYNCED
                   ? "engaged and no new risk leaves; the disk has not confirmed the record yet: "
                     "call again until the answer is 200"
                   : "the flag is raised and no new risk leaves; the trade thread has not answered "
                     "in time, so open orders may still stand at the venue: look at /livez and "
                     "the venue, call again until the answer is 200");
        return;
    case COMMAND_SUBMIT:
    case COMMAND_AMEND:
        problem_set(&s->problem, 503, "outcome_unknown",
                    "the engine did not answer in time; the order may still be placed or changed. "
                    "Repeat with the "
                    "same Idempotency-Key to learn its outcome");
        return;
    default:
        problem_set(&s->problem, 503, "outcome_unknown",
                    "the engine did not answer in time; the command may still be executed");
        return;
    }
}
