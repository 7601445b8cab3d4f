/* WebSocket connections: opening, subscribing, numbering, the end. */
#include <stdlib.h>
#include <string.h>

#include "coinbase.h"

#define SUBSCRIBE_NS (5 * VN_SECOND)
#define IDLE_NS (60 * VN_SECOND)
#define MESSAGES_PER_S 8

static const char *const channels[] = {
    NULL,     "heartbeats",    "status",  "ticker", "ticker_batch",
    "level2", "market_trades", "candles", "user",   "futures_balance_summary"};

_Static_assert(sizeof(channels) / sizeof(channels[0]) == VC_CHANNEL_COUNT, "one word per channel");

const char *vc_channel_word(enum vc_channel channel)
{
    return channels[channel];
}

static enum vc_channel channel_read(const char *word)
{
    for (int i = 1; i < VC_CHANNEL_COUNT; i++) {
        if (strcmp(channels[i], word) == 0) {
            return (enum vc_channel)i;
        }
    }
    return VC_CHANNEL_INVALID;
}

bool vc_listens(const struct vn_conn *c, enum vc_channel channel, const struct vn_symbol *symbol)
{
    const struct vc_conn *conn = (const struct vc_conn *)c;
    if (c->dialect != VN_COINBASE || c->closing) {
        return false;
    }
    return (conn->all & 1u << channel) != 0 ||
           (symbol != NULL && (conn->symbols[channel] & 1u << symbol->index) != 0);
}

/* ---- sending ---- */

static void push(struct venue *v, struct vc_conn *conn, int64_t due_ns, struct vn_blob *blob,
                 bool cut)
{
    struct vn_item *item = vn_item_new(&v->outbox, conn->base.id, VENUE_OUT_WS);
    item->opcode = VENUE_WS_TEXT;
    item->due_ns = due_ns;
    vn_item_body(item, blob);
    if (cut) {
        item->send_len = blob->len / 2;
        conn->base.closing = true;
    }
    vn_item_push(&v->outbox, item);
}

/* The numbers stay true: a frame that vanishes had one, a frame that comes twice has one. */
static void deliver(struct venue *v, int64_t now_ns, struct vc_conn *conn, bool user,
                    const char *symbol, struct vn_blob *blob)
{
    bool lost = vc_fault(v, VC_FAULT_DROP_FRAME, symbol) != NULL;
    lost = lost || (!user && symbol != NULL &&
                    vn_faults_event(v, VN_COINBASE, VN_FAULT_DROP_MARKET, symbol) != NULL);
    lost = lost || (user && (vn_faults_event(v, VN_COINBASE, VN_FAULT_MISSING, symbol) != NULL ||
                             vn_faults_event(v, VN_COINBASE, VN_FAULT_MUTE_USER, NULL) != NULL));
    if (lost) {
        vn_blob_drop(blob);
        return;
    }
    const struct vn_fault *late = vc_fault(v, VC_FAULT_REORDER_FRAME, symbol);
    if (late == NULL && user) {
        late = vn_faults_event(v, VN_COINBASE, VN_FAULT_REORDER, symbol);
    }
    bool twice = vc_fault(v, VC_FAULT_DUPLICATE_FRAME, symbol) != NULL ||
                 (user && vn_faults_event(v, VN_COINBASE, VN_FAULT_DUPLICATE, symbol) != NULL);
    if (twice) {
        push(v, conn, now_ns, vn_blob_new(blob->data, blob->len), false);
    }
    int64_t due_ns = now_ns + (late == NULL ? 0 : late->ms * VN_MS);
    push(v, conn, due_ns, blob, vc_fault(v, VC_FAULT_CUT_FRAME, symbol) != NULL);
}

static void send_named(struct venue *v, int64_t now_ns, struct vc_conn *conn, const char *channel,
                       bool user, const char *symbol, const struct vn_text *events)
{
    struct vn_text frame = {0};
    if (conn->base.closing) {
        return;
    }
    vn_text_addf(&frame, "{\"channel\":\"%s\",\"client_id\":\"\",\"timestamp\":", channel);
    vc_add_time(v, &frame, now_ns);
    vn_text_addf(&frame, ",\"sequence_num\":%llu,\"events\":", (unsigned long long)conn->sequence);
    vn_text_add_n(&frame, events->data, events->len);
    vn_text_add_char(&frame, '}');
    conn->sequence++;
    conn->active_ns = now_ns;
    deliver(v, now_ns, conn, user, symbol, vn_blob_from(&frame));
    vn_text_release(&frame);
}

void vc_send(struct venue *v, int64_t now_ns, struct vc_conn *conn, enum vc_channel channel,
             const char *symbol, const struct vn_text *events)
{
    const char *name = channel == VC_LEVEL2 ? "l2_data" : channels[channel];
    if (vc_fault(v, VC_FAULT_UNKNOWN_CHANNEL, symbol) != NULL) {
        struct vn_text odd = {0};
        vn_text_add(&odd, "[{\"type\":\"nobody_knows\",\"things\":[1,null,\"x\"]}]");
        send_named(v, now_ns, conn, "nobody_knows", false, symbol, &odd);
        vn_text_release(&odd);
    }
    send_named(v, now_ns, conn, name, channel == VC_USER, symbol, events);
}

