/* API-Sign: the venue's published vector and two computed ones, through the adapter's own path. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "rig.h"
#include "sign.h"

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
    rig.fake.nonce = UINT64_C(1616492376594);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(kraken_sign, .init = init, .fini = fini);

static const char *signature_of(const struct sofia_request *request)
{
    static char text[256];
    const char *header = fake_part(request, SOFIA_PART_HEADER);
    const char *at = strstr(header, "API-Sign: ");

    cr_assert_not_null(at, "%s", header);
    at += strlen("API-Sign: ");
    snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, "\n"), at);
    return text;
}

Test(kraken_sign, the_published_vector)
{
    struct sofia_request request;
    struct kraken_form form;

    kraken_form_open(rig.k, &form, &request, ENDPOINT_ADD_ORDER);
    kraken_form_text(&form, "ordertype", "limit");
    kraken_form_text(&form, "pair", "XBTUSD");
    kraken_form_text(&form, "price", "37500");
    kraken_form_text(&form, "type", "buy");
    kraken_form_text(&form, "volume", "1.25");
    cr_assert_eq(kraken_form_close(rig.k, &form), SOFIA_OK);
    cr_expect_str_eq(
        fake_part(&request, SOFIA_PART_BODY),
        "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1."
        "25");
    cr_expect_str_eq(signature_of(&request),
                     "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn"
                     "6H8ndwLUQ==");
    cr_expect_not_null(strstr(fake_part(&request, SOFIA_PART_HEADER), "API-Key: <key>"));
}

/* Another path and another way to write the body: both enter the signature. */
Test(kraken_sign, the_body_that_is_only_a_nonce)
{
    struct sofia_request request;
    struct kraken_form form;
    static const char path[] = "/0/private/Balance";
    uint8_t digest[SOFIA_DIGEST_SIZE];
    uint8_t raw[SOFIA_SIGNATURE_SIZE];
    char message[128];
    char room[256];
    struct sofia_text text;
    size_t len = 0;

    kraken_form_open(rig.k, &form, &request, ENDPOINT_BALANCE);
    cr_assert_eq(kraken_form_close(rig.k, &form), SOFIA_OK);
    const char *body = fake_part(&request, SOFIA_PART_BODY);
    cr_assert_str_eq(body, "nonce=1616492376594");
    snprintf(room, sizeof(room), "1616492376594%s", body);
    rig.fake.exchange.digest(&rig.fake.host, room, strlen(room), digest);
    memcpy(message, path, sizeof(path) - 1);
    memcpy(message + sizeof(path) - 1, digest, sizeof(digest));
    rig.fake.exchange.sign(&rig.fake.host, SOFIA_SIGN_HMAC_SHA512_BASE64, 72, message,
                           sizeof(path) - 1 + sizeof(digest), raw, sizeof(raw), &len);
    sofia_text_init(&text, room, sizeof(room));
    sofia_text_base64(&text, raw, len);
    cr_expect_str_eq(room, "1nH4vwR+8FHiYh1QT649xXkGd3JR3x0DWkgv3u9Ed/Qqv6KPtgQpEU4m+Emb/VgpEji3j1"
                           "XNwI+HCbfXxmrTOg==");
    cr_expect_str_neq(signature_of(&request), room, "BalanceEx is another path");
}

Test(kraken_sign, the_json_body)
{
    static const char body[] = "{\"nonce\":\"1616492376594\",\"ordertype\":\"limit\",\"pair\":"
                               "\"XBTUSD\",\"price\":\"37500\",\"type\":\"buy\",\"volume\":"
                               "\"1.25\"}";
    static const char path[] = "/0/private/AddOrder";
    uint8_t digest[SOFIA_DIGEST_SIZE];
    uint8_t raw[SOFIA_SIGNATURE_SIZE];
    char message[128];
    char room[256];
    struct sofia_text text;
    size_t len = 0;

    cr_assert_eq(strlen(body), 106);
    snprintf(room, sizeof(room), "1616492376594%s", body);
    rig.fake.exchange.digest(&rig.fake.host, room, strlen(room), digest);
    memcpy(message, path, sizeof(path) - 1);
    memcpy(message + sizeof(path) - 1, digest, sizeof(digest));
    rig.fake.exchange.sign(&rig.fake.host, SOFIA_SIGN_HMAC_SHA512_BASE64, 72, message,
                           sizeof(path) - 1 + sizeof(digest), raw, sizeof(raw), &len);
    sofia_text_init(&text, room, sizeof(room));
    sofia_text_base64(&text, raw, len);
    cr_expect_str_eq(room, "r/o+GpKxXjV/mls/r5CKLu5R+yzK5psqvQ4hXxMX1nzdxTBhV+ui82QGgPZMMitpFwCOAd"
                           "PEZMmXgZxD2chJEg==");
}

/* The same value, encoded and not: the signature must be over what is sent. */
Test(kraken_sign, percent_encoded_bytes_are_signed_as_they_are_sent)
{
    struct sofia_request request;
    struct kraken_form form;
    char sent[128];
    char room[256];
    char message[128];
    uint8_t digest[SOFIA_DIGEST_SIZE];
    uint8_t raw[SOFIA_SIGNATURE_SIZE];
    struct sofia_text text;
    size_t len = 0;
    static const char path[] = "/0/private/AddOrder";

    kraken_form_open(rig.k, &form, &request, ENDPOINT_ADD_ORDER);
    kraken_form_text(&form, "price", "+5");
    kraken_form_text(&form, "oflags", "post,fciq");
    cr_assert_eq(kraken_form_close(rig.k, &form), SOFIA_OK);
    snprintf(sent, sizeof(sent), "%s", fake_part(&request, SOFIA_PART_BODY));
    cr_assert_str_eq(sent, "nonce=1616492376594&price=%2B5&oflags=post%2Cfciq");
    snprintf(room, sizeof(room), "1616492376594%s", sent);
    rig.fake.exchange.digest(&rig.fake.host, room, strlen(room), digest);
    memcpy(message, path, sizeof(path) - 1);
    memcpy(message + sizeof(path) - 1, digest, sizeof(digest));
    rig.fake.exchange.sign(&rig.fake.host, SOFIA_SIGN_HMAC_SHA512_BASE64, 72, message,
                           sizeof(path) - 1 + sizeof(digest), raw, sizeof(raw), &len);
    sofia_text_init(&text, room, sizeof(room));
    sofia_text_base64(&text, raw, len);
    cr_expect_str_eq(signature_of(&request), room);
}

Test(kraken_sign, every_request_draws_a_nonce_of_its_own_and_all_share_a_lane)
{
    struct sofia_order order = rig_order();
    struct sofia_request first = rig_submit(&rig, &order);
    struct sofia_request again = rig_submit(&rig, &order);

    cr_expect_eq(strncmp(fake_part(&first, SOFIA_PART_BODY), "nonce=1616492376594&", 20), 0);
    cr_expect_eq(strncmp(fake_part(&again, SOFIA_PART_BODY), "nonce=1616492376595&", 20), 0);
    cr_expect_eq(first.lane, KRAKEN_LANE);
    order.venue_id[0] = 'O';
    struct sofia_request query = rig_query(&rig, &order);
    cr_expect_eq(query.lane, KRAKEN_LANE);
    cr_expect_eq(strncmp(fake_part(&query, SOFIA_PART_BODY), "nonce=1616492376596&", 20), 0);
}
