#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/impl.h"

#define COMMAND_SLOTS 256
#define KEY_SLOTS 64

/* ---- making ---- */

static int open_journal(struct engine *e)
{
    struct journal_config config = {.state_dir = e->options.state_dir,
                                    .ring_dir =
                                        e->options.ring_dir[0] == '\0' ? NULL : e->options.ring_dir,
                                    .ring_bytes = (size_t)e->options.ring_bytes,
                                    .io = e->config.io};
    return journal_open(&config, &e->journal, &e->opened);
}

static int read_secret(void *ctx, uint64_t handle, char *buf, size_t cap, size_t *ret_len)
{
    const struct engine *e = ctx;
    return keys_copy_text(e->keys, handle, buf, cap, ret_len);
}

static void on_warm(void *ctx, uint32_t origin)
{
    struct engine *e = ctx;
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        if (exchange_on_warm(e->exchanges[i].exchange, origin)) {
            return;
        }
    }
}

static int make_net(struct engine *e)
{
    struct net_config config = {.clock = e->config.stepped ? e->real : NULL,
                                .secret_read = read_secret,
                                .on_turn = engine_on_turn,
                                .on_warm = on_warm,
                                .ctx = e};
    if (e->config.make_net != NULL) {
        return e->config.make_net(e->config.ctx, &config, &e->net);
    }
    int rc = net_trust_new(e->options.ca_file[0] == '\0' ? NULL : e->options.ca_file, &e->trust);
    return rc != 0 ? rc : net_new(&config, &e->net);
}

static int read_pegs(struct engine *e)
{
    size_t count = 0;
    (void)config_get_count(e->options.bound, "pegs", &count);
    for (size_t i = 0; i < count; i++) {
        const struct config_value *asset;
        const struct config_value *to;
        const struct config_value *band;
        int rc = config_get_cell(e->options.bound, "pegs", i, "asset", &asset);
        rc = rc != 0 ? rc : config_get_cell(e->options.bound, "pegs", i, "to", &to);
        rc = rc != 0 ? rc : config_get_cell(e->options.bound, "pegs", i, "band_bps", &band);
        rc = rc != 0 ? rc : market_peg(&e->market, asset->text, to->text, (uint32_t)band->number);
        if (rc != 0) {
            return error_append("pegs");
        }
    }
    return 0;
}

static void wire_path(struct engine *e)
{
    struct doubt_config doubt = {.first_ns = e->options.doubt_first_ns,
                                 .max_ns = e->options.doubt_max_ns,
                                 .server_timeout_ns = e->options.doubt_server_timeout_ns,
                                 .margin_ns = e->options.doubt_margin_ns,
                                 .gap_ns = e->options.doubt_gap_ns};
    path_init(&e->path);
    e->path.state = &e->state;
    e->path.journal = e->journal;
    e->path.market = &e->market;
    e->path.kill = &e->kill;
    e->path.clock = &e->clock.clock;
    e->path.timer = e->real;
    e->path.owner = engine_path_owner(e);
    e->path.durable = e->options.durable;
    e->path.max_age_ns = e->options.max_age_ns;
    doubts_init(&e->doubts, &e->path, &doubt);
    dead_man_init(&e->dead_man, &e->path, e->options.dead_man_ns);
    zero_init(&e->zero, &e->path, e->options.kill_interval_ns, e->options.doubt_margin_ns);
    start_init(&e->start, &e->path, &e->doubts, e->options.accept_differences,
               e->options.compare_every_ns);
}

static int make_parts(struct engine *e)
{
    int rc = keys_new(KEY_SLOTS, &e->keys);
    rc = rc != 0 ? rc : budget_new(&e->budgets);
    rc = rc != 0
             ? rc
             : str_format(e->nonce_dir, sizeof(e->nonce_dir), "%s/nonces", e->options.state_dir);
    rc = rc != 0 ? rc : state_init(&e->state);
    rc = rc != 0
             ? rc
             : ring_init(&e->commands, RING_ONE_PRODUCER, sizeof(struct command), COMMAND_SLOTS);
    e->metrics = metrics_new();
    e->snapshots = calloc(1, sizeof(*e->snapshots));
    if (rc == 0 && (e->metrics == NULL || e->snapshots == NULL)) {
        rc = error_set(ERR_NOMEM, "engine");
    }
    if (rc == 0) {
        snapshots_init(e->snapshots);
        market_init(&e->market, e->options.stale_ns);
        rc = read_pegs(e);
    }
    rc = rc != 0 ? rc : open_journal(e);
    rc = rc != 0 ? rc : make_net(e);
    return rc;
}

int engine_new(const struct engine_config *config, struct engine **ret_engine)
{
    struct engine *e = mem_aligned(sizeof(*e));
    if (e == NULL) {
        return error_set(ERR_NOMEM, "engine");
    }
    e->config = *config;
    e->real = config->clock != NULL ? config->clock : clock_real();
    turn_clock_init(&e->clock, e->real);
    int rc = engine_options_bind(config->config, &e->options);
    rc = rc != 0 ? rc : make_parts(e);
    if (rc == 0) {
        wire_path(e);
        rc = engine_load(e);
    }
    rc = rc != 0 ? rc : engine_recover(e);
    rc = rc != 0 ? rc : engine_open_view(e);
    if (rc != 0) {
        engine_free(e);
        return rc;
    }
    engine_register_metrics(e);
    engine_fill_snapshot(e);
    *ret_engine = e;
    return 0;
}

