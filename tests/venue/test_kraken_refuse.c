/* What Kraken refuses over REST, each with its text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kraken_desk.h"

#define BUY "pair=XBTUSD&type=buy&ordertype=limit&price=50000&volume=0.1"
#define SELL "pair=XBTUSD&type=sell&ordertype=limit&price=60000&volume=0.1"

static struct desk d;

static void open_desk(void)
{
    kraken_open(&d);
}

static void close_desk(void)
{
    desk_close(&d);
}

TestSuite(kraken_refuse, .init = open_desk, .fini = close_desk);

static const char *error_of(const char *key, const char *method, const char *body)
{
    const char *error = json_at(kraken(&d, key, method, body)->body, "error.0");
    return error == NULL ? "none" : error;
}

#define REFUSES(method, body, want) cr_assert_str_eq(error_of("kate", method, body), want)

static struct answer *json_call(const char *method, const char *members)
{
    struct kraken_call call = {.key = "kate", .method = method, .body = members, .json = true};
    return kraken_send(&d, &call);
}

/* ---- keys, signatures, nonces ---- */

Test(kraken_refuse, a_missing_and_an_unknown_key)
{
    KRAKEN_ERROR(kraken(&d, NULL, "Balance", ""), "EAPI:Invalid key");
    KRAKEN_ERROR(kraken(&d, "nobody", "Balance", ""), "EAPI:Invalid key");
    KRAKEN_ERROR(kraken(&d, "alice", "Balance", ""), "EAPI:Invalid key"); /* Binance's */
}

Test(kraken_refuse, a_wrong_signature)
{
    struct kraken_call call = {.key = "kate", .method = "Balance", .signature = "short"};
    KRAKEN_ERROR(kraken_send(&d, &call), "EAPI:Invalid signature");
    char signature[89];
    kraken_sign("/0/private/Balance", "1", "nonce=1", signature);
    call.signature = signature;
    KRAKEN_ERROR(kraken_send(&d, &call), "EAPI:Invalid signature");
}

Test(kraken_refuse, a_nonce_that_is_not_the_signed_one)
{
    struct kraken_call call = {
        .key = "kate", .method = "Balance", .nonce = "1800000000000000000", .signed_nonce = "5"};
    KRAKEN_ERROR(kraken_send(&d, &call), "EAPI:Invalid signature");
}

Test(kraken_refuse, a_nonce_that_is_equal_lower_missing_or_no_number)
{
    static const char *const wrong[] = {
        "1800000000000000000", "1799999999999999999", "", "12a", "-5", "99999999999999999999999"};
    struct kraken_call call = {.key = "kate", .method = "Balance", .nonce = "1800000000000000000"};
    KRAKEN_FINE(kraken_send(&d, &call));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        call.nonce = wrong[i];
        KRAKEN_ERROR(kraken_send(&d, &call), "EAPI:Invalid nonce");
    }
    call.nonce = "18446744073709551615";
    KRAKEN_FINE(kraken_send(&d, &call));
}

Test(kraken_refuse, a_nonce_below_the_window_or_twice_inside_it)
{
    struct kraken_call call = {.key = "window", .method = "Balance", .nonce = "1000"};
    KRAKEN_FINE(kraken_send(&d, &call));
    call.nonce = "995";
    KRAKEN_FINE(kraken_send(&d, &call));
    KRAKEN_ERROR(kraken_send(&d, &call), "EAPI:Invalid nonce");
    call.nonce = "990";
    KRAKEN_ERROR(kraken_send(&d, &call), "EAPI:Invalid nonce");
    call.nonce = "991";
    KRAKEN_FINE(kraken_send(&d, &call));
}

Test(kraken_refuse, one_keys_nonce_is_not_the_others)
{
    struct kraken_call call = {.key = "kate", .method = "Balance", .nonce = "1900000000000000000"};
    KRAKEN_FINE(kraken_send(&d, &call));
    call.key = "luke";
    call.nonce = "5";
    KRAKEN_FINE(kraken_send(&d, &call));
}

