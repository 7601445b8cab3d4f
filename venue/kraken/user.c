/* Private channels: executions and balances, with their sequence numbers. */
#include <string.h>

#include "kraken.h"

/* ---- frames ---- */

static bool happens(struct venue *v, enum vk_fault fault, const char *symbol)
{
    return vn_faults_has(v, VK_FAULT(fault)) &&
           vn_faults_event(v, VN_KRAKEN, VK_FAULT(fault), symbol) != NULL;
}

static bool common(struct venue *v, enum vn_fault_kind kind, const char *symbol)
{
    return vn_faults_has(v, kind) && vn_faults_event(v, VN_KRAKEN, kind, symbol) != NULL;
}

static void send_rows(struct venue *v, int64_t due_ns, struct vk_conn *conn, struct vk_sub *sub,
                      const char *type, const struct vn_text *rows, const char *symbol)
{
    struct vn_text out = {0};
    sub->sequence += happens(v, VK_FAULT_SEQUENCE_SKIP, symbol) ? 2 : 1;
    bool twice = happens(v, VK_FAULT_SEQUENCE_TWICE, symbol);
    for (int i = 0; i < (twice ? 2 : 1); i++) {
        vn_text_addf(&out, "{\"channel\":\"%s\",\"type\":\"%s\",\"data\":[%s],\"sequence\":%llu}",
                     sub->channel == VK_EXECUTIONS ? "executions" : "balances", type,
                     rows->data == NULL ? "" : rows->data, (unsigned long long)sub->sequence);
        vk_send(v, conn, due_ns, 0, &out);
    }
    vn_text_release(&out);
}

/* One row to every subscription of the account on that channel. */
static void publish(struct venue *v, int64_t now_ns, enum vk_channel channel,
                    const struct vn_account *a, const struct vn_text *row, const char *symbol,
                    bool status_only)
{
    if (common(v, VN_FAULT_MUTE_USER, NULL)) {
        return;
    }
    int64_t due_ns = now_ns + vk_of(v)->settings.event_lag_ns;
    for (struct vk_conn *conn = vk_first(v); conn != NULL; conn = vk_next(conn)) {
        for (struct vk_sub *sub = conn->subs; sub != NULL; sub = sub->next) {
            if (sub->channel == channel && sub->account == a &&
                (sub->order_status || !status_only)) {
                send_rows(v, due_ns, conn, sub, "update", row, symbol);
            }
        }
    }
}

static bool anyone_listens(struct venue *v, const struct vn_account *a)
{
    for (const struct vk_conn *conn = vk_first(v); conn != NULL; conn = vk_next(conn)) {
        for (const struct vk_sub *sub = conn->subs; sub != NULL; sub = sub->next) {
            if (sub->account == a) {
                return true;
            }
        }
    }
    return false;
}

/* ---- rows of executions ---- */

static const char *status_of(const struct vn_order *o)
{
    if (vn_order_is_open(o)) {
        return o->filled > 0 ? "partially_filled" : "new";
    }
    if (o->state == VN_FILLED) {
        return "filled";
    }
    return o->expiry == VN_EXPIRY_TIME ? "expired" : "canceled";
}

static void add_id(struct vn_text *row, const char *name, char letter, uint64_t number)
{
    char id[VK_TXID];
    vk_id_print(letter, number, id);
    vn_text_addf(row, "\"%s\":\"%s\",", name, id);
}

static void add_fixed(struct vn_text *row, const char *name, int64_t value, int places)
{
    vn_text_addf(row, "\"%s\":", name);
    vk_add_number(row, value, places);
    vn_text_add_char(row, ',');
}

static void add_money(struct vn_text *row, const char *name, amount_t value, int places)
{
    vn_text_addf(row, "\"%s\":", name);
    vk_add_amount(row, value, places);
    vn_text_add_char(row, ',');
}

static void begin(struct venue *v, struct vn_text *row, const struct vn_order *o,
                  const char *exec_type, const char *order_status)
{
    bool odd = happens(v, VK_FAULT_UNKNOWN_EXEC, o->symbol->name);
    vn_text_add_char(row, '{');
    add_id(row, "order_id", 'O', o->id);
    vn_text_addf(row, "\"exec_type\":\"%s%s\",\"order_status\":\"%s\",", odd ? "nobody_knows_" : "",
                 exec_type, order_status);
}

