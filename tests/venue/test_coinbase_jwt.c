/* Tokens by published vectors (RFC 7515, RFC 8037) and by one worked key: what fits, and what only looks as if it did. */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "venue/coinbase/jwt.h"
#include "venue/core/text.h"

#define KEY_NAME                                                                                   \
    "organizations/11111111-2222-4333-8444-555555555555/apiKeys/"                                  \
    "66666666-7777-4888-8999-aaaaaaaaaaaa"
#define URI "GET api.coinbase.com/api/v3/brokerage/accounts"
#define NBF_NS (1767225600 * 1000000000LL)

static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
                          "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvVdP/NC5dLEy/ZCGJq1Dylne7Grp\n"
                          "bNygpDUtcaPB8dGKilM3dREeW9t/KlISt3wW1+MDcYvrvdG3O4i4Cj6paA==\n"
                          "-----END PUBLIC KEY-----\n";

static const char header_part[] =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6Im9yZ2FuaXphdGlvbnMvMTExMTExMTEtMjIyMi00MzMzLTg0NDQtNTU1NTU1NTU1"
    "NTU1L2FwaUtleXMvNjY2NjY2NjYtNzc3Ny00ODg4LTg5OTktYWFhYWFhYWFhYWFhIiwibm9uY2UiOiIwMDAxMDIwMzA0"
    "MDUwNjA3MDgwOTBhMGIwYzBkMGUwZiIsInR5cCI6IkpXVCJ9";
static const char claims_part[] =
    "eyJzdWIiOiJvcmdhbml6YXRpb25zLzExMTExMTExLTIyMjItNDMzMy04NDQ0LTU1NTU1NTU1NTU1NS9hcGlLZXlzLzY2"
    "NjY2NjY2LTc3NzctNDg4OC04OTk5LWFhYWFhYWFhYWFhYSIsImlzcyI6ImNkcCIsIm5iZiI6MTc2NzIyNTYwMCwiZXhw"
    "IjoxNzY3MjI1NzIwLCJ1cmkiOiJHRVQgYXBpLmNvaW5iYXNlLmNvbS9hcGkvdjMvYnJva2VyYWdlL2FjY291bnRzIn0";
static const char signature_part[] =
    "ziwHE1E_tMsOuzcB52qF0M2TtaDQYBBl4lKmaiQYSg_mOJE5UfFKWkQVylXjoV3W5FPlQ-Iq_vcVzYYfhNUCSA";

/* The same bytes signed with the k of RFC 6979. */
static const char deterministic_part[] =
    "vtvdxw2IKp1-LnV9zkqsVxobD69RMkk-TQ5Ds9Q3FNgtbr-ZzmLhCdNMGn1gqR4ZdU-XXkJnQppepp_zBj4JQQ";

static const char short_r[] = "0030e77e96f370720e42189cc6db2ef21244c53e5fd966288670141c4236a9b5"
                              "168f20b31aa5592b7673380e8fc37a8b3547b8c7c512d749cf7707a114bfd180";
static const char short_s[] = "b2e4f47599af43e95eadbdec67b3de47f0128c46bcac2a8d74f0f656263a5511"
                              "002e521af0e3d7e85f9a6d0aafc544114e9160b526440072a08885ee4771e83d";
static const char der[] =
    "3046022100ce2c0713513fb4cb0ebb3701e76a85d0cd93b5a0d0601065e252a66a24184a0f"
    "022100e638913951f14a5a4415ca55e3a15dd6e453e543e22afef715cd861f84d50248";

static EVP_PKEY *key_read(const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);
    cr_assert_not_null(key);
    return key;
}

static size_t hex_read(const char *hex, unsigned char *ret_bytes)
{
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < len; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        ret_bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return len;
}

static char *base64url(const unsigned char *bytes, size_t len)
{
    char *text = vn_alloc(4 * (len / 3 + 2));
    EVP_EncodeBlock((unsigned char *)text, bytes, (int)len);
    for (char *p = text; *p != '\0'; p++) {
        *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
    }
    text[strcspn(text, "=")] = '\0';
    return text;
}

static char *joined(const char *header, const char *claims, const char *signature)
{
    struct vn_text out = {0};
    vn_text_addf(&out, "%s.%s.%s", header, claims, signature);
    return vn_text_take(&out);
}

/* All checks on a token text: NULL if it passes, else why not. */
static const char *judge(const char *text, const char *key_pem, int64_t now_ns, const char *uri)
{
    struct vc_token token;
    EVP_PKEY *key = key_read(key_pem);
    const char *why = vc_token_read(text, strlen(text), &token);
    if (why == NULL) {
        why = vc_token_check_signature(&token, key);
    }
    if (why == NULL) {
        why = vc_token_check_claims(&token, now_ns, uri);
    }
    vc_token_release(&token);
    EVP_PKEY_free(key);
    return why;
}

