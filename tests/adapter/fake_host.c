/* long: one host with all its calls, and the record that tests look at. */
#include "fake_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/text.h>

#define KEY_HANDLE 71
#define SECRET_HANDLE 72
#define TOKEN_HANDLE 500

static struct fake_host *fake_of(const struct sofia_host *host)
{
    return host->impl;
}

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fake_host: %s\n", what);
        abort();
    }
}

/* ---- options ---- */

static const struct sofia_option *row_of(const struct fake_host *fake, const char *name)
{
    for (uint32_t i = 0; i < fake->table_count; i++) {
        if (strcmp(fake->table[i].name, name) == 0) {
            return &fake->table[i];
        }
    }
    return NULL;
}

static const char *text_of(const struct fake_host *fake, const char *name, uint32_t type)
{
    const struct sofia_option *row = row_of(fake, name);

    must(row != NULL, "an option that is not in the table");
    must(type == 0 || row->type == type, "an option of another type");
    for (uint32_t i = 0; i < fake->option_count; i++) {
        if (strcmp(fake->options[i].name, name) == 0) {
            return fake->options[i].text;
        }
    }
    return row->default_text;
}

static int option_text(const struct sofia_host *host, const char *name, const char **ret_text)
{
    *ret_text = text_of(fake_of(host), name, 0);
    return SOFIA_OK;
}

static int option_int(const struct sofia_host *host, const char *name, int64_t *ret_value)
{
    const char *text = text_of(fake_of(host), name, SOFIA_OPTION_INT);

    return sofia_slice_i64(sofia_slice_of(text), ret_value) == 0 ? SOFIA_OK : SOFIA_EINVAL;
}

/* "250ms", "2s" and "23h" is all the tests use. */
static int option_duration(const struct sofia_host *host, const char *name, int64_t *ret_ns)
{
    struct sofia_slice text = sofia_slice_of(text_of(fake_of(host), name, SOFIA_OPTION_DURATION));
    int64_t unit = 1000000000;
    char last = text.len > 1 ? text.at[text.len - 1] : '?';

    must(last == 's' || last == 'h', "a duration in h, s or ms");
    unit = last == 'h' ? 3600 * unit : unit;
    text.len--;
    if (text.at[text.len - 1] == 'm') {
        text.len--;
        unit = 1000000;
    }
    must(sofia_slice_i64(text, ret_ns) == 0, "a duration");
    *ret_ns *= unit;
    return SOFIA_OK;
}

static int option_secret(const struct sofia_host *host, const char *name, sofia_handle *ret_secret)
{
    const char *text = text_of(fake_of(host), name, SOFIA_OPTION_SECRET);

    *ret_secret = 0;
    if (text[0] != '\0') {
        *ret_secret = strcmp(name, "api_key") == 0 ? KEY_HANDLE : SECRET_HANDLE;
    }
    return SOFIA_OK;
}

/* Lists are given as one text, separated by spaces. */
static int option_item(const struct sofia_host *host, const char *name, uint32_t index,
                       const char **ret_text)
{
    static char item[64];
    const char *text = text_of(fake_of(host), name, SOFIA_OPTION_LIST);

    for (uint32_t i = 0; *text != '\0'; i++) {
        size_t len = strcspn(text, " ");
        if (i == index) {
            snprintf(item, sizeof(item), "%.*s", (int)len, text);
            *ret_text = item;
            return SOFIA_OK;
        }
        text += len + strspn(text + len, " ");
    }
    return SOFIA_ENOENT;
}

static uint32_t option_count(const struct sofia_host *host, const char *name)
{
    const char *item = NULL;
    uint32_t count = 0;

    while (option_item(host, name, count, &item) == SOFIA_OK) {
        count++;
    }
    return count;
}

/* ---- exchange ---- */

