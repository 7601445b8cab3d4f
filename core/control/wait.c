/* Sessions that wait for the trade thread, the disk or the view.
 *
 * While somebody waits a timer looks every two milliseconds: so the trade thread only puts its reply into a ring and never has
 * to wake anybody.
 */
#include "control/impl.h"

#define TICK_US 2000

static void on_tick(lws_sorted_usec_list_t *tick);

static void schedule(struct control *control)
{
    lws_sul_schedule(control->lws, 0, &control->tick, on_tick, TICK_US);
}

static void take(struct control *control, const struct command_reply *reply)
{
    for (struct session *s = control->waiting; s != NULL; s = s->next_waiting) {
        if (s->wait == WAIT_REPLY && s->command.id == reply->id) {
            s->reply = *reply;
            bool on_disk = reply->kind == COMMAND_KILL || reply->kind == COMMAND_RESUME ||
                           reply->kind == COMMAND_ROLLBACK;
            s->wait = on_disk ? WAIT_SYNCED : WAIT_VIEW;
            if (s->wait == WAIT_VIEW) {
                s->wait_until_mono_ns = clock_mono_ns(clock_real()) + VIEW_NS;
            }
            return;
        }
    }
}

void wait_drain(struct control *control)
{
    const struct command_reply *reply;
    size_t len;
    while ((reply = ring_peek(&control->replies, &len)) != NULL) {
        take(control, reply);
        ring_pop(&control->replies);
        if (control->outstanding > 0) {
            control->outstanding--;
        }
    }
}

static bool is_there(const struct session *s)
{
    const struct control_config *config = &s->control->config;
    if (s->reply.status != 0 || s->reply.seq == 0) {
        return true;
    }
    return s->wait == WAIT_SYNCED ? journal_is_synced(config->journal, s->reply.seq)
                                  : config->owner.view_seq(config->owner.ctx) >= s->reply.seq;
}

/* True: the answer is made. A view that does not catch up costs the answer its details, not the operator the outcome. */
static bool step(struct session *s, int64_t now_mono_ns)
{
    bool late = now_mono_ns >= s->wait_until_mono_ns;
    if (s->wait != WAIT_REPLY && (is_there(s) || (late && s->wait == WAIT_VIEW))) {
        act_tell(s);
        return true;
    }
    if (late) {
        act_tell_late(s);
        return true;
    }
    return false;
}

static void on_tick(lws_sorted_usec_list_t *tick)
{
    struct control *control = lws_container_of(tick, struct control, tick);
    struct session *next;
    int64_t now = clock_mono_ns(clock_real());
    wait_drain(control);
    for (struct session *s = control->waiting; s != NULL; s = next) {
        next = s->next_waiting;
        if (step(s, now)) {
            wait_end(s);
            http_answer(s);
        }
    }
    if (control->waiting != NULL) {
        schedule(control);
    }
}

bool wait_begin(struct session *s, int64_t limit_ns)
{
    struct control *control = s->control;
    const struct control_owner *owner = &control->config.owner;
    wait_drain(control);
    uint32_t most = s->command.kind == COMMAND_KILL ? COMMANDS_KILL : COMMANDS_MAX;
    s->command.id = ++control->last_command;
    if (control->outstanding >= most || owner->post(owner->ctx, &s->command) != 0) {
        return false;
    }
    control->outstanding++;
    s->wait = WAIT_REPLY;
    s->wait_until_mono_ns = clock_mono_ns(clock_real()) + limit_ns;
    s->next_waiting = control->waiting;
    control->waiting = s;
    schedule(control);
    return true;
}

void wait_end(struct session *s)
{
    if (s->wait == WAIT_NONE) {
        return;
    }
    s->wait = WAIT_NONE;
    for (struct session **at = &s->control->waiting; *at != NULL; at = &(*at)->next_waiting) {
        if (*at == s) {
            *at = s->next_waiting;
            return;
        }
    }
}
