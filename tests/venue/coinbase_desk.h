/* The desk with keys of Coinbase: two accounts whose orders are signed with tokens, as its clients do it.
 * Owner: the test. Thread: the test's. */
#ifndef SOFIA_TESTS_VENUE_COINBASE_DESK_H
#define SOFIA_TESTS_VENUE_COINBASE_DESK_H

#include "desk.h"

#define BROKERAGE "/api/v3/brokerage"

/* What a token says. Change one thing and the venue must refuse it. */
struct claims {
    const char *key;   /* of carol: carol, viewer, mover (P-256), eddie (Ed25519); of dave: dave */
    const char *alg;   /* NULL: that of the key */
    const char *kid;   /* NULL: key */
    const char *sub;   /* NULL: key */
    const char *iss;   /* NULL: cdp */
    const char *uri;   /* NULL: none */
    const char *nonce; /* NULL: a new one */
    int64_t nbf_s;
    int64_t exp_s;
    const char *signer; /* whose key signs; NULL: key */
    bool der;           /* the signature as ASN.1, not raw */
};

/* No makers, no shuffling, symbols against dollars and others; the rate limits out of the way. */
void coinbase_open(struct desk *d);
void coinbase_open_with(struct desk *d, struct venue_config config);

struct claims coinbase_claims(const struct desk *d, const char *key, const char *uri);
char *coinbase_token(const struct desk *d, const struct claims *claims); /* the caller frees */

/* path: below the base, with its query. */
struct answer *coinbase(struct desk *d, const char *key, const char *method, const char *path,
                        const char *body);
struct answer *coinbase_bearer(struct desk *d, const char *method, const char *target,
                               const char *token, const char *body);

/* POST /orders with this configuration; the answer as it came. */
struct answer *coinbase_order(struct desk *d, const char *key, const char *client_id,
                              const char *product, const char *side, const char *config);
/* The same; it must be accepted. Its id lives until the next call. */
const char *coinbase_place(struct desk *d, const char *key, const char *client_id,
                           const char *product, const char *side, const char *config);
/* GET of the order: a member of it. */
void coinbase_order_is(struct desk *d, const char *key, const char *order_id, const char *member,
                       const char *want);

void coinbase_subscribe(struct desk *d, uint64_t conn, const char *key, const char *channel,
                        const char *products); /* products: JSON array or NULL */
/* The books balance: available + hold of every account is what was deposited, traded and charged. */
void coinbase_check_ledger(struct desk *d);

#endif
