/* Two accounts at one venue in one engine: each trades for itself, each fails alone. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "keys/keys.h"
#include "order_path/path.h"
#include "tests/scenario/rig.h"

#define LIMIT_BUY "buy", "limit", "gtc", "0.01", "50000"
#define FIRST "binance:BTC/USDT"
#define SECOND "second:BTC/USDT"

static struct rig rig;
static char text[1024];
static struct config_text file;

/* The second instance of the adapter, with this key; its account is made at the venue first. */
static void start(const char *key, const char *extra_engine)
{
    (void)snprintf(text, sizeof(text),
                   "kind: exchange\nname: second\nplugin: exchange_binance.so\noptions:\n"
                   "  rest_url: http://127.0.0.1:1\n  stream_url: ws://127.0.0.1:1\n"
                   "  ws_api_url: ws://127.0.0.1:1\n  symbols: [BTC/USDT]\n"
                   "  api_key: %s\n  api_secret: secret%s\n  order_timeout: 500ms\n"
                   "  recv_window: 200ms\n",
                   key, key + 3);
    file = (struct config_text){"11-second.yaml", text, strlen(text)};
    rig_start(&rig, &(struct rig_options){.makers = true});
    rig_ready(&rig);
    rig_stop(&rig);
    struct venue_key second = {
        .account = "you", .api_key = "key2", .secret = "secret2", .permissions = VENUE_MAY_ALL};
    cr_assert_eq(venue_account_add(rig.venue, "you", "BTC=1,USDT=50000"), 0);
    cr_assert_eq(venue_key_add(rig.venue, &second), 0);
    rig.options.extra_files = &file;
    rig.options.extra_count = 1;
    rig.options.extra_engine = extra_engine;
    rig_restart(&rig);
}

static void start_two(void)
{
    start("key2", NULL);
    rig_ready(&rig);
}

static uint32_t to_judge = 2;

static void finish(void)
{
    for (rig.judged = 0; rig.judged < to_judge; rig.judged++) {
        rig_compare(&rig);
    }
    rig_free(&rig);
}

TestSuite(accounts, .fini = finish);

/* What the owner of an account does by hand, past the engine: signed as the venue wants it. */
static void place_by_hand(const char *key, const char *secret, const char *client_id)
{
    static const char digits[] = "0123456789abcdef";
    char query[400];
    uint8_t mac[32];
    size_t mac_len = 0;
    struct keys *keys = NULL;
    uint64_t handle = 0;
    int len =
        snprintf(query, sizeof(query),
                 "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=40000"
                 "&newClientOrderId=%s&timestamp=%lld",
                 client_id, (long long)(rig.clock.wall_ns / 1000000));
    cr_assert_eq(keys_new(2, &keys), 0);
    cr_assert_eq(keys_put(keys, secret, strlen(secret), "by hand", &handle), 0);
    cr_assert_eq(
        keys_sign(keys, handle, KEY_HMAC_SHA256, query, (size_t)len, mac, sizeof(mac), &mac_len),
        0);
    keys_free(keys);
    len += snprintf(query + len, sizeof(query) - (size_t)len, "&signature=");
    for (size_t i = 0; i < mac_len; i++) {
        query[len++] = digits[mac[i] >> 4];
        query[len++] = digits[mac[i] & 15];
    }
    struct venue_header header = {.name = "X-MBX-APIKEY", .value = key};
    struct venue_request request = {.conn = UINT64_C(1) << 60,
                                    .method = "POST",
                                    .target = "/api/v3/order",
                                    .headers = &header,
                                    .header_count = 1,
                                    .body = query,
                                    .body_len = (size_t)len};
    cr_assert_eq(venue_http(rig.venue, rig.clock.wall_ns, &request), 0);
}

static int open_of(uint32_t account)
{
    rig.judged = account;
    int open = rig_open_at_venue(&rig);
    rig.judged = 0;
    return open;
}

static uint64_t place(const char *instrument)
{
    struct command_reply reply = rig_submit_on(&rig, instrument, LIMIT_BUY);
    cr_assert_str_eq(reply.code, "", "%s: %s", instrument, reply.text);
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    return reply.order_id;
}

