#include <criterion/criterion.h>

#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/text.h>

#include "draw.h"

/* The vectors of RFC 4648 section 10. */
static const char *vectors[][2] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

Test(codecs, base64_as_the_rfc_has_it)
{
    char room[32];
    uint8_t bytes[32];
    struct sofia_text text;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const char *plain = vectors[i][0];
        size_t len = 99;
        sofia_text_init(&text, room, sizeof room);
        sofia_text_base64(&text, plain, strlen(plain));
        cr_assert_str_eq(room, vectors[i][1]);
        cr_assert_eq(sofia_base64_decode(sofia_slice_of(vectors[i][1]), bytes, strlen(plain), &len),
                     0);
        cr_assert_eq(len, strlen(plain));
        cr_assert_eq(memcmp(bytes, plain, len), 0);
    }
}

Test(codecs, base64url_has_its_alphabet_and_no_padding)
{
    char room[32];
    struct sofia_text text;
    sofia_text_init(&text, room, sizeof room);
    sofia_text_base64url(&text, "\xfb\xff\xfe\xfb", 4);
    cr_assert_str_eq(room, "-__--w");
    sofia_text_clear(&text);
    sofia_text_base64url(&text, "\xfb\xff\xfe\xfb\xef", 5);
    cr_assert_str_eq(room, "-__---8");
    sofia_text_clear(&text);
    sofia_text_base64(&text, "\xfb\xff\xfe\xfb", 4);
    cr_assert_str_eq(room, "+//++w==");
}

Test(codecs, base64_refuses_every_other_spelling)
{
    static const char *texts[] = {
        "Z",    "Zg",   "Zg=",  "Zg===",    "Zh==",     "Zm9=", "=Zg=", "Z===", "====",
        "Zg= ", "Zg-_", "Zm\n", "Zg==Zg==", "Zm9vYg=a", "Z=g=", "Zm=v", " Zg=", "Zm9v=",
    };
    uint8_t bytes[32];
    size_t len = 99;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_assert_eq(sofia_base64_decode(sofia_slice_of(texts[i]), bytes, sizeof bytes, &len),
                     SOFIA_KIT_EPARSE, "%s", texts[i]);
    }
    cr_assert_eq(sofia_base64_decode(sofia_slice_of("Zm9v"), bytes, 2, &len), SOFIA_KIT_ESPACE);
    cr_assert_eq(len, 99);
}

Test(codecs, hex_both_ways)
{
    char room[32];
    uint8_t bytes[8];
    size_t len = 99;
    struct sofia_text text;
    sofia_text_init(&text, room, sizeof room);
    sofia_text_hex(&text, "\x00\x0f\xa5\xff", 4);
    cr_assert_str_eq(room, "000fa5ff");
    cr_assert_eq(sofia_hex_decode(sofia_slice_of("000Fa5fF"), bytes, 4, &len), 0);
    cr_assert_eq(len, 4);
    cr_assert_eq(memcmp(bytes, "\x00\x0f\xa5\xff", 4), 0);
    cr_assert_eq(sofia_hex_decode(sofia_slice_of("0"), bytes, 8, &len), SOFIA_KIT_EPARSE);
    cr_assert_eq(sofia_hex_decode(sofia_slice_of("0g"), bytes, 8, &len), SOFIA_KIT_EPARSE);
    cr_assert_eq(sofia_hex_decode(sofia_slice_of("G0"), bytes, 8, &len), SOFIA_KIT_EPARSE);
    cr_assert_eq(sofia_hex_decode(sofia_slice_of("0011"), bytes, 1, &len), SOFIA_KIT_ESPACE);
}

Test(codecs, any_bytes_survive_the_round_trip)
{
    struct draw draw = {.state = 11};
    for (int i = 0; i < 2000; i++) {
        uint8_t bytes[48];
        uint8_t back[48];
        char room[128];
        size_t len = draw_below(&draw, sizeof bytes);
        size_t back_len = 0;
        struct sofia_text text;
        for (size_t k = 0; k < len; k++) {
            bytes[k] = (uint8_t)draw_below(&draw, 256);
        }
        sofia_text_init(&text, room, sizeof room);
        sofia_text_base64(&text, bytes, len);
        cr_assert_eq(sofia_base64_decode(sofia_text_slice(&text), back, sizeof back, &back_len), 0);
        cr_assert(back_len == len && memcmp(back, bytes, len) == 0);
        sofia_text_clear(&text);
        sofia_text_hex(&text, bytes, len);
        cr_assert_eq(sofia_hex_decode(sofia_text_slice(&text), back, sizeof back, &back_len), 0);
        cr_assert(back_len == len && memcmp(back, bytes, len) == 0);
    }
}
