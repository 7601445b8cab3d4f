/* The real HTTP client against a server that misbehaves, plain and TLS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "net/cert.h"
#include "net/check.h"
#include "net/net.h"
#include "net/server.h"

#define TEXT(s)                                                                                    \
    {                                                                                              \
        .segments = (struct net_segment[]){{.bytes = (s), .len = strlen(s)}}, .count = 1           \
    }

enum { PATIENCE_MS = 8000, SECRET = 77 };

/* One request and what became of it. */
struct ask {
    int done;
    int allowed_asked;
    bool refuse;
    size_t pieces;
    size_t piece_bytes;
    struct net_http_result result;
    char body[65536];
    char headers[4096];
    char text[256];
};

static bool in_send;
static int told_inside;

static void on_done(void *ctx, const struct net_http_result *result)
{
    struct ask *ask = ctx;

    told_inside += in_send ? 1 : 0;
    ask->done++;
    ask->result = *result;
    (void)snprintf(ask->body, sizeof(ask->body), "%.*s", (int)result->body_len, result->body);
    (void)snprintf(ask->headers, sizeof(ask->headers), "%.*s", (int)result->headers_len,
                   result->headers);
    (void)snprintf(ask->text, sizeof(ask->text), "%s", result->text);
}

static void on_piece(void *ctx, uint32_t status, const char *bytes, size_t len)
{
    struct ask *ask = ctx;

    told_inside += in_send ? 1 : 0;
    (void)bytes;
    if (status == 200) {
        ask->pieces++;
        ask->piece_bytes += len;
    }
}

static bool still_allowed(void *ctx)
{
    struct ask *ask = ctx;

    ask->allowed_asked++;
    return !ask->refuse;
}

static int read_secret(void *ctx, uint64_t handle, char *buf, size_t cap, size_t *ret_len)
{
    (void)ctx;
    if (handle != SECRET || cap < 6) {
        return ERR_NOT_FOUND;
    }
    memcpy(buf, "hidden", 6);
    *ret_len = 6;
    return 0;
}

static int warmed;

static void on_warm(void *ctx, uint32_t origin)
{
    (void)ctx;
    (void)origin;
    warmed++;
}

static struct net *new_net(void)
{
    struct net_config config = {.secret_read = read_secret, .on_warm = on_warm, .max_requests = 32};
    struct net *net = NULL;

    if (net_new(&config, &net) < 0) {
        fprintf(stderr, "%s\n", error_text());
        exit(1);
    }
    return net;
}

static uint32_t add_origin(struct net *net, const struct server *server, const char *warm)
{
    char url[64];
    uint32_t origin = UINT32_MAX;

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", server_port(server));
    struct net_origin_config config = {.url = url, .warm_target = warm, .warm_every_ms = 60000};
    CHECK(net_origin_add(net, &config, &origin) == 0);
    return origin;
}

static struct net_http_request get(uint32_t origin, const struct net_text *target, struct ask *ask)
{
    return (struct net_http_request){
        .origin = origin,
        .class_ = NET_CLASS_READ,
        .method = "GET",
        .target = *target,
        .resend_safe = true,
        .timeout_ms = 3000,
        .still_allowed = still_allowed,
        .on_done = on_done,
        .ctx = ask,
    };
}

static struct net_http_request post(uint32_t origin, const struct net_text *target,
                                    const struct net_text *body, struct ask *ask)
{
    struct net_http_request request = get(origin, target, ask);

    request.class_ = NET_CLASS_TRADE;
    request.method = "POST";
    request.body = *body;
    request.resend_safe = false;
    return request;
}

static int send_it(struct net *net, const struct net_http_request *request, uint64_t *ret_id)
{
    in_send = true;
    int status = net_http_send(net, request, ret_id);
    in_send = false;
    return status;
}

static void wait_done(struct net *net, const struct ask *ask)
{
    int64_t end_ns = clock_mono_ns(clock_real()) + PATIENCE_MS * CLOCK_NS_PER_MS;

    while (ask->done == 0 && clock_mono_ns(clock_real()) < end_ns) {
        (void)net_turn(net, 50);
    }
}

static void wait_ms(struct net *net, int ms)
{
    int64_t end_ns = clock_mono_ns(clock_real()) + ms * CLOCK_NS_PER_MS;

    while (clock_mono_ns(clock_real()) < end_ns) {
        (void)net_turn(net, 5);
    }
}

