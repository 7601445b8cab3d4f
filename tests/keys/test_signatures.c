/* Signatures against published vectors. HMAC and F1: printed by Binance in its documentation. E1 to
 * E3: computed with the published Ed25519 sample key by `openssl pkeyutl`. HMAC-SHA512: RFC 4231,
 * case 2. Randomised and unpublished ones are verified with the public half instead. */
#include <criterion/criterion.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "keys/keys.h"

#define HMAC_SECRET "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
#define API_KEY "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
#define ED25519_BASE64 "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u"
#define ED25519_PEM "-----BEGIN PRIVATE KEY-----\n" ED25519_BASE64 "\n-----END PRIVATE KEY-----"
#define UNICODE_SYMBOL "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96"

struct vector {
    const char *id;
    const char *message;
    const char *expected;
};

static struct keys *keys;

static uint64_t put(const char *secret)
{
    uint64_t handle = 0;

    if (keys == NULL) {
        cr_assert_eq(keys_new(8, &keys), 0);
    }
    cr_assert_eq(keys_put(keys, secret, strlen(secret), "test", &handle), 0);
    return handle;
}

static void drop_all(void)
{
    keys = keys_free(keys);
}

TestSuite(signatures, .fini = drop_all);

static void check_hex(uint64_t handle, enum key_algorithm algorithm, const struct vector *vector)
{
    uint8_t sig[KEYS_SIGNATURE_MAX];
    char hex[2 * KEYS_SIGNATURE_MAX + 1] = "";
    size_t len = 0;

    cr_assert_eq(keys_sign(keys, handle, algorithm, vector->message, strlen(vector->message), sig,
                           sizeof(sig), &len),
                 0, "%s", error_text());
    for (size_t i = 0; i < len; i++) {
        snprintf(hex + 2 * i, 3, "%02x", sig[i]);
    }
    cr_assert_str_eq(hex, vector->expected, "%s", vector->id);
}

static void check_base64(uint64_t handle, const struct vector *vector)
{
    uint8_t sig[KEYS_SIGNATURE_MAX];
    unsigned char text[KEYS_SIGNATURE_MAX * 2];
    size_t len = 0;

    cr_assert_eq(keys_sign(keys, handle, KEY_ED25519, vector->message, strlen(vector->message), sig,
                           sizeof(sig), &len),
                 0, "%s", error_text());
    cr_assert_eq(len, 64);
    EVP_EncodeBlock(text, sig, (int)len);
    cr_assert_str_eq((const char *)text, vector->expected, "%s", vector->id);
}

Test(signatures, hmac_sha256_equals_the_published_vectors_twice_over)
{
    static const struct vector vectors[] = {
        {"H0", "timestamp=1578963600000",
         "d84e6641b1e328e7b418fff030caed655c266299c9355e36ce801ed14631eed4"},
        {"H1",
         "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&"
         "timestamp=1499827319559",
         "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"},
        {"H2",
         "symbol=" UNICODE_SYMBOL "&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&"
         "recvWindow=5000&timestamp=1499827319559",
         "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"},
        {"H3",
         "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1&recvWindow=5000&"
         "timestamp=1499827319559",
         "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"},
        {"W3",
         "apiKey=" API_KEY
         "&price=23416.10000000&quantity=0.00847000&side=SELL&symbol=BTCUSDT&timeInForce=GTC"
         "&timestamp=1660801715431&type=LIMIT",
         "15af09e41c36f3cc61378c2fbe2c33719a03dd5eba8d0f9206fbda44de717c88"},
        {"W10", "apiKey=" API_KEY "&timestamp=1747385641636",
         "681110a6057ad58657af22f5640fab9dd17418834cdfccdc81be8b0f7b2cde3e"},
    };
    uint64_t handle = put(HMAC_SECRET);

    /* Twice: the kept context must come back to the keyed state, not to the last message. */
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
            check_hex(handle, KEY_HMAC_SHA256, &vectors[i]);
        }
    }
}

