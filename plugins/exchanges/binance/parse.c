#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "binance.h"
#include "orders.h"

#define TRADES_LIMIT 1000 /* as asked for in encode.c: a full page may have a next one */

/* ---- refusals ---- */

static void read_error_data(const struct binance *b, struct sofia_json *cur,
                            struct binance_refusal *refusal)
{
    struct sofia_slice key;
    int64_t retry_after_ms = 0;

    if (sofia_json_peek(cur) != SOFIA_JSON_OBJECT) {
        sofia_json_skip(cur);
        return;
    }
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "retryAfter") && sofia_json_i64(cur, &retry_after_ms) == 0) {
            refusal->retry_after_ms = binance_usage_until(b, retry_after_ms);
        }
    }
}

/* "IP banned until 1767225600000": the only place where some bans tell their end. */
static void read_ban_text(const struct binance *b, struct binance_refusal *refusal)
{
    const char *until = strstr(refusal->msg, "until ");
    int64_t until_ms = 0;

    if (until == NULL || refusal->retry_after_ms != 0) {
        return;
    }
    until += strlen("until ");
    struct sofia_slice digits = {.at = until, .len = strspn(until, "0123456789")};
    if (sofia_slice_i64(digits, &until_ms) == 0) {
        refusal->retry_after_ms = binance_usage_until(b, until_ms);
    }
}

static void read_message(struct sofia_slice raw, struct binance_refusal *refusal)
{
    char text[1024];
    size_t len = 0;

    if (sofia_json_unescape(raw, text, sizeof(text), &len) != 0) {
        return;
    }
    sofia_slice_copy(sofia_slice_of(text), refusal->msg, sizeof(refusal->msg));
}

void binance_parse_error(const struct binance *b, struct sofia_slice body,
                         struct binance_refusal *refusal)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct sofia_slice msg = {0};
    int64_t code = 0;

    sofia_json_init(&cur, body.at, body.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "code")) {
            sofia_json_i64(&cur, &code);
        } else if (sofia_json_is(key, "msg")) {
            sofia_json_string(&cur, &msg);
        } else if (sofia_json_is(key, "data")) {
            read_error_data(b, &cur, refusal);
        }
    }
    if (sofia_json_finish(&cur) != 0 || code >= 0 || code < INT32_MIN) {
        return;
    }
    refusal->code = (int32_t)code;
    read_message(msg, refusal);
    read_ban_text(b, refusal);
}

void binance_refuse(struct binance *b, const struct binance_refusal *refusal,
                    struct sofia_result *ret_result)
{
    binance_refusal_judge(refusal, ret_result);
    if (ret_result->action != SOFIA_ACTION_BACK_OFF) {
        return;
    }
    if (refusal->http_status == 429 || refusal->http_status == 418 ||
        refusal->code == BINANCE_TOO_MANY_REQUESTS || refusal->code == BINANCE_TOO_MANY_ORDERS) {
        binance_usage_silence(b, refusal, ret_result->retry_after_ms);
    }
}

void binance_refusal_of(struct binance *b, const struct sofia_answer *answer,
                        struct binance_refusal *ret_refusal)
{
    memset(ret_refusal, 0, sizeof(*ret_refusal));
    ret_refusal->http_status = answer->http_status;
    ret_refusal->retry_after_ms = binance_usage_headers(b, answer);
    binance_parse_error(b, sofia_answer_body(answer), ret_refusal);
}

/* ---- orders ---- */

static void on_order(struct binance *b, const struct sofia_answer *answer,
                     struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct binance_order_fields fields;

    sofia_json_init(&cur, answer->body, sofia_answer_body(answer).len);
    binance_order_read(&cur, &fields);
    if (sofia_json_finish(&cur) != 0 || fields.client_id[0] == '\0') {
        sofia_result_doubt(ret_result, "the answer is not a whole order");
        return;
    }
    sofia_result_accept(ret_result);
    sofia_result_emitted(binance_order_emit(b, &fields, SOFIA_REPORT_ANSWER, NULL), ret_result);
}

