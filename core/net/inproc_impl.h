/* The in-process transport's insides: inproc.c has the turn and HTTP, inproc_ws.c the WebSockets.
 *
 * What the owner caused is told in the next turn: requests that ended without the peer wait as
 * PART_DONE, connections as their pending flags.
 *
 * Owner, thread: as net.h.
 */
#ifndef NET_INPROC_IMPL_H
#define NET_INPROC_IMPL_H

#include "base/str.h"
#include "net/impl.h"
#include "net/inproc.h"

enum { INPROC_SENTS = 256, INPROC_OUTPUTS = 10000, INPROC_PIECE = 1000 };

enum inproc_state {
    INPROC_STATE_INVALID = 0,
    INPROC_FREE = 1,
    INPROC_QUEUED = 2,
    INPROC_SENT = 3,
    INPROC_DONE = 4, /* result known, to be told in the next turn */
    INPROC_TELLING = 5,
    INPROC_STATE_COUNT
};

struct inproc_http {
    uint64_t id;
    uint64_t order; /* of the calls */
    uint64_t conn;
    enum inproc_state state;
    struct net_http_request asked;
    char method[8];
    struct draft draft;
    int64_t deadline_mono_ns;
    int64_t sent_mono_ns;
    enum net_outcome outcome;
    char text[NET_TEXT_SIZE];
};

enum inproc_ws_state {
    INPROC_WS_INVALID = 0,
    INPROC_WS_FREE = 1,
    INPROC_WS_OPENING = 2, /* the peer has it, on_open is to be told */
    INPROC_WS_OPEN = 3,
    INPROC_WS_ENDED = 4, /* on_close is to be told */
    INPROC_WS_STATE_COUNT
};

struct inproc_ws {
    uint64_t id;
    uint64_t conn;
    enum inproc_ws_state state;
    struct net_ws_config config;
    uint32_t generation;
    uint32_t close_code;
    bool was_open;
    char text[NET_TEXT_SIZE];
    struct {
        uint64_t token;
        enum net_outcome outcome;
    } sents[INPROC_SENTS]; /* to be told */
    uint32_t sent_count;
};

struct inproc {
    struct net base; /* first */
    struct inproc_peer peer;
    struct inproc_http *https;
    struct inproc_ws *sockets;
    struct draft scratch;
    struct wire wire;
    struct text headers; /* of the answer being told */
    struct text body;
    struct inproc_header header_table[WIRE_HEADERS + 1];
    uint64_t orders;
    uint64_t conns;
    bool woken;
};

static inline struct inproc *inproc_of(struct net *net)
{
    return (struct inproc *)net;
}

static inline int64_t inproc_wall_ns(const struct inproc *inproc)
{
    return clock_now_ns(inproc->base.config.clock);
}

/* inproc.c: the wire as the peer's request; valid until the next one. */
struct inproc_request inproc_request_of(struct inproc *inproc, uint32_t origin, const char *method);

/* inproc_ws.c */
int inproc_ws_init(struct inproc *inproc);
int inproc_ws_open(struct net *net, const struct net_ws_config *config, uint64_t *ret_socket,
                   uint32_t *ret_generation);
int inproc_ws_send(struct net *net, uint64_t socket, const struct net_ws_message *message);
void inproc_ws_close(struct net *net, uint64_t socket, uint32_t close_code);
bool inproc_ws_is_pending(const struct inproc *inproc);
void inproc_ws_tell(struct inproc *inproc);
void inproc_ws_take(struct inproc *inproc, const struct inproc_output *output);
void inproc_ws_stop(struct inproc *inproc);

#endif
