#include <sofia/kit/request.h>

#include <string.h>

#include <sofia/kit/decimal.h>

void sofia_request_open(struct sofia_request_writer *w, struct sofia_request *request,
                        uint32_t endpoint)
{
    w->request = request;
    w->status = SOFIA_OK;
    /* Not the bytes: nothing reads beyond `used`, and clearing 2 kB per order is not free. */
    memset(request, 0, offsetof(struct sofia_request, segments));
    request->size = sizeof(*request);
    request->endpoint = endpoint;
}

int sofia_request_close(struct sofia_request_writer *w)
{
    if (w->status != SOFIA_OK) {
        w->request->segment_count = 0;
        w->request->used = 0;
    }
    return w->status;
}

void sofia_request_fail(struct sofia_request_writer *w, int status)
{
    if (w->status == SOFIA_OK) {
        w->status = status;
    }
}

static struct sofia_segment *add_segment(struct sofia_request_writer *w, uint32_t part)
{
    struct sofia_request *request = w->request;

    if (part != SOFIA_PART_QUERY && part != SOFIA_PART_HEADER && part != SOFIA_PART_BODY) {
        sofia_request_fail(w, SOFIA_EINVAL);
        return NULL;
    }
    if (request->segment_count == SOFIA_REQUEST_SEGMENTS) {
        sofia_request_fail(w, SOFIA_ESPACE);
        return NULL;
    }
    struct sofia_segment *segment = &request->segments[request->segment_count++];
    memset(segment, 0, sizeof(*segment));
    segment->part = part;
    segment->offset = request->used;
    return segment;
}

/* The segment that ends where the next byte goes, or a new one. */
static struct sofia_segment *segment_of(struct sofia_request_writer *w, uint32_t part)
{
    struct sofia_request *request = w->request;

    if (request->segment_count > 0) {
        struct sofia_segment *last = &request->segments[request->segment_count - 1];
        if (last->part == part && last->secret == 0) {
            return last;
        }
    }
    return add_segment(w, part);
}

void sofia_request_put(struct sofia_request_writer *w, uint32_t part, const char *bytes, size_t len)
{
    struct sofia_request *request = w->request;

    if (w->status != SOFIA_OK || len == 0) {
        return;
    }
    if (len > SOFIA_REQUEST_BYTES - request->used) {
        sofia_request_fail(w, SOFIA_ESPACE);
        return;
    }
    struct sofia_segment *segment = segment_of(w, part);
    if (segment == NULL) {
        return;
    }
    memcpy(request->bytes + request->used, bytes, len);
    request->used += (uint32_t)len;
    segment->len += (uint32_t)len;
}

void sofia_request_text(struct sofia_request_writer *w, uint32_t part, const char *text)
{
    sofia_request_put(w, part, text, strlen(text));
}

/* The free end of the bytes as a text builder; what it wrote becomes part of the request in `take`.
 */
static void lend(struct sofia_request_writer *w, struct sofia_text *ret_text)
{
    struct sofia_request *request = w->request;

    sofia_text_init(ret_text, request->bytes + request->used, SOFIA_REQUEST_BYTES - request->used);
}

static void take(struct sofia_request_writer *w, uint32_t part, const struct sofia_text *text)
{
    if (w->status != SOFIA_OK || text->len == 0) {
        return;
    }
    struct sofia_segment *segment = segment_of(w, part);
    if (segment != NULL) {
        segment->len += (uint32_t)text->len;
        w->request->used += (uint32_t)text->len;
    }
}

void sofia_request_percent(struct sofia_request_writer *w, uint32_t part, struct sofia_slice value)
{
    struct sofia_text text;

    lend(w, &text);
    sofia_text_percent(&text, value);
    if (sofia_text_status(&text) != 0) {
        sofia_request_fail(w, SOFIA_ESPACE);
    }
    take(w, part, &text);
}

void sofia_request_json(struct sofia_request_writer *w, uint32_t part, struct sofia_slice value)
{
    struct sofia_text text;

    lend(w, &text);
    sofia_text_json(&text, value);
    if (sofia_text_status(&text) != 0) {
        sofia_request_fail(w, SOFIA_ESPACE);
    }
    take(w, part, &text);
}

void sofia_request_int(struct sofia_request_writer *w, uint32_t part, int64_t value)
{
    struct sofia_text text;

    lend(w, &text);
    sofia_text_i64(&text, value);
    if (sofia_text_status(&text) != 0) {
        sofia_request_fail(w, SOFIA_ESPACE);
    }
    take(w, part, &text);
}

void sofia_request_decimal(struct sofia_request_writer *w, uint32_t part,
                           struct sofia_decimal value)
{
    struct sofia_text text;

    if (sofia_decimal_is_absent(value)) {
        sofia_request_fail(w, SOFIA_EINVAL);
        return;
    }
    lend(w, &text);
    sofia_text_decimal(&text, value);
    if (sofia_text_status(&text) != 0) {
        sofia_request_fail(w, SOFIA_ESPACE);
    }
    take(w, part, &text);
}

void sofia_request_secret(struct sofia_request_writer *w, uint32_t part, sofia_handle secret)
{
    if (w->status != SOFIA_OK) {
        return;
    }
    if (secret == 0) {
        sofia_request_fail(w, SOFIA_EINVAL);
        return;
    }
    struct sofia_segment *segment = add_segment(w, part);
    if (segment != NULL) {
        segment->secret = secret;
    }
}

uint32_t sofia_request_mark(const struct sofia_request_writer *w)
{
    return w->request->used;
}

const char *sofia_request_since(const struct sofia_request_writer *w, uint32_t mark,
                                size_t *ret_len)
{
    if (w->status != SOFIA_OK || mark > w->request->used) {
        return NULL;
    }
    *ret_len = w->request->used - mark;
    return w->request->bytes + mark;
}
