/* POST, DELETE: what reaches the trade thread, what does not, and how a repeat is told from a new order. */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "areas.h"
#include "base/clock.h"
#include "base/str.h"

static struct answer a;

#define GOOD                                                                                       \
    "{\"symbol\":\"BTC/"                                                                           \
    "USDT\",\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"0.01\",\"price\":\"50000\"}"

static bool is(int status, const char *text)
{
    bool good = a.status == status && strstr(a.body, text) != NULL;
    if (!good) {
        fprintf(stderr, "wanted %d %s, got %d %s\n", status, text, a.status, a.body);
    }
    return good;
}

static void post(struct rig *rig, const char *key, const char *body)
{
    char extra[200] = "";
    if (key != NULL) {
        (void)str_format(extra, sizeof(extra), "Idempotency-Key: %s\r\n", key);
    }
    rig_ask(rig, "POST", "/orders", extra, body, &a);
}

/* Each with the pointer of its mistake. */
static void bad_bodies(struct rig *rig)
{
    static const struct {
        const char *change; /* the members behind symbol */
        int status;
        const char *says;
    } rows[] = {
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":1e400,\"price\":\"1\"}", 422,
         "/quantity"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"1e400\",\"price\":\"1\"}", 422,
         "plain decimal"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":0.01,\"price\":\"1\"}", 422,
         "must be a string"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":NaN,\"price\":\"1\"}", 400, "bad_json"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"NaN\",\"price\":\"1\"}", 422,
         "plain decimal"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"-0.01\",\"price\":\"1\"}", 422,
         "greater than zero"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"0\",\"price\":\"1\"}", 422,
         "greater than zero"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":"
         "\"1234567890123456789012345678901234567890\",\"price\":\"1\"}",
         422, "more digits"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"0.01\"}", 422, "/price"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"price\":\"1\"}", 422, "/quantity"},
        {"\"side\":\"buy\",\"type\":\"market\",\"quantity\":\"0.01\",\"price\":\"1\"}", 422,
         "has no price"},
        {"\"side\":\"buy\",\"type\":\"market\",\"quantity\":\"0.01\",\"post_only\":true}", 422,
         "/post_only"},
        {"\"side\":\"buyy\",\"type\":\"limit\",\"quantity\":\"0.01\",\"price\":\"1\"}", 422,
         "did you mean buy?"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"0.01\",\"price\":\"1\",\"time_in_"
         "force\":\"day\"}",
         422, "/time_in_force"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"0.01\",\"price\":\"1\",\"quantty\":"
         "\"1\"}",
         422, "did you mean quantity?"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"0.01\",\"price\":\"1\",\"price\":"
         "\"2\"}",
         422, "given twice"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"0.01\",\"price\":\"1\",\"post_only\":"
         "\"yes\"}",
         422, "/post_only"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"0.01\",\"price\":\"1\"", 400,
         "ends in the middle"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"0.01\",\"price\":\"1\"} x", 400,
         "something behind"},
        {"\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"0.01\",\"price\":\"1\",\"tag\":"
         "\"a\\u0000b\"}",
         422, "/tag"},
        {"\"side\":[],\"type\":{},\"quantity\":null,\"price\":\"1\"}", 422, "/quantity"},
    };
    char body[700];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)str_format(body, sizeof(body), "{\"symbol\":\"BTC/USDT\",%s", rows[i].change);
        post(rig, "bad", body);
        CHECK(is(rows[i].status, rows[i].says));
    }
    post(rig, "bad", "[]");
    CHECK(is(400, "bad_json"));
    post(rig, "bad", "");
    CHECK(is(400, "empty_body"));
    post(rig, "bad", "{\"\xff\":1}");
    CHECK(is(400, "bad_json"));
    post(rig, "bad", "{}");
    CHECK(is(422, "4 mistakes"));
    post(rig, NULL, GOOD);
    CHECK(is(400, "key_missing"));
    post(rig, "with blank", GOOD);
    CHECK(is(400, "key_wrong"));
}