/* Answers of cancel-all hold orders and, for order lists, objects that hold orders in orderReports.
 */
static int read_cancelled(struct binance *b, struct sofia_slice element, int *ret_status)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct sofia_slice reports = {0};
    struct binance_order_fields fields;

    sofia_json_init(&cur, element.at, element.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "orderReports")) {
            sofia_json_raw(&cur, &reports);
        }
    }
    if (reports.len == 0) {
        sofia_json_init(&cur, element.at, element.len);
        binance_order_read(&cur, &fields);
        if (cur.status == 0 && *ret_status == SOFIA_OK) {
            *ret_status = binance_order_emit(b, &fields, SOFIA_REPORT_ANSWER, NULL);
        }
        return sofia_json_finish(&cur);
    }
    sofia_json_init(&cur, reports.at, reports.len);
    sofia_json_enter_array(&cur);
    while (sofia_json_next_element(&cur)) {
        binance_order_read(&cur, &fields);
        if (cur.status == 0 && *ret_status == SOFIA_OK) {
            *ret_status = binance_order_emit(b, &fields, SOFIA_REPORT_ANSWER, NULL);
        }
    }
    return sofia_json_finish(&cur);
}

static void on_cancel_all(struct binance *b, const struct sofia_answer *answer,
                          struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct sofia_slice element;
    int status = SOFIA_OK;

    sofia_json_init(&cur, answer->body, sofia_answer_body(answer).len);
    sofia_json_enter_array(&cur);
    while (sofia_json_next_element(&cur)) {
        if (sofia_json_raw(&cur, &element) == 0 && read_cancelled(b, element, &status) != 0) {
            sofia_json_fail(&cur);
        }
    }
    if (sofia_json_finish(&cur) != 0) {
        sofia_result_doubt(ret_result, "the answer is not a whole list of orders");
        return;
    }
    sofia_result_accept(ret_result);
    sofia_result_emitted(status, ret_result);
}

/* ---- questions ---- */

static const struct binance_asked *asked_of(const struct binance *b,
                                            const struct sofia_answer *answer)
{
    const struct binance_asked *asked = &b->asked[answer->cookie % BINANCE_ASKED];

    return asked->seq == answer->cookie && answer->cookie != 0 ? asked : NULL;
}

static void sync_init(struct binance *b, const struct sofia_answer *answer, uint32_t what,
                      struct sofia_event_sync *ret_sync)
{
    const struct binance_asked *asked = asked_of(b, answer);
    uint32_t instrument = 0;

    if (asked != NULL) {
        instrument = binance_instrument(b, sofia_slice_of(asked->venue_symbol));
    }
    sofia_event_init(&ret_sync->head, SOFIA_EV_SYNC, sizeof(*ret_sync), instrument);
    ret_sync->what = what;
    ret_sync->order_id = answer->order_id;
    if (ret_sync->order_id == 0 && asked != NULL) {
        ret_sync->order_id = asked->order_id;
    }
}

static int emit_order_sync(struct binance *b, const struct sofia_answer *answer, uint32_t found)
{
    struct sofia_event_sync sync;

    sync_init(b, answer, SOFIA_SYNC_ORDER, &sync);
    sync.found = found;
    sync.absent = found == 0;
    return sofia_emit(b->host, &sync.head);
}

static void on_query(struct binance *b, const struct sofia_answer *answer,
                     struct sofia_result *ret_result)
{
    const struct binance_asked *asked = asked_of(b, answer);
    struct sofia_json cur;
    struct binance_order_fields fields;

    sofia_json_init(&cur, answer->body, sofia_answer_body(answer).len);
    binance_order_read(&cur, &fields);
    if (sofia_json_finish(&cur) != 0 || !fields.has_status) {
        sofia_result_doubt(ret_result, "the answer is not a whole order");
        return;
    }
    sofia_result_accept(ret_result);
    int status =
        binance_order_emit(b, &fields, SOFIA_REPORT_QUERY, asked != NULL ? asked->client_id : NULL);
    if (status == SOFIA_OK) {
        status = emit_order_sync(b, answer, 1);
    }
    sofia_result_emitted(status, ret_result);
}

