#include "coinbase_desk.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAROL_PUBLIC                                                                               \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvVdP/NC5dLEy/ZCGJq1Dylne7Grp\n"                           \
    "bNygpDUtcaPB8dGKilM3dREeW9t/KlISt3wW1+MDcYvrvdG3O4i4Cj6paA==\n"                               \
    "-----END PUBLIC KEY-----\n"
#define CAROL_PRIVATE                                                                              \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYLhkpll3kHadmG3m\n"                           \
    "p981NSas5N8u2wOxFROFI8ktq/uhRANCAAS9V0/80Ll0sTL9kIYmrUPKWd7sauls\n"                           \
    "3KCkNS1xo8Hx0YqKUzd1ER5b238qUhK3fBbX4wNxi+u90bc7iLgKPqlo\n"                                   \
    "-----END PRIVATE KEY-----\n"
#define DAVE_PUBLIC                                                                                \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"                           \
    "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"                               \
    "-----END PUBLIC KEY-----\n"
#define DAVE_PRIVATE                                                                               \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n"                           \
    "H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\n"                           \
    "7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\n"                                   \
    "-----END PRIVATE KEY-----\n"

struct person {
    const char *key;
    const char *account;
    uint32_t permissions;
    const char *public_pem;
    const char *private_pem;
    bool ed25519;
};

/* Published or made for these tests; they protect nothing. */
static const struct person people[] = {
    {"carol", "carol", VENUE_MAY_ALL, CAROL_PUBLIC, CAROL_PRIVATE, false},
    {"dave", "dave", VENUE_MAY_ALL, DAVE_PUBLIC, DAVE_PRIVATE, false},
    {"viewer", "carol", VENUE_MAY_READ, CAROL_PUBLIC, CAROL_PRIVATE, false},
    {"eddie", "carol", VENUE_MAY_ALL, ED_PUBLIC_PEM, ED_PRIVATE_PEM, true},
    {"mover", "carol", VENUE_MAY_ALL | VENUE_MAY_TRANSFER, CAROL_PUBLIC, CAROL_PRIVATE, false},
};

static const struct person *person_of(const char *key)
{
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        if (strcmp(people[i].key, key) == 0) {
            return &people[i];
        }
    }
    return &people[0];
}

/* ---- the venue ---- */

void coinbase_open_with(struct desk *d, struct venue_config config)
{
    static const char deposits[] = "BTC=10,ETH=100,USD=1000000,USDT=1000000,SHIB=100000000";
    config.symbols = "BTCUSD,ETHUSD,BTCUSDT,SHIBUSDT,NICKELUSDT";
    desk_open(d, &config);
    cr_assert_eq(venue_account_add(d->v, "carol", deposits), 0);
    cr_assert_eq(venue_account_add(d->v, "dave", deposits), 0);
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        struct venue_key key = {.account = people[i].account,
                                .dialect = "coinbase",
                                .api_key = people[i].key,
                                .public_pem = people[i].public_pem,
                                .permissions = people[i].permissions};
        cr_assert_eq(venue_key_add(d->v, &key), 0, "%s", venue_error(d->v));
    }
    cr_assert_eq(venue_fault(d->v, d->now_ns,
                             "{\"kind\":\"coinbase_mode\",\"private_per_s\":1000,"
                             "\"public_per_s\":1000}"),
                 0);
}

void coinbase_open(struct desk *d)
{
    coinbase_open_with(d, desk_config());
}

/* ---- tokens ---- */

static void add_base64url(struct vn_text *out, const void *bytes, size_t len)
{
    unsigned char *text = vn_alloc(4 * (len / 3 + 2));
    EVP_EncodeBlock(text, bytes, (int)len);
    for (unsigned char *p = text; *p != '\0' && *p != '='; p++) {
        vn_text_add_char(out, *p == '+' ? '-' : *p == '/' ? '_' : (char)*p);
    }
    free(text);
}

static void add_json(struct vn_text *out, const struct vn_text *json)
{
    add_base64url(out, json->data, json->len);
}

static size_t raw_of(const unsigned char *der, size_t len, unsigned char *ret_raw)
{
    const unsigned char *at = der;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
    cr_assert_not_null(sig);
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret_raw, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret_raw + 32, 32);
    ECDSA_SIG_free(sig);
    return 64;
}

