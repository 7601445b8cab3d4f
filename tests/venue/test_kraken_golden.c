/* What Kraken publishes and what was computed from it: signatures and book checksums. */
#include <stdlib.h>
#include <string.h>

#include "kraken_desk.h"
#include "venue/kraken/kraken.h"

/* ---- signatures ---- */

#define ORDER_BODY                                                                                 \
    "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
#define ORDER_JSON                                                                                 \
    "{\"nonce\":\"1616492376594\",\"ordertype\":\"limit\",\"pair\":\"XBTUSD\",\"price\":"          \
    "\"37500\","                                                                                   \
    "\"type\":\"buy\",\"volume\":\"1.25\"}"

static const struct {
    const char *path;
    const char *body;
    const char *signature;
} vectors[] = {
    {"/0/private/AddOrder", ORDER_BODY,
     "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="},
    {"/0/private/Balance", "nonce=1616492376594",
     "1nH4vwR+8FHiYh1QT649xXkGd3JR3x0DWkgv3u9Ed/Qqv6KPtgQpEU4m+Emb/VgpEji3j1XNwI+HCbfXxmrTOg=="},
    {"/0/private/AddOrder", ORDER_JSON,
     "r/o+GpKxXjV/mls/r5CKLu5R+yzK5psqvQ4hXxMX1nzdxTBhV+ui82QGgPZMMitpFwCOAdPEZMmXgZxD2chJEg=="},
};

Test(kraken_golden, the_published_signature_and_two_of_its_kind_verify)
{
    struct desk d;
    kraken_open(&d);
    struct vn_key *key = vn_key_find(d.v, VN_KRAKEN, "kate");
    for (size_t i = 0; i < 3; i++) {
        const char *body = vectors[i].body;
        cr_assert(vk_signature_fits(key, vectors[i].path, "1616492376594", body, strlen(body),
                                    vectors[i].signature));
        cr_assert_not(vk_signature_fits(key, "/0/private/Ledgers", "1616492376594", body,
                                        strlen(body), vectors[i].signature));
        cr_assert_not(vk_signature_fits(key, vectors[i].path, "1616492376595", body, strlen(body),
                                        vectors[i].signature));
        cr_assert_not(vk_signature_fits(key, vectors[i].path, "1616492376594", body,
                                        strlen(body) - 1, vectors[i].signature));
    }
    desk_close(&d);
}

Test(kraken_golden, the_desk_signs_as_the_published_example_does)
{
    char signature[89];
    kraken_sign("/0/private/AddOrder", "1616492376594", ORDER_BODY, signature);
    cr_assert_str_eq(signature, vectors[0].signature);
}

Test(kraken_golden, percent_escapes_are_signed_as_they_were_sent)
{
    struct desk d;
    kraken_open(&d);
    KRAKEN_FINE(kraken(&d, "kate", "AddOrder",
                       "pair=XBTUSD&type=buy&ordertype=limit&price=50000&volume=0.1"
                       "&oflags=post%2Cfciq&expiretm=%2B60&timeinforce=GTD"));
    desk_close(&d);
}

/* ---- checksums ---- */

static int64_t at_8(const char *text)
{
    int64_t value = 0;
    cr_assert_eq(vn_fixed_parse(text, strlen(text), 8, &value), 0);
    return value;
}

struct row {
    const char *price;
    const char *qty;
};

static int read_rows(const struct row *rows, int count, struct vk_level *ret_levels)
{
    for (int i = 0; i < count; i++) {
        ret_levels[i] = (struct vk_level){at_8(rows[i].price), at_8(rows[i].qty)};
    }
    return count;
}

static const struct row asks[] = {
    {"45285.2", "0.00100000"}, {"45286.4", "1.54571953"}, {"45286.6", "1.54571109"},
    {"45289.6", "1.54560911"}, {"45290.2", "0.15890660"}, {"45291.8", "1.54553491"},
    {"45294.7", "0.04454749"}, {"45296.1", "0.35380000"}, {"45297.5", "0.09945542"},
    {"45299.5", "0.18772827"}, {"45300.1", "0.50000000"}};