Test(kraken_refuse, whoever_fails_ten_times_for_a_quarter_of_an_hour)
{
    struct kraken_call call = {.key = "kate", .method = "Balance", .signature = "wrong"};
    for (int i = 0; i < 10; i++) {
        KRAKEN_ERROR(kraken_send(&d, &call), "EAPI:Invalid signature");
    }
    REFUSES("Balance", "", "EGeneral:Temporary lockout");
    desk_pass(&d, 800 * SECOND);
    REFUSES("Balance", "", "EGeneral:Temporary lockout"); /* and begins anew */
    desk_pass(&d, 800 * SECOND);
    REFUSES("Balance", "", "EGeneral:Temporary lockout");
    desk_pass(&d, 901 * SECOND);
    KRAKEN_FINE(kraken(&d, "kate", "Balance", ""));
    KRAKEN_FINE(kraken(&d, "luke", "Balance", ""));
}

Test(kraken_refuse, get_on_a_private_path_and_a_method_nobody_knows)
{
    KRAKEN_ERROR(desk_get(&d, "/0/private/Balance"), "EGeneral:Unknown method");
    KRAKEN_ERROR(desk_get(&d, "/0/public/Nothing"), "EGeneral:Unknown method");
    REFUSES("Withdraw", "", "EGeneral:Unknown method");
}

Test(kraken_refuse, what_a_key_may_not_do)
{
    cr_assert_str_eq(error_of("readonly", "AddOrder", BUY), "EGeneral:Permission denied");
    cr_assert_str_eq(error_of("readonly", "CancelAll", ""), "EGeneral:Permission denied");
    cr_assert_str_eq(error_of("readonly", "GetWebSocketsToken", ""), "EGeneral:Permission denied");
    KRAKEN_FINE(kraken(&d, "readonly", "Balance", ""));
    KRAKEN_FINE(kraken(&d, "readonly", "GetApiKeyInfo", ""));
}

/* ---- counters ---- */

static int accepted_until(const char *method, const char *body, const char *error)
{
    for (int i = 0; i < 500; i++) {
        const char *got = error_of("kate", method, body);
        if (strcmp(got, "none") != 0) {
            cr_assert_str_eq(got, error);
            return i;
        }
    }
    return -1;
}

Test(kraken_refuse, calls_above_the_rest_counter_of_the_tier)
{
    kraken_fault(&d, "{\"kind\":\"tier\",\"tier\":\"starter\"}");
    cr_assert_eq(accepted_until("Balance", "", "EAPI:Rate limit exceeded"), 15);
    KRAKEN_FINE(kraken(&d, "kate", "AddOrder", BUY)); /* outside of this counter */
    desk_pass(&d, 4 * SECOND);                        /* 4 * 0.33 drained */
    cr_assert_eq(accepted_until("Balance", "", "EAPI:Rate limit exceeded"), 1);
}

Test(kraken_refuse, history_calls_that_cost_four)
{
    kraken_fault(&d, "{\"kind\":\"tier\",\"tier\":\"pro\"}");
    cr_assert_eq(accepted_until("TradesHistory", "", "EAPI:Rate limit exceeded"), 5);
    desk_pass(&d, 60 * SECOND);
    kraken_fault(&d, "{\"kind\":\"kraken\",\"history_cost\":2}");
    cr_assert_eq(accepted_until("TradesHistory", "", "EAPI:Rate limit exceeded"), 10);
}

static const char *engine_counter(void)
{
    return json_at(desk_get(&d, "/_state")->body, "kraken.counters.0.used");
}

Test(kraken_refuse, orders_above_the_engine_counter_of_the_pair)
{
    kraken_fault(&d, "{\"kind\":\"tier\",\"tier\":\"starter\"}");
    for (int i = 0; i < 6; i++) { /* add and cancel at once cost nine */
        char body[64];
        snprintf(body, sizeof(body), "txid=%s", kraken_place(&d, "kate", BUY));
        KRAKEN_FINE(kraken(&d, "kate", "CancelOrder", body));
    }
    cr_assert_eq(accepted_until("AddOrder", BUY, "EOrder:Rate limit exceeded"), 6);
    KRAKEN_FINE(
        kraken(&d, "kate", "AddOrder", "pair=ETHUSD&type=buy&ordertype=limit&price=2000&volume=1"));
    KRAKEN_FINE(kraken(&d, "luke", "AddOrder", BUY));
    desk_pass(&d, 3 * SECOND);
    cr_assert_eq(accepted_until("AddOrder", BUY, "EOrder:Rate limit exceeded"), 2);
}

