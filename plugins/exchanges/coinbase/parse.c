#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "coinbase.h"
#include "orders.h"

#define PAGES_MAX 40 /* of orders that are looked through for a client id */
#define AGREED_NS (10 * COINBASE_NS_PER_S)
#define REFUSALS_FATAL 3 /* 401 in a row, each to a new token */

/* ---- refusals ---- */

void coinbase_refused_put(struct coinbase *c, const char *client_id, const char *reason)
{
    struct coinbase_refused *refused = &c->refused[c->refused_count++ % COINBASE_REFUSED];

    refused->mono_ns = c->host->mono_ns(c->host);
    snprintf(refused->client_id, sizeof(refused->client_id), "%s", client_id);
    snprintf(refused->reason, sizeof(refused->reason), "%s", reason);
}

const char *coinbase_refused_of(struct coinbase *c, const char *client_id)
{
    for (uint32_t i = 0; client_id[0] != '\0' && i < COINBASE_REFUSED; i++) {
        const struct coinbase_refused *refused = &c->refused[i];
        if (strcmp(refused->client_id, client_id) == 0 &&
            c->host->mono_ns(c->host) - refused->mono_ns >= AGREED_NS) {
            return refused->reason;
        }
    }
    return NULL;
}

static uint32_t asked_for(uint32_t endpoint)
{
    if (endpoint == ENDPOINT_ORDER_PLACE || endpoint == ENDPOINT_ORDER_EDIT) {
        return ASKED_ORDER;
    }
    return endpoint == ENDPOINT_ORDER_CANCEL ? ASKED_CANCEL : ASKED_QUESTION;
}

/* Several requests may be refused by one cause: what was sent before the last refusal came back is
 * not counted again. */
static void count_unauthorized(struct coinbase *c, const struct sofia_answer *answer,
                               struct sofia_result *ret_result)
{
    coinbase_pool_drop(c);
    if (c->signer.refusals == 0 || answer->sent_ns > c->signer.refused_ns) {
        c->signer.refusals++;
        c->signer.refused_ns = answer->recv_ns;
    }
    if (c->signer.refusals >= REFUSALS_FATAL) {
        ret_result->action = SOFIA_ACTION_FATAL;
        snprintf(ret_result->reason, sizeof(ret_result->reason), "the venue refuses the key%s",
                 c->signer.algorithm == SOFIA_SIGN_ED25519
                     ? ": Advanced Trade may take ECDSA keys only, and this is an Ed25519 key"
                     : ": wrong, revoked, or of another product");
    }
}

static void tell_silence(struct coinbase *c, uint32_t bucket, uint32_t wait_ms)
{
    struct sofia_event_usage usage;
    int64_t now_ns = 0;

    if (c->host->exchange->venue_now_ns(c->host, &now_ns) != SOFIA_OK) {
        now_ns = c->host->now_ns(c->host);
    }
    sofia_event_init(&usage.head, SOFIA_EV_USAGE, sizeof(usage), 0);
    usage.bucket = bucket;
    usage.blocked = 1;
    usage.until_ns = now_ns + (int64_t)wait_ms * COINBASE_NS_PER_MS;
    sofia_emit(c->host, &usage.head);
}

void coinbase_refused(struct coinbase *c, const struct sofia_answer *answer,
                      struct sofia_result *ret_result)
{
    struct coinbase_refusal refusal = {.http_status = answer->http_status};
    int is_public = coinbase_exchange.endpoints[answer->endpoint].class_ == SOFIA_CLASS_PUBLIC;

    coinbase_refusal_read(sofia_answer_body(answer), &refusal);
    coinbase_refusal_judge(&refusal, asked_for(answer->endpoint), ret_result);
    if (answer->http_status == 401) {
        count_unauthorized(c, answer, ret_result);
    } else if (answer->http_status == 429) {
        ret_result->retry_after_ms =
            (uint32_t)(sofia_backoff_next_ns(&c->limited) / COINBASE_NS_PER_MS);
    }
    if (ret_result->action == SOFIA_ACTION_BACK_OFF) {
        tell_silence(c, is_public ? BUCKET_PUBLIC : BUCKET_PRIVATE, ret_result->retry_after_ms);
    }
    const struct coinbase_asked *asked = coinbase_asked_of(c, answer);
    if (answer->endpoint == ENDPOINT_ORDER_PLACE && answer->http_status == 429 && asked != NULL) {
        coinbase_refused_put(c, asked->client_id, ret_result->reason);
    }
}

