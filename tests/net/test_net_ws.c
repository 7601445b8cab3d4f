/* The real WebSocket client against a server written by hand, plain and TLS. */
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

enum { PATIENCE_MS = 8000 };

struct talk {
    struct net *net;
    uint64_t socket;
    uint32_t generation;
    int opens;
    int frames;
    int closes;
    int sents[NET_OUTCOME_COUNT];
    int sents_after_close;
    size_t len;
    bool binary;
    bool was_open;
    uint32_t close_code;
    uint64_t last_token;
    bool close_on_frame;
    bool refuse;
    char bytes[400000];
    char text[256];
    size_t first_len; /* of the first message; a second may have come in the same turn */
    char first[3];    /* its bytes 0, 10000 and 29999 */
};

/* What open_it asks for; a test of impatience makes them short. */
static uint32_t open_timeout_ms = 10000;
static uint32_t ping_ms = 10000;

static bool in_call;
static int told_inside;

static void on_open(void *ctx, uint64_t socket, uint32_t generation)
{
    struct talk *talk = ctx;

    told_inside += in_call ? 1 : 0;
    talk->opens++;
    CHECK(socket == talk->socket && generation == talk->generation);
}

static void on_frame(void *ctx, uint64_t socket, const char *bytes, size_t len, bool binary)
{
    struct talk *talk = ctx;

    (void)socket;
    if (talk->frames == 0) {
        talk->first_len = len;
        for (size_t i = 0; i < 3; i++) {
            static const size_t at[] = {0, 10000, 29999};
            talk->first[i] = len > at[i] ? bytes[at[i]] : '?';
        }
    }
    told_inside += in_call ? 1 : 0;
    talk->frames++;
    talk->len = len;
    talk->binary = binary;
    CHECK(bytes[len] == '\0');
    if (len < sizeof(talk->bytes)) {
        memcpy(talk->bytes, bytes, len + 1);
    }
    if (talk->close_on_frame) {
        net_ws_close(talk->net, talk->socket, 1000);
    }
}

static void on_sent(void *ctx, uint64_t socket, uint64_t token, enum net_outcome outcome)
{
    struct talk *talk = ctx;

    (void)socket;
    told_inside += in_call ? 1 : 0;
    talk->sents[outcome]++;
    talk->sents_after_close += talk->closes;
    talk->last_token = token;
}

static void on_close(void *ctx, const struct net_ws_end *end)
{
    struct talk *talk = ctx;

    told_inside += in_call ? 1 : 0;
    talk->closes++;
    talk->was_open = end->was_open;
    talk->close_code = end->close_code;
    (void)snprintf(talk->text, sizeof(talk->text), "%s", end->text);
    CHECK(end->generation == talk->generation);
}

static bool still_allowed(void *ctx)
{
    const struct talk *talk = ctx;

    return !talk->refuse;
}

static void wait_for(struct net *net, const int *count, int wanted)
{
    int64_t end_ns = clock_mono_ns(clock_real()) + PATIENCE_MS * CLOCK_NS_PER_MS;

    while (*count < wanted && clock_mono_ns(clock_real()) < end_ns) {
        (void)net_turn(net, 50);
    }
}

static struct net *new_net(void)
{
    struct net_config config = {.max_sockets = 4};
    struct net *net = NULL;

    if (net_new(&config, &net) < 0) {
        fprintf(stderr, "%s\n", error_text());
        exit(1);
    }
    return net;
}

static uint32_t add_origin(struct net *net, const struct server *server)
{
    char url[64];
    uint32_t origin = 0;

    (void)snprintf(url, sizeof(url), "ws://127.0.0.1:%u/ws", server_port(server));
    struct net_origin_config config = {.url = url};
    CHECK(net_origin_add(net, &config, &origin) == 0);
    return origin;
}

