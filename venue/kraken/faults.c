/* Faults only this venue has, and the switches for what is not known of it. */
#include <stdio.h>
#include <string.h>

#include "kraken.h"

const char *const vk_fault_words[] = {
    [VK_FAULT_TIER] = "tier",
    [VK_FAULT_SYSTEM] = "system",
    [VK_FAULT_MAINTENANCE_NOTICE] = "maintenance_notice",
    [VK_FAULT_TOKENS] = "tokens",
    [VK_FAULT_CLOSE] = "close",
    [VK_FAULT_REPLAY] = "replay",
    [VK_FAULT_RESTATE] = "restate",
    [VK_FAULT_SETTING] = "kraken",
    [VK_FAULT_RESULT_SHAPE] = "result_shape",
    [VK_FAULT_SPARSE] = "sparse",
    [VK_FAULT_SEQUENCE_SKIP] = "sequence_skip",
    [VK_FAULT_SEQUENCE_TWICE] = "sequence_twice",
    [VK_FAULT_UNKNOWN_EXEC] = "unknown_exec",
    [VK_FAULT_NO_FILLED] = "no_filled",
    [VK_FAULT_BAD_CHECKSUM] = "bad_checksum",
    [VK_FAULT_CROSSED] = "crossed_book",
    [VK_FAULT_LOST_LEVEL] = "lost_level",
    [VK_FAULT_BARE_NUMBERS] = "bare_numbers",
    [VK_FAULT_NO_HEARTBEAT] = "no_heartbeat",
    [VK_FAULT_SILENCE] = "silence",
    [VK_FAULT_WS_NO_ANSWER] = "ws_no_answer",
    [VK_FAULT_WS_ERROR] = "ws_error",
    [VK_FAULT_WORDS] = NULL,
};

_Static_assert(VK_FAULT_WORDS <= VN_FAULT_WORDS, "the words fit their range");

const char *const vk_fault_members[] = {"tier",
                                        "system",
                                        "close",
                                        "duplicate_error",
                                        "unknown_error",
                                        "post_cancels",
                                        "cancel_limited",
                                        "fee_in_base",
                                        "modern_names",
                                        "no_status",
                                        "history_cost",
                                        "lockout_after",
                                        "lockout_seconds",
                                        "order_lag_ms",
                                        "fill_lag_ms",
                                        "event_lag_ms",
                                        "flood",
                                        NULL};

void vk_settings_init(struct vk_settings *s)
{
    *s = (struct vk_settings){
        .history_cost = 4, .lockout_after = 10, .lockout_seconds = 900, .flood = 200};
    snprintf(s->duplicate_error, sizeof(s->duplicate_error),
             "EGeneral:Invalid arguments:cl_ord_id");
    snprintf(s->unknown_error, sizeof(s->unknown_error), "EOrder:Unknown order");
}

static int set_tier(struct venue *v, const struct vn_json *c)
{
    const char *name = vn_json_text(c, "tier", "");
    const struct vk_tier *tier = vk_tier_find(name);
    if (tier == NULL) {
        return vn_error(v, VENUE_EINVAL, "no tier '%s'", name);
    }
    vk_of(v)->tier = tier;
    return 0;
}

static int set_system(struct venue *v, int64_t now_ns, const struct vn_json *c)
{
    static const char *const known[] = {"online", "post_only", "cancel_only", "maintenance"};
    const char *name = vn_json_text(c, "system", "");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i], name) == 0) {
            vk_of(v)->system = known[i];
            vk_of(v)->notice_ns = 0;
            vk_status_all(v, now_ns);
            return 0;
        }
    }
    return vn_error(v, VENUE_EINVAL, "no system status '%s'", name);
}

