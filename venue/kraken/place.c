/* Placing: what the venue judges before the engine does, and the engine's verdict in this venue's words. */
#include <string.h>

#include "kraken.h"

/* ---- the whole venue's status ---- */

bool vk_system_takes(struct vk_call *call, bool post)
{
    const char *system = vk_of(call->v)->system;
    if (strcmp(system, "online") == 0 || (post && strcmp(system, "post_only") == 0)) {
        return true;
    }
    vk_fail(call,
            strcmp(system, "maintenance") == 0 ? "EService:Unavailable"
                                               : "EService:Market in %s mode",
            system);
    return false;
}

bool vk_system_cancels(struct vk_call *call)
{
    if (strcmp(vk_of(call->v)->system, "maintenance") == 0) {
        vk_fail(call, "EService:Unavailable");
        return false;
    }
    return true;
}

static bool symbol_takes(struct vk_call *call, const struct vk_wish *wish)
{
    enum vn_status status = wish->symbol->status;
    bool market = wish->price == 0;
    if (status == VN_TRADING || (status == VN_POST_ONLY && wish->post) ||
        (status == VN_LIMIT_ONLY && !market)) {
        return true;
    }
    vk_fail(call, "EService:Market in %s mode", vk_status_word(wish->symbol));
    return false;
}

/* ---- what the pair allows ---- */

/* Products of the two must fit an amount: a hundred million and a billion. */
#define PRICE_MAX 10000000000000000LL
#define QTY_MAX 100000000000000000LL

bool vk_judge_price(struct vk_call *call, const struct vn_symbol *symbol, int64_t price,
                    const char *name)
{
    if (price <= 0 || price > PRICE_MAX) {
        vk_fail(call, "EGeneral:Invalid arguments:%s", name);
        return false;
    }
    if (symbol->rules.tick > 0 && price % symbol->rules.tick != 0) {
        vk_fail(call, "EOrder:Tick size check failed");
        return false;
    }
    return true;
}

bool vk_judge_qty(struct vk_call *call, const struct vn_symbol *symbol, int64_t qty, int64_t price)
{
    const struct vn_rules *rules = &symbol->rules;
    if (qty > QTY_MAX || (rules->step > 0 && qty % rules->step != 0)) {
        vk_fail(call, "EGeneral:Invalid arguments:volume");
        return false;
    }
    if (qty <= 0 || qty < rules->min_qty) {
        vk_fail(call, "EOrder:Order minimum not met");
        return false;
    }
    price = price == 0 ? symbol->last_price : price;
    if (vn_amount_product(price, 8, qty, 8) < rules->min_notional) {
        vk_fail(call, "EOrder:Cost minimum not met");
        return false;
    }
    return true;
}

static bool judge(struct vk_call *call, const struct vk_wish *wish)
{
    const struct vn_symbol *s = wish->symbol;
    if (wish->price != 0 || wish->type == VN_LIMIT) {
        if (!vk_judge_price(call, s, wish->price, "price")) {
            return false;
        }
    }
    bool stop = wish->type != VN_LIMIT && wish->type != VN_MARKET;
    if (stop && !vk_judge_price(call, s, wish->trigger, "price")) {
        return false;
    }
    if (wish->quote_qty == 0 &&
        !vk_judge_qty(call, s, wish->qty, wish->price != 0 ? wish->price : wish->trigger)) {
        return false;
    }
    if (wish->quote_qty != 0 && wish->quote_qty < s->rules.min_notional) {
        vk_fail(call, "EOrder:Cost minimum not met");
        return false;
    }
    const struct vn_holding *h = vn_holding_get(call->key->account, s);
    if (h->open_count >= vk_of(call->v)->tier->open_orders) {
        vk_fail(call, "EOrder:Orders limit exceeded");
        return false;
    }
    return true;
}

/* ---- the engine ---- */

