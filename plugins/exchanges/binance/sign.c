#include "sign.h"

#include <string.h>

#include <sofia/kit/decimal.h>

#include "binance.h"

#define NS_PER_MS 1000000
#define DIGITS_MAX 20 /* on each side of the point */

void binance_params_init(struct binance_params *params)
{
    params->status = SOFIA_OK;
    params->count = 0;
    params->used = 0;
}

static void add(struct binance_params *params, const char *name, const char *value, size_t len,
                uint32_t is_number)
{
    if (params->status != SOFIA_OK) {
        return;
    }
    if (params->count == BINANCE_PARAMS || len > sizeof(params->bytes) - params->used) {
        params->status = SOFIA_ESPACE;
        return;
    }
    params->items[params->count++] = (struct binance_param){
        .name = name, .offset = params->used, .len = (uint32_t)len, .is_number = is_number};
    memcpy(params->bytes + params->used, value, len);
    params->used += (uint32_t)len;
}

void binance_param_text(struct binance_params *params, const char *name, const char *value)
{
    add(params, name, value, strlen(value), 0);
}

void binance_param_int(struct binance_params *params, const char *name, int64_t value)
{
    struct sofia_text text;
    char room[24];

    sofia_text_init(&text, room, sizeof(room));
    sofia_text_i64(&text, value);
    add(params, name, text.at, text.len, 1);
}

void binance_param_amount(struct binance_params *params, const char *name,
                          struct sofia_decimal value)
{
    char text[SOFIA_DECIMAL_TEXT];
    int len = sofia_decimal_print(value, text, sizeof(text));

    if (len < 0 || sofia_decimal_sign(value) <= 0) {
        params->status = SOFIA_EINVAL;
        return;
    }
    const char *point = memchr(text, '.', (size_t)len);
    size_t whole = point != NULL ? (size_t)(point - text) : (size_t)len;
    size_t fraction = point != NULL ? (size_t)len - whole - 1 : 0;
    if (whole > DIGITS_MAX || fraction > DIGITS_MAX) {
        params->status = SOFIA_EINVAL;
        return;
    }
    add(params, name, text, (size_t)len, 0);
}

static struct sofia_slice value_of(const struct binance_params *params,
                                   const struct binance_param *item)
{
    return (struct sofia_slice){.at = params->bytes + item->offset, .len = item->len};
}

void binance_params_form(const struct binance_params *params, struct sofia_request_writer *w,
                         uint32_t part)
{
    if (params->status != SOFIA_OK) {
        sofia_request_fail(w, params->status);
    }
    for (uint32_t i = 0; i < params->count; i++) {
        const struct binance_param *item = &params->items[i];
        if (i > 0) {
            sofia_request_put(w, part, "&", 1);
        }
        sofia_request_text(w, part, item->name);
        sofia_request_put(w, part, "=", 1);
        sofia_request_percent(w, part, value_of(params, item));
    }
}

