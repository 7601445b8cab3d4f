/* Any bytes as what a client of sofia-venue's Kraken dialect may send, behind the signature: bodies of every private
 * call, queries, frames of both sockets. Whatever comes, each is answered and no money is made or lost.
 *
 * Input: lines. The first byte says what the rest is: 'f' "Method form", 'j' "Method {json}", 'q' what follows
 * /0/public/, 'm' a frame on the public socket, 'u' one on the private socket, 't' lets six seconds pass. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "venue/kraken/kraken.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define START_NS 1767225600000000000
#define PUBLIC 1
#define PRIVATE 2

struct desk {
    struct venue *v;
    struct vn_key *key;
    int64_t now_ns;
    char token[VK_TOKEN];
};

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void drain(struct desk *d)
{
    struct venue_output out;
    while (venue_poll(d->v, d->now_ns, &out)) {
        if (out.kind == VENUE_OUT_WS && out.opcode == VENUE_WS_TEXT) {
            struct vn_json *root = vn_json_parse(out.body, out.body_len);
            must(root != NULL);
            vn_json_free(root);
        }
    }
}

static void open_desk(struct desk *d)
{
    struct venue_config config;
    struct venue_key key = {.account = "me",
                            .dialect = "kraken",
                            .api_key = "key",
                            .secret = "c2VjcmV0",
                            .permissions = VENUE_MAY_ALL};
    venue_config_init(&config);
    config.start_ns = START_NS;
    config.symbols = "BTCUSD,NICKELUSDT";
    config.makers = false; /* they cost more than all the rest */
    d->v = venue_new(&config);
    d->now_ns = START_NS;
    must(venue_account_add(d->v, "me", "BTC=10,USD=1000000,USDT=1000,NICKEL=100") == 0);
    must(venue_key_add(d->v, &key) == 0);
    d->key = vn_key_find(d->v, VN_KRAKEN, "key");
    d->key->own = vn_alloc(sizeof(struct vk_mark));
    must(venue_fault(d->v, d->now_ns, "{\"kind\":\"tier\",\"tier\":\"none\"}") == 0);
    must(venue_ws_open(d->v, d->now_ns, PUBLIC, "/v2") == 0);
    must(venue_ws_open(d->v, d->now_ns, PRIVATE, "/auth/v2") == 0);
    struct vk_call call = {.v = d->v, .now_ns = d->now_ns, .key = d->key};
    vk_do_token(&call);
    snprintf(d->token, sizeof(d->token), "%s", vk_of(d->v)->tokens->text);
    vn_text_release(&call.out);
}

/* A private call behind its gate. */
static void call(struct desk *d, const char *line, bool json)
{
    char path[64];
    size_t len = strcspn(line, " ");
    snprintf(path, sizeof(path), "/0/private/%.*s", len > 40 ? 40 : (int)len, line);
    const struct vk_route *route = vk_route_find(path);
    const char *body = line + len + (line[len] == ' ');
    struct vk_call c = {.v = d->v, .now_ns = d->now_ns, .key = d->key};
    if (route == NULL) {
        return;
    }
    if (json) {
        c.args.root = vn_json_parse(body, strlen(body));
        c.args.json = c.args.root;
    } else {
        vn_params_parse(&c.args.form, "", 0, body, strlen(body));
    }
    if (!json || (c.args.root != NULL && c.args.root->kind == VN_JSON_OBJECT)) {
        route->handler(&c);
        must(c.error[0] != '\0' || c.out.len > 0);
    }
    vn_json_free(c.args.root);
    vn_params_release(&c.args.form);
    vn_text_release(&c.out);
}

static void query(struct desk *d, const char *line)
{
    struct vn_text target = {0};
    vn_text_addf(&target, "/0/public/%s", line);
    struct venue_request request = {
        .conn = 9, .method = "GET", .target = target.data, .body = "", .headers = NULL};
    must(venue_http(d->v, d->now_ns, &request) == 0);
    vn_text_release(&target);
}

/* "TOKEN" in a frame becomes one that lives. */
static void frame(struct desk *d, uint64_t conn, const char *line)
{
    struct vn_text text = {0};
    const char *at = strstr(line, "TOKEN");
    vn_text_add_n(&text, line, at == NULL ? strlen(line) : (size_t)(at - line));
    vn_text_add(&text, at == NULL ? "" : d->token);
    vn_text_add(&text, at == NULL ? "" : at + 5);
    venue_ws_recv(d->v, d->now_ns, conn, VENUE_WS_TEXT, text.data == NULL ? "" : text.data,
                  text.len);
    vn_text_release(&text);
}

static void take(struct desk *d, const char *line)
{
    if (line[0] == 'f' || line[0] == 'j') {
        call(d, line + 1, line[0] == 'j');
    } else if (line[0] == 'q') {
        query(d, line + 1);
    } else if (line[0] == 'm' || line[0] == 'u') {
        frame(d, line[0] == 'm' ? PUBLIC : PRIVATE, line + 1);
    } else if (line[0] == 't') {
        d->now_ns += 6 * VN_SECOND;
        venue_step(d->v, d->now_ns);
    }
    drain(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct desk d = {0};
    char *text = vn_copy((const char *)data, size);
    open_desk(&d);
    for (char *line = text; line < text + size;) {
        size_t len = strcspn(line, "\n");
        line[len] = '\0';
        take(&d, line);
        line += len + 1;
    }
    must(strstr(venue_ledger(d.v), "\"conserved\":false") == NULL);
    venue_free(d.v);
    free(text);
    return 0;
}
