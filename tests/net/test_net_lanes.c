/* Which connection a request takes: warm, ordered, its own; and what happens when time runs out. */
#include "net/http_ask.h"

static void a_cancel_does_not_wait_for_an_order(void)
{
    static struct ask orders[4];
    static struct ask more;
    static struct ask cancel;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = ask_net();
    uint32_t origin = add_origin(net, server, NULL);
    struct net_text hang = TEXT("/hang");
    struct net_text ok = TEXT("/ok");
    struct net_text body = TEXT("x=1");

    for (int i = 0; i < 4; i++) {
        struct net_http_request request = post(origin, &hang, &body, &orders[i]);
        CHECK(send_it(net, &request, NULL) == 0);
    }
    struct net_http_request request = post(origin, &ok, &body, &more);
    CHECK(send_it(net, &request, NULL) == NET_ERR_NOT_READY);
    /* More cancels than are kept: each finds or opens a connection. */
    for (int i = 0; i < 6; i++) {
        request = post(origin, i < 5 ? &hang : &ok, &body, i < 5 ? &more : &cancel);
        request.class_ = NET_CLASS_CANCEL;
        request.method = "DELETE";
        CHECK(send_it(net, &request, NULL) == 0);
    }
    wait_done(net, &cancel);
    CHECK(cancel.result.outcome == NET_OK);
    CHECK(orders[0].done == 0 && orders[3].done == 0);
    net_free(net);
    CHECK(orders[0].done == 1 && orders[0].result.outcome == NET_IN_DOUBT);
    CHECK(more.done == 5);
    server_stop(server);
}

static void warm_connections(void)
{
    static struct ask ask;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = ask_net();
    uint32_t origin = add_origin(net, server, "/ok-warm");
    struct net_text ok = TEXT("/ok");
    struct net_text body = TEXT("x=1");
    struct net_http_request request = post(origin, &ok, &body, &ask);

    warmed = 0;
    CHECK(send_it(net, &request, NULL) == NET_ERR_NOT_READY);
    wait_ready(net, origin, 4);
    for (int i = 0; i < 100 && net_origin_ready(net, origin, NET_CLASS_CANCEL) < 2; i++) {
        wait_ms(net, 10);
    }
    CHECK(net_origin_ready(net, origin, NET_CLASS_CANCEL) == 2);
    CHECK(warmed == 6 && server_requests(server, "/ok-warm") == 6);
    int connections = server_connections(server);
    order(net, origin, "/ok", &ask);
    CHECK(ask.result.outcome == NET_OK);
    CHECK(server_connections(server) == connections);
    net_free(net);
    server_stop(server);
}

/* A server closes idle connections. The next order must not go into a dead one: that would be doubt
 * for nothing. */
static void a_closed_idle_connection_is_noticed(enum server_mode mode, const struct cert *cert)
{
    static struct ask ask;
    struct server *server = server_start(mode, cert->server);
    struct net *net = ask_net();
    struct net_trust *trust = NULL;
    char url[64];
    uint32_t origin = 0;

    CHECK(net_trust_new(cert->ca_file, &trust) == 0);
    (void)snprintf(url, sizeof(url), "%s://localhost:%u", mode == SERVER_TLS ? "https" : "http",
                   server_port(server));
    struct net_origin_config config = {
        .url = url, .trust = trust, .warm_target = "/ok-warm", .warm_every_ms = 60000};
    config.connections[NET_CLASS_TRADE] = 1;
    CHECK(net_origin_add(net, &config, &origin) == 0);
    wait_ready(net, origin, 1);
    order(net, origin, "/bye", &ask);
    CHECK(ask.result.outcome == NET_OK);
    int connections = server_connections(server);
    for (int i = 0; i < 40 && server_connections(server) == connections; i++) {
        wait_ms(net, 250);
    }
    CHECK(server_connections(server) == connections + 1); /* a new one, warmed at once */
    wait_ready(net, origin, 1);
    order(net, origin, "/ok", &ask);
    CHECK(ask.result.outcome == NET_OK);
    net_free(net);
    net_trust_free(trust);
    server_stop(server);
}

static void a_lane_keeps_order(void)
{
    static struct ask asks[6];
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = ask_net();
    uint32_t origin = add_origin(net, server, NULL);
    struct net_text slow = TEXT("/delay/20");
    struct net_text body = TEXT("x=1");

    for (int i = 0; i < 6; i++) {
        struct net_http_request request = post(origin, &slow, &body, &asks[i]);
        request.class_ = i % 2 == 0 ? NET_CLASS_TRADE : NET_CLASS_CANCEL;
        request.lane = 1;
        CHECK(send_it(net, &request, NULL) == 0);
    }
    for (int i = 0; i < 6; i++) {
        wait_done(net, &asks[i]);
        CHECK(asks[i].result.outcome == NET_OK);
        CHECK(i == 5 || asks[i + 1].done == 0);
    }
    CHECK(server_connections(server) == 1);
    net_free(net);
    server_stop(server);
}

