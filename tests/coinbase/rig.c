#include "rig.h"

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#define PRODUCT(id, base, quote, alias, rest)                                                      \
    "{\"product_id\":\"" id "\",\"price\":\"1\",\"base_currency_id\":\"" base                      \
    "\",\"quote_currency_id\":\"" quote "\",\"alias\":\"" alias                                    \
    "\",\"product_type\":\"SPOT\",\"somethingNew\":{\"a\":[1,{}]}," rest "}"
#define OPEN                                                                                       \
    "\"status\":\"online\",\"is_disabled\":false,\"trading_disabled\":false,"                      \
    "\"cancel_only\":false,\"limit_only\":false,\"post_only\":false,\"auction_mode\":false,"       \
    "\"view_only\":false"
#define BTC_GRID                                                                                   \
    "\"base_increment\":\"0.00000001\",\"quote_increment\":\"0.01\",\"price_increment\":\"0.01\"," \
    "\"base_min_size\":\"0.00000001\",\"base_max_size\":\"3400\",\"quote_min_size\":\"1\","        \
    "\"quote_max_size\":\"150000000\","

const char rig_products[] =
    "{\"products\":[" PRODUCT("BTC-USD", "BTC", "USD", "", BTC_GRID OPEN) "," PRODUCT(
        "BTC-USDC", "BTC", "USDC", "BTC-USD",
        BTC_GRID OPEN) "," PRODUCT("SHIB-USD", "SHIB", "USD", "",
                                   "\"base_increment\":\"1\",\"quote_increment\":\"0.01\","
                                   "\"price_increment\":\"0.00000001\",\"base_min_size\":\"1\","
                                   "\"base_max_size\":\"100000000000\",\"quote_min_size\":\"1\","
                                   "\"quote_max_size\":\"5000000\"," OPEN) "],\"num_products\":3}";

const char rig_rights[] =
    "{\"can_view\":true,\"can_trade\":true,\"can_transfer\":false,"
    "\"portfolio_uuid\":\"" RIG_PORTFOLIO "\",\"portfolio_type\":\"DEFAULT\"}";

void rig_prepare(struct rig *rig)
{
    memset(rig, 0, sizeof(*rig));
    fake_host_init(&rig->fake, "coinbase", coinbase_options, COINBASE_OPTION_COUNT);
    fake_option(&rig->fake, "rest_url", "http://127.0.0.1:8080");
    fake_option(&rig->fake, "ws_url", "ws://127.0.0.1:8080");
    fake_option(&rig->fake, "ws_user_url", "ws://127.0.0.1:8080/user");
}

void rig_start(struct rig *rig)
{
    if (coinbase_exchange.create(&rig->fake.host, &rig->self) != SOFIA_OK) {
        rig->self = NULL;
        return;
    }
    rig->c = rig->self;
    coinbase_exchange.start(rig->self);
}

void rig_init(struct rig *rig)
{
    rig_prepare(rig);
    fake_option(&rig->fake, "api_key", RIG_KEY);
    fake_option(&rig->fake, "api_secret", RIG_PEM);
    rig_start(rig);
    rig_products_in(rig, rig_products, 64);
    /* The numbers are asked for while the declaring events are still there. */
    coinbase_instrument(rig->c, sofia_slice_of("BTC-USD"));
    coinbase_instrument(rig->c, sofia_slice_of("BTC-USDC"));
    coinbase_instrument(rig->c, sofia_slice_of("SHIB-USD"));
    rig_answer(rig, ENDPOINT_PERMISSIONS, 200, rig_rights);
    fake_clear(&rig->fake);
}

void rig_release(struct rig *rig)
{
    if (rig->self != NULL) {
        coinbase_exchange.stop(rig->self);
    }
    coinbase_exchange.destroy(rig->self);
    fake_host_release(&rig->fake);
}

static int answer(struct rig *rig, struct sofia_answer *a)
{
    a->size = sizeof(*a);
    a->request_id = a->request_id != 0 ? a->request_id : ++rig->next_id;
    a->sent_ns = rig->fake.mono_ns;
    a->recv_ns = rig->fake.mono_ns + 1000000;
    rig->fake.mono_ns += 2000000;
    memset(&rig->result, 0, sizeof(rig->result));
    rig->result.size = sizeof(rig->result);
    return coinbase_exchange.on_answer(rig->self, a, &rig->result);
}

int rig_answer(struct rig *rig, uint32_t endpoint, uint32_t http_status, const char *body)
{
    struct sofia_answer a = {.endpoint = endpoint,
                             .outcome = SOFIA_ANSWER_OK,
                             .http_status = http_status,
                             .order_id = 42,
                             .body = body,
                             .body_len = strlen(body)};

    return answer(rig, &a);
}