/* ---- orders that were asked for ---- */

static int emit_order_sync(struct coinbase *c, const struct coinbase_asked *asked, uint32_t found)
{
    struct sofia_event_sync sync;

    sofia_event_init(&sync.head, SOFIA_EV_SYNC, sizeof(sync),
                     coinbase_instrument(c, sofia_slice_of(asked->venue_symbol)));
    sync.what = SOFIA_SYNC_ORDER;
    sync.order_id = asked->order_id;
    sync.found = found;
    sync.absent = found == 0;
    return sofia_emit(c->host, &sync.head);
}

/* A used client id may bring back the order that used it first. */
static void compare(const struct coinbase *c, const struct coinbase_asked *asked,
                    const struct coinbase_order_fields *fields)
{
    int other_side = fields->side != 0 && asked->side != 0 && fields->side != asked->side;
    int other_qty = !fields->edited && !sofia_decimal_is_absent(fields->qty) &&
                    !sofia_decimal_is_absent(asked->qty) &&
                    sofia_decimal_cmp(fields->qty, asked->qty) != 0;

    if (other_side || other_qty) {
        sofia_log(c->host, SOFIA_LOG_ERROR,
                  "order %s at the venue differs in side or size from what was sent",
                  asked->client_id);
    }
}

static int is_it(const struct coinbase_asked *asked, const struct coinbase_order_fields *fields)
{
    if (asked->venue_id[0] != '\0') {
        return strcmp(fields->venue_id, asked->venue_id) == 0;
    }
    return asked->client_id[0] != '\0' && strcmp(fields->client_id, asked->client_id) == 0;
}

/* Emits the one order that was asked for. SOFIA_EPARSE: no list of orders. */
static int find_order(struct coinbase *c, struct sofia_slice orders,
                      const struct coinbase_asked *asked, uint32_t *ret_found)
{
    struct sofia_json cur;
    struct coinbase_order_fields fields;
    struct sofia_event_report report;
    int status = SOFIA_OK;

    sofia_json_init(&cur, orders.at, orders.len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        coinbase_order_read(&cur, &fields);
        if (cur.status != 0 || !is_it(asked, &fields) || *ret_found != 0) {
            continue;
        }
        compare(c, asked, &fields);
        coinbase_order_report(c, &fields, SOFIA_REPORT_QUERY, &report);
        snprintf(report.client_id, sizeof(report.client_id), "%s", asked->client_id);
        status = sofia_emit(c->host, &report.head);
        *ret_found = 1;
    }
    return status == SOFIA_OK && sofia_json_finish(&cur) != 0 ? SOFIA_EPARSE : status;
}

static int ask_more(struct coinbase *c, const struct coinbase_asked *asked, const char *cursor)
{
    struct sofia_request request;
    uint64_t id = 0;

    if (asked->pages >= PAGES_MAX || strcmp(cursor, asked->cursor) == 0) {
        return SOFIA_ESPACE;
    }
    int status = coinbase_encode_more(c, asked, cursor, &request);
    return status == SOFIA_OK ? c->host->exchange->request(c->host, &request, &id) : status;
}

/* The venue turned it away, and no listing since shows it. */
static int emit_refused(struct coinbase *c, const struct coinbase_asked *asked, const char *reason)
{
    struct sofia_event_report report;

    sofia_report_init(&report, SOFIA_REPORT_QUERY,
                      coinbase_instrument(c, sofia_slice_of(asked->venue_symbol)));
    report.state = SOFIA_STATE_REJECTED;
    snprintf(report.client_id, sizeof(report.client_id), "%s", asked->client_id);
    snprintf(report.reason, sizeof(report.reason), "%s", reason);
    int status = sofia_emit(c->host, &report.head);
    return status == SOFIA_OK ? emit_order_sync(c, asked, 1) : status;
}

