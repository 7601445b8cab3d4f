/* Fills the published picture of the engine. Runs at the end of a turn, ten times a second. */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/str.h"
#include "engine/impl.h"

static void print(struct sofia_wide value, char ret[SNAPSHOT_NUMBER])
{
    ret[0] = '\0';
    if (!sofia_wide_is_absent(value)) {
        (void)sofia_wide_print(value, ret, SNAPSHOT_NUMBER);
    }
}

static void print_decimal(struct sofia_decimal value, char ret[SNAPSHOT_NUMBER])
{
    ret[0] = '\0';
    if (!sofia_decimal_is_absent(value)) {
        (void)sofia_decimal_print(value, ret, SNAPSHOT_NUMBER);
    }
}

static void fill_account(const struct engine *e, uint32_t at, struct snapshot_account *out)
{
    const struct exchange *x = e->exchanges[at].exchange;
    const struct path_account *account = &e->path.accounts[at];
    const struct record_name *name = names_get(&e->state.names, NAME_ACCOUNT, account->id);
    memset(out, 0, sizeof(*out));
    if (name != NULL) {
        (void)str_copy(out->name, sizeof(out->name), name->name);
        (void)str_copy(out->identity, sizeof(out->identity), name->venue_symbol);
    }
    out->ready = exchange_is_ready(x);
    out->reconciled = account->reconciled;
    out->fatal = account->fatal;
    out->clock_known =
        exchange_clock_offset_ns(x, &out->clock_offset_ns, &out->clock_error_ns) == 0;
    out->private_streams_up = exchange_streams_up(x, SOFIA_STREAM_PRIVATE);
    out->market_streams_up = exchange_streams_up(x, SOFIA_STREAM_MARKET);
    out->last_private_ns = exchange_last_frame_ns(x, SOFIA_STREAM_PRIVATE);
    out->last_market_ns = exchange_last_frame_ns(x, SOFIA_STREAM_MARKET);
    for (uint32_t class_ = 1; class_ <= SOFIA_CLASS_CANCEL; class_++) {
        out->requests[class_] = exchange_sent_count(x, class_);
    }
    memcpy(out->why, account->why, sizeof(out->why));
}

static void add_reason(struct snapshot *s, const char *fmt, const char *a, const char *b)
{
    if (s->reason_count < SNAPSHOT_REASONS) {
        (void)str_format(s->reasons[s->reason_count], SOFIA_REASON_SIZE, "%s%s%.90s", fmt, a, b);
        s->reason_count++;
    }
}

/* Tradable or not, and why: every reason that alone would stop an opening order. */
static void judge(const struct engine *e, struct snapshot *s)
{
    s->reason_count = 0;
    if (!e->path.accepting) {
        add_reason(s, e->stopping ? "the engine is stopping" : "recovery is not finished", "", "");
    }
    if (e->path.failed) {
        add_reason(s, "state and journal disagree: ", "", e->path.failure);
    }
    if (e->kill.unreadable) {
        add_reason(s, "the kill switch state could not be read", "", "");
    }
    if (atomic_load(&e->kill.raised) != 0 && s->latch_count == 0) {
        add_reason(s, "kill switch just raised, not journaled yet", "", "");
    }
    for (uint32_t i = 0; i < s->latch_count; i++) {
        add_reason(s, "kill switch over ", s->latches[i].scope, "");
    }
    for (uint32_t i = 0; i < s->account_count; i++) {
        const struct snapshot_account *a = &s->accounts[i];
        if (a->fatal || !a->reconciled) {
            add_reason(s, a->name, ": ", a->why);
        } else if (!a->ready) {
            add_reason(s, a->name, ": ", "no connection on which an order would leave at once");
        }
    }
    if (!journal_has_room(e->journal, JOURNAL_FOR_NEW_RISK, clock_mono_ns(e->real))) {
        struct journal_health health;
        journal_get_health(e->journal, &health);
        add_reason(s, "the journal takes no new risk: ", "",
                   health.reason[0] != '\0' ? health.reason : "disk late or ring full");
    }
    s->tradable = s->reason_count == 0;
}

