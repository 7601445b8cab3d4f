/* WebSocket tokens: made over REST, used within fifteen minutes, alive as long as a private subscription made with them. */
#include <string.h>

#include "kraken.h"

#define TOKEN_LIFE_NS (900 * VN_SECOND)

void vk_do_token(struct vk_call *call)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct vk_state *state = vk_of(call->v);
    struct vk_token *token = vn_alloc(sizeof(*token));
    struct vn_random r = {.state = call->v->config.seed ^ ++state->next_token << 20};
    for (int i = 0; i < 32; i++) {
        token->text[i] = alphabet[vn_random_below(&r, sizeof(alphabet) - 1)];
    }
    token->key = call->key;
    token->made_ns = call->now_ns;
    token->next = state->tokens;
    state->tokens = token;
    vn_text_addf(&call->out, "{\"token\":\"%s\",\"expires\":900}", token->text);
}

struct vk_token *vk_token_find(struct venue *v, int64_t now_ns, const char *text)
{
    struct vk_token *token = vk_of(v)->tokens;
    while (token != NULL && strcmp(token->text, text) != 0) {
        token = token->next;
    }
    bool stale = token == NULL || token->dead || token->key->revoked ||
                 (token->users == 0 && now_ns - token->made_ns > TOKEN_LIFE_NS);
    return stale ? NULL : token;
}
