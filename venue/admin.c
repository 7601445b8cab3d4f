/* The routes that no venue has: the truth, transfers, faults. They need no key: this is a tool on loopback. */
#include <stdlib.h>
#include <string.h>

#include "faults/faults.h"
#include "inside.h"

#define JSON_TYPE "application/json"

/* ---- /_ledger ---- */

static void add_plain(struct vn_text *out, const char *name, amount_t value)
{
    vn_text_addf(out, ",\"%s\":", name);
    vn_text_add_plain(out, value);
}

static void add_name(struct vn_text *out, const char *name, const char *value)
{
    vn_text_addf(out, ",\"%s\":", name);
    vn_text_add_json(out, value);
}

static void print_balances(const struct venue *v, const struct vn_account *a, struct vn_text *out)
{
    vn_text_add(out, ",\"balances\":[");
    for (int i = 0; i < v->engine.asset_count; i++) {
        const struct vn_balance *b = &a->balances[i];
        if (b->free == 0 && b->locked == 0 && b->deposited == 0) {
            continue;
        }
        vn_text_add(out, "{\"asset\":");
        vn_text_add_json(out, v->engine.assets[i].name);
        add_plain(out, "free", b->free);
        add_plain(out, "locked", b->locked);
        add_plain(out, "total", b->free + b->locked);
        add_plain(out, "deposited", b->deposited);
        vn_text_add(out, "},");
    }
    vn_text_trim_comma(out);
    vn_text_add_char(out, ']');
}

static void print_order(const struct vn_order *o, struct vn_text *out)
{
    int places = o->symbol->qty_places;
    vn_text_addf(out, "{\"orderId\":%llu", (unsigned long long)o->id);
    add_name(out, "symbol", o->symbol->name);
    add_name(out, "clientOrderId", o->original_id);
    add_name(out, "currentClientOrderId", o->client_id);
    vn_text_addf(
        out,
        ",\"side\":\"%s\",\"type\":\"%s\",\"timeInForce\":\"%s\",\"status\":\"%s\",\"open\":%s",
        vn_side_word(o->side), vn_type_word(o->type), vn_tif_word(o->tif), vn_state_word(o->state),
        vn_order_is_open(o) ? "true" : "false");
    add_plain(out, "price", vn_amount_of(o->price, o->symbol->price_places));
    add_plain(out, "origQty", vn_amount_of(o->qty, places));
    add_plain(out, "executedQty", vn_amount_of(o->filled, places));
    add_plain(out, "preventedQty", vn_amount_of(o->prevented, places));
    add_plain(out, "cumQuote", o->cum_quote);
    add_plain(out, "locked", o->locked);
    vn_text_addf(out, ",\"timeNs\":%lld},", (long long)o->created_ns);
}

static void print_fill(const struct vn_fill *f, struct vn_text *out)
{
    const struct vn_symbol *symbol = f->order->symbol;
    vn_text_addf(out, "{\"tradeId\":%llu,\"orderId\":%llu", (unsigned long long)f->trade_id,
                 (unsigned long long)f->order->id);
    add_name(out, "symbol", symbol->name);
    add_name(out, "clientOrderId", f->order->original_id);
    vn_text_addf(out, ",\"side\":\"%s\"", vn_side_word(f->order->side));
    add_plain(out, "price", vn_amount_of(f->price, symbol->price_places));
    add_plain(out, "qty", vn_amount_of(f->qty, symbol->qty_places));
    add_plain(out, "quoteQty", f->quote);
    add_plain(out, "commission", f->fee);
    add_name(out, "commissionAsset", f->fee_asset->name);
    vn_text_addf(out, ",\"maker\":%s,\"timeNs\":%lld},", f->maker ? "true" : "false",
                 (long long)f->time_ns);
}

static void print_account(const struct venue *v, const struct vn_account *a, struct vn_text *out)
{
    vn_text_add(out, "{\"account\":");
    vn_text_add_json(out, a->name);
    vn_text_addf(out, ",\"uid\":%llu", (unsigned long long)a->uid);
    print_balances(v, a, out);
    vn_text_add(out, ",\"orders\":[");
    for (int s = 0; s < v->engine.symbol_count; s++) {
        const struct vn_holding *h = a->holdings[s];
        for (size_t i = 0; h != NULL && i < h->order_count; i++) {
            print_order(h->orders[i], out);
        }
    }
    vn_text_trim_comma(out);
    vn_text_add(out, "],\"fills\":[");
    for (int s = 0; s < v->engine.symbol_count; s++) {
        const struct vn_holding *h = a->holdings[s];
        for (size_t i = 0; h != NULL && i < h->fill_count; i++) {
            print_fill(h->fills[i], out);
        }
    }
    vn_text_trim_comma(out);
    vn_text_add(out, "]},");
}

static void print_assets(const struct venue *v, struct vn_text *out)
{
    for (int i = 0; i < v->engine.asset_count; i++) {
        const struct vn_asset *asset = &v->engine.assets[i];
        amount_t held = 0;
        for (size_t k = 0; k < v->engine.account_count; k++) {
            const struct vn_balance *b = &v->engine.accounts[k]->balances[i];
            held += b->free + b->locked;
        }
        vn_text_add(out, "{\"asset\":");
        vn_text_add_json(out, asset->name);
        add_plain(out, "deposited", asset->deposited);
        add_plain(out, "held", held);
        add_plain(out, "fees", asset->fees);
        vn_text_addf(out, ",\"conserved\":%s},",
                     held + asset->fees == asset->deposited ? "true" : "false");
    }
    vn_text_trim_comma(out);
}

