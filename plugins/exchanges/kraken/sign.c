#include "sign.h"

#include <string.h>

#include <sofia/kit/decimal.h>

#include "kraken.h"

void kraken_form_fail(struct kraken_form *form, int status)
{
    sofia_request_fail(&form->w, status);
}

void kraken_form_open(const struct kraken *k, struct kraken_form *form,
                      struct sofia_request *request, uint32_t endpoint)
{
    sofia_request_open(&form->w, request, endpoint);
    request->lane = KRAKEN_LANE;
    form->mark = sofia_request_mark(&form->w);
    form->nonce = 0;
    if (k->config.api_key == 0) {
        kraken_form_fail(form, SOFIA_EDENIED);
        return;
    }
    int status = k->host->exchange->nonce(k->host, k->config.api_key, &form->nonce);
    if (status != SOFIA_OK) {
        kraken_form_fail(form, status);
        return;
    }
    sofia_request_text(&form->w, SOFIA_PART_BODY, "nonce=");
    sofia_request_int(&form->w, SOFIA_PART_BODY, (int64_t)form->nonce);
}

static void name(struct kraken_form *form, const char *text)
{
    sofia_request_text(&form->w, SOFIA_PART_BODY, "&");
    sofia_request_text(&form->w, SOFIA_PART_BODY, text);
    sofia_request_text(&form->w, SOFIA_PART_BODY, "=");
}

void kraken_form_text(struct kraken_form *form, const char *field, const char *value)
{
    name(form, field);
    sofia_request_percent(&form->w, SOFIA_PART_BODY, sofia_slice_of(value));
}

void kraken_form_int(struct kraken_form *form, const char *field, int64_t value)
{
    name(form, field);
    sofia_request_int(&form->w, SOFIA_PART_BODY, value);
}

/* A sign in front of a price would make it relative at this venue. */
void kraken_form_amount(struct kraken_form *form, const char *field, struct sofia_decimal value)
{
    if (sofia_decimal_sign(value) <= 0) {
        kraken_form_fail(form, SOFIA_EINVAL);
        return;
    }
    name(form, field);
    sofia_request_decimal(&form->w, SOFIA_PART_BODY, value);
}

static int sign(const struct kraken *k, const struct kraken_form *form, const char *body,
                size_t body_len, struct sofia_text *ret_text)
{
    const struct sofia_host_exchange *exchange = k->host->exchange;
    char hashed_room[SOFIA_REQUEST_BYTES + 32];
    char signed_room[128];
    uint8_t digest[SOFIA_DIGEST_SIZE];
    uint8_t raw[SOFIA_SIGNATURE_SIZE];
    size_t raw_len = 0;
    struct sofia_text hashed;
    struct sofia_text message;

    sofia_text_init(&hashed, hashed_room, sizeof(hashed_room));
    sofia_text_u64(&hashed, form->nonce);
    sofia_text_bytes(&hashed, body, body_len);
    int status = exchange->digest(k->host, hashed.at, hashed.len, digest);
    sofia_text_init(&message, signed_room, sizeof(signed_room));
    sofia_text_str(&message, kraken_endpoints[form->w.request->endpoint].path);
    sofia_text_bytes(&message, digest, sizeof(digest));
    if (status == SOFIA_OK &&
        (sofia_text_status(&hashed) != 0 || sofia_text_status(&message) != 0)) {
        status = SOFIA_ESPACE;
    }
    if (status == SOFIA_OK) {
        status = exchange->sign(k->host, SOFIA_SIGN_HMAC_SHA512_BASE64, k->config.api_secret,
                                message.at, message.len, raw, sizeof(raw), &raw_len);
    }
    if (status == SOFIA_OK) {
        sofia_text_base64(ret_text, raw, raw_len);
    }
    return status;
}

int kraken_form_close(const struct kraken *k, struct kraken_form *form)
{
    char room[2 * SOFIA_SIGNATURE_SIZE];
    struct sofia_text signature;
    size_t body_len = 0;
    const char *body = sofia_request_since(&form->w, form->mark, &body_len);

    if (body == NULL) {
        return sofia_request_close(&form->w);
    }
    sofia_text_init(&signature, room, sizeof(room));
    int status = sign(k, form, body, body_len, &signature);
    if (status != SOFIA_OK) {
        kraken_form_fail(form, status);
    }
    sofia_request_text(&form->w, SOFIA_PART_HEADER,
                       "Content-Type: application/x-www-form-urlencoded\nAPI-Sign: ");
    sofia_request_put(&form->w, SOFIA_PART_HEADER, signature.at, signature.len);
    sofia_request_text(&form->w, SOFIA_PART_HEADER, "\nAPI-Key: ");
    sofia_request_secret(&form->w, SOFIA_PART_HEADER, k->config.api_key);
    return sofia_request_close(&form->w);
}