static void good_order(struct rig *rig)
{
    struct command_reply reply = {.order_id = 3, .seq = 5, .state = SOFIA_STATE_NEW};
    struct command last;
    struct sofia_decimal want;
    rig_reply(rig, &reply);
    post(rig, "key-1", GOOD);
    CHECK(is(201, "\"order_id\":\"3\"") && strstr(a.head, "Location: /orders/3\r\n") != NULL);
    CHECK(strstr(a.body, "\"client_id\":\"client-3\"") != NULL);
    CHECK(rig_taken(rig, &last) > 0 && last.kind == COMMAND_SUBMIT);
    CHECK(str_eq(last.order.instrument, "BTC/USDT") && last.order.side == SOFIA_SIDE_BUY);
    CHECK(last.order.tif == SOFIA_TIF_GTC && last.order.flags == 0 && last.order.request_id != 0);
    CHECK(sofia_decimal_parse("0.01", 4, &want) == 0 &&
          sofia_decimal_cmp(last.order.qty, want) == 0);
    CHECK(str_eq(last.author, "token"));
    post(rig, "key-9",
         "{\"symbol\":\"BTC/"
         "USDT\",\"side\":\"sell\",\"type\":\"market\",\"quantity\":\"1\",\"price\":null}");
    CHECK(is(201, "order_id"));
    (void)rig_taken(rig, &last);
    CHECK(last.order.tif == 0 && sofia_decimal_is_absent(last.order.price));
}

static void repeats(struct rig *rig)
{
    struct command_reply reply = {
        .order_id = 3, .seq = 5, .state = SOFIA_STATE_NEW, .repeated = true};
    struct command first;
    struct command second;
    rig_reply(rig, &reply);
    (void)rig_taken(rig, NULL);
    post(rig, "key-1", GOOD);
    CHECK(is(200, "\"order_id\":\"3\""));
    (void)rig_taken(rig, &first);
    post(rig, "key-1", GOOD);
    (void)rig_taken(rig, &second);
    CHECK(first.order.request_id == second.order.request_id);
    uint32_t before = rig_taken(rig, NULL);
    post(rig, "key-1",
         "{\"symbol\":\"BTC/"
         "USDT\",\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"0.02\",\"price\":\"50000\"}");
    CHECK(is(422, "key_reused") && rig_taken(rig, NULL) == before);
}

static void refused_inside(struct rig *rig)
{
    struct command_reply reply = {
        .order_id = 2, .seq = 5, .state = SOFIA_STATE_DENIED, .station = STATION_RISK};
    (void)str_copy(reply.code, sizeof(reply.code), "MAX_ORDER");
    (void)str_copy(reply.text, sizeof(reply.text), "too large");
    rig_reply(rig, &reply);
    post(rig, "key-2", GOOD);
    CHECK(is(422, "\"code\":\"MAX_ORDER\"") && strstr(a.body, "\"order_id\":\"2\"") != NULL &&
          strstr(a.body, "\"state\":\"DENIED\"") != NULL &&
          strstr(a.body, "\"station\":\"") != NULL);
    rig_ask(rig, "POST", "/orders?dry_run=true", NULL, GOOD, &a);
    CHECK(is(200, "\"would_pass\":false"));
    reply = (struct command_reply){.status = ERR_NOT_FOUND};
    (void)str_copy(reply.text, sizeof(reply.text), "no venue has an instrument 'BTC/USDT'");
    rig_reply(rig, &reply);
    post(rig, "key-3", GOOD);
    CHECK(is(422, "symbol_unknown") && strstr(a.body, "/symbol") != NULL);
    reply = (struct command_reply){.status = ERR_FULL};
    rig_reply(rig, &reply);
    post(rig, "key-3",
         "{\"symbol\":\"X\",\"side\":\"buy\",\"type\":\"market\",\"quantity\":\"1\"}");
    CHECK(is(503, "not_now") && strstr(a.head, "Retry-After: ") != NULL); /* and not key_reused */
}

static void queue_full(struct rig *rig)
{
    atomic_store(&rig->full, true);
    post(rig, "key-4", GOOD);
    CHECK(is(503, "busy"));
    atomic_store(&rig->full, false);
}