static void fill_latches(const struct engine *e, struct snapshot *s)
{
    s->latch_count = 0;
    for (int i = 0; i < STATE_LATCHES && s->latch_count < SNAPSHOT_LATCHES; i++) {
        const struct latch *latch = &e->state.latches[i];
        if (latch->level == 0) {
            continue;
        }
        struct snapshot_latch *out = &s->latches[s->latch_count++];
        memcpy(out->scope, latch->scope, sizeof(out->scope));
        memcpy(out->author, latch->author, sizeof(out->author));
        memcpy(out->reason, latch->reason, sizeof(out->reason));
        out->level = latch->level;
        out->zero = latch->zero != 0;
        out->epoch = latch->epoch;
        out->at_ns = latch->at_ns;
    }
}

static void fill_positions(const struct engine *e, struct snapshot *s)
{
    const struct names *names = &e->state.names;
    s->position_count = 0;
    for (uint32_t i = 0; i < e->state.ledger.position_count; i++) {
        const struct position *p = &e->state.ledger.positions[i];
        if (s->position_count == SNAPSHOT_POSITIONS) {
            return;
        }
        struct snapshot_position *out = &s->positions[s->position_count++];
        struct sofia_wide usd = market_usd(&e->market, p->base, clock_mono_ns(e->real));
        struct sofia_wide value = sofia_wide_absent();
        (void)str_copy(out->account, sizeof(out->account),
                       names_text(names, NAME_ACCOUNT, p->account));
        (void)str_copy(out->strategy, sizeof(out->strategy),
                       names_text(names, NAME_STRATEGY, p->strategy));
        memcpy(out->asset, p->base, sizeof(out->asset));
        memcpy(out->quote, p->quote, sizeof(out->quote));
        print(p->qty, out->qty);
        print(p->cost, out->cost);
        print(p->realized, out->realized);
        print(p->fees_quote, out->fees_quote);
        print(p->working_buy, out->working_buy);
        print(p->working_sell, out->working_sell);
        (void)sofia_wide_mul(p->qty, usd, -8, SOFIA_ROUND_HALF_EVEN, &value);
        print(value, out->value_usd);
        out->open_orders = p->open_orders;
    }
}

static void fill_balances(const struct engine *e, struct snapshot *s)
{
    s->balance_count = 0;
    for (uint32_t i = 0; i < e->state.ledger.asset_count; i++) {
        const struct asset *asset = &e->state.ledger.assets[i];
        struct sofia_wide expected = sofia_wide_absent();
        if (s->balance_count == SNAPSHOT_BALANCES) {
            return;
        }
        struct snapshot_balance *out = &s->balances[s->balance_count++];
        (void)str_copy(out->account, sizeof(out->account),
                       names_text(&e->state.names, NAME_ACCOUNT, asset->account));
        memcpy(out->asset, asset->name, sizeof(out->asset));
        print(asset->free, out->free);
        print(asset->locked, out->locked);
        (void)asset_expected(asset, &expected);
        print(expected, out->expected);
        out->told_ns = asset->told_ns;
    }
}

static void fill_plugin(struct instance *instance, struct snapshot *s)
{
    if (s->plugin_count == SNAPSHOT_PLUGINS) {
        return;
    }
    struct snapshot_plugin *out = &s->plugins[s->plugin_count++];
    memset(out, 0, sizeof(*out));
    (void)str_copy(out->name, sizeof(out->name), instance->name);
    (void)str_copy(out->id, sizeof(out->id), instance->desc->id);
    (void)str_copy(out->version, sizeof(out->version), instance->desc->version);
    out->kind = instance->kind;
    out->quarantined = instance->quarantined;
    out->callbacks = instance->callbacks;
    out->over_budget = instance->over_budget;
    out->worst_ns = instance->worst_ns;
    if (instance->quarantined) {
        memcpy(out->why, instance->why, sizeof(out->why));
    }
}

