#include <stdio.h>
#include <string.h>

#include <sofia/kit/time.h>

#include "kraken.h"
#include "report.h"
#include "sign.h"

int kraken_denied(const struct kraken *k, const char *what, int status)
{
    const char *why = "the request does not fit";

    if (status == SOFIA_EAGAIN || status == SOFIA_ENOENT) {
        why = "the venue's clock is not known yet";
    } else if (status == SOFIA_EDENIED) {
        why = "no API key is configured";
    } else if (status == SOFIA_EINVAL) {
        why = "a field is missing or out of the venue's range";
    } else if (status == SOFIA_EFAIL || status == SOFIA_ESTALE) {
        why = "no nonce, see above";
    }
    sofia_log(k->host, SOFIA_LOG_WARN, "%s not encoded: %s", what, why);
    return status;
}

static int finish(const struct kraken *k, struct kraken_form *form, const char *what)
{
    int status = kraken_form_close(k, form);

    return status == SOFIA_OK ? SOFIA_OK : kraken_denied(k, what, status);
}

/* A UUID of 36 or 32 characters, or up to 18 of plain ASCII; the venue refuses anything else. */
int kraken_is_client_id(const char *id)
{
    size_t len = strlen(id);
    size_t hex = strspn(id, "0123456789abcdefABCDEF");

    if (len == 36) {
        return strspn(id, "0123456789abcdefABCDEF-") == len && id[8] == '-' && id[13] == '-' &&
               id[18] == '-' && id[23] == '-';
    }
    if (len == 32) {
        return hex == len;
    }
    return len > 0 && len <= 18 &&
           strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == len;
}

/* ---- what a request was about ---- */

struct kraken_asked *kraken_remember(struct kraken *k, uint32_t what,
                                     const struct sofia_order *order)
{
    struct kraken_asked *asked = &k->asked[++k->asked_seq % KRAKEN_ASKED];

    memset(asked, 0, sizeof(*asked));
    asked->seq = k->asked_seq;
    asked->what = what;
    if (order != NULL) {
        asked->order_id = order->order_id;
        memcpy(asked->client_id, order->client_id, sizeof(asked->client_id));
        memcpy(asked->venue_id, order->venue_id, sizeof(asked->venue_id));
        memcpy(asked->symbol, order->venue_symbol, sizeof(asked->symbol));
    }
    return asked;
}

struct kraken_asked *kraken_asked_of(struct kraken *k, uint64_t seq)
{
    struct kraken_asked *asked = &k->asked[seq % KRAKEN_ASKED];

    return seq != 0 && asked->seq == seq ? asked : NULL;
}

/* ---- orders ---- */

int kraken_deadline(const struct kraken *k, struct sofia_request *request, char *buf, size_t cap)
{
    int64_t now_ns = 0;

    if (k->host->exchange->venue_now_ns(k->host, &now_ns) != SOFIA_OK) {
        return SOFIA_EAGAIN;
    }
    int64_t until_ns = (now_ns + k->config.deadline_ns) / KRAKEN_NS_PER_MS * KRAKEN_NS_PER_MS;
    /* Listings may lag: an order that made it is certain to be seen only that much later. */
    request->accept_until_ns = until_ns + k->config.visibility_lag_ns;
    return sofia_time_print(until_ns, buf, cap) > 0 ? SOFIA_OK : SOFIA_EINVAL;
}

/* The age counts from the last change of the order. */
static int64_t age_s(const struct kraken *k, const struct sofia_order *order)
{
    int64_t born_ns = order->created_ns;
    const struct kraken_order *known = kraken_order_find(k, sofia_slice_of(order->venue_id));

    if (known != NULL && known->amended_ns > born_ns) {
        born_ns = known->amended_ns;
    }
    int64_t age_ns = k->host->now_ns(k->host) - born_ns;
    /* One second less: the venue's clock may be behind ours. */
    return age_ns > KRAKEN_NS_PER_S ? age_ns / KRAKEN_NS_PER_S - 1 : 0;
}

struct cost {
    int64_t below_s;
    uint32_t amount;
};

static uint32_t cost_at(const struct cost *table, size_t count, int64_t age)
{
    for (size_t i = 0; i < count; i++) {
        if (age < table[i].below_s) {
            return table[i].amount;
        }
    }
    return 0;
}

