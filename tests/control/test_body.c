/* Bodies without a server around them, the writer of JSON, and the table of keys. */
#include <criterion/criterion.h>

#include <string.h>

#include <sofia/event.h>
#include <sofia/kit/decimal.h>
#include <sofia/kit/json.h>

#include "base/status.h"
#include "control/body.h"
#include "control/keys_seen.h"
#include "control/out.h"

static int order(const char *text, struct command_order *ret_order, struct problem *problem)
{
    memset(problem, 0, sizeof(*problem));
    return body_order(text, strlen(text), ret_order, problem);
}

Test(body, an_order_is_exact)
{
    struct command_order got;
    struct problem problem;
    struct sofia_decimal want;
    cr_assert_eq(order("{\"symbol\":\"BTC/"
                       "USDT\",\"side\":\"sell\",\"type\":\"limit\",\"quantity\":\"0.10000000\","
                       "\"price\":\"60000.10\",\"time_in_force\":\"ioc\",\"reduce_only\":true,"
                       "\"account\":\"a\","
                       "\"tag\":\"t\\u00e4g\"}",
                       &got, &problem),
                 0, "%s", problem.detail);
    cr_expect_str_eq(got.instrument, "BTC/USDT");
    cr_expect_eq(got.side, SOFIA_SIDE_SELL);
    cr_expect_eq(got.tif, SOFIA_TIF_IOC);
    cr_expect_eq(got.flags, SOFIA_ORDER_REDUCE_ONLY);
    cr_expect_str_eq(got.account, "a");
    cr_expect_str_eq(got.tag, "t\xc3\xa4g");
    cr_assert_eq(sofia_decimal_parse("60000.1", 7, &want), 0);
    cr_expect_eq(sofia_decimal_cmp(got.price, want), 0);
}

Test(body, all_mistakes_are_told_at_once)
{
    struct command_order got;
    struct problem problem;
    cr_assert_eq(
        order("{\"symbol\":7,\"side\":\"up\",\"type\":\"limit\",\"quantity\":1,\"pricee\":\"1\"}",
              &got, &problem),
        ERR_INVALID);
    cr_expect_eq(problem.status, 422);
    cr_expect_eq(problem.error_count, 5); /* symbol, side, quantity, pricee, and price is missing */
}

Test(body, more_mistakes_than_fit_are_cut)
{
    struct command_order got;
    struct problem problem;
    char text[2000] = "{";
    for (int i = 0; i < 40; i++) {
        (void)str_format(text + strlen(text), sizeof(text) - strlen(text), "%s\"k~/%d\":1",
                         i == 0 ? "" : ",", i);
    }
    (void)str_format(text + strlen(text), sizeof(text) - strlen(text), "}");
    cr_assert_eq(order(text, &got, &problem), ERR_INVALID);
    cr_expect_eq(problem.error_count, PROBLEM_ERRORS);
    cr_expect_str_eq(problem.errors[0].pointer, "/k~0~10");
}

Test(body, a_text_too_long_is_a_mistake)
{
    struct command command;
    struct problem problem = {0};
    char text[500] = "{\"reason\":\"";
    memset(text + strlen(text), 'r', 130);
    (void)str_format(text + strlen(text), sizeof(text) - strlen(text), "\"}");
    cr_assert_eq(body_kill(text, strlen(text), &command, &problem), ERR_INVALID);
    cr_expect_str_eq(problem.errors[0].pointer, "/reason");
}

Test(body, kill_defaults_to_cancel_over_all)
{
    struct command command;
    struct problem problem = {0};
    const char *text = "{\"reason\":\"x\"}";
    cr_assert_eq(body_kill(text, strlen(text), &command, &problem), 0);
    cr_expect_eq(command.kill.level, SOFIA_KILL_CANCEL);
    cr_expect_str_eq(command.kill.scope, "all");
}

Test(body, optional_may_be_empty_but_not_wrong)
{
    struct command command;
    struct problem problem = {0};
    cr_expect_eq(body_optional("", 0, &command, &problem), 0);
    cr_expect_eq(body_optional("{}", 2, &command, &problem), 0);
    cr_expect_eq(body_optional("null", 4, &command, &problem), ERR_INVALID);
}

Test(out, bytes_that_are_not_utf8_do_not_break_the_answer)
{
    struct text text = {0};
    struct sofia_json cur;
    out_open(&text, NULL, '{');
    out_str(&text, "a", "x\xff\xc3y\"\\\n\x7f z\xc3\xa4");
    out_amount(&text, "b", "");
    out_time(&text, "t", 0);
    out_open(&text, "l", '[');
    out_u64(&text, NULL, 1);
    out_id(&text, NULL, UINT64_MAX);
    out_close(&text, ']');
    out_close(&text, '}');
    sofia_json_init(&cur, text_get(&text), text.len);
    (void)sofia_json_skip(&cur);
    cr_expect_eq(sofia_json_finish(&cur), 0, "%s", text_get(&text));
    cr_expect(strstr(text_get(&text), "x\\ufffd\\ufffdy\\\"\\\\\\u000a\\u007f z\xc3\xa4") != NULL,
              "%s", text_get(&text));
    cr_expect(strstr(text_get(&text), "\"b\":null") != NULL);
    cr_expect(strstr(text_get(&text), "[1,\"18446744073709551615\"]") != NULL);
    text_release(&text);
}

Test(keys, a_key_belongs_to_one_order_until_forgotten)
{
    static struct keys_seen keys;
    struct command_order a = {.request_id = key_request_id("k1"), .side = 1};
    struct command_order b = a;
    b.side = 2;
    cr_expect(keys_seen_check(&keys, &a));
    cr_expect(keys_seen_check(&keys, &a));
    cr_expect_not(keys_seen_check(&keys, &b));
    keys_seen_forget(&keys, a.request_id);
    cr_expect(keys_seen_check(&keys, &b));
    cr_expect_neq(key_request_id("k1"), key_request_id("k2"));
    cr_expect_neq(key_request_id(""), 0);
}

Test(keys, the_oldest_makes_room)
{
    static struct keys_seen keys;
    struct command_order first = {.request_id = 1, .side = 1};
    cr_expect(keys_seen_check(&keys, &first));
    for (uint64_t i = 2; i <= KEYS_SEEN + 1; i++) {
        struct command_order other = {.request_id = i, .side = 1};
        cr_expect(keys_seen_check(&keys, &other));
    }
    first.side = 2;
    cr_expect(keys_seen_check(&keys, &first)); /* forgotten: the engine alone knows it now */
}
