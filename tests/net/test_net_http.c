/* The real HTTP client against a server that misbehaves, plain and TLS: answers, refusals, secrets. */
#include "net/http_ask.h"

static void whole_answers(void)
{
    static struct ask ask;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = ask_net();
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
    struct net *net = ask_net();
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
    struct net *net = ask_net();
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
    struct net *net = ask_net();
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
    struct net *net = ask_net();
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
    struct net *net = ask_net();
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
    struct net *net = ask_net();
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

static void nobody_is_there(void)
{
    static struct ask ask;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = ask_net();
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
    struct net *net = ask_net();
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
    if (net_global_init() < 0) {
        return 1;
    }
    whole_answers();
    broken_answers_are_in_doubt();
    an_order_is_not_sent_again();
    what_cannot_be_sent_safely_is_refused();
    the_last_look_stops_an_order();
    headers_and_secrets_arrive();
    pieces_of_a_long_answer();
    nobody_is_there();
    tls("DNS:venue.example", true, SERVER_TLS, NET_OK);
    tls("DNS:venue.example", false, SERVER_TLS, NET_NOT_SENT);
    tls("DNS:other.example", true, SERVER_TLS, NET_NOT_SENT);
    tls("DNS:venue.example", true, SERVER_MUTE, NET_NOT_SENT);
    bad_authorities();
    timers_and_wakeups();
    CHECK(told_inside == 0);
    net_global_release();
    return check_result();
}
