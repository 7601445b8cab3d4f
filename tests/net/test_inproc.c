#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "net/inproc.h"

#define MS CLOCK_NS_PER_MS
#define T0 (INT64_C(1700000000) * CLOCK_NS_PER_S)
#define TEXT(s)                                                                                    \
    {                                                                                              \
        .segments = (struct net_segment[]){{.bytes = (s), .len = strlen(s)}}, .count = 1           \
    }

/* ---- a toy peer: "/after/MS" answers then, "/never" does not, "/drop" and "/cut" break off ----
 */

enum { OUTS = 64 };

struct toy_out {
    int64_t due_ns;
    struct inproc_output output;
    char bytes[8192];
};

struct toy {
    struct toy_out outs[OUTS];
    int count;
    int requests;
    int closed;
    int pongs;
    bool unreachable;
    char log[512];
    char last[256];
};

static struct toy toy;

static struct toy_out *add_out(uint64_t conn, enum inproc_kind kind, int64_t due_ns)
{
    struct toy_out *out = &toy.outs[toy.count++];

    memset(out, 0, sizeof(*out));
    out->due_ns = due_ns;
    out->output.kind = kind;
    out->output.conn = conn;
    out->output.bytes = out->bytes;
    return out;
}

static int toy_http(void *ctx, int64_t now_ns, const struct inproc_request *request)
{
    static const struct inproc_header headers[] = {{"X-Used", "7"}};

    (void)ctx;
    if (toy.unreachable) {
        return -1;
    }
    toy.requests++;
    (void)snprintf(toy.last, sizeof(toy.last), "%s %s [%s: %s] %s", request->method,
                   request->target, request->header_count > 0 ? request->headers[0].name : "",
                   request->header_count > 0 ? request->headers[0].value : "", request->body);
    if (strcmp(request->target, "/never") == 0) {
        return 0;
    }
    if (strcmp(request->target, "/drop") == 0) {
        (void)add_out(request->conn, INPROC_CLOSE, now_ns);
        return 0;
    }
    struct toy_out *out = add_out(request->conn, INPROC_ANSWER, now_ns);
    out->output.status = 200;
    out->output.headers = headers;
    out->output.header_count = 1;
    out->output.cut = strcmp(request->target, "/cut") == 0;
    if (strncmp(request->target, "/after/", 7) == 0) {
        out->due_ns = now_ns + strtol(request->target + 7, NULL, 10) * MS;
    }
    if (strcmp(request->target, "/long") == 0) {
        memset(out->bytes, 'l', 2500);
        out->output.len = 2500;
    } else {
        out->output.len = (size_t)snprintf(out->bytes, sizeof(out->bytes), "%s", request->target);
    }
    return 0;
}

static int toy_ws_open(void *ctx, int64_t now_ns, const struct inproc_request *request)
{
    (void)ctx;
    if (strcmp(request->target, "/refuse") == 0) {
        return -1;
    }
    struct toy_out *out = add_out(request->conn, INPROC_FRAME, now_ns + 5 * MS);
    out->output.len = (size_t)snprintf(out->bytes, sizeof(out->bytes), "welcome");
    return 0;
}

static void toy_ws_recv(void *ctx, int64_t now_ns, uint64_t conn, const char *bytes, size_t len,
                        bool binary)
{
    (void)ctx;
    (void)binary;
    if (len == 3 && memcmp(bytes, "bye", 3) == 0) {
        add_out(conn, INPROC_CLOSE, now_ns)->output.close_code = 1001;
        return;
    }
    (void)add_out(conn, INPROC_PONG, now_ns);
    struct toy_out *out = add_out(conn, INPROC_FRAME, now_ns + MS);
    out->output.len =
        (size_t)snprintf(out->bytes, sizeof(out->bytes), "echo %.*s", (int)len, bytes);
}

static void toy_ws_pong(void *ctx, int64_t now_ns, uint64_t conn)
{
    (void)ctx;
    (void)now_ns;
    (void)conn;
    toy.pongs++;
}

