#include "sign.h"

#include <stdio.h>
#include <string.h>

#include "coinbase.h"

#define NBF_EARLY_S 2 /* the venue allows no token from its future, not by a second */
#define FRESH_NS (60 * COINBASE_NS_PER_S)
#define REFILL_NS (20 * COINBASE_NS_PER_S)
#define RETRY_NS COINBASE_NS_PER_S
#define JUMP_NS COINBASE_NS_PER_S

/* ---- the key ---- */

static int can_sign(const struct coinbase *c, uint32_t algorithm)
{
    uint8_t raw[SOFIA_SIGNATURE_SIZE];
    size_t len = 0;

    return c->host->exchange->sign(c->host, algorithm, c->config.api_secret, "probe", 5, raw,
                                   sizeof(raw), &len) == SOFIA_OK &&
           len == 64;
}

int coinbase_signer_init(struct coinbase *c)
{
    struct coinbase_signer *signer = &c->signer;

    signer->pools[0].endpoint = ENDPOINT_ORDER_PLACE;
    signer->pools[1].endpoint = ENDPOINT_ORDER_CANCEL;
    if (c->config.api_secret == 0) {
        return SOFIA_OK;
    }
    if (can_sign(c, SOFIA_SIGN_ES256)) {
        signer->algorithm = SOFIA_SIGN_ES256;
    } else if (can_sign(c, SOFIA_SIGN_ED25519)) {
        signer->algorithm = SOFIA_SIGN_ED25519;
    } else {
        sofia_config_report(c->host, "api_secret",
                            "neither a P-256 nor an Ed25519 private key (PEM, or base64 of an "
                            "Ed25519 seed); the older HMAC secrets are not taken");
        return SOFIA_EINVAL;
    }
    if (c->host->exchange->key_text(c->host, c->config.api_key, signer->key, sizeof(signer->key),
                                    &signer->key_len) != SOFIA_OK) {
        sofia_config_report(c->host, "api_key", "the name of the key is not readable or too long");
        return SOFIA_EINVAL;
    }
    /* What nobody else starts from: two processes of one key never use the same nonces. */
    if (c->host->exchange->nonce(c->host, c->config.api_key, &signer->seed) != SOFIA_OK) {
        signer->seed = (uint64_t)c->host->now_ns(c->host);
    }
    return SOFIA_OK;
}

void coinbase_signer_stop(struct coinbase *c)
{
    coinbase_pool_drop(c);
    sofia_timer_stop(c->host, &c->signer.timer);
}

/* ---- one token ---- */

static int print_nonce(struct coinbase *c, char buf[COINBASE_NONCE_TEXT])
{
    uint8_t digest[SOFIA_DIGEST_SIZE];
    struct sofia_text text;
    struct {
        uint64_t seed;
        uint64_t count;
        int64_t mono_ns;
    } source = {c->signer.seed, ++c->signer.count, c->host->mono_ns(c->host)};

    int status = c->host->exchange->digest(c->host, &source, sizeof(source), digest);
    sofia_text_init(&text, buf, COINBASE_NONCE_TEXT);
    sofia_text_hex(&text, digest, 16);
    return status;
}

int coinbase_uri(const struct coinbase *c, uint32_t endpoint, char *buf, size_t cap)
{
    const struct sofia_endpoint *row = &coinbase_exchange.endpoints[endpoint];
    int len = snprintf(buf, cap, "%s %s%s", row->method, c->config.auth_host, row->path);

    return len > 0 && (size_t)len < cap ? SOFIA_OK : SOFIA_ESPACE;
}

static void add_header(const struct coinbase *c, struct sofia_text *json, const char *nonce)
{
    sofia_text_str(json, "{\"alg\":\"");
    sofia_text_str(json, c->signer.algorithm == SOFIA_SIGN_ES256 ? "ES256" : "EdDSA");
    sofia_text_str(json, "\",\"kid\":");
    sofia_text_json_str(json, (struct sofia_slice){c->signer.key, c->signer.key_len});
    sofia_text_str(json, ",\"nonce\":\"");
    sofia_text_str(json, nonce);
    sofia_text_str(json, "\",\"typ\":\"JWT\"}");
}