void vc_ws_error(struct venue *v, int64_t now_ns, struct vc_conn *conn, const char *message)
{
    struct vn_text frame = {0};
    vn_text_add(&frame, "{\"type\":\"error\",\"message\":");
    vn_text_add_json(&frame, message);
    vn_text_add_char(&frame, '}');
    vn_conn_send(v, &conn->base, now_ns, 0, vn_blob_from(&frame));
    vn_text_release(&frame);
}

/* ---- the confirmation ---- */

static void print_channel(struct venue *v, const struct vc_conn *conn, int channel,
                          struct vn_text *out)
{
    bool all = (conn->all & 1u << channel) != 0;
    if (!all && conn->symbols[channel] == 0) {
        return;
    }
    vn_text_addf(out, "\"%s\":[", channels[channel]);
    if (channel == VC_USER || channel == VC_FUTURES) {
        char uuid[VC_UUID];
        vc_uuid(v, VC_UUID_USER, conn->account->uid, uuid);
        vn_text_add_json(out, uuid);
    } else if (channel == VC_HEARTBEATS) {
        vn_text_add_json(out, channels[channel]);
    } else {
        for (int i = 0; i < v->engine.symbol_count; i++) {
            char name[2 * VN_NAME];
            vc_product_name(&v->engine.symbols[i], name);
            if ((conn->symbols[channel] & 1u << i) != 0) {
                vn_text_add_json(out, name);
                vn_text_add_char(out, ',');
            }
        }
        vn_text_trim_comma(out);
    }
    vn_text_add(out, "],");
}

static void confirm(struct venue *v, int64_t now_ns, struct vc_conn *conn)
{
    struct vn_text out = {0};
    vn_text_add(&out, "[{\"subscriptions\":{");
    for (int i = 1; i < VC_CHANNEL_COUNT; i++) {
        print_channel(v, conn, i, &out);
    }
    vn_text_trim_comma(&out);
    vn_text_add(&out, "}}]");
    send_named(v, now_ns, conn, "subscriptions", false, NULL, &out);
    vn_text_release(&out);
}

/* ---- messages ---- */

static bool needs_token(enum vc_channel channel)
{
    return channel == VC_USER || channel == VC_FUTURES;
}

static bool is_served(const struct vc_conn *conn, enum vc_channel channel)
{
    return channel != VC_CHANNEL_INVALID &&
           (!conn->user_endpoint || needs_token(channel) || channel == VC_HEARTBEATS);
}

/* False: an error frame was sent. */
static bool authenticate(struct venue *v, int64_t now_ns, struct vc_conn *conn,
                         enum vc_channel channel, const char *jwt)
{
    const char *why = NULL;
    struct vn_key *key =
        jwt[0] == '\0' ? NULL : vc_token_key(v, now_ns, jwt, strlen(jwt), NULL, &why);
    bool fits =
        is_served(conn, channel) && (jwt[0] == '\0' || key != NULL) &&
        (!needs_token(channel) || (key != NULL && (key->permissions & VENUE_MAY_READ) != 0 &&
                                   (conn->account == NULL || conn->account == key->account)));
    if (!fits) { /* the same words for a channel that is none */
        vc_ws_error(v, now_ns, conn, "authentication failure");
        return false;
    }
    if (needs_token(channel)) {
        conn->account = key->account;
        conn->key = key;
    }
    return true;
}

/* The products of a message as bits; false: an error frame was sent. */
static bool products_of(struct venue *v, int64_t now_ns, struct vc_conn *conn,
                        const struct vn_json *message, uint32_t *ret_symbols)
{
    const struct vn_json *ids = vn_json_get(message, "product_ids");
    uint32_t symbols = 0;
    for (const struct vn_json *id = ids == NULL ? NULL : ids->child; id != NULL; id = id->next) {
        const struct vn_symbol *symbol =
            id->kind == VN_JSON_STRING ? vc_product_find(v, id->text) : NULL;
        if (symbol == NULL) {
            vc_ws_error(v, now_ns, conn, "unknown product in product_ids");
            return false;
        }
        symbols |= 1u << symbol->index;
    }
    *ret_symbols = symbols;
    return true;
}

static void subscribe(struct venue *v, int64_t now_ns, struct vc_conn *conn,
                      enum vc_channel channel, uint32_t symbols)
{
    bool whole = channel == VC_HEARTBEATS || (needs_token(channel) && symbols == 0);
    if (!whole && symbols == 0) {
        vc_ws_error(v, now_ns, conn, "product_ids are required for this channel");
        return;
    }
    conn->subscribed = true;
    conn->all |= whole ? 1u << channel : 0;
    conn->symbols[channel] |= whole ? 0 : symbols;
    conn->heartbeats += channel == VC_HEARTBEATS;
    bool data_first = v->config.shuffle && vn_random_below(&v->random, 2) == 0;
    if (data_first) {
        vc_channel_open(v, now_ns, conn, channel, symbols);
        confirm(v, now_ns, conn);
    } else {
        confirm(v, now_ns, conn);
        vc_channel_open(v, now_ns, conn, channel, symbols);
    }
}

