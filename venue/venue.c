#include "venue.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults/faults.h"
#include "inside.h"
#include "makers/makers.h"

/* After a long silence at most this much is caught up tick by tick; the rest is skipped. */
#define CATCH_UP_TICKS 6000

struct vn_deferred {
    int64_t due_ns;
    struct venue_request request;
    struct vn_deferred *next;
};

int64_t vn_server_ns(const struct venue *v, int64_t now_ns)
{
    return now_ns + v->skew_ns;
}

int vn_error(struct venue *v, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(v->error, sizeof(v->error), format, args);
    va_end(args);
    return status;
}

const char *venue_error(const struct venue *v)
{
    return v->error;
}

void venue_config_init(struct venue_config *config)
{
    *config = (struct venue_config){.seed = 1,
                                    .first_order_id = 9000000001,
                                    .first_trade_id = 700001,
                                    .makers = true,
                                    .shuffle = true,
                                    .weight_per_minute = 6000,
                                    .raw_per_5min = 300000,
                                    .orders_per_10s = 100,
                                    .orders_per_day = 200000,
                                    .ws_connects_per_5min = 300,
                                    .ws_ping_ms = 20000,
                                    .ws_pong_deadline_ms = 60000,
                                    .ws_max_age_ms = 86400000,
                                    .ws_frames_per_s = 5,
                                    .server_timeout_ms = 10000};
}

/* ---- what the engine says goes to all dialects ---- */

static void on_order(void *ctx, const struct vn_report *report)
{
    for (int i = 0; i < VN_DIALECTS; i++) {
        if (vn_dialect_of((enum vn_dialect_id)i)->order != NULL) {
            vn_dialect_of((enum vn_dialect_id)i)->order(ctx, report);
        }
    }
}

static void on_trade(void *ctx, struct vn_symbol *symbol, const struct vn_trade *trade)
{
    for (int i = 0; i < VN_DIALECTS; i++) {
        if (vn_dialect_of((enum vn_dialect_id)i)->trade != NULL) {
            vn_dialect_of((enum vn_dialect_id)i)->trade(ctx, symbol, trade);
        }
    }
}

static void on_level(void *ctx, struct vn_symbol *symbol, int side, int64_t price)
{
    for (int i = 0; i < VN_DIALECTS; i++) {
        if (vn_dialect_of((enum vn_dialect_id)i)->level != NULL) {
            vn_dialect_of((enum vn_dialect_id)i)->level(ctx, symbol, side, price);
        }
    }
}

static void tell_balances(struct venue *v, int64_t now_ns)
{
    for (int i = 0; i < VN_DIALECTS; i++) {
        if (vn_dialect_of((enum vn_dialect_id)i)->balances != NULL) {
            vn_dialect_of((enum vn_dialect_id)i)->balances(v, now_ns);
        }
    }
    for (size_t i = 0; i < v->engine.account_count; i++) {
        v->engine.accounts[i]->touched = 0;
    }
}

static void on_done(void *ctx, struct vn_symbol *symbol, int64_t now_ns)
{
    for (int i = 0; i < VN_DIALECTS; i++) {
        if (vn_dialect_of((enum vn_dialect_id)i)->done != NULL) {
            vn_dialect_of((enum vn_dialect_id)i)->done(ctx, symbol, now_ns);
        }
    }
    tell_balances(ctx, now_ns);
}

/* ---- life ---- */

struct venue *venue_new(const struct venue_config *config)
{
    struct venue *v = vn_alloc(sizeof(*v));
    v->config = *config;
    v->random.state = config->seed;
    v->now_ns = config->start_ns;
    v->next_tick_ns = config->start_ns - config->start_ns % VN_TICK_NS + VN_TICK_NS;
    vn_engine_init(&v->engine);
    v->engine.listener = (struct vn_listener){v, on_order, on_trade, on_level, on_done};
    v->engine.next_order_id = config->first_order_id;
    vn_faults_new(v);
    int fallback = config->dialect == NULL ? VN_BINANCE : vn_dialect_find(config->dialect);
    if (fallback < 0 || vn_symbols_load(&v->engine, config->symbols, fallback != VN_BINANCE) < 0) {
        return venue_free(v);
    }
    v->fallback = (enum vn_dialect_id)fallback;
    v->config.symbols = NULL; /* the caller's texts are not ours to keep */
    v->config.dialect = NULL;
    for (int i = 0; i < VN_DIALECTS; i++) {
        vn_dialect_of((enum vn_dialect_id)i)->init(v);
    }
    for (int i = 0; i < v->engine.symbol_count; i++) {
        v->engine.symbols[i].next_trade_id = config->first_trade_id;
    }
    if (config->makers) {
        vn_makers_new(v, config->start_ns);
    }
    return v;
}

