#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "binance.h"
#include "sign.h"

#define TRADES_LIMIT 1000 /* the venue's largest page; parse.c knows it too */

/* The one place where a refusal to encode is said; the order is denied with these words. */
static int denied(const struct binance *b, const char *what, int status)
{
    const char *why = "the request does not fit";

    if (status == SOFIA_EAGAIN) {
        why = "the venue's clock is not known yet";
    } else if (status == SOFIA_EDENIED) {
        why = "no API key is configured";
    } else if (status == SOFIA_EINVAL) {
        why = "a field is missing or out of the venue's range";
    }
    sofia_log(b->host, SOFIA_LOG_WARN, "%s not encoded: %s", what, why);
    return status;
}

static int finish(const struct binance *b, struct sofia_request_writer *w, const char *what)
{
    int status = sofia_request_close(w);

    return status == SOFIA_OK ? SOFIA_OK : denied(b, what, status);
}

/* Ids the venue takes: ^[a-zA-Z0-9-_]{1,36}$ */
static int is_client_id(const char *id)
{
    size_t len = strlen(id);

    if (len == 0 || len > 36) {
        return 0;
    }
    return strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == len;
}

static void add_client_id(struct binance_params *params, const char *name, const char *id)
{
    if (!is_client_id(id)) {
        params->status = SOFIA_EINVAL;
        return;
    }
    binance_param_text(params, name, id);
}

static void add_symbol(struct binance_params *params, const char *venue_symbol)
{
    if (venue_symbol[0] == '\0') {
        params->status = SOFIA_EINVAL;
        return;
    }
    binance_param_text(params, "symbol", venue_symbol);
}

/* After a cancel the venue knows the order under the cancel's client id, so its own id is used as
 * soon as it is known. */
static void add_order_key(struct binance_params *params, const struct sofia_order *order)
{
    if (order->venue_id[0] != '\0') {
        binance_param_text(params, "orderId", order->venue_id);
    } else {
        add_client_id(params, "origClientOrderId", order->client_id);
    }
}

static const char *side_text(uint32_t side)
{
    switch (side) {
    case SOFIA_SIDE_BUY:
        return "BUY";
    case SOFIA_SIDE_SELL:
        return "SELL";
    default:
        return NULL;
    }
}

static const char *tif_text(uint32_t tif)
{
    switch (tif) {
    case SOFIA_TIF_GTC:
        return "GTC";
    case SOFIA_TIF_IOC:
        return "IOC";
    case SOFIA_TIF_FOK:
        return "FOK";
    default:
        return NULL;
    }
}

static void add_market(struct binance_params *params, const struct sofia_order *order)
{
    if ((order->flags & SOFIA_ORDER_POST_ONLY) != 0) {
        params->status = SOFIA_EINVAL;
        return;
    }
    binance_param_text(params, "type", "MARKET");
    binance_param_amount(params, "quantity", order->qty);
}

static void add_limit(struct binance_params *params, const struct sofia_order *order)
{
    const char *tif = tif_text(order->tif);

    if ((order->flags & SOFIA_ORDER_POST_ONLY) != 0) {
        if (order->tif != SOFIA_TIF_GTC) {
            params->status = SOFIA_EINVAL;
            return;
        }
        binance_param_text(params, "type", "LIMIT_MAKER"); /* takes no timeInForce */
    } else if (tif != NULL) {
        binance_param_text(params, "type", "LIMIT");
        binance_param_text(params, "timeInForce", tif);
    } else {
        params->status = SOFIA_EINVAL;
        return;
    }
    binance_param_amount(params, "quantity", order->qty);
    binance_param_amount(params, "price", order->price);
}

static void add_new_order(struct binance_params *params, const struct sofia_order *order)
{
    const char *side = side_text(order->side);

    add_symbol(params, order->venue_symbol);
    binance_param_text(params, "side", side != NULL ? side : "");
    if (side == NULL) {
        params->status = SOFIA_EINVAL;
    } else if (order->type == SOFIA_TYPE_MARKET) {
        add_market(params, order);
    } else if (order->type == SOFIA_TYPE_LIMIT) {
        add_limit(params, order);
    } else {
        params->status = SOFIA_EINVAL;
    }
    add_client_id(params, "newClientOrderId", order->client_id);
    binance_param_text(params, "newOrderRespType", "FULL");
}

