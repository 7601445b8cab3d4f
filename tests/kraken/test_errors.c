/* Each row of the error table, by the texts the venue prints. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "rig.h"

TestSuite(kraken_errors);

#define NO SOFIA_VERDICT_REJECTED
#define UNSEEN SOFIA_VERDICT_NOT_SENT
#define MAYBE SOFIA_VERDICT_IN_DOUBT

static const struct {
    const char *text;
    uint32_t verdict;
    uint32_t action;
} rows[] = {
    {"EService:Unavailable", MAYBE, SOFIA_ACTION_RECONCILE},
    {"EService:Busy", MAYBE, SOFIA_ACTION_RECONCILE},
    {"EService:Timeout", MAYBE, SOFIA_ACTION_RECONCILE},
    {"EService:Deadline elapsed", MAYBE, SOFIA_ACTION_RECONCILE},
    {"EGeneral:Internal error", MAYBE, SOFIA_ACTION_RECONCILE},
    {"EGeneral:Internal error:1234", MAYBE, SOFIA_ACTION_RECONCILE},
    {"EService:Throttled: 1767225660", UNSEEN, SOFIA_ACTION_BACK_OFF},
    {"EService: Throttled: 1767225660", UNSEEN, SOFIA_ACTION_BACK_OFF},
    {"EService:Market in cancel_only mode", NO, SOFIA_ACTION_REFRESH},
    {"EService:Market in post_only mode", NO, SOFIA_ACTION_REFRESH},
    {"EService:Market in limit_only mode", NO, SOFIA_ACTION_REFRESH},
    {"EAPI:Rate limit exceeded", UNSEEN, SOFIA_ACTION_BACK_OFF},
    {"EAuth:Rate limit exceeded", UNSEEN, SOFIA_ACTION_BACK_OFF},
    {"EGeneral:Too many requests", UNSEEN, SOFIA_ACTION_BACK_OFF},
    {"EAuth:Too many requests", UNSEEN, SOFIA_ACTION_BACK_OFF},
    {"EOrder:Rate limit exceeded", NO, SOFIA_ACTION_BACK_OFF},
    {"EOrder:Domain rate limit exceeded", NO, SOFIA_ACTION_BACK_OFF},
    {"EOrder:Orders limit exceeded", NO, SOFIA_ACTION_NONE},
    {"EAPI:Invalid key", NO, SOFIA_ACTION_FATAL},
    {"EAPI:Invalid signature", NO, SOFIA_ACTION_FATAL},
    {"EGeneral:Temporary lockout", UNSEEN, SOFIA_ACTION_BACK_OFF},
    {"EGeneral:Permission denied", NO, SOFIA_ACTION_FATAL},
    {"EAPI:Permission denied", NO, SOFIA_ACTION_FATAL},
    {"EAccount:Invalid permissions", NO, SOFIA_ACTION_FATAL},
    {"EAuth:Account temporary disabled", NO, SOFIA_ACTION_FATAL},
    {"EAuth:Account unconfirmed", NO, SOFIA_ACTION_FATAL},
    {"EGeneral:Invalid arguments:volume", NO, SOFIA_ACTION_NONE},
    {"EGeneral:Unknown method", NO, SOFIA_ACTION_NONE},
    {"EQuery:Unknown asset pair", NO, SOFIA_ACTION_REFRESH},
    {"EOrder:Insufficient funds", NO, SOFIA_ACTION_RECONCILE},
    {"EOrder:Order minimum not met", NO, SOFIA_ACTION_REFRESH},
    {"EOrder:Cost minimum not met", NO, SOFIA_ACTION_REFRESH},
    {"EOrder:Tick size check failed", NO, SOFIA_ACTION_REFRESH},
    {"EOrder:Invalid price:Invalid secondary price argument", NO, SOFIA_ACTION_REFRESH},
    {"EOrder:Post only order", NO, SOFIA_ACTION_NONE},
    {"EOrder:Unknown order", NO, SOFIA_ACTION_GONE},
    {"EOrder:Invalid order", NO, SOFIA_ACTION_GONE},
    {"EOrder:Insufficient margin", NO, SOFIA_ACTION_NONE},
    {"EOrder:Scheduled orders limit exceeded", NO, SOFIA_ACTION_NONE},
    {"EOrder:Reduce only:something", NO, SOFIA_ACTION_NONE},
    {"ESession:Invalid session", UNSEEN, SOFIA_ACTION_RETRY},
    {"EAPI:Invalid token", UNSEEN, SOFIA_ACTION_RETRY},
    {"EAPI:Invalid nonce", UNSEEN, SOFIA_ACTION_RETRY},
    {"Unsupported field: 'x'", NO, SOFIA_ACTION_NONE},
    /* Nobody has documented these: in doubt, never rejected. */
    {"EOrder:Something new", MAYBE, SOFIA_ACTION_RECONCILE},
    {"EBM:limit exceeded:CAL", MAYBE, SOFIA_ACTION_RECONCILE},
    {"E", MAYBE, SOFIA_ACTION_RECONCILE},
};

