/* Answers under market/, given again while they are young: what a client sees there may be a second old. */
#include <stdlib.h>
#include <string.h>

#include "coinbase.h"

static bool is_cached(const struct vc_call *call)
{
    static const char base[] = VC_BASE "/market/";
    const char *control = vn_header(call->request, "cache-control");
    return call->state->modes.market_cache_ms > 0 && strcmp(call->request->method, "GET") == 0 &&
           strncmp(call->request->target, base, sizeof(base) - 1) == 0 &&
           (control == NULL || strstr(control, "no-cache") == NULL);
}

bool vc_cache_get(struct vc_call *call)
{
    struct vc_cached **at = &call->state->cache;
    if (!is_cached(call)) {
        return false;
    }
    while (*at != NULL) {
        struct vc_cached *kept = *at;
        if (kept->until_ns <= call->now_ns) {
            *at = kept->next;
            free(kept->target);
            free(kept->body);
            free(kept);
            continue;
        }
        if (strcmp(kept->target, call->request->target) == 0) {
            vn_text_add(&call->out, kept->body);
            return true;
        }
        at = &kept->next;
    }
    return false;
}

void vc_cache_put(struct vc_call *call)
{
    if (call->status != 200 || !is_cached(call)) {
        return;
    }
    struct vc_cached *kept = vn_alloc(sizeof(*kept));
    kept->target = vn_copy(call->request->target, strlen(call->request->target));
    kept->body = vn_copy(call->out.data, call->out.len);
    kept->until_ns = call->now_ns + call->state->modes.market_cache_ms * VN_MS;
    kept->next = call->state->cache;
    call->state->cache = kept;
}

void vc_cache_release(struct vc_state *state)
{
    while (state->cache != NULL) {
        struct vc_cached *next = state->cache->next;
        free(state->cache->target);
        free(state->cache->body);
        free(state->cache);
        state->cache = next;
    }
}
