/* An exchange adapter to start from, for a venue that does not exist but behaves as most do.
 *
 *     POST /orders, POST /cancel, GET /order /open /fills /balances    signed: X-Key, X-Sign over path or body
 *     GET /time, GET /symbols                                          public
 *     WS  /stream   {"op":"subscribe"} -> quotes; {"op":"login"} -> own orders and fills
 *
 * Everything is here once, in its smallest form: tables, encoding, answers with a verdict for each way
 * they can end, both streams. What it leaves out: books (see sofia_emit_book), amending, a dead
 * man's switch, pages of fills. Read docs/add-an-exchange.md beside it. */
/* long: one file to copy; cut it up when it has become yours */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/adapter.h>
#include <sofia/kit/decimal.h>
#include <sofia/kit/request.h>
#include <sofia/module.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define ACCEPT_NS (2 * NS_PER_S) /* how long the venue may still take an order after its "ts" */

/* ---- tables: what the loader judges before anything here runs ---- */

enum { ORIGIN_REST, ORIGIN_STREAM };
static const struct sofia_origin origins[] = {
    [ORIGIN_REST] = {.size = sizeof(struct sofia_origin), .name = "rest"},
    [ORIGIN_STREAM] = {.size = sizeof(struct sofia_origin), .name = "stream"},
};

static const struct sofia_bucket buckets[] = {{.size = sizeof(struct sofia_bucket),
                                               .scope = SOFIA_SCOPE_KEY,
                                               .kind = SOFIA_BUCKET_DECAY,
                                               .reserve_percent = 20,
                                               .limit = 600,
                                               .window_ns = 60 * NS_PER_S,
                                               .name = "requests-1m"}};

enum { PLACE, CANCEL, QUERY, OPEN, FILLS, BALANCES, TIME, SYMBOLS, SUBSCRIBE, LOGIN };

#define SAFE SOFIA_ENDPOINT_RESEND_SAFE
#define ROW(in_class, flag, where, verb, name, cost)                                               \
    {                                                                                              \
        .size = sizeof(struct sofia_endpoint), .class_ = SOFIA_CLASS_##in_class, .flags = (flag),  \
        .origin = (where), .method = (verb), .path = (name), .charges = {                          \
            {1, (cost)}                                                                            \
        }                                                                                          \
    }
static const struct sofia_endpoint endpoints[] = {
    [PLACE] = ROW(TRADE, 0, ORIGIN_REST, "POST", "/orders", 1),
    [CANCEL] = ROW(CANCEL, 0, ORIGIN_REST, "POST", "/cancel", 1),
    [QUERY] = ROW(READ, SAFE, ORIGIN_REST, "GET", "/order", 1),
    [OPEN] = ROW(READ, SAFE, ORIGIN_REST, "GET", "/open", 2),
    [FILLS] = ROW(READ, SAFE, ORIGIN_REST, "GET", "/fills", 2),
    [BALANCES] = ROW(READ, SAFE, ORIGIN_REST, "GET", "/balances", 2),
    [TIME] = ROW(PUBLIC, SAFE | SOFIA_ENDPOINT_WARM, ORIGIN_REST, "GET", "/time", 1),
    [SYMBOLS] = ROW(PUBLIC, SAFE, ORIGIN_REST, "GET", "/symbols", 1),
    [SUBSCRIBE] = ROW(PUBLIC, 0, ORIGIN_STREAM, "WS", "subscribe", 1),
    [LOGIN] = ROW(READ, 0, ORIGIN_STREAM, "WS", "login", 1),
};

#define OPTION .size = sizeof(struct sofia_option)
static const struct sofia_option options[] = {
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "rest_url", .default_text = "",
     .doc = "base URL of the REST API; empty: the real one"},
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "stream_url", .default_text = "",
     .doc = "base URL of the streams; empty: the real one"},
    {OPTION, .type = SOFIA_OPTION_LIST, .name = "symbols", .default_text = "",
     .doc = "instruments to declare, as BTC/USD; empty: all"},
    {OPTION, .type = SOFIA_OPTION_SECRET, .name = "api_key", .default_text = "",
     .flags = SOFIA_OPTION_IDENTIFIER, .doc = "API key, the public half"},
    {OPTION, .type = SOFIA_OPTION_SECRET, .name = "api_secret", .default_text = "",
     .doc = "API key, the secret half"},
};