static void unsubscribe(struct venue *v, int64_t now_ns, struct vc_conn *conn,
                        enum vc_channel channel, uint32_t symbols)
{
    conn->symbols[channel] &= symbols == 0 ? 0 : ~symbols;
    if (symbols == 0) {
        conn->all &= ~(1u << channel);
        conn->heartbeats = channel == VC_HEARTBEATS ? 0 : conn->heartbeats;
    }
    confirm(v, now_ns, conn);
}

static bool too_many(struct venue *v, int64_t now_ns, const char *jwt)
{
    struct vc_second *second = &vc_state(v)->message_second;
    int64_t index = now_ns / VN_SECOND;
    if (jwt[0] != '\0') {
        return false;
    }
    if (second->index != index) {
        *second = (struct vc_second){.index = index};
    }
    return ++second->used > MESSAGES_PER_S;
}

static void on_message(struct venue *v, int64_t now_ns, struct vc_conn *conn,
                       const struct vn_json *message)
{
    const char *type = vn_json_text(message, "type", "");
    const char *jwt = vn_json_text(message, "jwt", "");
    enum vc_channel channel = channel_read(vn_json_text(message, "channel", ""));
    bool joins = strcmp(type, "subscribe") == 0;
    uint32_t symbols = 0;
    if (too_many(v, now_ns, jwt)) {
        vc_ws_error(v, now_ns, conn, "rate limit exceeded");
        return;
    }
    if (!joins && strcmp(type, "unsubscribe") != 0) {
        vc_ws_error(v, now_ns, conn, "unknown message type");
        return;
    }
    if (!authenticate(v, now_ns, conn, channel, jwt) ||
        !products_of(v, now_ns, conn, message, &symbols)) {
        return;
    }
    if (joins) {
        subscribe(v, now_ns, conn, channel, symbols);
    } else {
        unsubscribe(v, now_ns, conn, channel, symbols);
    }
}

/* ---- the connection ---- */

int vc_ws_open(struct venue *v, int64_t now_ns, uint64_t id, const char *target)
{
    size_t len = strcspn(target, "?");
    bool user = len == 5 && strncmp(target, "/user", 5) == 0;
    if (!user && (len != 1 || target[0] != '/')) {
        return vn_error(v, VENUE_EREFUSED, "nobody serves %s", target);
    }
    struct vc_conn *conn = vn_alloc(sizeof(*conn));
    conn->user_endpoint = user;
    conn->active_ns = now_ns;
    conn->idle_ns = IDLE_NS + (int64_t)vn_random_below(&v->random, 31) * VN_SECOND;
    vn_conn_add(v, now_ns, &conn->base, id, VN_COINBASE);
    return 0;
}

void vc_ws_recv(struct venue *v, int64_t now_ns, struct vn_conn *c, uint32_t opcode,
                const void *bytes, size_t len)
{
    struct vc_conn *conn = (struct vc_conn *)c;
    if (opcode == VENUE_WS_PING) {
        vn_conn_frame(v, c, now_ns, 0, VENUE_WS_PONG, vn_blob_new(bytes, len));
    } else if (opcode == VENUE_WS_CLOSE) {
        vn_conn_close(v, c, now_ns, 1000, "");
    } else if (opcode == VENUE_WS_TEXT) {
        struct vn_json *message = vn_json_parse(bytes, len);
        if (message == NULL) {
            vc_ws_error(v, now_ns, conn, "malformed message");
        } else {
            on_message(v, now_ns, conn, message);
        }
        vn_json_free(message);
    } else if (opcode != VENUE_WS_PONG) {
        vn_conn_close(v, c, now_ns, 1003, "text frames only");
    }
}

void vc_ws_closed(struct venue *v, struct vn_conn *c)
{
    vn_conn_remove(v, c);
    free(c);
}

void vc_ws_tick(struct venue *v, int64_t now_ns)
{
    for (struct vn_conn *c = v->conn_list; c != NULL; c = c->next) {
        const struct vc_conn *conn = (const struct vc_conn *)c;
        if (c->dialect != VN_COINBASE || c->closing) {
            continue;
        }
        if (!conn->subscribed && now_ns - c->opened_ns >= SUBSCRIBE_NS) {
            vn_conn_close(v, c, now_ns, 1008, "no subscription in time");
        } else if (now_ns - conn->active_ns >= conn->idle_ns) {
            vn_conn_close(v, c, now_ns, 1001, "idle");
        } else if (now_ns - c->opened_ns >= (int64_t)v->config.ws_max_age_ms * VN_MS) {
            vn_conn_close(v, c, now_ns, 1000, "too old");
        }
    }
}

void vc_ws_key_changed(struct venue *v, int64_t now_ns, struct vn_key *key)
{
    for (struct vn_conn *c = v->conn_list; c != NULL; c = c->next) {
        if (c->dialect == VN_COINBASE && ((struct vc_conn *)c)->key == key && key->revoked) {
            vn_conn_close(v, c, now_ns, 1008, "the key was revoked");
        }
    }
}
