/* The only owner of sockets: HTTP requests, WebSocket connections, timers, wake-ups of one thread.
 *
 *     ┌────────────────┐  net_http_send, net_ws_*   ┌──────────────────────────────────────────┐
 *     │ its owner      │ ─────────────────────────► │ real: a loop, an HTTP and a ws client    │
 *     │ (engine, sink) │ ◄───────────────────────── │ in-process: a peer here, simulated time  │
 *     └────────────────┘  on_done, on_frame, timer  └──────────────────────────────────────────┘
 *
 * Nothing of the libraries beneath shows here, so that a faster client can replace either of them
 * in this folder.
 *
 * One turn, again and again: wait for sockets and timers, call what became due, then on_turn once.
 * All callbacks run on the owner's thread, from net_run, net_turn or net_free and from nowhere
 * else; never inside the call that caused them. The one exception is still_allowed, which may be
 * asked inside net_http_send: it must only look and answer.
 *
 * What a request may rely on:
 *
 * - on_done comes exactly once; never after net_http_cancel.
 * - NOT_SENT is said only when the peer cannot have got the request: no byte of its body was handed
 *   over (of a request without a body: no byte at all). OK is said only of a whole answer.
 *   Everything else is IN_DOUBT.
 * - What is not resend_safe is never sent twice. It must have a body: that is what lets the layer
 *   beneath notice the beginning of a second attempt and stop it.
 * - A trade request is never queued: without a free connection net_http_send says so and nothing
 *   has happened.
 * - A cancel never waits behind an order: cancels have connections of their own and open more.
 * - still_allowed is asked immediately before the first byte of the body is handed over: the last
 *   look at the kill switch.
 *
 * After start-up the thread makes only calls about sockets, epoll, timers and futexes. Trust stores
 * and origins are made before; names are resolved by a helper thread of the loop.
 *
 * Owner: the thread that calls net_run. Thread: that one only, except net_wakeup and net_stop (any
 * thread). Errors: a negative status with a text in the error stack (base/error.h).
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/status.h"

struct net;
struct net_trust;

enum net_status {
    /* No connection for a trade request is free and warm, or the host's name is not resolved. */
    NET_ERR_NOT_READY = STATUS_GROUP_NET,
    /* Not resend-safe and no body: it could be sent twice. */
    NET_ERR_UNSAFE = STATUS_GROUP_NET - 1,
    /* http or ws to a host that is not this machine. */
    NET_ERR_INSECURE = STATUS_GROUP_NET - 2,
};

/* ---- once per process, from main, before any thread ---- */

/* Loads what the libraries would otherwise load on first use, and ignores SIGPIPE. */
int net_global_init(void);
void net_global_release(void);

/* Certificate authorities, read once and shared by every net of the process. NULL: the system's
 * bundle; else only the certificates of this PEM file. Made before the loops run, freed after they
 * are gone. */
int net_trust_new(const char *ca_file, struct net_trust **ret_trust);
struct net_trust *net_trust_free(struct net_trust *trust);

/* ---- the net of one thread ---- */

struct net_config {
    struct clock *clock; /* NULL: clock_real() */

    /* The text of a secret, asked when a request is written; the buffer it goes to is wiped after
     * the request. NULL: secret segments are refused. ERR_LIMIT when cap is too small. */
    int (*secret_read)(void *ctx, uint64_t handle, char *buf, size_t cap, size_t *ret_len);

    /* Once after each batch of callbacks, before the loop sleeps again. May be NULL. */
    void (*on_turn)(void *ctx);

    /* After net_wakeup was called (calls coalesce). May be NULL. */
    void (*on_wakeup)(void *ctx);

    /* A request of our own that keeps a connection warm was sent: the venue counts it, so the
     * budget must. May be NULL. */
    void (*on_warm)(void *ctx, uint32_t origin);

    void *ctx;
    uint32_t max_requests; /* outstanding, queued ones included; a quarter is kept for orders and
                            * cancels, half of that for cancels alone. 0: 256 */
    uint32_t max_timers;   /* 0: 256 */
    uint32_t max_sockets;  /* WebSocket connections. 0: 16 */
};

/* The real transport. (The in-process one is made by inproc_new, net/inproc.h.) */
int net_new(const struct net_config *config, struct net **ret_net);

/* Completes what is outstanding (NOT_SENT or IN_DOUBT, on_close), then frees. New requests from
 * those callbacks are refused with ERR_CLOSED. NULL is fine. */
struct net *net_free(struct net *net);

int net_run(struct net *net); /* turns until net_stop */

