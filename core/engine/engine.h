/* The engine: everything put together, and the turn of the trade thread.
 *
 *     engine_new      modules loaded, plugins created, journal opened and folded       [main]
 *     engine_run      threads: trade, persist, sinks, watchdog, control; until engine_stop
 *     engine_free
 *
 *     turn:  what arrived -> events -> commands -> posts -> parked -> doubt, cancel loop, start -> snapshot
 *
 * Stepped: no threads, a simulated clock and a transport to a venue in the same thread; engine_turn does one turn and
 * everything the other threads would do, so a run is a function of its inputs.
 *
 * Owner: main. Thread: main; engine_stop any. Errors: the error stack.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "control/command.h"
#include "control/snapshot.h"
#include "engine/options.h"
#include "net/net.h"
#include "order_path/path.h"

struct engine;
struct control;

struct engine_config {
    struct config *config;      /* loaded without problems; the engine binds it further */
    const char *const *folders; /* of plugins, NULL-terminated */
    struct clock *clock;        /* NULL: the real one */
    bool stepped;
    bool no_control; /* stepped runs and the bench: no control port */
    /* Makes the trade thread's net; NULL: the real transport. */
    int (*make_net)(void *ctx, const struct net_config *config, struct net **ret_net);
    void *ctx;
    struct journal_io *io; /* NULL: the real calls; tests of full and frozen disks */
};

/* Loads every enabled instance and binds its options; all problems are in the config afterwards (config_problem_count).
 * Nothing is started. engine_check is what `sofia check` does. */
int engine_check(const struct engine_config *config, struct engine_options *ret_options);

int engine_new(const struct engine_config *config, struct engine **ret_engine);
struct engine *engine_free(struct engine *engine);
/* Stepped tests: lets go of everything without a goodbye, as kill -9 would: no stop of plugins, nothing pumped, the journal's
 * ring left as it is. */
void engine_abandon(struct engine *engine);

/* Returns when the engine has stopped, orderly, after engine_stop. */
int engine_run(struct engine *engine);
void engine_stop(struct engine *engine); /* [any], also from a signal handler */

/* Stepped runs: starts without threads; one turn; asks for the end and turns until it is reached or `turns` are used up. */
int engine_begin(struct engine *engine);
void engine_turn(struct engine *engine);
int64_t engine_next_due_mono_ns(struct engine *engine);
bool engine_end(struct engine *engine, uint32_t turns);

/* For tests and the bench, stepped or from within the trade thread only. */
struct path *engine_path(struct engine *engine);
struct net *engine_net(struct engine *engine);
void engine_command(struct engine *engine, const struct command *command,
                    struct command_reply *ret_reply);
struct snapshots *engine_snapshots(struct engine *engine);

/* [any] Of the control port; 0 until it is open. */
uint16_t engine_port(const struct engine *engine);

#endif