int binance_encode_submit(void *self, const struct sofia_order *order,
                          struct sofia_request *request)
{
    const struct binance *b = self;
    struct sofia_request_writer w;
    struct binance_params params;

    binance_signed_open(b, &w, request, ENDPOINT_ORDER_PLACE);
    request->timeout_ms = b->config.order_timeout_ms;
    binance_params_init(&params);
    add_new_order(&params, order);
    binance_signed_form(b, &w, SOFIA_PART_BODY, &params);
    return finish(b, &w, "order");
}

/* The venue makes an order smaller where it stands; anything else is a cancel and a new order in one request. That one must not
 * cross with a fill, or more than the new quantity could be bought: an order without fills is cancelled only if it has none, one
 * with fills is not replaced at all. */
int binance_encode_replace(void *self, const struct sofia_order *original,
                           const struct sofia_order *order, struct sofia_request *request)
{
    const struct binance *b = self;
    struct sofia_request_writer w;
    struct binance_params params;
    int smaller = sofia_decimal_cmp(order->price, original->price) == 0 &&
                  sofia_decimal_cmp(order->qty, original->qty) < 0;

    if (!smaller && sofia_decimal_sign(original->filled_qty) > 0) {
        sofia_log(b->host, SOFIA_LOG_WARN, "order %s has fills: the venue can only make it smaller",
                  original->venue_id);
        return SOFIA_ENOTSUP;
    }
    binance_signed_open(b, &w, request, smaller ? ENDPOINT_ORDER_AMEND : ENDPOINT_CANCEL_REPLACE);
    request->timeout_ms = b->config.order_timeout_ms;
    binance_params_init(&params);
    if (smaller) {
        add_symbol(&params, order->venue_symbol);
        add_order_key(&params, original);
        add_client_id(&params, "newClientOrderId", order->client_id);
        binance_param_amount(&params, "newQty", order->qty);
    } else {
        add_new_order(&params, order);
        binance_param_text(&params, "cancelReplaceMode", "STOP_ON_FAILURE");
        binance_param_text(&params, "cancelRestrictions", "ONLY_NEW");
        binance_param_text(&params, "cancelOrderId", original->venue_id);
    }
    binance_signed_form(b, &w, SOFIA_PART_BODY, &params);
    return finish(b, &w, "change of an order");
}

int binance_encode_cancel(void *self, const struct sofia_order *order,
                          struct sofia_request *request)
{
    const struct binance *b = self;
    struct sofia_request_writer w;
    struct binance_params params;

    binance_signed_open(b, &w, request, ENDPOINT_ORDER_CANCEL);
    request->timeout_ms = b->config.order_timeout_ms;
    binance_params_init(&params);
    add_symbol(&params, order->venue_symbol);
    add_order_key(&params, order);
    if (order->cancel_id[0] != '\0') {
        add_client_id(&params, "newClientOrderId", order->cancel_id);
    }
    binance_signed_form(b, &w, SOFIA_PART_BODY, &params);
    return finish(b, &w, "cancel");
}

int binance_encode_cancel_all(void *self, const char *venue_symbol, struct sofia_request *request)
{
    const struct binance *b = self;
    struct sofia_request_writer w;
    struct binance_params params;

    binance_signed_open(b, &w, request, ENDPOINT_CANCEL_ALL);
    request->timeout_ms = b->config.order_timeout_ms;
    binance_params_init(&params);
    add_symbol(&params, venue_symbol);
    binance_signed_form(b, &w, SOFIA_PART_BODY, &params);
    return finish(b, &w, "cancel-all");
}

/* Returns the cookie under which the answer finds what it is about. */
static uint64_t remember(struct binance *b, const char *venue_symbol, uint64_t order_id,
                         const char *client_id)
{
    struct binance_asked *asked = &b->asked[++b->asked_seq % BINANCE_ASKED];

    asked->seq = b->asked_seq;
    asked->order_id = order_id;
    snprintf(asked->client_id, sizeof(asked->client_id), "%s", client_id);
    snprintf(asked->venue_symbol, sizeof(asked->venue_symbol), "%s", venue_symbol);
    return asked->seq;
}

