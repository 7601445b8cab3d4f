/* subscribe and unsubscribe: one acknowledgement per symbol, the identity of a subscription is channel, symbol, depth. */
#include <stdlib.h>
#include <string.h>

#include "kraken.h"

struct order {
    const char *method;
    const char *req_id;
    size_t req_id_len;
    const char *time_in;
    const char *name; /* of the channel */
    enum vk_channel channel;
    int depth;
    bool snapshot;
};

static const struct {
    const char *name;
    enum vk_channel channel;
    bool secret;
    bool symbols;
    bool snapshot; /* by default */
} channels[] = {
    {"instrument", VK_INSTRUMENT, false, false, true},
    {"ticker", VK_TICKER, false, true, true},
    {"trade", VK_TRADE, false, true, false},
    {"book", VK_BOOK, false, true, true},
    {"ohlc", VK_OHLC, false, true, true},
    {"executions", VK_EXECUTIONS, true, false, true},
    {"balances", VK_BALANCES, true, false, true},
};

/* ---- the list ---- */

void vk_sub_free(struct vk_conn *conn, struct vk_sub *sub)
{
    for (struct vk_sub **at = &conn->subs; *at != NULL; at = &(*at)->next) {
        if (*at == sub) {
            *at = sub->next;
            break;
        }
    }
    if (sub->token != NULL) {
        sub->token->users--;
    }
    free(sub->sent[0]);
    free(sub->sent[1]);
    free(sub);
}

static struct vk_sub *sub_find(const struct vk_conn *conn, enum vk_channel channel,
                               const struct vn_symbol *symbol, int depth)
{
    struct vk_sub *sub = conn->subs;
    while (sub != NULL &&
           (sub->channel != channel || sub->symbol != symbol || sub->depth != depth)) {
        sub = sub->next;
    }
    return sub;
}

static struct vk_sub *sub_new(struct vk_conn *conn, enum vk_channel channel,
                              struct vn_symbol *symbol, int depth)
{
    struct vk_sub *sub = vn_alloc(sizeof(*sub));
    struct vk_sub **at = &conn->subs;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = sub;
    sub->channel = channel;
    sub->symbol = symbol;
    sub->depth = depth;
    return sub;
}

/* ---- acknowledgements ---- */

static void finish(struct vk_call *call, const struct order *o, struct vn_text *text)
{
    vk_add_times(call, text, o->time_in);
    if (o->req_id != NULL) {
        vn_text_add(text, ",\"req_id\":");
        vn_text_add_n(text, o->req_id, o->req_id_len);
    }
    vn_text_add_char(text, '}');
    vk_send(call->v, call->ws, call->now_ns, 0, text);
    vn_text_release(text);
}

static void refuse(struct vk_call *call, const struct order *o, const char *symbol)
{
    struct vn_text text = {0};
    vn_text_add(&text, "{\"error\":");
    vn_text_add_json(&text, call->error);
    vn_text_addf(&text, ",\"method\":\"%s\",\"success\":false,", o->method);
    if (symbol != NULL) {
        vn_text_add(&text, "\"symbol\":");
        vn_text_add_json(&text, symbol);
        vn_text_add_char(&text, ',');
    }
    finish(call, o, &text);
    call->error[0] = '\0';
}

static void add_option(struct vn_text *text, const char *name, bool value)
{
    vn_text_addf(text, ",\"%s\":%s", name, value ? "true" : "false");
}

