#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "net/handle.h"
#include "net/inproc_impl.h"

#include "base/banned.h"

int inproc_ws_init(struct inproc *inproc)
{
    uint32_t count = inproc->base.config.max_sockets;

    inproc->sockets = calloc(count, sizeof(*inproc->sockets));
    if (inproc->sockets == NULL) {
        return error_set(ERR_NOMEM, "no memory for %u connections", count);
    }
    for (uint32_t i = 0; i < count; i++) {
        inproc->sockets[i].id = handle_make(i, 1);
        inproc->sockets[i].state = INPROC_WS_FREE;
    }
    return 0;
}

static struct inproc_ws *find_socket(struct inproc *inproc, uint64_t id)
{
    uint32_t slot = handle_slot(id);

    if (slot >= inproc->base.config.max_sockets || inproc->sockets[slot].id != id) {
        return NULL;
    }
    return &inproc->sockets[slot];
}

static void end(struct inproc_ws *socket, uint32_t close_code, const char *text)
{
    socket->state = INPROC_WS_ENDED;
    socket->close_code = close_code;
    net_text_set(socket->text, "%s", text);
}

/* ---- the calls ---- */

static int open_at_peer(struct inproc *inproc, struct inproc_ws *socket)
{
    const struct net_ws_config *config = &socket->config;
    const char *prefix = inproc->base.origins[config->origin].prefix;
    int status = draft_fill(&inproc->scratch, &config->target, &config->headers, NULL, 16 * 1024);

    if (status == 0) {
        status = draft_render(&inproc->scratch, &inproc->base.config, prefix, &inproc->wire);
    }
    if (status < 0) {
        return status;
    }
    struct inproc_request request = inproc_request_of(inproc, config->origin, "GET");
    socket->conn = request.conn;
    socket->state = INPROC_WS_OPENING;
    if (inproc->peer.ws_open(inproc->peer.ctx, inproc_wall_ns(inproc), &request) != 0) {
        end(socket, 0, "the peer refused the upgrade");
    }
    wire_clear(&inproc->wire);
    return 0;
}

int inproc_ws_open(struct net *net, const struct net_ws_config *config, uint64_t *ret_socket,
                   uint32_t *ret_generation)
{
    struct inproc *inproc = inproc_of(net);
    struct inproc_ws *socket = NULL;

    for (uint32_t i = 0; i < net->config.max_sockets && socket == NULL; i++) {
        socket = inproc->sockets[i].state == INPROC_WS_FREE ? &inproc->sockets[i] : NULL;
    }
    if (socket == NULL) {
        return error_set(ERR_FULL, "%u WebSocket connections are open", net->config.max_sockets);
    }
    *socket = (struct inproc_ws){.id = socket->id, .state = INPROC_WS_FREE, .config = *config};
    if (socket->config.max_message == 0) {
        socket->config.max_message = (size_t)4 << 20;
    }
    int status = open_at_peer(inproc, socket);
    if (status < 0) {
        return status;
    }
    socket->generation = ++net->generation;
    *ret_socket = socket->id;
    *ret_generation = socket->generation;
    return 0;
}

int inproc_ws_send(struct net *net, uint64_t id, const struct net_ws_message *message)
{
    struct inproc *inproc = inproc_of(net);
    struct inproc_ws *socket = find_socket(inproc, id);
    struct net_segment slash = {.bytes = "/", .len = 1};
    struct net_text target = {.segments = &slash, .count = 1};
    enum net_outcome outcome = NET_NOT_SENT;

    if (socket == NULL) {
        return error_set(ERR_STALE, "no such WebSocket connection");
    }
    if (socket->state != INPROC_WS_OPEN) {
        return error_set(ERR_WRONG_STATE, "the WebSocket connection is not open");
    }
    if (socket->sent_count == INPROC_SENTS) {
        return error_set(ERR_FULL, "%d messages wait to be told about", INPROC_SENTS);
    }
    int status = draft_fill(&inproc->scratch, &target, NULL, &message->text, 1 << 20);
    if (status == 0) {
        status = draft_render(&inproc->scratch, &net->config, "", &inproc->wire);
    }
    if (status < 0) {
        return status;
    }
    if (message->still_allowed == NULL || message->still_allowed(socket->config.ctx)) {
        outcome = NET_OK;
        inproc->peer.ws_recv(inproc->peer.ctx, inproc_wall_ns(inproc), socket->conn,
                             inproc->wire.body, inproc->wire.body_len, message->binary);
    }
    wire_clear(&inproc->wire);
    socket->sents[socket->sent_count].token = message->token;
    socket->sents[socket->sent_count].outcome = outcome;
    socket->sent_count++;
    return 0;
}