static void fail_result(struct vk_call *call, const struct vk_wish *wish, enum vn_result result)
{
    switch (result) {
    case VN_CLOSED:
        vk_fail(call, "EService:Market in %s mode", vk_status_word(wish->symbol));
        break;
    case VN_FUNDS:
        vk_fail(call, "EOrder:Insufficient funds");
        break;
    case VN_WOULD_MATCH:
        vk_fail(call, "EOrder:Post only order");
        break;
    case VN_DUPLICATE:
        vk_fail(call, "%s", vk_of(call->v)->settings.duplicate_error);
        break;
    case VN_WOULD_TRIGGER:
        vk_fail(call, "EOrder:Invalid price");
        break;
    case VN_NO_LIQUIDITY:
        vk_fail(call, "EOrder:Order minimum not met");
        break;
    case VN_UNKNOWN:
        vk_fail(call, "%s", vk_of(call->v)->settings.unknown_error);
        break;
    case VN_OK:
    case VN_RESTRICTED:
    case VN_BAD_AMEND:
        vk_fail(call, "EGeneral:Invalid arguments");
        break;
    }
}

static struct vn_order *send(struct vk_call *call, const struct vk_wish *wish)
{
    struct vk_state *state = vk_of(call->v);
    struct vn_order *order = NULL;
    struct vn_order_spec spec = {
        .account = call->key->account,
        .symbol = wish->symbol,
        .client_id = wish->client_id,
        .side = wish->side,
        .type = wish->type == VN_LIMIT && wish->post ? VN_LIMIT_MAKER : wish->type,
        .tif = wish->tif,
        .stp = wish->stp,
        .price = wish->price,
        .stop_price = wish->trigger,
        .qty = wish->qty,
        .quote_order_qty = wish->quote_qty,
        .expire_ns = wish->expire_ns,
        .fee_in_quote = !(wish->fee_base || (state->settings.fee_in_base && !wish->fee_quote)),
        .fee_places = wish->symbol->quote->places,
        .hold_rate = call->key->account->taker_rate,
        .origin = VN_KRAKEN};
    state->placing = wish;
    enum vn_result result = vn_place(&call->v->engine, call->now_ns, &spec, &order);
    if (result == VN_WOULD_MATCH && state->settings.post_only_cancels) {
        spec.type =
            VN_STOP_LOSS_LIMIT; /* one that never triggers, so that it is accepted and stays out of the book */
        spec.stop_price = wish->side == VN_BUY ? INT64_MAX / 4 : 1;
        result = vn_place(&call->v->engine, call->now_ns, &spec, &order);
        if (result == VN_OK) {
            state->ending = VK_END_POST_ONLY;
            vn_cancel(&call->v->engine, call->now_ns, order, order->client_id);
            state->ending = VK_END_NONE;
        }
    }
    state->placing = NULL;
    if (result != VN_OK) {
        fail_result(call, wish, result);
        return NULL;
    }
    return order;
}

struct vn_order *vk_place(struct vk_call *call, const struct vk_wish *wish)
{
    if (!vk_engine_charge(call, wish->symbol, VK_ADD, -1) || !vk_system_takes(call, wish->post) ||
        !symbol_takes(call, wish)) {
        return NULL;
    }
    if (wish->client_id != NULL &&
        vk_order_by_client(call->v, call->key->account, wish->client_id, true) != NULL) {
        vk_fail(call, "%s", vk_of(call->v)->settings.duplicate_error);
        return NULL;
    }
    if (!judge(call, wish) || wish->validate) {
        return NULL;
    }
    return send(call, wish);
}

void vk_describe(struct vn_text *out, const struct vn_symbol *s, const struct vk_wish *wish)
{
    char pair[VK_PAIR];
    vk_pair_alt(s, pair);
    vn_text_addf(out, "%s ", wish->side == VN_BUY ? "buy" : "sell");
    vk_add_number(out, wish->qty, 8);
    static const char *const words[] = {NULL,        "limit",     "limit",       "market",
                                        "stop loss", "stop loss", "take profit", "take profit"};
    vn_text_addf(out, " %s @ %s", pair, words[wish->type]);
    if (wish->trigger != 0) {
        vn_text_add_char(out, ' ');
        vk_add_number(out, wish->trigger, vk_price_places(s));
    }
    if (wish->price != 0) {
        vn_text_add(out, wish->trigger == 0 ? " " : " -> limit ");
        vk_add_number(out, wish->price, vk_price_places(s));
    }
}

