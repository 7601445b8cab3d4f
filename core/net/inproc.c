#include "net/inproc.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "net/handle.h"
#include "net/inproc_impl.h"

#include "base/banned.h"

/* ---- towards the peer ---- */

/* "Name: value" cut in two. */
static void split_header(char *line, struct inproc_header *ret_header)
{
    char *colon = strchr(line, ':');

    *colon = '\0';
    ret_header->name = line;
    ret_header->value = colon + 1 + strspn(colon + 1, " \t");
}

struct inproc_request inproc_request_of(struct inproc *inproc, uint32_t origin, const char *method)
{
    struct wire *wire = &inproc->wire;
    bool has_type = false;
    uint32_t count = 0;

    for (uint32_t i = 0; i < wire->header_count; i++) {
        has_type = has_type || strncasecmp(wire->headers[i], "content-type:", 13) == 0;
        split_header(wire->headers[i], &inproc->header_table[count++]);
    }
    if (wire->body_len > 0 && !has_type) {
        inproc->header_table[count++] =
            (struct inproc_header){"Content-Type", "application/x-www-form-urlencoded"};
    }
    return (struct inproc_request){
        .conn = ++inproc->conns,
        .origin = origin,
        .method = method,
        .target = wire->target,
        .headers = inproc->header_table,
        .header_count = count,
        .body = wire->body,
        .body_len = wire->body_len,
    };
}

static void complete(struct inproc_http *http, enum net_outcome outcome, const char *text)
{
    http->state = INPROC_DONE;
    http->outcome = outcome;
    net_text_set(http->text, "%s", text);
}

static void send_now(struct inproc *inproc, struct inproc_http *http)
{
    const char *prefix = inproc->base.origins[http->asked.origin].prefix;

    if (draft_render(&http->draft, &inproc->base.config, prefix, &inproc->wire) < 0) {
        complete(http, NET_NOT_SENT, error_message());
        return;
    }
    if (http->asked.still_allowed != NULL && !http->asked.still_allowed(http->asked.ctx)) {
        wire_clear(&inproc->wire);
        complete(http, NET_NOT_SENT, "no longer allowed when it was about to leave");
        return;
    }
    struct inproc_request request = inproc_request_of(inproc, http->asked.origin, http->method);
    http->conn = request.conn;
    http->state = INPROC_SENT;
    http->sent_mono_ns = net_mono_ns(&inproc->base);
    if (inproc->peer.http(inproc->peer.ctx, inproc_wall_ns(inproc), &request) != 0) {
        http->sent_mono_ns = 0;
        complete(http, NET_NOT_SENT, "no connection");
    }
    wire_clear(&inproc->wire);
}

/* ---- who may go now ---- */

static bool is_same_road(const struct inproc_http *a, const struct net_http_request *b)
{
    if (a->asked.origin != b->origin || a->asked.lane != b->lane) {
        return false;
    }
    return b->lane != 0 || a->asked.class_ == b->class_;
}

static uint32_t count_state(const struct inproc *inproc, const struct net_http_request *asked,
                            enum inproc_state state)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < inproc->base.config.max_requests; i++) {
        const struct inproc_http *http = &inproc->https[i];
        count += http->state == state && is_same_road(http, asked) ? 1 : 0;
    }
    return count;
}

static bool has_room(const struct inproc *inproc, const struct net_http_request *asked)
{
    uint32_t most = inproc->base.origins[asked->origin].connections[asked->class_];

    if (asked->lane != 0) {
        most = 1;
    } else if (asked->class_ == NET_CLASS_CANCEL) {
        return true;
    }
    return count_state(inproc, asked, INPROC_SENT) < most;
}

/* Oldest first, whatever the slot. */
static void pump(struct inproc *inproc)
{
    for (;;) {
        struct inproc_http *oldest = NULL;

        for (uint32_t i = 0; i < inproc->base.config.max_requests; i++) {
            struct inproc_http *http = &inproc->https[i];
            if (http->state == INPROC_QUEUED && has_room(inproc, &http->asked) &&
                (oldest == NULL || http->order < oldest->order)) {
                oldest = http;
            }
        }
        if (oldest == NULL) {
            return;
        }
        send_now(inproc, oldest);
    }
}

/* ---- the calls ---- */

