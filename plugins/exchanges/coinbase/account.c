#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "coinbase.h"

/* ---- the key's rights ---- */

void coinbase_gate_ask(struct coinbase *c)
{
    struct sofia_request request;
    uint64_t id = 0;

    if (c->gate == GATE_CLOSED && coinbase_encode_permissions(c, &request) == SOFIA_OK &&
        c->host->exchange->request(c->host, &request, &id) == SOFIA_OK) {
        c->gate = GATE_ASKED;
    }
}

void coinbase_gate_unanswered(struct coinbase *c)
{
    if (c->gate == GATE_ASKED) {
        c->gate = GATE_CLOSED;
    }
}

struct rights {
    uint32_t told; /* all three of them */
    uint32_t can_view;
    uint32_t can_trade;
    uint32_t can_transfer;
    char portfolio[SOFIA_NAME_SIZE];
};

static int read_rights(struct sofia_slice body, struct rights *rights)
{
    struct sofia_json cur;
    struct sofia_slice key;

    memset(rights, 0, sizeof(*rights));
    sofia_json_init(&cur, body.at, body.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "can_view")) {
            rights->told += sofia_json_bool(&cur, &rights->can_view) == 0;
        } else if (sofia_json_is(key, "can_trade")) {
            rights->told += sofia_json_bool(&cur, &rights->can_trade) == 0;
        } else if (sofia_json_is(key, "can_transfer")) {
            rights->told += sofia_json_bool(&cur, &rights->can_transfer) == 0;
        } else if (sofia_json_is(key, "portfolio_uuid")) {
            sofia_json_text(&cur, rights->portfolio, sizeof(rights->portfolio));
        }
    }
    return sofia_json_finish(&cur) == 0 && rights->told == 3 && rights->portfolio[0] != '\0'
               ? SOFIA_OK
               : SOFIA_EPARSE;
}

/* Why this key is not taken; NULL if it is. */
static const char *objection(const struct coinbase *c, const struct rights *rights)
{
    if (rights->can_transfer) {
        return "this key may transfer funds: make one with the rights view and trade only";
    }
    if (!rights->can_view || !rights->can_trade) {
        return "this key may not trade: it needs the rights view and trade";
    }
    if (c->config.portfolio[0] != '\0' && strcmp(c->config.portfolio, rights->portfolio) != 0) {
        return "this key belongs to another portfolio than the option portfolio says";
    }
    return NULL;
}

void coinbase_gate_answer(struct coinbase *c, const struct sofia_answer *answer,
                          struct sofia_result *ret_result)
{
    struct rights rights;

    if (read_rights(sofia_answer_body(answer), &rights) != SOFIA_OK) {
        sofia_result_doubt(ret_result, "the rights of the key could not be read");
        coinbase_gate_unanswered(c);
        return;
    }
    memcpy(c->identity, rights.portfolio, sizeof(c->identity));
    c->can_trade = rights.can_trade ? 1 : 2;
    c->can_withdraw = rights.can_transfer ? 1 : 2;
    const char *reason = objection(c, &rights);
    if (reason != NULL) {
        c->gate = GATE_REFUSED;
        coinbase_pool_drop(c);
        sofia_log(c->host, SOFIA_LOG_ERROR, "%s", reason);
        sofia_emit_account(c->host, 2, c->can_withdraw, c->identity);
        ret_result->verdict = SOFIA_VERDICT_REJECTED;
        ret_result->action = SOFIA_ACTION_FATAL;
        snprintf(ret_result->reason, sizeof(ret_result->reason), "%s", reason);
        return;
    }
    c->gate = GATE_OPEN;
    sofia_result_accept(ret_result);
    sofia_result_emitted(sofia_emit_account(c->host, c->can_trade, c->can_withdraw, c->identity),
                         ret_result);
}

/* ---- balances ---- */

/* An asset that a listing leaves out is at zero now. */
static void asset_seen(struct coinbase *c, const char *name)
{
    for (uint32_t i = 0; i < c->asset_count; i++) {
        if (strcmp(c->assets[i].name, name) == 0) {
            c->assets[i].listing = c->account_listing;
            return;
        }
    }
    if (c->asset_count < COINBASE_ASSETS) {
        struct coinbase_asset *asset = &c->assets[c->asset_count++];
        asset->listing = c->account_listing;
        snprintf(asset->name, sizeof(asset->name), "%s", name);
    }
}

static int sweep(struct coinbase *c)
{
    int status = SOFIA_OK;

    for (uint32_t i = 0; status == SOFIA_OK && i < c->asset_count; i++) {
        if (c->assets[i].listing != c->account_listing) {
            c->assets[i].listing = c->account_listing;
            status = sofia_emit_balance(c->host, SOFIA_REPORT_QUERY, c->assets[i].name,
                                        sofia_wide_zero(), sofia_wide_zero(), 0);
        }
    }
    return status;
}