static void finish(struct venue *v, struct vn_text *row, int64_t at_ns)
{
    vn_text_add(row, "\"timestamp\":\"");
    vk_add_time(row, v, at_ns);
    vn_text_add(row, "\"}");
}

static void add_names(struct venue *v, struct vn_text *row, const struct vn_order *o)
{
    const struct vk_note *note = vk_note_of(v, o);
    char pair[VK_PAIR];
    vk_pair_v2(o->symbol, pair);
    if (note->has_client_id) {
        vn_text_add(row, "\"cl_ord_id\":");
        vn_text_add_json(row, o->original_id);
        vn_text_add_char(row, ',');
    }
    vn_text_addf(row,
                 "\"order_userref\":%lld,\"symbol\":\"%s\",\"side\":\"%s\",\"order_type\":\"%s\",",
                 (long long)note->userref, pair, o->side == VN_BUY ? "buy" : "sell",
                 note->post ? "limit" : vk_type_word(o->type));
}

static void add_terms(struct venue *v, struct vn_text *row, const struct vn_order *o)
{
    static const char *const tifs[] = {"GTC", "GTC", "IOC", "FOK"};
    const struct vn_symbol *s = o->symbol;
    add_fixed(row, "order_qty", o->qty, vk_qty_places(s));
    if (o->price != 0) {
        add_fixed(row, "limit_price", o->price, vk_price_places(s));
    }
    vn_text_addf(row, "\"time_in_force\":\"%s\",\"post_only\":%s,\"fee_ccy_pref\":\"%s\",",
                 o->expire_ns != 0 ? "GTD" : tifs[o->tif],
                 vk_note_of(v, o)->post ? "true" : "false", o->fee_in_quote ? "fciq" : "fcib");
}

static void add_sums(struct vn_text *row, const struct vn_order *o)
{
    const struct vn_symbol *s = o->symbol;
    add_fixed(row, "cum_qty", o->filled, vk_qty_places(s));
    add_money(row, "cum_cost", o->cum_quote, s->quote->places);
    int64_t average = o->filled == 0 ? 0 : (int64_t)(o->cum_quote / vn_pow10(2) / o->filled);
    add_fixed(row, "avg_price", average, 8);
}

static void add_fill(struct vn_text *row, const struct vn_fill *f)
{
    const struct vn_symbol *s = f->order->symbol;
    add_id(row, "exec_id", 'T', vk_fill_number(f));
    vn_text_addf(row, "\"trade_id\":%llu,", (unsigned long long)f->trade_id);
    add_fixed(row, "last_qty", f->qty, vk_qty_places(s));
    add_fixed(row, "last_price", f->price, vk_price_places(s));
    vn_text_addf(row, "\"liquidity_ind\":\"%s\",", f->maker ? "m" : "t");
    add_money(row, "cost", f->quote, s->quote->places);
    vn_text_addf(row, "\"fees\":[{\"asset\":\"%s\",\"qty\":", f->fee_asset->name);
    vk_add_amount(row, f->fee, f->fee_asset->places);
    vn_text_add(row, "}],");
    if (strcmp(f->fee_asset->name, "USD") == 0) {
        add_money(row, "fee_usd_equiv", f->fee, f->fee_asset->places);
    }
}

/* A row as a snapshot has it: everything. */
static void print_open(struct venue *v, struct vn_text *row, const struct vn_order *o,
                       const char *exec_type)
{
    begin(v, row, o, exec_type, status_of(o));
    add_names(v, row, o);
    add_terms(v, row, o);
    add_sums(row, o);
    finish(v, row, o->updated_ns);
}

static void print_old_fill(struct venue *v, struct vn_text *row, const struct vn_fill *f)
{
    begin(v, row, f->order, "trade", status_of(f->order));
    add_names(v, row, f->order);
    add_fill(row, f);
    finish(v, row, f->time_ns);
}

