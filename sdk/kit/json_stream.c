/* Documents in pieces. A small machine finds where the values of the top level begin and end; each
 * is then validated by a cursor, so that what is strict is written down once. */
#include <string.h>

#include <sofia/kit/json.h>

#include "json_core.h"

/* What may come next. */
#define S_START 0u
#define S_KEY_OR_END 1u
#define S_KEY 2u
#define S_COLON 3u
#define S_MEMBER 4u
#define S_AFTER_MEMBER 5u
#define S_ELEMENT_OR_END 6u
#define S_ELEMENT 7u
#define S_AFTER_ELEMENT 8u
#define S_DONE 9u

/* Inside which sort of value. */
#define V_NONE 0u
#define V_SCALAR 1u  /* ends before the next delimiter */
#define V_BRACKET 2u /* string, object, array: ends with its closing byte */

#define ARRAY_NO 0u
#define ARRAY_NAMED 1u
#define ARRAY_DOCUMENT 2u

void sofia_json_stream_init(struct sofia_json_stream *stream, const char *array_name, char *room,
                            size_t cap, sofia_json_value_fn *on_value, void *ctx)
{
    struct sofia_json_stream fresh = {
        .array_name = array_name,
        .on_value = on_value,
        .ctx = ctx,
        .room = room,
        .cap = cap,
        .index = -1,
        .state = S_START,
    };
    *stream = fresh;
}

static void fail(struct sofia_json_stream *stream, int status, uint64_t at)
{
    stream->status = status;
    stream->offset = at;
}

static void begin_value(struct sofia_json_stream *stream, char c, uint32_t state, uint64_t at)
{
    uint32_t kind = sofia_json_kind(c);
    if (kind == SOFIA_JSON_NONE) {
        fail(stream, SOFIA_JSON_ESYNTAX, at);
        return;
    }
    int container = kind == SOFIA_JSON_OBJECT || kind == SOFIA_JSON_ARRAY;
    stream->state = state;
    stream->value_at = at;
    stream->inside = container || kind == SOFIA_JSON_STRING ? V_BRACKET : V_SCALAR;
    stream->open = container ? 1u : 0u;
    stream->quoting = kind == SOFIA_JSON_STRING ? 1u : 0u;
}

static void begin_document(struct sofia_json_stream *stream, char c, uint64_t at)
{
    uint32_t kind = sofia_json_kind(c);
    if (kind == SOFIA_JSON_OBJECT) {
        stream->state = S_KEY_OR_END;
    } else if (kind == SOFIA_JSON_ARRAY && stream->array_name == NULL) {
        stream->state = S_ELEMENT_OR_END;
        stream->in_array = ARRAY_DOCUMENT;
        stream->index = 0;
    } else {
        fail(stream, kind == SOFIA_JSON_NONE ? SOFIA_JSON_ESYNTAX : SOFIA_JSON_EKIND, at);
    }
}

static struct sofia_slice key_of(const struct sofia_json_stream *stream)
{
    struct sofia_slice key = {.at = stream->key, .len = stream->key_len};
    return key;
}

static void begin_member(struct sofia_json_stream *stream, char c, uint64_t at)
{
    if (c == '[' && stream->array_name != NULL &&
        sofia_json_is(key_of(stream), stream->array_name)) {
        stream->state = S_ELEMENT_OR_END;
        stream->in_array = ARRAY_NAMED;
        stream->index = 0;
        return;
    }
    begin_value(stream, c, S_MEMBER, at);
}

/* Behind a value: a comma leads to `next`, the closing byte out. */
static void separate(struct sofia_json_stream *stream, char c, char close, uint32_t next,
                     uint64_t at)
{
    if (c == ',') {
        stream->state = next;
    } else if (c != close) {
        fail(stream, SOFIA_JSON_ESYNTAX, at);
    } else if (stream->in_array == ARRAY_NAMED) {
        stream->state = S_AFTER_MEMBER;
        stream->in_array = ARRAY_NO;
        stream->index = -1;
    } else {
        stream->state = S_DONE;
    }
}

/* One byte between values. */
static void structure(struct sofia_json_stream *stream, char c, uint64_t at)
{
    switch (stream->state) {
    case S_START:
        begin_document(stream, c, at);
        break;
    case S_KEY_OR_END:
    case S_KEY:
        if (c == '"') {
            begin_value(stream, c, S_KEY, at);
        } else if (c == '}' && stream->state == S_KEY_OR_END) {
            stream->state = S_DONE;
        } else {
            fail(stream, SOFIA_JSON_ESYNTAX, at);
        }
        break;
    case S_COLON:
        stream->state = S_MEMBER;
        if (c != ':') {
            fail(stream, SOFIA_JSON_ESYNTAX, at);
        }
        break;
    case S_MEMBER:
        begin_member(stream, c, at);
        break;
    case S_AFTER_MEMBER:
        separate(stream, c, '}', S_KEY, at);
        break;
    case S_ELEMENT_OR_END:
        if (c == ']') {
            separate(stream, c, ']', S_ELEMENT, at);
        } else {
            begin_value(stream, c, S_ELEMENT, at);
        }
        break;
    case S_ELEMENT:
        begin_value(stream, c, S_ELEMENT, at);
        break;
    case S_AFTER_ELEMENT:
        separate(stream, c, ']', S_ELEMENT, at);
        break;
    default:
        fail(stream, SOFIA_JSON_ETRAIL, at);
        break;
    }
}

