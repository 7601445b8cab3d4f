#include "net/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/server_ws.h"

enum { MAX_CONNS = 256, MAX_LOG = 1024, HEAD_SIZE = 16384 };

struct server {
    enum server_mode mode;
    SSL_CTX *tls;
    int fd;
    uint16_t port;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_t threads[MAX_CONNS];
    int fds[MAX_CONNS];
    int count;
    atomic_bool stopping;
    char paths[MAX_LOG][64];
    int path_count;
    char head[HEAD_SIZE];
};

struct visit {
    struct server *server;
    struct peer peer;
    int served;
    char head[HEAD_SIZE];
    char body[HEAD_SIZE];
    size_t body_len;
    char path[256];
};

/* ---- bytes ---- */

int peer_read(struct peer *peer, void *bytes, size_t len)
{
    if (peer->ssl != NULL) {
        return SSL_read(peer->ssl, bytes, (int)len);
    }
    return (int)recv(peer->fd, bytes, len, 0);
}

bool peer_write(struct peer *peer, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        int n = peer->ssl != NULL ? SSL_write(peer->ssl, at, (int)len)
                                  : (int)send(peer->fd, at, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static bool say(struct peer *peer, const char *text)
{
    return peer_write(peer, text, strlen(text));
}

bool peer_wait(struct server *server, uint32_t ms)
{
    for (uint32_t waited = 0; waited < ms; waited += 5) {
        if (atomic_load(&server->stopping)) {
            return false;
        }
        (void)poll(NULL, 0, 5);
    }
    return true;
}

/* ---- one request ---- */

static size_t header_number(const char *head, const char *name)
{
    const char *at = strcasestr(head, name);

    return at != NULL ? strtoul(at + strlen(name), NULL, 10) : 0;
}

static bool read_request(struct visit *visit)
{
    size_t len = 0;
    char *end = NULL;

    while (end == NULL) {
        int n = len + 1 < HEAD_SIZE
                    ? peer_read(&visit->peer, visit->head + len, HEAD_SIZE - 1 - len)
                    : 0;
        if (n <= 0) {
            return false;
        }
        len += (size_t)n;
        visit->head[len] = '\0';
        end = strstr(visit->head, "\r\n\r\n");
    }
    size_t wanted = header_number(visit->head, "\r\nContent-Length:");
    size_t head_len = (size_t)(end + 4 - visit->head);
    visit->body_len = len - head_len;
    memcpy(visit->body, visit->head + head_len, visit->body_len);
    *(end + 2) = '\0';
    while (visit->body_len < wanted && visit->body_len < HEAD_SIZE - 1) {
        int n = peer_read(&visit->peer, visit->body + visit->body_len, wanted - visit->body_len);
        if (n <= 0) {
            return false;
        }
        visit->body_len += (size_t)n;
    }
    visit->body[visit->body_len] = '\0';
    return sscanf(visit->head, "%*15s %255s", visit->path) == 1;
}

static void note(struct visit *visit)
{
    struct server *server = visit->server;

    pthread_mutex_lock(&server->lock);
    if (server->path_count < MAX_LOG) {
        (void)snprintf(server->paths[server->path_count], sizeof(server->paths[0]), "%.63s",
                       visit->path);
        server->path_count++;
    }
    (void)snprintf(server->head, sizeof(server->head), "%s", visit->head);
    pthread_mutex_unlock(&server->lock);
}

static bool answer_ok(struct visit *visit)
{
    char text[HEAD_SIZE + 256];

    (void)snprintf(text, sizeof(text),
                   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Used:  7 \r\nX-Body: %s\r\n\r\nok",
                   visit->body);
    return say(&visit->peer, text);
}

static bool answer_huge(struct visit *visit, size_t len)
{
    char text[128];
    char block[4096];

    memset(block, 'h', sizeof(block));
    (void)snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", len);
    if (!say(&visit->peer, text)) {
        return false;
    }
    while (len > 0) {
        size_t n = len < sizeof(block) ? len : sizeof(block);
        if (!peer_write(&visit->peer, block, n)) {
            return false;
        }
        len -= n;
    }
    return true;
}

static bool is_path(const struct visit *visit, const char *path)
{
    return strcmp(visit->path, path) == 0;
}

/* The paths that end the connection. False: none of them. */
static bool misbehave(struct visit *visit)
{
    struct peer *peer = &visit->peer;

    if (is_path(visit, "/drop") || (is_path(visit, "/drop-reused") && visit->served > 0)) {
        return true;
    }
    if (is_path(visit, "/half")) {
        (void)say(peer, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
        return true;
    }
    if (is_path(visit, "/mid")) {
        (void)say(peer, "HTTP/1.1 200 OK\r\nContent-Le");
        return true;
    }
    if (is_path(visit, "/nolength")) {
        (void)say(peer, "HTTP/1.1 200 OK\r\n\r\nuntil the end");
        return true;
    }
    if (is_path(visit, "/hang")) {
        (void)peer_wait(visit->server, 60000);
        return true;
    }
    if (is_path(visit, "/bye")) {
        (void)answer_ok(visit);
        (void)peer_wait(visit->server, 60);
        return true;
    }
    return false;
}

/* False: the connection is over. */
static bool serve(struct visit *visit)
{
    struct peer *peer = &visit->peer;

    if (misbehave(visit)) {
        return false;
    }
    if (strncmp(visit->path, "/ws/", 4) == 0) {
        server_ws(visit->server, peer, visit->path, visit->head);
        return false;
    }
    if (strncmp(visit->path, "/delay/", 7) == 0) {
        return peer_wait(visit->server, (uint32_t)strtoul(visit->path + 7, NULL, 10)) &&
               answer_ok(visit);
    }
    if (strncmp(visit->path, "/huge/", 6) == 0) {
        return answer_huge(visit, strtoul(visit->path + 6, NULL, 10));
    }
    if (is_path(visit, "/chunked")) {
        return say(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "3\r\none\r\n4\r\n-two\r\n6\r\n-three\r\n0\r\n\r\n");
    }
    if (is_path(visit, "/interim") && !say(peer, "HTTP/1.1 100 Continue\r\n\r\n")) {
        return false;
    }
    return answer_ok(visit);
}

static void *visit_thread(void *ctx)
{
    struct visit *visit = ctx;
    struct server *server = visit->server;
    bool go_on = true;

    if (server->mode == SERVER_MUTE) {
        (void)peer_wait(server, 60000);
        go_on = false;
    } else if (server->mode == SERVER_TLS) {
        visit->peer.ssl = SSL_new(server->tls);
        (void)SSL_set_fd(visit->peer.ssl, visit->peer.fd);
        go_on = SSL_accept(visit->peer.ssl) == 1;
    }
    while (go_on && read_request(visit)) {
        note(visit);
        go_on = serve(visit);
        visit->served++;
    }
    if (visit->peer.ssl != NULL) {
        (void)SSL_shutdown(visit->peer.ssl);
        SSL_free(visit->peer.ssl);
    }
    /* Closed by server_stop, so that no number is used twice; the peer sees the end now. */
    (void)shutdown(visit->peer.fd, SHUT_RDWR);
    free(visit);
    return NULL;
}

static void *accept_thread(void *ctx)
{
    struct server *server = ctx;

    for (;;) {
        int fd = accept(server->fd, NULL, NULL);
        if (fd < 0 || atomic_load(&server->stopping) || server->count == MAX_CONNS) {
            if (fd >= 0) {
                (void)close(fd);
            }
            return NULL;
        }
        struct visit *visit = calloc(1, sizeof(*visit));
        visit->server = server;
        visit->peer.fd = fd;
        pthread_mutex_lock(&server->lock);
        server->fds[server->count] = fd;
        (void)pthread_create(&server->threads[server->count], NULL, visit_thread, visit);
        server->count++;
        pthread_mutex_unlock(&server->lock);
    }
}

/* ---- life ---- */

struct server *server_start(enum server_mode mode, SSL_CTX *tls)
{
    struct server *server = calloc(1, sizeof(*server));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    server->mode = mode;
    server->tls = tls;
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)pthread_mutex_init(&server->lock, NULL);
    if (bind(server->fd, (struct sockaddr *)&address, len) != 0 || listen(server->fd, 64) != 0 ||
        getsockname(server->fd, (struct sockaddr *)&address, &len) != 0) {
        abort();
    }
    server->port = ntohs(address.sin_port);
    (void)pthread_create(&server->thread, NULL, accept_thread, server);
    return server;
}

struct server *server_stop(struct server *server)
{
    atomic_store(&server->stopping, true);
    (void)shutdown(server->fd, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    for (int i = 0; i < server->count; i++) {
        (void)shutdown(server->fds[i], SHUT_RDWR);
        (void)pthread_join(server->threads[i], NULL);
        (void)close(server->fds[i]);
    }
    (void)close(server->fd);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
    return NULL;
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

int server_requests(struct server *server, const char *path)
{
    int count = 0;

    pthread_mutex_lock(&server->lock);
    for (int i = 0; i < server->path_count; i++) {
        count += strncmp(server->paths[i], path, strlen(path)) == 0 ? 1 : 0;
    }
    pthread_mutex_unlock(&server->lock);
    return count;
}

int server_connections(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    int count = server->count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

const char *server_last_head(struct server *server)
{
    static char head[HEAD_SIZE];

    pthread_mutex_lock(&server->lock);
    memcpy(head, server->head, sizeof(head));
    pthread_mutex_unlock(&server->lock);
    return head;
}
