#include "rig.h"

#include <cjson/cJSON.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "check.h"
#include "client.h"
#include "cmd/cmd.h"
#include "net/net.h"

#define TRIES 600 /* of a tenth of a second */

static void tenth(void)
{
    const struct timespec pause = {.tv_nsec = 100 * CLOCK_NS_PER_MS};
    (void)nanosleep(&pause, NULL);
}

static char *in_dir(const struct rig *rig, const char *name, char ret_path[RIG_PATH + 32])
{
    (void)str_format(ret_path, RIG_PATH + 32, "%s/%s", rig->dir, name);
    return ret_path;
}

/* ---- the venue ---- */

static void become_venue(const struct rig *rig, int out)
{
    static const char lose_answer[] = "{\"kind\":\"drop_after\",\"every\":9,\"match\":{\"method\":"
                                      "\"POST\",\"path\":\"/api/v3/order\"}}";
    static const char lose_request[] = "{\"kind\":\"drop_before\",\"every\":7,\"match\":{"
                                       "\"method\":\"POST\",\"path\":\"/api/v3/order\"}}";
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* no venue survives a test that was aborted */
    (void)dup2(out, STDOUT_FILENO);
    (void)execl(SOFIA_BINARY_DIR "/bin/sofia-venue", "sofia-venue", "--port", "0", "--dir",
                rig->dir, "--seed", "1", "--symbols", "BTCUSDT,ETHUSDT", "--account",
                "me:secret1:BTC=1,ETH=10,USDT=100000", "--fault", lose_answer, "--fault",
                lose_request, (char *)NULL);
    _exit(127);
}

static bool read_url(struct rig *rig, FILE *out)
{
    static const char word[] = "sofia-venue ready ";
    char line[512];
    while (fgets(line, sizeof(line), out) != NULL) {
        if (str_starts(line, word)) {
            const char *url = line + sizeof(word) - 1;
            return str_copy_n(rig->venue_url, sizeof(rig->venue_url), url, strcspn(url, " \n")) ==
                   0;
        }
    }
    return false;
}

static bool start_venue(struct rig *rig)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return false;
    }
    rig->venue = fork();
    if (rig->venue == 0) {
        become_venue(rig, ends[1]);
    }
    (void)close(ends[1]);
    FILE *out = fdopen(ends[0], "r");
    bool ready = out != NULL && read_url(rig, out);
    if (out != NULL) {
        (void)fclose(out); /* it says no more than one line */
    }
    (void)in_dir(rig, "ca.pem", rig->ca);
    return ready;
}

/* ---- the engine ---- */

static bool load_config(struct rig *rig)
{
    static const char limits[] =
        "kind: risk\nname: limits\nplugin: risk_limits.so\noptions:\n"
        "  max_order_usd: 500\n  max_position_usd: 5000\n  max_daily_loss_usd: 1000\n"
        "  max_open_orders: 12\n  max_open_orders_total: 24\n";
    static const char quoter[] =
        "kind: strategy\nname: quoter\nplugin: strategy_quoter.so\noptions:\n"
        "  instrument: BTC/USDT\n  order_qty: 0.002\n  max_inventory: 0.02\n"
        "  min_inventory: 0\n  spread_bps: 1.5\n  levels: 2\n  level_step_bps: 2\n"
        "  skew_bps_per_inventory: 100\n  reprice_bps: 0.5\n  refresh: 100ms\n"
        "  take_every: 3\n  backoff: 250ms\n  backoff_max: 2s\n";
    static const char jsonl[] =
        "kind: sink\nname: jsonl\nplugin: sink_jsonl.so\noptions:\n  file: events.jsonl\n";
    static const char prometheus[] = "kind: sink\nname: prometheus\nplugin: sink_prometheus.so\n";
    char engine[2048];
    char exchange[1024];
    (void)str_format(
        engine, sizeof(engine),
        "kind: engine\nname: engine\noptions:\n  trading_mode: live\n  state_dir: %s/state\n"
        "  ring_dir: %s\n  ring_bytes: 4194304\n  log_file: ''\n  token_file: %s/token\n"
        "  ca_file: %s\n  port: 0\n  stall: 30s\n  doubt_first_query: 100ms\n  doubt_max_query: "
        "500ms\n"
        "  doubt_server_timeout: 200ms\n  doubt_margin: 100ms\n  doubt_gap: 100ms\n"
        "  kill_interval: 100ms\n  pegs: [{asset: USDT, to: USD, band_bps: 200}]\n",
        rig->dir, rig->dir, rig->dir, rig->ca);
    const char *host = rig->venue_url + strlen("https://");
    (void)str_format(exchange, sizeof(exchange),
                     "kind: exchange\nname: binance\nplugin: exchange_binance.so\noptions:\n"
                     "  rest_url: https://%s\n  stream_url: wss://%s\n  ws_api_url: wss://%s\n"
                     "  symbols: [BTC/USDT, ETH/USDT]\n  api_key: me\n  api_secret: secret1\n"
                     "  order_timeout: 1s\n  recv_window: 500ms\n",
                     host, host, host);
    const struct config_text files[] = {{"00-engine.yaml", engine, strlen(engine)},
                                        {"10-exchange.yaml", exchange, strlen(exchange)},
                                        {"30-limits.yaml", limits, strlen(limits)},
                                        {"50-quoter.yaml", quoter, strlen(quoter)},
                                        {"70-jsonl.yaml", jsonl, strlen(jsonl)},
                                        {"71-prometheus.yaml", prometheus, strlen(prometheus)}};
    const struct config_texts texts = {.files = files, .count = sizeof(files) / sizeof(files[0])};
    return config_load_texts(&texts, &rig->config) == 0;
}

