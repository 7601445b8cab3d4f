/* Orders and questions as LOCAL requests: JSON that comes back to answers.c as it is written here. */
#include <string.h>

#include <sofia/kit/request.h>

#include "paper.h"

/* After it the desk refuses the order, so that "unknown" is proof from then on. */
#define ACCEPT_NS INT64_C(2000000000)

static void begin(struct sofia_request_writer *w, struct sofia_request *request, uint32_t endpoint)
{
    sofia_request_open(w, request, endpoint);
    sofia_request_text(w, SOFIA_PART_BODY, "{\"op\":\"");
    sofia_request_text(w, SOFIA_PART_BODY, paper_endpoints[endpoint].path);
    sofia_request_text(w, SOFIA_PART_BODY, "\"");
}

static int end(struct sofia_request_writer *w)
{
    sofia_request_text(w, SOFIA_PART_BODY, "}");
    return sofia_request_close(w);
}

static void put_text(struct sofia_request_writer *w, const char *key, const char *value)
{
    sofia_request_text(w, SOFIA_PART_BODY, ",\"");
    sofia_request_text(w, SOFIA_PART_BODY, key);
    sofia_request_text(w, SOFIA_PART_BODY, "\":\"");
    sofia_request_json(w, SOFIA_PART_BODY, sofia_slice_of(value));
    sofia_request_text(w, SOFIA_PART_BODY, "\"");
}

static void put_int(struct sofia_request_writer *w, const char *key, int64_t value)
{
    sofia_request_text(w, SOFIA_PART_BODY, ",\"");
    sofia_request_text(w, SOFIA_PART_BODY, key);
    sofia_request_text(w, SOFIA_PART_BODY, "\":");
    sofia_request_int(w, SOFIA_PART_BODY, value);
}

static void put_decimal(struct sofia_request_writer *w, const char *key, struct sofia_decimal value)
{
    sofia_request_text(w, SOFIA_PART_BODY, ",\"");
    sofia_request_text(w, SOFIA_PART_BODY, key);
    sofia_request_text(w, SOFIA_PART_BODY, "\":\"");
    sofia_request_decimal(w, SOFIA_PART_BODY, value);
    sofia_request_text(w, SOFIA_PART_BODY, "\"");
}

int paper_encode_submit(void *self, const struct sofia_order *order, struct sofia_request *request)
{
    struct paper *p = self;
    struct sofia_request_writer w;
    int64_t venue_now_ns = 0;

    if (p->host->exchange->venue_now_ns(p->host, &venue_now_ns) != SOFIA_OK) {
        return SOFIA_EAGAIN;
    }
    begin(&w, request, PAPER_SUBMIT);
    request->accept_until_ns = venue_now_ns + ACCEPT_NS;
    put_text(&w, "id", order->client_id);
    put_text(&w, "symbol", order->venue_symbol);
    put_int(&w, "side", order->side);
    put_int(&w, "type", order->type);
    put_int(&w, "tif", order->tif);
    put_int(&w, "flags", order->flags);
    put_decimal(&w, "qty", order->qty);
    if (order->type == SOFIA_TYPE_LIMIT) {
        put_decimal(&w, "price", order->price);
    }
    put_int(&w, "until", request->accept_until_ns);
    return end(&w);
}

static int encode_order(uint32_t endpoint, const struct sofia_order *order,
                        struct sofia_request *request)
{
    struct sofia_request_writer w;

    begin(&w, request, endpoint);
    put_text(&w, "id", order->client_id);
    put_text(&w, "order", order->venue_id);
    return end(&w);
}

int paper_encode_cancel(void *self, const struct sofia_order *order, struct sofia_request *request)
{
    (void)self;
    return encode_order(PAPER_CANCEL, order, request);
}

int paper_encode_query(void *self, const struct sofia_order *order, struct sofia_request *request)
{
    (void)self;
    return encode_order(PAPER_QUERY, order, request);
}

static int encode_symbol(uint32_t endpoint, const char *symbol, struct sofia_request *request)
{
    struct sofia_request_writer w;

    begin(&w, request, endpoint);
    put_text(&w, "symbol", symbol);
    return end(&w);
}

int paper_encode_cancel_all(void *self, const char *symbol, struct sofia_request *request)
{
    (void)self;
    return encode_symbol(PAPER_CANCEL_ALL, symbol, request);
}

int paper_encode_open_orders(void *self, const char *symbol, struct sofia_request *request)
{
    (void)self;
    return encode_symbol(PAPER_OPEN_ORDERS, symbol, request);
}

int paper_encode_account(void *self, struct sofia_request *request)
{
    struct sofia_request_writer w;

    (void)self;
    begin(&w, request, PAPER_ACCOUNT);
    return end(&w);
}

int paper_encode_trades(void *self, const struct sofia_trades_query *query,
                        struct sofia_request *request)
{
    struct sofia_request_writer w;

    (void)self;
    begin(&w, request, PAPER_TRADES);
    put_text(&w, "symbol", query->venue_symbol);
    put_text(&w, "order", query->venue_order_id);
    put_int(&w, "since", query->since_ns);
    return end(&w);
}
