#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/request.h>

#include "binance.h"
#include "orders.h"
#include "report.h"
#include "sign.h"

#define SILENCE_MS 60000u /* the venue pings every 20 s */
#define PROBE_NS (30 * BINANCE_NS_PER_S)
#define REPLY_NS (10 * BINANCE_NS_PER_S) /* the venue's own limit for an answer */
#define GATHER_NS BINANCE_NS_PER_S /* several deposits in a row are one reading of the account */
#define BACKOFF_FIRST_NS (BINANCE_NS_PER_S / 2)
#define BACKOFF_MAX_NS (60 * BINANCE_NS_PER_S)

static void arm(struct binance *b, int64_t delay_ns)
{
    sofia_timer_stop(b->host, &b->user.timer);
    b->host->timer(b->host, delay_ns, TIMER_USER, &b->user.timer);
}

static void tell(struct binance *b, uint32_t channel, const char *reason)
{
    if (b->user.channel != channel) {
        b->user.channel = channel;
        binance_emit_channel(b, SOFIA_CHANNEL_PRIVATE, 0, channel, reason);
    }
}

static void restart(struct binance *b, const char *reason)
{
    tell(b, SOFIA_CHANNEL_DOWN, reason);
    b->user.state = USER_DOWN;
    b->host->exchange->stream_restart(b->host, b->user.stream, reason);
}

int binance_user_start(struct binance *b)
{
    struct sofia_stream_open open = {.size = sizeof(open),
                                     .purpose = SOFIA_STREAM_PRIVATE,
                                     .origin = ORIGIN_WS_API,
                                     .silence_ms = SILENCE_MS,
                                     .cookie = STREAM_COOKIE_USER,
                                     .max_age_ms = b->config.stream_max_age_ms};

    if (b->config.api_key == 0) {
        return SOFIA_OK;
    }
    sofia_backoff_init(&b->user.backoff, BACKOFF_FIRST_NS, BACKOFF_MAX_NS, 50,
                       (uint64_t)b->host->now_ns(b->host));
    snprintf(open.path, sizeof(open.path), "/ws-api/v3");
    return b->host->exchange->stream_open(b->host, &open, &b->user.stream);
}

void binance_user_stop(struct binance *b)
{
    sofia_timer_stop(b->host, &b->user.timer);
    sofia_timer_stop(b->host, &b->user.account_timer);
    sofia_timer_stop(b->host, &b->user.switch_timer);
    sofia_stream_end(b->host, &b->user.stream);
    b->user.state = USER_DOWN;
}

/* ---- subscription and probe ---- */

static void print_id(char *buf, size_t cap, char kind, uint64_t number)
{
    snprintf(buf, cap, "%c%llu", kind, (unsigned long long)number);
}

static int send_subscribe(struct binance *b)
{
    struct sofia_request request;
    struct sofia_request_writer w;
    struct binance_params params;
    char id[24];
    uint64_t request_id = 0;

    b->user.asked_id = ++b->user.next_id;
    print_id(id, sizeof(id), 's', b->user.asked_id);
    sofia_request_open(&w, &request, ENDPOINT_WS_USER_SUBSCRIBE);
    request.stream = b->user.stream;
    binance_params_init(&params);
    binance_signed_message(b, &w, id, "userDataStream.subscribe.signature", &params);
    int status = sofia_request_close(&w);
    return status == SOFIA_OK ? b->host->exchange->request(b->host, &request, &request_id) : status;
}

static void subscribe(struct binance *b)
{
    if (send_subscribe(b) != SOFIA_OK) { /* usually the venue's clock is not known yet */
        b->user.state = USER_CONNECTED;
        arm(b, sofia_backoff_next_ns(&b->user.backoff));
        return;
    }
    b->user.state = USER_ASKED;
    arm(b, REPLY_NS);
}