/* Market data somebody wants; said again on each new connection. */
#define WANTED 64
struct wanted {
    uint32_t instrument; /* 0: free */
    uint32_t live;       /* 1: quotes are coming */
    char symbol[SOFIA_NAME_SIZE];
};

struct example {
    const struct sofia_host *host;
    sofia_handle key;
    sofia_handle secret;
    sofia_handle market; /* streams */
    sofia_handle account;
    uint32_t generation[2]; /* of market and account; 0: down */
    char url[2][SOFIA_URL_SIZE];
    struct wanted wanted[WANTED];
};
enum { MARKET, ACCOUNT }; /* cookies of streams */

/* ---- life ---- */

static int create(const struct sofia_host *host, void **ret_self)
{
    struct example *e = calloc(1, sizeof(*e));

    if (e == NULL) {
        return SOFIA_ENOMEM;
    }
    e->host = host;
    if (sofia_config_url(host, "rest_url", "http", "", "https://api.example.com", e->url[0]) != 0 ||
        sofia_config_url(host, "stream_url", "ws", "", "wss://ws.example.com", e->url[1]) != 0 ||
        sofia_config_keys(host, &e->key, &e->secret) != SOFIA_OK) {
        free(e);
        return SOFIA_EINVAL;
    }
    *ret_self = e;
    return SOFIA_OK;
}

static int open_stream(struct example *e, uint32_t purpose, uint64_t cookie, sofia_handle *ret)
{
    struct sofia_stream_open open = {.size = sizeof(open),
                                     .purpose = purpose,
                                     .origin = ORIGIN_STREAM,
                                     .silence_ms = 30000,
                                     .cookie = cookie,
                                     .path = "/stream"};

    return e->host->exchange->stream_open(e->host, &open, ret);
}

static int start(void *self)
{
    struct example *e = self;
    int status = open_stream(e, SOFIA_STREAM_MARKET, MARKET, &e->market);

    if (status == SOFIA_OK && e->key != 0) {
        status = open_stream(e, SOFIA_STREAM_PRIVATE, ACCOUNT, &e->account);
    }
    return status;
}

static void stop(void *self)
{
    struct example *e = self;

    e->host->exchange->stream_close(e->host, e->market);
    if (e->account != 0) {
        e->host->exchange->stream_close(e->host, e->account);
    }
}

static void destroy(void *self)
{
    free(self);
}

static int origin_url(void *self, uint32_t origin, char *buf, size_t cap)
{
    const struct example *e = self;

    if (origin > ORIGIN_STREAM) {
        return SOFIA_ENOENT;
    }
    return snprintf(buf, cap, "%s", e->url[origin]) < (int)cap ? SOFIA_OK : SOFIA_ESPACE;
}

/* ---- encoding ---- */

static int venue_now_ms(const struct example *e, int64_t *ret_ms)
{
    int status = e->host->exchange->venue_now_ns(e->host, ret_ms);

    *ret_ms /= NS_PER_MS;
    return status;
}

static void put_text(struct sofia_request_writer *w, const char *key, const char *value)
{
    sofia_request_text(w, SOFIA_PART_BODY, ",\"");
    sofia_request_text(w, SOFIA_PART_BODY, key);
    sofia_request_text(w, SOFIA_PART_BODY, "\":\"");
    sofia_request_json(w, SOFIA_PART_BODY, sofia_slice_of(value));
    sofia_request_text(w, SOFIA_PART_BODY, "\"");
}

static void put_decimal(struct sofia_request_writer *w, const char *key, struct sofia_decimal value)
{
    sofia_request_text(w, SOFIA_PART_BODY, ",\"");
    sofia_request_text(w, SOFIA_PART_BODY, key);
    sofia_request_text(w, SOFIA_PART_BODY, "\":\"");
    sofia_request_decimal(w, SOFIA_PART_BODY, value); /* absent fails the whole request */
    sofia_request_text(w, SOFIA_PART_BODY, "\"");
}

