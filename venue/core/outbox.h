/* What waits to leave: a heap ordered by due time, then by sequence. A body may be shared by many outputs.
 * Owner: struct venue. Thread: the caller's. */
#ifndef SOFIA_VENUE_CORE_OUTBOX_H
#define SOFIA_VENUE_CORE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../venue.h"
#include "text.h"

struct vn_blob {
    int refs;
    size_t len;
    char data[]; /* NUL behind len */
};

struct vn_blob *vn_blob_new(const char *bytes, size_t len); /* one reference */
struct vn_blob *vn_blob_from(struct vn_text *text);         /* copies and clears the text */
void vn_blob_drop(struct vn_blob *blob);

struct vn_item {
    int64_t due_ns;
    uint64_t seq;
    uint64_t conn;
    uint32_t kind; /* VENUE_OUT_* */
    uint32_t status;
    uint32_t opcode;
    uint32_t close_code;
    const char *content_type;             /* static text */
    const char *names[VENUE_OUT_HEADERS]; /* static texts */
    char values[VENUE_OUT_HEADERS][40];
    size_t header_count;
    struct vn_blob *body;
    size_t send_len;
};

struct vn_outbox {
    struct vn_item **heap;
    size_t count;
    size_t cap;
    uint64_t next_seq;
    struct vn_item *polled; /* what the last poll handed out */
    struct vn_item *spare;
};

uint64_t vn_outbox_reserve(struct vn_outbox *box); /* a place in the order, used later */
struct vn_item *vn_item_new(struct vn_outbox *box, uint64_t conn, uint32_t kind);
void vn_item_header(struct vn_item *item, const char *name, const char *value);
void vn_item_header_u64(struct vn_item *item, const char *name, uint64_t value);
void vn_item_body(struct vn_item *item, struct vn_blob *blob);  /* takes the reference */
void vn_item_push(struct vn_outbox *box, struct vn_item *item); /* seq 0: the next one */
void vn_item_free(struct vn_outbox *box, struct vn_item *item);
int64_t vn_outbox_due(const struct vn_outbox *box);
bool vn_outbox_poll(struct vn_outbox *box, int64_t now_ns, struct venue_output *ret_output);
void vn_outbox_forget(struct vn_outbox *box, uint64_t conn); /* drops what waits for a connection */
void vn_outbox_release(struct vn_outbox *box);

#endif
