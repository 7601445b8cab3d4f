/* The control thread with everything around it made of what a test needs: a real journal and view, a trade thread that answers
 * commands as told, and a client that sends bytes as they are.
 *
 * Owner: the test. Thread: main, but rig_post and the trade thread.
 */
#ifndef TESTS_CONTROL_RIG_H
#define TESTS_CONTROL_RIG_H

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "control/control.h"
#include "store/view.h"

#define RIG_TAKEN 64

struct rig {
    char dir[PATH_MAX];
    char token_path[PATH_MAX];
    char view_path[PATH_MAX];
    char token[80];
    char socket_path[PATH_MAX];
    struct journal *journal;
    struct view *view;
    struct journal_reader *cursor;
    struct snapshots snapshots;
    struct kill_switch kill;
    struct control *control;

    pthread_t trade;
    pthread_mutex_t lock;
    struct command queue[RIG_TAKEN]; /* under lock */
    uint32_t queued;
    struct command taken[RIG_TAKEN]; /* under lock: what the trade thread executed */
    uint32_t taken_count;
    struct command_reply next; /* under lock: template of the replies */
    bool raised_first;         /* under lock: the flag was up when the kill command came */
    _Atomic bool stop;
    _Atomic bool silent;  /* the trade thread takes nothing */
    _Atomic bool no_sync; /* the disk confirms nothing */
    _Atomic bool full;    /* the queue takes nothing */
    _Atomic int64_t stalled_ns;
    _Atomic uint64_t view_seq;
    uint16_t port;
};

void rig_start(struct rig *rig);
void rig_stop(struct rig *rig);

/* Answers of the trade thread from now on. */
void rig_reply(struct rig *rig, const struct command_reply *reply);
uint32_t rig_taken(struct rig *rig, struct command *ret_last);

/* ---- client ---- */

struct answer {
    int status; /* 0: the connection ended without one */
    char head[2048];
    char body[262144];
    size_t body_len;
};

int rig_connect(const struct rig *rig);
int rig_connect_local(const struct rig *rig);
void rig_send(int fd, const char *bytes, size_t len);
/* One answer, waiting at most timeout_ms. false: closed or late. */
bool rig_read(int fd, struct answer *ret_answer, int timeout_ms, bool no_body);
/* Does the server close within timeout_ms? */
bool rig_closes(int fd, int timeout_ms);

/* A whole request with the token, body NULL: none; extra: more header lines. */
void rig_ask(const struct rig *rig, const char *method, const char *path, const char *extra,
             const char *body, struct answer *ret_answer);
void rig_ask_local(const struct rig *rig, const char *method, const char *path, const char *body,
                   struct answer *ret_answer);

#endif
