#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "kraken.h"
#include "orders.h"
#include "report.h"

#define BAD_NONCES 2u /* so many in a row and nothing more is sent */

/* {"error":["EGeneral:Invalid arguments"],"result":{...}}; result may be absent, {} or null when there is an error. */
struct envelope {
    struct sofia_slice result; /* raw; empty: none */
    uint32_t is_whole;
    uint32_t has_errors;
    char error[SOFIA_REASON_SIZE]; /* the first that is no warning */
};

static void read_errors(struct sofia_json *cur, struct envelope *envelope)
{
    struct sofia_slice raw = {0};
    char text[512];
    size_t len = 0;

    envelope->has_errors = 1;
    sofia_json_enter_array(cur);
    while (sofia_json_next_element(cur)) {
        if (sofia_json_string(cur, &raw) != 0 || envelope->error[0] != '\0' ||
            (raw.len > 0 && raw.at[0] == 'W')) {
            continue;
        }
        if (sofia_json_unescape(raw, text, sizeof(text), &len) != 0 || len == 0) {
            snprintf(text, sizeof(text), "an error that cannot be shown");
        }
        sofia_slice_copy(sofia_slice_of(text), envelope->error, sizeof(envelope->error));
    }
}

static void read_envelope(const struct sofia_answer *answer, struct envelope *ret_envelope)
{
    struct sofia_slice body = sofia_answer_body(answer);
    struct sofia_json cur;
    struct sofia_slice key;

    memset(ret_envelope, 0, sizeof(*ret_envelope));
    sofia_json_init(&cur, body.at, body.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "error")) {
            read_errors(&cur, ret_envelope);
        } else if (sofia_json_is(key, "result") && !sofia_json_null(&cur)) {
            sofia_json_raw(&cur, &ret_envelope->result);
        }
    }
    ret_envelope->is_whole = sofia_json_finish(&cur) == 0 && ret_envelope->has_errors;
    if (!ret_envelope->is_whole) {
        ret_envelope->error[0] = '\0'; /* half an answer proves nothing */
    }
}

/* ---- refusals ---- */

static void silence(struct kraken *k, uint32_t bucket, uint32_t blocked, uint32_t wait_ms)
{
    struct sofia_event_usage usage;
    int64_t now_ns = 0;

    if (k->host->exchange->venue_now_ns(k->host, &now_ns) != SOFIA_OK) {
        now_ns = k->host->now_ns(k->host);
    }
    sofia_event_init(&usage.head, SOFIA_EV_USAGE, sizeof(usage), 0);
    usage.bucket = bucket;
    usage.blocked = blocked;
    usage.until_ns = now_ns + (int64_t)wait_ms * KRAKEN_NS_PER_MS;
    sofia_emit(k->host, &usage.head);
}

static void on_bad_nonce(struct kraken *k, uint32_t endpoint, struct sofia_result *ret_result)
{
    if (++k->bad_nonces >= BAD_NONCES) {
        ret_result->action = SOFIA_ACTION_FATAL;
        sofia_log(k->host, SOFIA_LOG_ERROR,
                  "nonces are refused: another process uses this key, or one that counted higher "
                  "did; a new key is needed then");
        return;
    }
    /* A cancel is owed: the core sends it again after looking at the clock. A placement is not repeated. */
    ret_result->action = kraken_endpoints[endpoint].class_ == SOFIA_CLASS_CANCEL
                             ? SOFIA_ACTION_RESYNC_CLOCK
                             : SOFIA_ACTION_NONE;
}

void kraken_refuse(struct kraken *k, const struct kraken_refusal *refusal, uint32_t endpoint,
                   struct sofia_result *ret_result)
{
    kraken_refusal_judge(refusal, ret_result);
    uint32_t wait_ms = ret_result->retry_after_ms;

