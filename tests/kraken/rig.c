#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>

const char rig_pairs[] =
    "{\"XXBTZUSD\":{\"altname\":\"XBTUSD\",\"wsname\":\"XBT/USD\",\"base\":\"XXBT\","
    "\"quote\":\"ZUSD\",\"pair_decimals\":1,\"lot_decimals\":8,\"cost_decimals\":5,"
    "\"lot_multiplier\":1,\"tick_size\":\"0.1\",\"ordermin\":\"0.00005\",\"costmin\":\"0.5\","
    "\"fees\":[],\"fees_maker\":[],\"leverage_buy\":[2,3],\"long_position_limit\":9999999999999,"
    "\"status\":\"online\",\"execution_venue\":\"international\"},"
    "\"XDGUSD\":{\"altname\":\"XDGUSD\",\"wsname\":\"XDG/USD\",\"base\":\"XXDG\","
    "\"quote\":\"ZUSD\",\"pair_decimals\":7,\"lot_decimals\":8,\"tick_size\":\"0.000001\","
    "\"ordermin\":\"13\",\"costmin\":\"0.5\",\"fees\":[]},"
    "\"EVIL\":{\"altname\":\"EVIL\",\"base\":\"EVIL\",\"quote\":\"ZUSD\"}}";

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "rig: %s\n", what);
        abort();
    }
}

void rig_prepare(struct rig *rig)
{
    memset(rig, 0, sizeof(*rig));
    fake_host_init(&rig->fake, "kraken", kraken_options, KRAKEN_OPTION_COUNT);
    rig->fake.nonce = UINT64_C(1616492376593);
    fake_option(&rig->fake, "rest_url", "http://127.0.0.1:9");
    fake_option(&rig->fake, "ws_url", "ws://127.0.0.1:9");
    fake_option(&rig->fake, "ws_auth_url", "ws://127.0.0.1:9/auth");
}

void rig_start(struct rig *rig)
{
    if (kraken_exchange.create(&rig->fake.host, &rig->self) != SOFIA_OK) {
        rig->self = NULL;
        return;
    }
    rig->k = rig->self;
    kraken_exchange.start(rig->self);
}

static void list_pairs(struct rig *rig)
{
    struct sofia_request request;

    must(kraken_encode_instruments(rig->self, &request) == SOFIA_OK, "instruments");
    must(rig_result(rig, &request, rig_pairs) == SOFIA_OK, "the pairs are taken");
    for (uint32_t i = 0; i < rig->k->symbols.count; i++) {
        kraken_instrument(rig->k, &rig->k->symbols.rows[i]); /* while the events are there */
    }
}

void rig_init(struct rig *rig)
{
    rig_prepare(rig);
    fake_option(&rig->fake, "api_key", "public-half");
    fake_option(&rig->fake, "api_secret", KRAKEN_SECRET);
    rig_start(rig);
    must(rig->self != NULL, "the adapter is created");
    list_pairs(rig);
    fake_clear(&rig->fake);
}

void rig_release(struct rig *rig)
{
    if (rig->self != NULL) {
        kraken_exchange.stop(rig->self);
    }
    kraken_exchange.destroy(rig->self);
    fake_host_release(&rig->fake);
}

static int answer(struct rig *rig, uint32_t endpoint, uint64_t cookie, uint32_t http_status,
                  const char *body)
{
    struct sofia_answer a = {.size = sizeof(a),
                             .endpoint = endpoint,
                             .outcome = SOFIA_ANSWER_OK,
                             .http_status = http_status,
                             .request_id = ++rig->next_id,
                             .cookie = cookie,
                             .order_id = 42,
                             .body = body,
                             .body_len = strlen(body)};

    memset(&rig->result, 0, sizeof(rig->result));
    rig->result.size = sizeof(rig->result);
    return kraken_exchange.on_answer(rig->self, &a, &rig->result);
}

int rig_answer(struct rig *rig, uint32_t endpoint, uint32_t http_status, const char *body)
{
    return answer(rig, endpoint, 0, http_status, body);
}

int rig_answer_to(struct rig *rig, const struct sofia_request *request, uint32_t http_status,
                  const char *body)
{
    return answer(rig, request->endpoint, request->cookie, http_status, body);
}

