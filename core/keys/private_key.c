#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

#include "keys/slot.h"

#include "base/banned.h"

enum { SEED_SIZE = 32, PAIR_SIZE = 64, PEM_LINE = 64, ROOM = 2 * KEYS_SECRET_MAX };

static int no_password(char *buf, int size, int writing, void *ctx)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)ctx;
    return -1;
}

static EVP_PKEY *parse_pem(const char *text, size_t len)
{
    BIO *bio = BIO_new_mem_buf(text, (int)len);
    EVP_PKEY *pkey = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;

    BIO_free(bio);
    ERR_clear_error();
    return pkey;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A copy in which the two characters \n are a line end, without blanks around it. Environment and
 * JSON files hand keys over like that. */
static size_t unescape(const unsigned char *bytes, size_t len, char *out)
{
    size_t used = 0;
    size_t first = 0;

    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\\' && i + 1 < len && bytes[i + 1] == 'n') {
            out[used++] = '\n';
            i++;
        } else if (bytes[i] != '\r') {
            out[used++] = (char)bytes[i];
        }
    }
    while (used > 0 && is_blank(out[used - 1])) {
        used--;
    }
    while (first < used && is_blank(out[first])) {
        first++;
    }
    memmove(out, out + first, used - first);
    return used - first;
}

static size_t strip(const char *text, size_t len, char *out)
{
    size_t used = 0;

    for (size_t i = 0; i < len; i++) {
        if (!is_blank(text[i])) {
            out[used++] = text[i];
        }
    }
    return used;
}

/* The same PEM with its lines broken where they should be: some ways of storing a key turn line
 * ends into spaces, or lose them. 0: it has no two rulers. */
static size_t rebreak(const char *text, size_t len, char *out)
{
    char body[ROOM];
    const char *head_end = memmem(text + 5, len - 5, "-----", 5);
    const char *tail = memmem(text, len, "-----END", 8);
    size_t used;

    if (head_end == NULL || tail == NULL || tail < head_end + 5) {
        return 0;
    }
    used = (size_t)(head_end + 5 - text);
    memcpy(out, text, used);
    out[used++] = '\n';
    size_t n = strip(head_end + 5, (size_t)(tail - head_end - 5), body);
    for (size_t at = 0; at < n; at += PEM_LINE) {
        size_t piece = n - at < PEM_LINE ? n - at : PEM_LINE;
        memcpy(out + used, body + at, piece);
        used += piece;
        out[used++] = '\n';
    }
    OPENSSL_cleanse(body, sizeof(body));
    memcpy(out + used, tail, (size_t)(text + len - tail));
    used += (size_t)(text + len - tail);
    out[used++] = '\n';
    return used;
}

/* The seed of an Ed25519 key. Where the public half is given too it must be its own. */
static EVP_PKEY *parse_seed(const unsigned char *bytes, size_t len)
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, SEED_SIZE);
    unsigned char own[SEED_SIZE];
    size_t own_len = sizeof(own);

    if (pkey != NULL && len == PAIR_SIZE &&
        (EVP_PKEY_get_raw_public_key(pkey, own, &own_len) != 1 ||
         memcmp(own, bytes + SEED_SIZE, SEED_SIZE) != 0)) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    return pkey;
}

static EVP_PKEY *parse_base64(const char *text, size_t len)
{
    unsigned char der[ROOM];
    const unsigned char *at = der;
    EVP_PKEY *pkey = NULL;
    int n = EVP_DecodeBlock(der, (const unsigned char *)text, (int)len);

    for (size_t i = len; n > 0 && i > 0 && text[i - 1] == '='; i--) {
        n--; /* EVP_DecodeBlock counts the padding */
    }
    if (n == SEED_SIZE || n == PAIR_SIZE) {
        pkey = parse_seed(der, (size_t)n);
    } else if (n > 0) {
        pkey = d2i_AutoPrivateKey(NULL, &at, n);
    }
    OPENSSL_cleanse(der, sizeof(der));
    ERR_clear_error();
    return pkey;
}

EVP_PKEY *private_key_parse(const unsigned char *bytes, size_t len)
{
    char text[ROOM];
    char other[ROOM] = "";
    EVP_PKEY *pkey = NULL;

    if (len > KEYS_SECRET_MAX) {
        return NULL;
    }
    size_t n = unescape(bytes, len, text);
    if (n > 10 && memcmp(text, "-----BEGIN", 10) == 0) {
        pkey = parse_pem(text, n);
        if (pkey == NULL) {
            n = rebreak(text, n, other);
            pkey = n > 0 ? parse_pem(other, n) : NULL;
        }
    } else {
        n = strip(text, n, other);
        pkey = parse_base64(other, n);
    }
    OPENSSL_cleanse(text, sizeof(text));
    OPENSSL_cleanse(other, sizeof(other));
    return pkey;
}
