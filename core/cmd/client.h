/* Asking a running engine over its Unix socket: one request, one answer.
 *
 * The socket is <state>/control.sock; the engine knows the asker by his user id, so no token is needed.
 *
 *     --state DIR     state directory of the engine (default: SOFIA_STATE, else "state")
 *     --socket PATH   the socket itself, if the configuration puts it elsewhere
 *
 * Owner: the subcommand. Thread: main. Errors: printed to stderr by client_ask, which returns an exit code.
 */
#ifndef CMD_CLIENT_H
#define CMD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "base/str.h"

struct client {
    const char *state_dir;
    const char *socket; /* NULL: in state_dir */
    const char *key;    /* Idempotency-Key of what makes an order; NULL: none */
    bool json;          /* --json: the answer as it came */
    int status;         /* HTTP */
    struct text answer; /* body */
    cJSON *tree;        /* the body, parsed */
};

/* Takes a flag every client command has; 1: taken (*at moved behind it), 0: not one of them, -1: its value is missing. */
int client_flag(struct client *client, int argc, char **argv, int *at);

/* EXIT_OK: an answer below 300 is there. Anything else has been explained on stderr: EXIT_FAILED refused (the answer is there
 * too), EXIT_NO_ENGINE. body NULL: none. */
int client_ask(struct client *client, const char *method, const char *path,
               const struct text *body);
void client_release(struct client *client);

/* Member of an object as text; "" if there is none or it is no string. */
const char *client_text(const cJSON *object, const char *name);
bool client_bool(const cJSON *object, const char *name);

/* Appends `"name": "value"` with what JSON escapes. */
void client_put(struct text *body, const char *name, const char *value);

/* For what was not understood: prints usage, returns EXIT_USAGE. */
int client_usage(const char *command, const char *usage, const char *why);

#endif