static void on_query(struct coinbase *c, const struct sofia_answer *answer,
                     struct sofia_result *ret_result)
{
    const struct coinbase_asked *found_asked = coinbase_asked_of(c, answer);
    struct coinbase_asked asked;
    struct coinbase_page page;
    uint32_t found = 0;

    if (found_asked == NULL) {
        sofia_result_doubt(ret_result, "an answer to nothing that was asked");
        return;
    }
    asked = *found_asked;
    int status = coinbase_page_read(sofia_answer_body(answer), "orders", &page);
    if (status == SOFIA_OK) {
        status = find_order(c, page.elements, &asked, &found);
    }
    if (status == SOFIA_EPARSE) {
        sofia_result_doubt(ret_result, "the answer is not a whole list of orders");
        return;
    }
    if (found == 0 && page.has_next && page.cursor[0] != '\0' && asked.venue_id[0] == '\0') {
        sofia_result_doubt(ret_result, "looking through the next page of orders");
        if (ask_more(c, &asked, page.cursor) != SOFIA_OK) {
            sofia_result_doubt(ret_result, "more orders than can be looked through");
        }
        return;
    }
    const char *refused = found == 0 ? coinbase_refused_of(c, asked.client_id) : NULL;
    if (status == SOFIA_OK) {
        status =
            refused != NULL ? emit_refused(c, &asked, refused) : emit_order_sync(c, &asked, found);
    }
    sofia_result_accept(ret_result);
    sofia_result_emitted(status, ret_result);
}

/* ---- open orders ---- */

static int keep_page(struct coinbase *c, struct coinbase_walk *walk, struct sofia_slice orders)
{
    struct sofia_json cur;
    struct coinbase_order_fields fields;
    struct sofia_event_report report;
    int status = SOFIA_OK;

    sofia_json_init(&cur, orders.at, orders.len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        coinbase_order_read(&cur, &fields);
        if (cur.status != 0) {
            break;
        }
        coinbase_order_report(c, &fields, SOFIA_REPORT_LISTING, &report);
        if (!SOFIA_STATE_IS_TERMINAL(report.state)) {
            status = coinbase_walk_keep(walk, &report);
        }
    }
    return status == SOFIA_OK && sofia_json_finish(&cur) != 0 ? SOFIA_EPARSE : status;
}

/* Takes one page in. *ret_over: it was the last one. */
static int take_page(struct coinbase *c, const struct sofia_answer *answer,
                     struct coinbase_walk *walk, int *ret_over)
{
    struct coinbase_page page;
    int status = coinbase_page_read(sofia_answer_body(answer), "orders", &page);

    if (status == SOFIA_OK) {
        status = keep_page(c, walk, page.elements);
    }
    if (status != SOFIA_OK) {
        coinbase_walk_restart(walk);
        return status;
    }
    *ret_over =
        coinbase_walk_page(walk, page.has_next ? page.cursor : "", c->host->mono_ns(c->host));
    return SOFIA_OK;
}

static void on_queued(struct coinbase *c, const struct sofia_answer *answer,
                      struct sofia_result *ret_result)
{
    struct sofia_request request;
    uint64_t id = 0;
    int over = 0;

    sofia_result_accept(ret_result);
    if (answer->cookie != (c->queued.serial | COINBASE_COOKIE_QUEUED)) {
        return; /* of a listing that has been given up */
    }
    c->queued_state = QUEUED_NONE;
    if (take_page(c, answer, &c->queued, &over) != SOFIA_OK) {
        sofia_result_doubt(ret_result, "the answer is not a whole list of orders");
    } else if (over) {
        c->queued_state = QUEUED_READ;
    } else if (coinbase_encode_queued(c, &request) == SOFIA_OK &&
               c->host->exchange->request(c->host, &request, &id) == SOFIA_OK) {
        c->queued_state = QUEUED_ASKED;
    }
}

static int emit_kept(struct coinbase *c, const struct coinbase_walk *walk)
{
    int status = SOFIA_OK;

    for (uint32_t i = 0; status == SOFIA_OK && i < walk->count; i++) {
        status = sofia_emit(c->host, &walk->reports[i].head);
    }
    return status;
}

