/* Private reads about orders and fills. */
#include <stdlib.h>
#include <string.h>

#include "kraken.h"

#define PAGE 50

/* ---- what REST sees ---- */

/* REST may lag behind what happened; the streams do not. */
static bool order_is_seen(const struct vk_call *call, const struct vn_order *o)
{
    int64_t lag_ns = vk_of(call->v)->settings.order_lag_ns +
                     (int64_t)call->v->config.visibility_delay_ms * VN_MS;
    return o->created_ns + lag_ns <= call->now_ns;
}

static bool fill_is_seen(const struct vk_call *call, const struct vn_fill *f)
{
    return f->time_ns + vk_of(call->v)->settings.fill_lag_ns <= call->now_ns;
}

/* What of an order REST sees at this moment. */
struct view {
    int64_t filled;
    amount_t quote;
    amount_t fee;
    bool open;
};

static struct view view_of(const struct vk_call *call, const struct vn_order *o)
{
    struct view view = {.open = vn_order_is_open(o)};
    for (const struct vn_fill *f = o->first_fill; f != NULL; f = f->next_of_order) {
        if (fill_is_seen(call, f)) {
            view.filled += f->qty;
            view.quote += f->quote;
            view.fee += f->fee;
        }
    }
    bool ended_unseen = o->state == VN_FILLED && view.filled < o->filled;
    view.open = view.open || ended_unseen;
    return view;
}

static const char *state_word(const struct vn_order *o, const struct view *view)
{
    if (view->open) {
        return o->working ? "open" : "pending";
    }
    if (o->state == VN_FILLED) {
        return "closed";
    }
    return o->expiry == VN_EXPIRY_TIME ? "expired" : "canceled";
}

/* ---- printing ---- */

static void add_quoted_amount(struct vn_text *out, const char *name, amount_t value, int places)
{
    vn_text_addf(out, "\"%s\":\"", name);
    vk_add_amount(out, value, places);
    vn_text_add(out, "\",");
}

static void print_description(const struct vn_order *o, struct vn_text *out)
{
    const struct vn_symbol *s = o->symbol;
    char pair[VK_PAIR];
    struct vk_wish wish = {.symbol = o->symbol,
                           .side = o->side,
                           .type = o->type,
                           .price = o->price,
                           .trigger = o->stop_price,
                           .qty = o->qty};
    bool stop = vn_order_is_stop(o);
    vk_pair_alt(s, pair);
    vn_text_addf(out,
                 "\"descr\":{\"pair\":\"%s\",\"type\":\"%s\",\"ordertype\":\"%s\",\"price\":", pair,
                 o->side == VN_BUY ? "buy" : "sell", vk_type_word(o->type));
    vk_add_quoted(out, stop ? o->stop_price : o->price, vk_price_places(s));
    vn_text_add(out, ",\"price2\":");
    vk_add_quoted(out, stop ? o->price : 0, vk_price_places(s));
    vn_text_add(out, ",\"leverage\":\"none\",\"order\":\"");
    vk_describe(out, s, &wish);
    vn_text_add(out, "\",\"close\":\"\"},");
}

static void print_trade_ids(const struct vk_call *call, const struct vn_order *o,
                            struct vn_text *out)
{
    vn_text_add(out, "\"trades\":[");
    for (const struct vn_fill *f = o->first_fill; f != NULL; f = f->next_of_order) {
        char id[VK_TXID];
        if (fill_is_seen(call, f)) {
            vk_id_print('T', vk_fill_number(f), id);
            vn_text_addf(out, "\"%s\",", id);
        }
    }
    vn_text_trim_comma(out);
    vn_text_add(out, "],");
}

static void print_flags(struct venue *v, const struct vn_order *o, struct vn_text *out)
{
    const struct vk_note *note = vk_note_of(v, o);
    vn_text_addf(out, "\"misc\":\"%s%s%s\",\"oflags\":\"%s%s%s\",",
                 o->state == VN_PARTIAL ? "partial" : "",
                 o->state == VN_PARTIAL && note->amends > 0 ? "," : "",
                 note->amends > 0 ? "amended" : "", o->fee_in_quote ? "fciq" : "fcib",
                 note->post ? ",post" : "", note->quote_volume ? ",viqc" : "");
}

