/* Kraken's bad days on command: answers that lie about what happened, REST behind the streams and the reverse, rows that
 * are sparse, twice or missing, sockets that die in every way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kraken_desk.h"

static struct desk d;

static void open_desk(void)
{
    kraken_open(&d);
}

static void close_desk(void)
{
    kraken_check_ledger(&d);
    desk_close(&d);
}

TestSuite(kraken_faults, .init = open_desk, .fini = close_desk);

#define BUY "pair=XBTUSD&type=buy&ordertype=limit&price=60000&volume=0.1"
#define SELL "pair=XBTUSD&type=sell&ordertype=limit&price=60000&volume=0.1"
#define AT_ADD "\"match\":{\"method\":\"POST\",\"path\":\"/0/private/AddOrder\"}"

static bool is_open(const char *client_id)
{
    char body[64];
    snprintf(body, sizeof(body), "cl_ord_id=%s", client_id);
    return strstr(kraken(&d, "kate", "OpenOrders", body)->body, client_id) != NULL;
}

/* ---- answers ---- */

Test(kraken_faults, a_service_error_with_and_without_the_order)
{
    static const char *const texts[] = {"EService:Busy", "EService:Unavailable", "EService:Timeout",
                                        "EGeneral:Internal error"};
    char fault[256];
    char body[128];
    char id[16];
    for (int i = 0; i < 8; i++) {
        bool executes = i % 2 == 0;
        snprintf(id, sizeof(id), "doubt-%d", i);
        snprintf(body, sizeof(body), BUY "&cl_ord_id=%s", id);
        snprintf(fault, sizeof(fault),
                 "{\"kind\":\"error\",\"msg\":\"%s\",\"execute\":%s," AT_ADD "}", texts[i / 2],
                 executes ? "true" : "false");
        kraken_fault(&d, fault);
        KRAKEN_ERROR(kraken(&d, "kate", "AddOrder", body), texts[i / 2]);
        cr_assert_eq(is_open(id), executes, "%s", fault);
    }
}

Test(kraken_faults, an_answer_that_is_dropped_a_page_or_late)
{
    kraken_fault(&d, "{\"kind\":\"drop_after\"," AT_ADD "}");
    cr_assert_eq(kraken(&d, "kate", "AddOrder", BUY "&cl_ord_id=dropped")->kind, VENUE_OUT_CLOSE);
    cr_assert(is_open("dropped"));
    kraken_fault(&d, "{\"kind\":\"drop_before\"," AT_ADD "}");
    cr_assert_eq(kraken(&d, "kate", "AddOrder", BUY "&cl_ord_id=never")->kind, VENUE_OUT_CLOSE);
    cr_assert_not(is_open("never"));
    kraken_fault(&d, "{\"kind\":\"html\",\"status\":520,\"execute\":true," AT_ADD "}");
    const struct answer *a = kraken(&d, "kate", "AddOrder", BUY "&cl_ord_id=page");
    cr_assert_eq(a->status, 520u);
    cr_assert_eq(a->body[0], '<');
    cr_assert(is_open("page"));
    kraken_fault(&d, "{\"kind\":\"delay\",\"ms\":30000," AT_ADD "}");
    cr_assert_eq(kraken(&d, "kate", "AddOrder", BUY "&cl_ord_id=late")->kind, 0u);
    cr_assert(is_open("late"));
    kraken_fault(&d, "{\"kind\":\"half_body\"," AT_ADD "}");
    a = kraken(&d, "kate", "AddOrder", BUY "&cl_ord_id=half");
    cr_assert_lt(a->send_len, a->body_len);
}

Test(kraken_faults, an_order_that_filled_before_its_answer_was_lost)
{
    kraken_place(&d, "luke", SELL);
    kraken_fault(&d, "{\"kind\":\"drop_after\"," AT_ADD "}");
    kraken(&d, "kate", "AddOrder", BUY "&cl_ord_id=filled");
    cr_assert_not(is_open("filled"));
    const struct answer *a = kraken(&d, "kate", "ClosedOrders", "cl_ord_id=filled");
    cr_assert_not_null(strstr(a->body, "\"status\":\"closed\""));
    IS(a->body, "result.count", "1");
}

Test(kraken_faults, the_result_of_an_error_is_absent_empty_or_null)
{
    cr_assert_str_eq(kraken(&d, "kate", "Nothing", "")->body,
                     "{\"error\":[\"EGeneral:Unknown method\"]}");
    kraken_fault(&d, "{\"kind\":\"result_shape\",\"msg\":\"{}\"}");
    cr_assert_str_eq(kraken(&d, "kate", "Nothing", "")->body,
                     "{\"error\":[\"EGeneral:Unknown method\"],\"result\":{}}");
    kraken_fault(&d, "{\"kind\":\"result_shape\",\"msg\":\"null\"}");
    cr_assert_str_eq(kraken(&d, "kate", "Nothing", "")->body,
                     "{\"error\":[\"EGeneral:Unknown method\"],\"result\":null}");
}

