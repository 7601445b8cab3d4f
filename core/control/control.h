/* The control thread: REST on 127.0.0.1, the Unix socket, nothing that could make an order wait.
 *
 *     HTTP --auth, parse, validate--> command --post--> trade thread --control_reply--> answer
 *                                \--> snapshot, SQLite view --------------------------> answer
 *
 * It never blocks the trade thread and never touches its data: commands go through a bounded queue, answers come back through
 * another, everything that only reads is served from the published snapshot and from the view's own read-only connection.
 *
 * Activating the kill switch raises the flag here, on this thread, before anything is queued: no byte of an order leaves after
 * that. 200 is answered when the trade thread has acknowledged the epoch and the record is synced; 202 when that takes longer
 * than kill_wait_ms (a stalled core), with what to do next.
 *
 * Owner: the engine. Thread: control_new and control_free main; control_reply trade; the rest runs on the control thread.
 * Errors: the error stack.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "control/command.h"
#include "control/snapshot.h"
#include "safety/kill.h"

struct control;
struct journal;

/* From below and above; fixed at init. */
struct control_owner {
    void *ctx;
    int (*post)(void *ctx,
                const struct command *command); /* [control] ERR_FULL: the queue is full */
    /* [control] The page a sink published ("metrics"); copied into a buffer the caller frees. ERR_NOT_FOUND: none yet. */
    int (*page)(void *ctx, const char *name, char **ret_bytes, size_t *ret_len, char ret_type[128]);
    /* [control] Alive: nanoseconds since each thread last turned; 0 for one that does not exist. */
    int64_t (*stalled_ns)(void *ctx);
    /* [control] Last journal number that is in the view. */
    uint64_t (*view_seq)(void *ctx);
};

struct control_config {
    const char *listen;      /* "127.0.0.1" */
    uint16_t port;           /* 0: any free one, see control_port */
    const char *token_path;  /* written 0600 with a fresh token if absent */
    const char *socket_path; /* Unix socket for the CLI; "" none */
    const char *view_path;   /* trading.db */
    const char *state_dir;
    const char *version;
    uint32_t kill_wait_ms; /* 0: 2000 */
    struct snapshots *snapshots;
    struct kill_switch *kill;
    struct journal *journal;
    struct control_owner owner;
};

/* Binds (refusing a wildcard address without TLS), writes the token if needed, starts the thread. */
int control_new(const struct control_config *config, struct control **ret_control);
struct control *control_free(struct control *control);
uint16_t control_port(const struct control *control);

/* [trade] The answer to a command. Never blocks. */
void control_reply(struct control *control, const struct command_reply *reply);

#endif
