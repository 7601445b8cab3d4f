/* A JSON reader that keeps numbers as the text they came in: ids above 2^53 and prices never pass through a double.
 * raw points into the text that was given, which must outlive the nodes.
 * Owner: the caller. Thread: one at a time. */
#ifndef SOFIA_VENUE_CORE_JSON_H
#define SOFIA_VENUE_CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vn_json_kind {
    VN_JSON_NULL = 1,
    VN_JSON_BOOL,
    VN_JSON_NUMBER,
    VN_JSON_STRING,
    VN_JSON_ARRAY,
    VN_JSON_OBJECT
};

struct vn_json {
    enum vn_json_kind kind;
    const char *name; /* of a member, unescaped; NULL in arrays and at the top */
    const char *text; /* string unescaped; number, true, false, null as written */
    const char *raw;  /* as written, scalars and containers alike */
    size_t raw_len;
    struct vn_json *child;
    struct vn_json *next;
};

/* NULL if the text is not exactly one JSON value (depth at most 16). Free with vn_json_free. */
struct vn_json *vn_json_parse(const char *text, size_t len);
void vn_json_free(struct vn_json *root);

const struct vn_json *vn_json_get(const struct vn_json *object, const char *name);
const char *vn_json_text(const struct vn_json *object, const char *name,
                         const char *otherwise); /* scalars */
int64_t vn_json_int(const struct vn_json *object, const char *name, int64_t otherwise);
bool vn_json_bool(const struct vn_json *object, const char *name, bool otherwise);

#endif
