#include "net/ws.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "net/handle.h"
#include "net/trust.h"

#include "base/banned.h"

enum { CLOSE_TIMEOUT_MS = 2000, BACKSTOP_S = 60, RX_BUFFER = 64 * 1024, FD_LIMIT = 128 };

static const struct lws_protocols protocols[] = {
    {.name = "sofia", .callback = ws_callback, .rx_buffer_size = RX_BUFFER},
    {0},
};

/* ---- the library's context ---- */

static int init_socks(struct real *real)
{
    struct ws *ws = real->ws;

    ws->socks = calloc(real->base.config.max_sockets, sizeof(*ws->socks));
    if (ws->socks == NULL) {
        return error_set(ERR_NOMEM, "no memory for WebSocket connections");
    }
    ws->count = real->base.config.max_sockets;
    for (uint32_t i = 0; i < ws->count; i++) {
        ws->socks[i].real = real;
        ws->socks[i].id = handle_make(i, 1);
        ws->socks[i].state = SOCK_FREE;
        (void)uv_timer_init(&real->loop, &ws->socks[i].watch);
        ws->socks[i].watch.data = &ws->socks[i];
    }
    return 0;
}

int ws_init(struct real *real)
{
    void *loops[1] = {&real->loop};

    real->ws = calloc(1, sizeof(*real->ws));
    if (real->ws == NULL) {
        return error_set(ERR_NOMEM, "no memory for WebSocket connections");
    }
    int status = init_socks(real);
    if (status < 0) {
        return status;
    }
    struct lws_context_creation_info info = {
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .foreign_loops = loops,
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .timeout_secs = BACKSTOP_S, /* ours are shorter */
        .connect_timeout_secs = BACKSTOP_S,
        .pt_serv_buf_size = 16 * 1024,
        .fd_limit_per_thread = FD_LIMIT, /* else a table for as many as the process may open */
        .gid = -1,
        .uid = -1,
        .pcontext = &real->ws->context,
    };
    real->ws->context = lws_create_context(&info);
    if (real->ws->context == NULL) {
        return error_set(ERR_IO, "the WebSocket library does not start on this loop "
                                 "(is libwebsockets-evlib-uv installed?)");
    }
    return 0;
}

/* One for each set of authorities. Made at the first connection that needs it, without a file being
 * read. */
static struct lws_vhost *find_vhost(struct real *real, const struct net_trust *trust)
{
    struct ws *ws = real->ws;
    char name[24];

    for (uint32_t i = 0; i < ws->vhost_count; i++) {
        if (ws->vhosts[i].trust == trust) {
            return ws->vhosts[i].vhost;
        }
    }
    (void)str_format(name, sizeof(name), "net-%u", ws->vhost_count);
    struct lws_context_creation_info info = {
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .vhost_name = name,
        .provided_client_ssl_ctx = trust != NULL ? trust->context : NULL,
        .timeout_secs = BACKSTOP_S,
        .connect_timeout_secs = BACKSTOP_S,
    };
    if (trust == NULL) {
        info.options = 0;
    }
    struct lws_vhost *vhost = lws_create_vhost(ws->context, &info);
    if (vhost != NULL) {
        ws->vhosts[ws->vhost_count].trust = trust;
        ws->vhosts[ws->vhost_count].vhost = vhost;
        ws->vhost_count++;
    }
    return vhost;
}

/* ---- one connection ---- */

void sock_end(struct sock *sock)
{
    if (sock->state != SOCK_FREE && sock->state != SOCK_ENDED) {
        sock->state = SOCK_ENDED;
        sock->wsi = NULL;
        sock->real->ws->ended++;
        wire_clear(&sock->head);
        (void)uv_timer_stop(&sock->watch);
    }
}

