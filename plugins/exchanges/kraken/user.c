#include <stdio.h>
#include <string.h>

#include <sofia/kit/request.h>

#include "kraken.h"
#include "report.h"

#define SILENCE_MS 30000u /* the venue beats once a second */
#define PROBE_NS (20 * KRAKEN_NS_PER_S)
#define REPLY_NS (15 * KRAKEN_NS_PER_S)
/* A trade moves two balances, a sweep many; what the account holds is told by the stream, and the counter gives back one question in
 * two to three seconds. */
#define GATHER_NS (15 * KRAKEN_NS_PER_S)
#define BACKOFF_FIRST_NS (KRAKEN_NS_PER_S / 2)
#define BACKOFF_MAX_NS (60 * KRAKEN_NS_PER_S)

enum { ACK_EXECUTIONS = 1, ACK_BALANCES = 2 };

static void arm(struct kraken *k, int64_t delay_ns)
{
    sofia_timer_stop(k->host, &k->user.timer);
    k->host->timer(k->host, delay_ns, TIMER_USER, &k->user.timer);
}

static void tell(struct kraken *k, uint32_t channel, const char *reason)
{
    if (k->user.channel != channel) {
        k->user.channel = channel;
        sofia_emit_channel(k->host, SOFIA_CHANNEL_PRIVATE, 0, k->user.generation, channel, reason);
    }
}

static void restart(struct kraken *k, const char *reason)
{
    tell(k, SOFIA_CHANNEL_DOWN, reason);
    k->user.state = USER_DOWN;
    k->host->exchange->stream_restart(k->host, k->user.stream, reason);
}

static void drop_token(struct kraken *k)
{
    if (k->user.token != 0) {
        k->host->exchange->secret_drop(k->host, k->user.token);
        k->user.token = 0;
    }
}

int kraken_user_start(struct kraken *k)
{
    struct sofia_stream_open open = {.size = sizeof(open),
                                     .purpose = SOFIA_STREAM_PRIVATE,
                                     .origin = ORIGIN_WS_AUTH,
                                     .silence_ms = SILENCE_MS,
                                     .cookie = STREAM_COOKIE_USER};

    if (k->config.api_key == 0) {
        return SOFIA_OK;
    }
    sofia_backoff_init(&k->user.backoff, BACKOFF_FIRST_NS, BACKOFF_MAX_NS, 50,
                       (uint64_t)k->host->now_ns(k->host));
    snprintf(open.path, sizeof(open.path), "/v2");
    return k->host->exchange->stream_open(k->host, &open, &k->user.stream);
}

void kraken_user_stop(struct kraken *k)
{
    sofia_timer_stop(k->host, &k->user.timer);
    sofia_timer_stop(k->host, &k->user.account_timer);
    drop_token(k);
    sofia_stream_end(k->host, &k->user.stream);
    k->user.state = USER_DOWN;
}

/* ---- token and subscriptions ---- */

static void wait(struct kraken *k)
{
    k->user.state = USER_WAITING;
    arm(k, sofia_backoff_next_ns(&k->user.backoff));
}

static void ask_token(struct kraken *k)
{
    struct sofia_request request;
    uint64_t id = 0;

    int status = kraken_encode_token(k, &request);
    request.cookie = ++k->asked_seq;
    k->user.token_request = request.cookie;
    if (status == SOFIA_OK) {
        status = k->host->exchange->request(k->host, &request, &id);
    }
    if (status != SOFIA_OK) {
        wait(k);
        return;
    }
    k->user.state = USER_TOKEN;
    arm(k, REPLY_NS);
}

