#include "rig.h"

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

const char rig_info[] =
    "{\"timezone\":\"UTC\",\"serverTime\":1767225600123,"
    "\"rateLimits\":["
    "{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",\"intervalNum\":1,\"limit\":"
    "6000},"
    "{\"rateLimitType\":\"ORDERS\",\"interval\":\"SECOND\",\"intervalNum\":10,\"limit\":50},"
    "{\"rateLimitType\":\"ORDERS\",\"interval\":\"DAY\",\"intervalNum\":1,\"limit\":200000},"
    "{\"rateLimitType\":\"RAW_REQUESTS\",\"interval\":\"MINUTE\",\"intervalNum\":5,\"limit\":"
    "300000}],"
    "\"exchangeFilters\":[],"
    "\"symbols\":[{\"symbol\":\"BTCUSDT\",\"status\":\"TRADING\",\"baseAsset\":\"BTC\","
    "\"baseAssetPrecision\":8,\"quoteAsset\":\"USDT\",\"quotePrecision\":8,\"quoteAssetPrecision\":"
    "8,"
    "\"orderTypes\":[\"LIMIT\",\"LIMIT_MAKER\",\"MARKET\",\"STOP_LOSS\"],\"icebergAllowed\":true,"
    "\"isSpotTradingAllowed\":true,\"somethingNew\":{\"a\":[1,2,{}]},\"filters\":["
    "{\"filterType\":\"PRICE_FILTER\",\"minPrice\":\"0.01000000\",\"maxPrice\":\"1000000."
    "00000000\","
    "\"tickSize\":\"0.01000000\"},"
    "{\"filterType\":\"LOT_SIZE\",\"minQty\":\"0.00001000\",\"maxQty\":\"9000.00000000\","
    "\"stepSize\":\"0.00001000\"},"
    "{\"filterType\":\"MARKET_LOT_SIZE\",\"minQty\":\"0.00000000\",\"maxQty\":\"112.21108820\","
    "\"stepSize\":\"0.00000000\"},"
    "{\"filterType\":\"NOTIONAL\",\"minNotional\":\"5.00000000\",\"applyMinToMarket\":true,"
    "\"maxNotional\":\"9000000.00000000\",\"applyMaxToMarket\":false,\"avgPriceMins\":5},"
    "{\"filterType\":\"PERCENT_PRICE_BY_SIDE\",\"bidMultiplierUp\":\"5\",\"bidMultiplierDown\":\"0."
    "2\","
    "\"askMultiplierUp\":\"4\",\"askMultiplierDown\":\"0.25\",\"avgPriceMins\":5},"
    "{\"filterType\":\"T_PLUS_SELL\",\"endTime\":1},"
    "{\"filterType\":\"MAX_NUM_ORDERS\",\"maxNumOrders\":200}],\"permissions\":[],"
    "\"permissionSets\":[[\"SPOT\",\"MARGIN\"]]},"
    "{\"symbol\":\"这是测试币456\",\"status\":\"CANCEL_ONLY\",\"baseAsset\":\"这是测试币\","
    "\"baseAssetPrecision\":4,\"quoteAsset\":\"456\",\"quoteAssetPrecision\":8,"
    "\"orderTypes\":[\"LIMIT\"],\"isSpotTradingAllowed\":true,\"filters\":["
    "{\"filterType\":\"MIN_NOTIONAL\",\"minNotional\":\"0.00100000\",\"applyToMarket\":true},"
    "{\"filterType\":\"PERCENT_PRICE\",\"multiplierUp\":\"3\",\"multiplierDown\":\"0.3\"},"
    "{\"filterType\":\"MAX_POSITION\",\"maxPosition\":\"10.5\"}]}]}";

void rig_start(struct rig *rig)
{
    if (binance_exchange.create(&rig->fake.host, &rig->self) != SOFIA_OK) {
        rig->self = NULL;
        return;
    }
    rig->b = rig->self;
    binance_exchange.start(rig->self);
}

