/* The forms in which keys are handed out, and ES256 signatures as JWT wants them. The P-256 key and its
 * two signatures with a short number were made with OpenSSL and verified by two other programs; the
 * Ed25519 key is that of RFC 8037, appendix A. */
#include <criterion/criterion.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "keys/keys.h"
#include "keys/slot.h"

#define SEC1_BODY                                                                                  \
    "MHcCAQEEIGC4ZKZZd5B2nZht5qffNTUmrOTfLtsDsRUThSPJLav7oAoGCCqGSM49",                            \
        "AwEHoUQDQgAEvVdP/NC5dLEy/ZCGJq1Dylne7GrpbNygpDUtcaPB8dGKilM3dREe",                        \
        "W9t/KlISt3wW1+MDcYvrvdG3O4i4Cj6paA=="
#define PKCS8_BODY                                                                                 \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYLhkpll3kHadmG3m",                            \
        "p981NSas5N8u2wOxFROFI8ktq/uhRANCAAS9V0/80Ll0sTL9kIYmrUPKWd7sauls",                        \
        "3KCkNS1xo8Hx0YqKUzd1ER5b238qUhK3fBbX4wNxi+u90bc7iLgKPqlo"
#define PUBLIC_PEM                                                                                 \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvVdP/NC5dLEy/ZCGJq1Dylne7Grp\n"                           \
    "bNygpDUtcaPB8dGKilM3dREeW9t/KlISt3wW1+MDcYvrvdG3O4i4Cj6paA==\n"                               \
    "-----END PUBLIC KEY-----\n"
#define SEED "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
#define SEED_AND_PUBLIC                                                                            \
    "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg=="
#define SEED_AND_OTHER                                                                             \
    "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGw=="
#define EDWARDS_PKCS8 "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
/* RFC 8037, A.4 */
#define EDWARDS_INPUT "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
#define EDWARDS_SIGNATURE                                                                          \
    "860c98d2297f3060a33f42739672d61b53cf3adefed3d3c672f320dc021b411e9d59b8628dc351e248b88b29"     \
    "468e0e41855b0fb7d83bb15be902bfccb8cd0a02"

static struct keys *keys;

static void drop_all(void)
{
    keys = keys_free(keys);
}

TestSuite(private_keys, .fini = drop_all);

static uint64_t put(const char *secret)
{
    uint64_t handle = 0;

    if (keys == NULL) {
        cr_assert_eq(keys_new(32, &keys), 0);
    }
    cr_assert_eq(keys_put(keys, secret, strlen(secret), "test", &handle), 0);
    return handle;
}

static EVP_PKEY *public_key(void)
{
    BIO *bio = BIO_new_mem_buf(PUBLIC_PEM, -1);
    EVP_PKEY *pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);

    BIO_free(bio);
    cr_assert_not_null(pkey);
    return pkey;
}

static bool verifies(EVP_PKEY *pkey, const uint8_t *raw, const char *data, size_t len)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char *der = NULL;

    ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
    int der_len = i2d_ECDSA_SIG(sig, &der);
    bool good = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
                EVP_DigestVerify(ctx, der, (size_t)der_len, (const unsigned char *)data, len) == 1;
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
    return good;
}

static void signs_es256(const char *secret)
{
    EVP_PKEY *pkey = public_key();
    uint8_t sig[KEYS_SIGNATURE_MAX];
    size_t len = 0;

    cr_assert_eq(keys_sign(keys, put(secret), KEY_ES256, "jwt", 3, sig, sizeof(sig), &len), 0, "%s",
                 error_text());
    cr_assert_eq(len, 64);
    cr_assert(verifies(pkey, sig, "jwt", 3));
    cr_assert_not(verifies(pkey, sig, "jwx", 3));
    EVP_PKEY_free(pkey);
}

/* The lines of a PEM with `mark` for each line end. */
static const char *pem(const char *type, const char *const lines[3], const char *mark)
{
    static char text[1024];

    snprintf(text, sizeof(text), "-----BEGIN %s-----%s%s%s%s%s%s%s-----END %s-----%s", type, mark,
             lines[0], mark, lines[1], mark, lines[2], mark, type, mark);
    return text;
}

Test(private_keys, a_p256_key_is_read_as_sec1_and_as_pkcs8_pem)
{
    const char *const sec1[] = {SEC1_BODY};
    const char *const pkcs8[] = {PKCS8_BODY};

    put("unused");
    signs_es256(pem("EC PRIVATE KEY", sec1, "\n"));
    signs_es256(pem("PRIVATE KEY", pkcs8, "\n"));
}

Test(private_keys, line_ends_may_be_written_out_or_lost)
{
    static const char *const marks[] = {"\\n", "\r\n", " ", ""};
    const char *const sec1[] = {SEC1_BODY};
    const char *const pkcs8[] = {PKCS8_BODY};

    put("unused");
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        signs_es256(pem("EC PRIVATE KEY", sec1, marks[i]));
        signs_es256(pem("PRIVATE KEY", pkcs8, marks[i]));
    }
}