int rig_answer_to(struct rig *rig, const struct sofia_request *request, uint32_t http_status,
                  const char *body)
{
    struct sofia_answer a = {.endpoint = request->endpoint,
                             .outcome = SOFIA_ANSWER_OK,
                             .http_status = http_status,
                             .order_id = 42,
                             .cookie = request->cookie,
                             .body = body,
                             .body_len = strlen(body)};

    return answer(rig, &a);
}

int rig_lose(struct rig *rig, uint32_t endpoint, uint32_t outcome)
{
    struct sofia_answer a = {.endpoint = endpoint, .outcome = outcome, .order_id = 42};

    return answer(rig, &a);
}

void rig_products_in(struct rig *rig, const char *body, size_t piece)
{
    struct sofia_answer a = {.size = sizeof(a),
                             .endpoint = ENDPOINT_PRODUCTS,
                             .outcome = SOFIA_ANSWER_OK,
                             .http_status = 200,
                             .request_id = ++rig->next_id};
    size_t len = strlen(body);

    for (size_t at = 0; at < len; at += piece) {
        coinbase_exchange.on_piece(rig->self, &a, body + at, len - at < piece ? len - at : piece);
    }
    answer(rig, &a);
}

void rig_streams_up(struct rig *rig, uint32_t generation)
{
    coinbase_exchange.on_stream(rig->self, 101, STREAM_COOKIE_MARKET, SOFIA_STREAM_UP, generation);
    coinbase_exchange.on_stream(rig->self, 102, STREAM_COOKIE_USER, SOFIA_STREAM_UP, generation);
}

int rig_market(struct rig *rig, const char *frame)
{
    return coinbase_exchange.on_frame(rig->self, 101, STREAM_COOKIE_MARKET,
                                      rig->c->market.generation, frame, strlen(frame));
}

int rig_user(struct rig *rig, const char *frame)
{
    return coinbase_exchange.on_frame(rig->self, 102, STREAM_COOKIE_USER, rig->c->user.generation,
                                      frame, strlen(frame));
}

int rig_fire(struct rig *rig, uint64_t cookie)
{
    if (!fake_timer_fire(&rig->fake, cookie)) {
        return 0;
    }
    coinbase_exchange.on_timer(rig->self, cookie);
    return 1;
}

void rig_say_all(struct rig *rig)
{
    for (int i = 0; i < 32 && rig_fire(rig, TIMER_MARKET_SEND); i++) {
    }
}

void rig_live(struct rig *rig)
{
    rig_streams_up(rig, 1);
    coinbase_exchange.subscribe(rig->self, 1, "BTC-USD", 1);
    rig_say_all(rig);
    rig_market(rig, "{\"channel\":\"subscriptions\",\"client_id\":\"\",\"sequence_num\":0,"
                    "\"events\":[{\"subscriptions\":{\"level2\":[\"BTC-USD\"],"
                    "\"market_trades\":[\"BTC-USD\"],\"heartbeats\":[\"heartbeats\"]}}]}");
    rig_market(rig, "{\"channel\":\"heartbeats\",\"sequence_num\":1,\"events\":[{"
                    "\"heartbeat_counter\":3049}]}");
    rig_market(rig, "{\"channel\":\"l2_data\",\"client_id\":\"\",\"timestamp\":"
                    "\"2026-01-01T00:00:01Z\",\"sequence_num\":2,\"events\":[{\"type\":"
                    "\"snapshot\",\"product_id\":\"BTC-USD\",\"updates\":["
                    "{\"side\":\"bid\",\"event_time\":\"1970-01-01T00:00:00Z\",\"price_level\":"
                    "\"68900.00\",\"new_quantity\":\"0.5\"},"
                    "{\"side\":\"offer\",\"event_time\":\"1970-01-01T00:00:00Z\",\"price_level\":"
                    "\"68900.01\",\"new_quantity\":\"0.25\"}]}]}");
    fake_clear(&rig->fake);
}

struct sofia_order rig_order(void)
{
    struct sofia_order order = {.size = sizeof(order),
                                .instrument = 1,
                                .side = SOFIA_SIDE_BUY,
                                .type = SOFIA_TYPE_LIMIT,
                                .tif = SOFIA_TIF_GTC,
                                .order_id = 42,
                                .created_ns = FAKE_VENUE_NOW_MS * 1000000,
                                .qty = dec("0.002"),
                                .price = dec("60000"),
                                .client_id = "acme-000001",
                                .venue_symbol = "BTC-USD"};

    return order;
}

const struct sofia_request *rig_last(const struct rig *rig)
{
    return rig->fake.request_count > 0 ? &rig->fake.requests[rig->fake.request_count - 1] : NULL;
}

const struct sofia_event_report *rig_report(const struct rig *rig, uint32_t n)
{
    return fake_event(&rig->fake, SOFIA_EV_REPORT, n);
}