static void print_added(struct vk_call *call, const struct vk_wish *wish,
                        const struct vn_order *order, bool scalar)
{
    char id[VK_TXID];
    vn_text_add(&call->out, "{\"descr\":{\"order\":\"");
    vk_describe(&call->out, wish->symbol, wish);
    vn_text_add(&call->out, "\"}");
    if (order != NULL) {
        vk_id_print('O', order->id, id);
        vn_text_addf(&call->out, scalar ? ",\"txid\":\"%s\"" : ",\"txid\":[\"%s\"]", id);
    }
    vn_text_add_char(&call->out, '}');
}

void vk_do_add(struct vk_call *call)
{
    struct vk_wish wish;
    if (!vk_wish_read_rest(call, &wish)) {
        return;
    }
    const struct vn_order *order = vk_place(call, &wish);
    if (call->error[0] == '\0') {
        print_added(call, &wish, order, false);
    }
}

/* ---- several at once ---- */

#define BATCH 15

/* The pair stands beside the rows; a row that cannot be read refuses them all. */
static int rows_read(struct vk_call *call, const struct vn_json *rows, struct vn_symbol *symbol,
                     struct vk_wish *ret_wishes)
{
    int count = 0;
    for (const struct vn_json *row = rows->child; row != NULL; row = row->next) {
        struct vk_call one = {.v = call->v, .now_ns = call->now_ns, .key = call->key};
        char pair[VK_PAIR];
        vk_pair_alt(symbol, pair);
        const char *named = vn_json_text(row, "pair", NULL);
        if (count == BATCH || row->kind != VN_JSON_OBJECT ||
            (named != NULL && vk_pair_read(call->v, named) != symbol)) {
            vk_fail(call, "EGeneral:Invalid arguments:orders");
            return -1;
        }
        one.args.json = row;
        one.pair = symbol;
        if (!vk_wish_read_rest(&one, &ret_wishes[count++])) {
            vk_fail(call, "%s", one.error);
            return -1;
        }
    }
    return count;
}

void vk_do_add_batch(struct vk_call *call)
{
    struct vk_wish wishes[BATCH];
    struct vn_symbol *symbol = vk_arg_pair(call);
    const struct vn_json *rows =
        call->args.json == NULL ? NULL : vn_json_get(call->args.json, "orders");
    int64_t deadline_ns = 0;
    if (symbol == NULL || !vk_deadline_read(call, vk_arg(call, "deadline"), &deadline_ns)) {
        return;
    }
    int count =
        rows == NULL || rows->kind != VN_JSON_ARRAY ? 0 : rows_read(call, rows, symbol, wishes);
    if (count < 2) {
        if (count >= 0) {
            vk_fail(call, "EGeneral:Invalid arguments:orders");
        }
        return;
    }
    bool validate = vk_arg_bool(call, "validate", false);
    vn_text_add(&call->out, "{\"orders\":[");
    for (int i = 0; i < count; i++) {
        wishes[i].validate = validate;
        const struct vn_order *order = vk_place(call, &wishes[i]);
        if (call->error[0] != '\0') {
            vn_text_add(&call->out, "{\"error\":");
            vn_text_add_json(&call->out, call->error);
            vn_text_add_char(&call->out, '}');
            call->error[0] = '\0';
        } else {
            print_added(call, &wishes[i], order, true);
        }
        vn_text_add_char(&call->out, ',');
    }
    vn_text_trim_comma(&call->out);
    vn_text_add(&call->out, "]}");
}
