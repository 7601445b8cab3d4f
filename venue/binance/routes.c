/* Which call reaches which handler, what it weighs and which parameters it reads. */
#include <string.h>

#include "binance.h"

#define ORDER_PARAMS                                                                               \
    "symbol side type timeInForce quantity quoteOrderQty price newClientOrderId strategyId "       \
    "strategyType "                                                                                \
    "stopPrice trailingDelta icebergQty newOrderRespType selfTradePreventionMode pegPriceType "    \
    "pegOffsetType pegOffsetValue"
#define CANCEL_REPLACE_PARAMS                                                                      \
    ORDER_PARAMS                                                                                   \
    " cancelReplaceMode cancelOrderId cancelOrigClientOrderId cancelNewClientOrderId "             \
    "cancelRestrictions orderRateLimitExceededMode"

static uint32_t weigh_depth(const struct vn_call *call)
{
    int64_t limit = vn_arg_int(call, "limit", 100);
    return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
}

static uint32_t weigh_quote(const struct vn_call *call)
{
    return vn_arg(call, "symbol") != NULL ? 2 : 4;
}

static uint32_t weigh_24hr(const struct vn_call *call)
{
    const char *list = vn_arg(call, "symbols");
    if (vn_arg(call, "symbol") != NULL) {
        return 2;
    }
    if (list == NULL) {
        return 80;
    }
    uint32_t names = 1;
    for (const char *p = list; *p != '\0'; p++) {
        names += *p == ',';
    }
    return names <= 20 ? 2 : names <= 100 ? 40 : 80;
}

static uint32_t weigh_open_orders(const struct vn_call *call)
{
    return vn_arg(call, "symbol") != NULL ? 6 : 80;
}

static uint32_t weigh_my_trades(const struct vn_call *call)
{
    return vn_arg(call, "orderId") != NULL ? 5 : 20;
}

static uint32_t weigh_test(const struct vn_call *call)
{
    const char *rates = vn_arg(call, "computeCommissionRates");
    return rates != NULL && strcmp(rates, "true") == 0 ? 20 : 1;
}

#define V3 "/api/v3/"