static int open_it(struct net *net, uint32_t origin, const char *path, struct talk *talk)
{
    struct net_text target = TEXT(path);
    struct net_text headers = TEXT("X-Mine: 1\n");
    struct net_ws_config config = {
        .origin = origin,
        .target = target,
        .headers = headers,
        .max_message = 350000,
        .open_timeout_ms = open_timeout_ms,
        .ping_every_ms = ping_ms,
        .silence_ms = 4 * ping_ms,
        .on_open = on_open,
        .on_frame = on_frame,
        .on_sent = on_sent,
        .on_close = on_close,
        .ctx = talk,
    };

    memset(talk, 0, sizeof(*talk));
    talk->net = net;
    in_call = true;
    int status = net_ws_open(net, &config, &talk->socket, &talk->generation);
    in_call = false;
    return status;
}

static int say(struct talk *talk, const char *bytes, size_t len, bool binary)
{
    struct net_segment segments[2] = {{.bytes = bytes, .len = len / 2},
                                      {.bytes = bytes + len / 2, .len = len - len / 2}};
    struct net_ws_message message = {
        .text = {.segments = segments, .count = 2},
        .binary = binary,
        .still_allowed = still_allowed,
        .token = talk->last_token + 1,
    };

    in_call = true;
    int status = net_ws_send(talk->net, talk->socket, &message);
    in_call = false;
    return status;
}

static void messages_come_back(void)
{
    static struct talk talk;
    static char big[60000];
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server);

    CHECK(open_it(net, origin, "/echo", &talk) == 0);
    CHECK(say(&talk, "early", 5, false) == ERR_WRONG_STATE);
    wait_for(net, &talk.opens, 1);
    CHECK(talk.opens == 1);
    CHECK(strstr(server_last_head(server), "GET /ws/echo HTTP/1.1\r\n") != NULL);
    CHECK(strstr(server_last_head(server), "\r\nX-Mine: 1\r\n") != NULL);
    char host[64];
    (void)snprintf(host, sizeof(host), "\r\nHost: 127.0.0.1:%u\r\n", server_port(server));
    CHECK(strstr(server_last_head(server), host) != NULL);

    CHECK(say(&talk, "hello", 5, false) == 0);
    wait_for(net, &talk.frames, 1);
    CHECK(talk.len == 5 && memcmp(talk.bytes, "hello", 5) == 0 && !talk.binary);
    CHECK(talk.sents[NET_OK] == 1 && talk.last_token == 1);
    memset(big, 'x', sizeof(big));
    CHECK(say(&talk, big, sizeof(big), true) == 0);
    CHECK(say(&talk, big, sizeof(big), true) == ERR_FULL); /* 64 KiB are the most that wait */
    wait_for(net, &talk.frames, 2);
    CHECK(talk.len == sizeof(big) && memcmp(talk.bytes, big, sizeof(big)) == 0 && talk.binary);
    CHECK(talk.sents[NET_OK] == 2);

    net_ws_close(net, talk.socket, 1000);
    CHECK(say(&talk, "late", 4, false) == ERR_WRONG_STATE);
    wait_for(net, &talk.closes, 1);
    CHECK(talk.closes == 1 && talk.was_open);
    CHECK(say(&talk, "later", 5, false) == ERR_STALE);
    net_ws_close(net, talk.socket, 1000);
    CHECK(talk.generation == 1);
    CHECK(open_it(net, origin, "/echo", &talk) == 0 && talk.generation == 2);
    net_free(net);
    CHECK(talk.closes == 1);
    server_stop(server);
}

static void fragments_are_put_together(void)
{
    static struct talk talk;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server);

    CHECK(open_it(net, origin, "/parts", &talk) == 0);
    wait_for(net, &talk.frames, 1);
    CHECK(talk.first_len == 30000 && memcmp(talk.first, "abc", 3) == 0);
    wait_for(net, &talk.frames, 2);
    CHECK(strcmp(talk.bytes, "pong seen") == 0);
    net_free(net);

    net = new_net();
    origin = add_origin(net, server);
    CHECK(open_it(net, origin, "/big", &talk) == 0);
    wait_for(net, &talk.frames, 1);
    CHECK(talk.len == 300000 && talk.bytes[299999] == 'b');
    net_free(net);
    server_stop(server);
}

