/* The real transport's insides: one loop, the HTTP lanes and the WebSocket client on it.
 *
 *     struct real ─┬─ loop, timers, wake-up            real.c
 *                  ├─ route per origin ─┬─ address     resolve.c
 *                  │                    └─ group per class and ordered lane ── lane, lane, ...   http.c
 *                  │                         lane: one connection, at most one request   lane.c, conn.c
 *                  └─ sockets                          ws.c
 *
 * A lane is one HTTP/1.1 connection with a libcurl multi handle of its own, so libcurl has nothing
 * to choose: no shared connection cache, no queue we do not see, no callback of one request inside
 * a call about another.
 *
 * drain() is the only place that calls on_done: everything else marks lanes "hot" or puts requests
 * on the done list.
 *
 * Owner, thread: as net.h.
 */
#ifndef NET_REAL_H
#define NET_REAL_H

#include <netinet/in.h>
#include <stdatomic.h>

#include <curl/curl.h>
#include <uv.h>

#include "net/impl.h"

enum { GROUP_LANES = 16, REQUEST_BYTES = 1 << 20, REQUEST_HEADERS = 16 * 1024 };

struct real;
struct lane;
struct group;
struct route;
struct ws;

enum request_state {
    REQUEST_INVALID = 0,
    REQUEST_FREE = 1,
    REQUEST_QUEUED = 2,
    REQUEST_ACTIVE = 3,
    REQUEST_DONE = 4,       /* result known, on_done not called yet */
    REQUEST_DELIVERING = 5, /* inside on_done */
    REQUEST_STATE_COUNT
};

/* Bytes of an answer; kept from request to request. */
struct blob {
    char *bytes;
    size_t len;
    size_t cap;
};

struct request {
    uint64_t id;
    struct request *next; /* in the queue of a group, the done list or the free list */
    enum request_state state;
    struct group *group;
    struct lane *lane;
    struct net_http_request asked; /* its texts live in draft */
    char method[8];
    struct draft draft;
    int64_t deadline_mono_ns;
    bool warming;    /* our own: keeps a connection warm, nobody is told */
    bool begun;      /* the connection stood, the head could leave */
    bool body_begun; /* a byte of the body was handed over */
    bool refused;    /* still_allowed said no */
    bool repeated;   /* a second attempt was stopped */
    bool abandoned;  /* cancelled inside one of its own callbacks */
    bool too_large;
    size_t body_seen;
    uint32_t status;
    struct blob headers;
    struct blob body;
    enum net_outcome outcome;
    char text[NET_TEXT_SIZE];
    int64_t sent_mono_ns;
    int64_t done_mono_ns;
    int64_t done_ns;
};

struct request_list {
    struct request *first;
    struct request *last;
};

/* One socket of the HTTP client. Lives until the loop has let go of it. */
struct conn {
    uv_poll_t poll;
    int fd;
    int wanted;  /* UV_READABLE, UV_WRITABLE as libcurl wishes; 0: idle, only watched for its end */
    int polled;  /* what the loop was told */
    bool proven; /* has brought a whole answer */
    bool dead;
    int64_t used_mono_ns; /* end of its last whole answer */
    struct lane *lane;
    struct conn *next;
};

struct lane {
    struct real *real;
    struct group *group;
    CURLM *multi;
    CURL *easy;
    struct conn *conns; /* newest first; as a rule one */
    struct request *active;
    struct lane *hot_next;
    bool hot;
    bool in_curl; /* libcurl is on the stack */
    bool paused;
    uint32_t index;      /* in the group */
    uint32_t failures;   /* requests in a row */
    uint32_t early_ends; /* idle connections in a row that the peer ended soon after use */
    uv_timer_t timer;    /* libcurl's */
    uv_timer_t warm;
    struct wire wire;
    size_t body_at;
    struct curl_slist header_nodes[WIRE_HEADERS + 4];
    char error[CURL_ERROR_SIZE];
};

struct group {
    struct route *route;
    enum net_class class_; /* of ordered lanes: NET_CLASS_INVALID */
    struct lane *lanes[GROUP_LANES];
    uint32_t count;
    uint32_t kept; /* opened at once when the origin is kept warm */
    uint32_t max;
    struct request_list queue;
};

enum { ROUTE_GROUPS = NET_CLASS_COUNT + NET_LANES };

