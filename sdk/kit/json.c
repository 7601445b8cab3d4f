/* The cursor: what may come next, and the walk through containers. */
#include <sofia/kit/json.h>

#include "json_core.h"

#define AT_VALUE 1u    /* a value is next */
#define AFTER_OPEN 2u  /* behind an opening bracket */
#define AFTER_VALUE 3u /* behind a value */

void sofia_json_init(struct sofia_json *cur, const char *text, size_t len)
{
    struct sofia_json fresh = {.text = text, .len = len, .state = AT_VALUE};
    *cur = fresh;
}

static int fail(struct sofia_json *cur, int status)
{
    if (cur->status == 0) {
        cur->status = status;
        cur->error_at = cur->at;
    }
    return cur->status;
}

int sofia_json_fail_at(struct sofia_json *cur, int status, size_t at)
{
    cur->at = at;
    return fail(cur, status);
}

static void skip_space(struct sofia_json *cur)
{
    while (cur->at < cur->len && sofia_json_is_space(cur->text[cur->at])) {
        cur->at++;
    }
}

uint32_t sofia_json_peek(struct sofia_json *cur)
{
    if (cur->status != 0 || cur->state != AT_VALUE) {
        return SOFIA_JSON_NONE;
    }
    skip_space(cur);
    return cur->at < cur->len ? sofia_json_kind(cur->text[cur->at]) : SOFIA_JSON_NONE;
}

int sofia_json_expect(struct sofia_json *cur, uint32_t kind)
{
    uint32_t found = sofia_json_peek(cur);
    if (found == kind || cur->status != 0) {
        return cur->status;
    }
    if (found != SOFIA_JSON_NONE || cur->state != AT_VALUE) {
        return fail(cur, SOFIA_JSON_EKIND);
    }
    return fail(cur, cur->at < cur->len ? SOFIA_JSON_ESYNTAX : SOFIA_JSON_EEND);
}

int sofia_json_take(struct sofia_json *cur, uint32_t kind, struct sofia_slice *ret_token)
{
    size_t first = cur->at;
    int status = 0;
    if (kind == SOFIA_JSON_STRING) {
        status = sofia_json_scan_string(cur->text, cur->len, &cur->at);
    } else if (kind == SOFIA_JSON_NUMBER) {
        status = sofia_json_scan_number(cur->text, cur->len, &cur->at);
    } else {
        status = sofia_json_scan_word(cur->text, cur->len, &cur->at);
    }
    if (status != 0) {
        return fail(cur, status);
    }
    cur->state = AFTER_VALUE;
    ret_token->at = cur->text + first;
    ret_token->len = cur->at - first;
    return 0;
}

static int enter(struct sofia_json *cur, uint32_t kind)
{
    if (sofia_json_expect(cur, kind) != 0) {
        return cur->status;
    }
    if (cur->depth == SOFIA_JSON_DEPTH) {
        return fail(cur, SOFIA_JSON_EDEPTH);
    }
    uint32_t bit = (uint32_t)1 << cur->depth;
    cur->objects = kind == SOFIA_JSON_OBJECT ? cur->objects | bit : cur->objects & ~bit;
    cur->depth++;
    cur->at++;
    cur->state = AFTER_OPEN;
    return 0;
}

int sofia_json_enter_object(struct sofia_json *cur)
{
    return enter(cur, SOFIA_JSON_OBJECT);
}

int sofia_json_enter_array(struct sofia_json *cur)
{
    return enter(cur, SOFIA_JSON_ARRAY);
}

static int in_object(const struct sofia_json *cur)
{
    return cur->depth > 0 && (cur->objects >> (cur->depth - 1) & 1u) != 0;
}

static int in_array(const struct sofia_json *cur)
{
    return cur->depth > 0 && (cur->objects >> (cur->depth - 1) & 1u) == 0;
}

/* To the next member of the innermost container: 1, with the cursor before it, or 0 if the
 * container has ended (and is left) or something is wrong. */
static int advance(struct sofia_json *cur, char close)
{
    skip_space(cur);
    if (cur->at == cur->len) {
        (void)fail(cur, SOFIA_JSON_EEND);
        return 0;
    }
    char c = cur->text[cur->at];
    if (c == close) {
        cur->at++;
        cur->depth--;
        cur->state = AFTER_VALUE;
        return 0;
    }
    if (cur->state == AFTER_VALUE) {
        if (c != ',') {
            (void)fail(cur, SOFIA_JSON_ESYNTAX);
            return 0;
        }
        cur->at++;
        skip_space(cur);
    }
    return 1;
}