Test(kraken_faults, names_are_modern_and_pairs_have_no_status)
{
    kraken_fault(&d, "{\"kind\":\"kraken\",\"modern_names\":true,\"no_status\":true}");
    cr_assert_not_null(json_at(kraken(&d, "kate", "Balance", "")->body, "result.BTC"));
    const struct answer *a = kraken_public(&d, "AssetPairs?pair=XBTUSD");
    cr_assert_not_null(strstr(a->body, "\"BTC/USD\":{"));
    cr_assert_null(strstr(a->body, "\"status\""));
}

/* ---- REST behind the streams, and the reverse ---- */

Test(kraken_faults, rest_does_not_see_young_orders_while_the_stream_does)
{
    uint64_t conn = kraken_stream(&d, "kate", "executions");
    kraken_fault(&d, "{\"kind\":\"kraken\",\"order_lag_ms\":20000}");
    char body[64];
    snprintf(body, sizeof(body), "txid=%s", kraken_place(&d, "kate", BUY "&cl_ord_id=young"));
    free(desk_find(&d, conn, "pending_new"));
    KRAKEN_ERROR(kraken(&d, "kate", "QueryOrders", body), "EOrder:Invalid order");
    cr_assert_not(is_open("young"));
    desk_pass(&d, 20 * SECOND);
    cr_assert(is_open("young"));
}

Test(kraken_faults, rest_shows_a_filled_order_as_open)
{
    kraken_fault(&d, "{\"kind\":\"kraken\",\"fill_lag_ms\":60000}");
    kraken_place(&d, "luke", SELL);
    kraken_place(&d, "kate", BUY "&cl_ord_id=stale");
    cr_assert(is_open("stale"));
    IS(kraken(&d, "kate", "TradesHistory", "")->body, "result.count", "0");
    desk_pass(&d, 61 * SECOND);
    cr_assert_not(is_open("stale"));
    IS(kraken(&d, "kate", "TradesHistory", "")->body, "result.count", "1");
}

Test(kraken_faults, the_stream_comes_after_rest)
{
    uint64_t conn = kraken_stream(&d, "kate", "executions");
    kraken_fault(&d, "{\"kind\":\"kraken\",\"event_lag_ms\":5000}");
    kraken_place(&d, "kate", BUY "&cl_ord_id=slow");
    cr_assert(is_open("slow"));
    cr_assert_null(desk_find(&d, conn, "executions"));
    desk_pass(&d, 5 * SECOND);
    char *frame = desk_find(&d, conn, "pending_new");
    cr_assert_not_null(frame);
    free(frame);
}

/* ---- rows ---- */

static char *row(uint64_t conn, const char *what)
{
    char *frame = desk_find(&d, conn, what);
    cr_assert_not_null(frame, "no %s", what);
    return frame;
}

Test(kraken_faults, a_first_row_is_sparse)
{
    uint64_t conn = kraken_stream(&d, "kate", "executions");
    kraken_fault(&d, "{\"kind\":\"sparse\"}");
    kraken_place(&d, "kate", BUY "&cl_ord_id=bare");
    char *frame = row(conn, "pending_new");
    cr_assert_null(json_at(frame, "data.0.cl_ord_id"));
    cr_assert_null(json_at(frame, "data.0.symbol"));
    free(frame);
}

Test(kraken_faults, a_sequence_skips_and_repeats)
{
    uint64_t conn = kraken_stream(&d, "kate", "executions");
    kraken_fault(&d, "{\"kind\":\"sequence_skip\"}");
    kraken_place(&d, "kate", BUY);
    char *frame = row(conn, "pending_new");
    IS(frame, "sequence", "3");
    free(frame);
    free(row(conn, "\"new\""));
    kraken_fault(&d, "{\"kind\":\"sequence_twice\"}");
    kraken_place(&d, "kate", BUY);
    for (int i = 0; i < 2; i++) {
        frame = row(conn, "pending_new");
        IS(frame, "sequence", "5");
        free(frame);
    }
}

