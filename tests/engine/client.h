/* An HTTP client: one connection, kept, used by one thread.
 *
 * Owner: the test. Thread: the one that made it.
 */
#ifndef TESTS_ENGINE_CLIENT_H
#define TESTS_ENGINE_CLIENT_H

#include <stddef.h>

#include <curl/curl.h>

struct client {
    CURL *curl;
    const char *base;
    const char *token; /* NULL: none */
    const char *ca;    /* NULL: plain HTTP */
    char *body;        /* of the last answer, NUL-terminated */
    size_t len;
};

void client_init(struct client *client, const char *base, const char *token, const char *ca);
void client_release(struct client *client);

/* The status of the answer, 0 when there was none. key: of idempotency, or NULL. */
long client_ask(struct client *client, const char *method, const char *path, const char *key,
                const char *json);
/* Does the last answer contain this? */
int client_says(const struct client *client, const char *text);

#endif