static void probe(struct binance *b)
{
    struct sofia_request request;
    struct sofia_request_writer w;
    char id[24];
    uint64_t request_id = 0;

    b->user.probe_id = ++b->user.next_id;
    b->user.probing = 1;
    print_id(id, sizeof(id), 'p', b->user.probe_id);
    sofia_request_open(&w, &request, ENDPOINT_WS_SESSION_STATUS);
    request.stream = b->user.stream;
    sofia_request_text(&w, SOFIA_PART_BODY, "{\"id\":\"");
    sofia_request_text(&w, SOFIA_PART_BODY, id);
    sofia_request_text(&w, SOFIA_PART_BODY, "\",\"method\":\"session.status\"}");
    if (sofia_request_close(&w) != SOFIA_OK ||
        b->host->exchange->request(b->host, &request, &request_id) != SOFIA_OK) {
        b->user.probing = 0;
    }
    arm(b, PROBE_NS);
}

void binance_user_timer(struct binance *b)
{
    b->user.timer = 0;
    switch (b->user.state) {
    case USER_CONNECTED:
        subscribe(b);
        break;
    case USER_ASKED:
        restart(b, "subscription not answered");
        break;
    case USER_UP:
        if (b->user.probing) {
            restart(b, "probe not answered");
        } else {
            probe(b);
        }
        break;
    default:
        break;
    }
}

void binance_user_unsent(struct binance *b, uint32_t endpoint)
{
    if (endpoint == ENDPOINT_WS_SESSION_STATUS) {
        b->user.probing = 0;
    } else if (b->user.state == USER_ASKED) {
        b->user.state = USER_CONNECTED;
        arm(b, sofia_backoff_next_ns(&b->user.backoff));
    }
}

/* ---- a successor: both connections report for a while, then the old one is closed ---- */

static void begin_succession(struct binance *b, uint32_t generation)
{
    b->user.next_generation = generation;
    b->user.probing = 0;
    if (b->user.state == USER_UP && send_subscribe(b) != SOFIA_OK) {
        sofia_log(b->host, SOFIA_LOG_WARN, "the successor of the user stream is not subscribed");
    }
}

static void end_succession(struct binance *b)
{
    b->user.next_generation = 0;
    sofia_timer_stop(b->host, &b->user.switch_timer);
}

void binance_user_switch(struct binance *b)
{
    b->user.switch_timer = 0;
    if (b->user.next_generation != 0 &&
        b->host->exchange->stream_switch(b->host, b->user.stream) == SOFIA_OK) {
        b->user.generation = b->user.next_generation;
        b->user.next_generation = 0;
        b->user.probing = 0;
        arm(b, PROBE_NS);
    }
}

void binance_user_stream(struct binance *b, uint32_t state, uint32_t generation)
{
    if (state == SOFIA_STREAM_SUCCESSOR) {
        begin_succession(b, generation);
        return;
    }
    if (state == SOFIA_STREAM_LOST && generation != 0 && generation == b->user.next_generation) {
        end_succession(b);
        return;
    }
    end_succession(b);
    b->user.generation = generation;
    b->user.probing = 0;
    sofia_timer_stop(b->host, &b->user.timer);
    if (state == SOFIA_STREAM_UP) {
        tell(b, SOFIA_CHANNEL_RESYNC, "connected, not subscribed yet");
        subscribe(b);
        return;
    }
    b->user.state = USER_DOWN;
    tell(b, SOFIA_CHANNEL_DOWN, "connection lost");
}

static void resubscribe(struct binance *b, const char *reason)
{
    tell(b, SOFIA_CHANNEL_RESYNC, reason);
    b->user.state = USER_CONNECTED;
    b->user.probing = 0;
    arm(b, sofia_backoff_next_ns(&b->user.backoff));
}

static void on_subscribed(struct binance *b)
{
    b->user.state = USER_UP;
    b->user.probing = 0;
    tell(b, SOFIA_CHANNEL_UP, "");
    arm(b, PROBE_NS);
}

/* The key is gone: nothing on this account can be done any more, and the core must hear of it. */
static void on_fatal(struct binance *b, const struct binance_refusal *refusal)
{
    sofia_log(b->host, SOFIA_LOG_ERROR, "the venue refuses the API key: %ld %s",
              (long)refusal->code, refusal->msg);
    binance_emit_account(b, 2, 0);
    tell(b, SOFIA_CHANNEL_DOWN, refusal->msg);
    b->user.state = USER_CONNECTED;
    arm(b, BACKOFF_MAX_NS);
}

