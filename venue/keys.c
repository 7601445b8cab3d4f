/* Keys of all dialects: what they prove themselves with. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"

#define SECRET_MAX 512

struct vn_key *vn_key_find(struct venue *v, enum vn_dialect_id dialect, const char *api_key)
{
    struct vn_key *key = vn_table_get_text(&v->keys, api_key);
    return key != NULL && key->dialect == dialect ? key : NULL;
}

static EVP_MAC_CTX *mac_new(const void *secret, size_t len, const char *digest)
{
    char name[8] = "";
    memcpy(name, digest, strlen(digest));
    OSSL_PARAM params[] = {{"digest", OSSL_PARAM_UTF8_STRING, name, strlen(name), 0},
                           OSSL_PARAM_END};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    if (ctx != NULL && EVP_MAC_init(ctx, secret, len, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

static EVP_MAC_CTX *mac_of_base64(const char *secret)
{
    unsigned char bytes[SECRET_MAX];
    size_t len = strlen(secret);
    if (len == 0 || len % 4 != 0 || len / 4 * 3 > sizeof(bytes)) {
        return NULL;
    }
    int decoded = EVP_DecodeBlock(bytes, (const unsigned char *)secret, (int)len);
    if (decoded < 0) {
        return NULL;
    }
    size_t padding = (secret[len - 1] == '=') + (size_t)(secret[len - 2] == '=');
    return mac_new(bytes, (size_t)decoded - padding, "SHA512");
}

static EVP_MAC_CTX *mac_of(uint32_t signatures, const char *secret)
{
    if ((signatures & VN_SIGN_HMAC_SHA512) != 0) {
        return mac_of_base64(secret);
    }
    return (signatures & VN_SIGN_HMAC_SHA256) != 0 ? mac_new(secret, strlen(secret), "SHA256")
                                                   : NULL;
}

static bool is_p256(const EVP_PKEY *key)
{
    char group[64] = "";
    size_t len = 0;
    return EVP_PKEY_get_id(key) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(key, group, sizeof(group), &len) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

static EVP_PKEY *public_key_read(uint32_t signatures, const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);
    if (key == NULL ||
        ((signatures & VN_SIGN_ED25519) != 0 && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519) ||
        ((signatures & VN_SIGN_P256) != 0 && is_p256(key))) {
        return key;
    }
    EVP_PKEY_free(key);
    return NULL;
}

int venue_key_add(struct venue *v, const struct venue_key *wanted)
{
    struct vn_account *a = vn_account_find(&v->engine, wanted->account);
    int dialect = wanted->dialect == NULL ? (int)v->fallback : vn_dialect_find(wanted->dialect);
    if (a == NULL) {
        return vn_error(v, VENUE_ENOENT, "no account '%s'", wanted->account);
    }
    if (dialect < 0) {
        return vn_error(v, VENUE_ENOENT, "no dialect '%s'", wanted->dialect);
    }
    if (vn_table_get_text(&v->keys, wanted->api_key) != NULL) {
        return vn_error(v, VENUE_EEXIST, "key '%s' exists", wanted->api_key);
    }
    if ((wanted->secret == NULL) == (wanted->public_pem == NULL)) {
        return vn_error(v, VENUE_EINVAL, "a key has a secret or a public key");
    }
    uint32_t signatures = vn_dialect_of((enum vn_dialect_id)dialect)->signatures;
    EVP_MAC_CTX *mac = wanted->secret == NULL ? NULL : mac_of(signatures, wanted->secret);
    EVP_PKEY *public_key =
        wanted->public_pem == NULL ? NULL : public_key_read(signatures, wanted->public_pem);
    if (mac == NULL && public_key == NULL) {
        return vn_error(v, VENUE_EINVAL, "key '%s': not a secret or public key that %s takes",
                        wanted->api_key, vn_dialect_of((enum vn_dialect_id)dialect)->name);
    }
    struct vn_key *key = vn_alloc(sizeof(*key));
    key->api_key = vn_copy(wanted->api_key, strlen(wanted->api_key));
    key->dialect = (enum vn_dialect_id)dialect;
    key->mac = mac;
    key->public_key = public_key;
    key->permissions = wanted->permissions;
    key->nonce_window = wanted->nonce_window;
    key->account = a;
    key->next = v->key_list;
    v->key_list = key;
    vn_table_put_text(&v->keys, key->api_key, key);
    return 0;
}

size_t vn_key_hmac(const struct vn_key *key, const void *bytes, size_t len,
                   unsigned char *ret_digest)
{
    size_t size = 0;
    EVP_MAC_CTX *ctx = key->mac == NULL ? NULL : EVP_MAC_CTX_dup(key->mac);
    bool made = ctx != NULL && EVP_MAC_update(ctx, bytes, len) == 1 &&
                EVP_MAC_final(ctx, ret_digest, &size, EVP_MAX_MD_SIZE) == 1;
    EVP_MAC_CTX_free(ctx);
    return made ? size : 0;
}

void vn_keys_free(struct venue *v)
{
    while (v->key_list != NULL) {
        struct vn_key *next = v->key_list->next;
        EVP_MAC_CTX_free(v->key_list->mac);
        EVP_PKEY_free(v->key_list->public_key);
        free(v->key_list->api_key);
        free(v->key_list->own);
        free(v->key_list);
        v->key_list = next;
    }
    vn_table_release(&v->keys);
}
