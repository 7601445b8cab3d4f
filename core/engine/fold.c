/* Recovery of state: the fold of the journal, the latch file, and the records a start begins with. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/impl.h"
#include "model/index.h"

static int apply(void *context, const struct journal_record *record)
{
    struct engine *e = context;
    struct published_set set;
    int rc = state_apply(&e->state, record->seq, record->ts_ns, record->kind, record->payload,
                         record->len);
    if (rc != 0) {
        return rc;
    }
    event_from_record(&e->state, record->seq, record->ts_ns, record->kind, record->payload, &set);
    for (uint32_t i = 0; i < set.count; i++) {
        set.events[i].head.flags |= SOFIA_EVENT_REPLAYED;
    }
    engine_tell_rules(e, &set); /* a restart forgets no window of a rule */
    return 0;
}

/* The latch stands in three places: journal, file, configuration. Any of them engages; none that is unreadable clears. */
static int read_latch_file(struct engine *e)
{
    char path[512];
    int rc = str_format(path, sizeof(path), "%s/kill_switch_state.json", e->options.state_dir);
    rc = rc != 0 ? rc : kill_file_read(path, &e->kill_file);
    if (rc == ERR_NOT_FOUND && e->opened.fresh) {
        error_clear();
        memset(&e->kill_file, 0, sizeof(e->kill_file));
        return 0;
    }
    if (rc == ERR_NOT_FOUND) {
        log_warn("kill",
                 "kill_switch_state.json is missing beside a journal: engaged until resumed");
    } else if (rc != 0) {
        log_error("kill", "kill_switch_state.json cannot be read: engaged: %s", error_message());
    }
    e->kill.unreadable = rc != 0;
    error_clear();
    if (rc != 0) {
        memset(&e->kill_file, 0, sizeof(e->kill_file));
    }
    return 0;
}

static int journal_boot(struct engine *e)
{
    struct record_boot boot = {
        .fence = 0, .started_ns = clock_now_ns(e->real), .pid = (uint32_t)getpid()};
    if (getrandom(&boot.epoch, sizeof(boot.epoch), 0) != (ssize_t)sizeof(boot.epoch)) {
        return error_set_errno("no random boot epoch");
    }
    boot.epoch &= (UINT64_C(1) << 40) - 1;
    if (e->config.stepped) {
        boot.epoch = e->state.boots + 1; /* stepped runs are repeatable */
    }
    (void)str_copy(boot.version, sizeof(boot.version), SOFIA_VERSION);
    (void)str_copy(boot.deployment, sizeof(boot.deployment), e->options.deployment);
    struct text text = {0};
    config_print_canonical(e->config.config, &text);
    (void)snprintf(boot.config_hash, sizeof(boot.config_hash), "crc32c:%08x",
                   crc32c(0, text_get(&text), text.len));
    text_release(&text);
    int rc = path_record(&e->path, RECORD_BOOT, &boot, sizeof(boot), NULL);
    if (rc == 0 && !e->config.stepped) {
        rc = journal_pump(e->journal); /* the epoch is on the disk before any id is made of it */
    }
    e->path.epoch = boot.epoch;
    e->path.fence = (uint32_t)boot.fence;
    (void)snprintf(e->path.tag, sizeof(e->path.tag), "%08x",
                   (unsigned)(index_hash(0, e->options.deployment) & 0xffffffffu));
    return rc;
}

/* After a restart: the safer of what was journaled and what is configured. Going from shadow to live needs a configuration
 * that changed since the last start. */
static uint32_t branch_of(const struct engine *e)
{
    bool live = strcmp(e->options.trading_mode, "live") == 0;
    const struct record_mode *last = &e->state.mode;
    if (!live) {
        return SOFIA_BRANCH_SHADOW;
    }
    bool unchanged = last->at_ns != 0 && str_eq(last->configured, e->options.trading_mode);
    return unchanged ? last->branch : SOFIA_BRANCH_LIVE;
}

static int journal_mode(struct engine *e)
{
    static const char *const words[] = {"?", "OFF", "AUTO", "ON"};
    struct record_mode mode = {.branch = branch_of(e), .at_ns = clock_now_ns(e->real)};
    for (uint32_t i = ARMING_OFF; i <= ARMING_ON; i++) {
        mode.arming = str_eq(e->options.arming, words[i]) ? i : mode.arming;
    }
    e->path.branch = mode.branch;
    if (e->state.mode.at_ns != 0 && e->state.mode.branch == mode.branch &&
        e->state.mode.arming == mode.arming &&
        str_eq(e->state.mode.configured, e->options.trading_mode)) {
        return 0;
    }
    (void)str_copy(mode.configured, sizeof(mode.configured), e->options.trading_mode);
    (void)str_copy(mode.author, sizeof(mode.author), "configuration");
    (void)str_copy(mode.reason, sizeof(mode.reason), "start");
    return path_record(&e->path, RECORD_MODE, &mode, sizeof(mode), NULL);
}

