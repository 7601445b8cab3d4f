/* The WebSocket client's insides.
 *
 *     sock   slot of one connection: FREE -> CONNECTING -> OPEN -> CLOSING -> ENDED -> FREE
 *            ENDED is reached only when the library has let go of it (its last callback) or never
 * took it, because that is the one event this version gives for every kind of death
 *     out    messages waiting, each with the library's headroom in front, in one buffer that is never grown
 *
 * on_close is told from the drain of the loop, never inside a library callback or a call of the
 * owner.
 *
 * Owner, thread: as net.h.
 */
#ifndef NET_WS_H
#define NET_WS_H

#include <libwebsockets.h>

#include "net/real.h"

enum { SOCK_OUTS = 256, SOCK_TRUSTS = NET_ORIGINS + 1 };

enum sock_state {
    SOCK_INVALID = 0,
    SOCK_FREE = 1,
    SOCK_CONNECTING = 2,
    SOCK_OPEN = 3,
    SOCK_CLOSING = 4,
    SOCK_ENDED = 5,
    SOCK_STATE_COUNT
};

struct sock_out {
    size_t offset; /* of the headroom */
    size_t len;    /* of the text behind it */
    uint64_t token;
    bool (*still_allowed)(void *ctx);
    bool binary;
};

struct sock {
    struct real *real;
    uint64_t id;
    enum sock_state state;
    struct lws *wsi;
    struct net_ws_config config; /* its texts live in head */
    uint32_t generation;
    bool was_open;
    bool ping_due;
    uint32_t close_code; /* ours */
    uint32_t peer_code;
    char text[NET_TEXT_SIZE];
    int64_t deadline_mono_ns; /* of opening or closing */
    int64_t heard_mono_ns;
    int64_t ping_mono_ns;
    uv_timer_t watch;
    struct draft draft;
    struct wire head;
    char host[300];
    char subprotocol[64];
    struct blob message;
    char *out;
    size_t out_cap;
    size_t out_end;
    struct sock_out outs[SOCK_OUTS];
    uint32_t out_first;
    uint32_t out_count;
};

struct ws {
    struct lws_context *context;
    struct {
        const struct net_trust *trust;
        struct lws_vhost *vhost;
    } vhosts[SOCK_TRUSTS];
    uint32_t vhost_count;
    struct sock *socks;
    uint32_t count;
    uint32_t ended;
};

/* ws_out.c */
int out_init(struct sock *sock, size_t cap);
int out_push(struct sock *sock, const struct net_ws_message *message);
int out_write_one(struct sock *sock); /* < 0: the connection must end */
void out_drop_all(struct sock *sock);
void out_release(struct sock *sock);

/* ws_callback.c */
int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                size_t len);

/* ws.c */
void sock_end(struct sock *sock);
void sock_arm(struct sock *sock);
void sock_goodbye(struct sock *sock, uint32_t close_code); /* politely, then by force */

#endif