static const struct vn_route routes[] = {
    {"GET", V3 "ping", "ping", 1, false, VN_PUBLIC, "", vn_do_ping, NULL},
    {"GET", V3 "time", "time", 1, false, VN_PUBLIC, "", vn_do_time, NULL},
    {"GET", V3 "exchangeInfo", "exchangeInfo", 20, false, VN_PUBLIC,
     "symbol symbols permissions symbolStatus showPermissionSets", vn_do_exchange_info, NULL},
    {"GET", V3 "depth", "depth", 5, false, VN_PUBLIC, "symbol limit symbolStatus", vn_do_depth,
     weigh_depth},
    {"GET", V3 "trades", "trades.recent", 25, false, VN_PUBLIC, "symbol limit", vn_do_trades, NULL},
    {"GET", V3 "historicalTrades", "trades.historical", 25, false, VN_PUBLIC, "symbol limit fromId",
     vn_do_historical_trades, NULL},
    {"GET", V3 "aggTrades", "trades.aggregate", 4, false, VN_PUBLIC,
     "symbol limit fromId startTime endTime", vn_do_agg_trades, NULL},
    {"GET", V3 "klines", "klines", 2, false, VN_PUBLIC,
     "symbol interval startTime endTime timeZone limit", vn_do_klines, NULL},
    {"GET", V3 "avgPrice", "avgPrice", 2, false, VN_PUBLIC, "symbol", vn_do_avg_price, NULL},
    {"GET", V3 "ticker/24hr", "ticker.24hr", 2, false, VN_PUBLIC,
     "symbol symbols type symbolStatus", vn_do_ticker_24hr, weigh_24hr},
    {"GET", V3 "ticker/price", "ticker.price", 2, false, VN_PUBLIC, "symbol symbols symbolStatus",
     vn_do_ticker_price, weigh_quote},
    {"GET", V3 "ticker/bookTicker", "ticker.book", 2, false, VN_PUBLIC,
     "symbol symbols symbolStatus", vn_do_ticker_book, weigh_quote},
    {"POST", V3 "order", "order.place", 1, true, VN_SIGNED_TRADE, ORDER_PARAMS, vn_do_order_place,
     NULL},
    {"POST", V3 "order/test", "order.test", 1, false, VN_SIGNED_TRADE,
     ORDER_PARAMS " computeCommissionRates", vn_do_order_test, weigh_test},
    {"DELETE", V3 "order", "order.cancel", 1, true, VN_SIGNED_TRADE,
     "symbol orderId origClientOrderId newClientOrderId cancelRestrictions", vn_do_order_cancel,
     NULL},
    {"DELETE", V3 "openOrders", "openOrders.cancelAll", 1, true, VN_SIGNED_TRADE, "symbol",
     vn_do_cancel_all, NULL},
    {"POST", V3 "order/cancelReplace", "order.cancelReplace", 1, true, VN_SIGNED_TRADE,
     CANCEL_REPLACE_PARAMS, vn_do_cancel_replace, NULL},
    {"PUT", V3 "order/amend/keepPriority", "order.amend.keepPriority", 4, false, VN_SIGNED_TRADE,
     "symbol orderId origClientOrderId newClientOrderId newQty", vn_do_amend, NULL},
    {"GET", V3 "order", "order.status", 4, false, VN_SIGNED_READ,
     "symbol orderId origClientOrderId", vn_do_order_status, NULL},
    {"GET", V3 "openOrders", "openOrders.status", 6, false, VN_SIGNED_READ, "symbol",
     vn_do_open_orders, weigh_open_orders},
    {"GET", V3 "allOrders", "allOrders", 20, false, VN_SIGNED_READ,
     "symbol orderId startTime endTime limit", vn_do_all_orders, NULL},
    {"GET", V3 "myTrades", "myTrades", 20, false, VN_SIGNED_READ,
     "symbol orderId startTime endTime fromId limit", vn_do_my_trades, weigh_my_trades},
    {"GET", V3 "account", "account.status", 20, false, VN_SIGNED_READ, "omitZeroBalances",
     vn_do_account, NULL},
    {"GET", V3 "rateLimit/order", "account.rateLimits.orders", 40, false, VN_SIGNED_READ, "",
     vn_do_rate_limit_order, NULL},
    {"GET", V3 "account/commission", "account.commission", 20, false, VN_SIGNED_READ, "symbol",
     vn_do_commission, NULL},
    {"POST", V3 "userDataStream", "userDataStream.start", 2, false, VN_PUBLIC, "listenKey apiKey",
     vn_do_gone, NULL},
    {"PUT", V3 "userDataStream", "userDataStream.ping", 2, false, VN_PUBLIC, "listenKey apiKey",
     vn_do_gone, NULL},
    {"DELETE", V3 "userDataStream", "userDataStream.stop", 2, false, VN_PUBLIC, "listenKey apiKey",
     vn_do_gone, NULL},
    {NULL, NULL, "session.logon", 2, false, VN_SESSION, "", vn_do_session_logon, NULL},
    {NULL, NULL, "session.status", 2, false, VN_PUBLIC, "", vn_do_session_status, NULL},
    {NULL, NULL, "session.logout", 2, false, VN_PUBLIC, "", vn_do_session_logout, NULL},
    {NULL, NULL, "session.subscriptions", 2, false, VN_PUBLIC, "", vn_do_session_subscriptions,
     NULL},
    {NULL, NULL, "userDataStream.subscribe", 2, false, VN_PUBLIC, "", vn_do_subscribe, NULL},
    {NULL, NULL, "userDataStream.subscribe.signature", 2, false, VN_SESSION, "",
     vn_do_subscribe_signature, NULL},
    {NULL, NULL, "userDataStream.unsubscribe", 2, false, VN_PUBLIC, "subscriptionId",
     vn_do_unsubscribe, NULL},
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

const struct vn_route *vn_route_rest(const char *method, const char *path, bool *ret_path_known)
{
    bool known = false;
    for (size_t i = 0; i < ROUTES; i++) {
        if (routes[i].path == NULL || strcmp(routes[i].path, path) != 0) {
            continue;
        }
        known = true;
        if (strcmp(routes[i].method, method) == 0) {
            *ret_path_known = true;
            return &routes[i];
        }
    }
    *ret_path_known = known;
    return NULL;
}

const struct vn_route *vn_route_ws(const char *name)
{
    for (size_t i = 0; i < ROUTES; i++) {
        if (routes[i].ws != NULL && strcmp(routes[i].ws, name) == 0) {
            return &routes[i];
        }
    }
    return NULL;
}
