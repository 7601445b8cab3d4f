#include "keys/keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "keys/arena.h"
#include "keys/slot.h"

#include "base/banned.h"

struct keys {
    struct arena arena;
    struct slot *slots;
    size_t count;
    uint16_t number; /* of this store in the process: a handle of another store is stale here */
};

/* handle: generation (32 bits) | number of the store (16) | slot + 1 (16) */
static uint64_t handle_of(const struct keys *keys, size_t index)
{
    return (uint64_t)keys->slots[index].generation << 32 | (uint64_t)keys->number << 16 |
           (uint64_t)(index + 1);
}

static unsigned char *bytes_of(const struct keys *keys, size_t index)
{
    return keys->arena.bytes + index * KEYS_SECRET_MAX;
}

int keys_new(size_t slots, struct keys **ret_keys)
{
    static _Atomic uint32_t made;

    if (slots == 0 || slots > KEYS_SLOTS_MAX) {
        return error_set(ERR_INVALID, "a key store of %zu slots", slots);
    }
    struct keys *keys = calloc(1, sizeof(*keys));
    struct slot *table = calloc(slots, sizeof(*table));
    if (keys == NULL || table == NULL) {
        free(keys);
        free(table);
        return error_set(ERR_NOMEM, "no memory for a key store");
    }
    if (arena_init(&keys->arena, slots * KEYS_SECRET_MAX) != 0) {
        free(keys);
        free(table);
        return error_append("key store");
    }
    keys->slots = table;
    keys->count = slots;
    keys->number = (uint16_t)(atomic_fetch_add(&made, 1) + 1);
    *ret_keys = keys;
    return 0;
}

struct keys *keys_free(struct keys *keys)
{
    if (keys != NULL) {
        for (size_t i = 0; i < keys->count; i++) {
            slot_drop_contexts(&keys->slots[i]);
        }
        arena_release(&keys->arena);
        free(keys->slots);
        free(keys);
    }
    return NULL;
}

bool keys_is_locked(const struct keys *keys)
{
    return keys->arena.is_locked;
}

void keys_wipe(void *bytes, size_t len)
{
    OPENSSL_cleanse(bytes, len);
}

static bool is_used(const struct slot *slot)
{
    return slot->generation % 2 == 1;
}

struct slot *slot_find(const struct keys *keys, uint64_t handle, unsigned char **ret_bytes)
{
    size_t index = (size_t)(handle & 0xffff) - 1;

    if (index >= keys->count || handle_of(keys, index) != handle || !is_used(&keys->slots[index])) {
        (void)error_set(ERR_STALE, "no secret has this handle (any more)");
        return NULL;
    }
    *ret_bytes = bytes_of(keys, index);
    return &keys->slots[index];
}

static int take_slot(struct keys *keys, size_t *ret_index)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (!is_used(&keys->slots[i])) {
            *ret_index = i;
            return 0;
        }
    }
    return error_set(ERR_FULL, "all %zu places for secrets are taken", keys->count);
}

static uint64_t occupy(struct keys *keys, size_t index, size_t len, enum key_source source,
                       const char *label)
{
    struct slot *slot = &keys->slots[index];

    slot->generation++;
    slot->len = (uint32_t)len;
    slot->source = source;
    slot->is_identifier = false;
    (void)str_copy(slot->label, sizeof(slot->label), label);
    return handle_of(keys, index);
}

int keys_put(struct keys *keys, const void *bytes, size_t len, const char *label,
             uint64_t *ret_handle)
{
    size_t index = 0;

    if (len == 0 || len > KEYS_SECRET_MAX) {
        return error_set(ERR_LIMIT, "secret %s has %zu bytes, 1 to %d are possible", label, len,
                         KEYS_SECRET_MAX);
    }
    if (take_slot(keys, &index) != 0) {
        return error_append("secret %s", label);
    }
    memcpy(bytes_of(keys, index), bytes, len);
    *ret_handle = occupy(keys, index, len, KEY_SOURCE_MEMORY, label);
    return 0;
}

static int load_file(struct keys *keys, const char *path, enum key_source source, const char *label,
                     uint64_t *ret_handle)
{
    size_t index = 0;
    size_t len = 0;

    if (take_slot(keys, &index) != 0) {
        return error_append("secret %s", label);
    }
    if (secret_file_read(path, bytes_of(keys, index), &len) != 0) {
        OPENSSL_cleanse(bytes_of(keys, index), KEYS_SECRET_MAX);
        return error_append("secret %s", label);
    }
    *ret_handle = occupy(keys, index, len, source, label);
    return 0;
}