static int inproc_http_send(struct net *net, const struct net_http_request *asked,
                            uint64_t *ret_request)
{
    struct inproc *inproc = inproc_of(net);
    struct inproc_http *http = NULL;
    uint32_t timeout_ms = asked->timeout_ms != 0 ? asked->timeout_ms : 15000;

    uint32_t free_count = 0;
    for (uint32_t i = 0; i < net->config.max_requests; i++) {
        if (inproc->https[i].state == INPROC_FREE) {
            http = http != NULL ? http : &inproc->https[i];
            free_count++;
        }
    }
    if (free_count <= net_slots_kept(net, asked->class_)) {
        return error_set(ERR_FULL, "%u requests are outstanding",
                         net->config.max_requests - free_count);
    }
    bool may_go = has_room(inproc, asked) && count_state(inproc, asked, INPROC_QUEUED) == 0;
    if (!may_go && asked->class_ == NET_CLASS_TRADE && asked->lane == 0) {
        return error_set(NET_ERR_NOT_READY, "no connection for an order is ready");
    }
    int status = draft_fill(&http->draft, &asked->target, &asked->headers, &asked->body, 1 << 20);
    if (status < 0) {
        return status;
    }
    http->asked = *asked;
    if (http->asked.max_body == 0) {
        http->asked.max_body = asked->on_piece != NULL ? (size_t)64 << 20 : (size_t)1 << 20;
    }
    memcpy(http->method, asked->method, strlen(asked->method) + 1);
    http->order = ++inproc->orders;
    http->sent_mono_ns = 0;
    http->deadline_mono_ns = net_mono_ns(net) + timeout_ms * CLOCK_NS_PER_MS;
    http->state = INPROC_QUEUED;
    if (may_go) {
        send_now(inproc, http);
    }
    *ret_request = http->id;
    return 0;
}

static void give_slot(struct inproc_http *http)
{
    http->state = INPROC_FREE;
    http->id = handle_make(handle_slot(http->id), handle_generation(http->id) + 1);
}

static enum net_outcome inproc_http_cancel(struct net *net, uint64_t request)
{
    struct inproc *inproc = inproc_of(net);
    uint32_t slot = handle_slot(request);

    if (slot >= net->config.max_requests || inproc->https[slot].id != request) {
        return NET_OUTCOME_INVALID;
    }
    struct inproc_http *http = &inproc->https[slot];
    enum net_outcome outcome = NET_OUTCOME_INVALID;
    if (http->state == INPROC_QUEUED) {
        outcome = NET_NOT_SENT;
    } else if (http->state == INPROC_SENT) {
        outcome = NET_IN_DOUBT;
    } else if (http->state == INPROC_DONE) {
        outcome = http->outcome;
    } else {
        return outcome;
    }
    give_slot(http);
    pump(inproc);
    return outcome;
}

/* ---- telling ---- */

static void tell(struct inproc *inproc, struct inproc_http *http, enum net_outcome outcome,
                 uint32_t status)
{
    struct net_http_result result = {
        .outcome = outcome,
        .status = status,
        .headers = text_get(&inproc->headers),
        .headers_len = inproc->headers.len,
        .body = text_get(&inproc->body),
        .body_len = inproc->body.len,
        .text = http->text,
        .request = http->id,
        .sent_mono_ns = http->sent_mono_ns,
        .done_mono_ns = net_mono_ns(&inproc->base),
        .done_ns = inproc_wall_ns(inproc),
    };

    http->state = INPROC_TELLING;
    inproc->base.dirty = true;
    http->asked.on_done(http->asked.ctx, &result);
    give_slot(http);
    text_clear(&inproc->headers);
    text_clear(&inproc->body);
}

/* Pieces are small and break anywhere, so that who reads them learns it here. */
static void tell_pieces(struct inproc *inproc, struct inproc_http *http, uint32_t status)
{
    uint64_t id = http->id;

    for (size_t at = 0; at < inproc->body.len && http->id == id; at += INPROC_PIECE) {
        size_t left = inproc->body.len - at;
        inproc->base.dirty = true;
        http->asked.on_piece(http->asked.ctx, status, inproc->body.data + at,
                             left < INPROC_PIECE ? left : INPROC_PIECE);
    }
}

/* The output's pointers die at the next call into the peer, which on_done may make: copied first.
 */