static int expect_byte(struct sofia_json *cur, char byte)
{
    skip_space(cur);
    if (cur->at == cur->len) {
        return fail(cur, SOFIA_JSON_EEND);
    }
    return cur->text[cur->at] == byte ? 0 : fail(cur, SOFIA_JSON_ESYNTAX);
}

static int advance_key(struct sofia_json *cur, struct sofia_slice *ret_key)
{
    struct sofia_slice token;
    if (!advance(cur, '}') || expect_byte(cur, '"') != 0 ||
        sofia_json_take(cur, SOFIA_JSON_STRING, &token) != 0 || expect_byte(cur, ':') != 0) {
        return 0;
    }
    cur->at++;
    cur->state = AT_VALUE;
    ret_key->at = token.at + 1;
    ret_key->len = token.len - 2;
    return 1;
}

static int advance_element(struct sofia_json *cur)
{
    if (!advance(cur, ']')) {
        return 0;
    }
    cur->state = AT_VALUE;
    return 1;
}

/* A token whole, or the beginning of a container. */
static void step_into(struct sofia_json *cur)
{
    uint32_t kind = sofia_json_peek(cur);
    if (kind == SOFIA_JSON_OBJECT || kind == SOFIA_JSON_ARRAY) {
        (void)enter(cur, kind);
    } else if (kind == SOFIA_JSON_NONE) {
        (void)sofia_json_expect(cur, SOFIA_JSON_STRING);
    } else {
        struct sofia_slice token;
        (void)sofia_json_take(cur, kind, &token);
    }
}

int sofia_json_skip(struct sofia_json *cur)
{
    uint32_t floor = cur->depth;
    struct sofia_slice key;
    step_into(cur);
    while (cur->status == 0 && cur->depth > floor) {
        int more = in_object(cur) ? advance_key(cur, &key) : advance_element(cur);
        if (more) {
            step_into(cur);
        }
    }
    return cur->status;
}

int sofia_json_next_key(struct sofia_json *cur, struct sofia_slice *ret_key)
{
    if (cur->status == 0 && !in_object(cur)) {
        (void)fail(cur, SOFIA_JSON_EKIND);
    }
    if (cur->status == 0 && cur->state == AT_VALUE) {
        (void)sofia_json_skip(cur);
    }
    return cur->status == 0 && advance_key(cur, ret_key);
}

int sofia_json_next_element(struct sofia_json *cur)
{
    if (cur->status == 0 && !in_array(cur)) {
        (void)fail(cur, SOFIA_JSON_EKIND);
    }
    if (cur->status == 0 && cur->state == AT_VALUE) {
        (void)sofia_json_skip(cur);
    }
    return cur->status == 0 && advance_element(cur);
}

int sofia_json_leave(struct sofia_json *cur)
{
    if (cur->status == 0 && cur->depth == 0) {
        return fail(cur, SOFIA_JSON_EKIND);
    }
    uint32_t depth = cur->depth;
    struct sofia_slice key;
    while (cur->status == 0 && cur->depth == depth) {
        (void)(in_object(cur) ? sofia_json_next_key(cur, &key) : sofia_json_next_element(cur));
    }
    return cur->status;
}

int sofia_json_finish(struct sofia_json *cur)
{
    while (cur->status == 0 && cur->depth > 0) {
        (void)sofia_json_leave(cur);
    }
    if (cur->status == 0 && cur->state == AT_VALUE) {
        (void)sofia_json_skip(cur);
    }
    skip_space(cur);
    if (cur->status == 0 && cur->at < cur->len) {
        (void)fail(cur, SOFIA_JSON_ETRAIL);
    }
    return cur->status;
}

int sofia_json_raw(struct sofia_json *cur, struct sofia_slice *ret_value)
{
    (void)sofia_json_peek(cur);
    size_t first = cur->at;
    if (sofia_json_skip(cur) != 0) {
        return cur->status;
    }
    ret_value->at = cur->text + first;
    ret_value->len = cur->at - first;
    return 0;
}