static void wait_ready(struct net *net, uint32_t origin, uint32_t count)
{
    int64_t end_ns = clock_mono_ns(clock_real()) + PATIENCE_MS * CLOCK_NS_PER_MS;

    while (net_origin_ready(net, origin, NET_CLASS_TRADE) < count &&
           clock_mono_ns(clock_real()) < end_ns) {
        (void)net_turn(net, 5);
    }
    CHECK(net_origin_ready(net, origin, NET_CLASS_TRADE) >= count);
}

static void ask_for(struct net *net, uint32_t origin, const char *path, struct ask *ask)
{
    struct net_text target = TEXT(path);
    struct net_http_request request = get(origin, &target, ask);

    *ask = (struct ask){0};
    CHECK(send_it(net, &request, NULL) == 0);
    wait_done(net, ask);
    CHECK(ask->done == 1);
}

static void order(struct net *net, uint32_t origin, const char *path, struct ask *ask)
{
    struct net_text target = TEXT(path);
    struct net_text body = TEXT("side=BUY");
    struct net_http_request request = post(origin, &target, &body, ask);

    request.timeout_ms = 1000;
    ask->done = 0;
    CHECK(send_it(net, &request, NULL) == 0);
    wait_done(net, ask);
    CHECK(ask->done == 1);
}

static void whole_answers(void)
{
    static struct ask ask;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server, NULL);
    const char *value = NULL;
    size_t len = 0;

    ask_for(net, origin, "/ok?a=%5B%22B%22%5D&b=../x", &ask);
    CHECK(ask.result.outcome == NET_OK);
    CHECK(ask.result.status == 200);
    CHECK(strcmp(ask.body, "ok") == 0);
    CHECK(ask.result.sent_mono_ns > 0 && ask.result.done_mono_ns >= ask.result.sent_mono_ns);
    CHECK(net_header(ask.headers, strlen(ask.headers), "x-used", &value, &len) && len == 1 &&
          *value == '7');
    CHECK(!net_header(ask.headers, strlen(ask.headers), "x-use", &value, &len));
    /* Signatures cover these bytes: nothing is escaped or tidied on the way. */
    CHECK(strstr(server_last_head(server), "GET /ok?a=%5B%22B%22%5D&b=../x HTTP/1.1\r\n") != NULL);
    CHECK(strstr(server_last_head(server), "Accept:") == NULL);

    ask_for(net, origin, "/chunked", &ask);
    CHECK(ask.result.outcome == NET_OK && strcmp(ask.body, "one-two-three") == 0);
    ask_for(net, origin, "/interim", &ask);
    CHECK(ask.result.outcome == NET_OK && ask.result.status == 200);
    ask_for(net, origin, "/nolength", &ask);
    CHECK(ask.result.outcome == NET_OK && strcmp(ask.body, "until the end") == 0);
    ask_for(net, origin, "/huge/2000000", &ask);
    CHECK(ask.result.outcome == NET_IN_DOUBT && strstr(ask.text, "larger") != NULL);
    net_free(net);
    server_stop(server);
}

static void broken_answers_are_in_doubt(void)
{
    static struct ask ask;
    static const char *const paths[] = {"/half", "/mid", "/drop", "/nolength", "/hang"};
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server, NULL);

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        order(net, origin, paths[i], &ask);
        CHECK(ask.result.outcome == NET_IN_DOUBT);
        CHECK(ask.text[0] != '\0');
        CHECK(server_requests(server, paths[i]) == 1);
    }
    order(net, origin, "/ok", &ask);
    CHECK(ask.result.outcome == NET_OK);
    net_free(net);
    server_stop(server);
}

/* The server reads the order on a connection that has served before and closes without a word.
 * libcurl by itself would send it again. */
static void an_order_is_not_sent_again(void)
{
    static struct ask ask;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server, NULL);

    order(net, origin, "/ok", &ask);
    CHECK(ask.result.outcome == NET_OK);
    order(net, origin, "/drop-reused", &ask);
    CHECK(ask.result.outcome == NET_IN_DOUBT); /* so it was a used connection */
    CHECK(server_requests(server, "/drop-reused") == 1);

    /* The same, but safe to repeat: it is, and succeeds. */
    ask_for(net, origin, "/ok", &ask);
    ask_for(net, origin, "/drop-reused", &ask);
    CHECK(ask.result.outcome == NET_OK);
    CHECK(server_requests(server, "/drop-reused") == 3);
    net_free(net);
    server_stop(server);
}

