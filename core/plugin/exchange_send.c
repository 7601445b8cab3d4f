/* Requests of an adapter on their way to the net layer, and answers on their way back. What may be sent at all is decided in
 * exchange_check.c. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "plugin/exchange_impl.h"

/* ---- sending ---- */

static struct call_slot *take_slot(struct exchange *x)
{
    for (uint32_t i = 0; i < EXCHANGE_CALLS; i++) {
        struct call_slot *slot = &x->calls[i];
        if (!slot->busy) {
            uint32_t generation = slot->generation + 1;
            memset(slot, 0, sizeof(*slot));
            slot->exchange = x;
            slot->busy = true;
            slot->generation = generation;
            slot->request_id = HANDLE_OF(i, generation);
            return slot;
        }
    }
    return NULL;
}

bool exchange_still_allowed(void *ctx)
{
    const struct call_slot *slot = ctx;
    const struct exchange *x = slot->exchange;
    return !x->instance.quarantined && x->owner.may_send(x->owner.ctx, x, slot->call.order_id);
}

static uint32_t answer_outcome(enum net_outcome outcome)
{
    return outcome == NET_OK         ? SOFIA_ANSWER_OK
           : outcome == NET_NOT_SENT ? SOFIA_ANSWER_NOT_SENT
                                     : SOFIA_ANSWER_IN_DOUBT;
}

/* Round trips are measured with the running clock, not with the one that stands still during a turn. */
static struct clock *clock_of(const struct exchange *x)
{
    return x->running_clock;
}

/* What the core believes when the adapter cannot say. */
static void default_result(struct sofia_result *result, const struct sofia_answer *answer)
{
    memset(result, 0, sizeof(*result));
    result->size = sizeof(*result);
    result->verdict =
        answer->outcome == SOFIA_ANSWER_NOT_SENT ? SOFIA_VERDICT_NOT_SENT : SOFIA_VERDICT_IN_DOUBT;
    (void)str_copy(result->reason, sizeof(result->reason), answer->text);
}

/* NOT_SENT is the transport's to say: an adapter that claims a live request was not sent is believed only if it was not. */
static void ask_adapter(struct exchange *x, const struct sofia_answer *answer,
                        struct sofia_result *ret_result)
{
    struct sofia_result told;
    default_result(ret_result, answer);
    if (x->instance.quarantined) {
        return;
    }
    told = *ret_result;
    guard_enter(&x->instance);
    int rc = x->desc->on_answer(x->instance.self, answer, &told);
    guard_leave(&x->instance, "on_answer");
    told.reason[sizeof(told.reason) - 1] = '\0';
    if (rc != 0 || told.verdict < SOFIA_VERDICT_ACCEPTED || told.verdict > SOFIA_VERDICT_IN_DOUBT) {
        log_error("exchange", "%s: on_answer returned %d, verdict %u: taken as in doubt",
                  x->instance.name, rc, told.verdict);
        ret_result->verdict = answer->outcome == SOFIA_ANSWER_NOT_SENT ? SOFIA_VERDICT_NOT_SENT
                                                                       : SOFIA_VERDICT_IN_DOUBT;
        return;
    }
    *ret_result = told;
    if (answer->outcome == SOFIA_ANSWER_NOT_SENT) {
        ret_result->verdict = SOFIA_VERDICT_NOT_SENT;
    } else if (answer->outcome == SOFIA_ANSWER_IN_DOUBT && told.verdict != SOFIA_VERDICT_IN_DOUBT) {
        ret_result->verdict = SOFIA_VERDICT_IN_DOUBT;
    }
}

static void complete(struct call_slot *slot, const struct sofia_answer *answer)
{
    struct exchange *x = slot->exchange;
    struct exchange_call call = slot->call;
    struct sofia_result result;
    call.done_ns = answer->recv_ns;
    call.done_mono_ns = clock_mono_ns(clock_of(x));
    call.http_status = answer->http_status;
    slot->busy = false;
    ask_adapter(x, answer, &result);
    exchange_queue_result(x, &call, &result);
}

static void fill_answer(const struct call_slot *slot, struct sofia_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    answer->size = sizeof(*answer);
    answer->endpoint = slot->endpoint;
    answer->request_id = slot->request_id;
    answer->cookie = slot->adapter_cookie;
    answer->order_id = slot->call.order_id;
    answer->sent_ns = slot->call.sent_ns;
    answer->headers = "";
    answer->body = "";
    answer->text = "";
}

