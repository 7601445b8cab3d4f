/* A server that misbehaves on request. Threads with blocking sockets, written without the libraries
 * under test.
 *
 * What it does is named by the path:
 *
 *     /ok          200, "ok", a header X-Used: 7; repeats the request's body in X-Body
 *     /delay/MS    the same after MS milliseconds
 *     /drop        reads the request, closes without a word
 *     /drop-reused the same, but only when the connection has served before; else as /ok
 *     /half        announces 100 bytes, sends 10, closes
 *     /mid         closes in the middle of a header
 *     /huge/N      N bytes
 *     /nolength    a body that ends with the connection
 *     /chunked     three chunks
 *     /interim     100 Continue, then as /ok
 *     /hang        never answers
 *     /bye         as /ok; a little later the server closes the idle connection
 *     /ws/echo     WebSocket: text and binary come back; "close" closes with 1001, "cut" breaks off in the middle of a frame
 *     /ws/parts    one text of 3 x 10000 bytes in three frames with a ping between them, then "pong seen"
 *     /ws/big      one text of 300000 bytes
 *     /ws/mute     upgrades, then neither reads nor writes
 *     /ws/refuse   403
 *
 * Owner: the test. Thread: functions any.
 */
#ifndef TESTS_NET_SERVER_H
#define TESTS_NET_SERVER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

struct server;

enum server_mode {
    SERVER_MODE_INVALID = 0,
    SERVER_PLAIN = 1,
    SERVER_TLS = 2,
    SERVER_MUTE = 3, /* accepts and says nothing: no TLS, no answer */
    SERVER_MODE_COUNT
};

struct server *server_start(enum server_mode mode, SSL_CTX *tls);
struct server *server_stop(struct server *server);

uint16_t server_port(const struct server *server);
int server_requests(struct server *server, const char *path); /* that began with this path */
int server_connections(struct server *server);
const char *
server_last_head(struct server *server); /* of the latest request, whole; valid until the next */

#endif
