/* Answers from the published snapshot: how the engine was a moment ago. */
#include <stdlib.h>
#include <string.h>

#include "control/impl.h"
#include "control/out.h"
#include "model/order.h"
#include "safety/kill.h"

#include "base/banned.h"

#define PICTURE_OLD_NS (2 * CLOCK_NS_PER_S)

static const struct snapshot *picture(struct session *s)
{
    return snapshot_read(s->control->config.snapshots);
}

static int64_t age_ns(const struct snapshot *snapshot)
{
    int64_t age = clock_now_ns(clock_real()) - snapshot->at_ns;
    return snapshot->seq == 0 || age < 0 ? 0 : age;
}

static int64_t stalled_ns(const struct session *s)
{
    const struct control_owner *owner = &s->control->config.owner;
    return owner->stalled_ns(owner->ctx);
}

/* What the snapshot cannot know about itself comes on top of its reasons: that it is old, that the flag has just been raised. */
static uint32_t put_reasons(struct session *s, const struct snapshot *p, struct text *text)
{
    uint32_t count = p->reason_count;
    bool raised = atomic_load(&s->control->config.kill->raised) != 0;
    out_open(text, "reasons", '[');
    for (uint32_t i = 0; i < p->reason_count; i++) {
        out_str(text, NULL, p->reasons[i]);
    }
    if (p->seq == 0) {
        out_str(text, NULL, "the engine is starting");
        count++;
    } else if (age_ns(p) > PICTURE_OLD_NS) {
        char line[96];
        (void)str_format(line, sizeof(line), "the trade thread has published nothing for %lld ms",
                         (long long)(age_ns(p) / CLOCK_NS_PER_MS));
        out_str(text, NULL, line);
        count++;
    }
    if (raised) {
        out_str(text, NULL, "the kill switch is raised and not journaled yet");
        count++;
    }
    out_close(text, ']');
    return count;
}

void page_livez(struct session *s)
{
    bool alive = stalled_ns(s) < STALLED_NS;
    s->status = alive ? 200 : 503;
    out_open(&s->page, NULL, '{');
    out_str(&s->page, "status", alive ? "ok" : "stalled");
    out_close(&s->page, '}');
}

void page_readyz(struct session *s)
{
    struct text reasons = {0};
    const struct snapshot *p = picture(s);
    bool ready = put_reasons(s, p, &reasons) == 0 && p->tradable;
    s->status = ready ? 200 : 503;
    out_open(&s->page, NULL, '{');
    out_bool(&s->page, "ready", ready);
    text_addf(&s->page, ",%s}", text_get(&reasons));
    text_release(&reasons);
}

static const char *arming_name(uint32_t arming)
{
    static const char *const names[] = {"AUTO", "OFF", "AUTO", "ON"};
    return names[arming <= ARMING_ON ? arming : 0];
}

static void put_latches(const struct snapshot *p, struct text *text)
{
    out_open(text, "latches", '[');
    for (uint32_t i = 0; i < p->latch_count; i++) {
        const struct snapshot_latch *latch = &p->latches[i];
        out_open(text, NULL, '{');
        out_str(text, "scope", latch->scope);
        out_str(text, "level", kill_level_name(latch->level));
        out_u64(text, "epoch", latch->epoch);
        out_bool(text, "zero_proven", latch->zero);
        out_str(text, "author", latch->author);
        out_str(text, "reason", latch->reason);
        out_time(text, "at", latch->at_ns);
        out_close(text, '}');
    }
    out_close(text, ']');
}

static void put_kill(struct session *s, const struct snapshot *p, const char *key,
                     struct text *text)
{
    uint32_t raised = atomic_load(&s->control->config.kill->raised);
    bool engaged = p->killed || raised != 0;
    out_open(text, key, '{');
    out_str(text, "state", engaged ? "ENGAGED" : arming_name(p->arming));
    out_str(text, "arming", arming_name(p->arming));
    out_bool(text, "engaged", engaged);
    out_str(text, "raised", kill_level_name(raised));
    out_u64(text, "epoch", p->kill_epoch);
    put_latches(p, text);
    out_close(text, '}');
}

static void put_account(const struct snapshot_account *a, struct text *text)
{
    static const char *const classes[] = {"", "public", "read", "trade", "cancel"};
    out_open(text, NULL, '{');
    out_str(text, "name", a->name);
    out_str(text, "identity", a->identity);
    out_bool(text, "ready", a->ready);
    out_bool(text, "reconciled", a->reconciled);
    out_bool(text, "fatal", a->fatal);
    out_str(text, "why", a->why);
    out_u64(text, "private_streams", a->private_streams_up);
    out_u64(text, "market_streams", a->market_streams_up);
    out_time(text, "last_private", a->last_private_ns);
    out_time(text, "last_market", a->last_market_ns);
    out_bool(text, "clock_known", a->clock_known);
    out_i64(text, "clock_offset_us", a->clock_offset_ns / CLOCK_NS_PER_US);
    out_i64(text, "clock_error_us", a->clock_error_ns / CLOCK_NS_PER_US);
    out_open(text, "requests", '{');
    for (uint32_t i = 1; i < 5; i++) {
        out_u64(text, classes[i], a->requests[i]);
    }
    out_close(text, '}');
    out_close(text, '}');
}