void exchange_answer(struct call_slot *slot, uint32_t outcome, const char *body, size_t len,
                     const char *text)
{
    struct sofia_answer answer;
    fill_answer(slot, &answer);
    answer.outcome = outcome;
    answer.recv_ns = clock_now_ns(slot->exchange->instance.clock);
    answer.body = body;
    answer.body_len = len;
    answer.text = text;
    complete(slot, &answer);
}

static void on_done(void *ctx, const struct net_http_result *result)
{
    struct call_slot *slot = ctx;
    struct sofia_answer answer;
    fill_answer(slot, &answer);
    answer.outcome = answer_outcome(result->outcome);
    answer.http_status = result->status;
    answer.recv_ns = result->done_ns;
    answer.headers = result->headers;
    answer.headers_len = result->headers_len;
    answer.body = result->body;
    answer.body_len = result->body_len;
    answer.text = result->text;
    complete(slot, &answer);
}

static void on_piece(void *ctx, uint32_t status, const char *bytes, size_t len)
{
    struct call_slot *slot = ctx;
    struct exchange *x = slot->exchange;
    struct sofia_answer answer;
    if (x->instance.quarantined || x->desc->on_piece == NULL) {
        return;
    }
    fill_answer(slot, &answer);
    answer.outcome = SOFIA_ANSWER_OK;
    answer.http_status = status;
    guard_enter(&x->instance);
    int rc = x->desc->on_piece(x->instance.self, &answer, bytes, len);
    guard_leave(&x->instance, "on_piece");
    if (rc != 0) {
        log_warn("exchange", "%s: on_piece returned %d", x->instance.name, rc);
    }
}

/* Segments of one part, as the net layer takes them. */
static size_t gather(const struct sofia_request *request, uint32_t part, struct net_segment *out)
{
    size_t count = 0;
    for (uint32_t i = 0; i < request->segment_count; i++) {
        const struct sofia_segment *s = &request->segments[i];
        if (s->part == part) {
            out[count++] =
                s->secret != 0
                    ? (struct net_segment){.secret = s->secret}
                    : (struct net_segment){.bytes = &request->bytes[s->offset], .len = s->len};
        }
    }
    return count;
}

static int send_http(struct exchange *x, const struct sofia_request *request,
                     const struct sofia_endpoint *endpoint, struct call_slot *slot)
{
    struct net_segment target[SOFIA_REQUEST_SEGMENTS + 2];
    struct net_segment headers[SOFIA_REQUEST_SEGMENTS];
    struct net_segment body[SOFIA_REQUEST_SEGMENTS];
    target[0] = (struct net_segment){.bytes = endpoint->path, .len = strlen(endpoint->path)};
    target[1] = (struct net_segment){.bytes = "?", .len = 1};
    size_t query = gather(request, SOFIA_PART_QUERY, &target[2]);
    struct net_http_request http = {
        .origin = x->origins[endpoint->origin],
        .class_ = (enum net_class)endpoint->class_,
        .method = endpoint->method,
        .target = {.segments = target, .count = query == 0 ? 1 : query + 2},
        .headers = {.segments = headers, .count = gather(request, SOFIA_PART_HEADER, headers)},
        .body = {.segments = body, .count = gather(request, SOFIA_PART_BODY, body)},
        .lane = request->lane,
        .resend_safe = (endpoint->flags & SOFIA_ENDPOINT_RESEND_SAFE) != 0,
        .timeout_ms = request->timeout_ms,
        .max_body = (endpoint->flags & SOFIA_ENDPOINT_STREAMED) != 0 ? 0 : 16u << 20,
        .still_allowed = endpoint->class_ == SOFIA_CLASS_TRADE ? exchange_still_allowed : NULL,
        .on_piece = (endpoint->flags & SOFIA_ENDPOINT_STREAMED) != 0 ? on_piece : NULL,
        .on_done = on_done,
        .ctx = slot,
    };
    return net_http_send(x->net, &http, &slot->net_request);
}