static void toy_ws_closed(void *ctx, int64_t now_ns, uint64_t conn)
{
    (void)ctx;
    (void)now_ns;
    (void)conn;
    toy.closed++;
}

static int oldest(void)
{
    int found = -1;

    for (int i = 0; i < toy.count; i++) {
        if (toy.outs[i].due_ns != INT64_MAX &&
            (found < 0 || toy.outs[i].due_ns < toy.outs[found].due_ns)) {
            found = i;
        }
    }
    return found;
}

static bool toy_poll(void *ctx, int64_t now_ns, struct inproc_output *ret_output)
{
    int i = oldest();

    (void)ctx;
    if (i < 0 || toy.outs[i].due_ns > now_ns) {
        return false;
    }
    toy.outs[i].due_ns = INT64_MAX;
    *ret_output = toy.outs[i].output;
    return true;
}

static int64_t toy_next_due(void *ctx)
{
    int i = oldest();

    (void)ctx;
    return i < 0 ? INT64_MAX : toy.outs[i].due_ns;
}

/* ---- the owner's side ---- */

struct ask {
    char name;
    int done;
    size_t pieces;
    size_t piece_bytes;
    bool refuse;
    enum net_outcome outcome;
    uint32_t status;
    int64_t done_ns;
    char body[128];
    char text[128];
};

static struct clock_sim sim;
static struct net *net;
static uint32_t http;
static uint32_t ws;
static int turns;
static char order[64];

static void on_turn(void *ctx)
{
    (void)ctx;
    turns++;
}

static void on_done(void *ctx, const struct net_http_result *result)
{
    struct ask *ask = ctx;

    ask->done++;
    ask->outcome = result->outcome;
    ask->status = result->status;
    ask->done_ns = result->done_ns;
    (void)snprintf(ask->body, sizeof(ask->body), "%.*s", (int)result->body_len, result->body);
    (void)snprintf(ask->text, sizeof(ask->text), "%s", result->text);
    order[strlen(order)] = ask->name;
}

static void on_piece(void *ctx, uint32_t status, const char *bytes, size_t len)
{
    struct ask *ask = ctx;

    (void)status;
    (void)bytes;
    ask->pieces++;
    ask->piece_bytes += len;
}

static bool still_allowed(void *ctx)
{
    return !((struct ask *)ctx)->refuse;
}

static void setup(void)
{
    struct inproc_peer peer = {.http = toy_http,
                               .ws_open = toy_ws_open,
                               .ws_recv = toy_ws_recv,
                               .ws_pong = toy_ws_pong,
                               .ws_closed = toy_ws_closed,
                               .poll = toy_poll,
                               .next_due_ns = toy_next_due};
    struct net_config config = {.clock = &sim.clock, .on_turn = on_turn, .max_requests = 16};
    struct net_origin_config http_config = {.url = "http://127.0.0.1:1",
                                            .connections = {[NET_CLASS_TRADE] = 2}};
    struct net_origin_config ws_config = {.url = "ws://127.0.0.1:1"};

    clock_sim_init(&sim, T0);
    cr_assert_eq(inproc_new(&config, &peer, &net), 0);
    cr_assert_eq(net_origin_add(net, &http_config, &http), 0);
    cr_assert_eq(net_origin_add(net, &ws_config, &ws), 0);
}

static void teardown(void)
{
    net = net_free(net);
}

TestSuite(inproc, .init = setup, .fini = teardown);

static int send_it(const char *path, enum net_class class_, struct ask *ask)
{
    struct net_text target = TEXT(path);
    struct net_text body = TEXT("a=1");
    struct net_http_request request = {
        .origin = http,
        .class_ = class_,
        .method = "POST",
        .target = target,
        .body = body,
        .timeout_ms = 1000,
        .still_allowed = still_allowed,
        .on_done = on_done,
        .ctx = ask,
    };
    ask->name = path[1];
    return net_http_send(net, &request, NULL);
}

