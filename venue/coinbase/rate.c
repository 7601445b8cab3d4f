/* Requests of a second: of an address for public data, of a user for the rest. */
#include "coinbase.h"

static struct vc_second *second_of(struct vc_call *call, bool is_private)
{
    if (!is_private) {
        return &call->state->public_second;
    }
    struct vc_second *second = vn_table_get(&call->state->private_seconds, call->account->uid);
    if (second == NULL) {
        second = vn_alloc(sizeof(*second));
        vn_table_put(&call->state->private_seconds, call->account->uid, second);
    }
    return second;
}

bool vc_rate_take(struct vc_call *call, bool is_private)
{
    const struct vc_modes *modes = &call->state->modes;
    uint32_t limit = is_private ? modes->private_per_s : modes->public_per_s;
    struct vc_second *second = second_of(call, is_private);
    int64_t index = call->now_ns / VN_SECOND;
    if (second->index != index) {
        *second = (struct vc_second){.index = index};
    }
    call->limited = is_private;
    call->second = second;
    if (second->used < limit) {
        second->used++;
        return true;
    }
    call->status = 429;
    vc_rate_refuse(call);
    return false;
}

void vc_rate_refuse(struct vc_call *call)
{
    if (call->state->modes.html_rate) {
        call->content_type = "text/html; charset=UTF-8";
        vn_text_add(&call->out,
                    "<!DOCTYPE html>\n<html><head><title>429 Too Many Requests</title></head>"
                    "<body><h1>Too Many Requests</h1></body></html>\n");
    } else {
        vn_text_add(&call->out, "{\"errors\":[{\"id\":\"rate_limit_exceeded\",\"message\":\"Too "
                                "many requests\"}]}");
    }
}

void vc_rate_headers(const struct vc_call *call, struct vn_item *item)
{
    if (!call->limited) {
        return;
    }
    uint32_t limit = call->state->modes.private_per_s;
    vn_item_header_u64(item, "x-ratelimit-limit", limit);
    vn_item_header_u64(item, "x-ratelimit-remaining",
                       call->second->used < limit ? limit - call->second->used : 0);
    vn_item_header_u64(item, "x-ratelimit-reset", 1);
}
