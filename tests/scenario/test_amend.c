/* long: one list of facts about changes of an order, and the desk they share.
 * Changing a live order, end to end: what lives at the venue, what counts meanwhile, and what a crash leaves. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "rig.h"
#include "venue/core/amount.h"
#include "venue/inside.h"
#include "venue/makers/makers.h"

#define LIMIT_BUY "buy", "limit", "gtc", "0.02", "55000"
#define SMALLER "/api/v3/order/amend/keepPriority"
#define REPLACE "/api/v3/order/cancelReplace"
#define FAULT(kind, path) "{\"kind\":\"" kind "\",\"match\":{\"path\":\"" path "\"},\"count\":1}"

static struct rig rig;

static void start(void)
{
    rig_start(&rig, &(struct rig_options){.makers = true});
    rig_ready(&rig);
}

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

TestSuite(amend, .init = start, .fini = finish);

static struct sofia_decimal number(const char *text)
{
    struct sofia_decimal value;
    cr_assert_eq(sofia_decimal_parse(text, strlen(text), &value), 0, "%s", text);
    return value;
}

static void must_be(uint64_t order_id, const char *state, const char *qty, const char *price)
{
    const struct order *order = rig_order(&rig, order_id);
    cr_assert_str_eq(rig_state(&rig, order_id), state);
    cr_assert_eq(sofia_decimal_cmp(order->pub.qty, number(qty)), 0, "quantity");
    cr_assert_eq(sofia_decimal_cmp(order->pub.price, number(price)), 0, "price");
}

static void must_count(const char *qty)
{
    char shown[SOFIA_DECIMAL_TEXT] = "?";
    const struct ledger *ledger = &engine_path(rig.engine)->state->ledger;
    (void)sofia_wide_print(ledger->positions[0].working_buy, shown, sizeof(shown));
    cr_assert_eq(sofia_wide_cmp(ledger->positions[0].working_buy, sofia_wide_of(number(qty))), 0,
                 "working: %s, not %s", shown, qty);
}

#define MUTE "{\"kind\":\"mute_user\",\"count\":-1}"
#define CLEAR "{\"kind\":\"clear\"}"

/* Executed at once; the answer comes late and the stream says nothing more. */
static void slow(const char *path)
{
    char fault[160];
    (void)snprintf(fault, sizeof(fault),
                   "{\"kind\":\"delay\",\"ms\":300,\"match\":{\"path\":\"%s\"},\"count\":1}", path);
    rig_fault(&rig, fault);
    rig_fault(&rig, MUTE);
}

static uint64_t resting(void)
{
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    return reply.order_id;
}

static uint64_t amend(uint64_t order_id, const char *qty, const char *price)
{
    struct command_reply reply = rig_amend(&rig, order_id, qty, price);
    cr_assert_eq(reply.status, 0, "%s", reply.text);
    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    return reply.order_id;
}

Test(amend, a_smaller_quantity_changes_the_same_order_at_the_venue)
{
    uint64_t original = resting();
    uint64_t smaller = amend(original, "0.01", NULL);
    rig_run_ms(&rig, 200);
    must_be(smaller, "NEW", "0.01", "55000");
    cr_assert_str_eq(rig_state(&rig, original), "CANCELED");
    cr_assert_eq(rig_orders_at_venue(&rig), 1);
    cr_assert_str_eq(rig_order(&rig, smaller)->pub.venue_id,
                     rig_order(&rig, original)->pub.venue_id);
    must_count("0.01");
}

Test(amend, a_new_price_is_a_new_order_and_the_old_one_is_gone)
{
    uint64_t original = resting();
    uint64_t moved = amend(original, NULL, "54000");
    rig_run_ms(&rig, 200);
    must_be(moved, "NEW", "0.02", "54000");
    cr_assert_str_eq(rig_state(&rig, original), "CANCELED");
    cr_assert_eq(rig_orders_at_venue(&rig), 2);
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    must_count("0.02");
}

Test(amend, price_and_a_larger_quantity_go_together)
{
    uint64_t original = resting();
    uint64_t larger = amend(original, "0.03", "54500");
    must_count("0.03"); /* before the venue has answered: the larger of the two */
    rig_run_ms(&rig, 200);
    must_be(larger, "NEW", "0.03", "54500");
    must_count("0.03");
}