void engine_abandon(struct engine *e)
{
    journal_abandon(e->journal);
    e->journal = NULL;
    engine_free(e);
}

struct engine *engine_free(struct engine *e)
{
    if (e == NULL) {
        return NULL;
    }
    e->stopped = true; /* no turn follows from the connections that are dropped now */
    net_free(e->net);  /* first: its last callbacks go to adapters that must still be there */
    engine_close_view(e);
    engine_unload(e);
    if (journal_close(e->journal) != 0) {
        log_error("engine", "journal: %s", error_text());
    }
    net_trust_free(e->trust);
    budget_free(e->budgets);
    state_release(&e->state);
    market_release(&e->market);
    ring_release(&e->commands);
    metrics_free(e->metrics);
    keys_free(e->keys);
    free(e->snapshots);
    free(e);
    return NULL;
}

/* ---- running ---- */

/* An exchange that does not start is stopped and named; the others go on. */
int engine_begin(struct engine *e)
{
    uint32_t started = 0;
    int rc = 0;
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        struct exchange *exchange = e->exchanges[i].exchange;
        int status = exchange_start(exchange);
        if (status == 0) {
            started++;
            start_account(&e->start, e->exchanges[i].account, "start");
        } else {
            rc = status;
            instance_quarantine(exchange_instance(exchange), "%s", error_message());
        }
    }
    if (started == 0) {
        return rc;
    }
    error_clear();
    e->begun = true;
    engine_on_turn(e);
    return 0;
}

static int post_command(void *ctx, const struct command *command)
{
    struct engine *e = ctx;
    int rc = ring_push(&e->commands, command, sizeof(*command));
    net_wakeup(e->net);
    return rc;
}

static int find_page(void *ctx, const char *name, char **ret_bytes, size_t *ret_len,
                     char ret_type[128])
{
    struct engine *e = ctx;
    for (uint32_t i = 0; i < e->sink_count; i++) {
        int rc = sink_page(e->sinks[i], name, ret_bytes, ret_len, ret_type);
        if (rc != ERR_NOT_FOUND) {
            return rc;
        }
    }
    return ERR_NOT_FOUND;
}

static int64_t stalled_ns(void *ctx)
{
    struct engine *e = ctx;
    return clock_mono_ns(e->real) - atomic_load(&e->turned_mono_ns);
}

static uint64_t view_seq(void *ctx)
{
    struct engine *e = ctx;
    return atomic_load(&e->view_seq);
}

static int start_control(struct engine *e)
{
    char view_path[512];
    char socket_path[512];
    (void)str_format(view_path, sizeof(view_path), "%s/trading.db", e->options.state_dir);
    if (e->options.socket[0] != '\0') {
        (void)str_copy(socket_path, sizeof(socket_path), e->options.socket);
    } else {
        (void)str_format(socket_path, sizeof(socket_path), "%s/control.sock", e->options.state_dir);
    }
    struct control_config config = {.listen = e->options.listen,
                                    .port = (uint16_t)e->options.port,
                                    .token_path = e->options.token_file,
                                    .socket_path = socket_path,
                                    .view_path = view_path,
                                    .state_dir = e->options.state_dir,
                                    .version = SOFIA_VERSION,
                                    .snapshots = e->snapshots,
                                    .kill = &e->kill,
                                    .journal = e->journal,
                                    .owner = {.ctx = e,
                                              .post = post_command,
                                              .page = find_page,
                                              .stalled_ns = stalled_ns,
                                              .view_seq = view_seq}};
    int rc = control_new(&config, &e->control);
    if (rc == 0) {
        atomic_store(&e->port, control_port(e->control));
    }
    return rc;
}

int engine_run(struct engine *e)
{
    int rc = start_control(e);
    for (uint32_t i = 0; rc == 0 && i < e->sink_count; i++) {
        rc = sink_start(e->sinks[i]);
    }
    if (rc == 0) {
        log_start();
        rc = engine_start_threads(e);
    }
    if (rc == 0) {
        rc = engine_join_threads(e);
    }
    log_stop();
    for (uint32_t i = 0; i < e->sink_count; i++) {
        sink_stop(e->sinks[i]);
    }
    e->control = control_free(e->control);
    return rc;
}

void engine_stop(struct engine *e)
{
    atomic_store(&e->stop_asked, true);
    net_wakeup(e->net);
}

/* ---- stepped ---- */

void engine_turn(struct engine *e)
{
    (void)net_turn(e->net, 0);
    engine_on_turn(e);
    engine_persist_step(e);
}

int64_t engine_next_due_mono_ns(struct engine *e)
{
    return net_next_due_mono_ns(e->net);
}

bool engine_end(struct engine *e, uint32_t turns)
{
    engine_stop(e);
    for (uint32_t i = 0; i < turns && !e->stopped; i++) {
        engine_turn(e);
    }
    return e->stopped;
}

void engine_command(struct engine *e, const struct command *command,
                    struct command_reply *ret_reply)
{
    engine_execute(e, command, ret_reply);
}

struct path *engine_path(struct engine *e)
{
    return &e->path;
}

struct net *engine_net(struct engine *e)
{
    return e->net;
}

struct snapshots *engine_snapshots(struct engine *e)
{
    return e->snapshots;
}

uint16_t engine_port(const struct engine *e)
{
    return (uint16_t)atomic_load(&e->port);
}
