#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

#define DEPTH_MAX 16

struct reader {
    const char *at;
    const char *end;
    bool failed;
};

static struct vn_json *value(struct reader *r, int depth);

static void skip_space(struct reader *r)
{
    while (r->at < r->end &&
           (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) {
        r->at++;
    }
}

static bool take(struct reader *r, char c)
{
    skip_space(r);
    if (r->at < r->end && *r->at == c) {
        r->at++;
        return true;
    }
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex4(struct reader *r, uint32_t *ret_code)
{
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = r->at < r->end ? hex_digit(*r->at) : -1;
        if (digit < 0) {
            return false;
        }
        code = code * 16 + (uint32_t)digit;
        r->at++;
    }
    *ret_code = code;
    return true;
}

static void add_utf8(struct vn_text *out, uint32_t code)
{
    if (code < 0x80) {
        vn_text_add_char(out, (char)code);
    } else if (code < 0x800) {
        vn_text_add_char(out, (char)(0xC0 | code >> 6));
        vn_text_add_char(out, (char)(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
        vn_text_add_char(out, (char)(0xE0 | code >> 12));
        vn_text_add_char(out, (char)(0x80 | (code >> 6 & 0x3F)));
        vn_text_add_char(out, (char)(0x80 | (code & 0x3F)));
    } else {
        vn_text_add_char(out, (char)(0xF0 | code >> 18));
        vn_text_add_char(out, (char)(0x80 | (code >> 12 & 0x3F)));
        vn_text_add_char(out, (char)(0x80 | (code >> 6 & 0x3F)));
        vn_text_add_char(out, (char)(0x80 | (code & 0x3F)));
    }
}

static bool unicode_escape(struct reader *r, struct vn_text *out)
{
    uint32_t code = 0;
    if (!hex4(r, &code) || code == 0 || (code >= 0xDC00 && code < 0xE000)) {
        return false;
    }
    if (code >= 0xD800 && code < 0xDC00) {
        uint32_t low = 0;
        if (r->end - r->at < 6 || r->at[0] != '\\' || r->at[1] != 'u') {
            return false;
        }
        r->at += 2;
        if (!hex4(r, &low) || low < 0xDC00 || low > 0xDFFF) {
            return false;
        }
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    add_utf8(out, code);
    return true;
}

static bool escape(struct reader *r, struct vn_text *out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    if (r->at == r->end) {
        return false;
    }
    char c = *r->at++;
    if (c == 'u') {
        return unicode_escape(r, out);
    }
    const char *hit = c == '\0' ? NULL : strchr(from, c);
    if (hit == NULL) {
        return false;
    }
    vn_text_add_char(out, to[hit - from]);
    return true;
}

/* The opening quote is taken. NULL on failure. */
static char *string(struct reader *r)
{
    struct vn_text out = {0};
    while (r->at < r->end && *r->at != '"') {
        unsigned char c = (unsigned char)*r->at++;
        bool fine = c >= 0x20;
        if (c == '\\') {
            fine = escape(r, &out);
        } else {
            vn_text_add_char(&out, (char)c);
        }
        if (!fine) {
            r->failed = true;
            vn_text_release(&out);
            return NULL;
        }
    }
    if (r->at == r->end) {
        r->failed = true;
        vn_text_release(&out);
        return NULL;
    }
    r->at++;
    return vn_text_take(&out);
}

static bool digits(struct reader *r)
{
    const char *from = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9') {
        r->at++;
    }
    return r->at > from;
}

static bool number(struct reader *r)
{
    if (*r->at == '-') {
        r->at++;
    }
    bool zero = r->at < r->end && *r->at == '0';
    const char *from = r->at;
    if (!digits(r) || (zero && r->at - from > 1)) {
        return false;
    }
    if (r->at < r->end && *r->at == '.') {
        r->at++;
        if (!digits(r)) {
            return false;
        }
    }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-')) {
            r->at++;
        }
        return digits(r);
    }
    return true;
}

static bool literal(struct reader *r, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0) {
        return false;
    }
    r->at += len;
    return true;
}

