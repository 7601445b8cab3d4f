/* New orders, and what they would be. */
#include <stdlib.h>
#include <string.h>

#include "coinbase.h"

/* A create or preview request, read. */
struct wish {
    const char *client_id; /* NULL in a preview */
    const char *product;
    const struct vn_json *config_node;
    enum vn_side side;
    struct vc_config config;
    struct vn_order_spec spec;
};

static bool read_side(struct vc_call *call, enum vn_side *ret_side)
{
    const char *word = vn_json_text(call->body, "side", "");
    *ret_side = strcmp(word, "BUY") == 0 ? VN_BUY : VN_SELL;
    if (*ret_side == VN_SELL && strcmp(word, "SELL") != 0) {
        vc_invalid(call, "invalid side");
        return false;
    }
    return true;
}

static const char *string_of(struct vc_call *call, const char *name)
{
    const struct vn_json *node = vn_json_get(call->body, name);
    if (node == NULL || node->kind != VN_JSON_STRING || node->text[0] == '\0') {
        vc_invalid(call, "%s is required", name);
        return NULL;
    }
    return node->text;
}

static bool wish_read(struct vc_call *call, bool is_preview, struct wish *ret_wish)
{
    struct wish wish = {0};
    if (call->body == NULL || call->body->kind != VN_JSON_OBJECT) {
        vc_invalid(call, "the body is not a JSON object");
        return false;
    }
    if (!is_preview) {
        wish.client_id = string_of(call, "client_order_id");
        if (wish.client_id == NULL) {
            return false;
        }
        if (strlen(wish.client_id) > VC_CLIENT_ID_MAX) {
            vc_invalid(call, "client_order_id is longer than %d", VC_CLIENT_ID_MAX);
            return false;
        }
    }
    wish.product = string_of(call, "product_id");
    if (wish.product == NULL || !read_side(call, &wish.side)) {
        return false;
    }
    wish.config_node = vn_json_get(call->body, "order_configuration");
    if (!vc_config_read(call, wish.config_node, &wish.config)) {
        return false;
    }
    *ret_wish = wish;
    return true;
}

static const struct vc_refusal *wish_check(struct vc_call *call, struct wish *wish)
{
    static const struct vc_refusal unknown = {"INVALID_PRODUCT_ID", "PREVIEW_INVALID_PRODUCT_ID",
                                              "Invalid product_id"};
    wish->spec.account = call->account;
    wish->spec.symbol = vc_product_find(call->v, wish->product);
    wish->spec.side = wish->side;
    wish->spec.client_id = wish->client_id;
    if (wish->spec.symbol == NULL) {
        return &unknown;
    }
    if (vc_is_alias(wish->spec.symbol, wish->product)) {
        return &vc_untradable;
    }
    return vc_config_check(call->v, call->now_ns, &wish->config, &wish->spec);
}

static const struct vc_refusal *refusal_of(enum vn_result result)
{
    static const struct vc_refusal closed = {"ORDER_ENTRY_DISABLED",
                                             "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE",
                                             "Order is not allowed in the market's state"};
    static const struct vc_refusal triggered = {
        "STOP_ALREADY_TRIGGERED", "PREVIEW_INVALID_STOP_PRICE", "The stop would trigger at once"};
    switch (result) {
    case VN_OK:
        return NULL;
    case VN_FUNDS:
        return &vc_insufficient_fund;
    case VN_WOULD_MATCH:
        return &vc_crossing_post_only;
    case VN_NO_LIQUIDITY:
        return &vc_no_liquidity;
    case VN_DUPLICATE:
        return &vc_duplicate_id;
    case VN_WOULD_TRIGGER:
        return &triggered;
    case VN_CLOSED:
    case VN_UNKNOWN:
    case VN_RESTRICTED:
    case VN_BAD_AMEND:
        break;
    }
    return &closed;
}

/* ---- create ---- */

static void print_success(struct vc_call *call, const struct wish *wish, const char *order_id)
{
    vn_text_addf(&call->out, "{\"success\":true,\"success_response\":{\"order_id\":\"%s\"",
                 order_id);
    vc_add_text(&call->out, "product_id", wish->product);
    vc_add_text(&call->out, "side", vc_side_word(wish->side));
    vc_add_text(&call->out, "client_order_id", wish->client_id);
    vn_text_add(&call->out, ",\"attached_order_id\":\"\"},\"order_configuration\":");
    vc_config_print(&call->out, &wish->config);
    vn_text_add_char(&call->out, '}');
}

static void print_refusal(struct vc_call *call, const struct wish *wish,
                          const struct vc_refusal *why)
{
    vn_text_add(&call->out, "{\"success\":false,\"error_response\":{\"error\":");
    vn_text_add_json(&call->out, why->reason);
    vc_add_text(&call->out, "message", why->message);
    vn_text_add(&call->out, ",\"error_details\":\"\"");
    vc_add_text(&call->out, "preview_failure_reason", why->preview);
    vc_add_text(&call->out, "new_order_failure_reason", why->reason);
    vn_text_add(&call->out, "},\"order_configuration\":");
    vn_text_add_n(&call->out, wish->config_node->raw, wish->config_node->raw_len);
    vn_text_add_char(&call->out, '}');
}