Test(amend, while_it_is_under_way_the_larger_quantity_counts)
{
    uint64_t original = resting();
    slow(SMALLER);
    uint64_t smaller = amend(original, "0.005", NULL);
    rig_run_ms(&rig, 50);
    cr_assert_str_eq(rig_state(&rig, original), "PENDING_REPLACE");
    cr_assert_str_eq(rig_state(&rig, smaller), "PENDING_NEW");
    must_count("0.02");
    rig_run_ms(&rig, 500);
    must_be(smaller, "NEW", "0.005", "55000");
    must_count("0.005");
}

Test(amend, a_refusal_of_the_venue_leaves_the_original_live)
{
    uint64_t original = resting();
    rig_fault(&rig, "{\"kind\":\"error\",\"status\":400,\"code\":-2038,\"execute\":false,\"match\":"
                    "{\"path\":\"" SMALLER "\"},\"count\":1}");
    uint64_t smaller = amend(original, "0.01", NULL);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, smaller), "REJECTED");
    must_be(original, "NEW", "0.02", "55000");
    must_count("0.02");
    amend(original, "0.01", NULL); /* and it may be tried again */
    rig_run_ms(&rig, 200);
    must_count("0.01");
}

Test(amend, a_new_price_that_the_venue_refuses_leaves_what_the_venue_says)
{
    uint64_t original = rig_submit(&rig, "buy", "limit", "post", "0.02", "55000").order_id;
    rig_run_ms(&rig, 100);
    struct command_reply reply = rig_amend(&rig, original, NULL, "61000"); /* would take */
    rig_run_ms(&rig, 300);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
    cr_assert_str_eq(rig_state(&rig, original), "CANCELED");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    must_count("0");
}

static void must_refuse(uint64_t order_id, const char *qty, const char *price, const char *code)
{
    uint64_t sent = rig_sent(&rig, SOFIA_CLASS_TRADE);
    struct command_reply reply = rig_amend(&rig, order_id, qty, price);
    cr_assert_eq(reply.status, 0);
    cr_assert_str_eq(reply.code, code, "%s: %s", reply.code, reply.text);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "DENIED");
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_TRADE), sent);
}

Test(amend, what_is_no_change_or_breaks_a_rule_is_refused_and_the_original_lives)
{
    uint64_t original = resting();
    must_refuse(original, NULL, NULL, "NOTHING_TO_CHANGE");
    must_refuse(original, "0.02", "55000.00", "NOTHING_TO_CHANGE");
    must_refuse(original, "0", NULL, "BAD_QTY");
    must_refuse(original, "0.0100001", NULL, "QTY_LOT");
    must_refuse(original, NULL, "55000.001", "PRICE_TICK");
    must_refuse(original, "10000", NULL, "QTY_RANGE");
    must_be(original, "NEW", "0.02", "55000");
    must_count("0.02");
    cr_assert_eq(rig_amend(&rig, 4711, "1", NULL).status, ERR_NOT_FOUND);
    rig_cancel(&rig, original);
    rig_run_ms(&rig, 200);
    must_refuse(original, "0.01", NULL, "NOT_AMENDABLE");
}

Test(amend, the_limits_see_the_larger_quantity_at_the_worse_price)
{
    uint64_t original = resting(); /* 1100 USD; an order may have 2000 */
    must_refuse(original, "0.04", NULL, "MAX_ORDER_USD");
    must_refuse(original, "0.05", "20000",
                "MAX_ORDER_USD"); /* 1000, and 2750 at the price it has */
    must_refuse(original, "0.005", "110000", "MAX_ORDER_USD"); /* 550, and 2200 for all of it */
    must_be(original, "NEW", "0.02", "55000");
    uint64_t smaller = amend(original, "0.03", "50000");
    rig_run_ms(&rig, 200);
    must_be(smaller, "NEW", "0.03", "50000");
}

Test(amend, a_second_change_waits_until_the_first_is_decided)
{
    uint64_t original = resting();
    slow(SMALLER);
    uint64_t first = amend(original, "0.01", NULL);
    must_refuse(original, "0.005", NULL, "NOT_AMENDABLE");
    must_refuse(first, "0.005", NULL, "NOT_AMENDABLE");
    rig_run_ms(&rig, 500);
    uint64_t second = amend(first, "0.005", NULL);
    rig_run_ms(&rig, 200);
    must_be(second, "NEW", "0.005", "55000");
}

/* ---- doubt ---- */

/* Whatever becomes of the change, it is sent once. */
static void must_be_sent_once(uint64_t before)
{
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_TRADE), before + 1, "a change was sent again");
}

