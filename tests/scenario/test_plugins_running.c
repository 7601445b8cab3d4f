/* Plugins that are wrong while they run: each is stopped and named, leaves nothing, and the others go on. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "engine/impl.h"
#include "rig.h"

static struct rig rig;
static char text[256];
static struct config_text file;

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

TestSuite(plugins, .fini = finish);
TestSuite(flood, .fini = finish);

static void start_with(const char *kind, const char *plugin, const char *extra_engine)
{
    (void)snprintf(text, sizeof(text), "kind: %s\nname: bad\nplugin: %s.so\n", kind, plugin);
    file = (struct config_text){"20-bad.yaml", text, strlen(text)};
    rig_start(&rig, &(struct rig_options){.makers = true,
                                          .extra_files = &file,
                                          .extra_count = 1,
                                          .extra_engine = extra_engine});
}

static struct instance *bad_exchange(void)
{
    for (uint32_t i = 0; i < rig.engine->exchange_count; i++) {
        struct instance *instance = exchange_instance(rig.engine->exchanges[i].exchange);
        if (strcmp(instance->name, "bad") == 0) {
            return instance;
        }
    }
    cr_assert_fail("no instance 'bad'");
    return NULL;
}

static struct instance *bad_strategy(void)
{
    return strategy_instance(rig.engine->strategies[0]);
}

static void expect_the_others_go_on(void)
{
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "54000");
    cr_assert_eq(reply.status, 0, "%s", reply.text);
    cr_assert_str_eq(reply.code, "", "%s", reply.text);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    cr_assert_eq(rig_cancel(&rig, reply.order_id).status, 0);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "CANCELED");
}

/* ---- exchanges ---- */

static void expect_stopped_before_a_byte(const char *plugin, const char *named)
{
    start_with("exchange", plugin, NULL);
    rig_ready(&rig);
    struct exchange *bad = rig.engine->exchanges[1].exchange;
    cr_assert(bad_exchange()->quarantined);
    cr_assert_not_null(strstr(bad_exchange()->why, named), "the reason does not say '%s': %s",
                       named, bad_exchange()->why);
    for (uint32_t class_ = SOFIA_CLASS_PUBLIC; class_ <= SOFIA_CLASS_CANCEL; class_++) {
        cr_assert_eq(exchange_sent_count(bad, class_), 0, "something of class %u left", class_);
    }
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
    cr_assert(engine_path(rig.engine)->accounts[1].fatal);
    expect_the_others_go_on();
}

Test(plugins, an_exchange_that_sends_an_order_by_itself)
{
    expect_stopped_before_a_byte("sends_order", "tried to send POST /order outside the order path");
}

Test(plugins, an_exchange_that_hides_a_request_in_a_header)
{
    expect_stopped_before_a_byte("smuggles_header", "control characters");
}

Test(plugins, an_exchange_that_hides_a_request_in_a_query)
{
    expect_stopped_before_a_byte("smuggles_query", "control characters");
}

Test(plugins, an_exchange_that_hides_an_operation_in_a_message)
{
    expect_stopped_before_a_byte("smuggles_operation", "does not match the endpoint");
}

Test(plugins, an_exchange_that_hides_an_operation_in_escapes)
{
    expect_stopped_before_a_byte("escapes_operation", "does not match the endpoint");
}

Test(plugins, an_exchange_that_orders_from_itself)
{
    expect_stopped_before_a_byte("local_order",
                                 "tried to send LOCAL order.place outside the order path");
}

Test(plugins, an_exchange_that_hides_an_order_in_a_question_to_itself)
{
    expect_stopped_before_a_byte("local_smuggles", "does not match the endpoint");
}