static void request_free(struct vn_deferred *d)
{
    union {
        const void *in;
        void *out;
    } u;
    const void *parts[] = {d->request.method, d->request.target, d->request.body};
    for (size_t i = 0; i < 3; i++) {
        u.in = parts[i];
        free(u.out);
    }
    for (size_t i = 0; i < d->request.header_count; i++) {
        u.in = d->request.headers[i].name;
        free(u.out);
        u.in = d->request.headers[i].value;
        free(u.out);
    }
    u.in = d->request.headers;
    free(u.out);
    free(d);
}

struct venue *venue_free(struct venue *v)
{
    if (v == NULL) {
        return NULL;
    }
    while (v->conn_list != NULL) {
        vn_dialect_of(v->conn_list->dialect)->ws_closed(v, v->conn_list);
    }
    while (v->deferred != NULL) {
        struct vn_deferred *next = v->deferred->next;
        request_free(v->deferred);
        v->deferred = next;
    }
    vn_table_release(&v->conns);
    for (int i = 0; i < VN_DIALECTS; i++) {
        vn_dialect_of((enum vn_dialect_id)i)->release(v);
    }
    vn_makers_free(v);
    vn_faults_free(v);
    vn_keys_free(v);
    vn_engine_release(&v->engine);
    vn_outbox_release(&v->outbox);
    vn_text_release(&v->scratch);
    vn_text_release(&v->answer);
    free(v);
    return NULL;
}

/* ---- accounts ---- */

static int deposit_one(struct venue *v, struct vn_account *a, const char *pair, size_t len)
{
    const char *equals = memchr(pair, '=', len);
    char name[VN_NAME] = "";
    amount_t amount = 0;
    size_t name_len = equals == NULL ? 0 : (size_t)(equals - pair);
    if (name_len == 0 || name_len >= sizeof(name) ||
        vn_amount_parse(equals + 1, len - name_len - 1, &amount) < 0 || amount < 0) {
        return vn_error(v, VENUE_EINVAL, "a deposit is ASSET=amount, not '%.*s'", (int)len, pair);
    }
    memcpy(name, pair, name_len);
    struct vn_asset *asset = vn_asset_get(&v->engine, name, 8);
    if (asset == NULL) {
        return vn_error(v, VENUE_EINVAL, "too many assets");
    }
    vn_account_move(&v->engine, a, asset, amount);
    a->touched = 0;
    return 0;
}

int venue_account_add(struct venue *v, const char *name, const char *deposits)
{
    if (vn_account_find(&v->engine, name) != NULL) {
        return vn_error(v, VENUE_EEXIST, "account '%s' exists", name);
    }
    struct vn_account *a = vn_account_new(&v->engine, name);
    a->updated_ns = v->now_ns;
    for (const char *at = deposits == NULL ? "" : deposits; *at != '\0';) {
        size_t len = strcspn(at, ",");
        int status = deposit_one(v, a, at, len);
        if (status < 0) {
            return status;
        }
        at += len + (at[len] == ',');
    }
    return 0;
}

int venue_transfer(struct venue *v, int64_t now_ns, const char *account, const char *asset,
                   const char *amount)
{
    struct vn_account *a = vn_account_find(&v->engine, account);
    struct vn_asset *what = vn_asset_find(&v->engine, asset);
    amount_t delta = 0;
    if (a == NULL || what == NULL) {
        return vn_error(v, VENUE_ENOENT, "no %s '%s'", a == NULL ? "account" : "asset",
                        a == NULL ? account : asset);
    }
    if (vn_amount_parse(amount, strlen(amount), &delta) < 0 ||
        vn_amount_floor(delta, what->places) != delta) {
        return vn_error(v, VENUE_EINVAL, "not an amount of %s: '%s'", asset, amount);
    }
    venue_step(v, now_ns);
    if (vn_account_move(&v->engine, a, what, delta) != VN_OK) {
        return vn_error(v, VENUE_EINVAL, "%s has less than that free", account);
    }
    a->updated_ns = now_ns;
    for (int i = 0; i < VN_DIALECTS; i++) {
        if (vn_dialect_of((enum vn_dialect_id)i)->moved != NULL) {
            vn_dialect_of((enum vn_dialect_id)i)->moved(v, now_ns, a, what, delta);
        }
    }
    tell_balances(v, now_ns);
    return 0;
}

