/* The signatures the venue publishes (and some computed with openssl for what it does not publish). */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "rig.h"
#include "sign.h"

#define FULL_WIDTH "１２３４５６"
#define FULL_WIDTH_ENCODED "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96"

static struct rig rig;

static void init_hmac(void)
{
    rig_init(&rig);
}

static void init_ed25519(void)
{
    memset(&rig, 0, sizeof(rig));
    fake_host_init(&rig.fake, "binance", binance_options, BINANCE_OPTION_COUNT);
    fake_option(&rig.fake, "api_key",
                "4yNzx3yWC5bS6YTwEkSRaC0nRmSQIIStAUOh1b6kqaBrTLIhjCpI5lJH8q8R8WNO");
    fake_option(&rig.fake, "api_secret", FAKE_PKCS8);
    fake_option(&rig.fake, "key_type", "ed25519");
    rig_start(&rig);
}

static void fini(void)
{
    rig_release(&rig);
}

static const char *signature_of(const char *payload)
{
    static char text[BINANCE_SIGNATURE_TEXT];
    size_t len = 0;

    cr_assert_eq(binance_sign(rig.b, payload, strlen(payload), text, sizeof(text), &len), 0);
    text[len] = '\0';
    return text;
}

/* "a=1&b=2" as parameters, in that order; numbers only where the API wants them. */
static void fill(struct binance_params *params, const char *pairs)
{
    static char room[1024];
    size_t used = 0;

    binance_params_init(params);
    while (*pairs != '\0') {
        size_t len = strcspn(pairs, "&");
        const char *equals = memchr(pairs, '=', len);
        size_t name_len = (size_t)(equals - pairs);
        char *name = room + used;
        char *value = name + name_len + 1;
        used += len + 2;
        cr_assert_lt(used, sizeof(room));
        memcpy(name, pairs, name_len);
        name[name_len] = '\0';
        memcpy(value, equals + 1, len - name_len - 1);
        value[len - name_len - 1] = '\0';
        binance_param_text(params, name, value);
        pairs += len + (pairs[len] == '&');
    }
}

/* The form that REST sends and signs. */
static const char *form_of(const char *pairs)
{
    static struct sofia_request request;
    struct sofia_request_writer w;
    struct binance_params params;

    fill(&params, pairs);
    sofia_request_open(&w, &request, ENDPOINT_ORDER_PLACE);
    binance_params_form(&params, &w, SOFIA_PART_BODY);
    cr_assert_eq(sofia_request_close(&w), 0);
    return fake_part(&request, SOFIA_PART_BODY);
}

/* The text that the WS API signs, from parameters in any order. */
static const char *sorted_of(const char *pairs)
{
    static char text[2048];
    struct binance_params params;
    size_t len = 0;

    fill(&params, pairs);
    cr_assert_eq(binance_params_sorted(&params, text, sizeof(text) - 1, &len), 0);
    text[len] = '\0';
    return text;
}

TestSuite(binance_hmac, .init = init_hmac, .fini = fini);
TestSuite(binance_ed25519, .init = init_ed25519, .fini = fini);

Test(binance_hmac, rest_vectors)
{
    cr_expect_str_eq(signature_of(form_of("timestamp=1578963600000")),
                     "d84e6641b1e328e7b418fff030caed655c266299c9355e36ce801ed14631eed4");
    cr_expect_str_eq(
        signature_of(form_of("symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price="
                             "0.1&recvWindow=5000&timestamp=1499827319559")),
        "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71");
}

Test(binance_hmac, query_and_body_are_signed_without_a_separator)
{
    cr_expect_str_eq(
        signature_of("symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1"
                     "&recvWindow=5000&timestamp=1499827319559"),
        "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77");
}