/* Turns and steps the clock to what is due next, up to this time. */
static void run_until(int64_t end_ns)
{
    for (;;) {
        (void)net_turn(net, 0);
        int64_t left_ns = net_next_due_mono_ns(net) - sim.steady_ns;
        if (net_next_due_mono_ns(net) == INT64_MAX || sim.wall_ns + left_ns > end_ns) {
            clock_sim_advance(&sim, end_ns - sim.wall_ns);
            return;
        }
        clock_sim_advance(&sim, left_ns);
    }
}

Test(inproc, an_answer_comes_at_its_time_and_not_inside_the_call)
{
    struct ask ask = {0};

    cr_assert_eq(send_it("/after/30", NET_CLASS_TRADE, &ask), 0);
    cr_assert_eq(toy.requests, 1);
    cr_assert_str_eq(toy.last,
                     "POST /after/30 [Content-Type: application/x-www-form-urlencoded] a=1");
    cr_assert_eq(ask.done, 0);
    run_until(T0 + 29 * MS);
    cr_assert_eq(ask.done, 0);
    run_until(T0 + 100 * MS);
    cr_assert_eq(ask.done, 1);
    cr_assert_eq(ask.outcome, NET_OK);
    cr_assert_eq(ask.done_ns, T0 + 30 * MS);
    cr_assert_str_eq(ask.body, "/after/30");
    cr_assert_eq(turns, 1); /* a turn in which nothing happened is not told */
}

Test(inproc, answers_come_in_the_order_of_time)
{
    struct ask asks[3] = {0};

    cr_assert_eq(send_it("/after/30", NET_CLASS_TRADE, &asks[0]), 0);
    cr_assert_eq(send_it("/cut", NET_CLASS_TRADE, &asks[1]), 0);
    cr_assert_eq(send_it("/never", NET_CLASS_CANCEL, &asks[2]), 0);
    run_until(T0 + 5000 * MS);
    cr_assert_str_eq(order, "can");
    cr_assert_eq(asks[1].outcome, NET_IN_DOUBT);
    cr_assert_eq(asks[2].outcome, NET_IN_DOUBT);
    cr_assert_eq(asks[2].done_ns, T0 + 1000 * MS);
}

Test(inproc, what_did_not_reach_the_peer_is_not_sent)
{
    struct ask ask = {.refuse = true};

    cr_assert_eq(send_it("/never", NET_CLASS_TRADE, &ask), 0);
    cr_assert_eq(ask.done, 0);
    cr_assert_eq(net_next_due_mono_ns(net), sim.steady_ns);
    (void)net_turn(net, 0);
    cr_assert_eq(ask.outcome, NET_NOT_SENT);
    cr_assert_eq(toy.requests, 0);
    ask = (struct ask){0};
    toy.unreachable = true;
    cr_assert_eq(send_it("/never", NET_CLASS_TRADE, &ask), 0);
    (void)net_turn(net, 0);
    cr_assert_eq(ask.outcome, NET_NOT_SENT);
    toy.unreachable = false;
    ask = (struct ask){0};
    cr_assert_eq(send_it("/drop", NET_CLASS_TRADE, &ask), 0);
    (void)net_turn(net, 0);
    cr_assert_eq(ask.outcome, NET_IN_DOUBT);
}

Test(inproc, orders_are_refused_when_busy_cancels_go_on_reads_wait)
{
    struct ask asks[8] = {0};

    cr_assert_eq(send_it("/never", NET_CLASS_TRADE, &asks[0]), 0);
    cr_assert_eq(net_origin_ready(net, http, NET_CLASS_TRADE), 1);
    cr_assert_eq(send_it("/after/10", NET_CLASS_TRADE, &asks[1]), 0);
    cr_assert_eq(send_it("/x", NET_CLASS_TRADE, &asks[2]), NET_ERR_NOT_READY);
    cr_assert_eq(send_it("/x", NET_CLASS_CANCEL, &asks[3]), 0);
    cr_assert_eq(send_it("/x", NET_CLASS_CANCEL, &asks[4]), 0);
    cr_assert_eq(send_it("/x", NET_CLASS_CANCEL, &asks[5]), 0);
    cr_assert_eq(toy.requests, 5);
    (void)net_turn(net, 0);
    cr_assert(asks[3].done && asks[4].done && asks[5].done && !asks[0].done);
    for (int i = 2; i < 6; i++) {
        asks[i] = (struct ask){0};
        cr_assert_eq(send_it(i < 4 ? "/after/20" : "/after/1", NET_CLASS_READ, &asks[i]), 0);
    }
    cr_assert_eq(toy.requests, 7); /* two reads at a time */
    run_until(T0 + 40 * MS);
    cr_assert_eq(asks[5].done_ns, T0 + 21 * MS);
}

