/* One guard, one test: each of these fails if the line that refuses is taken out (tests/mutate does exactly that). */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/str.h"
#include "plugin/exchange_impl.h"
#include "rig.h"

#define LIMIT_BUY "buy", "limit", "gtc", "0.01", "55000"
#define ON_PLACE "\"match\":{\"method\":\"POST\",\"path\":\"/api/v3/order\"},\"count\":1"

static struct rig rig;

static void begin(const char *extra_engine, const char *extra_limits)
{
    rig_start(&rig, &(struct rig_options){.makers = true,
                                          .extra_engine = extra_engine,
                                          .extra_limits = extra_limits});
    rig_ready(&rig);
}

static void start(void)
{
    begin(NULL, NULL);
}

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

static struct path *path(void)
{
    return engine_path(rig.engine);
}

static uint64_t placed(void)
{
    return rig_sent(&rig, SOFIA_CLASS_TRADE);
}

static void denied(struct command_reply reply, uint32_t station, const char *code)
{
    cr_assert_eq(reply.status, 0, "%s", reply.text);
    cr_assert_str_eq(reply.code, code, "'%s' (%s) instead of %s", reply.code, reply.text, code);
    cr_assert_eq(reply.station, station, "refused at %s", station_name(reply.station));
    cr_assert_eq(reply.state, SOFIA_STATE_DENIED);
    cr_assert_eq(rig_order(&rig, reply.order_id)->send_count, 0);
    cr_assert_eq(rig_copies_at_venue(&rig, reply.order_id), 0);
}

TestSuite(guards, .init = start, .fini = finish);

/* ---- intake ---- */

Test(guards, no_order_passes_before_recovery_is_over)
{
    path()->accepting = false;
    denied(rig_submit(&rig, LIMIT_BUY), STATION_INTAKE, "NOT_READY");
    path()->accepting = true;
}

Test(guards, the_same_request_twice_is_one_order)
{
    struct command_reply first;
    struct command_reply second;
    struct command command = {.kind = COMMAND_SUBMIT, .author = "test"};
    struct command_order *o = &command.order;
    (void)str_copy(o->instrument, sizeof(o->instrument), "BTC/USDT");
    o->side = SOFIA_SIDE_BUY;
    o->type = SOFIA_TYPE_LIMIT;
    o->tif = SOFIA_TIF_GTC;
    o->qty = sofia_decimal_of(1, -2);
    o->price = sofia_decimal_of(55000, 0);
    o->request_id = 4711;
    engine_command(rig.engine, &command, &first);
    rig_run_ms(&rig, 50);
    engine_command(rig.engine, &command, &second);
    rig_run_ms(&rig, 50);
    cr_assert(second.repeated);
    cr_assert_eq(first.order_id, second.order_id);
    cr_assert_eq(rig_orders_at_venue(&rig), 1);
}

/* ---- rules of the venue ---- */

Test(guards, what_the_venue_would_refuse_is_refused_here)
{
    denied(rig_submit(&rig, "buy", "limit", "gtc", "0.01", "55000.001"), STATION_RULES,
           "PRICE_TICK");
    denied(rig_submit(&rig, "buy", "limit", "gtc", "0.0100001", "55000"), STATION_RULES, "QTY_LOT");
    denied(rig_submit(&rig, "buy", "limit", "gtc", "0.00001", "55000"), STATION_RULES, "NOTIONAL");
    denied(rig_submit(&rig, "buy", "limit", "gtc", "0.01", "600000"), STATION_RULES, "PRICE_BAND");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

/* ---- risk ---- */

Test(guards, the_refusal_of_a_rule_is_final)
{
    denied(rig_submit(&rig, "buy", "limit", "gtc", "0.04", "55000"), STATION_RISK, "MAX_ORDER_USD");
}

Test(guards, without_a_rule_everything_is_refused)
{
    uint32_t count = path()->rule_count;
    path()->rule_count = 0;
    denied(rig_submit(&rig, LIMIT_BUY), STATION_RISK, "NO_RULES");
    path()->rule_count = count;
}

Test(guards, a_rule_in_quarantine_refuses)
{
    instance_quarantine(path()->rules[0].instance, "a test");
    denied(rig_submit(&rig, LIMIT_BUY), STATION_RISK, "RULE_FAILED");
}

Test(guards, reduce_only_without_a_position_is_refused)
{
    struct command_reply reply;
    struct command command = {.kind = COMMAND_SUBMIT, .author = "test"};
    struct command_order *o = &command.order;
    (void)str_copy(o->instrument, sizeof(o->instrument), "BTC/USDT");
    o->side = SOFIA_SIDE_SELL;
    o->type = SOFIA_TYPE_MARKET;
    o->flags = SOFIA_ORDER_REDUCE_ONLY;
    o->qty = sofia_decimal_of(1, -2);
    o->price = sofia_decimal_absent();
    engine_command(rig.engine, &command, &reply);
    denied(reply, STATION_RISK, "REDUCE_ONLY");
}

/* Two exits of the same coins: the second could sell what the first has sold. */
Test(guards, what_is_already_leaving_cannot_leave_again)
{
    (void)rig_submit(&rig, "buy", "market", "", "0.01", NULL);
    rig_run_ms(&rig, 200);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_HOLD);
    struct command_reply exit = rig_submit(&rig, "sell", "limit", "gtc", "0.006", "70000");
    cr_assert_str_eq(exit.code, "", "%s", exit.text);
    rig_run_ms(&rig, 100);
    denied(rig_submit(&rig, "sell", "limit", "gtc", "0.006", "70000"), STATION_KILL, "KILL_SWITCH");
    cr_assert_str_eq(rig_submit(&rig, "sell", "limit", "gtc", "0.003", "70000").code, "");
}

