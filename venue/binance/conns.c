/* WebSocket connections: opening by path, frame rules, pings, age, end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../faults/faults.h"
#include "binance.h"

struct bn_conn *bn_first(const struct venue *v)
{
    struct vn_conn *conn = v->conn_list;
    while (conn != NULL && conn->dialect != VN_BINANCE) {
        conn = conn->next;
    }
    return (struct bn_conn *)conn;
}

struct bn_conn *bn_next(const struct bn_conn *conn)
{
    struct vn_conn *next = conn->base.next;
    while (next != NULL && next->dialect != VN_BINANCE) {
        next = next->next;
    }
    return (struct bn_conn *)next;
}

/* ---- opening ---- */

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static struct bn_conn *conn_new(struct venue *v, int64_t now_ns, uint64_t id,
                                enum vn_conn_kind kind)
{
    struct bn_conn *conn = vn_alloc(sizeof(*conn));
    vn_conn_add(v, now_ns, &conn->base, id, VN_BINANCE);
    conn->kind = kind;
    conn->combined = kind == VN_CONN_COMBINED;
    conn->rate_limits = true;
    conn->last_pong_ns = now_ns;
    conn->next_ping_ns = now_ns + (int64_t)v->config.ws_ping_ms * VN_MS;
    return conn;
}

void bn_ws_closed(struct venue *v, struct vn_conn *base)
{
    struct bn_conn *conn = (struct bn_conn *)base;
    vn_feed_leave_all(v, conn);
    vn_conn_remove(v, base);
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

static void set_options(struct bn_conn *conn, const struct vn_params *p)
{
    const char *unit = vn_params_get(p, "timeUnit");
    conn->micro =
        unit != NULL && (strcmp(unit, "MICROSECOND") == 0 || strcmp(unit, "microsecond") == 0);
    const char *limits = vn_params_get(p, "returnRateLimits");
    conn->rate_limits = limits == NULL || strcmp(limits, "false") != 0;
}

static void charge_connect(struct venue *v, int64_t now_ns)
{
    vn_window_used(&bn_of(v)->limits.weight, now_ns);
    bn_of(v)->limits.weight.used += 2;
}

int bn_ws_open(struct venue *v, int64_t now_ns, uint64_t conn_id, const char *target)
{
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
        struct bn_conn *conn = conn_new(v, now_ns, conn_id, kind);
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
static bool too_fast(struct venue *v, int64_t now_ns, struct bn_conn *conn)
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

static void on_pong(struct bn_conn *conn, int64_t now_ns, const char *bytes, size_t len)
{
    for (int i = 0; i < 2; i++) {
        if (len > 0 && strlen(conn->pings[i]) == len && memcmp(conn->pings[i], bytes, len) == 0) {
            conn->last_pong_ns = now_ns;
        }
    }
}

void bn_ws_recv(struct venue *v, int64_t now_ns, struct vn_conn *base, uint32_t opcode,
                const void *bytes, size_t len)
{
    struct bn_conn *conn = (struct bn_conn *)base;
    if (too_fast(v, now_ns, conn)) {
        vn_conn_close(v, &conn->base, now_ns, 1008, "Too many requests");
        return;
    }
    switch (opcode) {
    case VENUE_WS_PING:
        vn_conn_frame(v, base, now_ns, 0, VENUE_WS_PONG, vn_blob_new(bytes, len));
        return;
    case VENUE_WS_PONG:
        on_pong(conn, now_ns, bytes, len);
        return;
    case VENUE_WS_CLOSE:
        vn_conn_close(v, &conn->base, now_ns, 1000, "");
        return;
    case VENUE_WS_TEXT:
        if (conn->kind == VN_CONN_API) {
            vn_wsapi_recv(v, now_ns, conn, bytes, len);
        } else {
            vn_streams_recv(v, now_ns, conn, bytes, len);
        }
        return;
    default:
        vn_conn_close(v, &conn->base, now_ns, 1003, "text frames only");
        return;
    }
}

/* ---- time ---- */

static void ping(struct venue *v, int64_t now_ns, struct bn_conn *conn)
{
    conn->next_ping_ns += (int64_t)v->config.ws_ping_ms * VN_MS;
    if (vn_faults_event(v, VN_BINANCE, VN_FAULT_NO_PING, NULL) != NULL) {
        return;
    }
    memcpy(conn->pings[1], conn->pings[0], sizeof(conn->pings[0]));
    snprintf(conn->pings[0], sizeof(conn->pings[0]), "%lld",
             (long long)(vn_server_ns(v, now_ns) / VN_MS));
    vn_conn_frame(v, &conn->base, now_ns, 0, VENUE_WS_PING,
                  vn_blob_new(conn->pings[0], strlen(conn->pings[0])));
}

void vn_conns_tick(struct venue *v, int64_t now_ns)
{
    for (struct bn_conn *conn = bn_first(v); conn != NULL; conn = bn_next(conn)) {
        if (conn->base.closing) {
            continue;
        }
        if (now_ns - conn->base.opened_ns >= (int64_t)v->config.ws_max_age_ms * VN_MS) {
            vn_conn_close(v, &conn->base, now_ns, 1000, "24 hours are over");
        } else if (now_ns - conn->last_pong_ns > (int64_t)v->config.ws_pong_deadline_ms * VN_MS) {
            vn_conn_close(v, &conn->base, now_ns, 1008, "Pong timeout");
        } else if (now_ns >= conn->next_ping_ns) {
            ping(v, now_ns, conn);
        }
    }
}