/* The reason word lives as long as the venue: these are the reasons there are. */
static const char *reject_word(const char *asked)
{
    static const char *const words[] = {"HOLD_FAILURE", "TOO_MANY_OPEN_ORDERS",
                                        "REJECT_REASON_INSUFFICIENT_FUNDS", "RATE_LIMIT_EXCEEDED"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], asked) == 0) {
            return words[i];
        }
    }
    return words[0];
}

/* Accepted by the front end, refused behind it: the engine never hears of it. */
static struct vc_order *fail_later(struct vc_call *call, struct wish *wish,
                                   const struct vn_fault *fault)
{
    struct vc_order *order = vc_order_add(call->v, call->account, wish->spec.symbol, wish->side,
                                          wish->client_id, &wish->config, call->now_ns);
    order->reject_reason = reject_word(fault->message);
    vc_order_touch(call->state, order);
    vc_user_flush(call->v, call->now_ns);
    return order;
}

/* NULL: placed, or said to be. */
static const struct vc_refusal *place(struct vc_call *call, struct wish *wish, char ret_id[VC_UUID])
{
    static const struct vc_refusal closed = {"INELIGIBLE_PAIR", "PREVIEW_TRADING_DISABLED",
                                             "source is not enabled for trading"};
    struct vn_order *order = NULL;
    const struct vn_fault *fault =
        vc_fault(call->v, VC_FAULT_ASYNC_FAILED, wish->spec.symbol->name);
    if (fault != NULL) {
        memcpy(ret_id, fail_later(call, wish, fault)->id, VC_UUID);
        return NULL;
    }
    if (!call->account->can_trade) {
        return &closed;
    }
    call->state->placing = &wish->config;
    enum vn_result result = vn_place(&call->v->engine, call->now_ns, &wish->spec, &order);
    call->state->placing = NULL;
    if (result == VN_OK) {
        const struct vc_order *mine = vn_table_get(&call->state->by_id, order->id);
        memcpy(ret_id, mine->id, VC_UUID);
    }
    return refusal_of(result);
}

void vc_do_create(struct vc_call *call)
{
    struct wish wish;
    char id[VC_UUID] = "";
    if (!wish_read(call, false, &wish)) {
        return;
    }
    const struct vc_order *old = vc_order_by_client(call->state, call->account, wish.client_id);
    const struct vc_refusal *why = NULL;
    if (old != NULL) { /* the old order, with an echo of the new request */
        why = call->state->modes.refuse_duplicates ? &vc_duplicate_id : NULL;
        memcpy(id, old->id, sizeof(id));
    } else {
        why = wish_check(call, &wish);
        why = why == NULL ? place(call, &wish, id) : why;
    }
    if (why != NULL) {
        print_refusal(call, &wish, why);
    } else {
        print_success(call, &wish, id);
    }
}

/* ---- preview ---- */

/* What the order would trade and cost, at its limit or at the best price. */
static void print_costs(struct vc_call *call, const struct wish *wish)
{
    const struct vn_order_spec *spec = &wish->spec;
    const struct vn_symbol *symbol = spec->symbol;
    struct vn_text *out = &call->out;
    amount_t quote = spec->quote_order_qty;
    int64_t price = spec->price;
    amount_t size = vn_amount_of(spec->qty, symbol->qty_places);
    if (price == 0) {
        price = vn_book_best(symbol, spec->side == VN_BUY ? VN_SELL : VN_BUY);
    }
    if (quote == 0) {
        quote = vn_amount_product(price, symbol->price_places, spec->qty, symbol->qty_places);
    } else if (price != 0) {
        size = vn_amount_floor(quote / price * vn_pow10(symbol->price_places), symbol->qty_places);
    }
    amount_t fee = quote / 100000000 * call->account->taker_rate;
    fee = vn_amount_floor(fee, VC_FEE_PLACES);
    vc_add_plain(out, "order_total", spec->side == VN_BUY ? quote + fee : quote - fee);
    vc_add_plain(out, "commission_total", fee);
    vc_add_plain(out, "quote_size", quote);
    vc_add_plain(out, "base_size", size);
}

void vc_do_preview(struct vc_call *call)
{
    struct wish wish;
    char uuid[VC_UUID];
    if (!wish_read(call, true, &wish)) {
        return;
    }
    const struct vc_refusal *why = wish_check(call, &wish);
    if (why == NULL) {
        why = refusal_of(vn_place_check(&wish.spec));
    }
    struct vn_text *out = &call->out;
    vn_text_add(out, "{\"errs\":[");
    if (why != NULL) {
        vn_text_add_json(out, why->preview);
    }
    vn_text_add(out, "],\"warning\":[]");
    if (wish.spec.symbol != NULL) {
        print_costs(call, &wish);
        vc_add_price(out, "best_bid", wish.spec.symbol, vn_book_best(wish.spec.symbol, VN_BUY));
        vc_add_price(out, "best_ask", wish.spec.symbol, vn_book_best(wish.spec.symbol, VN_SELL));
    }
    vc_uuid(call->v, VC_UUID_PREVIEW, call->v->outbox.next_seq, uuid);
    vc_add_text(out, "preview_id", uuid);
    vn_text_add(out, ",\"is_max\":false,\"slippage\":\"0\"}");
}
