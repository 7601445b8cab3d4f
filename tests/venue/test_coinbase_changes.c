/* What the Coinbase dialect refuses of orders that are there, of lists, and of those in a hurry. */
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

TestSuite(coinbase_changes, .init = open_desk, .fini = close_desk);

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

static void invalid(const struct answer *a)
{
    cr_assert_eq(a->status, 400u, "status %u, body %s", a->status, a->body);
    IS(a->body, "error", "INVALID_ARGUMENT");
}

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

/* ---- the client's id ---- */

static size_t orders_in_ledger(void)
{
    size_t count = 0;
    for (const char *at = venue_ledger(d.v); (at = strstr(at, "{\"orderId\"")) != NULL; at++) {
        count++;
    }
    return count;
}

Test(coinbase_changes, a_used_id_answers_the_old_order_with_the_new_echo)
{
    const char *id = coinbase_place(&d, "carol", "same", "BTC-USD", "BUY", LIMIT("1", "50000"));
    struct answer *a = coinbase_order(&d, "carol", "same", "ETH-USD", "SELL", LIMIT("2", "4000"));
    IS(a->body, "success", "true");
    IS(a->body, "success_response.order_id", id);
    IS(a->body, "success_response.side", "SELL");
    IS(a->body, "order_configuration.limit_limit_gtc.base_size", "2");
    cr_assert_eq(orders_in_ledger(), 1u);
    coinbase_order_is(&d, "carol", id, "side", "BUY");
}

Test(coinbase_changes, a_used_id_is_refused_when_switched)
{
    mode("{\"kind\":\"coinbase_mode\",\"duplicate_id\":\"refuse\"}");
    const char *id = coinbase_place(&d, "carol", "same", "BTC-USD", "BUY", LIMIT("1", "50000"));
    refused(buy("same", LIMIT("1", "50000")), "DUPLICATE_CLIENT_ORDER_ID",
            "UNKNOWN_PREVIEW_FAILURE_REASON");
    char body[80];
    snprintf(body, sizeof(body), "{\"order_ids\":[\"%s\"]}", id);
    coinbase(&d, "carol", "POST", "/orders/batch_cancel", body);
    refused(buy("same", LIMIT("1", "50000")), "DUPLICATE_CLIENT_ORDER_ID",
            "UNKNOWN_PREVIEW_FAILURE_REASON"); /* ids are unique for ever */
    coinbase_place(&d, "dave", "same", "BTC-USD", "BUY", LIMIT("1", "50000"));
    cr_assert_eq(orders_in_ledger(), 2u);
}

/* ---- cancel ---- */

static const char *cancel(const char *id)
{
    static char reason[64];
    char body[80];
    snprintf(body, sizeof(body), "{\"order_ids\":[\"%s\"]}", id);
    struct answer *a = coinbase(&d, "carol", "POST", "/orders/batch_cancel", body);
    ACCEPTED(a);
    snprintf(reason, sizeof(reason), "%s", json_at(a->body, "results.0.failure_reason"));
    IS(a->body, "results.0.order_id", id);
    return reason;
}

Test(coinbase_changes, more_than_100_cancels_and_none)
{
    struct vn_text body = {0};
    vn_text_add(&body, "{\"order_ids\":[");
    for (int i = 0; i < 100; i++) {
        vn_text_addf(&body, "%s\"id-%d\"", i == 0 ? "" : ",", i);
    }
    size_t hundred = body.len;
    vn_text_add(&body, "]}");
    struct answer *a = coinbase(&d, "carol", "POST", "/orders/batch_cancel", body.data);
    ACCEPTED(a);
    IS(a->body, "results.99.failure_reason", "UNKNOWN_CANCEL_ORDER");
    body.len = hundred;
    vn_text_add(&body, ",\"one more\"]}");
    a = coinbase(&d, "carol", "POST", "/orders/batch_cancel", body.data);
    invalid(a);
    IS(a->body, "message", "Too many orderIDs entered, limit is 100");
    vn_text_release(&body);
    invalid(coinbase(&d, "carol", "POST", "/orders/batch_cancel", "{\"order_ids\":[]}"));
    invalid(coinbase(&d, "carol", "POST", "/orders/batch_cancel", "{}"));
    invalid(coinbase(&d, "carol", "POST", "/orders/batch_cancel", "{\"order_ids\":[7]}"));
}