static const char *judge_parts(const char *header, const char *claims, const char *signature)
{
    char *text = joined(header, claims, signature);
    const char *why = judge(text, pem, NBF_NS, URI);
    free(text);
    return why;
}

static const char *judge_hex(const char *hex)
{
    unsigned char bytes[128];
    char *part = base64url(bytes, hex_read(hex, bytes));
    const char *why = judge_parts(header_part, claims_part, part);
    free(part);
    return why;
}

Test(coinbase_jwt, the_worked_token_passes_and_names_its_key)
{
    cr_assert_null(judge_parts(header_part, claims_part, signature_part));
    char *text = joined(header_part, claims_part, signature_part);
    struct vc_token token;
    cr_assert_null(vc_token_read(text, strlen(text), &token));
    cr_assert_str_eq(vc_token_name(&token), KEY_NAME);
    cr_assert_str_eq(vc_token_nonce(&token), "000102030405060708090a0b0c0d0e0f");
    cr_assert_eq(token.signed_len, 508u);
    vc_token_release(&token);
    free(text);
}

Test(coinbase_jwt, other_valid_signatures_of_the_same_bytes_pass)
{
    cr_assert_null(judge_parts(header_part, claims_part, deterministic_part));
    cr_assert_null(judge_hex(short_r));
    cr_assert_null(judge_hex(short_s));
}

Test(coinbase_jwt, der_is_not_64_bytes)
{
    cr_assert_str_eq(judge_hex(der), "the signature is not 64 bytes long");
}

Test(coinbase_jwt, swapped_halves_do_not_fit)
{
    struct vn_text swapped = {0};
    vn_text_add(&swapped, short_r + 64);
    vn_text_add_n(&swapped, short_r, 64);
    cr_assert_str_eq(judge_hex(swapped.data), "the signature does not fit");
    vn_text_release(&swapped);
}

Test(coinbase_jwt, padding_and_the_other_alphabet_are_refused)
{
    struct vn_text text = {0};
    vn_text_addf(&text, "%s==", signature_part);
    cr_assert_str_eq(judge_parts(header_part, claims_part, text.data),
                     "the signature is not base64url");
    vn_text_clear(&text);
    vn_text_add(&text, signature_part);
    for (char *p = text.data; *p != '\0'; p++) {
        *p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
    }
    cr_assert_str_eq(judge_parts(header_part, claims_part, text.data),
                     "the signature is not base64url");
    vn_text_release(&text);
}

Test(coinbase_jwt, one_flipped_bit_of_the_claims_does_not_fit)
{
    unsigned char bytes[512];
    long len = vc_base64url_read(claims_part, strlen(claims_part), bytes, sizeof(bytes));
    cr_assert_eq(len, 206);
    bytes[120] ^= 1; /* another letter of the key's name */
    char *part = base64url(bytes, (size_t)len);
    cr_assert_str_eq(judge_parts(header_part, part, signature_part), "the signature does not fit");
    free(part);
}

/* A verifier that let the token choose its algorithm would pass both. */
Test(coinbase_jwt, alg_none_and_alg_hs256_are_refused)
{
    static const char none[] = "{\"alg\":\"none\",\"kid\":\"" KEY_NAME "\",\"typ\":\"JWT\"}";
    static const char hs256[] = "{\"alg\":\"HS256\",\"kid\":\"" KEY_NAME "\",\"typ\":\"JWT\"}";
    char *header = base64url((const unsigned char *)none, sizeof(none) - 1);
    cr_assert_str_eq(judge_parts(header, claims_part, ""), "alg is not that of the key");
    free(header);
    header = base64url((const unsigned char *)hs256, sizeof(hs256) - 1);
    struct vn_text input = {0};
    vn_text_addf(&input, "%s.%s", header, claims_part);
    unsigned char digest[32];
    unsigned int len = 0;
    HMAC(EVP_sha256(), pem, sizeof(pem) - 1, (const unsigned char *)input.data, input.len, digest,
         &len);
    char *signature = base64url(digest, len);
    cr_assert_str_eq(judge_parts(header, claims_part, signature), "alg is not that of the key");
    free(signature);
    free(header);
    vn_text_release(&input);
}

Test(coinbase_jwt, times_are_exact_to_the_second)
{
    char *text = joined(header_part, claims_part, signature_part);
    cr_assert_str_eq(judge(text, pem, NBF_NS - 1, URI), "nbf is in the future");
    cr_assert_null(judge(text, pem, NBF_NS + 120 * 1000000000LL - 1, URI));
    cr_assert_str_eq(judge(text, pem, NBF_NS + 120 * 1000000000LL, URI), "expired");
    free(text);
}

