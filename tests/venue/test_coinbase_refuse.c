/* What the Coinbase dialect refuses over REST, and in which words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coinbase_desk.h"

static struct desk d;

static void open_desk(void)
{
    coinbase_open(&d);
}

static void close_desk(void)
{
    coinbase_check_ledger(&d);
    desk_close(&d);
}

TestSuite(coinbase_refuse, .init = open_desk, .fini = close_desk);

#define LIMIT(size, price)                                                                         \
    "{\"limit_limit_gtc\":{\"base_size\":\"" size "\",\"limit_price\":\"" price "\"}}"
#define POST_ONLY(size, price)                                                                     \
    "{\"limit_limit_gtc\":{\"base_size\":\"" size "\",\"limit_price\":\"" price                    \
    "\",\"post_only\":true}}"
#define MARKET(size) "{\"market_market_ioc\":{\"base_size\":\"" size "\"}}"

static void mode(const char *json)
{
    cr_assert_eq(venue_fault(d.v, d.now_ns, json), 0, "%s", venue_error(d.v));
}

/* ---- 401 ---- */

#define ACCOUNTS BROKERAGE "/accounts"
#define ACCOUNTS_URI "GET api.coinbase.com" ACCOUNTS

static void unauthorized(const struct answer *a)
{
    cr_assert_eq(a->status, 401u, "status %u, body %s", a->status, a->body);
    cr_assert_str_eq(a->body, "Unauthorized\n");
    cr_assert(strstr(a->content_type, "text/plain") != NULL);
}

static void refused_claims(const struct claims *claims)
{
    char *token = coinbase_token(&d, claims);
    unauthorized(coinbase_bearer(&d, "GET", ACCOUNTS, token, NULL));
    free(token);
}

Test(coinbase_refuse, no_token_and_no_bearer)
{
    unauthorized(coinbase_bearer(&d, "GET", ACCOUNTS, NULL, NULL));
    unauthorized(coinbase_bearer(&d, "GET", ACCOUNTS, "", NULL));
    unauthorized(coinbase_bearer(&d, "GET", ACCOUNTS, "a.b.c", NULL));
    struct claims claims = coinbase_claims(&d, "carol", ACCOUNTS_URI);
    char *token = coinbase_token(&d, &claims);
    struct venue_header header = {"Authorization", token};
    unauthorized(desk_send(&d, "GET", ACCOUNTS, &header, 1, NULL));
    free(token);
}

Test(coinbase_refuse, a_der_signature)
{
    struct claims claims = coinbase_claims(&d, "carol", ACCOUNTS_URI);
    claims.der = true;
    refused_claims(&claims);
}

Test(coinbase_refuse, a_signature_by_another_key)
{
    struct claims claims = coinbase_claims(&d, "carol", ACCOUNTS_URI);
    claims.signer = "dave";
    refused_claims(&claims);
}

Test(coinbase_refuse, an_alg_that_is_not_the_keys)
{
    static const char *const algs[] = {"none", "HS256", "EdDSA", "es256"};
    for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
        struct claims claims = coinbase_claims(&d, "carol", ACCOUNTS_URI);
        claims.alg = algs[i];
        refused_claims(&claims);
    }
    struct claims claims = coinbase_claims(&d, "eddie", ACCOUNTS_URI);
    claims.alg = "ES256";
    refused_claims(&claims);
}

Test(coinbase_refuse, a_kid_that_is_not_the_sub)
{
    struct claims claims = coinbase_claims(&d, "carol", ACCOUNTS_URI);
    claims.sub = "viewer"; /* another name of the same public key */
    refused_claims(&claims);
}

Test(coinbase_refuse, a_key_that_nobody_has)
{
    struct claims claims = coinbase_claims(&d, "nobody", ACCOUNTS_URI);
    refused_claims(&claims);
}

Test(coinbase_refuse, a_key_of_another_dialect)
{
    struct claims claims = coinbase_claims(&d, "edkey", ACCOUNTS_URI);
    claims.signer = "eddie";
    refused_claims(&claims);
}

Test(coinbase_refuse, a_revoked_key)
{
    mode("{\"kind\":\"key\",\"key\":\"carol\",\"revoked\":true}");
    struct claims claims = coinbase_claims(&d, "carol", ACCOUNTS_URI);
    refused_claims(&claims);
}

Test(coinbase_refuse, an_issuer_that_is_not_cdp)
{
    struct claims claims = coinbase_claims(&d, "carol", ACCOUNTS_URI);
    claims.iss = "CDP";
    refused_claims(&claims);
}