/* {"value":"1.23","currency":"BTC"} */
static void read_money(struct sofia_json *cur, struct sofia_wide *ret_value)
{
    struct sofia_slice key;

    if (sofia_json_null(cur)) {
        return;
    }
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "value")) {
            coinbase_json_wide(cur, ret_value);
        }
    }
}

struct wallet {
    struct sofia_slice type;
    struct sofia_slice platform;
    struct sofia_wide available;
    struct sofia_wide hold;
    char currency[SOFIA_ASSET_SIZE];
};

/* Wallets of the other products of this venue are not what spot orders pay from. */
static int is_spot(const struct wallet *wallet)
{
    return (wallet->platform.len == 0 ||
            sofia_slice_is(wallet->platform, "ACCOUNT_PLATFORM_CONSUMER")) &&
           !sofia_slice_is(wallet->type, "ACCOUNT_TYPE_VAULT") &&
           !sofia_slice_is(wallet->type, "ACCOUNT_TYPE_PERP_FUTURES");
}

static int read_wallet(struct coinbase *c, struct sofia_json *cur, uint32_t *ret_found)
{
    struct wallet wallet = {.available = sofia_wide_absent(), .hold = sofia_wide_zero()};
    struct sofia_slice key;

    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "currency")) {
            sofia_json_text(cur, wallet.currency, sizeof(wallet.currency));
        } else if (sofia_json_is(key, "available_balance")) {
            read_money(cur, &wallet.available);
        } else if (sofia_json_is(key, "hold")) {
            read_money(cur, &wallet.hold);
        } else if (sofia_json_is(key, "type") && !sofia_json_null(cur)) {
            sofia_json_string(cur, &wallet.type);
        } else if (sofia_json_is(key, "platform") && !sofia_json_null(cur)) {
            sofia_json_string(cur, &wallet.platform);
        }
    }
    if (sofia_wide_is_absent(wallet.hold)) {
        wallet.hold = sofia_wide_zero();
    }
    if (wallet.currency[0] == '\0' || sofia_wide_is_absent(wallet.available)) {
        sofia_json_fail(cur);
    }
    if (cur->status != 0) {
        return SOFIA_EPARSE;
    }
    if (!is_spot(&wallet)) {
        return SOFIA_OK;
    }
    asset_seen(c, wallet.currency);
    *ret_found += 1;
    return sofia_emit_balance(c->host, SOFIA_REPORT_QUERY, wallet.currency, wallet.available,
                              wallet.hold, 0);
}

static int read_wallets(struct coinbase *c, struct sofia_slice wallets, uint32_t *ret_found)
{
    struct sofia_json cur;
    int status = SOFIA_OK;

    sofia_json_init(&cur, wallets.at, wallets.len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        status = read_wallet(c, &cur, ret_found);
    }
    return status == SOFIA_OK && sofia_json_finish(&cur) != 0 ? SOFIA_EPARSE : status;
}

static int conclude(struct coinbase *c, uint32_t found)
{
    struct sofia_event_sync sync;
    int status = sweep(c);

    sofia_event_init(&sync.head, SOFIA_EV_SYNC, sizeof(sync), 0);
    sync.what = SOFIA_SYNC_ACCOUNT;
    sync.found = found;
    if (status == SOFIA_OK) {
        status = sofia_emit_account(c->host, c->can_trade, c->can_withdraw, c->identity);
    }
    return status == SOFIA_OK ? sofia_emit(c->host, &sync.head) : status;
}

void coinbase_account_answer(struct coinbase *c, const struct sofia_answer *answer,
                             struct sofia_result *ret_result)
{
    struct coinbase_walk *walk = &c->accounts;
    struct coinbase_page page;
    uint32_t found = 0;

    if (answer->cookie != (walk->serial | COINBASE_COOKIE_WALK)) {
        sofia_result_doubt(ret_result, "a page of a listing that has been given up");
        return;
    }
    if (walk->pages == 0) {
        c->account_listing++;
    }
    int status = coinbase_page_read(sofia_answer_body(answer), "accounts", &page);
    if (status == SOFIA_OK) {
        status = read_wallets(c, page.elements, &found);
    }
    if (status != SOFIA_OK) {
        coinbase_walk_restart(walk);
        sofia_result_doubt(ret_result, "the account was not read whole");
        return;
    }
    if (!coinbase_walk_page(walk, page.has_next ? page.cursor : "", c->host->mono_ns(c->host))) {
        sofia_result_doubt(ret_result, "the account has more pages");
        ret_result->action = SOFIA_ACTION_NONE;
        coinbase_account_later(c);
        return;
    }
    coinbase_walk_restart(walk);
    status = conclude(c, found);
    if (status != SOFIA_OK) {
        sofia_result_doubt(ret_result, "the account was not read whole");
        return;
    }
    sofia_result_accept(ret_result);
}