void rig_init(struct rig *rig)
{
    memset(rig, 0, sizeof(*rig));
    fake_host_init(&rig->fake, "binance", binance_options, BINANCE_OPTION_COUNT);
    fake_option(&rig->fake, "api_key", FAKE_KEY);
    fake_option(&rig->fake, "api_secret", FAKE_SECRET);
    rig_start(rig);
    rig_info_in(rig, rig_info, strlen(rig_info), 4096);
    /* The numbers are asked for while the declaring events are still there. */
    binance_instrument(rig->b, sofia_slice_of("BTCUSDT"));
    binance_instrument(rig->b, sofia_slice_of("这是测试币456"));
    fake_clear(&rig->fake);
}

void rig_release(struct rig *rig)
{
    if (rig->self != NULL) {
        binance_exchange.stop(rig->self);
    }
    binance_exchange.destroy(rig->self);
    fake_host_release(&rig->fake);
}

static int answer(struct rig *rig, struct sofia_answer *a)
{
    memset(&rig->result, 0, sizeof(rig->result));
    rig->result.size = sizeof(rig->result);
    return binance_exchange.on_answer(rig->self, a, &rig->result);
}

int rig_answer(struct rig *rig, uint32_t endpoint, uint32_t http_status, const char *body)
{
    struct sofia_answer a = {.size = sizeof(a),
                             .endpoint = endpoint,
                             .outcome = SOFIA_ANSWER_OK,
                             .http_status = http_status,
                             .request_id = ++rig->next_id,
                             .order_id = 77,
                             .body = body,
                             .body_len = strlen(body)};

    return answer(rig, &a);
}

int rig_answer_to(struct rig *rig, const struct sofia_request *request, uint32_t http_status,
                  const char *body)
{
    struct sofia_answer a = {.size = sizeof(a),
                             .endpoint = request->endpoint,
                             .outcome = SOFIA_ANSWER_OK,
                             .http_status = http_status,
                             .request_id = ++rig->next_id,
                             .cookie = request->cookie,
                             .body = body,
                             .body_len = strlen(body)};

    return answer(rig, &a);
}

void rig_info_in(struct rig *rig, const char *body, size_t len, size_t piece)
{
    struct sofia_answer a = {.size = sizeof(a),
                             .endpoint = ENDPOINT_EXCHANGE_INFO,
                             .outcome = SOFIA_ANSWER_OK,
                             .http_status = 200,
                             .request_id = ++rig->next_id};

    for (size_t at = 0; at < len; at += piece) {
        binance_exchange.on_piece(rig->self, &a, body + at, len - at < piece ? len - at : piece);
    }
    answer(rig, &a);
}

void rig_streams_up(struct rig *rig)
{
    binance_exchange.on_stream(rig->self, 101, STREAM_COOKIE_MARKET, SOFIA_STREAM_UP, 1);
    binance_exchange.on_stream(rig->self, 102, STREAM_COOKIE_USER, SOFIA_STREAM_UP, 1);
}

int rig_market(struct rig *rig, const char *frame)
{
    return binance_exchange.on_frame(rig->self, 101, STREAM_COOKIE_MARKET, 1, frame, strlen(frame));
}

int rig_user(struct rig *rig, const char *frame)
{
    return binance_exchange.on_frame(rig->self, 102, STREAM_COOKIE_USER, 1, frame, strlen(frame));
}

int rig_fire(struct rig *rig, uint64_t cookie)
{
    if (!fake_timer_fire(&rig->fake, cookie)) {
        return 0;
    }
    binance_exchange.on_timer(rig->self, cookie);
    return 1;
}

void rig_subscribed(struct rig *rig)
{
    binance_exchange.on_stream(rig->self, 101, STREAM_COOKIE_MARKET, SOFIA_STREAM_UP, 1);
    binance_exchange.subscribe(rig->self, 1, "BTCUSDT", 1);
    rig_fire(rig, TIMER_SUBSCRIBE);
    rig_market(rig, "{\"result\":null,\"id\":1}");
}

struct sofia_order rig_order(void)
{
    struct sofia_order order = {.size = sizeof(order),
                                .instrument = 1,
                                .side = SOFIA_SIDE_BUY,
                                .type = SOFIA_TYPE_LIMIT,
                                .tif = SOFIA_TIF_GTC,
                                .order_id = 42,
                                .qty = dec("0.002"),
                                .price = dec("60000"),
                                .client_id = "cb7-000042",
                                .cancel_id = "cb7-c-000042",
                                .venue_symbol = "BTCUSDT"};

    return order;
}
