/* long: one desk: starting, doing, and comparing with the ledger of the venue. */
#include "rig.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/impl.h"
#include "net/inproc.h"

#define MS CLOCK_NS_PER_MS
#define STEP_NS (5 * MS)
#define RIG_EXTRA 4

/* ---- the venue as the engine's peer ---- */

/* Every life of the engine numbers its connections from 1; the venue wants numbers that are never used again. */
#define CONN_STRIDE UINT64_C(1000000)

static uint64_t number(const struct rig *rig, uint64_t conn)
{
    return rig->life * CONN_STRIDE + conn;
}

static int peer_http(void *ctx, int64_t now_ns, const struct inproc_request *request)
{
    struct rig *rig = ctx;
    struct venue_header headers[16];
    size_t count = request->header_count < 16 ? request->header_count : 16;
    for (size_t i = 0; i < count; i++) {
        headers[i] = (struct venue_header){.name = request->headers[i].name,
                                           .value = request->headers[i].value};
    }
    struct venue_request out = {.conn = number(rig, request->conn),
                                .method = request->method,
                                .target = request->target,
                                .headers = headers,
                                .header_count = count,
                                .body = request->body,
                                .body_len = request->body_len};
    return venue_http(rig->venue, now_ns, &out);
}

static int peer_ws_open(void *ctx, int64_t now_ns, const struct inproc_request *request)
{
    struct rig *rig = ctx;
    return venue_ws_open(rig->venue, now_ns, number(rig, request->conn), request->target);
}

static void peer_ws_recv(void *ctx, int64_t now_ns, uint64_t conn, const char *bytes, size_t len,
                         bool binary)
{
    struct rig *rig = ctx;
    (void)venue_ws_recv(rig->venue, now_ns, number(rig, conn),
                        binary ? VENUE_WS_BINARY : VENUE_WS_TEXT, bytes, len);
}

static void peer_ws_pong(void *ctx, int64_t now_ns, uint64_t conn)
{
    struct rig *rig = ctx;
    (void)venue_ws_recv(rig->venue, now_ns, number(rig, conn), VENUE_WS_PONG, rig->ping,
                        rig->ping_len);
}

static void peer_ws_closed(void *ctx, int64_t now_ns, uint64_t conn)
{
    struct rig *rig = ctx;
    venue_ws_closed(rig->venue, now_ns, number(rig, conn));
}

static bool peer_poll(void *ctx, int64_t now_ns, struct inproc_output *ret)
{
    static struct inproc_header headers[VENUE_OUT_HEADERS + 1];
    struct rig *rig = ctx;
    struct venue_output out;
    venue_step(rig->venue, now_ns);
    if (!venue_poll(rig->venue, now_ns, &out)) {
        return false;
    }
    memset(ret, 0, sizeof(*ret));
    ret->conn = out.conn / CONN_STRIDE == rig->life ? out.conn % CONN_STRIDE : UINT64_MAX;
    ret->bytes = out.body;
    ret->len = out.send_len;
    if (out.kind == VENUE_OUT_HTTP) {
        ret->kind = INPROC_ANSWER;
        ret->status = out.status;
        ret->cut = out.send_len < out.body_len;
        for (size_t i = 0; i < out.header_count; i++) {
            headers[i] = (struct inproc_header){out.headers[i].name, out.headers[i].value};
        }
        headers[out.header_count] = (struct inproc_header){"content-type", out.content_type};
        ret->headers = headers;
        ret->header_count = out.header_count + 1;
    } else if (out.kind == VENUE_OUT_CLOSE || out.opcode == VENUE_WS_CLOSE ||
               out.send_len < out.body_len) { /* a frame that breaks off is never read */
        ret->kind = INPROC_CLOSE;
        ret->close_code = out.close_code;
    } else if (out.opcode == VENUE_WS_PING || out.opcode == VENUE_WS_PONG) {
        ret->kind = INPROC_PONG;
        rig->ping_len = out.body_len < sizeof(rig->ping) ? out.body_len : sizeof(rig->ping);
        memcpy(rig->ping, out.body, rig->ping_len);
    } else {
        ret->kind = INPROC_FRAME;
        ret->len = out.body_len;
    }
    return true;
}