static int load_credential(struct keys *keys, const char *name, const char *label,
                           uint64_t *ret_handle)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    char path[1024];

    if (dir == NULL || dir[0] == '\0') {
        return error_set(ERR_NOT_FOUND,
                         "secret %s: cred:%s needs $CREDENTIALS_DIRECTORY, which systemd sets for "
                         "LoadCredential=",
                         label, name);
    }
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL) {
        return error_set(ERR_INVALID, "secret %s: '%s' is not the name of a credential", label,
                         name);
    }
    if (str_format(path, sizeof(path), "%s/%s", dir, name) != 0) {
        return error_set(ERR_LIMIT, "secret %s: path of the credential is too long", label);
    }
    return load_file(keys, path, KEY_SOURCE_CREDENTIAL, label, ret_handle);
}

int keys_load(struct keys *keys, const char *spec, const char *label, uint64_t *ret_handle)
{
    if (str_starts(spec, "file:")) {
        return load_file(keys, spec + strlen("file:"), KEY_SOURCE_FILE, label, ret_handle);
    }
    if (str_starts(spec, "cred:")) {
        return load_credential(keys, spec + strlen("cred:"), label, ret_handle);
    }
    int status = keys_put(keys, spec, strlen(spec), label, ret_handle);
    if (status == 0) {
        keys->slots[(*ret_handle & 0xffff) - 1].source = KEY_SOURCE_LITERAL;
    }
    return status;
}

int keys_drop(struct keys *keys, uint64_t handle)
{
    unsigned char *bytes = NULL;
    struct slot *slot = slot_find(keys, handle, &bytes);

    if (slot == NULL) {
        return ERR_STALE;
    }
    slot_drop_contexts(slot);
    OPENSSL_cleanse(bytes, KEYS_SECRET_MAX);
    slot->generation++;
    slot->len = 0;
    slot->source = KEY_SOURCE_INVALID;
    return 0;
}

enum key_source keys_source(const struct keys *keys, uint64_t handle)
{
    unsigned char *bytes = NULL;
    const struct slot *slot = slot_find(keys, handle, &bytes);

    return slot != NULL ? slot->source : KEY_SOURCE_INVALID;
}

const char *keys_label(const struct keys *keys, uint64_t handle)
{
    unsigned char *bytes = NULL;
    const struct slot *slot = slot_find(keys, handle, &bytes);

    return slot != NULL ? slot->label : "";
}

int keys_copy_text(const struct keys *keys, uint64_t handle, char *buf, size_t cap, size_t *ret_len)
{
    unsigned char *bytes = NULL;
    const struct slot *slot = slot_find(keys, handle, &bytes);

    if (slot == NULL) {
        return ERR_STALE;
    }
    if (slot->len > cap) {
        return error_set(ERR_LIMIT, "no room for secret %s", slot->label);
    }
    memcpy(buf, bytes, slot->len);
    *ret_len = slot->len;
    return 0;
}

int keys_mark_identifier(struct keys *keys, uint64_t handle)
{
    unsigned char *bytes = NULL;
    struct slot *slot = slot_find(keys, handle, &bytes);

    if (slot == NULL) {
        return ERR_STALE;
    }
    slot->is_identifier = true;
    return 0;
}

int keys_identifier(const struct keys *keys, uint64_t handle, char *buf, size_t cap,
                    size_t *ret_len)
{
    unsigned char *bytes = NULL;
    const struct slot *slot = slot_find(keys, handle, &bytes);

    if (slot == NULL) {
        return ERR_STALE;
    }
    if (!slot->is_identifier) {
        return error_set(ERR_DENIED, "secret %s is not a key's identifier and is not shown",
                         slot->label);
    }
    return keys_copy_text(keys, handle, buf, cap, ret_len);
}

int keys_fingerprint(const struct keys *keys, uint64_t handle, char ret_text[KEYS_FINGERPRINT_SIZE])
{
    static const char purpose[] = "sofia fingerprint of a secret";
    unsigned char *bytes = NULL;
    const struct slot *slot = slot_find(keys, handle, &bytes);
    unsigned char hash[32];
    size_t len = 0;

    if (slot == NULL) {
        return ERR_STALE;
    }
    /* Keyed with its purpose, so that it equals no hash anybody publishes of the same secret. */
    if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, purpose, sizeof(purpose) - 1, bytes,
                  slot->len, hash, sizeof(hash), &len) == NULL) {
        return error_set(ERR_CRYPTO, "fingerprint of %s", slot->label);
    }
    for (size_t i = 0; i < (KEYS_FINGERPRINT_SIZE - 1) / 2; i++) {
        (void)snprintf(ret_text + 2 * i, 3, "%02x", hash[i]);
    }
    return 0;
}