/* Both snapshots are wished for outright: what is left out by default is not the same everywhere. */
static int send_subscription(struct kraken *k, uint32_t subscribe, const char *channel,
                             const char *more)
{
    struct sofia_request request;
    struct sofia_request_writer w;
    uint64_t id = 0;

    sofia_request_open(&w, &request,
                       subscribe ? ENDPOINT_WS_USER_SUBSCRIBE : ENDPOINT_WS_USER_UNSUBSCRIBE);
    request.stream = k->user.stream;
    sofia_request_text(&w, SOFIA_PART_BODY,
                       subscribe ? "{\"method\":\"subscribe\",\"params\":{\"channel\":\""
                                 : "{\"method\":\"unsubscribe\",\"params\":{\"channel\":\"");
    sofia_request_text(&w, SOFIA_PART_BODY, channel);
    sofia_request_text(&w, SOFIA_PART_BODY, "\"");
    sofia_request_text(&w, SOFIA_PART_BODY, more);
    sofia_request_text(&w, SOFIA_PART_BODY, ",\"token\":\"");
    sofia_request_secret(&w, SOFIA_PART_BODY, k->user.token);
    sofia_request_text(&w, SOFIA_PART_BODY, "\"},\"req_id\":");
    sofia_request_int(&w, SOFIA_PART_BODY, (int64_t)++k->asked_seq);
    sofia_request_text(&w, SOFIA_PART_BODY, "}");
    int status = sofia_request_close(&w);
    return status == SOFIA_OK ? k->host->exchange->request(k->host, &request, &id) : status;
}

static int subscribe_executions(struct kraken *k)
{
    k->user.executions_seq = 0;
    return send_subscription(k, 1, "executions",
                             ",\"snap_orders\":true,\"snap_trades\":true,\"order_status\":true,"
                             "\"ratecounter\":true");
}

static void subscribe(struct kraken *k)
{
    k->user.balances_seq = 0;
    k->user.acks = ACK_EXECUTIONS | ACK_BALANCES;
    k->user.state = USER_ASKED;
    if (subscribe_executions(k) != SOFIA_OK ||
        send_subscription(k, 1, "balances", ",\"snapshot\":true") != SOFIA_OK) {
        wait(k);
        return;
    }
    arm(k, REPLY_NS);
}

void kraken_user_token(struct kraken *k, uint64_t cookie, const char *token)
{
    if (cookie != k->user.token_request || k->user.state != USER_TOKEN) {
        return; /* of a connection that is gone */
    }
    drop_token(k);
    if (token[0] == '\0' || k->host->exchange->secret_put(k->host, "ws-token", token, strlen(token),
                                                          &k->user.token) != SOFIA_OK) {
        wait(k);
        return;
    }
    subscribe(k);
}

/* A new token after a while that grows: a venue that refuses every token is not asked in a loop. */
void kraken_user_token_lost(struct kraken *k, const char *why)
{
    if (k->user.state != USER_ASKED && k->user.state != USER_UP) {
        return;
    }
    tell(k, SOFIA_CHANNEL_RESYNC, why);
    drop_token(k);
    wait(k);
}

void kraken_user_unsent(struct kraken *k)
{
    if (k->user.state == USER_ASKED) {
        wait(k);
    }
}

void kraken_user_timer(struct kraken *k)
{
    k->user.timer = 0;
    switch (k->user.state) {
    case USER_WAITING:
    case USER_TOKEN:
        ask_token(k);
        break;
    case USER_ASKED:
        restart(k, "subscription not answered");
        break;
    case USER_UP:
        if (!k->user.heard) {
            restart(k, "silent");
            break;
        }
        k->user.heard = 0;
        sofia_backoff_reset(&k->user.backoff); /* that long in good health */
        kraken_ping(k, k->user.stream, ENDPOINT_WS_USER_PING);
        arm(k, PROBE_NS);
        break;
    default:
        break;
    }
}

/* Tokens can die with the connection or with a new version at the venue, so each connection has its own. */
void kraken_user_stream(struct kraken *k, uint32_t state, uint32_t generation)
{
    k->user.generation = generation;
    sofia_timer_stop(k->host, &k->user.timer);
    drop_token(k);
    if (state == SOFIA_STREAM_UP) {
        tell(k, SOFIA_CHANNEL_RESYNC, "connected, not subscribed yet");
        ask_token(k);
        return;
    }
    k->user.state = USER_DOWN;
    tell(k, SOFIA_CHANNEL_DOWN, "connection lost");
}

/* ---- frames ---- */

struct user_frame {
    struct kraken_reply reply;
    struct sofia_slice channel;
    struct sofia_slice type;
    struct sofia_slice data;
    struct sofia_slice time_out;
    uint64_t sequence;
};

