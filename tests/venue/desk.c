#include "desk.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct venue_config desk_config(void)
{
    struct venue_config c;
    venue_config_init(&c);
    c.start_ns = DESK_START_NS;
    c.makers = false;
    c.shuffle = false;
    return c;
}

static void account(struct desk *d, const char *name, const char *key, const char *secret)
{
    cr_assert_eq(
        venue_account_add(d->v, name,
                          "BTC=100,ETH=1000,BNB=1000,USDT=10000000,NICKEL=1000,SHIB=100000000,"
                          "WHOLE=100000,这是测试币456=100000"),
        0);
    struct venue_key wanted = {
        .account = name, .api_key = key, .secret = secret, .permissions = VENUE_MAY_ALL};
    cr_assert_eq(venue_key_add(d->v, &wanted), 0);
}

void desk_open(struct desk *d, const struct venue_config *config)
{
    struct venue_config own = desk_config();
    memset(d, 0, sizeof(*d));
    d->v = venue_new(config == NULL ? &own : config);
    cr_assert_not_null(d->v);
    d->now_ns = DESK_START_NS + 1234 * MS;
    account(d, "alice", "alice", "sa");
    account(d, "bob", "bob", "sb");
    account(d, "doc", DOC_KEY, DOC_SECRET);
    struct venue_key ed = {.account = "alice",
                           .api_key = "edkey",
                           .public_pem = ED_PUBLIC_PEM,
                           .permissions = VENUE_MAY_ALL};
    cr_assert_eq(venue_key_add(d->v, &ed), 0);
    struct venue_key reader = {
        .account = "alice", .api_key = "reader", .secret = "sr", .permissions = VENUE_MAY_READ};
    cr_assert_eq(venue_key_add(d->v, &reader), 0);
}

static void frame_free(struct frame *f)
{
    free(f->text);
    free(f);
}

void desk_close(struct desk *d)
{
    while (d->frames != NULL) {
        struct frame *next = d->frames->next;
        frame_free(d->frames);
        d->frames = next;
    }
    for (size_t i = 0; i < 64; i++) {
        free(d->answers[i].body);
    }
    d->v = venue_free(d->v);
}

/* ---- outputs ---- */

static void keep_answer(struct desk *d, const struct venue_output *out)
{
    struct answer *a = &d->answers[out->conn % 64];
    free(a->body);
    memset(a, 0, sizeof(*a));
    a->kind = out->kind;
    a->status = out->status;
    a->body = vn_copy(out->body, out->body_len);
    a->body_len = out->body_len;
    a->send_len = out->send_len;
    a->at_ns = d->now_ns;
    snprintf(a->content_type, sizeof(a->content_type), "%s", out->content_type);
    for (size_t i = 0; i < out->header_count; i++) {
        size_t n = strlen(a->headers);
        snprintf(a->headers + n, sizeof(a->headers) - n, "%s: %s\n", out->headers[i].name,
                 out->headers[i].value);
    }
    const char *code = json_at(a->body, "code");
    a->code = code == NULL ? 0 : (int)strtol(code, NULL, 10);
}

static void keep_frame(struct desk *d, const struct venue_output *out)
{
    struct frame *f = vn_alloc(sizeof(*f));
    f->conn = out->conn;
    f->kind = out->kind;
    f->opcode = out->opcode;
    f->close_code = out->close_code;
    f->cut = out->send_len < out->body_len;
    f->text = vn_copy(out->body, out->send_len);
    struct frame **at = &d->frames;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = f;
}

#define WS_CONN 1000000u /* WebSocket connections are numbered from here */

static void collect(struct desk *d)
{
    struct venue_output out;
    while (venue_poll(d->v, d->now_ns, &out)) {
        if (out.conn >= WS_CONN) {
            keep_frame(d, &out);
        } else {
            keep_answer(d, &out);
        }
    }
}

void desk_pass(struct desk *d, int64_t ns)
{
    d->now_ns += ns;
    venue_step(d->v, d->now_ns);
    collect(d);
}

/* ---- HTTP ---- */

struct answer *desk_raw(struct desk *d, const char *method, const char *target, const char *key,
                        const char *body)
{
    struct venue_header header = {"X-MBX-APIKEY", key};
    return desk_send(d, method, target, &header, key == NULL ? 0 : 1, body);
}