static void doubt(const char *fault, const char *qty, const char *price, const char *end,
                  const char *end_of_original)
{
    uint64_t original = resting();
    uint64_t sent = rig_sent(&rig, SOFIA_CLASS_TRADE);
    rig_fault(&rig, fault);
    rig_fault(&rig, MUTE);
    uint64_t changed = amend(original, qty, price);
    rig_run_ms(&rig, 20);
    cr_assert_str_eq(rig_state(&rig, changed), "UNKNOWN");
    cr_assert_str_eq(rig_state(&rig, original), "PENDING_REPLACE");
    must_count("0.02");
    must_refuse(original, "0.015", NULL, "NOT_AMENDABLE");
    rig_run_ms(&rig, 4000);
    rig_fault(&rig, CLEAR);
    cr_assert_str_eq(rig_state(&rig, changed), end);
    cr_assert_str_eq(rig_state(&rig, original), end_of_original);
    must_be_sent_once(sent);
    cr_assert_eq(rig_open_at_venue(&rig), 1);
}

Test(amend, a_lost_answer_leaves_a_doubt_that_the_changed_order_ends)
{
    doubt(FAULT("drop_after", SMALLER), "0.01", NULL, "NEW", "CANCELED");
    must_count("0.01");
}

Test(amend, a_lost_answer_leaves_a_doubt_that_the_new_order_ends)
{
    doubt(FAULT("drop_after", REPLACE), NULL, "54000", "NEW", "CANCELED");
    must_count("0.02");
}

Test(amend, a_change_that_never_arrived_is_proven_absent_and_the_original_lives)
{
    doubt(FAULT("drop_before", SMALLER), "0.01", NULL, "REJECTED", "NEW");
    must_count("0.02");
}

Test(amend, a_new_price_that_never_arrived_is_proven_absent_and_the_original_lives)
{
    doubt(FAULT("drop_before", REPLACE), NULL, "54000", "REJECTED", "NEW");
    must_count("0.02");
}

/* ---- restarts ---- */

static void kill_and_restart(void)
{
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
}

static void crash(const char *fault, const char *qty, const char *price, const char *end,
                  const char *end_of_original)
{
    uint64_t original = resting();
    rig_fault(&rig, fault);
    uint64_t changed = amend(original, qty, price);
    rig_kill(&rig);
    rig_restart(&rig);
    cr_assert_str_eq(rig_state(&rig, changed), "UNKNOWN");
    cr_assert_str_eq(rig_state(&rig, original), "PENDING_REPLACE");
    must_count("0.02");
    rig_ready(&rig);
    cr_assert_str_eq(rig_state(&rig, changed), end);
    cr_assert_str_eq(rig_state(&rig, original), end_of_original);
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    kill_and_restart();
    cr_assert_str_eq(rig_state(&rig, changed), end);
    cr_assert_str_eq(rig_state(&rig, original), end_of_original);
}

Test(amend, a_crash_before_the_answer_finds_the_changed_order)
{
    crash("{\"kind\":\"delay\",\"ms\":400,\"match\":{\"path\":\"" SMALLER "\"},\"count\":1}",
          "0.01", NULL, "NEW", "CANCELED");
    must_count("0.01");
}

Test(amend, a_crash_before_the_answer_finds_the_new_order)
{
    crash("{\"kind\":\"delay\",\"ms\":400,\"match\":{\"path\":\"" REPLACE "\"},\"count\":1}", NULL,
          "54000", "NEW", "CANCELED");
    must_count("0.02");
}

Test(amend, a_crash_before_the_change_arrived_finds_the_original)
{
    crash(FAULT("drop_before", SMALLER), "0.01", NULL, "REJECTED", "NEW");
    must_count("0.02");
}

Test(amend, a_crash_before_the_new_price_arrived_finds_the_original)
{
    crash(FAULT("drop_before", REPLACE), NULL, "54000", "REJECTED", "NEW");
    must_count("0.02");
}

/* ---- cancels ---- */

/* Carried out by the venue only after that time. */
static void late(const char *path)
{
    char fault[160];
    (void)snprintf(fault, sizeof(fault),
                   "{\"kind\":\"slow\",\"ms\":100,\"match\":{\"path\":\"%s\"},\"count\":1}", path);
    rig_fault(&rig, fault);
}