/* Signs exactly the bytes that leave, written since `mark`. The key's text is put in by the host. */
static int sign_and_close(struct example *e, struct sofia_request_writer *w, uint32_t mark)
{
    size_t len = 0;
    const char *payload = sofia_request_since(w, mark, &len);
    uint8_t raw[SOFIA_SIGNATURE_SIZE];
    size_t raw_len = 0;
    char room[2 * SOFIA_SIGNATURE_SIZE];
    struct sofia_text sign;

    if (payload == NULL || e->key == 0 ||
        e->host->exchange->sign(e->host, SOFIA_SIGN_HMAC_SHA256, e->secret, payload, len, raw,
                                sizeof(raw), &raw_len) != SOFIA_OK) {
        sofia_request_fail(w, SOFIA_EDENIED);
        return sofia_request_close(w);
    }
    sofia_text_init(&sign, room, sizeof(room));
    sofia_text_base64(&sign, raw, raw_len);
    sofia_request_text(w, SOFIA_PART_HEADER, "X-Key: ");
    sofia_request_secret(w, SOFIA_PART_HEADER, e->key);
    sofia_request_text(w, SOFIA_PART_HEADER, "\nX-Sign: ");
    sofia_request_text(w, SOFIA_PART_HEADER, room);
    return sofia_request_close(w);
}

static int encode_submit(void *self, const struct sofia_order *order, struct sofia_request *request)
{
    struct example *e = self;
    struct sofia_request_writer w;
    int64_t now_ms = 0;

    if (venue_now_ms(e, &now_ms) != SOFIA_OK) {
        return SOFIA_EAGAIN;
    }
    sofia_request_open(&w, request, PLACE);
    request->accept_until_ns = now_ms * NS_PER_MS + ACCEPT_NS;
    uint32_t mark = sofia_request_mark(&w);
    sofia_request_text(&w, SOFIA_PART_BODY, "{\"ts\":");
    sofia_request_int(&w, SOFIA_PART_BODY, now_ms);
    put_text(&w, "id", order->client_id); /* the order's identity, for ever */
    put_text(&w, "symbol", order->venue_symbol);
    put_text(&w, "side", order->side == SOFIA_SIDE_BUY ? "buy" : "sell");
    put_decimal(&w, "qty", order->qty);
    if (order->type == SOFIA_TYPE_LIMIT) {
        put_decimal(&w, "price", order->price);
        put_text(&w, "tif",
                 (order->flags & SOFIA_ORDER_POST_ONLY) != 0 ? "post"
                 : order->tif == SOFIA_TIF_GTC               ? "gtc"
                 : order->tif == SOFIA_TIF_IOC               ? "ioc"
                                                             : "fok");
    }
    sofia_request_text(&w, SOFIA_PART_BODY, "}");
    return sign_and_close(e, &w, mark);
}

static int encode_cancel(void *self, const struct sofia_order *order, struct sofia_request *request)
{
    struct sofia_request_writer w;

    sofia_request_open(&w, request, CANCEL);
    uint32_t mark = sofia_request_mark(&w);
    sofia_request_text(&w, SOFIA_PART_BODY, "{\"op\":\"cancel\"");
    put_text(&w, "id", order->client_id);
    sofia_request_text(&w, SOFIA_PART_BODY, "}");
    return sign_and_close(self, &w, mark);
}

static int encode_cancel_all(void *self, const char *venue_symbol, struct sofia_request *request)
{
    (void)self;
    (void)venue_symbol;
    (void)request;
    return SOFIA_ENOTSUP; /* one by one instead */
}

/* A signed question: "name=value", or nothing. What is signed is what is sent. */
static int ask(struct example *e, struct sofia_request *request, uint32_t endpoint,
               const char *name, const char *value)
{
    struct sofia_request_writer w;
    int64_t now_ms = 0;

    if (venue_now_ms(e, &now_ms) != SOFIA_OK) {
        return SOFIA_EAGAIN;
    }
    sofia_request_open(&w, request, endpoint);
    uint32_t mark = sofia_request_mark(&w);
    sofia_request_text(&w, SOFIA_PART_QUERY, "ts=");
    sofia_request_int(&w, SOFIA_PART_QUERY, now_ms);
    if (value[0] != '\0') {
        sofia_request_text(&w, SOFIA_PART_QUERY, "&");
        sofia_request_text(&w, SOFIA_PART_QUERY, name);
        sofia_request_text(&w, SOFIA_PART_QUERY, "=");
        sofia_request_percent(&w, SOFIA_PART_QUERY, sofia_slice_of(value));
    }
    return sign_and_close(e, &w, mark);
}