/* ---- kill switch ---- */

Test(guards, the_kill_station_itself_refuses)
{
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    denied(rig_submit(&rig, LIMIT_BUY), STATION_KILL, "KILL_SWITCH");
}

static void (*real_on_record)(void *ctx, uint64_t seq, int64_t ts_ns, uint32_t kind,
                              const void *payload);
static uint32_t kill_at_kind;
static uint64_t the_raise;

/* Raises the flag at the moment a record of one kind has been journaled, as another thread could. */
static void raise_on_record(void *ctx, uint64_t seq, int64_t ts_ns, uint32_t kind,
                            const void *payload)
{
    if (kind == kill_at_kind) {
        the_raise = kill_raise(path()->kill, SOFIA_KILL_CANCEL);
    }
    real_on_record(ctx, seq, ts_ns, kind, payload);
}

static struct command_reply submit_killed_after(uint32_t kind)
{
    real_on_record = path()->owner.on_record;
    kill_at_kind = kind;
    path()->owner.on_record = raise_on_record;
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    path()->owner.on_record = real_on_record;
    rig_run_ms(&rig, 100);
    cr_assert_neq(the_raise, 0);
    kill_settled(path()->kill, the_raise);
    return reply;
}

Test(guards, a_kill_between_admission_and_release_denies)
{
    struct command_reply reply = submit_killed_after(RECORD_INTENT);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "DENIED");
    cr_assert_eq(rig_order(&rig, reply.order_id)->send_count, 0);
}

Test(guards, a_kill_between_signature_and_first_byte_stops_the_bytes)
{
    struct command_reply reply = submit_killed_after(RECORD_SEND);
    cr_assert_eq(rig_copies_at_venue(&rig, reply.order_id), 0);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
}

/* The SEND is journaled, then there is no place for one more unanswered request. */
static struct record_report last_report;

static void take_all_calls(void *ctx, uint64_t seq, int64_t ts_ns, uint32_t kind,
                           const void *payload)
{
    struct exchange *x = path()->accounts[0].exchange;
    for (int i = 0; kind == RECORD_SEND && i < EXCHANGE_CALLS; i++) {
        x->calls[i].busy = true;
    }
    if (kind == RECORD_REPORT) {
        memcpy(&last_report, payload, sizeof(last_report));
    }
    real_on_record(ctx, seq, ts_ns, kind, payload);
}

static void give_back_calls(void)
{
    for (int i = 0; i < EXCHANGE_CALLS; i++) {
        path()->accounts[0].exchange->calls[i].busy = false;
    }
    path()->owner.on_record = real_on_record;
}

Test(guards, what_could_not_be_sent_ends_as_not_sent_and_not_as_the_word_of_the_venue)
{
    real_on_record = path()->owner.on_record;
    path()->owner.on_record = take_all_calls;
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    give_back_calls();
    cr_assert_eq(last_report.source, KNOWN_BY_NOT_SENT);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
    cr_assert_eq(rig_order(&rig, reply.order_id)->pub.doubt, 0);
    cr_assert_eq(rig_copies_at_venue(&rig, reply.order_id), 0);
}

