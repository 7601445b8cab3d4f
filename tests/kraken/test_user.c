/* The private stream's life: token, subscriptions, sequences. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "rig.h"

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(kraken_user, .init = init, .fini = fini);

static uint32_t last_channel(void)
{
    uint32_t count = fake_count(&rig.fake, SOFIA_EV_CHANNEL);
    const struct sofia_event_channel *event =
        count > 0 ? fake_event(&rig.fake, SOFIA_EV_CHANNEL, count - 1) : NULL;

    return event != NULL ? event->state : 0;
}

static void up(void)
{
    kraken_exchange.on_stream(rig.self, 102, STREAM_COOKIE_USER, SOFIA_STREAM_UP, ++rig.generation);
}

static void refuse(const char *error)
{
    char frame[256];

    snprintf(frame, sizeof(frame),
             "{\"channel\":\"executions\",\"error\":\"%s\",\"method\":\"subscribe\","
             "\"status\":\"error\",\"success\":false}",
             error);
    rig_user(&rig, frame);
}

static void give_token(void)
{
    struct sofia_request request = *rig_sent(&rig, rig.fake.request_count - 1);

    cr_assert_eq(request.endpoint, ENDPOINT_TOKEN);
    rig_result(&rig, &request, "{\"token\":\"Vb0wTn3o1q8eXkU7\",\"expires\":900}");
}

Test(kraken_user, the_token_is_a_secret_and_both_channels_are_asked_for)
{
    up();
    cr_assert_eq(rig.fake.request_count, 1);
    give_token();
    cr_expect_str_eq(rig.fake.token, "Vb0wTn3o1q8eXkU7");
    cr_assert_eq(rig.fake.request_count, 3);
    const char *executions = fake_part(rig_sent(&rig, 1), SOFIA_PART_BODY);
    cr_expect_not_null(strstr(executions, "\"channel\":\"executions\",\"snap_orders\":true,"
                                          "\"snap_trades\":true"),
                       "%s", executions);
    cr_expect_not_null(strstr(executions, "\"token\":\"<token>\""), "%s", executions);
    cr_expect_null(strstr(executions, "Vb0wTn3o1q8eXkU7"));
    cr_expect_not_null(
        strstr(fake_part(rig_sent(&rig, 2), SOFIA_PART_BODY), "\"channel\":\"balances\""));
}

Test(kraken_user, up_is_told_when_both_channels_are_confirmed)
{
    up();
    give_token();
    cr_expect_eq(last_channel(), SOFIA_CHANNEL_RESYNC);
    rig_user(&rig, "{\"method\":\"subscribe\",\"result\":{\"channel\":\"balances\"},"
                   "\"success\":true}");
    cr_expect_eq(last_channel(), SOFIA_CHANNEL_RESYNC);
    rig_user(&rig, "{\"method\":\"subscribe\",\"result\":{\"channel\":\"executions\","
                   "\"maxratecount\":60},\"success\":true}");
    cr_expect_eq(last_channel(), SOFIA_CHANNEL_UP);
    const struct sofia_event_usage *usage = fake_event(&rig.fake, SOFIA_EV_USAGE, 0);
    cr_assert_not_null(usage, "the venue grants less than the configured tier");
    cr_expect_eq(usage->limit, 60);
}

Test(kraken_user, every_connection_has_a_token_of_its_own)
{
    rig_user_up(&rig);
    cr_expect_eq(rig.fake.tokens, 1);
    kraken_exchange.on_stream(rig.self, 102, STREAM_COOKIE_USER, SOFIA_STREAM_LOST, rig.generation);
    cr_expect_eq(last_channel(), SOFIA_CHANNEL_DOWN);
    cr_expect_eq(rig.fake.tokens_dropped, 1);
    rig_user_up(&rig);
    cr_expect_eq(rig.fake.tokens, 2);
}

Test(kraken_user, a_token_for_a_connection_that_is_gone_is_not_used)
{
    up();
    struct sofia_request old = *rig_sent(&rig, 0);
    up();
    rig_result(&rig, &old, "{\"token\":\"old\",\"expires\":900}");
    cr_expect_eq(rig.fake.tokens, 0);
    give_token();
    cr_expect_eq(rig.fake.tokens, 1);
}

/* Expired before its first use, or dead for another reason: a new one, in growing intervals. */
Test(kraken_user, a_stale_token_is_renewed_and_not_in_a_loop)
{
    int64_t first = 0;
    int64_t last = 0;

    up();
    for (int i = 0; i < 8; i++) {
        give_token();
        uint32_t sent = rig.fake.request_count;
        refuse("ESession:Invalid session");
        refuse("ESession:Invalid session"); /* the second subscription */
        cr_assert_eq(rig.fake.request_count, sent, "not at once");
        const struct fake_timer *timer = fake_timer_of(&rig.fake, TIMER_USER);
        cr_assert_not_null(timer);
        first = i == 0 ? timer->delay_ns : first;
        last = timer->delay_ns;
        rig_fire(&rig, TIMER_USER);
        cr_assert_eq(rig.fake.request_count, sent + 1, "one question for one refusal");
    }
    cr_expect_gt(last, 8 * first);
    cr_expect_eq(rig.fake.restart_count, 0);
}

