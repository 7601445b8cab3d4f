/* A whole engine, stepped, against the venue library in the same thread: no sockets, no threads, simulated time.
 *
 *     rig_new(options) -> rig_ready -> rig_submit / rig_run_ms / rig_fault ... -> rig_compare -> rig_free
 *
 * Equal seeds give equal runs. The engine's ledger is compared with the venue's own at the end of each scenario.
 */
#ifndef SCENARIO_RIG_H
#define SCENARIO_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "control/command.h"
#include "engine/engine.h"
#include "venue/venue.h"

#define RIG_T0 (INT64_C(1767225600) * INT64_C(1000000000))

struct rig_options {
    const char *venue;        /* whose dialect is spoken: "binance" (NULL), "coinbase", ... */
    const char *trading_mode; /* NULL: live */
    const char
        *extra_engine; /* more lines of the engine's options, each with two blanks in front */
    const char *extra_limits;   /* more lines of the limits */
    const char *extra_exchange; /* more lines of the exchange's options */
    const char *quoter;         /* options of the quoter; NULL: none */
    const char *symbols;        /* of the venue's; NULL: "BTC/USDT, ETH/USDT, BNB/USDT" */
    const struct config_text *extra_files; /* more instances */
    size_t extra_count;
    void (*set_venue)(struct venue_config *config); /* changes what the venue is */
    const char *state_dir;                          /* NULL: a fresh one */
    uint64_t seed;
    bool makers;
    struct journal_io *io;
    uint32_t ring_bytes; /* of the journal; 0: 1 MiB */
};

struct rig {
    struct venue *venue;
    struct engine *engine;
    struct config *config;
    struct clock_sim clock;
    struct rig_options options;
    char state_dir[256];
    uint64_t life; /* engines started so far */
    uint32_t
        judged;     /* which account, at the venue and in the engine, the functions below look at */
    char ping[125]; /* of the venue's last ping: the pong must repeat it */
    size_t ping_len;
};

/* Both; the engine has begun. */
void rig_start(struct rig *rig, const struct rig_options *options);
/* The engine only, on the venue that is there: after rig_kill or rig_stop. */
void rig_restart(struct rig *rig);

/* Frees the engine without any goodbye, as kill -9 would leave it (the ring stays). */
void rig_kill(struct rig *rig);
/* The orderly end. */
void rig_stop(struct rig *rig);
void rig_free(struct rig *rig);
/* rig_restart that may fail: the status of engine_new; on failure there is no engine. */
int rig_try_restart(struct rig *rig);

/* Turns until time has passed. */
void rig_run_ms(struct rig *rig, int64_t ms);
/* The same with a disk that does not answer: what the persist thread would do is not done. */
void rig_run_frozen_ms(struct rig *rig, int64_t ms);
/* Until the engine takes orders; fails the test after 30 simulated seconds. */
void rig_ready(struct rig *rig);

struct command_reply rig_submit(struct rig *rig, const char *side, const char *type,
                                const char *tif, const char *qty, const char *price);
/* The same for another instrument than BTC/USDT; "account:BTC/USDT" where several have it. */
struct command_reply rig_submit_on(struct rig *rig, const char *instrument, const char *side,
                                   const char *type, const char *tif, const char *qty,
                                   const char *price);
/* qty, price: NULL: as it is. */
struct command_reply rig_amend(struct rig *rig, uint64_t order_id, const char *qty,
                               const char *price);
struct command_reply rig_cancel(struct rig *rig, uint64_t order_id);
struct command_reply rig_command(struct rig *rig, enum command_kind kind, const char *scope,
                                 uint32_t level);
void rig_fault(struct rig *rig, const char *json);

const struct order *rig_order(struct rig *rig, uint64_t order_id);
const char *rig_state(struct rig *rig, uint64_t order_id);

/* Lets everything settle, then compares orders, fills and balances with the venue; fails the test with the difference. */
void rig_compare(struct rig *rig);
/* Orders with this client id at the venue: more than one is an intent that became two. */
int rig_copies_at_venue(struct rig *rig, uint64_t order_id);
/* Requests of class trade and cancel that left since this engine was made. */
uint64_t rig_sent(struct rig *rig, uint32_t class_);
/* Orders of our account the venue shows as open now. */
int rig_open_at_venue(struct rig *rig);
/* Orders our account has ever had at the venue. */
int rig_orders_at_venue(struct rig *rig);

#endif
