/* Tokens: the vectors made for this venue's format, what each request is signed for, and the pool. */
#include <criterion/criterion.h>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

#define NBF_S 1767225600
#define NONCE "000102030405060708090a0b0c0d0e0f"
#define NS INT64_C(1000000000)

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(token, .init = init, .fini = fini);

static size_t unbase64url(const char *text, size_t len, uint8_t *out)
{
    char padded[2048];
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        padded[n++] = (char)(text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
    }
    while (n % 4 != 0) {
        padded[n++] = '=';
    }
    size_t out_len = 0;
    cr_assert_eq(sofia_base64_decode((struct sofia_slice){padded, n}, out, 2048, &out_len), 0);
    return out_len;
}

/* The signature of header.claims by the public half of the key. */
static int verifies(const char *token, size_t len)
{
    uint8_t raw[2048];
    const char *dot = memrchr(token, '.', len);
    size_t raw_len = unbase64url(dot + 1, (size_t)(token + len - dot - 1), raw);
    BIO *bio = BIO_new_mem_buf(RIG_PUBLIC_PEM, -1);
    EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    ECDSA_SIG *sig = ECDSA_SIG_new();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char *der = NULL;

    cr_assert_eq(raw_len, 64);
    ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
    int der_len = i2d_ECDSA_SIG(sig, &der);
    int good = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
               EVP_DigestVerify(ctx, der, (size_t)der_len, (const unsigned char *)token,
                                (size_t)(dot - token)) == 1;
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return good;
}

/* Claims of the token in a request's header, as text. */
static const char *claims_of(const struct sofia_request *request)
{
    static char claims[2048];
    const char *header = fake_part(request, SOFIA_PART_HEADER);
    const char *token = strstr(header, "Authorization: Bearer ");

    cr_assert_not_null(token, "%s", header);
    token += strlen("Authorization: Bearer ");
    size_t len = strcspn(token, "\n");
    cr_assert(verifies(token, len));
    const char *first = strchr(token, '.');
    const char *second = strchr(first + 1, '.');
    size_t n = unbase64url(first + 1, (size_t)(second - first - 1), (uint8_t *)claims);
    claims[n] = '\0';
    return claims;
}

Test(token, es256_signs_exactly_the_worked_input)
{
    static const char input[] =
        "eyJhbGciOiJFUzI1NiIsImtpZCI6Im9yZ2FuaXphdGlvbnMvMTExMTExMTEtMjIyMi00MzMzLTg0NDQtNTU1NTU1NT"
        "U1NTU1L2FwaUtleXMvNjY2NjY2NjYtNzc3Ny00ODg4LTg5OTktYWFhYWFhYWFhYWFhIiwibm9uY2UiOiIwMDAxMDIw"
        "MzA0MDUwNjA3MDgwOTBhMGIwYzBkMGUwZiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJvcmdhbml6YXRpb25zLzExMTExM"
        "TExLTIyMjItNDMzMy04NDQ0LTU1NTU1NTU1NTU1NS9hcGlLZXlzLzY2NjY2NjY2LTc3NzctNDg4OC04OTk5LWFhYWF"
        "hYWFhYWFhYSIsImlzcyI6ImNkcCIsIm5iZiI6MTc2NzIyNTYwMCwiZXhwIjoxNzY3MjI1NzIwLCJ1cmkiOiJHRVQgY"
        "XBpLmNvaW5iYXNlLmNvbS9hcGkvdjMvYnJva2VyYWdlL2FjY291bnRzIn0";
    char token[COINBASE_TOKEN_TEXT];
    size_t len = 0;

    cr_assert_eq(coinbase_jwt(rig.c, NONCE, NBF_S, "GET api.coinbase.com/api/v3/brokerage/accounts",
                              token, sizeof(token), &len),
                 0);
    cr_assert_eq(strncmp(token, input, strlen(input)), 0, "%s", token);
    cr_assert_eq(token[strlen(input)], '.');
    cr_assert_eq(len, strlen(input) + 1 + 86);
    cr_assert(verifies(token, len));
    token[3] = token[3] == 'A' ? 'B' : 'A';
    cr_assert_not(verifies(token, len), "a flipped bit");
}

