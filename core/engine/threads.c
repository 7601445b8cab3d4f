/* The other threads: persist (disk, view, latch file, shadow file, log) and the watchdog. */
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/impl.h"

#define PERSIST_EVERY_NS (2 * CLOCK_NS_PER_MS)
#define VIEW_GROUP 256
#define PATH_SIZE 512

static void pause_ns(int64_t ns)
{
    const struct timespec pause = {.tv_sec = ns / CLOCK_NS_PER_S, .tv_nsec = ns % CLOCK_NS_PER_S};
    (void)nanosleep(&pause, NULL);
}

/* ---- persist ---- */

int engine_open_view(struct engine *e)
{
    char path[PATH_SIZE];
    struct view_open_info info;
    int rc = str_format(path, sizeof(path), "%s/trading.db", e->options.state_dir);
    struct view_config config = {.path = path,
                                 .journal_id = journal_id_text(e->journal),
                                 .journal_last_seq = e->opened.last_seq};
    rc = rc != 0 ? rc : view_open(&config, &e->view, &info);
    if (rc != 0) {
        return error_append("trading.db");
    }
    if (info.rebuilt) {
        log_warn("view", "trading.db is made again: %s", info.why);
    }
    atomic_store(&e->view_seq, info.applied_seq);
    rc = shadow_file_open(&e->shadow, e->options.state_dir);
    rc = rc != 0 ? rc : journal_cursor_open(e->journal, 1, &e->view_cursor);
    return rc != 0 ? rc : journal_cursor_open(e->journal, 1, &e->kill_cursor);
}

void engine_close_view(struct engine *e)
{
    view_close(e->view);
    shadow_file_close(&e->shadow);
    journal_reader_close(e->view_cursor);
    journal_reader_close(e->kill_cursor);
    e->view = NULL;
    e->view_cursor = NULL;
    e->kill_cursor = NULL;
}

/* The view is a convenience: when it fails it is closed and the engine goes on; the journal is the truth. */
static void feed_view(struct engine *e)
{
    uint32_t applied = 0;
    if (e->view == NULL) {
        return;
    }
    do {
        if (view_feed(e->view, e->view_cursor, VIEW_GROUP, &applied) != 0) {
            log_error("view", "trading.db is not fed any more: %s", error_message());
            view_close(e->view);
            e->view = NULL;
            return;
        }
        atomic_store(&e->view_seq, view_applied_seq(e->view));
    } while (applied == VIEW_GROUP);
}

static void write_kill_file(struct engine *e, uint64_t seq)
{
    char path[PATH_SIZE];
    int rc = str_format(path, sizeof(path), "%s/kill_switch_state.json", e->options.state_dir);
    rc = rc != 0 ? rc : kill_file_write(path, &e->kill_file);
    if (rc != 0) {
        log_error("kill", "kill_switch_state.json: %s", error_message());
        return;
    }
    atomic_store(&e->kill_file_seq, seq);
}

/* Files people read, from the journal: what a record says is on the disk before the file says it. */
static void feed_files(struct engine *e)
{
    struct journal_record record;
    bool kill_changed = false;
    uint64_t seq = 0;
    while (e->kill_cursor != NULL && journal_reader_next(e->kill_cursor, &record) == 1) {
        seq = record.seq;
        if (record.kind == RECORD_KILL) {
            kill_changed = kill_file_apply(&e->kill_file, record.payload) == 0 || kill_changed;
        } else if (record.kind == RECORD_MODE) {
            e->kill_file.arming = ((const struct record_mode *)record.payload)->arming;
            kill_changed = true;
        } else {
            shadow_file_take(&e->shadow, &record);
        }
    }
    shadow_file_flush(&e->shadow);
    if (kill_changed) {
        write_kill_file(e, seq);
    } else if (seq != 0) {
        atomic_store(&e->kill_file_seq, seq);
    }
}

static void measure_disk(struct engine *e)
{
    struct statvfs fs;
    if (statvfs(e->options.state_dir, &fs) == 0) {
        metric_set(metrics_series(e->metrics, METRIC_DISK_FREE, METRIC_NO_LABELS),
                   (int64_t)(fs.f_bavail * fs.f_frsize));
    }
}

void engine_persist_step(struct engine *e)
{
    if (journal_pump(e->journal) != 0) {
        error_clear(); /* health tells; new risk is refused by journal_has_room */
    }
    if (atomic_exchange(&e->accept_boot, false) && journal_accept_boot(e->journal) != 0) {
        log_warn("engine", "the boot id is not noted, the next start resyncs again: %s",
                 error_message());
    }
    feed_files(e);
    feed_view(e);
}