/* Kraken's own example: add, amend at 7 s, cancel 36 s after that: 1 + 3 + 4. The drain is taken off the sum here. */
Test(kraken_refuse, the_cost_of_an_order_by_its_age)
{
    kraken_fault(&d, "{\"kind\":\"tier\",\"tier\":\"none\"}");
    char body[128];
    char txid[64];
    snprintf(txid, sizeof(txid), "%s", kraken_place(&d, "kate", BUY));
    cr_assert_str_eq(engine_counter(), "1.00");
    desk_pass(&d, 7 * SECOND);
    snprintf(body, sizeof(body), "txid=%s&limit_price=50001.5", txid);
    KRAKEN_FINE(kraken(&d, "kate", "AmendOrder", body));
    cr_assert_str_eq(engine_counter(), "4.00");
    desk_pass(&d, 36 * SECOND);
    snprintf(body, sizeof(body), "txid=%s", txid);
    KRAKEN_FINE(kraken(&d, "kate", "CancelOrder", body));
    cr_assert_str_eq(engine_counter(), "8.00");
}

Test(kraken_refuse, a_cancel_above_the_counter_only_when_that_is_switched_on)
{
    kraken_fault(&d, "{\"kind\":\"tier\",\"tier\":\"starter\"}");
    char first[64];
    char body[80];
    snprintf(first, sizeof(first), "%s", kraken_place(&d, "kate", BUY));
    cr_assert_eq(accepted_until("AddOrder", BUY, "EOrder:Rate limit exceeded"), 59);
    kraken_fault(&d, "{\"kind\":\"kraken\",\"cancel_limited\":true}");
    snprintf(body, sizeof(body), "txid=%s", first);
    REFUSES("CancelOrder", body, "EOrder:Rate limit exceeded");
    kraken_fault(&d, "{\"kind\":\"kraken\",\"cancel_limited\":false}");
    KRAKEN_FINE(kraken(&d, "kate", "CancelOrder", body));
}

Test(kraken_refuse, open_orders_above_the_limit_of_the_tier)
{
    for (int i = 0; i < 80; i++) {
        kraken_place(&d, "kate", BUY);
    }
    kraken_fault(&d, "{\"kind\":\"tier\",\"tier\":\"intermediate\"}");
    desk_pass(&d, 100 * SECOND);
    REFUSES("AddOrder", BUY, "EOrder:Orders limit exceeded");
    KRAKEN_FINE(
        kraken(&d, "kate", "AddOrder", "pair=ETHUSD&type=buy&ordertype=limit&price=2000&volume=1"));
}

/* ---- what is asked for ---- */

#define LIMIT(fields) "type=buy&ordertype=limit&" fields

Test(kraken_refuse, a_pair_nobody_knows)
{
    REFUSES("AddOrder", LIMIT("pair=NOSUCH&price=1&volume=1"), "EQuery:Unknown asset pair");
    KRAKEN_ERROR(kraken_public(&d, "Depth?pair=NOSUCH"), "EQuery:Unknown asset pair");
    KRAKEN_ERROR(kraken_public(&d, "Ticker?pair=XBTUSD,NOSUCH"), "EQuery:Unknown asset pair");
}

Test(kraken_refuse, volume_and_cost_below_the_minimum)
{
    REFUSES("AddOrder", LIMIT("pair=XBTUSD&price=50000&volume=0.00004999"),
            "EOrder:Order minimum not met");
    REFUSES("AddOrder", LIMIT("pair=XBTUSD&price=50000&volume=0"), "EOrder:Order minimum not met");
    REFUSES("AddOrder", LIMIT("pair=XBTUSD&price=9999.9&volume=0.00005"),
            "EOrder:Cost minimum not met");
    KRAKEN_FINE(kraken(&d, "kate", "AddOrder", LIMIT("pair=XBTUSD&price=10000&volume=0.00005")));
}

