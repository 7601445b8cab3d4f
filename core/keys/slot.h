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

/* Two numbers of 32 bytes, as JWT wants them, instead of ASN.1 with leading zeros cut off. */
enum { ES256_SIGNATURE = 64 };
bool es256_raw_of_der(const unsigned char *der, size_t der_len, uint8_t sig[ES256_SIGNATURE]);

/* A private key in any form that venues hand out: PEM (SEC1 or PKCS#8; line ends may be real, the two
 * characters \n, or lost), base64 of PKCS#8, base64 of an Ed25519 seed with or without its public
 * half. NULL if it is none of these. */
EVP_PKEY *private_key_parse(const unsigned char *bytes, size_t len);

/* Reads a secret from an open-to-be file into buf of KEYS_SECRET_MAX bytes, refusing what others
 * could read or change. */
int secret_file_read(const char *path, unsigned char *buf, size_t *ret_len);

#endif
