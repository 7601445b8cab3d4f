#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/time.h>

#include "coinbase.h"

#define ORDERS_LIMIT 250
#define OPEN_LIMIT 1000
#define FILLS_LIMIT 250
#define ACCOUNTS_LIMIT 250
#define EARLIER_NS (60 * COINBASE_NS_PER_S) /* our clock and the venue's may differ by less */
#define CLIENT_ID_MAX 128
#define CANCEL_ALL_ROOM 1900u /* of SOFIA_REQUEST_BYTES, so that a last id always fits */

/* The one place where a refusal to encode is said; the order is denied with these words. */
static int denied(const struct coinbase *c, const char *what, int status)
{
    const char *why = "the request does not fit";

    if (status == SOFIA_EAGAIN) {
        why = "the venue's clock is not known yet";
    } else if (status == SOFIA_EDENIED) {
        why = "no API key is configured, or the key was refused";
    } else if (status == SOFIA_EINVAL) {
        why = "a field is missing or not what the venue takes";
    } else if (status == SOFIA_ENOENT) {
        why = "the venue's id of the order is not known yet";
    }
    sofia_log(c->host, SOFIA_LOG_WARN, "%s not encoded: %s", what, why);
    return status;
}

static int finish(const struct coinbase *c, struct sofia_request_writer *w, const char *what)
{
    int status = sofia_request_close(w);

    return status == SOFIA_OK ? SOFIA_OK : denied(c, what, status);
}

/* ---- JSON bodies ---- */

static void put(struct sofia_request_writer *w, const char *text)
{
    sofia_request_text(w, SOFIA_PART_BODY, text);
}

/* "name":"value" behind `before`, which may be a comma. */
static void put_text(struct sofia_request_writer *w, const char *before, const char *name,
                     const char *value)
{
    if (value[0] == '\0') {
        sofia_request_fail(w, SOFIA_EINVAL);
    }
    put(w, before);
    put(w, "\"");
    put(w, name);
    put(w, "\":\"");
    sofia_request_json(w, SOFIA_PART_BODY, sofia_slice_of(value));
    put(w, "\"");
}

static void put_amount(struct sofia_request_writer *w, const char *before, const char *name,
                       struct sofia_decimal value)
{
    if (sofia_decimal_sign(value) <= 0) {
        sofia_request_fail(w, SOFIA_EINVAL);
    }
    put(w, before);
    put(w, "\"");
    put(w, name);
    put(w, "\":\"");
    sofia_request_decimal(w, SOFIA_PART_BODY, value);
    put(w, "\"");
}

/* ---- what was asked ---- */

/* Returns the room under whose cookie the answer finds what it is about. */
static struct coinbase_asked *remember(struct coinbase *c, const char *venue_symbol)
{
    struct coinbase_asked *asked = &c->asked[++c->asked_seq % COINBASE_ASKED];

    memset(asked, 0, sizeof(*asked));
    asked->seq = c->asked_seq;
    asked->qty = sofia_decimal_absent();
    snprintf(asked->venue_symbol, sizeof(asked->venue_symbol), "%s", venue_symbol);
    return asked;
}

const struct coinbase_asked *coinbase_asked_of(const struct coinbase *c,
                                               const struct sofia_answer *answer)
{
    const struct coinbase_asked *asked = &c->asked[answer->cookie % COINBASE_ASKED];

    return asked->seq == answer->cookie && answer->cookie != 0 ? asked : NULL;
}

/* ---- orders ---- */

static const char *side_text(uint32_t side)
{
    if (side == SOFIA_SIDE_BUY) {
        return "BUY";
    }
    return side == SOFIA_SIDE_SELL ? "SELL" : "";
}

