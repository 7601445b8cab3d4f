/* Conservation: whatever is traded, money is neither made nor lost, and the ledger can be recomputed from its fills. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "venue/core/amount.h"
#include "venue/core/random.h"

static struct desk d;

static void teardown(void)
{
    desk_close(&d);
}

TestSuite(venue_ledger, .fini = teardown, .timeout = 60);

static const char *const traders[] = {"alice", "bob", "doc"};
static const char *const symbols[][3] = {
    {"BTCUSDT", "60000", "0.01"}, {"ETHBTC", "0.05", "0.1"}, {"BNBUSDT", "600", "1"}};

static void random_order(struct vn_random *r)
{
    static const char *const modes[] = {"EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"};
    static const char *const tifs[] = {"GTC", "GTC", "IOC", "FOK"};
    char text[256];
    char price[32];
    uint64_t s = vn_random_below(r, 3);
    int64_t base = 0;
    vn_fixed_parse(symbols[s][1], strlen(symbols[s][1]), 8, &base);
    int64_t tick = s == 1 ? 1000 : 1000000;
    base += ((int64_t)vn_random_below(r, 41) - 20) * tick;
    vn_fixed_print(base, 8, price);
    const char *side = vn_random_below(r, 2) == 0 ? "BUY" : "SELL";
    uint64_t qty = 1 + vn_random_below(r, 30);
    int64_t unit = 0;
    char amount[32];
    vn_fixed_parse(symbols[s][2], strlen(symbols[s][2]), 8, &unit);
    vn_fixed_print(unit * (int64_t)qty, 8, amount);
    if (vn_random_below(r, 6) == 0) {
        snprintf(text, sizeof(text), "symbol=%s&side=%s&type=MARKET&quantity=%s", symbols[s][0],
                 side, amount);
    } else {
        snprintf(text, sizeof(text),
                 "symbol=%s&side=%s&type=LIMIT&timeInForce=%s&quantity=%s&price=%s&"
                 "selfTradePreventionMode=%s",
                 symbols[s][0], side, tifs[vn_random_below(r, 4)], amount, price,
                 modes[vn_random_below(r, 4)]);
    }
    desk_signed(&d, traders[vn_random_below(r, 3)], "POST", "/api/v3/order", text);
}

static amount_t read_amount(const struct vn_json *object, const char *name)
{
    amount_t value = 0;
    const char *text = vn_json_text(object, name, "");
    cr_assert_eq(vn_amount_parse(text, strlen(text), &value), 0, "%s: %s", name, text);
    return value;
}

static bool is(const struct vn_json *object, const char *name, const char *want)
{
    return strcmp(vn_json_text(object, name, ""), want) == 0;
}

/* deposits + what fills brought - what they took - fees */
static amount_t recompute(const struct vn_json *account, const char *asset, amount_t deposited)
{
    amount_t total = deposited;
    const struct vn_json *fill = vn_json_get(account, "fills")->child;
    for (; fill != NULL; fill = fill->next) {
        const char *symbol = vn_json_text(fill, "symbol", "");
        size_t len = strlen(asset);
        bool base = strncmp(symbol, asset, len) == 0;
        bool quote = strlen(symbol) > len && strcmp(symbol + strlen(symbol) - len, asset) == 0;
        amount_t sign = is(fill, "side", "BUY") ? 1 : -1;
        if (base) {
            total += sign * read_amount(fill, "qty");
        } else if (quote) {
            total -= sign * read_amount(fill, "quoteQty");
        }
        if (is(fill, "commissionAsset", asset)) {
            total -= read_amount(fill, "commission");
        }
    }
    return total;
}