static int64_t peer_due(void *ctx)
{
    struct rig *rig = ctx;
    return venue_next_due_ns(rig->venue);
}

static int make_net(void *ctx, const struct net_config *config, struct net **ret_net)
{
    struct inproc_peer peer = {.ctx = ctx,
                               .http = peer_http,
                               .ws_open = peer_ws_open,
                               .ws_recv = peer_ws_recv,
                               .ws_pong = peer_ws_pong,
                               .ws_closed = peer_ws_closed,
                               .poll = peer_poll,
                               .next_due_ns = peer_due};
    return inproc_new(config, &peer, ret_net);
}

/* ---- dialects: what the engine is told, and the key the venue knows it by ---- */

struct dialect {
    const char *name;
    const char *options; /* of the exchange instance, without symbols */
    struct venue_key key;
};

/* A throwaway key, made for the venue's own tests. */
#define COINBASE_SECRET                                                                            \
    "-----BEGIN PRIVATE KEY-----\\n"                                                               \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYLhkpll3kHadmG3m\\n"                          \
    "p981NSas5N8u2wOxFROFI8ktq/uhRANCAAS9V0/80Ll0sTL9kIYmrUPKWd7sauls\\n"                          \
    "3KCkNS1xo8Hx0YqKUzd1ER5b238qUhK3fBbX4wNxi+u90bc7iLgKPqlo\\n"                                  \
    "-----END PRIVATE KEY-----"
#define COINBASE_PUBLIC                                                                            \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvVdP/NC5dLEy/ZCGJq1Dylne7Grp\n"                           \
    "bNygpDUtcaPB8dGKilM3dREeW9t/KlISt3wW1+MDcYvrvdG3O4i4Cj6paA==\n"                               \
    "-----END PUBLIC KEY-----\n"

/* The secret of Kraken's published example. */
#define KRAKEN_SECRET                                                                              \
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="

static const struct dialect dialects[] = {
    {.name = "binance",
     .options = "  rest_url: http://127.0.0.1:1\n  stream_url: ws://127.0.0.1:1\n"
                "  ws_api_url: ws://127.0.0.1:1\n  order_timeout: 500ms\n  recv_window: 200ms\n"
                "  api_key: key1\n  api_secret: secret1\n",
     .key =
         {.account = "me", .api_key = "key1", .secret = "secret1", .permissions = VENUE_MAY_ALL}},
    {.name = "coinbase",
     .options = "  rest_url: http://127.0.0.1:1\n  ws_url: ws://127.0.0.1:1\n"
                "  ws_user_url: ws://127.0.0.1:1/user\n  order_timeout: 500ms\n"
                "  api_key: organizations/o/apiKeys/k\n  api_secret: '" COINBASE_SECRET "'\n",
     .key = {.account = "me",
             .dialect = "coinbase",
             .api_key = "organizations/o/apiKeys/k",
             .public_pem = COINBASE_PUBLIC,
             .permissions = VENUE_MAY_ALL}},
    {.name = "kraken",
     .options = "  rest_url: http://127.0.0.1:1\n  ws_url: ws://127.0.0.1:1\n"
                "  ws_auth_url: ws://127.0.0.1:1/auth\n  deadline: 3s\n  visibility_lag: 1s\n"
                "  tier: pro\n  api_key: kraken-key\n  api_secret: " KRAKEN_SECRET "\n",
     .key = {.account = "me",
             .dialect = "kraken",
             .api_key = "kraken-key",
             .secret = KRAKEN_SECRET,
             .permissions = VENUE_MAY_ALL}},
    {.name = "paper", /* practice on public data: nobody uses the key */
     .options = "  rest_url: http://127.0.0.1:1\n  stream_url: ws://127.0.0.1:1\n"
                "  balances: [{asset: USDT, amount: 10000}, {asset: BTC, amount: 0.5}]\n"
                "  maker_bps: 2\n  taker_bps: 7.5\n",
     .key =
         {.account = "me", .api_key = "key1", .secret = "secret1", .permissions = VENUE_MAY_ALL}},
};