static void signs_edwards(const char *secret)
{
    uint8_t sig[KEYS_SIGNATURE_MAX];
    char hex[2 * KEYS_SIGNATURE_MAX + 1] = "";
    size_t len = 0;

    cr_assert_eq(keys_sign(keys, put(secret), KEY_ED25519, EDWARDS_INPUT, strlen(EDWARDS_INPUT),
                           sig, sizeof(sig), &len),
                 0, "%s", error_text());
    for (size_t i = 0; i < len; i++) {
        snprintf(hex + 2 * i, 3, "%02x", sig[i]);
    }
    cr_assert_str_eq(hex, EDWARDS_SIGNATURE, "%s", secret);
}

Test(private_keys, an_ed25519_key_is_read_as_seed_as_pair_and_as_pkcs8)
{
    put("unused");
    signs_edwards(SEED);
    signs_edwards(SEED "\n");
    signs_edwards("  " SEED_AND_PUBLIC);
    signs_edwards(EDWARDS_PKCS8);
    signs_edwards("-----BEGIN PRIVATE KEY-----\\n" EDWARDS_PKCS8 "\\n-----END PRIVATE KEY-----\\n");
}

Test(private_keys, what_is_no_key_is_refused_and_never_shown)
{
    static const char *const bad[] = {
        SEED_AND_OTHER, "nWGxne/9WmC6hEr0kuwsxERJxWl7Mmk=", "{\"name\":\"x\",\"privateKey\":\"y\"}",
        "-----BEGIN EC PRIVATE KEY-----", "-----BEGIN"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint64_t handle = put(bad[i]);
        cr_assert_eq(keys_prepare(keys, handle, KEY_ES256), ERR_PARSE, "%s", bad[i]);
        cr_assert_eq(keys_prepare(keys, handle, KEY_ED25519), ERR_PARSE, "%s", bad[i]);
        cr_assert_null(strstr(error_text(), "nWGx"));
    }
    cr_assert_eq(keys_prepare(keys, put(bad[2]), KEY_ES256), ERR_PARSE);
    cr_assert_not_null(strstr(error_text(), "looks like JSON"), "%s", error_text());
}

Test(private_keys, a_key_of_one_algorithm_is_refused_for_the_other)
{
    const char *const sec1[] = {SEC1_BODY};
    uint64_t edwards = put(SEED);
    uint64_t p256 = put(pem("EC PRIVATE KEY", sec1, "\n"));

    cr_assert_eq(keys_prepare(keys, edwards, KEY_ES256), ERR_PARSE);
    cr_assert_eq(keys_prepare(keys, p256, KEY_ED25519), ERR_PARSE);
    cr_assert_eq(keys_prepare(keys, edwards, KEY_ED25519), 0);
    cr_assert_eq(keys_prepare(keys, p256, KEY_ES256), 0);
}

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = strlen(hex) / 2;

    for (size_t i = 0; i < n; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return n;
}

Test(private_keys, short_numbers_of_a_signature_are_padded)
{
    static const struct {
        const char *der;
        const char *raw;
    } rows[] = {
        {"3043021f30e77e96f370720e42189cc6db2ef21244c53e5fd966288670141c4236a9b50220168f20b31aa5592"
         "b"
         "7673380e8fc37a8b3547b8c7c512d749cf7707a114bfd180",
         "0030e77e96f370720e42189cc6db2ef21244c53e5fd966288670141c4236a9b5168f20b31aa5592b7673380e8"
         "f"
         "c37a8b3547b8c7c512d749cf7707a114bfd180"},
        {"3044022100b2e4f47599af43e95eadbdec67b3de47f0128c46bcac2a8d74f0f656263a5511021f2e521af0e3d"
         "7"
         "e85f9a6d0aafc544114e9160b526440072a08885ee4771e83d",
         "b2e4f47599af43e95eadbdec67b3de47f0128c46bcac2a8d74f0f656263a5511002e521af0e3d7e85f9a6d0aa"
         "f"
         "c544114e9160b526440072a08885ee4771e83d"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t der[128];
        uint8_t want[64];
        uint8_t raw[ES256_SIGNATURE];
        size_t n = unhex(rows[i].der, der);
        unhex(rows[i].raw, want);
        cr_assert(es256_raw_of_der(der, n, raw));
        cr_assert_arr_eq(raw, want, 64);
        cr_assert_not(es256_raw_of_der(der, n - 1, raw), "a torn one is none");
    }
}

Test(private_keys, ten_thousand_signatures_have_64_bytes_and_the_short_ones_verify)
{
    const char *const sec1[] = {SEC1_BODY};
    EVP_PKEY *pkey = public_key();
    uint64_t handle = put(pem("EC PRIVATE KEY", sec1, "\n"));
    int padded = 0;

    for (int i = 0; i < 10000; i++) {
        uint8_t sig[KEYS_SIGNATURE_MAX];
        size_t len = 0;
        cr_assert_eq(keys_sign(keys, handle, KEY_ES256, &i, sizeof(i), sig, sizeof(sig), &len), 0);
        cr_assert_eq(len, 64);
        bool is_short = sig[0] == 0 || sig[32] == 0;
        padded += is_short;
        if (is_short || i % 100 == 0) {
            cr_assert(verifies(pkey, sig, (const char *)&i, sizeof(i)), "signature %d", i);
        }
    }
    cr_assert_gt(padded, 20, "one in 128 has a leading zero");
    EVP_PKEY_free(pkey);
}
