/* WebSocket connections: opening by path, frame rules, pings, age, end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../faults/faults.h"
#include "binance.h"

/* ---- sending ---- */

static void push_frame(struct venue *v, struct vn_conn *conn, int64_t due_ns, uint64_t seq,
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
    push_frame(v, conn, due_ns, seq, VENUE_WS_TEXT, blob);
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

/* ---- opening ---- */

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static struct vn_conn *conn_new(struct venue *v, int64_t now_ns, uint64_t id,
                                enum vn_conn_kind kind)
{
    struct vn_conn *conn = vn_alloc(sizeof(*conn));
    conn->id = id;
    conn->kind = kind;
    conn->combined = kind == VN_CONN_COMBINED;
    conn->rate_limits = true;
    conn->opened_ns = now_ns;
    conn->last_pong_ns = now_ns;
    conn->next_ping_ns = now_ns + (int64_t)v->config.ws_ping_ms * VN_MS;
    conn->next = v->conn_list;
    if (v->conn_list != NULL) {
        v->conn_list->prev = conn;
    }
    v->conn_list = conn;
    vn_table_put(&v->conns, id, conn);
    return conn;
}

void vn_conn_free(struct venue *v, struct vn_conn *conn)
{
    vn_feed_leave_all(v, conn);
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
    free(conn->feeds);
    free(conn);
}

/* 0: no such path. */
static enum vn_conn_kind kind_of(const char *path)
{
    if (strcmp(path, "/ws") == 0 || begins(path, "/ws/")) {
        return VN_CONN_RAW;
    }
    if (strcmp(path, "/stream") == 0) {
        return VN_CONN_COMBINED;
    }
    return strcmp(path, "/ws-api/v3") == 0 ? VN_CONN_API : (enum vn_conn_kind)0;
}

static void set_options(struct vn_conn *conn, const struct vn_params *p)
{
    const char *unit = vn_params_get(p, "timeUnit");
    conn->micro =
        unit != NULL && (strcmp(unit, "MICROSECOND") == 0 || strcmp(unit, "microsecond") == 0);
    const char *limits = vn_params_get(p, "returnRateLimits");
    conn->rate_limits = limits == NULL || strcmp(limits, "false") != 0;
}

static void charge_connect(struct venue *v, int64_t now_ns)
{
    vn_window_used(&v->limits.weight, now_ns);
    v->limits.weight.used += 2;
}

int venue_ws_open(struct venue *v, int64_t now_ns, uint64_t conn_id, const char *target)
{
    if (conn_id == 0 || vn_table_get(&v->conns, conn_id) != NULL) {
        return vn_error(v, VENUE_EEXIST, "connection %llu is already open",
                        (unsigned long long)conn_id);
    }
    venue_step(v, now_ns);
    size_t path_len = strcspn(target, "?");
    const char *query = target[path_len] == '?' ? target + path_len + 1 : "";
    struct vn_params p;
    char *path = vn_copy(target, path_len);
    struct vn_params decoded;
    vn_params_parse(&decoded, path, path_len, "",
                    0); /* decodes a Unicode stream name in the path */
    const char *plain = decoded.count == 1 ? decoded.items[0].name : path;
    enum vn_conn_kind kind = kind_of(plain);
    int status = 0;
    if (kind == 0) {
        status = vn_error(v, VENUE_EREFUSED, "nobody serves %s", target);
    } else if (!vn_limit_connect(v, now_ns)) {
        status = vn_error(v, VENUE_EREFUSED, "too many connections");
    } else {
        struct vn_conn *conn = conn_new(v, now_ns, conn_id, kind);
        vn_params_parse(&p, query, strlen(query), "", 0);
        set_options(conn, &p);
        const char *streams = vn_params_get(&p, "streams");
        if (kind == VN_CONN_API) {
            charge_connect(v, now_ns);
        } else if (kind == VN_CONN_COMBINED && streams != NULL) {
            status = vn_feeds_open(v, now_ns, conn, streams, '/');
        } else if (kind == VN_CONN_RAW && begins(plain, "/ws/")) {
            status = vn_feeds_open(v, now_ns, conn, plain + 4, '/');
        }
        vn_params_release(&p);
    }
    vn_params_release(&decoded);
    free(path);
    return status;
}

/* ---- receiving ---- */

/* Five frames a second on a market stream, pings and pongs included. */
static bool too_fast(struct venue *v, int64_t now_ns, struct vn_conn *conn)
{
    if (conn->kind == VN_CONN_API) {
        return false;
    }
    if (now_ns - conn->frame_second >= VN_SECOND) {
        conn->frame_second = now_ns;
        conn->frames = 0;
    }
    return ++conn->frames > v->config.ws_frames_per_s;
}

static void on_pong(struct vn_conn *conn, int64_t now_ns, const char *bytes, size_t len)
{
    for (int i = 0; i < 2; i++) {
        if (len > 0 && strlen(conn->pings[i]) == len && memcmp(conn->pings[i], bytes, len) == 0) {
            conn->last_pong_ns = now_ns;
        }
    }
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
    conn = vn_table_get(&v->conns, conn_id);
    if (conn == NULL || conn->closing) {
        return 0;
    }
    if (too_fast(v, now_ns, conn)) {
        vn_conn_close(v, conn, now_ns, 1008, "Too many requests");
        return 0;
    }
    switch (opcode) {
    case VENUE_WS_PING:
        push_frame(v, conn, now_ns, 0, VENUE_WS_PONG, vn_blob_new(bytes, len));
        return 0;
    case VENUE_WS_PONG:
        on_pong(conn, now_ns, bytes, len);
        return 0;
    case VENUE_WS_CLOSE:
        vn_conn_close(v, conn, now_ns, 1000, "");
        return 0;
    case VENUE_WS_TEXT:
        if (conn->kind == VN_CONN_API) {
            vn_wsapi_recv(v, now_ns, conn, bytes, len);
        } else {
            vn_streams_recv(v, now_ns, conn, bytes, len);
        }
        return 0;
    default:
        vn_conn_close(v, conn, now_ns, 1003, "text frames only");
        return 0;
    }
}

void venue_ws_closed(struct venue *v, int64_t now_ns, uint64_t conn_id)
{
    struct vn_conn *conn = vn_table_get(&v->conns, conn_id);
    venue_step(v, now_ns);
    if (conn != NULL) {
        vn_conn_free(v, conn);
    }
}

/* ---- time ---- */

static void ping(struct venue *v, int64_t now_ns, struct vn_conn *conn)
{
    conn->next_ping_ns += (int64_t)v->config.ws_ping_ms * VN_MS;
    if (vn_faults_event(v, VN_FAULT_NO_PING, NULL) != NULL) {
        return;
    }
    memcpy(conn->pings[1], conn->pings[0], sizeof(conn->pings[0]));
    snprintf(conn->pings[0], sizeof(conn->pings[0]), "%lld",
             (long long)(vn_server_ns(v, now_ns) / VN_MS));
    push_frame(v, conn, now_ns, 0, VENUE_WS_PING,
               vn_blob_new(conn->pings[0], strlen(conn->pings[0])));
}

void vn_conns_tick(struct venue *v, int64_t now_ns)
{
    for (struct vn_conn *conn = v->conn_list; conn != NULL; conn = conn->next) {
        if (conn->closing) {
            continue;
        }
        if (now_ns - conn->opened_ns >= (int64_t)v->config.ws_max_age_ms * VN_MS) {
            vn_conn_close(v, conn, now_ns, 1000, "24 hours are over");
        } else if (now_ns - conn->last_pong_ns > (int64_t)v->config.ws_pong_deadline_ms * VN_MS) {
            vn_conn_close(v, conn, now_ns, 1008, "Pong timeout");
        } else if (now_ns >= conn->next_ping_ns) {
            ping(v, now_ns, conn);
        }
    }
}
