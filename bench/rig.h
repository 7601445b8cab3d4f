/* A whole engine in this program, on the real transport: configured from memory, turned by its caller.
 *
 *     rig_start -> rig_turn until ready -> orders through engine_path or engine_command -> rig_stop
 *
 * The caller's thread is the trade thread; the journal is made durable and the view fed by rig_persist, which is either called
 * between measurements or, after rig_persist_start, by a thread of its own as in `sofia run`.
 *
 * Owner: the program. Errors: end the program with a sentence.
 */
#ifndef BENCH_RIG_H
#define BENCH_RIG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

#define RIG_SYMBOL "BTC/USDT"
#define RIG_PRICE "30000"
#define RIG_QTY "0.001"

struct rig_options {
    const char *venue_url;    /* http://127.0.0.1:N or https://127.0.0.1:N */
    const char *ca_file;      /* NULL with http */
    const char *trading_mode; /* shadow | live */
    const char *plugins;      /* folder */
    uint32_t rules;           /* risk_limits so many times, under different names */
};

struct rig {
    struct engine *engine;
    struct config *config;
    char state_dir[64];
    pthread_t persist;
    _Atomic bool persist_stop;
    bool persisting;
};

/* Returns when the engine takes orders and has a market. */
void rig_start(struct rig *rig, const struct rig_options *options);
void rig_stop(struct rig *rig);

void rig_turn(struct rig *rig, uint32_t max_wait_ms);
void rig_persist(struct rig *rig);
void rig_persist_start(struct rig *rig);

/* The order every client here sends: a limit order far below the market, immediate or cancel, so that nothing rests. */
void rig_order(struct command_order *ret_order);
uint32_t rig_instrument(struct rig *rig);

#endif
