/* Private reads about money and keys. */
#include <string.h>

#include "kraken.h"

static bool is_shown(const struct vn_account *a, const struct vn_asset *asset)
{
    const struct vn_balance *b = &a->balances[asset->index];
    return b->free != 0 || b->locked != 0 || b->deposited != 0;
}

void vk_do_balance(struct vk_call *call)
{
    const struct vn_account *a = call->key->account;
    vn_text_add_char(&call->out, '{');
    for (int i = 0; i < call->v->engine.asset_count; i++) {
        const struct vn_asset *asset = &call->v->engine.assets[i];
        if (is_shown(a, asset)) {
            vn_text_addf(&call->out, "\"%s\":\"", vk_asset_id(call->v, asset));
            vk_add_amount(&call->out, a->balances[i].free + a->balances[i].locked, asset->places);
            vn_text_add(&call->out, "\",");
        }
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, '}');
}

void vk_do_balance_ex(struct vk_call *call)
{
    const struct vn_account *a = call->key->account;
    vn_text_add_char(&call->out, '{');
    for (int i = 0; i < call->v->engine.asset_count; i++) {
        const struct vn_asset *asset = &call->v->engine.assets[i];
        if (is_shown(a, asset)) {
            vn_text_addf(&call->out, "\"%s\":{\"balance\":\"", vk_asset_id(call->v, asset));
            vk_add_amount(&call->out, a->balances[i].free + a->balances[i].locked, asset->places);
            vn_text_add(&call->out, "\",\"hold_trade\":\"");
            vk_add_amount(&call->out, a->balances[i].locked, asset->places);
            vn_text_add(&call->out, "\"},");
        }
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, '}');
}

/* What an amount of the asset is worth in the other, by a pair's last price; 0 if no pair says. */
static amount_t worth(const struct venue *v, const struct vn_asset *asset, amount_t amount,
                      const struct vn_asset *in)
{
    if (asset == in) {
        return amount;
    }
    for (int i = 0; i < v->engine.symbol_count; i++) {
        const struct vn_symbol *s = &v->engine.symbols[i];
        if (s->base == asset && s->quote == in) {
            return amount / vn_pow10(8) * s->last_price;
        }
        if (s->quote == asset && s->base == in && s->last_price > 0) {
            return amount * vn_pow10(8) / s->last_price;
        }
    }
    return 0;
}

void vk_do_trade_balance(struct vk_call *call)
{
    const char *name = vk_arg(call, "asset");
    const struct vn_asset *in = vk_asset_read(call->v, name == NULL ? "ZUSD" : name);
    if (in == NULL) {
        vk_fail(call, "EQuery:Unknown asset");
        return;
    }
    amount_t sum = 0;
    amount_t held = 0;
    for (int i = 0; i < call->v->engine.asset_count; i++) {
        const struct vn_balance *b = &call->key->account->balances[i];
        const struct vn_asset *asset = &call->v->engine.assets[i];
        sum += worth(call->v, asset, b->free + b->locked, in);
        held += worth(call->v, asset, b->locked, in);
    }
    const struct {
        const char *name;
        amount_t value;
    } rows[] = {{"eb", sum}, {"tb", sum}, {"m", 0},   {"uv", held},      {"n", 0},
                {"c", 0},    {"v", 0},    {"e", sum}, {"mf", sum - held}};
    vn_text_add_char(&call->out, '{');
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        vn_text_addf(&call->out, "\"%s\":\"", rows[i].name);
        vk_add_amount(&call->out, rows[i].value, 4);
        vn_text_add(&call->out, "\",");
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, '}');
}

void vk_do_key_info(struct vk_call *call)
{
    static const struct {
        uint32_t bit;
        const char *words;
    } permissions[] = {
        {VENUE_MAY_READ, "\"query-funds\",\"query-open-trades\",\"query-closed-trades\","
                         "\"query-ledger\","},
        {VENUE_MAY_TRADE, "\"modify-trades\",\"close-trades\","},
        {VENUE_MAY_STREAM, "\"access-websockets\","},
    };
    const struct vk_mark *mark = call->key->own;
    vn_text_add(&call->out, "{\"apiKeyName\":");
    vn_text_add_json(&call->out, call->key->account->name);
    vn_text_add(&call->out, ",\"apiKey\":");
    vn_text_add_json(&call->out, call->key->api_key);
    vn_text_addf(&call->out, ",\"nonce\":\"%llu\",\"nonceWindow\":%llu,\"permissions\":[",
                 (unsigned long long)mark->nonce, (unsigned long long)call->key->nonce_window);
    for (size_t i = 0; i < sizeof(permissions) / sizeof(permissions[0]); i++) {
        if ((call->key->permissions & permissions[i].bit) != 0) {
            vn_text_add(&call->out, permissions[i].words);
        }
    }
    vn_text_trim_comma(&call->out);
    vn_text_add(&call->out, "],\"ipAllowlist\":[],\"validUntil\":\"0\"}");
}