static void add_signature(struct vn_text *token, const struct person *signer, bool der)
{
    unsigned char signature[128];
    unsigned char raw[64];
    size_t len = sizeof(signature);
    BIO *bio = BIO_new_mem_buf(signer->private_pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    cr_assert_eq(EVP_DigestSignInit(ctx, NULL, signer->ed25519 ? NULL : EVP_sha256(), NULL, key),
                 1);
    cr_assert_eq(
        EVP_DigestSign(ctx, signature, &len, (const unsigned char *)token->data, token->len), 1);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    BIO_free(bio);
    vn_text_add_char(token, '.');
    if (signer->ed25519 || der) {
        add_base64url(token, signature, len);
    } else {
        add_base64url(token, raw, raw_of(signature, len, raw));
    }
}

static void add_member(struct vn_text *json, const char *name, const char *value)
{
    vn_text_addf(json, "\"%s\":", name);
    vn_text_add_json(json, value);
    vn_text_add_char(json, ',');
}

struct claims coinbase_claims(const struct desk *d, const char *key, const char *uri)
{
    return (struct claims){
        .key = key, .uri = uri, .nbf_s = d->now_ns / SECOND, .exp_s = d->now_ns / SECOND + 120};
}

char *coinbase_token(const struct desk *d, const struct claims *c)
{
    static unsigned serial;
    const struct person *signer = person_of(c->signer == NULL ? c->key : c->signer);
    struct vn_text header = {0};
    struct vn_text claims = {0};
    struct vn_text token = {0};
    char nonce[40];
    (void)d;
    snprintf(nonce, sizeof(nonce), "%032x", ++serial);
    vn_text_add_char(&header, '{');
    add_member(&header, "alg", c->alg != NULL ? c->alg : signer->ed25519 ? "EdDSA" : "ES256");
    add_member(&header, "kid", c->kid != NULL ? c->kid : c->key);
    add_member(&header, "nonce", c->nonce != NULL ? c->nonce : nonce);
    vn_text_add(&header, "\"typ\":\"JWT\"}");
    vn_text_add_char(&claims, '{');
    add_member(&claims, "sub", c->sub != NULL ? c->sub : c->key);
    add_member(&claims, "iss", c->iss != NULL ? c->iss : "cdp");
    if (c->uri != NULL) {
        add_member(&claims, "uri", c->uri);
    }
    vn_text_addf(&claims, "\"nbf\":%lld,\"exp\":%lld}", (long long)c->nbf_s, (long long)c->exp_s);
    add_json(&token, &header);
    vn_text_add_char(&token, '.');
    add_json(&token, &claims);
    add_signature(&token, signer, c->der);
    vn_text_release(&header);
    vn_text_release(&claims);
    return vn_text_take(&token);
}

/* ---- requests ---- */

struct answer *coinbase_bearer(struct desk *d, const char *method, const char *target,
                               const char *token, const char *body)
{
    struct vn_text value = {0};
    vn_text_addf(&value, "Bearer %s", token == NULL ? "" : token);
    const struct venue_header headers[] = {{"Authorization", value.data},
                                           {"Content-Type", "application/json"}};
    struct answer *a = token == NULL ? desk_send(d, method, target, NULL, 0, body)
                                     : desk_send(d, method, target, headers, 2, body);
    vn_text_release(&value);
    return a;
}

struct answer *coinbase(struct desk *d, const char *key, const char *method, const char *path,
                        const char *body)
{
    struct vn_text uri = {0};
    struct vn_text target = {0};
    vn_text_addf(&uri, "%s api.coinbase.com" BROKERAGE "%.*s", method, (int)strcspn(path, "?"),
                 path);
    vn_text_addf(&target, BROKERAGE "%s", path);
    struct claims claims = coinbase_claims(d, key == NULL ? "carol" : key, uri.data);
    char *token = key == NULL ? NULL : coinbase_token(d, &claims);
    struct answer *a = coinbase_bearer(d, method, target.data, token, body);
    free(token);
    vn_text_release(&uri);
    vn_text_release(&target);
    return a;
}

struct answer *coinbase_order(struct desk *d, const char *key, const char *client_id,
                              const char *product, const char *side, const char *config)
{
    struct vn_text body = {0};
    vn_text_addf(&body,
                 "{\"client_order_id\":\"%s\",\"product_id\":\"%s\",\"side\":\"%s\","
                 "\"order_configuration\":%s}",
                 client_id, product, side, config);
    struct answer *a = coinbase(d, key, "POST", "/orders", body.data);
    vn_text_release(&body);
    return a;
}

const char *coinbase_place(struct desk *d, const char *key, const char *client_id,
                           const char *product, const char *side, const char *config)
{
    static char ids[16][40];
    static unsigned next;
    struct answer *a = coinbase_order(d, key, client_id, product, side, config);
    ACCEPTED(a);
    IS(a->body, "success", "true");
    char *id = ids[next++ % 16];
    snprintf(id, sizeof(ids[0]), "%s", json_at(a->body, "success_response.order_id"));
    return id;
}

void coinbase_order_is(struct desk *d, const char *key, const char *order_id, const char *member,
                       const char *want)
{
    char path[128];
    char name[64];
    snprintf(path, sizeof(path), "/orders/historical/%s", order_id);
    snprintf(name, sizeof(name), "order.%s", member);
    struct answer *a = coinbase(d, key, "GET", path, NULL);
    ACCEPTED(a);
    IS(a->body, name, want);
}

void coinbase_subscribe(struct desk *d, uint64_t conn, const char *key, const char *channel,
                        const char *products)
{
    struct vn_text text = {0};
    vn_text_addf(&text, "{\"type\":\"subscribe\",\"channel\":\"%s\"", channel);
    if (products != NULL) {
        vn_text_addf(&text, ",\"product_ids\":%s", products);
    }
    if (key != NULL) {
        struct claims claims = coinbase_claims(d, key, NULL);
        char *token = coinbase_token(d, &claims);
        vn_text_addf(&text, ",\"jwt\":\"%s\"", token);
        free(token);
    }
    vn_text_add_char(&text, '}');
    desk_ws_text(d, conn, text.data);
    vn_text_release(&text);
}

void coinbase_check_ledger(struct desk *d)
{
    const char *ledger = venue_ledger(d->v);
    cr_assert_null(strstr(ledger, "\"conserved\":false"), "%s", ledger);
    cr_assert_null(strstr(ledger, "\":\"-"), "a negative amount: %s", ledger);
}