void vn_ledger_print(struct venue *v, struct vn_text *out)
{
    vn_text_add(out, "{\"accounts\":[");
    for (size_t i = 0; i < v->engine.account_count; i++) {
        if (!v->engine.accounts[i]->house) {
            print_account(v, v->engine.accounts[i], out);
        }
    }
    vn_text_trim_comma(out);
    vn_text_add(out, "],\"assets\":[");
    print_assets(v, out);
    vn_text_add(out, "]}");
}

const char *venue_ledger(struct venue *v)
{
    vn_text_clear(&v->answer);
    vn_ledger_print(v, &v->answer);
    return v->answer.data;
}

/* ---- /_state ---- */

static void print_state(struct venue *v, int64_t now_ns, struct vn_text *out)
{
    vn_text_addf(out, "{\"nowNs\":%lld,\"skewMs\":%lld,", (long long)now_ns,
                 (long long)(v->skew_ns / VN_MS));
    for (int i = 0; i < VN_DIALECTS; i++) {
        if (vn_dialect_of((enum vn_dialect_id)i)->print_state != NULL) {
            vn_dialect_of((enum vn_dialect_id)i)->print_state(v, now_ns, out);
        }
    }
    vn_text_addf(out, "\"outputs\":%zu,\"faults\":", v->outbox.count);
    vn_faults_print(v, out);
    vn_text_add(out, ",\"connections\":[");
    for (const struct vn_conn *conn = v->conn_list; conn != NULL; conn = conn->next) {
        const struct vn_dialect *dialect = vn_dialect_of(conn->dialect);
        vn_text_addf(out, "{\"conn\":%llu,\"dialect\":\"%s\",\"kind\":\"%s\",",
                     (unsigned long long)conn->id, dialect->name, dialect->conn_word(conn));
        dialect->print_conn(conn, out);
        vn_text_trim_comma(out);
        vn_text_add(out, "},");
    }
    vn_text_trim_comma(out);
    vn_text_add(out, "],\"symbols\":[");
    for (int i = 0; i < v->engine.symbol_count; i++) {
        const struct vn_symbol *s = &v->engine.symbols[i];
        vn_text_add(out, "{\"symbol\":");
        vn_text_add_json(out, s->name);
        vn_text_addf(
            out, ",\"status\":\"%s\",\"updateId\":%llu,\"bids\":%zu,\"asks\":%zu,\"trades\":%llu",
            vn_status_word(s->status), (unsigned long long)s->update_id, s->bids.count,
            s->asks.count, (unsigned long long)s->trade_count);
        add_plain(out, "last", vn_amount_of(s->last_price, s->price_places));
        vn_text_add(out, "},");
    }
    vn_text_trim_comma(out);
    vn_text_add(out, "]}");
}

/* ---- the routes ---- */

static void reply_text(struct venue *v, int64_t now_ns, uint64_t conn, struct vn_text *text)
{
    struct vn_item *item = vn_item_new(&v->outbox, conn, VENUE_OUT_HTTP);
    item->status = 200;
    item->due_ns = now_ns;
    item->content_type = JSON_TYPE;
    vn_item_body(item, vn_blob_from(text));
    vn_item_push(&v->outbox, item);
    vn_text_release(text);
}

static void reply_status(struct venue *v, int64_t now_ns, uint64_t conn, int status)
{
    struct vn_text text = {0};
    if (status == 0) {
        vn_reply(v, now_ns, conn, 200, JSON_TYPE, "{\"ok\":true}");
        return;
    }
    vn_text_add(&text, "{\"ok\":false,\"error\":");
    vn_text_add_json(&text, v->error);
    vn_text_add_char(&text, '}');
    vn_reply(v, now_ns, conn, 400, JSON_TYPE, text.data);
    vn_text_release(&text);
}

static int transfer(struct venue *v, int64_t now_ns, const struct venue_request *request)
{
    struct vn_json *c = vn_json_parse(request->body, request->body_len);
    int status = venue_transfer(v, now_ns, vn_json_text(c, "account", ""),
                                vn_json_text(c, "asset", ""), vn_json_text(c, "amount", ""));
    vn_json_free(c);
    return status;
}

bool vn_admin(struct venue *v, int64_t now_ns, const struct venue_request *request)
{
    if (strncmp(request->target, "/_", 2) != 0) {
        return false;
    }
    bool post = strcmp(request->method, "POST") == 0;
    struct vn_text text = {0};
    if (!post && strcmp(request->target, "/_ledger") == 0) {
        vn_ledger_print(v, &text);
        reply_text(v, now_ns, request->conn, &text);
    } else if (!post && strcmp(request->target, "/_state") == 0) {
        print_state(v, now_ns, &text);
        reply_text(v, now_ns, request->conn, &text);
    } else if (post && strcmp(request->target, "/_fault") == 0) {
        int status = vn_faults_command(v, now_ns, request->body, request->body_len);
        reply_status(v, now_ns, request->conn, status);
    } else if (post && strcmp(request->target, "/_transfer") == 0) {
        reply_status(v, now_ns, request->conn, transfer(v, now_ns, request));
    } else {
        vn_reply(v, now_ns, request->conn, 404, JSON_TYPE,
                 "{\"ok\":false,\"error\":\"no such route\"}");
    }
    return true;
}
