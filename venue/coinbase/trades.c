/* What was traded: the last trades of a product, and candles of them. */
#include <string.h>

#include "coinbase.h"

#define TRADES_MAX 1000
#define CANDLES_MAX 350

/* side is the maker's. */
void vc_trade_print(const struct venue *v, struct vn_text *out, const struct vn_symbol *symbol,
                    const struct vn_trade *trade)
{
    char name[2 * VN_NAME];
    vc_product_name(symbol, name);
    vn_text_addf(out, "\"trade_id\":\"%llu\"", (unsigned long long)trade->id);
    vc_add_text(out, "product_id", name);
    vc_add_price(out, "price", symbol, trade->price);
    vc_add_size(out, "size", symbol, trade->qty);
    vn_text_add(out, ",\"time\":");
    vc_add_time(v, out, trade->time_ns);
    vc_add_text(out, "side", trade->buyer_is_maker ? "BUY" : "SELL");
}

static struct vn_symbol *product_of(struct vc_call *call)
{
    struct vn_symbol *symbol = vc_product_find(call->v, call->id);
    if (symbol == NULL) {
        vc_fail(call, 404, "NOT_FOUND", "Product %s not supported", call->id);
    }
    return symbol;
}

/* Unix seconds as text, on the true clock; false: failed. */
static bool seconds_of(struct vc_call *call, const char *name, int64_t otherwise, int64_t *ret_ns)
{
    const char *text = vc_query_get(&call->query, name);
    int64_t seconds = 0;
    *ret_ns = otherwise;
    if (text == NULL || text[0] == '\0') {
        return true;
    }
    if (vn_fixed_parse(text, strlen(text), 0, &seconds) < 0 ||
        seconds > INT64_MAX / 4 / VN_SECOND) {
        vc_invalid(call, "invalid %s", name);
        return false;
    }
    *ret_ns = seconds * VN_SECOND - vn_server_ns(call->v, 0);
    return true;
}

static void print_best(struct vn_text *out, const char *name, const struct vn_symbol *symbol,
                       int side)
{
    int64_t price = vn_book_best(symbol, side);
    if (price == 0) {
        vc_add_text(out, name, "");
    } else {
        vc_add_price(out, name, symbol, price);
    }
}

void vc_do_ticker(struct vc_call *call)
{
    const struct vn_symbol *symbol = product_of(call);
    int64_t start_ns = 0;
    int64_t end_ns = 0;
    int64_t limit = symbol == NULL ? -1 : vc_page_limit(call, 100, TRADES_MAX);
    if (limit < 0 || !seconds_of(call, "start", INT64_MIN / 2, &start_ns) ||
        !seconds_of(call, "end", INT64_MAX / 2, &end_ns)) {
        return;
    }
    int64_t shown = 0;
    const struct vn_trade *trade = NULL;
    vn_text_add(&call->out, "{\"trades\":[");
    for (uint64_t i = 0; (trade = vn_trade_back(symbol, i)) != NULL && shown < limit; i++) {
        if (trade->time_ns < start_ns || trade->time_ns > end_ns) {
            continue;
        }
        vn_text_add_char(&call->out, '{');
        vc_trade_print(call->v, &call->out, symbol, trade);
        vn_text_add(&call->out, ",\"bid\":\"\",\"ask\":\"\",\"exchange\":\"coinbase\"},");
        shown++;
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, ']');
    print_best(&call->out, "best_bid", symbol, VN_BUY);
    print_best(&call->out, "best_ask", symbol, VN_SELL);
    vn_text_add_char(&call->out, '}');
}

/* ---- candles ---- */

bool vc_candle_at(const struct vn_symbol *symbol, int64_t start_ns, int64_t length_ns,
                  struct vc_candle *ret_candle)
{
    struct vc_candle c = {.start_ns = start_ns};
    const struct vn_trade *t = NULL;
    for (uint64_t i = 0; (t = vn_trade_back(symbol, i)) != NULL && t->time_ns >= start_ns; i++) {
        if (t->time_ns >= start_ns + length_ns) {
            continue;
        }
        c.close = c.qty == 0 ? t->price : c.close;
        c.high = t->price > c.high ? t->price : c.high;
        c.low = c.qty == 0 || t->price < c.low ? t->price : c.low;
        c.open = t->price;
        c.qty += t->qty;
    }
    *ret_candle = c;
    return c.qty > 0;
}

void vc_candle_print(struct vn_text *out, const struct vn_symbol *symbol,
                     const struct vc_candle *candle)
{
    vn_text_addf(out, "\"start\":\"%lld\"", (long long)(candle->start_ns / VN_SECOND));
    vc_add_price(out, "low", symbol, candle->low);
    vc_add_price(out, "high", symbol, candle->high);
    vc_add_price(out, "open", symbol, candle->open);
    vc_add_price(out, "close", symbol, candle->close);
    vc_add_size(out, "volume", symbol, candle->qty);
}

static int64_t granularity_of(const char *word)
{
    static const struct {
        const char *word;
        int64_t seconds;
    } all[] = {{"ONE_MINUTE", 60},      {"FIVE_MINUTE", 300}, {"FIFTEEN_MINUTE", 900},
               {"THIRTY_MINUTE", 1800}, {"ONE_HOUR", 3600},   {"TWO_HOUR", 7200},
               {"FOUR_HOUR", 14400},    {"SIX_HOUR", 21600},  {"ONE_DAY", 86400}};
    for (size_t i = 0; word != NULL && i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(all[i].word, word) == 0) {
            return all[i].seconds * VN_SECOND;
        }
    }
    return 0;
}

void vc_do_candles(struct vc_call *call)
{
    const struct vn_symbol *symbol = product_of(call);
    int64_t start_ns = 0;
    int64_t end_ns = 0;
    int64_t length_ns = granularity_of(vc_query_get(&call->query, "granularity"));
    if (symbol == NULL || !seconds_of(call, "start", -1, &start_ns) ||
        !seconds_of(call, "end", -1, &end_ns)) {
        return;
    }
    if (length_ns == 0 || start_ns < 0 || end_ns < start_ns) {
        vc_invalid(call, "start, end and granularity are required");
        return;
    }
    start_ns -= start_ns % length_ns;
    if ((end_ns - start_ns) / length_ns > CANDLES_MAX) {
        vc_invalid(call, "number of candles requested should be less than %d", CANDLES_MAX);
        return;
    }
    struct vc_candle candle;
    vn_text_add(&call->out, "{\"candles\":[");
    for (int64_t at = end_ns - end_ns % length_ns; at >= start_ns; at -= length_ns) {
        if (at <= call->now_ns && vc_candle_at(symbol, at, length_ns, &candle)) {
            vn_text_add_char(&call->out, '{');
            vc_candle_print(&call->out, symbol, &candle);
            vn_text_add(&call->out, "},");
        }
    }
    vn_text_trim_comma(&call->out);
    vn_text_add(&call->out, "]}");
}
