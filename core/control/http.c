/* HTTP on libwebsockets: from the head of a request to the last byte of its answer.
 *
 *     head --check--> refused -----------------------------+
 *       |                                                  v
 *       +--> body, bounded in size and time --> run --> answer --one write--> close
 *
 * One connection, one request: when a request with a body comes out of what the library has buffered behind an earlier one, it
 * turns in a loop that never ends (4.1.6, lws_http_action), and any peer could stop this thread with two pipelined requests.
 *
 * Everything the library would let through is refused here: other protocols (h2c, WebSocket, CONNECT), bodies without an honest
 * length, strange Host and Origin. One deadline covers a request from its head to its last byte, whatever the pace of the drip.
 */
#include <ctype.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/impl.h"

#include "base/banned.h"

/* ---- deadline ---- */

static void on_deadline(lws_sorted_usec_list_t *timer)
{
    struct session *s = lws_container_of(timer, struct session, deadline);
    lws_set_timeout(s->wsi, PENDING_TIMEOUT_HTTP_CONTENT, LWS_TO_KILL_ASYNC);
}

static void arm(struct session *s)
{
    lws_sul_schedule(s->control->lws, 0, &s->deadline, on_deadline,
                     (lws_usec_t)REQUEST_S * LWS_US_PER_SEC);
}

/* ---- answer ---- */

static void print_allow(const struct session *s, struct text *out)
{
    static const struct {
        uint32_t method;
        const char *name;
    } names[] = {{METHOD_GET, "GET, HEAD"},
                 {METHOD_POST, "POST"},
                 {METHOD_PATCH, "PATCH"},
                 {METHOD_DELETE, "DELETE"}};
    const char *before = "Allow: ";
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if ((s->allow & names[i].method) != 0) {
            text_addf(out, "%s%s", before, names[i].name);
            before = ", ";
        }
    }
    text_add(out, "\r\n");
}

static void print_head(const struct session *s, struct text *out)
{
    text_addf(out, "HTTP/1.1 %d %s\r\n", s->status, problem_title(s->status));
    text_addf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", s->type, s->page.len);
    text_add(out, "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                  "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
                  "Referrer-Policy: no-referrer\r\n");
    text_addf(out, "X-Request-Id: %s\r\n", s->request.request_id);
    if (s->status == 401) {
        text_addf(out, "WWW-Authenticate: Bearer realm=\"sofia\"%s\r\n",
                  str_eq(s->problem.code, "token_wrong") ? ", error=\"invalid_token\"" : "");
    }
    if (s->status == 405) {
        print_allow(s, out);
    }
    if (s->status == 503) {
        text_add(out, "Retry-After: 1\r\n");
    }
    if (s->location[0] != '\0') {
        text_addf(out, "Location: %s\r\n", s->location);
    }
    text_add(out, "Connection: close\r\n\r\n");
}

static void finish_page(struct session *s)
{
    if (s->page.status != 0) { /* no memory for the answer: say so in one that needs none */
        memset(&s->problem, 0, sizeof(s->problem));
        problem_set(&s->problem, 503, "no_memory", "out of memory");
        text_release(&s->page);
    }
    if (s->problem.status != 0) {
        text_clear(&s->page);
        s->status = s->problem.status;
        (void)str_copy(s->type, sizeof(s->type), "application/problem+json");
        problem_print(&s->problem, s->request.path, s->request.request_id, &s->page);
    }
    if (s->type[0] == '\0') {
        (void)str_copy(s->type, sizeof(s->type), "application/json");
    }
    if (s->status == 0) {
        s->status = 200;
    }
}

/* Head and body in one write; what the socket does not take now the library keeps. */
static int write_answer(struct session *s)
{
    static const char room[LWS_PRE] = {0};
    struct text out = {0};
    finish_page(s);
    text_add_n(&out, room, LWS_PRE);
    print_head(s, &out);
    if (!s->request.head_only) {
        text_add_n(&out, text_get(&s->page), s->page.len);
    }
    s->answered = true;
    text_release(&s->page);
    text_release(&s->body);
    int rc = -1;
    if (out.status == 0) {
        size_t len = out.len - LWS_PRE;
        rc = lws_write(s->wsi, (unsigned char *)out.data + LWS_PRE, len, LWS_WRITE_HTTP_FINAL) ==
                     (int)len
                 ? 0
                 : -1;
    }
    text_release(&out);
    return rc;
}