static void time_runs_out_and_cancelling(void)
{
    static struct ask asks[4];
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = ask_net();
    uint32_t origin = add_origin(net, server, NULL);
    struct net_text hang = TEXT("/hang");
    uint64_t ids[4] = {0};

    /* Two connections for reads: two wait for an answer, two for a connection. */
    for (int i = 0; i < 4; i++) {
        struct net_http_request request = get(origin, &hang, &asks[i]);
        request.timeout_ms = 300;
        CHECK(send_it(net, &request, &ids[i]) == 0);
    }
    wait_ms(net, 50);
    CHECK(net_http_cancel(net, ids[0]) == NET_IN_DOUBT);
    wait_ms(net, 50);
    CHECK(net_http_cancel(net, ids[3]) == NET_NOT_SENT);
    CHECK(net_http_cancel(net, ids[3]) == NET_OUTCOME_INVALID);
    CHECK(net_http_cancel(net, 0) == NET_OUTCOME_INVALID);
    wait_ms(net, 500);
    CHECK(asks[0].done == 0 && asks[3].done == 0);
    CHECK(asks[1].done == 1 && asks[1].result.outcome == NET_IN_DOUBT);
    CHECK(asks[2].done == 1 && asks[2].result.outcome == NET_IN_DOUBT);
    CHECK(server_requests(server, "/hang") == 3);
    net_free(net);
    server_stop(server);
}

/* A peer that ends each connection soon after use: a new one is wanted, but not at any price. */
static void a_peer_that_hangs_up_is_not_hammered(void)
{
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = ask_net();
    char url[64];
    uint32_t origin = 0;

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", server_port(server));
    struct net_origin_config config = {.url = url, .warm_target = "/bye"};
    config.connections[NET_CLASS_TRADE] = 1;
    config.connections[NET_CLASS_CANCEL] = 1;
    CHECK(net_origin_add(net, &config, &origin) == 0);
    wait_ms(net, 1600);
    CHECK(server_requests(server, "/bye") >= 4);
    CHECK(server_requests(server, "/bye") <=
          12); /* 2 lanes: at 0, 60, 320, 780 ms ...; not 25 each */
    net_free(net);
    server_stop(server);
}

/* "127.1" is no address in the common notation, so it goes the way of a name, and needs no name server. */
static void a_name_is_resolved_beside_the_loop(const struct cert *cert)
{
    static struct ask ask;
    struct server *server = server_start(SERVER_TLS, cert->server);
    struct net *net = ask_net();
    struct net_trust *trust = NULL;
    struct net_text target = TEXT("/ok");
    struct net_text body = TEXT("x=1");
    char to[32];
    uint32_t origin = 0;

    CHECK(net_trust_new(cert->ca_file, &trust) == 0);
    (void)snprintf(to, sizeof(to), "127.1:%u", server_port(server));
    struct net_origin_config config = {
        .url = "https://localhost", .trust = trust, .connect_to = to};
    CHECK(net_origin_add(net, &config, &origin) == 0);
    struct net_http_request request = post(origin, &target, &body, &ask);
    CHECK(send_it(net, &request, NULL) == NET_ERR_NOT_READY);
    ask_for(net, origin, "/ok", &ask); /* a read waits for the name */
    CHECK(ask.result.outcome == NET_OK);
    order(net, origin, "/ok", &ask);
    CHECK(ask.result.outcome == NET_OK);
    net_free(net);
    net_trust_free(trust);
    server_stop(server);
}

int main(void)
{
    struct cert cert;

    if (net_global_init() < 0 || cert_init(&cert, "DNS:localhost") < 0) {
        return 1;
    }
    a_cancel_does_not_wait_for_an_order();
    warm_connections();
    a_closed_idle_connection_is_noticed(SERVER_PLAIN, &cert);
    a_closed_idle_connection_is_noticed(SERVER_TLS, &cert);
    a_peer_that_hangs_up_is_not_hammered();
    a_lane_keeps_order();
    a_name_is_resolved_beside_the_loop(&cert);
    time_runs_out_and_cancelling();
    CHECK(told_inside == 0);
    cert_release(&cert);
    net_global_release();
    return check_result();
}
