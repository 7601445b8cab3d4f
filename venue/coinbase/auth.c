/* Who asks: the Bearer token of a REST call or the jwt of a WebSocket message, and what its key may do. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "coinbase.h"
#include "jwt.h"

/* ---- nonces: each once, as long as a token with it could live ---- */

static void forget_old(struct vc_state *state, int64_t now_ns)
{
    while (state->nonces != NULL && state->nonces->until_ns <= now_ns) {
        struct vc_nonce *next = state->nonces->next;
        vn_table_remove_text(&state->nonce_set, state->nonces->text);
        free(state->nonces->text);
        free(state->nonces);
        state->nonces = next;
    }
    state->nonces_tail = state->nonces == NULL ? &state->nonces : state->nonces_tail;
}

static const char *spend_nonce(struct vc_state *state, int64_t now_ns, const struct vn_key *key,
                               const char *nonce)
{
    forget_old(state, now_ns);
    if (nonce == NULL || state->modes.reuse_nonces) {
        return NULL;
    }
    struct vn_text text = {0};
    vn_text_addf(&text, "%s %s", key->api_key, nonce);
    if (vn_table_get_text(&state->nonce_set, text.data) != NULL) {
        vn_text_release(&text);
        return "the nonce was used before";
    }
    struct vc_nonce *spent = vn_alloc(sizeof(*spent));
    spent->text = vn_text_take(&text);
    spent->until_ns = now_ns + 2 * VC_TOKEN_SECONDS * VN_SECOND;
    vn_table_put_text(&state->nonce_set, spent->text, spent);
    *state->nonces_tail = spent;
    state->nonces_tail = &spent->next;
    return NULL;
}

/* ---- tokens ---- */

struct vn_key *vc_token_key(struct venue *v, int64_t now_ns, const char *text, size_t len,
                            const char *uri, const char **ret_why)
{
    struct vc_token token;
    struct vn_key *key = NULL;
    const char *why = vc_token_read(text, len, &token);
    if (why == NULL) {
        const char *name = vc_token_name(&token);
        key = name == NULL ? NULL : vn_key_find(v, VN_COINBASE, name);
        why = key == NULL || key->revoked ? "unknown key" : NULL;
    }
    if (why == NULL) {
        why = vc_token_check_signature(&token, key->public_key);
    }
    if (why == NULL) {
        why = vc_token_check_claims(&token, vn_server_ns(v, now_ns), uri);
    }
    if (why == NULL && uri != NULL) { /* clients reuse the token of a WebSocket while it lives */
        why = spend_nonce(vc_state(v), now_ns, key, vc_token_nonce(&token));
    }
    vc_token_release(&token);
    *ret_why = why;
    return why == NULL ? key : NULL;
}

bool vc_authenticate(struct vc_call *call, const char *method, const char *path)
{
    const char *header = vn_header(call->request, "authorization");
    const char *why = NULL;
    struct vn_text uri = {0};
    vn_text_addf(&uri, "%s " VC_HOST "%s", method, path);
    if (header != NULL && strncmp(header, "Bearer ", 7) == 0) {
        call->key =
            vc_token_key(call->v, call->now_ns, header + 7, strlen(header + 7), uri.data, &why);
    }
    vn_text_release(&uri);
    if (call->key == NULL) {
        call->status = 401;
        call->content_type = "text/plain; charset=utf-8";
        vn_text_add(&call->out, "Unauthorized\n");
        return false;
    }
    call->account = call->key->account;
    return true;
}

static bool is_foreign(const struct vc_call *call, const char *portfolio)
{
    char own[VC_UUID];
    vc_portfolio_of(call->v, call->account, own);
    return portfolio != NULL && portfolio[0] != '\0' && strcmp(portfolio, own) != 0;
}

bool vc_allowed(struct vc_call *call, uint32_t permission)
{
    if ((call->key->permissions & permission) == 0) {
        vc_fail(call, 403, "PERMISSION_DENIED", "Missing required scopes");
        return false;
    }
    if (is_foreign(call, vc_query_get(&call->query, "retail_portfolio_id")) ||
        is_foreign(call, vn_json_text(call->body, "retail_portfolio_id", NULL))) {
        vc_fail(call, 403, "PERMISSION_DENIED",
                "The API key does not have access to this portfolio");
        return false;
    }
    return true;
}