/* A message on a stream: handed over or not. What it caused arrives as a frame, which the adapter knows by its own id. */
static int send_ws(struct exchange *x, const struct sofia_request *request, struct call_slot *slot)
{
    struct net_segment body[SOFIA_REQUEST_SEGMENTS];
    struct stream_slot *stream = exchange_stream_find(x, request->stream);
    if (stream == NULL || !stream->up) {
        return error_set(EXCHANGE_ERR_NOT_READY, "%s: the stream is not connected",
                         x->instance.name);
    }
    struct net_ws_message message = {
        .text = {.segments = body, .count = gather(request, SOFIA_PART_BODY, body)},
        .token = slot->request_id};
    return net_ws_send(x->net, stream->next_up ? stream->next_socket : stream->socket, &message);
}

int exchange_dispatch(struct exchange *x, const struct sofia_request *request,
                      const struct exchange_call *call, uint64_t *ret_id)
{
    const struct sofia_endpoint *endpoint = &x->desc->endpoints[request->endpoint];
    if (x->instance.quarantined || !x->started) {
        return error_set(ERR_WRONG_STATE, "%s is stopped%s%s", x->instance.name,
                         x->instance.quarantined ? ": " : "", x->instance.why);
    }
    int rc = exchange_charge(x, request);
    if (rc != 0) {
        return rc;
    }
    struct call_slot *slot = take_slot(x);
    if (slot == NULL) {
        exchange_give_back(x, request);
        return error_set(ERR_FULL, "%s: %d requests are unanswered", x->instance.name,
                         EXCHANGE_CALLS);
    }
    slot->call = *call;
    slot->call.sent_ns = clock_now_ns(x->instance.clock);
    slot->call.sent_mono_ns = clock_mono_ns(clock_of(x));
    slot->endpoint = request->endpoint;
    slot->adapter_cookie = request->cookie;
    bool ws = strcmp(endpoint->method, "WS") == 0;
    rc = ws                            ? send_ws(x, request, slot)
         : exchange_is_local(endpoint) ? exchange_local_send(x, request, slot)
                                       : send_http(x, request, endpoint, slot);
    if (rc != 0) {
        slot->busy = false;
        exchange_give_back(x, request);
        return rc == NET_ERR_NOT_READY
                   ? error_set(EXCHANGE_ERR_NOT_READY, "%s: no free connection for %s %s",
                               x->instance.name, endpoint->method, endpoint->path)
                   : error_append("%s", x->instance.name);
    }
    x->sent[endpoint->class_]++;
    if (ret_id != NULL) {
        *ret_id = slot->request_id;
    }
    return 0;
}

/* The fate of a message on a stream, from exchange_stream.c. */
void exchange_ws_sent(struct exchange *x, uint64_t token, enum net_outcome outcome)
{
    uint32_t at = HANDLE_SLOT(token);
    if (at >= EXCHANGE_CALLS || !x->calls[at].busy ||
        x->calls[at].generation != HANDLE_GENERATION(token)) {
        return;
    }
    exchange_answer(&x->calls[at], answer_outcome(outcome), "", 0,
                    outcome == NET_OK ? "" : "the connection was lost");
}

/* What has become of a request nobody waits for any more. */
static enum net_outcome give_up(struct exchange *x, struct call_slot *slot)
{
    if (slot->local_timer != 0) {
        net_timer_cancel(x->net, slot->local_timer);
        return NET_NOT_SENT;
    }
    return slot->net_request == 0 ? NET_IN_DOUBT : net_http_cancel(x->net, slot->net_request);
}

void exchange_drop_calls(struct exchange *x)
{
    for (uint32_t i = 0; i < EXCHANGE_CALLS; i++) {
        struct call_slot *slot = &x->calls[i];
        if (slot->busy) {
            exchange_answer(slot, answer_outcome(give_up(x, slot)), "", 0,
                            "the engine is stopping");
        }
    }
}

/* ---- orders: prepare, then send ---- */

static int prepare(struct exchange *x, uint32_t class_, int rc, struct exchange_prepared *prepared)
{
    if (rc != 0) {
        return error_set(EXCHANGE_ERR_ENCODE, "%s could not encode the request (status %d)",
                         x->instance.name, rc);
    }
    prepared->request.size = sizeof(prepared->request);
    return exchange_check_request(x, &prepared->request, class_);
}