Test(signatures, hmac_sha512_equals_rfc_4231_and_does_not_disturb_sha256)
{
    static const struct vector sha512 = {
        "RFC 4231 case 2", "what do ya want for nothing?",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"};
    static const struct vector sha256 = {
        "RFC 4231 case 2", "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"};
    uint64_t handle = put("Jefe");

    check_hex(handle, KEY_HMAC_SHA512, &sha512);
    check_hex(handle, KEY_HMAC_SHA256, &sha256);
    check_hex(handle, KEY_HMAC_SHA512, &sha512);
}

/* Kraken's published example: the key is what the secret is the base64 of; a digest is part of what is signed. */
Test(signatures, hmac_sha512_of_a_base64_secret_equals_the_published_one)
{
    static const char nonce_and_body[] =
        "1616492376594nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume="
        "1.25";
    uint8_t message[19 + KEYS_DIGEST_SIZE];
    uint8_t sig[KEYS_SIGNATURE_MAX];
    unsigned char base64[100] = "";
    size_t len = 0;
    uint64_t handle = put(
        "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==");

    memcpy(message, "/0/private/AddOrder", 19);
    cr_assert_eq(keys_digest(nonce_and_body, strlen(nonce_and_body), message + 19), 0);
    cr_assert_eq(keys_sign(keys, handle, KEY_HMAC_SHA512_BASE64, message, sizeof(message), sig,
                           sizeof(sig), &len),
                 0, "%s", error_text());
    EVP_EncodeBlock(base64, sig, (int)len);
    cr_assert_str_eq((char *)base64,
                     "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnR"
                     "fp32bAb0nmbRn6H8ndwLUQ==");
}

Test(signatures, a_secret_that_is_no_base64_is_refused_where_it_must_be)
{
    uint8_t sig[KEYS_SIGNATURE_MAX];
    size_t len = 0;
    uint64_t handle = put("this is not base64 at all!");

    cr_assert_eq(keys_sign(keys, handle, KEY_HMAC_SHA512_BASE64, "x", 1, sig, sizeof(sig), &len),
                 ERR_PARSE);
    cr_assert_not_null(strstr(error_text(), "not base64"));
}

static const struct vector ed25519[] = {
    {"F1",
     "A\x01"
     "EXAMPLE\x01"
     "SPOT\x01"
     "1\x01"
     "20240627-11:17:25.223",
     "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA=="},
    {"E1",
     "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2&timestamp="
     "1668481559918&recvWindow=5000",
     "inDT086KVIP8vgUfw5sV3VTkescWztiAGlf4x8FLKHM4NInsn0c1kYVLoGMO8cyjfR6vmTku2YQE0gtfVVlfCw=="},
    {"E2",
     "apiKey=4yNzx3yWC5bS6YTwEkSRaC0nRmSQIIStAUOh1b6kqaBrTLIhjCpI5lJH8q8R8WNO&timestamp="
     "1649729878532",
     "cGkloHLHGGNbrduoWDYBlzIPwRHyDVYVfCE0rDkPwKdKedurBgm2JNWRkwloQDBFG6Mcloavo1siYfEtZbV/Ag=="},
    {"E3",
     "symbol=" UNICODE_SYMBOL "&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2&"
     "timestamp=1668481559918&recvWindow=5000",
     "vECjNXSlVOz1DskXXQ866KhikKY8cxajBXKAU0COlYYemqEr45TXiRS/jNB3LyHHh48pu7z2S6pTFhmhWNRBBw=="},
};

Test(signatures, ed25519_from_base64_equals_the_vectors)
{
    uint64_t handle = put(ED25519_BASE64);

    for (size_t i = 0; i < 4; i++) {
        check_base64(handle, &ed25519[i]);
    }
}

Test(signatures, ed25519_from_pem_equals_the_vectors)
{
    uint64_t handle = put(ED25519_PEM);

    for (size_t i = 0; i < 4; i++) {
        check_base64(handle, &ed25519[i]);
    }
}

static uint64_t put_pem_of(EVP_PKEY *pkey)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem = NULL;
    uint64_t handle = 0;

    cr_assert_eq(PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL), 1);
    long len = BIO_get_mem_data(bio, &pem);
    if (keys == NULL) {
        cr_assert_eq(keys_new(8, &keys), 0);
    }
    cr_assert_eq(keys_put(keys, pem, (size_t)len, "test", &handle), 0, "%s", error_text());
    BIO_free(bio);
    return handle;
}