static void *persist(void *ctx)
{
    struct engine *e = ctx;
    uint32_t steps = 0;
    (void)pthread_setname_np(pthread_self(), "persist");
    while (!atomic_load(&e->persist_stop)) {
        engine_persist_step(e);
        (void)log_drain(256);
        if (steps++ % 512 == 0) {
            measure_disk(e);
        }
        pause_ns(PERSIST_EVERY_NS);
    }
    engine_persist_step(e);
    (void)log_drain(SIZE_MAX);
    return NULL;
}

/* ---- watchdog ---- */

static const struct instance *who_is_inside(struct engine *e, int64_t now, int64_t *ret_for_ns)
{
    struct instance *found = NULL;
    for (uint32_t i = 0; i < e->exchange_count + e->strategy_count + e->rule_count; i++) {
        struct instance *instance = i < e->exchange_count
                                        ? exchange_instance(e->exchanges[i].exchange)
                                    : i < e->exchange_count + e->strategy_count
                                        ? strategy_instance(e->strategies[i - e->exchange_count])
                                        : &e->rules[i - e->exchange_count - e->strategy_count];
        int64_t entered = atomic_load(&instance->entered_mono_ns);
        if (entered != 0) {
            *ret_for_ns = now - entered;
            found = instance;
        }
    }
    return found;
}

/* A trade thread that does not turn cannot be asked; the flag it reads before each send is raised instead. */
static void on_stall(struct engine *e, int64_t stalled_ns)
{
    int64_t inside_ns = 0;
    const struct instance *who = who_is_inside(e, clock_mono_ns(e->real), &inside_ns);
    atomic_store(&e->stall_raise, kill_raise(&e->kill, SOFIA_KILL_CANCEL));
    log_error("watchdog", "the trade thread has not turned for %lld ms: kill switch raised; %s%s%s",
              (long long)(stalled_ns / CLOCK_NS_PER_MS),
              who == NULL ? "no plugin is running" : "inside '", who == NULL ? "" : who->name,
              who == NULL ? "" : "'");
}

static void *watchdog(void *ctx)
{
    struct engine *e = ctx;
    bool told = false;
    (void)pthread_setname_np(pthread_self(), "watchdog");
    while (!atomic_load(&e->watchdog_stop)) {
        int64_t stalled = clock_mono_ns(e->real) - atomic_load(&e->turned_mono_ns);
        if (stalled > e->options.stall_ns && !told) {
            told = true;
            on_stall(e, stalled);
        } else if (stalled < e->options.stall_ns) {
            told = false;
        }
        pause_ns(20 * CLOCK_NS_PER_MS);
    }
    return NULL;
}

/* ---- trade ---- */

static void *trade(void *ctx)
{
    struct engine *e = ctx;
    (void)pthread_setname_np(pthread_self(), "trade");
    if (engine_begin(e) != 0) {
        e->trade_status = error_code();
        log_error("engine", "%s", error_text());
        engine_stop_trading(e);
        return NULL;
    }
    e->trade_status = net_run(e->net);
    if (e->trade_status != 0) {
        log_error("engine", "the loop ended: %s", error_text());
    }
    return NULL;
}

static int start_thread(pthread_t *thread, void *(*run)(void *), struct engine *e, const char *name)
{
    return pthread_create(thread, NULL, run, e) == 0
               ? 0
               : error_set(ERR_NOMEM, "thread '%s' cannot be started", name);
}

static void stop_thread(_Atomic bool *stop, pthread_t thread)
{
    atomic_store(stop, true);
    (void)pthread_join(thread, NULL);
}

int engine_start_threads(struct engine *e)
{
    atomic_store(&e->turned_mono_ns, clock_mono_ns(e->real));
    int rc = start_thread(&e->persist_thread, persist, e, "persist");
    if (rc != 0) {
        return rc;
    }
    rc = start_thread(&e->watchdog_thread, watchdog, e, "watchdog");
    if (rc == 0) {
        rc = start_thread(&e->trade_thread, trade, e, "trade");
        if (rc == 0) {
            return 0;
        }
        stop_thread(&e->watchdog_stop, e->watchdog_thread);
    }
    stop_thread(&e->persist_stop, e->persist_thread);
    return rc;
}

int engine_join_threads(struct engine *e)
{
    (void)pthread_join(e->trade_thread, NULL);
    stop_thread(&e->watchdog_stop, e->watchdog_thread);
    stop_thread(&e->persist_stop, e->persist_thread);
    return e->trade_status;
}