Test(plugins, an_exchange_that_calls_an_order_a_question_is_refused_before_anything_starts)
{
    (void)snprintf(text, sizeof(text), "kind: exchange\nname: bad\nplugin: mislabelled_order.so\n");
    file = (struct config_text){"20-bad.yaml", text, strlen(text)};
    rig_start(&rig, &(struct rig_options){.makers = true});
    rig_ready(&rig);
    rig_stop(&rig);
    rig.options.extra_files = &file;
    rig.options.extra_count = 1;
    cr_assert_neq(rig_try_restart(&rig), 0);
    rig.options.extra_count = 0;
    rig_restart(&rig);
    rig_ready(&rig);
}

/* ---- strategies ---- */

Test(plugins, a_strategy_that_fails_is_stopped)
{
    start_with("strategy", "strategy_fails", NULL);
    rig_ready(&rig);
    rig_run_ms(&rig, 200);
    cr_assert(bad_strategy()->quarantined);
    cr_assert_not_null(strstr(bad_strategy()->why, "on_event returned"), "%s", bad_strategy()->why);
    expect_the_others_go_on();
}

Test(plugins, a_strategy_that_dies_leaves_no_order)
{
    start_with("strategy", "strategy_dies", NULL);
    rig_ready(&rig);
    rig_run_ms(&rig, 2000);
    cr_assert(bad_strategy()->quarantined);
    cr_assert_eq(rig_orders_at_venue(&rig), 1, "what it wanted when it was stopped was sent");
    cr_assert_eq(rig_open_at_venue(&rig), 0, "its order is still open");
    expect_the_others_go_on();
}

Test(plugins, on_stop_keep_keeps_the_orders_of_a_strategy_that_dies)
{
    start_with("strategy", "strategy_dies", "  on_stop: keep\n");
    rig_ready(&rig);
    rig_run_ms(&rig, 2000);
    cr_assert(bad_strategy()->quarantined);
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    cr_assert_eq(rig_orders_at_venue(&rig), 1);
}

Test(flood, a_strategy_that_floods_is_bounded)
{
    start_with("strategy", "strategy_floods", NULL);
    rig_ready(&rig);
    rig_run_ms(&rig, 50);
    cr_assert_leq(rig_sent(&rig, SOFIA_CLASS_TRADE), 100, "%llu orders left",
                  (unsigned long long)rig_sent(&rig, SOFIA_CLASS_TRADE));
    (void)rig_command(&rig, COMMAND_KILL, "strategy:bad", SOFIA_KILL_CANCEL);
    rig_run_ms(&rig, 50);
    uint64_t sent = rig_sent(&rig, SOFIA_CLASS_TRADE);
    rig_run_ms(&rig, 50);
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_TRADE), sent, "it goes on behind the kill switch");
}

Test(flood, what_a_turn_leaves_over_is_taken_up_at_once)
{
    uint32_t left_over = 0;
    start_with("strategy", "strategy_floods", NULL);
    rig_ready(&rig);
    for (int i = 0; i < 400; i++) {
        uint64_t before = engine_path(rig.engine)->counts.admitted;
        engine_turn(rig.engine); /* that of the net, and one of its own */
        cr_assert_leq(engine_path(rig.engine)->counts.admitted - before, 2 * STRATEGY_POSTS);
        clock_sim_advance(&rig.clock, 5 * CLOCK_NS_PER_MS);
        if (strategy_posts(rig.engine->strategies[0]) > 0) {
            left_over++;
            cr_assert_leq(engine_next_due_mono_ns(rig.engine), rig.clock.steady_ns);
        }
    }
    cr_assert_gt(left_over, 0);
}