static void fill_plugins(const struct engine *e, struct snapshot *s)
{
    s->plugin_count = 0;
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        fill_plugin(exchange_instance(e->exchanges[i].exchange), s);
    }
    for (uint32_t i = 0; i < e->rule_count; i++) {
        fill_plugin((struct instance *)(uintptr_t)&e->rules[i], s);
    }
    for (uint32_t i = 0; i < e->strategy_count; i++) {
        fill_plugin(strategy_instance(e->strategies[i]), s);
    }
    for (uint32_t i = 0; i < e->sink_count; i++) {
        fill_plugin(sink_instance(e->sinks[i]), s);
    }
}

static void fill_markets(const struct engine *e, struct snapshot *s)
{
    s->market_count = 0;
    for (uint32_t i = 0; i < e->market.cap && s->market_count < SNAPSHOT_MARKETS; i++) {
        const struct market_item *item = e->market.items[i];
        struct sofia_top top;
        if (item == NULL || !item->wanted) {
            continue;
        }
        struct snapshot_market *out = &s->markets[s->market_count++];
        market_top(&e->market, item, clock_mono_ns(e->real), &top);
        (void)str_copy(out->account, sizeof(out->account),
                       names_text(&e->state.names, NAME_ACCOUNT, item->account));
        memcpy(out->name, item->rules.name, sizeof(out->name));
        print_decimal(top.bid, out->bid);
        print_decimal(top.ask, out->ask);
        out->valid = top.valid != 0;
        out->age_ns = top.age_ns;
    }
}

/* The limits as the configured rules have them, for people to compare with. */
static void fill_limits(const struct engine *e, struct snapshot *s)
{
    struct sofia_decimal value;
    s->max_position_usd[0] = '\0';
    s->max_daily_loss_usd[0] = '\0';
    for (uint32_t i = 0; i < e->rule_count; i++) {
        if (config_get_decimal(e->rules[i].options, "max_position_usd", &value) == 0) {
            print_decimal(value, s->max_position_usd);
        }
        if (config_get_decimal(e->rules[i].options, "max_daily_loss_usd", &value) == 0) {
            print_decimal(value, s->max_daily_loss_usd);
        }
    }
}

static void fill_counts(const struct engine *e, struct snapshot *s)
{
    const struct path_counts *c = &e->path.counts;
    s->open_orders = e->state.live.count;
    s->unknown_orders = e->state.doubts;
    s->admitted = c->admitted;
    s->denied = c->denied;
    s->shadowed = c->shadowed;
    s->sent = c->sent;
    s->cancels_sent = c->cancels_sent;
    s->accepted = c->accepted;
    s->rejected = c->rejected;
    s->doubts = c->doubts;
    s->fills = c->fills;
    s->illegal_transitions = e->state.illegal_transitions;
}

void engine_fill_snapshot(struct engine *e)
{
    struct snapshot *s = snapshot_edit(e->snapshots);
    s->seq = ++e->snapshot_seq;
    s->at_ns = clock_now_ns(&e->clock.clock);
    s->started_ns = e->state.boot.started_ns;
    s->journal_seq = e->state.last_seq;
    s->accepting = e->path.accepting;
    s->branch = e->path.branch;
    s->arming = e->state.mode.arming;
    s->killed = kill_is_engaged(&e->kill, &e->state);
    s->kill_epoch = e->state.kill_epoch;
    (void)str_copy(s->mode, sizeof(s->mode), s->branch == SOFIA_BRANCH_LIVE ? "live" : "shadow");
    (void)str_copy(s->environment, sizeof(s->environment), e->options.environment);
    (void)str_copy(s->deployment, sizeof(s->deployment), e->options.deployment);
    s->account_count = e->exchange_count;
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        fill_account(e, i, &s->accounts[i]);
    }
    fill_latches(e, s);
    fill_counts(e, s);
    fill_positions(e, s);
    fill_balances(e, s);
    fill_plugins(e, s);
    fill_markets(e, s);
    fill_limits(e, s);
    print(path_day_pnl_usd(&e->path), s->day_pnl_usd);
    print(path_pnl_usd(&e->path), s->pnl_usd);
    print(path_exposure_total_usd(&e->path, NULL, SOFIA_SIDE_BUY, sofia_wide_zero()),
          s->exposure_usd);
    judge(e, s);
    snapshot_publish(e->snapshots);
}