uint32_t kraken_cancel_cost(const struct kraken *k, const struct sofia_order *order)
{
    static const struct cost table[] = {{5, 8}, {10, 6}, {15, 5}, {45, 4}, {90, 2}, {300, 1}};

    return cost_at(table, sizeof(table) / sizeof(table[0]), age_s(k, order));
}

uint32_t kraken_amend_cost(const struct kraken *k, const struct sofia_order *order)
{
    static const struct cost table[] = {{5, 3}, {10, 2}, {15, 1}};

    return 1 + cost_at(table, sizeof(table) / sizeof(table[0]), age_s(k, order));
}

static void budget_symbol(struct sofia_request *request, const struct sofia_order *order)
{
    memcpy(request->budget_symbol, order->venue_symbol, sizeof(request->budget_symbol));
}

static const char *pair_of(const struct kraken *k, const struct sofia_order *order)
{
    const struct kraken_symbol *symbol =
        kraken_symbol_find(&k->symbols, sofia_slice_of(order->venue_symbol));

    return symbol != NULL ? symbol->altname : NULL;
}

static void add_kind(struct kraken_form *form, const struct sofia_order *order)
{
    static const char *const tifs[] = {
        [SOFIA_TIF_GTC] = "GTC", [SOFIA_TIF_IOC] = "IOC", [SOFIA_TIF_FOK] = "FOK"};
    int post_only = (order->flags & SOFIA_ORDER_POST_ONLY) != 0;

    if (order->type == SOFIA_TYPE_MARKET && !post_only) {
        kraken_form_text(form, "ordertype", "market");
        return;
    }
    if (order->type != SOFIA_TYPE_LIMIT || order->tif < SOFIA_TIF_GTC ||
        order->tif > SOFIA_TIF_FOK || (post_only && order->tif != SOFIA_TIF_GTC)) {
        kraken_form_fail(form, SOFIA_EINVAL);
        return;
    }
    kraken_form_text(form, "ordertype", "limit");
    kraken_form_amount(form, "price", order->price);
    kraken_form_text(form, "timeinforce", tifs[order->tif]);
    if (post_only) {
        kraken_form_text(form, "oflags", "post");
    }
}

static void add_deadline(const struct kraken *k, struct kraken_form *form)
{
    char deadline[SOFIA_TIME_TEXT];
    int status = kraken_deadline(k, form->w.request, deadline, sizeof(deadline));

    if (status != SOFIA_OK) {
        kraken_form_fail(form, status);
        return;
    }
    kraken_form_text(form, "deadline", deadline);
}

int kraken_encode_submit(void *self, const struct sofia_order *order, struct sofia_request *request)
{
    struct kraken *k = self;
    struct kraken_form form;
    const char *pair = pair_of(k, order);

    if (k->config.orders_by_ws) {
        return kraken_message_submit(k, order, request);
    }
    kraken_form_open(k, &form, request, ENDPOINT_ADD_ORDER);
    request->timeout_ms = k->config.order_timeout_ms;
    request->weight = 1;
    budget_symbol(request, order);
    if (pair == NULL || !kraken_is_client_id(order->client_id) ||
        (order->side != SOFIA_SIDE_BUY && order->side != SOFIA_SIDE_SELL)) {
        kraken_form_fail(&form, SOFIA_EINVAL);
        return finish(k, &form, "order");
    }
    kraken_form_text(&form, "pair", pair);
    kraken_form_text(&form, "type", order->side == SOFIA_SIDE_BUY ? "buy" : "sell");
    kraken_form_amount(&form, "volume", order->qty);
    add_kind(&form, order);
    kraken_form_text(&form, "cl_ord_id", order->client_id);
    add_deadline(k, &form);
    request->cookie = kraken_remember(k, ASKED_ORDER, order)->seq;
    return finish(k, &form, "order");
}

/* The venue's own id if it is known: a client id is unique among open orders only. */
static void add_order_key(struct kraken_form *form, const struct sofia_order *order)
{
    if (order->venue_id[0] != '\0') {
        kraken_form_text(form, "txid", order->venue_id);
    } else if (kraken_is_client_id(order->client_id)) {
        kraken_form_text(form, "cl_ord_id", order->client_id);
    } else {
        kraken_form_fail(form, SOFIA_EINVAL);
    }
}