static int emit_open(struct coinbase *c)
{
    struct coinbase_walk *walk = &c->open_orders;
    struct sofia_event_sync sync;
    int status = emit_kept(c, &c->queued);

    if (status == SOFIA_OK) {
        status = emit_kept(c, walk);
    }
    sofia_event_init(&sync.head, SOFIA_EV_SYNC, sizeof(sync),
                     coinbase_instrument(c, sofia_slice_of(walk->symbol)));
    sync.what = SOFIA_SYNC_OPEN_ORDERS;
    sync.found = walk->count + c->queued.count;
    return status == SOFIA_OK ? sofia_emit(c->host, &sync.head) : status;
}

static void on_open_orders(struct coinbase *c, const struct sofia_answer *answer,
                           struct sofia_result *ret_result)
{
    struct coinbase_walk *walk = &c->open_orders;
    int over = 0;

    if (answer->cookie != (walk->serial | COINBASE_COOKIE_WALK)) {
        sofia_result_doubt(ret_result, "a page of a listing that has been given up");
        return;
    }
    c->listed = 0;
    if (take_page(c, answer, walk, &over) != SOFIA_OK) {
        sofia_result_doubt(ret_result, "the answer is not a whole list of orders");
        return;
    }
    if (!over) {
        sofia_result_doubt(ret_result, "the listing has more pages");
        ret_result->action = SOFIA_ACTION_NONE;
        return;
    }
    if (c->queued_state != QUEUED_READ || strcmp(c->queued.symbol, walk->symbol) != 0) {
        sofia_result_doubt(ret_result, "the orders that are queued have not been listed yet");
    } else {
        sofia_result_accept(ret_result);
        if (emit_open(c) != SOFIA_OK) {
            sofia_result_doubt(ret_result, "the listing was not taken in whole");
        }
        c->queued_state = QUEUED_NONE;
        c->listed = walk->count;
    }
    coinbase_walk_restart(walk);
}

/* ---- fills ---- */

static void on_fills(struct coinbase *c, const struct sofia_answer *answer,
                     struct sofia_result *ret_result)
{
    const struct coinbase_asked *asked = coinbase_asked_of(c, answer);
    struct sofia_event_sync sync;
    struct sofia_json cur;
    struct coinbase_page page;
    int status = asked != NULL ? coinbase_page_read(sofia_answer_body(answer), "fills", &page)
                               : SOFIA_EPARSE;

    if (status != SOFIA_OK) {
        sofia_result_doubt(ret_result, "the answer is not a whole list of fills");
        return;
    }
    sofia_event_init(&sync.head, SOFIA_EV_SYNC, sizeof(sync),
                     coinbase_instrument(c, sofia_slice_of(asked->venue_symbol)));
    sync.what = SOFIA_SYNC_TRADES;
    sync.order_id = asked->order_id;
    sofia_json_init(&cur, page.elements.at, page.elements.len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        status = coinbase_fill_emit(c, &cur, asked);
        sync.found++;
    }
    if (status == SOFIA_EPARSE || sofia_json_finish(&cur) != 0) {
        sofia_result_doubt(ret_result, "the answer is not a whole list of fills");
        return;
    }
    /* No has_next here: an empty cursor, an empty page or the same cursor again is the end. */
    sync.more = page.cursor[0] != '\0' && sync.found > 0 && strcmp(page.cursor, asked->cursor) != 0;
    if (strlen(page.cursor) >= sizeof(sync.next)) {
        sofia_result_doubt(ret_result, "the cursor of the next page is too long");
        return;
    }
    snprintf(sync.next, sizeof(sync.next), "%.63s", sync.more ? page.cursor : "");
    if (status == SOFIA_OK) {
        status = sofia_emit(c->host, &sync.head);
    }
    sofia_result_accept(ret_result);
    sofia_result_emitted(status, ret_result);
}