static int encode_query(void *self, const struct sofia_order *order, struct sofia_request *request)
{
    return ask(self, request, QUERY, "id", order->client_id);
}

static int encode_open_orders(void *self, const char *symbol, struct sofia_request *request)
{
    return ask(self, request, OPEN, "symbol", symbol);
}

static int encode_account(void *self, struct sofia_request *request)
{
    return ask(self, request, BALANCES, "", "");
}

static int encode_trades(void *self, const struct sofia_trades_query *query,
                         struct sofia_request *request)
{
    return ask(self, request, FILLS, "order", query->venue_order_id);
}

static int ask_public(struct sofia_request *request, uint32_t endpoint)
{
    struct sofia_request_writer w;

    sofia_request_open(&w, request, endpoint);
    return sofia_request_close(&w);
}

static int encode_time(void *self, struct sofia_request *request)
{
    (void)self;
    return ask_public(request, TIME);
}

static int encode_instruments(void *self, struct sofia_request *request)
{
    (void)self;
    return ask_public(request, SYMBOLS);
}

/* ---- reading: one flat object of the venue, whatever it is about ---- */

struct fields {
    char type[16];
    char id[SOFIA_CLIENT_ID_SIZE];
    char order[SOFIA_VENUE_ID_SIZE];
    char fill[SOFIA_FILL_ID_SIZE];
    char symbol[SOFIA_NAME_SIZE];
    char status[16];
    char side[8];
    char base[SOFIA_ASSET_SIZE];
    char quote[SOFIA_ASSET_SIZE];
    char error[SOFIA_REASON_SIZE];
    struct sofia_decimal qty, price, filled, bid, bid_qty, ask, ask_qty, tick, lot;
    struct sofia_wide fee, free, locked;
    int64_t ts_ms;
};

static void read_fields(struct sofia_json *cur, struct fields *f)
{
    const struct {
        const char *key;
        char *at;
        size_t cap;
    } texts[] = {
        {"type", f->type, sizeof(f->type)},       {"id", f->id, sizeof(f->id)},
        {"order", f->order, sizeof(f->order)},    {"fill", f->fill, sizeof(f->fill)},
        {"symbol", f->symbol, sizeof(f->symbol)}, {"status", f->status, sizeof(f->status)},
        {"side", f->side, sizeof(f->side)},       {"base", f->base, sizeof(f->base)},
        {"quote", f->quote, sizeof(f->quote)},    {"error", f->error, sizeof(f->error)},
    };
    const struct {
        const char *key;
        struct sofia_decimal *at;
    } numbers[] = {{"qty", &f->qty},   {"price", &f->price},     {"filled", &f->filled},
                   {"bid", &f->bid},   {"bid_qty", &f->bid_qty}, {"ask", &f->ask},
                   {"tick", &f->tick}, {"ask_qty", &f->ask_qty}, {"lot", &f->lot}};
    struct sofia_slice key;

    memset(f, 0, sizeof(*f));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        *numbers[i].at = sofia_decimal_absent();
    }
    f->fee = f->free = f->locked = sofia_wide_absent();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
            if (sofia_json_is(key, texts[i].key)) {
                sofia_json_text(cur, texts[i].at, texts[i].cap);
            }
        }
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
            if (sofia_json_is(key, numbers[i].key)) {
                sofia_json_decimal(cur, numbers[i].at);
            }
        }
        if (sofia_json_is(key, "fee")) {
            sofia_json_wide(cur, &f->fee);
        } else if (sofia_json_is(key, "free")) {
            sofia_json_wide(cur, &f->free);
        } else if (sofia_json_is(key, "locked")) {
            sofia_json_wide(cur, &f->locked);
        } else if (sofia_json_is(key, "ts")) {
            sofia_json_i64(cur, &f->ts_ms);
        }
    }
}