static void read_member(struct sofia_json *cur, struct sofia_slice key, struct user_frame *frame)
{
    const struct {
        const char *name;
        struct sofia_slice *at;
    } texts[] = {
        {"method", &frame->reply.method}, {"error", &frame->reply.error},
        {"channel", &frame->channel},     {"type", &frame->type},
        {"time_out", &frame->time_out},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (sofia_json_is(key, texts[i].name)) {
            if (sofia_json_peek(cur) == SOFIA_JSON_STRING) {
                sofia_json_string(cur, texts[i].at);
            }
            return;
        }
    }
    if (sofia_json_is(key, "data")) {
        sofia_json_raw(cur, &frame->data);
    } else if (sofia_json_is(key, "result")) {
        sofia_json_raw(cur, &frame->reply.result);
    } else if (sofia_json_is(key, "success") && sofia_json_peek(cur) == SOFIA_JSON_BOOL) {
        sofia_json_bool(cur, &frame->reply.success);
    } else if (sofia_json_is(key, "req_id") && sofia_json_peek(cur) == SOFIA_JSON_NUMBER) {
        sofia_json_u64(cur, &frame->reply.req_id);
    } else if (sofia_json_is(key, "sequence") && sofia_json_peek(cur) == SOFIA_JSON_NUMBER) {
        sofia_json_u64(cur, &frame->sequence);
    }
}

/* The venue's own figure of the engine counter's limit: a smaller one than configured counts. */
static void hear_limit(struct kraken *k, uint64_t limit)
{
    struct sofia_event_usage usage;

    if (limit == 0 || limit >= kraken_tiers[k->config.tier].engine_limit) {
        return;
    }
    sofia_log(k->host, SOFIA_LOG_WARN,
              "the venue grants %llu of the engine counter, tier: %s is %u",
              (unsigned long long)limit, kraken_tiers[k->config.tier].name,
              kraken_tiers[k->config.tier].engine_limit);
    sofia_event_init(&usage.head, SOFIA_EV_USAGE, sizeof(usage), 0);
    usage.bucket = BUCKET_ENGINE;
    usage.limit = limit;
    sofia_emit(k->host, &usage.head);
}

static void on_subscribed(struct kraken *k, struct sofia_slice result)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct sofia_slice channel = {0};
    uint64_t limit = 0;

    sofia_json_init(&cur, result.at, result.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "channel")) {
            sofia_json_string(&cur, &channel);
        } else if (sofia_json_is(key, "maxratecount") &&
                   sofia_json_peek(&cur) == SOFIA_JSON_NUMBER) {
            sofia_json_u64(&cur, &limit);
        }
    }
    if (sofia_json_finish(&cur) != 0 || k->user.state != USER_ASKED) {
        return;
    }
    hear_limit(k, limit);
    if (sofia_slice_is(channel, "executions")) {
        k->user.acks &= ~(uint32_t)ACK_EXECUTIONS;
    } else if (sofia_slice_is(channel, "balances")) {
        k->user.acks &= ~(uint32_t)ACK_BALANCES;
    }
    if (k->user.acks == 0) {
        k->user.state = USER_UP;
        tell(k, SOFIA_CHANNEL_UP, "");
        arm(k, PROBE_NS);
    }
}

static void on_subscribe_refused(struct kraken *k, struct sofia_slice error)
{
    struct kraken_refusal refusal = {.now_ns = k->host->now_ns(k->host)};
    struct sofia_result result = {.size = sizeof(result)};

    sofia_slice_copy(error, refusal.text, sizeof(refusal.text));
    kraken_refusal_judge(&refusal, &result);
    sofia_log(k->host, SOFIA_LOG_WARN, "private stream not subscribed: %s", refusal.text);
    if (result.action == SOFIA_ACTION_FATAL) {
        sofia_emit_account(k->host, 2, 0, "");
        tell(k, SOFIA_CHANNEL_DOWN, refusal.text);
        drop_token(k);
        k->user.state = USER_WAITING;
        arm(k, BACKOFF_MAX_NS);
        return;
    }
    kraken_user_token_lost(k, refusal.text);
}