static void on_subscribe_refused(struct binance *b, const struct binance_refusal *refusal)
{
    int64_t wait_ns = sofia_backoff_next_ns(&b->user.backoff);
    int64_t wish_ns = (int64_t)refusal->retry_after_ms * BINANCE_NS_PER_MS;

    if (refusal->code == BINANCE_SUBSCRIPTION_ACTIVE) {
        on_subscribed(b);
        return;
    }
    if (refusal->code == BINANCE_TOO_MANY_SUBSCRIPTIONS) {
        restart(b, "this connection has used up its subscriptions");
        return;
    }
    sofia_log(b->host, SOFIA_LOG_WARN, "user data not subscribed: %ld %s", (long)refusal->code,
              refusal->msg);
    tell(b, SOFIA_CHANNEL_RESYNC, refusal->msg);
    b->user.state = USER_CONNECTED;
    arm(b, wish_ns > wait_ns ? wish_ns : wait_ns);
}

/* ---- replies ---- */

struct user_frame {
    struct sofia_slice event;
    struct sofia_slice id;
    struct sofia_slice result;
    struct sofia_slice error;
    struct sofia_slice limits;
    int64_t status;
};

/* {"id":"p2","status":200,"result":{"userDataStream":true, ...}} */
static int says_streaming(struct sofia_slice result)
{
    struct sofia_json cur;
    struct sofia_slice key;
    uint32_t streaming = 0;

    sofia_json_init(&cur, result.at, result.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "userDataStream")) {
            sofia_json_bool(&cur, &streaming);
        }
    }
    return sofia_json_finish(&cur) == 0 && streaming;
}

static void on_error_reply(struct binance *b, const struct user_frame *frame, int is_subscribe)
{
    struct binance_refusal refusal = {0};
    struct sofia_result result = {.size = sizeof(result)};

    refusal.http_status = frame->status > 0 && frame->status < 600 ? (uint32_t)frame->status : 0;
    binance_parse_error(b, frame->error, &refusal);
    binance_refuse(b, &refusal, &result);
    if (binance_code_is_fatal(refusal.code)) {
        on_fatal(b, &refusal);
    } else if (is_subscribe && b->user.state == USER_ASKED) {
        on_subscribe_refused(b, &refusal);
    }
}

static int is_id(struct sofia_slice id, char kind, uint64_t number)
{
    char text[24];

    print_id(text, sizeof(text), kind, number);
    return sofia_slice_is(id, text);
}

static void on_reply(struct binance *b, const struct user_frame *frame)
{
    int is_subscribe = is_id(frame->id, 's', b->user.asked_id);

    if (frame->limits.len != 0) {
        binance_usage_limits(b, frame->limits);
    }
    if (frame->error.len != 0) {
        on_error_reply(b, frame, is_subscribe);
    } else if (is_subscribe && frame->status == 200 && b->user.state == USER_ASKED) {
        on_subscribed(b);
    } else if (is_subscribe && frame->status == 200 && b->user.next_generation != 0) {
        b->host->timer(b->host, BINANCE_OVERLAP_NS, TIMER_USER_SWITCH, &b->user.switch_timer);
    } else if (b->user.probing && is_id(frame->id, 'p', b->user.probe_id)) {
        b->user.probing = 0;
        if (says_streaming(frame->result)) {
            sofia_backoff_reset(&b->user.backoff); /* half a minute in good health */
        } else {
            resubscribe(b, "the venue says it streams no user data");
        }
    }
}

/* ---- events ---- */

/* Deposits and locks come as differences: the absolute figures are read anew, once for all that
 * come together. */
static void account_later(struct binance *b)
{
    if (b->user.account_timer == 0) {
        b->host->timer(b->host, GATHER_NS, TIMER_ACCOUNT, &b->user.account_timer);
    }
}