static int begin_prepare(struct exchange *x, struct exchange_prepared *prepared,
                         enum call_kind kind, const struct sofia_order *order)
{
    if (x->instance.quarantined || !x->started) {
        return error_set(ERR_WRONG_STATE, "%s is stopped: %s", x->instance.name, x->instance.why);
    }
    memset(&prepared->call, 0, sizeof(prepared->call));
    prepared->call.kind = kind;
    prepared->call.order_id = order == NULL ? 0 : order->order_id;
    prepared->request.size = sizeof(prepared->request);
    prepared->request.segment_count = 0;
    prepared->request.used = 0;
    prepared->request.accept_until_ns = 0;
    return 0;
}

/* What brings new risk is not even encoded while the venue's clock is unknown. */
static int begin_trade(struct exchange *x, struct exchange_prepared *prepared, enum call_kind kind,
                       const struct sofia_order *order)
{
    int64_t now;
    int rc = begin_prepare(x, prepared, kind, order);
    if (rc == 0 && exchange_venue_now_ns(x, &now) != 0) {
        rc = error_set(EXCHANGE_ERR_CLOCK, "%s: the venue's clock is not known", x->instance.name);
    }
    return rc;
}

int exchange_prepare_submit(struct exchange *x, const struct sofia_order *order,
                            struct exchange_prepared *ret_prepared)
{
    int rc = begin_trade(x, ret_prepared, CALL_SUBMIT, order);
    if (rc != 0) {
        return rc;
    }
    guard_enter(&x->instance);
    rc = x->desc->encode_submit(x->instance.self, order, &ret_prepared->request);
    guard_leave(&x->instance, "encode_submit");
    rc = prepare(x, SOFIA_CLASS_TRADE, rc, ret_prepared);
    /* Asked before the send is journaled: what has no budget now waits, and was never sent. */
    return rc != 0 ? rc : exchange_ask_budget(x, &ret_prepared->request);
}

bool exchange_can_replace(const struct exchange *x)
{
    return x->desc->encode_replace != NULL;
}

int exchange_prepare_replace(struct exchange *x, const struct sofia_order *original,
                             const struct sofia_order *order,
                             struct exchange_prepared *ret_prepared)
{
    if (!exchange_can_replace(x)) {
        return error_set(ERR_UNSUPPORTED, "%s changes no orders", x->instance.name);
    }
    int rc = begin_trade(x, ret_prepared, CALL_REPLACE, order);
    if (rc != 0) {
        return rc;
    }
    guard_enter(&x->instance);
    rc = x->desc->encode_replace(x->instance.self, original, order, &ret_prepared->request);
    guard_leave(&x->instance, "encode_replace");
    if (rc == SOFIA_ENOTSUP) {
        return error_set(ERR_UNSUPPORTED,
                         "%s cannot make this change of this order: cancel it and place another",
                         x->instance.name);
    }
    rc = prepare(x, SOFIA_CLASS_TRADE, rc, ret_prepared);
    return rc != 0 ? rc : exchange_ask_budget(x, &ret_prepared->request);
}

int exchange_prepare_cancel(struct exchange *x, const struct sofia_order *order,
                            struct exchange_prepared *ret_prepared)
{
    int rc = begin_prepare(x, ret_prepared, CALL_CANCEL, order);
    if (rc != 0) {
        return rc;
    }
    guard_enter(&x->instance);
    rc = x->desc->encode_cancel(x->instance.self, order, &ret_prepared->request);
    guard_leave(&x->instance, "encode_cancel");
    return prepare(x, SOFIA_CLASS_CANCEL, rc, ret_prepared);
}

int exchange_prepare_cancel_all(struct exchange *x, const char *venue_symbol,
                                struct exchange_prepared *ret_prepared)
{
    int rc = begin_prepare(x, ret_prepared, CALL_CANCEL_ALL, NULL);
    if (rc != 0) {
        return rc;
    }
    (void)str_copy(ret_prepared->call.symbol, sizeof(ret_prepared->call.symbol), venue_symbol);
    guard_enter(&x->instance);
    rc = x->desc->encode_cancel_all(x->instance.self, venue_symbol, &ret_prepared->request);
    guard_leave(&x->instance, "encode_cancel_all");
    return rc == SOFIA_ENOTSUP
               ? error_set(ERR_UNSUPPORTED, "%s has no cancel-all", x->instance.name)
               : prepare(x, SOFIA_CLASS_CANCEL, rc, ret_prepared);
}

