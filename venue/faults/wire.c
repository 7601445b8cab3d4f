/* What faults do to a request before it is served and to its reply, whatever the dialect. */
#include <string.h>

#include "faults.h"

bool vn_faults_before(struct venue *v, int64_t now_ns, const struct venue_request *request,
                      const struct vn_effect *effect)
{
    const struct vn_fault *slow = effect->by[VN_FAULT_SLOW];
    if (slow != NULL) {
        vn_defer(v, now_ns + slow->ms * VN_MS, request);
        return true;
    }
    if (effect->by[VN_FAULT_DROP_BEFORE] != NULL) {
        struct vn_item *item = vn_item_new(&v->outbox, request->conn, VENUE_OUT_CLOSE);
        item->due_ns = now_ns;
        vn_item_push(&v->outbox, item);
        return true;
    }
    return false;
}

static void make_html(struct vn_item *item, const struct vn_fault *fault)
{
    struct vn_text page = {0};
    vn_text_addf(
        &page,
        "<html>\r\n<head><title>%lld %s</title></head>\r\n<body><center><h1>%lld %s</h1></center>"
        "<hr><center>openresty</center></body>\r\n</html>\r\n",
        (long long)fault->status, fault->message, (long long)fault->status, fault->message);
    vn_blob_drop(item->body);
    vn_item_body(item, vn_blob_from(&page));
    vn_text_release(&page);
    item->status = (uint32_t)fault->status;
    item->content_type = "text/html";
    item->header_count = 0;
}

void vn_faults_reply(struct venue *v, struct vn_item *item, const struct vn_effect *effect)
{
    if (effect->by[VN_FAULT_HTML] != NULL) {
        make_html(item, effect->by[VN_FAULT_HTML]);
    }
    if (effect->by[VN_FAULT_HALF_BODY] != NULL) {
        item->send_len = item->body->len / 2;
    }
    if (effect->by[VN_FAULT_DROP_AFTER] != NULL) {
        item->kind = VENUE_OUT_CLOSE;
    }
    const enum vn_fault_kind late[] = {VN_FAULT_DELAY, VN_FAULT_TIMEOUT};
    for (size_t i = 0; i < 2; i++) {
        const struct vn_fault *fault = effect->by[late[i]];
        item->due_ns += fault == NULL ? 0 : fault->ms * VN_MS;
    }
    if (effect->by[VN_FAULT_NO_REPLY] != NULL) {
        vn_item_free(&v->outbox, item);
        return;
    }
    vn_item_push(&v->outbox, item);
}
