/* The ledger after every step of seeded days, recomputed: holds, fills, commissions; and what broken bytes do to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coinbase_desk.h"
#include "venue/core/amount.h"
#include "venue/core/random.h"

static struct desk d;
static struct vn_random chance;

static void open_desk(void)
{
    coinbase_open(&d);
    chance.state = 42;
}

static void close_desk(void)
{
    desk_close(&d);
}

TestSuite(coinbase_ledger, .init = open_desk, .fini = close_desk);

static unsigned below(unsigned bound)
{
    return (unsigned)vn_random_below(&chance, bound);
}

static amount_t amount(const struct vn_json *object, const char *name)
{
    amount_t value = 0;
    const char *text = vn_json_text(object, name, "?");
    cr_assert_eq(vn_amount_parse(text, strlen(text), &value), 0, "%s is %s", name, text);
    return value;
}

#define ASSETS 8

struct book {
    const char *assets[ASSETS];
    amount_t total[ASSETS];
    amount_t locked[ASSETS];
};

static size_t asset_of(struct book *b, const char *name)
{
    size_t i = 0;
    while (i < ASSETS && b->assets[i] != NULL && strcmp(b->assets[i], name) != 0) {
        i++;
    }
    cr_assert_lt(i, (size_t)ASSETS);
    b->assets[i] = name;
    return i;
}

/* BTC and USD of BTCUSD. */
static void assets_of(const char *symbol, char *ret_base, const char **ret_quote)
{
    const char *usd = strstr(symbol, "USD");
    cr_assert_not_null(usd, "%s", symbol);
    memcpy(ret_base, symbol, (size_t)(usd - symbol));
    ret_base[usd - symbol] = '\0';
    *ret_quote = usd;
}

/* The books' assets are few: their names live here. */
static const char *kept(const char *name)
{
    static const char *const names[] = {"BTC", "ETH", "USD", "USDT", "SHIB", "NICKEL", NULL};
    for (size_t i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) {
            return names[i];
        }
    }
    cr_assert_fail("asset %s", name);
    return NULL;
}

static void add_fill(struct book *b, const struct vn_json *fill)
{
    char base[32];
    const char *quote = NULL;
    bool buy = strcmp(vn_json_text(fill, "side", ""), "BUY") == 0;
    assets_of(vn_json_text(fill, "symbol", ""), base, &quote);
    amount_t qty = amount(fill, "qty");
    amount_t value = amount(fill, "quoteQty");
    b->total[asset_of(b, kept(base))] += buy ? qty : -qty;
    b->total[asset_of(b, kept(quote))] += buy ? -value : value;
    cr_assert_str_eq(vn_json_text(fill, "commissionAsset", ""), kept(quote));
    b->total[asset_of(b, kept(quote))] -= amount(fill, "commission");
}

#define RATE 100000 /* both rates of these accounts, at 10^-8 */

/* remaining x price x (1 + rate), up to the last digit */
static void add_hold(struct book *b, const struct vn_json *order)
{
    char base[32];
    const char *quote = NULL;
    assets_of(vn_json_text(order, "symbol", ""), base, &quote);
    bool buy = strcmp(vn_json_text(order, "side", ""), "BUY") == 0;
    amount_t locked = amount(order, "locked");
    b->locked[asset_of(b, kept(buy ? quote : base))] += locked;
    if (strcmp(vn_json_text(order, "open", ""), "true") != 0) {
        cr_assert(locked == 0, "a dead order holds money");
        return;
    }
    amount_t left = amount(order, "origQty") - amount(order, "executedQty");
    if (!buy) {
        cr_assert(locked == left);
        return;
    }
    amount_t value = left / vn_pow10(10) * (amount(order, "price") / vn_pow10(10)) * 100;
    cr_assert(locked == value + value / 100000000 * RATE, "hold of %s",
              vn_json_text(order, "clientOrderId", ""));
}