/* Amended in place: the order keeps its ids and its fills, and `order_qty` is the whole quantity. */
int kraken_encode_replace(void *self, const struct sofia_order *original,
                          const struct sofia_order *order, struct sofia_request *request)
{
    struct kraken *k = self;
    struct kraken_form form;

    if (k->config.orders_by_ws) {
        return kraken_message_replace(k, original, order, request);
    }
    kraken_form_open(k, &form, request, ENDPOINT_AMEND_ORDER);
    request->timeout_ms = k->config.order_timeout_ms;
    request->weight = kraken_amend_cost(k, original);
    budget_symbol(request, original);
    add_order_key(&form, original);
    kraken_form_amount(&form, "order_qty", order->qty);
    kraken_form_amount(&form, "limit_price", order->price);
    if ((order->flags & SOFIA_ORDER_POST_ONLY) != 0) {
        kraken_form_text(&form, "post_only", "true");
    }
    add_deadline(k, &form);
    struct kraken_asked *asked = kraken_remember(k, ASKED_AMEND, order);
    memcpy(asked->venue_id, original->venue_id, sizeof(asked->venue_id));
    request->cookie = asked->seq;
    return finish(k, &form, "amend");
}

int kraken_encode_cancel(void *self, const struct sofia_order *order, struct sofia_request *request)
{
    struct kraken *k = self;
    struct kraken_form form;

    if (k->config.orders_by_ws && k->user.state == USER_UP) {
        return kraken_message_cancel(k, order, request);
    }
    kraken_form_open(k, &form, request, ENDPOINT_CANCEL_ORDER);
    request->timeout_ms = k->config.order_timeout_ms;
    request->weight = kraken_cancel_cost(k, order);
    budget_symbol(request, order);
    add_order_key(&form, order);
    request->cookie = kraken_remember(k, ASKED_CANCEL, order)->seq;
    return finish(k, &form, "cancel");
}

/* The venue cancels everything of the account or one order, and nothing in between. */
int kraken_encode_cancel_all(void *self, const char *venue_symbol, struct sofia_request *request)
{
    (void)self;
    (void)venue_symbol;
    (void)request;
    return SOFIA_ENOTSUP;
}

int kraken_encode_dead_man(void *self, uint32_t timeout_s, struct sofia_request *request)
{
    struct kraken *k = self;
    struct kraken_form form;

    kraken_form_open(k, &form, request, ENDPOINT_DEAD_MAN);
    if (timeout_s >= 86400) {
        kraken_form_fail(&form, SOFIA_EINVAL);
    }
    kraken_form_int(&form, "timeout", timeout_s);
    return finish(k, &form, "dead man's switch");
}

/* ---- questions ---- */

/* The venue finds an order by its own id, or among the open and then among the ended ones by the
 * client's: see kraken_encode_closed. */
int kraken_encode_query(void *self, const struct sofia_order *order, struct sofia_request *request)
{
    struct kraken *k = self;
    struct kraken_form form;
    int by_venue_id = order->venue_id[0] != '\0';

    kraken_form_open(k, &form, request, by_venue_id ? ENDPOINT_QUERY_ORDERS : ENDPOINT_OPEN_ORDERS);
    add_order_key(&form, order);
    if (by_venue_id) {
        kraken_form_text(&form, "consolidate_taker", "false");
    } else {
        request->weight = 2; /* and the ended orders */
    }
    request->cookie = kraken_remember(k, ASKED_QUERY, order)->seq;
    return finish(k, &form, "order query");
}

int kraken_encode_closed(struct kraken *k, const struct kraken_asked *about,
                         struct sofia_request *request)
{
    struct kraken_form form;
    struct kraken_asked copy = *about;

    kraken_form_open(k, &form, request, ENDPOINT_CLOSED_ORDERS);
    kraken_form_text(&form, "cl_ord_id", copy.client_id);
    kraken_form_text(&form, "consolidate_taker", "false");
    struct kraken_asked *asked = kraken_remember(k, ASKED_QUERY, NULL);
    copy.seq = asked->seq;
    *asked = copy;
    request->cookie = asked->seq;
    return finish(k, &form, "closed order query");
}

int kraken_encode_open_orders(void *self, const char *venue_symbol, struct sofia_request *request)
{
    struct kraken *k = self;
    struct kraken_form form;

    kraken_form_open(k, &form, request, ENDPOINT_OPEN_ORDERS);
    kraken_form_text(&form, "trades", "false");
    struct kraken_asked *asked = kraken_remember(k, ASKED_LIST, NULL);
    sofia_slice_copy(sofia_slice_of(venue_symbol), asked->symbol, sizeof(asked->symbol));
    request->cookie = asked->seq;
    return finish(k, &form, "open orders");
}

