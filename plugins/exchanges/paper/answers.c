/* LOCAL requests as they come back: here, and not in encode_*, an order meets the desk. */
#include <stdio.h>
#include <string.h>

#include "paper.h"

/* What encode.c wrote. */
struct local_request {
    char id[SOFIA_CLIENT_ID_SIZE];
    char order[SOFIA_VENUE_ID_SIZE];
    char symbol[SOFIA_NAME_SIZE];
    int64_t side;
    int64_t type;
    int64_t tif;
    int64_t flags;
    int64_t until_ns;
    int64_t since_ns;
    struct sofia_decimal qty;
    struct sofia_decimal price;
};

static int read_request(struct sofia_slice body, struct local_request *r)
{
    const struct {
        const char *key;
        int64_t *at;
    } numbers[] = {{"side", &r->side},   {"type", &r->type},      {"tif", &r->tif},
                   {"flags", &r->flags}, {"until", &r->until_ns}, {"since", &r->since_ns}};
    struct sofia_json cur;
    struct sofia_slice key;

    memset(r, 0, sizeof(*r));
    sofia_json_init(&cur, body.at, body.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "id")) {
            sofia_json_text(&cur, r->id, sizeof(r->id));
        } else if (sofia_json_is(key, "order")) {
            sofia_json_text(&cur, r->order, sizeof(r->order));
        } else if (sofia_json_is(key, "symbol")) {
            sofia_json_text(&cur, r->symbol, sizeof(r->symbol));
        } else if (sofia_json_is(key, "qty")) {
            sofia_json_decimal(&cur, &r->qty);
        } else if (sofia_json_is(key, "price")) {
            sofia_json_decimal(&cur, &r->price);
        }
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
            if (sofia_json_is(key, numbers[i].key)) {
                sofia_json_i64(&cur, numbers[i].at);
            }
        }
    }
    return sofia_json_finish(&cur) == 0 ? SOFIA_OK : SOFIA_EPARSE;
}

static void reject(struct sofia_result *ret_result, uint32_t action, const char *reason)
{
    ret_result->verdict = SOFIA_VERDICT_REJECTED;
    ret_result->action = action;
    snprintf(ret_result->reason, sizeof(ret_result->reason), "%s", reason);
}

static int emit_sync(struct paper *p, const struct sofia_answer *answer, uint32_t what,
                     uint32_t found, uint32_t absent)
{
    struct sofia_event_sync sync;

    sofia_event_init(&sync.head, SOFIA_EV_SYNC, sizeof(sync), 0);
    sync.what = what;
    sync.found = found;
    sync.absent = absent;
    sync.order_id = answer->order_id;
    return sofia_emit(p->host, &sync.head);
}

/* ---- orders ---- */

static void on_submit(struct paper *p, const struct local_request *r,
                      struct sofia_result *ret_result)
{
    struct desk_ticket ticket = {.side = (uint32_t)r->side,
                                 .type = (uint32_t)r->type,
                                 .tif = (uint32_t)r->tif,
                                 .flags = (uint32_t)r->flags,
                                 .qty = r->qty,
                                 .price = r->price,
                                 .symbol = r->symbol,
                                 .client_id = r->id};
    int64_t now_ns = paper_now_ns(p);
    const char *reason = "it came after its acceptance window";

    if (now_ns > r->until_ns || desk_submit(&p->desk, &ticket, now_ns, &reason) == NULL) {
        reject(ret_result, SOFIA_ACTION_NONE, reason);
    }
}

static void on_cancel(struct paper *p, const struct local_request *r,
                      struct sofia_result *ret_result)
{
    struct desk_order *order = desk_find(&p->desk, r->id, r->order);

    if (order == NULL || !desk_is_open(order)) {
        reject(ret_result, SOFIA_ACTION_GONE, "no such open order");
        return;
    }
    desk_cancel(&p->desk, order, paper_now_ns(p), "");
}

static void on_cancel_all(struct paper *p, const struct local_request *r)
{
    for (uint32_t i = p->desk.open_count; i > 0; i--) { /* each cancel leaves the list */
        struct desk_order *order = &p->desk.orders[p->desk.open[i - 1]];
        if (strcmp(p->desk.symbols[order->symbol].name, r->symbol) == 0) {
            desk_cancel(&p->desk, order, paper_now_ns(p), "");
        }
    }
}

/* ---- questions ---- */

/* Every order that rested here when the process ended was gone with it; that is this venue's rule, and all it knows of them. */
static int emit_gone(struct paper *p, const struct local_request *r)
{
    struct sofia_event_report report;

    sofia_report_init(&report, SOFIA_REPORT_QUERY, 0);
    report.state = SOFIA_STATE_CANCELED;
    memcpy(report.client_id, r->id, sizeof(report.client_id));
    memcpy(report.venue_id, r->order, sizeof(report.venue_id));
    snprintf(report.reason, sizeof(report.reason),
             "the practice exchange began anew and keeps no orders");
    return sofia_emit(p->host, &report.head);
}