Test(coinbase_changes, a_cancel_of_what_is_unknown_filled_or_over)
{
    cr_assert_str_eq(cancel("nobody"), "UNKNOWN_CANCEL_ORDER");
    const char *foreign = coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "50000"));
    cr_assert_str_eq(cancel(foreign), "UNKNOWN_CANCEL_ORDER");
    const char *filled = coinbase_place(&d, "carol", "t-1", "BTC-USD", "BUY", MARKET("0.1"));
    cr_assert_str_eq(cancel(filled), "ORDER_IS_FULLY_FILLED");
    const char *id = coinbase_place(&d, "carol", "c-1", "BTC-USD", "BUY", LIMIT("1", "40000"));
    cr_assert_str_eq(cancel(id), "UNKNOWN_CANCEL_FAILURE_REASON");
    cr_assert_str_eq(cancel(id), "COMMANDER_REJECTED_CANCEL_ORDER");
}

Test(coinbase_changes, a_cancel_of_what_is_pending_or_being_replaced)
{
    char body[160];
    const char *id = coinbase_place(&d, "carol", "c-1", "BTC-USD", "BUY", LIMIT("1", "40000"));
    mode("{\"kind\":\"queue_cancel\",\"ms\":500}");
    cr_assert_str_eq(cancel(id), "UNKNOWN_CANCEL_FAILURE_REASON");
    cr_assert_str_eq(cancel(id), "DUPLICATE_CANCEL_REQUEST");
    coinbase_order_is(&d, "carol", id, "status", "CANCEL_QUEUED");
    coinbase_order_is(&d, "carol", id, "pending_cancel", "true");
    id = coinbase_place(&d, "carol", "c-2", "BTC-USD", "BUY", LIMIT("1", "40000"));
    mode("{\"kind\":\"queue_edit\",\"ms\":500}");
    snprintf(body, sizeof(body), "{\"order_id\":\"%s\",\"price\":\"41000\",\"size\":\"1\"}", id);
    IS(coinbase(&d, "carol", "POST", "/orders/edit", body)->body, "success", "true");
    cr_assert_str_eq(cancel(id), "ORDER_IS_BEING_REPLACED");
}

/* ---- edit ---- */

static void edit_refused(const char *id, const char *price, const char *size, const char *reason)
{
    struct vn_text body = {0};
    vn_text_addf(&body, "{\"order_id\":\"%s\"", id);
    if (price != NULL) {
        vn_text_addf(&body, ",\"price\":\"%s\"", price);
    }
    if (size != NULL) {
        vn_text_addf(&body, ",\"size\":\"%s\"", size);
    }
    vn_text_add_char(&body, '}');
    struct answer *a = coinbase(&d, "carol", "POST", "/orders/edit", body.data);
    ACCEPTED(a);
    IS(a->body, "success", "false");
    bool preview = strncmp(reason, "PREVIEW_", 8) == 0;
    IS(a->body, preview ? "errors.0.preview_failure_reason" : "errors.0.edit_failure_reason",
       reason);
    vn_text_release(&body);
}

Test(coinbase_changes, an_edit_of_what_cannot_be_edited)
{
    edit_refused("nobody", "50000", "1", "ORDER_NOT_FOUND");
    const char *id =
        coinbase_place(&d, "carol", "e-1", "BTC-USD", "BUY",
                       "{\"limit_limit_gtd\":{\"base_size\":\"1\",\"limit_price\":\"40000\","
                       "\"end_time\":\"2027-01-01T00:00:00Z\"}}");
    edit_refused(id, "41000", "1", "ONLY_LIMIT_ORDER_EDITS_SUPPORTED");
    id = coinbase_place(&d, "carol", "e-2", "BTC-USD", "BUY", LIMIT("1", "40000"));
    cancel(id);
    edit_refused(id, "41000", "1", "ONLY_OPEN_ORDERS_CAN_BE_EDITED");
    id = coinbase_place(&d, "carol", "e-3", "BTC-USD", "BUY", LIMIT("1", "40000"));
    mode("{\"kind\":\"queue_cancel\",\"ms\":500}");
    cancel(id);
    edit_refused(id, "41000", "1", "CANNOT_EDIT_ORDER_PENDING_CANCEL");
}

Test(coinbase_changes, an_edit_to_what_it_is_already)
{
    const char *id = coinbase_place(&d, "carol", "e-1", "BTC-USD", "BUY", LIMIT("1", "40000"));
    edit_refused(id, "40000.00", "1.0", "EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST");
}