Test(coinbase_refuse, a_token_of_the_next_second)
{
    struct claims claims = coinbase_claims(&d, "carol", ACCOUNTS_URI);
    claims.nbf_s++;
    claims.exp_s++;
    refused_claims(&claims);
}

Test(coinbase_refuse, a_token_that_expired)
{
    struct claims claims = coinbase_claims(&d, "carol", ACCOUNTS_URI);
    claims.nbf_s -= 120;
    claims.exp_s -= 120;
    refused_claims(&claims);
}

Test(coinbase_refuse, a_token_that_lives_longer_than_two_minutes)
{
    struct claims claims = coinbase_claims(&d, "carol", ACCOUNTS_URI);
    claims.exp_s++;
    refused_claims(&claims);
}

Test(coinbase_refuse, a_uri_that_is_not_the_requests)
{
    static const char *const uris[] = {"get api.coinbase.com" ACCOUNTS,
                                       "GET https://api.coinbase.com" ACCOUNTS,
                                       "GET api.coinbase.com:443" ACCOUNTS,
                                       "GET 127.0.0.1" ACCOUNTS,
                                       "GET api.coinbase.com" ACCOUNTS "?a=1",
                                       "GET api.coinbase.com" ACCOUNTS "/",
                                       "POST api.coinbase.com" ACCOUNTS,
                                       "GET  api.coinbase.com" ACCOUNTS,
                                       "GET api.coinbase.com" BROKERAGE "/orders",
                                       NULL};
    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        struct claims claims = coinbase_claims(&d, "carol", uris[i]);
        refused_claims(&claims);
    }
    char *token = NULL;
    struct claims claims = coinbase_claims(&d, "carol", ACCOUNTS_URI "?limit=2");
    token = coinbase_token(&d, &claims);
    unauthorized(coinbase_bearer(&d, "GET", ACCOUNTS "?limit=2", token, NULL));
    free(token);
}

Test(coinbase_refuse, a_nonce_a_second_time)
{
    struct claims claims = coinbase_claims(&d, "carol", ACCOUNTS_URI);
    claims.nonce = "once";
    char *token = coinbase_token(&d, &claims);
    ACCEPTED(coinbase_bearer(&d, "GET", ACCOUNTS, token, NULL));
    unauthorized(coinbase_bearer(&d, "GET", ACCOUNTS, token, NULL));
    mode("{\"kind\":\"coinbase_mode\",\"nonce\":\"any\"}");
    ACCEPTED(coinbase_bearer(&d, "GET", ACCOUNTS, token, NULL));
    free(token);
}

Test(coinbase_refuse, headers_of_the_old_hmac_keys)
{
    const struct venue_header headers[] = {{"CB-ACCESS-KEY", "carol"},
                                           {"CB-ACCESS-SIGN", "00ff"},
                                           {"CB-ACCESS-TIMESTAMP", "1767225601"}};
    unauthorized(desk_send(&d, "GET", ACCOUNTS, headers, 3, NULL));
}

/* ---- 403 ---- */

static void denied(const struct answer *a, const char *message)
{
    cr_assert_eq(a->status, 403u, "status %u, body %s", a->status, a->body);
    IS(a->body, "error", "PERMISSION_DENIED");
    IS(a->body, "message", message);
}

Test(coinbase_refuse, orders_of_a_key_that_may_only_view)
{
    denied(coinbase_order(&d, "viewer", "v-1", "BTC-USD", "BUY", LIMIT("1", "50000")),
           "Missing required scopes");
    denied(coinbase(&d, "viewer", "POST", "/orders/batch_cancel", "{\"order_ids\":[\"x\"]}"),
           "Missing required scopes");
    ACCEPTED(coinbase(&d, "viewer", "GET", "/orders/historical/batch", NULL));
}

Test(coinbase_refuse, a_foreign_portfolio)
{
    denied(coinbase(&d, "carol", "GET", "/accounts?retail_portfolio_id=b87a", NULL),
           "The API key does not have access to this portfolio");
    denied(coinbase(
               &d, "carol", "POST", "/orders",
               "{\"client_order_id\":\"a\",\"product_id\":\"BTC-USD\",\"side\":\"BUY\","
               "\"retail_portfolio_id\":\"b87a\",\"order_configuration\":" LIMIT("1", "50000") "}"),
           "The API key does not have access to this portfolio");
}

/* ---- create: 400 ---- */

static void invalid(const struct answer *a)
{
    cr_assert_eq(a->status, 400u, "status %u, body %s", a->status, a->body);
    IS(a->body, "error", "INVALID_ARGUMENT");
}

static void invalid_body(const char *body)
{
    invalid(coinbase(&d, "carol", "POST", "/orders", body));
    cr_assert_null(strstr(venue_ledger(d.v), "\"timeNs\""), "an order was made of %s", body);
}