static int emit(const struct sofia_host *host, const struct sofia_event *event)
{
    struct fake_host *fake = fake_of(host);

    if (fake->emit_room == 0) {
        return SOFIA_EAGAIN;
    }
    fake->emit_room--;
    must(event->size >= sizeof(*event) && event->version == 1, "an event without size or version");
    if (fake->event_count == fake->event_cap) {
        fake->event_cap = fake->event_cap * 2 + 64;
        fake->events = realloc(fake->events, fake->event_cap * sizeof(struct sofia_event *));
        must(fake->events != NULL, "memory");
    }
    struct sofia_event *copy = malloc(event->size);
    must(copy != NULL, "memory");
    memcpy(copy, event, event->size);
    fake->events[fake->event_count++] = copy;
    return SOFIA_OK;
}

static int request(const struct sofia_host *host, const struct sofia_request *req, uint64_t *ret_id)
{
    struct fake_host *fake = fake_of(host);

    if (fake->request_status != SOFIA_OK) {
        return fake->request_status;
    }
    must(fake->request_count < FAKE_REQUESTS, "more requests than the table holds");
    fake->requests[fake->request_count++] = *req;
    *ret_id = ++fake->next_handle;
    return SOFIA_OK;
}

static int stream_open(const struct sofia_host *host, const struct sofia_stream_open *open,
                       sofia_handle *ret_stream)
{
    struct fake_host *fake = fake_of(host);

    must(fake->opened_count < 4, "more streams than the table holds");
    fake->opened[fake->opened_count++] = *open;
    *ret_stream = 100 + fake->opened_count;
    return SOFIA_OK;
}

static int stream_close(const struct sofia_host *host, sofia_handle stream)
{
    (void)stream;
    fake_of(host)->closed_count++;
    return SOFIA_OK;
}

static int stream_restart(const struct sofia_host *host, sofia_handle stream, const char *reason)
{
    struct fake_host *fake = fake_of(host);

    (void)stream;
    fake->restart_count++;
    snprintf(fake->restart_reason, sizeof(fake->restart_reason), "%s", reason);
    return SOFIA_OK;
}

static int venue_now(const struct sofia_host *host, int64_t *ret_now_ns)
{
    const struct fake_host *fake = fake_of(host);

    if (fake->venue_now_ns == 0) {
        return SOFIA_ENOENT;
    }
    *ret_now_ns = fake->venue_now_ns;
    return SOFIA_OK;
}

/* PEM, base64 of PKCS#8, or base64 of an Ed25519 seed. NULL: none of them. */
static EVP_PKEY *private_key(const char *secret)
{
    uint8_t der[256];
    const uint8_t *at = der;
    size_t der_len = 0;

    if (strncmp(secret, "-----BEGIN", 10) == 0) {
        BIO *bio = BIO_new_mem_buf(secret, -1);
        EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
        BIO_free(bio);
        return key;
    }
    if (sofia_base64_decode(sofia_slice_of(secret), der, sizeof(der), &der_len) != 0) {
        return NULL;
    }
    return der_len == 32 ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, der, der_len)
                         : d2i_AutoPrivateKey(NULL, &at, (long)der_len);
}

static int sign_key(const char *type, const char *secret, const void *data, size_t len,
                    uint8_t *sig, size_t cap, size_t *ret_len)
{
    EVP_PKEY *key = private_key(secret);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t sig_len = cap;
    const EVP_MD *md = strcmp(type, "EC") == 0 ? EVP_sha256() : NULL;
    int ok = key != NULL && EVP_PKEY_is_a(key, type) == 1 &&
             EVP_DigestSignInit(ctx, NULL, md, NULL, key) == 1 &&
             EVP_DigestSign(ctx, sig, &sig_len, data, len) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    *ret_len = sig_len;
    return ok ? SOFIA_OK : SOFIA_EFAIL;
}

static int sign_es256(const char *secret, const void *data, size_t len, uint8_t *sig,
                      size_t *ret_len)
{
    uint8_t der[80];
    const uint8_t *at = der;
    size_t der_len = 0;

    if (sign_key("EC", secret, data, len, der, sizeof(der), &der_len) != SOFIA_OK) {
        return SOFIA_EFAIL;
    }
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
    must(parsed != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(parsed), sig, 32) == 32 &&
             BN_bn2binpad(ECDSA_SIG_get0_s(parsed), sig + 32, 32) == 32,
         "a signature of P-256");
    ECDSA_SIG_free(parsed);
    *ret_len = 64;
    return SOFIA_OK;
}

