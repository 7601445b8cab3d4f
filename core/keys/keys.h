/* Secrets: where they live, and the only things that may be done with them.
 *
 *     file:/etc/sofia/api_key --+
 *     cred:venue-key          --+-- keys_load --> slot in locked memory --> handle (u64)
 *     bytes from a venue      --+-- keys_put              |
 *                                                         +-- keys_sign       signs bytes
 *                                                         +-- keys_copy_text  for the net layer
 *
 * Everyone else holds a handle: slot number, store number and the generation of the slot, so that a
 * handle kept after keys_drop is refused (ERR_STALE) instead of meaning the next secret.
 *
 * Invariants: the bytes are in memory that is locked, left out of core dumps, empty in a forked
 * child, fenced by two inaccessible pages, and wiped when dropped; nothing here prints, logs or
 * puts a secret into an error text; a secret file is refused unless only its owner can write it and
 * only owner and group can read it.
 *
 * Owner: the thread that made the store; a second thread that needs secrets has a store of its own.
 * Thread: one at a time.
 */
#ifndef KEYS_KEYS_H
#define KEYS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keys;

enum {
    KEYS_SECRET_MAX = 4096, /* bytes of one secret; a 4096-bit RSA key in PEM has 3272 */
    KEYS_SLOTS_MAX = 1024,
    KEYS_SIGNATURE_MAX = 512, /* a 4096-bit RSA signature */
    KEYS_DIGEST_SIZE = 32,
    KEYS_LABEL_SIZE = 64,
    KEYS_FINGERPRINT_SIZE = 17 /* 16 hex digits and NUL */
};

/* The numbers of SOFIA_SIGN_* in the SDK. */
enum key_algorithm {
    KEY_ALGORITHM_INVALID = 0,
    KEY_HMAC_SHA256 = 1, /* the secret's text is the key, as it is */
    KEY_HMAC_SHA512 = 2,
    KEY_ED25519 = 3,            /* PKCS#8, PEM or one line of base64; 64 bytes */
    KEY_ES256 = 4,              /* P-256 with SHA-256; 64 bytes r || s, as JWT wants it */
    KEY_RSA_SHA256 = 5,         /* PKCS#1 v1.5 */
    KEY_HMAC_SHA512_BASE64 = 6, /* the secret's text is base64 of the key */
    KEY_ALGORITHM_COUNT
};

enum key_source {
    KEY_SOURCE_INVALID = 0,
    KEY_SOURCE_FILE = 1,
    KEY_SOURCE_CREDENTIAL = 2,
    KEY_SOURCE_LITERAL = 3, /* was in the configuration itself: the caller warns */
    KEY_SOURCE_MEMORY = 4,  /* keys_put */
    KEY_SOURCE_COUNT
};

int keys_new(size_t slots, struct keys **ret_keys);
struct keys *keys_free(struct keys *keys); /* wipes everything; takes NULL, returns NULL */

/* False when the system did not let us lock the memory (RLIMIT_MEMLOCK): it could reach the swap.
 * For preflight. */
bool keys_is_locked(const struct keys *keys);

/* spec is "file:PATH", "cred:NAME" (below $CREDENTIALS_DIRECTORY) or the secret itself. One
 * trailing line end of a file is not part of the secret. label is what logs and tapes may show. */
int keys_load(struct keys *keys, const char *spec, const char *label, uint64_t *ret_handle);

/* A secret received at run time (a session token). The caller wipes its own copy. ERR_FULL: no
 * slot. */
int keys_put(struct keys *keys, const void *bytes, size_t len, const char *label,
             uint64_t *ret_handle);
int keys_drop(struct keys *keys, uint64_t handle); /* wipes it; ERR_STALE if it was gone */

enum key_source keys_source(const struct keys *keys,
                            uint64_t handle);                     /* INVALID for a stale handle */
const char *keys_label(const struct keys *keys, uint64_t handle); /* "" for a stale handle */

/* Builds what signing needs now (parses the key), so that the first order does not pay and a wrong
 * key is found at start. */
int keys_prepare(struct keys *keys, uint64_t handle, enum key_algorithm algorithm);

/* Raw signature bytes. ERR_STALE, ERR_LIMIT (cap), ERR_UNSUPPORTED, ERR_PARSE (the secret is not
 * such a key). */
int keys_sign(struct keys *keys, uint64_t handle, enum key_algorithm algorithm, const void *data,
              size_t len, uint8_t *sig, size_t cap, size_t *ret_len);

/* SHA-256, without any key: what some venues put into the bytes to be signed. */
int keys_digest(const void *data, size_t len, uint8_t ret_digest[KEYS_DIGEST_SIZE]);

/* The secret itself. For the net layer alone, in the moment it writes a request; not terminated. */
int keys_copy_text(const struct keys *keys, uint64_t handle, char *buf, size_t cap,
                   size_t *ret_len);

/* Some venues want the key's public identifier inside what is signed. A slot marked so may be read
 * by its adapter through keys_identifier; every other slot answers ERR_DENIED. */
int keys_mark_identifier(struct keys *keys, uint64_t handle);
int keys_identifier(const struct keys *keys, uint64_t handle, char *buf, size_t cap,
                    size_t *ret_len);

/* 16 hex digits that tell two secrets apart and nothing more (for "same account?" and reports). */
int keys_fingerprint(const struct keys *keys, uint64_t handle,
                     char ret_text[KEYS_FINGERPRINT_SIZE]);

/* For the whole process, first thing in main: no core dumps, no reading by other processes of the
 * same user. */
int keys_harden_process(void);

/* For texts that held a secret outside a store. Not removed by the optimiser. */
void keys_wipe(void *bytes, size_t len);

#endif