static void must_be_gone(uint64_t original, uint64_t changed, const char *end)
{
    rig_run_ms(&rig, 400);
    rig_fault(&rig, CLEAR);
    rig_run_ms(&rig, 14000); /* what the stream did not tell is asked for in turn */
    cr_assert_str_eq(rig_state(&rig, original), "CANCELED");
    cr_assert_str_eq(rig_state(&rig, changed), end);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    must_count("0");
}

Test(amend, a_cancel_that_overtakes_the_new_price_ends_both)
{
    uint64_t original = resting();
    late(REPLACE);
    uint64_t moved = amend(original, NULL, "54000");
    rig_run_ms(&rig, 50);
    cr_assert_eq(rig_cancel(&rig, original).status, 0);
    must_be_gone(original, moved, "REJECTED");
}

Test(amend, a_cancel_that_comes_after_the_new_price_ends_the_new_order_too)
{
    uint64_t original = resting();
    slow(REPLACE);
    uint64_t moved = amend(original, NULL, "54000");
    rig_run_ms(&rig, 50);
    cr_assert_eq(rig_cancel(&rig, original).status, 0);
    must_be_gone(original, moved, "CANCELED");
}

Test(amend, a_cancel_of_the_replacement_ends_both_too)
{
    uint64_t original = resting();
    slow(REPLACE);
    uint64_t moved = amend(original, NULL, "54000");
    rig_run_ms(&rig, 50);
    cr_assert_eq(rig_cancel(&rig, moved).status, 0);
    must_be_gone(original, moved, "CANCELED");
}

Test(amend, a_cancel_of_everything_takes_both_at_once)
{
    uint64_t original = resting();
    slow(REPLACE);
    uint64_t moved = amend(original, NULL, "54000");
    rig_run_ms(&rig, 50);
    struct command_reply reply = rig_command(&rig, COMMAND_CANCEL_ALL, "", 0);
    cr_assert_eq(reply.status, 0, "%s", reply.text);
    cr_assert_eq(reply.count, 1);
    must_be_gone(original, moved, "CANCELED");
}

Test(amend, a_cancel_while_an_order_is_made_smaller_ends_it)
{
    uint64_t original = resting();
    slow(SMALLER);
    uint64_t smaller = amend(original, "0.01", NULL);
    rig_run_ms(&rig, 50);
    cr_assert_eq(rig_cancel(&rig, original).status, 0);
    must_be_gone(original, smaller, "CANCELED");
}

Test(amend, a_cancel_survives_the_crash_in_which_its_order_was_replaced)
{
    uint64_t original = resting();
    slow(REPLACE);
    uint64_t moved = amend(original, NULL, "54000");
    rig_run_ms(&rig, 20);
    cr_assert_eq(rig_cancel(&rig, original).status, 0);
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
    must_be_gone(original, moved, "CANCELED");
}

Test(amend, a_cancel_of_what_was_replaced_ends_its_replacement)
{
    uint64_t original = resting();
    uint64_t smaller = amend(original, "0.01", NULL);
    rig_run_ms(&rig, 200);
    uint64_t moved = amend(smaller, NULL, "54000");
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, moved), "NEW");
    cr_assert_eq(rig_cancel(&rig, original).status, 0);
    must_be_gone(original, smaller, "CANCELED");
    cr_assert_str_eq(rig_state(&rig, moved), "CANCELED");
}

/* ---- the kill switch ---- */

Test(amend, at_hold_an_order_may_only_become_smaller_and_at_cancel_not_even_that)
{
    uint64_t original = resting();
    (void)rig_command(&rig, COMMAND_KILL, "symbol:BTC/USDT", SOFIA_KILL_HOLD);
    must_refuse(original, "0.03", NULL, "KILL_SWITCH");
    must_refuse(original, NULL, "54000", "KILL_SWITCH");
    must_refuse(original, "0.01", "54000", "KILL_SWITCH");
    uint64_t smaller = amend(original, "0.01", NULL);
    rig_run_ms(&rig, 200);
    must_be(smaller, "NEW", "0.01", "55000");
    rig_fault(&rig,
              "{\"kind\":\"slow\",\"ms\":2000,\"match\":{\"method\":\"DELETE\"},\"count\":1}");
    (void)rig_command(&rig, COMMAND_KILL, "symbol:BTC/USDT", SOFIA_KILL_CANCEL);
    must_refuse(smaller, "0.005", NULL, "KILL_SWITCH");
    must_be_gone(original, smaller, "CANCELED");
}