/* Writes and ends the connection, once a body still on its way is swallowed: closing in the middle of it would lose the answer. */
static int send_answer(struct session *s)
{
    if (write_answer(s) != 0) {
        return -1;
    }
    return s->body_expected && s->body_got < s->body_len ? 0 : -1;
}

void http_answer(struct session *s)
{
    if (s->held) {
        s->held = false;
        (void)lws_rx_flow_control(s->wsi, 1);
    }
    lws_callback_on_writable(s->wsi);
}

/* ---- head ---- */

static int header(const struct session *s, enum lws_token_indexes token, char *buf, size_t cap)
{
    buf[0] = '\0';
    return lws_hdr_copy(s->wsi, buf, (int)cap, token);
}

static bool custom(const struct session *s, const char *name, char *buf, size_t cap)
{
    int len = (int)strlen(name);
    buf[0] = '\0';
    return lws_hdr_custom_length(s->wsi, name, len) > 0 &&
           lws_hdr_custom_copy(s->wsi, buf, (int)cap, name, len) > 0;
}

static bool is_visible(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text <= 0x20 || *text >= 0x7f) {
            return false;
        }
    }
    return true;
}

static void take_request_id(struct session *s)
{
    struct request *r = &s->request;
    if (!custom(s, "x-request-id:", r->request_id, sizeof(r->request_id)) ||
        !is_visible(r->request_id)) {
        (void)str_format(r->request_id, sizeof(r->request_id), "%llx-%llu",
                         (unsigned long long)getpid(), (unsigned long long)s->control->requests);
    }
}

/* Names under which this machine may be asked for; a page of somebody else's that got our address cannot use its own. */
static bool host_is_ours(const struct session *s, const char *host)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]", NULL};
    char with_port[96];
    for (size_t i = 0; i < 4; i++) {
        const char *name = names[i] == NULL ? s->control->config.listen : names[i];
        (void)str_format(with_port, sizeof(with_port), "%s:%u", name, s->control->port);
        if (strcasecmp(host, name) == 0 || strcasecmp(host, with_port) == 0) {
            return true;
        }
    }
    return false;
}

static void check_host(struct session *s)
{
    char text[200];
    int len = header(s, WSI_TOKEN_HOST, text, sizeof(text));
    if (len == 0 && text[0] == '\0') {
        problem_set(&s->problem, 400, "host_missing", "the request has no Host header");
    } else if (len < 0 || !host_is_ours(s, text)) {
        problem_set(&s->problem, 421, "host_wrong",
                    "this port answers to 127.0.0.1 and localhost only");
    }
    len = header(s, WSI_TOKEN_ORIGIN, text, sizeof(text));
    if (len != 0 && !(len > 0 && str_starts(text, "http://") && host_is_ours(s, text + 7))) {
        problem_set(&s->problem, 403, "origin_wrong",
                    "requests of web pages from elsewhere are refused");
    }
}

static void check_token(struct session *s)
{
    char text[TOKEN_MAX + 32];
    int len = header(s, WSI_TOKEN_HTTP_AUTHORIZATION, text, sizeof(text));
    if (len == 0) {
        problem_set(&s->problem, 401, "token_missing",
                    "a token is needed: curl -H \"Authorization: Bearer $(cat %s)\" ...",
                    s->control->config.token_path);
    } else if (len < 8 || strncasecmp(text, "Bearer ", 7) != 0 ||
               !token_is(&s->control->token, text + 7, (size_t)len - 7)) {
        problem_set(
            &s->problem, 401, "token_wrong",
            "the token is not the one in %s, or not sent as 'Authorization: Bearer <token>'",
            s->control->config.token_path);
    }
    (void)str_copy(s->request.author, sizeof(s->request.author), "token");
}

static void check_peer(struct session *s)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    if (getsockopt(lws_get_socket_fd(s->wsi), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        (peer.uid != geteuid() && peer.uid != 0)) {
        problem_set(&s->problem, 403, "peer_wrong", "this socket serves its owner and root only");
        return;
    }
    (void)str_format(s->request.author, sizeof(s->request.author), "uid %u", (unsigned)peer.uid);
}