static void put_limit(struct sofia_request_writer *w, const struct sofia_order *order)
{
    int post_only = (order->flags & SOFIA_ORDER_POST_ONLY) != 0;
    const char *member = NULL;

    if (order->tif == SOFIA_TIF_GTC) {
        member = "{\"limit_limit_gtc\":{";
    } else if (order->tif == SOFIA_TIF_IOC && !post_only) {
        member = "{\"sor_limit_ioc\":{"; /* the only limit IOC there is */
    } else if (order->tif == SOFIA_TIF_FOK && !post_only) {
        member = "{\"limit_limit_fok\":{";
    } else {
        sofia_request_fail(w, SOFIA_EINVAL);
        return;
    }
    put(w, member);
    put_amount(w, "", "base_size", order->qty);
    put_amount(w, ",", "limit_price", order->price);
    if (order->tif == SOFIA_TIF_GTC) {
        put(w, post_only ? ",\"post_only\":true" : ",\"post_only\":false");
    }
    put(w, "}}");
}

static void put_configuration(struct sofia_request_writer *w, const struct sofia_order *order)
{
    if (order->type == SOFIA_TYPE_LIMIT) {
        put_limit(w, order);
    } else if (order->type == SOFIA_TYPE_MARKET && (order->flags & SOFIA_ORDER_POST_ONLY) == 0) {
        put(w, "{\"market_market_ioc\":{");
        put_amount(w, "", "base_size", order->qty);
        put(w, "}}");
    } else {
        sofia_request_fail(w, SOFIA_EINVAL);
    }
}

/* A product that takes makers only refuses the others; so it is said here, before they leave. */
static int is_taken(const struct coinbase *c, const struct sofia_order *order)
{
    const struct coinbase_symbol *symbol =
        coinbase_symbol_find(&c->symbols, sofia_slice_of(order->venue_symbol));

    return symbol == NULL || !symbol->maker_only || (order->flags & SOFIA_ORDER_POST_ONLY) != 0;
}

int coinbase_encode_submit(void *self, const struct sofia_order *order,
                           struct sofia_request *request)
{
    struct coinbase *c = self;
    struct sofia_request_writer w;
    struct coinbase_asked *asked = remember(c, order->venue_symbol);

    snprintf(asked->client_id, sizeof(asked->client_id), "%s", order->client_id);
    coinbase_signed_open(c, &w, request, ENDPOINT_ORDER_PLACE);
    request->timeout_ms = c->config.order_timeout_ms;
    request->cookie = asked->seq;
    if (c->gate == GATE_REFUSED) {
        sofia_request_fail(&w, SOFIA_EDENIED);
    }
    if (!is_taken(c, order) || strlen(order->client_id) > CLIENT_ID_MAX) {
        sofia_request_fail(&w, SOFIA_EINVAL);
    }
    put_text(&w, "{", "client_order_id", order->client_id);
    put_text(&w, ",", "product_id", order->venue_symbol);
    put_text(&w, ",", "side", side_text(order->side));
    put(&w, ",\"order_configuration\":");
    put_configuration(&w, order);
    put(&w, "}");
    return finish(c, &w, "order");
}

/* Both figures always: a size that is left out is read as 0. The size is the new total. */
int coinbase_encode_replace(void *self, const struct sofia_order *original,
                            const struct sofia_order *order, struct sofia_request *request)
{
    struct coinbase *c = self;
    struct sofia_request_writer w;

    coinbase_signed_open(c, &w, request, ENDPOINT_ORDER_EDIT);
    request->timeout_ms = c->config.order_timeout_ms;
    if (original->venue_id[0] == '\0') {
        sofia_request_fail(&w, SOFIA_ENOENT);
    }
    if (c->gate == GATE_REFUSED) {
        sofia_request_fail(&w, SOFIA_EDENIED);
    }
    put_text(&w, "{", "order_id", original->venue_id);
    put_amount(&w, ",", "price", order->price);
    put_amount(&w, ",", "size", order->qty);
    put(&w, "}");
    return finish(c, &w, "edit");
}