static void invalid_config(const char *config)
{
    invalid(coinbase_order(&d, "carol", "bad", "BTC-USD", "BUY", config));
}

Test(coinbase_refuse, a_body_that_is_no_object)
{
    invalid_body("");
    invalid_body("{\"client_order_id\":\"a\"");
    invalid_body("[]");
}

Test(coinbase_refuse, sizes_and_prices_as_numbers)
{
    invalid_config("{\"limit_limit_gtc\":{\"base_size\":0.1,\"limit_price\":\"50000\"}}");
    invalid_config("{\"limit_limit_gtc\":{\"base_size\":\"0.1\",\"limit_price\":50000}}");
}

Test(coinbase_refuse, an_order_without_a_client_order_id)
{
    invalid_body("{\"product_id\":\"BTC-USD\",\"side\":\"BUY\",\"order_configuration\":" LIMIT(
        "1", "50000") "}");
    invalid(coinbase_order(&d, "carol", "", "BTC-USD", "BUY", LIMIT("1", "50000")));
}

Test(coinbase_refuse, a_client_order_id_of_129_characters)
{
    char id[130];
    memset(id, 'x', 129);
    id[129] = '\0';
    invalid(coinbase_order(&d, "carol", id, "BTC-USD", "BUY", LIMIT("1", "50000")));
    id[128] = '\0';
    const char *order = coinbase_place(&d, "carol", id, "BTC-USD", "BUY", LIMIT("1", "50000"));
    coinbase_order_is(&d, "carol", order, "client_order_id", id);
}

Test(coinbase_refuse, no_configuration_and_two_of_them)
{
    invalid_config("{}");
    invalid_config("{\"market_market_ioc\":{\"base_size\":\"1\"},"
                   "\"sor_limit_ioc\":{\"base_size\":\"1\",\"limit_price\":\"50000\"}}");
    invalid_config("{\"limit_limit_ioc\":{\"base_size\":\"1\",\"limit_price\":\"50000\"}}");
}

Test(coinbase_refuse, both_sizes_and_neither)
{
    invalid_config("{\"market_market_ioc\":{\"base_size\":\"1\",\"quote_size\":\"100\"}}");
    invalid_config("{\"market_market_ioc\":{}}");
}

Test(coinbase_refuse, numbers_that_are_no_plain_positive_decimals)
{
    static const char *const sizes[] = {"1e-3", "1E5", "-1", "0",   "0.000", "+1",
                                        "NaN",  " 1",  "1.", "1,5", "0x1"};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char config[128];
        snprintf(config, sizeof(config),
                 "{\"limit_limit_gtc\":{\"base_size\":\"%s\",\"limit_price\":\"50000\"}}",
                 sizes[i]);
        invalid_config(config);
        snprintf(config, sizeof(config),
                 "{\"limit_limit_gtc\":{\"base_size\":\"1\",\"limit_price\":\"%s\"}}", sizes[i]);
        invalid_config(config);
    }
}

/* ---- create: 200, success false ---- */

/* NULL reason: only the preview's is given. */
static void refused(const struct answer *a, const char *reason, const char *preview)
{
    ACCEPTED(a);
    IS(a->body, "success", "false");
    IS(a->body, "error_response.new_order_failure_reason",
       reason == NULL ? "UNKNOWN_FAILURE_REASON" : reason);
    IS(a->body, "error_response.preview_failure_reason", preview);
    cr_assert_not_null(json_at(a->body, "order_configuration"));
    cr_assert_null(json_at(a->body, "success_response"));
}

static struct answer *buy(const char *client_id, const char *config)
{
    return coinbase_order(&d, "carol", client_id, "BTC-USD", "BUY", config);
}

Test(coinbase_refuse, a_price_off_the_grid)
{
    refused(buy("r-1", LIMIT("1", "50000.05")), "INVALID_PRICE_PRECISION",
            "PREVIEW_INVALID_PRICE_PRECISION");
    refused(coinbase_order(&d, "carol", "r-2", "SHIB-USDT", "BUY", LIMIT("1000000", "0.000000005")),
            "INVALID_PRICE_PRECISION", "PREVIEW_INVALID_PRICE_PRECISION");
    /* the quote increment of this product is a cent: it is no price grid */
    coinbase_place(&d, "carol", "r-3", "SHIB-USDT", "BUY", LIMIT("1000000", "0.00001234"));
}

