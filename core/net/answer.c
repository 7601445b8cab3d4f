#include <stdlib.h>
#include <string.h>

#include "net/real.h"

#include "base/banned.h"

static bool add(struct blob *blob, const char *bytes, size_t len)
{
    size_t wanted = blob->len + len + 1;

    if (wanted > blob->cap) {
        size_t cap = blob->cap < 4096 ? 4096 : blob->cap;
        while (cap < wanted) {
            cap *= 2;
        }
        char *grown = realloc(blob->bytes, cap);
        if (grown == NULL) {
            return false;
        }
        blob->bytes = grown;
        blob->cap = cap;
    }
    memcpy(blob->bytes + blob->len, bytes, len);
    blob->len += len;
    blob->bytes[blob->len] = '\0';
    return true;
}

/* "HTTP/1.1 200 OK". A new one begins anew: what came before was an interim answer (1xx). */
static bool take_status_line(struct request *request, const char *line, size_t len)
{
    if (len < 12 || memcmp(line, "HTTP/", 5) != 0) {
        return false;
    }
    const char *space = memchr(line, ' ', len);
    if (space == NULL || line + len - space < 4) {
        return false;
    }
    uint32_t status = 0;
    for (int i = 1; i <= 3; i++) {
        if (space[i] < '0' || space[i] > '9') {
            return false;
        }
        status = status * 10 + (uint32_t)(space[i] - '0');
    }
    request->status = status;
    request->headers.len = 0;
    return true;
}

size_t answer_on_header(char *bytes, size_t size, size_t count, void *ctx)
{
    struct lane *lane = ctx;
    struct request *request = lane->active;
    size_t len = size * count;

    if (request == NULL || request->abandoned) {
        return 0;
    }
    if (take_status_line(request, bytes, len)) {
        return len;
    }
    if (len <= 2) {
        return len; /* the empty line */
    }
    if (len > REQUEST_HEADERS - request->headers.len) {
        request->too_large = true;
        return 0;
    }
    return add(&request->headers, bytes, len) ? len : 0;
}

size_t answer_on_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct lane *lane = ctx;
    struct request *request = lane->active;
    size_t len = size * count;

    if (request == NULL || request->abandoned) {
        return 0;
    }
    if (len > request->asked.max_body - request->body_seen) {
        request->too_large = true;
        return 0;
    }
    if (request->asked.on_piece == NULL) {
        request->body_seen += len;
        return add(&request->body, bytes, len) ? len : 0;
    }
    if (lane->real->kicking) {
        /* The owner is inside net_http_send: it gets its pieces from the loop. */
        lane->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    request->body_seen += len;
    lane->real->base.dirty = true;
    request->asked.on_piece(request->asked.ctx, request->status, bytes, len);
    return request->abandoned ? 0 : len;
}

/* Without a length or chunks the end of an answer is the end of the connection, and nobody can say
 * whether it was cut. */
bool answer_end_is_proven(const struct request *request)
{
    const char *value = NULL;
    size_t len = 0;

    return request->status == 204 || request->status == 304 ||
           net_header(request->headers.bytes, request->headers.len, "content-length", &value,
                      &len) ||
           net_header(request->headers.bytes, request->headers.len, "transfer-encoding", &value,
                      &len);
}