Test(kraken_faults, rows_are_lost_doubled_late_or_unknown)
{
    uint64_t conn = kraken_stream(&d, "kate", "executions");
    kraken_fault(&d, "{\"kind\":\"drop_report\",\"match\":{\"dialect\":\"kraken\"}}");
    kraken_place(&d, "kate", BUY);
    char *frame = desk_next(&d, conn);
    IS(frame, "data.0.exec_type", "new"); /* the first row is gone */
    free(frame);
    kraken_fault(&d, "{\"kind\":\"duplicate_report\"}");
    kraken_place(&d, "kate", BUY);
    free(row(conn, "pending_new"));
    free(row(conn, "pending_new"));
    desk_drop_frames(&d, conn);
    kraken_fault(&d, "{\"kind\":\"reorder_report\",\"ms\":50}");
    kraken_place(&d, "kate", BUY);
    frame = desk_next(&d, conn);
    IS(frame, "data.0.exec_type", "new");
    free(frame);
    desk_pass(&d, 50 * MS);
    free(row(conn, "pending_new"));
    kraken_fault(&d, "{\"kind\":\"unknown_exec\"}");
    kraken_place(&d, "kate", BUY);
    free(row(conn, "nobody_knows_"));
}

Test(kraken_faults, the_filled_row_never_comes)
{
    uint64_t conn = kraken_stream(&d, "kate", "executions");
    kraken_fault(&d, "{\"kind\":\"no_filled\"}");
    kraken_place(&d, "luke", SELL);
    kraken_place(&d, "kate", BUY);
    free(row(conn, "\"trade\""));
    cr_assert_null(desk_find(&d, conn, "\"exec_type\":\"filled\""));
}

Test(kraken_faults, snapshots_come_again_and_the_engine_restates)
{
    kraken_place(&d, "luke", SELL);
    kraken_place(&d, "kate", BUY);
    kraken_place(&d, "kate", BUY);
    uint64_t conn = kraken_stream(&d, "kate", "executions");
    kraken_fault(&d, "{\"kind\":\"replay\"}");
    desk_pass(&d, 0);
    char *frame = row(conn, "snapshot\",\"data");
    IS(frame, "data.0.exec_type", "new");
    IS(frame, "data.1.exec_type", "trade");
    IS(frame, "sequence", "1");
    free(frame);
    kraken_fault(&d, "{\"kind\":\"restate\"}");
    desk_pass(&d, 0);
    free(row(conn, "restated"));
}

/* ---- sockets ---- */

Test(kraken_faults, sockets_are_closed_with_every_code)
{
    static const uint32_t codes[] = {1000, 1001, 1008};
    char fault[64];
    for (size_t i = 0; i < 3; i++) {
        uint64_t conn = desk_ws(&d, "/v2");
        snprintf(fault, sizeof(fault), "{\"kind\":\"close\",\"close\":%u}", codes[i]);
        kraken_fault(&d, fault);
        bool closed = false;
        for (const struct frame *f = d.frames; f != NULL; f = f->next) {
            closed = closed || (f->conn == conn && f->close_code == codes[i]);
        }
        cr_assert(closed, "%u", codes[i]);
    }
    uint64_t conn = desk_ws(&d, "/auth/v2");
    uint64_t other = desk_ws(&d, "/v2");
    kraken_fault(&d, "{\"kind\":\"close\",\"close\":1006,\"match\":{\"path\":\"private\"}}");
    cr_assert(desk_is_closed(&d, conn));
    cr_assert_not(desk_is_closed(&d, other));
}

Test(kraken_faults, a_socket_goes_silent_without_closing)
{
    uint64_t conn = kraken_stream(&d, "kate", "executions");
    kraken_fault(&d, "{\"kind\":\"silence\"}");
    desk_pass(&d, 200 * MS);
    desk_drop_frames(&d, conn);
    kraken_place(&d, "kate", BUY);
    desk_pass(&d, 30 * SECOND);
    cr_assert_null(desk_next(&d, conn));
    cr_assert_not(desk_is_closed(&d, conn));
}

Test(kraken_faults, a_socket_nobody_uses_is_closed_after_a_minute)
{
    uint64_t idle = desk_ws(&d, "/auth/v2");
    uint64_t used = kraken_stream(&d, "kate", "executions");
    desk_pass(&d, 62 * SECOND);
    cr_assert(desk_is_closed(&d, idle));
    cr_assert_not(desk_is_closed(&d, used));
}

#define ORDER                                                                                      \
    "{\"method\":\"add_order\",\"params\":{\"order_type\":\"limit\",\"side\":\"buy\","             \
    "\"symbol\":\"BTC/USD\",\"order_qty\":0.1,\"limit_price\":50000,\"cl_ord_id\":\"%s\","         \
    "\"token\":\"%s\"},\"req_id\":8}"