Test(coinbase_refuse, a_size_off_the_grid)
{
    refused(coinbase_order(&d, "carol", "r-1", "SHIB-USDT", "BUY", LIMIT("1000000.5", "0.00001")),
            "INVALID_SIZE_PRECISION", "PREVIEW_INVALID_SIZE_PRECISION");
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "50000"));
    refused(buy("r-2", "{\"market_market_ioc\":{\"quote_size\":\"100.001\"}}"),
            "INVALID_SIZE_PRECISION", "PREVIEW_INVALID_QUOTE_SIZE_PRECISION");
}

Test(coinbase_refuse, a_size_below_and_above_the_bounds)
{
    refused(buy("r-1", LIMIT("0.00001", "60000")), NULL, "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL");
    refused(buy("r-2", LIMIT("9001", "50000")), NULL, "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE");
    refused(buy("r-3", LIMIT("0.00005", "1000")), NULL, "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL");
    refused(buy("r-4", LIMIT("9000", "60000")), NULL, "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE");
    refused(buy("r-5", LIMIT("0.001", "1000000.1")), NULL, "PREVIEW_INVALID_PRICE_TOO_LARGE");
}

Test(coinbase_refuse, a_product_that_nobody_has)
{
    refused(coinbase_order(&d, "carol", "r-1", "NOPE-USD", "BUY", LIMIT("1", "1")),
            "INVALID_PRODUCT_ID", "PREVIEW_INVALID_PRODUCT_ID");
    refused(coinbase_order(&d, "carol", "r-1", "BTCUSD", "BUY", LIMIT("1", "1")),
            "INVALID_PRODUCT_ID", "PREVIEW_INVALID_PRODUCT_ID");
}

/* A million dollars: 20 at 50000 would do without the commission; ten are held by another order already. */
Test(coinbase_refuse, more_than_there_is_with_commission_and_holds)
{
    refused(buy("r-1", LIMIT("20", "50000")), "INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND");
    coinbase_place(&d, "carol", "r-2", "BTC-USD", "BUY", LIMIT("10", "50000"));
    refused(buy("r-3", LIMIT("10", "50000")), "INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND");
    coinbase_place(&d, "carol", "r-4", "BTC-USD", "BUY", LIMIT("9.98", "50000"));
    refused(coinbase_order(&d, "carol", "r-5", "BTC-USD", "SELL", LIMIT("10.1", "70000")),
            "INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND");
}

Test(coinbase_refuse, a_hold_at_the_makers_rate_when_switched)
{
    mode("{\"kind\":\"fees\",\"account\":\"carol\",\"maker\":\"0.001\",\"taker\":\"0.002\"}");
    const char *id = coinbase_place(&d, "carol", "h-1", "BTC-USD", "BUY", LIMIT("1", "50000"));
    coinbase_order_is(&d, "carol", id, "outstanding_hold_amount", "50100");
    mode("{\"kind\":\"coinbase_mode\",\"hold\":\"maker\"}");
    id = coinbase_place(&d, "carol", "h-2", "BTC-USD", "BUY", LIMIT("1", "50000"));
    coinbase_order_is(&d, "carol", id, "outstanding_hold_amount", "50050");
}

Test(coinbase_refuse, a_post_only_order_that_would_cross)
{
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "50000"));
    refused(buy("r-1", POST_ONLY("1", "50000")), "INVALID_LIMIT_PRICE_POST_ONLY",
            "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY");
    coinbase_place(&d, "carol", "r-2", "BTC-USD", "BUY", POST_ONLY("1", "49999.9"));
}

Test(coinbase_refuse, configurations_that_spot_does_not_have)
{
    refused(buy("r-1", "{\"market_market_fok\":{\"base_size\":\"1\"}}"),
            "UNSUPPORTED_ORDER_CONFIGURATION", "PREVIEW_INVALID_ORDER_CONFIG");
    refused(buy("r-2", "{\"trigger_bracket_gtc\":{\"base_size\":\"1\",\"limit_price\":\"50000\","
                       "\"stop_trigger_price\":\"40000\"}}"),
            "UNSUPPORTED_ORDER_CONFIGURATION", "PREVIEW_INVALID_ORDER_CONFIG");
    refused(coinbase_order(&d, "carol", "r-3", "BTC-USD", "SELL",
                           "{\"market_market_ioc\":{\"quote_size\":\"100\"}}"),
            "QUOTE_ORDERS_NOT_ALLOWED_FOR_PRODUCT", "PREVIEW_INVALID_ORDER_CONFIG");
}

