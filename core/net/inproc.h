/* The in-process transport: a net whose peer lives in the same thread and whose time is simulated.
 *
 *     engine ── net.h ──► inproc ── struct inproc_peer ──► venue library (plugged in from outside)
 *
 * Nothing happens by itself: net_turn delivers what is due at the clock's present time, in the
 * order in which it fell due; net_next_due_mono_ns says when to come back. Equal calls give equal
 * callbacks, to the byte.
 *
 * The rules of net.h hold: no callback inside the call that caused it, trade requests are refused
 * when their connections are all busy, cancels have their own, a request with no answer at its
 * time-out is IN_DOUBT, a refusal by still_allowed is NOT_SENT. A request reaches the peer inside
 * net_http_send, as bytes reach a socket.
 *
 * Owner, thread: as net.h.
 */
#ifndef NET_INPROC_H
#define NET_INPROC_H

#include "net/net.h"

struct inproc_header {
    const char *name;
    const char *value;
};

struct inproc_request {
    uint64_t conn; /* never 0, never used again for another connection */
    uint32_t origin;
    const char *method; /* "GET"; an upgrade is a GET too */
    const char *target; /* path of the origin and target; NUL-terminated, as are the rest */
    const struct inproc_header *headers;
    size_t header_count;
    const char *body;
    size_t body_len;
};

enum inproc_kind {
    INPROC_KIND_INVALID = 0,
    INPROC_ANSWER = 1, /* status, headers, body; cut: the body broke off, the connection is gone */
    INPROC_FRAME = 2,  /* a message on a WebSocket: bytes, binary */
    INPROC_PONG = 3,   /* something came, but nothing for the owner: ping or pong */
    INPROC_CLOSE = 4,  /* the connection is gone; close_code 0: without a word */
    INPROC_KIND_COUNT
};

/* Valid until the next call into the peer. */
struct inproc_output {
    enum inproc_kind kind;
    uint64_t conn;
    uint32_t status;
    uint32_t close_code;
    const struct inproc_header *headers;
    size_t header_count;
    const char *bytes;
    size_t len;
    bool binary;
    bool cut;
};

/* What the peer must offer. now_ns is the clock's wall time. */
struct inproc_peer {
    void *ctx;
    /* Not 0: the connection failed before a byte left (NOT_SENT). */
    int (*http)(void *ctx, int64_t now_ns, const struct inproc_request *request);
    /* Not 0: the upgrade is refused (on_close). */
    int (*ws_open)(void *ctx, int64_t now_ns, const struct inproc_request *request);
    void (*ws_recv)(void *ctx, int64_t now_ns, uint64_t conn, const char *bytes, size_t len,
                    bool binary);
    void (*ws_pong)(void *ctx, int64_t now_ns,
                    uint64_t conn); /* our pong to its ping; NULL: it needs none */
    void (*ws_closed)(void *ctx, int64_t now_ns, uint64_t conn);
    /* True and the oldest output due; called until it says false. Does its own work of time too. */
    bool (*poll)(void *ctx, int64_t now_ns, struct inproc_output *ret_output);
    int64_t (*next_due_ns)(void *ctx); /* wall time, INT64_MAX: never */
};

/* config->clock must be given, a simulated one as a rule. The peer's table is copied; its ctx must
 * outlive the net. */
int inproc_new(const struct net_config *config, const struct inproc_peer *peer,
               struct net **ret_net);

#endif
