/* What every dialect does with an HTTP request and a reply. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inside.h"

const char *vn_header(const struct venue_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->headers[i].name, name) == 0) {
            return request->headers[i].value;
        }
    }
    return NULL;
}

char *vn_target_split(const char *target, const char **ret_query)
{
    char *path = vn_copy(target, strlen(target));
    size_t len = strcspn(path, "?");
    *ret_query = path[len] == '?' ? path + len + 1 : path + len;
    path[len] = '\0';
    return path;
}

void vn_reply(struct venue *v, int64_t now_ns, uint64_t conn, uint32_t status,
              const char *content_type, const char *body)
{
    struct vn_item *item = vn_item_new(&v->outbox, conn, VENUE_OUT_HTTP);
    item->status = status;
    item->due_ns = now_ns;
    item->content_type = content_type;
    vn_item_body(item, vn_blob_new(body, strlen(body)));
    vn_item_push(&v->outbox, item);
}
