#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "binance.h"

struct account_fields {
    uint32_t can_trade; /* 0 not told, 1 yes, 2 no */
    uint32_t can_withdraw;
    struct sofia_slice balances;
};

static void read_flag(struct sofia_json *cur, uint32_t *ret_flag)
{
    uint32_t value = 0;

    if (sofia_json_bool(cur, &value) == 0) {
        *ret_flag = value ? 1 : 2;
    }
}

/* Assets that have been seen with a balance: an asset missing from a listing without zero balances
 * is at zero now. */
void binance_asset_seen(struct binance *b, const char *name)
{
    for (uint32_t i = 0; i < b->asset_count; i++) {
        if (strcmp(b->assets[i].name, name) == 0) {
            b->assets[i].listing = b->account_listing;
            return;
        }
    }
    if (b->asset_count == BINANCE_ASSETS) {
        return; /* the SYNC event still says that the listing was complete */
    }
    struct binance_asset *asset = &b->assets[b->asset_count++];
    asset->listing = b->account_listing;
    snprintf(asset->name, sizeof(asset->name), "%s", name);
}

static int sweep(struct binance *b)
{
    int status = SOFIA_OK;

    for (uint32_t i = 0; status == SOFIA_OK && i < b->asset_count; i++) {
        if (b->assets[i].listing != b->account_listing) {
            b->assets[i].listing = b->account_listing;
            status = sofia_emit_balance(b->host, SOFIA_REPORT_QUERY, b->assets[i].name,
                                        sofia_wide_zero(), sofia_wide_zero(), 0);
        }
    }
    return status;
}

/* {"asset":"BTC","free":"0.1","locked":"0"} and, shorter, {"a":"BTC","f":"0.1","l":"0"} */
int binance_balance_read(struct binance *b, struct sofia_json *cur, uint32_t source, int64_t ts_ns)
{
    struct sofia_slice key;
    struct sofia_wide free_qty = sofia_wide_absent();
    struct sofia_wide locked = sofia_wide_absent();
    char asset[SOFIA_ASSET_SIZE] = "";

    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "asset") || sofia_json_is(key, "a")) {
            sofia_json_text(cur, asset, sizeof(asset));
        } else if (sofia_json_is(key, "free") || sofia_json_is(key, "f")) {
            sofia_json_wide(cur, &free_qty);
        } else if (sofia_json_is(key, "locked") || sofia_json_is(key, "l")) {
            sofia_json_wide(cur, &locked);
        }
    }
    if (asset[0] == '\0' || sofia_wide_is_absent(free_qty) || sofia_wide_is_absent(locked)) {
        sofia_json_fail(cur);
    }
    if (cur->status != 0) {
        return SOFIA_EPARSE;
    }
    binance_asset_seen(b, asset);
    return sofia_emit_balance(b->host, source, asset, free_qty, locked, ts_ns);
}

static int read_balances(struct binance *b, struct sofia_slice balances, uint32_t *ret_count)
{
    struct sofia_json cur;
    int status = SOFIA_OK;

    sofia_json_init(&cur, balances.at, balances.len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        status = binance_balance_read(b, &cur, SOFIA_REPORT_QUERY, 0);
        *ret_count += 1;
    }
    if (status == SOFIA_OK && sofia_json_finish(&cur) != 0) {
        status = SOFIA_EPARSE;
    }
    return status;
}

static int read_account(struct binance *b, struct sofia_slice body, struct account_fields *fields)
{
    struct sofia_json cur;
    struct sofia_slice key;
    char uid[SOFIA_NAME_SIZE] = "";

    sofia_json_init(&cur, body.at, body.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "canTrade")) {
            read_flag(&cur, &fields->can_trade);
        } else if (sofia_json_is(key, "canWithdraw")) {
            read_flag(&cur, &fields->can_withdraw);
        } else if (sofia_json_is(key, "uid")) {
            sofia_json_id(&cur, uid, sizeof(uid));
        } else if (sofia_json_is(key, "balances")) {
            sofia_json_raw(&cur, &fields->balances);
        }
    }
    if (sofia_json_finish(&cur) != 0 || fields->can_trade == 0 || fields->balances.len == 0) {
        return SOFIA_EPARSE;
    }
    memcpy(b->identity, uid, sizeof(uid));
    return SOFIA_OK;
}

static int emit_all(struct binance *b, const struct account_fields *fields)
{
    struct sofia_event_sync sync;

    sofia_event_init(&sync.head, SOFIA_EV_SYNC, sizeof(sync), 0);
    sync.what = SOFIA_SYNC_ACCOUNT;
    b->account_listing++;
    int status = binance_emit_account(b, fields->can_trade, fields->can_withdraw);
    if (status == SOFIA_OK) {
        status = read_balances(b, fields->balances, &sync.found);
    }
    if (status == SOFIA_OK) {
        status = sweep(b);
    }
    return status == SOFIA_OK ? sofia_emit(b->host, &sync.head) : status;
}

void binance_account_answer(struct binance *b, struct sofia_slice body,
                            struct sofia_result *ret_result)
{
    struct account_fields fields = {0};
    int status = read_account(b, body, &fields);

    if (status == SOFIA_OK) {
        status = emit_all(b, &fields);
    }
    ret_result->verdict = SOFIA_VERDICT_ACCEPTED;
    ret_result->action = SOFIA_ACTION_NONE;
    if (status != SOFIA_OK) {
        ret_result->verdict = SOFIA_VERDICT_IN_DOUBT;
        ret_result->action = SOFIA_ACTION_RECONCILE;
        snprintf(ret_result->reason, sizeof(ret_result->reason), "the account was not read whole");
    }
}
