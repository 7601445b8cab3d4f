/* Requests that are wrong in their head: each gets its own problem document and nothing reaches the trade thread. */
#include <string.h>
#include <unistd.h>

#include "areas.h"
#include "base/str.h"

static struct answer a;

static bool is_problem(int status, const char *code)
{
    char member[80];
    (void)str_format(member, sizeof(member), "\"code\":\"%s\"", code);
    bool good = a.status == status && strstr(a.head, "application/problem+json") != NULL &&
                strstr(a.body, member) != NULL && strstr(a.body, "\"detail\":\"") != NULL &&
                strstr(a.body, "\"request_id\":\"") != NULL;
    if (!good) {
        fprintf(stderr, "wanted %d %s, got %d %s\n", status, code, a.status, a.body);
    }
    return good;
}

static void raw(struct rig *rig, const char *request)
{
    int fd = rig_connect(rig);
    rig_send(fd, request, strlen(request));
    (void)rig_read(fd, &a, 8000, false);
    (void)close(fd);
}

static void token(struct rig *rig)
{
    char wrong[200];
    raw(rig, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(is_problem(401, "token_missing"));
    CHECK(strstr(a.head, "WWW-Authenticate: Bearer") != NULL &&
          strstr(a.body, "control.token") != NULL);
    raw(rig, "GET /health HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n\r\n");
    CHECK(is_problem(401, "token_wrong"));
    (void)str_format(
        wrong, sizeof(wrong),
        "GET /health HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %.63s%c\r\n\r\n",
        rig->token, rig->token[63] == '0' ? '1' : '0');
    raw(rig, wrong);
    CHECK(is_problem(401, "token_wrong"));
    (void)str_format(wrong, sizeof(wrong),
                     "GET /health HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s0\r\n\r\n",
                     rig->token);
    raw(rig, wrong);
    CHECK(is_problem(401, "token_wrong"));
    raw(rig, "POST /orders/cancel-all HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(is_problem(401, "token_missing"));
    raw(rig, "GET /no/such HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(is_problem(401, "token_missing"));
}

static void paths(struct rig *rig)
{
    rig_ask(rig, "GET", "/no/such", NULL, NULL, &a);
    CHECK(is_problem(404, "path_unknown"));
    rig_ask(rig, "GET", "/orders/1/2", NULL, NULL, &a);
    CHECK(is_problem(404, "path_unknown"));
    rig_ask(rig, "POST", "/health", NULL, "{}", &a);
    CHECK(is_problem(405, "method_wrong") && strstr(a.head, "Allow: GET, HEAD\r\n") != NULL);
    rig_ask(rig, "DELETE", "/orders", NULL, NULL, &a);
    CHECK(is_problem(405, "method_wrong") && strstr(a.head, "Allow: GET, HEAD, POST\r\n") != NULL);
    rig_ask(rig, "GET", "/orders/cancel-all", NULL, NULL, &a);
    CHECK(is_problem(405, "method_wrong") && strstr(a.head, "Allow: POST\r\n") != NULL);
    rig_ask(rig, "OPTIONS", "/health", NULL, NULL, &a);
    CHECK(is_problem(405, "method_wrong"));
    rig_ask(rig, "PUT", "/orders", NULL, "{}", &a);
    CHECK(is_problem(405, "method_wrong"));
    rig_ask(rig, "GET", "/orders?limit=0", NULL, NULL, &a);
    CHECK(is_problem(422, "bad_query") && strstr(a.body, "?limit") != NULL);
    rig_ask(rig, "GET", "/orders?limt=5&open=maybe", NULL, NULL, &a);
    CHECK(is_problem(422, "bad_query") && strstr(a.body, "did you mean limit?") != NULL &&
          strstr(a.body, "?open") != NULL);
    rig_ask(rig, "GET", "/orders?cursor=1e400", NULL, NULL, &a);
    CHECK(is_problem(422, "bad_query"));
}

static void names(struct rig *rig)
{
    raw(rig, "GET /livez HTTP/1.1\r\n\r\n");
    CHECK(is_problem(400, "host_missing"));
    raw(rig, "GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    CHECK(is_problem(421, "host_wrong"));
    raw(rig, "GET /livez HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n");
    CHECK(is_problem(421, "host_wrong"));
    raw(rig, "GET /livez HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n");
    CHECK(is_problem(403, "origin_wrong"));
    raw(rig, "GET /livez HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n");
    CHECK(is_problem(403, "origin_wrong"));
    raw(rig, "GET /livez HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\r\n");
    CHECK(a.status == 200);
}

static void lengths(struct rig *rig)
{
    char request[600];
    char auth[300];
    (void)str_format(
        auth, sizeof(auth),
        "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer %s\r\n",
        rig->token);
    (void)str_format(request, sizeof(request),
                     "%sTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", auth);
    raw(rig, request);
    CHECK(is_problem(411, "length_missing"));
    (void)str_format(request, sizeof(request),
                     "%sContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", auth);
    raw(rig, request);
    CHECK(is_problem(411, "length_missing"));
    (void)str_format(request, sizeof(request), "%sContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                     auth);
    raw(rig, request);
    CHECK(is_problem(400, "length_wrong"));
    (void)str_format(request, sizeof(request), "%sContent-Length: -2\r\n\r\n{}", auth);
    raw(rig, request);
    CHECK(is_problem(400, "length_wrong"));
    (void)str_format(request, sizeof(request), "%sContent-Length: 99999999999999999999\r\n\r\n{}",
                     auth);
    raw(rig, request);
    CHECK(is_problem(400, "length_wrong"));
    (void)str_format(request, sizeof(request), "%s\r\n", auth);
    raw(rig, request);
    CHECK(is_problem(400, "empty_body"));
}

static void types(struct rig *rig)
{
    rig_ask(rig, "POST", "/kill-switch/activate",
            "Content-Type: application/x-www-form-urlencoded\r\n", "{\"reason\":\"x\"}", &a);
    CHECK(is_problem(415, "type_wrong"));
    rig_ask(rig, "POST", "/kill-switch/activate", "Content-Type: application/jsonp\r\n",
            "{\"reason\":\"x\"}", &a);
    CHECK(is_problem(415, "type_wrong"));
    rig_ask(rig, "GET", "/health", NULL, "{}", &a);
    CHECK(is_problem(400, "body_unexpected"));
}

/* 2 MB: the refusal is readable although the client sends everything first. */
static void large(struct rig *rig)
{
    static char piece[65536];
    char head[300];
    int fd = rig_connect(rig);
    memset(piece, ' ', sizeof(piece));
    (void)str_format(
        head, sizeof(head),
        "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer %s\r\nContent-Length: 2097152\r\n\r\n",
        rig->token);
    rig_send(fd, head, strlen(head));
    for (int i = 0; i < 32; i++) {
        rig_send(fd, piece, sizeof(piece));
    }
    CHECK(rig_read(fd, &a, 8000, false) && is_problem(413, "body_too_large"));
    CHECK(rig_closes(fd, 8000));
    (void)close(fd);
}

void area_refusals(struct rig *rig)
{
    uint32_t before = rig_taken(rig, NULL);
    token(rig);
    paths(rig);
    names(rig);
    lengths(rig);
    types(rig);
    large(rig);
    CHECK(rig_taken(rig, NULL) == before);
    CHECK(atomic_load(&rig->kill.raised) == 0);
}