static const struct row bids[] = {{"45283.5", "0.10000000"}, {"45283.4", "1.54582015"},
                                  {"45282.1", "0.10000000"}, {"45281.0", "0.10000000"},
                                  {"45280.3", "1.54592586"}, {"45279.0", "0.07990000"},
                                  {"45277.6", "0.03310103"}, {"45277.5", "0.30000000"},
                                  {"45277.3", "1.54602737"}, {"45276.6", "0.15445238"}};

Test(kraken_golden, the_published_book_has_the_published_checksum)
{
    struct vk_level a[11];
    struct vk_level b[10];
    read_rows(asks, 11, a);
    read_rows(bids, 10, b);
    cr_assert_eq(vk_checksum(a, 10, b, 10, 1, 8), 3310070434u);
    cr_assert_eq(vk_checksum(a, 11, b, 10, 1, 8), 3310070434u, "an eleventh level does not count");
}

Test(kraken_golden, the_updated_book_has_the_computed_checksum)
{
    struct vk_level a[11];
    struct vk_level b[11];
    read_rows(asks, 11, a); /* without its first, with 45300.1 as the last */
    read_rows(bids, 4, b);
    b[4] = (struct vk_level){at_8("45283.0"), at_8("0.25")};
    struct vk_level sorted[10] = {b[0], b[1], b[4], b[2], b[3]};
    read_rows(bids + 4, 5, sorted + 5);
    cr_assert_eq(vk_checksum(a + 1, 10, sorted, 10, 1, 8), 2181714062u);
}

Test(kraken_golden, bids_before_asks_are_another_checksum)
{
    struct vk_level a[10];
    struct vk_level b[10];
    read_rows(asks, 10, a);
    read_rows(bids, 10, b);
    cr_assert_eq(vk_checksum(b, 10, a, 10, 1, 8), 2704419326u);
}

Test(kraken_golden, a_small_book_and_an_empty_one)
{
    static const struct row few_asks[] = {{"0.05005", "0.00000500"}, {"0.05010", "0.00000500"}};
    static const struct row few_bids[] = {{"0.05000", "0.00000500"}};
    struct vk_level a[2];
    struct vk_level b[1];
    read_rows(few_asks, 2, a);
    read_rows(few_bids, 1, b);
    cr_assert_eq(vk_checksum(a, 2, b, 1, 5, 8), 1725113685u);
    cr_assert_eq(vk_checksum(a, 0, b, 0, 5, 8), 0u);
}

/* ---- ids and times ---- */

Test(kraken_golden, ids_are_numbers_in_the_pattern_of_the_venue)
{
    static const uint64_t numbers[] = {0, 1, 9000000001, 9007199254740993, UINT64_MAX};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char text[VK_TXID];
        uint64_t back = 1;
        vk_id_print('O', numbers[i], text);
        cr_assert_eq(strlen(text), 19u);
        cr_assert(text[0] == 'O' && text[6] == '-' && text[12] == '-');
        cr_assert(vk_id_read('O', text, &back));
        cr_assert_eq(back, numbers[i]);
        cr_assert_not(vk_id_read('T', text, &back));
        text[8] = text[8] == 'A' ? 'B' : 'A';
        cr_assert_not(vk_id_read('O', text, &back), "a changed digit is noticed");
    }
}

Test(kraken_golden, times_are_read_with_zones_and_fractions)
{
    cr_assert_eq(vk_time_read("2026-01-01T00:00:00Z"), DESK_START_NS);
    cr_assert_eq(vk_time_read("2026-01-01T02:00:00.5+02:00"), DESK_START_NS + 500 * MS);
    cr_assert_eq(vk_time_read("2025-12-31T19:00:00.123456789-05:00"), DESK_START_NS + 123456789);
    cr_assert_eq(vk_time_read("2024-02-29T00:00:00Z"), 1709164800 * SECOND);
    static const char *const wrong[] = {"",
                                        "2026-01-01",
                                        "2026-01-01T00:00:00",
                                        "1767225600",
                                        "2026-13-01T00:00:00Z",
                                        "2026-01-01T00:00:00.Z",
                                        "2026-01-01T00:00:00+2:00",
                                        "2026-01-01 00:00:00Z"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        cr_assert_eq(vk_time_read(wrong[i]), -1, "%s", wrong[i]);
    }
}