static void say_problems(const struct rig *rig)
{
    struct text text = {0};
    fprintf(stderr, "engine: %s\n", error_text());
    if (rig->config != NULL) {
        config_print_problems(rig->config, &text);
        fputs(text_get(&text), stderr);
    }
    text_release(&text);
}

static bool make_engine(struct rig *rig)
{
    static const char *const folders[] = {SOFIA_BINARY_DIR "/plugins", NULL};
    struct engine_options options;
    struct engine_config config = {.folders = folders};
    if (!load_config(rig)) {
        return false;
    }
    config.config = rig->config;
    return engine_check(&config, &options) == 0 && net_global_init() == 0 &&
           engine_new(&config, &rig->engine) == 0;
}

bool rig_start(struct rig *rig)
{
    char path[RIG_PATH + 32];
    memset(rig, 0, sizeof(*rig));
    (void)str_copy(rig->dir, sizeof(rig->dir), "/tmp/sofia-engine-XXXXXX");
    if (mkdtemp(rig->dir) == NULL || !start_venue(rig)) {
        fprintf(stderr, "the venue does not start\n");
        return false;
    }
    const struct log_options log = {
        .level = LOG_DEBUG, .path = in_dir(rig, "engine.log", path), .quiet = true};
    if (log_init(&log) != 0 || !make_engine(rig)) {
        say_problems(rig);
        return false;
    }
    return true;
}

static void *run(void *ctx)
{
    struct rig *rig = ctx;
    int rc = engine_run(rig->engine);
    if (rc != 0) {
        fprintf(stderr, "engine_run: %s\n", error_text());
    }
    rig->ended = rc;
    return NULL;
}

static bool read_token(struct rig *rig)
{
    char path[RIG_PATH + 32];
    char *text = NULL;
    size_t len = 0;
    if (file_read(in_dir(rig, "token", path), sizeof(rig->token) - 1, &text, &len) != 0) {
        return false;
    }
    (void)str_copy_n(rig->token, sizeof(rig->token), text, strcspn(text, "\n"));
    free(text);
    return true;
}

bool rig_run(struct rig *rig)
{
    struct client client;
    bool ready = false;
    if (pthread_create(&rig->thread, NULL, run, rig) != 0) {
        return false;
    }
    for (int i = 0; i < TRIES && engine_port(rig->engine) == 0; i++) {
        tenth();
    }
    (void)str_format(rig->url, sizeof(rig->url), "http://127.0.0.1:%u", engine_port(rig->engine));
    if (!read_token(rig)) {
        return false;
    }
    client_init(&client, rig->url, rig->token, NULL);
    for (int i = 0; i < TRIES && !ready; i++) {
        tenth();
        ready = client_ask(&client, "GET", "/readyz", NULL, NULL) == 200;
    }
    if (!ready) {
        (void)client_ask(&client, "GET", "/health", NULL, NULL);
        fprintf(stderr, "not ready: %s\n", client.body == NULL ? "no answer" : client.body);
    }
    client_release(&client);
    return ready;
}

void rig_end(struct rig *rig)
{
    engine_stop(rig->engine);
    (void)pthread_join(rig->thread, NULL);
    CHECK(rig->ended == 0, "engine_run returned %d", rig->ended);
    rig->engine = engine_free(rig->engine);
    log_release();
}

/* ---- the judgement ---- */

static int count_open(const char *text)
{
    cJSON *root = cJSON_Parse(text);
    const cJSON *account;
    const cJSON *order;
    int open = root == NULL ? -1 : 0;
    cJSON_ArrayForEach(account, cJSON_GetObjectItem(root, "accounts"))
    {
        cJSON_ArrayForEach(order, cJSON_GetObjectItem(account, "orders"))
        {
            open += cJSON_IsTrue(cJSON_GetObjectItem(order, "open")) ? 1 : 0;
        }
    }
    cJSON_Delete(root);
    return open;
}

void rig_judge(struct rig *rig)
{
    char state[RIG_PATH + 32];
    char file[RIG_PATH + 32];
    char name[] = "ledger";
    char *words[] = {name,
                     (char[]){"--state"},
                     in_dir(rig, "state", state),
                     (char[]){"--against"},
                     in_dir(rig, "ledger.json", file),
                     (char[]){"--require"},
                     (char[]){"fill"},
                     (char[]){"--require"},
                     (char[]){"doubt"}};
    struct client client;
    client_init(&client, rig->venue_url, NULL, rig->ca);
    CHECK(client_ask(&client, "GET", "/_ledger", NULL, NULL) == 200, "the venue's ledger");
    if (client.len > 0) {
        CHECK(count_open(client.body) == 0, "%d orders are open at the venue",
              count_open(client.body));
        CHECK(file_write_atomic(file, client.body, client.len, 0600) == 0, "%s", error_message());
        CHECK(cmd_ledger((int)(sizeof(words) / sizeof(words[0])), words) == EXIT_OK,
              "journal and venue differ");
    }
    client_release(&client);
}

void rig_free(struct rig *rig)
{
    char command[RIG_PATH + 32];
    config_free(rig->config);
    net_global_release();
    if (rig->venue > 0) {
        (void)kill(rig->venue, SIGTERM);
        (void)waitpid(rig->venue, NULL, 0);
    }
    if (check_failed > 0) {
        fprintf(stderr, "everything it wrote is in %s\n", rig->dir);
        return;
    }
    (void)str_format(command, sizeof(command), "rm -rf %s", rig->dir);
    CHECK(system(command) == 0, "%s", command);
}
