#include <criterion/criterion.h>

#include <string.h>

#include "base/error.h"
#include "keys/keys.h"

static struct keys *keys;

static void open_store(void)
{
    cr_assert_eq(keys_new(2, &keys), 0, "%s", error_text());
}

static void close_store(void)
{
    keys = keys_free(keys);
}

TestSuite(keys, .init = open_store, .fini = close_store);

static uint64_t put(const char *secret)
{
    uint64_t handle = 0;

    cr_assert_eq(keys_put(keys, secret, strlen(secret), "api_secret", &handle), 0, "%s",
                 error_text());
    return handle;
}

Test(keys, a_handle_gives_back_the_bytes)
{
    uint64_t handle = put("hunter2");
    char buf[16];
    size_t len = 0;

    cr_assert_neq(handle, 0);
    cr_assert_eq(keys_copy_text(keys, handle, buf, sizeof(buf), &len), 0);
    cr_assert_eq(len, 7);
    cr_assert_arr_eq(buf, "hunter2", 7);
    cr_assert_str_eq(keys_label(keys, handle), "api_secret");
    cr_assert_eq(keys_source(keys, handle), KEY_SOURCE_MEMORY);
    cr_assert_eq(keys_copy_text(keys, handle, buf, 6, &len), ERR_LIMIT);
}

Test(keys, a_dropped_handle_is_stale_also_when_its_slot_lives_again)
{
    char buf[16];
    size_t len = 0;
    uint64_t first = put("one");

    cr_assert_eq(keys_drop(keys, first), 0);
    uint64_t second = put("two");
    cr_assert_neq(first, second);
    cr_assert_eq(first & 0xffff, second & 0xffff, "the slot is used again");
    cr_assert_eq(keys_copy_text(keys, first, buf, sizeof(buf), &len), ERR_STALE);
    cr_assert_eq(keys_drop(keys, first), ERR_STALE);
    cr_assert_eq(keys_source(keys, first), KEY_SOURCE_INVALID);
    cr_assert_str_eq(keys_label(keys, first), "");
    cr_assert_eq(keys_copy_text(keys, second, buf, sizeof(buf), &len), 0);
}

Test(keys, a_signature_with_a_dropped_key_is_refused)
{
    uint8_t sig[64];
    size_t len = 0;
    uint64_t handle = put("one");

    cr_assert_eq(keys_sign(keys, handle, KEY_HMAC_SHA256, "x", 1, sig, sizeof(sig), &len), 0);
    cr_assert_eq(keys_drop(keys, handle), 0);
    cr_assert_eq(keys_sign(keys, handle, KEY_HMAC_SHA256, "x", 1, sig, sizeof(sig), &len),
                 ERR_STALE);
}

Test(keys, a_slot_used_again_signs_with_the_new_secret)
{
    uint8_t one[64];
    uint8_t two[64];
    size_t len = 0;
    uint64_t handle = put("one");

    cr_assert_eq(keys_sign(keys, handle, KEY_HMAC_SHA256, "x", 1, one, sizeof(one), &len), 0);
    cr_assert_eq(keys_drop(keys, handle), 0);
    handle = put("two");
    cr_assert_eq(keys_sign(keys, handle, KEY_HMAC_SHA256, "x", 1, two, sizeof(two), &len), 0);
    cr_assert(memcmp(one, two, 32) != 0);
}

Test(keys, handles_that_never_were_are_stale)
{
    char buf[16];
    size_t len = 0;
    uint64_t handle = put("one");
    struct keys *other = NULL;

    cr_assert_eq(keys_copy_text(keys, 0, buf, sizeof(buf), &len), ERR_STALE);
    cr_assert_eq(keys_copy_text(keys, handle + 1, buf, sizeof(buf), &len), ERR_STALE);
    cr_assert_eq(keys_copy_text(keys, UINT64_MAX, buf, sizeof(buf), &len), ERR_STALE);
    cr_assert_eq(keys_new(2, &other), 0);
    uint64_t foreign = 0;
    cr_assert_eq(keys_put(other, "x", 1, "x", &foreign), 0);
    cr_assert_eq(keys_copy_text(keys, foreign, buf, sizeof(buf), &len), ERR_STALE,
                 "a handle of another store");
    keys_free(other);
}

Test(keys, a_full_store_and_a_bad_length_are_refused)
{
    static const char big[KEYS_SECRET_MAX + 1];
    uint64_t handle = 0;

    cr_assert_eq(keys_put(keys, big, sizeof(big), "k", &handle), ERR_LIMIT);
    cr_assert_eq(keys_put(keys, big, 0, "k", &handle), ERR_LIMIT);
    (void)put("one");
    (void)put("two");
    cr_assert_eq(keys_put(keys, "x", 1, "k", &handle), ERR_FULL);
    cr_assert_eq(handle, 0);
    cr_assert_eq(keys_new(0, &keys), ERR_INVALID);
    cr_assert_eq(keys_new(KEYS_SLOTS_MAX + 1, &keys), ERR_INVALID);
}

Test(keys, only_an_identifier_may_be_read_by_its_adapter)
{
    char buf[16];
    size_t len = 0;
    uint64_t secret = put("secret");
    uint64_t key = put("public-id");

    cr_assert_eq(keys_mark_identifier(keys, key), 0);
    cr_assert_eq(keys_identifier(keys, secret, buf, sizeof(buf), &len), ERR_DENIED);
    cr_assert_eq(len, 0);
    cr_assert_eq(keys_identifier(keys, key, buf, sizeof(buf), &len), 0);
    cr_assert_arr_eq(buf, "public-id", 9);
    cr_assert_eq(keys_drop(keys, key), 0);
    cr_assert_eq(keys_identifier(keys, put("next"), buf, sizeof(buf), &len), ERR_DENIED,
                 "the mark went with it");
}

Test(keys, fingerprints_tell_apart_and_show_nothing)
{
    char one[KEYS_FINGERPRINT_SIZE];
    char two[KEYS_FINGERPRINT_SIZE];
    char again[KEYS_FINGERPRINT_SIZE];
    uint64_t handle = put("one");

    cr_assert_eq(keys_fingerprint(keys, handle, one), 0);
    cr_assert_eq(keys_fingerprint(keys, put("two"), two), 0);
    cr_assert_eq(keys_fingerprint(keys, handle, again), 0);
    cr_assert_eq(strlen(one), 16);
    cr_assert_str_eq(one, again);
    cr_assert(strcmp(one, two) != 0);
}

Test(keys, a_literal_is_taken_and_says_that_it_is_one)
{
    uint64_t handle = 0;
    char buf[16];
    size_t len = 0;

    cr_assert_eq(keys_load(keys, "plain", "api_key", &handle), 0);
    cr_assert_eq(keys_source(keys, handle), KEY_SOURCE_LITERAL);
    cr_assert_eq(keys_copy_text(keys, handle, buf, sizeof(buf), &len), 0);
    cr_assert_arr_eq(buf, "plain", 5);
    cr_assert_eq(keys_load(keys, "", "api_key", &handle), ERR_LIMIT);
}
