/* The tokens of Coinbase's keys, verify side: `header.claims.signature`, each base64url without padding.
 *
 *     Authorization: Bearer eyJ…        kid ─► key ─► signature over the received bytes ─► claims
 *
 * What is verified are the bytes that came, never a text printed again. A check answers NULL when it passes, else why
 * not; the client is told `Unauthorized` and nothing more.
 * Owner: the caller. Thread: any.
 */
#ifndef SOFIA_VENUE_COINBASE_JWT_H
#define SOFIA_VENUE_COINBASE_JWT_H

#include <stddef.h>
#include <stdint.h>

#include "../core/json.h"

struct evp_pkey_st;

#define VC_TOKEN_SECONDS 120 /* the longest life */

struct vc_token {
    const char *signed_part; /* header.claims, in the text that was given */
    size_t signed_len;
    unsigned char signature[128];
    size_t signature_len;
    char *header_text;
    char *claims_text;
    struct vn_json *header;
    struct vn_json *claims;
};

/* The text must outlive the token. Release it in any case. */
const char *vc_token_read(const char *text, size_t len, struct vc_token *ret_token);
void vc_token_release(struct vc_token *token);

const char *vc_token_name(const struct vc_token *token);  /* kid, NULL: none */
const char *vc_token_nonce(const struct vc_token *token); /* NULL: none */

/* alg must be that of the key: ES256 for P-256, EdDSA for Ed25519. */
const char *vc_token_check_signature(const struct vc_token *token, struct evp_pkey_st *key);

/* uri: "GET host/path"; NULL: a WebSocket token, which has none. */
const char *vc_token_check_claims(const struct vc_token *token, int64_t now_ns, const char *uri);

/* A JWS signature (64 bytes raw) over these bytes. */
const char *vc_jws_check(struct evp_pkey_st *key, const char *bytes, size_t len,
                         const unsigned char *signature, size_t signature_len);

/* Strict base64url: no padding, no other alphabet, no stray bits. Length, or -1. */
long vc_base64url_read(const char *text, size_t len, unsigned char *ret_bytes, size_t cap);

#endif