/* The view stands still: the outcome is told without its details, after a bounded wait. */
static void view_late(struct rig *rig)
{
    struct command_reply reply = {.order_id = 77, .seq = 1000000, .state = SOFIA_STATE_NEW};
    rig_reply(rig, &reply);
    int64_t start = clock_mono_ns(clock_real());
    post(rig, "key-5", GOOD);
    CHECK(is(201, "{\"order_id\":\"77\",\"state\":\"NEW\"}"));
    CHECK(clock_mono_ns(clock_real()) - start >= 900 * CLOCK_NS_PER_MS);
}

static void stalled(struct rig *rig)
{
    struct command_reply reply = {.order_id = 3, .seq = 5, .state = SOFIA_STATE_NEW};
    rig_reply(rig, &reply);
    atomic_store(&rig->silent, true);
    post(rig, "key-6", GOOD);
    CHECK(is(503, "outcome_unknown") && strstr(a.body, "Idempotency-Key") != NULL);
    atomic_store(&rig->silent, false);
}

#define CHANGE "{\"quantity\":\"0.005\",\"price\":\"51000\"}"

static void patch(struct rig *rig, const char *path, const char *key, const char *body)
{
    char extra[200] = "";
    if (key != NULL) {
        (void)str_format(extra, sizeof(extra), "Idempotency-Key: %s\r\n", key);
    }
    rig_ask(rig, "PATCH", path, extra, body, &a);
}

static void bad_changes(struct rig *rig)
{
    patch(rig, "/orders/3", "bad", "{}");
    CHECK(is(422, "nothing to change"));
    patch(rig, "/orders/3", "bad", "");
    CHECK(is(400, "empty_body"));
    patch(rig, "/orders/3", "bad", "{\"quantity\":0.01}");
    CHECK(is(422, "/quantity"));
    patch(rig, "/orders/3", "bad", "{\"price\":\"-1\"}");
    CHECK(is(422, "greater than zero"));
    patch(rig, "/orders/3", "bad", "{\"side\":\"sell\",\"price\":\"1\"}");
    CHECK(is(422, "/side"));
    patch(rig, "/orders/3", "bad", "{\"prise\":\"1\"}");
    CHECK(is(422, "did you mean price?"));
    patch(rig, "/orders/no-such", "bad", CHANGE);
    CHECK(is(404, "order_unknown"));
    patch(rig, "/orders/3", NULL, CHANGE);
    CHECK(is(400, "key_missing"));
    patch(rig, "/orders/cancel-all", "bad", CHANGE);
    CHECK(is(405, "method_wrong"));
    patch(rig, "/orders", "bad", CHANGE);
    CHECK(is(405, "method_wrong"));
}

static void changes(struct rig *rig)
{
    struct command_reply reply = {.order_id = 3, .seq = 5, .state = SOFIA_STATE_PENDING_NEW};
    struct command last;
    struct sofia_decimal want;
    rig_reply(rig, &reply);
    patch(rig, "/orders/client-3", "change-1", CHANGE);
    CHECK(is(201, "\"order_id\":\"3\"") && strstr(a.head, "Location: /orders/3\r\n") != NULL);
    CHECK(rig_taken(rig, &last) > 0 && last.kind == COMMAND_AMEND && last.order.replaces == 3 &&
          last.order.request_id != 0);
    CHECK(sofia_decimal_parse("0.005", 5, &want) == 0 &&
          sofia_decimal_cmp(last.order.qty, want) == 0);
    patch(rig, "/orders/3", "change-2", "{\"quantity\":\"0.005\"}");
    CHECK(is(201, "order_id"));
    CHECK(rig_taken(rig, &last) > 0 && sofia_decimal_is_absent(last.order.price));
    uint32_t before = rig_taken(rig, NULL);
    patch(rig, "/orders/3", "change-2", "{\"quantity\":\"0.006\"}");
    CHECK(is(422, "key_reused"));
    patch(rig, "/orders/2", "change-2",
          "{\"quantity\":\"0.005\"}"); /* the same, of another order */
    CHECK(is(422, "key_reused") && rig_taken(rig, NULL) == before);
    reply.repeated = true;
    rig_reply(rig, &reply);
    patch(rig, "/orders/3", "change-2", "{\"quantity\":\"0.005\"}");
    CHECK(is(200, "\"order_id\":\"3\""));
    reply = (struct command_reply){
        .order_id = 2, .seq = 5, .state = SOFIA_STATE_DENIED, .station = STATION_INTAKE};
    (void)str_copy(reply.code, sizeof(reply.code), "NOT_AMENDABLE");
    rig_reply(rig, &reply);
    patch(rig, "/orders/3", "change-3", CHANGE);
    CHECK(is(422, "\"code\":\"NOT_AMENDABLE\"") && strstr(a.body, "\"order_id\":\"2\"") != NULL);
    rig_ask(rig, "PATCH", "/orders/3?dry_run=true", NULL, CHANGE, &a);
    CHECK(is(200, "\"would_pass\":false") && rig_taken(rig, &last) > 0 && last.order.dry_run);
    reply = (struct command_reply){.status = ERR_NOT_FOUND};
    rig_reply(rig, &reply);
    patch(rig, "/orders/3", "change-4", CHANGE);
    CHECK(is(404, "order_unknown"));
}