Test(kraken_errors, every_text_has_its_verdict_and_its_action)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct kraken_refusal refusal = {.http_status = 200};
        struct sofia_result result = {.size = sizeof(result)};
        snprintf(refusal.text, sizeof(refusal.text), "%s", rows[i].text);
        kraken_refusal_judge(&refusal, &result);
        cr_expect_eq(result.verdict, rows[i].verdict, "%s", rows[i].text);
        cr_expect_eq(result.action, rows[i].action, "%s", rows[i].text);
        cr_expect_str_eq(result.reason, rows[i].text);
        cr_expect_eq(result.retry_after_ms > 0, rows[i].action == SOFIA_ACTION_BACK_OFF, "%s",
                     rows[i].text);
    }
}

Test(kraken_errors, throttled_lasts_until_its_moment_and_not_for_ever)
{
    struct kraken_refusal refusal = {.now_ns = INT64_C(1767225600500000000)};
    struct sofia_result result = {.size = sizeof(result)};

    snprintf(refusal.text, sizeof(refusal.text), "%s", "EService:Throttled: 1767225660");
    kraken_refusal_judge(&refusal, &result);
    cr_expect_eq(result.retry_after_ms, 59500);
    snprintf(refusal.text, sizeof(refusal.text), "%s", "EService:Throttled:9999999999");
    kraken_refusal_judge(&refusal, &result);
    cr_expect_leq(result.retry_after_ms, 300000);
    snprintf(refusal.text, sizeof(refusal.text), "%s", "EService:Throttled: soon");
    kraken_refusal_judge(&refusal, &result);
    cr_expect_gt(result.retry_after_ms, 0);
}

Test(kraken_errors, a_gateways_page_proves_nothing)
{
    static const uint32_t statuses[] = {200, 403, 429, 500, 502, 503, 504, 520, 527};

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        struct kraken_refusal refusal = {.http_status = statuses[i]};
        struct sofia_result result = {.size = sizeof(result)};
        kraken_refusal_judge(&refusal, &result);
        cr_expect_eq(result.verdict, SOFIA_VERDICT_IN_DOUBT, "%u", statuses[i]);
        cr_expect_eq(result.action, statuses[i] == 403 || statuses[i] == 429
                                        ? SOFIA_ACTION_BACK_OFF
                                        : SOFIA_ACTION_RECONCILE);
    }
}

/* ---- through the adapter ---- */

static struct rig rig;

static void init(void)
{
    rig_init(&rig);
}

static void fini(void)
{
    rig_release(&rig);
}

TestSuite(kraken_refusals, .init = init, .fini = fini);

Test(kraken_refusals, one_bad_nonce_repeats_a_cancel_and_never_a_placement)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(&rig, &order);

    rig_error(&rig, &request, "EAPI:Invalid nonce");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_NOT_SENT);
    cr_expect_eq(rig.result.action, SOFIA_ACTION_NONE);
    rig.k->bad_nonces = 0;
    kraken_exchange.encode_cancel(rig.self, &order, &request);
    rig_error(&rig, &request, "EAPI:Invalid nonce");
    cr_expect_eq(rig.result.action, SOFIA_ACTION_RESYNC_CLOCK);
}