    switch (ret_result->venue_code) {
    case KRAKEN_ERROR_NONCE:
        on_bad_nonce(k, endpoint, ret_result);
        break;
    case KRAKEN_ERROR_LOCKOUT: /* each further call prolongs it */
        silence(k, BUCKET_REST, 2, wait_ms);
        silence(k, BUCKET_PUBLIC, 2, wait_ms);
        sofia_log(k->host, SOFIA_LOG_ERROR, "locked out by the venue: nothing is sent for %u min",
                  wait_ms / 60000u);
        break;
    case KRAKEN_ERROR_REST_RATE:
    case KRAKEN_ERROR_THROTTLED:
        silence(k, BUCKET_REST, 1, wait_ms);
        break;
    default:
        break;
    }
}

static void refused(struct kraken *k, const struct sofia_answer *answer,
                    const struct envelope *envelope, struct sofia_result *ret_result)
{
    struct kraken_refusal refusal = {.http_status = answer->http_status,
                                     .now_ns = k->host->now_ns(k->host)};

    memcpy(refusal.text, envelope->error, sizeof(refusal.text));
    kraken_refuse(k, &refusal, answer->endpoint, ret_result);
}

/* ---- orders ---- */

/* First text of the array "txid"; a scalar is taken too. */
static void read_txid(struct sofia_slice result, char *ret_id, size_t cap)
{
    struct sofia_json cur;
    struct sofia_slice key;

    ret_id[0] = '\0';
    sofia_json_init(&cur, result.at, result.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (!sofia_json_is(key, "txid")) {
            continue;
        }
        if (sofia_json_peek(&cur) != SOFIA_JSON_ARRAY) {
            sofia_json_text(&cur, ret_id, cap);
            continue;
        }
        sofia_json_enter_array(&cur);
        if (sofia_json_next_element(&cur)) {
            sofia_json_text(&cur, ret_id, cap);
        }
        sofia_json_leave(&cur);
    }
    if (sofia_json_finish(&cur) != 0) {
        ret_id[0] = '\0';
    }
}

/* An answer without an order id is what a mere check gets: never a live order. */
static void on_placed(struct kraken *k, const struct sofia_answer *answer,
                      struct sofia_slice result, struct sofia_result *ret_result)
{
    const struct kraken_asked *asked = kraken_asked_of(k, answer->cookie);
    char venue_id[SOFIA_VENUE_ID_SIZE];

    read_txid(result, venue_id, sizeof(venue_id));
    if (venue_id[0] == '\0') {
        sofia_result_doubt(ret_result, "the answer names no order");
        return;
    }
    sofia_result_accept(ret_result);
    if (asked != NULL) {
        sofia_result_emitted(kraken_order_answered(k, asked, venue_id), ret_result);
    }
}

/* {"count":1} or {"count":1,"pending":true}. None of them ends the order: only its own report does. */
static void on_cancelled(struct sofia_slice result, struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct sofia_slice key;
    int64_t count = -1;
    uint32_t pending = 0;

    sofia_json_init(&cur, result.at, result.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "count")) {
            sofia_json_i64(&cur, &count);
        } else if (sofia_json_is(key, "pending")) {
            sofia_json_bool(&cur, &pending);
        }
    }
    if (sofia_json_finish(&cur) != 0 || count < 0) {
        sofia_result_doubt(ret_result, "the answer to the cancel has no count");
        return;
    }
    sofia_result_accept(ret_result);
    if (count == 0 && !pending) {
        ret_result->verdict = SOFIA_VERDICT_REJECTED;
        ret_result->action = SOFIA_ACTION_GONE;
        snprintf(ret_result->reason, sizeof(ret_result->reason), "the venue cancelled nothing");
    }
}

/* ---- questions ---- */