static void a_message_too_long_ends_it(void)
{
    static struct talk talk;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server);
    struct net_text target = TEXT("/big");
    struct net_ws_config config = {.origin = origin,
                                   .target = target,
                                   .max_message = 1000,
                                   .on_open = on_open,
                                   .on_frame = on_frame,
                                   .on_close = on_close,
                                   .ctx = &talk};

    memset(&talk, 0, sizeof(talk));
    CHECK(net_ws_open(net, &config, &talk.socket, &talk.generation) == 0);
    wait_for(net, &talk.closes, 1);
    CHECK(talk.closes == 1 && talk.frames == 0);
    CHECK(strstr(talk.text, "longer than 1000") != NULL);
    net_free(net);
    server_stop(server);
}

static void how_it_ends_is_told(void)
{
    static struct talk talk;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server);

    CHECK(open_it(net, origin, "/echo", &talk) == 0);
    wait_for(net, &talk.opens, 1);
    CHECK(say(&talk, "close", 5, false) == 0);
    wait_for(net, &talk.closes, 1);
    CHECK(talk.closes == 1 && talk.close_code == 1001 && strstr(talk.text, "going away") != NULL);

    CHECK(open_it(net, origin, "/echo", &talk) == 0);
    wait_for(net, &talk.opens, 1);
    CHECK(say(&talk, "cut", 3, false) == 0);
    wait_for(net, &talk.closes, 1);
    CHECK(talk.closes == 1 && talk.close_code == 0 && talk.frames == 0);

    CHECK(open_it(net, origin, "/refuse", &talk) == 0);
    wait_for(net, &talk.closes, 1);
    CHECK(talk.closes == 1 && talk.opens == 0 && !talk.was_open);

    CHECK(open_it(net, origin, "/echo", &talk) == 0);
    talk.close_on_frame = true;
    wait_for(net, &talk.opens, 1);
    CHECK(say(&talk, "one", 3, false) == 0);
    wait_for(net, &talk.closes, 1);
    CHECK(talk.closes == 1 && talk.frames == 1);
    net_free(net);
    server_stop(server);
}

/* A server that accepts and never answers gives no event of its own in the library beneath. */
static void a_mute_server_is_given_up(void)
{
    static struct talk talk;
    struct server *mute = server_start(SERVER_MUTE, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, mute);

    open_timeout_ms = 400;
    int64_t start_ns = clock_mono_ns(clock_real());
    CHECK(open_it(net, origin, "/echo", &talk) == 0);
    wait_for(net, &talk.closes, 1);
    CHECK(talk.closes == 1 && !talk.was_open && strstr(talk.text, "400 ms") != NULL);
    CHECK(clock_mono_ns(clock_real()) - start_ns >= 390 * CLOCK_NS_PER_MS);

    CHECK(open_it(net, origin, "/echo", &talk) == 0);
    net_ws_close(net, talk.socket, 1000);
    wait_for(net, &talk.closes, 1);
    CHECK(talk.closes == 1 && talk.opens == 0);
    server_stop(mute);
    open_timeout_ms = 10000;

    CHECK(open_it(net, origin, "/echo", &talk) == 0); /* nobody listens any more */
    wait_for(net, &talk.closes, 1);
    CHECK(talk.closes == 1 && talk.opens == 0);
    net_free(net);
}

