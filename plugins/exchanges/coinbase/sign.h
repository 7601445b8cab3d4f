/* Tokens: each request carries a JSON web token of its own, signed with the account's key.
 *
 *     {"alg","kid","nonce","typ"} . {"sub","iss","nbf","exp","uri"} . signature      each base64url
 *                                                        `-- "POST api.coinbase.com/api/v3/brokerage/orders"
 *
 * A token is good for one method and path and for two minutes. Signing takes some 25 us, so tokens
 * for the two requests that are urgent, orders and cancels, are signed ahead of need:
 *
 *     timer --> pool of ORDER_PLACE  [t][t][t][t]  --take--> request     each is used once
 *               pool of ORDER_CANCEL [t][t][t][t]
 *
 * A pooled token is thrown away when it is old, when the local clock or the estimate of the venue's
 * has jumped since it was made, and when the venue has refused one.
 *
 * Owner: struct coinbase. Thread: [trade]; init in create.
 */
#ifndef COINBASE_SIGN_H
#define COINBASE_SIGN_H

#include <sofia/exchange.h>
#include <sofia/kit/request.h>

struct coinbase;

#define COINBASE_KEY_TEXT 160
#define COINBASE_TOKEN_TEXT 1024
#define COINBASE_POOL 8
#define COINBASE_POOLS 2
#define COINBASE_TOKEN_LIFE_S 120
#define COINBASE_NONCE_TEXT 33

struct coinbase_token {
    size_t len;
    int64_t mono_ns; /* when it was made, by both clocks */
    int64_t venue_ns;
    int64_t until_ns; /* the venue's clock: not taken after it */
    char text[COINBASE_TOKEN_TEXT];
};

struct coinbase_pool {
    uint32_t endpoint;
    uint32_t count;
    struct coinbase_token tokens[COINBASE_POOL];
};

struct coinbase_signer {
    uint32_t algorithm; /* SOFIA_SIGN_...; 0: there is no key */
    uint32_t refusals;  /* 401 without a success in between */
    int64_t refused_ns; /* when the last of them that counts came back */
    uint64_t seed;      /* of nonces */
    uint64_t count;     /* tokens made */
    uint64_t pooled;    /* ... of them taken from a pool */
    size_t key_len;
    char key[COINBASE_KEY_TEXT];
    sofia_handle timer;
    struct coinbase_pool pools[COINBASE_POOLS];
};

/* Learns the key's name and its algorithm: P-256 signs ES256, Ed25519 signs EdDSA, others are
 * refused. */
int coinbase_signer_init(struct coinbase *c);
void coinbase_signer_stop(struct coinbase *c);

/* Header, claims, signature. uri "" for a message on a stream. */
int coinbase_jwt(const struct coinbase *c, const char *nonce, int64_t nbf_s, const char *uri,
                 char *buf, size_t cap, size_t *ret_len);
/* "GET api.coinbase.com/api/v3/brokerage/accounts": never scheme, port or query. */
int coinbase_uri(const struct coinbase *c, uint32_t endpoint, char *buf, size_t cap);
/* A new token for that endpoint. SOFIA_EAGAIN: the venue's clock is not known. */
int coinbase_token_make(struct coinbase *c, uint32_t endpoint, struct coinbase_token *ret_token);

/* The timer's work: old tokens out, new ones in. */
void coinbase_pool_fill(struct coinbase *c);
void coinbase_pool_drop(struct coinbase *c);

/* Starts a REST request with its token. */
void coinbase_signed_open(struct coinbase *c, struct sofia_request_writer *w,
                          struct sofia_request *request, uint32_t endpoint);

#endif