int kraken_sync_emit(struct kraken *k, const struct kraken_asked *asked, uint32_t what,
                     uint32_t found, uint32_t absent)
{
    struct sofia_event_sync sync;
    uint32_t instrument = 0;

    if (asked != NULL) {
        instrument =
            kraken_instrument(k, kraken_symbol_find(&k->symbols, sofia_slice_of(asked->symbol)));
    }
    sofia_event_init(&sync.head, SOFIA_EV_SYNC, sizeof(sync), instrument);
    sync.what = what;
    sync.found = found;
    sync.absent = absent;
    sync.order_id = asked != NULL ? asked->order_id : 0;
    return sofia_emit(k->host, &sync.head);
}

/* The member of the result that holds the rows: {"open":{..}}, {"closed":{..},"count":7}. */
int kraken_member_of(struct sofia_slice result, const char *name, struct sofia_slice *ret_member,
                     int64_t *ret_count)
{
    struct sofia_json cur;
    struct sofia_slice key;

    *ret_member = (struct sofia_slice){0};
    *ret_count = 0;
    sofia_json_init(&cur, result.at, result.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, name)) {
            sofia_json_raw(&cur, ret_member);
        } else if (sofia_json_is(key, "count") && sofia_json_peek(&cur) == SOFIA_JSON_NUMBER) {
            sofia_json_i64(&cur, ret_count);
        }
    }
    return sofia_json_finish(&cur) == 0 && ret_member->len > 0 ? SOFIA_OK : SOFIA_EPARSE;
}

static void ask_closed(struct kraken *k, const struct kraken_asked *asked,
                       struct sofia_result *ret_result)
{
    struct sofia_request request;
    uint64_t id = 0;

    if (kraken_encode_closed(k, asked, &request) != SOFIA_OK ||
        k->host->exchange->request(k->host, &request, &id) != SOFIA_OK) {
        sofia_result_doubt(ret_result, "not among the open orders; the closed ones were not asked");
    }
}

/* Rows of one order that was asked about. Not among the open ones proves nothing yet. */
static void on_query(struct kraken *k, const struct sofia_answer *answer, struct sofia_slice object,
                     struct sofia_result *ret_result)
{
    const struct kraken_asked *asked = kraken_asked_of(k, answer->cookie);
    struct kraken_rows rows = {.source = SOFIA_REPORT_QUERY};

    if (asked == NULL) {
        sofia_result_doubt(ret_result, "an answer to a question long forgotten");
        return;
    }
    rows.client_id = asked->client_id;
    int status = kraken_orders_emit(k, object, &rows);
    if (status == SOFIA_EPARSE) {
        sofia_result_doubt(ret_result, "the answer is not a whole order");
        return;
    }
    sofia_result_accept(ret_result);
    if (status == SOFIA_OK && rows.found == 0 && answer->endpoint == ENDPOINT_OPEN_ORDERS) {
        ask_closed(k, asked, ret_result);
        return;
    }
    if (status == SOFIA_OK) {
        status = kraken_sync_emit(k, asked, SOFIA_SYNC_ORDER, rows.found, rows.found == 0);
    }
    sofia_result_emitted(status, ret_result);
}

static void on_open_orders(struct kraken *k, const struct sofia_answer *answer,
                           struct sofia_slice result, struct sofia_result *ret_result)
{
    const struct kraken_asked *asked = kraken_asked_of(k, answer->cookie);
    struct kraken_rows rows = {.source = SOFIA_REPORT_LISTING};
    struct sofia_slice open;
    int64_t count = 0;

    if (kraken_member_of(result, "open", &open, &count) != SOFIA_OK) {
        sofia_result_doubt(ret_result, "the answer is not a list of open orders");
        return;
    }
    if (asked != NULL && asked->what == ASKED_QUERY) {
        on_query(k, answer, open, ret_result);
        return;
    }
    rows.symbol = asked != NULL ? asked->symbol : "";
    int status = kraken_orders_emit(k, open, &rows);
    if (status == SOFIA_EPARSE) {
        sofia_result_doubt(ret_result, "the answer is not a whole list of orders");
        return;
    }
    sofia_result_accept(ret_result);
    if (status == SOFIA_OK) {
        status = kraken_sync_emit(k, asked, SOFIA_SYNC_OPEN_ORDERS, rows.reported, 0);
    }
    sofia_result_emitted(status, ret_result);
}