/* The venue keeps no details of orders that ended unfilled long ago; that they did is what it says.
 */
static int emit_archived(struct binance *b, const struct sofia_answer *answer)
{
    const struct binance_asked *asked = asked_of(b, answer);
    struct sofia_event_report report;

    sofia_report_init(&report, SOFIA_REPORT_QUERY, 0);
    report.state = SOFIA_STATE_CANCELED;
    report.filled_qty = sofia_decimal_of(0, 0);
    snprintf(report.client_id, sizeof(report.client_id), "%s",
             asked != NULL ? asked->client_id : "");
    snprintf(report.reason, sizeof(report.reason), "archived by the venue: ended without a fill");
    int status = sofia_emit(b->host, &report.head);
    return status != SOFIA_OK ? status : emit_order_sync(b, answer, 1);
}

static void on_open_orders(struct binance *b, const struct sofia_answer *answer,
                           struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct binance_order_fields fields;
    struct sofia_event_sync sync;
    int status = SOFIA_OK;

    sync_init(b, answer, SOFIA_SYNC_OPEN_ORDERS, &sync);
    sofia_json_init(&cur, answer->body, sofia_answer_body(answer).len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        binance_order_read(&cur, &fields);
        if (cur.status == 0) {
            status = binance_order_emit(b, &fields, SOFIA_REPORT_LISTING, NULL);
            sync.found++;
        }
    }
    if (status == SOFIA_OK && sofia_json_finish(&cur) != 0) {
        sofia_result_doubt(ret_result, "the answer is not a whole list of orders");
        return;
    }
    sofia_result_accept(ret_result);
    if (status == SOFIA_OK) {
        status = sofia_emit(b->host, &sync.head);
    }
    sofia_result_emitted(status, ret_result);
}

static void on_trades(struct binance *b, const struct sofia_answer *answer,
                      struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct sofia_event_sync sync;
    uint64_t last_id = 0;
    int status = SOFIA_OK;

    sync_init(b, answer, SOFIA_SYNC_TRADES, &sync);
    sofia_json_init(&cur, answer->body, sofia_answer_body(answer).len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        status = binance_trade_emit(b, &cur, &last_id);
        sync.found++;
    }
    if (sofia_json_finish(&cur) != 0) {
        sofia_result_doubt(ret_result, "the answer is not a whole list of trades");
        return;
    }
    sofia_result_accept(ret_result);
    if (sync.found > 0) {
        snprintf(sync.next, sizeof(sync.next), "%llu", (unsigned long long)last_id + 1);
        sync.more = sync.found >= TRADES_LIMIT;
    }
    if (status == SOFIA_OK) {
        status = sofia_emit(b->host, &sync.head);
    }
    sofia_result_emitted(status, ret_result);
}

static void on_time(struct binance *b, const struct sofia_answer *answer,
                    struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct sofia_slice key;
    int64_t server_ms = 0;

    sofia_json_init(&cur, answer->body, sofia_answer_body(answer).len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "serverTime")) {
            sofia_json_i64(&cur, &server_ms);
        }
    }
    if (sofia_json_finish(&cur) != 0 || binance_ms_to_ns(server_ms) == 0) {
        sofia_result_doubt(ret_result, "the answer is no time");
        return;
    }
    sofia_result_accept(ret_result);
    sofia_result_emitted(sofia_emit_time(b->host, binance_ms_to_ns(server_ms)), ret_result);
}

/* ---- dispatch ---- */

static void on_refused(struct binance *b, const struct sofia_answer *answer,
                       struct sofia_result *ret_result)
{
    struct binance_refusal refusal;

