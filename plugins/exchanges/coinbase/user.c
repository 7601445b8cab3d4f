#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/request.h>

#include "coinbase.h"

#define SILENCE_MS 5000u /* heartbeats come every second */
#define REPLY_NS (5 * COINBASE_NS_PER_S)
#define BATCH 50u /* orders in one piece of the snapshot */
#define LAST_BATCH_NS (2 * COINBASE_NS_PER_S)
#define PROVEN_NS (10 * COINBASE_NS_PER_S)
#define GATHER_NS COINBASE_NS_PER_S /* several changes in a row are one reading of the account */
#define ACCOUNT_EVERY_NS (60 * COINBASE_NS_PER_S)
#define BACKOFF_FIRST_NS (COINBASE_NS_PER_S / 2)
#define BACKOFF_MAX_NS (60 * COINBASE_NS_PER_S)

static void arm(struct coinbase *c, int64_t delay_ns)
{
    sofia_timer_stop(c->host, &c->user.timer);
    c->host->timer(c->host, delay_ns, TIMER_USER, &c->user.timer);
}

static void tell(struct coinbase *c, uint32_t channel, const char *reason)
{
    if (c->user.channel != channel) {
        c->user.channel = channel;
        sofia_emit_channel(c->host, SOFIA_CHANNEL_PRIVATE, 0, c->user.generation, channel, reason);
    }
}

/* A new connection, after a wait that grows. The core hears at once that something may be missing. */
static void doom(struct coinbase *c, const char *reason)
{
    if (c->user.state == USER_DOOMED || c->user.state == USER_DOWN) {
        return;
    }
    if (c->user.state == USER_UP && c->host->mono_ns(c->host) - c->user.up_mono_ns >= PROVEN_NS) {
        sofia_backoff_reset(&c->user.backoff);
    }
    sofia_log(c->host, SOFIA_LOG_WARN, "the private stream is made anew: %s", reason);
    c->user.state = USER_DOOMED;
    tell(c, SOFIA_CHANNEL_DOWN, reason);
    arm(c, sofia_backoff_next_ns(&c->user.backoff));
}

int coinbase_user_start(struct coinbase *c)
{
    struct sofia_stream_open open = {.size = sizeof(open),
                                     .purpose = SOFIA_STREAM_PRIVATE,
                                     .origin = ORIGIN_WS_USER,
                                     .silence_ms = SILENCE_MS,
                                     .cookie = STREAM_COOKIE_USER};

    if (c->config.api_key == 0) {
        return SOFIA_OK;
    }
    sofia_backoff_init(&c->user.backoff, BACKOFF_FIRST_NS, BACKOFF_MAX_NS, 50,
                       (uint64_t)c->host->now_ns(c->host) + 1);
    snprintf(open.path, sizeof(open.path), "%s", coinbase_stream_path(c, ORIGIN_WS_USER));
    return c->host->exchange->stream_open(c->host, &open, &c->user.stream);
}

void coinbase_user_stop(struct coinbase *c)
{
    sofia_timer_stop(c->host, &c->user.timer);
    sofia_timer_stop(c->host, &c->user.account_timer);
    sofia_stream_end(c->host, &c->user.stream);
    c->user.state = USER_DOWN;
}

/* ---- subscription ---- */

static int post(struct coinbase *c, struct sofia_request_writer *w)
{
    uint64_t id = 0;
    int status = sofia_request_close(w);

    return status == SOFIA_OK ? c->host->exchange->request(c->host, w->request, &id) : status;
}

/* The first message has to come within five seconds, and needs no token. */
static void say_heartbeats(struct coinbase *c)
{
    struct sofia_request request;
    struct sofia_request_writer w;

    sofia_request_open(&w, &request, ENDPOINT_WS_USER_HEARTBEATS);
    request.stream = c->user.stream;
    sofia_request_text(&w, SOFIA_PART_BODY, "{\"type\":\"subscribe\",\"channel\":\"heartbeats\"}");
    post(c, &w);
}

