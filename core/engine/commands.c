/* Commands of operators, executed at a turn boundary; each gets exactly one reply. */
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/impl.h"

static void say(struct command_reply *reply, int status, const char *text)
{
    reply->status = status;
    (void)str_copy(reply->text, sizeof(reply->text), text);
}

/* ---- orders ---- */

static int find_instrument(const struct engine *e, const struct command_order *order,
                           uint32_t *ret_id)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < e->market.cap; i++) {
        const struct market_item *item = e->market.items[i];
        if (item == NULL || !item->declared || !str_eq(item->rules.name, order->instrument)) {
            continue;
        }
        if (order->account[0] != '\0' &&
            !str_eq(names_text(&e->state.names, NAME_ACCOUNT, item->account), order->account)) {
            continue;
        }
        if (found != 0) {
            return error_set(ERR_INVALID, "%s is traded at several venues: name the account",
                             order->instrument);
        }
        found = item->id;
    }
    if (found == 0) {
        return error_set(ERR_NOT_FOUND, "no venue has an instrument '%s'", order->instrument);
    }
    *ret_id = found;
    return 0;
}

static void tell_admitted(const struct admit_result *result, struct command_reply *reply)
{
    reply->order_id = result->order_id;
    reply->seq = result->seq;
    reply->state = result->state;
    reply->repeated = result->repeated;
    reply->station = result->verdict.code[0] != '\0' ? result->verdict.station : 0;
    (void)str_copy(reply->code, sizeof(reply->code), result->verdict.code);
    say(reply, 0, result->verdict.reason);
}

static void amend(struct engine *e, const struct command *command, struct command_reply *reply)
{
    struct admit_request request = {.origin = SOFIA_ORIGIN_OPERATOR,
                                    .dry_run = command->order.dry_run};
    struct admit_result result;
    request.intent.request_id = command->order.request_id;
    request.intent.qty = command->order.qty;
    request.intent.price = command->order.price;
    (void)str_copy(request.intent.tag, sizeof(request.intent.tag), command->order.tag);
    int rc = order_amend(&e->path, &request, command->order.replaces, &result);
    if (rc != 0) {
        say(reply, rc, error_message());
        return;
    }
    tell_admitted(&result, reply);
}

static void submit(struct engine *e, const struct command *command, struct command_reply *reply)
{
    struct admit_request request = {.origin = SOFIA_ORIGIN_OPERATOR,
                                    .dry_run = command->order.dry_run};
    struct admit_result result;
    struct sofia_intent *intent = &request.intent;
    int rc = find_instrument(e, &command->order, &intent->instrument);
    if (rc != 0) {
        say(reply, rc, error_message());
        return;
    }
    intent->size = sizeof(*intent);
    intent->side = command->order.side;
    intent->type = command->order.type;
    intent->tif = command->order.tif;
    intent->flags = command->order.flags;
    intent->request_id = command->order.request_id;
    intent->qty = command->order.qty;
    intent->price = command->order.price;
    intent->quote_qty = sofia_decimal_absent();
    intent->stop_price = sofia_decimal_absent();
    (void)str_copy(intent->tag, sizeof(intent->tag), command->order.tag);
    rc = order_admit(&e->path, &request, &result);
    if (rc != 0) {
        say(reply, rc, error_message());
        return;
    }
    tell_admitted(&result, reply);
}

static void cancel(struct engine *e, const struct command *command, struct command_reply *reply)
{
    path_audit(&e->path, command->order_id, "cancel", command->author, "%s", command->reason);
    int rc = order_cancel(&e->path, command->order_id);
    const struct order *order = state_order(&e->state, command->order_id);
    reply->order_id = command->order_id;
    reply->seq = e->state.last_seq;
    reply->state = order == NULL ? 0 : order->pub.state;
    say(reply, rc, rc == 0 ? "cancel sent" : error_message());
}