static int sign_sha512(const char *secret, const void *data, size_t len, uint8_t *sig, size_t cap,
                       size_t *ret_len)
{
    uint8_t key[256];
    size_t key_len = 0;
    unsigned int mac_len = 0;

    must(sofia_base64_decode(sofia_slice_of(secret), key, sizeof(key), &key_len) == 0, "base64");
    must(cap >= 64, "room for a signature");
    if (HMAC(EVP_sha512(), key, (int)key_len, data, len, sig, &mac_len) == NULL) {
        return SOFIA_EFAIL;
    }
    *ret_len = mac_len;
    return SOFIA_OK;
}

static int sign(const struct sofia_host *host, uint32_t algorithm, sofia_handle secret,
                const void *data, size_t len, uint8_t *sig, size_t cap, size_t *ret_len)
{
    const char *text = text_of(fake_of(host), "api_secret", SOFIA_OPTION_SECRET);
    unsigned int mac_len = 0;

    must(secret == SECRET_HANDLE, "signing with something that is not the secret");
    if (algorithm == SOFIA_SIGN_ED25519) {
        return sign_key("ED25519", text, data, len, sig, cap, ret_len);
    }
    if (algorithm == SOFIA_SIGN_ES256) {
        return sign_es256(text, data, len, sig, ret_len);
    }
    if (algorithm == SOFIA_SIGN_HMAC_SHA512_BASE64) {
        return sign_sha512(text, data, len, sig, cap, ret_len);
    }
    must(algorithm == SOFIA_SIGN_HMAC_SHA256 && cap >= 32, "an algorithm this host has");
    if (HMAC(EVP_sha256(), text, (int)strlen(text), data, len, sig, &mac_len) == NULL) {
        return SOFIA_EFAIL;
    }
    *ret_len = mac_len;
    return SOFIA_OK;
}

static int digest(const struct sofia_host *host, const void *data, size_t len, uint8_t *ret_digest)
{
    unsigned int size = 0;

    (void)host;
    return EVP_Digest(data, len, ret_digest, &size, EVP_sha256(), NULL) == 1 ? SOFIA_OK
                                                                             : SOFIA_EFAIL;
}

static int nonce(const struct sofia_host *host, sofia_handle key, uint64_t *ret_nonce)
{
    struct fake_host *fake = fake_of(host);

    must(key == KEY_HANDLE, "a nonce of something that is not the key");
    *ret_nonce = fake->nonce++;
    return SOFIA_OK;
}

static int secret_put(const struct sofia_host *host, const char *label, const void *bytes,
                      size_t len, sofia_handle *ret_secret)
{
    struct fake_host *fake = fake_of(host);

    (void)label;
    must(len < sizeof(fake->token), "a token that fits");
    memcpy(fake->token, bytes, len);
    fake->token[len] = '\0';
    fake->tokens++;
    *ret_secret = TOKEN_HANDLE + fake->tokens;
    return SOFIA_OK;
}

static int secret_drop(const struct sofia_host *host, sofia_handle secret)
{
    (void)secret;
    fake_of(host)->tokens_dropped++;
    return SOFIA_OK;
}

static int key_text(const struct sofia_host *host, sofia_handle secret, char *buf, size_t cap,
                    size_t *ret_len)
{
    const struct sofia_option *row = row_of(fake_of(host), "api_key");
    const char *text = text_of(fake_of(host), "api_key", SOFIA_OPTION_SECRET);

    if (secret != KEY_HANDLE || (row->flags & SOFIA_OPTION_IDENTIFIER) == 0) {
        return SOFIA_EDENIED;
    }
    *ret_len = strlen(text);
    if (*ret_len >= cap) {
        return SOFIA_ESPACE;
    }
    memcpy(buf, text, *ret_len + 1);
    return SOFIA_OK;
}