Test(coinbase_refuse, a_gtd_order_without_and_with_a_past_end)
{
    refused(buy("r-1", "{\"limit_limit_gtd\":{\"base_size\":\"1\",\"limit_price\":\"50000\"}}"),
            "GTD_ORDERS_MUST_HAVE_END_TIME", "PREVIEW_INVALID_END_TIME");
    refused(buy("r-2", "{\"limit_limit_gtd\":{\"base_size\":\"1\",\"limit_price\":\"50000\","
                       "\"end_time\":\"2026-01-01T00:00:01Z\"}}"),
            "END_TIME_IS_IN_THE_PAST", "PREVIEW_INVALID_END_TIME");
    invalid_config("{\"limit_limit_gtd\":{\"base_size\":\"1\",\"limit_price\":\"50000\","
                   "\"end_time\":\"tomorrow\"}}");
}

/* Puts BTC-USD into a state. */
static void set_state(const char *status)
{
    char json[128];
    snprintf(json, sizeof(json),
             "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"BTC-USD\"},\"status\":\"%s\"}", status);
    mode(json);
}

static void state_is(const char *flag)
{
    struct answer *a = coinbase(&d, NULL, "GET", "/market/products/BTC-USD", NULL);
    IS(a->body, flag, "true");
}

Test(coinbase_refuse, everything_while_trading_is_disabled)
{
    set_state("HALT");
    state_is("trading_disabled");
    refused(buy("r-1", LIMIT("1", "50000")), "TRADING_DISABLED", "PREVIEW_TRADING_DISABLED");
}

Test(coinbase_refuse, everything_but_cancels_while_cancel_only)
{
    char body[80];
    const char *id = coinbase_place(&d, "carol", "c-1", "BTC-USD", "BUY", LIMIT("1", "50000"));
    set_state("CANCEL_ONLY");
    state_is("cancel_only");
    refused(buy("r-1", LIMIT("1", "50000")), "ORDER_ENTRY_DISABLED",
            "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE");
    snprintf(body, sizeof(body), "{\"order_ids\":[\"%s\"]}", id);
    IS(coinbase(&d, "carol", "POST", "/orders/batch_cancel", body)->body, "results.0.success",
       "true");
    coinbase_order_is(&d, "carol", id, "status", "CANCELLED");
}

Test(coinbase_refuse, market_orders_while_limit_only)
{
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "50000"));
    set_state("LIMIT_ONLY");
    state_is("limit_only");
    refused(buy("r-1", MARKET("1")), "ORDER_ENTRY_DISABLED", "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE");
    coinbase_place(&d, "carol", "r-2", "BTC-USD", "BUY", LIMIT("1", "50000"));
}

Test(coinbase_refuse, all_but_post_only_orders_while_post_only)
{
    set_state("POST_ONLY");
    state_is("post_only");
    refused(buy("r-1", LIMIT("1", "50000")), "ORDER_ENTRY_DISABLED",
            "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE");
    coinbase_place(&d, "carol", "r-2", "BTC-USD", "BUY", POST_ONLY("1", "50000"));
}

Test(coinbase_refuse, a_product_that_is_offline)
{
    set_state("END_OF_DAY");
    state_is("is_disabled");
    refused(buy("r-1", LIMIT("1", "50000")), "UNTRADABLE_PRODUCT",
            "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE");
}

Test(coinbase_refuse, a_market_order_into_an_empty_book)
{
    refused(buy("r-1", MARKET("1")), "INVALID_NO_LIQUIDITY", "PREVIEW_INVALID_NO_LIQUIDITY");
}

#define STOP(direction, stop, limit)                                                               \
    "{\"stop_limit_stop_limit_gtc\":{\"base_size\":\"0.1\",\"limit_price\":\"" limit               \
    "\",\"stop_price\":\"" stop "\",\"stop_direction\":\"STOP_DIRECTION_STOP_" direction "\"}}"

Test(coinbase_refuse, a_stop_on_the_wrong_side)
{
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "50000"));
    coinbase_place(&d, "carol", "t-1", "BTC-USD", "BUY", MARKET("0.1"));
    refused(buy("r-1", STOP("UP", "50000", "51000")), NULL,
            "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE");
    refused(coinbase_order(&d, "carol", "r-2", "BTC-USD", "SELL", STOP("DOWN", "50000", "49000")),
            NULL, "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE");
    refused(buy("r-3", STOP("UP", "52000", "51000")), NULL, "PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE");
    refused(coinbase_order(&d, "carol", "r-4", "BTC-USD", "SELL", STOP("DOWN", "48000", "49000")),
            NULL, "PREVIEW_STOP_PRICE_BELOW_LIMIT_PRICE");
    invalid_config(STOP("SIDEWAYS", "52000", "53000"));
    coinbase_place(&d, "carol", "r-5", "BTC-USD", "BUY", STOP("UP", "51000", "52000"));
}