Test(amend, a_kill_switch_in_the_middle_leaves_nothing)
{
    uint64_t original = resting();
    slow(REPLACE);
    uint64_t moved = amend(original, NULL, "54000");
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    must_be_gone(original, moved, "CANCELED");
    rig_run_ms(&rig, 5000);
    const struct latch *latch = state_latch(engine_path(rig.engine)->state, "all");
    cr_assert_not_null(latch);
    cr_assert_eq(latch->zero, 1);
    cr_assert_eq(rig_command(&rig, COMMAND_RESUME, "all", 0).status, 0);
}

Test(amend, a_cancel_of_an_order_that_is_gone_already_ends_the_new_one)
{
    uint64_t original = resting();
    rig_fault(&rig,
              "{\"kind\":\"delay\",\"ms\":300,\"match\":{\"path\":\"" REPLACE "\"},\"count\":1}");
    rig_fault(&rig, "{\"kind\":\"drop_report\",\"count\":1}");
    uint64_t moved = amend(original, NULL, "54000");
    rig_run_ms(&rig, 5);
    cr_assert_str_eq(rig_state(&rig, moved), "NEW");
    cr_assert_str_eq(rig_state(&rig, original), "NEW"); /* its end was lost on the way */
    cr_assert_eq(rig_cancel(&rig, original).status, 0);
    must_be_gone(original, moved, "CANCELED");
}

/* ---- fills ---- */

/* A price nobody else offers: one tick above the best bid. */
static const char *on_top(void)
{
    static char text[SOFIA_DECIMAL_TEXT];
    const struct market *market = engine_path(rig.engine)->market;
    struct sofia_top top = {0};
    struct sofia_decimal price;
    for (uint32_t i = 0; i < market->cap; i++) {
        if (market->items[i] != NULL && strcmp(market->items[i]->rules.name, "BTC/USDT") == 0) {
            market_top(market, market->items[i], clock_mono_ns(&rig.clock.clock), &top);
        }
    }
    cr_assert_eq(sofia_decimal_add(top.bid, number("0.01"), &price), 0);
    cr_assert_geq(sofia_decimal_print(price, text, sizeof(text)), 0);
    return text;
}

/* Somebody else sells so much of it at that price, now. */
static void hit(const char *price, const char *qty)
{
    struct vn_engine *venue = &rig.venue->engine;
    struct vn_symbol *symbol = vn_symbol_find(venue, "BTCUSDT");
    struct vn_order *order = NULL;
    if (vn_account_find(venue, "other") == NULL) {
        cr_assert_eq(venue_account_add(rig.venue, "other", "BTC=10"), 0);
    }
    struct vn_order_spec spec = {.account = vn_account_find(venue, "other"),
                                 .symbol = symbol,
                                 .side = VN_SELL,
                                 .type = VN_LIMIT,
                                 .tif = VN_IOC,
                                 .stp = VN_STP_EXPIRE_TAKER};
    cr_assert_geq(vn_fixed_parse(price, strlen(price), symbol->price_places, &spec.price), 0);
    cr_assert_geq(vn_fixed_parse(qty, strlen(qty), symbol->qty_places, &spec.qty), 0);
    cr_assert_eq(vn_place(venue, rig.clock.wall_ns, &spec, &order), VN_OK);
}

static uint64_t resting_on_top(const char **ret_price)
{
    *ret_price = on_top();
    vn_makers_free(rig.venue); /* from here on the book moves only when a test moves it */
    uint64_t order_id = rig_submit(&rig, "buy", "limit", "gtc", "0.02", *ret_price).order_id;
    rig_run_ms(&rig, 10);
    cr_assert_str_eq(rig_state(&rig, order_id), "NEW");
    return order_id;
}

static void must_have(uint64_t order_id, const char *filled)
{
    cr_assert_eq(sofia_decimal_cmp(rig_order(&rig, order_id)->pub.filled_qty, number(filled)), 0);
}

Test(amend, a_fill_while_an_order_is_made_smaller_belongs_to_both)
{
    const char *price;
    uint64_t original = resting_on_top(&price);
    late(SMALLER);
    uint64_t smaller = amend(original, "0.01", NULL);
    hit(price, "0.004");
    rig_run_ms(&rig, 10);
    cr_assert_str_eq(rig_state(&rig, original), "PENDING_REPLACE");
    must_have(original, "0.004");
    must_count("0.016");
    rig_run_ms(&rig, 400);
    must_be(smaller, "PARTIALLY_FILLED", "0.01", price);
    must_have(smaller, "0.004");
    must_count("0.006");
    hit(price, "0.006");
    rig_run_ms(&rig, 50);
    cr_assert_str_eq(rig_state(&rig, smaller), "FILLED");
    must_have(original, "0.004");
    must_count("0");
}