Test(kraken_refuse, a_price_off_the_tick)
{
    REFUSES("AddOrder", LIMIT("pair=NICKELUSDT&price=10.07&volume=1"),
            "EOrder:Tick size check failed");
    KRAKEN_FINE(kraken(&d, "kate", "AddOrder", LIMIT("pair=NICKELUSDT&price=10.05&volume=1")));
}

Test(kraken_refuse, numbers_with_too_many_digits_exponent_comma_or_sign)
{
    static const char *const prices[] = {"50000.05", "5e4", "50000,1", "%2B50000", "-50000", "#5",
                                         "5%25",     "",    "fifty",   ".5",       "5.",     "0"};
    static const char *const volumes[] = {"0.123456789", "1e-1", "0,1", "%2B1", "-1", "", "x"};
    char body[160];
    for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
        snprintf(body, sizeof(body), LIMIT("pair=XBTUSD&volume=1&price=%s"), prices[i]);
        REFUSES("AddOrder", body, "EGeneral:Invalid arguments:price");
    }
    for (size_t i = 0; i < sizeof(volumes) / sizeof(volumes[0]); i++) {
        snprintf(body, sizeof(body), LIMIT("pair=XBTUSD&price=50000&volume=%s"), volumes[i]);
        REFUSES("AddOrder", body, "EGeneral:Invalid arguments:volume");
    }
}

Test(kraken_refuse, numbers_too_large_for_money)
{
    REFUSES("AddOrder", LIMIT("pair=XBTUSD&volume=1&price=100000000.1"),
            "EGeneral:Invalid arguments:price");
    REFUSES("AddOrder", LIMIT("pair=XBTUSD&price=1&volume=1000000000.1"),
            "EGeneral:Invalid arguments:volume");
    REFUSES("AddOrder", LIMIT("pair=XBTUSD&price=99999999999&volume=99999999999999999999"),
            "EGeneral:Invalid arguments:volume");
    KRAKEN_FINE(kraken_public(&d, "Trades?pair=XBTUSD&since=99999999999"));
    KRAKEN_FINE(kraken(&d, "kate", "ClosedOrders", "ofs=9223372036854775807"));
}

Test(kraken_refuse, words_nobody_knows)
{
    REFUSES("AddOrder", "pair=XBTUSD&type=hold&ordertype=limit&price=1&volume=1",
            "EGeneral:Invalid arguments:type");
    REFUSES("AddOrder", "pair=XBTUSD&type=buy&ordertype=maybe&price=1&volume=1",
            "EGeneral:Invalid arguments:ordertype");
    REFUSES("AddOrder", BUY "&oflags=fcib,fciq", "EGeneral:Invalid arguments:oflags");
    REFUSES("AddOrder", BUY "&oflags=viqc", "EGeneral:Invalid arguments:oflags");
    REFUSES("AddOrder", BUY "&timeinforce=gtc", "EGeneral:Invalid arguments:timeinforce");
    REFUSES("AddOrder", BUY "&timeinforce=GTD", "EGeneral:Invalid arguments:timeinforce");
    REFUSES("AddOrder", BUY "&stptype=cancel_newest", "EGeneral:Invalid arguments:stptype");
    REFUSES("AddOrder", BUY "&expiretm=%2B4", "EGeneral:Invalid arguments:expiretm");
    REFUSES("AddOrder", BUY "&leverage=2", "EOrder:Insufficient margin");
}