int coinbase_encode_cancel(void *self, const struct sofia_order *order,
                           struct sofia_request *request)
{
    struct coinbase *c = self;
    struct sofia_request_writer w;

    if (order->venue_id[0] == '\0') { /* there is no cancel by client id */
        return denied(c, "cancel", SOFIA_ENOENT);
    }
    struct coinbase_asked *asked = remember(c, order->venue_symbol);
    snprintf(asked->venue_id, sizeof(asked->venue_id), "%s", order->venue_id);
    coinbase_signed_open(c, &w, request, ENDPOINT_ORDER_CANCEL);
    request->timeout_ms = c->config.order_timeout_ms;
    request->cookie = asked->seq;
    put(&w, "{\"order_ids\":[\"");
    sofia_request_json(&w, SOFIA_PART_BODY, sofia_slice_of(order->venue_id));
    put(&w, "\"]}");
    return finish(c, &w, "cancel");
}

/* The venue has no cancel-all. What the last listing showed on the symbol stands for it, as many ids
 * as one request holds; each is named once, and the next listing shows what is left. */
int coinbase_encode_cancel_all(void *self, const char *venue_symbol, struct sofia_request *request)
{
    struct coinbase *c = self;
    struct sofia_request_writer w;
    uint32_t instrument = coinbase_instrument(c, sofia_slice_of(venue_symbol));
    uint32_t count = 0;

    coinbase_signed_open(c, &w, request, ENDPOINT_ORDER_CANCEL);
    request->timeout_ms = c->config.order_timeout_ms;
    request->cookie = COINBASE_COOKIE_ALL;
    put(&w, "{\"order_ids\":");
    for (uint32_t i = 0; i < c->listed && request->used < CANCEL_ALL_ROOM; i++) {
        struct sofia_event_report *report = &c->open_orders.reports[i];
        if (instrument != 0 && report->head.instrument == instrument && report->state != 0) {
            put(&w, count == 0 ? "[\"" : "\",\"");
            sofia_request_json(&w, SOFIA_PART_BODY, sofia_slice_of(report->venue_id));
            report->state = 0;
            count++;
        }
    }
    put(&w, "\"]}");
    if (count == 0) {
        sofia_request_fail(&w, SOFIA_ENOENT);
        return sofia_request_close(&w);
    }
    return finish(c, &w, "cancel-all");
}

/* ---- questions ---- */

static void ask(struct sofia_request_writer *w, const char *name, const char *value)
{
    sofia_request_text(w, SOFIA_PART_QUERY, name);
    sofia_request_text(w, SOFIA_PART_QUERY, "=");
    sofia_request_percent(w, SOFIA_PART_QUERY, sofia_slice_of(value));
}

static void ask_limit(struct sofia_request_writer *w, int64_t limit)
{
    sofia_request_text(w, SOFIA_PART_QUERY, "&limit=");
    sofia_request_int(w, SOFIA_PART_QUERY, limit);
}

static void ask_time(struct sofia_request_writer *w, const char *name, int64_t ns)
{
    char text[SOFIA_TIME_TEXT];

    sofia_time_print(ns, text, sizeof(text));
    ask(w, name, text);
}

/* By the venue's id where it is known. By client id there is no filter: all orders since shortly
 * before ours are looked through, under the name of the product and of the book it shares. */
static void ask_order(const struct coinbase *c, struct sofia_request_writer *w,
                      const struct coinbase_asked *asked)
{
    if (asked->venue_id[0] != '\0') {
        ask(w, "order_ids", asked->venue_id);
        return;
    }
    const struct coinbase_symbol *symbol =
        coinbase_symbol_find(&c->symbols, sofia_slice_of(asked->venue_symbol));
    ask(w, "product_ids", asked->venue_symbol);
    if (symbol != NULL && symbol->alias[0] != '\0') {
        ask(w, "&product_ids", symbol->alias);
    }
    ask_time(w, "&start_date", asked->since_ns);
    ask_limit(w, ORDERS_LIMIT);
    if (asked->cursor[0] != '\0') {
        ask(w, "&cursor", asked->cursor);
    }
}