int rig_result(struct rig *rig, const struct sofia_request *request, const char *result)
{
    char body[8192];

    snprintf(body, sizeof(body), "{\"error\":[],\"result\":%s}", result);
    return rig_answer_to(rig, request, 200, body);
}

int rig_error(struct rig *rig, const struct sofia_request *request, const char *text)
{
    char body[512];

    snprintf(body, sizeof(body), "{\"error\":[\"%s\"]}", text);
    return rig_answer_to(rig, request, 200, body);
}

struct sofia_request rig_submit(struct rig *rig, const struct sofia_order *order)
{
    struct sofia_request request;

    must(kraken_exchange.encode_submit(rig->self, order, &request) == SOFIA_OK, "an order");
    return request;
}

struct sofia_request rig_query(struct rig *rig, const struct sofia_order *order)
{
    struct sofia_request request;

    must(kraken_exchange.encode_query(rig->self, order, &request) == SOFIA_OK, "a query");
    return request;
}

const struct sofia_request *rig_sent(const struct rig *rig, uint32_t n)
{
    must(n < rig->fake.request_count, "a request the adapter sent");
    return &rig->fake.requests[n];
}

int rig_market(struct rig *rig, const char *frame)
{
    return kraken_exchange.on_frame(rig->self, 101, STREAM_COOKIE_MARKET, rig->k->market.generation,
                                    frame, strlen(frame));
}

int rig_user(struct rig *rig, const char *frame)
{
    return kraken_exchange.on_frame(rig->self, 102, STREAM_COOKIE_USER, rig->k->user.generation,
                                    frame, strlen(frame));
}

int rig_fire(struct rig *rig, uint64_t cookie)
{
    if (!fake_timer_fire(&rig->fake, cookie)) {
        return 0;
    }
    kraken_exchange.on_timer(rig->self, cookie);
    return 1;
}

void rig_market_up(struct rig *rig)
{
    kraken_exchange.on_stream(rig->self, 101, STREAM_COOKIE_MARKET, SOFIA_STREAM_UP,
                              ++rig->generation);
}

void rig_subscribed(struct rig *rig)
{
    rig_market_up(rig);
    kraken_exchange.subscribe(rig->self, 1, "BTC/USD", 1);
    rig_fire(rig, TIMER_SUBSCRIBE);
    rig_market(rig, "{\"method\":\"subscribe\",\"result\":{\"channel\":\"book\",\"depth\":10,"
                    "\"snapshot\":true,\"symbol\":\"BTC/USD\"},\"success\":true,"
                    "\"time_in\":\"2026-01-01T00:00:00.745996Z\","
                    "\"time_out\":\"2026-01-01T00:00:00.746032Z\",\"req_id\":7}");
}

void rig_user_up(struct rig *rig)
{
    uint32_t asked = rig->fake.request_count;

    kraken_exchange.on_stream(rig->self, 102, STREAM_COOKIE_USER, SOFIA_STREAM_UP,
                              ++rig->generation);
    rig_result(rig, rig_sent(rig, asked), "{\"token\":\"Vb0wTn3o1q8eXkU7\",\"expires\":900}");
    rig_user(rig, "{\"method\":\"subscribe\",\"result\":{\"channel\":\"executions\","
                  "\"maxratecount\":125,\"snap_trades\":true},\"success\":true,\"req_id\":9}");
    rig_user(rig, "{\"method\":\"subscribe\",\"result\":{\"channel\":\"balances\","
                  "\"snapshot\":true},\"success\":true,\"req_id\":10}");
}

struct sofia_order rig_order(void)
{
    struct sofia_order order = {.size = sizeof(order),
                                .instrument = 1,
                                .side = SOFIA_SIDE_BUY,
                                .type = SOFIA_TYPE_LIMIT,
                                .tif = SOFIA_TIF_GTC,
                                .order_id = 42,
                                .qty = dec("0.01"),
                                .price = dec("83744.3"),
                                .client_id = CLIENT_ID,
                                .cancel_id = "0198f3b2-6c11-4a40-8d52-3e1f8a7c5b11",
                                .venue_symbol = "BTC/USD"};

    return order;
}
