#include "outbox.h"

#include <stdlib.h>
#include <string.h>

struct vn_blob *vn_blob_new(const char *bytes, size_t len)
{
    struct vn_blob *blob = vn_alloc(sizeof(*blob) + len + 1);
    blob->refs = 1;
    blob->len = len;
    if (len > 0) {
        memcpy(blob->data, bytes, len);
    }
    return blob;
}

struct vn_blob *vn_blob_from(struct vn_text *text)
{
    struct vn_blob *blob = vn_blob_new(text->data, text->len);
    vn_text_clear(text);
    return blob;
}

void vn_blob_drop(struct vn_blob *blob)
{
    if (blob != NULL && --blob->refs == 0) {
        free(blob);
    }
}

uint64_t vn_outbox_reserve(struct vn_outbox *box)
{
    return ++box->next_seq;
}

struct vn_item *vn_item_new(struct vn_outbox *box, uint64_t conn, uint32_t kind)
{
    struct vn_item *item = box->spare;
    box->spare = NULL;
    if (item == NULL) {
        item = vn_alloc(sizeof(*item));
    }
    item->due_ns = 0;
    item->seq = 0;
    item->conn = conn;
    item->kind = kind;
    item->status = 0;
    item->opcode = 0;
    item->close_code = 0;
    item->content_type = "";
    item->header_count = 0;
    item->body = NULL;
    item->send_len = 0;
    return item;
}

void vn_item_header(struct vn_item *item, const char *name, const char *value)
{
    if (item->header_count == VENUE_OUT_HEADERS) {
        return;
    }
    size_t len = strlen(value);
    len = len < sizeof(item->values[0]) ? len : sizeof(item->values[0]) - 1;
    item->names[item->header_count] = name;
    memcpy(item->values[item->header_count], value, len);
    item->values[item->header_count][len] = '\0';
    item->header_count++;
}

void vn_item_header_u64(struct vn_item *item, const char *name, uint64_t value)
{
    char buf[VN_AMOUNT_TEXT];
    vn_item_header(item, name, vn_fixed_print((int64_t)value, 0, buf));
}

void vn_item_body(struct vn_item *item, struct vn_blob *blob)
{
    item->body = blob;
    item->send_len = blob->len;
}

static bool before(const struct vn_item *a, const struct vn_item *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->seq < b->seq;
}

static void sift_up(struct vn_outbox *box, size_t i)
{
    struct vn_item *item = box->heap[i];
    while (i > 0 && before(item, box->heap[(i - 1) / 2])) {
        box->heap[i] = box->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    box->heap[i] = item;
}

static void sift_down(struct vn_outbox *box, size_t i)
{
    struct vn_item *item = box->heap[i];
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= box->count) {
            break;
        }
        if (child + 1 < box->count && before(box->heap[child + 1], box->heap[child])) {
            child++;
        }
        if (!before(box->heap[child], item)) {
            break;
        }
        box->heap[i] = box->heap[child];
        i = child;
    }
    box->heap[i] = item;
}

void vn_item_push(struct vn_outbox *box, struct vn_item *item)
{
    if (item->seq == 0) {
        item->seq = ++box->next_seq;
    }
    box->heap = vn_grow(box->heap, box->count, &box->cap, sizeof(struct vn_item *));
    box->heap[box->count++] = item;
    sift_up(box, box->count - 1);
}

void vn_item_free(struct vn_outbox *box, struct vn_item *item)
{
    if (item == NULL) {
        return;
    }
    vn_blob_drop(item->body);
    if (box->spare == NULL) {
        box->spare = item;
    } else {
        free(item);
    }
}

int64_t vn_outbox_due(const struct vn_outbox *box)
{
    return box->count == 0 ? INT64_MAX : box->heap[0]->due_ns;
}

static void show(const struct vn_item *item, struct venue_output *ret_output)
{
    struct venue_output out = {.conn = item->conn,
                               .kind = item->kind,
                               .due_ns = item->due_ns,
                               .status = item->status,
                               .content_type = item->content_type,
                               .header_count = item->header_count,
                               .body = item->body == NULL ? "" : item->body->data,
                               .body_len = item->body == NULL ? 0 : item->body->len,
                               .send_len = item->send_len,
                               .opcode = item->opcode,
                               .close_code = item->close_code};
    for (size_t i = 0; i < item->header_count; i++) {
        out.headers[i] = (struct venue_header){item->names[i], item->values[i]};
    }
    *ret_output = out;
}

bool vn_outbox_poll(struct vn_outbox *box, int64_t now_ns, struct venue_output *ret_output)
{
    vn_item_free(box, box->polled);
    box->polled = NULL;
    if (box->count == 0 || box->heap[0]->due_ns > now_ns) {
        return false;
    }
    struct vn_item *item = box->heap[0];
    box->heap[0] = box->heap[--box->count];
    if (box->count > 0) {
        sift_down(box, 0);
    }
    box->polled = item;
    show(item, ret_output);
    return true;
}

void vn_outbox_forget(struct vn_outbox *box, uint64_t conn)
{
    size_t kept = 0;
    for (size_t i = 0; i < box->count; i++) {
        if (box->heap[i]->conn == conn) {
            vn_item_free(box, box->heap[i]);
        } else {
            box->heap[kept++] = box->heap[i];
        }
    }
    box->count = kept;
    for (size_t i = kept / 2; i > 0; i--) {
        sift_down(box, i - 1);
    }
}

void vn_outbox_release(struct vn_outbox *box)
{
    for (size_t i = 0; i < box->count; i++) {
        vn_blob_drop(box->heap[i]->body);
        free(box->heap[i]);
    }
    if (box->polled != NULL) {
        vn_blob_drop(box->polled->body);
        free(box->polled);
    }
    free(box->spare);
    free(box->heap);
    memset(box, 0, sizeof(*box));
}
