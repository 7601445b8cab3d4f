/* What WebSocket connections of every dialect have in common: the list, the frames, the end. */
#include <string.h>

#include "inside.h"

void vn_conn_add(struct venue *v, int64_t now_ns, struct vn_conn *conn, uint64_t id,
                 enum vn_dialect_id dialect)
{
    conn->id = id;
    conn->dialect = dialect;
    conn->opened_ns = now_ns;
    conn->next = v->conn_list;
    if (v->conn_list != NULL) {
        v->conn_list->prev = conn;
    }
    v->conn_list = conn;
    vn_table_put(&v->conns, id, conn);
}

void vn_conn_remove(struct venue *v, struct vn_conn *conn)
{
    if (conn->prev != NULL) {
        conn->prev->next = conn->next;
    } else {
        v->conn_list = conn->next;
    }
    if (conn->next != NULL) {
        conn->next->prev = conn->prev;
    }
    vn_table_remove(&v->conns, conn->id);
    vn_outbox_forget(&v->outbox, conn->id);
}

void vn_conn_frame(struct venue *v, struct vn_conn *conn, int64_t due_ns, uint64_t seq,
                   uint32_t opcode, struct vn_blob *blob)
{
    struct vn_item *item = vn_item_new(&v->outbox, conn->id, VENUE_OUT_WS);
    item->opcode = opcode;
    item->seq = seq;
    item->due_ns = due_ns;
    vn_item_body(item, blob);
    vn_item_push(&v->outbox, item);
}

void vn_conn_send(struct venue *v, struct vn_conn *conn, int64_t due_ns, uint64_t seq,
                  struct vn_blob *blob)
{
    if (conn->closing) {
        vn_blob_drop(blob);
        return;
    }
    vn_conn_frame(v, conn, due_ns, seq, VENUE_WS_TEXT, blob);
}

void vn_conn_close(struct venue *v, struct vn_conn *conn, int64_t now_ns, uint32_t code,
                   const char *reason)
{
    if (conn->closing) {
        return;
    }
    conn->closing = true;
    struct vn_item *item = vn_item_new(&v->outbox, conn->id, VENUE_OUT_WS);
    item->opcode = VENUE_WS_CLOSE;
    item->close_code = code;
    item->due_ns = now_ns;
    vn_item_body(item, vn_blob_new(reason, strlen(reason)));
    vn_item_push(&v->outbox, item);
}

void vn_conn_drop(struct venue *v, struct vn_conn *conn, int64_t now_ns)
{
    if (conn->closing) {
        return;
    }
    conn->closing = true;
    struct vn_item *item = vn_item_new(&v->outbox, conn->id, VENUE_OUT_CLOSE);
    item->due_ns = now_ns;
    vn_item_push(&v->outbox, item);
}

/* ---- the public calls ---- */

int venue_ws_open(struct venue *v, int64_t now_ns, uint64_t conn, const char *target)
{
    if (conn == 0 || vn_table_get(&v->conns, conn) != NULL) {
        return vn_error(v, VENUE_EEXIST, "connection %llu is already open",
                        (unsigned long long)conn);
    }
    venue_step(v, now_ns);
    return vn_dialect_of(vn_dialect_route(v, target))->ws_open(v, now_ns, conn, target);
}

int venue_ws_recv(struct venue *v, int64_t now_ns, uint64_t conn_id, uint32_t opcode,
                  const void *bytes, size_t len)
{
    struct vn_conn *conn = vn_table_get(&v->conns, conn_id);
    if (conn == NULL) {
        return vn_error(v, VENUE_ENOENT, "connection %llu is not open",
                        (unsigned long long)conn_id);
    }
    venue_step(v, now_ns);
    if (!conn->closing) {
        vn_dialect_of(conn->dialect)->ws_recv(v, now_ns, conn, opcode, bytes, len);
    }
    return 0;
}

void venue_ws_closed(struct venue *v, int64_t now_ns, uint64_t conn_id)
{
    struct vn_conn *conn = vn_table_get(&v->conns, conn_id);
    venue_step(v, now_ns);
    if (conn != NULL) {
        vn_dialect_of(conn->dialect)->ws_closed(v, conn);
    }
}