static void what_cannot_be_sent_safely_is_refused(void)
{
    static struct ask ask;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server, NULL);
    struct net_text target = TEXT("/ok?side=BUY");
    struct net_text none = {0};
    struct net_text body = TEXT("a=1");
    struct net_http_request request = post(origin, &target, &none, &ask);

    CHECK(send_it(net, &request, NULL) == NET_ERR_UNSAFE);
    request = post(origin, &target, &body, &ask);
    request.method = "TRACE";
    CHECK(send_it(net, &request, NULL) == ERR_INVALID);
    request.method = "GET";
    CHECK(send_it(net, &request, NULL) == ERR_INVALID);
    request.method = "POST";
    request.origin = origin + 1;
    CHECK(send_it(net, &request, NULL) == ERR_INVALID);

    struct net_text split = TEXT("/ok HTTP/1.1\r\nX: y");
    request = post(origin, &split, &body, &ask);
    CHECK(send_it(net, &request, NULL) == 0);
    wait_done(net, &ask);
    CHECK(ask.done == 1 && ask.result.outcome == NET_NOT_SENT);
    struct net_text sly = TEXT("X-A: b\nContent-Length: 5\n");
    request = post(origin, &target, &body, &ask);
    request.headers = sly;
    ask.done = 0;
    CHECK(send_it(net, &request, NULL) == 0);
    wait_done(net, &ask);
    CHECK(ask.done == 1 && ask.result.outcome == NET_NOT_SENT);
    CHECK(server_requests(server, "/") == 0);

    struct net_origin_config plain = {.url = "http://api.example.com"};
    CHECK(net_origin_add(net, &plain, &origin) == NET_ERR_INSECURE);
    struct net_origin_config elsewhere = {.url = "http://127.0.0.1:1", .connect_to = "10.0.0.1:1"};
    CHECK(net_origin_add(net, &elsewhere, &origin) == NET_ERR_INSECURE);
    net_free(net);
    server_stop(server);
}

static void the_last_look_stops_an_order(void)
{
    static struct ask ask;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server, NULL);

    order(net, origin, "/ok", &ask);
    CHECK(ask.allowed_asked > 0 && ask.result.outcome == NET_OK);
    ask.refuse = true;
    order(net, origin, "/ok-refused", &ask);
    CHECK(ask.result.outcome == NET_NOT_SENT);
    CHECK(ask.result.sent_mono_ns == 0);
    wait_ms(net, 30);
    CHECK(server_requests(server, "/ok-refused") == 0);
    ask.refuse = false;
    order(net, origin, "/ok", &ask);
    CHECK(ask.result.outcome == NET_OK);
    net_free(net);
    server_stop(server);
}

static void headers_and_secrets_arrive(void)
{
    static struct ask ask;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server, NULL);
    struct net_text target = TEXT("/ok");
    struct net_segment headers[] = {
        {.bytes = "X-Key: ", .len = 7}, {.secret = SECRET}, {.bytes = "\nX-Two: 2\n", .len = 10}};
    struct net_segment body[] = {
        {.bytes = "k=", .len = 2}, {.secret = SECRET}, {.bytes = "&z=1", .len = 4}};
    struct net_http_request request = post(origin, &target, &(struct net_text){body, 3}, &ask);

    ask = (struct ask){0};
    request.method = "DELETE";
    request.headers = (struct net_text){headers, 3};
    CHECK(send_it(net, &request, NULL) == 0);
    wait_done(net, &ask);
    CHECK(ask.result.outcome == NET_OK);
    CHECK(strstr(ask.headers, "X-Body: k=hidden&z=1\r\n") != NULL);
    CHECK(strstr(server_last_head(server), "DELETE /ok HTTP/1.1\r\n") != NULL);
    CHECK(strstr(server_last_head(server), "\r\nX-Key: hidden\r\nX-Two: 2\r\n") != NULL);
    CHECK(strstr(server_last_head(server), "Expect") == NULL);

    headers[1].secret = 5; /* nobody knows it */
    ask.done = 0;
    CHECK(send_it(net, &request, NULL) == 0);
    wait_done(net, &ask);
    CHECK(ask.result.outcome == NET_NOT_SENT);
    net_free(net);
    server_stop(server);
}

static void pieces_of_a_long_answer(void)
{
    static struct ask ask;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server, NULL);
    struct net_text target = TEXT("/huge/5000000");
    struct net_http_request request = get(origin, &target, &ask);

    ask = (struct ask){0};
    request.on_piece = on_piece;
    CHECK(send_it(net, &request, NULL) == 0);
    wait_done(net, &ask);
    CHECK(ask.result.outcome == NET_OK);
    CHECK(ask.piece_bytes == 5000000 && ask.pieces > 10);
    CHECK(ask.result.body_len == 0);
    net_free(net);
    server_stop(server);
}

