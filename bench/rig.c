#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/impl.h"
#include "samples.h"

#define READY_NS (INT64_C(30) * CLOCK_NS_PER_S)
#define PERSIST_NS (2 * CLOCK_NS_PER_MS)
#define RULES_MAX 16
#define TEXT 2048

/* ---- configuration ---- */

struct texts {
    char bytes[RULES_MAX + 2][TEXT];
    char names[RULES_MAX + 2][32];
    struct config_text files[RULES_MAX + 2];
    size_t count;
};

static void add(struct texts *texts, const char *name)
{
    size_t i = texts->count++;
    (void)str_copy(texts->names[i], sizeof(texts->names[i]), name);
    texts->files[i] = (struct config_text){
        .name = texts->names[i], .data = texts->bytes[i], .len = strlen(texts->bytes[i])};
}

static void write_engine(struct texts *texts, const struct rig *rig, const struct rig_options *o)
{
    (void)str_format(texts->bytes[texts->count], TEXT,
                     "kind: engine\nname: engine\noptions:\n  trading_mode: %s\n  state_dir: %s\n"
                     "  log_file: ''\n  ca_file: '%s'\n  stale: 1h\n  on_difference: accept\n"
                     "  pegs: [{asset: USDT, to: USD, band_bps: 200}]\n",
                     o->trading_mode, rig->state_dir, o->ca_file == NULL ? "" : o->ca_file);
    add(texts, "00-engine.yaml");
}

static void write_exchange(struct texts *texts, const struct rig_options *o)
{
    const char *rest = strstr(o->venue_url, "://");
    if (rest == NULL) {
        bench_fail("'%s' is no URL", o->venue_url);
    }
    const char *ws = o->ca_file == NULL ? "ws" : "wss";
    (void)str_format(texts->bytes[texts->count], TEXT,
                     "kind: exchange\nname: binance\nplugin: exchange_binance.so\noptions:\n"
                     "  rest_url: %s\n  stream_url: %s%s\n  ws_api_url: %s%s\n  symbols: [%s]\n"
                     "  api_key: sofia\n  api_secret: sofia-secret\n",
                     o->venue_url, ws, rest, ws, rest, RIG_SYMBOL);
    add(texts, "10-exchange.yaml");
}

static void write_rules(struct texts *texts, uint32_t rules)
{
    for (uint32_t i = 0; i < rules; i++) {
        char name[32];
        (void)str_format(texts->bytes[texts->count], TEXT,
                         "kind: risk\nname: limits%u\nplugin: risk_limits.so\noptions:\n"
                         "  max_order_usd: 2000\n  max_position_usd: 20000\n"
                         "  max_daily_loss_usd: 5000\n  max_open_orders: 20\n"
                         "  max_open_orders_total: 100\n",
                         i + 1);
        (void)str_format(name, sizeof(name), "%u-limits.yaml", 30 + i);
        add(texts, name);
    }
}

static void load_config(struct rig *rig, const struct rig_options *options)
{
    static struct texts texts;
    if (options->rules < 1 || options->rules > RULES_MAX) {
        bench_fail("1 to %d rules", RULES_MAX);
    }
    write_engine(&texts, rig, options);
    write_exchange(&texts, options);
    write_rules(&texts, options->rules);
    struct config_texts all = {.files = texts.files, .count = texts.count};
    if (config_load_texts(&all, &rig->config) != 0) {
        bench_fail("configuration: %s", error_message());
    }
}

static _Noreturn void fail_with_problems(struct rig *rig)
{
    struct text text = {0};
    config_print_problems(rig->config, &text);
    (void)fputs(text_get(&text), stderr);
    bench_fail("the engine does not start: %s", error_message());
}

/* ---- starting and stopping ---- */

static const struct market_item *item_of(struct rig *rig)
{
    const struct market *market = engine_path(rig->engine)->market;
    for (uint32_t i = 0; i < market->cap; i++) {
        const struct market_item *item = market->items[i];
        if (item != NULL && item->declared && str_eq(item->rules.name, RIG_SYMBOL)) {
            return item;
        }
    }
    return NULL;
}