static const struct dialect *dialect_of(const struct rig_options *options)
{
    for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
        if (options->venue == NULL || str_eq(options->venue, dialects[i].name)) {
            return &dialects[i];
        }
    }
    cr_assert_fail("no dialect %s", options->venue);
    return NULL;
}

/* ---- making ---- */

static void load_config(struct rig *rig)
{
    char exchange[2048];
    char engine[2048];
    char limits[1024];
    char quoter[1024];
    const struct rig_options *o = &rig->options;
    const struct dialect *dialect = dialect_of(o);
    (void)str_format(exchange, sizeof(exchange),
                     "kind: exchange\nname: %s\nplugin: exchange_%s.so\noptions:\n%s"
                     "  symbols: [%s]\n%s",
                     dialect->name, dialect->name, dialect->options,
                     o->symbols == NULL ? "BTC/USDT, ETH/USDT, BNB/USDT" : o->symbols,
                     o->extra_exchange == NULL ? "" : o->extra_exchange);
    (void)str_format(
        engine, sizeof(engine),
        "kind: engine\nname: engine\noptions:\n  trading_mode: %s\n  state_dir: %s\n"
        "  ring_dir: %s\n  ring_bytes: %u\n  log_file: ''\n"
        "  doubt_first_query: 50ms\n  doubt_max_query: 200ms\n  doubt_server_timeout: 200ms\n"
        "  doubt_margin: 50ms\n  doubt_gap: 50ms\n  kill_interval: 50ms\n"
        "  pegs: [{asset: USDT, to: USD, band_bps: 200}]\n%s",
        o->trading_mode == NULL ? "live" : o->trading_mode, rig->state_dir, rig->state_dir,
        o->ring_bytes == 0 ? 1048576 : o->ring_bytes,
        o->extra_engine == NULL ? "" : o->extra_engine);
    (void)str_format(
        limits, sizeof(limits),
        "kind: risk\nname: limits\nplugin: risk_limits.so\noptions:\n"
        "  max_order_usd: 2000\n  max_position_usd: 20000\n  max_daily_loss_usd: 5000\n%s",
        o->extra_limits == NULL ? "" : o->extra_limits);
    (void)str_format(quoter, sizeof(quoter),
                     "kind: strategy\nname: quoter\nplugin: strategy_quoter.so\noptions:\n%s",
                     o->quoter == NULL ? "" : o->quoter);
    struct config_text files[4 + RIG_EXTRA] = {{"00-engine.yaml", engine, strlen(engine)},
                                               {"10-exchange.yaml", exchange, strlen(exchange)},
                                               {"30-limits.yaml", limits, strlen(limits)},
                                               {"50-quoter.yaml", quoter, strlen(quoter)}};
    struct config_texts texts = {.files = files, .count = o->quoter == NULL ? 3 : 4};
    for (size_t i = 0; i < o->extra_count && i < RIG_EXTRA; i++) {
        files[texts.count++] = o->extra_files[i];
    }
    cr_assert_eq(config_load_texts(&texts, &rig->config), 0, "%s", error_message());
}

/* Not by cr_log_warn(): a run in which that was called fails, whatever its tests say. */
static void print_problems(struct rig *rig)
{
    struct text text = {0};
    config_print_problems(rig->config, &text);
    (void)fprintf(stderr, "%s\n", text_get(&text));
    text_release(&text);
}

int rig_try_restart(struct rig *rig)
{
    static const char *const folders[] = {SOFIA_BINARY_DIR "/plugins",
                                          SOFIA_BINARY_DIR "/badplugins", NULL};
    load_config(rig);
    rig->life++;
    struct engine_config config = {.config = rig->config,
                                   .folders = folders,
                                   .clock = &rig->clock.clock,
                                   .stepped = true,
                                   .no_control = true,
                                   .make_net = make_net,
                                   .ctx = rig,
                                   .io = rig->options.io};
    int rc = engine_new(&config, &rig->engine);
    if (rc != 0) {
        print_problems(rig);
        rig->engine = NULL;
        rig->config = config_free(rig->config);
        return rc;
    }
    cr_assert_eq(engine_begin(rig->engine), 0, "%s", error_text());
    return 0;
}