/* ---- for all ---- */

static void log_line(const struct sofia_host *host, uint32_t level, const char *text)
{
    struct fake_host *fake = fake_of(host);

    fake->log_count++;
    fake->log_level = level;
    snprintf(fake->log, sizeof(fake->log), "%s", text);
}

static int64_t now_ns(const struct sofia_host *host)
{
    return fake_of(host)->mono_ns + INT64_C(1767225600000000000);
}

static int64_t mono_ns(const struct sofia_host *host)
{
    return fake_of(host)->mono_ns;
}

static const char *name_of(const struct sofia_host *host)
{
    return fake_of(host)->name;
}

/* Numbers go to instruments in the order in which they were declared by events. */
static int instrument_find(const struct sofia_host *host, const char *text,
                           uint32_t *ret_instrument)
{
    const struct fake_host *fake = fake_of(host);
    uint32_t number = 0;

    size_t prefix = strlen(fake->name);

    must(strncmp(text, fake->name, prefix) == 0 && text[prefix] == ':',
         "an instrument name without the instance");
    for (uint32_t i = 0; i < fake->event_count; i++) {
        if (fake->events[i]->type != SOFIA_EV_INSTRUMENT) {
            continue;
        }
        const struct sofia_event_instrument *event = (const void *)fake->events[i];
        number++;
        if (strcmp(event->instrument.name, text + prefix + 1) == 0) {
            *ret_instrument = number;
            return SOFIA_OK;
        }
    }
    return SOFIA_ENOENT;
}

static int timer(const struct sofia_host *host, int64_t delay_ns, uint64_t cookie,
                 sofia_handle *ret_timer)
{
    struct fake_host *fake = fake_of(host);

    for (uint32_t i = 0; i < FAKE_TIMERS; i++) {
        if (fake->timers[i].handle == 0) {
            fake->timers[i] = (struct fake_timer){
                .handle = ++fake->next_handle, .delay_ns = delay_ns, .cookie = cookie};
            *ret_timer = fake->timers[i].handle;
            return SOFIA_OK;
        }
    }
    must(0, "more timers than the table holds");
    return SOFIA_EAGAIN;
}

static int timer_stop(const struct sofia_host *host, sofia_handle handle)
{
    struct fake_host *fake = fake_of(host);

    for (uint32_t i = 0; i < FAKE_TIMERS; i++) {
        if (fake->timers[i].handle == handle && handle != 0) {
            fake->timers[i].handle = 0;
            return SOFIA_OK;
        }
    }
    must(0, "a timer stopped that does not run");
    return SOFIA_ESTALE;
}

void fake_host_init(struct fake_host *fake, const char *name, const struct sofia_option *table,
                    uint32_t count)
{
    memset(fake, 0, sizeof(*fake));
    fake->name = name;
    fake->table = table;
    fake->table_count = count;
    fake->venue_now_ns = FAKE_VENUE_NOW_NS;
    fake->mono_ns = INT64_C(1000000000000);
    fake->emit_room = UINT32_MAX;
    fake->exchange = (struct sofia_host_exchange){.size = sizeof(fake->exchange),
                                                  .emit = emit,
                                                  .request = request,
                                                  .stream_open = stream_open,
                                                  .stream_close = stream_close,
                                                  .stream_restart = stream_restart,
                                                  .venue_now_ns = venue_now,
                                                  .sign = sign,
                                                  .secret_put = secret_put,
                                                  .secret_drop = secret_drop,
                                                  .key_text = key_text,
                                                  .digest = digest,
                                                  .nonce = nonce};
    fake->host = (struct sofia_host){.size = sizeof(fake->host),
                                     .abi_minor = SOFIA_ABI_MINOR,
                                     .impl = fake,
                                     .exchange = &fake->exchange,
                                     .log = log_line,
                                     .now_ns = now_ns,
                                     .mono_ns = mono_ns,
                                     .name = name_of,
                                     .option_text = option_text,
                                     .option_int = option_int,
                                     .option_duration_ns = option_duration,
                                     .option_secret = option_secret,
                                     .option_count = option_count,
                                     .option_item = option_item,
                                     .instrument_find = instrument_find,
                                     .timer = timer,
                                     .timer_stop = timer_stop};
}