/* 256 a second, ten seconds; what lived stays in memory, the others trade on, cancels are not limited. */
Test(flood, a_strategy_that_goes_on_flooding_is_stopped_and_evicts_nothing_that_lived)
{
    start_with("strategy", "strategy_floods", NULL);
    rig_ready(&rig);
    uint64_t denied = engine_path(rig.engine)->counts.denied;
    uint64_t before = engine_path(rig.engine)->counts.admitted;
    rig_run_ms(&rig, 1000);
    cr_assert_leq(engine_path(rig.engine)->counts.admitted - before, 3 * 256, "%llu in a second",
                  (unsigned long long)(engine_path(rig.engine)->counts.admitted - before));
    cr_assert_gt(engine_path(rig.engine)->counts.denied, denied);
    cr_assert_not(bad_strategy()->quarantined, "after a second: %s", bad_strategy()->why);
    rig_run_ms(&rig, 12000);
    cr_assert(bad_strategy()->quarantined);
    cr_assert_not_null(strstr(bad_strategy()->why, "floods"), "%s", bad_strategy()->why);
    rig_run_ms(&rig, 2000);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    expect_the_others_go_on();
}

Test(plugins, a_strategy_that_changes_its_order_follows_the_replacement)
{
    char price[SOFIA_DECIMAL_TEXT] = "";
    start_with("strategy", "innocent_amends", NULL);
    rig_ready(&rig);
    rig_run_ms(&rig, 1000);
    cr_assert_not(bad_strategy()->quarantined, "%s", bad_strategy()->why);
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    const struct state *state = engine_path(rig.engine)->state;
    const struct order *last = state->live.head;
    cr_assert_eq(state->live.count, 1);
    cr_assert_str_eq(order_shown_name(&last->pub), "NEW");
    cr_assert_str_eq(last->pub.strategy, "bad");
    cr_assert_geq(sofia_decimal_print(last->pub.price, price, sizeof(price)), 0);
    cr_assert_str_eq(price, "54000");
    const struct order *smaller = state_order(state, last->pub.replaces);
    cr_assert_not_null(smaller);
    cr_assert_eq(sofia_decimal_cmp(smaller->pub.qty, last->pub.qty), 0);
    const struct order *first = state_order(state, smaller->pub.replaces);
    cr_assert_not_null(first);
    cr_assert_gt(sofia_decimal_cmp(first->pub.qty, last->pub.qty), 0);
    /* An operator may change it as well; it stays the strategy's. */
    struct command_reply reply = rig_amend(&rig, last->pub.order_id, "0.005", NULL);
    cr_assert_eq(reply.status, 0, "%s", reply.text);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    cr_assert_str_eq(rig_order(&rig, reply.order_id)->pub.strategy, "bad");
}

Test(plugins, a_strategy_that_is_slow_is_counted)
{
    start_with("strategy", "strategy_slow", NULL);
    rig_ready(&rig);
    cr_assert_gt(bad_strategy()->over_budget, 0);
    cr_assert_geq(bad_strategy()->worst_ns, 200000000);
}

/* ---- risk rules ---- */

Test(plugins, a_rule_that_fails_refuses_and_is_named)
{
    start_with("risk", "risk_fails", NULL);
    rig_ready(&rig);
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "55000");
    cr_assert_str_eq(reply.code, "RULE_FAILED");
    cr_assert_not_null(strstr(reply.text, "'bad'"), "%s", reply.text);
    cr_assert_eq(reply.state, SOFIA_STATE_DENIED);
    rig_run_ms(&rig, 100);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(plugins, a_rule_that_fails_refuses_no_cancel)
{
    rig_start(&rig, &(struct rig_options){.makers = true,
                                          .extra_engine = "  on_restart: keep\n  on_stop: keep\n"});
    rig_ready(&rig);
    struct command_reply open = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "55000");
    rig_run_ms(&rig, 200);
    rig_stop(&rig);
    (void)snprintf(text, sizeof(text), "kind: risk\nname: bad\nplugin: risk_fails.so\n");
    file = (struct config_text){"20-bad.yaml", text, strlen(text)};
    rig.options.extra_files = &file;
    rig.options.extra_count = 1;
    rig_restart(&rig);
    rig_ready(&rig);
    cr_assert_str_eq(rig_state(&rig, open.order_id), "NEW");
    cr_assert_eq(rig_cancel(&rig, open.order_id).status, 0);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, open.order_id), "CANCELED");
}