Test(coinbase_jwt, a_token_is_bound_to_its_request)
{
    static const char *const others[] = {
        "get api.coinbase.com/api/v3/brokerage/accounts",
        "GET https://api.coinbase.com/api/v3/brokerage/accounts",
        "GET api.coinbase.com:443/api/v3/brokerage/accounts",
        "GET api.coinbase.com/api/v3/brokerage/accounts?limit=1",
        "GET api.coinbase.com/api/v3/brokerage/accounts/",
        "GET api.coinbase.com/api/v3/brokerage/products",
    };
    char *text = joined(header_part, claims_part, signature_part);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        cr_assert_str_eq(judge(text, pem, NBF_NS, others[i]), "bound to another request");
    }
    cr_assert_str_eq(judge(text, pem, NBF_NS, NULL), "bound to a request");
    free(text);
}

Test(coinbase_jwt, the_websocket_token_of_the_worked_key_passes)
{
    static const char claims[] =
        "{\"sub\":\"" KEY_NAME "\",\"iss\":\"cdp\",\"nbf\":1767225600,\"exp\":1767225720}";
    static const char signature[] =
        "NRRe55VAc3bxC6dbucpKBdbxBS1GFIh5rCULfe4g8Auqt1DqoAc-NvgzxAVoRcvC3PkC8fBBmKDZ4R-ruIaz4g";
    char *part = base64url((const unsigned char *)claims, sizeof(claims) - 1);
    char *text = joined(header_part, part, signature);
    cr_assert_null(judge(text, pem, NBF_NS, NULL));
    cr_assert_str_eq(judge(text, pem, NBF_NS, URI), "bound to another request");
    free(text);
    free(part);
}

/* ---- Ed25519 ---- */

#define ED_PEM                                                                                     \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"                               \
    "-----END PUBLIC KEY-----\n"

static const char ed_token[] =
    "eyJhbGciOiJFZERTQSIsImtpZCI6IjY2NjY2NjY2LTc3NzctNDg4OC04OTk5LWFhYWFhYWFhYWFhYSIsIm5vbmNlIjoi"
    "MDAwMTAyMDMwNDA1MDYwNzA4MDkwYTBiMGMwZDBlMGYiLCJ0eXAiOiJKV1QifQ."
    "eyJzdWIiOiI2NjY2NjY2Ni03Nzc3LTQ4ODgtODk5OS1hYWFhYWFhYWFhYWEiLCJpc3MiOiJjZHAiLCJuYmYiOjE3Njcy"
    "MjU2MDAsImV4cCI6MTc2NzIyNTcyMCwidXJpIjoiUE9TVCBhcGkuY29pbmJhc2UuY29tL2FwaS92My9icm9rZXJhZ2Uv"
    "b3JkZXJzIn0."
    "RKYJ1Sztf8F5Ox8QFIDtiF7vigmgC0Xv0o5m_Dqu9mWh3NHOzBKiZrQshn4-gPaKXVkWfuVeII3AmR6zDTqpDg";

Test(coinbase_jwt, the_worked_ed25519_token_passes)
{
    cr_assert_null(
        judge(ed_token, ED_PEM, NBF_NS, "POST api.coinbase.com/api/v3/brokerage/orders"));
    cr_assert_str_eq(judge(ed_token, pem, NBF_NS, URI), "alg is not that of the key");
}

static const char *judge_published(const char *token, const char *key_pem)
{
    const char *dot = strrchr(token, '.');
    unsigned char signature[128];
    long len = vc_base64url_read(dot + 1, strlen(dot + 1), signature, sizeof(signature));
    EVP_PKEY *key = key_read(key_pem);
    const char *why = len < 0
                          ? "broken"
                          : vc_jws_check(key, token, (size_t)(dot - token), signature, (size_t)len);
    EVP_PKEY_free(key);
    return why;
}

Test(coinbase_jwt, rfc_8037_a4_passes)
{
    cr_assert_null(
        judge_published("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
                        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5B"
                        "hVsPt9g7sVvpAr_MuM0KAg",
                        ED_PEM));
}

Test(coinbase_jwt, rfc_7515_a3_passes)
{
    static const char key_pem[] =
        "-----BEGIN PUBLIC KEY-----\n"
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
        "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
        "-----END PUBLIC KEY-----\n";
    cr_assert_null(judge_published(
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
        "LmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlS"
        "ApmWQxfKTUJqPP3-Kg6NU1Q",
        key_pem));
}