static void a_cancel_does_not_wait_for_an_order(void)
{
    static struct ask orders[4];
    static struct ask more;
    static struct ask cancel;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
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
    struct net *net = new_net();
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
    struct net *net = new_net();
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
    wait_ms(net, 250);
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
    struct net *net = new_net();
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
    struct net *net = new_net();
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

static void nobody_is_there(void)
{
    static struct ask ask;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server, NULL);

    server_stop(server);
    order(net, origin, "/ok", &ask);
    CHECK(ask.result.outcome == NET_NOT_SENT);
    CHECK(ask.result.sent_mono_ns == 0);
    net_free(net);
}

static void tls(const char *names, bool right_ca, enum server_mode mode, enum net_outcome expected)
{
    static struct ask ask;
    struct cert cert;
    struct cert other;
    struct net_trust *trust = NULL;
    uint32_t origin = 0;
    char to[32];

    CHECK(cert_init(&cert, names) == 0 && cert_init(&other, names) == 0);
    CHECK(net_trust_new(right_ca ? cert.ca_file : other.ca_file, &trust) == 0);
    struct server *server = server_start(mode, cert.server);
    struct net *net = new_net();
    (void)snprintf(to, sizeof(to), "127.0.0.1:%u", server_port(server));
    struct net_origin_config config = {.url = "https://venue.example",
                                       .trust = trust,
                                       .connect_to = to,
                                       .connect_timeout_ms = 400};
    CHECK(net_origin_add(net, &config, &origin) == 0);
    order(net, origin, "/ok", &ask);
    CHECK(ask.result.outcome == expected);
    if (expected == NET_OK) {
        CHECK(strstr(server_last_head(server), "\r\nHost: venue.example\r\n") != NULL);
    } else {
        CHECK(server_requests(server, "/") == 0);
    }
    net_free(net);
    net_trust_free(trust);
    server_stop(server);
    cert_release(&cert);
    cert_release(&other);
}

static void bad_authorities(void)
{
    struct net_trust *trust = NULL;

    CHECK(net_trust_new("/nonexistent/ca.pem", &trust) == ERR_CRYPTO && trust == NULL);
    CHECK(net_trust_new(NULL, &trust) == 0);
    net_trust_free(trust);
}

static int fired;

static void on_fire(void *ctx)
{
    fired++;
    net_stop(ctx);
}

static int woken;

static void on_wakeup(void *ctx)
{
    (void)ctx;
    woken++;
}

static void timers_and_wakeups(void)
{
    struct net_config config = {.on_wakeup = on_wakeup};
    struct net *net = NULL;
    uint64_t cancelled = 0;

    CHECK(net_new(&config, &net) == 0);
    int64_t start_ns = clock_mono_ns(clock_real());
    CHECK(net_timer_start_ms(net, 10, on_fire, net, &cancelled) == 0);
    CHECK(net_timer_start_ms(net, 40, on_fire, net, NULL) == 0);
    net_timer_cancel(net, cancelled);
    net_wakeup(net);
    CHECK(net_run(net) == 0);
    CHECK(fired == 1 && woken == 1);
    CHECK(clock_mono_ns(clock_real()) - start_ns >= 40 * CLOCK_NS_PER_MS);
    net_free(net);
}

int main(void)
{
    struct cert cert;

    if (net_global_init() < 0 || cert_init(&cert, "DNS:localhost") < 0) {
        return 1;
    }
    whole_answers();
    broken_answers_are_in_doubt();
    an_order_is_not_sent_again();
    what_cannot_be_sent_safely_is_refused();
    the_last_look_stops_an_order();
    headers_and_secrets_arrive();
    pieces_of_a_long_answer();
    a_cancel_does_not_wait_for_an_order();
    warm_connections();
    a_closed_idle_connection_is_noticed(SERVER_PLAIN, &cert);
    a_closed_idle_connection_is_noticed(SERVER_TLS, &cert);
    a_lane_keeps_order();
    time_runs_out_and_cancelling();
    nobody_is_there();
    tls("DNS:venue.example", true, SERVER_TLS, NET_OK);
    tls("DNS:venue.example", false, SERVER_TLS, NET_NOT_SENT);
    tls("DNS:other.example", true, SERVER_TLS, NET_NOT_SENT);
    tls("DNS:venue.example", true, SERVER_MUTE, NET_NOT_SENT);
    bad_authorities();
    timers_and_wakeups();
    CHECK(told_inside == 0);
    cert_release(&cert);
    net_global_release();
    return check_result();
}