struct answer *desk_send(struct desk *d, const char *method, const char *target,
                         const struct venue_header *headers, size_t count, const char *body)
{
    struct venue_request r = {.conn = ++d->next_conn,
                              .method = method,
                              .target = target,
                              .headers = headers,
                              .header_count = count,
                              .body = body,
                              .body_len = body == NULL ? 0 : strlen(body)};
    struct answer *a = &d->answers[r.conn % 64];
    free(a->body);
    memset(a, 0, sizeof(*a));
    a->body = vn_alloc(1);
    cr_assert_eq(venue_http(d->v, d->now_ns, &r), 0);
    collect(d);
    return a;
}

struct answer *desk_get(struct desk *d, const char *target)
{
    return desk_raw(d, "GET", target, NULL, NULL);
}

const char *desk_secret(const char *who)
{
    return strcmp(who, "alice") == 0    ? "sa"
           : strcmp(who, "bob") == 0    ? "sb"
           : strcmp(who, "reader") == 0 ? "sr"
                                        : DOC_SECRET;
}

static const char *key_of(const char *who)
{
    return strcmp(who, "doc") == 0 ? DOC_KEY : who;
}

void desk_hmac(const char *secret, const char *payload, char ret_hex[65])
{
    unsigned char digest[32];
    unsigned int len = 0;
    HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)payload, strlen(payload),
         digest, &len);
    for (unsigned i = 0; i < 32; i++) {
        snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
    }
}

struct answer *desk_signed(struct desk *d, const char *who, const char *method, const char *path,
                           const char *params)
{
    struct vn_text text = {0};
    char hex[65];
    vn_text_addf(&text, "%s%stimestamp=%lld", params, params[0] == '\0' ? "" : "&",
                 (long long)(d->now_ns / MS));
    desk_hmac(desk_secret(who), text.data, hex);
    vn_text_addf(&text, "&signature=%s", hex);
    bool in_query = strcmp(method, "GET") == 0 || strcmp(method, "DELETE") == 0;
    struct vn_text target = {0};
    vn_text_add(&target, path);
    if (in_query) {
        vn_text_addf(&target, "?%s", text.data);
    }
    struct answer *a = desk_raw(d, method, target.data, key_of(who), in_query ? NULL : text.data);
    vn_text_release(&text);
    vn_text_release(&target);
    return a;
}

struct answer *desk_post_admin(struct desk *d, const char *target, const char *json)
{
    return desk_raw(d, "POST", target, NULL, json);
}

uint64_t desk_place(struct desk *d, const char *who, const char *params)
{
    struct answer *a = desk_signed(d, who, "POST", "/api/v3/order", params);
    ACCEPTED(a);
    return strtoull(json_at(a->body, "orderId"), NULL, 10);
}

/* ---- JSON ---- */

static struct vn_json *last_json;

const char *json_at(const char *text, const char *path)
{
    vn_json_free(last_json);
    last_json = text == NULL ? NULL : vn_json_parse(text, strlen(text));
    const struct vn_json *node = last_json;
    while (node != NULL && *path != '\0') {
        size_t len = strcspn(path, ".");
        char name[64] = "";
        memcpy(name, path, len < sizeof(name) ? len : sizeof(name) - 1);
        path += len + (path[len] == '.');
        if (node->kind == VN_JSON_ARRAY) {
            long index = strtol(name, NULL, 10);
            for (node = node->child; node != NULL && index > 0; index--) {
                node = node->next;
            }
        } else {
            node = vn_json_get(node, name);
        }
    }
    return node == NULL ? NULL : node->text == NULL ? node->raw : node->text;
}

/* ---- WebSocket ---- */

uint64_t desk_ws(struct desk *d, const char *target)
{
    static uint64_t number;
    uint64_t conn = WS_CONN + ++number;
    cr_assert_eq(venue_ws_open(d->v, d->now_ns, conn, target), 0, "%s", venue_error(d->v));
    collect(d);
    return conn;
}

void desk_ws_text(struct desk *d, uint64_t conn, const char *text)
{
    venue_ws_recv(d->v, d->now_ns, conn, VENUE_WS_TEXT, text, strlen(text));
    collect(d);
}

