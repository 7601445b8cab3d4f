#include "drive.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "check.h"
#include "client.h"

struct person {
    struct rig *rig;
    struct client client;
    int64_t until_mono_ns;
    uint32_t rounds;
    uint32_t placed;
};

static bool has_time(const struct person *o)
{
    return clock_mono_ns(clock_real()) < o->until_mono_ns;
}

static void pause_ms(int64_t ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * CLOCK_NS_PER_MS};
    (void)nanosleep(&pause, NULL);
}

static bool told(const struct person *o, const char *what, long status, long wanted)
{
    CHECK(status == wanted, "%s: %ld %s", what, status,
          o->client.body == NULL ? "" : o->client.body);
    return status == wanted;
}

/* ---- who looks ---- */

static void *look(void *ctx)
{
    static const char *const paths[] = {"/health",
                                        "/livez",
                                        "/metrics",
                                        "/orders?open=true",
                                        "/fills",
                                        "/positions",
                                        "/risk/status",
                                        "/risk/audit",
                                        "/shadow/status",
                                        "/exchange/balance",
                                        "/kill-switch/status"};
    struct person *o = ctx;
    while (has_time(o)) {
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
            (void)told(o, paths[i], client_ask(&o->client, "GET", paths[i], NULL, NULL), 200);
        }
        o->rounds++;
        pause_ms(20);
    }
    return NULL;
}

/* ---- who acts ---- */

/* The number behind "order_id":" in the last answer. */
static bool find_order_id(const struct person *o, char ret_id[32])
{
    const char *at = o->client.len == 0 ? NULL : strstr(o->client.body, "\"order_id\":\"");
    if (at == NULL) {
        return false;
    }
    at += strlen("\"order_id\":\"");
    return str_copy_n(ret_id, 32, at, strcspn(at, "\"")) == 0;
}

/* Far below the market, so that it rests until it is cancelled. While the venue loses what it is told an order may be in doubt
 * or already over when the cancel comes: 409 is an answer too. */
static void place_and_cancel(struct person *o)
{
    char body[300];
    char key[32];
    char id[32];
    char path[64];
    (void)str_format(body, sizeof(body),
                     "{\"symbol\":\"ETH/USDT\",\"side\":\"buy\",\"type\":\"limit\","
                     "\"quantity\":\"0.1\",\"price\":\"%u\",\"post_only\":true}",
                     1000 + o->rounds % 50);
    (void)str_format(key, sizeof(key), "round-%u", o->rounds++);
    long status = client_ask(&o->client, "POST", "/orders", key, body);
    if (status != 201 || !find_order_id(o, id)) {
        CHECK(status == 422 || status == 503, "POST /orders: %ld %s", status, o->client.body);
        return;
    }
    o->placed++;
    (void)str_format(path, sizeof(path), "/orders/%s", id);
    (void)told(o, path, client_ask(&o->client, "GET", path, NULL, NULL), 200);
    status = client_ask(&o->client, "DELETE", path, NULL, NULL);
    CHECK(status == 202 || status == 409, "DELETE %s: %ld %s", path, status, o->client.body);
}

/* Refused until the cancel loop has seen the venue empty twice. */
static void halt_and_resume(struct person *o)
{
    long status = client_ask(&o->client, "POST", "/kill-switch/activate", NULL,
                             "{\"reason\":\"a test\",\"level\":\"cancel\"}");
    (void)told(o, "activate", status, 200);
    status = client_ask(
        &o->client, "POST", "/orders", "while-halted",
        "{\"symbol\":\"ETH/USDT\",\"side\":\"buy\",\"type\":\"market\",\"quantity\":\"0.1\"}");
    CHECK(status == 422 && client_says(&o->client, "KILL_SWITCH"), "while halted: %ld %s", status,
          o->client.body);
    for (int i = 0; i < 200; i++) {
        status = client_ask(&o->client, "POST", "/kill-switch/deactivate", NULL,
                            "{\"reason\":\"the test goes on\"}");
        if (status == 200) {
            break;
        }
        pause_ms(100);
    }
    (void)told(o, "deactivate", status, 200);
}

static void *act(void *ctx)
{
    struct person *o = ctx;
    bool halted = false;
    int64_t middle =
        clock_mono_ns(clock_real()) + (o->until_mono_ns - clock_mono_ns(clock_real())) / 2;
    while (has_time(o)) {
        if (!halted && clock_mono_ns(clock_real()) > middle) {
            halted = true;
            halt_and_resume(o);
        }
        place_and_cancel(o);
        pause_ms(20);
    }
    CHECK(halted, "there was no time to halt");
    return NULL;
}

void drive(struct rig *rig, int seconds)
{
    static void *(*const bodies[])(void *) = {look, act};
    struct person people[2];
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        people[i] = (struct person){.rig = rig};
        people[i].until_mono_ns = clock_mono_ns(clock_real()) + seconds * CLOCK_NS_PER_S;
        client_init(&people[i].client, rig->url, rig->token, NULL);
        CHECK(pthread_create(&threads[i], NULL, bodies[i], &people[i]) == 0, "thread");
    }
    for (int i = 0; i < 2; i++) {
        (void)pthread_join(threads[i], NULL);
        client_release(&people[i].client);
    }
    CHECK(people[0].rounds > 0, "nobody looked");
    CHECK(people[1].placed > 0, "no order was taken");
    fprintf(stderr, "%u rounds of looking, %u orders placed by hand\n", people[0].rounds,
            people[1].placed);
}