/* ---- what happens ---- */

static void send_row(struct venue *v, const struct vn_report *r, struct vn_text *row,
                     bool status_only)
{
    const char *symbol = r->order->symbol->name;
    if (!common(v, VN_FAULT_MISSING, symbol)) {
        const struct vn_fault *late = vn_faults_has(v, VN_FAULT_REORDER)
                                          ? vn_faults_event(v, VN_KRAKEN, VN_FAULT_REORDER, symbol)
                                          : NULL;
        int64_t at_ns = r->time_ns + (late == NULL ? 0 : late->ms * VN_MS);
        publish(v, at_ns, VK_EXECUTIONS, r->order->account, row, symbol, status_only);
        if (common(v, VN_FAULT_DUPLICATE, symbol)) {
            publish(v, at_ns, VK_EXECUTIONS, r->order->account, row, symbol, status_only);
        }
    }
    vn_text_clear(row);
}

static void tell_new(struct venue *v, const struct vn_report *r, struct vn_text *row)
{
    const struct vn_order *o = r->order;
    begin(v, row, o, "pending_new", "pending_new");
    if (!happens(v, VK_FAULT_SPARSE, o->symbol->name)) {
        add_names(v, row, o);
        add_terms(v, row, o);
        add_sums(row, o);
    }
    finish(v, row, r->time_ns);
    send_row(v, r, row, true);
    begin(v, row, o, "new", "new");
    finish(v, row, r->time_ns);
    send_row(v, r, row, false);
}

static void tell_trade(struct venue *v, const struct vn_report *r, struct vn_text *row)
{
    const struct vn_order *o = r->order;
    begin(v, row, o, "trade", "partially_filled");
    if (!happens(v, VK_FAULT_SPARSE, o->symbol->name)) {
        add_names(v, row, o);
    }
    add_fill(row, r->fill);
    add_sums(row, o);
    finish(v, row, r->time_ns);
    send_row(v, r, row, false);
    if (o->state == VN_FILLED && !happens(v, VK_FAULT_NO_FILLED, o->symbol->name)) {
        begin(v, row, o, "filled", "filled");
        add_sums(row, o);
        finish(v, row, r->time_ns);
        send_row(v, r, row, false);
    }
}

static void tell_end(struct venue *v, const struct vn_report *r, struct vn_text *row)
{
    const struct vn_order *o = r->order;
    const char *why = vk_end_word(vk_note_of(v, o)->end);
    bool expired = o->expiry == VN_EXPIRY_TIME;
    begin(v, row, o, expired ? "expired" : "canceled", status_of(o));
    if (!happens(v, VK_FAULT_SPARSE, o->symbol->name)) {
        vn_text_addf(row, "\"order_userref\":%lld,", (long long)vk_note_of(v, o)->userref);
        add_sums(row, o);
    }
    if (!expired) {
        vn_text_addf(row, "\"reason\":\"%s\",\"cancel_reason\":\"%s\",", why, why);
    }
    finish(v, row, r->time_ns);
    send_row(v, r, row, false);
}

static void tell_changed(struct venue *v, const struct vn_report *r, struct vn_text *row)
{
    const struct vn_order *o = r->order;
    bool user = r->event == VN_EVENT_REPLACED;
    begin(v, row, o, user ? "amended" : "restated", status_of(o));
    add_names(v, row, o);
    add_terms(v, row, o);
    add_sums(row, o);
    vn_text_addf(row, "\"reason\":\"%s\",", user ? "User requested" : "Self trade prevention");
    finish(v, row, r->time_ns);
    send_row(v, r, row, true);
}

/* ---- balances ---- */

