#include "net/http_ask.h"

static bool in_send;
int told_inside;

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

void on_piece(void *ctx, uint32_t status, const char *bytes, size_t len)
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

int warmed;

static void on_warm(void *ctx, uint32_t origin)
{
    (void)ctx;
    (void)origin;
    warmed++;
}

struct net *ask_net(void)
{
    struct net_config config = {.secret_read = read_secret, .on_warm = on_warm, .max_requests = 32};
    struct net *net = NULL;

    if (net_new(&config, &net) < 0) {
        fprintf(stderr, "%s\n", error_text());
        exit(1);
    }
    return net;
}

uint32_t add_origin(struct net *net, const struct server *server, const char *warm)
{
    char url[64];
    uint32_t origin = UINT32_MAX;

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", server_port(server));
    struct net_origin_config config = {.url = url, .warm_target = warm, .warm_every_ms = 60000};
    CHECK(net_origin_add(net, &config, &origin) == 0);
    return origin;
}

struct net_http_request get(uint32_t origin, const struct net_text *target, struct ask *ask)
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

struct net_http_request post(uint32_t origin, const struct net_text *target,
                             const struct net_text *body, struct ask *ask)
{
    struct net_http_request request = get(origin, target, ask);

    request.class_ = NET_CLASS_TRADE;
    request.method = "POST";
    request.body = *body;
    request.resend_safe = false;
    return request;
}

int send_it(struct net *net, const struct net_http_request *request, uint64_t *ret_id)
{
    in_send = true;
    int status = net_http_send(net, request, ret_id);
    in_send = false;
    return status;
}

void wait_done(struct net *net, const struct ask *ask)
{
    int64_t end_ns = clock_mono_ns(clock_real()) + PATIENCE_MS * CLOCK_NS_PER_MS;

    while (ask->done == 0 && clock_mono_ns(clock_real()) < end_ns) {
        (void)net_turn(net, 50);
    }
}

void wait_ms(struct net *net, int ms)
{
    int64_t end_ns = clock_mono_ns(clock_real()) + ms * CLOCK_NS_PER_MS;

    while (clock_mono_ns(clock_real()) < end_ns) {
        (void)net_turn(net, 5);
    }
}

void wait_ready(struct net *net, uint32_t origin, uint32_t count)
{
    int64_t end_ns = clock_mono_ns(clock_real()) + PATIENCE_MS * CLOCK_NS_PER_MS;

    while (net_origin_ready(net, origin, NET_CLASS_TRADE) < count &&
           clock_mono_ns(clock_real()) < end_ns) {
        (void)net_turn(net, 5);
    }
    CHECK(net_origin_ready(net, origin, NET_CLASS_TRADE) >= count);
}

void ask_for(struct net *net, uint32_t origin, const char *path, struct ask *ask)
{
    struct net_text target = TEXT(path);
    struct net_http_request request = get(origin, &target, ask);

    *ask = (struct ask){0};
    CHECK(send_it(net, &request, NULL) == 0);
    wait_done(net, ask);
    CHECK(ask->done == 1);
}

void order(struct net *net, uint32_t origin, const char *path, struct ask *ask)
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