/* A word nobody knows is 0: the core asks again, it never guesses. */
static const struct sofia_word states[] = {
    {"open", SOFIA_STATE_NEW, 0},           {"filled", SOFIA_STATE_FILLED, 0},
    {"cancelled", SOFIA_STATE_CANCELED, 0}, {"expired", SOFIA_STATE_EXPIRED, 0},
    {"rejected", SOFIA_STATE_REJECTED, 0},
};

static int emit_order(struct example *e, const struct fields *f, uint32_t source)
{
    const struct sofia_word *state = SOFIA_WORD(states, sofia_slice_of(f->status));
    struct sofia_event_report report;

    sofia_report_init(&report, source, 0);
    report.head.ts_venue_ns = f->ts_ms * NS_PER_MS;
    report.state = state != NULL ? state->value : 0;
    report.filled_qty = f->filled;
    memcpy(report.client_id, f->id, sizeof(report.client_id));
    memcpy(report.venue_id, f->order, sizeof(report.venue_id));
    return sofia_emit(e->host, &report.head);
}

static int emit_fill(struct example *e, const struct fields *f, uint32_t source)
{
    struct sofia_event_fill fill;

    sofia_fill_init(&fill, source, 0);
    fill.head.ts_venue_ns = f->ts_ms * NS_PER_MS;
    fill.side = strcmp(f->side, "buy") == 0 ? SOFIA_SIDE_BUY : SOFIA_SIDE_SELL;
    fill.qty = f->qty;
    fill.price = f->price;
    fill.fee = f->fee;
    memcpy(fill.fee_asset, f->quote, sizeof(fill.fee_asset));
    memcpy(fill.fill_id, f->fill, sizeof(fill.fill_id));
    memcpy(fill.venue_id, f->order, sizeof(fill.venue_id));
    memcpy(fill.client_id, f->id, sizeof(fill.client_id));
    return sofia_emit(e->host, &fill.head);
}

static int emit_symbol(struct example *e, const struct fields *f)
{
    struct sofia_event_instrument event;

    sofia_event_init(&event.head, SOFIA_EV_INSTRUMENT, sizeof(event), 0);
    sofia_rules_init(&event.instrument);
    event.instrument.status =
        strcmp(f->status, "open") == 0 ? SOFIA_STATUS_TRADING : SOFIA_STATUS_UNKNOWN;
    event.instrument.features =
        SOFIA_CAN_LIMIT | SOFIA_CAN_MARKET | SOFIA_CAN_POST_ONLY | SOFIA_CAN_IOC | SOFIA_CAN_FOK;
    event.instrument.tick = f->tick;
    event.instrument.lot = f->lot;
    memcpy(event.instrument.venue_symbol, f->symbol, sizeof(f->symbol));
    memcpy(event.instrument.base, f->base, sizeof(f->base));
    memcpy(event.instrument.quote, f->quote, sizeof(f->quote));
    memcpy(event.instrument.settle, f->quote, sizeof(f->quote));
    snprintf(event.instrument.name, sizeof(event.instrument.name), "%s/%s", f->base, f->quote);
    return sofia_config_lists(e->host, "symbols", event.instrument.name)
               ? sofia_emit(e->host, &event.head)
               : SOFIA_OK;
}

/* ---- answers: what became of the request ---- */

static int emit_sync(struct example *e, const struct sofia_answer *answer, uint32_t what,
                     uint32_t found, uint32_t absent)
{
    struct sofia_event_sync sync;

    sofia_event_init(&sync.head, SOFIA_EV_SYNC, sizeof(sync), 0);
    sync.what = what;
    sync.found = found;
    sync.absent = absent;
    sync.order_id = answer->order_id;
    return sofia_emit(e->host, &sync.head);
}

static int emit_one(struct example *e, uint32_t endpoint, const struct fields *f)
{
    switch (endpoint) {
    case OPEN:
        return emit_order(e, f, SOFIA_REPORT_LISTING);
    case FILLS:
        return emit_fill(e, f, SOFIA_REPORT_QUERY);
    case SYMBOLS:
        return emit_symbol(e, f);
    default:
        return sofia_emit_balance(e->host, SOFIA_REPORT_QUERY, f->base, f->free, f->locked, 0);
    }
}