static void cancels(struct rig *rig)
{
    struct command_reply reply = {.order_id = 3, .seq = 5, .state = SOFIA_STATE_PENDING_CANCEL};
    struct command last;
    rig_reply(rig, &reply);
    rig_ask(rig, "DELETE", "/orders/3", NULL, NULL, &a);
    CHECK(is(202, "\"order_id\":\"3\"") && rig_taken(rig, &last) > 0 &&
          last.kind == COMMAND_CANCEL && last.order_id == 3);
    reply.state =
        SOFIA_STATE_DENIED; /* it had not left yet: the cancel has ended it, that is no refusal */
    rig_reply(rig, &reply);
    rig_ask(rig, "DELETE", "/orders/3", NULL, NULL, &a);
    CHECK(is(202, "\"order_id\":\"3\""));
    rig_ask(rig, "DELETE", "/v1/orders/client-3", NULL, NULL, &a);
    CHECK(is(202, "\"order_id\":\"3\""));
    rig_ask(rig, "DELETE", "/orders/no-such", NULL, NULL, &a);
    CHECK(is(404, "order_unknown"));
    reply = (struct command_reply){.status = ERR_WRONG_STATE, .order_id = 1};
    (void)str_copy(reply.text, sizeof(reply.text), "the order is over");
    rig_reply(rig, &reply);
    rig_ask(rig, "DELETE", "/orders/1", NULL, NULL, &a);
    CHECK(is(409, "the order is over"));
    reply = (struct command_reply){.count = 2, .seq = 5};
    rig_reply(rig, &reply);
    rig_ask(rig, "POST", "/orders/cancel-all", NULL, NULL,
            &a); /* as curl -X POST sends it: no length */
    CHECK(is(200, "\"cancels_sent\":2") && rig_taken(rig, &last) > 0 &&
          last.kind == COMMAND_CANCEL_ALL);
    rig_ask(rig, "POST", "/orders/cancel-all", NULL, "{\"symbol\":\"BTC/USDT\"}", &a);
    CHECK(is(200, "cancels_sent") && rig_taken(rig, &last) > 0 &&
          str_eq(last.order.instrument, "BTC/USDT"));
    rig_ask(rig, "POST", "/orders/cancel-all", NULL, "{\"symbl\":\"BTC/USDT\"}", &a);
    CHECK(is(422, "did you mean symbol?"));
    rig_ask(rig, "POST", "/ws/restart", NULL, NULL, &a);
    CHECK(is(200, "\"accounts\":2") && rig_taken(rig, &last) > 0 &&
          last.kind == COMMAND_WS_RESTART);
}

void area_orders(struct rig *rig)
{
    uint32_t before = rig_taken(rig, NULL);
    bad_bodies(rig);
    bad_changes(rig);
    CHECK(rig_taken(rig, NULL) == before);
    good_order(rig);
    repeats(rig);
    refused_inside(rig);
    queue_full(rig);
    view_late(rig);
    stalled(rig);
    changes(rig);
    cancels(rig);
}