static void check_account(const struct vn_json *account)
{
    struct book b = {0};
    const struct vn_json *node = NULL;
    for (node = vn_json_get(account, "fills")->child; node != NULL; node = node->next) {
        add_fill(&b, node);
    }
    for (node = vn_json_get(account, "orders")->child; node != NULL; node = node->next) {
        add_hold(&b, node);
    }
    for (node = vn_json_get(account, "balances")->child; node != NULL; node = node->next) {
        size_t i = asset_of(&b, kept(vn_json_text(node, "asset", "")));
        amount_t total = amount(node, "free") + amount(node, "locked");
        cr_assert(total == amount(node, "deposited") + b.total[i], "%s does not add up",
                  b.assets[i]);
        cr_assert(amount(node, "locked") == b.locked[i], "%s held by nobody", b.assets[i]);
        cr_assert(amount(node, "free") >= 0);
    }
}

static void check(void)
{
    coinbase_check_ledger(&d);
    const char *text = venue_ledger(d.v);
    struct vn_json *ledger = vn_json_parse(text, strlen(text));
    const struct vn_json *account = vn_json_get(ledger, "accounts")->child;
    for (; account != NULL; account = account->next) {
        const char *name = vn_json_text(account, "account", "");
        if (strcmp(name, "carol") == 0 || strcmp(name, "dave") == 0) {
            check_account(account);
        }
    }
    vn_json_free(ledger);
}

/* ---- a day ---- */

#define IDS 256

static char ids[IDS][40];
static const char *owners[IDS];
static unsigned id_count;

static void place_any(void)
{
    static const char *const kinds[] = {"limit_limit_gtc", "limit_limit_gtc", "sor_limit_ioc",
                                        "limit_limit_fok"};
    char config[160];
    char client_id[24];
    const char *owner = below(2) == 0 ? "carol" : "dave";
    const char *side = below(2) == 0 ? "BUY" : "SELL";
    unsigned kind = below(6);
    if (kind < 4) {
        snprintf(config, sizeof(config),
                 "{\"%s\":{\"base_size\":\"0.%03u\",\"limit_price\":\"%u.%u\",\"post_only\":%s}}",
                 kinds[kind], 1 + below(900), 49900 + below(200), below(10),
                 kind == 1 ? "true" : "false");
    } else if (kind == 4) {
        snprintf(config, sizeof(config), "{\"market_market_ioc\":{\"base_size\":\"0.%03u\"}}",
                 1 + below(900));
    } else {
        side = "BUY";
        snprintf(config, sizeof(config), "{\"market_market_ioc\":{\"quote_size\":\"%u.%02u\"}}",
                 10 + below(90000), below(100));
    }
    snprintf(client_id, sizeof(client_id), "day-%llu", (unsigned long long)++d.ticket);
    struct answer *a = coinbase_order(&d, owner, client_id, "BTC-USD", side, config);
    ACCEPTED(a);
    const char *id = json_at(a->body, "success_response.order_id");
    if (id != NULL && id_count < IDS) {
        owners[id_count] = owner;
        snprintf(ids[id_count++], sizeof(ids[0]), "%s", id);
    }
}

static void change_any(void)
{
    char body[192];
    unsigned i = id_count == 0 ? 0 : below(id_count);
    if (id_count == 0) {
        return;
    }
    if (below(2) == 0) {
        snprintf(body, sizeof(body), "{\"order_ids\":[\"%s\"]}", ids[i]);
        ACCEPTED(coinbase(&d, owners[i], "POST", "/orders/batch_cancel", body));
    } else {
        snprintf(body, sizeof(body), "{\"order_id\":\"%s\",\"price\":\"%u\",\"size\":\"0.%03u\"}",
                 ids[i], 49900 + below(200), 1 + below(900));
        ACCEPTED(coinbase(&d, owners[i], "POST", "/orders/edit", body));
    }
}

Test(coinbase_ledger, adds_up_after_every_step_of_a_day)
{
    cr_assert_eq(venue_fault(d.v, d.now_ns,
                             "{\"kind\":\"queue_cancel\",\"probability\":\"0.3\",\"ms\":300}"),
                 0);
    cr_assert_eq(
        venue_fault(d.v, d.now_ns, "{\"kind\":\"queue_edit\",\"probability\":\"0.3\",\"ms\":300}"),
        0);
    for (int i = 0; i < 250; i++) {
        if (below(3) == 0) {
            change_any();
        } else {
            place_any();
        }
        check();
        desk_pass(&d, 100 * MS);
        check();
    }
    struct answer *a = coinbase(&d, "carol", "GET", "/orders/historical/fills?limit=3000", NULL);
    cr_assert_not_null(json_at(a->body, "fills.20.entry_id"), "hardly anything was traded");
    cr_assert_not_null(strstr(a->body, "\"size_in_quote\":true"));
}

