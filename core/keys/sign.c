#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#include <sofia/host.h>

#include "base/error.h"
#include "keys/slot.h"

#include "base/banned.h"

_Static_assert(KEY_HMAC_SHA256 == SOFIA_SIGN_HMAC_SHA256, "the SDK's number");
_Static_assert(KEY_HMAC_SHA512 == SOFIA_SIGN_HMAC_SHA512, "the SDK's number");
_Static_assert(KEY_ED25519 == SOFIA_SIGN_ED25519, "the SDK's number");
_Static_assert(KEY_ES256 == SOFIA_SIGN_ES256, "the SDK's number");
_Static_assert(KEY_RSA_SHA256 == SOFIA_SIGN_RSA_SHA256, "the SDK's number");
_Static_assert(KEY_HMAC_SHA512_BASE64 == SOFIA_SIGN_HMAC_SHA512_BASE64, "the SDK's number");
_Static_assert(KEYS_DIGEST_SIZE == SOFIA_DIGEST_SIZE, "the SDK's size");
_Static_assert(KEYS_SIGNATURE_MAX == SOFIA_SIGNATURE_SIZE, "the SDK's size");

enum { ES256_HALF = ES256_SIGNATURE / 2, ES256_DER_MAX = 80 };

void slot_drop_contexts(struct slot *slot)
{
    for (size_t i = 0; i < sizeof(slot->hmac) / sizeof(slot->hmac[0]); i++) {
        EVP_MAC_CTX_free(slot->hmac[i]);
        slot->hmac[i] = NULL;
    }
    EVP_MD_CTX_free(slot->digest);
    slot->digest = NULL;
    EVP_PKEY_free(slot->pkey);
    slot->pkey = NULL;
}

/* OpenSSL's reason may go into the text: it names what failed, never key bytes. */
static int crypto_error(int code, const struct slot *slot, const char *what)
{
    unsigned long number = ERR_peek_last_error();
    const char *reason = number != 0 ? ERR_reason_error_string(number) : NULL;

    ERR_clear_error();
    return error_set(code, "secret %s: %s: %s", slot->label, what,
                     reason != NULL ? reason : "refused");
}

/* ---- HMAC ---- */

static bool is_hmac(enum key_algorithm algorithm)
{
    return algorithm == KEY_HMAC_SHA256 || algorithm == KEY_HMAC_SHA512 ||
           algorithm == KEY_HMAC_SHA512_BASE64;
}

static EVP_MAC_CTX **hmac_place(struct slot *slot, enum key_algorithm algorithm)
{
    return &slot->hmac[algorithm == KEY_HMAC_SHA256 ? 0 : algorithm == KEY_HMAC_SHA512 ? 1 : 2];
}

static int prepare_hmac(struct slot *slot, const unsigned char *bytes, size_t len,
                        enum key_algorithm algorithm)
{
    char sha256[] = "SHA256";
    char sha512[] = "SHA512";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                         algorithm == KEY_HMAC_SHA256 ? sha256 : sha512, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC_CTX **place = hmac_place(slot, algorithm);

    if (*place != NULL) {
        return 0;
    }
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *made = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    if (made == NULL || EVP_MAC_init(made, bytes, len, params) != 1) {
        EVP_MAC_CTX_free(made);
        return crypto_error(ERR_CRYPTO, slot, "HMAC");
    }
    *place = made;
    return 0;
}

static int sign_hmac(struct slot *slot, enum key_algorithm algorithm, const void *data, size_t len,
                     uint8_t *sig, size_t cap, size_t *ret_len)
{
    EVP_MAC_CTX *ctx = *hmac_place(slot, algorithm);

    /* Without a key: the keyed state is kept, which is most of an HMAC's cost. */
    if (EVP_MAC_init(ctx, NULL, 0, NULL) != 1 || EVP_MAC_update(ctx, data, len) != 1 ||
        EVP_MAC_final(ctx, sig, ret_len, cap) != 1) {
        return crypto_error(ERR_CRYPTO, slot, "HMAC");
    }
    return 0;
}

/* ---- private keys ---- */

/* How many bytes one line of base64 stands for; 0: it is none. */
static int decode_base64(const unsigned char *bytes, size_t len, unsigned char out[KEYS_SECRET_MAX])
{
    int n = EVP_DecodeBlock(out, bytes, (int)len);

    for (size_t i = len; n > 0 && i > 0 && bytes[i - 1] == '='; i--) {
        n--; /* EVP_DecodeBlock counts the padding */
    }
    return n > 0 ? n : 0;
}

static int prepare_hmac_base64(struct slot *slot, const unsigned char *bytes)
{
    unsigned char key[KEYS_SECRET_MAX];

    if (*hmac_place(slot, KEY_HMAC_SHA512_BASE64) != NULL) {
        return 0;
    }
    int n = decode_base64(bytes, slot->len, key);
    int rc = n > 0 ? prepare_hmac(slot, key, (size_t)n, KEY_HMAC_SHA512_BASE64)
                   : error_set(ERR_PARSE, "secret %s is not base64", slot->label);
    OPENSSL_cleanse(key, sizeof(key));
    return rc;
}

