/* What Kraken refuses on its sockets, each with its text. */
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
    desk_close(&d);
}

TestSuite(kraken_sockets, .init = open_desk, .fini = close_desk);

static void refused(uint64_t conn, const char *text, const char *error)
{
    desk_drop_frames(&d, conn);
    desk_ws_text(&d, conn, text);
    char *frame = desk_find(&d, conn, "\"success\":false");
    cr_assert_not_null(frame, "not refused: %s", text);
    IS(frame, "error", error);
    free(frame);
}

#define SUBSCRIBE(params) "{\"method\":\"subscribe\",\"params\":{" params "},\"req_id\":3}"

Test(kraken_sockets, names_of_the_first_version_and_channels_nobody_knows)
{
    uint64_t conn = desk_ws(&d, "/v2");
    refused(conn, SUBSCRIBE("\"channel\":\"book\",\"symbol\":[\"XBT/USD\"]"),
            "Currency pair not supported XBT/USD");
    refused(conn, SUBSCRIBE("\"channel\":\"nothing\",\"symbol\":[\"BTC/USD\"]"),
            "Subscription name invalid");
    refused(conn, SUBSCRIBE("\"channel\":\"status\""), "Symbol(s) not found");
    refused(conn, SUBSCRIBE("\"channel\":\"book\",\"symbol\":[\"BTC/USD\"],\"depth\":11"),
            "Subscription depth not supported");
}

Test(kraken_sockets, private_channels_on_the_public_socket_and_the_reverse)
{
    uint64_t open = desk_ws(&d, "/v2");
    uint64_t secret = desk_ws(&d, "/auth/v2");
    const char *away = "Private data and trading are unavailable on this endpoint. Try "
                       "ws-auth.kraken.com";
    refused(open, SUBSCRIBE("\"channel\":\"executions\",\"token\":\"x\""), away);
    refused(open, "{\"method\":\"cancel_all\",\"params\":{\"token\":\"x\"}}", away);
    refused(secret, SUBSCRIBE("\"channel\":\"ticker\",\"symbol\":[\"BTC/USD\"]"),
            "Public market data subscriptions are unavailable on this endpoint. Try "
            "ws.kraken.com");
}

static void refused_session(uint64_t conn, const char *token)
{
    char text[256];
    snprintf(text, sizeof(text), SUBSCRIBE("\"channel\":\"executions\",\"token\":\"%s\""), token);
    refused(conn, text, "ESession:Invalid session");
    snprintf(text, sizeof(text), "{\"method\":\"cancel_all\",\"params\":{\"token\":\"%s\"}}",
             token);
    refused(conn, text, "ESession:Invalid session");
}

Test(kraken_sockets, tokens_that_are_missing_foreign_old_or_dead)
{
    char token[64];
    uint64_t conn = desk_ws(&d, "/auth/v2");
    refused(conn, SUBSCRIBE("\"channel\":\"executions\""), "ESession:Invalid session");
    refused_session(conn, "nobodys");
    snprintf(token, sizeof(token), "%s", kraken_token(&d, "kate"));
    kraken_fault(&d, "{\"kind\":\"tokens\"}");
    refused_session(conn, token);
    snprintf(token, sizeof(token), "%s", kraken_token(&d, "kate"));
    desk_pass(&d, 901 * SECOND);
    conn = desk_ws(&d, "/auth/v2"); /* the other was closed: nobody used it */
    refused_session(conn, token);
    cr_assert_not(desk_is_closed(&d, conn));
}

Test(kraken_sockets, a_field_nobody_knows_and_numbers_as_text)
{
    uint64_t conn = desk_ws(&d, "/auth/v2");
    char *frame = kraken_method(&d, conn, "kate", "add_order",
                                "\"order_type\":\"limit\",\"side\":\"buy\",\"colour\":1,"
                                "\"symbol\":\"BTC/USD\",\"order_qty\":1,\"limit_price\":50000");
    cr_assert_not_null(strstr(json_at(frame, "error"), "Unsupported field: 'colour'"));
    free(frame);
    frame = kraken_method(&d, conn, "kate", "add_order",
                          "\"order_type\":\"limit\",\"side\":\"buy\",\"symbol\":\"BTC/USD\","
                          "\"order_qty\":\"1\",\"limit_price\":50000");
    IS(frame, "error", "EGeneral:Invalid arguments:order_qty");
    free(frame);
    frame = kraken_method(&d, conn, "kate", "add_order",
                          "\"order_type\":\"limit\",\"side\":\"buy\",\"symbol\":\"XBT/USD\","
                          "\"order_qty\":1,\"limit_price\":50000");
    IS(frame, "error", "Currency pair not supported XBT/USD");
    free(frame);
}

Test(kraken_sockets, unsubscribing_with_another_depth)
{
    uint64_t conn = desk_ws(&d, "/v2");
    desk_ws_text(&d, conn, SUBSCRIBE("\"channel\":\"book\",\"symbol\":[\"BTC/USD\"],\"depth\":25"));
    refused(
        conn,
        "{\"method\":\"unsubscribe\",\"params\":{\"channel\":\"book\",\"symbol\":[\"BTC/USD\"]}}",
        "Subscription Not Found");
    desk_ws_text(&d, conn,
                 "{\"method\":\"unsubscribe\",\"params\":{\"channel\":\"book\",\"depth\":25,"
                 "\"symbol\":[\"BTC/USD\"]},\"req_id\":9}");
    char *frame = desk_find(&d, conn, "\"req_id\":9");
    IS(frame, "success", "true");
    free(frame);
}

Test(kraken_sockets, a_flood_of_messages)
{
    uint64_t conn = desk_ws(&d, "/v2");
    kraken_fault(&d, "{\"kind\":\"kraken\",\"flood\":5}");
    for (int i = 0; i < 5; i++) {
        desk_ws_text(&d, conn, "{\"method\":\"ping\"}");
    }
    refused(conn, "{\"method\":\"ping\"}", "Exceeded msg rate");
    desk_pass(&d, SECOND);
    desk_drop_frames(&d, conn);
    desk_ws_text(&d, conn, "{\"method\":\"ping\",\"req_id\":4}");
    char *frame = desk_find(&d, conn, "\"pong\"");
    cr_assert_not_null(frame);
    free(frame);
}

Test(kraken_sockets, more_than_150_connections_in_ten_minutes)
{
    for (uint64_t i = 0; i < 150; i++) {
        cr_assert_eq(venue_ws_open(d.v, d.now_ns, 5000000 + i, "/v2"), 0);
        desk_pass(&d, SECOND);
    }
    cr_assert_eq(venue_ws_open(d.v, d.now_ns, 6000000, "/v2"), VENUE_EREFUSED);
    desk_pass(&d, 599 * SECOND); /* the early ones are long gone, the ban is not */
    cr_assert_eq(venue_ws_open(d.v, d.now_ns, 6000001, "/auth/v2"), VENUE_EREFUSED);
    desk_pass(&d, 2 * SECOND);
    cr_assert_eq(venue_ws_open(d.v, d.now_ns, 6000002, "/auth/v2"), 0);
    cr_assert_eq(venue_ws_open(d.v, d.now_ns, 6000003, "/v3"), VENUE_EREFUSED);
}