/* A list: its elements as events, and a SYNC that says they are all. */
static int read_list(struct example *e, const struct sofia_answer *answer)
{
    static const uint32_t ends[] = {[OPEN] = SOFIA_SYNC_OPEN_ORDERS,
                                    [FILLS] = SOFIA_SYNC_TRADES,
                                    [BALANCES] = SOFIA_SYNC_ACCOUNT,
                                    [SYMBOLS] = SOFIA_SYNC_INSTRUMENTS};
    struct sofia_json cur;
    struct fields f;
    uint32_t found = 0;
    int status = SOFIA_OK;

    if (answer->endpoint == BALANCES) {
        status = sofia_emit_account(e->host, 1, 0, "");
    }
    sofia_json_init(&cur, answer->body, answer->body_len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        read_fields(&cur, &f);
        if (cur.status == 0) {
            status = emit_one(e, answer->endpoint, &f);
            found++;
        }
    }
    if (status == SOFIA_OK && sofia_json_finish(&cur) != 0) {
        return SOFIA_EPARSE; /* torn: half a list must not look like a whole one */
    }
    return status == SOFIA_OK ? emit_sync(e, answer, ends[answer->endpoint], found, 0) : status;
}

/* A refusal that is certain, and what to do about it. Whatever is not listed here is in doubt. */
static const struct {
    const char *error;
    uint32_t verdict;
    uint32_t action;
} refusals[] = {
    {"insufficient_funds", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_NONE},
    {"would_take", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_NONE},
    {"bad_tick", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_REFRESH},
    {"ts_outside_window", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_RESYNC_CLOCK},
    {"duplicate_id", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_ADOPT},
    {"no_such_order", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_GONE},
    {"too_many_requests", SOFIA_VERDICT_NOT_SENT, SOFIA_ACTION_BACK_OFF},
    {"bad_key", SOFIA_VERDICT_REJECTED, SOFIA_ACTION_FATAL},
};

static void refuse(struct example *e, const struct sofia_answer *answer, const struct fields *f,
                   struct sofia_result *result)
{
    sofia_result_doubt(result, f->error[0] != '\0' ? f->error : "no readable answer");
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (strcmp(refusals[i].error, f->error) == 0) {
            result->verdict = refusals[i].verdict;
            result->action = refusals[i].action;
            result->retry_after_ms = result->action == SOFIA_ACTION_BACK_OFF ? 1000 : 0;
        }
    }
    if (answer->endpoint == QUERY && result->action == SOFIA_ACTION_GONE) {
        sofia_result_accept(result); /* an answer too: it knows no such order */
        sofia_result_emitted(emit_sync(e, answer, SOFIA_SYNC_ORDER, 0, 1), result);
    }
}

static int take_object(struct example *e, const struct sofia_answer *answer, const struct fields *f)
{
    switch (answer->endpoint) {
    case TIME:
        return sofia_emit_time(e->host, f->ts_ms * NS_PER_MS);
    case QUERY: {
        int status = emit_order(e, f, SOFIA_REPORT_QUERY);
        return status == SOFIA_OK ? emit_sync(e, answer, SOFIA_SYNC_ORDER, 1, 0) : status;
    }
    default:
        return emit_order(e, f, SOFIA_REPORT_ANSWER);
    }
}

static int on_answer(void *self, const struct sofia_answer *answer, struct sofia_result *result)
{
    struct example *e = self;
    struct sofia_json cur;
    struct fields f;
    int status;

    if (answer->outcome != SOFIA_ANSWER_OK) {
        sofia_result_transport(answer, result); /* never left, or nobody knows */
        return SOFIA_OK;
    }
    sofia_result_accept(result);
    if (answer->endpoint >= SUBSCRIBE) {
        return SOFIA_OK; /* handed over; what the venue says to it arrives as a frame */
    }
    if (answer->http_status == 200 && answer->endpoint >= OPEN && answer->endpoint != TIME) {
        status = read_list(e, answer);
    } else {
        sofia_json_init(&cur, answer->body, answer->body_len);
        read_fields(&cur, &f);
        status = sofia_json_finish(&cur) == 0 ? SOFIA_OK : SOFIA_EPARSE;
        if (answer->http_status != 200) {
            refuse(e, answer, &f, result);
            return SOFIA_OK;
        }
        status = status == SOFIA_OK ? take_object(e, answer, &f) : status;
    }
    if (status == SOFIA_EPARSE) {
        sofia_result_doubt(result, "the answer cannot be read");
    } else {
        sofia_result_emitted(status, result);
    }
    return SOFIA_OK;
}