static void take_answer(struct inproc *inproc, struct inproc_http *http,
                        const struct inproc_output *output)
{
    uint32_t status = output->status;
    enum net_outcome outcome = output->cut ? NET_IN_DOUBT : NET_OK;
    uint64_t id = http->id;

    net_text_set(http->text, "%s", output->cut ? "the answer broke off" : "");
    for (size_t i = 0; i < output->header_count; i++) {
        text_addf(&inproc->headers, "%s: %s\r\n", output->headers[i].name,
                  output->headers[i].value);
    }
    if (output->len > http->asked.max_body) {
        outcome = NET_IN_DOUBT;
        net_text_set(http->text, "the answer is larger than allowed");
    } else {
        text_add_n(&inproc->body, output->bytes, output->len);
    }
    if (http->asked.on_piece != NULL) {
        tell_pieces(inproc, http, status);
        text_clear(&inproc->body);
    }
    if (http->id == id) {
        tell(inproc, http, outcome, status);
    }
    pump(inproc);
}

static void take_output(struct inproc *inproc, const struct inproc_output *output)
{
    for (uint32_t i = 0; i < inproc->base.config.max_requests; i++) {
        struct inproc_http *http = &inproc->https[i];

        if (http->state != INPROC_SENT || http->conn != output->conn) {
            continue;
        }
        if (output->kind == INPROC_ANSWER) {
            take_answer(inproc, http, output);
        } else {
            net_text_set(http->text, "the connection broke without an answer");
            tell(inproc, http, NET_IN_DOUBT, 0);
            pump(inproc);
        }
        return;
    }
    inproc_ws_take(inproc, output);
}

static void tell_done(struct inproc *inproc)
{
    for (uint32_t i = 0; i < inproc->base.config.max_requests; i++) {
        if (inproc->https[i].state == INPROC_DONE) {
            tell(inproc, &inproc->https[i], inproc->https[i].outcome, 0);
        }
    }
}

static void tell_late(struct inproc *inproc, int64_t now_mono_ns)
{
    for (uint32_t i = 0; i < inproc->base.config.max_requests; i++) {
        struct inproc_http *http = &inproc->https[i];
        bool is_waiting = http->state == INPROC_SENT || http->state == INPROC_QUEUED;

        if (is_waiting && http->deadline_mono_ns <= now_mono_ns) {
            bool was_sent = http->state == INPROC_SENT;
            net_text_set(http->text,
                         was_sent ? "no answer in time" : "timed out before a connection was free");
            tell(inproc, http, was_sent ? NET_IN_DOUBT : NET_NOT_SENT, 0);
            pump(inproc);
        }
    }
}

/* ---- the turn ---- */

static int inproc_turn(struct net *net, uint32_t max_wait_ms)
{
    struct inproc *inproc = inproc_of(net);
    struct inproc_output output = {0};
    int64_t now_mono_ns = net_mono_ns(net);

    (void)max_wait_ms;
    tell_done(inproc);
    inproc_ws_tell(inproc);
    for (int i = 0;
         i < INPROC_OUTPUTS && inproc->peer.poll(inproc->peer.ctx, inproc_wall_ns(inproc), &output);
         i++) {
        take_output(inproc, &output);
    }
    if (timers_fire_due(&net->timers, now_mono_ns)) {
        net->dirty = true;
    }
    tell_late(inproc, now_mono_ns);
    if (inproc->woken) {
        inproc->woken = false;
        net->dirty = true;
        if (net->config.on_wakeup != NULL) {
            net->config.on_wakeup(net->config.ctx);
        }
    }
    net_turn_done(net);
    return 0;
}

static int inproc_run(struct net *net)
{
    (void)net;
    return error_set(ERR_UNSUPPORTED, "simulated time does not run: net_turn steps it");
}

static void inproc_stop(struct net *net)
{
    (void)net; /* nothing runs */
}

static void inproc_wakeup(struct net *net)
{
    inproc_of(net)->woken = true;
}

static int64_t inproc_next_due(struct net *net)
{
    struct inproc *inproc = inproc_of(net);
    int64_t now_mono_ns = net_mono_ns(net);
    int64_t due_mono_ns = timers_next_mono_ns(&net->timers);
    int64_t peer_ns = inproc->peer.next_due_ns(inproc->peer.ctx);

    if (inproc->woken || inproc_ws_is_pending(inproc)) {
        return now_mono_ns;
    }
    if (peer_ns != INT64_MAX) {
        int64_t peer_mono_ns = now_mono_ns + (peer_ns - inproc_wall_ns(inproc));
        due_mono_ns = peer_mono_ns < due_mono_ns ? peer_mono_ns : due_mono_ns;
    }
    for (uint32_t i = 0; i < net->config.max_requests; i++) {
        const struct inproc_http *http = &inproc->https[i];
        if (http->state == INPROC_DONE) {
            return now_mono_ns;
        }
        if ((http->state == INPROC_SENT || http->state == INPROC_QUEUED) &&
            http->deadline_mono_ns < due_mono_ns) {
            due_mono_ns = http->deadline_mono_ns;
        }
    }
    return due_mono_ns > now_mono_ns ? due_mono_ns : now_mono_ns;
}