Test(binance_hmac, rest_signs_the_encoded_symbol)
{
    const char *form =
        form_of("symbol=" FULL_WIDTH "&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1"
                "&price=0.1&recvWindow=5000&timestamp=1499827319559");

    cr_expect_str_eq(form, "symbol=" FULL_WIDTH_ENCODED "&side=BUY&type=LIMIT&timeInForce=GTC"
                           "&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559");
    cr_expect_str_eq(signature_of(form),
                     "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3");
    /* What a client that signs before encoding would send: refused by the venue since 2026. */
    cr_expect_str_neq(signature_of(form),
                      "ca2cdfbf21d2e2958de492c7f2dd1f059dd2ed4d4459d26a5ec7928db50c8d4f");
}

#define KEY "apiKey=" FAKE_KEY

Test(binance_hmac, ws_vectors)
{
    static const struct {
        const char *id;
        const char *pairs; /* deliberately not sorted */
        const char *signature;
    } vectors[] = {
        {"W1",
         "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.01000000&price=52000.00"
         "&recvWindow=100&timestamp=1645423376532&" KEY,
         "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"},
        {"W2",
         "symbol=" FULL_WIDTH "&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1.00000000"
         "&price=0.10000000&recvWindow=5000&timestamp=1645423376532&" KEY,
         "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd"},
        {"W3",
         KEY "&symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.00847000"
             "&price=23416.10000000&timestamp=1660801715431",
         "15af09e41c36f3cc61378c2fbe2c33719a03dd5eba8d0f9206fbda44de717c88"},
        {"W4",
         "symbol=BTCUSDT&origClientOrderId=4d96324ff9d44481926157&timestamp=1660801715830&" KEY,
         "33d5b721f278ae17a52f004a82a6f68a70c68e7dd6776ed0be77a455ab855282"},
        {"W5",
         "symbol=BTCUSDT&cancelReplaceMode=ALLOW_FAILURE&cancelOrigClientOrderId="
         "4d96324ff9d44481926157&side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.00847000&price="
         "23416.10000000&timestamp=1660813156900&" KEY,
         "7028fdc187868754d25e42c37ccfa5ba2bab1d180ad55d4c3a7e2de643943dc5"},
        {"W6", "timestamp=1660805557200&symbol=BTCUSDT&" KEY,
         "773f01b6e3c2c9e0c1d217bc043ce383c1ddd6f0e25f8d6070f2b66a6ceaf3a5"},
        {"W7", "timestamp=1660801720951&symbol=BTCUSDT&orderId=12569099453&" KEY,
         "2c3aab5a078ee4ea465ecd95523b77289f61476c2f238ec10c55ea6cb11a6f35"},
        {"W8", "timestamp=1660801839480&" KEY,
         "83303b4a136ac1371795f465808367242685a9e3a42b22edb4d977d0696eb45c"},
        {"W9",
         "symbol=BTCUSDT&startTime=1660780800000&endTime=1660867200000&timestamp=1661955125250"
         "&" KEY,
         "c5a5ffb79fd4f2e10a92f895d488943a57954edf5933bde3338dfb6ea6d6eefc"},
        {"W10", "timestamp=1747385641636&" KEY,
         "681110a6057ad58657af22f5640fab9dd17418834cdfccdc81be8b0f7b2cde3e"},
        {"W11", "timestamp=1649729878532&" KEY,
         "1cf54395b336b0a9727ef27d5d98987962bc47aca6e13fe978612d0adee066ed"},
        {"section 7",
         "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=60000.00&quantity=0.00200"
         "&newClientOrderId=cb7-000042&newOrderRespType=RESULT&recvWindow=2000"
         "&timestamp=1767225600000&" KEY,
         "a2e670883a94dfd14aa3e4c8fa3107a2add8ceea3d83d8aac2c3b65cc1c3cb8d"},
    };

    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        cr_expect_str_eq(signature_of(sorted_of(vectors[i].pairs)), vectors[i].signature, "%s",
                         vectors[i].id);
    }
}

Test(binance_hmac, section_7_as_a_rest_form)
{
    cr_expect_str_eq(
        signature_of(form_of("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.00200"
                             "&price=60000.00&newClientOrderId=cb7-000042&newOrderRespType=RESULT"
                             "&recvWindow=2000&timestamp=1767225600000")),
        "89ba95d9fdd54d9b229e3dd1a282a3cf9d644ca610d246940090415287330424");
}

