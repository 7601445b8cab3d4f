/* Orders over the private stream. A message that left is in doubt until its answer comes, which is
 * found by req_id; a lost connection leaves it so, and the doubt is resolved over REST.
 *
 *     encode --> {"method":"add_order",...,"req_id":42} --> in doubt
 *     frame  <-- {"method":"add_order","success":true,...,"req_id":42}   --> REPORT: new
 *            <-- {"method":"add_order","success":false,"error":"EOrder:..."} --> REPORT: rejected, or unknown
 */
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/request.h>
#include <sofia/kit/time.h>

#include "kraken.h"
#include "report.h"

static void open_message(struct kraken *k, struct sofia_request_writer *w,
                         struct sofia_request *request, uint32_t endpoint, const char *method)
{
    sofia_request_open(w, request, endpoint);
    request->stream = k->user.stream;
    if (k->user.state != USER_UP || k->user.token == 0) {
        sofia_request_fail(w, SOFIA_EAGAIN);
    }
    sofia_request_text(w, SOFIA_PART_BODY, "{\"method\":\"");
    sofia_request_text(w, SOFIA_PART_BODY, method);
    sofia_request_text(w, SOFIA_PART_BODY, "\",\"params\":{");
}

static void text(struct sofia_request_writer *w, const char *name, const char *value)
{
    sofia_request_text(w, SOFIA_PART_BODY, "\"");
    sofia_request_text(w, SOFIA_PART_BODY, name);
    sofia_request_text(w, SOFIA_PART_BODY, "\":\"");
    sofia_request_json(w, SOFIA_PART_BODY, sofia_slice_of(value));
    sofia_request_text(w, SOFIA_PART_BODY, "\",");
}

static void amount(struct sofia_request_writer *w, const char *name, struct sofia_decimal value)
{
    if (sofia_decimal_sign(value) <= 0) {
        sofia_request_fail(w, SOFIA_EINVAL);
        return;
    }
    sofia_request_text(w, SOFIA_PART_BODY, "\"");
    sofia_request_text(w, SOFIA_PART_BODY, name);
    sofia_request_text(w, SOFIA_PART_BODY, "\":");
    sofia_request_decimal(w, SOFIA_PART_BODY, value);
    sofia_request_text(w, SOFIA_PART_BODY, ",");
}

static void deadline(const struct kraken *k, struct sofia_request_writer *w)
{
    char until[SOFIA_TIME_TEXT];
    int status = kraken_deadline(k, w->request, until, sizeof(until));

    if (status != SOFIA_OK) {
        sofia_request_fail(w, status);
        return;
    }
    text(w, "deadline", until);
}

static int finish(struct kraken *k, struct sofia_request_writer *w,
                  const struct kraken_asked *asked, const char *what)
{
    sofia_request_text(w, SOFIA_PART_BODY, "\"token\":\"");
    if (k->user.token != 0) {
        sofia_request_secret(w, SOFIA_PART_BODY, k->user.token);
    }
    sofia_request_text(w, SOFIA_PART_BODY, "\"},\"req_id\":");
    sofia_request_int(w, SOFIA_PART_BODY, (int64_t)asked->seq);
    sofia_request_text(w, SOFIA_PART_BODY, "}");
    w->request->cookie = asked->seq;
    int status = sofia_request_close(w);
    return status == SOFIA_OK ? SOFIA_OK : kraken_denied(k, what, status);
}