void inproc_ws_close(struct net *net, uint64_t id, uint32_t close_code)
{
    struct inproc *inproc = inproc_of(net);
    struct inproc_ws *socket = find_socket(inproc, id);

    (void)close_code;
    if (socket != NULL && (socket->state == INPROC_WS_OPEN || socket->state == INPROC_WS_OPENING)) {
        inproc->peer.ws_closed(inproc->peer.ctx, inproc_wall_ns(inproc), socket->conn);
        end(socket, 0, "closed by us");
    }
}

/* ---- telling ---- */

bool inproc_ws_is_pending(const struct inproc *inproc)
{
    for (uint32_t i = 0; i < inproc->base.config.max_sockets; i++) {
        const struct inproc_ws *socket = &inproc->sockets[i];

        if (socket->state == INPROC_WS_OPENING || socket->state == INPROC_WS_ENDED ||
            socket->sent_count > 0) {
            return true;
        }
    }
    return false;
}

static void tell_sents(struct inproc *inproc, struct inproc_ws *socket)
{
    for (uint32_t i = 0; i < socket->sent_count; i++) {
        if (socket->config.on_sent != NULL) {
            inproc->base.dirty = true;
            socket->config.on_sent(socket->config.ctx, socket->id, socket->sents[i].token,
                                   socket->sents[i].outcome);
        }
    }
    socket->sent_count = 0;
}

static void tell_end(struct inproc *inproc, struct inproc_ws *socket)
{
    struct net_ws_end told = {
        .socket = socket->id,
        .generation = socket->generation,
        .was_open = socket->was_open,
        .close_code = socket->close_code,
        .text = socket->text,
    };

    tell_sents(inproc, socket);
    inproc->base.dirty = true;
    socket->config.on_close(socket->config.ctx, &told);
    socket->id = handle_make(handle_slot(socket->id), handle_generation(socket->id) + 1);
    socket->state = INPROC_WS_FREE;
}

void inproc_ws_tell(struct inproc *inproc)
{
    for (uint32_t i = 0; i < inproc->base.config.max_sockets; i++) {
        struct inproc_ws *socket = &inproc->sockets[i];

        if (socket->state == INPROC_WS_OPENING) {
            socket->state = INPROC_WS_OPEN;
            socket->was_open = true;
            inproc->base.dirty = true;
            socket->config.on_open(socket->config.ctx, socket->id, socket->generation);
        } else if (socket->state == INPROC_WS_ENDED) {
            tell_end(inproc, socket);
        } else if (socket->sent_count > 0) {
            tell_sents(inproc, socket);
        }
    }
}

/* Copied before it is told: what the owner does then may call into the peer. */
static void take_frame(struct inproc *inproc, struct inproc_ws *socket,
                       const struct inproc_output *output)
{
    if (output->len > socket->config.max_message) {
        inproc->peer.ws_closed(inproc->peer.ctx, inproc_wall_ns(inproc), socket->conn);
        end(socket, 0, "a message longer than allowed");
        return;
    }
    text_clear(&inproc->body);
    text_add_n(&inproc->body, output->bytes, output->len);
    inproc->base.dirty = true;
    socket->config.on_frame(socket->config.ctx, socket->id, text_get(&inproc->body),
                            inproc->body.len, output->binary);
    text_clear(&inproc->body);
}

static void take(struct inproc *inproc, struct inproc_ws *socket,
                 const struct inproc_output *output)
{
    tell_sents(inproc, socket);
    if (output->kind == INPROC_FRAME) {
        take_frame(inproc, socket, output);
    } else if (output->kind == INPROC_PONG && inproc->peer.ws_pong != NULL) {
        inproc->peer.ws_pong(inproc->peer.ctx, inproc_wall_ns(inproc), socket->conn);
    } else if (output->kind == INPROC_CLOSE) {
        end(socket, output->close_code, "the peer closed");
        tell_end(inproc, socket);
    }
}

void inproc_ws_take(struct inproc *inproc, const struct inproc_output *output)
{
    for (uint32_t i = 0; i < inproc->base.config.max_sockets; i++) {
        struct inproc_ws *socket = &inproc->sockets[i];

        if (socket->conn != output->conn) {
            continue;
        }
        if (socket->state == INPROC_WS_OPENING) {
            socket->state = INPROC_WS_OPEN; /* opened since the turn began */
            socket->was_open = true;
            inproc->base.dirty = true;
            socket->config.on_open(socket->config.ctx, socket->id, socket->generation);
        }
        if (socket->state == INPROC_WS_OPEN) {
            take(inproc, socket, output);
        }
        return;
    }
}

void inproc_ws_stop(struct inproc *inproc)
{
    for (uint32_t i = 0; i < inproc->base.config.max_sockets; i++) {
        struct inproc_ws *socket = &inproc->sockets[i];

        if (socket->state == INPROC_WS_OPEN || socket->state == INPROC_WS_OPENING) {
            inproc->peer.ws_closed(inproc->peer.ctx, inproc_wall_ns(inproc), socket->conn);
            end(socket, 0, "the net was closed");
        }
    }
    inproc_ws_tell(inproc);
}