static enum method take_method(struct session *s)
{
    struct request *r = &s->request;
    char *uri = NULL;
    int len = 0;
    int number = lws_http_get_uri_and_method(s->wsi, &uri, &len);
    if (uri != NULL && str_copy_n(r->path, sizeof(r->path), uri, (size_t)len) != 0) {
        problem_set(&s->problem, 404, "path_unknown", "the path is too long to be one of ours");
    }
    r->head_only = number == LWSHUMETH_HEAD;
    switch (number) {
    case LWSHUMETH_GET:
    case LWSHUMETH_HEAD:
        return METHOD_GET;
    case LWSHUMETH_POST:
        return METHOD_POST;
    case LWSHUMETH_PATCH:
        return METHOD_PATCH;
    case LWSHUMETH_DELETE:
        return METHOD_DELETE;
    default:
        return METHOD_INVALID;
    }
}

static void find_route(struct session *s)
{
    struct request *r = &s->request;
    r->route = route_find(r->path, r->method, r->id, &s->allow);
    if (r->route != NULL && r->route->is_public) {
        return;
    }
    if (r->is_local) {
        check_peer(s);
    } else {
        check_token(s);
    }
    if (r->route == NULL && s->allow != 0) {
        problem_set(&s->problem, 405, "method_wrong",
                    "this path does not take that method; see Allow");
    } else if (r->route == NULL) {
        problem_set(&s->problem, 404, "path_unknown", "no such path; docs/control.md lists them");
    }
}

static void take_query(struct session *s)
{
    char argument[256];
    for (int i = 0; s->problem.status == 0; i++) {
        int len =
            lws_hdr_copy_fragment(s->wsi, argument, sizeof(argument), WSI_TOKEN_HTTP_URI_ARGS, i);
        if (len < 0) {
            if (len == -2) {
                problem_add(&s->problem, "?", "a parameter is too long");
            }
            break;
        }
        route_take_query(&s->request, argument, &s->problem);
    }
    if (s->problem.error_count > 0) {
        problem_set(&s->problem, 422, "bad_query", "%u mistake%s in the query; nothing was done",
                    s->problem.error_count, s->problem.error_count == 1 ? "" : "s");
    }
}

/* How long is the body? Only an honest decimal length is believed; the library would guess otherwise. */
static void take_length(struct session *s)
{
    char text[64];
    int64_t number = 0;
    if (header(s, WSI_TOKEN_HTTP_TRANSFER_ENCODING, text, sizeof(text)) != 0) {
        problem_set(&s->problem, 411, "length_missing",
                    "chunked bodies are not accepted; send Content-Length");
        return;
    }
    int len = header(s, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof(text));
    if (len == 0) {
        return;
    }
    for (int i = 0; i < len; i++) {
        if (isdigit((unsigned char)text[i]) == 0) {
            len = -1;
        }
    }
    if (len < 0 || str_to_i64(text, (size_t)len, &number) != 0) {
        problem_set(&s->problem, 400, "length_wrong", "Content-Length is not one number");
        return;
    }
    s->body_len = (size_t)number;
    s->body_expected = number > 0;
    if (s->body_len > BODY_MAX) {
        problem_set(&s->problem, 413, "body_too_large", "a body has at most %zu bytes", BODY_MAX);
    } else if (s->body_expected &&
               (s->request.method == METHOD_GET || s->request.method == METHOD_DELETE)) {
        problem_set(&s->problem, 400, "body_unexpected", "this method takes no body");
    }
}

static void check_type(struct session *s)
{
    char text[96];
    if (!s->body_expected || s->problem.status != 0) {
        return;
    }
    int len = header(s, WSI_TOKEN_HTTP_CONTENT_TYPE, text, sizeof(text));
    bool is_json = len >= 16 && strncasecmp(text, "application/json", 16) == 0 &&
                   (text[16] == '\0' || text[16] == ';' || text[16] == ' ');
    if (!is_json) {
        problem_set(&s->problem, 415, "type_wrong",
                    "the body must be JSON: add -H 'Content-Type: application/json'");
    }
}

static void take_key(struct session *s)
{
    struct request *r = &s->request;
    if (!custom(s, "idempotency-key:", r->key, sizeof(r->key))) {
        if (lws_hdr_custom_length(s->wsi, "idempotency-key:", 16) > 0) {
            problem_set(&s->problem, 400, "key_wrong",
                        "Idempotency-Key has at most 128 characters");
        }
    } else if (!is_visible(r->key)) {
        problem_set(&s->problem, 400, "key_wrong", "Idempotency-Key must be visible ASCII");
    }
}