void binance_user_account_timer(struct binance *b)
{
    struct sofia_request request;
    uint64_t id = 0;

    b->user.account_timer = 0;
    if (binance_encode_account(b, &request) != SOFIA_OK ||
        b->host->exchange->request(b->host, &request, &id) != SOFIA_OK) {
        account_later(b);
    }
}

/* {"e":"outboundAccountPosition","E":..,"u":..,"B":[{"a":"BTC","f":"0.1","l":"0"}]} */
static int on_position(struct binance *b, struct sofia_slice event)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct sofia_slice balances = {0};
    int64_t time_ms = 0;
    int status = SOFIA_OK;

    sofia_json_init(&cur, event.at, event.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "u")) {
            sofia_json_i64(&cur, &time_ms);
        } else if (sofia_json_is(key, "B")) {
            sofia_json_raw(&cur, &balances);
        }
    }
    if (sofia_json_finish(&cur) != 0) {
        return SOFIA_EPARSE;
    }
    sofia_json_init(&cur, balances.at, balances.len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        status = binance_balance_read(b, &cur, SOFIA_REPORT_STREAM, binance_ms_to_ns(time_ms));
    }
    if (status == SOFIA_OK && sofia_json_finish(&cur) != 0) {
        status = SOFIA_EPARSE;
    }
    return status;
}

static struct sofia_slice type_of(struct sofia_slice event)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct sofia_slice type = {0};

    sofia_json_init(&cur, event.at, event.len);
    sofia_json_enter_object(&cur);
    while (type.len == 0 && sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "e")) {
            sofia_json_string(&cur, &type);
        }
    }
    return type;
}

static int on_event(struct binance *b, struct sofia_slice event)
{
    struct sofia_slice type = type_of(event);
    int status = SOFIA_OK;

    if (sofia_slice_is(type, "executionReport")) {
        status = binance_report_emit(b, event);
    } else if (sofia_slice_is(type, "outboundAccountPosition")) {
        status = on_position(b, event);
    } else if (sofia_slice_is(type, "balanceUpdate") ||
               sofia_slice_is(type, "externalLockUpdate")) {
        account_later(b);
    } else if (sofia_slice_is(type, "eventStreamTerminated")) {
        resubscribe(b, "the venue ended the user data stream");
    } else if (sofia_slice_is(type, "serverShutdown")) {
        restart(b, "the venue's server shuts down");
    }
    if (status != SOFIA_OK) {
        /* An event of ours that is lost is never lost silently: a new connection means a full
         * reconciliation. */
        sofia_log(b->host, SOFIA_LOG_ERROR, "user data event %.*s not taken (%d)",
                  (int)(type.len < 64 ? type.len : 64), type.at != NULL ? type.at : "", status);
        restart(b, "a user data event was not taken");
    }
    return status;
}

static void read_member(struct sofia_json *cur, struct sofia_slice key, struct user_frame *frame)
{
    if (sofia_json_is(key, "event")) {
        sofia_json_raw(cur, &frame->event);
    } else if (sofia_json_is(key, "id") && sofia_json_peek(cur) == SOFIA_JSON_STRING) {
        sofia_json_string(cur, &frame->id);
    } else if (sofia_json_is(key, "status")) {
        sofia_json_i64(cur, &frame->status);
    } else if (sofia_json_is(key, "result")) {
        sofia_json_raw(cur, &frame->result);
    } else if (sofia_json_is(key, "error")) {
        sofia_json_raw(cur, &frame->error);
    } else if (sofia_json_is(key, "rateLimits")) {
        sofia_json_raw(cur, &frame->limits);
    }
}

int binance_user_frame(struct binance *b, const char *bytes, size_t len)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct user_frame frame = {0};

    sofia_json_init(&cur, bytes, len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        read_member(&cur, key, &frame);
    }
    if (sofia_json_finish(&cur) != 0) {
        restart(b, "an unreadable message on the user data stream");
        return SOFIA_EPARSE;
    }
    if (frame.event.len != 0) {
        return on_event(b, frame.event);
    }
    on_reply(b, &frame);
    return SOFIA_OK;
}