static void kind(struct sofia_request_writer *w, const struct sofia_order *order)
{
    static const char *const tifs[] = {
        [SOFIA_TIF_GTC] = "gtc", [SOFIA_TIF_IOC] = "ioc", [SOFIA_TIF_FOK] = "fok"};
    int post_only = (order->flags & SOFIA_ORDER_POST_ONLY) != 0;

    if (order->type == SOFIA_TYPE_MARKET && !post_only) {
        text(w, "order_type", "market");
        return;
    }
    if (order->type != SOFIA_TYPE_LIMIT || order->tif < SOFIA_TIF_GTC ||
        order->tif > SOFIA_TIF_FOK || (post_only && order->tif != SOFIA_TIF_GTC)) {
        sofia_request_fail(w, SOFIA_EINVAL);
        return;
    }
    text(w, "order_type", "limit");
    amount(w, "limit_price", order->price);
    text(w, "time_in_force", tifs[order->tif]);
    if (post_only) {
        sofia_request_text(w, SOFIA_PART_BODY, "\"post_only\":true,");
    }
}

int kraken_message_submit(struct kraken *k, const struct sofia_order *order,
                          struct sofia_request *request)
{
    struct sofia_request_writer w;

    open_message(k, &w, request, ENDPOINT_WS_ADD_ORDER, "add_order");
    request->weight = 1;
    memcpy(request->budget_symbol, order->venue_symbol, sizeof(request->budget_symbol));
    if (kraken_symbol_find(&k->symbols, sofia_slice_of(order->venue_symbol)) == NULL ||
        !kraken_is_client_id(order->client_id) ||
        (order->side != SOFIA_SIDE_BUY && order->side != SOFIA_SIDE_SELL)) {
        sofia_request_fail(&w, SOFIA_EINVAL);
    }
    text(&w, "symbol", order->venue_symbol);
    text(&w, "side", order->side == SOFIA_SIDE_BUY ? "buy" : "sell");
    amount(&w, "order_qty", order->qty);
    kind(&w, order);
    text(&w, "cl_ord_id", order->client_id);
    deadline(k, &w);
    return finish(k, &w, kraken_remember(k, ASKED_ORDER, order), "order");
}

static void order_key(struct sofia_request_writer *w, const struct sofia_order *order, int is_list)
{
    int by_venue_id = order->venue_id[0] != '\0';
    const char *name = by_venue_id ? "order_id" : "cl_ord_id";
    const char *id = by_venue_id ? order->venue_id : order->client_id;

    if (!is_list) {
        text(w, name, id);
        return;
    }
    sofia_request_text(w, SOFIA_PART_BODY, "\"");
    sofia_request_text(w, SOFIA_PART_BODY, name);
    sofia_request_text(w, SOFIA_PART_BODY, "\":[\"");
    sofia_request_json(w, SOFIA_PART_BODY, sofia_slice_of(id));
    sofia_request_text(w, SOFIA_PART_BODY, "\"],");
}

int kraken_message_replace(struct kraken *k, const struct sofia_order *original,
                           const struct sofia_order *order, struct sofia_request *request)
{
    struct sofia_request_writer w;

    open_message(k, &w, request, ENDPOINT_WS_AMEND_ORDER, "amend_order");
    request->weight = kraken_amend_cost(k, original);
    memcpy(request->budget_symbol, original->venue_symbol, sizeof(request->budget_symbol));
    order_key(&w, original, 0);
    amount(&w, "order_qty", order->qty);
    amount(&w, "limit_price", order->price);
    if ((order->flags & SOFIA_ORDER_POST_ONLY) != 0) {
        sofia_request_text(&w, SOFIA_PART_BODY, "\"post_only\":true,");
    }
    deadline(k, &w);
    struct kraken_asked *asked = kraken_remember(k, ASKED_AMEND, order);
    memcpy(asked->venue_id, original->venue_id, sizeof(asked->venue_id));
    return finish(k, &w, asked, "amend");
}

int kraken_message_cancel(struct kraken *k, const struct sofia_order *order,
                          struct sofia_request *request)
{
    struct sofia_request_writer w;

    open_message(k, &w, request, ENDPOINT_WS_CANCEL_ORDER, "cancel_order");
    request->weight = kraken_cancel_cost(k, order);
    memcpy(request->budget_symbol, order->venue_symbol, sizeof(request->budget_symbol));
    order_key(&w, order, 1);
    return finish(k, &w, kraken_remember(k, ASKED_CANCEL, order), "cancel");
}