static void put_journal(struct session *s, struct text *text)
{
    static const char *const states[] = {"?", "ok", "disk_full", "failed"};
    struct journal_health health;
    journal_get_health(s->control->config.journal, &health);
    out_open(text, "journal", '{');
    out_str(text, "state", states[health.state < JOURNAL_STATE_COUNT ? health.state : 0]);
    out_bool(text, "late", health.late);
    out_str(text, "reason", health.reason);
    out_u64(text, "appended_seq", health.appended_seq);
    out_u64(text, "synced_seq", health.synced_seq);
    out_u64(text, "view_seq", s->control->config.owner.view_seq(s->control->config.owner.ctx));
    out_u64(text, "ring_used", health.ring_used);
    out_u64(text, "ring_bytes", health.ring_bytes);
    out_close(text, '}');
}

static void put_plugins(const struct snapshot *p, struct text *text)
{
    static const char *const kinds[] = {"?", "exchange", "strategy", "risk", "sink"};
    out_open(text, "plugins", '[');
    for (uint32_t i = 0; i < p->plugin_count; i++) {
        const struct snapshot_plugin *plugin = &p->plugins[i];
        out_open(text, NULL, '{');
        out_str(text, "name", plugin->name);
        out_str(text, "id", plugin->id);
        out_str(text, "version", plugin->version);
        out_str(text, "kind", kinds[plugin->kind <= SOFIA_KIND_SINK ? plugin->kind : 0]);
        out_bool(text, "quarantined", plugin->quarantined);
        out_str(text, "why", plugin->why);
        out_u64(text, "callbacks", plugin->callbacks);
        out_u64(text, "over_budget", plugin->over_budget);
        out_i64(text, "worst_us", plugin->worst_ns / CLOCK_NS_PER_US);
        out_close(text, '}');
    }
    out_close(text, ']');
}

static void put_markets(const struct snapshot *p, struct text *text)
{
    out_open(text, "markets", '[');
    for (uint32_t i = 0; i < p->market_count; i++) {
        const struct snapshot_market *market = &p->markets[i];
        out_open(text, NULL, '{');
        out_str(text, "account", market->account);
        out_str(text, "symbol", market->name);
        out_amount(text, "bid", market->bid);
        out_amount(text, "ask", market->ask);
        out_bool(text, "valid", market->valid);
        out_i64(text, "age_ms", market->age_ns / CLOCK_NS_PER_MS);
        out_close(text, '}');
    }
    out_close(text, ']');
}

static void put_counts(const struct snapshot *p, struct text *text)
{
    out_open(text, "orders", '{');
    out_u64(text, "open", p->open_orders);
    out_u64(text, "unknown", p->unknown_orders);
    out_u64(text, "admitted", p->admitted);
    out_u64(text, "denied", p->denied);
    out_u64(text, "shadowed", p->shadowed);
    out_u64(text, "sent", p->sent);
    out_u64(text, "cancels_sent", p->cancels_sent);
    out_u64(text, "accepted", p->accepted);
    out_u64(text, "rejected", p->rejected);
    out_u64(text, "doubts", p->doubts);
    out_u64(text, "fills", p->fills);
    out_u64(text, "illegal_transitions", p->illegal_transitions);
    out_close(text, '}');
}

static void put_verdict(struct session *s, const struct snapshot *p, struct text *text)
{
    struct text reasons = {0};
    bool tradable = put_reasons(s, p, &reasons) == 0 && p->tradable;
    out_bool(text, "tradable", tradable);
    text_addf(text, ",%s", text_get(&reasons));
    text_release(&reasons);
}

