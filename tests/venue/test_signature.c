/* The published signature vectors, verify side: what the venue's documentation signs must fit, anything else must not. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "venue/binance/binance.h"

static struct desk d;

static void setup(void)
{
    desk_open(&d, NULL);
}

static void teardown(void)
{
    desk_close(&d);
}

TestSuite(venue_signature, .init = setup, .fini = teardown);

struct vector {
    const char *id;
    const char *payload;
    const char *hex;
};

#define K "apiKey=" DOC_KEY "&"

static const struct vector vectors[] = {
    {"H0", "timestamp=1578963600000",
     "d84e6641b1e328e7b418fff030caed655c266299c9355e36ce801ed14631eed4"},
    {"H1",
     "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&"
     "timestamp=1499827319559",
     "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"},
    {"H2",
     "symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type=LIMIT&"
     "timeInForce=GTC&quantity=1"
     "&price=0.1&recvWindow=5000&timestamp=1499827319559",
     "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"},
    {"H3",
     "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1&recvWindow=5000&"
     "timestamp=1499827319559",
     "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"},
    {"W1",
     K "price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&timeInForce=GTC"
       "&timestamp=1645423376532&type=LIMIT",
     "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"},
    {"W2",
     K "price=0.10000000&quantity=1.00000000&recvWindow=5000&side=BUY&symbol=１２３４５６&"
       "timeInForce=GTC"
       "&timestamp=1645423376532&type=LIMIT",
     "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd"},
    {"W3",
     K "price=23416.10000000&quantity=0.00847000&side=SELL&symbol=BTCUSDT&timeInForce=GTC&"
       "timestamp=1660801715431"
       "&type=LIMIT",
     "15af09e41c36f3cc61378c2fbe2c33719a03dd5eba8d0f9206fbda44de717c88"},
    {"W4", K "origClientOrderId=4d96324ff9d44481926157&symbol=BTCUSDT&timestamp=1660801715830",
     "33d5b721f278ae17a52f004a82a6f68a70c68e7dd6776ed0be77a455ab855282"},
    {"W5",
     K "cancelOrigClientOrderId=4d96324ff9d44481926157&cancelReplaceMode=ALLOW_FAILURE&price=23416."
       "10000000"
       "&quantity=0.00847000&side=SELL&symbol=BTCUSDT&timeInForce=GTC&timestamp=1660813156900&type="
       "LIMIT",
     "7028fdc187868754d25e42c37ccfa5ba2bab1d180ad55d4c3a7e2de643943dc5"},
    {"W6", K "symbol=BTCUSDT&timestamp=1660805557200",
     "773f01b6e3c2c9e0c1d217bc043ce383c1ddd6f0e25f8d6070f2b66a6ceaf3a5"},
    {"W7", K "orderId=12569099453&symbol=BTCUSDT&timestamp=1660801720951",
     "2c3aab5a078ee4ea465ecd95523b77289f61476c2f238ec10c55ea6cb11a6f35"},
    {"W8", K "timestamp=1660801839480",
     "83303b4a136ac1371795f465808367242685a9e3a42b22edb4d977d0696eb45c"},
    {"W9", K "endTime=1660867200000&startTime=1660780800000&symbol=BTCUSDT&timestamp=1661955125250",
     "c5a5ffb79fd4f2e10a92f895d488943a57954edf5933bde3338dfb6ea6d6eefc"},
    {"W10", K "timestamp=1747385641636",
     "681110a6057ad58657af22f5640fab9dd17418834cdfccdc81be8b0f7b2cde3e"},
    {"W11", K "timestamp=1649729878532",
     "1cf54395b336b0a9727ef27d5d98987962bc47aca6e13fe978612d0adee066ed"},
};

#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

Test(venue_signature, published_hmac_vectors_fit)
{
    const struct vn_key *key = vn_key_find(d.v, VN_BINANCE, DOC_KEY);
    for (size_t i = 0; i < VECTORS; i++) {
        const struct vector *x = &vectors[i];
        cr_assert(vn_signature_fits(key, x->payload, strlen(x->payload), x->hex), "%s", x->id);
    }
}

Test(venue_signature, one_changed_byte_does_not_fit)
{
    const struct vn_key *key = vn_key_find(d.v, VN_BINANCE, DOC_KEY);
    for (size_t i = 0; i < VECTORS; i++) {
        const struct vector *x = &vectors[i];
        char hex[65];
        memcpy(hex, x->hex, 65);
        hex[63] = hex[63] == '0' ? '1' : '0';
        cr_assert_not(vn_signature_fits(key, x->payload, strlen(x->payload), hex), "%s", x->id);
        cr_assert_not(vn_signature_fits(key, x->payload, strlen(x->payload) - 1, x->hex), "%s",
                      x->id);
    }
}

Test(venue_signature, hex_of_either_case_fits)
{
    const struct vn_key *key = vn_key_find(d.v, VN_BINANCE, DOC_KEY);
    cr_assert(
        vn_signature_fits(key, vectors[0].payload, strlen(vectors[0].payload),
                          "D84E6641B1E328E7B418FFF030CAED655C266299C9355E36CE801ED14631EED4"));
}

/* The venue whose clock stands at the vector's time. */
static void open_at(int64_t ms)
{
    struct venue_config c = desk_config();
    desk_close(&d);
    c.start_ns = ms * MS;
    desk_open(&d, &c);
    d.now_ns = c.start_ns;
}