/* ---- answers ---- */

static int report(struct kraken *k, const struct kraken_asked *asked, uint32_t state,
                  const char *venue_id, const char *reason)
{
    struct sofia_event_report event;

    sofia_report_init(
        &event, SOFIA_REPORT_ANSWER,
        kraken_instrument(k, kraken_symbol_find(&k->symbols, sofia_slice_of(asked->symbol))));
    event.head.generation = k->user.generation;
    event.state = state;
    memcpy(event.client_id, asked->client_id, sizeof(event.client_id));
    snprintf(event.venue_id, sizeof(event.venue_id), "%s", venue_id);
    snprintf(event.reason, sizeof(event.reason), "%s", reason);
    return sofia_emit(k->host, &event.head);
}

/* {"order_id":"OQ7X2K-...","cl_ord_id":"..."}; an empty id is the answer to a mere check. */
static int accepted(struct kraken *k, const struct kraken_asked *asked, struct sofia_slice result)
{
    struct sofia_json cur;
    struct sofia_slice key;
    char venue_id[SOFIA_VENUE_ID_SIZE] = "";

    if (asked->what == ASKED_CANCEL) {
        return SOFIA_OK; /* its end is told by the executions channel */
    }
    if (asked->what == ASKED_AMEND) {
        return report(k, asked, SOFIA_STATE_NEW, asked->venue_id, "");
    }
    sofia_json_init(&cur, result.at, result.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "order_id")) {
            sofia_json_text(&cur, venue_id, sizeof(venue_id));
        }
    }
    if (sofia_json_finish(&cur) != 0 || venue_id[0] == '\0') {
        return report(k, asked, 0, "", "the answer names no order");
    }
    return kraken_order_answered(k, asked, venue_id);
}

static int refused(struct kraken *k, const struct kraken_asked *asked, struct sofia_slice error)
{
    static const uint32_t endpoints[] = {[ASKED_ORDER] = ENDPOINT_WS_ADD_ORDER,
                                         [ASKED_CANCEL] = ENDPOINT_WS_CANCEL_ORDER,
                                         [ASKED_AMEND] = ENDPOINT_WS_AMEND_ORDER};
    struct kraken_refusal refusal = {.now_ns = k->host->now_ns(k->host)};
    struct sofia_result result = {.size = sizeof(result)};
    uint32_t state = 0;

    sofia_slice_copy(error, refusal.text, sizeof(refusal.text));
    kraken_refuse(k, &refusal, endpoints[asked->what], &result);
    if (asked->what != ASKED_CANCEL && result.venue_code != KRAKEN_ERROR_SESSION &&
        result.action != SOFIA_ACTION_GONE && result.verdict != SOFIA_VERDICT_IN_DOUBT) {
        state = SOFIA_STATE_REJECTED;
    }
    if (result.action == SOFIA_ACTION_FATAL) {
        sofia_emit_account(k->host, 2, 0, "");
    }
    int status = report(k, asked, state, "", result.reason);
    if (result.venue_code == KRAKEN_ERROR_SESSION) {
        kraken_user_token_lost(k, result.reason);
    }
    return status;
}

int kraken_message_reply(struct kraken *k, const struct kraken_reply *reply)
{
    struct kraken_asked *asked = kraken_asked_of(k, reply->req_id);

    if (asked == NULL ||
        (asked->what != ASKED_ORDER && asked->what != ASKED_CANCEL && asked->what != ASKED_AMEND)) {
        return SOFIA_OK; /* of another life, or about a ping */
    }
    struct kraken_asked about = *asked;
    if (reply->success) {
        return accepted(k, &about, reply->result);
    }
    asked->what = ASKED_NOTHING; /* a refusal is told once */
    return refused(k, &about, reply->error);
}