/* Walks inside a value. Returns the offset behind its last byte in this piece; *ret_done says
 * whether the value has ended there. */
static size_t find_end(struct sofia_json_stream *stream, const char *piece, size_t at, size_t len,
                       int *ret_done)
{
    *ret_done = 0;
    if (stream->inside == V_SCALAR) {
        while (at < len && !sofia_json_is_space(piece[at]) && piece[at] != ',' &&
               piece[at] != ']' && piece[at] != '}') {
            at++;
        }
        *ret_done = at < len;
        return at;
    }
    while (at < len) {
        char c = piece[at++];
        if (stream->quoting == 2) {
            stream->quoting = 1;
        } else if (stream->quoting == 1) {
            stream->quoting = c == '"' ? 0u : c == '\\' ? 2u : 1u;
        } else if (c == '"') {
            stream->quoting = 1;
        } else if (c == '{' || c == '[') {
            stream->open++;
        } else if (c == '}' || c == ']') {
            stream->open--;
        }
        if (stream->open == 0 && stream->quoting == 0) {
            *ret_done = 1;
            return at;
        }
    }
    return at;
}

static int hold(struct sofia_json_stream *stream, const char *bytes, size_t len)
{
    if (len > stream->cap - stream->held) {
        fail(stream, SOFIA_JSON_ESPACE, stream->value_at);
        return stream->status;
    }
    memcpy(stream->room + stream->held, bytes, len);
    stream->held += len;
    return 0;
}

static int validate(struct sofia_json_stream *stream, struct sofia_slice value)
{
    struct sofia_json cur;
    sofia_json_init(&cur, value.at, value.len);
    int status = sofia_json_finish(&cur);
    if (status != 0) {
        /* The document goes on behind the value, so "ends here" is not what is wrong. */
        int end = status == SOFIA_JSON_EEND || status == SOFIA_JSON_ETRAIL;
        fail(stream, end ? SOFIA_JSON_ESYNTAX : status, stream->value_at + cur.error_at);
    }
    return stream->status;
}

static void keep_key(struct sofia_json_stream *stream, struct sofia_slice quoted)
{
    if (quoted.len - 2 > SOFIA_JSON_KEY) {
        fail(stream, SOFIA_JSON_ESPACE, stream->value_at);
        return;
    }
    stream->key_len = (uint32_t)(quoted.len - 2);
    memcpy(stream->key, quoted.at + 1, quoted.len - 2);
    stream->state = S_COLON;
}

static void deliver(struct sofia_json_stream *stream, struct sofia_slice value, uint64_t end)
{
    int64_t index = stream->index;
    if (stream->in_array != ARRAY_NO) {
        stream->index++;
        stream->state = S_AFTER_ELEMENT;
    } else {
        stream->state = S_AFTER_MEMBER;
    }
    if (stream->on_value(stream->ctx, key_of(stream), index, value) != 0) {
        fail(stream, SOFIA_JSON_ESTOP, end);
    }
}

/* The value that ends with these bytes is complete. */
static void end_value(struct sofia_json_stream *stream, const char *bytes, size_t len, uint64_t end)
{
    struct sofia_slice value = {.at = bytes, .len = len};
    if (stream->held > 0) {
        if (hold(stream, bytes, len) != 0) {
            return;
        }
        value.at = stream->room;
        value.len = stream->held;
    } else if (len > stream->cap) {
        fail(stream, SOFIA_JSON_ESPACE, stream->value_at);
        return;
    }
    stream->held = 0;
    stream->inside = V_NONE;
    if (validate(stream, value) != 0) {
        return;
    }
    if (stream->state == S_KEY) {
        keep_key(stream, value);
    } else {
        deliver(stream, value, end);
    }
}

int sofia_json_stream_feed(struct sofia_json_stream *stream, const char *piece, size_t len)
{
    uint64_t base = stream->offset;
    size_t at = 0;
    size_t first = 0; /* of the value, in this piece */
    while (at < len && stream->status == 0) {
        if (stream->inside == V_NONE) {
            first = at;
            if (!sofia_json_is_space(piece[at])) {
                structure(stream, piece[at], base + at);
            }
            at++;
            continue;
        }
        int done = 0;
        at = find_end(stream, piece, at, len, &done);
        if (done) {
            end_value(stream, piece + first, at - first, base + at);
        }
    }
    if (stream->status == 0 && stream->inside != V_NONE && len > 0) {
        (void)hold(stream, piece + first, len - first);
    }
    if (stream->status == 0) {
        stream->offset = base + len;
    }
    return stream->status;
}

int sofia_json_stream_finish(struct sofia_json_stream *stream)
{
    if (stream->status == 0 && stream->state != S_DONE) {
        fail(stream, SOFIA_JSON_EEND, stream->offset);
    }
    return stream->status;
}