Test(amend, a_fill_of_more_than_the_new_quantity_refuses_the_change)
{
    const char *price;
    uint64_t original = resting_on_top(&price);
    late(SMALLER);
    uint64_t smaller = amend(original, "0.01", NULL);
    hit(price, "0.012");
    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, smaller), "REJECTED");
    must_be(original, "PARTIALLY_FILLED", "0.02", price);
    must_have(original, "0.012");
    must_count("0.008");
    must_refuse(original, "0.012", NULL, "BAD_QTY");
    smaller = amend(original, "0.015", NULL);
    rig_run_ms(&rig, 100);
    must_be(smaller, "PARTIALLY_FILLED", "0.015", price);
    must_count("0.003");
}

Test(amend, a_fill_that_is_faster_than_the_new_price_leaves_the_original)
{
    const char *price;
    uint64_t original = resting_on_top(&price);
    late(REPLACE);
    uint64_t moved = amend(original, NULL, "54000");
    hit(price, "0.005");
    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, moved), "REJECTED");
    must_be(original, "PARTIALLY_FILLED", "0.02", price);
    must_refuse(original, NULL, "54000",
                "NOT_AMENDABLE"); /* its fills and a new price could cross */
    must_be(original, "PARTIALLY_FILLED", "0.02", price);
}

Test(amend, an_order_that_fills_before_its_change_arrives_is_filled)
{
    const char *price;
    uint64_t original = resting_on_top(&price);
    late(REPLACE);
    uint64_t moved = amend(original, "0.03", "54000");
    hit(price, "0.02");
    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, moved), "REJECTED");
    cr_assert_str_eq(rig_state(&rig, original), "FILLED");
    must_count("0");
}

Test(amend, fills_of_a_changed_order_are_found_after_a_crash)
{
    const char *price;
    uint64_t original = resting_on_top(&price);
    hit(price, "0.002");
    rig_run_ms(&rig, 20);
    slow(SMALLER);
    uint64_t smaller = amend(original, "0.01", NULL);
    rig_run_ms(&rig, 20);
    hit(price, "0.003");
    rig_kill(&rig);
    rig_fault(&rig, CLEAR);
    rig_restart(&rig);
    rig_ready(&rig);
    must_be(smaller, "PARTIALLY_FILLED", "0.01", price);
    must_have(smaller, "0.005");
    must_have(original, "0.002");
    must_count("0.005");
}

Test(amend, a_changed_order_that_filled_in_doubt_is_filled)
{
    const char *price;
    uint64_t original = resting_on_top(&price);
    rig_fault(&rig, FAULT("drop_after", SMALLER));
    rig_fault(&rig, MUTE);
    uint64_t smaller = amend(original, "0.01", NULL);
    rig_run_ms(&rig, 5);
    cr_assert_str_eq(rig_state(&rig, smaller), "UNKNOWN");
    hit(price, "0.01");
    rig_run_ms(&rig, 3000);
    rig_fault(&rig, CLEAR);
    cr_assert_str_eq(rig_state(&rig, smaller), "FILLED");
    must_count("0");
}

/* ---- venues where the order keeps its names ---- */

/* The venue here never hears of the change; what a venue that keeps both ids would say is said in its place. */
static void start_apart(void)
{
    rig_start(&rig, &(struct rig_options){.makers = true});
    rig_ready(&rig);
}

static void finish_apart(void)
{
    rig_free(&rig);
}

TestSuite(amend_in_place, .init = start_apart, .fini = finish_apart);

static uint64_t undecided(uint64_t original, const char *qty, const char *price)
{
    rig_fault(&rig,
              "{\"kind\":\"drop_before\",\"match\":{\"path\":\"/api/v3/order/*\"},\"count\":1}");
    uint64_t changed = amend(original, qty, price);
    rig_run_ms(&rig, 5);
    cr_assert_str_eq(rig_state(&rig, changed), "UNKNOWN");
    return changed;
}

static struct sofia_event_report told(uint64_t order_id, const char *qty, const char *price,
                                      const char *filled, uint32_t state)
{
    const struct sofia_order *order = &rig_order(&rig, order_id)->pub;
    struct sofia_event_report report = {.source = SOFIA_REPORT_STREAM, .state = state};
    report.head.size = sizeof(report);
    report.head.instrument = order->instrument;
    report.head.ts_venue_ns = rig.clock.wall_ns;
    report.qty = number(qty);
    report.price = number(price);
    report.filled_qty = number(filled);
    memcpy(report.client_id, order->client_id, sizeof(report.client_id));
    memcpy(report.venue_id, order->venue_id, sizeof(report.venue_id));
    return report;
}