Test(inproc, reads_leave_room_for_orders_and_cancels)
{
    static struct ask asks[20];
    int accepted = 0;

    while (send_it("/never", NET_CLASS_READ, &asks[accepted]) == 0) {
        accepted++;
    }
    cr_assert_eq(accepted, 12); /* of 16 */
    cr_assert_eq(send_it("/never", NET_CLASS_TRADE, &asks[12]), 0);
    cr_assert_eq(send_it("/never", NET_CLASS_TRADE, &asks[13]), 0);
    cr_assert_eq(send_it("/x", NET_CLASS_TRADE, &asks[14]), ERR_FULL);
    cr_assert_eq(send_it("/x", NET_CLASS_CANCEL, &asks[14]), 0);
    cr_assert_eq(send_it("/x", NET_CLASS_CANCEL, &asks[15]), 0);
    cr_assert_eq(send_it("/x", NET_CLASS_CANCEL, &asks[16]), ERR_FULL);
}

Test(inproc, long_answers_come_in_pieces)
{
    struct ask ask = {0};
    struct net_text target = TEXT("/long");
    struct net_http_request request = {.origin = http,
                                       .class_ = NET_CLASS_PUBLIC,
                                       .method = "GET",
                                       .target = target,
                                       .resend_safe = true,
                                       .on_piece = on_piece,
                                       .on_done = on_done,
                                       .ctx = &ask};

    cr_assert_eq(net_http_send(net, &request, NULL), 0);
    (void)net_turn(net, 0);
    cr_assert_eq(ask.pieces, 3);
    cr_assert_eq(ask.piece_bytes, 2500);
    cr_assert_eq(ask.done, 1);
    request.max_body = 100;
    cr_assert_eq(net_http_send(net, &request, NULL), 0);
    (void)net_turn(net, 0);
    cr_assert_eq(ask.outcome, NET_IN_DOUBT);
}

Test(inproc, cancelled_and_outstanding_requests)
{
    struct ask ask = {0};
    struct ask left = {0};
    struct net_text target = TEXT("/never");
    struct net_http_request request = {.origin = http,
                                       .class_ = NET_CLASS_READ,
                                       .method = "GET",
                                       .target = target,
                                       .resend_safe = true,
                                       .on_done = on_done,
                                       .ctx = &ask};
    uint64_t id = 0;

    cr_assert_eq(net_http_send(net, &request, &id), 0);
    cr_assert_eq(net_http_cancel(net, id), NET_IN_DOUBT);
    cr_assert_eq(net_http_cancel(net, id), NET_OUTCOME_INVALID);
    run_until(T0 + 60000 * MS);
    cr_assert_eq(ask.done, 0);
    cr_assert_eq(send_it("/never", NET_CLASS_TRADE, &left), 0);
    net = net_free(net);
    cr_assert_eq(left.done, 1);
    cr_assert_eq(left.outcome, NET_IN_DOUBT);
}

/* ---- WebSocket ---- */

struct talk {
    int opens;
    int closes;
    int frames;
    int sents[NET_OUTCOME_COUNT];
    bool was_open;
    uint32_t close_code;
    char bytes[128];
};

static void on_open(void *ctx, uint64_t socket, uint32_t generation)
{
    (void)socket;
    (void)generation;
    ((struct talk *)ctx)->opens++;
}

static void on_frame(void *ctx, uint64_t socket, const char *bytes, size_t len, bool binary)
{
    struct talk *talk = ctx;

    (void)socket;
    (void)binary;
    talk->frames++;
    (void)snprintf(talk->bytes, sizeof(talk->bytes), "%.*s", (int)len, bytes);
}

