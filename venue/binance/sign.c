/* Keys and signatures, verify side. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "binance.h"

static int hex_byte(const char *text)
{
    int value = 0;
    for (int i = 0; i < 2; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

static bool hmac_fits(const struct vn_key *key, const char *payload, size_t len,
                      const char *signature)
{
    unsigned char wanted[EVP_MAX_MD_SIZE];
    unsigned char given[32];
    if (strlen(signature) != 64) {
        return false;
    }
    for (size_t i = 0; i < 32; i++) {
        int byte = hex_byte(signature + 2 * i);
        if (byte < 0) {
            return false;
        }
        given[i] = (unsigned char)byte;
    }
    size_t wanted_len = vn_key_hmac(key, payload, len, wanted);
    return wanted_len == sizeof(given) && CRYPTO_memcmp(wanted, given, sizeof(given)) == 0;
}

/* Standard base64 with padding, case-sensitive, nothing else. */
static bool ed25519_fits(const struct vn_key *key, const char *payload, size_t len,
                         const char *signature)
{
    unsigned char raw[66];
    if (strlen(signature) != 88 ||
        strspn(signature, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                          "0123456789+/") != 86 ||
        EVP_DecodeBlock(raw, (const unsigned char *)signature, 88) != 66) {
        return false;
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool fits = ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->public_key) == 1 &&
                EVP_DigestVerify(ctx, raw, 64, (const unsigned char *)payload, len) == 1;
    EVP_MD_CTX_free(ctx);
    return fits;
}

bool vn_signature_fits(const struct vn_key *key, const char *payload, size_t len,
                       const char *signature)
{
    return key->mac != NULL ? hmac_fits(key, payload, len, signature)
                            : ed25519_fits(key, payload, len, signature);
}
