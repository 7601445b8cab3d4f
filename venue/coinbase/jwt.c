#include "jwt.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "../core/text.h"

#define PART_MAX 4096

/* ---- base64url ---- */

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

long vc_base64url_read(const char *text, size_t len, unsigned char *ret_bytes, size_t cap)
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t count = 0;
    if (len % 4 == 1) {
        return -1;
    }
    for (size_t i = 0; i < len; i++) {
        int digit = digit_of(text[i]);
        if (digit < 0) {
            return -1;
        }
        bits = (bits << 6 | (uint32_t)digit) & 0xFFFF;
        held += 6;
        if (held >= 8) {
            if (count == cap) {
                return -1;
            }
            held -= 8;
            ret_bytes[count++] = (unsigned char)(bits >> held & 0xFF);
        }
    }
    return (bits & ((1u << held) - 1)) == 0 ? (long)count : -1;
}

/* ---- reading ---- */

static struct vn_json *part_read(const char *text, size_t len, char **ret_text)
{
    unsigned char bytes[PART_MAX];
    long count = vc_base64url_read(text, len, bytes, sizeof(bytes));
    if (count < 0) {
        return NULL;
    }
    *ret_text = vn_copy((const char *)bytes, (size_t)count);
    struct vn_json *json = vn_json_parse(*ret_text, (size_t)count);
    if (json != NULL && json->kind != VN_JSON_OBJECT) {
        vn_json_free(json);
        return NULL;
    }
    return json;
}

const char *vc_token_read(const char *text, size_t len, struct vc_token *ret_token)
{
    memset(ret_token, 0, sizeof(*ret_token));
    const char *first = memchr(text, '.', len);
    size_t rest = first == NULL ? 0 : len - (size_t)(first + 1 - text);
    const char *second = first == NULL ? NULL : memchr(first + 1, '.', rest);
    if (second == NULL) {
        return "not three parts";
    }
    ret_token->signed_part = text;
    ret_token->signed_len = (size_t)(second - text);
    long signature_len = vc_base64url_read(second + 1, len - ret_token->signed_len - 1,
                                           ret_token->signature, sizeof(ret_token->signature));
    if (signature_len < 0) {
        return "the signature is not base64url";
    }
    ret_token->signature_len = (size_t)signature_len;
    ret_token->header = part_read(text, (size_t)(first - text), &ret_token->header_text);
    ret_token->claims = part_read(first + 1, (size_t)(second - first - 1), &ret_token->claims_text);
    if (ret_token->header == NULL || ret_token->claims == NULL) {
        return "header or claims are no object";
    }
    return NULL;
}

void vc_token_release(struct vc_token *token)
{
    vn_json_free(token->header);
    vn_json_free(token->claims);
    free(token->header_text);
    free(token->claims_text);
    memset(token, 0, sizeof(*token));
}

static const char *text_of(const struct vn_json *object, const char *name)
{
    const struct vn_json *node = vn_json_get(object, name);
    return node != NULL && node->kind == VN_JSON_STRING ? node->text : NULL;
}

const char *vc_token_name(const struct vc_token *token)
{
    return text_of(token->header, "kid");
}

const char *vc_token_nonce(const struct vc_token *token)
{
    return text_of(token->header, "nonce");
}

/* ---- signature ---- */

/* r and s, 32 bytes each, as the DER that OpenSSL verifies. NULL: out of memory. */
static unsigned char *der_of(const unsigned char *raw, int *ret_len)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, 32, NULL);
    BIGNUM *s = BN_bin2bn(raw + 32, 32, NULL);
    unsigned char *der = NULL;
    if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
        BN_free(r);
        BN_free(s);
    } else {
        *ret_len = i2d_ECDSA_SIG(sig, &der);
    }
    ECDSA_SIG_free(sig);
    return der;
}

static bool digest_fits(EVP_PKEY *key, const EVP_MD *md, const char *bytes, size_t len,
                        const unsigned char *signature, size_t signature_len)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool fits =
        ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
        EVP_DigestVerify(ctx, signature, signature_len, (const unsigned char *)bytes, len) == 1;
    EVP_MD_CTX_free(ctx);
    return fits;
}

const char *vc_jws_check(EVP_PKEY *key, const char *bytes, size_t len,
                         const unsigned char *signature, size_t signature_len)
{
    if (signature_len != 64) {
        return "the signature is not 64 bytes long";
    }
    bool fits = false;
    if (EVP_PKEY_get_id(key) == EVP_PKEY_ED25519) {
        fits = digest_fits(key, NULL, bytes, len, signature, 64);
    } else {
        int der_len = 0;
        unsigned char *der = der_of(signature, &der_len);
        fits = der != NULL && der_len > 0 &&
               digest_fits(key, EVP_sha256(), bytes, len, der, (size_t)der_len);
        OPENSSL_free(der);
    }
    return fits ? NULL : "the signature does not fit";
}

const char *vc_token_check_signature(const struct vc_token *token, EVP_PKEY *key)
{
    const char *alg = text_of(token->header, "alg");
    const char *wanted = EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 ? "EdDSA" : "ES256";
    if (alg == NULL || strcmp(alg, wanted) != 0) {
        return "alg is not that of the key";
    }
    return vc_jws_check(key, token->signed_part, token->signed_len, token->signature,
                        token->signature_len);
}

/* ---- claims ---- */

static bool seconds_of(const struct vn_json *claims, const char *name, int64_t *ret_seconds)
{
    const struct vn_json *node = vn_json_get(claims, name);
    *ret_seconds = vn_json_int(claims, name, -1);
    return node != NULL && node->kind == VN_JSON_NUMBER && *ret_seconds >= 0 &&
           *ret_seconds < INT64_MAX / 1000000000;
}

static const char *check_times(const struct vn_json *claims, int64_t now_ns)
{
    int64_t nbf = 0;
    int64_t exp = 0;
    if (!seconds_of(claims, "nbf", &nbf) || !seconds_of(claims, "exp", &exp)) {
        return "nbf or exp is missing";
    }
    if (nbf * 1000000000 > now_ns) {
        return "nbf is in the future";
    }
    if (exp * 1000000000 <= now_ns) {
        return "expired";
    }
    return exp - nbf > VC_TOKEN_SECONDS ? "lives too long" : NULL;
}

/* `coinbase-cloud` is how keys were introduced until 2024; clients in use still say it and are served. */
static bool is_issuer(const char *iss)
{
    return iss != NULL && (strcmp(iss, "cdp") == 0 || strcmp(iss, "coinbase-cloud") == 0);
}

const char *vc_token_check_claims(const struct vc_token *token, int64_t now_ns, const char *uri)
{
    const char *kid = vc_token_name(token);
    const char *sub = text_of(token->claims, "sub");
    if (kid == NULL || sub == NULL || strcmp(kid, sub) != 0) {
        return "kid and sub differ";
    }
    if (!is_issuer(text_of(token->claims, "iss"))) {
        return "unknown iss";
    }
    const char *why = check_times(token->claims, now_ns);
    if (why != NULL) {
        return why;
    }
    const char *bound = text_of(token->claims, "uri");
    if (uri == NULL) {
        return bound == NULL ? NULL : "bound to a request";
    }
    return bound == NULL || strcmp(bound, uri) != 0 ? "bound to another request" : NULL;
}