int coinbase_encode_query(void *self, const struct sofia_order *order,
                          struct sofia_request *request)
{
    struct coinbase *c = self;
    struct sofia_request_writer w;
    struct coinbase_asked *asked = remember(c, order->venue_symbol);

    asked->order_id = order->order_id;
    asked->side = order->side;
    asked->qty = order->qty;
    asked->since_ns = order->created_ns - EARLIER_NS;
    snprintf(asked->client_id, sizeof(asked->client_id), "%s", order->client_id);
    snprintf(asked->venue_id, sizeof(asked->venue_id), "%s", order->venue_id);
    coinbase_signed_open(c, &w, request, ENDPOINT_ORDERS);
    request->cookie = asked->seq;
    if (asked->venue_id[0] == '\0' && asked->venue_symbol[0] == '\0') {
        sofia_request_fail(&w, SOFIA_EINVAL);
    }
    ask_order(c, &w, asked);
    return finish(c, &w, "order query");
}

int coinbase_encode_more(struct coinbase *c, const struct coinbase_asked *asked, const char *cursor,
                         struct sofia_request *request)
{
    struct sofia_request_writer w;
    struct coinbase_asked was = *asked;
    struct coinbase_asked *next = remember(c, was.venue_symbol);

    was.seq = next->seq;
    was.pages++;
    *next = was;
    snprintf(next->cursor, sizeof(next->cursor), "%s", cursor);
    coinbase_signed_open(c, &w, request, ENDPOINT_ORDERS);
    request->cookie = next->seq;
    ask_order(c, &w, next);
    return finish(c, &w, "order query");
}

static void list_orders(struct coinbase *c, struct sofia_request_writer *w,
                        struct sofia_request *request, const struct coinbase_walk *walk,
                        const char *statuses)
{
    coinbase_signed_open(c, w, request, ENDPOINT_ORDERS);
    sofia_request_text(w, SOFIA_PART_QUERY, statuses);
    if (walk->symbol[0] != '\0') {
        ask(w, "&product_ids", walk->symbol);
    }
    ask_limit(w, OPEN_LIMIT);
    if (walk->cursor[0] != '\0') {
        ask(w, "&cursor", walk->cursor);
    }
}

int coinbase_encode_queued(struct coinbase *c, struct sofia_request *request)
{
    struct sofia_request_writer w;

    list_orders(c, &w, request, &c->queued,
                "order_status=PENDING&order_status=QUEUED"
                "&order_status=CANCEL_QUEUED&order_status=EDIT_QUEUED");
    request->cookie = c->queued.serial | COINBASE_COOKIE_QUEUED;
    return finish(c, &w, "queued orders");
}

/* Ahead of a new listing of open orders; one that is under way for the same symbol will do. */
static void ask_queued(struct coinbase *c, const char *symbol)
{
    struct sofia_request request;
    uint64_t id = 0;

    if (c->queued_state == QUEUED_ASKED && strcmp(c->queued.symbol, symbol) == 0) {
        return;
    }
    coinbase_walk_restart(&c->queued);
    coinbase_walk_ask(&c->queued, symbol, c->host->mono_ns(c->host));
    c->queued_state = QUEUED_NONE;
    if (coinbase_encode_queued(c, &request) == SOFIA_OK &&
        c->host->exchange->request(c->host, &request, &id) == SOFIA_OK) {
        c->queued_state = QUEUED_ASKED;
    }
}

int coinbase_encode_open_orders(void *self, const char *venue_symbol, struct sofia_request *request)
{
    struct coinbase *c = self;
    struct coinbase_walk *walk = &c->open_orders;
    struct sofia_request_writer w;

    coinbase_walk_ask(walk, venue_symbol, c->host->mono_ns(c->host));
    if (walk->pages == 0) {
        ask_queued(c, venue_symbol);
    }
    list_orders(c, &w, request, walk, "order_status=OPEN");
    request->cookie = walk->serial | COINBASE_COOKIE_WALK;
    return finish(c, &w, "open orders");
}