Test(binance_hmac, a_submitted_unicode_order_is_signed_encoded)
{
    struct sofia_order order = rig_order();
    struct sofia_request request;

    snprintf(order.venue_symbol, sizeof(order.venue_symbol), "这是测试币456");
    cr_assert_eq(binance_encode_submit(rig.self, &order, &request), 0);
    const char *body = fake_part(&request, SOFIA_PART_BODY);
    const char *tail = strstr(body, "&signature=");
    cr_assert_not_null(tail);
    char payload[1024];
    snprintf(payload, sizeof(payload), "%.*s", (int)(tail - body), body);
    cr_expect_null(strstr(payload, "这"));
    cr_expect_not_null(strstr(payload, "symbol=%E8%BF%99%E6%98%AF"));
    cr_expect_str_eq(tail + strlen("&signature="), signature_of(payload));
}

Test(binance_hmac, a_message_is_signed_over_sorted_raw_text)
{
    static struct sofia_request request;
    struct sofia_request_writer w;
    struct binance_params params;
    char payload[512];

    binance_params_init(&params);
    binance_param_text(&params, "symbol", FULL_WIDTH);
    sofia_request_open(&w, &request, ENDPOINT_WS_USER_SUBSCRIBE);
    binance_signed_message(rig.b, &w, "s1", "userDataStream.subscribe.signature", &params);
    cr_assert_eq(sofia_request_close(&w), 0);
    snprintf(payload, sizeof(payload),
             KEY "&recvWindow=2000&symbol=" FULL_WIDTH "&timestamp=1767225600000");
    char wanted[1024];
    snprintf(wanted, sizeof(wanted),
             "{\"id\":\"s1\",\"method\":\"userDataStream.subscribe.signature\",\"params\":{"
             "\"symbol\":\"" FULL_WIDTH "\",\"recvWindow\":2000,\"timestamp\":1767225600000,"
             "\"apiKey\":\"<key>\",\"signature\":\"%s\"}}",
             signature_of(payload));
    cr_expect_str_eq(fake_part(&request, SOFIA_PART_BODY), wanted);
}

Test(binance_ed25519, vectors)
{
    cr_expect_str_eq(
        signature_of("A\001EXAMPLE\001SPOT\0011\00120240627-11:17:25.223"),
        "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA==");
    cr_expect_str_eq(
        signature_of(form_of("symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1"
                             "&price=0.2&timestamp=1668481559918&recvWindow=5000")),
        "inDT086KVIP8vgUfw5sV3VTkescWztiAGlf4x8FLKHM4NInsn0c1kYVLoGMO8cyjfR6vmTku2YQE0gtfVVlfCw==");
    cr_expect_str_eq(
        signature_of(sorted_of("timestamp=1649729878532&apiKey="
                               "4yNzx3yWC5bS6YTwEkSRaC0nRmSQIIStAUOh1b6kqaBrTLIhjCpI5lJH8q8R8WNO")),
        "cGkloHLHGGNbrduoWDYBlzIPwRHyDVYVfCE0rDkPwKdKedurBgm2JNWRkwloQDBFG6Mcloavo1siYfEtZbV/Ag==");
    cr_expect_str_eq(
        signature_of(form_of("symbol=" FULL_WIDTH "&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1"
                             "&price=0.2&timestamp=1668481559918&recvWindow=5000")),
        "vECjNXSlVOz1DskXXQ866KhikKY8cxajBXKAU0COlYYemqEr45TXiRS/jNB3LyHHh48pu7z2S6pTFhmhWNRBBw==");
}

Test(binance_ed25519, the_signature_is_percent_encoded_in_a_form)
{
    struct sofia_order order = rig_order();
    struct sofia_request request;

    cr_assert_eq(binance_encode_submit(rig.self, &order, &request), 0);
    const char *body = fake_part(&request, SOFIA_PART_BODY);
    const char *signature = strstr(body, "&signature=") + strlen("&signature=");
    cr_expect_not_null(strstr(signature, "%3D%3D"));
    cr_expect_eq(
        strspn(signature, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%"),
        strlen(signature));
}