static void on_closed_orders(struct kraken *k, const struct sofia_answer *answer,
                             struct sofia_slice result, struct sofia_result *ret_result)
{
    struct sofia_slice closed;
    int64_t count = 0;

    if (kraken_member_of(result, "closed", &closed, &count) != SOFIA_OK) {
        sofia_result_doubt(ret_result, "the answer is not a list of closed orders");
        return;
    }
    on_query(k, answer, closed, ret_result);
}

static void on_query_orders(struct kraken *k, const struct sofia_answer *answer,
                            struct sofia_slice result, struct sofia_result *ret_result)
{
    const struct kraken_asked *asked = kraken_asked_of(k, answer->cookie);

    if (asked != NULL && asked->what == ASKED_TRADES) {
        kraken_order_trades_answer(k, asked, result, ret_result);
    } else {
        on_query(k, answer, result, ret_result);
    }
}

/* ---- the rest ---- */

/* REST tells whole seconds, which is too coarse to sign deadlines by. So the answer only confirms what
 * the streams' time stamps say, and without those it is no answer. */
static void on_time(struct kraken *k, struct sofia_slice result, struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct sofia_slice key;
    int64_t seconds = 0;
    int64_t fine_ns = 0;

    sofia_json_init(&cur, result.at, result.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "unixtime")) {
            sofia_json_i64(&cur, &seconds);
        }
    }
    if (sofia_json_finish(&cur) != 0 || seconds <= 0 || seconds > INT64_C(9000000000)) {
        sofia_result_doubt(ret_result, "the answer is no time");
        return;
    }
    if (kraken_clock_now(k, &fine_ns) != SOFIA_OK) {
        sofia_result_doubt(ret_result, "no message of the streams has told the time yet");
        return;
    }
    int64_t apart_ns = fine_ns - seconds * KRAKEN_NS_PER_S;
    if (apart_ns < -5 * KRAKEN_NS_PER_S || apart_ns > 5 * KRAKEN_NS_PER_S) {
        k->clock.count = 0; /* the machine slept, or one of the clocks is wrong */
        sofia_result_doubt(ret_result, "the streams and REST disagree about the time");
        return;
    }
    sofia_result_accept(ret_result);
    sofia_result_emitted(sofia_emit_time(k->host, fine_ns), ret_result);
}

static void on_token(struct kraken *k, const struct sofia_answer *answer, struct sofia_slice result,
                     struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct sofia_slice key;
    char token[128] = "";

    sofia_json_init(&cur, result.at, result.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "token")) {
            sofia_json_text(&cur, token, sizeof(token));
        }
    }
    if (sofia_json_finish(&cur) != 0) {
        token[0] = '\0';
    }
    sofia_result_accept(ret_result);
    kraken_user_token(k, answer->cookie, token);
    memset(token, 0, sizeof(token));
}

static void on_success(struct kraken *k, const struct sofia_answer *answer,
                       struct sofia_slice result, struct sofia_result *ret_result)
{
    if (kraken_endpoints[answer->endpoint].class_ != SOFIA_CLASS_PUBLIC) {
        k->bad_nonces = 0;
    }
    switch (answer->endpoint) {
    case ENDPOINT_ADD_ORDER:
        on_placed(k, answer, result, ret_result);
        break;
    case ENDPOINT_CANCEL_ORDER:
        on_cancelled(result, ret_result);
        break;
    case ENDPOINT_AMEND_ORDER:
    case ENDPOINT_DEAD_MAN:
        sofia_result_accept(ret_result);
        break;
    case ENDPOINT_QUERY_ORDERS:
        on_query_orders(k, answer, result, ret_result);
        break;
    case ENDPOINT_OPEN_ORDERS:
        on_open_orders(k, answer, result, ret_result);
        break;
    case ENDPOINT_CLOSED_ORDERS:
        on_closed_orders(k, answer, result, ret_result);
        break;
    case ENDPOINT_BALANCE:
        kraken_account_answer(k, result, ret_result);
        break;
    case ENDPOINT_TRADES_HISTORY:
        kraken_history_answer(k, answer, result, ret_result);
        break;
    case ENDPOINT_QUERY_TRADES:
        kraken_trades_answer(k, answer, result, 0, ret_result);
        break;
    case ENDPOINT_TOKEN:
        on_token(k, answer, result, ret_result);
        break;
    case ENDPOINT_TIME:
        on_time(k, result, ret_result);
        break;
    case ENDPOINT_ASSET_PAIRS:
        kraken_pairs_answer(k, result, ret_result);
        break;
    case ENDPOINT_ASSETS:
        kraken_assets_answer(k, result, ret_result);
        break;
    default:
        sofia_result_doubt(ret_result, "an answer to nothing that was asked");
        break;
    }
}