Test(guards, a_cancel_that_could_not_be_sent_leaves_the_order_as_it_was)
{
    struct command_reply open = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 100);
    real_on_record = path()->owner.on_record;
    path()->owner.on_record = take_all_calls;
    cr_assert_lt(rig_cancel(&rig, open.order_id).status, 0);
    give_back_calls();
    cr_assert_eq(last_report.source, KNOWN_BY_NOT_SENT);
    cr_assert_str_eq(rig_state(&rig, open.order_id), "NEW");
    cr_assert_eq(rig_cancel(&rig, open.order_id).status, 0);
}

Test(guards, a_second_activation_never_weakens_the_first)
{
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_HOLD);
    cr_assert_eq(state_latch(path()->state, "all")->level, SOFIA_KILL_CANCEL);
}

Test(guards, zero_is_believed_after_two_empty_listings)
{
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    uint64_t before = rig_sent(&rig, SOFIA_CLASS_READ);
    for (int i = 0; i < 400 && state_latch(path()->state, "all")->zero == 0; i++) {
        rig_run_ms(&rig, 5);
    }
    cr_assert_eq(state_latch(path()->state, "all")->zero, 1);
    cr_assert_geq(rig_sent(&rig, SOFIA_CLASS_READ) - before, 2);
}

/* Listings are empty and the window is over long before the order is proven absent. */
Test(guards, zero_is_not_proven_while_an_order_is_in_doubt)
{
    rig_fault(&rig, "{\"kind\":\"drop_before\"," ON_PLACE "}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 20);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    for (int i = 0; i < 1000 && state_latch(path()->state, "all")->zero == 0; i++) {
        rig_run_ms(&rig, 5);
    }
    cr_assert_eq(state_latch(path()->state, "all")->zero, 1);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
}

Test(guards, a_hold_is_not_lifted_while_an_order_in_its_scope_is_in_doubt)
{
    rig_fault(&rig, "{\"kind\":\"drop_after\"," ON_PLACE "}");
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"ms\":1000}");
    (void)rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 20);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_HOLD);
    cr_assert_lt(rig_command(&rig, COMMAND_RESUME, "all", 0).status, 0);
    rig_run_ms(&rig, 2000);
    cr_assert_eq(rig_command(&rig, COMMAND_RESUME, "all", 0).status, 0);
}

Test(guards, a_latch_file_that_has_vanished_is_engaged)
{
    char file[400];
    rig_stop(&rig);
    (void)str_format(file, sizeof(file), "%s/kill_switch_state.json", rig.state_dir);
    cr_assert_eq(unlink(file), 0);
    rig_restart(&rig);
    rig_ready(&rig);
    denied(rig_submit(&rig, LIMIT_BUY), STATION_KILL, "KILL_SWITCH");
}

/* ---- gate ---- */

Test(guards, an_account_the_venue_has_refused_sends_nothing)
{
    path()->accounts[0].fatal = true;
    denied(rig_submit(&rig, LIMIT_BUY), STATION_GATE, "ACCOUNT_STOPPED");
    path()->accounts[0].fatal = false;
}

Test(guards, an_account_that_is_not_reconciled_takes_no_order)
{
    path()->accounts[0].reconciled = false;
    denied(rig_submit(&rig, LIMIT_BUY), STATION_GATE, "NOT_RECONCILED");
    path()->accounts[0].reconciled = true;
}

Test(guards, a_pause_the_venue_asked_for_is_kept)
{
    path()->accounts[0].back_off_until_mono_ns = INT64_MAX;
    denied(rig_submit(&rig, LIMIT_BUY), STATION_GATE, "BACK_OFF");
    path()->accounts[0].back_off_until_mono_ns = 0;
}

/* ---- journal ---- */