Test(coinbase_changes, an_edit_below_what_is_filled)
{
    const char *id = coinbase_place(&d, "carol", "e-1", "BTC-USD", "BUY", LIMIT("1", "40000"));
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("0.4", "40000"));
    edit_refused(id, "40000", "0.4", "CANNOT_EDIT_TO_BELOW_FILLED_SIZE");
    edit_refused(id, "40000", "0.3", "CANNOT_EDIT_TO_BELOW_FILLED_SIZE");
}

Test(coinbase_changes, an_edit_without_a_size_or_a_price)
{
    const char *id = coinbase_place(&d, "carol", "e-1", "BTC-USD", "BUY", LIMIT("1", "40000"));
    edit_refused(id, "41000", NULL, "INVALID_EDITED_SIZE");
    edit_refused(id, NULL, "2", "INVALID_EDITED_PRICE");
    edit_refused(id, "41000.05", "1", "INVALID_EDITED_PRICE");
    edit_refused(id, "41000", "0.00001", "INVALID_EDITED_SIZE");
}

Test(coinbase_changes, an_edit_beyond_the_money_or_across_the_book)
{
    const char *id = coinbase_place(&d, "carol", "e-1", "BTC-USD", "BUY", LIMIT("1", "40000"));
    edit_refused(id, "40000", "30", "PREVIEW_INSUFFICIENT_FUND");
    coinbase_order_is(&d, "carol", id, "order_configuration.limit_limit_gtc.base_size", "1");
    coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "50000"));
    id = coinbase_place(&d, "carol", "e-2", "BTC-USD", "BUY", POST_ONLY("1", "40000"));
    edit_refused(id, "50000", "1", "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY");
}

Test(coinbase_changes, a_second_edit_while_one_is_queued)
{
    char body[160];
    const char *id = coinbase_place(&d, "carol", "e-1", "BTC-USD", "BUY", LIMIT("1", "40000"));
    mode("{\"kind\":\"queue_edit\",\"ms\":500}");
    snprintf(body, sizeof(body), "{\"order_id\":\"%s\",\"price\":\"41000\",\"size\":\"2\"}", id);
    IS(coinbase(&d, "carol", "POST", "/orders/edit", body)->body, "success", "true");
    coinbase_order_is(&d, "carol", id, "status", "EDIT_QUEUED");
    coinbase_order_is(&d, "carol", id, "current_pending_replace.price", "41000");
    coinbase_order_is(&d, "carol", id, "order_configuration.limit_limit_gtc.limit_price", "40000");
    edit_refused(id, "42000", "1", "ORDER_IS_ALREADY_BEING_REPLACED");
    desk_pass(&d, SECOND);
    coinbase_order_is(&d, "carol", id, "status", "OPEN");
    coinbase_order_is(&d, "carol", id, "order_configuration.limit_limit_gtc.limit_price", "41000");
}

/* ---- lists ---- */

Test(coinbase_changes, open_mixed_with_other_statuses)
{
    invalid(coinbase(&d, "carol", "GET",
                     "/orders/historical/batch?order_status=OPEN&order_status=FILLED", NULL));
    ACCEPTED(coinbase(&d, "carol", "GET",
                      "/orders/historical/batch?order_status=CANCELLED&order_status=FILLED", NULL));
}

Test(coinbase_changes, order_ids_with_other_filters_on_fills)
{
    struct answer *a = coinbase(&d, "carol", "GET",
                                "/orders/historical/fills?order_ids=x&product_ids=BTC-USD", NULL);
    invalid(a);
    IS(a->body, "message", "cannot pass order_ids with other filters");
    ACCEPTED(coinbase(&d, "carol", "GET", "/orders/historical/fills?order_ids=x&limit=5", NULL));
}

Test(coinbase_changes, singular_names_are_ignored_not_refused)
{
    coinbase_place(&d, "carol", "a", "BTC-USD", "BUY", LIMIT("1", "40000"));
    coinbase_place(&d, "carol", "b", "ETH-USD", "BUY", LIMIT("1", "2000"));
    struct answer *a =
        coinbase(&d, "carol", "GET", "/orders/historical/batch?product_id=BTC-USD", NULL);
    IS(a->body, "orders.1.client_order_id", "a");
    IS(a->body, "orders.0.client_order_id", "b");
    a = coinbase(&d, "carol", "GET", "/orders/historical/batch?product_ids=BTC-USD", NULL);
    cr_assert_null(json_at(a->body, "orders.1.order_id"));
}