Test(kraken_refuse, client_ids_that_are_malformed_or_beside_a_reference_or_a_close)
{
    static const char *const fine[] = {"0198f3b2-6c11-7a40-9d52-3e1f8a7c5b10",
                                       "0198f3b26c117a409d523e1f8a7c5b10", "eighteen-chars-id!"};
    static const char *const wrong[] = {"nineteen-characters",
                                        "0198f3b2-6c11-7a40-9d52-3e1f8a7c5b1g",
                                        "0198f3b26c117a409d523e1f8a7c5b1z", "a%20b", ""};
    char body[192];
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        snprintf(body, sizeof(body), BUY "&cl_ord_id=%s", fine[i]);
        KRAKEN_FINE(kraken(&d, "kate", "AddOrder", body));
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(body, sizeof(body), BUY "&cl_ord_id=%s", wrong[i]);
        REFUSES("AddOrder", body, "EGeneral:Invalid arguments:cl_ord_id");
    }
    REFUSES("AddOrder", BUY "&cl_ord_id=a&userref=1", "EGeneral:Invalid arguments");
    REFUSES("AddOrder", BUY "&userref=2147483648", "EGeneral:Invalid arguments:userref");
    REFUSES("AddOrder", BUY "&cl_ord_id=b&close[ordertype]=limit&close[price]=60000",
            "EGeneral:Invalid arguments:cl_ord_id");
}

Test(kraken_refuse, a_second_open_order_of_an_id_but_not_one_after_it_closed)
{
    KRAKEN_FINE(kraken(&d, "kate", "AddOrder", BUY "&cl_ord_id=one"));
    REFUSES("AddOrder", BUY "&cl_ord_id=one", "EGeneral:Invalid arguments:cl_ord_id");
    REFUSES("AddOrder", LIMIT("pair=ETHUSD&price=2000&volume=1&cl_ord_id=one"),
            "EGeneral:Invalid arguments:cl_ord_id");
    KRAKEN_FINE(kraken(&d, "luke", "AddOrder", BUY "&cl_ord_id=one"));
    kraken_fault(&d, "{\"kind\":\"kraken\",\"duplicate_error\":\"EOrder:Duplicate\"}");
    REFUSES("AddOrder", BUY "&cl_ord_id=one", "EOrder:Duplicate");
    KRAKEN_FINE(kraken(&d, "kate", "CancelOrder", "cl_ord_id=one"));
    KRAKEN_FINE(kraken(&d, "kate", "AddOrder", BUY "&cl_ord_id=one"));
}

Test(kraken_refuse, a_deadline_that_is_near_far_past_or_no_time)
{
    REFUSES("AddOrder", BUY "&deadline=2026-01-01T00:00:03Z",
            "EGeneral:Invalid arguments:deadline"); /* 1.8 s ahead */
    REFUSES("AddOrder", BUY "&deadline=2026-01-01T00:01:02Z",
            "EGeneral:Invalid arguments:deadline"); /* 60.8 s */
    REFUSES("AddOrder", BUY "&deadline=soon", "EGeneral:Invalid arguments:deadline");
    REFUSES("AddOrder", BUY "&deadline=2026-01-01T00:00:01Z", "EService:Deadline elapsed");
    KRAKEN_FINE(kraken(&d, "kate", "AddOrder", BUY "&deadline=2026-01-01T00:00:06Z"));
}

Test(kraken_refuse, a_request_that_was_held_back_beyond_its_deadline)
{
    kraken_fault(&d,
                 "{\"kind\":\"slow\",\"ms\":4000,\"match\":{\"path\":\"/0/private/AddOrder\"}}");
    struct answer *a = kraken(&d, "kate", "AddOrder", BUY "&deadline=2026-01-01T00:00:04Z");
    cr_assert_eq(a->kind, 0u);
    desk_pass(&d, 5 * SECOND);
    KRAKEN_ERROR(a, "EService:Deadline elapsed");
}

Test(kraken_refuse, more_than_is_available)
{
    REFUSES("AddOrder", LIMIT("pair=XBTUSD&price=60000&volume=167"), "EOrder:Insufficient funds");
    KRAKEN_FINE(kraken(&d, "kate", "AddOrder", LIMIT("pair=XBTUSD&price=60000&volume=100")));
    REFUSES("AddOrder", LIMIT("pair=XBTUSD&price=60000&volume=67"), "EOrder:Insufficient funds");
    REFUSES("AddOrder", "pair=XBTUSD&type=sell&ordertype=limit&price=60000&volume=100.1",
            "EOrder:Insufficient funds");
    kraken_check_ledger(&d);
}

