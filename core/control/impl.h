/* Inside of control: one session per connection, one request at a time in it. Private to control/.
 *
 *     http.c      libwebsockets callback: head, body, deadline, writing
 *     route.c     table of routes, query parameters
 *     pages.c     answers from the snapshot          lists.c   answers from the SQLite view
 *     acts.c      requests that become commands      wait.c    sessions waiting for their reply
 *     control.c   making, thread, ports
 */
#ifndef CONTROL_IMPL_H
#define CONTROL_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include <libwebsockets.h>

#include "base/clock.h"
#include "base/ring.h"
#include "base/str.h"
#include "control/control.h"
#include "control/keys_seen.h"
#include "control/problem.h"
#include "control/token.h"
#include "store/journal.h"
#include "store/view_read.h"

#define BODY_MAX ((size_t)65536)
#define SWALLOW_MAX ((size_t)8 << 20) /* of a body that is refused already */
#define CONNECTIONS_MAX 192u
#define COMMANDS_MAX 256u  /* posted and not answered */
#define COMMANDS_KILL 320u /* the same for the kill switch, which must not find the door full */
#define REPLY_SLOTS 512u

#define REQUEST_S 5 /* a whole request must be there by then */
#define REPLY_NS (5 * CLOCK_NS_PER_S)
#define VIEW_NS (1 * CLOCK_NS_PER_S)
#define STALLED_NS (5 * CLOCK_NS_PER_S)

struct session;

enum method { /* bits */
              METHOD_INVALID = 0,
              METHOD_GET = 1,
              METHOD_POST = 2,
              METHOD_DELETE = 4,
              METHOD_PATCH = 8
};

enum query {
    QUERY_LIMIT = 1,
    QUERY_CURSOR = 2,
    QUERY_OPEN = 4,
    QUERY_STRATEGY = 8,
    QUERY_SYMBOL = 16,
    QUERY_ACCOUNT = 32,
    QUERY_DRY_RUN = 64,
    QUERY_ORDER = 128
};

struct route {
    const char *path; /* "/orders/" with a trailing slash takes one more segment: {id} */
    enum method method;
    bool is_public; /* needs no token */
    uint32_t query; /* parameters it knows */
    void (*run)(struct session *session);
};

struct request {
    const struct route *route;
    enum method method;
    bool head_only;
    bool is_local; /* came over the Unix socket */
    char path[200];
    char id[64]; /* {id} */
    char key[130];
    char request_id[66];
    char author[SOFIA_NAME_SIZE];
    uint32_t limit;
    uint64_t cursor;
    uint64_t order_id;
    bool open_only;
    bool dry_run;
    char strategy[SOFIA_NAME_SIZE];
    char symbol[SOFIA_NAME_SIZE];
    char account[SOFIA_NAME_SIZE];
};

enum wait_phase { WAIT_NONE = 0, WAIT_REPLY = 1, WAIT_SYNCED = 2, WAIT_VIEW = 3 };

struct session {
    struct control *control; /* NULL: no request has begun on this connection */
    struct lws *wsi;
    lws_sorted_usec_list_t deadline;
    struct request request;
    struct text body;
    size_t body_len; /* as the head says */
    size_t body_got;
    bool body_expected;
    struct text page; /* of the answer */
    char type[128];
    char location[96];
    int status;
    uint32_t allow; /* methods, of a 405 */
    bool begun;     /* has been given to its route, or refused */
    bool answered;
    bool held; /* nothing more is read while the answer is awaited */
    struct problem problem;

    enum wait_phase wait;
    struct command command;
    struct command_reply reply;
    int64_t wait_until_mono_ns;
    struct session *next_waiting;
};

struct control {
    struct control_config config;
    char view_path[512];
    char socket_path[108];
    struct token token;
    struct lws_context *lws;
    struct lws_vhost *tcp;
    struct lws_vhost *local;
    uint16_t port;
    pthread_t thread;
    bool started;
    _Atomic bool stop;
    struct ring replies; /* trade -> control */

    /* [control] */
    struct view_reader *view;
    struct session *waiting;
    lws_sorted_usec_list_t tick;
    uint64_t last_command;
    uint32_t outstanding; /* commands without a reply */
    uint32_t connections;
    uint64_t requests;
    struct keys_seen keys;
};

/* http.c */
int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t len);
/* The answer is complete; it is written when the socket takes it. */
void http_answer(struct session *session);

/* route.c */
const struct route *route_find(const char *path, enum method method, char ret_id[64],
                               uint32_t *ret_allowed);
/* One "name=value"; ERR_INVALID with the problem noted. */
void route_take_query(struct request *request, const char *argument, struct problem *problem);

/* pages.c */
void page_livez(struct session *session);
void page_readyz(struct session *session);
void page_health(struct session *session);
void page_metrics(struct session *session);
void page_risk_status(struct session *session);
void page_kill_status(struct session *session);
void page_shadow_status(struct session *session);
void page_balance(struct session *session);
void page_positions(struct session *session);

/* lists.c */
void list_orders(struct session *session);
void list_order(struct session *session);
void list_fills(struct session *session);
void list_audit(struct session *session);
/* Writes the order as an object; ERR_NOT_FOUND. */
int list_put_order(struct control *control, uint64_t order_id, struct text *text);
/* The order a path segment means: a number or a client id. */
int list_find_id(struct control *control, const char *id, uint64_t *ret_order_id);

/* acts.c */
void act_order_new(struct session *session);
void act_order_amend(struct session *s);
void act_order_cancel(struct session *session);
void act_cancel_all(struct session *session);
void act_kill(struct session *session);
void act_resume(struct session *session);
void act_rollback(struct session *session);
void act_ws_restart(struct session *session);
/* What a reply, or its absence, means to the one who asked. */
void act_tell(struct session *session);
void act_tell_late(struct session *session);

/* wait.c */
/* Posts session->command and waits; false: the queue is full, nothing was posted. */
bool wait_begin(struct session *session, int64_t limit_ns);
void wait_end(struct session *session); /* the connection is gone, or the answer is made */
void wait_drain(struct control *control);

#endif