/* ---- broken bytes ---- */

/* Some bytes changed, cut or doubled. */
static char *broken(const char *text)
{
    size_t len = strlen(text);
    char *copy = vn_copy(text, len);
    for (unsigned i = 0; i <= below(3); i++) {
        copy[below((unsigned)len)] = (char)(1 + below(255));
    }
    if (below(4) == 0) {
        copy[below((unsigned)len)] = '\0';
    }
    return copy;
}

Test(coinbase_ledger, broken_bodies_answer_and_harm_nothing)
{
    static const char *const bodies[] = {
        "{\"client_order_id\":\"g\",\"product_id\":\"BTC-USD\",\"side\":\"BUY\","
        "\"order_configuration\":{\"limit_limit_gtd\":{\"base_size\":\"0.01\",\"limit_price\":"
        "\"50000\",\"end_time\":\"2026-01-02T00:00:00Z\",\"post_only\":false}}}",
        "{\"client_order_id\":\"g\",\"product_id\":\"BTC-USD\",\"side\":\"SELL\","
        "\"order_configuration\":{\"stop_limit_stop_limit_gtc\":{\"base_size\":\"0.01\","
        "\"limit_price\":\"49000\",\"stop_price\":\"50000\",\"stop_direction\":"
        "\"STOP_DIRECTION_STOP_DOWN\"}}}",
        "{\"order_id\":\"00000000-0000-4000-8000-000000000000\",\"price\":\"1\",\"size\":\"1\"}",
        "{\"order_ids\":[\"a\",\"b\",\"c\"]}",
    };
    static const char *const paths[] = {"/orders", "/orders/preview", "/orders/edit",
                                        "/orders/edit_preview", "/orders/batch_cancel"};
    for (int i = 0; i < 600; i++) {
        char *body = broken(bodies[below(4)]);
        struct answer *a = coinbase(&d, "carol", "POST", paths[below(5)], body);
        cr_assert(a->status == 200 || a->status == 400, "%u for %s", a->status, body);
        cr_assert_not_null(json_at(a->body, ""), "no JSON: %s", a->body);
        free(body);
    }
    check();
}

Test(coinbase_ledger, broken_queries_tokens_and_messages_harm_nothing)
{
    static const char target[] = BROKERAGE "/orders/historical/batch?limit=5&order_ids=a&"
                                           "start_date=2026-01-01T00%3A00%3A00Z&cursor=1";
    struct claims claims =
        coinbase_claims(&d, "carol", "GET api.coinbase.com" BROKERAGE "/orders/historical/batch");
    claims.nonce = "n";
    char *token = coinbase_token(&d, &claims);
    uint64_t conn = desk_ws(&d, "/");
    coinbase_subscribe(&d, conn, NULL, "heartbeats", NULL);
    for (int i = 0; i < 400; i++) {
        char *bad_target = broken(target);
        char *bad_token = broken(token);
        char *frame = broken("{\"type\":\"subscribe\",\"channel\":\"level2\",\"product_ids\":["
                             "\"BTC-USD\"],\"jwt\":\"a.b.c\"}");
        if (strncmp(bad_target, BROKERAGE "/", sizeof(BROKERAGE)) == 0) {
            struct answer *a = coinbase_bearer(&d, "GET", bad_target, token, NULL);
            cr_assert(a->status >= 400 || a->status == 200);
        }
        cr_assert_geq(coinbase_bearer(&d, "GET", target, bad_token, NULL)->status, 400u);
        desk_ws_text(&d, conn, frame);
        desk_drop_frames(&d, conn);
        free(bad_target);
        free(bad_token);
        free(frame);
    }
    free(token);
    check();
}