static void print_order(struct vk_call *call, const struct vn_order *o, bool trades)
{
    struct vn_text *out = &call->out;
    const struct vk_note *note = vk_note_of(call->v, o);
    struct view view = view_of(call, o);
    int money = o->symbol->quote->places;
    char id[VK_TXID];
    vk_id_print('O', o->id, id);
    vn_text_addf(out, "\"%s\":{\"refid\":null,\"userref\":%lld,", id, (long long)note->userref);
    if (note->has_client_id) {
        vn_text_add(out, "\"cl_ord_id\":");
        vn_text_add_json(out, o->original_id);
        vn_text_add_char(out, ',');
    }
    vn_text_addf(out, "\"status\":\"%s\",\"opentm\":", state_word(o, &view));
    vk_add_seconds(out, call->v, o->created_ns);
    vn_text_addf(
        out, ",\"starttm\":0,\"expiretm\":%lld,",
        (long long)(o->expire_ns == 0 ? 0 : vn_server_ns(call->v, o->expire_ns) / VN_SECOND));
    print_description(o, out);
    vn_text_add(out, "\"vol\":");
    vk_add_quoted(out, o->qty, 8);
    vn_text_add(out, ",\"vol_exec\":");
    vk_add_quoted(out, view.filled, 8);
    vn_text_add_char(out, ',');
    add_quoted_amount(out, "cost", view.quote, money);
    add_quoted_amount(out, "fee", view.fee, money);
    vn_text_add(out, "\"price\":");
    int64_t average = view.filled == 0 ? 0 : (int64_t)(view.quote / vn_pow10(2) / view.filled);
    vk_add_quoted(out, average, 8);
    vn_text_add(out, ",\"stopprice\":");
    vk_add_quoted(out, o->stop_price, vk_price_places(o->symbol));
    vn_text_add(out, ",\"limitprice\":\"0\",");
    print_flags(call->v, o, out);
    if (trades) {
        print_trade_ids(call, o, out);
    }
    if (!view.open) {
        vn_text_add(out, "\"closetm\":");
        vk_add_seconds(out, call->v, o->updated_ns);
        vn_text_add(out, ",\"reason\":");
        vn_text_add_json(out, vk_end_word(note->end));
    }
    vn_text_trim_comma(out);
    vn_text_add(out, "},");
}

/* ---- filters ---- */

static bool is_wanted(struct vk_call *call, const struct vn_order *o)
{
    const struct vk_note *note = vk_note_of(call->v, o);
    const char *client_id = vk_arg(call, "cl_ord_id");
    const char *userref = vk_arg(call, "userref");
    if (client_id != NULL && (!note->has_client_id || strcmp(client_id, o->original_id) != 0)) {
        return false;
    }
    return userref == NULL || (note->has_userref && note->userref == strtoll(userref, NULL, 10));
}

static int newest_first(const void *left, const void *right)
{
    const struct vn_order *a = *(struct vn_order *const *)left;
    const struct vn_order *b = *(struct vn_order *const *)right;
    return a->id < b->id ? 1 : a->id > b->id ? -1 : 0;
}

/* The account's orders that REST sees, open or not, newest first; to be freed. */
static struct vn_order **collect(struct vk_call *call, bool open, size_t *ret_count)
{
    struct vn_order **list = NULL;
    size_t cap = 0;
    *ret_count = 0;
    for (int s = 0; s < call->v->engine.symbol_count; s++) {
        const struct vn_holding *h = call->key->account->holdings[s];
        for (size_t i = 0; h != NULL && i < h->order_count; i++) {
            struct vn_order *o = h->orders[i];
            struct view view = view_of(call, o);
            if (order_is_seen(call, o) && view.open == open && is_wanted(call, o)) {
                list = vn_grow(list, *ret_count, &cap, sizeof(struct vn_order *));
                list[(*ret_count)++] = o;
            }
        }
    }
    if (*ret_count > 0) {
        qsort(list, *ret_count, sizeof(struct vn_order *), newest_first);
    }
    return list;
}