/* ---- streams ---- */

static void say(struct example *e, uint32_t endpoint, sofia_handle stream, const char *symbol)
{
    struct sofia_request request;
    struct sofia_request_writer w;
    uint64_t id = 0;

    sofia_request_open(&w, &request, endpoint);
    request.stream = stream;
    sofia_request_text(&w, SOFIA_PART_BODY, "{\"op\":\"");
    sofia_request_text(&w, SOFIA_PART_BODY, endpoints[endpoint].path);
    sofia_request_text(&w, SOFIA_PART_BODY, "\"");
    if (endpoint == LOGIN) {
        sofia_request_text(&w, SOFIA_PART_BODY, ",\"key\":\"");
        sofia_request_secret(&w, SOFIA_PART_BODY, e->key);
        sofia_request_text(&w, SOFIA_PART_BODY, "\"");
    } else {
        put_text(&w, "symbol", symbol);
    }
    sofia_request_text(&w, SOFIA_PART_BODY, "}");
    if (sofia_request_close(&w) != SOFIA_OK ||
        e->host->exchange->request(e->host, &request, &id) != SOFIA_OK) {
        e->host->exchange->stream_restart(e->host, stream, "could not say what is wanted");
    }
}

static struct wanted *wanted_of(struct example *e, uint32_t instrument)
{
    for (uint32_t i = 0; i < WANTED; i++) {
        if (e->wanted[i].instrument == instrument) {
            return &e->wanted[i];
        }
    }
    return NULL;
}

static struct wanted *wanted_symbol(struct example *e, const char *symbol)
{
    for (uint32_t i = 0; i < WANTED; i++) {
        if (e->wanted[i].instrument != 0 && strcmp(e->wanted[i].symbol, symbol) == 0) {
            return &e->wanted[i];
        }
    }
    return NULL;
}

/* Whoever trades on quotes must know when they stop and when they are there again. */
static void set_live(struct example *e, struct wanted *wanted, uint32_t live, uint32_t generation)
{
    if (wanted->live != live) {
        wanted->live = live;
        sofia_emit_channel(e->host, SOFIA_CHANNEL_MARKET, wanted->instrument, generation,
                           live ? SOFIA_CHANNEL_UP : SOFIA_CHANNEL_DOWN,
                           live ? "" : "connection lost");
    }
}

static void on_market(struct example *e, int up, uint32_t generation)
{
    for (uint32_t i = 0; i < WANTED; i++) {
        if (e->wanted[i].instrument != 0) {
            set_live(e, &e->wanted[i], 0, generation);
            if (up) {
                say(e, SUBSCRIBE, e->market, e->wanted[i].symbol);
            }
        }
    }
}

static void on_stream(void *self, sofia_handle stream, uint64_t cookie, uint32_t state,
                      uint32_t generation)
{
    struct example *e = self;
    int up = state == SOFIA_STREAM_UP;

    e->generation[cookie] = up ? generation : 0;
    if (cookie == MARKET) {
        on_market(e, up, generation);
    } else if (up) {
        say(e, LOGIN, stream, ""); /* told to the core as UP when the venue has said yes */
    } else {
        sofia_emit_channel(e->host, SOFIA_CHANNEL_PRIVATE, 0, generation, SOFIA_CHANNEL_DOWN,
                           "connection lost");
    }
}

static int emit_quote(struct example *e, const struct fields *f, uint32_t generation)
{
    struct sofia_event_ticker ticker;
    struct wanted *wanted = wanted_symbol(e, f->symbol);

    if (wanted == NULL) {
        return SOFIA_OK;
    }
    sofia_event_init(&ticker.head, SOFIA_EV_TICKER, sizeof(ticker), wanted->instrument);
    ticker.head.generation = generation;
    ticker.bid = f->bid;
    ticker.bid_qty = f->bid_qty;
    ticker.ask = f->ask;
    ticker.ask_qty = f->ask_qty;
    sofia_emit(e->host, &ticker.head); /* no room: the next one replaces it */
    set_live(e, wanted, 1, generation);
    return SOFIA_OK;
}

