/* The built-in symbols: five ordinary ones, one whose name is not ASCII, three with rules that break careless code. Then
 * those against dollars, which Binance does not have: they are there when they are named, or when another dialect is the
 * venue's own. */
#include <string.h>

#include "inside.h"

struct builtin {
    const char *name;
    const char *base;
    const char *quote;
    const char *tick;
    const char *step;
    const char *max_qty;
    const char *market_max_qty;
    const char *min_notional;
    const char *start_price;
    const char *min_qty; /* NULL: one step */
    bool dollars;
};

static const struct builtin builtins[] = {
    {"BTCUSDT", "BTC", "USDT", "0.01", "0.00001", "9000", "112.2110882", "5", "60000", NULL, false},
    {"ETHUSDT", "ETH", "USDT", "0.01", "0.0001", "9000", "1800", "5", "3000", NULL, false},
    {"BNBUSDT", "BNB", "USDT", "0.01", "0.001", "90000", "4000", "5", "600", NULL, false},
    {"ETHBTC", "ETH", "BTC", "0.00001", "0.0001", "100000", "2000", "0.0001", "0.05", NULL, false},
    {"BNBBTC", "BNB", "BTC", "0.000001", "0.001", "100000", "2000", "0.0001", "0.01", NULL, false},
    {"这是测试币456", "这是测试币456", "USDT", "0.0001", "0.1", "900000", "50000", "1", "1.5", NULL,
     false},
    {"NICKELUSDT", "NICKEL", "USDT", "0.05", "0.25", "10000", "1000", "1", "10", NULL, false},
    {"SHIBUSDT", "SHIB", "USDT", "0.00000001", "1", "92141578", "9000000", "1", "0.00002", NULL,
     false},
    {"WHOLEBTC", "WHOLE", "BTC", "0.00000001", "1", "90000", "0", "0.0001", "0.00012345", NULL,
     false},
    {"BTCUSD", "BTC", "USD", "0.1", "0.00000001", "9000", "112", "0.5", "60000", "0.00005", true},
    {"ETHUSD", "ETH", "USD", "0.01", "0.00000001", "9000", "1800", "0.5", "3000", "0.001", true},
    {"DOGEUSD", "DOGE", "USD", "0.00001", "0.00000001", "9000000", "5000000", "0.5", "0.2", "13",
     true},
};

static int64_t fixed(const char *text)
{
    int64_t value = 0;
    vn_fixed_parse(text, strlen(text), 8, &value);
    return value;
}

static amount_t amount(const char *text)
{
    amount_t value = 0;
    vn_amount_parse(text, strlen(text), &value);
    return value;
}

static void set_rules(struct vn_symbol *symbol, const struct builtin *b)
{
    struct vn_rules *r = &symbol->rules;
    r->tick = fixed(b->tick);
    r->min_price = r->tick;
    r->max_price = fixed("1000000");
    r->step = fixed(b->step);
    r->min_qty = b->min_qty == NULL ? r->step : fixed(b->min_qty);
    r->max_qty = fixed(b->max_qty);
    r->market_max_qty = fixed(b->market_max_qty);
    r->min_notional = amount(b->min_notional);
    r->max_notional = amount("9000000");
    r->min_to_market = true;
    r->average_minutes = 5;
    r->percent_by_side = true;
    r->bid_up = fixed("5");
    r->bid_down = fixed("0.2");
    r->ask_up = fixed("5");
    r->ask_down = fixed("0.2");
    r->max_orders = 200;
    r->max_stop_orders = 5;
    r->max_amends = 10;
}

/* The three odd ones. */
static void set_oddities(struct vn_symbol *symbol)
{
    struct vn_rules *r = &symbol->rules;
    if (strcmp(symbol->name, "NICKELUSDT") ==
        0) { /* a tick that is no power of ten, bounds that are no multiple of it */
        r->min_price = fixed("0.07");
        r->min_qty = fixed("0.3");
        r->old_min_notional = true;
        r->percent_by_side = false;
        r->max_position = amount("5000");
    } else if (strcmp(symbol->name, "SHIBUSDT") == 0) { /* rules that are switched off by zero */
        r->max_price = 0;
        r->min_to_market = false;
        r->average_minutes = 0;
    } else if (strcmp(symbol->name, "WHOLEBTC") ==
               0) { /* whole coins only, a market step, no NONE for self trades */
        r->market_step = fixed("5");
        r->market_min_qty = fixed("5");
        r->max_orders = 3;
        symbol->allowed_stp = 1u << VN_STP_EXPIRE_TAKER | 1u << VN_STP_EXPIRE_BOTH;
        symbol->default_stp = VN_STP_EXPIRE_BOTH;
    }
}

static void add(struct vn_engine *e, const struct builtin *b)
{
    struct vn_symbol *symbol = vn_symbol_add(e, b->name, b->base, b->quote, 8, 8);
    if (b->dollars) {
        symbol->quote->places =
            13; /* tick and step of all of them: products are exact, as Coinbase tells them */
    }
    symbol->open_price = fixed(b->start_price);
    symbol->allowed_stp = 1u << VN_STP_EXPIRE_TAKER | 1u << VN_STP_EXPIRE_MAKER |
                          1u << VN_STP_EXPIRE_BOTH | 1u << VN_STP_DECREMENT | 1u << VN_STP_TRANSFER;
    if (strcmp(b->name, "ETHBTC") == 0) {
        symbol->allowed_stp |= 1u << VN_STP_NONE;
    }
    set_rules(symbol, b);
    set_oddities(symbol);
}

static const struct builtin *builtin_find(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
        if (strlen(builtins[i].name) == len && memcmp(builtins[i].name, name, len) == 0) {
            return &builtins[i];
        }
    }
    return NULL;
}

int vn_symbols_load(struct vn_engine *e, const char *list, bool dollars)
{
    if (list == NULL) {
        for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
            if (dollars || !builtins[i].dollars) {
                add(e, &builtins[i]);
            }
        }
        return 0;
    }
    for (const char *at = list; *at != '\0';) {
        size_t len = strcspn(at, ",");
        const struct builtin *b = builtin_find(at, len);
        if (b == NULL) {
            return -1;
        }
        add(e, b);
        at += len + (at[len] == ',');
    }
    return 0;
}
