/* The desk with keys of Kraken: two accounts, signed calls with nonces of their own, sockets with tokens.
 * Owner: the test. Thread: the test's. */
#ifndef SOFIA_TESTS_VENUE_KRAKEN_DESK_H
#define SOFIA_TESTS_VENUE_KRAKEN_DESK_H

#include "desk.h"

/* The published example's secret; kate's key "kate". Also hers: "reader" (may read), "window" (nonce window 10).
 * luke's key "luke" and his accounts' secret are the same. */
#define KRAKEN_SECRET                                                                              \
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="

/* No makers, no shuffling; symbols against dollars and NICKELUSDT, whose tick is no power of ten; nobody is limited. */
void kraken_open(struct desk *d);

/* What of a call can be wrong. */
struct kraken_call {
    const char *key;
    const char *method; /* "AddOrder" */
    const char *body;   /* behind "nonce=…&", or a JSON object's members behind "nonce":"…", */
    const char *nonce;  /* NULL: a new one */
    const char *signature;    /* NULL: the right one */
    const char *signed_nonce; /* NULL: nonce */
    bool json;
};

struct answer *kraken_send(struct desk *d, const struct kraken_call *call);
struct answer *kraken(struct desk *d, const char *key, const char *method, const char *body);
struct answer *kraken_public(struct desk *d, const char *method_and_query);
void kraken_fault(struct desk *d, const char *json);
void kraken_sign(const char *path, const char *nonce, const char *body, char ret_signature[89]);

/* AddOrder that must be accepted; its id lives until the next call. */
const char *kraken_place(struct desk *d, const char *key, const char *body);
/* A member of the order as QueryOrders shows it. */
void kraken_order_is(struct desk *d, const char *key, const char *txid, const char *member,
                     const char *want);

const char *kraken_token(struct desk *d, const char *key); /* lives until the next call */
/* A private socket with the executions (or balances) of that account; snapshot and acknowledgement are taken off. */
uint64_t kraken_stream(struct desk *d, const char *key, const char *channel);
/* An order method: {"method":…,"params":{params,"token":…},"req_id":7}. The answer; the caller frees. */
char *kraken_method(struct desk *d, uint64_t conn, const char *key, const char *method,
                    const char *params);
void kraken_check_ledger(struct desk *d);

#define KRAKEN_ERROR(got, want)                                                                    \
    do {                                                                                           \
        const struct answer *a_ = (got);                                                           \
        const char *error_ = json_at(a_->body, "error.0");                                         \
        cr_assert_eq(a_->status, 200u);                                                            \
        cr_assert_not_null(error_, "no error in %s", a_->body);                                    \
        cr_assert_str_eq(error_, (want));                                                          \
    } while (0)

#define KRAKEN_FINE(got)                                                                           \
    do {                                                                                           \
        const struct answer *a_ = (got);                                                           \
        cr_assert(a_->kind != 0 && json_at(a_->body, "error.0") == NULL, "%s", a_->body);          \
    } while (0)

#endif
