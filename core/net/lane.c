#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "net/real.h"
#include "net/trust.h"

#include "base/banned.h"

enum { WARM_RETRY_FIRST_MS = 100, WARM_RETRY_LONGEST_MS = 10000 };

static void make_hot(struct lane *lane)
{
    if (!lane->hot) {
        lane->hot = true;
        lane->hot_next = lane->real->hot;
        lane->real->hot = lane;
    }
}

void lane_run_curl(struct lane *lane, curl_socket_t fd, int events)
{
    int running = 0;

    lane->in_curl = true;
    (void)curl_multi_socket_action(lane->multi, fd, events, &running);
    lane->in_curl = false;
    make_hot(lane);
}

static void on_timer(uv_timer_t *timer)
{
    struct lane *lane = timer->data;

    lane_run_curl(lane, CURL_SOCKET_TIMEOUT, 0);
    real_drain(lane->real);
}

static int on_timer_wish(CURLM *multi, long timeout_ms, void *ctx)
{
    struct lane *lane = ctx;

    (void)multi;
    if (timeout_ms < 0) {
        (void)uv_timer_stop(&lane->timer);
    } else {
        uv_update_time(&lane->real->loop);
        (void)uv_timer_start(&lane->timer, on_timer, (uint64_t)timeout_ms, 0);
    }
    return 0;
}

/* ---- what libcurl asks while it sends ---- */

static bool may_go_on(struct request *request)
{
    if (request->asked.still_allowed != NULL && !request->asked.still_allowed(request->asked.ctx)) {
        request->refused = true;
        return false;
    }
    return true;
}

/* The connection stands and nothing of this attempt has left. A second attempt of what may not be
 * repeated ends here; the seek that fails below would end it too, but only if libcurl remembers to
 * rewind. */
static int on_connected(void *ctx, char *peer, char *local, int peer_port, int local_port)
{
    struct lane *lane = ctx;
    struct request *request = lane->active;

    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    if (request == NULL || request->abandoned) {
        return CURL_PREREQFUNC_ABORT;
    }
    if (request->body_begun && !request->asked.resend_safe) {
        request->repeated = true;
        return CURL_PREREQFUNC_ABORT;
    }
    if (!may_go_on(request)) {
        return CURL_PREREQFUNC_ABORT;
    }
    request->begun = true;
    if (!request->draft.has_body) {
        request->sent_mono_ns = net_mono_ns(&lane->real->base);
    }
    return CURL_PREREQFUNC_OK;
}

static size_t on_read(char *buffer, size_t size, size_t count, void *ctx)
{
    struct lane *lane = ctx;
    struct request *request = lane->active;
    size_t left = lane->wire.body_len - lane->body_at;
    size_t len = size * count < left ? size * count : left;

    if (request == NULL || request->abandoned || (!request->body_begun && !may_go_on(request))) {
        return CURL_READFUNC_ABORT;
    }
    if (len > 0) {
        request->body_begun = true;
        memcpy(buffer, lane->wire.body + lane->body_at, len);
        lane->body_at += len;
    }
    if (lane->body_at == lane->wire.body_len) {
        request->sent_mono_ns = net_mono_ns(&lane->real->base);
    }
    return len;
}

static int on_seek(void *ctx, curl_off_t offset, int origin)
{
    struct lane *lane = ctx;
    struct request *request = lane->active;

    if (request == NULL || origin != SEEK_SET || offset != 0) {
        return CURL_SEEKFUNC_FAIL;
    }
    if (request->body_begun && !request->asked.resend_safe) {
        request->repeated = true;
        return CURL_SEEKFUNC_FAIL;
    }
    lane->body_at = 0;
    return CURL_SEEKFUNC_OK;
}

static CURLcode on_tls(CURL *easy, void *context, void *ctx)
{
    struct lane *lane = ctx;

    (void)easy;
    SSL_CTX_set1_cert_store(context, lane->group->route->origin->trust->store);
    return CURLE_OK;
}

/* ---- one request ---- */

static void set_headers(struct lane *lane, bool has_body)
{
    static char no_expect[] = "Expect:"; /* else libcurl may wait a second before a long body */
    static char no_accept[] = "Accept:";
    struct curl_slist *nodes = lane->header_nodes;
    uint32_t count = 0;

    for (uint32_t i = 0; i < lane->wire.header_count; i++) {
        nodes[count++].data = lane->wire.headers[i];
    }
    nodes[count++].data = no_accept;
    if (has_body) {
        nodes[count++].data = no_expect;
    }
    for (uint32_t i = 0; i < count; i++) {
        nodes[i].next = i + 1 < count ? &nodes[i + 1] : NULL;
    }
    (void)curl_easy_setopt(lane->easy, CURLOPT_HTTPHEADER, nodes);
}