static void ledger_row(struct venue *v, int64_t now_ns, struct vn_account *a,
                       const struct vn_asset *asset, amount_t amount, amount_t fee,
                       const char *type, uint64_t ref)
{
    struct vn_text row = {0};
    const struct vn_balance *b = &a->balances[asset->index];
    bool out = amount < 0;
    vn_text_add_char(&row, '{');
    add_id(&row, "ledger_id", 'L', a->uid << 32 | ++vk_desk_of(v, a)->ledger);
    if (ref != 0) {
        add_id(&row, "ref_id", 'T', ref);
    }
    vn_text_addf(
        &row,
        "\"asset\":\"%s\",\"asset_class\":\"currency\",\"type\":\"%s\",\"subtype\":\"\","
        "\"category\":\"%s\",\"wallet_type\":\"spot\",\"wallet_id\":\"main\",\"amount\":%s",
        asset->name, type, type, out ? "-" : "");
    vk_add_amount(&row, out ? -amount : amount, asset->places);
    vn_text_add(&row, ",\"fee\":");
    vk_add_amount(&row, fee, asset->places);
    vn_text_add(&row, ",\"balance\":");
    vk_add_amount(&row, b->free + b->locked, asset->places);
    vn_text_add(&row, ",");
    finish(v, &row, now_ns);
    publish(v, now_ns, VK_BALANCES, a, &row, NULL, false);
    vn_text_release(&row);
}

/* A fill is two rows that share a reference. */
static void tell_money(struct venue *v, const struct vn_report *r)
{
    const struct vn_fill *f = r->fill;
    const struct vn_symbol *s = r->order->symbol;
    bool buys = r->order->side == VN_BUY;
    amount_t qty = vn_amount_of(f->qty, s->qty_places);
    uint64_t ref = vk_fill_number(f);
    ledger_row(v, r->time_ns, r->order->account, s->base, buys ? qty : -qty,
               f->fee_asset == s->base ? f->fee : 0, "trade", ref);
    ledger_row(v, r->time_ns, r->order->account, s->quote, buys ? -f->quote : f->quote,
               f->fee_asset == s->quote ? f->fee : 0, "trade", ref);
}

void vk_user_moved(struct venue *v, int64_t now_ns, struct vn_account *a,
                   const struct vn_asset *asset, amount_t delta)
{
    ledger_row(v, now_ns, a, asset, delta, 0, delta < 0 ? "withdrawal" : "deposit", 0);
}

void vk_balances_snapshot(struct venue *v, int64_t now_ns, struct vk_conn *conn, struct vk_sub *sub)
{
    struct vn_text rows = {0};
    for (int i = 0; i < v->engine.asset_count; i++) {
        const struct vn_balance *b = &sub->account->balances[i];
        const struct vn_asset *asset = &v->engine.assets[i];
        if (b->free == 0 && b->locked == 0 && b->deposited == 0) {
            continue;
        }
        vn_text_addf(&rows,
                     "{\"asset\":\"%s\",\"asset_class\":\"currency\",\"balance\":", asset->name);
        vk_add_amount(&rows, b->free + b->locked, asset->places);
        vn_text_add(&rows, ",\"wallets\":[{\"type\":\"spot\",\"id\":\"main\",\"balance\":");
        vk_add_amount(&rows, b->free + b->locked, asset->places);
        vn_text_add(&rows, "}]},");
    }
    vn_text_trim_comma(&rows);
    sub->sequence = 0;
    send_rows(v, now_ns, conn, sub, "snapshot", &rows, NULL);
    vn_text_release(&rows);
}

/* ---- from the engine ---- */

static enum vk_end end_of(const struct vk_state *state, const struct vn_order *o)
{
    static const enum vk_end ends[] = {
        [VN_EXPIRY_NONE] = VK_END_STP, [VN_EXPIRY_IOC] = VK_END_IOC,
        [VN_EXPIRY_FOK] = VK_END_FOK,  [VN_EXPIRY_LIQUIDITY] = VK_END_LIQUIDITY,
        [VN_EXPIRY_STP] = VK_END_STP,  [VN_EXPIRY_TIME] = VK_END_EXPIRED,
    };
    if (o->state == VN_CANCELED) {
        return state->ending == VK_END_NONE ? VK_END_USER : state->ending;
    }
    return ends[o->expiry];
}