Test(token, a_token_for_a_stream_names_no_uri)
{
    uint8_t digest[32];
    char token[COINBASE_TOKEN_TEXT];
    char hex[65];
    size_t len = 0;

    cr_assert_eq(coinbase_jwt(rig.c, NONCE, NBF_S, "", token, sizeof(token), &len), 0);
    const char *dot = memrchr(token, '.', len);
    EVP_Digest(token, (size_t)(dot - token), digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < 32; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    cr_assert_str_eq(hex, "9a17bb4e161b935dedd5b9e90be8a5412b76f7ab33a3bc803531a36af1137d75");
    cr_assert(verifies(token, len));
}

/* Runs after the suite's own. */
static void init_edwards(void)
{
    rig_release(&rig);
    rig_prepare(&rig);
    fake_option(&rig.fake, "api_key", RIG_EDWARDS_KEY);
    fake_option(&rig.fake, "api_secret", RIG_SEED);
    rig_start(&rig);
}

Test(token, eddsa_equals_the_worked_token, .init = init_edwards)
{
    char token[COINBASE_TOKEN_TEXT];
    size_t len = 0;

    cr_assert_eq(rig.c->signer.algorithm, SOFIA_SIGN_ED25519, "learnt from the key");
    cr_assert_eq(coinbase_jwt(rig.c, NONCE, NBF_S, "POST api.coinbase.com/api/v3/brokerage/orders",
                              token, sizeof(token), &len),
                 0);
    token[len] = '\0';
    cr_assert_str_eq(
        token,
        "eyJhbGciOiJFZERTQSIsImtpZCI6IjY2NjY2NjY2LTc3NzctNDg4OC04OTk5LWFhYWFhYWFhYWFhYSIsIm5vbmNlI"
        "joiMDAwMTAyMDMwNDA1MDYwNzA4MDkwYTBiMGMwZDBlMGYiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiI2NjY2NjY2Ni03"
        "Nzc3LTQ4ODgtODk5OS1hYWFhYWFhYWFhYWEiLCJpc3MiOiJjZHAiLCJuYmYiOjE3NjcyMjU2MDAsImV4cCI6MTc2Nz"
        "IyNTcyMCwidXJpIjoiUE9TVCBhcGkuY29pbmJhc2UuY29tL2FwaS92My9icm9rZXJhZ2Uvb3JkZXJzIn0.RKYJ1Szt"
        "f8F5Ox8QFIDtiF7vigmgC0Xv0o5m_Dqu9mWh3NHOzBKiZrQshn4-gPaKXVkWfuVeII3AmR6zDTqpDg");
}

Test(token, each_request_is_signed_for_its_own_method_and_path_without_query)
{
    struct sofia_request request;
    struct sofia_order order = rig_order();
    struct sofia_trades_query query = {
        .size = sizeof(query), .venue_symbol = "BTC-USD", .venue_order_id = "6647d29e"};

#define SIGNED_FOR(call, uri)                                                                      \
    cr_assert_eq(call, 0);                                                                         \
    cr_expect_not_null(strstr(claims_of(&request), "\"uri\":\"" uri "\"}"), "%s",                  \
                       claims_of(&request))
    SIGNED_FOR(coinbase_encode_permissions(rig.c, &request),
               "GET api.coinbase.com/api/v3/brokerage/key_permissions");
    SIGNED_FOR(coinbase_encode_account(rig.c, &request),
               "GET api.coinbase.com/api/v3/brokerage/accounts");
    SIGNED_FOR(coinbase_encode_instruments(rig.c, &request),
               "GET api.coinbase.com/api/v3/brokerage/products");
    SIGNED_FOR(coinbase_encode_submit(rig.c, &order, &request),
               "POST api.coinbase.com/api/v3/brokerage/orders");
    SIGNED_FOR(coinbase_encode_open_orders(rig.c, "", &request),
               "GET api.coinbase.com/api/v3/brokerage/orders/historical/batch");
    SIGNED_FOR(coinbase_encode_trades(rig.c, &query, &request),
               "GET api.coinbase.com/api/v3/brokerage/orders/historical/fills");
    snprintf(order.venue_id, sizeof(order.venue_id), "6647d29e");
    SIGNED_FOR(coinbase_encode_cancel(rig.c, &order, &request),
               "POST api.coinbase.com/api/v3/brokerage/orders/batch_cancel");
    SIGNED_FOR(coinbase_encode_replace(rig.c, &order, &order, &request),
               "POST api.coinbase.com/api/v3/brokerage/orders/edit");
    SIGNED_FOR(coinbase_encode_query(rig.c, &order, &request),
               "GET api.coinbase.com/api/v3/brokerage/orders/historical/batch");
    cr_expect_eq(coinbase_encode_time(rig.c, &request), 0);
    cr_expect_str_eq(fake_part(&request, SOFIA_PART_HEADER), "", "the clock needs no token");
}

Test(token, begins_two_seconds_before_the_venues_now_and_lives_two_minutes)
{
    struct sofia_request request;

    coinbase_encode_account(rig.c, &request);
    cr_assert_not_null(strstr(claims_of(&request), "\"nbf\":1767225598,\"exp\":1767225718"), "%s",
                       claims_of(&request));
    cr_assert_eq(request.accept_until_ns, INT64_C(1767225718) * NS);
}

Test(token, no_two_are_the_same)
{
    struct sofia_request a;
    struct sofia_request b;

    coinbase_encode_permissions(rig.c, &a);
    coinbase_encode_permissions(rig.c, &b);
    cr_assert_str_neq(fake_part(&a, SOFIA_PART_HEADER), fake_part(&b, SOFIA_PART_HEADER));
}

Test(token, without_the_venues_clock_nothing_is_signed)
{
    struct sofia_request request;
    struct sofia_order order = rig_order();

    rig.fake.venue_now_ns = 0;
    cr_assert_eq(coinbase_encode_submit(rig.c, &order, &request), SOFIA_EAGAIN);
    cr_assert_eq(request.segment_count, 0, "no half request");
}

/* ---- the pool ---- */

static void fill_pool(void)
{
    const struct fake_timer *timer;

    do {
        rig_fire(&rig, TIMER_TOKENS);
        timer = fake_timer_of(&rig.fake, TIMER_TOKENS);
    } while (timer != NULL && timer->delay_ns == 0);
}

static uint64_t pooled_after_an_order(void)
{
    struct sofia_request request;
    struct sofia_order order = rig_order();
    uint64_t before = rig.c->signer.pooled;

    cr_assert_eq(coinbase_encode_submit(rig.c, &order, &request), 0);
    cr_assert_not_null(strstr(claims_of(&request), "brokerage/orders\"}"));
    return rig.c->signer.pooled - before;
}

Test(token, orders_and_cancels_are_signed_ahead_of_need)
{
    struct sofia_request request;
    struct sofia_order order = rig_order();
    uint64_t made;

    fill_pool();
    made = rig.c->signer.count;
    cr_assert_eq(rig.c->signer.pools[0].count, COINBASE_POOL);
    cr_assert_eq(rig.c->signer.pools[1].count, COINBASE_POOL);
    snprintf(order.venue_id, sizeof(order.venue_id), "6647d29e");
    cr_assert_eq(coinbase_encode_submit(rig.c, &order, &request), 0);
    cr_assert_eq(coinbase_encode_cancel(rig.c, &order, &request), 0);
    cr_assert_eq(rig.c->signer.count, made, "neither paid for a signature");
    cr_assert_not_null(strstr(claims_of(&request), "batch_cancel"));
    cr_assert_not_null(fake_timer_of(&rig.fake, TIMER_TOKENS));
    cr_assert_eq(fake_timer_of(&rig.fake, TIMER_TOKENS)->delay_ns, 0, "the gap is filled at once");
}

Test(token, a_pooled_one_is_used_once)
{
    struct sofia_request a;
    struct sofia_request b;
    struct sofia_order order = rig_order();

    fill_pool();
    coinbase_encode_submit(rig.c, &order, &a);
    coinbase_encode_submit(rig.c, &order, &b);
    cr_assert_str_neq(fake_part(&a, SOFIA_PART_HEADER), fake_part(&b, SOFIA_PART_HEADER));
}

Test(token, an_old_one_is_not_used)
{
    fill_pool();
    rig.fake.mono_ns += 61 * NS;
    rig.fake.venue_now_ns += 61 * NS;
    cr_assert_eq(pooled_after_an_order(), 0);
}

Test(token, after_a_step_of_the_clock_none_is_used)
{
    fill_pool();
    cr_assert_eq(pooled_after_an_order(), 1);
    rig.fake.venue_now_ns += 5 * NS; /* the estimate of the venue's clock, not time itself */
    cr_assert_eq(pooled_after_an_order(), 0);
    fill_pool();
    rig.fake.venue_now_ns -= 5 * NS;
    cr_assert_eq(pooled_after_an_order(), 0);
}

Test(token, after_a_refusal_none_is_used_and_none_is_made_ahead)
{
    fill_pool();
    rig_answer(&rig, ENDPOINT_ORDERS, 401, "Unauthorized");
    cr_assert_eq(pooled_after_an_order(), 0);
    rig_fire(&rig, TIMER_TOKENS);
    cr_assert_eq(rig.c->signer.pools[0].count, 0);
    rig_answer(&rig, ENDPOINT_PERMISSIONS, 200, rig_rights);
    fill_pool();
    cr_assert_eq(pooled_after_an_order(), 1);
}

Test(token, is_never_written_to_the_log)
{
    struct sofia_request request;
    struct sofia_order order = rig_order();

    order.venue_symbol[0] = '\0';
    cr_assert_neq(coinbase_encode_submit(rig.c, &order, &request), 0);
    cr_assert_gt(rig.fake.log_count, 0);
    cr_assert_null(strstr(rig.fake.log, "eyJ"));
}