/* KILL_SWITCH=ON engages at every start; OFF and AUTO clear nothing. */
static int journal_configured_kill(struct engine *e)
{
    if (!str_eq(e->options.arming, "ON") || state_latch(&e->state, "all") != NULL) {
        return 0;
    }
    struct record_kill kill = {.epoch = e->state.kill_epoch + 1,
                               .level = SOFIA_KILL_CANCEL,
                               .at_ns = clock_now_ns(e->real)};
    (void)str_copy(kill.scope, sizeof(kill.scope), "all");
    (void)str_copy(kill.author, sizeof(kill.author), "configuration");
    (void)str_copy(kill.reason, sizeof(kill.reason), "kill_switch is ON");
    return path_record(&e->path, RECORD_KILL, &kill, sizeof(kill), NULL);
}

/* Latches of the file that the journal does not have: written while no engine ran, or a clearing that the file missed. Engaged
 * wins. */
static int journal_latches_of_file(struct engine *e)
{
    for (uint32_t i = 0; i < e->kill_file.latch_count; i++) {
        struct record_kill kill = e->kill_file.latches[i];
        if (state_latch(&e->state, kill.scope) != NULL) {
            continue;
        }
        log_warn("kill",
                 "kill_switch_state.json has a latch over %s that the journal lacks: engaged",
                 kill.scope);
        kill.epoch = e->state.kill_epoch + 1;
        kill.zero = 0;
        int rc = path_record(&e->path, RECORD_KILL, &kill, sizeof(kill), NULL);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static int declare_instances(struct engine *e)
{
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        struct instance *instance = exchange_instance(e->exchanges[i].exchange);
        uint32_t id = path_name(&e->path, NAME_ACCOUNT, 0, instance->name);
        if (id == 0) {
            return ERR_FULL;
        }
        e->exchanges[i].account = id;
        e->path.accounts[i] =
            (struct path_account){.id = id,
                                  .exchange = e->exchanges[i].exchange,
                                  .exclusive = engine_is_exclusive(&e->options, instance->name),
                                  .can_trade = true,
                                  .why = "not reconciled: starting"};
    }
    for (uint32_t i = 0; i < e->strategy_count; i++) {
        uint32_t id =
            path_name(&e->path, NAME_STRATEGY, 0, strategy_instance(e->strategies[i])->name);
        strategy_set_id(e->strategies[i], id);
    }
    for (uint32_t i = 0; i < e->rule_count; i++) {
        uint32_t id = path_name(&e->path, NAME_RULE, 0, e->rules[i].name);
        e->path.rules[e->path.rule_count++] =
            (struct path_rule){.instance = &e->rules[i], .id = id};
    }
    return 0;
}

static void begin_day(struct engine *e)
{
    int64_t today = clock_day_start_ns(clock_now_ns(e->real));
    if (e->state.day.day_start_ns != 0) {
        return;
    }
    struct record_day day = {.day_start_ns = today};
    (void)path_record(&e->path, RECORD_DAY, &day, sizeof(day), NULL);
}

int engine_recover(struct engine *e)
{
    int rc = journal_replay(e->journal, 0, apply, e);
    rc = rc != 0 ? rc : read_latch_file(e);
    rc = rc != 0 ? rc : state_reserve(&e->state, 512);
    if (rc != 0) {
        return error_append("journal replay");
    }
    if (e->opened.ring_records > 0 || e->opened.cut_bytes > 0) {
        log_info("engine", "journal recovered: last_seq=%llu from_ring=%llu cut_bytes=%llu",
                 (unsigned long long)e->opened.last_seq, (unsigned long long)e->opened.ring_records,
                 (unsigned long long)e->opened.cut_bytes);
    }
    rc = journal_boot(e);
    rc = rc != 0 ? rc : declare_instances(e);
    rc = rc != 0 ? rc : journal_mode(e);
    rc = rc != 0 ? rc : journal_latches_of_file(e);
    rc = rc != 0 ? rc : journal_configured_kill(e);
    if (rc == 0) {
        begin_day(e);
        start_settle(&e->start);
    }
    return rc;
}