Test(venue_signature, h1_as_query_and_h3_as_query_and_body_reach_the_handler)
{
    open_at(1499827319559);
    struct answer *a = desk_raw(&d, "POST",
                                "/api/v3/"
                                "order?symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity="
                                "1&price=0.1&recvWindow=5000"
                                "&timestamp=1499827319559&signature="
                                "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71",
                                DOC_KEY, NULL);
    REFUSED(a, 400, -1121); /* the signature held; the symbol is not listed here */
    a = desk_raw(&d, "POST", "/api/v3/order?symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC",
                 DOC_KEY,
                 "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
                 "&signature=0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77");
    REFUSED(a, 400, -1121);
}

Test(venue_signature, h2_encoded_holds_and_n1_raw_fails)
{
    open_at(1499827319559);
    struct answer *a =
        desk_raw(&d, "POST", "/api/v3/order", DOC_KEY,
                 "symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type="
                 "LIMIT&timeInForce=GTC&quantity=1"
                 "&price=0.1&recvWindow=5000&timestamp=1499827319559"
                 "&signature=e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3");
    REFUSED(a, 400, -1121);
    a = desk_raw(&d, "POST", "/api/v3/order", DOC_KEY,
                 "symbol=１２３４５６&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&"
                 "recvWindow=5000"
                 "&timestamp=1499827319559"
                 "&signature=ca2cdfbf21d2e2958de492c7f2dd1f059dd2ed4d4459d26a5ec7928db50c8d4f");
    REFUSED(a, 400, -1022);
}

Test(venue_signature, published_ed25519_vectors_fit)
{
    const struct vn_key *key = vn_key_find(d.v, VN_BINANCE, "edkey");
    static const char f1[] = "A\001EXAMPLE\001SPOT\0011\00120240627-11:17:25.223";
    static const char e1[] =
        "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2"
        "&timestamp=1668481559918&recvWindow=5000";
    static const char e2[] =
        "apiKey=4yNzx3yWC5bS6YTwEkSRaC0nRmSQIIStAUOh1b6kqaBrTLIhjCpI5lJH8q8R8WNO"
        "&timestamp=1649729878532";
    static const char e3[] =
        "symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=SELL&type=LIMIT"
        "&timeInForce=GTC&quantity=1&price=0.2&timestamp=1668481559918&recvWindow=5000";
    static const char *const signatures[] = {
        "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA==",
        "inDT086KVIP8vgUfw5sV3VTkescWztiAGlf4x8FLKHM4NInsn0c1kYVLoGMO8cyjfR6vmTku2YQE0gtfVVlfCw==",
        "cGkloHLHGGNbrduoWDYBlzIPwRHyDVYVfCE0rDkPwKdKedurBgm2JNWRkwloQDBFG6Mcloavo1siYfEtZbV/Ag==",
        "vECjNXSlVOz1DskXXQ866KhikKY8cxajBXKAU0COlYYemqEr45TXiRS/jNB3LyHHh48pu7z2S6pTFhmhWNRBBw==",
    };
    const char *const texts[] = {f1, e1, e2, e3};
    for (size_t i = 0; i < 4; i++) {
        cr_assert(vn_signature_fits(key, texts[i], strlen(texts[i]), signatures[i]), "vector %zu",
                  i);
        cr_assert_not(vn_signature_fits(key, texts[i], strlen(texts[i]), signatures[(i + 1) % 4]));
    }
}