static size_t check_ledger(void)
{
    const char *text = venue_ledger(d.v);
    struct vn_json *root = vn_json_parse(text, strlen(text));
    size_t fills = 0;
    cr_assert_not_null(root);
    for (const struct vn_json *a = vn_json_get(root, "accounts")->child; a != NULL; a = a->next) {
        for (const struct vn_json *b = vn_json_get(a, "balances")->child; b != NULL; b = b->next) {
            amount_t total = read_amount(b, "total");
            cr_assert(read_amount(b, "free") >= 0);
            cr_assert(read_amount(b, "locked") >= 0);
            cr_assert(read_amount(b, "free") + read_amount(b, "locked") == total);
            cr_assert(recompute(a, vn_json_text(b, "asset", ""), read_amount(b, "deposited")) ==
                          total,
                      "%s", vn_json_text(b, "asset", ""));
        }
        for (const struct vn_json *f = vn_json_get(a, "fills")->child; f != NULL; f = f->next) {
            fills++;
        }
    }
    for (const struct vn_json *asset = vn_json_get(root, "assets")->child; asset != NULL;
         asset = asset->next) {
        cr_assert(is(asset, "conserved", "true"), "%s", vn_json_text(asset, "asset", ""));
    }
    vn_json_free(root);
    return fills;
}

/* Nothing open: nothing may be locked. */
static void check_nothing_locked(void)
{
    const char *text = venue_ledger(d.v);
    struct vn_json *root = vn_json_parse(text, strlen(text));
    for (const struct vn_json *a = vn_json_get(root, "accounts")->child; a != NULL; a = a->next) {
        for (const struct vn_json *b = vn_json_get(a, "balances")->child; b != NULL; b = b->next) {
            cr_assert(is(b, "locked", "0"), "%s", vn_json_text(b, "asset", ""));
        }
        for (const struct vn_json *o = vn_json_get(a, "orders")->child; o != NULL; o = o->next) {
            cr_assert(is(o, "open", "false"));
            cr_assert(is(o, "locked", "0"));
        }
    }
    vn_json_free(root);
}

static void trade_at_random(uint64_t seed, bool makers)
{
    struct venue_config c = desk_config();
    struct vn_random r = {.state = seed};
    c.orders_per_10s = 1000000;
    c.weight_per_minute = 1000000;
    c.makers = makers;
    c.seed = seed;
    desk_open(&d, &c);
    ACCEPTED(
        desk_post_admin(&d, "/_fault", "{\"kind\":\"fees\",\"account\":\"bob\",\"bnb\":true}"));
    for (int i = 0; i < 1500; i++) {
        random_order(&r);
        if (i % 10 == 0) {
            const char *who = traders[vn_random_below(&r, 3)];
            char text[64];
            snprintf(text, sizeof(text), "symbol=%s", symbols[vn_random_below(&r, 3)][0]);
            desk_signed(&d, who, "DELETE", "/api/v3/openOrders", text);
        }
        desk_pass(&d, (int64_t)vn_random_below(&r, 30) * MS);
    }
    size_t fills = check_ledger();
    cr_assert_gt(fills, 500u, "%zu fills", fills);
    for (size_t t = 0; t < 3; t++) {
        for (size_t s = 0; s < 3; s++) {
            char text[64];
            snprintf(text, sizeof(text), "symbol=%s", symbols[s][0]);
            desk_signed(&d, traders[t], "DELETE", "/api/v3/openOrders", text);
        }
    }
    check_nothing_locked();
    check_ledger();
}

Test(venue_ledger, random_trading_conserves_money)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        trade_at_random(seed, false);
        if (seed < 3) {
            desk_close(&d);
        }
    }
}

Test(venue_ledger, random_trading_against_the_makers_conserves_money)
{
    trade_at_random(11, true);
}

Test(venue_ledger, equal_calls_give_equal_ledgers)
{
    trade_at_random(5, true);
    char *first = vn_copy(venue_ledger(d.v), strlen(venue_ledger(d.v)));
    desk_close(&d);
    trade_at_random(5, true);
    cr_assert_str_eq(venue_ledger(d.v), first);
    free(first);
}

Test(venue_ledger, transfers_count_as_deposits)
{
    desk_open(&d, NULL);
    ACCEPTED(desk_post_admin(&d, "/_transfer",
                             "{\"account\":\"alice\",\"asset\":\"BTC\",\"amount\":\"0.5\"}"));
    ACCEPTED(desk_post_admin(&d, "/_transfer",
                             "{\"account\":\"alice\",\"asset\":\"USDT\",\"amount\":\"-100\"}"));
    check_ledger();
    cr_assert_not_null(strstr(venue_ledger(d.v),
                              "{\"asset\":\"BTC\",\"free\":\"100.5\",\"locked\":\"0\","
                              "\"total\":\"100.5\",\"deposited\":\"100.5\"}"));
}