void vk_do_open_orders(struct vk_call *call)
{
    size_t count = 0;
    struct vn_order **list = collect(call, true, &count);
    bool trades = vk_arg_bool(call, "trades", false);
    vn_text_add(&call->out, "{\"open\":{");
    for (size_t i = 0; i < count; i++) {
        print_order(call, list[i], trades);
    }
    vn_text_trim_comma(&call->out);
    vn_text_add(&call->out, "}}");
    free(list);
}

/* A bound of a range: unix seconds or the id of an order, whose opening counts. -1: not sent, -2: failed. */
static int64_t bound_read(struct vk_call *call, const char *name, bool order)
{
    const char *text = vk_arg(call, name);
    int64_t value = 0;
    if (text == NULL || text[0] == '\0') {
        return -1;
    }
    if (vn_fixed_parse(text, strlen(text), 9, &value) == 0) {
        return value - vn_server_ns(call->v, 0);
    }
    const struct vn_order *o = order ? vk_order_find(call->v, call->key->account, text) : NULL;
    if (o == NULL) {
        vk_fail(call, "EGeneral:Invalid arguments:%s", name);
        return -2;
    }
    return o->created_ns;
}

static bool in_range(int64_t at_ns, int64_t start_ns, int64_t end_ns)
{
    return (start_ns < 0 || at_ns > start_ns) && (end_ns < 0 || at_ns <= end_ns);
}

void vk_do_closed_orders(struct vk_call *call)
{
    int64_t start_ns = bound_read(call, "start", true);
    int64_t end_ns = bound_read(call, "end", true);
    int64_t skip = vk_arg_int(call, "ofs", 0);
    const char *which = vk_arg(call, "closetime");
    if (start_ns == -2 || end_ns == -2) {
        return;
    }
    size_t count = 0;
    struct vn_order **list = collect(call, false, &count);
    int64_t total = 0;
    bool trades = vk_arg_bool(call, "trades", false);
    vn_text_add(&call->out, "{\"closed\":{");
    for (size_t i = 0; i < count; i++) {
        bool by_open = which != NULL && strcmp(which, "open") == 0;
        bool fits = in_range(by_open ? list[i]->created_ns : list[i]->updated_ns, start_ns, end_ns);
        if (fits && total >= skip && total - skip < PAGE) {
            print_order(call, list[i], trades);
        }
        total += fits;
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, '}');
    if (!vk_arg_bool(call, "without_count", false)) {
        vn_text_addf(&call->out, ",\"count\":%lld", (long long)total);
    }
    vn_text_add_char(&call->out, '}');
    free(list);
}

/* The ids of a comma list, one after the other; false: too many, or one is empty. */
static bool next_id(const char **at, char *ret_id)
{
    size_t n = strcspn(*at, ",");
    if (n == 0) {
        return false;
    }
    memset(ret_id, 0, VK_TXID);
    memcpy(ret_id, *at, n < VK_TXID ? n : VK_TXID - 1);
    *at += n + ((*at)[n] == ',');
    return true;
}

static int count_ids(const char *list)
{
    int count = list == NULL || list[0] == '\0' ? 0 : 1;
    for (const char *p = list; p != NULL && *p != '\0'; p++) {
        count += *p == ',';
    }
    return count;
}

void vk_do_query_orders(struct vk_call *call)
{
    const char *list = vk_arg(call, "txid");
    int count = count_ids(list);
    char id[VK_TXID];
    if (count < 1 || count > 50) {
        vk_fail(call, "EGeneral:Invalid arguments");
        return;
    }
    vn_text_add_char(&call->out, '{');
    for (const char *at = list; *at != '\0' && next_id(&at, id);) {
        const struct vn_order *o = vk_order_find(call->v, call->key->account, id);
        if (o == NULL || !order_is_seen(call, o)) {
            vk_fail(call, "EOrder:Invalid order");
            return;
        }
        print_order(call, o, vk_arg_bool(call, "trades", false));
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, '}');
}

/* ---- fills ---- */

