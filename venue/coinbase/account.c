/* Wallets, commissions, what a key may do. */
#include <string.h>

#include "coinbase.h"

static uint64_t wallet_number(const struct vn_account *a, const struct vn_asset *asset)
{
    return a->uid * VN_ASSETS + (uint64_t)asset->index;
}

void vc_portfolio_of(const struct venue *v, const struct vn_account *a, char ret_uuid[VC_UUID])
{
    vc_uuid(v, VC_UUID_PORTFOLIO, a->uid, ret_uuid);
}

static bool is_fiat(const struct vn_asset *asset)
{
    static const char *const names[] = {"USD", "EUR", "GBP"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], asset->name) == 0) {
            return true;
        }
    }
    return false;
}

static void print_money(struct vn_text *out, const char *name, amount_t value,
                        const struct vn_asset *asset)
{
    vn_text_addf(out, ",\"%s\":{\"value\":", name);
    vn_text_add_plain(out, value);
    vc_add_text(out, "currency", asset->name);
    vn_text_add_char(out, '}');
}

static void print_wallet(struct vc_call *call, const struct vn_asset *asset)
{
    const struct vn_account *a = call->account;
    const struct vn_balance *balance = &a->balances[asset->index];
    struct vn_text *out = &call->out;
    char uuid[VC_UUID];
    vc_uuid(call->v, VC_UUID_WALLET, wallet_number(a, asset), uuid);
    vn_text_addf(out, "{\"uuid\":\"%s\",\"name\":\"%s Wallet\"", uuid, asset->name);
    vc_add_text(out, "currency", asset->name);
    print_money(out, "available_balance", balance->free, asset);
    vn_text_add(out, ",\"default\":true,\"active\":true,\"created_at\":");
    vc_add_time(call->v, out, call->v->config.start_ns);
    vn_text_add(out, ",\"updated_at\":");
    vc_add_time(call->v, out, a->updated_ns);
    vn_text_add(out, ",\"deleted_at\":null");
    vc_add_text(out, "type", is_fiat(asset) ? "ACCOUNT_TYPE_FIAT" : "ACCOUNT_TYPE_CRYPTO");
    vn_text_add(out, ",\"ready\":true");
    print_money(out, "hold", balance->locked, asset);
    vc_portfolio_of(call->v, a, uuid);
    vc_add_text(out, "retail_portfolio_id", uuid);
    vn_text_add(out, ",\"platform\":\"ACCOUNT_PLATFORM_CONSUMER\"}");
}

/* The cursor is the index of the next asset. */
static bool cursor_of(struct vc_call *call, int64_t *ret_index)
{
    const char *text = vc_query_get(&call->query, "cursor");
    *ret_index = 0;
    if (text != NULL && text[0] != '\0' &&
        (vn_fixed_parse(text, strlen(text), 0, ret_index) < 0 ||
         *ret_index > call->v->engine.asset_count)) {
        vc_invalid(call, "invalid cursor");
        return false;
    }
    return true;
}

void vc_do_accounts(struct vc_call *call)
{
    int64_t at = 0;
    int64_t limit = vc_page_limit(call, 49, 250);
    if (limit < 0 || !cursor_of(call, &at)) {
        return;
    }
    int64_t shown = 0;
    vn_text_add(&call->out, "{\"accounts\":[");
    for (; at < call->v->engine.asset_count && shown < limit; at++, shown++) {
        print_wallet(call, &call->v->engine.assets[at]);
        vn_text_add_char(&call->out, ',');
    }
    vn_text_trim_comma(&call->out);
    bool more = at < call->v->engine.asset_count;
    vn_text_addf(&call->out, "],\"has_next\":%s,\"cursor\":\"", more ? "true" : "false");
    if (more) {
        vn_text_add_i64(&call->out, at);
    }
    vn_text_addf(&call->out, "\",\"size\":%lld}", (long long)shown);
}

void vc_do_account(struct vc_call *call)
{
    char uuid[VC_UUID];
    for (int i = 0; i < call->v->engine.asset_count; i++) {
        const struct vn_asset *asset = &call->v->engine.assets[i];
        vc_uuid(call->v, VC_UUID_WALLET, wallet_number(call->account, asset), uuid);
        if (strcmp(uuid, call->id) == 0) {
            vn_text_add(&call->out, "{\"account\":");
            print_wallet(call, asset);
            vn_text_add_char(&call->out, '}');
            return;
        }
    }
    vc_fail(call, 404, "NOT_FOUND", "account with ID %s was not found", call->id);
}

/* Volumes are numbers here, not texts: cut to cents, they are only shown. */
static void print_totals(struct vc_call *call)
{
    amount_t volume = 0;
    amount_t fees = 0;
    for (size_t i = 0; i < call->state->fill_count; i++) {
        const struct vc_fill *fill = &call->state->fills[i];
        if (fill->order->account == call->account) {
            volume += fill->fill->quote;
            fees += fill->fill->fee;
        }
    }
    char volume_text[VN_AMOUNT_TEXT];
    char fees_text[VN_AMOUNT_TEXT];
    vn_amount_print(volume, 2, volume_text);
    vn_amount_print(fees, 2, fees_text);
    vn_text_addf(&call->out,
                 "{\"total_volume\":%s,\"total_fees\":%s,\"advanced_trade_only_volume\":%s,"
                 "\"advanced_trade_only_fees\":%s",
                 volume_text, fees_text, volume_text, fees_text);
}

void vc_do_summary(struct vc_call *call)
{
    print_totals(call);
    vn_text_add(&call->out, ",\"fee_tier\":{\"pricing_tier\":\"Advanced 1\"");
    vc_add_plain(&call->out, "taker_fee_rate", vn_amount_of(call->account->taker_rate, 8));
    vc_add_plain(&call->out, "maker_fee_rate", vn_amount_of(call->account->maker_rate, 8));
    vn_text_add(&call->out, ",\"aop_from\":\"0\",\"aop_to\":\"\",\"usd_from\":\"0\",\"usd_to\":"
                            "\"\"},\"margin_rate\":null,\"goods_and_services_tax\":null}");
}

void vc_do_permissions(struct vc_call *call)
{
    uint32_t may = call->key->permissions;
    char uuid[VC_UUID];
    vc_portfolio_of(call->v, call->account, uuid);
    vn_text_addf(&call->out,
                 "{\"can_view\":%s,\"can_trade\":%s,\"can_transfer\":%s,\"portfolio_uuid\":\"%s\","
                 "\"portfolio_type\":\"DEFAULT\"}",
                 (may & VENUE_MAY_READ) != 0 ? "true" : "false",
                 (may & VENUE_MAY_TRADE) != 0 ? "true" : "false",
                 (may & VENUE_MAY_TRANSFER) != 0 ? "true" : "false", uuid);
}

void vc_do_portfolios(struct vc_call *call)
{
    char uuid[VC_UUID];
    vc_portfolio_of(call->v, call->account, uuid);
    vn_text_addf(&call->out,
                 "{\"portfolios\":[{\"name\":\"Default\",\"uuid\":\"%s\",\"type\":\"DEFAULT\","
                 "\"deleted\":false}]}",
                 uuid);
}