static void close_all(struct venue *v, int64_t now_ns, const struct vn_fault *fault, int64_t code)
{
    for (struct vk_conn *conn = vk_first(v); conn != NULL; conn = vk_next(conn)) {
        bool meant =
            fault->path[0] == '\0' || strcmp(fault->path, conn->secret ? "private" : "public") == 0;
        if (meant && code == 1006) {
            vn_conn_drop(v, &conn->base, now_ns);
        } else if (meant) {
            vn_conn_close(v, &conn->base, now_ns, (uint32_t)code,
                          code == 1001 ? "CloudFlare WebSocket proxy restarting" : "");
        }
    }
}

static void replay(struct venue *v, int64_t now_ns)
{
    for (struct vk_conn *conn = vk_first(v); conn != NULL; conn = vk_next(conn)) {
        for (struct vk_sub *sub = conn->subs; sub != NULL; sub = sub->next) {
            if (sub->channel == VK_EXECUTIONS) {
                vk_executions_snapshot(v, now_ns, conn, sub, true, true);
            }
        }
    }
}

static void restate(struct venue *v, int64_t now_ns)
{
    for (size_t i = 0; i < v->engine.account_count; i++) {
        if (!v->engine.accounts[i]->house) {
            vk_restate(v, now_ns, v->engine.accounts[i]);
        }
    }
}

static void set_text(const struct vn_json *c, const char *name, char *ret_text)
{
    const char *text = vn_json_text(c, name, NULL);
    if (text != NULL) {
        snprintf(ret_text, VK_ERROR, "%s", text);
    }
}

static int set_switches(struct venue *v, const struct vn_json *c)
{
    struct vk_settings *s = &vk_of(v)->settings;
    set_text(c, "duplicate_error", s->duplicate_error);
    set_text(c, "unknown_error", s->unknown_error);
    s->post_only_cancels = vn_json_bool(c, "post_cancels", s->post_only_cancels);
    s->cancel_limited = vn_json_bool(c, "cancel_limited", s->cancel_limited);
    s->fee_in_base = vn_json_bool(c, "fee_in_base", s->fee_in_base);
    s->modern_names = vn_json_bool(c, "modern_names", s->modern_names);
    s->no_status = vn_json_bool(c, "no_status", s->no_status);
    s->history_cost = (int)vn_json_int(c, "history_cost", s->history_cost);
    s->lockout_after = (int)vn_json_int(c, "lockout_after", s->lockout_after);
    s->lockout_seconds = (int)vn_json_int(c, "lockout_seconds", s->lockout_seconds);
    s->flood = (int)vn_json_int(c, "flood", s->flood);
    s->order_lag_ns = vn_json_int(c, "order_lag_ms", s->order_lag_ns / VN_MS) * VN_MS;
    s->fill_lag_ns = vn_json_int(c, "fill_lag_ms", s->fill_lag_ns / VN_MS) * VN_MS;
    s->event_lag_ns = vn_json_int(c, "event_lag_ms", s->event_lag_ns / VN_MS) * VN_MS;
    return 0;
}

int vk_fault_act(struct venue *v, int64_t now_ns, int word, const struct vn_fault *fault,
                 const struct vn_json *command)
{
    struct vk_state *state = vk_of(v);
    if (word == VK_FAULT_TIER) {
        return set_tier(v, command);
    }
    if (word == VK_FAULT_SYSTEM) {
        return set_system(v, now_ns, command);
    }
    if (word == VK_FAULT_SETTING) {
        return set_switches(v, command);
    }
    if (word == VK_FAULT_MAINTENANCE_NOTICE) {
        state->notice_ns = now_ns + vn_json_int(command, "ms", 600000) * VN_MS;
        vk_status_all(v, now_ns);
    } else if (word == VK_FAULT_TOKENS) {
        for (struct vk_token *t = state->tokens; t != NULL; t = t->next) {
            t->dead = true;
        }
    } else if (word == VK_FAULT_CLOSE) {
        close_all(v, now_ns, fault, vn_json_int(command, "close", 1000));
    } else if (word == VK_FAULT_REPLAY) {
        replay(v, now_ns);
    } else if (word == VK_FAULT_RESTATE) {
        restate(v, now_ns);
    }
    return 0;
}
