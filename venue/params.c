#include <stdlib.h>
#include <string.h>

#include "inside.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool vn_percent_decode(char *text)
{
    char *to = text;
    for (char *at = text; *at != '\0'; at++) {
        if (*at != '%') {
            *to++ = *at == '+' ? ' ' : *at;
            continue;
        }
        int high = hex(at[1]);
        int low = high < 0 ? -1 : hex(at[2]);
        if (low < 0 || high * 16 + low == 0) {
            return false;
        }
        *to++ = (char)(high * 16 + low);
        at += 2;
    }
    *to = '\0';
    return true;
}

static struct vn_param *find(struct vn_params *p, const char *name)
{
    for (int i = 0; i < p->count; i++) {
        if (strcmp(p->items[i].name, name) == 0) {
            return &p->items[i];
        }
    }
    return NULL;
}

static void add(struct vn_params *p, char *pair, bool in_query)
{
    char *equals = strchr(pair, '=');
    char *value = equals == NULL ? pair + strlen(pair) : equals + 1;
    if (equals != NULL) {
        *equals = '\0';
    }
    if (!vn_percent_decode(pair) || !vn_percent_decode(value)) {
        p->broken = true;
        return;
    }
    struct vn_param *twin = find(p, pair);
    if (twin != NULL) {
        /* The same name in query and body is legal, the query wins; twice in one part is not. */
        if (twin->in_query == in_query) {
            p->duplicate = twin->name;
        }
        return;
    }
    if (p->count == VN_PARAMS) {
        p->overflow = true;
        return;
    }
    p->items[p->count++] = (struct vn_param){.name = pair, .value = value, .in_query = in_query};
}

static void split(struct vn_params *p, char *text, bool in_query)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "&");
        bool more = text[len] == '&';
        text[len] = '\0';
        if (len > 0) {
            add(p, text, in_query);
        }
        text += len + more;
    }
}

void vn_params_parse(struct vn_params *p, const char *query, size_t query_len, const char *body,
                     size_t body_len)
{
    memset(p, 0, sizeof(*p));
    p->storage = vn_alloc(query_len + body_len + 2);
    memcpy(p->storage, query, query_len);
    if (body_len > 0) {
        memcpy(p->storage + query_len + 1, body, body_len);
    }
    split(p, p->storage, true);
    split(p, p->storage + query_len + 1, false);
}

void vn_params_release(struct vn_params *p)
{
    free(p->storage);
    memset(p, 0, sizeof(*p));
}

const char *vn_params_get(const struct vn_params *p, const char *name)
{
    for (int i = 0; i < p->count; i++) {
        if (strcmp(p->items[i].name, name) == 0) {
            return p->items[i].value;
        }
    }
    return NULL;
}