void fake_clear(struct fake_host *fake)
{
    for (uint32_t i = 0; i < fake->event_count; i++) {
        free(fake->events[i]);
    }
    fake->event_count = 0;
    fake->request_count = 0;
}

void fake_host_release(struct fake_host *fake)
{
    fake_clear(fake);
    free(fake->events);
    fake->events = NULL;
}

void fake_option(struct fake_host *fake, const char *option, const char *text)
{
    must(fake->option_count < FAKE_OPTIONS, "more options than the table holds");
    fake->options[fake->option_count++] = (struct fake_option){.name = option, .text = text};
}

/* ---- looking at the record ---- */

const void *fake_event(const struct fake_host *fake, uint16_t type, uint32_t n)
{
    for (uint32_t i = 0; i < fake->event_count; i++) {
        if (fake->events[i]->type == type && n-- == 0) {
            return fake->events[i];
        }
    }
    return NULL;
}

uint32_t fake_count(const struct fake_host *fake, uint16_t type)
{
    uint32_t count = 0;

    while (fake_event(fake, type, count) != NULL) {
        count++;
    }
    return count;
}

const char *fake_part(const struct sofia_request *req, uint32_t part)
{
    static char text[4][SOFIA_REQUEST_BYTES + 256]; /* in turn, so that two can be compared */
    static uint32_t turn;
    char *out = text[turn++ % 4];
    size_t used = 0;

    out[0] = '\0';
    for (uint32_t i = 0; i < req->segment_count; i++) {
        const struct sofia_segment *segment = &req->segments[i];
        if (segment->part != part) {
            continue;
        }
        if (segment->secret != 0) {
            used += (size_t)snprintf(out + used, sizeof(text[0]) - used, "%s",
                                     segment->secret == KEY_HANDLE     ? "<key>"
                                     : segment->secret >= TOKEN_HANDLE ? "<token>"
                                                                       : "<secret>");
        } else {
            memcpy(out + used, req->bytes + segment->offset, segment->len);
            used += segment->len;
            out[used] = '\0';
        }
    }
    return out;
}

const struct fake_timer *fake_timer_of(const struct fake_host *fake, uint64_t cookie)
{
    for (uint32_t i = 0; i < FAKE_TIMERS; i++) {
        if (fake->timers[i].handle != 0 && fake->timers[i].cookie == cookie) {
            return &fake->timers[i];
        }
    }
    return NULL;
}

int fake_timer_fire(struct fake_host *fake, uint64_t cookie)
{
    for (uint32_t i = 0; i < FAKE_TIMERS; i++) {
        if (fake->timers[i].handle != 0 && fake->timers[i].cookie == cookie) {
            fake->timers[i].handle = 0;
            fake->mono_ns += fake->timers[i].delay_ns;
            return 1;
        }
    }
    return 0;
}

/* ---- numbers ---- */

struct sofia_decimal dec(const char *text)
{
    struct sofia_decimal value = sofia_decimal_absent();

    sofia_decimal_parse(text, strlen(text), &value);
    return value;
}

static char texts[8][SOFIA_DECIMAL_TEXT];
static unsigned int turn;

const char *text_of_decimal(struct sofia_decimal value)
{
    char *text = texts[turn++ % 8];

    if (sofia_decimal_print(value, text, SOFIA_DECIMAL_TEXT) < 0) {
        return "absent";
    }
    return text;
}

const char *text_of_wide(struct sofia_wide value)
{
    char *text = texts[turn++ % 8];

    if (sofia_wide_print(value, text, SOFIA_DECIMAL_TEXT) < 0) {
        return "absent";
    }
    return text;
}