Test(kraken_refuse, a_post_only_order_that_would_take)
{
    kraken_place(&d, "luke", SELL);
    REFUSES("AddOrder", LIMIT("pair=XBTUSD&price=60000&volume=0.1&oflags=post"),
            "EOrder:Post only order");
    kraken_fault(&d, "{\"kind\":\"kraken\",\"post_cancels\":true}");
    const char *txid =
        kraken_place(&d, "kate", LIMIT("pair=XBTUSD&price=60000&volume=0.1&oflags=post"));
    char copy[64];
    snprintf(copy, sizeof(copy), "%s", txid);
    kraken_order_is(&d, "kate", copy, "status", "canceled");
    kraken_order_is(&d, "kate", copy, "reason", "Post only order");
    kraken_order_is(&d, "kate", copy, "vol_exec", "0.00000000");
}

#define ROW "{\"ordertype\":\"limit\",\"type\":\"buy\",\"price\":\"50000\",\"volume\":\"0.1\"}"

Test(kraken_refuse, batches_of_one_or_of_sixteen_or_of_two_pairs)
{
    struct vn_text rows = {0};
    KRAKEN_ERROR(json_call("AddOrderBatch", "\"pair\":\"XBTUSD\",\"orders\":[" ROW "]"),
                 "EGeneral:Invalid arguments:orders");
    vn_text_add(&rows, "\"pair\":\"XBTUSD\",\"orders\":[" ROW);
    for (int i = 0; i < 15; i++) {
        vn_text_add(&rows, "," ROW);
    }
    vn_text_add(&rows, "]");
    KRAKEN_ERROR(json_call("AddOrderBatch", rows.data), "EGeneral:Invalid arguments:orders");
    vn_text_release(&rows);
    KRAKEN_ERROR(json_call("AddOrderBatch",
                           "\"pair\":\"XBTUSD\",\"orders\":[" ROW ",{\"pair\":\"ETHUSD\","
                           "\"ordertype\":\"limit\",\"type\":\"buy\",\"price\":\"50000\","
                           "\"volume\":\"0.1\"}]"),
                 "EGeneral:Invalid arguments:orders");
    const struct answer *open = kraken(&d, "kate", "OpenOrders", "");
    cr_assert_not_null(strstr(open->body, "{\"open\":{}}"), "%s", open->body);
    KRAKEN_FINE(json_call("AddOrderBatch", "\"pair\":\"XBTUSD\",\"orders\":[" ROW "," ROW "]"));
}

static void repeat_ids(struct vn_text *out, int count)
{
    vn_text_add(out, "txid=");
    for (int i = 0; i < count; i++) {
        vn_text_add(out, i == 0 ? "OAAAAA-AAAAA-AAAAAA" : ",OAAAAA-AAAAA-AAAAAA");
    }
}

Test(kraken_refuse, more_ids_levels_or_seconds_than_a_call_takes)
{
    struct vn_text ids = {0};
    repeat_ids(&ids, 51);
    REFUSES("QueryOrders", ids.data, "EGeneral:Invalid arguments");
    vn_text_clear(&ids);
    repeat_ids(&ids, 21);
    REFUSES("QueryTrades", ids.data, "EGeneral:Invalid arguments");
    vn_text_release(&ids);
    REFUSES("CancelAllOrdersAfter", "timeout=86400", "EGeneral:Invalid arguments:timeout");
    REFUSES("CancelAllOrdersAfter", "timeout=soon", "EGeneral:Invalid arguments:timeout");
    KRAKEN_FINE(kraken(&d, "kate", "CancelAllOrdersAfter", "timeout=86399"));
    KRAKEN_ERROR(kraken_public(&d, "Depth?pair=XBTUSD&count=501"), "EGeneral:Invalid arguments");
    KRAKEN_ERROR(kraken_public(&d, "Depth?pair=XBTUSD&count=0"), "EGeneral:Invalid arguments");
    KRAKEN_ERROR(kraken_public(&d, "OHLC?pair=XBTUSD&interval=7"), "EGeneral:Invalid arguments");
}