/* Indices of the parameters by name. Insertion sort: there are never more than a dozen. */
static void sort(const struct binance_params *params, uint32_t *order)
{
    for (uint32_t i = 0; i < params->count; i++) {
        uint32_t at = i;
        while (at > 0 && strcmp(params->items[i].name, params->items[order[at - 1]].name) < 0) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

int binance_params_sorted(const struct binance_params *params, char *buf, size_t cap,
                          size_t *ret_len)
{
    uint32_t order[BINANCE_PARAMS];
    struct sofia_text text;

    if (params->status != SOFIA_OK) {
        return params->status;
    }
    sort(params, order);
    sofia_text_init(&text, buf, cap);
    for (uint32_t i = 0; i < params->count; i++) {
        const struct binance_param *item = &params->items[order[i]];
        sofia_text_str(&text, i > 0 ? "&" : "");
        sofia_text_str(&text, item->name);
        sofia_text_char(&text, '=');
        sofia_text_add(&text, value_of(params, item));
    }
    *ret_len = text.len;
    return sofia_text_status(&text) == 0 ? SOFIA_OK : SOFIA_ESPACE;
}

void binance_params_json(const struct binance_params *params, struct sofia_request_writer *w)
{
    if (params->status != SOFIA_OK) {
        sofia_request_fail(w, params->status);
    }
    for (uint32_t i = 0; i < params->count; i++) {
        const struct binance_param *item = &params->items[i];
        struct sofia_slice value = value_of(params, item);
        sofia_request_text(w, SOFIA_PART_BODY, i > 0 ? ",\"" : "\"");
        sofia_request_text(w, SOFIA_PART_BODY, item->name);
        sofia_request_text(w, SOFIA_PART_BODY, item->is_number ? "\":" : "\":\"");
        if (item->is_number) {
            sofia_request_put(w, SOFIA_PART_BODY, value.at, value.len);
        } else {
            sofia_request_json(w, SOFIA_PART_BODY, value);
            sofia_request_put(w, SOFIA_PART_BODY, "\"", 1);
        }
    }
}

int binance_sign(const struct binance *b, const char *data, size_t len, char *buf, size_t cap,
                 size_t *ret_len)
{
    const struct binance_config *config = &b->config;
    uint8_t raw[SOFIA_SIGNATURE_SIZE];
    size_t raw_len = 0;

    if (config->api_secret == 0) {
        return SOFIA_EDENIED;
    }
    int status = b->host->exchange->sign(b->host, config->algorithm, config->api_secret, data, len,
                                         raw, sizeof(raw), &raw_len);
    if (status != SOFIA_OK) {
        return status;
    }
    struct sofia_text text;
    sofia_text_init(&text, buf, cap);
    if (config->algorithm == SOFIA_SIGN_HMAC_SHA256) {
        sofia_text_hex(&text, raw, raw_len);
    } else {
        sofia_text_base64(&text, raw, raw_len);
    }
    *ret_len = text.len;
    return sofia_text_status(&text) == 0 ? SOFIA_OK : SOFIA_ESPACE;
}

void binance_signed_open(const struct binance *b, struct sofia_request_writer *w,
                         struct sofia_request *request, uint32_t endpoint)
{
    sofia_request_open(w, request, endpoint);
    if (binance_endpoint_has_body(endpoint)) {
        sofia_request_text(w, SOFIA_PART_HEADER,
                           "Content-Type: application/x-www-form-urlencoded\n");
    }
    if (b->config.api_key == 0) {
        sofia_request_fail(w, SOFIA_EDENIED);
        return;
    }
    sofia_request_text(w, SOFIA_PART_HEADER, "X-MBX-APIKEY: ");
    sofia_request_secret(w, SOFIA_PART_HEADER, b->config.api_key);
}

/* The time gate. Our estimate of the venue's clock is never ahead of it, and cutting off the
 * nanoseconds keeps that so. */
static void add_timing(const struct binance *b, struct binance_params *params,
                       struct sofia_request *request)
{
    int64_t now_ns = 0;
    int status = b->host->exchange->venue_now_ns(b->host, &now_ns);

    if (status != SOFIA_OK) {
        params->status = SOFIA_EAGAIN;
        return;
    }
    int64_t now_ms = now_ns / NS_PER_MS;
    binance_param_int(params, "recvWindow", b->config.recv_window_ms);
    binance_param_int(params, "timestamp", now_ms);
    request->accept_until_ns = (now_ms + b->config.recv_window_ms) * NS_PER_MS;
}

void binance_signed_form(const struct binance *b, struct sofia_request_writer *w, uint32_t part,
                         struct binance_params *params)
{
    char signature[BINANCE_SIGNATURE_TEXT];
    size_t payload_len = 0;
    size_t signature_len = 0;

    add_timing(b, params, w->request);
    uint32_t mark = sofia_request_mark(w);
    binance_params_form(params, w, part);
    const char *payload = sofia_request_since(w, mark, &payload_len);
    if (payload == NULL) {
        return;
    }
    int status =
        binance_sign(b, payload, payload_len, signature, sizeof(signature), &signature_len);
    if (status != SOFIA_OK) {
        sofia_request_fail(w, status);
        return;
    }
    sofia_request_text(w, part, "&signature=");
    sofia_request_percent(w, part, (struct sofia_slice){.at = signature, .len = signature_len});
}

/* The key goes into the message as a secret, so that tape and log show its label, and into the
 * signed text as itself. */
void binance_signed_message(const struct binance *b, struct sofia_request_writer *w, const char *id,
                            const char *method, struct binance_params *params)
{
    char key[BINANCE_KEY_TEXT];
    char payload[BINANCE_PARAM_BYTES + 512];
    char signature[BINANCE_SIGNATURE_TEXT];
    size_t key_len = 0;
    size_t payload_len = 0;
    size_t signature_len = 0;

    add_timing(b, params, w->request);
    sofia_request_text(w, SOFIA_PART_BODY, "{\"id\":\"");
    sofia_request_text(w, SOFIA_PART_BODY, id);
    sofia_request_text(w, SOFIA_PART_BODY, "\",\"method\":\"");
    sofia_request_text(w, SOFIA_PART_BODY, method);
    sofia_request_text(w, SOFIA_PART_BODY, "\",\"params\":{");
    binance_params_json(params, w);
    sofia_request_text(w, SOFIA_PART_BODY, ",\"apiKey\":\"");
    sofia_request_secret(w, SOFIA_PART_BODY, b->config.api_key);

    int status =
        b->host->exchange->key_text(b->host, b->config.api_key, key, sizeof(key), &key_len);
    if (status == SOFIA_OK) {
        add(params, "apiKey", key, key_len, 0);
        status = binance_params_sorted(params, payload, sizeof(payload), &payload_len);
    }
    if (status == SOFIA_OK) {
        status =
            binance_sign(b, payload, payload_len, signature, sizeof(signature), &signature_len);
    }
    if (status != SOFIA_OK) {
        sofia_request_fail(w, status);
        return;
    }
    sofia_request_text(w, SOFIA_PART_BODY, "\",\"signature\":\"");
    sofia_request_put(w, SOFIA_PART_BODY, signature, signature_len);
    sofia_request_text(w, SOFIA_PART_BODY, "\"}}");
}