static bool has_market(struct rig *rig)
{
    struct sofia_top top = {0};
    const struct market_item *item = item_of(rig);
    if (item != NULL) {
        market_top(engine_path(rig->engine)->market, item, bench_now_ns(), &top);
    }
    return top.valid != 0;
}

static void wait_until_ready(struct rig *rig)
{
    int64_t deadline = bench_now_ns() + READY_NS;
    while (!engine_path(rig->engine)->accepting || !has_market(rig)) {
        if (bench_now_ns() > deadline) {
            bench_fail("not ready after 30 s: %s", engine_path(rig->engine)->accounts[0].why);
        }
        rig_turn(rig, 10);
        rig_persist(rig);
    }
}

void rig_start(struct rig *rig, const struct rig_options *options)
{
    const char *folders[] = {options->plugins, NULL};
    struct log_options quiet = {.level = getenv("BENCH_LOG") == NULL ? LOG_ERROR : LOG_INFO};
    memset(rig, 0, sizeof(*rig));
    (void)str_copy(rig->state_dir, sizeof(rig->state_dir), "/tmp/sofia-bench-XXXXXX");
    if (mkdtemp(rig->state_dir) == NULL) {
        bench_fail("no folder in /tmp");
    }
    if (log_init(&quiet) != 0 || net_global_init() != 0) {
        bench_fail("%s", error_message());
    }
    load_config(rig, options);
    struct engine_config config = {.config = rig->config, .folders = folders, .no_control = true};
    if (engine_new(&config, &rig->engine) != 0) {
        fail_with_problems(rig);
    }
    if (engine_begin(rig->engine) != 0) {
        bench_fail("%s", error_message());
    }
    wait_until_ready(rig);
}

static void remove_state(const struct rig *rig)
{
    char command[128];
    (void)str_format(command, sizeof(command), "exec rm -rf '%s'", rig->state_dir);
    if (system(command) != 0) {
        bench_fail("%s cannot be removed", rig->state_dir);
    }
}

void rig_stop(struct rig *rig)
{
    int64_t deadline = bench_now_ns() + READY_NS;
    if (rig->persisting) {
        atomic_store(&rig->persist_stop, true);
        (void)pthread_join(rig->persist, NULL);
    }
    engine_stop(rig->engine);
    while (!rig->engine->stopped) {
        if (bench_now_ns() > deadline) {
            bench_fail("the engine does not stop");
        }
        rig_turn(rig, 10);
        rig_persist(rig);
    }
    rig->engine = engine_free(rig->engine);
    rig->config = config_free(rig->config);
    net_global_release();
    log_release();
    remove_state(rig);
}

/* ---- turning ---- */

void rig_turn(struct rig *rig, uint32_t max_wait_ms)
{
    (void)net_turn(engine_net(rig->engine), max_wait_ms); /* the engine's own turn hangs on it */
}

void rig_persist(struct rig *rig)
{
    engine_persist_step(rig->engine);
}

static void *persist(void *ctx)
{
    struct rig *rig = ctx;
    const struct timespec pause = {.tv_nsec = PERSIST_NS};
    while (!atomic_load(&rig->persist_stop)) {
        engine_persist_step(rig->engine);
        (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

void rig_persist_start(struct rig *rig)
{
    if (pthread_create(&rig->persist, NULL, persist, rig) != 0) {
        bench_fail("no thread");
    }
    rig->persisting = true;
}

/* ---- the order ---- */

uint32_t rig_instrument(struct rig *rig)
{
    return item_of(rig)->id;
}

void rig_order(struct command_order *ret_order)
{
    memset(ret_order, 0, sizeof(*ret_order));
    (void)str_copy(ret_order->instrument, sizeof(ret_order->instrument), RIG_SYMBOL);
    ret_order->side = SOFIA_SIDE_BUY;
    ret_order->type = SOFIA_TYPE_LIMIT;
    ret_order->tif = SOFIA_TIF_IOC;
    if (sofia_decimal_parse(RIG_QTY, strlen(RIG_QTY), &ret_order->qty) != 0 ||
        sofia_decimal_parse(RIG_PRICE, strlen(RIG_PRICE), &ret_order->price) != 0) {
        bench_fail("the order's numbers cannot be read");
    }
}