int venue_fault(struct venue *v, int64_t now_ns, const char *json)
{
    venue_step(v, now_ns);
    return vn_faults_command(v, now_ns, json, strlen(json));
}

/* ---- requests ---- */

void vn_defer(struct venue *v, int64_t due_ns, const struct venue_request *request)
{
    struct vn_deferred *d = vn_alloc(sizeof(*d));
    d->due_ns = due_ns;
    d->request.conn = request->conn;
    d->request.method = vn_copy(request->method, strlen(request->method));
    d->request.target = vn_copy(request->target, strlen(request->target));
    d->request.body = vn_copy(request->body_len == 0 ? "" : request->body, request->body_len);
    d->request.body_len = request->body_len;
    struct venue_header *headers = vn_alloc((request->header_count + 1) * sizeof(*headers));
    for (size_t i = 0; i < request->header_count; i++) {
        const struct venue_header *h = &request->headers[i];
        headers[i] = (struct venue_header){vn_copy(h->name, strlen(h->name)),
                                           vn_copy(h->value, strlen(h->value))};
    }
    d->request.headers = headers;
    d->request.header_count = request->header_count;
    struct vn_deferred **at = &v->deferred;
    while (*at != NULL && (*at)->due_ns <= due_ns) {
        at = &(*at)->next;
    }
    d->next = *at;
    *at = d;
}

int venue_http(struct venue *v, int64_t now_ns, const struct venue_request *request)
{
    if (request->conn == 0 || request->method == NULL || request->target == NULL) {
        return vn_error(v, VENUE_EINVAL, "a request has a connection, a method and a target");
    }
    venue_step(v, now_ns);
    struct venue_request whole = *request;
    whole.body = whole.body == NULL ? "" : whole.body;
    if (!vn_admin(v, now_ns, &whole)) {
        vn_dialect_of(vn_dialect_route(v, whole.target))->http(v, now_ns, &whole, false);
    }
    return 0;
}

/* ---- time ---- */

static bool needs_ticks(const struct venue *v)
{
    bool needed = v->makers != NULL || v->conn_list != NULL || v->engine.expiring != NULL;
    for (int i = 0; i < VN_DIALECTS && !needed; i++) {
        const struct vn_dialect *d = vn_dialect_of((enum vn_dialect_id)i);
        needed = d->needs_ticks != NULL && d->needs_ticks(v);
    }
    return needed;
}

static void run_deferred(struct venue *v)
{
    struct vn_deferred *d = v->deferred;
    v->deferred = d->next;
    vn_dialect_of(vn_dialect_route(v, d->request.target))->http(v, d->due_ns, &d->request, true);
    request_free(d);
}

static void tick(struct venue *v)
{
    int64_t at_ns = v->next_tick_ns;
    v->next_tick_ns += VN_TICK_NS;
    vn_expire_due(&v->engine, at_ns);
    vn_makers_tick(v, at_ns);
    for (int i = 0; i < VN_DIALECTS; i++) {
        if (vn_dialect_of((enum vn_dialect_id)i)->tick != NULL) {
            vn_dialect_of((enum vn_dialect_id)i)->tick(v, at_ns);
        }
    }
}

void venue_step(struct venue *v, int64_t now_ns)
{
    v->now_ns = now_ns > v->now_ns ? now_ns : v->now_ns;
    int64_t behind = (now_ns - v->next_tick_ns) / VN_TICK_NS;
    if (behind > CATCH_UP_TICKS || (!needs_ticks(v) && behind > 0)) {
        v->next_tick_ns += (needs_ticks(v) ? behind - CATCH_UP_TICKS : behind) * VN_TICK_NS;
    }
    for (;;) {
        int64_t deferred_ns = v->deferred == NULL ? INT64_MAX : v->deferred->due_ns;
        if (deferred_ns <= now_ns && deferred_ns < v->next_tick_ns) {
            run_deferred(v);
        } else if (v->next_tick_ns <= now_ns) {
            tick(v);
        } else if (deferred_ns <= now_ns) {
            run_deferred(v);
        } else {
            return;
        }
    }
}

int64_t venue_next_due_ns(const struct venue *v)
{
    int64_t due = vn_outbox_due(&v->outbox);
    if (needs_ticks(v) && v->next_tick_ns < due) {
        due = v->next_tick_ns;
    }
    if (v->deferred != NULL && v->deferred->due_ns < due) {
        due = v->deferred->due_ns;
    }
    return due;
}

bool venue_poll(struct venue *v, int64_t now_ns, struct venue_output *ret_output)
{
    return vn_outbox_poll(&v->outbox, now_ns, ret_output);
}
