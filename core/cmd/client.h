/* The command line's way to a running engine: HTTP over its Unix socket, trusted by peer credentials, so no token is needed.
 *
 *     --state DIR    the engine's state directory; its socket is DIR/control.sock (default state)
 *     --socket PATH  the socket itself
 *     --json         print the answer as it came
 *
 * Owner: main. Thread: main. Errors: the error stack; client_call prints nothing.
 */
#ifndef CMD_CLIENT_H
#define CMD_CLIENT_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#define CLIENT_PATH 108 /* what a socket address holds */

struct client {
    char socket[CLIENT_PATH];
    bool json;
    bool open_only;
    const char *reason;
    const char *scope;
    const char *level;
};

/* Reads the flags all of these commands share, and those of the kill switch. Not 0: usage was told. */
int client_parse(struct client *client, int argc, char **argv, const char *usage);

struct client_answer {
    int status; /* HTTP */
    char *body; /* freed by client_answer_release */
    cJSON *root; /* parsed body; NULL if it is not JSON */
};

/* One request. ERR_CLOSED: nobody listens there. */
int client_call(const struct client *client, const char *method, const char *path, const char *body,
                struct client_answer *ret_answer);
void client_answer_release(struct client_answer *answer);

/* Calls and deals with what every command deals with alike: no engine (exit 3), a problem document (told, exit 1), --json.
 * -1: go on, the answer is there to be shown. */
int client_ask(const struct client *client, const char *method, const char *path, const char *body,
               struct client_answer *ret_answer);

/* Text of a member, "" if it is none. */
const char *client_text(const cJSON *object, const char *name);

#endif
