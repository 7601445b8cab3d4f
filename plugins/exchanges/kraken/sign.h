/* Private REST requests: a nonce, the form, API-Sign over both.
 *
 *     body      nonce=1616492376594&ordertype=limit&pair=XBTUSD&...
 *     API-Sign  base64(HMAC-SHA512(secret, path || SHA256(nonce || body)))
 *
 * The signature is over the percent-encoded bytes as they are sent. Each request draws a nonce of its
 * own; all go in one lane, so that nonces arrive in the order in which they were drawn.
 *
 * Use: open, any number of parameters, close. The writer's status is sticky. Thread: [trade].
 */
#ifndef KRAKEN_SIGN_H
#define KRAKEN_SIGN_H

#include <sofia/kit/request.h>

struct kraken;

struct kraken_form {
    struct sofia_request_writer w;
    uint32_t mark; /* where the body begins */
    uint64_t nonce;
};

void kraken_form_open(const struct kraken *k, struct kraken_form *form,
                      struct sofia_request *request, uint32_t endpoint);
void kraken_form_text(struct kraken_form *form, const char *name, const char *value);
void kraken_form_int(struct kraken_form *form, const char *name, int64_t value);
/* A positive amount in plain digits; anything else fails the form. */
void kraken_form_amount(struct kraken_form *form, const char *name, struct sofia_decimal value);
void kraken_form_fail(struct kraken_form *form, int status);
/* Signs and returns the sticky status. */
int kraken_form_close(const struct kraken *k, struct kraken_form *form);

#endif