/* {"iso":"...","epochSeconds":"1767225600","epochMillis":"1767225600123"} */
static void on_time(struct coinbase *c, const struct sofia_answer *answer,
                    struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct sofia_slice text = {0};
    int64_t server_ms = 0;

    sofia_json_init(&cur, answer->body, sofia_answer_body(answer).len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (!sofia_json_is(key, "epochMillis")) {
            continue;
        }
        if (sofia_json_peek(&cur) == SOFIA_JSON_STRING) {
            sofia_json_string(&cur, &text);
            sofia_slice_i64(text, &server_ms);
        } else {
            sofia_json_i64(&cur, &server_ms);
        }
    }
    if (sofia_json_finish(&cur) != 0 || server_ms <= 0 ||
        server_ms > INT64_MAX / COINBASE_NS_PER_MS) {
        sofia_result_doubt(ret_result, "the answer is no time");
        return;
    }
    sofia_result_accept(ret_result);
    sofia_result_emitted(sofia_emit_time(c->host, server_ms * COINBASE_NS_PER_MS), ret_result);
}

/* ---- dispatch ---- */

static void on_success(struct coinbase *c, const struct sofia_answer *answer,
                       struct sofia_result *ret_result)
{
    if (answer->endpoint != ENDPOINT_TIME) {
        c->signer.refusals = 0;
        sofia_backoff_reset(&c->limited);
    }
    switch (answer->endpoint) {
    case ENDPOINT_ORDER_PLACE:
        coinbase_place_answer(c, answer, ret_result);
        break;
    case ENDPOINT_ORDER_EDIT:
        coinbase_edit_answer(answer, ret_result);
        break;
    case ENDPOINT_ORDER_CANCEL:
        coinbase_cancel_answer(c, answer, ret_result);
        break;
    case ENDPOINT_ORDERS:
        if ((answer->cookie & COINBASE_COOKIE_QUEUED) != 0) {
            on_queued(c, answer, ret_result);
        } else if ((answer->cookie & COINBASE_COOKIE_WALK) != 0) {
            on_open_orders(c, answer, ret_result);
        } else {
            on_query(c, answer, ret_result);
        }
        break;
    case ENDPOINT_FILLS:
        on_fills(c, answer, ret_result);
        break;
    case ENDPOINT_ACCOUNTS:
        coinbase_account_answer(c, answer, ret_result);
        break;
    case ENDPOINT_PERMISSIONS:
        coinbase_gate_answer(c, answer, ret_result);
        break;
    case ENDPOINT_TIME:
        on_time(c, answer, ret_result);
        break;
    default:
        sofia_result_doubt(ret_result, "an answer to nothing that was asked");
        break;
    }
}

/* Messages on a stream: the host tells whether they left; what the venue says to them arrives as
 * frames. */
static void on_message(struct coinbase *c, const struct sofia_answer *answer,
                       struct sofia_result *ret_result)
{
    sofia_result_accept(ret_result);
    if (answer->outcome == SOFIA_ANSWER_OK) {
        return;
    }
    sofia_result_transport(answer, ret_result);
    if (answer->endpoint >= ENDPOINT_WS_USER_HEARTBEATS) {
        coinbase_user_unsent(c);
    } else {
        coinbase_market_unsent(c);
    }
}

int coinbase_on_answer(void *self, const struct sofia_answer *answer,
                       struct sofia_result *ret_result)
{
    struct coinbase *c = self;
    int is_ok = answer->outcome == SOFIA_ANSWER_OK && answer->http_status >= 200 &&
                answer->http_status < 300;

    if (answer->endpoint >= ENDPOINT_COUNT) {
        return SOFIA_EINVAL;
    }
    if (answer->endpoint >= ENDPOINT_WS_HEARTBEATS) {
        on_message(c, answer, ret_result);
    } else if (answer->endpoint == ENDPOINT_PRODUCTS ||
               answer->endpoint == ENDPOINT_MARKET_PRODUCTS) {
        coinbase_info_answer(c, answer, ret_result);
    } else if (is_ok) {
        on_success(c, answer, ret_result);
    } else if (answer->outcome != SOFIA_ANSWER_OK) {
        sofia_result_transport(answer, ret_result);
    } else {
        coinbase_refused(c, answer, ret_result);
    }
    if (answer->endpoint == ENDPOINT_PERMISSIONS && !is_ok) {
        coinbase_gate_unanswered(c);
    }
    if (answer->endpoint == ENDPOINT_ORDERS && !is_ok &&
        answer->cookie == (c->queued.serial | COINBASE_COOKIE_QUEUED)) {
        c->queued_state = QUEUED_NONE;
    }
    return SOFIA_OK;
}
