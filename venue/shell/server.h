/* The socket side of sofia-venue: one libwebsockets loop that carries TLS and bytes, nothing else.
 * Owner: main. Thread: main. */
#ifndef SOFIA_VENUE_SHELL_SERVER_H
#define SOFIA_VENUE_SHELL_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "../venue.h"

struct server;

/* Listens on 127.0.0.1:port (0: any). NULL after a sentence on stderr. */
struct server *server_new(struct venue *v, const char *dir, unsigned port, bool plain);
struct server *server_free(struct server *s);
unsigned server_port(const struct server *s);

/* Runs until server_stop. */
void server_run(struct server *s);

/* Safe in a signal handler. */
void server_stop(struct server *s);

/* The clock of the program: wall time at start, advanced by the monotonic clock, so that it never goes back. */
int64_t server_now_ns(void);

#endif
