/* Methods that exist on the WebSocket API only: session and user data subscriptions. */
#include <string.h>

#include "binance.h"

#define SUBSCRIPTION_LIFETIME_MAX 65535

void vn_do_gone(struct vn_call *call)
{
    vn_fail(call, 410, -1020, "This operation is not supported.");
}

static void print_session(struct vn_call *call)
{
    const struct bn_conn *conn = call->ws;
    struct vn_text *out = &call->out;
    bool user_data = false;
    for (int i = 0; i < conn->subscription_count; i++) {
        user_data = user_data || !conn->subscriptions[i].key->revoked;
    }
    vn_text_add(out, "{\"apiKey\":");
    if (conn->logon == NULL) {
        vn_text_add(out, "null,\"authorizedSince\":null");
    } else {
        vn_text_add_json(out, conn->logon->api_key);
        vn_text_add(out, ",\"authorizedSince\":");
        vn_add_time(call, out, conn->logon_ns);
    }
    vn_text_add(out, ",\"connectedSince\":");
    vn_add_time(call, out, conn->base.opened_ns);
    vn_text_addf(out,
                 ",\"returnRateLimits\":%s,\"serverTime\":", conn->rate_limits ? "true" : "false");
    vn_add_time(call, out, call->now_ns);
    vn_text_addf(out, ",\"userDataStream\":%s}", user_data ? "true" : "false");
}

void vn_do_session_logon(struct vn_call *call)
{
    if (call->key->mac != NULL) {
        vn_fail(call, 400, -4056, "HMAC_SHA256 API key is not supported.");
        return;
    }
    call->ws->logon = call->key;
    call->ws->logon_ns = call->now_ns;
    print_session(call);
}

void vn_do_session_status(struct vn_call *call)
{
    print_session(call);
}

static void remove_subscription(struct vn_call *call, int i)
{
    struct bn_conn *conn = call->ws;
    vn_user_terminated(call->v, call->now_ns, conn, conn->subscriptions[i].id);
    conn->subscription_count--;
    memmove(&conn->subscriptions[i], &conn->subscriptions[i + 1],
            (size_t)(conn->subscription_count - i) * sizeof(conn->subscriptions[0]));
}

void vn_do_session_logout(struct vn_call *call)
{
    struct bn_conn *conn = call->ws;
    for (int i = conn->subscription_count - 1; i >= 0; i--) {
        if (conn->subscriptions[i].by_logon) {
            remove_subscription(call, i);
        }
    }
    conn->logon = NULL;
    print_session(call);
}

void vn_do_session_subscriptions(struct vn_call *call)
{
    vn_text_add_char(&call->out, '[');
    for (int i = 0; i < call->ws->subscription_count; i++) {
        vn_text_addf(&call->out,
                     "{\"subscriptionId\":%lld,\"subscriptionType\":\"userDataStream\"},",
                     (long long)call->ws->subscriptions[i].id);
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, ']');
}

static void subscribe(struct vn_call *call, struct vn_key *key, bool by_logon)
{
    struct bn_conn *conn = call->ws;
    for (int i = 0; i < conn->subscription_count; i++) {
        if (conn->subscriptions[i].account == key->account) {
            vn_fail(call, 400, -2035, "User Data Stream subscription already active.");
            return;
        }
    }
    if (conn->subscription_count == VN_SUBSCRIPTIONS ||
        conn->next_subscription >= SUBSCRIPTION_LIFETIME_MAX) {
        vn_fail(call, 400, -2042, "Too many subscriptions on this connection.");
        return;
    }
    int64_t id = conn->next_subscription++;
    conn->subscriptions[conn->subscription_count++] = (struct vn_subscription){
        .id = id, .account = key->account, .key = key, .by_logon = by_logon};
    vn_text_addf(&call->out, "{\"subscriptionId\":%lld}", (long long)id);
}

void vn_do_subscribe(struct vn_call *call)
{
    if (call->ws->logon == NULL) {
        vn_fail(call, 401, -2015, "Invalid API-key, IP, or permissions for action.");
        return;
    }
    subscribe(call, call->ws->logon, true);
}

void vn_do_subscribe_signature(struct vn_call *call)
{
    subscribe(call, call->key, false);
}

void vn_do_unsubscribe(struct vn_call *call)
{
    struct bn_conn *conn = call->ws;
    bool all = vn_arg(call, "subscriptionId") == NULL;
    int64_t id = vn_arg_int(call, "subscriptionId", -1);
    int removed = 0;
    for (int i = conn->subscription_count - 1; i >= 0; i--) {
        if (all || conn->subscriptions[i].id == id) {
            remove_subscription(call, i);
            removed++;
        }
    }
    if (removed == 0) {
        vn_fail(call, 400, -2036, "User Data Stream subscription not active.");
        return;
    }
    vn_text_add(&call->out, "{}");
}