Test(kraken_refusals, a_second_bad_nonce_in_a_row_is_fatal)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_query(&rig, &order);

    rig_error(&rig, &request, "EAPI:Invalid nonce");
    cr_expect_neq(rig.result.action, SOFIA_ACTION_FATAL);
    rig_error(&rig, &request, "EAPI:Invalid nonce");
    cr_expect_eq(rig.result.action, SOFIA_ACTION_FATAL);
    cr_expect_eq(rig.fake.log_level, SOFIA_LOG_ERROR);
}

Test(kraken_refusals, a_good_answer_between_two_bad_nonces_forgives_the_first)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_query(&rig, &order);

    rig_error(&rig, &request, "EAPI:Invalid nonce");
    kraken_exchange.encode_account(rig.self, &request);
    rig_result(&rig, &request, "{}");
    request = rig_query(&rig, &order);
    rig_error(&rig, &request, "EAPI:Invalid nonce");
    cr_expect_neq(rig.result.action, SOFIA_ACTION_FATAL);
}

Test(kraken_refusals, a_lockout_silences_everything)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_query(&rig, &order);

    fake_clear(&rig.fake);
    rig_error(&rig, &request, "EGeneral:Temporary lockout");
    cr_expect_geq(rig.result.retry_after_ms, 900000);
    cr_assert_eq(fake_count(&rig.fake, SOFIA_EV_USAGE), 2);
    const struct sofia_event_usage *usage = fake_event(&rig.fake, SOFIA_EV_USAGE, 0);
    cr_expect_eq(usage->blocked, 2);
    cr_expect_eq(usage->until_ns, FAKE_VENUE_NOW_NS + INT64_C(900000000000));
}

/* The result is absent, {} or null: all three shapes are one error. A warning is none. */
Test(kraken_refusals, shapes_of_the_envelope)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(&rig, &order);
    static const char *const refused[] = {
        "{\"error\":[\"EOrder:Insufficient funds\"]}",
        "{\"error\":[\"EOrder:Insufficient funds\"],\"result\":{}}",
        "{\"error\":[\"EOrder:Insufficient funds\"],\"result\":null}",
        "{\"result\":{},\"error\":[\"WGeneral:old\",\"EOrder:Insufficient funds\",\"EX\"]}"};

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        rig_answer_to(&rig, &request, 200, refused[i]);
        cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_REJECTED, "%zu", i);
        cr_expect_str_eq(rig.result.reason, "EOrder:Insufficient funds");
    }
    rig_answer_to(&rig, &request, 200,
                  "{\"error\":[\"WGeneral:old\"],\"result\":{\"txid\":[\"" TXID "\"]}}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_ACCEPTED);
}

Test(kraken_refusals, bodies_that_are_no_answer_are_in_doubt)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(&rig, &order);
    static const char *const bodies[] = {"<html>502 Bad Gateway</html>",
                                         "",
                                         "{\"error\":[],\"result\":{\"txid\":[\"OQ",
                                         "{\"error\":[]}",
                                         "{\"error\":[],\"result\":null}",
                                         "null",
                                         "[]",
                                         "{\"error\":[\"EOrder:Insufficient funds\"]",
                                         "{\"result\":{\"txid\":[\"" TXID "\"]}}"};

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        rig_answer_to(&rig, &request, 200, bodies[i]);
        cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT, "%s", bodies[i]);
    }
    rig_answer_to(&rig, &request, 520, "{\"error\":[],\"result\":{\"txid\":[\"" TXID "\"]}}");
    cr_expect_eq(rig.result.verdict, SOFIA_VERDICT_IN_DOUBT);
    cr_expect_eq(fake_count(&rig.fake, SOFIA_EV_REPORT), 0);
}
