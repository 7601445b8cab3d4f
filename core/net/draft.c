#include "net/draft.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"

#include "base/banned.h"

static int reserve(struct draft *draft, size_t wanted)
{
    if (wanted <= draft->cap) {
        return 0;
    }
    size_t cap = draft->cap < 1024 ? 1024 : draft->cap;
    while (cap < wanted) {
        cap *= 2;
    }
    char *bytes = realloc(draft->bytes, cap);
    if (bytes == NULL) {
        return error_set(ERR_NOMEM, "no memory for a request of %zu bytes", wanted);
    }
    draft->bytes = bytes;
    draft->cap = cap;
    return 0;
}

static int add_text(struct draft *draft, enum draft_part part, const struct net_text *text,
                    size_t limit)
{
    for (size_t i = 0; i < text->count; i++) {
        const struct net_segment *segment = &text->segments[i];

        if (segment->secret == 0 && segment->len == 0) {
            continue;
        }
        if (draft->count == DRAFT_PIECES || segment->len > limit - draft->used) {
            return error_set(ERR_LIMIT, "a request of more than %d pieces or %zu bytes",
                             DRAFT_PIECES, limit);
        }
        if (segment->secret == 0 && segment->bytes == NULL) {
            return error_set(ERR_INVALID, "a segment without bytes");
        }
        int status = reserve(draft, draft->used + segment->len);
        if (status < 0) {
            return status;
        }
        struct draft_piece *piece = &draft->pieces[draft->count++];
        *piece = (struct draft_piece){
            .part = part, .offset = draft->used, .len = segment->len, .secret = segment->secret};
        if (segment->secret == 0) {
            memcpy(draft->bytes + draft->used, segment->bytes, segment->len);
            draft->used += segment->len;
        } else {
            piece->len = 0;
        }
        draft->has_body = draft->has_body || part == DRAFT_BODY;
    }
    return 0;
}

int draft_fill(struct draft *draft, const struct net_text *target, const struct net_text *headers,
               const struct net_text *body, size_t limit)
{
    draft->used = 0;
    draft->count = 0;
    draft->has_body = false;
    int status = target != NULL ? add_text(draft, DRAFT_TARGET, target, limit) : 0;
    if (status == 0 && headers != NULL) {
        status = add_text(draft, DRAFT_HEADERS, headers, limit);
    }
    if (status == 0 && body != NULL) {
        status = add_text(draft, DRAFT_BODY, body, limit);
    }
    return status;
}

void draft_release(struct draft *draft)
{
    free(draft->bytes);
    *draft = (struct draft){0};
}

void wire_clear(struct wire *wire)
{
    if (wire->used > 0) {
        explicit_bzero(wire->bytes, wire->used);
    }
    wire->used = 0;
    wire->target = NULL;
    wire->header_count = 0;
    wire->body = NULL;
    wire->body_len = 0;
}

void wire_release(struct wire *wire)
{
    wire_clear(wire);
    free(wire->bytes);
    *wire = (struct wire){0};
}

/* Called with an empty wire only, so that nothing secret is left behind in memory given back. */
static int wire_reserve(struct wire *wire, size_t wanted)
{
    if (wanted <= wire->cap) {
        return 0;
    }
    free(wire->bytes);
    wire->cap = 0;
    wire->bytes = malloc(wanted);
    if (wire->bytes == NULL) {
        return error_set(ERR_NOMEM, "no memory to write a request of %zu bytes", wanted);
    }
    wire->cap = wanted;
    return 0;
}

static int render_part(const struct draft *draft, enum draft_part part,
                       const struct net_config *config, struct wire *wire)
{
    for (uint32_t i = 0; i < draft->count; i++) {
        const struct draft_piece *piece = &draft->pieces[i];
        size_t len = piece->len;

        if (piece->part != part) {
            continue;
        }
        if (piece->secret == 0) {
            memcpy(wire->bytes + wire->used, draft->bytes + piece->offset, len);
        } else if (config->secret_read == NULL) {
            return error_set(ERR_UNSUPPORTED, "a secret in a request, and nobody to read it");
        } else {
            int status = config->secret_read(config->ctx, piece->secret, wire->bytes + wire->used,
                                             DRAFT_SECRET_MAX, &len);
            if (status < 0) {
                (void)error_append("secret of a request");
                return status;
            }
        }
        wire->used += len;
    }
    wire->bytes[wire->used++] = '\0';
    return 0;
}