static int emit_fills(struct paper *p, const struct desk_order *order, uint32_t *ret_count)
{
    int status = SOFIA_OK;

    for (uint64_t n = 1; n <= DESK_FILLS; n++) {
        const struct desk_fill *fill = &p->desk.fills[(p->desk.next_fill + n) % DESK_FILLS];
        if (fill->order == order->number) {
            int rc = paper_emit_fill(p, order, fill, SOFIA_REPORT_QUERY);
            status = status != SOFIA_OK ? status : rc;
            *ret_count += 1;
        }
    }
    return status;
}

static int on_query(struct paper *p, const struct sofia_answer *answer,
                    const struct local_request *r)
{
    const struct desk_order *order = desk_find(&p->desk, r->id, r->order);
    uint32_t fills = 0;
    int status = SOFIA_OK;

    if (order == NULL && desk_is_older(&p->desk, r->order)) {
        status = emit_gone(p, r);
        return status != SOFIA_OK ? status : emit_sync(p, answer, SOFIA_SYNC_ORDER, 1, 0);
    }
    if (order != NULL) {
        status = emit_fills(p, order, &fills);
        status = status != SOFIA_OK ? status : paper_emit_order(p, order, SOFIA_REPORT_QUERY);
    }
    return status != SOFIA_OK
               ? status
               : emit_sync(p, answer, SOFIA_SYNC_ORDER, order != NULL, order == NULL);
}

static int on_open_orders(struct paper *p, const struct sofia_answer *answer,
                          const struct local_request *r)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < p->desk.open_count; i++) {
        const struct desk_order *order = &p->desk.orders[p->desk.open[i]];
        if (r->symbol[0] != '\0' && strcmp(p->desk.symbols[order->symbol].name, r->symbol) != 0) {
            continue;
        }
        int status = paper_emit_order(p, order, SOFIA_REPORT_LISTING);
        if (status != SOFIA_OK) {
            return status;
        }
        found++;
    }
    return emit_sync(p, answer, SOFIA_SYNC_OPEN_ORDERS, found, 0);
}

static int on_account(struct paper *p, const struct sofia_answer *answer)
{
    char identity[SOFIA_NAME_SIZE];

    snprintf(identity, sizeof(identity), "paper:%.40s", p->host->name(p->host));
    int status = sofia_emit_account(p->host, 1, 2, identity);
    for (uint32_t i = 0; status == SOFIA_OK && i < p->desk.asset_count; i++) {
        status = paper_emit_asset(p, &p->desk.assets[i], SOFIA_REPORT_QUERY);
    }
    return status != SOFIA_OK ? status
                              : emit_sync(p, answer, SOFIA_SYNC_ACCOUNT, p->desk.asset_count, 0);
}

static int on_trades(struct paper *p, const struct sofia_answer *answer,
                     const struct local_request *r)
{
    uint32_t found = 0;
    int status = SOFIA_OK;

    for (uint32_t i = 0; status == SOFIA_OK && i < DESK_ORDERS; i++) {
        const struct desk_order *order = &p->desk.orders[i];
        if (order->number == 0 || order->ts_ns < r->since_ns) {
            continue;
        }
        int wanted = r->order[0] != '\0'
                         ? strcmp(order->venue_id, r->order) == 0
                         : strcmp(p->desk.symbols[order->symbol].name, r->symbol) == 0;
        if (wanted) {
            status = emit_fills(p, order, &found);
        }
    }
    return status != SOFIA_OK ? status : emit_sync(p, answer, SOFIA_SYNC_TRADES, found, 0);
}

/* ---- dispatch ---- */

static int serve(struct paper *p, const struct sofia_answer *answer, const struct local_request *r,
                 struct sofia_result *ret_result)
{
    switch (answer->endpoint) {
    case PAPER_SUBMIT:
        on_submit(p, r, ret_result);
        return SOFIA_OK;
    case PAPER_CANCEL:
        on_cancel(p, r, ret_result);
        return SOFIA_OK;
    case PAPER_CANCEL_ALL:
        on_cancel_all(p, r);
        return SOFIA_OK;
    case PAPER_QUERY:
        return on_query(p, answer, r);
    case PAPER_OPEN_ORDERS:
        return on_open_orders(p, answer, r);
    case PAPER_ACCOUNT:
        return on_account(p, answer);
    default:
        return on_trades(p, answer, r);
    }
}

int paper_answer(struct paper *p, const struct sofia_answer *answer,
                 struct sofia_result *ret_result)
{
    struct local_request r;

    if (answer->outcome != SOFIA_ANSWER_OK) {
        sofia_result_transport(answer, ret_result);
        return SOFIA_OK;
    }
    if (read_request(sofia_answer_body(answer), &r) != SOFIA_OK) {
        reject(ret_result, SOFIA_ACTION_NONE, "a request this exchange cannot read");
        return SOFIA_OK;
    }
    p->source = SOFIA_REPORT_ANSWER;
    p->lost = 0;
    sofia_result_accept(ret_result);
    int status = serve(p, answer, &r, ret_result);
    if (status == SOFIA_OK && p->lost > 0) {
        status = SOFIA_EAGAIN;
    }
    if (status != SOFIA_OK) {
        sofia_result_emitted(status, ret_result);
    }
    return SOFIA_OK;
}