static void acknowledge(struct vk_call *call, const struct order *o, const char *symbol)
{
    struct vn_text text = {0};
    vn_text_addf(&text, "{\"method\":\"%s\",\"result\":{\"channel\":\"%s\"", o->method, o->name);
    if (o->channel == VK_BOOK) {
        vn_text_addf(&text, ",\"depth\":%d", o->depth);
    }
    if (o->channel == VK_OHLC) {
        vn_text_addf(&text, ",\"interval\":%d", o->depth);
    }
    if (o->channel == VK_EXECUTIONS && strcmp(o->method, "subscribe") == 0) {
        add_option(&text, "snap_orders", vk_arg_bool(call, "snap_orders", true));
        add_option(&text, "snap_trades", vk_arg_bool(call, "snap_trades", false));
        add_option(&text, "order_status", vk_arg_bool(call, "order_status", true));
        vn_text_addf(&text, ",\"maxratecount\":%lld",
                     (long long)(vk_of(call->v)->tier->engine_max / 1000000));
    } else {
        add_option(&text, "snapshot", o->snapshot);
    }
    if (o->channel == VK_TICKER) {
        const char *trigger = vk_arg(call, "event_trigger");
        vn_text_addf(&text, ",\"event_trigger\":\"%s\"",
                     trigger != NULL && strcmp(trigger, "bbo") == 0 ? "bbo" : "trades");
    }
    if (symbol != NULL) {
        vn_text_add(&text, ",\"symbol\":");
        vn_text_add_json(&text, symbol);
    }
    vn_text_add(&text, "},\"success\":true,");
    finish(call, o, &text);
}

/* ---- public channels ---- */

static void unsubscribe_one(struct vk_call *call, const struct order *o, struct vn_symbol *symbol,
                            const char *name)
{
    struct vk_sub *sub = sub_find(call->ws, o->channel, symbol, o->depth);
    if (sub == NULL) {
        vk_fail(call, "Subscription Not Found");
        refuse(call, o, name);
        return;
    }
    vk_sub_free(call->ws, sub);
    acknowledge(call, o, name);
}

static void subscribe_one(struct vk_call *call, const struct order *o, struct vn_symbol *symbol,
                          const char *name)
{
    if (sub_find(call->ws, o->channel, symbol, o->depth) != NULL) {
        vk_fail(call, "Already subscribed");
        refuse(call, o, name);
        return;
    }
    struct vk_sub *sub = sub_new(call->ws, o->channel, symbol, o->depth);
    const char *trigger = vk_arg(call, "event_trigger");
    sub->bbo = trigger != NULL && strcmp(trigger, "bbo") == 0;
    acknowledge(call, o, name);
    if (o->channel == VK_BOOK) {
        vk_book_snapshot(call->v, call->now_ns, call->ws, sub);
    } else if (o->snapshot) {
        vk_feed_snapshot(call->v, call->now_ns, call->ws, sub);
    }
}

static void each_symbol(struct vk_call *call, const struct order *o)
{
    const struct vn_json *list = vn_json_get(call->args.json, "symbol");
    if (list == NULL || list->kind != VN_JSON_ARRAY || list->child == NULL) {
        vk_fail(call, "Symbol(s) not found");
        refuse(call, o, NULL);
        return;
    }
    for (const struct vn_json *m = list->child; m != NULL; m = m->next) {
        const char *name = m->kind == VN_JSON_STRING ? m->text : "";
        struct vn_symbol *symbol = vk_pair_read_v2(call->v, name);
        if (symbol == NULL) {
            vk_fail(call, "Currency pair not supported %.100s", name);
            refuse(call, o, name);
        } else if (strcmp(o->method, "subscribe") == 0) {
            subscribe_one(call, o, symbol, name);
        } else {
            unsubscribe_one(call, o, symbol, name);
        }
    }
}

/* ---- private channels ---- */

static void refuse_session(struct vk_call *call, const struct order *o)
{
    struct vn_text text = {0};
    vn_text_addf(&text, "{\"channel\":\"%s\",\"error\":", o->name);
    vn_text_add_json(&text, call->error);
    vn_text_addf(&text, ",\"method\":\"%s\",\"status\":\"error\",\"success\":false,", o->method);
    finish(call, o, &text);
    call->error[0] = '\0';
}