Test(kraken_user, a_token_question_that_failed_is_asked_again)
{
    up();
    struct sofia_request request = *rig_sent(&rig, 0);
    rig_error(&rig, &request, "EService:Unavailable");
    cr_assert(rig_fire(&rig, TIMER_USER));
    cr_expect_eq(rig.fake.request_count, 2);
    give_token();
    cr_expect_eq(rig.fake.tokens, 1);
}

Test(kraken_user, a_missing_permission_is_said_and_the_account_cannot_trade)
{
    up();
    give_token();
    refuse("EGeneral:Permission denied");
    const struct sofia_event_account *account = fake_event(&rig.fake, SOFIA_EV_ACCOUNT, 0);
    cr_assert_not_null(account);
    cr_expect_eq(account->can_trade, 2);
    cr_expect_eq(last_channel(), SOFIA_CHANNEL_DOWN);
}

#define EMPTY(type, n)                                                                             \
    "{\"channel\":\"executions\",\"type\":\"" type "\",\"data\":[],\"sequence\":" n "}"

Test(kraken_user, a_gap_in_the_sequence_subscribes_anew_and_tells_the_core)
{
    rig_user_up(&rig);
    rig_user(&rig, EMPTY("snapshot", "1"));
    rig_user(&rig, EMPTY("update", "2"));
    cr_expect_eq(last_channel(), SOFIA_CHANNEL_UP);
    fake_clear(&rig.fake);
    rig_user(&rig, EMPTY("update", "4"));
    cr_expect_eq(last_channel(), SOFIA_CHANNEL_RESYNC);
    cr_assert_eq(rig.fake.request_count, 2);
    cr_expect_eq(rig_sent(&rig, 0)->endpoint, ENDPOINT_WS_USER_UNSUBSCRIBE);
    cr_expect_eq(rig_sent(&rig, 1)->endpoint, ENDPOINT_WS_USER_SUBSCRIBE);
    rig_user(&rig, "{\"method\":\"unsubscribe\",\"success\":true}");
    rig_user(&rig, "{\"method\":\"subscribe\",\"result\":{\"channel\":\"executions\"},"
                   "\"success\":true}");
    rig_user(&rig, EMPTY("snapshot", "1"));
    cr_expect_eq(last_channel(), SOFIA_CHANNEL_UP, "the core reconciles on this");
    cr_expect_eq(rig.fake.restart_count, 0);
}

Test(kraken_user, a_repeated_frame_is_no_gap)
{
    rig_user_up(&rig);
    rig_user(&rig, EMPTY("snapshot", "1"));
    rig_user(&rig, EMPTY("update", "2"));
    rig_user(&rig, EMPTY("update", "2"));
    rig_user(&rig, EMPTY("update", "3"));
    cr_expect_eq(last_channel(), SOFIA_CHANNEL_UP);
}

Test(kraken_user, balances_have_the_account_read_once_for_all_that_come_together)
{
    rig_user_up(&rig);
    fake_clear(&rig.fake);
    rig_user(&rig, "{\"channel\":\"balances\",\"type\":\"snapshot\",\"data\":[],\"sequence\":1}");
    rig_user(&rig, "{\"channel\":\"balances\",\"type\":\"update\",\"data\":[{\"asset\":\"BTC\"}],"
                   "\"sequence\":2}");
    rig_user(&rig, "{\"channel\":\"balances\",\"type\":\"update\",\"data\":[{\"asset\":\"USD\"}],"
                   "\"sequence\":9}");
    cr_expect_eq(rig.fake.request_count, 0);
    rig_fire(&rig, TIMER_ACCOUNT);
    cr_assert_eq(rig.fake.request_count, 1);
    cr_expect_eq(rig_sent(&rig, 0)->endpoint, ENDPOINT_BALANCE);
}

Test(kraken_user, an_unreadable_frame_makes_a_new_connection)
{
    rig_user_up(&rig);
    cr_expect_eq(rig_user(&rig, "{\"channel\":\"executions\",\"type\":\"upd"), SOFIA_EPARSE);
    cr_expect_eq(rig.fake.restart_count, 1);
    cr_expect_eq(last_channel(), SOFIA_CHANNEL_DOWN);
}

Test(kraken_user, a_connection_without_heartbeats_is_replaced)
{
    rig_user_up(&rig);
    rig_fire(&rig, TIMER_USER);
    rig_user(&rig, "{\"channel\":\"heartbeat\"}");
    rig_fire(&rig, TIMER_USER);
    cr_expect_eq(rig.fake.restart_count, 0);
    rig_fire(&rig, TIMER_USER);
    cr_expect_eq(rig.fake.restart_count, 1);
    cr_expect_eq(last_channel(), SOFIA_CHANNEL_DOWN);
}

Test(kraken_user, subscriptions_nobody_answers_make_a_new_connection)
{
    up();
    give_token();
    rig_fire(&rig, TIMER_USER);
    cr_expect_eq(rig.fake.restart_count, 1);
}
