/* GET /orders/historical/fills. */
#include <string.h>

#include "coinbase.h"

struct filter {
    int64_t start_ns;
    int64_t end_ns;
    size_t below;
};

static bool filter_read(struct vc_call *call, struct filter *ret_filter)
{
    static const char *const others[] = {"trade_ids", "product_ids", "start_sequence_timestamp",
                                         "end_sequence_timestamp"};
    const struct vc_query *q = &call->query;
    int64_t below = (int64_t)call->state->fill_count;
    struct filter f = {.start_ns = INT64_MIN, .end_ns = INT64_MAX};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (vc_query_get(q, "order_ids") != NULL && vc_query_get(q, others[i]) != NULL) {
            vc_invalid(call, "cannot pass order_ids with other filters");
            return false;
        }
    }
    const char *cursor = vc_query_get(q, "cursor");
    if (cursor != NULL && cursor[0] != '\0' &&
        (vn_fixed_parse(cursor, strlen(cursor), 0, &below) < 0 ||
         below > (int64_t)call->state->fill_count)) {
        vc_invalid(call, "invalid cursor");
        return false;
    }
    f.below = (size_t)below;
    if (!vc_query_time(call, "start_sequence_timestamp", &f.start_ns) ||
        !vc_query_time(call, "end_sequence_timestamp", &f.end_ns)) {
        return false;
    }
    *ret_filter = f;
    return true;
}

/* 64 digits that name this fill of this order. */
static void print_entry_id(const struct venue *v, struct vn_text *out, size_t index)
{
    struct vn_random r = {.state = v->config.seed ^ (index + 1) * 0x9e3779b97f4a7c15ULL};
    vn_text_add(out, "{\"entry_id\":\"");
    for (int i = 0; i < 4; i++) {
        vn_text_addf(out, "%016llx", (unsigned long long)vn_random_next(&r));
    }
    vn_text_add_char(out, '"');
}

static void trade_uuid(const struct venue *v, const struct vc_fill *fill, char *ret_uuid)
{
    uint64_t number = fill->fill->trade_id * VN_SYMBOLS + (uint64_t)fill->order->symbol->index;
    vc_uuid(v, VC_UUID_TRADE, number, ret_uuid);
}

/* A fill of an order that was sized in quote money is sized in quote money. */
static void print_fill(const struct venue *v, struct vn_text *out, size_t index)
{
    const struct vc_fill *fill = &vc_state(v)->fills[index];
    const struct vc_order *order = fill->order;
    const struct vn_fill *f = fill->fill;
    bool in_quote = order->config.quote_size[0] != '\0';
    char uuid[VC_UUID];
    char product[2 * VN_NAME];
    vc_product_name(order->symbol, product);
    print_entry_id(v, out, index);
    trade_uuid(v, fill, uuid);
    vc_add_text(out, "trade_id", uuid);
    vc_add_text(out, "order_id", order->id);
    vn_text_add(out, ",\"trade_time\":");
    vc_add_time(v, out, f->time_ns);
    vn_text_add(out, ",\"trade_type\":\"FILL\"");
    vc_add_price(out, "price", order->symbol, f->price);
    if (in_quote) {
        vc_add_plain(out, "size", f->quote);
    } else {
        vc_add_size(out, "size", order->symbol, f->qty);
    }
    vc_add_plain(out, "commission", f->fee);
    vc_add_text(out, "product_id", product);
    vn_text_add(out, ",\"sequence_timestamp\":");
    vc_add_time(v, out, f->time_ns);
    vc_add_text(out, "liquidity_indicator", f->maker ? "MAKER" : "TAKER");
    vc_add_bool(out, "size_in_quote", in_quote);
    vc_uuid(v, VC_UUID_USER, order->account->uid, uuid);
    vc_add_text(out, "user_id", uuid);
    vc_add_text(out, "side", vc_side_word(order->side));
    vc_portfolio_of(v, order->account, uuid);
    vc_add_text(out, "retail_portfolio_id", uuid);
    vn_text_add(out, "},");
}

static bool passes(const struct vc_call *call, const struct filter *f, const struct vc_fill *fill)
{
    const struct vc_query *q = &call->query;
    char uuid[VC_UUID];
    char product[2 * VN_NAME];
    if (fill->order->account != call->account || fill->fill->time_ns < f->start_ns ||
        fill->fill->time_ns > f->end_ns ||
        !vc_is_visible(call->v, call->now_ns, fill->fill->time_ns)) {
        return false;
    }
    vc_product_name(fill->order->symbol, product);
    trade_uuid(call->v, fill, uuid);
    return vc_query_has(q, "order_ids", fill->order->id) &&
           vc_query_has(q, "product_ids", product) && vc_query_has(q, "trade_ids", uuid);
}

/* Newest first. No has_next: an empty cursor ends it. */
void vc_do_fills(struct vc_call *call)
{
    struct filter f;
    int64_t limit = vc_page_limit(call, 100, 3000);
    if (limit < 0 || !filter_read(call, &f)) {
        return;
    }
    int64_t shown = 0;
    size_t at = f.below;
    bool more = false;
    vn_text_add(&call->out, "{\"fills\":[");
    for (; at > 0; at--) {
        if (!passes(call, &f, &call->state->fills[at - 1])) {
            continue;
        }
        if (shown == limit) {
            more = true;
            break;
        }
        print_fill(call->v, &call->out, at - 1);
        shown++;
    }
    vn_text_trim_comma(&call->out);
    vn_text_add(&call->out, "],\"cursor\":\"");
    if (more) {
        vn_text_add_u64(&call->out, at);
    }
    vn_text_add(&call->out, "\"}");
}