Test(kraken_refuse, cancel_and_amend_of_what_is_not_open)
{
    char body[128];
    char txid[64];
    snprintf(txid, sizeof(txid), "%s", kraken_place(&d, "kate", BUY));
    snprintf(body, sizeof(body), "txid=%s", txid);
    cr_assert_str_eq(error_of("luke", "CancelOrder", body), "EOrder:Unknown order");
    KRAKEN_FINE(kraken(&d, "kate", "CancelOrder", body));
    REFUSES("CancelOrder", body, "EOrder:Unknown order");
    REFUSES("CancelOrder", "txid=OAAAAA-AAAAA-AAAAAA", "EOrder:Unknown order");
    REFUSES("CancelOrder", "txid=7", "EOrder:Unknown order");
    REFUSES("CancelOrder", "cl_ord_id=never", "EOrder:Unknown order");
    snprintf(body, sizeof(body), "txid=%s&limit_price=50001", txid);
    REFUSES("AmendOrder", body, "EOrder:Unknown order");
    kraken_fault(&d, "{\"kind\":\"kraken\",\"unknown_error\":\"EOrder:Invalid order\"}");
    REFUSES("AmendOrder", body, "EOrder:Invalid order");
    REFUSES("QueryOrders", "txid=OAAAAA-AAAAA-AAAAAA", "EOrder:Invalid order");
    REFUSES("CancelOrder", "", "EGeneral:Invalid arguments");
}

Test(kraken_refuse, an_amend_that_changes_nothing)
{
    char body[128];
    snprintf(body, sizeof(body), "txid=%s&limit_price=50000", kraken_place(&d, "kate", BUY));
    const char *error = error_of("kate", "AmendOrder", body);
    cr_assert_not_null(strstr(error, "No amendable parameters"), "%s", error);
}

Test(kraken_refuse, orders_and_cancels_in_the_states_of_the_venue)
{
    char cancel[80];
    snprintf(cancel, sizeof(cancel), "txid=%s", kraken_place(&d, "kate", BUY));
    kraken_fault(&d, "{\"kind\":\"system\",\"system\":\"maintenance\"}");
    REFUSES("AddOrder", BUY, "EService:Unavailable");
    REFUSES("CancelOrder", cancel, "EService:Unavailable");
    REFUSES("CancelAll", "", "EService:Unavailable");
    kraken_fault(&d, "{\"kind\":\"system\",\"system\":\"cancel_only\"}");
    REFUSES("AddOrder", BUY, "EService:Market in cancel_only mode");
    REFUSES("AddOrder", BUY "&oflags=post", "EService:Market in cancel_only mode");
    KRAKEN_FINE(kraken(&d, "kate", "CancelOrder", cancel));
    kraken_fault(&d, "{\"kind\":\"system\",\"system\":\"post_only\"}");
    REFUSES("AddOrder", BUY, "EService:Market in post_only mode");
    KRAKEN_FINE(kraken(&d, "kate", "AddOrder", BUY "&oflags=post"));
    kraken_fault(&d, "{\"kind\":\"system\",\"system\":\"online\"}");
    KRAKEN_FINE(kraken(&d, "kate", "AddOrder", BUY));
}

Test(kraken_refuse, orders_in_the_states_of_a_pair)
{
    kraken_fault(&d, "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"BTC/USD\"},"
                     "\"status\":\"CANCEL_ONLY\"}");
    REFUSES("AddOrder", BUY, "EService:Market in cancel_only mode");
    kraken_fault(&d, "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"XXBTZUSD\"},"
                     "\"status\":\"POST_ONLY\"}");
    REFUSES("AddOrder", BUY, "EService:Market in post_only mode");
    KRAKEN_FINE(kraken(&d, "kate", "AddOrder", BUY "&oflags=post"));
    kraken_fault(&d, "{\"kind\":\"symbol\",\"match\":{\"symbol\":\"BTCUSD\"},"
                     "\"status\":\"LIMIT_ONLY\"}");
    REFUSES("AddOrder", "pair=XBTUSD&type=buy&ordertype=market&volume=0.1",
            "EService:Market in limit_only mode");
    KRAKEN_FINE(kraken(&d, "kate", "AddOrder", BUY));
}
