/* Inside of the engine. Private to engine/. */
#ifndef ENGINE_IMPL_H
#define ENGINE_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/ring.h"
#include "control/control.h"
#include "engine/engine.h"
#include "engine/shadow_file.h"
#include "engine/turn_clock.h"
#include "keys/keys.h"
#include "metrics/registry.h"
#include "net/budget.h"
#include "plugin/loader.h"
#include "plugin/strategy.h"
#include "publish/event.h"
#include "publish/sink.h"
#include "recover/dead_man.h"
#include "recover/doubt.h"
#include "recover/start.h"
#include "recover/zero.h"
#include "store/journal.h"
#include "store/kill_file.h"
#include "store/view.h"

#define ENGINE_EXCHANGES SNAPSHOT_ACCOUNTS
#define ENGINE_STRATEGIES 16
#define ENGINE_SINKS 8
#define ENGINE_STRANGERS 256

struct engine_exchange {
    struct exchange *exchange;
    uint32_t account;  /* NAME_ACCOUNT */
    int64_t server_ns; /* of the TIME event whose result is next */
    struct metric *latency_place;
    struct metric *latency_replace;
    struct metric *latency_cancel;
};

struct engine {
    struct engine_config config;
    struct engine_options options;
    struct turn_clock clock; /* stands still during a turn */
    struct clock *real;
    struct keys *keys;
    struct net_trust *trust;
    struct net *net;
    struct budget *budgets;
    char nonce_dir[512];
    struct journal *journal;
    struct journal_open_info opened;
    struct state state;
    struct market market;
    struct kill_switch kill;
    struct path path;
    struct doubts doubts;
    struct zero zero;
    struct dead_man dead_man;
    struct start start;
    struct metrics *metrics;
    struct snapshots *snapshots;
    struct control *control;
    struct ring commands;

    struct engine_exchange exchanges[ENGINE_EXCHANGES];
    uint32_t exchange_count;
    struct strategy *strategies[ENGINE_STRATEGIES];
    uint32_t strategy_count;
    uint32_t posts_left[ENGINE_STRATEGIES]; /* of this turn */
    uint32_t contained; /* strategies whose quarantine has been dealt with, a bit each */
    struct instance rules[PATH_RULES];
    uint32_t rule_count;
    struct sink *sinks[ENGINE_SINKS];
    uint32_t sink_count;

    /* [trade] */
    bool begun;      /* recovery has begun */
    bool ready_told; /* strategies have been started and told READY */
    bool in_turn;
    bool stopping;
    bool stopped;
    int64_t stop_deadline_mono_ns;
    int64_t next_snapshot_mono_ns;
    uint64_t wake_timer;
    int64_t wake_due_mono_ns;
    uint64_t snapshot_seq;
    uint64_t strangers[ENGINE_STRANGERS]; /* hashes of foreign orders that were reported once */
    uint32_t stranger_count;

    /* shared between threads */
    _Atomic bool stop_asked;
    _Atomic bool
        accept_boot; /* every account agrees with its venue: the persist thread notes that this boot is known */
    _Atomic bool persist_stop;
    _Atomic bool watchdog_stop;
    _Atomic uint32_t port;          /* of the control port, 0 before it is open */
    _Atomic int64_t turned_mono_ns; /* of the last turn */
    _Atomic uint64_t view_seq;
    _Atomic uint64_t
        stall_raise; /* the watchdog raised the kill flag; the trade thread journals it when it turns again. 0: no */
    int trade_status; /* of the trade thread; after it has ended */
    pthread_t trade_thread;
    pthread_t persist_thread;
    pthread_t watchdog_thread;

    /* [persist] */
    struct view *view;
    struct journal_reader *view_cursor;
    struct journal_reader *kill_cursor;
    struct kill_file kill_file;
    struct shadow_file shadow;
    _Atomic uint64_t kill_file_seq; /* last KILL or MODE record that is in the file */
};

/* create.c */
int engine_load(struct engine *e);
void engine_unload(struct engine *e);

/* recover.c: the fold of the journal, and what must be journaled before anything else */
int engine_recover(struct engine *e);

/* events.c: from exchanges, and the tables of path and exchange */
struct exchange_owner engine_exchange_owner(struct engine *e);
struct path_owner engine_path_owner(struct engine *e);
/* The account of an exchange whose adapter was stopped takes nothing new, and nobody waits for it. */
void engine_contain_exchanges(struct engine *e);
struct engine_exchange *engine_exchange_of(struct engine *e, const struct exchange *exchange);
void engine_tell_rules(struct engine *e, const struct published_set *set);

/* strategies.c */
struct strategy_owner engine_strategy_owner(struct engine *e);
void engine_start_strategies(struct engine *e);
/* A strategy that was stopped for its mistakes leaves no order behind, unless on_stop keeps them. */
void engine_contain_strategies(struct engine *e);
bool engine_run_posts(struct engine *e);
/* Once at the beginning of a turn. */
void engine_renew_posts(struct engine *e);
/* Posts are left over for the next turn. */
bool engine_posts_wait(const struct engine *e);
void engine_tell_strategies(struct engine *e, const struct sofia_event *event, uint32_t strategy,
                            bool is_order);

/* commands.c */
bool engine_run_commands(struct engine *e);
void engine_execute(struct engine *e, const struct command *command, struct command_reply *reply);

/* turn.c */
void engine_on_turn(void *ctx);
void engine_stop_trading(struct engine *e);

/* snapshot.c */
void engine_fill_snapshot(struct engine *e);

/* threads.c */
int engine_start_threads(struct engine *e);
int engine_join_threads(struct engine *e); /* how the trade thread ended */
int engine_open_view(struct engine *e);
void engine_persist_step(struct engine *e);
void engine_close_view(struct engine *e);

/* numbers.c: metrics */
void engine_register_metrics(struct engine *e);
void engine_count_record(struct engine *e, uint32_t kind, const void *payload);
void engine_count_result(struct engine *e, struct engine_exchange *x,
                         const struct exchange_call *call, const struct sofia_result *result);
void engine_count_lost(struct engine *e, const struct engine_exchange *x, uint32_t count);
void engine_set_gauges(struct engine *e);

#endif