static void add_claims(const struct coinbase *c, struct sofia_text *json, int64_t nbf_s,
                       const char *uri)
{
    sofia_text_str(json, "{\"sub\":");
    sofia_text_json_str(json, (struct sofia_slice){c->signer.key, c->signer.key_len});
    sofia_text_str(json, ",\"iss\":\"cdp\",\"nbf\":");
    sofia_text_i64(json, nbf_s);
    sofia_text_str(json, ",\"exp\":");
    sofia_text_i64(json, nbf_s + COINBASE_TOKEN_LIFE_S);
    if (uri[0] != '\0') {
        sofia_text_str(json, ",\"uri\":");
        sofia_text_json_str(json, sofia_slice_of(uri));
    }
    sofia_text_char(json, '}');
}

int coinbase_jwt(const struct coinbase *c, const char *nonce, int64_t nbf_s, const char *uri,
                 char *buf, size_t cap, size_t *ret_len)
{
    char room[COINBASE_TOKEN_TEXT];
    uint8_t raw[SOFIA_SIGNATURE_SIZE];
    size_t raw_len = 0;
    struct sofia_text json;
    struct sofia_text token;

    sofia_text_init(&token, buf, cap);
    sofia_text_init(&json, room, sizeof(room));
    add_header(c, &json, nonce);
    sofia_text_base64url(&token, json.at, json.len);
    sofia_text_char(&token, '.');
    int status = sofia_text_status(&json);
    sofia_text_clear(&json);
    add_claims(c, &json, nbf_s, uri);
    sofia_text_base64url(&token, json.at, json.len);
    if (status != 0 || sofia_text_status(&json) != 0 || sofia_text_status(&token) != 0) {
        return SOFIA_ESPACE;
    }
    status = c->host->exchange->sign(c->host, c->signer.algorithm, c->config.api_secret, token.at,
                                     token.len, raw, sizeof(raw), &raw_len);
    if (status != SOFIA_OK || raw_len != 64) {
        return status != SOFIA_OK ? status : SOFIA_EFAIL;
    }
    sofia_text_char(&token, '.');
    sofia_text_base64url(&token, raw, raw_len);
    *ret_len = token.len;
    return sofia_text_status(&token) == 0 ? SOFIA_OK : SOFIA_ESPACE;
}

int coinbase_token_make(struct coinbase *c, uint32_t endpoint, struct coinbase_token *ret_token)
{
    char nonce[COINBASE_NONCE_TEXT];
    char uri[COINBASE_HOST_SIZE + 128] = "";
    int64_t venue_ns = 0;

    if (c->signer.algorithm == 0) {
        return SOFIA_EDENIED;
    }
    if (c->host->exchange->venue_now_ns(c->host, &venue_ns) != SOFIA_OK) {
        return SOFIA_EAGAIN;
    }
    int status = print_nonce(c, nonce);
    if (status == SOFIA_OK && endpoint < ENDPOINT_WS_HEARTBEATS) {
        status = coinbase_uri(c, endpoint, uri, sizeof(uri));
    }
    if (status != SOFIA_OK) {
        return status;
    }
    int64_t nbf_s = venue_ns / COINBASE_NS_PER_S - NBF_EARLY_S;
    ret_token->mono_ns = c->host->mono_ns(c->host);
    ret_token->venue_ns = venue_ns;
    ret_token->until_ns = (nbf_s + COINBASE_TOKEN_LIFE_S) * COINBASE_NS_PER_S;
    return coinbase_jwt(c, nonce, nbf_s, uri, ret_token->text, sizeof(ret_token->text),
                        &ret_token->len);
}