/* The key's rights come before the account: nothing is read with a key that is not the right one. */
int coinbase_encode_account(void *self, struct sofia_request *request)
{
    struct coinbase *c = self;
    struct coinbase_walk *walk = &c->accounts;
    struct sofia_request_writer w;

    coinbase_gate_ask(c);
    coinbase_walk_ask(walk, "", c->host->mono_ns(c->host));
    coinbase_signed_open(c, &w, request, ENDPOINT_ACCOUNTS);
    request->cookie = walk->serial | COINBASE_COOKIE_WALK;
    if (c->gate != GATE_OPEN) {
        sofia_request_fail(&w, c->gate == GATE_REFUSED ? SOFIA_EDENIED : SOFIA_EAGAIN);
        return sofia_request_close(&w);
    }
    sofia_request_text(&w, SOFIA_PART_QUERY, "limit=");
    sofia_request_int(&w, SOFIA_PART_QUERY, ACCOUNTS_LIMIT);
    if (walk->cursor[0] != '\0') {
        ask(&w, "&cursor", walk->cursor);
    }
    return finish(c, &w, "account");
}

/* By order alone: the venue takes no other filter beside it. */
int coinbase_encode_trades(void *self, const struct sofia_trades_query *query,
                           struct sofia_request *request)
{
    struct coinbase *c = self;
    struct sofia_request_writer w;
    struct coinbase_asked *asked = remember(c, query->venue_symbol);

    asked->order_id = query->order_id;
    snprintf(asked->venue_id, sizeof(asked->venue_id), "%s", query->venue_order_id);
    snprintf(asked->cursor, sizeof(asked->cursor), "%s", query->from);
    coinbase_signed_open(c, &w, request, ENDPOINT_FILLS);
    request->cookie = asked->seq;
    if (asked->venue_id[0] != '\0') {
        ask(&w, "order_ids", asked->venue_id);
    } else {
        if (asked->venue_symbol[0] == '\0') {
            sofia_request_fail(&w, SOFIA_EINVAL);
        }
        ask(&w, "product_ids", asked->venue_symbol);
        if (query->since_ns > 0) {
            ask_time(&w, "&start_sequence_timestamp", query->since_ns);
        }
    }
    ask_limit(&w, FILLS_LIMIT);
    if (asked->cursor[0] != '\0') {
        ask(&w, "&cursor", asked->cursor);
    }
    return finish(c, &w, "fills");
}

int coinbase_encode_permissions(struct coinbase *c, struct sofia_request *request)
{
    struct sofia_request_writer w;

    coinbase_signed_open(c, &w, request, ENDPOINT_PERMISSIONS);
    return sofia_request_close(&w);
}

int coinbase_encode_time(void *self, struct sofia_request *request)
{
    struct sofia_request_writer w;

    sofia_request_open(&w, request, ENDPOINT_TIME);
    return finish(self, &w, "time");
}

/* With a key the listing tells what this account may trade; without one there is the public twin. */
int coinbase_encode_instruments(void *self, struct sofia_request *request)
{
    struct coinbase *c = self;
    struct sofia_request_writer w;

    if (c->signer.algorithm != 0) {
        coinbase_signed_open(c, &w, request, ENDPOINT_PRODUCTS);
        sofia_request_text(&w, SOFIA_PART_QUERY, "product_type=SPOT&get_tradability_status=true");
    } else {
        sofia_request_open(&w, request, ENDPOINT_MARKET_PRODUCTS);
        sofia_request_text(&w, SOFIA_PART_HEADER, "Accept: application/json");
        sofia_request_text(&w, SOFIA_PART_QUERY, "product_type=SPOT");
    }
    return finish(c, &w, "products");
}