/* Without products: all of them. A token is good for one message. */
static void subscribe(struct coinbase *c)
{
    struct sofia_request request;
    struct sofia_request_writer w;
    struct coinbase_token token;

    sofia_request_open(&w, &request, ENDPOINT_WS_USER);
    request.stream = c->user.stream;
    int status = coinbase_token_make(c, ENDPOINT_WS_USER, &token);
    if (status == SOFIA_OK) {
        sofia_request_text(&w, SOFIA_PART_BODY,
                           "{\"type\":\"subscribe\",\"channel\":\"user\",\"jwt\":\"");
        sofia_request_put(&w, SOFIA_PART_BODY, token.text, token.len);
        sofia_request_text(&w, SOFIA_PART_BODY, "\"}");
        status = post(c, &w);
    }
    if (status != SOFIA_OK) { /* usually the venue's clock is not known yet */
        c->user.state = USER_CONNECTED;
        arm(c, sofia_backoff_next_ns(&c->user.backoff));
        return;
    }
    c->user.state = USER_ASKED;
    c->user.full_batch = 0;
    arm(c, REPLY_NS);
}

static void on_complete(struct coinbase *c)
{
    sofia_timer_stop(c->host, &c->user.timer);
    c->user.state = USER_UP;
    c->user.up_mono_ns = c->host->mono_ns(c->host);
    tell(c, SOFIA_CHANNEL_UP, "");
    coinbase_gate_ask(c);
    coinbase_account_later(c);
}

void coinbase_user_timer(struct coinbase *c)
{
    c->user.timer = 0;
    switch (c->user.state) {
    case USER_DOOMED:
        c->host->exchange->stream_restart(c->host, c->user.stream,
                                          "the private stream is not in order");
        break;
    case USER_CONNECTED:
        subscribe(c);
        break;
    case USER_ASKED:
        if (c->user.full_batch) { /* exactly so many orders; the core lists them all anyway */
            on_complete(c);
        } else {
            doom(c, "the subscription was not answered");
        }
        break;
    default:
        break;
    }
}

void coinbase_user_unsent(struct coinbase *c)
{
    if (c->user.state == USER_ASKED) {
        c->user.state = USER_CONNECTED;
        arm(c, sofia_backoff_next_ns(&c->user.backoff));
    }
}

void coinbase_user_stream(struct coinbase *c, uint32_t state, uint32_t generation)
{
    c->user.generation = generation;
    memset(&c->user.sequence, 0, sizeof(c->user.sequence));
    sofia_timer_stop(c->host, &c->user.timer);
    if (state == SOFIA_STREAM_UP) {
        tell(c, SOFIA_CHANNEL_RESYNC, "connected, not subscribed yet");
        say_heartbeats(c);
        subscribe(c);
        return;
    }
    c->user.state = USER_DOWN;
    tell(c, SOFIA_CHANNEL_DOWN, "connection lost");
}

/* ---- balances: the stream has none ---- */

static void arm_account(struct coinbase *c, int64_t delay_ns)
{
    int64_t due_ns = c->host->mono_ns(c->host) + delay_ns;

    if (c->user.account_timer != 0) {
        if (c->user.account_due_mono_ns <= due_ns) {
            return;
        }
        sofia_timer_stop(c->host, &c->user.account_timer);
    }
    c->user.account_due_mono_ns = due_ns;
    c->host->timer(c->host, delay_ns, TIMER_ACCOUNT, &c->user.account_timer);
}

void coinbase_account_later(struct coinbase *c)
{
    arm_account(c, GATHER_NS);
}

void coinbase_user_account_timer(struct coinbase *c)
{
    struct sofia_request request;
    uint64_t id = 0;

    c->user.account_timer = 0;
    if (c->gate == GATE_REFUSED || c->user.state == USER_DOWN) {
        return;
    }
    if (coinbase_encode_account(c, &request) == SOFIA_OK &&
        c->host->exchange->request(c->host, &request, &id) == SOFIA_OK) {
        arm_account(c, ACCOUNT_EVERY_NS);
    } else {
        arm_account(c, GATHER_NS);
    }
}

/* ---- frames ---- */