void rig_restart(struct rig *rig)
{
    cr_assert_eq(rig_try_restart(rig), 0, "%s", error_text());
}

void rig_start(struct rig *rig, const struct rig_options *options)
{
    struct venue_config config;
    struct log_options quiet = {.level = getenv("RIG_LOG") == NULL ? LOG_ERROR : LOG_DEBUG};
    memset(rig, 0, sizeof(*rig));
    (void)log_init(&quiet);
    rig->options = *options;
    clock_sim_init(&rig->clock, RIG_T0);
    if (options->state_dir != NULL) {
        (void)str_copy(rig->state_dir, sizeof(rig->state_dir), options->state_dir);
    } else {
        const char *folder = getenv("TMPDIR");
        (void)str_format(rig->state_dir, sizeof(rig->state_dir), "%s/sofia-rig-XXXXXX",
                         folder == NULL ? "/tmp" : folder);
        cr_assert_not_null(mkdtemp(rig->state_dir));
    }
    venue_config_init(&config);
    config.seed = options->seed == 0 ? 7 : options->seed;
    config.start_ns = RIG_T0;
    config.makers = options->makers;
    if (options->set_venue != NULL) {
        options->set_venue(&config);
    }
    rig->venue = venue_new(&config);
    cr_assert_not_null(rig->venue);
    cr_assert_eq(venue_account_add(rig->venue, "me", "BTC=2,USDT=100000,ETH=10,BNB=5"), 0);
    cr_assert_eq(venue_key_add(rig->venue, &dialect_of(options)->key), 0, "%s",
                 venue_error(rig->venue));
    rig_restart(rig);
}

void rig_kill(struct rig *rig)
{
    engine_abandon(rig->engine);
    rig->engine = NULL;
    rig->config = config_free(rig->config);
}

void rig_stop(struct rig *rig)
{
    for (int i = 0; i < 4000 && !engine_end(rig->engine, 1); i++) {
        clock_sim_advance(&rig->clock, STEP_NS);
    }
    rig->engine = engine_free(rig->engine);
    rig->config = config_free(rig->config);
}

void rig_free(struct rig *rig)
{
    char command[300];
    if (rig->engine != NULL) {
        rig->engine = engine_free(rig->engine);
    }
    rig->config = config_free(rig->config);
    rig->venue = venue_free(rig->venue);
    if (rig->options.state_dir == NULL && getenv("RIG_KEEP") == NULL) {
        (void)str_format(command, sizeof(command), "rm -rf %s", rig->state_dir);
        cr_expect_eq(system(command), 0);
    }
}

/* ---- time ---- */

void rig_run_ms(struct rig *rig, int64_t ms)
{
    int64_t end = rig->clock.steady_ns + ms * MS;
    while (rig->clock.steady_ns < end) {
        engine_turn(rig->engine);
        int64_t left = end - rig->clock.steady_ns;
        clock_sim_advance(&rig->clock, left < STEP_NS ? left : STEP_NS);
    }
    engine_turn(rig->engine);
}

void rig_run_frozen_ms(struct rig *rig, int64_t ms)
{
    int64_t end = rig->clock.steady_ns + ms * MS;
    while (rig->clock.steady_ns < end) {
        (void)net_turn(engine_net(rig->engine), 0);
        clock_sim_advance(&rig->clock, STEP_NS);
    }
}

static bool market_is_valid(struct rig *rig)
{
    const struct market *market = engine_path(rig->engine)->market;
    struct sofia_top top = {0};
    for (uint32_t i = 0; i < market->cap; i++) {
        if (market->items[i] != NULL && str_eq(market->items[i]->rules.name, "BTC/USDT")) {
            market_top(market, market->items[i], clock_mono_ns(&rig->clock.clock), &top);
        }
    }
    return top.valid != 0;
}

void rig_ready(struct rig *rig)
{
    for (int i = 0; i < 3000 && !engine_path(rig->engine)->accepting; i++) {
        rig_run_ms(rig, 10);
    }
    for (int i = 0; i < 3000 && rig->options.makers && !market_is_valid(rig); i++) {
        rig_run_ms(rig, 10);
    }
    const struct path_account *account = &engine_path(rig->engine)->accounts[rig->judged];
    cr_assert(engine_path(rig->engine)->accepting, "not ready after 30 s: %s", account->why);
}