static void say(uint64_t order_id, const char *qty, const char *price, const char *filled,
                uint32_t state)
{
    struct sofia_event_report report = told(order_id, qty, price, filled, state);
    path_on_report(engine_path(rig.engine), 1, &report);
}

static void fill_as(uint64_t order_id, const char *qty, const char *id)
{
    const struct sofia_order *order = &rig_order(&rig, order_id)->pub;
    struct sofia_event_fill fill = {.source = SOFIA_REPORT_STREAM,
                                    .side = SOFIA_SIDE_BUY,
                                    .qty = number(qty),
                                    .price = order->price,
                                    .quote_qty = sofia_wide_absent(),
                                    .fee = sofia_wide_zero()};
    fill.head.instrument = order->instrument;
    memcpy(fill.client_id, order->client_id, sizeof(fill.client_id));
    memcpy(fill.venue_id, order->venue_id, sizeof(fill.venue_id));
    (void)snprintf(fill.fill_id, sizeof(fill.fill_id), "%s", id);
    (void)snprintf(fill.fee_asset, sizeof(fill.fee_asset), "USDT");
    path_on_fill(engine_path(rig.engine), 1, &fill);
}

Test(amend_in_place, a_picture_of_the_original_as_it_was_decides_nothing)
{
    uint64_t original = resting();
    uint64_t changed = undecided(original, "0.03", "54000");
    say(original, "0.02", "55000", "0", SOFIA_STATE_NEW);
    say(original, "0.03", "55000", "0", SOFIA_STATE_NEW);
    say(original, "0.02", "54000", "0", SOFIA_STATE_NEW);
    cr_assert_str_eq(rig_state(&rig, changed), "UNKNOWN");
    cr_assert_str_eq(rig_state(&rig, original), "PENDING_REPLACE");
    must_count("0.03");
}

Test(amend_in_place, the_original_as_it_was_wanted_is_the_replacement_from_then_on)
{
    uint64_t original = resting();
    uint64_t changed = undecided(original, "0.03", "54000");
    fill_as(original, "0.004", "f1");
    must_count("0.026");
    say(original, "0.03", "54000", "0.004", SOFIA_STATE_PARTIALLY_FILLED);
    must_be(changed, "PARTIALLY_FILLED", "0.03", "54000");
    cr_assert_str_eq(rig_state(&rig, original), "CANCELED");
    must_have(changed, "0.004");
    must_count("0.026");
    fill_as(original, "0.026", "f2"); /* under the old name, which the venue keeps */
    fill_as(original, "0.026", "f2");
    cr_assert_str_eq(rig_state(&rig, changed), "FILLED");
    must_have(changed, "0.03");
    must_have(original, "0.004");
    must_count("0");
    cr_assert_eq(engine_path(rig.engine)->state->doubts, 0);
    cr_assert_eq(engine_path(rig.engine)->state->illegal_transitions, 0);
}

Test(amend_in_place, an_old_picture_of_the_same_values_is_no_proof)
{
    uint64_t first = resting();
    struct sofia_event_report old = told(first, "0.02", "55000", "0", SOFIA_STATE_NEW);
    rig_run_ms(&rig, 50);
    uint64_t second = undecided(first, "0.02", "54000");
    say(first, "0.02", "54000", "0", SOFIA_STATE_NEW);
    must_be(second, "NEW", "0.02", "54000");
    rig_run_ms(&rig, 5);
    uint64_t third = undecided(second, "0.02", "55000");
    path_on_report(engine_path(rig.engine), 1, &old); /* late, from before the first change */
    cr_assert_str_eq(rig_state(&rig, third), "UNKNOWN");
    say(first, "0.02", "55000", "0", SOFIA_STATE_NEW);
    must_be(third, "NEW", "0.02", "55000");
    must_count("0.02");
}

Test(amend_in_place, a_fill_beyond_the_old_quantity_finds_its_order)
{
    uint64_t original = resting();
    uint64_t changed = undecided(original, "0.03", NULL);
    fill_as(original, "0.025", "f1"); /* the report of the change comes behind it */
    say(original, "0.03", "55000", "0.025", SOFIA_STATE_PARTIALLY_FILLED);
    must_be(changed, "PARTIALLY_FILLED", "0.03", "55000");
    must_have(changed, "0.025");
    must_count("0.005");
}