/* What a request line can carry unchanged: signatures cover these bytes, so nothing may be escaped
 * behind our back. */
static int check_target(const char *target, size_t len)
{
    if (len == 0 || target[0] != '/') {
        return error_set(ERR_INVALID, "a request target must begin with '/'");
    }
    for (size_t i = 0; i < len; i++) {
        if (target[i] <= 0x20 || target[i] >= 0x7f || target[i] == '#') {
            return error_set(ERR_INVALID, "byte %d of the request target cannot be sent as it is",
                             (int)i);
        }
    }
    return 0;
}

static bool is_ours(const char *line)
{
    static const char *const names[] = {
        "Host:", "Content-Length:", "Transfer-Encoding:", "Expect:", "Connection:"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncasecmp(line, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Cuts the header text at its newlines. The text has no NUL inside but the one at its end. */
static int split_headers(struct wire *wire, char *text, size_t len)
{
    char *end = text + len;

    while (text < end) {
        char *stop = memchr(text, '\n', (size_t)(end - text));
        stop = stop != NULL ? stop : end;
        *stop = '\0';
        if (stop != text) {
            const char *colon = strchr(text, ':');
            if (colon == NULL || colon == text || is_ours(text)) {
                return error_set(ERR_INVALID,
                                 "a header line that is not 'Name: value' or not yours");
            }
            if (wire->header_count == WIRE_HEADERS) {
                return error_set(ERR_LIMIT, "more than %d header lines", WIRE_HEADERS);
            }
            wire->headers[wire->header_count++] = text;
        }
        text = stop + 1;
    }
    return 0;
}

static int check_header_bytes(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];

        if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f) {
            return error_set(ERR_INVALID, "byte %d of the headers is a control character", (int)i);
        }
    }
    return 0;
}

static int render(const struct draft *draft, const struct net_config *config, const char *prefix,
                  struct wire *wire)
{
    size_t prefix_len = strlen(prefix);

    wire->target = wire->bytes;
    memcpy(wire->bytes, prefix, prefix_len);
    wire->used = prefix_len;
    int status = render_part(draft, DRAFT_TARGET, config, wire);
    if (status == 0) {
        status = check_target(wire->target + prefix_len, wire->used - prefix_len - 1);
    }
    if (status < 0) {
        return status;
    }
    char *headers = wire->bytes + wire->used;
    size_t headers_at = wire->used;
    status = render_part(draft, DRAFT_HEADERS, config, wire);
    if (status == 0) {
        status = check_header_bytes(headers, wire->used - headers_at - 1);
    }
    if (status == 0) {
        status = split_headers(wire, headers, wire->used - headers_at - 1);
    }
    if (status < 0) {
        return status;
    }
    wire->body = wire->bytes + wire->used;
    size_t body_at = wire->used;
    status = render_part(draft, DRAFT_BODY, config, wire);
    wire->body_len = status == 0 ? wire->used - body_at - 1 : 0;
    return status;
}

int draft_render(const struct draft *draft, const struct net_config *config, const char *prefix,
                 struct wire *wire)
{
    size_t wanted = draft->used + strlen(prefix) + 8;

    for (uint32_t i = 0; i < draft->count; i++) {
        wanted += draft->pieces[i].secret != 0 ? DRAFT_SECRET_MAX : 0;
    }
    wire_clear(wire);
    int status = wire_reserve(wire, wanted);
    if (status == 0) {
        status = render(draft, config, prefix, wire);
    }
    if (status < 0) {
        /* A reader that failed may have begun: wipe what it was given, not only what we counted. */
        wire->used = wire->bytes != NULL ? wire->cap : 0;
        wire_clear(wire);
    }
    return status;
}