/* ---- doing ---- */

static struct sofia_decimal decimal(const char *text)
{
    struct sofia_decimal value = sofia_decimal_absent();
    if (text != NULL) {
        cr_assert_eq(sofia_decimal_parse(text, strlen(text), &value), 0, "%s", text);
    }
    return value;
}

struct command_reply rig_submit(struct rig *rig, const char *side, const char *type,
                                const char *tif, const char *qty, const char *price)
{
    return rig_submit_on(rig, "BTC/USDT", side, type, tif, qty, price);
}

struct command_reply rig_submit_on(struct rig *rig, const char *instrument, const char *side,
                                   const char *type, const char *tif, const char *qty,
                                   const char *price)
{
    struct command_reply reply;
    struct command command = {.kind = COMMAND_SUBMIT, .author = "test"};
    struct command_order *o = &command.order;
    const char *colon = strchr(instrument, ':');
    (void)str_copy(o->instrument, sizeof(o->instrument), colon == NULL ? instrument : colon + 1);
    (void)str_copy_n(o->account, sizeof(o->account), instrument,
                     colon == NULL ? 0 : (size_t)(colon - instrument));
    o->side = str_eq(side, "buy") ? SOFIA_SIDE_BUY : SOFIA_SIDE_SELL;
    o->type = str_eq(type, "market") ? SOFIA_TYPE_MARKET : SOFIA_TYPE_LIMIT;
    o->tif = str_eq(tif, "gtc")    ? SOFIA_TIF_GTC
             : str_eq(tif, "ioc")  ? SOFIA_TIF_IOC
             : str_eq(tif, "fok")  ? SOFIA_TIF_FOK
             : str_eq(tif, "post") ? SOFIA_TIF_GTC
                                   : 0;
    o->flags = str_eq(tif, "post") ? SOFIA_ORDER_POST_ONLY : 0;
    o->qty = decimal(qty);
    o->price = decimal(price);
    engine_command(rig->engine, &command, &reply);
    return reply;
}

struct command_reply rig_amend(struct rig *rig, uint64_t order_id, const char *qty,
                               const char *price)
{
    struct command_reply reply;
    struct command command = {.kind = COMMAND_AMEND, .author = "test"};
    command.order.replaces = order_id;
    command.order.qty = decimal(qty);
    command.order.price = decimal(price);
    engine_command(rig->engine, &command, &reply);
    return reply;
}

struct command_reply rig_cancel(struct rig *rig, uint64_t order_id)
{
    struct command_reply reply;
    struct command command = {.kind = COMMAND_CANCEL, .order_id = order_id, .author = "test"};
    engine_command(rig->engine, &command, &reply);
    return reply;
}

struct command_reply rig_command(struct rig *rig, enum command_kind kind, const char *scope,
                                 uint32_t level)
{
    struct command_reply reply;
    struct command command = {.kind = kind, .author = "test", .reason = "because of a test"};
    command.kill.level = level;
    (void)str_copy(command.kill.scope, sizeof(command.kill.scope), scope);
    engine_command(rig->engine, &command, &reply);
    return reply;
}

void rig_fault(struct rig *rig, const char *json)
{
    cr_assert_eq(venue_fault(rig->venue, rig->clock.wall_ns, json), 0, "%s: %s", json,
                 venue_error(rig->venue));
}

const struct order *rig_order(struct rig *rig, uint64_t order_id)
{
    const struct order *order = state_order(engine_path(rig->engine)->state, order_id);
    cr_assert_not_null(order, "no order %llu", (unsigned long long)order_id);
    return order;
}

const char *rig_state(struct rig *rig, uint64_t order_id)
{
    return order_shown_name(&rig_order(rig, order_id)->pub);
}

/* ---- comparing ---- */