/* Messages on a stream: the host tells whether they left; what the venue says to them arrives as
 * frames. An order that left is in doubt until its frame comes. */
static void on_message(struct kraken *k, const struct sofia_answer *answer,
                       struct sofia_result *ret_result)
{
    int is_order = answer->endpoint >= ENDPOINT_WS_ADD_ORDER;

    if (answer->outcome == SOFIA_ANSWER_OK) {
        sofia_result_accept(ret_result);
        if (is_order) {
            sofia_result_doubt(ret_result, "sent on the stream, not answered yet");
        }
        return;
    }
    sofia_result_transport(answer, ret_result);
    if (answer->endpoint == ENDPOINT_WS_USER_SUBSCRIBE) {
        kraken_user_unsent(k);
    } else if (answer->endpoint == ENDPOINT_WS_SUBSCRIBE ||
               answer->endpoint == ENDPOINT_WS_UNSUBSCRIBE) {
        kraken_market_unsent(k);
    }
}

/* What the adapter asked for itself has to hear of its failure. */
static void after_failure(struct kraken *k, const struct sofia_answer *answer,
                          const struct sofia_result *result)
{
    if (answer->endpoint == ENDPOINT_TOKEN) {
        kraken_user_token(k, answer->cookie, "");
        if (result->action == SOFIA_ACTION_FATAL) {
            sofia_log(k->host, SOFIA_LOG_ERROR, "no token for the private stream: %s",
                      result->reason);
            sofia_emit_account(k->host, 2, 0, "");
        }
    }
}

int kraken_on_answer(void *self, const struct sofia_answer *answer, struct sofia_result *ret_result)
{
    struct kraken *k = self;
    struct envelope envelope;

    if (answer->endpoint >= ENDPOINT_WS_SUBSCRIBE) {
        on_message(k, answer, ret_result);
        return SOFIA_OK;
    }
    if (answer->outcome != SOFIA_ANSWER_OK) {
        sofia_result_transport(answer, ret_result);
        after_failure(k, answer, ret_result);
        return SOFIA_OK;
    }
    read_envelope(answer, &envelope);
    if (answer->http_status >= 200 && answer->http_status < 300 && envelope.is_whole &&
        envelope.error[0] == '\0' && envelope.result.len > 0) {
        on_success(k, answer, envelope.result, ret_result);
        return SOFIA_OK;
    }
    refused(k, answer, &envelope, ret_result);
    const struct kraken_asked *asked = kraken_asked_of(k, answer->cookie);
    if (ret_result->venue_code == KRAKEN_ERROR_NO_ORDER && asked != NULL &&
        asked->what == ASKED_QUERY && ret_result->verdict == SOFIA_VERDICT_REJECTED) {
        sofia_result_accept(ret_result);
        sofia_result_emitted(kraken_sync_emit(k, asked, SOFIA_SYNC_ORDER, 0, 1), ret_result);
    }
    after_failure(k, answer, ret_result);
    return SOFIA_OK;
}
