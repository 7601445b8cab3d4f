/* Inside net: what both transports share, and the table by which net.c reaches them.
 *
 *     net_http_send (net.c: checks what every transport must check)
 *         └─ ops->http_send (real.c or inproc.c)
 *
 * Owner: the net. Thread: the net's, except ops->stop and ops->wakeup.
 */
#ifndef NET_IMPL_H
#define NET_IMPL_H

#include "net/draft.h"
#include "net/net.h"
#include "net/timers.h"

enum { NET_ORIGINS = 16, NET_TEXT_SIZE = 192 };

struct origin {
    bool tls;
    bool is_ws;
    uint16_t port;
    uint16_t to_port;
    char host[256];
    char prefix[128];  /* path of the url, "" for none */
    char to_host[256]; /* what to connect to: the url's host unless connect_to says else */
    char warm_target[256];
    struct net_trust *trust;
    uint32_t warm_every_ms;
    uint32_t connect_timeout_ms;
    uint32_t connections[NET_CLASS_COUNT];
};

struct net_transport {
    int (*origin_add)(struct net *net, uint32_t origin);
    uint32_t (*origin_ready)(struct net *net, uint32_t origin, enum net_class class_);
    void (*origin_resolve)(struct net *net, uint32_t origin);
    int (*http_send)(struct net *net, const struct net_http_request *request,
                     uint64_t *ret_request);
    enum net_outcome (*http_cancel)(struct net *net, uint64_t request);
    int (*ws_open)(struct net *net, const struct net_ws_config *config, uint64_t *ret_socket,
                   uint32_t *ret_generation);
    int (*ws_send)(struct net *net, uint64_t socket, const struct net_ws_message *message);
    void (*ws_close)(struct net *net, uint64_t socket, uint32_t close_code);
    int (*run)(struct net *net);
    int (*turn)(struct net *net, uint32_t max_wait_ms);
    void (*stop)(struct net *net);
    void (*wakeup)(struct net *net);
    int64_t (*next_due_mono_ns)(struct net *net);
    void (*timers_changed)(struct net *net);
    void (*free)(struct net *net);
};

/* First member of each transport's own struct. */
struct net {
    const struct net_transport *ops;
    struct net_config config; /* defaults filled in */
    struct timers timers;
    struct origin origins[NET_ORIGINS];
    uint32_t origin_count;
    uint32_t generation; /* of the last WebSocket connection */
    bool closing;
    bool dirty; /* a callback ran since the last on_turn */
};

int net_init(struct net *net, const struct net_config *config, const struct net_transport *ops);
void net_release(struct net *net);
void net_turn_done(struct net *net); /* on_turn, if anything happened */

/* Parses the url and connect_to, fills in defaults. */
int origin_init(struct origin *origin, const struct net_origin_config *config);
bool origin_is_loopback(const char *host);

/* "NOT_SENT" and its like need a reason in words: bounded, always terminated. */
__attribute__((format(__printf__, 2, 3))) void net_text_set(char *text, const char *fmt, ...);

/* Slots of the request pool that this class must leave free: reads cannot starve orders, nor both the cancels. */
static inline uint32_t net_slots_kept(const struct net *net, enum net_class class_)
{
    if (class_ == NET_CLASS_CANCEL) {
        return 0;
    }
    return net->config.max_requests / (class_ == NET_CLASS_TRADE ? 8 : 4);
}

static inline int64_t net_mono_ns(const struct net *net)
{
    return clock_mono_ns(net->config.clock);
}

#endif