Test(coinbase_changes, a_cursor_that_nobody_gave)
{
    invalid(coinbase(&d, "carol", "GET", "/orders/historical/batch?cursor=x", NULL));
    invalid(coinbase(&d, "carol", "GET", "/orders/historical/batch?cursor=999", NULL));
    invalid(coinbase(&d, "carol", "GET", "/orders/historical/fills?cursor=-1", NULL));
    invalid(coinbase(&d, "carol", "GET", "/accounts?cursor=zzz", NULL));
}

Test(coinbase_changes, a_limit_above_the_maximum_when_switched)
{
    ACCEPTED(coinbase(&d, "carol", "GET", "/accounts?limit=251", NULL));
    mode("{\"kind\":\"coinbase_mode\",\"list_limit\":\"refuse\"}");
    invalid(coinbase(&d, "carol", "GET", "/accounts?limit=251", NULL));
    invalid(coinbase(&d, "carol", "GET", "/orders/historical/batch?limit=1001", NULL));
    invalid(coinbase(&d, "carol", "GET", "/accounts?limit=many", NULL));
}

Test(coinbase_changes, too_many_candles)
{
    invalid(coinbase(&d, NULL, "GET",
                     "/market/products/BTC-USD/candles?start=1767204600&end=1767225660&granularity="
                     "ONE_MINUTE",
                     NULL));
    invalid(coinbase(&d, NULL, "GET",
                     "/market/products/BTC-USD/candles?start=1767225600&end=1767225660", NULL));
}

Test(coinbase_changes, an_order_that_nobody_has_or_another_has)
{
    const char *id = coinbase_place(&d, "dave", "m-1", "BTC-USD", "SELL", LIMIT("1", "50000"));
    char path[96];
    snprintf(path, sizeof(path), "/orders/historical/%s", id);
    struct answer *a = coinbase(&d, "carol", "GET", path, NULL);
    cr_assert_eq(a->status, 404u);
    IS(a->body, "message", "order with this orderID was not found");
}

Test(coinbase_changes, paths_and_methods_that_are_not_there)
{
    cr_assert_eq(coinbase(&d, "carol", "GET", "/nothing", NULL)->status, 404u);
    cr_assert_eq(coinbase(&d, "carol", "DELETE", "/orders", NULL)->status, 405u);
}

/* ---- rate ---- */

Test(coinbase_changes, the_31st_private_request_of_a_second)
{
    mode("{\"kind\":\"coinbase_mode\",\"private_per_s\":30,\"public_per_s\":10}");
    struct answer *a = NULL;
    for (int i = 0; i < 30; i++) {
        a = coinbase(&d, "carol", "GET", "/key_permissions", NULL);
        ACCEPTED(a);
    }
    cr_assert_not_null(strstr(a->headers, "x-ratelimit-limit: 30\n"));
    cr_assert_not_null(strstr(a->headers, "x-ratelimit-remaining: 0\n"));
    cr_assert_not_null(strstr(a->headers, "x-ratelimit-reset: 1\n"));
    a = coinbase(&d, "viewer", "GET", "/key_permissions", NULL); /* of the user, not of the key */
    cr_assert_eq(a->status, 429u);
    IS(a->body, "errors.0.id", "rate_limit_exceeded");
    ACCEPTED(coinbase(&d, "dave", "GET", "/key_permissions", NULL));
    desk_pass(&d, SECOND);
    ACCEPTED(coinbase(&d, "carol", "GET", "/key_permissions", NULL));
}

Test(coinbase_changes, the_11th_public_request_of_a_second)
{
    mode("{\"kind\":\"coinbase_mode\",\"public_per_s\":10,\"rate_body\":\"html\"}");
    struct answer *a = NULL;
    for (int i = 0; i < 10; i++) {
        a = coinbase(&d, NULL, "GET", "/time", NULL);
        ACCEPTED(a);
    }
    cr_assert_null(strstr(a->headers, "x-ratelimit"));
    a = coinbase(&d, NULL, "GET", "/time", NULL);
    cr_assert_eq(a->status, 429u);
    cr_assert_not_null(strstr(a->content_type, "text/html"));
    cr_assert_not_null(strstr(a->body, "Too Many Requests"));
}
