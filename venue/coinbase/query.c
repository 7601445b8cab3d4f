/* A query string whose names may repeat: order_ids=A&order_ids=B. */
#include <stdlib.h>
#include <string.h>

#include "coinbase.h"

void vc_query_read(struct vc_query *q, const char *text)
{
    memset(q, 0, sizeof(*q));
    q->storage = vn_copy(text, strlen(text));
    for (char *at = q->storage; *at != '\0';) {
        size_t len = strcspn(at, "&");
        char *next = at + len + (at[len] == '&');
        at[len] = '\0';
        char *value = at + strcspn(at, "=");
        value += *value == '=' ? (*value = '\0', 1) : 0;
        if (*at != '\0') {
            q->broken = q->broken || !vn_percent_decode(at) || !vn_percent_decode(value);
            q->items = vn_grow(q->items, q->count, &q->cap, sizeof(*q->items));
            q->items[q->count++] = (struct vc_pair){at, value};
        }
        at = next;
    }
}

void vc_query_release(struct vc_query *q)
{
    free(q->items);
    free(q->storage);
    memset(q, 0, sizeof(*q));
}

const char *vc_query_get(const struct vc_query *q, const char *name)
{
    for (size_t i = 0; i < q->count; i++) {
        if (strcmp(q->items[i].name, name) == 0) {
            return q->items[i].value;
        }
    }
    return NULL;
}

size_t vc_query_count(const struct vc_query *q, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < q->count; i++) {
        count += strcmp(q->items[i].name, name) == 0;
    }
    return count;
}

bool vc_query_has(const struct vc_query *q, const char *name, const char *value)
{
    bool sent = false;
    for (size_t i = 0; i < q->count; i++) {
        if (strcmp(q->items[i].name, name) == 0) {
            sent = true;
            if (strcmp(q->items[i].value, value) == 0) {
                return true;
            }
        }
    }
    return !sent;
}