    binance_refusal_of(b, answer, &refusal);
    binance_refuse(b, &refusal, ret_result);
    if (answer->endpoint == ENDPOINT_CANCEL_REPLACE && answer->http_status < 500 &&
        (refusal.code == BINANCE_REPLACE_HALF || refusal.code == BINANCE_REPLACE_FAILED)) {
        binance_replace_answer(b, answer, ret_result);
        return;
    }
    if (ret_result->verdict == SOFIA_VERDICT_IN_DOUBT) {
        return;
    }
    if (answer->endpoint == ENDPOINT_CANCEL_ALL && refusal.code == BINANCE_CANCEL_REJECTED) {
        sofia_result_accept(ret_result); /* nothing was open, which is what was wanted */
    } else if (answer->endpoint == ENDPOINT_ORDER_QUERY && refusal.code == BINANCE_NO_SUCH_ORDER) {
        sofia_result_accept(ret_result);
        sofia_result_emitted(emit_order_sync(b, answer, 0), ret_result);
    } else if (answer->endpoint == ENDPOINT_ORDER_QUERY && refusal.code == BINANCE_ORDER_ARCHIVED) {
        sofia_result_accept(ret_result);
        sofia_result_emitted(emit_archived(b, answer), ret_result);
    }
}

static void on_success(struct binance *b, const struct sofia_answer *answer,
                       struct sofia_result *ret_result)
{
    binance_usage_headers(b, answer);
    switch (answer->endpoint) {
    case ENDPOINT_ORDER_PLACE:
    case ENDPOINT_ORDER_CANCEL:
        on_order(b, answer, ret_result);
        break;
    case ENDPOINT_ORDER_AMEND:
        binance_amend_answer(b, answer, ret_result);
        break;
    case ENDPOINT_CANCEL_REPLACE:
        binance_replace_answer(b, answer, ret_result);
        break;
    case ENDPOINT_CANCEL_ALL:
        on_cancel_all(b, answer, ret_result);
        break;
    case ENDPOINT_ORDER_QUERY:
        on_query(b, answer, ret_result);
        break;
    case ENDPOINT_OPEN_ORDERS:
        on_open_orders(b, answer, ret_result);
        break;
    case ENDPOINT_ACCOUNT:
        binance_account_answer(b, sofia_answer_body(answer), ret_result);
        break;
    case ENDPOINT_MY_TRADES:
        on_trades(b, answer, ret_result);
        break;
    case ENDPOINT_TIME:
        on_time(b, answer, ret_result);
        break;
    default:
        sofia_result_doubt(ret_result, "an answer to nothing that was asked");
        break;
    }
}

/* Messages on a stream: the host tells whether they left; what the venue says to them arrives as
 * frames. */
static void on_message(struct binance *b, const struct sofia_answer *answer,
                       struct sofia_result *ret_result)
{
    sofia_result_accept(ret_result);
    if (answer->outcome == SOFIA_ANSWER_OK) {
        return;
    }
    sofia_result_transport(answer, ret_result);
    if (answer->endpoint == ENDPOINT_WS_USER_SUBSCRIBE ||
        answer->endpoint == ENDPOINT_WS_SESSION_STATUS) {
        binance_user_unsent(b, answer->endpoint);
    } else {
        binance_market_unsent(b);
    }
}

int binance_on_answer(void *self, const struct sofia_answer *answer,
                      struct sofia_result *ret_result)
{
    struct binance *b = self;

    if (answer->endpoint >= ENDPOINT_WS_SUBSCRIBE) {
        on_message(b, answer, ret_result);
    } else if (answer->endpoint == ENDPOINT_DEPTH) {
        binance_depth_answer(b, answer, ret_result);
    } else if (answer->endpoint == ENDPOINT_EXCHANGE_INFO) {
        binance_info_answer(b, answer, ret_result);
    } else if (answer->outcome != SOFIA_ANSWER_OK) {
        sofia_result_transport(answer, ret_result);
    } else if (answer->http_status >= 200 && answer->http_status < 300) {
        on_success(b, answer, ret_result);
    } else {
        on_refused(b, answer, ret_result);
    }
    return SOFIA_OK;
}