static void private_channel(struct vk_call *call, const struct order *o)
{
    const char *text = vk_arg(call, "token");
    struct vk_token *token = text == NULL ? NULL : vk_token_find(call->v, call->now_ns, text);
    struct vk_sub *sub = sub_find(call->ws, o->channel, NULL, 0);
    if (token == NULL) {
        vk_fail(call, "ESession:Invalid session");
        refuse_session(call, o);
        return;
    }
    bool on = strcmp(o->method, "subscribe") == 0;
    if (on == (sub != NULL)) {
        vk_fail(call, on ? "Already subscribed" : "Subscription Not Found");
        refuse(call, o, NULL);
        return;
    }
    if (!on) {
        vk_sub_free(call->ws, sub);
        acknowledge(call, o, NULL);
        return;
    }
    sub = sub_new(call->ws, o->channel, NULL, 0);
    sub->token = token;
    sub->account = token->key->account;
    sub->order_status = vk_arg_bool(call, "order_status", true);
    token->users++;
    acknowledge(call, o, NULL);
    if (o->channel == VK_EXECUTIONS) {
        vk_executions_snapshot(call->v, call->now_ns, call->ws, sub,
                               vk_arg_bool(call, "snap_orders", true),
                               vk_arg_bool(call, "snap_trades", false));
    } else if (o->snapshot) {
        vk_balances_snapshot(call->v, call->now_ns, call->ws, sub);
    }
}

/* ---- entry ---- */

static bool depth_is_legal(enum vk_channel channel, int64_t depth)
{
    static const int64_t books[] = {10, 25, 100, 500, 1000};
    static const int64_t minutes[] = {1, 5, 15, 30, 60, 240, 1440, 10080, 21600};
    const int64_t *list = channel == VK_BOOK ? books : minutes;
    size_t count = channel == VK_BOOK ? sizeof(books) / sizeof(books[0])
                                      : sizeof(minutes) / sizeof(minutes[0]);
    for (size_t i = 0; i < count; i++) {
        if (list[i] == depth) {
            return true;
        }
    }
    return channel != VK_BOOK && channel != VK_OHLC;
}

void vk_subscription(struct vk_call *call, const char *method, const char *req_id,
                     size_t req_id_len, const char *time_in)
{
    struct order o = {
        .method = method, .req_id = req_id, .req_id_len = req_id_len, .time_in = time_in};
    const char *name = vk_arg(call, "channel");
    size_t i = 0;
    while (name != NULL && i < sizeof(channels) / sizeof(channels[0]) &&
           strcmp(channels[i].name, name) != 0) {
        i++;
    }
    if (name == NULL || i == sizeof(channels) / sizeof(channels[0])) {
        bool status = name != NULL && strcmp(name, "status") == 0;
        vk_fail(call, status ? "Symbol(s) not found" : "Subscription name invalid");
        refuse(call, &o, NULL);
        return;
    }
    o.name = channels[i].name;
    o.channel = channels[i].channel;
    o.snapshot = vk_arg_bool(call, "snapshot", channels[i].snapshot);
    int64_t depth = o.channel == VK_BOOK   ? vk_arg_int(call, "depth", 10)
                    : o.channel == VK_OHLC ? vk_arg_int(call, "interval", 1)
                                           : 0;
    if (channels[i].secret != call->ws->secret) {
        vk_fail(call, channels[i].secret
                          ? "Private data and trading are unavailable on this endpoint. Try "
                            "ws-auth.kraken.com"
                          : "Public market data subscriptions are unavailable on this endpoint. "
                            "Try ws.kraken.com");
        refuse(call, &o, NULL);
    } else if (!depth_is_legal(o.channel, depth)) {
        vk_fail(call, o.channel == VK_BOOK ? "Subscription depth not supported"
                                           : "Subscription ohlc interval not supported");
        refuse(call, &o, NULL);
    } else if (channels[i].secret) {
        private_channel(call, &o);
    } else {
        o.depth = (int)depth;
        if (channels[i].symbols) {
            each_symbol(call, &o);
        } else if (strcmp(method, "subscribe") == 0) {
            subscribe_one(call, &o, NULL, NULL);
        } else {
            unsubscribe_one(call, &o, NULL, NULL);
        }
    }
}
