#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../core/table.h"
#include "codec.h"

#define OUT_MAX (16u << 20) /* a reader that lets so much pile up is dropped */
#define WRITE_MAX 65536u

struct session {
    uint64_t id;
    struct lws *wsi;
    struct vn_text in;
    struct vn_text out;
    size_t sent;
    bool websocket;
    bool busy; /* an HTTP request is unanswered */
    bool keep_alive;
    bool closing;           /* close when out is sent */
    bool dead;              /* close now */
    struct vn_text message; /* fragments of a WebSocket message */
    uint32_t message_opcode;
};

struct server {
    struct venue *v;
    struct lws_context *context;
    struct lws_vhost *vhost;
    int listen_fd;
    unsigned port;
    uint64_t next_id;
    struct vn_table sessions; /* id -> struct session */
    lws_sorted_usec_list_t timer;
    volatile sig_atomic_t stop;
};

int64_t server_now_ns(void)
{
    static int64_t base_ns;
    struct timespec mono;
    clock_gettime(CLOCK_MONOTONIC, &mono);
    int64_t mono_ns = (int64_t)mono.tv_sec * 1000000000 + mono.tv_nsec;
    if (base_ns == 0) {
        struct timespec wall;
        clock_gettime(CLOCK_REALTIME, &wall);
        base_ns = (int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec - mono_ns;
    }
    return base_ns + mono_ns;
}

/* ---- output ---- */

static void wants_write(struct session *session)
{
    lws_callback_on_writable(session->wsi);
}

static void deliver(struct server *s, const struct venue_output *out)
{
    struct session *session = vn_table_get(&s->sessions, out->conn);
    if (session == NULL || session->dead) {
        return;
    }
    if (out->kind == VENUE_OUT_CLOSE) {
        session->dead = true;
        vn_text_clear(&session->out);
        session->sent = 0;
    } else if (out->kind == VENUE_OUT_HTTP) {
        bool whole = out->send_len == out->body_len;
        codec_reply(&session->out, out, session->keep_alive && whole);
        session->busy = false;
        session->closing = !session->keep_alive || !whole;
    } else if (out->opcode == VENUE_WS_CLOSE) {
        codec_close_write(&session->out, out->close_code, out->body, out->body_len);
        session->closing = true;
    } else {
        codec_frame_write(&session->out, out->opcode, out->body, out->body_len);
        session->out.len -= out->body_len - out->send_len;
        session->closing = out->send_len < out->body_len; /* broken off within the frame */
    }
    if (session->out.len - session->sent > OUT_MAX) {
        session->dead = true;
    }
    wants_write(session);
}

static void on_timer(lws_sorted_usec_list_t *timer);

/* Steps the venue, hands out what is due, comes back when more is. */
static void pump(struct server *s)
{
    int64_t now_ns = server_now_ns();
    struct venue_output out;
    venue_step(s->v, now_ns);
    while (venue_poll(s->v, now_ns, &out)) {
        deliver(s, &out);
    }
    int64_t due_ns = venue_next_due_ns(s->v);
    int64_t wait_us = due_ns == INT64_MAX ? 3600000000 : (due_ns - now_ns) / 1000 + 1;
    lws_sul_schedule(s->context, 0, &s->timer, on_timer, wait_us < 1 ? 1 : wait_us);
}

static void on_timer(lws_sorted_usec_list_t *timer)
{
    pump(lws_container_of(timer, struct server, timer));
}

/* ---- input ---- */

static void consume(struct session *session, size_t used)
{
    session->in.len -= used;
    memmove(session->in.data, session->in.data + used, session->in.len);
}

static void refuse(struct session *session, unsigned status, const char *text)
{
    codec_reply_plain(&session->out, status, text);
    session->closing = true;
    wants_write(session);
}

static void upgrade(struct server *s, struct session *session, const struct codec_request *r)
{
    int status = venue_ws_open(s->v, server_now_ns(), session->id, r->request.target);
    if (status < 0) {
        refuse(session, status == VENUE_EREFUSED ? 404 : 400, venue_error(s->v));
        return;
    }
    codec_upgrade(&session->out, r->ws_key);
    session->websocket = true;
    wants_write(session);
}

/* True if a whole request was taken. */
static bool take_request(struct server *s, struct session *session)
{
    struct codec_request r;
    vn_text_add_n(&session->in, "", 1); /* room for the NUL the reader sets */
    session->in.len--;
    int status = codec_request_read(session->in.data, session->in.len, &r);
    if (status == CODEC_MORE) {
        return false;
    }
    if (status == CODEC_BROKEN) {
        refuse(session, 400, "Bad Request");
        return false;
    }
    if (r.upgrade) {
        upgrade(s, session, &r);
    } else {
        session->busy = true;
        session->keep_alive = r.keep_alive;
        r.request.headers = r.headers;
        r.request.conn = session->id;
        venue_http(s->v, server_now_ns(), &r.request);
    }
    consume(session, r.used);
    codec_request_release(&r);
    return true;
}

static void take_message(struct server *s, struct session *session, const struct codec_frame *f)
{
    if (f->opcode >= 8) {
        venue_ws_recv(s->v, server_now_ns(), session->id, f->opcode, f->payload, f->len);
        return;
    }
    bool first = f->opcode != 0;
    if (first) {
        vn_text_clear(&session->message);
        session->message_opcode = f->opcode;
    }
    if (session->message.len + f->len > CODEC_BODY_MAX || session->message_opcode == 0) {
        session->dead = true;
        return;
    }
    vn_text_add_n(&session->message, f->payload, f->len);
    if (f->last) {
        venue_ws_recv(s->v, server_now_ns(), session->id, session->message_opcode,
                      session->message.data, session->message.len);
        session->message_opcode = 0;
    }
}

static bool take_frame(struct server *s, struct session *session)
{
    struct codec_frame f;
    int status =
        session->in.len == 0 ? CODEC_MORE : codec_frame_read(session->in.data, session->in.len, &f);
    if (status == CODEC_READY) {
        take_message(s, session, &f);
        consume(session, f.used);
    } else if (status == CODEC_BROKEN) {
        session->dead = true;
    }
    return status == CODEC_READY;
}

static void digest(struct server *s, struct session *session)
{
    while (!session->closing && !session->dead && session->in.len > 0) {
        if (session->websocket) {
            if (!take_frame(s, session)) {
                return;
            }
        } else if (session->busy || !take_request(s, session)) {
            return;
        }
    }
}

/* ---- libwebsockets ---- */

static int on_writable(struct server *s, struct session *session)
{
    if (session->dead) {
        return -1;
    }
    size_t left = session->out.len - session->sent;
    if (left > 0) {
        size_t n = left < WRITE_MAX ? left : WRITE_MAX;
        unsigned char buf[LWS_PRE + WRITE_MAX];
        memcpy(buf + LWS_PRE, session->out.data + session->sent, n);
        if (lws_write(session->wsi, buf + LWS_PRE, n, LWS_WRITE_RAW) < 0) {
            return -1;
        }
        session->sent += n;
        left -= n;
    }
    if (left > 0) {
        wants_write(session);
        return 0;
    }
    vn_text_clear(&session->out);
    session->sent = 0;
    if (session->closing) {
        if (lws_partial_buffered(session->wsi)) {
            wants_write(session);
            return 0;
        }
        return -1;
    }
    if (session->in.len > 0 && !session->busy) { /* a request that waited behind the answered one */
        digest(s, session);
        pump(s);
    }
    return 0;
}

static void open_session(struct server *s, struct lws *wsi, struct session *session)
{
    memset(session, 0, sizeof(*session));
    session->wsi = wsi;
    session->id = ++s->next_id;
    session->keep_alive = true;
    vn_table_put(&s->sessions, session->id, session);
    int one = 1;
    setsockopt(lws_get_socket_fd(wsi), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void close_session(struct server *s, struct session *session)
{
    if (session->id == 0) {
        return;
    }
    if (session->websocket) {
        venue_ws_closed(s->v, server_now_ns(), session->id);
    }
    vn_table_remove(&s->sessions, session->id);
    vn_text_release(&session->in);
    vn_text_release(&session->out);
    vn_text_release(&session->message);
    session->id = 0;
}

static int on_connection(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                         size_t len)
{
    struct server *s = lws_context_user(lws_get_context(wsi));
    struct session *session = user;
    switch ((int)reason) {
    case LWS_CALLBACK_RAW_ADOPT:
        open_session(s, wsi, session);
        return 0;
    case LWS_CALLBACK_RAW_RX:
        if (session->in.len + len > 2 * (size_t)CODEC_BODY_MAX + CODEC_HEAD_MAX) {
            return -1;
        }
        lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0); /* adoption left one running */
        vn_text_add_n(&session->in, in, len);
        digest(s, session);
        pump(s);
        return session->dead ? -1 : 0;
    case LWS_CALLBACK_RAW_WRITEABLE:
        return on_writable(s, session);
    case LWS_CALLBACK_RAW_CLOSE:
        close_session(s, session);
        return 0;
    default:
        return 0;
    }
}

static int on_listen(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len)
{
    (void)user;
    (void)in;
    (void)len;
    struct server *s = lws_context_user(lws_get_context(wsi));
    if ((int)reason != LWS_CALLBACK_RAW_RX_FILE) {
        return 0;
    }
    for (;;) {
        int fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return 0;
        }
        lws_sock_file_fd_type type = {.sockfd = fd};
        lws_adopt_descriptor_vhost(s->vhost, LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL, type, "venue",
                                   NULL);
    }
}

static const struct lws_protocols protocols[] = {
    {"venue", on_connection, sizeof(struct session), 65536, 0, NULL, 0},
    {"listen", on_listen, 0, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

static int listen_on(struct server *s, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof(address);
    int one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->listen_fd < 0 ||
        setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
        bind(s->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(s->listen_fd, 256) < 0 ||
        getsockname(s->listen_fd, (struct sockaddr *)&address, &size) < 0) {
        fprintf(stderr, "sofia-venue: cannot listen on 127.0.0.1:%u: %s\n", port, strerror(errno));
        return -1;
    }
    s->port = ntohs(address.sin_port);
    return 0;
}

static int make_context(struct server *s, const char *dir, bool plain)
{
    char cert[4096];
    char key[4096];
    struct lws_context_creation_info info = {0};
    lws_set_log_level(LLL_ERR, NULL);
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.protocols = protocols;
    info.user = s;
    info.vhost_name = "venue";
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DISABLE_IPV6;
    info.pt_serv_buf_size = 65536;
    info.timeout_secs = 3;
    if (!plain) {
        if (snprintf(cert, sizeof(cert), "%s/server.pem", dir) >= (int)sizeof(cert) ||
            snprintf(key, sizeof(key), "%s/server.key", dir) >= (int)sizeof(key)) {
            return -1;
        }
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = cert;
        info.ssl_private_key_filepath = key;
        info.alpn = "http/1.1"; /* the default offers h2 as well */
    }
    s->context = lws_create_context(&info);
    s->vhost = s->context == NULL ? NULL : lws_create_vhost(s->context, &info);
    if (s->vhost == NULL) {
        fprintf(stderr, "sofia-venue: libwebsockets refuses its configuration\n");
        return -1;
    }
    lws_sock_file_fd_type type = {.filefd = s->listen_fd};
    return lws_adopt_descriptor_vhost(s->vhost, LWS_ADOPT_RAW_FILE_DESC, type, "listen", NULL) ==
                   NULL
               ? -1
               : 0;
}

struct server *server_new(struct venue *v, const char *dir, unsigned port, bool plain)
{
    struct server *s = vn_alloc(sizeof(*s));
    s->v = v;
    s->listen_fd = -1;
    if (listen_on(s, port) < 0 || make_context(s, dir, plain) < 0) {
        return server_free(s);
    }
    return s;
}

struct server *server_free(struct server *s)
{
    if (s == NULL) {
        return NULL;
    }
    if (s->context != NULL) {
        lws_context_destroy(s->context); /* closes the listening socket too */
    } else if (s->listen_fd >= 0) {
        close(s->listen_fd);
    }
    vn_table_release(&s->sessions);
    free(s);
    return NULL;
}

unsigned server_port(const struct server *s)
{
    return s->port;
}

void server_run(struct server *s)
{
    pump(s);
    while (!s->stop && lws_service(s->context, 0) >= 0) {
    }
    lws_sul_cancel(&s->timer);
}

void server_stop(struct server *s)
{
    s->stop = 1;
    lws_cancel_service(s->context);
}
