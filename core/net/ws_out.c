#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "net/ws.h"

#include "base/banned.h"

int out_init(struct sock *sock, size_t cap)
{
    if (sock->out_cap != cap) {
        out_release(sock);
        sock->out = malloc(cap);
        if (sock->out == NULL) {
            return error_set(ERR_NOMEM, "no memory for a send queue of %zu bytes", cap);
        }
        sock->out_cap = cap;
    }
    sock->out_end = 0;
    sock->out_first = 0;
    sock->out_count = 0;
    return 0;
}

void out_release(struct sock *sock)
{
    free(sock->out);
    sock->out = NULL;
    sock->out_cap = 0;
}

static struct sock_out *out_at(struct sock *sock, uint32_t i)
{
    return &sock->outs[(sock->out_first + i) % SOCK_OUTS];
}

/* Moves what waits to the front of the buffer. */
static void compact(struct sock *sock)
{
    size_t begin = sock->out_count > 0 ? out_at(sock, 0)->offset : sock->out_end;

    if (begin == 0) {
        return;
    }
    memmove(sock->out, sock->out + begin, sock->out_end - begin);
    explicit_bzero(sock->out + sock->out_end - begin, begin);
    sock->out_end -= begin;
    for (uint32_t i = 0; i < sock->out_count; i++) {
        out_at(sock, i)->offset -= begin;
    }
}

static int put_secret(struct sock *sock, uint64_t secret, char *at, size_t room, size_t *ret_len)
{
    const struct net_config *config = &sock->real->base.config;

    if (config->secret_read == NULL) {
        return error_set(ERR_UNSUPPORTED, "a secret in a message, and nobody to read it");
    }
    return config->secret_read(config->ctx, secret, at, room, ret_len);
}

static int put_text(struct sock *sock, const struct net_text *text, char *at, size_t room,
                    size_t *ret_len)
{
    size_t used = 0;

    for (size_t i = 0; i < text->count; i++) {
        const struct net_segment *segment = &text->segments[i];
        size_t len = segment->len;
        int status = 0;

        if (segment->secret != 0) {
            status = put_secret(sock, segment->secret, at + used, room - used, &len);
        } else if (len > room - used) {
            status = error_set(ERR_FULL, "the send queue of %zu bytes is full", sock->out_cap);
        } else if (len > 0) {
            memcpy(at + used, segment->bytes, len);
        }
        if (status < 0) {
            explicit_bzero(at, room);
            return status;
        }
        used += len;
    }
    *ret_len = used;
    return 0;
}

int out_push(struct sock *sock, const struct net_ws_message *message)
{
    size_t len = 0;

    if (sock->out_count == SOCK_OUTS) {
        return error_set(ERR_FULL, "%d messages wait to be sent", SOCK_OUTS);
    }
    compact(sock);
    if (sock->out_cap - sock->out_end <= LWS_PRE) {
        return error_set(ERR_FULL, "the send queue of %zu bytes is full", sock->out_cap);
    }
    size_t offset = sock->out_end;
    int status = put_text(sock, &message->text, sock->out + offset + LWS_PRE,
                          sock->out_cap - offset - LWS_PRE, &len);
    if (status < 0) {
        return status;
    }
    sock->out_end = offset + LWS_PRE + len;
    sock->out_count++;
    *out_at(sock, sock->out_count - 1) = (struct sock_out){
        .offset = offset,
        .len = len,
        .token = message->token,
        .still_allowed = message->still_allowed,
        .binary = message->binary,
    };
    return 0;
}

static struct sock_out pop(struct sock *sock)
{
    struct sock_out out = *out_at(sock, 0);

    sock->out_first = (sock->out_first + 1) % SOCK_OUTS;
    sock->out_count--;
    return out;
}

static void tell(struct sock *sock, const struct sock_out *out, enum net_outcome outcome)
{
    if (sock->config.on_sent != NULL) {
        sock->real->base.dirty = true;
        sock->config.on_sent(sock->config.ctx, sock->id, out->token, outcome);
    }
}

int out_write_one(struct sock *sock)
{
    struct sock_out out = pop(sock);
    unsigned char *text = (unsigned char *)sock->out + out.offset + LWS_PRE;
    enum net_outcome outcome = NET_NOT_SENT;
    int written = 0;

    if (out.still_allowed == NULL || out.still_allowed(sock->config.ctx)) {
        written =
            lws_write(sock->wsi, text, out.len, out.binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
        outcome = written >= (int)out.len ? NET_OK : NET_IN_DOUBT;
    }
    explicit_bzero(sock->out + out.offset, LWS_PRE + out.len);
    tell(sock, &out, outcome);
    return outcome == NET_IN_DOUBT ? -1 : 0;
}

void out_drop_all(struct sock *sock)
{
    while (sock->out_count > 0) {
        struct sock_out out = pop(sock);
        explicit_bzero(sock->out + out.offset, LWS_PRE + out.len);
        tell(sock, &out, NET_NOT_SENT);
    }
    sock->out_end = 0;
}