static void silence_ends_it_and_pongs_are_no_silence(void)
{
    static struct talk talk;
    static struct talk quiet;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server);

    ping_ms = 150;
    CHECK(open_it(net, origin, "/mute", &talk) == 0);
    CHECK(open_it(net, origin, "/echo", &quiet) == 0); /* answers pings, says nothing else */
    ping_ms = 10000;
    wait_for(net, &talk.closes, 1);
    CHECK(talk.closes == 1 && talk.was_open && strstr(talk.text, "silent") != NULL);
    int64_t end_ns = clock_mono_ns(clock_real()) + 1000 * CLOCK_NS_PER_MS;
    while (quiet.closes == 0 && clock_mono_ns(clock_real()) < end_ns) {
        (void)net_turn(net, 50);
    }
    CHECK(quiet.opens == 1 && quiet.closes == 0);
    net_free(net);
    CHECK(quiet.closes == 1);
    server_stop(server);
}

static void refused_and_unsent_messages_are_told(void)
{
    static struct talk talk;
    struct server *server = server_start(SERVER_PLAIN, NULL);
    struct net *net = new_net();
    uint32_t origin = add_origin(net, server);

    CHECK(open_it(net, origin, "/echo", &talk) == 0);
    wait_for(net, &talk.opens, 1);
    talk.refuse = true;
    CHECK(say(&talk, "no", 2, false) == 0);
    wait_for(net, &talk.sents[NET_NOT_SENT], 1);
    CHECK(talk.sents[NET_NOT_SENT] == 1);
    talk.refuse = false;
    CHECK(say(&talk, "yes", 3, false) == 0);
    wait_for(net, &talk.frames, 1);
    CHECK(strcmp(talk.bytes, "yes") == 0 && talk.frames == 1);
    /* Queued, never written: said before the end. */
    CHECK(say(&talk, "a", 1, false) == 0 && say(&talk, "b", 1, false) == 0);
    net_free(net);
    CHECK(talk.sents[NET_NOT_SENT] == 3 && talk.closes == 1 && talk.sents_after_close == 0);
    server_stop(server);
}

static void tls(const char *url_host, const char *names, bool right_ca, bool expected)
{
    static struct talk talk;
    struct cert cert;
    struct cert other;
    struct net_trust *trust = NULL;
    char url[64];
    char to[32];
    uint32_t origin = 0;

    CHECK(cert_init(&cert, names) == 0 && cert_init(&other, names) == 0);
    CHECK(net_trust_new(right_ca ? cert.ca_file : other.ca_file, &trust) == 0);
    struct server *server = server_start(SERVER_TLS, cert.server);
    struct net *net = new_net();
    (void)snprintf(url, sizeof(url), "wss://%s:%u/ws", url_host, server_port(server));
    (void)snprintf(to, sizeof(to), "127.0.0.1:%u", server_port(server));
    struct net_origin_config config = {.url = url, .trust = trust, .connect_to = to};
    CHECK(net_origin_add(net, &config, &origin) == 0);
    CHECK(open_it(net, origin, "/echo", &talk) == 0);
    wait_for(net, expected ? &talk.opens : &talk.closes, 1);
    CHECK(talk.opens == (expected ? 1 : 0));
    if (expected) {
        CHECK(say(&talk, "hello", 5, false) == 0);
        wait_for(net, &talk.frames, 1);
        CHECK(strcmp(talk.bytes, "hello") == 0);
    } else {
        CHECK(server_requests(server, "/") == 0);
    }
    net_free(net);
    net_trust_free(trust);
    server_stop(server);
    cert_release(&cert);
    cert_release(&other);
}

int main(void)
{
    if (net_global_init() < 0) {
        return 1;
    }
    messages_come_back();
    fragments_are_put_together();
    a_message_too_long_ends_it();
    how_it_ends_is_told();
    a_mute_server_is_given_up();
    silence_ends_it_and_pongs_are_no_silence();
    refused_and_unsent_messages_are_told();
    tls("venue.example", "DNS:venue.example", true, true);
    tls("127.0.0.1", "IP:127.0.0.1", true, true);
    tls("venue.example", "DNS:venue.example", false, false);
    tls("venue.example", "DNS:other.example", true, false);
    CHECK(told_inside == 0);
    net_global_release();
    return check_result();
}