int kraken_encode_account(void *self, struct sofia_request *request)
{
    struct kraken *k = self;
    struct kraken_form form;

    kraken_form_open(k, &form, request, ENDPOINT_BALANCE);
    return finish(k, &form, "account");
}

static int encode_history(struct kraken *k, const struct sofia_trades_query *query,
                          struct sofia_request *request)
{
    struct kraken_form form;
    struct kraken_asked *asked = kraken_remember(k, ASKED_TRADES, NULL);
    uint64_t offset = 0;

    sofia_slice_copy(sofia_slice_of(query->venue_symbol), asked->symbol, sizeof(asked->symbol));
    kraken_form_open(k, &form, request, ENDPOINT_TRADES_HISTORY);
    if (query->since_ns > 0) { /* the bound itself is left out by the venue */
        kraken_form_int(&form, "start", query->since_ns / KRAKEN_NS_PER_S - 1);
    }
    if (query->from[0] != '\0') {
        if (sofia_slice_u64(sofia_slice_of(query->from), &offset) != 0 || offset > UINT32_MAX) {
            kraken_form_fail(&form, SOFIA_EINVAL);
        }
        asked->offset = (uint32_t)offset;
    }
    kraken_form_int(&form, "ofs", (int64_t)asked->offset);
    kraken_form_text(&form, "consolidate_taker", "false");
    request->cookie = asked->seq;
    return finish(k, &form, "trades");
}

/* Trades cannot be asked for by order: the order names its trades, and those are asked for then. */
int kraken_encode_trades(void *self, const struct sofia_trades_query *query,
                         struct sofia_request *request)
{
    struct kraken *k = self;
    struct kraken_form form;

    if (query->venue_order_id[0] == '\0') {
        return encode_history(k, query, request);
    }
    kraken_form_open(k, &form, request, ENDPOINT_QUERY_ORDERS);
    request->weight = 1 + KRAKEN_TRADES_COST; /* and the first of its trades */
    kraken_form_text(&form, "txid", query->venue_order_id);
    kraken_form_text(&form, "trades", "true");
    kraken_form_text(&form, "consolidate_taker", "false");
    struct kraken_asked *asked = kraken_remember(k, ASKED_TRADES, NULL);
    asked->order_id = query->order_id;
    sofia_slice_copy(sofia_slice_of(query->venue_symbol), asked->symbol, sizeof(asked->symbol));
    sofia_slice_copy(sofia_slice_of(query->venue_order_id), asked->venue_id,
                     sizeof(asked->venue_id));
    request->cookie = asked->seq;
    return finish(k, &form, "trades of an order");
}

int kraken_encode_query_trades(struct kraken *k, const struct kraken_asked *about, const char *ids,
                               uint32_t is_paid, struct sofia_request *request)
{
    struct kraken_form form;
    struct kraken_asked copy = *about;

    kraken_form_open(k, &form, request, ENDPOINT_QUERY_TRADES);
    request->weight = is_paid ? 0 : KRAKEN_TRADES_COST;
    kraken_form_text(&form, "txid", ids);
    struct kraken_asked *asked = kraken_remember(k, ASKED_TRADES, NULL);
    copy.seq = asked->seq;
    *asked = copy;
    request->cookie = asked->seq;
    return finish(k, &form, "trades by id");
}

int kraken_encode_token(struct kraken *k, struct sofia_request *request)
{
    struct kraken_form form;

    kraken_form_open(k, &form, request, ENDPOINT_TOKEN);
    return finish(k, &form, "stream token");
}

static int encode_plain(const struct kraken *k, uint32_t endpoint, struct sofia_request *request)
{
    struct sofia_request_writer w;

    (void)k;
    sofia_request_open(&w, request, endpoint);
    return sofia_request_close(&w);
}

int kraken_encode_time(void *self, struct sofia_request *request)
{
    return encode_plain(self, ENDPOINT_TIME, request);
}

int kraken_encode_assets(struct kraken *k, struct sofia_request *request)
{
    return encode_plain(k, ENDPOINT_ASSETS, request);
}

int kraken_encode_instruments(void *self, struct sofia_request *request)
{
    return encode_plain(self, ENDPOINT_ASSET_PAIRS, request);
}