static void members(struct reader *r, struct vn_json *parent, int depth)
{
    char close = parent->kind == VN_JSON_OBJECT ? '}' : ']';
    struct vn_json **tail = &parent->child;
    if (take(r, close)) {
        return;
    }
    do {
        char *name = NULL;
        if (parent->kind == VN_JSON_OBJECT) {
            name = take(r, '"') ? string(r) : NULL;
            r->failed = r->failed || name == NULL || !take(r, ':');
        }
        struct vn_json *child = r->failed ? NULL : value(r, depth + 1);
        if (child == NULL) {
            r->failed = true;
            free(name);
            return;
        }
        child->name = name;
        *tail = child;
        tail = &child->next;
    } while (take(r, ','));
    r->failed = r->failed || !take(r, close);
}

static bool scalar(struct reader *r, struct vn_json *node)
{
    char c = *r->at;
    if (c == '-' || (c >= '0' && c <= '9')) {
        node->kind = VN_JSON_NUMBER;
        return number(r);
    }
    node->kind = c == 'n' ? VN_JSON_NULL : VN_JSON_BOOL;
    return literal(r, c == 'n' ? "null" : c == 't' ? "true" : "false");
}

static struct vn_json *value(struct reader *r, int depth)
{
    skip_space(r);
    if (r->at == r->end || depth > DEPTH_MAX) {
        r->failed = true;
        return NULL;
    }
    struct vn_json *node = vn_alloc(sizeof(*node));
    node->raw = r->at;
    char *text = NULL;
    if (take(r, '{')) {
        node->kind = VN_JSON_OBJECT;
        members(r, node, depth);
    } else if (take(r, '[')) {
        node->kind = VN_JSON_ARRAY;
        members(r, node, depth);
    } else if (take(r, '"')) {
        node->kind = VN_JSON_STRING;
        text = string(r);
    } else if (scalar(r, node)) {
        text = vn_copy(node->raw, (size_t)(r->at - node->raw));
    } else {
        r->failed = true;
    }
    node->text = text;
    node->raw_len = (size_t)(r->at - node->raw);
    if (r->failed) {
        vn_json_free(node);
        return NULL;
    }
    return node;
}

struct vn_json *vn_json_parse(const char *text, size_t len)
{
    struct reader r = {.at = text, .end = text + len};
    struct vn_json *root = value(&r, 0);
    skip_space(&r);
    if (root != NULL && r.at != r.end) {
        vn_json_free(root);
        return NULL;
    }
    return root;
}

static void free_text(const char *text)
{
    union {
        const char *in;
        char *out;
    } u = {.in = text};
    free(u.out);
}

void vn_json_free(struct vn_json *root)
{
    while (root != NULL) {
        struct vn_json *next = root->next;
        vn_json_free(root->child);
        free_text(root->name);
        free_text(root->text);
        free(root);
        root = next;
    }
}

const struct vn_json *vn_json_get(const struct vn_json *object, const char *name)
{
    if (object == NULL || object->kind != VN_JSON_OBJECT) {
        return NULL;
    }
    for (const struct vn_json *m = object->child; m != NULL; m = m->next) {
        if (strcmp(m->name, name) == 0) {
            return m;
        }
    }
    return NULL;
}

const char *vn_json_text(const struct vn_json *object, const char *name, const char *otherwise)
{
    const struct vn_json *node = vn_json_get(object, name);
    return node == NULL || node->text == NULL ? otherwise : node->text;
}

int64_t vn_json_int(const struct vn_json *object, const char *name, int64_t otherwise)
{
    const char *text = vn_json_text(object, name, NULL);
    if (text == NULL) {
        return otherwise;
    }
    char *end = NULL;
    long long number = strtoll(text, &end, 10);
    return end == text || *end != '\0' ? otherwise : (int64_t)number;
}

bool vn_json_bool(const struct vn_json *object, const char *name, bool otherwise)
{
    const char *text = vn_json_text(object, name, NULL);
    return text == NULL ? otherwise : strcmp(text, "true") == 0;
}