static void kill_connection(struct sock *sock)
{
    sock->state = SOCK_CLOSING;
    sock->deadline_mono_ns = net_mono_ns(&sock->real->base) + CLOSE_TIMEOUT_MS * CLOCK_NS_PER_MS;
    if (sock->wsi != NULL) {
        lws_set_timeout(sock->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
        /* The library looks at its time-outs only after an event of its own: make one. */
        lws_cancel_service(sock->real->ws->context);
    }
}

void sock_goodbye(struct sock *sock, uint32_t close_code)
{
    sock->state = SOCK_CLOSING;
    sock->close_code = close_code;
    sock->deadline_mono_ns = net_mono_ns(&sock->real->base) + CLOSE_TIMEOUT_MS * CLOCK_NS_PER_MS;
    (void)lws_callback_on_writable(sock->wsi);
    sock_arm(sock);
}

static int64_t silence_end(const struct sock *sock)
{
    return sock->heard_mono_ns + sock->config.silence_ms * CLOCK_NS_PER_MS;
}

static void on_watch(uv_timer_t *timer)
{
    struct sock *sock = timer->data;
    int64_t now_mono_ns = net_mono_ns(&sock->real->base);

    if (sock->state == SOCK_CONNECTING && now_mono_ns >= sock->deadline_mono_ns) {
        net_text_set(sock->text, "the upgrade was not answered within %u ms",
                     sock->config.open_timeout_ms);
        kill_connection(sock);
    } else if (sock->state == SOCK_CLOSING && now_mono_ns >= sock->deadline_mono_ns) {
        kill_connection(sock);
    } else if (sock->state == SOCK_OPEN && now_mono_ns >= silence_end(sock)) {
        net_text_set(sock->text, "the peer was silent for %u ms", sock->config.silence_ms);
        kill_connection(sock);
    } else if (sock->state == SOCK_OPEN && now_mono_ns >= sock->ping_mono_ns) {
        sock->ping_mono_ns = now_mono_ns + sock->config.ping_every_ms * CLOCK_NS_PER_MS;
        sock->ping_due = true;
        (void)lws_callback_on_writable(sock->wsi);
    }
    sock_arm(sock);
}

void sock_arm(struct sock *sock)
{
    int64_t next_mono_ns = sock->deadline_mono_ns;

    if (sock->state == SOCK_OPEN) {
        next_mono_ns =
            silence_end(sock) < sock->ping_mono_ns ? silence_end(sock) : sock->ping_mono_ns;
    }
    real_arm_timer(sock->real, &sock->watch, on_watch, next_mono_ns);
}

static void set_defaults(struct net_ws_config *config)
{
    config->max_message = config->max_message != 0 ? config->max_message : (size_t)4 << 20;
    config->max_queue = config->max_queue != 0 ? config->max_queue : (size_t)64 << 10;
    config->open_timeout_ms = config->open_timeout_ms != 0 ? config->open_timeout_ms : 10000;
    config->ping_every_ms = config->ping_every_ms != 0 ? config->ping_every_ms : 10000;
    config->silence_ms = config->silence_ms != 0 ? config->silence_ms : 3 * config->ping_every_ms;
}

static int prepare(struct sock *sock, const struct net_ws_config *config)
{
    const struct origin *origin = &sock->real->base.origins[config->origin];
    uint16_t usual_port = origin->tls ? 443 : 80;
    const char *subprotocol = config->subprotocol != NULL ? config->subprotocol : "";

    sock->config = *config;
    set_defaults(&sock->config);
    sock->text[0] = '\0';
    sock->was_open = false;
    sock->ping_due = false;
    sock->peer_code = 0;
    sock->close_code = LWS_CLOSE_STATUS_NORMAL;
    sock->message.len = 0;
    (void)str_format(sock->host, sizeof(sock->host), origin->port == usual_port ? "%s" : "%s:%u",
                     origin->host, origin->port);
    if (str_copy(sock->subprotocol, sizeof(sock->subprotocol), subprotocol) < 0) {
        return error_set(ERR_LIMIT, "a subprotocol as long as that");
    }
    int status = draft_fill(&sock->draft, &config->target, &config->headers, NULL, 16 * 1024);
    if (status == 0) {
        status = draft_render(&sock->draft, &sock->real->base.config, origin->prefix, &sock->head);
    }
    if (status == 0) {
        status = out_init(sock, sock->config.max_queue);
    }
    return status;
}

static void connect_now(struct sock *sock, struct lws_vhost *vhost)
{
    const struct origin *origin = &sock->real->base.origins[sock->config.origin];
    const struct route *route = sock->real->routes[sock->config.origin];
    struct lws_client_connect_info info = {
        .context = sock->real->ws->context,
        .vhost = vhost,
        .address = route->address, /* numeric: nothing is looked up on this thread */
        .port = origin->to_port,
        .ssl_connection =
            (origin->tls ? (int)LCCSCF_USE_SSL : 0) | (int)LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
        .path = sock->head.target,
        .host = sock->host,
        .protocol = sock->subprotocol[0] != '\0' ? sock->subprotocol : NULL,
        .local_protocol_name = protocols[0].name,
        .alpn = "http/1.1",
        .userdata = sock,
        .pwsi = &sock->wsi,
    };

    sock->state = SOCK_CONNECTING;
    sock->deadline_mono_ns =
        net_mono_ns(&sock->real->base) + sock->config.open_timeout_ms * CLOCK_NS_PER_MS;
    sock_arm(sock);
    if (lws_client_connect_via_info(&info) == NULL) {
        if (sock->text[0] == '\0') {
            net_text_set(sock->text, "no connection to %s port %u", route->address,
                         origin->to_port);
        }
        sock_end(sock);
    }
}

static struct sock *find_sock(struct net *net, uint64_t id)
{
    struct ws *ws = real_of(net)->ws;
    uint32_t slot = handle_slot(id);

    return slot < ws->count && ws->socks[slot].id == id ? &ws->socks[slot] : NULL;
}

/* ---- the calls ---- */

int ws_open(struct net *net, const struct net_ws_config *config, uint64_t *ret_socket,
            uint32_t *ret_generation)
{
    struct real *real = real_of(net);
    struct sock *sock = NULL;

    if (!real->routes[config->origin]->resolved) {
        return error_set(NET_ERR_NOT_READY, "the host's name is not resolved yet");
    }
    for (uint32_t i = 0; i < real->ws->count && sock == NULL; i++) {
        sock = real->ws->socks[i].state == SOCK_FREE ? &real->ws->socks[i] : NULL;
    }
    if (sock == NULL) {
        return error_set(ERR_FULL, "%u WebSocket connections are open", real->ws->count);
    }
    struct lws_vhost *vhost = find_vhost(real, net->origins[config->origin].trust);
    if (vhost == NULL) {
        return error_set(ERR_IO, "the WebSocket library has no room");
    }
    int status = prepare(sock, config);
    if (status < 0) {
        wire_clear(&sock->head);
        return status;
    }
    sock->generation = ++net->generation;
    connect_now(sock, vhost);
    *ret_socket = sock->id;
    *ret_generation = sock->generation;
    return 0;
}

int ws_send(struct net *net, uint64_t socket, const struct net_ws_message *message)
{
    struct sock *sock = find_sock(net, socket);

    if (sock == NULL) {
        return error_set(ERR_STALE, "no such WebSocket connection");
    }
    if (sock->state != SOCK_OPEN) {
        return error_set(ERR_WRONG_STATE, "the WebSocket connection is not open");
    }
    int status = out_push(sock, message);
    if (status == 0) {
        (void)lws_callback_on_writable(sock->wsi);
    }
    return status;
}

void ws_close(struct net *net, uint64_t socket, uint32_t close_code)
{
    struct sock *sock = find_sock(net, socket);

    if (sock == NULL || (sock->state != SOCK_OPEN && sock->state != SOCK_CONNECTING)) {
        return;
    }
    net_text_set(sock->text, "closed by us");
    if (sock->state == SOCK_CONNECTING) {
        kill_connection(sock);
        sock_arm(sock);
    } else {
        sock_goodbye(sock, close_code != 0 ? close_code : (uint32_t)LWS_CLOSE_STATUS_NORMAL);
    }
}

/* ---- telling ---- */

bool ws_is_pending(const struct real *real)
{
    return real->ws->ended > 0;
}

static void tell_end(struct sock *sock)
{
    struct net_ws_end end = {
        .socket = sock->id,
        .generation = sock->generation,
        .was_open = sock->was_open,
        .close_code = sock->peer_code,
        .text = sock->text[0] != '\0' ? sock->text : "the connection ended",
    };

    out_drop_all(sock);
    sock->config.on_close(sock->config.ctx, &end);
    sock->id = handle_make(handle_slot(sock->id), handle_generation(sock->id) + 1);
    sock->state = SOCK_FREE;
}

int ws_deliver(struct real *real)
{
    int told = 0;

    for (uint32_t i = 0; i < real->ws->count && real->ws->ended > 0; i++) {
        if (real->ws->socks[i].state == SOCK_ENDED) {
            real->ws->ended--;
            told++;
            tell_end(&real->ws->socks[i]);
        }
    }
    return told;
}

/* ---- the end ---- */

void ws_stop(struct real *real)
{
    struct ws *ws = real->ws;

    if (ws == NULL) {
        return;
    }
    for (uint32_t i = 0; i < ws->count; i++) {
        struct sock *sock = &ws->socks[i];
        if (sock->state == SOCK_CONNECTING || sock->state == SOCK_OPEN) {
            net_text_set(sock->text, "the net was closed");
        }
        sock_end(sock);
        real_close_handle((uv_handle_t *)&sock->watch);
    }
    (void)ws_deliver(real);
    if (ws->context != NULL) {
        lws_context_destroy(ws->context); /* begins; ends when the loop has let go of its handles */
    }
}

/* On a loop that is not its own the library leaves the second half to whoever asks again, except
 * when its last handle to go was a connection's; then it has set the pointer to NULL. */
void ws_finish(struct real *real)
{
    if (real->ws != NULL && real->ws->context != NULL) {
        lws_context_destroy(real->ws->context);
    }
}

void ws_release(struct real *real)
{
    struct ws *ws = real->ws;

    if (ws == NULL) {
        return;
    }
    for (uint32_t i = 0; i < ws->count; i++) {
        struct sock *sock = &ws->socks[i];
        draft_release(&sock->draft);
        wire_release(&sock->head);
        out_release(sock);
        free(sock->message.bytes);
    }
    free(ws->socks);
    free(ws);
    real->ws = NULL;
}