static int on_frame(void *self, sofia_handle stream, uint64_t cookie, uint32_t generation,
                    const char *bytes, size_t len)
{
    struct example *e = self;
    struct sofia_json cur;
    struct fields f;
    int status = SOFIA_OK;

    if (generation != e->generation[cookie]) {
        return SOFIA_OK; /* of a connection that is gone */
    }
    sofia_json_init(&cur, bytes, len);
    read_fields(&cur, &f);
    if (sofia_json_finish(&cur) != 0) {
        e->host->exchange->stream_restart(e->host, stream, "a message that cannot be read");
        return SOFIA_EPARSE;
    }
    if (strcmp(f.type, "quote") == 0) {
        status = emit_quote(e, &f, generation);
    } else if (strcmp(f.type, "login") == 0) {
        status =
            sofia_emit_channel(e->host, SOFIA_CHANNEL_PRIVATE, 0, generation, SOFIA_CHANNEL_UP, "");
    } else if (strcmp(f.type, "order") == 0) {
        status = emit_order(e, &f, SOFIA_REPORT_STREAM);
    } else if (strcmp(f.type, "fill") == 0) {
        status = emit_fill(e, &f, SOFIA_REPORT_STREAM);
    } else if (strcmp(f.type, "balance") == 0) {
        status = sofia_emit_balance(e->host, SOFIA_REPORT_STREAM, f.base, f.free, f.locked,
                                    f.ts_ms * NS_PER_MS);
    }
    return status;
}

static void on_timer(void *self, uint64_t cookie)
{
    (void)self;
    (void)cookie;
}

static int subscribe(void *self, uint32_t instrument, const char *venue_symbol, uint32_t wanted)
{
    struct example *e = self;
    struct wanted *row = wanted_of(e, instrument);

    if (!wanted) {
        if (row != NULL) {
            memset(row, 0, sizeof(*row));
        }
        return SOFIA_OK;
    }
    row = row != NULL ? row : wanted_of(e, 0);
    if (row == NULL) {
        return SOFIA_ESPACE;
    }
    row->instrument = instrument;
    snprintf(row->symbol, sizeof(row->symbol), "%s", venue_symbol);
    if (e->generation[MARKET] != 0) {
        say(e, SUBSCRIBE, e->market, venue_symbol);
    }
    return SOFIA_OK;
}

static int resync(void *self, uint32_t instrument)
{
    (void)self;
    (void)instrument;
    return SOFIA_OK; /* no books here: the next quote is the whole picture */
}

static const struct sofia_exchange exchange = {
    .size = sizeof(exchange),
    .features = SOFIA_EXCHANGE_PROVES_ABSENCE, /* it takes no order after its "ts" + ACCEPT_NS */
    .origins = origins,
    .buckets = buckets,
    .endpoints = endpoints,
    .origin_count = sizeof(origins) / sizeof(origins[0]),
    .bucket_count = sizeof(buckets) / sizeof(buckets[0]),
    .endpoint_count = sizeof(endpoints) / sizeof(endpoints[0]),
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .encode_submit = encode_submit,
    .encode_cancel = encode_cancel,
    .encode_cancel_all = encode_cancel_all,
    .encode_query = encode_query,
    .encode_open_orders = encode_open_orders,
    .encode_account = encode_account,
    .encode_trades = encode_trades,
    .encode_time = encode_time,
    .encode_instruments = encode_instruments,
    .on_answer = on_answer,
    .on_stream = on_stream,
    .on_frame = on_frame,
    .on_timer = on_timer,
    .subscribe = subscribe,
    .resync = resync,
    .origin_url = origin_url,
};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    .magic = SOFIA_MAGIC,
    .size = sizeof(sofia_module),
    .abi_major = SOFIA_ABI_MAJOR,
    .abi_minor = SOFIA_ABI_MINOR,
    .kind = SOFIA_KIND_EXCHANGE,
    .option_count = sizeof(options) / sizeof(options[0]),
    .option_size = sizeof(struct sofia_option),
    .id = "example.exchange.example",
    .version = "0.1.0",
    .doc = "An adapter to start from",
    .descriptor = &exchange,
    .options = options,
};