static void ed25519_sign(const char *payload, char ret_base64[96])
{
    unsigned char raw[64];
    size_t len = sizeof(raw);
    BIO *bio = BIO_new_mem_buf(ED_PRIVATE_PEM, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_DigestSignInit(ctx, NULL, NULL, NULL, key);
    EVP_DigestSign(ctx, raw, &len, (const unsigned char *)payload, strlen(payload));
    EVP_EncodeBlock((unsigned char *)ret_base64, raw, 64);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    BIO_free(bio);
}

Test(venue_signature, session_logon_by_ed25519_and_unsigned_calls_after_it)
{
    char payload[128];
    char signature[96];
    char frame[512];
    uint64_t conn = desk_ws(&d, "/ws-api/v3");
    long long now = (long long)(d.now_ns / MS);
    snprintf(payload, sizeof(payload), "apiKey=edkey&timestamp=%lld", now);
    ed25519_sign(payload, signature);
    snprintf(frame, sizeof(frame),
             "{\"id\":1,\"method\":\"session.logon\",\"params\":{\"apiKey\":\"edkey\","
             "\"timestamp\":%lld,\"signature\":\"%s\"}}",
             now, signature);
    desk_ws_text(&d, conn, frame);
    char *reply = desk_next(&d, conn);
    IS(reply, "status", "200");
    IS(reply, "result.apiKey", "edkey");
    IS(reply, "result.userDataStream", "false");
    free(reply);
    desk_ws_text(&d, conn, "{\"id\":2,\"method\":\"userDataStream.subscribe\"}");
    reply = desk_next(&d, conn);
    IS(reply, "result.subscriptionId", "0");
    free(reply);
    desk_ws_text(&d, conn, "{\"id\":3,\"method\":\"session.status\"}");
    reply = desk_next(&d, conn);
    IS(reply, "result.userDataStream", "true");
    free(reply);
    snprintf(frame, sizeof(frame),
             "{\"id\":4,\"method\":\"order.place\",\"params\":{\"symbol\":\"BTCUSDT\",\"side\":"
             "\"BUY\",\"type\":\"LIMIT\","
             "\"timeInForce\":\"GTC\",\"quantity\":\"1\",\"price\":\"100\",\"timestamp\":%lld}}",
             now);
    desk_ws_text(&d, conn, frame);
    reply = desk_find(&d, conn, "\"id\":4");
    IS(reply, "status", "200");
    free(reply);
    desk_ws_text(&d, conn, "{\"id\":5,\"method\":\"account.status\",\"params\":{}}");
    reply = desk_find(&d, conn, "\"id\":5");
    IS(reply, "error.code", "-1102"); /* the timestamp stays mandatory */
    free(reply);
}

Test(venue_signature, rest_by_ed25519)
{
    char payload[64];
    char signature[96];
    struct vn_text target = {0};
    snprintf(payload, sizeof(payload), "timestamp=%lld", (long long)(d.now_ns / MS));
    ed25519_sign(payload, signature);
    vn_text_addf(&target, "/api/v3/account?%s&signature=", payload);
    for (const char *p = signature; *p != '\0'; p++) {
        if (*p == '+' || *p == '/' || *p == '=') {
            vn_text_addf(&target, "%%%02X", (unsigned)*p);
        } else {
            vn_text_add_char(&target, *p);
        }
    }
    ACCEPTED(desk_raw(&d, "GET", target.data, "edkey", NULL));
    vn_text_release(&target);
}