static int set_request(struct lane *lane, const struct request *request, int64_t left_ms)
{
    CURL *easy = lane->easy;
    bool has_body = request->draft.has_body;
    bool is_plain = strcmp(request->method, has_body ? "POST" : "GET") == 0;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, lane->wire.target);

    if (code == CURLE_OK) {
        code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, is_plain ? NULL : request->method);
    }
    if (code != CURLE_OK) {
        return error_set(ERR_NOMEM, "libcurl: %s", curl_easy_strerror(code));
    }
    (void)curl_easy_setopt(easy, has_body ? CURLOPT_POST : CURLOPT_HTTPGET, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                           has_body ? (curl_off_t)lane->wire.body_len : (curl_off_t)-1);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECT_TO, &lane->group->route->connect_to);
    set_headers(lane, has_body);
    return 0;
}

/* Takes the request or completes it with NOT_SENT; never fails otherwise. */
int lane_start(struct lane *lane, struct request *request)
{
    struct real *real = lane->real;
    int64_t left_ms = (request->deadline_mono_ns - net_mono_ns(&real->base)) / CLOCK_NS_PER_MS;
    int status = 0;

    (void)uv_timer_stop(&lane->warm);
    if (left_ms <= 0) {
        status = error_set(ERR_TIMEOUT, "timed out before a connection was free");
    }
    if (status == 0) {
        status = draft_render(&request->draft, &real->base.config,
                              lane->group->route->origin->prefix, &lane->wire);
    }
    if (status == 0) {
        status = set_request(lane, request, left_ms);
    }
    lane->body_at = 0;
    lane->error[0] = '\0';
    lane->paused = false;
    if (status == 0 && curl_multi_add_handle(lane->multi, lane->easy) != CURLM_OK) {
        status = error_set(ERR_IO, "libcurl takes no request");
    }
    if (status < 0) {
        wire_clear(&lane->wire);
        net_text_set(request->text, "%s", error_message());
        http_complete(request, NET_NOT_SENT);
        return status;
    }
    request->state = REQUEST_ACTIVE;
    request->lane = lane;
    lane->active = request;
    return 0;
}

void lane_kick(struct lane *lane)
{
    lane_run_curl(lane, CURL_SOCKET_TIMEOUT, 0);
}

static const char *reason_of(const struct lane *lane, const struct request *request, CURLcode code)
{
    if (request->refused) {
        return "no longer allowed when it was about to leave";
    }
    if (request->repeated) {
        return "the connection broke without an answer; not sent again";
    }
    if (request->too_large) {
        return "the answer is larger than allowed";
    }
    if (code == CURLE_OK) {
        return "the answer has neither length nor chunks: its end is not proven";
    }
    return lane->error[0] != '\0' ? lane->error : curl_easy_strerror(code);
}

static enum net_outcome unanswered(const struct request *request)
{
    bool may_have_left = request->draft.has_body ? request->body_begun : request->begun;

    return may_have_left ? NET_IN_DOUBT : NET_NOT_SENT;
}

/* The lane is free again; its connection, if it still stands, is watched. */
static void let_go(struct lane *lane)
{
    (void)curl_multi_remove_handle(lane->multi, lane->easy);
    lane->active = NULL;
    lane->paused = false;
    wire_clear(&lane->wire);
    for (struct conn *conn = lane->conns; conn != NULL; conn = conn->next) {
        conn_watch_idle(conn);
    }
}

/* At once after the first failure, then 200 ms, 400 ms ... */
uint64_t lane_retry_ms(uint32_t failures)
{
    uint32_t shift = failures < 7 ? failures : 7;
    uint64_t delay_ms = failures == 0 ? 0 : (uint64_t)WARM_RETRY_FIRST_MS << shift;

    return delay_ms < WARM_RETRY_LONGEST_MS ? delay_ms : WARM_RETRY_LONGEST_MS;
}

static void after_request(struct lane *lane, const struct request *request)
{
    bool is_alive = lane->conns != NULL && !lane->conns->dead;
    uint32_t every_ms = lane->group->route->origin->warm_every_ms;

    if (request->outcome == NET_OK && is_alive) {
        lane->conns->proven = true;
        lane->conns->used_mono_ns = request->done_mono_ns;
        lane->failures = 0;
        /* Not all at the same moment: each lane of a group a little earlier than the one before. */
        lane_warm_after(lane, every_ms - every_ms / 4 * lane->index / GROUP_LANES);
        return;
    }
    lane_warm_after(lane, lane_retry_ms(lane->failures));
    lane->failures++;
}

static void finish(struct lane *lane, CURLcode code)
{
    struct request *request = lane->active;
    enum net_outcome outcome = NET_OK;
    bool never_connected = !request->begun && code != CURLE_OK && !request->refused;

    if (code != CURLE_OK || (!request->asked.resend_safe && !answer_end_is_proven(request))) {
        outcome = unanswered(request);
        net_text_set(request->text, "%s", reason_of(lane, request, code));
    }
    let_go(lane);
    http_complete(request, outcome);
    after_request(lane, request);
    if (never_connected) {
        route_resolve(lane->group->route); /* perhaps it moved */
    }
    http_pump(lane->group);
}