static int verifies(EVP_PKEY *pkey, const uint8_t *sig, size_t len, const char *message)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int good =
        EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
        EVP_DigestVerify(ctx, sig, len, (const unsigned char *)message, strlen(message)) == 1;

    EVP_MD_CTX_free(ctx);
    return good;
}

Test(signatures, rsa_is_deterministic_and_verifies)
{
    EVP_PKEY *pkey = EVP_RSA_gen(2048);
    uint64_t handle = put_pem_of(pkey);
    uint8_t first[KEYS_SIGNATURE_MAX];
    uint8_t second[KEYS_SIGNATURE_MAX];
    size_t len = 0;
    size_t len2 = 0;

    cr_assert_eq(keys_sign(keys, handle, KEY_RSA_SHA256, "timestamp=1578963600000", 23, first,
                           sizeof(first), &len),
                 0, "%s", error_text());
    cr_assert_eq(keys_sign(keys, handle, KEY_RSA_SHA256, "timestamp=1578963600000", 23, second,
                           sizeof(second), &len2),
                 0);
    cr_assert_eq(len, 256);
    cr_assert_eq(len2, 256);
    cr_assert_arr_eq(first, second, len);
    cr_assert(verifies(pkey, first, len, "timestamp=1578963600000"));
    cr_assert_not(verifies(pkey, first, len, "timestamp=1578963600001"));
    EVP_PKEY_free(pkey);
}

Test(signatures, es256_is_two_numbers_of_32_bytes_and_verifies)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    uint64_t handle = put_pem_of(pkey);

    /* Often enough to meet numbers with leading zero bytes (one in 128). */
    for (int i = 0; i < 300; i++) {
        uint8_t sig[KEYS_SIGNATURE_MAX];
        unsigned char *der = NULL;
        size_t len = 0;

        cr_assert_eq(keys_sign(keys, handle, KEY_ES256, "jwt", 3, sig, sizeof(sig), &len), 0, "%s",
                     error_text());
        cr_assert_eq(len, 64);
        ECDSA_SIG *raw = ECDSA_SIG_new();
        ECDSA_SIG_set0(raw, BN_bin2bn(sig, 32, NULL), BN_bin2bn(sig + 32, 32, NULL));
        int der_len = i2d_ECDSA_SIG(raw, &der);
        cr_assert(verifies(pkey, der, (size_t)der_len, "jwt"));
        OPENSSL_free(der);
        ECDSA_SIG_free(raw);
    }
    EVP_PKEY_free(pkey);
}

Test(signatures, a_secret_that_is_no_such_key_is_refused_without_being_shown)
{
    uint64_t handle = put(HMAC_SECRET);
    uint64_t edwards = put(ED25519_PEM);

    cr_assert_eq(keys_prepare(keys, handle, KEY_ED25519), ERR_PARSE);
    cr_assert_null(strstr(error_text(), "NhqPtmd"));
    cr_assert_str_eq(error_message(),
                     "secret test is not an Ed25519 private key (PKCS#8 as PEM or base64, or "
                     "base64 of the seed)");
    cr_assert_eq(keys_prepare(keys, edwards, KEY_RSA_SHA256), ERR_PARSE);
    cr_assert_eq(keys_prepare(keys, edwards, KEY_ES256), ERR_PARSE);
    cr_assert_eq(keys_prepare(keys, edwards, KEY_ED25519), 0);
    cr_assert_eq(keys_prepare(keys, edwards, (enum key_algorithm)99), ERR_UNSUPPORTED);
}

Test(signatures, too_small_a_buffer_is_refused)
{
    uint64_t handle = put(HMAC_SECRET);
    uint8_t sig[KEYS_SIGNATURE_MAX];
    size_t len = 0;

    cr_assert_eq(keys_sign(keys, handle, KEY_HMAC_SHA256, "x", 1, sig, 31, &len), ERR_LIMIT);
    cr_assert_eq(keys_sign(keys, handle, KEY_HMAC_SHA512, "x", 1, sig, 63, &len), ERR_LIMIT);
    cr_assert_eq(keys_sign(keys, put(ED25519_PEM), KEY_ED25519, "x", 1, sig, 63, &len), ERR_LIMIT);
    cr_assert_eq(len, 0);
}
