/* Clients that drip, hang up, pipeline, or speak something else. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "areas.h"
#include "base/clock.h"
#include "base/str.h"

static struct answer a;

static int64_t now_ms(void)
{
    return clock_mono_ns(clock_real()) / CLOCK_NS_PER_MS;
}

/* One byte every 100 ms for ever, four ways at once: each is cut by the deadline of the request, not by its pace. */
static void drips(struct rig *rig)
{
    enum { WAYS = 4 };
    static const char *const drops[WAYS] = {" ", "a", "a", ""};
    char starts[WAYS][300] = {
        "", "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", ""};
    int64_t cut_ms[WAYS] = {0};
    int fds[WAYS];
    (void)str_format(
        starts[0], sizeof(starts[0]),
        "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer %s\r\nContent-Length: 60000\r\n\r\n{",
        rig->token);
    for (int i = 0; i < WAYS; i++) {
        fds[i] = rig_connect(rig);
        rig_send(fds[i], starts[i], strlen(starts[i]));
    }
    for (int64_t begin = now_ms(); now_ms() - begin < 14000;) {
        int open = 0;
        for (int i = 0; i < WAYS; i++) {
            if (cut_ms[i] == 0) {
                rig_send(fds[i], drops[i], strlen(drops[i]));
                cut_ms[i] = rig_closes(fds[i], 25) ? now_ms() - begin : 0;
                open++;
            }
        }
        if (open == 0) {
            break;
        }
    }
    for (int i = 0; i < WAYS; i++) {
        (void)close(fds[i]);
        CHECK(cut_ms[i] > 1000);
    }
    CHECK(cut_ms[0] < 8000 && cut_ms[1] < 8000);
}

static void other_protocols(struct rig *rig)
{
    static const char *const requests[] = {
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "
        "h2c\r\n"
        "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"),
        "BREW /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    };
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        int fd = rig_connect(rig);
        rig_send(fd, requests[i], strlen(requests[i]));
        bool answered = rig_read(fd, &a, 500, false);
        if (answered && (a.status == 101 || a.status == 200)) {
            fprintf(stderr, "request %zu: %d\n", i, a.status);
        }
        CHECK(!answered || (a.status != 101 && a.status != 200));
        CHECK(rig_closes(fd, 9000));
        (void)close(fd);
    }
}

static void long_heads(struct rig *rig)
{
    static char head[20000];
    int fd = rig_connect(rig);
    (void)str_copy(head, sizeof(head), "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Long: ");
    memset(head + strlen(head), 'a', 12000);
    rig_send(fd, head, strlen(head));
    rig_send(fd, "\r\n\r\n", 4);
    CHECK(!rig_read(fd, &a, 9000, false) || a.status >= 400);
    (void)close(fd);
}

/* Several requests in one packet: the first is answered, the rest is not even looked at, whatever it is. The library turns for
 * ever on some of these when a connection is kept, so the next request of somebody else is the proof. */
static void pipelined(struct rig *rig)
{
    static const char *const rest[] = {
        "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
        "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"};
    char requests[1200];
    uint32_t before = rig_taken(rig, NULL);
    for (size_t i = 0; i < 4; i++) {
        int fd = rig_connect(rig);
        if (i < 2) {
            (void)str_format(requests, sizeof(requests),
                             "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n%s", rest[i]);
        } else {
            (void)str_format(requests, sizeof(requests),
                             "POST /kill-switch/deactivate HTTP/1.1\r\nHost: localhost\r\n"
                             "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
                             "Content-Length: 14\r\n\r\n{\"reason\":\"x\"}%s",
                             rig->token, rest[i - 2]);
        }
        rig_send(fd, requests, strlen(requests));
        CHECK(rig_read(fd, &a, 3000, false) && a.status == 200);
        CHECK(strstr(a.head, "Connection: close\r\n") != NULL && rig_closes(fd, 3000));
        (void)close(fd);
        rig_ask(rig, "GET", "/livez", NULL, NULL, &a);
        CHECK(a.status == 200);
    }
    CHECK(rig_taken(rig, NULL) == before + 2);
}

/* Hanging up while the answer is awaited frees the session and executes the command once. */
static void hang_up(struct rig *rig)
{
    char request[300];
    struct command last;
    atomic_store(&rig->silent, true);
    uint32_t before = rig_taken(rig, NULL);
    int fd = rig_connect(rig);
    (void)str_format(
        request, sizeof(request),
        "POST /orders/cancel-all HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n",
        rig->token);
    rig_send(fd, request, strlen(request));
    CHECK(!rig_read(fd, &a, 200, false));
    (void)close(fd);
    atomic_store(&rig->silent, false);
    rig_ask(rig, "POST", "/ws/restart", NULL, NULL, &a);
    CHECK(a.status == 200 && rig_taken(rig, &last) == before + 2 &&
          last.kind == COMMAND_WS_RESTART);
}

/* More connections than are served: the rest is refused, and room comes back. */
static void crowd(struct rig *rig)
{
    enum { MANY = 260 };
    static int fds[MANY];
    for (int i = 0; i < MANY; i++) {
        fds[i] = rig_connect(rig);
    }
    int refused = 0;
    for (int i = 0; i < MANY; i++) {
        refused += rig_closes(fds[i], i == MANY - 1 ? 300 : 1) ? 1 : 0;
    }
    CHECK(refused >= 60 && refused < 90); /* 192 are served at a time */
    for (int i = 0; i < MANY; i++) {
        (void)close(fds[i]);
    }
    int64_t until = now_ms() + 5000;
    do {
        rig_ask(rig, "GET", "/livez", NULL, NULL, &a);
    } while (a.status != 200 && now_ms() < until);
    CHECK(a.status == 200);
}

void area_rough(struct rig *rig)
{
    struct command_reply reply = {.count = 1, .seq = 3};
    rig_reply(rig, &reply);
    pipelined(rig);
    hang_up(rig);
    other_protocols(rig);
    long_heads(rig);
    crowd(rig);
    drips(rig);
}