int binance_encode_query(void *self, const struct sofia_order *order, struct sofia_request *request)
{
    struct binance *b = self;
    struct sofia_request_writer w;
    struct binance_params params;

    binance_signed_open(b, &w, request, ENDPOINT_ORDER_QUERY);
    binance_params_init(&params);
    add_symbol(&params, order->venue_symbol);
    add_order_key(&params, order);
    binance_signed_form(b, &w, SOFIA_PART_QUERY, &params);
    request->cookie = remember(b, order->venue_symbol, order->order_id, order->client_id);
    return finish(b, &w, "order query");
}

int binance_encode_open_orders(void *self, const char *venue_symbol, struct sofia_request *request)
{
    struct binance *b = self;
    struct sofia_request_writer w;
    struct binance_params params;

    binance_signed_open(b, &w, request, ENDPOINT_OPEN_ORDERS);
    binance_params_init(&params);
    if (venue_symbol[0] != '\0') {
        add_symbol(&params, venue_symbol);
    } else {
        request->weight = 80;
    }
    binance_signed_form(b, &w, SOFIA_PART_QUERY, &params);
    request->cookie = remember(b, venue_symbol, 0, "");
    return finish(b, &w, "open orders");
}

int binance_encode_account(void *self, struct sofia_request *request)
{
    const struct binance *b = self;
    struct sofia_request_writer w;
    struct binance_params params;

    binance_signed_open(b, &w, request, ENDPOINT_ACCOUNT);
    binance_params_init(&params);
    binance_param_text(&params, "omitZeroBalances", "true");
    binance_signed_form(b, &w, SOFIA_PART_QUERY, &params);
    return finish(b, &w, "account");
}

/* Only some combinations exist: by order (with or without an id to go on from), from an id, from a
 * time. */
int binance_encode_trades(void *self, const struct sofia_trades_query *query,
                          struct sofia_request *request)
{
    struct binance *b = self;
    struct sofia_request_writer w;
    struct binance_params params;

    binance_signed_open(b, &w, request, ENDPOINT_MY_TRADES);
    binance_params_init(&params);
    add_symbol(&params, query->venue_symbol);
    if (query->venue_order_id[0] != '\0') {
        binance_param_text(&params, "orderId", query->venue_order_id);
        request->weight = 5;
    }
    if (query->from[0] != '\0') {
        binance_param_text(&params, "fromId", query->from);
    } else if (query->since_ns > 0 && query->venue_order_id[0] == '\0') {
        binance_param_int(&params, "startTime", query->since_ns / BINANCE_NS_PER_MS);
    }
    binance_param_int(&params, "limit", TRADES_LIMIT);
    binance_signed_form(b, &w, SOFIA_PART_QUERY, &params);
    request->cookie = remember(b, query->venue_symbol, query->order_id, "");
    return finish(b, &w, "trades");
}

int binance_encode_time(void *self, struct sofia_request *request)
{
    struct sofia_request_writer w;

    sofia_request_open(&w, request, ENDPOINT_TIME);
    return finish(self, &w, "time");
}

/* The whole list: its weight is the same as that of one symbol, and a symbol must not be put
 * together from the names of its assets. Permission sets are left out, they are most of its size.
 */
int binance_encode_instruments(void *self, struct sofia_request *request)
{
    struct sofia_request_writer w;

    sofia_request_open(&w, request, ENDPOINT_EXCHANGE_INFO);
    sofia_request_text(&w, SOFIA_PART_QUERY, "showPermissionSets=false");
    return finish(self, &w, "exchangeInfo");
}

static uint32_t depth_weight(uint32_t limit)
{
    if (limit <= 100) {
        return 5;
    }
    if (limit <= 500) {
        return 25;
    }
    return limit <= 1000 ? 50 : 250;
}

int binance_encode_depth(struct binance *b, const struct binance_symbol *symbol,
                         struct sofia_request *request)
{
    struct sofia_request_writer w;

    sofia_request_open(&w, request, ENDPOINT_DEPTH);
    sofia_request_text(&w, SOFIA_PART_QUERY, "symbol=");
    sofia_request_percent(&w, SOFIA_PART_QUERY, sofia_slice_of(symbol->venue_symbol));
    sofia_request_text(&w, SOFIA_PART_QUERY, "&limit=");
    sofia_request_int(&w, SOFIA_PART_QUERY, b->config.depth_limit);
    request->weight = depth_weight(b->config.depth_limit);
    request->cookie =
        (uint64_t)symbol->depth.epoch << 32 | binance_symbol_index(&b->symbols, symbol);
    return finish(b, &w, "depth");
}