static void on_sent(void *ctx, uint64_t socket, uint64_t token, enum net_outcome outcome)
{
    (void)socket;
    (void)token;
    ((struct talk *)ctx)->sents[outcome]++;
}

static void on_close(void *ctx, const struct net_ws_end *end)
{
    struct talk *talk = ctx;

    talk->closes++;
    talk->was_open = end->was_open;
    talk->close_code = end->close_code;
}

static uint64_t open_ws(const char *path, struct talk *talk, uint32_t *ret_generation)
{
    struct net_text target = TEXT(path);
    struct net_ws_config config = {.origin = ws,
                                   .target = target,
                                   .on_open = on_open,
                                   .on_frame = on_frame,
                                   .on_sent = on_sent,
                                   .on_close = on_close,
                                   .ctx = talk};
    uint64_t socket = 0;

    cr_assert_eq(net_ws_open(net, &config, &socket, ret_generation), 0);
    return socket;
}

static int say(uint64_t socket, const char *text)
{
    struct net_ws_message message = {.text = TEXT(text)};

    return net_ws_send(net, socket, &message);
}

Test(inproc, a_websocket_opens_talks_and_ends)
{
    struct talk talk = {0};
    uint32_t generation = 0;
    uint64_t socket = open_ws("/stream", &talk, &generation);

    cr_assert_eq(talk.opens, 0);
    cr_assert_eq(say(socket, "early"), ERR_WRONG_STATE);
    (void)net_turn(net, 0);
    cr_assert_eq(talk.opens, 1);
    run_until(T0 + 6 * MS);
    cr_assert_str_eq(talk.bytes, "welcome");
    cr_assert_eq(say(socket, "hello"), 0);
    cr_assert_eq(talk.sents[NET_OK], 0);
    run_until(T0 + 8 * MS);
    cr_assert_str_eq(talk.bytes, "echo hello");
    cr_assert_eq(talk.sents[NET_OK], 1);
    cr_assert_eq(toy.pongs, 1);
    cr_assert_eq(say(socket, "bye"), 0);
    run_until(T0 + 9 * MS);
    cr_assert_eq(talk.closes, 1);
    cr_assert(talk.was_open && talk.close_code == 1001);
    cr_assert_eq(say(socket, "late"), ERR_STALE);

    uint32_t next = 0;
    socket = open_ws("/stream", &talk, &next);
    cr_assert_eq(next, generation + 1);
    net_ws_close(net, socket, 1000);
    cr_assert_eq(talk.closes, 1);
    cr_assert_eq(toy.closed, 1);
    (void)net_turn(net, 0);
    cr_assert_eq(talk.closes, 2);
}

Test(inproc, a_refused_upgrade_is_told_later)
{
    struct talk talk = {0};

    (void)open_ws("/refuse", &talk, NULL);
    cr_assert_eq(talk.closes, 0);
    (void)net_turn(net, 0);
    cr_assert_eq(talk.closes, 1);
    cr_assert_eq(talk.opens, 0);
    cr_assert_not(talk.was_open);
}

static int fired;

static void on_fire(void *ctx)
{
    (void)ctx;
    fired++;
}

Test(inproc, timers_follow_the_simulated_clock)
{
    uint64_t timer = 0;

    cr_assert_eq(net_timer_start_ms(net, 50, on_fire, NULL, NULL), 0);
    cr_assert_eq(net_timer_start_ms(net, 60, on_fire, NULL, &timer), 0);
    cr_assert_eq(net_next_due_mono_ns(net), sim.steady_ns + 50 * MS);
    run_until(T0 + 49 * MS);
    cr_assert_eq(fired, 0);
    net_timer_cancel(net, timer);
    run_until(T0 + 100 * MS);
    cr_assert_eq(fired, 1);
    cr_assert_eq(net_next_due_mono_ns(net), INT64_MAX);
    cr_assert_eq(net_run(net), ERR_UNSUPPORTED);
}