Test(guards, a_state_that_disagrees_with_its_journal_takes_no_order)
{
    struct record_send strange = {.order_id = 4711, .what = SEND_PLACE, .attempt = 1};
    cr_assert_neq(path_record(path(), RECORD_SEND, &strange, sizeof(strange), NULL), 0);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_lt(reply.status, 0);
    rig_run_ms(&rig, 50);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(guards, bytes_leave_after_their_record_and_a_restart_asks_for_them)
{
    rig_fault(&rig, "{\"kind\":\"drop_after\"," ON_PLACE "}");
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"ms\":1000}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_eq(rig_order(&rig, reply.order_id)->send_count, 1);
    rig_kill(&rig);
    rig_restart(&rig);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "UNKNOWN");
    rig_ready(&rig);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    cr_assert_eq(rig_copies_at_venue(&rig, reply.order_id), 1);
}

Test(guards, an_order_with_our_tag_that_the_journal_lacks_holds_the_account)
{
    char command[400];
    (void)rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 100);
    rig_kill(&rig);
    (void)str_format(command, sizeof(command), "rm -rf %s/*", rig.state_dir);
    cr_assert_eq(system(command), 0);
    rig_restart(&rig);
    rig_ready(&rig);
    cr_assert_not_null(state_latch(path()->state, "account:binance"));
    rig_free(&rig);
    start();
}

/* ---- doubt ---- */

/* An order that fills at once may be sent again under the same id and the venue will not notice. */
Test(guards, an_order_in_doubt_is_never_sent_again)
{
    rig_fault(&rig, "{\"kind\":\"drop_after\"," ON_PLACE "}");
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"ms\":1000}");
    uint64_t before = placed();
    struct command_reply reply = rig_submit(&rig, "buy", "market", "", "0.01", NULL);
    rig_run_ms(&rig, 3000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "FILLED");
    cr_assert_eq(placed() - before, 1);
    cr_assert_eq(rig_copies_at_venue(&rig, reply.order_id), 1);
}

Test(guards, a_duplicate_at_the_venue_is_adopted_and_not_rejected)
{
    rig_fault(&rig, "{\"kind\":\"error\",\"status\":400,\"code\":-2010,\"msg\":\"Duplicate order "
                    "sent.\",\"execute\":true," ON_PLACE "}");
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"ms\":1000}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 20);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "UNKNOWN");
    rig_run_ms(&rig, 2000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
}

/* The same from an adapter that calls it a refusal: what the venue knows already is asked for. */
Test(guards, a_refusal_as_duplicate_is_a_question_and_not_an_end)
{
    rig_fault(&rig, "{\"kind\":\"no_reply\"," ON_PLACE "}");
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"ms\":1000}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    struct exchange_call call = {.kind = CALL_SUBMIT, .order_id = reply.order_id};
    struct sofia_result told = {
        .size = sizeof(told), .verdict = SOFIA_VERDICT_REJECTED, .action = SOFIA_ACTION_ADOPT};
    rig_run_ms(&rig, 20);
    path_on_result(path(), path()->accounts[0].id, &call, &told);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "UNKNOWN");
    rig_run_ms(&rig, 2000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
}

static int says_rejected(void *self, const struct sofia_answer *answer,
                         struct sofia_result *ret_result)
{
    (void)self;
    (void)answer;
    ret_result->verdict = SOFIA_VERDICT_REJECTED;
    return SOFIA_OK;
}

Test(guards, an_adapter_cannot_talk_a_doubt_away)
{
    struct exchange *exchange = path()->accounts[0].exchange;
    const struct sofia_exchange *honest = exchange->desc;
    struct sofia_exchange liar = *honest;
    liar.on_answer = says_rejected;
    rig_fault(&rig, "{\"kind\":\"drop_after\"," ON_PLACE "}");
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"ms\":1000}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    exchange->desc = &liar;
    rig_run_ms(&rig, 20);
    exchange->desc = honest;
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "UNKNOWN");
    rig_run_ms(&rig, 2000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
}

/* recv_window 200 ms, server time-out 200 ms, margin 50 ms: before that, "no such order" may still become one. */
Test(guards, absence_is_believed_after_the_window_and_not_before)
{
    rig_fault(&rig, "{\"kind\":\"drop_before\"," ON_PLACE "}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 330); /* the questions of the first 250 ms do not count */
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "UNKNOWN");
    rig_run_ms(&rig, 3000);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
}

/* Queries go on at most every 200 ms: two answers and a listing after the window (250 ms) take longer than one. */
Test(guards, absence_takes_two_answers_after_the_window)
{
    rig_fault(&rig, "{\"kind\":\"drop_before\"," ON_PLACE "}");
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    const struct order *order = rig_order(&rig, reply.order_id);
    uint64_t asked = 0;
    while (order->base_state == SOFIA_STATE_PENDING_NEW &&
           rig.clock.wall_ns < RIG_T0 + 60 * CLOCK_NS_PER_S) {
        bool over = rig.clock.wall_ns > order->sent_ns + 250 * CLOCK_NS_PER_MS;
        uint64_t before = rig_sent(&rig, SOFIA_CLASS_READ);
        rig_run_ms(&rig, 5);
        asked += over ? rig_sent(&rig, SOFIA_CLASS_READ) - before : 0;
    }
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
    cr_assert_geq(asked, 3, "believed after %llu questions", (unsigned long long)asked);
}

/* ---- the adapter ---- */

Test(guards, a_request_of_another_class_than_asked_quarantines_the_adapter)
{
    struct exchange *exchange = path()->accounts[0].exchange;
    struct exchange_prepared prepared;
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 100);
    uint64_t before = placed();
    cr_assert_eq(
        exchange_prepare_submit(exchange, &rig_order(&rig, reply.order_id)->pub, &prepared), 0);
    cr_assert_eq(exchange_check_request(exchange, &prepared.request, SOFIA_CLASS_READ), ERR_DENIED);
    cr_assert(exchange_instance(exchange)->quarantined);
    cr_assert_neq(exchange_send(exchange, &prepared), 0);
    cr_assert_eq(placed(), before, "an adapter in quarantine has sent");
    rig_free(&rig);
    start();
}

