#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "kraken.h"

/* {"balance":"2510.4471","hold_trade":"418.7215","credit":"0","credit_used":"0"} */
struct balance {
    struct sofia_wide total;
    struct sofia_wide held;
    struct sofia_wide credit;
    struct sofia_wide credit_used;
};

static void read_balance(struct sofia_json *cur, struct balance *ret_balance)
{
    struct sofia_slice key;

    ret_balance->total = sofia_wide_absent();
    ret_balance->held = ret_balance->credit = ret_balance->credit_used = sofia_wide_zero();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "balance")) {
            sofia_json_wide(cur, &ret_balance->total);
        } else if (sofia_json_is(key, "hold_trade")) {
            sofia_json_wide(cur, &ret_balance->held);
        } else if (sofia_json_is(key, "credit")) {
            sofia_json_wide(cur, &ret_balance->credit);
        } else if (sofia_json_is(key, "credit_used")) {
            sofia_json_wide(cur, &ret_balance->credit_used);
        }
    }
    if (sofia_wide_is_absent(ret_balance->total)) {
        sofia_json_fail(cur);
    }
}

/* available = balance + credit - credit_used - hold_trade */
static int free_of(const struct balance *balance, struct sofia_wide *ret_free)
{
    struct sofia_wide sum;

    if (sofia_wide_add(balance->total, balance->credit, &sum) != 0 ||
        sofia_wide_sub(sum, balance->credit_used, &sum) != 0 ||
        sofia_wide_sub(sum, balance->held, &sum) != 0) {
        return SOFIA_EPARSE;
    }
    *ret_free = sum;
    return SOFIA_OK;
}

static struct kraken_holding *holding_of(struct kraken *k, const char *asset)
{
    for (uint32_t i = 0; i < k->holding_count; i++) {
        if (strcmp(k->holdings[i].asset, asset) == 0) {
            return &k->holdings[i];
        }
    }
    if (k->holding_count == KRAKEN_HOLDINGS) {
        return NULL;
    }
    struct kraken_holding *holding = &k->holdings[k->holding_count++];
    snprintf(holding->asset, sizeof(holding->asset), "%s", asset);
    return holding;
}

/* Several rows of the venue are one asset here, so they are added up before anything is told. */
static int add(struct kraken *k, struct sofia_slice name, const struct balance *balance)
{
    char asset[SOFIA_ASSET_SIZE];
    struct sofia_wide free_qty;

    kraken_asset_name(&k->assets, name, asset);
    struct kraken_holding *holding = holding_of(k, asset);
    if (holding == NULL || asset[0] == '\0') {
        return SOFIA_OK; /* more assets than anybody trades: said once by the count */
    }
    if (holding->listing != k->account_listing) {
        holding->listing = k->account_listing;
        holding->free = holding->locked = sofia_wide_zero();
    }
    if (free_of(balance, &free_qty) != SOFIA_OK ||
        sofia_wide_add(holding->free, free_qty, &holding->free) != 0 ||
        sofia_wide_add(holding->locked, balance->held, &holding->locked) != 0) {
        return SOFIA_EPARSE;
    }
    return SOFIA_OK;
}

/* What was there once and is not listed any more is at zero now. */
static int tell_all(struct kraken *k, uint32_t *ret_found)
{
    int status = SOFIA_OK;

    for (uint32_t i = 0; status == SOFIA_OK && i < k->holding_count; i++) {
        struct kraken_holding *holding = &k->holdings[i];
        if (holding->listing == k->account_listing) {
            *ret_found += 1;
        } else {
            holding->free = holding->locked = sofia_wide_zero();
        }
        status = sofia_emit_balance(k->host, SOFIA_REPORT_QUERY, holding->asset, holding->free,
                                    holding->locked, 0);
    }
    return status;
}

static int read_all(struct kraken *k, struct sofia_slice result)
{
    struct sofia_json cur;
    struct sofia_slice name;
    struct balance balance;

    k->account_listing++;
    sofia_json_init(&cur, result.at, result.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &name)) {
        read_balance(&cur, &balance);
        if (cur.status == 0 && add(k, name, &balance) != SOFIA_OK) {
            sofia_json_fail(&cur);
        }
    }
    return sofia_json_finish(&cur) == 0 ? SOFIA_OK : SOFIA_EPARSE;
}

void kraken_account_answer(struct kraken *k, struct sofia_slice result,
                           struct sofia_result *ret_result)
{
    struct sofia_event_sync sync;
    int status = read_all(k, result);

    if (status != SOFIA_OK) {
        sofia_result_doubt(ret_result, "the account was not read whole");
        return;
    }
    sofia_event_init(&sync.head, SOFIA_EV_SYNC, sizeof(sync), 0);
    sync.what = SOFIA_SYNC_ACCOUNT;
    /* The venue does not say what the key may do until it is tried. */
    status = sofia_emit_account(k->host, 1, 0, "");
    if (status == SOFIA_OK) {
        status = tell_all(k, &sync.found);
    }
    if (status == SOFIA_OK) {
        status = sofia_emit(k->host, &sync.head);
    }
    sofia_result_accept(ret_result);
    sofia_result_emitted(status, ret_result);
}
