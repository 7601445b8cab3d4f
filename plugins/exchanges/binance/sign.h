/* Request parameters and their signature.
 *
 *     params --form--> "symbol=BTCUSDT&side=BUY..."    percent-encoded, in the order given   (REST: sign these bytes)
 *            --sorted-> "apiKey=...&symbol=..."        raw UTF-8, sorted by name             (WS API: sign this text)
 *            --json---> "symbol":"BTCUSDT",...         raw UTF-8                             (WS API: send this)
 *
 * REST signs the encoded bytes it sends, the WS API the raw values. For plain ASCII both are the
 * same, so a mix-up stays invisible until a symbol with other letters is traded.
 *
 * Owner: the caller's stack; no allocation. Thread: [trade].
 */
#ifndef BINANCE_SIGN_H
#define BINANCE_SIGN_H

#include <sofia/kit/request.h>

struct binance;

#define BINANCE_PARAMS 16
#define BINANCE_PARAM_BYTES 1024
#define BINANCE_SIGNATURE_TEXT 96 /* Ed25519 in base64 is 88, HMAC in hex 64 */

struct binance_param {
    const char *name;
    uint32_t offset;
    uint32_t len;
    uint32_t is_number; /* printed without quotes in JSON */
};

/* Failures stick, as in the request writer: `status` is looked at once, when the parameters are
 * rendered. */
struct binance_params {
    int status;
    uint32_t count;
    uint32_t used;
    struct binance_param items[BINANCE_PARAMS];
    char bytes[BINANCE_PARAM_BYTES];
};

void binance_params_init(struct binance_params *params);
void binance_param_text(struct binance_params *params, const char *name, const char *value);
void binance_param_int(struct binance_params *params, const char *name, int64_t value);
/* Must be a positive number that fits the venue's 20 digits on each side of the point. */
void binance_param_amount(struct binance_params *params, const char *name,
                          struct sofia_decimal value);

void binance_params_form(const struct binance_params *params, struct sofia_request_writer *w,
                         uint32_t part);
int binance_params_sorted(const struct binance_params *params, char *buf, size_t cap,
                          size_t *ret_len);
void binance_params_json(const struct binance_params *params, struct sofia_request_writer *w);

/* The signature as the venue wants it: lower-case hex for HMAC, base64 with padding for Ed25519. */
int binance_sign(const struct binance *b, const char *data, size_t len, char *buf, size_t cap,
                 size_t *ret_len);

/* Starts a signed REST request: content type if it has a body, and the key in its header. */
void binance_signed_open(const struct binance *b, struct sofia_request_writer *w,
                         struct sofia_request *request, uint32_t endpoint);
/* Adds recvWindow and timestamp, renders, signs and appends the signature as the last parameter. */
void binance_signed_form(const struct binance *b, struct sofia_request_writer *w, uint32_t part,
                         struct binance_params *params);
/* A whole signed WS API message: {"id":"...","method":"...","params":{...,"signature":"..."}}. */
void binance_signed_message(const struct binance *b, struct sofia_request_writer *w, const char *id,
                            const char *method, struct binance_params *params);

#endif