struct route {
    struct real *real;
    struct origin *origin;
    uint32_t number;
    bool resolved;
    bool resolving;
    char address[INET6_ADDRSTRLEN];
    int64_t resolved_mono_ns;
    uint32_t resolve_failures;
    uv_getaddrinfo_t lookup;
    uv_timer_t retry;
    struct curl_slist connect_to;
    char connect_to_text[INET6_ADDRSTRLEN + 16];
    char url[300];
    struct group groups[ROUTE_GROUPS]; /* [class], [NET_CLASS_COUNT + lane - 1] */
};

struct real {
    struct net base; /* first */
    uv_loop_t loop;
    uv_prepare_t prepare;
    uv_idle_t spin; /* running: something waits for drain, do not sleep */
    uv_async_t async;
    uv_timer_t timer;  /* of base.timers */
    uv_timer_t wait;   /* bounds a turn */
    uv_timer_t expiry; /* of queued requests */
    bool loop_ready;
    bool kicking; /* inside net_http_send: pieces of answers must wait */
    bool draining;
    _Atomic bool stopped;
    _Atomic bool woken;
    struct route *routes[NET_ORIGINS];
    struct request *requests;
    struct request_list free;
    uint32_t free_count;
    struct request_list done;
    struct lane *hot;
    struct ws *ws;
};

static inline struct real *real_of(struct net *net)
{
    return (struct real *)net;
}

/* real.c */
void real_drain(struct real *real);
void real_arm_timer(struct real *real, uv_timer_t *timer, uv_timer_cb fire,
                    int64_t deadline_mono_ns);
void real_close_handle(uv_handle_t *handle);

/* resolve.c */
int route_new(struct real *real, uint32_t number);
void route_resolve(struct route *route);
void route_stop(struct route *route);
struct route *route_free(struct route *route);

/* http.c */
int http_init(struct real *real);
void http_stop(struct real *real); /* everything outstanding completes */
void http_release(struct real *real);
int http_send(struct net *net, const struct net_http_request *request, uint64_t *ret_request);
enum net_outcome http_cancel(struct net *net, uint64_t request);
uint32_t http_ready(struct net *net, uint32_t origin, enum net_class class_);
void http_route_up(struct route *route); /* the address is known now */
void http_pump(struct group *group);
void http_complete(struct request *request, enum net_outcome outcome); /* onto the done list */
int http_warm(struct lane *lane);
bool http_drain_one(struct real *real);
int http_deliver(struct real *real);
void list_push(struct request_list *list, struct request *request);
struct request *list_pop(struct request_list *list);
bool list_remove(struct request_list *list, struct request *request);

/* lane.c */
int lane_new(struct group *group, struct lane **ret_lane);
int lane_start(struct lane *lane, struct request *request);
void lane_kick(struct lane *lane);
void lane_abort(struct lane *lane);
void lane_collect(struct lane *lane); /* after libcurl ran: results, continue what was paused */
bool lane_is_ready(struct lane *lane);
void lane_stop(struct lane *lane);
struct lane *lane_free(struct lane *lane);
void lane_warm_after(struct lane *lane, uint64_t delay_ms);

void lane_run_curl(struct lane *lane, curl_socket_t fd, int events);
uint64_t lane_retry_ms(uint32_t failures);

/* conn.c: sockets, opened and closed by us, so that an idle connection can be watched for its end */
curl_socket_t conn_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *address);
int conn_close(void *ctx, curl_socket_t fd);
int conn_want(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused);
void conn_watch_idle(struct conn *conn);
bool conn_is_quiet(struct conn *conn); /* false: it has ended, and now libcurl can see it */

/* answer.c: what libcurl calls while an answer comes in */
size_t answer_on_header(char *bytes, size_t size, size_t count, void *ctx);
size_t answer_on_body(char *bytes, size_t size, size_t count, void *ctx);
bool answer_end_is_proven(const struct request *request);

/* ws.c */
int ws_init(struct real *real);
void ws_stop(struct real *real);
void ws_finish(struct real *real); /* after the loop has run out of handles */
void ws_release(struct real *real);
int ws_open(struct net *net, const struct net_ws_config *config, uint64_t *ret_socket,
            uint32_t *ret_generation);
int ws_send(struct net *net, uint64_t socket, const struct net_ws_message *message);
void ws_close(struct net *net, uint64_t socket, uint32_t close_code);
bool ws_is_pending(const struct real *real);
int ws_deliver(struct real *real);

#endif