Test(kraken_faults, an_order_on_the_socket_whose_answer_never_comes_or_lies)
{
    char text[512];
    uint64_t conn = desk_ws(&d, "/auth/v2");
    kraken_fault(&d, "{\"kind\":\"ws_error\",\"msg\":\"EService:Busy\"}");
    snprintf(text, sizeof(text), ORDER, "lied", kraken_token(&d, "kate"));
    desk_ws_text(&d, conn, text);
    char *frame = row(conn, "\"req_id\":8");
    IS(frame, "error", "EService:Busy");
    free(frame);
    cr_assert(is_open("lied"));
    kraken_fault(&d, "{\"kind\":\"ws_error\",\"msg\":\"EService:Busy\",\"execute\":false}");
    snprintf(text, sizeof(text), ORDER, "kept", kraken_token(&d, "kate"));
    desk_ws_text(&d, conn, text);
    free(row(conn, "EService:Busy"));
    cr_assert_not(is_open("kept"));
    kraken_fault(&d, "{\"kind\":\"ws_no_answer\"}");
    snprintf(text, sizeof(text), ORDER, "lost", kraken_token(&d, "kate"));
    desk_ws_text(&d, conn, text);
    cr_assert(desk_is_closed(&d, conn));
    cr_assert(is_open("lost"));
}

Test(kraken_faults, a_dead_token_refuses_the_message_and_leaves_the_subscription)
{
    uint64_t conn = kraken_stream(&d, "kate", "executions");
    kraken_fault(&d, "{\"kind\":\"tokens\"}");
    kraken_place(&d, "kate", BUY);
    free(row(conn, "pending_new"));
    cr_assert_not(desk_is_closed(&d, conn));
}

Test(kraken_faults, the_venue_walks_through_a_maintenance_that_it_announced)
{
    uint64_t conn = desk_ws(&d, "/v2");
    kraken_fault(&d, "{\"kind\":\"maintenance_notice\",\"ms\":60000}");
    char *frame = row(conn, "upcoming_maintenance\":[{");
    IS(frame, "data.0.system", "online");
    free(frame);
    static const char *const walk[] = {"maintenance", "cancel_only", "post_only", "online"};
    for (size_t i = 0; i < 4; i++) {
        char fault[64];
        snprintf(fault, sizeof(fault), "{\"kind\":\"system\",\"system\":\"%s\"}", walk[i]);
        kraken_fault(&d, fault);
        frame = row(conn, "\"channel\":\"status\"");
        IS(frame, "data.0.system", walk[i]);
        free(frame);
        IS(kraken_public(&d, "SystemStatus")->body, "result.status", walk[i]);
    }
}

/* ---- by seed, and beside the other dialects ---- */

Test(kraken_faults, chance_comes_from_the_seed)
{
    char seen[2][64];
    for (int run = 0; run < 2; run++) {
        struct desk own;
        kraken_open(&own);
        kraken_fault(&own,
                     "{\"kind\":\"error\",\"msg\":\"EService:Busy\",\"probability\":\"0.5\"}");
        for (int i = 0; i < 40; i++) {
            const struct answer *a = kraken(&own, "kate", "Balance", "");
            seen[run][i] = strstr(a->body, "Busy") != NULL ? '1' : '0';
        }
        seen[run][40] = '\0';
        desk_close(&own);
    }
    cr_assert_str_eq(seen[0], seen[1]);
    cr_assert(strchr(seen[0], '0') != NULL && strchr(seen[0], '1') != NULL);
}

Test(kraken_faults, a_fault_of_one_dialect_leaves_the_others_alone)
{
    kraken_fault(&d, "{\"kind\":\"error\",\"msg\":\"EService:Busy\",\"count\":-1,"
                     "\"match\":{\"dialect\":\"kraken\"}}");
    KRAKEN_ERROR(kraken_public(&d, "Time"), "EService:Busy");
    ACCEPTED(desk_get(&d, "/api/v3/time"));
    struct answer *a =
        desk_post_admin(&d, "/_fault", "{\"kind\":\"error\",\"match\":{\"dialect\":\"nobody\"}}");
    cr_assert_eq(a->status, 400u);
    a = desk_post_admin(&d, "/_fault", "{\"kind\":\"error\",\"tier\":\"pro\"}");
    cr_assert_eq(a->status, 400u, "a member of another kind");
}

Test(kraken_faults, one_ledger_holds_what_two_dialects_do)
{
    kraken_place(&d, "kate", "pair=XBTUSDT&type=sell&ordertype=limit&price=60000&volume=0.1");
    desk_place(&d, "alice",
               "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=60000");
    IS(kraken(&d, "kate", "TradesHistory", "")->body, "result.count", "1");
    const struct answer *a = desk_get(&d, "/_ledger");
    cr_assert_not_null(strstr(a->body, "\"symbol\":\"BTCUSDT\""));
    IS(desk_signed(&d, "alice", "GET", "/api/v3/myTrades", "symbol=BTCUSDT")->body, "0.qty",
       "0.10000000");
}