/* One turn; waits at most this long for something to do. 0: does not wait. In-process never waits:
 * everything due at the simulated time is done. */
int net_turn(struct net *net, uint32_t max_wait_ms);

void net_stop(struct net *net);   /* [any] net_run returns after this turn */
void net_wakeup(struct net *net); /* [any] on_wakeup will be called soon */

/* Monotonic time at which the next thing is due, INT64_MAX: nothing known. A stepped run advances
 * its clock to it. */
int64_t net_next_due_mono_ns(struct net *net);

/* ---- origins: where a peer lives, made once ---- */

enum net_class {
    NET_CLASS_INVALID = 0,
    NET_CLASS_PUBLIC = 1,
    NET_CLASS_READ = 2,
    NET_CLASS_TRADE = 3,
    NET_CLASS_CANCEL = 4,
    NET_CLASS_COUNT
};

#define NET_LANES 4 /* ordered lanes of an origin, numbered 1..NET_LANES */

struct net_origin_config {
    /* "https://api.example.com:443", "wss://localhost:9443"; a path behind it is put before every
     * target. Plain http and ws only to 127.0.0.1, ::1 and localhost. */
    const char *url;

    /* The certificate is checked against these authorities and the host of url. NULL: only for http
     * and ws. */
    struct net_trust *trust;

    /* "127.0.0.1:8443": connect there although the certificate and the Host header say url's host.
     * NULL: resolve. */
    const char *connect_to;

    /* A GET of this target keeps trade and cancel connections warm ("/api/v3/ping"). NULL: they are
     * opened on demand, and a trade request is refused only while others occupy all of them. */
    const char *warm_target;
    uint32_t warm_every_ms;      /* 0: 20 000 */
    uint32_t connect_timeout_ms; /* 0: 5 000 */

    /* Of each class, at most 16. 0: public 2, read 2, trade 4, cancel 2 (more while those are
     * busy). One connection carries one unanswered request. */
    uint32_t connections[NET_CLASS_COUNT];
};

/* Never removed. ERR_INVALID, NET_ERR_INSECURE, ERR_FULL. */
int net_origin_add(struct net *net, const struct net_origin_config *config, uint32_t *ret_origin);

/* Connections of the class on which a request would leave at once. */
uint32_t net_origin_ready(struct net *net, uint32_t origin, enum net_class class_);

/* The name is looked up again (after failures it is by itself). */
void net_origin_resolve(struct net *net, uint32_t origin);

/* ---- pieces of a request ---- */

/* Bytes, or the text of a secret (then bytes is NULL, len 0). Copied by the call that takes it. */
struct net_segment {
    const char *bytes;
    size_t len;
    uint64_t secret; /* not 0: this secret's text instead of bytes */
};

struct net_text {
    const struct net_segment *segments;
    size_t count;
};

/* ---- HTTP ---- */

enum net_outcome {
    NET_OUTCOME_INVALID = 0,
    NET_OK = 1,       /* a whole answer is there, whatever its status */
    NET_NOT_SENT = 2, /* certain: the peer did not get it */
    NET_IN_DOUBT = 3, /* bytes may have left and there is no whole answer */
    NET_OUTCOME_COUNT
};

/* Valid during on_done. */
struct net_http_result {
    enum net_outcome outcome;
    uint32_t status;     /* 200 ...; in doubt too, if a status line came. 0: none */
    const char *headers; /* raw lines "name: value\r\n", without the status line; see net_header */
    size_t headers_len;
    const char *body; /* NUL behind its end; empty when on_piece took it */
    size_t body_len;
    const char *text;     /* NOT_SENT, IN_DOUBT: why, in words; else "" */
    uint64_t request;     /* what net_http_send returned */
    int64_t sent_mono_ns; /* last byte handed over; 0: never */
    int64_t done_mono_ns;
    int64_t done_ns; /* wall time of the answer's end */
};

struct net_http_request {
    uint32_t origin;
    enum net_class class_;
    const char *method;     /* "GET" "POST" "PUT" "DELETE" */
    struct net_text target; /* path and query as they go on the request line */

    /* Whole lines "Name: value\n". Host and Content-Length are not yours; a body without a
     * Content-Type is called application/x-www-form-urlencoded. */
    struct net_text headers;
    struct net_text body;

    uint32_t lane;       /* 1..NET_LANES: strictly one after the other, one connection. 0: any */
    bool resend_safe;    /* may be repeated without harm */
    uint32_t timeout_ms; /* from the call to the end of the answer, waiting included. 0: 15 000 */
    size_t max_body;     /* a longer answer is in doubt. 0: 1 MiB, or 64 MiB with on_piece */