static bool fits(const EVP_PKEY *pkey, enum key_algorithm algorithm)
{
    char group[64] = "";

    if (algorithm == KEY_ED25519) {
        return EVP_PKEY_is_a(pkey, "ED25519") == 1;
    }
    if (algorithm == KEY_RSA_SHA256) {
        return EVP_PKEY_is_a(pkey, "RSA") == 1 && EVP_PKEY_get_size(pkey) <= KEYS_SIGNATURE_MAX;
    }
    return EVP_PKEY_is_a(pkey, "EC") == 1 &&
           EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

static int prepare_pkey(struct slot *slot, const unsigned char *bytes, enum key_algorithm algorithm)
{
    static const char *const wanted[KEY_ALGORITHM_COUNT] = {
        [KEY_ED25519] = "an Ed25519 private key (PKCS#8 as PEM or base64, or base64 of the seed)",
        [KEY_ES256] = "a P-256 private key (PEM, SEC1 or PKCS#8)",
        [KEY_RSA_SHA256] = "an RSA private key of at most 4096 bits (PEM)",
    };

    if (slot->pkey == NULL) {
        slot->pkey = private_key_parse(bytes, slot->len);
        slot->digest = EVP_MD_CTX_new();
    }
    if (slot->pkey == NULL || slot->digest == NULL || !fits(slot->pkey, algorithm)) {
        slot_drop_contexts(slot);
        ERR_clear_error();
        return error_set(ERR_PARSE, "secret %s is not %s%s", slot->label, wanted[algorithm],
                         bytes[0] == '{' ? "; it looks like JSON, give the value of its privateKey"
                                         : "");
    }
    return 0;
}

bool es256_raw_of_der(const unsigned char *der, size_t der_len, uint8_t sig[ES256_SIGNATURE])
{
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
    bool good = parsed != NULL &&
                BN_bn2binpad(ECDSA_SIG_get0_r(parsed), sig, ES256_HALF) == ES256_HALF &&
                BN_bn2binpad(ECDSA_SIG_get0_s(parsed), sig + ES256_HALF, ES256_HALF) == ES256_HALF;

    ECDSA_SIG_free(parsed);
    return good;
}

static int sign_pkey(struct slot *slot, enum key_algorithm algorithm, const void *data, size_t len,
                     uint8_t *sig, size_t *ret_len)
{
    unsigned char der[ES256_DER_MAX];
    bool es256 = algorithm == KEY_ES256;
    const EVP_MD *md = algorithm == KEY_ED25519 ? NULL : EVP_sha256();
    unsigned char *out = es256 ? der : sig;
    size_t n = es256 ? sizeof(der) : KEYS_SIGNATURE_MAX;

    if (EVP_DigestSignInit(slot->digest, NULL, md, NULL, slot->pkey) != 1 ||
        EVP_DigestSign(slot->digest, out, &n, data, len) != 1) {
        return crypto_error(ERR_CRYPTO, slot, "signature");
    }
    if (es256) {
        if (!es256_raw_of_der(der, n, sig)) {
            return crypto_error(ERR_CRYPTO, slot, "ES256");
        }
        n = ES256_SIGNATURE;
    }
    *ret_len = n;
    return 0;
}

/* ---- both ---- */

int keys_prepare(struct keys *keys, uint64_t handle, enum key_algorithm algorithm)
{
    unsigned char *bytes = NULL;
    struct slot *slot = slot_find(keys, handle, &bytes);

    if (slot == NULL) {
        return ERR_STALE;
    }
    switch (algorithm) {
    case KEY_HMAC_SHA256:
    case KEY_HMAC_SHA512:
        return prepare_hmac(slot, bytes, slot->len, algorithm);
    case KEY_HMAC_SHA512_BASE64:
        return prepare_hmac_base64(slot, bytes);
    case KEY_ED25519:
    case KEY_ES256:
    case KEY_RSA_SHA256:
        return prepare_pkey(slot, bytes, algorithm);
    case KEY_ALGORITHM_INVALID:
    case KEY_ALGORITHM_COUNT:
        break;
    }
    return error_set(ERR_UNSUPPORTED, "signature algorithm %d", (int)algorithm);
}

static size_t signature_size(const struct slot *slot, enum key_algorithm algorithm)
{
    if (algorithm == KEY_HMAC_SHA256) {
        return 32;
    }
    return algorithm == KEY_RSA_SHA256 ? (size_t)EVP_PKEY_get_size(slot->pkey) : 64;
}

int keys_sign(struct keys *keys, uint64_t handle, enum key_algorithm algorithm, const void *data,
              size_t len, uint8_t *sig, size_t cap, size_t *ret_len)
{
    unsigned char *bytes = NULL;

    if (keys_prepare(keys, handle, algorithm) != 0) {
        return error_code();
    }
    struct slot *slot = slot_find(keys, handle, &bytes);
    if (slot == NULL) {
        return ERR_STALE;
    }
    if (cap < signature_size(slot, algorithm)) {
        return error_set(ERR_LIMIT, "no room for a signature of %zu bytes",
                         signature_size(slot, algorithm));
    }
    if (is_hmac(algorithm)) {
        return sign_hmac(slot, algorithm, data, len, sig, cap, ret_len);
    }
    return sign_pkey(slot, algorithm, data, len, sig, ret_len);
}

int keys_digest(const void *data, size_t len, uint8_t ret_digest[KEYS_DIGEST_SIZE])
{
    unsigned int n = KEYS_DIGEST_SIZE;

    return EVP_Digest(data, len, ret_digest, &n, EVP_sha256(), NULL) == 1
               ? 0
               : error_set(ERR_CRYPTO, "SHA-256");
}
