/* Options of the engine itself (kind: engine), bound like those of a plugin.
 *
 * Owner: main. Thread: main at start; read-only afterwards.
 */
#ifndef ENGINE_OPTIONS_H
#define ENGINE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

#define ENGINE_MODE_SHADOW 0u
#define ENGINE_MODE_CANARY 1u
#define ENGINE_MODE_LIVE 2u

struct engine_options {
    const struct config_bound *bound;
    const char *environment;
    const char *deployment;
    const char *mode;         /* testnet | live */
    const char *trading_mode; /* shadow | canary | live */
    const char *arming;       /* OFF | AUTO | ON */
    const char *state_dir;
    const char *log_file; /* "" none */
    const char *log_level;
    const char *listen;
    int64_t port;
    const char *token_file;
    const char *socket;
    const char *ring_dir; /* "" default */
    int64_t ring_bytes;
    bool durable;
    bool exclusive;
    bool cancel_on_stop;
    bool cancel_on_restart;
    bool accept_differences;
    int64_t stale_ns;
    int64_t max_age_ns;
    int64_t doubt_first_ns;
    int64_t doubt_max_ns;
    int64_t doubt_server_timeout_ns;
    int64_t doubt_margin_ns;
    int64_t doubt_gap_ns;
    int64_t kill_interval_ns;
    int64_t dead_man_ns;
    int64_t compare_every_ns;
    int64_t stall_ns;
    const char *ca_file; /* "" system */
};

const struct config_table *engine_option_table(void);

/* Binds the engine's instance and checks what a table cannot. Problems go to the config. */
int engine_options_bind(struct config *config, struct engine_options *ret_options);

/* Is the account of this exchange ours alone? Then the kill switch may cancel strange orders on it. */
bool engine_is_exclusive(const struct engine_options *o, const char *exchange);

#endif