static int read_orders(struct coinbase *c, struct sofia_slice orders, int64_t ts_ns,
                       uint32_t *ret_count, uint32_t *ret_ended)
{
    struct sofia_json cur;
    int status = SOFIA_OK;

    sofia_json_init(&cur, orders.at, orders.len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        status = coinbase_report_emit(c, &cur, ts_ns, ret_ended);
        *ret_count += 1;
    }
    return status == SOFIA_OK && sofia_json_finish(&cur) != 0 ? SOFIA_EPARSE : status;
}

/* The first batch that is not full ends the snapshot. */
static void on_batch(struct coinbase *c, uint32_t count)
{
    if (c->user.state != USER_ASKED) {
        return;
    }
    if (count < BATCH) {
        on_complete(c);
    } else {
        c->user.full_batch = 1;
        arm(c, LAST_BATCH_NS);
    }
}

/* {"type":"snapshot","orders":[...],"positions":{...}} */
static int read_event(struct coinbase *c, struct sofia_json *cur, int64_t ts_ns)
{
    struct sofia_slice key;
    struct sofia_slice type = {0};
    struct sofia_slice orders = {0};
    uint32_t count = 0;
    uint32_t ended = 0;

    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "type")) {
            sofia_json_string(cur, &type);
        } else if (sofia_json_is(key, "orders") && sofia_json_peek(cur) == SOFIA_JSON_ARRAY) {
            sofia_json_raw(cur, &orders);
        }
    }
    if (cur->status != 0) {
        return SOFIA_EPARSE;
    }
    int status = orders.len != 0 ? read_orders(c, orders, ts_ns, &count, &ended) : SOFIA_OK;
    if (status == SOFIA_OK && sofia_slice_is(type, "snapshot")) {
        on_batch(c, count);
    } else if (status == SOFIA_OK && (ended || count > 0)) {
        coinbase_account_later(c);
    }
    return status;
}

static int read_events(struct coinbase *c, const struct coinbase_frame *frame)
{
    struct sofia_json cur;
    int status = SOFIA_OK;

    sofia_json_init(&cur, frame->events.at, frame->events.len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        status = read_event(c, &cur, frame->ts_ns);
    }
    return status == SOFIA_OK && sofia_json_finish(&cur) != 0 ? SOFIA_EPARSE : status;
}

/* The venue says the same to a token it refuses and to a channel it does not know. */
static void on_error(struct coinbase *c, const struct coinbase_frame *frame)
{
    char text[SOFIA_REASON_SIZE];

    sofia_slice_copy(frame->message, text, sizeof(text));
    sofia_log(c->host, SOFIA_LOG_WARN, "the private stream says: %s", text);
    if (c->user.state == USER_ASKED) {
        coinbase_pool_drop(c);
        tell(c, SOFIA_CHANNEL_RESYNC, text);
        c->user.state = USER_CONNECTED;
        arm(c, sofia_backoff_next_ns(&c->user.backoff));
    }
}

static int take_frame(struct coinbase *c, const struct coinbase_frame *frame)
{
    if (sofia_slice_is(frame->type, "error")) {
        on_error(c, frame);
        return SOFIA_OK;
    }
    if (!sofia_slice_is(frame->channel, "user") || frame->events.len == 0) {
        return SOFIA_OK;
    }
    return read_events(c, frame);
}

/* What concerns our orders is never lost silently: a new connection means a full reconciliation.
 * A frame that comes late still tells the truth about orders, which is ordered by its sums. */
int coinbase_user_frame(struct coinbase *c, const char *bytes, size_t len)
{
    struct coinbase_frame frame;

    if (c->user.state == USER_DOOMED) {
        return SOFIA_OK;
    }
    int status = coinbase_frame_read(bytes, len, &frame);
    int place = status == SOFIA_OK ? coinbase_sequence_take(&c->user.sequence, &frame) : 0;
    if (status == SOFIA_OK) {
        status = take_frame(c, &frame);
    }
    if (status != SOFIA_OK) {
        doom(c, "a frame of the private stream was not taken");
    } else if (place == SEQUENCE_GAP) {
        doom(c, "a gap in the sequence of frames");
    }
    return status;
}