/* ---- the pool ---- */

static int is_fresh(const struct coinbase *c, const struct coinbase_token *token)
{
    int64_t venue_ns = 0;

    if (c->host->exchange->venue_now_ns(c->host, &venue_ns) != SOFIA_OK) {
        return 0;
    }
    int64_t age_ns = c->host->mono_ns(c->host) - token->mono_ns;
    int64_t jump_ns = (venue_ns - token->venue_ns) - age_ns;
    return age_ns >= 0 && age_ns < FRESH_NS && jump_ns < JUMP_NS && jump_ns > -JUMP_NS;
}

static void arm(struct coinbase *c, int64_t delay_ns)
{
    sofia_timer_stop(c->host, &c->signer.timer);
    c->host->timer(c->host, delay_ns, TIMER_TOKENS, &c->signer.timer);
}

void coinbase_pool_drop(struct coinbase *c)
{
    for (uint32_t i = 0; i < COINBASE_POOLS; i++) {
        struct coinbase_pool *pool = &c->signer.pools[i];
        memset(pool->tokens, 0, sizeof(pool->tokens));
        pool->count = 0;
    }
}

/* At most one token a turn: the refill must not hold up what it is for. */
void coinbase_pool_fill(struct coinbase *c)
{
    uint32_t short_of = 0;
    uint32_t made = 0;

    c->signer.timer = 0;
    for (uint32_t i = 0; i < COINBASE_POOLS; i++) {
        struct coinbase_pool *pool = &c->signer.pools[i];
        uint32_t kept = 0;
        for (uint32_t j = 0; j < pool->count; j++) {
            if (is_fresh(c, &pool->tokens[j])) {
                pool->tokens[kept++] = pool->tokens[j];
            }
        }
        pool->count = kept;
        if (pool->count < COINBASE_POOL && made == 0 && c->signer.refusals == 0 &&
            coinbase_token_make(c, pool->endpoint, &pool->tokens[pool->count]) == SOFIA_OK) {
            pool->count++;
            made++;
        }
        short_of += COINBASE_POOL - pool->count;
    }
    if (short_of == 0) {
        arm(c, REFILL_NS);
    } else {
        arm(c, made != 0 ? 0
                         : RETRY_NS); /* nothing made: usually the venue's clock is not known yet */
    }
}

static int take_pooled(struct coinbase *c, uint32_t endpoint, struct coinbase_token *ret_token)
{
    for (uint32_t i = 0; i < COINBASE_POOLS; i++) {
        struct coinbase_pool *pool = &c->signer.pools[i];
        while (pool->endpoint == endpoint && pool->count > 0) {
            const struct coinbase_token *token = &pool->tokens[--pool->count];
            if (is_fresh(c, token)) {
                *ret_token = *token;
                c->signer.pooled++;
                arm(c, 0);
                return 1;
            }
        }
    }
    return 0;
}

void coinbase_signed_open(struct coinbase *c, struct sofia_request_writer *w,
                          struct sofia_request *request, uint32_t endpoint)
{
    struct coinbase_token token;

    sofia_request_open(w, request, endpoint);
    int status =
        take_pooled(c, endpoint, &token) ? SOFIA_OK : coinbase_token_make(c, endpoint, &token);
    if (status != SOFIA_OK) {
        sofia_request_fail(w, status);
        return;
    }
    sofia_request_text(w, SOFIA_PART_HEADER, "Authorization: Bearer ");
    sofia_request_put(w, SOFIA_PART_HEADER, token.text, token.len);
    sofia_request_text(w, SOFIA_PART_HEADER, "\nAccept: application/json");
    if (strcmp(coinbase_exchange.endpoints[endpoint].method, "POST") == 0) {
        sofia_request_text(w, SOFIA_PART_HEADER, "\nContent-Type: application/json");
    }
    request->accept_until_ns = token.until_ns;
}
