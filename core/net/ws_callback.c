#include <stdlib.h>
#include <string.h>

#include "net/ws.h"

#include "base/banned.h"

static int64_t now_of(const struct sock *sock)
{
    return net_mono_ns(&sock->real->base);
}

/* The library wants "name: value\r\n" lines at *at. */
static int add_headers(struct sock *sock, unsigned char **at, size_t room)
{
    for (uint32_t i = 0; i < sock->head.header_count; i++) {
        size_t len = strlen(sock->head.headers[i]);

        if (len + 2 > room) {
            net_text_set(sock->text, "the headers of the upgrade are too long");
            return -1;
        }
        memcpy(*at, sock->head.headers[i], len);
        memcpy(*at + len, "\r\n", 2);
        *at += len + 2;
        room -= len + 2;
    }
    wire_clear(&sock->head); /* it has served; the library's copy is the library's */
    return 0;
}

static int on_established(struct sock *sock)
{
    if (sock->state != SOCK_CONNECTING) {
        return -1;
    }
    sock->state = SOCK_OPEN;
    sock->was_open = true;
    sock->message.len =
        0; /* emptied at each message's end; the library's "first fragment" is true for later pieces too */
    sock->heard_mono_ns = now_of(sock);
    sock->ping_mono_ns = now_of(sock) + sock->config.ping_every_ms * CLOCK_NS_PER_MS;
    sock_arm(sock);
    sock->real->base.dirty = true;
    sock->config.on_open(sock->config.ctx, sock->id, sock->generation);
    return 0;
}

static bool add_piece(struct blob *message, const char *bytes, size_t len)
{
    size_t wanted = message->len + len + 1;

    if (wanted > message->cap) {
        size_t cap = message->cap < 4096 ? 4096 : message->cap;
        while (cap < wanted) {
            cap *= 2;
        }
        char *grown = realloc(message->bytes, cap);
        if (grown == NULL) {
            return false;
        }
        message->bytes = grown;
        message->cap = cap;
    }
    if (len > 0) {
        memcpy(message->bytes + message->len, bytes, len);
    }
    message->len += len;
    message->bytes[message->len] = '\0';
    return true;
}

/* Never ends the connection by its return value: this version of the library would then go on
 * reading the rest of the frame into a buffer it believes empty and which is full. The goodbye is
 * said when it can be written. */
static int on_receive(struct sock *sock, const char *bytes, size_t len)
{
    sock->heard_mono_ns = now_of(sock);
    if (sock->state != SOCK_OPEN) {
        return 0; /* the goodbye is on its way */
    }
    if (len > sock->config.max_message - sock->message.len ||
        !add_piece(&sock->message, bytes, len)) {
        net_text_set(sock->text, "a message longer than %zu bytes", sock->config.max_message);
        sock_goodbye(sock, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE);
        return 0;
    }
    if (lws_is_final_fragment(sock->wsi)) {
        size_t whole = sock->message.len;
        sock->message.len = 0;
        sock->real->base.dirty = true;
        sock->config.on_frame(sock->config.ctx, sock->id, sock->message.bytes, whole,
                              lws_frame_is_binary(sock->wsi) != 0);
    }
    return 0;
}

static int on_writeable(struct sock *sock)
{
    int status = 0;

    if (sock->state == SOCK_CLOSING) {
        lws_close_reason(sock->wsi, (enum lws_close_status)sock->close_code, NULL, 0);
        return -1;
    }
    if (sock->state != SOCK_OPEN) {
        return 0;
    }
    if (sock->ping_due) {
        unsigned char ping[LWS_PRE + 1] = {0};
        sock->ping_due = false;
        status = lws_write(sock->wsi, ping + LWS_PRE, 0, LWS_WRITE_PING) < 0 ? -1 : 0;
    } else if (sock->out_count > 0) {
        status = out_write_one(sock);
    }
    if (status < 0) {
        net_text_set(sock->text, "the connection broke while it was written to");
        return -1;
    }
    if (sock->out_count > 0 || sock->ping_due || sock->state == SOCK_CLOSING) {
        (void)lws_callback_on_writable(sock->wsi);
    }
    return 0;
}

static void on_peer_close(struct sock *sock, const unsigned char *bytes, size_t len)
{
    if (len >= 2) {
        sock->peer_code = ((uint32_t)bytes[0] << 8) | bytes[1];
    }
    int text_len = len > 2 && len < 126 ? (int)len - 2 : 0;
    net_text_set(sock->text, "the peer closed with code %u%s%.*s", sock->peer_code,
                 text_len > 0 ? ": " : "", text_len, text_len > 0 ? (const char *)bytes + 2 : "");
}

int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct sock *sock = user;

    /* Some reasons carry something else in user: only these are ours. */
    switch ((int)reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return add_headers(sock, in, len);
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        sock->wsi = wsi;
        return on_established(sock);
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return on_receive(sock, in, len);
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
        sock->heard_mono_ns = now_of(sock);
        return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return on_writeable(sock);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        on_peer_close(sock, in, len);
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        if (sock != NULL && in != NULL && sock->text[0] == '\0') {
            net_text_set(sock->text, "%.*s", (int)len, (const char *)in);
        }
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        if (sock != NULL) {
            sock_end(sock);
        }
        return 0;
    default:
        return 0;
    }
}
