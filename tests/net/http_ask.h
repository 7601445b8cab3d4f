/* Asking over HTTP in a test: one struct ask is one request and what became of it.
 *
 * Owner: the test program. Thread: main.
 */
#ifndef TESTS_NET_HTTP_ASK_H
#define TESTS_NET_HTTP_ASK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "net/cert.h"
#include "net/check.h"
#include "net/net.h"
#include "net/server.h"

#define TEXT(s)                                                                                    \
    {                                                                                              \
        .segments = (struct net_segment[]){{.bytes = (s), .len = strlen(s)}}, .count = 1           \
    }

enum { PATIENCE_MS = 8000, SECRET = 77 };

struct ask {
    int done;
    int allowed_asked;
    bool refuse;
    size_t pieces;
    size_t piece_bytes;
    struct net_http_result result; /* its pointers are dead; their texts are below */
    char body[65536];
    char headers[4096];
    char text[256];
};

extern int told_inside; /* callbacks that came inside the call that caused them */
extern int warmed;

struct net *ask_net(void);
uint32_t add_origin(struct net *net, const struct server *server, const char *warm);

void on_piece(void *ctx, uint32_t status, const char *bytes, size_t len);

/* As a read that may be repeated, and as an order. */
struct net_http_request get(uint32_t origin, const struct net_text *target, struct ask *ask);
struct net_http_request post(uint32_t origin, const struct net_text *target,
                             const struct net_text *body, struct ask *ask);
int send_it(struct net *net, const struct net_http_request *request, uint64_t *ret_id);

/* Sent and waited for. */
void ask_for(struct net *net, uint32_t origin, const char *path, struct ask *ask);
void order(struct net *net, uint32_t origin, const char *path, struct ask *ask);

void wait_done(struct net *net, const struct ask *ask);
void wait_ms(struct net *net, int ms);
void wait_ready(struct net *net, uint32_t origin, uint32_t count);

#endif