static void print_fill(struct vk_call *call, const struct vn_fill *f)
{
    struct vn_text *out = &call->out;
    const struct vn_symbol *s = f->order->symbol;
    int money = s->quote->places;
    char id[VK_TXID];
    char order[VK_TXID];
    char pair[VK_PAIR];
    vk_id_print('T', vk_fill_number(f), id);
    vk_id_print('O', f->order->id, order);
    vk_pair_id(s, pair);
    vn_text_addf(out,
                 "\"%s\":{\"ordertxid\":\"%s\",\"postxid\":\"%s\",\"pair\":\"%s\",\"time\":", id,
                 order, id, pair);
    vk_add_seconds(out, call->v, f->time_ns);
    vn_text_addf(out, ",\"type\":\"%s\",\"ordertype\":\"%s\",\"price\":",
                 f->order->side == VN_BUY ? "buy" : "sell", vk_type_word(f->order->type));
    vk_add_quoted(out, f->price, vk_price_places(s));
    vn_text_add_char(out, ',');
    add_quoted_amount(out, "cost", f->quote, money);
    add_quoted_amount(out, "fee", f->fee, f->fee_asset->places);
    vn_text_add(out, "\"vol\":");
    vk_add_quoted(out, f->qty, 8);
    vn_text_addf(out,
                 ",\"margin\":\"0.00000\",\"leverage\":\"0\",\"misc\":\"\",\"trade_id\":%llu,"
                 "\"maker\":%s},",
                 (unsigned long long)f->trade_id, f->maker ? "true" : "false");
}

static int youngest_fill_first(const void *left, const void *right)
{
    const struct vn_fill *a = *(struct vn_fill *const *)left;
    const struct vn_fill *b = *(struct vn_fill *const *)right;
    if (a->time_ns != b->time_ns) {
        return a->time_ns < b->time_ns ? 1 : -1;
    }
    uint64_t x = vk_fill_number(a);
    uint64_t y = vk_fill_number(b);
    return x < y ? 1 : x > y ? -1 : 0;
}

static struct vn_fill **collect_fills(struct vk_call *call, size_t *ret_count)
{
    struct vn_fill **list = NULL;
    size_t cap = 0;
    *ret_count = 0;
    for (int s = 0; s < call->v->engine.symbol_count; s++) {
        const struct vn_holding *h = call->key->account->holdings[s];
        for (size_t i = 0; h != NULL && i < h->fill_count; i++) {
            if (fill_is_seen(call, h->fills[i])) {
                list = vn_grow(list, *ret_count, &cap, sizeof(struct vn_fill *));
                list[(*ret_count)++] = h->fills[i];
            }
        }
    }
    if (*ret_count > 0) {
        qsort(list, *ret_count, sizeof(struct vn_fill *), youngest_fill_first);
    }
    return list;
}

void vk_do_trades_history(struct vk_call *call)
{
    int64_t start_ns = bound_read(call, "start", false);
    int64_t end_ns = bound_read(call, "end", false);
    int64_t skip = vk_arg_int(call, "ofs", 0);
    if (start_ns == -2 || end_ns == -2) {
        return;
    }
    size_t count = 0;
    struct vn_fill **list = collect_fills(call, &count);
    int64_t total = 0;
    vn_text_add(&call->out, "{\"trades\":{");
    for (size_t i = 0; i < count; i++) {
        bool fits = in_range(list[i]->time_ns, start_ns, end_ns);
        if (fits && total >= skip && total - skip < PAGE) {
            print_fill(call, list[i]);
        }
        total += fits;
    }
    vn_text_trim_comma(&call->out);
    vn_text_addf(&call->out, "},\"count\":%lld}", (long long)total);
    free(list);
}

void vk_do_query_trades(struct vk_call *call)
{
    const char *list = vk_arg(call, "txid");
    int wanted = count_ids(list);
    char id[VK_TXID];
    if (wanted < 1 || wanted > 20) {
        vk_fail(call, "EGeneral:Invalid arguments");
        return;
    }
    size_t count = 0;
    struct vn_fill **fills = collect_fills(call, &count);
    vn_text_add_char(&call->out, '{');
    for (const char *at = list; *at != '\0' && next_id(&at, id);) {
        uint64_t number = 0;
        bool legal = vk_id_read('T', id, &number);
        size_t i = 0;
        while (legal && i < count && vk_fill_number(fills[i]) != number) {
            i++;
        }
        if (!legal || i == count) {
            vk_fail(call, "EQuery:Invalid trade");
            break;
        }
        print_fill(call, fills[i]);
    }
    vn_text_trim_comma(&call->out);
    vn_text_add_char(&call->out, '}');
    free(fills);
}
