/* What an adapter filled in, compared with what it declared and with what it was asked for: promise 1.
 *
 * These checks catch mistakes and shortcuts. A plugin runs in this process; one that means harm is not stopped by them, which is
 * why plugins are pinned, owned and reviewed (docs/architecture.md).
 */
#include <string.h>

#include "base/error.h"
#include "plugin/exchange_impl.h"

static const char *const class_names[] = {"?", "public", "read", "trade", "cancel"};

static const char *class_name(uint32_t class_)
{
    return class_ <= SOFIA_CLASS_CANCEL ? class_names[class_] : "?";
}

static bool segments_are_inside(const struct sofia_request *request)
{
    if (request->segment_count > SOFIA_REQUEST_SEGMENTS || request->used > SOFIA_REQUEST_BYTES) {
        return false;
    }
    for (uint32_t i = 0; i < request->segment_count; i++) {
        const struct sofia_segment *s = &request->segments[i];
        bool part = s->part >= SOFIA_PART_QUERY && s->part <= SOFIA_PART_BODY;
        if (!part || s->offset > request->used || s->len > request->used - s->offset) {
            return false;
        }
    }
    return true;
}

/* A query or a header that brings its own line ends could become another request. */
static bool is_clean(const struct sofia_request *request)
{
    for (uint32_t i = 0; i < request->segment_count; i++) {
        const struct sofia_segment *s = &request->segments[i];
        for (uint32_t j = 0; s->part != SOFIA_PART_BODY && j < s->len; j++) {
            unsigned char c = (unsigned char)request->bytes[s->offset + j];
            bool blank = s->part == SOFIA_PART_HEADER && (c == ' ' || c == '\n');
            if ((c <= ' ' && !blank) || c >= 0x7f) {
                return false;
            }
        }
    }
    return true;
}

static bool has_part(const struct sofia_request *request, uint32_t part)
{
    for (uint32_t i = 0; i < request->segment_count; i++) {
        if (request->segments[i].part == part &&
            (request->segments[i].len > 0 || request->segments[i].secret != 0)) {
            return true;
        }
    }
    return false;
}

static bool contains(const char *bytes, size_t len, const char *word)
{
    size_t n = strlen(word);
    return n > 0 && len >= n && memmem(bytes, len, word, n) != NULL;
}

/* A message, on a stream or to the adapter itself, must name the operation it was declared as, and none of a class it was not asked for. */
static bool names_its_operation(const struct exchange *x, const struct sofia_request *request,
                                const struct sofia_endpoint *endpoint, uint32_t class_)
{
    if (!contains(request->bytes, request->used, endpoint->path) ||
        contains(request->bytes, request->used, "\\u00")) {
        return false; /* plain letters have no reason to be written as escapes */
    }
    for (uint32_t i = 0; i < x->desc->endpoint_count; i++) {
        const struct sofia_endpoint *other = &x->desc->endpoints[i];
        if (other->class_ >= SOFIA_CLASS_TRADE && other->class_ != class_ &&
            strcmp(other->method, endpoint->method) == 0 &&
            contains(request->bytes, request->used, other->path)) {
            return false;
        }
    }
    return true;
}

/* A local request comes back to the adapter as it is: all of it is body, and no secret is in it. */
static bool is_all_body(const struct sofia_request *request)
{
    for (uint32_t i = 0; i < request->segment_count; i++) {
        if (request->segments[i].part != SOFIA_PART_BODY || request->segments[i].secret != 0) {
            return false;
        }
    }
    return has_part(request, SOFIA_PART_BODY);
}

static int outlaw(struct exchange *x, const struct sofia_endpoint *endpoint, uint32_t class_,
                  const char *what)
{
    instance_quarantine(
        &x->instance,
        "tried to send %s %s outside the order path: %s (asked for class %s, endpoint is %s)",
        endpoint->method, endpoint->path, what, class_name(class_), class_name(endpoint->class_));
    return error_set(ERR_DENIED, "%s", x->instance.why);
}

int exchange_check_request(struct exchange *x, const struct sofia_request *request, uint32_t class_)
{
    if (request->endpoint >= x->desc->endpoint_count || !segments_are_inside(request)) {
        return error_set(EXCHANGE_ERR_ENCODE, "%s: malformed request (endpoint %u, %u segments)",
                         x->instance.name, request->endpoint, request->segment_count);
    }
    const struct sofia_endpoint *endpoint = &x->desc->endpoints[request->endpoint];
    if (!is_clean(request)) {
        return outlaw(x, endpoint, class_, "line ends or control characters in query or header");
    }
    bool question = class_ == SOFIA_CLASS_READ && endpoint->class_ <= SOFIA_CLASS_READ;
    if (endpoint->class_ != class_ && !question) {
        return outlaw(x, endpoint, class_, "the class was not asked for");
    }
    if (exchange_is_local(endpoint) && !is_all_body(request)) {
        return error_set(EXCHANGE_ERR_ENCODE, "%s: LOCAL %s must be a body without secrets",
                         x->instance.name, endpoint->path);
    }
    if (strcmp(endpoint->method, "WS") == 0 || exchange_is_local(endpoint)) {
        return names_its_operation(x, request, endpoint, class_)
                   ? 0
                   : outlaw(x, endpoint, class_, "the message does not match the endpoint");
    }
    bool get = strcmp(endpoint->method, "GET") == 0;
    if (endpoint->class_ <= SOFIA_CLASS_READ && !get &&
        (endpoint->flags & SOFIA_ENDPOINT_RESEND_SAFE) == 0) {
        return outlaw(x, endpoint, class_, "a question that changes something");
    }
    if ((endpoint->flags & SOFIA_ENDPOINT_RESEND_SAFE) == 0 &&
        !has_part(request, SOFIA_PART_BODY)) {
        return error_set(EXCHANGE_ERR_ENCODE, "%s: %s %s is not resend-safe and has no body",
                         x->instance.name, endpoint->method, endpoint->path);
    }
    return 0;
}
