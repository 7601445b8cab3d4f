/* One secret in its slot, with the contexts that were built from it. Private to core/keys. */
#ifndef KEYS_SLOT_H
#define KEYS_SLOT_H

#include <openssl/evp.h>

#include "keys/keys.h"

struct slot {
    uint32_t generation; /* odd: in use */
    uint32_t len;
    enum key_source source;
    bool is_identifier;
    char label[KEYS_LABEL_SIZE];
    EVP_MAC_CTX
    *hmac[3];       /* keyed, one per HMAC algorithm; re-initialised without a key per signature */
    EVP_PKEY *pkey; /* Ed25519, P-256, RSA */
    EVP_MD_CTX *digest;
};

/* The bytes of a valid handle, or NULL with ERR_STALE in the error stack. */
struct slot *slot_find(const struct keys *keys, uint64_t handle, unsigned char **ret_bytes);

/* Frees the contexts; OpenSSL wipes what they hold. */
void slot_drop_contexts(struct slot *slot);

/* Reads a secret from an open-to-be file into buf of KEYS_SECRET_MAX bytes, refusing what others
 * could read or change. */
int secret_file_read(const char *path, unsigned char *buf, size_t *ret_len);

#endif
