#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/real.h"

#include "base/banned.h"

/* A connection that ends sooner after its last use than this is not an old one that was tidied away. */
#define EARLY_END_NS (2 * CLOCK_NS_PER_S)

static void on_conn_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static struct conn *find_conn(struct lane *lane, curl_socket_t fd)
{
    struct conn *conn = lane->conns;

    while (conn != NULL && conn->fd != fd) {
        conn = conn->next;
    }
    return conn;
}

curl_socket_t conn_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct lane *lane = ctx;
    struct conn *conn = calloc(1, sizeof(*conn));

    (void)purpose;
    if (conn == NULL) {
        return CURL_SOCKET_BAD;
    }
    conn->fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                      address->protocol);
    if (conn->fd < 0) {
        free(conn);
        return CURL_SOCKET_BAD;
    }
    if (uv_poll_init_socket(&lane->real->loop, &conn->poll, conn->fd) != 0) {
        (void)close(conn->fd);
        free(conn);
        return CURL_SOCKET_BAD;
    }
    conn->poll.data = conn;
    conn->lane = lane;
    conn->next = lane->conns;
    lane->conns = conn;
    return conn->fd;
}

int conn_close(void *ctx, curl_socket_t fd)
{
    struct lane *lane = ctx;
    struct conn *conn = find_conn(lane, fd);

    if (conn != NULL) {
        struct conn **at = &lane->conns;
        while (*at != conn) {
            at = &(*at)->next;
        }
        *at = conn->next;
        (void)uv_poll_stop(&conn->poll);
        uv_close((uv_handle_t *)&conn->poll, on_conn_closed);
    }
    return close(fd);
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* Only when it changes: each call into the loop costs a system call or two, and waiting for an answer and watching an idle
 * connection are the same wish. */
static void poll_for(struct conn *conn, int events)
{
    if (conn->polled == events) {
        return;
    }
    conn->polled = events;
    if (events != 0) {
        (void)uv_poll_start(&conn->poll, events, on_poll);
    } else {
        (void)uv_poll_stop(&conn->poll);
    }
}

/* The peer ended an idle connection, or said something nobody asked for. libcurl would see only a
 * plain end: of a TLS goodbye it takes the record for life and sends the next request into a dead
 * connection, which for an order is doubt. So what came is thrown away and both directions are
 * shut; then libcurl sees the end. */
static void end_idle(struct conn *conn)
{
    struct lane *lane = conn->lane;
    char waste[1024];

    poll_for(conn, 0);
    conn->dead = true;
    (void)shutdown(conn->fd, SHUT_RDWR);
    for (int i = 0; i < 1024 && recv(conn->fd, waste, sizeof(waste), MSG_DONTWAIT) > 0; i++) {
    }
    /* One early end is taken for chance and repaired at once; a peer that does it again and again is not hammered. */
    bool is_early = net_mono_ns(&lane->real->base) - conn->used_mono_ns < EARLY_END_NS;
    lane->early_ends = is_early ? lane->early_ends : 0;
    lane_warm_after(lane, lane_retry_ms(lane->early_ends));
    lane->early_ends += is_early ? 1 : 0;
}

static bool is_silent(const struct conn *conn)
{
    char byte;

    return recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct conn *conn = poll->data;
    struct lane *lane = conn->lane;
    int flags = 0;

    if (status < 0) {
        conn->polled = 0; /* the loop has stopped watching by itself */
    }
    if (conn->wanted == 0 && lane->active != NULL) {
        poll_for(conn, 0); /* paused: asked for again when it goes on */
        return;
    }
    if (conn->wanted == 0) {
        end_idle(conn);
        return;
    }
    flags |= (events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0;
    flags |= (events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0;
    flags |= status < 0 ? CURL_CSELECT_ERR : 0;
    lane_run_curl(lane, conn->fd, flags);
    real_drain(lane->real);
}

int conn_want(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
    struct lane *lane = ctx;
    struct conn *conn = find_conn(lane, fd);

    (void)easy;
    (void)unused;
    if (conn == NULL) {
        return 0;
    }
    conn->wanted = 0;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) {
        conn->wanted |= UV_READABLE;
    }
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) {
        conn->wanted |= UV_WRITABLE;
    }
    if (conn->wanted != 0) {
        poll_for(conn, conn->wanted);
    }
    return 0;
}

void conn_watch_idle(struct conn *conn)
{
    if (conn->wanted == 0 && !conn->dead) {
        poll_for(conn, UV_READABLE);
    }
}

bool conn_is_quiet(struct conn *conn)
{
    if (!is_silent(conn)) {
        end_idle(conn);
        return false;
    }
    return true;
}