static void cancel_all(struct engine *e, const struct command *command, struct command_reply *reply)
{
    struct order *next;
    uint32_t failed = 0;
    path_audit(&e->path, 0, "cancel_all", command->author, "%s", command->reason);
    for (struct order *o = e->state.live.head; o != NULL; o = next) {
        next = o->next;
        bool here = command->order.instrument[0] == '\0' ||
                    str_eq(names_text(&e->state.names, NAME_INSTRUMENT, o->pub.instrument),
                           command->order.instrument);
        here = here && (command->order.account[0] == '\0' ||
                        str_eq(names_text(&e->state.names, NAME_ACCOUNT, o->account),
                               command->order.account));
        if (!here || SOFIA_STATE_IS_TERMINAL(o->base_state) || o->cancel_pending ||
            o->cancel_wanted) {
            continue;
        }
        if (order_cancel(&e->path, o->pub.order_id) == 0) {
            reply->count++;
        } else {
            failed++;
        }
    }
    reply->seq = e->state.last_seq;
    reply->status = failed == 0 ? 0 : ERR_AGAIN;
    (void)str_format(reply->text, sizeof(reply->text), "%u cancels sent, %u could not be sent now",
                     reply->count, failed);
}

/* ---- kill switch ---- */

static void kill(struct engine *e, const struct command *command, struct command_reply *reply)
{
    const struct latch *latch = state_latch(&e->state, command->kill.scope);
    struct record_kill record = {.epoch = e->state.kill_epoch + 1,
                                 .level = command->kill.level,
                                 .at_ns = clock_now_ns(&e->clock.clock)};
    if (latch != NULL && latch->level > record.level) {
        record.level = latch->level; /* a second activation never weakens the first */
    }
    (void)str_copy(record.scope, sizeof(record.scope), command->kill.scope);
    (void)str_copy(record.author, sizeof(record.author), command->author);
    (void)str_copy(record.reason, sizeof(record.reason), command->reason);
    int rc = path_record(&e->path, RECORD_KILL, &record, sizeof(record), &reply->seq);
    if (rc != 0) {
        say(reply, rc, error_message()); /* the raised flag stays: everything remains stopped */
        return;
    }
    kill_settled(&e->kill, command->kill.raise);
    reply->epoch = record.epoch;
    log_error("kill", "engaged: scope=%s level=%s author=%s reason=%s", record.scope,
              kill_level_name(record.level), record.author, record.reason);
    say(reply, 0,
        record.level >= SOFIA_KILL_CANCEL
            ? "engaged; open orders in scope are being cancelled until the venue shows none"
            : "engaged; no new risk, reductions pass");
}

/* Refused while what the latch covers is not settled: nobody may trade on a picture that is not known. */
static int may_resume(const struct engine *e, const struct latch *latch)
{
    if (latch->level >= SOFIA_KILL_CANCEL && latch->zero == 0) {
        return error_set(ERR_WRONG_STATE,
                         "the cancel loop has not proven zero yet; see /risk/status");
    }
    for (const struct order *o = e->state.live.head; o != NULL; o = o->next) {
        if (o->pub.doubt != 0 &&
            state_latch_for(&e->state, o->account, o->strategy, o->pub.instrument) == latch) {
            return error_set(ERR_WRONG_STATE, "order %llu in its scope is in doubt",
                             (unsigned long long)o->pub.order_id);
        }
    }
    return 0;
}

static void resume(struct engine *e, const struct command *command, struct command_reply *reply)
{
    const struct latch *latch = state_latch(&e->state, command->kill.scope);
    bool whole = str_eq(command->kill.scope, "all");
    uint64_t raise = atomic_load(&e->kill.raises); /* what comes later is not what is cleared */
    bool unjournaled = e->kill.unreadable || atomic_load(&e->kill.raised) != 0;
    if (latch == NULL && !(unjournaled && whole)) {
        say(reply, ERR_NOT_FOUND, "the kill switch is not engaged over this scope");
        return;
    }
    int rc = latch == NULL ? 0 : may_resume(e, latch);
    if (rc != 0) {
        say(reply, rc, error_message());
        return;
    }
    struct record_kill record = {.epoch = e->state.kill_epoch,
                                 .level = SOFIA_KILL_CLEAR,
                                 .at_ns = clock_now_ns(&e->clock.clock)};
    (void)str_copy(record.scope, sizeof(record.scope), command->kill.scope);
    (void)str_copy(record.author, sizeof(record.author), command->author);
    (void)str_copy(record.reason, sizeof(record.reason), command->reason);
    rc = path_record(&e->path, RECORD_KILL, &record, sizeof(record), &reply->seq);
    if (rc == 0 && whole) {
        e->kill.unreadable = false;
        kill_settled(&e->kill, raise);
    }
    reply->count = rc == 0 ? 1 : 0;
    reply->epoch = record.epoch;
    if (rc == 0) {
        log_warn("kill", "resumed: scope=%s author=%s reason=%s", record.scope, record.author,
                 record.reason);
    }
    say(reply, rc, rc == 0 ? "cleared; arming is as it was before" : error_message());
}