static void reset(struct session *s, struct control *control, struct lws *wsi)
{
    wait_end(s);
    lws_sul_cancel(&s->deadline);
    text_release(&s->body);
    text_release(&s->page);
    memset(s, 0, sizeof(*s));
    s->control = control;
    s->wsi = wsi;
}

static int run(struct session *s)
{
    s->begun = true;
    if (s->problem.status == 0) {
        s->request.route->run(s);
    }
    if (s->wait != WAIT_NONE) {
        lws_sul_cancel(&s->deadline); /* from here on the wait has its own limit */
        lws_set_timeout(s->wsi, NO_PENDING_TIMEOUT, 0);
        s->held =
            true; /* a request behind this one waits in the socket, else the library spins on it */
        return lws_rx_flow_control(s->wsi, 0) != 0 ? -1 : 0;
    }
    return send_answer(s);
}

static int on_head(struct session *s, struct control *control, struct lws *wsi)
{
    reset(s, control, wsi);
    control->requests++;
    s->request.is_local = lws_get_vhost(wsi) == control->local;
    arm(s);
    take_request_id(s);
    s->request.method = take_method(s);
    take_length(s);
    if (!s->request.is_local) {
        check_host(s);
    }
    if (s->problem.status == 0 || s->problem.status == 413) {
        struct problem large = s->problem;
        memset(&s->problem, 0, sizeof(s->problem));
        find_route(s);
        if (s->problem.status == 0 && large.status != 0) {
            s->problem = large;
        }
    }
    if (s->problem.status == 0) {
        take_query(s);
        check_type(s);
        take_key(s);
    }
    if (s->body_expected && s->body_len <= BODY_MAX) {
        return 0; /* the answer, also a refusal, follows the body */
    }
    return run(s);
}

/* ---- body ---- */

static int on_body(struct session *s, const char *bytes, size_t len)
{
    s->body_got += len;
    if (s->body_got > SWALLOW_MAX) {
        return -1;
    }
    if (s->problem.status == 0 && !s->answered && s->body.len + len <= BODY_MAX) {
        text_add_n(&s->body, bytes, len);
    }
    return 0;
}

/* The library tells the end of a body again whenever more bytes arrive before the answer: a request runs once. */
static int on_body_end(struct session *s)
{
    if (s->wait != WAIT_NONE) {
        return 0;
    }
    if (s->answered) {
        return -1;
    }
    if (s->begun) {
        return send_answer(s);
    }
    if (s->body.status != 0) {
        problem_set(&s->problem, 503, "no_memory", "out of memory");
    }
    return run(s);
}

/* ---- connections ---- */

static void on_close(struct session *s)
{
    if (s->control == NULL) {
        return;
    }
    wait_end(s);
    lws_sul_cancel(&s->deadline);
    text_release(&s->body);
    text_release(&s->page);
    s->control = NULL;
}

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t len)
{
    struct session *s = user;
    struct control *control = lws_context_user(lws_get_context(wsi));
    switch ((int)reason) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
        return control->connections >= CONNECTIONS_MAX ? -1 : 0;
    case LWS_CALLBACK_WSI_CREATE:
        control->connections++;
        return 0;
    case LWS_CALLBACK_HTTP:
        return on_head(s, control, wsi);
    case LWS_CALLBACK_HTTP_BODY:
        return s->control == NULL ? -1 : on_body(s, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return s->control == NULL ? -1 : on_body_end(s);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return s == NULL || s->control == NULL || s->answered || s->wait != WAIT_NONE ||
                       (s->body_expected && s->body_got < s->body_len)
                   ? 0
                   : send_answer(s);
    case LWS_CALLBACK_WSI_DESTROY: /* also of connections that never became a request, and of the ports at the end */
        if (control->connections > 0) {
            control->connections--;
        }
        if (s != NULL) {
            on_close(s);
        }
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: /* h2c, websocket, anything */
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
    case LWS_CALLBACK_RAW_ADOPT: /* CONNECT */
    case LWS_CALLBACK_RAW_CONNECTED:
    case LWS_CALLBACK_RAW_RX:
        return -1;
    default:
        return 0;
    }
}