void lane_collect(struct lane *lane)
{
    CURLMsg *message = NULL;
    int left = 0;

    if (lane->paused && lane->active != NULL) {
        lane->paused = false;
        lane->in_curl = true;
        (void)curl_easy_pause(lane->easy, CURLPAUSE_CONT);
        lane->in_curl = false;
        lane_run_curl(lane, CURL_SOCKET_TIMEOUT, 0);
        return; /* hot again */
    }
    while ((message = curl_multi_info_read(lane->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE && lane->active != NULL) {
            finish(lane, message->data.result);
            return; /* a new request may be on its way */
        }
    }
    if (lane->active != NULL && lane->active->abandoned) {
        lane_abort(lane);
    }
}

/* From outside libcurl only. The connection goes with the request: its answer may still come. */
void lane_abort(struct lane *lane)
{
    struct request *request = lane->active;

    let_go(lane);
    http_complete(request, unanswered(request));
    after_request(lane, request);
    http_pump(lane->group);
}

bool lane_is_ready(struct lane *lane)
{
    struct conn *conn = lane->conns;

    if (lane->active != NULL || conn == NULL || conn->dead || !conn->proven) {
        return false;
    }
    return conn_is_quiet(conn);
}

/* ---- warmth ---- */

static void on_warm(uv_timer_t *timer)
{
    struct lane *lane = timer->data;

    if (lane->active == NULL && http_warm(lane) < 0) {
        lane_warm_after(lane, WARM_RETRY_LONGEST_MS);
    }
    real_drain(lane->real);
}

void lane_warm_after(struct lane *lane, uint64_t delay_ms)
{
    if (lane->index < lane->group->kept && !lane->real->base.closing) {
        uv_update_time(&lane->real->loop);
        (void)uv_timer_start(&lane->warm, on_warm, delay_ms, 0);
    }
}

/* ---- life ---- */

static void set_connection_options(struct lane *lane, const struct route *route)
{
    CURL *easy = lane->easy;

    (void)curl_easy_setopt(easy, CURLOPT_URL, route->url);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, route->origin->tls ? "https" : "http");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* else the environment steers */
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "sofia");
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                           (long)route->origin->connect_timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, lane->error);
    if (route->origin->tls) {
        (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
        (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
        (void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
        (void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, lane);
    }
}

static void set_functions(struct lane *lane)
{
    CURL *easy = lane->easy;

    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, conn_open);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, lane);
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, conn_close);
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, lane);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, lane);
    (void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    (void)curl_easy_setopt(easy, CURLOPT_READDATA, lane);
    (void)curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    (void)curl_easy_setopt(easy, CURLOPT_SEEKDATA, lane);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, answer_on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, lane);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, answer_on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, lane);
    (void)curl_multi_setopt(lane->multi, CURLMOPT_SOCKETFUNCTION, conn_want);
    (void)curl_multi_setopt(lane->multi, CURLMOPT_SOCKETDATA, lane);
    (void)curl_multi_setopt(lane->multi, CURLMOPT_TIMERFUNCTION, on_timer_wish);
    (void)curl_multi_setopt(lane->multi, CURLMOPT_TIMERDATA, lane);
    (void)curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, 1L);
}

int lane_new(struct group *group, struct lane **ret_lane)
{
    struct lane *lane = calloc(1, sizeof(*lane));

    if (lane == NULL) {
        return error_set(ERR_NOMEM, "no memory for a connection");
    }
    lane->real = group->route->real;
    lane->group = group;
    lane->index = group->count;
    lane->multi = curl_multi_init();
    lane->easy = curl_easy_init();
    if (lane->multi == NULL || lane->easy == NULL) {
        curl_easy_cleanup(lane->easy);
        (void)curl_multi_cleanup(lane->multi);
        free(lane);
        return error_set(ERR_NOMEM, "no memory for a connection");
    }
    (void)uv_timer_init(&lane->real->loop, &lane->timer);
    (void)uv_timer_init(&lane->real->loop, &lane->warm);
    lane->timer.data = lane;
    lane->warm.data = lane;
    set_connection_options(lane, group->route);
    set_functions(lane);
    *ret_lane = lane;
    return 0;
}

void lane_stop(struct lane *lane)
{
    if (lane->active != NULL) {
        lane_abort(lane);
    }
    curl_easy_cleanup(lane->easy);
    (void)curl_multi_cleanup(lane->multi); /* closes the connection */
    lane->easy = NULL;
    lane->multi = NULL;
    real_close_handle((uv_handle_t *)&lane->timer);
    real_close_handle((uv_handle_t *)&lane->warm);
}

struct lane *lane_free(struct lane *lane)
{
    if (lane != NULL) {
        wire_release(&lane->wire);
        free(lane);
    }
    return NULL;
}
