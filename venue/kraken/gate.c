/* Who may: key, signature, nonce, permission, and the lockout of those who guess. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "kraken.h"

static struct vk_mark *mark_of(struct vn_key *key)
{
    if (key->own == NULL) {
        key->own = vn_alloc(sizeof(struct vk_mark));
    }
    return key->own;
}

bool vk_signature_fits(const struct vn_key *key, const char *path, const char *nonce,
                       const char *body, size_t body_len, const char *signature)
{
    unsigned char inner[EVP_MAX_MD_SIZE];
    unsigned char wanted[EVP_MAX_MD_SIZE];
    unsigned char given[66];
    unsigned inner_len = 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool made = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(ctx, nonce, strlen(nonce)) == 1 &&
                EVP_DigestUpdate(ctx, body, body_len) == 1 &&
                EVP_DigestFinal_ex(ctx, inner, &inner_len) == 1;
    EVP_MD_CTX_free(ctx);
    if (!made || strlen(signature) != 88 ||
        EVP_DecodeBlock(given, (const unsigned char *)signature, 88) != 66) {
        return false;
    }
    struct vn_text message = {0};
    vn_text_add(&message, path);
    size_t path_len = message.len;
    for (unsigned i = 0; i < inner_len; i++) {
        vn_text_add_char(&message, (char)inner[i]);
    }
    size_t len = vn_key_hmac(key, message.data, path_len + inner_len, wanted);
    vn_text_release(&message);
    return len == 64 && CRYPTO_memcmp(wanted, given, 64) == 0;
}

/* ---- lockout ---- */

static void count_failure(struct vk_call *call, int *failures, int64_t *locked_until_ns)
{
    const struct vk_settings *s = &vk_of(call->v)->settings;
    if (++*failures >= s->lockout_after) {
        *locked_until_ns = call->now_ns + (int64_t)s->lockout_seconds * VN_SECOND;
    }
}

/* Each call while it lasts prolongs it. */
static bool is_locked(struct vk_call *call, int *failures, int64_t *locked_until_ns)
{
    if (call->now_ns < *locked_until_ns) {
        *locked_until_ns =
            call->now_ns + (int64_t)vk_of(call->v)->settings.lockout_seconds * VN_SECOND;
        vk_fail(call, "EGeneral:Temporary lockout");
        return true;
    }
    if (*locked_until_ns != 0) {
        *locked_until_ns = 0;
        *failures = 0;
    }
    return false;
}

/* ---- nonce ---- */

static bool was_used(const struct vk_mark *mark, uint64_t nonce)
{
    size_t kept = sizeof(mark->recent) / sizeof(mark->recent[0]);
    for (size_t i = 0; i < kept && i < mark->recent_count; i++) {
        if (mark->recent[i] == nonce) {
            return true;
        }
    }
    return false;
}

static bool nonce_read(const char *text, uint64_t *ret_nonce)
{
    uint64_t value = 0;
    size_t len = strlen(text);
    if (len == 0 || len > 20 || strspn(text, "0123456789") != len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *ret_nonce = value;
    return true;
}

static bool nonce_take(const struct vn_key *key, struct vk_mark *mark, uint64_t nonce)
{
    if (nonce <= mark->nonce) {
        bool inside = key->nonce_window > 0 && mark->nonce - nonce < key->nonce_window;
        if (!inside || was_used(mark, nonce)) {
            return false;
        }
    }
    size_t kept = sizeof(mark->recent) / sizeof(mark->recent[0]);
    mark->recent[mark->recent_count++ % kept] = nonce;
    mark->nonce = nonce > mark->nonce ? nonce : mark->nonce;
    return true;
}

/* ---- the gate ---- */

static struct vn_key *key_read(struct vk_call *call, const struct venue_request *request)
{
    struct vk_state *state = vk_of(call->v);
    const char *name = vn_header(request, "api-key");
    struct vn_key *key = name == NULL ? NULL : vn_key_find(call->v, VN_KRAKEN, name);
    if (key != NULL && !key->revoked) {
        return key;
    }
    if (!is_locked(call, &state->stranger_failures, &state->stranger_locked_ns)) {
        count_failure(call, &state->stranger_failures, &state->stranger_locked_ns);
        vk_fail(call, "EAPI:Invalid key");
    }
    return NULL;
}

void vk_gate(struct vk_call *call, const struct venue_request *request, const char *path,
             uint32_t permission)
{
    struct vn_key *key = key_read(call, request);
    if (key == NULL) {
        return;
    }
    struct vk_mark *mark = mark_of(key);
    if (is_locked(call, &mark->failures, &mark->locked_until_ns)) {
        return;
    }
    const char *text = vk_arg(call, "nonce");
    const char *signature = vn_header(request, "api-sign");
    uint64_t nonce = 0;
    if (text == NULL || !nonce_read(text, &nonce)) {
        count_failure(call, &mark->failures, &mark->locked_until_ns);
        vk_fail(call, "EAPI:Invalid nonce");
        return;
    }
    if (signature == NULL ||
        !vk_signature_fits(key, path, text, request->body, request->body_len, signature)) {
        count_failure(call, &mark->failures, &mark->locked_until_ns);
        vk_fail(call, "EAPI:Invalid signature");
        return;
    }
    if (!nonce_take(key, mark, nonce)) {
        count_failure(call, &mark->failures, &mark->locked_until_ns);
        vk_fail(call, "EAPI:Invalid nonce");
        return;
    }
    mark->failures = 0;
    if (permission != 0 && (key->permissions & permission) == 0) {
        vk_fail(call, "EGeneral:Permission denied");
        return;
    }
    call->key = key;
}
