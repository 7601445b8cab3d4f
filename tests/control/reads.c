/* Everything that only looks: each page is valid JSON and says what is. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sofia/kit/json.h>

#include "areas.h"

static struct answer a;

static bool is_json(const struct answer *answer)
{
    struct sofia_json cur;
    sofia_json_init(&cur, answer->body, answer->body_len);
    (void)sofia_json_skip(&cur);
    return sofia_json_finish(&cur) == 0;
}

static bool says(const char *text)
{
    return strstr(a.body, text) != NULL;
}

static void get(struct rig *rig, const char *path)
{
    rig_ask(rig, "GET", path, NULL, NULL, &a);
    if (a.status != 200 || !is_json(&a)) {
        fprintf(stderr, "GET %s: %d %s\n", path, a.status, a.body);
    }
    CHECK(a.status == 200);
    CHECK(is_json(&a));
    CHECK(strstr(a.head, "Cache-Control: no-store") != NULL);
    CHECK(strstr(a.head, "X-Request-Id: ") != NULL);
}

static void pages(struct rig *rig)
{
    get(rig, "/health");
    CHECK(says("\"tradable\":true") && says("\"reasons\":[]") && says("\"mode\":\"live\""));
    CHECK(says("\"journal\":{\"state\":\"ok\"") && says("\"name\":\"quoter\""));
    get(rig, "/v1/health");
    get(rig, "/readyz");
    CHECK(says("\"ready\":true"));
    get(rig, "/risk/status");
    CHECK(says("\"max_position_usd\":\"1000\"") && says("\"max_daily_loss_usd\":null"));
    get(rig, "/kill-switch/status");
    CHECK(says("\"state\":\"AUTO\"") && says("\"engaged\":false"));
    get(rig, "/shadow/status");
    CHECK(says("\"shadow\":false"));
    get(rig, "/exchange/balance");
    CHECK(says("\"free\":\"99999.12345678\"") && says("\"locked\":null"));
    get(rig, "/positions");
    CHECK(says("\"quantity\":\"0.5\""));
    rig_ask(rig, "GET", "/metrics", NULL, NULL, &a);
    CHECK(a.status == 200 && says("trading_pnl_usd 1.5"));
    CHECK(strstr(a.head, "Content-Type: text/plain; version=0.0.4") != NULL);
}

static void lists(struct rig *rig)
{
    get(rig, "/orders");
    CHECK(says("\"order_id\":\"1\"") && says("\"order_id\":\"4\"") && says("\"next_cursor\":null"));
    get(rig, "/orders?open=true");
    CHECK(!says("\"order_id\":\"1\"") && says("\"order_id\":\"3\""));
    get(rig, "/orders?limit=2");
    CHECK(says("\"order_id\":\"4\"") && !says("\"order_id\":\"2\"") &&
          says("\"next_cursor\":\"3\""));
    get(rig, "/orders?limit=2&cursor=3");
    CHECK(says("\"order_id\":\"2\"") && says("\"order_id\":\"1\"") && says("\"next_cursor\":null"));
    get(rig, "/orders?symbol=BTC%2FUSDT&strategy=quoter");
    CHECK(says("\"order_id\":\"1\""));
    get(rig, "/orders?symbol=ETH/USDT");
    CHECK(says("\"orders\":[]"));
    get(rig, "/orders/1");
    CHECK(says("\"state\":\"FILLED\"") && says("\"trace\":[{") && says("\"fills\":[{"));
    get(rig, "/orders/client-3");
    CHECK(says("\"order_id\":\"3\"") && says("\"state\":\"NEW\""));
    get(rig, "/orders/4");
    CHECK(says("\"state\":\"UNKNOWN\"") && says("\"in_doubt\":true"));
    get(rig, "/fills");
    CHECK(says("\"fill_id\":\"f1a\""));
    get(rig, "/fills?order_id=3");
    CHECK(says("\"fills\":[]"));
    get(rig, "/risk/audit?limit=50");
    CHECK(says("\"action\":\"kill\"") && says("\"author\":\"ops\""));
    rig_ask(rig, "GET", "/orders/999", NULL, NULL, &a);
    CHECK(a.status == 404 && says("order_unknown"));
    rig_ask(rig, "GET", "/orders/no-such", NULL, NULL, &a);
    CHECK(a.status == 404);
}

static void probes(struct rig *rig)
{
    int fd = rig_connect(rig);
    const char *plain = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    rig_send(fd, plain, strlen(plain));
    CHECK(rig_read(fd, &a, 3000, false) && a.status == 200 && says("\"status\":\"ok\""));
    (void)close(fd);
    rig_ask(rig, "HEAD", "/health", NULL, NULL, &a);
    CHECK(a.status == 200 && a.body_len == 0 && strstr(a.head, "Content-Length: 0") == NULL);
    atomic_store(&rig->stalled_ns, INT64_C(9000000000));
    rig_ask(rig, "GET", "/livez", NULL, NULL, &a);
    CHECK(a.status == 503 && says("stalled"));
    rig_ask(rig, "GET", "/health", NULL, NULL, &a);
    CHECK(a.status == 200 && says("\"status\":\"stalled\""));
    atomic_store(&rig->stalled_ns, 0);
    rig_ask(rig, "GET", "/health", "X-Request-Id: mine-7\r\n", NULL, &a);
    CHECK(strstr(a.head, "X-Request-Id: mine-7\r\n") != NULL);
}

static void private_files(struct rig *rig)
{
    struct stat info;
    CHECK(stat(rig->token_path, &info) == 0 && (info.st_mode & 0777) == 0600 &&
          strlen(rig->token) == 64);
    CHECK(stat(rig->socket_path, &info) == 0 && (info.st_mode & 0777) == 0600);
    rig_ask_local(rig, "GET", "/health", NULL, &a);
    CHECK(a.status == 200);
}

void area_reads(struct rig *rig)
{
    pages(rig);
    lists(rig);
    probes(rig);
    private_files(rig);
}