/* Criterion passes a test whose .fini fails an assertion, and that is where rigs are compared: only a crash there counts. */
#define must(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: " #condition ": ", __FILE__, __LINE__);                  \
            (void)fprintf(stderr, __VA_ARGS__);                                                    \
            (void)fputc('\n', stderr);                                                             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static cJSON *ledger(struct rig *rig)
{
    cJSON *root = cJSON_Parse(venue_ledger(rig->venue));
    must(root != NULL, "the ledger is no JSON");
    return root;
}

static const cJSON *mine(const struct rig *rig, const cJSON *root)
{
    return cJSON_GetArrayItem(cJSON_GetObjectItem(root, "accounts"), (int)rig->judged);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(object, name);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static void compare_balances(struct rig *rig, const cJSON *account)
{
    struct ledger *ours = &engine_path(rig->engine)->state->ledger;
    uint32_t account_id = engine_path(rig->engine)->accounts[rig->judged].id;
    const cJSON *balance;
    cJSON_ArrayForEach(balance, cJSON_GetObjectItem(account, "balances"))
    {
        const struct asset *asset = ledger_asset_find(ours, account_id, text_of(balance, "asset"));
        const char *total = text_of(balance, "total");
        struct sofia_wide expected = sofia_wide_zero();
        struct sofia_wide told;
        char shown[SOFIA_DECIMAL_TEXT] = "?";
        must(sofia_wide_parse(total, strlen(total), &told) == 0, "%s", total);
        if (asset != NULL) {
            must(asset_expected(asset, &expected) == 0, "%s", text_of(balance, "asset"));
        }
        (void)sofia_wide_print(expected, shown, sizeof(shown));
        must(sofia_wide_cmp(expected, told) == 0, "%s: ledger %s, venue %s",
             text_of(balance, "asset"), shown, total);
    }
}

static void compare_orders(struct rig *rig, const cJSON *account)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(account, "orders"))
    {
        const char *id = text_of(item, "clientOrderId");
        const char *executed = text_of(item, "executedQty");
        struct order *named = state_order_by_client(engine_path(rig->engine)->state, id);
        const struct order *order =
            named == NULL ? NULL : path_successor(engine_path(rig->engine), named);
        bool open = cJSON_IsTrue(cJSON_GetObjectItem(item, "open"));
        must(order != NULL, "the venue has order %s, the journal has not", id);
        must(sofia_decimal_cmp(order->pub.filled_qty, decimal(executed)) == 0,
             "order %s: executed %s at the venue", id, executed);
        must(!SOFIA_STATE_IS_TERMINAL(order->base_state) == open,
             "order %s is %s here and %s at the venue", id, order_state_name(order->base_state),
             text_of(item, "status"));
    }
}

void rig_compare(struct rig *rig)
{
    rig_run_ms(rig, 3000);
    cJSON *root = ledger(rig);
    compare_orders(rig, mine(rig, root));
    compare_balances(rig, mine(rig, root));
    must(engine_path(rig->engine)->state->doubts == 0, "orders are still in doubt");
    must(engine_path(rig->engine)->state->illegal_transitions == 0, "counted");
    cJSON_Delete(root);
}

int rig_open_at_venue(struct rig *rig)
{
    cJSON *root = ledger(rig);
    const cJSON *item;
    int open = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(mine(rig, root), "orders"))
    {
        open += cJSON_IsTrue(cJSON_GetObjectItem(item, "open")) ? 1 : 0;
    }
    cJSON_Delete(root);
    return open;
}

int rig_orders_at_venue(struct rig *rig)
{
    cJSON *root = ledger(rig);
    int count = cJSON_GetArraySize(cJSON_GetObjectItem(mine(rig, root), "orders"));
    cJSON_Delete(root);
    return count;
}

int rig_copies_at_venue(struct rig *rig, uint64_t order_id)
{
    cJSON *root = ledger(rig);
    const char *id = rig_order(rig, order_id)->pub.client_id;
    const cJSON *item;
    int count = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(mine(rig, root), "orders"))
    {
        count += str_eq(text_of(item, "clientOrderId"), id) ? 1 : 0;
    }
    cJSON_Delete(root);
    return count;
}

uint64_t rig_sent(struct rig *rig, uint32_t class_)
{
    return exchange_sent_count(engine_path(rig->engine)->accounts[rig->judged].exchange, class_);
}