/* ---- origins: always there ---- */

static int inproc_origin_add(struct net *net, uint32_t origin)
{
    (void)net;
    (void)origin;
    return 0;
}

static uint32_t inproc_origin_ready(struct net *net, uint32_t origin, enum net_class class_)
{
    struct net_http_request asked = {.origin = origin, .class_ = class_};
    uint32_t most = net->origins[origin].connections[class_];
    uint32_t busy = count_state(inproc_of(net), &asked, INPROC_SENT);

    return busy < most ? most - busy : 0;
}

static void inproc_origin_resolve(struct net *net, uint32_t origin)
{
    (void)net;
    (void)origin;
}

static void inproc_timers_changed(struct net *net)
{
    (void)net; /* next_due looks */
}

/* ---- life ---- */

static void inproc_free(struct net *net)
{
    struct inproc *inproc = inproc_of(net);

    if (inproc->sockets != NULL) {
        inproc_ws_stop(inproc);
    }
    for (uint32_t i = 0; inproc->https != NULL && i < net->config.max_requests; i++) {
        struct inproc_http *http = &inproc->https[i];
        if (http->state == INPROC_SENT || http->state == INPROC_QUEUED) {
            bool was_sent = http->state == INPROC_SENT;
            complete(http, was_sent ? NET_IN_DOUBT : NET_NOT_SENT, "the net was closed");
        }
    }
    if (inproc->https != NULL) {
        tell_done(inproc);
        for (uint32_t i = 0; i < net->config.max_requests; i++) {
            draft_release(&inproc->https[i].draft);
        }
    }
    draft_release(&inproc->scratch);
    wire_release(&inproc->wire);
    text_release(&inproc->headers);
    text_release(&inproc->body);
    free(inproc->https);
    free(inproc->sockets);
    net_release(net);
    free(inproc);
}

static const struct net_transport inproc_transport = {
    .origin_add = inproc_origin_add,
    .origin_ready = inproc_origin_ready,
    .origin_resolve = inproc_origin_resolve,
    .http_send = inproc_http_send,
    .http_cancel = inproc_http_cancel,
    .ws_open = inproc_ws_open,
    .ws_send = inproc_ws_send,
    .ws_close = inproc_ws_close,
    .run = inproc_run,
    .turn = inproc_turn,
    .stop = inproc_stop,
    .wakeup = inproc_wakeup,
    .next_due_mono_ns = inproc_next_due,
    .timers_changed = inproc_timers_changed,
    .free = inproc_free,
};

static int init(struct inproc *inproc, const struct net_config *config,
                const struct inproc_peer *peer)
{
    int status = net_init(&inproc->base, config, &inproc_transport);

    if (status < 0) {
        return status;
    }
    inproc->peer = *peer;
    uint32_t count = inproc->base.config.max_requests;
    inproc->https = calloc(count, sizeof(*inproc->https));
    if (inproc->https == NULL) {
        return error_set(ERR_NOMEM, "no memory for %u requests", count);
    }
    for (uint32_t i = 0; i < count; i++) {
        inproc->https[i].id = handle_make(i, 1);
        inproc->https[i].state = INPROC_FREE;
    }
    return inproc_ws_init(inproc);
}

int inproc_new(const struct net_config *config, const struct inproc_peer *peer,
               struct net **ret_net)
{
    if (config->clock == NULL || peer->http == NULL || peer->ws_open == NULL ||
        peer->ws_recv == NULL || peer->ws_closed == NULL || peer->poll == NULL ||
        peer->next_due_ns == NULL) {
        return error_set(ERR_INVALID, "an in-process net needs a clock and a whole peer");
    }
    struct inproc *inproc = calloc(1, sizeof(*inproc));
    if (inproc == NULL) {
        return error_set(ERR_NOMEM, "no memory for a net");
    }
    int status = init(inproc, config, peer);
    if (status < 0) {
        (void)net_free(&inproc->base);
        return status;
    }
    *ret_net = &inproc->base;
    return 0;
}