/* What this dialect was asked for and the engine does not keep. */
static void note_wish(struct venue *v, const struct vn_order *o)
{
    const struct vk_wish *wish = vk_of(v)->placing;
    struct vk_note *note = vk_note_of(v, o);
    if (wish == NULL || o->origin != VN_KRAKEN) {
        return;
    }
    note->has_client_id = wish->client_id != NULL;
    note->has_userref = wish->has_userref;
    note->userref = wish->userref;
    note->post = wish->post;
    note->quote_volume = wish->quote_qty != 0;
}

void vk_user_report(struct venue *v, const struct vn_report *r)
{
    struct vn_text row = {0};
    bool ended = r->event == VN_EVENT_CANCELED || r->event == VN_EVENT_EXPIRED;
    if (r->event == VN_EVENT_NEW) {
        note_wish(v, r->order);
    } else if (ended) {
        vk_note_of(v, r->order)->end = end_of(vk_of(v), r->order);
    }
    if (!anyone_listens(v, r->order->account) || !vk_offers(r->order->symbol)) {
        return;
    }
    if (r->event == VN_EVENT_NEW) {
        tell_new(v, r, &row);
    } else if (r->event == VN_EVENT_TRADE) {
        tell_trade(v, r, &row);
        tell_money(v, r);
    } else if (ended) {
        tell_end(v, r, &row);
    } else {
        tell_changed(v, r, &row);
    }
    vn_text_release(&row);
}

/* ---- snapshots ---- */

static void add_row(struct vn_text *rows, struct vn_text *row)
{
    vn_text_add_n(rows, row->data, row->len);
    vn_text_add_char(rows, ',');
    vn_text_clear(row);
}

/* The last 50 fills of all pairs, oldest first. */
static void add_fills(struct venue *v, struct vn_text *rows, const struct vn_account *a)
{
    const struct vn_fill *last[50];
    size_t at[VN_SYMBOLS];
    size_t count = 0;
    struct vn_text row = {0};
    for (int s = 0; s < v->engine.symbol_count; s++) {
        at[s] = a->holdings[s] == NULL ? 0 : a->holdings[s]->fill_count;
    }
    while (count < 50) {
        int youngest = -1;
        for (int s = 0; s < v->engine.symbol_count; s++) {
            bool later = at[s] > 0 && (youngest < 0 ||
                                       a->holdings[s]->fills[at[s] - 1]->time_ns >
                                           a->holdings[youngest]->fills[at[youngest] - 1]->time_ns);
            youngest = later ? s : youngest;
        }
        if (youngest < 0) {
            break;
        }
        last[count++] = a->holdings[youngest]->fills[--at[youngest]];
    }
    while (count > 0) {
        print_old_fill(v, &row, last[--count]);
        add_row(rows, &row);
    }
    vn_text_release(&row);
}

void vk_executions_snapshot(struct venue *v, int64_t now_ns, struct vk_conn *conn,
                            struct vk_sub *sub, bool orders, bool trades)
{
    struct vn_text rows = {0};
    struct vn_text row = {0};
    for (int s = 0; orders && s < v->engine.symbol_count; s++) {
        const struct vn_holding *h = sub->account->holdings[s];
        for (const struct vn_order *o = h == NULL ? NULL : h->open; o != NULL; o = o->open_next) {
            if (vk_offers(o->symbol)) {
                print_open(v, &row, o, o->working ? "new" : "pending_new");
                add_row(&rows, &row);
            }
        }
    }
    if (trades) {
        add_fills(v, &rows, sub->account);
    }
    vn_text_trim_comma(&rows);
    sub->sequence = 0;
    send_rows(v, now_ns, conn, sub, "snapshot", &rows, NULL);
    vn_text_release(&rows);
    vn_text_release(&row);
}

void vk_restate(struct venue *v, int64_t now_ns, const struct vn_account *a)
{
    struct vn_text row = {0};
    for (int s = 0; s < v->engine.symbol_count; s++) {
        const struct vn_holding *h = a->holdings[s];
        for (const struct vn_order *o = h == NULL ? NULL : h->open; o != NULL; o = o->open_next) {
            print_open(v, &row, o, "restated");
            publish(v, now_ns, VK_EXECUTIONS, a, &row, o->symbol->name, true);
            vn_text_clear(&row);
        }
    }
    vn_text_release(&row);
}