char *desk_next(struct desk *d, uint64_t conn)
{
    for (struct frame **at = &d->frames; *at != NULL; at = &(*at)->next) {
        struct frame *f = *at;
        if (f->conn != conn || f->kind != VENUE_OUT_WS || f->opcode != VENUE_WS_TEXT || f->cut) {
            continue;
        }
        *at = f->next;
        char *text = f->text;
        free(f);
        return text;
    }
    return NULL;
}

char *desk_find(struct desk *d, uint64_t conn, const char *text)
{
    char *frame = desk_next(d, conn);
    while (frame != NULL && strstr(frame, text) == NULL) {
        free(frame);
        frame = desk_next(d, conn);
    }
    return frame;
}

void desk_drop_frames(struct desk *d, uint64_t conn)
{
    struct frame **at = &d->frames;
    while (*at != NULL) {
        struct frame *f = *at;
        if (f->conn == conn) {
            *at = f->next;
            frame_free(f);
        } else {
            at = &f->next;
        }
    }
}

bool desk_is_closed(struct desk *d, uint64_t conn)
{
    for (const struct frame *f = d->frames; f != NULL; f = f->next) {
        if (f->conn == conn &&
            (f->kind == VENUE_OUT_CLOSE || f->opcode == VENUE_WS_CLOSE || f->cut)) {
            return true;
        }
    }
    return false;
}

static int by_text(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;
    return strcmp(*x, *y);
}

/* params: "a=1&b=2". Every value is sent as a JSON string, except numbers of the session. */
void desk_ws_signed(struct desk *d, uint64_t conn, const char *who, const char *id,
                    const char *method, const char *params)
{
    struct vn_text all = {0};
    char *pairs[64];
    size_t count = 0;
    vn_text_addf(&all, "%s%sapiKey=%s&timestamp=%lld", params, params[0] == '\0' ? "" : "&",
                 key_of(who), (long long)(d->now_ns / MS));
    char *copy = vn_copy(all.data, all.len);
    for (char *at = copy; at != NULL && *at != '\0' && count < 64;) {
        char *next = strchr(at, '&');
        if (next != NULL) {
            *next++ = '\0';
        }
        pairs[count++] = at;
        at = next;
    }
    qsort(pairs, count, sizeof(pairs[0]), by_text);
    struct vn_text payload = {0};
    struct vn_text json = {0};
    for (size_t i = 0; i < count; i++) {
        char *equals = strchr(pairs[i], '=');
        vn_text_addf(&payload, "%s%s", i == 0 ? "" : "&", pairs[i]);
        vn_text_addf(&json, "\"%.*s\":\"%s\",", (int)(equals - pairs[i]), pairs[i], equals + 1);
    }
    char hex[65];
    desk_hmac(desk_secret(who), payload.data, hex);
    vn_text_clear(&all);
    vn_text_addf(&all, "{\"id\":%s,\"method\":\"%s\",\"params\":{%s\"signature\":\"%s\"}}", id,
                 method, json.data, hex);
    desk_ws_text(d, conn, all.data);
    vn_text_release(&all);
    vn_text_release(&payload);
    vn_text_release(&json);
    free(copy);
}

uint64_t desk_user_stream(struct desk *d, const char *who)
{
    uint64_t conn = desk_ws(d, "/ws-api/v3");
    desk_ws_signed(d, conn, who, "\"s\"", "userDataStream.subscribe.signature", "");
    char *reply = desk_next(d, conn);
    IS(reply, "status", "200");
    free(reply);
    return conn;
}

size_t desk_break(struct vn_random *r, char *text, size_t len, size_t cap)
{
    uint64_t changes = 1 + vn_random_below(r, 4);
    for (uint64_t i = 0; i < changes && len > 0; i++) {
        size_t at = vn_random_below(r, len);
        switch (vn_random_below(r, 4)) {
        case 0:
            text[at] = (char)(1 + vn_random_below(r, 255));
            break;
        case 1:
            memmove(text + at, text + at + 1, len - at - 1);
            len--;
            break;
        case 2:
            if (len + 1 < cap) {
                memmove(text + at + 1, text + at, len - at);
                len++;
            }
            break;
        default:
            len -= vn_random_below(r, 8) == 0 ? len - at : 0;
            break;
        }
    }
    text[len] = '\0';
    return len;
}
