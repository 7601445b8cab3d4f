/* The WebSocket half of the test server: RFC 6455 by hand. Inside server.c only.
 *
 * Owner: a visit. Thread: its.
 */
#ifndef TESTS_NET_SERVER_WS_H
#define TESTS_NET_SERVER_WS_H

#include <stddef.h>

#include "net/server.h"

struct peer {
    int fd;
    SSL *ssl;
};

int peer_read(struct peer *peer, void *bytes, size_t len);
bool peer_write(struct peer *peer, const void *bytes, size_t len);
bool peer_wait(struct server *server, uint32_t ms); /* false: the server stops */

/* Until the connection is over. */
void server_ws(struct server *server, struct peer *peer, const char *path, const char *head);

#endif
