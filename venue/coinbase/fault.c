/* Faults that only this dialect has, and the switches for what its documentation leaves open. */
#include <string.h>

#include "coinbase.h"

const char *const vc_fault_words[] = {
    [VC_FAULT_MODE] = "coinbase_mode",
    [VC_FAULT_DROP_FRAME] = "drop_frame",
    [VC_FAULT_DUPLICATE_FRAME] = "duplicate_frame",
    [VC_FAULT_REORDER_FRAME] = "reorder_frame",
    [VC_FAULT_CUT_FRAME] = "cut_frame",
    [VC_FAULT_UNKNOWN_CHANNEL] = "unknown_channel",
    [VC_FAULT_LATE_USER] = "late_user",
    [VC_FAULT_QUEUE_CANCEL] = "queue_cancel",
    [VC_FAULT_QUEUE_EDIT] = "queue_edit",
    [VC_FAULT_SKIP_OPEN] = "skip_open",
    [VC_FAULT_ASYNC_FAILED] = "async_failed",
    [VC_FAULT_COUNT] = NULL,
};

const char *const vc_fault_members[] = {
    "duplicate_id", "list_limit", "rate_body",      "hold",    "nonce",           "private_per_s",
    "public_per_s", "young_ms",   "snapshot_bytes", "aliases", "market_cache_ms", NULL};

const struct vn_fault *vc_fault(struct venue *v, enum vc_fault word, const char *symbol)
{
    return vn_faults_event(v, VN_COINBASE, VN_FAULT_OWN(VN_COINBASE, word), symbol);
}

/* One of two words; -1: neither. */
static int read_switch(struct venue *v, const struct vn_json *c, const char *name, const char *off,
                       const char *on, bool *ret_value)
{
    const char *word = vn_json_text(c, name, NULL);
    if (word == NULL) {
        return 0;
    }
    if (strcmp(word, on) != 0 && strcmp(word, off) != 0) {
        return vn_error(v, VENUE_EINVAL, "%s is %s or %s, not '%s'", name, off, on, word);
    }
    *ret_value = strcmp(word, on) == 0;
    return 0;
}

static int read_modes(struct venue *v, const struct vn_json *c, struct vc_modes *modes)
{
    if (read_switch(v, c, "duplicate_id", "replay", "refuse", &modes->refuse_duplicates) < 0 ||
        read_switch(v, c, "list_limit", "clamp", "refuse", &modes->refuse_limits) < 0 ||
        read_switch(v, c, "rate_body", "json", "html", &modes->html_rate) < 0 ||
        read_switch(v, c, "hold", "taker", "maker", &modes->hold_maker) < 0 ||
        read_switch(v, c, "nonce", "once", "any", &modes->reuse_nonces) < 0 ||
        read_switch(v, c, "aliases", "off", "on", &modes->aliases) < 0) {
        return VENUE_EINVAL;
    }
    modes->private_per_s = (uint32_t)vn_json_int(c, "private_per_s", modes->private_per_s);
    modes->public_per_s = (uint32_t)vn_json_int(c, "public_per_s", modes->public_per_s);
    modes->market_cache_ms = vn_json_int(c, "market_cache_ms", modes->market_cache_ms);
    modes->young_ms = vn_json_int(c, "young_ms", modes->young_ms);
    modes->snapshot_bytes = vn_json_int(c, "snapshot_bytes", modes->snapshot_bytes);
    return 0;
}

int vc_fault_act(struct venue *v, int64_t now_ns, int word, const struct vn_fault *fault,
                 const struct vn_json *command)
{
    (void)now_ns;
    (void)word; /* coinbase_mode is the only one that acts at once */
    (void)fault;
    struct vc_modes modes = vc_state(v)->modes;
    int status = read_modes(v, command, &modes);
    if (status == 0) {
        vc_state(v)->modes = modes;
    }
    return status;
}