static int on_reply(struct kraken *k, const struct user_frame *frame)
{
    kraken_clock_hear(k, frame->time_out);
    if (sofia_slice_is(frame->reply.method, "subscribe")) {
        if (frame->reply.success) {
            on_subscribed(k, frame->reply.result);
        } else {
            on_subscribe_refused(k, frame->reply.error);
        }
        return SOFIA_OK;
    }
    if (sofia_slice_is(frame->reply.method, "pong") ||
        sofia_slice_is(frame->reply.method, "unsubscribe")) {
        return SOFIA_OK;
    }
    return kraken_message_reply(k, &frame->reply);
}

/* Balances tell totals, and not what open orders hold: the account is read anew, once for all changes
 * that come together. */
static void account_later(struct kraken *k)
{
    if (k->user.account_timer == 0) {
        k->host->timer(k->host, GATHER_NS, TIMER_ACCOUNT, &k->user.account_timer);
    }
}

void kraken_user_account_timer(struct kraken *k)
{
    struct sofia_request request;
    uint64_t id = 0;

    k->user.account_timer = 0;
    if (kraken_encode_account(k, &request) != SOFIA_OK ||
        k->host->exchange->request(k->host, &request, &id) != SOFIA_OK) {
        account_later(k);
    }
}

/* The snapshot sets the number, each update is one more. Nothing is ever sent again, so a hole means
 * that the picture is gone. 1: take it. 0: a hole. */
static int follows(uint64_t *last, uint64_t sequence, int is_snapshot)
{
    uint64_t before = *last;

    if (sequence == 0) {
        return 1; /* a version without numbers */
    }
    if (is_snapshot || before == 0) {
        *last = sequence;
        return 1;
    }
    if (sequence > before + 1) {
        return 0;
    }
    *last =
        sequence > before ? sequence : before; /* an old one again: fills are counted once anyway */
    return 1;
}

/* Subscribed anew on the same connection: the core reconciles when it is up again. */
static void renew_executions(struct kraken *k)
{
    if (k->user.state != USER_UP) {
        return;
    }
    tell(k, SOFIA_CHANNEL_RESYNC, "messages of the executions channel were lost");
    k->user.acks = ACK_EXECUTIONS;
    k->user.state = USER_ASKED;
    if (send_subscription(k, 0, "executions", "") != SOFIA_OK ||
        subscribe_executions(k) != SOFIA_OK) {
        wait(k);
        return;
    }
    arm(k, REPLY_NS);
}

static int on_executions(struct kraken *k, const struct user_frame *frame)
{
    int is_snapshot = sofia_slice_is(frame->type, "snapshot");

    int whole = follows(&k->user.executions_seq, frame->sequence, is_snapshot);
    int status = kraken_report_frame(k, frame->data); /* what came is true, hole or not */
    if (status != SOFIA_OK) {
        /* An event of ours that is lost is never lost silently: a new connection means a full
         * reconciliation. */
        sofia_log(k->host, SOFIA_LOG_ERROR, "executions not taken (%d)", status);
        restart(k, "an execution was not taken");
        return status;
    }
    if (!whole) {
        renew_executions(k);
    }
    return SOFIA_OK;
}

static int on_data(struct kraken *k, const struct user_frame *frame)
{
    if (sofia_slice_is(frame->channel, "executions")) {
        return on_executions(k, frame);
    }
    if (sofia_slice_is(frame->channel, "balances")) {
        int is_snapshot = sofia_slice_is(frame->type, "snapshot");
        if (!follows(&k->user.balances_seq, frame->sequence, is_snapshot)) {
            k->user.balances_seq = frame->sequence; /* the account is read whole anyway */
        }
        account_later(k);
        return SOFIA_OK;
    }
    return sofia_slice_is(frame->channel, "status") ? kraken_info_status(k, frame->data) : SOFIA_OK;
}

int kraken_user_frame(struct kraken *k, const char *bytes, size_t len)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct user_frame frame = {0};

    k->user.heard = 1;
    sofia_json_init(&cur, bytes, len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        read_member(&cur, key, &frame);
    }
    if (sofia_json_finish(&cur) != 0) {
        restart(k, "an unreadable message on the private stream");
        return SOFIA_EPARSE;
    }
    if (frame.reply.method.len > 0) {
        return on_reply(k, &frame);
    }
    return frame.data.len > 0 ? on_data(k, &frame) : SOFIA_OK;
}