/* Everything orders may use is used up: a new one waits, a cancel goes out of the reserve. */
Test(guards, cancels_have_a_budget_of_their_own)
{
    struct exchange *exchange = path()->accounts[0].exchange;
    int64_t now_ns;
    struct command_reply resting = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 100);
    cr_assert_eq(exchange_venue_now_ns(exchange, &now_ns), 0);
    for (uint32_t i = 0; i < exchange->desc->bucket_count; i++) {
        struct budget_charge one = {.bucket = exchange->buckets[i], .amount = 1};
        while (budget_take(exchange->budgets, &one, 1, BUDGET_ORDINARY, now_ns, NULL) == 0) {
        }
    }
    struct command_reply waiting = rig_submit(&rig, LIMIT_BUY);
    cr_assert_eq(rig_order(&rig, waiting.order_id)->send_count, 0);
    cr_assert_eq(rig_cancel(&rig, resting.order_id).status, 0);
    rig_run_ms(&rig, 50);
    cr_assert_str_eq(rig_state(&rig, resting.order_id), "CANCELED");
}

/* ---- other configurations ---- */

TestSuite(guards_of, .timeout = 60);

Test(guards_of, shadow_mode_nothing_leaves)
{
    rig_start(&rig, &(struct rig_options){.makers = true, .trading_mode = "shadow"});
    rig_ready(&rig);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "SHADOW");
    cr_assert_eq(placed(), 0);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
    finish();
}

Test(guards_of, working_orders_their_exposure_counts)
{
    begin(NULL, "  max_symbol_exposure_usd: 2500\n");
    cr_assert_str_eq(rig_submit(&rig, "buy", "limit", "gtc", "0.03", "55000").code, "");
    denied(rig_submit(&rig, "buy", "limit", "gtc", "0.03", "55000"), STATION_RISK,
           "MAX_EXPOSURE_BASE");
    finish();
}

Test(guards_of, a_rule_that_fails_it_refuses)
{
    static const char failing[] = "kind: risk\nname: failing\nplugin: risk_fails.so\n";
    struct config_text extra = {"31-failing.yaml", failing, sizeof(failing) - 1};
    rig_start(&rig, &(struct rig_options){.makers = true, .extra_files = &extra, .extra_count = 1});
    rig_ready(&rig);
    denied(rig_submit(&rig, LIMIT_BUY), STATION_RISK, "RULE_FAILED");
    finish();
}

Test(guards_of, durability_disk_an_order_that_waited_too_long_is_denied)
{
    begin("  durability: disk\n", NULL);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_eq(rig_order(&rig, reply.order_id)->send_count, 0, "sent before the disk has it");
    clock_sim_advance(&rig.clock, 10 * CLOCK_NS_PER_S);
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "DENIED");
    cr_assert_eq(placed(), 0);
    reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    finish();
}