void page_health(struct session *s)
{
    const struct snapshot *p = picture(s);
    struct text *text = &s->page;
    bool stalled = stalled_ns(s) >= STALLED_NS;
    out_open(text, NULL, '{');
    out_str(text, "status", stalled ? "stalled" : "ok");
    put_verdict(s, p, text);
    out_str(text, "mode", p->mode);
    out_str(text, "environment", p->environment);
    out_str(text, "deployment", p->deployment);
    out_str(text, "version", s->control->config.version);
    out_bool(text, "accepting", p->accepting);
    out_time(text, "started", p->started_ns);
    out_time(text, "as_of", p->at_ns);
    out_i64(text, "age_ms", age_ns(p) / CLOCK_NS_PER_MS);
    out_i64(text, "turn_age_ms", stalled_ns(s) / CLOCK_NS_PER_MS);
    put_kill(s, p, "kill_switch", text);
    put_counts(p, text);
    out_amount(text, "day_pnl_usd", p->day_pnl_usd);
    out_amount(text, "exposure_usd", p->exposure_usd);
    out_open(text, "accounts", '[');
    for (uint32_t i = 0; i < p->account_count; i++) {
        put_account(&p->accounts[i], text);
    }
    out_close(text, ']');
    put_markets(p, text);
    put_journal(s, text);
    put_plugins(p, text);
    out_close(text, '}');
}

void page_risk_status(struct session *s)
{
    const struct snapshot *p = picture(s);
    struct text *text = &s->page;
    out_open(text, NULL, '{');
    put_verdict(s, p, text);
    out_str(text, "mode", p->mode);
    put_kill(s, p, "kill_switch", text);
    out_open(text, "limits", '{');
    out_amount(text, "max_position_usd", p->max_position_usd);
    out_amount(text, "max_daily_loss_usd", p->max_daily_loss_usd);
    out_close(text, '}');
    out_amount(text, "exposure_usd", p->exposure_usd);
    out_amount(text, "day_pnl_usd", p->day_pnl_usd);
    out_amount(text, "pnl_usd", p->pnl_usd);
    put_counts(p, text);
    out_time(text, "as_of", p->at_ns);
    out_close(text, '}');
}

void page_kill_status(struct session *s)
{
    put_kill(s, picture(s), NULL, &s->page);
}

void page_shadow_status(struct session *s)
{
    const struct snapshot *p = picture(s);
    struct text *text = &s->page;
    out_open(text, NULL, '{');
    out_str(text, "mode", p->mode);
    out_bool(text, "shadow", p->branch == SOFIA_BRANCH_SHADOW);
    out_u64(text, "shadowed", p->shadowed);
    out_u64(text, "sent", p->sent);
    out_u64(text, "open_orders", p->open_orders);
    out_u64(text, "unknown_orders", p->unknown_orders);
    out_str(text, "file", "shadow_orders.jsonl");
    out_time(text, "as_of", p->at_ns);
    out_close(text, '}');
}

void page_balance(struct session *s)
{
    const struct snapshot *p = picture(s);
    struct text *text = &s->page;
    out_open(text, NULL, '{');
    out_open(text, "balances", '[');
    for (uint32_t i = 0; i < p->balance_count; i++) {
        const struct snapshot_balance *b = &p->balances[i];
        out_open(text, NULL, '{');
        out_str(text, "account", b->account);
        out_str(text, "asset", b->asset);
        out_amount(text, "free", b->free);
        out_amount(text, "locked", b->locked);
        out_amount(text, "expected_total", b->expected);
        out_time(text, "told", b->told_ns);
        out_close(text, '}');
    }
    out_close(text, ']');
    out_bool(text, "complete", p->balance_count < SNAPSHOT_BALANCES);
    out_time(text, "as_of", p->at_ns);
    out_close(text, '}');
}

void page_positions(struct session *s)
{
    const struct snapshot *p = picture(s);
    struct text *text = &s->page;
    out_open(text, NULL, '{');
    out_open(text, "positions", '[');
    for (uint32_t i = 0; i < p->position_count; i++) {
        const struct snapshot_position *at = &p->positions[i];
        out_open(text, NULL, '{');
        out_str(text, "account", at->account);
        out_str(text, "strategy", at->strategy);
        out_str(text, "asset", at->asset);
        out_str(text, "quote", at->quote);
        out_amount(text, "quantity", at->qty);
        out_amount(text, "cost", at->cost);
        out_amount(text, "realized", at->realized);
        out_amount(text, "fees", at->fees_quote);
        out_amount(text, "working_buy", at->working_buy);
        out_amount(text, "working_sell", at->working_sell);
        out_amount(text, "value_usd", at->value_usd);
        out_u64(text, "open_orders", at->open_orders);
        out_close(text, '}');
    }
    out_close(text, ']');
    out_bool(text, "complete", p->position_count < SNAPSHOT_POSITIONS);
    out_time(text, "as_of", p->at_ns);
    out_close(text, '}');
}

void page_metrics(struct session *s)
{
    const struct control_owner *owner = &s->control->config.owner;
    char *bytes = NULL;
    size_t len = 0;
    if (owner->page(owner->ctx, "metrics", &bytes, &len, s->type) != 0) {
        s->type[0] = '\0';
        problem_set(&s->problem, 503, "no_metrics",
                    "no sink has published metrics; is a prometheus sink configured?");
        return;
    }
    text_add_n(&s->page, bytes, len);
    free(bytes);
}