    /* May be asked more than once; false ends the request with NOT_SENT. NULL: always allowed. */
    bool (*still_allowed)(void *ctx);

    /* Pieces of the answer's body as they come; they may break anywhere, and an answer in doubt may
     * have had some. NULL: whole. */
    void (*on_piece)(void *ctx, uint32_t status, const char *bytes, size_t len);

    void (*on_done)(void *ctx, const struct net_http_result *result);
    void *ctx;
};

/* 0: on_done will come. Refused (nothing will come): ERR_INVALID, NET_ERR_UNSAFE, NET_ERR_NOT_READY
 * (trade), ERR_FULL (pool or queue), ERR_LIMIT (larger than a request may be), ERR_CLOSED. */
int net_http_send(struct net *net, const struct net_http_request *request, uint64_t *ret_request);

/* No callback comes any more. NET_NOT_SENT or NET_IN_DOUBT as far as is known now;
 * NET_OUTCOME_INVALID: no such request. */
enum net_outcome net_http_cancel(struct net *net, uint64_t request);

/* The value of a header in the raw lines of a result, any case, without surrounding blanks; false:
 * not there. */
bool net_header(const char *headers, size_t headers_len, const char *name, const char **ret_value,
                size_t *ret_len);

/* ---- WebSocket client ---- */

/* Why a connection ended. Valid during on_close. */
struct net_ws_end {
    uint64_t socket;
    uint32_t generation;
    bool was_open;       /* false: the opening failed */
    uint32_t close_code; /* the peer's, 0: none */
    const char *text;    /* in words */
};

struct net_ws_config {
    uint32_t origin;
    struct net_text target;
    struct net_text headers;  /* whole lines "Name: value\n" */
    const char *subprotocol;  /* NULL: none */
    size_t max_message;       /* a longer one ends the connection. 0: 4 MiB */
    size_t max_queue;         /* bytes waiting to be sent. 0: 64 KiB */
    uint32_t open_timeout_ms; /* until the upgrade is answered. 0: 10 000 */
    uint32_t ping_every_ms;   /* our pings; counted by venues as messages. 0: 10 000 */
    uint32_t silence_ms;      /* not even a pong for so long ends it. 0: 3 * ping_every_ms */

    void (*on_open)(void *ctx, uint64_t socket, uint32_t generation);
    /* A whole message, put together from its fragments; NUL behind its end. */
    void (*on_frame)(void *ctx, uint64_t socket, const char *bytes, size_t len, bool binary);
    /* The fate of one net_ws_send: NET_OK handed over (what it caused is known only from an
     * answer), NET_NOT_SENT, NET_IN_DOUBT (cut in the middle). Exactly once for each accepted send,
     * before on_close. May be NULL. */
    void (*on_sent)(void *ctx, uint64_t socket, uint64_t token, enum net_outcome outcome);
    /* Exactly once, the last callback. Also when the opening failed. */
    void (*on_close)(void *ctx, const struct net_ws_end *end);
    void *ctx;
};

/* One connection, opened once: who wants it again after on_close opens a new one, when its own
 * policy says so. Every connection of a net gets the next generation number, so that what a dead
 * one left behind can be told apart. */
int net_ws_open(struct net *net, const struct net_ws_config *config, uint64_t *ret_socket,
                uint32_t *ret_generation);

struct net_ws_message {
    struct net_text text;
    bool binary;
    uint64_t token; /* for on_sent */

    /* Asked with the connection's ctx when it is written; false: NET_NOT_SENT. NULL: always. */
    bool (*still_allowed)(void *ctx);
};

/* 0: on_sent will come. ERR_WRONG_STATE (not open), ERR_FULL (max_queue), ERR_STALE (no such
 * connection): nothing left. */
int net_ws_send(struct net *net, uint64_t socket, const struct net_ws_message *message);

/* Says goodbye and closes; on_close comes later. An unknown or closing connection is ignored. */
void net_ws_close(struct net *net, uint64_t socket, uint32_t close_code);

/* ---- timers ---- */

/* Once, at or after this monotonic time (of the net's clock). ERR_FULL. */
int net_timer_start(struct net *net, int64_t deadline_mono_ns, void (*fire)(void *ctx), void *ctx,
                    uint64_t *ret_timer);
int net_timer_start_ms(struct net *net, uint32_t delay_ms, void (*fire)(void *ctx), void *ctx,
                       uint64_t *ret_timer);
void net_timer_cancel(struct net *net, uint64_t timer); /* fired, cancelled or 0: ignored */

#endif