int exchange_dead_man(struct exchange *x, uint32_t timeout_s, uint64_t cookie)
{
    struct exchange_prepared prepared;
    if ((x->desc->features & SOFIA_EXCHANGE_DEAD_MAN) == 0) {
        return error_set(ERR_UNSUPPORTED, "%s has no dead man's switch", x->instance.name);
    }
    int rc = begin_prepare(x, &prepared, CALL_DEAD_MAN, NULL);
    if (rc != 0) {
        return rc;
    }
    prepared.call.cookie = cookie;
    guard_enter(&x->instance);
    rc = x->desc->encode_dead_man(x->instance.self, timeout_s, &prepared.request);
    guard_leave(&x->instance, "encode_dead_man");
    rc = prepare(x, SOFIA_CLASS_CANCEL, rc, &prepared);
    return rc != 0 ? rc : exchange_send(x, &prepared);
}

int exchange_send(struct exchange *x, const struct exchange_prepared *prepared)
{
    return exchange_dispatch(x, &prepared->request, &prepared->call, NULL);
}

/* ---- questions ---- */

/* Ends what begin_ask began: in between the adapter encodes, rc is what it returned. */
static int ask(struct exchange *x, struct exchange_prepared *question, int rc, const char *callback)
{
    guard_leave(&x->instance, callback);
    rc = prepare(x, SOFIA_CLASS_READ, rc, question);
    return rc != 0 ? rc : exchange_dispatch(x, &question->request, &question->call, NULL);
}

static int begin_ask(struct exchange *x, struct exchange_prepared *question, enum call_kind kind,
                     const struct sofia_order *order, uint64_t cookie)
{
    int rc = begin_prepare(x, question, kind, order);
    question->call.cookie = cookie;
    if (rc == 0) {
        guard_enter(&x->instance);
    }
    return rc;
}

int exchange_query(struct exchange *x, const struct sofia_order *order, uint64_t cookie)
{
    struct exchange_prepared question;
    int rc = begin_ask(x, &question, CALL_QUERY, order, cookie);
    return rc != 0 ? rc
                   : ask(x, &question,
                         x->desc->encode_query(x->instance.self, order, &question.request),
                         "encode_query");
}

int exchange_open_orders(struct exchange *x, const char *venue_symbol, uint64_t cookie)
{
    struct exchange_prepared question;
    int rc = begin_ask(x, &question, CALL_OPEN_ORDERS, NULL, cookie);
    (void)str_copy(question.call.symbol, sizeof(question.call.symbol), venue_symbol);
    rc = rc != 0
             ? rc
             : ask(x, &question,
                   x->desc->encode_open_orders(x->instance.self, venue_symbol, &question.request),
                   "encode_open_orders");
    if (rc == 0) {
        exchange_note_listing(x, &question.request);
    }
    return rc;
}

int exchange_account(struct exchange *x, uint64_t cookie)
{
    struct exchange_prepared question;
    int rc = begin_ask(x, &question, CALL_ACCOUNT, NULL, cookie);
    return rc != 0 ? rc
                   : ask(x, &question, x->desc->encode_account(x->instance.self, &question.request),
                         "encode_account");
}

int exchange_trades(struct exchange *x, const struct sofia_trades_query *query, uint64_t cookie)
{
    struct exchange_prepared question;
    int rc = begin_ask(x, &question, CALL_TRADES, NULL, cookie);
    question.call.order_id = query->order_id;
    (void)str_copy(question.call.symbol, sizeof(question.call.symbol), query->venue_symbol);
    return rc != 0 ? rc
                   : ask(x, &question,
                         x->desc->encode_trades(x->instance.self, query, &question.request),
                         "encode_trades");
}

int exchange_time(struct exchange *x, uint64_t cookie)
{
    struct exchange_prepared question;
    int rc = begin_ask(x, &question, CALL_TIME, NULL, cookie);
    return rc != 0 ? rc
                   : ask(x, &question, x->desc->encode_time(x->instance.self, &question.request),
                         "encode_time");
}

int exchange_instruments(struct exchange *x, uint64_t cookie)
{
    struct exchange_prepared question;
    int rc = begin_ask(x, &question, CALL_INSTRUMENTS, NULL, cookie);
    return rc != 0
               ? rc
               : ask(x, &question, x->desc->encode_instruments(x->instance.self, &question.request),
                     "encode_instruments");
}
