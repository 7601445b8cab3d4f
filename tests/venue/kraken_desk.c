#include "kraken_desk.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPOSITS "BTC=100,ETH=1000,USD=10000000,USDT=100000,DOGE=100000,NICKEL=1000"

static void add_key(struct desk *d, const char *account, const char *name, uint32_t permissions,
                    uint64_t window)
{
    struct venue_key key = {.account = account,
                            .dialect = "kraken",
                            .api_key = name,
                            .secret = KRAKEN_SECRET,
                            .permissions = permissions,
                            .nonce_window = window};
    cr_assert_eq(venue_key_add(d->v, &key), 0, "%s", venue_error(d->v));
}

void kraken_open(struct desk *d)
{
    struct venue_config config = desk_config();
    config.symbols = "BTCUSD,ETHUSD,DOGEUSD,ETHBTC,NICKELUSDT,BTCUSDT";
    desk_open(d, &config);
    cr_assert_eq(venue_account_add(d->v, "kate", DEPOSITS), 0);
    cr_assert_eq(venue_account_add(d->v, "luke", DEPOSITS), 0);
    add_key(d, "kate", "kate", VENUE_MAY_ALL, 0);
    add_key(d, "luke", "luke", VENUE_MAY_ALL, 0);
    add_key(d, "kate", "readonly", VENUE_MAY_READ, 0);
    add_key(d, "kate", "window", VENUE_MAY_ALL, 10);
    kraken_fault(d, "{\"kind\":\"tier\",\"tier\":\"none\"}");
}

void kraken_sign(const char *path, const char *nonce, const char *body, char ret_signature[89])
{
    unsigned char secret[96];
    unsigned char message[256];
    unsigned char mac[64];
    unsigned mac_len = 0;
    struct vn_text inner = {0};
    vn_text_add(&inner, nonce);
    vn_text_add(&inner, body);
    size_t path_len = strlen(path);
    memcpy(message, path, path_len);
    SHA256((const unsigned char *)inner.data, inner.len, message + path_len);
    vn_text_release(&inner);
    EVP_DecodeBlock(secret, (const unsigned char *)KRAKEN_SECRET, (int)strlen(KRAKEN_SECRET));
    HMAC(EVP_sha512(), secret, 64, message, path_len + 32, mac, &mac_len);
    EVP_EncodeBlock((unsigned char *)ret_signature, mac, 64);
}

struct answer *kraken_send(struct desk *d, const struct kraken_call *call)
{
    char nonce[24];
    char path[96];
    char signature[89];
    struct vn_text body = {0};
    snprintf(nonce, sizeof(nonce), "%llu", (unsigned long long)(1700000000000000000 + ++d->ticket));
    const char *number = call->nonce == NULL ? nonce : call->nonce;
    snprintf(path, sizeof(path), "/0/private/%s", call->method);
    const char *rest = call->body == NULL ? "" : call->body;
    if (call->json) {
        vn_text_addf(&body, "{\"nonce\":\"%s\"%s%s}", number, rest[0] == '\0' ? "" : ",", rest);
    } else if (number[0] == '\0') {
        vn_text_add(&body, rest);
    } else {
        vn_text_addf(&body, "nonce=%s%s%s", number, rest[0] == '\0' ? "" : "&", rest);
    }
    kraken_sign(path, call->signed_nonce == NULL ? number : call->signed_nonce,
                body.data == NULL ? "" : body.data, signature);
    struct venue_header headers[] = {
        {"API-Sign", call->signature == NULL ? signature : call->signature},
        {"Content-Type",
         call->json ? "application/json" : "application/x-www-form-urlencoded; charset=utf-8"},
        {"API-Key", call->key}};
    struct answer *a = desk_send(d, "POST", path, headers, call->key == NULL ? 2 : 3,
                                 body.data == NULL ? "" : body.data);
    vn_text_release(&body);
    return a;
}

struct answer *kraken(struct desk *d, const char *key, const char *method, const char *body)
{
    struct kraken_call call = {.key = key, .method = method, .body = body};
    return kraken_send(d, &call);
}

struct answer *kraken_public(struct desk *d, const char *method_and_query)
{
    char target[256];
    snprintf(target, sizeof(target), "/0/public/%s", method_and_query);
    return desk_get(d, target);
}

void kraken_fault(struct desk *d, const char *json)
{
    ACCEPTED(desk_post_admin(d, "/_fault", json));
}

static char last_id[64];

static const char *keep(const char *text)
{
    cr_assert_not_null(text);
    snprintf(last_id, sizeof(last_id), "%s", text);
    return last_id;
}

const char *kraken_place(struct desk *d, const char *key, const char *body)
{
    const struct answer *a = kraken(d, key, "AddOrder", body);
    KRAKEN_FINE(a);
    return keep(json_at(a->body, "result.txid.0"));
}

void kraken_order_is(struct desk *d, const char *key, const char *txid, const char *member,
                     const char *want)
{
    char body[96];
    char path[128];
    snprintf(body, sizeof(body), "txid=%s", txid);
    snprintf(path, sizeof(path), "result.%s.%s", txid, member);
    const struct answer *a = kraken(d, key, "QueryOrders", body);
    KRAKEN_FINE(a);
    IS(a->body, path, want);
}

const char *kraken_token(struct desk *d, const char *key)
{
    const struct answer *a = kraken(d, key, "GetWebSocketsToken", "");
    KRAKEN_FINE(a);
    return keep(json_at(a->body, "result.token"));
}

uint64_t kraken_stream(struct desk *d, const char *key, const char *channel)
{
    char text[256];
    uint64_t conn = desk_ws(d, "/auth/v2");
    snprintf(text, sizeof(text),
             "{\"method\":\"subscribe\",\"params\":{\"channel\":\"%s\",\"snap_orders\":true,"
             "\"snap_trades\":false,\"token\":\"%s\"}}",
             channel, kraken_token(d, key));
    desk_ws_text(d, conn, text);
    char *frame = desk_find(d, conn, "\"snapshot\",\"data\"");
    cr_assert_not_null(frame);
    free(frame);
    return conn;
}

char *kraken_method(struct desk *d, uint64_t conn, const char *key, const char *method,
                    const char *params)
{
    char text[1024];
    snprintf(text, sizeof(text),
             "{\"method\":\"%s\",\"params\":{%s%s\"token\":\"%s\"},\"req_id\":7}", method, params,
             params[0] == '\0' ? "" : ",", kraken_token(d, key));
    desk_ws_text(d, conn, text);
    return desk_find(d, conn, "\"req_id\":7");
}

void kraken_check_ledger(struct desk *d)
{
    const struct answer *a = desk_get(d, "/_ledger");
    cr_assert_null(strstr(a->body, "\"conserved\":false"), "%s", a->body);
}