Test(accounts, each_order_goes_to_its_own)
{
    start_two();
    (void)place(FIRST);
    cr_assert_eq(open_of(0), 1);
    cr_assert_eq(open_of(1), 0);
    (void)place(SECOND);
    (void)place(SECOND);
    cr_assert_eq(open_of(0), 1);
    cr_assert_eq(open_of(1), 2);
}

Test(accounts, fills_are_booked_where_they_happened)
{
    start_two();
    struct command_reply reply = rig_submit_on(&rig, SECOND, "buy", "market", "", "0.01", NULL);
    cr_assert_str_eq(reply.code, "", "%s", reply.text);
    rig_run_ms(&rig, 300);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "FILLED");
}

Test(accounts, a_refused_key_stops_its_account_and_no_other)
{
    start_two();
    rig_fault(&rig,
              "{\"kind\":\"error\",\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/order\"},"
              "\"status\":401,\"code\":-2015,\"msg\":\"No.\",\"execute\":false}");
    struct command_reply refused = rig_submit_on(&rig, SECOND, LIMIT_BUY);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, refused.order_id), "REJECTED");
    cr_assert_str_eq(rig_submit_on(&rig, SECOND, LIMIT_BUY).code, "ACCOUNT_STOPPED");
    (void)place(FIRST);
}

Test(accounts, the_kill_switch_of_one_leaves_the_other_alone)
{
    start_two();
    (void)place(FIRST);
    (void)place(SECOND);
    (void)rig_command(&rig, COMMAND_KILL, "account:second", SOFIA_KILL_CANCEL);
    rig_run_ms(&rig, 2000);
    cr_assert_eq(open_of(0), 1);
    cr_assert_eq(open_of(1), 0);
    cr_assert_str_neq(rig_submit_on(&rig, SECOND, LIMIT_BUY).code, "");
    (void)place(FIRST);
}

Test(accounts, the_kill_switch_of_all_empties_both)
{
    start_two();
    (void)place(FIRST);
    (void)place(SECOND);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    rig_run_ms(&rig, 2000);
    cr_assert_eq(open_of(0), 0);
    cr_assert_eq(open_of(1), 0);
}

Test(accounts, a_strange_order_is_cancelled_on_an_exclusive_account_and_stays_on_a_shared_one)
{
    to_judge = 0; /* rig_compare() knows orders of ours only */
    start("key2", "  shared_accounts: [second]\n");
    rig_ready(&rig);
    place_by_hand("key1", "secret1", "hand-1");
    place_by_hand("key2", "secret2", "hand-2");
    (void)place(FIRST);
    (void)place(SECOND);
    cr_assert_eq(open_of(0), 2);
    cr_assert_eq(open_of(1), 2);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    rig_run_ms(&rig, 3000);
    cr_assert_eq(open_of(0), 0, "an exclusive account is emptied");
    cr_assert_eq(open_of(1), 1, "a shared one keeps what is not ours");
    cr_assert_eq(rig_command(&rig, COMMAND_RESUME, "all", 0).status, 0,
                 "zero is proven although somebody else's order is open");
}

Test(accounts, a_shared_account_that_nobody_has_is_refused)
{
    to_judge = 0; /* there is no engine at the end */
    start("key2", NULL);
    rig_ready(&rig);
    rig_stop(&rig);
    rig.options.extra_engine = "  shared_accounts: [secnd]\n";
    cr_assert_neq(rig_try_restart(&rig), 0);
}

Test(accounts, both_are_found_again_after_a_kill_9)
{
    start_two();
    uint64_t first = place(FIRST);
    uint64_t second = place(SECOND);
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
    cr_assert_str_eq(rig_state(&rig, first), "NEW");
    cr_assert_str_eq(rig_state(&rig, second), "NEW");
}

Test(accounts, the_same_account_twice_is_refused)
{
    to_judge = 1;
    start("key1", NULL);
    rig_ready(&rig);
    struct command_reply one = rig_submit_on(&rig, FIRST, LIMIT_BUY);
    struct command_reply two = rig_submit_on(&rig, SECOND, LIMIT_BUY);
    cr_assert_neq(str_eq(one.code, ""), str_eq(two.code, ""), "'%s' and '%s'", one.code, two.code);
    const struct path_account *accounts = engine_path(rig.engine)->accounts;
    const struct path_account *stopped = &accounts[accounts[0].fatal ? 0 : 1];
    cr_assert(strstr(stopped->why, "the same account") != NULL, "%s", stopped->why);
}