/* ---- mode, streams ---- */

static void rollback(struct engine *e, const struct command *command, struct command_reply *reply)
{
    struct record_mode mode = e->state.mode;
    mode.branch = SOFIA_BRANCH_SHADOW;
    mode.at_ns = clock_now_ns(&e->clock.clock);
    (void)str_copy(mode.author, sizeof(mode.author), command->author);
    (void)str_copy(mode.reason, sizeof(mode.reason), command->reason);
    e->path.branch = SOFIA_BRANCH_SHADOW;
    int rc = path_record(&e->path, RECORD_MODE, &mode, sizeof(mode), &reply->seq);
    if (rc != 0) {
        say(reply, rc, error_message());
        return;
    }
    uint64_t seq = reply->seq;
    cancel_all(e, command, reply);
    reply->seq = seq > reply->seq ? seq : reply->seq;
    (void)str_format(reply->text, sizeof(reply->text),
                     "mode is shadow; %u open orders are being cancelled. Live again: set "
                     "TRADING_MODE and restart",
                     reply->count);
}

static void restart_streams(struct engine *e, const struct command *command,
                            struct command_reply *reply)
{
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        struct exchange *x = e->exchanges[i].exchange;
        if (command->order.account[0] == '\0' ||
            str_eq(command->order.account, exchange_instance(x)->name)) {
            exchange_restart_streams(x, "restart asked by an operator");
            reply->count++;
        }
    }
    path_audit(&e->path, 0, "ws_restart", command->author, "%s", command->reason);
    reply->seq = e->state.last_seq;
    say(reply, reply->count > 0 ? 0 : ERR_NOT_FOUND,
        reply->count > 0 ? "streams are connecting again" : "no such account");
}

static void refresh(struct engine *e, struct command_reply *reply)
{
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        reply->count += exchange_account(e->exchanges[i].exchange, 0) == 0 ? 1u : 0u;
    }
    say(reply, 0, "asked");
}

void engine_execute(struct engine *e, const struct command *command, struct command_reply *reply)
{
    memset(reply, 0, sizeof(*reply));
    reply->id = command->id;
    reply->kind = command->kind;
    switch ((int)command->kind) {
    case COMMAND_SUBMIT:
        submit(e, command, reply);
        return;
    case COMMAND_AMEND:
        amend(e, command, reply);
        return;
    case COMMAND_CANCEL:
        cancel(e, command, reply);
        return;
    case COMMAND_CANCEL_ALL:
        cancel_all(e, command, reply);
        return;
    case COMMAND_KILL:
        kill(e, command, reply);
        return;
    case COMMAND_RESUME:
        resume(e, command, reply);
        return;
    case COMMAND_ROLLBACK:
        rollback(e, command, reply);
        return;
    case COMMAND_WS_RESTART:
        restart_streams(e, command, reply);
        return;
    case COMMAND_REFRESH:
        refresh(e, reply);
        return;
    default:
        say(reply, ERR_UNSUPPORTED, "unknown command");
        return;
    }
}

bool engine_run_commands(struct engine *e)
{
    const struct command *command;
    struct command_reply reply;
    size_t len;
    bool any = false;
    while ((command = ring_peek(&e->commands, &len)) != NULL) {
        engine_execute(e, command, &reply);
        ring_pop(&e->commands);
        control_reply(e->control, &reply);
        any = true;
    }
    return any;
}