Test(amend_in_place, an_acceptance_without_a_report_changed_the_order_itself)
{
    uint64_t original = resting();
    uint64_t changed = undecided(original, "0.01", NULL);
    struct exchange_call call = {.kind = CALL_REPLACE, .order_id = changed};
    struct sofia_result result = {.size = sizeof(result), .verdict = SOFIA_VERDICT_ACCEPTED};
    path_on_result(engine_path(rig.engine), 1, &call, &result);
    must_be(changed, "NEW", "0.01", "55000");
    cr_assert_str_eq(rig_state(&rig, original), "CANCELED");
    must_count("0.01");
    rig_kill(&rig); /* and the fold of the journal says the same */
    rig_restart(&rig);
    must_be(changed, "NEW", "0.01", "55000");
    cr_assert_str_eq(rig_order(&rig, original)->pub.venue_id,
                     rig_order(&rig, changed)->pub.venue_id);
    must_count("0.01");
}

Test(amend_in_place, a_cancel_under_way_goes_over_to_the_replacement)
{
    uint64_t original = resting();
    uint64_t changed = undecided(original, "0.01", NULL);
    rig_fault(&rig, "{\"kind\":\"drop_before\",\"match\":{\"method\":\"DELETE\"},\"count\":1}");
    cr_assert_eq(rig_cancel(&rig, changed).status, 0);
    cr_assert_str_eq(rig_state(&rig, original), "PENDING_CANCEL");
    say(original, "0.01", "55000", "0", SOFIA_STATE_NEW);
    cr_assert_str_eq(order_state_name(rig_order(&rig, changed)->pub.state), "PENDING_CANCEL");
    rig_run_ms(&rig, 2000); /* lost, so in doubt, so sent again */
    cr_assert_str_eq(rig_state(&rig, changed), "CANCELED");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    must_count("0");
}

/* ---- between the journal and the venue ---- */

Test(amend, a_change_refused_for_its_time_stamp_is_sent_once_more)
{
    uint64_t original = resting();
    uint64_t sent = rig_sent(&rig, SOFIA_CLASS_TRADE);
    rig_fault(&rig,
              "{\"kind\":\"slow\",\"ms\":400,\"match\":{\"path\":\"" SMALLER "\"},\"count\":1}");
    uint64_t smaller = amend(original, "0.01", NULL);
    rig_run_ms(&rig, 3000);
    must_be(smaller, "NEW", "0.01", "55000");
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_TRADE), sent + 2);
}

static void start_on_disk(void)
{
    rig_start(&rig, &(struct rig_options){.makers = true, .extra_engine = "  durability: disk\n"});
    rig_ready(&rig);
}

TestSuite(amend_on_disk, .init = start_on_disk, .fini = finish);

Test(amend_on_disk, a_change_that_was_never_sent_ends_at_the_restart)
{
    uint64_t original = resting();
    uint64_t sent = rig_sent(&rig, SOFIA_CLASS_TRADE);
    uint64_t smaller = amend(original, "0.03", "54000");
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_TRADE), sent);
    cr_assert_str_eq(rig_state(&rig, original), "NEW"); /* nothing has left */
    must_count("0.03");
    must_refuse(original, "0.01", NULL, "NOT_AMENDABLE");
    kill_and_restart();
    cr_assert_str_eq(rig_state(&rig, smaller), "REJECTED");
    must_be(original, "NEW", "0.02", "55000");
    must_count("0.02");
}

Test(amend_on_disk, a_change_that_waits_is_denied_when_its_order_is_cancelled)
{
    uint64_t original = resting();
    uint64_t sent = rig_sent(&rig, SOFIA_CLASS_TRADE);
    uint64_t moved = amend(original, NULL, "54000");
    cr_assert_eq(rig_cancel(&rig, original).status, 0);
    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, moved), "DENIED");
    cr_assert_str_eq(rig_state(&rig, original), "CANCELED");
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_TRADE), sent);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
}

Test(amend_on_disk, a_cancel_of_a_change_that_waits_leaves_the_original)
{
    uint64_t original = resting();
    uint64_t moved = amend(original, NULL, "54000");
    cr_assert_eq(rig_cancel(&rig, moved).status, 0);
    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, moved), "DENIED");
    must_be(original, "NEW", "0.02", "55000");
    must_count("0.02");
}
